#include "tests/agent/site.h"

#include "agent/job.h"
#include "base/io.h"
#include "base/log.h"
#include "store/key.h"
#include "tests/ca/service.h"
#include "tests/mounts.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct temp ca_folder;
static struct service ca;

const char *site_url(void)
{
    return ca.url;
}

void site_overwrite(const char *path, const char *text)
{
    CLEANUP(fclose_p) FILE *file = fopen(path, "we");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_int_ge(fputs(text, file), 0);
}

char *site_read(const char *path)
{
    autobuf text = {0};
    struct err err;
    int rc = fs_read(AT_FDCWD, path, 1024 * 1024, &text, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
    return strdup(buf_text(&text));
}

void site_ca_start(void)
{
    temp_open_fast(&ca_folder);
    ck_assert(service_start(&ca, ca_folder.path, NULL));
}

void site_ca_stop(void)
{
    service_stop(&ca);
    temp_close(&ca_folder);
}

void site_behave(const char *rules)
{
    ck_assert(service_behave(&ca, rules));
}

unsigned site_asked(const char *text)
{
    autofree char *log = site_read(ca.log);
    unsigned n = 0;
    for (char *rest = log, *line; (line = strsep(&rest, "\n"));)
        n += strstr(line, text) != NULL;
    return n;
}

void site_await(const char *text)
{
    UNTIL(site_asked(text), "the CA was not asked: %s", text);
}

void site_ca_root(struct site *site)
{
    autofree char *root = site_read(ca.root);
    site_put(site, "root.pem", root);
}

void site_open(struct site *site)
{
    *site = (struct site){.agent.store = {.fd = -1}};
    log_open("tests", LOG_CRIT); /* what goes wrong here is meant to */
    temp_open_fast(&site->temp);
    snprintf(site->conf, sizeof site->conf, "%s/conf", site->temp.path);
    snprintf(site->store, sizeof site->store, "%s/store", site->temp.path);
    ck_assert_int_eq(mkdir(site->conf, 0755), 0);
    autofree char *folder = text_format("%s/conf.d", site->conf);
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    site->agent.conf = site->conf;
    site->agent.fetch = TEST_BUILDDIR "/signet-fetch";
    site_ok(*site, store_open(site->store, true, &site->agent.store, &site->err));
    site_put(site, "signet.conf", "[attributes]\nDeviceName = box\n");
    if (!ca.pid)
        return;
    ck_assert_int_eq(truncate(ca.log, 0), 0);
    site_behave("");
    site_ca_root(site);
    site_put(site, "conf.d/10-root.conf", "[trusted-root root]\ncertificate = root.pem\n");
}

void site_close(struct site *site)
{
    agent_unload(&site->agent);
    store_close(&site->agent.store);
    temp_close(&site->temp);
}

void site_put(struct site *site, const char *file, const char *text)
{
    autofree char *path = text_format("%s/%s", site->conf, file);
    ck_assert(unlink(path) == 0 || errno == ENOENT);
    if (text)
        ck_assert_int_eq(fs_create(AT_FDCWD, path, 0644, text, strlen(text), NULL), 0);
}

char *site_challenge(struct site *site)
{
    char *path = text_format("%s/challenge", site->conf);
    site_put(site, "challenge", "secret\n");
    ck_assert_int_eq(chmod(path, 0600), 0);
    return path;
}

void site_profile(struct site *site, const char *name, const char *lines)
{
    autofree char *file = text_format("conf.d/%s.conf", name);
    autofree char *text = text_format("[scep %s]\ntype = device\nroot = root\nurl = %s\n"
                                      "key-size = 1024\n%s\n",
                                      name, ca.url, lines);
    site_put(site, file, text);
}

void site_mail(struct site *site, const char *lines)
{
    autofree char *text =
        text_format("[scep mail]\ntype = user\nroot = root\nurl = %s\nkey-size = 1024\n"
                    "subject = CN={{UserName}}\n%s\n",
                    ca.url, lines);
    site_put(site, "conf.d/mail.conf", text);
}

void site_load(struct site *site)
{
    site_ok(*site, agent_load(&site->agent, &site->err));
}

struct job site_job(struct site *site, const char *profile, enum engine_mode mode)
{
    const struct profile_set *set = &site->agent.profiles;
    const struct profile *found = profile_find(set, PROFILE_SCEP, profile);
    ck_assert_msg(found != NULL, "%s: %s", profile, set->problems.n ? set->problems.v[0].text : "");
    return (struct job){
        .agent = &site->agent, .profile = found, .owner = {.device = true}, .mode = mode};
}

int site_run(struct site *site, const char *profile, enum engine_mode mode)
{
    site_load(site);
    struct job job = site_job(site, profile, mode);
    site->err = (struct err){0};
    return job_run(&job, &site->next, &site->err);
}

/* PATH is FILE, for this process and its children. */
static void replace(const char *file, const char *path)
{
    static bool alone;
    if (!alone)
        mounts_own();
    alone = true;
    umount2(path, MNT_DETACH); /* what we put there before; else there is nothing to take away */
    mounts_put(file, path);
}

void site_person(struct site *site, const char *name)
{
    static char *known;
    autofree char *file = text_format("%s/passwd-%s", site->temp.path, name);
    if (!known)
        known = site_read("/etc/passwd");
    autofree char *more =
        text_format("%s%s:x:%d:65534:A person:/:/bin/sh\n", known, name, SITE_ALICE);
    site_overwrite(file, more);
    replace(file, "/etc/passwd");
}

void site_alice(struct site *site)
{
    site_person(site, "alice");
}

void site_nss(struct site *site, const char *lines)
{
    static int n;
    /* What is loaded by this name already is not looked for. */
    ck_assert_ptr_nonnull(dlopen(TEST_BUILDDIR "/tests/.libs/libnss_faulty.so.2", RTLD_NOW));
    autofree char *file = text_format("%s/nsswitch-%d", site->temp.path, n++);
    site_overwrite(file, lines);
    replace(file, "/etc/nsswitch.conf");
}

void site_system_roots(struct site *site, const char *pem)
{
    autofree char *file = text_format("%s/system-roots", site->temp.path);
    site_overwrite(file, pem);
    replace(file, "/etc/ssl/certs/ca-certificates.crt");
}

static struct entry_id entry_id(const struct owner *owner, const char *profile)
{
    struct entry_id id = {.owner = owner ? *owner : (struct owner){.device = true}};
    snprintf(id.profile, sizeof id.profile, "%s", profile);
    return id;
}

static void open_entry(struct site *site, const struct owner *owner, const char *profile,
                       bool create, struct entry *ret)
{
    const struct entry_id id = entry_id(owner, profile);
    site_ok(*site, entry_open(&site->agent.store, &id, create, ret, &site->err));
}
#define OPEN_ENTRY(entry, site, profile)                                                           \
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};                              \
    open_entry(site, NULL, profile, false, &entry)

