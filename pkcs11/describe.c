#include "pkcs11/describe.h"

#include "pkcs11/builder.h"
#include "pkcs11/id.h"
#include "pkcs11/snapshot.h"
#include "store/key.h"
#include "store/token.h"

#include <endian.h>
#include <openssl/evp.h>
#include <string.h>

#define DEVICE_SLOT    1
#define FIRST_UID_SLOT 2
#define FIRST_PIN_SLOT (UINT64_C(1) << 62)
#define LABEL_MAX      128
#define ID_LEN         (sizeof((struct token_names *)0)->id)

enum { UNSPECIFIED, TOKEN_USER, AUTHORITY }; /* CKA_CERTIFICATE_CATEGORY */

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

/* One generation on its way into the builder. */
struct subject {
    const struct entry_id *id;
    unsigned number;
    unsigned how;
    const struct fields *certificate;
    struct token_names names;
    CK_SLOT_ID slot;
};

CK_SLOT_ID describe_slot(const struct owner *owner)
{
    return owner->device ? DEVICE_SLOT : FIRST_UID_SLOT + (CK_SLOT_ID)owner->uid;
}

/* The same in every process: clients remember slots. */
CK_SLOT_ID describe_pin_slot(const struct token_names *names)
{
    uint64_t number;
    memcpy(&number, names->id, sizeof number);
    return FIRST_PIN_SLOT | be64toh(number) >> 2;
}

static bool has_token(const struct snapshot *snapshot, CK_SLOT_ID slot)
{
    for (uint32_t i = 0; i < snapshot->n_tokens; i++)
        if (snapshot->tokens[i].slot == slot)
            return true;
    return false;
}

static int add_token(struct snapshot *snapshot, struct token *token,
                     const struct token_names *names, struct err *err)
{
    snprintf(token->label, sizeof token->label, "%s", names->label);
    snprintf(token->serial, sizeof token->serial, "%s", names->serial);
    return snapshot_add_token(snapshot, token, err);
}

int describe_token(struct snapshot *snapshot, const struct owner *owner, struct err *err)
{
    const struct entry_id any = {.owner = *owner};
    struct token token = {.slot = describe_slot(owner)};
    struct token_names names;
    if (has_token(snapshot, token.slot))
        return 0;
    int rc = token_names(&any, false, &names, err);
    return rc < 0 ? rc : add_token(snapshot, &token, &names, err);
}

static struct key_ref ref_of(const struct entry_id *id, unsigned number)
{
    const struct owner *owner = &id->owner;
    struct key_ref ref = {
        .device = owner->device, .uid = owner->device ? 0 : owner->uid, .generation = number};
    strcpy(ref.profile, id->profile);
    return ref;
}

int describe_pin_token(struct snapshot *snapshot, const struct entry_id *id, struct err *err)
{
    struct token token = {.login = true, .ref = ref_of(id, 0)};
    struct token_names names;
    int rc = token_names(id, true, &names, err);
    if (rc < 0)
        return rc;
    token.slot = describe_pin_slot(&names);
    return add_token(snapshot, &token, &names, err);
}

static void add_constants(struct builder *builder, CK_OBJECT_CLASS class)
{
    builder_number(builder, CKA_CLASS, class);
    for (size_t i = 0; i < LENGTH(constants); i++)
        if (constants[i].class == class)
            builder_flag(builder, constants[i].type, constants[i].value);
}

/* DER takes the place of what i2d functions return: a length, or negative. */
static void add_der(struct builder *builder, CK_ATTRIBUTE_TYPE type, const void *der, int len)
{
    if (len < 0)
        builder_fail(builder, ERR_RESOURCE, "out of memory for a certificate's parts");
    else
        builder_bytes(builder, type, der, (size_t)len);
}

static void add_name(struct builder *builder, CK_ATTRIBUTE_TYPE type, const X509_NAME *name)
{
    autoder *der = NULL;
    int len = i2d_X509_NAME(name, &der);
    add_der(builder, type, der, len);
}

