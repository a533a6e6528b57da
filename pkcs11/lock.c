#include "pkcs11/lock.h"

CK_RV lock_init(struct lock *lock, const CK_C_INITIALIZE_ARGS *args)
{
    *lock = (struct lock){0};
    if (args && args->CreateMutex && !(args->flags & CKF_OS_LOCKING_OK)) {
        lock->theirs = *args;
        return args->CreateMutex(&lock->their_mutex);
    }
    return pthread_mutex_init(&lock->mutex, NULL) == 0 ? CKR_OK : CKR_CANT_LOCK;
}

void lock_destroy(struct lock *lock)
{
    if (lock->theirs.DestroyMutex)
        lock->theirs.DestroyMutex(lock->their_mutex);
    else
        pthread_mutex_destroy(&lock->mutex);
}

void lock_take(struct lock *lock)
{
    if (lock->theirs.LockMutex)
        lock->theirs.LockMutex(lock->their_mutex);
    else
        pthread_mutex_lock(&lock->mutex);
    lock->held = true;
}

void lock_release(struct lock *lock)
{
    lock->held = false;
    if (lock->theirs.UnlockMutex)
        lock->theirs.UnlockMutex(lock->their_mutex);
    else
        pthread_mutex_unlock(&lock->mutex);
}
