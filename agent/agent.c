#include "agent/agent.h"

#include "agent/sources.h"

struct attributes agent_attributes(const struct agent *agent, const struct owner *owner,
                                   const char *user)
{
    return (struct attributes){.settings = &agent->profiles.settings,
                               .user = owner->device ? NULL : user,
                               .uid = owner->uid,
                               .root = agent->root,
                               .ask = agent->sources ? sources_ask : NULL,
                               .context = agent->sources};
}
