#include "profile/profile.h"

#include "profile/subject.h"
#include "tests/profile/place.h"
#include "tests/suite.h"
#include <string.h>
#include <sys/stat.h>

static const char *place;
static struct profile_set set;

static void before(void)
{
    place = make_place();
    put("ca.pem", 0644, test_ca_pem);
    put("leaf.pem", 0644, test_leaf_pem);
}

static void after(void)
{
    profile_set_free(&set);
    remove_place();
}

static void load(void)
{
    struct err err = {0};
    ck_assert_msg(profile_load(place, &set, &err) == 0, "%s", err.text);
    ck_assert(set.complete == (set.problems.n == 0));
}

#define ROOT "[trusted-root r]\ncertificate = ca.pem\n"
#define MUST "root = r\nurl = http://h/\n"
#define SCEP "[scep s]\nsubject = CN={{UserName}}\n" MUST

/* Samples are documentation: they must be true. */
START_TEST(loads_the_samples)
{
    put_samples();
    put("challenge", 0640, "secret\n");
    autofree char *anchors = text_format("%s/anchors", place);
    ck_assert_int_eq(mkdir(anchors, 0755), 0);
    put("anchors/contoso-root.cer", 0644, test_ca_pem);
    load();
    ck_assert_msg(set.problems.n == 0, "%s", set.problems.n ? set.problems.v[0].text : "");
    ck_assert_msg(set.warnings.n == 0, "%s", set.warnings.n ? set.warnings.v[0].text : "");
    ck_assert_uint_eq(set.n, 3);
    ck_assert_int_eq(set.settings.interval, 8 * 60 * 60);

    const struct profile *user = profile_find(&set, PROFILE_SCEP, "contoso-user");
    ck_assert_ptr_nonnull(user);
    ck_assert_str_eq(user->description, "Wi-Fi and VPN for people");
    ck_assert_uint_eq(user->scep.n_sans, 2);
    ck_assert_uint_eq(user->scep.urls.n, 2);
    ck_assert_uint_eq(user->scep.subject->n, 7);
    autofree char *path = text_format("%s/challenge", place);
    ck_assert_str_eq(buf_text(&user->scep.challenge.text), path);
    ck_assert_ptr_null(profile_find(&set, PROFILE_TRUSTED_ROOT, "contoso-user"));
    ck_assert_ptr_null(profile_find(&set, PROFILE_SCEP, ""));
    ck_assert_ptr_null(profile_find(&set, PROFILE_SCEP, "a-name-longer-than-any-profile-can-have"));
}
END_TEST

START_TEST(has_defaults)
{
    put("conf.d/a.conf", 0644,
        ROOT SCEP "[scep e]\nsubject = none\nsan = dns:h\nkey-type = ec\neku = none\n" MUST);
    load();
    const struct scep_profile *s = &profile_find(&set, PROFILE_SCEP, "s")->scep,
                              *e = &profile_find(&set, PROFILE_SCEP, "e")->scep;
    ck_assert_int_eq(s->type, TYPE_USER);
    ck_assert_int_eq(s->key_type, KEY_RSA);
    ck_assert_uint_eq(s->key_size, 2048);
    ck_assert_int_eq(s->hash, HASH_SHA256);
    ck_assert_int_eq(s->key_storage, STORAGE_TPM_OR_SOFTWARE);
    ck_assert_uint_eq(s->key_usage, USAGE_DIGITAL_SIGNATURE | USAGE_KEY_ENCIPHERMENT);
    ck_assert_uint_eq(s->renewal_threshold, 20);
    ck_assert_int_eq(s->validity_unit, VALIDITY_NONE);
    ck_assert_int_eq(s->subject_order, ORDER_REVERSED);
    ck_assert_int_eq(s->challenge.kind, CHALLENGE_NONE);
    ck_assert_uint_eq(s->ekus.n, 1);
    ck_assert_str_eq(s->ekus.v[0], "1.3.6.1.5.5.7.3.2");
    ck_assert_ptr_null(s->ca_ident);
    ck_assert_uint_eq(s->ca_fingerprints.n, 0);
    ck_assert_int_eq(s->minimum_crypto, MINIMUM_DES3_SHA1);
    ck_assert(!s->accept_des);
    ck_assert_ptr_null(e->subject);
    ck_assert_uint_eq(e->key_size, 256);
    ck_assert_uint_eq(e->key_usage, USAGE_DIGITAL_SIGNATURE);
    ck_assert_uint_eq(e->ekus.n, 0);
    ck_assert_int_eq(profile_find(&set, PROFILE_TRUSTED_ROOT, "r")->root.store, ROOT_SYSTEM);
}
END_TEST

