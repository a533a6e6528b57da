/* Wi-Fi, wired and VPN payloads: there are no such sections yet, so all that can be done is to say
 * what they were, and which certificates they used. */
#include "import/apple_row.h"

#include <string.h>

static const struct {
    const char *type, *kind;
} kinds[] = {
    {"com.apple.wifi.managed", "Wi-Fi profile"},
    {"com.apple.vpn.managed", "VPN profile"},
    {"com.apple.vpn.managed.applayer", "VPN profile"},
    {"com.apple.globalethernet.managed", "wired network profile"},
    {"com.apple.firstactiveethernet.managed", "wired network profile"},
    {"com.apple.firstethernet.managed", "wired network profile"},
    {"com.apple.secondactiveethernet.managed", "wired network profile"},
    {"com.apple.secondethernet.managed", "wired network profile"},
    {"com.apple.thirdactiveethernet.managed", "wired network profile"},
    {"com.apple.thirdethernet.managed", "wired network profile"},
};

const char *apple_network_kind(plist_t payload)
{
    const char *type = property_list_member_text(payload, "PayloadType");
    for (size_t i = 0; i < LENGTH(kinds); i++)
        if (strcmp(type, kinds[i].type) == 0)
            return kinds[i].kind;
    return NULL;
}

/* The dictionaries of a payload in which certificates are named. */
static const char *const places[] = {NULL,  "EAPClientConfiguration", "IPSec", "IKEv2",
                                     "VPN", "TransparentProxy",       "PPP"};

static plist_t find(plist_t payload, const char *key, size_t *place)
{
    for (; *place < LENGTH(places); ++*place) {
        plist_t dict = places[*place] ? property_list_member(payload, places[*place]) : payload;
        plist_t found = property_list_member(dict, key);
        if (found) {
            ++*place;
            return found;
        }
    }
    return NULL;
}

/* Is TEXT the string NODE, or one of its strings? */
static bool names(plist_t node, const char *text)
{
    const char *one = property_list_text(node);
    if (one && strcasecmp(one, text) == 0)
        return true;
    for (uint32_t i = 0; i < property_list_size(node); i++) {
        one = property_list_text(plist_array_get_item(node, i));
        if (one && strcasecmp(one, text) == 0)
            return true;
    }
    return false;
}

static bool payload_names(plist_t payload, const char *key, const char *uuid)
{
    size_t place = 0;
    for (plist_t node; *uuid && (node = find(payload, key, &place));)
        if (names(node, uuid))
            return true;
    return false;
}

bool apple_network_uses(plist_t payload, const char *uuid)
{
    return payload_names(payload, "PayloadCertificateUUID", uuid);
}

bool apple_network_trusts(plist_t payload, const char *uuid)
{
    return payload_names(payload, "PayloadCertificateAnchorUUID", uuid);
}

static int say(struct sections *sections, plist_t payload, const char *property, struct err *err,
               const char *what, const char *value)
{
    const char *title = property_list_member_text(payload, "PayloadDisplayName");
    autofree char *name = text_format("\"%.100s\"", title);
    return name ? import_result_line(sections->result, IMPORT_NOTE, name, property, err,
                                     "%s: %.200s", what, value)
                : err_memory(err);
}

/* A string or an array of them: what UUIDs mean is said by name. */
static int say_text(struct sections *sections, plist_t payload, const char *key, const char *what,
                    plist_t node, struct err *err)
{
    const char *text = property_list_text(node);
    for (size_t i = 0; text && i < sections->n; i++)
        if (*text && strcasecmp(sections->v[i].id, text) == 0)
            text = sections->v[i].name;
    return text && *text ? say(sections, payload, key, err, what, text) : 0;
}

static int say_values(struct sections *sections, plist_t payload, const char *key, const char *what,
                      struct err *err)
{
    size_t place = 0;
    int rc = 0;
    for (plist_t node; rc == 0 && (node = find(payload, key, &place));) {
        rc = say_text(sections, payload, key, what, node, err);
        for (uint32_t i = 0; rc == 0 && i < property_list_size(node); i++)
            rc = say_text(sections, payload, key, what, plist_array_get_item(node, i), err);
    }
    return rc;
}

int apple_network(struct sections *sections, plist_t payload, struct err *err)
{
    static const struct {
        const char *key, *what;
    } said[] = {
        {"SSID_STR", "network"},
        {"UserDefinedName", "connection"},
        {"RemoteAddress", "server"},
        {"TLSTrustedServerNames", "name of the authentication server"},
        {"PayloadCertificateUUID", "signs in with"},
        {"PayloadCertificateAnchorUUID", "trusts"},
    };
    int rc = say(sections, payload, property_list_member_text(payload, "PayloadType"), err,
                 apple_network_kind(payload), "left out, conf.d has no such sections yet");
    for (size_t i = 0; rc == 0 && i < LENGTH(said); i++)
        rc = say_values(sections, payload, said[i].key, said[i].what, err);
    return rc;
}
