#include "trust/install.h"

#include "base/fs.h"
#include "trust/family.h"
#include "trust/manifest.h"
#include "trust/wanted.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define ANCHOR_MAX (64u * 1024)
#define STATE      "/var/lib/signet-apply"
/* One signet-apply at a time; the other runs the distribution's command, two minutes at most. */
#define LOCK_WAIT_MS 150000

void install_report_free(struct install_report *report)
{
    strings_free(&report->done);
    strings_free(&report->warnings);
    strings_free(&report->problems);
}

/* All that one run works with. */
struct work {
    const struct family *family;
    int folder, state; /* descriptors */
    bool run_command;
    struct plan_files wanted, present;
    struct manifest manifest;
    struct plan plan;
};

static void work_free(struct work *work)
{
    close_p(&work->folder);
    close_p(&work->state);
    plan_free(&work->plan);
    plan_files_free(&work->wanted);
    plan_files_free(&work->present);
    manifest_free(&work->manifest);
}

static int open_state(const char *root, int *ret_fd, struct err *err)
{
    autofree char *path = text_format("%s" STATE, root);
    if (!path)
        return err_memory(err);
    /* Not for others to read: they could hold the lock for ever. */
    autoclose int fd = -1;
    int rc = fs_make_dir(path, 0700, err);
    if (rc == 0)
        rc = fs_open_trusted_dir(path, &fd, err);
    if (rc == 0 && fchmod(fd, 0700) < 0)
        rc = err_errno(err, "chmod %s", path);
    if (rc == 0 && (rc = fs_lock(fd, deadline_in(LOCK_WAIT_MS), err)) < 0)
        err_context(err, "%s", path);
    if (rc < 0)
        return rc;
    *ret_fd = steal_fd(&fd);
    return 0;
}

static int open_folder(const char *root, const struct family *family, int *ret_fd, struct err *err)
{
    autofree char *path = text_format("%s%s", root, family->folder);
    if (!path)
        return err_memory(err);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s", path);
    *ret_fd = fd;
    return 0;
}

static bool has_our_form(const char *name, const char *suffix)
{
    size_t len = strlen(name), prefix = strlen(WANTED_PREFIX), tail = strlen(suffix);
    return len > prefix + tail && len <= PLAN_NAME_MAX &&
           strncmp(name, WANTED_PREFIX, prefix) == 0 && strcmp(name + len - tail, suffix) == 0;
}

static int list_present(struct work *work, struct err *err)
{
    CLEANUP(strings_free) struct strings names = {0};
    int rc = fs_list(work->folder, &names, err);
    for (size_t i = 0; rc == 0 && i < names.n; i++) {
        autobuf content = {0};
        char digest[SHA256_HEX] = "";
        if (!has_our_form(names.v[i], work->family->suffix))
            continue;
        /* What cannot be read, or is no file, is not ours. */
        if (fs_read(work->folder, names.v[i], ANCHOR_MAX, &content, NULL) == 0)
            sha256_hex(buf_text(&content), content.len, digest);
        rc = plan_files_add(&work->present, names.v[i], digest, NULL, err);
    }
    return rc;
}

static bool changes(enum plan_step step)
{
    return step == PLAN_ADD || step == PLAN_REPLACE || step == PLAN_REMOVE;
}

/* The manifest as it is to be afterwards. */
static int final_manifest(const struct plan *plan, struct manifest *ret, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < plan->n; i++) {
        const struct plan_action *action = &plan->v[i];
        const struct plan_file *file = action->step == PLAN_KEEP ? action->present
                                       : action->step == PLAN_ADD || action->step == PLAN_REPLACE
                                           ? action->wanted
                                           : NULL;
        if (file)
            rc = plan_files_add(&ret->files, file->name, file->digest, NULL, err);
    }
    return rc;
}

/* Before any file is touched, the manifest has both what is there and what will be. */
static int announce(struct work *work, struct err *err)
{
    int rc = 0;
    work->manifest.unfinished = true;
    for (size_t i = 0; rc == 0 && i < work->plan.n; i++) {
        const struct plan_action *action = &work->plan.v[i];
        if (action->step == PLAN_ADD || action->step == PLAN_REPLACE)
            rc = plan_files_add(&work->manifest.files, action->name, action->wanted->digest, NULL,
                                err);
    }
    return rc < 0 ? rc : manifest_write(work->state, &work->manifest, err);
}

