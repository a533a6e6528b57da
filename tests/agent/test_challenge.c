/* Challenges from programs and servers: signet-fetch, the programs and the web server are real.
 * Kerberos and NTLM are in tests/system. */
#include "agent/challenge.h"

#include "base/json.h"
#include "tests/agent/page.h"
#include "tests/agent/site.h"
#include "tests/profile/place.h"

#include <sys/stat.h>

static struct page page;

static void before(void)
{
    page = (struct page){.status = 200, .body = ""};
    page_start(&page);
}

static void after(void)
{
    page_stop(&page);
}

/* The profile "wifi" with these lines, in which %s is the page's URL. */
static void put_profile(struct site *s, const char *lines)
{
    const char *at = strstr(lines, "%s");
    autofree char *text = text_format(
        "[scep wifi]\ntype = device\nsubject = CN=box\nroot = root\nurl = http://127.0.0.1:1/\n"
        "%.*s%s%s\n",
        at ? (int)(at - lines) : (int)strlen(lines), lines, at ? page.url : "", at ? at + 2 : "");
    site_put(s, "root.pem", test_ca_pem);
    site_put(s, "conf.d/10-root.conf", "[trusted-root root]\ncertificate = root.pem\n");
    site_put(s, "conf.d/wifi.conf", text);
    site_put(s, "secret", "pass word\n");
    site_put(s, "keytab", "\x05\x02");
    autofree char *secret = text_format("%s/secret", s->conf);
    autofree char *keytab = text_format("%s/keytab", s->conf);
    ck_assert_int_eq(chmod(secret, 0600), 0);
    ck_assert_int_eq(chmod(keytab, 0600), 0);
}

static struct name_ava subject[] = {{.oid = "2.5.4.3", .type = NAME_UTF8}};
static struct san sans[] = {{SAN_DNS, "box.test"}, {SAN_UPN, "alice@corp.test"}};

static int get(struct site *s, const char *lines, const char *user, struct buf *ret)
{
    put_profile(s, lines);
    site_load(s);
    const struct owner owner = {.device = !user, .uid = user ? SITE_ALICE : 0};
    struct request request = {.subject = {subject, 1}, .sans = sans, .n_sans = LENGTH(sans)};
    const struct profile_set *set = &s->agent.profiles;
    struct challenge_call call = {.agent = &s->agent,
                                  .profile = profile_find(set, PROFILE_SCEP, "wifi"),
                                  .owner = &owner,
                                  .user = user,
                                  .request = &request,
                                  .transaction_id = "00ff"};
    ck_assert_msg(call.profile != NULL, "%s", set->problems.n ? set->problems.v[0].text : "");
    if (!subject[0].value.len)
        buf_add_text(&subject[0].value, "Alice, \xc3\x85", NULL);
    s->err = (struct err){0};
    return challenge_get(&call, ret, &s->err);
}

#define BOLD "The enrollment challenge password is: <B> 1ED0DD50F7459D6E </B>"
#define NDES "challenge = ndes:%s\nchallenge-auth = none\n"
#define BASIC                                                                                      \
    "challenge-auth = basic\nchallenge-user = CORP\\des svc\nchallenge-secret = file:secret\n"

