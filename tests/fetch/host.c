#include "tests/fetch/host.h"

#include "base/cleanup.h"
#include "base/io.h"
#include "base/text.h"
#include "tests/ca/issue.h"
#include "tests/patience.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define REQUEST_MAX (1024u * 1024)

struct host_notes {
    unsigned connections;
    size_t len;
    char text[1024 * 1024];
};

struct host_line {
    int fd;
    SSL *ssl;   /* NULL: plain */
    bool later; /* a certificate is asked for behind the request */
    struct host_notes *notes;
    struct buf rest;
};

/* --- bytes --- */

static ssize_t receive(struct host_line *line, void *data, size_t size)
{
    return line->ssl ? SSL_read(line->ssl, data, (int)size) : read(line->fd, data, size);
}

bool host_write(struct host_line *line, const void *data, size_t len)
{
    if (line->ssl)
        return len == 0 || SSL_write(line->ssl, data, (int)len) > 0;
    return io_write(line->fd, data, len, PATIENCE, NULL) == 0;
}

bool host_say(struct host_line *line, const char *text)
{
    return host_write(line, text, strlen(text));
}

void host_wait(struct host_line *line)
{
    char some[4096];
    while (receive(line, some, sizeof some) > 0)
        ;
}

void host_reset(struct host_line *line)
{
    const struct linger now = {.l_onoff = 1};
    setsockopt(line->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(steal_fd(&line->fd));
}

static void note(struct host_notes *notes, const struct buf *request)
{
    size_t at = __atomic_fetch_add(&notes->len, request->len + 1, __ATOMIC_SEQ_CST);
    if (at + request->len + 1 >= sizeof notes->text)
        _exit(1);
    for (size_t i = 0; i < request->len; i++) /* it is searched as a text */
        notes->text[at + i] = request->data[i] ? (char)request->data[i] : '?';
    notes->text[at + request->len] = '\n';
}

static size_t whole_length(const struct buf *got)
{
    const char *text = buf_text(got), *end = strstr(text, "\r\n\r\n");
    const char *field = strcasestr(text, "\r\nContent-Length:");
    if (!end)
        return SIZE_MAX;
    return (size_t)(end + 4 - text) + (field && field < end ? (size_t)atol(field + 17) : 0);
}

#define ASKING (SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT)

/* The client is waiting for its answer, so there is nothing to read but the handshake. */
static bool ask_for_certificate(SSL *ssl)
{
    char none;
    bool old = SSL_version(ssl) < TLS1_3_VERSION;
    SSL_set_verify(ssl, ASKING, NULL);
    SSL_set_options(ssl, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    SSL_clear_mode(ssl, SSL_MODE_AUTO_RETRY);
    if ((old ? SSL_renegotiate(ssl) : SSL_verify_client_post_handshake(ssl)) != 1 ||
        SSL_do_handshake(ssl) != 1)
        return false;
    int rc = -1;
    while (!SSL_get0_peer_certificate(ssl) &&
           ((rc = SSL_peek(ssl, &none, 1)) > 0 || SSL_get_error(ssl, rc) == SSL_ERROR_WANT_READ))
        ;
    return SSL_get0_peer_certificate(ssl) && (!SSL_in_init(ssl) || SSL_do_handshake(ssl) == 1);
}

bool host_read(struct host_line *line, struct buf *ret)
{
    char some[4096];
    buf_clear(ret);
    while (ret->len < REQUEST_MAX && ret->len < whole_length(ret)) {
        ssize_t n = receive(line, some, sizeof some);
        if (n <= 0 || buf_add(ret, some, (size_t)n, NULL) < 0)
            return false;
    }
    if (line->later && !ask_for_certificate(line->ssl))
        return false;
    line->later = false;
    note(line->notes, ret);
    return true;
}

/* --- ways to serve --- */

void host_text(struct host_line *line, const void *text)
{
    autobuf request = {0};
    if (host_read(line, &request))
        host_say(line, text);
}

static int call(unsigned port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        _exit(1);
    return fd;
}

/* As HTTP/1.0, so that the answer ends with the connection. */
static void pass_on(struct host_line *line, struct buf *request, unsigned port)
{
    struct host_line to = {.fd = call(port)};
    char some[4096], *version = strstr((char *)request->data, " HTTP/1.1\r\n");
    if (version)
        version[8] = '0';
    host_write(&to, request->data, request->len);
    for (ssize_t n; (n = receive(&to, some, sizeof some)) > 0;)
        host_write(line, some, (size_t)n);
    close(to.fd);
}

void host_relay(struct host_line *line, const void *port)
{
    autobuf request = {0};
    if (host_read(line, &request))
        pass_on(line, &request, *(const unsigned *)port);
}

/* Both ways, until either end hangs up. */
static void tunnel(int one, int other)
{
    struct pollfd ends[2] = {{.fd = one, .events = POLLIN}, {.fd = other, .events = POLLIN}};
    char some[4096];
    while (poll(ends, 2, PATIENCE_MS) > 0)
        for (int i = 0; i < 2; i++) {
            ssize_t n = ends[i].revents ? read(ends[i].fd, some, sizeof some) : -1;
            if (n == 0 || (n > 0 && io_write(ends[!i].fd, some, (size_t)n, PATIENCE, NULL) < 0))
                return;
        }
}

void host_proxy(struct host_line *line, const void *wanted)
{
    autobuf request = {0};
    if (!host_read(line, &request))
        return;
    const char *text = buf_text(&request);
    if (wanted && !strstr(text, wanted)) {
        host_say(line, "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                       "Content-Length: 0\r\n\r\n");
        return;
    }
    bool through = strncmp(text, "CONNECT ", 8) == 0;
    const char *host = through ? text + 8 : strstr(text, "://");
    const char *port = host ? strchr(host + 3, ':') : NULL;
    if (!port)
        return;
    unsigned number = (unsigned)atol(port + 1);
    if (!through) {
        pass_on(line, &request, number);
        return;
    }
    int to = call(number);
    host_say(line, "HTTP/1.1 200 There you are\r\n\r\n");
    tunnel(line->fd, to);
}

/* --- processes --- */

static SSL_CTX *make_tls(const struct host *host)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(tls, 0);
    SSL_CTX_use_certificate(tls, host->identity->certificate);
    SSL_CTX_use_PrivateKey(tls, host->identity->key);
    if (host->chain)
        SSL_CTX_add1_chain_cert(tls, host->chain);
    if (host->highest) {
        SSL_CTX_set_min_proto_version(tls, 0);
        SSL_CTX_set_max_proto_version(tls, host->highest);
    }
    if (host->asks) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), host->asks);
        SSL_CTX_set_session_id_context(tls, (const uint8_t *)"host", 4);
        if (!host->later)
            SSL_CTX_set_verify(tls, ASKING, NULL);
    }
    return tls;
}

