#include "pkcs11/core.h"

#include "tests/pkcs11/fake.h"
#include "tests/suite.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_FUNCTION_LIST *p11;

static void setup(void)
{
    fake_setup();
    ck_assert_uint_eq(C_GetFunctionList(&p11), CKR_OK);
}

static CK_SESSION_HANDLE open_session(void)
{
    CK_SESSION_HANDLE session;
    CK_ULONG n;
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_USER, CKF_SERIAL_SESSION, NULL, NULL, &session),
                      CKR_OK);
    return session;
}

static CK_RV sign(CK_SESSION_HANDLE session)
{
    CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
    CK_BYTE signature[256];
    CK_ULONG len = sizeof signature;
    CK_RV rv = p11->C_SignInit(session, &mechanism, FAKE_RSA);
    return rv != CKR_OK ? rv : p11->C_Sign(session, (CK_BYTE *)"data", 4, signature, &len);
}

START_TEST(begins_once_and_ends_once)
{
    ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    ck_assert_uint_eq(fake.opens, 1);
    ck_assert_uint_eq(p11->C_Finalize(&fake), CKR_ARGUMENTS_BAD);
    ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_OK);
    ck_assert_uint_eq(fake.closes, 1);
    ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
    ck_assert_uint_eq(sign(open_session()), CKR_OK);
}
END_TEST

static unsigned made, destroyed, locked, unlocked;

static CK_RV make(void **ret)
{
    made++;
    *ret = &made;
    return CKR_OK;
}

static CK_RV make_nothing(void **ret)
{
    (void)ret;
    return CKR_HOST_MEMORY;
}

static CK_RV destroy(void *mutex)
{
    ck_assert_ptr_eq(mutex, &made);
    destroyed++;
    return CKR_OK;
}

static CK_RV lock(void *mutex)
{
    ck_assert_ptr_eq(mutex, &made);
    locked++;
    return CKR_OK;
}

static CK_RV unlock(void *mutex)
{
    ck_assert_ptr_eq(mutex, &made);
    unlocked++;
    return CKR_OK;
}

static const struct {
    CK_C_INITIALIZE_ARGS args;
    CK_RV expected;
    bool theirs;
} inits[] = {
    {{.flags = 0}, CKR_OK, false},
    {{.flags = CKF_OS_LOCKING_OK}, CKR_OK, false},
    {{.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS}, CKR_OK, false},
    {{make, destroy, lock, unlock, 0, NULL}, CKR_OK, true},
    {{make, destroy, lock, unlock, CKF_LIBRARY_CANT_CREATE_OS_THREADS, NULL}, CKR_OK, true},
    {{make, destroy, lock, unlock, CKF_OS_LOCKING_OK, NULL}, CKR_OK, false},
    {{.flags = CKF_OS_LOCKING_OK, .pReserved = (void *)"a string of p11-kit's"}, CKR_OK, false},
    {{.flags = CKF_OS_LOCKING_OK, .pReserved = (void *)1}, CKR_OK, false},
    {{make, NULL, NULL, NULL, 0, NULL}, CKR_ARGUMENTS_BAD, false},
    {{NULL, destroy, lock, unlock, 0, NULL}, CKR_ARGUMENTS_BAD, false},
    {{make, destroy, lock, NULL, CKF_OS_LOCKING_OK, NULL}, CKR_ARGUMENTS_BAD, false},
    {{make_nothing, destroy, lock, unlock, 0, NULL}, CKR_HOST_MEMORY, false},
};

START_TEST(every_way_of_locking)
{
    CK_C_INITIALIZE_ARGS args = inits[_i].args;
    made = destroyed = locked = unlocked = 0;
    ck_assert_uint_eq(p11->C_Initialize(&args), inits[_i].expected);
    if (inits[_i].expected == CKR_OK) {
        ck_assert_uint_eq(sign(open_session()), CKR_OK);
        ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_OK);
    }
    ck_assert((made > 0) == inits[_i].theirs);
    ck_assert((locked > 0) == inits[_i].theirs);
    ck_assert_uint_eq(locked, unlocked);
    ck_assert_uint_eq(made, destroyed);
}
END_TEST

