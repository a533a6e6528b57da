#include "pkcs11/describe.h"

#include "pkcs11/draft.h"
#include "pkcs11/id.h"
#include "pkcs11/sign_store.h"
#include "pkcs11/snapshot.h"
#include "store/token.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

#define DEVICE_SLOT    1
#define FIRST_UID_SLOT 2
#define LABEL_MAX      128
#define ID_LEN         (sizeof((struct token_names *)0)->id)

enum { UNSPECIFIED, TOKEN_USER, AUTHORITY }; /* CKA_CERTIFICATE_CATEGORY */

DEFINE_CLEANUP(BIGNUM *, BN_free)

static void openssl_free_p(unsigned char **data)
{
    OPENSSL_free(*data);
}
#define autoder CLEANUP(openssl_free_p) unsigned char

/* What is the same for all of a kind. */
static const struct constant {
    CK_OBJECT_CLASS class;
    CK_ATTRIBUTE_TYPE type;
    bool value;
} constants[] = {
    {CKO_CERTIFICATE, CKA_TOKEN, true},
    {CKO_CERTIFICATE, CKA_PRIVATE, false},
    {CKO_CERTIFICATE, CKA_MODIFIABLE, false},

    {CKO_PUBLIC_KEY, CKA_TOKEN, true},
    {CKO_PUBLIC_KEY, CKA_PRIVATE, false},
    {CKO_PUBLIC_KEY, CKA_MODIFIABLE, false},
    {CKO_PUBLIC_KEY, CKA_LOCAL, true},
    {CKO_PUBLIC_KEY, CKA_DERIVE, false},
    {CKO_PUBLIC_KEY, CKA_VERIFY_RECOVER, false},
    {CKO_PUBLIC_KEY, CKA_WRAP, false},
    {CKO_PUBLIC_KEY, CKA_TRUSTED, false},

    {CKO_PRIVATE_KEY, CKA_TOKEN, true},
    {CKO_PRIVATE_KEY, CKA_PRIVATE, false},
    {CKO_PRIVATE_KEY, CKA_MODIFIABLE, false},
    {CKO_PRIVATE_KEY, CKA_LOCAL, true},
    {CKO_PRIVATE_KEY, CKA_DERIVE, false},
    {CKO_PRIVATE_KEY, CKA_SIGN_RECOVER, false},
    {CKO_PRIVATE_KEY, CKA_UNWRAP, false},
    {CKO_PRIVATE_KEY, CKA_WRAP_WITH_TRUSTED, false},
    {CKO_PRIVATE_KEY, CKA_SENSITIVE, true},
    {CKO_PRIVATE_KEY, CKA_ALWAYS_SENSITIVE, true},
    {CKO_PRIVATE_KEY, CKA_EXTRACTABLE, false},
    {CKO_PRIVATE_KEY, CKA_NEVER_EXTRACTABLE, true},
    {CKO_PRIVATE_KEY, CKA_ALWAYS_AUTHENTICATE, false},
};

/* One generation on its way into the draft. */
struct subject {
    const struct entry_id *id;
    unsigned number;
    bool retired;
    X509 *certificate;
    uint8_t fingerprint[32];
    struct token_names names;
    bool signs, decrypts;
};

CK_SLOT_ID describe_slot(const struct owner *owner)
{
    return owner->device ? DEVICE_SLOT : FIRST_UID_SLOT + (CK_SLOT_ID)owner->uid;
}

static bool has_token(const struct snapshot *snapshot, CK_SLOT_ID slot)
{
    for (uint32_t i = 0; i < snapshot->n_tokens; i++)
        if (snapshot->tokens[i].slot == slot)
            return true;
    return false;
}

int describe_token(struct snapshot *snapshot, const struct owner *owner, struct err *err)
{
    const struct entry_id any = {.owner = *owner};
    struct token token = {.slot = describe_slot(owner)};
    struct token_names names;
    if (has_token(snapshot, token.slot))
        return 0;
    int rc = token_names(&any, &names, err);
    if (rc < 0)
        return rc;
    snprintf(token.label, sizeof token.label, "%s", names.label);
    snprintf(token.serial, sizeof token.serial, "%s", names.serial);
    return snapshot_add_token(snapshot, &token, err);
}

static void add_constants(struct draft *draft, CK_OBJECT_CLASS class)
{
    draft_number(draft, CKA_CLASS, class);
    for (size_t i = 0; i < LENGTH(constants); i++)
        if (constants[i].class == class)
            draft_flag(draft, constants[i].type, constants[i].value);
}

