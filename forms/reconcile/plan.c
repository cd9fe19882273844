/* What would become of each capture of a sheet if it were merged now.  Reads only. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/pagecode.h"

const struct review_field *plan_member(const struct merge_context *ctx, const struct capture_plan *plan,
                                       const char *role)
{
    const struct repli_capture *c = plan->capture;
    for (size_t i = 0; i < c->nmembers; i++)
        if (strcmp(c->roles[i], role) == 0)
            return &ctx->sheet->fields[c->fields[i]];
    return NULL;
}

const char *plan_member_value(const struct merge_context *ctx, const struct capture_plan *plan, const char *role)
{
    const struct review_field *f = plan_member(ctx, plan, role);
    return f && f->settled.answer && strcmp(f->settled.answer, "value") == 0 ? f->settled.value : NULL;
}

void plan_hold(struct merge_context *ctx, struct capture_plan *plan, const char *why, bool conflict, const char *fmt,
               ...)
{
    va_list ap;
    char text[512];
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    plan->state = PLAN_HELD;
    plan->why = why;
    plan->conflict = conflict;
    plan->detail = repli_arena_strdup(ctx->a, text);
}

/* ---- what the record has of this capture */

static const struct repli_paper_row *in_record(const struct merge_context *ctx, const char *field, int revision)
{
    for (size_t i = 0; i < ctx->npaper; i++)
        if (ctx->paper[i].revision == revision && strcmp(ctx->paper[i].field, field) == 0)
            return &ctx->paper[i];
    return NULL;
}

bool plan_shared(const struct merge_context *ctx, size_t field)
{
    return ctx->uses[field] > 1;
}

/* Counted once a sheet: every member of every capture asks. */
static void count_uses(struct merge_context *ctx)
{
    const struct repli_page_map *map = ctx->sheet->map;
    ctx->uses = repli_arena_array(ctx->a, map->nfields + 1, sizeof *ctx->uses);
    for (size_t c = 0; c < map->ncaptures; c++)
        for (size_t m = 0; m < map->captures[c].nmembers; m++)
            ctx->uses[map->captures[c].fields[m]]++;
}

/* Is a role named in a guard ("status at reason")?  "unit_mg" is one of the boxes of "unit". */
static bool named(const char *guard, const char *role)
{
    size_t n = strcspn(role, "_");
    if (strcmp(guard, "*") == 0)
        return true;
    for (const char *at = guard; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (len == n && strncmp(at, role, n) == 0)
            return true;
        at += len;
    }
    return false;
}

/* Member `m` may say something for its capture. */
static bool says(const struct merge_context *ctx, const struct capture_plan *plan, size_t m)
{
    return named(plan->kind->guard, plan->capture->roles[m]) && !plan_shared(ctx, plan->capture->fields[m]);
}

/* What the record has of the capture in one revision; NULL: nothing. */
static const struct repli_paper_row *merged_as(const struct merge_context *ctx, const struct capture_plan *plan,
                                               int revision)
{
    for (size_t m = 0; m < plan->capture->nmembers; m++) {
        const struct review_field *f = &ctx->sheet->fields[plan->capture->fields[m]];
        const struct repli_paper_row *row = says(ctx, plan, m) ? in_record(ctx, f->field->id, revision) : NULL;
        if (row)
            return row;
    }
    return NULL;
}

/* true: this revision was merged (and maybe undone), or an earlier one still stands. */
static bool merged_before(struct merge_context *ctx, struct capture_plan *plan)
{
    const struct repli_paper_row *now = merged_as(ctx, plan, plan->revision);
    if (now && now->undone_by)
        plan_hold(ctx, plan, "undone", false, "undone by %s (merge %s); repli review reopen opens a field again",
                  now->undone_by, now->merge_id);
    else if (now)
        plan->state = PLAN_DONE;
    for (int r = 1; !now && r < plan->revision; r++) {
        const struct repli_paper_row *before = merged_as(ctx, plan, r);
        if (before && !before->undone_by) {
            plan_hold(ctx, plan, "earlier-merged", true, "an earlier reading was merged as %s: undo that merge first",
                      before->merge_id);
            return true;
        }
    }
    return now != NULL;
}

