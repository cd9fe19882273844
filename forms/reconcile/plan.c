/* What would become of each capture of a sheet if it were merged now.  Reads only. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/pagecode.h"
#include "repli/text.h"

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

bool plan_time(struct merge_context *ctx, struct capture_plan *plan)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    const char *at = plan_member_value(ctx, plan, "at"), *day = plan_member_value(ctx, plan, "day");
    int64_t found[2] = {0, 0}, wanted = 0;
    if (!at) {
        plan_hold(ctx, plan, "no-time", false, "%s has a value but no time is written", plan->capture->id);
        return false;
    }
    int hh = (at[0] - '0') * 10 + at[1] - '0', mm = (at[3] - '0') * 10 + at[4] - '0';
    int n = repli_zone_in_window(ctx->site->zone, row->window_utc, row->window_hours, hh, mm, found);
    if (n != 1) {
        char from[24];
        repli_time_iso(row->window_utc, from);
        plan_hold(ctx, plan, n == 0 ? "time-outside-window" : "time-ambiguous", true,
                  n == 0 ? "%s does not occur in the %d hours from %s that the sheet is for"
                         : "%s occurs more than once in the %d hours from %s that the sheet is for",
                  at, row->window_hours, from);
        return false;
    }
    struct repli_civil civil;
    repli_zone_civil(ctx->site->zone, found[0], &civil);
    if (day && (!repli_integer(day, 1, 31, &wanted) || wanted != civil.day)) {
        plan_hold(ctx, plan, "day-disagrees", true,
                  "day %s is written, but %s falls on day %02d in the hours of this sheet", day, at, civil.day);
        return false;
    }
    plan->timed = true;
    plan->event_utc = found[0];
    return true;
}

static bool none(const uint8_t hash[8])
{
    static const uint8_t zero[8];
    return memcmp(hash, zero, sizeof zero) == 0;
}

static enum repli_status look_up(struct merge_context *ctx, struct repli_err *err)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    enum repli_status s = REPLI_OK;
    if (ctx->looked_up)
        return REPLI_OK;
    if (row->patient_id)
        s = repli_record_live_patient(ctx->record, row->patient_id, NULL, ctx->a, &ctx->patient, err);
    if (s == REPLI_OK && !ctx->patient)
        s = repli_record_live_patient(ctx->record, NULL, row->subject, ctx->a, &ctx->patient, err);
    if (s == REPLI_OK && !none(row->stay))
        s = repli_record_live_stay(ctx->record, row->stay, ctx->a, &ctx->stay, err);
    ctx->looked_up = s == REPLI_OK;
    return s;
}

/* Is the stay on the sheet still the patient's, and open at the time? */
static void check_stay(struct merge_context *ctx, struct capture_plan *plan)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    const char *number = row->stay_number ? row->stay_number : "?";
    if (none(row->stay))
        return;
    if (!ctx->stay)
        plan_hold(ctx, plan, "stay-unknown", true, "stay %s of this sheet is not in the record", number);
    else if (strcmp(ctx->stay->patient_id, ctx->patient->id) != 0)
        plan_hold(ctx, plan, "identity-mismatch", true, "stay %s belongs to another patient in the record", number);
    else if (ctx->stay->end_utc && plan->timed && plan->event_utc > *ctx->stay->end_utc)
        plan_hold(ctx, plan, "patient-discharged", true, "stay %s ended before the written time", number);
}

enum repli_status plan_patient(struct merge_context *ctx, struct capture_plan *plan, bool *ok, struct repli_err *err)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    const char *printed = row->patient ? row->patient : "?";
    enum repli_status s = look_up(ctx, err);
    if (s != REPLI_OK)
        return s;
    const struct repli_live_patient *p = ctx->patient;
    if (row->subject_kind != REPLI_SUBJECT_PATIENT || !p)
        plan_hold(ctx, plan, "patient-unknown", true, "patient %s of this sheet is not in the record", printed);
    else if (memcmp(p->subject, row->subject, 8) != 0)
        plan_hold(ctx, plan, "identity-mismatch", true,
                  "the record's %s is not the patient %s this sheet was printed for", p->id, printed);
    else if (p->replaced_by)
        plan_hold(ctx, plan, "patient-merged", true, "the file of patient %s was joined to %s since printing", printed,
                  p->replaced_by);
    else if (p->deceased && (!p->deceased_utc || !plan->timed || plan->event_utc > *p->deceased_utc))
        plan_hold(ctx, plan, "patient-deceased", true, "patient %s is recorded as deceased%s", printed,
                  p->deceased_utc ? " before the written time" : "");
    else
        check_stay(ctx, plan);
    *ok = plan->state != PLAN_HELD;
    return REPLI_OK;
}

