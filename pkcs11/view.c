#include "pkcs11/view.h"

#include "pkcs11/id.h"

#include <string.h>

#define ATTEMPTS 4 /* renewals in a row that may come in between */

void view_free(struct view *view)
{
    fields_free(&view->leaf);
    fields_free(&view->before);
    fields_chain_free(&view->chain);
    *view = (struct view){0};
}

/* The store names the file in its errors; what is wrong with the content gets the name here. */
static int named(int rc, const struct entry *entry, unsigned number, struct err *err)
{
    const struct id_owner whose = id_owner(&entry->id.owner);
    return rc < 0 ? err_context(err, "%s/%s, generation %u", whose.text, entry->id.profile, number)
                  : rc;
}

static int read_certificate(const struct entry *entry, unsigned number, struct fields *ret,
                            struct err *err)
{
    CLEANUP(generation_free) struct generation generation = {0};
    int rc = entry_read(entry, number, PART_CERT, &generation, err);
    if (rc < 0)
        return rc;
    return named(fields_from_pem(&generation.cert_pem, "cert.pem", ret, err), entry, number, err);
}

static int read_chain(const struct entry *entry, unsigned number, struct fields_chain *ret,
                      struct err *err)
{
    CLEANUP(generation_free) struct generation generation = {0};
    int rc = entry_read(entry, number, PART_CHAIN, &generation, err);
    if (rc < 0)
        return rc;
    rc = fields_chain_from_pem(&generation.chain_pem, "chain.pem", ret, err);
    return named(rc, entry, number, err);
}

/* 0: none. */
static int find_previous(const struct entry *entry, unsigned current, unsigned *ret,
                         struct err *err)
{
    autofree unsigned *numbers = NULL;
    size_t n = 0;
    int rc = entry_generations(entry, &numbers, &n, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (numbers[i] < current)
            *ret = numbers[i];
    return rc;
}

static int read_generations(const struct entry *entry, struct view *view, struct err *err)
{
    int rc = read_certificate(entry, view->current, &view->leaf, err);
    if (rc < 0)
        return rc;

    rc = read_chain(entry, view->current, &view->chain, &view->remark);
    if (rc == 0)
        rc = find_previous(entry, view->current, &view->previous, &view->remark);
    if (rc == 0 && view->previous)
        rc = read_certificate(entry, view->previous, &view->before, &view->remark);
    return 0;
}

static int read_consistently(const struct entry *entry, struct view *ret, struct err *err)
{
    for (unsigned attempt = 1;; attempt++) {
        CLEANUP(view_free) struct view view = {.visible = true};
        unsigned now;
        int rc = entry_current(entry, &view.current, err);
        if (rc < 0)
            return rc;
        if (view.current)
            rc = read_generations(entry, &view, err);
        if (attempt < ATTEMPTS && entry_current(entry, &now, NULL) == 0 && now != view.current)
            continue;
        if (rc < 0)
            return rc;
        *ret = view;
        view = (struct view){0};
        return 0;
    }
}

int view_read(const struct store *store, const struct peer *peer, const struct entry_id *id,
              struct view *ret, struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    int rc = entry_open(store, id, false, &entry, err);
    if (rc == 0 && !peer_owns(peer, id)) {
        CLEANUP(strings_free) struct strings access = {0};
        rc = entry_access_get(&entry, &access, err);
        if (rc == 0 && !peer_is_named(peer, &access))
            return 0;
    }
    return rc < 0 ? rc : read_consistently(&entry, ret, err);
}
