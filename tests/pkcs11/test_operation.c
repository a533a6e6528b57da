/* Signing and decrypting: operation.c and mechanism.c through the table. */
#include "pkcs11/operation.h"

#include "pkcs11/wire.h"
#include "tests/pkcs11/fake.h"
#include "tests/suite.h"

static CK_FUNCTION_LIST *p11;
static CK_SESSION_HANDLE session;

static void setup(void)
{
    fake_setup();
    session = fake_session(&p11);
}

static CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32},
                              pss_mixed = {CKM_SHA256, CKG_MGF1_SHA1, 0},
                              pss_no_hash = {CKM_RSA_PKCS, CKG_MGF1_SHA256, 32},
                              pss_no_mgf = {CKM_SHA256, 0, 32},
                              pss_long_salt = {CKM_SHA256, CKG_MGF1_SHA256, 0x100000020};
static CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0},
                               oaep_label = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED,
                                             (void *)"label", 5},
                               oaep_zero = {CKM_SHA_1, CKG_MGF1_SHA1, 0, NULL, 0},
                               oaep_source = {CKM_SHA_1, CKG_MGF1_SHA1, 0, (void *)"label", 5},
                               oaep_null = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 5},
                               oaep_huge = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED,
                                            (void *)"label", WIRE_LABEL_MAX + 1},
                               oaep_no_hash = {0, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0};

#define PLAIN(type)                                                                                \
    {                                                                                              \
        type, NULL, 0                                                                              \
    }
#define WITH(type, params)                                                                         \
    {                                                                                              \
        type, &(params), sizeof(params)                                                            \
    }

