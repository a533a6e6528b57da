/* The store: entries = (owner, profile), each with generations of key + certificate + chain.
 *
 *   STORE/changes                                  8 bytes, a counter: clients see a change
 *   STORE/anchors/PROFILE.{der,issuer}             trusted roots and intermediates, for the token
 *   STORE/device/PROFILE/, STORE/users/UID/PROFILE/
 *       generations/N/{key.pem,cert.pem,chain.pem,meta.json}
 *       current -> generations/N                   switched by one rename
 *       pending/key.pem                            a request under way: its key outlives a crash
 *       pending/signer.pem                         the key that signs the messages about it
 *       pending/challenge                          a challenge that no CA has seen, for its retry
 *       state.json                                 where issuance stands
 *       access.json                                whose it is by name, and who else may sign
 *       next-ca.pem                                its CA, and what the CA said comes after it
 *       lock
 *   STORE/removed/{device,UID}.PROFILE.json        what was removed, and why; no entry
 *   STORE/turns                                    nothing: a byte of it is locked per request
 *
 * Written beside, fsynced, renamed, and the directory fsynced: a process killed at any instruction
 * leaves the old or the new state. Needs libc and jansson only. */
#ifndef SIGNET_STORE_ENTRY_H
#define SIGNET_STORE_ENTRY_H

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"

#include <sys/types.h>

#define ENTRY_NAME_MAX  TEXT_NAME_MAX
#define ENTRY_OWNER_MAX 256          /* bytes of a user's or group's name */
#define STORE_FILE_MAX  (64u * 1024) /* no file in an entry is larger */

struct store {
    int fd;
    char *path;
};

/* Opens the folder; with CREATE makes it (0700) and what a store needs. */
int store_open(const char *path, bool create, struct store *ret, struct err *err);
void store_close(struct store *store);

/* Counts up `changes`, atomically between processes. Call after every visible change. */
int store_bump(const struct store *store, struct err *err);

/* A read-only descriptor of `changes`, whose 8 bytes (host order) grow with every store_bump(). It
 * may be handed to a client: no lock that a client takes on it holds up the store. */
int store_changes_fd(const struct store *store, int *ret_fd, struct err *err);

/* So many requests go on at one time, whoever makes them: waits until UNTIL for one of N turns,
 * then RETRY. A turn lasts until the last copy of the descriptor is closed, so a killed process
 * holds none. */
int store_turn(const struct store *store, unsigned n, deadline until, int *ret_fd, struct err *err);

/* What a trusted-root profile makes of its certificate. */
enum anchor_kind {
    ANCHOR_TRUSTED,
    ANCHOR_ISSUER, /* an intermediate: not believed by itself, helps to build chains */
    ANCHOR_KINDS,
};

/* Anchors. Put and remove do nothing when nothing would change, and bump otherwise. */
int store_anchor_put(const struct store *store, enum anchor_kind kind, const char *profile,
                     const struct buf *der, struct err *err);
int store_anchor_remove(const struct store *store, enum anchor_kind kind, const char *profile,
                        struct err *err);
int store_anchors(const struct store *store, enum anchor_kind kind, struct strings *ret_profiles,
                  struct err *err);
int store_anchor_read(const struct store *store, enum anchor_kind kind, const char *profile,
                      struct buf *ret_der, struct err *err);

/* Whose an entry is. */
struct owner {
    bool device;
    uid_t uid; /* when not device */
};

bool owner_same(const struct owner *a, const struct owner *b);

struct entry_id {
    struct owner owner;
    char profile[ENTRY_NAME_MAX + 1];
};

/* Every entry in the store: device first, then by uid; by profile within one owner. Malloc'ed
 * array. Names that are no entry's are passed over. */
int store_list(const struct store *store, struct entry_id **ret, size_t *ret_n, struct err *err);

/* The same of one owner, whatever the others have: what is done for each of many must not look at
 * all of them each time. */
int owner_list(const struct store *store, const struct owner *owner, struct entry_id **ret,
               size_t *ret_n, struct err *err);

struct entry {
    const struct store *store;
    struct entry_id id;
    int fd;      /* of its directory */
    int lock;    /* -1 when not locked */
    bool create; /* as it was opened: entry_lock() makes it again when it was removed meanwhile */
};

