/* One sheet of a merge run: planned, written, and what the ledger hears of it. */
#include "reconcile/merge_job.h"

#include <stdlib.h>
#include <string.h>

#include "repli/ledger_lists.h"
#include "repli/record_newcomer.h"

struct job *job_new(struct merge_run *run)
{
    struct job *j = repli_xcalloc(1, sizeof *j);
    j->run = run;
    return j;
}

void job_drop(struct job *j)
{
    json_decref(j->kinds);
    json_decref(j->notes);
    repli_arena_done(&j->a);
    free(j);
}

size_t job_count(const struct job *j, enum plan_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < j->count; i++)
        n += j->plans[i].state == state;
    return n;
}

enum repli_status job_prepare(struct job *j, uint64_t serial, struct repli_err *err)
{
    j->ctx = (struct merge_context){.site = j->run->site, .record = j->run->record, .a = &j->a};
    enum repli_status s = merge_prepare(&j->ctx, j->run->ledger, serial, &j->sheet, &j->plans, &j->count, err);
    return s == REPLI_OK && !j->sheet ? repli_fail(err, REPLI_DATA, "a sheet of this ledger has no page map") : s;
}

/* ---- the ledger's side: what is held, and the sheet's state */

static enum repli_status put_holds(struct job *j, int64_t now, struct repli_err *err)
{
    struct repli_hold *holds = repli_arena_array(&j->a, j->count, sizeof *holds);
    size_t n = 0;
    for (size_t i = 0; i < j->count; i++)
        if (j->plans[i].state == PLAN_HELD)
            holds[n++] = (struct repli_hold){.capture = j->plans[i].capture->id,
                                             .kind = j->plans[i].why,
                                             .detail = j->plans[i].detail,
                                             .revision = j->plans[i].revision,
                                             .since_utc = now};
    return repli_ledger_holds_put(j->run->ledger, j->sheet->row->serial, holds, n, err);
}

/* Nothing of the sheet is left open, held or unmerged. */
static bool complete(const struct job *j)
{
    for (size_t i = 0; i < j->sheet->count; i++)
        if (j->sheet->fields[i].need != NEED_NONE || j->sheet->fields[i].pending)
            return false;
    for (size_t i = 0; i < j->count; i++)
        if (j->plans[i].state != PLAN_DONE && j->plans[i].state != PLAN_NOTHING)
            return false;
    return true;
}

/* A page that is crossed out as void is closed by a person, not by merging. */
static bool crossed_out(const struct job *j)
{
    const struct review_field *f = review_find(j->sheet, "page.void");
    return f && review_ticked(f);
}

static enum repli_status move_sheet(struct job *j, int64_t now, struct repli_err *err)
{
    struct repli_sheet_row *row = NULL;
    struct repli_ledger *ledger = j->run->ledger;
    uint64_t serial = j->sheet->row->serial;
    enum repli_status s = repli_ledger_sheet_get(ledger, serial, &j->a, &row, err);
    if (s != REPLI_OK)
        return s;
    bool whole = complete(j) && !crossed_out(j);
    if (row->state == REPLI_LIFE_REVIEWED && whole)
        return repli_ledger_sheet_state(ledger, serial, REPLI_LIFE_MERGED, j->run->by, NULL, now, err);
    if (row->state == REPLI_LIFE_MERGED && !whole)
        return repli_ledger_sheet_state(ledger, serial, REPLI_LIFE_REVIEWED, j->run->by, "merge undone", now, err);
    return REPLI_OK;
}

enum repli_status job_finish_rows(struct job *j, const char *merge_id, struct repli_err *err)
{
    int64_t now = repli_clock_now(&j->run->site->clock);
    enum repli_status s = put_holds(j, now, err);
    /* A merged sheet goes back first: tasks are for sheets under review. */
    if (s == REPLI_OK && j->sheet->row->state != REPLI_LIFE_MERGED)
        s = review_store(j->run->ledger, j->sheet, &j->a, now, err);
    if (s == REPLI_OK)
        s = move_sheet(j, now, err);
    if (s == REPLI_OK && merge_id)
        s = repli_ledger_intent_done(j->run->ledger, merge_id, now, err);
    return s;
}

enum repli_status job_finish_inside(struct job *j, uint64_t serial, const char *merge_id, struct repli_err *err)
{
    enum repli_status s = job_prepare(j, serial, err);
    return s == REPLI_OK ? job_finish_rows(j, merge_id, err) : s;
}

/* ---- what is told of it */

