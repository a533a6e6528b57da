#include "agent/storage.h"

#include "store/key.h"

#include <unistd.h>

static const char kind[][4] = {[KEY_RSA] = "RSA", [KEY_EC] = "EC"};

/* TPMs hold RSA keys of 2048 bits, newer ones of 3072. */
#define TPM_RSA_MAX 3072

static bool is_beyond_tpms(const struct request *request)
{
    return request->key_type == KEY_RSA && request->key_size > TPM_RSA_MAX;
}

static int make_in_tpm(enum key_storage storage, const struct request *request,
                       const struct buf *pin, EVP_PKEY **ret, struct err *err)
{
    bool ec = request->key_type == KEY_EC;
    int rc = tpm_find(err);
    if (rc < 0)
        return rc;
    if (storage != STORAGE_TPM_PIN)
        return tpm_generate(ec, request->key_size, ret, err);
    return pin ? tpm_generate_with_pin(ec, request->key_size, pin, ret, err)
               : err_set(err, ERR_CONFIG, "there is no PIN for the key");
}

int storage_make_key(enum key_storage storage, const struct request *request, const struct buf *pin,
                     EVP_PKEY **ret, struct err *err)
{
    bool ec = request->key_type == KEY_EC;
    bool may_fall_back = storage == STORAGE_TPM_OR_SOFTWARE;
    if (storage == STORAGE_SOFTWARE || (may_fall_back && is_beyond_tpms(request)))
        return key_generate(ec, request->key_size, ret, err);

    int rc = make_in_tpm(storage, request, pin, ret, err);
    if (rc == -ERR_CONFIG && may_fall_back)
        return key_generate(ec, request->key_size, ret, err);
    return rc < 0 ? err_context(err, "key-storage") : 0;
}

bool storage_remark(enum key_storage storage, const struct request *request, struct err *why)
{
    if (storage != STORAGE_TPM_OR_SOFTWARE || !tpm_is_announced())
        return false;
    if (tpm_find(why) == 0)
        err_set(why, ERR_CONFIG, "the TPM makes no %s key of %u bits%s", kind[request->key_type],
                request->key_size,
                is_beyond_tpms(request) ? "" : "; with key-storage = tpm the profile says why");
    err_context(why, "the key is in a file, not in the TPM");
    return true;
}
