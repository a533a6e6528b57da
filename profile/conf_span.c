#include "profile/conf.h"

#include <string.h>

/* Does AT point into TEXT, or to its end? AT may be anything: only addresses are compared. */
static bool holds(const char *text, const char *at, size_t *ret_offset)
{
    uintptr_t begin = (uintptr_t)text, point = (uintptr_t)at;
    if (!text || point < begin || point - begin > strlen(text))
        return false;
    *ret_offset = point - begin;
    return true;
}

/* Bytes of the piece with this index, without the line break (or the blank that was made of it)
 * before the next one. */
static size_t piece_length(const struct conf_line *line, size_t index)
{
    const struct conf_piece *piece = &line->pieces[index];
    for (size_t i = index + 1; i < line->n_pieces; i++)
        if (line->pieces[i].comment == piece->comment)
            return line->pieces[i].offset - piece->offset - 1;
    return strlen((piece->comment ? line->comment : line->value) + piece->offset);
}

/* LEN bytes at OFFSET of the value or of the comment. */
static struct span find(const struct conf_line *line, bool comment, size_t offset, size_t len)
{
    size_t found = line->n_pieces;
    for (size_t i = 0; i < line->n_pieces; i++)
        if (line->pieces[i].comment == comment && line->pieces[i].offset <= offset)
            found = i;
    if (found == line->n_pieces)
        return conf_key_span(line);
    const struct conf_piece *piece = &line->pieces[found];
    size_t before = offset - piece->offset, whole = piece_length(line, found);
    size_t left = before < whole ? whole - before : 0;
    return (struct span){.line = piece->line,
                         .column = piece->column + (unsigned)before,
                         .length = (unsigned)(len < left ? len : left)};
}

struct span conf_key_span(const struct conf_line *line)
{
    return (struct span){.line = line->number, .column = 1, .length = (unsigned)strlen(line->key)};
}

struct span conf_section_span(const struct conf_section *section)
{
    return (struct span){.line = section->number, .column = 1, .length = section->length};
}

struct span conf_span(const struct conf_line *line, const char *at, size_t len)
{
    size_t offset;
    if (holds(line->key, at, &offset))
        return conf_key_span(line);
    if (holds(line->value, at, &offset))
        return find(line, false, offset, len);
    if (holds(line->comment, at, &offset))
        return find(line, true, offset, len);
    for (size_t i = 0; i < line->n_pieces; i++)
        if (!line->pieces[i].comment && piece_length(line, i) > 0)
            return find(line, false, line->pieces[i].offset, SIZE_MAX);
    return conf_key_span(line);
}
