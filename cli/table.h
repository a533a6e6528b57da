/* Rows and columns that fit the screen, with notes below a row. */
#ifndef SIGNET_CLI_TABLE_H
#define SIGNET_CLI_TABLE_H

#include "base/text.h"
#include "cli/screen.h"

#define TABLE_COLUMNS_MAX 8

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_BUSY, COLOUR_BAD, COLOUR_FAINT };

struct column {
    const char *heading;
    unsigned min; /* may be cut down to this many columns on a narrow screen; 0: is never cut */
    bool first;   /* is cut before the others are */
};

struct cell {
    char *text;    /* any text from anywhere; made plain when it is printed */
    bool bar;      /* instead of text: a bar of */
    unsigned used; /* this many percent, 0 to 100 */
    enum colour colour;
};

struct row {
    struct cell cells[TABLE_COLUMNS_MAX];
    struct strings notes;
};

struct table {
    const struct column *columns; /* borrowed */
    size_t n_columns;
    bool headings;
    struct row *rows;
    size_t n_rows;
};

void table_free(struct table *table);

/* A new last row, all cells empty; borrowed until the next one. NULL when out of memory. */
struct row *table_row(struct table *table, struct err *err);

int table_cell(struct row *row, size_t column, enum colour colour, struct err *err,
               const char *format, ...) __attribute__((format(printf, 5, 6)));
void table_bar(struct row *row, size_t column, enum colour colour, unsigned used);

/* Appends the table as text. No line is longer than the screen, as far as the columns' minimums
 * allow. */
int table_print(const struct table *table, const struct screen *screen, struct buf *ret,
                struct err *err);

/* Appends a bar of WIDTH columns: blocks in eighths, or '#' and '.' without UTF-8. */
int table_draw_bar(unsigned used, unsigned width, bool utf8, struct buf *ret, struct err *err);

/* Appends TEXT between the codes of COLOUR, when the screen has any. TEXT is plain already. */
int table_paint(const char *text, enum colour colour, const struct screen *screen, struct buf *ret,
                struct err *err);

#endif
