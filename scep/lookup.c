#include "scep/lookup.h"

#include "scep/print.h"
#include "scep/session.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/rand.h>

#define SERIAL_DIGITS_MAX 40 /* 20 bytes (RFC 5280 section 4.1.2.2) */

/* What is asked about. All borrowed. */
struct question {
    enum message_type type;
    const X509_NAME *issuer;
    const ASN1_INTEGER *serial;
};

/* Nobody resumes a look-up, so that each is a transaction of its own. */
static int make_transaction(char ret[65], struct err *err)
{
    uint8_t bytes[32];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return openssl_error(err, ERR_RESOURCE, "transactionID");
    text_hex(bytes, sizeof bytes, ret);
    return 0;
}

/* BY_OLD: with the certificate that there is, if that can be. */
static int choose_signer(const struct session *session, bool by_old, const char *transaction_id,
                         struct signer *ret, struct err *err)
{
    X509 *old = session->operation->old_certificate;
    if (by_old && signer_is_of_use(old, session->operation->old_key))
        return signer_given(old, session->operation->old_key, ret, err);
    CLEANUP(X509_NAME_free_p) X509_NAME *nobody = X509_NAME_new();
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    int rc = nobody ? key_generate(false, 2048, &key, err) : err_memory(err);
    return rc < 0 ? rc
                  : signer_self(key, old ? X509_get_subject_name(old) : nobody, session->hash,
                                transaction_id, ret, err);
}

static int ask(struct session *session, const struct question *question, bool by_old,
               struct answer *ret, struct err *err)
{
    CLEANUP(signer_free) struct signer signer = {0};
    autobuf content = {0};
    char transaction_id[65];
    bool refused;
    int rc = make_transaction(transaction_id, err);
    if (rc == 0)
        rc = choose_signer(session, by_old, transaction_id, &signer, err);
    if (rc == 0)
        rc = message_issuer_and_serial(question->issuer, question->serial, &content, err);
    const struct session_message message = {question->type, transaction_id, &content, &signer};
    session_say(session, "asking the server");
    return rc < 0 ? rc : session_exchange(session, &message, ret, &refused, err);
}

static int exchange(struct session *session, const struct question *question, struct answer *ret,
                    struct err *err)
{
    static const char *const names[] = {
        [MESSAGE_GET_CERT] = "certificate", [MESSAGE_GET_CRL] = "revocation list"};
    int rc = ask(session, question, true, ret, err);
    if (rc == 0 && ret->closed.class) {
        answer_free(ret);
        rc = ask(session, question, false, ret, err);
    }
    if (rc < 0 || ret->status == STATUS_SUCCESS)
        return rc;
    const char *name = names[question->type];
    return ret->status == STATUS_PENDING
               ? err_set(err, ERR_CONFIG,
                         "the CA put the question for a %s off, which SCEP has no "
                         "way to ask about again",
                         name)
               : err_set(err, ret->class, "the CA gives no %s: %s", name, buf_text(&ret->reason));
}

/* Who issues, and what a question names as issuer. */
static X509 *issuing_ca(const struct session *session)
{
    return session->authority.issuer;
}

static int no_ca(struct err *err)
{
    return err_set(err, ERR_CONFIG, "the server gave no CA certificate to check an answer with");
}

/* Leading zeros aside. */
static int parse_serial(const char *text, ASN1_INTEGER **ret, struct err *err)
{
    char digits[SERIAL_DIGITS_MAX + 1];
    size_t n = 0;
    for (const char *at = text; *at; at++) {
        if (*at == ':')
            continue;
        if (n == SERIAL_DIGITS_MAX || !strchr("0123456789abcdefABCDEF", *at)) {
            n = 0;
            break;
        }
        digits[n++] = *at;
    }
    digits[n] = 0;
    if (n == 0)
        return err_set(err, ERR_CONFIG, "\"%.60s\" is no serial number of 1 to %d hex digits", text,
                       SERIAL_DIGITS_MAX);
    CLEANUP(BN_free_p) BIGNUM *number = NULL;
    CLEANUP(ASN1_INTEGER_free_p)
    ASN1_INTEGER *made = BN_hex2bn(&number, digits) ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    if (!made)
        return err_memory(err);
    *ret = steal(&made);
    return 0;
}

