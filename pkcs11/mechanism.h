/* What can be done with a key: each mechanism as a row. */
#ifndef SIGNET_PKCS11_MECHANISM_H
#define SIGNET_PKCS11_MECHANISM_H

#include "pkcs11/backend.h"

#include <stdbool.h>

enum mechanism_parameter { PARAMETER_NONE, PARAMETER_PSS, PARAMETER_OAEP };

struct mechanism {
    CK_MECHANISM_TYPE type;
    CK_KEY_TYPE key_type;
    CK_FLAGS flags;         /* CKF_SIGN, CKF_DECRYPT */
    CK_MECHANISM_TYPE hash; /* of the mechanisms that hash; 0: the caller has hashed */
    enum mechanism_parameter parameter;
};

/* Reads the caller's mechanism into mechanism, hash, mgf, salt_len and label of RET, which begins
 * zeroed. CKR_MECHANISM_INVALID when it is not there with all of FLAGS,
 * CKR_MECHANISM_PARAM_INVALID. */
CK_RV mechanism_read(const CK_MECHANISM *given, CK_FLAGS flags,
                     const struct mechanism **ret_mechanism, struct key_operation *ret);

/* Lengths that the data of an operation may have, with a key of SIZE bytes (modulus or order). */
struct mechanism_range {
    size_t min, max;
};
struct mechanism_range mechanism_data(const struct mechanism *mechanism, CK_FLAGS use,
                                      const struct key_operation *operation, size_t size);

#endif
