/* What all of Graph's device configurations have. */
#include "import/graph_row.h"

#include <string.h>

/* Whom a profile is for stands in Entra's ids, which mean nothing to NSS. */
static int take_assignment(struct graph_reading *r, const json_t *target, struct err *err)
{
    const char *type = graph_text(target, "@odata.type"), *group = graph_text(target, "groupId");
    bool excluded = strcasestr(type, "exclusionGroupAssignmentTarget") != NULL;
    bool device = strcasecmp(graph_text(r->object, "certificateStore"), "machine") == 0;
    const char *key = device     ? excluded ? "exclude-hosts" : "assign-hosts"
                      : excluded ? "exclude-groups"
                                 : "assign-groups";
    if (strcasestr(type, "allLicensedUsersAssignmentTarget") ||
        strcasestr(type, "allDevicesAssignmentTarget"))
        return 0; /* as a profile without such lines */
    int rc =
        section_put_off(r->section, key, *group ? group : type, "Entra's id of the group", err);
    return rc < 0 ? rc
                  : section_note(r->sections, r->section, "assignments", err,
                                 "group %s is Entra's id: write a line %s instead%s",
                                 *group ? group : type, key,
                                 excluded ? "" : "; until then the profile is for everyone");
}

int graph_take_assignments(struct graph_reading *r, const struct graph_row *row,
                           const json_t *value, struct err *err)
{
    size_t i;
    json_t *item;
    int rc = json_is_array(value) ? 0
                                  : section_note(r->sections, r->section, row->property, err,
                                                 "is not a list: left out");
    json_array_foreach ((json_t *)value, i, item) {
        const json_t *target = graph_member(item, "target");
        if (rc == 0)
            rc = take_assignment(r, target, err);
        if (rc == 0 && *graph_text(target, "deviceAndAppManagementAssignmentFilterId"))
            rc = section_note(r->sections, r->section, row->property, err,
                              "its filter is Intune's own: left out");
    }
    return rc;
}

/* One line of all words, as scope-tags has it. */
int graph_take_tags(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                    struct err *err)
{
    autobuf text = {0};
    size_t i;
    json_t *item;
    int rc = 0;
    json_array_foreach ((json_t *)value, i, item) {
        const char *tag = json_string_value(item);
        if (rc == 0 && tag && *tag)
            rc = buf_printf(&text, err, "%s%s", text.len ? ", " : "", tag);
    }
    return rc < 0 || text.len == 0 ? rc
                                   : section_put(r->sections, r->section, row->key, row->property,
                                                 buf_text(&text), err);
}
