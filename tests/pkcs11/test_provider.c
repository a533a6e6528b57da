#include "pkcs11/provider.h"

#include "pkcs11/slot.h"
#include "tests/pkcs11/fake.h"
#include "tests/suite.h"

#include <string.h>

static CK_FUNCTION_LIST *p11;

static void setup(void)
{
    fake_setup();
    ck_assert_uint_eq(C_GetFunctionList(&p11), CKR_OK);
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
}

static bool padded(const CK_UTF8CHAR *field, size_t size, const char *text)
{
    size_t len = strlen(text);
    bool same = memcmp(field, text, len) == 0;
    for (size_t i = len; i < size; i++)
        same = same && field[i] == ' ';
    return same;
}
#define ck_assert_padded(field, text) ck_assert(padded(field, sizeof field, text))

START_TEST(the_table_is_full)
{
    const CK_FUNCTION_LIST *list = p11;
    ck_assert_uint_eq(list->version.major, 2);
    ck_assert_uint_eq(list->version.minor, 40);
    void *const *entries = (void *const *)(const void *)&list->C_Initialize;
    const void *end = list + 1;
    for (; (const void *)entries < end; entries++)
        ck_assert_ptr_nonnull(*entries);
    ck_assert_uint_eq(C_GetFunctionList(NULL), CKR_ARGUMENTS_BAD);
}
END_TEST

static const struct {
    const char *name; /* NULL: any */
    CK_VERSION version;
    CK_FLAGS flags;
    CK_RV expected;
} interfaces[] = {
    {NULL, {0}, 0, CKR_OK},
    {"PKCS 11", {0}, 0, CKR_OK},
    {"PKCS 11", {2, 40}, 0, CKR_OK},
    {NULL, {2, 40}, 0, CKR_OK},
    {"PKCS 11", {3, 0}, 0, CKR_FUNCTION_FAILED},
    {"PKCS 11", {2, 20}, 0, CKR_FUNCTION_FAILED},
    {"PKCS 11", {0}, 1, CKR_FUNCTION_FAILED},
    {"Vendor NSS Module Interface", {0}, 0, CKR_FUNCTION_FAILED},
    {"", {0}, 0, CKR_FUNCTION_FAILED},
    {"PKCS 11 ", {0}, 0, CKR_FUNCTION_FAILED},
};

START_TEST(interfaces_by_name_and_version)
{
    CK_VERSION version = interfaces[_i].version;
    CK_INTERFACE *interface = NULL;
    ck_assert_uint_eq(C_GetInterface((CK_UTF8CHAR *)(uintptr_t)interfaces[_i].name,
                                     version.major ? &version : NULL, &interface,
                                     interfaces[_i].flags),
                      interfaces[_i].expected);
    if (interfaces[_i].expected == CKR_OK) {
        ck_assert_ptr_eq(interface->pFunctionList, p11);
        ck_assert_str_eq((char *)interface->pInterfaceName, "PKCS 11");
    }
    ck_assert_uint_eq(C_GetInterface(NULL, NULL, NULL, 0), CKR_ARGUMENTS_BAD);
}
END_TEST

