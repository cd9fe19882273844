/* Merging sheet by sheet: intent in the ledger, commit in the record (the truth), done in the ledger. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/dose.h"
#include "reconcile/preview.h"
#include "repli/ledger_lists.h"
#include "repli/record_newcomer.h"
#include "repli/serial.h"

struct run {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    struct repli_record *record;
    const char *by;
    bool dry;
    repli_merge_line_fn *line;
    void *user;
    bool held, here;        /* here: the ledger is where it was left */
    struct job *last;       /* its merge is in the record; the ledger hears of it with the next one's intent */
    struct job *told;       /* the ledger has heard of it: people may, once no lock is held */
    struct preview preview; /* of a dry run */
};

/* One sheet of a run. */
struct job {
    struct run *run;
    struct repli_arena a;
    struct merge_context ctx;
    struct review_sheet *sheet;
    struct capture_plan *plans;
    size_t count;
    char merge_id[24]; /* "" = nothing to write */
    bool closed;       /* somebody closed the sheet since it was listed */
    size_t merged, noted;
    json_t *kinds, *notes; /* of what was merged: counted before finish plans the sheet anew, when all that is done */
};

static void drop(struct job *j)
{
    json_decref(j->kinds);
    json_decref(j->notes);
    repli_arena_done(&j->a);
    free(j);
}

static size_t count_state(const struct job *j, enum plan_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < j->count; i++)
        n += j->plans[i].state == state;
    return n;
}

static enum repli_status prepare(struct job *j, uint64_t serial, struct repli_err *err)
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

static enum repli_status finish_rows(struct job *j, const char *merge_id, struct repli_err *err)
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

/* Brings the ledger to what the record says about a sheet, in one transaction; marks an intent done.  The sheet is
** loaded and planned anew inside it: others may have answered, opened a field again or merged since.  The record is
** locked meanwhile: an intent that somebody else opens for an undo which is not committed yet must not be marked
** done by what the record said before it. */
static enum repli_status finish_inside(struct job *j, uint64_t serial, const char *merge_id, struct repli_err *err)
{
    enum repli_status s = prepare(j, serial, err);
    return s == REPLI_OK ? finish_rows(j, merge_id, err) : s;
}

static enum repli_status end_ledger(struct repli_ledger *ledger, enum repli_status s, struct repli_err *err)
{
    if (s == REPLI_OK)
        s = repli_ledger_commit(ledger, err);
    if (s != REPLI_OK)
        repli_ledger_rollback(ledger);
    return s;
}

static enum repli_status finish(struct job *j, uint64_t serial, const char *merge_id, struct repli_err *err)
{
    struct repli_record_merge *lock = NULL;
    enum repli_status s = repli_record_merge_begin(j->run->record, &lock, err);
    if (s != REPLI_OK)
        return s;
    s = repli_ledger_begin(j->run->ledger, err);
    if (s == REPLI_OK)
        s = end_ledger(j->run->ledger, finish_inside(j, serial, merge_id, err), err);
    repli_record_merge_rollback(lock);
    return s;
}

/* ---- what is told */

static void say(struct run *run, json_t *o)
{
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    if (text)
        run->line(run->user, text);
    free(text);
    json_decref(o);
}

static void count_merged(struct job *j)
{
    j->merged = count_state(j, PLAN_APPLY);
    j->noted = count_state(j, PLAN_NOTE);
    j->kinds = merge_kinds_json(j->plans, j->count);
    j->notes = merge_notes_json(j->plans, j->count);
}

static void tell(struct job *j)
{
    size_t held = count_state(j, PLAN_HELD);
    j->run->held = j->run->held || held > 0;
    if (j->merged + j->noted + held == 0)
        return;
    json_t *o =
        json_pack("{s:s, s:s?, s:i, s:i, s:i, s:o, s:o, s:O, s:O}", "sheet", j->sheet->row->sheet, "merge",
                  j->merge_id[0] ? j->merge_id : NULL, "merged", (int)j->merged, "noted", (int)j->noted, "waiting",
                  (int)count_state(j, PLAN_WAITS), "held", merge_held_json(j->plans, j->count, false), "conflicts",
                  merge_held_json(j->plans, j->count, true), "kinds", j->kinds, "notes", j->notes);
    say(j->run, o);
}

