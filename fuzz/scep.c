/* What a SCEP server sends. The first byte says how deep the rest stands, because behind a
 * signature nothing that was changed at random is ever reached:
 *
 *     b  the body of an HTTP answer, to any of the three calls
 *     e  the envelope in an answer that the CA has signed
 *     a  in the same way, the envelope for who asks with an EC key
 *     c  what is in the envelope
 *     t  failInfoText
 */
#include "fuzz/fuzz.h"
#include "fuzz/scep_frame.h"
#include "scep/answer.h"
#include "scep/authority.h"
#include "scep/caps.h"
#include "scep/issued.h"
#include "scep/server.h"
#include "tests/ca/wrap.h"

#include <string.h>

static void check_error(const struct err *err)
{
    HOLDS_OF(err->text, err_class_name(err->class) && *err->text && fuzz_is_line(err->text));
}

static struct secrets frame_secrets(void)
{
    struct secrets secrets = {0};
    secrets_add(&secrets, FRAME_SECRET, strlen(FRAME_SECRET));
    return secrets;
}

/* As it is, and as forms and pages have it. */
static void check_untold(const struct err *err)
{
    static const char *const words[] = {FRAME_SECRET, "hunter2%26%3Cmore%3E%2B%25",
                                        "hunter2&amp;&lt;more&gt;+%",
                                        "aHVudGVyMiY8bW9yZT4rJ", /* alone, or of bob */
                                        "9iOmh1bnRlcjImPG1vcmU+KyU"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        HOLDS_OF(err->text, !strstr(err->text, words[i]));
}

/* A page instead of an answer. */
static void run_page(const struct buf *body)
{
    const struct scep_answer answer = {.status = 500, .body = *body, .secrets = frame_secrets()};
    struct err err = {0};
    HOLDS(server_strange(&answer, "a SCEP answer", &err) == -ERR_RETRY);
    check_error(&err);
    check_untold(&err);
    HOLDS(server_status(&answer, &err) == -ERR_RETRY);
    check_error(&err);
    check_untold(&err);
}

static void run_caps(const struct buf *body)
{
    unsigned caps = caps_parse(body);
    HOLDS(caps < CAPS_AES256 << 1);
    HOLDS(!(caps & CAPS_STANDARD) || (caps & CAPS_AES && caps & CAPS_POST && caps & CAPS_SHA256));
    for (int i = MINIMUM_DES3_SHA1; i <= MINIMUM_AES256_SHA256; i++)
        HOLDS(caps_cipher(caps, (enum minimum_crypto)i) != NULL);
    for (int wish = HASH_SHA1; wish <= HASH_SHA512; wish++)
        HOLDS(caps_hash(caps, (enum hash)wish) <= HASH_SHA512);
}

static bool stands_in(const X509 *certificate, STACK_OF(X509) *all)
{
    for (int i = 0; i < sk_X509_num(all); i++)
        if (sk_X509_value(all, i) == certificate)
            return true;
    return false;
}

static void run_authority(const struct buf *body)
{
    struct err err = {0};
    CLEANUP(authority_free) struct authority authority = {0};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *given = authority_parse(body);
    if (!given)
        return;
    if (authority_check_number(given, &err) < 0 ||
        authority_choose(given, false, given, &authority, &err) < 0) {
        check_error(&err);
        return;
    }
    HOLDS(!authority.passed_over && stands_in(authority.recipient, given));
    HOLDS(!authority.issuer || stands_in(authority.issuer, given));
    for (int i = 0; i < sk_X509_num(authority.signers); i++)
        HOLDS(stands_in(sk_X509_value(authority.signers, i), given));
}

/* The asker's key is the old one here, and the key that a certificate is wanted for. */
static void run_issued(STACK_OF(X509) *certificates, const struct identity *asker)
{
    struct err err = {0};
    X509 *found = NULL;
    if (issued_find(certificates, asker->key, asker->certificate, &found, &err) < 0) {
        HOLDS(!found);
        check_error(&err);
        return;
    }
    HOLDS(EVP_PKEY_eq(X509_get0_pubkey(found), asker->key) == 1);
    if (issued_check(found, &err) < 0)
        check_error(&err);
    else
        HOLDS(!(X509_get_extension_flags(found) & EXFLAG_CA));
}

static void run_answer(const struct buf *body, const struct identity *asker, bool told)
{
    const struct scep_frame *frame = scep_frame();
    const struct signer signer = {asker->certificate, asker->key, 0};
    const struct trust trust = {.roots = frame->signers, .strength = {.accept_des = true}};
    const struct secrets secrets = frame_secrets();
    const struct answer_frame expected = {.signers = frame->signers,
                                          .given = frame->signers,
                                          .trust = &trust,
                                          .transaction_id = FRAME_TRANSACTION,
                                          .nonce = (const uint8_t *)FRAME_NONCE,
                                          .signer = &signer,
                                          .secrets = &secrets};
    CLEANUP(answer_free) struct answer answer = {0};
    struct err err = {0};
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = answer_parse(body);
    if (!cms)
        return;
    if (answer_open(cms, &expected, &answer, &err) < 0) {
        check_error(&err);
        HOLDS(!answer.certificates && answer.reason.len == 0);
        return;
    }
    HOLDS(answer.status == STATUS_SUCCESS || answer.status == STATUS_FAILURE ||
          answer.status == STATUS_PENDING);
    bool holds = answer.certificates || sk_X509_CRL_num(answer.crls) > 0;
    HOLDS(holds == (answer.status == STATUS_SUCCESS && !answer.closed.class));
    HOLDS(!answer.closed.class || EVP_PKEY_is_a(asker->key, "EC"));
    HOLDS((answer.reason.len > 0) == (answer.status == STATUS_FAILURE));
    if (answer.status == STATUS_FAILURE) {
        err_set(&err, answer.class, "%s", buf_text(&answer.reason));
        check_error(&err);
        check_untold(&err);
        HOLDS_OF(err.text, !told || strstr(err.text, "badRequest"));
    }
    if (answer.certificates)
        run_issued(answer.certificates, asker);
}

static void run_envelope_for(const struct buf *envelope, const struct identity *asker)
{
    autobuf body = {0};
    scep_frame_seal(envelope, STATUS_SUCCESS, NULL, &body);
    run_answer(&body, asker, false);
}

static void run_envelope(const struct buf *envelope)
{
    run_envelope_for(envelope, &scep_frame()->asker);
}

static void run_agreement(const struct buf *envelope)
{
    run_envelope_for(envelope, &scep_frame()->ec_asker);
}

static void run_content(const struct buf *content)
{
    autobuf envelope = {0};
    HOLDS(wrap_usual(content, scep_frame()->asker.certificate, &envelope));
    run_envelope(&envelope);
}

static void run_text(const struct buf *text)
{
    autobuf body = {0}, nothing = {0};
    scep_frame_seal(&nothing, STATUS_FAILURE, buf_text(text), &body);
    run_answer(&body, &scep_frame()->asker, true);
}

static void run_body(const struct buf *body)
{
    run_page(body);
    run_caps(body);
    run_authority(body);
    run_answer(body, &scep_frame()->asker, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        char word;
        void (*run)(const struct buf *);
    } depths[] = {{'b', run_body},
                  {'e', run_envelope},
                  {'a', run_agreement},
                  {'c', run_content},
                  {'t', run_text}};
    autobuf rest = {0};
    for (size_t i = 0; size > 0 && i < sizeof depths / sizeof *depths; i++)
        if (data[0] == depths[i].word) {
            HOLDS(buf_add(&rest, data + 1, size - 1, NULL) == 0);
            depths[i].run(&rest);
        }
    return 0;
}
