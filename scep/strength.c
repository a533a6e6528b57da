#include "scep/strength.h"

#include "scep/print.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#define RSA_BITS_MIN    1024
#define KEY_BITS_MIN    80  /* of security: as RSA 1024 has */
#define DIGEST_BITS_MIN 112 /* of security: SHA-224 */

/* By minimum-crypto. */
static const struct {
    const char *name;
    int cipher; /* the weakest, in the order below */
    bool sha1;
} minimums[] = {
    [MINIMUM_DES3_SHA1] = {"des3-sha1", 1, true},
    [MINIMUM_DES3_SHA256] = {"des3-sha256", 1, false},
    [MINIMUM_AES128_SHA256] = {"aes128-sha256", 2, false},
    [MINIMUM_AES256_SHA256] = {"aes256-sha256", 4, false},
};

/* All that may ever be, weakest first. */
static const int ciphers[] = {
    NID_des_cbc, NID_des_ede3_cbc, NID_aes_128_cbc, NID_aes_192_cbc, NID_aes_256_cbc,
};

const char *strength_name(enum minimum_crypto minimum)
{
    return minimums[minimum].name;
}

static const char *nid_name(int nid)
{
    const char *name = OBJ_nid2ln(nid);
    return nid != NID_undef && name ? name : "an unknown algorithm";
}

int strength_cipher(const struct strength *strength, int nid, struct err *err)
{
    int rank = -1;
    for (size_t i = 0; i < LENGTH(ciphers); i++)
        if (ciphers[i] == nid)
            rank = (int)i;
    if (nid == NID_des_cbc)
        return strength->accept_des
                   ? 0
                   : err_set(err, ERR_CONFIG,
                             "the server answered in single DES; have it use AES, or set "
                             "accept-des = yes in the profile to open such answers");
    if (rank < 0)
        return err_set(err, ERR_CONFIG, "%s is no cipher that SCEP is done with", nid_name(nid));
    return rank >= minimums[strength->minimum].cipher
               ? 0
               : err_set(err, ERR_CONFIG, "%s is weaker than minimum-crypto = %s allows",
                         nid_name(nid), strength_name(strength->minimum));
}

/* Of security, as far as it matters here. */
static int digest_bits(int nid)
{
    static const int good[] = {NID_sha224,   NID_sha256,   NID_sha384,   NID_sha512,
                               NID_sha3_224, NID_sha3_256, NID_sha3_384, NID_sha3_512};
    for (size_t i = 0; i < LENGTH(good); i++)
        if (good[i] == nid)
            return DIGEST_BITS_MIN;
    return 0;
}

/* BITS: of security. */
static int judge(const struct strength *strength, int nid, int bits, const char *what,
                 bool *ret_weak, struct err *err)
{
    *ret_weak = false;
    if (nid != NID_sha1 && bits >= DIGEST_BITS_MIN)
        return 0;
    if (nid != NID_sha1)
        return err_set(err, ERR_CONFIG, "%s is signed with %s, which is accepted nowhere", what,
                       nid_name(nid));
    *ret_weak = true;
    return minimums[strength->minimum].sha1
               ? 0
               : err_set(err, ERR_CONFIG,
                         "%s is signed with SHA-1, which is weaker than minimum-crypto = %s allows",
                         what, strength_name(strength->minimum));
}

int strength_digest(const struct strength *strength, int nid, const char *what, struct err *err)
{
    bool weak;
    return judge(strength, nid, digest_bits(nid), what, &weak, err);
}

int strength_signature(const struct strength *strength, X509 *certificate, bool *ret_weak,
                       struct err *err)
{
    autobuf what = {0};
    int nid = NID_undef, bits = 0;
    if (!X509_get_signature_info(certificate, &nid, NULL, &bits, NULL))
        bits = 0;
    ERR_clear_error();
    int rc = buf_add_text(&what, "certificate ", err);
    if (rc == 0)
        rc = print_certificate(certificate, &what, err);
    return rc < 0 ? rc : judge(strength, nid, bits, buf_text(&what), ret_weak, err);
}

/* Of RSA-PSS, whose digest is a parameter: SHA-1 when it is left out (RFC 4055 section 3.1). */
static int pss_digest(const X509_ALGOR *algorithm)
{
    const ASN1_TYPE *parameter = algorithm->parameter;
    RSA_PSS_PARAMS *pss = parameter && parameter->type == V_ASN1_SEQUENCE
                              ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), parameter)
                              : NULL;
    int digest = !pss                 ? NID_undef
                 : pss->hashAlgorithm ? OBJ_obj2nid(pss->hashAlgorithm->algorithm)
                                      : NID_sha1;
    RSA_PSS_PARAMS_free(pss);
    ERR_clear_error();
    return digest;
}

int strength_crl(const struct strength *strength, const X509_CRL *crl, struct err *err)
{
    bool weak;
    const X509_ALGOR *algorithm;
    X509_CRL_get0_signature(crl, NULL, &algorithm);
    int nid = OBJ_obj2nid(algorithm->algorithm), digest = NID_undef;
    if (nid == NID_rsassaPss)
        digest = pss_digest(algorithm);
    else
        OBJ_find_sigid_algs(nid, &digest, NULL);
    bool whole = nid == NID_ED25519 || nid == NID_ED448; /* they sign without a digest before */
    return judge(strength, digest, whole ? DIGEST_BITS_MIN : digest_bits(digest),
                 "the revocation list", &weak, err);
}

int strength_key(X509 *certificate, struct err *err)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    bool short_rsa = key && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) < RSA_BITS_MIN;
    if (key && !short_rsa && EVP_PKEY_get_security_bits(key) >= KEY_BITS_MIN)
        return 0;
    autobuf what = {0};
    ERR_clear_error();
    int rc = print_certificate(certificate, &what, err);
    return rc < 0 ? rc
                  : err_set(err, ERR_CONFIG,
                            "certificate %s has a key of %d bits, which is too weak to trust",
                            buf_text(&what), key ? EVP_PKEY_get_bits(key) : 0);
}
