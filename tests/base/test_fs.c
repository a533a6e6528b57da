#include "base/fs.h"

#include "tests/temp.h"

#include <sys/stat.h>

enum how { PLAIN, TRUSTED, SECRET };

static const struct {
    enum how how;
    mode_t mode;
    bool good;
    const char *error;
} reads[] = {
    {PLAIN, 0666, true, NULL},
    {TRUSTED, 0644, true, NULL},
    {TRUSTED, 0600, true, NULL},
    {TRUSTED, 0664, false, "mode 0664"},
    {TRUSTED, 0646, false, "chmod go-w"},
    {TRUSTED, 0666, false, "not believed"},
    {SECRET, 0600, true, NULL},
    {SECRET, 0640, true, NULL},
    {SECRET, 0644, false, "everyone read a secret"},
    {SECRET, 0660, false, "chmod go-w"},
};

static int read_as(enum how how, int at, const char *name, size_t max, struct buf *ret,
                   struct err *err)
{
    return how == PLAIN     ? fs_read(at, name, max, ret, err)
           : how == TRUSTED ? fs_read_trusted(at, name, max, ret, err)
                            : fs_read_secret(at, name, max, ret, err);
}

START_TEST(believes_by_mode)
{
    autotemp t;
    autobuf b = {0};
    struct err err;
    temp_open(&t);
    temp_file(&t, "f", reads[_i].mode, "content");
    int rc = read_as(reads[_i].how, t.fd, "f", 100, &b, &err);
    if (reads[_i].good) {
        ck_assert_msg(rc == 0, "%s", err.text);
        ck_assert_str_eq(buf_text(&b), "content");
    } else {
        ck_assert_int_eq(rc, -ERR_DENIED);
        ck_assert_msg(strstr(err.text, reads[_i].error) && strncmp(err.text, "f: ", 3) == 0, "%s",
                      err.text);
        ck_assert_ptr_null(b.data);
    }
}
END_TEST

START_TEST(believes_only_root_and_itself)
{
    autotemp t;
    autobuf b = {0};
    struct err err;
    temp_open(&t);
    temp_file(&t, "f", 0644, "content");
    if (geteuid() != 0) /* only root can give a file away */
        return;
    ck_assert_int_eq(fchownat(t.fd, "f", 12345, 0, 0), 0);
    ck_assert_int_eq(fs_read_trusted(t.fd, "f", 100, &b, &err), -ERR_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "owned by uid 12345"));
    ck_assert_int_eq(fchownat(t.fd, ".", 12345, 0, 0), 0);
    int fd = -1;
    ck_assert_int_eq(fs_open_trusted_dir(t.path, &fd, &err), -ERR_DENIED);
    ck_assert_int_eq(fd, -1);
}
END_TEST

static void make_obstacle(const struct temp *t, int kind)
{
    switch (kind) {
    case 0: /* nothing there */
        break;
    case 1:
        ck_assert_int_eq(mkdirat(t->fd, "f", 0700), 0);
        break;
    case 2:
        ck_assert_int_eq(mkfifoat(t->fd, "f", 0600), 0);
        break;
    case 3:
        temp_file(t, "g", 0600, "x");
        ck_assert_int_eq(symlinkat("g", t->fd, "f"), 0);
        break;
    case 4:
        temp_file(t, "f", 0600, "12345678901");
        break;
    case 5:
        ck_assert_int_eq(symlinkat("/dev/zero", t->fd, "f"), 0);
        break;
    }
}

static const struct {
    enum err_class class;
    const char *error;
} obstacles[] = {
    {ERR_CONFIG, "f: no such file"},    {ERR_CONFIG, "not a regular file"},
    {ERR_CONFIG, "not a regular file"}, {ERR_DENIED, "symbolic link"},
    {ERR_RESOURCE, "larger than 10"},   {ERR_DENIED, "symbolic link"},
};

START_TEST(is_not_held_up)
{
    autotemp t;
    autobuf b = {0};
    struct err err;
    temp_open(&t);
    make_obstacle(&t, _i);
    ck_assert_int_eq(fs_read(t.fd, "f", 10, &b, &err), -(int)obstacles[_i].class);
    ck_assert_msg(strstr(err.text, obstacles[_i].error) != NULL, "%s", err.text);
}
END_TEST

