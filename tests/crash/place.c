#include "tests/crash/place.h"

#include "base/fs.h"
#include "tests/crash/must.h"
#include "tests/crash/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

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

void place_behave(const struct place *place, const char *rules)
{
    must(service_behave(&place->ca, rules));
}

void place_open(struct place *place)
{
    *place = (struct place){0};
    snprintf(place->path, sizeof place->path, "%s/signet-crash.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    must(mkdtemp(place->path) && chmod(place->path, 0711) == 0);
    umask(022);
    autofree char *folder = place_path(place, "ca");
    must(mkdir(folder, 0755) == 0 && service_start(&place->ca, folder, "ending"));
    CLEANUP(fclose_p) FILE *file = fopen(place->ca.root, "re");
    must(file && (place->root = PEM_read_X509(file, NULL, NULL, NULL)));
}

void place_close(struct place *place)
{
    service_stop(&place->ca);
    X509_free(place->root);
    tree_remove(place->path);
}
