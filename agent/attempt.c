#include "agent/attempt.h"

#include "agent/attempt_key.h"
#include "agent/attempt_result.h"
#include "agent/challenge.h"
#include "agent/job.h"
#include "agent/pin.h"
#include "agent/roots.h"
#include "agent/schedule.h"
#include "agent/turn.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

#define HTTP_OK 200

_Static_assert(TRANSPORT_TOTAL_MS + CHALLENGE_TIMEOUT_MS < JOB_LOCK_WAIT_MS,
               "who waits for an entry outwaits its servers");

void attempt_end(struct attempt *attempt)
{
    transport_close(&attempt->transport);
    route_close(&attempt->route);
    kept_free(&attempt->kept);
    if (attempt->turn >= 0)
        close(steal_fd(&attempt->turn));
}

static int on_call(void *context, const struct scep_http *call, struct scep_answer *ret,
                   struct err *err)
{
    struct attempt *attempt = context;
    int rc = transport_call(&attempt->transport, call, ret, err);
    attempt->called = true;
    /* Anything but silence: a server is there whose certificate nobody vouches for, say. */
    attempt->answered = attempt->answered || rc != -ERR_RETRY;
    attempt->status = rc == 0 ? ret->status : 0;
    attempt->retry_after = rc == 0 && ret->status != HTTP_OK ? ret->retry_after : 0;
    /* Who answers with anything else stands before the CA, or is it on a bad day. */
    if (attempt->status == HTTP_OK)
        attempt->kept.spent = true;
    return rc;
}

void attempt_say(const struct attempt *attempt, const char *text)
{
    const struct job *job = attempt->job;
    agent_say(job->progress, job->context, job->profile->name, text);
}

static void on_progress(void *context, const char *text)
{
    attempt_say(context, text);
}

static int ask_challenge(struct attempt *attempt, struct buf *ret, struct err *err)
{
    const struct job *job = attempt->job;
    const struct challenge_call call = {
        .agent = job->agent,
        .profile = job->profile,
        .owner = &job->owner,
        .user = job->user,
        .route = &attempt->route,
        .request = attempt->request,
        .transaction_id = attempt->view->engine.state.transaction_id,
    };
    deadline start = deadline_in(0);
    attempt_say(attempt, "asking for a challenge");
    int rc = challenge_get(&call, ret, err);
    attempt->challenge_ms += deadline_in(0) - start;
    return rc;
}

/* The one that the try before had for nothing, or a new one. From here on it is out of the store:
 * whoever is killed now may have sent it. */
static int take_one_time(struct attempt *attempt, struct buf *ret, struct err *err)
{
    const struct challenge_source *source = &attempt->job->profile->scep.challenge;
    struct kept *kept = &attempt->kept;
    int64_t now = clock_now();
    kept_free(kept);
    if (!kept_take(attempt->entry, source, attempt->view->engine.state.transaction_id, now, kept)) {
        int rc = ask_challenge(attempt, &kept->challenge, err);
        kept->fetched = now;
        if (rc < 0)
            return rc;
    }
    return buf_add(ret, kept->challenge.data, kept->challenge.len, err);
}

static int on_challenge(void *context, struct buf *ret, struct err *err)
{
    struct attempt *attempt = context;
    const struct profile *profile = attempt->job->profile;
    int rc = kept_wanted(&profile->scep.challenge) ? take_one_time(attempt, ret, err)
                                                   : profile_challenge(profile, ret, err);
    attempt->challenge_missing = rc < 0;
    return rc;
}

/* Has an attempt failed that nobody but the user can make again? Polls need no PIN. */
static bool is_left_to_user(const struct attempt *attempt, enum engine_event event)
{
    bool polled = attempt->view->engine.state.phase == PHASE_PENDING;
    if (!pin_is_asked(attempt->job->profile) || attempt->action == ACTION_NONE)
        return false;
    return event == EVENT_REFUSED ||
           (!polled && (event == EVENT_FAILED || event == EVENT_UNREACHED));
}

