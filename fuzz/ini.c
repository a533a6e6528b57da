/* The text of a file in conf.d, or of signet.conf: through the reader, the table of keys and the
 * parsers of their values, to the request that each profile makes. */
#include "base/fs.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "fuzz/root.h"
#include "profile/draft.h"
#include "profile/rule.h"
#include "profile/san.h"
#include "profile/settings.h"
#include "profile/subject.h"

#include <string.h>

#define FILE_NAME "f.conf"
/* A challenge that begins so must not be told. */
#define SECRET "S3cret"

struct text {
    const char *at;
    size_t len;
    bool has_secret; /* wherever SECRET stands, "static:" stands before it */
};

static bool keeps_secret(const char *text, size_t len)
{
    const char word[] = "static:";
    for (size_t i = 0; i + strlen(SECRET) <= len; i++)
        if (memcmp(text + i, SECRET, strlen(SECRET)) == 0 &&
            (i < strlen(word) || memcmp(text + i - strlen(word), word, strlen(word)) != 0))
            return false;
    return true;
}

/* Bytes of line NUMBER, from 1; -1: there is no such line. */
static long line_length(const struct text *text, unsigned number)
{
    const char *p = text->at, *end = text->at + text->len;
    while (--number > 0 && p) {
        p = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
        p = p ? p + 1 : NULL;
    }
    if (!p)
        return -1;
    const char *eol = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
    return (eol ? eol : end) - p;
}

/* What people are told is one line that names the file, and its place lies in the text. */
static void check_problems(const struct problems *list, const struct text *text)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct problem *p = &list->v[i];
        HOLDS_OF(p->text, fuzz_is_line(p->text));
        HOLDS_OF(p->text, strncmp(p->text, FILE_NAME ":", strlen(FILE_NAME) + 1) == 0);
        HOLDS_OF(p->text, strlen(p->text) > strlen(FILE_NAME) + 2);
        HOLDS_OF(p->text, !text->has_secret || !strstr(p->text, SECRET));
        HOLDS_OF(p->text, p->at.line > 0 || (p->at.column == 0 && p->at.length == 0));
        HOLDS_OF(p->text, p->at.column > 0 || p->at.length == 0);
        if (p->at.line == 0)
            continue;
        long len = line_length(text, p->at.line);
        HOLDS_OF(p->text, len >= 0);
        if (p->at.column)
            HOLDS_OF(p->text, (long)p->at.column - 1 + (long)p->at.length <= len);
    }
}

static bool has_whole_dn(const struct subject_template *subject)
{
    for (size_t i = 0; i < subject->n; i++)
        if (subject->v[i].whole_dn)
            return true;
    return false;
}

/* A profile that stands makes a request, or says why not; never one with more names than it has. */
static void check_request(const struct profile *profile)
{
    struct attributes attributes = {.user = "alice,OU=Admins", .uid = 1000, .root = root_folder()};
    CLEANUP(request_free) struct request request = {0};
    autobuf wish = {0};
    struct err err = {0};
    HOLDS_OF(profile->name, text_is_name(profile->name));
    HOLDS_OF(profile->name, profile->scep.urls.n > 0 && profile->scep.root);
    HOLDS_OF(profile->name, profile->scep.key_usage && profile->scep.key_size);
    HOLDS_OF(profile->description,
             text_is_utf8(profile->description, strlen(profile->description)));
    if (profile_request(profile, &attributes, &request, &err) < 0) {
        HOLDS_OF(err.text, fuzz_is_line(err.text) && *err.text);
        HOLDS_OF(err.text, err.class == ERR_CONFIG || err.class == ERR_RETRY);
        return;
    }
    size_t leaves = profile->scep.subject ? profile->scep.subject->n : 0;
    HOLDS(request.subject.n == leaves ||
          (profile->scep.subject && has_whole_dn(profile->scep.subject)));
    HOLDS(request.n_sans == profile->scep.n_sans);
    HOLDS(profile_wish(profile, &request, &wish, &err) == 0 && wish.len > 0);
}

