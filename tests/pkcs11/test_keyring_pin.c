/* Keys that a PIN opens, as keyd's end of a connection has them. */
#include "pkcs11/keyring.h"

#include "tests/pkcs11/look.h"
#include "tests/suite.h"
#include "tests/swtpm.h"

#define PIN "secret-12"

static const struct entry_id bank = {.owner = {.uid = ALICE}, .profile = "bank"};
static const struct key_ref token = {.uid = ALICE, .profile = "bank"};

static int login_with(struct backend *backend, const struct key_ref *ref, const void *data,
                      size_t len, enum pin_verdict *ret, struct err *err)
{
    const struct buf pin = {.data = (uint8_t *)(uintptr_t)data, .len = len};
    return backend->login(backend, ref, &pin, ret, err);
}

static enum pin_verdict login(struct backend *backend, const char *pin)
{
    enum pin_verdict verdict = 0;
    struct err err = {0};
    int rc = login_with(backend, &token, pin, strlen(pin), &verdict, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    return verdict;
}

static void logout(struct backend *backend)
{
    ck_assert_int_eq(backend->logout(backend, &token, NULL), 0);
}

static int sign(struct backend *backend, unsigned generation, EVP_PKEY *key)
{
    const struct key_ref ref = ref_of(&bank, generation);
    struct err err = {0};
    int rc = sign_with(backend, &ref, key, &err);
    ck_assert_msg(rc >= 0, "%s", err.text);
    return rc;
}

START_TEST(only_a_pin_opens_it_and_logout_closes_it)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    autobackend *backend = open_as(&f, ALICE, &reports);
    ck_assert_int_eq(sign(backend, 1, NULL), BACKEND_LOGIN);
    ck_assert_int_eq(login(backend, "guessed"), PIN_WRONG);
    ck_assert_int_eq(sign(backend, 1, NULL), BACKEND_LOGIN);
    ck_assert_int_eq(login(backend, PIN), PIN_ACCEPTED);
    ck_assert_int_eq(sign(backend, 1, key), 0);
    ck_assert_int_eq(login(backend, PIN), PIN_IS_IN);
    ck_assert_int_eq(login(backend, "guessed"), PIN_IS_IN);
    logout(backend);
    ck_assert_int_eq(sign(backend, 1, NULL), BACKEND_LOGIN);
    logout(backend);
    ck_assert_int_eq(login(backend, PIN), PIN_ACCEPTED);

    autobackend *other = open_as(&f, ALICE, &reports); /* another connection is another login */
    ck_assert_int_eq(sign(other, 1, NULL), BACKEND_LOGIN);
    ck_assert_uint_eq(reports.n, 0);
}
END_TEST

START_TEST(stands_on_a_token_of_its_own)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    struct token_names names;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    issue_entry(&f, &alice_mail, issue_keys.ec256, NULL);
    autobackend *backend = open_as(&f, ALICE, &reports);
    autosnapshot *snapshot = take(backend);
    ck_assert_int_eq(token_names(&bank, true, &names, NULL), 0);
    CK_SLOT_ID slot = describe_pin_slot(&names);
    const struct token *own = NULL;
    for (uint32_t i = 0; i < snapshot->n_tokens; i++) {
        ck_assert_int_eq(snapshot->tokens[i].login, snapshot->tokens[i].slot == slot);
        own = snapshot->tokens[i].slot == slot ? &snapshot->tokens[i] : own;
    }
    ck_assert_ptr_nonnull(own);
    ck_assert_str_eq(own->label, "bank");
    ck_assert_uint_eq(strlen(own->serial), 16);
    ck_assert_str_eq(own->ref.profile, "bank");
    ck_assert_uint_eq(own->ref.uid, ALICE);

    const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    const struct object *private = find(snapshot, slot, CKO_PRIVATE_KEY, "bank", false);
    ck_assert(has(private, CKA_PRIVATE, &yes, 1));
    ck_assert(has(private, CKA_ALWAYS_AUTHENTICATE, &no, 1));
    ck_assert(has(private, CKA_ID, names.id, sizeof names.id));
    ck_assert(has(find(snapshot, slot, CKO_PUBLIC_KEY, "bank", false), CKA_PRIVATE, &no, 1));
    ck_assert(has(find(snapshot, slot, CKO_CERTIFICATE, "bank", false), CKA_PRIVATE, &no, 1));
    ck_assert(has(find_key(snapshot, &alice_mail), CKA_PRIVATE, &no, 1));
    ck_assert_ptr_null(find_key(snapshot, &bank)); /* not on the user's */

    autobackend *others = open_as(&f, BOB, &reports);
    autosnapshot *theirs = take(others);
    ck_assert(!has_token(theirs, slot));
}
END_TEST

