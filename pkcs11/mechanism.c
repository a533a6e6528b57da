#include "pkcs11/mechanism.h"

#include "base/cleanup.h"
#include "pkcs11/slot.h"
#include "pkcs11/wire.h"

/* Sizes of keys in bits: what a profile may ask for. */
#define RSA_MIN 1024
#define RSA_MAX 4096
#define EC_MIN  256
#define EC_MAX  521

/* PKCS#11 2.20 table 28; what is past the order does not count. */
#define ECDSA_DATA_MAX (1024 / 8)
/* RFC 8017 section 8.2.1: three fixed bytes and eight of padding. */
#define PKCS1_PADDING 11

static const struct mechanism mechanisms[] = {
    {CKM_RSA_PKCS, CKK_RSA, CKF_SIGN | CKF_DECRYPT, 0, PARAMETER_NONE},
    {CKM_RSA_X_509, CKK_RSA, CKF_SIGN, 0, PARAMETER_NONE},
    {CKM_RSA_PKCS_OAEP, CKK_RSA, CKF_DECRYPT, 0, PARAMETER_OAEP},
    {CKM_RSA_PKCS_PSS, CKK_RSA, CKF_SIGN, 0, PARAMETER_PSS},
    {CKM_SHA1_RSA_PKCS, CKK_RSA, CKF_SIGN, CKM_SHA_1, PARAMETER_NONE},
    {CKM_SHA224_RSA_PKCS, CKK_RSA, CKF_SIGN, CKM_SHA224, PARAMETER_NONE},
    {CKM_SHA256_RSA_PKCS, CKK_RSA, CKF_SIGN, CKM_SHA256, PARAMETER_NONE},
    {CKM_SHA384_RSA_PKCS, CKK_RSA, CKF_SIGN, CKM_SHA384, PARAMETER_NONE},
    {CKM_SHA512_RSA_PKCS, CKK_RSA, CKF_SIGN, CKM_SHA512, PARAMETER_NONE},
    {CKM_SHA1_RSA_PKCS_PSS, CKK_RSA, CKF_SIGN, CKM_SHA_1, PARAMETER_PSS},
    {CKM_SHA224_RSA_PKCS_PSS, CKK_RSA, CKF_SIGN, CKM_SHA224, PARAMETER_PSS},
    {CKM_SHA256_RSA_PKCS_PSS, CKK_RSA, CKF_SIGN, CKM_SHA256, PARAMETER_PSS},
    {CKM_SHA384_RSA_PKCS_PSS, CKK_RSA, CKF_SIGN, CKM_SHA384, PARAMETER_PSS},
    {CKM_SHA512_RSA_PKCS_PSS, CKK_RSA, CKF_SIGN, CKM_SHA512, PARAMETER_PSS},
    {CKM_ECDSA, CKK_EC, CKF_SIGN, 0, PARAMETER_NONE},
    {CKM_ECDSA_SHA1, CKK_EC, CKF_SIGN, CKM_SHA_1, PARAMETER_NONE},
    {CKM_ECDSA_SHA224, CKK_EC, CKF_SIGN, CKM_SHA224, PARAMETER_NONE},
    {CKM_ECDSA_SHA256, CKK_EC, CKF_SIGN, CKM_SHA256, PARAMETER_NONE},
    {CKM_ECDSA_SHA384, CKK_EC, CKF_SIGN, CKM_SHA384, PARAMETER_NONE},
    {CKM_ECDSA_SHA512, CKK_EC, CKF_SIGN, CKM_SHA512, PARAMETER_NONE},
};

static const struct {
    CK_MECHANISM_TYPE hash;
    CK_RSA_PKCS_MGF_TYPE mgf; /* MGF1 over it */
    size_t len;
} hashes[] = {
    {CKM_SHA_1, CKG_MGF1_SHA1, 20},    {CKM_SHA224, CKG_MGF1_SHA224, 28},
    {CKM_SHA256, CKG_MGF1_SHA256, 32}, {CKM_SHA384, CKG_MGF1_SHA384, 48},
    {CKM_SHA512, CKG_MGF1_SHA512, 64},
};

/* NULL: not ours. */
static const struct mechanism *find(CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < LENGTH(mechanisms); i++)
        if (mechanisms[i].type == type)
            return &mechanisms[i];
    return NULL;
}

/* 0: not a hash of ours. */
static size_t hash_len(CK_MECHANISM_TYPE hash)
{
    for (size_t i = 0; i < LENGTH(hashes); i++)
        if (hashes[i].hash == hash)
            return hashes[i].len;
    return 0;
}

static bool mgf_known(CK_RSA_PKCS_MGF_TYPE mgf)
{
    for (size_t i = 0; i < LENGTH(hashes); i++)
        if (hashes[i].mgf == mgf)
            return true;
    return false;
}

