#include "scep/session.h"

#include "profile/url.h"
#include "scep/caps.h"
#include "scep/print.h"
#include "scep/rollover.h"

#include <openssl/err.h>

struct session session_begin(const struct scep_operation *operation)
{
    return (struct session){
        .operation = operation,
        .server = {.operation = operation},
        .trust = {operation->roots, operation->ca_fingerprints, operation->strength,
                  operation->issuers},
    };
}

void session_end(struct session *session)
{
    authority_free(&session->authority);
    x509_stack_free(session->given);
    x509_stack_free(session->anchors);
    strings_free(&session->warnings);
    ERR_clear_error();
}

static void scep_answer_free(struct scep_answer *answer)
{
    buf_free(&answer->body);
}

void session_say(const struct session *session, const char *text)
{
    if (session->operation->progress)
        session->operation->progress(session->operation->context, text);
}

void session_name(const struct session *session, struct err *err)
{
    if (session->server.url)
        err_context(err, "%.200s", session->server.url);
}

/* GetCACaps. An HTTP error or nonsense is "no capabilities" (RFC 8894 section 3.5.2). */
static int ask_capabilities(struct session *session, const struct buf *ident, bool *ret_timed_out,
                            struct err *err)
{
    CLEANUP(scep_answer_free) struct scep_answer answer = {0};
    session->caps = 0;
    int rc = server_call(&session->server, "GetCACaps", ident, NULL, &answer, err);
    *ret_timed_out = rc < 0 && answer.timed_out;
    if (rc == 0 && answer.status == 200)
        session->caps = caps_parse(&answer.body);
    return rc;
}

/* Capabilities and CA certificate from one URL. Some servers close the connection on GetCACaps and
 * answer the next question all the same; one that hangs would only hang once more. RET_ANSWERED:
 * the first question was answered. */
static int ask_url(struct session *session, const struct buf *ident, struct scep_answer *ret,
                   bool *ret_answered, struct err *err)
{
    bool timed_out;
    int rc = ask_capabilities(session, ident, &timed_out, err);
    *ret_answered = rc == 0;
    if (timed_out)
        return err_context(err, "GetCACaps");
    rc = server_call(&session->server, "GetCACert", ident, NULL, ret, err);
    return rc < 0 ? err_context(err, "GetCACert") : 0;
}

/* The first URL that answers at all: one that answers neither question is passed over. */
static int reach_server(struct session *session, struct scep_answer *ret, struct err *err)
{
    const struct scep_operation *operation = session->operation;
    autobuf ident = {0}, failures = {0};
    int rc = buf_add_text(&ident, operation->ca_ident ? operation->ca_ident : "", err);
    for (size_t i = 0; rc == 0 && i < operation->urls->n; i++) {
        struct err failure = {0};
        session->server.url = operation->urls->v[i];
        bool answered;
        if (ask_url(session, &ident, ret, &answered, &failure) == 0)
            return 0;
        if (answered)
            return err_set(err, failure.class, "%s", failure.text);
        rc = buf_printf(&failures, err, "%s%s: %.300s", failures.len ? "; " : "",
                        session->server.url, failure.text);
    }
    session->server.url = NULL; /* the text names them all */
    return rc < 0 ? rc
                  : err_set(err, ERR_RETRY, "%s",
                            failures.len ? buf_text(&failures) : "there is no URL to ask");
}

/* A CA that the server does not know is an HTTP error to some. */
static int check_status(const struct session *session, const struct scep_answer *answer,
                        struct err *err)
{
    const char *ident = session->operation->ca_ident;
    int rc = server_status(answer, err);
    if (rc == -ERR_CONFIG && ident && *ident)
        return err_context(err, "asked for ca-ident = %.100s", ident);
    return rc;
}

/* Why the RA that the server named is not used. */
static int refuse_ra(const struct session *session, struct err *err)
{
    struct err why = {0};
    trust_vouch(&session->trust, session->authority.passed_over, session->given, NULL, &why);
    return err_set(err, ERR_CONFIG,
                   "the server has a registration authority that requests cannot be encrypted "
                   "to: %.700s",
                   why.text);
}

/* Without https, whoever stands in between may give another certificate under the same root for
 * the RA's, and read the challenge. */
static int remark_on_recipient(struct session *session, struct err *err)
{
    autobuf name = {0};
    if (!session->authority.looks_only || !url_is_exposed(session->server.url))
        return 0;
    int rc = print_certificate(session->authority.recipient, &name, err);
    return rc < 0 ? rc
                  : strings_printf(&session->warnings, err,
                                   "requests go over http:// to who looks like the registration "
                                   "authority but is not marked as one, %s: if it is the right "
                                   "one, name it with ca-fingerprint",
                                   buf_text(&name));
}

/* Those of the server's certificates that the profile vouches for. */
static int trust_authority(struct session *session, const struct scep_answer *answer,
                           struct err *err)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *trusted = NULL;
    int rc = check_status(session, answer, err);
    if (rc == 0 && !(session->given = authority_parse(&answer->body)))
        rc = server_strange(answer, "a CA certificate", err);
    if (rc == 0)
        rc = authority_check_number(session->given, err);
    if (rc < 0)
        return err_context(err, "GetCACert");
    if (session->operation->known && !X509_add_certs(session->given, session->operation->known,
                                                     X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP))
        return err_memory(err);
    rc = trust_filter(&session->trust, session->given, &trusted, &session->warnings, err);
    if (rc == 0)
        rc = authority_choose(trusted, trust_is_by_name(&session->trust), session->given,
                              &session->authority, err);
    if (rc == 0 && session->authority.passed_over)
        rc = refuse_ra(session, err);
    if (rc == 0)
        rc = remark_on_recipient(session, err);
    return rc < 0 ? rc : trust_anchors(&session->trust, trusted, &session->anchors, err);
}