/* Opens the entry's directory; with CREATE makes it. Without, a missing one is CONFIG. */
int entry_open(const struct store *store, const struct entry_id *id, bool create, struct entry *ret,
               struct err *err);
void entry_close(struct entry *entry); /* unlocks too */

/* One process at a time works on an entry. Waits until UNTIL, then RETRY. Finishes or clears away
 * what a killed process left half-done. An entry that was removed meanwhile is opened anew, as it
 * was opened first. The lock goes with the process, and with every copy of its descriptors that a
 * fork made. */
int entry_lock(struct entry *entry, deadline until, struct err *err);

/* Where issuance stands (state.json). */
enum entry_phase {
    PHASE_NONE,       /* nothing was asked yet */
    PHASE_REQUESTING, /* a request went out, or is about to; pending/ has its key */
    PHASE_PENDING,    /* the CA has it; poll with the same transactionID */
    PHASE_INSTALLED,  /* the current generation is what the profile wants */
};

/* What holds it up, where that is nobody's fault. */
enum entry_wait {
    WAIT_NOTHING,
    WAIT_NETWORK, /* no server could be reached */
    WAIT_ROOT,    /* the trusted root, or the certificate for TLS, is not there for this owner */
    WAIT_VALUE,   /* a variable has no value here */
    WAIT_LATE,    /* overdue, and perhaps a thousand machines with it: for next_attempt */
    WAIT_PIN,     /* only its user can go on: the key asks for a PIN */
};

struct entry_state {
    enum entry_phase phase;
    enum entry_wait wait;
    char transaction_id[65];
    char url[1024];    /* chosen for this transaction; "" when none */
    char wish[65];     /* hex digest of what the request under way, or else `current`, asked for */
    bool by_old;       /* `current` has signed the request that waits for approval */
    char setup[65];    /* hex digest of how its servers were asked last; "": nobody knows */
    unsigned attempts; /* failed ones in a row */
    unsigned refusals; /* transactions in a row that came to nothing */
    int64_t since;     /* when what people are told of it began: engine_after() */
    int64_t asked;     /* when a server was asked last; 0: never */
    int64_t pending;   /* when the CA first said of this transaction that it has to be approved */
    int64_t next_attempt; /* not before; 0: as soon as it is due */
    int64_t planned;      /* when that was decided: a clock that was set back since makes it void */
    int64_t not_before;   /* a server wants no request before; 0: it has not said */
    char reason[ERR_TEXT_MAX]; /* last error or remark; "" when all is well */
};

/* A missing or damaged file is a zeroed state (damage is told in `reason`): never fatal. Write only
 * with the lock held. */
int entry_state_read(const struct entry *entry, struct entry_state *ret, struct err *err);
int entry_state_write(struct entry *entry, const struct entry_state *state, struct err *err);

/* The key of a request under way (PEM). Put replaces, and drops what was kept for the one before;
 * get is CONFIG when there is none. Needs the lock. */
int entry_pending_put(struct entry *entry, const struct buf *key_pem, struct err *err);
int entry_pending_get(const struct entry *entry, struct buf *ret_key_pem, struct err *err);

/* The key (PEM) that signs and opens the messages about the request under way, where the one it is
 * for does not. It goes with pending/, and is overwritten before it is removed. Put replaces, needs
 * the lock, and is CONFIG where no request is under way; get is CONFIG when there is none. */
int entry_signer_put(struct entry *entry, const struct buf *key_pem, struct err *err);
int entry_signer_get(const struct entry *entry, struct buf *ret_key_pem, struct err *err);

/* What is kept for the retry of the request under way: text, of which the store knows nothing but
 * that it is a secret. It goes with pending/, and is overwritten before it is removed. Put
 * replaces, and is CONFIG where no request is under way; get is CONFIG when there is none; drop
 * does nothing then. Put and drop need the lock. */
int entry_kept_put(struct entry *entry, const struct buf *text, struct err *err);
int entry_kept_get(const struct entry *entry, struct buf *ret, struct err *err);
int entry_kept_drop(struct entry *entry, struct err *err);

/* What a generation consists of. meta is the agent's: what agent/PROTOCOL.md shows of a
 * certificate. */
