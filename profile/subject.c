#include "profile/subject.h"

#include "base/array.h"
#include "base/clean.h"
#include "profile/dn.h"

#include <string.h>

static const struct {
    const char *name, *text;
} formats[] = {
    {"none", ""},
    {"common-name", "CN={{UserName}}"},
    {"common-name-with-email", "CN={{UserName}},E={{EmailAddress}}"},
    {"common-name-as-email", "CN={{EmailAddress}}"},
    {"imei", "CN={{IMEI}}"},
    {"serial-number", "CN={{SerialNumber}}"},
    {"device-id", "CN={{DeviceId}}"},
};

static void leaf_free(struct subject_leaf *leaf)
{
    template_free(&leaf->text);
}

void subject_free(struct subject_template *subject)
{
    for (size_t i = 0; i < subject->n; i++)
        leaf_free(&subject->v[i]);
    free(subject->v);
    *subject = (struct subject_template){0};
}

/* What is left of the string, and the value being read. */
struct cursor {
    const char *p;
    const char *begin; /* where the value begins in the string */
    struct buf value;
    bool quoted;    /* the value stood in quotes */
    bool backslash; /* one was dropped */
};

static void cursor_free(struct cursor *c)
{
    buf_free(&c->value);
}

static void skip(struct cursor *c, const char *these)
{
    c->p += strspn(c->p, these);
}

static size_t without_blanks(const char *text, size_t len)
{
    while (len > 0 && text[len - 1] == ' ')
        len--;
    return len;
}

/* The key of the table that stands in these bytes. */
static int find_key(const char *begin, size_t len, struct subject_leaf *leaf, struct err *err)
{
    char key[64];
    if (len >= sizeof key) {
        err_set(err, ERR_CONFIG, "\"%.60s...\" is no known key", begin);
        return err_at(err, begin, len);
    }
    memcpy(key, begin, len);
    key[len] = 0;
    if (name_key(key, leaf->oid, &leaf->type))
        return 0;

    struct nearest nearest = {.word = key, .len = len};
    name_offer_keys(&nearest);
    err_set(err, ERR_CONFIG, "%s is no known key of a subject%s; others as OID.1.2.3=VALUE",
            len ? key : "\"\"", nearest_hint(&nearest));
    return err_at(err, begin, len);
}

/* The AVAs of an RDN are of different types (X.501 section 9.3): a CA refuses another, or makes of
 * it what it likes. LEAF is the last one of V. */
static int check_once(const struct subject_leaf *v, const struct subject_leaf *leaf,
                      const char *key, size_t len, struct err *err)
{
    for (const struct subject_leaf *other = leaf; other > v && other->joined; other--)
        if (strcmp(other[-1].oid, leaf->oid) == 0) {
            err_set(err, ERR_CONFIG,
                    "%s stands twice in one RDN, which has each key once: write ',' instead of "
                    "'+' between two RDNs",
                    name_label(leaf->oid));
            return err_at(err, key, len);
        }
    return 0;
}

static int read_key(struct cursor *c, const struct subject_leaf *v, struct subject_leaf *leaf,
                    struct err *err)
{
    skip(c, " \n");
    const char *begin = c->p;
    size_t len = strcspn(begin, "=,;+\"\n");
    if (!*begin) {
        err_set(err, ERR_CONFIG, "nothing stands where a KEY=VALUE should");
        return err_at(err, begin, 0);
    }
    if (begin[len] != '=') {
        size_t shown = len ? without_blanks(begin, len) : 1;
        err_set(err, ERR_CONFIG,
                "\"%.*s\" is no KEY=VALUE; a value that holds , ; or + stands in double quotes",
                (int)(shown < 60 ? shown : 60), begin);
        return err_at(err, begin, shown);
    }
    c->p += len + 1;
    len = without_blanks(begin, len);
    int rc = find_key(begin, len, leaf, err);
    return rc < 0 ? rc : check_once(v, leaf, begin, len, err);
}

/* From the opening quote to what stands behind the closing one. */
static int read_quoted(struct cursor *c, struct err *err)
{
    int rc = 0;
    const char *begin = c->p++;
    c->quoted = true;
    for (; rc == 0; c->p++) {
        if (!*c->p || *c->p == '\n') {
            size_t len = strcspn(begin, "\n");
            err_set(err, ERR_CONFIG, "the quote at %.*s is not closed on its line",
                    (int)(len < 40 ? len : 40), begin);
            return err_at(err, begin, len);
        }
        if (*c->p == '"' && *++c->p != '"')
            break;
        rc = buf_add(&c->value, c->p, 1, err);
    }
    skip(c, " ");
    if (rc == 0 && *c->p && !strchr(",;+\n", *c->p)) {
        err_set(err, ERR_CONFIG, "\"%.40s\" stands behind a closing quote", c->p);
        return err_at(err, c->p, without_blanks(c->p, strcspn(c->p, ",;+\n")));
    }
    return rc;
}

