/* Certificates that are asked for, for the first time and again. */
#include "tests/crash/must.h"
#include "tests/crash/tree.h"
#include "tests/crash/trial.h"

#include "base/fs.h"
#include "base/text.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#define AGENT 47111 /* its uid */

/* Small keys are made quickly. */
#define PROFILE                                                                                    \
    "[scep wifi]\ntype = device\nroot = root\nurl = %s\nkey-size = 1024\n"                         \
    "renewal-threshold = 99\nsubject = CN={{DeviceName}}\n%s"

static void put_profile(const struct place *place, const char *more)
{
    autofree char *text = text_format(PROFILE, place->ca.url, more);
    place_put(place, "conf/conf.d/20-wifi.conf", text);
}

static void put_root(const struct place *place)
{
    autobuf root = {0};
    must(fs_read(AT_FDCWD, place->ca.root, 1 << 20, &root, NULL) == 0);
    place_put(place, "conf/root.pem", buf_text(&root));
    place_put(place, "conf/signet.conf", "[attributes]\nDeviceName = box\n");
    place_put(place, "conf/conf.d/10-root.conf", "[trusted-root root]\ncertificate = root.pem\n");
}

/* The agent becomes the owner of a store that is not root's: who could not come to the folder that
 * all was built in comes to it by another way. And the machine may know alice. */
static void enter(const char *work)
{
    autofree char *programs = text_format("%s/../programs", work);
    autofree char *passwd = text_format("%s/passwd", work);
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount(TEST_BUILDDIR, programs, NULL, MS_BIND, NULL) < 0 ||
        (access(passwd, F_OK) == 0 && mount(passwd, "/etc/passwd", NULL, MS_BIND, NULL) < 0))
        _exit(125);
}

static struct command cycle(const struct place *place, const char *work)
{
    static char agent[128], conf[128], store[128];
    snprintf(agent, sizeof agent, "%s/programs/signet-agent", place->path);
    snprintf(conf, sizeof conf, "%s/conf", place->path);
    snprintf(store, sizeof store, "%s/store", work);
    return (struct command){
        .argv = {agent, "--cycle", "--conf", conf, "--store", store, "--run", "/nowhere"},
        .enter = enter,
        .work = work};
}

static struct command cycle_of_user(const struct place *place, const char *work)
{
    struct command command = cycle(place, work);
    command.argv[8] = "--user";
    command.argv[9] = "alice";
    return command;
}

static struct command renew(const struct place *place, const char *work)
{
    struct command command = cycle(place, work);
    command.argv[1] = "--stdio";
    command.input = "{\"op\":\"renew\",\"uid\":-1,\"profile\":\"wifi\"}\n";
    return command;
}

/* Runs it in PLACE/base, where it has to end well. */
static void run(const struct place *place, const char *rules,
                struct command (*command)(const struct place *, const char *))
{
    CLEANUP(ended_free) struct ended ended = {0};
    autofree char *base = place_path(place, "base");
    struct command line = command(place, base);
    place_behave(place, rules);
    supervise(&line, NULL, NULL, &ended);
    if (ended.status != 0)
        fprintf(stderr, "%s", buf_text(&ended.said));
    must(ended.status == 0);
}

static void prepare_nothing(const struct place *place)
{
    put_root(place);
    put_profile(place, "");
    place_put(place, "base/nothing", "");
    place_put(place, "programs/nothing", "");
}

/* A store of the agent's own user, with nothing in it. */
static void prepare_store(const struct place *place)
{
    prepare_nothing(place);
    autofree char *store = place_path(place, "base/store");
    must(mkdir(store, 0700) == 0 && chown(store, AGENT, AGENT) == 0);
}