/* ---- gates that hold for every kind */

static bool answered(const struct review_field *f, const char *answer)
{
    return f && f->settled.answer && strcmp(f->settled.answer, answer) == 0;
}

/* Words and initials are there when the machine is sure of ink; nobody is asked about them. */
static bool nothing_there(const struct review_field *f)
{
    if (!review_for_people(f->field))
        return !f->reading || strcmp(f->reading->state, "ink") != 0;
    return answered(f, "empty") || answered(f, "blank");
}

/* The same for a capture of a kind that may count what is doubtful, and ticks that nobody is asked about. */
static bool nothing_for(const struct capture_plan *plan, const struct review_field *f)
{
    bool seen = plan->kind->doubtful && !review_for_people(f->field) && f->reading &&
                (strcmp(f->reading->state, "doubtful") == 0 || strcmp(f->reading->state, "ticked") == 0);
    return !seen && nothing_there(f);
}

static bool says_nothing(const struct merge_context *ctx, const struct capture_plan *plan)
{
    for (size_t m = 0; m < plan->capture->nmembers; m++)
        if (says(ctx, plan, m) && !nothing_for(plan, &ctx->sheet->fields[plan->capture->fields[m]]))
            return false;
    return true;
}

static bool can_say(const struct merge_context *ctx, const struct capture_plan *plan)
{
    bool can = false;
    for (size_t m = 0; m < plan->capture->nmembers; m++)
        can = can || says(ctx, plan, m);
    return can;
}

/* true: the page as a whole keeps this capture out, or is not settled itself. */
static bool page_gate(struct merge_context *ctx, struct capture_plan *plan)
{
    const struct review_field *page_void = review_find(ctx->sheet, "page.void");
    if (page_void && !page_void->settled.answer)
        plan->state = PLAN_WAITS;
    else if (page_void && !nothing_there(page_void))
        plan_hold(ctx, plan, "page-void", false, "the page is crossed out as void");
    else if (ctx->sheet->row->flags & (int)REPLI_FLAG_DRILL)
        plan_hold(ctx, plan, "drill", false, "the sheet was printed in a drill");
    else
        return false;
    return true;
}

/* true: a member is missing, illegible or corrected, or two exclusive boxes are ticked. */
static bool member_gate(struct merge_context *ctx, struct capture_plan *plan)
{
    const struct repli_capture *c = plan->capture;
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct review_field *f = &ctx->sheet->fields[c->fields[i]];
        if (review_for_people(f->field) && !f->settled.answer) {
            plan->state = PLAN_WAITS;
            return true;
        }
    }
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct review_field *f = &ctx->sheet->fields[c->fields[i]];
        if (answered(f, "illegible") || answered(f, "correction")) {
            bool bad = answered(f, "illegible");
            plan_hold(ctx, plan, bad ? "illegible" : "correction", false,
                      bad ? "%s cannot be read: ask who wrote it"
                          : "%s was corrected on paper: a person must look at the page",
                      f->field->id);
            return true;
        }
        for (size_t k = 0; k < i; k++) {
            const struct review_field *other = &ctx->sheet->fields[c->fields[k]];
            if (f->field->group && other->field->group && strcmp(f->field->group, other->field->group) == 0 &&
                review_ticked(f) && review_ticked(other)) {
                plan_hold(ctx, plan, "two-choices", false, "%s and %s are both ticked", other->field->id, f->field->id);
                return true;
            }
        }
    }
    return false;
}

static enum repli_status plan_capture(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    plan->revision = 1 + ctx->moves;
    for (size_t i = 0; i < plan->capture->nmembers; i++)
        plan->revision += ctx->sheet->fields[plan->capture->fields[i]].revision - 1;
    plan->kind = capture_kind_get(plan->capture->kind);
    if (!plan->kind) {
        plan_hold(ctx, plan, "unknown-kind", false, "this program does not know captures of kind '%s'",
                  plan->capture->kind);
        return REPLI_OK;
    }
    if (!plan->kind->guard)
        return REPLI_OK;
    if (!can_say(ctx, plan)) {
        plan_hold(ctx, plan, "unknown-kind", false, "capture %s has no field of its own of role %s", plan->capture->id,
                  plan->kind->guard);
        return REPLI_OK;
    }
    if (merged_before(ctx, plan) || says_nothing(ctx, plan))
        return REPLI_OK;
    if (page_gate(ctx, plan) || member_gate(ctx, plan))
        return REPLI_OK;
    plan->asked = true;
    enum repli_status s = plan->kind->plan(ctx, plan, err);
    if (s == REPLI_OK)
        plan_obey_note(ctx, plan);
    return s;
}

