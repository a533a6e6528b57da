#include "cli/preview_text.h"

#include "base/text.h"
#include "cli/moment.h"
#include "cli/plain.h"

#include <inttypes.h>
#include <string.h>

#define INDENT 15 /* two blanks, a label, a blank */
#define LEAST  20 /* columns for text, however narrow the screen */

struct page {
    const json_t *preview;
    const struct screen *screen;
    struct buf *ret;
    struct err *err;
};

/* TEXT behind LABEL, its further lines below its first. */
static int add_line(const struct page *page, const char *label, const char *text)
{
    autobuf plain = {0};
    int rc = plain_add(text, page->screen->utf8, &plain, page->err);
    unsigned width = page->screen->width;
    unsigned room = width > INDENT + LEAST ? width - INDENT : LEAST;
    const char *rest = buf_text(&plain);
    while (rc == 0 && *rest) {
        size_t len = plain_line(rest, width ? room : 0);
        rc = buf_printf(page->ret, page->err, "  %-*s %.*s\n", INDENT - 3, label, (int)len, rest);
        label = "";
        rest += len;
        rest += strspn(rest, " ");
    }
    return rc;
}

static int add_format(const struct page *page, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int add_format(const struct page *page, const char *label, const char *format, ...)
{
    va_list ap;
    autofree char *text = NULL;
    va_start(ap, format);
    int n = vasprintf(&text, format, ap);
    va_end(ap);
    return n < 0 ? err_memory(page->err) : add_line(page, label, text);
}

/* One thing of the preview: what JSON has of it becomes lines. */
typedef int teller(const struct page *page, const char *label, const json_t *value);

static int tell_text(const struct page *page, const char *label, const json_t *value)
{
    const char *text = json_string_value(value);
    return text ? add_line(page, label, text) : 0;
}

static int tell_lines(const struct page *page, const char *label, const json_t *value)
{
    int rc = 0;
    size_t i;
    json_t *one;
    json_array_foreach ((json_t *)value, i, one) {
        if (rc == 0)
            rc = tell_text(page, i ? "" : label, one);
    }
    return rc;
}

static int tell_words(const struct page *page, const char *label, const json_t *value)
{
    autobuf words = {0};
    int rc = 0;
    size_t i;
    json_t *one;
    json_array_foreach ((json_t *)value, i, one) {
        const char *word = json_string_value(one);
        if (rc == 0 && word)
            rc = buf_printf(&words, page->err, "%s%s", words.len ? ", " : "", word);
    }
    return rc < 0 ? rc : add_line(page, label, buf_text(&words));
}

static int tell_verdict(const struct page *page, const char *label, const json_t *value)
{
    int64_t line = json_number(page->preview, "applies_line", 0);
    autofree char *where = line ? text_format(" (line %" PRId64 ")", line) : strdup("");
    return add_format(page, label, "%s: %s%s",
                      json_is_true(value)    ? "yes"
                      : json_is_false(value) ? "no"
                                             : "not known",
                      json_text(page->preview, "applies_reason", ""), where ? where : "");
}

static int tell_place(const struct page *page, const char *label, const json_t *value)
{
    const char *file = json_string_value(value);
    return file
               ? add_format(page, label, "%s:%" PRId64, file, json_number(page->preview, "line", 0))
               : 0;
}

static int tell_subject(const struct page *page, const char *label, const json_t *value)
{
    const char *text = json_string_value(value);
    return add_line(page, label, !text ? "not known" : *text ? text : "none");
}

/* An RDN for each line: TYPE=value (string type), with + between what stands in one. */
static int tell_rdns(const struct page *page, const char *label, const json_t *value)
{
    int rc = 0;
    size_t i, j;
    json_t *rdn, *ava;
    json_array_foreach ((json_t *)value, i, rdn) {
        autobuf line = {0};
        json_array_foreach (rdn, j, ava) {
            if (rc == 0)
                rc = buf_printf(&line, page->err, "%s%s=%s (%s)", j ? " + " : "",
                                json_text(ava, "type", "?"), json_text(ava, "value", "?"),
                                json_text(ava, "string", "?"));
        }
        if (rc == 0)
            rc = add_line(page, i ? "" : label, buf_text(&line));
    }
    return rc;
}

static int tell_sans(const struct page *page, const char *label, const json_t *value)
{
    int rc = 0;
    size_t i;
    json_t *san;
    json_array_foreach ((json_t *)value, i, san) {
        if (rc == 0)
            rc = add_format(page, i ? "" : label, "%s:%s", json_text(san, "kind", "?"),
                            json_text(san, "value", " not known"));
    }
    return rc;
}

static int tell_key(const struct page *page, const char *label, const json_t *value)
{
    return add_format(page, label, "%s %" PRId64 ", %s", json_text(value, "type", "?"),
                      json_number(value, "size", 0), json_text(value, "storage", "?"));
}

static int tell_ekus(const struct page *page, const char *label, const json_t *value)
{
    int rc = 0;
    size_t i;
    json_t *eku;
    json_array_foreach ((json_t *)value, i, eku) {
        const char *name = json_text(eku, "name", NULL), *oid = json_text(eku, "oid", "?");
        if (rc == 0)
            rc = name ? add_format(page, i ? "" : label, "%s (%s)", name, oid)
                      : add_line(page, i ? "" : label, oid);
    }
    return rc;
}

static int tell_validity(const struct page *page, const char *label, const json_t *value)
{
    int64_t count = json_number(value, "count", 0);
    const char *unit = json_text(value, "unit", "?");
    if (!value)
        return add_line(page, label, "as the server decides");
    return add_format(page, label, "%" PRId64 " %.*s, if the server agrees", count,
                      (int)strlen(unit) - (count == 1), unit);
}

static int tell_renewal(const struct page *page, const char *label, const json_t *value)
{
    return value ? add_format(page, label,
                              "once %" JSON_INTEGER_FORMAT " %% of the lifetime are left",
                              json_integer_value(value))
                 : 0;
}

static int tell_root(const struct page *page, const char *label, const json_t *value)
{
    const char *reason = json_text(value, "applies_reason", "");
    int rc = add_format(page, label, "%s: %s", json_text(value, "profile", "?"),
                        json_text(value, "subject", "not known"));
    if (rc == 0 && json_object_get(value, "fingerprint"))
        rc = add_format(page, "", "SHA-256 %s", json_text(value, "fingerprint", ""));
    if (rc == 0 && json_is_false(json_object_get(value, "applies")))
        rc = add_format(page, "", "which does not apply: %s", reason);
    return rc;
}

static int tell_servers(const struct page *page, const char *label, const json_t *value)
{
    int rc = tell_lines(page, label, value);
    return rc == 0 && json_flag(page->preview, "urls_shuffled", false)
               ? add_line(page, "", "(in a new order for each request)")
               : rc;
}

static int tell_proxy(const struct page *page, const char *label, const json_t *value)
{
    if (!value)
        return 0;
    int rc = add_format(page, label, "%s (%s)%s", json_text(value, "url", "?"),
                        json_text(value, "where", "?"),
                        json_flag(value, "login", false) ? ", with a name and a password" : "");
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(value, "direct"), i, one) {
        const char *url = json_string_value(one);
        if (rc == 0 && url)
            rc = add_format(page, "", "not for %s", url);
    }
    return rc;
}

