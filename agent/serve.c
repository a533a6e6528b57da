#include "agent/serve.h"

#include "agent/cycle.h"
#include "agent/record.h"
#include "agent/removal.h"
#include "agent/report.h"
#include "agent/request.h"
#include "base/io.h"
#include "base/log.h"
#include "base/nss.h"
#include "base/proc.h"

#include <string.h>

#define DRAIN_MAX (4u * 1024 * 1024)

const struct serve_limits serve_limits = {.request = 10000, .step = 15 * 60 * 1000, .write = 2000};

struct connection {
    int fd;
    bool quiet;  /* wants to hear the result only */
    bool silent; /* does not read any more */
    bool told;   /* the log has heard of what failed */
    struct agent *agent;
    const struct serve_limits *limits;
    uid_t uid; /* who asks */
    struct agent_request request;
    json_t *entries;
    int64_t next;      /* what its work has left is due then */
    struct buf pem;    /* what was asked for of a CA's records */
    struct err remark; /* on it; zeroed: none */
};

static void send_object(struct connection *c, json_t *object)
{
    autobuf line = {0};
    if (c->silent || !object || json_print(object, &line, NULL) < 0 ||
        buf_add(&line, "\n", 1, NULL) < 0)
        return;
    /* Whoever asked may have gone: the work goes on all the same. */
    if (io_write(c->fd, line.data, line.len, deadline_in(c->limits->write), NULL) < 0)
        c->silent = true;
}

static void on_progress(void *context, const char *text)
{
    autojson *object = json_pack("{s:s}", "progress", text);
    log_line(LOG_DEBUG, "%s", text);
    if (!((struct connection *)context)->quiet)
        send_object(context, object);
}

static int take_owners(const struct connection *c, struct owner **ret, size_t *ret_n,
                       struct err *err)
{
    if (c->request.everyone)
        return cycle_owners(c->agent, NULL, ret, ret_n, err);
    *ret = malloc(sizeof **ret);
    if (!*ret)
        return err_memory(err);
    **ret = c->request.owner;
    *ret_n = 1;
    return 0;
}

/* The PAM module tells of a sign-in as root, but that is no wish of root's. */
static enum engine_asker asker_of(const struct connection *c)
{
    if (c->uid != 0)
        return ASKER_USER;
    return c->request.op == OP_SIGN_IN ? ASKER_SIGN_IN : ASKER_ROOT;
}

static int run_cycle(struct connection *c, enum engine_mode mode, const struct owner *owners,
                     size_t n, struct err *err)
{
    const struct cycle cycle = {
        .owners = owners,
        .n_owners = n,
        .profile = c->request.profile[0] ? c->request.profile : NULL,
        .mode = mode,
        .asker = asker_of(c),
        .pin = c->request.op == OP_PIN ? &c->request.pin : NULL,
        .step_ms = c->limits->step,
        .anchors = c->request.everyone,
        .progress = on_progress,
        .context = c,
    };
    int rc = cycle_run(c->agent, &cycle, &c->next, err);
    c->told = rc < 0;
    return rc;
}

static int report(struct connection *c, const struct owner *owners, size_t n, struct err *err)
{
    const char *profile = c->request.profile[0] ? c->request.profile : NULL;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = report_owner(c->agent, &owners[i], profile, c->request.certificates, c->entries, err);
        /* One user whom NSS does not know must not hide the others. */
        if (rc < 0 && n > 1) {
            log_line(LOG_WARNING, "%s", err->text);
            rc = 0;
        }
    }
    if (rc == 0 && profile && json_array_size(c->entries) == 0 && !report_knows(c->agent, profile))
        return profile_unknown(&c->agent->profiles, 1u << PROFILE_SCEP, profile, err);
    return rc;
}

/* Also for a user whom NSS does not know any more. */
static int remove_entry(const struct connection *c, const struct entry_id *id, struct err *err)
{
    struct passwd user;
    autobuf buffer = {0};
    char reason[ENTRY_OWNER_MAX + 32];
    if (nss_user(c->uid, &user, &buffer, NULL) == 1)
        snprintf(reason, sizeof reason, "removed by %.*s", ENTRY_OWNER_MAX, user.pw_name);
    else
        snprintf(reason, sizeof reason, "removed by uid %u", c->uid);
    int rc = removal_run(c->agent, id, reason, err);
    if (rc == 0 && id->owner.device)
        log_line(LOG_NOTICE, "profile %s, device: %s", id->profile, reason);
    else if (rc == 0)
        log_line(LOG_NOTICE, "profile %s, uid %u: %s", id->profile, id->owner.uid, reason);
    return rc;
}