struct generation {
    unsigned number;
    struct buf key_pem;
    struct buf cert_pem;
    struct buf chain_pem; /* may be empty */
    json_t *meta;
};

void generation_free(struct generation *generation);

/* Makes pending/'s key, with this certificate, chain and meta, the current generation; needs the
 * lock. After it, pending/ is gone, the generation before stays, older ones are removed, and
 * `changes` has been bumped (what fails of that once the new generation is current is not an error:
 * the next entry_lock() does it). On failure (a full disk) nothing has changed and pending/ is
 * still there. Returns the new number. */
int entry_commit(struct entry *entry, const struct buf *cert_pem, const struct buf *chain_pem,
                 const json_t *meta, unsigned *ret_number, struct err *err);

/* Number of the current generation; 0: none yet. */
int entry_current(const struct entry *entry, unsigned *ret_number, struct err *err);

/* Numbers in the store, highest first (current and the one before). Malloc'ed. */
int entry_generations(const struct entry *entry, unsigned **ret, size_t *ret_n, struct err *err);

/* Reads one generation; parts not wanted are skipped. A missing or torn part is an error that names
 * the file. */
enum { PART_KEY = 1, PART_CERT = 2, PART_CHAIN = 4, PART_META = 8, PART_ALL = 15 };
int entry_read(const struct entry *entry, unsigned number, unsigned parts, struct generation *ret,
               struct err *err);

/* A CA's own certificate and those that will follow it, as PEM (next-ca.pem). Put replaces, and
 * needs the lock; get appends nothing when there is none, or a damaged one. */
int entry_next_put(struct entry *entry, const struct buf *pem, struct err *err);
int entry_next_get(const struct entry *entry, struct buf *ret, struct err *err);

/* Whose an entry is by name, and who else may sign (access.json). A uid outlives its user: an
 * account made later may have the same. */
struct entry_access {
    char *owner;           /* what NSS called the uid; NULL: the device's, or not written yet */
    struct strings others; /* users and @groups beyond the owner and root */
};

void entry_access_free(struct entry_access *access);

/* Put does nothing when nothing would change, and bumps otherwise; needs the lock. OWNER is NULL
 * for the device. Get: nothing stored is nobody; a damaged file is CONFIG. */
int entry_access_put(struct entry *entry, const char *owner, const struct strings *others,
                     struct err *err);
int entry_access_get(const struct entry *entry, struct entry_access *ret, struct err *err);

/* Is it OWNER's by name (NULL: the device)? 1 or 0; 0 too when nobody knows whose it is. */
int entry_belongs(const struct entry *entry, const char *owner, struct err *err);

/* Makes sure that nothing in a user's entry is another user's, one of whom nobody knows included:
 * unless it is OWNER's by name already, everything in it is removed, keys first, before the name
 * is written. Needs the lock. ret_removed tells whether there was anything. For the device: does
 * nothing. */
int entry_claim(struct entry *entry, const char *owner, bool *ret_removed, struct err *err);

/* Removes the entry with its keys, then bumps. Needs the lock. */
int entry_remove(struct entry *entry, struct err *err);

/* Is there nothing in it of anybody: was it only just made, or left by one who was killed while it
 * removed it? */
bool entry_is_empty(const struct entry *entry);

/* Has its folder been removed since it was opened? What is read of it is then of no entry. */
bool entry_is_gone(const struct entry *entry);

/* What is told for a while of an entry that was removed. */
struct removed {
    struct entry_id id;
    char owner[ENTRY_OWNER_MAX + 1]; /* its user's name; "" for the device */
    int64_t since;
    int64_t asked;             /* as the entry's state had it */
    char reason[ERR_TEXT_MAX]; /* who or what removed it */
};

/* Put replaces; get is CONFIG when there is none, or a damaged one; drop does nothing when there is
 * none. The list is sorted as store_list() has it. */
int removed_put(const struct store *store, const struct removed *removed, struct err *err);
int removed_get(const struct store *store, const struct entry_id *id, struct removed *ret,
                struct err *err);
int removed_drop(const struct store *store, const struct entry_id *id, struct err *err);
int removed_list(const struct store *store, struct entry_id **ret, size_t *ret_n, struct err *err);

/* May an entry's folder be called so? text_is_name(). */
bool entry_name_valid(const char *text);

#endif
