/* signet-preview: tells what a profile would request, as one JSON object, with the rights of the
 * person typing. `signet preview` makes text of it. */
#include "agent/preview.h"
#include "agent/sources.h"
#include "base/fs.h"
#include "base/nss.h"
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: signet-preview [OPTION...] PROFILE\n"
    "Prints what the profile would request, as one JSON object; nobody is asked for anything.\n"
    "\n"
    "  --user NAME|UID  for this user (default: who runs it; for a device profile, the device)\n"
    "  --device         for the device\n"
    "  --conf DIR       folder of signet.conf and conf.d (default: " SYSCONFDIR "/signet)\n"
    "  --run DIR        folder of facts.json (default: " RUNDIR ")\n"
    "  --csr FILE       write the request too, as DER, for a throw-away key and without the\n"
    "                   challenge, into a new file; - is standard output, without the JSON\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 a request can be made; 1 not now, 2 wrong usage, 3 not permitted, 4 not as "
    "the\n"
    "profiles are, 5 out of resources or an internal error.\n";

struct options {
    const char *conf, *run, *user, *csr, *profile;
    bool device;
};

enum { DONE = -1, USAGE = 2 };

static int parse(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"conf", required_argument, NULL, 'c'}, {"run", required_argument, NULL, 'r'},
        {"user", required_argument, NULL, 'u'}, {"device", no_argument, NULL, 'd'},
        {"csr", required_argument, NULL, 'C'},  {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},    {0},
    };
    const char **values[] = {['c'] = &o->conf, ['r'] = &o->run, ['u'] = &o->user, ['C'] = &o->csr};
    int option;
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (option == 'h' || option == 'V') {
            fputs(option == 'h' ? help : PACKAGE_STRING "\n", stdout);
            return DONE;
        }
        if (option == 'd')
            o->device = true;
        else if ((size_t)option < LENGTH(values) && values[option])
            *values[option] = optarg;
        else
            return USAGE;
    }
    if (optind + 1 != argc || (o->user && o->device)) {
        fputs("signet-preview: see --help\n", stderr);
        return USAGE;
    }
    o->profile = argv[optind];
    return 0;
}

/* Whose it is: the person typing, unless something else was said. */
static int find_owner(const struct options *o, const struct profile *profile, struct owner *ret,
                      struct err *err)
{
    *ret = (struct owner){.uid = getuid()};
    if (o->user)
        return nss_uid(o->user, &ret->uid, err) < 0 ? err_context(err, "--user %s", o->user) : 0;
    if (o->device || profile->scep.type == TYPE_DEVICE)
        *ret = (struct owner){.device = true};
    return 0;
}

static int find_profile(const struct profile_set *set, const char *name, const struct profile **ret,
                        struct preview_scope *ret_scope, struct err *err)
{
    const struct faulty_profile *faulty = profile_find_faulty(set, PROFILE_SCEP, name);
    *ret = profile_find(set, PROFILE_SCEP, name);
    if (*ret)
        return 0;
    if (faulty) {
        ret_scope->file = faulty->file;
        ret_scope->line = faulty->line;
        return err_set(err, ERR_CONFIG, "%s: the profile has a problem: nothing is requested",
                       name);
    }
    if (profile_find(set, PROFILE_TRUSTED_ROOT, name))
        return err_set(err, ERR_CONFIG, "%s: a trusted-root profile, which requests nothing", name);
    ret_scope->all = true;
    return profile_unknown(set, 1u << PROFILE_SCEP, name, err);
}

/* The owner's name alone, where its groups are not to be had. */
static int name_owner(struct preview *preview, char **ret, struct err *err)
{
    autobuf buffer = {0};
    struct passwd user;
    if (preview->owner.device)
        return 0;
    int rc = nss_user(preview->owner.uid, &user, &buffer, err);
    if (rc == 0)
        return err_set(err, ERR_CONFIG, "no user has the uid %u", preview->owner.uid);
    if (rc > 0 && !(*ret = strdup(user.pw_name)))
        return err_memory(err);
    preview->user = *ret;
    return rc < 0 ? rc : 0;
}