/* Does a backslash stand here that other systems want and this one drops? */
static bool is_escape(const char *p)
{
    return *p == '\\' && p[1] && strchr(",+;=@", p[1]);
}

static int read_plain(struct cursor *c, struct err *err)
{
    int rc = 0;
    for (; rc == 0 && *c->p && !strchr(",;+\n", *c->p); c->p++) {
        if (*c->p == '"') {
            err_set(err, ERR_CONFIG,
                    "a quote inside a value: quote the whole value and double the quote");
            return err_at(err, c->p, 1);
        }
        if (is_escape(c->p)) {
            c->backslash = true;
            c->p++;
        }
        rc = buf_add(&c->value, c->p, 1, err);
    }
    size_t len = without_blanks(buf_text(&c->value), c->value.len);
    if (len < c->value.len)
        c->value.data[c->value.len = len] = 0;
    return rc;
}

/* How many bytes of the string the first N of the value were: quotes and backslashes were dropped.
 */
static size_t length_before(const struct cursor *c, size_t n)
{
    const char *p = c->begin + c->quoted;
    for (; n > 0; n--, p++)
        if (c->quoted ? *p == '"' : is_escape(p))
            p++;
    return (size_t)(p - c->begin);
}

/* A fault in the value, which is a copy, becomes one in the string: that part, or all of it. */
static void locate(const struct cursor *c, struct err *err)
{
    const char *text = buf_text(&c->value);
    if (err && err->at >= text && err->at <= text + c->value.len) {
        size_t from = length_before(c, (size_t)(err->at - text));
        size_t to = length_before(c, (size_t)(err->at - text) + err->at_len);
        err_at(err, c->begin + from, to - from);
    } else {
        err_at(err, c->begin, without_blanks(c->begin, (size_t)(c->p - c->begin)));
    }
}

/* What the value means. */
static int take_value(struct cursor *c, struct subject_leaf *leaf, struct err *err)
{
    const char *text = buf_text(&c->value);
    if (c->value.len == 0)
        return err_set(err, ERR_CONFIG, "%s has an empty value", name_label(leaf->oid));
    if (*text == '#' && !c->quoted)
        return err_set(err, ERR_CONFIG,
                       "%s=%.40s: a value that begins with # means octets, and OpenSSL reads no "
                       "certificate with such a name; text stands in double quotes",
                       name_label(leaf->oid), text);
    int rc = template_parse(text, c->value.len, &leaf->text, err);
    if (rc < 0)
        return err_context(err, "%s", name_label(leaf->oid));
    if (template_uses(&leaf->text, "OnPremisesSecurityIdentifier"))
        return err_set(err, ERR_CONFIG,
                       "{{OnPremisesSecurityIdentifier}} belongs in a SAN: san = uri:{{...}}");
    if (template_is_static(&leaf->text))
        rc = name_check(leaf->oid, leaf->type, text, c->value.len, err);
    return rc;
}

static int read_value(struct cursor *c, struct subject_leaf *leaf, struct err *err)
{
    buf_clear(&c->value);
    c->quoted = false;
    skip(c, " ");
    c->begin = c->p;
    int rc = *c->p == '"' ? read_quoted(c, err) : read_plain(c, err);
    if (rc < 0)
        return rc;
    rc = take_value(c, leaf, err);
    if (rc < 0)
        locate(c, err);
    return rc;
}

/* Moves past what separates two AVAs. A line break beside another separator is none of its own. */
static bool read_separator(struct cursor *c, bool *joined)
{
    skip(c, " \n");
    *joined = *c->p == '+';
    bool more = *c->p;
    if (*c->p && strchr(",;+", *c->p))
        c->p++;
    return more;
}

static int read_leaf(struct cursor *c, bool joined, struct subject_template *subject,
                     struct err *err)
{
    int rc = array_room(&subject->v, subject->n, sizeof *subject->v, err);
    if (rc < 0)
        return rc;
    struct subject_leaf *leaf = &subject->v[subject->n++];
    leaf->joined = joined;
    rc = read_key(c, subject->v, leaf, err);
    return rc < 0 ? rc : read_value(c, leaf, err);
}

/* Behind a fault: moves to where the next KEY=VALUE may begin. */
static void pass_leaf(struct cursor *c)
{
    skip(c, " ");
    const char *end = *c->p == '"' ? strpbrk(c->p + 1, "\"\n") : NULL;
    if (end && *end == '"')
        c->p = end + 1;
    c->p += strcspn(c->p, ",;+\n");
}

