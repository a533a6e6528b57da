#include "fuzz/imported.h"

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "profile/draft.h"
#include "profile/root_file.h"

#include <string.h>

/* A challenge that begins so must stand in its own file only. */
#define SECRET "S3cret"

static size_t count_of(const char *word, const void *data, size_t len)
{
    size_t n = 0;
    const uint8_t *p = data, *end = p + len;
    while ((p = p < end ? memmem(p, (size_t)(end - p), word, strlen(word)) : NULL)) {
        n++;
        p++;
    }
    return n;
}

static bool holds_secret(const struct import_item *item)
{
    return count_of(SECRET, item->data.data, item->data.len) > 0;
}

/* The text of conf.d: one section, with the item's name, that the reader takes without a word; only
 * the files that it names are not there yet. */
static void check_conf(const struct import_item *item)
{
    CLEANUP(conf_free) struct conf conf = {0};
    CLEANUP(drafts_free) struct drafts drafts = {0};
    CLEANUP(profile_set_free) struct profile_set set = {0};
    const char *text = buf_text(&item->data);
    HOLDS_OF(text, text_is_name(item->name));
    HOLDS_OF(text, conf_parse("f", text, item->data.len, &conf, NULL) == 0);
    HOLDS_OF(text, conf.problems.n == 0 && conf.n == 1);
    HOLDS_OF(text, strcmp(conf.sections[0].name, item->name) == 0);
    for (size_t i = 0; i < conf.sections[0].n; i++) {
        const struct conf_line *line = &conf.sections[0].lines[i];
        HOLDS_OF(text, !strchr(line->value, '\n'));
        HOLDS_OF(text, strcmp(line->key, "certificate") != 0 ||
                           strncmp(line->value, "anchors/", strlen("anchors/")) == 0);
        if (strcmp(line->key, "certificate") == 0)
            return; /* there is no such file here */
    }
    HOLDS(drafts_read(&drafts, &conf, "/nonexistent", &set, NULL) == 0);
    HOLDS_OF(set.problems.n ? set.problems.v[0].text : text, set.problems.n == 0);
    HOLDS_OF(text, drafts.n == 1 && drafts.v[0].profile.kind == PROFILE_SCEP);
}

static void check_item(const struct import_item *item, bool secret)
{
    autobuf der = {0};
    struct err err = {0};
    HOLDS(item->data.len > 0);
    switch (item->kind) {
    case IMPORT_NOTE:
    case IMPORT_FAULT:
        HOLDS_OF(buf_text(&item->data), fuzz_is_line(buf_text(&item->data)));
        HOLDS_OF(buf_text(&item->data), !*item->name || text_is_name(item->name));
        break;
    case IMPORT_CONF:
        check_conf(item);
        break;
    case IMPORT_ANCHOR:
        HOLDS(text_is_name(item->name));
        HOLDS_OF(err.text, root_file_decode(item->data.data, item->data.len, &der, &err) == 0);
        HOLDS(buf_equal(&der, &item->data));
        break;
    case IMPORT_SECRET:
        HOLDS(text_is_name(item->name));
        return;
    }
    HOLDS_OF(buf_text(&item->data), !secret || !holds_secret(item));
}

/* No two files of one name, and none without its section. */
static void check_names(const struct import_result *result)
{
    for (size_t i = 0; i < result->n; i++) {
        const struct import_item *a = &result->v[i];
        bool has_section = a->kind == IMPORT_NOTE || a->kind == IMPORT_FAULT;
        for (size_t j = 0; j < result->n; j++) {
            const struct import_item *b = &result->v[j];
            bool same = strcmp(a->name, b->name) == 0;
            has_section = has_section || (same && b->kind == IMPORT_CONF);
            HOLDS_OF(a->name, i == j || !same || a->kind != b->kind || a->kind == IMPORT_NOTE ||
                                  a->kind == IMPORT_FAULT);
        }
        HOLDS_OF(a->name, has_section);
    }
}

/* Between the two processes of an import it stays what it is. */
static void check_passage(const struct import_result *result)
{
    CLEANUP(import_result_free) struct import_result read = {0};
    autobuf wire = {0};
    struct err err = {0};
    HOLDS(import_result_encode(result, &wire, NULL) == 0);
    HOLDS_OF(err.text, import_result_decode(&wire, &read, &err) == 0);
    HOLDS(read.n == result->n);
    for (size_t i = 0; i < read.n; i++) {
        HOLDS(read.v[i].kind == result->v[i].kind);
        HOLDS(strcmp(read.v[i].name, result->v[i].name) == 0);
        HOLDS(buf_equal(&read.v[i].data, &result->v[i].data));
    }
}

static bool has_secret(const struct import_result *result)
{
    for (size_t i = 0; i < result->n; i++)
        if (result->v[i].kind == IMPORT_SECRET && holds_secret(&result->v[i]))
            return true;
    return false;
}

/* SECRET: a challenge of this file begins so, and nothing else in it. Returns whether that is so.
 */
static bool try(imported_importer *import, const void *data, size_t len,
                const struct import_options *options, bool secret)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    struct err err = {0};
    if (import(data, len, options, &result, &err) < 0) {
        HOLDS_OF(err.text, *err.text && fuzz_is_line(err.text));
        HOLDS_OF(err.text, err.class == ERR_CONFIG || err.class == ERR_RESOURCE);
        HOLDS_OF(err.text, result.n == 0 && !(secret && strstr(err.text, SECRET)));
        return false;
    }
    HOLDS(result.n > 0);
    secret = secret || (has_secret(&result) && count_of(SECRET, data, len) == 1);
    for (size_t i = 0; i < result.n; i++)
        check_item(&result.v[i], secret);
    check_names(&result);
    check_passage(&result);
    return secret;
}

void imported_try(imported_importer *import, const void *data, size_t len)
{
    static const struct import_options files = {.files = true},
                                       given = {.root = "r", .challenge = "file:challenge"};
    bool secret = try(import, data, len, &files, false);
    try(import, data, len, &given, secret);
}
