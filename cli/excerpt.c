#include "cli/excerpt.h"

#include "base/utf8.h"
#include "cli/plain.h"
#include "cli/table.h"

#include <string.h>

#define GUTTER    8   /* columns of "%5u | " */
#define WIDTH_MAX 120 /* columns of text where the screen has no width of its own */
#define WIDTH_MIN 20
#define AROUND    1000 /* bytes on both sides of a fault that are looked at at all */
#define TAB       8

static const char dots[] = "...";
#define DOTS 3

/* The part of a line that is looked at, and what is wrong in it, in bytes of that part. */
struct part {
    const char *text;
    size_t len, secret, first, last;
    bool before, after; /* is there more of the line? */
};

/* A walk over its characters: the one at hand, and how it is shown. */
struct walk {
    const struct part *part;
    bool utf8;
    size_t offset, len;
    unsigned column, width; /* on the screen, from 0 */
    char shown[16];
};

/* What of it is shown, in columns. */
struct window {
    unsigned from, to;
    bool before, after;          /* are there dots instead of more? */
    unsigned mark_from, mark_to; /* of the underline */
};

static struct part take_part(const struct line *line, struct span at)
{
    size_t first = at.column ? at.column - 1 : 0;
    first = first < line->len ? first : line->len;
    size_t begin = first > AROUND ? first - AROUND : 0;
    while (begin > 0 && ((unsigned char)line->text[begin] & 0xc0) == 0x80)
        begin--;
    size_t len = line->len - begin < 3 * AROUND ? line->len - begin : 3 * AROUND;
    size_t secret = line->secret > begin ? line->secret - begin : 0;
    return (struct part){.text = line->text + begin,
                         .len = len,
                         .secret = secret < len ? secret : len,
                         .first = first - begin,
                         .last = first - begin + at.length,
                         .before = begin > 0,
                         .after = begin + len < line->len};
}

static void show_character(struct walk *w, const char *text, size_t left)
{
    uint32_t code;
    autobuf plain = {0};
    char one[8] = "";
    w->len = utf8_next(text, left, &code);
    w->len = w->len ? w->len : 1;
    memcpy(one, text, w->len);
    bool shown = *one && plain_add(one, w->utf8, &plain, NULL) == 0;
    snprintf(w->shown, sizeof w->shown, "%s", shown ? buf_text(&plain) : "?");
}

/* The next character; false at the end. All that is secret is one, of three dots. */
static bool next(struct walk *w)
{
    const struct part *part = w->part;
    w->offset += w->len;
    w->column += w->width;
    if (w->offset >= part->len)
        return false;
    if (w->offset >= part->secret) {
        w->len = part->len - w->offset;
        strcpy(w->shown, dots);
    } else if (part->text[w->offset] == '\t') {
        w->len = 1;
        snprintf(w->shown, sizeof w->shown, "%*s", (int)(TAB - w->column % TAB), "");
    } else {
        show_character(w, part->text + w->offset, part->len - w->offset);
    }
    w->width = plain_width(w->shown);
    return true;
}

/* Is the character at hand one that is wrong, or the one before which something is missing? */
static bool is_wrong(const struct walk *w)
{
    const struct part *part = w->part;
    return w->offset + w->len > part->first && (w->offset < part->last || w->offset <= part->first);
}

/* The fault is in it, with something of what stands before. */
static struct window find_window(const struct part *part, const struct screen *screen)
{
    struct walk w = {.part = part, .utf8 = screen->utf8};
    struct window window = {0};
    bool found = false;
    while (next(&w)) {
        if (!is_wrong(&w))
            continue;
        window.mark_from = found ? window.mark_from : w.column;
        window.mark_to = w.column + w.width;
        found = true;
    }
    unsigned all = w.column, room = screen->width ? screen->width : WIDTH_MAX + GUTTER;
    room = room > WIDTH_MIN + GUTTER ? room - GUTTER : WIDTH_MIN;
    window.mark_from = found ? window.mark_from : all;
    if (window.mark_to <= window.mark_from)
        window.mark_to = window.mark_from + 1;
    all = all > window.mark_to ? all : window.mark_to;

    bool fits = all <= room, first = window.mark_to + DOTS <= room;
    unsigned ahead = window.mark_from < room / 3 ? window.mark_from : room / 3;
    window.from = fits || first ? 0 : window.mark_from - ahead;
    window.to = fits ? all : window.from + room;
    if (window.to > all) {
        window.from = all - room;
        window.to = all;
    }
    window.before = window.from > 0 || part->before;
    window.after = window.to < all || part->after;
    return window;
}

static int add_text(const struct part *part, const struct window *window, bool utf8,
                    struct buf *ret, struct err *err)
{
    struct walk w = {.part = part, .utf8 = utf8};
    unsigned from = window->from + (window->before ? DOTS : 0), at = from;
    unsigned to = window->to - (window->after ? DOTS : 0);
    int rc = window->before ? buf_add_text(ret, dots, err) : 0;
    while (rc == 0 && next(&w)) {
        if (w.column < from || w.column + w.width > to)
            continue;
        /* A wide character may have been cut in two. */
        rc = buf_printf(ret, err, "%*s%s", (int)(w.column - at), "", w.shown);
        at = w.column + w.width;
    }
    if (rc == 0 && window->after)
        rc = buf_printf(ret, err, "%*s%s", (int)(to > at ? to - at : 0), "", dots);
    return rc < 0 ? rc : buf_add_text(ret, "\n", err);
}

static int add_underline(const struct window *window, enum colour colour,
                         const struct screen *screen, struct buf *ret, struct err *err)
{
    autobuf line = {0};
    unsigned to = window->mark_to < window->to ? window->mark_to : window->to;
    int rc = buf_printf(ret, err, "      | %*s", (int)(window->mark_from - window->from), "");
    for (unsigned i = window->mark_from; rc == 0 && i < to; i++)
        rc = buf_add_text(&line, i == window->mark_from ? "^" : "~", err);
    if (rc == 0)
        rc = table_paint(buf_text(&line), colour, screen, ret, err);
    return rc < 0 ? rc : buf_add_text(ret, "\n", err);
}

int excerpt_add(const struct line *line, struct span at, bool warning, const struct screen *screen,
                struct buf *ret, struct err *err)
{
    const struct part part = take_part(line, at);
    const struct window window = find_window(&part, screen);
    int rc = buf_printf(ret, err, "%5u | ", at.line);
    if (rc == 0)
        rc = add_text(&part, &window, screen->utf8, ret, err);
    if (rc == 0 && at.column)
        rc = add_underline(&window, warning ? COLOUR_BUSY : COLOUR_BAD, screen, ret, err);
    return rc;
}
