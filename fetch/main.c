/* signet-fetch [--keytab FILE]: HTTP(S) requests, one after the other, until standard input ends.
 * The only process of ours with a network socket, and it can neither read the store nor write a
 * file; the agent keeps the keys. Speaks fetch/frame.h on standard input and output. */
#include "fetch/auth.h"
#include "fetch/http.h"
#include "base/landlock.h"
#include "base/log.h"
#include "base/proc.h"

#include <curl/curl.h>
#include <string.h>

#define REQUEST_WAIT_MS   600000
#define ANSWER_WAIT_MS    10000
#define SIGNATURE_WAIT_MS 30000 /* a TPM is slow, and others use it, too */

DEFINE_CLEANUP(CURL *, curl_easy_cleanup)

/* What name resolution, TLS and Kerberos read. Not all of /etc: the profiles and their challenges
 * are there. */
static const char *const readable[] = {
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/gai.conf",
    "/etc/gnutls",
    "/etc/gss",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/krb5.conf",
    "/etc/krb5.conf.d",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/pki",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl",
    "/lib",
    "/lib64",
    "/usr",
    "/var/lib/ca-certificates",
    "/var/lib/sss/pipes",
    "/var/lib/sss/pubconf",
    "/run/NetworkManager",
    "/run/resolvconf",
    "/run/systemd/resolve",
    "/dev/urandom",
    "/proc/sys",
#ifdef __SANITIZE_ADDRESS__
    "/proc", /* its search for leaks */
#endif
};

/* The agent signs, between a request and its answer. */
static int ask_agent(void *context, const char *scheme, const void *content, size_t len,
                     struct buf *ret, struct err *err)
{
    struct io_lines *lines = context;
    CLEANUP(fetch_answer_free) struct fetch_answer question = {0};
    deadline until = deadline_in(SIGNATURE_WAIT_MS);
    strncpy(question.scheme, scheme, sizeof question.scheme - 1);
    int rc = buf_add(&question.body, content, len, err);
    if (rc == 0)
        rc = fetch_answer_send(lines->fd, &question, until, err);
    return rc < 0 ? rc : fetch_signature_receive(lines, until, ret, err);
}

/* Returns 1 after an answer, 0 when the agent has hung up. */
static int serve(struct fetch_client *client, struct io_lines *lines, struct err *err)
{
    CLEANUP(fetch_request_free) struct fetch_request request = {0};
    CLEANUP(fetch_answer_free) struct fetch_answer answer = {0};
    struct err fault;

    int rc = fetch_request_receive(lines, deadline_in(REQUEST_WAIT_MS), &request, err);
    if (rc <= 0)
        return rc;
    rc = fetch_http(client, &request, &answer, &fault);
    deadline until = deadline_in(ANSWER_WAIT_MS);
    rc = rc == 0 ? fetch_answer_send(lines->fd, &answer, until, err)
                 : fetch_error_send(lines->fd, &fault, answer.timed_out, until, err);
    return rc < 0 ? rc : 1;
}

/* From here on, nothing but these and the keytab can be read. */
static int confine(const char *keytab, struct err *err)
{
    const char *paths[LENGTH(readable) + 2];
    bool confined = false;
    memcpy(paths, readable, sizeof readable);
    paths[LENGTH(readable)] = keytab;
    paths[LENGTH(readable) + 1] = NULL;
    int rc = landlock_confine(paths, NULL, true, &confined, err);
    if (rc == 0 && !confined)
        log_line(LOG_NOTICE, "this kernel has no Landlock: signet-fetch runs unconfined");
    return rc;
}

static int run(const char *keytab, struct err *err)
{
    struct io_lines lines = {.fd = STDIN_FILENO, .max = FETCH_LINE_MAX};

    int rc = confine(keytab, err);
    if (rc < 0)
        return rc;

    CLEANUP(curl_easy_cleanup_p) CURL *curl = curl_easy_init();
    struct fetch_client client = {.curl = curl, .tls = {.signer = ask_agent, .context = &lines}};
    if (!curl)
        return err_memory(err);
    while ((rc = serve(&client, &lines, err)) > 0)
        ;
    buf_free(&lines.buffer);
    return rc;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    const char *keytab = argc == 3 && strcmp(argv[1], "--keytab") == 0 ? argv[2] : NULL;

    log_open("signet-fetch", LOG_INFO);
    if (argc > 1 && !keytab) {
        log_line(LOG_ERR, "usage: signet-fetch [--keytab FILE]");
        return 2;
    }
    /* Before any library looks round. */
    int rc = proc_harden(&err);
    if (rc == 0 && keytab)
        rc = fetch_auth_keytab(keytab, &err);
    if (rc == 0 && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return EXIT_FAILURE;
    if (rc == 0)
        rc = run(keytab, &err);
    if (rc < 0)
        log_line(LOG_ERR, "%s", err.text);
    curl_global_cleanup();
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