/* CK_DATE. A time that is none is left out, as PKCS#11 allows. */
static void add_date(struct builder *builder, CK_ATTRIBUTE_TYPE type, const ASN1_TIME *time)
{
    struct tm tm;
    char date[32];
    if (ASN1_TIME_to_tm(time, &tm) == 1 &&
        snprintf(date, sizeof date, "%04d%02d%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) ==
            sizeof(CK_DATE))
        builder_bytes(builder, type, date, sizeof(CK_DATE));
}

static void add_validity(struct builder *builder, const struct fields *certificate)
{
    add_date(builder, CKA_START_DATE, certificate->not_before);
    add_date(builder, CKA_END_DATE, certificate->not_after);
}

static void add_certificate(struct builder *builder, const struct fields *certificate,
                            const char *label, const uint8_t id[ID_LEN], CK_ULONG category,
                            bool trusted)
{
    add_constants(builder, CKO_CERTIFICATE);
    builder_number(builder, CKA_CERTIFICATE_TYPE, CKC_X_509);
    builder_number(builder, CKA_CERTIFICATE_CATEGORY, category);
    builder_flag(builder, CKA_TRUSTED, trusted);
    builder_text(builder, CKA_LABEL, label);
    builder_bytes(builder, CKA_ID, id, ID_LEN);
    add_name(builder, CKA_SUBJECT, certificate->subject);
    add_name(builder, CKA_ISSUER, certificate->issuer);
    add_validity(builder, certificate);

    const struct buf *value = &certificate->der;
    autoder *serial = NULL;
    uint8_t sha1[EVP_MAX_MD_SIZE];
    int len = i2d_ASN1_INTEGER(certificate->serial, &serial);
    add_der(builder, CKA_SERIAL_NUMBER, serial, len);
    builder_bytes(builder, CKA_VALUE, value->data, value->len);
    if (EVP_Digest(value->data, value->len, sha1, NULL, EVP_sha1(), NULL) == 1)
        builder_bytes(builder, CKA_CHECK_VALUE, sha1,
                      3); /* PKCS#11 section 4.6.3: the first 3 bytes */
}

/* PKCS#11's big integer: the same bytes as in DER, without the zero that keeps a number positive.
 */
static void add_integer(struct builder *builder, CK_ATTRIBUTE_TYPE type,
                        const ASN1_INTEGER *integer)
{
    builder_bytes(builder, type, ASN1_STRING_get0_data(integer),
                  (size_t)ASN1_STRING_length(integer));
}

static CK_ULONG bits(const ASN1_INTEGER *integer)
{
    CK_ULONG ret = 8 * (CK_ULONG)ASN1_STRING_length(integer);
    for (uint8_t top = ASN1_STRING_get0_data(integer)[0]; ret && !(top & 0x80); top <<= 1)
        ret--;
    return ret;
}

static void add_rsa(struct builder *builder, const struct fields *certificate)
{
    builder_number(builder, CKA_KEY_TYPE, CKK_RSA);
    builder_number(builder, CKA_KEY_GEN_MECHANISM, CKM_RSA_PKCS_KEY_PAIR_GEN);
    builder_number(builder, CKA_MODULUS_BITS, bits(certificate->modulus));
    add_integer(builder, CKA_MODULUS, certificate->modulus);
    add_integer(builder, CKA_PUBLIC_EXPONENT, certificate->exponent);
}

/* The curve as its object identifier, the point as a DER OCTET STRING. */
static void add_ec(struct builder *builder, const struct fields *certificate)
{
    autoder *curve = NULL, *point = NULL;
    const ASN1_OCTET_STRING octets = {.length = (int)certificate->point_len,
                                      .type = V_ASN1_OCTET_STRING,
                                      .data = (unsigned char *)(uintptr_t)certificate->point};
    builder_number(builder, CKA_KEY_TYPE, CKK_EC);
    builder_number(builder, CKA_KEY_GEN_MECHANISM, CKM_ECDSA_KEY_PAIR_GEN);
    int len = i2d_ASN1_OBJECT(certificate->curve, &curve);
    add_der(builder, CKA_EC_PARAMS, curve, len);
    len = i2d_ASN1_OCTET_STRING(&octets, &point);
    add_der(builder, CKA_EC_POINT, point, len);
}

/* What private and public key have in common. */
static void add_key(struct builder *builder, const struct subject *s)
{
    autoder *info = NULL;
    builder_text(builder, CKA_LABEL, s->id->profile);
    builder_bytes(builder, CKA_ID, s->names.id, sizeof s->names.id);
    add_name(builder, CKA_SUBJECT, s->certificate->subject);
    add_validity(builder, s->certificate);
    if (s->certificate->key == FIELDS_RSA)
        add_rsa(builder, s->certificate);
    else
        add_ec(builder, s->certificate);
    int len = fields_spki_der(s->certificate, &info);
    add_der(builder, CKA_PUBLIC_KEY_INFO, info, len);
}

static struct builder begin(const struct subject *s, enum id_kind kind)
{
    struct builder builder = {
        .object = {.slot = s->slot,
                   .handle = id_handle(s->id, s->number, kind, s->certificate->fingerprint),
                   .retired = s->how & DESCRIBE_RETIRED},
    };
    if (builder.object.handle == CK_INVALID_HANDLE)
        builder_fail(&builder, ERR_BUG, "OpenSSL has no SHA-256");
    if (kind == ID_PRIVATE_KEY)
        builder.object.ref = ref_of(s->id, s->number);
    return builder;
}

static int generation_certificate(struct snapshot *snapshot, const struct subject *s,
                                  struct err *err)
{
    autobuilder builder = begin(s, ID_CERTIFICATE);
    add_certificate(&builder, s->certificate, s->id->profile, s->names.id, TOKEN_USER, false);
    return builder_add(&builder, snapshot, err);
}

static int generation_private_key(struct snapshot *snapshot, const struct subject *s,
                                  struct err *err)
{
    autobuilder builder = begin(s, ID_PRIVATE_KEY);
    add_constants(&builder, CKO_PRIVATE_KEY);
    builder_flag(&builder, CKA_PRIVATE, s->how & DESCRIBE_PIN);
    builder_flag(&builder, CKA_SIGN, s->certificate->may_sign);
    builder_flag(&builder, CKA_DECRYPT, s->certificate->may_decrypt);
    add_key(&builder, s);
    return builder_add(&builder, snapshot, err);
}

static int generation_public_key(struct snapshot *snapshot, const struct subject *s,
                                 struct err *err)
{
    autobuilder builder = begin(s, ID_PUBLIC_KEY);
    add_constants(&builder, CKO_PUBLIC_KEY);
    builder_flag(&builder, CKA_VERIFY, s->certificate->may_sign);
    builder_flag(&builder, CKA_ENCRYPT, s->certificate->may_decrypt);
    add_key(&builder, s);
    return builder_add(&builder, snapshot, err);
}

int describe_generation(struct snapshot *snapshot, const struct entry_id *id, unsigned number,
                        unsigned how, const struct fields *certificate, struct err *err)
{
    struct subject s = {.id = id, .number = number, .how = how, .certificate = certificate};
    if (certificate->key == FIELDS_OTHER)
        return err_set(err, ERR_CONFIG, "%s: its key is neither RSA nor on a named curve",
                       id->profile);
    int rc = token_names(id, how & DESCRIBE_PIN, &s.names, err);
    s.slot = how & DESCRIBE_PIN ? describe_pin_slot(&s.names) : describe_slot(&id->owner);
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
static int add_authority(struct snapshot *snapshot, const struct entry_id *id, CK_SLOT_ID slot,
                         const struct fields *certificate, const char *label, bool trusted,
                         struct err *err)
{
    autoder *spki = NULL;
    uint8_t key_hash[32];
    int len = fields_spki_der(certificate, &spki);
    if (len < 0 || EVP_Digest(spki, (size_t)len, key_hash, NULL, EVP_sha256(), NULL) != 1)
        return openssl_error(err, ERR_RESOURCE, label);

    autobuilder builder = {
        .object = {.slot = slot,
                   .handle = id_handle(id, 0, ID_AUTHORITY, certificate->fingerprint)}};
    if (builder.object.handle == CK_INVALID_HANDLE)
        return err_set(err, ERR_BUG, "OpenSSL has no SHA-256");
    if (has_object(snapshot, builder.object.slot, builder.object.handle))
        return 0;
    add_certificate(&builder, certificate, label, key_hash, AUTHORITY, trusted);
    return builder_add(&builder, snapshot, err);
}

static void common_name(const struct fields *certificate, const char *profile, char ret[LABEL_MAX])
{
    const X509_NAME *name = certificate->subject;
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

/* Of an authority, only whose token it stands on makes it this object. */
int describe_issuer(struct snapshot *snapshot, const struct entry_id *id, unsigned how,
                    const struct fields *certificate, struct err *err)
{
    const struct entry_id any = {.owner = id->owner};
    struct token_names names;
    char label[LABEL_MAX];
    common_name(certificate, id->profile, label);
    if (!(how & DESCRIBE_PIN))
        return add_authority(snapshot, &any, describe_slot(&id->owner), certificate, label, false,
                             err);
    int rc = token_names(id, true, &names, err);
    return rc < 0 ? rc
                  : add_authority(snapshot, id, describe_pin_slot(&names), certificate, label,
                                  false, err);
}

int describe_anchor(struct snapshot *snapshot, const char *profile, bool trusted,
                    const struct fields *certificate, struct err *err)
{
    const struct entry_id device = {.owner = {.device = true}};
    return add_authority(snapshot, &device, DEVICE_SLOT, certificate, profile, trusted, err);
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
