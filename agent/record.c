#include "agent/record.h"

#include "agent/job.h"
#include "agent/removal.h"
#include "agent/roots.h"
#include "agent/route.h"
#include "agent/schedule.h"
#include "agent/transport.h"
#include "agent/turn.h"
#include "scep/lookup.h"

#include <stdio.h>
#include <time.h>

#include <openssl/pem.h>

/* What it takes from the entry, and the way to the server. */
struct errand {
    const struct record *record;
    const struct profile *profile;
    struct roots roots;
    X509 *certificate; /* NULL: none that is of use */
    EVP_PKEY *key;
    struct strings urls;
    int turn;
    struct route route;
    struct transport transport;
};

static void errand_end(struct errand *errand)
{
    transport_close(&errand->transport);
    route_close(&errand->route);
    if (errand->turn >= 0)
        close(steal_fd(&errand->turn));
    roots_free(&errand->roots);
    X509_free(errand->certificate);
    EVP_PKEY_free(errand->key);
    strings_free(&errand->urls);
}

static int on_call(void *context, const struct scep_http *call, struct scep_answer *ret,
                   struct err *err)
{
    return transport_call(&((struct errand *)context)->transport, call, ret, err);
}

static void on_progress(void *context, const char *text)
{
    const struct record *record = ((struct errand *)context)->record;
    agent_say(record->progress, record->context, record->profile, text);
}

/* Users have a server asked about one entry as often for this as for anything else. */
static int keep_pace(const struct record *record, struct entry *entry, struct err *err)
{
    struct entry_state state;
    int64_t now = clock_now();
    int rc = entry_state_read(entry, &state, err);
    if (rc < 0 || record->asker != ASKER_USER)
        return rc;
    int64_t from = engine_may_ask(&state, record->asker, now);
    if (from > now)
        return err_set(err, ERR_RETRY,
                       "the server was asked %lld seconds ago; you may have it asked again in %lld "
                       "seconds",
                       (long long)(now - state.asked), (long long)(from - now));
    state.asked = now;
    return entry_state_write(entry, &state, err);
}

/* A certificate that is torn, or whose key is lost, is none to ask with. */
static int take_holder(struct errand *errand, const struct entry *entry, struct err *err)
{
    CLEANUP(generation_free) struct generation generation = {0};
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    unsigned number = 0;
    int rc = entry_current(entry, &number, err);
    if (rc < 0 || number == 0)
        return rc == -ERR_CONFIG ? 0 : rc;
    if (entry_read(entry, number, PART_KEY | PART_CERT, &generation, NULL) < 0 ||
        certificate_from_pem(&generation.cert_pem, &certificate, NULL) < 0 ||
        key_from_pem(&generation.key_pem, &key, NULL) < 0)
        return 0;
    errand->certificate = steal(&certificate);
    errand->key = steal(&key);
    return 0;
}

static int open_entry(const struct errand *errand, const struct entry_id *id, const char *user,
                      struct entry *ret, struct err *err)
{
    int rc = entry_open(&errand->record->agent->store, id, false, ret, err);
    return rc == -ERR_CONFIG
               ? err_set(err, ERR_CONFIG, "there is nothing of it for %s; %s names somebody else",
                         user ? user : "the device", user ? "--user or --device" : "--user")
               : rc;
}

static int read_entry(struct errand *errand, struct err *err)
{
    const struct record *record = errand->record;
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    CLEANUP(candidate_free) struct candidate candidate = {0};
    struct entry_id id = {.owner = record->owner};
    snprintf(id.profile, sizeof id.profile, "%s", record->profile);
    int rc = agent_candidate(record->agent, &record->owner, &candidate, err);
    if (rc == 0)
        rc = open_entry(errand, &id, candidate.user, &entry, err);
    if (rc == 0)
        rc = entry_lock(&entry, deadline_in(JOB_LOCK_WAIT_MS), err);
    if (rc == 0)
        rc = removal_claim(&entry, candidate.user, err);
    if (rc == 0)
        rc = keep_pace(record, &entry, err);
    if (rc == 0)
        rc = take_holder(errand, &entry, err);
    return rc < 0 ? rc
                  : roots_read(record->agent, errand->profile, &entry, clock_now(), &errand->roots,
                               err);
}

