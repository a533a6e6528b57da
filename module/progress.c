#include "module/progress.h"

#include "base/utf8.h"

#include <string.h>

struct scanner {
    const char *p, *end;
};

struct sink {
    char *data; /* NULL: the text is not wanted */
    size_t len, size;
    bool full;
};

static void skip_blanks(struct scanner *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r'))
        s->p++;
}

static bool take(struct scanner *s, char c)
{
    skip_blanks(s);
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static void put(struct sink *sink, uint32_t c)
{
    if (utf8_is_hidden(c))
        c = '?';
    char utf8[4];
    size_t n;
    if (c < 0x80) {
        n = 1;
        utf8[0] = (char)c;
    } else {
        n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t i = n - 1; i > 0; i--, c >>= 6)
            utf8[i] = (char)(0x80 | (c & 0x3f));
        utf8[0] = (char)((0xf00 >> n & 0xff) | c);
    }
    if (!sink->data || sink->full || sink->len + n >= sink->size) {
        sink->full = true;
        return;
    }
    memcpy(sink->data + sink->len, utf8, n);
    sink->len += n;
    sink->data[sink->len] = 0;
}

static bool hex4(struct scanner *s, uint32_t *ret)
{
    uint32_t value = 0;
    if (s->end - s->p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = *s->p++;
        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            value = value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return false;
    }
    *ret = value;
    return true;
}

/* Behind "\u": a character of the basic plane, or a whole surrogate pair (RFC 8259 section 7). */
static bool unicode_escape(struct scanner *s, uint32_t *ret)
{
    uint32_t high, low;
    if (!hex4(s, &high))
        return false;
    *ret = high;
    if (high < 0xd800 || high > 0xdfff)
        return true;
    if (high > 0xdbff || s->end - s->p < 2 || s->p[0] != '\\' || s->p[1] != 'u')
        return false;
    s->p += 2;
    if (!hex4(s, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *ret = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

static bool escape(struct scanner *s, uint32_t *ret)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (s->p == s->end)
        return false;
    char c = *s->p++;
    if (c == 'u')
        return unicode_escape(s, ret);
    const char *found = c ? strchr(from, c) : NULL;
    if (!found)
        return false;
    *ret = (unsigned char)to[found - from];
    return true;
}

static bool string(struct scanner *s, struct sink *sink)
{
    if (!take(s, '"'))
        return false;
    while (s->p < s->end) {
        uint32_t c = (unsigned char)*s->p++;
        if (c == '"')
            return true;
        if (c < 0x20 || c >= 0x7f || (c == '\\' && !escape(s, &c)))
            return false;
        put(sink, c);
    }
    return false;
}

/* Names and the word behind "result" are short and fixed; what does not fit is none of them. */
static bool word(struct scanner *s, char *ret, size_t size)
{
    struct sink sink = {.data = ret, .size = size};
    *ret = 0;
    return string(s, &sink) && !sink.full;
}

static bool text(struct scanner *s, char *ret)
{
    struct sink sink = {.data = ret, .size = PROGRESS_TEXT_MAX};
    *ret = 0;
    return string(s, &sink);
}

/* `message` among the string members that come next. The rest of an error is none of our business.
 */
static void find_message(struct scanner *s, char *ret)
{
    char name[16];
    while (take(s, ',') && word(s, name, sizeof name) && take(s, ':')) {
        char value[PROGRESS_TEXT_MAX];
        if (!text(s, value))
            return;
        if (strcmp(name, "message") == 0) {
            strcpy(ret, value);
            return;
        }
    }
}

static enum progress step(struct scanner *s, char *ret_text)
{
    char value[PROGRESS_TEXT_MAX];
    if (!text(s, value) || !take(s, '}'))
        return PROGRESS_RUBBISH;
    skip_blanks(s);
    if (s->p != s->end)
        return PROGRESS_RUBBISH;
    strcpy(ret_text, value);
    return PROGRESS_STEP;
}

static enum progress result(struct scanner *s, char *ret_text)
{
    char value[8];
    if (!word(s, value, sizeof value))
        return PROGRESS_RUBBISH;
    skip_blanks(s);
    if (s->p == s->end || (*s->p != ',' && *s->p != '}'))
        return PROGRESS_RUBBISH;
    if (strcmp(value, "ok") == 0)
        return PROGRESS_OK;
    if (strcmp(value, "error") != 0)
        return PROGRESS_RUBBISH;
    find_message(s, ret_text);
    return PROGRESS_ERROR;
}

enum progress progress_parse(const char *line, size_t len, char *ret_text)
{
    struct scanner s = {line, line + len};
    char name[16];

    *ret_text = 0;
    if (!take(&s, '{') || !word(&s, name, sizeof name) || !take(&s, ':'))
        return PROGRESS_RUBBISH;
    if (strcmp(name, "progress") == 0)
        return step(&s, ret_text);
    if (strcmp(name, "result") == 0)
        return result(&s, ret_text);
    return PROGRESS_RUBBISH;
}
