#include "tests/crash/run.h"

#include "base/fs.h"
#include "base/text.h"
#include "tests/crash/judge.h"
#include "tests/crash/must.h"
#include "tests/crash/tree.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3

/* Counted by all workers together. */
struct shared {
    unsigned kills, errors, cuts, failures, next;
};

/* And then, when all was well again, the power failed: what was said to be done is done. */
static const char *cut_at_end(const struct run *run)
{
    struct run after = *run;
    struct whole now;
    after.power = NULL;
    strcat(after.work, ".cut");
    tree_remove(after.work);
    power_cut(run->power, CUT_LAZY, after.work);
    const char *why = judge_midway(&after, WHOLE_AFTER_POWER_CUT, &now);
    if (!why && run->trial->ending == END_NEW && !judge_is_new(&after, &now))
        why = "a power cut takes the new certificate away again";
    if (!why && run->trial->ending == END_OTHER)
        why = run_finish(&after, &now);
    return why;
}

/* Killed while it clears up after one that was killed. */
static const char *kill_again(struct run *run, unsigned n_own, struct whole *ret)
{
    CLEANUP(ended_free) struct ended ended = {0};
    run->fault = &faults[0];
    run->at = (struct call){.number = 1 + run->at.number * 37 % n_own};
    run_go(run, true, &ended);
    return judge_midway(run, WHOLE, ret);
}

static const char *finish_killed(struct run *run, unsigned n_own, const struct whole *first)
{
    struct whole second, end;
    const char *why = kill_again(run, n_own, &second);
    if (!why)
        why = run_finish(run, &end);
    /* Whoever is asked to renew once more does. */
    if (!why)
        why = judge_transaction(run, first, judge_is_new(run, &second) ? &second : &end);
    if (!why)
        why = judge_transaction(run, &second, &end);
    return why ? why : cut_at_end(run);
}

static const char *finish_failed(struct run *run, const struct whole *midway)
{
    struct whole end;
    const char *why = run_finish(run, &end);
    return why ? why : judge_transaction(run, midway, &end);
}

static const char *try_fault(struct run *run, unsigned n_own)
{
    CLEANUP(ended_free) struct ended ended = {0};
    struct whole midway;
    bool kills = run_kills(run->fault);
    run_begin(run);
    run->told = false;
    run->child_struck = run->at.child && run->fault->what != BEFALL_KILL_ALL;
    run->power = kills ? power_on(run->work) : NULL;
    run_go(run, true, &ended);
    const char *why = !run->struck ? "its calls are others each time"
                      : !kills     ? judge_error(run, &ended)
                                   : NULL;
    if (!why)
        why = judge_midway(run, WHOLE, &midway);
    if (!why)
        why = kills ? finish_killed(run, n_own, &midway) : finish_failed(run, &midway);
    if (run->power)
        power_free(run->power);
    run->power = NULL;
    return why;
}

static void fail(struct shared *shared, const struct run *run, const char *where, const char *why)
{
    __atomic_add_fetch(&shared->failures, 1, __ATOMIC_SEQ_CST);
    printf("not ok %s: %s: %s\n", run->trial->name, where, why);
    fflush(stdout);
}

static void try_call(struct run *run, const struct call *call, const struct fault *fault,
                     unsigned n_own, struct shared *shared)
{
    char where[128];
    run->fault = fault;
    run->at = *call;
    __atomic_add_fetch(run_kills(fault) ? &shared->kills : &shared->errors, 1, __ATOMIC_SEQ_CST);
    const char *why = try_fault(run, n_own);
    snprintf(where, sizeof where, "%s, call %u, %s(), %s", call->child ? "its child" : "it",
             call->number, call->writing->name, fault->name);
    if (why)
        fail(shared, run, where, why);
}

/* It is killed there, and errors befall it: in brief one of them, another one each time. */
static void try_faults(struct run *run, const struct rehearsal *rehearsal, unsigned number,
                       bool brief, struct shared *shared)
{
    const struct call *call = &rehearsal->calls[number];
    const struct fault *errors[N_FAULTS];
    unsigned n = 0;
    for (unsigned i = 0; i < N_FAULTS; i++)
        if (call->faults & 1u << i && run_kills(&faults[i]))
            try_call(run, call, &faults[i], rehearsal->n_own, shared);
        else if (call->faults & 1u << i)
            errors[n++] = &faults[i];
    for (unsigned i = 0; i < n; i++)
        if (!brief || i == number % n)
            try_call(run, call, errors[i], rehearsal->n_own, shared);
}

