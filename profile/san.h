/* Subject alternative names of a profile: a kind and a template, checked by kind once it has
 * values. */
#ifndef SIGNET_PROFILE_SAN_H
#define SIGNET_PROFILE_SAN_H

#include "profile/request.h"
#include "profile/template.h"

struct san_template {
    enum san_kind kind;
    struct template text;
};

void san_free(struct san_template *san);

/* "email:", "upn:", "dns:" or "uri:" and a template. CONFIG: another kind, static text behind a
 * variable that holds { } | or ; (which other managements forbid, so that profiles stay portable),
 * a static value of the wrong form, and {{OnPremisesSecurityIdentifier}} in any kind but uri. */
int san_parse(const char *text, struct san_template *ret, struct err *err);

/* The value for these attributes. uri:{{OnPremisesSecurityIdentifier}} becomes Microsoft's strong
 * mapping, tag:microsoft.com,2022-09-14:sid:S-1-.... CONFIG: the value is not of its kind. email
 * and upn: one '@' with text on both sides; dns: a host name (RFC 1123, at most 253 characters);
 * uri: a scheme and no character that RFC 3986 leaves out. All but upn in ASCII. */
int san_expand(const struct san_template *san, struct attributes *attributes, struct san *ret,
               struct err *err);

/* "email", "upn", "dns", "uri". */
const char *san_kind_name(enum san_kind kind);

#endif
