/* A one-time challenge that no CA has seen is used by the retry, and by nothing else. */
#include "agent/kept.h"

#include "agent/removal.h"
#include "tests/agent/site.h"

#include <string.h>
#include <sys/stat.h>

/* A profile whose challenge comes from a program that counts how often it is run. */
static void put_profile(struct site *s, const char *subject, const char *word)
{
    autofree char *lines =
        text_format("subject = %s\nchallenge = command:/bin/sh -c \"echo x >>%s/count; echo %s\"",
                    subject, s->conf, word);
    site_profile(s, "wifi", lines);
}

static unsigned fetched(const struct site *s)
{
    autofree char *path = text_format("%s/count", s->conf);
    struct stat st;
    return stat(path, &st) < 0 ? 0 : (unsigned)st.st_size / 2;
}

/* The file's text; NULL: there is none. */
static char *kept(const struct site *s)
{
    const char *path = site_file(s, "wifi", "pending/challenge");
    struct stat st;
    if (lstat(path, &st) < 0)
        return NULL;
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    return site_read(path);
}

static const struct {
    const char *rules;
    bool kept;
} failures[] = {
    {"pki/500", true},      {"pki/404", true},    {"pki/401", true},    {"pki/close", true},
    {"500", false}, /* nobody was worth a challenge */
    {"close", false},       {"refuse:2", false},  {"refuse:0", false},  {"refuse-challenge", false},
    {"pki/garbage", false}, /* whoever says 200 may have had it */
    {"wrong-nonce", false}, {"pending:5", false}, {"other-key", false},
};

START_TEST(the_retry_uses_what_nobody_saw)
{
    SITE(s);
    put_profile(&s, "CN=box", "onetimeword");
    site_behave(failures[_i].rules);
    site_run(&s, "wifi", ENGINE_CYCLE);
    autofree char *text = kept(&s), *state = site_read(site_file(&s, "wifi", "state.json"));
    ck_assert_int_eq(text != NULL, failures[_i].kept);
    ck_assert_ptr_null(strstr(state, "onetimeword"));
    ck_assert_ptr_null(strstr(s.err.text, "onetimeword"));
    unsigned before = fetched(&s);
    if (!failures[_i].kept)
        return;
    ck_assert_uint_eq(before, 1);
    ck_assert_ptr_nonnull(strstr(text, "onetimeword"));

    site_run(&s, "wifi", ENGINE_CYCLE); /* and once more for nothing */
    autofree char *again = kept(&s);
    ck_assert_str_eq(again, text);
    site_behave("");
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
    ck_assert_uint_eq(fetched(&s), 1);
    autofree char *after = kept(&s);
    ck_assert_ptr_null(after);
}
END_TEST

/* Between two tries, what makes of it another request, or another challenge. */
static void edit_subject(struct site *s)
{
    put_profile(s, "CN=crate", "onetimeword");
}

static void edit_source(struct site *s)
{
    put_profile(s, "CN=box", "another");
}

static void replace(struct site *s, const char *text)
{
    site_overwrite(site_file(s, "wifi", "pending/challenge"), text);
}

static void tear(struct site *s)
{
    autofree char *text = kept(s);
    text[strlen(text) / 2] = 0;
    replace(s, text);
}

static void empty(struct site *s)
{
    replace(s, "");
}

static void damage(struct site *s)
{
    replace(s, "{\"fetched\":1\nonetimeword");
}

static void age(struct site *s)
{
    autofree char *text = kept(s);
    char *digits = strstr(text, "\"fetched\":") + strlen("\"fetched\":");
    autobuf old = {0};
    buf_printf(&old, NULL, "%.*s%lld%s", (int)(digits - text), text,
               (long long)clock_now() - KEPT_MAX_AGE, digits + strspn(digits, "0123456789"));
    replace(s, buf_text(&old));
}

static void from_the_future(struct site *s)
{
    autofree char *text = kept(s);
    strstr(text, "\"fetched\":")[strlen("\"fetched\":")] = '9';
    replace(s, text);
}

static void remove_entry(struct site *s)
{
    const struct entry_id id = {.owner = {.device = true}, .profile = "wifi"};
    site_ok(*s, removal_run(&s->agent, &id, "removed by root", &s->err));
    autofree char *text = kept(s);
    ck_assert_ptr_null(text);
}

static void (*const between[])(struct site *s) = {
    edit_subject, edit_source, tear, empty, damage, age, from_the_future, remove_entry};

START_TEST(any_other_try_fetches_anew)
{
    SITE(s);
    put_profile(&s, "CN=box", "onetimeword");
    site_behave("pki/500");
    site_run(&s, "wifi", ENGINE_CYCLE);
    autofree char *text = kept(&s);
    ck_assert_ptr_nonnull(text);
    between[_i](&s);
    site_behave("");
    site_runs(&s, ENGINE_CYCLE);
    ck_assert_uint_eq(fetched(&s), 2);
    autofree char *after = kept(&s);
    ck_assert_ptr_null(after);
}
END_TEST

/* It does not wait for the retry to be thrown away. */
START_TEST(what_is_too_old_goes)
{
    SITE(s);
    put_profile(&s, "CN=box", "onetimeword");
    site_behave("pki/500");
    site_run(&s, "wifi", ENGINE_CYCLE);
    unsigned asked = site_asked(" ");
    site_run(&s, "wifi", ENGINE_DUE); /* not yet */
    autofree char *fresh = kept(&s);
    ck_assert_ptr_nonnull(fresh);
    age(&s);
    site_run(&s, "wifi", ENGINE_DUE);
    autofree char *old = kept(&s);
    ck_assert_ptr_null(old);
    ck_assert_uint_eq(site_asked(" "), asked);
}
END_TEST

/* What is not for one use needs no keeping. */
START_TEST(a_file_is_read_again)
{
    SITE(s);
    autofree char *path = site_challenge(&s);
    ck_assert_ptr_nonnull(path);
    site_profile(&s, "wifi", SITE_BOX "\nchallenge = file:challenge");
    site_behave("pki/500");
    site_run(&s, "wifi", ENGINE_CYCLE);
    autofree char *text = kept(&s);
    ck_assert_ptr_null(text);
}
END_TEST

Suite *kept_suite(void)
{
    Suite *suite = suite_create("agent/kept");
    TCase *tc = tcase_create("kept");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_loop_test(tc, the_retry_uses_what_nobody_saw, 0, LENGTH(failures));
    tcase_add_loop_test(tc, any_other_try_fetches_anew, 0, LENGTH(between));
    tcase_add_test(tc, what_is_too_old_goes);
    tcase_add_test(tc, a_file_is_read_again);
    suite_add_tcase(suite, tc);
    return suite;
}
