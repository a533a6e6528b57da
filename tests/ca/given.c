#include "tests/ca/given.h"

#define LONG_CAPS 60000 /* lines of 17 bytes, nearly 1 MiB */

#define BYTES(text) text, sizeof text - 1

static const struct {
    enum what rule;
    const char *data;
    size_t len;
} bodies[] = {
    {DO_NDES_CAPS, BYTES("POSTPKIOperation\r\nRenewal\r\nSHA-512\r\nSHA-256\r\nSHA-1\r\nDES3")},
    {DO_DOGTAG_CAPS, BYTES("Renewal\nSHA-512\nSHA-256\nDES3\n")},
    {DO_STANDARD_CAPS,
     BYTES("AES\nDES3\nPOSTPKIOperation\nRenewal\nSCEPStandard\nSHA-1\nSHA-256\nSHA-512\n")},
    {DO_CAPS_CRLF, BYTES("\r\n aes \r\nsha-256\r\n\tRENEWAL\r\n\r\npostpkioperation\r\n")},
    {DO_CAPS_CR, BYTES("AES\rSHA-256\rRenewal\rPOSTPKIOperation\r")},
    {DO_CAPS_BLANK, BYTES("\n\n \n\r\n\t\n\n")},
    {DO_CAPS_UTF16, BYTES("\xff\xfe"
                          "A\0E\0S\0\n\0R\0e\0n\0e\0w\0a\0l\0\n\0S\0H\0A\0-\0002\0005\0006\0\n\0")},
    {DO_CAPS_SEVEN, BYTES("Account\nWelcome\nSHA-257\nDefault\n")},
    {DO_CAPS_PREFIX, BYTES("Renewal-not\nNotRenewal\nAES256\nPOSTPKIOperationNever\nSHA-2567\n")},
    {DO_CAPS_NUL, BYTES("Renewal\0\nAES\0AES\n\0POSTPKIOperation\nSHA-256\n")},
};

void given_caps(const struct rules *rules, struct ca_answer *ret)
{
    if (rules_find(rules, ON_CAPS, DO_NO_CAPS)) /* whatever words come with it */
        ret->status = 404;
    for (size_t i = 0; i < LENGTH(bodies); i++)
        if (rules_find(rules, ON_CAPS, bodies[i].rule)) {
            buf_add(&ret->body, bodies[i].data, bodies[i].len, NULL);
            return;
        }
    if (rules_find(rules, ON_CAPS, DO_CAPS_LONG))
        for (int i = 0; i < LONG_CAPS; i++)
            buf_add_text(&ret->body, "AcmeX-Capability\n", NULL);
    buf_add_text(&ret->body, "AES\nSHA-256\nSHA-512\n", NULL);
    if (!rules_find(rules, ON_CAPS, DO_GET_ONLY))
        buf_add_text(&ret->body, "POSTPKIOperation\n", NULL);
    if (rules_find(rules, ON_CAPS, DO_NEXT_CA))
        buf_add_text(&ret->body, "GetNextCACert\n", NULL);
    if (!rules_find(rules, ON_CAPS, DO_NO_RENEWAL))
        buf_add_text(&ret->body, "Renewal\n", NULL);
}

static void give(STACK_OF(X509) *all, const struct identity *identity)
{
    if (!X509_add_cert(all, identity->certificate, X509_ADD_FLAG_UP_REF))
        abort();
}

static void give_own(STACK_OF(X509) *all, X509 *own)
{
    if (!own || !sk_X509_push(all, own))
        abort();
}

static void collect(struct staff *staff, const struct rules *rules, STACK_OF(X509) *all)
{
    const struct identity *ca = staff_member(staff, STAFF_CA);
    const struct identity *other = staff_member(staff, STAFF_OTHER);
    if (rules_find(rules, ON_CA_CERT, DO_NO_CERTIFICATE))
        return;
    if (rules_find(rules, ON_CA_CERT, DO_OTHER_ROOT)) {
        give(all, other);
        return;
    }
    if (rules_find(rules, ON_CA_CERT, DO_CYCLE)) {
        struct identity one = issue_ca("One", true), two = issue_ca("Two", true);
        give_own(all, issue_cross(&one, &two));
        give_own(all, issue_cross(&two, &one));
        identity_free(&one);
        identity_free(&two);
        return;
    }
    if (rules_find(rules, ON_CA_CERT, DO_THOUSAND))
        for (int i = 0; i < 999; i++)
            give_own(all, issue_cross(other, other));
    struct roles roles = staff_roles(staff, rules);
    for (size_t i = 0; i < LENGTH(roles.given) && roles.given[i]; i++)
        give(all, roles.given[i] == STAFF_CA ? ca : staff_member(staff, roles.given[i]));
}

void given_ca_cert(struct staff *staff, const struct rules *rules, struct ca_answer *ret)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *all = sk_X509_new_null();
    collect(staff, rules, all);
    if (sk_X509_num(all) != 1 || rules_find(rules, ON_CA_CERT, DO_BUNDLE)) {
        ret->type = "application/x-x509-ca-ra-cert";
        pki_bundle(all, &ret->body);
        return;
    }
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_X509(sk_X509_value(all, 0), &der);
    ret->type = "application/x-x509-ca-cert";
    if (len < 0 || buf_add(&ret->body, der, (size_t)len, NULL) < 0)
        ret->status = 500;
}

void given_next_ca_cert(struct staff *staff, const struct rules *rules, struct ca_answer *ret)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *next = sk_X509_new_null();
    autobuf bundle = {0};
    ret->type = "application/x-x509-next-ca-cert";
    if (!rules_find(rules, ON_NEXT, DO_NEXT_CA)) {
        ret->status = 404;
        return;
    }
    give(next, staff_member(staff, STAFF_NEXT));
    pki_bundle(next, &bundle);
    enum member signer = rules_find(rules, ON_NEXT, DO_NEXT_BY_STRANGER) ? STAFF_OTHER : STAFF_CA;
    if (rules_find(rules, ON_NEXT, DO_NEXT_BARE))
        buf_add(&ret->body, bundle.data, bundle.len, NULL);
    else if (!pki_sign(&bundle, staff_member(staff, signer), &ret->body))
        ret->status = 500;
}
