/* The keys of a challenge, and the challenges that are written down. */
#include "profile/challenge.h"

#include "profile/profile.h"
#include "tests/profile/place.h"
#include "tests/suite.h"

#include <string.h>

static const char *place;
static struct profile_set set;

static void before(void)
{
    place = make_place();
    put("ca.pem", 0644, test_ca_pem);
    put("secret", 0640, "hunter2\n");
    put("open", 0644, "hunter2\n");
    put("keytab", 0640, "\x05\x02");
}

static void after(void)
{
    profile_set_free(&set);
    remove_place();
}

static void load(const char *lines, unsigned mode)
{
    struct err err = {0};
    autofree char *text = text_format("[trusted-root r]\ncertificate = ca.pem\n[scep s]\n"
                                      "subject = CN={{UserName}}\nroot = r\nurl = http://h/\n%s\n",
                                      lines);
    put("conf.d/a.conf", mode, text);
    ck_assert_msg(profile_load(place, &set, &err) == 0, "%s", err.text);
}

static const struct challenge_source *loaded(void)
{
    const struct profile *profile = profile_find(&set, PROFILE_SCEP, "s");
    ck_assert_msg(profile != NULL, "%s", set.problems.n ? set.problems.v[0].text : "");
    return &profile->scep.challenge;
}

static char *without_place(const char *text)
{
    const char *at = strstr(text, place);
    return at ? text_format("%.*sPLACE%s", (int)(at - text), text, at + strlen(place))
              : strdup(text);
}

#define NDES "challenge = ndes:https://h/mscep_admin/\n"
#define HOOK "challenge = webhook:https://h/\n"

static const struct {
    const char *lines;
    enum challenge_kind kind;
    enum challenge_auth auth;
    const char *text;
} good[] = {
    {"", CHALLENGE_NONE, AUTH_NONE, ""},
    {"challenge = static:hunter 2", CHALLENGE_STATIC, AUTH_NONE, "hunter 2"},
    {"challenge = static:static:x", CHALLENGE_STATIC, AUTH_NONE, "static:x"},
    {"challenge = file:secret", CHALLENGE_FILE, AUTH_NONE, "PLACE/secret"},
    {"challenge = file:/etc/hostname/../passwd", CHALLENGE_FILE, AUTH_NONE,
     "/etc/hostname/../passwd"},
    {"challenge = command:/bin/echo a \"b c\"", CHALLENGE_COMMAND, AUTH_NONE,
     "/bin/echo a \"b c\""},
    {"challenge = command: /bin/echo", CHALLENGE_COMMAND, AUTH_NONE, " /bin/echo"},
    {NDES "challenge-keytab = keytab", CHALLENGE_NDES, AUTH_NEGOTIATE, "https://h/mscep_admin/"},
    {"challenge-keytab = keytab\n" NDES, CHALLENGE_NDES, AUTH_NEGOTIATE, "https://h/mscep_admin/"},
    {NDES "challenge-auth = none", CHALLENGE_NDES, AUTH_NONE, "https://h/mscep_admin/"},
    {NDES "challenge-auth = ntlm\nchallenge-user = CORP\\ndes svc\n"
          "challenge-secret = file:secret\nchallenge-pattern = ist: ([0-9A-F]+)",
     CHALLENGE_NDES, AUTH_NTLM, "https://h/mscep_admin/"},
    {HOOK, CHALLENGE_WEBHOOK, AUTH_NONE, "https://h/"},
    {"challenge = webhook:http://localhost:8080/x", CHALLENGE_WEBHOOK, AUTH_NONE,
     "http://localhost:8080/x"},
    {"challenge = webhook:http://[::1]", CHALLENGE_WEBHOOK, AUTH_NONE, "http://[::1]"},
    {HOOK "challenge-auth = bearer\nchallenge-secret = file:secret", CHALLENGE_WEBHOOK, AUTH_BEARER,
     "https://h/"},
    {HOOK "challenge-auth = basic\nchallenge-user = bob\nchallenge-secret = file:secret",
     CHALLENGE_WEBHOOK, AUTH_BASIC, "https://h/"},
    {HOOK "challenge-auth = negotiate\nchallenge-keytab = keytab", CHALLENGE_WEBHOOK,
     AUTH_NEGOTIATE, "https://h/"},
};

