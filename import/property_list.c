#include "import/property_list.h"

#include "base/text.h"

#include <string.h>

#define XML_TAGS_MAX       100000
#define XML_CONTAINERS_MAX 20000

/* As many levels and tags as a configuration profile never has are RESOURCE. */
static int check_xml(const char *data, size_t len, struct err *err)
{
    size_t tags = 0, containers = 0;
    const char *end = data + len;
    if (memchr(data, 0, len))
        return err_set(err, ERR_CONFIG, "property list: holds a zero byte");
    for (const char *p = data; (p = memchr(p, '<', (size_t)(end - p))); p++) {
        size_t left = (size_t)(end - p);
        tags++;
        containers += left > 6 && (memcmp(p, "<array", 6) == 0 || memcmp(p, "<dict", 5) == 0);
    }
    if (tags > XML_TAGS_MAX || containers > XML_CONTAINERS_MAX)
        return err_set(err, ERR_RESOURCE,
                       "property list: more than %d tags, or %d arrays and dictionaries",
                       XML_TAGS_MAX, XML_CONTAINERS_MAX);
    return 0;
}

int property_list_parse(const char *data, size_t len, plist_t *ret, struct err *err)
{
    CLEANUP(plist_free_p) plist_t list = NULL;
    bool binary = len >= 6 && memcmp(data, "bplist", 6) == 0;
    int rc = binary ? property_list_check_binary((const uint8_t *)data, len, err)
                    : check_xml(data, len, err);
    if (rc < 0)
        return rc;
    if (binary)
        plist_from_bin(data, (uint32_t)len, &list);
    else
        plist_from_xml(data, (uint32_t)len, &list);
    if (!list)
        return err_set(err, ERR_CONFIG, "property list: damaged, or not one at all");
    if (!property_list_is(list, PLIST_DICT))
        return err_set(err, ERR_CONFIG, "property list: no dictionary");
    *ret = list;
    list = NULL;
    return 0;
}

bool property_list_is(plist_t node, plist_type type)
{
    return node && plist_get_node_type(node) == type;
}

plist_t property_list_member(plist_t dict, const char *key)
{
    return property_list_is(dict, PLIST_DICT) ? plist_dict_get_item(dict, key) : NULL;
}

const char *property_list_text(plist_t node)
{
    uint64_t len = 0;
    if (!property_list_is(node, PLIST_STRING))
        return NULL;
    const char *text = plist_get_string_ptr(node, &len);
    if (!text)
        return "";
    return strlen(text) == len && text_is_utf8(text, len) ? text : NULL;
}

const char *property_list_member_text(plist_t dict, const char *key)
{
    const char *text = property_list_text(property_list_member(dict, key));
    return text ? text : "";
}

bool property_list_number(plist_t node, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    if (!property_list_is(node, PLIST_UINT))
        return false;
    plist_get_uint_val(node, &value);
    if (value > max)
        return false;
    *ret = value;
    return true;
}

uint32_t property_list_size(plist_t node)
{
    return property_list_is(node, PLIST_ARRAY) ? plist_array_get_size(node) : 0;
}
