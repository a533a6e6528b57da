/* Everything that signet writes, cut short at every single system call that writes: killed there,
 * failed by the disk, or by a power cut; and then run again.
 *
 *     tests/crash/crash [--long] [WORD]...
 *
 * WORD: trials whose name has it. Without --long, those that tell most, and one error each time; of
 * some of them every eighth or sixteenth call only. */
#include "tests/crash/must.h"
#include "tests/crash/trial.h"

#include <string.h>
#include <unistd.h>

static bool is_asked_for(const struct trial *trial, char **words, bool brief)
{
    for (char **word = words; *word; word++)
        if (strstr(trial->name, *word))
            return true;
    return !*words && (!brief || trial->in_brief);
}

static void run_all(const struct place *place, char **words, bool brief, struct totals *totals)
{
    static const struct trials *const all[] = {&enrolments, &removals, &tpm_keys, &roots, &anchors};
    for (size_t i = 0; i < LENGTH(all); i++)
        for (size_t j = 0; j < all[i]->n; j++)
            if (is_asked_for(&all[i]->v[j], words, brief))
                trial_run(place, &all[i]->v[j], brief, totals);
}

int main(int argc, char **argv)
{
    struct totals totals = {0};
    struct place place;
    char **words = argv + 1;
    bool brief = argc < 2 || strcmp(*words, "--long") != 0;
    words += !brief;
    if (geteuid() != 0) {
        fprintf(stderr, "crash: only root can look into other processes\n");
        return 77; /* as automake has it */
    }
    place_open(&place);
    run_all(&place, words, brief, &totals);
    place_close(&place);
    printf("# %u kill points, %u error points, %u power cuts: ", totals.kills, totals.errors,
           totals.cuts);
    if (totals.failures)
        printf("%u did not recover\n", totals.failures);
    else
        printf("all recovered\n");
    return totals.failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
