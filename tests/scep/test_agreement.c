/* Envelopes for EC keys: good ones by the test CA's hand, and those that nobody of good will makes.
 * How whole enrolments go with EC keys is in test_curves.c. */
#include "scep/agreement.h"

#include "scep/envelope.h"
#include "tests/ca/agree.h"
#include "tests/ca/ca.h"

#include "tests/scep/fixture.h"
#include "tests/suite.h"

#include <string.h>

#include <openssl/err.h>

static struct ca *ca;
static struct signer ours, other, rsa;
static const char text[] = "certificates, or so";

static void make_signer(bool ec, unsigned size, struct signer *ret)
{
    ck_assert_int_eq(key_generate(ec, size, &ret->key, NULL), 0);
    ret->certificate = ca_issue(ca, ret->key, "alice");
}

static void make_all(void)
{
    ca = ca_new(NULL);
    make_signer(true, 256, &ours);
    make_signer(true, 384, &other);
    make_signer(false, 2048, &rsa);
}

static void free_all(void)
{
    signer_free(&ours);
    signer_free(&other);
    signer_free(&rsa);
    ca_free(ca);
}

/* An envelope for these, NULL behind the last of them. */
static ENVELOPE *seal(const struct signer *const to[3], const struct agree *address)
{
    autobuf content = {0}, der = {0};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *recipients = sk_X509_new_null();
    for (int i = 0; i < 3 && to[i]; i++)
        ck_assert(X509_add_cert(recipients, to[i]->certificate, X509_ADD_FLAG_UP_REF));
    ck_assert_int_eq(buf_add_text(&content, text, NULL), 0);
    ck_assert(agree_wrap(&content, recipients, address, &der));
    ENVELOPE *made = enveloped_parse(&der);
    ck_assert_ptr_nonnull(made);
    return made;
}

static void encode(ENVELOPE *envelope, struct buf *ret)
{
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_ENVELOPE(envelope, &der);
    ck_assert_int_gt(len, 0);
    ck_assert_int_eq(buf_add(ret, der, (size_t)len, NULL), 0);
}

/* 1: opened, and it says what it should. */
static int opens(const struct buf *der, const struct strength *strength, struct err *err)
{
    autobuf opened = {0};
    struct envelope_marks marks;
    int rc = envelope_open(der, &ours, strength, &opened, &marks, err);
    ck_assert(!marks.des && !(marks.not_agreed && rc == 0));
    if (rc < 0)
        return 0;
    return opened.len == strlen(text) && memcmp(opened.data, text, opened.len) == 0;
}

static const struct {
    const struct signer *to[3];
    bool by_key_id;
    bool good;
} addressed[] = {
    {{&ours}, false, true},
    {{&ours}, true, true},
    {{&other}, false, false},
    {{&other}, true, false},
    {{&rsa}, false, false},
    {{&rsa, &other}, false, false},
    {{&rsa, &ours}, false, true},
    {{&ours, &rsa}, false, true},
    {{&ours, &rsa}, true, true},
    {{&other, &ours}, false, true},
    {{&ours, &other}, false, true},
    {{&other, &ours}, true, true},
    {{&other, &rsa, &ours}, false, true},
};

START_TEST(our_part_is_found_among_others)
{
    const struct agree address = {.by_key_id = addressed[_i].by_key_id};
    const struct strength strength = {0};
    struct err err = {0};
    autobuf der = {0};
    CLEANUP(ENVELOPE_free_p) ENVELOPE *envelope = seal(addressed[_i].to, &address);
    encode(envelope, &der);
    ck_assert_msg(opens(&der, &strength, &err) == addressed[_i].good, "%s", err.text);
    if (!addressed[_i].good)
        ck_assert_msg(strstr(err.text, "is not addressed to us"), "%s", err.text);
}
END_TEST

static KEY_AGREEMENT *agreement_of(ENVELOPE *e)
{
    RECIPIENT *recipient = sk_RECIPIENT_value(e->data->recipients, 0);
    ck_assert_int_eq(recipient->type, RECIPIENT_AGREEMENT);
    return recipient->d.agreement;
}

static ORIGINATOR_KEY *originator_key(ENVELOPE *e)
{
    return agreement_of(e)->originator->d.key;
}

static AGREED_KEY *agreed_key(ENVELOPE *e)
{
    return sk_AGREED_KEY_value(agreement_of(e)->keys, 0);
}

