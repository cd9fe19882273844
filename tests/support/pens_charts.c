/* What a ward writes on a chart of fluids: a few amounts an hour, sums that are mostly right, infusions; and the ticks
** for a meter that shows no number. */
#include "support/pens_charts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct charts_plan {
    const struct repli_page_map *map;
    const struct pens_options *o;
    struct prng *r;
    struct repli_arena *a;
    struct pens_field *out;
    int64_t start_utc;
    int hours;
};

static bool is_role(const struct repli_field *f, const char *role)
{
    return f->role != NULL && strcmp(f->role, role) == 0;
}

bool pens_of_charts(const struct repli_field *f)
{
    return (f->capture != NULL && strcmp(f->capture, "fluid") == 0) || is_role(f, "low") || is_role(f, "high");
}

static int member(const struct repli_capture *c, const char *role)
{
    for (size_t m = 0; m < c->nmembers; m++)
        if (strcmp(c->roles[m], role) == 0)
            return (int)c->fields[m];
    return -1;
}

static void digits(struct charts_plan *p, int field, const char *written, const char *answer)
{
    if (field < 0)
        return;
    p->out[field].mark = PENS_WRITING;
    p->out[field].written = p->out[field].value = repli_arena_strdup(p->a, written);
    p->out[field].answer = repli_arena_strdup(p->a, answer);
}

/* A number with as many decimals as its field has; a comb has no comma to write. */
static void number(struct charts_plan *p, int field, double v)
{
    if (field < 0)
        return;
    const struct repli_field *f = &p->map->fields[field];
    char *answer = repli_arena_printf(p->a, "%.*f", f->decimals, v);
    char *written =
        f->kind == REPLI_FIELD_DIGITS ? repli_arena_printf(p->a, "%ld", lround(v * pow(10, f->decimals))) : answer;
    digits(p, field, written, answer);
}

static void ink(struct charts_plan *p, int field)
{
    if (field >= 0)
        p->out[field].mark = PENS_WRITING;
}

static void clock_at(struct charts_plan *p, int field, int64_t utc)
{
    struct repli_civil c;
    char written[8], answer[8];
    repli_zone_civil(p->o->zone, utc, &c);
    (void)snprintf(written, sizeof written, "%02d%02d", c.hour % 100, c.minute % 100);
    (void)snprintf(answer, sizeof answer, "%02d:%02d", c.hour % 100, c.minute % 100);
    digits(p, field, written, answer);
}

static json_int_t of_key(const json_t *key, const char *name)
{
    return json_integer_value(json_object_get(key, name));
}

/* Two or three columns of a chart are in use, the urine of nearly everybody. */
static double habit(const json_t *key)
{
    const char *code = json_string_value(json_object_get(key, "code"));
    if (code == NULL)
        return 0;
    return strcmp(code, "9187-6") == 0 ? 0.3 : strcmp(code, "9000-1") == 0 ? 0.25 : 0.04;
}

static void amount(struct charts_plan *p, const struct repli_capture *c, const json_t *key)
{
    if (!prng_chance(p->r, p->o->used * habit(key) * 2))
        return;
    number(p, member(c, "value"), prng_int(p->r, 1, 40) * 10);
    ink(p, member(c, "by"));
}

/* What the amounts of a block add up to, as they are planned. */
static double planned(struct charts_plan *p, const char *block, const char *direction)
{
    double sum = 0;
    for (size_t i = 0; i < p->map->ncaptures; i++) {
        const struct repli_capture *c = &p->map->captures[i];
        json_t *key = strcmp(c->kind, "fluid") == 0 ? json_loads(c->key, 0, NULL) : NULL;
        const char *of = json_string_value(json_object_get(key, "block")),
                   *way = json_string_value(json_object_get(key, "direction"));
        int value = member(c, "value");
        if (of && way && strcmp(of, block) == 0 && strcmp(way, direction) == 0 && p->out[value].answer)
            sum += strtod(p->out[value].answer, NULL);
        json_decref(key);
    }
    return sum;
}

/* Three sums in ten are wrong, as on wards. */
static void sum(struct charts_plan *p, const struct repli_capture *c, const json_t *key)
{
    const char *what = json_string_value(json_object_get(key, "sum")),
               *of = json_string_value(json_object_get(key, "of"));
    if (!what || !of || !prng_chance(p->r, p->o->used))
        return;
    double in = planned(p, of, "in"), out = planned(p, of, "out");
    double v = strcmp(what, "in") == 0 ? in : strcmp(what, "out") == 0 ? out : in - out;
    if (prng_chance(p->r, 0.3))
        v += 10;
    number(p, member(c, "value"), fabs(v));
    int sign = member(c, v < 0 ? "minus" : "plus");
    if (sign >= 0)
        p->out[sign].mark = PENS_TICK;
}