static int carry_out(struct work *work, const struct plan_action *action,
                     struct install_report *report, struct err *err)
{
    static const char *const done[] = {
        [PLAN_ADD] = "installed", [PLAN_REPLACE] = "replaced", [PLAN_REMOVE] = "removed"};
    int rc;
    if (action->step == PLAN_REMOVE)
        rc = unlinkat(work->folder, action->name, 0) < 0 ? err_errno(err, "remove %s", action->name)
                                                         : 0;
    else
        rc = fs_replace(work->folder, action->name, 0644, action->wanted->content.data,
                        action->wanted->content.len, err);
    if (rc < 0) {
        err_context(err, "%s", work->family->folder);
        return rc;
    }
    return strings_printf(&report->done, err, "%s/%s: %s", work->family->folder, action->name,
                          done[action->step]);
}

static int remark(const struct work *work, const struct plan_action *action,
                  struct install_report *report, struct err *err)
{
    const char *folder = work->family->folder;
    if (action->step == PLAN_FOREIGN)
        return strings_printf(&report->warnings, err,
                              "%s/%s: not installed by signet, or changed since: left alone",
                              folder, action->name);
    if (action->step == PLAN_BLOCKED)
        return strings_printf(
            &report->problems, err,
            "%s/%s: was not installed by signet, or was changed since, and is in the way "
            "of a profile's root: remove it or rename the profile",
            folder, action->name);
    return 0;
}

static int work_through(struct work *work, struct install_report *report, struct err *err)
{
    bool any = false, rebuild = work->manifest.unfinished;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < work->plan.n; i++) {
        const struct plan_action *action = &work->plan.v[i];
        any = any || changes(action->step);
        rebuild = rebuild || (changes(action->step) && action->step != PLAN_ADD);
        rc = remark(work, action, report, err);
    }
    if (rc == 0 && any)
        rc = announce(work, err);
    for (size_t i = 0; rc == 0 && i < work->plan.n; i++)
        if (changes(work->plan.v[i].step))
            rc = carry_out(work, &work->plan.v[i], report, err);
    if (rc == 0 && work->run_command && (any || rebuild))
        rc = family_update(work->family, rebuild, err);
    return rc;
}

/* Writes the manifest when it is not yet as it is to be. */
static int conclude(struct work *work, struct err *err)
{
    CLEANUP(manifest_free) struct manifest final = {0};
    autobuf before = {0}, after = {0};
    int rc = final_manifest(&work->plan, &final, err);
    if (rc == 0)
        rc = manifest_print(&work->manifest, &before, err);
    if (rc == 0)
        rc = manifest_print(&final, &after, err);
    if (rc < 0 || buf_equal(&before, &after))
        return rc;
    return manifest_write(work->state, &final, err);
}

static int work_open(const char *root, struct work *work, struct err *err)
{
    int rc = open_state(root, &work->state, err);
    if (rc == 0)
        rc = manifest_read(work->state, &work->manifest, err);
    if (rc < 0) {
        err_context(err, "%s" STATE, root);
        return rc;
    }
    return open_folder(root, work->family, &work->folder, err);
}

int install_anchors(const char *root, const struct profile_set *set,
                    const struct candidate *candidate, struct install_report *ret, struct err *err)
{
    CLEANUP(work_free) struct work work = {.folder = -1, .state = -1, .run_command = !*root};
    int rc = family_detect(root, &work.family, err);
    if (rc == -ERR_CONFIG && !wanted_any(set, candidate))
        return 0;
    if (rc == 0)
        rc = wanted_files(set, candidate, work.family->suffix, &work.wanted, &ret->problems, err);
    if (rc == 0)
        rc = work_open(root, &work, err);
    if (rc == 0)
        rc = list_present(&work, err);
    if (rc == 0)
        rc = plan_make(&work.wanted, &work.present, &work.manifest.files, set->complete, &work.plan,
                       err);
    if (rc == 0)
        rc = work_through(&work, ret, err);
    return rc == 0 ? conclude(&work, err) : rc;
}
