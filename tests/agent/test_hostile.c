/* What a CA of bad will, or of bad health, can do to a job. Whatever comes: no wrong certificate is
 * stored, the one that works stays, nothing hangs, and the entry's reason tells this fault from all
 * others. */
#include "agent/job.h"
#include "agent/view.h"
#include "base/json.h"
#include "store/key.h"
#include "tests/agent/site.h"

#include <sys/mman.h>

enum start { FIRST, RENEWAL };

static const struct row {
    const char *rules;
    enum start start;
    const char *state;
    const char *phrase; /* of the reason; NULL: there is none, all went well */
    bool ended;         /* the next try is another transaction */
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

START_TEST(dump)
{
    const struct row *row = &rows[_i];
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX "\nsan = dns:box.test");
    if (row->start == RENEWAL)
        site_runs(&s, ENGINE_CYCLE);
    site_behave(row->rules);
    int64_t t = deadline_in(0);
    int rc = site_run(&s, "wifi", row->start == RENEWAL ? ENGINE_RENEW : ENGINE_CYCLE);
    struct entry_state st = site_state(&s, "wifi");
    printf("%-20s %d %d t=%d gen=%u %dms: %s\n", row->rules, rc, st.phase,
           st.transaction_id[0] != 0, site_current(&s, "wifi"), (int)(deadline_in(0) - t), st.reason);
    fflush(stdout);
}
END_TEST

Suite *hostile_suite(void)
{
    Suite *suite = suite_create("agent/job, a hostile CA");
    TCase *tc = tcase_create("hostile");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, dump, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
