/* The figures of an outage's report: rows of ledger and record put together and counted. */
#include "repli/report.h"

#include <stdlib.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "repli/ledger_quality.h"

#define HOUR 3600

const int repli_report_age_hours[REPLI_REPORT_AGES] = {6, 12, 24, 48, 168, 0};

static int same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool back(const struct repli_report_sheet *s)
{
    return s->scanned_utc || s->received_utc || s->state == REPLI_LIFE_MERGED;
}

/* ---- pure: from sheets to sums */

static void count_ward(struct repli_report *r, const struct repli_report_sheet *s)
{
    size_t i = 0;
    while (i < r->nwards && !same(r->wards[i].ward, s->ward))
        i++;
    if (i == r->nwards)
        r->wards[r->nwards++].ward = s->ward;
    struct repli_report_ward *to[] = {&r->wards[i], &r->all};
    for (int k = 0; k < 2; k++) {
        to[k]->sheets++;
        to[k]->state[s->state]++;
    }
}

/* Sheets come by ward and patient: a patient's stand together. */
static void count_patient(struct repli_report *r, const struct repli_report_sheet *s)
{
    if (!s->patient)
        return;
    struct repli_report_patient *p = r->npatients ? &r->patients[r->npatients - 1] : NULL;
    if (!p || !same(p->patient, s->patient) || !same(p->ward, s->ward)) {
        p = &r->patients[r->npatients++];
        *p = (struct repli_report_patient){.patient = s->patient, .ward = s->ward};
    }
    p->sheets++;
    p->back += back(s);
    p->missing += s->state == REPLI_LIFE_LOST || (s->state == REPLI_LIFE_PRINTED && !s->received_utc);
    p->values += s->values;
    p->held += s->held;
}

static void count_age(struct repli_report *r, const struct repli_report_sheet *s)
{
    bool out = s->state == REPLI_LIFE_PRINTED;
    int i = 0;
    if (!out && s->state != REPLI_LIFE_SCANNED && s->state != REPLI_LIFE_READ && s->state != REPLI_LIFE_REVIEWED)
        return;
    while (repli_report_age_hours[i] && r->now_utc - s->printed_utc >= (int64_t)repli_report_age_hours[i] * HOUR)
        i++;
    (out && !s->received_utc ? r->ages_out : r->ages_work)[i]++;
}

static void span(int64_t utc, int64_t *from, int64_t *to)
{
    if (utc && (!*from || utc < *from))
        *from = utc;
    *to = utc > *to ? utc : *to;
}

/* Columns of whole hours by the clock (UTC hours are those of the zone), wider where an hour each would be too many. */
static void count_hours(struct repli_report *r)
{
    static const int steps[] = {1, 2, 3, 6, 12, 24};
    struct repli_report_hours *h = &r->hours;
    int64_t from = 0, to = 0;
    size_t k = 0;
    for (size_t i = 0; i < r->nsheets; i++) {
        span(r->sheets[i].printed_utc, &from, &to);
        span(r->sheets[i].scanned_utc, &from, &to);
        span(r->sheets[i].merged_utc, &from, &to);
    }
    h->start_utc = from - from % HOUR;
    int64_t hours = (to - h->start_utc) / HOUR + 1;
    while (k + 1 < sizeof steps / sizeof *steps && hours > (int64_t)steps[k] * REPLI_REPORT_COLUMNS)
        k++;
    h->step_h = hours > (int64_t)steps[k] * REPLI_REPORT_COLUMNS
                    ? (hours + REPLI_REPORT_COLUMNS - 1) / REPLI_REPORT_COLUMNS
                    : steps[k];
    h->count = r->nsheets ? (size_t)((hours + h->step_h - 1) / h->step_h) : 0;
    for (size_t i = 0; i < r->nsheets; i++) {
        const struct repli_report_sheet *s = &r->sheets[i];
        h->printed[(s->printed_utc - h->start_utc) / HOUR / h->step_h]++;
        if (s->scanned_utc)
            h->scanned[(s->scanned_utc - h->start_utc) / HOUR / h->step_h]++;
        if (s->merged_utc)
            h->merged[(s->merged_utc - h->start_utc) / HOUR / h->step_h]++;
    }
}

