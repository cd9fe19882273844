/* A total that a nurse added up at the bedside, counted again from the values beside it.  It never changes anything:
** what she wrote is what others acted on, and merges as it is; that it is another number is said beside it. */
#include <stdlib.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/text.h"

/* The row that a value belongs to.  Where two of them hold it, the machine saw in which one it was written; -1: not
** known. */
static int row_of(const struct review_field *f, const char *value)
{
    int found = -1, count = 0;
    for (size_t i = 0; i < f->field->nparts; i++)
        if (review_in_row(f->field, (int)i, value)) {
            found = (int)i;
            count++;
        }
    if (count < 2)
        return found;
    bool seen = f->reading && f->reading->row >= 0 && (size_t)f->reading->row < f->field->nparts &&
                review_in_row(f->field, f->reading->row, value);
    return seen ? f->reading->row : -1;
}

/* What one band scores; -1: not known. */
static int score_of(const struct review_field *f)
{
    const char *value = f->settled.answer && strcmp(f->settled.answer, "value") == 0 ? f->settled.value : NULL;
    json_t *key =
        value && f->field->kind == REPLI_FIELD_BAND && f->field->key ? json_loads(f->field->key, 0, NULL) : NULL;
    int row = key ? row_of(f, value) : -1;
    const json_t *score = row >= 0 ? json_array_get(json_object_get(key, "scores"), (size_t)row) : NULL;
    int n = json_is_integer(score) ? (int)json_integer_value(score) : -1;
    json_decref(key);
    return n;
}

bool plan_total_open(const struct merge_context *ctx, const json_t *key)
{
    size_t i;
    const json_t *id;
    json_array_foreach(json_object_get(key, "total_of"), i, id)
    {
        const struct review_field *f = json_is_string(id) ? review_find(ctx->sheet, json_string_value(id)) : NULL;
        if (f && review_for_people(f->field) && !f->settled.answer)
            return true;
    }
    return false;
}

const char *plan_total_remark(struct merge_context *ctx, const json_t *key, const char *value)
{
    const json_t *of = json_object_get(key, "total_of"), *id;
    int64_t written = 0;
    int sum = 0;
    size_t i;
    if (json_array_size(of) == 0 || !value || !repli_integer(value, 0, 1000, &written))
        return NULL;
    json_array_foreach(of, i, id)
    {
        const struct review_field *f = json_is_string(id) ? review_find(ctx->sheet, json_string_value(id)) : NULL;
        int score = f ? score_of(f) : -1;
        if (score < 0)
            return NULL;
        sum += score;
    }
    if (sum == written)
        return NULL;
    return repli_arena_printf(ctx->a, "%lld is written, the values beside it add up to %d: nothing is changed",
                              (long long)written, sum);
}
