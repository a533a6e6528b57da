#include "cli/import.h"

#include "tests/temp.h"

#include <sys/stat.h>

static struct temp temp;
static char folder[96];

static void setup(void)
{
    temp_open(&temp);
    snprintf(folder, sizeof folder, "%s/out", temp.path);
}

static void teardown(void)
{
    temp_close(&temp);
}

static void add(struct import_result *result, enum import_kind kind, const char *name,
                const char *text)
{
    ck_assert_int_eq(import_result_add(result, kind, name, text, strlen(text), NULL), 0);
}

static void fill(struct import_result *result, const char *text)
{
    add(result, IMPORT_CONF, "a", text);
    add(result, IMPORT_SECRET, "a", text);
    import_result_line(result, IMPORT_NOTE, "a", "b", NULL, "c");
    add(result, IMPORT_ANCHOR, "r", text);
    add(result, IMPORT_CONF, "r", text);
}

static const struct {
    const char *name;
    mode_t mode;
} files[] = {
    {"conf.d/50-a.conf", 0644},
    {"conf.d/50-r.conf", 0644},
    {"anchors/r.cer", 0644},
    {"a.challenge", 0600},
};

/* How many files there are below PATH, hidden ones too. */
static size_t count(const char *path)
{
    autofree char *command = text_format("find %s -type f | wc -l", path);
    char text[32] = "";
    FILE *f = popen(command, "r");
    ck_assert_ptr_nonnull(fgets(text, sizeof text, f));
    pclose(f);
    return (size_t)atoi(text);
}

static void check_file(size_t i, const char *text)
{
    autobuf content = {0};
    struct stat st;
    struct err err;
    autofree char *path = text_format("%s/%s", folder, files[i].name);
    ck_assert_msg(fs_read(AT_FDCWD, path, 100, &content, &err) == 0, "%s", err.text);
    ck_assert_str_eq(buf_text(&content), text);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, files[i].mode);
}

START_TEST(writes)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    struct err err;
    mode_t mask = umask(0);
    fill(&result, "one");
    ck_assert_msg(import_write(&result, folder, false, &err) == 0, "%s", err.text);
    umask(mask);
    for (size_t i = 0; i < LENGTH(files); i++)
        check_file(i, "one");
    ck_assert_uint_eq(count(folder), LENGTH(files));
}
END_TEST

/* One file in the way, and none is written, however many could be. */
START_TEST(overwrites_only_by_force)
{
    for (size_t taken = 0; taken < LENGTH(files); taken++) {
        CLEANUP(import_result_free) struct import_result result = {0};
        struct err err;
        fill(&result, "new");
        ck_assert_int_eq(import_write(&result, folder, true, &err), 0);
        for (size_t i = 0; i < LENGTH(files); i++) {
            autofree char *path = text_format("%s/%s", folder, files[i].name);
            ck_assert_int_eq(unlink(path), 0);
        }
        autofree char *path = text_format("%s/%s", folder, files[taken].name);
        ck_assert_int_eq(fs_create(AT_FDCWD, path, 0640, "old", 3, NULL), 0);
        ck_assert_int_eq(import_write(&result, folder, false, &err), -ERR_DENIED);
        ck_assert_msg(strstr(err.text, "is there already: --force replaces it"), "%s", err.text);
        ck_assert_uint_eq(count(folder), 1);

        ck_assert_msg(import_write(&result, folder, true, &err) == 0, "%s", err.text);
        for (size_t i = 0; i < LENGTH(files); i++)
            check_file(i, "new");
        ck_assert_uint_eq(count(folder), LENGTH(files));
    }
}
END_TEST

/* What fails at the last step undoes those before it: two files of one name are such a failure. */
START_TEST(undoes_what_fails)
{
    CLEANUP(import_result_free) struct import_result before = {0};
    CLEANUP(import_result_free) struct import_result result = {0};
    struct err err;
    fill(&before, "old");
    ck_assert_int_eq(import_write(&before, folder, false, &err), 0);
    fill(&result, "new");
    add(&result, IMPORT_ANCHOR, "other", "new");
    add(&result, IMPORT_CONF, "twice", "new");
    add(&result, IMPORT_CONF, "twice", "new");
    ck_assert_int_lt(import_write(&result, folder, true, &err), 0);
    for (size_t i = 0; i < LENGTH(files); i++)
        check_file(i, "old");
    ck_assert_uint_eq(count(folder), LENGTH(files));
}
END_TEST

START_TEST(does_not_follow_links)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    struct err err;
    fill(&result, "new");
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    autofree char *path = text_format("%s/a.challenge", folder);
    autofree char *target = text_format("%s/target", temp.path);
    temp_file(&temp, "target", 0644, "old");
    ck_assert_int_eq(symlink(target, path), 0);
    ck_assert_int_eq(import_write(&result, folder, true, &err), -ERR_DENIED);
    ck_assert_uint_eq(count(folder), 0);
}
END_TEST

START_TEST(no_such_parent)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    struct err err;
    autofree char *path = text_format("%s/none/out", temp.path);
    fill(&result, "new");
    ck_assert_int_lt(import_write(&result, path, true, &err), 0);
    ck_assert_msg(strstr(err.text, "none/out"), "%s", err.text);
}
END_TEST

Suite *import_write_suite(void)
{
    Suite *suite = suite_create("cli/import_write");
    TCase *tc = tcase_create("import_write");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, writes);
    tcase_add_test(tc, overwrites_only_by_force);
    tcase_add_test(tc, undoes_what_fails);
    tcase_add_test(tc, does_not_follow_links);
    tcase_add_test(tc, no_such_parent);
    suite_add_tcase(suite, tc);
    return suite;
}
