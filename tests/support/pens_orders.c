/* What a ward writes on a medication sheet, capture by capture: most doses given, most times as planned, now and then a
** reason, two people's initials where a drug asks for them, decisions about orders, a dose of the gap. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/pens_orders.h"

struct orders_plan {
    const struct repli_page_map *map;
    const struct pens_options *o;
    struct prng *r;
    struct repli_arena *a;
    struct pens_field *out;
    int64_t start_utc;
    int hours;
};

bool pens_of_orders(const struct repli_field *f)
{
    static const char *const kinds[] = {"administration", "order-decision", "order-proposal", "allergy", "identity"};
    for (size_t i = 0; f->capture != NULL && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(f->capture, kinds[i]) == 0)
            return true;
    return false;
}

/* Index of the field with this role, or -1. */
static int member(const struct repli_capture *c, const char *role)
{
    for (size_t m = 0; m < c->nmembers; m++)
        if (strcmp(c->roles[m], role) == 0)
            return (int)c->fields[m];
    return -1;
}

static void ink(struct orders_plan *p, int field)
{
    if (field >= 0)
        p->out[field].mark = PENS_WRITING;
}

static void digits(struct orders_plan *p, int field, const char *written, const char *answer)
{
    if (field < 0)
        return;
    p->out[field].mark = PENS_WRITING;
    p->out[field].written = p->out[field].value = repli_arena_strdup(p->a, written);
    p->out[field].answer = repli_arena_strdup(p->a, answer);
}

static void tick(struct orders_plan *p, int field)
{
    static const double ward[] = {40, 40, 10, 5, 3, 2};
    if (field >= 0)
        p->out[field].mark = (enum pens_mark)(PENS_TICK + prng_pick(p->r, ward, 6));
}

static void code(struct orders_plan *p, int field, int low, int high)
{
    char text[8];
    (void)snprintf(text, sizeof text, "%d", prng_int(p->r, low, high));
    digits(p, field, text, text);
}

static void clock_at(struct orders_plan *p, int field, int64_t utc)
{
    struct repli_civil c;
    char written[8], answer[8];
    repli_zone_civil(p->o->zone, utc, &c);
    (void)snprintf(written, sizeof written, "%02d%02d", c.hour % 100, c.minute % 100);
    (void)snprintf(answer, sizeof answer, "%02d:%02d", c.hour % 100, c.minute % 100);
    digits(p, field, written, answer);
}

static void day_at(struct orders_plan *p, int field, int64_t utc)
{
    struct repli_civil c;
    char text[8];
    repli_zone_civil(p->o->zone, utc, &c);
    (void)snprintf(text, sizeof text, "%02d", c.day % 100);
    digits(p, field, text, text);
}

static int64_t inside(struct orders_plan *p)
{
    return p->start_utc + prng_int(p->r, 0, p->hours * 60 - 1) * INT64_C(60);
}

/* One of the boxes whose role begins like this. */
static void choice(struct orders_plan *p, const struct repli_capture *c, const char *what)
{
    int boxes[16], n = 0;
    for (size_t m = 0; m < c->nmembers && n < 16; m++)
        if (strncmp(c->roles[m], what, strlen(what)) == 0)
            boxes[n++] = (int)c->fields[m];
    if (n > 0)
        tick(p, boxes[prng_int(p->r, 0, n - 1)]);
}

/* A dose as people write it: as printed, or some number where none was. */
static void amount(struct orders_plan *p, int field, const json_t *key)
{
    if (field < 0)
        return;
    const struct repli_field *f = &p->map->fields[field];
    const char *dose = json_string_value(json_object_get(key, "dose"));
    double v = 0;
    if (dose == NULL || sscanf(dose, "%lf", &v) != 1 || v <= 0 || v > 9999)
        v = prng_int(p->r, 1, 20);
    bool comb = f->kind == REPLI_FIELD_DIGITS;
    char *answer = comb ? repli_arena_printf(p->a, "%.*f", f->decimals, v) : repli_arena_printf(p->a, "%g", v);
    char *written =
        comb ? repli_arena_printf(p->a, "%ld", lround(v * pow(10, f->decimals))) : repli_arena_strdup(p->a, answer);
    for (char *c = written; *c != '\0'; c++)
        *c = *c == '.' ? ',' : *c;
    digits(p, field, written, answer);
    if (f->kind != REPLI_FIELD_DIGITS)
        p->out[field].value = p->out[field].answer;
}

