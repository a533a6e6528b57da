#include "base/landlock.h"

#include "base/proc.h"
#include "base/text.h"
#include "tests/temp.h"

#include <errno.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* What a child that is no longer its own master might try, in the store's folder. */
static bool writes_file(void)
{
    return open("changes", O_WRONLY | O_CLOEXEC) >= 0;
}

/* As a device, which is opened to be asked and to answer. */
static bool asks_device(void)
{
    return open("device", O_RDWR | O_CLOEXEC) >= 0;
}

static bool makes_file(void)
{
    return open("new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

static bool makes_folder(void)
{
    return mkdir("folder", 0700) == 0;
}

static bool makes_link(void)
{
    return symlink("changes", "link") == 0;
}

static bool removes_file(void)
{
    return unlink("changes") == 0;
}

static bool removes_folder(void)
{
    return rmdir("anchors") == 0;
}

static bool renames(void)
{
    return rename("changes", "users/changes") == 0;
}

static bool executes(void)
{
    char *argv[] = {"/bin/true", NULL}, *environment[] = {NULL};
    pid_t pid = fork();
    if (pid == 0) {
        execve(argv[0], argv, environment);
        _exit(errno == EACCES ? 1 : 2);
    }
    int status;
    waitpid(pid, &status, 0);
    return status == 0;
}

static bool reads_elsewhere(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool reads_here(void)
{
    return open("changes", O_RDONLY | O_CLOEXEC) >= 0;
}

/* The port is of no account: where TCP is allowed, nobody answers. */
static bool connects(void)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno != EACCES;
}

static const struct {
    bool (*attempt)(void);
    bool reading; /* only below the temporary folder */
    bool tcp;
    bool allowed;
} attempts[] = {
    {writes_file, false, false, false},  {makes_file, false, false, false},
    {makes_folder, false, false, false}, {makes_link, false, false, false},
    {removes_file, false, false, false}, {removes_folder, false, false, false},
    {renames, false, false, false},      {executes, false, false, false},
    {reads_here, false, false, true},    {reads_elsewhere, false, false, true},
    {asks_device, false, false, true},   {asks_device, true, true, true},
    {connects, false, true, true},       {connects, false, false, false},
    {reads_here, true, true, true},      {reads_elsewhere, true, true, false},
    {writes_file, true, true, false},    {makes_file, true, true, false},
};

START_TEST(denies)
{
    autotemp t;
    struct err err = {0};
    bool confined = false;
    temp_open(&t);
    temp_file(&t, "changes", 0600, "");
    temp_file(&t, "device", 0600, "");
    autofree char *device = text_format("%s/device", t.path);
    ck_assert_int_eq(mkdirat(t.fd, "anchors", 0700) | mkdirat(t.fd, "users", 0700), 0);
    const char *const readable[] = {t.path, "/nonexistent", NULL};
    const char *const writable[] = {"/nonexistent", device, NULL};
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(t.path) < 0 || proc_harden(&err) < 0 ||
            landlock_confine(attempts[_i].reading ? readable : NULL, writable, attempts[_i].tcp,
                             &confined, &err) < 0)
            _exit(10);
        /* A kernel without Landlock: those who confine themselves say so and go on. */
        _exit(!confined || attempts[_i].attempt() == attempts[_i].allowed ? 0 : 11);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

Suite *landlock_suite(void)
{
    Suite *suite = suite_create("base/landlock");
    TCase *tc = tcase_create("landlock");
    tcase_add_loop_test(tc, denies, 0, LENGTH(attempts));
    suite_add_tcase(suite, tc);
    return suite;
}
