/* Keys that a TPM makes: it may break off, and who asked it may die, before its key is stored. */
#include "tests/crash/agent.h"
#include "tests/crash/chip.h"
#include "tests/crash/trial.h"

#define IN_TPM "key-type = ec\nkey-size = 256\nkey-storage = tpm\n"

static struct command cycle(const struct place *place, const char *work)
{
    static char name[128];
    struct command command = agent_cycle(place, work);
    chip_name(work, name, sizeof name);
    command.argv[8] = "--tpm";
    command.argv[9] = name;
    return command;
}

static void prepare_first(const struct place *place)
{
    agent_put_store(place);
    agent_put_wifi(place, IN_TPM);
    chip_make(place->path);
}

static void prepare_renewal(const struct place *place)
{
    prepare_first(place);
    autofree char *base = place_path(place, "base");
    pid_t chip = chip_begin(base);
    agent_run(place, "short:450", cycle, NULL);
    chip_end(&chip);
    agent_rest(place);
}

#define WIFI cycle, AGENT_WIFI, .ending = END_NEW, .with_tpm = true

static const struct trial trials[] = {
    {"a key in the TPM", prepare_first, "", WIFI, .in_brief = true, .one_of = 16},
    {"a renewal with keys in the TPM", prepare_renewal, "", WIFI},
};

const struct trials tpm_keys = {trials, LENGTH(trials)};
