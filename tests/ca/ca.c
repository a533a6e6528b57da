#include "tests/ca/ca.h"

#include "tests/ca/issue.h"

#include <openssl/err.h>
#include <string.h>

#define WAITING_MAX 16

/* A request that was put off. */
struct waiting {
    char transaction[129];
    X509_REQ *csr;
    int polls; /* to go */
};

struct ca {
    struct identity ca, other, ra, ra_encrypter, ra_signer, next;
    STACK_OF(X509) *issued;
    struct rules rules;
    char *challenge;
    long serial;
    struct waiting waiting[WAITING_MAX];
    char last[64];
};

struct ca *ca_new(const char *challenge)
{
    struct ca *ca = calloc(1, sizeof *ca);
    if (!ca)
        abort();
    ca->ca = issue_ca("Test Root", false);
    ca->other = issue_ca("Other Root", true);
    ca->challenge = challenge ? strdup(challenge) : NULL;
    ca->serial = 100;
    ca->issued = sk_X509_new_null();
    return ca;
}

void ca_free(struct ca *ca)
{
    if (!ca)
        return;
    identity_free(&ca->ca);
    identity_free(&ca->other);
    identity_free(&ca->ra);
    identity_free(&ca->ra_encrypter);
    identity_free(&ca->ra_signer);
    identity_free(&ca->next);
    x509_stack_free(ca->issued);
    for (size_t i = 0; i < WAITING_MAX; i++)
        X509_REQ_free(ca->waiting[i].csr);
    free(ca->challenge);
    free(ca);
}

bool ca_behave(struct ca *ca, const char *rule)
{
    if (!rules_add(&ca->rules, rule))
        return false;
    if (!ca->ra.key && rules_find(&ca->rules, ON_CA_CERT, DO_RA))
        ca->ra = issue_ra(&ca->ca, "Test RA", KU_KEY_ENCIPHERMENT | KU_DIGITAL_SIGNATURE, 2);
    if (!ca->ra_signer.key && rules_find(&ca->rules, ON_CA_CERT, DO_TWO_RAS)) {
        ca->ra_encrypter = issue_ra(&ca->ca, "Test RA, encryption", KU_KEY_ENCIPHERMENT, 3);
        ca->ra_signer = issue_ra(&ca->ca, "Test RA, signatures", KU_DIGITAL_SIGNATURE, 4);
    }
    if (rules_find(&ca->rules, ON_CA_CERT, DO_ENDING))
        issue_ca_ending(&ca->ca);
    if (!ca->next.key && rules_find(&ca->rules, ON_NEXT, DO_NEXT_CA))
        ca->next = issue_ca("Test Root", false);
    return true;
}

void ca_behave_well(struct ca *ca)
{
    ca->rules = (struct rules){0};
}

X509 *ca_certificate(const struct ca *ca)
{
    return ca->ca.certificate;
}

const char *ca_last(const struct ca *ca)
{
    return ca->last;
}

static const struct rule *does(const struct ca *ca, enum what what)
{
    return rules_find(&ca->rules, ON_PKI, what);
}

X509 *ca_issue(struct ca *ca, EVP_PKEY *key, const char *common_name)
{
    CLEANUP(X509_REQ_free_p) X509_REQ *csr = X509_REQ_new();
    X509_NAME *name = X509_REQ_get_subject_name(csr);
    X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const uint8_t *)common_name,
                               -1, -1, 0);
    X509_REQ_set_pubkey(csr, key);
    X509_REQ_sign(csr, key, EVP_sha256());
    X509 *made = issue_for(&ca->ca, csr, &ca->rules, ca->serial++);
    return made ? made : (abort(), NULL);
}

/* Who opens requests, and who signs answers. */
static const struct identity *decrypter(const struct ca *ca)
{
    return does(ca, DO_TWO_RAS) ? &ca->ra_encrypter : does(ca, DO_RA) ? &ca->ra : &ca->ca;
}

static const struct identity *answerer(const struct ca *ca)
{
    return does(ca, DO_WRONG_SIGNER) ? &ca->other
           : does(ca, DO_TWO_RAS)    ? &ca->ra_signer
           : does(ca, DO_RA)         ? &ca->ra
                                     : &ca->ca;
}

