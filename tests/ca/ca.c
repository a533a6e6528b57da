#include "tests/ca/ca.h"

#include "tests/ca/agree.h"
#include "tests/ca/given.h"
#include "tests/ca/memory.h"
#include "tests/ca/wrap.h"

#include <openssl/err.h>
#include <string.h>

#define WAITING_MAX 256
#define LONG_TEXT   (1024 * 1024)

/* A request that was put off. */
struct waiting {
    char transaction[129];
    X509_REQ *csr;
    X509 *signer;
    int polls; /* to go */
};

struct ca {
    struct staff staff;
    STACK_OF(X509) *issued;
    struct rules rules;
    char *challenge;
    long serial;
    struct waiting waiting[WAITING_MAX];
    size_t n_waiting;                       /* ever */
    struct memory granted, met, challenges; /* transactionIDs with a certificate, and all; seen */
    bool is_ending;
    char *long_text; /* 1 MiB */
    char last[64];
};

struct ca *ca_new(const char *challenge)
{
    struct ca *ca = calloc(1, sizeof *ca);
    if (!ca)
        abort();
    staff_member(&ca->staff, STAFF_CA);
    ca->issued = sk_X509_new_null();
    ca->challenge = challenge ? strdup(challenge) : NULL;
    ca->serial = 100;
    if (!(ca->long_text = malloc(LONG_TEXT + 1)))
        abort();
    memset(ca->long_text, 'x', LONG_TEXT);
    ca->long_text[LONG_TEXT] = 0;
    return ca;
}

void ca_free(struct ca *ca)
{
    if (!ca)
        return;
    staff_free(&ca->staff);
    x509_stack_free(ca->issued);
    for (size_t i = 0; i < WAITING_MAX; i++) {
        X509_REQ_free(ca->waiting[i].csr);
        X509_free(ca->waiting[i].signer);
    }
    free(ca->challenge);
    free(ca->long_text);
    free(ca);
}

bool ca_behave(struct ca *ca, const char *rule)
{
    bool known = rules_add(&ca->rules, rule);
    if (!ca->is_ending && rules_find(&ca->rules, ON_CA_CERT, DO_ENDING)) {
        issue_ca_ending(&ca->staff.v[STAFF_CA]);
        ca->is_ending = true;
    }
    return known;
}

void ca_behave_well(struct ca *ca)
{
    ca->rules = (struct rules){0};
}

X509 *ca_certificate(const struct ca *ca)
{
    return ca->staff.v[STAFF_CA].certificate;
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
    X509 *made = issue_for(staff_member(&ca->staff, STAFF_CA), csr, &ca->rules, ca->serial++);
    return made ? made : (abort(), NULL);
}

/* The challenge that CSR has, malloc'ed; "" for none. */
static char *read_challenge(X509_REQ *csr)
{
    int at = csr ? X509_REQ_get_attr_by_NID(csr, NID_pkcs9_challengePassword, -1) : -1;
    X509_ATTRIBUTE *attribute = at >= 0 ? X509_REQ_get_attr(csr, at) : NULL;
    ASN1_TYPE *value = attribute ? X509_ATTRIBUTE_get0_type(attribute, 0) : NULL;
    if (!value || (value->type != V_ASN1_PRINTABLESTRING && value->type != V_ASN1_UTF8STRING))
        return strdup("");
    ASN1_STRING *text = value->value.asn1_string;
    return strndup((const char *)text->data, (size_t)text->length);
}

static bool is_ours(const struct ca *ca, X509 *certificate)
{
    bool ours = X509_NAME_cmp(X509_get_issuer_name(certificate),
                              X509_get_subject_name(ca_certificate(ca))) == 0 &&
                X509_verify(certificate, ca->staff.v[STAFF_CA].key) == 1;
    ERR_clear_error();
    return ours;
}

/* A failInfo, or -1: granted. */
static int judge(const struct ca *ca, const struct pki_request *request, X509_REQ *csr,
                 const char *challenge)
{
    const struct rule *rule = does(ca, DO_REFUSE);
    bool known = is_ours(ca, request->signer);
    bool excused = known && !does(ca, DO_RENEWAL_WANTS_CHALLENGE);
    if (rule)
        return rule->number;
    if (does(ca, DO_RSA_ONLY) && !EVP_PKEY_is_a(X509_get0_pubkey(request->signer), "RSA"))
        return 0;
    if ((does(ca, DO_ONCE) && memory_has(&ca->granted, request->transaction)) ||
        does(ca, DO_REFUSE_AND_GRANT) || does(ca, DO_REFUSE_IN_COLOUR) ||
        does(ca, DO_REFUSE_AT_LENGTH))
        return 2;
    if (!csr || (request->type == 17 && (!known || does(ca, DO_REFUSE_RENEWAL))))
        return 2;
    if (does(ca, DO_REFUSE_CHALLENGE) && !excused)
        return 1;
    if (does(ca, DO_ONE_TIME) && *challenge && memory_has(&ca->challenges, challenge))
        return 1;
    return ca->challenge && !excused && strcmp(challenge, ca->challenge) != 0 ? 1 : -1;
}