/* A client with a wrong PIN in its configuration, which tries again and again. */
START_TEST(the_same_wrong_one_costs_one_try)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    autobackend *backend = open_as(&f, ALICE, &reports);
    for (unsigned i = 0; i < 50; i++)
        ck_assert_int_eq(login(backend, "guessed"), PIN_WRONG);
    ck_assert_int_eq(login(backend, PIN), PIN_ACCEPTED);
    ck_assert_int_eq(sign(backend, 1, key), 0);
}
END_TEST

/* Of the same user, over however many connections. */
START_TEST(many_wrong_ones_have_to_wait)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    char guess[16];
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    for (unsigned i = 0; i < 8; i++) {
        autobackend *backend = open_as(&f, ALICE, &reports);
        snprintf(guess, sizeof guess, "guess-%u", i);
        ck_assert_int_eq(login(backend, guess), i < 3 ? PIN_WRONG : PIN_PAUSED);
        ck_assert_int_eq(sign(backend, 1, NULL), BACKEND_LOGIN);
    }
    autobackend *backend = open_as(&f, ALICE, &reports);
    ck_assert_int_eq(login(backend, PIN), PIN_PAUSED);
    ck_assert_int_eq(sign(backend, 1, NULL), BACKEND_LOGIN);
}
END_TEST

START_TEST(many_wrong_ones_lock)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    char guess[16];
    enum pin_verdict verdict;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    autobackend *backend = open_as(&f, ALICE, &reports);
    for (unsigned i = 0; i < 64; i++) {
        snprintf(guess, sizeof guess, "guess-%u", i);
        ck_assert_int_eq(truncate(swtpm.wrong_pins, 0), 0); /* as if hours had passed */
        if ((verdict = login(backend, guess)) != PIN_WRONG)
            break;
    }
    ck_assert_int_eq(verdict, PIN_LOCKED);
    ck_assert_int_eq(truncate(swtpm.wrong_pins, 0), 0);
    ck_assert_int_eq(login(backend, PIN), PIN_LOCKED);
    ck_assert_int_eq(sign(backend, 1, NULL), BACKEND_LOGIN);
}
END_TEST

static const struct {
    const char *pin;
    size_t len;
    enum pin_verdict verdict;
} no_pins[] = {
    {"", 0, PIN_LENGTH},
    {"12345", 5, PIN_LENGTH},
    {"\xc3\xa5\xc3\xa4\xc3\xb6", 6, PIN_LENGTH},
    {"012345678901234567890123456789012", 33, PIN_LENGTH},
    {NULL, 64 * 1024, PIN_LENGTH},
    {"secret-12\0", 10, PIN_WRONG},
    {"\0secret-12", 10, PIN_WRONG},
    {"secret-12\n", 10, PIN_WRONG},
    {"\xff\xfe\xfd\xfc\xfb\xfa", 6, PIN_WRONG},
};

START_TEST(what_is_no_pin_is_no_try)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    static char large[64 * 1024];
    enum pin_verdict verdict = 0;
    struct err err;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    autobackend *backend = open_as(&f, ALICE, &reports);
    memset(large, '1', sizeof large);
    for (unsigned i = 0; i < 8; i++) {
        const char *pin = no_pins[_i].pin ? no_pins[_i].pin : large;
        ck_assert_int_eq(login_with(backend, &token, pin, no_pins[_i].len, &verdict, &err), 0);
        ck_assert_int_eq(verdict, no_pins[_i].verdict);
    }
    ck_assert_int_eq(login(backend, PIN), PIN_ACCEPTED);
}
END_TEST

