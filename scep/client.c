#include "scep/client.h"

#include "scep/answer.h"
#include "scep/authority.h"
#include "scep/caps.h"
#include "scep/compare.h"
#include "scep/csr.h"
#include "scep/issued.h"
#include "scep/server.h"
#include "scep/trust.h"
#include "scep/way.h"

#include <string.h>

#include <openssl/err.h>

#define CHALLENGE_HIDDEN                                                                           \
    4 /* bytes from which on it is a secret; shorter is a syllable of any text */

/* What one operation learns on its way. */
struct session {
    const struct scep_operation *operation;
    struct server server;
    unsigned caps;
    enum hash hash; /* of the messages */
    struct authority authority;
    X509_NAME *subject;
    struct buf challenge;
    bool challenge_asked;
    bool challenge_missing; /* its source has failed: no fault of this server */
    struct scep_result result;
};

static void session_end(struct session *session)
{
    authority_free(&session->authority);
    X509_NAME_free(session->subject);
    buf_free(&session->challenge);
    scep_result_free(&session->result);
    ERR_clear_error();
}

static void scep_answer_free(struct scep_answer *answer)
{
    buf_free(&answer->body);
}

void scep_result_free(struct scep_result *result)
{
    free(result->url);
    X509_free(result->certificate);
    x509_stack_free(result->chain);
    strings_free(&result->warnings);
    strings_free(&result->differences);
    *result = (struct scep_result){0};
}

int scep_transaction_id(EVP_PKEY *key, char ret[65], struct err *err)
{
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    uint8_t digest[32];
    int len = i2d_PUBKEY(key, &der);
    if (len < 0 || !EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL))
        return openssl_error(err, ERR_BUG, "transactionID");
    text_hex(digest, sizeof digest, ret);
    return 0;
}

static void say(const struct session *session, const char *text)
{
    if (session->operation->progress)
        session->operation->progress(session->operation->context, text);
}

/* GetCACaps. An HTTP error or nonsense is "no capabilities" (RFC 8894 section 3.5.2). */
static int ask_capabilities(struct session *session, const struct buf *ident, struct err *err)
{
    CLEANUP(scep_answer_free) struct scep_answer answer = {0};
    session->caps = 0;
    int r = server_call(&session->server, "GetCACaps", ident, NULL, &answer, err);
    if (r == 0 && answer.status == 200)
        session->caps = caps_parse(&answer.body);
    return r;
}

static int ask_ca_certificate(struct session *session, const struct buf *ident,
                              struct scep_answer *ret, struct err *err)
{
    return server_call(&session->server, "GetCACert", ident, NULL, ret, err);
}

/* Capabilities and CA certificate from the first URL that answers at all. Some servers close the
 * connection on GetCACaps, so only one that answers neither question is passed over. */
static int reach_server(struct session *session, struct scep_answer *ret, struct err *err)
{
    const struct scep_operation *operation = session->operation;
    autobuf ident = {0}, failures = {0};
    int r = buf_add_text(&ident, operation->ca_ident ? operation->ca_ident : "", err);
    for (size_t i = 0; r == 0 && i < operation->urls->n; i++) {
        struct err failure = {0};
        session->server.url = operation->urls->v[i];
        bool answered = ask_capabilities(session, &ident, &failure) == 0;
        r = ask_ca_certificate(session, &ident, ret, &failure);
        if (r == 0)
            return 0;
        if (answered)
            return err_set(err, failure.class, "%s", failure.text);
        r = buf_printf(&failures, err, "%s%s: %.300s", failures.len ? "; " : "",
                       session->server.url, failure.text);
    }
    session->server.url = NULL; /* the text names them all */
    return r < 0 ? r
                 : err_set(err, ERR_RETRY, "%s",
                           failures.len ? buf_text(&failures) : "there is no URL to ask");
}

/* Those of the server's certificates that the profile's roots vouch for. */
static int trust_authority(struct session *session, const struct scep_answer *answer,
                           struct err *err)
{
    int r = server_status(answer, err);
    if (r < 0)
        return r;
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *given = authority_parse(&answer->body);
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *trusted = NULL;
    if (!given)
        return server_strange(answer, "a CA certificate", err);
    r = trust_filter(given, session->operation->roots, &trusted, err);
    return r < 0 ? r : authority_choose(trusted, &session->authority, err);
}

static int choose_algorithms(struct session *session, struct err *err)
{
    enum hash wish = session->operation->hash;
    session->hash = caps_hash(session->caps, wish);
    if (session->hash >= wish)
        return 0;
    return strings_printf(&session->result.warnings, err,
                          "the server does not offer %s: messages are signed with %s",
                          hash_name(wish), hash_name(session->hash));
}

/* The same one for every way of asking. */
static int take_challenge(struct session *session, struct err *err)
{
    const struct scep_operation *operation = session->operation;
    if (!operation->challenge || session->challenge_asked)
        return 0;
    int r = operation->challenge(operation->context, &session->challenge, err);
    session->challenge_missing = r < 0;
    session->challenge_asked = r == 0;
    return r;
}

