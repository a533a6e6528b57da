#include "pkcs11/visible.h"

#include "pkcs11/id.h"
#include "store/token.h"

#include <string.h>

#define ATTEMPTS 4 /* renewals in a row that may come in between */

void visible_free(struct visible *visible)
{
    fields_free(&visible->leaf);
    fields_free(&visible->before);
    fields_chain_free(&visible->chain);
    *visible = (struct visible){0};
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

/* What cannot be read says nothing of a PIN; the TPM asks for it all the same. */
static bool read_pin(const struct entry *entry, unsigned number, struct err *remark)
{
    CLEANUP(generation_free) struct generation generation = {0};
    return entry_read(entry, number, PART_META, &generation, remark) == 0 &&
           strcmp(json_text(generation.meta, "key_storage", ""), TOKEN_STORAGE_PIN) == 0;
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

static int read_generations(const struct entry *entry, struct visible *visible, struct err *err)
{
    int rc = read_certificate(entry, visible->current, &visible->leaf, err);
    if (rc < 0)
        return rc;

    /* The rest each for itself: what is damaged takes nothing else along. */
    visible->pin = read_pin(entry, visible->current, &visible->remark);
    read_chain(entry, visible->current, &visible->chain, &visible->remark);
    if (find_previous(entry, visible->current, &visible->previous, &visible->remark) == 0 &&
        visible->previous) {
        read_certificate(entry, visible->previous, &visible->before, &visible->remark);
        visible->pin_before = read_pin(entry, visible->previous, &visible->remark);
    }
    return 0;
}

static int read_consistently(const struct entry *entry, struct visible *ret, struct err *err)
{
    for (unsigned attempt = 1;; attempt++) {
        CLEANUP(visible_free) struct visible visible = {.permitted = true};
        unsigned now;
        int rc = entry_current(entry, &visible.current, err);
        if (rc < 0)
            return rc;
        if (visible.current)
            rc = read_generations(entry, &visible, err);
        if (attempt < ATTEMPTS && entry_current(entry, &now, NULL) == 0 && now != visible.current)
            continue;
        if (rc < 0)
            return rc;
        *ret = visible;
        visible = (struct visible){0};
        return 0;
    }
}

int visible_read(const struct store *store, struct peer *peer, const struct entry_id *id,
                 struct visible *ret, struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    int rc = entry_open(store, id, false, &entry, err);
    if (rc == 0)
        rc = peer_may_use(peer, &entry, err);
    return rc > 0 ? read_consistently(&entry, ret, err) : rc;
}
