#include "import/graph.h"

#include "import/graph_row.h"

#include <string.h>
#include <strings.h>

#define PREFIX "microsoft.graph."

enum graph_kind { GRAPH_SCEP, GRAPH_ROOT, GRAPH_NETWORK, GRAPH_OTHER };

static const char *const platforms[] = {
    "windows81",
    "windowsPhone81",
    "androidForWork",
    "androidWorkProfile",
    "androidDeviceOwner",
    "aospDeviceOwner",
    "android",
    "ios",
    "macOS",
};

/* By how their types end: the platform stands before it, and the capitals differ between them. */
static const struct {
    const char *end;
    enum graph_kind kind;
    const char *what;
} types[] = {
    {"WiFiConfiguration", GRAPH_NETWORK, "Wi-Fi profile"},
    {"WifiEnterpriseEAPConfiguration", GRAPH_NETWORK, "Wi-Fi profile"},
    {"WifiImportConfiguration", GRAPH_NETWORK, "Wi-Fi profile"},
    {"WiredNetworkConfiguration", GRAPH_NETWORK, "wired network profile"},
    {"VpnConfiguration", GRAPH_NETWORK, "VPN profile"},
    {"PkcsCertificateProfile", GRAPH_OTHER, "PKCS certificate profile (no SCEP)"},
    {"PFXCertificateProfile", GRAPH_OTHER, "profile of imported keys (no SCEP)"},
};

struct graph_type {
    enum graph_kind kind;
    const char *name; /* without the prefix */
    const char *what;
};

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);
    return len >= n && strcasecmp(text + len - n, end) == 0;
}

static struct graph_type type_of(const json_t *object)
{
    struct graph_type type = {GRAPH_OTHER, graph_text(object, "@odata.type"),
                              "no certificate or network profile"};
    type.name += *type.name == '#';
    if (strncasecmp(type.name, PREFIX, strlen(PREFIX)) == 0)
        type.name += strlen(PREFIX);
    for (size_t i = 0; i < LENGTH(platforms); i++) {
        size_t len = strlen(platforms[i]);
        if (strncasecmp(type.name, platforms[i], len) != 0)
            continue;
        if (strcasecmp(type.name + len, "SCEPCertificateProfile") == 0)
            type.kind = GRAPH_SCEP;
        else if (strcasecmp(type.name + len, "TrustedRootCertificate") == 0)
            type.kind = GRAPH_ROOT;
        else
            continue;
        return type;
    }
    for (size_t i = 0; i < LENGTH(types); i++)
        if (ends_with(type.name, types[i].end)) {
            type.kind = types[i].kind;
            type.what = types[i].what;
            return type;
        }
    return type;
}

/* Calls TAKE for every profile of the file, in whichever of the three forms. */
static int for_each(const json_t *file, struct sections *sections,
                    int (*take)(struct sections *sections, const json_t *object, struct err *err),
                    struct err *err)
{
    const json_t *list = json_is_array(file) ? file : graph_member(file, "value");
    size_t i;
    json_t *item;
    int rc = 0;
    if (!json_is_array(list))
        return take(sections, file, err);
    json_array_foreach ((json_t *)list, i, item) {
        if (rc == 0)
            rc = take(sections, item, err);
    }
    return rc;
}

/* A root may stand for itself, or only within the profile that refers to it. */
static int add_expanded_root(struct sections *sections, const json_t *object, struct err *err)
{
    const json_t *root = graph_member(object, "rootCertificate");
    struct section *section;
    char why[256];
    if (!graph_member(root, "trustedRootCertificate") ||
        *graph_text(object, "rootCertificate@odata.bind") ||
        graph_reference(sections, PROFILE_TRUSTED_ROOT, object, "rootCertificate", why, sizeof why))
        return 0;
    return sections_add(sections, PROFILE_TRUSTED_ROOT, graph_text(root, "displayName"),
                        graph_text(root, "id"), root, &section, err);
}

static int describe_origin(struct section *section, const struct json_t *object, const char *type,
                           struct err *err)
{
    return section_comment(section, err, "%.100s \"%.300s\"%s%.100s", type, section->title,
                           *section->id ? ", id " : "", graph_text(object, "id"));
}

static int add_root(struct sections *sections, const json_t *object, struct err *err)
{
    struct section *section;
    if (type_of(object).kind != GRAPH_ROOT)
        return 0;
    return sections_add(sections, PROFILE_TRUSTED_ROOT, graph_text(object, "displayName"),
                        graph_text(object, "id"), object, &section, err);
}

static int add_other(struct sections *sections, const json_t *object, struct err *err)
{
    struct graph_type type = type_of(object);
    struct section *section;
    if (type.kind == GRAPH_SCEP) {
        int rc = add_expanded_root(sections, object, err);
        return rc < 0 ? rc
                      : sections_add(sections, PROFILE_SCEP, graph_text(object, "displayName"),
                                     graph_text(object, "id"), object, &section, err);
    }
    if (type.kind != GRAPH_OTHER)
        return 0;
    autofree char *title = text_format("\"%.100s\"", graph_text(object, "displayName"));
    return title ? import_result_line(
                       sections->result, IMPORT_NOTE, title, NULL, err, "%.100s: %s, left out",
                       *type.name ? type.name : "an object without @odata.type", type.what)
                 : err_memory(err);
}

static int read_sections(struct sections *sections, enum profile_kind kind, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sections->n; i++) {
        struct section *section = &sections->v[i];
        struct graph_reading r = {sections, section, section->source};
        if (section->kind != kind)
            continue;
        rc = describe_origin(section, r.object, type_of(r.object).name, err);
        if (rc == 0)
            rc = kind == PROFILE_SCEP ? graph_scep(&r, err) : graph_root(&r, err);
    }
    return rc;
}

static int say_network(struct sections *sections, const json_t *object, struct err *err)
{
    struct graph_type type = type_of(object);
    return type.kind == GRAPH_NETWORK ? graph_network(sections, object, type.name, type.what, err)
                                      : 0;
}

static int import(const json_t *file, struct sections *sections, struct err *err)
{
    int rc = for_each(file, sections, add_root, err);
    if (rc == 0)
        rc = for_each(file, sections, add_other, err);
    if (rc == 0)
        rc = read_sections(sections, PROFILE_TRUSTED_ROOT, err);
    if (rc == 0)
        rc = read_sections(sections, PROFILE_SCEP, err);
    if (rc == 0)
        rc = for_each(file, sections, say_network, err);
    if (rc == 0 && graph_member(file, "@odata.nextLink"))
        rc = import_result_line(sections->result, IMPORT_NOTE, NULL, "@odata.nextLink", err,
                                "this is one page of several: the other profiles are not in it");
    return rc < 0 ? rc : sections_finish(sections, err);
}

int graph_import(const void *data, size_t len, const struct import_options *options,
                 struct import_result *ret, struct err *err)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    CLEANUP(sections_free) struct sections sections = {.options = options, .result = &result};
    autojson *file = NULL;
    int rc = json_parse_any(data, len, "Graph JSON", &file, err);
    if (rc == 0 && !json_is_object(file) && !json_is_array(file))
        rc = err_set(err, ERR_CONFIG, "Graph JSON: neither an object nor an array");
    if (rc == 0)
        rc = import(file, &sections, err);
    if (rc < 0)
        return rc;
    import_result_free(ret);
    *ret = result;
    result = (struct import_result){0};
    return 0;
}
