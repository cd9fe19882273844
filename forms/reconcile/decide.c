/* Conflicts between paper and the record: who may decide which way, and how merging obeys.
**
** Choices  paper  what was written goes into the record; where the record has another value of that minute, both stay.
**                 Possible where the kind's table of conflicts says so
**          live   the record is right; what was written is noted, and nothing is applied
**          note   neither is judged; what was written is noted with the image, and nothing is applied
** Who      a person who keyed none of the capture's fields.  Its time was keyed by two people, so that three have
**          looked at whatever is merged against the record's word: the same rule as for a disagreement of two keys.
** A decision counts for the very words it was made about.  If the record changes before the next merge, the conflict
** is another one and waits again.  What a decision has merged is taken back by undoing the merge.
*/
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/ledger_decide.h"
#include "repli/serial.h"

static bool paper_may_win(const char *capture_kind, const char *why)
{
    const struct conflict_kind *c = conflict_kind_get(capture_kind_get(capture_kind), why);
    return c && c->conflict && c->paper;
}

static bool is_conflict(const char *capture_kind, const char *why)
{
    const struct conflict_kind *c = conflict_kind_get(capture_kind_get(capture_kind), why);
    return c && c->conflict;
}

/* NULL: this person keyed nothing of the capture; else the field that they keyed. */
static const char *keyed_by(const struct review_sheet *sheet, const struct repli_capture *c, const char *person)
{
    for (size_t m = 0; m < c->nmembers; m++)
        for (int n = NEED_KEY1; n < NEED_COUNT; n++) {
            const struct repli_entry *e = sheet->fields[c->fields[m]].answers[n];
            if (e && strcmp(e->person, person) == 0)
                return sheet->fields[c->fields[m]].field->id;
        }
    return NULL;
}

/* ---- merging obeys */

static const struct repli_hold *decision(const struct merge_context *ctx, const struct capture_plan *plan)
{
    for (size_t i = 0; i < ctx->nholds; i++) {
        const struct repli_hold *h = &ctx->holds[i];
        if (h->decided && h->revision == plan->revision && strcmp(h->capture, plan->capture->id) == 0 &&
            strcmp(h->kind, plan->why) == 0 && strcmp(h->detail, plan->detail) == 0)
            return h;
    }
    return NULL;
}

/* Who the patient of a sheet is, is said once a sheet: for paper it counts for all that the person did not key. */
static const struct repli_hold *said_of_sheet(const struct merge_context *ctx, const struct capture_plan *plan)
{
    static const char *const whole[] = {"identity-changed", "patient-merged", "patient-renumbered",
                                        "death-time-unknown"};
    bool once = false;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        once = once || strcmp(plan->why, whole[i]) == 0;
    for (size_t i = 0; once && i < ctx->nholds; i++) {
        const struct repli_hold *h = &ctx->holds[i];
        if (h->decided && strcmp(h->decided, "paper") == 0 && strcmp(h->kind, plan->why) == 0 &&
            strcmp(h->detail, plan->detail) == 0 && !keyed_by(ctx->sheet, plan->capture, h->decided_by))
            return h;
    }
    return NULL;
}

bool plan_paper_counts(const struct merge_context *ctx, struct capture_plan *plan)
{
    const struct repli_hold *h = decision(ctx, plan);
    if (!h)
        h = said_of_sheet(ctx, plan);
    if (!h || strcmp(h->decided, "paper") != 0)
        return false;
    plan->state = PLAN_NOTHING;
    plan->why = plan->detail = NULL;
    plan->conflict = false;
    plan->decided = h->decided;
    plan->decided_by = h->decided_by;
    return true;
}

void plan_obey_note(const struct merge_context *ctx, struct capture_plan *plan)
{
    const struct repli_hold *h = plan->state == PLAN_HELD && plan->conflict ? decision(ctx, plan) : NULL;
    if (!h || strcmp(h->decided, "paper") == 0)
        return;
    if (strcmp(h->decided, "live") != 0)
        plan->target = NULL;
    plan->state = PLAN_NOTE;
    plan->effect = "note";
    plan->decided = h->decided;
    plan->decided_by = h->decided_by;
}

