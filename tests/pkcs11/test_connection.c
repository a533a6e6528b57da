/* A connection whose key is in a TPM that hangs. */
#include "pkcs11/connection.h"

#include "pkcs11/wire.h"
#include "tests/pkcs11/look.h"
#include "tests/tpm_between.h"

#include <sys/wait.h>

/* One of the two limits is short, the other out of reach: whatever the machine is busy with, it is
 * that one which ends it. */
static const struct {
    uint32_t command;
    int64_t answer_ms, operation_ms;
    int ended_by;
    const char *text; /* of the answer; NULL: there is none */
} rows[] = {
    {TPM_ANY, 50, PATIENCE_MS, 0, "does not answer"},
    {TPM_CREATE_PRIMARY, PATIENCE_MS, 500, SIGALRM, NULL},
    {TPM_LOAD, PATIENCE_MS, 500, SIGALRM, NULL},
    {TPM_SIGN, PATIENCE_MS, 500, SIGALRM, NULL},
};

static int ask(int fd, struct err *err)
{
    CLEANUP(wire_close) struct wire wire = {.fd = fd, .passed = -1};
    const struct key_operation operation = {.ref = ref_of(&wifi, 1), .mechanism = CKM_ECDSA};
    autobuf data = text_buf("0123456789abcdef0123456789abcdef");
    autobuf signature = {0};
    deadline until = PATIENCE;
    int rc = wire_send_operation(&wire, WIRE_SIGN, 1, &operation, &data, until, err);
    return rc < 0 ? rc : wire_receive_result(&wire, 1, until, &signature, err);
}

START_TEST(a_tpm_that_hangs_holds_no_process)
{
    FIXTURE(f);
    SWTPM(swtpm);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    const struct ucred root = {.pid = getpid()};
    struct connection_setting setting = {f.path, rows[_i].operation_ms};
    struct err err = {0};
    int pair[2], status;

    ck_assert_int_eq(tpm_generate(true, 256, &key, NULL), 0);
    issue_entry(&f, &wifi, key, NULL);
    EVP_PKEY_free(steal(&key));
    TPM_BETWEEN(between, &swtpm, rows[_i].command, TPM_SILENCE);
    tpm_wait(rows[_i].answer_ms);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        _exit(connection_serve(pair[1], &root, &setting));
    }
    close(pair[1]);
    ck_assert_int_eq(ask(pair[0], &err), -ERR_RETRY);
    ck_assert_msg(!rows[_i].text || strstr(err.text, rows[_i].text), "%s", err.text);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(WTERMSIG(status), rows[_i].ended_by);
}
END_TEST

Suite *connection_suite(void)
{
    Suite *s = suite_create("pkcs11/connection");
    TCase *c = tcase_create("tpm");
    tcase_add_unchecked_fixture(c, issue_setup, issue_teardown);
    tcase_add_loop_test(c, a_tpm_that_hangs_holds_no_process, 0, LENGTH(rows));
    suite_add_tcase(s, c);
    return s;
}
