/* What the agent works on, all of it real: a configuration folder, a store, signet-fetch and a SCEP
 * CA on loopback that a test can tell how to behave. */
#ifndef SIGNET_TESTS_AGENT_SITE_H
#define SIGNET_TESTS_AGENT_SITE_H

#include "agent/agent.h"
#include "agent/engine.h"
#include "tests/temp.h"

/* One CA for all tests of a case: unchecked fixtures. Keys take longer than tests. */
void site_ca_start(void);
void site_ca_stop(void);
const char *site_url(void);

struct site {
    struct temp temp;
    char conf[80], store[80];
    struct agent agent;
    struct err err;
    int64_t next;
    int stderr_before; /* site_listen() */
};

/* Opens the store; signet.conf calls the device "box"; the CA's certificate is the trusted root
 * "root"; no other profile. The CA behaves well, and its log is empty. */
void site_open(struct site *site);
void site_close(struct site *site);
#define SITE(s)                                                                                    \
    CLEANUP(site_close) struct site s;                                                             \
    site_open(&s)

/* Asserts success, and shows the error otherwise. */
#define site_ok(s, call)                                                                           \
    do {                                                                                           \
        int rc_ = (call);                                                                          \
        ck_assert_msg(rc_ == 0, "%s: %d %s", #call, rc_, (s).err.text);                            \
    } while (0)

/* The CA's rules (tests/ca/behave.c), from the next request on. */
void site_behave(const char *rules);

/* Lines in the CA's log that hold TEXT. */
unsigned site_asked(const char *text);
void site_await(const char *text); /* until there is one */

/* Replaces CONF/FILE, or removes it (TEXT NULL). Profiles are read at the next site_load(). */
void site_put(struct site *site, const char *file, const char *text);

/* CONF/challenge, which none but its owner may read: its path, malloc'ed. */
char *site_challenge(struct site *site);

/* conf.d/NAME.conf: a device profile that asks the CA, with these further lines. The key is short:
 * an RSA key is made for each request, whatever the key that it is for. */
void site_profile(struct site *site, const char *name, const char *lines);

/* conf.d/mail.conf: a profile for users. */
void site_mail(struct site *site, const char *lines);

void site_load(struct site *site);

/* job_run() for the device, with profiles as they are now; the error is in site->err. */
int site_run(struct site *site, const char *profile, enum engine_mode mode);

/* The usual one, "wifi", and its subject. */
#define SITE_BOX "subject = CN={{DeviceName}}"
void site_runs(struct site *site, enum engine_mode mode); /* must succeed */
void site_enrolled(struct site *site); /* the profile, and its first certificate */
/* Its state has nothing to tell, and this generation is current. */
void site_installed(struct site *site, unsigned generation);
void site_usable(struct site *site); /* certificate and key belong together */

/* site_run() of "wifi" in a process of its own, as every request has. BARRIER: a pipe; it starts
 * when the last writing end is closed; NULL: at once. */
struct site_outcome {
    int rc;
    struct err err;
};
struct site_outcome *site_outcomes(void); /* four, shared with processes */
pid_t site_start(struct site *site, enum engine_mode mode, const int *barrier,
                 struct site_outcome *ret);
int site_wait(pid_t pid); /* its status */

/* A job of the device for a profile that was loaded. */
struct job;
struct job site_job(struct site *site, const char *profile, enum engine_mode mode);

/* From here on, for this process and its children, /etc/passwd knows one person more; with another
 * name that one instead, of the same uid. Needs root. */
#define SITE_ALICE 47110
void site_alice(struct site *site);
void site_person(struct site *site, const char *name);

/* In the same way: nsswitch.conf. The module "faulty" is one whose service is down; so is one that
 * there is none of, where nothing comes before it. */
void site_nss(struct site *site, const char *lines);

/* In the same way: the roots that the system's TLS clients believe. */
void site_system_roots(struct site *site, const char *pem);

/* The CA's certificate as CONF/root.pem, as site_open() put it there. */
void site_ca_root(struct site *site);

/* What the store says of the device's entry of this profile. */
struct entry_state site_state(struct site *site, const char *profile);
void site_state_put(struct site *site, const char *profile, const struct entry_state *state);
unsigned site_current(struct site *site, const char *profile); /* 0: no certificate */
struct generation site_generation(struct site *site, const char *profile);
#define SITE_GENERATION(g, s, profile)                                                             \
    CLEANUP(generation_free) struct generation g = site_generation(&s, profile)
bool site_has_entry(struct site *site, const struct owner *owner, const char *profile);

/* An entry with nothing but a state. */
void site_entry(struct site *site, const struct owner *owner, const char *profile);

/* Below the store: device/NAME/FILE. Static, good until the next call. */
const char *site_file(const struct site *site, const char *profile, const char *file);
void site_overwrite(const char *path, const char *text);
char *site_read(const char *path); /* malloc'ed */

/* What is logged, from PRIORITY on, is kept until it is asked for, once; malloc'ed. */
void site_listen(struct site *site, int priority);
char *site_heard(struct site *site);

#endif