static bool says_challenge(X509_REQ *csr, const char *challenge)
{
    int at = X509_REQ_get_attr_by_NID(csr, NID_pkcs9_challengePassword, -1);
    X509_ATTRIBUTE *attribute = at >= 0 ? X509_REQ_get_attr(csr, at) : NULL;
    ASN1_TYPE *value = attribute ? X509_ATTRIBUTE_get0_type(attribute, 0) : NULL;
    if (!value || (value->type != V_ASN1_PRINTABLESTRING && value->type != V_ASN1_UTF8STRING))
        return false;
    ASN1_STRING *text = value->value.asn1_string;
    return (size_t)text->length == strlen(challenge) &&
           memcmp(text->data, challenge, strlen(challenge)) == 0;
}

static bool is_ours(const struct ca *ca, X509 *certificate)
{
    bool ours = X509_NAME_cmp(X509_get_issuer_name(certificate),
                              X509_get_subject_name(ca->ca.certificate)) == 0 &&
                X509_verify(certificate, ca->ca.key) == 1;
    ERR_clear_error();
    return ours;
}

/* A failInfo, or -1: granted. */
static int judge(const struct ca *ca, const struct pki_request *request, X509_REQ *csr)
{
    const struct rule *rule = does(ca, DO_REFUSE);
    bool known = is_ours(ca, request->signer);
    bool excused = known && !does(ca, DO_RENEWAL_WANTS_CHALLENGE);
    if (rule)
        return rule->number;
    if (does(ca, DO_RSA_ONLY) && !EVP_PKEY_is_a(X509_get0_pubkey(request->signer), "RSA"))
        return 0;
    if (!csr || (request->type == 17 && (!known || does(ca, DO_REFUSE_RENEWAL))))
        return 2;
    if (does(ca, DO_REFUSE_CHALLENGE) && !excused)
        return 1;
    return ca->challenge && !excused && !says_challenge(csr, ca->challenge) ? 1 : -1;
}

static X509 *make_certificate(struct ca *ca, const struct pki_request *request, X509_REQ *csr)
{
    const struct identity *issuer = does(ca, DO_OTHER_CA) ? &ca->other : &ca->ca;
    if (does(ca, DO_OLD_CERTIFICATE)) {
        X509_up_ref(request->signer);
        return request->signer;
    }
    if (does(ca, DO_OTHER_KEY))
        return ca_issue(ca, ca->other.key, "alice");
    return issue_for(issuer, csr, &ca->rules, ca->serial++);
}

static struct pki_address address(const struct ca *ca)
{
    static const struct {
        int bits;
        const char *name;
    } digests[] = {{1, "SHA1"}, {224, "SHA224"}, {256, "SHA256"}, {384, "SHA384"}, {512, "SHA512"}};
    const struct rule *agreement = does(ca, DO_AGREEMENT);
    struct pki_address made = {.by_key_id = does(ca, DO_BY_KEY_ID),
                               .wrap = agreement ? agreement->number % 1000 : 0,
                               .cofactor = does(ca, DO_COFACTOR)};
    for (size_t i = 0; agreement && i < LENGTH(digests); i++)
        if (digests[i].bits == agreement->number / 1000)
            made.digest = digests[i].name;
    return made;
}

/* Appends the envelope of a SUCCESS. */
static bool grant(struct ca *ca, const struct pki_request *request, X509_REQ *csr, struct buf *ret)
{
    const struct pki_address to = address(ca);
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *certificates = sk_X509_new_null();
    CLEANUP(X509_free_p) X509 *certificate = make_certificate(ca, request, csr);
    X509 *root = does(ca, DO_OTHER_CA) ? ca->other.certificate : ca->ca.certificate;
    bool last = does(ca, DO_LEAF_LAST);
    return certificate && certificates &&
           X509_add_cert(ca->issued, certificate, X509_ADD_FLAG_UP_REF) &&
           X509_add_cert(certificates, last ? root : certificate, X509_ADD_FLAG_UP_REF) &&
           X509_add_cert(certificates, last ? certificate : root, X509_ADD_FLAG_UP_REF) &&
           pki_envelope(certificates, request->signer, &to, ret);
}

