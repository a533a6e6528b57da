/* The anchors that the agent copies from conf.d into its store, for those that only read that. */
#include "tests/crash/agent.h"
#include "tests/crash/must.h"
#include "tests/crash/tree.h"
#include "tests/crash/trial.h"

#include "base/fs.h"
#include "base/text.h"
#include "tests/ca/issue.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

/* What each anchor is to be: conf/NAME.der, copied to store/anchors/FILE. */
static const struct anchor {
    const char *name, *file, *store;
} wanted[] = {
    {"stays", "stays.der", "system"},
    {"changes", "changes.der", "signet"},
    {"turns", "turns.issuer", "intermediate"}, /* it was a root */
    {"comes", "comes.issuer", "intermediate"},
};

static void put_root(const struct place *place, const char *name, const char *store)
{
    unsigned char *der = NULL;
    struct identity made = issue_ca(name, true);
    int len = i2d_X509(made.certificate, &der);
    autofree char *file = text_format("conf/%s.der", name);
    autofree char *path = place_path(place, file);
    autofree char *profile = text_format("conf/conf.d/%s.conf", name);
    autofree char *lines =
        text_format("[trusted-root %s]\nstore = %s\ncertificate = %s.der\n", name, store, name);
    place_put(place, file, NULL);
    must(len > 0 && fs_create(AT_FDCWD, path, 0644, der, (size_t)len, NULL) == 0);
    place_put(place, profile, lines);
    OPENSSL_free(der);
    identity_free(&made);
}

static void prepare(const struct place *place)
{
    agent_put_store(place);
    place_put(place, "conf/conf.d/20-wifi.conf", NULL);
    put_root(place, "goes", "system");
    put_root(place, "stays", "system");
    put_root(place, "changes", "signet");
    put_root(place, "turns", "system");
    agent_run(place, "", agent_cycle, NULL);
    place_put(place, "conf/conf.d/goes.conf", NULL);
    put_root(place, "changes", "signet");
    put_root(place, "turns", "intermediate");
    put_root(place, "comes", "intermediate");
}

static bool read_below(const char *folder, const char *name, struct buf *ret)
{
    autofree char *path = text_format("%s/%s", folder, name);
    buf_clear(ret);
    return fs_read(AT_FDCWD, path, 1 << 20, ret, NULL) == 0;
}

struct look {
    const struct place *place;
    const char *folder;
    enum tidiness tidiness;
    unsigned n; /* that are as they are to be */
    char why[256];
};

static void look_at_one(void *context, const char *path, const struct stat *st)
{
    struct look *look = context;
    autobuf now = {0}, before = {0}, source = {0};
    autofree char *base = place_path(look->place, "base/store/anchors");
    autofree char *conf = place_path(look->place, "conf");
    if (!S_ISREG(st->st_mode) || fnmatch("*.new", path, 0) == 0 || strcmp(path, "root.der") == 0)
        return;
    must(read_below(look->folder, path, &now));
    for (size_t i = 0; i < LENGTH(wanted); i++) {
        autofree char *name = text_format("%s.der", wanted[i].name);
        if (strcmp(path, wanted[i].file) == 0 && read_below(conf, name, &source) &&
            buf_equal(&now, &source)) {
            look->n++;
            return;
        }
    }
    if (look->tidiness == WHOLE_AND_TIDY || !read_below(base, path, &before) ||
        !buf_equal(&before, &now))
        snprintf(look->why, sizeof look->why, "%s is neither what it was nor what it is to be",
                 path);
}

static const char *look(const struct place *place, const char *work, enum tidiness tidiness)
{
    static struct look look;
    struct whole ignored;
    autofree char *store = text_format("%s/store", work);
    autofree char *folder = text_format("%s/store/anchors", work);
    const char *why = whole_look(store, AGENT_WIFI, place->root, tidiness, &ignored);
    if (why)
        return why;
    look = (struct look){.place = place, .folder = folder, .tidiness = tidiness};
    tree_walk(folder, look_at_one, &look);
    return *look.why                                               ? look.why
           : tidiness == WHOLE_AND_TIDY && look.n < LENGTH(wanted) ? "an anchor is missing"
                                                                   : NULL;
}

static const struct trial trials[] = {
    {"roots that the agent copies", prepare, "", agent_cycle, NULL, END_OTHER, .look = look,
     .in_brief = true, .one_of = 8},
};

const struct trials roots = {trials, LENGTH(trials)};
