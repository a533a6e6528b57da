#include "agent/attempt_result.h"

#include "agent/certificate.h"
#include "agent/job.h"
#include "agent/roots.h"
#include "agent/storage.h"
#include "store/key.h"
#include "store/token.h"

static void add_texts(json_t *list, const struct strings *texts)
{
    for (size_t i = 0; i < texts->n; i++)
        json_array_append_new(list, json_string(texts->v[i]));
}

/* What hands on the entry's place in the spread of renewals, and tells a renewal that is due from
 * one that is due again. */
static void describe_pace(const struct attempt *attempt, json_t *meta)
{
    json_object_set_new(meta, "share", json_integer(view_share(attempt->view)));
    json_object_set_new(meta, "obtained", json_integer(clock_now()));
}

/* For a day that is years away: no certificate is lost for want of it. */
static void keep_next(const struct attempt *attempt, const STACK_OF(X509) *next, json_t *warnings)
{
    struct err err;
    if (next && roots_keep_next(attempt->entry, next, &err) < 0)
        json_array_append_new(warnings,
                              json_sprintf("the CA's next certificate is not kept: %s", err.text));
}

static int describe(const struct attempt *attempt, const struct scep_result *result, int64_t own_ms,
                    json_t **ret, struct err *err)
{
    autojson *meta = NULL;
    autojson *warnings = json_array();
    enum key_storage storage = attempt->job->profile->scep.key_storage;
    struct err remark;
    const struct engine_view *view = &attempt->view->engine;
    int rc = certificate_describe(result->certificate, &meta, err);
    if (rc < 0)
        return rc;
    json_object_set_new(meta, "wish", json_string(view->wanted));
    json_object_set_new(meta, "transaction_id", json_string(view->state.transaction_id));
    json_object_set_new(meta, "url", json_string(result->url));
    describe_pace(attempt, meta);
    json_object_set_new(meta, "key_ms", json_integer(attempt->key_ms));
    json_object_set_new(meta, "server_ms", json_integer(result->server_ms + attempt->challenge_ms));
    json_object_set_new(meta, "own_ms", json_integer(own_ms));
    json_object_set_new(meta, "key_storage",
                        json_string(storage == STORAGE_TPM_PIN ? TOKEN_STORAGE_PIN
                                    : attempt->in_tpm          ? "tpm"
                                                               : "software"));
    add_texts(warnings, &attempt->request->warnings);
    if (!attempt->in_tpm && storage_remark(storage, attempt->request, &remark))
        json_array_append_new(warnings, json_string(remark.text));
    add_texts(warnings, &result->warnings);
    add_texts(warnings, &result->differences);
    keep_next(attempt, result->next, warnings);
    if (json_array_size(warnings))
        json_object_set(meta, "warnings", warnings);
    *ret = steal(&meta);
    return 0;
}

int attempt_result_install(struct attempt *attempt, const struct scep_result *result,
                           int64_t own_ms, struct err *err)
{
    autojson *meta = NULL;
    autobuf certificate = {0}, chain = {0};

    int rc = describe(attempt, result, own_ms, &meta, err);
    if (rc == 0)
        rc = certificate_to_pem(result->certificate, &certificate, err);
    if (rc == 0)
        rc = chain_to_pem(result->chain, &chain, err);
    if (rc == 0)
        rc = entry_commit(attempt->entry, &certificate, &chain, meta, &attempt->installed, err);
    if (rc == 0)
        attempt_say(attempt, "the certificate is installed");
    return rc;
}

int attempt_result_reject(struct attempt *attempt, const struct scep_result *result,
                          struct err *err)
{
    autobuf list = {0};
    int rc = 0;
    if (result->rejection.class) {
        attempt->refused = true;
        return err_set(err, result->rejection.class, "%s", result->rejection.text);
    }
    for (size_t i = 0; rc == 0 && i < result->differences.n; i++)
        rc = buf_printf(&list, err, "%s%s", i ? "; " : "", result->differences.v[i]);
    if (rc < 0)
        return rc;
    attempt->refused = true;
    return err_set(
        err, ERR_CONFIG,
        "%.200s: the certificate is not as asked for: %.640s; have the CA issue what the "
        "profile asks for, or take it with on-mismatch = warn",
        result->url, buf_text(&list));
}