START_TEST(interfaces_listed)
{
    CK_INTERFACE list[1];
    CK_ULONG n = 0;
    ck_assert_uint_eq(C_GetInterfaceList(NULL, NULL), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(C_GetInterfaceList(NULL, &n), CKR_OK);
    ck_assert_uint_eq(n, 1);
    n = 0;
    ck_assert_uint_eq(C_GetInterfaceList(list, &n), CKR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(C_GetInterfaceList(list, &n), CKR_OK);
    ck_assert_ptr_eq(list[0].pFunctionList, p11);
}
END_TEST

START_TEST(tells_about_itself)
{
    CK_INFO info;
    ck_assert_uint_eq(p11->C_GetInfo(NULL), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_GetInfo(&info), CKR_OK);
    ck_assert_uint_eq(info.cryptokiVersion.major, 2);
    ck_assert_uint_eq(info.cryptokiVersion.minor, 40);
    ck_assert_padded(info.manufacturerID, "signet");
    ck_assert_padded(info.libraryDescription, "signet certificates");
}
END_TEST

START_TEST(what_is_not_done_says_so)
{
    CK_BYTE byte = 0;
    CK_ULONG n = 1;
    CK_SLOT_ID slot;
    CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
    ck_assert_uint_eq(p11->C_WaitForSlotEvent(0, &slot, NULL), CKR_FUNCTION_NOT_SUPPORTED);
    ck_assert_uint_eq(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL),
                      CKR_FUNCTION_NOT_SUPPORTED);
    ck_assert_uint_eq(p11->C_InitToken(1, &byte, 1, &byte), CKR_FUNCTION_NOT_SUPPORTED);
    ck_assert_uint_eq(p11->C_CreateObject(1, NULL, 0, &n), CKR_FUNCTION_NOT_SUPPORTED);
    ck_assert_uint_eq(p11->C_DestroyObject(1, 1), CKR_FUNCTION_NOT_SUPPORTED);
    ck_assert_uint_eq(p11->C_VerifyInit(1, &mechanism, 1), CKR_FUNCTION_NOT_SUPPORTED);
    ck_assert_uint_eq(p11->C_DigestInit(1, &mechanism), CKR_FUNCTION_NOT_SUPPORTED);
    ck_assert_uint_eq(p11->C_GenerateKey(1, &mechanism, NULL, 0, &n), CKR_FUNCTION_NOT_SUPPORTED);
    ck_assert_uint_eq(p11->C_DeriveKey(1, &mechanism, 1, NULL, 0, &n), CKR_FUNCTION_NOT_SUPPORTED);
    ck_assert_uint_eq(p11->C_GetFunctionStatus(1), CKR_FUNCTION_NOT_PARALLEL);
    ck_assert_uint_eq(p11->C_CancelFunction(1), CKR_FUNCTION_NOT_PARALLEL);
}
END_TEST

START_TEST(slots_are_counted_then_listed)
{
    CK_SLOT_ID slots[2];
    CK_ULONG n = 77;
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, NULL, NULL), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
    ck_assert_uint_eq(n, 2);
    fake.change++; /* what was counted is what is listed, whatever happens in between */
    fake.absent = true;
    n = 1;
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, slots, &n), CKR_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(n, 2);
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, slots, &n), CKR_OK);
    ck_assert_uint_eq(slots[0], FAKE_DEVICE);
    ck_assert_uint_eq(slots[1], FAKE_USER);
    ck_assert_uint_eq(fake.snapshots, 1);
}
END_TEST

START_TEST(a_slot_that_was_listed_stays_good)
{
    CK_SLOT_ID slots[2];
    CK_ULONG n = 2;
    CK_SESSION_HANDLE session;
    CK_TOKEN_INFO info;
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_USER, CKF_SERIAL_SESSION, NULL, NULL, &session),
                      CKR_SLOT_ID_INVALID);
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, slots, &n), CKR_OK);
    fake.change++;
    fake.absent = true;
    ck_assert_uint_eq(p11->C_GetSlotList(CK_FALSE, NULL, &n), CKR_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(p11->C_GetTokenInfo(FAKE_USER, &info), CKR_OK);
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_USER, CKF_SERIAL_SESSION, NULL, NULL, &session),
                      CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    CK_OBJECT_HANDLE found;
    ck_assert_uint_eq(p11->C_FindObjects(session, &found, 1, &n), CKR_OK);
    ck_assert_uint_eq(n, 0);
    fake.absent = false;
    fake.change++;
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
    ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(tokens_need_no_login_and_keep_their_names)
{
    CK_TOKEN_INFO info;
    CK_SLOT_INFO slot;
    CK_ULONG n;
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
    ck_assert_uint_eq(p11->C_GetTokenInfo(FAKE_USER, &info), CKR_OK);
    ck_assert_uint_eq(info.flags, CKF_RNG | CKF_WRITE_PROTECTED | CKF_TOKEN_INITIALIZED);
    ck_assert_padded(info.label, "signet user");
    ck_assert_padded(info.manufacturerID, "signet");
    ck_assert_padded(info.model, "signet");
    ck_assert_padded(info.serialNumber, "1000");
    ck_assert_uint_eq(p11->C_GetTokenInfo(FAKE_DEVICE, &info), CKR_OK);
    ck_assert_padded(info.label, "signet device");
    ck_assert_padded(info.serialNumber, "device");
    ck_assert_uint_eq(p11->C_GetTokenInfo(FAKE_DEVICE, NULL), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_GetTokenInfo(99, &info), CKR_SLOT_ID_INVALID);
    ck_assert_uint_eq(p11->C_GetSlotInfo(FAKE_USER, &slot), CKR_OK);
    ck_assert_uint_eq(slot.flags, CKF_TOKEN_PRESENT);
    ck_assert_uint_eq(p11->C_GetSlotInfo(FAKE_USER, NULL), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_GetSlotInfo(0, &slot), CKR_SLOT_ID_INVALID);
}
END_TEST

