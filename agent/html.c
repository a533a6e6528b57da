#include "agent/html.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Appends one byte; of several blanks the first. */
static int add_byte(struct buf *ret, char c, struct err *err)
{
    if ((unsigned char)c <= ' ')
        c = ' ';
    if (c == ' ' && (ret->len == 0 || ret->data[ret->len - 1] == ' '))
        return 0;
    return buf_add(ret, &c, 1, err);
}

static const struct {
    const char *name;
    char c;
} entities[] = {{"amp", '&'},   {"lt", '<'},   {"gt", '>'},   {"quot", '"'},
                {"apos", '\''}, {"nbsp", ' '}, {"#160", ' '}, {"#xa0", ' '}};

/* "&NAME;" at P; characters past ASCII are not needed here and stay as they are written. */
static int add_entity(const char **p, struct buf *ret, struct err *err)
{
    const char *name = *p + 1, *end = strpbrk(name, "; <&");
    size_t len = end && *end == ';' ? (size_t)(end - name) : 0;
    char c = 0, digits[8] = "";
    for (size_t i = 0; i < LENGTH(entities); i++)
        if (strlen(entities[i].name) == len && strncasecmp(entities[i].name, name, len) == 0)
            c = entities[i].c;
    if (!c && len > 1 && len < sizeof digits && *name == '#') {
        bool hex = name[1] == 'x' || name[1] == 'X';
        memcpy(digits, name + 1 + hex, len - 1 - hex);
        char *rest;
        unsigned long code = strtoul(digits, &rest, hex ? 16 : 10);
        c = *rest == 0 && code >= ' ' && code < 0x7f ? (char)code : 0;
    }
    if (!c)
        return add_byte(ret, *(*p)++, err);
    *p = end + 1;
    return add_byte(ret, c, err);
}

static bool is_tag(const char *p, const char *name)
{
    size_t len = strlen(name);
    return *p == '<' && strncasecmp(p + 1, name, len) == 0 && !isalnum((unsigned char)p[1 + len]);
}

/* Past the tag at P, or what stands between it and its end and is no text. */
static const char *skip_tag(const char *p)
{
    static const char *const ends[][2] = {
        {"!--", "-->"}, {"script", "</script"}, {"style", "</style"}};
    for (size_t i = 0; i < LENGTH(ends); i++)
        if (i ? is_tag(p, ends[i][0]) : strncmp(p + 1, ends[i][0], 3) == 0) {
            p = strcasestr(p, ends[i][1]);
            break;
        }
    p = p ? strchr(p, '>') : NULL;
    return p ? p + 1 : NULL;
}

/* What a tag leaves in the text. */
static int add_tag(struct buf *ret, const char *p, struct err *err)
{
    static const char begin = HTML_BOLD_BEGIN, end = HTML_BOLD_END;
    if (is_tag(p, "b") || is_tag(p, "strong"))
        return buf_add(ret, &begin, 1, err);
    if (is_tag(p, "/b") || is_tag(p, "/strong"))
        return buf_add(ret, &end, 1, err);
    return add_byte(ret, ' ', err);
}

int html_read(const char *page, struct buf *ret_text, struct buf *ret_title, struct err *err)
{
    struct buf *to = ret_text;
    int rc = 0;
    for (const char *p = page; rc == 0 && p && *p;) {
        if (*p == '&') {
            rc = add_entity(&p, to, err);
        } else if (*p == '<' && (isalpha((unsigned char)p[1]) || strchr("!/?", p[1]))) {
            to = is_tag(p, "title") ? ret_title : is_tag(p, "/title") ? ret_text : to;
            rc = add_tag(to, p, err);
            p = skip_tag(p);
        } else {
            rc = add_byte(to, *p++, err);
        }
    }
    return rc;
}
