/* The manual pages name what the code knows, all of it and nothing else: keys, variables with their
 * aliases, and states. They tell of every option, and the samples show every key. */
#include "cli/options.h"
#include "profile/attribute.h"
#include "profile/keys.h"
#include "tests/top.h"

#include <string.h>

static struct buf page;

static void before(void)
{
    buf_clear(&page);
}

static void after(void)
{
    buf_free(&page);
}

/* Of the lines of a page, in the part that begins with one of the headings: the words behind
 * ".It MACRO ", one entry each. */
static void items(const char *heading, const char *macro, struct strings *ret)
{
    autofree char *begin = text_format("\n%s\n", heading), *item = text_format("\n.It %s ", macro);
    const char *part = strstr(buf_text(&page), begin);
    ck_assert_msg(part != NULL, "no %s", heading);
    const char *end = strstr(part + strlen(begin), "\n.Sh ");
    size_t len = end ? (size_t)(end - part) : strlen(part);
    for (const char *p = part; (p = memmem(p, len - (size_t)(p - part), item, strlen(item)));) {
        p += strlen(item);
        autofree char *line = strndup(p, strcspn(p, "\n"));
        ck_assert_int_eq(strings_add(ret, line, NULL), 0);
    }
    ck_assert_msg(ret->n > 0, "no .It %s below %s", macro, heading);
}

static void have_equal(const struct strings *known, const struct strings *told,
                       const char *page_name)
{
    for (size_t i = 0; i < known->n; i++)
        ck_assert_msg(strings_contain(told, known->v[i]), "%s does not tell of %s", page_name,
                      known->v[i]);
    for (size_t i = 0; i < told->n; i++)
        ck_assert_msg(strings_contain(known, told->v[i]), "%s tells of %s, which there is not",
                      page_name, told->v[i]);
    ck_assert_uint_eq(known->n, told->n);
}

static const struct {
    const char *page, *heading;
    unsigned sections; /* its keys are those of just these */
} parts[] = {
    {"man/signet-profile.5", ".Sh KEYS OF EVERY PROFILE", SECTION_TRUSTED_ROOT | SECTION_SCEP},
    {"man/signet-profile.5", ".Sh KEYS OF TRUSTED ROOTS", SECTION_TRUSTED_ROOT},
    {"man/signet-profile.5", ".Sh KEYS OF SCEP PROFILES", SECTION_SCEP},
    {"man/signet.conf.5", ".Sh KEYS OF THE AGENT", SECTION_AGENT},
};

START_TEST(tells_of_every_key)
{
    CLEANUP(strings_free) struct strings known = {0}, told = {0}, lines = {0};
    const char *key;
    unsigned sections;
    for (size_t i = 0; (key = keys_name(i, &sections)); i++)
        if (sections == parts[_i].sections)
            strings_add(&known, key, NULL);
    top_read(parts[_i].page, &page);
    items(parts[_i].heading, "Cm", &lines);
    for (size_t i = 0; i < lines.n; i++) {
        autofree char *name = strndup(lines.v[i], strcspn(lines.v[i], " "));
        strings_add(&told, name, NULL);
    }
    have_equal(&known, &told, parts[_i].page);
}
END_TEST

/* All keys are in one of the parts above. */
START_TEST(leaves_no_key_out)
{
    unsigned sections;
    for (size_t i = 0; keys_name(i, &sections); i++) {
        bool found = false;
        for (size_t p = 0; p < LENGTH(parts); p++)
            found = found || parts[p].sections == sections;
        ck_assert_msg(found, "%s", keys_name(i, &sections));
    }
}
END_TEST

/* In the samples, too, each key stands once at least: as a line, or as one to be taken out of its
 * comment. */
START_TEST(samples_show_every_key)
{
    static const char *const files[] = {"samples/signet.conf", "samples/conf.d/10-root.conf",
                                        "samples/conf.d/20-user.conf",
                                        "samples/conf.d/30-device.conf"};
    autobuf all = {0};
    const char *key;
    unsigned sections;
    for (size_t i = 0; i < LENGTH(files); i++) {
        buf_clear(&page);
        top_read(files[i], &page);
        buf_printf(&all, NULL, "\n%s", buf_text(&page));
    }
    for (size_t i = 0; (key = keys_name(i, &sections)); i++) {
        autofree char *line = text_format("\n%s ", key), *comment = text_format("\n#%s ", key);
        ck_assert_msg(strstr(buf_text(&all), line) || strstr(buf_text(&all), comment),
                      "no sample has %s", key);
    }
}
END_TEST