/* ---- people decide */

static const struct repli_capture *capture_of(const struct review_sheet *sheet, const char *id)
{
    for (size_t i = 0; i < sheet->map->ncaptures; i++)
        if (strcmp(sheet->map->captures[i].id, id) == 0)
            return &sheet->map->captures[i];
    return NULL;
}

/* The one hold of a capture that waits; *before: one that was decided (the last). */
static const struct repli_hold *waiting(const struct repli_hold *holds, size_t count, const char *capture,
                                        const struct repli_hold **before)
{
    const struct repli_hold *found = NULL;
    for (size_t i = 0; i < count; i++)
        if (strcmp(holds[i].capture, capture) == 0) {
            if (holds[i].decided)
                *before = &holds[i];
            else
                found = &holds[i];
        }
    return found;
}

static const char *refusal(const struct review_sheet *sheet, const struct repli_capture *c, const struct repli_hold *h,
                           const char *choice, const char *by, struct repli_arena *a)
{
    const char *field = keyed_by(sheet, c, by);
    if (!is_conflict(c->kind, h->kind))
        return repli_arena_printf(a,
                                  "it is held as '%s', which is no conflict with the record: repli review reopen keys "
                                  "it anew, repli ledger void closes the sheet",
                                  h->kind);
    if (strcmp(choice, "paper") == 0 && !paper_may_win(c->kind, h->kind))
        return repli_arena_printf(
            a, "'%s' cannot be decided for paper: put the record right and merge again, or note it", h->kind);
    if (field)
        return repli_arena_printf(a, "you keyed %s: somebody who keyed nothing of it must decide", field);
    return NULL;
}

enum repli_status review_decide(struct repli_ledger *ledger, const struct review_sheet *sheet, const char *capture,
                                const char *choice, const char *by, int64_t now_utc, struct repli_arena *a,
                                bool *repeated, const char **why, struct repli_err *err)
{
    struct repli_hold *holds = NULL;
    size_t count = 0;
    const struct repli_capture *c = capture_of(sheet, capture);
    enum repli_life state = sheet->row->state;
    *repeated = false;
    *why = NULL;
    if (strcmp(choice, "paper") != 0 && strcmp(choice, "live") != 0 && strcmp(choice, "note") != 0)
        *why = "the choice is paper, live or note";
    else if (!c)
        *why = "the sheet has no such capture";
    if (*why)
        return REPLI_OK;
    enum repli_status s = repli_ledger_holds(ledger, sheet->row->serial, a, &holds, &count, err);
    if (s != REPLI_OK)
        return s;
    const struct repli_hold *before = NULL, *h = waiting(holds, count, capture, &before);
    if (!h && before && strcmp(before->decided, choice) == 0 && strcmp(before->decided_by, by) == 0)
        *repeated = true;
    else if (!h && before)
        *why = repli_arena_printf(a, "%s decided this already: %s", before->decided_by, before->decided);
    else if (!h || (state != REPLI_LIFE_READ && state != REPLI_LIFE_REVIEWED))
        *why = "there is nothing to decide: repli merge finds the conflicts";
    else
        *why = refusal(sheet, c, h, choice, by, a);
    if (!h || *why || *repeated)
        return REPLI_OK;
    struct repli_hold row = *h;
    row.decided = choice;
    row.decided_by = by;
    return repli_ledger_hold_decide(ledger, sheet->row->serial, &row, now_utc, err);
}

static enum repli_status decide_one(const struct repli_site *site, struct repli_ledger *ledger, const char *name,
                                    const char *capture, const char *choice, const char *by, struct repli_arena *a,
                                    struct repli_err *err)
{
    uint64_t serial = 0;
    struct review_sheet *sheet = NULL;
    const char *why = NULL;
    bool repeated = false;
    if (!repli_serial_parse(name, &serial))
        return repli_fail(err, REPLI_USAGE, "'%.40s' is no sheet number (like K7QD-M3XA-9; its last sign is a check)",
                          name);
    enum repli_status s = review_load(ledger, serial, a, &sheet, err);
    if (s == REPLI_OK && !sheet)
        return repli_fail(err, REPLI_DATA, "sheet %s is not in this ledger", name);
    if (s == REPLI_OK)
        s = review_decide(ledger, sheet, capture, choice, by, repli_clock_now(&site->clock), a, &repeated, &why, err);
    return s == REPLI_OK && why ? repli_fail(err, REPLI_DATA, "%.40s of sheet %s: %s", capture, name, why) : s;
}

