/* The sample files from end to end: import, files, our own reader, and what is then requested. */
#include "cli/import.h"
#include "profile/profile.h"
#include "profile/san.h"
#include "scep/csr.h"
#include "tests/import/imported.h"
#include "tests/temp.h"

static struct temp temp;

static void setup(void)
{
    temp_open(&temp);
}

static void teardown(void)
{
    temp_close(&temp);
}

static const char settings[] = "[attributes]\n"
                               "EmailAddress = {{UserName}}@contoso.com\n"
                               "UserPrincipalName = {{UserName}}@corp.contoso.com\n"
                               "SerialNumber = PF2ABCDE\n"
                               "DeviceId = 0000-1111\n"
                               "DeviceName = pc-7\n"
                               "FullyQualifiedDomainName = pc-7.contoso.com\n";

static const struct {
    const char *file, *root;
    size_t profiles; /* that stand */
    struct {
        const char *name, *subject, *names; /* as encoded; names of alternative names */
    } requests[5];
} rows[] = {
    {"graph-page.json",
     "contoso-root-ca",
     7,
     {{"contoso-user",
       "C=US, ST=Washington, L=Redmond, O=Finance Group, OU=Mobile, "
       "emailAddress=alice@contoso.com, CN=alice",
       "upn:alice@corp.contoso.com email:alice@contoso.com "},
      {"contoso-device", "O=Contoso, OU=Workstations, CN=pc-7",
       "dns:pc-7.corp.contoso.com uri:urn:device:pc-7 "},
      {"android-kiosk-wi-fi", "CN=PF2ABCDE", ""},
      {"iphones-ipads", "emailAddress=alice@contoso.com, CN=alice",
       "email:alice@contoso.com upn:alice@corp.contoso.com "},
      {"macs", "CN=0000-1111", ""}}},
    {"graph-array.json",
     "contoso-root-ca",
     2,
     {{"contoso-device", "O=Contoso, OU=Workstations, CN=pc-7",
       "dns:pc-7.corp.contoso.com uri:urn:device:pc-7 "}}},
    {"user.mobileconfig",
     NULL,
     3,
     {{"contoso-mac-user",
       "C=SE, O=\"Contoso, Inc. \\\"North\\\"\", L=Malmo + OU=R&D, CN=alice, "
       "emailAddress=alice@contoso.com",
       "email:alice@contoso.com dns:pc-7.contoso.com uri:urn:serial:PF2ABCDE "
       "upn:alice@contoso.com "}}},
    {"device.mobileconfig",
     NULL,
     3,
     {{"contoso-mac", "O=Contoso, CN=pc-7", "dns:pc-7.contoso.com "}}},
};

/* The subject as it will be encoded, first RDN first. */
static void print_subject(const struct request *request, char *ret, size_t size)
{
    X509_NAME *name = NULL;
    struct err err;
    ck_assert_msg(csr_name(&request->subject, &name, &err) == 0, "%s", err.text);
    BIO *bio = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ & ~ASN1_STRFLGS_ESC_MSB);
    int n = BIO_read(bio, ret, (int)size - 1);
    ret[n > 0 ? n : 0] = 0;
    BIO_free(bio);
    X509_NAME_free(name);
}

static void check_request(const struct profile_set *set, const char *name, const char *subject,
                          const char *names)
{
    CLEANUP(request_free) struct request request = {0};
    autobuf got = {0};
    char text[512];
    struct err err = {0};
    const struct profile *profile = profile_find(set, PROFILE_SCEP, name);
    ck_assert_msg(profile != NULL, "no %s", name);
    bool user = profile->scep.type == TYPE_USER;
    struct attributes attributes = {
        .settings = &set->settings, .user = user ? "alice" : NULL, .uid = user ? 1000 : 0};
    ck_assert_msg(profile_request(profile, &attributes, &request, &err) == 0, "%s", err.text);
    print_subject(&request, text, sizeof text);
    ck_assert_str_eq(text, subject);
    for (size_t i = 0; i < request.n_sans; i++)
        buf_printf(&got, NULL, "%s:%s ", san_kind_name(request.sans[i].kind),
                   request.sans[i].value);
    ck_assert_str_eq(buf_text(&got), names);
}

