#include "agent/modem.h"

#include "tests/agent/private_bus.h"

#define OBJECTS   "a{oa{sa{sv}}}"
#define MM        "org.freedesktop.ModemManager1"
#define M(number) "'/org/freedesktop/ModemManager1/Modem/" number "'"
#define GSM       "'" MM ".Modem.Modem3gpp'"
#define CDMA      "'" MM ".Modem.ModemCdma'"
#define ANY       "'" MM ".Modem'"
#define IMEI_A    "490154203237518"
#define IMEI_B    "356938035643809"
#define MEID_A    "A10000009296F2"

/* What ModemManager says. */
static const struct {
    const char *types, *code;
    int rc;
    const char *imei, *meid; /* or a part of the error */
} rows[] = {
    {OBJECTS, "ret = {" M("0") ": {" GSM ": {'Imei': '" IMEI_A "'}}}", 1, IMEI_A, ""},
    {OBJECTS, "ret = {" M("0") ": {" ANY ": {'EquipmentIdentifier': '" IMEI_A "'}}}", 1, IMEI_A,
     ""},
    {OBJECTS,
     "ret = {" M("0") ": {" ANY ": {'EquipmentIdentifier': '" IMEI_B "', 'Plugin': 'x'}, " GSM
                      ": {'EnabledFacilityLocks': dbus.UInt32(0), 'Imei': '" IMEI_A "'}}}",
     1, IMEI_A, ""},
    {OBJECTS,
     "ret = {" M("0") ": {" GSM ": {'Imei': '" IMEI_A "'}, " ANY
                      ": {'EquipmentIdentifier': '" IMEI_B "'}, " CDMA ": {'Meid': '" MEID_A
                      "', 'Esn': '80123456'}}}",
     1, IMEI_A, MEID_A},
    {OBJECTS, "ret = {" M("0") ": {" ANY ": {'EquipmentIdentifier': '" MEID_A "'}}}", 1, "", ""},
    {OBJECTS,
     "ret = {" M("10") ": {" GSM ": {'Imei': '" IMEI_B "'}}, " M("9") ": {" GSM
                                                                      ": {'Imei': '" IMEI_A "'}}}",
     1, IMEI_A, ""},
    {OBJECTS,
     "ret = {" M("1") ": {" GSM ": {'Imei': '" IMEI_B "'}}, " M("0") ": {" CDMA
                                                                     ": {'Meid': '" MEID_A "'}}}",
     1, IMEI_B, MEID_A},
    {OBJECTS,
     "ret = {" M("0") ": {" GSM ": {'Imei': ''}}, " M(
         "1") ": {" ANY ": {'EquipmentIdentifier': '" IMEI_B "'}}}",
     1, IMEI_B, ""},
    {OBJECTS, "ret = {" M("x") ": {" GSM ": {'Imei': '" IMEI_B "'}}}", 1, IMEI_B, ""},
    {OBJECTS, "ret = {}", 1, "", ""},
    {OBJECTS, "ret = {" M("0") ": {}}", 1, "", ""},
    {OBJECTS, "ret = {" M("0") ": {" GSM ": {}}}", 1, "", ""},
    {OBJECTS, "ret = {" M("0") ": {" GSM ": {'Imei': '000000000000000'}}}", 1, "", ""},
    {OBJECTS, "ret = {" M("0") ": {" GSM ": {'Imei': '1' * 1000000}}}", 1, "", ""},
    {OBJECTS, "ret = {" M("0") ": {" GSM ": {'Imei': '49015420323751,OU=x'}}}", 1, "", ""},
    {OBJECTS, "ret = {" M("0") ": {" CDMA ": {'Meid': '" IMEI_A "'}}}", 1, "", ""},
    {OBJECTS, "ret = {" M("0") ": {" GSM ": {'Imei': dbus.UInt64(490154203237518)}}}", -ERR_RETRY,
     "its answer is of an unknown form", NULL},
    {OBJECTS, "ret = {" M("0") ": {" GSM ": {'Imei': ['" IMEI_A "']}}}", -ERR_RETRY,
     "its answer is of an unknown form", NULL},
    {"a{sv}", "ret = {'Imei': '" IMEI_A "'}", -ERR_RETRY, "its answer is of an unknown form", NULL},
    {"s", "ret = '" IMEI_A "'", -ERR_RETRY, "its answer is of an unknown form", NULL},
    {OBJECTS, "ret = {'/m/%d' % n: {} for n in range(1000)}", -ERR_RETRY, "its answer is too long",
     NULL},
    {OBJECTS, "ret = {" M("0") ": {" GSM ": {'p%d' % n: n for n in range(1000)}}}", -ERR_RETRY,
     "its answer is too long", NULL},
    {OBJECTS, "raise error('org.freedesktop.DBus.Error.AccessDenied', 'Not authorized')",
     -ERR_DENIED, "Not authorized", NULL},
    {OBJECTS, "raise error('org.freedesktop.DBus.Error.Failed', 'Not now')", -ERR_RETRY, "Not now",
     NULL},
    {OBJECTS, "raise error('org.freedesktop.systemd1.UnitMasked', 'masked')", 0, "", ""},
};

START_TEST(asks_modem_manager)
{
    CLEANUP(bus_close) struct bus line = {0};
    CLEANUP(modem_free) struct modem modem = {0};
    autobuf imei = {0}, meid = {0};
    struct err err = {0};
    private_bus_modem_manager(&served_bus, rows[_i].types, rows[_i].code);
    deadline until = PATIENCE;
    ck_assert_int_eq(bus_open(&line, served_bus.address, until, &err), 1);
    modem_ask(&modem, &line, until);
    ck_assert(modem.asked);
    ck_assert_msg(modem.rc == rows[_i].rc, "%d %s", modem.rc, modem.why.text);
    int rc = modem_value(&modem, "imei", &imei, &err);
    if (modem.rc < 0) {
        ck_assert_int_eq(rc, modem.rc);
        ck_assert_msg(strstr(err.text, rows[_i].imei), "%s", err.text);
        return;
    }
    ck_assert_int_eq(rc, *rows[_i].imei != 0);
    ck_assert_int_eq(modem_value(&modem, "meid", &meid, &err), *rows[_i].meid != 0);
    ck_assert_str_eq(buf_text(&imei), rows[_i].imei);
    ck_assert_str_eq(buf_text(&meid), rows[_i].meid);
}
END_TEST

Suite *modem_suite(void)
{
    Suite *suite = suite_create("agent/modem");
    TCase *tc = tcase_create("modem");
    tcase_add_unchecked_fixture(tc, private_bus_start, private_bus_stop);
    tcase_add_loop_test(tc, asks_modem_manager, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