static void slot(struct orders_plan *p, const struct repli_capture *c, const json_t *key)
{
    json_t *due = json_object_get(key, "due_utc");
    bool alert = json_is_true(json_object_get(key, "high_alert"));
    if (!prng_chance(p->r, p->o->used))
        return;
    ink(p, member(c, "by"));
    if (prng_chance(p->r, 0.12)) {
        code(p, member(c, "reason"), 1, 8);
        if (!json_is_integer(due))
            clock_at(p, member(c, "at"), inside(p));
        return;
    }
    tick(p, member(c, "status"));
    int64_t at = json_is_integer(due) ? json_integer_value(due) + prng_int(p->r, -15, 25) * 60 : inside(p);
    int64_t end = p->start_utc + p->hours * INT64_C(3600) - 60;
    at = at < p->start_utc ? p->start_utc : at > end ? end : at;
    if (alert || !json_is_integer(due) || prng_chance(p->r, 0.35))
        clock_at(p, member(c, "at"), at);
    if (alert)
        amount(p, member(c, "value"), key);
    ink(p, member(c, "by2"));
}

static void as_needed(struct orders_plan *p, const struct repli_capture *c, const json_t *key)
{
    size_t n = strlen(c->id), number = n > 0 ? (size_t)(c->id[n - 1] - '0') : 0;
    if (number > 3 || !prng_chance(p->r, p->o->used * (number == 1 ? 0.6 : 0.3)))
        return;
    int64_t third = p->hours * INT64_C(20); /* minutes: the first slots are filled one after the other */
    clock_at(p, member(c, "at"),
             p->start_utc + ((int64_t)(number - 1) * third + prng_int(p->r, 0, (int)third - 1)) * 60);
    amount(p, member(c, "value"), key);
    code(p, member(c, "reason"), 1, 7);
    if (prng_chance(p->r, 0.7))
        code(p, member(c, "effect"), 0, 2);
    ink(p, member(c, "by"));
    ink(p, member(c, "by2"));
    choice(p, c, "site_");
}

static void gap(struct orders_plan *p, const struct repli_capture *c, const json_t *key)
{
    json_t *orders = json_object_get(key, "orders");
    int64_t from = json_integer_value(json_object_get(key, "from_utc")),
            to = json_integer_value(json_object_get(key, "to_utc"));
    int n = (int)json_object_size(orders);
    if (n == 0 || to - from < 120 || !prng_chance(p->r, p->o->used * 0.4))
        return;
    char text[8], answer[8];
    int number = prng_int(p->r, 1, n);
    (void)snprintf(text, sizeof text, "%02d", number % 100);
    (void)snprintf(answer, sizeof answer, "%d", number);
    int day = (int)((to - from) / 60 < 24 * 60 ? (to - from) / 60 : 24 * 60);
    digits(p, member(c, "order"), number < 10 ? answer : text, answer);
    clock_at(p, member(c, "at"), to - prng_int(p->r, 1, day - 1) * INT64_C(60));
    amount(p, member(c, "value"), json_object_get(orders, answer));
    ink(p, member(c, "by"));
    if (json_is_true(json_object_get(json_object_get(orders, answer), "high_alert")))
        ink(p, member(c, "by2"));
}

static void decision(struct orders_plan *p, const struct repli_capture *c)
{
    if (!prng_chance(p->r, p->o->used))
        return;
    bool go = prng_chance(p->r, 0.88);
    tick(p, member(c, go ? "continue" : "stop"));
    if (!go && prng_chance(p->r, 0.4))
        code(p, member(c, "changed"), 11, 13);
    ink(p, member(c, "by"));
    int at = member(c, "at");
    if (at >= 0 && p->out[at].mark == PENS_NONE) /* once a side */
        clock_at(p, at, p->start_utc + prng_int(p->r, 5, 90) * INT64_C(60));
}

static void proposal(struct orders_plan *p, const struct repli_capture *c)
{
    static const char *const written[] = {"drug", "prescriber", "signature", "frequency", "by"};
    if (!prng_chance(p->r, p->o->used * 0.3))
        return;
    int64_t at = p->start_utc + prng_int(p->r, 10, p->hours * 30) * INT64_C(60);
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        ink(p, member(c, written[i]));
    amount(p, member(c, "value"), NULL);
    choice(p, c, "unit_");
    choice(p, c, "route_");
    day_at(p, member(c, "day"), at);
    clock_at(p, member(c, "at"), at);
    clock_at(p, member(c, "given"), at + prng_int(p->r, 5, 60) * INT64_C(60));
    if (prng_chance(p->r, 0.5)) {
        tick(p, member(c, "verbal"));
        ink(p, member(c, "by2"));
    }
}

