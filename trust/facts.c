#include "trust/facts.h"

#include "base/fs.h"
#include "machine/himmelblau.h"
#include "machine/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>

int facts_print(const struct facts_member *facts, struct buf *ret, struct err *err)
{
    const char *between = "{";
    int rc = 0;
    for (; rc == 0 && facts->name; facts++) {
        if (facts->value.len == 0)
            continue;
        rc = buf_add_text(ret, between, err);
        if (rc == 0)
            rc = text_json(facts->name, ret, err);
        if (rc == 0)
            rc = buf_add_text(ret, ":", err);
        if (rc == 0)
            rc = text_json(buf_text(&facts->value), ret, err);
        between = ",";
    }
    if (rc == 0 && *between == '{')
        rc = buf_add_text(ret, between, err);
    return rc < 0 ? rc : buf_add_text(ret, "}\n", err);
}

/* The folder may be the agent's own. So the file is made anew, given away through its descriptor,
 * and only then renamed: nothing that the agent could put in the way is ever opened or given away.
 */
static int replace_for_group(int folder, const struct buf *text, struct err *err)
{
    static const char beside[] = "facts.json.new";
    const struct group *group = getgrnam("signet");
    int rc = fs_remove_tree(folder, beside, err);
    if (rc < 0)
        return rc;
    autoclose int fd =
        openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_errno(err, "create %s", beside);
    if (!fs_write_all(fd, text->data, text->len) ||
        (group && fchown(fd, (uid_t)-1, group->gr_gid) < 0) || fchmod(fd, 0640) < 0 ||
        renameat(folder, beside, folder, "facts.json") < 0) {
        rc = err_errno(err, "write %s", beside);
        unlinkat(folder, beside, 0);
    }
    return rc;
}

enum { SERIAL, ENTRA_ID, INTUNE_ID, END };

static void free_facts(struct facts_member (*facts)[END + 1])
{
    for (unsigned i = 0; i < END; i++)
        buf_free(&(*facts)[i].value);
}

int facts_write(const char *root, const char *run, struct err *err)
{
    CLEANUP(free_facts)
    struct facts_member facts[END + 1] = {[SERIAL] = {.name = "serialNumber"},
                                          [ENTRA_ID] = {.name = "aadDeviceId"},
                                          [INTUNE_ID] = {.name = "deviceId"}};
    autobuf text = {0};
    autoclose int folder = -1;
    struct err why;
    /* Many machines lack one or all: arm64 boards, containers, those that nobody manages. */
    if (machine_serial(root, "/sys/class/dmi/id/product_serial", &facts[SERIAL].value, &why) < 0 ||
        himmelblau_id(root, HIMMELBLAU_ENTRA, &facts[ENTRA_ID].value, &why) < 0 ||
        himmelblau_id(root, HIMMELBLAU_INTUNE, &facts[INTUNE_ID].value, &why) < 0)
        return err_set(err, why.class, "%s", why.text);
    int rc = facts_print(facts, &text, err);
    if (rc == 0)
        rc = fs_open_dir(AT_FDCWD, run, 0755, true, &folder, err);
    if (rc == 0 && (rc = replace_for_group(folder, &text, err)) < 0)
        err_context(err, "%s", run);
    return rc;
}