/* ---- what the record has of this capture */

static const struct repli_paper_row *in_record(const struct merge_context *ctx, const char *field, int revision)
{
    for (size_t i = 0; i < ctx->npaper; i++)
        if (ctx->paper[i].revision == revision && strcmp(ctx->paper[i].field, field) == 0)
            return &ctx->paper[i];
    return NULL;
}

/* true: this revision was merged (and maybe undone), or an earlier one still stands. */
static bool merged_before(struct merge_context *ctx, struct capture_plan *plan, const struct review_field *guard)
{
    const struct repli_paper_row *now = in_record(ctx, guard->field->id, plan->revision);
    if (now && now->undone_by)
        plan_hold(ctx, plan, "undone", false, "undone by %s (merge %s); repli review reopen opens a field again",
                  now->undone_by, now->merge_id);
    else if (now)
        plan->state = PLAN_DONE;
    for (int r = 1; !now && r < plan->revision; r++) {
        const struct repli_paper_row *before = in_record(ctx, guard->field->id, r);
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

static bool nothing_there(const struct review_field *f)
{
    return answered(f, "empty") || answered(f, "blank");
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
    plan->revision = 1;
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
    const struct review_field *guard = plan_member(ctx, plan, plan->kind->guard);
    if (!guard) {
        plan_hold(ctx, plan, "unknown-kind", false, "capture %s has no field of role '%s'", plan->capture->id,
                  plan->kind->guard);
        return REPLI_OK;
    }
    if (merged_before(ctx, plan, guard) || nothing_there(guard))
        return REPLI_OK;
    if (page_gate(ctx, plan) || member_gate(ctx, plan))
        return REPLI_OK;
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

static bool shared_field(const struct repli_page_map *map, size_t field)
{
    int uses = 0;
    for (size_t c = 0; c < map->ncaptures; c++)
        for (size_t m = 0; m < map->captures[c].nmembers; m++)
            uses += map->captures[c].fields[m] == field;
    return uses > 1;
}

static bool listed(const struct entry_list *list, const char *field)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->rows[i].field, field) == 0)
            return true;
    return false;
}

struct entry_list plan_entries(struct merge_context *ctx, const struct capture_plan *plans, size_t count)
{
    struct entry_list list = {.rows = repli_arena_array(ctx->a, ctx->sheet->count, sizeof *list.rows)};
    const struct repli_reading_source *source = &ctx->sheet->source;
    for (size_t p = 0; p < count; p++)
        for (size_t m = 0; plans[p].state >= PLAN_NOTE && m < plans[p].capture->nmembers; m++) {
            size_t index = plans[p].capture->fields[m];
            const struct review_field *f = &ctx->sheet->fields[index];
            /* The revision of a field of one capture alone is the capture's: it guards that this merges once. */
            bool shared = shared_field(ctx->sheet->map, index);
            int revision = shared ? f->revision : plans[p].revision;
            const struct repli_box *b = &f->field->box;
            if (!answered(f, "value") || listed(&list, f->field->id) || in_record(ctx, f->field->id, revision))
                continue;
            list.rows[list.count++] = (struct repli_paper_entry){
                .field = f->field->id,
                .capture = plans[p].capture->id,
                .effect = plans[p].effect,
                .target = plans[p].target,
                .value = f->settled.value,
                .entered_by = f->settled.by1 ? f->settled.by1 : "machine",
                .verified_by = f->settled.by2,
                .box_um = repli_arena_printf(ctx->a, "%d,%d,%d,%d", b->x0, b->y0, b->x1, b->y1),
                .revision = revision,
                .event_utc = plans[p].timed ? &plans[p].event_utc : NULL,
                .scanned_utc = source->found ? &source->scanned_utc : NULL,
                .entered_utc = f->settled.settled_utc,
                .image_sha256 = source->image_sha256,
                .outage = plans[p].outage,
                .decided = shared ? NULL : plans[p].decided,
                .decided_by = shared ? NULL : plans[p].decided_by,
            };
        }
    return list;
}
