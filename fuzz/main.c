/* Runs a harness over its seeds, without libFuzzer: each seed as it is, then cut off at every byte,
 * which is what a full disk or a broken line makes of a file. Without arguments the seeds are those
 * of fuzz/seeds/HARNESS, where the program is called run-HARNESS. A folder without a file is an
 * error: it would look like a test that passes. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SEED_MAX (1024u * 1024)
/* Cuts of one seed, spread evenly: a large one costs no more than a small one. */
#define CUTS_MAX 1000

struct tally {
    size_t seeds, cuts;
};

/* In memory of its own, so that a sanitizer sees a read past the end. */
static void try(const struct buf *seed, size_t len)
{
    autofree uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    if (len)
        memcpy(copy, seed->data, len);
    LLVMFuzzerTestOneInput(copy, len);
}

static int run_file(int at, const char *name, struct tally *tally, struct err *err)
{
    autobuf seed = {0};
    int rc = fs_read(at, name, SEED_MAX, &seed, err);
    if (rc < 0)
        return rc;
    printf("# %s\n", name); /* when it dies, the last line says where */
    fflush(stdout);
    size_t step = seed.len / CUTS_MAX + 1;
    try(&seed, seed.len);
    for (size_t len = 0; len < seed.len; len += step, tally->cuts++)
        try(&seed, len);
    tally->seeds++;
    printf("ok %s\n", name);
    return 0;
}

static int run_folder(const char *path, struct tally *tally, struct err *err)
{
    CLEANUP(strings_free) struct strings names = {0};
    autoclose int dir = -1;
    int rc = fs_open_dir(AT_FDCWD, path, 0, false, &dir, err);
    if (rc == 0)
        rc = fs_list(dir, &names, err);
    if (rc == 0 && names.n == 0)
        return err_set(err, ERR_CONFIG, "%s: no seed in it", path);
    for (size_t i = 0; rc == 0 && i < names.n; i++)
        rc = run_file(dir, names.v[i], tally, err);
    return rc;
}

static int run(const char *path, struct tally *tally, struct err *err)
{
    struct stat st;
    bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    return folder ? run_folder(path, tally, err) : run_file(AT_FDCWD, path, tally, err);
}

/* make check says where the sources are. */
static char *own_folder(const char *program)
{
    const char *top = getenv("srcdir"), *name = strrchr(program, '/');
    name = name ? name + 1 : program;
    return text_format("%s/fuzz/seeds/%s", top ? top : ".",
                       strncmp(name, "run-", 4) == 0 ? name + 4 : name);
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    struct err err = {0};
    int rc = 0;
    if (argc == 1) {
        autofree char *folder = own_folder(argv[0]);
        rc = folder ? run(folder, &tally, &err) : err_memory(&err);
    }
    for (int i = 1; rc == 0 && i < argc; i++)
        rc = run(argv[i], &tally, &err);
    if (rc < 0)
        printf("not ok %s\n", err.text);
    printf("# %zu seeds, %zu times cut off\n", tally.seeds, tally.cuts);
    return rc < 0;
}
