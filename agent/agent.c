#include "agent/agent.h"

#include "agent/route.h"
#include "agent/sources.h"

int agent_load(struct agent *agent, struct err *err)
{
    agent->platform_err = (struct err){0};
    platform_free(&agent->platform);
    int rc = profile_load(agent->conf, &agent->profiles, err);
    if (rc == 0)
        candidate_platform(agent->root, false, &agent->profiles, &agent->platform,
                           &agent->platform_err);
    return rc;
}

void agent_unload(struct agent *agent)
{
    profile_set_free(&agent->profiles);
    platform_free(&agent->platform);
}

int agent_candidate(const struct agent *agent, const struct owner *owner, struct candidate *ret,
                    struct err *err)
{
    if (agent->platform_err.class)
        return err_set(err, agent->platform_err.class, "%s", agent->platform_err.text);
    int rc = owner->device ? candidate_device(agent->root, ret, err)
                           : candidate_user(agent->root, owner->uid, ret, err);
    if (rc == 0)
        ret->platform = &agent->platform;
    return rc;
}

struct attributes agent_attributes(const struct agent *agent, const struct owner *owner,
                                   const char *user)
{
    return (struct attributes){.settings = &agent->profiles.settings,
                               .user = owner->device ? NULL : user,
                               .uid = owner->uid,
                               .root = agent->root,
                               .ask = agent->sources ? sources_ask : NULL,
                               .context = agent->sources,
                               .known = agent->sources ? &agent->sources->known : NULL};
}

int agent_ready(const struct agent *agent, const struct profile *profile, const struct owner *owner,
                const struct candidate *candidate, struct buf *ret_reason, struct err *err)
{
    const char *name = profile->scep.root;
    const struct profile *root = profile_find(&agent->profiles, PROFILE_TRUSTED_ROOT, name);
    struct rule_verdict verdict;
    if (root && rule_applies(root, candidate, &verdict))
        return route_ready(agent, profile, owner, ret_reason, err);
    int rc = buf_printf(ret_reason, err, "[trusted-root %s] is not there for this owner", name);
    if (rc == 0 && root)
        rc = buf_add_text(ret_reason, ": ", err);
    return rc == 0 && root ? rule_explain(root, &verdict, ret_reason, err) : rc;
}

void agent_say(agent_progress *progress, void *context, const char *profile, const char *text)
{
    autofree char *line = progress ? text_format("%s: %s", profile, text) : NULL;
    if (line)
        progress(context, line);
}
