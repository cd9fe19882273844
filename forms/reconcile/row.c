/* The row that a plan applies, column by column. */
#include <string.h>

#include "reconcile/merge_internal.h"

#define CELLS 32 /* no table from paper has as many columns */

const char *plan_key_text(struct merge_context *ctx, const json_t *key, const char *name)
{
    const char *text = json_string_value(json_object_get(key, name));
    return text && *text ? repli_arena_strdup(ctx->a, text) : NULL;
}

bool plan_ticked(const struct merge_context *ctx, const struct capture_plan *plan, const char *role)
{
    const struct review_field *f = plan_member(ctx, plan, role);
    return f && review_ticked(f);
}

const char *plan_ink(const struct merge_context *ctx, const struct capture_plan *plan, const char *role)
{
    const struct review_field *f = plan_member(ctx, plan, role);
    return !f ? "none" : f->reading ? f->reading->state : "empty";
}

static struct repli_cell *next(struct capture_plan *plan, const char *column)
{
    struct repli_cell *cell = &plan->cells[plan->ncells++];
    cell->column = column;
    return cell;
}

void plan_cell(struct merge_context *ctx, struct capture_plan *plan, const char *column, const char *text)
{
    (void)ctx;
    next(plan, column)->text = text;
}

void plan_cell_at(struct merge_context *ctx, struct capture_plan *plan, const char *column, const int64_t *number)
{
    int64_t *copy = NULL;
    if (number) {
        copy = repli_arena_alloc(ctx->a, sizeof *copy);
        *copy = *number;
    }
    next(plan, column)->number = copy;
}

void plan_row_of(struct merge_context *ctx, struct capture_plan *plan, const char *table, const char *key_column,
                 const char *patient_id, const char *encounter_id)
{
    plan->cells = repli_arena_array(ctx->a, CELLS, sizeof *plan->cells);
    plan->ncells = 0;
    plan->table = table;
    plan->key = repli_arena_printf(ctx->a, "paper:%s:%s:%d", ctx->sheet->row->sheet, plan->capture->id, plan->revision);
    plan->state = PLAN_APPLY;
    plan->effect = "inserted";
    plan->target = repli_arena_printf(ctx->a, "%s/%s", table, plan->key);
    plan_cell(ctx, plan, key_column, plan->key);
    plan_cell(ctx, plan, "patient_id", patient_id);
    plan_cell(ctx, plan, "encounter_id", encounter_id);
}

void plan_row(struct merge_context *ctx, struct capture_plan *plan, const char *table, const char *key_column)
{
    plan_row_of(ctx, plan, table, key_column, ctx->patient->id, ctx->stay ? ctx->stay->encounter_id : NULL);
}

/* The first field of the capture that is no other one's too; plan_sheet() sees to it that there is one. */
static const struct review_field *first_own(const struct merge_context *ctx, const struct capture_plan *plan)
{
    const struct repli_capture *c = plan->capture;
    size_t m = 0;
    while (m + 1 < c->nmembers && plan_shared(ctx, c->fields[m]))
        m++;
    return &ctx->sheet->fields[c->fields[m]];
}

/* The image to look at: the one that shows the first thing that is to be seen of the capture's own fields. */
static const struct repli_reading_source *image_of(const struct merge_context *ctx, const struct capture_plan *plan)
{
    for (size_t m = 0; m < plan->capture->nmembers; m++) {
        const struct review_field *f = &ctx->sheet->fields[plan->capture->fields[m]];
        if (!plan_shared(ctx, plan->capture->fields[m]) && f->reading && strcmp(f->reading->state, "empty") != 0)
            return &f->reading->source;
    }
    return review_source(ctx->sheet, first_own(ctx, plan));
}

void plan_proof(struct merge_context *ctx, struct capture_plan *plan)
{
    struct repli_box all = first_own(ctx, plan)->field->box;
    for (size_t m = 0; m < plan->capture->nmembers; m++) {
        if (plan_shared(ctx, plan->capture->fields[m]))
            continue;
        const struct repli_box *b = &ctx->sheet->fields[plan->capture->fields[m]].field->box;
        all.x0 = b->x0 < all.x0 ? b->x0 : all.x0;
        all.y0 = b->y0 < all.y0 ? b->y0 : all.y0;
        all.x1 = b->x1 > all.x1 ? b->x1 : all.x1;
        all.y1 = b->y1 > all.y1 ? b->y1 : all.y1;
    }
    plan_cell(ctx, plan, "box_um", repli_arena_printf(ctx->a, "%d,%d,%d,%d", all.x0, all.y0, all.x1, all.y1));
    struct repli_cell *image = next(plan, "image_sha256");
    const struct repli_reading_source *source = image_of(ctx, plan);
    image->blob = source->image_sha256;
    image->len = sizeof source->image_sha256;
}
