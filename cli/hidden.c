#include "cli/hidden.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

/* A terminal without echo, until it is given back. */
struct terminal {
    struct termios before;
    struct sigaction actions[LENGTH(signals)];
    sigset_t mask;
    bool changed;
};

static void terminal_hush(struct terminal *terminal)
{
    /* They come while we wait, and end that: at no other time. Who is stopped must not leave a
     * terminal without echo to the shell. */
    const struct sigaction interrupt = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    struct termios hushed;
    if (tcgetattr(STDIN_FILENO, &terminal->before) < 0)
        return;
    caught = 0;
    sigset_t blocked;
    sigemptyset(&blocked);
    for (size_t i = 0; i < LENGTH(signals); i++)
        sigaddset(&blocked, signals[i]);
    sigprocmask(SIG_BLOCK, &blocked, &terminal->mask);
    for (size_t i = 0; i < LENGTH(signals); i++)
        sigaction(signals[i], signals[i] == SIGTSTP ? &ignore : &interrupt, &terminal->actions[i]);
    hushed = terminal->before;
    hushed.c_lflag &= ~(tcflag_t)ECHO;
    hushed.c_lflag |= ECHONL;
    terminal->changed = true;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hushed);
}

static void terminal_restore(struct terminal *terminal)
{
    if (!terminal->changed)
        return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal->before);
    for (size_t i = 0; i < LENGTH(signals); i++)
        sigaction(signals[i], &terminal->actions[i], NULL);
    if (caught) {
        fputs("\n", stderr);
        raise(caught); /* at the next line */
    }
    sigprocmask(SIG_SETMASK, &terminal->mask, NULL);
}

/* Byte by byte: what comes behind the line is not ours, and no stream may keep a copy. */
static int read_line(const struct terminal *terminal, struct buf *ret, struct err *err)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    char byte;
    for (bool any = false;; any = true) {
        if (terminal->changed && ppoll(&p, 1, NULL, &terminal->mask) < 0)
            return err_errno(err, "standard input");
        ssize_t n = read(STDIN_FILENO, &byte, 1);
        if (n < 0)
            return err_errno(err, "standard input");
        if (n == 0 && !any)
            return err_set(err, ERR_CONFIG, "standard input: there is nothing to read");
        if (n == 0 || byte == '\n')
            return 0;
        if (ret->len == HIDDEN_MAX)
            return err_set(err, ERR_RESOURCE, "standard input: a line of more than %u bytes",
                           HIDDEN_MAX);
        int rc = buf_add(ret, &byte, 1, err);
        if (rc < 0)
            return rc;
    }
}

bool hidden_is_typed(void)
{
    return isatty(STDIN_FILENO);
}

int hidden_line(const char *prompt, struct buf *ret, struct err *err)
{
    CLEANUP(terminal_restore) struct terminal terminal = {0};
    buf_clear(ret);
    if (hidden_is_typed()) {
        terminal_hush(&terminal);
        fputs(prompt, stderr);
    }
    return read_line(&terminal, ret, err);
}