static const struct {
    CK_FLAGS flags;
    CK_RV expected;
    CK_STATE state;
} opens[] = {
    {CKF_SERIAL_SESSION, CKR_OK, CKS_RO_USER_FUNCTIONS},
    {CKF_SERIAL_SESSION | CKF_RW_SESSION, CKR_OK, CKS_RW_USER_FUNCTIONS},
    {CKF_SERIAL_SESSION | 0x1000, CKR_OK, CKS_RO_USER_FUNCTIONS},
    {0, CKR_SESSION_PARALLEL_NOT_SUPPORTED, 0},
    {CKF_RW_SESSION, CKR_SESSION_PARALLEL_NOT_SUPPORTED, 0},
};

START_TEST(sessions_are_the_users_from_the_start)
{
    CK_SESSION_HANDLE session;
    CK_SESSION_INFO info;
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_DEVICE, opens[_i].flags, NULL, NULL, &session),
                      opens[_i].expected);
    if (opens[_i].expected != CKR_OK)
        return;
    ck_assert_uint_eq(p11->C_GetSessionInfo(session, &info), CKR_OK);
    ck_assert_uint_eq(info.state, opens[_i].state);
    ck_assert_uint_eq(info.slotID, FAKE_DEVICE);
    ck_assert_uint_eq(p11->C_GetSessionInfo(session, NULL), CKR_ARGUMENTS_BAD);
    for (CK_USER_TYPE user = CKU_SO; user <= CKU_CONTEXT_SPECIFIC; user++)
        ck_assert_uint_eq(p11->C_Login(session, user, (CK_UTF8CHAR *)"pin", 3),
                          CKR_USER_ALREADY_LOGGED_IN);
    ck_assert_uint_eq(p11->C_Logout(session), CKR_OK);
    ck_assert_uint_eq(p11->C_GetSessionInfo(session, &info), CKR_OK);
    ck_assert_uint_eq(info.state, opens[_i].state);
}
END_TEST

START_TEST(sessions_close_once_and_their_handles_do_not_come_back)
{
    CK_SESSION_HANDLE first, second, other;
    CK_TOKEN_INFO info;
    CK_ULONG n;
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_DEVICE, CKF_SERIAL_SESSION, NULL, NULL, NULL),
                      CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_DEVICE, CKF_SERIAL_SESSION, NULL, NULL, &first),
                      CKR_OK);
    ck_assert_uint_eq(p11->C_CloseSession(first), CKR_OK);
    ck_assert_uint_eq(p11->C_CloseSession(first), CKR_SESSION_HANDLE_INVALID);
    ck_assert_uint_eq(
        p11->C_OpenSession(FAKE_DEVICE, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &second),
        CKR_OK);
    ck_assert_uint_ne(first, second);
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_USER, CKF_SERIAL_SESSION, NULL, NULL, &other),
                      CKR_OK);
    ck_assert_uint_eq(p11->C_GetTokenInfo(FAKE_DEVICE, &info), CKR_OK);
    ck_assert_uint_eq(info.ulSessionCount, 1);
    ck_assert_uint_eq(info.ulRwSessionCount, 1);
    ck_assert_uint_eq(p11->C_CloseAllSessions(99), CKR_SLOT_ID_INVALID);
    ck_assert_uint_eq(p11->C_CloseAllSessions(FAKE_DEVICE), CKR_OK);
    ck_assert_uint_eq(p11->C_CloseSession(second), CKR_SESSION_HANDLE_INVALID);
    ck_assert_uint_eq(p11->C_CloseSession(other), CKR_OK);
}
END_TEST

