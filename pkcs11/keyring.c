#include "pkcs11/keyring.h"

#include "pkcs11/fields.h"
#include "pkcs11/id.h"
#include "store/tpm.h"
#include "store/tpm_pace.h"

#include <openssl/evp.h>
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
    struct keyring_key *oldest = NULL;
    for (size_t i = 0; i < KEYRING_MAX; i++) {
        struct keyring_key *slot = &keyring->keys[i];
        if (slot->key.key && same_ref(&slot->ref, ref))
            return slot;
        if (!slot->opened && (!oldest || slot->used < oldest->used))
            oldest = slot;
    }
    keyring_key_free(oldest); /* there is one: KEYRING_LOGINS_MAX */
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

/* What a generation has for load() and login. */
struct material {
    struct generation generation;
    struct fields certificate;
};

static void material_free(struct material *material)
{
    generation_free(&material->generation);
    fields_free(&material->certificate);
}

static int material_read(const struct entry *entry, unsigned number, struct material *ret,
                         struct err *err)
{
    int rc = entry_read(entry, number, PART_CERT | PART_KEY, &ret->generation, err);
    return rc < 0 ? rc
                  : fields_from_pem(&ret->generation.cert_pem, "cert.pem", &ret->certificate, err);
}

/* Takes KEY over. SLOT may have been emptied since it was found. */
static int put(struct keyring_key *slot, const struct key_ref *ref, const struct material *material,
               EVP_PKEY *key, struct err *err)
{
    const struct fields *certificate = &material->certificate;
    if (!fields_match(certificate, key)) {
        EVP_PKEY_free(key);
        return err_set(err, ERR_CONFIG, "key.pem and cert.pem do not belong together");
    }
    sign_key_free(&slot->key);
    slot->ref = *ref;
    slot->key.may_sign = certificate->may_sign;
    slot->key.may_decrypt = certificate->may_decrypt;
    memcpy(slot->fingerprint, certificate->fingerprint, sizeof slot->fingerprint);
    slot->key.key = key;
    return 0;
}

/* A TPM has room for three keys, of which it takes one itself to load another. What a PIN has
 * opened stays: nobody could open it again. */
static bool make_room_in_tpm(struct keyring *keyring)
{
    bool made = false;
    for (size_t i = 0; i < KEYRING_MAX; i++) {
        struct keyring_key *slot = &keyring->keys[i];
        if (!slot->key.key || slot->opened || !tpm_holds(slot->key.key))
            continue;
        keyring_key_free(slot);
        made = true;
    }
    return made;
}

static int load_key(struct keyring *keyring, const struct buf *pem, const struct buf *pin,
                    EVP_PKEY **ret, struct err *err)
{
    for (bool again = false;; again = true) {
        int rc = pin ? key_from_pem_with_pin(pem, pin, ret, err) : key_from_pem(pem, ret, err);
        if (rc != -ERR_RETRY || again || !make_room_in_tpm(keyring))
            return rc;
    }
}

static int load(struct keyring *keyring, const struct entry *entry, const struct key_ref *ref,
                struct keyring_key *slot, struct err *err)
{
    CLEANUP(material_free) struct material material = {0};
    EVP_PKEY *key = NULL;

    int rc = material_read(entry, ref->generation, &material, err);
    if (rc == 0 && is_loaded(slot, material.certificate.fingerprint))
        return 0;
    if (rc == 0 && key_asks_pin(&material.generation.key_pem))
        return BACKEND_LOGIN;
    if (rc == 0)
        rc = load_key(keyring, &material.generation.key_pem, NULL, &key, err);
    return rc < 0 ? rc : put(slot, ref, &material, key, err);
}

/* Opens the entry of REF, if the peer may use it. */
static int admit(const struct keyring_place *place, const struct key_ref *ref, struct entry *ret,
                 struct err *err)
{
    struct id_owner whose;
    struct entry_id id;
    int rc = entry_of(ref, &id, err);
    if (rc < 0)
        return rc;

    rc = entry_open(place->store, &id, false, ret, err);
    if (rc == 0)
        rc = peer_may_use(place->peer, ret, err);
    /* One answer for all that is not the peer's: whether it exists is not its business either. */
    if (rc == 0 || (rc < 0 && !peer_owns(place->peer, &id))) {
        whose = id_owner(&id.owner);
        return err_set(err, ERR_DENIED, "uid %u may not use the key %s/%s", place->peer->uid,
                       whose.text, id.profile);
    }
    return rc < 0 ? rc : 0;
}

static int admit_and_load(struct keyring *keyring, const struct keyring_place *place,
                          const struct key_ref *ref, struct keyring_key *slot, struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    int rc = admit(place, ref, &entry, err);
    if (rc == 0)
        rc = check_generation(&entry, ref->generation, err);
    if (rc < 0)
        return rc;
    rc = load(keyring, &entry, ref, slot, err);
    return rc < 0 ? err_context(err, "%s, generation %u", ref->profile, ref->generation) : rc;
}

