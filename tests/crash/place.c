#include "tests/crash/place.h"

#include "base/fs.h"
#include "base/io.h"
#include "tests/crash/must.h"
#include "tests/crash/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CA_WAIT_MS 60000

char *place_path(const struct place *place, const char *name)
{
    char *path = text_format("%s/%s", place->path, name);
    must(path);
    return path;
}

static void make_folders(char *path)
{
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        must(mkdir(path, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
}

void place_put(const struct place *place, const char *name, const char *text)
{
    autofree char *path = place_path(place, name);
    make_folders(path);
    must(unlink(path) == 0 || errno == ENOENT);
    must(!text || fs_create(AT_FDCWD, path, 0644, text, strlen(text), NULL) == 0);
}

/* Renamed into place: the CA may be reading. */
void place_behave(const struct place *place, const char *rules)
{
    autofree char *beside = place_path(place, "ca/behave.new");
    autofree char *path = place_path(place, "ca/behave");
    place_put(place, "ca/behave.new", rules);
    must(rename(beside, path) == 0);
}

static void ca_exec(const struct place *place, int out)
{
    autofree char *behave = place_path(place, "ca/behave");
    autofree char *log = place_path(place, "ca/log");
    autofree char *root = place_path(place, "ca/root.pem");
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(out, STDOUT_FILENO);
    execl(TEST_BUILDDIR "/tests/ca/scep-ca", "scep-ca", "--behave-file", behave, "--log", log,
          "--ca-file", root, NULL);
    _exit(127);
}

static void ca_start(struct place *place)
{
    int pair[2];
    autobuf url = {0};
    must(pipe2(pair, O_CLOEXEC) == 0 && (place->ca = fork()) >= 0);
    if (place->ca == 0)
        ca_exec(place, pair[1]);
    close(pair[1]);
    struct io_lines lines = {.fd = pair[0], .max = sizeof place->url - 1};
    must(io_line(&lines, deadline_in(CA_WAIT_MS), &url, NULL) == 1);
    snprintf(place->url, sizeof place->url, "%s", buf_text(&url));
    buf_free(&lines.buffer);
    close(pair[0]);
}

void place_open(struct place *place)
{
    *place = (struct place){0};
    snprintf(place->path, sizeof place->path, "%s/signet-crash.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    must(mkdtemp(place->path) && chmod(place->path, 0711) == 0);
    umask(022);
    place_put(place, "ca/behave", "");
    ca_start(place);
    autofree char *path = place_path(place, "ca/root.pem");
    CLEANUP(fclose_p) FILE *file = fopen(path, "re");
    must(file && (place->root = PEM_read_X509(file, NULL, NULL, NULL)));
}

void place_close(struct place *place)
{
    kill(place->ca, SIGTERM);
    waitpid(place->ca, NULL, 0);
    X509_free(place->root);
    tree_remove(place->path);
}
