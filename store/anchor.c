#include "store/anchor.h"

#include "store/key.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#define WHAT_TO_DO "it cannot be a trust anchor; ask the CA for its CA certificate"

/* RFC 5280 section 4.1.1.2: what is signed says how, and so does what is not; both say the same. */
static bool algorithms_agree(const X509 *certificate)
{
    const X509_ALGOR *outer;
    X509_get0_signature(NULL, &outer, certificate);
    return X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(certificate)) == 0;
}

static int refuse(const char *what, const char *why, struct err *err)
{
    ERR_clear_error();
    return err_set(err, ERR_CONFIG, "%s: %s: " WHAT_TO_DO, what, why);
}

int anchor_check(const struct buf *der, const char *what, struct err *err)
{
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    int rc = certificate_parse(der, what, &certificate, err);
    if (rc < 0)
        return rc;

    uint32_t flags = X509_get_extension_flags(certificate); /* parses and judges the extensions */
    if (flags & EXFLAG_INVALID)
        return refuse(what, "an extension of it cannot be read", err);
    if (X509_get_version(certificate) != X509_VERSION_3)
        return refuse(what, "not an X.509 version 3 certificate", err);
    if (!(flags & EXFLAG_BCONS))
        return refuse(what, "has no basicConstraints", err);
    if (!(flags & EXFLAG_CA))
        return refuse(what, "is no CA (basicConstraints CA:FALSE)", err);
    if (!(X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN))
        return refuse(what, "may not sign certificates (keyUsage without keyCertSign)", err);
    if (flags & EXFLAG_CRITICAL)
        return refuse(what, "has a critical extension that is not known here", err);
    if (!algorithms_agree(certificate))
        return refuse(what, "its two signature algorithms differ", err);
    if (!X509_get0_pubkey(certificate))
        return refuse(what, "its public key cannot be read", err);
    if (flags & EXFLAG_SS && X509_self_signed(certificate, 1) != 1)
        return refuse(what, "its own signature is wrong", err);
    return 0;
}
