#include "cli/render.h"

#include "cli/moment.h"
#include "cli/token_uri.h"

#include <string.h>

/* No certificate is valid from before 1900 or beyond the year 9999. */
#define TIME_FIRST INT64_C(-2208988800)
#define TIME_LAST  INT64_C(253402300799)

static bool has_time(const json_t *entry, const char *name, int64_t *ret)
{
    int64_t when = json_number(entry, name, INT64_MIN);
    if (when < TIME_FIRST || when > TIME_LAST)
        return false;
    *ret = when;
    return true;
}

int render_used(const json_t *entry, int64_t now)
{
    int64_t from, to;
    if (!has_time(entry, "not_before", &from) || !has_time(entry, "not_after", &to))
        return -1;
    if (now >= to)
        return 100;
    return now <= from ? 0 : (int)((now - from) * 100 / (to - from));
}

static const struct {
    const char *state;
    enum colour colour;
} colours[] = {
    {"installed", COLOUR_GOOD}, {"renewing", COLOUR_BUSY},        {"requesting", COLOUR_BUSY},
    {"pending", COLOUR_BUSY},   {"waiting", COLOUR_BUSY},         {"error", COLOUR_BAD},
    {"expired", COLOUR_BAD},    {"not-applicable", COLOUR_FAINT}, {"removed", COLOUR_FAINT},
};

enum colour render_colour(const char *state)
{
    for (size_t i = 0; i < LENGTH(colours); i++)
        if (strcmp(colours[i].state, state) == 0)
            return colours[i].colour;
    return COLOUR_NONE;
}

enum { PROFILE, OWNER, STATE, EXPIRES, LIFETIME, NEXT, COLUMNS };

static const struct column status_columns[COLUMNS] = {
    [PROFILE] = {.heading = "PROFILE", .min = 8},
    [OWNER] = {.heading = "OWNER", .min = 6},
    [STATE] = {.heading = "STATE"},
    [EXPIRES] = {.heading = "EXPIRES"},
    [LIFETIME] = {.heading = "USED", .min = 5, .first = true},
    [NEXT] = {.heading = "NEXT"},
};

static int add_expiry(const json_t *entry, const struct screen *screen, struct row *row,
                      struct err *err)
{
    int64_t to;
    char date[MOMENT_MAX], span[MOMENT_MAX];
    int used = render_used(entry, screen->now);
    if (used < 0 || !has_time(entry, "not_after", &to))
        return table_cell(row, EXPIRES, COLOUR_FAINT, err, "-");

    bool expired = to <= screen->now;
    enum colour colour = expired ? COLOUR_BAD : COLOUR_NONE;
    table_bar(row, LIFETIME, colour, (unsigned)used);
    return table_cell(row, EXPIRES, colour, err, "%s (%s%s)", moment_date(to, date),
                      moment_span(to - screen->now, span), expired ? " ago" : "");
}

/* What began just now is no news to whoever has just asked for it. */
#define JUST_NOW 10 /* seconds */
#define DAY      (24 * 3600)

/* What is near is told as a span, what is far as a date. */
static int add_next(const json_t *entry, const struct screen *screen, struct row *row,
                    struct err *err)
{
    int64_t next;
    char text[MOMENT_MAX];
    const char *action = json_text(entry, "next_action", "");
    if (!has_time(entry, "next", &next))
        return 0;
    if (next <= screen->now)
        return table_cell(row, NEXT, COLOUR_NONE, err, "%s now", action);
    if (next - screen->now < 2 * DAY)
        return table_cell(row, NEXT, COLOUR_NONE, err, "%s in %s", action,
                          moment_span(next - screen->now, text));
    return table_cell(row, NEXT, COLOUR_NONE, err, "%s %s", action, moment_date(next, text));
}

