#include "tests/ca/http.h"

#include "base/fs.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX (1024u * 1024)
#define HUGE        (100u * 1024 * 1024)

/* In front of a rule: it holds for requests to http://HOST/other only. */
#define OTHER "other/"

static bool add_rule(const struct http *http, const char *word, bool other)
{
    bool for_other = strncmp(word, OTHER, strlen(OTHER)) == 0;
    return (for_other && !other) || ca_behave(http->ca, word + (for_other ? strlen(OTHER) : 0));
}

static void read_rules(const struct http *http, bool other)
{
    ca_behave_well(http->ca);
    for (size_t i = 0; i < http->rules->n; i++)
        add_rule(http, http->rules->v[i], other);
    autobuf text = {0};
    if (!http->rules_file || fs_read(AT_FDCWD, http->rules_file, 4096, &text, NULL) < 0 ||
        !text.len)
        return;
    char *rest = (char *)text.data;
    for (char *word; (word = strsep(&rest, " \t\r\n"));)
        if (*word && !add_rule(http, word, other))
            fprintf(stderr, "%s: no such rule: %s\n", http->rules_file, word);
}

/* ANSWER's bytes without end, as far as anybody would read. */
static ssize_t read_huge(void *context, uint64_t at, char *data, size_t max)
{
    (void)context;
    (void)at;
    memset(data, '0', max);
    return (ssize_t)max;
}

/* The only thread of its own here, so that a slow answer holds up no other. It ends with its
 * peer. */
static void *drip(void *context)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    int fd = *(int *)context;
    free(context);
    for (size_t i = 0; i < 100000; i++) {
        const char *byte = i < sizeof head - 1 ? &head[i] : "0";
        if (send(fd, byte, 1, MSG_NOSIGNAL) != 1)
            break;
        if (i >= sizeof head - 1)
            sleep(1);
    }
    close(fd);
    return NULL;
}

static void start_drip(struct MHD_Connection *connection, int fd)
{
    pthread_t thread;
    int *own = malloc(sizeof *own);
    if (!own || (*own = dup(fd)) < 0 || pthread_create(&thread, NULL, drip, own) != 0)
        abort();
    pthread_detach(thread);
    MHD_suspend_connection(connection);
}

static int socket_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* A body of which half arrives. */
struct half {
    struct buf body;
};

static ssize_t read_half(void *context, uint64_t at, char *data, size_t max)
{
    const struct half *half = context;
    size_t end = half->body.len / 2;
    if (at >= end)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = end - (size_t)at < max ? end - (size_t)at : max;
    memcpy(data, half->body.data + at, n);
    return (ssize_t)n;
}

static void free_half(void *context)
{
    struct half *half = context;
    buf_free(&half->body);
    free(half);
}

static struct MHD_Response *make_response(struct ca_answer *answer)
{
    if (answer->delivery == CA_HUGE)
        return MHD_create_response_from_callback(HUGE, 64 * 1024, read_huge, NULL, NULL);
    if (answer->delivery != CA_CUT_OFF)
        return MHD_create_response_from_buffer(answer->body.len, answer->body.data,
                                               MHD_RESPMEM_MUST_COPY);
    struct half *half = calloc(1, sizeof *half);
    if (!half)
        return NULL;
    half->body = answer->body;
    answer->body = (struct buf){0};
    return MHD_create_response_from_callback(half->body.len, 512, read_half, half, free_half);
}

static void add_headers(struct MHD_Response *response, const struct ca_answer *answer,
                        const char *url, const char *operation)
{
    autofree char *here = text_format("%s?operation=%s", url, operation);
    autofree char *after = text_format("%d", answer->retry_after);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    if (answer->location)
        MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION,
                                *answer->location ? answer->location : here);
    if (answer->retry_after)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, after);
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct ca_answer *answer,
                                   const char *url, const char *operation)
{
    switch (answer->delivery) {
    case CA_CLOSE:
        return MHD_NO;
    case CA_CUT_HEADERS:
        send(socket_of(connection), "HTTP/1.1 20", 11, MSG_NOSIGNAL);
        return MHD_NO;
    case CA_DRIP:
        start_drip(connection, socket_of(connection));
        return MHD_YES;
    case CA_HANG:
        MHD_suspend_connection(connection);
        return MHD_YES;
    default:
        break;
    }
    struct MHD_Response *response = make_response(answer);
    if (!response)
        return MHD_NO;
    add_headers(response, answer, url, operation);
    enum MHD_Result r = MHD_queue_response(connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return r;
}

static enum MHD_Result respond(struct http *http, struct MHD_Connection *connection,
                               const char *url, bool post, const struct buf *body)
{
    bool other = strcmp(url, "/other") == 0;
    const char *operation =
        MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "operation");
    const char *message = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "message");
    autobuf decoded = {0};
    if (!operation)
        operation = "";
    if (!post && message && strcmp(operation, "PKIOperation") == 0)
        ca_decode(message, &decoded);
    read_rules(http, other);
    struct ca_answer answer;
    ca_respond(http->ca, operation, post ? body : &decoded, post, &answer);
    if (http->log) {
        fprintf(http->log, "%s%s %s %d %s\n", other ? OTHER : "", post ? "POST" : "GET",
                *operation ? operation : "-", answer.status, ca_last(http->ca));
        fflush(http->log);
    }
    enum MHD_Result r = send_answer(connection, &answer, url, operation);
    buf_free(&answer.body);
    return r;
}

/* Called at the headers, for each part of the body, and at its end. */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state)
{
    (void)version;
    struct buf *body = *state;
    if (!body) {
        *state = calloc(1, sizeof *body);
        return *state ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        bool fits = body->len + *size <= REQUEST_MAX && buf_add(body, data, *size, NULL) == 0;
        *size = 0;
        return fits ? MHD_YES : MHD_NO;
    }
    return respond(context, connection, url, strcmp(method, "POST") == 0, body);
}

static void finish(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    if (*state)
        buf_free(*state);
    free(*state);
    *state = NULL;
}

unsigned http_start(struct http *http, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME, (uint16_t)port, NULL, NULL,
        handle, http, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED, finish, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(256 * 1024), MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        daemon ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    return info ? info->port : 0;
}
