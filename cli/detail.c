#include "cli/detail.h"

#include "cli/moment.h"
#include "cli/plain.h"
#include "cli/render.h"
#include "cli/token_uri.h"

#include <inttypes.h>

#define BAR_WIDTH 20

/* Each adds its text to RET, or nothing when the entry does not have it. */
typedef int detail_value(const json_t *entry, const char *member, const struct screen *screen,
                         struct buf *ret, struct err *err);

static int text(const json_t *entry, const char *member, const struct screen *screen,
                struct buf *ret, struct err *err)
{
    return plain_add(json_text(entry, member, ""), screen->utf8, ret, err);
}

static int number(const json_t *entry, const char *member, const struct screen *screen,
                  struct buf *ret, struct err *err)
{
    (void)screen;
    int64_t value = json_number(entry, member, INT64_MIN);
    return value == INT64_MIN ? 0 : buf_printf(ret, err, "%" PRId64, value);
}

static int list(const json_t *entry, const char *member, const struct screen *screen,
                struct buf *ret, struct err *err)
{
    size_t i;
    json_t *value;
    json_array_foreach (json_object_get(entry, member), i, value) {
        const char *one = json_string_value(value);
        int rc = i > 0 ? buf_add_text(ret, ", ", err) : 0;
        if (rc == 0)
            rc = plain_add(one ? one : "?", screen->utf8, ret, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int state(const json_t *entry, const char *member, const struct screen *screen,
                 struct buf *ret, struct err *err)
{
    autobuf plain = {0};
    char time[MOMENT_MAX];
    const char *value = json_text(entry, member, "?");
    int64_t since = json_number(entry, "since", 0);
    int rc = plain_add(value, screen->utf8, &plain, err);
    if (rc == 0)
        rc = table_paint(buf_text(&plain), render_colour(value), screen, ret, err);
    return rc < 0 || since <= 0 ? rc : buf_printf(ret, err, " since %s", moment_time(since, time));
}

static int next(const json_t *entry, const char *member, const struct screen *screen,
                struct buf *ret, struct err *err)
{
    char time[MOMENT_MAX];
    int64_t when = json_number(entry, member, INT64_MIN);
    if (when == INT64_MIN)
        return 0;
    int rc = plain_add(json_text(entry, "next_action", ""), screen->utf8, ret, err);
    return rc < 0 ? rc : buf_printf(ret, err, " at %s", moment_time(when, time));
}

/* How long a person at the CA has kept us waiting, and may go on so. */
static int approval(const json_t *entry, const char *member, const struct screen *screen,
                    struct buf *ret, struct err *err)
{
    (void)screen;
    char from[MOMENT_MAX], to[MOMENT_MAX];
    int64_t since = json_number(entry, member, INT64_MIN);
    int64_t until = json_number(entry, "pending_until", INT64_MIN);
    if (since == INT64_MIN)
        return 0;
    int rc = buf_printf(ret, err, "waited for since %s", moment_time(since, from));
    return rc < 0 || until == INT64_MIN
               ? rc
               : buf_printf(ret, err, ", until %s", moment_time(until, to));
}

static int validity(const json_t *entry, const char *member, const struct screen *screen,
                    struct buf *ret, struct err *err)
{
    char from[MOMENT_MAX], to[MOMENT_MAX], span[MOMENT_MAX];
    int used = render_used(entry, screen->now);
    if (used < 0)
        return 0;
    int64_t end = json_number(entry, member, 0);
    moment_time(json_number(entry, "not_before", 0), from);
    return buf_printf(ret, err, "%s to %s (%s %s)", from, moment_time(end, to),
                      moment_span(end - screen->now, span), end <= screen->now ? "ago" : "left");
}

static int lifetime(const json_t *entry, const char *member, const struct screen *screen,
                    struct buf *ret, struct err *err)
{
    (void)member;
    int used = render_used(entry, screen->now);
    autobuf bar = {0};
    if (used < 0)
        return 0;
    int rc = table_draw_bar((unsigned)used, BAR_WIDTH, screen->utf8, &bar, err);
    if (rc == 0)
        rc = table_paint(buf_text(&bar), used == 100 ? COLOUR_BAD : COLOUR_NONE, screen, ret, err);
    return rc < 0 ? rc : buf_printf(ret, err, " %d%% used", used);
}

static int took(const json_t *entry, const char *member, const struct screen *screen,
                struct buf *ret, struct err *err)
{
    (void)screen;
    int64_t own = json_number(entry, member, -1);
    return own < 0
               ? 0
               : buf_printf(
                     ret, err, "key %" PRId64 " ms, server %" PRId64 " ms, the rest %" PRId64 " ms",
                     json_number(entry, "key_ms", 0), json_number(entry, "server_ms", 0), own);
}

/* MEMBER is the object's type here. An entry without a certificate has no URI, which is no error.
 */
static int uri(const json_t *entry, const char *member, const struct screen *screen,
               struct buf *ret, struct err *err)
{
    (void)screen;
    if (!json_object_get(entry, "token") || !json_object_get(entry, "not_after"))
        return 0;
    return token_uri(entry, member, ret, err);
}

static const struct {
    const char *label;
    const char *member;
    detail_value *value;
} details[] = {
    {"Description", "description", text},
    {"Scope tags", "scope_tags", list},
    {"State", "state", state},
    {"Reason", "reason", text},
    {"Approval", "pending_since", approval},
    {"Next", "next", next},
    {"Subject", "subject", text},
    {"Names", "sans", list},
    {"Issuer", "issuer", text},
    {"Serial", "serial", text},
    {"Valid", "not_after", validity},
    {"Lifetime", "", lifetime},
    {"Warnings", "warnings", list},
    {"Key", "key", text},
    {"Kept in", "key_storage", text},
    {"Generation", "generation", number},
    {"Server", "url", text},
    {"Transaction", "transaction_id", text},
    {"SHA-256", "fingerprint", text},
    {"Took", "own_ms", took},
    {"Certificate", "cert", uri},
    {"Private key", "private", uri},
};

int detail_render(const json_t *entry, const struct screen *screen, struct buf *ret,
                  struct err *err)
{
    int rc = text(entry, "profile", screen, ret, err);
    if (rc == 0)
        rc = buf_add_text(ret, " of ", err);
    if (rc == 0)
        rc = text(entry, "owner", screen, ret, err);
    if (rc == 0)
        rc = buf_add_text(ret, "\n", err);

    for (size_t i = 0; rc == 0 && i < LENGTH(details); i++) {
        autobuf value = {0};
        rc = details[i].value(entry, details[i].member, screen, &value, err);
        if (rc == 0 && value.len > 0)
            rc = buf_printf(ret, err, "  %-12s %s\n", details[i].label, buf_text(&value));
    }
    return rc;
}