/* Whoever speaks the wire by hand: the same words for what exists and what does not. */
START_TEST(nobody_else_may_try)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    struct err there = {0}, absent = {0};
    enum pin_verdict verdict = 0;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    autobackend *bob = open_as(&f, BOB, &reports);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_int_eq(login_with(bob, &token, "guessed", 7, &verdict, &there), -ERR_DENIED);
    struct key_ref none = token;
    strcpy(none.profile, "bonk");
    ck_assert_int_eq(login_with(bob, &none, PIN, 9, &verdict, &absent), -ERR_DENIED);
    memcpy(strstr(absent.text, "bonk"), "bank", 4);
    ck_assert_str_eq(there.text, absent.text);
    strcpy(none.profile, "../x");
    ck_assert_int_eq(login_with(bob, &none, PIN, 9, &verdict, &absent), -ERR_DENIED);
    ck_assert_int_eq(verdict, 0);
    ck_assert_int_eq(bob->logout(bob, &token, NULL), 0);

    autobackend *alice = open_as(&f, ALICE, &reports); /* nobody has used up a try of hers */
    ck_assert_int_eq(login(alice, PIN), PIN_ACCEPTED);
    strcpy(none.profile, "bonk");
    ck_assert_int_eq(login_with(alice, &none, PIN, 9, &verdict, &absent), -ERR_CONFIG);
}
END_TEST

START_TEST(a_key_that_asks_for_none)
{
    FIXTURE(f);
    struct reports reports = {0};
    enum pin_verdict verdict = 0;
    struct err err;
    const struct key_ref mail = {.uid = ALICE, .profile = "mail"};
    issue_entry(&f, &alice_mail, issue_keys.ec256, NULL);
    autobackend *backend = open_as(&f, ALICE, &reports);
    ck_assert_int_eq(login_with(backend, &mail, PIN, 9, &verdict, &err), 0);
    ck_assert_int_eq(verdict, PIN_UNWANTED);
    ck_assert_int_eq(backend->logout(backend, &mail, NULL), 0);
}
END_TEST

START_TEST(stays_open_however_many_others_are_used)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    struct entry_id id = alice_mail;
    struct err err = {0};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    autobackend *backend = open_as(&f, ALICE, &reports);
    ck_assert_int_eq(login(backend, PIN), PIN_ACCEPTED);
    for (int i = 0; i < 2 * KEYRING_MAX; i++) {
        snprintf(id.profile, sizeof id.profile, "p%d", i);
        issue_entry(&f, &id, issue_keys.ec256, NULL);
        const struct key_ref ref = ref_of(&id, 1);
        ck_assert_int_eq(sign_with(backend, &ref, issue_keys.ec256, &err), 0);
    }
    ck_assert_int_eq(sign(backend, 1, key), 0);
}
END_TEST

/* The key before goes on signing; the new one wants a login of its own. */
START_TEST(a_renewal)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *before = issue_pin_entry(&f, &bank, PIN);
    autobackend *backend = open_as(&f, ALICE, &reports);
    ck_assert_int_eq(login(backend, PIN), PIN_ACCEPTED);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    ck_assert_int_eq(sign(backend, 1, before), 0);
    ck_assert_int_eq(sign(backend, 2, NULL), BACKEND_LOGIN);
    ck_assert_int_eq(login(backend, PIN), PIN_ACCEPTED);
    ck_assert_int_eq(sign(backend, 2, key), 0);
    ck_assert_int_eq(sign(backend, 1, before), 0);
    logout(backend);
    ck_assert_int_eq(sign(backend, 1, NULL), BACKEND_LOGIN);
    ck_assert_int_eq(sign(backend, 2, NULL), BACKEND_LOGIN);
}
END_TEST

START_TEST(an_entry_made_anew_is_another)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *before = issue_pin_entry(&f, &bank, PIN);
    autobackend *backend = open_as(&f, ALICE, &reports);
    ck_assert_int_eq(login(backend, PIN), PIN_ACCEPTED);
    {
        CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
        ok(f, entry_open(&f.store, &bank, false, &entry, &f.err));
        ok(f, entry_lock(&entry, PATIENCE, &f.err));
        ok(f, entry_remove(&entry, &f.err));
    }
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, "another-1");
    ck_assert_int_eq(login(backend, PIN), PIN_WRONG);
    ck_assert_int_eq(sign(backend, 1, NULL), BACKEND_LOGIN);
    ck_assert_int_eq(login(backend, "another-1"), PIN_ACCEPTED);
    ck_assert_int_eq(sign(backend, 1, key), 0);
}
END_TEST

