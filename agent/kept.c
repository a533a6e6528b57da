#include "agent/kept.h"

#include "base/sha256.h"

#include <string.h>

void kept_free(struct kept *kept)
{
    buf_free(&kept->challenge);
    *kept = (struct kept){0};
}

bool kept_wanted(const struct challenge_source *source)
{
    return source->kind > CHALLENGE_FILE;
}

/* Tells one source from another: an edited one gives other challenges. Its text may hold a token.
 */
static void digest(const struct challenge_source *source, char ret[SHA256_HEX])
{
    struct sha256 sha;
    const unsigned char kind = (unsigned char)source->kind;
    sha256_begin(&sha);
    sha256_add(&sha, &kind, sizeof kind);
    sha256_add(&sha, buf_text(&source->text), source->text.len + 1);
    if (source->user)
        sha256_add(&sha, source->user, strlen(source->user));
    sha256_end_hex(&sha, ret);
}

static bool is_fresh(const json_t *object, int64_t now)
{
    int64_t fetched = json_number(object, "fetched", -1);
    return fetched >= 0 && fetched <= now && now - fetched < KEPT_MAX_AGE;
}

/* What jansson held of it cannot be wiped by us, so the text is not parsed by it: the challenge is
 * what stands behind the first line. */
static int read_back(const struct entry *entry, json_t **ret, struct buf *ret_challenge)
{
    autobuf text = {0};
    if (entry_kept_get(entry, &text, NULL) < 0)
        return -ERR_CONFIG;
    const char *begin = buf_text(&text), *eol = strchr(begin, '\n');
    if (!eol || json_parse(begin, (size_t)(eol - begin), "challenge", ret, NULL) < 0)
        return -ERR_CONFIG;
    size_t head = (size_t)(eol + 1 - begin);
    return buf_add(ret_challenge, eol + 1, text.len - head, NULL);
}

int kept_take(struct entry *entry, const struct challenge_source *source,
              const char *transaction_id, int64_t now, struct kept *ret)
{
    CLEANUP(kept_free) struct kept kept = {0};
    autojson *object = NULL;
    char wanted[2 * SHA256_SIZE + 1];
    int rc = read_back(entry, &object, &kept.challenge);
    digest(source, wanted);
    kept.fetched = json_number(object, "fetched", 0);
    bool fits = rc == 0 && is_fresh(object, now) &&
                strcmp(json_text(object, "source", ""), wanted) == 0 &&
                strcmp(json_text(object, "transactionID", ""), transaction_id) == 0 &&
                challenge_check(&kept.challenge, NULL) == 0;
    /* What cannot be taken away is not used: it would be used again. */
    if (entry_kept_drop(entry, NULL) < 0 || !fits)
        return 0;
    kept_free(ret);
    *ret = kept;
    kept = (struct kept){0};
    return 1;
}

int kept_put(struct entry *entry, const struct challenge_source *source, const char *transaction_id,
             const struct kept *kept, struct err *err)
{
    autobuf text = {0};
    char hex[2 * SHA256_SIZE + 1];
    if (kept->challenge.len == 0 || kept->spent)
        return 0;
    digest(source, hex);
    autojson *head = json_pack("{s:I, s:s, s:s}", "fetched", (json_int_t)kept->fetched, "source",
                               hex, "transactionID", transaction_id);
    int rc = head ? json_print(head, &text, err) : err_memory(err);
    if (rc == 0)
        rc = buf_add(&text, "\n", 1, err);
    if (rc == 0)
        rc = buf_add(&text, kept->challenge.data, kept->challenge.len, err);
    return rc < 0 ? rc : entry_kept_put(entry, &text, err);
}

void kept_sweep(struct entry *entry, int64_t now)
{
    autobuf challenge = {0};
    autojson *object = NULL;
    if (read_back(entry, &object, &challenge) < 0 || !is_fresh(object, now))
        entry_kept_drop(entry, NULL);
}
