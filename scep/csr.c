#include "scep/csr.h"

#include "scep/caps.h"

#include <string.h>

/* Longest single value that goes into a request; far above what any profile makes. */
#define VALUE_MAX (16u * 1024)

/* EnrollmentNameValuePair of Microsoft's enrolment protocol (MS-WCCE section 2.2.2.7.10). */
#define OID_NAME_VALUE_PAIR "1.3.6.1.4.1.311.13.2.1"

static bool is_ascii(const void *data, size_t len)
{
    for (const uint8_t *p = data; len > 0; p++, len--)
        if (*p == 0 || *p > 0x7f)
            return false;
    return true;
}

static bool is_printable(const struct buf *value)
{
    return ASN1_PRINTABLE_type(value->data, (int)value->len) == V_ASN1_PRINTABLESTRING;
}

static int ava_type(const struct name_ava *ava, int *ret, struct err *err)
{
    switch (ava->type) {
    case NAME_IA5:
        if (!is_ascii(ava->value.data, ava->value.len))
            return err_set(err, ERR_CONFIG, "subject: \"%s\" (%s) must be ASCII",
                           buf_text(&ava->value), ava->oid);
        *ret = V_ASN1_IA5STRING;
        return 0;
    case NAME_PRINTABLE:
        if (!is_printable(&ava->value))
            return err_set(err, ERR_CONFIG,
                           "subject: \"%s\" (%s) has characters that a PrintableString has not",
                           buf_text(&ava->value), ava->oid);
        *ret = V_ASN1_PRINTABLESTRING;
        return 0;
    default:
        if (!text_is_utf8(buf_text(&ava->value), ava->value.len))
            return err_set(err, ERR_CONFIG, "subject: the value of %s is not UTF-8", ava->oid);
        *ret = V_ASN1_UTF8STRING;
        return 0;
    }
}

static int name_add_ava(X509_NAME *name, const struct name_ava *ava, struct err *err)
{
    if (ava->value.len == 0 || ava->value.len > VALUE_MAX)
        return err_set(err, ERR_CONFIG, "subject: the value of %s has %zu bytes", ava->oid,
                       ava->value.len);
    int type = V_ASN1_UTF8STRING;
    int rc = ava_type(ava, &type, err);
    if (rc < 0)
        return rc;
    CLEANUP(ASN1_OBJECT_free_p) ASN1_OBJECT *oid = OBJ_txt2obj(ava->oid, 1);
    if (!oid || !X509_NAME_add_entry_by_OBJ(name, oid, type, ava->value.data, (int)ava->value.len,
                                            -1, ava->joined ? -1 : 0))
        return openssl_error(err, ERR_CONFIG, "subject");
    return 0;
}

int csr_name(const struct name *name, X509_NAME **ret, struct err *err)
{
    CLEANUP(X509_NAME_free_p) X509_NAME *made = X509_NAME_new();
    if (!made)
        return err_memory(err);
    for (size_t i = 0; i < name->n; i++) {
        int rc = name_add_ava(made, &name->v[i], err);
        if (rc < 0)
            return rc;
    }
    *ret = steal(&made);
    return 0;
}

static const struct {
    const char *name;
    int type;
} san_kinds[] = {
    [SAN_EMAIL] = {"email", GEN_EMAIL},
    [SAN_UPN] = {"upn", GEN_OTHERNAME},
    [SAN_DNS] = {"dns", GEN_DNS},
    [SAN_URI] = {"uri", GEN_URI},
};

static int san_value(const struct san *san, int asn1_type, ASN1_STRING **ret, struct err *err)
{
    size_t len = strlen(san->value);
    bool fits =
        asn1_type == V_ASN1_IA5STRING ? is_ascii(san->value, len) : text_is_utf8(san->value, len);
    if (len == 0 || len > VALUE_MAX || !fits)
        return err_set(err, ERR_CONFIG, "san: \"%s\" cannot be the value of a %s name", san->value,
                       san_kinds[san->kind].name);
    CLEANUP(ASN1_STRING_free_p) ASN1_STRING *string = ASN1_STRING_type_new(asn1_type);
    if (!string || !ASN1_STRING_set(string, san->value, (int)len))
        return err_memory(err);
    *ret = steal(&string);
    return 0;
}

