#include "tests/pkcs11/look.h"

#include <openssl/ec.h>

void count_report(const struct err *what, void *context)
{
    struct reports *reports = context;
    reports->n++;
    memcpy(reports->last, what->text, sizeof reports->last);
}

void close_backend(struct backend **backend)
{
    if (*backend)
        (*backend)->close(*backend);
}

struct peer peer_as(uid_t uid)
{
    const struct owner self = {.uid = uid};
    return (struct peer){.uid = uid,
                         .gid = 99,
                         .name = (char *)(uintptr_t)issue_owner(&self),
                         .named = 1,
                         .asked = true};
}

struct backend *open_as(const struct fixture *f, uid_t uid, struct reports *reports)
{
    const struct peer peer = peer_as(uid);
    struct backend *backend = NULL;
    ck_assert_int_eq(backend_store_open(f->path, &peer, count_report, reports, &backend, NULL), 0);
    return backend;
}

struct snapshot *take(struct backend *backend)
{
    struct snapshot *snapshot = NULL;
    ck_assert_int_eq(backend->snapshot(backend, &snapshot, NULL), 0);
    return snapshot;
}

const struct object_attribute *attribute(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
    for (uint32_t i = 0; i < object->n_attributes; i++)
        if (object->attributes[i].type == type)
            return &object->attributes[i];
    return NULL;
}

bool has(const struct object *object, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
    const struct object_attribute *a = attribute(object, type);
    return a && a->len == len && memcmp(a->value, value, len) == 0;
}

CK_ULONG number(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
    CK_ULONG value;
    const struct object_attribute *a = attribute(object, type);
    ck_assert_msg(a && a->len == sizeof value, "attribute 0x%lx", type);
    memcpy(&value, a->value, sizeof value);
    return value;
}

const struct object *find(const struct snapshot *snapshot, CK_SLOT_ID slot, CK_OBJECT_CLASS class,
                          const char *label, bool retired)
{
    for (uint32_t i = 0; i < snapshot->n_objects; i++) {
        const struct object *o = &snapshot->objects[i];
        if (o->slot == slot && o->retired == retired && number(o, CKA_CLASS) == class &&
            has(o, CKA_LABEL, label, strlen(label)))
            return o;
    }
    return NULL;
}

const struct object *find_key(const struct snapshot *snapshot, const struct entry_id *id)
{
    return find(snapshot, describe_slot(&id->owner), CKO_PRIVATE_KEY, id->profile, false);
}

bool has_token(const struct snapshot *snapshot, CK_SLOT_ID slot)
{
    for (uint32_t i = 0; i < snapshot->n_tokens; i++)
        if (snapshot->tokens[i].slot == slot)
            return true;
    return false;
}

struct key_ref ref_of(const struct entry_id *id, unsigned generation)
{
    struct key_ref ref = {
        .device = id->owner.device, .uid = id->owner.uid, .generation = generation};
    strcpy(ref.profile, id->profile);
    return ref;
}

int sign_with(struct backend *backend, const struct key_ref *ref, EVP_PKEY *key, struct err *err)
{
    const struct key_operation operation = {.ref = *ref, .mechanism = CKM_ECDSA};
    autobuf data = text_buf("0123456789abcdef0123456789abcdef");
    autobuf signature = {0};
    int rc = backend->sign(backend, &operation, &data, &signature, err);
    if (rc != 0 || !key)
        return rc;

    int half = (int)signature.len / 2;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    ECDSA_SIG_set0(sig, BN_bin2bn(signature.data, half, NULL),
                   BN_bin2bn(signature.data + half, half, NULL));
    uint8_t *der = NULL;
    int len = i2d_ECDSA_SIG(sig, &der);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    ck_assert_int_eq(EVP_PKEY_verify_init(context), 1);
    ck_assert_int_eq(EVP_PKEY_verify(context, der, (size_t)len, data.data, data.len), 1);
    EVP_PKEY_CTX_free(context);
    ECDSA_SIG_free(sig);
    OPENSSL_free(der);
    return 0;
}