START_TEST(tells_of_every_variable)
{
    CLEANUP(strings_free) struct strings known = {0}, told = {0};
    for (const struct attribute *a = attribute_table; a->name; a++) {
        autobuf names = {0};
        buf_add_text(&names, a->name, NULL);
        for (size_t i = 0; i < LENGTH(a->aliases) && a->aliases[i]; i++)
            buf_printf(&names, NULL, " , %s", a->aliases[i]);
        strings_add(&known, buf_text(&names), NULL);
    }
    top_read("man/signet-profile.5", &page);
    items(".Sh VARIABLES", "Va", &told);
    have_equal(&known, &told, "man/signet-profile.5");
}
END_TEST

/* Those of the agent's protocol. */
START_TEST(tells_of_every_state)
{
    CLEANUP(strings_free) struct strings known = {0}, told = {0};
    autobuf protocol = {0};
    top_read("agent/PROTOCOL.md", &protocol);
    const char *p = strstr(buf_text(&protocol), "\n### States\n");
    ck_assert_ptr_nonnull(p);
    while ((p = strstr(p, "\n| `"))) {
        p += strlen("\n| `");
        autofree char *state = strndup(p, strcspn(p, "`"));
        strings_add(&known, state, NULL);
    }
    top_read("man/signet.1", &page);
    items(".Sh STATES", "Cm", &told);
    have_equal(&known, &told, "man/signet.1");
}
END_TEST

START_TEST(tells_of_every_option)
{
    autobuf completion = {0};
    top_read("man/signet.1", &page);
    top_read("cli/bash-completion/signet", &completion);
    for (const struct option_row *row = options; row->name; row++) {
        autofree char *told = text_format(" , Fl -%s", row->name);
        const char *item = row->letter ? told : told + strlen(" , ");
        autofree char *completed = text_format("--%s", row->name);
        ck_assert_msg(strstr(buf_text(&page), item) != NULL, "%s", item);
        ck_assert_msg(strstr(buf_text(&completion), completed) != NULL, "%s", completed);
    }
}
END_TEST

static const char *const services[] = {"signet-agent", "signet-keyd", "signet-apply"};

/* As each of them lists its own. */
START_TEST(tells_of_every_option_of_a_service)
{
    char help[8192] = "", *rest = help, *word;
    autofree char *command = text_format(TEST_BUILDDIR "/%s --help", services[_i]);
    FILE *pipe = popen(command, "r");
    ck_assert_uint_gt(fread(help, 1, sizeof help - 1, pipe), 0);
    ck_assert_int_eq(pclose(pipe), 0);
    top_read("man/signet-agent.8", &page);
    while ((word = strsep(&rest, " []:;,\n"))) {
        if (strncmp(word, "--", 2) != 0 || strcmp(word, "--version") == 0)
            continue;
        autofree char *item = text_format(".It Fl %s", word + 1);
        ck_assert_msg(strstr(buf_text(&page), item) != NULL, "%s: %s", services[_i], word);
    }
}
END_TEST

Suite *manual_suite(void)
{
    Suite *suite = suite_create("profile/manual");
    TCase *tc = tcase_create("manual");
    tcase_add_checked_fixture(tc, before, after);
    tcase_add_loop_test(tc, tells_of_every_key, 0, LENGTH(parts));
    tcase_add_test(tc, leaves_no_key_out);
    tcase_add_test(tc, samples_show_every_key);
    tcase_add_test(tc, tells_of_every_variable);
    tcase_add_test(tc, tells_of_every_state);
    tcase_add_test(tc, tells_of_every_option);
    tcase_add_loop_test(tc, tells_of_every_option_of_a_service, 0, LENGTH(services));
    suite_add_tcase(suite, tc);
    return suite;
}