static struct waiting *find_waiting(struct ca *ca, const char *transaction)
{
    for (size_t i = 0; i < WAITING_MAX; i++)
        if (ca->waiting[i].csr && strcmp(ca->waiting[i].transaction, transaction) == 0)
            return &ca->waiting[i];
    return NULL;
}

static bool put_off(struct ca *ca, const struct pki_request *request, X509_REQ *csr, int polls)
{
    for (size_t i = 0; i < WAITING_MAX; i++)
        if (!ca->waiting[i].csr) {
            ca->waiting[i] = (struct waiting){.csr = X509_REQ_dup(csr), .polls = polls};
            memcpy(ca->waiting[i].transaction, request->transaction, sizeof request->transaction);
            return true;
        }
    return false;
}

static void decide_poll(struct ca *ca, const struct pki_request *request, struct pki_reply *reply,
                        struct buf *envelope)
{
    struct waiting *waiting = find_waiting(ca, request->transaction);
    const struct rule *refuse = does(ca, DO_REFUSE);
    if (!waiting || refuse) {
        reply->status = 2;
        reply->fail_info = refuse ? refuse->number : 4;
    } else if (waiting->polls > 1) {
        waiting->polls--;
        reply->status = 3;
    } else {
        reply->status = grant(ca, request, waiting->csr, envelope) ? 0 : 2;
        X509_REQ_free(waiting->csr);
        waiting->csr = NULL;
    }
}

/* GetCert and GetCRL. */
static void look_up(struct ca *ca, const struct pki_request *request, struct pki_reply *reply,
                    struct buf *envelope)
{
    const uint8_t *at = request->content.data;
    CLEANUP(PKCS7_ISSUER_AND_SERIAL_free_p)
    PKCS7_ISSUER_AND_SERIAL *asked =
        d2i_PKCS7_ISSUER_AND_SERIAL(NULL, &at, (long)request->content.len);
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *found = sk_X509_new_null();
    const struct identity *signer = does(ca, DO_OTHER_CA) ? &ca->other : &ca->ca;
    bool ours =
        asked && X509_NAME_cmp(asked->issuer, X509_get_subject_name(ca->ca.certificate)) == 0;
    for (int i = 0; ours && i < sk_X509_num(ca->issued); i++) {
        X509 *one = sk_X509_value(ca->issued, i);
        if (ASN1_INTEGER_cmp(X509_get0_serialNumber(one), asked->serial) == 0)
            X509_add_cert(found, does(ca, DO_OTHER_KEY) ? ca->ca.certificate : one,
                          X509_ADD_FLAG_UP_REF);
    }
    reply->status = 2;
    reply->fail_info = 4;
    if (does(ca, DO_REFUSE) || (request->type == 21 && sk_X509_num(found) == 0))
        return;
    const struct pki_address to = address(ca);
    bool made = request->type == 21 ? pki_envelope(found, request->signer, &to, envelope)
                                    : ours && pki_crl_envelope(signer, request->signer,
                                                               does(ca, DO_SHA1) != NULL, envelope);
    reply->status = !made ? 2 : does(ca, DO_PENDING) ? 3 : 0;
    reply->fail_info = made ? -1 : 4;
    if (reply->status)
        buf_clear(envelope);
}

static void decide(struct ca *ca, const struct pki_request *request, struct pki_reply *reply,
                   struct buf *envelope)
{
    if (request->type == 20) {
        decide_poll(ca, request, reply, envelope);
        return;
    }
    if (request->type == 21 || request->type == 22) {
        look_up(ca, request, reply, envelope);
        return;
    }
    const uint8_t *at = request->content.data;
    CLEANUP(X509_REQ_free_p)
    X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)request->content.len);
    const struct rule *pending = does(ca, DO_PENDING);
    int verdict = judge(ca, request, csr);
    if (verdict == 9) { /* Microsoft's way */
        reply->status = 2;
        reply->hresult = -2147024809;
    } else if (verdict >= 0) {
        reply->status = 2;
        reply->fail_info = verdict;
        reply->fail_text = "not today";
    } else if (pending) {
        reply->status = put_off(ca, request, csr, pending->number) ? 3 : 2;
    } else {
        reply->status = grant(ca, request, csr, envelope) ? 0 : 2;
    }
}

