#include "fetch/frame.h"

#include <string.h>

int fetch_frame_next(struct io_lines *lines, deadline until, struct buf *line, char **ret_value,
                     struct err *err)
{
    int rc = io_line(lines, until, line, err);
    if (rc == 0)
        return err_set(err, ERR_RETRY, "the other end stopped inside a frame");
    if (rc < 0 || line->len == 0)
        return rc < 0 ? rc : 0;
    char *blank = strchr((char *)line->data, ' ');
    if (!blank)
        return err_set(err, ERR_BUG, "a frame with a line without value");
    *blank = 0;
    *ret_value = blank + 1;
    return 1;
}

bool fetch_frame_is_plain(const char *text, unsigned char first)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p < first || *p == 0x7f)
            return false;
    return true;
}

bool fetch_frame_is_text(const struct buf *text)
{
    return strlen(buf_text(text)) == text->len && fetch_frame_is_plain(buf_text(text), ' ');
}