/* The ledger has heard of the last sheet. */
static void heard(struct run *run)
{
    run->told = run->last;
    run->last = NULL;
}

static void tell_people(struct run *run)
{
    if (run->told) {
        tell(run->told);
        drop(run->told);
    }
    run->told = NULL;
}

/* ---- the record's side */

static enum repli_status write_plan(struct job *j, struct repli_record_merge *m, const struct capture_plan *plan,
                                    struct repli_err *err)
{
    if (plan->kind->write)
        return plan->kind->write(&j->ctx, m, plan, err);
    return repli_record_merge_insert(m, plan->table, plan->cells, plan->ncells, err);
}

static enum repli_status write_plans(struct job *j, struct repli_record_merge *m, struct repli_err *err)
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
    if (j->ctx.newcomer && count_state(j, PLAN_APPLY) > 0)
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
static enum repli_status take_intent(struct job *j, uint64_t serial, struct repli_err *err)
{
    const struct repli_site *site = j->run->site;
    int64_t now = repli_clock_now(&site->clock);
    const char *sheet = NULL, *undone_by = NULL;
    enum repli_status s = j->run->here ? REPLI_OK : repli_ledger_here(j->run->ledger, site, NULL, err);
    if (s != REPLI_OK)
        return s;
    for (;;) {
        s = repli_ledger_intent_take(j->run->ledger, serial, site->station, j->run->by, now, j->merge_id, err);
        if (s == REPLI_OK)
            s = repli_record_merge_find(j->run->record, j->merge_id, &j->a, &sheet, &undone_by, err);
        if (s != REPLI_OK || !sheet)
            return s;
        s = repli_ledger_intent_done(j->run->ledger, j->merge_id, now, err);
        if (s != REPLI_OK)
            return s;
    }
}

static size_t to_write(const struct job *j)
{
    return j->closed ? 0 : count_state(j, PLAN_APPLY) + count_state(j, PLAN_NOTE);
}

/* What the ledger hears before the record is written: that the last sheet is merged, which the record says by now,
** and that this one will be; or, when there is nothing to write, what holds it.  One commit of the ledger a sheet. */
static enum repli_status tell_ledger(struct job *j, uint64_t serial, struct repli_err *err)
{
    struct job *last = j->run->last;
    enum repli_status s = last ? finish_inside(last, last->sheet->row->serial, last->merge_id, err) : REPLI_OK;
    if (s == REPLI_OK)
        s = prepare(j, serial, err);
    if (s != REPLI_OK)
        return s;
    j->closed = j->sheet->row->state != REPLI_LIFE_READ && j->sheet->row->state != REPLI_LIFE_REVIEWED;
    if (to_write(j) > 0)
        return take_intent(j, serial, err);
    return j->closed ? REPLI_OK : finish_rows(j, NULL, err);
}

/* Plans and writes under the record's write lock, so that what was compared is what is changed. */
static enum repli_status apply(struct job *j, uint64_t serial, struct repli_err *err)
{
    struct repli_record_merge *m = NULL;
    enum repli_status s = repli_record_merge_begin(j->run->record, &m, err);
    if (s != REPLI_OK)
        return s;
    s = repli_ledger_begin(j->run->ledger, err);
    if (s == REPLI_OK)
        s = end_ledger(j->run->ledger, tell_ledger(j, serial, err), err);
    bool writes = s == REPLI_OK && to_write(j) > 0;
    if (s == REPLI_OK)
        heard(j->run);
    j->run->here = j->run->here || writes;
    if (writes)
        s = write_plans(j, m, err);
    if (writes && s == REPLI_OK)
        return repli_record_merge_commit(m, err);
    repli_record_merge_rollback(m);
    return s;
}

