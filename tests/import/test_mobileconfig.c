/* Configuration profiles as a whole: which payloads there are, and which root is whose. */
#include "import/mobileconfig.h"

#include "tests/import/imported.h"

#include <plist/plist.h>

#include <string.h>

DEFINE_CLEANUP(plist_t, plist_free)

/* Changes of the sample user.mobileconfig, which has two roots, a user's SCEP payload, Wi-Fi, VPN
 * and another payload, in this order. */
enum { ROOT, OTHER_ROOT, SCEP, WIFI, VPN };

static plist_t payload(plist_t file, uint32_t i)
{
    return plist_array_get_item(plist_dict_get_item(file, "PayloadContent"), i);
}

static void nothing(plist_t file)
{
    (void)file;
}

static void drop_wifi(plist_t file)
{
    plist_array_remove_item(plist_dict_get_item(file, "PayloadContent"), WIFI);
}

static void drop_wifi_and_other_root(plist_t file)
{
    drop_wifi(file);
    plist_array_remove_item(plist_dict_get_item(file, "PayloadContent"), OTHER_ROOT);
}

static void drop_all_roots(plist_t file)
{
    plist_array_remove_item(plist_dict_get_item(file, "PayloadContent"), ROOT);
    plist_array_remove_item(plist_dict_get_item(file, "PayloadContent"), ROOT);
}

static void copy_root(plist_t file)
{
    plist_array_remove_item(plist_dict_get_item(file, "PayloadContent"), OTHER_ROOT);
    plist_array_append_item(plist_dict_get_item(file, "PayloadContent"),
                            plist_copy(payload(file, ROOT)));
    plist_dict_set_item(payload(file, 1), "PayloadCertificateUUID", plist_new_string("x"));
}

static void damage_root(plist_t file)
{
    plist_dict_set_item(payload(file, ROOT), "PayloadContent",
                        plist_new_data("0\x03\x02\x01\x05", 5));
}

static void root_is_text(plist_t file)
{
    plist_dict_set_item(payload(file, ROOT), "PayloadContent", plist_new_string("MIIB"));
}

static void content_is_text(plist_t file)
{
    plist_dict_set_item(payload(file, SCEP), "PayloadContent", plist_new_string("MIIB"));
}

static void no_scope(plist_t file)
{
    plist_dict_remove_item(file, "PayloadScope");
}

static void scope_is_system(plist_t file)
{
    plist_dict_set_item(file, "PayloadScope", plist_new_string("System"));
}

static void payloads_are_text(plist_t file)
{
    plist_dict_set_item(file, "PayloadContent", plist_new_string("x"));
}

static void payloads_are_odd(plist_t file)
{
    plist_t list = plist_new_array();
    plist_array_append_item(list, plist_new_uint(1));
    plist_array_append_item(list, plist_new_dict());
    plist_dict_set_item(file, "PayloadContent", list);
}

static void encrypted(plist_t file)
{
    plist_dict_set_item(file, "EncryptedPayloadContent", plist_new_data("x", 1));
}

static void many_payloads(plist_t file)
{
    plist_t list = plist_new_array();
    for (int i = 0; i < 1001; i++)
        plist_array_append_item(list, plist_new_dict());
    plist_dict_set_item(file, "PayloadContent", list);
}

static void title_breaks_lines(plist_t file)
{
    plist_dict_set_item(payload(file, SCEP), "PayloadDisplayName",
                        plist_new_string("a]\n[scep evil"));
    plist_dict_set_item(payload(file, SCEP), "PayloadUUID",
                        plist_new_string("u\nurl = https://e/"));
    plist_dict_set_item(payload(file, SCEP), "PayloadDescription",
                        plist_new_string("d\nchallenge = static:x"));
}

static void same_titles(plist_t file)
{
    for (uint32_t i = ROOT; i <= SCEP; i++)
        plist_dict_set_item(payload(file, i), "PayloadDisplayName", plist_new_string("Contoso"));
}

