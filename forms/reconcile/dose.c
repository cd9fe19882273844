/* What is read and checked of every dose on paper. */
#include "reconcile/dose.h"

#include <stdlib.h>
#include <string.h>

#include "repli/text.h"

/* ---- reading */

static int64_t number_in(const json_t *key, const char *name)
{
    return json_integer_value(json_object_get(key, name));
}

/* "12" and 12 alike. */
static const char *text_in(struct merge_context *ctx, const json_t *key, const char *name)
{
    const json_t *v = json_object_get(key, name);
    char text[32];
    if (!json_is_number(v))
        return plan_key_text(ctx, key, name);
    repli_number_format(json_number_value(v), 6, text);
    return repli_arena_strdup(ctx->a, text);
}

/* A list of words as one text, a line feed after each; NULL: no list. */
static const char *words_in(struct merge_context *ctx, const json_t *list)
{
    struct repli_buf b = {0};
    size_t i;
    const json_t *word;
    json_array_foreach(list, i, word) if (json_is_string(word)) repli_buf_printf(&b, "%s\n", json_string_value(word));
    const char *text = b.len ? repli_arena_strndup(ctx->a, b.data, b.len) : NULL;
    repli_buf_done(&b);
    return text;
}

static void read_key(struct merge_context *ctx, const json_t *key, struct dose *d)
{
    const json_t *of = key;
    d->gap = json_is_true(json_object_get(key, "gap"));
    d->as_needed = json_is_true(json_object_get(key, "as_needed"));
    d->due_utc = number_in(key, "due_utc");
    d->min_interval_s = number_in(key, "min_interval_s");
    d->from_utc = number_in(key, "from_utc");
    d->to_utc = number_in(key, "to_utc");
    d->max_24h = text_in(ctx, key, "max_24h");
    if (d->gap)
        of = d->number ? json_object_get(json_object_get(key, "orders"), d->number) : NULL;
    d->order = plan_key_text(ctx, of, "order");
    d->medication = plan_key_text(ctx, of, "medication");
    d->dose = text_in(ctx, of, "dose");
    d->unit = plan_key_text(ctx, of, "dose_unit");
    d->route = plan_key_text(ctx, of, "route");
    d->high_alert = json_is_true(json_object_get(of, "high_alert"));
    d->sign = json_is_true(json_object_get(of, "sign"));
    d->related = words_in(ctx, json_object_get(of, "related"));
}

/* The time alone; why it is none is said by the plan. */
static void read_time(struct merge_context *ctx, struct dose *d)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    int64_t found[2] = {0, 0};
    int64_t from = d->gap ? d->from_utc : row->window_utc,
            to = d->gap ? d->to_utc : row->window_utc + (int64_t)row->window_hours * 3600 - 1;
    if (d->at) {
        d->timed = plan_instants(ctx, d->at, from, to, found) == 1;
        d->utc = found[0];
    } else if (d->due_utc) {
        d->timed = true;
        d->utc = d->due_utc;
    }
}

static void read_dose(struct merge_context *ctx, const struct repli_capture *c, struct dose *d)
{
    const struct capture_plan plan = {.capture = c};
    json_t *key = c->key ? json_loads(c->key, 0, NULL) : NULL;
    d->mine = true;
    d->ticked = plan_ticked(ctx, &plan, "status");
    d->at = plan_member_value(ctx, &plan, "at");
    d->value = plan_member_value(ctx, &plan, "value");
    d->reason = plan_member_value(ctx, &plan, "reason");
    d->number = plan_member_value(ctx, &plan, "order");
    read_key(ctx, key, d);
    read_time(ctx, d);
    json_decref(key);
}

const struct dose *dose_of(struct merge_context *ctx, const struct capture_plan *plan)
{
    const struct repli_page_map *map = ctx->sheet->map;
    if (!ctx->doses) {
        ctx->doses = repli_arena_array(ctx->a, map->ncaptures, sizeof *ctx->doses);
        for (size_t i = 0; i < map->ncaptures; i++)
            if (strcmp(map->captures[i].kind, "administration") == 0)
                read_dose(ctx, &map->captures[i], &ctx->doses[i]);
    }
    return &ctx->doses[plan->capture - map->captures];
}

