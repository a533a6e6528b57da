#include "pkcs11/describe.h"

#include "store/token.h"
#include "tests/pkcs11/look.h"
#include "tests/suite.h"

static const struct flag_row {
    CK_OBJECT_CLASS class;
    CK_ATTRIBUTE_TYPE type;
    CK_BBOOL value;
} flag_rows[] = {
    {CKO_CERTIFICATE, CKA_TOKEN, 1},
    {CKO_CERTIFICATE, CKA_PRIVATE, 0},
    {CKO_CERTIFICATE, CKA_TRUSTED, 0},
    {CKO_CERTIFICATE, CKA_MODIFIABLE, 0},
    {CKO_PRIVATE_KEY, CKA_TOKEN, 1},
    {CKO_PRIVATE_KEY, CKA_PRIVATE, 0},
    {CKO_PRIVATE_KEY, CKA_SENSITIVE, 1},
    {CKO_PRIVATE_KEY, CKA_ALWAYS_SENSITIVE, 1},
    {CKO_PRIVATE_KEY, CKA_EXTRACTABLE, 0},
    {CKO_PRIVATE_KEY, CKA_NEVER_EXTRACTABLE, 1},
    {CKO_PRIVATE_KEY, CKA_ALWAYS_AUTHENTICATE, 0},
    {CKO_PRIVATE_KEY, CKA_LOCAL, 1},
    {CKO_PRIVATE_KEY, CKA_SIGN, 1},
    {CKO_PRIVATE_KEY, CKA_DECRYPT, 0},
    {CKO_PUBLIC_KEY, CKA_PRIVATE, 0},
    {CKO_PUBLIC_KEY, CKA_VERIFY, 1},
    {CKO_PUBLIC_KEY, CKA_ENCRYPT, 0},
};

static void check_common(const struct snapshot *snapshot, const struct entry_id *id,
                         const struct object *trio[3])
{
    static const CK_OBJECT_CLASS classes[] = {CKO_CERTIFICATE, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY};
    struct token_names names;
    ck_assert_int_eq(token_names(id, false, &names, NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        trio[i] = find(snapshot, describe_slot(&id->owner), classes[i], id->profile, false);
        ck_assert_ptr_nonnull(trio[i]);
        ck_assert(has(trio[i], CKA_ID, names.id, sizeof names.id));
        ck_assert_ptr_nonnull(attribute(trio[i], CKA_SUBJECT));
        ck_assert(has(trio[i], CKA_START_DATE, "20250102", 8));
        ck_assert(has(trio[i], CKA_END_DATE, "20991231", 8));
        for (size_t j = 0; j < LENGTH(flag_rows); j++)
            if (flag_rows[j].class == classes[i])
                ck_assert_msg(has(trio[i], flag_rows[j].type, &flag_rows[j].value, 1), "flag %zu",
                              j);
    }
    ck_assert_uint_eq(number(trio[0], CKA_CERTIFICATE_TYPE), CKC_X_509);
    ck_assert_uint_eq(number(trio[0], CKA_CERTIFICATE_CATEGORY), 1);
    ck_assert_uint_eq(attribute(trio[0], CKA_CHECK_VALUE)->len, 3);
    ck_assert_uint_eq(attribute(trio[0], CKA_SERIAL_NUMBER)->value[0], V_ASN1_INTEGER);
    ck_assert_uint_eq(trio[1]->ref.generation, 1);
    ck_assert_str_eq(trio[1]->ref.profile, id->profile);
}

START_TEST(shows_rsa)
{
    FIXTURE(f);
    struct reports reports = {0};
    const struct object *trio[3];
    issue_entry(&f, &alice_mail, issue_keys.rsa, "digitalSignature");
    autobackend *backend = open_as(&f, ALICE, &reports);
    autosnapshot *snapshot = take(backend);
    check_common(snapshot, &alice_mail, trio);

    const struct object_attribute *der = attribute(trio[0], CKA_VALUE);
    const uint8_t *p = der->value;
    CLEANUP(X509_free_p) X509 *certificate = d2i_X509(NULL, &p, der->len);
    ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(certificate), issue_keys.rsa), 1);
    for (size_t i = 1; i < 3; i++) {
        ck_assert_uint_eq(number(trio[i], CKA_KEY_TYPE), CKK_RSA);
        ck_assert_uint_eq(number(trio[i], CKA_MODULUS_BITS), 2048);
        ck_assert_uint_eq(attribute(trio[i], CKA_MODULUS)->len, 256);
        ck_assert(has(trio[i], CKA_PUBLIC_EXPONENT, "\1\0\1", 3));
        ck_assert_ptr_nonnull(attribute(trio[i], CKA_PUBLIC_KEY_INFO));
        ck_assert_ptr_null(attribute(trio[i], CKA_EC_POINT));
        ck_assert_ptr_null(attribute(trio[i], CKA_PRIVATE_EXPONENT));
    }
}
END_TEST

