#include "cli/act.h"
#include "cli/hidden.h"
#include "cli/verbs.h"

#include "base/cleanup.h"
#include "base/pin.h"
#include "base/proc.h"
#include "base/text.h"

#include <unistd.h>

static int read_pin(const char *profile, struct buf *ret, struct err *err)
{
    autofree char *prompt = text_format("PIN for %s: ", profile);
    autobuf again = {0};
    if (!prompt)
        return err_memory(err);
    int rc = hidden_line(prompt, ret, err);
    if (rc == 0)
        rc = pin_check(ret, err);
    if (rc < 0 || !hidden_is_typed())
        return rc;
    rc = hidden_line("The same PIN again: ", &again, err);
    if (rc == 0 && !buf_equal(ret, &again))
        rc = err_set(err, ERR_CONFIG, "the two PINs are not the same; nothing was done");
    return rc;
}

/* Chooses the PIN of one's own key, or gives it for a renewal. */
int pin_verb(const struct cli *cli, struct err *err)
{
    autobuf pin = {0};
    struct cli own = *cli;
    int rc = proc_harden(err);
    if (rc == 0)
        rc = read_pin(cli->profile, &pin, err);
    if (rc < 0)
        return rc;
    own.whose = WHOSE_USER;
    own.uid = getuid();
    own.pin = &pin;
    return act(&own, "pin", err);
}