static void infusion(struct charts_plan *p, const struct repli_capture *c)
{
    if (!prng_chance(p->r, p->o->used * 0.6))
        return;
    int minutes = p->hours * 60, from = prng_int(p->r, 0, minutes - 240), last = prng_int(p->r, 60, 200);
    int64_t at = p->start_utc + from * INT64_C(60);
    struct repli_civil day;
    char text[8];
    repli_zone_civil(p->o->zone, at, &day);
    (void)snprintf(text, sizeof text, "%02d", day.day % 100);
    ink(p, member(c, "fluid"));
    number(p, member(c, "volume"), prng_int(p->r, 1, 10) * 100);
    number(p, member(c, "rate"), prng_int(p->r, 5, 1500) / 10.0);
    digits(p, member(c, "day"), text, text);
    clock_at(p, member(c, "at"), at);
    if (prng_chance(p->r, 0.7)) {
        clock_at(p, member(c, "stop"), at + last * INT64_C(60));
        number(p, member(c, "amount"), prng_int(p->r, 1, 90) * 10);
    }
    ink(p, member(c, "by"));
    if (!prng_chance(p->r, 0.3))
        return;
    int high = member(c, "high");
    if (high >= 0)
        p->out[high].mark = PENS_TICK;
    ink(p, member(c, "by2"));
}

/* Once in a while the meter shows no number. */
static void meter(struct charts_plan *p, const struct repli_capture *c)
{
    int value = member(c, "value"), tick = member(c, prng_chance(p->r, 0.5) ? "low" : "high");
    if (value < 0 || tick < 0 || p->out[value].mark != PENS_WRITING || !prng_chance(p->r, 0.15))
        return;
    p->out[value] = (struct pens_field){.row = -1, .at_utc = p->out[value].at_utc};
    p->out[tick].mark = PENS_TICK;
}

static void plan_one(struct charts_plan *p, const struct repli_capture *c, bool sums)
{
    json_t *key = c->key != NULL ? json_loads(c->key, 0, NULL) : NULL;
    bool fluid = strcmp(c->kind, "fluid") == 0, is_sum = json_object_get(key, "sum") != NULL;
    if (fluid && is_sum && sums)
        sum(p, c, key);
    else if (fluid && !is_sum && !sums && json_object_get(key, "hour"))
        amount(p, c, key);
    else if (fluid && !is_sum && !sums)
        infusion(p, c);
    else if (!fluid && !sums)
        meter(p, c);
    json_decref(key);
}

/* The day of the chart's first row: that of its first hour inside the window, or the day before it where this hour
** belongs to the night before. */
static void first_day(struct charts_plan *p)
{
    int first = -1, field = -1;
    for (size_t i = 0; i < p->map->ncaptures && first < 0; i++) {
        json_t *key =
            strcmp(p->map->captures[i].kind, "fluid") == 0 ? json_loads(p->map->captures[i].key, 0, NULL) : NULL;
        if (json_object_get(key, "hour")) {
            first = (int)of_key(key, "hour");
            field = member(&p->map->captures[i], "first_day");
        }
        json_decref(key);
    }
    struct repli_civil c;
    repli_zone_civil(p->o->zone, p->start_utc, &c);
    if (field < 0 || c.hour != first || !prng_chance(p->r, p->o->used))
        return; /* a chart that begins with another hour has rows of two such days: nobody writes one then */
    char text[8];
    (void)snprintf(text, sizeof text, "%02d", c.day % 100);
    digits(p, field, text, text);
}

void pens_plan_charts(const struct repli_page_map *map, const struct pens_options *o, struct prng *r,
                      struct repli_arena *a, struct pens_field *out)
{
    struct charts_plan p = {map, o, r, a, out, 0, 24};
    if (!pens_window(map->code, &p.start_utc, &p.hours) || p.hours == 0)
        p.hours = 24;
    for (int sums = 0; sums < 2; sums++)
        for (size_t i = 0; i < map->ncaptures; i++)
            plan_one(&p, &map->captures[i], sums == 1);
    first_day(&p);
}