START_TEST(shows_ec)
{
    static const struct {
        EVP_PKEY **key;
        size_t point; /* of the DER OCTET STRING */
        uint8_t oid_end;
    } rows[] = {{&issue_keys.ec256, 67, 0x07},
                {&issue_keys.ec384, 99, 0x22},
                {&issue_keys.ec521, 136, 0x23}};
    FIXTURE(f);
    struct reports reports = {0};
    const struct object *trio[3];
    issue_entry(&f, &alice_mail, *rows[_i].key, "digitalSignature,keyEncipherment");
    autobackend *backend = open_as(&f, ALICE, &reports);
    autosnapshot *snapshot = take(backend);
    check_common(snapshot, &alice_mail, trio);
    for (size_t i = 1; i < 3; i++) {
        const struct object_attribute *curve = attribute(trio[i], CKA_EC_PARAMS);
        const struct object_attribute *point = attribute(trio[i], CKA_EC_POINT);
        ck_assert_uint_eq(number(trio[i], CKA_KEY_TYPE), CKK_EC);
        ck_assert_uint_eq(curve->value[0], V_ASN1_OBJECT);
        ck_assert_uint_eq(curve->value[curve->len - 1], rows[_i].oid_end);
        ck_assert_uint_eq(point->len, rows[_i].point);
        ck_assert_uint_eq(point->value[0], V_ASN1_OCTET_STRING);
        ck_assert_ptr_null(attribute(trio[i], CKA_MODULUS));
    }
}
END_TEST

START_TEST(shows_an_intermediate_as_not_trusted)
{
    FIXTURE(f);
    struct reports reports = {0};
    const CK_BBOOL no = 0;
    issue_anchor(&f, ANCHOR_ISSUER, "contoso-issuing");
    autobackend *backend = open_as(&f, ALICE, &reports);
    autosnapshot *snapshot = take(backend);
    const struct object *issuer = find(snapshot, 1, CKO_CERTIFICATE, "contoso-issuing", false);
    ck_assert_ptr_nonnull(issuer);
    ck_assert(has(issuer, CKA_TRUSTED, &no, 1));
    ck_assert_uint_eq(number(issuer, CKA_CERTIFICATE_CATEGORY), 2);
}
END_TEST

