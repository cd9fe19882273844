#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/pagecode.h"
#include "support/pens_census.h"
#include "support/pens_charts.h"
#include "support/pens_identity.h"
#include "support/pens_orders.h"

static const char *const mark_texts[PENS_MARK_COUNT] = {
#define ROW(name, text, state) text,
    PENS_MARK_LIST(ROW)
#undef ROW
};
static const char *const mark_states[PENS_MARK_COUNT] = {
#define ROW(name, text, state) state,
    PENS_MARK_LIST(ROW)
#undef ROW
};

const char *pens_mark_text(enum pens_mark mark)
{
    return mark_texts[mark];
}

const char *pens_mark_state(enum pens_mark mark)
{
    return mark_states[mark];
}

bool pens_window(const char *digits, int64_t *start_utc, int *hours)
{
    enum { WINDOW_AT = 39 };
    uint8_t bytes[REPLI_PAGECODE_BYTES] = {0};
    if (digits == NULL || strlen(digits) != REPLI_PAGECODE_DIGITS)
        return false;
    for (; *digits != '\0'; digits++) {
        if (*digits < '0' || *digits > '9')
            return false;
        unsigned carry = (unsigned)(*digits - '0');
        for (int i = REPLI_PAGECODE_BYTES - 1; i >= 0; i--) {
            carry += bytes[i] * 10u;
            bytes[i] = (uint8_t)(carry & 255);
            carry >>= 8;
        }
        if (carry != 0)
            return false;
    }
    uint32_t start = 0;
    for (int i = 0; i < 4; i++)
        start = start << 8 | bytes[WINDOW_AT + i];
    *start_utc = start;
    *hours = bytes[WINDOW_AT + 4];
    return true;
}

struct plan {
    const struct repli_page_map *map;
    const struct pens_options *o;
    struct prng *r;
    struct repli_arena *a;
    struct pens_field *out;
    bool page_only; /* the body is filled already: what is left is the page's furniture */
};

/* Planned by those who know orders or charts, not here. */
static bool of_others(const struct repli_field *f)
{
    return pens_of_orders(f) || pens_of_charts(f);
}

/* What comes before the first point of an id: "col3" of "col3.rr". */
static size_t unit_length(const char *id)
{
    const char *dot = strchr(id, '.');
    return dot != NULL ? (size_t)(dot - id) : strlen(id);
}

static bool same_unit(const char *a, const char *b)
{
    size_t n = unit_length(a);
    return n == unit_length(b) && strncmp(a, b, n) == 0;
}

static const char *leaf(const char *id)
{
    const char *dot = strrchr(id, '.');
    return dot != NULL ? dot + 1 : id;
}

static bool is_furniture(const struct repli_field *f)
{
    return strncmp(f->id, "page.", 5) == 0;
}

static bool is_role(const struct repli_field *f, const char *role)
{
    return f->role != NULL && strcmp(f->role, role) == 0;
}

