/* A subject and an alternative name of a profile, and what a directory may say of people: lines
 * with
 * "--" between them, the subject, the alternative name, the user, and the value of every other
 * variable. Whatever the values are, the name has the form that the subject gave it. */
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "profile/dn.h"
#include "profile/san.h"
#include "profile/subject.h"
#include "scep/csr.h"

#include <string.h>

#define SEPARATOR "\n--\n"

struct input {
    struct buf subject, san, user, value;
};

static void input_free(struct input *input)
{
    buf_free(&input->subject);
    buf_free(&input->san);
    buf_free(&input->user);
    buf_free(&input->value);
}

static void split(const char *text, size_t len, struct input *ret)
{
    struct buf *parts[] = {&ret->subject, &ret->san, &ret->user, &ret->value};
    for (size_t i = 0; i < LENGTH(parts); i++) {
        const char *end =
            i + 1 < LENGTH(parts) ? memmem(text, len, SEPARATOR, strlen(SEPARATOR)) : NULL;
        size_t n = end ? (size_t)(end - text) : len;
        HOLDS(buf_add(parts[i], text, n, NULL) == 0);
        n += end ? strlen(SEPARATOR) : 0;
        text += n;
        len -= n;
    }
}

/* Every service knows the same of everything. */
static int answer(void *context, enum attribute_service service, const char *user, uid_t uid,
                  const char *name, struct buf *ret, struct err *err)
{
    const struct buf *value = context;
    (void)service;
    (void)user;
    (void)uid;
    (void)name;
    int rc = buf_add(ret, value->data, value->len, err);
    return rc < 0 ? rc : value->len > 0;
}

static void check_texts(const struct strings *texts)
{
    for (size_t i = 0; i < texts->n; i++)
        HOLDS_OF(texts->v[i], *texts->v[i] && fuzz_is_line(texts->v[i]));
}

static void check_error(const struct err *err, const struct buf *input)
{
    HOLDS_OF(err->text, *err->text && fuzz_is_line(err->text));
    HOLDS_OF(err->text, err->class == ERR_CONFIG || err->class == ERR_RETRY);
    if (!input || !err->at)
        return;
    const char *text = buf_text(input);
    HOLDS_OF(err->text, err->at >= text && err->at + err->at_len <= text + input->len);
}

/* What passed our own checks is a name that OpenSSL writes, reads again, and finds unchanged. */
static void check_encoding(const struct name *name)
{
    CLEANUP(X509_NAME_free_p) X509_NAME *made = NULL, *read = NULL;
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    struct err err = {0};
    for (size_t i = 0; i < name->n; i++)
        if (name->v[i].value.len > 16 * 1024) /* more than any request carries */
            return;
    HOLDS_OF(err.text, csr_name(name, &made, &err) == 0);
    int len = i2d_X509_NAME(made, &der);
    const uint8_t *at = der;
    HOLDS(len > 0 && (read = d2i_X509_NAME(NULL, &at, len)) && at == der + len);
    HOLDS(X509_NAME_entry_count(read) == (int)name->n);
    for (int i = 0, set = -1; i < X509_NAME_entry_count(read); i++) {
        X509_NAME_ENTRY *entry = X509_NAME_get_entry(read, i);
        HOLDS(X509_NAME_ENTRY_set(entry) == (set += !name->v[i].joined));
    }
}

/* In the order of the text: as many AVAs as leaves, each of its leaf's kind and beside the same. */
static void check_form(const struct subject_template *subject, const struct name *name)
{
    for (size_t i = 0; i < subject->n; i++)
        if (subject->v[i].whole_dn)
            return;
    HOLDS(name->n == subject->n);
    for (size_t i = 0; i < name->n; i++) {
        HOLDS(strcmp(name->v[i].oid, subject->v[i].oid) == 0);
        HOLDS(name->v[i].type == subject->v[i].type);
        HOLDS(name->v[i].joined == subject->v[i].joined);
        HOLDS(text_is_utf8(buf_text(&name->v[i].value), name->v[i].value.len));
    }
}