void repli_report_count(struct repli_report *r, struct repli_arena *a)
{
    size_t room = r->nsheets ? r->nsheets : 1, kept = 0;
    r->wards = repli_arena_array(a, room, sizeof *r->wards);
    r->patients = repli_arena_array(a, room, sizeof *r->patients);
    for (size_t i = 0; i < r->nsheets; i++) {
        count_ward(r, &r->sheets[i]);
        count_patient(r, &r->sheets[i]);
        count_age(r, &r->sheets[i]);
        r->values += r->sheets[i].values;
    }
    for (size_t i = 0; i < r->npatients; i++)
        if (r->patients[i].back)
            r->patients[kept++] = r->patients[i];
    r->npatients = kept;
    count_hours(r);
}

/* ---- together */

static int by_serial(const void *a, const void *b)
{
    uint64_t x = (*(struct repli_report_sheet *const *)a)->serial, y = (*(struct repli_report_sheet *const *)b)->serial;
    return x < y ? -1 : x > y;
}

static struct repli_report_event *event(struct repli_report *r, struct repli_arena *a, enum repli_report_deed deed)
{
    r->events = repli_arena_grow(a, r->events, r->nevents, r->nevents + 1, sizeof *r->events);
    struct repli_report_event *e = &r->events[r->nevents++];
    *e = (struct repli_report_event){.deed = deed};
    return e;
}

static void happened(struct repli_report_event *e, int64_t utc)
{
    span(utc, &e->utc, &e->last_utc);
    e->count += utc != 0;
}

static struct repli_report_sheet **in_order(struct repli_report *r, struct repli_arena *a)
{
    struct repli_report_sheet **order = repli_arena_array(a, r->nsheets ? r->nsheets : 1, sizeof(void *));
    for (size_t i = 0; i < r->nsheets; i++)
        order[i] = &r->sheets[i];
    qsort(order, r->nsheets, sizeof(void *), by_serial);
    return order;
}

/* What was keyed once more of the report's sheets. */
static enum repli_status again(struct repli_report *r, struct repli_ledger *l, const char *purpose,
                               struct repli_arena *a, struct repli_report_share *share, struct repli_err *err)
{
    struct repli_blind *rows = NULL;
    size_t n = 0;
    enum repli_status s = repli_ledger_blinds(l, purpose, NULL, a, &rows, &n, err);
    struct repli_report_sheet **order = s == REPLI_OK && n ? in_order(r, a) : NULL;
    for (size_t i = 0; s == REPLI_OK && i < n; i++) {
        const struct repli_report_sheet one = {.serial = rows[i].serial}, *key = &one;
        if (!rows[i].answer || !bsearch(&key, order, r->nsheets, sizeof(void *), by_serial))
            continue;
        share->answered++;
        share->wrong += !review_same(rows[i].answer, rows[i].value, rows[i].held_answer, rows[i].held_value);
    }
    return s;
}

/* Merges and their sheets, both in the order of serials. */
static enum repli_status merges(struct repli_report *r, struct repli_record *record, struct repli_arena *a,
                                struct repli_report_event undone[1], struct repli_err *err)
{
    struct repli_report_merge *list = NULL;
    size_t n = 0, m = 0;
    enum repli_status s = record ? repli_record_report(record, a, &list, &n, err) : REPLI_OK;
    if (s != REPLI_OK)
        return s;
    struct repli_report_sheet **order = in_order(r, a);
    for (size_t i = 0; i < r->nsheets; i++) {
        for (; m < n && list[m].serial < order[i]->serial;)
            m++;
        for (; m < n && list[m].serial == order[i]->serial; m++) {
            if (list[m].undone_utc) {
                happened(undone, list[m].undone_utc);
                r->undone++;
                continue;
            }
            r->merges++;
            order[i]->values += list[m].values;
            if (!order[i]->merged_utc)
                order[i]->merged_utc = list[m].merged_utc;
        }
    }
    return REPLI_OK;
}

static int by_time(const void *a, const void *b)
{
    const struct repli_report_event *x = a, *y = b;
    if (x->utc != y->utc)
        return x->utc < y->utc ? -1 : 1;
    return x->deed < y->deed ? -1 : x->deed > y->deed;
}

