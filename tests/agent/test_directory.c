#include "agent/directory.h"

#include "tests/agent/private_bus.h"

#define ALICE 1104

#define STRINGS "signature='s', variant_level=1)"

/* What SSSD says, and what {mail} then is. */
static const struct {
    const char *types, *code;
    int rc;
    const char *value; /* or a part of the error */
} rows[] = {
    {"a{sv}", "ret = {'mail': ['alice@contoso.com']}", 1, "alice@contoso.com"},
    {"a{sv}", "ret = {'MAIL': ['alice@contoso.com']}", 1, "alice@contoso.com"},
    {"a{sv}", "ret = {'mail': ['one@x', 'two@x']}", 1, "one@x"},
    {"a{sv}", "ret = {'mail': ['', 'two@x']}", 1, "two@x"},
    {"a{sv}", "ret = {'mail': ['one@x'], 'Mail': ['two@x']}", 1, "one@x"},
    {"a{sv}", "ret = {'x': 5, 'mail': ['one@x'], 'y': {'z': [1, 2]}}", 1, "one@x"},
    {"a{sv}", "ret = {'mail': [args[0] + str(len(args[1]))]}", 1, "alice10"},
    {"a{sv}", "ret = {'mail': [','.join(args[1])]}", 1,
     "userPrincipalName,krbPrincipalName,mail,givenname,sn,department,name,originalDN,"
     "objectSIDString,uidNumber"},
    {"a{sv}", "ret = {'mail': ['alice@x'], 'uidNumber': ['1104']}", 1, "alice@x"},
    {"a{sv}", "ret = {'UIDNUMBER': ['1104'], 'mail': ['alice@x']}", 1, "alice@x"},
    {"a{sv}", "ret = {'mail': ['namesake@x'], 'uidNumber': ['1105']}", 0, NULL},
    {"a{sv}", "ret = {'mail': ['namesake@x'], 'uidNumber': ['4294968400']}", 0, NULL},
    {"a{sv}", "ret = {'mail': ['namesake@x'], 'uidNumber': ['-1']}", 0, NULL},
    {"a{sv}", "ret = {'mail': ['namesake@x'], 'uidNumber': ['alice']}", 0, NULL},
    {"a{sv}", "ret = {'mail': ['namesake@x'], 'uidNumber': ['1' * 5000]}", 0, NULL},
    {"a{sv}", "ret = {'mail': ['alice@x'], 'uidNumber': [1104]}", -ERR_RETRY,
     "its answer is of an unknown form"},
    {"a{sv}", "ret = {}", 0, NULL},
    {"a{sv}", "ret = {'sn': ['Doe']}", 0, NULL},
    {"a{sv}", "ret = {'mail': dbus.Array([], " STRINGS "}", 0, NULL},
    {"a{sv}", "ret = {'mail': ['', '']}", 0, NULL},
    {"a{sv}", "raise error('sbus.Error.NotFound', 'No such file or directory')", 0, NULL},
    {"a{sv}", "raise error('org.freedesktop.DBus.Error.AccessDenied', 'User 998 not in ACL')",
     -ERR_DENIED, "User 998 not in ACL; name the user signet in allowed_uids of [ifp] in"},
    {"a{sv}", "raise error('org.freedesktop.DBus.Error.Failed', 'Failed to read user attribute')",
     -ERR_RETRY, "Failed to read user attribute"},
    {"a{sv}", "raise error('org.freedesktop.DBus.Error.NoReply', 'x\\n\\x1b[2J' * 500)", -ERR_RETRY,
     "x??[2Jx"},
    {"a{sv}", "raise error('a.b', '')", -ERR_RETRY, "a.b"},
    {"a{sv}", "ret = {'mail': 'alice'}", -ERR_RETRY, "its answer is of an unknown form"},
    {"a{sv}", "ret = {'mail': 7}", -ERR_RETRY, "its answer is of an unknown form"},
    {"a{sv}", "ret = {'mail': [7]}", -ERR_RETRY, "its answer is of an unknown form"},
    {"a{sv}", "ret = {'mail': [['alice']]}", -ERR_RETRY, "its answer is of an unknown form"},
    {"a{sv}", "ret = {'mail': {'a': 'b'}}", -ERR_RETRY, "its answer is of an unknown form"},
    {"a{ss}", "ret = {'mail': 'alice'}", -ERR_RETRY, "its answer is of an unknown form"},
    {"as", "ret = ['mail', 'alice']", -ERR_RETRY, "its answer is of an unknown form"},
    {"s", "ret = 'alice'", -ERR_RETRY, "its answer is of an unknown form"},
    {"", "", -ERR_RETRY, "its answer is of an unknown form"},
    {"a{sv}", "ret = {'mail': ['x' * 1000000]}", -ERR_CONFIG, "more than 4096 bytes"},
    {"a{sv}", "ret = {'mail': ['x' * 4097]}", -ERR_CONFIG, "more than 4096 bytes"},
    {"a{sv}", "ret = {'mail': ['%d@x' % n for n in range(50000)]}", 1, "0@x"},
    {"a{sv}", "ret = {'x%d' % n: ['y'] for n in range(300)}", -ERR_RETRY,
     "more than 256 attributes"},
};

