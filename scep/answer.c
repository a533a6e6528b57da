#include "scep/answer.h"

#include "scep/print.h"
#include "scep/envelope.h"
#include "scep/refusal.h"

#include <string.h>

#include <openssl/err.h>

/* Some CAs send all that they have ever been; what the chain needs of it is kept. */
#define CERTIFICATES_MAX 128

/* Whose fault it is, for a person who does not know the words before it. */
#define NOT_SCEP "; the server does not keep to SCEP (RFC 8894)"

void answer_free(struct answer *answer)
{
    x509_stack_free(answer->certificates);
    sk_X509_CRL_pop_free(answer->crls, X509_CRL_free);
    buf_free(&answer->reason);
    *answer = (struct answer){0};
}

/* Line ends behind the answer are a web server's; anything else is no part of any answer. */
static bool is_blank(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (*at == '\r' || *at == '\n'))
        at++;
    return at == end;
}

CMS_ContentInfo *answer_parse(const struct buf *body)
{
    const uint8_t *at = body->data;
    CLEANUP(CMS_ContentInfo_free_p)
    CMS_ContentInfo *cms = body->len ? d2i_CMS_ContentInfo(NULL, &at, (long)body->len) : NULL;
    bool is_signed = cms && is_blank(at, body->data + body->len) &&
                     OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed &&
                     OBJ_obj2nid(CMS_get0_eContentType(cms)) == NID_pkcs7_data;
    ERR_clear_error();
    return is_signed ? steal(&cms) : NULL;
}

/* The one SignerInfo. More than one would leave open whose attributes count. */
static int only_signer(CMS_ContentInfo *cms, CMS_SignerInfo **ret, struct err *err)
{
    STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
    int n = infos ? sk_CMS_SignerInfo_num(infos) : 0;
    if (n != 1)
        return err_set(err, ERR_CONFIG,
                       n == 0 ? "nobody has signed the answer"
                              : "the answer has more than one signature");
    *ret = sk_CMS_SignerInfo_value(infos, 0);
    return 0;
}

static X509 *find_signer(CMS_SignerInfo *info, STACK_OF(X509) *signers)
{
    for (int i = 0; i < sk_X509_num(signers); i++)
        if (CMS_SignerInfo_cert_cmp(info, sk_X509_value(signers, i)) == 0)
            return sk_X509_value(signers, i);
    return NULL;
}

/* A certificate that the server showed, and that may not sign: why not? */
static int shown_signer(X509 *signer, const struct answer_frame *frame, struct err *err)
{
    autobuf text = {0};
    if (trust_vouch(frame->trust, signer, frame->given, NULL, err) < 0)
        return err_context(err, "the answer's signer");
    int rc = print_certificate(signer, &text, err);
    return rc < 0 ? rc
                  : err_set(err, ERR_CONFIG,
                            "the answer is signed by certificate %s, which is not one to sign for "
                            "the CA",
                            buf_text(&text));
}

static int unknown_signer(CMS_SignerInfo *info, const struct answer_frame *frame, struct err *err)
{
    ASN1_OCTET_STRING *id = NULL;
    X509_NAME *issuer = NULL;
    ASN1_INTEGER *serial = NULL;
    autobuf name = {0}, number = {0};
    X509 *shown = find_signer(info, frame->given);
    if (shown)
        return shown_signer(shown, frame, err);
    CMS_SignerInfo_get0_signer_id(info, &id, &issuer, &serial);
    if (issuer && (print_name(issuer, &name, err) < 0 || print_serial(serial, &number, err) < 0))
        return -ERR_RESOURCE;
    return err_set(err, ERR_CONFIG,
                   "the answer is signed by neither the CA nor its RA, but by serial %s of \"%s\"",
                   issuer ? buf_text(&number) : "?", issuer ? buf_text(&name) : "?");
}

static int check_digest(CMS_SignerInfo *info, const struct answer_frame *frame, struct err *err)
{
    X509_ALGOR *digest = NULL;
    CMS_SignerInfo_get0_algs(info, NULL, NULL, &digest, NULL);
    return strength_digest(&frame->trust->strength, OBJ_obj2nid(digest->algorithm), "the answer",
                           err);
}

