#include "tests/scep/asn1parse.h"

#include "base/array.h"
#include "base/proc.h"
#include "base/text.h"

#include <check.h>
#include <stdio.h>

#define OPENSSL    "/usr/bin/openssl"
#define TYPE_WIDTH 18

void asn1_free(struct asn1_lines *lines)
{
    free(lines->v);
    *lines = (struct asn1_lines){0};
}

/* "   15:d=4  hl=2 l=  14 prim: UTF8STRING        :alice", of which what stands behind the type is
 * not believed but for an OBJECT: the bytes themselves are at hand. */
static void parse_line(const char *line, struct asn1_line *ret)
{
    unsigned header;
    int behind = 0;
    char form[5], type[32] = "";
    ck_assert_msg(sscanf(line, " %zu:d=%u hl=%u l=%zu %4s: %n", &ret->content, &ret->depth, &header,
                         &ret->len, form, &behind) == 5 &&
                      behind,
                  "%s", line);
    ret->content += header;
    ret->constructed = strcmp(form, "cons") == 0;
    const char *text = line + behind; /* the type, padded; ":" and the value, or nothing */
    size_t len = strnlen(text, TYPE_WIDTH);
    snprintf(type, sizeof type, "%.*s", (int)len, text);
    unsigned tag;
    if (sscanf(type, "cont [ %u ]", &tag) == 1)
        snprintf(ret->type, sizeof ret->type, "[%u]", tag);
    else
        snprintf(ret->type, sizeof ret->type, "%s", text_trim(type));
    snprintf(ret->name, sizeof ret->name, "%s",
             strcmp(ret->type, "OBJECT") == 0 && text[len] == ':' ? text + len + 1 : "");
}

void asn1_parse(const struct buf *der, struct asn1_lines *ret)
{
    char *argv[] = {(char *)OPENSSL, (char *)"asn1parse", (char *)"-inform", (char *)"DER", NULL};
    autobuf output = {0};
    struct err err = {0};
    int status = -1;
    int rc = proc_run(argv, der, 16u * 1024 * 1024, deadline_in(60000), &output, &status, &err);
    ck_assert_msg(rc == 0 && status == 0, "%s (status %d)", err.text, status);
    for (char *line, *rest = (char *)output.data; (line = strsep(&rest, "\n")) && *line;) {
        ck_assert_int_eq(array_room(&ret->v, ret->n, sizeof *ret->v, NULL), 0);
        struct asn1_line *parsed = &ret->v[ret->n++];
        parse_line(line, parsed);
        ck_assert_uint_le(parsed->len, der->len);
        ck_assert_uint_le(parsed->content, der->len - parsed->len);
    }
}

size_t asn1_end(const struct asn1_lines *lines, size_t i)
{
    unsigned depth = lines->v[i++].depth;
    while (i < lines->n && lines->v[i].depth > depth)
        i++;
    return i;
}

static void fold_one(const struct asn1_lines *lines, size_t i, const struct buf *der,
                     struct buf *ret)
{
    const struct asn1_line *line = &lines->v[i];
    if (!line->constructed && *line->name) {
        buf_add_text(ret, line->name, NULL);
    } else if (!line->constructed) {
        buf_printf(ret, NULL, "%s ", line->type);
        buf_add(ret, der->data + line->content, line->len, NULL);
    } else {
        bool set = strcmp(line->type, "SET") == 0;
        buf_printf(ret, NULL, "%s%s", *line->type == '[' ? line->type : "", set ? "{" : "(");
        asn1_fold(lines, i + 1, asn1_end(lines, i), der, ret);
        buf_add_text(ret, set ? "}" : ")", NULL);
    }
}

void asn1_fold(const struct asn1_lines *lines, size_t begin, size_t end, const struct buf *der,
               struct buf *ret)
{
    bool word = false; /* needs a blank behind it */
    for (size_t i = begin; i < end; i = asn1_end(lines, i)) {
        buf_add_text(ret, word ? " " : "", NULL);
        fold_one(lines, i, der, ret);
        word = !lines->v[i].constructed;
    }
}
