/* Text with {{Variables}}. Parsed once, when the profile is read; expanded later, for one user or
 * the device. A variable's value is opaque: it is never looked at for further variables. */
#ifndef SIGNET_PROFILE_TEMPLATE_H
#define SIGNET_PROFILE_TEMPLATE_H

#include "profile/attribute.h"

#define TEMPLATE_MAX 4096 /* bytes of its text */

struct template_part {
    const struct attribute *attribute; /* NULL: static text */
    char *text;
};

struct template
{
    struct template_part *v;
    size_t n;
};

void template_free(struct template *template);

/* CONFIG, with the part that is wrong: an unknown variable (with the nearest known one), a brace
 * that was not closed or stands alone, text past TEMPLATE_MAX. */
int template_parse(const char *text, size_t len, struct template *ret, struct err *err);

/* Appends the text with every variable replaced. */
int template_expand(const struct template *template, struct attributes *attributes, struct buf *ret,
                    struct err *err);

/* The first variable in a text that template_parse() takes, with its braces: LEN bytes at what is
 * returned; NULL when there is none. ATTRIBUTE is NULL for one that is not known. */
const char *template_find(const char *text, size_t *ret_len, const struct attribute **ret);

bool template_is_static(const struct template *template);

/* Is it nothing but this one variable? */
bool template_is_only(const struct template *template, const char *attribute);

/* Does the variable stand anywhere in it? */
bool template_uses(const struct template *template, const char *attribute);

/* The first variable that only users have, NULL when there is none. */
const struct attribute *template_user_only(const struct template *template);

#endif
