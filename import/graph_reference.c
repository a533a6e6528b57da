/* How an object in Graph's JSON refers to another. */
#include "import/graph_row.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct section *find_id(const struct sections *sections, enum profile_kind kind,
                                     const char *id, size_t len)
{
    for (size_t i = 0; i < sections->n; i++)
        if (sections->v[i].kind == kind && len > 0 && strlen(sections->v[i].id) == len &&
            strncasecmp(sections->v[i].id, id, len) == 0)
            return &sections->v[i];
    return NULL;
}

static const struct section *find_title(const struct sections *sections, enum profile_kind kind,
                                        const char *title, size_t len)
{
    for (size_t i = 0; i < sections->n; i++)
        if (sections->v[i].kind == kind && len > 0 && strlen(sections->v[i].title) == len &&
            strncmp(sections->v[i].title, title, len) == 0)
            return &sections->v[i];
    return NULL;
}

/* The key at the end of .../deviceConfigurations('KEY') or .../deviceConfigurations/KEY. */
static const char *key_of_url(const char *url, size_t *ret_len)
{
    const char *open = strrchr(url, '('), *slash = strrchr(url, '/');
    const char *key = open ? open + 1 : slash ? slash + 1 : url;
    key += strspn(key, "'");
    *ret_len = strcspn(key, "')");
    return key;
}

/* "displayName|:|@odata.type", as one tool for exports writes it. */
static size_t title_of_custom(const char *text)
{
    const char *end = strstr(text, "|:|");
    return end ? (size_t)(end - text) : strlen(text);
}

const struct section *graph_reference(const struct sections *sections, enum profile_kind kind,
                                      const json_t *object, const char *property, char *ret_why,
                                      size_t size)
{
    char name[96];
    size_t len;
    const struct section *found;
    snprintf(name, sizeof name, "%s@odata.bind", property);
    const char *url = graph_text(object, name);
    if (*url) {
        const char *key = key_of_url(url, &len);
        found = find_id(sections, kind, key, len);
        snprintf(ret_why, size, "%.*s is not in this file", (int)(len < 100 ? len : 100), key);
        return found;
    }
    const json_t *expanded = graph_member(object, property);
    if (json_is_object(expanded)) {
        const char *id = graph_text(expanded, "id"), *title = graph_text(expanded, "displayName");
        found = find_id(sections, kind, id, strlen(id));
        snprintf(ret_why, size, "\"%.100s\" is not in this file", *title ? title : id);
        return found ? found : find_title(sections, kind, title, strlen(title));
    }
    snprintf(name, sizeof name, "#CustomRef_%s", property);
    const char *custom = graph_text(object, name);
    len = title_of_custom(custom);
    if (*custom)
        snprintf(ret_why, size, "\"%.*s\" is not in this file", (int)(len < 100 ? len : 100),
                 custom);
    else
        *ret_why = 0;
    return find_title(sections, kind, custom, len);
}