START_TEST(creates_once_and_replaces_whole)
{
    autotemp t;
    autobuf b = {0};
    struct err err;
    struct stat st;
    temp_open(&t);
    ck_assert_int_eq(fs_create(t.fd, "f", 0600, "one", 3, &err), 0);
    ck_assert_int_lt(fs_create(t.fd, "f", 0600, "two", 3, &err), 0);
    ck_assert_int_eq(fs_read(t.fd, "f", 10, &b, &err), 0);
    ck_assert_str_eq(buf_text(&b), "one");

    temp_file(&t, "f.new", 0600, "left by one who was killed");
    ck_assert_int_eq(fs_replace(t.fd, "f", 0640, "two", 3, &err), 0);
    ck_assert_int_eq(fs_read(t.fd, "f", 10, &b, &err), 0);
    ck_assert_str_eq(buf_text(&b), "two");
    ck_assert_int_eq(fstatat(t.fd, "f", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0640);
    ck_assert_int_eq(faccessat(t.fd, "f.new", F_OK, 0), -1);
}
END_TEST

START_TEST(makes_a_folder_once)
{
    autotemp t;
    struct err err;
    struct stat st;
    temp_open(&t);
    autofree char *path = text_format("%s/d", t.path), *below = text_format("%s/e/d", t.path);
    autofree char *slash = text_format("%s/", path);
    ck_assert_int_eq(fs_make_dir(path, 0700, &err), 0);
    ck_assert(stat(path, &st) == 0 && (st.st_mode & 07777) == 0700);
    ck_assert_int_eq(fs_make_dir(path, 0755, &err), 0); /* empty: its maker may have been killed */
    ck_assert_int_eq(fs_make_dir(slash, 0755, &err), 0);
    temp_file(&t, "d/f", 0600, "");
    ck_assert_int_eq(fs_make_dir(path, 0755, &err), 0);
    ck_assert(stat(path, &st) == 0 && (st.st_mode & 07777) == 0700);
    ck_assert_int_eq(fs_make_dir(below, 0700, &err), -ERR_RETRY);
    ck_assert_msg(strstr(err.text, below), "%s", err.text);
    /* What is there and is no folder is for whoever opens it to judge. */
    temp_file(&t, "file", 0600, "");
    autofree char *file = text_format("%s/file", t.path);
    ck_assert_int_eq(fs_make_dir(file, 0700, &err), 0);
}
END_TEST

START_TEST(writes_all_or_says_why)
{
    autotemp t;
    temp_open(&t);
    temp_file(&t, "f", 0600, "");
    autoclose int fd = openat(t.fd, "f", O_WRONLY | O_CLOEXEC);
    autoclose int reader = openat(t.fd, "f", O_RDONLY | O_CLOEXEC);
    ck_assert(fs_write_all(fd, "content", 7) && fs_write_all(fd, "", 0));
    ck_assert(!fs_write_all(reader, "content", 7));
    ck_assert_int_eq(errno, EBADF);
    autobuf b = {0};
    ck_assert_int_eq(fs_read(t.fd, "f", 10, &b, NULL), 0);
    ck_assert_str_eq(buf_text(&b), "content");
}
END_TEST

START_TEST(lists_in_order_without_hidden_names)
{
    autotemp t;
    CLEANUP(strings_free) struct strings names = {0};
    temp_open(&t);
    ck_assert_int_eq(fs_list(t.fd, &names, NULL), 0);
    ck_assert_uint_eq(names.n, 0);
    for (const char *const *p = (const char *const[]){"b", "a", ".c", "10", NULL}; *p; p++)
        temp_file(&t, *p, 0600, "");
    ck_assert_int_eq(fs_list(t.fd, &names, NULL), 0);
    ck_assert_uint_eq(names.n, 3);
    ck_assert_str_eq(names.v[0], "10");
    ck_assert_str_eq(names.v[1], "a");
    ck_assert_str_eq(names.v[2], "b");
}
END_TEST

START_TEST(removes_a_tree_and_nothing_beyond_it)
{
    autotemp t, other;
    struct err err;
    temp_open(&t);
    temp_open(&other);
    temp_file(&other, "stays", 0600, "");
    ck_assert_int_eq(mkdirat(t.fd, "d", 0700), 0);
    ck_assert_int_eq(mkdirat(t.fd, "d/e", 0700), 0);
    ck_assert_int_eq(symlinkat(other.path, t.fd, "d/e/link"), 0);
    ck_assert_int_eq(fs_remove_tree(t.fd, "d", &err), 0);
    ck_assert_int_eq(faccessat(t.fd, "d", F_OK, 0), -1);
    ck_assert_int_eq(faccessat(other.fd, "stays", F_OK, 0), 0);
    ck_assert_int_eq(fs_remove_tree(t.fd, "d", &err), 0);
}
END_TEST

START_TEST(a_lock_is_waited_for_so_long_and_no_longer)
{
    autotemp t;
    struct err err;
    temp_open(&t);
    autoclose int first = openat(t.fd, ".", O_RDONLY), second = openat(t.fd, ".", O_RDONLY);
    ck_assert_int_eq(fs_lock(first, deadline_in(0), &err), 0);
    ck_assert_int_eq(fs_lock(second, deadline_in(0), &err), -ERR_RETRY);
    ck_assert_int_eq(fs_lock(second, deadline_in(30), &err), -ERR_RETRY);
    close(steal_fd(&first));
    ck_assert_int_eq(fs_lock(second, deadline_in(0), &err), 0);
}
END_TEST

Suite *fs_suite(void)
{
    Suite *suite = suite_create("base/fs");
    TCase *tc = tcase_create("fs");
    tcase_add_loop_test(tc, believes_by_mode, 0, LENGTH(reads));
    tcase_add_test(tc, believes_only_root_and_itself);
    tcase_add_loop_test(tc, is_not_held_up, 0, LENGTH(obstacles));
    tcase_add_test(tc, creates_once_and_replaces_whole);
    tcase_add_test(tc, makes_a_folder_once);
    tcase_add_test(tc, writes_all_or_says_why);
    tcase_add_test(tc, lists_in_order_without_hidden_names);
    tcase_add_test(tc, removes_a_tree_and_nothing_beyond_it);
    tcase_add_test(tc, a_lock_is_waited_for_so_long_and_no_longer);
    suite_add_tcase(suite, tc);
    return suite;
}
