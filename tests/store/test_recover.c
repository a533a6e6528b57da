#include "tests/store/fixture.h"

/* Left in an entry whose current generation is 2 and whose pending key is "next". */
static const struct {
    const char *left;
    char type; /* f: a file; d: a folder with a file in it; l: a link */
    bool stays;
} leftovers[] = {
    {"current.new", 'l', false},
    {"current.new", 'd', false},
    {"state.json.new", 'f', false},
    {"access.json.new", 'f', false},
    {"state.json", 'f', true},
    {"state.json", 'd', false},
    {"access.json", 'f', true},
    {"access.json", 'l', false},
    {"pending/key.pem.new", 'f', false},
    {"generations/3.new", 'd', false},
    {"generations/3", 'd', false},
    {"generations/999999999", 'd', false},
    {"generations/2.new", 'd', false},
    {"generations/notes", 'd', true},
    {"notes", 'f', true},
};

static void leave(struct fixture *f, const char *path, char type)
{
    char inner[128];
    snprintf(inner, sizeof inner, "%s/key.pem", path);
    if (type == 'f') {
        put_file(f, path, "{}");
    } else if (type == 'l') {
        ck_assert_int_eq(symlink("generations/1", in_store(f, path)), 0);
    } else {
        ck_assert_int_eq(mkdir(in_store(f, path), 0700), 0);
        put_file(f, inner, "half a k");
    }
}

START_TEST(clears_away_what_is_half_done)
{
    FIXTURE(f);
    fixture_entry(&f);
    enrol(&f, "one");
    enrol(&f, "two");
    ok(f, put_pending(&f, "next"));
    char path[128];
    snprintf(path, sizeof path, "device/wifi/%s", leftovers[_i].left);
    leave(&f, path, leftovers[_i].type);
    fixture_again(&f);
    ck_assert(is_there(&f, path) == leftovers[_i].stays);
    ck_assert(is_there(&f, "device/wifi/generations/1/key.pem"));
    ck_assert(is_there(&f, "device/wifi/generations/2/key.pem"));
    autobuf key = {0};
    ok(f, entry_pending_get(&f.entry, &key, &f.err));
    ck_assert_ptr_nonnull(strstr(buf_text(&key), "next"));
    ck_assert_uint_eq(enrol(&f, "three"), 3);
}
END_TEST

/* A generation that nothing leads to yet, whose key is TAG. */
static void put_generation(struct fixture *f, const char *number, const char *tag)
{
    char path[64];
    autobuf key = pem("PRIVATE KEY", tag);
    if (!is_there(f, "device/wifi/generations"))
        ck_assert_int_eq(mkdir(in_store(f, "device/wifi/generations"), 0700), 0);
    snprintf(path, sizeof path, "device/wifi/generations/%s", number);
    ck_assert_int_eq(mkdir(in_store(f, path), 0700), 0);
    snprintf(path, sizeof path, "device/wifi/generations/%s/key.pem", number);
    put_file(f, path, buf_text(&key));
}

START_TEST(before_the_first_switch)
{
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "mine"));
    put_generation(&f, "1", "mine");  /* built, and then the process was killed */
    put_generation(&f, "2", "other"); /* the only copy of its key */
    fixture_again(&f);
    ck_assert(!is_there(&f, "device/wifi/generations/1"));
    ck_assert(is_there(&f, "device/wifi/generations/2/key.pem"));
    ck_assert(is_there(&f, "device/wifi/pending/key.pem"));
    unsigned number = 0;
    ok(f, commit(&f, "cert", &number));
    ck_assert_uint_eq(number, 3);
}
END_TEST

START_TEST(after_the_switch)
{
    FIXTURE(f);
    fixture_entry(&f);
    enrol(&f, "one");
    /* As if it had been killed before it told anyone. */
    ok(f, put_pending(&f, "one"));
    uint64_t before = changes_of(&f);
    fixture_again(&f);
    ck_assert(!is_there(&f, "device/wifi/pending"));
    ck_assert_uint_gt(changes_of(&f), before);
}
END_TEST

/* What `current` may have become; the generations stay, and the next commit goes on from there. */
static const char *const lost[] = {"", "generations/7", "generations/x", "/etc",
                                   "generations/1.new"};

START_TEST(current_was_lost)
{
    FIXTURE(f);
    fixture_entry(&f);
    enrol(&f, "one");
    ck_assert_int_eq(unlink(in_store(&f, "device/wifi/current")), 0);
    if (*lost[_i])
        ck_assert_int_eq(symlink(lost[_i], in_store(&f, "device/wifi/current")), 0);
    else
        leave(&f, "device/wifi/current", 'd');
    fixture_again(&f);
    unsigned number = 7;
    ok(f, entry_current(&f.entry, &number, &f.err));
    ck_assert_uint_eq(number, 0);
    ck_assert(is_there(&f, "device/wifi/generations/1/key.pem"));
    ck_assert_uint_eq(enrol(&f, "two"), 2);
}
END_TEST

START_TEST(wrong_types_are_out_of_the_way)
{
    static const char *const names[] = {"pending", "generations"};
    FIXTURE(f);
    for (size_t i = 0; i < LENGTH(names); i++)
        for (int link = 0; link < 2; link++) {
            char path[64];
            fixture_again(&f);
            snprintf(path, sizeof path, "device/wifi/%s", names[i]);
            fs_remove_tree(AT_FDCWD, in_store(&f, path), NULL);
            leave(&f, path, link ? 'l' : 'f');
            fixture_again(&f);
            enrol(&f, "one");
        }
}
END_TEST

Suite *recover_suite(void)
{
    Suite *suite = suite_create("store/recover");
    TCase *tc = tcase_create("recover");
    tcase_add_loop_test(tc, clears_away_what_is_half_done, 0, LENGTH(leftovers));
    tcase_add_test(tc, before_the_first_switch);
    tcase_add_test(tc, after_the_switch);
    tcase_add_loop_test(tc, current_was_lost, 0, LENGTH(lost));
    tcase_add_test(tc, wrong_types_are_out_of_the_way);
    suite_add_tcase(suite, tc);
    return suite;
}