/* DER takes the place of what i2d functions return: a length, or negative. */
static void add_der(struct draft *draft, CK_ATTRIBUTE_TYPE type, const void *der, int len)
{
    if (len < 0)
        draft_fail(draft, ERR_RESOURCE, "out of memory for a certificate's parts");
    else
        draft_bytes(draft, type, der, (size_t)len);
}

static void add_name(struct draft *draft, CK_ATTRIBUTE_TYPE type, const X509_NAME *name)
{
    autoder *der = NULL;
    int len = i2d_X509_NAME(name, &der);
    add_der(draft, type, der, len);
}

/* CK_DATE. A time that is none is left out, as PKCS#11 allows. */
static void add_date(struct draft *draft, CK_ATTRIBUTE_TYPE type, const ASN1_TIME *time)
{
    struct tm tm;
    char date[32];
    if (ASN1_TIME_to_tm(time, &tm) == 1 &&
        snprintf(date, sizeof date, "%04d%02d%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) ==
            sizeof(CK_DATE))
        draft_bytes(draft, type, date, sizeof(CK_DATE));
}

static void add_validity(struct draft *draft, const X509 *certificate)
{
    add_date(draft, CKA_START_DATE, X509_get0_notBefore(certificate));
    add_date(draft, CKA_END_DATE, X509_get0_notAfter(certificate));
}

static void add_certificate(struct draft *draft, X509 *certificate, const char *label,
                            const uint8_t id[ID_LEN], CK_ULONG category, bool trusted)
{
    add_constants(draft, CKO_CERTIFICATE);
    draft_number(draft, CKA_CERTIFICATE_TYPE, CKC_X_509);
    draft_number(draft, CKA_CERTIFICATE_CATEGORY, category);
    draft_flag(draft, CKA_TRUSTED, trusted);
    draft_text(draft, CKA_LABEL, label);
    draft_bytes(draft, CKA_ID, id, ID_LEN);
    add_name(draft, CKA_SUBJECT, X509_get_subject_name(certificate));
    add_name(draft, CKA_ISSUER, X509_get_issuer_name(certificate));
    add_validity(draft, certificate);

    autoder *serial = NULL, *value = NULL;
    uint8_t sha1[EVP_MAX_MD_SIZE];
    int len = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &serial);
    add_der(draft, CKA_SERIAL_NUMBER, serial, len);
    len = i2d_X509(certificate, &value);
    add_der(draft, CKA_VALUE, value, len);
    if (X509_digest(certificate, EVP_sha1(), sha1, NULL) == 1)
        draft_bytes(draft, CKA_CHECK_VALUE, sha1, 3); /* PKCS#11 section 4.6.3: the first 3 bytes */
}

static void add_bn(struct draft *draft, CK_ATTRIBUTE_TYPE type, const EVP_PKEY *key,
                   const char *name)
{
    CLEANUP(BN_free_p) BIGNUM *bn = NULL;
    uint8_t bytes[2048];
    if (EVP_PKEY_get_bn_param(key, name, &bn) != 1 || BN_num_bytes(bn) > (int)sizeof bytes)
        draft_fail(draft, ERR_CONFIG, "RSA public key");
    else
        draft_bytes(draft, type, bytes, (size_t)BN_bn2bin(bn, bytes));
}

static void add_rsa(struct draft *draft, const EVP_PKEY *key)
{
    draft_number(draft, CKA_KEY_TYPE, CKK_RSA);
    draft_number(draft, CKA_KEY_GEN_MECHANISM, CKM_RSA_PKCS_KEY_PAIR_GEN);
    draft_number(draft, CKA_MODULUS_BITS, (CK_ULONG)EVP_PKEY_get_bits(key));
    add_bn(draft, CKA_MODULUS, key, OSSL_PKEY_PARAM_RSA_N);
    add_bn(draft, CKA_PUBLIC_EXPONENT, key, OSSL_PKEY_PARAM_RSA_E);
}

/* The curve as its object identifier, the point as a DER OCTET STRING: both stand in the
 * certificate. */
