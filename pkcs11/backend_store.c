#include "pkcs11/backend_store.h"

#include "pkcs11/keyring.h"
#include "pkcs11/describe.h"
#include "pkcs11/snapshot.h"
#include "pkcs11/visible.h"
#include "store/tpm.h"
#include "store/tpm_pin.h"

#include <fcntl.h>
#include <string.h>

struct backend_store {
    struct backend backend;
    char *path;
    struct peer peer;
    backend_store_report *report;
    void *context;

    bool opened;
    struct store store;
    int changes; /* the store's counter, -1 when there is none */
    struct keyring keyring;
};

static struct backend_store *self(struct backend *backend)
{
    return (struct backend_store *)backend; /* its first member */
}

static void say(struct backend_store *b, const struct err *what)
{
    if (b->report)
        b->report(what, b->context);
}

/* False when in doubt. */
static bool counter(int changes, uint64_t *ret)
{
    return changes >= 0 && pread(changes, ret, sizeof *ret, 0) == sizeof *ret;
}

static int open_store(struct backend_store *b, struct err *err)
{
    if (b->opened)
        return 0;
    int rc = store_open(b->path, false, &b->store, err);
    if (rc < 0)
        return rc;
    rc = store_changes_fd(&b->store, &b->changes, err);
    if (rc < 0) {
        store_close(&b->store);
        return rc;
    }
    b->opened = true;
    return 0;
}

static void add_anchors(struct backend_store *b, enum anchor_kind kind, struct snapshot *snapshot)
{
    CLEANUP(strings_free) struct strings profiles = {0};
    struct err err;
    if (store_anchors(&b->store, kind, &profiles, &err) < 0)
        say(b, &err);
    for (size_t i = 0; i < profiles.n; i++) {
        autobuf der = {0};
        CLEANUP(fields_free) struct fields certificate = {0};
        int rc = store_anchor_read(&b->store, kind, profiles.v[i], &der, &err);
        if (rc == 0)
            rc = fields_from_der(&der, profiles.v[i], &certificate, &err);
        if (rc == 0)
            rc = describe_anchor(snapshot, profiles.v[i], kind == ANCHOR_TRUSTED, &certificate,
                                 &err);
        if (rc < 0)
            say(b, &err);
    }
}

static int add_visible(struct snapshot *snapshot, const struct entry_id *id,
                       const struct visible *visible, struct err *err)
{
    unsigned how = visible->pin ? DESCRIBE_PIN : 0;
    unsigned before = DESCRIBE_RETIRED | (visible->pin_before ? DESCRIBE_PIN : 0);
    int rc = visible->pin ? describe_pin_token(snapshot, id, err)
                          : describe_token(snapshot, &id->owner, err);
    if (rc == 0 && visible->leaf.parsed)
        rc = describe_generation(snapshot, id, visible->current, how, &visible->leaf, err);
    if (rc == 0 && visible->before.parsed)
        rc = describe_generation(snapshot, id, visible->previous, before, &visible->before, err);
    for (size_t i = 0; rc == 0 && i < visible->chain.n; i++)
        rc = describe_issuer(snapshot, id, how, &visible->chain.v[i], err);
    return rc;
}

/* What PEER may see of one entry. A part that is damaged is told and left out. */
static void add_entry(struct backend_store *b, const struct entry_id *id, struct snapshot *snapshot)
{
    CLEANUP(visible_free) struct visible visible = {0};
    struct err err;
    int rc = visible_read(&b->store, &b->peer, id, &visible, &err);
    if (rc == 0 && visible.permitted)
        rc = add_visible(snapshot, id, &visible, &err);
    if (rc < 0)
        say(b, &err);
    if (visible.remark.class)
        say(b, &visible.remark);
}

static void add_entries(struct backend_store *b, struct snapshot *snapshot)
{
    autofree struct entry_id *ids = NULL;
    size_t n = 0;
    struct err err;
    if (store_list(&b->store, &ids, &n, &err) < 0)
        say(b, &err);
    for (size_t i = 0; i < n; i++)
        add_entry(b, &ids[i], snapshot);
}

static int take_snapshot(struct backend *backend, struct snapshot **ret, struct err *err)
{
    struct backend_store *b = self(backend);
    const struct owner device = {.device = true}, own = {.uid = b->peer.uid};
    autosnapshot *snapshot = NULL;
    struct err missing;

    int rc = snapshot_new(&snapshot, err);
    if (rc == 0)
        rc = describe_token(snapshot, &device, err);
    /* There from the start: who keeps the slot list it saw first finds a certificate that comes
     * later. */
    if (rc == 0 && b->peer.uid != 0)
        rc = describe_token(snapshot, &own, err);
    if (rc < 0)
        return rc;

    if (open_store(b, &missing) < 0) {
        say(b, &missing);
    } else {
        /* The counter first: what changes while we read makes this snapshot an aged one. */
        if (counter(b->changes, &snapshot->change))
            snapshot->changes = fcntl(b->changes, F_DUPFD_CLOEXEC, 3);
        for (int kind = 0; kind < ANCHOR_KINDS; kind++)
            add_anchors(b, (enum anchor_kind)kind, snapshot);
        add_entries(b, snapshot);
        /* What is missing for want of an answer may be there at the next look. */
        if (peer_forget_failure(&b->peer) && snapshot->changes >= 0)
            close(steal_fd(&snapshot->changes));
        rc = describe_tell_apart(snapshot, err);
        if (rc < 0)
            return rc;
    }
    *ret = steal(&snapshot);
    return 0;
}

