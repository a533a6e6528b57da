#include "bench/fleet_run.h"

#include "agent/engine.h"
#include "agent/schedule.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

/* So that no moment is before 1970. */
#define BEGINNING INT64_C(1800000000)
#define NOBODY    UINT32_MAX

/* What of the engine's view differs between devices. */
struct device {
    int64_t when;     /* it looks again */
    int64_t cycle;    /* its next policy cycle */
    int64_t obtained; /* its certificate; 0: it has none */
    int64_t asked, next_attempt, planned;
    uint64_t share;
    uint32_t next; /* in the same minute */
    uint16_t attempts, certificates;
    uint8_t phase, wait;
    bool routine; /* that look is a policy cycle */
};

struct run {
    const struct fleet *fleet;
    struct load *load;
    struct device *devices;
    uint32_t *minutes; /* who looks in each: the first of a list */
    uint64_t chance;
    uint32_t served[LOAD_URLS]; /* in this minute */
    struct engine_view view;    /* of whoever looks */
};

static uint64_t draw(struct run *run)
{
    run->chance += 0x9e3779b97f4a7c15u;
    return run->chance * 0xd1342543de82ef95u ^ run->chance >> 29;
}

static bool within(const struct fleet_time *time, int64_t now)
{
    return now - BEGINNING >= time->from && now - BEGINNING < time->to;
}

static size_t minute_of(int64_t when)
{
    return (size_t)((when - BEGINNING) / LOAD_MINUTE);
}

static void look_at(struct run *run, const struct device *device)
{
    struct engine_view *view = &run->view;
    struct entry_state *state = &view->state;
    view->has_certificate = device->obtained != 0;
    view->not_before = view->obtained = device->obtained;
    view->not_after = device->obtained + run->fleet->life;
    view->renew_at =
        schedule_renewal(view->not_before, view->not_after, run->fleet->threshold, device->share);
    state->phase = device->phase;
    state->wait = device->wait;
    state->attempts = device->attempts;
    state->asked = device->asked;
    state->next_attempt = device->next_attempt;
    state->planned = device->planned;
}

static void remember(const struct run *run, struct device *device)
{
    const struct entry_state *state = &run->view.state;
    device->phase = (uint8_t)state->phase;
    device->wait = (uint8_t)state->wait;
    device->attempts = (uint16_t)state->attempts;
    device->asked = state->asked;
    device->next_attempt = state->next_attempt;
    device->planned = state->planned;
}

/* The first server that answers serves the request, or fails it: scep/client. */
static enum engine_event ask(struct run *run, int64_t now)
{
    static char urls[LOAD_URLS] = {0, 1, 2};
    char *order[LOAD_URLS] = {&urls[0], &urls[1], &urls[2]};
    struct strings list = {.v = order, .n = LOAD_URLS};
    schedule_shuffle(&list, draw(run));
    for (size_t i = 0; i < LOAD_URLS; i++) {
        size_t url = (size_t)*list.v[i];
        if (within(&run->fleet->dead[url], now))
            continue;
        run->load->all[minute_of(now)]++;
        run->load->url[url]++;
        bool full = run->fleet->capacity && run->served[url]++ >= run->fleet->capacity;
        if (!full && !within(&run->fleet->broken[url], now))
            return EVENT_ISSUED;
        run->load->failed++;
        return EVENT_FAILED;
    }
    return EVENT_UNREACHED;
}

static void request(struct run *run, struct device *device, int64_t now)
{
    struct entry_state *state = &run->view.state;
    struct engine_pace pace = {.interval = run->fleet->interval};
    engine_after(state, EVENT_STARTED, "", &pace, now);
    enum engine_event event = ask(run, now);
    pace.seed = draw(run);
    engine_after(state, event, "", &pace, now);
    if (event != EVENT_ISSUED)
        return;
    if (device->certificates < LOAD_RENEWALS)
        run->load->renewal[device->certificates][minute_of(now)]++;
    device->certificates++;
    device->obtained = now;
    if (device->certificates % SCHEDULE_SHARE_KEPT == 1)
        device->share = draw(run);
}

/* One look, as the daemon's; then when the next one is. */
static void look(struct run *run, struct device *device, enum engine_mode mode, int64_t now)
{
    look_at(run, device);
    struct engine_decision d = engine_decide(&run->view, mode, now);
    if (d.action == ACTION_DEFER)
        engine_defer(&run->view.state, run->view.not_after, run->fleet->interval, draw(run), now);
    else if (d.action != ACTION_NONE)
        request(run, device, now);
    remember(run, device);

    look_at(run, device);
    d = engine_decide(&run->view, ENGINE_DUE, now);
    device->when = d.action ? now : d.when;
    if (now >= device->cycle)
        device->cycle = schedule_cycle(run->fleet->interval, draw(run), now);
    /* A cycle does no more than the clock where there is a working certificate. */
    device->routine = !engine_works(&run->view, now) && device->cycle < device->when;
    if (device->routine)
        device->when = device->cycle;
}

static void plan(struct run *run, uint32_t i)
{
    struct device *device = &run->devices[i];
    size_t minute = minute_of(device->when);
    if (device->when - BEGINNING >= run->fleet->end)
        return;
    device->next = run->minutes[minute];
    run->minutes[minute] = i;
}

/* Whoever would look in the dark looks when the power is back. */
static void wake(struct run *run, uint32_t i)
{
    struct device *device = &run->devices[i];
    const struct fleet_time *dark = &run->fleet->dark;
    if (within(dark, device->when)) {
        device->when = BEGINNING + dark->to + (int64_t)(draw(run) % LOAD_MINUTE);
        device->routine = true;
    } else {
        look(run, device, device->routine ? ENGINE_ROUTINE : ENGINE_DUE, device->when);
    }
    plan(run, i);
}

static void begin(struct run *run)
{
    const struct fleet *fleet = run->fleet;
    size_t n = minute_of(BEGINNING + fleet->end) + 1;
    run->devices = calloc(fleet->devices, sizeof *run->devices);
    run->minutes = malloc(n * sizeof *run->minutes);
    if (!run->devices || !run->minutes)
        err(1, "%u devices", fleet->devices);
    memset(run->minutes, 0xff, n * sizeof *run->minutes); /* NOBODY */
    strcpy(run->view.wish, "w");
    strcpy(run->view.wanted, "w");
    strcpy(run->view.state.wish, "w");
    uint64_t first = (uint64_t)(fleet->enrolled ? fleet->enrolled : LOAD_MINUTE);
    for (uint32_t i = 0; i < fleet->devices; i++) {
        run->devices[i].routine = true;
        run->devices[i].when = run->devices[i].cycle = BEGINNING + (int64_t)(draw(run) % first);
        plan(run, i);
    }
}

uint32_t fleet_run(const struct fleet *fleet, struct load *load)
{
    struct run run = {.fleet = fleet, .load = load};
    uint32_t have = 0;
    load_open(load, fleet->end);
    begin(&run);
    for (size_t minute = 0; minute < load->n; minute++) {
        memset(run.served, 0, sizeof run.served);
        while (run.minutes[minute] != NOBODY) {
            uint32_t i = run.minutes[minute];
            run.minutes[minute] = run.devices[i].next;
            wake(&run, i);
        }
    }
    for (uint32_t i = 0; i < fleet->devices; i++)
        have += run.devices[i].obtained != 0;
    free(run.devices);
    free(run.minutes);
    return have;
}
