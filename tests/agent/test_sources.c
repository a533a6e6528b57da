#include "agent/sources.h"

#include "agent/agent.h"
#include "tests/agent/private_bus.h"

#include <sys/socket.h>
#include <sys/un.h>

#define SOURCES(s, where, folder, address)                                                         \
    CLEANUP(sources_free)                                                                          \
    struct sources s = {.root = where, .run = folder, .bus = address, .timeout_ms = PATIENCE_MS}

static int ask(struct sources *sources, enum attribute_service service, const char *user,
               const char *name, struct buf *ret, struct err *err)
{
    buf_clear(ret);
    *err = (struct err){0};
    return sources_ask(sources, service, user, 0, name, ret, err);
}

START_TEST(asks_once_for_a_user)
{
    SOURCES(sources, "", "/nonexistent", served_bus.address);
    autobuf out = {0};
    struct err err;
    private_bus_sssd(&served_bus, "a{sv}", "ret = {'mail': [args[0] + '@x'], 'sn': ['Doe']}");
    private_bus_sssd_calls(&served_bus);
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, "alice", "mail", &out, &err), 1);
    ck_assert_str_eq(buf_text(&out), "alice@x");
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, "alice", "sn", &out, &err), 1);
    ck_assert_str_eq(buf_text(&out), "Doe");
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, "alice", "department", &out, &err), 0);
    ck_assert_uint_eq(private_bus_sssd_calls(&served_bus), 1);
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, "bob", "mail", &out, &err), 1);
    ck_assert_str_eq(buf_text(&out), "bob@x");
    ck_assert_uint_eq(private_bus_sssd_calls(&served_bus), 1);

    private_bus_sssd(&served_bus, "a{sv}", "raise error('sbus.Error.NotFound', 'x')");
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, "local", "mail", &out, &err), 0);
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, "local", "sn", &out, &err), 0);
    ck_assert_uint_eq(private_bus_sssd_calls(&served_bus), 1);

    private_bus_sssd(&served_bus, "a{sv}", "raise error('a.b', 'down')");
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, i ? "ann" : "eve", "sn", &out, &err),
                         -ERR_RETRY);
        ck_assert_str_eq(err.text, "down");
    }
    ck_assert_uint_eq(private_bus_sssd_calls(&served_bus), 1);
}
END_TEST

START_TEST(asks_nobody_about_the_device)
{
    SOURCES(sources, "", "/nonexistent", "nonsense");
    autobuf out = {0};
    struct err err;
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, NULL, "objectSIDString", &out, &err), 0);
    ck_assert_int_eq(ask(&sources, SERVICE_FACTS, NULL, "serialNumber", &out, &err), 0);
    ck_assert(!sources.connection.tried);
}
END_TEST

/* A bus that hangs is waited for once, whoever asks for what. */
START_TEST(a_bus_that_hangs_costs_one_deadline)
{
    autotemp t;
    autobuf out = {0};
    struct err err;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    temp_open(&t);
    temp_folder(&t, "run/dbus");
    snprintf(address.sun_path, sizeof address.sun_path, "%s/run/dbus/system_bus_socket", t.path);
    autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 8), 0);

    /* The bus below the root is asked, whatever the environment says. */
    setenv("DBUS_SYSTEM_BUS_ADDRESS", served_bus.address, 1);
    SOURCES(sources, t.path, "/nonexistent", NULL);
    sources.timeout_ms = 50;
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, "alice", "mail", &out, &err), -ERR_RETRY);
    ck_assert_str_eq(err.text, "the system bus: timed out");
    sources.timeout_ms = 60 * 60 * 1000;
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, "alice", "sn", &out, &err), -ERR_RETRY);
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, "bob", "sn", &out, &err), -ERR_RETRY);
    ck_assert_int_eq(ask(&sources, SERVICE_MODEM, NULL, "imei", &out, &err), -ERR_RETRY);
}
END_TEST

