#include "tests/pkcs11/look.h"
#include "tests/suite.h"

/* --- who sees and signs --- */

static const struct {
    const struct entry_id *id;
    const char *access;
} entries[] = {
    {&wifi, NULL},           {&vpn, "daemon"},      {&alice_mail, NULL},
    {&alice_web, "@daemon"}, {&bob_mail, "nosuch"},
};

static const struct visible_row {
    uid_t peer;
    bool sees[LENGTH(entries)];
    bool token_alice, token_bob;
} visible_rows[] = {
    {0, {true, true, true, true, true}, true, true},
    {ALICE, {false, false, true, true, false}, true, false},
    {BOB, {false, false, false, false, true}, false, true},
    {DAEMON, {false, true, false, true, false}, true, false},
    {65534, {false, false, false, false, false}, false, false},
};

static void sees_row(const struct fixture *f, const struct visible_row *row)
{
    struct reports reports = {0};
    autobackend *backend = open_as(f, row->peer, &reports);
    autosnapshot *snapshot = take(backend);

    ck_assert(has_token(snapshot, 1));
    ck_assert_int_eq(has_token(snapshot, 2 + ALICE), row->token_alice);
    ck_assert_int_eq(has_token(snapshot, 2 + BOB), row->token_bob);
    ck_assert_int_eq(has_token(snapshot, 2 + row->peer), row->peer != 0);
    for (size_t i = 0; i < LENGTH(entries); i++) {
        const struct entry_id *id = entries[i].id;
        CK_SLOT_ID slot = describe_slot(&id->owner);
        struct key_ref ref = ref_of(id, 1);
        struct err err = {0};
        bool sees = row->sees[i];
        ck_assert_msg(!!find_key(snapshot, id) == sees, "uid %u, entry %zu", row->peer, i);
        ck_assert(!!find(snapshot, slot, CKO_CERTIFICATE, id->profile, false) == sees);
        ck_assert(!!find(snapshot, slot, CKO_PUBLIC_KEY, id->profile, false) == sees);
        ck_assert_int_eq(sign_with(backend, &ref, issue_keys.ec256, &err), sees ? 0 : -ERR_DENIED);
    }
    ck_assert_msg(reports.n == 0, "%s", reports.last);
}

START_TEST(sees_and_signs)
{
    FIXTURE(f);
    for (size_t i = 0; i < LENGTH(entries); i++) {
        issue_entry(&f, entries[i].id, issue_keys.ec256, NULL);
        issue_access(&f, entries[i].id, entries[i].access);
    }
    for (size_t i = 0; i < LENGTH(visible_rows); i++)
        sees_row(&f, &visible_rows[i]);
}
END_TEST

/* References that no snapshot holds: a peer that speaks the wire by hand. */
static const struct hostile_row {
    struct key_ref ref;
    int class;
} hostile_rows[] = {
    {{.device = 0, .uid = BOB, .generation = 1, .profile = "mail"}, ERR_DENIED},
    {{.device = 0, .uid = BOB, .generation = 1, .profile = "absent"}, ERR_DENIED},
    {{.device = 0, .uid = 0, .generation = 1, .profile = "mail"}, ERR_DENIED},
    {{.device = 1, .uid = ALICE, .generation = 1, .profile = "wifi"}, ERR_DENIED},
    {{.device = 1, .uid = ALICE, .generation = 1, .profile = "mail"}, ERR_DENIED},
    {{.device = 2, .uid = ALICE, .generation = 1, .profile = "mail"}, ERR_DENIED},
    {{.device = UINT32_MAX, .uid = ALICE, .generation = 1, .profile = "mail"}, ERR_DENIED},
    {{.uid = ALICE, .generation = 1, .profile = "../1001/mail"}, ERR_DENIED},
    {{.uid = ALICE, .generation = 1, .profile = ".."}, ERR_DENIED},
    {{.uid = ALICE, .generation = 1, .profile = "."}, ERR_DENIED},
    {{.uid = ALICE, .generation = 1, .profile = ""}, ERR_DENIED},
    {{.uid = ALICE, .generation = 1, .profile = "/etc"}, ERR_DENIED},
    {{.uid = ALICE, .generation = 1, .profile = "mail/"}, ERR_DENIED},
    {{.uid = ALICE, .generation = 1, .profile = "mail\n"}, ERR_DENIED},
    {{.uid = ALICE, .generation = 1, .profile = "absent"}, ERR_CONFIG},
    {{.uid = ALICE, .generation = 0, .profile = "mail"}, ERR_CONFIG},
    {{.uid = ALICE, .generation = 2, .profile = "mail"}, ERR_CONFIG},
    {{.uid = ALICE, .generation = UINT32_MAX, .profile = "mail"}, ERR_CONFIG},
};

