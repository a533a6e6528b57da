/* Every variable from every of its sources, on a machine that was laid out for it. */
#include "agent/sources.h"
#include "profile/settings.h"
#include "tests/agent/private_bus.h"
#include "tests/mounts.h"

#define ALICE   47110
#define MALLORY 47111

static struct temp root;

/* Below the root. */
static const struct {
    const char *path, *text;
} machine[] = {
    {"etc/hosts", "127.0.1.1 box.contoso.com box\n"},
    {"etc/machine-id", "00112233445566778899aabbccddeeff\n"},
    {"etc/himmelblau/himmelblau.conf",
     "[contoso.com]\ndevice_id = aaaaaaaa-0000-4000-8000-000000000001\n"
     "intune_device_id = bbbbbbbb-0000-4000-8000-000000000001\n"},
    {"run/signet/facts.json", "{\"serialNumber\":\"FACT-1\","
                              "\"aadDeviceId\":\"aaaaaaaa-0000-4000-8000-000000000002\","
                              "\"deviceId\":\"bbbbbbbb-0000-4000-8000-000000000002\"}\n"},
    {"sys/class/dmi/id/product_serial", "DMI-1\n"},
    {"sys/class/net/wlan0/address", "0e:00:00:00:00:01\n"},
    {"sys/class/net/wlan0/ifindex", "3\n"},
    {"sys/class/net/wlan0/device/uevent", ""},
    {"sys/class/net/wlan0/phy80211/macaddress", "00:1a:2b:3c:4d:5e\n"},
    {"sys/firmware/devicetree/base/serial-number", "TREE-1"},
};

static const char sssd[] =
    "people = {'alice': {'userPrincipalName': ['alice@contoso.com'], 'mail': "
    "['jane@contoso.com'],\n"
    "  'givenname': ['Jane'], 'sn': ['Doe'], 'department': ['R&D, \"Lab\"'], 'name': "
    "['CONTOSO\\\\alice'],\n"
    "  'originalDN': ['CN=Jane Doe,DC=contoso,DC=com'], 'objectSIDString': "
    "['S-1-5-21-1-2-3-1104']},\n"
    " 'kim': {'krbPrincipalName': ['kim@CONTOSO.COM']}}\n"
    "if args[0] not in people: raise error('sbus.Error.NotFound', 'No such file or directory')\n"
    "ret = people[args[0]]";

static const char modem_manager[] =
    "ret = {'/org/freedesktop/ModemManager1/Modem/0': {'org.freedesktop.ModemManager1.Modem."
    "Modem3gpp': {'Imei': '490154203237518'}, 'org.freedesktop.ModemManager1.Modem.ModemCdma': "
    "{'Meid': 'A10000009296F2'}}}";

static void start(void)
{
    temp_open(&root);
    for (size_t i = 0; i < LENGTH(machine); i++)
        temp_file(&root, machine[i].path, 0444, machine[i].text);
    private_bus_start();
    private_bus_sssd(&served_bus, "a{sv}", sssd);
    private_bus_modem_manager(&served_bus, "a{oa{sa{sv}}}", modem_manager);
}

static void stop(void)
{
    private_bus_stop();
    temp_close(&root);
}

/* For this test's process: the machine is called box, and passwd(5) knows somebody who is called
 * otherwise than in the directory. */
static void settle(void)
{
    autofree char *passwd = text_format("%s/passwd", root.path);
    autofree char *text =
        text_format("root:x:0:0:root:/:/bin/sh\nalice:x:%d:100:Janet Roe,,,:/:/bin/sh\n"
                    "mallory:x:%d:100:Roe, Jane,,:/:/bin/sh\n",
                    ALICE, MALLORY);
    if (access(passwd, F_OK) < 0)
        temp_file(&root, "passwd", 0444, text);
    ck_assert_int_eq(unshare(CLONE_NEWUTS), 0);
    ck_assert_int_eq(sethostname("box", 3), 0);
    mounts_own();
    mounts_put(passwd, "/etc/passwd");
}

/* What the machine lacks, so that the next source is asked. */
enum lack { NOTHING, SERVICES, DMI };