START_TEST(takes_what_a_profile_says)
{
    load(good[_i].lines, 0640);
    ck_assert_msg(set.problems.n + set.warnings.n == 0, "%s",
                  set.problems.n   ? set.problems.v[0].text
                  : set.warnings.n ? set.warnings.v[0].text
                                   : "");
    const struct challenge_source *source = loaded();
    autofree char *text = without_place(buf_text(&source->text));
    ck_assert_int_eq(source->kind, good[_i].kind);
    ck_assert_int_eq(source->auth, good[_i].auth);
    ck_assert_str_eq(text, good[_i].text);
}
END_TEST

#define URL_FAULT "the address holds a character that a URL must not hold"

/* Line 7 is the first of these; '~': a warning, and the profile stands. */
static const struct {
    const char *lines, *said;
} bad[] = {
    {"challenge = file:c", "~7: challenge: PLACE/c: no such file"},
    {"challenge = file:open", "~7: challenge: PLACE/open: everyone can read it"},
    {"challenge = file:", "7: challenge: \"\" is no name of a file"},
    {"challenge = file:dir/", "7: challenge: \"dir/\" is no name of a file"},
    {"challenge = hunter2",
     "7: challenge: must begin with file:, command:, ndes:, webhook: or static:"},
    {"challenge = Static:hunter2",
     "7: challenge: must begin with file:, command:, ndes:, webhook: or static:"},
    {"challenge = static:", "7: challenge: holds nothing"},
    {"challenge = command:", "7: challenge: command: a program is named by its whole path"},
    {"challenge = command:ls /", "7: challenge: command: a program is named by its whole path"},
    {"challenge = command:/bin/echo \"hunter2", "7: challenge: command: a quote is not closed"},
    {"challenge = command:/none/such x", "~7: challenge: /none/such: no such program"},
    {"challenge = ndes:", "7: challenge: the address must begin with https://"},
    {"challenge = ndes:h/mscep_admin", "7: challenge: the address must begin with https://"},
    {"challenge = ndes:file:///etc/passwd", "7: challenge: the address must begin with https://"},
    {"challenge = webhook:http://h/a b", "7: challenge: " URL_FAULT},
    {"challenge = webhook:https://bob:hunter2@h/",
     "7: challenge: the address holds a user name or password, which would end up in logs: use "
     "challenge-user and challenge-secret"},
    {HOOK "challenge = file:secret", "8: challenge: stands twice, first on line 7"},

    {HOOK "challenge-auth = kerberos", "8: challenge-auth: is not one of none, "},
    {HOOK "challenge-auth = bob:geheim",
     "8: challenge-auth: is not one of none, negotiate, ntlm, basic, bearer"},
    {HOOK "challenge-auth = Bearer", "8: challenge-auth: is not one of none, negotiate, ntlm, "
                                     "basic, bearer (did you mean bearer?)"},
    {HOOK "challenge-auth = basic\nchallenge-secret = file:secret",
     "8: challenge-auth: challenge-auth = basic needs challenge-user"},
    {HOOK "challenge-auth = ntlm\nchallenge-user = bob",
     "8: challenge-auth: challenge-auth = ntlm needs challenge-secret"},
    {HOOK "challenge-auth = bearer", "8: challenge-auth: challenge-auth = bearer needs "},
    {NDES, "7: challenge: challenge-auth = negotiate needs challenge-keytab"},
    {NDES "challenge-auth = negotiate",
     "8: challenge-auth: challenge-auth = negotiate needs challenge-keytab"},
    {HOOK "challenge-user = bob", "8: challenge-user: means nothing with challenge-auth = none"},
    {HOOK "challenge-secret = file:secret",
     "8: challenge-secret: means nothing with challenge-auth = none"},
    {NDES "challenge-keytab = keytab\nchallenge-user = bob",
     "9: challenge-user: means nothing with challenge-auth = negotiate"},
    {HOOK "challenge-auth = bearer\nchallenge-secret = file:secret\nchallenge-keytab = keytab",
     "10: challenge-keytab: means nothing with challenge-auth = bearer"},
    {HOOK "challenge-pattern = (x)",
     "8: challenge-pattern: means nothing with challenge = webhook:"},
    {"challenge = file:secret\nchallenge-auth = none",
     "8: challenge-auth: means nothing with challenge = file:"},
    {"challenge = command:/bin/echo\nchallenge-user = bob",
     "8: challenge-user: means nothing with challenge = command:"},
    {"challenge-user = bob", "7: challenge-user: means nothing without a challenge"},
    {"challenge = static:x\nchallenge-keytab = keytab",
     "8: challenge-keytab: means nothing with challenge = static:"},

    {HOOK "challenge-auth = basic\nchallenge-user = a:b\nchallenge-secret = file:secret",
     "9: challenge-user: challenge-auth = basic cannot send a name with ':' in it"},
    {HOOK "challenge-auth = bearer\nchallenge-secret = hunter2",
     "9: challenge-secret: must begin with file:, and name the file"},
    {HOOK "challenge-auth = bearer\nchallenge-secret = static:hunter2",
     "9: challenge-secret: must begin with file:, and name the file"},
    {HOOK "challenge-auth = bearer\nchallenge-secret = file:open",
     "~9: challenge-secret: PLACE/open: everyone can read it"},
    {NDES "challenge-keytab = none", "~8: challenge-keytab: PLACE/none: no such file"},
    {NDES "challenge-keytab = open", "~8: challenge-keytab: PLACE/open: everyone can read it"},
    {NDES "challenge-keytab = keytab\nchallenge-pattern = [0-9]+",
     "9: challenge-pattern: has no group (...)"},
    {NDES "challenge-keytab = keytab\nchallenge-pattern = ([0-9+",
     "9: challenge-pattern: is no regular expression: "},

    {"challenge = ndes:http://h/\nchallenge-keytab = keytab",
     "~7: challenge: the challenge crosses the network in clear: use https"},
    {"challenge = ndes:http://h/\nchallenge-auth = ntlm\nchallenge-user = bob\n"
     "challenge-secret = file:secret",
     "~7: challenge: who listens can guess the password, and reads the challenge: use https"},
    {"challenge = webhook:http://localhost.evil/\nchallenge-auth = basic\nchallenge-user = bob\n"
     "challenge-secret = file:secret",
     "~7: challenge: the password crosses the network in clear: use https"},
    {"challenge = webhook:HTTP://127.0.0.1.h/\nchallenge-auth = bearer\n"
     "challenge-secret = file:secret",
     "~7: challenge: the token crosses the network in clear: use https"},
};