START_TEST(believes_no_reference)
{
    FIXTURE(f);
    struct reports reports = {0};
    struct err err = {0};
    issue_entry(&f, &wifi, issue_keys.ec256, NULL);
    issue_entry(&f, &alice_mail, issue_keys.ec256, NULL);
    issue_entry(&f, &bob_mail, issue_keys.ec256, NULL);
    autobackend *backend = open_as(&f, ALICE, &reports);
    const struct key_ref good = ref_of(&alice_mail, 1);
    ck_assert_int_eq(sign_with(backend, &good, issue_keys.ec256, &err), 0);
    for (size_t i = 0; i < LENGTH(hostile_rows); i++) {
        int rc = sign_with(backend, &hostile_rows[i].ref, NULL, &err);
        ck_assert_msg(rc == -hostile_rows[i].class, "row %zu: %d %s", i, rc, err.text);
        ck_assert_str_ne(err.text, "");
    }
    struct key_ref unterminated = good;
    memset(unterminated.profile, 'x', sizeof unterminated.profile);
    ck_assert_int_eq(sign_with(backend, &unterminated, NULL, &err), -ERR_DENIED);
    ck_assert_int_eq(sign_with(backend, &good, issue_keys.ec256, &err), 0);
}
END_TEST

/* The same words for what exists and what does not. */
START_TEST(tells_nothing_of_others)
{
    FIXTURE(f);
    struct reports reports = {0};
    struct err there = {0}, absent = {0};
    issue_entry(&f, &bob_mail, issue_keys.ec256, NULL);
    autobackend *backend = open_as(&f, ALICE, &reports);
    struct key_ref ref = ref_of(&bob_mail, 1);
    ck_assert_int_eq(sign_with(backend, &ref, NULL, &there), -ERR_DENIED);
    strcpy(ref.profile, "liam");
    ck_assert_int_eq(sign_with(backend, &ref, NULL, &absent), -ERR_DENIED);
    memcpy(strstr(absent.text, "liam"), "mail", 4);
    ck_assert_str_eq(there.text, absent.text);
}
END_TEST

static struct backend *open_peer(const struct fixture *f, const struct peer *peer,
                                 struct reports *reports)
{
    struct backend *backend = NULL;
    ck_assert_int_eq(backend_store_open(f->path, peer, count_report, reports, &backend, NULL), 0);
    return backend;
}

/* alice's account was removed, and another made with her uid. NAMED 0: NSS knows nobody by it. */
static const struct {
    const char *name;
    int named;
    bool sees;
} successors[] = {
    {"u1000", 1, true}, {"u1000x", 1, false}, {"u100", 1, false},    {"U1000", 1, false},
    {"", 1, false},     {NULL, 0, false},     {"mallory", 1, false}, {"root", 1, false},
};

START_TEST(an_account_with_an_old_uid_is_somebody_else)
{
    FIXTURE(f);
    struct reports reports = {0};
    struct err err = {0};
    const struct key_ref ref = ref_of(&alice_mail, 1);
    issue_entry(&f, &alice_mail, issue_keys.ec256, NULL);
    const struct peer peer = {.uid = ALICE,
                              .name = (char *)(uintptr_t)successors[_i].name,
                              .named = successors[_i].named,
                              .asked = true};
    autobackend *backend = open_peer(&f, &peer, &reports);
    autosnapshot *snapshot = take(backend);
    bool sees = successors[_i].sees;
    ck_assert_int_eq(find_key(snapshot, &alice_mail) != NULL, sees);
    ck_assert_uint_eq(snapshot->n_objects != 0, sees); /* no certificate, no issuer either */
    ck_assert_int_eq(sign_with(backend, &ref, issue_keys.ec256, &err), sees ? 0 : -ERR_DENIED);
    ck_assert_uint_eq(reports.n, 0);
}
END_TEST

