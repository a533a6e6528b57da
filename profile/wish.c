/* The canonical text of a wish. Every value stands with its length before it, so that no value can
 * read as another line; lists in which order means nothing are sorted, so that moving a line is no
 * edit. */
#include "profile/profile.h"
#include "profile/san.h"

#include <string.h>

static int add_value(const char *what, const void *value, size_t len, struct buf *ret,
                     struct err *err)
{
    int rc = buf_printf(ret, err, "%s %zu:", what, len);
    if (rc == 0)
        rc = buf_add(ret, value, len, err);
    return rc < 0 ? rc : buf_add(ret, "\n", 1, err);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_sorted(const char *what, const struct strings *list, struct buf *ret,
                      struct err *err)
{
    autofree const char **sorted = calloc(list->n + 1, sizeof *sorted);
    int rc = sorted ? 0 : err_memory(err);
    for (size_t i = 0; rc == 0 && i < list->n; i++)
        sorted[i] = list->v[i];
    if (rc == 0 && list->n)
        qsort(sorted, list->n, sizeof *sorted, compare);
    for (size_t i = 0; rc == 0 && i < list->n; i++)
        rc = add_value(what, sorted[i], strlen(sorted[i]), ret, err);
    return rc;
}

static int add_names(const struct request *request, struct buf *ret, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < request->subject.n; i++) {
        const struct name_ava *ava = &request->subject.v[i];
        char what[96];
        snprintf(what, sizeof what, "subject %s %d %d", ava->oid, (int)ava->type, ava->joined);
        rc = add_value(what, ava->value.data, ava->value.len, ret, err);
    }
    for (size_t i = 0; rc == 0 && i < request->n_sans; i++) {
        const struct san *san = &request->sans[i];
        rc = add_value(san_kind_name(san->kind), san->value, strlen(san->value), ret, err);
    }
    return rc;
}

int profile_wish(const struct profile *profile, const struct request *request, struct buf *ret,
                 struct err *err)
{
    const struct scep_profile *scep = &profile->scep;
    const char *ca_ident = scep->ca_ident ? scep->ca_ident : "";
    int rc = buf_printf(ret, err, "key %d %u %d\nusage %u\nhash %d\nvalidity %u %d\n",
                        (int)request->key_type, request->key_size, (int)scep->key_storage,
                        request->key_usage, (int)request->hash, request->validity,
                        (int)request->validity_unit);
    if (rc == 0)
        rc = add_names(request, ret, err);
    if (rc == 0)
        rc = add_sorted("eku", &request->ekus, ret, err);
    if (rc == 0)
        rc = add_sorted("url", &scep->urls, ret, err);
    if (rc == 0)
        rc = add_value("root", scep->root, strlen(scep->root), ret, err);
    return rc < 0 ? rc : add_value("ca-ident", ca_ident, strlen(ca_ident), ret, err);
}
