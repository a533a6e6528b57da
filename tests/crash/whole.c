#include "tests/crash/whole.h"

#include "base/fs.h"
#include "base/json.h"
#include "tests/crash/chip.h"
#include "tests/crash/must.h"
#include "tests/crash/tree.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <string.h>
#include <unistd.h>

struct look {
    const char *store, *entry;
    X509 *root;
    enum tidiness tidiness;
    uid_t owner;
    struct whole *ret;
    char *why;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static void complain(struct look *look, const char *format,
                                                           ...)
{
    va_list ap;
    va_start(ap, format);
    if (!*look->why)
        vsnprintf(look->why, look->size, format, ap);
    va_end(ap);
}

static bool read_file(const struct look *look, const char *path, struct buf *ret)
{
    autofree char *whole = text_format("%s/%s", look->store, path);
    buf_clear(ret);
    return fs_read(AT_FDCWD, whole, 1 << 20, ret, NULL) == 0;
}

static void digest_of(const void *data, size_t len, char ret[65])
{
    unsigned char digest[32];
    must(EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL));
    text_hex(digest, sizeof digest, ret);
}

static bool is_entry(const struct look *look, const char *path)
{
    return strcmp(path, look->entry) == 0;
}

/* What each file has to be, whatever happened. */
static void look_at_object(struct look *look, const char *path, json_t **ret)
{
    autobuf text = {0};
    if (!read_file(look, path, &text) ||
        json_parse(buf_text(&text), text.len, path, ret, NULL) < 0 || !json_is_object(*ret))
        complain(look, "%s: is no JSON object: %s", path, buf_text(&text));
}

static void look_at_json(struct look *look, const char *entry, const char *path)
{
    autojson *object = NULL;
    (void)entry;
    look_at_object(look, path, &object);
}

static void copy_text(const json_t *object, const char *key, char *ret, size_t size)
{
    snprintf(ret, size, "%s", json_text(object, key, ""));
}

static void look_at_state(struct look *look, const char *entry, const char *path)
{
    autojson *state = NULL;
    look_at_object(look, path, &state);
    const char *phase = json_text(state, "phase", "");
    if (!*phase)
        complain(look, "%s: has no phase", path);
    if (!is_entry(look, entry))
        return;
    copy_text(state, "phase", look->ret->phase, sizeof look->ret->phase);
    copy_text(state, "transactionID", look->ret->transaction, sizeof look->ret->transaction);
    copy_text(state, "reason", look->ret->reason, sizeof look->ret->reason);
}

static bool is_key(const struct buf *pem)
{
    BIO *bio = BIO_new_mem_buf(buf_text(pem), (int)pem->len);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    bool is = key || chip_is_key(pem);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return is;
}

static void look_at_pending(struct look *look, const char *entry, const char *path)
{
    autobuf pem = {0};
    if (!read_file(look, path, &pem) || !is_key(&pem))
        complain(look, "%s: is no key", path);
    if (is_entry(look, entry))
        digest_of(buf_text(&pem), pem.len, look->ret->pending_key);
}

/* One that is wiped already is none any more, as long as somebody is about to remove it. */
static bool read_secret(const struct look *look, const char *path, struct buf *ret)
{
    bool wiped = read_file(look, path, ret) && (ret->len == 0 || ret->data[0] == 0);
    return !wiped || look->tidiness == WHOLE_AND_TIDY;
}

static void look_at_signer(struct look *look, const char *entry, const char *path)
{
    autobuf pem = {0};
    (void)entry;
    if (read_secret(look, path, &pem) && !is_key(&pem))
        complain(look, "%s: is no key", path);
}

/* Its first line says what it is for. */
static void look_at_challenge(struct look *look, const char *entry, const char *path)
{
    autobuf text = {0};
    autojson *head = NULL;
    if (!read_secret(look, path, &text))
        return;
    const char *eol = strchr(buf_text(&text), '\n');
    if (!eol || !eol[1] ||
        json_parse(buf_text(&text), (size_t)(eol - buf_text(&text)), path, &head, NULL) < 0)
        complain(look, "%s: is no challenge", path);
    look->ret->kept |= is_entry(look, entry);
}

