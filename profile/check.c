#include "profile/check.h"

#include "profile/san.h"
#include "profile/subject.h"

static int check_variables(const struct scep_profile *scep, struct keys_reading *r, struct err *err)
{
    int rc = 0;
    if (scep->type != TYPE_DEVICE)
        return 0;
    for (size_t i = 0; scep->subject && rc == 0 && i < scep->subject->n; i++) {
        const struct attribute *a = template_user_only(&scep->subject->v[i].text);
        if (a)
            rc = keys_problem(r, "subject", err,
                              "{{%s}} is a user's variable, and this is a device profile", a->name);
    }
    for (size_t i = 0; rc == 0 && i < scep->n_sans; i++) {
        const struct attribute *a = template_user_only(&scep->sans[i].text);
        if (a)
            rc = keys_problem(r, "san", err,
                              "{{%s}} is a user's variable, and this is a device profile", a->name);
    }
    return rc;
}

/* A line that names people in a device profile would mean nothing; it must not look as if it did.
 */
static int check_people(const struct scep_profile *scep, struct keys_reading *r, struct err *err)
{
    static const char *const names[] = {"assign-users", "assign-groups", "exclude-users",
                                        "exclude-groups"};
    int rc = 0;
    for (size_t i = 0; rc == 0 && scep->type == TYPE_DEVICE && i < LENGTH(names); i++)
        if (keys_line(r, names[i]))
            rc = keys_problem(r, names[i], err,
                              "a device profile has no users: use assign-hosts or exclude-hosts");
    return rc;
}

static int check_key(struct scep_profile *scep, struct keys_reading *r, struct err *err)
{
    static const struct {
        unsigned fallback, sizes[5];
        const char *text;
    } known[] = {[KEY_RSA] = {2048, {1024, 2048, 3072, 4096}, "1024, 2048, 3072, 4096"},
                 [KEY_EC] = {256, {256, 384, 521}, "256, 384, 521"}};
    const char *type = scep->key_type == KEY_EC ? "ec" : "rsa";
    int rc = 0;
    bool fits = false;

    if (!keys_line(r, "key-size"))
        scep->key_size = known[scep->key_type].fallback;
    for (const unsigned *size = known[scep->key_type].sizes; *size; size++)
        fits = fits || *size == scep->key_size;
    if (scep->key_size && !fits)
        rc = keys_problem(r, "key-size", err, "%u is not one of %s (key-type %s)", scep->key_size,
                          known[scep->key_type].text, type);
    if (rc == 0 && scep->key_type == KEY_RSA && scep->key_size == 1024)
        rc = keys_warning(r, "key-size", err, "RSA of 1024 bits is too short to trust; use 2048");
    if (rc == 0 && scep->hash == HASH_SHA1)
        rc = keys_warning(r, "hash", err, "SHA-1 is broken; many servers refuse it");

    if (!keys_line(r, "key-usage"))
        scep->key_usage =
            USAGE_DIGITAL_SIGNATURE | (scep->key_type == KEY_EC ? 0 : USAGE_KEY_ENCIPHERMENT);
    else if (rc == 0 && scep->key_type == KEY_EC && scep->key_usage & USAGE_KEY_ENCIPHERMENT)
        rc = keys_problem(r, "key-usage", err,
                          "an EC key cannot do key-encipherment (RFC 8813); use digital-signature");
    return rc;
}

int check_scep(struct profile *profile, struct keys_reading *reading, struct err *err)
{
    struct scep_profile *scep = &profile->scep;
    int rc = check_variables(scep, reading, err);
    if (rc == 0)
        rc = check_people(scep, reading, err);
    if (rc == 0)
        rc = check_key(scep, reading, err);
    if (rc == 0)
        rc = check_challenge(&scep->challenge, reading, err);
    if (rc == 0 && !keys_line(reading, "eku"))
        rc = strings_add(&scep->ekus, "1.3.6.1.5.5.7.3.2", err); /* id-kp-clientAuth */
    if (rc == 0 && keys_line(reading, "subject") && !scep->subject && !keys_line(reading, "san"))
        rc = keys_warning(reading, "subject", err,
                          "none, and no san either: the server has to name the holder by itself");
    return rc;
}

static bool contains_all(const struct strings *all, const struct strings *some)
{
    for (size_t i = 0; i < some->n; i++)
        if (!strings_contain(all, some->v[i]))
            return false;
    return true;
}

bool check_covers(const struct assignment *root, const struct assignment *scep)
{
    bool people = root->users.n + root->groups.n == 0 ||
                  (scep->users.n + scep->groups.n > 0 && contains_all(&root->users, &scep->users) &&
                   contains_all(&root->groups, &scep->groups));
    bool hosts =
        root->hosts.n == 0 || (scep->hosts.n > 0 && contains_all(&root->hosts, &scep->hosts));
    return people && hosts && contains_all(&scep->not_users, &root->not_users) &&
           contains_all(&scep->not_groups, &root->not_groups) &&
           contains_all(&scep->not_hosts, &root->not_hosts);
}
