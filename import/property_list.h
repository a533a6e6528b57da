/* Property lists from strangers. libplist parses them; it trusts its input in ways that we do not,
 * so what would make it use all memory or stack is refused before it sees it. */
#ifndef SIGNET_IMPORT_PROPERTY_LIST_H
#define SIGNET_IMPORT_PROPERTY_LIST_H

#include "base/buf.h"

#include <plist/plist.h>

#include <stdbool.h>
#include <stdint.h>

static inline void plist_free_p(plist_t *list)
{
    plist_free(*list); /* which takes NULL */
}

/* Parses a dictionary, in XML or binary form. CONFIG: damaged, or no dictionary. RESOURCE: more
 * tags, levels or bytes than the two checks below allow. */
int property_list_parse(const char *data, size_t len, plist_t *ret, struct err *err);

/* What libplist would make of a binary property list: objects that stand for one another in a
 * circle are CONFIG, more than 64 levels or 64 MiB with everything copied as often as it is named
 * are RESOURCE. */
int property_list_check_binary(const uint8_t *data, size_t len, struct err *err);

/* Members; NULL when DICT is no dictionary or has none such. */
plist_t property_list_member(plist_t dict, const char *key);

/* The text of a string, borrowed; NULL for any other type, and for text that is not UTF-8 or holds
 * a zero byte. */
const char *property_list_text(plist_t node);

/* The text of a member; "" when there is none. */
const char *property_list_member_text(plist_t dict, const char *key);

/* A number of at most MAX. False for what is none, or more. */
bool property_list_number(plist_t node, uint64_t max, uint64_t *ret);

bool property_list_is(plist_t node, plist_type type);

/* How many items an array has, 0 when it is none. */
uint32_t property_list_size(plist_t node);

#endif
