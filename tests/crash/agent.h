/* The agent as trials have it: its profiles, what is in its store, and how it is run. */
#ifndef SIGNET_TESTS_CRASH_AGENT_H
#define SIGNET_TESTS_CRASH_AGENT_H

#include "tests/crash/place.h"

/* What the agent becomes: the owner of its store. (47110 is alice, who signs in.) */
#define AGENT_UID 47111

#define AGENT_WIFI "device/wifi"
#define AGENT_MAIL "users/47110/mail"

/* Small keys are made quickly. */
#define AGENT_SMALL "key-size = 1024\n"

/* A root, and nothing in the store, nor a store. */
void agent_put_nothing(const struct place *place);

/* [scep wifi], of the device; MORE has its further lines. */
void agent_put_wifi(const struct place *place, const char *more);

/* [scep mail], of users, and none of the device; and the machine knows alice. */
void agent_put_mail(const struct place *place);

/* A store of the agent's own, with nothing in it. */
void agent_put_store(const struct place *place);

/* PLACE/base/store/NAME, as the agent would have written it. */
void agent_put_stored(const struct place *place, const char *name, const char *text);

/* A certificate that came a moment ago is not renewed for its age: this one came long ago. */
void agent_rest(const struct place *place);

/* A certificate for wifi, which is due. */
void agent_put_due(const struct place *place);

/* Its texts are good until the next call. */
typedef struct command agent_command(const struct place *place, const char *work);
agent_command agent_cycle, agent_cycle_of_alice;

/* What root tells it over its socket: INPUT, of which no copy is made. */
struct command agent_told(const struct place *place, const char *work, const char *input);

/* Runs it in PLACE/base, where it ends well, or says SETBACK (NULL: it does not). */
void agent_run(const struct place *place, const char *rules, agent_command *command,
               const char *setback);

#endif