/* A mechanism that hashes names its hash once more in the parameters, and means the same. */
static CK_RV read_pss(const struct mechanism *mechanism, const CK_MECHANISM *given,
                      struct key_operation *ret)
{
    const CK_RSA_PKCS_PSS_PARAMS *pss = given->pParameter;
    if (!pss || given->ulParameterLen != sizeof *pss || !hash_len(pss->hashAlg) ||
        !mgf_known(pss->mgf) || pss->sLen > RSA_MAX / 8 ||
        (mechanism->hash && mechanism->hash != pss->hashAlg))
        return CKR_MECHANISM_PARAM_INVALID;
    ret->hash = pss->hashAlg;
    ret->mgf = pss->mgf;
    ret->salt_len = (uint32_t)pss->sLen;
    return CKR_OK;
}

static CK_RV read_oaep(const CK_MECHANISM *given, struct key_operation *ret)
{
    const CK_RSA_PKCS_OAEP_PARAMS *oaep = given->pParameter;
    if (!oaep || given->ulParameterLen != sizeof *oaep || !hash_len(oaep->hashAlg) ||
        !mgf_known(oaep->mgf) || (oaep->source != CKZ_DATA_SPECIFIED && oaep->ulSourceDataLen) ||
        oaep->ulSourceDataLen > WIRE_LABEL_MAX || (oaep->ulSourceDataLen && !oaep->pSourceData))
        return CKR_MECHANISM_PARAM_INVALID;
    ret->hash = oaep->hashAlg;
    ret->mgf = oaep->mgf;
    if (oaep->ulSourceDataLen == 0)
        return CKR_OK;
    return buf_add(&ret->label, oaep->pSourceData, oaep->ulSourceDataLen, NULL) < 0
               ? CKR_HOST_MEMORY
               : CKR_OK;
}

CK_RV mechanism_read(const CK_MECHANISM *given, CK_FLAGS flags,
                     const struct mechanism **ret_mechanism, struct key_operation *ret)
{
    const struct mechanism *mechanism = find(given->mechanism);
    CK_RV rv = CKR_OK;
    if (!mechanism || (mechanism->flags & flags) != flags)
        return CKR_MECHANISM_INVALID;
    if (mechanism->parameter == PARAMETER_PSS)
        rv = read_pss(mechanism, given, ret);
    else if (mechanism->parameter == PARAMETER_OAEP)
        rv = read_oaep(given, ret);
    else if (given->ulParameterLen)
        rv = CKR_MECHANISM_PARAM_INVALID;
    if (rv != CKR_OK)
        return rv;
    ret->mechanism = mechanism->type;
    *ret_mechanism = mechanism;
    return CKR_OK;
}

struct mechanism_range mechanism_data(const struct mechanism *mechanism, CK_FLAGS use,
                                      const struct key_operation *operation, size_t size)
{
    if (use == CKF_DECRYPT)
        return (struct mechanism_range){size, size};
    if (mechanism->hash)
        return (struct mechanism_range){0, WIRE_DATA_MAX};
    switch (mechanism->type) {
    case CKM_RSA_PKCS:
        return (struct mechanism_range){0, size > PKCS1_PADDING ? size - PKCS1_PADDING : 0};
    case CKM_RSA_PKCS_PSS:
        return (struct mechanism_range){hash_len(operation->hash), hash_len(operation->hash)};
    case CKM_ECDSA:
        return (struct mechanism_range){1, ECDSA_DATA_MAX};
    default: /* CKM_RSA_X_509 */
        return (struct mechanism_range){0, size};
    }
}

static CK_RV get_list(CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    CK_ULONG room = *count;
    *count = LENGTH(mechanisms);
    if (!list)
        return CKR_OK;
    if (room < LENGTH(mechanisms))
        return CKR_BUFFER_TOO_SMALL;
    for (size_t i = 0; i < LENGTH(mechanisms); i++)
        list[i] = mechanisms[i].type;
    return CKR_OK;
}

CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    struct core *core;
    CK_RV rv = core_enter(&core);
    if (rv != CKR_OK)
        return rv;
    bool known = slot_find(core, slot);
    core_leave(core);
    return !known ? CKR_SLOT_ID_INVALID : !count ? CKR_ARGUMENTS_BAD : get_list(list, count);
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    struct core *core;
    CK_RV rv = core_enter(&core);
    if (rv != CKR_OK)
        return rv;
    bool known = slot_find(core, slot);
    core_leave(core);

    const struct mechanism *mechanism = find(type);
    if (!known)
        return CKR_SLOT_ID_INVALID;
    if (!mechanism)
        return CKR_MECHANISM_INVALID;
    if (!info)
        return CKR_ARGUMENTS_BAD;
    *info = mechanism->key_type == CKK_RSA
                ? (CK_MECHANISM_INFO){RSA_MIN, RSA_MAX, mechanism->flags}
                : (CK_MECHANISM_INFO){EC_MIN, EC_MAX,
                                      mechanism->flags | CKF_EC_F_P | CKF_EC_NAMEDCURVE |
                                          CKF_EC_UNCOMPRESS};
    return CKR_OK;
}
