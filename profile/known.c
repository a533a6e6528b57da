#include "profile/known.h"

#include "base/array.h"

#define KNOWN_MAX 256

void known_free(struct known *known)
{
    for (size_t i = 0; i < known->n; i++) {
        free(known->v[i].question);
        buf_free(&known->v[i].value);
    }
    free(known->v);
    *known = (struct known){0};
}

const struct known_value *known_find(const struct known *known, const char *question)
{
    for (size_t i = 0; i < known->n; i++)
        if (strcmp(known->v[i].question, question) == 0)
            return &known->v[i];
    return NULL;
}

int known_give(const struct known_value *answer, struct buf *ret, struct err *err)
{
    if (answer->rc < 0)
        return err_set(err, answer->why.class, "%s", answer->why.text);
    int rc = answer->rc > 0 ? buf_add(ret, answer->value.data, answer->value.len, err) : 0;
    return rc < 0 ? rc : answer->rc;
}

int known_keep(struct known *known, const char *question, int rc, const struct buf *value,
               const struct err *why, struct err *err)
{
    if (known->n == KNOWN_MAX)
        known_free(known);
    int fault = array_room(&known->v, known->n, sizeof *known->v, err);
    if (fault < 0)
        return fault;
    struct known_value *answer = &known->v[known->n];
    answer->rc = rc;
    if (rc < 0)
        answer->why = (struct err){.class = why->class};
    if (rc < 0)
        strcpy(answer->why.text, why->text);
    if (rc > 0 && (fault = buf_add(&answer->value, value->data, value->len, err)) < 0)
        return fault;
    if (!(answer->question = strdup(question))) {
        buf_free(&answer->value);
        return err_memory(err);
    }
    known->n++;
    return 0;
}