/* The present CA and the one after it, at least. */
static void look_at_next(struct look *look, const char *entry, const char *path)
{
    autobuf pem = {0};
    unsigned n = 0;
    (void)entry;
    BIO *bio = read_file(look, path, &pem) ? BIO_new_mem_buf(pem.data, (int)pem.len) : NULL;
    for (X509 *one; bio && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL)); n++)
        X509_free(one);
    if (n < 2)
        complain(look, "%s: has %u certificates", path, n);
    BIO_free(bio);
}

static void look_at_changes(struct look *look, const char *entry, const char *path)
{
    autobuf bytes = {0};
    (void)entry;
    if (!read_file(look, path, &bytes) ||
        (bytes.len != 8 && (look->tidiness == WHOLE_AND_TIDY || bytes.len > 8)))
        complain(look, "%s: has %zu bytes", path, bytes.len);
}

struct generation_files {
    EVP_PKEY *key;   /* NULL, and the TPM has it; or it is none */
    struct buf blob; /* what is said of it for the TPM */
    X509 *certificate;
    STACK_OF(X509) *chain;
};

static void free_files(struct generation_files *files)
{
    EVP_PKEY_free(files->key);
    buf_free(&files->blob);
    X509_free(files->certificate);
    sk_X509_pop_free(files->chain, X509_free);
}

static BIO *open_bio(const struct look *look, const char *generation, const char *name,
                     struct buf *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", generation, name);
    return read_file(look, path, text) ? BIO_new_mem_buf(buf_text(text), (int)text->len) : NULL;
}

static void read_files(struct look *look, const char *generation, struct generation_files *ret,
                       char key[65])
{
    autobuf text = {0};
    BIO *bio = open_bio(look, generation, "key.pem", &text);
    ret->key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    digest_of(buf_text(&text), text.len, key);
    if (!ret->key && chip_is_key(&text))
        must(buf_add(&ret->blob, text.data, text.len, NULL) == 0);
    BIO_free(bio);
    bio = open_bio(look, generation, "cert.pem", &text);
    ret->certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    bio = open_bio(look, generation, "chain.pem", &text);
    if (!bio)
        complain(look, "%s: has no chain", generation);
    ret->chain = sk_X509_new_null();
    for (X509 *one; bio && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL));)
        must(sk_X509_push(ret->chain, one));
    BIO_free(bio);
}

/* As signs(). It takes a while: only at the end. */
static bool signs_in_tpm(const struct look *look, const char *generation,
                         const struct generation_files *files)
{
    size_t len = strlen(look->store) - strlen("/store");
    autofree char *work = text_format("%.*s", (int)len, look->store);
    autofree char *path = text_format("%s/%s/key.pem", look->store, generation);
    return chip_fits(&files->blob, files->certificate) &&
           (look->tidiness != WHOLE_AND_TIDY || chip_signs(work, path, files->certificate));
}

/* What is signed with the key verifies with the certificate. */
static bool signs(const struct generation_files *files)
{
    unsigned char text[] = "a client's", signature[1024];
    size_t len = sizeof signature;
    EVP_MD_CTX *sign = EVP_MD_CTX_new(), *verify = EVP_MD_CTX_new();
    bool good = EVP_DigestSignInit(sign, NULL, EVP_sha256(), NULL, files->key) > 0 &&
                EVP_DigestSign(sign, signature, &len, text, sizeof text) > 0 &&
                EVP_DigestVerifyInit(verify, NULL, EVP_sha256(), NULL,
                                     X509_get0_pubkey(files->certificate)) > 0 &&
                EVP_DigestVerify(verify, signature, len, text, sizeof text) > 0;
    EVP_MD_CTX_free(sign);
    EVP_MD_CTX_free(verify);
    return good;
}

static bool is_trusted(const struct look *look, const struct generation_files *files)
{
    X509_STORE *trusted = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    bool good = X509_STORE_add_cert(trusted, look->root) &&
                X509_STORE_CTX_init(context, trusted, files->certificate, files->chain) &&
                X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    X509_STORE_free(trusted);
    return good;
}

