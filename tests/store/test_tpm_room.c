/* What a TPM tells of the wrong PINs that it has had. */
#include "store/tpm_room.h"

#include "base/io.h"
#include "store/key.h"
#include "store/tpm_pin.h"
#include "tests/swtpm.h"

#include <sys/socket.h>

static const struct {
    struct tpm_room room;
    int64_t wait;
} rooms[] = {
    {{0, 32, 7200}, 0},   {{30, 32, 7200}, 0}, {{31, 32, 7200}, 7200},    {{32, 32, 7200}, 0},
    {{2, 3, 1000}, 1000}, {{1, 3, 1000}, 0},   {{1, 2, 600}, 600},        {{0, 1, 600}, 0},
    {{0, 0, 600}, 0},     {{31, 32, 0}, 0},    {{UINT32_MAX, 0, 600}, 0},
};

START_TEST(the_last_try_is_not_for_us)
{
    ck_assert_int_eq(tpm_room_wait(&rooms[_i].room), rooms[_i].wait);
}
END_TEST

/* The TPM takes one connection at a time. */
static struct tpm_room ask(const struct swtpm *swtpm)
{
    struct tpm_room room = {0};
    struct err err = {0};
    autofree char *path = text_format("%s/s", swtpm->temp.path);
    autoclose int fd = -1;
    tpm_choose(NULL); /* ends the provider's */
    ck_assert_msg(io_connect(path, &fd, &err) == 0, "%s", err.text);
    ck_assert_int_eq(fcntl(fd, F_SETFL, 0), 0); /* as a device is */
    ck_assert_msg(tpm_room_read(fd, &room, &err) == 0, "%s", err.text);
    return room;
}

static void try(const struct swtpm *swtpm, const struct buf *pem, const char *text)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    const struct buf pin = {.data = (uint8_t *)(uintptr_t)text, .len = strlen(text)};
    enum pin_verdict verdict;
    tpm_choose(swtpm->name);
    ck_assert_int_eq(key_from_pem_with_pin(pem, &pin, &key, NULL), 0);
    ck_assert_int_eq(tpm_pin_try(key, &verdict, NULL), 0);
}

START_TEST(a_tpm_tells_what_it_has_counted)
{
    SWTPM(swtpm);
    const struct buf pin = {.data = (uint8_t[]){"secret"}, .len = 6};
    EVP_PKEY *key = NULL;
    autobuf pem = {0};
    struct err err;
    ck_assert_msg(tpm_generate_with_pin(true, 256, &pin, &key, &err) == 0, "%s", err.text);
    ck_assert_int_eq(key_to_pem(key, &pem, &err), 0);
    EVP_PKEY_free(key);
    struct tpm_room room = ask(&swtpm);
    ck_assert_uint_eq(room.wrong, 0);
    ck_assert_uint_gt(room.most, 1);
    ck_assert_uint_gt(room.heal_s, 0);
    try(&swtpm, &pem, "guessed");
    ck_assert_uint_eq(ask(&swtpm).wrong, 1);
    try(&swtpm, &pem, "secret"); /* a right one takes nothing back */
    try(&swtpm, &pem, "guessed");
    ck_assert_uint_eq(ask(&swtpm).wrong, 2);
    ck_assert_uint_eq(ask(&swtpm).most, room.most);
}
END_TEST

static const char good[] = "\x80\x01\0\0\0\x2b\0\0\0\0\0\0\0\0\x06\0\0\0\x03"
                           "\0\0\x02\x0e\0\0\0\x02\0\0\x02\x0f\0\0\0\x03\0\0\x02\x10\0\0\x03\xe8";

/* One byte of a good answer is another, or it is cut. */
static const struct {
    size_t at;
    char byte;
    size_t len;
    bool believed;
} answers[] = {
    {0, '\x80', 43, true}, {0, '\x80', 42, false}, {0, '\x80', 10, false},
    {9, 1, 43, false},     {18, 2, 43, false},     {18, 4, 43, false},
    {22, 0x0f, 43, false}, {38, 0x11, 43, false},  {0, 0, 0, false},
};

START_TEST(what_is_no_answer_is_not_believed)
{
    int pair[2];
    char answer[sizeof good];
    struct tpm_room room = {.wrong = 9};
    struct err err = {0};
    memcpy(answer, good, sizeof good);
    answer[answers[_i].at] = answers[_i].byte;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    if (answers[_i].len)
        ck_assert_int_eq(write(pair[1], answer, answers[_i].len), answers[_i].len);
    else
        shutdown(pair[1], SHUT_WR);
    int rc = tpm_room_read(pair[0], &room, &err);
    ck_assert_int_eq(rc, answers[_i].believed ? 0 : -ERR_RETRY);
    ck_assert_uint_eq(room.wrong, answers[_i].believed ? 2 : 9);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

Suite *tpm_room_suite(void)
{
    Suite *s = suite_create("store/tpm_room");
    TCase *c = tcase_create("room");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, the_last_try_is_not_for_us, 0, LENGTH(rooms));
    tcase_add_test(c, a_tpm_tells_what_it_has_counted);
    tcase_add_loop_test(c, what_is_no_answer_is_not_believed, 0, LENGTH(answers));
    suite_add_tcase(s, c);
    return s;
}
