#include "tests/store/fixture.h"

#include <limits.h>

static void assert_same(const struct entry_state *a, const struct entry_state *b)
{
    ck_assert_int_eq(a->phase, b->phase);
    ck_assert_int_eq(a->wait, b->wait);
    ck_assert_int_eq(a->asked, b->asked);
    ck_assert_str_eq(a->transaction_id, b->transaction_id);
    ck_assert_str_eq(a->url, b->url);
    ck_assert_str_eq(a->wish, b->wish);
    ck_assert_int_eq(a->by_old, b->by_old);
    ck_assert_str_eq(a->setup, b->setup);
    ck_assert_uint_eq(a->attempts, b->attempts);
    ck_assert_int_eq(a->since, b->since);
    ck_assert_int_eq(a->next_attempt, b->next_attempt);
    ck_assert_int_eq(a->planned, b->planned);
    ck_assert_int_eq(a->not_before, b->not_before);
    ck_assert_int_eq(a->pending, b->pending);
    ck_assert_uint_eq(a->refusals, b->refusals);
    ck_assert_str_eq(a->reason, b->reason);
}

static const struct entry_state states[] = {
    {0},
    {.phase = PHASE_REQUESTING, .transaction_id = "ab", .url = "http://ca/scep?x=\"y\\z\""},
    {.wait = WAIT_NETWORK, .asked = INT64_MAX},
    {.wait = WAIT_ROOT, .asked = 1},
    {.setup = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
    {.wait = WAIT_LATE, .next_attempt = 2, .planned = 1},
    {.phase = PHASE_PENDING, .pending = INT64_MAX, .planned = INT64_MAX, .not_before = INT64_MAX},
    {.phase = PHASE_PENDING, .by_old = true},
    {.phase = PHASE_NONE, .refusals = UINT_MAX},
    {.phase = PHASE_PENDING, .attempts = UINT_MAX, .since = INT64_MAX, .next_attempt = INT64_MAX},
    {.phase = PHASE_INSTALLED,
     .wish = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
     .transaction_id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
     .since = 1700000000,
     .reason = "n\303\244tet \342\202\254 {}[]"},
};

START_TEST(comes_back)
{
    FIXTURE(f);
    fixture_entry(&f);
    struct entry_state state = {.phase = PHASE_PENDING};
    ok(f, entry_state_write(&f.entry, &states[_i], &f.err));
    ok(f, entry_state_read(&f.entry, &state, &f.err));
    assert_same(&state, &states[_i]);
}
END_TEST

/* What a hostile server's text becomes on the way through. */
static const struct {
    const char *reason, *stored;
} reasons[] = {
    {"two\nlines\033[31m", "two?lines?[31m"},
    {"torn utf-8 \303", "torn utf-8 ?"},
    {"\377\376\300\200", "????"},
    {"\303\244 and \377", "\303\244 and ?"},
};

START_TEST(cleans_reasons)
{
    FIXTURE(f);
    fixture_entry(&f);
    struct entry_state state = {0};
    snprintf(state.reason, sizeof state.reason, "%s", reasons[_i].reason);
    ok(f, entry_state_write(&f.entry, &state, &f.err));
    ok(f, entry_state_read(&f.entry, &state, &f.err));
    ck_assert_str_eq(state.reason, reasons[_i].stored);
}
END_TEST

START_TEST(takes_the_longest_reason)
{
    FIXTURE(f);
    fixture_entry(&f);
    struct entry_state state = {0};
    memset(state.reason, '\a', sizeof state.reason - 1);
    memset(state.url, 'u', sizeof state.url - 1);
    ok(f, entry_state_write(&f.entry, &state, &f.err));
    ok(f, entry_state_read(&f.entry, &state, &f.err));
    ck_assert_uint_eq(strlen(state.reason), sizeof state.reason - 1);
    ck_assert_uint_eq(strlen(state.url), sizeof state.url - 1);
}
END_TEST

#define A65 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char *const damages[] = {
    "",
    " ",
    "{",
    "[]",
    "null",
    "{}",
    "{\"phase\":\"pending\"",
    "{\"phase\":\"pending\"}}",
    "{\"phase\":\"\"}",
    "{\"phase\":\"Pending\"}",
    "{\"phase\":2}",
    "{\"phase\":null}",
    "{\"phase\":\"none\",\"phase\":\"pending\"}",
    "{\"phase\":\"pending\",\"transactionID\":7}",
    "{\"phase\":\"pending\",\"transactionID\":\"" A65 "\"}",
    "{\"phase\":\"pending\",\"transactionID\":\"a\\nb\"}",
    "{\"phase\":\"pending\",\"transactionID\":\"a\\u0000b\"}",
    "{\"phase\":\"pending\",\"transactionID\":\"a\\u007fb\"}",
    "{\"phase\":\"pending\",\"wish\":\"" A65 "\"}",
    "{\"phase\":\"pending\",\"wish\":[\"a\"]}",
    "{\"phase\":\"pending\",\"byOld\":1}",
    "{\"phase\":\"pending\",\"byOld\":\"true\"}",
    "{\"phase\":\"pending\",\"byOld\":null}",
    "{\"phase\":\"pending\",\"url\":false}",
    "{\"phase\":\"pending\",\"reason\":{}}",
    "{\"phase\":\"pending\",\"attempts\":-1}",
    "{\"phase\":\"pending\",\"attempts\":4294967296}",
    "{\"phase\":\"pending\",\"attempts\":1.5}",
    "{\"phase\":\"pending\",\"attempts\":\"1\"}",
    "{\"phase\":\"pending\",\"since\":-5}",
    "{\"phase\":\"pending\",\"since\":9223372036854775808}",
    "{\"phase\":\"pending\",\"nextAttempt\":true}",
    "{\"phase\":\"pending\",\"asked\":-1}",
    "{\"phase\":\"pending\",\"pendingSince\":-1}",
    "{\"phase\":\"pending\",\"pendingSince\":\"yesterday\"}",
    "{\"phase\":\"pending\",\"planned\":1.5}",
    "{\"phase\":\"pending\",\"notBefore\":null}",
    "{\"phase\":\"pending\",\"refusals\":4294967296}",
    "{\"phase\":\"pending\",\"wait\":\"\"}",
    "{\"phase\":\"pending\",\"wait\":1}",
    "{\"phase\":\"pending\",\"wait\":\"nobody\"}",
    "{\"phase\":\"pending\",\"x\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}",
    "\377\376{\"phase\":\"pending\"}",
    "{\"phase\":\"pending\",\"reason\":\"\377\"}",
};

