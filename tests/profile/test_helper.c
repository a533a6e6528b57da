#include "profile/helper.h"

#include "profile/settings.h"
#include "tests/temp.h"

/* signet.conf gives a variable a program in a folder of the test's own. */
struct place {
    struct temp temp;
    struct settings settings;
    struct problems problems, warnings;
    struct known known;
    struct attributes attributes;
    struct err err;
};

static void place_close(struct place *p)
{
    settings_free(&p->settings);
    problems_free(&p->problems);
    problems_free(&p->warnings);
    known_free(&p->known);
    temp_close(&p->temp);
}

static void place_open(struct place *p, const char *variable, const char *script)
{
    CLEANUP(conf_free) struct conf conf = {0};
    *p = (struct place){0};
    temp_open(&p->temp);
    autofree char *text = text_format("#!/bin/sh\ncd %s\n%s\n", p->temp.path, script);
    autofree char *line =
        text_format("[attributes]\n%s = command:%s/helper an \"a b\"\n", variable, p->temp.path);
    temp_file(&p->temp, "helper", 0755, text);
    ck_assert_int_eq(conf_parse("f", line, strlen(line), &conf, NULL), 0);
    ck_assert_int_eq(settings_read(&conf, "/", &p->settings, &p->problems, &p->warnings, NULL), 0);
    ck_assert_uint_eq(p->problems.n, 0);
    ck_assert_uint_eq(p->warnings.n, 0);
    p->attributes = (struct attributes){.settings = &p->settings,
                                        .user = "alice",
                                        .uid = 1000,
                                        .known = &p->known,
                                        .command_ms = 20000};
}
#define PLACE(p, variable, script)                                                                 \
    CLEANUP(place_close) struct place p;                                                           \
    place_open(&p, variable, script)

static int value(struct place *p, const char *variable, struct buf *ret)
{
    buf_clear(ret);
    p->err = (struct err){0};
    return attribute_value(&p->attributes, attribute_find(variable, strlen(variable)), ret, NULL,
                           &p->err);
}

static const struct {
    const char *variable, *user, *script;
    int rc;
    const char *value; /* or a part of the error */
} rows[] = {
    {"EmailAddress", "alice", "echo jane@contoso.com", 0, "jane@contoso.com"},
    {"EmailAddress", "alice", "echo '{{UserName}},OU=Admins'", 0, "{{UserName}},OU=Admins"},
    {"EmailAddress", "alice", "echo \"$#:$2\"", 0, "2:a b"},
    {"EmailAddress", "alice", "cat", 0,
     "{\"variable\":\"EmailAddress\",\"user\":\"alice\",\"uid\":1000}"},
    {"Device_Serial", NULL, "cat", 0, "{\"variable\":\"SerialNumber\"}"},
    {"EmailAddress", "CORP\\al\"ice\n", "cat", 0,
     "{\"variable\":\"EmailAddress\",\"user\":\"CORP\\\\al\\\"ice\\u000a\",\"uid\":1000}"},
    {"EmailAddress", "alice", "exit 0", -ERR_CONFIG,
     "{{EmailAddress}}: no value: signet.conf's command gave none"},
    {"EmailAddress", "alice", "echo; echo x", -ERR_CONFIG, "no value"},
    {"EmailAddress", "alice", "exit 3", -ERR_RETRY, "/helper: ended with exit status 3"},
    {"EmailAddress", "alice", "printf 'a\\033b\\n'", -ERR_CONFIG, "holds a control character"},
    {"EmailAddress", "alice", "printf 'a\\000b\\n'", -ERR_CONFIG, "holds a zero byte"},
    {"EmailAddress", "alice", "printf 'a\\377b\\n'", -ERR_CONFIG, "is not UTF-8 text"},
    {"EmailAddress", "alice", "yes", -ERR_RESOURCE, "more than 4096 bytes"},
    {"EmailAddress", NULL, "echo x", -ERR_CONFIG, "only users have it"},
};

START_TEST(gives_a_value)
{
    PLACE(p, rows[_i].variable, rows[_i].script);
    autobuf out = {0};
    p.attributes.user = rows[_i].user;
    int rc = value(&p, rows[_i].variable, &out);
    ck_assert_msg(rc == rows[_i].rc, "%d %s", rc, p.err.text);
    ck_assert_str_eq(buf_text(&out), rc < 0 ? "" : rows[_i].value);
    if (rc < 0)
        ck_assert_msg(strstr(p.err.text, rows[_i].value), "%s", p.err.text);
}
END_TEST

START_TEST(runs_once_for_a_user)
{
    PLACE(p, "EmailAddress", "echo x >>count; wc -l <count");
    autobuf out = {0};
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(value(&p, "EmailAddress", &out), 0);
        ck_assert_str_eq(buf_text(&out), "1");
    }
    p.attributes.user = "bob";
    ck_assert_int_eq(value(&p, "EmailAddress", &out), 0);
    ck_assert_str_eq(buf_text(&out), "2");
    p.attributes.known = NULL;
    ck_assert_int_eq(value(&p, "EmailAddress", &out), 0);
    ck_assert_str_eq(buf_text(&out), "3");
}
END_TEST