/* Nothing but C_GetFunctionList and its like works before C_Initialize. */
START_TEST(nothing_works_before_the_beginning)
{
    CK_ULONG n = 0;
    CK_INFO info;
    CK_BYTE byte;
    ck_assert_uint_eq(p11->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_GetSlotList(CK_FALSE, NULL, &n), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_GetSlotInfo(1, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_GetTokenInfo(1, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_GetMechanismList(1, NULL, &n), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_GetMechanismInfo(1, 1, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &n),
                      CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_CloseSession(1), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_CloseAllSessions(1), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_Login(1, CKU_USER, NULL, 0), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_FindObjectsInit(1, NULL, 0), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(sign(1), CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(p11->C_GenerateRandom(1, &byte, 1), CKR_CRYPTOKI_NOT_INITIALIZED);
}
END_TEST

/* A search by a session on the newest snapshot; what it finds. */
static CK_ULONG search(CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE found[10];
    CK_ULONG n = 0;
    ck_assert_uint_eq(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjects(session, found, 10, &n), CKR_OK);
    ck_assert_uint_eq(p11->C_FindObjectsFinal(session), CKR_OK);
    return n;
}

START_TEST(a_snapshot_is_taken_when_the_last_has_aged)
{
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
    ck_assert_uint_eq(fake.snapshots, 0);
    CK_SESSION_HANDLE session = open_session();
    ck_assert_uint_eq(fake.snapshots, 1);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(search(session), 5);
    ck_assert_uint_eq(fake.snapshots, 1);
    fake.change++;
    ck_assert_uint_eq(search(session), 5);
    ck_assert_uint_eq(search(session), 5);
    ck_assert_uint_eq(fake.snapshots, 2);
}
END_TEST

START_TEST(when_the_service_fails_what_there_was_stays)
{
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
    CK_SESSION_HANDLE session = open_session();
    fake.failing = true;
    fake.class = ERR_RETRY;
    fake.change++;
    ck_assert_uint_eq(search(session), 5);
    ck_assert_uint_eq(sign(session), CKR_DEVICE_ERROR);
    fake.failing = false;
    ck_assert_uint_eq(search(session), 5);
    ck_assert_uint_eq(sign(session), CKR_OK);
    ck_assert_uint_eq(fake.snapshots, 3);
}
END_TEST

START_TEST(without_a_service_there_is_an_empty_token)
{
    CK_SESSION_HANDLE session;
    CK_SLOT_ID slots[4];
    CK_ULONG n = 4;
    fake.failing = true;
    fake.class = ERR_RETRY;
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, slots, &n), CKR_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(slots[0], FAKE_DEVICE);
    ck_assert_uint_eq(p11->C_OpenSession(FAKE_DEVICE, CKF_SERIAL_SESSION, NULL, NULL, &session),
                      CKR_OK);
    ck_assert_uint_eq(search(session), 0);
    ck_assert_uint_eq(sign(session), CKR_KEY_HANDLE_INVALID);

    fake.failing = false; /* and when it comes, it is seen */
    ck_assert_uint_eq(p11->C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
    ck_assert_uint_eq(n, 2);
}
END_TEST

/* In the child: C_Finalize or not, then begin anew and sign. */
static int child(bool finalize)
{
    CK_ULONG n;
    if (p11->C_GetSlotList(CK_TRUE, NULL, &n) != CKR_CRYPTOKI_NOT_INITIALIZED)
        return 1;
    if (finalize && p11->C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED)
        return 2;
    if (fake.closes != 0)
        return 3;
    if (p11->C_Initialize(NULL) != CKR_OK || fake.abandons != 1 || fake.opens != 2)
        return 4;
    CK_SESSION_HANDLE session;
    if (p11->C_GetSlotList(CK_TRUE, NULL, &n) != CKR_OK ||
        p11->C_OpenSession(FAKE_USER, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK ||
        sign(session) != CKR_OK || p11->C_Finalize(NULL) != CKR_OK)
        return 5;
    return 0;
}

static void *hold_and_sign(void *context)
{
    sign(*(CK_SESSION_HANDLE *)context);
    return NULL;
}

/* Once in peace, once while another thread is at the back end: its locks are lost to the child. */
START_TEST(a_forked_child_begins_anew)
{
    int status;
    pthread_t thread;
    bool busy = _i & 1;
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
    CK_SESSION_HANDLE session = open_session(), other = open_session();
    if (busy) {
        fake.waits = true;
        ck_assert_int_eq(pthread_create(&thread, NULL, hold_and_sign, &other), 0);
        sem_wait(&fake.begun);
        fake.waits = false;
    }
    pid_t pid = fork();
    if (pid == 0)
        _exit(child(_i & 2));
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    if (busy) {
        sem_post(&fake.go);
        pthread_join(thread, NULL);
    }
    ck_assert_uint_eq(sign(session), CKR_OK);
    ck_assert_uint_eq(search(session), 5);
}
END_TEST

#define THREADS 4
#define ROUNDS  200

static void *sign_and_search(void *context)
{
    uintptr_t failures = 0;
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        CK_SESSION_HANDLE session;
        failures +=
            p11->C_OpenSession(FAKE_USER, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK;
        failures += sign(session) != CKR_OK;
        fake.change++;
        failures += p11->C_FindObjectsInit(session, NULL, 0) != CKR_OK;
        failures += p11->C_FindObjectsFinal(session) != CKR_OK;
        failures += p11->C_CloseSession(session) != CKR_OK;
    }
    return (void *)failures;
}

START_TEST(threads_sign_and_search_at_once)
{
    pthread_t threads[THREADS];
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
    open_session();
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, sign_and_search, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failures;
        pthread_join(threads[i], &failures);
        ck_assert_ptr_null(failures);
    }
    ck_assert_uint_eq(fake.signs, THREADS * ROUNDS);
}
END_TEST

static void *begin(void *context)
{
    (void)context;
    return (void *)(uintptr_t)p11->C_Initialize(NULL);
}

START_TEST(one_of_many_beginnings_is_the_first)
{
    pthread_t threads[THREADS];
    int first = 0, late = 0;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, begin, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        void *rv;
        pthread_join(threads[i], &rv);
        first += (uintptr_t)rv == CKR_OK;
        late += (uintptr_t)rv == CKR_CRYPTOKI_ALREADY_INITIALIZED;
    }
    ck_assert_int_eq(first, 1);
    ck_assert_int_eq(late, THREADS - 1);
    ck_assert_uint_eq(fake.opens, fake.closes + 1);
}
END_TEST

static void *sign_once(void *context)
{
    return (void *)(uintptr_t)sign(*(CK_SESSION_HANDLE *)context);
}

START_TEST(a_signature_under_way_keeps_nobody_from_looking)
{
    pthread_t thread;
    void *rv;
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
    CK_SESSION_HANDLE session = open_session(), other = open_session();
    fake.waits = true;
    ck_assert_int_eq(pthread_create(&thread, NULL, sign_once, &session), 0);
    sem_wait(&fake.begun);
    ck_assert_uint_eq(search(other), 5);
    ck_assert_uint_eq(search(session), 5);
    ck_assert_uint_eq(p11->C_CloseSession(session), CKR_OK);
    sem_post(&fake.go);
    pthread_join(thread, &rv);
    ck_assert_uint_eq((uintptr_t)rv, CKR_OK);
}
END_TEST

START_TEST(the_end_waits_for_no_signature_and_pulls_nothing_from_under_it)
{
    pthread_t thread;
    void *rv;
    ck_assert_uint_eq(p11->C_Initialize(NULL), CKR_OK);
    CK_SESSION_HANDLE session = open_session();
    fake.waits = true;
    ck_assert_int_eq(pthread_create(&thread, NULL, sign_once, &session), 0);
    sem_wait(&fake.begun);
    ck_assert_uint_eq(p11->C_Finalize(NULL), CKR_OK);
    ck_assert_uint_eq(fake.closes, 0);
    sem_post(&fake.go);
    pthread_join(thread, &rv);
    ck_assert_uint_eq((uintptr_t)rv, CKR_CRYPTOKI_NOT_INITIALIZED);
    ck_assert_uint_eq(fake.closes, 1);
}
END_TEST

Suite *core_suite(void)
{
    Suite *suite = suite_create("pkcs11/core");
    TCase *tc = tcase_create("core");
    tcase_add_checked_fixture(tc, setup, fake_teardown);
    tcase_add_test(tc, begins_once_and_ends_once);
    tcase_add_loop_test(tc, every_way_of_locking, 0, LENGTH(inits));
    tcase_add_test(tc, nothing_works_before_the_beginning);
    tcase_add_test(tc, a_snapshot_is_taken_when_the_last_has_aged);
    tcase_add_test(tc, when_the_service_fails_what_there_was_stays);
    tcase_add_test(tc, without_a_service_there_is_an_empty_token);
    tcase_add_loop_test(tc, a_forked_child_begins_anew, 0, 4);
    tcase_add_test(tc, threads_sign_and_search_at_once);
    tcase_add_test(tc, one_of_many_beginnings_is_the_first);
    tcase_add_test(tc, a_signature_under_way_keeps_nobody_from_looking);
    tcase_add_test(tc, the_end_waits_for_no_signature_and_pulls_nothing_from_under_it);
    suite_add_tcase(suite, tc);
    return suite;
}
