/* signet-apply: what it does to the machine's trust store, in mounts of its own. */
#include "tests/crash/must.h"
#include "tests/crash/trial.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/text.h"
#include "tests/ca/issue.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER  "/usr/local/share/ca-certificates"
#define COMMAND "/usr/sbin/update-ca-certificates"

/* Stands in for the distribution's command, which takes half a second. */
static const char stand_in[] = "#!/bin/sh\n"
                               "set -e\n"
                               "cat " FOLDER "/*.crt >/etc/ssl/certs/bundle.new\n"
                               "mv /etc/ssl/certs/bundle.new /etc/ssl/certs/bundle\n";

static void over(const char *work, const char *name, const char *path)
{
    autofree char *from = text_format("%s/%s", work, name);
    if (mount(from, path, NULL, MS_BIND, NULL) < 0)
        _exit(125);
}

static void enter(const char *work)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        (mkdir("/var/lib/signet-apply", 0700) < 0 && errno != EEXIST))
        _exit(125);
    over(work, "folder", FOLDER);
    over(work, "certs", "/etc/ssl/certs");
    over(work, "lib", "/var/lib");
    over(work, "command", COMMAND);
}

static struct command apply(const struct place *place, const char *work)
{
    static char conf[128], run[128];
    snprintf(conf, sizeof conf, "%s/conf", place->path);
    snprintf(run, sizeof run, "%s/run", work);
    return (struct command){.argv = {TEST_BUILDDIR "/signet-apply", "--conf", conf, "--run", run},
                            .enter = enter,
                            .work = work};
}

static void put_root(const struct place *place, const char *name, const char *common_name)
{
    autobuf pem = {0};
    struct identity made = issue_ca(common_name, true);
    autofree char *file = text_format("conf/%s.pem", name);
    autofree char *profile = text_format("conf/conf.d/%s.conf", name);
    autofree char *lines =
        text_format("[trusted-root %s]\nstore = system\ncertificate = %s.pem\n", name, name);
    must(certificate_to_pem(made.certificate, &pem, NULL) == 0);
    place_put(place, file, buf_text(&pem));
    place_put(place, profile, lines);
    identity_free(&made);
}

/* One root stays, one goes, one is exchanged, one is new; and one is the administrator's own. */
static void prepare(const struct place *place)
{
    CLEANUP(ended_free) struct ended ended = {0};
    autofree char *base = place_path(place, "base");
    autofree char *command = place_path(place, "base/command");
    place_put(place, "base/folder/own.crt", "the administrator's own\n");
    place_put(place, "base/certs/bundle", "");
    place_put(place, "base/lib/here", "");
    place_put(place, "base/run/here", "");
    place_put(place, "base/command", stand_in);
    must(chmod(command, 0755) == 0);
    place_put(place, "conf/signet.conf", "");
    put_root(place, "stays", "A");
    put_root(place, "goes", "B");
    put_root(place, "changes", "C");
    struct command line = apply(place, base);
    supervise(&line, NULL, NULL, &ended);
    if (ended.status != 0)
        fprintf(stderr, "%s", buf_text(&ended.said));
    must(ended.status == 0);
    place_put(place, "conf/conf.d/goes.conf", NULL);
    put_root(place, "changes", "D");
    put_root(place, "new", "E");
}

static bool read_from(const char *folder, const char *name, struct buf *ret)
{
    autofree char *path = text_format("%s/%s", folder, name);
    buf_clear(ret);
    return fs_read(AT_FDCWD, path, 1 << 20, ret, NULL) == 0;
}

/* Each file of the folder is a whole one, in its old form or its new. */
static const char *look_at_file(const struct place *place, const char *work, const char *name)
{
    static char why[256];
    autobuf now = {0}, wanted = {0}, before = {0};
    autofree char *folder = text_format("%s/folder", work);
    autofree char *base = place_path(place, "base/folder");
    autofree char *conf = place_path(place, "conf");
    size_t len = strlen(name), prefix = strlen("signet-");
    autofree char *source =
        len > prefix + 4 ? text_format("%.*s.pem", (int)(len - prefix - 4), name + prefix) : NULL;
    must(read_from(folder, name, &now));
    if (read_from(base, name, &before) && buf_equal(&before, &now))
        return NULL;
    if (source && read_from(conf, source, &wanted) && buf_equal(&wanted, &now))
        return NULL;
    snprintf(why, sizeof why, "%s is neither what it was nor what it is to be", name);
    return why;
}

static bool ends(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);
    return len >= tail && strcmp(text + len - tail, end) == 0;
}

static const char *look_at_files(const struct place *place, const char *work,
                                 const struct strings *names, enum tidiness tidiness)
{
    const char *why = NULL;
    for (size_t i = 0; !why && i < names->n; i++)
        if (!ends(names->v[i], ".new"))
            why = look_at_file(place, work, names->v[i]);
        else if (tidiness == WHOLE_AND_TIDY)
            why = "something was left behind in the folder of the anchors";
    return why;
}

/* What is to be there at the end, in the order in which a shell lists it. */
static const char *const wanted[][2] = {
    {"own.crt", NULL},
    {"signet-changes.crt", "changes.pem"},
    {"signet-new.crt", "new.pem"},
    {"signet-stays.crt", "stays.pem"},
};

static const char *look_at_end(const struct place *place, const char *work,
                               const struct strings *names)
{
    autobuf bundle = {0}, expected = {0}, manifest = {0}, facts = {0};
    autofree char *conf = place_path(place, "conf");
    autofree char *folder = text_format("%s/folder", work);
    if (names->n != LENGTH(wanted))
        return "the anchors are not those of the profiles";
    for (size_t i = 0; i < LENGTH(wanted); i++) {
        autobuf file = {0};
        must(read_from(wanted[i][1] ? conf : folder, wanted[i][1] ? wanted[i][1] : wanted[i][0],
                       &file));
        must(buf_add(&expected, file.data, file.len, NULL) == 0);
        if (strcmp(names->v[i], wanted[i][0]) != 0)
            return "the anchors are not those of the profiles";
    }
    if (!read_from(work, "certs/bundle", &bundle) || !buf_equal(&bundle, &expected))
        return "the distribution's command did not see the anchors";
    if (!read_from(work, "lib/signet-apply/anchors", &manifest) ||
        strstr(buf_text(&manifest), "unfinished") || strstr(buf_text(&manifest), "goes") ||
        !strstr(buf_text(&manifest), "signet-new.crt"))
        return "the list of what was installed is not up to date";
    autojson *object = NULL;
    if (!read_from(work, "run/facts.json", &facts) ||
        json_parse(buf_text(&facts), facts.len, "facts", &object, NULL) < 0)
        return "facts.json is not there";
    return NULL;
}

static const char *look(const struct place *place, const char *work, enum tidiness tidiness)
{
    CLEANUP(strings_free) struct strings names = {0};
    autofree char *path = text_format("%s/folder", work);
    autoclose int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(folder >= 0 && fs_list(folder, &names, NULL) == 0);
    const char *why = look_at_files(place, work, &names, tidiness);
    return why || tidiness != WHOLE_AND_TIDY ? why : look_at_end(place, work, &names);
}

static const struct trial trials[] = {
    {"trust anchors", prepare, "", apply, NULL, END_OTHER, .look = look, .in_brief = true},
};

const struct trials anchors = {trials, LENGTH(trials)};