/* N is a NID. */
static void set_curve(ENVELOPE *e, int n)
{
    X509_ALGOR_set0(originator_key(e)->algorithm, OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                    V_ASN1_OBJECT, OBJ_nid2obj(n));
}
static void no_curve(ENVELOPE *e, int n)
{
    (void)n;
    X509_ALGOR_set0(originator_key(e)->algorithm, OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                    V_ASN1_UNDEF, NULL);
}
static void null_curve(ENVELOPE *e, int n)
{
    (void)n;
    X509_ALGOR_set0(originator_key(e)->algorithm, OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                    V_ASN1_NULL, NULL);
}
static void rsa_originator(ENVELOPE *e, int n)
{
    (void)n;
    X509_ALGOR_set0(originator_key(e)->algorithm, OBJ_nid2obj(NID_rsaEncryption), V_ASN1_NULL,
                    NULL);
}

static void set_point(ENVELOPE *e, const void *data, int len)
{
    ck_assert(ASN1_BIT_STRING_set(originator_key(e)->point, (uint8_t *)data, len));
}

static void no_point(ENVELOPE *e, int n)
{
    (void)n;
    set_point(e, "", 0);
}
static void infinity(ENVELOPE *e, int n)
{
    (void)n;
    set_point(e, "", 1);
}
static void zero_point(ENVELOPE *e, int n)
{
    (void)n;
    set_point(e,
              "\4"
              "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
              65);
}
static void off_the_curve(ENVELOPE *e, int n)
{
    (void)n;
    originator_key(e)->point->data[64] ^= 1;
}
static void short_point(ENVELOPE *e, int n)
{
    (void)n;
    originator_key(e)->point->length = 64;
}
/* A good point, of the curve of another. */
static void foreign_point(ENVELOPE *e, int n)
{
    (void)n;
    const ASN1_BIT_STRING *point = X509_get0_pubkey_bitstr(other.certificate);
    no_curve(e, 0);
    set_point(e, point->data, point->length);
}
/* The same point in half the bytes. */
static void compressed(ENVELOPE *e, int n)
{
    (void)n;
    uint8_t half[33];
    const uint8_t *point = originator_key(e)->point->data;
    half[0] = 2 + (point[64] & 1);
    memcpy(half + 1, point + 1, 32);
    set_point(e, half, sizeof half);
}
/* What nobody agreed upon. */
static void another_point(ENVELOPE *e, int n)
{
    (void)n;
    const ASN1_BIT_STRING *point = X509_get0_pubkey_bitstr(ours.certificate);
    set_point(e, point->data, point->length);
}

static void forget_originator(ENVELOPE *e)
{
    ORIGINATOR_KEY *key = originator_key(e);
    X509_ALGOR_free(key->algorithm);
    ASN1_BIT_STRING_free(key->point);
    OPENSSL_free(key);
}
static void originator_by_serial(ENVELOPE *e, int n)
{
    (void)n;
    PKCS7_ISSUER_AND_SERIAL *id = PKCS7_ISSUER_AND_SERIAL_new();
    forget_originator(e);
    agreement_of(e)->originator->type = ORIGINATOR_BY_SERIAL;
    agreement_of(e)->originator->d.serial = id;
}
static void originator_by_id(ENVELOPE *e, int n)
{
    (void)n;
    forget_originator(e);
    agreement_of(e)->originator->type = ORIGINATOR_BY_KEY;
    agreement_of(e)->originator->d.id = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(agreement_of(e)->originator->d.id, (const uint8_t *)"id", 2);
}

/* N bytes. */
static void set_wrapped(ENVELOPE *e, int n)
{
    static const uint8_t zeros[4096];
    ck_assert(ASN1_OCTET_STRING_set(agreed_key(e)->wrapped, zeros, n));
}
static void wrapped_changed(ENVELOPE *e, int n)
{
    (void)n;
    agreed_key(e)->wrapped->data[5] ^= 1;
}

static void change_wrap(ENVELOPE *e, int nid, int type)
{
    CLEANUP(X509_ALGOR_free_p) X509_ALGOR *wrap = X509_ALGOR_new();
    X509_ALGOR_set0(wrap, OBJ_nid2obj(nid), type, NULL);
    ASN1_STRING *packed = ASN1_item_pack(wrap, ASN1_ITEM_rptr(X509_ALGOR), NULL);
    ASN1_OBJECT *scheme = OBJ_dup(agreement_of(e)->scheme->algorithm);
    X509_ALGOR_set0(agreement_of(e)->scheme, scheme, V_ASN1_SEQUENCE, packed);
}
static void set_wrap(ENVELOPE *e, int n)
{
    change_wrap(e, n, V_ASN1_UNDEF);
}
static void wrap_with_null(ENVELOPE *e, int n)
{
    (void)n;
    change_wrap(e, NID_id_aes128_wrap, V_ASN1_NULL);
}
static void change_scheme(ENVELOPE *e, int nid, int type, void *value)
{
    X509_ALGOR_set0(agreement_of(e)->scheme, OBJ_nid2obj(nid), type, value);
}
static void scheme_without_wrap(ENVELOPE *e, int n)
{
    (void)n;
    change_scheme(e, NID_dhSinglePass_stdDH_sha1kdf_scheme, V_ASN1_UNDEF, NULL);
}
static void scheme_with_null(ENVELOPE *e, int n)
{
    (void)n;
    change_scheme(e, NID_dhSinglePass_stdDH_sha1kdf_scheme, V_ASN1_NULL, NULL);
}
static void scheme_with_garbage(ENVELOPE *e, int n)
{
    (void)n;
    ASN1_STRING *garbage = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
    ASN1_STRING_set(garbage, "0\2\5\0", 4);
    change_scheme(e, NID_dhSinglePass_stdDH_sha1kdf_scheme, V_ASN1_SEQUENCE, garbage);
}
static void scheme_of_rsa(ENVELOPE *e, int n)
{
    (void)n;
    change_scheme(e, NID_rsaEncryption, V_ASN1_NULL, NULL);
}
/* Only the name changes. */
static void set_scheme(ENVELOPE *e, int n)
{
    ASN1_STRING *wrap = ASN1_STRING_dup(agreement_of(e)->scheme->parameter->value.sequence);
    change_scheme(e, n, V_ASN1_SEQUENCE, wrap);
}

