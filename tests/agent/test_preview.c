/* What is told of a request that nobody makes. */
#include "agent/preview.h"

#include "scep/openssl.h"
#include "tests/profile/place.h"
#include "tests/suite.h"

#include <string.h>

#define SECRET "s3cret-never-shown"

static const char *folder;

static void setup(void)
{
    folder = make_place();
    put("root.pem", 0644, test_ca_pem);
}

/* Loads a set with one SCEP profile "p" of these lines, and these values of variables. */
static void load(const char *lines, const char *values, struct agent *agent)
{
    struct err err = {0};
    autofree char *profile =
        text_format("[trusted-root root]\ncertificate = root.pem\n[scep p]\nroot = root\n%s%s",
                    strstr(lines, "url =") ? "" : "url = http://ca/\n", lines);
    autofree char *settings = text_format("[attributes]\n%s", values);
    put("conf.d/10.conf", 0640, profile);
    put("signet.conf", 0644, settings);
    *agent = (struct agent){.store = {.fd = -1}};
    ck_assert_msg(profile_load(folder, &agent->profiles, &err) == 0, "%s", err.text);
}

static struct preview preview_of(const struct agent *agent, bool device,
                                 const struct candidate *candidate)
{
    const struct profile *profile = profile_find(&agent->profiles, PROFILE_SCEP, "p");
    ck_assert_msg(profile != NULL, "there are problems");
    return (struct preview){.agent = agent,
                            .profile = profile,
                            .owner = {.device = device, .uid = device ? 0 : 1000},
                            .user = device ? NULL : "alice",
                            .candidate = candidate};
}

/* In single quotes for double ones. */
static char *print(const json_t *object)
{
    autobuf text = {0};
    ck_assert_int_eq(json_print(object, &text, NULL), 0);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '"')
            text.data[i] = '\'';
    return strdup(buf_text(&text));
}

#define OK  "{'result':'ok',"
#define BAD "{'result':'error',"

