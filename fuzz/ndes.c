/* The page on which NDES shows a one-time password, as any web server may answer it. */
#include "agent/ndes.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

#include <ctype.h>
#include <string.h>

/* Of the page an error repeats the title and nothing else: no word that could be the password. */
static void check_error(const struct err *err, const char *html)
{
    HOLDS_OF(err->text, *err->text && fuzz_is_line(err->text));
    for (const char *p = err->text; *p && !strcasestr(html, "<title"); p++) {
        size_t len = strspn(p, "0123456789ABCDEF");
        HOLDS_OF(err->text, len != 16);
        p += len ? len - 1 : 0;
    }
}

static void run(const struct buf *page, const char *html, const char *pattern)
{
    autobuf password = {0};
    struct err err = {0};
    if (ndes_password(page, pattern, &password, &err) < 0) {
        HOLDS(password.len == 0);
        check_error(&err, html);
        return;
    }
    HOLDS(password.len > 0 && text_is_utf8(buf_text(&password), password.len));
    if (pattern)
        return;
    const char *text = buf_text(&password);
    HOLDS_OF(text, password.len == 8 || password.len == 16 || password.len == 32);
    for (size_t i = 0; i < password.len; i++)
        HOLDS_OF(text, isxdigit((unsigned char)text[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autobuf page = {0}, decoded = {0};
    HOLDS(buf_add(&page, data, size, NULL) == 0);
    HOLDS(ndes_decode(&page, &decoded, NULL) == 0);
    HOLDS(text_is_utf8(buf_text(&decoded), decoded.len) || memchr(decoded.data, 0, decoded.len));
    run(&page, buf_text(&decoded), NULL);
    run(&page, buf_text(&decoded), "password is: ([^ ]+)");
    return 0;
}
