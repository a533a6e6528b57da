#include "module/signin.h"

#include "base/clock.h"
#include "base/io.h"
#include "module/progress.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* The result line carries the entries too; nothing near this long is one. */
#define LINE_MAX_BYTES (256u * 1024)

static int owner_of_folder(const char *socket_path, uid_t *ret, struct err *err)
{
    autofree char *folder = strdup(socket_path);
    if (!folder)
        return err_memory(err);
    char *slash = strrchr(folder, '/');
    if (!slash)
        return err_set(err, ERR_CONFIG, "%s: not an absolute path", socket_path);
    slash[slash == folder] = 0;

    struct stat st;
    if (stat(folder, &st) < 0)
        return err_errno(err, "%s", folder);
    *ret = st.st_uid;
    return 0;
}

static int check_peer(int fd, const char *path, struct err *err)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
        return err_errno(err, "peer credentials");
    if (peer.uid == 0)
        return 0;

    uid_t owner = 0;
    int rc = owner_of_folder(path, &owner, err);
    if (rc < 0)
        return rc;
    if (peer.uid != owner)
        return err_set(err, ERR_DENIED,
                       "%s: served by uid %u, which is neither root nor the owner of its folder",
                       path, peer.uid);
    return 0;
}

static int ask(const struct signin *signin, int fd, struct err *err)
{
    autobuf request = {0};
    int rc = buf_printf(&request, err, "{\"op\":\"sign-in\",\"uid\":%u", signin->uid);
    if (rc == 0 && signin->wait > 0)
        rc = buf_printf(&request, err, ",\"wait\":%u", signin->wait);
    if (rc == 0)
        rc = buf_add_text(&request, "}\n", err);
    /* An empty socket takes a line this short at once, or never. */
    return rc < 0 ? rc : io_write(fd, request.data, request.len, deadline_in(0), err);
}

static int follow(const struct signin *signin, struct io_lines *lines, struct buf *line,
                  struct err *err)
{
    char text[PROGRESS_TEXT_MAX];
    deadline until = deadline_in((int64_t)signin->wait * 1000);

    /* The clock is asked here too: an agent that talks without end never makes a read wait. */
    while (deadline_left(until) > 0) {
        int rc = io_line(lines, until, line, err);
        if (rc < 0 && deadline_left(until) == 0)
            break;
        if (rc < 0)
            return err_context(err, "agent");
        if (rc == 0)
            return err_set(err, ERR_RETRY, "agent: ended without a result");

        switch (progress_parse(buf_text(line), line->len, text)) {
        case PROGRESS_STEP:
            signin->show(signin->context, text);
            break;
        case PROGRESS_OK:
            return 0;
        case PROGRESS_ERROR:
            return err_set(err, ERR_RETRY, "%s", *text ? text : "agent: failed, with no reason");
        case PROGRESS_RUBBISH:
            return err_set(err, ERR_BUG, "agent: an answer that is not of its protocol");
        }
    }
    return err_set(err, ERR_RETRY, "agent: no result within %u s; it goes on by itself",
                   signin->wait);
}

int signin_tell(const struct signin *signin, struct err *err)
{
    autoclose int fd = -1;
    int rc = io_connect(signin->socket, &fd, err);
    if (rc == 0)
        rc = check_peer(fd, signin->socket, err);
    if (rc == 0)
        rc = ask(signin, fd, err);
    if (rc < 0 || signin->wait == 0)
        return rc;

    struct io_lines lines = {.fd = fd, .max = LINE_MAX_BYTES};
    autobuf line = {0};
    rc = follow(signin, &lines, &line, err);
    buf_free(&lines.buffer);
    return rc;
}