static const struct {
    const char *lines;
    unsigned status;
    const char *body;
    const char *challenge; /* or */
    enum err_class class;
    const char *text;
} rows[] = {
    {"", 200, "", "", 0, NULL},
    {"challenge = file:secret", 200, "", "pass word", 0, NULL},
    {NDES, 200, BOLD, "1ED0DD50F7459D6E", 0, NULL},
    {NDES "challenge-pattern = ([a-z]+) password", 200, BOLD, "challenge", 0, NULL},
    {NDES, 200, "<title>IIS</title>hunter2", NULL, ERR_CONFIG,
     "/page, asked as nobody: shows no password, the page \"IIS\""},
    {NDES, 200, "", NULL, ERR_RETRY, "/page, asked as nobody: answered with an empty page"},
    {NDES, 200, "The password cache is full.", NULL, ERR_RETRY, "password cache is full"},
    {"challenge = ndes:%s\n" BASIC, 200, "You do not have sufficient permission to", NULL,
     ERR_DENIED, "/page, asked as CORP\\des svc: the account does not have sufficient permission"},
    {NDES, 401, "", NULL, ERR_DENIED, "HTTP 401: it wants to know who asks (challenge-auth)"},
    {"challenge = ndes:%s\n" BASIC, 401, "", NULL, ERR_DENIED,
     "asked as CORP\\des svc: answered HTTP 401: it does not believe who asks"},
    {NDES, 403, "", NULL, ERR_DENIED, "HTTP 403"},
    {NDES, 404, "no such page", NULL, ERR_CONFIG, "HTTP 404 with text \"no such page\""},
    {NDES, 500, "", NULL, ERR_RETRY, "HTTP 500"},
    {NDES, 302, BOLD, NULL, ERR_CONFIG, "HTTP 302, a redirect, which is not followed"},
    {"challenge = webhook:%s", 200, "{\"challenge\":\"hunter2\"}", "hunter2", 0, NULL},
    {"challenge = webhook:%s", 200, "hunter2\r\n", "hunter2", 0, NULL},
    {"challenge = webhook:%s", 200, "{\"challenge\":\"\"}", NULL, ERR_CONFIG, "is empty"},
    {"challenge = webhook:%s", 200, "{\"challenge\":\"a\\nhunter2\"}", NULL, ERR_CONFIG,
     "what came as the challenge holds a control character"},
    {"challenge = webhook:%s", 200, "{\"challenge\":[\"hunter2\"]}", NULL, ERR_CONFIG, "no text"},
    {"challenge = webhook:%s?token=hunter2", 418, "tea\x1b[31m\xff", NULL, ERR_CONFIG,
     "HTTP 418 with"},
    {"challenge = webhook:%s", 429, "slow down", NULL, ERR_RETRY, "HTTP 429 with text \"slow down"},
    {"challenge = webhook:%s", 503, "", NULL, ERR_RETRY, "HTTP 503"},
    {"challenge = webhook:http://127.0.0.1:1/x?token=hunter2", 200, "", NULL, ERR_RETRY,
     "http://127.0.0.1:1/x, asked as nobody: Failed to connect"},
    {"challenge = webhook:%s\nchallenge-auth = negotiate\nchallenge-keytab = secret", 401, "", NULL,
     ERR_RETRY, "/secret: Kerberos: "},
    {"challenge = webhook:%s\nchallenge-auth = bearer\nchallenge-secret = file:none", 200, "x",
     NULL, ERR_CONFIG, "challenge: "},
    {"challenge = webhook:%s\nchallenge-auth = negotiate\nchallenge-keytab = none", 200, "x", NULL,
     ERR_CONFIG, "none: no such file"},
};

START_TEST(a_challenge_or_a_clear_word)
{
    SITE(s);
    autobuf challenge = {0};
    page.status = rows[_i].status;
    page.body = rows[_i].body;
    int rc = get(&s, rows[_i].lines, NULL, &challenge);
    if (rows[_i].challenge) {
        ck_assert_msg(rc == 0, "%s", s.err.text);
        ck_assert_str_eq(buf_text(&challenge), rows[_i].challenge);
        return;
    }
    ck_assert_msg(rc == -(int)rows[_i].class, "%d %s", rc, s.err.text);
    ck_assert_msg(strncmp(s.err.text, "challenge: ", 11) == 0, "%s", s.err.text);
    ck_assert_msg(strstr(s.err.text, rows[_i].text), "%s", s.err.text);
    ck_assert_msg(!strstr(s.err.text, "hunter") && !strstr(s.err.text, "pass word"), "%s",
                  s.err.text);
    ck_assert_uint_eq(challenge.len, 0);
}
END_TEST

