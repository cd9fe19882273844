/* When doses are due: instants, computed from what the order says and from nothing else.  An order that names no times
** has none; none is guessed. */
#include <stdlib.h>
#include <string.h>

#include "orders.h"
#include "repli/text.h"

enum { DAY_S = 86400, TIMES_MAX = 24 };

/* "HH:MM" of the JSON list that the import wrote. */
static size_t read_times(const char *json, int minutes[TIMES_MAX])
{
    size_t n = 0;
    for (const char *p = json; p && n < TIMES_MAX && (p = strchr(p, '"')) != NULL;) {
        p++;
        if (strlen(p) > 5 && strspn(p, "0123456789") == 2 && p[2] == ':' && p[5] == '"')
            minutes[n++] = ((p[0] - '0') * 10 + p[1] - '0') * 60 + (p[3] - '0') * 10 + p[4] - '0';
        p = strchr(p, '"');
        p = p ? p + 1 : NULL;
    }
    return n;
}

/* The instant at which a dose of `minute` is due on a day: the first pass through a doubled hour; in the hour that
** spring skips, as if the clock had not been changed. */
static int64_t instant(const struct repli_zone *zone, const struct repli_civil *day, int minute)
{
    int64_t at[2];
    if (repli_zone_instants(zone, day->year, day->month, day->day, minute / 60, minute % 60, at) > 0)
        return at[0];
    int hours = minute >= 60 ? 1 : -1;
    if (repli_zone_instants(zone, day->year, day->month, day->day, minute / 60 - hours, minute % 60, at) == 0)
        return INT64_MIN;
    return at[0] + (int64_t)hours * 3600;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void add(struct schedule *s, const struct schedule_in *in, int64_t due)
{
    bool inside = due >= in->from_utc && due < in->to_utc && (!in->has_start || due >= in->start_utc) &&
                  (!in->has_end || due < in->end_utc);
    for (size_t i = 0; i < s->count; i++)
        inside = inside && s->due[i] != due;
    if (inside && s->count == SCHEDULE_MAX)
        s->too_many = true;
    else if (inside)
        s->due[s->count++] = due;
}

/* Whole days from one civil day to another. */
static int64_t days_between(const struct repli_zone *zone, const struct repli_civil *from, const struct repli_civil *to)
{
    int64_t a[2] = {0, 0}, b[2] = {0, 0};
    (void)repli_zone_instants(zone, from->year, from->month, from->day, 12, 0, a);
    (void)repli_zone_instants(zone, to->year, to->month, to->day, 12, 0, b);
    int64_t seconds = b[0] - a[0];
    return (seconds + (seconds >= 0 ? DAY_S / 2 : -DAY_S / 2)) / DAY_S;
}

/* Every `every` days from the day of the start at these times; every == 1: daily, whether or not a start is known.
** The days are looked for in steps of half a day: the one that spring shortens has only 23 hours, and whole steps may
** stride over it.  What is met twice counts once. */
static void by_day(struct schedule *s, const struct schedule_in *in, const int *minutes, size_t n, int64_t every)
{
    struct repli_civil first;
    repli_zone_civil(in->zone, in->start_utc, &first);
    for (int64_t at = in->from_utc - DAY_S; at <= in->to_utc + DAY_S; at += DAY_S / 2) {
        struct repli_civil day;
        repli_zone_civil(in->zone, at, &day);
        if (every > 1 && days_between(in->zone, &first, &day) % every != 0)
            continue;
        for (size_t i = 0; i < n; i++)
            add(s, in, instant(in->zone, &day, minutes[i]));
    }
}

static void by_period(struct schedule *s, const struct schedule_in *in)
{
    int64_t k = in->from_utc > in->start_utc ? (in->from_utc - in->start_utc + in->period_s - 1) / in->period_s : 0;
    for (int64_t due = in->start_utc + k * in->period_s; due < in->to_utc && !s->too_many; due += in->period_s)
        add(s, in, due);
}

void repli_schedule(const struct schedule_in *said, struct schedule *out)
{
    int minutes[TIMES_MAX];
    struct schedule_in one = *said, *in = &one;
    size_t n = in->times ? read_times(in->times, minutes) : 0;
    if (in->once && n > 0 && in->has_start && (!in->has_end || in->end_utc > in->start_utc + DAY_S)) {
        one.has_end = true; /* the one dose is that of the first day, not of every day after it */
        one.end_utc = in->start_utc + DAY_S;
    }
    bool days = in->period_s > DAY_S && in->period_s % DAY_S == 0;
    *out = (struct schedule){.known = true};
    if (n > 0 && !(days && !in->has_start)) {
        by_day(out, in, minutes, n, days ? in->period_s / DAY_S : 1);
    } else if (n == 0 && in->once && in->has_start && in->start_utc >= in->from_utc) {
        add(out, in, in->start_utc);
    } else if (n == 0 && in->period_s > 0 && in->has_start && in->period_s % DAY_S == 0) {
        struct repli_civil c;
        repli_zone_civil(in->zone, in->start_utc, &c);
        minutes[0] = c.hour * 60 + c.minute;
        by_day(out, in, minutes, 1, in->period_s / DAY_S);
    } else if (n == 0 && in->period_s > 0 && in->has_start) {
        by_period(out, in);
    } else {
        out->known = false; /* no times, or every so many days from a day that was not transmitted */
    }
    qsort(out->due, out->count, sizeof *out->due, by_time);
    if (out->too_many)
        *out = (struct schedule){.too_many = true};
}
