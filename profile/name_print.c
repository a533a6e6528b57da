/* Names for people: RFC 4514 section 2, with a blank behind each comma. */
#include "profile/name.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

static int print_hex(const uint8_t *data, size_t len, const char *before, struct buf *ret,
                     struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < len; i++)
        rc = buf_printf(ret, err, "%s%02X", before, data[i]);
    return rc;
}

/* '#' and the DER of an OCTET STRING (section 2.4, first paragraph). */
static int print_octets(const struct buf *value, struct buf *ret, struct err *err)
{
    uint8_t header[6] = {4};
    size_t n = 2;
    if (value->len < 0x80) {
        header[1] = (uint8_t)value->len;
    } else {
        unsigned bytes = value->len < 0x100 ? 1 : value->len < 0x10000 ? 2 : 3;
        header[1] = (uint8_t)(0x80 | bytes);
        for (unsigned i = bytes; i-- > 0;)
            header[n++] = (uint8_t)(value->len >> (8 * i));
    }
    int rc = buf_add(ret, "#", 1, err);
    if (rc == 0)
        rc = print_hex(header, n, "", ret, err);
    return rc < 0 ? rc : print_hex(value->data, value->len, "", ret, err);
}

static int print_text(const struct buf *value, struct buf *ret, struct err *err)
{
    const char *p = (const char *)value->data;
    size_t n;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < value->len; i += n) {
        uint32_t code;
        bool edge = p[i] == ' ' && (i == 0 || i + 1 == value->len);
        n = utf8_next(p + i, value->len - i, &code);
        if (n == 0 || utf8_is_hidden(code)) {
            n = n ? n : 1;
            rc = print_hex(value->data + i, n, "\\", ret, err);
            continue;
        }
        if (edge || (p[i] == '#' && i == 0) || strchr("\"+,;<>\\", p[i]))
            rc = buf_add(ret, "\\", 1, err);
        if (rc == 0)
            rc = buf_add(ret, p + i, n, err);
    }
    return rc;
}

static int print_ava(const struct name_ava *ava, struct buf *ret, struct err *err)
{
    int rc = buf_printf(ret, err, "%s=", name_label(ava->oid));
    if (rc < 0)
        return rc;
    return ava->type == NAME_OCTETS ? print_octets(&ava->value, ret, err)
                                    : print_text(&ava->value, ret, err);
}

int name_print(const struct name *name, struct buf *ret, struct err *err)
{
    int rc = 0;
    for (size_t end = name->n; rc == 0 && end > 0;) {
        size_t begin = end - 1;
        while (begin > 0 && name->v[begin].joined)
            begin--;
        if (end < name->n)
            rc = buf_add_text(ret, ", ", err);
        for (size_t i = begin; rc == 0 && i < end; i++) {
            if (i > begin)
                rc = buf_add(ret, "+", 1, err);
            if (rc == 0)
                rc = print_ava(&name->v[i], ret, err);
        }
        end = begin;
    }
    return rc;
}
