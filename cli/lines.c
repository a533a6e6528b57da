#include "cli/lines.h"

#include "base/fs.h"
#include "cli/secret.h"
#include "profile/conf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const char mark[] = "\xef\xbb\xbf"; /* the byte order mark, which is in no column */

void lines_free(struct lines *lines)
{
    free(lines->path);
    buf_free(&lines->text);
    *lines = (struct lines){0};
}

static bool is_later(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* Whatever cannot be read leaves an empty text. */
static void open_file(struct lines *lines, const char *path)
{
    struct stat st;
    struct timespec since = lines->since;
    lines_free(lines);
    lines->since = since;
    lines->path = strdup(path);
    if (fs_read_trusted(AT_FDCWD, path, CONF_FILE_MAX, &lines->text, NULL) < 0)
        return;
    if (stat(path, &st) < 0 || is_later(st.st_ctim, since))
        buf_clear(&lines->text);
}

static size_t length_at(const struct lines *lines, size_t offset)
{
    const char *text = buf_text(&lines->text) + offset;
    const char *end = memchr(text, '\n', lines->text.len - offset);
    return end ? (size_t)(end - text) : lines->text.len - offset;
}

/* Takes note of the line at hand: a line that begins with a blank continues the value above it, or
 * was meant to, and so what that value hides. Comments and empty lines may stand between. */
static size_t judge(struct lines *lines, const char *text, size_t len)
{
    bool secret, continued = len > 0 && (*text == ' ' || *text == '\t');
    size_t begin = secret_begin(text, len, &secret);
    if (continued && lines->secret)
        return 0;
    if (len > 0 && *text != '#' && *text != ';')
        lines->secret = secret;
    return begin;
}

bool lines_seek(struct lines *lines, unsigned number, struct line *ret)
{
    if (number < lines->line || lines->line == 0) {
        lines->line = 1;
        lines->secret = false;
        lines->offset = lines->text.len >= 3 && memcmp(lines->text.data, mark, 3) == 0 ? 3 : 0;
    }
    while (lines->offset < lines->text.len) {
        const char *text = buf_text(&lines->text) + lines->offset;
        size_t len = length_at(lines, lines->offset), shown = len;
        if (shown > 0 && text[shown - 1] == '\r')
            shown--;
        if (lines->line == number) {
            bool before = lines->secret;
            *ret = (struct line){.text = text, .len = shown, .secret = judge(lines, text, shown)};
            lines->secret = before; /* it may be asked for again */
            return true;
        }
        judge(lines, text, shown);
        lines->offset += len + 1;
        lines->line++;
    }
    return false;
}

bool lines_find(struct lines *lines, const char *path, unsigned number, struct line *ret)
{
    if (!lines->path || strcmp(lines->path, path) != 0)
        open_file(lines, path);
    return lines_seek(lines, number, ret);
}