int attempt_write(struct attempt *attempt, enum engine_event event, const char *reason,
                  struct err *err)
{
    struct engine_view *view = &attempt->view->engine;
    struct entry_state *state = &view->state;
    const struct scep_profile *profile = &attempt->job->profile->scep;
    const struct engine_pace pace = {
        .interval = attempt->job->agent->profiles.settings.interval,
        .poll_interval = profile->poll_interval,
        .poll_limit = profile->poll_limit,
        .retry_after = attempt->retry_after,
        .not_after = view->has_certificate ? view->not_after : 0,
        .seed = schedule_seed(),
    };
    bool left = is_left_to_user(attempt, event);
    engine_after(state, event, reason, &pace, clock_now());
    if (left)
        engine_leave_to_user(state);
    return entry_state_write(attempt->entry, state, err);
}

/* For the journal, with what the CA's own records have it under: that there is a request, and what
 * came of it. What failed is told by the cycle. */
static void note(const struct attempt *attempt, const char *what)
{
    const struct job *job = attempt->job;
    const struct entry_state *state = &attempt->view->engine.state;
    log_line(LOG_INFO, "profile %s, %s: %s%s%s (transaction %s)", job->profile->name,
             job->user ? job->user : "device", what, state->url[0] ? ", at " : "", state->url,
             state->transaction_id);
}

/* Written down before a word goes out: a retry after a crash is the same transaction. Only with the
 * key that the CA knows there is something to poll for. */
static int begin(struct attempt *attempt, EVP_PKEY *key, struct err *err)
{
    struct engine_view *view = &attempt->view->engine;
    struct entry_state *state = &view->state;
    char id[65];

    int rc = scep_transaction_id(key, id, err);
    if (rc < 0)
        return rc;
    bool is_new = strcmp(id, state->transaction_id) != 0;
    if (attempt->action == ACTION_POLL && !is_new)
        return 0;
    attempt->refused = attempt->action == ACTION_POLL && pin_is_asked(attempt->job->profile);
    if (attempt->refused)
        return err_set(err, ERR_CONFIG, "the key of the request that was waiting is another one");
    attempt->action = attempt->action == ACTION_POLL ? ACTION_ENROL : attempt->action;
    memcpy(state->transaction_id, id, sizeof id);
    memcpy(state->wish, view->wanted, sizeof state->wish);
    state->url[0] = 0;
    state->by_old = false;
    rc = attempt_write(attempt, EVENT_STARTED, "", err);
    if (rc == 0 && is_new)
        note(attempt, "a new request");
    return rc;
}

static int take_urls(const struct attempt *attempt, struct strings *ret, struct err *err)
{
    const char *chosen = attempt->view->engine.state.url;

    /* Only the server that has the request can say what became of it. */
    if (attempt->action == ACTION_POLL && chosen[0])
        return strings_add(ret, chosen, err);
    int rc = strings_add_all(ret, &attempt->job->profile->scep.urls, err);
    schedule_shuffle(ret, schedule_seed());
    return rc;
}

/* The transport first: its process loads its libraries while the rest is read, and the key made. */
static int open_transport(struct attempt *attempt, struct roots *ret_roots, struct err *err)
{
    const struct job *job = attempt->job;
    int rc = transport_open_scep(job->agent, &attempt->route, &attempt->transport, err);
    if (rc == 0)
        rc = roots_read(job->agent, job->profile, attempt->entry, clock_now(), ret_roots, err);
    return rc < 0 ? rc : route_open(job->agent, job->profile, &job->owner, &attempt->route, err);
}

static int ask(struct attempt *attempt, struct scep_operation *operation, deadline start,
               struct err *err)
{
    CLEANUP(scep_result_free) struct scep_result result = {0};
    struct entry_state *state = &attempt->view->engine.state;

