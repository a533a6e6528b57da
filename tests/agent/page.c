#include "tests/agent/page.h"

#include <arpa/inet.h>
#include <check.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

static void keep(struct buf *ret, const char *text)
{
    buf_clear(ret);
    if (text)
        buf_add_text(ret, text, NULL);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result answer(struct page *page, struct MHD_Connection *connection)
{
    bool known = !page->expected || strcmp(page->expected, buf_text(&page->authorization)) == 0;
    const char *body = known ? page->body : "who are you?";
    size_t len = known && page->len ? page->len : strlen(body);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, (void *)body, MHD_RESPMEM_MUST_COPY);
    if (page->location)
        MHD_add_response_header(response, "Location", page->location);
    enum MHD_Result r = MHD_queue_response(connection, known ? page->status : 401, response);
    MHD_destroy_response(response);
    return r;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state)
{
    struct page *page = context;
    (void)version;
    if (!*state) {
        *state = page;
        page->requests++;
        keep(&page->method, method);
        keep(&page->path, url);
        keep(&page->authorization, header(connection, "Authorization"));
        keep(&page->type, header(connection, "Content-Type"));
        keep(&page->received, NULL);
        return MHD_YES;
    }
    if (*size == 0)
        return answer(page, connection);
    buf_add(&page->received, data, *size, NULL);
    *size = 0;
    return MHD_YES;
}

void page_start(struct page *page)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    page->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, page,
                                    MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    ck_assert_ptr_nonnull(page->daemon);
    snprintf(page->url, sizeof page->url, "http://127.0.0.1:%u/page",
             MHD_get_daemon_info(page->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
}

void page_stop(struct page *page)
{
    struct buf *kept[] = {&page->method, &page->path, &page->authorization, &page->type,
                          &page->received};
    MHD_stop_daemon(page->daemon);
    for (size_t i = 0; i < LENGTH(kept); i++)
        buf_free(kept[i]);
}