/* As when the machine wakes from its sleep: nobody has the PIN any more. */
START_TEST(what_the_tpm_forgets_is_closed)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    autobackend *backend = open_as(&f, ALICE, &reports);
    ck_assert_int_eq(login(backend, PIN), PIN_ACCEPTED);
    swtpm_restart(&swtpm);
    ck_assert_int_eq(sign(backend, 1, NULL), BACKEND_LOGIN);
    ck_assert_int_eq(login(backend, PIN), PIN_ACCEPTED);
    ck_assert_int_eq(sign(backend, 1, key), 0);
}
END_TEST

START_TEST(makes_no_room_for_others)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct reports reports = {0};
    static const struct entry_id *const others[] = {&alice_mail, &alice_web};
    struct err err = {0};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    for (size_t i = 0; i < LENGTH(others); i++) {
        CLEANUP(EVP_PKEY_free_p) EVP_PKEY *other = NULL;
        ck_assert_int_eq(tpm_generate(true, 256, &other, &err), 0);
        issue_entry(&f, others[i], other, NULL);
    }
    autobackend *backend = open_as(&f, ALICE, &reports);
    ck_assert_int_eq(login(backend, PIN), PIN_ACCEPTED);
    for (size_t i = 0; i < 6; i++) {
        const struct key_ref ref = ref_of(others[i % LENGTH(others)], 1);
        ck_assert_msg(sign_with(backend, &ref, NULL, &err) == 0, "%s", err.text);
        ck_assert_int_eq(sign(backend, 1, key), 0);
    }
}
END_TEST

START_TEST(not_more_than_so_many_at_once)
{
    SWTPM(swtpm);
    FIXTURE(f);
    struct keyring keyring = {0};
    struct peer peer = peer_as(ALICE);
    const struct keyring_place place = {.store = &f.store, .peer = &peer, .change = 1};
    const struct buf pin = {.data = (uint8_t[]){PIN}, .len = 9};
    enum pin_verdict verdict = 0;
    struct err err;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = issue_pin_entry(&f, &bank, PIN);
    for (size_t i = 0; i < KEYRING_LOGINS_MAX; i++)
        keyring.keys[i].opened = true;
    ck_assert_int_eq(keyring_login(&keyring, &place, &token, &pin, &verdict, &err), -ERR_RESOURCE);
    keyring.keys[3].opened = false;
    ck_assert_int_eq(keyring_login(&keyring, &place, &token, &pin, &verdict, &err), 0);
    ck_assert_int_eq(verdict, PIN_ACCEPTED);
    keyring_free(&keyring);
}
END_TEST

Suite *keyring_pin_suite(void)
{
    Suite *s = suite_create("pkcs11/keyring_pin");
    TCase *c = tcase_create("pins");
    tcase_add_unchecked_fixture(c, issue_setup, issue_teardown);
    tcase_add_test(c, only_a_pin_opens_it_and_logout_closes_it);
    tcase_add_test(c, stands_on_a_token_of_its_own);
    tcase_add_test(c, the_same_wrong_one_costs_one_try);
    tcase_add_test(c, many_wrong_ones_have_to_wait);
    tcase_add_test(c, many_wrong_ones_lock);
    tcase_add_loop_test(c, what_is_no_pin_is_no_try, 0, LENGTH(no_pins));
    tcase_add_test(c, nobody_else_may_try);
    tcase_add_test(c, a_key_that_asks_for_none);
    tcase_add_test(c, stays_open_however_many_others_are_used);
    tcase_add_test(c, a_renewal);
    tcase_add_test(c, an_entry_made_anew_is_another);
    tcase_add_test(c, what_the_tpm_forgets_is_closed);
    tcase_add_test(c, makes_no_room_for_others);
    tcase_add_test(c, not_more_than_so_many_at_once);
    suite_add_tcase(s, c);
    return s;
}