static int san_name(const struct san *san, GENERAL_NAME **ret, struct err *err)
{
    bool upn = san->kind == SAN_UPN;
    CLEANUP(ASN1_STRING_free_p) ASN1_STRING *value = NULL;
    int rc = san_value(san, upn ? V_ASN1_UTF8STRING : V_ASN1_IA5STRING, &value, err);
    if (rc < 0)
        return rc;
    CLEANUP(GENERAL_NAME_free_p) GENERAL_NAME *name = GENERAL_NAME_new();
    if (!name)
        return err_memory(err);
    if (upn) {
        CLEANUP(ASN1_TYPE_free_p) ASN1_TYPE *any = ASN1_TYPE_new();
        if (!any)
            return err_memory(err);
        ASN1_TYPE_set(any, V_ASN1_UTF8STRING, steal(&value));
        if (!GENERAL_NAME_set0_othername(name, OBJ_nid2obj(NID_ms_upn), any))
            return err_memory(err);
        any = NULL;
    } else {
        GENERAL_NAME_set0_value(name, san_kinds[san->kind].type, steal(&value));
    }
    *ret = steal(&name);
    return 0;
}

int csr_alternative_names(const struct request *request, GENERAL_NAMES **ret, struct err *err)
{
    CLEANUP(GENERAL_NAMES_free_p) GENERAL_NAMES *names = GENERAL_NAMES_new();
    if (!names)
        return err_memory(err);
    for (size_t i = 0; i < request->n_sans; i++) {
        CLEANUP(GENERAL_NAME_free_p) GENERAL_NAME *name = NULL;
        int rc = san_name(&request->sans[i], &name, err);
        if (rc < 0)
            return rc;
        if (!sk_GENERAL_NAME_push(names, name))
            return err_memory(err);
        name = NULL;
    }
    *ret = steal(&names);
    return 0;
}

static int add_key_usage(STACK_OF(X509_EXTENSION) **extensions, unsigned usage, struct err *err)
{
    CLEANUP(ASN1_BIT_STRING_free_p) ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    if (!bits || !ASN1_BIT_STRING_set_bit(bits, 0, !!(usage & USAGE_DIGITAL_SIGNATURE)) ||
        !ASN1_BIT_STRING_set_bit(bits, 2, !!(usage & USAGE_KEY_ENCIPHERMENT)) ||
        X509V3_add1_i2d(extensions, NID_key_usage, bits, 1, X509V3_ADD_APPEND) != 1)
        return openssl_error(err, ERR_RESOURCE, "key usage");
    return 0;
}

static int add_extended_key_usage(STACK_OF(X509_EXTENSION) **extensions, const struct strings *oids,
                                  struct err *err)
{
    CLEANUP(EXTENDED_KEY_USAGE_free_p) EXTENDED_KEY_USAGE *usages = EXTENDED_KEY_USAGE_new();
    if (!usages)
        return err_memory(err);
    for (size_t i = 0; i < oids->n; i++) {
        CLEANUP(ASN1_OBJECT_free_p) ASN1_OBJECT *oid = OBJ_txt2obj(oids->v[i], 1);
        if (!oid)
            return err_set(err, ERR_CONFIG, "eku: %s is no object identifier", oids->v[i]);
        if (!sk_ASN1_OBJECT_push(usages, oid))
            return err_memory(err);
        oid = NULL;
    }
    if (X509V3_add1_i2d(extensions, NID_ext_key_usage, usages, 0, X509V3_ADD_APPEND) != 1)
        return openssl_error(err, ERR_RESOURCE, "extended key usage");
    return 0;
}

static int add_alternative_names(STACK_OF(X509_EXTENSION) **extensions,
                                 const struct request *request, struct err *err)
{
    CLEANUP(GENERAL_NAMES_free_p) GENERAL_NAMES *names = NULL;
    int rc = csr_alternative_names(request, &names, err);
    if (rc < 0)
        return rc;
    /* Critical where it is the only name there is (RFC 5280 section 4.2.1.6). */
    int critical = request->subject.n == 0;
    if (X509V3_add1_i2d(extensions, NID_subject_alt_name, names, critical, X509V3_ADD_APPEND) != 1)
        return openssl_error(err, ERR_RESOURCE, "alternative names");
    return 0;
}

static int add_extensions(X509_REQ *csr, const struct request *request, struct err *err)
{
    CLEANUP(extensions_free_p) STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    int rc = extensions ? 0 : err_memory(err);
    if (rc == 0 && request->key_usage)
        rc = add_key_usage(&extensions, request->key_usage, err);
    if (rc == 0 && request->ekus.n)
        rc = add_extended_key_usage(&extensions, &request->ekus, err);
    if (rc == 0 && request->n_sans)
        rc = add_alternative_names(&extensions, request, err);
    if (rc < 0 || sk_X509_EXTENSION_num(extensions) == 0)
        return rc;
    return X509_REQ_add_extensions(csr, extensions)
               ? 0
               : openssl_error(err, ERR_RESOURCE, "extensions of the request");
}

/* What OpenSSL is given it copies more than once, and leaves the copies lying in freed memory. So a
 * stand-in of the same length is added, and csr_finish() lays the secret into its place. */