static int add_reason(const json_t *entry, const struct screen *screen, struct row *row,
                      struct err *err)
{
    const char *reason = json_text(entry, "reason", "");
    char span[MOMENT_MAX], date[MOMENT_MAX];
    int64_t since, until;
    if (!*reason)
        return 0;
    if (has_time(entry, "pending_since", &since) && has_time(entry, "pending_until", &until) &&
        since <= screen->now)
        return strings_printf(&row->notes, err, "%s (for %s; a new request %s%s)", reason,
                              moment_span(screen->now - since, span),
                              until > screen->now ? "on " : "after the next poll",
                              until <= screen->now            ? ""
                              : until - screen->now < 2 * DAY ? moment_time(until, date)
                                                              : moment_date(until, date));
    if (!has_time(entry, "since", &since) || since <= 0 || since > screen->now - JUST_NOW)
        return strings_add(&row->notes, reason, err);
    return strings_printf(&row->notes, err, "%s (for %s)", reason,
                          moment_span(screen->now - since, span));
}

static int add_notes(const json_t *entry, const struct screen *screen, struct row *row,
                     struct err *err)
{
    int rc = add_reason(entry, screen, row, err);

    size_t i;
    json_t *value;
    json_array_foreach (json_object_get(entry, "warnings"), i, value) {
        const char *text = json_string_value(value);
        if (rc == 0)
            rc = strings_printf(&row->notes, err, "warning: %s", text ? text : "");
    }
    return rc;
}

static int add_status_row(struct table *table, const json_t *entry, const struct screen *screen,
                          struct err *err)
{
    const char *state = json_text(entry, "state", "?");
    struct row *row = table_row(table, err);
    if (!row)
        return -ERR_RESOURCE;
    int rc = table_cell(row, PROFILE, COLOUR_NONE, err, "%s", json_text(entry, "profile", "?"));
    if (rc == 0)
        rc = table_cell(row, OWNER, COLOUR_NONE, err, "%s", json_text(entry, "owner", "?"));
    if (rc == 0)
        rc = table_cell(row, STATE, render_colour(state), err, "%s", state);
    if (rc == 0)
        rc = add_expiry(entry, screen, row, err);
    if (rc == 0)
        rc = add_next(entry, screen, row, err);
    return rc < 0 ? rc : add_notes(entry, screen, row, err);
}

int render_status(const json_t *entries, const struct screen *screen, struct buf *ret,
                  struct err *err)
{
    if (json_array_size(entries) == 0)
        return buf_add_text(ret, "No profile applies here, and there is no certificate.\n", err);

    CLEANUP(table_free)
    struct table table = {.columns = status_columns, .n_columns = COLUMNS, .headings = true};
    size_t i;
    json_t *entry;
    json_array_foreach ((json_t *)entries, i, entry) {
        int rc = add_status_row(&table, entry, screen, err);
        if (rc < 0)
            return rc;
    }
    return table_print(&table, screen, ret, err);
}

static int add_list_row(struct table *table, const json_t *entry, struct err *err)
{
    char time[MOMENT_MAX];
    int64_t to;
    autobuf uri = {0};
    if (!has_time(entry, "not_after", &to) || token_uri(entry, "cert", &uri, NULL) < 0)
        return 0; /* no certificate */

    struct row *row = table_row(table, err);
    if (!row)
        return -ERR_RESOURCE;
    const char *const texts[] = {
        json_text(entry, "profile", "?"),
        json_text(entry, "owner", "?"),
        json_text(entry, "subject", "?"),
        json_text(entry, "serial", "?"),
        moment_time(to, time),
        buf_text(&uri),
    };
    int rc = 0;
    for (size_t c = 0; rc == 0 && c < LENGTH(texts); c++)
        rc = table_cell(row, c, COLOUR_NONE, err, "%s", texts[c]);
    return rc;
}

int render_list(const json_t *entries, const struct screen *screen, struct buf *ret,
                struct err *err)
{
    static const struct column columns[6] = {{0}};
    struct screen unlimited = *screen;
    unlimited.width = 0;

    CLEANUP(table_free) struct table table = {.columns = columns, .n_columns = LENGTH(columns)};
    size_t i;
    json_t *entry;
    json_array_foreach ((json_t *)entries, i, entry) {
        int rc = add_list_row(&table, entry, err);
        if (rc < 0)
            return rc;
    }
    return table_print(&table, &unlimited, ret, err);
}
