#include "tests/store/fixture.h"

/* Where `current` leads, and the number that is read from it; -1: refused. */
static const struct {
    const char *target;
    int number;
} links[] = {
    {"generations/1", 1},
    {"generations/999999999", 999999999},
    {"generations/1000000000", -1},
    {"generations/0", -1},
    {"generations/-1", -1},
    {"generations/+1", -1},
    {"generations/01", -1},
    {"generations/ 1", -1},
    {"generations/1 ", -1},
    {"generations/1/", -1},
    {"generations/", -1},
    {"generations/1/../../../users", -1},
    {"generations/99999999999999999999999999999999999999999999999999999", -1},
    {"../wifi/generations/1", -1},
    {"/etc/hostname", -1},
    {"1", -1},
};

START_TEST(reads_current)
{
    FIXTURE(f);
    fixture_entry(&f);
    unsigned number = 77;
    ck_assert_int_eq(symlink(links[_i].target, in_store(&f, "device/wifi/current")), 0);
    int rc = entry_current(&f.entry, &number, &f.err);
    if (links[_i].number < 0) {
        ck_assert_int_eq(rc, -ERR_CONFIG);
        ck_assert_ptr_nonnull(strstr(f.err.text, "device/wifi: current: "));
        ck_assert_uint_eq(number, 77);
    } else {
        ck_assert_int_eq(rc, 0);
        ck_assert_int_eq(number, links[_i].number);
    }
}
END_TEST

START_TEST(current_that_is_no_link)
{
    FIXTURE(f);
    fixture_entry(&f);
    unsigned number = 77;
    ok(f, entry_current(&f.entry, &number, &f.err));
    ck_assert_uint_eq(number, 0);
    put_file(&f, "device/wifi/current", "generations/1");
    ck_assert_int_eq(entry_current(&f.entry, &number, &f.err), -ERR_CONFIG);
}
END_TEST

START_TEST(lists_current_and_the_one_before)
{
    static const char *const folders[] = {"4.new", "4", "999999999", "02", "x", "-1", "0"};
    FIXTURE(f);
    fixture_entry(&f);
    autofree unsigned *none = NULL, *numbers = NULL;
    size_t n = 7;
    ok(f, entry_generations(&f.entry, &none, &n, &f.err));
    ck_assert_uint_eq(n, 0);
    enrol(&f, "one");
    enrol(&f, "two");
    enrol(&f, "three");
    for (size_t i = 0; i < LENGTH(folders); i++) {
        char path[64];
        snprintf(path, sizeof path, "device/wifi/generations/%s", folders[i]);
        ck_assert_int_eq(mkdir(in_store(&f, path), 0700), 0);
    }
    put_file(&f, "device/wifi/generations/1", "a file");
    ok(f, entry_generations(&f.entry, &numbers, &n, &f.err));
    ck_assert_uint_eq(n, 2);
    ck_assert_uint_eq(numbers[0], 3);
    ck_assert_uint_eq(numbers[1], 2);
}
END_TEST

/* Done to one file of a generation; the read of that part fails then, and names the file. */
static void gone(const char *path)
{
    ck_assert_int_eq(unlink(path), 0);
}

static void empty(const char *path)
{
    ck_assert_int_eq(truncate(path, 0), 0);
}

static void cut(const char *path)
{
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(truncate(path, st.st_size / 2), 0);
}

static void fill(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "w");
    ck_assert_uint_eq(fwrite(text, 1, len, file), len);
    fclose(file);
}

static void garbage(const char *path)
{
    fill(path, "\0\1\2\377garbage", 11);
}

static void zeros(const char *path)
{
    static const char zero[512];
    fill(path, zero, sizeof zero);
}

static void page(const char *path)
{
    fill(path, "<html>-----\n", 12);
}

static void huge(const char *path)
{
    ck_assert_int_eq(truncate(path, (off_t)1 << 40), 0);
}

static void folder(const char *path)
{
    gone(path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void fifo(const char *path)
{
    gone(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void link_out(const char *path)
{
    gone(path);
    ck_assert_int_eq(symlink("/etc/hostname", path), 0);
}

static void (*const torn[])(const char *) = {gone, empty, cut,    garbage, zeros,
                                             page, huge,  folder, fifo,    link_out};
static const struct {
    const char *name;
    unsigned part;
    bool may_be_empty;
} files[] = {
    {"key.pem", PART_KEY, false},
    {"cert.pem", PART_CERT, false},
    {"chain.pem", PART_CHAIN, true},
    {"meta.json", PART_META, false},
};

START_TEST(names_the_torn_part)
{
    const size_t file = (size_t)_i % LENGTH(files), how = (size_t)_i / LENGTH(files);
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "one"));
    autobuf cert = pem("CERTIFICATE", "one"), chain = pem("CERTIFICATE", "ca");
    autojson *meta = json_pack("{s:s}", "a", "b");
    unsigned number;
    ok(f, entry_commit(&f.entry, &cert, &chain, meta, &number, &f.err));

    char path[64], named[64];
    snprintf(path, sizeof path, "device/wifi/generations/1/%s", files[file].name);
    snprintf(named, sizeof named, "device/wifi: generations/1: %s: ", files[file].name);
    torn[how](in_store(&f, path));

    CLEANUP(generation_free) struct generation g = {0};
    if (torn[how] == empty && files[file].may_be_empty) {
        ok(f, entry_read(&f.entry, 1, PART_ALL, &g, &f.err));
        return;
    }
    ck_assert_int_lt(entry_read(&f.entry, 1, PART_ALL, &g, &f.err), 0);
    ck_assert_msg(strstr(f.err.text, named) != NULL, "%s", f.err.text);
    ck_assert_int_lt(entry_read(&f.entry, 1, files[file].part, &g, &f.err), 0);
    ck_assert_ptr_null(g.key_pem.data);
    /* The others are as they were. */
    ok(f, entry_read(&f.entry, 1, PART_ALL & ~files[file].part, &g, &f.err));
    fixture_again(&f);
    ck_assert(is_there(&f, "device/wifi/generations/1"));
}
END_TEST

START_TEST(reads_no_generation_that_is_not_there)
{
    static const unsigned numbers[] = {0, 2, 4294967295u};
    FIXTURE(f);
    fixture_entry(&f);
    enrol(&f, "one");
    ck_assert_int_eq(symlink("1", in_store(&f, "device/wifi/generations/2")), 0);
    for (size_t i = 0; i < LENGTH(numbers); i++) {
        CLEANUP(generation_free) struct generation g = {0};
        ck_assert_int_eq(entry_read(&f.entry, numbers[i], PART_ALL, &g, &f.err), -ERR_CONFIG);
    }
}
END_TEST

Suite *generation_suite(void)
{
    Suite *suite = suite_create("store/generation");
    TCase *tc = tcase_create("generation");
    tcase_add_loop_test(tc, reads_current, 0, LENGTH(links));
    tcase_add_test(tc, current_that_is_no_link);
    tcase_add_test(tc, lists_current_and_the_one_before);
    tcase_add_loop_test(tc, names_the_torn_part, 0, LENGTH(torn) * LENGTH(files));
    tcase_add_test(tc, reads_no_generation_that_is_not_there);
    suite_add_tcase(suite, tc);
    return suite;
}
