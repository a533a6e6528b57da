#include "scep/client.h"

#include "scep/caps.h"
#include "scep/compare.h"
#include "scep/csr.h"
#include "scep/issued.h"
#include "scep/rollover.h"
#include "scep/session.h"
#include "scep/way.h"
#include "store/tpm.h"

#include <string.h>

#include <openssl/err.h>

/* What one enrolment learns on its way. */
struct enrolment {
    const struct scep_operation *operation;
    struct session session;
    X509_NAME *subject;
    struct { /* made before the server is asked; empty, or used up */
        struct signer signer;
        X509_REQ *csr;
    } early;
    struct buf challenge;
    bool challenge_asked;
    bool challenge_missing; /* its source has failed: no fault of this server */
    struct scep_result result;
};

static void enrolment_end(struct enrolment *enrolment)
{
    session_end(&enrolment->session);
    X509_NAME_free(enrolment->subject);
    signer_free(&enrolment->early.signer);
    X509_REQ_free(enrolment->early.csr);
    buf_free(&enrolment->challenge);
    scep_result_free(&enrolment->result);
    ERR_clear_error();
}

void scep_result_free(struct scep_result *result)
{
    free(result->url);
    X509_free(result->certificate);
    x509_stack_free(result->chain);
    x509_stack_free(result->next);
    EVP_PKEY_free(result->message_key);
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

/* The same one for every way of asking. */
static int take_challenge(struct enrolment *enrolment, struct err *err)
{
    const struct scep_operation *operation = enrolment->operation;
    if (!operation->challenge || enrolment->challenge_asked)
        return 0;
    int rc = operation->challenge(operation->context, &enrolment->challenge, err);
    enrolment->challenge_missing = rc < 0;
    enrolment->challenge_asked = rc == 0;
    return rc;
}

/* What the envelope holds: a CSR, or whose certificate is waited for. */
static int build_content(struct enrolment *enrolment, const struct way *way, struct buf *ret,
                         struct err *err)
{
    const struct scep_operation *operation = enrolment->operation;
    if (way->type == MESSAGE_CERT_POLL) {
        const struct authority *authority = &enrolment->session.authority;
        const X509_NAME *issuer = authority->issuer ? X509_get_subject_name(authority->issuer)
                                                    : X509_get_issuer_name(authority->recipient);
        return message_issuer_and_subject(issuer, enrolment->subject, ret, err);
    }
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = steal(&enrolment->early.csr);
    int rc = way->with_challenge ? take_challenge(enrolment, err) : 0;
    if (rc == 0 && !csr)
        rc = csr_begin(operation->key, operation->request, &csr, err);
    return rc < 0 ? rc
                  : csr_finish(csr, operation->key, operation->hash,
                               way->with_challenge ? &enrolment->challenge : NULL, ret, err);
}

/* The transport may still be starting: what the first message most likely needs is made meanwhile.
 * Nothing that takes longer than that, as a temporary key or a TPM does: the server may not answer
 * at all. */
static int make_early(struct enrolment *enrolment, struct err *err)
{
    const struct scep_operation *operation = enrolment->operation;
    int rc = operation->poll
                 ? 0
                 : csr_begin(operation->key, operation->request, &enrolment->early.csr, err);
    if (rc < 0 || operation->key_apart || operation->message_key ||
        !EVP_PKEY_is_a(operation->key, "RSA") || tpm_holds(operation->key) ||
        signer_is_of_use(operation->old_certificate, operation->old_key))
        return rc;
    return signer_self(operation->key, enrolment->subject, operation->hash,
                       operation->transaction_id, &enrolment->early.signer, err);
}

static int choose_signer(const struct enrolment *enrolment, const struct way *way,
                         struct signer *ret, struct err *err)
{
    const struct scep_operation *operation = enrolment->operation;
    const struct signer *early = &enrolment->early.signer;
    EVP_PKEY *key = operation->poll && operation->message_key ? operation->message_key
                    : operation->key_apart                    ? NULL
                                                              : operation->key;
    if (way->by_old)
        return signer_given(operation->old_certificate, operation->old_key, ret, err);
    return early->key && enrolment->session.hash == operation->hash
               ? signer_given(early->certificate, early->key, ret, err)
               : signer_self(key, enrolment->subject, enrolment->session.hash,
                             operation->transaction_id, ret, err);
}

/* The answer to a later message has to fit this one's signer. */
static int keep_signer(struct enrolment *enrolment, const struct way *way,
                       const struct signer *signer, struct err *err)
{
    struct scep_result *result = &enrolment->result;
    bool apart = !way->by_old && signer->key != enrolment->operation->key;
    if (apart && !EVP_PKEY_up_ref(signer->key))
        return err_memory(err);
    result->outcome = SCEP_PENDING;
    result->by_old = way->by_old;
    result->message_key = apart ? signer->key : NULL;
    return 0;
}

/* One message there, one answer back. RET_REFUSED as session_exchange() has it. */
static int exchange(struct enrolment *enrolment, const struct way *way, struct answer *ret,
                    bool *ret_refused, struct err *err)
{
    CLEANUP(signer_free) struct signer signer = {0};
    autobuf content = {0};
    int rc = choose_signer(enrolment, way, &signer, err);
    enrolment->result.key_ms += signer.key_ms;
    if (rc == 0)
        rc = build_content(enrolment, way, &content, err);
    if (rc < 0)
        return rc;
    const struct session_message message = {
        .type = way->type,
        .transaction_id = enrolment->operation->transaction_id,
        .content = &content,
        .signer = &signer,
    };
    rc = session_exchange(&enrolment->session, &message, ret, ret_refused, err);
    return rc == 0 && ret->status == STATUS_PENDING ? keep_signer(enrolment, way, &signer, err)
                                                    : rc;
}

/* Who signed it: the first of its chain, or an anchor. NULL when it cannot be told. */
static const X509 *find_issuer(X509 *certificate, STACK_OF(X509) *chain, STACK_OF(X509) *anchors)
{
    if (sk_X509_num(chain) > 0)
        return sk_X509_value(chain, 0);
    for (int i = 0; i < sk_X509_num(anchors); i++)
        if (X509_check_issued(sk_X509_value(anchors, i), certificate) == X509_V_OK)
            return sk_X509_value(anchors, i);
    return NULL;
}

/* Fails as the certificate does: WHY says what is the matter with it. */
static int check_certificate(struct enrolment *enrolment, STACK_OF(X509) *certificates,
                             X509 *certificate, STACK_OF(X509) **ret_chain, struct err *why)
{
    struct session *session = &enrolment->session;
    int rc = issued_check(certificate, why);
    if (rc < 0)
        return rc;
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *others = X509_chain_up_ref(certificates);
    STACK_OF(X509) *issuers = session->trust.issuers;
    if (!others || !X509_add_certs(others, session->authority.certificates, X509_ADD_FLAG_UP_REF) ||
        (issuers && !X509_add_certs(others, issuers, X509_ADD_FLAG_UP_REF)))
        return err_memory(why);
    return trust_check(certificate, others, session->anchors, &session->trust.strength, ret_chain,
                       &session->warnings, why);
}

/* It is what the CA has to say about this request, and will go on saying; but one that begins later
 * on gets better with time, or with a clock that is set right. */
static int reject(struct enrolment *enrolment, const X509 *certificate, const struct err *why,
                  struct err *err)
{
    bool early = certificate && X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0;
    if (early || why->class != ERR_CONFIG)
        return err_set(err, why->class, "%s", why->text);
    enrolment->result.outcome = SCEP_REJECTED;
    enrolment->result.rejection = *why;
    return 0;
}

/* The certificate is ours, is new, and the profile's root vouches for it. RET_REFUSED: nothing was
 * gained, and another way of asking may help. */
static int take_certificate(struct enrolment *enrolment, STACK_OF(X509) *certificates, bool last,
                            bool *ret_refused, struct err *err)
{
    const struct scep_operation *operation = enrolment->operation;
    struct scep_result *result = &enrolment->result;
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *chain = NULL;
    X509 *certificate = NULL;
    struct err why = {0};
    int rc =
        issued_find(certificates, operation->key, operation->old_certificate, &certificate, &why);
    *ret_refused = rc < 0;
    if (rc < 0 && !last)
        return err_set(err, why.class, "%s", why.text);
    if (rc == 0)
        rc = check_certificate(enrolment, certificates, certificate, &chain, &why);
    if (rc < 0)
        return reject(enrolment, certificate, &why, err);
    rc = compare_certificate(certificate,
                             find_issuer(certificate, chain, enrolment->session.anchors),
                             operation->request, &result->differences, err);
    if (rc < 0)
        return rc;
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

/* Asks in one way, the LAST to be refused or not, and takes what comes. */
static int ask(struct enrolment *enrolment, const struct way *way, bool last, enum way_end *ret_end,
               struct err *err)
{
    CLEANUP(answer_free) struct answer answer = {0};
    bool refused = false;
    int rc = exchange(enrolment, way, &answer, &refused, err);
    if (rc == 0 && answer.closed.class) {
        *ret_end = WAY_CLOSED;
        return err_set(err, answer.closed.class, "%s", answer.closed.text);
    }
    if (rc == 0 && answer.status == STATUS_SUCCESS) {
        rc = take_certificate(enrolment, answer.certificates, last, &refused, err);
    } else if (rc == 0 && answer.status == STATUS_FAILURE) {
        refused = true;
        rc = err_set(err, answer.class, "the CA refused the %s: %s", way->name,
                     buf_text(&answer.reason));
    }
    *ret_end = refused ? WAY_REFUSED : WAY_DONE;
    return rc;
}

/* What was said BEFORE goes with an error, a rejection, or else a warning. */
static int tell_before(struct enrolment *enrolment, int rc, const char *before, struct err *err)
{
    struct err *rejection = &enrolment->result.rejection;
    if (!*before)
        return rc;
    if (rc == 0 && !rejection->class)
        return strings_add(&enrolment->session.warnings, before, err);
    struct err *told = rc < 0 ? err : rejection, last = *told;
    if (strncmp(last.text, before, strlen(before)) == 0)
        return rc;
    err_set(told, last.class, "%.400s (before that: %s)", last.text, before);
    return rc;
}

/* The same words again tell nothing new. */
static int note_before(struct err *err, struct buf *before)
{
    char text[300];
    snprintf(text, sizeof text, "%.299s", err->text);
    return strstr(buf_text(before), text)
               ? 0
               : buf_printf(before, err, "%s%s", before->len ? "; " : "", text);
}

/* Asks in one way after the other until one has led somewhere. */
static int ask_all(struct enrolment *enrolment, struct err *err)
{
    const struct scep_operation *operation = enrolment->operation;
    bool has_old = operation->poll
                       ? operation->old_certificate && operation->old_key
                       : signer_is_of_use(operation->old_certificate, operation->old_key);
    struct way ways[WAYS_MAX];
    size_t n = way_plan(enrolment->session.caps, has_old, operation->poll, ways);
    autobuf before = {0};
    enum way_end end = WAY_REFUSED;
    int rc = 0;
    for (size_t i = 0; i < n; i = way_next(ways, n, i, end)) {
        if (i > 0) {
            rc = note_before(err, &before);
            if (rc < 0)
                return rc;
            session_say(&enrolment->session,
                        end == WAY_CLOSED ? "the answer cannot be opened, asking in another way"
                                          : "the CA refused, asking in another way");
        }
        bool last = way_next(ways, n, i, WAY_REFUSED) == n;
        rc = ask(enrolment, &ways[i], last, &end, err);
    }
    return tell_before(enrolment, rc, buf_text(&before), err);
}

/* The CA's next certificate, when it has one to tell of. That there is none yet, or that it cannot
 * be believed, takes nothing from the certificate that was issued. */
static int ask_next(struct enrolment *enrolment, struct err *err)
{
    struct session *session = &enrolment->session;
    const X509 *ca = session->authority.issuer;
    struct err why;
    if (enrolment->result.outcome != SCEP_ISSUED || !ca ||
        !(session->caps & CAPS_GET_NEXT_CA_CERT) || !rollover_is_near(ca, clock_now()))
        return 0;
    session_say(session, "asking for the CA's next certificate");
    if (session_next_ca(session, &enrolment->result.next, &why) == 0)
        return 0;
    return strings_printf(&session->warnings, err, "the CA's next certificate is not taken: %s",
                          why.text);
}

static int enrol(struct enrolment *enrolment, struct err *err)
{
    struct session *session = &enrolment->session;
    struct scep_result *result = &enrolment->result;

    int rc = csr_name(&enrolment->operation->request->subject, &enrolment->subject, err);
    if (rc == 0)
        rc = make_early(enrolment, err);
    if (rc == 0)
        rc = session_open(session, err);
    if (rc < 0)
        return rc;

    session_say(session, enrolment->operation->poll
                             ? "asking whether the certificate has been issued"
                             : "requesting the certificate");
    rc = ask_all(enrolment, err);
    if (rc == 0)
        rc = ask_next(enrolment, err);
    if (rc < 0)
        return rc;

    static const char *const outcomes[] = {
        [SCEP_ISSUED] = "the certificate has been issued",
        [SCEP_PENDING] = "the CA has to approve the request",
        [SCEP_REJECTED] = "the certificate is not as asked for",
    };
    session_say(session, result->rejection.class ? "the certificate is of no use"
                                                 : outcomes[result->outcome]);
    result->url = strdup(session->server.url);
    result->server_ms = session->server.wait_us / 1000;
    result->warnings = session->warnings;
    session->warnings = (struct strings){0};
    return result->url ? 0 : err_memory(err);
}

/* Servers repeat what they were sent, and their words are told to everyone who asks why. */
static bool tells(const char *text, const struct buf *challenge)
{
    struct secrets secrets = {0};
    secrets_add(&secrets, challenge->data, challenge->len);
    return secrets_told(&secrets, text, strlen(text));
}

static const char hidden[] = "its answer repeats the challenge, so it is not told here";

static void hide_challenge(const struct buf *challenge, struct err *fault)
{
    if (tells(fault->text, challenge))
        err_set(fault, fault->class, "%s", hidden);
}

/* In the same way, what goes with a certificate. */
static int hide_in(const struct buf *challenge, struct strings *texts, struct err *err)
{
    for (size_t i = 0; i < texts->n; i++) {
        if (!tells(texts->v[i], challenge))
            continue;
        char *text = strdup(hidden);
        if (!text)
            return err_memory(err);
        free(texts->v[i]);
        texts->v[i] = text;
    }
    return 0;
}

int scep_enrol(const struct scep_operation *operation, struct scep_result *ret, struct err *err)
{
    CLEANUP(enrolment_end)
    struct enrolment enrolment = {.operation = operation, .session = session_begin(operation)};
    struct err fault = {0};
    enrolment.session.server.challenge = &enrolment.challenge;
    int rc = enrol(&enrolment, &fault);
    if (rc == 0)
        rc = hide_in(&enrolment.challenge, &enrolment.result.warnings, &fault);
    if (rc == 0)
        rc = hide_in(&enrolment.challenge, &enrolment.result.differences, &fault);
    if (rc < 0) {
        hide_challenge(&enrolment.challenge, &fault);
        if (!enrolment.challenge_missing)
            session_name(&enrolment.session, &fault);
        return err_set(err, fault.class, "%s", fault.text);
    }
    if (enrolment.result.rejection.class) {
        hide_challenge(&enrolment.challenge, &enrolment.result.rejection);
        session_name(&enrolment.session, &enrolment.result.rejection);
    }
    *ret = enrolment.result;
    enrolment.result = (struct scep_result){0};
    return 0;
}