static int describe(struct preview *preview, json_t **ret, struct request *ret_request,
                    struct err *err)
{
    CLEANUP(candidate_free) struct candidate candidate = {0};
    autofree char *user = NULL;
    struct err unknown;
    int rc = name_owner(preview, &user, err);
    if (rc < 0)
        return rc;
    rc = agent_candidate(preview->agent, &preview->owner, &candidate, &unknown);
    preview->candidate = rc < 0 ? NULL : &candidate;
    preview->unknown = &unknown;
    return preview_describe(preview, ret, ret_request, err);
}

/* A file of this name is left as it is: a slip must not cost a key or a profile. */
static int write_csr(const char *file, const struct request *request, struct err *err)
{
    autobuf der = {0};
    int rc = preview_csr(request, &der, err);
    if (rc < 0)
        return rc;
    if (strcmp(file, "-") == 0)
        rc =
            fwrite(der.data, 1, der.len, stdout) == der.len ? 0 : err_errno(err, "standard output");
    else
        rc = fs_create(AT_FDCWD, file, 0644, der.data, der.len, err);
    if (rc < 0 && errno == EEXIST)
        return err_set(err, ERR_CONFIG, "%s: is there already; name a new file", file);
    if (rc == 0)
        fputs("signet preview: the request is for a throw-away key and without the challenge "
              "(challengePassword)\n",
              stderr);
    return rc;
}

/* The object is made whatever happens; only its own failure is one. */
static json_t *preview(const struct options *o, struct agent *agent)
{
    CLEANUP(request_free) struct request request = {0};
    struct preview what = {.agent = agent};
    struct preview_scope scope = {0};
    autojson *object = NULL;
    struct err err;

    int rc = agent_load(agent, &err);
    if (rc == 0)
        rc = find_profile(&agent->profiles, o->profile, &what.profile, &scope, &err);
    if (rc == 0)
        rc = find_owner(o, what.profile, &what.owner, &err);
    if (rc == 0)
        rc = describe(&what, &object, &request, &err);
    if (rc < 0)
        return preview_nothing(&err, &agent->profiles, &scope);
    if (o->csr && strcmp(json_text(object, "result", ""), "ok") == 0 &&
        write_csr(o->csr, &request, &err) < 0)
        preview_fail(object, &err);
    return steal(&object);
}

static int exit_status(const json_t *object)
{
    static const int statuses[] = {
        [ERR_RETRY] = 1, [ERR_DENIED] = 3, [ERR_CONFIG] = 4, [ERR_RESOURCE] = 5, [ERR_BUG] = 5};
    const char *class = json_text(object, "class", NULL);
    return class ? statuses[err_class_named(class)] : 0;
}

/* Standard output has either the object or the request. */
static int print(const struct options *o, const json_t *object, struct err *err)
{
    autobuf text = {0};
    if (o->csr && strcmp(o->csr, "-") == 0) {
        const char *message = json_text(object, "message", NULL);
        if (message)
            fprintf(stderr, "signet preview: %s\n", message);
    } else {
        int rc = json_print(object, &text, err);
        if (rc < 0)
            return rc;
        puts(buf_text(&text));
    }
    return fflush(stdout) == EOF || ferror(stdout) ? err_errno(err, "standard output") : 0;
}

int main(int argc, char **argv)
{
    struct options options = {.run = RUNDIR};
    int rc = parse(argc, argv, &options);
    if (rc != 0)
        return rc == DONE ? 0 : rc;
    struct sources sources = {.root = "", .run = options.run, .timeout_ms = SOURCES_TIMEOUT_MS};
    struct agent agent = {.conf = options.conf, .sources = &sources, .store = {.fd = -1}};
    struct err err;

    rc = proc_harden(&err);
    if (rc == 0) {
        autojson *object = preview(&options, &agent);
        rc = print(&options, object, &err);
        if (rc == 0)
            rc = exit_status(object);
    }
    if (rc < 0)
        fprintf(stderr, "signet preview: %s\n", err.text);
    sources_free(&sources);
    agent_unload(&agent);
    return rc < 0 ? 5 : rc;
}
