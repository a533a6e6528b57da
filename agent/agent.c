#include "agent/agent.h"

#include "agent/sources.h"

#include <string.h>

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

char *agent_verdict(const struct profile *profile, const struct rule_verdict *verdict)
{
    unsigned line = verdict->line ? verdict->line : profile->line;
    return text_format("%s:%u: %s", profile->file, line, verdict->reason);
}

int agent_root(const struct agent *agent, const struct profile *profile,
               const struct rule_facts *facts, char **ret_reason, struct err *err)
{
    const char *name = profile->scep.root;
    const struct profile *root = profile_find(&agent->profiles, PROFILE_TRUSTED_ROOT, name);
    struct rule_verdict verdict;
    if (root && rule_applies(root, facts, &verdict))
        return 1;
    autofree char *why = root ? agent_verdict(root, &verdict) : strdup("there is none");
    *ret_reason =
        why ? text_format("[trusted-root %s] is not there for this owner: %s", name, why) : NULL;
    return *ret_reason ? 0 : err_memory(err);
}
