/* A store in a temporary folder of the test's own, and texts that pass for keys and certificates.
 */
#ifndef SIGNET_TESTS_STORE_FIXTURE_H
#define SIGNET_TESTS_STORE_FIXTURE_H

#include "store/entry.h"
#include "tests/temp.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
    struct temp temp;
    char *path; /* of the store */
    struct store store;
    struct entry entry; /* of the device, called "wifi"; opened and locked by fixture_entry() */
    struct err err;
};

static inline void fixture_open(struct fixture *f)
{
    *f = (struct fixture){0};
    /* In memory where there is some: the crash test alone makes 10,000 stores. */
    temp_open_fast(&f->temp);
    f->path = f->temp.path;
    int rc = store_open(f->path, true, &f->store, &f->err);
    ck_assert_msg(rc == 0, "%s", f->err.text);
}

static inline void fixture_close(struct fixture *f)
{
    entry_close(&f->entry);
    store_close(&f->store);
    temp_close(&f->temp);
}
#define FIXTURE(f)                                                                                 \
    CLEANUP(fixture_close) struct fixture f;                                                       \
    fixture_open(&f)

/* Asserts success, and shows the error otherwise. */
#define ok(f, call)                                                                                \
    do {                                                                                           \
        int rc_ = (call);                                                                          \
        ck_assert_msg(rc_ == 0, "%s: %d %s", #call, rc_, (f).err.text);                            \
    } while (0)

static const struct entry_id wifi = {.owner = {.device = true}, .profile = "wifi"};

static inline void fixture_entry(struct fixture *f)
{
    ok(*f, entry_open(&f->store, &wifi, true, &f->entry, &f->err));
    ok(*f, entry_lock(&f->entry, PATIENCE, &f->err));
}

/* Lets go of the entry and takes it again, as the next process would. */
static inline void fixture_again(struct fixture *f)
{
    entry_close(&f->entry);
    fixture_entry(f);
}

/* A path below the store. Static, good until the next call. */
static inline const char *in_store(const struct fixture *f, const char *path)
{
    static char text[512];
    snprintf(text, sizeof text, "%s/%s", f->path, path);
    return text;
}

static inline bool is_there(const struct fixture *f, const char *path)
{
    struct stat st;
    return lstat(in_store(f, path), &st) == 0;
}

static inline void put_file(const struct fixture *f, const char *path, const char *text)
{
    FILE *file = fopen(in_store(f, path), "w");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static inline struct buf text_buf(const char *text)
{
    struct buf buf = {0};
    ck_assert_int_eq(buf_add_text(&buf, text, NULL), 0);
    return buf;
}

/* A PEM block of LABEL whose body is TAG. */
static inline struct buf pem(const char *label, const char *tag)
{
    struct buf buf = {0};
    ck_assert_int_eq(
        buf_printf(&buf, NULL, "-----BEGIN %s-----\n%s\n-----END %s-----\n", label, tag, label), 0);
    return buf;
}

static inline int put_pending(struct fixture *f, const char *tag)
{
    autobuf key = pem("PRIVATE KEY", tag);
    return entry_pending_put(&f->entry, &key, &f->err);
}

/* Commits a certificate TAG for the pending key. */
static inline int commit(struct fixture *f, const char *tag, unsigned *ret_number)
{
    autobuf cert = pem("CERTIFICATE", tag), chain = {0};
    autojson *meta = json_pack("{s:s}", "tag", tag);
    return entry_commit(&f->entry, &cert, &chain, meta, ret_number, &f->err);
}

/* A whole request: pending key and commit, both TAG. */
static inline unsigned enrol(struct fixture *f, const char *tag)
{
    unsigned number = 0;
    ok(*f, put_pending(f, tag));
    ok(*f, commit(f, tag, &number));
    return number;
}

static inline uint64_t changes_of(struct fixture *f)
{
    autoclose int fd = -1;
    uint64_t value = 0;
    ok(*f, store_changes_fd(&f->store, &fd, &f->err));
    ck_assert_int_eq(pread(fd, &value, sizeof value, 0), sizeof value);
    return value;
}

#endif