enum repli_status plan_sheet(struct merge_context *ctx, struct capture_plan **plans, size_t *count,
                             struct repli_err *err)
{
    const struct repli_page_map *map = ctx->sheet->map;
    const struct repli_sheet_row *row = ctx->sheet->row;
    struct capture_plan *out = repli_arena_array(ctx->a, map->ncaptures, sizeof *out);
    enum repli_status s =
        repli_record_paper(ctx->record, row->serial, row->mac, ctx->a, &ctx->paper, &ctx->npaper, err);
    count_uses(ctx);
    for (size_t i = 0; s == REPLI_OK && i < map->ncaptures; i++) {
        out[i].capture = &map->captures[i];
        s = plan_capture(ctx, &out[i], err);
    }
    if (s == REPLI_OK) {
        *plans = out;
        *count = map->ncaptures;
    }
    return s;
}

/* ---- provenance */

static bool listed(const struct entry_list *list, const char *field)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->rows[i].field, field) == 0)
            return true;
    return false;
}

/* "An Peeters (AP)": who wrote it, where a person told the initials apart; NULL: nobody did. */
static const char *author_of(struct merge_context *ctx, const struct capture_plan *plan)
{
    const struct review_field *by = plan_member(ctx, plan, "by");
    for (size_t i = 0; by && i < ctx->nsigned; i++)
        if (strcmp(ctx->signed_by[i].field, by->field->id) == 0 && ctx->signed_by[i].name)
            return repli_arena_printf(ctx->a, "%s (%s)", ctx->signed_by[i].name, ctx->signed_by[i].initials);
    return NULL;
}

struct entry_list plan_entries(struct merge_context *ctx, const struct capture_plan *plans, size_t count)
{
    struct entry_list list = {.rows = repli_arena_array(ctx->a, ctx->sheet->count, sizeof *list.rows)};
    for (size_t p = 0; p < count; p++)
        for (size_t m = 0; plans[p].state >= PLAN_NOTE && m < plans[p].capture->nmembers; m++) {
            size_t index = plans[p].capture->fields[m];
            const struct review_field *f = &ctx->sheet->fields[index];
            /* The revision of a field of one capture alone is the capture's: it guards that this merges once. */
            bool shared = plan_shared(ctx, index);
            int revision = shared ? f->revision + ctx->moves : plans[p].revision;
            const struct repli_box *b = &f->field->box;
            const struct repli_reading_source *source = review_source(ctx->sheet, f);
            bool image = !review_for_people(f->field) && says(ctx, &plans[p], m) && !nothing_for(&plans[p], f);
            if (!(answered(f, "value") || image) || listed(&list, f->field->id) ||
                in_record(ctx, f->field->id, revision))
                continue;
            list.rows[list.count++] = (struct repli_paper_entry){
                .field = f->field->id,
                .capture = plans[p].capture->id,
                .effect = plans[p].effect,
                .target = plans[p].target,
                .value = f->settled.value,
                .author = author_of(ctx, &plans[p]),
                .entered_by = f->settled.by1 ? f->settled.by1 : "machine",
                .verified_by = f->settled.by2,
                .box_um = repli_arena_printf(ctx->a, "%d,%d,%d,%d", b->x0, b->y0, b->x1, b->y1),
                .revision = revision,
                .event_utc = plans[p].timed ? &plans[p].event_utc : NULL,
                .scanned_utc = source->found ? &source->scanned_utc : NULL,
                .entered_utc = image ? source->scanned_utc : f->settled.settled_utc,
                .image_sha256 = source->image_sha256,
                .outage = plans[p].outage,
                .decided = shared ? NULL : plans[p].decided,
                .decided_by = shared ? NULL : plans[p].decided_by,
            };
        }
    return list;
}
