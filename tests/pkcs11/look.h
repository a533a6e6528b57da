/* A back end over a store, looked at as one user after the other. */
#ifndef SIGNET_TESTS_PKCS11_LOOK_H
#define SIGNET_TESTS_PKCS11_LOOK_H

#include "pkcs11/backend_store.h"
#include "pkcs11/describe.h"
#include "pkcs11/snapshot.h"
#include "tests/pkcs11/issue.h"

#define ALICE  1000
#define BOB    1001
#define DAEMON 1 /* a user that NSS knows, in the group of the same name */

static const struct entry_id vpn = {.owner = {.device = true}, .profile = "vpn"};
static const struct entry_id alice_mail = {.owner = {.uid = ALICE}, .profile = "mail"};
static const struct entry_id alice_web = {.owner = {.uid = ALICE}, .profile = "web"};
static const struct entry_id bob_mail = {.owner = {.uid = BOB}, .profile = "mail"};

/* What a back end had to say. */
struct reports {
    unsigned n;
    char last[ERR_TEXT_MAX];
};

void close_backend(struct backend **backend);
#define autobackend CLEANUP(close_backend) struct backend

void count_report(const struct err *what, void *reports);
/* Borrows its name: good until the next call. */
struct peer peer_as(uid_t uid);
struct backend *open_as(const struct fixture *f, uid_t uid, struct reports *reports);
struct snapshot *take(struct backend *backend);

/* Attributes: one, whether it has this value, and a CK_ULONG. */
const struct object_attribute *attribute(const struct object *object, CK_ATTRIBUTE_TYPE type);
bool has(const struct object *object, CK_ATTRIBUTE_TYPE type, const void *value, size_t len);
CK_ULONG number(const struct object *object, CK_ATTRIBUTE_TYPE type);

/* NULL when there is none. */
const struct object *find(const struct snapshot *snapshot, CK_SLOT_ID slot, CK_OBJECT_CLASS class,
                          const char *label, bool retired);
const struct object *find_key(const struct snapshot *snapshot, const struct entry_id *id);
bool has_token(const struct snapshot *snapshot, CK_SLOT_ID slot);

struct key_ref ref_of(const struct entry_id *id, unsigned generation);

/* Signs with the EC key that REF names; checks the signature against KEY unless that is NULL. */
int sign_with(struct backend *backend, const struct key_ref *ref, EVP_PKEY *key, struct err *err);

#endif
