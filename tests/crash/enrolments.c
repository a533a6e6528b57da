/* Certificates that are asked for, for the first time and again. */
#include "tests/crash/agent.h"
#include "tests/crash/must.h"
#include "tests/crash/trial.h"

#include "base/fs.h"
#include "tests/ca/issue.h"

#include <fcntl.h>
#include <string.h>

static struct command renew(const struct place *place, const char *work)
{
    return agent_told(place, work, "{\"op\":\"renew\",\"uid\":-1,\"profile\":\"wifi\"}\n");
}

static void prepare_two(const struct place *place)
{
    agent_put_due(place);
    agent_run(place, "short:450", renew, NULL);
    agent_rest(place);
}

static void prepare_edited(const struct place *place)
{
    agent_put_store(place);
    agent_run(place, "", agent_cycle, NULL);
    agent_put_wifi(place, AGENT_SMALL "san = dns:{{DeviceName}}.test\nkey-access = @nogroup\n");
}

static void prepare_put_off(const struct place *place)
{
    agent_put_due(place);
    agent_run(place, "pending:1", agent_cycle, NULL);
}

/* An EC key opens no answer: another one signs the messages about it, and opens what comes back. */
static void prepare_signer(const struct place *place)
{
    agent_put_store(place);
    agent_put_wifi(place, "key-type = ec\n");
}

static void prepare_signer_put_off(const struct place *place)
{
    prepare_signer(place);
    agent_run(place, "pending:1", agent_cycle, NULL);
    autofree char *signer = place_path(place, "base/store/" AGENT_WIFI "/pending/signer.pem");
    must(access(signer, F_OK) == 0);
}

static void prepare_signer_edited(const struct place *place)
{
    prepare_signer_put_off(place);
    agent_put_wifi(place, "key-type = ec\nsan = dns:{{DeviceName}}.test\n");
}

static void prepare_user(const struct place *place)
{
    agent_put_store(place);
    agent_put_mail(place);
}

/* The uid was somebody else's: what that one had is nobody's business now. */
static void prepare_uid_of_another(const struct place *place)
{
    prepare_user(place);
    agent_run(place, "", agent_cycle_of_alice, NULL);
    agent_put_stored(place, AGENT_MAIL "/access.json", "{\"access\":[],\"owner\":\"somebody\"}");
}

/* Each is another one, and a CA that knows it takes it once. */
static void prepare_one_time(const struct place *place)
{
    agent_put_store(place);
    agent_put_wifi(place,
                   AGENT_SMALL "challenge = command:/bin/cat /proc/sys/kernel/random/uuid\n");
}

/* Nobody has seen it yet: it lies in the store. */
static void prepare_kept(const struct place *place)
{
    prepare_one_time(place);
    agent_run(place, "pki/503", agent_cycle, "HTTP 503");
    autofree char *kept = place_path(place, "base/store/" AGENT_WIFI "/pending/challenge");
    must(access(kept, F_OK) == 0);
}

/* The CA knows what the run before has sent. */
static void exchange_kept(const char *work)
{
    autobuf text = {0}, fresh = {0};
    autofree char *path = text_format("%s/store/" AGENT_WIFI "/pending/challenge", work);
    if (fs_read(AT_FDCWD, path, 1 << 16, &text, NULL) < 0)
        return;
    must(fs_read(AT_FDCWD, "/proc/sys/kernel/random/uuid", 64, &fresh, NULL) == 0);
    char *eol = strchr(buf_text(&text), '\n'), *challenge = eol ? eol + 1 : "";
    if (strlen(challenge) + 1 !=
        fresh.len) /* which has the end of its line; or this one is wiped */
        return;
    autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd >= 0 && pwrite(fd, fresh.data, fresh.len - 1, challenge - buf_text(&text)) ==
                        (ssize_t)fresh.len - 1);
}

/* The root of conf.d has ended, and vouched for the CA's present one while it could. */
static void prepare_next(const struct place *place)
{
    autobuf ended = {0}, next = {0}, both = {0};
    struct identity old = issue_ca("Root of old", true);
    agent_put_due(place);
    must(X509_gmtime_adj(X509_getm_notBefore(old.certificate), -7200) &&
         X509_gmtime_adj(X509_getm_notAfter(old.certificate), -3600) &&
         X509_sign(old.certificate, old.key, EVP_sha256()));
    must(certificate_to_pem(old.certificate, &ended, NULL) == 0 &&
         certificate_to_pem(place->root, &next, NULL) == 0);
    must(buf_printf(&both, NULL, "%s%s", buf_text(&ended), buf_text(&next)) == 0);
    place_put(place, "conf/root.pem", buf_text(&ended));
    agent_put_stored(place, AGENT_WIFI "/next-ca.pem", buf_text(&both));
    identity_free(&old);
}

#define WIFI agent_cycle, AGENT_WIFI
#define MAIL agent_cycle_of_alice, AGENT_MAIL

static const struct trial trials[] = {
    {"the first certificate", agent_put_nothing, "", WIFI, .ending = END_NEW, .in_brief = true},
    {"a renewal", agent_put_due, "", WIFI, .ending = END_NEW, .in_brief = true},
    {"a second renewal", prepare_two, "", WIFI, .ending = END_NEW},
    {"a renewal that root asks for", agent_put_due, "", renew, AGENT_WIFI, .ending = END_NEW},
    {"a renewal that is put off", agent_put_due, "pending:1000", WIFI, .ending = END_PENDING},
    {"a poll", prepare_put_off, "", WIFI, .ending = END_NEW},
    {"a signer that is kept", prepare_signer, "pending:1000", WIFI, .ending = END_PENDING},
    {"a signer that was kept", prepare_signer_put_off, "", WIFI, .ending = END_NEW,
     .in_brief = true, .one_of = 16},
    {"a signer that nobody needs", prepare_signer_edited, "", WIFI, .ending = END_NEW,
     .anew = true},
    {"an edited profile", prepare_edited, "", WIFI, .ending = END_NEW},
    {"a user's first", prepare_user, "", MAIL, .ending = END_NEW},
    {"a user whose uid was another's", prepare_uid_of_another, "", MAIL, .ending = END_NEW,
     .old_may_go = true},
    {"a CA that knows a transaction once", agent_put_due, "once", WIFI, .ending = END_NEW,
     .runs = 2, .setback = "the CA refused", .anew = true},
    {"a challenge that is kept", prepare_one_time, "one-time busy", WIFI, .ending = END_NEW,
     .runs = 2, .setback = "HTTP 503", .tell_apart = exchange_kept, .in_brief = true, .one_of = 16},
    {"a challenge that was kept", prepare_kept, "", WIFI, .ending = END_NEW},
    {"a challenge that was kept, and a poll", prepare_kept, "pending:1000", WIFI,
     .ending = END_PENDING},
    {"a challenge that a CA takes once", prepare_kept, "one-time", WIFI, .ending = END_NEW,
     .runs = 2, .setback = "the CA refused", .anew = true, .tell_apart = exchange_kept},
    {"the CA's next certificate", agent_put_due, "next-ca", WIFI, .ending = END_NEW,
     .leaves = "next-ca.pem", .in_brief = true, .one_of = 16},
    {"the CA after the one that has ended", prepare_next, "", WIFI, .ending = END_NEW,
     .leaves = "next-ca.pem", .in_brief = true, .one_of = 16},
};

const struct trials enrolments = {trials, LENGTH(trials)};