/* The last sheet of a run, or the one before that failed. */
static enum repli_status finish_last(struct run *run, struct repli_err *err)
{
    struct job *last = run->last;
    enum repli_status s = last ? finish(last, last->sheet->row->serial, last->merge_id, err) : REPLI_OK;
    if (s == REPLI_OK)
        heard(run);
    else if (last)
        drop(last);
    tell_people(run);
    return s;
}

static enum repli_status look_at_sheet(struct job *j, uint64_t serial, struct repli_err *err)
{
    enum repli_status s = prepare(j, serial, err);
    if (s != REPLI_OK)
        return s;
    count_merged(j);
    tell(j);
    return preview_add(&j->run->preview, j->sheet, j->plans, j->count, err);
}

static enum repli_status merge_sheet(struct run *run, uint64_t serial, struct repli_err *err)
{
    struct job *j = repli_xcalloc(1, sizeof *j);
    j->run = run;
    enum repli_status s = run->dry ? look_at_sheet(j, serial, err) : apply(j, serial, err);
    tell_people(run);
    if (s != REPLI_OK || run->dry || j->closed) {
        drop(j);
        return s;
    }
    count_merged(j);
    run->last = j;
    if (!j->merge_id[0]) {
        heard(run);
        tell_people(run);
    }
    return REPLI_OK;
}

/* Doses of other systems that came after paper's and look like the same ones: nobody decided about them, so that they
** are named by every run until one of the two is entered in error, or the merge is undone. */
static enum repli_status tell_doubles(struct run *run, struct repli_arena *a, struct repli_err *err)
{
    struct repli_double *all = NULL;
    size_t count = 0;
    enum repli_status s = repli_record_doubles(run->record, DOSE_DOUBLE_S, a, &all, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count;) {
        json_t *list = json_array();
        const char *sheet = all[i].sheet;
        for (; i < count && strcmp(all[i].sheet, sheet) == 0; i++) {
            char paper[24], live[24];
            repli_time_iso(all[i].paper_utc, paper);
            repli_time_iso(all[i].live_utc, live);
            const char *detail = repli_arena_printf(
                a,
                "%s given at %s says paper, at %s says the record: once or twice? enter one of them in error, or undo",
                all[i].medication ? all[i].medication : "a dose", paper, live);
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "field", all[i].capture, "paper",
                                                  all[i].paper_id, "record", all[i].live_id, "detail", detail));
        }
        run->held = true;
        say(run, json_pack("{s:s, s:n, s:i, s:i, s:i, s:[], s:[], s:{}, s:[], s:o}", "sheet", sheet, "merge", "merged",
                           0, "noted", 0, "waiting", 0, "held", "conflicts", "kinds", "notes", "doubles", list));
    }
    return s;
}

