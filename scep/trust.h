/* What a profile vouches for: its roots, or the fingerprints that it names. Nothing else counts:
 * not the system's trust store, not first use. */
#ifndef SIGNET_SCEP_TRUST_H
#define SIGNET_SCEP_TRUST_H

#include "scep/openssl.h"
#include "scep/strength.h"

/* All borrowed. */
struct trust {
    STACK_OF(X509) *roots;
    const struct strings
        *fingerprints; /* SHA-256, lower-case hex; NULL or none: the roots decide */
    struct strength strength;
    STACK_OF(X509) *issuers; /* not trusted, help to build chains; NULL: none */
};

/* Does CERTIFICATE chain to one of ANCHORS, now, over any of OTHERS (may be NULL), with nothing in
 * between that is weaker than STRENGTH? RET_CHAIN (may be NULL) gets the issuers, nearest first,
 * without a self-signed root. RET_WARNINGS (may be NULL): a line for each SHA-1 on the way, but
 * with RET_CHAIN for the issuers' only: of CERTIFICATE, whoever wants its chain has his own to say.
 * CONFIG names the certificate and OpenSSL's reason. */
int trust_check(X509 *certificate, STACK_OF(X509) *others, STACK_OF(X509) *anchors,
                const struct strength *strength, STACK_OF(X509) **ret_chain,
                struct strings *ret_warnings, struct err *err);

/* Are there fingerprints, which alone count then? */
bool trust_is_by_name(const struct trust *trust);

/* May CERTIFICATE be a CA's or RA's? With fingerprints: it has one of them, is valid now and its
 * key is none too weak; without: trust_check() against the roots. */
int trust_vouch(const struct trust *trust, X509 *certificate, STACK_OF(X509) *others,
                struct strings *ret_warnings, struct err *err);

/* Those of CERTIFICATES for which trust_vouch() does. When there is none, the first one's error. */
int trust_filter(const struct trust *trust, STACK_OF(X509) *certificates, STACK_OF(X509) **ret,
                 struct strings *ret_warnings, struct err *err);

/* What a certificate that was issued must chain to: the roots, and those CAs among TRUSTED that a
 * fingerprint vouches for, wherever they may come from. */
int trust_anchors(const struct trust *trust, STACK_OF(X509) *trusted, STACK_OF(X509) **ret,
                  struct err *err);

#endif
