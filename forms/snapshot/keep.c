/* Which snapshots are kept.
**
** Everything of the last hours, then the oldest of each hour, day and week.  The oldest, because it stays the oldest: a
** snapshot that once stands for its day stands for it until it is deleted, whatever is taken afterwards.
*/
#include <stdlib.h>

#include "repli/snapshot_keep.h"
#include "snapshot/snapshot_internal.h"

#define HOUR ((int64_t)3600)
#define DAY  (24 * HOUR)
#define WEEK (7 * DAY)

static int by_time(const void *a, const void *b)
{
    const struct repli_keep_item *const *x = a, *const *y = b;
    int64_t d = (*x)->received_utc - (*y)->received_utc;
    return d < 0 ? -1 : d > 0;
}

/* How far two neighbours may lie apart and still count by the clock; beyond that nobody was taking snapshots, and the
** time does not count.  Twice the width of what is kept at that age and soon after. */
static int64_t gap_max(const struct repli_site_keep *rule, int64_t age)
{
    if (age < rule->all_hours * HOUR - HOUR)
        return HOUR;
    if (age < (rule->hourly_days - 1) * DAY)
        return 2 * HOUR;
    if (age < (rule->daily_days - 7) * DAY)
        return 2 * DAY;
    return 2 * WEEK;
}

/* Ages from the newest back. */
static void find_ages(const struct repli_site_keep *rule, int64_t now_utc, struct repli_keep_item *const *items,
                      size_t count, int64_t *ages)
{
    int64_t age = 0, later = now_utc;
    for (size_t i = count; i > 0; i--) {
        int64_t received = items[i - 1]->received_utc;
        if (received < later) {
            int64_t gap = later - received, max = gap_max(rule, age);
            age += gap < max ? gap : max;
            later = received;
        }
        ages[i - 1] = age;
    }
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Local days since 1970; by it weeks, from Monday. */
static int64_t local_day(const struct repli_zone *zone, int64_t utc)
{
    struct repli_civil c;
    repli_zone_civil(zone, utc, &c);
    return floor_div(utc + c.offset_s, DAY);
}

/* The hours, days and weeks that something kept stands for already, from the oldest on: only the last ones matter. */
struct seen {
    int64_t hour, day, week;
};

static bool wanted(const struct repli_site_keep *rule, int64_t age, const struct seen *here, const struct seen *last)
{
    if (age <= rule->all_hours * HOUR)
        return true;
    if (age <= rule->hourly_days * DAY)
        return here->hour != last->hour;
    if (age <= rule->daily_days * DAY)
        return here->day != last->day;
    return age <= rule->weekly_days * DAY && here->week != last->week;
}

void repli_keep_choose(const struct repli_site_keep *rule, const struct repli_zone *zone, int64_t now_utc,
                       struct repli_keep_item *items, size_t count)
{
    struct repli_keep_item **sorted = repli_xcalloc(count + 1, sizeof *sorted);
    int64_t *ages = repli_xcalloc(count + 1, sizeof *ages);
    struct seen last = {INT64_MIN, INT64_MIN, INT64_MIN};
    for (size_t i = 0; i < count; i++)
        sorted[i] = &items[i];
    qsort(sorted, count, sizeof *sorted, by_time);
    find_ages(rule, now_utc, sorted, count, ages);
    for (size_t i = 0; i < count; i++) {
        struct repli_keep_item *item = sorted[i];
        int64_t day = local_day(zone, item->received_utc);
        struct seen here = {floor_div(item->received_utc, HOUR), day, floor_div(day + 3, 7)};
        /* A damaged one says nothing and stands for nothing; it lies there to be looked at until it is old. */
        bool by_rule = item->good ? wanted(rule, ages[i], &here, &last) : ages[i] <= rule->weekly_days * DAY;
        item->keep = by_rule || item->needed;
        if (item->good && by_rule)
            last = here;
    }
    free((void *)sorted);
    free(ages);
}
