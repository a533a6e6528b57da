#include "agent/attempt_key.h"

#include "agent/job.h"
#include "agent/pin.h"
#include "agent/storage.h"
#include "store/key.h"

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

int attempt_key_take(struct attempt *attempt, EVP_PKEY **ret, struct err *err)
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

int attempt_key_old(struct attempt *attempt, X509 **ret_certificate, EVP_PKEY **ret_key,
                    struct err *err)
{
    struct err lost;
    int rc = take_old(attempt, ret_certificate, ret_key, &lost);
    if (rc != -ERR_CONFIG)
        return rc < 0 ? err_set(err, lost.class, "%s", lost.text) : rc;
    attempt->action = ACTION_ENROL;
    attempt_say(attempt, lost.text);
    attempt_say(attempt, "the key before is lost; asking anew instead of renewing");
    return 0;
}
