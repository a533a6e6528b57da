/* Scope-bound release, so that no function needs a goto ladder. */
#ifndef SIGNET_BASE_CLEANUP_H
#define SIGNET_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* CLEANUP(f) TYPE x = ...;  calls f(&x) when x leaves its scope. */
#define CLEANUP(f) __attribute__((cleanup(f)))

/* Gives up ownership: yields the value of P and leaves zero behind, so that its cleanup does
 * nothing. */
#define steal(p)                                                                                   \
    __extension__({                                                                                \
        __typeof__(*(p)) stolen_ = *(p);                                                           \
        *(p) = 0;                                                                                  \
        stolen_;                                                                                   \
    })

/* As steal(), for file descriptors, whose empty value is -1. */
static inline int steal_fd(int *fd)
{
    int stolen = *fd;
    *fd = -1;
    return stolen;
}

/* DEFINE_CLEANUP(TYPE *, free_function) makes free_function_p() for use in CLEANUP(). */
#define DEFINE_CLEANUP(type, f)                                                                    \
    static inline void f##_p(type *p)                                                              \
    {                                                                                              \
        if (*p)                                                                                    \
            f(*p);                                                                                 \
    }

static inline void free_p(void *p)
{
    free(*(void **)p);
}

static inline void close_p(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void fclose_p(FILE **f)
{
    if (*f)
        fclose(*f);
}

#define autofree  CLEANUP(free_p)
#define autoclose CLEANUP(close_p)

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