void job_count_merged(struct job *j)
{
    j->merged = job_count(j, PLAN_APPLY);
    j->noted = job_count(j, PLAN_NOTE);
    j->kinds = merge_kinds_json(j->plans, j->count);
    j->notes = merge_notes_json(j->plans, j->count);
}

/* ---- the record's side */

static enum repli_status write_plan(struct job *j, struct repli_record_merge *m, const struct capture_plan *plan,
                                    struct repli_err *err)
{
    if (plan->kind->write)
        return plan->kind->write(&j->ctx, m, plan, err);
    return repli_record_merge_insert(m, plan->table, plan->cells, plan->ncells, err);
}

static enum repli_status write_rows(struct job *j, struct repli_record_merge *m, struct repli_err *err)
{
    struct entry_list entries = plan_entries(&j->ctx, j->plans, j->count);
    struct repli_merge_row row = {.merge_id = j->merge_id,
                                  .sheet = j->sheet->row->sheet,
                                  .person = j->run->by,
                                  .serial = j->sheet->row->serial,
                                  .mac = j->sheet->row->mac,
                                  .merged_utc = repli_clock_now(&j->run->site->clock),
                                  .entries = (int64_t)entries.count};
    enum repli_status s = REPLI_OK;
    if (j->ctx.newcomer && job_count(j, PLAN_APPLY) > 0)
        s = repli_record_merge_newcomer(m, j->ctx.newcomer, err);
    for (size_t i = 0; s == REPLI_OK && i < j->count; i++)
        if (j->plans[i].state == PLAN_APPLY)
            s = write_plan(j, m, &j->plans[i], err);
    if (s == REPLI_OK)
        s = repli_record_merge_seal(m, &row, err);
    for (size_t i = 0; s == REPLI_OK && i < entries.count; i++) {
        bool written = false;
        s = repli_record_merge_paper(m, &entries.rows[i], &written, err);
        if (s == REPLI_OK && !written)
            s = repli_fail(err, REPLI_DB, "%s of sheet %s was merged meanwhile: merge again", entries.rows[i].field,
                           j->sheet->row->sheet);
    }
    return s;
}

/* A number for this merge.  An intent that is open may be of a merge in the record that another process has not marked
** done yet: nobody commits while we hold the record, so what is not in there now is free. */
static enum repli_status take_intent(struct job *j, bool *here, struct repli_err *err)
{
    const struct repli_site *site = j->run->site;
    uint64_t serial = j->sheet->row->serial;
    int64_t now = repli_clock_now(&site->clock);
    const char *sheet = NULL, *undone_by = NULL;
    enum repli_status s = *here ? REPLI_OK : repli_ledger_here(j->run->ledger, site, NULL, err);
    *here = s == REPLI_OK;
    while (s == REPLI_OK) {
        s = repli_ledger_intent_take(j->run->ledger, serial, site->station, j->run->by, now, j->merge_id, err);
        if (s == REPLI_OK)
            s = repli_record_merge_find(j->run->record, j->merge_id, &j->a, &sheet, &undone_by, err);
        if (s != REPLI_OK || !sheet)
            return s;
        s = repli_ledger_intent_done(j->run->ledger, j->merge_id, now, err);
    }
    return s;
}

size_t job_to_write(const struct job *j)
{
    return j->closed ? 0 : job_count(j, PLAN_APPLY) + job_count(j, PLAN_NOTE);
}

/* What the plan would be with this merge in the record.  Of a sheet of which everything is written now that follows
** by itself: the record has what was planned, and where nothing stands on paper nothing can come of it.  What is held
** or waits, or what a kind left out because of the record, is planned again: this very merge may have changed it. */
static enum repli_status plan_as_merged(struct job *j, struct repli_err *err)
{
    for (size_t i = 0; i < j->count; i++) {
        const struct capture_plan *p = &j->plans[i];
        bool follows = p->state == PLAN_DONE || p->state == PLAN_APPLY || p->state == PLAN_NOTE ||
                       (p->state == PLAN_NOTHING && !p->asked);
        if (!follows)
            return job_prepare(j, j->sheet->row->serial, err);
    }
    for (size_t i = 0; i < j->count; i++)
        if (j->plans[i].state != PLAN_NOTHING)
            j->plans[i].state = PLAN_DONE;
    return REPLI_OK;
}

enum repli_status job_merge(struct job *j, struct repli_record_merge *m, bool *here, struct repli_err *err)
{
    enum repli_status s = take_intent(j, here, err);
    if (s == REPLI_OK)
        s = write_rows(j, m, err);
    if (s == REPLI_OK)
        s = repli_record_merge_next(m, err);
    return s == REPLI_OK ? plan_as_merged(j, err) : s;
}
