#include "tests/pkcs11/fake.h"

#include "pkcs11/backend_socket.h"
#include "pkcs11/core.h"
#include "pkcs11/snapshot.h"

#include <check.h>
#include <string.h>

struct fake fake;

static const CK_OBJECT_CLASS certificate = CKO_CERTIFICATE, private_key = CKO_PRIVATE_KEY,
                             public_key = CKO_PUBLIC_KEY;
static const CK_KEY_TYPE rsa = CKK_RSA, ec = CKK_EC;
static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static const uint8_t modulus[257] = {0, 0x80, [256] = 1}, value[] = "DER";
static const uint8_t p256[] = "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";

#define NUMBER(type, v)                                                                            \
    {                                                                                              \
        type, sizeof(CK_ULONG), (const uint8_t *)&(v)                                              \
    }
#define FLAG(type, v)                                                                              \
    {                                                                                              \
        type, 1, &(v)                                                                              \
    }
#define TEXT(type, v)                                                                              \
    {                                                                                              \
        type, sizeof(v) - 1, (const uint8_t *)(v)                                                  \
    }
#define BYTES(type, v)                                                                             \
    {                                                                                              \
        type, sizeof(v), v                                                                         \
    }

static const struct object_attribute
    cert_attributes[] = {NUMBER(CKA_CLASS, certificate), TEXT(CKA_LABEL, "wifi"),
                         TEXT(CKA_ID, "id-1"),           FLAG(CKA_TOKEN, yes),
                         TEXT(CKA_VALUE, "DER"),         {CKA_START_DATE, 0, value}},
    rsa_attributes[] = {NUMBER(CKA_CLASS, private_key),
                        TEXT(CKA_LABEL, "wifi"),
                        TEXT(CKA_ID, "id-1"),
                        NUMBER(CKA_KEY_TYPE, rsa),
                        FLAG(CKA_SIGN, yes),
                        FLAG(CKA_DECRYPT, yes),
                        BYTES(CKA_MODULUS, modulus)},
    public_attributes[] = {NUMBER(CKA_CLASS, public_key), TEXT(CKA_LABEL, "wifi"),
                           TEXT(CKA_ID, "id-1"), NUMBER(CKA_KEY_TYPE, rsa),
                           BYTES(CKA_MODULUS, modulus)},
    ec_attributes[] = {NUMBER(CKA_CLASS, private_key),
                       TEXT(CKA_LABEL, "vpn"),
                       TEXT(CKA_ID, "id-2"),
                       NUMBER(CKA_KEY_TYPE, ec),
                       FLAG(CKA_SIGN, yes),
                       {CKA_EC_PARAMS, sizeof p256 - 1, p256}},
    signer_attributes[] = {NUMBER(CKA_CLASS, private_key),
                           TEXT(CKA_LABEL, "wifi"),
                           TEXT(CKA_ID, "id-3"),
                           NUMBER(CKA_KEY_TYPE, rsa),
                           FLAG(CKA_SIGN, yes),
                           FLAG(CKA_DECRYPT, no),
                           BYTES(CKA_MODULUS, modulus)},
    bank_attributes[] = {
        NUMBER(CKA_CLASS, private_key), TEXT(CKA_LABEL, "bank"), TEXT(CKA_ID, "id-4"),
        NUMBER(CKA_KEY_TYPE, rsa),      FLAG(CKA_SIGN, yes),     FLAG(CKA_PRIVATE, yes),
        BYTES(CKA_MODULUS, modulus)};

/* As a key of its own token stands there. */
static void add_bank(struct snapshot *snapshot)
{
    const struct key_ref whose = {0, 1000, 0, "bank"}, key = {0, 1000, 1, "bank"}, none = {0};
    const struct token token = {FAKE_PIN_SLOT, "bank", "0123456789abcdef", true, whose};
    const struct object objects[] = {
        {FAKE_PIN_SLOT, FAKE_PIN_CERT, none, false, cert_attributes, LENGTH(cert_attributes)},
        {FAKE_PIN_SLOT, FAKE_PIN_KEY, key, false, bank_attributes, LENGTH(bank_attributes)},
        {FAKE_PIN_SLOT, FAKE_PIN_PUBLIC, none, false, public_attributes, LENGTH(public_attributes)},
    };
    ck_assert_int_eq(snapshot_add_token(snapshot, &token, NULL), 0);
    for (size_t i = 0; i < LENGTH(objects); i++)
        ck_assert_int_eq(snapshot_add_object(snapshot, &objects[i], NULL), 0);
}

#define OBJECT(handle, ref, retired, attributes)                                                   \
    {                                                                                              \
        FAKE_USER, handle, ref, retired, attributes, LENGTH(attributes)                            \
    }