static int ask(struct bus *line, struct directory *directory, const char *user, int64_t ms,
               struct buf *out, struct err *err)
{
    deadline until = deadline_in(ms);
    ck_assert_int_eq(bus_open(line, served_bus.address, until, err), 1);
    ck_assert_int_eq(directory_ask(directory, line, user, ALICE, until, err), 0);
    ck_assert(directory_knows(directory, user));
    return directory_value(directory, "mail", out, err);
}

START_TEST(asks_sssd)
{
    CLEANUP(bus_close) struct bus line = {0};
    CLEANUP(directory_free) struct directory directory = {0};
    autobuf out = {0};
    struct err err = {0};
    private_bus_sssd(&served_bus, rows[_i].types, rows[_i].code);
    int rc = ask(&line, &directory, "alice", PATIENCE_MS, &out, &err);
    ck_assert_msg(rc == rows[_i].rc, "%d %s", rc, err.text);
    ck_assert_str_eq(buf_text(&out), rc > 0 ? rows[_i].value : "");
    if (rc < 0)
        ck_assert_msg(strstr(err.text, rows[_i].value), "%s", err.text);
}
END_TEST

/* Control characters and the like are not the bus's affair: attribute_value() refuses them. */
START_TEST(gives_on_what_it_is_told)
{
    CLEANUP(bus_close) struct bus line = {0};
    CLEANUP(directory_free) struct directory directory = {0};
    autobuf out = {0};
    struct err err = {0};
    private_bus_sssd(&served_bus, "a{sv}", "ret = {'mail': ['a\\n{{UserName}},OU=Admins\\u202e']}");
    ck_assert_int_eq(ask(&line, &directory, "alice", PATIENCE_MS, &out, &err), 1);
    ck_assert_str_eq(buf_text(&out), "a\n{{UserName}},OU=Admins\xe2\x80\xae");
}
END_TEST

/* One user's answer is not another's; that SSSD failed is everybody's. */
START_TEST(knows_whom_it_asked_about)
{
    CLEANUP(bus_close) struct bus line = {0};
    CLEANUP(directory_free) struct directory directory = {0};
    autobuf out = {0};
    struct err err = {0};
    private_bus_sssd(&served_bus, "a{sv}", "ret = {'mail': [args[0]]}");
    ck_assert(!directory_knows(&directory, "alice"));
    ck_assert_int_eq(ask(&line, &directory, "alice", PATIENCE_MS, &out, &err), 1);
    ck_assert(!directory_knows(&directory, "bob"));
    ck_assert_int_eq(ask(&line, &directory, "bob", PATIENCE_MS, &out, &err), 1);
    ck_assert_str_eq(buf_text(&out), "alicebob");
    private_bus_sssd(&served_bus, "a{sv}", "raise error('a.b', 'down')");
    ck_assert_int_eq(ask(&line, &directory, "alice", PATIENCE_MS, &out, &err), -ERR_RETRY);
    ck_assert(directory_knows(&directory, "bob"));
}
END_TEST

START_TEST(a_name_that_is_no_text)
{
    CLEANUP(bus_close) struct bus line = {0};
    CLEANUP(directory_free) struct directory directory = {0};
    autobuf out = {0};
    struct err err = {0};
    ck_assert_int_eq(ask(&line, &directory, "al\xffice", PATIENCE_MS, &out, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, "cannot be asked about this user"), "%s", err.text);
}
END_TEST

Suite *directory_suite(void)
{
    Suite *suite = suite_create("agent/directory");
    TCase *tc = tcase_create("directory");
    tcase_add_unchecked_fixture(tc, private_bus_start, private_bus_stop);
    tcase_add_loop_test(tc, asks_sssd, 0, LENGTH(rows));
    tcase_add_test(tc, gives_on_what_it_is_told);
    tcase_add_test(tc, knows_whom_it_asked_about);
    tcase_add_test(tc, a_name_that_is_no_text);
    suite_add_tcase(suite, tc);
    return suite;
}
