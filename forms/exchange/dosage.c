/* dosageInstruction: what an order says about dose and time, and nothing that it does not say. */
#include <stdio.h>
#include <string.h>

#include "exchange/exchange.h"

/* One instruction, read by itself. */
struct dose {
    const char *text, *dose, *unit, *route, *frequency, *times, *as_needed_for, *max_24h, *extra;
    const int64_t *period_s, *start_utc, *end_utc;
    bool as_needed;
};

static int64_t unit_seconds(const char *unit)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}, {"wk", 604800}};
    for (size_t i = 0; unit && i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].unit, unit) == 0)
            return units[i].seconds;
    return 0; /* months and years have no length in seconds */
}

/* "HH:MM" of FHIR's time, NULL when it is none. */
static const char *clock_text(struct fhir *c, const json_t *v)
{
    const char *s = json_string_value(v);
    unsigned h, m;
    char tail = 0;
    if (!s || strlen(s) < 5 || s[2] != ':' || sscanf(s, "%2u:%2u%c", &h, &m, &tail) < 2 || h > 23 || m > 59 ||
        (tail && tail != ':'))
        return NULL;
    return repli_arena_printf(c->a, "%02u:%02u", h, m);
}

/* JSON list of "HH:MM". */
static void read_times(struct fhir *c, struct dose *d, const json_t *repeat)
{
    const json_t *all = fhir_get(repeat, "timeOfDay");
    const char *list = NULL;
    for (size_t i = 0; i < fhir_count(all); i++) {
        const char *one = clock_text(c, fhir_item(all, i));
        if (!one) {
            fhir_refuse(c, "timeOfDay holds something that is no time of day");
            return;
        }
        list = repli_arena_printf(c->a, "%s%s\"%s\"", list ? list : "", list ? "," : "", one);
    }
    if (list)
        d->times = repli_arena_printf(c->a, "[%s]", list);
}

/* "3-4x/6-8h MORN": what `repeat` says, in signs that need no translation.  NULL when it names no rhythm. */
static const char *rhythm(struct fhir *c, const json_t *repeat)
{
    const char *frequency = fhir_decimal(c, repeat, "frequency"), *more = fhir_decimal(c, repeat, "frequencyMax");
    const char *period = fhir_decimal(c, repeat, "period"), *longer = fhir_decimal(c, repeat, "periodMax");
    const char *unit = fhir_text(c, repeat, "periodUnit"), *text = NULL;
    const char *when = fhir_texts(c, repeat, "when"), *days = fhir_texts(c, repeat, "dayOfWeek");
    if (period && unit) {
        bool one = strcmp(period, "1") == 0 && !longer;
        text = repli_arena_printf(c->a, "%s%s%sx/%s%s%s%s", frequency ? frequency : "1", more ? "-" : "",
                                  more ? more : "", one ? "" : period, longer ? "-" : "", longer ? longer : "", unit);
    } else if (frequency) {
        text = repli_arena_printf(c->a, "%s%s%sx", frequency, more ? "-" : "", more ? more : "");
    } else if (fhir_get(repeat, "count")) {
        text = repli_arena_printf(c->a, "%sx", fhir_decimal(c, repeat, "count"));
    }
    return fhir_join(c, fhir_join(c, text, " ", when), " ", days);
}

/* Seconds between doses, only where one dose a period is said: three a day need not be eight hours apart. */
static void read_period(struct fhir *c, struct dose *d, const json_t *repeat)
{
    const json_t *period = fhir_get(repeat, "period"), *frequency = fhir_get(repeat, "frequency");
    int64_t unit = unit_seconds(json_string_value(fhir_get(repeat, "periodUnit")));
    bool single = !frequency || (json_is_integer(frequency) && json_integer_value(frequency) == 1);
    if (!json_is_integer(period) || unit == 0 || !single || fhir_get(repeat, "periodMax") ||
        fhir_get(repeat, "frequencyMax") || json_integer_value(period) < 1 || json_integer_value(period) > 1000)
        return;
    int64_t *seconds = repli_arena_alloc(c->a, sizeof *seconds);
    *seconds = json_integer_value(period) * unit;
    d->period_s = seconds;
}

static void read_timing(struct fhir *c, struct dose *d, const json_t *timing)
{
    const json_t *repeat = fhir_get(timing, "repeat"), *bounds = fhir_get(repeat, "boundsPeriod");
    const json_t *events = fhir_get(timing, "event");
    d->frequency = fhir_words(c, fhir_get(timing, "code"));
    if (!d->frequency)
        d->frequency = rhythm(c, repeat);
    read_times(c, d, repeat);
    read_period(c, d, repeat);
    d->start_utc = fhir_time(c, bounds, "start");
    d->end_utc = fhir_time(c, bounds, "end");
    if (fhir_count(events) == 1) { /* one named instant: the order begins then */
        json_t *holder = json_pack("{s:O}", "event", fhir_item(events, 0));
        d->start_utc = d->start_utc ? d->start_utc : fhir_time(c, holder, "event");
        json_decref(holder);
    }
}

static const char *ratio(struct fhir *c, const json_t *r)
{
    return fhir_join(c, fhir_quantity(c, fhir_get(r, "numerator")), " / ",
                     fhir_quantity(c, fhir_get(r, "denominator")));
}

static const char *range(struct fhir *c, const json_t *r)
{
    return fhir_join(c, fhir_quantity(c, fhir_get(r, "low")), " - ", fhir_quantity(c, fhir_get(r, "high")));
}