static void remember(struct ca *ca, int type, int status)
{
    const char *what = type == 17   ? "RenewalReq"
                       : type == 19 ? "PKCSReq"
                       : type == 20 ? "CertPoll"
                       : type == 21 ? "GetCert"
                                    : "GetCRL";
    const char *end = status == 0 ? "issued" : status == 3 ? "pending" : "refused";
    snprintf(ca->last, sizeof ca->last, "%s %s", what, end);
}

static void spoil(const struct ca *ca, struct pki_reply *reply)
{
    static const uint8_t other_nonce[16] = "another nonce..";
    if (does(ca, DO_WRONG_NONCE))
        reply->nonce = other_nonce;
    if (does(ca, DO_WRONG_TRANSACTION))
        reply->transaction = "00ff00ff";
    if (does(ca, DO_WRONG_STATUS))
        reply->status = 7;
    if (does(ca, DO_WRONG_TYPE))
        reply->type = 19;
    if (does(ca, DO_NO_ENVELOPE))
        reply->content = NULL;
}

static void respond_pki(struct ca *ca, const struct buf *message, struct ca_answer *ret)
{
    struct pki_request request = {0};
    if (!pki_open(message, decrypter(ca), &request)) {
        snprintf(ca->last, sizeof ca->last, "unreadable");
        ERR_clear_error();
        ret->status = 400;
        return;
    }
    autobuf envelope = {0};
    struct pki_reply reply = {.type = 3,
                              .fail_info = -1,
                              .transaction = request.transaction,
                              .nonce = request.nonce,
                              .content = &envelope};
    decide(ca, &request, &reply, &envelope);
    remember(ca, request.type, reply.status);
    spoil(ca, &reply);
    ret->type = "application/x-pki-message";
    if (!pki_seal(&reply, answerer(ca), &ret->body))
        ret->status = 500;
    if (does(ca, DO_BAD_SIGNATURE) && ret->body.len)
        ret->body.data[ret->body.len - 1] ^= 1;
    pki_request_free(&request);
}

static void respond_ca_cert(struct ca *ca, struct ca_answer *ret)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *all = sk_X509_new_null();
    if (does(ca, DO_TWO_RAS)) {
        X509_add_cert(all, ca->ra_signer.certificate, X509_ADD_FLAG_UP_REF);
        X509_add_cert(all, ca->ra_encrypter.certificate, X509_ADD_FLAG_UP_REF);
    }
    if (does(ca, DO_RA))
        X509_add_cert(all, ca->ra.certificate, X509_ADD_FLAG_UP_REF);
    X509_add_cert(all, ca->ca.certificate, X509_ADD_FLAG_UP_REF);
    if (sk_X509_num(all) > 1 || does(ca, DO_BUNDLE)) {
        ret->type = "application/x-x509-ca-ra-cert";
        pki_bundle(all, &ret->body);
        return;
    }
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    int len = i2d_X509(ca->ca.certificate, &der);
    ret->type = "application/x-x509-ca-cert";
    if (len < 0 || buf_add(&ret->body, der, (size_t)len, NULL) < 0)
        ret->status = 500;
}

static void respond_next(const struct ca *ca, struct ca_answer *ret)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *next = sk_X509_new_null();
    autobuf bundle = {0};
    ret->type = "application/x-x509-next-ca-cert";
    if (!ca->next.key) {
        ret->status = 404;
        return;
    }
    X509_add_cert(next, ca->next.certificate, X509_ADD_FLAG_UP_REF);
    pki_bundle(next, &bundle);
    bool stranger = rules_find(&ca->rules, ON_NEXT, DO_NEXT_BY_STRANGER);
    if (rules_find(&ca->rules, ON_NEXT, DO_NEXT_BARE))
        buf_add(&ret->body, bundle.data, bundle.len, NULL);
    else if (!pki_sign(&bundle, stranger ? &ca->other : &ca->ca, &ret->body))
        ret->status = 500;
}

