#include "pkcs11/peer.h"

#include "tests/store/fixture.h"
#include "tests/suite.h"

#include <grp.h>
#include <sys/resource.h>

#define NOBODY 65534

static const struct owner_row {
    uid_t peer;
    struct entry_id id;
    bool owns;
} owner_rows[] = {
    {0, {.owner = {.device = true}}, true},
    {0, {.owner = {.uid = 1000}}, true},
    {0, {.owner = {.uid = 0}}, true},
    {1000, {.owner = {.uid = 1000}}, true},
    {1000, {.owner = {.uid = 1001}}, false},
    {1000, {.owner = {.uid = 0}}, false},
    {1000, {.owner = {.device = true}}, false},
    {1000, {.owner = {.device = true, .uid = 1000}}, false}, /* the uid of a device means nothing */
    {NOBODY, {.owner = {.uid = UINT32_MAX}}, false},
};

START_TEST(owns)
{
    const struct peer peer = {.uid = owner_rows[_i].peer, .gid = 100};
    ck_assert_int_eq(peer_owns(&peer, &owner_rows[_i].id), owner_rows[_i].owns);
}
END_TEST

/* Users and groups that every Debian has: daemon (uid 1, gid 1), nobody, group adm (4). */
static const struct named_row {
    uid_t uid;
    gid_t gid, group;
    const char *access;
    bool named;
} named_rows[] = {
    {1, 1, 1, NULL, false},
    {1, 1, 1, "daemon", true},
    {1, 1, 1, "@daemon", true},
    {1, 99, 1, "@daemon", true},
    {1, 1, 99, "@daemon", true},
    {1, 99, 98, "@daemon", true}, /* NSS says so */
    {3, 99, 98, "@daemon", false},
    {1, 1, 1, "bin", false},
    {1, 1, 1, "daemo", false},
    {1, 1, 1, "daemonx", false},
    {1, 1, 1, "Daemon", false},
    {1, 1, 1, "1", false},
    {1, 1, 1, "@1", false},
    {1, 1, 1, "", false},
    {1, 1, 1, "@", false},
    {1, 1, 1, "@@daemon", false},
    {1, 1, 1, "*", false},
    {1, 1, 1, "@adm", false},
    {1, 1, 4, "@adm", true},
    {1, 4, 1, "@adm", true},
    {1, 4, 1, "adm", false},
    {NOBODY, 1, 1, "daemon", false},
    {NOBODY, 1, 1, "no such user", false},
    {NOBODY, 1, 1, "@no such group", false},
};

START_TEST(is_named)
{
    const struct named_row *row = &named_rows[_i];
    gid_t group = row->group;
    struct peer peer = {.uid = row->uid, .gid = row->gid, .groups = &group, .n_groups = 1};
    CLEANUP(strings_free) struct strings access = {0};
    ck_assert_int_eq(peer_is_named(&peer, &access, NULL), false);
    if (row->access)
        ck_assert_int_eq(strings_add(&access, row->access, NULL), 0);
    ck_assert_int_eq(peer_is_named(&peer, &access, NULL), row->named);
    ck_assert_int_eq(strings_add(&access, "@bin", NULL), 0);
    ck_assert_int_eq(peer_is_named(&peer, &access, NULL), row->named);
}
END_TEST

/* Without a descriptor left, NSS opens no file. */
static const struct {
    const char *access[2];
    gid_t gid;
    int named;
} failures[] = {
    {{"daemon"}, 1, -ERR_RETRY},
    {{"@daemon"}, 1, -ERR_RETRY},
    {{"bin", "@daemon"}, 99, -ERR_RETRY},
    {{NULL}, 1, 0}, /* nobody was asked */
};

START_TEST(what_nss_cannot_tell_is_not_no)
{
    struct peer peer = {.uid = 1, .gid = failures[_i].gid};
    CLEANUP(strings_free) struct strings access = {0};
    struct err err = {0};
    struct rlimit before, none;
    for (size_t i = 0; i < 2 && failures[_i].access[i]; i++)
        ck_assert_int_eq(strings_add(&access, failures[_i].access[i], NULL), 0);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    int rc = peer_is_named(&peer, &access, &err);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(rc, failures[_i].named);
    ck_assert_int_eq(peer_forget_failure(&peer), rc < 0);
    ck_assert(!peer_forget_failure(&peer));
    if (rc == 0)
        return;
    ck_assert_ptr_nonnull(strstr(err.text, "looking up "));
    ck_assert_int_eq(peer_is_named(&peer, &access, &err), 1);
}
END_TEST

