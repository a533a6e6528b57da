#include "tests/crash/agent.h"

#include "base/fs.h"
#include "tests/crash/must.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

void agent_put_wifi(const struct place *place, const char *more)
{
    autofree char *text = text_format("[scep wifi]\ntype = device\nroot = root\nurl = %s\n"
                                      "renewal-threshold = 99\nsubject = CN={{DeviceName}}\n%s",
                                      place->ca.url, more);
    place_put(place, "conf/conf.d/20-wifi.conf", text);
}

void agent_put_mail(const struct place *place)
{
    place_put(place, "base/passwd",
              "root:x:0:0:root:/root:/bin/sh\nalice:x:47110:65534:Alice:/:/bin/sh\n");
    autofree char *text = text_format("[scep mail]\ntype = user\nroot = root\nurl = %s\n"
                                      "subject = CN={{UserName}}\n" AGENT_SMALL,
                                      place->ca.url);
    place_put(place, "conf/conf.d/20-wifi.conf", NULL);
    place_put(place, "conf/conf.d/30-mail.conf", text);
}

void agent_put_nothing(const struct place *place)
{
    autobuf root = {0};
    must(fs_read(AT_FDCWD, place->ca.root, 1 << 20, &root, NULL) == 0);
    place_put(place, "conf/root.pem", buf_text(&root));
    place_put(place, "conf/signet.conf", "[attributes]\nDeviceName = box\n");
    place_put(place, "conf/conf.d/10-root.conf", "[trusted-root root]\ncertificate = root.pem\n");
    agent_put_wifi(place, AGENT_SMALL);
    place_put(place, "base/nothing", "");
    place_put(place, "programs/nothing", "");
}

void agent_put_store(const struct place *place)
{
    agent_put_nothing(place);
    autofree char *store = place_path(place, "base/store");
    must(mkdir(store, 0700) == 0 && chown(store, AGENT_UID, AGENT_UID) == 0);
}

void agent_put_stored(const struct place *place, const char *name, const char *text)
{
    autofree char *file = text_format("base/store/%s", name);
    autofree char *path = place_path(place, file);
    place_put(place, file, text);
    must(chmod(path, 0600) == 0 && chown(path, AGENT_UID, AGENT_UID) == 0);
}

void agent_rest(const struct place *place)
{
    static const char word[] = "\"obtained\":";
    autobuf meta = {0};
    autofree char *path = place_path(place, "base/store/" AGENT_WIFI "/current/meta.json");
    must(fs_read(AT_FDCWD, path, 1 << 16, &meta, NULL) == 0);
    char *at = strstr(buf_text(&meta), word);
    must(at);
    at += sizeof word - 1;
    memset(at, ' ', strspn(at, " 0123456789"));
    *at = '1'; /* second of 1970 */
    autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd >= 0 && fs_write_all(fd, buf_text(&meta), meta.len));
}

void agent_put_due(const struct place *place)
{
    agent_put_store(place);
    agent_run(place, "short:450", agent_cycle, NULL);
    agent_rest(place);
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

struct command agent_cycle(const struct place *place, const char *work)
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

struct command agent_cycle_of_alice(const struct place *place, const char *work)
{
    struct command command = agent_cycle(place, work);
    command.argv[8] = "--user";
    command.argv[9] = "alice";
    return command;
}

struct command agent_told(const struct place *place, const char *work, const char *input)
{
    struct command command = agent_cycle(place, work);
    command.argv[1] = "--stdio";
    command.input = input;
    return command;
}

void agent_run(const struct place *place, const char *rules, agent_command *command,
               const char *setback)
{
    CLEANUP(ended_free) struct ended ended = {0};
    autofree char *base = place_path(place, "base");
    struct command line = command(place, base);
    place_behave(place, rules);
    supervise(&line, NULL, NULL, &ended);
    bool good = setback ? strstr(buf_text(&ended.said), setback) != NULL : ended.status == 0;
    if (!good)
        fprintf(stderr, "%s", buf_text(&ended.said));
    must(good);
}