static const struct {
    const char *lines, *values;
    bool device;
    const char *told[6], *untold;
} rows[] = {
    {"subject = CN={{UserName}},E={{EmailAddress}},OU=Mobile,C=US\n"
     "san = upn:{{EmailAddress}}\nsan = dns:{{DeviceName}}.test\n",
     "EmailAddress = alice@contoso.com\nDeviceName = box\n",
     false,
     {OK, "'subject':'CN=alice,emailAddress=alice@contoso.com,OU=Mobile,C=US'",
      "'rdns':[[{'type':'C','oid':'2.5.4.6','value':'US','string':'PrintableString'}],"
      "[{'type':'OU','oid':'2.5.4.11','value':'Mobile','string':'UTF8String'}],"
      "[{'type':'E','oid':'1.2.840.113549.1.9.1','value':'alice@contoso.com','string':'IA5String'}"
      "],[{'type':'CN',",
      "'sans':[{'kind':'upn','value':'alice@contoso.com'},{'kind':'dns','value':'box.test'}]",
      "'variables':[{'name':'UserName','value':'alice','where':'the login name'},"
      "{'name':'EmailAddress','value':'alice@contoso.com','where':'signet.conf'},"
      "{'name':'DeviceName',",
      "'warnings':[],'problems':[]}"},
     "'message'"},
    {"subject = CN={{DeviceName}}\nsubject-order = forward\ntype = device\nkey-type = ec\n"
     "key-size = 384\nhash = sha512\nvalidity = 18 months\nrenewal-threshold = 30\n"
     "on-mismatch = reject\nca-ident = x y\nurl = http://b/\nurl = http://a/\n"
     "eku = client-auth, 1.2.3.4\nkey-usage = digital-signature\n",
     "DeviceName = box\n",
     true,
     {OK, "'owner':'device','applies':true,'applies_reason':'no line keeps it from anyone'",
      "'key':{'type':'ec','size':384,'storage':'tpm-or-software'},"
      "'key_usage':['digital-signature'],'ekus':[{'name':'client-auth','oid':'1.3.6.1.5.5.7.3.2'},"
      "{'oid':'1.2.3.4'}],'hash':'sha512','validity':{'count':18,'unit':'months'},"
      "'renewal_threshold':30,'on_mismatch':'reject'",
      "'urls':['http://b/','http://a/'],'urls_shuffled':true,'ca_ident':'x y',"
      "'minimum_crypto':'des3-sha1','accept_des':false,'poll_limit':1209600,'challenge':'none'",
      "'root':{'profile':'root','subject':'CN=Test Root,O=Test','fingerprint':'",
      "'subject_order':'forward'"},
     "'uid'"},
    {"subject = none\nsan = email:{{EmailAddress}}\neku = none\n",
     "EmailAddress = a@b\n",
     false,
     {OK, "'subject':'','rdns':[]", "'ekus':[]", "'urls_shuffled':false",
      "'key_usage':['digital-signature','key-encipherment']"},
     "'validity'"},

    /* How the server is talked to. */
    {"subject = none\nsan = dns:a\nurl = http://ca/\nproxy = http://u:" SECRET "@p.test:3128\n"
     "minimum-crypto = aes128-sha256\naccept-des = yes\npoll-interval = 1 hour\n"
     "poll-limit = 2 days\ntls-certificate = q\nca-fingerprint = "
     "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\n"
     "[scep q]\ntype = device\nsubject = CN=q\nroot = root\nurl = http://h/\n",
     "",
     false,
     {OK,
      "'proxy':{'url':'http://p.test:3128','where':'the profile','login':true,'direct':[]},"
      "'tls_certificate':'q',"
      "'ca_fingerprints':['00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'],"
      "'minimum_crypto':'aes128-sha256','accept_des':true,'poll_interval':3600,"
      "'poll_limit':172800,",
      "tls-certificate: is shown to https:// servers only"},
     SECRET},
    {"subject = none\nsan = dns:a\nurl = http://ca.test/\nurl = https://ca/\n",
     "[agent]\nproxy = http://p.test:3128\nno-proxy = .test\n",
     false,
     {OK, "'proxy':{'url':'http://p.test:3128','where':'signet.conf','login':false,"
          "'direct':['http://ca.test/']}"},
     "'tls_certificate'"},

    /* A value is one value, whatever stands in it. */
    {"subject = CN={{EmailAddress}}\n",
     "EmailAddress = a,OU=Admins+C=SE\"#0500 \\{x}\n",
     false,
     {OK, "'rdns':[[{'type':'CN','oid':'2.5.4.3','value':'a,OU=Admins+C=SE\\'#0500 \\\\{x}'"},
     "'type':'OU'"},
    /* As it is encoded: DER sorts the AVAs of one RDN by their bytes. */
    {"subject = CN=zz+OU=a\n",
     "",
     false,
     {OK, "'rdns':[[{'type':'OU','oid':'2.5.4.11','value':'a','string':'UTF8String'},{'type':'CN'"},
     NULL},
    {"subject = CN={{DeviceName}}\nkey-size = 1024\nhash = sha1\n",
     "DeviceName = "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
     false,
     {OK, "'warnings':['CN has 89 characters", "SHA-1 is broken", "RSA of 1024 bits"},
     NULL},

    /* What cannot be had is told, and the rest as well. */
    {"subject = CN={{UserName}},OU={{Department}}\nsan = email:{{EmailAddress}}\n"
     "san = upn:{{UserName}}@x\n",
     "",
     false,
     {BAD, "{'kind':'email','problem':'{{EmailAddress}}: no value: looked in",
      "{'kind':'upn','value':'alice@x'}",
      "{'name':'UserName','value':'alice','where':'the login name'},{'name':'Department',"
      "'problem':'{{Department}}: no value",
      "'class':'config','message':'profile p, alice: {{Department}}: no value",
      "'problems':['{{Department}}: no value: looked in [attributes] of signet.conf"},
     "'rdns':"},
    {"subject = CN={{UserName}}\n",
     "",
     true,
     {BAD, "'applies':false,'applies_reason':'a user profile'",
      "'problems':['{{UserName}}: only users have it, and this is for the device']"},
     "'rdns':"},
    {"subject = C={{Department}}\nsan = dns:{{Department}}\n",
     "Department = a b\n",
     false,
     {BAD, "'problems':['subject: ", "','san: dns:a b", "'value':'a b','where':'signet.conf'",
      "'kind':'dns','problem':'"},
     "'rdns':"},
    {"subject = CN={{Department}}\n",
     "Department = a\xe2\x80\xaetxt.exe\n",
     false,
     {BAD, "signet.conf has a problem"},
     "\\u202e"},
    {"subject = CN={{Department}}\n",
     "Departmentt = x\n",
     false,
     {BAD, "signet.conf has a problem"},
     "'rdns':"},

    /* Of secrets, only of which kind they are. */
    {"subject = none\nsan = dns:a\nchallenge = static:" SECRET "\n",
     "",
     false,
     {OK, "'challenge':'static'"},
     SECRET},
    {"subject = none\nsan = dns:a\nchallenge = file:c\n",
     "",
     false,
     {OK, "'challenge':'file'", "10.conf:8: challenge: "},
     SECRET},
};

