#include "import/section.h"

#include "base/array.h"
#include "import/label.h"
#include "base/clean.h"

#include <stdio.h>
#include <string.h>

#define LINES_MAX    1000
#define VALUE_MAX    8192 /* what a template may have (TEMPLATE_MAX), and more */
#define DESCRIBE_MAX 1000 /* below what a description may have */

static void section_free(struct section *section)
{
    for (size_t i = 0; i < section->n; i++) {
        free(section->lines[i].value);
        free(section->lines[i].property);
        free(section->lines[i].remark);
    }
    free(section->lines);
    strings_free(&section->comments);
    buf_free(&section->certificate);
    buf_free(&section->secret);
}

void sections_free(struct sections *sections)
{
    for (size_t i = 0; i < sections->n; i++)
        section_free(&sections->v[i]);
    free(sections->v);
    *sections = (struct sections){0};
}

static bool name_taken(const struct sections *sections, const char *name)
{
    for (size_t i = 0; i < sections->n; i++)
        if (strcmp(sections->v[i].name, name) == 0)
            return true;
    return false;
}

static void choose_name(const struct sections *sections, const char *title, char *ret)
{
    unsigned number = 1;
    for (size_t i = 0; i < sections->n; i++)
        number += strcmp(sections->v[i].title, title) == 0;
    do
        label_make(title, number++, ret);
    while (name_taken(sections, ret));
}

int sections_add(struct sections *sections, enum profile_kind kind, const char *title,
                 const char *id, const void *source, struct section **ret, struct err *err)
{
    if (sections->n >= SECTIONS_MAX)
        return err_set(err, ERR_RESOURCE, "more than %d profiles", SECTIONS_MAX);
    int rc = array_room(&sections->v, sections->n, sizeof *sections->v, err);
    if (rc < 0)
        return rc;
    struct section *section = &sections->v[sections->n];
    choose_name(sections, title, section->name);
    section->kind = kind;
    section->title = title;
    section->id = id;
    section->source = source;
    sections->n++;
    *ret = section;
    return 0;
}

static int add_line(struct section *section, const char *key, const char *property,
                    const char *value, const char *remark, bool off, struct err *err)
{
    int rc = array_room(&section->lines, section->n, sizeof *section->lines, err);
    if (rc < 0)
        return rc;
    struct section_line *line = &section->lines[section->n++];
    line->key = key;
    line->off = off;
    line->value = strdup(value);
    line->property = strdup(property);
    line->remark = remark ? strdup(remark) : NULL;
    return line->value && line->property && (line->remark || !remark) ? 0 : err_memory(err);
}

int section_put(struct sections *sections, struct section *section, const char *key,
                const char *property, const char *value, struct err *err)
{
    size_t len = strlen(value);
    const char *fault = len > VALUE_MAX ? "is too long" : NULL;
    autofree char *copy = strndup(value, len > VALUE_MAX ? 0 : len);
    if (!copy)
        return err_memory(err);
    for (char *tab = copy; (tab = strchr(tab, '\t'));)
        *tab = ' ';
    const char *text = text_trim(copy);
    if (!fault)
        fault = *text ? clean_fault(text, strlen(text)) : "is empty";
    if (!fault && section->n >= LINES_MAX)
        fault = "is one value too many";
    return fault ? section_refuse(sections, section, property, err, "%s", fault)
                 : add_line(section, key, property, text, NULL, false, err);
}

/* As one line of text, without a " ;" that would begin a comment. */
static void flatten(char *text)
{
    char *out = text;
    for (char *p = text; *p; p++)
        if ((uint8_t)*p < 0x20)
            *p = ' ';
    err_sanitise(text);
    for (const char *p = text; *p; p++)
        if (*p != ' ' || (out > text && out[-1] != ' ' && p[1] && p[1] != ';'))
            *out++ = *p;
    *out = 0;
}

int section_put_off(struct section *section, const char *key, const char *value, const char *remark,
                    struct err *err)
{
    autofree char *copy = strdup(value);
    if (!copy)
        return err_memory(err);
    flatten(copy);
    return section->n >= LINES_MAX ? 0 : add_line(section, key, key, copy, remark, true, err);
}