/* A line added to a profile that is right (SCEP has its lines 1 to 4, so it is line 5), and the
 * problem it makes;
 * "~" a warning; "" none. */
static const struct {
    const char *line, *said;
} lines[] = {
    {"description = x", ""},
    {"type = device",
     "2: subject: {{UserName}} is a user's variable, and this is a device profile"},
    {"type = both", "5: type: both is not one of user, device"},
    {"type = User", "5: type: User is not one of user, device (did you mean user?)"},
    {"typ = user", "5: typ: no key of [scep] (did you mean type?)"},
    {"certificate = ca.pem",
     "5: certificate: no key of [scep]; it stands in a [trusted-root] profile"},
    {"no-proxy = a", "5: no-proxy: no key of [scep]; it stands in [agent] of signet.conf"},
    {"Subject = CN=x", "5: Subject: no key of [scep] (did you mean subject?)"},
    {"renewal_threshold = 1",
     "5: renewal_threshold: no key of [scep] (did you mean renewal-threshold?)"},
    {"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq = 1",
     "5: qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: no key of [scep]"},
    {"subject = CN=x", "5: subject: stands twice, first on line 2"},
    {"subject-order = forward", ""},
    {"subject-order = backward", "5: subject-order: backward is not one of reversed, forward"},
    {"san = upn:{{UserName}}@x", ""},
    {"san = {{UserName}}", "5: san: {{UserName}}: must begin with email:, upn:, dns: or uri:"},
    {"validity = 1 year", ""},
    {"validity = 18 months", ""},
    {"validity = 90days", ""},
    {"validity = 1", "5: validity: 1 is no number with one of days, months, years behind it"},
    {"validity = 0 days",
     "5: validity: 0 days is no number with one of days, months, years behind it"},
    {"validity = -1 days",
     "5: validity: -1 days is no number with one of days, months, years behind it"},
    {"validity = 1 fortnight",
     "5: validity: 1 fortnight is no number with one of days, months, years behind it"},
    {"validity = 1 year 2 days",
     "5: validity: 1 year 2 days is no number with one of days, months, years behind it"},
    {"validity = 101 years", "5: validity: 101 years is longer than 100 years"},
    {"validity = 99999999999999999999 days", "5: validity: 99999999999999999999 days is no number "
                                             "with one of days, months, years behind it"},
    {"key-storage = software", ""},
    {"key-storage = tpm\nkey-size = 4096",
     "6: key-size: a TPM has no RSA keys of 4096 bits: use 2048 or 3072, key-type = ec, or "
     "key-storage = software"},
    {"key-storage = tpm\nkey-size = 1024",
     "6: key-size: a TPM has no RSA keys of 1024 bits: use 2048 or 3072, key-type = ec, or "
     "key-storage = software"},
    {"key-storage = tpm\nkey-size = 3072", ""},
    {"key-storage = tpm-or-software\nkey-size = 4096", ""},
    {"key-storage = tpm-pin", ""},
    {"key-storage = tpm-pin\nkey-size = 4096",
     "6: key-size: a TPM has no RSA keys of 4096 bits: use 2048 or 3072, key-type = ec, or "
     "key-storage = software"},
    {"key-storage = tmp",
     "5: key-storage: tmp is not one of tpm-or-software, tpm, tpm-pin, software "
     "(did you mean tpm?)"},
    {"key-usage = digital-signature", ""},
    {"key-usage =", "5: key-usage: has no value"},
    {"key-usage = digital-signature,", "5: key-usage: a name is empty"},
    {"key-usage = digital-signatures",
     "5: key-usage: digital-signatures is not one of digital-signature, key-encipherment (did you "
     "mean digital-signature?)"},
    {"key-size = 4096", ""},
    {"key-size = 1000", "5: key-size: 1000 is not one of 1024, 2048, 3072, 4096 (key-type rsa)"},
    {"key-size = 256", "5: key-size: 256 is not one of 1024, 2048, 3072, 4096 (key-type rsa)"},
    {"key-size = 2048 bits", "5: key-size: 2048 bits is not a number from 1 to 65536"},
    {"key-size = 99999999999", "5: key-size: 99999999999 is not a number from 1 to 65536"},
    {"key-size = -2048", "5: key-size: -2048 is not a number from 1 to 65536"},
    {"key-size = 1024", "~5: key-size: RSA of 1024 bits is too short to trust; use 2048"},
    {"key-type = dsa", "5: key-type: dsa is not one of rsa, ec (did you mean rsa?)"},
    {"key-type = ec\nkey-size = 2048",
     "6: key-size: 2048 is not one of 256, 384, 521 (key-type ec)"},
    {"key-type = ec\nkey-usage = key-encipherment",
     "6: key-usage: an EC key cannot do key-encipherment (RFC 8813); use digital-signature"},
    {"hash = sha512", ""},
    {"hash = md5", "5: hash: md5 is not one of sha1, sha256, sha384, sha512"},
    {"hash = SHA-1",
     "5: hash: SHA-1 is not one of sha1, sha256, sha384, sha512 (did you mean sha1?)"},
    {"hash = sha1", "~5: hash: SHA-1 is broken; many servers refuse it"},
    {"eku = client-auth, 1.3.6.1.5.5.7.3.17, smart-card-logon", ""},
    {"eku = clientauth",
     "5: eku: clientauth is neither a known usage nor a dotted OID (did you mean "
     "client-auth?)"},
    {"eku = 1.2.840.", "5: eku: 1.2.840. is neither a known usage nor a dotted OID"},
    {"eku = none, client-auth", "5: eku: none stands alone"},
    {"renewal-threshold = 99", ""},
    {"renewal-threshold = 0", "5: renewal-threshold: 0 is not a number from 1 to 99"},
    {"renewal-threshold = 100", "5: renewal-threshold: 100 is not a number from 1 to 99"},
    {"renewal-threshold = 20%", "5: renewal-threshold: 20% is not a number from 1 to 99"},
    {"url = https://[::1]:8443/scep?x=y", ""},
    {"url = HTTPS://host", ""},
    {"url = ftp://host/", "5: url: ftp://host/ must begin with https:// or http://"},
    {"url = host/scep", "5: url: host/scep must begin with https:// or http://"},
    {"url = file:///etc/passwd", "5: url: file:///etc/passwd must begin with https:// or http://"},
    {"url = http:///scep", "5: url: http:///scep has no host"},
    {"url = http://", "5: url: http:// has no host"},
    {"url = http://:80/", "5: url: http://:80/ has no host"},
    {"url = http://[::1/", "5: url: http://[::1/ has no host"},
    {"url = http://h:0/", "5: url: http://h:0/ has a port that is no number from 1 to 65535"},
    {"url = http://h:65536/",
     "5: url: http://h:65536/ has a port that is no number from 1 to 65535"},
    {"url = http://h:8x/", "5: url: http://h:8x/ has a port that is no number from 1 to 65535"},
    {"url = http://h:99999999/",
     "5: url: http://h:99999999/ has a port that is no number from 1 to 65535"},
    {"url = http://bob:hunter2@h/",
     "5: url: the address holds a user name or password, which would "
     "end up in logs: use challenge-user and challenge-secret"},
    {"url = http://h/#x", "5: url: http://h/#x holds a '#', which no server is ever sent"},
    {"url = http://h/a b",
     "5: url: http://h/a b holds a character that a URL must not hold: escape "
     "it as %XX, a host in punycode"},
    {"url = http://\xc3\xa5.se/",
     "5: url: http://\xc3\xa5.se/ holds a character that a URL must not "
     "hold: escape it as %XX, a host in punycode"},
    {"ca-ident = issuing", ""},
    {"description = a\ndescription = b", "6: description: stands twice, first on line 5"},
    {"key-access = @netdev, nm-openvpn", ""},
    {"key-access = @", "5: key-access: @: a group stands as @NAME"},
    {"scope-tags = a, b", ""},
    {"assign-groups = staff, domain users", ""},
    {"assign-groups = staff,,x", "5: assign-groups: a name is empty"},
    {"assign-hosts = lab-*, pc-[0-9]?", ""},
    {"assign-hosts = lab.contoso.com", "5: assign-hosts: lab.contoso.com: a host is matched by its "
                                       "name without domain, such as lab-*"},
    {"assign-user = alice", "5: assign-user: no key of [scep] (did you mean assign-users?)"},
    {"applies-to = os-id debian, ubuntu; os-version >= 12", ""},
    {"applies-to = os-id debian;\n             os-version >= 12", ""},
    {"applies-to = os-id debian\napplies-to = os-id ubuntu", ""},
    {"applies-to = os-id debian ; not the others", ""},
    {"applies-to = os-id debian ; os-version >= 12",
     "5: applies-to: \" ; os-version >= 12\" begins a comment, so this would not be in the rule: "
     "write ';' without a blank before it (comments: begin a line with #)"},
    {"applies-to = os-id debian\n  ; os-version >= 12",
     "6: applies-to: \" ; os-version >= 12\" begins a comment, so this would not be in the rule: "
     "write ';' without a blank before it (comments: begin a line with #)"},
    {"assign-groups = staff ; kernel 6", ""},
    {"not-applies-to = kernel < 6", ""},
    {"applies-to = os-ids debian",
     "5: applies-to: \"os-ids\" is no fact about a machine (did you mean os-id?); there are os-id, "
     "os-version, kernel, chassis, virtualisation"},
    {"applies-to = os-id",
     "5: applies-to: os-id: what should it be? such as os-id debian; os-version >= 12"},
    {"applies-to = os-version => 12",
     "5: applies-to: \"=>\" is no comparison; there are < <= > >= = !="},
    {"applies-to = chassis laptpo",
     "5: applies-to: \"laptpo\" is no word for chassis, such as laptop (did you mean laptop?)"},
    {"applies_to = chassis laptop", "5: applies_to: no key of [scep] (did you mean applies-to?)"},
    {"description = x\n  hash = sha512",
     "6: description: an indented line continues the value above it, "
     "but \"hash = sha512\" looks like a line "
     "of its own: begin it in the first column"},
    {"description = x\n  [scep t]",
     "6: description: an indented line continues the value above it, but "
     "\"[scep t]\" looks like a line of its own: begin it in the first "
     "column"},
    {"description = two\n  lines", ""},
};

