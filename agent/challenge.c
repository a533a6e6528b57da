#include "agent/challenge.h"

#include "agent/certificate.h"
#include "agent/ndes.h"
#include "agent/transport.h"
#include "agent/webhook.h"
#include "profile/command.h"
#include "profile/san.h"
#include "scep/csr.h"
#include "scep/server.h"

#include <fcntl.h>
#include <string.h>

#define KEYTAB_MAX (1024u * 1024)

/* The request in words: what a program or a webhook may decide by. */
static int describe(const struct challenge_call *call, struct buf *ret, struct err *err)
{
    CLEANUP(X509_NAME_free_p) X509_NAME *subject = NULL;
    autojson *object = json_object(), *sans = json_array();
    bool good = object && sans;

    int rc = csr_name(&call->request->subject, &subject, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; good && i < call->request->n_sans; i++) {
        const struct san *san = &call->request->sans[i];
        good = json_array_append_new(
                   sans, json_sprintf("%s:%s", san_kind_name(san->kind), san->value)) == 0;
    }
    const char *owner = call->owner->device ? "device" : "user";
    good = good && json_object_set_new(object, "profile", json_string(call->profile->name)) == 0 &&
           json_object_set_new(object, "owner", json_string(owner)) == 0 &&
           json_object_set_new(object, "subject", certificate_name(subject)) == 0 &&
           json_object_set(object, "sans", sans) == 0 &&
           json_object_set_new(object, "transactionID", json_string(call->transaction_id)) == 0;
    if (good && !call->owner->device)
        good = json_object_set_new(object, "user", json_string(call->user)) == 0 &&
               json_object_set_new(object, "uid", json_integer(call->owner->uid)) == 0;
    return good ? json_print(object, ret, err) : err_memory(err);
}

static int from_command(const struct challenge_call *call, struct buf *ret, struct err *err)
{
    autobuf input = {0};
    int rc = describe(call, &input, err);
    if (rc == 0)
        rc = buf_add(&input, "\n", 1, err);
    return rc < 0 ? rc
                  : command_run(buf_text(&call->profile->scep.challenge.text), &input,
                                COMMAND_OUTPUT_MAX, CHALLENGE_TIMEOUT_MS, ret, err);
}

/* As whom the server was asked, for people. */
static char *asker(const struct challenge_source *source)
{
    switch (source->auth) {
    case AUTH_NEGOTIATE:
        return text_format("with the keytab %s", source->keytab);
    case AUTH_NTLM:
    case AUTH_BASIC:
        return text_format("as %s", source->user);
    case AUTH_BEARER:
        return text_format("with the token in %s", source->secret);
    default:
        return strdup("as nobody");
    }
}

static int judge_status(const struct challenge_source *source, const struct scep_answer *answer,
                        struct err *err)
{
    if (answer->status == 401)
        return err_set(err, ERR_DENIED, "answered HTTP 401: %s",
                       source->auth == AUTH_NONE ? "it wants to know who asks (challenge-auth)"
                                                 : "it does not believe who asks");
    if (answer->status >= 300 && answer->status < 400)
        return err_set(err, ERR_CONFIG,
                       "answered HTTP %d, a redirect, which is not followed: name the page itself",
                       answer->status);
    return server_status(answer, err);
}

/* One exchange, in a process of its own. */
static int ask_server(const struct challenge_call *call, const struct scep_http *http, size_t limit,
                      const struct buf *secret, struct buf *ret, struct err *err)
{
    const struct challenge_source *source = &call->profile->scep.challenge;
    CLEANUP(transport_close) struct transport transport = {0};
    struct scep_answer answer = {0};

    int rc = transport_open(call->agent->fetch, source->keytab, &transport, err);
    if (rc < 0)
        return rc;
    transport.timeout_ms = CHALLENGE_TIMEOUT_MS;
    transport.limit = limit;
    transport.route = call->route;
    transport.auth = source->auth;
    transport.user = source->user;
    transport.secret = source->secret ? secret : NULL;
    rc = transport_call(&transport, http, &answer, err);
    if (rc == 0)
        rc = judge_status(source, &answer, err);
    if (rc == 0)
        *ret = answer.body;
    else
        buf_free(&answer.body);
    return rc;
}

/* What proves who asks is looked at before anybody is asked: Kerberos would not say what is wrong
 * with a keytab. */
static int take_proof(const struct challenge_source *source, struct buf *ret_secret,
                      struct err *err)
{
    autobuf keytab = {0};
    int rc = 0;
    if (source->keytab)
        rc = fs_read_secret(AT_FDCWD, source->keytab, KEYTAB_MAX, &keytab, err);
    if (rc == 0 && source->secret)
        rc = challenge_read_file(source->secret, ret_secret, err);
    return rc;
}

static int from_server(const struct challenge_call *call, struct buf *ret, struct err *err)
{
    const struct challenge_source *source = &call->profile->scep.challenge;
    const char *url = buf_text(&source->text);
    bool ndes = source->kind == CHALLENGE_NDES;
    autobuf secret = {0}, request = {0}, answer = {0};
    struct scep_http http = {.url = url};

    int rc = take_proof(source, &secret, err);
    if (rc == 0 && !ndes)
        rc = describe(call, &request, err);
    if (rc < 0)
        return rc;
    if (!ndes) {
        http.body = &request;
        http.content_type = "application/json";
    }
    rc = ask_server(call, &http, ndes ? NDES_PAGE_MAX : WEBHOOK_ANSWER_MAX, &secret, &answer, err);
    if (rc == 0)
        rc = ndes ? ndes_password(&answer, source->pattern, ret, err)
                  : webhook_challenge(&answer, ret, err);
    if (rc == 0)
        return 0;
    autofree char *who = asker(source);
    /* Without its query, where some have a token. */
    return err_context(err, "%.*s, asked %s", (int)strcspn(url, "?"), url, who ? who : "");
}

typedef int challenge_reader(const struct challenge_call *call, struct buf *ret, struct err *err);

static challenge_reader *const readers[] = {
    [CHALLENGE_COMMAND] = from_command,
    [CHALLENGE_NDES] = from_server,
    [CHALLENGE_WEBHOOK] = from_server,
};

int challenge_get(const struct challenge_call *call, struct buf *ret, struct err *err)
{
    const struct challenge_source *source = &call->profile->scep.challenge;
    autobuf challenge = {0};
    if (source->kind == CHALLENGE_NONE)
        return 0;
    if (!readers[source->kind])
        return profile_challenge(call->profile, ret, err);
    int rc = readers[source->kind](call, &challenge, err);
    if (rc == 0)
        rc = challenge_check(&challenge, err);
    return rc < 0 ? err_context(err, "challenge")
                  : buf_add(ret, challenge.data, challenge.len, err);
}