static void try_cut(struct run *run, const struct run *first, unsigned number,
                    struct shared *shared)
{
    const struct rehearsal *rehearsal = first->rehearsal;
    char path[128], where[64];
    struct whole midway, end;
    run_cut_path(first->work, number, path);
    tree_remove(run->work);
    must(rename(path, run->work) == 0);
    if (run->trial->tell_apart)
        run->trial->tell_apart(run->work);
    __atomic_add_fetch(&shared->cuts, 1, __ATOMIC_SEQ_CST);
    run->told = run->child_struck = false;
    const char *why = judge_midway(run, WHOLE_AFTER_POWER_CUT, &midway);
    if (!why && rehearsal->has_asked && number >= rehearsal->asked)
        why = judge_asked(run, &midway);
    if (!why)
        why = run_finish(run, &end);
    snprintf(where, sizeof where, "power cut %u", number);
    if (why)
        fail(shared, run, where, why);
}

/* Each takes what nobody else has taken yet. */
static void work(const struct run *first, unsigned worker, bool brief, struct shared *shared)
{
    const struct rehearsal *rehearsal = first->rehearsal;
    struct run run = {.place = first->place, .trial = first->trial, .before = first->before};
    snprintf(run.work, sizeof run.work, "%s/w%u", run.place->path, worker);
    for (;;) {
        unsigned i = __atomic_fetch_add(&shared->next, 1, __ATOMIC_SEQ_CST);
        if (brief && run.trial->one_of && i % run.trial->one_of)
            continue;
        if (i < rehearsal->n)
            try_faults(&run, rehearsal, i, brief, shared);
        else if (i < rehearsal->n + rehearsal->n_cuts)
            try_cut(&run, first, i - rehearsal->n, shared);
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
        if (status != 0)
            fail(shared, first, "a worker", "it crashed");
    }
}

/* What its calls are when nothing befalls it. */
static bool rehearse(struct run *run, struct rehearsal *rehearsal)
{
    CLEANUP(ended_free) struct ended ended = {0};
    struct whole end;
    run_begin(run);
    const char *why = judge_midway(run, WHOLE, &run->before);
    if (run->trial->ending == END_OTHER || !*run->before.fingerprint)
        why = NULL;
    run->rehearsal = rehearsal;
    run->power = power_on(run->work);
    run_go(run, true, &ended);
    power_free(run->power);
    run->power = NULL;
    if (!why && run->trial->runs < 2)
        why = judge_end(run, &end);
    if (!why && ended.status != 0 && !run_is_set_back(run, &ended))
        why = "it fails";
    if (why)
        printf("not ok %s: when nothing befalls it: %s: %s\n", run->trial->name, why,
               buf_text(&ended.said));
    return !why;
}

void trial_run(const struct place *place, const struct trial *trial, bool brief,
               struct totals *totals)
{
    struct run first = {.place = place, .trial = trial};
    autofree struct rehearsal *rehearsal = calloc(1, sizeof *rehearsal);
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    autofree char *base = place_path(place, "base");
    autofree char *conf = place_path(place, "conf");
    must(rehearsal && shared != MAP_FAILED);
    snprintf(first.work, sizeof first.work, "%s/first", place->path);
    tree_remove(base);
    tree_remove(conf);
    trial->prepare(place);
    place_behave(place, trial->rules);
    if (rehearse(&first, rehearsal))
        work_together(&first, brief, shared);
    else
        shared->failures++;
    if (shared->failures == 0)
        printf("ok %s: %u kill points, %u error points, %u power cuts\n", trial->name,
               shared->kills, shared->errors, shared->cuts);
    totals->kills += shared->kills;
    totals->errors += shared->errors;
    totals->cuts += shared->cuts;
    totals->failures += shared->failures;
    munmap(shared, sizeof *shared);
}