static X509 *make_certificate(struct ca *ca, const struct pki_request *request, X509_REQ *csr)
{
    const struct identity *issuer = staff_roles(&ca->staff, &ca->rules).issuer;
    if (does(ca, DO_OLD_CERTIFICATE)) {
        X509_up_ref(request->signer);
        return request->signer;
    }
    if (does(ca, DO_OTHER_KEY))
        return ca_issue(ca, staff_member(&ca->staff, STAFF_OTHER)->key, "alice");
    if (does(ca, DO_OLD_KEY))
        return issue_for_key(issuer, csr, X509_get0_pubkey(request->signer), &ca->rules,
                             ca->serial++);
    if (does(ca, DO_OLD_SERIAL))
        return issue_for(issuer, csr, &ca->rules,
                         ASN1_INTEGER_get(X509_get0_serialNumber(request->signer)));
    return issue_for(issuer, csr, &ca->rules, ca->serial++);
}

/* The certificate, its issuer's, and strangers'. */
static bool collect(struct ca *ca, X509 *certificate, STACK_OF(X509) *ret)
{
    const struct identity *other = staff_member(&ca->staff, STAFF_OTHER);
    const struct rule *extra = does(ca, DO_EXTRA);
    X509 *issuer = staff_roles(&ca->staff, &ca->rules).issuer->certificate;
    bool last = does(ca, DO_LEAF_LAST);
    for (int i = 0; extra && i < extra->number; i++)
        if (!X509_add_cert(ret, issue_cross(other, other), 0))
            return false;
    return X509_add_cert(ret, last ? issuer : certificate, X509_ADD_FLAG_UP_REF) &&
           X509_add_cert(ret, last ? certificate : issuer, X509_ADD_FLAG_UP_REF);
}

static bool wrap(struct ca *ca, const struct buf *content, X509 *to, struct buf *ret)
{
    autobuf inner = {0};
    struct agree how;
    if (agree_rules(&ca->rules, &how)) {
        CLEANUP(x509_stack_free_p) STACK_OF(X509) *recipients = sk_X509_new_null();
        return X509_add_cert(recipients, to, X509_ADD_FLAG_UP_REF) &&
               agree_wrap(content, recipients, &how, ret);
    }
    if (does(ca, DO_OTHER_ENVELOPE))
        return wrap_usual(content, ca_certificate(ca), ret);
    if (does(ca, DO_NESTED))
        return wrap_usual(content, to, &inner) && wrap_usual(&inner, to, ret);
    return does(ca, DO_BER)   ? wrap_ber(content, to, ret)
           : does(ca, DO_DES) ? wrap_des(content, to, ret)
                              : wrap_usual(content, to, ret);
}

/* Appends the envelope of a SUCCESS. */
static bool grant(struct ca *ca, const struct pki_request *request, X509_REQ *csr, struct buf *ret)
{
    autobuf content = {0};
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *certificates = sk_X509_new_null();
    if (does(ca, DO_CSR_BACK))
        return wrap(ca, &request->content, request->signer, ret);
    CLEANUP(X509_free_p) X509 *certificate = make_certificate(ca, request, csr);
    memory_add(&ca->granted, request->transaction);
    return certificate && certificates &&
           X509_add_cert(ca->issued, certificate, X509_ADD_FLAG_UP_REF) &&
           (does(ca, DO_NOTHING_INSIDE) || collect(ca, certificate, certificates)) &&
           pki_bundle(certificates, &content) && wrap(ca, &content, request->signer, ret);
}

static struct waiting *find_waiting(struct ca *ca, const char *transaction)
{
    for (size_t i = 0; i < WAITING_MAX; i++)
        if (ca->waiting[i].csr && strcmp(ca->waiting[i].transaction, transaction) == 0)
            return &ca->waiting[i];
    return NULL;
}

/* Of many the oldest is forgotten. */
static bool put_off(struct ca *ca, const struct pki_request *request, X509_REQ *csr, int polls)
{
    struct waiting *waiting = &ca->waiting[ca->n_waiting++ % WAITING_MAX];
    X509_REQ_free(waiting->csr);
    X509_free(waiting->signer);
    *waiting = (struct waiting){
        .csr = X509_REQ_dup(csr), .signer = X509_dup(request->signer), .polls = polls};
    memcpy(waiting->transaction, request->transaction, sizeof request->transaction);
    return waiting->csr && waiting->signer;
}

