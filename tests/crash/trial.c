#include "tests/crash/trial.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/text.h"
#include "tests/crash/must.h"
#include "tests/crash/power.h"
#include "tests/crash/tree.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS   3
#define CALLS_MAX 1024

/* One of a trial's runs, in a copy of its own. */
struct run {
    const struct place *place;
    const struct trial *trial;
    char work[96];
    struct whole before;
    /* What is to befall it. */
    const struct fault *fault;
    struct call at;
    bool struck;
    bool told;           /* what was amiss */
    char name[64];       /* of the call that was struck */
    struct power *power; /* or NULL */
    /* Of a run that nothing befalls: its calls, and the folders that a power cut would leave. */
    struct call *calls;
    unsigned n_calls, n_cuts;
    char cut_digest[2][65];
};

static const char *look(struct run *run, enum tidiness tidiness, struct whole *ret)
{
    const struct trial *trial = run->trial;
    char store[128];
    *ret = (struct whole){0};
    snprintf(store, sizeof store, "%s/store", run->work);
    return trial->look ? trial->look(run->place, run->work, tidiness)
                       : whole_look(store, trial->entry, run->place->root, tidiness, ret);
}

static bool is_new(const struct run *run, const struct whole *now)
{
    return *now->fingerprint && strcmp(now->fingerprint, run->before.fingerprint) != 0;
}

/* Whatever has befallen it: nothing that worked is lost. */
static const char *judge_midway(struct run *run, enum tidiness tidiness, struct whole *ret)
{
    const struct trial *trial = run->trial;
    const char *why = look(run, tidiness, ret);
    if (why || trial->ending == END_OTHER)
        return why;
    bool same = strcmp(ret->fingerprint, run->before.fingerprint) == 0;
    if (!same && *run->before.fingerprint && !*ret->fingerprint && trial->ending != END_GONE &&
        !trial->old_may_go)
        return "the old certificate is lost";
    if (is_new(run, ret) && trial->ending != END_NEW)
        return "there is a certificate that nobody asked for";
    return NULL;
}

/* Killed between the switch and the word of it: then meta.json tells. */
static bool is_told(const struct whole *now)
{
    return strcmp(now->phase, "installed") == 0 ? !*now->reason
                                                : strcmp(now->transaction, now->issued_by) == 0;
}

static const char *judge_end(struct run *run, struct whole *ret)
{
    char removed[160];
    const char *why = look(run, WHOLE_AND_TIDY, ret);
    snprintf(removed, sizeof removed, "%s/store/removed/device.wifi.json", run->work);
    if (why)
        return why;
    switch (run->trial->ending) {
    case END_NEW:
        return !is_new(run, ret)                        ? "there is no new certificate"
               : strcmp(ret->key, run->before.key) == 0 ? "its key is the old one"
               : !is_told(ret)                          ? "its state does not say so"
               : *ret->pending_key                      ? "its key is there twice"
                                                        : NULL;
    case END_PENDING:
        return strcmp(ret->phase, "pending") != 0 || !*ret->pending_key ? "it is not pending"
                                                                        : NULL;
    case END_GONE:
        return ret->there                    ? "the entry is still there"
               : access(removed, F_OK) != 0 && !run->told ? "nobody is told why it is gone"
                                             : NULL;
    default:
        return NULL;
    }
}

/* A request that had gone out is finished, and not begun anew: the CA may have granted it. */
static const char *judge_transaction(const struct run *run, const struct whole *midway,
                                     const struct whole *end)
{
    bool under_way = *midway->pending_key && (strcmp(midway->phase, "requesting") == 0 ||
                                              strcmp(midway->phase, "pending") == 0);
    if (run->trial->ending != END_NEW || run->trial->runs > 1 || run->trial->old_may_go ||
        !under_way || is_new(run, midway))
        return NULL;
    return strcmp(end->key, midway->pending_key) != 0 ||
                   strcmp(end->issued_by, midway->transaction) != 0
               ? "the request under way was not finished, but another one begun"
               : NULL;
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
    char path[128], digest[65];
    snprintf(path, sizeof path, "%s.cut%u", run->work, run->n_cuts);
    tree_remove(path); /* of a trial before this one */
    power_cut(run->power, cut, path);
    digest_of(path, digest);
    if (strcmp(digest, run->cut_digest[cut]) == 0)
        tree_remove(path);
    else
        run->n_cuts++;
    strcpy(run->cut_digest[cut], digest);
}