struct entry_state site_state(struct site *site, const char *profile)
{
    OPEN_ENTRY(entry, site, profile);
    struct entry_state state = {0};
    site_ok(*site, entry_state_read(&entry, &state, &site->err));
    return state;
}

void site_state_put(struct site *site, const char *profile, const struct entry_state *state)
{
    OPEN_ENTRY(entry, site, profile);
    site_ok(*site, entry_lock(&entry, PATIENCE, &site->err));
    site_ok(*site, entry_state_write(&entry, state, &site->err));
}

unsigned site_current(struct site *site, const char *profile)
{
    OPEN_ENTRY(entry, site, profile);
    unsigned number = 0;
    site_ok(*site, entry_current(&entry, &number, &site->err));
    return number;
}

struct generation site_generation(struct site *site, const char *profile)
{
    OPEN_ENTRY(entry, site, profile);
    struct generation generation = {0};
    unsigned number = site_current(site, profile);
    site_ok(*site, entry_read(&entry, number, PART_ALL, &generation, &site->err));
    return generation;
}

void site_entry(struct site *site, const struct owner *owner, const char *profile)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    const struct entry_state state = {.reason = "put there by a test"};
    open_entry(site, owner, profile, true, &entry);
    site_ok(*site, entry_lock(&entry, PATIENCE, &site->err));
    site_ok(*site, entry_state_write(&entry, &state, &site->err));
}

bool site_has_entry(struct site *site, const struct owner *owner, const char *profile)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    const struct entry_id id = entry_id(owner, profile);
    return entry_open(&site->agent.store, &id, false, &entry, NULL) == 0;
}

const char *site_file(const struct site *site, const char *profile, const char *file)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/device/%s/%s", site->store, profile, file);
    return path;
}

void site_runs(struct site *site, enum engine_mode mode)
{
    int rc = site_run(site, "wifi", mode);
    ck_assert_msg(rc == 0, "%d %s", rc, site->err.text);
}

void site_enrolled(struct site *site)
{
    site_profile(site, "wifi", SITE_BOX);
    site_runs(site, ENGINE_CYCLE);
    ck_assert_uint_eq(site_current(site, "wifi"), 1);
}

void site_installed(struct site *site, unsigned generation)
{
    struct entry_state state = site_state(site, "wifi");
    ck_assert_int_eq(state.phase, PHASE_INSTALLED);
    ck_assert_uint_eq(state.attempts, 0);
    ck_assert_int_eq(state.next_attempt, 0);
    ck_assert_str_eq(state.reason, "");
    ck_assert_uint_eq(site_current(site, "wifi"), generation);
}

void site_usable(struct site *site)
{
    SITE_GENERATION(g, *site, "wifi");
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    site_ok(*site, key_from_pem(&g.key_pem, &key, &site->err));
    site_ok(*site, certificate_from_pem(&g.cert_pem, &certificate, &site->err));
    ck_assert_int_eq(X509_check_private_key(certificate, key), 1);
}

struct site_outcome *site_outcomes(void)
{
    void *memory = mmap(NULL, 4 * sizeof(struct site_outcome), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    return memory;
}

pid_t site_start(struct site *site, enum engine_mode mode, const int *barrier,
                 struct site_outcome *ret)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    char byte;
    if (barrier) {
        close(barrier[1]);
        if (read(barrier[0], &byte, 1) != 0)
            _exit(10);
    }
    ret->rc = site_run(site, "wifi", mode);
    ret->err = site->err;
    _exit(0);
}

int site_wait(pid_t pid)
{
    int status = -1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

void site_listen(struct site *site, int priority)
{
    autofree char *path = text_format("%s/log", site->temp.path);
    autoclose int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    site->stderr_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    ck_assert(file >= 0 && site->stderr_before >= 0 && dup2(file, STDERR_FILENO) >= 0);
    log_open("tests", priority);
}

char *site_heard(struct site *site)
{
    autofree char *path = text_format("%s/log", site->temp.path);
    log_open("tests", LOG_CRIT);
    ck_assert_int_ge(dup2(site->stderr_before, STDERR_FILENO), 0);
    close(site->stderr_before);
    return site_read(path);
}
