#include "profile/root_file.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Tags (X.690 section 8.1.2). */
enum {
    TAG_BOOLEAN = 0x01,
    TAG_INTEGER = 0x02,
    TAG_BIT_STRING = 0x03,
    TAG_OCTET_STRING = 0x04,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_VERSION = 0xa0,    /* [0] of TBSCertificate */
    TAG_EXTENSIONS = 0xa3, /* [3] */
};

/* Bytes not yet read. */
struct der {
    const uint8_t *p;
    size_t len;
};

/* Reads one element with a definite, shortest length (X.690 section 10.1). */
static bool next(struct der *in, unsigned *tag, struct der *content)
{
    if (in->len < 2 || (in->p[0] & 0x1f) == 0x1f)
        return false;
    size_t len = in->p[1], header = 2;
    if (len & 0x80) {
        size_t bytes = len & 0x7f;
        if (bytes == 0 || bytes > 3 || in->len < 2 + bytes || in->p[2] == 0)
            return false;
        for (len = 0; header < 2 + bytes; header++)
            len = len << 8 | in->p[header];
        if (len < 0x80)
            return false;
    }
    if (len > in->len - header)
        return false;
    *tag = in->p[0];
    *content = (struct der){in->p + header, len};
    in->p += header + len;
    in->len -= header + len;
    return true;
}

static bool expect(struct der *in, unsigned wanted, struct der *content)
{
    unsigned tag;
    return next(in, &tag, content) && tag == wanted;
}

static bool skip(struct der *in, unsigned wanted)
{
    struct der content;
    return expect(in, wanted, &content);
}

/* The value of basicConstraints (RFC 5280 section 4.2.1.9): SEQUENCE { cA BOOLEAN DEFAULT FALSE,
 * ... } */
static bool says_ca(struct der value)
{
    struct der sequence, ca;
    return expect(&value, TAG_SEQUENCE, &sequence) && expect(&sequence, TAG_BOOLEAN, &ca) &&
           ca.len == 1 && ca.p[0] == 0xff;
}

static bool extensions_say_ca(struct der list)
{
    static const uint8_t basic_constraints[] = {0x55, 0x1d, 0x13};
    struct der extension;
    while (expect(&list, TAG_SEQUENCE, &extension)) {
        struct der oid, value;
        unsigned tag;
        if (!expect(&extension, TAG_OID, &oid) || !next(&extension, &tag, &value) ||
            (tag == TAG_BOOLEAN && !next(&extension, &tag, &value)) || tag != TAG_OCTET_STRING)
            return false;
        if (oid.len == sizeof basic_constraints && !memcmp(oid.p, basic_constraints, oid.len))
            return says_ca(value);
    }
    return false;
}

/* TBSCertificate (RFC 5280 section 4.1). */
static int check_tbs(struct der tbs, struct err *err)
{
    struct der part, extensions;
    unsigned tag;
    bool version = tbs.len && tbs.p[0] == TAG_VERSION && skip(&tbs, TAG_VERSION);
    if (!skip(&tbs, TAG_INTEGER) || !skip(&tbs, TAG_SEQUENCE) || !skip(&tbs, TAG_SEQUENCE) ||
        !skip(&tbs, TAG_SEQUENCE) || !skip(&tbs, TAG_SEQUENCE) || !skip(&tbs, TAG_SEQUENCE))
        return err_set(err, ERR_CONFIG, "holds something other than a certificate");
    while (next(&tbs, &tag, &part))
        if (tag == TAG_EXTENSIONS)
            return expect(&part, TAG_SEQUENCE, &extensions) && extensions_say_ca(extensions)
                       ? 0
                       : err_set(err, ERR_CONFIG,
                                 "is no CA certificate (its basicConstraints do not say CA:TRUE)");
    return version ? err_set(err, ERR_CONFIG, "is no CA certificate (it has no basicConstraints)")
                   : 0;
}

