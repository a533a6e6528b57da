#include "tests/crash/judge.h"

#include "base/fs.h"
#include "base/text.h"

#include <fcntl.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *look(const struct run *run, enum tidiness tidiness, struct whole *ret)
{
    const struct trial *trial = run->trial;
    char store[128];
    *ret = (struct whole){0};
    snprintf(store, sizeof store, "%s/store", run->work);
    return trial->look ? trial->look(run->place, run->work, tidiness)
                       : whole_look(store, trial->entry, run->place->root, tidiness, ret);
}

bool judge_is_new(const struct run *run, const struct whole *now)
{
    return *now->fingerprint && strcmp(now->fingerprint, run->before.fingerprint) != 0;
}

const char *judge_midway(const struct run *run, enum tidiness tidiness, struct whole *ret)
{
    const struct trial *trial = run->trial;
    const char *why = look(run, tidiness, ret);
    if (why || trial->ending == END_OTHER)
        return why;
    if (*run->before.fingerprint && !*ret->fingerprint && trial->ending != END_GONE &&
        !trial->old_may_go)
        return "the old certificate is lost";
    if (judge_is_new(run, ret) && trial->ending != END_NEW)
        return "there is a certificate that nobody asked for";
    return NULL;
}

/* Killed between the switch and the word of it: then meta.json tells. */
static bool is_told(const struct whole *now)
{
    return strcmp(now->phase, "installed") == 0 ? !*now->reason
                                                : strcmp(now->transaction, now->issued_by) == 0;
}

static const char *judge_new(const struct run *run, const struct whole *now)
{
    return !judge_is_new(run, now)                  ? "there is no new certificate"
           : strcmp(now->key, run->before.key) == 0 ? "its key is the old one"
           : !is_told(now)                          ? "its state does not say so"
           : *now->pending_key                      ? "its key is there twice"
                                                    : NULL;
}

/* Word of why it is gone: OWNER.PROFILE, of "device/PROFILE" and "users/UID/PROFILE". */
static bool is_noted(const struct run *run)
{
    char note[160];
    const char *entry = run->trial->entry, *profile = strrchr(entry, '/') + 1;
    const char *owner =
        strncmp(entry, "users/", strlen("users/")) == 0 ? strchr(entry, '/') + 1 : entry;
    snprintf(note, sizeof note, "%s/store/removed/%.*s.%s.json", run->work,
             (int)strcspn(owner, "/"), owner, profile);
    return access(note, F_OK) == 0;
}

static const char *judge_gone(const struct run *run, const struct whole *now)
{
    return now->there                     ? "the entry is still there"
           : !is_noted(run) && !run->told ? "nobody is told why it is gone"
                                          : NULL;
}

/* Or the certificate that came says why it is not: a warning, as `signet status` has it. A server
 * that hangs up when it is asked what it can do can do nothing of it. */
static bool is_left(const struct run *run)
{
    static const char *const files[] = {NULL, "current/meta.json"};
    const struct trial *trial = run->trial;
    for (size_t i = 0; trial->leaves && i < LENGTH(files); i++) {
        autobuf text = {0};
        autofree char *path = text_format("%s/store/%s/%s", run->work, trial->entry,
                                          files[i] ? files[i] : trial->leaves);
        if (fs_read(AT_FDCWD, path, 1 << 16, &text, NULL) == 0 &&
            (!files[i] || strstr(buf_text(&text), "next certificate")))
            return true;
    }
    return !trial->leaves || run->cut_off;
}

const char *judge_end(const struct run *run, struct whole *ret)
{
    const char *why = look(run, WHOLE_AND_TIDY, ret);
    if (why)
        return why;
    switch (run->trial->ending) {
    case END_NEW:
        return is_left(run) ? judge_new(run, ret) : "what it is to leave is not there";
    case END_PENDING:
        return strcmp(ret->phase, "pending") == 0 && *ret->pending_key ? NULL : "it is not pending";
    case END_GONE:
        return judge_gone(run, ret);
    default:
        return NULL;
    }
}