static void respond_caps(const struct ca *ca, struct ca_answer *ret)
{
    const struct rules *rules = &ca->rules;
    if (rules_find(rules, ON_CAPS, DO_NO_CAPS)) {
        ret->status = 404;
    } else if (rules_find(rules, ON_CAPS, DO_NDES_CAPS)) {
        buf_add_text(&ret->body,
                     "POSTPKIOperation\r\nRenewal\r\nSHA-512\r\nSHA-256\r\nSHA-1\r\nDES3", NULL);
    } else if (rules_find(rules, ON_CAPS, DO_STANDARD_CAPS)) {
        buf_add_text(
            &ret->body,
            "AES\nDES3\nPOSTPKIOperation\nRenewal\nSCEPStandard\nSHA-1\nSHA-256\nSHA-512\n", NULL);
    } else {
        buf_add_text(&ret->body, "AES\nSHA-256\nSHA-512\n", NULL);
        if (!rules_find(rules, ON_CAPS, DO_GET_ONLY))
            buf_add_text(&ret->body, "POSTPKIOperation\n", NULL);
        if (rules_find(rules, ON_CAPS, DO_NEXT_CA))
            buf_add_text(&ret->body, "GetNextCACert\n", NULL);
        if (!rules_find(rules, ON_CAPS, DO_NO_RENEWAL))
            buf_add_text(&ret->body, "Renewal\n", NULL);
    }
}

/* What goes wrong whatever was asked. True: that is the answer. */
static bool respond_badly(const struct ca *ca, unsigned operation, struct ca_answer *ret)
{
    static const struct {
        enum what what;
        int status;
        enum ca_delivery delivery;
        const char *type, *body;
    } table[] = {
        {DO_HTML, 200, CA_WHOLE, "text/html", "<html><body>Welcome to the hotel</body></html>"},
        {DO_EMPTY, 200, CA_WHOLE, "application/x-pki-message", ""},
        {DO_GARBAGE, 200, CA_WHOLE, "application/octet-stream", "0\x82\x01\x02\x03 garbage \xff"},
        {DO_401, 401, CA_WHOLE, "text/plain", "who are you"},
        {DO_403, 403, CA_WHOLE, "text/plain", "not you"},
        {DO_404, 404, CA_WHOLE, "text/plain", "no such thing here"},
        {DO_500, 500, CA_WHOLE, "text/plain", "internal error"},
        {DO_HANG, 0, CA_HANG, NULL, ""},
        {DO_CLOSE, 0, CA_CLOSE, NULL, ""},
    };
    for (size_t i = 0; i < LENGTH(table); i++)
        if (rules_find(&ca->rules, operation, table[i].what)) {
            ret->status = table[i].status;
            ret->delivery = table[i].delivery;
            ret->type = table[i].type;
            buf_add_text(&ret->body, table[i].body, NULL);
            return true;
        }
    if (rules_find(&ca->rules, operation, DO_CUT_OFF))
        ret->delivery = CA_CUT_OFF;
    return false;
}

bool ca_decode(const char *base64, struct buf *ret)
{
    size_t len = strlen(base64), padding = 0;
    if (len == 0 || len % 4 != 0 || buf_reserve(ret, len, NULL) < 0)
        return false;
    while (padding < 2 && base64[len - 1 - padding] == '=')
        padding++;
    int n = EVP_DecodeBlock(ret->data, (const uint8_t *)base64, (int)len);
    if (n < 0)
        return false;
    ret->len = (size_t)n - padding;
    return true;
}

void ca_respond(struct ca *ca, const char *operation, const struct buf *message, bool post,
                struct ca_answer *ret)
{
    static const struct {
        const char *name;
        unsigned operation;
    } operations[] = {{"GetCACaps", ON_CAPS},
                      {"GetCACert", ON_CA_CERT},
                      {"GetNextCACert", ON_NEXT},
                      {"PKIOperation", ON_PKI}};
    unsigned asked = 0;
    for (size_t i = 0; i < LENGTH(operations); i++)
        if (strcmp(operations[i].name, operation) == 0)
            asked = operations[i].operation;
    *ret = (struct ca_answer){.status = 200, .type = "text/plain"};
    snprintf(ca->last, sizeof ca->last, "-");
    if (respond_badly(ca, asked, ret))
        return;
    if (asked == ON_CAPS)
        respond_caps(ca, ret);
    else if (asked == ON_CA_CERT)
        respond_ca_cert(ca, ret);
    else if (asked == ON_NEXT)
        respond_next(ca, ret);
    else if (asked == ON_PKI && post == !rules_find(&ca->rules, ON_CAPS, DO_GET_ONLY))
        respond_pki(ca, message, ret);
    else
        ret->status = asked ? 405 : 400;
}