static int check(const struct buf *der, struct err *err)
{
    struct der file = {der->data, der->len}, certificate, tbs, part;
    if (!expect(&file, TAG_SEQUENCE, &certificate) || file.len > 0)
        return err_set(err, ERR_CONFIG, "holds no certificate in DER or PEM, or more than one");
    if (certificate.len && certificate.p[0] == TAG_OID)
        return err_set(err, ERR_CONFIG,
                       "is a PKCS#7 bundle, not one certificate (openssl pkcs7 -print_certs)");
    if (!expect(&certificate, TAG_SEQUENCE, &tbs) || !expect(&certificate, TAG_SEQUENCE, &part) ||
        !expect(&certificate, TAG_BIT_STRING, &part) || certificate.len > 0)
        return err_set(err, ERR_CONFIG, "holds something other than a certificate");
    return check_tbs(tbs, err);
}

static int digit_value(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* RFC 4648 section 4; blanks and line ends anywhere. */
static int decode_base64(const char *text, size_t len, struct buf *ret, struct err *err)
{
    uint32_t group = 0;
    unsigned digits = 0, padding = 0;
    int rc = buf_reserve(ret, len / 4 * 3 + 3, err);
    for (size_t i = 0; rc == 0 && i < len; i++) {
        if (strchr(" \t\r\n", text[i]) && text[i])
            continue;
        int value = digit_value(text[i]);
        if (text[i] == '=')
            padding++;
        else if (value < 0 || padding > 0)
            return err_set(err, ERR_CONFIG, "holds a PEM block that is no base64");
        group = group << 6 | (uint32_t)(value < 0 ? 0 : value);
        if (++digits % 4 == 0) {
            const uint8_t bytes[] = {group >> 16 & 0xff, group >> 8 & 0xff, group & 0xff};
            rc = padding > 2 ? -ERR_CONFIG : buf_add(ret, bytes, 3 - padding, err);
        }
    }
    if (rc == 0 && digits % 4 == 0 && padding <= 2)
        return 0;
    return err_set(err, ERR_CONFIG, "holds a PEM block that is cut short");
}

/* One PEM block of a file. */
struct block {
    const char *label;
    size_t label_len;
    const char *body;
    size_t body_len;
};

/* Finds the next block in [*P, END); false when there is none. */
static bool next_block(const char **p, const char *end, struct block *ret)
{
    static const char begin[] = "-----BEGIN ", dashes[] = "-----";
    const char *at = memmem(*p, (size_t)(end - *p), begin, sizeof begin - 1);
    if (!at)
        return false;
    ret->label = at + sizeof begin - 1;
    const char *close = memmem(ret->label, (size_t)(end - ret->label), dashes, sizeof dashes - 1);
    ret->body = close ? close + sizeof dashes - 1 : end;
    ret->label_len = (size_t)((close ? close : end) - ret->label);
    close = memmem(ret->body, (size_t)(end - ret->body), "-----END ", 9);
    ret->body_len = (size_t)((close ? close : end) - ret->body);
    *p = close ? close + 9 : end;
    return true;
}

static bool labelled(const struct block *block, const char *label)
{
    return block->label_len == strlen(label) && memcmp(block->label, label, block->label_len) == 0;
}

static int decode_pem(const char *text, size_t len, struct buf *ret, struct err *err)
{
    struct block block, found = {0};
    unsigned n = 0;
    for (const char *p = text, *end = text + len; next_block(&p, end, &block);) {
        if (memmem(block.label, block.label_len, "PRIVATE KEY", 11))
            return err_set(err, ERR_CONFIG, "holds a private key, which does not belong there");
        if (labelled(&block, "CERTIFICATE") || labelled(&block, "X509 CERTIFICATE")) {
            found = block;
            n++;
        }
    }
    if (n != 1)
        return err_set(err, ERR_CONFIG, "holds %u certificates in PEM; it must hold exactly one",
                       n);
    return decode_base64(found.body, found.body_len, ret, err);
}

int root_file_decode(const void *data, size_t len, struct buf *ret_der, struct err *err)
{
    autobuf der = {0};
    int rc = memmem(data, len, "-----BEGIN ", 11) ? decode_pem(data, len, &der, err)
                                                  : buf_add(&der, data, len, err);
    if (rc == 0)
        rc = check(&der, err);
    if (rc < 0)
        return rc;
    buf_free(ret_der);
    *ret_der = der;
    der = (struct buf){0};
    return 0;
}
