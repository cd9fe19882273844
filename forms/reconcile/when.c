/* Written times as instants. */
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/pagecode.h"
#include "repli/text.h"

#define HOUR_S    3600
#define HOURS_MAX 240 /* ten days: a written day of the month is then still one day */

static int instants(const struct repli_zone *zone, const char *at, int64_t from_utc, int64_t to_utc, int64_t found[2])
{
    int hh = (at[0] - '0') * 10 + at[1] - '0', mm = (at[3] - '0') * 10 + at[4] - '0';
    int hours = (int)((to_utc - from_utc) / HOUR_S) + 1;
    int64_t all[2] = {0, 0};
    int n = to_utc < from_utc ? 0 : repli_zone_in_window(zone, from_utc, hours, hh, mm, all), kept = 0;
    for (int i = 0; i < n && i < 2; i++)
        if (all[i] <= to_utc)
            found[kept++] = all[i];
    return n > 2 ? n : kept; /* more than two lie so far apart that the first two are inside */
}

int plan_instants(const struct merge_context *ctx, const char *at, int64_t from_utc, int64_t to_utc, int64_t found[2])
{
    return instants(ctx->site->zone, at, from_utc, to_utc, found);
}

static bool of_nobody(const struct repli_sheet_row *row)
{
    return row->subject_kind == REPLI_SUBJECT_DOWNTIME || row->subject_kind == REPLI_SUBJECT_BLANK;
}

void plan_hours(struct merge_context *ctx)
{
    struct repli_sheet_row *row = ctx->sheet->row;
    const struct repli_outage *used = NULL;
    int64_t scanned = ctx->sheet->source.scanned_utc;
    for (size_t i = 0; of_nobody(row) && i < ctx->noutages; i++) {
        const struct repli_outage *o = &ctx->outages[i];
        if (!o->drill && repli_outage_covers(o, row->ward) && o->from_utc > row->window_utc + HOUR_S &&
            o->from_utc <= scanned && (!used || o->from_utc > used->from_utc))
            used = o;
    }
    if (!used)
        return;
    int64_t end = used->open || used->until_utc > scanned ? scanned : used->until_utc;
    int64_t hours = (end - used->from_utc) / HOUR_S + 1;
    row->window_utc = used->from_utc - used->from_utc % HOUR_S;
    row->window_hours = (int)(hours < HOURS_MAX ? hours : HOURS_MAX);
}

/* The hours of a capture: a gap has its own. */
static void hours_of(const struct review_sheet *sheet, const struct repli_capture *c, int64_t *from, int64_t *to)
{
    /* Few captures are of a gap: what does not name one need not be taken apart. */
    json_t *key = c && c->key && strstr(c->key, "\"gap\"") ? json_loads(c->key, 0, NULL) : NULL;
    *from = sheet->row->window_utc;
    *to = sheet->row->window_utc + (int64_t)sheet->row->window_hours * HOUR_S - 1;
    if (json_is_true(json_object_get(key, "gap"))) {
        *from = json_integer_value(json_object_get(key, "from_utc"));
        *to = json_integer_value(json_object_get(key, "to_utc"));
    }
    json_decref(key);
}

const char *review_odd_time(const struct repli_zone *zone, const struct review_sheet *sheet,
                            const struct review_field *f, const char *value, struct repli_arena *a)
{
    size_t index = (size_t)(f - sheet->fields);
    const struct repli_capture *of = NULL;
    int64_t from = 0, to = 0, found[2] = {0, 0};
    char begin[24], end[24];
    for (size_t c = 0; c < sheet->map->ncaptures && !of; c++)
        for (size_t m = 0; m < sheet->map->captures[c].nmembers; m++)
            if (sheet->map->captures[c].fields[m] == index && strcmp(sheet->map->captures[c].roles[m], "at") == 0)
                of = &sheet->map->captures[c];
    if (!of || of_nobody(sheet->row)) /* for the hours of an outage that nobody may have recorded yet */
        return NULL;
    hours_of(sheet, of, &from, &to);
    if (instants(zone, value, from, to, found) == 1)
        return NULL;
    repli_time_iso(from, begin);
    repli_time_iso(to, end);
    return repli_arena_printf(
        a,
        "%s does not occur once from %s to %s, the hours it is for: look again, and repeat it with "
        "\"sure\":true if that is what the paper says",
        value, begin, end);
}

/* A written time as an instant in the hours of its capture; false: it occurs not once. */
static bool instant_of(const struct repli_zone *zone, const struct review_sheet *sheet, const struct repli_capture *c,
                       const char *value, int64_t *utc)
{
    int64_t from = 0, to = 0, found[2] = {0, 0};
    hours_of(sheet, c, &from, &to);
    bool once = instants(zone, value, from, to, found) == 1;
    *utc = found[0];
    return once;
}

/* Of which order, where it is a dose: columns follow each other within one.  "": of none; NULL: nothing follows. */
static const char *series_of(const struct repli_capture *c, struct repli_arena *a)
{
    if (!c || (strcmp(c->kind, "observation") != 0 && strcmp(c->kind, "administration") != 0))
        return NULL;
    json_t *key = c->key ? json_loads(c->key, 0, NULL) : NULL;
    const char *order = json_string_value(json_object_get(key, "order"));
    const char *series = json_is_true(json_object_get(key, "gap")) ? NULL : repli_arena_strdup(a, order ? order : "");
    json_decref(key);
    return series;
}

