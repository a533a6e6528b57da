#include "cli/screen.h"

#include "base/clock.h"
#include "base/text.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MIN 20

static unsigned terminal_width(void)
{
    struct winsize size;
    int64_t columns;
    const char *given = getenv("COLUMNS");
    if (given && text_number(given, 1, 10000, &columns))
        return columns < WIDTH_MIN ? WIDTH_MIN : (unsigned)columns;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col;
}

static bool wants_colour(void)
{
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return (!no || !*no) && terminal && strcmp(terminal, "dumb") != 0;
}

struct screen screen_stdout(void)
{
    bool terminal = isatty(STDOUT_FILENO);
    return (struct screen){
        .width = terminal ? terminal_width() : 0,
        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .colour = terminal && wants_colour(),
        .now = clock_now(),
    };
}