static void add_ec(struct draft *draft, const X509_PUBKEY *spki)
{
    const unsigned char *point;
    const void *curve;
    int point_len, curve_type;
    X509_ALGOR *algorithm;
    autoder *oid = NULL, *wrapped = NULL;

    X509_PUBKEY_get0_param(NULL, &point, &point_len, &algorithm, spki);
    X509_ALGOR_get0(NULL, &curve_type, &curve, algorithm);
    if (curve_type != V_ASN1_OBJECT)
        return; /* key_is_known() has seen to it */
    ASN1_OCTET_STRING octets = {
        .length = point_len, .type = V_ASN1_OCTET_STRING, .data = (unsigned char *)point};
    draft_number(draft, CKA_KEY_TYPE, CKK_EC);
    draft_number(draft, CKA_KEY_GEN_MECHANISM, CKM_ECDSA_KEY_PAIR_GEN);
    int len = i2d_ASN1_OBJECT(curve, &oid);
    add_der(draft, CKA_EC_PARAMS, oid, len);
    len = i2d_ASN1_OCTET_STRING(&octets, &wrapped);
    add_der(draft, CKA_EC_POINT, wrapped, len);
}

/* What private and public key have in common. */
static void add_key(struct draft *draft, const struct subject *s)
{
    const EVP_PKEY *key = X509_get0_pubkey(s->certificate);
    const X509_PUBKEY *spki = X509_get_X509_PUBKEY(s->certificate);
    autoder *info = NULL;

    draft_text(draft, CKA_LABEL, s->id->profile);
    draft_bytes(draft, CKA_ID, s->names.id, sizeof s->names.id);
    add_name(draft, CKA_SUBJECT, X509_get_subject_name(s->certificate));
    add_validity(draft, s->certificate);
    if (EVP_PKEY_is_a(key, "RSA"))
        add_rsa(draft, key);
    else
        add_ec(draft, spki);
    int len = i2d_X509_PUBKEY(spki, &info);
    add_der(draft, CKA_PUBLIC_KEY_INFO, info, len);
}

static struct draft begin(const struct subject *s, enum id_kind kind)
{
    const struct owner *owner = &s->id->owner;
    struct draft draft = {
        .object = {.slot = describe_slot(owner),
                   .handle = id_handle(s->id, s->number, kind, s->fingerprint),
                   .retired = s->retired},
    };
    if (draft.object.handle == CK_INVALID_HANDLE)
        draft_fail(&draft, ERR_BUG, "OpenSSL has no SHA-256");
    if (kind == ID_PRIVATE_KEY) {
        draft.object.ref = (struct key_ref){.device = owner->device,
                                            .uid = owner->device ? 0 : owner->uid,
                                            .generation = s->number};
        strcpy(draft.object.ref.profile, s->id->profile);
    }
    return draft;
}

static int generation_certificate(struct snapshot *snapshot, const struct subject *s,
                                  struct err *err)
{
    autodraft draft = begin(s, ID_CERTIFICATE);
    add_certificate(&draft, s->certificate, s->id->profile, s->names.id, TOKEN_USER, false);
    return draft_add(&draft, snapshot, err);
}

static int generation_private_key(struct snapshot *snapshot, const struct subject *s,
                                  struct err *err)
{
    autodraft draft = begin(s, ID_PRIVATE_KEY);
    add_constants(&draft, CKO_PRIVATE_KEY);
    draft_flag(&draft, CKA_SIGN, s->signs);
    draft_flag(&draft, CKA_DECRYPT, s->decrypts);
    add_key(&draft, s);
    return draft_add(&draft, snapshot, err);
}

static int generation_public_key(struct snapshot *snapshot, const struct subject *s,
                                 struct err *err)
{
    autodraft draft = begin(s, ID_PUBLIC_KEY);
    add_constants(&draft, CKO_PUBLIC_KEY);
    draft_flag(&draft, CKA_VERIFY, s->signs);
    draft_flag(&draft, CKA_ENCRYPT, s->decrypts);
    add_key(&draft, s);
    return draft_add(&draft, snapshot, err);
}

static bool key_is_known(const X509 *certificate)
{
    X509_ALGOR *algorithm;
    int parameters;
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, X509_get_X509_PUBKEY(certificate));
    X509_ALGOR_get0(NULL, &parameters, NULL, algorithm);
    return key &&
           (EVP_PKEY_is_a(key, "RSA") || (EVP_PKEY_is_a(key, "EC") && parameters == V_ASN1_OBJECT));
}

