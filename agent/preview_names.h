/* The parts of a preview that depend on the values of variables: each told as far as it goes. */
#ifndef SIGNET_AGENT_PREVIEW_NAMES_H
#define SIGNET_AGENT_PREVIEW_NAMES_H

#include "base/json.h"
#include "profile/profile.h"

/* What keeps a request from being made. */
struct preview_faults {
    json_t *list; /* of texts */
    struct err first;
};

/* Adds a text, unless it is there already. */
void preview_fault(struct preview_faults *faults, const struct err *why);

/* Every variable of the profile, in the order in which they stand: name, and value and where it
 * was found, or why it has none. */
json_t *preview_variables(const struct scep_profile *scep, struct attributes *attributes,
                          struct preview_faults *faults);

/* Adds `subject` (RFC 4514) and `rdns` (as encoded) to OBJECT; nothing when the subject cannot be
 * told. What follows from a fault in VARIABLES is no fault of its own. */
void preview_subject(const struct scep_profile *scep, struct attributes *attributes,
                     const json_t *variables, json_t *object, struct preview_faults *faults);

/* Each alternative name: kind, and its value or why it has none. */
json_t *preview_sans(const struct scep_profile *scep, struct attributes *attributes,
                     const json_t *variables, struct preview_faults *faults);

#endif
