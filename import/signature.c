#include "import/signature.h"

#include "import/certificate.h"

#include <openssl/cms.h>
#include <openssl/err.h>

DEFINE_CLEANUP(CMS_ContentInfo *, CMS_ContentInfo_free)
DEFINE_CLEANUP(BIO *, BIO_free_all)

static int name_signers(CMS_ContentInfo *cms, struct buf *ret, struct err *err)
{
    STACK_OF(X509) *signers = CMS_get0_signers(cms);
    int rc = 0;
    for (int i = 0; rc == 0 && i < sk_X509_num(signers); i++) {
        char subject[512];
        certificate_subject(sk_X509_value(signers, i), subject, sizeof subject);
        rc = buf_printf(ret, err, "%s%s", i ? " and " : "", subject);
    }
    sk_X509_free(signers);
    return rc;
}

static int unwrap(CMS_ContentInfo *cms, BIO *out, struct err *err)
{
    if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
        return err_set(err, ERR_CONFIG,
                       "CMS, but no SignedData: an encrypted profile is for one device only");
    if (CMS_is_detached(cms))
        return err_set(err, ERR_CONFIG, "a signature alone, without what it signs");
    if (CMS_verify(cms, NULL, NULL, NULL, out, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) != 1)
        return err_set(err, ERR_CONFIG,
                       "its signature is wrong: it was changed after it was signed (%s)",
                       ERR_reason_error_string(ERR_peek_error()));
    return 0;
}

int signature_unwrap(const void *data, size_t len, struct buf *ret_content, struct buf *ret_signer,
                     struct err *err)
{
    CLEANUP(BIO_free_all_p) BIO *in = BIO_new_mem_buf(data, (int)len);
    CLEANUP(BIO_free_all_p) BIO *out = BIO_new(BIO_s_mem());
    if (!in || !out)
        return err_memory(err);
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = d2i_CMS_bio(in, NULL);
    int rc = cms ? unwrap(cms, out, err) : err_set(err, ERR_CONFIG, "neither XML nor CMS");
    if (rc == 0)
        rc = name_signers(cms, ret_signer, err);
    if (rc == 0) {
        char *content;
        long n = BIO_get_mem_data(out, &content);
        rc = buf_add(ret_content, content, (size_t)n, err);
    }
    ERR_clear_error();
    return rc;
}