START_TEST(tells_what_is_wrong)
{
    bool warning = *bad[_i].said == '~';
    autofree char *expected = text_format("PLACE/conf.d/a.conf:%s", bad[_i].said + warning);
    load(bad[_i].lines, 0640);
    const struct problems *list = warning ? &set.warnings : &set.problems;
    ck_assert_msg(set.problems.n + set.warnings.n == 1 && list->n == 1, "%zu, %zu: %s",
                  set.problems.n, set.warnings.n, set.problems.n ? set.problems.v[0].text : "");
    ck_assert_msg(!strstr(list->v[0].text, "hunter"), "%s", list->v[0].text);
    ck_assert((profile_find(&set, PROFILE_SCEP, "s") != NULL) == warning);

    autobuf got = {0};
    for (const char *at = list->v[0].text, *end; *at; at = end) {
        bool named = strncmp(at, place, strlen(place)) == 0;
        end = named ? at + strlen(place) : at + 1;
        buf_add(&got, named ? "PLACE" : at, named ? 5 : 1, NULL);
    }
    ck_assert_msg(strncmp(buf_text(&got), expected, strlen(expected)) == 0, "%s", buf_text(&got));
}
END_TEST

START_TEST(a_secret_stands_in_no_open_file)
{
    load("challenge = static:hunter2", 0644);
    ck_assert_uint_eq(set.problems.n, 1);
    ck_assert_msg(strstr(set.problems.v[0].text, "everyone can read (chmod o-rwx "), "%s",
                  set.problems.v[0].text);
    ck_assert_ptr_null(strstr(set.problems.v[0].text, "hunter"));
}
END_TEST

static const struct {
    const char *key;
    size_t longest;
} lengths[] = {
    {"challenge = static:", 255},
    {"challenge = webhook:https://", 1000 - 8},
    {NDES "challenge-auth = none\nchallenge-pattern = (x)", 256 - 3},
    {NDES "challenge-auth = basic\nchallenge-secret = file:secret\nchallenge-user = ", 256}};

