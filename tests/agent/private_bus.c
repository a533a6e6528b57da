#include "tests/agent/private_bus.h"

#include "base/io.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>

#define MOCK "org.freedesktop.DBus.Mock"

/* All that a stand-in is: its name, its object, and the one method that matters. */
static const struct service {
    const char *name, *path, *interface, *method, *arguments;
} services[] = {
    {"org.freedesktop.sssd.infopipe", "/org/freedesktop/sssd/infopipe",
     "org.freedesktop.sssd.infopipe", "GetUserAttr", "sas"},
    {"org.freedesktop.ModemManager1", "/org/freedesktop/ModemManager1",
     "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", ""},
};

static pid_t spawn(char *const argv[], int output)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    execv(argv[0], argv);
    _exit(127);
}

static void end(pid_t pid)
{
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

void private_bus_open(struct private_bus *bus)
{
    *bus = (struct private_bus){0};
    temp_open(&bus->temp);
    autofree char *conf = text_format(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
        " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
        "<busconfig><type>session</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>\n"
        "<policy context=\"default\"><allow send_destination=\"*\"/>\n"
        "<allow receive_sender=\"*\"/><allow own=\"*\"/>\n"
        "<allow user=\"*\"/></policy></busconfig>\n",
        bus->temp.path);
    temp_file(&bus->temp, "bus.conf", 0644, conf);
    snprintf(bus->address, sizeof bus->address, "unix:path=%s/bus", bus->temp.path);

    autofree char *option = text_format("--config-file=%s/bus.conf", bus->temp.path);
    char *argv[] = {"/usr/bin/dbus-daemon", option, "--nofork", "--nopidfile",
                    "--print-address",      NULL};
    int pair[2];
    ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
    bus->daemon = spawn(argv, pair[1]);
    close(pair[1]);
    struct io_lines lines = {.fd = pair[0], .max = 255};
    autobuf address = {0};
    ck_assert_int_eq(io_line(&lines, PATIENCE, &address, NULL), 1);
    buf_free(&lines.buffer);
    close(pair[0]);
}

void private_bus_close(struct private_bus *bus)
{
    for (size_t i = 0; i < LENGTH(services); i++)
        end(bus->services[i]);
    end(bus->daemon);
    temp_close(&bus->temp);
}

/* A connection does not outlive a fork, and every test is one. */
static sd_bus *connect_to(const struct private_bus *bus)
{
    sd_bus *connection = NULL;
    ck_assert_int_ge(sd_bus_new(&connection), 0);
    ck_assert_int_ge(sd_bus_set_address(connection, bus->address), 0);
    ck_assert_int_ge(sd_bus_set_bus_client(connection, true), 0);
    ck_assert_int_ge(sd_bus_start(connection), 0);
    return connection;
}
#define CONNECTED(c, bus) CLEANUP(sd_bus_close_unrefp) sd_bus *c = connect_to(bus)

static bool is_owned(sd_bus *connection, const char *name)
{
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
    int owned = 0;
    ck_assert_int_ge(sd_bus_call_method(connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                        "org.freedesktop.DBus", "NameHasOwner", NULL, &answer, "s",
                                        name),
                     0);
    ck_assert_int_ge(sd_bus_message_read(answer, "b", &owned), 0);
    return owned;
}

static void await_name(const struct private_bus *bus, const char *name)
{
    CONNECTED(connection, bus);
    UNTIL(is_owned(connection, name), "%s does not come up", name);
}

static void serve(struct private_bus *bus)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(setenv("DBUS_SYSTEM_BUS_ADDRESS", bus->address, 1), 0);
    for (size_t i = 0; i < LENGTH(services); i++) {
        const struct service *s = &services[i];
        char *argv[] = {
            "/usr/bin/python3",   "-m", "dbusmock", "--system", (char *)s->name, (char *)s->path,
            (char *)s->interface, NULL};
        bus->services[i] = spawn(argv, null);
    }
    ck_assert_int_eq(unsetenv("DBUS_SYSTEM_BUS_ADDRESS"), 0);
    for (size_t i = 0; i < LENGTH(services); i++)
        await_name(bus, services[i].name);
    close(null);
}

struct private_bus served_bus;

void private_bus_start(void)
{
    private_bus_open(&served_bus);
    serve(&served_bus);
}

void private_bus_stop(void)
{
    private_bus_close(&served_bus);
}

static void answer(const struct private_bus *bus, const struct service *s, const char *types,
                   const char *code)
{
    CONNECTED(connection, bus);
    autofree char *whole = text_format("error = lambda name, text: "
                                       "dbus.exceptions.DBusException(text, name=name)\n%s",
                                       code);
    ck_assert_int_ge(sd_bus_call_method(connection, s->name, s->path, MOCK, "AddMethod", NULL, NULL,
                                        "sssss", s->interface, s->method, s->arguments, types,
                                        whole),
                     0);
}

void private_bus_sssd(struct private_bus *bus, const char *types, const char *code)
{
    answer(bus, &services[0], types, code);
}

void private_bus_modem_manager(struct private_bus *bus, const char *types, const char *code)
{
    answer(bus, &services[1], types, code);
}

unsigned private_bus_sssd_calls(struct private_bus *bus)
{
    CONNECTED(connection, bus);
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *calls = NULL;
    const struct service *s = &services[0];
    unsigned n = 0;
    ck_assert_int_ge(sd_bus_call_method(connection, s->name, s->path, MOCK, "GetMethodCalls", NULL,
                                        &calls, "s", s->method),
                     0);
    ck_assert_int_ge(sd_bus_message_enter_container(calls, 'a', "(tav)"), 0);
    while (sd_bus_message_at_end(calls, false) == 0) {
        ck_assert_int_ge(sd_bus_message_skip(calls, "(tav)"), 0);
        n++;
    }
    ck_assert_int_ge(
        sd_bus_call_method(connection, s->name, s->path, MOCK, "ClearCalls", NULL, NULL, ""), 0);
    return n;
}