int section_describe(struct sections *sections, struct section *section, const char *property,
                     const char *text, struct err *err)
{
    autofree char *copy = strdup(text);
    if (!copy)
        return err_memory(err);
    flatten(copy);
    size_t len = strlen(copy);
    if (len == 0)
        return 0;
    if (len > DESCRIBE_MAX) {
        len = DESCRIBE_MAX;
        while (((uint8_t)copy[len] & 0xc0) == 0x80) /* not within a character */
            len--;
        copy[len] = 0;
        int rc = section_note(sections, section, property, err, "longer than %d bytes, so cut",
                              DESCRIBE_MAX);
        if (rc < 0)
            return rc;
    }
    return section_put(sections, section, "description", property, copy, err);
}

int section_comment(struct section *section, struct err *err, const char *format, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    err_sanitise(text);
    if (section->comments.n >= LINES_MAX)
        return 0;
    return strings_add(&section->comments, text, err);
}

int section_note(struct sections *sections, const struct section *section, const char *property,
                 struct err *err, const char *format, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return import_result_line(sections->result, IMPORT_NOTE, section->name, property, err, "%s",
                              text);
}

int section_refuse(struct sections *sections, struct section *section, const char *property,
                   struct err *err, const char *format, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    section->refused = true;
    return import_result_line(sections->result, IMPORT_FAULT, section->name, property, err, "%s",
                              text);
}

int section_root(struct sections *sections, struct section *section, const char *property,
                 const struct section *root, const char *why, struct err *err)
{
    const char *name = root ? root->name : sections->options->root;
    if (!name)
        return section_refuse(sections, section, property, err, "%s; name it with --root NAME",
                              why);
    if (!root && !name_taken(sections, name)) {
        int rc = section_note(sections, section, "root", err,
                              "%s is no root of this file: conf.d has to have it", name);
        if (rc < 0)
            return rc;
    }
    return section_put(sections, section, "root", root ? property : "--root", name, err);
}

/* The challenge that the file itself holds: into a file of its own, never on standard output. */
static int own_challenge(struct sections *sections, struct section *section, struct err *err)
{
    autofree char *value = text_format("file:%s.challenge", section->name);
    if (!value)
        return err_memory(err);
    if (!sections->options->files) {
        int rc =
            section_put_off(section, "challenge", value, "not printed: --output writes it", err);
        return rc < 0 ? rc
                      : section_note(sections, section, "Challenge", err,
                                     "a secret, so not printed: --output DIR writes it to a file "
                                     "of its own");
    }
    int rc = section_put(sections, section, "challenge", "Challenge", value, err);
    return rc < 0 ? rc
                  : section_note(sections, section, "Challenge", err,
                                 "in %s.challenge, for your eyes only: the agent reads it once it "
                                 "is root's, of group signet, mode 0640",
                                 section->name);
}

/* The one that the options name. The page of an NDES server wants to know who asks, which takes a
 * second line; its default is Kerberos. */
static int named_challenge(struct sections *sections, struct section *section, const char *named,
                           struct err *err)
{
    int rc = section_put(sections, section, "challenge", "--challenge", named, err);
    if (rc < 0 || strncmp(named, "ndes:", 5) != 0)
        return rc;
    rc = section_put(sections, section, "challenge-keytab", "--challenge", "challenge.keytab", err);
    return rc < 0 ? rc
                  : section_note(sections, section, "challenge-keytab", err,
                                 "challenge.keytab has to be put there, or lines for another "
                                 "challenge-auth in its place");
}

int section_challenge(struct sections *sections, struct section *section, const char *why,
                      struct err *err)
{
    const char *named = sections->options->challenge;
    int rc = 0;
    if (section->refused)
        return 0;
    if (named && section->secret.len > 0)
        rc = section_note(sections, section, "Challenge", err,
                          "left out: --challenge names another");
    if (rc < 0)
        return rc;
    if (named) {
        buf_free(&section->secret);
        return named_challenge(sections, section, named, err);
    }
    if (section->secret.len > 0)
        return own_challenge(sections, section, err);
    rc = section_put_off(section, "challenge", "file:challenge", "to be completed", err);
    return rc < 0 ? rc : section_note(sections, section, "challenge", err, "%s", why);
}