static void write_import(size_t row, const char *folder)
{
    CLEANUP(imported_end) struct imported imported;
    struct import_options options = {
        .root = rows[row].root, .challenge = "file:challenge", .files = true};
    autobuf file = {0};
    struct err err;
    sample_read(rows[row].file, &file);
    import_bytes(file.data, file.len, &options, &imported);
    ck_assert_msg(imported.rc == 0, "%s", imported.err.text);
    ck_assert_msg(import_result_count(&imported.result, IMPORT_FAULT) == 0, "%s",
                  buf_text(&imported.text));
    ck_assert_msg(import_write(&imported.result, folder, false, &err) == 0, "%s", err.text);
}

START_TEST(come_through)
{
    CLEANUP(profile_set_free) struct profile_set set = {0};
    char folder[96];
    struct err err;
    snprintf(folder, sizeof folder, "%s/out", temp.path);
    write_import((size_t)_i, folder);
    autofree char *path = text_format("%s/signet.conf", folder);
    ck_assert_int_eq(fs_create(AT_FDCWD, path, 0644, settings, strlen(settings), NULL), 0);

    ck_assert_msg(profile_load(folder, &set, &err) == 0, "%s", err.text);
    ck_assert_msg(set.problems.n == 0, "%s", set.problems.n ? set.problems.v[0].text : "");
    ck_assert_uint_eq(set.n, rows[_i].profiles);
    for (size_t i = 0; i < LENGTH(rows[_i].requests) && rows[_i].requests[i].name; i++)
        check_request(&set, rows[_i].requests[i].name, rows[_i].requests[i].subject,
                      rows[_i].requests[i].names);
}
END_TEST

/* A challenge is in its own file, and nowhere else. */
START_TEST(challenge_is_kept_apart)
{
    autobuf file = {0};
    sample_read("user.mobileconfig", &file);
    for (int files = 0; files < 2; files++) {
        CLEANUP(imported_end) struct imported imported;
        struct import_options options = {.files = files};
        import_bytes(file.data, file.len, &options, &imported);
        ck_assert_int_eq(imported.rc, 0);
        ck_assert_uint_eq(import_result_count(&imported.result, IMPORT_SECRET), (size_t)files);
        ck_assert_ptr_null(strstr(buf_text(&imported.text), "not-a-secret-in-tests"));
        if (files)
            ck_assert_str_eq(buf_text(imported_item(&imported, IMPORT_SECRET, "contoso-mac-user")),
                             "not-a-secret-in-tests");
    }
}
END_TEST

/* What the networks were is told, with the certificate that they used. */
START_TEST(networks_are_told)
{
    static const char *const said[][2] = {
        {"graph-page.json", "note: \"Corp Wi-Fi\": ssid: network: contoso-corp\n"},
        {"graph-page.json", "note: \"Corp Wi-Fi\": identityCertificateForClientAuthentication: "
                            "signs in with: contoso-user\n"},
        {"graph-page.json",
         "note: \"Wired\": identityCertificateForClientAuthentication: signs in with: macs\n"},
        {"graph-page.json", "note: \"Head office VPN\": identityCertificate: signs in with: "
                            "contoso-user\n"},
        {"user.mobileconfig", "note: \"Wi-Fi (contoso-corp)\": PayloadCertificateUUID: signs in "
                              "with: contoso-mac-user\n"},
        {"user.mobileconfig", "note: \"Wi-Fi (contoso-corp)\": PayloadCertificateAnchorUUID: "
                              "trusts: contoso-root-ca\n"},
        {"user.mobileconfig",
         "note: \"Head office\": PayloadCertificateUUID: signs in with: contoso-mac-user\n"},
        {"user.mobileconfig", "note: \"Passcode\": com.apple.mobiledevice.passwordpolicy: no SCEP"},
    };
    static const struct import_options options = {0};
    for (size_t i = 0; i < LENGTH(said); i++) {
        CLEANUP(imported_end) struct imported imported;
        autobuf file = {0};
        sample_read(said[i][0], &file);
        import_bytes(file.data, file.len, &options, &imported);
        ck_assert_msg(imported_has_line(&imported, said[i][1]), "%s\n%s", said[i][1],
                      buf_text(&imported.text));
    }
}
END_TEST

Suite *samples_suite(void)
{
    Suite *suite = suite_create("import/samples");
    TCase *tc = tcase_create("samples");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, come_through, 0, LENGTH(rows));
    tcase_add_test(tc, challenge_is_kept_apart);
    tcase_add_test(tc, networks_are_told);
    suite_add_tcase(suite, tc);
    return suite;
}