static char *without_place(const char *text)
{
    autobuf out = {0};
    for (const char *at; (at = strstr(text, place)); text = at + strlen(place)) {
        buf_add(&out, text, (size_t)(at - text), NULL);
        buf_add_text(&out, "PLACE", NULL);
    }
    buf_add_text(&out, text, NULL);
    return strdup(buf_text(&out));
}

START_TEST(judges_lines)
{
    bool warning = *lines[_i].said == '~';
    const char *said = lines[_i].said + warning;
    autofree char *text = text_format(SCEP "%s\n", lines[_i].line),
                  *expected = text_format("PLACE/conf.d/a.conf:%s", said);
    put("conf.d/a.conf", 0644, text);
    put("conf.d/r.conf", 0644, ROOT);
    load();
    const struct problems *list = warning ? &set.warnings : &set.problems;
    ck_assert_msg(set.problems.n + set.warnings.n == (*said != 0), "%zu, %zu; %s", set.problems.n,
                  set.warnings.n, set.problems.n ? set.problems.v[0].text : "");
    if (*said) {
        autofree char *got = without_place(list->v[0].text);
        ck_assert_str_eq(got, expected);
    }
    ck_assert((profile_find(&set, PROFILE_SCEP, "s") != NULL) == (warning || !*said));
}
END_TEST

