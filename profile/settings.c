#include "profile/settings.h"

#include "base/array.h"
#include "profile/command.h"
#include "profile/helper.h"
#include "profile/keys.h"
#include "profile/problem.h"
#include "profile/template.h"

#include <string.h>

void settings_free(struct settings *settings)
{
    for (size_t i = 0; i < settings->n; i++)
        free(settings->v[i].value);
    free(settings->v);
    proxy_free(&settings->proxy);
    strings_free(&settings->no_proxy);
    free(settings->file);
    *settings = (struct settings){0};
}

static int find_attribute(const char *name, const struct attribute **ret, struct err *err)
{
    size_t len = strlen(name);
    *ret = attribute_find(name, len);
    if (*ret)
        return 0;
    struct nearest nearest = {.word = name, .len = len};
    attribute_offer_names(&nearest);
    err_set(err, ERR_CONFIG, "%.100s: no known variable%s", name, nearest_hint(&nearest));
    return err_at(err, name, len);
}

static int check_value(const char *value, struct err *err)
{
    CLEANUP(template_free) struct template template = {0};
    if (!*value)
        return err_set(err, ERR_CONFIG, "has no value");
    const char *second = strchr(value, '\n'), *command = helper_line(value);
    if (second) {
        err_set(err, ERR_CONFIG,
                "an indented line continues the value above it; begin every variable in the first "
                "column");
        return err_at(err, second + 1, strlen(second + 1));
    }
    if (command)
        return command_check(command, err) == -ERR_CONFIG ? -ERR_CONFIG : 0;
    return template_parse(value, strlen(value), &template, err);
}

/* Does a value made of variables lead to TARGET, through whatever other settings? Each of them is
 * looked at once (a bit of SEEN). */
static bool leads_to(const struct settings *settings, const char *value,
                     const struct attribute *target, uint64_t *seen)
{
    const struct attribute *attribute;
    size_t len;
    if (helper_line(value))
        return false;
    for (const char *p = value; (p = template_find(p, &len, &attribute)); p += len) {
        if (attribute == target)
            return true;
        for (size_t i = 0; i < settings->n; i++) {
            bool fresh = settings->v[i].attribute == attribute && !(*seen >> i & 1);
            *seen |= (uint64_t)fresh << i;
            if (fresh && leads_to(settings, settings->v[i].value, target, seen))
                return true;
        }
    }
    return false;
}

static const struct setting *find_user_only(const struct settings *settings,
                                            const struct attribute *target, uint64_t *seen,
                                            const struct attribute **ret)
{
    const struct setting *found = NULL;
    for (size_t i = 0; !found && i < settings->n; i++) {
        const struct setting *setting = &settings->v[i];
        const struct attribute *attribute;
        size_t len;
        if (setting->attribute != target || *seen >> i & 1 || helper_line(setting->value))
            continue;
        *seen |= (uint64_t)1 << i;
        for (const char *p = setting->value; !found && (p = template_find(p, &len, &attribute));
             p += len) {
            if (attribute && attribute->user_only) {
                *ret = attribute;
                return setting;
            }
            found = find_user_only(settings, attribute, seen, ret);
        }
    }
    return found;
}

const struct setting *settings_user_only(const struct settings *settings,
                                         const struct attribute *attribute,
                                         const struct attribute **ret_variable)
{
    uint64_t seen = 0;
    return find_user_only(settings, attribute, &seen, ret_variable);
}

/* The line that closes a circle is the one at fault. */
static int check_circle(const struct settings *settings, const struct attribute *attribute,
                        const char *value, struct err *err)
{
    uint64_t seen = 0;
    if (!leads_to(settings, value, attribute, &seen))
        return 0;
    return err_set(err, ERR_CONFIG,
                   "leads back to itself, in a circle of variables; one of them needs a value of "
                   "its own");
}