static const struct {
    const char *what;
    CK_MECHANISM mechanism;
    CK_OBJECT_HANDLE key;
    CK_RV sign, decrypt; /* of the Init functions */
} inits[] = {
    {"RSA", PLAIN(CKM_RSA_PKCS), FAKE_RSA, CKR_OK, CKR_OK},
    {"raw RSA", PLAIN(CKM_RSA_X_509), FAKE_RSA, CKR_OK, CKR_MECHANISM_INVALID},
    {"PSS", WITH(CKM_RSA_PKCS_PSS, pss), FAKE_RSA, CKR_OK, CKR_MECHANISM_INVALID},
    {"PSS with two hashes", WITH(CKM_RSA_PKCS_PSS, pss_mixed), FAKE_RSA, CKR_OK,
     CKR_MECHANISM_INVALID},
    {"hashing PSS", WITH(CKM_SHA256_RSA_PKCS_PSS, pss), FAKE_RSA, CKR_OK, CKR_MECHANISM_INVALID},
    {"OAEP", WITH(CKM_RSA_PKCS_OAEP, oaep), FAKE_RSA, CKR_MECHANISM_INVALID, CKR_OK},
    {"OAEP with a label", WITH(CKM_RSA_PKCS_OAEP, oaep_label), FAKE_RSA, CKR_MECHANISM_INVALID,
     CKR_OK},
    {"OAEP without a source", WITH(CKM_RSA_PKCS_OAEP, oaep_zero), FAKE_RSA, CKR_MECHANISM_INVALID,
     CKR_OK},
    {"ECDSA", PLAIN(CKM_ECDSA), FAKE_EC, CKR_OK, CKR_MECHANISM_INVALID},
    {"hashing ECDSA", PLAIN(CKM_ECDSA_SHA512), FAKE_EC, CKR_OK, CKR_MECHANISM_INVALID},
    {"a retired key", PLAIN(CKM_RSA_PKCS), FAKE_BEFORE, CKR_OK, CKR_OK},
    {"a key that may not decrypt", PLAIN(CKM_RSA_PKCS), FAKE_SIGNER, CKR_OK,
     CKR_KEY_FUNCTION_NOT_PERMITTED},

    {"no mechanism of ours", PLAIN(CKM_AES_CBC), FAKE_RSA, CKR_MECHANISM_INVALID,
     CKR_MECHANISM_INVALID},
    {"no mechanism of anyone's", PLAIN(~0ul), FAKE_RSA, CKR_MECHANISM_INVALID,
     CKR_MECHANISM_INVALID},
    {"parameters where there are none", WITH(CKM_RSA_PKCS, pss), FAKE_RSA,
     CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_PARAM_INVALID},
    {"no parameters", PLAIN(CKM_RSA_PKCS_PSS), FAKE_RSA, CKR_MECHANISM_PARAM_INVALID,
     CKR_MECHANISM_INVALID},
    {"no parameters", PLAIN(CKM_RSA_PKCS_OAEP), FAKE_RSA, CKR_MECHANISM_INVALID,
     CKR_MECHANISM_PARAM_INVALID},
    {"half of the parameters",
     {CKM_RSA_PKCS_PSS, &pss, sizeof pss - 8},
     FAKE_RSA,
     CKR_MECHANISM_PARAM_INVALID,
     CKR_MECHANISM_INVALID},
    {"length without parameters",
     {CKM_RSA_PKCS_PSS, NULL, sizeof pss},
     FAKE_RSA,
     CKR_MECHANISM_PARAM_INVALID,
     CKR_MECHANISM_INVALID},
    {"another mechanism's parameters", WITH(CKM_RSA_PKCS_PSS, oaep), FAKE_RSA,
     CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_INVALID},
    {"a hash that is none", WITH(CKM_RSA_PKCS_PSS, pss_no_hash), FAKE_RSA,
     CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_INVALID},
    {"no mask", WITH(CKM_RSA_PKCS_PSS, pss_no_mgf), FAKE_RSA, CKR_MECHANISM_PARAM_INVALID,
     CKR_MECHANISM_INVALID},
    {"a salt of 4 GiB and 32", WITH(CKM_RSA_PKCS_PSS, pss_long_salt), FAKE_RSA,
     CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_INVALID},
    {"another hash than the mechanism's", WITH(CKM_SHA1_RSA_PKCS_PSS, pss), FAKE_RSA,
     CKR_MECHANISM_PARAM_INVALID, CKR_MECHANISM_INVALID},
    {"a label of no source", WITH(CKM_RSA_PKCS_OAEP, oaep_source), FAKE_RSA, CKR_MECHANISM_INVALID,
     CKR_MECHANISM_PARAM_INVALID},
    {"a label that is not there", WITH(CKM_RSA_PKCS_OAEP, oaep_null), FAKE_RSA,
     CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID},
    {"a label too long", WITH(CKM_RSA_PKCS_OAEP, oaep_huge), FAKE_RSA, CKR_MECHANISM_INVALID,
     CKR_MECHANISM_PARAM_INVALID},
    {"OAEP without a hash", WITH(CKM_RSA_PKCS_OAEP, oaep_no_hash), FAKE_RSA, CKR_MECHANISM_INVALID,
     CKR_MECHANISM_PARAM_INVALID},
    {"RSA with an EC key", PLAIN(CKM_RSA_PKCS), FAKE_EC, CKR_KEY_TYPE_INCONSISTENT,
     CKR_KEY_TYPE_INCONSISTENT},
    {"ECDSA with an RSA key", PLAIN(CKM_ECDSA), FAKE_RSA, CKR_KEY_TYPE_INCONSISTENT,
     CKR_MECHANISM_INVALID},
    {"a certificate", PLAIN(CKM_RSA_PKCS), FAKE_CERT, CKR_KEY_HANDLE_INVALID,
     CKR_KEY_HANDLE_INVALID},
    {"a public key", PLAIN(CKM_RSA_PKCS), FAKE_PUBLIC, CKR_KEY_HANDLE_INVALID,
     CKR_KEY_HANDLE_INVALID},
    {"no object", PLAIN(CKM_RSA_PKCS), 0, CKR_KEY_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID},
    {"no object", PLAIN(CKM_RSA_PKCS), 99, CKR_KEY_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID},
};

START_TEST(begins)
{
    CK_MECHANISM mechanism = inits[_i].mechanism;
    ck_assert_msg(p11->C_SignInit(session, &mechanism, inits[_i].key) == inits[_i].sign, "sign: %s",
                  inits[_i].what);
    ck_assert_msg(p11->C_DecryptInit(session, &mechanism, inits[_i].key) == inits[_i].decrypt,
                  "decrypt: %s", inits[_i].what);
    ck_assert_uint_eq(p11->C_SignInit(session, NULL, FAKE_RSA), CKR_ARGUMENTS_BAD);
}
END_TEST

