#include "cli/table.h"

#include "base/array.h"
#include "cli/plain.h"

#include <stdio.h>
#include <string.h>

#define GAP       2
#define BAR_WIDTH 10 /* where there is room */
#define BAR_TAIL  5  /* " 100%" */
#define BAR_LEAST 4  /* below this beside the figure, the bar stands alone */
#define INDENT    2
#define NOTE_MIN  8

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->n_rows; i++) {
        for (size_t c = 0; c < TABLE_COLUMNS_MAX; c++)
            free(table->rows[i].cells[c].text);
        strings_free(&table->rows[i].notes);
    }
    free(table->rows);
    *table = (struct table){0};
}

struct row *table_row(struct table *table, struct err *err)
{
    int rc = array_room(&table->rows, table->n_rows, sizeof *table->rows, err);
    return rc < 0 ? NULL : &table->rows[table->n_rows++];
}

int table_cell(struct row *row, size_t column, enum colour colour, struct err *err,
               const char *format, ...)
{
    va_list ap;
    char *text = NULL;
    va_start(ap, format);
    int n = vasprintf(&text, format, ap);
    va_end(ap);
    if (n < 0)
        return err_memory(err);
    free(row->cells[column].text);
    row->cells[column] = (struct cell){.text = text, .colour = colour};
    return 0;
}

void table_bar(struct row *row, size_t column, enum colour colour, unsigned used)
{
    free(row->cells[column].text);
    row->cells[column] = (struct cell){.bar = true, .used = used, .colour = colour};
}

static int repeat(const char *text, unsigned times, struct buf *ret, struct err *err)
{
    int rc = 0;
    while (rc == 0 && times-- > 0)
        rc = buf_add_text(ret, text, err);
    return rc;
}