START_TEST(the_environment_names_the_bus)
{
    SOURCES(sources, "", "/nonexistent", NULL);
    autobuf out = {0};
    struct err err;
    private_bus_sssd(&served_bus, "a{sv}", "ret = {'mail': ['x']}");
    setenv("DBUS_SYSTEM_BUS_ADDRESS", served_bus.address, 1);
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, "alice", "mail", &out, &err), 1);
}
END_TEST

START_TEST(a_machine_without_bus)
{
    autotemp t;
    autobuf out = {0};
    struct err err;
    temp_open(&t);
    SOURCES(sources, t.path, "/nonexistent", NULL);
    ck_assert_int_eq(ask(&sources, SERVICE_DIRECTORY, "alice", "mail", &out, &err), 0);
    ck_assert_int_eq(ask(&sources, SERVICE_MODEM, NULL, "imei", &out, &err), 0);
}
END_TEST

static const struct {
    const char *json;
    mode_t mode;
    int rc;
    const char *serial; /* or a part of the error */
} facts[] = {
    {"{\"serialNumber\":\"S-1\"}\n", 0640, 1, "S-1"},
    {"{\"serialNumber\":\"\"}\n", 0640, 0, NULL},
    {"{\"deviceId\":\"S-1\"}\n", 0640, 0, NULL},
    {"{\"serialNumber\":7}\n", 0640, 0, NULL},
    {"{}\n", 0640, 0, NULL},
    {"{\"serialNumber\":\"S-1\"}\n", 0660, -ERR_DENIED, "lets others write it"},
    {"[]", 0640, -ERR_CONFIG, "facts.json"},
    {"{\"serialNumber\":\"S-1\"", 0640, -ERR_CONFIG, "facts.json"},
    {"", 0640, -ERR_CONFIG, "facts.json"},
};

START_TEST(reads_facts)
{
    autotemp t;
    autobuf out = {0};
    struct err err;
    temp_open(&t);
    temp_file(&t, "facts.json", facts[_i].mode, facts[_i].json);
    SOURCES(sources, "", t.path, "nonsense");
    int rc = ask(&sources, SERVICE_FACTS, "alice", "serialNumber", &out, &err);
    ck_assert_msg(rc == facts[_i].rc, "%d %s", rc, err.text);
    ck_assert_str_eq(buf_text(&out), rc > 0 ? facts[_i].serial : "");
    if (rc < 0)
        ck_assert_msg(strstr(err.text, facts[_i].serial), "%s", err.text);
}
END_TEST

/* Whoever wants values of an agent gets its sources, and commands that are run once. */
START_TEST(an_agent_has_them)
{
    SOURCES(sources, "", "/nonexistent", NULL);
    struct agent agent = {.sources = &sources}, alone = {0};
    const struct owner alice = {.uid = 1000}, device = {.device = true};
    struct attributes attributes = agent_attributes(&agent, &alice, "alice");
    ck_assert(attributes.ask == sources_ask && attributes.context == &sources);
    ck_assert(attributes.known == &sources.known);
    ck_assert_str_eq(attributes.user, "alice");
    ck_assert_ptr_null(agent_attributes(&agent, &device, "alice").user);
    attributes = agent_attributes(&alone, &alice, "alice");
    ck_assert(!attributes.ask && !attributes.known);
}
END_TEST

Suite *sources_suite(void)
{
    Suite *suite = suite_create("agent/sources");
    TCase *tc = tcase_create("sources");
    tcase_add_unchecked_fixture(tc, private_bus_start, private_bus_stop);
    tcase_add_test(tc, asks_once_for_a_user);
    tcase_add_test(tc, asks_nobody_about_the_device);
    tcase_add_test(tc, a_bus_that_hangs_costs_one_deadline);
    tcase_add_test(tc, the_environment_names_the_bus);
    tcase_add_test(tc, a_machine_without_bus);
    tcase_add_loop_test(tc, reads_facts, 0, LENGTH(facts));
    tcase_add_test(tc, an_agent_has_them);
    suite_add_tcase(suite, tc);
    return suite;
}
