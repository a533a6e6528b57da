#include "cli/secret.h"

#include "base/cleanup.h"
#include "profile/nearest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define NOWHERE SIZE_MAX

/* What follows one of these, wherever it stands, is not shown. */
static const char *const words[] = {"static:",    "challenge", "password",  "passwd",
                                    "passphrase", "secret",    "credential"};

/* A first word that is this, or near it, is a key whose value is not shown. */
static const char *const keys[] = {"challenge", "password", "passphrase", "secret",
                                   "token",     "pin",      "psk"};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t find_word(const char *line, size_t len, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= len; i++)
        if (strncasecmp(line + i, word, n) == 0)
            return i + n;
    return NOWHERE;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static size_t word_length(const char *line, size_t len)
{
    size_t n = 0;
    while (n < len && is_word(line[n]))
        n++;
    return n;
}

static size_t find_key(const char *line, size_t len)
{
    size_t blanks = 0;
    while (blanks < len && (line[blanks] == ' ' || line[blanks] == '\t'))
        blanks++;
    struct nearest nearest = {.word = line + blanks,
                              .len = word_length(line + blanks, len - blanks)};
    for (size_t i = 0; i < LENGTH(keys); i++)
        nearest_offer(&nearest, keys[i]);
    return nearest.best ? blanks + nearest.len : NOWHERE;
}

/* scheme://USER:PASSWORD@host. A '/' may be the password's; so what follows a host's port is hidden
 * as well when it has an '@'. */
static size_t find_address(const char *line, size_t len)
{
    size_t next = 0;
    for (size_t i = 0; (next = find_word(line + i, len - i, "://")) != NOWHERE;) {
        i += next;
        size_t end = i;
        bool colon = false;
        while (end < len && !strchr(colon ? " \t@" : " \t/@", line[end]))
            colon = line[end++] == ':' || colon;
        if (end < len && line[end] == '@')
            return i;
    }
    return NOWHERE;
}

size_t secret_begin(const char *line, size_t len, bool *ret_goes_on)
{
    size_t begin = find_key(line, len);
    for (size_t i = 0; i < LENGTH(words); i++)
        begin = least(begin, find_word(line, len, words[i]));
    *ret_goes_on = begin != NOWHERE;
    if (begin == NOWHERE)
        return least(len, find_address(line, len));
    /* The rest of the key, and what leads to the value. */
    if (begin > 0 && is_word(line[begin - 1]))
        begin += word_length(line + begin, len - begin);
    while (begin < len && line[begin] && strchr(" \t:=", line[begin]))
        begin++;
    if (len - begin >= 7 && strncmp(line + begin, "static:", 7) == 0)
        begin += 7;
    return least(begin, find_address(line, len));
}
