#include "profile/profile.h"

#include "base/array.h"
#include "base/fs.h"
#include "profile/draft.h"
#include "profile/problem.h"
#include "profile/san.h"
#include "profile/settings.h"
#include "profile/subject.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define MACHINE_FOLDER "/etc/signet"

static void scep_free(struct scep_profile *scep)
{
    if (scep->subject)
        subject_free(scep->subject);
    free(scep->subject);
    for (size_t i = 0; i < scep->n_sans; i++)
        san_free(&scep->sans[i]);
    free(scep->sans);
    free(scep->root);
    strings_free(&scep->ekus);
    strings_free(&scep->urls);
    proxy_free(&scep->proxy);
    free(scep->tls_certificate);
    free(scep->ca_ident);
    strings_free(&scep->ca_fingerprints);
    challenge_source_free(&scep->challenge);
    strings_free(&scep->key_access);
}

void profile_free(struct profile *profile)
{
    free(profile->file);
    free(profile->description);
    strings_free(&profile->scope_tags);
    assignment_free(&profile->assignment);
    if (profile->kind == PROFILE_SCEP) {
        scep_free(&profile->scep);
    } else {
        free(profile->root.certificate);
        buf_free(&profile->root.der);
    }
    *profile = (struct profile){0};
}

void profile_set_free(struct profile_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        profile_free(&set->v[i]);
    free(set->v);
    for (size_t i = 0; i < set->n_faulty; i++) {
        free(set->faulty[i].file);
        free(set->faulty[i].problem);
    }
    free(set->faulty);
    problems_free(&set->problems);
    problems_free(&set->warnings);
    settings_free(&set->settings);
    *set = (struct profile_set){0};
}

const char *profile_kind_name(enum profile_kind kind)
{
    static const char *const names[] = {
        [PROFILE_TRUSTED_ROOT] = "trusted-root", [PROFILE_SCEP] = "scep"};
    return names[kind];
}

int profile_compare(const struct profile *a, const struct profile *b)
{
    return a->kind != b->kind ? (int)a->kind - (int)b->kind : strcmp(a->name, b->name);
}

static int compare(const void *a, const void *b)
{
    return profile_compare(a, b);
}

const struct profile *profile_find(const struct profile_set *set, enum profile_kind kind,
                                   const char *name)
{
    struct profile wanted = {.kind = kind};
    if (strlen(name) > PROFILE_NAME_MAX || set->n == 0)
        return NULL;
    strcpy(wanted.name, name);
    return bsearch(&wanted, set->v, set->n, sizeof *set->v, compare);
}

const struct faulty_profile *profile_find_faulty(const struct profile_set *set,
                                                 enum profile_kind kind, const char *name)
{
    for (size_t i = 0; i < set->n_faulty; i++)
        if (set->faulty[i].kind == kind && strcmp(set->faulty[i].name, name) == 0)
            return &set->faulty[i];
    return NULL;
}

unsigned profile_depth(const struct profile_set *set, const struct profile *profile)
{
    unsigned depth = 0;
    while (profile && profile->scep.tls_certificate && depth < set->n) {
        profile = profile_find(set, PROFILE_SCEP, profile->scep.tls_certificate);
        depth++;
    }
    return depth;
}

int profile_unknown(const struct profile_set *set, unsigned kinds, const char *name,
                    struct err *err)
{
    struct nearest nearest = {.word = name, .len = strlen(name)};
    for (size_t i = 0; i < set->n; i++)
        if (kinds & 1u << set->v[i].kind)
            nearest_offer(&nearest, set->v[i].name);
    return err_set(err, ERR_CONFIG, "%.64s: no such profile%s%s", name, nearest_hint(&nearest),
                   set->complete ? ""
                   : set->denied ? "; it may stand in a file that only root may read: ask as root"
                                 : "; it may stand in a file with a problem (signet check)");
}

/* The folders of conf.d, the strongest first. */
static int list_folders(const char *conf, struct strings *ret, struct err *err)
{
    autofree char *first = text_format("%s/conf.d", conf ? conf : MACHINE_FOLDER);
    int rc = first ? strings_add(ret, first, err) : err_memory(err);
    if (rc == 0 && !conf)
        rc = strings_add(ret, "/run/signet/conf.d", err);
    if (rc == 0 && !conf)
        rc = strings_add(ret, "/usr/lib/signet/conf.d", err);
    return rc;
}

