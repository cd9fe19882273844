/* What paper, print and record say of a capture, side by side: for people who decide about it or sign for it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/record_lists.h"
#include "repli/serial.h"

bool repli_merge_is_conflict(const char *why)
{
    const struct capture_kind *kind;
    for (size_t k = 0; (kind = capture_kind_at(k)) != NULL; k++) {
        const struct conflict_kind *c = conflict_kind_get(kind, why);
        if (c && c->conflict)
            return true;
    }
    return false;
}

const char *repli_merge_sentence(const char *why)
{
    const struct capture_kind *kind;
    for (size_t k = 0; (kind = capture_kind_at(k)) != NULL; k++) {
        const struct conflict_kind *c = conflict_kind_get(kind, why);
        if (c)
            return c->sentence;
    }
    return NULL;
}

static const char *state_text(enum plan_state state)
{
    static const char *const texts[] = {"nothing", "waits", "done", "held", "notes", "merges"};
    return texts[state];
}

static json_t *loose(const char *text)
{
    json_t *o = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    return o ? o : json_null();
}

/* What was written, role by role. */
static json_t *paper_json(const struct merge_context *ctx, const struct repli_capture *c)
{
    json_t *list = json_array();
    for (size_t m = 0; m < c->nmembers; m++) {
        const struct review_field *f = &ctx->sheet->fields[c->fields[m]];
        const char *state = f->reading ? f->reading->state : NULL;
        bool seen = state && strcmp(state, "empty") != 0;
        if (!seen && (!f->settled.answer || strcmp(f->settled.answer, "empty") == 0))
            continue;
        json_t *o =
            json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s, s:b}", "role", c->roles[m], "field",
                      f->field->id, "label", f->field->label, "unit", f->field->unit, "answer", f->settled.answer,
                      "value", f->settled.value, "by1", f->settled.by1, "by2", f->settled.by2, "state", state,
                      "field_kind", repli_field_kind_text(f->field->kind), "seen", seen);
        if (f->settled.answer)
            json_object_set_new(o, "settled_utc", json_integer(f->settled.settled_utc));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *keyed_json(const struct merge_context *ctx, const struct repli_capture *c)
{
    json_t *list = json_object();
    for (size_t m = 0; m < c->nmembers; m++)
        for (int n = NEED_KEY1; n < NEED_COUNT; n++) {
            const struct repli_entry *e = ctx->sheet->fields[c->fields[m]].answers[n];
            if (e)
                json_object_set_new(list, e->person, json_true());
        }
    return list;
}

static enum repli_status add_row(struct merge_context *ctx, const char *table, const char *id, json_t *list,
                                 struct repli_err *err)
{
    struct repli_live_row row;
    enum repli_status s = repli_record_live_row(ctx->record, table, id, ctx->a, &row, err);
    if (s != REPLI_OK || row.count == 0)
        return s;
    json_t *values = json_object();
    for (size_t i = 0; i < row.count; i++)
        json_object_set_new(values, row.columns[i], json_string(row.values[i]));
    json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "what", table, "id", id, "values", values));
    return REPLI_OK;
}

/* The row that it was held against, and the order that it is about. */
static enum repli_status live_json(struct merge_context *ctx, const struct capture_plan *plan, json_t *list,
                                   struct repli_err *err)
{
    const char *slash = plan->target ? strchr(plan->target, '/') : NULL;
    json_t *key = plan->capture->key ? json_loads(plan->capture->key, 0, NULL) : NULL;
    const char *order = plan_key_text(ctx, key, "order");
    enum repli_status s = REPLI_OK;
    if (slash && plan->state != PLAN_APPLY)
        s = add_row(ctx, repli_arena_strndup(ctx->a, plan->target, (size_t)(slash - plan->target)), slash + 1, list,
                    err);
    if (s == REPLI_OK && order)
        s = add_row(ctx, "medication_request", order, list, err);
    json_decref(key);
    return s;
}

static const struct review_field *value_field(const struct merge_context *ctx, const struct capture_plan *plan)
{
    const struct review_field *f = plan_member(ctx, plan, "value");
    return f || plan->capture->nmembers == 0 ? f : &ctx->sheet->fields[plan->capture->fields[0]];
}

static enum repli_status tell(struct merge_context *ctx, const struct capture_plan *plan, repli_merge_line_fn *line,
                              void *user, struct repli_err *err)
{
    const struct repli_capture *c = plan->capture;
    const struct conflict_kind *k = plan->why ? conflict_kind_get(plan->kind, plan->why) : NULL;
    const struct review_field *f = value_field(ctx, plan);
    json_t *live = json_array();
    enum repli_status s = live_json(ctx, plan, live, err);
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s, s:s?, s:s?, s:s?, s:s?, s:b, s:b, s:o, s:o, s:o, s:o}", "sheet",
                  ctx->sheet->row->sheet, "capture", c->id, "kind", c->kind, "label", f ? f->field->label : NULL,
                  "unit", f ? f->field->unit : NULL, "state", state_text(plan->state), "why", plan->why, "sentence",
                  k ? k->sentence : NULL, "detail", plan->detail, "remark", plan->remark, "conflict", plan->conflict,
                  "paper_may_win", k && k->conflict && k->paper, "printed", loose(c->base), "key", loose(c->key),
                  "paper", paper_json(ctx, c), "live", live);
    json_object_set_new(o, "keyed_by", keyed_json(ctx, c));
    if (plan->timed)
        json_object_set_new(o, "at_utc", json_integer(plan->event_utc));
    if (plan->decided)
        json_object_set_new(o, "decided", json_string(plan->decided));
    if (plan->decided)
        json_object_set_new(o, "decided_by", json_string(plan->decided_by));
    char *text = s == REPLI_OK ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (text)
        line(user, text);
    free(text);
    json_decref(o);
    return s;
}

enum repli_status repli_merge_look(const struct repli_site *site, struct repli_ledger *ledger,
                                   struct repli_record *record, uint64_t serial, const char *capture,
                                   repli_merge_line_fn *line, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct merge_context ctx = {.site = site, .record = record, .a = &a};
    struct review_sheet *sheet = NULL;
    struct capture_plan *plans = NULL;
    size_t count = 0;
    char name[REPLI_SERIAL_TEXT];
    repli_serial_format(serial, name);
    enum repli_status s = merge_prepare(&ctx, ledger, serial, &sheet, &plans, &count, err);
    if (s == REPLI_OK && !sheet)
        return repli_fail(err, REPLI_DATA, "sheet %s is not in this ledger", name);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        if (capture ? strcmp(plans[i].capture->id, capture) == 0 : plans[i].state != PLAN_NOTHING)
            s = tell(&ctx, &plans[i], line, user, err);
    return s;
}