/* Written before the name was, or cut short in between. */
START_TEST(an_entry_without_a_name_is_roots_alone)
{
    FIXTURE(f);
    struct reports reports = {0};
    struct err err = {0};
    const struct key_ref ref = ref_of(&alice_mail, 1);
    issue_entry(&f, &alice_mail, issue_keys.ec256, NULL);
    put_file(&f, "users/1000/mail/access.json", "{\"access\":[]}");
    autobackend *alice = open_as(&f, ALICE, &reports), *root = open_as(&f, 0, &reports);
    autosnapshot *hers = take(alice), *roots = take(root);
    ck_assert_ptr_null(find_key(hers, &alice_mail));
    ck_assert_ptr_nonnull(find_key(roots, &alice_mail));
    ck_assert_int_eq(sign_with(alice, &ref, NULL, &err), -ERR_DENIED);
    ck_assert_int_eq(sign_with(root, &ref, issue_keys.ec256, &err), 0);
}
END_TEST

/* Nobody's key is shown on a guess; and it is there again as soon as NSS is. */
START_TEST(a_name_service_that_fails_hides_for_as_long_as_it_fails)
{
    FIXTURE(f);
    struct reports reports = {0};
    struct err err = {0};
    const struct entry_id own = {.owner = {.uid = DAEMON}, .profile = "own"};
    const struct key_ref ref = ref_of(&own, 1);
    issue_entry(&f, &own, issue_keys.ec256, NULL);
    const struct peer peer = {.uid = DAEMON, .named = -ERR_RETRY, .asked = true};
    autobackend *backend = open_peer(&f, &peer, &reports);
    autosnapshot *before = take(backend);
    ck_assert_ptr_null(find_key(before, &own));
    ck_assert_uint_eq(reports.n, 1);
    ck_assert(backend->changed(backend, before));
    autosnapshot *after = take(backend);
    ck_assert_ptr_nonnull(find_key(after, &own));
    ck_assert(!backend->changed(backend, after));
    ck_assert_int_eq(sign_with(backend, &ref, issue_keys.ec256, &err), 0);
}
END_TEST

START_TEST(leave_is_asked_anew)
{
    FIXTURE(f);
    struct reports reports = {0};
    struct err err = {0};
    const struct key_ref ref = ref_of(&vpn, 1);
    issue_entry(&f, &vpn, issue_keys.ec256, NULL);
    autobackend *backend = open_as(&f, DAEMON, &reports);
    static const struct {
        const char *access;
        int rc;
    } steps[] = {{NULL, -ERR_DENIED}, {"daemon", 0}, {"bin", -ERR_DENIED}, {"@daemon", 0}};
    for (size_t i = 0; i < LENGTH(steps); i++) {
        issue_access(&f, &vpn, steps[i].access);
        ck_assert_int_eq(sign_with(backend, &ref, issue_keys.ec256, &err), steps[i].rc);
        ck_assert_int_eq(sign_with(backend, &ref, issue_keys.ec256, &err), steps[i].rc);
    }
}
END_TEST

/* --- time --- */

