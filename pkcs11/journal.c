#include "pkcs11/journal.h"

#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Where a log daemon listens, and how each wants a line: priority, process id, text. */
static const struct {
    const char *path;
    const char *format;
} daemons[] = {
    {"/dev/log", "<%d>signet-pkcs11[%d]: %s"},
    {"/run/systemd/journal/socket",
     "PRIORITY=%d\nSYSLOG_IDENTIFIER=signet-pkcs11\nSYSLOG_PID=%d\nMESSAGE=%s\n"},
};

static bool send_line(const char *path, const char *line)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    autoclose int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd >= 0 && sendto(fd, line, strlen(line), MSG_NOSIGNAL, (struct sockaddr *)&address,
                             sizeof address) >= 0;
}

void journal_line(int priority, const char *format, ...)
{
    char text[ERR_TEXT_MAX], line[ERR_TEXT_MAX + 128];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    err_sanitise(text);

    for (size_t i = 0; i < LENGTH(daemons); i++) {
        /* The journal's own socket takes the bare priority, syslog's a facility beside it. */
        int value = i == 0 ? LOG_USER | priority : priority;
        snprintf(line, sizeof line, daemons[i].format, value, (int)getpid(), text);
        if (send_line(daemons[i].path, line))
            return;
    }
}
