#include "profile/check.h"

#include "profile/url.h"

#include <string.h>

enum { USER = 1, SECRET = 2, KEYTAB = 4, PATTERN = 8, AUTH = 16 };

static const struct {
    const char *name;
    unsigned key;
} names[] = {
    {"challenge-auth", AUTH},     {"challenge-user", USER},       {"challenge-secret", SECRET},
    {"challenge-keytab", KEYTAB}, {"challenge-pattern", PATTERN},
};

/* Which keys can mean something for a challenge, and how a server asks who is there unless a line
 * says it. */
static const struct {
    unsigned keys;
    enum challenge_auth auth;
} kinds[] = {
    [CHALLENGE_NDES] = {AUTH | USER | SECRET | KEYTAB | PATTERN, AUTH_NEGOTIATE},
    [CHALLENGE_WEBHOOK] = {AUTH | USER | SECRET | KEYTAB, AUTH_NONE},
};

/* Which of these a way of saying who asks needs; the others mean nothing to it. */
static const struct {
    unsigned needs;
    const char *exposed; /* what http lets others see */
} auths[] = {
    [AUTH_NONE] = {0, "the challenge crosses the network in clear"},
    [AUTH_NEGOTIATE] = {KEYTAB, "the challenge crosses the network in clear"},
    [AUTH_NTLM] = {USER | SECRET, "who listens can guess the password, and reads the challenge"},
    [AUTH_BASIC] = {USER | SECRET, "the password crosses the network in clear"},
    [AUTH_BEARER] = {SECRET, "the token crosses the network in clear"},
};

static int check_key(const struct challenge_source *source, size_t i, struct keys_reading *r,
                     struct err *err)
{
    const char *name = names[i].name, *auth = keys_word("challenge-auth", source->auth);
    unsigned key = names[i].key, needs = auths[source->auth].needs;
    bool stands = keys_line(r, name);
    if (stands && source->kind == CHALLENGE_NONE)
        return keys_problem(r, name, err, "means nothing without a challenge");
    if (stands && !(kinds[source->kind].keys & key))
        return keys_problem(
            r, name, err, "means nothing with challenge = %s:", challenge_kind_name(source->kind));
    if (stands && key & (USER | SECRET | KEYTAB) & ~needs)
        return keys_problem(r, name, err, "means nothing with challenge-auth = %s", auth);
    if (!stands && key & needs)
        return keys_problem(r, keys_line(r, "challenge-auth") ? "challenge-auth" : "challenge", err,
                            "challenge-auth = %s needs %s", auth, name);
    return 0;
}

int check_challenge(struct challenge_source *source, struct keys_reading *reading, struct err *err)
{
    int rc = 0;
    if (source->kind == CHALLENGE_NONE && keys_line(reading, "challenge"))
        return 0; /* its fault is told: what the others mean cannot be known */
    if (!keys_line(reading, "challenge-auth"))
        source->auth = kinds[source->kind].auth;
    for (size_t i = 0; rc == 0 && i < LENGTH(names); i++)
        rc = check_key(source, i, reading, err);
    if (rc == 0 && source->auth == AUTH_BASIC && source->user && strchr(source->user, ':'))
        rc = keys_problem(reading, "challenge-user", err,
                          "challenge-auth = basic cannot send a name with ':' in it");
    if (rc == 0 && kinds[source->kind].keys && url_is_exposed(buf_text(&source->text)))
        rc = keys_warning(reading, "challenge", err, "%s: use https", auths[source->auth].exposed);
    return rc;
}
