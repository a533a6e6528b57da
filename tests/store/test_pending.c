/* What a request has beside its entry goes with it, and the secrets are overwritten first. */
#include "tests/store/fixture.h"

#include <sys/resource.h>

#define FOLDER "device/wifi/pending/"
#define STATE  "device/wifi/state.json"

#define BEGIN "-----BEGIN PRIVATE KEY-----\n"
#define END   "\n-----END PRIVATE KEY-----\n"

typedef int put_file_of(struct entry *entry, const struct buf *text, struct err *err);
typedef int get_file_of(const struct entry *entry, struct buf *ret, struct err *err);

/* What stands beside the key. */
static const struct secret {
    const char *place, *text;
    put_file_of *put;
    get_file_of *get;
} challenge = {FOLDER "challenge", "hunter2", entry_kept_put, entry_kept_get},
  signer = {FOLDER "signer.pem", BEGIN "signer" END, entry_signer_put, entry_signer_get};

static const struct secret *const secrets[] = {&challenge, &signer};

static int put_secret(struct fixture *f, const struct secret *secret)
{
    autobuf text = text_buf(secret->text);
    return secret->put(&f->entry, &text, &f->err);
}

static int drop(struct fixture *f)
{
    return entry_kept_drop(&f->entry, &f->err);
}

static int commit_it(struct fixture *f)
{
    unsigned number;
    return commit(f, "one", &number);
}

static int another_key(struct fixture *f)
{
    return put_pending(f, "two");
}

static int remove_it(struct fixture *f)
{
    return entry_remove(&f->entry, &f->err);
}

static const struct {
    const struct secret *secret;
    int (*end)(struct fixture *f);
} ends[] = {
    {&challenge, drop},      {&challenge, commit_it}, {&challenge, another_key},
    {&challenge, remove_it}, {&signer, commit_it},    {&signer, another_key},
    {&signer, remove_it},
};

/* Opens a file whose bytes are looked at when its name is gone. */
static int hold(struct fixture *f, const char *path)
{
    int fd = open(in_store(f, path), O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    return fd;
}

START_TEST(a_secret_is_overwritten_before_it_goes)
{
    FIXTURE(f);
    fixture_entry(&f);
    const struct secret *secret = ends[_i].secret;
    autobuf older = text_buf(BEGIN "older" END), back = {0};
    ok(f, put_pending(&f, "one"));
    ok(f, secret->put(&f.entry, &older, &f.err));
    ok(f, put_secret(&f, secret));
    fixture_again(&f);
    ok(f, secret->get(&f.entry, &back, &f.err));
    ck_assert_str_eq(buf_text(&back), secret->text);
    struct stat st;
    ck_assert_int_eq(lstat(in_store(&f, secret->place), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    autoclose int fd = hold(&f, secret->place);
    ok(f, ends[_i].end(&f));
    char left[128];
    ck_assert_int_eq(pread(fd, left, sizeof left, 0), strlen(secret->text));
    for (size_t i = 0; i < strlen(secret->text); i++)
        ck_assert_int_eq(left[i], 0);
    ck_assert(!is_there(&f, secret->place));
}
END_TEST

START_TEST(a_secret_needs_a_request_and_a_lock)
{
    FIXTURE(f);
    fixture_entry(&f);
    const struct secret *secret = secrets[_i];
    autobuf back = {0};
    ck_assert_int_eq(put_secret(&f, secret), -ERR_CONFIG);
    ck_assert_int_eq(secret->get(&f.entry, &back, &f.err), -ERR_CONFIG);
    ok(f, drop(&f));
    ck_assert(!is_there(&f, "device/wifi/pending"));
    ok(f, put_pending(&f, "one"));
    ck_assert_int_eq(secret->get(&f.entry, &back, &f.err), -ERR_CONFIG);
    ok(f, drop(&f));
    entry_close(&f.entry);
    ok(f, entry_open(&f.store, &wifi, false, &f.entry, &f.err));
    ck_assert_int_eq(put_secret(&f, secret), -ERR_BUG);
    ck_assert_int_eq(drop(&f), -ERR_BUG);
    ck_assert(!is_there(&f, secret->place));
}
END_TEST

/* What a damaged file system may have in its place. */
static const char *const oddities[] = {"mkfifo %s", "mkdir %s", "ln -s ../state.json %s",
                                       "ln -s nowhere %s", "truncate -s 1G %s"};

START_TEST(anything_in_its_place_is_none_and_goes)
{
    const size_t end = (size_t)_i / LENGTH(oddities), odd = (size_t)_i % LENGTH(oddities);
    const struct secret *secret = ends[end].secret;
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "one"));
    put_file(&f, STATE, "hunter2");
    autoclose int state = hold(&f, STATE);
    autofree char *command = text_format(oddities[odd], in_store(&f, secret->place));
    ck_assert_int_eq(system(command), 0);
    autobuf back = {0};
    ck_assert_int_lt(secret->get(&f.entry, &back, &f.err), 0);
    ck_assert_uint_eq(back.len, 0);
    ok(f, ends[end].end(&f));
    ck_assert(!is_there(&f, secret->place));
    char left[8] = "";
    ck_assert_int_eq(pread(state, left, sizeof left, 0), strlen("hunter2"));
    ck_assert_str_eq(left, "hunter2");
}
END_TEST

static const struct {
    bool has[2]; /* of secrets */
    int (*end)(struct fixture *f);
    const char *told;
} unwritable[] = {
    {{true, false}, drop, "wipe challenge"},
    {{true, false}, another_key, "wipe challenge"},
    {{false, true}, another_key, "wipe signer.pem"},
    {{true, true}, another_key, "wipe challenge"},
};

/* It goes, and whoever asked hears that its bytes may still be on the disk. */
START_TEST(what_cannot_be_overwritten_is_told)
{
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "one"));
    for (size_t i = 0; i < LENGTH(secrets); i++)
        if (unwritable[_i].has[i])
            ok(f, put_secret(&f, secrets[i]));
    struct rlimit before, few;
    int folder = open("/dev/null", O_RDONLY | O_CLOEXEC); /* the number that it will have */
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){.rlim_cur = (rlim_t)folder + 1, .rlim_max = before.rlim_max};
    close(folder);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    int rc = unwritable[_i].end(&f);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(rc, -ERR_RESOURCE);
    ck_assert_ptr_nonnull(strstr(f.err.text, "device/wifi: "));
    ck_assert_ptr_nonnull(strstr(f.err.text, unwritable[_i].told));
    for (size_t i = 0; i < LENGTH(secrets); i++)
        ck_assert(!is_there(&f, secrets[i]->place));
    ok(f, put_pending(&f, "two"));
}
END_TEST

