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

int agent_facts(const struct agent *agent, const struct owner *owner, struct rule_facts *ret,
                struct err *err)
{
    return owner->device ? rule_facts_device(agent->root, ret, err)
                         : rule_facts_user(agent->root, owner->uid, ret, err);
}

bool agent_root_applies(const struct agent *agent, const struct profile *profile,
                        const struct rule_facts *facts)
{
    const struct profile *root =
        profile_find(&agent->profiles, PROFILE_TRUSTED_ROOT, profile->scep.root);
    return root && rule_applies(root, facts, NULL);
}
