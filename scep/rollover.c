#include "scep/rollover.h"

#include "scep/authority.h"

#include <openssl/err.h>

#define DAY       86400
#define LAST_PART 5 /* of the lifetime: the fifth */

bool rollover_is_near(const X509 *ca, int64_t now)
{
    int days, seconds;
    CLEANUP(ASN1_STRING_free_p) ASN1_TIME *here = ASN1_TIME_set(NULL, (time_t)now);
    if (!here || !ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(ca), X509_get0_notAfter(ca)))
        return false;
    int64_t lifetime = (int64_t)days * DAY + seconds;
    if (!ASN1_TIME_diff(&days, &seconds, here, X509_get0_notAfter(ca)))
        return false;
    return (int64_t)days * DAY + seconds < lifetime / LAST_PART;
}

static X509 *find_signer(CMS_SignerInfo *info, STACK_OF(X509) *cas)
{
    for (int i = 0; i < sk_X509_num(cas); i++)
        if (X509_check_ca(sk_X509_value(cas, i)) > 0 &&
            CMS_SignerInfo_cert_cmp(info, sk_X509_value(cas, i)) == 0)
            return sk_X509_value(cas, i);
    return NULL;
}

/* Appends what one of CAS has signed; RET_CA is that one, borrowed. */
static int verify(CMS_ContentInfo *cms, STACK_OF(X509) *cas, const struct strength *strength,
                  X509 **ret_ca, struct buf *ret, struct err *err)
{
    STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
    if (sk_CMS_SignerInfo_num(infos) != 1)
        return err_set(err, ERR_CONFIG, "it has not exactly one signature");
    CMS_SignerInfo *info = sk_CMS_SignerInfo_value(infos, 0);
    X509 *ca = find_signer(info, cas);
    if (!ca)
        return err_set(err, ERR_CONFIG, "it is not signed by the present CA");
    X509_ALGOR *digest = NULL;
    CMS_SignerInfo_get0_algs(info, NULL, NULL, &digest, NULL);
    int rc = strength_digest(strength, OBJ_obj2nid(digest->algorithm), "it", err);
    if (rc < 0)
        return rc;
    CMS_SignerInfo_set1_signer_cert(info, ca);
    ASN1_OCTET_STRING **held = CMS_get0_content(cms);
    bool empty = !held || !*held;
    CLEANUP(BIO_free_all_p) BIO *content = BIO_new(BIO_s_mem());
    CLEANUP(BIO_free_all_p) BIO *nothing = empty ? BIO_new_mem_buf("", 0) : NULL;
    if (!content)
        return err_memory(err);
    unsigned flags = CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY;
    if (CMS_verify(cms, cas, NULL, nothing, content, flags) != 1)
        return openssl_error(err, ERR_CONFIG, "its signature is not right");
    char *data;
    long len = BIO_get_mem_data(content, &data);
    *ret_ca = ca;
    return buf_add(ret, data, len > 0 ? (size_t)len : 0, err);
}

static bool is_new(X509 *certificate, STACK_OF(X509) *cas)
{
    for (int i = 0; i < sk_X509_num(cas); i++)
        if (X509_cmp(sk_X509_value(cas, i), certificate) == 0)
            return false;
    return true;
}

/* Nothing in this answer shows when it was made: one that was recorded long ago may tell of a CA
 * that has come and gone. */
static bool comes_after(X509 *certificate, const X509 *ca)
{
    return X509_check_ca(certificate) > 0 &&
           ASN1_TIME_compare(X509_get0_notAfter(certificate), X509_get0_notAfter(ca)) > 0;
}

/* CA first, and then those of CERTIFICATES that CAS has not. */
static int collect(X509 *ca, STACK_OF(X509) *cas, STACK_OF(X509) *certificates,
                   STACK_OF(X509) **ret, struct err *err)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *found = sk_X509_new_null();
    bool has_ca = false;
    if (!found || !X509_add_cert(found, ca, X509_ADD_FLAG_UP_REF))
        return err_memory(err);
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        X509 *certificate = sk_X509_value(certificates, i);
        if (!is_new(certificate, cas))
            continue;
        int rc = strength_key(certificate, err);
        if (rc < 0)
            return rc;
        if (!X509_add_cert(found, certificate, X509_ADD_FLAG_UP_REF))
            return err_memory(err);
        has_ca = has_ca || comes_after(certificate, ca);
    }
    if (!has_ca)
        return err_set(err, ERR_CONFIG,
                       "it holds no new CA certificate that outlives the present one");
    *ret = steal(&found);
    return 0;
}

int rollover_open(const struct buf *body, STACK_OF(X509) *cas, const struct strength *strength,
                  STACK_OF(X509) **ret, struct err *err)
{
    const uint8_t *at = body->data;
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = body->len ? d2i_CMS_ContentInfo(NULL, &at, (long)body->len) : NULL;
    ERR_clear_error();
    if (!cms || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
        return err_set(err, ERR_CONFIG, "it is no SignedData");
    autobuf content = {0};
    X509 *ca = NULL;
    int rc = verify(cms, cas, strength, &ca, &content, err);
    if (rc < 0)
        return rc;
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *certificates = authority_parse(&content);
    if (!certificates || sk_X509_num(certificates) == 0)
        return err_set(err, ERR_CONFIG, "it holds no certificates");
    rc = authority_check_number(certificates, err);
    return rc < 0 ? rc : collect(ca, cas, certificates, ret, err);
}