/* What the envelope holds: a CSR, or whose certificate is waited for. */
static int build_content(struct session *session, const struct way *way, struct buf *ret,
                         struct err *err)
{
    const struct scep_operation *operation = session->operation;
    if (way->type == MESSAGE_CERT_POLL) {
        const struct authority *authority = &session->authority;
        const X509_NAME *issuer = authority->issuer ? X509_get_subject_name(authority->issuer)
                                                    : X509_get_issuer_name(authority->recipient);
        return message_issuer_and_subject(issuer, session->subject, ret, err);
    }
    int r = way->with_challenge ? take_challenge(session, err) : 0;
    return r < 0 ? r
                 : csr_build(operation->key, operation->request, operation->hash,
                             way->with_challenge ? &session->challenge : NULL, ret, err);
}

static int choose_signer(const struct session *session, const struct way *way, struct signer *ret,
                         struct err *err)
{
    const struct scep_operation *operation = session->operation;
    return way->by_old ? signer_old(operation->old_certificate, operation->old_key, ret, err)
                       : signer_self(operation->key_apart ? NULL : operation->key, session->subject,
                                     session->hash, operation->transaction_id, ret, err);
}

/* Appends the message for one way of asking. RET_SIGNER is who the answer will be for. */
static int build_request(struct session *session, const struct way *way, struct signer *ret_signer,
                         uint8_t ret_nonce[NONCE_SIZE], struct buf *ret, struct err *err)
{
    autobuf content = {0};
    int r = choose_signer(session, way, ret_signer, err);
    if (r == 0)
        r = build_content(session, way, &content, err);
    if (r < 0)
        return r;
    struct message message = {
        .type = way->type,
        .transaction_id = session->operation->transaction_id,
        .signer = ret_signer,
        .recipient = session->authority.recipient,
        .cipher = caps_cipher(session->caps),
        .hash = session->hash,
        .content = &content,
    };
    return message_build(&message, ret, ret_nonce, err);
}

/* Statuses of a server that has had enough of a long URL, or takes no GET. */
static bool wants_post(int status)
{
    return status == 404 || status == 405 || status == 413 || status == 414 || status == 431;
}

/* PKIOperation. A server that kept its capabilities to itself may take POST all the same. */
static int send_request(struct session *session, const struct buf *request, struct scep_answer *ret,
                        struct err *err)
{
    if (!(session->caps & CAPS_POST)) {
        autobuf encoded = {0};
        int r = text_base64(request->data, request->len, &encoded, err);
        if (r == 0)
            r = server_call(&session->server, "PKIOperation", &encoded, NULL, ret, err);
        if (r < 0 || !wants_post(ret->status))
            return r;
        scep_answer_free(ret);
    }
    return server_call(&session->server, "PKIOperation", NULL, request, ret, err);
}

/* One message there, one answer back. RET_REFUSED: the server has had the message and wants none of
 * it. */
static int exchange(struct session *session, const struct way *way, struct answer *ret,
                    bool *ret_refused, struct err *err)
{
    CLEANUP(signer_free) struct signer signer = {0};
    CLEANUP(scep_answer_free) struct scep_answer http = {0};
    autobuf request = {0};
    uint8_t nonce[NONCE_SIZE];
    int r = build_request(session, way, &signer, nonce, &request, err);
    session->result.key_ms += signer.key_ms;
    if (r == 0)
        r = send_request(session, &request, &http, err);
    if (r < 0)
        return r;
    r = server_status(&http, err);
    *ret_refused = r < 0;
    if (r < 0)
        return r;
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = answer_parse(&http.body);
    if (!cms)
        return server_strange(&http, "a SCEP answer", err);
    struct answer_frame frame = {
        .signers = session->authority.signers,
        .transaction_id = session->operation->transaction_id,
        .nonce = nonce,
        .signer = &signer,
    };
    return answer_open(cms, &frame, ret, err);
}

/* Who signed it: the first of its chain, or a root. NULL when it cannot be told. */
static const X509 *find_issuer(X509 *certificate, STACK_OF(X509) *chain, STACK_OF(X509) *roots)
{
    if (sk_X509_num(chain) > 0)
        return sk_X509_value(chain, 0);
    for (int i = 0; i < sk_X509_num(roots); i++)
        if (X509_check_issued(sk_X509_value(roots, i), certificate) == X509_V_OK)
            return sk_X509_value(roots, i);
    return NULL;
}

/* The certificate is ours, is new, and the profile's root vouches for it. */
static int take_certificate(struct session *session, STACK_OF(X509) *certificates,
                            bool *ret_refused, struct err *err)
{
    const struct scep_operation *operation = session->operation;
    struct scep_result *result = &session->result;
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *others = NULL, *chain = NULL;
    X509 *certificate;
    int r =
        issued_find(certificates, operation->key, operation->old_certificate, &certificate, err);
    *ret_refused = r < 0; /* nothing was gained: another way of asking may help */
    if (r < 0)
        return r;
    others = X509_chain_up_ref(certificates);
    if (!others || !X509_add_certs(others, session->authority.certificates, X509_ADD_FLAG_UP_REF))
        return err_memory(err);
    r = trust_check(certificate, others, operation->roots, &chain, err);
    if (r == 0)
        r = compare_certificate(certificate, find_issuer(certificate, chain, operation->roots),
                                operation->request, &result->differences, err);
    if (r < 0)
        return r;
    if (operation->strict && result->differences.n > 0) {
        result->outcome = SCEP_REJECTED;
        return 0;
    }
    if (!X509_up_ref(certificate))
        return err_memory(err);
    result->outcome = SCEP_ISSUED;
    result->certificate = certificate;
    result->chain = steal(&chain);
    return 0;
}

