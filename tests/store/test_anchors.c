#include "tests/store/fixture.h"

static int put(struct fixture *f, const char *profile, const char *text)
{
    autobuf der = text_buf(text);
    return store_anchor_put(&f->store, ANCHOR_TRUSTED, profile, &der, &f->err);
}

START_TEST(puts_reads_and_removes)
{
    FIXTURE(f);
    autobuf der = {0};
    uint64_t before = changes_of(&f);
    ok(f, put(&f, "root", "one"));
    ck_assert_uint_eq(changes_of(&f), before + 1);
    ok(f, put(&f, "root", "one")); /* nothing changes */
    ck_assert_uint_eq(changes_of(&f), before + 1);
    ok(f, put(&f, "root", "two"));
    ck_assert_uint_eq(changes_of(&f), before + 2);
    ok(f, store_anchor_read(&f.store, ANCHOR_TRUSTED, "root", &der, &f.err));
    ck_assert_str_eq(buf_text(&der), "two");

    ok(f, store_anchor_remove(&f.store, ANCHOR_TRUSTED, "root", &f.err));
    ck_assert_uint_eq(changes_of(&f), before + 3);
    ok(f, store_anchor_remove(&f.store, ANCHOR_TRUSTED, "root", &f.err));
    ck_assert_uint_eq(changes_of(&f), before + 3);
    ck_assert_int_eq(store_anchor_read(&f.store, ANCHOR_TRUSTED, "root", &der, &f.err),
                     -ERR_CONFIG);
    ck_assert_str_eq(buf_text(&der), "two");
}
END_TEST

START_TEST(does_without_its_folder)
{
    FIXTURE(f);
    CLEANUP(strings_free) struct strings names = {0};
    autobuf der = {0};
    ck_assert_int_eq(rmdir(in_store(&f, "anchors")), 0);
    ok(f, store_anchors(&f.store, ANCHOR_TRUSTED, &names, &f.err));
    ck_assert_uint_eq(names.n, 0);
    ok(f, store_anchor_remove(&f.store, ANCHOR_TRUSTED, "root", &f.err));
    ck_assert_int_eq(store_anchor_read(&f.store, ANCHOR_TRUSTED, "root", &der, &f.err),
                     -ERR_CONFIG);
    ok(f, put(&f, "root", "one"));
    ok(f, store_anchor_read(&f.store, ANCHOR_TRUSTED, "root", &der, &f.err));
}
END_TEST

START_TEST(lists_sorted_and_only_anchors)
{
    FIXTURE(f);
    CLEANUP(strings_free) struct strings names = {0};
    ok(f, put(&f, "b", "x"));
    ok(f, put(&f, "a.der", "x"));
    ok(f, put(&f, "a", "x"));
    put_file(&f, "anchors/c.der.new", "");
    put_file(&f, "anchors/d.pem", "");
    put_file(&f, "anchors/.der", "");
    put_file(&f, "anchors/with space.der", "");
    ck_assert_int_eq(mkdir(in_store(&f, "anchors/folder.der"), 0700), 0);
    ck_assert_int_eq(symlink("a.der", in_store(&f, "anchors/link.der")), 0);
    ok(f, store_anchors(&f.store, ANCHOR_TRUSTED, &names, &f.err));
    ck_assert_uint_eq(names.n, 3);
    ck_assert_str_eq(names.v[0], "a");
    ck_assert_str_eq(names.v[1], "a.der");
    ck_assert_str_eq(names.v[2], "b");
}
END_TEST

START_TEST(keeps_the_kinds_apart)
{
    FIXTURE(f);
    CLEANUP(strings_free) struct strings names = {0};
    autobuf der = {0}, below = text_buf("below");
    ok(f, put(&f, "a", "root"));
    ok(f, put(&f, "a.issuer", "root"));
    ok(f, store_anchor_put(&f.store, ANCHOR_ISSUER, "a", &below, &f.err));
    ok(f, store_anchors(&f.store, ANCHOR_ISSUER, &names, &f.err));
    ck_assert_uint_eq(names.n, 1);
    ck_assert_str_eq(names.v[0], "a");
    ok(f, store_anchors(&f.store, ANCHOR_TRUSTED, &names, &f.err));
    ck_assert_uint_eq(names.n, 2);
    ok(f, store_anchor_remove(&f.store, ANCHOR_TRUSTED, "a", &f.err));
    ok(f, store_anchor_read(&f.store, ANCHOR_ISSUER, "a", &der, &f.err));
    ck_assert_str_eq(buf_text(&der), "below");
    ck_assert_int_eq(store_anchor_read(&f.store, ANCHOR_TRUSTED, "a", &der, &f.err), -ERR_CONFIG);
}
END_TEST

