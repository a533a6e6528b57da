/* Where keys are made, and jobs whose key is in a TPM. */
#include "agent/storage.h"

#include "agent/job.h"
#include "base/json.h"
#include "store/key.h"
#include "tests/agent/site.h"
#include "tests/swtpm.h"

#define RETRY  (-ERR_RETRY)
#define CONFIG (-ERR_CONFIG)

enum machine { NO_TPM, TPM, DEAD_TPM, STARTING, NO_DRIVER };

static const struct {
    enum machine machine;
    enum key_storage storage;
    enum key_type type;
    unsigned size;
    int rc;
    bool in_tpm;
    const char *said; /* the error, or what is remarked */
} rows[] = {
    {NO_TPM, STORAGE_SOFTWARE, KEY_EC, 256, 0, false, NULL},
    {NO_TPM, STORAGE_TPM_OR_SOFTWARE, KEY_EC, 256, 0, false, NULL},
    {NO_TPM, STORAGE_TPM, KEY_EC, 256, CONFIG, false, "key-storage: there is no TPM"},
    {NO_TPM, STORAGE_TPM_PIN, KEY_EC, 256, CONFIG, false, "key-storage: there is no TPM"},
    {TPM, STORAGE_SOFTWARE, KEY_EC, 256, 0, false, NULL},
    {TPM, STORAGE_TPM_OR_SOFTWARE, KEY_EC, 256, 0, true, NULL},
    {TPM, STORAGE_TPM, KEY_EC, 256, 0, true, NULL},
    {TPM, STORAGE_TPM, KEY_RSA, 4096, CONFIG, false, "makes no RSA key of 4096 bits"},
    {TPM, STORAGE_TPM_OR_SOFTWARE, KEY_RSA, 4096, 0, false,
     "the key is in a file, not in the TPM: the TPM makes no RSA key of 4096 bits"},
    {STARTING, STORAGE_SOFTWARE, KEY_EC, 256, 0, false, NULL},
    {STARTING, STORAGE_TPM, KEY_EC, 256, RETRY, false, "has not made /dev/tpmrm0 yet"},
    {STARTING, STORAGE_TPM_OR_SOFTWARE, KEY_EC, 256, RETRY, false, "has not made /dev/tpmrm0 yet"},
    {NO_DRIVER, STORAGE_TPM, KEY_EC, 256, CONFIG, false, "its driver is missing"},
    {NO_DRIVER, STORAGE_TPM_OR_SOFTWARE, KEY_EC, 256, 0, false,
     "the key is in a file, not in the TPM: there is a TPM, but no /dev/tpmrm0"},
    {TPM, STORAGE_TPM_PIN, KEY_EC, 256, CONFIG, false, "there is no PIN for the key"},
    {DEAD_TPM, STORAGE_SOFTWARE, KEY_EC, 256, 0, false, NULL},
    {DEAD_TPM, STORAGE_TPM, KEY_EC, 256, RETRY, false, "no TPM answers"},
    {DEAD_TPM, STORAGE_TPM_OR_SOFTWARE, KEY_EC, 256, RETRY, false, "no TPM answers"},
};

START_TEST(each_machine_and_storage)
{
    SWTPM(swtpm);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    const struct request request = {.key_type = rows[_i].type, .key_size = rows[_i].size};
    struct err err = {0};
    if (rows[_i].machine == DEAD_TPM)
        swtpm_kill(&swtpm);
    if (rows[_i].machine == NO_TPM)
        swtpm_none();
    autotemp root;
    temp_open(&root);
    if (rows[_i].machine >= STARTING) {
        temp_file(&root, "sys/firmware/acpi/tables/TPM2", 0600, "");
        temp_file(&root, "proc/uptime", 0644, rows[_i].machine == STARTING ? "9.50" : "3600.00");
        tpm_choose(NULL);
        tpm_look_below(root.path);
    }
    int rc = storage_make_key(rows[_i].storage, &request, NULL, &key, &err);
    ck_assert_msg(rc == rows[_i].rc, "%d %s", rc, err.text);
    ck_assert_int_eq(key && tpm_holds(key), rows[_i].in_tpm);
    bool said = rc < 0;
    if (rc == 0 && !rows[_i].in_tpm)
        said = storage_remark(rows[_i].storage, &request, &err);
    ck_assert_int_eq(said, rows[_i].said != NULL);
    if (said)
        ck_assert_msg(strstr(err.text, rows[_i].said), "%s", err.text);
}
END_TEST

