/* How fast wrong PINs may follow each other. */
#include "store/tpm_pace.h"

#include "store/key.h"
#include "tests/swtpm.h"

#include <poll.h>
#include <sys/wait.h>
#include <time.h>

#define ALICE 1000
#define BOB   1001
#define HOUR  3600

static const struct {
    struct tpm_pace pace;
    int64_t now, wait;
} waits[] = {
    {{0, 0}, 50, 0},
    {{50, 1}, 50, 0},
    {{50, 2}, 50, 0},
    {{50, 3}, 50, 60},
    {{50, 3}, 109, 1},
    {{50, 3}, 110, 0},
    {{50, 4}, 50, 300},
    {{50, 5}, 50, 1800},
    {{50, 6}, 50, 2 * HOUR},
    {{50, 7}, 50, 2 * HOUR},
    {{50, UINT64_MAX}, 50, 2 * HOUR},
    {{50, 6}, 50 + 2 * HOUR, 0},
    {{1000, 3}, 10, 60}, /* of before the machine was started */
    {{INT64_MAX, 9}, 10, 2 * HOUR},
    {{1000, 2}, 10, 0},
};

START_TEST(soon_they_have_to_be_far_apart)
{
    ck_assert_int_eq(tpm_pace_wait(&waits[_i].pace, waits[_i].now), waits[_i].wait);
}
END_TEST

static const struct {
    struct tpm_pace before;
    int64_t now;
    uint64_t wrong;
} counts[] = {
    {{0, 0}, 50, 1},
    {{50, 1}, 51, 2},
    {{50, 3}, 49 + 2 * HOUR, 4},
    {{50, 3}, 50 + 2 * HOUR, 3},
    {{50, 3}, 50 + 4 * HOUR, 2},
    {{50, 3}, 50 + 6 * HOUR, 1},
    {{50, 3}, INT64_MAX, 1},
    {{1000, 3}, 10, 4},
};

START_TEST(time_heals)
{
    const struct tpm_pace after = tpm_pace_after(&counts[_i].before, counts[_i].now);
    ck_assert_uint_eq(after.wrong, counts[_i].wrong);
    ck_assert_int_eq(after.last, counts[_i].now);
}
END_TEST

/* Whoever tries whenever he may, for a month. */
START_TEST(a_tpm_outlives_who_never_stops)
{
    struct tpm_pace pace = {0};
    unsigned in_tpm = 0, most = 0;
    int64_t healed_at = 0;
    for (int64_t now = 1; now < 30 * 24 * HOUR; now++) {
        if (now - healed_at >= 2 * HOUR) {
            healed_at = now;
            in_tpm -= in_tpm > 0;
        }
        if (tpm_pace_wait(&pace, now) > 0)
            continue;
        pace = tpm_pace_after(&pace, now);
        in_tpm++;
        most = in_tpm > most ? in_tpm : most;
    }
    ck_assert_uint_lt(most, 10);
}
END_TEST

/* A key with this PIN, and one who tries. */
struct bench {
    EVP_PKEY *right, *wrong;
    struct err err;
};

static void bench_close(struct bench *b)
{
    EVP_PKEY_free(b->right);
    EVP_PKEY_free(b->wrong);
}

static EVP_PKEY *open_with(const struct buf *pem, const char *text)
{
    const struct buf pin = {.data = (uint8_t *)(uintptr_t)text, .len = strlen(text)};
    EVP_PKEY *key = NULL;
    struct err err;
    ck_assert_msg(key_from_pem_with_pin(pem, &pin, &key, &err) == 0, "%s", err.text);
    return key;
}

static void bench_open(struct bench *b)
{
    const struct buf pin = {.data = (uint8_t[]){"secret"}, .len = 6};
    EVP_PKEY *key = NULL;
    autobuf pem = {0};
    *b = (struct bench){0};
    ck_assert_msg(tpm_generate_with_pin(true, 256, &pin, &key, &b->err) == 0, "%s", b->err.text);
    ck_assert_int_eq(key_to_pem(key, &pem, &b->err), 0);
    EVP_PKEY_free(key);
    b->right = open_with(&pem, "secret");
    b->wrong = open_with(&pem, "guessed");
}
#define BENCH(name)                                                                                \
    CLEANUP(bench_close) struct bench name;                                                        \
    bench_open(&name)