/* NEWS2 points of the rows of a band, as on the printed chart; NULL for other bands. */
static const int *news_points(const struct repli_field *f)
{
    static const struct {
        const char *name;
        size_t rows;
        int points[6];
    } table[] = {
        {"rr", 5, {3, 2, 0, 1, 3}},  {"spo2", 4, {0, 1, 2, 3}},        {"o2", 2, {0, 2}},
        {"sbp", 5, {3, 0, 1, 2, 3}}, {"pulse", 6, {3, 2, 1, 0, 1, 3}}, {"temp", 5, {2, 1, 0, 1, 3}},
        {"acvpu", 2, {0, 3}},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (f->kind == REPLI_FIELD_BAND && strcmp(leaf(f->id), table[i].name) == 0 && f->nparts == table[i].rows)
            return table[i].points;
    return NULL;
}

/* ---- numbers */
/* A number between two bounds, in steps of its last decimal. */
static double number_in(struct prng *r, double low, double high, int decimals)
{
    double step = pow(10, -decimals);
    int a = (int)ceil(low / step - 1e-6), b = (int)floor(high / step + 1e-6);
    return prng_int(r, a, b < a ? a : b) * step;
}

static char *decimal(struct plan *p, double v, int decimals, char point)
{
    char *s = repli_arena_printf(p->a, "%.*f", decimals, v);
    char *dot = strchr(s, '.');
    if (dot != NULL)
        *dot = point;
    return s;
}

/* Bounds of a band's row.  The outer rows reach twenty steps from their inner end: a ward sees 38 breaths a minute, not
** 80, and 72 % of oxygen, not 30. */
static void row_bounds(const struct repli_field *f, int row, double *low, double *high)
{
    const struct repli_range *range = &f->rows[row];
    double reach = 20 * pow(10, -f->decimals);
    bool top = row == 0, bottom = (size_t)row + 1 == f->nparts;
    *low = range->has_low ? range->low : range->high - reach;
    *high = range->has_high ? range->high : range->low + reach;
    if (top && *high > *low + reach)
        *high = *low + reach;
    if (bottom && *low < *high - reach)
        *low = *high - reach;
    if (f->hard.has_low && *low < f->hard.low && f->hard.low <= *high)
        *low = f->hard.low;
    if (f->hard.has_high && *high > f->hard.high && f->hard.high >= *low)
        *high = f->hard.high;
    if (*low < 0)
        *low = 0;
}

static int choose_row(struct plan *p, const struct repli_field *f)
{
    static const double by_points[4] = {6, 2, 1.2, 0.8};
    const int *points = p->o->stress ? NULL : news_points(f);
    double weights[32];
    int n = f->nparts > 32 ? 32 : (int)f->nparts;
    for (int i = 0; i < n; i++)
        weights[i] = points != NULL ? by_points[points[i]] : 1;
    return prng_pick(p->r, weights, n);
}

/* Rows that stand for one letter each are a choice: people tick the row. */
static bool one_letter_rows(const struct repli_field *f)
{
    for (size_t i = 0; i < f->nparts; i++)
        if (f->letters[i] == NULL || strlen(f->letters[i]) != 1)
            return false;
    return true;
}

static void plan_band(struct plan *p, size_t i)
{
    const struct repli_field *f = &p->map->fields[i];
    struct pens_field *out = &p->out[i];
    out->mark = PENS_WRITING;
    out->row = choose_row(p, f);
    const char *letters = f->letters != NULL ? f->letters[out->row] : NULL;
    if (letters != NULL && letters[0] != '\0') {
        int k = prng_int(p->r, 0, (int)strlen(letters) - 1);
        out->value = out->answer = repli_arena_strndup(p->a, letters + k, 1);
        out->written = one_letter_rows(f) ? "v" : out->value;
        return;
    }
    double low, high;
    row_bounds(f, out->row, &low, &high);
    double v = number_in(p->r, low, high, f->decimals);
    out->value = out->answer = decimal(p, v, f->decimals, '.');
    /* A row that can only mean zero ("air") is ticked, not numbered. */
    out->written = high < 1e-9 ? "v" : decimal(p, v, f->decimals, ',');
}

/* A number for a comb or a box: inside the soft range, which is what a ward writes; once in fifty something unusual
** that is still possible; without a range whatever fits.  `low` and `high` (< 0: none) narrow it further. */
static void plan_number(struct plan *p, size_t i, double low, double high)
{
    const struct repli_field *f = &p->map->fields[i];
    struct pens_field *out = &p->out[i];
    size_t cells = f->kind == REPLI_FIELD_DIGITS ? f->nparts : 3;
    double step = pow(10, -f->decimals), top = (pow(10, (double)cells) - 1) * step;
    bool unusual = prng_chance(p->r, 0.02);
    const struct repli_range *range = unusual || (!f->soft.has_low && !f->soft.has_high) ? &f->hard : &f->soft;
    if (high < 0 || high > top)
        high = top;
    if (range->has_low && low < range->low)
        low = range->low;
    if (range->has_high && high > range->high)
        high = range->high;
    double v = number_in(p->r, low, high, f->decimals);
    out->mark = PENS_WRITING;
    out->answer = decimal(p, v, f->decimals, '.');
    out->written = f->kind == REPLI_FIELD_DIGITS ? repli_arena_printf(p->a, "%ld", lround(v / step))
                                                 : decimal(p, v, f->decimals, ',');
    out->value = f->kind == REPLI_FIELD_DIGITS ? out->written : out->answer;
}

static void plan_text(struct plan *p, size_t i, const char *digits, const char *answer)
{
    p->out[i].mark = PENS_WRITING;
    p->out[i].written = p->out[i].value = repli_arena_strdup(p->a, digits);
    p->out[i].answer = repli_arena_strdup(p->a, answer);
}

/* ---- visits: columns that carry a time; their fields may stand anywhere in the map */
static bool is_visit(const struct repli_page_map *map, const char *id)
{
    for (size_t i = 0; i < map->nfields; i++)
        if (same_unit(map->fields[i].id, id) && is_role(&map->fields[i], "at") && !of_others(&map->fields[i]))
            return true;
    return false;
}

static bool first_of_unit(const struct repli_page_map *map, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_unit(map->fields[k].id, map->fields[i].id))
            return false;
    return true;
}