/* The entry's owner is called "alice", of uid 1000. */
static const struct use_row {
    uid_t uid;
    const char *name; /* as NSS has it */
    int named;
    const char *access;
    int may;
} use_rows[] = {
    {0, NULL, 0, NULL, 1},
    {1000, "alice", 1, NULL, 1},
    {1000, "bob", 1, NULL, 0},
    {1000, NULL, 0, NULL, 0},
    {1000, NULL, -ERR_RETRY, NULL, -ERR_RETRY},
    {1001, "alice", 1, NULL, 0}, /* her name alone is not enough */
    {1001, NULL, -ERR_RETRY, NULL, 0},
    {1, "daemon", 1, "daemon", 1},
    {1, "daemon", 1, "bin", 0},
};

START_TEST(uses)
{
    FIXTURE(f);
    const struct use_row *row = &use_rows[_i];
    const struct entry_id id = {.owner = {.uid = 1000}, .profile = "wifi"};
    CLEANUP(strings_free) struct strings others = {0};
    struct peer peer = {.uid = row->uid,
                        .gid = 99,
                        .name = (char *)(uintptr_t)row->name,
                        .named = row->named,
                        .asked = true};
    if (row->access)
        ck_assert_int_eq(strings_add(&others, row->access, NULL), 0);
    ok(f, entry_open(&f.store, &id, true, &f.entry, &f.err));
    ok(f, entry_lock(&f.entry, PATIENCE, &f.err));
    ok(f, entry_access_put(&f.entry, "alice", &others, &f.err));
    ck_assert_int_eq(peer_may_use(&peer, &f.entry, &f.err), row->may);
    ck_assert_int_eq(peer_forget_failure(&peer), row->named < 0);
    put_file(&f, "users/1000/wifi/access.json", "{");
    ck_assert_int_eq(peer_may_use(&peer, &f.entry, &f.err), row->uid == 0 ? 1 : -ERR_CONFIG);
}
END_TEST

START_TEST(asks_for_its_name_once)
{
    FIXTURE(f);
    const struct entry_id id = {.owner = {.uid = 1}, .profile = "wifi"};
    CLEANUP(peer_free) struct peer peer = {.uid = 1, .gid = 99};
    CLEANUP(peer_free) struct peer copy = {0};
    ok(f, entry_open(&f.store, &id, true, &f.entry, &f.err));
    ok(f, entry_lock(&f.entry, PATIENCE, &f.err));
    ck_assert_int_eq(peer_may_use(&peer, &f.entry, &f.err), 0);
    ck_assert(!peer.asked); /* there is no name to hold its own against */
    ok(f, entry_access_put(&f.entry, "daemon", &(const struct strings){0}, &f.err));
    ck_assert_int_eq(peer_may_use(&peer, &f.entry, &f.err), 1);
    ck_assert_str_eq(peer.name, "daemon");
    ok(f, peer_copy(&peer, &copy, &f.err));
    strcpy(copy.name, "demon");
    ck_assert_int_eq(peer_may_use(&copy, &f.entry, &f.err), 0);
    ck_assert(!peer_forget_failure(&copy));
    ck_assert_int_eq(peer_may_use(&peer, &f.entry, &f.err), 1);
}
END_TEST

START_TEST(reads_the_socket)
{
    int pair[2];
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    CLEANUP(peer_free) struct peer peer = {0};
    CLEANUP(peer_free) struct peer copy = {0};
    gid_t many[200];
    for (gid_t i = 0; i < LENGTH(many); i++)
        many[i] = 5000 + i;
    ck_assert_int_eq(setgroups(LENGTH(many), many), 0); /* more than the first guess holds */
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    ck_assert_int_eq(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &credentials, &size), 0);

    struct err err = {0};
    int rc = peer_of_socket(pair[0], &credentials, &peer, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_uint_eq(peer.uid, getuid());
    ck_assert_uint_eq(peer.n_groups, LENGTH(many));
    ck_assert_int_eq(peer_copy(&peer, &copy, &err), 0);
    ck_assert_mem_eq(copy.groups, many, sizeof many);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

Suite *peer_suite(void)
{
    Suite *suite = suite_create("pkcs11/peer");
    TCase *tc = tcase_create("peer");
    tcase_add_loop_test(tc, owns, 0, LENGTH(owner_rows));
    tcase_add_loop_test(tc, is_named, 0, LENGTH(named_rows));
    tcase_add_loop_test(tc, what_nss_cannot_tell_is_not_no, 0, LENGTH(failures));
    tcase_add_loop_test(tc, uses, 0, LENGTH(use_rows));
    tcase_add_test(tc, asks_for_its_name_once);
    tcase_add_test(tc, reads_the_socket);
    suite_add_tcase(suite, tc);
    return suite;
}