static const struct {
    const char *what;
    CK_MECHANISM mechanism;
    CK_OBJECT_HANDLE key;
    bool decrypts;
    CK_ULONG len;
    CK_RV expected;
    CK_ULONG result;
} lengths[] = {
    {"RSA", PLAIN(CKM_RSA_PKCS), FAKE_RSA, false, 51, CKR_OK, 256},
    {"RSA, nothing", PLAIN(CKM_RSA_PKCS), FAKE_RSA, false, 0, CKR_OK, 256},
    {"RSA, the most", PLAIN(CKM_RSA_PKCS), FAKE_RSA, false, 245, CKR_OK, 256},
    {"RSA, one more", PLAIN(CKM_RSA_PKCS), FAKE_RSA, false, 246, CKR_DATA_LEN_RANGE, 0},
    {"raw RSA, the most", PLAIN(CKM_RSA_X_509), FAKE_RSA, false, 256, CKR_OK, 256},
    {"raw RSA, one more", PLAIN(CKM_RSA_X_509), FAKE_RSA, false, 257, CKR_DATA_LEN_RANGE, 0},
    {"PSS", WITH(CKM_RSA_PKCS_PSS, pss), FAKE_RSA, false, 32, CKR_OK, 256},
    {"PSS, less than the hash", WITH(CKM_RSA_PKCS_PSS, pss), FAKE_RSA, false, 31,
     CKR_DATA_LEN_RANGE, 0},
    {"PSS, more", WITH(CKM_RSA_PKCS_PSS, pss), FAKE_RSA, false, 33, CKR_DATA_LEN_RANGE, 0},
    {"PSS, nothing", WITH(CKM_RSA_PKCS_PSS, pss), FAKE_RSA, false, 0, CKR_DATA_LEN_RANGE, 0},
    {"hashing PSS", WITH(CKM_SHA256_RSA_PKCS_PSS, pss), FAKE_RSA, false, 1000, CKR_OK, 256},
    {"hashing RSA", PLAIN(CKM_SHA512_RSA_PKCS), FAKE_RSA, false, 1000, CKR_OK, 256},
    {"hashing nothing", PLAIN(CKM_SHA1_RSA_PKCS), FAKE_RSA, false, 0, CKR_OK, 256},
    {"ECDSA", PLAIN(CKM_ECDSA), FAKE_EC, false, 32, CKR_OK, 64},
    {"ECDSA of SHA-512", PLAIN(CKM_ECDSA), FAKE_EC, false, 64, CKR_OK, 64},
    {"ECDSA, nothing", PLAIN(CKM_ECDSA), FAKE_EC, false, 0, CKR_DATA_LEN_RANGE, 0},
    {"ECDSA, what is no hash", PLAIN(CKM_ECDSA), FAKE_EC, false, 129, CKR_DATA_LEN_RANGE, 0},
    {"hashing ECDSA", PLAIN(CKM_ECDSA_SHA384), FAKE_EC, false, 1000, CKR_OK, 64},
    {"the key before", PLAIN(CKM_RSA_PKCS), FAKE_BEFORE, false, 51, CKR_OK, 256},
    {"decrypt", PLAIN(CKM_RSA_PKCS), FAKE_RSA, true, 256, CKR_OK, 20},
    {"decrypt less", PLAIN(CKM_RSA_PKCS), FAKE_RSA, true, 255, CKR_ENCRYPTED_DATA_LEN_RANGE, 0},
    {"decrypt more", PLAIN(CKM_RSA_PKCS), FAKE_RSA, true, 257, CKR_ENCRYPTED_DATA_LEN_RANGE, 0},
    {"decrypt nothing", PLAIN(CKM_RSA_PKCS), FAKE_RSA, true, 0, CKR_ENCRYPTED_DATA_LEN_RANGE, 0},
    {"OAEP", WITH(CKM_RSA_PKCS_OAEP, oaep_label), FAKE_RSA, true, 256, CKR_OK, 20},
};

/* With either the sign or the decrypt functions. */
static CK_RV begin(bool decrypts, CK_MECHANISM mechanism, CK_OBJECT_HANDLE key)
{
    return decrypts ? p11->C_DecryptInit(session, &mechanism, key)
                    : p11->C_SignInit(session, &mechanism, key);
}

static CK_RV end(bool decrypts, CK_BYTE *data, CK_ULONG len, CK_BYTE *ret, CK_ULONG *ret_len)
{
    return decrypts ? p11->C_Decrypt(session, data, len, ret, ret_len)
                    : p11->C_Sign(session, data, len, ret, ret_len);
}

