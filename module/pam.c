/* pam_signet.so: tells the agent who signed in. It runs inside login, sshd, su and cron, so it
 * keeps nothing between calls, changes nothing in the process, and never stands in the way:
 * whatever goes wrong is one line in the log. */
#include "base/cleanup.h"
#include "base/err.h"
#include "base/text.h"
#include "module/arguments.h"
#include "module/signin.h"

#include <pwd.h>
#include <syslog.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>

#define EXPORT __attribute__((visibility("default")))

#define UID_MIN_USUAL 1000
#define UID_NOBODY    65534 /* owns what nobody owns; never a person */

static struct arguments read_arguments(pam_handle_t *pamh, int argc, const char **argv)
{
    struct arguments arguments = arguments_default();
    for (int i = 0; i < argc; i++)
        if (!arguments_take(&arguments, argv[i]))
            pam_syslog(pamh, LOG_WARNING, "argument ignored: %s", argv[i]);
    return arguments;
}

/* Where the people begin on this machine (login.defs(5)). */
static int64_t uid_min(pam_handle_t *pamh)
{
    autofree char *value = pam_modutil_search_key(pamh, "/etc/login.defs", "UID_MIN");
    int64_t uid;
    return value && text_number(value, 0, UINT32_MAX - 1, &uid) ? uid : UID_MIN_USUAL;
}

static bool is_person(pam_handle_t *pamh, const struct arguments *arguments, uid_t uid)
{
    if (uid == UID_NOBODY)
        return false;
    return uid >= (arguments->min_uid >= 0 ? arguments->min_uid : uid_min(pamh));
}

static void show(void *context, const char *text)
{
    pam_info(context, "%s", text);
}

static void show_nothing(void *context, const char *text)
{
    (void)context;
    (void)text;
}

static int tell(pam_handle_t *pamh, int flags, const struct arguments *arguments, uid_t uid)
{
    struct signin signin = {
        .socket = arguments->socket,
        .uid = uid,
        .wait = arguments->wait,
        .show = flags & PAM_SILENT ? show_nothing : show,
        .context = pamh,
    };
    struct err err;
    if (signin_tell(&signin, &err) < 0) {
        pam_syslog(pamh, LOG_WARNING, "uid %u: %s", uid, err.text);
        return PAM_IGNORE;
    }
    if (arguments->debug)
        pam_syslog(pamh, LOG_DEBUG, "uid %u: the agent was told", uid);
    return PAM_SUCCESS;
}

EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct arguments arguments = read_arguments(pamh, argc, argv);
    const void *name = NULL;
    if (pam_get_item(pamh, PAM_USER, &name) != PAM_SUCCESS || !name)
        return PAM_IGNORE;

    const struct passwd *user = pam_modutil_getpwnam(pamh, name);
    if (!user) {
        pam_syslog(pamh, LOG_WARNING, "%s: no such user", (const char *)name);
        return PAM_IGNORE;
    }
    if (!is_person(pamh, &arguments, user->pw_uid)) {
        if (arguments.debug)
            pam_syslog(pamh, LOG_DEBUG, "uid %u: below min-uid, nothing to do", user->pw_uid);
        return PAM_IGNORE;
    }
    return tell(pamh, flags, &arguments, user->pw_uid);
}

/* Certificates outlive the session. */
EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_SUCCESS;
}

/* Named in another kind of stack by mistake, we have no say: never a yes, never a no. */
#define NO_SAY(name)                                                                               \
    EXPORT int name(pam_handle_t *pamh, int flags, int argc, const char **argv)                    \
    {                                                                                              \
        (void)pamh;                                                                                \
        (void)flags;                                                                               \
        (void)argc;                                                                                \
        (void)argv;                                                                                \
        return PAM_IGNORE;                                                                         \
    }

NO_SAY(pam_sm_authenticate)
NO_SAY(pam_sm_setcred)
NO_SAY(pam_sm_acct_mgmt)
NO_SAY(pam_sm_chauthtok)