/* Chance that somebody fills a field of a visit. Device and flow only make sense with oxygen. */
static double habit(const char *name, bool oxygen)
{
    static const struct {
        const char *name;
        double p;
    } table[] = {{"dbp", 0.9}, {"pain", 0.6}, {"news", 0.85}, {"by", 0.95}};
    if (strcmp(name, "device") == 0 || strcmp(name, "flow") == 0)
        return oxygen ? 0.9 : 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(name, table[i].name) == 0)
            return table[i].p;
    return 0.95;
}

static void plan_digits_of_visit(struct plan *p, size_t i, const struct repli_civil *at, int news)
{
    const struct repli_field *f = &p->map->fields[i];
    const char *name = leaf(f->id);
    char s[40], t[40];
    if (is_role(f, "at") || is_role(f, "given") || (f->role && strncmp(f->role, "at_", 3) == 0)) {
        (void)snprintf(s, sizeof s, "%02d%02d", at->hour, at->minute);
        (void)snprintf(t, sizeof t, "%02d:%02d", at->hour, at->minute);
        plan_text(p, i, s, t);
    } else if (is_role(f, "day") || is_role(f, "date") || (f->role && strncmp(f->role, "day_", 4) == 0)) {
        (void)snprintf(s, sizeof s, f->nparts >= 4 ? "%02d%02d" : "%02d", at->day, at->month);
        plan_text(p, i, s, s);
    } else if (strcmp(name, "news") == 0 && news >= 0) {
        (void)snprintf(s, sizeof s, "%d", news);
        plan_text(p, i, s, s);
    } else if (strcmp(name, "device") == 0) {
        plan_number(p, i, 1, 8);
    } else {
        plan_number(p, i, 0, -1);
    }
}

/* The bands of a column, and what they add up to: the NEWS total, or -1 when one is missing. */
static int plan_bands(struct plan *p, const char *unit, bool *oxygen)
{
    int news = 0;
    for (size_t i = 0; i < p->map->nfields; i++) {
        const struct repli_field *f = &p->map->fields[i];
        if (f->kind != REPLI_FIELD_BAND || !same_unit(f->id, unit))
            continue;
        const int *points = news_points(f);
        if (prng_chance(p->r, 0.95))
            plan_band(p, i);
        if (p->out[i].row < 0)
            news = -1;
        else if (points != NULL && news >= 0)
            news += points[p->out[i].row];
        if (strcmp(leaf(f->id), "o2") == 0)
            *oxygen = p->out[i].row == 1;
    }
    return news;
}

