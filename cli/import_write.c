#include "cli/import.h"

#include "base/array.h"
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* Those that others refer to come first. */
static const struct {
    enum import_kind kind;
    const char *folder; /* "." : DIR itself */
    const char *before, *behind;
    mode_t mode;
} places[] = {
    {IMPORT_ANCHOR, "anchors", "", ".cer", 0644},
    {IMPORT_SECRET, ".", "", ".challenge", 0600},
    {IMPORT_CONF, "conf.d", "50-", ".conf", 0644},
};

/* A file on its way to its place. */
struct moving {
    int folder; /* borrowed */
    char *name, *beside;
    bool written, moved, exchanged;
};

struct move {
    const char *dir;
    bool force;
    int folders[LENGTH(places)];
    struct moving *v;
    size_t n;
};

char *import_path(const struct import_item *item)
{
    for (size_t i = 0; i < LENGTH(places); i++)
        if (places[i].kind == item->kind)
            return text_format("%s%s%s%s%s", places[i].folder[0] == '.' ? "" : places[i].folder,
                               places[i].folder[0] == '.' ? "" : "/", places[i].before, item->name,
                               places[i].behind);
    return NULL;
}

/* Takes everything back that was not seen through to its end. */
static void move_end(struct move *move)
{
    for (size_t i = move->n; i-- > 0;) {
        struct moving *file = &move->v[i];
        if (file->moved && file->exchanged)
            renameat2(file->folder, file->beside, file->folder, file->name, RENAME_EXCHANGE);
        else if (file->moved)
            unlinkat(file->folder, file->name, 0);
        if (file->written && !(file->moved && !file->exchanged))
            unlinkat(file->folder, file->beside, 0);
        free(file->name);
        free(file->beside);
    }
    free(move->v);
    for (size_t i = 0; i < LENGTH(places); i++)
        close_p(&move->folders[i]);
}

static int open_folders(struct move *move, const struct import_result *result, struct err *err)
{
    autoclose int dir = -1;
    int rc = fs_open_dir(AT_FDCWD, move->dir, 0755, true, &dir, err);
    for (size_t i = 0; rc == 0 && i < LENGTH(places); i++) {
        if (import_result_count(result, places[i].kind) == 0)
            continue;
        bool itself = places[i].folder[0] == '.';
        rc = fs_open_dir(dir, places[i].folder, 0755, !itself, &move->folders[i], err);
        if (rc < 0)
            err_context(err, "%s", move->dir);
    }
    return rc;
}

static int check_place(const struct move *move, const struct moving *file, struct err *err)
{
    struct stat st;
    if (fstatat(file->folder, file->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : err_errno(err, "%s", file->name);
    if (!move->force)
        return err_set(err, ERR_DENIED, "%s is there already: --force replaces it", file->name);
    return S_ISREG(st.st_mode)
               ? 0
               : err_set(err, ERR_DENIED, "%s is there, and is no file", file->name);
}

/* Writes a file beside its place. */
static int prepare(struct move *move, size_t place, const struct import_item *item, struct err *err)
{
    int rc = array_room(&move->v, move->n, sizeof *move->v, err);
    if (rc < 0)
        return rc;
    struct moving *file = &move->v[move->n++];
    file->folder = move->folders[place];
    file->name = text_format("%s%s%s", places[place].before, item->name, places[place].behind);
    file->beside =
        text_format(".%s%s%s.new", places[place].before, item->name, places[place].behind);
    if (!file->name || !file->beside)
        return err_memory(err);
    rc = check_place(move, file, err);
    if (rc == 0 && unlinkat(file->folder, file->beside, 0) < 0 && errno != ENOENT)
        rc = err_errno(err, "remove %s", file->beside);
    if (rc == 0)
        rc = fs_create(file->folder, file->beside, places[place].mode, item->data.data,
                       item->data.len, err);
    file->written = rc == 0;
    return rc < 0 ? err_context(err, "%s", move->dir) : 0;
}

static int prepare_all(struct move *move, const struct import_result *result, struct err *err)
{
    int rc = 0;
    for (size_t place = 0; place < LENGTH(places); place++)
        for (size_t i = 0; rc == 0 && i < result->n; i++)
            if (result->v[i].kind == places[place].kind)
                rc = prepare(move, place, &result->v[i], err);
    return rc;
}

/* What was there is kept beside until all is done. */
static int take_place(struct move *move, struct moving *file, struct err *err)
{
    if (renameat2(file->folder, file->beside, file->folder, file->name, RENAME_NOREPLACE) == 0) {
        file->moved = true;
        return 0;
    }
    if (errno == EEXIST && move->force &&
        renameat2(file->folder, file->beside, file->folder, file->name, RENAME_EXCHANGE) == 0) {
        file->moved = file->exchanged = true;
        return 0;
    }
    return err_errno(err, "%s: %s", move->dir, file->name);
}

static void forget(struct move *move)
{
    for (size_t i = 0; i < move->n; i++) {
        if (move->v[i].exchanged)
            unlinkat(move->v[i].folder, move->v[i].beside, 0);
        move->v[i].written = move->v[i].moved = move->v[i].exchanged = false;
    }
}

int import_write(const struct import_result *result, const char *dir, bool force, struct err *err)
{
    CLEANUP(move_end) struct move move = {.dir = dir, .force = force, .folders = {-1, -1, -1}};
    int rc = open_folders(&move, result, err);
    if (rc == 0)
        rc = prepare_all(&move, result, err);
    for (size_t i = 0; rc == 0 && i < move.n; i++)
        rc = take_place(&move, &move.v[i], err);
    for (size_t i = 0; rc == 0 && i < LENGTH(places); i++)
        if (move.folders[i] >= 0)
            rc = fs_sync_dir(move.folders[i], err);
    if (rc == 0)
        forget(&move);
    return rc;
}