static int tell_tls(const struct page *page, const char *label, const json_t *value)
{
    const char *name = json_string_value(value);
    return name
               ? add_format(page, label, "the certificate of %s is shown to https:// servers", name)
               : 0;
}

static int tell_crypto(const struct page *page, const char *label, const json_t *value)
{
    const char *word = json_string_value(value);
    return word ? add_format(page, label, "%s or better%s", word,
                             json_flag(page->preview, "accept_des", false)
                                 ? "; answers in single DES are opened"
                                 : "")
                : 0;
}

/* How long a person at the CA is waited for. */
static int tell_approval(const struct page *page, const char *label, const json_t *value)
{
    char pace[MOMENT_MAX], limit[MOMENT_MAX];
    int64_t interval = json_number(page->preview, "poll_interval", 0);
    if (!value)
        return 0;
    moment_span(json_integer_value(value), limit);
    return interval
               ? add_format(page, label, "asked about every %s, given up after %s",
                            moment_span(interval, pace), limit)
               : add_format(page, label, "asked about slower and slower, given up after %s", limit);
}

static int tell_variables(const struct page *page, const char *label, const json_t *value)
{
    int rc = 0;
    size_t i;
    json_t *variable;
    json_array_foreach ((json_t *)value, i, variable) {
        const char *name = json_text(variable, "name", "?");
        const char *text = json_text(variable, "value", NULL);
        if (rc == 0)
            rc = text ? add_format(page, i ? "" : label, "%s = %s (%s)", name, text,
                                   json_text(variable, "where", "?"))
                      : add_format(page, i ? "" : label, "%s has no value", name);
    }
    return rc;
}

static const struct {
    const char *label, *member;
    teller *tell;
} things[] = {
    {"Description", "description", tell_text},
    {"Profile", "file", tell_place},
    {"Applies", "applies", tell_verdict},
    {"Subject", "subject", tell_subject},
    {"Encoded", "rdns", tell_rdns},
    {"Names", "sans", tell_sans},
    {"Key", "key", tell_key},
    {"Key usage", "key_usage", tell_words},
    {"EKU", "ekus", tell_ekus},
    {"Hash", "hash", tell_text},
    {"Validity", "validity", tell_validity},
    {"Renewal", "renewal_threshold", tell_renewal},
    {"On mismatch", "on_mismatch", tell_text},
    {"Root", "root", tell_root},
    {"Servers", "urls", tell_servers},
    {"Proxy", "proxy", tell_proxy},
    {"TLS", "tls_certificate", tell_tls},
    {"CA ident", "ca_ident", tell_text},
    {"CA SHA-256", "ca_fingerprints", tell_lines},
    {"Crypto", "minimum_crypto", tell_crypto},
    {"Approval", "poll_limit", tell_approval},
    {"Challenge", "challenge", tell_text},
    {"Variables", "variables", tell_variables},
};

static const struct {
    const char *label, *member;
} lists[] = {{"Warnings", "warnings"}, {"Problems", "problems"}};

int preview_text(const json_t *preview, const struct screen *screen, struct buf *ret,
                 struct err *err)
{
    const struct page page = {preview, screen, ret, err};
    const char *profile = json_text(preview, "profile", NULL);
    int rc = 0;
    if (profile) {
        autobuf plain = {0};
        rc = buf_printf(&plain, err, "%s for %s", profile, json_text(preview, "owner", "?"));
        if (rc == 0)
            rc = plain_add(buf_text(&plain), screen->utf8, ret, err);
        if (rc == 0)
            rc = buf_add_text(ret, "\n", err);
    }
    for (size_t i = 0; profile && rc == 0 && i < LENGTH(things); i++)
        rc = things[i].tell(&page, things[i].label, json_object_get(preview, things[i].member));
    for (size_t i = 0; rc == 0 && i < LENGTH(lists); i++)
        rc = tell_lines(&page, lists[i].label, json_object_get(preview, lists[i].member));
    return rc;
}
