/* The client against a server that is not ours: Debian's scepserver. */
#include "scep/client.h"

#include "base/fs.h"

#include "tests/scep/fixture.h"
#include "tests/temp.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

static struct temp temp;
static char url[64];
static pid_t server;
static X509 *root;

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* scepserver cannot choose a port itself. */
static int free_port(void)
{
    autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.sin_port);
}

static bool is_served(int port)
{
    autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = loopback(port);
    return connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

static pid_t start(char *const argv[])
{
    pid_t parent = getpid(), pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int quiet = open("/dev/null", O_RDWR);
    if (getppid() != parent || quiet < 0 || dup2(quiet, 1) < 0 || dup2(quiet, 2) < 0 ||
        chdir(temp.path) < 0)
        _exit(126);
    execv(argv[0], argv);
    _exit(127);
}

/* ALLOWRENEW: so many days before a certificate ends may another one of its name be had; 0: at any
 * time. */
static void serve(const char *allowrenew)
{
    fixture_keys();
    temp_open(&temp);
    int status, port = free_port();
    pid_t init = start((char *[]){"/usr/bin/scepserver", "ca", "-init", "-key-password", "P",
                                  "-keySize", "2048", NULL});
    ck_assert(waitpid(init, &status, 0) == init && status == 0);

    char number[8];
    snprintf(number, sizeof number, "%d", port);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/scep", port);
    server =
        start((char *[]){"/usr/bin/scepserver", "-depot", "depot", "-port", number, "-capass", "P",
                         "-challenge", "opensesame", "-allowrenew", (char *)allowrenew, NULL});
    UNTIL(is_served(port), "scepserver does not start");

    autofree char *path = text_format("%s/depot/ca.pem", temp.path);
    autobuf pem = {0};
    ck_assert_int_eq(fs_read(AT_FDCWD, path, 65536, &pem, NULL), 0);
    ck_assert_int_eq(certificate_from_pem(&pem, &root, NULL), 0);
}

static void server_start(void)
{
    serve("0");
}

/* What Debian's has by itself. */
static void thrifty_server_start(void)
{
    serve("14");
}

static void server_stop(void)
{
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    X509_free(root);
    temp_close(&temp);
}

static size_t collect(char *data, size_t size, size_t n, void *body)
{
    return buf_add(body, data, size * n, NULL) == 0 ? size * n : 0;
}

static int by_curl(void *context, const struct scep_http *call, struct scep_answer *ret,
                   struct err *err)
{
    (void)context;
    CURL *curl = curl_easy_init();
    long status = 0;
    char type[128];
    snprintf(type, sizeof type, "Content-Type: %s", call->content_type ? call->content_type : "");
    struct curl_slist *headers = curl_slist_append(NULL, type);
    curl_easy_setopt(curl, CURLOPT_URL, call->url);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &ret->body);
    if (call->body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body->data);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)call->body->len);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    }
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    ret->status = (int)status;
    return code == CURLE_OK ? 0 : err_set(err, ERR_RETRY, "%s", curl_easy_strerror(code));
}

static struct scep_result must_enrol(const struct scep_operation *operation)
{
    struct scep_result result = {0};
    struct err err = {0};
    ck_assert_msg(scep_enrol(operation, &result, &err) == 0, "%s", err.text);
    ck_assert_int_eq(result.outcome, SCEP_ISSUED);
    ck_assert_str_eq(result.url, url);
    ck_assert(EVP_PKEY_eq(X509_get0_pubkey(result.certificate), operation->key) == 1);
    ck_assert_int_eq(sk_X509_num(result.chain), 0); /* its only issuer is the root */
    return result;
}

/* First a certificate, then another for a new key, asked for with the first one. */
static void enrol_and_renew(int first_key, int second_key)
{
    CLEANUP(fixture_free) struct fixture first, second;
    fixture_operation(&first, fixture_key(first_key), url, root, "opensesame");
    first.operation.transport = by_curl;
    first.operation.strength.accept_des = true;
    CLEANUP(scep_result_free) struct scep_result old = must_enrol(&first.operation);

    fixture_operation(&second, fixture_key(second_key), url, root, "opensesame");
    second.operation.transport = by_curl;
    second.operation.strength.accept_des = true;
    second.operation.old_certificate = old.certificate;
    second.operation.old_key = fixture_key(first_key);
    CLEANUP(scep_result_free) struct scep_result renewed = must_enrol(&second.operation);
    ck_assert(X509_cmp(old.certificate, renewed.certificate) != 0);
}