/* Asks in one way and takes what comes. */
static int ask(struct session *session, const struct way *way, bool *ret_refused, struct err *err)
{
    CLEANUP(answer_free) struct answer answer = {0};
    *ret_refused = false;
    int r = exchange(session, way, &answer, ret_refused, err);
    if (r < 0)
        return r;
    switch (answer.status) {
    case STATUS_SUCCESS:
        if (answer.des)
            r = strings_add(&session->result.warnings,
                            "the server encrypts its answers with DES: have it use AES", err);
        if (r < 0)
            return r;
        return take_certificate(session, answer.certificates, ret_refused, err);
    case STATUS_PENDING:
        session->result.outcome = SCEP_PENDING;
        return 0;
    default:
        *ret_refused = true;
        return err_set(err, answer.class, "the CA refused the %s: %s", way->name,
                       buf_text(&answer.reason));
    }
}

/* Can the old certificate sign, and what comes back for it be opened? For an EC key that is done by
 * key agreement, which CMS does not do with a key in a TPM. */
static bool old_is_of_use(const struct scep_operation *operation)
{
    return operation->old_certificate && operation->old_key &&
           X509_cmp_current_time(X509_get0_notAfter(operation->old_certificate)) > 0 &&
           !(tpm_holds(operation->old_key) && EVP_PKEY_is_a(operation->old_key, "EC"));
}

/* Asks in one way after the other until one is not refused. */
static int ask_all(struct session *session, struct err *err)
{
    const struct scep_operation *operation = session->operation;
    bool has_old = old_is_of_use(operation);
    struct way ways[WAYS_MAX];
    size_t n = way_plan(session->caps, has_old, operation->poll, ways);
    autobuf before = {0};
    bool refused = true;
    int r = 0;
    for (size_t i = 0; refused && i < n; i++) {
        if (i > 0) {
            r = buf_printf(&before, err, "%s%.300s", before.len ? "; " : "", err->text);
            if (r < 0)
                return r;
            say(session, "the CA refused, asking in another way");
        }
        r = ask(session, &ways[i], &refused, err);
    }
    if (r < 0 && before.len) {
        struct err last = *err;
        return err_set(err, last.class, "%.400s (before that: %s)", last.text, buf_text(&before));
    }
    if (r < 0)
        return r;
    if (before.len == 0)
        return 0;
    return strings_add(&session->result.warnings, buf_text(&before), err);
}

static int enrol(struct session *session, struct err *err)
{
    CLEANUP(scep_answer_free) struct scep_answer ca = {0};

    int r = csr_name(&session->operation->request->subject, &session->subject, err);
    if (r < 0)
        return r;

    say(session, "asking the server for its capabilities and its CA certificate");
    r = reach_server(session, &ca, err);
    if (r == 0)
        r = trust_authority(session, &ca, err);
    if (r == 0)
        r = choose_algorithms(session, err);
    if (r < 0)
        return r;

    say(session, session->operation->poll ? "asking whether the certificate has been issued"
                                          : "requesting the certificate");
    r = ask_all(session, err);
    if (r < 0)
        return r;

    static const char *const outcomes[] = {
        [SCEP_ISSUED] = "the certificate has been issued",
        [SCEP_PENDING] = "the CA has to approve the request",
        [SCEP_REJECTED] = "the certificate is not as asked for",
    };
    say(session, outcomes[session->result.outcome]);
    session->result.url = strdup(session->server.url);
    session->result.server_ms = session->server.wait_us / 1000;
    return session->result.url ? 0 : err_memory(err);
}

/* Servers repeat what they were sent, and their words are told to everyone who asks why. */
static void hide_challenge(const struct buf *challenge, struct err *fault)
{
    if (challenge->len >= CHALLENGE_HIDDEN && strstr(fault->text, buf_text(challenge)))
        err_set(fault, fault->class, "its answer repeats the challenge, so it is not told here");
}

int scep_enrol(const struct scep_operation *operation, struct scep_result *ret, struct err *err)
{
    CLEANUP(session_end)
    struct session session = {.operation = operation, .server = {.operation = operation}};
    struct err fault = {0};
    int r = enrol(&session, &fault);
    if (r < 0) {
        hide_challenge(&session.challenge, &fault);
        if (session.server.url && !session.challenge_missing)
            err_context(&fault, "%.200s", session.server.url);
        return err_set(err, fault.class, "%s", fault.text);
    }
    *ret = session.result;
    session.result = (struct scep_result){0};
    return 0;
}
