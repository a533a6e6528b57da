#include "import/apple_row.h"

#include <string.h>

#define ROWS_MAX 40

plist_t apple_payload(plist_t file, uint32_t i)
{
    plist_t payloads = property_list_member(file, "PayloadContent");
    return i < property_list_size(payloads) ? plist_array_get_item(payloads, i) : NULL;
}

int apple_take_text(struct apple_reading *r, const struct apple_row *row, plist_t node,
                    struct err *err)
{
    const char *text = property_list_text(node);
    return text ? section_put(r->sections, r->section, row->key, row->name, text, err)
                : section_refuse(r->sections, r->section, row->name, err, "is not text");
}

int apple_nothing(struct apple_reading *r, const struct apple_row *row, plist_t node,
                  struct err *err)
{
    (void)r;
    (void)row;
    (void)node;
    (void)err;
    return 0;
}

int apple_say(struct apple_reading *r, const struct apple_row *row, plist_t node, struct err *err)
{
    (void)node;
    return section_note(r->sections, r->section, row->name, err, "%s", row->text);
}

static size_t find_row(const struct apple_row *table, const char *name)
{
    size_t i = 0;
    while (table[i].name && strcmp(table[i].name, name) != 0)
        i++;
    return i;
}

/* Finds the members of all rows in one pass, and says which keys have none. */
static int collect(struct apple_reading *r, const struct apple_row *table, plist_t *members,
                   struct err *err)
{
    autofree plist_dict_iter iter = NULL;
    int rc = 0;
    plist_dict_new_iter(r->content, &iter);
    for (plist_t node = NULL; rc == 0; node = NULL) {
        autofree char *name = NULL;
        plist_dict_next_item(r->content, iter, &name, &node);
        if (!node || !name)
            return 0;
        size_t row = find_row(table, name);
        if (!table[row].name)
            rc = section_note(r->sections, r->section, name, err, "is not known here: left out");
        else
            members[row] = node;
    }
    return rc;
}

int apple_read(struct apple_reading *r, const struct apple_row *table, struct err *err)
{
    plist_t members[ROWS_MAX] = {NULL};
    int rc = collect(r, table, members, err);
    for (size_t i = 0; rc == 0 && table[i].name; i++)
        if (members[i])
            rc = table[i].take(r, &table[i], members[i], err);
    return rc;
}