bool dose_given(const struct dose *d)
{
    if (d->gap || d->as_needed)
        return d->at && d->value;
    return d->reason ? strcmp(d->reason, "8") == 0 : d->ticked;
}

/* ---- comparing */

static bool same_words(struct merge_context *ctx, const char *x, const char *y)
{
    if (!x || !y)
        return x == y;
    return strcmp(repli_text_fold(ctx->a, x), repli_text_fold(ctx->a, y)) == 0;
}

bool dose_of_order(struct merge_context *ctx, const struct dose *d, const struct repli_live_dose *live)
{
    if (live->request_id)
        return d->order && strcmp(live->request_id, d->order) == 0;
    return d->medication && same_words(ctx, live->medication, d->medication);
}

/* How much of the base unit (gram, litre) one of `unit` is; 0: a unit of its own. */
static double scale_of(struct merge_context *ctx, const char *unit, char *what)
{
    static const struct {
        const char *unit;
        char what;
        double scale;
    } units[] = {{"g", 'm', 1},
                 {"mg", 'm', 1e-3},
                 {"ug", 'm', 1e-6},
                 {"\xCE\xBCg", 'm', 1e-6},
                 {"mcg", 'm', 1e-6},
                 {"microgram", 'm', 1e-6},
                 {"l", 'v', 1},
                 {"ml", 'v', 1e-3},
                 {"microgramme", 'm', 1e-6}};
    const char *fold = repli_text_fold(ctx->a, unit);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].unit, fold) == 0) {
            *what = units[i].what;
            return units[i].scale;
        }
    return 0;
}

/* `amount` in `unit`, expressed in `as`; false: the two units have nothing to do with each other. */
static bool convert(struct merge_context *ctx, double *amount, const char *unit, const char *as)
{
    char what = 0, what_as = 0;
    if (!unit || !as || same_words(ctx, unit, as))
        return true;
    double from = scale_of(ctx, unit, &what), to = scale_of(ctx, as, &what_as);
    if (from <= 0 || to <= 0 || what != what_as)
        return false;
    *amount = *amount * from / to;
    return true;
}

bool dose_amounts_equal(struct merge_context *ctx, const char *x, const char *unit_x, const char *y, const char *unit_y)
{
    double u = 0, v = 0;
    if (!x || !y)
        return true;
    if (!repli_number(x, &u) || !repli_number(y, &v) || !convert(ctx, &v, unit_y, unit_x))
        return same_words(ctx, x, y) && same_words(ctx, unit_x, unit_y);
    return v - u < 1e-9 * (u + 1) && u - v < 1e-9 * (u + 1);
}

void dose_reach(const struct merge_context *ctx, const struct dose *d, int64_t *from_utc, int64_t *to_utc)
{
    int64_t before = 0, after = 0;
    for (size_t i = 0; i < ctx->sheet->map->ncaptures; i++) {
        const struct dose *o = &ctx->doses[i];
        if (!o->mine || !o->due_utc || !o->order || !d->order || strcmp(o->order, d->order) != 0)
            continue;
        if (o->due_utc < d->due_utc && (!before || d->due_utc - o->due_utc < before))
            before = d->due_utc - o->due_utc;
        if (o->due_utc > d->due_utc && (!after || o->due_utc - d->due_utc < after))
            after = o->due_utc - d->due_utc;
    }
    before = before ? before / 2 : after ? after / 2 : DOSE_REACH_S;
    after = after ? after / 2 : before;
    *from_utc = d->due_utc - (before < DOSE_REACH_S ? before : DOSE_REACH_S);
    *to_utc = d->due_utc + (after < DOSE_REACH_S ? after : DOSE_REACH_S);
}

/* ---- the order */