START_TEST(renewal_keeps_what_clients_remember)
{
    FIXTURE(f);
    struct reports reports = {0};
    struct err err = {0};
    const struct key_ref first = ref_of(&alice_mail, 1), second = ref_of(&alice_mail, 2);
    const struct key_ref third = ref_of(&alice_mail, 3);
    issue_entry(&f, &alice_mail, issue_keys.ec256, NULL);
    autobackend *backend = open_as(&f, ALICE, &reports);
    autosnapshot *before = take(backend);
    const struct object *old = find_key(before, &alice_mail);
    ck_assert(!backend->changed(backend, before));
    ck_assert_int_eq(sign_with(backend, &first, issue_keys.ec256, &err), 0);

    issue_entry(&f, &alice_mail, issue_keys.ec384, NULL);
    ck_assert(backend->changed(backend, before));
    autosnapshot *after = take(backend);
    const struct object *new = find_key(after, &alice_mail);
    const struct object *retired = find(after, 2 + ALICE, CKO_PRIVATE_KEY, "mail", true);
    ck_assert(has(new, CKA_ID, attribute(old, CKA_ID)->value, 20));
    ck_assert_uint_ne(new->handle, old->handle);
    ck_assert_uint_eq(retired->handle, old->handle);
    ck_assert_uint_eq(retired->ref.generation, 1);
    ck_assert_uint_eq(new->ref.generation, 2);
    ck_assert_int_eq(sign_with(backend, &first, issue_keys.ec256, &err), 0);
    ck_assert_int_eq(sign_with(backend, &second, issue_keys.ec384, &err), 0);

    issue_entry(&f, &alice_mail, issue_keys.ec521, NULL);
    ck_assert_int_eq(sign_with(backend, &third, issue_keys.ec521, &err), 0);
    ck_assert_int_eq(sign_with(backend, &second, issue_keys.ec384, &err), 0);
    ck_assert_int_eq(sign_with(backend, &first, NULL, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "generation 1"), "%s", err.text);
}
END_TEST

START_TEST(handles_are_the_same_everywhere)
{
    FIXTURE(f);
    struct reports reports = {0};
    issue_entry(&f, &alice_mail, issue_keys.ec256, NULL);
    issue_entry(&f, &alice_web, issue_keys.rsa, NULL);
    autobackend *one = open_as(&f, ALICE, &reports), *other = open_as(&f, 0, &reports);
    autosnapshot *a = take(one);
    issue_entry(&f, &bob_mail, issue_keys.ec256, NULL);
    autosnapshot *b = take(other);
    ck_assert_uint_gt(b->n_objects, a->n_objects);
    for (uint32_t i = 0; i < a->n_objects; i++) {
        bool found = false;
        ck_assert_uint_ne(a->objects[i].handle, CK_INVALID_HANDLE);
        for (uint32_t j = 0; j < b->n_objects; j++)
            found |= a->objects[i].handle == b->objects[j].handle;
        ck_assert(found);
    }
}
END_TEST

/* Removed and enrolled again: the number is 1 once more, the key another. */
START_TEST(an_entry_made_anew_has_its_own_key)
{
    FIXTURE(f);
    struct reports reports = {0};
    struct err err = {0};
    const struct key_ref ref = ref_of(&alice_mail, 1);
    issue_entry(&f, &alice_mail, issue_keys.ec256, NULL);
    autobackend *backend = open_as(&f, ALICE, &reports);
    autosnapshot *before = take(backend);
    ck_assert_int_eq(sign_with(backend, &ref, issue_keys.ec256, &err), 0);

    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    ok(f, entry_open(&f.store, &alice_mail, false, &entry, &f.err));
    ok(f, entry_lock(&entry, PATIENCE, &f.err));
    ok(f, entry_remove(&entry, &f.err));
    ck_assert_int_eq(sign_with(backend, &ref, NULL, &err), -ERR_CONFIG);
    entry_close(&entry);

    issue_entry(&f, &alice_mail, issue_keys.ec384, NULL);
    ck_assert_int_eq(sign_with(backend, &ref, issue_keys.ec384, &err), 0);
    autosnapshot *after = take(backend);
    ck_assert_uint_ne(find_key(after, &alice_mail)->handle, find_key(before, &alice_mail)->handle);
}
END_TEST

