/* What a CA of bad will, or of bad health, can do to a job. Whatever comes: no wrong certificate is
 * stored, the one that works stays, nothing hangs, and the entry's reason tells this fault from all
 * others. What takes it more than one request is in test_hostile_course.c. */
#include "agent/report.h"
#include "base/json.h"
#include "base/utf8.h"
#include "store/key.h"
#include "tests/agent/site.h"

#include <sys/mman.h>

enum start { FIRST, RENEWAL };

/* Faults with the same words are the same fault, and may be told in the same way. */
static const struct row {
    const char *rules;
    enum start start;
    const char *state; /* "installed": all went well */
    const char *told;  /* in the reason, or as a warning; NULL: nothing */
    bool ended;        /* the next try is another transaction */
} rows[] = {
    /* the frame of an answer */
    {"wrong-nonce", RENEWAL, "renewing", "it may be an old answer played again", false},
    {"wrong-transaction", RENEWAL, "renewing", "belongs to another request: its transactionID is",
     false},
    {"wrong-status", RENEWAL, "renewing", "the unknown pkiStatus \"7\"", false},
    {"no-status", RENEWAL, "renewing", "has no pkiStatus", false},
    {"empty-set", RENEWAL, "renewing", "pkiStatus is not one word of text", false},
    {"wrong-type", RENEWAL, "renewing", "has messageType \"19\", not 3 (CertRep)", false},
    {"wrong-signer", RENEWAL, "renewing",
     "signed by neither the CA nor its RA, but by serial 01 of \"CN=Other Root\"", false},
    {"no-signer", RENEWAL, "renewing", "nobody has signed the answer", false},
    {"bare", RENEWAL, "installed", NULL, false},
    {"bad-signature", RENEWAL, "renewing", "the answer's signature is not right", false},
    {"md5", RENEWAL, "renewing", "signed with md5, which is accepted nowhere", false},
    /* its envelope */
    {"no-envelope", RENEWAL, "renewing", "says SUCCESS and has no envelope", false},
    {"other-envelope", RENEWAL, "renewing", "damaged or meant for another", false},
    {"nested", RENEWAL, "renewing", "its envelope holds another envelope", false},
    {"ber", RENEWAL, "installed", NULL, false},
    {"des", RENEWAL, "renewing", "single DES; have it use AES, or set accept-des = yes", false},
    {"csr-back", RENEWAL, "renewing", "its envelope holds something else, or nothing", false},
    {"nothing-inside", RENEWAL, "renewing", "its envelope is empty", false},
    /* the certificate */
    {"other-key", RENEWAL, "renewing", "the CA sent a certificate for another key: \"CN=alice\"",
     true},
    {"other-ca", RENEWAL, "renewing", "because of \"CN=Other Root\"", true},
    {"old-certificate", RENEWAL, "renewing", "gave back the old certificate (serial ", true},
    {"old-certificate refuse-challenge", RENEWAL, "renewing",
     "badMessageCheck (it could not verify the message or the challenge): not today (before that: "
     "the CA gave back the old",
     true},
    {"old-key refuse-challenge", RENEWAL, "renewing",
     "badMessageCheck (it could not verify the message or the challenge): not today (before that: "
     "the CA renewed the old",
     true},
    {"old-serial refuse-challenge", RENEWAL, "renewing",
     "badMessageCheck (it could not verify the message or the challenge): not today (before that: "
     "the CA gave a new",
     true},
    {"old-key", RENEWAL, "installed", "renewed the old key, not the new one", false},
    {"old-serial", RENEWAL, "installed", "the serial number of the old one (", false},
    {"leaf-last", RENEWAL, "installed", NULL, false},
    {"extra:100", RENEWAL, "installed", NULL, false},
    {"extra:1000", RENEWAL, "renewing", "holds 1002 certificates, more than 128", false},
    {"is-ca", RENEWAL, "renewing", "may issue others (basicConstraints or keyCertSign): refused",
     true},
    {"zero-in-name", RENEWAL, "renewing", "a zero byte in one of its names: refused", true},
    {"many-sans:500", RENEWAL, "installed", "added 492 more alternative names", false},
    {"many-sans:1000", RENEWAL, "renewing", "bytes, more than 16384: refused", true},
    {"many-sans:10000", RENEWAL, "renewing", "bytes, more than 16384: refused", true},
    {"expired", RENEWAL, "renewing", "certificate has expired", true},
    {"not-yet:63072000", RENEWAL, "renewing", "certificate is not yet valid", false},
    {"name-constraint", RENEWAL, "renewing", "permitted subtree violation", true},
    /* the decision */
    {"refuse:0", RENEWAL, "renewing", "badAlg (the server does not know an algorithm", false},
    {"refuse:1", RENEWAL, "renewing", "badMessageCheck (it could not verify", true},
    {"refuse:2", RENEWAL, "renewing",
     "badRequest (it does not permit or support the request): not today", true},
    {"refuse:3", RENEWAL, "renewing", "badTime (the clocks of server and client are too far apart)",
     false},
    {"refuse:4", RENEWAL, "renewing", "badCertId (it found no certificate", true},
    {"refuse:9", RENEWAL, "renewing", "HRESULT 0x80070057 E_INVALIDARG", true},
    {"refuse:99", RENEWAL, "renewing", "unknown failInfo \"99\"", true},
    {"refuse-and-grant", RENEWAL, "renewing",
     "badRequest (it does not permit or support the request): not today", true},
    {"refuse-in-colour", RENEWAL, "renewing", "?[2J?]0;owned???profile wifi: installed?", true},
    {"refuse-at-length:1048576", RENEWAL, "renewing", "bytes, more than 1048576", false},
    {"refuse-at-length:900000", RENEWAL, "renewing", "xxxxxxxxxxxxxxxx", true},
    /* GetCACert */
    {"cacert/empty", RENEWAL, "renewing",
     "GetCACert: answered HTTP 200 with an empty body, which is not a CA certificate", false},
    {"cacert/garbage", RENEWAL, "renewing", "GetCACert: answered HTTP 200 with 15 bytes of binary",
     false},
    {"cacert/html", RENEWAL, "renewing", "GetCACert: answered HTTP 200 with text/html", false},
    {"cacert/401", RENEWAL, "renewing", "GetCACert: answered HTTP 401", false},
    {"cacert/404", RENEWAL, "renewing", "GetCACert: answered HTTP 404", false},
    {"cacert/500", RENEWAL, "renewing", "GetCACert: answered HTTP 500", false},
    {"no-certificate", RENEWAL, "renewing", "without any CA certificate", false},
    {"other-root", RENEWAL, "renewing", "does not vouch for certificate \"CN=Other Root\"", false},
    {"cycle", RENEWAL, "renewing", "does not vouch for certificate \"CN=One\"", false},
    {"thousand", RENEWAL, "renewing", "gave 1000 certificates as its CA's, more than 32", false},
    {"expired-ra", RENEWAL, "renewing", "\"CN=Expired RA\"", false},
    {"short-key", RENEWAL, "renewing", "\"CN=Short RA\"", false},
    {"long-key", RENEWAL, "renewing", "PKIOperation: answered HTTP 400 with an empty body", false},
    {"short-key", FIRST, "error", "\"CN=Short RA\"", false},
    {"path-length", RENEWAL, "renewing", "path length constraint exceeded", true},
    /* the same without a certificate before */
    {"other-key", FIRST, "error", "the CA sent a certificate for another key: \"CN=alice\"", true},
    {"namesake", RENEWAL, "renewing", "certificate signature failure", true},
    {"other-ca", FIRST, "error", "because of \"CN=Other Root\"", true},
    {"is-ca", FIRST, "error", "may issue others (basicConstraints or keyCertSign): refused", true},
    {"wrong-nonce", FIRST, "error", "it may be an old answer played again", false},
    {"no-envelope", FIRST, "error", "says SUCCESS and has no envelope", false},
    {"expired", FIRST, "error", "certificate has expired", true},
    /* HTTP */
    {"pki/html", RENEWAL, "renewing", "PKIOperation: answered HTTP 200 with text/html", false},
    {"pki/empty", RENEWAL, "renewing", "PKIOperation: answered HTTP 200 with an empty body", false},
    {"pki/garbage", RENEWAL, "renewing", "PKIOperation: answered HTTP 200 with 15 bytes of binary",
     false},
    {"pki/401", RENEWAL, "renewing", "PKIOperation: answered HTTP 401", false},
    {"pki/403", RENEWAL, "renewing", "PKIOperation: answered HTTP 403", false},
    {"pki/404", RENEWAL, "renewing", "PKIOperation: answered HTTP 404", false},
    {"pki/500", RENEWAL, "renewing", "PKIOperation: answered HTTP 500", false},
    {"pki/503:3600", RENEWAL, "renewing", "PKIOperation: answered HTTP 503", false},
    {"cacert/302", RENEWAL, "renewing", "GetCACert: answered HTTP 302", false},
    {"cacert/302-away", RENEWAL, "renewing", "GetCACert: answered HTTP 302", false},
    {"pki/302", RENEWAL, "renewing", "PKIOperation: answered HTTP 302", false},
    {"pki/302-away", RENEWAL, "renewing", "PKIOperation: answered HTTP 302", false},
    {"caps/302", RENEWAL, "installed", NULL, false},
    {"cacert/huge", RENEWAL, "renewing", "GetCACert: the answer is larger than 4194304 bytes",
     false},
    {"pki/huge", RENEWAL, "renewing", "PKIOperation: the answer is larger than 4194304 bytes",
     false},
    {"pki/huge", FIRST, "error", "PKIOperation: the answer is larger than 4194304 bytes", false},
    {"caps/huge", RENEWAL, "installed", NULL, false},
    {"caps/close", RENEWAL, "installed", NULL, false},
    {"caps/cut-headers", RENEWAL, "installed", NULL, false},
    {"caps/cut-off", RENEWAL, "installed", NULL, false},
    {"caps/html", RENEWAL, "installed", NULL, false},
    {"caps/500", RENEWAL, "installed", NULL, false},
    {"cacert/close", RENEWAL, "renewing",
     "GetCACert: the server closed the connection without an answer", false},
    {"cacert/cut-headers", RENEWAL, "renewing",
     "GetCACert: the server closed the connection without an answer", false},
    {"cacert/cut-off", RENEWAL, "renewing", "GetCACert: transfer closed with ", false},
    {"pki/close", RENEWAL, "renewing",
     "PKIOperation: the server closed the connection without an answer", false},
    {"pki/cut-headers", RENEWAL, "renewing",
     "PKIOperation: the server closed the connection without an answer", false},
    {"pki/cut-off", RENEWAL, "renewing", "PKIOperation: transfer closed with ", false},
    {"close", FIRST, "waiting", "GetCACert: the server closed the connection without an answer",
     false},
    {"cut-headers", FIRST, "waiting",
     "GetCACert: the server closed the connection without an answer", false},
};

