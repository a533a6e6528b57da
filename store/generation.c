#include "store/internal.h"

#include <errno.h>
#include <string.h>

static const char link_prefix[] = "generations/";

void generation_free(struct generation *generation)
{
    buf_free(&generation->key_pem);
    buf_free(&generation->cert_pem);
    buf_free(&generation->chain_pem);
    json_decref(generation->meta);
    *generation = (struct generation){0};
}

struct generation_name generation_name(unsigned number)
{
    struct generation_name name;
    snprintf(name.text, sizeof name.text, "%u", number);
    return name;
}

/* A number as generation_name() writes it. */
static bool number_of(const char *text, unsigned *ret)
{
    int64_t number;
    if (text[0] == '0' || !text_number(text, 1, GENERATION_MAX, &number))
        return false;
    *ret = (unsigned)number;
    return true;
}

static int compare_down(const void *a, const void *b)
{
    const unsigned *x = a, *y = b;
    return *x < *y ? 1 : *x > *y ? -1 : 0;
}

int generation_numbers(const struct entry *entry, unsigned **ret, size_t *ret_n, struct err *err)
{
    CLEANUP(strings_free) struct strings names = {0};
    autoclose int folder = -1;
    int rc = folder_open(entry->fd, "generations", false, &folder, err);
    if (rc == 0)
        rc = fs_list(folder, &names, err);
    if (rc < 0 && rc != -ERR_CONFIG) /* which is: there are none */
        return rc;

    autofree unsigned *numbers = calloc(names.n + 1, sizeof *numbers);
    if (!numbers)
        return err_memory(err);
    size_t n = 0;
    for (size_t i = 0; i < names.n; i++) {
        mode_t type;
        if (!number_of(names.v[i], &numbers[n]))
            continue;
        /* An error is not "none": a commit would give the same number once more. */
        if ((rc = folder_type(folder, names.v[i], &type, err)) < 0)
            return rc;
        n += type == S_IFDIR;
    }
    qsort(numbers, n, sizeof *numbers, compare_down);
    *ret = steal(&numbers);
    *ret_n = n;
    return 0;
}

int generation_prune(struct entry *entry, unsigned number, struct err *err)
{
    autofree unsigned *numbers = NULL;
    autoclose int folder = -1;
    size_t n = 0;
    unsigned before = 0;
    int rc = generation_numbers(entry, &numbers, &n, err);
    if (rc == 0)
        rc = folder_open(entry->fd, "generations", false, &folder, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (numbers[i] == number)
            continue;
        if (numbers[i] < number && before == 0)
            before = numbers[i];
        else
            rc = folder_remove(folder, generation_name(numbers[i]).text, err);
    }
    return rc;
}

int current_read(const struct entry *entry, unsigned *ret_number, struct err *err)
{
    char target[sizeof link_prefix + sizeof(struct generation_name)];
    ssize_t len = readlinkat(entry->fd, "current", target, sizeof target - 1);
    if (len < 0 && errno == ENOENT) {
        *ret_number = 0;
        return 0;
    }
    if (len < 0 && errno != EINVAL)
        return err_errno(err, "current");
    target[len < 0 ? 0 : len] = 0;
    size_t prefix = sizeof link_prefix - 1;
    if (strncmp(target, link_prefix, prefix) != 0 || !number_of(target + prefix, ret_number))
        return err_set(err, ERR_CONFIG, "current: does not lead to a generation");
    return 0;
}

int entry_current(const struct entry *entry, unsigned *ret_number, struct err *err)
{
    return entry_result(entry, current_read(entry, ret_number, err), err);
}

int entry_generations(const struct entry *entry, unsigned **ret, size_t *ret_n, struct err *err)
{
    autofree unsigned *numbers = NULL;
    size_t n = 0, kept = 0;
    unsigned current = 0;
    int rc = current_read(entry, &current, err);
    if (rc == 0)
        rc = generation_numbers(entry, &numbers, &n, err);
    if (rc < 0)
        return entry_result(entry, rc, err);

    /* Above current: a commit that has not come to its switch. Further below: about to be removed.
     */
    for (size_t i = 0; i < n && kept < 2; i++)
        if (numbers[i] <= current)
            numbers[kept++] = numbers[i];
    *ret_n = kept;
    *ret = steal(&numbers);
    return 0;
}

bool pem_is_whole(const struct buf *text)
{
    static const char begin[] = "-----BEGIN ", end[] = "\n-----END ", dashes[] = "-----\n";
    const char *p = buf_text(text), *last = NULL;
    if (text->len < sizeof begin || strlen(p) != text->len ||
        strncmp(p, begin, sizeof begin - 1) != 0 ||
        strcmp(p + text->len - (sizeof dashes - 1), dashes) != 0)
        return false;
    while ((p = strstr(p, end)) != NULL)
        last = p++;
    return last && strchr(last + 1, '\n')[1] == 0;
}

static int read_pem(int folder, const char *name, bool may_be_empty, struct buf *ret,
                    struct err *err)
{
    autobuf text = {0};
    int rc = fs_read(folder, name, STORE_FILE_MAX, &text, err);
    if (rc < 0)
        return rc;
    if (!(may_be_empty && text.len == 0) && !pem_is_whole(&text))
        return err_set(err, ERR_CONFIG, "%s: is torn or no PEM", name);
    *ret = text;
    text = (struct buf){0};
    return 0;
}

static int read_meta(int folder, json_t **ret, struct err *err)
{
    autobuf text = {0};
    int rc = fs_read(folder, "meta.json", STORE_FILE_MAX, &text, err);
    return rc < 0 ? rc : json_parse(buf_text(&text), text.len, "meta.json", ret, err);
}

static int read_parts(int folder, unsigned parts, struct generation *ret, struct err *err)
{
    int rc = 0;
    if (parts & PART_KEY)
        rc = read_pem(folder, "key.pem", false, &ret->key_pem, err);
    if (rc == 0 && parts & PART_CERT)
        rc = read_pem(folder, "cert.pem", false, &ret->cert_pem, err);
    if (rc == 0 && parts & PART_CHAIN)
        rc = read_pem(folder, "chain.pem", true, &ret->chain_pem, err);
    if (rc == 0 && parts & PART_META)
        rc = read_meta(folder, &ret->meta, err);
    return rc;
}

int entry_read(const struct entry *entry, unsigned number, unsigned parts, struct generation *ret,
               struct err *err)
{
    CLEANUP(generation_free) struct generation generation = {.number = number};
    const struct generation_name name = generation_name(number);
    autoclose int generations = -1, folder = -1;
    int rc = folder_open(entry->fd, "generations", false, &generations, err);
    if (rc == 0 && (rc = folder_open(generations, name.text, false, &folder, err)) == 0 &&
        (rc = read_parts(folder, parts, &generation, err)) < 0)
        err_context(err, "%s%s", link_prefix, name.text);
    if (rc < 0)
        return entry_result(entry, rc, err);
    *ret = generation;
    generation = (struct generation){0};
    return 0;
}