static const struct {
    const char *variable, *user; /* NULL: the device */
    enum lack lack;
    const char *where, *value;
} rows[] = {
    {"UserName", "alice", NOTHING, "the login name", "alice"},
    {"UserName", "CONTOSO\\alice", NOTHING, "the login name", "alice"},
    {"UserName", "alice@contoso.com", NOTHING, "the login name", "alice"},
    {"UserPrincipalName", "alice", NOTHING, "SSSD (userPrincipalName)", "alice@contoso.com"},
    {"UserPrincipalName", "kim", NOTHING, "SSSD (krbPrincipalName)", "kim@CONTOSO.COM"},
    {"UserPrincipalName", "ann@corp.example", NOTHING, "the login name", "ann@corp.example"},
    {"EmailAddress", "alice", NOTHING, "SSSD (mail)", "jane@contoso.com"},
    {"GivenName", "alice", NOTHING, "SSSD (givenname)", "Jane"},
    {"GivenName", "alice", SERVICES, "the GECOS field", "Janet"},
    {"Surname", "alice", NOTHING, "SSSD (sn)", "Doe"},
    {"Surname", "alice", SERVICES, "the GECOS field", "Roe"},
    {"Department", "alice", NOTHING, "SSSD (department)", "R&D, \"Lab\""},
    {"OnPremisesSamAccountName", "alice", NOTHING, "SSSD (name)", "CONTOSO\\alice"},
    {"OnPrem_Distinguished_Name", "alice", NOTHING, "SSSD (originalDN)",
     "CN=Jane Doe,DC=contoso,DC=com"},
    {"OnPremisesSecurityIdentifier", "alice", NOTHING, "SSSD (objectSIDString)",
     "S-1-5-21-1-2-3-1104"},
    {"AAD_Device_ID", NULL, NOTHING, "facts.json of signet-apply (aadDeviceId)",
     "aaaaaaaa-0000-4000-8000-000000000002"},
    {"AAD_Device_ID", "alice", SERVICES, "Himmelblau's registration",
     "aaaaaaaa-0000-4000-8000-000000000001"},
    {"DeviceId", "alice", NOTHING, "facts.json of signet-apply (deviceId)",
     "bbbbbbbb-0000-4000-8000-000000000002"},
    {"DeviceId", NULL, SERVICES, "Himmelblau's registration",
     "bbbbbbbb-0000-4000-8000-000000000001"},
    {"SerialNumber", NULL, NOTHING, "facts.json of signet-apply (serialNumber)", "FACT-1"},
    {"SerialNumber", "alice", SERVICES, "/sys/class/dmi/id/product_serial", "DMI-1"},
    {"SerialNumber", NULL, DMI, "/sys/firmware/devicetree/base/serial-number", "TREE-1"},
    {"IMEI", NULL, NOTHING, "ModemManager", "490154203237518"},
    {"MEID", "alice", NOTHING, "ModemManager", "A10000009296F2"},
    {"WiFiMacAddress", NULL, NOTHING, "the wireless interfaces", "001A2B3C4D5E"},
    {"DeviceName", "alice", NOTHING, "the host name", "box"},
    {"FullyQualifiedDomainName", NULL, NOTHING, "the host name and /etc/hosts", "box.contoso.com"},
    {"MachineId", NULL, NOTHING, "/etc/machine-id", "87cb33a012c647a8a010074f06b9315f"},
};

START_TEST(has_a_value)
{
    autofree char *run = text_format("%s/run/signet", root.path);
    CLEANUP(sources_free)
    struct sources sources = {
        .root = root.path, .run = run, .bus = served_bus.address, .timeout_ms = PATIENCE_MS};
    struct attributes attributes = {.user = rows[_i].user,
                                    .uid = ALICE,
                                    .root = root.path,
                                    .ask = rows[_i].lack == NOTHING ? sources_ask : NULL,
                                    .context = &sources};
    autobuf out = {0};
    struct err err = {0};
    const char *where = NULL;
    settle();
    if (rows[_i].lack == DMI)
        ck_assert_int_eq(unlinkat(root.fd, "sys/class/dmi/id/product_serial", 0), 0);
    const struct attribute *a = attribute_find(rows[_i].variable, strlen(rows[_i].variable));
    int rc = attribute_value(&attributes, a, &out, &where, &err);
    if (rows[_i].lack == DMI)
        temp_file(&root, "sys/class/dmi/id/product_serial", 0444, "DMI-1\n");
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_str_eq(buf_text(&out), rows[_i].value);
    ck_assert_str_eq(where, rows[_i].where);
}
END_TEST

/* chfn(1) lets users write their own room behind the first comma. */
START_TEST(a_room_is_no_given_name)
{
    struct attributes attributes = {.user = "mallory", .uid = MALLORY, .root = root.path};
    autobuf given = {0}, surname = {0};
    struct err err = {0};
    settle();
    ck_assert_int_eq(
        attribute_value(&attributes, attribute_find("GivenName", 9), &given, NULL, &err), 0);
    ck_assert_str_eq(buf_text(&given), "Roe");
    ck_assert_int_eq(
        attribute_value(&attributes, attribute_find("Surname", 7), &surname, NULL, &err),
        -ERR_CONFIG);
}
END_TEST

/* As signet.conf's wifi-mac-format says. */
START_TEST(writes_the_address_as_asked)
{
    const struct settings settings = {.wifi_format = WIFI_DASH_LOWER};
    struct attributes attributes = {.settings = &settings, .root = root.path};
    autobuf out = {0};
    struct err err = {0};
    const struct attribute *a = attribute_find("WiFiMacAddress", strlen("WiFiMacAddress"));
    ck_assert_int_eq(attribute_value(&attributes, a, &out, NULL, &err), 0);
    ck_assert_str_eq(buf_text(&out), "00-1a-2b-3c-4d-5e");
}
END_TEST