static const CK_SESSION_HANDLE no_sessions[] = {0, 1, 0xffff, 0x10000, 0x1ffff, ~0ul, 1ul << 63};

START_TEST(handles_of_no_session_are_refused)
{
    CK_SESSION_HANDLE session, bad = no_sessions[_i];
    CK_BYTE byte;
    CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_DEVICE, CKF_SERIAL_SESSION, NULL, NULL, &session),
                      CKR_OK);
    if (bad == session)
        return;
    ck_assert_uint_eq(p11->C_CloseSession(bad), CKR_SESSION_HANDLE_INVALID);
    ck_assert_uint_eq(p11->C_FindObjectsInit(bad, NULL, 0), CKR_SESSION_HANDLE_INVALID);
    ck_assert_uint_eq(p11->C_FindObjectsFinal(bad), CKR_SESSION_HANDLE_INVALID);
    ck_assert_uint_eq(p11->C_GetAttributeValue(bad, 1, NULL, 0), CKR_SESSION_HANDLE_INVALID);
    ck_assert_uint_eq(p11->C_SignInit(bad, &mechanism, 1), CKR_SESSION_HANDLE_INVALID);
    ck_assert_uint_eq(p11->C_GenerateRandom(bad, &byte, 1), CKR_SESSION_HANDLE_INVALID);
    ck_assert_uint_eq(p11->C_Login(bad, CKU_USER, NULL, 0), CKR_SESSION_HANDLE_INVALID);
}
END_TEST

START_TEST(many_sessions)
{
    static CK_SESSION_HANDLE sessions[1000];
    for (size_t i = 0; i < LENGTH(sessions); i++)
        ck_assert_uint_eq(
            p11->C_OpenSession(FAKE_DEVICE, CKF_SERIAL_SESSION, NULL, NULL, &sessions[i]), CKR_OK);
    for (size_t i = 0; i < LENGTH(sessions); i++)
        ck_assert_uint_eq(p11->C_CloseSession(sessions[i]), CKR_OK);
}
END_TEST

START_TEST(randomness_is_random)
{
    CK_SESSION_HANDLE session;
    static CK_BYTE a[100000], b[100000];
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_DEVICE, CKF_SERIAL_SESSION, NULL, NULL, &session),
                      CKR_OK);
    ck_assert_uint_eq(p11->C_GenerateRandom(session, a, sizeof a), CKR_OK);
    ck_assert_uint_eq(p11->C_GenerateRandom(session, b, sizeof b), CKR_OK);
    ck_assert_mem_ne(a, b, sizeof a);
    ck_assert_mem_ne(a, a + 50000, 50000);
    ck_assert_uint_eq(p11->C_GenerateRandom(session, NULL, 0), CKR_OK);
    ck_assert_uint_eq(p11->C_GenerateRandom(session, NULL, 1), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_SeedRandom(session, a, 10), CKR_OK);
    ck_assert_uint_eq(p11->C_SeedRandom(session, NULL, 10), CKR_ARGUMENTS_BAD);
}
END_TEST

Suite *provider_suite(void)
{
    Suite *suite = suite_create("pkcs11/provider");
    TCase *tc = tcase_create("provider");
    tcase_add_checked_fixture(tc, setup, fake_teardown);
    tcase_add_test(tc, the_table_is_full);
    tcase_add_loop_test(tc, interfaces_by_name_and_version, 0, LENGTH(interfaces));
    tcase_add_test(tc, interfaces_listed);
    tcase_add_test(tc, tells_about_itself);
    tcase_add_test(tc, what_is_not_done_says_so);
    tcase_add_test(tc, slots_are_counted_then_listed);
    tcase_add_test(tc, a_slot_that_was_listed_stays_good);
    tcase_add_test(tc, tokens_need_no_login_and_keep_their_names);
    tcase_add_loop_test(tc, sessions_are_the_users_from_the_start, 0, LENGTH(opens));
    tcase_add_test(tc, sessions_close_once_and_their_handles_do_not_come_back);
    tcase_add_loop_test(tc, handles_of_no_session_are_refused, 0, LENGTH(no_sessions));
    tcase_add_test(tc, many_sessions);
    tcase_add_test(tc, randomness_is_random);
    suite_add_tcase(suite, tc);
    return suite;
}
