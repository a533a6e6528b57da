#include "pkcs11/view.h"

#include <string.h>

#define ATTEMPTS 4 /* renewals in a row that may come in between */

void view_free(struct view *view)
{
    X509_free(view->leaf);
    X509_free(view->before);
    x509_stack_free(view->chain);
    *view = (struct view){0};
}

/* The store names the file in its errors; what OpenSSL says of the content gets its name here. */
static int read_certificate(const struct entry *entry, unsigned number, X509 **ret, struct err *err)
{
    CLEANUP(generation_free) struct generation generation = {0};
    int rc = entry_read(entry, number, PART_CERT, &generation, err);
    if (rc == 0 && (rc = certificate_from_pem(&generation.cert_pem, ret, err)) < 0)
        err_context(err, "generation %u: cert.pem", number);
    return rc;
}

static int read_chain(const struct entry *entry, unsigned number, STACK_OF(X509) * *ret,
                      struct err *err)
{
    CLEANUP(generation_free) struct generation generation = {0};
    int rc = entry_read(entry, number, PART_CHAIN, &generation, err);
    if (rc == 0 && generation.chain_pem.len &&
        (rc = chain_from_pem(&generation.chain_pem, ret, err)) < 0)
        err_context(err, "generation %u: chain.pem", number);
    return rc;
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