static void plan_visit(struct plan *p, const char *unit, int64_t at_utc)
{
    struct repli_civil at;
    repli_zone_civil(p->o->zone, at_utc, &at);
    bool oxygen = false;
    int news = plan_bands(p, unit, &oxygen);
    for (size_t i = 0; i < p->map->nfields; i++) {
        const struct repli_field *f = &p->map->fields[i];
        if (!same_unit(f->id, unit))
            continue;
        p->out[i].at_utc = at_utc;
        bool when = is_role(f, "at") || is_role(f, "day") || is_role(f, "date");
        if (f->kind == REPLI_FIELD_BAND || f->kind == REPLI_FIELD_TICK ||
            (!when && !prng_chance(p->r, habit(leaf(f->id), oxygen))))
            continue;
        if (f->kind == REPLI_FIELD_DIGITS)
            plan_digits_of_visit(p, i, &at, news);
        else if (f->kind == REPLI_FIELD_WRITE)
            plan_number(p, i, 0, -1);
        else
            p->out[i].mark = PENS_WRITING;
    }
}

/* All columns of the side.  The window is shared out to the sides of the set, then to the columns of the side. */
static void plan_visits(struct plan *p)
{
    const struct repli_page_map *map = p->map;
    int64_t start = 0;
    int hours = 24, columns = 0, column = 0;
    if (!pens_window(map->code, &start, &hours) || hours == 0)
        hours = 24;
    for (size_t i = 0; i < map->nfields; i++)
        columns += first_of_unit(map, i) && is_visit(map, map->fields[i].id);
    int sides = map->sides > 0 ? map->sides : 1, side = map->side > 0 ? map->side - 1 : 0;
    for (size_t i = 0; i < map->nfields; i++) {
        if (!first_of_unit(map, i) || !is_visit(map, map->fields[i].id))
            continue;
        double share = hours * 60.0 / sides / columns, from = share * (side * columns + column++);
        int minute = prng_int(p->r, (int)ceil(from), (int)ceil(from + share) - 1);
        if (prng_chance(p->r, p->o->used))
            plan_visit(p, map->fields[i].id, start + minute * INT64_C(60));
    }
}

/* ---- ticks and the rest */
static enum pens_mark choose_mark(struct plan *p)
{
    static const double ward[] = {40, 40, 10, 5, 3, 2}, equal[] = {1, 1, 1, 1, 1, 1};
    return (enum pens_mark)(PENS_TICK + prng_pick(p->r, p->o->stress ? equal : ward, 6));
}

static enum pens_mark lone_tick(struct plan *p, const struct repli_field *f)
{
    bool furniture = is_furniture(f);
    double set = p->o->stress ? 0.5 : furniture ? p->o->furniture : p->o->used * 0.5;
    if (prng_chance(p->r, set))
        return choose_mark(p);
    if (prng_chance(p->r, p->o->stress ? 0.2 : furniture ? 0 : 0.02))
        return prng_chance(p->r, 0.7) ? PENS_BLACKENED : PENS_STRUCK;
    if (prng_chance(p->r, p->o->stress ? 0.3 : 0.05))
        return prng_chance(p->r, 0.65) ? PENS_SPECK : PENS_TAIL;
    return PENS_NONE;
}

/* One box of a group is chosen; now and then a wrong one was ticked first and cancelled. */
static void plan_group(struct plan *p, const char *group)
{
    size_t members[64], n = 0;
    for (size_t i = 0; i < p->map->nfields && n < 64; i++) {
        const struct repli_field *f = &p->map->fields[i];
        if (f->kind == REPLI_FIELD_TICK && f->group != NULL && strcmp(f->group, group) == 0)
            members[n++] = i;
    }
    if (!prng_chance(p->r, p->o->used))
        return;
    size_t k = (size_t)prng_int(p->r, 0, (int)n - 1);
    p->out[members[k]].mark = choose_mark(p);
    if (n > 1 && prng_chance(p->r, p->o->stress ? 0.3 : 0.06))
        p->out[members[(k + 1) % n]].mark = prng_chance(p->r, 0.7) ? PENS_BLACKENED : PENS_STRUCK;
}

static bool first_of_group(const struct repli_page_map *map, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (map->fields[k].kind == REPLI_FIELD_TICK && map->fields[k].group != NULL &&
            strcmp(map->fields[k].group, map->fields[i].group) == 0)
            return false;
    return true;
}