/* A generation that somebody may read has to be of one piece. */
static void look_at_generation(struct look *look, const char *generation, bool is_current)
{
    char path[PATH_MAX], key[65], fingerprint[65];
    unsigned char digest[32];
    autojson *meta = NULL;
    CLEANUP(free_files) struct generation_files files = {0};
    read_files(look, generation, &files, key);
    if ((!files.key && files.blob.len == 0) || !files.certificate) {
        complain(look, "%s: its %s is missing or torn", generation,
                 files.certificate ? "key" : "certificate");
        return;
    }
    if (!(files.key ? signs(&files) : signs_in_tpm(look, generation, &files)) ||
        !is_trusted(look, &files))
        complain(look, "%s: its key does not fit, or its chain does not lead to the root",
                 generation);
    snprintf(path, sizeof path, "%s/meta.json", generation);
    look_at_object(look, path, &meta);
    must(X509_digest(files.certificate, EVP_sha256(), digest, NULL));
    text_hex(digest, sizeof digest, fingerprint);
    if (strcmp(json_text(meta, "fingerprint", ""), fingerprint) != 0)
        complain(look, "%s: is about another certificate", path);
    if (!is_current)
        return;
    strcpy(look->ret->fingerprint, fingerprint);
    strcpy(look->ret->key, key);
    copy_text(meta, "transaction_id", look->ret->issued_by, sizeof look->ret->issued_by);
}

static void look_at_current(struct look *look, const char *entry, const char *path)
{
    char target[64] = "", generation[PATH_MAX];
    autofree char *whole = text_format("%s/%s", look->store, path);
    struct whole other = {0}, *ret = look->ret;
    if (readlink(whole, target, sizeof target - 1) < 0 ||
        fnmatch("generations/[1-9]*", target, FNM_PATHNAME) != 0)
        complain(look, "%s: leads to %s", path, target);
    snprintf(generation, sizeof generation, "%s/%s", entry, target);
    if (!is_entry(look, entry))
        look->ret = &other;
    look_at_generation(look, generation, true);
    look->ret = ret;
}

static void look_at_folder(struct look *look, const char *entry, const char *path)
{
    (void)entry;
    look_at_generation(look, path, false);
}

static void look_at_entry(struct look *look, const char *entry, const char *path)
{
    (void)path;
    look->ret->there |= is_entry(look, entry);
}

/* All that may be in a store, by its path; what begins with a slash, in an entry. The first that
 * fits. */
static const struct {
    const char *pattern;
    mode_t type;
    bool left_behind; /* by one who was killed */
    void (*look)(struct look *look, const char *entry, const char *path);
} parts[] = {
    {"", S_IFDIR, false, NULL},
    {"changes", S_IFREG, false, look_at_changes},
    {"turns", S_IFREG, false, NULL},
    {"anchors", S_IFDIR, false, NULL},
    {"anchors/*.der", S_IFREG, false, NULL},
    {"anchors/*.der.new", S_IFREG, true, NULL},
    {"anchors/*.issuer", S_IFREG, false, NULL},
    {"anchors/*.issuer.new", S_IFREG, true, NULL},
    {"device", S_IFDIR, false, NULL},
    {"users", S_IFDIR, false, NULL},
    {"users/*", S_IFDIR, false, NULL},
    {"removed", S_IFDIR, false, NULL},
    {"removed/*.json", S_IFREG, false, look_at_json},
    {"removed/*.json.new", S_IFREG, true, NULL},
    {"/", S_IFDIR, false, look_at_entry},
    {"/lock", S_IFREG, false, NULL},
    {"/state.json", S_IFREG, false, look_at_state},
    {"/state.json.new", S_IFREG, true, NULL},
    {"/access.json", S_IFREG, false, look_at_json},
    {"/access.json.new", S_IFREG, true, NULL},
    {"/next-ca.pem", S_IFREG, false, look_at_next},
    {"/next-ca.pem.new", S_IFREG, true, NULL},
    {"/current", S_IFLNK, false, look_at_current},
    {"/current.new", S_IFLNK, true, NULL},
    {"/pending", S_IFDIR, false, NULL},
    {"/pending/key.pem", S_IFREG, false, look_at_pending},
    {"/pending/key.pem.new", S_IFREG, true, NULL},
    {"/pending/signer.pem", S_IFREG, false, look_at_signer},
    {"/pending/signer.pem.new", S_IFREG, true, NULL},
    {"/pending/challenge", S_IFREG, false, look_at_challenge},
    {"/pending/challenge.new", S_IFREG, true, NULL},
    {"/pending.new", S_IFDIR, true, NULL},
    {"/pending.new/*", S_IFREG, true, NULL},
    {"/generations.new", S_IFDIR, true, NULL},
    {"/generations.new/*", S_IFDIR, true, NULL},
    {"/generations.new/*/*", S_IFREG, true, NULL},
    {"/generations", S_IFDIR, false, NULL},
    {"/generations/*.new", S_IFDIR, true, NULL},
    {"/generations/*.new/*", S_IFREG, true, NULL},
    {"/generations/[1-9]*", S_IFDIR, false, look_at_folder},
    {"/generations/[1-9]*/key.pem", S_IFREG, false, NULL},
    {"/generations/[1-9]*/cert.pem", S_IFREG, false, NULL},
    {"/generations/[1-9]*/chain.pem", S_IFREG, false, NULL},
    {"/generations/[1-9]*/meta.json", S_IFREG, false, NULL},
};

