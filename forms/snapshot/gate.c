/* Gates: is the change since the last snapshots one of an ordinary night? */
#include "snapshot/snapshot_internal.h"

#include <inttypes.h>
#include <string.h>

#include "repli/file.h"

#define HOUR_S      3600
#define DAY_S       (24 * HOUR_S)
#define ROWS_FLOOR  40 /* a table that lost fewer rows than this says nothing */
#define FUTURE_ROWS 8
#define LONG_GAP    50 /* percent: after more than a day only half a house gone is a sign */

static bool part(int64_t lost, int64_t of, int64_t percent, int64_t floor)
{
    return lost >= floor && lost * 100 >= of * percent;
}

static const char *judge_fall(const struct repli_site_gates *g, const struct repli_snapshot_change *c,
                              struct repli_arena *a)
{
    int64_t lost = c->before - c->after;
    int64_t percent = c->gap_s <= HOUR_S ? g->fall_percent_hour : c->gap_s <= DAY_S ? g->fall_percent_day : LONG_GAP;
    int64_t floor = c->gap_s <= HOUR_S ? g->fall_patients : g->fall_patients_day;
    if (part(lost, c->before, percent, floor))
        return repli_arena_printf(a, "%" PRId64 " patients are in the house, %" PRId64 " were %s", c->after, c->before,
                                  c->gap_s <= HOUR_S  ? "within the hour before"
                                  : c->gap_s <= DAY_S ? "within the day before"
                                                      : "in the last snapshot");
    return NULL;
}

static const char *judge_people(const struct repli_site_gates *g, const struct repli_snapshot_change *c,
                                struct repli_arena *a)
{
    if (part(c->vanished, c->before, g->vanished_percent, g->vanished_patients))
        return repli_arena_printf(a,
                                  "%" PRId64 " of %" PRId64 " patients are gone and the record does not say that "
                                  "their stay ended",
                                  c->vanished, c->before);
    if (part(c->changed, c->kept, g->changed_percent, g->changed_patients))
        return repli_arena_printf(a,
                                  "%" PRId64 " of %" PRId64 " patients have another number or birth date than before",
                                  c->changed, c->kept);
    return NULL;
}

static const char *judge_wards(const struct repli_site_gates *g, const struct repli_snapshot_change *c,
                               struct repli_arena *a)
{
    if (c->ward_gone[0])
        return repli_arena_printf(a, "ward %s is gone, it had %" PRId64 " patients", c->ward_gone, c->ward_gone_had);
    if (c->ward_emptied[0] && c->gap_s <= HOUR_S)
        return repli_arena_printf(a, "ward %s is empty, it had %" PRId64 " patients within the hour before",
                                  c->ward_emptied, c->ward_emptied_had);
    if (c->ward_crowded[0])
        return repli_arena_printf(a, "ward %s has %" PRId64 " patients and %" PRId64 " beds", c->ward_crowded, c->crowd,
                                  c->crowd_beds);
    if (part(c->unplaced_after - c->unplaced_before, c->before, g->fall_percent_hour, g->fall_patients))
        return repli_arena_printf(a, "%" PRId64 " patients are in no ward, %" PRId64 " were before", c->unplaced_after,
                                  c->unplaced_before);
    return NULL;
}

static const char *judge_rows(const struct repli_site_gates *g, const struct repli_snapshot_change *c,
                              struct repli_arena *a)
{
    static const char *const names[] = {"allergies", "orders", "last observations"};
    for (int i = 0; i < 3; i++) {
        int64_t lost = c->rows_before[i] - c->rows_after[i];
        /* Patients who left take their rows along. */
        int64_t expected =
            c->before > 0 ? c->rows_before[i] * (c->before < c->after ? c->before : c->after) / c->before : 0;
        if (part(lost, expected, 50, ROWS_FLOOR))
            return repli_arena_printf(a, "%" PRId64 " %s are left, %" PRId64 " were before", c->rows_after[i], names[i],
                                      c->rows_before[i]);
    }
    int64_t stale = g->stale_hours * HOUR_S;
    bool known = c->newest_before_utc != INT64_MIN && c->newest_after_utc != INT64_MIN;
    if (known && c->before >= g->fall_patients && c->before_utc - c->newest_before_utc <= stale &&
        c->after_utc - c->newest_after_utc > stale)
        return repli_arena_printf(a, "nothing new is in the record for %" PRId64 " hours",
                                  (c->after_utc - c->newest_after_utc) / HOUR_S);
    return NULL;
}

const char *repli_gate_judge(const struct repli_site_gates *gates, const struct repli_snapshot_change *change,
                             bool whole, struct repli_arena *a)
{
    if (change->after == 0 && change->before > 0 && whole)
        return repli_arena_printf(a, "nobody is in the house, %" PRId64 " were in the last snapshot", change->before);
    const char *why = whole ? judge_people(gates, change, a) : NULL;
    if (!why)
        why = judge_fall(gates, change, a);
    if (!why && whole)
        why = judge_wards(gates, change, a);
    return why || !whole ? why : judge_rows(gates, change, a);
}

/* ---- with what a candidate is compared */