    int rc = scep_enrol(operation, &result, err);
    /* An HTTP status is the word of whoever stands before the CA, not the CA's. */
    attempt->refused =
        rc == -ERR_DENIED && attempt->status == HTTP_OK && !attempt->challenge_missing;
    attempt->unreached = rc == -ERR_RETRY && attempt->called && !attempt->answered;
    if (rc < 0)
        return rc;
    snprintf(state->url, sizeof state->url, "%s", result.url);
    if (result.outcome == SCEP_PENDING) {
        if (attempt->action != ACTION_POLL)
            note(attempt, "the CA has to approve the request");
        rc = attempt_keys_keep(attempt, operation, &result, err);
        if (rc < 0)
            return rc;
        rc = attempt_write(attempt, EVENT_PENDING,
                           "the CA has not decided yet: somebody there has to approve the request",
                           err);
        attempt_say(attempt, state->reason);
        return rc;
    }
    if (result.outcome == SCEP_REJECTED)
        return attempt_result_reject(attempt, &result, err);
    attempt->key_ms += result.key_ms;
    int64_t own_ms =
        deadline_in(0) - start - attempt->key_ms - result.server_ms - attempt->challenge_ms;
    rc = attempt_result_install(attempt, &result, own_ms, err);
    if (rc < 0)
        return rc;
    note(attempt, "the certificate is installed");
    return attempt_write(attempt, EVENT_ISSUED, "", err);
}

int attempt_make(struct attempt *attempt, struct err *err)
{
    const struct profile *profile = attempt->job->profile;
    CLEANUP(attempt_keys_free) struct attempt_keys keys = {0};
    CLEANUP(roots_free) struct roots roots = {0};
    CLEANUP(strings_free) struct strings urls = {0};

    /* Before anything that takes memory, processors or a server's time. */
    int rc = turn_take(attempt->job->agent, TURN_ANY, on_progress, attempt, &attempt->turn, err);
    deadline start = deadline_in(0);
    if (rc == 0)
        rc = open_transport(attempt, &roots, err);
    if (rc == 0)
        rc = attempt_keys_take(attempt, &keys, err);
    if (rc == 0)
        rc = begin(attempt, keys.key, err);
    if (rc == 0)
        rc = take_urls(attempt, &urls, err);
    if (rc < 0)
        return rc;

    struct scep_operation operation = {
        .urls = &urls,
        .ca_ident = profile->scep.ca_ident,
        .roots = roots.anchors,
        .known = roots.known,
        .issuers = roots.issuers,
        .ca_fingerprints = &profile->scep.ca_fingerprints,
        .strength = {profile->scep.minimum_crypto, profile->scep.accept_des},
        .hash = attempt->request->hash,
        .key = keys.key,
        .key_apart = pin_is_asked(profile),
        .request = attempt->request,
        .old_certificate = keys.old,
        .old_key = keys.old_key,
        .message_key = keys.message_key,
        .transaction_id = attempt->view->engine.state.transaction_id,
        .strict = profile->scep.on_mismatch == MISMATCH_REJECT,
        .poll = attempt->action == ACTION_POLL,
        .challenge = on_challenge,
        .transport = on_call,
        .progress = on_progress,
        .context = attempt,
    };
    return ask(attempt, &operation, start, err);
}

void attempt_fail(struct attempt *attempt, struct err *failure)
{
    const struct engine_view *view = &attempt->view->engine;
    struct err err;
    /* Where it cannot be kept it is lost, as it would have been without. */
    kept_put(attempt->entry, &attempt->job->profile->scep.challenge, view->state.transaction_id,
             &attempt->kept, NULL);
    enum engine_event event = attempt->refused     ? EVENT_REFUSED
                              : attempt->unreached ? EVENT_UNREACHED
                              : attempt->unmet     ? EVENT_UNMET
                                                   : EVENT_FAILED;
    if (is_left_to_user(attempt, event)) {
        struct err first = *failure;
        err_set(failure, first.class, "%.900s; to try again: signet pin %s", first.text,
                attempt->job->profile->name);
    }
    if (attempt_write(attempt, event, failure->text, &err) < 0) {
        struct err first = *failure;
        err_set(failure, first.class, "%.500s; its state could not be written either: %.400s",
                first.text, err.text);
    }
}