/* The second time there is no wait: the hour would end the test. */
START_TEST(one_that_hangs_costs_one_deadline)
{
    PLACE(p, "EmailAddress", "sleep 1000 & sleep 1000");
    autobuf out = {0};
    p.attributes.command_ms = 50;
    ck_assert_int_eq(value(&p, "EmailAddress", &out), -ERR_RETRY);
    ck_assert_msg(strstr(p.err.text, "{{EmailAddress}}: ") && strstr(p.err.text, ": timed out"),
                  "%s", p.err.text);
    p.attributes.command_ms = 60 * 60 * 1000;
    ck_assert_int_eq(value(&p, "EmailAddress", &out), -ERR_RETRY);
    ck_assert_msg(strstr(p.err.text, ": timed out"), "%s", p.err.text);
}
END_TEST

START_TEST(one_that_is_missing_is_warned_about)
{
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(settings_free) struct settings settings = {0};
    CLEANUP(problems_free) struct problems problems = {0}, warnings = {0};
    static const char text[] = "[attributes]\nIMEI = command:/nonexistent/imei x\n";
    ck_assert_int_eq(conf_parse("f", text, strlen(text), &conf, NULL), 0);
    ck_assert_int_eq(settings_read(&conf, "/", &settings, &problems, &warnings, NULL), 0);
    ck_assert_uint_eq(problems.n, 0);
    ck_assert(!settings.damaged);
    ck_assert_uint_eq(warnings.n, 1);
    ck_assert_str_eq(warnings.v[0].text, "f:2: IMEI: /nonexistent/imei: no such program");
    ck_assert_uint_eq(warnings.v[0].at.column, 16);

    struct attributes attributes = {.settings = &settings};
    autobuf out = {0};
    struct err err = {0};
    ck_assert_int_eq(attribute_value(&attributes, attribute_find("IMEI", 4), &out, NULL, &err),
                     -ERR_DENIED);
    ck_assert_str_eq(err.text, "{{IMEI}}: /nonexistent/imei: no such program");
}
END_TEST

START_TEST(what_is_known_is_kept)
{
    CLEANUP(known_free) struct known known = {0};
    const struct err why = {.class = ERR_DENIED, .text = "no"};
    autobuf value_ = {0}, out = {0};
    struct err err = {0};
    buf_add_text(&value_, "yes", NULL);
    ck_assert_ptr_null(known_find(&known, "a"));
    ck_assert_int_eq(known_keep(&known, "a", 1, &value_, &why, &err), 0);
    ck_assert_int_eq(known_keep(&known, "b", 0, &value_, &why, &err), 0);
    ck_assert_int_eq(known_keep(&known, "c", -ERR_DENIED, &value_, &why, &err), 0);
    ck_assert_int_eq(known_give(known_find(&known, "a"), &out, &err), 1);
    ck_assert_int_eq(known_give(known_find(&known, "b"), &out, &err), 0);
    ck_assert_str_eq(buf_text(&out), "yes");
    ck_assert_int_eq(known_give(known_find(&known, "c"), &out, &err), -ERR_DENIED);
    ck_assert_str_eq(err.text, "no");
}
END_TEST

/* A machine of many users, each of whom is asked about once: nothing is forgotten on the way. */
START_TEST(many_are_known)
{
    CLEANUP(known_free) struct known known = {0};
    autobuf value_ = {0}, page = {0}, out = {0};
    struct err err = {0};
    char question[16];
    enum { MANY = 10000 };
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(question, sizeof question, "%u", i * 7919 % MANY);
        buf_clear(&value_);
        buf_add_text(&value_, question, NULL);
        ck_assert_ptr_null(known_find(&known, question));
        ck_assert_int_eq(known_keep(&known, question, 1, &value_, NULL, &err), 0);
    }
    ck_assert_uint_eq(known.n, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(question, sizeof question, "%u", i);
        buf_clear(&out);
        ck_assert_int_eq(known_give(known_find(&known, question), &out, &err), 1);
        ck_assert_str_eq(buf_text(&out), question);
    }

    /* No memory grows without an end. */
    for (unsigned i = 0; i < 4096; i++)
        buf_add(&page, "x", 1, NULL);
    for (unsigned i = 0; i < KNOWN_BYTES_MAX / 4096; i++) {
        snprintf(question, sizeof question, "x%u", i);
        ck_assert_int_eq(known_keep(&known, question, 1, &page, NULL, &err), 0);
        ck_assert_uint_le(known.bytes, KNOWN_BYTES_MAX);
        ck_assert_ptr_nonnull(known_find(&known, question));
    }
    ck_assert_ptr_null(known_find(&known, "0"));
}
END_TEST

Suite *helper_suite(void)
{
    Suite *suite = suite_create("profile/helper");
    TCase *tc = tcase_create("helper");
    tcase_add_loop_test(tc, gives_a_value, 0, LENGTH(rows));
    tcase_add_test(tc, runs_once_for_a_user);
    tcase_add_test(tc, one_that_hangs_costs_one_deadline);
    tcase_add_test(tc, one_that_is_missing_is_warned_about);
    tcase_add_test(tc, what_is_known_is_kept);
    tcase_add_test(tc, many_are_known);
    suite_add_tcase(suite, tc);
    return suite;
}
