#include "agent/setup.h"

#include "tests/agent/site.h"

#include <sys/stat.h>

/* Files of which some say how "wifi" is asked for. */
static const struct {
    const char *file;
    bool counts;
} files[] = {
    {"conf.d/wifi.conf", true},   {"conf.d/10-root.conf", true},
    {"root.pem", true},           {"signet.conf", true},
    {"password", true},           {"login", true},
    {"conf.d/other.conf", false}, {"elsewhere", false},
};

static void put_all(struct site *s)
{
    autofree char *lines =
        text_format(SITE_BOX "\nchallenge = webhook:%s\nchallenge-auth = bearer\n"
                             "challenge-secret = file:password\n"
                             "proxy = http://127.0.0.1:1\n"
                             "proxy-secret = file:login",
                    site_url());
    site_profile(s, "wifi", lines);
    site_put(s, "conf.d/other.conf", "# nothing\n");
    site_put(s, "signet.conf", "[attributes]\nDeviceName = box\n");
    site_put(s, "password", "hunter2\n");
    site_put(s, "login", "bob:hunter2\n");
    site_put(s, "elsewhere", "nothing\n");
}

static void take_digest(struct site *s, char ret[SHA256_HEX])
{
    site_load(s);
    const struct profile *wifi = profile_find(&s->agent.profiles, PROFILE_SCEP, "wifi");
    ck_assert_ptr_nonnull(wifi);
    site_ok(*s, setup_digest(&s->agent, wifi, ret, &s->err));
}

/* Touched, and then not there. */
START_TEST(a_file_that_counts_makes_another)
{
    SITE(s);
    char before[SHA256_HEX], again[SHA256_HEX], touched[SHA256_HEX], gone[SHA256_HEX];
    static const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    autofree char *path = text_format("%s/%s", s.conf, files[_i].file);
    put_all(&s);
    take_digest(&s, before);
    take_digest(&s, again);
    ck_assert_str_eq(before, again);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, long_ago, 0), 0);
    take_digest(&s, touched);
    ck_assert_int_eq(strcmp(before, touched) != 0, files[_i].counts);
    if (strstr(files[_i].file, "wifi") || strstr(files[_i].file, "root"))
        return; /* without them there is no profile */
    ck_assert_int_eq(unlink(path), 0);
    take_digest(&s, gone);
    ck_assert_int_eq(strcmp(touched, gone) != 0, files[_i].counts);
}
END_TEST

Suite *setup_suite(void)
{
    Suite *suite = suite_create("agent/setup");
    TCase *tc = tcase_create("setup");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_loop_test(tc, a_file_that_counts_makes_another, 0, LENGTH(files));
    suite_add_tcase(suite, tc);
    return suite;
}