static const struct {
    void (*change)(plist_t file);
    const char *root;
    int rc;
    const char *text[3];
} rows[] = {
    {nothing,
     NULL,
     0,
     {"[trusted-root contoso-root-ca]\n", "root = contoso-root-ca\n", "type = user\n"}},
    {drop_wifi,
     NULL,
     0,
     {"left out: contoso-mac-user: root: the file has several root certificates, and does not "
      "say"}},
    {drop_wifi, "fabrikam-device-root", 0, {"root = fabrikam-device-root\n"}},
    {drop_wifi_and_other_root, NULL, 0, {"root = contoso-root-ca\n"}},
    {drop_all_roots,
     NULL,
     0,
     {"left out: contoso-mac-user: root: the file has no root certificate"}},
    {drop_all_roots, "mine", 0, {"root = mine\n", "mine is no root of this file"}},
    {copy_root, NULL, 0, {"[trusted-root contoso-root-ca-2]\n", "root = contoso-root-ca\n"}},
    {damage_root, NULL, 0, {"left out: contoso-root-ca: PayloadContent: "}},
    {root_is_text, NULL, 0, {"left out: contoso-root-ca: PayloadContent: is not data"}},
    {content_is_text, NULL, 0, {"left out: contoso-mac-user: PayloadContent: is no dictionary"}},
    {no_scope, NULL, 0, {"type = user\n", "PayloadScope: not set, so for users"}},
    {scope_is_system,
     NULL,
     0,
     {"left out: contoso-mac-user: Subject: subject: {{UserName}} is a user's variable"}},
    {payloads_are_text, NULL, -ERR_CONFIG, {"it has no array PayloadContent"}},
    {payloads_are_odd, NULL, 0, {"a payload without PayloadType: no SCEP"}},
    {encrypted, NULL, -ERR_CONFIG, {"encrypted, for one device only"}},
    {many_payloads, NULL, -ERR_RESOURCE, {"more than 1000 payloads"}},
    {title_breaks_lines,
     "contoso-root-ca",
     0,
     {"# com.apple.security.scep \"a]?[scep evil\", u?url = https://e/\n", "[scep a-scep-evil]\n",
      "description = d challenge = static:x\n"}},
    {same_titles,
     NULL,
     0,
     {"[trusted-root contoso]\n", "[trusted-root contoso-2]\n", "[scep contoso-3]\n"}},
};

/* In XML and in binary form it is the same. */
static void import_list(plist_t file, bool binary, const char *root, struct imported *ret)
{
    char *data = NULL;
    uint32_t len = 0;
    struct import_options options = {.root = root, .files = true};
    if (binary)
        plist_to_bin(file, &data, &len);
    else
        plist_to_xml(file, &data, &len);
    import_bytes(data, len, &options, ret);
    free(data);
}

START_TEST(becomes)
{
    autobuf sample = {0};
    plist_t parsed = NULL;
    sample_read("user.mobileconfig", &sample);
    plist_from_xml(buf_text(&sample), (uint32_t)sample.len, &parsed);
    CLEANUP(plist_free_p) plist_t file = parsed;
    rows[_i].change(file);
    for (int binary = 0; binary < 2; binary++) {
        CLEANUP(imported_end) struct imported imported;
        import_list(file, binary, rows[_i].root, &imported);
        const char *got = buf_text(&imported.text);
        ck_assert_msg(imported.rc == rows[_i].rc, "%d %s", imported.rc, got);
        for (size_t i = 0; i < LENGTH(rows[_i].text) && rows[_i].text[i]; i++)
            ck_assert_msg(strstr(got, rows[_i].text[i]), "%s\nhas no\n%s", got, rows[_i].text[i]);
    }
}
END_TEST

Suite *mobileconfig_suite(void)
{
    Suite *suite = suite_create("import/mobileconfig");
    TCase *tc = tcase_create("mobileconfig");
    tcase_add_loop_test(tc, becomes, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