static int add(struct settings *settings, const struct conf_line *line, struct err *err)
{
    const struct attribute *attribute;
    int rc = find_attribute(line->key, &attribute, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < settings->n; i++)
        if (settings->v[i].attribute == attribute) {
            err_set(err, ERR_CONFIG, "%s: has a value already, on line %u", line->key,
                    settings->v[i].line);
            return err_at(err, line->key, strlen(line->key));
        }
    rc = check_value(line->value, err);
    if (rc == 0)
        rc = check_circle(settings, attribute, line->value, err);
    if (rc < 0)
        return err_context(err, "%s", line->key);

    rc = array_room(&settings->v, settings->n, sizeof *settings->v, err);
    char *value = rc == 0 ? strdup(line->value) : NULL;
    if (!value)
        return err_memory(err);
    settings->v[settings->n++] =
        (struct setting){.attribute = attribute, .value = value, .line = line->number};
    return 0;
}

/* A program that this machine lacks is no fault of the file: it may be checked elsewhere. */
static int warn_of_command(const struct conf_section *section, const struct conf_line *line,
                           struct problems *warnings, struct err *err)
{
    const char *command = helper_line(line->value);
    struct err why;
    if (!command || command_check(command, &why) == 0)
        return 0;
    return problem_at(warnings, section->file, conf_span(line, command, strlen(command)), err,
                      "%s: %s", line->key, why.text);
}

static int read_attributes(const struct conf_section *section, struct settings *settings,
                           struct problems *problems, struct problems *warnings, struct err *err)
{
    int rc = 0;
    if (!settings->file && !(settings->file = strdup(section->file)))
        return err_memory(err);
    for (size_t i = 0; rc == 0 && i < section->n; i++) {
        const struct conf_line *line = &section->lines[i];
        struct err why;
        if (add(settings, line, &why) < 0)
            rc = problem_at(problems, section->file, conf_span(line, why.at, why.at_len), err, "%s",
                            why.text);
        else
            rc = warn_of_command(section, line, warnings, err);
    }
    return rc;
}

static int read_agent(struct keys_reading *reading, struct settings *settings, struct err *err)
{
    int rc = keys_read(reading, SECTION_AGENT, settings, err);
    if (rc == 0)
        rc = proxy_check(&settings->proxy, reading, err);
    if (rc == 0 && keys_line(reading, "no-proxy") && !keys_line(reading, "proxy"))
        rc = keys_problem(reading, "no-proxy", err, "means nothing without proxy");
    return rc;
}

int settings_read(const struct conf *conf, const char *folder, struct settings *ret,
                  struct problems *problems, struct problems *warnings, struct err *err)
{
    CLEANUP(settings_free)
    struct settings settings = {.interval = SETTINGS_INTERVAL,
                                .max_requests = SETTINGS_REQUESTS,
                                .damaged = conf->problems.n > 0};
    int rc = problems_add(problems, &conf->problems, err);
    for (size_t i = 0; rc == 0 && i < conf->n; i++) {
        const struct conf_section *section = &conf->sections[i];
        struct keys_reading reading = {
            .section = section, .problems = problems, .warnings = warnings, .folder = folder};
        size_t before = problems->n;
        bool agent = strcmp(section->kind, "agent") == 0 && !*section->name;
        if (agent)
            rc = read_agent(&reading, &settings, err);
        else if (strcmp(section->kind, "attributes") == 0 && !*section->name)
            rc = read_attributes(section, &settings, problems, warnings, err);
        else
            rc = problem_at(problems, section->file, conf_section_span(section), err,
                            "[%.60s%s%.60s]: signet.conf has the sections [attributes] and "
                            "[agent]; profiles stand in conf.d",
                            section->kind, *section->name ? " " : "", section->name);
        settings.damaged = settings.damaged || (!agent && problems->n > before);
    }
    if (rc < 0)
        return rc;
    settings_free(ret);
    *ret = settings;
    settings = (struct settings){0};
    return 0;
}
