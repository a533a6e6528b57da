#include "scep/ecdh.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#define GROUP_NAME_MAX 64

DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

static int other_curve(struct err *err)
{
    ERR_clear_error();
    return err_set(err, ERR_CONFIG,
                   "the answer's envelope: the server's key for it is not on our key's curve");
}

/* The name of the curve is left out by some, and said by others; it has to be ours. */
static int check_curve(const X509_ALGOR *algorithm, const char *group, struct err *err)
{
    if (OBJ_obj2nid(algorithm->algorithm) != NID_X9_62_id_ecPublicKey)
        return enveloped_unknown("originator's key", algorithm->algorithm, err);
    const ASN1_TYPE *curve = algorithm->parameter;
    if (!curve || curve->type == V_ASN1_NULL)
        return 0;
    int ours = EC_curve_nist2nid(group);
    if (ours == NID_undef)
        ours = OBJ_txt2nid(group);
    bool same = curve->type == V_ASN1_OBJECT && ours != NID_undef &&
                OBJ_obj2nid(curve->value.object) == ours;
    return same ? 0 : other_curve(err);
}

int ecdh_peer(EVP_PKEY *ours, const ORIGINATOR_KEY *theirs, EVP_PKEY **ret, struct err *err)
{
    char group[GROUP_NAME_MAX];
    const ASN1_BIT_STRING *point = theirs->point;
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (!context || !EVP_PKEY_get_group_name(ours, group, sizeof group, NULL))
        return openssl_error(err, ERR_BUG, enveloped_failed);
    int rc = check_curve(theirs->algorithm, group, err);
    if (rc < 0)
        return rc;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point->data,
                                          (size_t)point->length),
        OSSL_PARAM_construct_end(),
    };
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *peer = NULL;
    if (point->length <= 0 || EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &peer, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
        return other_curve(err); /* a point on a curve is checked to be on it */
    *ret = steal(&peer);
    return 0;
}

int ecdh_derive(EVP_PKEY *ours, EVP_PKEY *theirs, struct buf *ret, struct err *err)
{
    autobuf secret = {0};
    size_t field = ((size_t)EVP_PKEY_get_bits(theirs) + 7) / 8, len = field;
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_pkey(tpm_library(ours), ours, tpm_properties(ours));
    int rc = buf_reserve(&secret, field, err);
    if (rc < 0)
        return rc;
    if (!context || EVP_PKEY_derive_init(context) <= 0 ||
        EVP_PKEY_derive_set_peer(context, theirs) <= 0 ||
        EVP_PKEY_derive(context, secret.data, &len) <= 0 || len > field)
        return tpm_holds(ours) ? tpm_failed(ERR_CONFIG, enveloped_failed, err)
                               : openssl_error(err, ERR_CONFIG, enveloped_failed);
    secret.len = len;
    for (; rc == 0 && len < field; len++) /* a TPM may leave out leading zeros */
        rc = buf_add(ret, "", 1, err);
    return rc < 0 ? rc : buf_add(ret, secret.data, secret.len, err);
}

bool ecdh_works(EVP_PKEY *key)
{
    char group[GROUP_NAME_MAX];
    autobuf secret = {0};
    CLEANUP(EVP_PKEY_free_p)
    EVP_PKEY *peer = EVP_PKEY_get_group_name(key, group, sizeof group, NULL)
                         ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", group)
                         : NULL;
    bool works = peer && ecdh_derive(key, peer, &secret, NULL) == 0;
    ERR_clear_error();
    return works;
}
