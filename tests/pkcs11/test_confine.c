#include "pkcs11/confine.h"

#include "base/proc.h"
#include "tests/store/fixture.h"
#include "tests/suite.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* What a child that is no longer its own master might try, in the store's folder. */
static bool writes_file(void)
{
    return open("changes", O_WRONLY | O_CLOEXEC) >= 0;
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

static bool (*const attempts[])(void) = {writes_file,  makes_file,     makes_folder, makes_link,
                                         removes_file, removes_folder, renames,      executes};

START_TEST(denies)
{
    FIXTURE(f);
    struct err err = {0};
    bool confined = false;
    ck_assert_int_eq(chdir(f.path), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (proc_harden(&err) < 0 || confine_files(&confined, &err) < 0)
            _exit(10);
        if (!confined)
            _exit(0); /* a kernel without Landlock: keyd says so and goes on */
        if (open("changes", O_RDONLY | O_CLOEXEC) < 0)
            _exit(11);
        _exit(attempts[_i]() ? 12 : 0);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert(is_there(&f, "changes"));
}
END_TEST

START_TEST(limits_memory)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (confine_memory(64ul << 20, NULL) < 0)
            _exit(10);
        void *fits = mmap(NULL, 32ul << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        void *more = mmap(NULL, 64ul << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#ifdef __SANITIZE_ADDRESS__
        more = MAP_FAILED; /* not limited there */
#endif
        _exit(fits != MAP_FAILED && more == MAP_FAILED ? 0 : 11);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

Suite *confine_suite(void)
{
    Suite *suite = suite_create("pkcs11/confine");
    TCase *tc = tcase_create("confine");
    tcase_add_loop_test(tc, denies, 0, LENGTH(attempts));
    tcase_add_test(tc, limits_memory);
    suite_add_tcase(suite, tc);
    return suite;
}
