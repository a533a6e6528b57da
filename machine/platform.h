/* What kind of machine this is: the facts that applies-to lines can name. They are read only when
 * some profile names them: a sign-in waits for them. */
#ifndef SIGNET_MACHINE_PLATFORM_H
#define SIGNET_MACHINE_PLATFORM_H

#include "base/buf.h"
#include "base/clock.h"

#include <stdbool.h>

enum platform_fact {
    FACT_OS_ID,          /* ID of os-release(5) */
    FACT_OS_VERSION,     /* its VERSION_ID, which a distribution without releases has none of */
    FACT_KERNEL,         /* as `uname -r` prints it */
    FACT_CHASSIS,        /* a word of hostnamectl(1) */
    FACT_VIRTUALISATION, /* what systemd-detect-virt(1) prints */
    FACTS,
};

/* NULL: this machine has no such fact, or it was not asked for. Zeroed is valid and knows nothing.
 */
struct platform {
    char *fact[FACTS];
};

void platform_free(struct platform *platform);

/* "os-id", "os-version", "kernel", "chassis", "virtualisation". */
const char *platform_name(enum platform_fact fact);

/* Is it a version, which can be compared, and not a word? */
bool platform_is_version(enum platform_fact fact);

/* The words that a fact can be, by number; NULL behind the last one, and for facts that can be
 * anything. */
const char *platform_word(enum platform_fact fact, size_t i);

/* Does what was FOUND have this word for its name, or, for virtualisation, for its sort ("vm",
 * "container")? Without regard to case. A technology that is younger than our table is a vm. */
bool platform_is(enum platform_fact fact, const char *found, const char *word);

/* The chassis for a number of SMBIOS (DSP0134 section 7.4.1); NULL where the number does not tell.
 */
const char *platform_chassis(unsigned smbios);

/* Appends what KEY is set to in the text of os-release(5) or machine-info(5): lines KEY=VALUE as a
 * shell reads them, the last one counts. Returns 1, or 0 when there is none, or it is empty. */
int platform_setting(const char *text, const char *key, struct buf *ret, struct err *err);

/* Reads the facts in WANTED, bits 1u << FACT_..., from below ROOT (NULL: the machine's own files).
 * What is not there is no error; what is there and cannot be read is, so that nobody takes it for
 * "not there". The chassis is that of /etc/machine-info, else vm or container, else what the
 * firmware says.
 *
 * With PLATFORM_FOREIGN among them ROOT is another machine's, whose programs nobody here may run;
 * what only they would say is not there. */
#define PLATFORM_FOREIGN (1u << 31)
int platform_read(const char *root, unsigned wanted, struct platform *ret, struct err *err);

/* What ROOT/usr/bin/systemd-detect-virt prints. 1, 0 where there is no such program, RETRY when it
 * hangs, fails or says nothing. */
int platform_virtualisation(const char *root, deadline until, struct buf *ret, struct err *err);

#endif