int describe_generation(struct snapshot *snapshot, const struct entry_id *id, unsigned number,
                        bool retired, X509 *certificate, struct err *err)
{
    struct subject s = {.id = id, .number = number, .retired = retired, .certificate = certificate};
    if (!key_is_known(certificate))
        return err_set(err, ERR_CONFIG,
                       "the key of the certificate is neither RSA nor on a named curve");
    if (X509_digest(certificate, EVP_sha256(), s.fingerprint, NULL) != 1)
        return openssl_error(err, ERR_BUG, "SHA-256");
    sign_store_usage(certificate, &s.signs, &s.decrypts);

    int rc = token_names(id, &s.names, err);
    if (rc == 0)
        rc = generation_certificate(snapshot, &s, err);
    if (rc == 0)
        rc = generation_private_key(snapshot, &s, err);
    return rc < 0 ? rc : generation_public_key(snapshot, &s, err);
}

static bool has_object(const struct snapshot *snapshot, CK_SLOT_ID slot, CK_OBJECT_HANDLE handle)
{
    for (uint32_t i = 0; i < snapshot->n_objects; i++)
        if (snapshot->objects[i].slot == slot && snapshot->objects[i].handle == handle)
            return true;
    return false;
}

/* A certificate that stands for itself: its CKA_ID is made of its public key. The same one twice on
 * a token would only be in the way of who looks for it. */
static int add_authority(struct snapshot *snapshot, const struct owner *owner, X509 *certificate,
                         const char *label, bool trusted, struct err *err)
{
    const struct entry_id id = {.owner = *owner};
    uint8_t fingerprint[32], key_hash[EVP_MAX_MD_SIZE];
    if (X509_digest(certificate, EVP_sha256(), fingerprint, NULL) != 1 ||
        X509_pubkey_digest(certificate, EVP_sha256(), key_hash, NULL) != 1)
        return openssl_error(err, ERR_BUG, "SHA-256");

    autodraft draft = {.object = {.slot = describe_slot(owner),
                                  .handle = id_handle(&id, 0, ID_AUTHORITY, fingerprint)}};
    if (draft.object.handle == CK_INVALID_HANDLE)
        return err_set(err, ERR_BUG, "OpenSSL has no SHA-256");
    if (has_object(snapshot, draft.object.slot, draft.object.handle))
        return 0;
    add_certificate(&draft, certificate, label, key_hash, AUTHORITY, trusted);
    return draft_add(&draft, snapshot, err);
}

static void common_name(const X509 *certificate, const char *profile, char ret[LABEL_MAX])
{
    const X509_NAME *name = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    autoder *text = NULL;
    int len = at < 0 ? -1
                     : ASN1_STRING_to_UTF8(&text,
                                           X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    /* Never the label of the certificate that it issued: pkcs11:object=PROFILE means that one. */
    if (len <= 0 || len >= LABEL_MAX || strlen((char *)text) != (size_t)len ||
        strcmp((char *)text, profile) == 0)
        snprintf(ret, LABEL_MAX, "issuer of %s", profile);
    else
        strcpy(ret, (char *)text);
    err_sanitise(ret);
}

int describe_issuer(struct snapshot *snapshot, const struct entry_id *id, X509 *certificate,
                    struct err *err)
{
    char label[LABEL_MAX];
    common_name(certificate, id->profile, label);
    return add_authority(snapshot, &id->owner, certificate, label, false, err);
}

int describe_anchor(struct snapshot *snapshot, const char *profile, X509 *certificate,
                    struct err *err)
{
    const struct owner device = {.device = true};
    return add_authority(snapshot, &device, certificate, profile, true, err);
}

static int compare_handles(const void *a, const void *b)
{
    const struct object *x = *(struct object *const *)a, *y = *(struct object *const *)b;
    if (x->handle != y->handle)
        return x->handle < y->handle ? -1 : 1;
    return x < y ? -1 : x > y;
}

int describe_tell_apart(struct snapshot *snapshot, struct err *err)
{
    autofree struct object **order = calloc(snapshot->n_objects + 1, sizeof *order);
    if (!order)
        return err_memory(err);
    for (uint32_t i = 0; i < snapshot->n_objects; i++)
        order[i] = &snapshot->objects[i];
    qsort(order, snapshot->n_objects, sizeof *order, compare_handles);
    for (uint32_t i = 1; i < snapshot->n_objects; i++)
        if (order[i]->handle <= order[i - 1]->handle)
            order[i]->handle = order[i - 1]->handle + 1;
    return 0;
}
