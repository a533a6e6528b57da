/* A back end in memory, with a small token, for tests of the core: it does what the test says and
 * counts. */
#ifndef SIGNET_TESTS_PKCS11_FAKE_H
#define SIGNET_TESTS_PKCS11_FAKE_H

#include "pkcs11/backend.h"

#include <semaphore.h>
#include <stdatomic.h>

#define FAKE_DEVICE 1    /* slots */
#define FAKE_USER   1002 /* of uid 1000 */
#define FAKE_CERT   11   /* handles on the user's token, all of profile "wifi" ... */
#define FAKE_RSA    12
#define FAKE_PUBLIC 13
#define FAKE_EC     14 /* ... of profile "vpn" ... */
#define FAKE_SIGNER 15 /* RSA of "wifi", may not decrypt */
#define FAKE_BEFORE 16 /* retired, of "wifi" */

#define FAKE_PIN_SLOT   (UINT64_C(1) << 62) /* of "bank", whose key asks for FAKE_PIN */
#define FAKE_PIN        "secret-12"
#define FAKE_PIN_CERT   21
#define FAKE_PIN_KEY    22
#define FAKE_PIN_PUBLIC 23

struct fake {
    atomic_uint snapshots, signs, decrypts, abandons, closes, opens;
    atomic_uint change;  /* a snapshot has aged when this is another than it was then */
    atomic_bool failing; /* what is asked fails with this class */
    enum err_class class;
    bool absent; /* snapshots are without user's token */
    bool waits;  /* sign says `begun` and waits for `go` */
    sem_t begun, go;
    CK_MECHANISM_TYPE mechanism; /* of the last operation */
    struct key_ref ref;
    uint32_t salt_len;
    size_t data_len;
    size_t plain_len; /* what decrypt gives */
    size_t short_by;  /* bytes missing from signatures */
    bool with_pin;    /* snapshots have the token of "bank", too */
    bool opened;      /* its key; false: as after a restart of keyd */
    bool locked;      /* the TPM takes no PIN */
    atomic_uint tries, logouts;
};

extern struct fake fake;

/* Makes the core use it; every field zero. For checked fixtures. */
void fake_setup(void);
void fake_teardown(void);

/* The module, initialized, and a session with the user's token. */
CK_SESSION_HANDLE fake_session(CK_FUNCTION_LIST **ret);

/* A snapshot as fake_setup's back end gives it. */
struct snapshot *fake_snapshot(bool absent);

#endif
