/* The end of every import: sections are completed, proven and handed over. */
#include "import/certificate.h"
#include "import/section_proof.h"

#include <string.h>

static int describe_certificate(struct section *section, struct err *err)
{
    struct certificate_facts facts;
    if (certificate_facts(&section->certificate, &facts, NULL) < 0)
        return 0; /* the proof will say so */
    int rc = section_comment(section, err, "%s, until %s", facts.subject, facts.expires);
    return rc < 0 ? rc : section_comment(section, err, "SHA-256 %s", facts.fingerprint);
}

static const char *value_of(const struct section *section, const char *key)
{
    for (size_t i = 0; i < section->n; i++)
        if (!section->lines[i].off && strcmp(section->lines[i].key, key) == 0)
            return section->lines[i].value;
    return "";
}

/* A profile cannot stand without its root. */
static int check_root(struct sections *sections, struct section *section, struct err *err)
{
    const char *name = value_of(section, "root");
    for (size_t i = 0; i < sections->n; i++)
        if (sections->v[i].refused && sections->v[i].kind == PROFILE_TRUSTED_ROOT &&
            strcmp(sections->v[i].name, name) == 0)
            return section_refuse(sections, section, "root", err, "%s was left out", name);
    return 0;
}

static int finish(struct sections *sections, struct section *section, struct err *err)
{
    int rc = 0;
    if (!section->refused && section->kind == PROFILE_TRUSTED_ROOT)
        rc = describe_certificate(section, err);
    if (rc == 0 && !section->refused && section->kind == PROFILE_SCEP)
        rc = check_root(sections, section, err);
    if (rc == 0 && !section->refused)
        rc = section_prove(sections, section, err);
    return rc;
}

static int hand_over(struct sections *sections, struct section *section, struct err *err)
{
    autobuf text = {0};
    int rc = section_print(section, &text, err);
    if (rc == 0 && section->certificate.len > 0)
        rc = import_result_add(sections->result, IMPORT_ANCHOR, section->name,
                               section->certificate.data, section->certificate.len, err);
    if (rc == 0 && section->secret.len > 0 && sections->options->files)
        rc = import_result_add(sections->result, IMPORT_SECRET, section->name, section->secret.data,
                               section->secret.len, err);
    return rc < 0 ? rc
                  : import_result_add(sections->result, IMPORT_CONF, section->name, text.data,
                                      text.len, err);
}

int sections_finish(struct sections *sections, struct err *err)
{
    static const enum profile_kind order[] = {PROFILE_TRUSTED_ROOT, PROFILE_SCEP};
    int rc = 0;
    for (size_t k = 0; k < LENGTH(order); k++)
        for (size_t i = 0; rc == 0 && i < sections->n; i++) {
            struct section *section = &sections->v[i];
            if (section->kind != order[k])
                continue;
            rc = finish(sections, section, err);
            if (rc == 0 && !section->refused)
                rc = hand_over(sections, section, err);
        }
    if (rc == 0 && sections->n == 0 && sections->result->lines == 0)
        rc = err_set(err, ERR_CONFIG, "nothing in it can become a profile");
    return rc;
}