START_TEST(replaces_a_key)
{
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "one"));
    ok(f, put_pending(&f, "two"));
    fixture_again(&f);
    autobuf key = {0};
    ok(f, entry_pending_get(&f.entry, &key, &f.err));
    ck_assert_ptr_nonnull(strstr(buf_text(&key), "two"));
}
END_TEST

/* What is no key, or too large for one, is not put. */
static const struct {
    const char *text;
    size_t repeat;
} bad[] = {
    {"", 1},        {"x", 1},           {BEGIN "AAAA\n", 1},
    {"x" BEGIN, 1}, {BEGIN END "x", 1}, {BEGIN "AAAA" END, 2048},
};

START_TEST(refuses_what_could_not_be_read_back)
{
    static put_file_of *const puts[] = {entry_pending_put, entry_signer_put};
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "one"));
    ok(f, put_secret(&f, &signer));
    autobuf text = {0}, back = {0};
    for (size_t i = 0; i < bad[_i].repeat; i++)
        ck_assert_int_eq(buf_add_text(&text, bad[_i].text, NULL), 0);
    for (size_t i = 0; i < LENGTH(puts); i++) {
        ck_assert_int_eq(puts[i](&f.entry, &text, &f.err), -ERR_BUG);
        ck_assert_ptr_nonnull(strstr(f.err.text, "that is no PEM"));
    }
    ok(f, entry_pending_get(&f.entry, &back, &f.err));
    ck_assert_ptr_nonnull(strstr(buf_text(&back), "one"));
    ok(f, entry_signer_get(&f.entry, &back, &f.err));
    ck_assert_str_eq(buf_text(&back), signer.text);
}
END_TEST

/* How the key's file is found, by what was done to it. */
static const struct {
    const char *command, *told;
} damages[] = {
    {"rm %s", "no request is under way"},           {"truncate -s 0 %s", "no request is under way"},
    {"rm %s; mkdir %s", "no request is under way"}, {"truncate -s 12 %s", "is torn or no PEM"},
    {"truncate -s +1 %s", "is torn or no PEM"},
};

START_TEST(a_damaged_key_is_none)
{
    FIXTURE(f);
    fixture_entry(&f);
    unsigned number;
    ok(f, put_pending(&f, "one"));
    const char *place = in_store(&f, FOLDER "key.pem");
    autofree char *command = text_format(damages[_i].command, place, place);
    ck_assert_int_eq(system(command), 0);
    fixture_again(&f); /* and is no reason not to lock */
    autobuf back = text_buf("as before");
    ck_assert_int_eq(entry_pending_get(&f.entry, &back, &f.err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(f.err.text, "device/wifi: pending/key.pem: "));
    ck_assert_ptr_nonnull(strstr(f.err.text, damages[_i].told));
    ck_assert_str_eq(buf_text(&back), "as before");
    ck_assert_int_eq(commit(&f, "one", &number), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(f.err.text, damages[_i].told));
}
END_TEST

Suite *pending_suite(void)
{
    Suite *suite = suite_create("store/pending");
    TCase *tc = tcase_create("pending");
    tcase_add_loop_test(tc, a_secret_is_overwritten_before_it_goes, 0, LENGTH(ends));
    tcase_add_loop_test(tc, a_secret_needs_a_request_and_a_lock, 0, LENGTH(secrets));
    tcase_add_loop_test(tc, anything_in_its_place_is_none_and_goes, 0,
                        LENGTH(ends) * LENGTH(oddities));
    tcase_add_loop_test(tc, what_cannot_be_overwritten_is_told, 0, LENGTH(unwritable));
    tcase_add_test(tc, replaces_a_key);
    tcase_add_loop_test(tc, refuses_what_could_not_be_read_back, 0, LENGTH(bad));
    tcase_add_loop_test(tc, a_damaged_key_is_none, 0, LENGTH(damages));
    suite_add_tcase(suite, tc);
    return suite;
}
