#include "pkcs11/id.h"

#include <openssl/evp.h>
#include <string.h>

#define OWNER_TEXT_MAX 24

static void owner_text(const struct owner *owner, char ret[OWNER_TEXT_MAX])
{
    if (owner->device)
        strcpy(ret, "device");
    else
        snprintf(ret, OWNER_TEXT_MAX, "user/%u", owner->uid);
}

static int digest(const char *text, uint8_t ret[32])
{
    return EVP_Digest(text, strlen(text), ret, NULL, EVP_sha256(), NULL) == 1 ? 0 : -ERR_BUG;
}

int backend_id(const struct owner *owner, const char *profile, uint8_t ret[ID_LEN])
{
    char whose[OWNER_TEXT_MAX], text[OWNER_TEXT_MAX + ENTRY_NAME_MAX + 16];
    uint8_t hash[32];

    owner_text(owner, whose);
    snprintf(text, sizeof text, "signet/%s/%s", whose, profile);
    int rc = digest(text, hash);
    if (rc == 0)
        memcpy(ret, hash, ID_LEN);
    return rc;
}

CK_OBJECT_HANDLE id_handle(const struct entry_id *id, unsigned generation, enum id_kind kind,
                           const uint8_t certificate[32])
{
    char whose[OWNER_TEXT_MAX], fingerprint[65];
    char text[OWNER_TEXT_MAX + ENTRY_NAME_MAX + sizeof fingerprint + 64];
    uint8_t hash[32];
    uint64_t handle;

    owner_text(&id->owner, whose);
    text_hex(certificate, 32, fingerprint);
    snprintf(text, sizeof text, "signet/%s/%s/%u/%d/%s", whose, id->profile, generation, (int)kind,
             fingerprint);
    if (digest(text, hash) < 0)
        return CK_INVALID_HANDLE;
    memcpy(&handle, hash, sizeof handle);
    handle &= (UINT64_C(1) << 62) - 1;
    return handle ? handle : 1;
}
