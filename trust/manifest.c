#include "trust/manifest.h"

#include "base/fs.h"

#include <errno.h>
#include <string.h>

#define MANIFEST_MAX (256u * 1024)
#define DIGEST_LEN   64

static const char file[] = "anchors";
static const char heading[] =
    "# Trust anchors that signet-apply installed; it removes no others. Do not edit.\n";
static const char unfinished[] = "unfinished";

void manifest_free(struct manifest *manifest)
{
    plan_files_free(&manifest->files);
    *manifest = (struct manifest){0};
}

/* "DIGEST  NAME" */
static int parse_file(char *line, struct plan_files *ret, struct err *err)
{
    char *name = line + DIGEST_LEN + 2;
    if (strspn(line, "0123456789abcdef") != DIGEST_LEN || strncmp(name - 2, "  ", 2) != 0 ||
        !*name || strchr(name, '/'))
        return err_set(err, ERR_CONFIG, "not a line that signet-apply wrote");
    name[-2] = 0;
    return plan_files_add(ret, name, line, NULL, err);
}

int manifest_parse(const char *text, size_t len, const char *what, struct manifest *ret,
                   struct err *err)
{
    CLEANUP(manifest_free) struct manifest manifest = {0};
    autofree char *copy = strndup(text, len);
    if (!copy)
        return err_memory(err);
    if (strlen(copy) != len || (len > 0 && copy[len - 1] != '\n'))
        return err_set(err, ERR_CONFIG, "%s: is torn or no text", what);

    unsigned number = 1;
    for (char *line = copy, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, number++) {
        *end = 0;
        int rc = 0;
        if (strcmp(line, unfinished) == 0)
            manifest.unfinished = true;
        else if (*line && *line != '#')
            rc = parse_file(line, &manifest.files, err);
        if (rc < 0) {
            err_context(err, "%s:%u", what, number);
            return rc;
        }
    }
    *ret = manifest;
    manifest = (struct manifest){0};
    return 0;
}

int manifest_print(const struct manifest *manifest, struct buf *ret, struct err *err)
{
    int rc = buf_add_text(ret, heading, err);
    if (rc == 0 && manifest->unfinished)
        rc = buf_printf(ret, err, "%s\n", unfinished);
    for (size_t i = 0; rc == 0 && i < manifest->files.n; i++)
        rc = buf_printf(ret, err, "%s  %s\n", manifest->files.v[i].digest,
                        manifest->files.v[i].name);
    return rc;
}

int manifest_read(int fd, struct manifest *ret, struct err *err)
{
    autobuf text = {0};
    if (faccessat(fd, file, F_OK, 0) < 0 && errno == ENOENT) {
        *ret = (struct manifest){0};
        return 0;
    }
    int rc = fs_read_trusted(fd, file, MANIFEST_MAX, &text, err);
    return rc < 0 ? rc : manifest_parse(buf_text(&text), text.len, file, ret, err);
}

int manifest_write(int fd, const struct manifest *manifest, struct err *err)
{
    autobuf text = {0};
    int rc = manifest_print(manifest, &text, err);
    return rc < 0 ? rc : fs_replace(fd, file, 0644, text.data, text.len, err);
}