struct snapshot *fake_snapshot(bool absent)
{
    const struct key_ref wifi = {0, 1000, 2, "wifi"}, before = {0, 1000, 1, "wifi"},
                         vpn = {0, 1000, 1, "vpn"}, none = {0};
    const struct object all[] = {
        OBJECT(FAKE_EC, vpn, false, ec_attributes), /* not in the order of handles */
        OBJECT(FAKE_CERT, none, false, cert_attributes),
        OBJECT(FAKE_RSA, wifi, false, rsa_attributes),
        OBJECT(FAKE_PUBLIC, none, false, public_attributes),
        OBJECT(FAKE_BEFORE, before, true, rsa_attributes),
        OBJECT(FAKE_SIGNER, wifi, false, signer_attributes),
    };
    struct snapshot *snapshot;
    ck_assert_int_eq(snapshot_new(&snapshot, NULL), 0);
    const struct token device = {.slot = FAKE_DEVICE, .label = "signet device", .serial = "device"},
                       user = {.slot = FAKE_USER, .label = "signet user", .serial = "1000"};
    ck_assert_int_eq(snapshot_add_token(snapshot, &device, NULL), 0);
    if (absent)
        return snapshot;
    ck_assert_int_eq(snapshot_add_token(snapshot, &user, NULL), 0);
    for (size_t i = 0; i < LENGTH(all); i++)
        ck_assert_int_eq(snapshot_add_object(snapshot, &all[i], NULL), 0);
    if (fake.with_pin)
        add_bank(snapshot);
    return snapshot;
}

static int fake_take_snapshot(struct backend *backend, struct snapshot **ret, struct err *err)
{
    (void)backend;
    fake.snapshots++;
    if (fake.failing)
        return err_set(err, fake.class, "as the test wants it");
    uint64_t change = fake.change;
    *ret = fake_snapshot(fake.absent);
    (*ret)->change = change;
    return 0;
}

static bool fake_changed(struct backend *backend, const struct snapshot *snapshot)
{
    (void)backend;
    return snapshot->change != fake.change || snapshot->n_tokens == 0;
}

static int fake_result(const struct key_operation *operation, size_t data_len, size_t len,
                       struct buf *ret, struct err *err)
{
    fake.mechanism = operation->mechanism;
    fake.ref = operation->ref;
    fake.salt_len = operation->salt_len;
    fake.data_len = data_len;
    if (fake.waits) {
        sem_post(&fake.begun);
        sem_wait(&fake.go);
    }
    if (fake.failing)
        return err_set(err, fake.class, "as the test wants it");
    int rc = buf_reserve(ret, len, err);
    if (rc < 0)
        return rc;
    memset(ret->data, 'R', len);
    ret->len = len;
    return 0;
}

static int fake_sign(struct backend *backend, const struct key_operation *operation,
                     const struct buf *data, struct buf *ret, struct err *err)
{
    (void)backend;
    fake.signs++;
    if (strcmp(operation->ref.profile, "bank") == 0 && !fake.opened)
        return BACKEND_LOGIN;
    bool is_ec = strcmp(operation->ref.profile, "vpn") == 0;
    return fake_result(operation, data->len, (is_ec ? 64 : 256) - fake.short_by, ret, err);
}

static int fake_decrypt(struct backend *backend, const struct key_operation *operation,
                        const struct buf *data, struct buf *ret, struct err *err)
{
    (void)backend;
    fake.decrypts++;
    return fake_result(operation, data->len, fake.plain_len, ret, err);
}

static int fake_login(struct backend *backend, const struct key_ref *token, const struct buf *pin,
                      enum pin_verdict *ret, struct err *err)
{
    (void)backend;
    if (fake.failing)
        return err_set(err, fake.class, "as the test wants it");
    ck_assert_str_eq(token->profile, "bank");
    if (fake.opened) {
        *ret = PIN_IS_IN;
        return 0;
    }
    fake.tries++;
    fake.opened =
        !fake.locked && pin->len == strlen(FAKE_PIN) && memcmp(pin->data, FAKE_PIN, pin->len) == 0;
    *ret = fake.locked ? PIN_LOCKED : fake.opened ? PIN_ACCEPTED : PIN_WRONG;
    return 0;
}

static int fake_logout(struct backend *backend, const struct key_ref *token, struct err *err)
{
    (void)backend, (void)err;
    ck_assert_str_eq(token->profile, "bank");
    fake.logouts++;
    fake.opened = false;
    return 0;
}

static void fake_abandon(struct backend *backend)
{
    (void)backend;
    fake.abandons++;
}

static void fake_close(struct backend *backend)
{
    (void)backend;
    fake.closes++;
}

static int fake_open(struct backend **ret, struct err *err)
{
    static struct backend backend = {fake_take_snapshot, fake_changed, fake_sign,    fake_decrypt,
                                     fake_login,         fake_logout,  fake_abandon, fake_close};
    (void)err;
    fake.opens++;
    *ret = &backend;
    return 0;
}

void fake_setup(void)
{
    memset(&fake, 0, sizeof fake);
    sem_init(&fake.begun, 0, 0);
    sem_init(&fake.go, 0, 0);
    core_backend = fake_open;
}

void fake_teardown(void)
{
    C_Finalize(NULL);
    core_backend = backend_socket_open;
}

CK_SESSION_HANDLE fake_session(CK_FUNCTION_LIST **ret)
{
    CK_SESSION_HANDLE session;
    CK_ULONG n;
    ck_assert_uint_eq(C_GetFunctionList(ret), CKR_OK);
    ck_assert_uint_eq((*ret)->C_Initialize(NULL), CKR_OK);
    ck_assert_uint_eq((*ret)->C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
    ck_assert_uint_eq((*ret)->C_OpenSession(FAKE_USER, CKF_SERIAL_SESSION, NULL, NULL, &session),
                      CKR_OK);
    return session;
}