START_TEST(tells_what_would_be_requested)
{
    CLEANUP(request_free) struct request request = {0};
    struct candidate candidate = {.host = "box", .uid_min = 1000};
    struct agent agent;
    struct err err = {0};
    load(rows[_i].lines, rows[_i].values, &agent);
    struct preview preview = preview_of(&agent, rows[_i].device, &candidate);
    candidate.user = preview.user;
    candidate.uid = preview.owner.uid;

    autojson *object = NULL;
    ck_assert_msg(preview_describe(&preview, &object, &request, &err) == 0, "%s", err.text);
    autofree char *text = print(object);
    for (size_t i = 0; i < LENGTH(rows[_i].told) && rows[_i].told[i]; i++)
        ck_assert_msg(strstr(text, rows[_i].told[i]), "%s\n%s", rows[_i].told[i], text);
    if (rows[_i].untold)
        ck_assert_msg(!strstr(text, rows[_i].untold), "%s", text);
    profile_set_free(&agent.profiles);
}
END_TEST

START_TEST(does_not_need_to_know_whether_it_applies)
{
    CLEANUP(request_free) struct request request = {0};
    const struct err unknown = {.class = ERR_RETRY, .text = "the name service is down"};
    struct agent agent;
    load("subject = CN={{UserName}}\n", "", &agent);
    struct preview preview = preview_of(&agent, false, NULL);
    preview.unknown = &unknown;
    autojson *object = NULL;
    ck_assert_int_eq(preview_describe(&preview, &object, &request, NULL), 0);
    ck_assert_str_eq(json_text(object, "result", ""), "ok");
    ck_assert_ptr_null(json_object_get(object, "applies"));
    ck_assert_str_eq(json_text(object, "applies_reason", ""), "the name service is down");
    profile_set_free(&agent.profiles);
}
END_TEST

static const struct {
    const char *lines;
    int type, bits, nid;
} csrs[] = {
    {"key-size = 1024\nhash = sha1\n", EVP_PKEY_RSA, 1024, NID_sha1WithRSAEncryption},
    {"key-size = 2048\n", EVP_PKEY_RSA, 2048, NID_sha256WithRSAEncryption},
    {"key-type = ec\nhash = sha384\n", EVP_PKEY_EC, 256, NID_ecdsa_with_SHA384},
    {"key-type = ec\nkey-size = 521\nhash = sha512\n", EVP_PKEY_EC, 521, NID_ecdsa_with_SHA512},
};