static const char *name_of(struct repli_ledger *l, const char *id, struct repli_arena *a)
{
    struct repli_person who = {0};
    struct repli_err none = {0};
    return repli_ledger_person_get(l, id, a, &who, &none) == REPLI_OK ? who.name : id; /* not active any more */
}

static void outage_events(struct repli_report *r, struct repli_ledger *l, struct repli_arena *a)
{
    const struct repli_outage *o = r->scope.outage;
    if (!o)
        return;
    event(r, a, REPLI_REPORT_BEGAN)->utc = o->from_utc;
    struct repli_report_event *e = event(r, a, REPLI_REPORT_OPENED);
    e->utc = o->opened_utc;
    e->who = name_of(l, o->opened_by, a);
    if (o->open)
        return;
    event(r, a, REPLI_REPORT_ENDED)->utc = o->until_utc;
    e = event(r, a, REPLI_REPORT_CLOSED);
    e->utc = o->closed_utc;
    e->who = name_of(l, o->closed_by, a);
}

static void sheet_events(struct repli_report *r, struct repli_arena *a, const struct repli_report_event *undone)
{
    struct repli_report_event e[4] = {{.deed = REPLI_REPORT_PRINTED},
                                      {.deed = REPLI_REPORT_RECEIVED},
                                      {.deed = REPLI_REPORT_SCANNED},
                                      {.deed = REPLI_REPORT_MERGED}};
    for (size_t i = 0; i < r->nsheets; i++) {
        happened(&e[0], r->sheets[i].printed_utc);
        happened(&e[1], r->sheets[i].received_utc);
        happened(&e[2], r->sheets[i].scanned_utc);
        happened(&e[3], r->sheets[i].merged_utc);
    }
    for (int i = 0; i < 5; i++) {
        const struct repli_report_event *from = i < 4 ? &e[i] : undone;
        if (from->count)
            *event(r, a, from->deed) = *from;
    }
    if (r->nevents)
        qsort(r->events, r->nevents, sizeof *r->events, by_time);
}

static enum repli_status choose(struct repli_report *r, struct repli_ledger *l, const char *id, struct repli_arena *a,
                                struct repli_err *err)
{
    struct repli_outage *list = NULL;
    size_t n = 0;
    enum repli_status s = repli_ledger_outages(l, a, &list, &n, err);
    if (s != REPLI_OK)
        return s;
    for (size_t i = 0; i < n; i++) {
        const struct repli_outage *before = r->scope.outage, *o = &list[i];
        bool later = !before || before->from_utc <= o->from_utc;
        if (id ? strcmp(o->id, id) == 0 : !o->drill && later)
            r->scope.outage = o;
    }
    const struct repli_outage *o = r->scope.outage;
    if (id && !o)
        return repli_fail(err, REPLI_USAGE, "there is no outage '%s': `repli outage list` shows them all", id);
    r->scope.from_utc = o ? o->from_utc : 0;
    r->scope.until_utc = o && !o->open ? o->until_utc : r->now_utc;
    return REPLI_OK;
}

enum repli_status repli_report_make(const struct repli_site *site, struct repli_ledger *l, struct repli_record *record,
                                    const char *id, struct repli_arena *a, struct repli_report *out,
                                    struct repli_err *err)
{
    struct repli_report r = {
        .hospital = site->hospital, .station = site->station, .now_utc = repli_clock_now(&site->clock)};
    struct repli_report_event undone = {.deed = REPLI_REPORT_UNDONE};
    enum repli_status s = choose(&r, l, id, a, err);
    if (s == REPLI_OK)
        s = repli_ledger_report(l, a, &r, err);
    if (s == REPLI_OK)
        s = merges(&r, record, a, &undone, err);
    if (s == REPLI_OK)
        s = again(&r, l, "sample", a, &r.sample, err);
    if (s == REPLI_OK)
        s = again(&r, l, "known", a, &r.known, err);
    if (s == REPLI_OK)
        s = repli_ledger_pace(l, r.now_utc, &r.pace, err);
    if (s == REPLI_OK)
        s = repli_audit_head(l, site->station, r.audit, err);
    if (s != REPLI_OK)
        return s;
    outage_events(&r, l, a);
    sheet_events(&r, a, &undone);
    repli_report_count(&r, a);
    *out = r;
    return REPLI_OK;
}