/* The same RDNs, the last one first. */
static void check_reversed(const struct name *forward, const struct name *reversed)
{
    HOLDS(forward->n == reversed->n);
    for (size_t i = 0, n; i < forward->n; i += n) {
        for (n = 1; i + n < forward->n && forward->v[i + n].joined; n++)
            ;
        for (size_t j = 0; j < n; j++) {
            const struct name_ava *a = &forward->v[i + j],
                                  *b = &reversed->v[forward->n - i - n + j];
            HOLDS(buf_equal(&a->value, &b->value) && strcmp(a->oid, b->oid) == 0);
            HOLDS(a->joined == b->joined && b->joined == (j > 0));
        }
    }
}

static void run_subject(const struct buf *text, struct attributes *attributes)
{
    CLEANUP(subject_free) struct subject_template subject = {0};
    CLEANUP(name_free) struct name forward = {0}, reversed = {0};
    CLEANUP(strings_free) struct strings warnings = {0};
    struct faults faults = {0};
    struct err err = {0};
    if (subject_parse(buf_text(text), &subject, &warnings, &faults, &err) < 0) {
        check_error(&err, text);
        for (size_t i = 0; i < faults.n; i++)
            check_error(&faults.v[i], text);
        return;
    }
    HOLDS(faults.n == 0);
    HOLDS(subject.n <= SUBJECT_MAX);
    int rc = subject_expand(&subject, true, attributes, &forward, &warnings, &err);
    check_texts(&warnings);
    if (rc < 0) {
        check_error(&err, NULL);
        return;
    }
    check_form(&subject, &forward);
    HOLDS(subject_expand(&subject, false, attributes, &reversed, &warnings, &err) == 0);
    check_reversed(&forward, &reversed);
    if (forward.n > 0)
        check_encoding(&forward);
}

/* One alternative name, in DER and back. */
static void run_san(const struct buf *text, struct attributes *attributes)
{
    CLEANUP(san_free) struct san_template san = {0};
    CLEANUP(GENERAL_NAMES_free_p) GENERAL_NAMES *made = NULL, *read = NULL;
    CLEANUP(bytes_free_p) uint8_t *der = NULL;
    struct san value = {0};
    struct err err = {0};
    int rc = san_parse(buf_text(text), &san, &err);
    if (rc < 0) {
        check_error(&err, text);
        return;
    }
    rc = san_expand(&san, attributes, &value, &err);
    if (rc < 0) {
        check_error(&err, NULL);
        return;
    }
    autofree char *owned = value.value;
    const struct request request = {.sans = &value, .n_sans = 1};
    if (strlen(owned) > 16 * 1024)
        return;
    HOLDS_OF(err.text, csr_alternative_names(&request, &made, &err) == 0);
    int len = i2d_GENERAL_NAMES(made, &der);
    const uint8_t *at = der;
    HOLDS(len > 0 && (read = d2i_GENERAL_NAMES(NULL, &at, len)) && at == der + len);
    HOLDS(sk_GENERAL_NAME_num(read) == 1);
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(read, 0);
    HOLDS(value.kind == san.kind && name->type == (value.kind == SAN_UPN     ? GEN_OTHERNAME
                                                   : value.kind == SAN_EMAIL ? GEN_EMAIL
                                                   : value.kind == SAN_DNS   ? GEN_DNS
                                                                             : GEN_URI));
}

/* The directory's own name of somebody. */
static void run_dn(const struct buf *text)
{
    CLEANUP(name_free) struct name name = {0};
    struct err err = {0};
    if (dn_parse(buf_text(text), text->len, &name, &err) < 0) {
        check_error(&err, NULL);
        HOLDS(name.n == 0);
        return;
    }
    HOLDS(name.n > 0 && name.n <= DN_MAX && !name.v[0].joined);
    check_encoding(&name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(input_free) struct input input = {0};
    split((const char *)data, size, &input);
    /* The reader of files lets no zero byte through to here. */
    if (strlen(buf_text(&input.subject)) != input.subject.len ||
        strlen(buf_text(&input.san)) != input.san.len)
        return 0;
    struct attributes attributes = {.user = buf_text(&input.user),
                                    .root = "/nonexistent",
                                    .ask = answer,
                                    .context = &input.value};
    run_subject(&input.subject, &attributes);
    run_san(&input.san, &attributes);
    run_dn(&input.value);
    return 0;
}