static bool has_row(const struct attribute *attribute, const struct attribute_source *source)
{
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (strcmp(rows[i].variable, attribute->name) == 0 &&
            strcmp(rows[i].where, source->where) == 0)
            return true;
    return false;
}

/* A source without a row above is one that nobody has seen at work. */
START_TEST(every_source_has_a_row)
{
    for (const struct attribute *a = attribute_table; a->name; a++) {
        ck_assert_msg(a->sources[0].read, "%s has no source", a->name);
        for (size_t i = 0; i < ATTRIBUTE_SOURCES && a->sources[i].read; i++)
            ck_assert_msg(has_row(a, &a->sources[i]), "%s: %s has no row", a->name,
                          a->sources[i].where);
        for (size_t i = 0; i < LENGTH(a->aliases) && a->aliases[i]; i++)
            ck_assert_ptr_eq(attribute_find(a->aliases[i], strlen(a->aliases[i])), a);
    }
}
END_TEST

/* A machine that has nothing: each says where it looked, and none waits for anything. */
START_TEST(a_bare_machine_has_none)
{
    autotemp bare;
    temp_open(&bare);
    settle();
    ck_assert_int_eq(sethostname("localhost", 9), 0);
    CLEANUP(sources_free)
    struct sources sources = {.root = bare.path, .run = bare.path, .timeout_ms = 60 * 60 * 1000};
    struct attributes attributes = {.user = "nobody-here",
                                    .uid = 4711,
                                    .root = bare.path,
                                    .ask = sources_ask,
                                    .context = &sources};
    for (const struct attribute *a = attribute_table + 1; a->name; a++) {
        autobuf out = {0};
        struct err err = {0};
        ck_assert_int_eq(attribute_value(&attributes, a, &out, NULL, &err), -ERR_CONFIG);
        ck_assert_msg(strstr(err.text, "no value: looked in [attributes] of signet.conf, ") &&
                          strstr(err.text, a->sources[0].where),
                      "%s", err.text);
        ck_assert_uint_eq(out.len, 0);
    }
}
END_TEST

/* What a directory says is text, and not any text. */
static const struct {
    const char *mail, *error; /* Python text */
} hostile[] = {
    {"a\\nb", "holds a control character"},       {"a\\x1b[2J", "holds a control character"},
    {"a\\u202eb", "changes the direction"},       {"x' * 4097 + '", "more than 4096 bytes"},
    {"x' * 1000000 + '", "more than 4096 bytes"},
};

START_TEST(refuses_what_is_no_name)
{
    autofree char *code = text_format("ret = {'mail': ['%s']}", hostile[_i].mail);
    private_bus_sssd(&served_bus, "a{sv}", code);
    CLEANUP(sources_free)
    struct sources sources = {
        .root = root.path, .run = "/", .bus = served_bus.address, .timeout_ms = PATIENCE_MS};
    struct attributes attributes = {.user = "alice", .ask = sources_ask, .context = &sources};
    autobuf out = {0};
    struct err err = {0};
    int rc = attribute_value(&attributes, attribute_find("EmailAddress", 12), &out, NULL, &err);
    private_bus_sssd(&served_bus, "a{sv}", sssd);
    ck_assert_int_eq(rc, -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, hostile[_i].error), "%s", err.text);
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* A service that failed is not passed over: its value would be another one tomorrow. */
START_TEST(does_not_take_the_next_best)
{
    private_bus_sssd(&served_bus, "a{sv}", "raise error('a.b', 'down')");
    CLEANUP(sources_free)
    struct sources sources = {
        .root = root.path, .run = "/", .bus = served_bus.address, .timeout_ms = PATIENCE_MS};
    struct attributes attributes = {
        .user = "alice", .uid = ALICE, .ask = sources_ask, .context = &sources};
    autobuf out = {0};
    struct err err = {0};
    settle();
    int rc = attribute_value(&attributes, attribute_find("GivenName", 9), &out, NULL, &err);
    private_bus_sssd(&served_bus, "a{sv}", sssd);
    ck_assert_int_eq(rc, -ERR_RETRY);
    ck_assert_str_eq(err.text, "{{GivenName}}: SSSD (givenname): down");
}
END_TEST

Suite *variables_suite(void)
{
    Suite *suite = suite_create("agent/variables");
    TCase *tc = tcase_create("variables");
    tcase_add_unchecked_fixture(tc, start, stop);
    tcase_add_test(tc, every_source_has_a_row);
    tcase_add_loop_test(tc, has_a_value, 0, LENGTH(rows));
    tcase_add_test(tc, a_room_is_no_given_name);
    tcase_add_test(tc, writes_the_address_as_asked);
    tcase_add_test(tc, a_bare_machine_has_none);
    tcase_add_loop_test(tc, refuses_what_is_no_name, 0, LENGTH(hostile));
    tcase_add_test(tc, does_not_take_the_next_best);
    suite_add_tcase(suite, tc);
    return suite;
}
