/* C_Login and C_Logout, through the C_ functions alone. */
#include "pkcs11/login.h"

#include "tests/pkcs11/fake.h"
#include "tests/suite.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void setup(void)
{
    fake_setup();
    fake.with_pin = true;
    ck_assert_uint_eq(C_Initialize(NULL), CKR_OK);
    CK_ULONG n = 0;
    ck_assert_uint_eq(C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
    ck_assert_uint_eq(n, 3);
}

static void teardown(void)
{
    C_Finalize(NULL);
    fake_teardown();
}

static CK_SESSION_HANDLE session_on(CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE session;
    ck_assert_uint_eq(C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_OK);
    return session;
}

static CK_RV login(CK_SESSION_HANDLE session, const char *pin)
{
    return C_Login(session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin));
}

static CK_ULONG count(CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE found[8];
    CK_ULONG n = 0;
    ck_assert_uint_eq(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    ck_assert_uint_eq(C_FindObjects(session, found, LENGTH(found), &n), CKR_OK);
    ck_assert_uint_eq(C_FindObjectsFinal(session), CKR_OK);
    return n;
}

static CK_RV sign(CK_SESSION_HANDLE session)
{
    CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
    CK_BYTE data[] = "data", signature[256];
    CK_ULONG len = sizeof signature;
    CK_RV rv = C_SignInit(session, &mechanism, FAKE_PIN_KEY);
    return rv == CKR_OK ? C_Sign(session, data, sizeof data, signature, &len) : rv;
}

static CK_STATE state(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    ck_assert_uint_eq(C_GetSessionInfo(session, &info), CKR_OK);
    return info.state;
}

static CK_RV look(CK_SESSION_HANDLE session)
{
    CK_BYTE label[16];
    CK_ATTRIBUTE template = {CKA_LABEL, label, sizeof label};
    return C_GetAttributeValue(session, FAKE_PIN_KEY, &template, 1);
}

START_TEST(the_token_says_that_it_wants_one)
{
    CK_TOKEN_INFO info;
    ck_assert_uint_eq(C_GetTokenInfo(FAKE_PIN_SLOT, &info), CKR_OK);
    ck_assert_uint_eq(info.flags & (CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED),
                      CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED);
    ck_assert_uint_eq(info.ulMinPinLen, PIN_MIN);
    ck_assert_uint_eq(info.ulMaxPinLen, PIN_MAX);
    ck_assert_mem_eq(info.label, "bank   ", 7);
    ck_assert_uint_eq(C_GetTokenInfo(FAKE_USER, &info), CKR_OK);
    ck_assert_uint_eq(info.flags & (CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED), 0);
}
END_TEST

START_TEST(nothing_private_before_it)
{
    CK_SESSION_HANDLE session = session_on(FAKE_PIN_SLOT), other = session_on(FAKE_PIN_SLOT);
    ck_assert_uint_eq(state(session), CKS_RO_PUBLIC_SESSION);
    ck_assert_uint_eq(count(session), 2);
    ck_assert_uint_eq(look(session), CKR_OBJECT_HANDLE_INVALID);
    ck_assert_uint_eq(sign(session), CKR_USER_NOT_LOGGED_IN);

    ck_assert_uint_eq(login(session, FAKE_PIN), CKR_OK);
    ck_assert_uint_eq(state(other), CKS_RO_USER_FUNCTIONS); /* of all its sessions at once */
    ck_assert_uint_eq(count(other), 3);
    ck_assert_uint_eq(look(other), CKR_OK);
    ck_assert_uint_eq(sign(other), CKR_OK);
    ck_assert_uint_eq(login(other, FAKE_PIN), CKR_USER_ALREADY_LOGGED_IN);
    ck_assert_uint_eq(login(other, "guessed"), CKR_USER_ALREADY_LOGGED_IN);
    ck_assert_uint_eq(fake.tries, 1);

    ck_assert_uint_eq(C_Logout(other), CKR_OK);
    ck_assert_uint_eq(fake.logouts, 1);
    ck_assert_uint_eq(count(session), 2);
    ck_assert_uint_eq(sign(session), CKR_USER_NOT_LOGGED_IN);
    ck_assert_uint_eq(C_Logout(session), CKR_USER_NOT_LOGGED_IN);
    ck_assert_uint_eq(fake.logouts, 1);
}
END_TEST

static const struct {
    CK_USER_TYPE user;
    const char *pin;
    CK_ULONG len;
    CK_RV rv;
    unsigned tries;
} rows[] = {
    {CKU_USER, FAKE_PIN, 9, CKR_OK, 1},
    {CKU_USER, "guessed", 7, CKR_PIN_INCORRECT, 1},
    {CKU_USER, "secret-12", 8, CKR_PIN_INCORRECT, 1},
    {CKU_USER, "secret-12\0", 10, CKR_PIN_INCORRECT, 1},
    {CKU_USER, "", 0, CKR_PIN_LEN_RANGE, 0},
    {CKU_USER, "12345", 5, CKR_PIN_LEN_RANGE, 0},
    {CKU_USER, "012345678901234567890123456789012", 33, CKR_PIN_LEN_RANGE, 0},
    {CKU_USER, "x", 64 * 1024, CKR_PIN_LEN_RANGE, 0},
    {CKU_USER, "x", CK_UNAVAILABLE_INFORMATION, CKR_PIN_LEN_RANGE, 0},
    {CKU_USER, NULL, 0, CKR_ARGUMENTS_BAD, 0},
    {CKU_USER, NULL, 9, CKR_ARGUMENTS_BAD, 0},
    {CKU_SO, FAKE_PIN, 9, CKR_USER_TYPE_INVALID, 0},
    {CKU_CONTEXT_SPECIFIC, FAKE_PIN, 9, CKR_OPERATION_NOT_INITIALIZED, 0},
    {99, FAKE_PIN, 9, CKR_USER_TYPE_INVALID, 0},
};

START_TEST(what_is_said_of_a_pin)
{
    CK_SESSION_HANDLE session = session_on(FAKE_PIN_SLOT);
    CK_RV rv =
        C_Login(session, rows[_i].user, (CK_UTF8CHAR *)(uintptr_t)rows[_i].pin, rows[_i].len);
    ck_assert_uint_eq(rv, rows[_i].rv);
    ck_assert_uint_eq(fake.tries, rows[_i].tries);
    ck_assert_uint_eq(count(session), rv == CKR_OK ? 3 : 2);
}
END_TEST

static const struct {
    enum err_class class;
    CK_RV rv;
} failures[] = {{ERR_RETRY, CKR_DEVICE_ERROR},
                {ERR_DENIED, CKR_FUNCTION_FAILED},
                {ERR_CONFIG, CKR_FUNCTION_FAILED},
                {ERR_RESOURCE, CKR_DEVICE_MEMORY},
                {ERR_BUG, CKR_DEVICE_ERROR}};

START_TEST(what_a_failing_service_comes_to)
{
    CK_SESSION_HANDLE session = session_on(FAKE_PIN_SLOT);
    fake.class = failures[_i].class;
    fake.failing = true;
    ck_assert_uint_eq(login(session, FAKE_PIN), failures[_i].rv);
    ck_assert_uint_eq(state(session), CKS_RO_PUBLIC_SESSION);
}
END_TEST

START_TEST(a_locked_tpm)
{
    CK_SESSION_HANDLE session = session_on(FAKE_PIN_SLOT);
    fake.locked = true;
    ck_assert_uint_eq(login(session, FAKE_PIN), CKR_PIN_LOCKED);
    ck_assert_uint_eq(count(session), 2);
}
END_TEST

/* keyd was restarted: what it has opened is gone, and no PIN is kept to open it again. */
START_TEST(a_restarted_service)
{
    CK_SESSION_HANDLE session = session_on(FAKE_PIN_SLOT);
    ck_assert_uint_eq(login(session, FAKE_PIN), CKR_OK);
    fake.opened = false;
    ck_assert_uint_eq(sign(session), CKR_USER_NOT_LOGGED_IN);
    ck_assert_uint_eq(state(session), CKS_RO_PUBLIC_SESSION);
    ck_assert_uint_eq(login(session, FAKE_PIN), CKR_OK);
    ck_assert_uint_eq(sign(session), CKR_OK);

    fake.opened = false; /* and this time nobody has noticed */
    ck_assert_uint_eq(login(session, FAKE_PIN), CKR_OK);
    ck_assert_uint_eq(sign(session), CKR_OK);
}
END_TEST

START_TEST(the_last_session_ends_it)
{
    CK_SESSION_HANDLE one = session_on(FAKE_PIN_SLOT), two = session_on(FAKE_PIN_SLOT);
    CK_SESSION_HANDLE elsewhere = session_on(FAKE_USER);
    ck_assert_uint_eq(login(one, FAKE_PIN), CKR_OK);
    ck_assert_uint_eq(C_CloseSession(one), CKR_OK);
    ck_assert_uint_eq(fake.logouts, 0);
    ck_assert_uint_eq(C_CloseSession(two), CKR_OK);
    ck_assert_uint_eq(fake.logouts, 1);

    one = session_on(FAKE_PIN_SLOT);
    ck_assert_uint_eq(state(one), CKS_RO_PUBLIC_SESSION);
    ck_assert_uint_eq(login(one, FAKE_PIN), CKR_OK);
    ck_assert_uint_eq(C_CloseAllSessions(FAKE_USER), CKR_OK);
    ck_assert_uint_eq(fake.logouts, 1);
    ck_assert_uint_eq(C_CloseAllSessions(FAKE_PIN_SLOT), CKR_OK);
    ck_assert_uint_eq(fake.logouts, 2);
    ck_assert_uint_eq(C_Login(elsewhere, CKU_USER, NULL, 0), CKR_SESSION_HANDLE_INVALID);
}
END_TEST

START_TEST(other_tokens_know_none)
{
    CK_SESSION_HANDLE session = session_on(FAKE_USER), own = session_on(FAKE_PIN_SLOT);
    ck_assert_uint_eq(login(session, FAKE_PIN), CKR_USER_ALREADY_LOGGED_IN);
    ck_assert_uint_eq(login(session, ""), CKR_USER_ALREADY_LOGGED_IN);
    ck_assert_uint_eq(fake.tries, 0);
    ck_assert_uint_eq(C_Logout(session), CKR_OK);
    ck_assert_uint_eq(C_Logout(session), CKR_OK);
    ck_assert_uint_eq(state(session), CKS_RO_USER_FUNCTIONS);
    ck_assert_uint_eq(login(own, FAKE_PIN), CKR_OK);
    ck_assert_uint_eq(C_Logout(session), CKR_OK); /* of its own token only */
    ck_assert_uint_eq(sign(own), CKR_OK);
}
END_TEST

START_TEST(a_session_that_is_none)
{
    ck_assert_uint_eq(login(4711, FAKE_PIN), CKR_SESSION_HANDLE_INVALID);
    ck_assert_uint_eq(C_Logout(4711), CKR_SESSION_HANDLE_INVALID);
    C_Finalize(NULL);
    ck_assert_uint_eq(login(4711, FAKE_PIN), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(C_Logout(4711), CKR_CRYPTOKI_NOT_INITIALIZED);
}
END_TEST

START_TEST(a_forked_child_is_not_logged_in)
{
    CK_SESSION_HANDLE session = session_on(FAKE_PIN_SLOT);
    ck_assert_uint_eq(login(session, FAKE_PIN), CKR_OK);
    pid_t pid = fork();
    if (pid == 0) {
        CK_ULONG n;
        bool ok = C_Initialize(NULL) == CKR_OK && C_GetSlotList(CK_TRUE, NULL, &n) == CKR_OK &&
                  C_OpenSession(FAKE_PIN_SLOT, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK;
        _exit(ok && sign(session) == CKR_USER_NOT_LOGGED_IN ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(sign(session), CKR_OK);
}
END_TEST

Suite *login_suite(void)
{
    Suite *s = suite_create("pkcs11/login");
    TCase *c = tcase_create("login");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, the_token_says_that_it_wants_one);
    tcase_add_test(c, nothing_private_before_it);
    tcase_add_loop_test(c, what_is_said_of_a_pin, 0, LENGTH(rows));
    tcase_add_loop_test(c, what_a_failing_service_comes_to, 0, LENGTH(failures));
    tcase_add_test(c, a_locked_tpm);
    tcase_add_test(c, a_restarted_service);
    tcase_add_test(c, the_last_session_ends_it);
    tcase_add_test(c, other_tokens_know_none);
    tcase_add_test(c, a_session_that_is_none);
    tcase_add_test(c, a_forked_child_is_not_logged_in);
    suite_add_tcase(s, c);
    return s;
}
