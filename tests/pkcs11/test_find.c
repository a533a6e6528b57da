/* Searching and reading: find.c, object.c and catalog.c through the table. */
#include "pkcs11/core.h"
#include "tests/pkcs11/fake.h"
#include "tests/suite.h"

#include <string.h>

static CK_FUNCTION_LIST *p11;
static CK_SESSION_HANDLE session;

static void setup(void)
{
    fake_setup();
    session = fake_session(&p11);
}

static CK_OBJECT_CLASS certificate = CKO_CERTIFICATE, private_key = CKO_PRIVATE_KEY,
                       data = CKO_DATA;
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

#define CLASS(c)                                                                                   \
    {                                                                                              \
        CKA_CLASS, &(c), sizeof(c)                                                                 \
    }
#define TEXT(t, s)                                                                                 \
    {                                                                                              \
        t, (void *)(s), sizeof(s) - 1                                                              \
    }

static const struct {
    const char *what;
    CK_ATTRIBUTE template[3];
    CK_ULONG n;
    CK_OBJECT_HANDLE found[6]; /* in the order of the snapshot */
} searches[] = {
    {"everything", {{0}}, 0, {FAKE_EC, FAKE_CERT, FAKE_RSA, FAKE_PUBLIC, FAKE_SIGNER}},
    {"certificates", {CLASS(certificate)}, 1, {FAKE_CERT}},
    {"keys", {CLASS(private_key)}, 1, {FAKE_EC, FAKE_RSA, FAKE_SIGNER}},
    {"by id", {TEXT(CKA_ID, "id-1")}, 1, {FAKE_CERT, FAKE_RSA, FAKE_PUBLIC}},
    {"class and id", {CLASS(private_key), TEXT(CKA_ID, "id-1")}, 2, {FAKE_RSA}},
    {"in another order", {TEXT(CKA_ID, "id-1"), CLASS(private_key)}, 2, {FAKE_RSA}},
    {"a flag", {{CKA_TOKEN, &yes, 1}}, 1, {FAKE_CERT}},
    {"no objects of this class", {CLASS(data)}, 1, {0}},
    {"another id", {TEXT(CKA_ID, "id-9")}, 1, {0}},
    {"part of an id", {TEXT(CKA_ID, "id-")}, 1, {0}},
    {"more than an id", {TEXT(CKA_ID, "id-1 ")}, 1, {0}},
    {"an empty id", {{CKA_ID, NULL, 0}}, 1, {0}},
    {"an attribute that is empty", {{CKA_START_DATE, NULL, 0}}, 1, {FAKE_CERT}},
    {"a flag the other way", {{CKA_TOKEN, &no, 1}}, 1, {0}},
    {"a class of one byte", {{CKA_CLASS, &certificate, 1}}, 1, {0}},
    {"an attribute nothing has", {TEXT(CKA_URL, "x")}, 1, {0}},
    {"a contradiction", {TEXT(CKA_ID, "id-1"), TEXT(CKA_ID, "id-2")}, 2, {0}},
};

