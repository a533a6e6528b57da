#include "bench/token.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLOTS_MAX 64

const uint8_t token_digest_info[51] = {
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
    0x02, 0x01, 0x05, 0x00, 0x04, 0x20, 0x5e, 0x88, 0x48, 0x98, 0xda, 0x28, 0x04,
    0x71, 0x51, 0xd0, 0xe5, 0x6f, 0x8d, 0xc6, 0x29, 0x27, 0x73, 0x60, 0x3d, 0x0d,
    0x6a, 0xab, 0xbd, 0xd6, 0x2a, 0x11, 0xef, 0x72, 0x1d, 0x15, 0x42, 0xd8};

int64_t token_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void must(const struct token *token, const char *call, CK_RV rv)
{
    if (rv == CKR_OK)
        return;
    fprintf(stderr, "%s: %s: CKR 0x%lx\n", token->name, call, rv);
    exit(EXIT_FAILURE);
}

/* A handle, or CK_INVALID_HANDLE when the token has no such key. */
static CK_OBJECT_HANDLE find(const struct token *token, const char *label)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_LABEL, (void *)label, strlen(label)},
    };
    CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
    CK_ULONG n = 0;
    must(token, "C_FindObjectsInit", token->p11->C_FindObjectsInit(token->session, wanted, 2));
    must(token, "C_FindObjects", token->p11->C_FindObjects(token->session, &key, 1, &n));
    must(token, "C_FindObjectsFinal", token->p11->C_FindObjectsFinal(token->session));
    return n == 1 ? key : CK_INVALID_HANDLE;
}

static bool open_slot(struct token *token, CK_SLOT_ID slot, const char *label, const char *pin)
{
    must(token, "C_OpenSession",
         token->p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &token->session));
    CK_TOKEN_INFO info;
    must(token, "C_GetTokenInfo", token->p11->C_GetTokenInfo(slot, &info));
    if (pin && (info.flags & CKF_USER_PIN_INITIALIZED))
        must(token, "C_Login",
             token->p11->C_Login(token->session, CKU_USER, (unsigned char *)pin, strlen(pin)));
    if (find(token, label) != CK_INVALID_HANDLE)
        return true;
    must(token, "C_CloseSession", token->p11->C_CloseSession(token->session));
    return false;
}

void token_open(struct token *token, const char *name, const char *module, const char *label,
                const char *pin)
{
    *token = (struct token){.name = name};
    void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        exit(EXIT_FAILURE);
    }
    CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
    if (!get) {
        fprintf(stderr, "%s: %s is no PKCS#11 module\n", name, module);
        exit(EXIT_FAILURE);
    }
    must(token, "C_GetFunctionList", get(&token->p11));
    must(token, "C_Initialize", token->p11->C_Initialize(NULL));
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG n = SLOTS_MAX;
    must(token, "C_GetSlotList", token->p11->C_GetSlotList(CK_TRUE, slots, &n));
    for (CK_ULONG i = 0; i < n; i++)
        if (open_slot(token, slots[i], label, pin))
            return;
    fprintf(stderr, "%s: no token has a private key labelled %s\n", name, label);
    exit(EXIT_FAILURE);
}

CK_OBJECT_HANDLE token_find_key(const struct token *token, const char *label)
{
    CK_OBJECT_HANDLE key = find(token, label);
    CK_BYTE id[64];
    CK_KEY_TYPE type;
    CK_ATTRIBUTE wanted[] = {
        {CKA_ID, id, sizeof id},
        {CKA_KEY_TYPE, &type, sizeof type},
    };
    must(token, "C_GetAttributeValue",
         token->p11->C_GetAttributeValue(token->session, key, wanted, 2));
    return key;
}

void token_sign(const struct token *token, CK_OBJECT_HANDLE key, enum token_key type)
{
    CK_MECHANISM mechanism = {type == TOKEN_RSA ? CKM_RSA_PKCS : CKM_ECDSA, NULL, 0};
    uint8_t *data = (uint8_t *)token_digest_info;
    CK_ULONG len = sizeof token_digest_info;
    if (type == TOKEN_EC) {
        data += len - 32;
        len = 32;
    }
    uint8_t signature[512];
    CK_ULONG signature_len = sizeof signature;
    must(token, "C_SignInit", token->p11->C_SignInit(token->session, &mechanism, key));
    must(token, "C_Sign", token->p11->C_Sign(token->session, data, len, signature, &signature_len));
}
