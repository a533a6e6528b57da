/* sd-bus, loaded when the system bus is first asked. Few profiles have values from there, and with
 * the six libraries that libsystemd brings it takes a third of what the agent takes to load. */
#ifndef SIGNET_AGENT_LIBSYSTEMD_H
#define SIGNET_AGENT_LIBSYSTEMD_H

#include "base/err.h"

#include <systemd/sd-bus.h>

#define LIBSYSTEMD_FUNCTIONS(X)                                                                    \
    X(sd_bus_call_async)                                                                           \
    X(sd_bus_close_unref)                                                                          \
    X(sd_bus_error_has_name)                                                                       \
    X(sd_bus_is_ready)                                                                             \
    X(sd_bus_message_append_basic)                                                                 \
    X(sd_bus_message_close_container)                                                              \
    X(sd_bus_message_enter_container)                                                              \
    X(sd_bus_message_exit_container)                                                               \
    X(sd_bus_message_get_error)                                                                    \
    X(sd_bus_message_has_signature)                                                                \
    X(sd_bus_message_is_method_error)                                                              \
    X(sd_bus_message_new_method_call)                                                              \
    X(sd_bus_message_open_container)                                                               \
    X(sd_bus_message_read)                                                                         \
    X(sd_bus_message_read_basic)                                                                   \
    X(sd_bus_message_ref)                                                                          \
    X(sd_bus_message_skip)                                                                         \
    X(sd_bus_message_unref)                                                                        \
    X(sd_bus_new)                                                                                  \
    X(sd_bus_process)                                                                              \
    X(sd_bus_set_address)                                                                          \
    X(sd_bus_set_bus_client)                                                                       \
    X(sd_bus_slot_unref)                                                                           \
    X(sd_bus_start)                                                                                \
    X(sd_bus_wait)

#define LIBSYSTEMD_MEMBER(function) __typeof__(function) *function;

extern struct libsystemd {
    LIBSYSTEMD_FUNCTIONS(LIBSYSTEMD_MEMBER)
} libsystemd;

/* SD(sd_bus_new)(...), once it is loaded. */
#define SD(function) (*libsystemd.function)

/* CONFIG when it is not installed, or too old. */
int libsystemd_load(struct err *err);

#endif
