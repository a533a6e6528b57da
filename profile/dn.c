#include "profile/dn.h"

#include <string.h>

struct cursor {
    const char *p, *end;
};

static void skip_blanks(struct cursor *c)
{
    while (c->p < c->end && *c->p == ' ')
        c->p++;
}

static int read_type(struct cursor *c, char oid[64], enum name_type *type, struct err *err)
{
    char key[64];
    skip_blanks(c);
    const char *equals = memchr(c->p, '=', (size_t)(c->end - c->p));
    size_t len = equals ? (size_t)(equals - c->p) : 0;
    while (len > 0 && c->p[len - 1] == ' ')
        len--;
    if (len == 0 || len >= sizeof key)
        return err_set(err, ERR_CONFIG, "not a distinguished name: no TYPE=VALUE at \"%.*s\"",
                       (int)(c->end - c->p < 40 ? c->end - c->p : 40), c->p);
    memcpy(key, c->p, len);
    key[len] = 0;
    c->p = equals + 1;
    if (!name_key(key, oid, type))
        return err_set(err, ERR_CONFIG, "unknown attribute type %s in a distinguished name", key);
    return 0;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Section 3: `\` before a special character, or before two hex digits. */
static int read_escape(struct cursor *c, struct buf *ret, struct err *err)
{
    const char *p = ++c->p;
    if (c->end - p >= 2 && hex_digit(p[0]) >= 0 && hex_digit(p[1]) >= 0) {
        uint8_t byte = (uint8_t)(hex_digit(p[0]) << 4 | hex_digit(p[1]));
        c->p += 2;
        return buf_add(ret, &byte, 1, err);
    }
    if (p == c->end || !strchr("\\\"+,;<>#= ", *p))
        return err_set(err, ERR_CONFIG,
                       "a distinguished name with a backslash that escapes nothing");
    c->p++;
    return buf_add(ret, p, 1, err);
}

static int read_value(struct cursor *c, struct buf *ret, struct err *err)
{
    int rc = 0;
    size_t solid = 0; /* bytes up to the last one that is no plain blank */
    skip_blanks(c);
    if (c->p < c->end && *c->p == '#')
        return err_set(err, ERR_CONFIG, "a distinguished name with a value in # form");
    while (rc == 0 && c->p < c->end && !strchr(",;+", *c->p)) {
        bool blank = *c->p == ' ';
        if (*c->p == '\\') {
            rc = read_escape(c, ret, err);
        } else if (*c->p == '"') {
            return err_set(err, ERR_CONFIG, "a distinguished name with an unescaped quote");
        } else {
            rc = buf_add(ret, c->p++, 1, err);
        }
        if (!blank)
            solid = ret->len;
    }
    ret->len = solid;
    return rc;
}

int dn_parse(const char *text, size_t len, struct name *ret, struct err *err)
{
    CLEANUP(name_free) struct name name = {0};
    struct cursor c = {text, text + len};
    bool joined = false;

    if (memchr(text, 0, len))
        return err_set(err, ERR_CONFIG, "a distinguished name with a zero byte");
    for (;;) {
        autobuf value = {0};
        char oid[64];
        enum name_type type;
        int rc = read_type(&c, oid, &type, err);
        if (rc == 0)
            rc = read_value(&c, &value, err);
        if (rc == 0)
            rc = name_check(oid, type, value.data, value.len, err);
        if (rc == 0 && name.n >= DN_MAX)
            rc = err_set(err, ERR_CONFIG, "a distinguished name of more than %d parts", DN_MAX);
        if (rc == 0)
            rc = name_add(&name, oid, type, joined, value.data, value.len, err);
        if (rc < 0)
            return rc;
        if (c.p == c.end)
            break;
        joined = *c.p++ == '+';
    }
    for (size_t i = 0; i < name.n; i++) {
        const struct name_ava *ava = &name.v[i];
        int rc =
            name_add(ret, ava->oid, ava->type, ava->joined, ava->value.data, ava->value.len, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}
