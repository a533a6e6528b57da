#include "cli/why.h"

#include "cli/entries.h"
#include "cli/plain.h"

#include <inttypes.h>
#include <string.h>

/* Text from a profile or of a file's name as JSON, which takes UTF-8 only. */
static int set_text(json_t *object, const char *key, const char *text, struct err *err)
{
    autobuf plain = {0};
    int rc = plain_add(text, true, &plain, err);
    if (rc == 0 && json_object_set_new(object, key, json_string(buf_text(&plain))) < 0)
        rc = err_memory(err);
    return rc;
}

static int add_rule(const struct rule *rule, const struct candidate *candidate, json_t *list,
                    struct err *err)
{
    char reason[RULE_REASON_MAX];
    bool fits = rule_fits(rule, candidate, reason);
    json_t *line = json_pack("{s:i, s:s, s:b}", "line", (int)rule->line, "key",
                             rule_forms[rule->kind].key, "fits", (int)fits);
    if (!line || json_array_append_new(list, line) < 0)
        return err_memory(err);
    int rc = set_text(line, "value", rule->text, err);
    return rc < 0 ? rc : set_text(line, "reason", reason, err);
}

int why_explain(const struct profile *profile, const struct candidate *candidate, json_t **ret,
                struct err *err)
{
    struct rule_verdict verdict;
    bool applies = rule_applies(profile, candidate, &verdict);
    autojson *answer =
        json_pack("{s:s, s:s, s:b, s:[]}", "profile", profile->name, "kind",
                  profile_kind_name(profile->kind), "applies", (int)applies, "lines");
    if (!answer ||
        (verdict.line && json_object_set_new(answer, "line", json_integer(verdict.line)) < 0))
        return err_memory(err);
    int rc = set_text(answer, "owner", candidate->user ? candidate->user : "device", err);
    if (rc == 0)
        rc = set_text(answer, "file", profile->file, err);
    if (rc == 0)
        rc = set_text(answer, "reason", verdict.reason, err);
    for (size_t i = 0; rc == 0 && i < profile->assignment.n; i++)
        rc = add_rule(&profile->assignment.v[i], candidate, json_object_get(answer, "lines"), err);
    if (rc == 0)
        *ret = steal(&answer);
    return rc;
}

/* Each line as it stands, and below it what it does. */
static int render_lines(const json_t *answer, const struct screen *screen, struct buf *ret,
                        struct err *err)
{
    size_t i;
    json_t *line;
    json_array_foreach (json_object_get(answer, "lines"), i, line) {
        autobuf text = {0};
        int rc = buf_printf(&text, err, "%s:%" PRId64 ": %s = %s", json_text(answer, "file", ""),
                            json_number(line, "line", 0), json_text(line, "key", ""),
                            json_text(line, "value", ""));
        if (rc == 0)
            rc = plain_add(buf_text(&text), screen->utf8, ret, err);
        if (rc == 0)
            rc = buf_add_text(ret, "\n    ", err);
        if (rc == 0)
            rc = plain_add(json_text(line, "reason", ""), screen->utf8, ret, err);
        if (rc == 0)
            rc = buf_add_text(ret, "\n", err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int render_verdict(const json_t *answer, const struct screen *screen, struct buf *ret,
                          struct err *err)
{
    autobuf text = {0};
    const char *owner = json_text(answer, "owner", "");
    int64_t line = json_number(answer, "line", 0);
    int rc = buf_printf(&text, err, "[%s %s] %s %s: ", json_text(answer, "kind", ""),
                        json_text(answer, "profile", ""),
                        json_flag(answer, "applies", false) ? "applies to" : "does not apply to",
                        strcmp(owner, "device") == 0 ? "the device" : owner);
    if (rc == 0 && line)
        rc = buf_printf(&text, err, "%s:%" PRId64 ": ", json_text(answer, "file", ""), line);
    if (rc == 0)
        rc = buf_add_text(&text, json_text(answer, "reason", ""), err);
    if (rc == 0)
        rc = plain_add(buf_text(&text), screen->utf8, ret, err);
    return rc < 0 ? rc : buf_add_text(ret, "\n", err);
}

int why_render(const json_t *answer, const struct screen *screen, struct buf *ret, struct err *err)
{
    const json_t *root = json_object_get(answer, "root");
    int rc = render_lines(answer, screen, ret, err);
    if (rc == 0)
        rc = render_verdict(answer, screen, ret, err);
    if (rc < 0 || !root || json_flag(root, "applies", false))
        return rc;
    rc = render_lines(root, screen, ret, err);
    if (rc == 0)
        rc = render_verdict(root, screen, ret, err);
    if (rc == 0 && json_flag(answer, "applies", false))
        rc = buf_printf(ret, err, "[%s %s] waits for its root\n", json_text(answer, "kind", ""),
                        json_text(answer, "profile", ""));
    return rc;
}

static int find_profile(const struct profile_set *set, const char *name, const struct profile **ret,
                        struct err *err)
{
    *ret = profile_find(set, PROFILE_SCEP, name);
    if (!*ret)
        *ret = profile_find(set, PROFILE_TRUSTED_ROOT, name);
    return *ret ? 0
                : profile_unknown(set, 1u << PROFILE_SCEP | 1u << PROFILE_TRUSTED_ROOT, name, err);
}

static int take_candidate(const struct cli *cli, const struct profile *profile,
                          struct candidate *ret, struct err *err)
{
    bool personal = profile->kind == PROFILE_SCEP && profile->scep.type == TYPE_USER;
    if (cli->whose == WHOSE_USER || (cli->whose == WHOSE_DEFAULT && personal))
        return candidate_user(NULL, cli->whose == WHOSE_USER ? cli->uid : getuid(), ret, err);
    return candidate_device(NULL, ret, err);
}

static int find_out(const struct cli *cli, json_t **ret, struct err *err)
{
    CLEANUP(profile_set_free) struct profile_set set = {0};
    CLEANUP(candidate_free) struct candidate candidate = {0};
    CLEANUP(platform_free) struct platform platform = {0};
    autojson *answer = NULL, *root = NULL;
    const struct profile *profile = NULL;

    int rc = profile_load(cli->conf, &set, err);
    if (rc == 0)
        rc = find_profile(&set, cli->profile, &profile, err);
    if (rc == 0)
        rc = take_candidate(cli, profile, &candidate, err);
    if (rc == 0)
        rc = candidate_applies(&candidate, profile, NULL, err);
    if (rc > 0)
        rc = 0;
    if (rc == 0)
        rc = candidate_platform(NULL, false, &set, &platform, err);
    candidate.platform = &platform;
    if (rc == 0)
        rc = why_explain(profile, &candidate, &answer, err);
    if (rc == 0 && profile->kind == PROFILE_SCEP)
        rc = why_explain(profile_find(&set, PROFILE_TRUSTED_ROOT, profile->scep.root), &candidate,
                         &root, err);
    if (rc == 0 && root && json_object_set(answer, "root", root) < 0)
        rc = err_memory(err);
    if (rc == 0)
        *ret = steal(&answer);
    return rc;
}

int why_show(const struct cli *cli, struct err *err)
{
    autojson *answer = NULL;
    autobuf text = {0};
    int rc = find_out(cli, &answer, err);
    if (cli->json) {
        if (rc < 0)
            entries_print_error(err);
        return rc < 0 ? rc : entries_print_json(answer, err);
    }
    if (rc == 0)
        rc = why_render(answer, &cli->screen, &text, err);
    if (rc == 0)
        fputs(buf_text(&text), stdout);
    return rc;
}
