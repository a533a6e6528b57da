#include "profile/conf.h"

#include "base/array.h"
#include "base/clean.h"
#include "profile/problem.h"

#include <string.h>

/* A file that is no configuration at all gets no more lines than this. */
#define PROBLEMS_PER_FILE 20

/* One file on its way in. */
struct reader {
    const char *path;
    unsigned number; /* of the line at hand */
    const char *line;
    size_t len;
    struct conf part; /* what the file gave so far */
    bool headless;    /* below the head of a section that cannot be read: its lines are nobody's */
    char *key;        /* the line that is open: more may follow */
    unsigned key_number;
    struct buf value, comment; /* its value and comments so far */
    struct conf_piece *pieces; /* where they stand */
    size_t n_pieces;
};

static void wipe_free(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

static void section_free(struct conf_section *section)
{
    for (size_t i = 0; i < section->n; i++) {
        free(section->lines[i].key);
        wipe_free(section->lines[i].value); /* may be a challenge */
        wipe_free(section->lines[i].comment);
        free(section->lines[i].pieces);
    }
    free(section->lines);
    free(section->kind);
    free(section->name);
    free(section->file);
}

void conf_free(struct conf *conf)
{
    for (size_t i = 0; i < conf->n; i++)
        section_free(&conf->sections[i]);
    free(conf->sections);
    problems_free(&conf->problems);
    *conf = (struct conf){0};
}

static void reader_free(struct reader *r)
{
    conf_free(&r->part);
    free(r->key);
    free(r->pieces);
    buf_free(&r->value);
    buf_free(&r->comment);
}

/* About LEN bytes of the line at hand. */
static int complain_at(struct reader *r, size_t offset, size_t len, struct err *err,
                       const char *what)
{
    struct span at = {r->number, (unsigned)offset + 1, (unsigned)len};
    return problem_at(&r->part.problems, r->path, at, err, "%s", what);
}

/* About all of it. */
static int complain(struct reader *r, struct err *err, const char *what)
{
    size_t blanks = strspn(r->line, " ");
    return complain_at(r, blanks, r->len - blanks, err, what);
}

/* Hands the open line over to its section. */
static int close_line(struct reader *r, struct err *err)
{
    if (!r->key)
        return 0;
    if (r->headless) {
        wipe_free(r->key);
        free(r->pieces);
        r->key = NULL;
        r->pieces = NULL;
        r->n_pieces = 0;
        buf_clear(&r->value);
        buf_clear(&r->comment);
        return 0;
    }
    struct conf_section *section = &r->part.sections[r->part.n - 1];
    int rc = array_room(&section->lines, section->n, sizeof *section->lines, err);
    if (rc < 0)
        return rc;
    struct conf_line *line = &section->lines[section->n++];
    line->number = r->key_number;
    line->key = steal(&r->key);
    line->value = strdup(buf_text(&r->value));
    line->comment = r->comment.len ? strdup(buf_text(&r->comment)) : NULL;
    line->pieces = steal(&r->pieces);
    line->n_pieces = steal(&r->n_pieces);
    if (!line->value || (r->comment.len && !line->comment))
        return err_memory(err);
    buf_clear(&r->value);
    buf_clear(&r->comment);
    return 0;
}

/* Cuts a comment off and returns it, NULL when there is none. A quote that its line does not close
 * is a character like any other: 5" is no reason to swallow a comment. */
static char *cut_comment(char *text)
{
    for (char *p = text; *p; p++) {
        char *end = *p == '"' ? strchr(p + 1, '"') : NULL;
        if (end)
            p = end;
        else if (*p == ';' && p > text && p[-1] == ' ' && (p[1] == ' ' || !p[1])) {
            *p = 0;
            return p + 1;
        }
    }
    return NULL;
}

/* Appends a part of the line at hand to the value or its comment. */
static int add_piece(struct reader *r, char *text, bool comment, struct err *err)
{
    struct buf *whole = comment ? &r->comment : &r->value;
    int rc = array_room(&r->pieces, r->n_pieces, sizeof *r->pieces, err);
    if (rc < 0)
        return rc;
    text = text_trim(text);
    r->pieces[r->n_pieces++] = (struct conf_piece){.offset = whole->len,
                                                   .line = r->number,
                                                   .column = (unsigned)(text - r->line) + 1,
                                                   .comment = comment};
    return buf_add_text(whole, text, err);
}

static int add_comment(struct reader *r, char *text, struct err *err)
{
    if (!text)
        return 0;
    int rc = r->comment.len ? buf_add(&r->comment, "\n", 1, err) : 0;
    return rc < 0 ? rc : add_piece(r, text, true, err);
}

static int add_value(struct reader *r, char *text, struct err *err)
{
    char *comment = cut_comment(text);
    int rc = add_piece(r, text, false, err);
    return rc < 0 ? rc : add_comment(r, comment, err);
}

/* [kind name] */
static int read_header(struct reader *r, char *line, struct err *err)
{
    int rc = close_line(r, err);
    if (rc < 0)
        return rc;
    r->headless = true;
    char *end = strchr(line, ']');
    char *rest = end ? text_trim(end + 1) : NULL;
    if (!end || (*rest && *rest != ';' && *rest != '#'))
        return complain(r, err,
                        "a section begins with a line such as [scep NAME], and nothing "
                        "but a comment stands behind the bracket");
    *end = 0;
    char *kind = text_trim(line + 1), *blank = strchr(kind, ' ');
    if (!*kind)
        return complain(r, err,
                        "a section's brackets hold one word for the kind and one for the "
                        "name, such as [scep NAME]");
    if (blank)
        *blank = 0;
    r->headless = false;

    rc = array_room(&r->part.sections, r->part.n, sizeof *r->part.sections, err);
    if (rc < 0)
        return rc;
    struct conf_section *section = &r->part.sections[r->part.n++];
    section->number = r->number;
    section->length = (unsigned)(end + 1 - r->line);
    section->kind = strdup(kind);
    section->name = strdup(blank ? text_trim(blank + 1) : "");
    section->file = strdup(r->path);
    return section->kind && section->name && section->file ? 0 : err_memory(err);
}

/* key = value */
static int read_key(struct reader *r, char *line, struct err *err)
{
    int rc = close_line(r, err);
    if (rc < 0)
        return rc;
    char *equals = strchr(line, '=');
    if (!equals)
        return complain(r, err, "neither a [section], nor KEY = VALUE, nor a comment (#)");
    *equals = 0;
    const char *key = text_trim(line);
    if (!*key || strchr(key, ' '))
        return complain(r, err, "a key is one word, without blanks, before the '='");
    if (r->part.n == 0 && !r->headless)
        return complain(r, err, "stands before the first [section]");

    r->key_number = r->number;
    r->key = strdup(key);
    return r->key ? add_value(r, equals + 1, err) : err_memory(err);
}

/* A line that begins with a blank and is not empty. */
static int read_continued(struct reader *r, char *line, struct err *err)
{
    if (!r->key)
        return complain(r, err,
                        "begins with a blank, but there is no value above that it could "
                        "continue: keys begin in the first column");
    int rc = buf_add(&r->value, "\n", 1, err);
    return rc < 0 ? rc : add_value(r, line, err);
}

static int read_line(struct reader *r, char *line, size_t len, struct err *err)
{
    r->line = line;
    r->len = len;
    for (size_t i = 0; i < len; i++)
        if (line[i] == '\t')
            line[i] = ' ';
    size_t at;
    const char *fault = clean_find(line, len, &at);
    if (fault) {
        autofree char *text = text_format("the line %s", fault);
        return text ? complain_at(r, at, 1, err, text) : err_memory(err);
    }
    size_t blanks = strspn(line, " ");
    if (!line[blanks])
        return close_line(r, err);
    if (line[blanks] == '#')
        return 0;
    if (line[blanks] == ';') /* indented below a value, it may have been meant as a part of it */
        return blanks && r->key ? add_comment(r, line + blanks + 1, err) : 0;
    if (blanks)
        return read_continued(r, line, err);
    return *line == '[' ? read_header(r, line, err) : read_key(r, line, err);
}

/* What one file gave becomes part of the whole. */
static int merge(struct conf *part, struct conf *ret, struct err *err)
{
    int rc = problems_add(&ret->problems, &part->problems, err);
    for (size_t i = 0; rc == 0 && i < part->n; i++) {
        part->sections[i].damaged = part->problems.n > 0;
        rc = array_room(&ret->sections, ret->n, sizeof *ret->sections, err);
        if (rc < 0)
            return rc;
        ret->sections[ret->n++] = part->sections[i];
        part->sections[i] = (struct conf_section){0};
    }
    return rc;
}

int conf_parse(const char *path, const char *text, size_t len, struct conf *ret, struct err *err)
{
    autobuf copy = {0};
    CLEANUP(reader_free) struct reader r = {.path = path};
    if (len > CONF_FILE_MAX)
        return problem_add(&ret->problems, path, 0, err, "larger than %u bytes", CONF_FILE_MAX);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        len -= 3;
    }
    int rc = buf_add(&copy, text, len, err);

    char *end = (char *)copy.data + copy.len;
    for (char *p = (char *)copy.data, *next; rc == 0 && p < end; p = next) {
        char *eol = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((eol ? eol : end) - p);
        next = eol ? eol + 1 : end;
        if (n > 0 && p[n - 1] == '\r')
            n--;
        p[n] = 0;
        r.number++;
        if (r.part.problems.n < PROBLEMS_PER_FILE) {
            rc = read_line(&r, p, n, err);
        } else {
            rc = problem_add(&r.part.problems, path, r.number, err,
                             "too many problems; the rest of the file was not looked at");
            break;
        }
    }
    if (rc == 0)
        rc = close_line(&r, err);
    return rc < 0 ? rc : merge(&r.part, ret, err);
}
