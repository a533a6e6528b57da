#include "store/anchor.h"

#include "tests/store/ca.h"

#include <openssl/err.h>
#include <string.h>

#define CA "critical,CA:TRUE"

static const struct {
    struct order order;
    const char *error; /* NULL: it may be an anchor */
} orders[] = {
    {{.version = 3, .constraints = CA}, NULL},
    {{.version = 3, .constraints = "CA:TRUE"}, NULL},
    {{.version = 3, .constraints = "CA:TRUE,pathlen:0"}, NULL},
    {{.version = 3, .constraints = CA, .usage = "critical,keyCertSign,cRLSign"}, NULL},
    {{.version = 3, .constraints = CA, .usage = "keyCertSign,digitalSignature"}, NULL},
    {{.version = 3, .constraints = CA, .signature = BY_ANOTHER}, NULL},
    {{.version = 1}, "version 3"},
    {{.version = 3}, "no basicConstraints"},
    {{.version = 3, .usage = "keyCertSign"}, "no basicConstraints"},
    {{.version = 3, .constraints = "CA:FALSE"}, "CA:FALSE"},
    {{.version = 3, .constraints = "critical,CA:FALSE", .usage = "keyCertSign"}, "CA:FALSE"},
    {{.version = 3, .constraints = CA, .usage = "digitalSignature"}, "keyCertSign"},
    {{.version = 3, .constraints = CA, .usage = "cRLSign"}, "keyCertSign"},
    {{.version = 3, .constraints = CA, .unknown = true}, "critical extension"},
    {{.version = 3, .constraints = CA, .signature = FORGED}, "signature is wrong"},
    {{.version = 1, .constraints = CA}, "10-root.conf:3: "},
};

START_TEST(judges)
{
    autobuf der = ca_make(&orders[_i].order);
    struct err err = {0};
    int rc = anchor_check(&der, "10-root.conf:3", &err);
    if (!orders[_i].error) {
        ck_assert_msg(rc == 0, "%s", err.text);
    } else {
        ck_assert_int_eq(rc, -ERR_CONFIG);
        ck_assert_msg(strncmp(err.text, "10-root.conf:3: ", 16) == 0, "%s", err.text);
        ck_assert_msg(strstr(err.text, orders[_i].error) != NULL, "%s", err.text);
    }
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static bool is_self_issued(const struct buf *der)
{
    CLEANUP(X509_free_p) X509 *cert = NULL;
    return certificate_parse(der, "root", &cert, NULL) == 0 &&
           X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0;
}

/* Every bit of a good one flipped. With another name in it, it claims that another signed it, which
 * nobody can check who lacks the signer; it is refused otherwise. */
START_TEST(notices_a_flipped_bit)
{
    autobuf der = ca_make(&(struct order){.version = 3, .constraints = CA});
    for (size_t i = 0; i < 8 * der.len; i++) {
        const uint8_t bit = (uint8_t)(1u << i % 8);
        der.data[i / 8] ^= bit;
        struct err err = {0};
        if (anchor_check(&der, "root", &err) == 0)
            ck_assert_msg(!is_self_issued(&der), "bit %zu: still an anchor", i);
        der.data[i / 8] ^= bit;
    }
}
END_TEST

static const char *const junk[] = {"", "0", "0\x82\x01", "<html>", "-----BEGIN CERTIFICATE-----\n"};

START_TEST(refuses_junk)
{
    autobuf der = {0};
    struct err err = {0};
    ck_assert_int_eq(buf_add_text(&der, junk[_i], NULL), 0);
    ck_assert_int_eq(anchor_check(&der, "root", &err), -ERR_CONFIG);
    ck_assert_msg(strncmp(err.text, "root: ", 6) == 0, "%s", err.text);
}
END_TEST

Suite *anchor_suite(void)
{
    Suite *suite = suite_create("store/anchor");
    TCase *tc = tcase_create("anchor");
    tcase_add_loop_test(tc, judges, 0, LENGTH(orders));
    tcase_add_test(tc, notices_a_flipped_bit);
    tcase_add_loop_test(tc, refuses_junk, 0, LENGTH(junk));
    suite_add_tcase(suite, tc);
    return suite;
}
