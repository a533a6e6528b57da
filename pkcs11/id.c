#include "pkcs11/id.h"

#include <openssl/evp.h>
#include <string.h>

struct id_owner id_owner(const struct owner *owner)
{
    struct id_owner ret = {"device"};
    if (!owner->device)
        snprintf(ret.text, sizeof ret.text, "user/%u", owner->uid);
    return ret;
}

CK_OBJECT_HANDLE id_handle(const struct entry_id *id, unsigned generation, enum id_kind kind,
                           const uint8_t certificate[32])
{
    const struct id_owner whose = id_owner(&id->owner);
    char fingerprint[65], text[sizeof whose.text + ENTRY_NAME_MAX + sizeof fingerprint + 64];
    uint8_t hash[32];
    uint64_t handle;

    text_hex(certificate, 32, fingerprint);
    snprintf(text, sizeof text, "signet/%s/%s/%u/%d/%s", whose.text, id->profile, generation,
             (int)kind, fingerprint);
    if (EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL) != 1)
        return CK_INVALID_HANDLE;
    memcpy(&handle, hash, sizeof handle);
    handle &= (UINT64_C(1) << 62) - 1;
    return handle ? handle : 1;
}