/* The instant in a file's name; names are times (repli_snapshot_name_valid). */
int64_t repli_snapshot_name_utc(const char *name)
{
    int64_t utc = 0;
    char text[24];
    memcpy(text,
           (char[]){name[0],  name[1],  name[2], name[3],  '-',      name[5], name[6],  '-',      name[8], name[9], 'T',
                    name[11], name[12], ':',     name[13], name[14], ':',     name[15], name[16], 'Z',     0},
           21);
    return repli_time_parse(text, NULL, &utc, NULL) == REPLI_OK ? utc : 0;
}

/* The first take after an accepted one, be it refused, decides how fast the change was: whoever waits an hour after a
** refusal does not make a jump a slope. */
static int64_t first_take_after(const struct repli_site *site, int64_t before_utc, int64_t taken_utc,
                                struct repli_arena *a)
{
    char **names = NULL;
    size_t n = 0;
    int64_t first = taken_utc;
    const char *dir = repli_path_join(a, site->snapshots, "quarantine");
    if (!repli_file_exists(dir) || repli_dir_list(dir, a, &names, &n, NULL) != REPLI_OK)
        return first;
    for (size_t i = 0; i < n; i++) {
        if (strlen(names[i]) < 18 || names[i][17] != 'Z')
            continue;
        int64_t utc = repli_snapshot_name_utc(names[i]);
        if (utc > before_utc && utc < first)
            first = utc;
    }
    return first;
}

static enum repli_status judge_against(const struct gate_in *in, struct repli_snapshot *before,
                                       struct repli_snapshot *after, bool whole, struct repli_arena *a,
                                       const char **why, struct repli_err *err)
{
    const struct repli_site_gates *g = &in->site->gates;
    struct repli_snapshot_change c;
    enum repli_status s = repli_snapshot_compare(before, after, in->record, g->fall_patients, g->beds_percent, &c, err);
    if (s != REPLI_OK)
        return s;
    c.gap_s = whole ? first_take_after(in->site, c.before_utc, c.after_utc, a) - c.before_utc : DAY_S;
    *why = repli_gate_judge(g, &c, whole, a);
    return REPLI_OK;
}

/* The oldest good one of the day before, but none from before an acceptance: that fall has been answered for. */
static enum repli_status oldest_of_day(const struct repli_site *site, int64_t taken_utc, struct repli_arena *a,
                                       struct repli_snapshot **snap, struct repli_err *err)
{
    char **names = NULL;
    size_t n = 0;
    const char *oldest = NULL;
    bool accepted = false;
    enum repli_status s = repli_snapshot_names(site->snapshots, a, &names, &n, err);
    for (size_t i = 0; s == REPLI_OK && !accepted && i < n; i++) {
        int64_t utc = repli_snapshot_name_utc(names[i]);
        const char *path = repli_path_join(a, site->snapshots, names[i]);
        struct repli_snapshot_info info;
        struct repli_err damaged = {0};
        if (utc < taken_utc - DAY_S)
            break;
        if (utc >= taken_utc || repli_snapshot_peek(path, &info, &damaged) != REPLI_OK)
            continue;
        oldest = path;
        accepted = info.accepted_utc != 0;
    }
    struct repli_err damaged = {0};
    if (s == REPLI_OK && oldest && repli_snapshot_open(oldest, snap, &damaged) != REPLI_OK)
        *snap = NULL; /* the last one was compared already */
    return s;
}

static enum repli_status judge_history(const struct gate_in *in, struct repli_snapshot *after, struct repli_arena *a,
                                       const char **why, struct repli_err *err)
{
    struct repli_snapshot *last = NULL, *day = NULL;
    struct repli_err none = {0};
    enum repli_status s = REPLI_OK;
    if (repli_snapshot_newest(in->site, in->taken_utc - 1, &last, &none) == REPLI_OK)
        s = judge_against(in, last, after, true, a, why, err);
    if (s == REPLI_OK && last && !*why)
        s = oldest_of_day(in->site, in->taken_utc, a, &day, err);
    if (s == REPLI_OK && day)
        s = judge_against(in, day, after, false, a, why, err);
    repli_snapshot_close(last);
    repli_snapshot_close(day);
    return s;
}

enum repli_status repli_gates(const struct gate_in *in, struct repli_arena *a, const char **why, struct repli_err *err)
{
    struct repli_snapshot *after = NULL;
    struct repli_snapshot_future f = {0};
    struct repli_err schema = {0};
    *why = NULL;
    enum repli_status s = repli_snapshot_open(in->candidate, &after, err);
    if (s == REPLI_OK && repli_snapshot_schema(after, &schema) != REPLI_OK)
        *why = repli_arena_strdup(a, schema.text);
    if (s == REPLI_OK)
        s = repli_record_future(in->record, in->taken_utc, &f, err);
    if (s == REPLI_OK && !*why && !in->past &&
        part(f.ahead, f.ahead + f.recent, in->site->gates.fall_percent_hour, FUTURE_ROWS))
        *why = repli_arena_printf(a, "%" PRId64 " observations lie in the future", f.ahead);
    if (s == REPLI_OK && !*why)
        s = judge_history(in, after, a, why, err);
    repli_snapshot_close(after);
    return s;
}