/* Whole files, and the problems they make in their order; '|' between them. */
static const struct {
    const char *text, *said;
} files[] = {
    {ROOT, ""},
    {"", ""},
    {ROOT SCEP, ""},
    {ROOT SCEP "[scep S]\nsubject = none\nsan = dns:h\n" MUST, ""},
    {"[trusted-root r]\n", "1: [trusted-root r] has no certificate"},
    {"[trusted-root r]\ncertificate = none.pem\n", "2: certificate: PLACE/none.pem: no such file"},
    {"[trusted-root r]\ncertificate = leaf.pem\n",
     "2: certificate: PLACE/leaf.pem: is no CA certificate (its basicConstraints do not say "
     "CA:TRUE)"},
    {"[trusted-root r]\ncertificate = conf.d/a.conf\n",
     "2: certificate: PLACE/conf.d/a.conf: holds no certificate in DER or PEM, or more than one"},
    {"[trusted-root r]\ncertificate = conf.d\n",
     "2: certificate: PLACE/conf.d: not a regular file"},
    {ROOT "store = root\n", "3: store: root is not one of system, signet, intermediate"},
    {ROOT "url = http://h/\n", "3: url: no key of [trusted-root]; it stands in a [scep] profile"},
    {ROOT "[scep s]\n",
     "3: [scep s] has no subject|3: [scep s] has no root|3: [scep s] has no url"},
    {ROOT "[scep s]\nsubject =\nroot = r\nurl = x\n",
     "4: subject: has no value|6: url: x must begin with https:// or http://"},
    {SCEP, "3: root: there is no [trusted-root r]"},
    {ROOT "store = intermediate\n" SCEP,
     "6: root: r has store = intermediate (PLACE/conf.d/a.conf:1), which is not trusted by itself; "
     "name the root above it"},
    {"[trusted-root contoso-root]\ncertificate = ca.pem\n[scep s]\nsubject = none\nsan = "
     "dns:h\nroot = "
     "contso-root\nurl = http://h/\n",
     "6: root: there is no [trusted-root contso-root] (did you mean contoso-root?)"},
    {"[trusted-root r]\nstor = signet\ncertificate = ca.pem\n" SCEP,
     "2: stor: no key of [trusted-root] (did you mean store?)|6: root: [trusted-root r] at "
     "PLACE/conf.d/a.conf:1 has a problem of its own"},
    {ROOT ROOT,
     "3: [trusted-root r] stands twice, first at PLACE/conf.d/a.conf:1; neither is used"},
    {ROOT SCEP SCEP, "7: [scep s] stands twice, first at PLACE/conf.d/a.conf:3; neither is used"},
    {ROOT SCEP SCEP SCEP,
     "7: [scep s] stands twice, first at PLACE/conf.d/a.conf:3; neither is "
     "used|11: [scep s] stands twice, first at PLACE/conf.d/a.conf:3; neither is used"},
    {"[scpe s]\n",
     "1: [scpe]: no kind of profile (did you mean scep?); there are trusted-root and scep"},
    {"[agent]\ninterval = 8 hours\n",
     "1: [agent]: no profile, but settings of this machine: they stand in signet.conf, beside "
     "conf.d and not in it"},
    {"[wifi s]\n", "1: [wifi]: no kind of profile; there are trusted-root and scep"},
    {ROOT "[scep]\nsubject = CN=a\n" MUST,
     "3: [scep]: a profile's name is 1 to 32 letters, digits, '.', '_' or '-', and does "
     "not begin with '.'"},
    {ROOT "[scep ../x]\nsubject = CN=a\n" MUST,
     "3: [scep ../x]: a profile's name is 1 to 32 letters, digits, '.', '_' or '-', "
     "and does not begin with '.'"},
    {ROOT "[scep \xc3\xa5]\nsubject = CN=a\n" MUST,
     "3: [scep \xc3\xa5]: a profile's name is 1 to 32 letters, digits, '.', '_' "
     "or '-', and does not begin with '.'"},
    {ROOT "[scep aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\nsubject = CN=a\n" MUST,
     "3: [scep aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]: a profile's name is 1 to 32 letters, digits, "
     "'.', "
     "'_' or '-', and does not begin with '.'"},
    /* All that is wrong is told at once, whatever else is. */
    {ROOT "[scep two words]\nkey-size = 1\n",
     "3: [scep two words]: a profile's name is 1 to 32 letters, digits, '.', '_' or '-', and does "
     "not begin with '.'|3: [scep two words] has no subject|3: [scep two words] has no root|3: "
     "[scep two words] has no url|4: key-size: 1 is not one of 1024, 2048, 3072, 4096 (key-type "
     "rsa)"},
    {"[scep ]\n",
     "1: [scep]: a profile's name is 1 to 32 letters, digits, '.', '_' or '-', and does "
     "not begin with '.'|1: [scep] has no subject|1: [scep] has no root|1: [scep] has "
     "no url"},
    {ROOT "[scep ", "3: a section begins with a line such as [scep NAME], and nothing but a "
                    "comment stands behind the bracket"},
    {ROOT "nonsense\n[scep s]\nsubject = CN=a\nhash = md5\n" MUST,
     "3: neither a [section], nor KEY = VALUE, nor a comment (#)|6: hash: md5 is not one of sha1, "
     "sha256, sha384, sha512"},
    {"[trusted-root rr]\ncertificate = ca.pem\n[scep s]\nsubject = CN=a\nhash = md5\n" MUST,
     "5: hash: md5 is not one of sha1, sha256, sha384, sha512|6: root: there is no [trusted-root "
     "r] (did you mean rr?)"},
    {"[trusted-root r\ncertificate = none.pem\n" SCEP,
     "1: a section begins with a line such as [scep NAME], and nothing but a comment stands behind "
     "the bracket|5: root: there is no [trusted-root r]"},
    {ROOT "[scep d]\ntype = device\nsubject = CN={{DeviceName}}\nsan = "
          "upn:{{UserName}}@x\nassign-users = "
          "alice\n" MUST,
     "6: san: {{UserName}} is a user's variable, and this is a device profile|7: assign-users: a "
     "device profile has no users: use assign-hosts or exclude-hosts"},
    {ROOT "[scep s]\nsubject = CN=a ; OU=b\n" MUST,
     "4: subject: \" ; OU=\" begins a comment, so this would not be in the subject: write ',', or "
     "';' "
     "without a blank before it (comments: begin a line with #)"},
    {ROOT "[scep s]\nsubject = CN=a\n  ; OU=b\n" MUST,
     "5: subject: \" ; OU=\" begins a comment, so this would not be in the subject: write ',', or "
     "';' "
     "without a blank before it (comments: begin a line with #)"},
    {ROOT "[scep s]\nsubject = CN=a ; the name = what people see\n" MUST, ""},
    {ROOT "[scep s]\nsubject = CN=a\n  # OU=b\n  O=c\n" MUST, ""},
};