/* How an order came: written, or told and (mostly) read back. */
static void how(struct orders_plan *p, const struct repli_capture *c)
{
    ink(p, member(c, "signature"));
    if (!prng_chance(p->r, 0.4))
        return;
    tick(p, member(c, prng_chance(p->r, 0.5) ? "verbal" : "telephone"));
    ink(p, member(c, "by2"));
    ink(p, member(c, "prescriber"));
    if (prng_chance(p->r, 0.7))
        tick(p, member(c, "readback"));
}

/* A line of a sheet of orders: the kind, the words, sometimes the number of an order that is to be stopped. */
static void order_line(struct orders_plan *p, const struct repli_capture *c, const json_t *key)
{
    int n = (int)json_object_size(json_object_get(key, "orders"));
    if (!prng_chance(p->r, p->o->used * 0.5))
        return;
    int64_t at = p->start_utc + prng_int(p->r, 10, p->hours * 60 - 1) * INT64_C(60);
    if (n > 0 && n < 100 && prng_chance(p->r, 0.2)) {
        tick(p, member(c, "type_stop"));
        code(p, member(c, "stops"), 1, n);
    } else {
        static const char *const types[] = {"type_medication", "type_infusion", "type_laboratory", "type_diet",
                                            "type_imaging"};
        tick(p, member(c, types[prng_int(p->r, 0, 4)]));
    }
    ink(p, member(c, "drug"));
    day_at(p, member(c, "day"), at);
    clock_at(p, member(c, "at"), at);
    if (prng_chance(p->r, 0.2))
        tick(p, member(c, "urgent"));
    how(p, c);
}

static void care_limit(struct orders_plan *p, const struct repli_capture *c)
{
    int64_t at = inside(p);
    if (!prng_chance(p->r, p->o->used * 0.3))
        return;
    choice(p, c, "limit_");
    day_at(p, member(c, "day"), at);
    clock_at(p, member(c, "at"), at);
    ink(p, member(c, "signature"));
}

/* A doctor's number that checks: digits 7 and 8 are 97 less the remainder of the first six. */
static void prescriber(struct orders_plan *p, const struct repli_capture *c)
{
    if (!prng_chance(p->r, p->o->used))
        return;
    int body = 100000 + prng_int(p->r, 1, 99999);
    char *text = repli_arena_printf(p->a, "%06d%02d%03d", body, 97 - body % 97, prng_int(p->r, 1, 999));
    digits(p, member(c, "inami"), text, text);
    ink(p, member(c, "signature"));
}

static void allergy(struct orders_plan *p, const struct repli_capture *c)
{
    static const char *const answers[] = {"same", "changed", "unable"};
    static const double often[] = {8, 1, 1};
    if (!prng_chance(p->r, p->o->used))
        return;
    tick(p, member(c, answers[prng_pick(p->r, often, 3)]));
    clock_at(p, member(c, "at"), inside(p));
    ink(p, member(c, "by"));
}

void pens_plan_orders(const struct repli_page_map *map, const struct pens_options *o, struct prng *r,
                      struct repli_arena *a, struct pens_field *out)
{
    struct orders_plan p = {map, o, r, a, out, 0, 24};
    if (!pens_window(map->code, &p.start_utc, &p.hours) || p.hours == 0)
        p.hours = 24;
    for (size_t i = 0; i < map->ncaptures; i++) {
        const struct repli_capture *c = &map->captures[i];
        json_t *key = c->key != NULL ? json_loads(c->key, 0, NULL) : NULL;
        if (strcmp(c->kind, "administration") == 0 && json_is_true(json_object_get(key, "gap")))
            gap(&p, c, key);
        else if (strcmp(c->kind, "administration") == 0 && json_is_true(json_object_get(key, "as_needed")))
            as_needed(&p, c, key);
        else if (strcmp(c->kind, "administration") == 0)
            slot(&p, c, key);
        else if (strcmp(c->kind, "order-decision") == 0)
            decision(&p, c);
        else if (json_is_true(json_object_get(key, "line")))
            order_line(&p, c, key);
        else if (json_is_true(json_object_get(key, "limit")))
            care_limit(&p, c);
        else if (json_is_true(json_object_get(key, "prescriber")))
            prescriber(&p, c);
        else if (strcmp(c->kind, "order-proposal") == 0)
            proposal(&p, c);
        else if (strcmp(c->kind, "allergy") == 0)
            allergy(&p, c);
        json_decref(key);
    }
}