/* The same key under the same name and serial number; it may have been certified anew. */
static bool same_signer(const X509 *a, const X509 *b)
{
    return X509_issuer_and_serial_cmp(a, b) == 0 &&
           EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(b)) == 1;
}

/* The certificate that was waited for. */
static bool grant_waiting(struct ca *ca, const struct pki_request *request,
                          const struct waiting *waiting, struct buf *ret)
{
    struct pki_request asked = *request;
    if (does(ca, DO_TO_FIRST))
        asked.signer = waiting->signer;
    return grant(ca, &asked, waiting->csr, ret);
}

static void decide_poll(struct ca *ca, const struct pki_request *request, struct pki_reply *reply,
                        struct buf *envelope)
{
    struct waiting *waiting = find_waiting(ca, request->transaction);
    const struct rule *refuse = does(ca, DO_REFUSE);
    if (!waiting || refuse) {
        reply->status = 2;
        reply->fail_info = refuse ? refuse->number : 4;
    } else if (does(ca, DO_SAME_SIGNER) && !same_signer(waiting->signer, request->signer)) {
        reply->status = 2;
        reply->fail_info = 1;
    } else if (waiting->polls > 1) {
        waiting->polls--;
        reply->status = 3;
    } else { /* whoever did not get the answer may ask again */
        reply->status = grant_waiting(ca, request, waiting, envelope) ? 0 : 2;
    }
}

/* What GetCert gives for ONE. */
static X509 *record_of(struct ca *ca, X509 *one)
{
    X509 *shown = X509_dup(does(ca, DO_OTHER_KEY) ? ca_certificate(ca) : one);
    const struct identity *issuer = staff_roles(&ca->staff, &ca->rules).issuer;
    if (!shown || (does(ca, DO_NAMESAKE) && !X509_sign(shown, issuer->key, EVP_sha256())))
        abort();
    return shown;
}

/* GetCert and GetCRL. */
static void look_up(struct ca *ca, const struct pki_request *request, struct pki_reply *reply,
                    struct buf *envelope)
{
    const uint8_t *at = request->content.data;
    autobuf found = {0};
    CLEANUP(PKCS7_ISSUER_AND_SERIAL_free_p)
    PKCS7_ISSUER_AND_SERIAL *asked =
        d2i_PKCS7_ISSUER_AND_SERIAL(NULL, &at, (long)request->content.len);
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *all = sk_X509_new_null();
    bool ours =
        asked && X509_NAME_cmp(asked->issuer, X509_get_subject_name(ca_certificate(ca))) == 0;
    for (int i = 0; ours && i < sk_X509_num(ca->issued); i++) {
        X509 *one = sk_X509_value(ca->issued, i);
        if (ASN1_INTEGER_cmp(X509_get0_serialNumber(one), asked->serial) == 0)
            X509_add_cert(all, record_of(ca, one), 0);
    }
    reply->status = 2;
    reply->fail_info = 4;
    if (does(ca, DO_REFUSE) || !ours || (request->type == 21 && sk_X509_num(all) == 0))
        return;
    bool made = request->type == 21 ? pki_bundle(all, &found)
                                    : pki_crl(staff_roles(&ca->staff, &ca->rules).issuer,
                                              does(ca, DO_SHA1), does(ca, DO_EXPIRED), &found);
    if (!made || !wrap(ca, &found, request->signer, envelope))
        return;
    reply->fail_info = -1;
    reply->status = does(ca, DO_PENDING) ? 3 : 0;
    if (reply->status)
        buf_clear(envelope);
}