static const char *or_none(const char *s)
{
    return s ? s : "nothing";
}

/* What was printed of the order and is not so any more; NULL: nothing. */
static const char *changed(struct merge_context *ctx, const struct dose *d, const struct repli_live_order *o)
{
    if (d->medication && !same_words(ctx, d->medication, o->medication))
        return repli_arena_printf(ctx->a, "medication printed %s, now %s", d->medication, or_none(o->medication));
    if (d->dose && (!o->dose || !dose_amounts_equal(ctx, d->dose, d->unit, o->dose, o->dose_unit)))
        return repli_arena_printf(ctx->a, "dose printed %s %s, now %s %s", d->dose, d->unit ? d->unit : "",
                                  or_none(o->dose), o->dose_unit ? o->dose_unit : "");
    if (d->route && !same_words(ctx, d->route, o->route))
        return repli_arena_printf(ctx->a, "route printed %s, now %s", d->route, or_none(o->route));
    return NULL;
}

static bool active(const struct repli_live_order *o, int64_t event_utc)
{
    /* One that came to its planned end was under way before it. */
    return strcmp(o->status, "active") == 0 ||
           (strcmp(o->status, "completed") == 0 && o->end_utc && event_utc <= *o->end_utc);
}

enum repli_status dose_check_order(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d,
                                   struct repli_live_order **order, bool *ok, struct repli_err *err)
{
    const char *name = or_none(d->medication);
    *order = NULL;
    *ok = false;
    enum repli_status s = d->order ? repli_record_live_order(ctx->record, d->order, ctx->a, order, err) : REPLI_OK;
    if (s != REPLI_OK)
        return s;
    if (*order && strcmp((*order)->patient_id, ctx->patient->today) != 0)
        *order = NULL; /* somebody else's now */
    const struct repli_live_order *o = *order;
    const char *what = o && dose_given(d) ? changed(ctx, d, o) : NULL;
    if (!o)
        plan_hold(ctx, plan, "order-unknown", true, "the record has no order %s (%s) of this patient",
                  or_none(d->order), name);
    else if (dose_given(d) && strcmp(o->status, "on-hold") == 0)
        plan_hold(ctx, plan, "order-on-hold", true, "order %s (%s) was put on hold since printing", o->id, name);
    else if (dose_given(d) && !active(o, plan->event_utc))
        plan_hold(ctx, plan, "order-stopped", true, "order %s (%s) is %s in the record", o->id, name, o->status);
    else if (what)
        plan_hold(ctx, plan, "order-changed", true, "order %s was changed since: %s", o->id, what);
    *ok = plan->state != PLAN_HELD || plan_paper_counts(ctx, plan);
    return REPLI_OK;
}

/* ---- allergies */

/* Words that half the pharmacy has in its names. */
static bool says_little(const char *word)
{
    static const char *const common[] = {"acid",    "acide",     "acidum",  "zuur",    "saure",     "sodium",
                                         "natrium", "potassium", "kalium",  "calcium", "chloride",  "chlorure",
                                         "chlorid", "tablet",    "tablets", "oral",    "injection", "solution"};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (strcmp(common[i], word) == 0)
            return true;
    return strlen(word) < 4;
}

/* Equal, or one the other with a longer end: "penicilline", "penicillin". */
static bool alike(const char *x, const char *y)
{
    size_t n = strlen(x), m = strlen(y), least = n < m ? n : m;
    return strcmp(x, y) == 0 || (least >= 6 && strncmp(x, y, least - 1) == 0);
}

static bool shares_a_word(struct merge_context *ctx, const char *substance, const char *medication)
{
    char *rest = NULL, *all = substance && medication ? repli_text_fold(ctx->a, substance) : NULL;
    for (char *w = all ? strtok_r(all, " ,.;+/()", &rest) : NULL; w; w = strtok_r(NULL, " ,.;+/()", &rest)) {
        char *tail = NULL, *names = repli_text_fold(ctx->a, medication);
        for (char *m = strtok_r(names, " ,.;+/()", &tail); m; m = strtok_r(NULL, " ,.;+/()", &tail))
            if (!says_little(w) && alike(w, m))
                return true;
    }
    return false;
}

