#include "agent/certificate.h"

#include "base/text.h"
#include "store/key.h"

#include <openssl/x509v3.h>
#include <string.h>

DEFINE_CLEANUP(BIO *, BIO_free_all)
DEFINE_CLEANUP(GENERAL_NAMES *, GENERAL_NAMES_free)
DEFINE_CLEANUP(BIGNUM *, BN_free)

static const char what[] = "the certificate";

json_t *certificate_name(const X509_NAME *name)
{
    CLEANUP(BIO_free_all_p) BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    if (!bio || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
        return NULL;
    long len = BIO_get_mem_data(bio, &text);
    return len > 0 ? json_stringn(text, (size_t)len) : json_string(""); /* no name is one, too */
}

static json_t *serial_text(X509 *certificate)
{
    CLEANUP(BN_free_p)
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get_serialNumber(certificate), NULL);
    char *hex = number ? BN_bn2hex(number) : NULL;
    json_t *text = hex ? json_string(hex) : NULL;
    OPENSSL_free(hex);
    return text;
}

static json_t *time_number(const ASN1_TIME *time)
{
    int days, seconds;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    bool good = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time);
    ASN1_TIME_free(epoch);
    return good ? json_integer((json_int_t)days * 86400 + seconds) : NULL;
}

/* "KIND:value"; names of other kinds are not ours to show. */
static const ASN1_STRING *san_value(const GENERAL_NAME *name, const char **ret_kind)
{
    switch (name->type) {
    case GEN_EMAIL:
        *ret_kind = "email";
        return name->d.rfc822Name;
    case GEN_DNS:
        *ret_kind = "dns";
        return name->d.dNSName;
    case GEN_URI:
        *ret_kind = "uri";
        return name->d.uniformResourceIdentifier;
    case GEN_OTHERNAME:
        *ret_kind = "upn";
        return OBJ_obj2nid(name->d.otherName->type_id) == NID_ms_upn &&
                       name->d.otherName->value->type == V_ASN1_UTF8STRING
                   ? name->d.otherName->value->value.utf8string
                   : NULL;
    default:
        return NULL;
    }
}

/* All of it on one line: what stands behind a zero byte is part of the name. */
static json_t *san_text(const char *kind, const ASN1_STRING *value)
{
    size_t len = (size_t)ASN1_STRING_length(value), prefix = strlen(kind) + 1;
    autofree char *text = malloc(prefix + len + 1);
    if (!text)
        return NULL;
    memcpy(text, kind, prefix - 1);
    text[prefix - 1] = ':';
    if (len > 0) /* else there may be no data to point to */
        memcpy(text + prefix, ASN1_STRING_get0_data(value), len);
    for (size_t i = prefix; i < prefix + len; i++)
        if (text[i] == 0)
            text[i] = '?';
    text[prefix + len] = 0;
    err_sanitise(text);
    return json_string(text);
}

static json_t *san_list(X509 *certificate)
{
    autojson *list = json_array();
    CLEANUP(GENERAL_NAMES_free_p)
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const char *kind;
        const ASN1_STRING *value = san_value(sk_GENERAL_NAME_value(names, i), &kind);
        if (value && json_array_append_new(list, san_text(kind, value)) < 0)
            return NULL;
    }
    return steal(&list);
}

static json_t *key_text(X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (!key)
        return NULL;
    return json_sprintf("%s %d", EVP_PKEY_is_a(key, "EC") ? "ec" : "rsa", EVP_PKEY_get_bits(key));
}

static json_t *fingerprint_text(X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len;
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    if (!X509_digest(certificate, EVP_sha256(), digest, &len))
        return NULL;
    text_hex(digest, len, hex);
    return json_string(hex);
}

int certificate_describe(X509 *certificate, json_t **ret, struct err *err)
{
    const struct {
        const char *key;
        json_t *value;
    } members[] = {
        {"subject", certificate_name(X509_get_subject_name(certificate))},
        {"issuer", certificate_name(X509_get_issuer_name(certificate))},
        {"serial", serial_text(certificate)},
        {"sans", san_list(certificate)},
        {"not_before", time_number(X509_get0_notBefore(certificate))},
        {"not_after", time_number(X509_get0_notAfter(certificate))},
        {"key", key_text(certificate)},
        {"fingerprint", fingerprint_text(certificate)},
    };
    autojson *object = json_object();
    bool good = object != NULL;

    /* Every value must find its owner, also after one failed. */
    for (size_t i = 0; i < LENGTH(members); i++)
        good = json_object_set_new(object, members[i].key, members[i].value) == 0 && good;
    if (!good)
        return openssl_error(err, ERR_RETRY, what);
    *ret = steal(&object);
    return 0;
}