START_TEST(lengths_of_data)
{
    CK_BYTE data[1000] = {0}, result[256];
    CK_ULONG len = sizeof result;
    bool decrypts = lengths[_i].decrypts;
    fake.plain_len = 20;
    ck_assert_uint_eq(begin(decrypts, lengths[_i].mechanism, lengths[_i].key), CKR_OK);
    ck_assert_msg(end(decrypts, data, lengths[_i].len, result, &len) == lengths[_i].expected, "%s",
                  lengths[_i].what);
    if (lengths[_i].expected == CKR_OK) {
        ck_assert_uint_eq(len, lengths[_i].result);
        ck_assert_uint_eq(fake.mechanism, lengths[_i].mechanism.mechanism);
        ck_assert_uint_eq(fake.data_len, lengths[_i].len);
        ck_assert_uint_eq(fake.ref.generation, lengths[_i].key == FAKE_RSA ? 2 : 1);
    } else {
        ck_assert_uint_eq(fake.signs + fake.decrypts, 0);
    }
    /* Done or failed, it is over. */
    ck_assert_uint_eq(end(decrypts, data, 1, result, &len), CKR_OPERATION_NOT_INITIALIZED);
}
END_TEST

START_TEST(a_small_buffer_costs_nothing)
{
    const CK_MECHANISM mechanism = PLAIN(CKM_RSA_PKCS);
    CK_BYTE signature[256];
    CK_ULONG len = 0;
    ck_assert_uint_eq(begin(false, mechanism, FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_Sign(session, (CK_BYTE *)"x", 1, NULL, &len), CKR_OK);
    ck_assert_uint_eq(len, 256);
    len = 255;
    ck_assert_uint_eq(p11->C_Sign(session, (CK_BYTE *)"x", 1, signature, &len),
                      CKR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(len, 256);
    len = 0;
    ck_assert_uint_eq(p11->C_Sign(session, (CK_BYTE *)"x", 1, signature, &len),
                      CKR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(fake.signs, 0);
    ck_assert_uint_eq(p11->C_Sign(session, (CK_BYTE *)"x", 1, signature, &len), CKR_OK);
    ck_assert_uint_eq(fake.signs, 1);
}
END_TEST

START_TEST(a_plain_text_waits_for_a_buffer)
{
    const CK_MECHANISM mechanism = PLAIN(CKM_RSA_PKCS);
    CK_BYTE data[256] = {0}, plain[256];
    CK_ULONG len = 0;
    fake.plain_len = 20;
    ck_assert_uint_eq(begin(true, mechanism, FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_Decrypt(session, data, 256, NULL, &len), CKR_OK);
    ck_assert_uint_eq(len, 256);
    ck_assert_uint_eq(fake.decrypts, 0);
    len = 19;
    ck_assert_uint_eq(p11->C_Decrypt(session, data, 256, plain, &len), CKR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(len, 20);
    ck_assert_uint_eq(p11->C_Decrypt(session, data, 256, NULL, &len), CKR_OK);
    ck_assert_uint_eq(len, 20);
    ck_assert_uint_eq(p11->C_Decrypt(session, data, 256, plain, &len), CKR_OK);
    ck_assert_mem_eq(plain, "RRRRRRRRRRRRRRRRRRRR", 20);
    ck_assert_uint_eq(fake.decrypts, 1);
    ck_assert_uint_eq(p11->C_Decrypt(session, data, 256, plain, &len),
                      CKR_OPERATION_NOT_INITIALIZED);
}
END_TEST

START_TEST(an_empty_plain_text_is_one)
{
    CK_BYTE data[256] = {0}, plain[1];
    CK_ULONG len = 0;
    ck_assert_uint_eq(begin(true, (CK_MECHANISM)PLAIN(CKM_RSA_PKCS), FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_Decrypt(session, data, 256, plain, &len), CKR_OK);
    ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(parts_add_up)
{
    CK_BYTE signature[256];
    CK_ULONG len = sizeof signature;
    ck_assert_uint_eq(begin(false, (CK_MECHANISM)PLAIN(CKM_SHA256_RSA_PKCS), FAKE_RSA), CKR_OK);
    for (int i = 0; i < 100; i++)
        ck_assert_uint_eq(p11->C_SignUpdate(session, (CK_BYTE *)"0123456789", 10), CKR_OK);
    ck_assert_uint_eq(p11->C_SignUpdate(session, NULL, 0), CKR_OK);
    ck_assert_uint_eq(p11->C_Sign(session, (CK_BYTE *)"x", 1, signature, &len),
                      CKR_OPERATION_ACTIVE);
    ck_assert_uint_eq(p11->C_SignFinal(session, NULL, &len), CKR_OK);
    ck_assert_uint_eq(len, 256);
    len = 1;
    ck_assert_uint_eq(p11->C_SignFinal(session, signature, &len), CKR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(p11->C_SignFinal(session, signature, &len), CKR_OK);
    ck_assert_uint_eq(fake.data_len, 1000);
    ck_assert_uint_eq(p11->C_SignFinal(session, signature, &len), CKR_OPERATION_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_SignUpdate(session, (CK_BYTE *)"x", 1), CKR_OPERATION_NOT_INITIALIZED);
}
END_TEST

START_TEST(no_parts_are_an_empty_message)
{
    CK_BYTE signature[256];
    CK_ULONG len = sizeof signature;
    ck_assert_uint_eq(begin(false, (CK_MECHANISM)PLAIN(CKM_SHA256_RSA_PKCS), FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_SignFinal(session, signature, &len), CKR_OK);
    ck_assert_uint_eq(fake.data_len, 0);
}
END_TEST

START_TEST(parts_have_a_limit)
{
    CK_BYTE part[200] = {0};
    ck_assert_uint_eq(begin(false, (CK_MECHANISM)PLAIN(CKM_RSA_PKCS), FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_SignUpdate(session, part, 200), CKR_OK);
    ck_assert_uint_eq(p11->C_SignUpdate(session, part, 46), CKR_DATA_LEN_RANGE);
    ck_assert_uint_eq(p11->C_SignUpdate(session, part, 1), CKR_OPERATION_NOT_INITIALIZED);
    ck_assert_uint_eq(begin(false, (CK_MECHANISM)PLAIN(CKM_SHA256_RSA_PKCS), FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_SignUpdate(session, part, 1), CKR_OK);
    ck_assert_uint_eq(p11->C_SignUpdate(session, part, ~0ul), CKR_DATA_LEN_RANGE);
    ck_assert_uint_eq(begin(false, (CK_MECHANISM)PLAIN(CKM_SHA256_RSA_PKCS), FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_SignUpdate(session, NULL, 1), CKR_ARGUMENTS_BAD);
}
END_TEST

START_TEST(one_operation_of_a_kind_at_a_time)
{
    const CK_MECHANISM mechanism = PLAIN(CKM_RSA_PKCS);
    CK_BYTE result[256];
    CK_ULONG len = sizeof result;
    ck_assert_uint_eq(p11->C_Sign(session, result, 1, result, &len), CKR_OPERATION_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_SignFinal(session, result, &len), CKR_OPERATION_NOT_INITIALIZED);
    ck_assert_uint_eq(begin(false, mechanism, FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(begin(false, mechanism, FAKE_RSA), CKR_OPERATION_ACTIVE);
    ck_assert_uint_eq(begin(true, mechanism, FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_Sign(session, result, 1, result, NULL), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(begin(false, mechanism, FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_Sign(session, NULL, 1, result, &len), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(begin(false, mechanism, FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_Sign(session, result, 1, result, &len), CKR_OK);
}
END_TEST

static const struct {
    enum err_class class;
    CK_RV sign, decrypt;
} failures[] = {
    {ERR_RETRY, CKR_DEVICE_ERROR, CKR_DEVICE_ERROR},
    {ERR_DENIED, CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_FUNCTION_NOT_PERMITTED},
    {ERR_CONFIG, CKR_DATA_INVALID, CKR_ENCRYPTED_DATA_INVALID},
    {ERR_RESOURCE, CKR_DEVICE_MEMORY, CKR_DEVICE_MEMORY},
    {ERR_BUG, CKR_DEVICE_ERROR, CKR_DEVICE_ERROR},
};

START_TEST(failures_are_told_and_end_the_operation)
{
    const CK_MECHANISM mechanism = PLAIN(CKM_RSA_PKCS);
    CK_BYTE data[256] = {0}, result[256];
    CK_ULONG len = sizeof result;
    fake.failing = true;
    fake.class = failures[_i].class;
    for (int decrypts = 0; decrypts < 2; decrypts++) {
        ck_assert_uint_eq(begin(decrypts, mechanism, FAKE_RSA), CKR_OK);
        ck_assert_uint_eq(end(decrypts, data, decrypts ? 256 : 10, result, &len),
                          decrypts ? failures[_i].decrypt : failures[_i].sign);
        ck_assert_uint_eq(end(decrypts, data, 256, result, &len), CKR_OPERATION_NOT_INITIALIZED);
    }
}
END_TEST

START_TEST(a_signature_of_another_length_is_none)
{
    CK_BYTE signature[256];
    CK_ULONG len = sizeof signature;
    fake.short_by = 1;
    ck_assert_uint_eq(begin(false, (CK_MECHANISM)PLAIN(CKM_RSA_PKCS), FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_Sign(session, signature, 1, signature, &len), CKR_DEVICE_ERROR);
}
END_TEST

START_TEST(a_plain_text_longer_than_the_key_is_none)
{
    CK_BYTE data[256] = {0}, plain[512];
    CK_ULONG len = sizeof plain;
    fake.plain_len = 257;
    ck_assert_uint_eq(begin(true, (CK_MECHANISM)PLAIN(CKM_RSA_PKCS), FAKE_RSA), CKR_OK);
    ck_assert_uint_eq(p11->C_Decrypt(session, data, 256, plain, &len), CKR_DEVICE_ERROR);
}
END_TEST

START_TEST(mechanisms_are_listed)
{
    CK_MECHANISM_TYPE list[64];
    CK_ULONG n = 0, listed;
    CK_MECHANISM_INFO info;
    ck_assert_uint_eq(p11->C_GetMechanismList(99, NULL, &n), CKR_SLOT_ID_INVALID);
    ck_assert_uint_eq(p11->C_GetMechanismList(FAKE_USER, NULL, NULL), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_GetMechanismList(FAKE_USER, NULL, &n), CKR_OK);
    ck_assert_uint_eq(n, 20);
    listed = n - 1;
    ck_assert_uint_eq(p11->C_GetMechanismList(FAKE_USER, list, &listed), CKR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(listed, n);
    ck_assert_uint_eq(p11->C_GetMechanismList(FAKE_USER, list, &listed), CKR_OK);
    for (CK_ULONG i = 0; i < n; i++) {
        ck_assert_uint_eq(p11->C_GetMechanismInfo(FAKE_USER, list[i], &info), CKR_OK);
        ck_assert(info.flags & (CKF_SIGN | CKF_DECRYPT));
        ck_assert_uint_lt(info.ulMinKeySize, info.ulMaxKeySize);
        for (CK_ULONG j = 0; j < i; j++)
            ck_assert_uint_ne(list[i], list[j]);
    }
    ck_assert_uint_eq(p11->C_GetMechanismInfo(FAKE_USER, CKM_RSA_PKCS_PSS, &info), CKR_OK);
    ck_assert_uint_eq(p11->C_GetMechanismInfo(FAKE_USER, CKM_AES_CBC, &info),
                      CKR_MECHANISM_INVALID);
    ck_assert_uint_eq(p11->C_GetMechanismInfo(99, CKM_RSA_PKCS, &info), CKR_SLOT_ID_INVALID);
    ck_assert_uint_eq(p11->C_GetMechanismInfo(FAKE_USER, CKM_RSA_PKCS, NULL), CKR_ARGUMENTS_BAD);
}
END_TEST

Suite *operation_suite(void)
{
    Suite *suite = suite_create("pkcs11/operation");
    TCase *tc = tcase_create("operation");
    tcase_add_checked_fixture(tc, setup, fake_teardown);
    tcase_add_loop_test(tc, begins, 0, LENGTH(inits));
    tcase_add_loop_test(tc, lengths_of_data, 0, LENGTH(lengths));
    tcase_add_test(tc, a_small_buffer_costs_nothing);
    tcase_add_test(tc, a_plain_text_waits_for_a_buffer);
    tcase_add_test(tc, an_empty_plain_text_is_one);
    tcase_add_test(tc, parts_add_up);
    tcase_add_test(tc, no_parts_are_an_empty_message);
    tcase_add_test(tc, parts_have_a_limit);
    tcase_add_test(tc, one_operation_of_a_kind_at_a_time);
    tcase_add_loop_test(tc, failures_are_told_and_end_the_operation, 0, LENGTH(failures));
    tcase_add_test(tc, a_signature_of_another_length_is_none);
    tcase_add_test(tc, a_plain_text_longer_than_the_key_is_none);
    tcase_add_test(tc, mechanisms_are_listed);
    suite_add_tcase(suite, tc);
    return suite;
}