static int reach_out(struct errand *errand, struct err *err)
{
    const struct agent *agent = errand->record->agent;
    int rc = turn_take(agent, TURN_HALF, on_progress, errand, &errand->turn, err);
    if (rc == 0)
        rc = strings_add_all(&errand->urls, &errand->profile->scep.urls, err);
    if (rc < 0)
        return rc;
    schedule_shuffle(&errand->urls, schedule_seed());
    rc = route_open(agent, errand->profile, &errand->record->owner, &errand->route, err);
    return rc < 0 ? rc : transport_open_scep(agent, &errand->route, &errand->transport, err);
}

/* Appends the one of the two that there is. */
static int add_pem(X509 *certificate, X509_CRL *crl, struct buf *ret, struct err *err)
{
    if (certificate)
        return certificate_to_pem(certificate, ret, err);
    CLEANUP(BIO_free_all_p) BIO *out = BIO_new(BIO_s_mem());
    char *text;
    if (!out || !PEM_write_bio_X509_CRL(out, crl))
        return openssl_error(err, ERR_RESOURCE, "revocation list");
    long len = BIO_get_mem_data(out, &text);
    return buf_add(ret, text, len > 0 ? (size_t)len : 0, err);
}

/* RFC 5280 section 5.1.2.5. */
static void look_at_age(const X509_CRL *crl, time_t now, struct err *ret_remark)
{
    char date[CLOCK_TEXT];
    struct tm tm;
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
    if (next && X509_cmp_time(next, &now) < 0 && ASN1_TIME_to_tm(next, &tm) &&
        clock_text(timegm(&tm), date))
        err_set(ret_remark, ERR_CONFIG,
                "the revocation list is too old: the CA was to give a newer one until %s, and "
                "programs may refuse this one",
                date);
}

static int ask(struct errand *errand, struct buf *ret, struct err *ret_remark, struct err *err)
{
    const struct scep_profile *scep = &errand->profile->scep;
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    CLEANUP(X509_CRL_free_p) X509_CRL *crl = NULL;
    const struct scep_operation operation = {
        .urls = &errand->urls,
        .ca_ident = scep->ca_ident,
        .roots = errand->roots.anchors,
        .known = errand->roots.known,
        .issuers = errand->roots.issuers,
        .ca_fingerprints = &scep->ca_fingerprints,
        .strength = {scep->minimum_crypto, scep->accept_des},
        .hash = scep->hash,
        .old_certificate = errand->certificate,
        .old_key = errand->key,
        .transport = on_call,
        .progress = on_progress,
        .context = errand,
    };
    int rc = errand->record->serial
                 ? lookup_certificate(&operation, errand->record->serial, &certificate, err)
                 : lookup_crl(&operation, &crl, err);
    if (rc == 0 && crl)
        look_at_age(crl, (time_t)clock_now(), ret_remark);
    return rc < 0 ? rc : add_pem(certificate, crl, ret, err);
}

int record_get(const struct record *record, struct buf *ret, struct err *ret_remark,
               struct err *err)
{
    const struct profile_set *set = &record->agent->profiles;
    CLEANUP(errand_end)
    struct errand errand = {
        .record = record, .profile = profile_find(set, PROFILE_SCEP, record->profile), .turn = -1};
    if (!errand.profile)
        return profile_unknown(set, 1u << PROFILE_SCEP, record->profile, err);
    int rc = read_entry(&errand, err);
    if (rc == 0)
        rc = reach_out(&errand, err);
    if (rc == 0)
        rc = ask(&errand, ret, ret_remark, err);
    return rc < 0 ? err_context(err, "profile %s", record->profile) : 0;
}
