#include "tests/crash/run.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/text.h"
#include "tests/crash/chip.h"
#include "tests/crash/judge.h"
#include "tests/crash/must.h"
#include "tests/crash/tree.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

bool run_kills(const struct fault *fault)
{
    return fault->what == BEFALL_KILL || fault->what == BEFALL_KILL_ALL;
}

void run_cut_path(const char *work, unsigned number, char ret[128])
{
    snprintf(ret, 128, "%s.cut%u", work, number);
}

static void digest_one(void *context, const char *path, const struct stat *st)
{
    EVP_MD_CTX *digest = context;
    autobuf content = {0};
    char target[256] = "";
    unsigned mode = st->st_mode;
    if (S_ISREG(st->st_mode))
        must(fs_read(AT_FDCWD, path, 1 << 20, &content, NULL) == 0);
    if (S_ISLNK(st->st_mode))
        must(readlink(path, target, sizeof target - 1) > 0);
    must(EVP_DigestUpdate(digest, path, strlen(path) + 1) &&
         EVP_DigestUpdate(digest, &mode, sizeof mode) &&
         EVP_DigestUpdate(digest, target, sizeof target) &&
         EVP_DigestUpdate(digest, buf_text(&content), content.len));
}

static void digest_of(const char *folder, char ret[65])
{
    unsigned char value[32];
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    autoclose int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(digest && EVP_DigestInit(digest, EVP_sha256()) && here >= 0 && chdir(folder) == 0);
    tree_walk(".", digest_one, digest);
    must(EVP_DigestFinal(digest, value, NULL) && fchdir(here) == 0);
    text_hex(value, sizeof value, ret);
    EVP_MD_CTX_free(digest);
}

/* Keeps what a power cut would leave now, where that is another thing than at the call before. */
static void record_cut(struct run *run, enum power_cut cut)
{
    struct rehearsal *rehearsal = run->rehearsal;
    char path[128], digest[65];
    run_cut_path(run->work, rehearsal->n_cuts, path);
    tree_remove(path); /* of a trial before this one */
    power_cut(run->power, cut, path);
    digest_of(path, digest);
    if (strcmp(digest, rehearsal->last_cut[cut]) == 0)
        tree_remove(path);
    else
        rehearsal->n_cuts++;
    strcpy(rehearsal->last_cut[cut], digest);
}

static void record(struct run *run, const struct call *call)
{
    struct rehearsal *rehearsal = run->rehearsal;
    must(rehearsal->n < LENGTH(rehearsal->calls));
    rehearsal->calls[rehearsal->n++] = *call;
    rehearsal->n_own += !call->child;
    if (!rehearsal->has_asked && call->child && call->writing->kind == CALL_SEND) {
        rehearsal->has_asked = true;
        rehearsal->asked = rehearsal->n_cuts;
        memset(rehearsal->last_cut, 0, sizeof rehearsal->last_cut);
    }
    record_cut(run, CUT_LAZY);
    record_cut(run, CUT_EAGER);
}

static void sync_power(struct power *power, const struct call *call)
{
    if (call->writing->kind == CALL_SYNC_ALL)
        power_sync_all(power);
    if (call->writing->kind != CALL_SYNC)
        return;
    autoclose int fd = call_fd(call);
    must(fd >= 0);
    power_sync(power, fd);
}

static const struct fault *on_call(void *context, const struct call *call)
{
    struct run *run = context;
    const struct fault *fault = run->fault;
    if (run->rehearsal)
        record(run, call);
    if (fault && !run->struck && call->child == run->at.child && call->number == run->at.number) {
        run->struck = true;
        return fault;
    }
    if (fault && run->struck && fault->lasting && call->faults & 1u << (fault - faults))
        return fault;
    if (run->power)
        sync_power(run->power, call);
    return NULL;
}

/* Polls keep their pace, whoever asks: not here. */
static void hasten(const struct run *run)
{
    char path[160];
    autobuf text = {0};
    autojson *state = NULL;
    if (run->trial->look)
        return;
    snprintf(path, sizeof path, "%s/store/%s/state.json", run->work, run->trial->entry);
    if (fs_read(AT_FDCWD, path, 1 << 16, &text, NULL) < 0 ||
        json_parse(buf_text(&text), text.len, "state", &state, NULL) < 0 ||
        json_number(state, "nextAttempt", 0) == 0)
        return;
    json_object_set_new(state, "nextAttempt", json_integer(0));
    must(json_dump_file(state, path, JSON_COMPACT) == 0);
}

void run_begin(struct run *run)
{
    autofree char *base = place_path(run->place, "base");
    tree_remove(run->work);
    tree_copy(base, run->work);
    if (run->trial->tell_apart)
        run->trial->tell_apart(run->work);
    hasten(run);
}

void run_go(struct run *run, bool supervised, struct ended *ret)
{
    struct command command = run->trial->command(run->place, run->work);
    pid_t chip = run->trial->with_tpm ? chip_begin(run->work) : 0;
    run->struck = false;
    supervise(&command, supervised ? on_call : NULL, run, ret);
    chip_end(&chip);
}

bool run_is_set_back(const struct run *run, const struct ended *ended)
{
    return run->trial->setback && judge_is_said(ended, run->trial->setback);
}

/* One of its runs. DONE: it ended well. */
static const char *finish_once(struct run *run, bool is_last, bool *done)
{
    static char why[4096];
    CLEANUP(ended_free) struct ended ended = {0};
    hasten(run);
    run_go(run, run->power != NULL, &ended);
    *done = ended.status == 0;
    if (judge_is_said(&ended, "it was another user's") && !run->trial->old_may_go)
        return "it says of what was its owner's that it was another user's";
    if (*done || (!is_last && run_is_set_back(run, &ended)))
        return NULL;
    snprintf(why, sizeof why, "it does not end well: status %x: %.3000s", (unsigned)ended.status,
             buf_text(&ended.said));
    return why;
}

const char *run_finish(struct run *run, struct whole *ret)
{
    unsigned runs = run->trial->runs ? run->trial->runs : 1;
    const char *why = NULL;
    bool done = false;
    run->fault = NULL;
    for (unsigned i = 1; !why && !done && i <= runs; i++)
        why = finish_once(run, i == runs, &done);
    return why ? why : judge_end(run, ret);
}