static int add_challenge(X509_REQ *csr, const struct buf *challenge, struct err *err)
{
    if (!challenge || challenge->len == 0)
        return 0;
    if (challenge->len > VALUE_MAX || !text_is_utf8(buf_text(challenge), challenge->len))
        return err_set(err, ERR_CONFIG, "the challenge must be UTF-8 of at most %u bytes",
                       VALUE_MAX);
    int type = is_printable(challenge) ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING;
    autofree uint8_t *stand_in = malloc(challenge->len);
    if (!stand_in)
        return err_memory(err);
    memset(stand_in, 'x', challenge->len);
    return X509_REQ_add1_attr_by_NID(csr, NID_pkcs9_challengePassword, type, stand_in,
                                     (int)challenge->len)
               ? 0
               : openssl_error(err, ERR_RESOURCE, "challenge password");
}

/* Both texts are short enough for one-byte lengths all the way up. */
static int name_value_pair(const char *name, const char *value, struct buf *ret, struct err *err)
{
    const char *const texts[] = {name, value};
    size_t inner = 4 + 2 * (strlen(name) + strlen(value));
    if (inner > 127)
        return err_set(err, ERR_BUG, "%s does not fit a short pair", name);
    int rc =
        buf_add(ret, (uint8_t[]){V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED, (uint8_t)inner}, 2, err);
    for (size_t i = 0; rc == 0 && i < LENGTH(texts); i++) {
        rc = buf_add(ret, (uint8_t[]){V_ASN1_BMPSTRING, (uint8_t)(2 * strlen(texts[i]))}, 2, err);
        for (const char *c = texts[i]; rc == 0 && *c; c++)
            rc = buf_add(ret, (uint8_t[]){0, (uint8_t)*c}, 2, err);
    }
    return rc;
}

/* One attribute with two values: an attribute's type stands once in a request (RFC 2986
 * section 4.1). */
static int add_validity(X509_REQ *csr, const struct request *request, struct err *err)
{
    static const char *const units[] = {NULL, "Days", "Months", "Years"};
    if (request->validity_unit == VALIDITY_NONE || request->validity_unit > VALIDITY_YEARS)
        return 0;
    char count[16];
    snprintf(count, sizeof count, "%u", request->validity);
    autobuf period = {0}, number = {0};
    int rc = name_value_pair("ValidityPeriod", units[request->validity_unit], &period, err);
    if (rc == 0)
        rc = name_value_pair("ValidityPeriodUnits", count, &number, err);
    if (rc < 0)
        return rc;
    CLEANUP(ASN1_OBJECT_free_p) ASN1_OBJECT *oid = OBJ_txt2obj(OID_NAME_VALUE_PAIR, 1);
    CLEANUP(X509_ATTRIBUTE_free_p)
    X509_ATTRIBUTE *attribute =
        X509_ATTRIBUTE_create_by_OBJ(NULL, oid, V_ASN1_SEQUENCE, period.data, (int)period.len);
    if (!attribute ||
        !X509_ATTRIBUTE_set1_data(attribute, V_ASN1_SEQUENCE, number.data, (int)number.len) ||
        !X509_REQ_add1_attr(csr, attribute))
        return openssl_error(err, ERR_RESOURCE, "validity wish");
    return 0;
}

/* Lays the challenge into the place of its stand-in, which the attribute's bytes lead to. */
static int insert_challenge(const X509_REQ *csr, const struct buf *challenge, struct buf *info,
                            struct err *err)
{
    int at = X509_REQ_get_attr_by_NID(csr, NID_pkcs9_challengePassword, -1);
    if (at < 0)
        return 0;
    CLEANUP(bytes_free_p) uint8_t *attribute = NULL;
    int len = i2d_X509_ATTRIBUTE(X509_REQ_get_attr(csr, at), &attribute);
    uint8_t *place = len > 0 ? memmem(info->data, info->len, attribute, (size_t)len) : NULL;
    if (!place)
        return openssl_error(err, ERR_BUG, "challenge password");
    memcpy(place + (size_t)len - challenge->len, challenge->data, challenge->len);
    return 0;
}

/* RFC 8017 appendix A.2.4 wants a NULL for RSA, RFC 5758 section 3.2 nothing for ECDSA. */
static int signature_algorithm(EVP_PKEY *key, enum hash hash, X509_ALGOR **ret, struct err *err)
{
    bool rsa = EVP_PKEY_is_a(key, "RSA");
    int nid;
    CLEANUP(X509_ALGOR_free_p) X509_ALGOR *made = X509_ALGOR_new();
    if (!made ||
        !OBJ_find_sigid_by_algs(&nid, EVP_MD_get_type(hash_digest(hash)),
                                rsa ? NID_rsaEncryption : NID_X9_62_id_ecPublicKey) ||
        !X509_ALGOR_set0(made, OBJ_nid2obj(nid), rsa ? V_ASN1_NULL : V_ASN1_UNDEF, NULL))
        return openssl_error(err, ERR_BUG, "signature of the certificate request");
    *ret = steal(&made);
    return 0;
}

