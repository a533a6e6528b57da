/* What servers see of one million devices, by the agent's own engine and schedule, in simulated
 * time: figures, `NAME VALUE UNIT`, and before those of each story a line that begins with `#`:
 * what happens, and why they are what they are.
 *
 *     fleet [--minutes STORY]     the load of a story instead: lines MINUTE REQUESTS
 *
 * Certificates live for ten days here, not for a year: a fleet with those of a year has some twenty
 * renewals a minute, and one minute has forty of them by chance alone, whatever anybody designs
 * (peak-to-mean-by-chance: of a Poisson distribution of that mean). Ten days are the harder case,
 * of which chance hides less. "year" has the other. */
#include "bench/fleet_run.h"

#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DEVICES  1000000
#define LIFE     (10 * LOAD_DAY)
#define INTERVAL (8 * LOAD_HOUR)

/* When the threshold of 20 percent is crossed, and how long renewals are spread from there. */
#define BEGINS (8 * LOAD_DAY)
#define SPREAD LOAD_DAY

static void figure(const char *story, const char *name, double value, const char *unit)
{
    printf("fleet.%s.%s %.*f %s\n", story, name, value < 100 ? 2 : 0, value, unit);
}

/* What one minute has more than another by chance alone does not matter to a server over a quarter
 * of an hour. */
static void tell(const char *story, const uint32_t *counts, size_t from, size_t to)
{
    struct load_summary minutes = load_summary(counts, from, to, 1);
    struct load_summary quarters = load_summary(counts, from, to, 15);
    figure(story, "spread", (double)(minutes.last - minutes.first + 1) / 60, "h");
    figure(story, "mean", minutes.mean, "per-minute");
    figure(story, "peak", minutes.peak, "per-minute");
    figure(story, "peak-to-mean", minutes.ratio, "ratio");
    figure(story, "peak-to-mean-by-chance", minutes.chance, "ratio");
    figure(story, "quarter-peak-to-mean", quarters.ratio, "ratio");
}

/* The first renewals, and all load together once they fill the time. */
static void tell_renewals(const char *story, const struct fleet *fleet, const struct load *load)
{
    static const size_t told[] = {1, 2, 3};
    char name[64];
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        snprintf(name, sizeof name, "%s-%zu", story, told[i]);
        tell(name, load->renewal[told[i]], 0, load->n);
    }
    size_t period = (size_t)(fleet->life * 85 / 100 / LOAD_MINUTE);
    snprintf(name, sizeof name, "%s-for-good", story);
    tell(name, load->all, load->n - period, load->n);
}

static void tell_year(const char *story, const struct fleet *fleet, const struct load *load)
{
    (void)fleet;
    struct load_summary hours = load_summary(load->renewal[1], 0, load->n, 60);
    tell(story, load->renewal[1], 0, load->n);
    figure(story, "hour-peak-to-mean", hours.ratio, "ratio");
}

/* A minute of the first renewal as it is meant to be. */
static double usual(const struct fleet *fleet)
{
    return (double)fleet->devices / (SPREAD / LOAD_MINUTE);
}

static void tell_servers(const char *story, const struct fleet *fleet, const struct load *load)
{
    uint64_t least = UINT64_MAX, most = 0;
    struct load_summary s = load_summary(load->all, BEGINS / LOAD_MINUTE, load->n, 1);
    for (int i = 0; i < LOAD_URLS; i++) {
        uint64_t n = load->url[i];
        bool down = fleet->dead[i].to > 0;
        least = !down && n < least ? n : least;
        most = !down && n > most ? n : most;
    }
    figure(story, "peak", s.peak, "per-minute");
    figure(story, "peak-to-usual", s.peak / usual(fleet), "ratio");
    figure(story, "busiest-to-idlest-live-url", (double)most / (double)least, "ratio");
    figure(story, "requests-per-renewal", (double)s.total / fleet->devices, "ratio");
}

/* From when it is over. */
static void tell_after(const char *story, const struct fleet *fleet, const struct load *load)
{
    int64_t over = fleet->dark.to ? fleet->dark.to : fleet->dead[0].to;
    size_t from = (size_t)(over / LOAD_MINUTE);
    struct load_summary s = load_summary(load->all, from, load->n, 1);
    figure(story, "first-minute", load->all[from], "per-minute");
    figure(story, "peak", s.peak, "per-minute");
    figure(story, "peak-to-usual", s.peak / usual(fleet), "ratio");
}