/* Is the substance one of the group that the sheet's form puts the drug into (penicillin and amoxicillin)?  A word of
** the list begins a word of the substance. */
static bool same_group(struct merge_context *ctx, const char *substance, const char *related)
{
    const char *all = substance && related ? repli_text_fold(ctx->a, substance) : NULL;
    for (const char *w = related; all && *w; w += strcspn(w, "\n") + 1) {
        const char *word = repli_arena_strndup(ctx->a, w, strcspn(w, "\n"));
        for (const char *p = all; (p = strstr(p, word)) != NULL; p++)
            if (p == all || strchr(" ,.;+/()-", p[-1]))
                return true;
    }
    return false;
}

/* By code, by a word of its name, or by the group of drugs that both belong to. */
static bool contradicts(struct merge_context *ctx, const struct repli_live_allergy *y, const struct dose *d,
                        const struct repli_live_order *o)
{
    if (o && o->code && y->code && strcmp(o->code, y->code) == 0 &&
        (!o->code_system || !y->code_system || strcmp(o->code_system, y->code_system) == 0))
        return true;
    return same_group(ctx, y->substance, d->related) || shares_a_word(ctx, y->substance, d->medication) ||
           (o && (shares_a_word(ctx, y->substance, o->medication) || shares_a_word(ctx, y->substance, o->ingredients)));
}

enum repli_status dose_check_allergy(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d,
                                     const struct repli_live_order *order, bool *ok, struct repli_err *err)
{
    struct repli_live_allergy *all = NULL;
    size_t count = 0;
    enum repli_status s = repli_record_live_allergies(ctx->record, ctx->patient->today, ctx->a, &all, &count, err);
    *ok = s == REPLI_OK;
    for (size_t i = 0; *ok && i < count; i++)
        if (contradicts(ctx, &all[i], d, order)) {
            plan_hold(ctx, plan, "allergy-contradicts", true, "%s was given, and the record has an allergy to %s",
                      or_none(d->medication), or_none(all[i].substance));
            *ok = plan_paper_counts(ctx, plan);
            return REPLI_OK;
        }
    return s;
}

/* ---- as needed: interval and maximum */

struct given {
    int64_t utc;
    double amount; /* in the order's unit; 0: not known */
    bool later;    /* on this sheet, after ours and not merged yet: it answers for itself */
};

static void add(struct merge_context *ctx, struct given *list, size_t *n, int64_t utc, const char *dose,
                const char *unit, const struct dose *d)
{
    double amount = 0;
    if (!dose || !repli_number(dose, &amount) || !convert(ctx, &amount, unit, d->unit))
        amount = 0;
    list[(*n)++] = (struct given){.utc = utc, .amount = amount};
}

bool dose_of_sheet(struct merge_context *ctx, const struct repli_live_dose *live, const char *capture)
{
    const char *own =
        repli_arena_printf(ctx->a, "paper:%s:%s%s", ctx->sheet->row->sheet, capture ? capture : "", capture ? ":" : "");
    return strncmp(live->id, own, strlen(own)) == 0;
}

/* Is what was written in a capture of this sheet in the record already? */
static bool merged(struct merge_context *ctx, size_t capture, const struct repli_live_dose *live, size_t nlive)
{
    for (size_t i = 0; i < nlive; i++)
        if (dose_of_sheet(ctx, &live[i], ctx->sheet->map->captures[capture].id))
            return true;
    return false;
}

