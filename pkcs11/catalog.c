#include "pkcs11/catalog.h"

#include "base/cleanup.h"
#include "pkcs11/snapshot.h"

static int compare_handles(const void *a, const void *b)
{
    const struct object *x = *(const struct object *const *)a,
                        *y = *(const struct object *const *)b;
    return x->handle < y->handle ? -1 : x->handle > y->handle;
}

struct catalog *catalog_new(struct snapshot *taken)
{
    autosnapshot *snapshot = taken;
    autofree struct catalog *catalog = calloc(1, sizeof *catalog);
    autofree const struct object **by_handle = calloc(snapshot->n_objects + 1u, sizeof *by_handle);
    if (!catalog || !by_handle)
        return NULL;
    for (uint32_t i = 0; i < snapshot->n_objects; i++)
        by_handle[i] = &snapshot->objects[i];
    qsort(by_handle, snapshot->n_objects, sizeof *by_handle, compare_handles);
    catalog->references = 1;
    catalog->snapshot = steal(&snapshot);
    catalog->by_handle = steal(&by_handle);
    return steal(&catalog);
}

struct catalog *catalog_hold(struct catalog *catalog)
{
    catalog->references++;
    return catalog;
}

void catalog_drop(struct catalog *catalog)
{
    if (!catalog || --catalog->references > 0)
        return;
    free(catalog->by_handle);
    snapshot_free(catalog->snapshot);
    free(catalog);
}

const struct object *catalog_object(const struct catalog *catalog, CK_SLOT_ID slot,
                                    CK_OBJECT_HANDLE handle)
{
    uint32_t low = 0, high = catalog ? catalog->snapshot->n_objects : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct object *object = catalog->by_handle[middle];
        if (object->handle == handle)
            return object->slot == slot ? object : NULL;
        if (object->handle < handle)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