static void connection(const struct host *host, SSL_CTX *tls, int fd)
{
    struct host_line line = {.fd = fd, .notes = host->notes, .later = host->later};
    if (tls) {
        line.ssl = SSL_new(tls);
        SSL_set_fd(line.ssl, fd);
        if (SSL_accept(line.ssl) <= 0)
            _exit(0);
    }
    host->serve(&line, host->context);
    if (line.ssl && line.fd >= 0)
        SSL_shutdown(line.ssl);
    _exit(0);
}

static void run(const struct host *host, int listener)
{
    SSL_CTX *tls = host->identity ? make_tls(host) : NULL;
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0; close(fd)) {
        __atomic_fetch_add(&host->notes->connections, 1, __ATOMIC_SEQ_CST);
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            connection(host, tls, fd);
        }
    }
    _exit(0);
}

static int listen_on_loopback(bool ipv6, unsigned *ret_port)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {0};
    socklen_t len = ipv6 ? sizeof address.v6 : sizeof address.v4;
    address.any.sa_family = ipv6 ? AF_INET6 : AF_INET;
    if (ipv6)
        address.v6.sin6_addr = in6addr_loopback;
    else
        address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, &address.any, len), 0);
    ck_assert_int_eq(listen(fd, 50), 0);
    ck_assert_int_eq(getsockname(fd, &address.any, &len), 0);
    *ret_port = ntohs(ipv6 ? address.v6.sin6_port : address.v4.sin_port);
    return fd;
}

void host_start(struct host *host)
{
    int listener = listen_on_loopback(host->ipv6, &host->port);
    snprintf(host->url, sizeof host->url, "%s://%s:%u/scep", host->identity ? "https" : "http",
             host->ipv6 ? "[::1]" : "127.0.0.1", host->port);
    host->notes =
        mmap(NULL, sizeof *host->notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    host->pid = fork();
    if (host->pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run(host, listener);
    }
    setpgid(host->pid, host->pid);
    close(listener);
}

void host_stop(struct host *host)
{
    if (host->pid <= 0)
        return;
    kill(-host->pid, SIGKILL);
    waitpid(host->pid, NULL, 0);
    munmap(host->notes, sizeof *host->notes);
    host->pid = 0;
}

unsigned host_connections(const struct host *host)
{
    return __atomic_load_n(&host->notes->connections, __ATOMIC_SEQ_CST);
}

unsigned host_asked(const struct host *host, const char *text)
{
    unsigned n = 0;
    for (const char *p = host->notes->text; (p = strstr(p, text)); p++)
        n++;
    return n;
}

/* --- certificates --- */

struct identity host_identity(const struct identity *ca, const char *san, long from, long to)
{
    static long serial = 100;
    struct identity made = {.certificate = X509_new(), .key = EVP_EC_gen("P-256")};
    X509 *c = made.certificate;
    X509V3_CTX context;
    X509V3_set_ctx(&context, ca->certificate, c, NULL, NULL, 0);
    CLEANUP(X509_NAME_free_p) X509_NAME *name = X509_NAME_new();
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, san);
    ck_assert(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"a server", -1,
                                         -1, 0) &&
              X509_set_version(c, X509_VERSION_3) &&
              ASN1_INTEGER_set(X509_get_serialNumber(c), serial++) &&
              X509_set_subject_name(c, name) &&
              X509_set_issuer_name(c, X509_get_subject_name(ca->certificate)) &&
              X509_gmtime_adj(X509_getm_notBefore(c), from) &&
              X509_gmtime_adj(X509_getm_notAfter(c), to) && X509_set_pubkey(c, made.key) && names &&
              X509_add_ext(c, names, -1) && X509_sign(c, ca->key, EVP_sha256()));
    X509_EXTENSION_free(names);
    return made;
}

struct identity host_ca(const char *name, const struct identity *above)
{
    struct identity made = issue_ca(name, true);
    if (above) {
        X509_set_issuer_name(made.certificate, X509_get_subject_name(above->certificate));
        ck_assert(X509_sign(made.certificate, above->key, EVP_sha256()));
    }
    return made;
}

struct identity host_rsa(const struct identity *ca, const char *name)
{
    const struct issue_plan plan = {
        .name = name, .bits = 2048, .usage = "critical,digitalSignature"};
    return issue_under(ca, &plan, 7);
}

void host_identity_free(struct identity *identity)
{
    identity_free(identity);
}
