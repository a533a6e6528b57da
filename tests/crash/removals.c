/* What nobody asks for any more: it goes, and is not half there. */
#include "tests/crash/agent.h"
#include "tests/crash/trial.h"

static struct command remove_mail(const struct place *place, const char *work)
{
    return agent_told(place, work, "{\"op\":\"remove\",\"uid\":47110,\"profile\":\"mail\"}\n");
}

/* The last of the profiles goes, and its root. */
static void prepare_unwanted(const struct place *place)
{
    agent_put_due(place);
    place_put(place, "conf/conf.d/10-root.conf", NULL);
    place_put(place, "conf/conf.d/20-wifi.conf", NULL);
}

static void prepare_under_way(const struct place *place)
{
    agent_put_due(place);
    agent_run(place, "pending:1", agent_cycle, NULL);
    place_put(place, "conf/conf.d/20-wifi.conf", NULL);
}

/* It lies there for a retry, and is a secret. */
static void prepare_kept(const struct place *place)
{
    agent_put_store(place);
    agent_put_wifi(place, AGENT_SMALL "challenge = command:/bin/echo sesame\n");
    agent_run(place, "pki/503", agent_cycle, "HTTP 503");
    place_put(place, "conf/conf.d/20-wifi.conf", NULL);
}

static void prepare_mail(const struct place *place)
{
    agent_put_store(place);
    agent_put_mail(place);
    agent_run(place, "", agent_cycle_of_alice, NULL);
}

static void prepare_unwanted_mail(const struct place *place)
{
    prepare_mail(place);
    place_put(place, "conf/conf.d/30-mail.conf", NULL);
}

/* What she had stays until root says otherwise. */
static void prepare_nobody(const struct place *place)
{
    prepare_mail(place);
    place_put(place, "base/passwd", "root:x:0:0:root:/root:/bin/sh\n");
}

#define WIFI agent_cycle, AGENT_WIFI, .ending = END_GONE

static const struct trial trials[] = {
    {"a profile and a root that are removed", prepare_unwanted, "", WIFI},
    {"a request under way that is removed", prepare_under_way, "", WIFI},
    {"a challenge that is removed", prepare_kept, "", WIFI},
    {"a user's profile that is removed", prepare_unwanted_mail, "", agent_cycle, AGENT_MAIL,
     .ending = END_GONE, .in_brief = true, .one_of = 8},
    {"a user who is removed", prepare_nobody, "", remove_mail, AGENT_MAIL, END_GONE,
     .in_brief = true, .one_of = 8},
};

const struct trials removals = {trials, LENGTH(trials)};