/* Every reason so far, whoever ran first: shared by the processes of all tests. */
static char (*told)[ERR_TEXT_MAX];

static void start(void)
{
    told = mmap(NULL, LENGTH(rows) * sizeof *told, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(told, MAP_FAILED);
    site_ca_start();
}

static void stop(void)
{
    site_ca_stop();
    munmap(told, LENGTH(rows) * sizeof *told);
}

/* Without what differs from run to run: the server's URL, serial numbers and fingerprints. */
static void normalise(const char *reason, char ret[ERR_TEXT_MAX])
{
    size_t n = 0, url = strlen(site_url());
    while (*reason) {
        size_t digits = strspn(reason, "0123456789abcdefABCDEF");
        size_t skip = strncmp(reason, site_url(), url) == 0 ? url : digits > 8 ? digits : 0;
        ret[n++] = skip ? '#' : *reason;
        reason += skip ? skip : 1;
    }
    ret[n] = 0;
}

static void tells_it_from_others(const struct row *row, const char *reason)
{
    char *own = told[row - rows];
    normalise(reason, own);
    for (size_t i = 0; i < LENGTH(rows); i++)
        ck_assert_msg(!told[i][0] || strcmp(rows[i].told, row->told) == 0 ||
                          strcmp(told[i], own) != 0,
                      "%s and %s are told in the same way: %s", rows[i].rules, row->rules, own);
}

static void is_one_line(const char *text)
{
    uint32_t code = 'a';
    for (size_t n; *text && (n = utf8_next(text, strlen(text), &code)) > 0; text += n)
        ck_assert_msg(!utf8_is_hidden(code), "%s", text);
    ck_assert_msg(!*text, "%s", text);
}

/* Nothing of the certificate that came, and all of the one that was there. */
static void has_kept(struct site *s, const struct row *row, const struct generation *before)
{
    struct entry_state state = site_state(s, "wifi");
    ck_assert_uint_eq(site_current(s, "wifi"), before->number);
    ck_assert_int_ne(
        access(
            site_file(s, "wifi", row->start == FIRST ? "generations/1/key.pem" : "generations/2"),
            F_OK),
        0);
    ck_assert_int_eq(access(site_file(s, "wifi", "pending/key.pem"), F_OK), 0);
    ck_assert_msg(!state.transaction_id[0] == row->ended, "%s", state.reason);
    ck_assert_int_gt(state.next_attempt, clock_now());
    if (row->start == FIRST)
        return;
    SITE_GENERATION(after, *s, "wifi");
    ck_assert(buf_equal(&before->cert_pem, &after.cert_pem));
    ck_assert(buf_equal(&before->key_pem, &after.key_pem));
}

static void has_new(struct site *s, const struct row *row, const json_t *entry)
{
    const json_t *warnings = json_object_get(entry, "warnings");
    bool found = !row->told;
    site_installed(s, row->start == FIRST ? 1 : 2);
    ck_assert_int_ne(access(site_file(s, "wifi", "pending"), F_OK), 0);
    for (size_t i = 0; i < json_array_size(warnings); i++)
        found = found || strstr(json_string_value(json_array_get(warnings, i)), row->told) != NULL;
    if (!found)
        json_dumpf(warnings, stderr, 0);
    ck_assert(found);
}

/* What `signet status` has of it. */
static json_t *report(struct site *s)
{
    static const struct owner device = {.device = true};
    autojson *list = json_array();
    site_load(s);
    site_ok(*s, report_owner(&s->agent, &device, "wifi", false, list, &s->err));
    ck_assert_uint_eq(json_array_size(list), 1);
    return json_incref(json_array_get(list, 0));
}

START_TEST(costs_nothing_and_is_told)
{
    const struct row *row = &rows[_i];
    CLEANUP(generation_free) struct generation before = {0};
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX "\nsan = dns:box.test");
    if (row->start == RENEWAL) {
        site_runs(&s, ENGINE_CYCLE);
        before = site_generation(&s, "wifi");
    }
    site_behave(row->rules);
    int rc = site_run(&s, "wifi", row->start == RENEWAL ? ENGINE_RENEW : ENGINE_CYCLE);
    autojson *entry = report(&s);
    const char *reason = json_text(entry, "reason", "");
    ck_assert_msg(strcmp(json_text(entry, "state", ""), row->state) == 0, "%s: %s",
                  json_text(entry, "state", ""), reason);
    if (strcmp(row->state, "installed") == 0) {
        ck_assert_int_eq(rc, 0);
        has_new(&s, row, entry);
        site_usable(&s);
        return;
    }
    ck_assert_int_lt(rc, 0);
    ck_assert_msg(strncmp(reason, site_url(), strlen(site_url())) == 0, "%s", reason);
    ck_assert_msg(strstr(reason, row->told), "%s", reason);
    is_one_line(reason);
    tells_it_from_others(row, reason);
    has_kept(&s, row, &before);

    site_behave("");
    site_runs(&s, ENGINE_RENEW);
    site_installed(&s, row->start == FIRST ? 1 : 2);
    site_usable(&s);
}
END_TEST

Suite *hostile_suite(void)
{
    Suite *suite = suite_create("agent/job, a hostile CA");
    TCase *tc = tcase_create("hostile");
    tcase_add_unchecked_fixture(tc, start, stop);
    tcase_add_loop_test(tc, costs_nothing_and_is_told, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