/* Of all that the answer holds, the one that was asked for, if the CA has signed it. */
static int take_certificate(const struct session *session, STACK_OF(X509) *certificates,
                            const ASN1_INTEGER *serial, X509 **ret, struct err *err)
{
    X509 *ca = issuing_ca(session);
    bool weak;
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        X509 *certificate = sk_X509_value(certificates, i);
        if (ASN1_INTEGER_cmp(X509_get0_serialNumber(certificate), serial) != 0)
            continue;
        bool issued = X509_check_issued(ca, certificate) == X509_V_OK &&
                      X509_verify(certificate, X509_get0_pubkey(ca)) == 1;
        ERR_clear_error();
        if (!issued)
            return err_set(err, ERR_CONFIG,
                           "the CA sent a certificate that it has not issued itself");
        int rc = strength_signature(&session->trust.strength, certificate, &weak, err);
        if (rc < 0)
            return rc;
        if (!X509_up_ref(certificate))
            return err_memory(err);
        *ret = certificate;
        return 0;
    }
    return err_set(err, ERR_CONFIG, "the CA sent another certificate than was asked for");
}

static int take_crl(const struct session *session, STACK_OF(X509_CRL) *crls, X509_CRL **ret,
                    struct err *err)
{
    X509 *ca = issuing_ca(session);
    for (int i = 0; i < sk_X509_CRL_num(crls); i++) {
        X509_CRL *crl = sk_X509_CRL_value(crls, i);
        bool its = X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(ca)) == 0 &&
                   X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1;
        ERR_clear_error();
        if (!its)
            continue;
        int rc = strength_crl(&session->trust.strength, crl, err);
        if (rc < 0)
            return rc;
        if (!X509_CRL_up_ref(crl))
            return err_memory(err);
        *ret = crl;
        return 0;
    }
    return err_set(err, ERR_CONFIG, "the answer holds no revocation list that the CA has signed");
}

/* RC; a failure has the URL that answered in front. */
static int named(const struct session *session, int rc, struct err *err)
{
    if (rc < 0)
        session_name(session, err);
    return rc;
}

int lookup_certificate(const struct scep_operation *operation, const char *serial, X509 **ret,
                       struct err *err)
{
    CLEANUP(session_end) struct session session = session_begin(operation);
    CLEANUP(ASN1_INTEGER_free_p) ASN1_INTEGER *number = NULL;
    CLEANUP(answer_free) struct answer answer = {0};
    int rc = parse_serial(serial, &number, err);
    if (rc < 0)
        return rc;
    rc = session_open(&session, err);
    if (rc == 0 && !issuing_ca(&session))
        rc = no_ca(err);
    if (rc < 0)
        return named(&session, rc, err);
    const struct question question = {MESSAGE_GET_CERT, X509_get_subject_name(issuing_ca(&session)),
                                      number};
    rc = exchange(&session, &question, &answer, err);
    if (rc == 0)
        rc = take_certificate(&session, answer.certificates, number, ret, err);
    return named(&session, rc, err);
}

int lookup_crl(const struct scep_operation *operation, X509_CRL **ret, struct err *err)
{
    CLEANUP(session_end) struct session session = session_begin(operation);
    CLEANUP(answer_free) struct answer answer = {0};
    int rc = session_open(&session, err);
    if (rc == 0 && !issuing_ca(&session))
        rc = no_ca(err);
    if (rc < 0)
        return named(&session, rc, err);
    X509 *whose = operation->old_certificate ? operation->old_certificate : issuing_ca(&session);
    const struct question question = {MESSAGE_GET_CRL, X509_get_issuer_name(whose),
                                      X509_get0_serialNumber(whose)};
    rc = exchange(&session, &question, &answer, err);
    if (rc == 0)
        rc = take_crl(&session, answer.crls, ret, err);
    return named(&session, rc, err);
}