/* Appends a BIT STRING with the signature. */
static int add_signature(EVP_PKEY *key, enum hash hash, const struct buf *info, struct buf *ret,
                         struct err *err)
{
    CLEANUP(EVP_MD_CTX_free_p) EVP_MD_CTX *context = EVP_MD_CTX_new();
    CLEANUP(bytes_free_p) uint8_t *signature = NULL;
    const char *digest = EVP_MD_get0_name(hash_digest(hash));
    size_t len = 0;
    if (!context ||
        EVP_DigestSignInit_ex(context, NULL, digest, tpm_library(key), tpm_properties(key), key,
                              NULL) <= 0 ||
        EVP_DigestSign(context, NULL, &len, info->data, info->len) <= 0 ||
        !(signature = OPENSSL_malloc(len)) ||
        EVP_DigestSign(context, signature, &len, info->data, info->len) <= 0)
        return openssl_error(err, ERR_BUG, "cannot sign the certificate request");
    uint8_t head[16], *end = head;
    ASN1_put_object(&end, 0, (int)len + 1, V_ASN1_BIT_STRING, V_ASN1_UNIVERSAL);
    *end++ = 0; /* unused bits */
    int rc = buf_add(ret, head, (size_t)(end - head), err);
    return rc < 0 ? rc : buf_add(ret, signature, len, err);
}

/* Appends the CertificationRequest (RFC 2986 section 4.2) around INFO. */
static int add_request(EVP_PKEY *key, enum hash hash, const struct buf *info, struct buf *ret,
                       struct err *err)
{
    autobuf tail = {0};
    CLEANUP(X509_ALGOR_free_p) X509_ALGOR *algorithm = NULL;
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int rc = signature_algorithm(key, hash, &algorithm, err);
    if (rc < 0)
        return rc;
    int len = i2d_X509_ALGOR(algorithm, &der);
    if (len < 0)
        return openssl_error(err, ERR_RESOURCE, "certificate request");
    rc = buf_add(&tail, der, (size_t)len, err);
    if (rc == 0)
        rc = add_signature(key, hash, info, &tail, err);
    uint8_t head[16], *end = head;
    ASN1_put_object(&end, 1, (int)(info->len + tail.len), V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    if (rc == 0)
        rc = buf_add(ret, head, (size_t)(end - head), err);
    if (rc == 0)
        rc = buf_add(ret, info->data, info->len, err);
    return rc < 0 ? rc : buf_add(ret, tail.data, tail.len, err);
}

int csr_begin(EVP_PKEY *key, const struct request *request, X509_REQ **ret, struct err *err)
{
    CLEANUP(X509_REQ_free_p)
    X509_REQ *csr = X509_REQ_new_ex(tpm_library(key), tpm_properties(key));
    CLEANUP(X509_NAME_free_p) X509_NAME *subject = NULL;
    if (!csr)
        return err_memory(err);
    int rc = csr_name(&request->subject, &subject, err);
    if (rc == 0)
        rc = add_extensions(csr, request, err);
    if (rc == 0)
        rc = add_validity(csr, request, err);
    if (rc < 0)
        return rc;
    if (!X509_REQ_set_subject_name(csr, subject) || !X509_REQ_set_pubkey(csr, key))
        return openssl_error(err, ERR_BUG, "certificate request");
    *ret = steal(&csr);
    return 0;
}

int csr_finish(X509_REQ *csr, EVP_PKEY *key, enum hash hash, const struct buf *challenge,
               struct buf *ret, struct err *err)
{
    autobuf info = {0};
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int rc = add_challenge(csr, challenge, err);
    if (rc < 0)
        return rc;
    int len = i2d_re_X509_REQ_tbs(csr, &der);
    if (len < 0)
        return openssl_error(err, ERR_RESOURCE, "certificate request");
    rc = buf_add(&info, der, (size_t)len, err);
    if (rc == 0 && challenge)
        rc = insert_challenge(csr, challenge, &info, err);
    return rc < 0 ? rc : add_request(key, hash, &info, ret, err);
}

int csr_build(EVP_PKEY *key, const struct request *request, enum hash hash,
              const struct buf *challenge, struct buf *ret, struct err *err)
{
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = NULL;
    int rc = csr_begin(key, request, &csr, err);
    return rc < 0 ? rc : csr_finish(csr, key, hash, challenge, ret, err);
}
