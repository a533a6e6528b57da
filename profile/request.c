#include "profile/request.h"

#include "profile/profile.h"
#include "profile/san.h"
#include "profile/subject.h"

void request_free(struct request *request)
{
    name_free(&request->subject);
    for (size_t i = 0; i < request->n_sans; i++)
        free(request->sans[i].value);
    free(request->sans);
    strings_free(&request->ekus);
    strings_free(&request->warnings);
    *request = (struct request){0};
}

static int expand_names(const struct scep_profile *scep, struct attributes *attributes,
                        struct request *ret, struct err *err)
{
    int rc = 0;
    if (scep->subject)
        rc = subject_expand(scep->subject, scep->subject_order == ORDER_FORWARD, attributes,
                            &ret->subject, &ret->warnings, err);
    if (rc < 0)
        return err_context(err, "subject");
    ret->sans = calloc(scep->n_sans + 1, sizeof *ret->sans);
    if (!ret->sans)
        return err_memory(err);
    for (; rc == 0 && ret->n_sans < scep->n_sans; ret->n_sans += rc == 0)
        rc = san_expand(&scep->sans[ret->n_sans], attributes, &ret->sans[ret->n_sans], err);
    return rc < 0 ? err_context(err, "san") : 0;
}

static int warn(const struct scep_profile *scep, struct strings *warnings, struct err *err)
{
    int rc = 0;
    if (scep->hash == HASH_SHA1)
        rc = strings_add(warnings, "SHA-1 is broken; many servers refuse it", err);
    if (rc == 0 && scep->key_type == KEY_RSA && scep->key_size < 2048)
        rc = strings_add(warnings, "RSA of 1024 bits is too short to trust", err);
    return rc;
}

int profile_request(const struct profile *profile, struct attributes *attributes,
                    struct request *ret, struct err *err)
{
    CLEANUP(request_free) struct request request = {0};
    const struct scep_profile *scep = &profile->scep;
    if (profile->kind != PROFILE_SCEP)
        return err_set(err, ERR_BUG, "%s: a root profile makes no request", profile->name);

    int rc = expand_names(scep, attributes, &request, err);
    if (rc == 0)
        rc = strings_add_all(&request.ekus, &scep->ekus, err);
    if (rc == 0)
        rc = warn(scep, &request.warnings, err);
    if (rc < 0)
        return rc;

    request.key_usage = scep->key_usage;
    request.key_type = scep->key_type;
    request.key_size = scep->key_size;
    request.hash = scep->hash;
    request.validity_unit = scep->validity_unit;
    request.validity = scep->validity;
    request_free(ret);
    *ret = request;
    request = (struct request){0};
    return 0;
}