/* The day that is written beside this time, by what `by` may know; NULL: none. */
static const char *day_beside(const struct review_sheet *sheet, const struct repli_capture *c, const char *by)
{
    for (size_t m = 0; m < c->nmembers; m++)
        if (strcmp(c->roles[m], "day") == 0)
            return review_known(&sheet->fields[c->fields[m]], by);
    return NULL;
}

static const char *past_midnight(const struct repli_zone *zone, int64_t before_utc, int64_t utc, const char *day,
                                 const char *value, struct repli_arena *a, const char **name)
{
    struct repli_civil then, now;
    int64_t written = 0;
    repli_zone_civil(zone, before_utc, &then);
    repli_zone_civil(zone, utc, &now);
    if (then.day == now.day || (day && repli_integer(day, 1, 31, &written) && written == now.day))
        return NULL;
    *name = "midnight";
    return repli_arena_printf(a,
                              "%s is after midnight, on day %02d, and the time before it on day %02d: look again, and "
                              "repeat it with \"sure\":true if that is meant",
                              value, now.day, then.day);
}

const char *review_odd_order(const struct repli_zone *zone, const struct review_sheet *sheet,
                             const struct review_field *f, const char *value, const char *by, struct repli_arena *a,
                             const char **name)
{
    const struct repli_capture *c = review_capture(sheet, f, "at");
    const char *series = series_of(c, a);
    int64_t mine = review_column(f->field, f->field), utc = 0, before = -1, before_utc = 0;
    bool people = sheet->row->subject_kind == REPLI_SUBJECT_PATIENT;
    if (!series || mine < 0 || !people || !instant_of(zone, sheet, c, value, &utc))
        return NULL;
    for (size_t i = 0; i < sheet->count; i++) {
        const struct review_field *other = &sheet->fields[i];
        int64_t at = other == f ? -1 : review_column(f->field, other->field), there = 0;
        const struct repli_capture *of = at < 0 ? NULL : review_capture(sheet, other, "at");
        const char *same = series_of(of, a), *text = same ? review_known(other, by) : NULL;
        if (!text || strcmp(same, series) != 0 || !instant_of(zone, sheet, of, text, &there))
            continue;
        if (at < mine ? there > utc : there < utc) {
            *name = "order";
            return repli_arena_printf(a,
                                      "%s is earlier than a time in a column before it, or later than one behind it: "
                                      "look again, and repeat it with \"sure\":true if that is what the paper says",
                                      value);
        }
        if (at < mine && at > before) {
            before = at;
            before_utc = there;
        }
    }
    return before < 0 ? NULL : past_midnight(zone, before_utc, utc, day_beside(sheet, c, by), value, a, name);
}

/* The written day against the one the time falls on. */
static bool day_agrees(struct merge_context *ctx, struct capture_plan *plan, const char *at, const char *day,
                       int64_t utc)
{
    struct repli_civil civil;
    int64_t wanted = 0;
    repli_zone_civil(ctx->site->zone, utc, &civil);
    if (!day || (repli_integer(day, 1, 31, &wanted) && wanted == civil.day))
        return true;
    plan_hold(ctx, plan, "day-disagrees", true,
              "day %s is written, but %s falls on day %02d in the hours of this sheet", day, at, civil.day);
    return false;
}

/* Of hours over more than a day the written day says which one is meant. */
static int on_day(struct merge_context *ctx, const char *at, const char *day, int64_t from_utc, int64_t to_utc,
                  int64_t found[2])
{
    int64_t wanted = 0;
    int n = 0;
    if (!day || to_utc - from_utc < 25 * HOUR_S || !repli_integer(day, 1, 31, &wanted))
        return plan_instants(ctx, at, from_utc, to_utc, found);
    for (int64_t from = from_utc; from <= to_utc; from += 24 * HOUR_S) {
        int64_t last = from + 24 * HOUR_S - 1, some[2] = {0, 0};
        int k = plan_instants(ctx, at, from, last < to_utc ? last : to_utc, some);
        for (int i = 0; i < k && i < 2; i++) {
            struct repli_civil civil;
            repli_zone_civil(ctx->site->zone, some[i], &civil);
            if (civil.day == wanted && n < 2)
                found[n++] = some[i];
        }
    }
    return n;
}

bool plan_time_in(struct merge_context *ctx, struct capture_plan *plan, const char *at, const char *day,
                  int64_t from_utc, int64_t to_utc)
{
    int64_t found[2] = {0, 0};
    int n = on_day(ctx, at, day, from_utc, to_utc, found);
    if (n != 1) {
        char from[24], to[24];
        repli_time_iso(from_utc, from);
        repli_time_iso(to_utc, to);
        plan_hold(ctx, plan, n == 0 ? "time-outside-window" : "time-ambiguous", true,
                  n == 0 ? "%s does not occur from %s to %s, the hours it is for"
                         : "%s occurs more than once from %s to %s, the hours it is for",
                  at, from, to);
        return false;
    }
    if (!day_agrees(ctx, plan, at, day, found[0]))
        return false;
    plan->timed = true;
    plan->event_utc = found[0];
    return true;
}

bool plan_time(struct merge_context *ctx, struct capture_plan *plan)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    const char *at = plan_member_value(ctx, plan, "at");
    if (!at) {
        plan_hold(ctx, plan, "no-time", true, "%s has a value but no time is written", plan->capture->id);
        return false;
    }
    return plan_time_in(ctx, plan, at, plan_member_value(ctx, plan, "day"), row->window_utc,
                        row->window_utc + (int64_t)row->window_hours * HOUR_S - 1);
}