START_TEST(enrols_and_renews_rsa)
{
    enrol_and_renew(FIXTURE_RSA_A, FIXTURE_RSA_B);
}
END_TEST

/* It signs with the algorithm of the request, whatever key it has itself: an EC request fails
 * there, as it must fail here: with a refusal. EC keys are enrolled in test_client.c. */
START_TEST(an_ec_key_is_refused)
{
    CLEANUP(fixture_free) struct fixture fixture;
    fixture_operation(&fixture, fixture_key(FIXTURE_EC_A), url, root, "opensesame");
    fixture.operation.transport = by_curl;
    fixture.operation.strength.accept_des = true;
    struct scep_result result = {0};
    struct err err = {0};
    ck_assert_int_eq(scep_enrol(&fixture.operation, &result, &err), -ERR_DENIED);
    ck_assert_msg(strstr(err.text, "badRequest") != NULL, "%s", err.text);
}
END_TEST

START_TEST(wrong_challenge_is_refused)
{
    CLEANUP(fixture_free) struct fixture fixture;
    fixture_operation(&fixture, fixture_key(FIXTURE_RSA_A), url, root, "closesesame");
    fixture.operation.transport = by_curl;
    fixture.operation.strength.accept_des = true;
    struct scep_result result = {0};
    struct err err = {0};
    ck_assert_int_ne(scep_enrol(&fixture.operation, &result, &err), 0);
    ck_assert_msg(strstr(err.text, url) && strstr(err.text, "refused"), "%s", err.text);
}
END_TEST

/* The CA has issued, and nobody has heard of it. */
static int loses_the_answer(void *context, const struct scep_http *call, struct scep_answer *ret,
                            struct err *err)
{
    int rc = by_curl(context, call, ret, err);
    if (rc < 0 || !call->body)
        return rc;
    buf_free(&ret->body);
    return err_set(err, ERR_RETRY, "connection cut off");
}

/* It does not know a transaction again, and refuses a second certificate of the same name without a
 * word: whoever reads of it learns what to do, however often it is tried, and with another key. */
START_TEST(a_lost_answer_is_explained)
{
    static const int keys[] = {FIXTURE_RSA_A, FIXTURE_RSA_A, FIXTURE_RSA_B};
    for (size_t i = 0; i < LENGTH(keys); i++) {
        CLEANUP(fixture_free) struct fixture fixture;
        struct scep_result result = {0};
        struct err err = {0};
        fixture_operation(&fixture, fixture_key(keys[i]), url, root, "opensesame");
        fixture.operation.transport = i == 0 ? loses_the_answer : by_curl;
        fixture.operation.strength.accept_des = true;
        ck_assert_int_eq(scep_enrol(&fixture.operation, &result, &err),
                         i == 0 ? -ERR_RETRY : -ERR_DENIED);
        if (i > 0)
            ck_assert_msg(strstr(err.text, "badRequest") && strstr(err.text, "of the same name") &&
                              strstr(err.text, "scepserver: -allowrenew 0"),
                          "%s", err.text);
    }
}
END_TEST

Suite *scepserver_suite(void)
{
    Suite *suite = suite_create("scep/scepserver");
    TCase *tc = tcase_create("scepserver");
    tcase_add_unchecked_fixture(tc, server_start, server_stop);
    tcase_add_test(tc, enrols_and_renews_rsa);
    tcase_add_test(tc, an_ec_key_is_refused);
    tcase_add_test(tc, wrong_challenge_is_refused);
    suite_add_tcase(suite, tc);
    tc = tcase_create("a second certificate");
    tcase_add_unchecked_fixture(tc, thrifty_server_start, server_stop);
    tcase_add_test(tc, a_lost_answer_is_explained);
    suite_add_tcase(suite, tc);
    return suite;
}