static void plan_ticks(struct plan *p)
{
    for (size_t i = 0; i < p->map->nfields; i++) {
        const struct repli_field *f = &p->map->fields[i];
        if (f->kind != REPLI_FIELD_TICK || of_others(f) || (p->page_only && !is_furniture(f)))
            continue;
        if (f->group == NULL)
            p->out[i].mark = lone_tick(p, f);
        else if (first_of_group(p->map, i))
            plan_group(p, f->group);
    }
}

/* A time of day that belongs to no visit. */
static void plan_clock(struct plan *p, size_t i)
{
    int minute = prng_int(p->r, 0, 24 * 60 - 1);
    plan_text(p, i, repli_arena_printf(p->a, "%02d%02d", minute / 60, minute % 60),
              repli_arena_printf(p->a, "%02d:%02d", minute / 60, minute % 60));
}

/* Fields that stand in no column: the set-up line, the number of a continuation sheet. */
static void plan_rest(struct plan *p)
{
    const struct repli_page_map *map = p->map;
    for (size_t i = 0; i < map->nfields; i++) {
        const struct repli_field *f = &map->fields[i];
        bool furniture = is_furniture(f);
        double set = p->o->stress ? 0.6 : furniture ? p->o->furniture : p->o->used * 0.6;
        if (f->kind == REPLI_FIELD_TICK || of_others(f) || is_visit(map, f->id) || (p->page_only && !furniture) ||
            !prng_chance(p->r, set))
            continue;
        if (f->kind == REPLI_FIELD_BAND)
            plan_band(p, i);
        else if (f->role != NULL && strncmp(f->role, "at_", 3) == 0)
            plan_clock(p, i);
        else if (f->kind == REPLI_FIELD_DIGITS || f->kind == REPLI_FIELD_WRITE)
            plan_number(p, i, 0, -1);
        else
            p->out[i].mark = PENS_WRITING;
    }
}

struct pens_field *pens_plan(const struct repli_page_map *map, const struct pens_options *o, struct prng *r,
                             struct repli_arena *a)
{
    struct plan p = {.map = map, .o = o, .r = r, .a = a};
    p.out = repli_arena_array(a, map->nfields, sizeof *p.out);
    for (size_t i = 0; i < map->nfields; i++)
        p.out[i].row = -1;
    if (map->nfields > 0 && !o->stress && pens_is_census(map)) {
        p.page_only = true;
        pens_plan_census(map, o, r, a, p.out);
    } else if (map->nfields > 0) {
        plan_visits(&p);
    }
    if (map->nfields > 0) {
        plan_ticks(&p);
        plan_rest(&p);
        pens_plan_orders(map, o, r, a, p.out);
        pens_plan_charts(map, o, r, a, p.out);
        pens_plan_identity(map, o, r, a, p.out);
    }
    return p.out;
}

/* Is this field the value of an observation? */
static bool is_value(const struct repli_page_map *map, size_t field)
{
    for (size_t c = 0; c < map->ncaptures; c++)
        for (size_t m = 0; m < map->captures[c].nmembers; m++)
            if (map->captures[c].fields[m] == field && strcmp(map->captures[c].roles[m], "value") == 0 &&
                strcmp(map->captures[c].kind, "observation") == 0)
                return true;
    return false;
}

json_t *pens_truth(const struct repli_page_map *map, const struct pens_field *plan)
{
    json_t *all = json_array();
    for (size_t i = 0; i < map->nfields; i++) {
        const struct repli_field *f = &map->fields[i];
        json_t *o = json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "id", f->id, "kind", repli_field_kind_text(f->kind),
                              "state", pens_mark_state(plan[i].mark), "value", plan[i].value, "answer", plan[i].answer);
        if (plan[i].at_utc != 0)
            (void)json_object_set_new(o, "at_utc", json_integer(plan[i].at_utc));
        if (is_value(map, i))
            (void)json_object_set_new(o, "capture", json_true());
        if (f->kind == REPLI_FIELD_TICK)
            (void)json_object_set_new(o, "mark", json_string(pens_mark_text(plan[i].mark)));
        if (f->kind == REPLI_FIELD_BAND)
            (void)json_object_set_new(o, "row", plan[i].row < 0 ? json_null() : json_integer(plan[i].row));
        (void)json_array_append_new(all, o);
    }
    return all;
}
