#include "profile/san.h"

#include "base/clean.h"

#include <ctype.h>
#include <string.h>

#define SID_VARIABLE "OnPremisesSecurityIdentifier"
#define SID_TAG      "tag:microsoft.com,2022-09-14:sid:"

static const char *const kinds[] = {
    [SAN_EMAIL] = "email", [SAN_UPN] = "upn", [SAN_DNS] = "dns", [SAN_URI] = "uri"};

const char *san_kind_name(enum san_kind kind)
{
    return kinds[kind];
}

void san_free(struct san_template *san)
{
    template_free(&san->text);
}

static int wrong(enum san_kind kind, const char *value, const char *why, struct err *err)
{
    err_set(err, ERR_CONFIG, "%s:%.100s %s", kinds[kind], value, why);
    return err_at(err, value, strlen(value));
}

/* RFC 1123 section 2.1 on RFC 952, and RFC 1035 section 2.3.4. */
static const char *dns_fault(const char *value)
{
    if (strlen(value) > 253)
        return "is longer than 253 characters";
    for (const char *label = value;; label++) {
        size_t len = strcspn(label, ".");
        if (len == 0 || len > 63)
            return "has a part between its dots that is empty or longer than 63 characters";
        if (label[0] == '-' || label[len - 1] == '-')
            return "has a part that begins or ends with '-'";
        for (size_t i = 0; i < len; i++)
            if (!isascii(label[i]) || (!isalnum((unsigned char)label[i]) && label[i] != '-'))
                return "is no DNS name: letters, digits, '-' and dots only (others in punycode)";
        label += len;
        if (!*label)
            return NULL;
    }
}

static const char *at_fault(const char *value)
{
    const char *at = strchr(value, '@');
    if (!at || at == value || !at[1] || strchr(at + 1, '@'))
        return "must hold exactly one '@', with text on both sides";
    if (strchr(value, ' '))
        return "must not hold a blank";
    return NULL;
}

static const char *email_fault(const char *value)
{
    const char *fault = at_fault(value);
    const char *host = fault ? NULL : strchr(value, '@') + 1;
    for (const char *p = value; !fault && *p; p++)
        if (!isascii(*p))
            fault = p < host ? "must be ASCII: an email: name can be no other (RFC 5280 section "
                               "4.2.1.6)"
                             : "must be ASCII: write its host in punycode (xn--...)";
    return fault ? fault : dns_fault(host);
}

static const char *uri_fault(const char *value)
{
    size_t scheme =
        strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");
    if (!isalpha((unsigned char)*value) || value[scheme] != ':' || !value[scheme + 1])
        return "is no URI: it must begin with a scheme, such as https:";
    for (const char *p = value; *p; p++)
        if (!isgraph((unsigned char)*p) || !isascii(*p) || strchr("\"<>\\^`{|}", *p))
            return "holds a character that a URI must not hold: escape it as %XX";
    return NULL;
}

static int check(enum san_kind kind, const char *value, struct err *err)
{
    static const char *(*const faults[])(const char *) = {[SAN_EMAIL] = email_fault,
                                                          [SAN_UPN] = at_fault,
                                                          [SAN_DNS] = dns_fault,
                                                          [SAN_URI] = uri_fault};
    const char *fault = *value ? clean_fault(value, strlen(value)) : "is empty";
    if (!fault)
        fault = faults[kind](value);
    return fault ? wrong(kind, value, fault, err) : 0;
}

static int parse_kind(const char *text, enum san_kind *ret, struct err *err)
{
    size_t len = strcspn(text, ":");
    struct nearest nearest = {.word = text, .len = len};
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        if (text[len] && strlen(kinds[i]) == len && strncasecmp(text, kinds[i], len) == 0) {
            *ret = (enum san_kind)i;
            return 0;
        }
        nearest_offer(&nearest, kinds[i]);
    }
    err_set(err, ERR_CONFIG, "%.60s: must begin with email:, upn:, dns: or uri:%s", text,
            nearest_hint(&nearest));
    return err_at(err, text, len);
}

/* The first character that may not stand behind a variable. There is one. */
static const char *forbidden(const char *text)
{
    for (;;) {
        text = strstr(text, "}}") + 2;
        text += strcspn(text, "{}|;");
        if (strncmp(text, "{{", 2) != 0)
            return text;
    }
}

static int check_template(const struct san_template *san, const char *text, struct err *err)
{
    bool variable = false;
    for (size_t i = 0; i < san->text.n; i++) {
        const struct template_part *part = &san->text.v[i];
        variable = variable || part->attribute;
        if (variable && !part->attribute && strpbrk(part->text, "{}|;")) {
            wrong(san->kind, text, "holds one of { } | ; behind a variable", err);
            return err_at(err, forbidden(text), 1);
        }
    }
    if (san->kind != SAN_URI && template_uses(&san->text, SID_VARIABLE)) {
        err_set(err, ERR_CONFIG, "{{" SID_VARIABLE "}} belongs in uri: only");
        return err_at(err, text, strlen(text));
    }
    return variable ? 0 : check(san->kind, text, err);
}

int san_parse(const char *text, struct san_template *ret, struct err *err)
{
    CLEANUP(san_free) struct san_template san = {0};
    int rc = parse_kind(text, &san.kind, err);
    if (rc < 0)
        return rc;
    text = strchr(text, ':') + 1;
    text += strspn(text, " ");
    rc = template_parse(text, strlen(text), &san.text, err);
    if (rc == 0)
        rc = check_template(&san, text, err);
    if (rc < 0)
        return rc;
    san_free(ret);
    *ret = san;
    san = (struct san_template){0};
    return 0;
}

/* S-1- and numbers with '-' between them (MS-DTYP section 2.4.2.1). */
static bool is_sid(const char *text)
{
    if (strncmp(text, "S-1-", 4) != 0)
        return false;
    for (text += 4;; text++) {
        size_t digits = strspn(text, "0123456789");
        text += digits;
        if (digits == 0 || (*text && *text != '-'))
            return false;
        if (!*text)
            return true;
    }
}

int san_expand(const struct san_template *san, struct attributes *attributes, struct san *ret,
               struct err *err)
{
    autobuf value = {0};
    bool sid = template_is_only(&san->text, SID_VARIABLE);
    int rc = sid ? buf_add_text(&value, SID_TAG, err) : 0;
    if (rc == 0)
        rc = template_expand(&san->text, attributes, &value, err);
    if (rc == 0 && sid && !is_sid(buf_text(&value) + strlen(SID_TAG)))
        rc = err_set(err, ERR_CONFIG, "{{" SID_VARIABLE "}}: its value is no SID (S-1-...)");
    if (rc == 0)
        rc = check(san->kind, buf_text(&value), err);
    if (rc < 0)
        return rc;
    char *copy = strdup(buf_text(&value));
    if (!copy)
        return err_memory(err);
    *ret = (struct san){.kind = san->kind, .value = copy};
    return 0;
}