/* Other doses of the order: those on this sheet as they are written, whatever became of them, and those of the record
** that came from elsewhere. */
static size_t others(struct merge_context *ctx, const struct dose *d, const struct repli_live_dose *live, size_t nlive,
                     struct given **out)
{
    size_t n = 0, captures = ctx->sheet->map->ncaptures;
    struct given *list = repli_arena_array(ctx->a, captures + nlive + 1, sizeof *list);
    for (size_t i = 0; i < captures; i++) {
        const struct dose *o = &ctx->doses[i];
        if (o == d || !o->mine || !o->timed || !dose_given(o) || !o->order || !d->order ||
            strcmp(o->order, d->order) != 0)
            continue;
        add(ctx, list, &n, o->utc, o->value ? o->value : o->dose, o->unit, d);
        list[n - 1].later = (o->utc > d->utc || (o->utc == d->utc && o > d)) && !merged(ctx, i, live, nlive);
    }
    for (size_t i = 0; i < nlive; i++)
        if (strcmp(live[i].status, "not-done") != 0 && !dose_of_sheet(ctx, &live[i], NULL) &&
            dose_of_order(ctx, d, &live[i]))
            add(ctx, list, &n, live[i].at_utc, live[i].dose, live[i].dose_unit, d);
    *out = list;
    return n;
}

static bool interval(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d,
                     const struct given *list, size_t n)
{
    const struct given *near = NULL;
    for (size_t i = 0; i < n; i++)
        if (!list[i].later && llabs(list[i].utc - d->utc) < d->min_interval_s &&
            (!near || llabs(list[i].utc - d->utc) < llabs(near->utc - d->utc)))
            near = &list[i];
    if (!near)
        return true;
    char at[24], other[24];
    repli_time_iso(d->utc, at);
    repli_time_iso(near->utc, other);
    plan_hold(ctx, plan, "interval-short", true, "given at %s and at %s: %lld minutes apart, the order says %lld", at,
              other, llabs(near->utc - d->utc) / 60, (long long)d->min_interval_s / 60);
    return plan_paper_counts(ctx, plan);
}

/* Most of all in any 24 hours that end with this dose or with a later one of the record. */
static double most_in_a_day(const struct dose *d, double own, const struct given *list, size_t n)
{
    double most = 0;
    for (size_t e = 0; e <= n; e++) {
        int64_t end = e < n ? list[e].utc : d->utc;
        double sum = end >= d->utc && end - d->utc < DOSE_DAY_S ? own : 0;
        if (sum <= 0 || (e < n && list[e].later))
            continue;
        for (size_t i = 0; i < n; i++)
            if (!list[i].later && list[i].utc <= end && end - list[i].utc < DOSE_DAY_S)
                sum += list[i].amount;
        most = sum > most ? sum : most;
    }
    return most;
}

/* "4 g" or "4": the number, in the order's unit; 0: none that can be compared. */
static double maximum(struct merge_context *ctx, const struct dose *d)
{
    double most = 0;
    char *text = d->max_24h ? repli_arena_strdup(ctx->a, d->max_24h) : NULL, *rest = NULL;
    const char *number = text ? strtok_r(text, " ", &rest) : NULL, *unit = number ? strtok_r(NULL, " ", &rest) : NULL;
    return number && repli_number(number, &most) && convert(ctx, &most, unit, d->unit) ? most : 0;
}

bool dose_check_limits(struct merge_context *ctx, struct capture_plan *plan, const struct dose *d,
                       const struct repli_live_dose *live, size_t nlive)
{
    struct given *list = NULL;
    size_t n = others(ctx, d, live, nlive, &list);
    double own = 0, most = maximum(ctx, d);
    if (d->min_interval_s > 0 && !interval(ctx, plan, d, list, n))
        return false;
    if (most <= 0 || !d->value || !repli_number(d->value, &own))
        return true;
    double sum = most_in_a_day(d, own, list, n);
    if (sum <= most * (1 + 1e-9))
        return true;
    char total[32];
    repli_number_format(sum, 3, total);
    plan_hold(ctx, plan, "over-maximum", true, "%s %s of %s in 24 hours, the order says %s at most", total,
              d->unit ? d->unit : "", or_none(d->medication), d->max_24h);
    return plan_paper_counts(ctx, plan);
}