/* Appends the signed content when the signature is right, and by one who may sign. */
static int answer_verify(CMS_ContentInfo *cms, CMS_SignerInfo *info,
                         const struct answer_frame *frame, struct buf *ret, struct err *err)
{
    X509 *signer = find_signer(info, frame->signers);
    if (!signer)
        return unknown_signer(info, frame, err);
    int rc = check_digest(info, frame, err);
    if (rc < 0)
        return rc;
    if (CMS_signed_get_attr_count(info) <= 0)
        return err_set(err, ERR_CONFIG, "the answer has no signed attributes" NOT_SCEP);
    CMS_SignerInfo_set1_signer_cert(info, signer);
    CLEANUP(BIO_free_all_p) BIO *content = BIO_new(BIO_s_mem());
    if (!content)
        return err_memory(err);
    /* Who may sign was settled when the CA's certificates were checked against the roots. */
    unsigned flags = CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY;
    ERR_clear_error();
    /* An answer that is not SUCCESS may have no content at all; its attributes are signed all the
     * same. */
    ASN1_OCTET_STRING **held = CMS_get0_content(cms);
    bool empty = !held || !*held;
    CLEANUP(BIO_free_all_p) BIO *nothing = empty ? BIO_new_mem_buf("", 0) : NULL;
    if (CMS_verify(cms, frame->signers, NULL, nothing, content, flags) != 1) {
        ERR_clear_error();
        return err_set(err, ERR_CONFIG,
                       "the answer's signature is not right: it was changed on its way, or the "
                       "server signs wrongly");
    }
    char *data;
    long len = BIO_get_mem_data(content, &data);
    return buf_add(ret, data, len > 0 ? (size_t)len : 0, err);
}

/* Appends the attribute's value as it stands in it: text of any string type, an octet string, or an
 * integer's decimal digits. An attribute that is not there, or there twice, appends nothing. */
static int attribute_text(const CMS_SignerInfo *info, const char *oid, struct buf *ret,
                          struct err *err)
{
    CLEANUP(ASN1_OBJECT_free_p) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    int at = object ? CMS_signed_get_attr_by_OBJ(info, object, -1) : -1;
    if (at < 0 || CMS_signed_get_attr_by_OBJ(info, object, at) >= 0)
        return 0;
    X509_ATTRIBUTE *attribute = CMS_signed_get_attr(info, at);
    ASN1_TYPE *value =
        X509_ATTRIBUTE_count(attribute) == 1 ? X509_ATTRIBUTE_get0_type(attribute, 0) : NULL;
    if (!value)
        return 0;
    switch (value->type) {
    case V_ASN1_INTEGER: {
        int64_t number;
        return ASN1_INTEGER_get_int64(&number, value->value.integer)
                   ? buf_printf(ret, err, "%lld", (long long)number)
                   : 0;
    }
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_UTF8STRING:
    case V_ASN1_T61STRING:
    case V_ASN1_OCTET_STRING:
        return buf_add(ret, ASN1_STRING_get0_data(value->value.asn1_string),
                       (size_t)ASN1_STRING_length(value->value.asn1_string), err);
    default:
        return 0;
    }
}

/* In the same way, of an attribute that people can read: one with a zero byte in it is none. */
static int attribute_word(const CMS_SignerInfo *info, const char *oid, struct buf *ret,
                          struct err *err)
{
    int rc = attribute_text(info, oid, ret, err);
    if (rc == 0 && strlen(buf_text(ret)) != ret->len)
        buf_clear(ret);
    return rc;
}

static int check_frame(const CMS_SignerInfo *info, const struct answer_frame *frame,
                       struct err *err)
{
    autobuf transaction = {0}, type = {0}, nonce = {0};
    int rc = attribute_word(info, OID_TRANSACTION_ID, &transaction, err);
    if (rc == 0)
        rc = attribute_word(info, OID_MESSAGE_TYPE, &type, err);
    if (rc == 0)
        rc = attribute_text(info, OID_RECIPIENT_NONCE, &nonce, err);
    if (rc < 0)
        return rc;
    if (strcmp(buf_text(&type), "3") != 0)
        return err_set(err, ERR_CONFIG,
                       "the answer has messageType \"%.20s\", not 3 (CertRep)" NOT_SCEP,
                       buf_text(&type));
    if (transaction.len != strlen(frame->transaction_id) ||
        memcmp(transaction.data, frame->transaction_id, transaction.len) != 0)
        return err_set(err, ERR_RETRY,
                       "the answer belongs to another request: its transactionID is \"%.80s\"",
                       buf_text(&transaction));
    if (nonce.len != NONCE_SIZE || CRYPTO_memcmp(nonce.data, frame->nonce, NONCE_SIZE) != 0)
        return err_set(err, ERR_RETRY,
                       "the answer's recipientNonce is not the nonce that was sent: refused, "
                       "it may be an old answer played again");
    return 0;
}

static int strange_status(const CMS_SignerInfo *info, const struct buf *text, struct err *err)
{
    CLEANUP(ASN1_OBJECT_free_p) ASN1_OBJECT *object = OBJ_txt2obj(OID_PKI_STATUS, 1);
    bool there = object && CMS_signed_get_attr_by_OBJ(info, object, -1) >= 0;
    if (text->len > 0)
        return err_set(err, ERR_CONFIG, "the answer has the unknown pkiStatus \"%.20s\"" NOT_SCEP,
                       buf_text(text));
    return err_set(err, ERR_CONFIG,
                   there ? "the answer's pkiStatus is not one word of text" NOT_SCEP
                         : "the answer has no pkiStatus" NOT_SCEP);
}

