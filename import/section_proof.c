#include "import/section_proof.h"

#include "profile/draft.h"
#include "profile/root_file.h"

#include <stdlib.h>
#include <string.h>

#define FOLDER SYSCONFDIR "/signet" /* where relative file names would begin */

int section_print(struct section *section, struct buf *ret, struct err *err)
{
    unsigned number = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < section->comments.n; i++, number++)
        rc = buf_printf(ret, err, "# %s\n", section->comments.v[i]);
    if (rc == 0)
        rc = buf_printf(ret, err, "[%s %s]\n", profile_kind_name(section->kind), section->name);
    number++;
    for (size_t i = 0; rc == 0 && i < section->n; i++) {
        struct section_line *line = &section->lines[i];
        line->number = ++number;
        rc = buf_printf(ret, err, "%s%s = %s%s%s\n", line->off ? "#" : "", line->key, line->value,
                        line->remark ? "   ; " : "", line->remark ? line->remark : "");
    }
    return rc;
}

/* Where the line with this number came from; NULL: it is none of a value. */
static const char *property_of(const struct section *section, unsigned number)
{
    for (size_t i = 0; i < section->n; i++)
        if (section->lines[i].number == number)
            return section->lines[i].property;
    return NULL;
}

static bool reads_back(const struct section_line *wrote, const struct conf_line *read)
{
    return wrote->number == read->number && strcmp(wrote->key, read->key) == 0 &&
           strcmp(wrote->value, read->value) == 0;
}

/* Is what was read one section, with these lines and no others? */
static int compare(struct sections *sections, struct section *section, const struct conf *conf,
                   struct err *err)
{
    const struct conf_section *read = conf->n == 1 ? &conf->sections[0] : NULL;
    size_t n = 0;
    if (!read || conf->problems.n > 0 ||
        strcmp(read->kind, profile_kind_name(section->kind)) != 0 ||
        strcmp(read->name, section->name) != 0)
        return section_refuse(sections, section, NULL, err, "does not read back as one section");
    for (size_t i = 0; i < section->n; i++) {
        const struct section_line *line = &section->lines[i];
        if (line->off)
            continue;
        if (n >= read->n || !reads_back(line, &read->lines[n++]))
            return section_refuse(sections, section, line->property, err,
                                  "cannot stand in a configuration file as it is: a \" ; \" "
                                  "would begin a comment");
    }
    return n == read->n ? 0 : section_refuse(sections, section, NULL, err, "reads back longer");
}

/* "NAME:LINE: text": the text. */
static const char *reason_of(const struct section *section, const struct problem *problem)
{
    const char *end = strstr(problem->text + strlen(section->name), ": ");
    return end ? end + 2 : problem->text;
}

/* Lines that speak of files are of no use before those files are there. */
static int tell(struct sections *sections, struct section *section, const struct profile_set *set,
                struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < set->problems.n; i++) {
        const struct problem *problem = &set->problems.v[i];
        const char *text = reason_of(section, problem);
        if (section->kind != PROFILE_TRUSTED_ROOT || !strstr(text, " has no certificate"))
            rc = section_refuse(sections, section, property_of(section, problem->at.line), err,
                                "%s", text);
    }
    for (size_t i = 0; rc == 0 && i < set->warnings.n; i++) {
        const struct problem *warning = &set->warnings.v[i];
        const char *text = reason_of(section, warning);
        if (strncmp(text, "challenge", 9) != 0)
            rc = section_note(sections, section, property_of(section, warning->at.line), err, "%s",
                              text);
    }
    return rc;
}

/* What the certificate's file will hold. */
static int prove_certificate(struct sections *sections, struct section *section, struct err *err)
{
    autobuf der = {0};
    struct err why;
    return root_file_decode(section->certificate.data, section->certificate.len, &der, &why) < 0
               ? section_refuse(sections, section, "certificate", err, "%s", why.text)
               : 0;
}

/* Moves the line `certificate`, whose file is not there yet, to the end; false when there is none.
 */
static bool put_last(struct conf_section *read)
{
    for (size_t i = 0; i < read->n; i++)
        if (strcmp(read->lines[i].key, "certificate") == 0) {
            struct conf_line line = read->lines[i];
            read->lines[i] = read->lines[read->n - 1];
            read->lines[read->n - 1] = line;
            return true;
        }
    return false;
}

static int read_profile(struct sections *sections, struct section *section, struct conf *conf,
                        struct err *err)
{
    CLEANUP(drafts_free) struct drafts drafts = {0};
    CLEANUP(profile_set_free) struct profile_set set = {0};
    bool hidden = section->kind == PROFILE_TRUSTED_ROOT && put_last(&conf->sections[0]);
    conf->sections[0].n -= hidden;
    int rc = drafts_read(&drafts, conf, FOLDER, &set, err);
    conf->sections[0].n += hidden;
    return rc < 0 ? rc : tell(sections, section, &set, err);
}

int section_prove(struct sections *sections, struct section *section, struct err *err)
{
    CLEANUP(conf_free) struct conf conf = {0};
    autobuf text = {0};
    int rc = section_print(section, &text, err);
    if (rc == 0)
        rc = conf_parse(section->name, buf_text(&text), text.len, &conf, err);
    if (rc == 0)
        rc = compare(sections, section, &conf, err);
    if (rc == 0 && !section->refused && section->kind == PROFILE_TRUSTED_ROOT)
        rc = prove_certificate(sections, section, err);
    if (rc == 0 && !section->refused)
        rc = read_profile(sections, section, &conf, err);
    return rc;
}