static void more_ukm(ENVELOPE *e, int n)
{
    (void)n;
    agreement_of(e)->ukm = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(agreement_of(e)->ukm, (const uint8_t *)"more", 4);
}
/* Ends with the process, as nobody else has a use for it. */
static void *volatile gone;
static void no_keys(ENVELOPE *e, int n)
{
    (void)n;
    gone = sk_AGREED_KEY_pop(agreement_of(e)->keys);
}
static void no_recipients(ENVELOPE *e, int n)
{
    (void)n;
    gone = sk_RECIPIENT_pop(e->data->recipients);
}
static void content_of_aes256(ENVELOPE *e, int n)
{
    (void)n;
    ASN1_STRING *iv = ASN1_STRING_dup(e->data->content->cipher->parameter->value.octet_string);
    X509_ALGOR_set0(e->data->content->cipher, OBJ_nid2obj(NID_aes_256_cbc), V_ASN1_OCTET_STRING,
                    iv);
}
static void content_without_iv(ENVELOPE *e, int n)
{
    (void)n;
    X509_ALGOR_set0(e->data->content->cipher, OBJ_nid2obj(NID_aes_128_cbc), V_ASN1_NULL, NULL);
}
static void content_with_short_iv(ENVELOPE *e, int n)
{
    (void)n;
    e->data->content->cipher->parameter->value.octet_string->length = 15;
}
static void content_gone(ENVELOPE *e, int n)
{
    (void)n;
    ASN1_STRING_free(e->data->content->data);
    e->data->content->data = NULL;
}
static void content_empty(ENVELOPE *e, int n)
{
    (void)n;
    e->data->content->data->length = 0;
}
static void content_odd(ENVELOPE *e, int n)
{
    (void)n;
    e->data->content->data->length--;
}
static void as_made(ENVELOPE *e, int n)
{
    (void)e, (void)n;
}

#define CURVE  "is not on our key's curve"
#define CLOSED "cannot be opened with our key"

static const struct {
    void (*change)(ENVELOPE *envelope, int n);
    int n;
    const char *text; /* NULL: it opens */
} changes[] = {
    {as_made, 0, NULL},
    {no_curve, 0, NULL},
    {null_curve, 0, NULL},
    {set_curve, NID_X9_62_prime256v1, NULL},
    {compressed, 0, NULL},
    /* on a curve whose cofactor is one the same agreement */
    {set_scheme, NID_dhSinglePass_cofactorDH_sha1kdf_scheme, NULL},
    {set_curve, NID_secp384r1, CURVE},
    {set_curve, NID_rsaEncryption, CURVE},
    {foreign_point, 0, CURVE},
    {no_point, 0, CURVE},
    {infinity, 0, "envelope"},
    {zero_point, 0, CURVE},
    {off_the_curve, 0, CURVE},
    {short_point, 0, CURVE},
    {another_point, 0, CLOSED},
    {rsa_originator, 0, "its originator's key is \"rsaEncryption\""},
    {originator_by_serial, 0, "does not hold the server's key"},
    {originator_by_id, 0, "does not hold the server's key"},
    {set_wrapped, 0, "its wrapped key has 0 bytes"},
    {set_wrapped, 8, "its wrapped key has 8 bytes"},
    {set_wrapped, 16, CLOSED},
    {set_wrapped, 23, CLOSED},
    {set_wrapped, 24, CLOSED},
    {set_wrapped, 64, CLOSED},
    {set_wrapped, 4096, "its wrapped key has 4096 bytes"},
    {wrapped_changed, 0, CLOSED},
    {set_wrap, NID_id_aes256_wrap, CLOSED},
    {wrap_with_null, 0, CLOSED},
    {set_wrap, NID_aes_128_cbc, "its key wrap is \"aes-128-cbc\""},
    {set_wrap, NID_id_smime_alg_CMSRC2wrap, "its key wrap is \"id-smime-alg-CMSRC2wrap\""},
    {scheme_without_wrap, 0, "its key wrap is \"nothing at all\""},
    {scheme_with_null, 0, "its key wrap is \"nothing at all\""},
    {scheme_with_garbage, 0, "its key wrap is \"nothing at all\""},
    {scheme_of_rsa, 0, "its key agreement is \"rsaEncryption\""},
    {set_scheme, NID_dhSinglePass_stdDH_sha256kdf_scheme, CLOSED},
    {more_ukm, 0, CLOSED},
    {no_keys, 0, "is not addressed to us"},
    {no_recipients, 0, "is not addressed to us"},
    {content_of_aes256, 0, CLOSED},
    {content_without_iv, 0, CLOSED},
    {content_with_short_iv, 0, CLOSED},
    {content_gone, 0, CLOSED},
    {content_empty, 0, CLOSED},
    {content_odd, 0, CLOSED},
};