START_TEST(waits_for_a_store)
{
    FIXTURE(f);
    struct reports reports = {0};
    struct err err = {0};
    char path[64];
    snprintf(path, sizeof path, "%s/later", f.path);
    const struct peer alice = peer_as(ALICE);
    const struct key_ref ref = ref_of(&alice_mail, 1);
    struct backend *opened = NULL;
    ck_assert_int_eq(backend_store_open(path, &alice, count_report, &reports, &opened, NULL), 0);
    autobackend *backend = opened;

    autosnapshot *empty = take(backend);
    ck_assert_uint_eq(empty->n_tokens, 2);
    ck_assert_uint_eq(empty->n_objects, 0);
    ck_assert(backend->changed(backend, empty));
    ck_assert_uint_eq(reports.n, 1);
    ck_assert_int_lt(sign_with(backend, &ref, NULL, &err), 0);

    struct fixture later = {0};
    ok(f, store_open(path, true, &later.store, &f.err));
    issue_entry(&later, &alice_mail, issue_keys.ec256, NULL);
    store_close(&later.store);
    autosnapshot *full = take(backend);
    ck_assert_ptr_nonnull(find_key(full, &alice_mail));
    ck_assert(!backend->changed(backend, full));
    ck_assert_int_eq(sign_with(backend, &ref, issue_keys.ec256, &err), 0);
}
END_TEST

START_TEST(many_keys_in_turn)
{
    FIXTURE(f);
    struct reports reports = {0};
    struct err err = {0};
    struct entry_id id = alice_mail;
    autobackend *backend = open_as(&f, ALICE, &reports);
    for (int i = 0; i < 20; i++) {
        snprintf(id.profile, sizeof id.profile, "p%d", i);
        issue_entry(&f, &id, i % 2 ? issue_keys.ec256 : issue_keys.ec384, NULL);
    }
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 20; i++) {
            snprintf(id.profile, sizeof id.profile, "p%d", i);
            const struct key_ref ref = ref_of(&id, 1);
            ck_assert_int_eq(
                sign_with(backend, &ref, i % 2 ? issue_keys.ec256 : issue_keys.ec384, &err), 0);
        }
}
END_TEST

/* --- damage --- */

enum { SEES = 1, SIGNS = 2, ISSUER = 4, REPORTED = 8 };

static const struct damage_row {
    const char *file, *content; /* NULL: removed */
    int then;                   /* for the owner */
} damage_rows[] = {
    {"generations/1/cert.pem", "", REPORTED},
    {"generations/1/cert.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n", REPORTED},
    {"generations/1/cert.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
     REPORTED},
    {"generations/1/cert.pem", NULL, REPORTED},
    {"generations/1/chain.pem", "rubbish", SEES | SIGNS | REPORTED},
    {"generations/1/chain.pem", NULL, SEES | SIGNS | REPORTED},
    {"generations/1/chain.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
     SEES | SIGNS | REPORTED},
    {"generations/1/chain.pem", "", SEES | SIGNS},
    {"generations/1/key.pem", "", SEES | ISSUER},
    {"generations/1/key.pem", NULL, SEES | ISSUER},
    {"generations/1/key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
     SEES | ISSUER},
    {"generations/1/meta.json", "{", SEES | SIGNS | ISSUER | REPORTED},
    {"generations/1", NULL, REPORTED},
    {"current", NULL, 0},
    {"current", "a file", REPORTED},
    {"access.json", "[", REPORTED}, /* whose it is nobody knows */
    {"access.json", NULL, 0},
    {"state.json", "\xff", SEES | SIGNS | ISSUER},
};

