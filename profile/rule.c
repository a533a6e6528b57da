#include "profile/rule.h"

#include <fnmatch.h>
#include <stdio.h>

/* The user that stands for "none": never a person, though its uid is high. */
#define UID_NOBODY 65534

/* Sorts of lines: of each that is there, one line must fit. What says most about someone is last.
 */
#define HOSTS    (1u << ABOUT_HOSTS)
#define PLATFORM (1u << ABOUT_PLATFORM)
#define PEOPLE   (1u << ABOUT_USERS | 1u << ABOUT_GROUPS)
static const unsigned sorts[] = {HOSTS, PLATFORM, PEOPLE};

static void say(char *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Cut off where it is full, also within a character; names in it may be anyone's. */
static void say(char *ret, const char *format, ...)
{
    va_list ap;
    if (!ret)
        return;
    va_start(ap, format);
    vsnprintf(ret, RULE_REASON_MAX, format, ap);
    va_end(ap);
    err_sanitise(ret);
}

static bool fits_user(const struct rule *rule, const struct candidate *candidate, char *ret)
{
    bool fits = strings_contain(&rule->words, candidate->user);
    say(ret, fits ? "names %s" : "does not name %s", candidate->user);
    return fits;
}

static bool fits_group(const struct rule *rule, const struct candidate *candidate, char *ret)
{
    for (size_t i = 0; i < rule->words.n; i++) {
        if (strings_contain(&candidate->groups, rule->words.v[i])) {
            say(ret, "names %s, a group of %s", rule->words.v[i], candidate->user);
            return true;
        }
    }
    say(ret, "names no group of %s", candidate->user);
    return false;
}

static bool fits_host(const struct rule *rule, const struct candidate *candidate, char *ret)
{
    bool fits = false;
    for (size_t i = 0; i < rule->words.n && !fits; i++)
        fits = fnmatch(rule->words.v[i], candidate->host, FNM_CASEFOLD) == 0;
    say(ret, fits ? "names this host, %s" : "does not name this host, %s", candidate->host);
    return fits;
}

static bool fits_platform(const struct rule *rule, const struct candidate *candidate, char *ret)
{
    const struct clause *failing = clauses_failing(&rule->clauses, candidate->platform);
    if (!failing) {
        say(ret, "holds");
        return true;
    }
    const char *found = candidate->platform ? candidate->platform->fact[failing->fact] : NULL;
    if (found)
        say(ret, "does not hold: %.100s, and this is %s", failing->text, found);
    else
        say(ret, "does not hold: %.100s, and this machine has no %s", failing->text,
            platform_name(failing->fact));
    return false;
}

bool rule_fits(const struct rule *rule, const struct candidate *candidate, char *ret)
{
    enum rule_subject subject = rule_forms[rule->kind].subject;
    if (subject == ABOUT_HOSTS)
        return fits_host(rule, candidate, ret);
    if (subject == ABOUT_PLATFORM)
        return fits_platform(rule, candidate, ret);
    if (candidate->user)
        return subject == ABOUT_USERS ? fits_user(rule, candidate, ret)
                                      : fits_group(rule, candidate, ret);
    say(ret, "names people, not the device");
    return false;
}

/* The first line of these sorts that excludes (or does not); with FITTING, the first that fits. */
static const struct rule *find(const struct assignment *assignment, unsigned sort, bool excludes,
                               bool fitting, const struct candidate *candidate)
{
    for (size_t i = 0; i < assignment->n; i++) {
        const struct rule *rule = &assignment->v[i];
        const struct rule_form *form = &rule_forms[rule->kind];
        if (sort & 1u << form->subject && form->excludes == excludes &&
            (!fitting || rule_fits(rule, candidate, NULL)))
            return rule;
    }
    return NULL;
}

static void tell(const struct assignment *assignment, const struct rule *decisive, bool applies,
                 const struct candidate *candidate, struct rule_verdict *ret)
{
    char why[RULE_REASON_MAX];
    size_t alike = 0;
    *ret = (struct rule_verdict){.line = decisive ? decisive->line : 0};
    if (!decisive) {
        say(ret->reason, "no line keeps it from anyone");
        return;
    }
    for (size_t i = 0; i < assignment->n; i++)
        alike += assignment->v[i].kind == decisive->kind;
    const struct rule_form *form = &rule_forms[decisive->kind];
    rule_fits(decisive, candidate, why);
    say(ret->reason, "%s %s%s", form->key, why,
        !applies && !form->excludes && alike > 1 ? " (nor does another such line help)" : "");
}

/* Only lines of these sorts are looked at. */
static bool decide(const struct assignment *assignment, unsigned looked_at,
                   const struct candidate *candidate, struct rule_verdict *ret)
{
    const struct rule *decisive = find(assignment, looked_at, true, true, candidate);
    bool applies = !decisive;
    for (size_t i = 0; i < LENGTH(sorts) && applies; i++) {
        const struct rule *first = find(assignment, sorts[i] & looked_at, false, false, candidate);
        const struct rule *fitting = find(assignment, sorts[i] & looked_at, false, true, candidate);
        applies = !first || fitting;
        decisive = fitting ? fitting : first ? first : decisive;
    }
    if (ret)
        tell(assignment, decisive, applies, candidate, ret);
    return applies;
}

static const char *wrong_kind(const struct profile *profile, const struct candidate *candidate)
{
    bool person =
        candidate->user && candidate->uid >= candidate->uid_min && candidate->uid != UID_NOBODY;
    if (candidate->user && !person)
        return "not a person's account (below UID_MIN of login.defs)";
    if (profile->kind != PROFILE_SCEP)
        return NULL;
    if (profile->scep.type == TYPE_DEVICE && candidate->user)
        return "a device profile";
    if (profile->scep.type == TYPE_USER && !candidate->user)
        return "a user profile";
    return NULL;
}

bool rule_applies(const struct profile *profile, const struct candidate *candidate,
                  struct rule_verdict *ret)
{
    const char *reason = wrong_kind(profile, candidate);
    if (!reason)
        return decide(&profile->assignment, HOSTS | PLATFORM | PEOPLE, candidate, ret);
    if (ret) {
        *ret = (struct rule_verdict){0};
        say(ret->reason, "%s", reason);
    }
    return false;
}

bool rule_applies_here(const struct profile *profile, const struct candidate *candidate,
                       struct rule_verdict *ret)
{
    return decide(&profile->assignment, HOSTS | PLATFORM, candidate, ret);
}

int rule_explain(const struct profile *profile, const struct rule_verdict *verdict, struct buf *ret,
                 struct err *err)
{
    return verdict->line
               ? buf_printf(ret, err, "%s:%u: %s", profile->file, verdict->line, verdict->reason)
               : buf_add_text(ret, verdict->reason, err);
}
