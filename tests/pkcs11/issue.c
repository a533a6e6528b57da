#include "tests/pkcs11/issue.h"

#include "store/tpm.h"

#include <pwd.h>

struct issue_keys issue_keys;

static long last_serial = 1;

static X509 *make_ca(void);

static EVP_PKEY *make(bool ec, unsigned size)
{
    EVP_PKEY *key = NULL;
    ck_assert_int_eq(key_generate(ec, size, &key, NULL), 0);
    return key;
}

void issue_setup(void)
{
    issue_keys = (struct issue_keys){
        .ca = make(true, 256),
        .rsa = make(false, 2048),
        .ec256 = make(true, 256),
        .ec384 = make(true, 384),
        .ec521 = make(true, 521),
    };
    issue_keys.ca_certificate = make_ca();
}

void issue_teardown(void)
{
    X509_free(issue_keys.ca_certificate);
    EVP_PKEY_free(issue_keys.ca);
    EVP_PKEY_free(issue_keys.rsa);
    EVP_PKEY_free(issue_keys.ec256);
    EVP_PKEY_free(issue_keys.ec384);
    EVP_PKEY_free(issue_keys.ec521);
    issue_keys = (struct issue_keys){0};
}

static void name(X509_NAME *ret, const char *cn)
{
    ck_assert_int_eq(
        X509_NAME_add_entry_by_txt(ret, "O", MBSTRING_UTF8, (const uint8_t *)"Contoso", -1, -1, 0),
        1);
    ck_assert_int_eq(
        X509_NAME_add_entry_by_txt(ret, "CN", MBSTRING_UTF8, (const uint8_t *)cn, -1, -1, 0), 1);
}

static void extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509 *certificate_for(EVP_PKEY *key, const char *cn, long serial)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    name(X509_get_subject_name(certificate), cn);
    name(X509_get_issuer_name(certificate), "Contoso Issuing CA");
    ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20250102030405Z");
    ASN1_TIME_set_string(X509_getm_notAfter(certificate), "20991231235959Z");
    X509_set_pubkey(certificate, key);
    return certificate;
}

static X509 *make_certificate(EVP_PKEY *key, const char *cn, const char *usage, long serial)
{
    X509 *certificate = certificate_for(key, cn, serial);
    if (usage)
        extension(certificate, NID_key_usage, usage);
    ck_assert_int_gt(X509_sign(certificate, issue_keys.ca, EVP_sha256()), 0);
    return certificate;
}

struct fields issue_fields(EVP_PKEY *key, const char *cn, const char *usage)
{
    CLEANUP(X509_free_p) X509 *certificate = make_certificate(key, cn, usage, ++last_serial);
    struct fields fields = {0};
    autobuf pem_text = {0};
    ck_assert_int_eq(certificate_to_pem(certificate, &pem_text, NULL), 0);
    ck_assert_int_eq(fields_from_pem(&pem_text, "test", &fields, NULL), 0);
    return fields;
}

static X509 *make_ca(void)
{
    X509 *certificate = certificate_for(issue_keys.ca, "Contoso Issuing CA", 1);
    extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    ck_assert_int_gt(X509_sign(certificate, issue_keys.ca, EVP_sha256()), 0);
    return certificate;
}

/* Those whom every Debian knows by their name, others by one of our own. */
const char *issue_owner(const struct owner *owner)
{
    static char name[32];
    const struct passwd *user = owner->uid < 100 ? getpwuid(owner->uid) : NULL;
    snprintf(name, sizeof name, "u%u", owner->uid);
    return owner->device ? NULL : user ? user->pw_name : name;
}

static void put_access(struct fixture *f, struct entry *entry, const struct strings *others)
{
    const struct owner *owner = &entry->id.owner;
    ok(*f, entry_access_put(entry, issue_owner(owner), others, &f->err));
}

/* KEY: or its public half. */
static void put_generation(struct fixture *f, const struct entry_id *id, EVP_PKEY *key,
                           const struct buf *key_pem, const char *usage, const char *storage)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    CLEANUP(X509_free_p) X509 *certificate = make_certificate(key, "alice", usage, ++last_serial);
    autobuf cert_pem = {0}, chain_pem = {0};
    autojson *meta = json_pack("{s:s}", "key_storage", storage);
    unsigned number;

    ok(*f, certificate_to_pem(certificate, &cert_pem, &f->err));
    ok(*f, certificate_to_pem(issue_keys.ca_certificate, &chain_pem, &f->err));
    ok(*f, entry_open(&f->store, id, true, &entry, &f->err));
    ok(*f, entry_lock(&entry, PATIENCE, &f->err));
    put_access(f, &entry, &(const struct strings){0});
    ok(*f, entry_pending_put(&entry, key_pem, &f->err));
    ok(*f, entry_commit(&entry, &cert_pem, &chain_pem, meta, &number, &f->err));
}

void issue_entry(struct fixture *f, const struct entry_id *id, EVP_PKEY *key, const char *usage)
{
    autobuf key_pem = {0};
    ok(*f, key_to_pem(key, &key_pem, &f->err));
    put_generation(f, id, key, &key_pem, usage, "software");
}

EVP_PKEY *issue_pin_entry(struct fixture *f, const struct entry_id *id, const char *text)
{
    const struct buf pin = {.data = (uint8_t *)(uintptr_t)text, .len = strlen(text)};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    EVP_PKEY *public = NULL;
    autobuf key_pem = {0};
    ok(*f, tpm_generate_with_pin(true, 256, &pin, &key, &f->err));
    ok(*f, key_to_pem(key, &key_pem, &f->err));
    EVP_PKEY_free(steal(&key)); /* a TPM has room for three */
    ok(*f, key_public_from_pem(&key_pem, &public, &f->err));
    put_generation(f, id, public, &key_pem, NULL, "tpm-pin");
    return public;
}

void issue_access(struct fixture *f, const struct entry_id *id, const char *who)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    CLEANUP(strings_free) struct strings access = {0};
    if (who)
        ok(*f, strings_add(&access, who, &f->err));
    ok(*f, entry_open(&f->store, id, false, &entry, &f->err));
    ok(*f, entry_lock(&entry, PATIENCE, &f->err));
    put_access(f, &entry, &access);
}

void issue_anchor(struct fixture *f, enum anchor_kind kind, const char *profile)
{
    autobuf der = {0};
    uint8_t *data = NULL;
    int len = i2d_X509(issue_keys.ca_certificate, &data);
    ck_assert_int_gt(len, 0);
    ok(*f, buf_add(&der, data, (size_t)len, &f->err));
    OPENSSL_free(data);
    ok(*f, store_anchor_put(&f->store, kind, profile, &der, &f->err));
}