static void tell_storm(const char *story, const struct fleet *fleet, const struct load *load)
{
    uint64_t served = 0;
    size_t all = 0;
    figure(story, "first-minute", load->all[0], "per-minute");
    for (size_t minute = 1; minute <= 512; minute *= 2) {
        char name[32];
        snprintf(name, sizeof name, "peak-from-minute-%zu", minute);
        figure(story, name, load_summary(load->all, minute, 2 * minute, 1).peak, "per-minute");
    }
    while (all < load->n && served < fleet->devices / 100 * UINT64_C(99))
        served += load->renewal[0][all++];
    figure(story, "served-99-percent", (double)all / 60, "h");
    figure(story, "at-full-capacity",
           (double)fleet->devices / (LOAD_URLS * (double)fleet->capacity) / 60, "h");
    figure(story, "requests-per-certificate",
           (double)(load->failed + fleet->devices) / fleet->devices, "ratio");
}

/* Half of the first renewal is done. */
#define NOON (BEGINS + SPREAD / 2)

static const struct {
    const char *name, *why;
    struct fleet fleet;
    void (*tell)(const char *story, const struct fleet *fleet, const struct load *load);
} stories[] = {
    {"renewal",
     "enrolled within an hour; the n-th renewal is spread over n tenths of a lifetime, and for "
     "good over all of it",
     {.life = LIFE, .enrolled = LOAD_HOUR, .end = 160 * LOAD_DAY},
     tell_renewals},
    {"year",
     "the same with certificates of a year",
     {.life = 365 * LOAD_DAY, .enrolled = LOAD_HOUR, .end = 366 * LOAD_DAY},
     tell_year},
    {"url-down",
     "one URL of three is down for a day of renewals; the other two share its load",
     {.life = LIFE,
      .enrolled = LOAD_HOUR,
      .end = LIFE,
      .dead = {{BEGINS, BEGINS + LOAD_DAY + LOAD_HOUR}}},
     tell_servers},
    {"url-broken",
     "one URL of three answers and then fails for a day; a third of the requests comes again, and "
     "a third of those",
     {.life = LIFE,
      .enrolled = LOAD_HOUR,
      .end = LIFE,
      .broken = {{BEGINS, BEGINS + LOAD_DAY + LOAD_HOUR}}},
     tell_servers},
    {"all-down",
     "all URLs are down for twelve hours of renewals; steps double, so whoever was turned away "
     "asks once in each doubling from a minute to twelve hours: ten times the usual, then falling",
     {.life = LIFE,
      .enrolled = LOAD_HOUR,
      .end = LIFE,
      .dead = {{BEGINS, NOON}, {BEGINS, NOON}, {BEGINS, NOON}}},
     tell_after},
    {"power-cut",
     "four hours without power, then all boot in one minute; what four hours have missed is spread "
     "over the interval of eight: one and a half times the usual",
     {.life = LIFE, .enrolled = LOAD_HOUR, .end = LIFE, .dark = {NOON, NOON + 4 * LOAD_HOUR}},
     tell_after},
    {"first-boot",
     "all boot in one minute without a certificate, for three URLs of 2000 requests a minute each; "
     "each may have a person before it, so the first minute has them all, some twice; the k-th try "
     "is spread over half of its step, so the peak is halved as steps double",
     {.life = 365 * LOAD_DAY, .capacity = 2000, .end = 3 * LOAD_DAY},
     tell_storm},
};

int main(int argc, char **argv)
{
    const char *minutes = argc == 3 && strcmp(argv[1], "--minutes") == 0 ? argv[2] : NULL;
    bool found = false;
    if (argc != 1 && !minutes)
        errx(2, "usage: fleet [--minutes STORY]");
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        struct fleet fleet = stories[i].fleet;
        struct load load;
        if (minutes && strcmp(minutes, stories[i].name) != 0)
            continue;
        found = true;
        fleet.devices = DEVICES;
        fleet.threshold = 20;
        fleet.interval = INTERVAL;
        uint32_t have = fleet_run(&fleet, &load);
        for (size_t m = 0; minutes && m < load.n; m++)
            printf("%zu %" PRIu32 "\n", m, load.all[m]);
        if (!minutes) {
            printf("# %s: %s\n", stories[i].name, stories[i].why);
            stories[i].tell(stories[i].name, &fleet, &load);
            figure(stories[i].name, "without-certificate", DEVICES - have, "devices");
        }
        load_close(&load);
    }
    return found ? 0 : (warnx("there is no story %s", minutes), 2);
}
