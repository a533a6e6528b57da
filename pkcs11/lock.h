/* A mutex: libc's own, or one that the application made for us (PKCS#11 2.40 section 5.4,
 * C_Initialize). */
#ifndef SIGNET_PKCS11_LOCK_H
#define SIGNET_PKCS11_LOCK_H

#include <p11-kit/pkcs11.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct lock {
    CK_C_INITIALIZE_ARGS theirs; /* zero: ours */
    void *their_mutex;
    pthread_mutex_t mutex;
    /* For a forked child, which inherits a lock as it stood but not who held it. */
    atomic_bool held;
};

/* ARGS as C_Initialize got them, NULL allowed. The application's functions are used only when it
 * insists. */
CK_RV lock_init(struct lock *lock, const CK_C_INITIALIZE_ARGS *args);
void lock_destroy(struct lock *lock);

void lock_take(struct lock *lock);
void lock_release(struct lock *lock);

#endif
