/* Keys of a TPM in the hands of one connection. */
#include "pkcs11/keyring.h"

#include "tests/pkcs11/look.h"
#include "tests/tpm_between.h"

#define SIGNATURES 200

static const struct entry_id *const ids[] = {&wifi, &vpn, &alice_mail, &alice_web, &bob_mail};

struct held {
    struct fixture store;
    struct swtpm swtpm;
    struct tpm_between between;
    struct reports reports;
    struct backend *backend;
    EVP_PKEY *public[LENGTH(ids)];
};

static EVP_PKEY *public_half(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    const unsigned char *at = der;
    EVP_PKEY *public = d2i_PUBKEY(NULL, &at, len);
    OPENSSL_free(der);
    ck_assert_ptr_nonnull(public);
    return public;
}

/* More keys than a TPM has room for. No command has this code: the TPM is sound. */
static void held_open(struct held *h)
{
    fixture_open(&h->store);
    swtpm_open(&h->swtpm);
    tpm_between_open(&h->between, &h->swtpm, UINT32_MAX, 0);
    for (size_t i = 0; i < LENGTH(ids); i++) {
        CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
        struct err err;
        ck_assert_msg(tpm_generate(true, 256, &key, &err) == 0, "%s", err.text);
        issue_entry(&h->store, ids[i], key, NULL);
        h->public[i] = public_half(key);
    }
    h->backend = open_as(&h->store, 0, &h->reports);
}

static void held_close(struct held *h)
{
    close_backend(&h->backend);
    for (size_t i = 0; i < LENGTH(ids); i++)
        EVP_PKEY_free(h->public[i]);
    tpm_between_close(&h->between);
    swtpm_close(&h->swtpm);
    fixture_close(&h->store);
}

static void signs(struct held *h, size_t i)
{
    struct err err = {0};
    const struct key_ref ref = ref_of(ids[i], 1);
    int rc = sign_with(h->backend, &ref, h->public[i], &err);
    ck_assert_msg(rc == 0, "key %zu: %s", i, err.text);
}

START_TEST(holds_more_keys_than_the_tpm)
{
    CLEANUP(held_close) struct held h = {0};
    held_open(&h);
    for (size_t round = 0; round < 3; round++)
        for (size_t i = 0; i < LENGTH(ids); i++)
            signs(&h, i);
}
END_TEST

START_TEST(leaves_nothing_in_the_tpm)
{
    CLEANUP(held_close) struct held h = {0};
    held_open(&h);
    for (size_t i = 0; i < SIGNATURES; i++)
        signs(&h, 0);
}
END_TEST

/* As when the machine wakes from its sleep. */
START_TEST(outlives_what_the_tpm_forgets)
{
    CLEANUP(held_close) struct held h = {0};
    held_open(&h);
    signs(&h, 0);
    signs(&h, 1);
    swtpm_restart(&h.swtpm);
    signs(&h, 0);
    signs(&h, 1);
}
END_TEST

START_TEST(tells_of_a_tpm_that_is_gone)
{
    CLEANUP(held_close) struct held h = {0};
    struct err err = {0};
    const struct key_ref ref = ref_of(ids[0], 1);
    held_open(&h);
    signs(&h, 0);
    swtpm_kill(&h.swtpm);
    swtpm_expect_leak(true);
    ck_assert_int_eq(sign_with(h.backend, &ref, NULL, &err), -ERR_RETRY);
    swtpm_expect_leak(false);
    ck_assert_msg(strstr(err.text, "no TPM answers at"), "%s", err.text);
    swtpm_start(&h.swtpm);
    signs(&h, 0);
}
END_TEST

Suite *keyring_suite(void)
{
    Suite *s = suite_create("pkcs11/keyring");
    TCase *c = tcase_create("tpm");
    tcase_add_unchecked_fixture(c, issue_setup, issue_teardown);
    tcase_add_test(c, holds_more_keys_than_the_tpm);
    tcase_add_test(c, leaves_nothing_in_the_tpm);
    tcase_add_test(c, outlives_what_the_tpm_forgets);
    tcase_add_test(c, tells_of_a_tpm_that_is_gone);
    suite_add_tcase(s, c);
    return s;
}