START_TEST(finds)
{
    CK_ATTRIBUTE template[3];
    CK_OBJECT_HANDLE found[10];
    CK_ULONG n = 0, expected = 0;
    memcpy(template, searches[_i].template, sizeof template);
    while (expected < 6 && searches[_i].found[expected])
        expected++;
    ck_assert_uint_eq(p11->C_FindObjectsInit(session, template, searches[_i].n), CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjects(session, found, 10, &n), CKR_OK);
    ck_assert_msg(n == expected, "%s: %lu", searches[_i].what, n);
    for (CK_ULONG i = 0; i < n; i++)
        ck_assert_uint_eq(found[i], searches[_i].found[i]);
    ck_assert_uint_eq(p11->C_FindObjects(session, found, 10, &n), CKR_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_uint_eq(p11->C_FindObjectsFinal(session), CKR_OK);
}
END_TEST

START_TEST(results_come_in_portions)
{
    CK_OBJECT_HANDLE found[3];
    CK_ULONG n;
    ck_assert_uint_eq(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjects(session, NULL, 0, &n), CKR_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_uint_eq(p11->C_FindObjects(session, found, 3, &n), CKR_OK);
    ck_assert_uint_eq(n, 3);
    ck_assert_uint_eq(found[2], FAKE_RSA);
    ck_assert_uint_eq(p11->C_FindObjects(session, found, 3, &n), CKR_OK);
    ck_assert_uint_eq(n, 2);
    ck_assert_uint_eq(found[0], FAKE_PUBLIC);
}
END_TEST

START_TEST(a_search_has_a_beginning_and_an_end)
{
    CK_OBJECT_HANDLE found;
    CK_ULONG n;
    CK_ATTRIBUTE bad = {CKA_ID, NULL, 4};
    ck_assert_uint_eq(p11->C_FindObjects(session, &found, 1, &n), CKR_OPERATION_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_FindObjectsInit(session, NULL, 1), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_FindObjectsInit(session, &bad, 1), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjectsInit(session, NULL, 0), CKR_OPERATION_ACTIVE);
    ck_assert_uint_eq(p11->C_FindObjects(session, &found, 1, NULL), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_FindObjects(session, NULL, 1, &n), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_FindObjectsFinal(session), CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
}
END_TEST

static const struct {
    const char *what;
    CK_OBJECT_HANDLE object;
    CK_ATTRIBUTE_TYPE type;
    CK_ULONG room; /* ~0: no buffer */
    CK_RV expected;
    CK_ULONG len;
} reads[] = {
    {"the length", FAKE_CERT, CKA_ID, ~0ul, CKR_OK, 4},
    {"the value", FAKE_CERT, CKA_ID, 4, CKR_OK, 4},
    {"with room to spare", FAKE_CERT, CKA_ID, 8, CKR_OK, 4},
    {"an empty one", FAKE_CERT, CKA_START_DATE, 0, CKR_OK, 0},
    {"without room", FAKE_CERT, CKA_ID, 3, CKR_BUFFER_TOO_SMALL, ~0ul},
    {"with no room", FAKE_CERT, CKA_ID, 0, CKR_BUFFER_TOO_SMALL, ~0ul},
    {"a certificate's value", FAKE_CERT, CKA_VALUE, 8, CKR_OK, 3},
    {"not there", FAKE_CERT, CKA_MODULUS, 8, CKR_ATTRIBUTE_TYPE_INVALID, ~0ul},
    {"a type of nobody's", FAKE_CERT, ~0ul, 8, CKR_ATTRIBUTE_TYPE_INVALID, ~0ul},
    {"the secret", FAKE_RSA, CKA_PRIVATE_EXPONENT, 8, CKR_ATTRIBUTE_SENSITIVE, ~0ul},
    {"the secret's length", FAKE_RSA, CKA_PRIVATE_EXPONENT, ~0ul, CKR_ATTRIBUTE_SENSITIVE, ~0ul},
    {"a prime", FAKE_RSA, CKA_PRIME_1, 8, CKR_ATTRIBUTE_SENSITIVE, ~0ul},
    {"the other", FAKE_RSA, CKA_PRIME_2, 8, CKR_ATTRIBUTE_SENSITIVE, ~0ul},
    {"an exponent", FAKE_RSA, CKA_EXPONENT_1, 8, CKR_ATTRIBUTE_SENSITIVE, ~0ul},
    {"the other", FAKE_RSA, CKA_EXPONENT_2, 8, CKR_ATTRIBUTE_SENSITIVE, ~0ul},
    {"the coefficient", FAKE_RSA, CKA_COEFFICIENT, 8, CKR_ATTRIBUTE_SENSITIVE, ~0ul},
    {"an EC key's value", FAKE_EC, CKA_VALUE, 8, CKR_ATTRIBUTE_SENSITIVE, ~0ul},
    {"of a public key", FAKE_PUBLIC, CKA_PRIVATE_EXPONENT, 8, CKR_ATTRIBUTE_TYPE_INVALID, ~0ul},
    {"of a retired key", FAKE_BEFORE, CKA_ID, 8, CKR_OK, 4},
    {"of no object", 0, CKA_ID, 8, CKR_OBJECT_HANDLE_INVALID, 8},
    {"of no object", 99, CKA_ID, 8, CKR_OBJECT_HANDLE_INVALID, 8},
    {"of no object", ~0ul, CKA_ID, 8, CKR_OBJECT_HANDLE_INVALID, 8},
};

START_TEST(reads_attributes)
{
    CK_BYTE value[16] = "untouched";
    CK_ULONG room = reads[_i].room;
    CK_ATTRIBUTE a = {reads[_i].type, room == ~0ul ? NULL : value, room};
    ck_assert_msg(p11->C_GetAttributeValue(session, reads[_i].object, &a, 1) == reads[_i].expected,
                  "%s", reads[_i].what);
    ck_assert_uint_eq(a.ulValueLen, reads[_i].len);
    if (reads[_i].expected != CKR_OK || !a.pValue || a.ulValueLen == 0)
        ck_assert_str_eq((char *)value, "untouched");
}
END_TEST

START_TEST(one_bad_attribute_does_not_spoil_the_others)
{
    CK_BYTE id[8], label[8], secret[8];
    CK_ATTRIBUTE template[] = {{CKA_ID, id, sizeof id},
                               {CKA_PRIVATE_EXPONENT, secret, sizeof secret},
                               {CKA_URL, secret, sizeof secret},
                               {CKA_LABEL, label, sizeof label}};
    ck_assert_uint_eq(p11->C_GetAttributeValue(session, FAKE_RSA, template, 4),
                      CKR_ATTRIBUTE_SENSITIVE);
    ck_assert_uint_eq(template[0].ulValueLen, 4);
    ck_assert_mem_eq(id, "id-1", 4);
    ck_assert_uint_eq(template[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    ck_assert_uint_eq(template[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    ck_assert_uint_eq(template[3].ulValueLen, 4);
    ck_assert_mem_eq(label, "wifi", 4);
    ck_assert_uint_eq(p11->C_GetAttributeValue(session, FAKE_RSA, NULL, 1), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_GetAttributeValue(session, FAKE_RSA, NULL, 0), CKR_OK);
}
END_TEST

START_TEST(a_handle_is_good_on_its_own_token_only)
{
    CK_SESSION_HANDLE device;
    CK_ATTRIBUTE a = {CKA_ID, NULL, 0};
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_DEVICE, CKF_SERIAL_SESSION, NULL, NULL, &device),
                      CKR_OK);
    ck_assert_uint_eq(p11->C_GetAttributeValue(device, FAKE_CERT, &a, 1),
                      CKR_OBJECT_HANDLE_INVALID);
    ck_assert_uint_eq(p11->C_GetAttributeValue(session, FAKE_CERT, &a, 1), CKR_OK);
}
END_TEST

/* Another session sees that the objects are gone; the one that found them can still read them. */
START_TEST(what_a_session_found_it_can_read)
{
    CK_SESSION_HANDLE other;
    CK_OBJECT_HANDLE found[10];
    CK_ULONG n;
    CK_ATTRIBUTE a = {CKA_ID, NULL, 0};
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_USER, CKF_SERIAL_SESSION, NULL, NULL, &other),
                      CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    fake.absent = true;
    fake.change++;
    ck_assert_uint_eq(p11->C_FindObjectsInit(other, NULL, 0), CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjects(other, found, 10, &n), CKR_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_uint_eq(p11->C_GetAttributeValue(other, FAKE_CERT, &a, 1), CKR_OBJECT_HANDLE_INVALID);
    ck_assert_uint_eq(p11->C_FindObjects(session, found, 10, &n), CKR_OK);
    ck_assert_uint_eq(n, 5);
    ck_assert_uint_eq(p11->C_GetAttributeValue(session, FAKE_CERT, &a, 1), CKR_OK);
}
END_TEST

Suite *find_suite(void)
{
    Suite *suite = suite_create("pkcs11/find");
    TCase *tc = tcase_create("find");
    tcase_add_checked_fixture(tc, setup, fake_teardown);
    tcase_add_loop_test(tc, finds, 0, LENGTH(searches));
    tcase_add_test(tc, results_come_in_portions);
    tcase_add_test(tc, a_search_has_a_beginning_and_an_end);
    tcase_add_loop_test(tc, reads_attributes, 0, LENGTH(reads));
    tcase_add_test(tc, one_bad_attribute_does_not_spoil_the_others);
    tcase_add_test(tc, a_handle_is_good_on_its_own_token_only);
    tcase_add_test(tc, what_a_session_found_it_can_read);
    suite_add_tcase(suite, tc);
    return suite;
}