enum repli_status repli_merge_run_of(const struct repli_site *site, struct repli_ledger *ledger,
                                     struct repli_record *record, const char *by, const char *patient, bool dry_run,
                                     repli_merge_line_fn *line, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct run run = {
        .site = site, .ledger = ledger, .record = record, .by = by, .dry = dry_run, .line = line, .user = user};
    run.preview.record = record;
    uint64_t *all = NULL;
    size_t count = 0;
    enum repli_status s = dry_run ? REPLI_OK : repli_merge_replay(site, ledger, record, err);
    if (s == REPLI_OK)
        s = merge_serials(ledger, patient, &a, &all, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        s = merge_sheet(&run, all[i], err);
    struct repli_err second = {0}; /* a sheet that failed does not keep the one before it */
    enum repli_status end = finish_last(&run, s == REPLI_OK ? err : &second);
    s = s == REPLI_OK ? end : s;
    if (s == REPLI_OK)
        preview_tell(&run.preview, line, user);
    preview_done(&run.preview);
    if (s == REPLI_OK && !patient)
        s = tell_doubles(&run, &a, err);
    return s == REPLI_OK && run.held ? REPLI_WAITS : s;
}

enum repli_status repli_merge_run(const struct repli_site *site, struct repli_ledger *ledger,
                                  struct repli_record *record, const char *by, bool dry_run, repli_merge_line_fn *line,
                                  void *user, struct repli_err *err)
{
    return repli_merge_run_of(site, ledger, record, by, NULL, dry_run, line, user, err);
}

/* ---- after a crash, and backwards */

static enum repli_status replay_intent(struct run *run, const struct repli_intent *intent, struct repli_err *err)
{
    struct job j = {.run = run};
    const char *sheet = NULL, *undone_by = NULL;
    enum repli_status s = repli_record_merge_find(run->record, intent->merge_id, &j.a, &sheet, &undone_by, err);
    if (undone_by)
        run->by = undone_by;
    /* It never reached the record: the next merge of this sheet takes the intent up again. */
    if (s == REPLI_OK && sheet)
        s = finish(&j, intent->serial, intent->merge_id, err);
    repli_arena_done(&j.a);
    return s;
}

enum repli_status repli_merge_replay(const struct repli_site *site, struct repli_ledger *ledger,
                                     struct repli_record *record, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_intent *open = NULL;
    size_t count = 0;
    enum repli_status s = repli_ledger_intents(ledger, true, &a, &open, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        struct run run = {.site = site, .ledger = ledger, .record = record, .by = open[i].person};
        s = replay_intent(&run, &open[i], err);
    }
    return s;
}

struct reopen {
    struct repli_ledger *ledger;
    const char *merge_id;
};

static enum repli_status reopen(void *user, struct repli_err *err)
{
    const struct reopen *r = user;
    return repli_ledger_intent_reopen(r->ledger, r->merge_id, err);
}

enum repli_status repli_merge_undo(const struct repli_site *site, struct repli_ledger *ledger,
                                   struct repli_record *record, const char *merge_id, const char *by,
                                   const char *reason, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    const char *sheet = NULL, *undone_by = NULL;
    struct repli_intent intent = {.merge_id = merge_id, .person = by};
    struct run run = {.site = site, .ledger = ledger, .record = record, .by = by};
    struct reopen open = {ledger, merge_id};
    int64_t now = repli_clock_now(&site->clock);
    enum repli_status s = repli_merge_replay(site, ledger, record, err);
    if (s == REPLI_OK)
        s = repli_record_merge_find(record, merge_id, &a, &sheet, &undone_by, err);
    if (s == REPLI_OK && (!sheet || !repli_serial_parse(sheet, &intent.serial)))
        return repli_fail(err, REPLI_DATA, "no merge '%s' in the record", merge_id);
    if (s == REPLI_OK && undone_by)
        return repli_fail(err, REPLI_DATA, "merge %s was undone by %s already", merge_id, undone_by);
    if (s != REPLI_OK)
        return s;
    s = repli_record_merge_undo(record, merge_id, by, reason, now, reopen, &open, err);
    if (s == REPLI_OK)
        return replay_intent(&run, &intent, err);
    /* Refused: the merge stays in force.  After any other failure only the record can tell, so the intent stays open
    ** for the next start: a commit whose sync failed may be in the record all the same. */
    struct repli_err second = {0};
    if (s == REPLI_DATA && repli_ledger_intent_done(ledger, merge_id, now, &second) != REPLI_OK)
        repli_err_clear(&second); /* the next start does it; why the undo was refused is what counts */
    return s;
}

enum repli_status repli_merge_doubles(struct repli_record *record, int64_t *count, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_double *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_record_doubles(record, DOSE_DOUBLE_S, &a, &all, &n, err);
    *count = (int64_t)n;
    return s;
}
