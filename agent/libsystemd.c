#include "agent/libsystemd.h"

#include "base/cleanup.h"

#include <dlfcn.h>

#define SONAME "libsystemd.so.0"

struct libsystemd libsystemd;

/* Where the address of each function goes. */
static const struct {
    const char *name;
    void **place;
} functions[] = {
#define LIBSYSTEMD_ROW(function) {#function, (void **)&libsystemd.function},
    LIBSYSTEMD_FUNCTIONS(LIBSYSTEMD_ROW)};

int libsystemd_load(struct err *err)
{
    static void *library;
    if (library)
        return 0;
    void *handle = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return err_set(err, ERR_CONFIG, "%s; install libsystemd, or have no variables from D-Bus",
                       dlerror());
    for (size_t i = 0; i < LENGTH(functions); i++) {
        *functions[i].place = dlsym(handle, functions[i].name);
        if (!*functions[i].place) {
            dlclose(handle);
            return err_set(err, ERR_CONFIG, SONAME " has no %s: install a newer one",
                           functions[i].name);
        }
    }
    library = handle;
    return 0;
}