enum repli_status repli_review_decide(const struct repli_site *site, struct repli_ledger *ledger, const char *name,
                                      const char *capture, const char *choice, const char *by, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    enum repli_status s = repli_ledger_begin(ledger, err);
    if (s != REPLI_OK)
        return s;
    s = decide_one(site, ledger, name, capture, choice, by, &a, err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(ledger, err);
    if (s != REPLI_OK)
        repli_ledger_rollback(ledger);
    return s;
}

/* ---- what waits */

/* The picture to look at: of somebody whom nothing names, the label or the name that was written; else the value's. */
static const struct review_field *shown_of(const struct review_sheet *sheet, const struct repli_capture *c,
                                           const struct review_field *value)
{
    for (size_t m = 0; m < c->nmembers; m++) {
        const struct review_field *f = &sheet->fields[c->fields[m]];
        bool names = strcmp(c->roles[m], "who") == 0 || strcmp(c->roles[m], "label") == 0;
        if (names && f->reading && strcmp(f->reading->state, "empty") != 0)
            return f;
    }
    return value;
}

static void tell(const struct review_sheet *sheet, const struct repli_capture *c, const struct repli_hold *h,
                 struct repli_arena *a, repli_review_line_fn *fn, void *user)
{
    const struct review_field *value = NULL; /* the capture's value, else the first thing that is written of it */
    for (size_t m = 0; m < c->nmembers; m++) {
        const struct review_field *f = &sheet->fields[c->fields[m]];
        if (strcmp(c->roles[m], "value") == 0 || (!value && f->settled.value))
            value = f;
    }
    const struct review_field *shown = shown_of(sheet, c, value);
    const char *task = repli_arena_printf(a, "%s/%s/%d/decide", sheet->row->sheet, c->id, h->revision);
    json_t *choices = json_pack("[s, s]", "live", "note");
    if (paper_may_win(c->kind, h->kind))
        json_array_insert_new(choices, 0, json_string("paper"));
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s?, s:s?, s:s?, s:I}", "task", task, "sheet",
                  sheet->row->sheet, "capture", c->id, "need", "decide", "why", h->kind, "detail", h->detail, "choices",
                  choices, "value", value ? value->settled.value : NULL, "field", shown ? shown->field->id : NULL,
                  "crop", review_crop_path(shown && shown->reading ? shown->reading->crop : NULL, a), "since_utc",
                  (json_int_t)h->since_utc);
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    if (text)
        fn(user, text);
    free(text);
    json_decref(o);
}

static enum repli_status conflicts_of(struct repli_ledger *ledger, uint64_t serial, const char *by,
                                      repli_review_line_fn *fn, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    struct repli_hold *holds = NULL;
    size_t count = 0;
    enum repli_status s = review_load(ledger, serial, &a, &sheet, err);
    if (s == REPLI_OK)
        s = repli_ledger_holds(ledger, serial, &a, &holds, &count, err);
    for (size_t i = 0; s == REPLI_OK && sheet && i < count; i++) {
        const struct repli_capture *c = capture_of(sheet, holds[i].capture);
        if (c && !holds[i].decided && is_conflict(c->kind, holds[i].kind) && !(by && keyed_by(sheet, c, by)))
            tell(sheet, c, &holds[i], &a, fn, user);
    }
    return s;
}

enum repli_status repli_review_conflicts(struct repli_ledger *ledger, const char *by, repli_review_line_fn *fn,
                                         void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    uint64_t *serials = NULL;
    size_t count = 0;
    enum repli_status s = repli_ledger_serials_held(ledger, &a, &serials, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        s = conflicts_of(ledger, serials[i], by, fn, user, err);
    return s;
}
