#include "profile/draft.h"

#include "profile/nearest.h"
#include "profile/problem.h"

#include <string.h>

static const struct draft *next(const struct drafts *drafts, const struct draft *draft)
{
    const char *name = draft->profile.scep.tls_certificate;
    return name ? drafts_find(drafts, PROFILE_SCEP, name) : NULL;
}

/* Would it have to be there before it is requested? */
static bool leads_back(const struct drafts *drafts, const struct draft *draft)
{
    const struct draft *at = next(drafts, draft);
    for (size_t i = 0; at && i < drafts->n; i++) {
        if (at == draft)
            return true;
        at = next(drafts, at);
    }
    return false;
}

static void offer_names(const struct drafts *drafts, struct nearest *nearest)
{
    for (size_t i = 0; i < drafts->n; i++)
        if (drafts->v[i].profile.kind == PROFILE_SCEP)
            nearest_offer(nearest, drafts->v[i].profile.name);
}

int draft_tls_check(struct draft *draft, const struct drafts *drafts, struct profile_set *set,
                    bool *ret_again, struct err *err)
{
    const struct profile *profile = &draft->profile;
    const char *name = profile->scep.tls_certificate;
    const struct draft *named = next(drafts, draft);
    struct nearest nearest = {.word = name, .len = name ? strlen(name) : 0};
    bool circle = leads_back(drafts, draft);
    bool others =
        named && profile->scep.type == TYPE_DEVICE && named->profile.scep.type == TYPE_USER;
    if (!name || (named && !circle && !others && !named->faulty))
        return 0;
    draft->faulty = *ret_again = true;
    draft->problem = set->problems.n;
    if (!named) {
        offer_names(drafts, &nearest);
        return problem_at(&set->problems, profile->file, draft->tls, err,
                          "tls-certificate: there is no [scep %.60s]%s", name,
                          nearest_hint(&nearest));
    }
    const char *what = circle   ? "leads back to this one: none of them could be the first"
                       : others ? "is for users, and this is a device profile"
                                : "has a problem of its own";
    return problem_at(&set->problems, profile->file, draft->tls, err,
                      "tls-certificate: [scep %s] at %s:%u %s", name, named->profile.file,
                      named->profile.line, what);
}
