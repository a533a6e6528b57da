#include "base/secrets.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>

#define ENTITY_DIGITS_MAX 6 /* with zeros in front */

void secrets_add(struct secrets *secrets, const void *data, size_t len)
{
    if (len < SECRET_MIN || secrets->n == SECRETS_MAX)
        return;
    secrets->v[secrets->n].data = data;
    secrets->v[secrets->n++].len = len < SECRET_TOLD ? len : SECRET_TOLD;
}

void secrets_add_login(struct secrets *secrets, const struct buf *login)
{
    const uint8_t *colon = login->len ? memchr(login->data, ':', login->len) : NULL;
    if (colon)
        secrets_add(secrets, colon + 1, login->len - (size_t)(colon + 1 - login->data));
}

/* The number that stands at TEXT in at most MAX digits; returns how many there are. Nothing behind
 * them is looked at, as sscanf() would: this is done for each character of what may be long. */
static size_t read_digits(const char *text, unsigned base, size_t max, unsigned *ret)
{
    static const char digits[] = "0123456789abcdef";
    const char *digit;
    size_t n = 0;
    for (*ret = 0; n < max; n++) {
        digit = memchr(digits, tolower((unsigned char)text[n]), base);
        if (!digit)
            break;
        *ret = *ret * base + (unsigned)(digit - digits);
    }
    return n;
}

/* A character that stands at TEXT in other words; how many bytes it takes there, or 0. */
static size_t undo_percent(const char *text, unsigned *ret)
{
    return *text == '%' && read_digits(text + 1, 16, 2, ret) == 2 ? 3 : 0;
}

static size_t undo_entity(const char *text, unsigned *ret)
{
    if (*text != '&')
        return 0;
    static const struct {
        const char *name;
        char is;
    } entities[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < LENGTH(entities); i++)
        if (strncmp(text, entities[i].name, strlen(entities[i].name)) == 0) {
            *ret = (unsigned char)entities[i].is;
            return strlen(entities[i].name);
        }
    if (text[1] != '#')
        return 0;
    size_t begin = text[2] == 'x' || text[2] == 'X' ? 3 : 2;
    size_t n = read_digits(text + begin, begin == 3 ? 16 : 10, ENTITY_DIGITS_MAX, ret);
    return n && text[begin + n] == ';' ? begin + n + 1 : 0;
}

/* One way of escaping, undone: what another has escaped stays as it is. TEXT is closed by a zero
 * byte, and may hold others. */
static int undo(size_t (*one)(const char *text, unsigned *ret), const struct buf *text,
                struct buf *ret)
{
    int rc = buf_reserve(ret, text->len, NULL);
    for (size_t i = 0; rc == 0 && i < text->len;) {
        const uint8_t *at = text->data + i;
        unsigned is = 0;
        size_t len = one((const char *)at, &is);
        rc = buf_add(ret, &(uint8_t){len ? (uint8_t)is : *at}, 1, NULL);
        i += len ? len : 1;
    }
    return rc;
}

static bool holds(const struct buf *text, const void *part, size_t len)
{
    return text->len && memmem(text->data, text->len, part, len) != NULL;
}

/* The characters that LEN bytes alone decide when SHIFT bytes of a group of three stand before
 * them. */
static int holds_base64(const struct buf *text, const uint8_t *data, size_t len, size_t shift)
{
    static const size_t mixed[] = {0, 2, 3}; /* characters that the bytes before have a part in */
    autobuf bytes = {0}, encoded = {0};
    int rc = buf_add(&bytes, "\0\0", shift, NULL);
    if (rc == 0)
        rc = buf_add(&bytes, data, len, NULL);
    if (rc == 0)
        rc = text_base64(bytes.data, bytes.len, &encoded, NULL);
    if (rc < 0)
        return rc;
    size_t n = bytes.len * 8 / 6 - mixed[shift];
    return holds(text, encoded.data + mixed[shift], n);
}

/* The other alphabet of RFC 4648 becomes the first. */
static void fold_alphabet(struct buf *text)
{
    for (size_t i = 0; i < text->len; i++)
        text->data[i] = text->data[i] == '-' ? '+' : text->data[i] == '_' ? '/' : text->data[i];
}

static bool holds_any(const struct secrets *secrets, const struct buf *text)
{
    for (size_t i = 0; i < secrets->n; i++)
        if (holds(text, secrets->v[i].data, secrets->v[i].len))
            return true;
    return false;
}

/* True too when there is no memory to find out. */
static bool holds_any_base64(const struct secrets *secrets, const struct buf *text)
{
    for (size_t i = 0; i < secrets->n; i++)
        for (size_t shift = 0; shift < 3; shift++)
            if (holds_base64(text, secrets->v[i].data, secrets->v[i].len, shift) != 0)
                return true;
    return false;
}

bool secrets_told(const struct secrets *secrets, const void *text, size_t len)
{
    autobuf plain = {0}, percent = {0}, entities = {0};
    if (secrets->n == 0 || len == 0)
        return false;
    if (buf_add(&plain, text, len, NULL) < 0 || undo(undo_percent, &plain, &percent) < 0 ||
        undo(undo_entity, &plain, &entities) < 0)
        return true;
    if (holds_any(secrets, &plain) || holds_any(secrets, &percent) || holds_any(secrets, &entities))
        return true;
    /* What looks like an escape may also be the beginning of the encoded text. */
    fold_alphabet(&plain);
    fold_alphabet(&percent);
    return holds_any_base64(secrets, &plain) || holds_any_base64(secrets, &percent);
}