START_TEST(judges_files)
{
    autobuf got = {0}, expected = {0};
    put("conf.d/a.conf", 0644, files[_i].text);
    load();
    for (size_t i = 0; i < set.problems.n; i++)
        buf_printf(&got, NULL, "%s%s", i ? "|" : "", set.problems.v[i].text);
    for (const char *p = files[_i].said; *p;) {
        size_t len = strcspn(p, "|");
        buf_printf(&expected, NULL, "%sPLACE/conf.d/a.conf:%.*s", p == files[_i].said ? "" : "|",
                   (int)len, p);
        p += len + (p[len] == '|');
    }
    autofree char *shown = without_place(buf_text(&got));
    ck_assert_str_eq(shown, buf_text(&expected));
}
END_TEST

START_TEST(keeps_what_has_no_fault)
{
    put("conf.d/1.conf", 0644, ROOT);
    put("conf.d/2.conf", 0644, SCEP "[scep bad]\n");
    put("conf.d/3.conf", 0664, "[scep unseen]\n");
    put("conf.d/4.conf", 0644, "[scep also-unseen]\nnonsense\n");
    load();
    ck_assert(!set.complete);
    ck_assert_uint_eq(set.n, 2);
    ck_assert_ptr_nonnull(profile_find(&set, PROFILE_SCEP, "s"));
    ck_assert_uint_eq(set.problems.n, 8); /* three of them about what also-unseen has not */
    const struct faulty_profile *faulty = profile_find_faulty(&set, PROFILE_SCEP, "also-unseen");
    ck_assert_ptr_nonnull(faulty);
    ck_assert_ptr_nonnull(strstr(faulty->problem, "4.conf:2: neither"));
}
END_TEST