/* FAILURE, in all the words that servers find for it. */
static void refuse(struct ca *ca, const struct pki_request *request, X509_REQ *csr, int fail_info,
                   struct pki_reply *reply, struct buf *envelope)
{
    reply->status = 2;
    if (fail_info == 9) { /* Microsoft's way */
        reply->hresult = -2147024809;
        return;
    }
    reply->fail_info = fail_info;
    reply->fail_text = "not today";
    if (does(ca, DO_REFUSE_IN_COLOUR))
        reply->fail_text = "\033[2J\033]0;owned\007\r\nprofile wifi: installed\xe2\x80\xae";
    const struct rule *length = does(ca, DO_REFUSE_AT_LENGTH);
    if (length && length->number <= LONG_TEXT)
        reply->fail_text = ca->long_text + LONG_TEXT - length->number;
    if (does(ca, DO_REFUSE_AND_GRANT))
        grant(ca, request, csr, envelope);
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
    autofree char *challenge = read_challenge(csr);
    int verdict = judge(ca, request, csr, challenge);
    if (*challenge)
        memory_add(&ca->challenges, challenge);
    if (verdict >= 0)
        refuse(ca, request, csr, verdict, reply, envelope);
    else if (pending)
        reply->status = put_off(ca, request, csr, pending->number) ? 3 : 2;
    else
        reply->status = grant(ca, request, csr, envelope) ? 0 : 2;
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
    if (does(ca, DO_MD5))
        reply->digest = EVP_md5();
    reply->no_status = does(ca, DO_NO_STATUS);
    reply->empty_status = does(ca, DO_EMPTY_SET);
    reply->no_signer = does(ca, DO_NO_SIGNER);
    reply->hollow = does(ca, DO_HOLLOW);
    reply->bare = does(ca, DO_BARE);
}

/* The first message of each transaction is for nothing. */
static bool is_busy(struct ca *ca, const struct pki_request *request)
{
    if (!does(ca, DO_BUSY) || memory_has(&ca->met, request->transaction))
        return false;
    memory_add(&ca->met, request->transaction);
    return true;
}

static void respond_pki(struct ca *ca, const struct buf *message, struct ca_answer *ret)
{
    struct pki_request request = {0};
    const struct roles roles = staff_roles(&ca->staff, &ca->rules);
    bool chain = does(ca, DO_TAKE_CHAIN);
    if (!pki_open(message, roles.decrypter, chain, &request) || is_busy(ca, &request)) {
        ret->status = request.signer ? 503 : 400;
        snprintf(ca->last, sizeof ca->last, request.signer ? "busy" : "unreadable");
        ERR_clear_error();
        pki_request_free(&request);
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
    if (!pki_seal(&reply, roles.answerer, &ret->body))
        ret->status = 500;
    if (does(ca, DO_BAD_SIGNATURE) && ret->body.len)
        ret->body.data[ret->body.len - 1] ^= 1;
    pki_request_free(&request);
}

/* What goes wrong whatever was asked. True: that is the answer. */
static bool respond_badly(const struct ca *ca, unsigned operation, struct ca_answer *ret)
{
    static const struct {
        enum what what;
        int status;
        enum ca_delivery delivery;
        const char *type, *body, *location;
    } table[] = {
        {DO_302, 302, CA_WHOLE, "text/plain", "not here", ""},
        {DO_302_AWAY, 302, CA_WHOLE, "text/plain", "not here", "http://127.0.0.2:1/scep"},
        {DO_503, 503, CA_WHOLE, "text/plain", "not now", NULL},
        {DO_HTML, 200, CA_WHOLE, "text/html", "<html><body>Welcome to the hotel</body></html>",
         NULL},
        {DO_EMPTY, 200, CA_WHOLE, "application/x-pki-message", "", NULL},
        {DO_GARBAGE, 200, CA_WHOLE, "application/octet-stream", "0\x82\x01\x02\x03 garbage \xff",
         NULL},
        {DO_401, 401, CA_WHOLE, "text/plain", "who are you", NULL},
        {DO_403, 403, CA_WHOLE, "text/plain", "not you", NULL},
        {DO_404, 404, CA_WHOLE, "text/plain", "no such thing here", NULL},
        {DO_500, 500, CA_WHOLE, "text/plain", "internal error", NULL},
        {DO_HANG, 0, CA_HANG, NULL, "", NULL},
        {DO_CLOSE, 0, CA_CLOSE, NULL, "", NULL},
        {DO_CUT_HEADERS, 0, CA_CUT_HEADERS, NULL, "", NULL},
        {DO_HUGE, 200, CA_HUGE, "application/x-pki-message", "", NULL},
        {DO_DRIP, 200, CA_DRIP, "application/x-pki-message", "", NULL},
    };
    const struct rule *rule;
    for (size_t i = 0; i < LENGTH(table); i++)
        if ((rule = rules_find(&ca->rules, operation, table[i].what))) {
            ret->retry_after = rule->number;
            ret->location = table[i].location;
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
        given_caps(&ca->rules, ret);
    else if (asked == ON_CA_CERT)
        given_ca_cert(&ca->staff, &ca->rules, ret);
    else if (asked == ON_NEXT)
        given_next_ca_cert(&ca->staff, &ca->rules, ret);
    else if (asked == ON_PKI && post == !rules_find(&ca->rules, ON_CAPS, DO_GET_ONLY))
        respond_pki(ca, message, ret);
    else
        ret->status = asked ? 405 : 400;
}