static void put_profile(struct site *s, const char *lines)
{
    autofree char *text = text_format("[scep wifi]\ntype = device\nroot = root\nurl = %s\n"
                                      "%s\n" SITE_BOX "\n",
                                      site_url(), lines);
    site_put(s, "conf.d/wifi.conf", text);
}

static const char *storage_of(const struct generation *g)
{
    return json_text(g->meta, "key_storage", "");
}

static const char *const kinds[] = {"key-storage = tpm", "key-storage = tpm\nkey-type = ec",
                                    "key-storage = tpm-or-software\nkey-type = ec\nkey-size = 384"};

START_TEST(enrols_and_renews)
{
    SWTPM(swtpm);
    SITE(s);
    put_profile(&s, kinds[_i]);
    site_runs(&s, ENGINE_CYCLE);
    SITE_GENERATION(first, s, "wifi");
    ck_assert_str_eq(storage_of(&first), "tpm");
    ck_assert_ptr_nonnull(strstr(buf_text(&first.key_pem), "TSS2 PRIVATE KEY"));
    ck_assert_ptr_null(json_object_get(first.meta, "warnings"));
    site_runs(&s, ENGINE_RENEW);
    ck_assert_uint_eq(site_asked("RenewalReq issued"), 1);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 1);
    site_installed(&s, 2);
}
END_TEST

START_TEST(a_store_on_another_machine_enrols_anew)
{
    SWTPM(first);
    SITE(s);
    put_profile(&s, "key-storage = tpm\nkey-type = ec");
    site_runs(&s, ENGINE_CYCLE);
    SWTPM(second);
    site_runs(&s, ENGINE_CYCLE); /* its certificate is whole: nothing is due */
    site_installed(&s, 1);
    site_runs(&s, ENGINE_RENEW);
    ck_assert_uint_eq(site_asked("RenewalReq issued"), 0);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 2);
    site_installed(&s, 2);
}
END_TEST

START_TEST(a_machine_gets_a_tpm_and_loses_it)
{
    SITE(s);
    swtpm_none();
    put_profile(&s, "key-storage = tpm-or-software");
    site_runs(&s, ENGINE_CYCLE);
    {
        SWTPM(swtpm);
        site_runs(&s, ENGINE_RENEW);
        SITE_GENERATION(second, s, "wifi");
        ck_assert_str_eq(storage_of(&second), "tpm");
        ck_assert_uint_eq(site_asked("RenewalReq issued"), 1);
    }
    site_runs(&s, ENGINE_RENEW);
    SITE_GENERATION(third, s, "wifi");
    ck_assert_str_eq(storage_of(&third), "software");
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 2);
    site_installed(&s, 3);
}
END_TEST

/* What was tried with a TPM that hung up is tried again, and the certificate that is there stays.
 */
START_TEST(a_tpm_that_does_not_answer_is_waited_for)
{
    SWTPM(swtpm);
    SITE(s);
    put_profile(&s, "key-storage = tpm-or-software\nkey-type = ec");
    site_runs(&s, ENGINE_CYCLE);
    tpm_choose(swtpm.name);
    swtpm_kill(&swtpm);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "no TPM answers"), "%s", s.err.text);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
}
END_TEST

START_TEST(a_machine_that_has_none_says_so)
{
    SITE(s);
    swtpm_none();
    put_profile(&s, "key-storage = tpm");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_CONFIG);
    ck_assert_msg(strstr(s.err.text, "key-storage: there is no TPM: no /dev/tpmrm0"), "%s",
                  s.err.text);
    ck_assert_uint_eq(site_asked("PKIOperation"), 0);
    put_profile(&s, "key-storage = tpm-or-software");
    site_runs(&s, ENGINE_CYCLE);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_eq(storage_of(&g), "software");
}
END_TEST

Suite *storage_suite(void)
{
    Suite *s = suite_create("agent/storage");
    TCase *c = tcase_create("storage");
    tcase_add_unchecked_fixture(c, site_ca_start, site_ca_stop);
    tcase_add_loop_test(c, each_machine_and_storage, 0, LENGTH(rows));
    tcase_add_loop_test(c, enrols_and_renews, 0, LENGTH(kinds));
    tcase_add_test(c, a_store_on_another_machine_enrols_anew);
    tcase_add_test(c, a_machine_gets_a_tpm_and_loses_it);
    tcase_add_test(c, a_tpm_that_does_not_answer_is_waited_for);
    tcase_add_test(c, a_machine_that_has_none_says_so);
    suite_add_tcase(s, c);
    return s;
}
