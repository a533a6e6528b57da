#include "machine/wifi.h"

#include "base/text.h"
#include "tests/temp.h"

#include <sys/stat.h>

static const struct {
    const char *text, *plain; /* NULL: refused */
} addresses[] = {
    {"00:1a:2b:3c:4d:5e\n", "001A2B3C4D5E"},
    {"02:1A:2B:3C:4D:5E", "021A2B3C4D5E"},
    {"", NULL},
    {"\n", NULL},
    {"00:00:00:00:00:00\n", NULL},
    {"ff:ff:ff:ff:ff:ff\n", NULL},
    {"01:1a:2b:3c:4d:5e\n", NULL},
    {"00:1a:2b:3c:4d\n", NULL},
    {"00:1a:2b:3c:4d:5\n", NULL},
    {"00:1a:2b:3c:4d:5e:6f\n", NULL},
    {"00-1a-2b-3c-4d-5e\n", NULL},
    {"001a2b3c4d5e\n", NULL},
    {"00:1a:2b:3c:4d:5g\n", NULL},
    {"+0:1a:2b:3c:4d:5e\n", NULL},
    {"0x:1a:2b:3c:4d:5e\n", NULL},
    {" 00:1a:2b:3c:4d:5e\n", NULL},
    {"00:1a:2b:3c:4d:5e\n\n", NULL},
    {"00:1a:2b:3c:4d:5e x", NULL},
};

START_TEST(parses)
{
    uint8_t address[6];
    autobuf out = {0};
    bool good = wifi_parse(addresses[_i].text, address);
    ck_assert(good == (addresses[_i].plain != NULL));
    if (good)
        ck_assert_int_eq(wifi_print(address, WIFI_PLAIN_UPPER, &out, NULL), 0);
    ck_assert_str_eq(buf_text(&out), good ? addresses[_i].plain : "");
}
END_TEST

static const struct {
    enum wifi_format format;
    const char *text;
} formats[] = {
    {WIFI_PLAIN_UPPER, "001A2B3C4D5E"},      {WIFI_PLAIN_LOWER, "001a2b3c4d5e"},
    {WIFI_COLON_UPPER, "00:1A:2B:3C:4D:5E"}, {WIFI_COLON_LOWER, "00:1a:2b:3c:4d:5e"},
    {WIFI_DASH_UPPER, "00-1A-2B-3C-4D-5E"},  {WIFI_DASH_LOWER, "00-1a-2b-3c-4d-5e"},
};

START_TEST(prints)
{
    static const uint8_t address[6] = {0x00, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e};
    autobuf out = {0};
    ck_assert_int_eq(wifi_print(address, formats[_i].format, &out, NULL), 0);
    ck_assert_str_eq(buf_text(&out), formats[_i].text);
}
END_TEST

/* As sysfs has it: an interface leads to its radio; the address of the interface itself is another,
 * random one. */
static void add_interface(const struct temp *t, const char *name, const char *index,
                          const char *address, bool device)
{
    static const struct {
        const char *file, *text;
    } fixed[] = {{"address", "0e:00:00:00:00:01\n"}, {"device/uevent", ""}};
    autofree char *number = text_format("sys/class/net/%s/ifindex", name);
    autofree char *radio = text_format("sys/class/net/%s/phy80211/macaddress", name);
    temp_file(t, number, 0444, index);
    if (address)
        temp_file(t, radio, 0444, address);
    for (size_t i = 0; i < (device ? 2 : 1); i++) {
        autofree char *path = text_format("sys/class/net/%s/%s", name, fixed[i].file);
        temp_file(t, path, 0444, fixed[i].text);
    }
}

START_TEST(finds_the_radio)
{
    autotemp t;
    autobuf out = {0};
    temp_open(&t);
    ck_assert_int_eq(wifi_address(t.path, WIFI_COLON_LOWER, &out, NULL), 0); /* no sysfs */
    add_interface(&t, "eth0", "2\n", NULL, true);
    add_interface(&t, "wwan0", "1\n", "", true);
    add_interface(&t, "wlan9", "x\n", "00:00:00:00:00:09\n", true);
    add_interface(&t, "hwsim", "1\n", "00:00:00:00:00:08\n", false);
    ck_assert_int_eq(wifi_address(t.path, WIFI_COLON_LOWER, &out, NULL), 0);

    add_interface(&t, "wlan1", "7\n", "00:00:00:00:00:07\n", true);
    ck_assert_int_eq(wifi_address(t.path, WIFI_COLON_LOWER, &out, NULL), 1);
    ck_assert_str_eq(buf_text(&out), "00:00:00:00:00:07");
    add_interface(&t, "wlx00", "10\n", "00:00:00:00:00:10\n", true);
    add_interface(&t, "wlp3s0", "3\n", "00:00:00:00:00:03\n", true);
    ck_assert_int_eq(wifi_address(t.path, WIFI_COLON_LOWER, &out, NULL), 1);
    ck_assert_str_eq(buf_text(&out), "00:00:00:00:00:03");
}
END_TEST

Suite *wifi_suite(void)
{
    Suite *suite = suite_create("machine/wifi");
    TCase *tc = tcase_create("wifi");
    tcase_add_loop_test(tc, parses, 0, LENGTH(addresses));
    tcase_add_loop_test(tc, prints, 0, LENGTH(formats));
    tcase_add_test(tc, finds_the_radio);
    suite_add_tcase(suite, tc);
    return suite;
}
