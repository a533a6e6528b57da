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
    {"wrong-nonce", RENEWAL, "renewing", "?", false},
    {"wrong-transaction", RENEWAL, "renewing", "?", false},
    {"wrong-status", RENEWAL, "renewing", "?", false},
    {"no-status", RENEWAL, "renewing", "?", false},
    {"empty-set", RENEWAL, "renewing", "?", false},
    {"wrong-type", RENEWAL, "renewing", "?", false},
    {"wrong-signer", RENEWAL, "renewing", "?", false},
    {"no-signer", RENEWAL, "renewing", "?", false},
    {"bare", RENEWAL, "installed", NULL, false},
    {"bad-signature", RENEWAL, "renewing", "?", false},
    {"md5", RENEWAL, "renewing", "?", false},
    /* its envelope */
    {"no-envelope", RENEWAL, "renewing", "?", false},
    {"other-envelope", RENEWAL, "renewing", "?", false},
    {"nested", RENEWAL, "renewing", "?", false},
    {"ber", RENEWAL, "installed", NULL, false},
    {"des", RENEWAL, "renewing", "?", false},
    {"csr-back", RENEWAL, "renewing", "?", false},
    {"nothing-inside", RENEWAL, "renewing", "?", false},
    /* the certificate */
    {"other-key", RENEWAL, "renewing", "?", false},
    {"other-ca", RENEWAL, "renewing", "?", false},
    {"old-certificate", RENEWAL, "renewing", "?", false},
    {"old-key", RENEWAL, "renewing", "?", false},
    {"old-serial", RENEWAL, "renewing", "?", false},
    {"leaf-last", RENEWAL, "installed", NULL, false},
    {"extra:100", RENEWAL, "installed", NULL, false},
    {"extra:1000", RENEWAL, "renewing", "?", false},
    {"is-ca", RENEWAL, "renewing", "?", false},
    {"zero-in-name", RENEWAL, "renewing", "?", false},
    {"many-sans:1000", RENEWAL, "installed", NULL, false},
    {"many-sans:10000", RENEWAL, "renewing", "?", false},
    {"expired", RENEWAL, "renewing", "?", false},
    {"not-yet:63072000", RENEWAL, "renewing", "?", false},
    {"name-constraint", RENEWAL, "renewing", "?", false},
    /* the decision */
    {"refuse:0", RENEWAL, "renewing", "?", false},
    {"refuse:1", RENEWAL, "renewing", "?", true},
    {"refuse:2", RENEWAL, "renewing", "?", true},
    {"refuse:3", RENEWAL, "renewing", "?", false},
    {"refuse:4", RENEWAL, "renewing", "?", true},
    {"refuse:9", RENEWAL, "renewing", "?", true},
    {"refuse:99", RENEWAL, "renewing", "?", true},
    {"refuse-and-grant", RENEWAL, "renewing", "?", true},
    {"refuse-in-colour", RENEWAL, "renewing", "?", true},
    {"refuse-at-length", RENEWAL, "renewing", "?", true},
    /* GetCACert */
    {"cacert/empty", RENEWAL, "renewing", "?", false},
    {"cacert/garbage", RENEWAL, "renewing", "?", false},
    {"cacert/html", RENEWAL, "renewing", "?", false},
    {"no-certificate", RENEWAL, "renewing", "?", false},
    {"other-root", RENEWAL, "renewing", "?", false},
    {"cycle", RENEWAL, "renewing", "?", false},
    {"thousand", RENEWAL, "renewing", "?", false},
    {"expired-ra", RENEWAL, "renewing", "?", false},
    {"short-key", RENEWAL, "renewing", "?", false},
    {"long-key", RENEWAL, "renewing", "?", false},
    {"ec-ca", RENEWAL, "renewing", "?", false},
    {"path-length", RENEWAL, "renewing", "?", false},
    /* HTTP */
    {"pki/html", RENEWAL, "renewing", "?", false},
    {"pki/empty", RENEWAL, "renewing", "?", false},
    {"pki/garbage", RENEWAL, "renewing", "?", false},
    {"pki/401", RENEWAL, "renewing", "?", false},
    {"pki/403", RENEWAL, "renewing", "?", false},
    {"pki/404", RENEWAL, "renewing", "?", false},
    {"pki/500", RENEWAL, "renewing", "?", false},
    {"cacert/huge", RENEWAL, "renewing", "?", false},
    {"pki/huge", FIRST, "error", "?", false},
    {"caps/huge", RENEWAL, "installed", NULL, false},
    {"caps/close", RENEWAL, "installed", NULL, false},
    {"caps/cut-headers", RENEWAL, "installed", NULL, false},
    {"caps/cut-off", RENEWAL, "installed", NULL, false},
    {"caps/html", RENEWAL, "installed", NULL, false},
    {"caps/500", RENEWAL, "installed", NULL, false},
    {"cacert/close", RENEWAL, "renewing", "?", false},
    {"cacert/cut-headers", RENEWAL, "renewing", "?", false},
    {"cacert/cut-off", RENEWAL, "renewing", "?", false},
    {"pki/close", RENEWAL, "renewing", "?", false},
    {"pki/cut-headers", RENEWAL, "renewing", "?", false},
    {"pki/cut-off", RENEWAL, "renewing", "?", false},
    {"close", FIRST, "waiting", "?", false},
    {"cut-headers", FIRST, "waiting", "?", false},
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
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, costs_nothing_and_is_told, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