static void record(struct run *run, const struct call *call)
{
    must(run->n_calls < CALLS_MAX);
    run->calls[run->n_calls++] = *call;
    record_cut(run, CUT_LAZY);
    record_cut(run, CUT_EAGER);
}

static const struct fault *on_call(void *context, const struct call *call)
{
    struct run *run = context;
    const struct fault *fault = run->fault;
    unsigned bit = fault ? 1u << (unsigned)(fault - faults) : 0;
    bool here = fault && call->child == run->at.child && call->number == run->at.number;
    if (run->calls)
        record(run, call);
    if (run->power && call->writing->kind == CALL_SYNC) {
        autoclose int fd = call_fd(call);
        must(fd >= 0);
        power_sync(run->power, fd);
    } else if (run->power && call->writing->kind == CALL_SYNC_ALL) {
        power_sync_all(run->power);
    }
    if (here) {
        run->struck = true;
        run->at.on_disk = call->on_disk;
        snprintf(run->name, sizeof run->name, "%s", call->writing->name);
    }
    return here || (fault && run->struck && fault->lasting && call->faults & bit) ? fault : NULL;
}

static void begin(struct run *run)
{
    autofree char *base = place_path(run->place, "base");
    tree_remove(run->work);
    tree_copy(base, run->work);
    hasten(run);
}

static void go(struct run *run, bool supervised, struct ended *ret)
{
    struct command command = run->trial->command(run->place, run->work);
    supervise(&command, supervised ? on_call : NULL, run, ret);
}

/* Runs it until it ends well; the text of what is wrong otherwise. */
static const char *finish(struct run *run, const struct whole *midway)
{
    static char why[4096];
    struct whole end;
    unsigned runs = run->trial->runs ? run->trial->runs : 1;
    int status = -1;
    *why = 0;
    run->fault = NULL;
    for (unsigned i = 0; i < runs && status != 0; i++) {
        CLEANUP(ended_free) struct ended ended = {0};
        hasten(run);
        go(run, run->power != NULL, &ended);
        status = ended.status;
        if (status != 0)
            snprintf(why, sizeof why, "it does not end well, status %x: %.3000s", status,
                     buf_text(&ended.said));
    }
    if (status != 0)
        return why;
    const char *fault = judge_end(run, &end);
    return fault ? fault : judge_transaction(run, midway, &end);
}

/* A whole line that names the fault. */
static bool is_said(const struct buf *said, const char *text)
{
    for (const char *line = buf_text(said); *line; line = strchrnul(line, '\n') + 1) {
        size_t len = (size_t)(strchrnul(line, '\n') - line);
        if (line[len] != '\n')
            return false;
        if (memmem(line, len, text, strlen(text)))
            return true;
    }
    return false;
}

static bool is_one_of_ours(const char *line)
{
    return strncmp(line, "signet-", 7) == 0 || *line == '{';
}