static void assert_damaged(struct fixture *f)
{
    struct entry_state state = {.phase = PHASE_INSTALLED, .attempts = 9};
    ok(*f, entry_state_read(&f->entry, &state, &f->err));
    ck_assert_ptr_nonnull(strstr(state.reason, "state.json was damaged"));
    struct entry_state empty = {0};
    snprintf(empty.reason, sizeof empty.reason, "%s", state.reason);
    assert_same(&state, &empty);
    /* And it can be told, and written over. */
    ok(*f, entry_state_write(&f->entry, &state, &f->err));
    struct entry_state again;
    ok(*f, entry_state_read(&f->entry, &again, &f->err));
    assert_same(&again, &state);
}

START_TEST(damaged_is_begun_anew)
{
    FIXTURE(f);
    fixture_entry(&f);
    put_file(&f, "device/wifi/state.json", damages[_i]);
    assert_damaged(&f);
}
END_TEST

START_TEST(torn_anywhere_is_begun_anew)
{
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, entry_state_write(&f.entry, &states[3], &f.err));
    autobuf text = {0};
    ok(f, fs_read(f.entry.fd, "state.json", STORE_FILE_MAX, &text, &f.err));
    for (size_t len = 0; len < text.len; len++) {
        ok(f, fs_replace(f.entry.fd, "state.json", 0600, text.data, len, &f.err));
        struct entry_state state = {.phase = PHASE_PENDING};
        ok(f, entry_state_read(&f.entry, &state, &f.err));
        ck_assert_int_eq(state.phase, PHASE_NONE);
        ck_assert_str_ne(state.reason, "");
    }
}
END_TEST

