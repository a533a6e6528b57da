#include "tests/scep/fixture.h"

#include "store/key.h"
#include "tests/ca/keys.h"

#include <check.h>
#include <string.h>

static EVP_PKEY *keys[FIXTURE_KEYS];

void fixture_keys(void)
{
    for (int i = 0; i < FIXTURE_KEYS; i++) {
        if (keys[i])
            continue;
        if (i >= FIXTURE_EC_A)
            ck_assert_int_eq(key_generate(true, 256, &keys[i], NULL), 0);
        else
            keys[i] = keys_made((unsigned)i);
    }
}

EVP_PKEY *fixture_key(int which)
{
    fixture_keys();
    return keys[which];
}

void fixture_ava(struct name *name, const char *oid, enum name_type type, bool joined,
                 const char *value)
{
    name->v = reallocarray(name->v, name->n + 1, sizeof *name->v);
    ck_assert_ptr_nonnull(name->v);
    struct name_ava *ava = &name->v[name->n++];
    *ava = (struct name_ava){.type = type, .joined = joined};
    snprintf(ava->oid, sizeof ava->oid, "%s", oid);
    ck_assert_int_eq(buf_add_text(&ava->value, value, NULL), 0);
}

void fixture_san(struct request *request, enum san_kind kind, const char *value)
{
    request->sans = reallocarray(request->sans, request->n_sans + 1, sizeof *request->sans);
    ck_assert_ptr_nonnull(request->sans);
    request->sans[request->n_sans++] = (struct san){kind, strdup(value)};
}

void fixture_request(struct request *ret)
{
    *ret = (struct request){
        .key_usage = USAGE_DIGITAL_SIGNATURE | USAGE_KEY_ENCIPHERMENT,
        .key_type = KEY_RSA,
        .key_size = 2048,
        .hash = HASH_SHA256,
    };
    fixture_ava(&ret->subject, OID_OU, NAME_UTF8, false, "Staff");
    fixture_ava(&ret->subject, OID_CN, NAME_UTF8, false, "alice");
    fixture_san(ret, SAN_EMAIL, "alice@example.com");
    fixture_san(ret, SAN_UPN, "alice@corp.example.com");
    ck_assert_int_eq(strings_add(&ret->ekus, "1.3.6.1.5.5.7.3.2", NULL), 0);
}

void fixture_request_free(struct request *request)
{
    for (size_t i = 0; i < request->subject.n; i++)
        buf_free(&request->subject.v[i].value);
    free(request->subject.v);
    for (size_t i = 0; i < request->n_sans; i++)
        free(request->sans[i].value);
    free(request->sans);
    strings_free(&request->ekus);
    strings_free(&request->warnings);
    *request = (struct request){0};
}

static int on_challenge(void *context, struct buf *ret, struct err *err)
{
    const struct fixture *fixture = context;
    return buf_add(ret, fixture->challenge.data, fixture->challenge.len, err);
}

void fixture_operation(struct fixture *ret, EVP_PKEY *key, const char *url, X509 *root,
                       const char *challenge)
{
    *ret = (struct fixture){.roots = sk_X509_new_null()};
    fixture_request(&ret->request);
    ck_assert_int_eq(strings_add(&ret->urls, url, NULL), 0);
    ck_assert_int_eq(scep_transaction_id(key, ret->transaction_id, NULL), 0);
    if (challenge)
        ck_assert_int_eq(buf_add_text(&ret->challenge, challenge, NULL), 0);
    ck_assert(X509_add_cert(ret->roots, root, X509_ADD_FLAG_UP_REF));
    ret->operation = (struct scep_operation){
        .urls = &ret->urls,
        .roots = ret->roots,
        .hash = HASH_SHA256,
        .key = key,
        .request = &ret->request,
        .challenge = on_challenge,
        .transaction_id = ret->transaction_id,
        .context = ret,
    };
}

void fixture_free(struct fixture *fixture)
{
    fixture_request_free(&fixture->request);
    strings_free(&fixture->urls);
    buf_free(&fixture->challenge);
    x509_stack_free(fixture->roots);
    *fixture = (struct fixture){0};
}