int table_draw_bar(unsigned used, unsigned width, bool utf8, struct buf *ret, struct err *err)
{
    static const char *const part[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (used > 100)
        used = 100;
    unsigned eighths = used * width * 8 / 100, full = eighths / 8;
    unsigned some = utf8 && eighths % 8 ? 1 : 0;

    int rc = repeat(utf8 ? "█" : "#", full, ret, err);
    if (rc == 0 && some)
        rc = buf_add_text(ret, part[eighths % 8], err);
    return rc < 0 ? rc : repeat(utf8 ? "░" : ".", width - full - some, ret, err);
}

int table_paint(const char *text, enum colour colour, const struct screen *screen, struct buf *ret,
                struct err *err)
{
    static const char *const codes[] = {
        [COLOUR_GOOD] = "32", [COLOUR_BUSY] = "33", [COLOUR_BAD] = "31", [COLOUR_FAINT] = "2"};
    if (!screen->colour || colour == COLOUR_NONE || !*text)
        return buf_add_text(ret, text, err);
    return buf_printf(ret, err, "\033[%sm%s\033[0m", codes[colour], text);
}

static unsigned natural_width(const struct cell *cell, const struct screen *screen)
{
    autobuf plain = {0};
    if (cell->bar)
        return BAR_WIDTH + BAR_TAIL;
    return cell->text && plain_add(cell->text, screen->utf8, &plain, NULL) == 0
               ? plain_width(buf_text(&plain))
               : 0;
}

/* The widest of the columns that can still be cut, with those that go first before all others;
 * n_columns: none. */
static size_t next_to_cut(const struct table *table, const unsigned *widths)
{
    const struct column *columns = table->columns;
    size_t best = table->n_columns;
    for (size_t c = 0; c < table->n_columns; c++) {
        if (columns[c].min == 0 || widths[c] <= columns[c].min)
            continue;
        if (best == table->n_columns || columns[c].first > columns[best].first ||
            (columns[c].first == columns[best].first && widths[c] > widths[best]))
            best = c;
    }
    return best;
}

/* Every column as wide as its widest cell; then they are cut, one by one, until all fit or none can
 * be. */
static void lay_out(const struct table *table, const struct screen *screen, unsigned *widths)
{
    unsigned total = GAP * (unsigned)(table->n_columns - 1);
    for (size_t c = 0; c < table->n_columns; c++) {
        widths[c] = table->headings ? plain_width(table->columns[c].heading) : 0;
        for (size_t r = 0; r < table->n_rows; r++) {
            unsigned width = natural_width(&table->rows[r].cells[c], screen);
            widths[c] = width > widths[c] ? width : widths[c];
        }
        total += widths[c];
    }
    size_t cut;
    while (screen->width > 0 && total > screen->width &&
           (cut = next_to_cut(table, widths)) < table->n_columns) {
        widths[cut]--;
        total--;
    }
}

/* TEXT within WIDTH columns; what was cut off shows as an ellipsis. */
static int add_cut(const char *text, unsigned width, bool utf8, struct buf *ret, struct err *err)
{
    if (plain_width(text) <= width)
        return buf_add_text(ret, text, err);
    int rc = buf_add(ret, text, plain_fit(text, width - 1), err);
    return rc < 0 ? rc : buf_add_text(ret, utf8 ? "…" : "~", err);
}

static int fill_cell(const struct cell *cell, unsigned width, const struct screen *screen,
                     struct buf *ret, struct err *err)
{
    autobuf plain = {0};
    if (!cell->bar) {
        int rc = cell->text ? plain_add(cell->text, screen->utf8, &plain, err) : 0;
        return rc < 0 ? rc : add_cut(buf_text(&plain), width, screen->utf8, ret, err);
    }
    if (width < BAR_TAIL + BAR_LEAST)
        return table_draw_bar(cell->used, width, screen->utf8, ret, err);
    int rc = table_draw_bar(cell->used, width - BAR_TAIL, screen->utf8, ret, err);
    return rc < 0 ? rc : buf_printf(ret, err, " %3u%%", cell->used);
}

static int print_cells(const struct table *table, const struct cell *cells, const unsigned *widths,
                       const struct screen *screen, struct buf *ret, struct err *err)
{
    unsigned owed = 0; /* blanks are added only before something: no line ends in any */
    int rc = 0;
    for (size_t c = 0; rc == 0 && c < table->n_columns; c++) {
        autobuf text = {0};
        rc = fill_cell(&cells[c], widths[c], screen, &text, err);
        unsigned width = plain_width(buf_text(&text));
        if (rc == 0 && width > 0) {
            rc = repeat(" ", owed, ret, err);
            owed = 0;
        }
        if (rc == 0)
            rc = table_paint(buf_text(&text), cells[c].colour, screen, ret, err);
        owed += widths[c] - width + GAP;
    }
    return rc < 0 ? rc : buf_add_text(ret, "\n", err);
}

static int print_note(const char *note, const struct screen *screen, struct buf *ret,
                      struct err *err)
{
    autobuf plain = {0};
    int rc = plain_add(note, screen->utf8, &plain, err);
    const char *rest = buf_text(&plain);
    unsigned room = screen->width > INDENT + NOTE_MIN ? screen->width - INDENT : NOTE_MIN;

    rest += strspn(rest, " ");
    /* Wrapped rather than cut: here stands why something does not work. */
    while (rc == 0 && *rest) {
        size_t len = plain_line(rest, screen->width ? room : 0);
        rc = buf_printf(ret, err, "%*s%.*s\n", INDENT, "", (int)len, rest);
        rest += len;
        rest += strspn(rest, " ");
    }
    return rc;
}

static int print_headings(const struct table *table, const unsigned *widths,
                          const struct screen *screen, struct buf *ret, struct err *err)
{
    struct cell cells[TABLE_COLUMNS_MAX] = {0};
    for (size_t c = 0; c < table->n_columns; c++)
        cells[c] = (struct cell){.text = (char *)table->columns[c].heading, .colour = COLOUR_FAINT};
    return print_cells(table, cells, widths, screen, ret, err);
}

int table_print(const struct table *table, const struct screen *screen, struct buf *ret,
                struct err *err)
{
    unsigned widths[TABLE_COLUMNS_MAX];
    lay_out(table, screen, widths);
    int rc = table->headings ? print_headings(table, widths, screen, ret, err) : 0;
    for (size_t r = 0; rc == 0 && r < table->n_rows; r++) {
        rc = print_cells(table, table->rows[r].cells, widths, screen, ret, err);
        for (size_t i = 0; rc == 0 && i < table->rows[r].notes.n; i++)
            rc = print_note(table->rows[r].notes.v[i], screen, ret, err);
    }
    return rc;
}
