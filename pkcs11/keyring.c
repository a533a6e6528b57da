#include "pkcs11/keyring.h"

#include "pkcs11/fields.h"
#include "pkcs11/id.h"
#include "store/tpm.h"

#include <string.h>

static void keyring_key_free(struct keyring_key *slot)
{
    sign_key_free(&slot->key);
    *slot = (struct keyring_key){0};
}

void keyring_free(struct keyring *keyring)
{
    for (size_t i = 0; i < KEYRING_MAX; i++)
        keyring_key_free(&keyring->keys[i]);
}

static bool same_ref(const struct key_ref *a, const struct key_ref *b)
{
    return a->device == b->device && a->uid == b->uid && a->generation == b->generation &&
           strcmp(a->profile, b->profile) == 0;
}

/* The slot of REF, or an empty one, or the one unused for longest. */
static struct keyring_key *slot_for(struct keyring *keyring, const struct key_ref *ref)
{
    struct keyring_key *oldest = &keyring->keys[0];
    for (size_t i = 0; i < KEYRING_MAX; i++) {
        struct keyring_key *slot = &keyring->keys[i];
        if (slot->key.key && same_ref(&slot->ref, ref))
            return slot;
        if (slot->used < oldest->used)
            oldest = slot;
    }
    keyring_key_free(oldest);
    oldest->ref = *ref;
    return oldest;
}

/* A name from outside: it must not lead anywhere but to an entry. */
static int entry_of(const struct key_ref *ref, struct entry_id *ret, struct err *err)
{
    if (ref->device > 1 || !memchr(ref->profile, 0, sizeof ref->profile) ||
        !entry_name_valid(ref->profile))
        return err_set(err, ERR_DENIED, "a reference that no key can have");
    *ret = (struct entry_id){.owner = {.device = ref->device, .uid = ref->device ? 0 : ref->uid}};
    strcpy(ret->profile, ref->profile);
    return 0;
}

/* The current generation or the one before: the store lists no other. */
static int check_generation(const struct entry *entry, unsigned number, struct err *err)
{
    autofree unsigned *numbers = NULL;
    size_t n = 0;
    int rc = entry_generations(entry, &numbers, &n, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < n; i++)
        if (numbers[i] == number)
            return 0;
    return err_set(err, ERR_CONFIG, "%s: generation %u is no longer in the store",
                   entry->id.profile, number);
}

/* Is the key in SLOT that of this certificate? Then there is nothing to load. */
static bool is_loaded(const struct keyring_key *slot, const uint8_t fingerprint[32])
{
    return slot->key.key && memcmp(slot->fingerprint, fingerprint, 32) == 0;
}

/* A TPM has room for three keys, of which it takes one itself to load another. */
static bool make_room_in_tpm(struct keyring *keyring)
{
    bool made = false;
    for (size_t i = 0; i < KEYRING_MAX; i++) {
        struct keyring_key *slot = &keyring->keys[i];
        if (!slot->key.key || !tpm_holds(slot->key.key))
            continue;
        keyring_key_free(slot);
        made = true;
    }
    return made;
}

static int load_key(struct keyring *keyring, const struct buf *pem, EVP_PKEY **ret, struct err *err)
{
    int rc = key_from_pem(pem, ret, err);
    return rc == -ERR_RETRY && make_room_in_tpm(keyring) ? key_from_pem(pem, ret, err) : rc;
}

static int load(struct keyring *keyring, const struct entry *entry, const struct key_ref *ref,
                struct keyring_key *slot, struct err *err)
{
    CLEANUP(generation_free) struct generation generation = {0};
    CLEANUP(fields_free) struct fields certificate = {0};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;

    int rc = entry_read(entry, ref->generation, PART_CERT | PART_KEY, &generation, err);
    if (rc < 0)
        return rc;
    rc = fields_from_pem(&generation.cert_pem, "cert.pem", &certificate, err);
    if (rc == 0 && is_loaded(slot, certificate.fingerprint))
        return 0;
    if (rc == 0)
        rc = load_key(keyring, &generation.key_pem, &key, err);
    if (rc == 0 && !fields_match(&certificate, key))
        rc = err_set(err, ERR_CONFIG, "key.pem and cert.pem do not belong together");
    if (rc < 0)
        return err_context(err, "%s, generation %u", ref->profile, ref->generation);

    sign_key_free(&slot->key);
    slot->ref = *ref;
    slot->key.may_sign = certificate.may_sign;
    slot->key.may_decrypt = certificate.may_decrypt;
    memcpy(slot->fingerprint, certificate.fingerprint, sizeof slot->fingerprint);
    slot->key.key = steal(&key);
    return 0;
}

static int admit(struct keyring *keyring, const struct store *store, struct peer *peer,
                 const struct key_ref *ref, struct keyring_key *slot, struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    struct id_owner whose;
    struct entry_id id;
    int rc = entry_of(ref, &id, err);
    if (rc < 0)
        return rc;

    rc = entry_open(store, &id, false, &entry, err);
    if (rc == 0)
        rc = peer_may_use(peer, &entry, err);
    /* One answer for all that is not the peer's: whether it exists is not its business either. */
    if (rc == 0 || (rc < 0 && !peer_owns(peer, &id))) {
        whose = id_owner(&id.owner);
        return err_set(err, ERR_DENIED, "uid %u may not use the key %s/%s", peer->uid, whose.text,
                       id.profile);
    }
    if (rc > 0)
        rc = check_generation(&entry, ref->generation, err);
    return rc == 0 ? load(keyring, &entry, ref, slot, err) : rc;
}

int keyring_get(struct keyring *keyring, const struct store *store, struct peer *peer,
                uint64_t change, const struct key_ref *ref, struct sign_key **ret, struct err *err)
{
    struct keyring_key *slot = slot_for(keyring, ref);
    if (!slot->key.key || slot->change != change) {
        int rc = admit(keyring, store, peer, ref, slot, err);
        if (rc < 0) {
            keyring_key_free(slot);
            return rc;
        }
        slot->change = change;
    }
    slot->used = ++keyring->uses;
    *ret = &slot->key;
    return 0;
}