/* A dose that is no single quantity goes into the text: the column is a number. */
static void read_amount(struct fhir *c, struct dose *d, const json_t *instruction)
{
    const json_t *one = fhir_item(fhir_get(instruction, "doseAndRate"), 0), *quantity = fhir_get(one, "doseQuantity");
    if (quantity && !fhir_get(quantity, "comparator")) {
        d->dose = fhir_decimal(c, quantity, "value");
        d->unit = fhir_text(c, quantity, "unit");
        if (!d->unit)
            d->unit = fhir_text(c, quantity, "code");
    } else if (quantity) {
        d->extra = fhir_quantity(c, quantity);
    }
    d->extra = fhir_join(c, d->extra, ", ", range(c, fhir_get(one, "doseRange")));
    d->extra = fhir_join(c, d->extra, ", ", fhir_quantity(c, fhir_get(one, "rateQuantity")));
    d->extra = fhir_join(c, d->extra, ", ", ratio(c, fhir_get(one, "rateRatio")));
    d->extra = fhir_join(c, d->extra, ", ", range(c, fhir_get(one, "rateRange")));
}

static void read_maximum(struct fhir *c, struct dose *d, const json_t *instruction)
{
    const json_t *most = fhir_get(instruction, "maxDosePerPeriod"), *per = fhir_get(most, "denominator");
    const char *value = fhir_decimal(c, per, "value"), *unit = fhir_text(c, per, "code");
    if (!unit)
        unit = fhir_text(c, per, "unit");
    if (!most)
        return;
    bool day =
        value && unit &&
        ((strcmp(value, "24") == 0 && strcmp(unit, "h") == 0) || (strcmp(value, "1") == 0 && strcmp(unit, "d") == 0));
    if (day)
        d->max_24h = fhir_quantity(c, fhir_get(most, "numerator"));
    else
        d->extra = fhir_join(c, d->extra, ", ", fhir_join(c, "max", " ", ratio(c, most)));
}

static void read_instruction(struct fhir *c, struct dose *d, const json_t *one)
{
    const json_t *needed = fhir_get(one, "asNeededCodeableConcept"), *more = fhir_get(one, "additionalInstruction");
    read_amount(c, d, one);
    read_timing(c, d, fhir_get(one, "timing"));
    read_maximum(c, d, one);
    d->route = fhir_words(c, fhir_get(one, "route"));
    d->as_needed = needed != NULL || fhir_flag(c, one, "asNeededBoolean", false);
    d->as_needed_for = needed ? fhir_words(c, needed) : NULL;
    d->text = fhir_text(c, one, "text");
    for (size_t i = 0; i < fhir_count(more); i++)
        d->text = fhir_join(c, d->text, "; ", fhir_words(c, fhir_item(more, i)));
    d->text = fhir_join(c, d->text, "; ", d->extra);
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* One of several instructions as a text of its own: "10 mg 08:00". */
static const char *described(struct fhir *c, const struct dose *d)
{
    const char *amount = fhir_join(c, d->dose, " ", d->dose ? d->unit : NULL);
    return fhir_join(c, fhir_join(c, fhir_join(c, amount, " ", d->frequency), " ", d->times), " ", d->text);
}

/* Several instructions are one order: what differs between them is text only, never a guess which one counts. */
static void combine(struct fhir *c, struct dose *all, const struct dose *next)
{
    bool dose = same(all->dose, next->dose) && same(all->unit, next->unit);
    all->text = fhir_join(c, all->text, " | ", described(c, next));
    if (!dose)
        all->dose = all->unit = NULL;
    all->route = same(all->route, next->route) ? all->route : fhir_join(c, all->route, ", ", next->route);
    all->frequency =
        same(all->frequency, next->frequency) ? all->frequency : fhir_join(c, all->frequency, " | ", next->frequency);
    if (!same(all->times, next->times))
        all->times = NULL;
    all->period_s = NULL;
    all->as_needed = all->as_needed && next->as_needed;
    all->as_needed_for = same(all->as_needed_for, next->as_needed_for)
                             ? all->as_needed_for
                             : fhir_join(c, all->as_needed_for, ", ", next->as_needed_for);
    if (!same(all->max_24h, next->max_24h))
        all->max_24h = NULL;
    if (next->start_utc && (!all->start_utc || *next->start_utc < *all->start_utc))
        all->start_utc = next->start_utc;
    if (!next->end_utc || (all->end_utc && *next->end_utc > *all->end_utc))
        all->end_utc = next->end_utc;
}

void fhir_dosage(struct fhir *c, const char *key, struct repli_rec_request *x)
{
    const json_t *list = fhir_get(c->res, key);
    struct dose all = {0};
    for (size_t i = 0; i < fhir_count(list) && c->status == REPLI_OK; i++) {
        struct dose next = {0};
        read_instruction(c, &next, fhir_item(list, i));
        if (i == 0) {
            all = next;
            all.text = fhir_count(list) > 1 ? described(c, &next) : next.text;
        } else {
            combine(c, &all, &next);
        }
    }
    x->dose = all.dose;
    x->dose_unit = all.dose ? all.unit : NULL;
    x->dose_text = all.text;
    x->route = all.route;
    x->frequency = all.frequency;
    x->times = all.times;
    x->period_s = all.period_s;
    x->as_needed = all.as_needed;
    x->as_needed_for = all.as_needed_for;
    x->max_24h = all.max_24h;
    x->start_utc = all.start_utc;
    x->end_utc = all.end_utc;
}
