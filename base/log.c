#include "base/log.h"

#include "base/err.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *log_name = "signet";
static int log_max = LOG_INFO;

void log_open(const char *name, int max_priority)
{
    log_name = name;
    log_max = max_priority;
    /* Started without a standard error, we would write into whatever is opened next: a key file, a
     * connection. */
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

void log_line(int priority, const char *format, ...)
{
    if (priority > log_max)
        return;

    char text[ERR_TEXT_MAX + 128], line[ERR_TEXT_MAX + 256];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    err_sanitise(text);

    int len = getenv("JOURNAL_STREAM")
                  ? snprintf(line, sizeof line, "<%d>%s\n", priority, text)
                  : snprintf(line, sizeof line, "%s[%d]: %s\n", log_name, getpid(), text);
    /* One write: lines of several processes do not mix. There is nowhere to report its failure. */
    if (write(STDERR_FILENO, line, (size_t)len) < 0)
        return;
}
