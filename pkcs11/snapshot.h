/* Making a struct snapshot, for both back ends. */
#ifndef SIGNET_PKCS11_SNAPSHOT_H
#define SIGNET_PKCS11_SNAPSHOT_H

#include "base/cleanup.h"
#include "pkcs11/backend.h"

DEFINE_CLEANUP(struct snapshot *, snapshot_free)
#define autosnapshot CLEANUP(snapshot_free_p) struct snapshot

/* An empty one: no tokens, no objects, no `changes`. For snapshot_free(). */
int snapshot_new(struct snapshot **ret, struct err *err);

/* A second token of the same slot is a BUG. */
int snapshot_add_token(struct snapshot *snapshot, const struct token *token, struct err *err);

/* Copies the object with its attributes and their values. */
int snapshot_add_object(struct snapshot *snapshot, const struct object *object, struct err *err);

#endif