START_TEST(shows_authorities)
{
    FIXTURE(f);
    struct reports reports = {0};
    const CK_BBOOL yes = 1, no = 0;
    issue_entry(&f, &alice_mail, issue_keys.ec256, NULL);
    issue_entry(&f, &alice_web, issue_keys.ec256, NULL);
    issue_entry(&f, &wifi, issue_keys.ec256, NULL);
    issue_anchor(&f, ANCHOR_TRUSTED, "contoso-root");
    autobackend *backend = open_as(&f, 0, &reports);
    autosnapshot *snapshot = take(backend);

    const struct object *root = find(snapshot, 1, CKO_CERTIFICATE, "contoso-root", false);
    ck_assert_ptr_nonnull(root);
    ck_assert(has(root, CKA_TRUSTED, &yes, 1));
    ck_assert_uint_eq(number(root, CKA_CERTIFICATE_CATEGORY), 2);
    /* The device's issuer is that root: it stands there once. */
    ck_assert_ptr_null(find(snapshot, 1, CKO_CERTIFICATE, "Contoso Issuing CA", false));

    const struct object *issuer =
        find(snapshot, 2 + ALICE, CKO_CERTIFICATE, "Contoso Issuing CA", false);
    ck_assert_ptr_nonnull(issuer);
    ck_assert(has(issuer, CKA_TRUSTED, &no, 1));
    ck_assert_uint_eq(number(issuer, CKA_CERTIFICATE_CATEGORY), 2);
    unsigned authorities = 0;
    for (uint32_t i = 0; i < snapshot->n_objects; i++)
        authorities += number(&snapshot->objects[i], CKA_CLASS) == CKO_CERTIFICATE &&
                       number(&snapshot->objects[i], CKA_CERTIFICATE_CATEGORY) == 2;
    ck_assert_uint_eq(authorities, 2);

    autobackend *stranger = open_as(&f, 65534, &reports);
    autosnapshot *theirs = take(stranger);
    ck_assert_uint_eq(theirs->n_objects, 1);
    ck_assert_ptr_nonnull(find(theirs, 1, CKO_CERTIFICATE, "contoso-root", false));
}
END_TEST

START_TEST(an_issuer_never_takes_the_label)
{
    FIXTURE(f);
    autosnapshot *snapshot = NULL;
    struct entry_id id = alice_mail;
    CLEANUP(fields_free) struct fields same = issue_fields(issue_keys.ca, "mail", NULL);
    CLEANUP(fields_free) struct fields odd = issue_fields(issue_keys.ca, "two\nlines", NULL);
    ck_assert_int_eq(snapshot_new(&snapshot, NULL), 0);
    ck_assert_int_eq(describe_issuer(snapshot, &id, 0, &same, NULL), 0);
    ck_assert_int_eq(describe_issuer(snapshot, &id, 0, &odd, NULL), 0);
    ck_assert_ptr_nonnull(find(snapshot, 2 + ALICE, CKO_CERTIFICATE, "issuer of mail", false));
    ck_assert_ptr_nonnull(find(snapshot, 2 + ALICE, CKO_CERTIFICATE, "two?lines", false));
}
END_TEST

START_TEST(equal_handles_are_told_apart)
{
    static const CK_OBJECT_HANDLE given[] = {7, 9, 7, 8, 7}, expected[] = {7, 11, 8, 9, 10};
    autosnapshot *snapshot = NULL;
    ck_assert_int_eq(snapshot_new(&snapshot, NULL), 0);
    for (size_t i = 0; i < LENGTH(given); i++) {
        const struct object object = {.slot = 1, .handle = given[i]};
        ck_assert_int_eq(snapshot_add_object(snapshot, &object, NULL), 0);
    }
    ck_assert_int_eq(describe_tell_apart(snapshot, NULL), 0);
    CK_OBJECT_HANDLE seen[LENGTH(given)];
    for (size_t i = 0; i < LENGTH(given); i++) {
        seen[i] = snapshot->objects[i].handle;
        for (size_t j = 0; j < i; j++)
            ck_assert_uint_ne(seen[i], seen[j]);
    }
    ck_assert_uint_eq(seen[0], expected[0]);
    ck_assert_uint_eq(seen[2], expected[2]);
}
END_TEST

Suite *describe_suite(void)
{
    Suite *suite = suite_create("pkcs11/describe");
    TCase *tc = tcase_create("describe");
    tcase_add_unchecked_fixture(tc, issue_setup, issue_teardown);
    tcase_add_test(tc, shows_rsa);
    tcase_add_loop_test(tc, shows_ec, 0, 3);
    tcase_add_test(tc, shows_authorities);
    tcase_add_test(tc, shows_an_intermediate_as_not_trusted);
    tcase_add_test(tc, an_issuer_never_takes_the_label);
    tcase_add_test(tc, equal_handles_are_told_apart);
    suite_add_tcase(suite, tc);
    return suite;
}