static int read_leaves(struct cursor *c, struct subject_template *subject, struct faults *more,
                       struct err *err)
{
    bool joined = false;
    int rc = 0;
    do {
        struct err fault;
        if (subject->n >= SUBJECT_MAX)
            return rc < 0 ? rc : err_set(err, ERR_CONFIG, "more than %d parts", SUBJECT_MAX);
        if (read_leaf(c, joined, subject, &fault) == 0)
            continue;
        rc = faults_note(more, rc, &fault, err);
        if (!faults_wanted(more, &fault))
            return rc;
        pass_leaf(c);
    } while (read_separator(c, &joined));
    return rc;
}

/* An RDN that is exactly CN={{OnPrem_Distinguished_Name}} stands for all of that name. */
static void mark_whole_dns(struct subject_template *subject)
{
    for (size_t i = 0; i < subject->n; i++) {
        struct subject_leaf *leaf = &subject->v[i];
        bool alone = !leaf->joined && (i + 1 == subject->n || !subject->v[i + 1].joined);
        leaf->whole_dn = alone && strcmp(name_label(leaf->oid), "CN") == 0 &&
                         template_is_only(&leaf->text, "OnPrem_Distinguished_Name");
    }
}

/* Text without any '=' was meant to be the name of a format. */
static int check_format(const char *text, struct err *err)
{
    struct nearest nearest = {.word = text, .len = strlen(text)};
    if (strchr(text, '='))
        return 0;
    for (size_t i = 0; i < LENGTH(formats); i++) {
        if (strcmp(text, formats[i].name) == 0)
            return 0;
        nearest_offer(&nearest, formats[i].name);
    }
    return err_set(err, ERR_CONFIG,
                   "\"%.60s\" is neither the name of a format nor a list of KEY=VALUE%s", text,
                   nearest_hint(&nearest));
}

int subject_parse(const char *text, struct subject_template *ret, struct strings *warnings,
                  struct faults *more, struct err *err)
{
    CLEANUP(subject_free) struct subject_template subject = {0};
    CLEANUP(cursor_free) struct cursor c = {.p = text};
    for (size_t i = 0; i < LENGTH(formats); i++)
        if (strcmp(text, formats[i].name) == 0)
            c.p = formats[i].text;

    int rc = check_format(text, err);
    if (rc == 0 && *c.p)
        rc = read_leaves(&c, &subject, more, err);
    if (rc == 0 && c.backslash)
        rc = strings_add(warnings,
                         "a backslash is no escape here: it was dropped; write the value in "
                         "double quotes instead",
                         err);
    if (rc < 0)
        return rc;
    mark_whole_dns(&subject);
    subject_free(ret);
    *ret = subject;
    subject = (struct subject_template){0};
    return 0;
}

static int expand_leaf(const struct subject_leaf *leaf, struct attributes *attributes,
                       struct name *ret, struct err *err)
{
    autobuf value = {0};
    int rc = template_expand(&leaf->text, attributes, &value, err);
    if (rc == 0 && leaf->whole_dn) {
        rc = dn_parse(buf_text(&value), value.len, ret, err);
        return rc < 0 ? err_context(err, "{{OnPrem_Distinguished_Name}}") : 0;
    }
    if (rc == 0)
        rc = name_check(leaf->oid, leaf->type, buf_text(&value), value.len, err);
    return rc < 0 ? rc
                  : name_add(ret, leaf->oid, leaf->type, leaf->joined, value.data, value.len, err);
}

static int warn_long(const struct name *name, struct strings *warnings, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < name->n; i++) {
        const struct name_ava *ava = &name->v[i];
        size_t n = clean_length(buf_text(&ava->value), ava->value.len);
        if (strcmp(name_label(ava->oid), "CN") != 0 || n <= SUBJECT_CN_WARN)
            continue;
        rc = strings_printf(warnings, err,
                            "CN has %zu characters; many certificate authorities refuse more "
                            "than %d",
                            n, SUBJECT_CN_WARN);
    }
    return rc;
}

static void reverse_avas(struct name_ava *v, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct name_ava ava = v[i];
        v[i] = v[n - 1 - i];
        v[n - 1 - i] = ava;
    }
}

/* The last RDN comes first; the AVAs of one stay in their order. */
static void reverse(struct name *name)
{
    reverse_avas(name->v, name->n);
    for (size_t begin = 0, i = 0; i < name->n; i++)
        if (!name->v[i].joined) {
            reverse_avas(name->v + begin, i + 1 - begin);
            begin = i + 1;
        }
}

int subject_expand(const struct subject_template *subject, bool forward,
                   struct attributes *attributes, struct name *ret, struct strings *warnings,
                   struct err *err)
{
    CLEANUP(name_free) struct name name = {0};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < subject->n; i++)
        rc = expand_leaf(&subject->v[i], attributes, &name, err);
    if (rc == 0)
        rc = warn_long(&name, warnings, err);
    if (rc < 0)
        return rc;
    if (!forward)
        reverse(&name);
    name_free(ret);
    *ret = name;
    name = (struct name){0};
    return 0;
}