int keyring_get(struct keyring *keyring, const struct keyring_place *place,
                const struct key_ref *ref, struct sign_key **ret, struct err *err)
{
    struct keyring_key *slot = slot_for(keyring, ref);
    if (!slot->key.key || slot->change != place->change) {
        int rc = admit_and_load(keyring, place, ref, slot, err);
        if (rc != 0) {
            keyring_key_free(slot);
            return rc;
        }
        slot->change = place->change;
    }
    slot->used = ++keyring->uses;
    *ret = &slot->key;
    return 0;
}

static unsigned count_opened(const struct keyring *keyring)
{
    unsigned n = 0;
    for (size_t i = 0; i < KEYRING_MAX; i++)
        n += keyring->keys[i].opened;
    return n;
}

static int hash_try(const struct material *material, const struct buf *pin, uint8_t ret[32],
                    struct err *err)
{
    autobuf all = {0};
    const struct fields *certificate = &material->certificate;
    int rc = buf_add(&all, certificate->fingerprint, sizeof certificate->fingerprint, err);
    if (rc == 0)
        rc = buf_add(&all, pin->data, pin->len, err);
    if (rc == 0 && EVP_Digest(all.data, all.len, ret, NULL, EVP_sha256(), NULL) != 1)
        rc = openssl_error(err, ERR_RESOURCE, "SHA-256");
    return rc;
}

/* Once, and never the same wrong one again. RET_KEY is set when the verdict is PIN_ACCEPTED. */
static int try_pin(struct keyring *keyring, const struct material *material, uid_t owner,
                   const struct buf *pin, EVP_PKEY **ret_key, enum pin_verdict *ret,
                   struct err *err)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    uint8_t hash[32];
    int64_t wait;
    int rc = hash_try(material, pin, hash, err);
    if (rc < 0)
        return rc;
    *ret = PIN_WRONG;
    if (keyring->has_wrong && memcmp(keyring->wrong, hash, sizeof hash) == 0)
        return 0;
    rc = load_key(keyring, &material->generation.key_pem, pin, &key, err);
    if (rc == 0)
        rc = tpm_pace_try(key, owner, ret, &wait, err);
    if (rc < 0)
        return rc;
    if (*ret == PIN_WRONG) {
        memcpy(keyring->wrong, hash, sizeof hash);
        keyring->has_wrong = true;
    }
    if (*ret == PIN_ACCEPTED)
        *ret_key = steal(&key);
    return 0;
}

/* What can be said without a try; 0: nothing. */
static enum pin_verdict foresee(const struct keyring_key *slot, const struct material *material,
                                const struct buf *pin)
{
    if (slot->opened && is_loaded(slot, material->certificate.fingerprint))
        return PIN_IS_IN;
    if (!key_asks_pin(&material->generation.key_pem))
        return PIN_UNWANTED;
    enum pin_verdict look = pin_look(pin);
    return look == PIN_ACCEPTED ? 0 : look;
}

/* REF has its generation now. */
static int open_key(struct keyring *keyring, const struct keyring_place *place,
                    const struct entry *entry, const struct key_ref *ref, const struct buf *pin,
                    enum pin_verdict *ret, struct err *err)
{
    CLEANUP(material_free) struct material material = {0};
    EVP_PKEY *key = NULL;
    int rc = material_read(entry, ref->generation, &material, err);
    if (rc < 0)
        return rc;
    struct keyring_key *slot = slot_for(keyring, ref);
    *ret = foresee(slot, &material, pin);
    if (*ret)
        return 0;
    if (count_opened(keyring) == KEYRING_LOGINS_MAX)
        return err_set(err, ERR_RESOURCE, "more than %d keys with a PIN at once",
                       KEYRING_LOGINS_MAX);
    rc = try_pin(keyring, &material, ref->uid, pin, &key, ret, err);
    if (rc == 0 && key) {
        rc = put(slot, ref, &material, key, err);
        slot->opened = rc == 0;
        slot->change = place->change;
        slot->used = ++keyring->uses;
    }
    return rc;
}

int keyring_login(struct keyring *keyring, const struct keyring_place *place,
                  const struct key_ref *token, const struct buf *pin, enum pin_verdict *ret,
                  struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    struct key_ref ref = *token;
    int rc = admit(place, token, &entry, err);
    if (rc == 0)
        rc = entry_current(&entry, &ref.generation, err);
    if (rc == 0 && ref.generation == 0)
        rc = err_set(err, ERR_CONFIG, "%s: has no certificate", ref.profile);
    return rc < 0 ? rc : open_key(keyring, place, &entry, &ref, pin, ret, err);
}

bool keyring_is_opened(const struct keyring *keyring, const struct sign_key *key)
{
    for (size_t i = 0; i < KEYRING_MAX; i++)
        if (&keyring->keys[i].key == key)
            return keyring->keys[i].opened;
    return false;
}

void keyring_logout(struct keyring *keyring, const struct key_ref *token)
{
    for (size_t i = 0; i < KEYRING_MAX; i++) {
        struct key_ref ref = keyring->keys[i].ref;
        ref.generation = token->generation;
        if (keyring->keys[i].opened && same_ref(&ref, token))
            keyring_key_free(&keyring->keys[i]);
    }
}
