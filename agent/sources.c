#include "agent/sources.h"

#include "base/fs.h"
#include "base/json.h"

#include <fcntl.h>
#include <string.h>

#define FACTS_SIZE 65536

static const char bus_socket[] = "/run/dbus/system_bus_socket";

/* The machine's own bus, or that of the machine below ROOT. */
static char *bus_address(const struct sources *sources, struct err *err)
{
    const char *given = sources->bus     ? sources->bus
                        : *sources->root ? NULL
                                         : secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
    autobuf path = {0};
    char *address = NULL;
    if (given && *given)
        address = strdup(given);
    else if (text_percent(sources->root, strlen(sources->root), &path, err) == 0)
        address = text_format("unix:path=%s%s", buf_text(&path), bus_socket);
    if (!address)
        err_memory(err);
    return address;
}

static int open_bus(struct sources *sources, deadline until, struct err *err)
{
    autofree char *address = bus_address(sources, err);
    return address ? bus_open(&sources->connection, address, until, err) : -ERR_RESOURCE;
}

static int ask_directory(struct sources *sources, const char *user, uid_t uid, const char *name,
                         struct buf *ret, struct err *err)
{
    struct directory *directory = &sources->directory;
    deadline until = deadline_in(sources->timeout_ms);
    if (!user)
        return 0; /* directories know the machine, too, but nobody here may ask them as the machine
                   */
    if (!directory_knows(directory, user)) {
        int rc = open_bus(sources, until, err);
        if (rc > 0)
            rc = directory_ask(directory, &sources->connection, user, uid, until, err);
        else if (rc == 0)
            return 0;
        if (rc < 0)
            return rc;
    }
    return directory_value(directory, name, ret, err);
}

static int ask_modem(struct sources *sources, const char *name, struct buf *ret, struct err *err)
{
    deadline until = deadline_in(sources->timeout_ms);
    if (!sources->modem.asked) {
        int rc = open_bus(sources, until, err);
        if (rc <= 0)
            return rc;
        modem_ask(&sources->modem, &sources->connection, until);
    }
    return modem_value(&sources->modem, name, ret, err);
}

/* What signet-apply wrote as root. */
static int ask_facts(const struct sources *sources, const char *name, struct buf *ret,
                     struct err *err)
{
    autofree char *path = text_format("%s/facts.json", sources->run);
    autobuf text = {0};
    autojson *facts = NULL;
    struct err why = {0};
    if (!path)
        return err_memory(err);
    int rc = fs_read_trusted(AT_FDCWD, path, FACTS_SIZE, &text, &why);
    if (rc == 0)
        rc = json_parse(buf_text(&text), text.len, path, &facts, &why);
    else if (why.class == ERR_CONFIG)
        return 0; /* signet-apply has not run yet */
    if (rc < 0)
        return err_set(err, why.class, "%s", why.text);
    const char *value = json_text(facts, name, "");
    rc = buf_add_text(ret, value, err);
    return rc < 0 ? rc : *value != 0;
}

int sources_ask(void *context, enum attribute_service service, const char *user, uid_t uid,
                const char *name, struct buf *ret, struct err *err)
{
    struct sources *sources = context;
    switch (service) {
    case SERVICE_DIRECTORY:
        return ask_directory(sources, user, uid, name, ret, err);
    case SERVICE_MODEM:
        return ask_modem(sources, name, ret, err);
    case SERVICE_FACTS:
        return ask_facts(sources, name, ret, err);
    }
    return err_set(err, ERR_BUG, "there is no service %d", service);
}

void sources_free(struct sources *sources)
{
    directory_free(&sources->directory);
    modem_free(&sources->modem);
    known_free(&sources->known);
    bus_close(&sources->connection);
}
