#include "agent/directory.h"

#include "agent/libsystemd.h"
#include "base/text.h"
#include "profile/source.h"

#include <string.h>
#include <strings.h>

#define ENTRIES_MAX 256 /* attributes in one answer; it was asked for some ten */

static const struct bus_service infopipe = {
    .name = "org.freedesktop.sssd.infopipe",
    .path = "/org/freedesktop/sssd/infopipe",
    .interface = "org.freedesktop.sssd.infopipe",
    .denied = "name the user signet in allowed_uids of [ifp] in sssd.conf and restart SSSD",
};

/* Not a value of any variable, but whose values they are. */
static const char uid_number[] = "uidNumber";

void directory_free(struct directory *directory)
{
    free(directory->user);
    known_free(&directory->values);
    *directory = (struct directory){0};
}

/* The next of SSSD's names in attribute_table, each as often as it stands there. */
struct names {
    const struct attribute *attribute;
    size_t source;
};

static const char *next_name(struct names *names)
{
    for (; names->attribute->name; names->attribute++, names->source = 0)
        while (names->source < ATTRIBUTE_SOURCES) {
            const struct attribute_source *source = &names->attribute->sources[names->source++];
            if (source->read == source_service && source->service == SERVICE_DIRECTORY)
                return source->name;
        }
    return NULL;
}

/* As the table spells it; NULL for what nobody asked about. */
static const char *own_spelling(const char *said)
{
    struct names names = {attribute_table, 0};
    const char *name;
    while ((name = next_name(&names)) && strcasecmp(name, said) != 0)
        ;
    return name || strcasecmp(said, uid_number) != 0 ? name : uid_number;
}

static int append_names(sd_bus_message *call)
{
    struct names names = {attribute_table, 0};
    int rc = SD(sd_bus_message_open_container)(call, 'a', "s");
    for (const char *name; rc >= 0 && (name = next_name(&names));)
        rc = SD(sd_bus_message_append_basic)(call, 's', name);
    if (rc >= 0)
        rc = SD(sd_bus_message_append_basic)(call, 's', uid_number);
    return rc < 0 ? rc : SD(sd_bus_message_close_container)(call);
}

/* The first value that says something; the others are passed over. */
static int read_values(sd_bus_message *answer, const char *name, struct known *values,
                       struct err *err)
{
    const char *text, *first = NULL;
    int rc = SD(sd_bus_message_enter_container)(answer, 'a', "s");
    if (rc <= 0)
        return bus_garbled(err);
    while ((rc = SD(sd_bus_message_read_basic)(answer, 's', &text)) > 0)
        first = first || !*text ? first : text;
    if (rc < 0 || SD(sd_bus_message_exit_container)(answer) < 0)
        return bus_garbled(err);
    if (!first)
        return 0;
    autobuf value = {0};
    struct err why = {0};
    if (strnlen(first, ATTRIBUTE_MAX + 1) > ATTRIBUTE_MAX) {
        rc = err_set(&why, ERR_CONFIG, "its value has more than %d bytes", ATTRIBUTE_MAX);
    } else {
        rc = buf_add_text(&value, first, err);
        if (rc < 0)
            return rc;
        rc = 1;
    }
    return known_keep(values, name, rc, &value, &why, err);
}

/* One entry of the dictionary, which has been entered. */
static int read_entry(sd_bus_message *answer, struct known *values, struct err *err)
{
    const char *said;
    if (SD(sd_bus_message_read_basic)(answer, 's', &said) <= 0)
        return bus_garbled(err);
    const char *name = own_spelling(said);
    if (!name || known_find(values, name))
        return SD(sd_bus_message_skip)(answer, "v") < 0 ? bus_garbled(err) : 0;
    if (SD(sd_bus_message_enter_container)(answer, 'v', "as") <= 0)
        return bus_garbled(err);
    int rc = read_values(answer, name, values, err);
    if (rc == 0 && SD(sd_bus_message_exit_container)(answer) < 0)
        rc = bus_garbled(err);
    return rc;
}

static int read_answer(sd_bus_message *answer, struct known *values, struct err *err)
{
    int rc = SD(sd_bus_message_enter_container)(answer, 'a', "{sv}");
    if (rc < 0)
        return bus_garbled(err);
    for (unsigned n = 0; (rc = SD(sd_bus_message_enter_container)(answer, 'e', "sv")) > 0; n++) {
        if (n == ENTRIES_MAX)
            return err_set(err, ERR_RETRY, "its answer has more than %d attributes", ENTRIES_MAX);
        rc = read_entry(answer, values, err);
        if (rc == 0 && SD(sd_bus_message_exit_container)(answer) < 0)
            rc = bus_garbled(err);
        if (rc < 0)
            return rc;
    }
    return rc < 0 ? bus_garbled(err) : 0;
}

/* SSSD gives out the uid unless sssd.conf forbids it. */
static bool is_of(const struct known *values, uid_t uid)
{
    const struct known_value *said = known_find(values, uid_number);
    int64_t number;
    return !said || (said->rc > 0 && text_number(buf_text(&said->value), 0, UINT32_MAX, &number) &&
                     number == uid);
}

/* GetUserAttr(s user, as attributes) -> a{sv}, each value an `as`. */
static int ask(struct bus *bus, const char *user, uid_t uid, deadline until, struct known *values,
               struct err *err)
{
    autobusmessage *call = NULL, *answer = NULL;
    int rc = bus_prepare(bus, &infopipe, "GetUserAttr", &call, err);
    if (rc < 0)
        return rc;
    rc = SD(sd_bus_message_append_basic)(call, 's', user);
    if (rc < 0 || (rc = append_names(call)) < 0)
        return err_set(err, ERR_CONFIG, "cannot be asked about this user: %s",
                       strerror(-rc)); /* a name that is not UTF-8 */
    rc = bus_call(bus, &infopipe, call, "a{sv}", until, &answer, err);
    if (rc > 0 && (rc = read_answer(answer, values, err)) == 0)
        rc = is_of(values, uid);
    return rc;
}

bool directory_knows(const struct directory *directory, const char *user)
{
    return directory->user && (directory->rc < 0 || strcmp(directory->user, user) == 0);
}

int directory_ask(struct directory *directory, struct bus *bus, const char *user, uid_t uid,
                  deadline until, struct err *err)
{
    directory_free(directory);
    directory->user = strdup(user);
    if (!directory->user)
        return err_memory(err);
    directory->rc = ask(bus, user, uid, until, &directory->values, &directory->why);
    return 0;
}

int directory_value(const struct directory *directory, const char *name, struct buf *ret,
                    struct err *err)
{
    if (directory->rc < 0)
        return err_set(err, directory->why.class, "%s", directory->why.text);
    if (directory->rc == 0)
        return 0;
    const struct known_value *answer = known_find(&directory->values, name);
    return answer ? known_give(answer, ret, err) : 0;
}