/* Whom it is for is decided by one of its lines, with a reason; a line that excludes has the last
 * word. */
static void check_rules(const struct profile *profile, const struct text *text)
{
    char *groups[] = {(char *)"alice", (char *)"staff"};
    const struct platform platform = {.fact = {(char *)"debian", (char *)"12",
                                               (char *)"6.1.0-31-amd64", (char *)"desktop",
                                               (char *)"none"}};
    const struct candidate candidate = {.host = "lab-1",
                                        .user = "alice",
                                        .uid = 1000,
                                        .groups = {groups, LENGTH(groups)},
                                        .uid_min = 1000,
                                        .platform = &platform};
    struct rule_verdict verdict = {0};
    bool excluded = false;
    for (size_t i = 0; i < profile->assignment.n; i++) {
        const struct rule *rule = &profile->assignment.v[i];
        char why[RULE_REASON_MAX] = "";
        bool fits = rule_fits(rule, &candidate, why);
        HOLDS_OF(rule->text, *why && fuzz_is_line(why) && line_length(text, rule->line) >= 0);
        excluded = excluded || (fits && rule_forms[rule->kind].excludes);
    }
    bool applies = rule_applies(profile, &candidate, &verdict);
    HOLDS_OF(verdict.reason, *verdict.reason && fuzz_is_line(verdict.reason));
    HOLDS_OF(verdict.reason, !verdict.line || line_length(text, verdict.line) >= 0);
    HOLDS_OF(verdict.reason, !excluded || !applies);
}

/* No file is opened because the text names it: a root is our own, or a folder. Programs are not
 * run, because no request is made with the settings of the text. */
static void tame(struct conf *conf, bool secret)
{
    for (size_t i = 0; i < conf->n; i++) {
        struct conf_section *section = &conf->sections[i];
        section->secret = secret;
        for (size_t j = 0; j < section->n; j++) {
            char *value = section->lines[j].value;
            if (strcmp(section->lines[j].key, "certificate") == 0 && strcmp(value, "ca.pem") != 0)
                *value = *value ? '/' : 0;
        }
    }
}

static void read_profiles(const struct conf *conf, const struct text *text)
{
    CLEANUP(drafts_free) struct drafts drafts = {0};
    CLEANUP(profile_set_free) struct profile_set set = {0};
    HOLDS(problems_add(&set.problems, &conf->problems, NULL) == 0);
    HOLDS(drafts_read(&drafts, conf, root_folder(), &set, NULL) == 0);
    HOLDS(drafts_resolve(&drafts, &set, NULL) == 0);
    check_problems(&set.problems, text);
    check_problems(&set.warnings, text);
    HOLDS(drafts.n == conf->n);
    for (size_t i = 0; i < drafts.n; i++) {
        HOLDS(!drafts.v[i].faulty || set.problems.n > 0);
        if (drafts.v[i].faulty)
            continue;
        check_rules(&drafts.v[i].profile, text);
        if (drafts.v[i].profile.kind == PROFILE_SCEP)
            check_request(&drafts.v[i].profile);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text text = {(const char *)data, size, keeps_secret((const char *)data, size)};
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(settings_free) struct settings settings = {0};
    CLEANUP(problems_free) struct problems problems = {0}, warnings = {0};
    HOLDS(conf_parse(FILE_NAME, text.at, text.len, &conf, NULL) == 0);
    check_problems(&conf.problems, &text);
    for (size_t i = 0; i < conf.n; i++)
        HOLDS(conf.sections[i].damaged == (conf.problems.n > 0));
    tame(&conf, size % 2);
    HOLDS(settings_read(&conf, "/", &settings, &problems, &warnings, NULL) == 0);
    check_problems(&problems, &text);
    check_problems(&warnings, &text);
    read_profiles(&conf, &text);
    return 0;
}
