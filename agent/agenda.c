#include "agent/agenda.h"

#include "agent/schedule.h"

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Nothing is ever planned further ahead than this: the clock was set back since. */
static void notice_clock(struct agenda *agenda, int64_t now)
{
    int64_t ahead = 2 * agenda->interval;
    if (agenda->next_cycle > now + (ahead > SCHEDULE_FIRST_RETRY ? ahead : SCHEDULE_FIRST_RETRY))
        agenda->next_cycle = 0;
    agenda->next_due = earlier(agenda->next_due, now + AGENDA_SLEEP_MAX);
}

enum agenda_run agenda_start(struct agenda *agenda, int64_t now)
{
    if (agenda->running)
        return AGENDA_NOTHING;
    notice_clock(agenda, now);
    if (agenda->next_cycle <= now) {
        agenda->running = agenda->wanted ? AGENDA_CYCLE : AGENDA_ROUTINE;
        agenda->wanted = false;
        agenda->next_cycle = INT64_MAX; /* planned at its end, unless a reload comes first */
    } else if (agenda->next_due <= now) {
        agenda->running = AGENDA_DUE;
    }
    return agenda->running;
}

void agenda_end(struct agenda *agenda, const struct agenda_report *report, uint64_t seed,
                int64_t now)
{
    int64_t soon = now + SCHEDULE_FIRST_RETRY;
    bool cycle = agenda->running == AGENDA_CYCLE || agenda->running == AGENDA_ROUTINE;
    if (cycle && agenda->next_cycle == INT64_MAX)
        agenda->next_cycle = report ? schedule_cycle(report->interval, seed, now) : soon;
    if (!report && agenda->running == AGENDA_CYCLE)
        agenda->wanted = true; /* nobody has got it yet */
    if (report)
        agenda->interval = report->interval;
    agenda->next_due = report ? now + AGENDA_SLEEP_MAX : soon;
    if (report && report->next_due)
        agenda->next_due = earlier(report->next_due, agenda->next_due);
    if (agenda->hint)
        agenda->next_due = earlier(agenda->hint, agenda->next_due);
    agenda->hint = 0;
    agenda->running = AGENDA_NOTHING;
}

void agenda_hint(struct agenda *agenda, int64_t when)
{
    agenda->next_due = earlier(agenda->next_due, when);
    /* The run under way may have passed it already, and plans anew at its end. */
    if (agenda->running)
        agenda->hint = agenda->hint ? earlier(agenda->hint, when) : when;
}

void agenda_reload(struct agenda *agenda)
{
    agenda->next_cycle = 0;
    agenda->wanted = true;
}

int agenda_sleep(const struct agenda *agenda, int64_t now)
{
    int64_t first = earlier(agenda->next_cycle, agenda->next_due);
    if (agenda->running || first > now + AGENDA_SLEEP_MAX)
        return AGENDA_SLEEP_MAX * 1000; /* the end of a run wakes us */
    return first > now ? (int)(first - now) * 1000 : 0;
}
