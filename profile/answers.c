#include "profile/answers.h"

#include "base/array.h"

#define ANSWERS_MAX 256

void answers_free(struct answers *answers)
{
    for (size_t i = 0; i < answers->n; i++) {
        free(answers->v[i].question);
        buf_free(&answers->v[i].value);
    }
    free(answers->v);
    *answers = (struct answers){0};
}

const struct answers_item *answers_find(const struct answers *answers, const char *question)
{
    for (size_t i = 0; i < answers->n; i++)
        if (strcmp(answers->v[i].question, question) == 0)
            return &answers->v[i];
    return NULL;
}

int answers_give(const struct answers_item *answer, struct buf *ret, struct err *err)
{
    if (answer->rc < 0)
        return err_set(err, answer->why.class, "%s", answer->why.text);
    int rc = answer->rc > 0 ? buf_add(ret, answer->value.data, answer->value.len, err) : 0;
    return rc < 0 ? rc : answer->rc;
}

int answers_keep(struct answers *answers, const char *question, int rc, const struct buf *value,
                 const struct err *why, struct err *err)
{
    if (answers->n == ANSWERS_MAX)
        answers_free(answers);
    int fault = array_room(&answers->v, answers->n, sizeof *answers->v, err);
    if (fault < 0)
        return fault;
    struct answers_item *answer = &answers->v[answers->n];
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
    answers->n++;
    return 0;
}