START_TEST(the_request_has_no_challenge_and_a_fresh_key)
{
    CLEANUP(request_free) struct request request = {0};
    struct agent agent;
    struct err err = {0};
    autofree char *lines =
        text_format("subject = CN={{UserName}}\nchallenge = static:" SECRET "\n%s", csrs[_i].lines);
    load(lines, "", &agent);
    struct preview preview = preview_of(&agent, false, NULL);
    preview.unknown = &err;
    autojson *object = NULL;
    autobuf der = {0}, again = {0};
    ck_assert_int_eq(preview_describe(&preview, &object, &request, &err), 0);
    ck_assert_msg(preview_csr(&request, &der, &err) == 0, "%s", err.text);
    ck_assert_int_eq(preview_csr(&request, &again, &err), 0);
    ck_assert(!buf_equal(&der, &again));
    ck_assert_ptr_null(memmem(der.data, der.len, SECRET, strlen(SECRET)));

    const uint8_t *at = der.data;
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)der.len);
    ck_assert_ptr_nonnull(csr);
    EVP_PKEY *key = X509_REQ_get0_pubkey(csr);
    ck_assert_int_eq(X509_REQ_verify(csr, key), 1);
    ck_assert_int_eq(EVP_PKEY_get_base_id(key), csrs[_i].type);
    ck_assert_int_eq(EVP_PKEY_get_bits(key), csrs[_i].bits);
    ck_assert_int_eq(X509_REQ_get_signature_nid(csr), csrs[_i].nid);
    ck_assert_int_eq(X509_REQ_get_attr_by_NID(csr, NID_pkcs9_challengePassword, -1), -1);
    profile_set_free(&agent.profiles);
}
END_TEST

START_TEST(a_fault_of_conf_d_is_told_with_its_file)
{
    CLEANUP(profile_set_free) struct profile_set set = {0};
    const struct err why = {.class = ERR_CONFIG, .text = "why\n\x1b"};
    put("conf.d/1.conf", 0644, "[scep bad]\nkey-sise = 7\n[scep worse]\nkey-sise = 8\n");
    put("conf.d/1.conf.conf", 0644, "[scep worst\n");
    ck_assert_int_eq(profile_load(folder, &set, NULL), 0);
    ck_assert_uint_eq(set.n_faulty, 2);
    ck_assert_str_eq(set.faulty[0].name, "bad");

    const struct preview_scope about = {.file = set.faulty[0].file, .line = set.faulty[0].line};
    autojson *one = preview_nothing(&why, &set, &about);
    autojson *all = preview_nothing(&why, &set, &(struct preview_scope){.all = true});
    autojson *none = preview_nothing(&why, &set, &(struct preview_scope){0});
    ck_assert_str_eq(json_text(one, "message", ""), "why??");
    ck_assert_str_eq(json_text(one, "class", ""), "config");
    ck_assert_uint_eq(json_array_size(json_object_get(one, "problems")), (set.problems.n - 1) / 2);
    ck_assert_uint_eq(json_array_size(json_object_get(all, "problems")), set.problems.n);
    ck_assert_uint_eq(json_array_size(json_object_get(none, "problems")), 0);
}
END_TEST

Suite *preview_suite(void)
{
    Suite *suite = suite_create("agent/preview");
    TCase *tc = tcase_create("preview");
    tcase_add_checked_fixture(tc, setup, remove_place);
    tcase_add_loop_test(tc, tells_what_would_be_requested, 0, LENGTH(rows));
    tcase_add_test(tc, does_not_need_to_know_whether_it_applies);
    tcase_add_loop_test(tc, the_request_has_no_challenge_and_a_fresh_key, 0, LENGTH(csrs));
    tcase_add_test(tc, a_fault_of_conf_d_is_told_with_its_file);
    suite_add_tcase(suite, tc);
    return suite;
}