static int read_status(const CMS_SignerInfo *info, enum pki_status *ret, struct err *err)
{
    autobuf text = {0};
    int64_t number = -1;
    int rc = attribute_word(info, OID_PKI_STATUS, &text, err);
    if (rc < 0)
        return rc;
    if (!text_number(buf_text(&text), 0, 9, &number) ||
        (number != STATUS_SUCCESS && number != STATUS_FAILURE && number != STATUS_PENDING))
        return strange_status(info, &text, err);
    *ret = (enum pki_status)number;
    return 0;
}

/* The server's words, unless they are ours. */
static int keep_secrets(const struct answer_frame *frame, struct buf *text, struct err *err)
{
    if (!frame->secrets || !secrets_told(frame->secrets, text->data, text->len))
        return 0;
    buf_clear(text);
    return buf_add_text(text, SECRETS_UNTOLD, err);
}

static int read_refusal(const CMS_SignerInfo *info, const struct answer_frame *frame,
                        struct answer *ret, struct err *err)
{
    autobuf fail = {0}, text = {0}, hresult = {0};
    int rc = attribute_word(info, OID_FAIL_INFO, &fail, err);
    if (rc == 0)
        rc = attribute_word(info, OID_FAIL_INFO_TEXT, &text, err);
    if (rc == 0)
        rc = keep_secrets(frame, &text, err);
    if (rc == 0)
        rc = attribute_word(info, OID_REQUEST_HRESULT, &hresult, err);
    if (rc == 0)
        rc = refusal_describe(buf_text(&fail), buf_text(&text), buf_text(&hresult), &ret->reason,
                              err);
    ret->class = refusal_class(buf_text(&fail));
    return rc;
}

/* What stands where the certificates should. */
static int no_certificates(const CMS_ContentInfo *cms, int n, struct err *err)
{
    int type = cms ? OBJ_obj2nid(CMS_get0_type(cms)) : NID_undef;
    if (type == NID_pkcs7_signed && n > 0)
        return err_set(err, ERR_CONFIG,
                       "the answer says SUCCESS and holds %d certificates, more than %d", n,
                       CERTIFICATES_MAX);
    return err_set(err, ERR_CONFIG,
                   "the answer says SUCCESS and holds 0 certificates: its envelope %s" NOT_SCEP,
                   type == NID_pkcs7_signed      ? "is empty"
                   : type == NID_pkcs7_enveloped ? "holds another envelope"
                                                 : "holds something else, or nothing");
}

static int read_certificates(const struct buf *envelope, const struct answer_frame *frame,
                             struct answer *ret, struct err *err)
{
    autobuf content = {0};
    struct envelope_marks marks;
    struct err why;
    int rc =
        envelope_open(envelope, frame->signer, &frame->trust->strength, &content, &marks, &why);
    if (rc < 0 && !marks.not_agreed)
        return err_set(err, why.class, "%s", why.text);
    if (rc < 0) {
        ret->closed = why;
        return 0;
    }
    ret->des = marks.des;
    CLEANUP(CMS_ContentInfo_free_p) CMS_ContentInfo *cms = NULL;
    const uint8_t *at = content.data;
    if (content.len)
        cms = d2i_CMS_ContentInfo(NULL, &at, (long)content.len);
    /* An envelope may have some too, which nobody has issued by that. */
    bool bundle = cms && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed;
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *certificates = bundle ? CMS_get1_certs(cms) : NULL;
    STACK_OF(X509_CRL) *crls = bundle ? CMS_get1_crls(cms) : NULL;
    int n = certificates ? sk_X509_num(certificates) : 0;
    ret->crls = crls;
    ERR_clear_error();
    if (n > CERTIFICATES_MAX || (n < 1 && sk_X509_CRL_num(crls) < 1))
        return no_certificates(cms, n, err);
    ret->certificates = steal(&certificates);
    return 0;
}

int answer_open(CMS_ContentInfo *cms, const struct answer_frame *frame, struct answer *ret,
                struct err *err)
{
    CMS_SignerInfo *info = NULL;
    int rc = only_signer(cms, &info, err);
    if (rc < 0)
        return rc;
    CLEANUP(answer_free) struct answer answer = {0};
    autobuf envelope = {0};
    rc = answer_verify(cms, info, frame, &envelope, err);
    if (rc == 0)
        rc = check_frame(info, frame, err);
    if (rc == 0)
        rc = read_status(info, &answer.status, err);
    if (rc == 0 && answer.status == STATUS_FAILURE)
        rc = read_refusal(info, frame, &answer, err);
    if (rc == 0 && answer.status == STATUS_SUCCESS)
        rc = read_certificates(&envelope, frame, &answer, err);
    if (rc == 0) {
        *ret = answer;
        answer = (struct answer){0};
    }
    return rc;
}