START_TEST(damage_stays_where_it_is)
{
    const struct damage_row *row = &damage_rows[_i];
    FIXTURE(f);
    struct reports reports = {0}, daemons = {0};
    struct err err = {0};
    char path[128];
    const struct key_ref ref = ref_of(&alice_mail, 1), other = ref_of(&alice_web, 1);
    issue_entry(&f, &alice_mail, issue_keys.ec256, NULL);
    issue_entry(&f, &alice_web, issue_keys.ec384, NULL);
    issue_access(&f, &alice_mail, "daemon");
    issue_entry(&f, &bob_mail, issue_keys.ec256, NULL);

    snprintf(path, sizeof path, "users/%d/mail/%s", ALICE, row->file);
    ck_assert_int_eq(fs_remove_tree(f.store.fd, path, NULL), 0);
    if (row->content)
        put_file(&f, path, row->content);

    autobackend *backend = open_as(&f, ALICE, &reports);
    autosnapshot *snapshot = take(backend);
    ck_assert_int_eq(!!find_key(snapshot, &alice_mail), !!(row->then & SEES));
    ck_assert_msg((reports.n > 0) == !!(row->then & REPORTED), "%u %s", reports.n, reports.last);
    if (reports.n)
        ck_assert_msg(strstr(reports.last, "mail"), "%s", reports.last);
    ck_assert_int_eq(sign_with(backend, &ref, NULL, &err) == 0, !!(row->then & SIGNS));

    /* Nothing else suffers, and nobody gains. */
    ck_assert_ptr_nonnull(find_key(snapshot, &alice_web));
    ck_assert_int_eq(sign_with(backend, &other, issue_keys.ec384, &err), 0);
    autobackend *daemon = open_as(&f, DAEMON, &daemons);
    if (strcmp(row->file, "access.json") == 0)
        ck_assert_int_eq(sign_with(daemon, &ref, NULL, &err), -ERR_DENIED);
    autosnapshot *theirs = take(daemon);
    ck_assert_ptr_null(find_key(theirs, &alice_web));
}
END_TEST

START_TEST(a_key_of_another_certificate)
{
    FIXTURE(f);
    struct reports reports = {0};
    struct err err = {0};
    const struct key_ref ref = ref_of(&alice_mail, 1);
    autobuf pem_text = {0};
    issue_entry(&f, &alice_mail, issue_keys.ec256, NULL);
    ok(f, key_to_pem(issue_keys.ec384, &pem_text, &f.err));
    put_file(&f, "users/1000/mail/generations/1/key.pem", buf_text(&pem_text));
    autobackend *backend = open_as(&f, ALICE, &reports);
    ck_assert_int_eq(sign_with(backend, &ref, NULL, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "do not belong together"), "%s", err.text);
}
END_TEST

START_TEST(a_damaged_anchor)
{
    FIXTURE(f);
    struct reports reports = {0};
    issue_anchor(&f, ANCHOR_TRUSTED, "one");
    issue_anchor(&f, ANCHOR_TRUSTED, "two");
    put_file(&f, "anchors/one.der", "rubbish");
    autobackend *backend = open_as(&f, ALICE, &reports);
    autosnapshot *snapshot = take(backend);
    ck_assert_ptr_null(find(snapshot, 1, CKO_CERTIFICATE, "one", false));
    ck_assert_ptr_nonnull(find(snapshot, 1, CKO_CERTIFICATE, "two", false));
    ck_assert_uint_eq(reports.n, 1);
    ck_assert_msg(strstr(reports.last, "one"), "%s", reports.last);
}
END_TEST

Suite *backend_store_suite(void)
{
    Suite *suite = suite_create("pkcs11/backend_store");
    TCase *tc = tcase_create("backend_store");
    tcase_add_unchecked_fixture(tc, issue_setup, issue_teardown);
    tcase_add_test(tc, sees_and_signs);
    tcase_add_test(tc, believes_no_reference);
    tcase_add_test(tc, tells_nothing_of_others);
    tcase_add_loop_test(tc, an_account_with_an_old_uid_is_somebody_else, 0, LENGTH(successors));
    tcase_add_test(tc, an_entry_without_a_name_is_roots_alone);
    tcase_add_test(tc, a_name_service_that_fails_hides_for_as_long_as_it_fails);
    tcase_add_test(tc, leave_is_asked_anew);
    tcase_add_test(tc, renewal_keeps_what_clients_remember);
    tcase_add_test(tc, handles_are_the_same_everywhere);
    tcase_add_test(tc, an_entry_made_anew_has_its_own_key);
    tcase_add_test(tc, waits_for_a_store);
    tcase_add_test(tc, many_keys_in_turn);
    tcase_add_loop_test(tc, damage_stays_where_it_is, 0, LENGTH(damage_rows));
    tcase_add_test(tc, a_key_of_another_certificate);
    tcase_add_test(tc, a_damaged_anchor);
    suite_add_tcase(suite, tc);
    return suite;
}