static void as_folder(const char *path)
{
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void as_fifo(const char *path)
{
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void as_link(const char *path)
{
    ck_assert_int_eq(symlink("/etc/hostname", path), 0);
}

static void as_dangling(const char *path)
{
    ck_assert_int_eq(symlink("nowhere", path), 0);
}

static void as_huge(const char *path)
{
    autoclose int fd = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(ftruncate(fd, (off_t)1 << 40), 0);
}

static void (*const wrong_types[])(const char *) = {as_folder, as_fifo, as_link, as_dangling,
                                                    as_huge};

START_TEST(what_is_no_file_is_begun_anew)
{
    FIXTURE(f);
    fixture_entry(&f);
    wrong_types[_i](in_store(&f, "device/wifi/state.json"));
    struct entry_state state = {.phase = PHASE_PENDING};
    ok(f, entry_state_read(&f.entry, &state, &f.err));
    ck_assert_int_eq(state.phase, PHASE_NONE);
    ck_assert_ptr_nonnull(strstr(state.reason, "damaged"));
    fixture_again(&f); /* clears what would be in the way */
    ok(f, entry_state_write(&f.entry, &states[1], &f.err));
    ok(f, entry_state_read(&f.entry, &state, &f.err));
    assert_same(&state, &states[1]);
}
END_TEST

START_TEST(missing_is_zero)
{
    FIXTURE(f);
    fixture_entry(&f);
    struct entry_state state = {.phase = PHASE_PENDING, .reason = "x"};
    ok(f, entry_state_read(&f.entry, &state, &f.err));
    assert_same(&state, &states[0]);
}
END_TEST

START_TEST(unknown_members_and_absent_ones_are_fine)
{
    FIXTURE(f);
    fixture_entry(&f);
    put_file(&f, "device/wifi/state.json", "{\"phase\":\"pending\",\"future\":[1]}");
    struct entry_state state;
    ok(f, entry_state_read(&f.entry, &state, &f.err));
    ck_assert_int_eq(state.phase, PHASE_PENDING);
    ck_assert_str_eq(state.reason, "");
}
END_TEST

START_TEST(refuses_no_phase)
{
    FIXTURE(f);
    fixture_entry(&f);
    struct entry_state state = {.phase = (enum entry_phase)4};
    ck_assert_int_eq(entry_state_write(&f.entry, &state, &f.err), -ERR_BUG);
    ck_assert(!is_there(&f, "device/wifi/state.json"));
}
END_TEST

Suite *state_suite(void)
{
    Suite *suite = suite_create("store/state");
    TCase *tc = tcase_create("state");
    tcase_add_loop_test(tc, comes_back, 0, LENGTH(states));
    tcase_add_loop_test(tc, cleans_reasons, 0, LENGTH(reasons));
    tcase_add_test(tc, takes_the_longest_reason);
    tcase_add_loop_test(tc, damaged_is_begun_anew, 0, LENGTH(damages));
    tcase_add_test(tc, torn_anywhere_is_begun_anew);
    tcase_add_loop_test(tc, what_is_no_file_is_begun_anew, 0, LENGTH(wrong_types));
    tcase_add_test(tc, missing_is_zero);
    tcase_add_test(tc, unknown_members_and_absent_ones_are_fine);
    tcase_add_test(tc, refuses_no_phase);
    suite_add_tcase(suite, tc);
    return suite;
}