/* Problems are in the journal, and the agent shows them to every user. */
static const char *const slips[] = {
    "san = dns:h\n  challenge = static:hunter2\n",
    "san = dns:h\n  challenge = hunter2\n",
    "san = dns:h\n  challenge-secret = hunter2\n",
    "san = upn:{{UserName}}@h\n  challange = static:hunter2\n",
    "description = x\n challange: static: hunter2\n",
    "hash = static:hunter2\n",
    "san = static:hunter2\n",
    "url = static:hunter2\n",
    "eku = x, static:hunter2\n",
    "eku = x, static:hu,nter2, hunter\n",
    "eku = static:hu,nter2,hunter\n",
    "subject = static:hu,nter2+hunter\n",
    "applies-to = static:hu;nter2,hunter\n",
};

START_TEST(never_tells_a_challenge_that_slipped_into_another_line)
{
    autofree char *text = text_format(ROOT SCEP "%s", slips[_i]);
    put("conf.d/a.conf", 0640, text);
    load();
    ck_assert_uint_gt(set.problems.n, 0);
    for (size_t i = 0; i < set.problems.n; i++) {
        const char *said = set.problems.v[i].text;
        ck_assert_msg(!strstr(said, "hunter") && !strstr(said, "nter2"), "%s", said);
    }
}
END_TEST