START_TEST(steps_over_what_is_in_the_way)
{
    FIXTURE(f);
    autobuf der = {0};
    ck_assert_int_eq(mkdir(in_store(&f, "anchors/root.der"), 0700), 0);
    put_file(&f, "anchors/root.der/file", "");
    ck_assert_int_eq(mkdir(in_store(&f, "anchors/root.der.new"), 0700), 0);
    ck_assert_int_eq(store_anchor_read(&f.store, ANCHOR_TRUSTED, "root", &der, &f.err),
                     -ERR_CONFIG);
    ok(f, put(&f, "root", "one"));
    ok(f, store_anchor_read(&f.store, ANCHOR_TRUSTED, "root", &der, &f.err));

    put_file(&f, "outside", "outside");
    ck_assert_int_eq(unlink(in_store(&f, "anchors/root.der")), 0);
    ck_assert_int_eq(symlink("../outside", in_store(&f, "anchors/root.der")), 0);
    ck_assert_int_eq(store_anchor_read(&f.store, ANCHOR_TRUSTED, "root", &der, &f.err),
                     -ERR_DENIED);
    ok(f, put(&f, "root", "two"));
    ok(f, store_anchor_read(&f.store, ANCHOR_TRUSTED, "root", &der, &f.err));
    ck_assert_str_eq(buf_text(&der), "two");
    FILE *file = fopen(in_store(&f, "outside"), "r");
    char line[16] = "";
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    ck_assert_str_eq(line, "outside");
    fclose(file);
}
END_TEST

static const char *const bad_names[] = {
    "",        ".",          "..",
    "../x",    "a/b",        "/x",
    ".hidden", "with space", "abcdefghijklmnopqrstuvwxyz0123456",
};

START_TEST(refuses_names)
{
    FIXTURE(f);
    autobuf der = {0};
    ck_assert_int_eq(put(&f, bad_names[_i], "x"), -ERR_CONFIG);
    ck_assert_int_eq(store_anchor_remove(&f.store, ANCHOR_TRUSTED, bad_names[_i], &f.err),
                     -ERR_CONFIG);
    ck_assert_int_eq(store_anchor_read(&f.store, ANCHOR_TRUSTED, bad_names[_i], &der, &f.err),
                     -ERR_CONFIG);
}
END_TEST

START_TEST(refuses_sizes)
{
    FIXTURE(f);
    autobuf der = {0};
    ck_assert_int_eq(store_anchor_put(&f.store, ANCHOR_TRUSTED, "root", &der, &f.err),
                     -ERR_RESOURCE);
    for (unsigned i = 0; i <= STORE_FILE_MAX; i++)
        ck_assert_int_eq(buf_add(&der, "x", 1, NULL), 0);
    ck_assert_int_eq(store_anchor_put(&f.store, ANCHOR_TRUSTED, "root", &der, &f.err),
                     -ERR_RESOURCE);
    der.len--;
    ok(f, store_anchor_put(&f.store, ANCHOR_TRUSTED, "root", &der, &f.err));
}
END_TEST

Suite *anchors_suite(void)
{
    Suite *suite = suite_create("store/anchors");
    TCase *tc = tcase_create("anchors");
    tcase_add_test(tc, puts_reads_and_removes);
    tcase_add_test(tc, does_without_its_folder);
    tcase_add_test(tc, lists_sorted_and_only_anchors);
    tcase_add_test(tc, keeps_the_kinds_apart);
    tcase_add_test(tc, steps_over_what_is_in_the_way);
    tcase_add_loop_test(tc, refuses_names, 0, LENGTH(bad_names));
    tcase_add_test(tc, refuses_sizes);
    suite_add_tcase(suite, tc);
    return suite;
}
