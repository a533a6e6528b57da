#include "agent/modem.h"

#include "agent/libsystemd.h"
#include "base/text.h"

#include <string.h>

#define OBJECTS_MAX    64
#define INTERFACES_MAX 64
#define PROPERTIES_MAX 256

static const struct bus_service modem_manager = {
    .name = "org.freedesktop.ModemManager1",
    .path = "/org/freedesktop/ModemManager1",
    .interface = "org.freedesktop.DBus.ObjectManager",
};

static bool is_imei(const char *text)
{
    size_t len = strlen(text);
    return len >= 14 && len <= 16 && strspn(text, "0123456789") == len && strspn(text, "0") < len;
}

static bool is_meid(const char *text)
{
    return strlen(text) == 14 && strspn(text, "0123456789abcdefABCDEF") == 14 &&
           strspn(text, "0") < 14;
}

/* Where a value may stand; the first that is there and is one counts. */
static const struct place {
    const char *interface, *property;
    bool meid;
    bool (*check)(const char *text);
} places[] = {
    {"org.freedesktop.ModemManager1.Modem.Modem3gpp", "Imei", false, is_imei},
    {"org.freedesktop.ModemManager1.Modem", "EquipmentIdentifier", false, is_imei},
    {"org.freedesktop.ModemManager1.Modem.ModemCdma", "Meid", true, is_meid},
};

/* The best value so far of either kind: lowest modem, then first place. */
struct found {
    int64_t modem;
    size_t place;
    char value[20];
};

struct search {
    sd_bus_message *answer;
    struct found found[2]; /* [0] IMEI, [1] MEID */
    int64_t modem;         /* being read */
};

void modem_free(struct modem *modem)
{
    buf_free(&modem->imei);
    buf_free(&modem->meid);
    *modem = (struct modem){0};
}

static void consider(struct search *search, size_t place, const char *value)
{
    struct found *found = &search->found[places[place].meid];
    bool better = !*found->value || search->modem < found->modem ||
                  (search->modem == found->modem && place < found->place);
    if (!better || !places[place].check(value))
        return;
    found->modem = search->modem;
    found->place = place;
    snprintf(found->value, sizeof found->value, "%s", value);
}

/* Calls READ for each entry of a dictionary a{KEY...}. */
typedef int entry_reader(struct search *search, const char *key, const void *context,
                         struct err *err);

static int read_dictionary(struct search *search, const char *types, unsigned max,
                           entry_reader *read, const void *context, struct err *err)
{
    sd_bus_message *answer = search->answer;
    char array[32], key_type = types[0];
    const char *key;
    int rc;
    snprintf(array, sizeof array, "{%s}", types);
    if (SD(sd_bus_message_enter_container)(answer, 'a', array) < 0)
        return bus_garbled(err);
    for (unsigned n = 0; (rc = SD(sd_bus_message_enter_container)(answer, 'e', types)) > 0; n++) {
        if (n == max)
            return err_set(err, ERR_RETRY, "its answer is too long");
        if (SD(sd_bus_message_read_basic)(answer, key_type, &key) <= 0)
            return bus_garbled(err);
        rc = read(search, key, context, err);
        if (rc == 0 && SD(sd_bus_message_exit_container)(answer) < 0)
            rc = bus_garbled(err);
        if (rc < 0)
            return rc;
    }
    return rc < 0 || SD(sd_bus_message_exit_container)(answer) < 0 ? bus_garbled(err) : 0;
}

static int read_property(struct search *search, const char *property, const void *interface,
                         struct err *err)
{
    for (size_t i = 0; i < LENGTH(places); i++) {
        const char *value;
        if (strcmp(places[i].interface, interface) != 0 ||
            strcmp(places[i].property, property) != 0)
            continue;
        if (SD(sd_bus_message_read)(search->answer, "v", "s", &value) <= 0)
            return bus_garbled(err);
        consider(search, i, value);
        return 0;
    }
    return SD(sd_bus_message_skip)(search->answer, "v") < 0 ? bus_garbled(err) : 0;
}

static int read_interface(struct search *search, const char *interface, const void *context,
                          struct err *err)
{
    (void)context;
    return read_dictionary(search, "sv", PROPERTIES_MAX, read_property, interface, err);
}

static int read_object(struct search *search, const char *path, const void *context,
                       struct err *err)
{
    const char *number = strrchr(path, '/');
    (void)context;
    if (!text_number(number ? number + 1 : "", 0, INT64_MAX - 1, &search->modem))
        search->modem = INT64_MAX;
    return read_dictionary(search, "sa{sv}", INTERFACES_MAX, read_interface, NULL, err);
}

/* GetManagedObjects() -> a{oa{sa{sv}}}. */
static int ask(struct modem *modem, struct bus *bus, deadline until, struct err *err)
{
    autobusmessage *call = NULL, *answer = NULL;
    int rc = bus_prepare(bus, &modem_manager, "GetManagedObjects", &call, err);
    if (rc == 0)
        rc = bus_call(bus, &modem_manager, call, "a{oa{sa{sv}}}", until, &answer, err);
    if (rc <= 0)
        return rc;
    struct search search = {.answer = answer};
    rc = read_dictionary(&search, "oa{sa{sv}}", OBJECTS_MAX, read_object, NULL, err);
    if (rc == 0)
        rc = buf_add_text(&modem->imei, search.found[false].value, err);
    if (rc == 0)
        rc = buf_add_text(&modem->meid, search.found[true].value, err);
    return rc < 0 ? rc : 1;
}

void modem_ask(struct modem *modem, struct bus *bus, deadline until)
{
    modem_free(modem);
    modem->asked = true;
    modem->rc = ask(modem, bus, until, &modem->why);
}

int modem_value(const struct modem *modem, const char *name, struct buf *ret, struct err *err)
{
    if (modem->rc < 0)
        return err_set(err, modem->why.class, "%s", modem->why.text);
    const struct buf *value = strcmp(name, "imei") == 0 ? &modem->imei : &modem->meid;
    int rc = buf_add(ret, value->data, value->len, err);
    return rc < 0 ? rc : value->len > 0;
}
