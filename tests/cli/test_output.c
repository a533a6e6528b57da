#include "cli/output.h"

#include "tests/temp.h"

#include <dirent.h>

static struct temp temp;

static void setup(void)
{
    temp_open(&temp);
    ck_assert_int_eq(mkdirat(temp.fd, "folder", 0700), 0);
    ck_assert_int_eq(fs_create(temp.fd, "old", 0600, "before", 6, NULL), 0);
    ck_assert_int_eq(symlinkat("old", temp.fd, "link"), 0);
    ck_assert_int_eq(symlinkat("nowhere", temp.fd, "broken"), 0);
    ck_assert_int_eq(symlinkat("folder", temp.fd, "other"), 0);
    ck_assert_int_eq(mkfifoat(temp.fd, "pipe", 0600), 0);
}

static void teardown(void)
{
    temp_close(&temp);
}

static const struct {
    const char *file, *fault; /* NULL: it is written */
} rows[] = {
    {"new", NULL},
    {"old", NULL},
    {"folder/new", NULL},
    {"other/new", NULL},
    {"folder", "could be replaced"},
    {"folder/", "could be replaced"},
    {"folder/.", "could be replaced"},
    {"link", "could be replaced"},
    {"broken", "could be replaced"},
    {"pipe", "could be replaced"},
    {"none/new", "no such folder"},
    {"old/new", "is not a folder"},
};

START_TEST(a_file_is_replaced_and_nothing_else)
{
    autofree char *file = text_format("%s/%s", temp.path, rows[_i].file);
    autobuf text = {0};
    struct stat before = {0}, after = {0};
    struct err err = {0};
    fstatat(temp.fd, rows[_i].file, &before, AT_SYMLINK_NOFOLLOW);
    int rc = output_write(file, "after", &err);
    if (rows[_i].fault) {
        ck_assert_int_eq(rc, -ERR_CONFIG);
        ck_assert_msg(strstr(err.text, rows[_i].fault), "%s", err.text);
        fstatat(temp.fd, rows[_i].file, &after, AT_SYMLINK_NOFOLLOW);
        ck_assert(before.st_ino == after.st_ino && before.st_mode == after.st_mode);
        ck_assert_int_eq(fs_read(temp.fd, "old", 64, &text, &err), 0);
        ck_assert_str_eq(buf_text(&text), "before");
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_int_eq(fs_read(AT_FDCWD, file, 64, &text, &err), 0);
    ck_assert_str_eq(buf_text(&text), "after");
    ck_assert_int_eq(fstatat(temp.fd, rows[_i].file, &after, AT_SYMLINK_NOFOLLOW), 0);
    ck_assert_uint_eq(after.st_mode, S_IFREG | 0644);
}
END_TEST

/* Whatever the files beside are called, they are somebody's. */
START_TEST(what_stands_beside_stays)
{
    autofree char *file = text_format("%s/old", temp.path);
    autobuf text = {0};
    CLEANUP(strings_free) struct strings before = {0}, after = {0};
    struct err err = {0};
    temp_file(&temp, "old.new", 0600, "mine");
    ck_assert_int_eq(fs_list(temp.fd, &before, &err), 0);
    ck_assert_msg(output_write(file, "after", &err) == 0, "%s", err.text);
    ck_assert_int_eq(fs_read(temp.fd, "old.new", 64, &text, &err), 0);
    ck_assert_str_eq(buf_text(&text), "mine");
    ck_assert_int_eq(fs_list(temp.fd, &after, &err), 0);
    ck_assert_uint_eq(after.n, before.n);
}
END_TEST

/* Nothing is left of what could not be put in its place. */
START_TEST(what_fails_leaves_nothing)
{
    struct err err = {0};
    DIR *folder;
    unsigned names = 0;
    autofree char *file = text_format("%s/%0300d", temp.path, 7);
    ck_assert_int_lt(output_write(file, "after", &err), 0);
    ck_assert_ptr_nonnull(strstr(err.text, file)); /* not only what nobody has thought of */
    ck_assert_int_lt(fs_replace_among(temp.fd, "folder", 0644, "after", 5, &err), 0);
    ck_assert_ptr_nonnull(folder = opendir(temp.path));
    while (readdir(folder))
        names++;
    closedir(folder);
    ck_assert_uint_eq(names, 6 + 2);
}
END_TEST

Suite *output_suite(void)
{
    Suite *suite = suite_create("cli/output");
    TCase *tc = tcase_create("output");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, a_file_is_replaced_and_nothing_else, 0, LENGTH(rows));
    tcase_add_test(tc, what_stands_beside_stays);
    tcase_add_test(tc, what_fails_leaves_nothing);
    suite_add_tcase(suite, tc);
    return suite;
}
