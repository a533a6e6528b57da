#include "tests/ca/staff.h"

#define BOTH "critical,digitalSignature,keyEncipherment"
#define SIGN "critical,keyCertSign,cRLSign,digitalSignature"

/* Whoever is not here is a root, or has no private key. */
static const struct {
    enum member who, by;
    struct issue_plan plan;
} plans[] = {
    {STAFF_RA, STAFF_CA, {.name = "Test RA", .bits = 2048, .usage = BOTH}},
    {STAFF_ENCRYPTER,
     STAFF_CA,
     {.name = "Test RA, encryption", .bits = 2048, .usage = "critical,keyEncipherment"}},
    {STAFF_SIGNER,
     STAFF_CA,
     {.name = "Test RA, signatures", .bits = 2048, .usage = "critical,digitalSignature"}},
    {STAFF_EXPIRED_RA,
     STAFF_CA,
     {.name = "Expired RA", .bits = 2048, .usage = BOTH, .expired = true}},
    {STAFF_SHORT_RA, STAFF_CA, {.name = "Short RA", .bits = 512, .usage = BOTH}},
    {STAFF_EC_CA, STAFF_CA, {.name = "EC CA", .usage = SIGN, .constraints = "critical,CA:TRUE"}},
    {STAFF_EC_RA,
     STAFF_EC_CA,
     {.name = "EC RA", .usage = "critical,digitalSignature,keyAgreement"}},
    {STAFF_LAST_CA,
     STAFF_CA,
     {.name = "Last CA", .bits = 2048, .usage = SIGN, .constraints = "critical,CA:TRUE,pathlen:0"}},
    {STAFF_BELOW,
     STAFF_LAST_CA,
     {.name = "CA below the last", .bits = 2048, .usage = SIGN, .constraints = "critical,CA:TRUE"}},
    {STAFF_PERMITTED,
     STAFF_CA,
     {.name = "Permitted CA",
      .bits = 2048,
      .usage = SIGN,
      .constraints = "critical,CA:TRUE",
      .permitted = "critical,permitted;DNS:.permitted.test"}},
    {STAFF_SHA1_CA,
     STAFF_CA,
     {.name = "SHA-1 CA",
      .bits = 2048,
      .usage = SIGN,
      .constraints = "critical,CA:TRUE",
      .sha1 = true}},
};

static void make(struct staff *staff, enum member who, struct identity *ret)
{
    switch (who) {
    case STAFF_CA:
    case STAFF_NEXT:
        *ret = issue_ca("Test Root", false);
        return;
    case STAFF_OTHER:
        *ret = issue_ca("Other Root", true);
        return;
    case STAFF_LONG_RA:
        ret->certificate = issue_long_ra(staff_member(staff, STAFF_CA), "Long RA");
        return;
    default:
        for (size_t i = 0; i < LENGTH(plans); i++)
            if (plans[i].who == who)
                *ret = issue_under(staff_member(staff, plans[i].by), &plans[i].plan, (long)who);
    }
}

const struct identity *staff_member(struct staff *staff, enum member who)
{
    if (!staff->v[who].certificate)
        make(staff, who, &staff->v[who]);
    return &staff->v[who];
}

void staff_free(struct staff *staff)
{
    for (size_t i = 0; i < STAFF_N; i++)
        identity_free(&staff->v[i]);
}

static const struct {
    enum what rule;
    enum member decrypter, answerer, issuer, given[3];
} table[] = {
    {DO_TWO_RAS,
     STAFF_ENCRYPTER,
     STAFF_SIGNER,
     STAFF_CA,
     {STAFF_SIGNER, STAFF_ENCRYPTER, STAFF_CA}},
    {DO_RA, STAFF_RA, STAFF_RA, STAFF_CA, {STAFF_RA, STAFF_CA}},
    {DO_EXPIRED_RA, STAFF_EXPIRED_RA, STAFF_EXPIRED_RA, STAFF_CA, {STAFF_EXPIRED_RA, STAFF_CA}},
    {DO_SHORT_KEY, STAFF_SHORT_RA, STAFF_SHORT_RA, STAFF_CA, {STAFF_SHORT_RA, STAFF_CA}},
    {DO_LONG_KEY, STAFF_CA, STAFF_CA, STAFF_CA, {STAFF_LONG_RA, STAFF_CA}},
    {DO_EC_CA, STAFF_EC_CA, STAFF_EC_CA, STAFF_EC_CA, {STAFF_EC_CA}},
    {DO_EC_RA, STAFF_EC_RA, STAFF_EC_RA, STAFF_EC_CA, {STAFF_EC_RA, STAFF_EC_CA}},
    {DO_PATH_LENGTH, STAFF_BELOW, STAFF_BELOW, STAFF_BELOW, {STAFF_BELOW, STAFF_LAST_CA}},
    {DO_NAME_CONSTRAINT, STAFF_PERMITTED, STAFF_PERMITTED, STAFF_PERMITTED, {STAFF_PERMITTED}},
    {0, STAFF_CA, STAFF_CA, STAFF_CA, {STAFF_CA}},
};

struct roles staff_roles(struct staff *staff, const struct rules *rules)
{
    size_t i = 0;
    while (i < LENGTH(table) - 1 && !rules_find(rules, ON_ALL, table[i].rule))
        i++;
    struct roles roles = {.decrypter = staff_member(staff, table[i].decrypter),
                          .answerer = staff_member(staff, table[i].answerer),
                          .issuer = staff_member(staff, table[i].issuer)};
    for (size_t j = 0; j < LENGTH(roles.given); j++)
        roles.given[j] = table[i].given[j];
    if (rules_find(rules, ON_PKI, DO_WRONG_SIGNER))
        roles.answerer = staff_member(staff, STAFF_OTHER);
    if (rules_find(rules, ON_PKI, DO_OTHER_CA))
        roles.issuer = staff_member(staff, STAFF_OTHER);
    if (rules_find(rules, ON_PKI, DO_NAMESAKE))
        roles.issuer = staff_member(staff, STAFF_NEXT);
    if (rules_find(rules, ON_PKI, DO_SHA1_ISSUER))
        roles.issuer = staff_member(staff, STAFF_SHA1_CA);
    return roles;
}
