/* document: what somebody wrote, filed under patient, time and kind.
**
** Writes    one row `document` with the image and the box of all of it; beside it, as its content, the codes and roles
**           of what was ticked, what people keyed, and which boxes hold ink.  Words stay the image.  A ticked test with
**           its time is a request and nothing more: no order, no result comes of it by itself.
** Decided   about who the patient is, and that it was written outside the outage, as everywhere.
** Compares  nothing: the record cannot have it.  A written time that does not occur once in the hours of the sheet
**           keeps nothing from being filed; it is filed without a time.
*/
#include <stdlib.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/pagecode.h"

static const struct conflict_kind conflicts[] = {CONFLICTS_OF_PATIENT, {NULL, false, NULL, false}};

static void list_add(json_t *content, const char *list, json_t *value)
{
    json_t *all = json_object_get(content, list);
    if (!all) {
        all = json_array();
        (void)json_object_set_new(content, list, all);
    }
    (void)json_array_append_new(all, value);
}

/* A box of which the machine alone speaks: ink, a tick nobody is asked about, or doubt. */
static void put_seen(json_t *content, const struct review_field *f, const char *role, bool *sure)
{
    const char *state = f->reading ? f->reading->state : "empty";
    bool tick = strcmp(state, "ticked") == 0, ink = strcmp(state, "ink") == 0;
    if (tick || ink)
        list_add(content, tick ? "ticked" : "written", json_string(role));
    else if (strcmp(state, "doubtful") == 0)
        list_add(content, "doubtful", json_string(role));
    *sure = *sure || tick || ink;
}

/* What people and machine agreed on: a code, a tick, or a keyed value. */
static void put_settled(json_t *content, const struct review_field *f, const char *role, bool *sure)
{
    bool value = f->settled.answer && strcmp(f->settled.answer, "value") == 0;
    json_t *key = f->field->key ? json_loads(f->field->key, 0, NULL) : NULL;
    if (!value) {
        json_decref(key);
        return;
    }
    *sure = true;
    if (json_object_get(key, "code"))
        list_add(content, "codes", json_incref(key));
    else if (f->field->kind == REPLI_FIELD_TICK)
        list_add(content, "ticked", json_string(role));
    else {
        json_t *values = json_object_get(content, "values");
        if (!values)
            (void)json_object_set_new(content, "values", values = json_object());
        (void)json_object_set_new(values, role, json_string(f->settled.value));
    }
    json_decref(key);
}

static const char *content_of(struct merge_context *ctx, const struct capture_plan *plan, bool *sure)
{
    const struct repli_capture *c = plan->capture;
    json_t *content = json_object();
    for (size_t m = 0; m < c->nmembers; m++) {
        const struct review_field *f = &ctx->sheet->fields[c->fields[m]];
        if (review_for_people(f->field))
            put_settled(content, f, c->roles[m], sure);
        else
            put_seen(content, f, c->roles[m], sure);
    }
    char *text = json_dumps(content, JSON_COMPACT | JSON_SORT_KEYS);
    const char *out = repli_arena_strdup(ctx->a, text ? text : "{}");
    free(text);
    json_decref(content);
    return out;
}

static void release(struct capture_plan *plan)
{
    plan->state = PLAN_NOTHING;
    plan->why = plan->detail = NULL;
    plan->conflict = false;
}

/* The written time where it is one; without it the hours of the sheet must do. */
static void when_written(struct merge_context *ctx, struct capture_plan *plan)
{
    if (plan_member_value(ctx, plan, "at") && !plan_time(ctx, plan))
        release(plan);
}

/* What is written of somebody who has died, or gone home, is still about them, and is filed. */
static enum repli_status whose(struct merge_context *ctx, struct capture_plan *plan, bool *ok, struct repli_err *err)
{
    static const char *const late[] = {"patient-deceased", "patient-discharged"};
    enum repli_status s = plan_patient(ctx, plan, ok, err);
    for (size_t i = 0; s == REPLI_OK && plan->state == PLAN_HELD && i < sizeof late / sizeof *late; i++)
        if (strcmp(plan->why, late[i]) == 0) {
            release(plan);
            *ok = true;
        }
    return s;
}

static void file(struct merge_context *ctx, struct capture_plan *plan, const json_t *key)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    bool sure = false;
    const char *content = content_of(ctx, plan, &sure), *kind = plan_key_text(ctx, key, "document");
    if (row->subject_kind == REPLI_SUBJECT_WARD)
        plan_row_of(ctx, plan, "document", "document_id", NULL, NULL);
    else
        plan_row(ctx, plan, "document", "document_id");
    plan_cell(ctx, plan, "ward", row->ward);
    plan_cell(ctx, plan, "form", row->form_id);
    plan_cell(ctx, plan, "kind", kind ? kind : plan->capture->id);
    plan_cell(ctx, plan, "number",
              repli_arena_printf(ctx->a, "%d", (int)json_integer_value(json_object_get(key, "number"))));
    plan_cell_at(ctx, plan, "written_utc", plan->timed ? &plan->event_utc : NULL);
    plan_cell_at(ctx, plan, "window_utc", &row->window_utc);
    plan_cell(ctx, plan, "content", content);
    plan_cell(ctx, plan, "seen", sure ? "ink" : "doubtful");
    plan_proof(ctx, plan);
    plan->value = "filed";
}

static enum repli_status plan_document(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    bool ok = true;
    enum repli_status s = REPLI_OK;
    when_written(ctx, plan);
    if (plan->timed && !plan_outage(ctx, plan))
        return REPLI_OK;
    if (ctx->sheet->row->subject_kind != REPLI_SUBJECT_WARD)
        s = whose(ctx, plan, &ok, err);
    if (s != REPLI_OK || !ok)
        return s;
    json_t *key = plan->capture->key ? json_loads(plan->capture->key, 0, NULL) : NULL;
    file(ctx, plan, key);
    json_decref(key);
    return REPLI_OK;
}

extern const struct capture_kind capture_kind_document;

const struct capture_kind capture_kind_document = {
    .name = "document",
    .guard = "*",
    .doubtful = true,
    .writes = "one document: the image, filed with what was ticked and keyed in it",
    .compares = "nothing",
    .conflicts = conflicts,
    .plan = plan_document,
};