START_TEST(lengths_are_capped)
{
    autobuf text = {0};
    bool more = _i % 2;
    buf_add_text(&text, lengths[_i / 2].key, NULL);
    for (size_t n = 0; n < lengths[_i / 2].longest + more; n++)
        buf_add(&text, "a", 1, NULL);
    load(buf_text(&text), 0640);
    ck_assert_msg(set.problems.n == more, "%s", set.problems.n ? set.problems.v[0].text : "");
}
END_TEST

static const struct {
    unsigned mode;
    const char *text, *challenge, *error;
} secrets[] = {
    {0640, "hunter2\n", "hunter2", NULL},
    {0600, "hunter2", "hunter2", NULL},
    {0600, "h\xc3\xa5 2\r\n", "h\xc3\xa5 2", NULL},
    {0644, "hunter2\n", NULL, "challenge: PLACE/c: mode 0644 lets everyone read a secret"},
    {0660, "hunter2\n", NULL, "challenge: PLACE/c: mode 0660 lets others write it"},
    {0600, "", NULL, "challenge: PLACE/c: is empty"},
    {0600, "\n", NULL, "challenge: PLACE/c: is empty"},
    {0600, "hunter2\nhunter3\n", NULL, "challenge: PLACE/c: holds a control character"},
    {0600, "\xff\xfe", NULL, "challenge: PLACE/c: is not UTF-8"},
    {0600, NULL, NULL, "challenge: PLACE/c: no such file"},
};

START_TEST(reads_challenges_when_asked)
{
    autobuf out = {0};
    struct err err = {0};
    load("challenge = file:c", 0644);
    if (secrets[_i].text)
        put("c", secrets[_i].mode, secrets[_i].text);
    int rc = profile_challenge(profile_find(&set, PROFILE_SCEP, "s"), &out, &err);
    if (secrets[_i].challenge) {
        ck_assert_int_eq(rc, 0);
        ck_assert_str_eq(buf_text(&out), secrets[_i].challenge);
        return;
    }
    autofree char *error = without_place(err.text);
    ck_assert_int_lt(rc, 0);
    ck_assert_msg(strncmp(error, secrets[_i].error, strlen(secrets[_i].error)) == 0, "%s", error);
    ck_assert_ptr_null(strstr(error, "hunter"));
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(what_can_be_a_challenge)
{
    static const struct {
        const char *text;
        size_t len;
        const char *fault;
    } rows[] = {
        {"x", 1, NULL},
        {"h\xc3\xa5 2", 5, NULL},
        {"", 0, "is empty"},
        {"a\nb", 3, "control"},
        {"a\0b", 3, "zero byte"},
        {"\xff", 1, "UTF-8"},
        {"\xe2\x80\xae"
         "x",
         4, "invisible"},
    };
    struct err err;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        autobuf text = {0};
        buf_add(&text, rows[i].text, rows[i].len, NULL);
        ck_assert_int_eq(challenge_check(&text, &err), rows[i].fault ? -ERR_CONFIG : 0);
        ck_assert_msg(!rows[i].fault || strstr(err.text, rows[i].fault), "%s", err.text);
    }
    for (size_t n = CHALLENGE_MAX; n < CHALLENGE_MAX + 2; n++) {
        autobuf text = {0};
        buf_printf(&text, NULL, "%0*d", (int)n, 7);
        ck_assert_int_eq(challenge_check(&text, &err), n > CHALLENGE_MAX ? -ERR_CONFIG : 0);
    }
}
END_TEST

Suite *challenge_suite(void)
{
    Suite *suite = suite_create("profile/challenge");
    TCase *tc = tcase_create("challenge");
    tcase_add_checked_fixture(tc, before, after);
    tcase_add_loop_test(tc, takes_what_a_profile_says, 0, LENGTH(good));
    tcase_add_loop_test(tc, tells_what_is_wrong, 0, LENGTH(bad));
    tcase_add_test(tc, a_secret_stands_in_no_open_file);
    tcase_add_loop_test(tc, lengths_are_capped, 0, 2 * LENGTH(lengths));
    tcase_add_loop_test(tc, reads_challenges_when_asked, 0, LENGTH(secrets));
    tcase_add_test(tc, what_can_be_a_challenge);
    suite_add_tcase(suite, tc);
    return suite;
}