/* Where PATH is inside an entry, its own path is the beginning that is cut off into ENTRY. Returns
 * what the patterns are about. */
static const char *split(const char *path, char entry[PATH_MAX])
{
    unsigned depth = strncmp(path, "device/", 7) == 0 ? 2 : strncmp(path, "users/", 6) == 0 ? 3 : 0;
    const char *end = path;
    for (unsigned i = 0; i < depth && end; i++)
        end = i + 1 < depth ? strchr(end, '/') + (strchr(end, '/') != NULL) : strchrnul(end, '/');
    *entry = 0;
    if (depth == 0 || (depth == 3 && !strchr(path + 6, '/')))
        return path;
    snprintf(entry, PATH_MAX, "%.*s", (int)(end - path), path);
    return *end ? end : "/";
}

static void look_at_one(void *context, const char *path, const struct stat *st)
{
    struct look *look = context;
    char entry[PATH_MAX];
    const char *part = split(path, entry);
    mode_t mode = S_ISDIR(st->st_mode) ? 0700 : S_ISLNK(st->st_mode) ? 0777 : 0600;
    size_t i = 0;
    while (i < LENGTH(parts) && fnmatch(parts[i].pattern, part, FNM_PATHNAME) != 0)
        i++;
    if (i == LENGTH(parts) || (st->st_mode & S_IFMT) != parts[i].type)
        complain(look, "%s: has no business there", path);
    else if (parts[i].left_behind && look->tidiness == WHOLE_AND_TIDY)
        complain(look, "%s: was left behind", path);
    else if (parts[i].look)
        parts[i].look(look, entry, path);
    /* Between its making and its fchmod() a file has the mode that its maker gave it, less umask.
     */
    if ((st->st_mode & 07777) != mode || st->st_uid != look->owner)
        complain(look, "%s: mode %04o, uid %u", path, st->st_mode & 07777, st->st_uid);
}

const char *whole_look(const char *store, const char *entry, X509 *root, enum tidiness tidiness,
                       struct whole *ret)
{
    static char why[2048];
    struct look look = {.store = store,
                        .entry = entry,
                        .root = root,
                        .tidiness = tidiness,
                        .ret = ret,
                        .why = why,
                        .size = sizeof why};
    struct stat st;
    *why = 0;
    *ret = (struct whole){0};
    if (lstat(store, &st) < 0)
        return NULL;
    look.owner = st.st_uid;
    tree_walk(store, look_at_one, &look);
    if (tidiness == WHOLE_AND_TIDY && ret->kept && strcmp(ret->phase, "requesting") != 0)
        complain(&look, "%s: a challenge is kept that nobody needs any more", entry);
    return *why ? why : NULL;
}
