#include "agent/ndes.h"

#include "agent/html.h"
#include "profile/pattern.h"

#include <string.h>

#define TEXT_MAX    16384 /* its own page has 500 characters; bounds what a pattern can cost */
#define TITLE_SHOWN 60

/* What it says instead of a password, in English. In other languages a pattern finds nothing. */
static const struct {
    const char *says;
    enum err_class class;
    const char *text;
} refusals[] = {
    {"password cache is full", ERR_RETRY,
     "the password cache is full: NDES has given out as many passwords as may be unused at a time "
     "(5, each for 60 minutes; PasswordMax and PasswordValidity in its registry)"},
    {"sufficient permission", ERR_DENIED,
     "the account does not have sufficient permission: let it enroll for the templates that NDES "
     "uses, or make it an administrator of NDES"},
};

/* A word that ends with the page may be a part of one. */
static bool is_password(const char *word, size_t len)
{
    return word[len] && (len == 8 || len == 16 || len == 32) &&
           strspn(word, "0123456789abcdefABCDEF") >= len;
}

/* Does "password is:" stand before AT, with nothing between but blanks and the mark of bold? */
static bool is_announced(const char *text, const char *at)
{
    static const char words[] = "password is:";
    while (at > text && strchr(" \1", at[-1]))
        at--;
    return (size_t)(at - text) >= strlen(words) &&
           strncasecmp(at - strlen(words), words, strlen(words)) == 0;
}

static bool is_alone_in_bold(const char *text, const char *word, size_t len)
{
    const char *end = word + len + strspn(word + len, " ");
    while (word > text && word[-1] == ' ')
        word--;
    return word > text && word[-1] == HTML_BOLD_BEGIN && *end == HTML_BOLD_END;
}

/* The thumbprint of the CA is in bold too, in groups of eight digits. */
static int find_word(const char *text, const char **ret, size_t *ret_len)
{
    int found = 0;
    for (const char *word = text; *word;) {
        size_t len = strcspn(word, " \1\2");
        bool announced = is_password(word, len) && is_announced(text, word);
        if (announced || (is_password(word, len) && is_alone_in_bold(text, word, len))) {
            *ret = word;
            *ret_len = len;
            found++;
        }
        if (announced)
            return 1;
        word += len ? len : 1;
    }
    return found;
}

static int find_by_pattern(const char *pattern, struct buf *text, const char **ret, size_t *ret_len,
                           struct err *err)
{
    regex_t compiled;
    size_t begin = 0, end = 0, n = 0;
    /* Its author sees no bold. */
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] > HTML_BOLD_END &&
            (text->data[i] != ' ' || (n > 0 && text->data[n - 1] != ' ')))
            text->data[n++] = text->data[i];
    text->len = n;
    if (text->data)
        text->data[n] = 0;
    int rc = pattern_compile(pattern, &compiled, err);
    if (rc < 0)
        return rc;
    rc = pattern_find(&compiled, buf_text(text), &begin, &end, err);
    regfree(&compiled);
    *ret = buf_text(text) + begin;
    *ret_len = end - begin;
    return rc;
}

static int is_another_page(struct buf *title, const char *pattern, struct err *err)
{
    char shown[TITLE_SHOWN + 1] = "";
    snprintf(shown, sizeof shown, "%s", buf_text(title));
    err_sanitise(shown);
    return err_set(err, ERR_CONFIG, "shows no password%s%s%s: %s", *shown ? ", the page \"" : "",
                   shown, *shown ? "\"" : "",
                   pattern ? "challenge-pattern finds nothing in it"
                           : "name the page .../mscep_admin/, and set challenge-pattern if it is "
                             "in another language or form");
}

int ndes_password(const struct buf *page, const char *pattern, struct buf *ret, struct err *err)
{
    autobuf html = {0}, text = {0}, title = {0};
    const char *word = NULL;
    size_t len = 0;
    if (page->len == 0)
        return err_set(err, ERR_RETRY, "answered with an empty page");
    if (page->len > NDES_PAGE_MAX)
        return err_set(err, ERR_RESOURCE, "answered with %zu bytes, more than a page has",
                       page->len);

    int rc = ndes_decode(page, &html, err);
    if (rc == 0)
        rc = html_read(buf_text(&html), &text, &title, err);
    if (rc < 0)
        return rc;
    if (text.len > TEXT_MAX)
        return err_set(err, ERR_RESOURCE, "answered with %zu characters, more than its page has",
                       text.len);
    for (size_t i = 0; i < LENGTH(refusals); i++)
        if (strcasestr(buf_text(&text), refusals[i].says))
            return err_set(err, refusals[i].class, "%s", refusals[i].text);

    rc = pattern ? find_by_pattern(pattern, &text, &word, &len, err)
                 : find_word(buf_text(&text), &word, &len);
    if (rc > 1)
        return err_set(err, ERR_CONFIG,
                       "shows %d words that could be the password: set challenge-pattern", rc);
    if (rc == 0)
        return is_another_page(&title, pattern, err);
    return rc < 0 ? rc : buf_add(ret, word, len, err);
}