START_TEST(a_page_in_utf16_is_read)
{
    static const char text[] = BOLD;
    char wide[2 * sizeof text] = {0};
    autobuf challenge = {0};
    SITE(s);
    for (size_t i = 0; i < sizeof text - 1; i++)
        wide[2 * i] = text[i];
    page.body = wide;
    page.len = 2 * (sizeof text - 1);
    site_ok(s, get(&s, NDES, NULL, &challenge));
    ck_assert_str_eq(buf_text(&challenge), "1ED0DD50F7459D6E");
    ck_assert_str_eq(buf_text(&page.method), "GET");
    ck_assert_str_eq(buf_text(&page.authorization), "");
}
END_TEST

START_TEST(a_huge_answer_is_cut_short)
{
    SITE(s);
    autobuf challenge = {0};
    page.len = 5 << 20;
    autofree char *huge = calloc(1, page.len);
    page.body = huge;
    ck_assert_int_lt(get(&s, _i ? NDES : "challenge = webhook:%s", NULL, &challenge), 0);
    ck_assert_msg(strstr(s.err.text, "larger than"), "%s", s.err.text);
}
END_TEST

/* Only to the host that the URL names. */
static const struct {
    const char *lines, *authorization;
} credentials[] = {
    {"challenge = ndes:%s\n" BASIC, "Basic Q09SUFxkZXMgc3ZjOnBhc3Mgd29yZA=="},
    {"challenge = webhook:%s\n" BASIC, "Basic Q09SUFxkZXMgc3ZjOnBhc3Mgd29yZA=="},
    {"challenge = webhook:%s\nchallenge-auth = bearer\nchallenge-secret = file:secret",
     "Bearer pass word"},
};

START_TEST(says_who_asks)
{
    SITE(s);
    autobuf challenge = {0};
    page.body = BOLD;
    page.expected = credentials[_i].authorization;
    site_ok(s, get(&s, credentials[_i].lines, NULL, &challenge));

    struct page other = {.status = 200, .body = BOLD};
    page_start(&other);
    page.status = 302;
    page.location = other.url;
    ck_assert_int_eq(get(&s, credentials[_i].lines, NULL, &challenge), -ERR_CONFIG);
    ck_assert_uint_eq(other.requests, 0);
    page_stop(&other);

    page.location = page.url; /* nor to another page of the same server */
    page.requests = 0;
    ck_assert_int_eq(get(&s, credentials[_i].lines, NULL, &challenge), -ERR_CONFIG);
    ck_assert_msg(strstr(s.err.text, "which is not followed"), "%s", s.err.text);
    ck_assert_uint_eq(page.requests, 1);

    /* Some error pages show the request. */
    autofree char *echo = text_format("you said: %s", credentials[_i].authorization);
    page.location = NULL;
    page.status = 500;
    page.body = echo;
    ck_assert_int_eq(get(&s, credentials[_i].lines, NULL, &challenge), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "HTTP 500 with words that repeat a secret"), "%s", s.err.text);

    page.expected = "Basic other";
    ck_assert_int_eq(get(&s, credentials[_i].lines, NULL, &challenge), -ERR_DENIED);
    ck_assert_msg(strstr(s.err.text, "it does not believe who asks"), "%s", s.err.text);
}
END_TEST