static enum pin_verdict try(struct bench *b, EVP_PKEY *key, uid_t user)
{
    enum pin_verdict verdict = 0;
    int64_t wait = 0;
    int rc = tpm_pace_try(key, user, &verdict, &wait, &b->err);
    ck_assert_msg(rc == 0, "%s", b->err.text);
    ck_assert_int_eq(wait > 0, verdict == PIN_PAUSED);
    ck_assert_int_le(wait, 60);
    return verdict;
}

static void put(const struct swtpm *swtpm, uid_t user, const struct tpm_pace *pace)
{
    autoclose int fd = open(swtpm->wrong_pins, O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(pwrite(fd, pace, sizeof *pace, (off_t)user * (off_t)sizeof *pace),
                     sizeof *pace);
}

static struct tpm_pace get(const struct swtpm *swtpm, uid_t user)
{
    struct tpm_pace pace = {0};
    autoclose int fd = open(swtpm->wrong_pins, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(pread(fd, &pace, sizeof pace, (off_t)user * (off_t)sizeof pace), 0);
    return pace;
}

/* One wrong PIN, just now. */
static struct tpm_pace one(void)
{
    struct timespec ts;
    ck_assert_int_eq(clock_gettime(CLOCK_BOOTTIME, &ts), 0);
    return (struct tpm_pace){.last = ts.tv_sec, .wrong = 1};
}

/* This TPM locks after the third; so one of them is made up. */
START_TEST(after_some_even_the_right_one_waits)
{
    SWTPM(swtpm);
    BENCH(b);
    const struct tpm_pace before = one();
    put(&swtpm, ALICE, &before);
    ck_assert_int_eq(try(&b, b.wrong, ALICE), PIN_WRONG);
    ck_assert_int_eq(try(&b, b.right, ALICE), PIN_ACCEPTED);
    ck_assert_int_eq(try(&b, b.wrong, ALICE), PIN_WRONG); /* the right one has not taken it back */
    for (unsigned i = 0; i < 8; i++) {
        ck_assert_int_eq(try(&b, b.wrong, ALICE), PIN_PAUSED);
        ck_assert_int_eq(try(&b, b.right, ALICE), PIN_PAUSED);
    }
    ck_assert_int_eq(try(&b, b.right, BOB), PIN_ACCEPTED); /* not even the TPM is locked */
    ck_assert_int_eq(try(&b, b.right, 4294967294u), PIN_ACCEPTED);
}
END_TEST

/* One at a time: who comes meanwhile sees what the one before has left. */
START_TEST(a_place_in_use)
{
    SWTPM(swtpm);
    BENCH(b);
    int pipes[2];
    const struct tpm_pace before = one();
    const off_t place = ALICE * (off_t)sizeof(struct tpm_pace);
    ck_assert_int_eq(pipe(pipes), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_start = place, .l_len = 1};
        int fd = open(swtpm.wrong_pins, O_RDWR | O_CLOEXEC);
        _exit(fcntl(fd, F_OFD_SETLK, &lock) == 0 && write(pipes[1], "", 1) == 1 &&
                      poll(NULL, 0, 100) == 0 && pwrite(fd, &before, sizeof before, place) > 0
                  ? 0
                  : 1);
    }
    char byte;
    int status;
    ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
    ck_assert_int_eq(try(&b, b.wrong, ALICE), PIN_WRONG);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(get(&swtpm, ALICE).wrong, 2);
    close(pipes[0]);
    close(pipes[1]);
}
END_TEST

static const struct {
    const char *what;
    bool folder, link;
} places[] = {{"missing", false, false}, {"a folder", true, false}, {"a link", false, true}};

START_TEST(where_none_is_counted_none_is_tried)
{
    SWTPM(swtpm);
    BENCH(b);
    enum pin_verdict verdict = 0;
    int64_t wait = 0;
    ck_assert_int_eq(unlinkat(swtpm.temp.fd, TPM_PACE_FILE, 0), 0);
    if (places[_i].folder)
        ck_assert_int_eq(mkdirat(swtpm.temp.fd, TPM_PACE_FILE, 0700), 0);
    if (places[_i].link)
        ck_assert_int_eq(symlinkat("elsewhere", swtpm.temp.fd, TPM_PACE_FILE), 0);
    ck_assert_int_eq(tpm_pace_try(b.right, ALICE, &verdict, &wait, &b.err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(b.err.text, swtpm.wrong_pins));
    ck_assert_ptr_nonnull(strstr(b.err.text, "systemd-tmpfiles --create"));
    ck_assert_int_eq(verdict, 0);
    tpm_pace_keep(NULL);
    ck_assert_int_eq(tpm_pace_try(b.right, ALICE, &verdict, &wait, &b.err), -ERR_CONFIG);
}
END_TEST

/* Somebody wrote half of it, or something else. */
START_TEST(what_is_no_count_counts_as_none)
{
    SWTPM(swtpm);
    BENCH(b);
    put(&swtpm, ALICE, &(struct tpm_pace){.last = INT64_MIN, .wrong = 9});
    ck_assert_int_eq(try(&b, b.right, ALICE), PIN_ACCEPTED);
    ck_assert_int_eq(truncate(swtpm.wrong_pins, ALICE * (off_t)sizeof(struct tpm_pace) + 3), 0);
    ck_assert_int_eq(try(&b, b.right, ALICE), PIN_ACCEPTED);
    ck_assert_uint_eq(get(&swtpm, ALICE).wrong, 0);
}
END_TEST

/* A TPM that fails has seen no wrong PIN, but one that hung may have. */
START_TEST(what_is_no_verdict_counts_for_nothing)
{
    SWTPM(swtpm);
    BENCH(b);
    enum pin_verdict verdict = 0;
    int64_t wait = 0;
    swtpm_kill(&swtpm);
    swtpm_expect_leak(true);
    ck_assert_int_eq(tpm_pace_try(b.wrong, ALICE, &verdict, &wait, &b.err), -ERR_RETRY);
    swtpm_expect_leak(false);
    ck_assert_uint_eq(get(&swtpm, ALICE).wrong, 0);
}
END_TEST

START_TEST(it_is_made_once)
{
    struct stat st;
    autotemp temp;
    temp_open(&temp);
    autofree char *path = text_format("%s/" TPM_PACE_FILE, temp.path);
    autofree char *far = text_format("%s/none/" TPM_PACE_FILE, temp.path);
    struct err err = {0};
    tpm_pace_keep(path);
    ck_assert_int_eq(tpm_pace_make(temp.path, &err), 0);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(truncate(path, 100), 0);
    ck_assert_int_eq(tpm_pace_make(temp.path, &err), 0);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_size, 100);
    tpm_pace_keep(far);
    ck_assert_int_eq(tpm_pace_make(temp.path, &err), 0);
    tpm_pace_keep(NULL);
}
END_TEST

Suite *tpm_pace_suite(void)
{
    Suite *s = suite_create("store/tpm_pace");
    TCase *c = tcase_create("pace");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, soon_they_have_to_be_far_apart, 0, LENGTH(waits));
    tcase_add_loop_test(c, time_heals, 0, LENGTH(counts));
    tcase_add_test(c, a_tpm_outlives_who_never_stops);
    tcase_add_test(c, after_some_even_the_right_one_waits);
    tcase_add_loop_test(c, where_none_is_counted_none_is_tried, 0, LENGTH(places));
    tcase_add_test(c, what_is_no_count_counts_as_none);
    tcase_add_test(c, what_is_no_verdict_counts_for_nothing);
    tcase_add_test(c, a_place_in_use);
    tcase_add_test(c, it_is_made_once);
    suite_add_tcase(s, c);
    return s;
}
