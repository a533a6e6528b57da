#include "import/graph_row.h"

#include <string.h>
#include <strings.h>

const json_t *graph_member(const json_t *object, const char *property)
{
    const json_t *found = json_object_get(object, property);
    const char *key;
    json_t *value;
    if (found && !json_is_null(found))
        return found;
    json_object_foreach ((json_t *)object, key, value) {
        if (strcasecmp(key, property) == 0 && !json_is_null(value))
            return value;
    }
    return NULL;
}

const char *graph_text(const json_t *object, const char *property)
{
    const char *text = json_string_value(graph_member(object, property));
    return text ? text : "";
}

bool graph_is_empty(const json_t *value)
{
    return json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

const struct graph_word *graph_word_find(const struct graph_word *words, const char *theirs,
                                         size_t len)
{
    for (; words->theirs; words++)
        if (strlen(words->theirs) == len && strncasecmp(words->theirs, theirs, len) == 0)
            return words;
    return NULL;
}

int graph_split(const char *value, int (*each)(void *context, const char *word, size_t len),
                void *context)
{
    int rc = 0;
    for (const char *p = value; rc == 0 && p;) {
        p += strspn(p, " ");
        size_t len = strcspn(p, ",");
        const char *next = p[len] ? p + len + 1 : NULL;
        while (len > 0 && p[len - 1] == ' ')
            len--;
        if (len > 0)
            rc = each(context, p, len);
        p = next;
    }
    return rc;
}

static int refuse_type(struct graph_reading *r, const struct graph_row *row, const char *wanted,
                       struct err *err)
{
    return section_refuse(r->sections, r->section, row->property, err, "is not %s", wanted);
}

int graph_refuse_word(struct graph_reading *r, const struct graph_row *row, const char *word,
                      size_t len, const struct graph_word *known, struct err *err)
{
    int shown = (int)(len < 60 ? len : 60);
    return section_refuse(r->sections, r->section, row->property, err, "%.*s: %s", shown, word,
                          known ? known->why : "no value that is known here");
}

int graph_take_word(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                    struct err *err)
{
    const char *text = json_string_value(value);
    if (!text)
        return refuse_type(r, row, "a word", err);
    const struct graph_word *word = graph_word_find(row->words, text, strlen(text));
    if (!word || !word->ours)
        return graph_refuse_word(r, row, text, strlen(text), word, err);
    return section_put(r->sections, r->section, row->key, row->property, word->ours, err);
}

struct joining {
    struct graph_reading *r;
    const struct graph_row *row;
    struct buf text;
    struct err *err;
};

static int join(void *context, const char *theirs, size_t len)
{
    struct joining *j = context;
    const struct graph_word *word = graph_word_find(j->row->words, theirs, len);
    if (!word || !word->ours)
        return graph_refuse_word(j->r, j->row, theirs, len, word, j->err);
    return buf_printf(&j->text, j->err, "%s%s", j->text.len ? ", " : "", word->ours);
}

static void joining_end(struct joining *j)
{
    buf_free(&j->text);
}

int graph_take_words(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                     struct err *err)
{
    CLEANUP(joining_end) struct joining j = {.r = r, .row = row, .err = err};
    const char *text = json_string_value(value);
    if (!text)
        return refuse_type(r, row, "words with commas between them", err);
    int rc = graph_split(text, join, &j);
    if (rc < 0 || r->section->refused)
        return rc;
    return section_put(r->sections, r->section, row->key, row->property, buf_text(&j.text), err);
}

int graph_take_number(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                      struct err *err)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return refuse_type(r, row, "a number", err);
    autofree char *text = text_format("%lld", (long long)json_integer_value(value));
    return text ? section_put(r->sections, r->section, row->key, row->property, text, err)
                : err_memory(err);
}

int graph_take_text(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                    struct err *err)
{
    if (!json_is_string(value))
        return refuse_type(r, row, "text", err);
    autofree char *text = text_format("%s%s", row->text ? row->text : "", json_string_value(value));
    return text ? section_put(r->sections, r->section, row->key, row->property, text, err)
                : err_memory(err);
}

int graph_take_list(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                    graph_handler *take, struct err *err)
{
    size_t i;
    json_t *item;
    int rc = json_is_array(value) ? 0 : refuse_type(r, row, "a list", err);
    json_array_foreach ((json_t *)value, i, item) {
        if (rc == 0 && !r->section->refused)
            rc = take(r, row, item, err);
    }
    return rc;
}

int graph_take_texts(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                     struct err *err)
{
    return graph_take_list(r, row, value, graph_take_text, err);
}

int graph_describe(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                   struct err *err)
{
    if (!json_is_string(value))
        return refuse_type(r, row, "text", err);
    return section_describe(r->sections, r->section, row->property, json_string_value(value), err);
}

int graph_nothing(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                  struct err *err)
{
    (void)r;
    (void)row;
    (void)value;
    (void)err;
    return 0;
}

int graph_say(struct graph_reading *r, const struct graph_row *row, const json_t *value,
              struct err *err)
{
    return graph_is_empty(value)
               ? 0
               : section_note(r->sections, r->section, row->property, err, "%s", row->text);
}

static const struct graph_row *find_row(const struct graph_row *table, const char *property)
{
    for (; table->property; table++)
        if (strcasecmp(table->property, property) == 0)
            return table;
    return NULL;
}

/* What no row is about is said, unless it says nothing, or is OData's own. */
static int say_others(struct graph_reading *r, const struct graph_row *table, struct err *err)
{
    const char *key;
    json_t *value;
    int rc = 0;
    json_object_foreach ((json_t *)r->object, key, value) {
        if (rc == 0 && !find_row(table, key) && !graph_is_empty(value) && !strchr(key, '@') &&
            *key != '#')
            rc = section_note(r->sections, r->section, key, err, "is not known here: left out");
    }
    return rc;
}

int graph_read(struct graph_reading *r, const struct graph_row *table, struct err *err)
{
    int rc = 0;
    for (const struct graph_row *row = table; rc == 0 && row->property; row++) {
        const json_t *value = graph_member(r->object, row->property);
        if (value)
            rc = row->take(r, row, value, err);
    }
    return rc < 0 ? rc : say_others(r, table, err);
}