/* Assignments of a SCEP profile and of its root: does it warn? */
static const struct {
    const char *root, *scep;
    bool warns;
} assignments[] = {
    {"", "", false},
    {"", "assign-groups = staff\n", false},
    {"assign-groups = staff\n", "assign-groups = staff\n", false},
    {"assign-groups = staff, it\n", "assign-groups = staff\nexclude-users = bob\n", false},
    {"assign-hosts = lab-*\n", "assign-hosts = lab-*\n", false},
    {"exclude-users = bob\n", "exclude-users = bob, eve\n", false},
    {"assign-groups = staff\n", "", true},
    {"assign-groups = staff\n", "assign-groups = staff, it\n", true},
    {"assign-groups = staff\n", "assign-users = alice\n", true},
    {"assign-hosts = lab-*\n", "", true},
    {"exclude-users = bob\n", "", true},
    {"exclude-hosts = lab-*\n", "exclude-hosts = pc-*\n", true},
    {"assign-groups = staff\nassign-groups = it\n", "assign-groups = it, staff\n", false},
    {"assign-users = staff\n", "assign-groups = staff\n", true},
    {"", "applies-to = os-id debian\n", false},
    {"applies-to = os-id debian\n", "applies-to = os-id debian\n", false},
    {"applies-to = os-id debian\napplies-to = os-id ubuntu\n", "applies-to = os-id ubuntu\n",
     false},
    {"applies-to = os-id debian\n", "", true},
    {"applies-to = os-id debian\n", "applies-to = os-id debian, ubuntu\n", true},
    {"applies-to = os-id debian\n", "applies-to = os-id debian\napplies-to = kernel > 6\n", true},
    {"not-applies-to = os-id debian\n", "not-applies-to = os-id debian\n", false},
    {"not-applies-to = os-id debian\n", "applies-to = os-id debian\n", true},
    {"not-applies-to = os-id debian\n", "", true},
    {"applies-to = kernel > 6\n", "not-applies-to = kernel > 6\n", true},
};

START_TEST(warns_of_a_root_for_fewer)
{
    autofree char *text =
        text_format(ROOT "%s" SCEP "%s", assignments[_i].root, assignments[_i].scep);
    put("conf.d/a.conf", 0644, text);
    load();
    ck_assert_uint_eq(set.problems.n, 0);
    ck_assert_uint_eq(set.warnings.n, assignments[_i].warns);
}
END_TEST

