#include "profile/template.h"

#include "base/array.h"

#include <string.h>

void template_free(struct template *template)
{
    for (size_t i = 0; i < template->n; i++)
        free(template->v[i].text);
    free(template->v);
    *template = (struct template){0};
}

static int add_part(struct template *template, const struct attribute *attribute, const char *text,
                    size_t len, struct err *err)
{
    int rc = array_room(&template->v, template->n, sizeof *template->v, err);
    if (rc < 0)
        return rc;
    struct template_part *part = &template->v[template->n];
    part->attribute = attribute;
    if (!attribute && !(part->text = strndup(text, len)))
        return err_memory(err);
    template->n++;
    return 0;
}

/* Braces in static text are a slip more often than they are meant. */
static int check_static(const char *text, size_t len, struct err *err)
{
    const char *stray = memmem(text, len, "}}", 2);
    if (stray) {
        err_set(err, ERR_CONFIG, "\"}}\" stands without a \"{{\" before it");
        return err_at(err, stray, 2);
    }
    for (const char *open = memchr(text, '{', len), *close; open;
         open = memchr(open + 1, '{', len - (size_t)(open + 1 - text))) {
        close = memchr(open, '}', len - (size_t)(open - text));
        size_t n = close ? (size_t)(close - open) - 1 : 0;
        if (n && attribute_find(open + 1, n)) {
            err_set(err, ERR_CONFIG, "a variable stands in two braces: {{%.*s}}", (int)n, open + 1);
            return err_at(err, open, n + 2);
        }
    }
    return 0;
}

static int add_text(struct template *template, const char *text, size_t len, struct err *err)
{
    if (len == 0)
        return 0;
    int rc = check_static(text, len, err);
    return rc < 0 ? rc : add_part(template, NULL, text, len, err);
}

/* What stands between the braces, LEN bytes, without blanks. */
static const char *variable_name(const char *name, size_t *len)
{
    while (*len > 0 && *name == ' ') {
        name++;
        --*len;
    }
    while (*len > 0 && name[*len - 1] == ' ')
        --*len;
    return name;
}

/* WHOLE is the variable with its braces. */
static int add_variable(struct template *template, const char *whole, size_t len, struct err *err)
{
    size_t name_len = len - 4;
    const char *name = variable_name(whole + 2, &name_len);
    const struct attribute *attribute = attribute_find(name, name_len);
    if (attribute)
        return add_part(template, attribute, NULL, 0, err);

    struct nearest nearest = {.word = name, .len = name_len};
    attribute_offer_names(&nearest);
    err_set(err, ERR_CONFIG, "{{%.*s}} is no known variable%s",
            (int)(name_len < 64 ? name_len : 64), name, nearest_hint(&nearest));
    return err_at(err, whole, len);
}

const char *template_find(const char *text, size_t *ret_len, const struct attribute **ret)
{
    const char *open = strstr(text, "{{"), *close = open ? strstr(open, "}}") : NULL;
    if (!close)
        return NULL;
    size_t len = (size_t)(close - open) - 2;
    const char *name = variable_name(open + 2, &len);
    *ret = attribute_find(name, len);
    *ret_len = (size_t)(close + 2 - open);
    return open;
}

int template_parse(const char *text, size_t len, struct template *ret, struct err *err)
{
    CLEANUP(template_free) struct template template = {0};
    if (len > TEMPLATE_MAX)
        return err_set(err, ERR_CONFIG, "longer than %d bytes", TEMPLATE_MAX);

    int rc = 0;
    for (const char *end = text + len; rc == 0 && text < end;) {
        const char *open = memmem(text, (size_t)(end - text), "{{", 2);
        rc = add_text(&template, text, (size_t)((open ? open : end) - text), err);
        if (rc < 0 || !open)
            break;
        const char *close = memmem(open, (size_t)(end - open), "}}", 2);
        if (!close) {
            err_set(err, ERR_CONFIG, "\"{{\" is not closed by \"}}\"");
            return err_at(err, open, (size_t)(end - open));
        }
        rc = add_variable(&template, open, (size_t)(close + 2 - open), err);
        text = close + 2;
    }
    if (rc < 0)
        return rc;
    template_free(ret);
    *ret = template;
    template = (struct template){0};
    return 0;
}

int template_expand(const struct template *template, struct attributes *attributes, struct buf *ret,
                    struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < template->n; i++) {
        const struct template_part *part = &template->v[i];
        rc = part->attribute ? attribute_value(attributes, part->attribute, ret, NULL, err)
                             : buf_add_text(ret, part->text, err);
    }
    return rc;
}

bool template_is_static(const struct template *template)
{
    for (size_t i = 0; i < template->n; i++)
        if (template->v[i].attribute)
            return false;
    return true;
}

bool template_is_only(const struct template *template, const char *attribute)
{
    return template->n == 1 && template_uses(template, attribute);
}

bool template_uses(const struct template *template, const char *attribute)
{
    for (size_t i = 0; i < template->n; i++)
        if (template->v[i].attribute && strcmp(template->v[i].attribute->name, attribute) == 0)
            return true;
    return false;
}

const struct attribute *template_user_only(const struct template *template)
{
    for (size_t i = 0; i < template->n; i++)
        if (template->v[i].attribute && template->v[i].attribute->user_only)
            return template->v[i].attribute;
    return NULL;
}