static bool changed(struct backend *backend, const struct snapshot *snapshot)
{
    (void)backend;
    uint64_t now;
    return !counter(snapshot->changes, &now) || now != snapshot->change;
}

static int prepare(struct backend_store *b, struct keyring_place *ret, struct err *err)
{
    *ret = (struct keyring_place){.store = &b->store, .peer = &b->peer};
    int rc = open_store(b, err);
    if (rc < 0)
        return rc;
    peer_forget_failure(&b->peer);
    if (!counter(b->changes, &ret->change))
        keyring_free(&b->keyring); /* in doubt: decide anew */
    return 0;
}

static int get_key(struct backend_store *b, const struct key_ref *ref, struct sign_key **ret,
                   struct err *err)
{
    struct keyring_place place;
    int rc = prepare(b, &place, err);
    return rc < 0 ? rc : keyring_get(&b->keyring, &place, ref, ret, err);
}

typedef int operate(struct sign_key *key, const struct key_operation *operation,
                    const struct buf *data, struct buf *ret, struct err *err);

/* Whether a TPM failed for what it was given is not told of a decryption; but a key that a PIN has
 * opened is not given up for that before it was asked once more. */
static bool may_have_forgotten(struct backend_store *b, const struct sign_key *key, operate *with,
                               int rc)
{
    enum pin_verdict verdict = 0;
    if (rc == -ERR_RETRY || rc >= 0 || with != sign_store_decrypt || !tpm_holds(key->key))
        return rc == -ERR_RETRY;
    return !keyring_is_opened(&b->keyring, key) || tpm_pin_try(key->key, &verdict, NULL) < 0 ||
           verdict != PIN_ACCEPTED;
}

/* A TPM forgets what was loaded into it when the machine sleeps: then it is loaded anew, once. */
static int use_key(struct backend_store *b, operate *with, const struct key_operation *operation,
                   const struct buf *data, struct buf *ret, struct err *err)
{
    for (bool again = false;; again = true) {
        struct sign_key *key;
        int rc = get_key(b, &operation->ref, &key, err);
        if (rc != 0)
            return rc;
        rc = with(key, operation, data, ret, err);
        if (again || !may_have_forgotten(b, key, with, rc))
            return rc;
        keyring_free(&b->keyring);
    }
}

static int sign(struct backend *backend, const struct key_operation *operation,
                const struct buf *data, struct buf *ret_signature, struct err *err)
{
    return use_key(self(backend), sign_store_sign, operation, data, ret_signature, err);
}

static int decrypt(struct backend *backend, const struct key_operation *operation,
                   const struct buf *data, struct buf *ret_plain, struct err *err)
{
    return use_key(self(backend), sign_store_decrypt, operation, data, ret_plain, err);
}

static int login(struct backend *backend, const struct key_ref *token, const struct buf *pin,
                 enum pin_verdict *ret, struct err *err)
{
    struct backend_store *b = self(backend);
    struct keyring_place place;
    int rc = prepare(b, &place, err);
    return rc < 0 ? rc : keyring_login(&b->keyring, &place, token, pin, ret, err);
}

static int logout(struct backend *backend, const struct key_ref *token, struct err *err)
{
    (void)err;
    keyring_logout(&self(backend)->keyring, token);
    return 0;
}

static void close_store(struct backend *backend)
{
    struct backend_store *b = self(backend);
    keyring_free(&b->keyring);
    if (b->changes >= 0)
        close(b->changes);
    if (b->opened)
        store_close(&b->store);
    peer_free(&b->peer);
    free(b->path);
    free(b);
}

/* Nothing is shared with the parent but descriptors that are only read. */
static void abandon(struct backend *backend)
{
    keyring_free(&self(backend)->keyring);
}

int backend_store_open(const char *path, const struct peer *peer, backend_store_report *report,
                       void *context, struct backend **ret, struct err *err)
{
    struct backend_store *b = calloc(1, sizeof *b);
    if (!b)
        return err_memory(err);
    b->backend = (struct backend){.snapshot = take_snapshot,
                                  .changed = changed,
                                  .sign = sign,
                                  .decrypt = decrypt,
                                  .login = login,
                                  .logout = logout,
                                  .abandon = abandon,
                                  .close = close_store};
    b->report = report;
    b->context = context;
    b->changes = -1;
    b->path = strdup(path);
    int rc = b->path ? peer_copy(peer, &b->peer, err) : err_memory(err);
    if (rc < 0) {
        close_store(&b->backend);
        return rc;
    }
    *ret = &b->backend;
    return 0;
}