/* It has had its rest: a certificate that came a moment ago is not renewed for its age. */
static void let_time_pass(const struct place *place)
{
    static const char word[] = "\"obtained\":";
    autobuf meta = {0};
    autofree char *path = place_path(place, "base/store/device/wifi/current/meta.json");
    must(fs_read(AT_FDCWD, path, 1 << 16, &meta, NULL) == 0);
    char *text = strdup(buf_text(&meta)), *at = text ? strstr(text, word) : NULL;
    must(at);
    at += sizeof word - 1;
    memset(at, ' ', strspn(at, " 0123456789"));
    *at = '1'; /* second of 1970 */
    autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd >= 0 && fs_write_all(fd, text, strlen(text)));
    free(text);
}

/* A short-lived one, that is due at once. */
static void prepare_one(const struct place *place)
{
    prepare_store(place);
    run(place, "short:450", cycle);
    let_time_pass(place);
}

static void prepare_two(const struct place *place)
{
    prepare_one(place);
    run(place, "short:450", renew);
    let_time_pass(place);
}

static void prepare_edited(const struct place *place)
{
    prepare_store(place);
    run(place, "", cycle);
    put_profile(place, "san = dns:{{DeviceName}}.test\nkey-access = @nogroup\n");
}

static void prepare_put_off(const struct place *place)
{
    prepare_one(place);
    run(place, "pending:1", cycle);
}

static void prepare_user(const struct place *place)
{
    prepare_store(place);
    place_put(place, "base/passwd",
              "root:x:0:0:root:/root:/bin/sh\nalice:x:47110:65534:Alice:/:/bin/sh\n");
    autofree char *text = text_format("[scep mail]\ntype = user\nroot = root\nurl = %s\n"
                                      "key-size = 1024\nsubject = CN={{UserName}}\n",
                                      place->ca.url);
    place_put(place, "conf/conf.d/20-wifi.conf", NULL);
    place_put(place, "conf/conf.d/30-mail.conf", text);
}

/* The uid was somebody else's: what that one had is nobody's business now. */
static void prepare_uid_of_another(const struct place *place)
{
    prepare_user(place);
    run(place, "", cycle_of_user);
    autofree char *path = place_path(place, "base/store/users/47110/mail/access.json");
    must(unlink(path) == 0);
    place_put(place, "base/store/users/47110/mail/access.json",
              "{\"access\":[],\"owner\":\"somebody\"}");
    must(chmod(path, 0600) == 0 && chown(path, AGENT, AGENT) == 0);
}

/* The last of the profiles goes, and its root. */
static void prepare_unwanted(const struct place *place)
{
    prepare_one(place);
    place_put(place, "conf/conf.d/10-root.conf", NULL);
    place_put(place, "conf/conf.d/20-wifi.conf", NULL);
}

static void prepare_unwanted_put_off(const struct place *place)
{
    prepare_put_off(place);
    place_put(place, "conf/conf.d/20-wifi.conf", NULL);
}

#define WIFI cycle, "device/wifi"
#define MAIL cycle_of_user, "users/47110/mail"

const struct trial enrolments[] = {
    {"the first certificate", prepare_nothing, "", WIFI, .ending = END_NEW, .in_brief = true},
    {"a renewal", prepare_one, "", WIFI, .ending = END_NEW, .in_brief = true},
    {"a second renewal", prepare_two, "", WIFI, .ending = END_NEW},
    {"a renewal that root asks for", prepare_one, "", renew, "device/wifi", .ending = END_NEW},
    {"a renewal that is put off", prepare_one, "pending:1000", WIFI, .ending = END_PENDING},
    {"a poll", prepare_put_off, "", WIFI, .ending = END_NEW},
    {"an edited profile", prepare_edited, "", WIFI, .ending = END_NEW},
    {"a user's first", prepare_user, "", MAIL, .ending = END_NEW},
    {"a user whose uid was another's", prepare_uid_of_another, "", MAIL, .ending = END_NEW,
     .old_may_go = true},
    {"a CA that knows a transaction once", prepare_one, "once", WIFI, .ending = END_NEW, .runs = 2},
    {"a profile and a root that are removed", prepare_unwanted, "", WIFI, .ending = END_GONE},
    {"a request under way that is removed", prepare_unwanted_put_off, "", WIFI, .ending = END_GONE},
};
const size_t n_enrolments = LENGTH(enrolments);