/* An error of the disk is said in one line, unless it did no harm. */
static const char *judge_error(struct run *run, const struct ended *ended)
{
    static char why[4096];
    struct whole now;
    const struct fault *fault = run->fault;
    const char *text = buf_text(&ended->said);
    bool refused = strstr(text, "\"result\":\"error\"") || strstr(text, "\"result\": \"error\"");
    bool well = ended->status == 0 && !refused;
    /* The distribution's programs have ways of their own. */
    bool foreign = run->trial->look && run->at.child;
    const char *wrong = NULL;
    run->told = fault->what == BEFALL_ERROR && is_said(&ended->said, strerror(fault->number));
    if (!WIFEXITED(ended->status) || WEXITSTATUS(ended->status) > 1)
        wrong = "it crashed";
    else if (well && run->trial->ending != END_OTHER && (run->trial->runs < 2)) {
        /* Tidiness is the next one's business. */
        if (!judge_midway(run, WHOLE, &now) && run->trial->ending == END_NEW && !is_new(run, &now))
            wrong = "it said that all was well";
    } else if (!well && fault->harmless && run->trial->runs < 2 && !foreign)
        wrong = "it failed, although nothing was amiss";
    else if (!well && run->at.on_disk && !run->at.child && fault->what == BEFALL_ERROR &&
             !run->told)
        wrong = "it did not say what was amiss";
    for (const char *line = text; !wrong && !foreign && *line; line = strchrnul(line, '\n') + 1) {
        if (!is_one_of_ours(line))
            wrong = "it said something in more than one line";
        if (!strchr(line, '\n'))
            break;
    }
    if (!wrong)
        return NULL;
    snprintf(why, sizeof why, "%s: status %x: %.3000s", wrong, ended->status, text);
    return why;
}

static bool kills(const struct fault *fault)
{
    return fault->what == BEFALL_KILL || fault->what == BEFALL_KILL_ALL;
}

/* And then, when all was well again, the power failed: what was said to be done is done. */
static const char *cut_at_end(struct run *run)
{
    struct run after = *run;
    struct whole now;
    strcat(after.work, ".cut");
    tree_remove(after.work);
    power_cut(run->power, CUT_LAZY, after.work);
    const char *why = judge_midway(&after, WHOLE_AFTER_POWER_CUT, &now);
    if (!why && !after.trial->look && after.trial->ending == END_NEW && !is_new(&after, &now))
        why = "a power cut takes the new certificate away again";
    after.power = NULL;
    if (!why && after.trial->ending == END_OTHER)
        why = finish(&after, &now);
    return why;
}

static const char *try_point(struct run *run)
{
    CLEANUP(ended_free) struct ended ended = {0};
    struct whole midway;
    const struct fault *fault = run->fault;
    begin(run);
    run->struck = run->told = false;
    run->power = kills(fault) ? power_on(run->work) : NULL;
    go(run, true, &ended);
    const char *why = !run->struck    ? "it was not struck: its calls are others each time"
                      : !kills(fault) ? judge_error(run, &ended)
                                      : NULL;
    if (!why)
        why = judge_midway(run, WHOLE, &midway);
    if (!why)
        why = finish(run, &midway);
    if (!why && run->power)
        why = cut_at_end(run);
    if (run->power)
        power_free(run->power);
    run->power = NULL;
    return why;
}

/* Counted by all workers together. */
struct shared {
    unsigned kills, errors, cuts, failures, next;
};

static void fail(struct shared *shared, const struct run *run, const char *where, const char *why)
{
    __atomic_add_fetch(&shared->failures, 1, __ATOMIC_SEQ_CST);
    printf("not ok %s: %s: %s\n", run->trial->name, where, why);
    fflush(stdout);
}

static void try_call(struct run *run, const struct call *call, const struct fault *fault,
                     struct shared *shared)
{
    char where[128];
    run->fault = fault;
    run->at = *call;
    __atomic_add_fetch(kills(fault) ? &shared->kills : &shared->errors, 1, __ATOMIC_SEQ_CST);
    const char *why = try_point(run);
    snprintf(where, sizeof where, "%s, call %u %s(): %s", call->child ? "child" : "it",
             call->number, call->writing->name, fault->name);
    if (why)
        fail(shared, run, where, why);
}

