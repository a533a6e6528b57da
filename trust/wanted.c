#include "trust/wanted.h"

#include "store/key.h"
#include "store/anchor.h"

static bool is_wanted(const struct profile *profile, const struct candidate *candidate)
{
    return profile->kind == PROFILE_TRUSTED_ROOT && profile->root.store == ROOT_SYSTEM &&
           rule_applies_here(profile, candidate, NULL);
}

bool wanted_any(const struct profile_set *set, const struct candidate *candidate)
{
    for (size_t i = 0; i < set->n; i++)
        if (is_wanted(&set->v[i], candidate))
            return true;
    return false;
}

static int pem_of(const struct profile *profile, struct buf *ret, struct err *err)
{
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    autofree char *what = text_format("%s:%u: %s: %s", profile->file, profile->line, profile->name,
                                      profile->root.certificate);
    if (!what)
        return err_memory(err);
    int rc = anchor_check(&profile->root.der, what, err);
    if (rc == 0)
        rc = certificate_parse(&profile->root.der, what, &certificate, err);
    return rc < 0 ? rc : certificate_to_pem(certificate, ret, err);
}

int wanted_files(const struct profile_set *set, const struct candidate *candidate,
                 const char *suffix, struct plan_files *ret, struct strings *ret_problems,
                 struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < set->n; i++) {
        const struct profile *profile = &set->v[i];
        autobuf pem = {0};
        char digest[SHA256_HEX] = "", name[PLAN_NAME_MAX + 1];
        struct err why;
        if (!is_wanted(profile, candidate))
            continue;
        snprintf(name, sizeof name, WANTED_PREFIX "%s%s", profile->name, suffix);
        rc = pem_of(profile, &pem, &why);
        if (rc == -ERR_CONFIG)
            rc = strings_add(ret_problems, why.text, err);
        else if (rc == 0)
            sha256_hex(buf_text(&pem), pem.len, digest);
        else if (err)
            *err = why;
        if (rc == 0)
            rc = plan_files_add(ret, name, digest, &pem, err);
    }
    return rc;
}