/* The best that the server offers is not good enough: what is not signed may have been made worse
 * on its way. */
static int refuse_algorithms(const struct session *session, struct err *err)
{
    autobuf offered = {0};
    int rc = caps_describe(session->caps, &offered, err);
    return rc < 0
               ? rc
               : err_set(err, ERR_CONFIG,
                         "the server offers %s, so that the request would go out with %s and %s, "
                         "which is weaker than minimum-crypto = %s: have it offer more, or lower "
                         "minimum-crypto in the profile",
                         buf_text(&offered), OBJ_nid2ln(EVP_CIPHER_get_nid(session->cipher)),
                         hash_name(session->hash),
                         strength_name(session->operation->strength.minimum));
}

static int choose_algorithms(struct session *session, struct err *err)
{
    const struct scep_operation *operation = session->operation;
    const struct strength *strength = &operation->strength;
    struct err below;
    session->cipher = caps_cipher(session->caps, strength->minimum);
    session->hash = caps_hash(session->caps, operation->hash);
    int digest = EVP_MD_get_type(hash_digest(session->hash));
    if (strength_cipher(strength, EVP_CIPHER_get_nid(session->cipher), &below) < 0 ||
        strength_digest(strength, digest, "the message", &below) < 0)
        return refuse_algorithms(session, err);
    if (session->hash >= operation->hash)
        return 0;
    return strings_printf(&session->warnings, err,
                          "the server does not offer %s: messages are signed with %s",
                          hash_name(operation->hash), hash_name(session->hash));
}

int session_open(struct session *session, struct err *err)
{
    CLEANUP(scep_answer_free) struct scep_answer ca = {0};
    session_say(session, "asking the server for its capabilities and its CA certificate");
    int rc = reach_server(session, &ca, err);
    if (rc == 0)
        rc = trust_authority(session, &ca, err);
    return rc < 0 ? rc : choose_algorithms(session, err);
}

int session_next_ca(struct session *session, STACK_OF(X509) **ret, struct err *err)
{
    const char *ident = session->operation->ca_ident;
    CLEANUP(scep_answer_free) struct scep_answer http = {0};
    autobuf message = {0};
    int rc = buf_add_text(&message, ident ? ident : "", err);
    if (rc == 0)
        rc = server_call(&session->server, "GetNextCACert", &message, NULL, &http, err);
    if (rc < 0 || http.status == 404)
        return rc;
    rc = server_status(&http, err);
    return rc < 0 ? rc
                  : rollover_open(&http.body, session->authority.certificates,
                                  &session->trust.strength, ret, err);
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
        int rc = text_base64(request->data, request->len, &encoded, err);
        if (rc == 0)
            rc = server_call(&session->server, "PKIOperation", &encoded, NULL, ret, err);
        if (rc < 0 || !wants_post(ret->status))
            return rc;
        scep_answer_free(ret);
    }
    return server_call(&session->server, "PKIOperation", NULL, request, ret, err);
}

static int read_answer(struct session *session, const struct session_message *message,
                       const uint8_t nonce[NONCE_SIZE], const struct scep_answer *http,
                       struct answer *ret, struct err *err)
{
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = answer_parse(&http->body);
    if (!cms) {
        server_strange(http, "a SCEP answer", err);
        return err_context(err, "PKIOperation");
    }
    struct answer_frame frame = {
        .signers = session->authority.signers,
        .given = session->given,
        .trust = &session->trust,
        .transaction_id = message->transaction_id,
        .nonce = nonce,
        .signer = message->signer,
        .secrets = &http->secrets,
    };
    int rc = answer_open(cms, &frame, ret, err);
    if (rc < 0 || !ret->des)
        return rc;
    static const char des[] = "the server encrypts its answers with DES: have it use AES";
    return strings_contain(&session->warnings, des) ? 0 : strings_add(&session->warnings, des, err);
}

/* It will be asked again later, and more messages now would be no help. */
static bool is_busy(int status)
{
    return status == 408 || status == 429 || status == 503;
}

int session_exchange(struct session *session, const struct session_message *message,
                     struct answer *ret, bool *ret_refused, struct err *err)
{
    CLEANUP(scep_answer_free) struct scep_answer http = {0};
    autobuf request = {0};
    uint8_t nonce[NONCE_SIZE];
    const struct message sealed = {
        .type = message->type,
        .transaction_id = message->transaction_id,
        .signer = message->signer,
        .recipient = session->authority.recipient,
        .cipher = session->cipher,
        .hash = session->hash,
        .content = message->content,
    };
    int rc = message_build(&sealed, &request, nonce, err);
    if (rc < 0)
        return rc;
    rc = send_request(session, &request, &http, err);
    if (rc == 0) {
        rc = server_status(&http, err);
        *ret_refused = rc < 0 && !is_busy(http.status);
    }
    return rc < 0 ? err_context(err, "PKIOperation")
                  : read_answer(session, message, nonce, &http, ret, err);
}
