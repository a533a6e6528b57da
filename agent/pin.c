#include "agent/pin.h"

#include "store/key.h"
#include "store/tpm_pace.h"

bool pin_is_asked(const struct profile *profile)
{
    return profile->kind == PROFILE_SCEP && profile->scep.key_storage == STORAGE_TPM_PIN;
}

void pin_await(const struct profile *profile, bool renewal, struct err *why)
{
    err_set(why, ERR_CONFIG, "%s: signet pin %s",
            renewal ? "renewal needs your PIN" : "choose a PIN", profile->name);
}

static int refuse(enum pin_verdict verdict, int64_t wait, struct err *err)
{
    if (verdict == PIN_PAUSED)
        return err_set(err, ERR_RETRY,
                       "too many wrong PINs; the next one, right or wrong, is tried in %lld "
                       "seconds, so that they do not lock the TPM",
                       (long long)wait);
    if (verdict == PIN_LOCKED)
        return err_set(
            err, ERR_RETRY,
            "the TPM has had too many wrong PINs and takes none for a while; wait, or have "
            "root unlock it with \"tpm2_dictionarylockout --clear-lockout\"");
    return err_set(err, ERR_DENIED,
                   "the PIN is wrong; after three wrong ones you have to wait before the next");
}

int pin_open(const struct buf *key_pem, uid_t user, const struct buf *pin, EVP_PKEY **ret,
             bool *ret_refused, struct err *err)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    enum pin_verdict verdict = 0;
    int64_t wait = 0;
    if (!pin || !key_asks_pin(key_pem))
        return key_from_pem(key_pem, ret, err);
    int rc = key_from_pem_with_pin(key_pem, pin, &key, err);
    if (rc == 0)
        rc = tpm_pace_try(key, user, &verdict, &wait, err);
    if (rc < 0)
        return rc;
    *ret_refused = verdict != PIN_ACCEPTED;
    if (*ret_refused)
        return refuse(verdict, wait, err);
    *ret = steal(&key);
    return 0;
}