START_TEST(wants_a_folder)
{
    struct err err = {0};
    autofree char *none = text_format("%s/none", place), *file = text_format("%s/ca.pem", place);
    ck_assert_int_eq(profile_load(none, &set, &err), -ERR_CONFIG);
    ck_assert_int_eq(profile_load(file, &set, &err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "not a folder"));
    load(); /* nothing in it is nothing wrong */
    ck_assert_uint_eq(set.n, 0);
    ck_assert(set.complete);
    put("signet.conf", 0666, "");
    load();
    ck_assert(!set.complete);
    ck_assert_ptr_nonnull(strstr(set.problems.v[0].text, "signet.conf: mode 0666"));
    ck_assert(set.settings.damaged);
    ck_assert_int_eq(chmod(place, 0770), 0);
    load();
    ck_assert(!set.complete);
    autofree char *said = without_place(set.problems.v[0].text);
    ck_assert_int_eq(strncmp(said, "PLACE: mode 0770", 16), 0);
}
END_TEST

/* A profile with all that is usual, and so of fifteen lines. */
static int add_profile(int number, struct buf *text)
{
    return buf_printf(text, NULL,
                      "[scep p%d]\n"
                      "description = Wi-Fi and VPN for people\n"
                      "subject = CN={{UserName}}, E={{EmailAddress}} ; who it is\n"
                      "          OU=Mobile, O=Finance Group\n"
                      "san = upn:{{UserPrincipalName}}\n"
                      "san = email:{{EmailAddress}}\n"
                      "url = https://ndes2.contoso.com/certsrv/mscep/mscep.dll\n"
                      "key-size = 3072\n"
                      "key-usage = digital-signature, key-encipherment\n"
                      "eku = client-auth, smart-card-logon\n"
                      "validity = 1 year\n"
                      "assign-groups = staff, group-%d\n" MUST "\n",
                      number, number);
}

/* Ten thousand profiles in ten files, the last with a name that stands twice. The time that this
 * takes is `make bench`'s to tell; that it ends is this test's. */
START_TEST(is_not_quadratic)
{
    put("conf.d/0.conf", 0644, ROOT);
    for (int file = 0; file < 10; file++) {
        autobuf text = {0};
        for (int i = 0; i < 1000; i++)
            add_profile(file * 1000 + i - (file == 9 && i == 999), &text);
        autofree char *name = text_format("conf.d/1%d.conf", file);
        put(name, 0644, buf_text(&text));
    }
    load();
    ck_assert_uint_eq(set.n, 9999);
    ck_assert_uint_eq(set.problems.n, 1);
    ck_assert_uint_eq(set.problems.v[0].at.line, 999 * 15 + 1);
    ck_assert_ptr_nonnull(profile_find(&set, PROFILE_SCEP, "p0"));
    ck_assert_ptr_nonnull(profile_find(&set, PROFILE_SCEP, "p9997"));
    ck_assert_ptr_null(profile_find(&set, PROFILE_SCEP, "p9998"));
}
END_TEST

Suite *profile_suite(void)
{
    Suite *suite = suite_create("profile/profile");
    TCase *tc = tcase_create("profile");
    tcase_add_checked_fixture(tc, before, after);
    tcase_add_test(tc, loads_the_samples);
    tcase_add_test(tc, has_defaults);
    tcase_add_loop_test(tc, judges_lines, 0, LENGTH(lines));
    tcase_add_loop_test(tc, judges_files, 0, LENGTH(files));
    tcase_add_test(tc, keeps_what_has_no_fault);
    tcase_add_loop_test(tc, never_tells_a_challenge_that_slipped_into_another_line, 0,
                        LENGTH(slips));
    tcase_add_loop_test(tc, warns_of_a_root_for_fewer, 0, LENGTH(assignments));
    tcase_add_test(tc, wants_a_folder);
    suite_add_tcase(suite, tc);
    tc = tcase_create("many");
    tcase_add_checked_fixture(tc, before, after);
    tcase_add_test(tc, is_not_quadratic);
    suite_add_tcase(suite, tc);
    return suite;
}