START_TEST(whatever_is_wrong_is_told)
{
    const struct agree address = {0};
    const struct strength strength = {0};
    const struct signer *const to[3] = {&ours};
    struct err err = {0};
    autobuf der = {0};
    CLEANUP(ENVELOPE_free_p) ENVELOPE *envelope = seal(to, &address);
    changes[_i].change(envelope, changes[_i].n);
    encode(envelope, &der);
    int opened = opens(&der, &strength, &err);
    ck_assert_msg(opened == !changes[_i].text, "row %d: %s", _i, err.text);
    if (changes[_i].text)
        ck_assert_msg(strstr(err.text, changes[_i].text), "row %d: %s", _i, err.text);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static const struct {
    int wrap;
    enum minimum_crypto minimum;
    bool good;
} wraps[] = {
    {128, MINIMUM_DES3_SHA1, true},     {168, MINIMUM_DES3_SHA1, true},
    {168, MINIMUM_DES3_SHA256, true},   {168, MINIMUM_AES128_SHA256, false},
    {128, MINIMUM_AES128_SHA256, true}, {192, MINIMUM_AES128_SHA256, true},
    {256, MINIMUM_AES128_SHA256, true},
};

START_TEST(a_wrap_is_as_strong_as_the_profile_wants)
{
    const struct agree address = {.wrap = wraps[_i].wrap};
    const struct strength strength = {.minimum = wraps[_i].minimum};
    const struct signer *const to[3] = {&ours};
    struct err err = {0};
    autobuf der = {0};
    CLEANUP(ENVELOPE_free_p) ENVELOPE *envelope = seal(to, &address);
    encode(envelope, &der);
    ck_assert_msg(opens(&der, &strength, &err) == wraps[_i].good, "%s", err.text);
    if (!wraps[_i].good)
        ck_assert_msg(strstr(err.text, "the key wrap of the answer's envelope: "), "%s", err.text);
}
END_TEST

START_TEST(what_is_cut_off_or_changed_is_never_something_else)
{
    const struct agree address = {0};
    const struct strength strength = {0};
    const struct signer *const to[3] = {&rsa, &ours};
    autobuf der = {0};
    CLEANUP(ENVELOPE_free_p) ENVELOPE *envelope = seal(to, &address);
    encode(envelope, &der);
    for (size_t cut = 0; cut < der.len; cut++)
        ck_assert(!opens(&(struct buf){der.data, cut, cut}, &strength, NULL));
    autobuf opened = {0};
    struct envelope_marks marks;
    for (size_t i = 0; i < 8 * der.len; i++) {
        der.data[i / 8] ^= (uint8_t)(1 << i % 8);
        buf_clear(&opened);
        /* The content itself is under the answer's signature, not under this. */
        if (envelope_open(&der, &ours, &strength, &opened, &marks, NULL) == 0)
            ck_assert_uint_le(opened.len, strlen(text) + 16);
        der.data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}
END_TEST

Suite *agreement_suite(void)
{
    Suite *suite = suite_create("scep/agreement");
    TCase *tc = tcase_create("agreement");
    tcase_add_unchecked_fixture(tc, make_all, free_all);
    tcase_add_loop_test(tc, our_part_is_found_among_others, 0, LENGTH(addressed));
    tcase_add_loop_test(tc, whatever_is_wrong_is_told, 0, LENGTH(changes));
    tcase_add_loop_test(tc, a_wrap_is_as_strong_as_the_profile_wants, 0, LENGTH(wraps));
    tcase_add_test(tc, what_is_cut_off_or_changed_is_never_something_else);
    suite_add_tcase(suite, tc);
    return suite;
}
