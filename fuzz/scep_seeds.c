/* scep-seeds FOLDER: writes the seeds of the SCEP harness, as the test CA answers its one request.
 * They differ from run to run, as signatures do; those that are kept are in fuzz/seeds/scep. */
#include "base/fs.h"
#include "fuzz/fuzz.h"
#include "fuzz/scep_frame.h"
#include "tests/ca/agree.h"
#include "tests/ca/issue.h"
#include "tests/ca/wrap.h"

#include <fcntl.h>
#include <string.h>

static int folder;

static void write_seed(const char *name, char depth, const void *data, size_t len)
{
    autobuf seed = {0};
    struct err err;
    HOLDS(buf_add(&seed, &depth, 1, NULL) == 0 && buf_add(&seed, data, len, NULL) == 0);
    HOLDS_OF(name, fs_replace(folder, name, 0644, seed.data, seed.len, &err) == 0);
}

static void write_buf(const char *name, char depth, const struct buf *data)
{
    write_seed(name, depth, data->data, data->len);
}

static void write_text(const char *name, char depth, const char *text)
{
    write_seed(name, depth, text, strlen(text));
}

static void push(STACK_OF(X509) *all, X509 *certificate)
{
    HOLDS(certificate && sk_X509_push(all, certificate));
}

/* A certificate for the asker's key, as the rule bends it. */
static X509 *issue(const struct identity *asker, const char *rule)
{
    struct rules rules = {0};
    HOLDS(!rule || rules_add(&rules, rule));
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = X509_REQ_new();
    CLEANUP(extensions_free_p) STACK_OF(X509_EXTENSION) *asked = sk_X509_EXTENSION_new_null();
    HOLDS(sk_X509_EXTENSION_push(
        asked, X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:box.test")));
    HOLDS(X509_REQ_add_extensions(csr, asked) && X509_REQ_set_pubkey(csr, asker->key) &&
          X509_REQ_sign(csr, asker->key, EVP_sha256()) > 0);
    return issue_for(&scep_frame()->ca, csr, &rules, 77);
}

static void write_certificates(void)
{
    static const char *const rules[] = {"is-ca", "zero-in-name", "many-sans:20"};
    const struct scep_frame *frame = scep_frame();
    for (size_t i = 0; i <= LENGTH(rules); i++) {
        autobuf content = {0}, envelope = {0}, body = {0};
        CLEANUP(x509_stack_free_p) STACK_OF(X509) *all = sk_X509_new_null();
        push(all, issue(&frame->asker, i < LENGTH(rules) ? rules[i] : NULL));
        push(all, issue_cross(&frame->ca, &frame->ca));
        HOLDS(pki_bundle(all, &content));
        char name[64];
        snprintf(name, sizeof name, "content-%.40s", i < LENGTH(rules) ? rules[i] : "usual");
        name[strcspn(name, ":")] = 0;
        write_buf(name, 'c', &content);
        if (i < LENGTH(rules))
            continue;
        HOLDS(wrap_usual(&content, frame->asker.certificate, &envelope));
        write_buf("envelope-usual", 'e', &envelope);
        scep_frame_seal(&envelope, 0, NULL, &body);
        write_buf("body-success", 'b', &body);
        buf_clear(&envelope);
        HOLDS(wrap_ber(&content, frame->asker.certificate, &envelope));
        write_buf("envelope-ber", 'e', &envelope);
        buf_clear(&envelope);
        HOLDS(wrap_des(&content, frame->asker.certificate, &envelope));
        write_buf("envelope-des", 'e', &envelope);
    }
}

/* For who asks with an EC key. */
static void write_agreements(void)
{
    static const struct {
        const char *name;
        struct agree how;
    } envelopes[] = {
        {"agreement-usual", {0}},
        {"agreement-key-id", {.by_key_id = true, .digest = "SHA256"}},
        {"agreement-cofactor", {.cofactor = true, .digest = "SHA512", .wrap = 256}},
        {"agreement-des3", {.wrap = 168}},
        {"agreement-mqv", {.mqv = true}},
        {"agreement-padded-wrap", {.padded_wrap = true}},
    };
    const struct scep_frame *frame = scep_frame();
    autobuf content = {0};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *all = sk_X509_new_null(), *to = sk_X509_new_null();
    push(all, issue(&frame->ec_asker, NULL));
    HOLDS(pki_bundle(all, &content));
    HOLDS(X509_add_cert(to, frame->ec_asker.certificate, X509_ADD_FLAG_UP_REF));
    for (size_t i = 0; i < LENGTH(envelopes); i++) {
        autobuf envelope = {0};
        HOLDS(agree_wrap(&content, to, &envelopes[i].how, &envelope));
        write_buf(envelopes[i].name, 'a', &envelope);
    }
    /* Among others, whose keys are sent. */
    autobuf envelope = {0};
    HOLDS(
        X509_add_cert(to, frame->asker.certificate, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_PREPEND));
    HOLDS(agree_wrap(&content, to, &(struct agree){0}, &envelope));
    write_buf("agreement-among", 'a', &envelope);
}

static void write_revocations(void)
{
    autobuf content = {0};
    HOLDS(pki_crl(&scep_frame()->ca, false, false, &content));
    write_buf("content-revocations", 'c', &content);
}

static void write_refusals(void)
{
    autobuf failure = {0}, pending = {0}, nothing = {0};
    scep_frame_seal(&nothing, 2, "not today", &failure);
    write_buf("body-failure", 'b', &failure);
    scep_frame_seal(&nothing, 3, NULL, &pending);
    write_buf("body-pending", 'b', &pending);
    write_text("text-plain", 't', "the template has been withdrawn");
    write_text("text-in-colour", 't', "\033[2J\r\nprofile wifi: installed\xe2\x80\xae\xff");
    write_text("text-tells-secret", 't', "the password " FRAME_SECRET " has been used");
    write_text("text-tells-secret-percent", 't', "/?p=hunter2%26%3Cmore%3E%2B%25");
    write_text("text-tells-secret-entities", 't', "<b>hunter2&amp;&lt;more&gt;+%</b>");
    write_text("text-tells-secret-after-percent", 't', "5%2aHVudGVyMiY8bW9yZT4rJQ has been used");
    write_text("body-tells-secret", 'b',
               "<html>Authorization: Basic Ym9iOmh1bnRlcjImPG1vcmU+KyU=</html>");
}

static void write_given(void)
{
    const struct scep_frame *frame = scep_frame();
    autobuf bundle = {0};
    static const struct issue_plan ra = {
        .name = "RA", .usage = "critical,digitalSignature,keyEncipherment", .bits = 1024};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *all = sk_X509_new_null();
    struct identity made = issue_under(&frame->ca, &ra, 5);
    push(all, made.certificate);
    EVP_PKEY_free(made.key);
    push(all, issue_cross(&frame->ca, &frame->ca));
    HOLDS(pki_bundle(all, &bundle));
    write_buf("body-ca-and-ra", 'b', &bundle);
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_X509(frame->ca.certificate, &der);
    write_seed("body-ca", 'b', der, (size_t)len);
    write_text("body-capabilities", 'b', "AES\r\nSHA-256\n renewal \n\nPOSTPKIOperation\n");
    write_text("body-capabilities-standard", 'b', "SCEPStandard\nRenewal-not\nDefault\n");
    write_text("body-capabilities-strong", 'b', "AES-256\nSHA-512\nGetNextCACert\n");
    write_text("body-html", 'b', "<html><body>Welcome to the hotel</body></html>");
}

int main(int argc, char **argv)
{
    folder = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (folder < 0) {
        fprintf(stderr, "usage: scep-seeds FOLDER\n");
        return 2;
    }
    write_certificates();
    write_agreements();
    write_revocations();
    write_refusals();
    write_given();
    return 0;
}