START_TEST(a_webhook_is_told_what_it_is_for)
{
    SITE(s);
    autobuf challenge = {0};
    autojson *told = NULL, *device = NULL;
    page.body = "x";
    site_ok(s, get(&s, "challenge = webhook:%s", "alice", &challenge));
    ck_assert_str_eq(buf_text(&page.method), "POST");
    ck_assert_str_eq(buf_text(&page.path), "/page");
    ck_assert_str_eq(buf_text(&page.type), "application/json");
    site_ok(s, json_parse(buf_text(&page.received), page.received.len, "", &told, &s.err));
    ck_assert_str_eq(json_text(told, "profile", ""), "wifi");
    ck_assert_str_eq(json_text(told, "owner", ""), "user");
    ck_assert_str_eq(json_text(told, "user", ""), "alice");
    ck_assert_int_eq(json_number(told, "uid", 0), SITE_ALICE);
    ck_assert_str_eq(json_text(told, "subject", ""), "CN=Alice\\, \xc3\x85");
    ck_assert_str_eq(json_text(told, "transactionID", ""), "00ff");
    const json_t *list = json_object_get(told, "sans");
    ck_assert_uint_eq(json_array_size(list), 2);
    ck_assert_str_eq(json_string_value(json_array_get(list, 0)), "dns:box.test");
    ck_assert_str_eq(json_string_value(json_array_get(list, 1)), "upn:alice@corp.test");

    site_ok(s, get(&s, "challenge = webhook:%s", NULL, &challenge));
    site_ok(s, json_parse(buf_text(&page.received), page.received.len, "", &device, &s.err));
    ck_assert_str_eq(json_text(device, "owner", ""), "device");
    ck_assert_ptr_null(json_object_get(device, "user"));
    ck_assert_ptr_null(json_object_get(device, "uid"));
}
END_TEST

static const struct {
    const char *script;
    const char *challenge; /* or */
    enum err_class class;
    const char *text;
} commands[] = {
    {"echo hunter 2; echo more", "hunter 2", 0, NULL},
    {"read json; echo \"$json\" | tr , '\\n' | grep transaction", "\"transactionID\":\"00ff\"}", 0,
     NULL},
    {"echo $#:$1:$2", "2:a:b c", 0, NULL},
    {"env | wc -l", "3", 0, NULL}, /* PATH, LC_ALL, and the shell's PWD */
    {"", NULL, ERR_CONFIG, "is empty"},
    {"echo; echo hunter2", NULL, ERR_CONFIG, "is empty"},
    {"printf 'hunter2\\033[1m\\n'", NULL, ERR_CONFIG, "control character"},
    {"printf '%0300d\\n' 7", NULL, ERR_CONFIG, "longer than 255 bytes"},
    {"echo hunter2; exit 3", NULL, ERR_RETRY, "exit status 3"},
    {"echo hunter2; kill -9 $$", NULL, ERR_RETRY, "killed by signal 9"},
    {"head -c 100000 /dev/zero", NULL, ERR_RESOURCE, "more than"},
};

START_TEST(a_command_is_asked)
{
    SITE(s);
    autobuf challenge = {0};
    autotemp temp;
    temp_open(&temp); /* the site's may be where nothing can be executed */
    autofree char *script = text_format("#!/bin/sh\n%s\n", commands[_i].script);
    autofree char *lines = text_format("challenge = command:%s/program a \"b c\"", temp.path);
    temp_file(&temp, "program", 0755, script);
    int rc = get(&s, lines, NULL, &challenge);
    if (commands[_i].challenge) {
        ck_assert_msg(rc == 0, "%s", s.err.text);
        ck_assert_str_eq(buf_text(&challenge), commands[_i].challenge);
        return;
    }
    ck_assert_int_eq(rc, -(int)commands[_i].class);
    ck_assert_msg(strstr(s.err.text, commands[_i].text), "%s", s.err.text);
    ck_assert_msg(!strstr(s.err.text, "hunter"), "%s", s.err.text);
    ck_assert_uint_eq(challenge.len, 0);
}
END_TEST

Suite *agent_challenge_suite(void)
{
    Suite *suite = suite_create("agent/challenge");
    TCase *tc = tcase_create("challenge");
    tcase_add_checked_fixture(tc, before, after);
    tcase_add_loop_test(tc, a_challenge_or_a_clear_word, 0, LENGTH(rows));
    tcase_add_test(tc, a_page_in_utf16_is_read);
    tcase_add_loop_test(tc, a_huge_answer_is_cut_short, 0, 2);
    tcase_add_loop_test(tc, says_who_asks, 0, LENGTH(credentials));
    tcase_add_test(tc, a_webhook_is_told_what_it_is_for);
    tcase_add_loop_test(tc, a_command_is_asked, 0, LENGTH(commands));
    suite_add_tcase(suite, tc);
    return suite;
}
