#include "agent/roots.h"

#include "store/anchor.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

DEFINE_CLEANUP(BIO *, BIO_free_all)

void roots_free(struct roots *roots)
{
    x509_stack_free(roots->anchors);
    x509_stack_free(roots->known);
    x509_stack_free(roots->issuers);
    *roots = (struct roots){0};
}

/* The trusted root of conf.d. */
static int read_root(const struct agent *agent, const struct profile *profile, X509 **ret,
                     struct err *err)
{
    const char *name = profile->scep.root;
    const struct profile *root = profile_find(&agent->profiles, PROFILE_TRUSTED_ROOT, name);
    if (!root)
        return err_set(err, ERR_CONFIG, "%s:%u: there is no [trusted-root %s]", profile->file,
                       profile->line, name);
    int rc = anchor_check(&root->root.der, root->root.certificate, err);
    return rc < 0 ? rc : certificate_parse(&root->root.der, root->root.certificate, ret, err);
}

/* One that is no certificate helps nobody; `signet check` has told of it. */
static int read_issuers(const struct profile_set *set, STACK_OF(X509) **ret, struct err *err)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *issuers = sk_X509_new_null();
    if (!issuers)
        return err_memory(err);
    for (size_t i = 0; i < set->n; i++) {
        const struct root_profile *root = &set->v[i].root;
        CLEANUP(X509_free_p) X509 *one = NULL;
        if (set->v[i].kind != PROFILE_TRUSTED_ROOT || root->store != ROOT_INTERMEDIATE ||
            certificate_parse(&root->der, root->certificate, &one, NULL) < 0)
            continue;
        if (!X509_add_cert(issuers, one, X509_ADD_FLAG_UP_REF))
            return err_memory(err);
    }
    *ret = steal(&issuers);
    return 0;
}

/* All certificates of PEM, in their order. */
static STACK_OF(X509) *parse_all(const struct buf *pem)
{
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *all = sk_X509_new_null();
    CLEANUP(BIO_free_all_p) BIO *in = BIO_new_mem_buf(buf_text(pem), (int)pem->len);
    X509 *one;
    while (all && in && (one = PEM_read_bio_X509(in, NULL, NULL, NULL)))
        if (!sk_X509_push(all, one)) {
            X509_free(one);
            return NULL;
        }
    ERR_clear_error();
    return steal(&all);
}

static bool has_ended(const X509 *certificate, int64_t now)
{
    time_t at = (time_t)now;
    return X509_cmp_time(X509_get0_notAfter(certificate), &at) < 0;
}

/* NEXT, the first of which is the CA that it came from. */
static int add_next(STACK_OF(X509) *next, struct roots *ret, struct err *err)
{
    ret->known = sk_X509_new_null();
    if (!ret->known)
        return err_memory(err);
    for (int i = 1; i < sk_X509_num(next); i++) {
        X509 *certificate = sk_X509_value(next, i);
        if (!X509_add_cert(ret->known, certificate, X509_ADD_FLAG_UP_REF) ||
            (X509_check_ca(certificate) > 0 &&
             !X509_add_cert(ret->anchors, certificate, X509_ADD_FLAG_UP_REF)))
            return err_memory(err);
    }
    return 0;
}

int roots_read(const struct agent *agent, const struct profile *profile, const struct entry *entry,
               int64_t now, struct roots *ret, struct err *err)
{
    CLEANUP(roots_free) struct roots roots = {.anchors = sk_X509_new_null()};
    CLEANUP(X509_free_p) X509 *root = NULL;
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *next = NULL;
    autobuf pem = {0};
    int rc = read_root(agent, profile, &root, err);
    if (rc == 0)
        rc = read_issuers(&agent->profiles, &roots.issuers, err);
    if (rc == 0)
        rc = entry_next_get(entry, &pem, err);
    if (rc < 0)
        return rc;
    next = parse_all(&pem);
    if (!roots.anchors || !next || !X509_add_cert(roots.anchors, root, X509_ADD_FLAG_UP_REF))
        return err_memory(err);
    if (sk_X509_num(next) > 1 && X509_cmp(sk_X509_value(next, 0), root) == 0 &&
        has_ended(root, now))
        rc = add_next(next, &roots, err);
    if (rc < 0)
        return rc;
    *ret = roots;
    roots = (struct roots){0};
    return 0;
}

/* When the youngest CA of NEXT begins, behind the present one, which is first; NULL: there is none.
 */
static const ASN1_TIME *youngest(const STACK_OF(X509) *next)
{
    const ASN1_TIME *found = NULL;
    for (int i = 1; i < sk_X509_num(next); i++) {
        const ASN1_TIME *begins = X509_get0_notBefore(sk_X509_value(next, i));
        if (X509_check_ca(sk_X509_value(next, i)) > 0 &&
            (!found || ASN1_TIME_compare(begins, found) > 0))
            found = begins;
    }
    return found;
}

/* Both came from the same CA, and what is HELD is younger. */
static bool is_superseded(const STACK_OF(X509) *next, const STACK_OF(X509) *held)
{
    if (sk_X509_num(held) < 2 || sk_X509_num(next) < 2 ||
        X509_cmp(sk_X509_value(held, 0), sk_X509_value(next, 0)) != 0)
        return false;
    const ASN1_TIME *before = youngest(held), *now = youngest(next);
    return before && (!now || ASN1_TIME_compare(now, before) < 0);
}

int roots_keep_next(struct entry *entry, const STACK_OF(X509) *next, struct err *err)
{
    autobuf pem = {0}, old = {0};
    int rc = chain_to_pem(next, &pem, err);
    if (rc == 0)
        rc = entry_next_get(entry, &old, err);
    if (rc < 0)
        return rc;
    CLEANUP(x509_stack_free_p) STACK_OF(X509) *held = parse_all(&old);
    if (held && is_superseded(next, held))
        return err_set(err, ERR_CONFIG,
                       "the server's next CA is older than the one it told of before, which stays; "
                       "it may be an old answer played again");
    return entry_next_put(entry, &pem, err);
}
