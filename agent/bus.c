#include "agent/bus.h"

#include "agent/libsystemd.h"

#include <errno.h>
#include <string.h>

/* What an error on the bus means. All others: it did not answer. */
static const struct {
    const char *name;
    bool denied; /* else: there is no such thing here */
} meanings[] = {
    {"org.freedesktop.DBus.Error.ServiceUnknown", false},
    {"org.freedesktop.DBus.Error.NameHasNoOwner", false},
    {"org.freedesktop.DBus.Error.Spawn.ServiceNotFound", false},
    {"org.freedesktop.systemd1.NoSuchUnit", false},
    {"org.freedesktop.systemd1.UnitMasked", false},
    {"sbus.Error.NotFound", false}, /* SSSD's word for a user of no domain of its own */
    {"org.freedesktop.DBus.Error.AccessDenied", true},
    {"org.freedesktop.DBus.Error.AuthFailed", true},
    {"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", true},
};

static int fail(struct err *err, int number)
{
    return err_set(err, ERR_RETRY, "%s", strerror(-number));
}

/* Never flushed: that would wait without an end. */
static void connection_close(sd_bus **connection)
{
    if (*connection)
        SD(sd_bus_close_unref)(*connection);
}

static void slot_free(sd_bus_slot **slot)
{
    if (*slot)
        SD(sd_bus_slot_unref)(*slot);
}

void bus_message_free(sd_bus_message **message)
{
    if (*message)
        SD(sd_bus_message_unref)(*message);
}

void bus_close(struct bus *bus)
{
    connection_close(&bus->connection);
    *bus = (struct bus){0};
}

/* Lets the connection work until *DONE, or until it is ready when DONE is NULL. sd-bus waits by
 * itself up to 90 s for a peer to authenticate, so only its step by step functions are used. */
static int work(sd_bus *connection, sd_bus_message *const *done, deadline until, struct err *err)
{
    for (;;) {
        if (done ? *done != NULL : SD(sd_bus_is_ready)(connection) > 0)
            return 0;
        int left = deadline_left(until);
        if (left == 0)
            return err_set(err, ERR_RETRY, "timed out");
        int rc = SD(sd_bus_process)(connection, NULL);
        if (rc == 0)
            rc = SD(sd_bus_wait)(connection, (uint64_t)left * 1000);
        if (rc < 0 && rc != -EINTR)
            return fail(err, rc);
    }
}

static int connect_to(const char *address, deadline until, sd_bus **ret, struct err *err)
{
    CLEANUP(connection_close) sd_bus *connection = NULL;
    int rc = libsystemd_load(err);
    if (rc < 0)
        return rc;
    rc = SD(sd_bus_new)(&connection);
    if (rc >= 0)
        rc = SD(sd_bus_set_address)(connection, address);
    if (rc >= 0)
        rc = SD(sd_bus_set_bus_client)(connection, true);
    if (rc >= 0)
        rc = SD(sd_bus_start)(connection);
    if (rc == -ENOENT)
        return 0;
    if (rc < 0)
        return fail(err, rc);
    rc = work(connection, NULL, until, err);
    if (rc < 0)
        return rc;
    *ret = steal(&connection);
    return 1;
}

int bus_open(struct bus *bus, const char *address, deadline until, struct err *err)
{
    if (!bus->tried)
        bus->rc = connect_to(address, until, &bus->connection, &bus->why);
    if (!bus->tried && bus->rc < 0)
        err_context(&bus->why, "the system bus");
    bus->tried = true;
    return bus->rc < 0 ? err_set(err, bus->why.class, "%s", bus->why.text) : bus->rc;
}

int bus_prepare(struct bus *bus, const struct bus_service *service, const char *method,
                sd_bus_message **ret, struct err *err)
{
    int rc = SD(sd_bus_message_new_method_call)(bus->connection, ret, service->name, service->path,
                                                service->interface, method);
    return rc < 0 ? fail(err, rc) : 0;
}

static int on_answer(sd_bus_message *message, void *context, sd_bus_error *error)
{
    (void)error;
    *(sd_bus_message **)context = SD(sd_bus_message_ref)(message);
    return 1;
}

static int explain(const struct bus_service *service, const sd_bus_error *error, struct err *err)
{
    for (size_t i = 0; i < LENGTH(meanings); i++) {
        if (!SD(sd_bus_error_has_name)(error, meanings[i].name))
            continue;
        if (!meanings[i].denied)
            return 0;
        return err_set(err, ERR_DENIED, "%.200s%s%s",
                       error->message ? error->message : "permission denied",
                       service->denied ? "; " : "", service->denied ? service->denied : "");
    }
    return err_set(err, ERR_RETRY, "%.200s",
                   error->message && *error->message ? error->message : error->name);
}

int bus_call(struct bus *bus, const struct bus_service *service, sd_bus_message *call,
             const char *types, deadline until, sd_bus_message **ret, struct err *err)
{
    autobusmessage *answer = NULL;
    /* Goes before ANSWER does, and with it the callback that would write there. */
    CLEANUP(slot_free) sd_bus_slot *slot = NULL;
    int rc = SD(sd_bus_call_async)(bus->connection, &slot, call, on_answer, &answer, UINT64_MAX);
    if (rc < 0)
        return fail(err, rc);
    rc = work(bus->connection, &answer, until, err);
    if (rc < 0)
        return rc;
    if (SD(sd_bus_message_is_method_error)(answer, NULL) > 0)
        return explain(service, SD(sd_bus_message_get_error)(answer), err);
    if (SD(sd_bus_message_has_signature)(answer, types) <= 0)
        return bus_garbled(err);
    *ret = steal(&answer);
    return 1;
}

int bus_garbled(struct err *err)
{
    return err_set(err, ERR_RETRY, "its answer is of an unknown form");
}