static int get_record(struct connection *c, struct err *err)
{
    const struct record record = {
        .agent = c->agent,
        .owner = c->request.owner,
        .profile = c->request.profile,
        .serial = c->request.op == OP_GET_CERT ? c->request.serial : NULL,
        .asker = asker_of(c),
        .progress = on_progress,
        .context = c,
    };
    return record_get(&record, &c->pem, &c->remark, err);
}

static int act(struct connection *c, struct err *err)
{
    autofree struct owner *owners = NULL;
    size_t n = 0;
    struct entry_id id = {.owner = c->request.owner};
    struct err unreported;

    int rc = take_owners(c, &owners, &n, err);
    if (rc < 0)
        return rc;
    switch (c->request.op) {
    case OP_SIGN_IN:
        rc = run_cycle(c, ENGINE_ROUTINE, owners, n, err);
        break;
    case OP_CYCLE:
        rc = run_cycle(c, ENGINE_CYCLE, owners, n, err);
        break;
    case OP_ENROLL:
        rc = run_cycle(c, ENGINE_ENROL, owners, n, err);
        break;
    case OP_RENEW:
    case OP_PIN: /* all that a PIN is good for: a first certificate, or the next one */
        rc = run_cycle(c, ENGINE_RENEW, owners, n, err);
        break;
    case OP_REMOVE:
        strcpy(id.profile, c->request.profile);
        return remove_entry(c, &id, err);
    case OP_GET_CERT:
    case OP_GET_CRL:
        return get_record(c, err);
    case OP_LIST:
        break;
    }
    /* After a failed cycle the list is a help, not the answer. */
    int reported = report(c, owners, n, rc < 0 ? &unreported : err);
    return rc < 0 ? rc : reported;
}

static void send_result(struct connection *c, int rc, const struct err *err)
{
    autojson *object = rc == 0 ? json_pack("{s:s}", "result", "ok")
                               : json_pack("{s:s, s:s, s:s}", "result", "error", "class",
                                           err_class_name(err->class), "message", err->text);
    const struct problems *problems = &c->agent->profiles.problems;
    json_t *list = json_array();

    for (size_t i = 0; i < problems->n; i++)
        json_array_append_new(list, json_string(problems->v[i].text));
    if (problems->n)
        json_object_set(object, "problems", list);
    json_decref(list);
    if (c->pem.len)
        json_object_set_new(object, "pem", json_string(buf_text(&c->pem)));
    if (c->remark.class)
        json_object_set_new(object, "remark", json_string(c->remark.text));
    json_object_set(object, "entries", c->entries);
    send_object(c, object);
}

static int take_request(struct connection *c, uid_t peer, struct err *err)
{
    autobuf line = {0};
    struct io_lines lines = {.fd = c->fd, .max = REQUEST_MAX};
    int rc = io_line(&lines, deadline_in(c->limits->request), &line, err);
    buf_free(&lines.buffer);
    if (rc == 0)
        return err_set(err, ERR_RETRY, "the peer said nothing");
    if (rc > 0)
        rc = request_parse(buf_text(&line), line.len, peer, &c->request, err);
    return rc < 0 ? err_context(err, "request of uid %u", peer) : 0;
}

/* A peer in the middle of a line that is too long would die of it when the socket closes, and never
 * see why. */
static void drain(const struct connection *c)
{
    autobuf rest = {0};
    shutdown(c->fd, SHUT_WR);
    io_read_all(c->fd, DRAIN_MAX, deadline_in(c->limits->write), &rest, NULL);
}

int serve_connection(int fd, const struct ucred *peer, struct agent *agent,
                     const struct serve_limits *limits, int64_t *ret_next)
{
    struct err err = {0};
    struct connection c = {
        .fd = fd, .agent = agent, .limits = limits, .uid = peer->uid, .entries = json_array()};

    proc_end_after(limits->step);
    int rc = take_request(&c, peer->uid, &err);
    bool unread = rc == -ERR_RESOURCE; /* the rest of a line that is too long */
    if (rc < 0) {
        log_line(LOG_WARNING, "%s", err.text);
    } else {
        c.quiet = c.request.op == OP_SIGN_IN && c.request.wait == 0;
        rc = agent_load(agent, &err);
        if (rc == 0)
            rc = act(&c, &err);
        if (rc < 0 && c.request.op != OP_LIST && !c.told)
            log_line(LOG_NOTICE, "answered uid %u: %s", peer->uid, err.text);
    }
    send_result(&c, rc, &err);
    if (unread)
        drain(&c);
    json_decref(c.entries);
    request_end(&c.request);
    buf_free(&c.pem);
    *ret_next = c.next;
    return 0;
}
