#include "agent/attempt_key.h"

#include "agent/job.h"
#include "agent/pin.h"
#include "agent/storage.h"
#include "store/key.h"
#include "store/tpm.h"

/* What is left of the key of a request that waits for approval: a poll asks for no PIN. Without it
 * there is nothing to wait for any more. */
static int take_public(struct attempt *attempt, EVP_PKEY **ret, struct err *err)
{
    autobuf pem = {0};
    int rc = entry_pending_get(attempt->entry, &pem, err);
    if (rc == 0)
        rc = key_public_from_pem(&pem, ret, err);
    attempt->refused = rc == -ERR_CONFIG;
    return rc < 0 ? err_context(err, "the request that was waiting for approval") : 0;
}

/* The key of the request under way, which may be had again. One that asks for a PIN was made with
 * the PIN of then, and to try today's on it may cost a try. A key that is gone or torn is no
 * misfortune: a new one makes a new transaction. */
static bool take_pending(const struct attempt *attempt, EVP_PKEY **ret)
{
    autobuf pem = {0};
    return engine_same_transaction(&attempt->view->engine) &&
           !pin_is_asked(attempt->job->profile) &&
           entry_pending_get(attempt->entry, &pem, NULL) == 0 && key_from_pem(&pem, ret, NULL) == 0;
}

static int take_key(struct attempt *attempt, EVP_PKEY **ret, struct err *err)
{
    autobuf pem = {0};
    const struct job *job = attempt->job;

    if (pin_is_asked(job->profile) && attempt->action == ACTION_POLL)
        return take_public(attempt, ret, err);
    if (take_pending(attempt, ret))
        return 0;

    attempt_say(attempt, "making a key");
    deadline start = deadline_in(0);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    int rc =
        storage_make_key(job->profile->scep.key_storage, attempt->request, job->pin, &key, err);
    attempt->key_ms = deadline_in(0) - start;
    if (rc == 0)
        rc = key_to_pem(key, &pem, err);
    if (rc == 0)
        rc = entry_pending_put(attempt->entry, &pem, err);
    if (rc == 0)
        *ret = steal(&key);
    return rc;
}

static int take_old(struct attempt *attempt, X509 **ret_certificate, EVP_PKEY **ret_key,
                    struct err *err)
{
    CLEANUP(generation_free) struct generation old = {0};
    CLEANUP(X509_free_p) X509 *certificate = NULL;

    int rc = entry_read(attempt->entry, attempt->view->generation, PART_KEY | PART_CERT, &old, err);
    if (rc == 0)
        rc = certificate_from_pem(&old.cert_pem, &certificate, err);
    if (rc == 0)
        rc = pin_open(&old.key_pem, attempt->job->owner.uid, attempt->job->pin, ret_key,
                      &attempt->pin_refused, err);
    if (rc == 0)
        *ret_certificate = steal(&certificate);
    return rc;
}

static int take_signer_of_old(struct attempt *attempt, struct attempt_keys *ret, struct err *err)
{
    struct err lost;
    int rc = take_old(attempt, &ret->old, &ret->old_key, &lost);
    if (rc != -ERR_CONFIG)
        return rc < 0 ? err_set(err, lost.class, "%s", lost.text) : rc;
    attempt_say(attempt, lost.text);
    if (attempt->action == ACTION_POLL)
        return 0; /* it may be granted all the same */
    attempt->action = ACTION_ENROL;
    attempt_say(attempt, "the key before is lost; asking anew instead of renewing");
    return 0;
}

/* Does the certificate that there is sign what is to be said? Not a poll without a PIN. */
static bool old_signs(const struct attempt *attempt)
{
    return attempt->action == ACTION_RENEW ||
           (attempt->action == ACTION_POLL && attempt->view->engine.state.by_old &&
            !pin_is_asked(attempt->job->profile));
}

/* One that is gone or torn is no misfortune: few CAs look at who polls. */
static void take_message_key(const struct attempt *attempt, EVP_PKEY **ret)
{
    autobuf pem = {0};
    if (attempt->action == ACTION_POLL && entry_signer_get(attempt->entry, &pem, NULL) == 0)
        key_from_pem(&pem, ret, NULL);
}

int attempt_keys_take(struct attempt *attempt, struct attempt_keys *ret, struct err *err)
{
    CLEANUP(attempt_keys_free) struct attempt_keys keys = {0};
    /* Before the new key: it may be that there is no leave to use this one. */
    int rc = old_signs(attempt) ? take_signer_of_old(attempt, &keys, err) : 0;
    if (rc == 0)
        rc = take_key(attempt, &keys.key, err);
    if (rc < 0)
        return rc;
    take_message_key(attempt, &keys.message_key);
    attempt->in_tpm = tpm_holds(keys.key);
    *ret = keys;
    keys = (struct attempt_keys){0};
    return 0;
}

int attempt_keys_keep(struct attempt *attempt, const struct scep_operation *operation,
                      const struct scep_result *result, struct err *err)
{
    autobuf pem = {0};
    attempt->view->engine.state.by_old = result->by_old;
    if (!result->message_key || result->message_key == operation->message_key)
        return 0; /* there is none, or it is there already */
    int rc = key_to_pem(result->message_key, &pem, err);
    return rc < 0 ? rc : entry_signer_put(attempt->entry, &pem, err);
}

void attempt_keys_free(struct attempt_keys *keys)
{
    EVP_PKEY_free(keys->key);
    EVP_PKEY_free(keys->old_key);
    EVP_PKEY_free(keys->message_key);
    X509_free(keys->old);
    *keys = (struct attempt_keys){0};
}
