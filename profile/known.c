#include "profile/known.h"

#include "base/array.h"

static void value_free(struct known_value *value)
{
    free(value->question);
    buf_free(&value->value);
    free(value->why);
}

void known_free(struct known *known)
{
    for (size_t i = 0; i < known->n; i++)
        value_free(&known->v[i]);
    free(known->v);
    *known = (struct known){0};
}

/* Where it stands, or would. */
static size_t place_of(const struct known *known, const char *question)
{
    size_t low = 0, high = known->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(known->v[middle].question, question) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct known_value *known_find(const struct known *known, const char *question)
{
    size_t i = place_of(known, question);
    return i < known->n && strcmp(known->v[i].question, question) == 0 ? &known->v[i] : NULL;
}

int known_give(const struct known_value *value, struct buf *ret, struct err *err)
{
    if (value->rc < 0)
        return err_set(err, (enum err_class)(-value->rc), "%s", value->why);
    int rc = value->rc > 0 ? buf_add(ret, value->value.data, value->value.len, err) : 0;
    return rc < 0 ? rc : value->rc;
}

int known_keep(struct known *known, const char *question, int rc, const struct buf *value,
               const struct err *why, struct err *err)
{
    CLEANUP(value_free) struct known_value kept = {.question = strdup(question), .rc = rc};
    int fault = rc > 0 ? buf_add(&kept.value, value->data, value->len, err) : 0;
    if (fault < 0)
        return fault;
    if (!kept.question || (rc < 0 && !(kept.why = strdup(why->text))))
        return err_memory(err);
    size_t bytes =
        sizeof kept + strlen(question) + kept.value.len + (kept.why ? strlen(kept.why) : 0);
    if (known->bytes + bytes > KNOWN_BYTES_MAX)
        known_free(known);
    if ((fault = array_room(&known->v, known->n, sizeof *known->v, err)) < 0)
        return fault;
    size_t i = place_of(known, question);
    memmove(&known->v[i + 1], &known->v[i], (known->n++ - i) * sizeof *known->v);
    known->v[i] = kept;
    known->bytes += bytes;
    kept = (struct known_value){0};
    return 0;
}