static bool is_under_way(const struct whole *now)
{
    return *now->pending_key &&
           (strcmp(now->phase, "requesting") == 0 || strcmp(now->phase, "pending") == 0);
}

const char *judge_asked(const struct run *run, const struct whole *now)
{
    enum ending ending = run->trial->ending;
    return (ending == END_NEW || ending == END_PENDING) && !is_under_way(now) &&
                   !judge_is_new(run, now)
               ? "a server was asked, and nobody knows of it any more"
               : NULL;
}

const char *judge_transaction(const struct run *run, const struct whole *midway,
                              const struct whole *end)
{
    if (run->trial->ending != END_NEW || run->trial->anew || run->trial->old_may_go ||
        !is_under_way(midway) || judge_is_new(run, midway))
        return NULL;
    return strcmp(end->key, midway->pending_key) != 0 ||
                   strcmp(end->issued_by, midway->transaction) != 0
               ? "the request under way was not finished, but another one begun"
               : NULL;
}

/* The next of the lines, with its length; false when there is none. */
static bool next_line(const char **text, const char **line, size_t *len)
{
    *line = *text;
    *len = strcspn(*text, "\n");
    *text += *len + (*len < strlen(*text));
    return **line;
}

bool judge_is_said(const struct ended *ended, const char *text)
{
    const char *rest = buf_text(&ended->said), *line;
    for (size_t len; next_line(&rest, &line, &len);)
        if (memmem(line, len, text, strlen(text)))
            return true;
    return false;
}

/* Each line is a program's own, or an object for a client. */
static bool is_in_lines(const struct ended *ended)
{
    const char *rest = buf_text(&ended->said), *line;
    for (size_t len; next_line(&rest, &line, &len);)
        if (strncmp(line, "signet-", strlen("signet-")) != 0 && *line != '{')
            return false;
    return true;
}

/* What a TPM is sent is one command or none: a part of it is no part of one, and harms. */
static bool is_harmless(const struct run *run)
{
    bool to_tpm = run->trial->with_tpm && run->at.writing->kind == CALL_DATA && !run->at.on_disk;
    return run->fault->harmless && !(to_tpm && run->fault->what == BEFALL_SHORT);
}

static const char *find_fault(struct run *run, const struct ended *ended)
{
    const struct fault *fault = run->fault;
    const struct trial *trial = run->trial;
    bool well = ended->status == 0 && !judge_is_said(ended, "\"result\":\"error\"") &&
                !judge_is_said(ended, "\"result\": \"error\"");
    bool error = fault->what == BEFALL_ERROR;
    struct whole now;
    if (ended->hung)
        return "it hangs";
    if (!WIFEXITED(ended->status) || WEXITSTATUS(ended->status) > 1)
        return "it crashed";
    /* The distribution's programs, and a CA that refuses, have ways of their own. */
    if ((trial->look && run->at.child) || trial->runs > 1)
        return NULL;
    if (!is_in_lines(ended))
        return "it said something that is no line of its own";
    if (!well && is_harmless(run))
        return "it failed, although nothing was amiss";
    if (!well && error && run->at.on_disk && !run->at.child && !run->told)
        return "it did not say what was amiss";
    if (well && trial->ending == END_NEW && !judge_midway(run, WHOLE, &now) &&
        !judge_is_new(run, &now))
        return "it said that all was well";
    return NULL;
}

const char *judge_error(struct run *run, const struct ended *ended)
{
    static char why[4096];
    run->told =
        run->fault->what == BEFALL_ERROR && judge_is_said(ended, strerror(run->fault->number));
    const char *fault = find_fault(run, ended);
    if (!fault)
        return NULL;
    snprintf(why, sizeof why, "%s: status %x: %.3000s", fault, (unsigned)ended->status,
             buf_text(&ended->said));
    return why;
}