/* In brief: one of the errors, another one each time. */
static void try_faults(struct run *run, const struct call *call, unsigned turn, bool brief,
                       struct shared *shared)
{
    const struct fault *errors[N_FAULTS];
    unsigned n = 0;
    for (unsigned i = 0; i < N_FAULTS; i++)
        if (call->faults & 1u << i && kills(&faults[i]))
            try_call(run, call, &faults[i], shared);
        else if (call->faults & 1u << i)
            errors[n++] = &faults[i];
    if (!brief)
        for (unsigned i = 0; i < n; i++)
            try_call(run, call, errors[i], shared);
    else if (n > 0 && run->trial->in_brief)
        try_call(run, call, errors[turn % n], shared);
}

static void try_cut(struct run *run, unsigned number, const char *from, struct shared *shared)
{
    char path[128], where[64];
    struct whole midway;
    snprintf(path, sizeof path, "%s.cut%u", from, number);
    tree_remove(run->work);
    must(rename(path, run->work) == 0);
    __atomic_add_fetch(&shared->cuts, 1, __ATOMIC_SEQ_CST);
    const char *why = judge_midway(run, WHOLE_AFTER_POWER_CUT, &midway);
    if (!why)
        why = finish(run, &midway);
    snprintf(where, sizeof where, "power cut %u", number);
    if (why)
        fail(shared, run, where, why);
}

/* Each takes what nobody else has taken yet. */
static void work(const struct run *first, unsigned worker, bool brief, struct shared *shared)
{
    struct run run = {.place = first->place, .trial = first->trial, .before = first->before};
    snprintf(run.work, sizeof run.work, "%s/w%u", run.place->path, worker);
    for (;;) {
        unsigned i = __atomic_fetch_add(&shared->next, 1, __ATOMIC_SEQ_CST);
        if (i < first->n_calls)
            try_faults(&run, &first->calls[i], i, brief, shared);
        else if (i < first->n_calls + first->n_cuts)
            try_cut(&run, i - first->n_calls, first->work, shared);
        else
            return;
    }
}

static void work_together(const struct run *first, bool brief, struct shared *shared)
{
    pid_t pids[WORKERS];
    int status;
    fflush(stdout);
    for (unsigned i = 0; i < WORKERS; i++) {
        must((pids[i] = fork()) >= 0);
        if (pids[i] == 0) {
            work(first, i, brief, shared);
            exit(EXIT_SUCCESS);
        }
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        must(waitpid(pids[i], &status, 0) == pids[i]);
        shared->failures += status != 0;
    }
}

/* What its calls are, when nothing befalls it. */
static const char *rehearse(struct run *run)
{
    static struct call calls[CALLS_MAX];
    CLEANUP(ended_free) struct ended ended = {0};
    struct whole end;
    const char *why = NULL;
    begin(run);
    must(!look(run, WHOLE, &run->before) || !run->trial->look);
    run->calls = calls;
    run->power = power_on(run->work);
    go(run, true, &ended);
    if (run->trial->runs < 2)
        why = judge_end(run, &end);
    if (!why && run->trial->runs < 2 && ended.status != 0)
        why = buf_text(&ended.said);
    if (why)
        printf("not ok %s: rehearsal: %s: %s\n", run->trial->name, why, buf_text(&ended.said));
    power_free(run->power);
    run->power = NULL;
    return why;
}

void trial_run(const struct place *place, const struct trial *trial, bool brief,
               struct totals *totals)
{
    struct run first = {.place = place, .trial = trial};
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    autofree char *base = place_path(place, "base");
    autofree char *conf = place_path(place, "conf");
    must(shared != MAP_FAILED);
    snprintf(first.work, sizeof first.work, "%s/first", place->path);
    tree_remove(base);
    tree_remove(conf);
    trial->prepare(place);
    place_behave(place, trial->rules);
    if (rehearse(&first))
        shared->failures++;
    else
        work_together(&first, brief, shared);
    if (shared->failures == 0)
        printf("ok %s: %u kill points, %u error points, %u power cuts\n", trial->name,
               shared->kills, shared->errors, shared->cuts);
    totals->kills += shared->kills;
    totals->errors += shared->errors;
    totals->cuts += shared->cuts;
    totals->failures += shared->failures;
    munmap(shared, sizeof *shared);
}
