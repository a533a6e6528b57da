#include "tests/import/imported.h"

#include "base/fs.h"

#include <fcntl.h>
#include <string.h>

void import_bytes(const void *data, size_t len, const struct import_options *options,
                  struct imported *ret)
{
    static const char *const before[] = {
        [IMPORT_NOTE] = "note: ", [IMPORT_FAULT] = "left out: ", [IMPORT_CONF] = ""};
    *ret = (struct imported){0};
    ret->rc = import_document(data, len, options, &ret->result, &ret->err);
    if (ret->rc < 0)
        buf_add_text(&ret->text, ret->err.text, NULL);
    for (size_t i = 0; i < ret->result.n; i++) {
        const struct import_item *item = &ret->result.v[i];
        if (item->kind == IMPORT_ANCHOR || item->kind == IMPORT_SECRET)
            continue;
        buf_add_text(&ret->text, before[item->kind], NULL);
        buf_add(&ret->text, item->data.data, item->data.len, NULL);
        buf_add_text(&ret->text, "\n", NULL);
    }
}

void import_text(const char *text, const struct import_options *options, struct imported *ret)
{
    import_bytes(text, strlen(text), options, ret);
}

void imported_end(struct imported *imported)
{
    import_result_free(&imported->result);
    buf_free(&imported->text);
}

void sample_read(const char *name, struct buf *ret)
{
    struct err err;
    autofree char *path = text_format(TEST_SRCDIR "/tests/import/samples/%s", name);
    ck_assert_msg(fs_read(AT_FDCWD, path, IMPORT_FILE_MAX, ret, &err) == 0, "%s", err.text);
}

const struct buf *imported_item(const struct imported *imported, enum import_kind kind,
                                const char *name)
{
    const struct buf *found = NULL;
    for (size_t i = 0; i < imported->result.n; i++)
        if (imported->result.v[i].kind == kind && strcmp(imported->result.v[i].name, name) == 0) {
            ck_assert_msg(!found, "%s is there twice", name);
            found = &imported->result.v[i].data;
        }
    ck_assert_msg(found != NULL, "no %s in\n%s", name, buf_text(&imported->text));
    return found;
}

bool imported_has_line(const struct imported *imported, const char *line)
{
    const char *text = buf_text(&imported->text);
    for (const char *p = text; (p = strstr(p, line)); p++)
        if (p == text || p[-1] == '\n')
            return true;
    return false;
}