static int check_folder(const char *conf, struct err *err)
{
    struct stat st;
    if (!conf)
        return 0;
    if (stat(conf, &st) < 0)
        return errno == ENOENT ? err_set(err, ERR_CONFIG, "%s: no such folder", conf)
                               : err_errno(err, "%s", conf);
    return S_ISDIR(st.st_mode) ? 0 : err_set(err, ERR_CONFIG, "%s: not a folder", conf);
}

/* Who may write the folder may put any other in the place of conf.d. A folder that is not there has
 * nothing to say, but those below /run and /usr may. */
static int check_trusted(const char *folder, struct profile_set *set, bool *ret, struct err *err)
{
    autoclose int fd = -1;
    struct err why;
    *ret = true;
    if (access(folder, F_OK) < 0 || fs_open_trusted_dir(folder, &fd, &why) == 0)
        return 0;
    *ret = false;
    set->denied = conf_is_denied(AT_FDCWD, folder);
    return problem_add(&set->problems, folder, 0, err, "%s", problem_reason(why.text, folder));
}

static int load_settings(const char *folder, struct profile_set *set, struct err *err)
{
    CLEANUP(conf_free) struct conf conf = {0};
    autofree char *path = text_format("%s/signet.conf", folder);
    int rc = path ? conf_read_file(path, &conf, err) : err_memory(err);
    set->denied = set->denied || conf.denied;
    return rc < 0
               ? rc
               : settings_read(&conf, folder, &set->settings, &set->problems, &set->warnings, err);
}

/* Whoever asks for it by its name is to hear that it is there. */
static int note_faulty(const struct draft *draft, struct profile_set *set, struct err *err)
{
    const struct profile *profile = &draft->profile;
    if (!*profile->name)
        return 0;
    int rc = array_room(&set->faulty, set->n_faulty, sizeof *set->faulty, err);
    if (rc < 0)
        return rc;
    struct faulty_profile *faulty = &set->faulty[set->n_faulty++];
    faulty->kind = profile->kind;
    faulty->line = profile->line;
    faulty->rootless = draft->rootless;
    strcpy(faulty->name, profile->name);
    faulty->file = strdup(profile->file);
    faulty->problem = strdup(set->problems.v[draft->problem].text);
    if (!faulty->file || !faulty->problem)
        return err_memory(err);
    return 0;
}

/* Moves what stands from the drafts to the set. */
static int take(struct drafts *drafts, struct profile_set *set, struct err *err)
{
    for (size_t i = 0; i < drafts->n; i++) {
        int rc = drafts->v[i].faulty ? note_faulty(&drafts->v[i], set, err)
                                     : array_room(&set->v, set->n, sizeof *set->v, err);
        if (rc < 0)
            return rc;
        if (drafts->v[i].faulty)
            continue;
        set->v[set->n++] = drafts->v[i].profile;
        drafts->v[i].profile = (struct profile){0};
    }
    return 0;
}

static int load(const char *conf, struct profile_set *set, struct err *err)
{
    CLEANUP(strings_free) struct strings folders = {0};
    CLEANUP(conf_free) struct conf files = {0};
    CLEANUP(drafts_free) struct drafts drafts = {0};
    const char *folder = conf ? conf : MACHINE_FOLDER;

    bool trusted = false;
    int rc = check_trusted(folder, set, &trusted, err);
    if (rc < 0 || !trusted)
        return rc;
    rc = load_settings(folder, set, err);
    if (rc == 0)
        rc = list_folders(conf, &folders, err);
    if (rc == 0)
        rc = conf_read_dirs(&folders, &files, err);
    set->denied = set->denied || files.denied;
    if (rc == 0)
        rc = problems_add(&set->problems, &files.problems, err);
    if (rc == 0)
        rc = drafts_read(&drafts, &files, folder, set, err);
    if (rc == 0)
        rc = drafts_resolve(&drafts, set, err);
    if (rc == 0)
        rc = take(&drafts, set, err);
    return rc;
}

int profile_load(const char *conf, struct profile_set *ret, struct err *err)
{
    CLEANUP(profile_set_free) struct profile_set set = {0};
    int rc = check_folder(conf, err);
    if (rc == 0)
        rc = load(conf, &set, err);
    if (rc < 0)
        return rc;
    problems_sort(&set.problems);
    problems_sort(&set.warnings);
    set.complete = set.problems.n == 0;
    profile_set_free(ret);
    *ret = set;
    set = (struct profile_set){0};
    return 0;
}
