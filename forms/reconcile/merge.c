/* Merging sheet by sheet: intent in the ledger, commit in the record (the truth), done in the ledger.
**
** Sheets go in groups: the intents of all of them are in the ledger, synced, before the one commit that brings all of
** them into the record.  Each is planned and written on its own, after those before it, with a changeset of its own.
** What the ledger has to hear of a group when the record has it goes with the intents of the next one, and only then
** are people told.
*/
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/dose.h"
#include "reconcile/merge_job.h"
#include "repli/serial.h"

/* ---- what is told */

static void say(struct merge_run *run, json_t *o)
{
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    if (text)
        run->line(run->user, text);
    free(text);
    json_decref(o);
}

static void tell(struct job *j)
{
    size_t held = job_count(j, PLAN_HELD);
    j->run->held = j->run->held || (held > 0 && !j->closed);
    if (j->closed || j->merged + j->noted + held == 0)
        return;
    json_t *o = json_pack("{s:s, s:s?, s:i, s:i, s:i, s:o, s:o, s:O, s:O}", "sheet", j->sheet->row->sheet, "merge",
                          j->merge_id[0] ? j->merge_id : NULL, "merged", (int)j->merged, "noted", (int)j->noted,
                          "waiting", (int)job_count(j, PLAN_WAITS), "held", merge_held_json(j->plans, j->count, false),
                          "conflicts", merge_held_json(j->plans, j->count, true), "kinds", j->kinds, "notes", j->notes);
    say(j->run, o);
}

/* The ledger has heard of the last sheets. */
static void heard(struct merge_run *run)
{
    memcpy(run->told, run->last, run->nlast * sizeof *run->last);
    run->ntold = run->nlast;
    run->nlast = 0;
}

static void tell_people(struct merge_run *run)
{
    for (size_t i = 0; i < run->ntold; i++) {
        tell(run->told[i]);
        job_drop(run->told[i]);
    }
    run->ntold = 0;
}

/* ---- the ledger hears what the record has */

static enum repli_status end_ledger(struct repli_ledger *ledger, enum repli_status s, struct repli_err *err)
{
    if (s == REPLI_OK)
        s = repli_ledger_commit(ledger, err);
    if (s != REPLI_OK)
        repli_ledger_rollback(ledger);
    return s;
}

/* Of the sheets that were merged last, inside a transaction.  Where nobody has written to either file since, they are
** as they were planned then; else each is loaded and planned again. */
static enum repli_status hear_inside(struct merge_run *run, struct repli_err *err)
{
    struct repli_mark ledger, record;
    enum repli_status s = repli_ledger_mark(run->ledger, &ledger, err);
    if (s == REPLI_OK)
        s = repli_record_mark(run->record, &record, err);
    if (s != REPLI_OK)
        return s;
    bool same = repli_mark_same(&ledger, &run->ledger_seen) && repli_mark_same(&record, &run->record_seen);
    for (size_t i = 0; s == REPLI_OK && i < run->nlast; i++) {
        struct job *j = run->last[i];
        if (!j->merge_id[0])
            continue;
        s = same ? job_finish_rows(j, j->merge_id, err) : job_finish_inside(j, j->sheet->row->serial, j->merge_id, err);
    }
    return s;
}

/* Of one sheet, or (NULL) of the last ones.  The record is locked while the ledger hears of it: an intent that somebody
** else opens for an undo which is not committed yet must not be marked done by what the record said before it. */
static enum repli_status finish(struct merge_run *run, struct job *j, uint64_t serial, const char *merge_id,
                                struct repli_err *err)
{
    struct repli_record_merge *lock = NULL;
    enum repli_status s = repli_record_merge_begin(run->record, &lock, err);
    if (s != REPLI_OK)
        return s;
    s = repli_ledger_begin(run->ledger, err);
    if (s == REPLI_OK)
        s = end_ledger(run->ledger, j ? job_finish_inside(j, serial, merge_id, err) : hear_inside(run, err), err);
    repli_record_merge_rollback(lock);
    return s;
}

/* The last sheets of a run, or those before one that failed.  Where they fail together, each is tried by itself. */
static enum repli_status finish_last(struct merge_run *run, struct repli_err *err)
{
    struct repli_err together = {0};
    enum repli_status s = run->nlast ? finish(run, NULL, 0, NULL, &together) : REPLI_OK;
    size_t kept = s == REPLI_OK ? run->nlast : 0;
    enum repli_status first = REPLI_OK;
    for (size_t i = 0; s != REPLI_OK && i < run->nlast; i++) {
        struct job *j = run->last[i];
        struct repli_err other = {0};
        enum repli_status one =
            j->merge_id[0] ? finish(run, j, j->sheet->row->serial, j->merge_id, first == REPLI_OK ? err : &other)
                           : REPLI_OK;
        first = first == REPLI_OK ? one : first;
        if (one == REPLI_OK)
            run->last[kept++] = j;
        else
            job_drop(j);
    }
    run->nlast = kept;
    heard(run);
    tell_people(run);
    return first;
}

/* ---- a group of sheets */

struct group {
    struct job *jobs[MERGE_GROUP];
    size_t count;
    bool writes, here;
    struct repli_mark ledger, record; /* with all of it in them */
};

/* One more sheet.  Where there is nothing to write, the ledger hears at once what holds it. */
static enum repli_status merge_one(struct merge_run *run, struct group *g, struct repli_record_merge *m,
                                   uint64_t serial, struct repli_err *err)
{
    struct job *j = job_new(run);
    g->jobs[g->count++] = j;
    enum repli_status s = job_prepare(j, serial, err);
    if (s != REPLI_OK)
        return s;
    enum repli_life state = j->sheet->row->state;
    j->closed = state != REPLI_LIFE_READ && state != REPLI_LIFE_REVIEWED;
    job_count_merged(j);
    if (job_to_write(j) == 0)
        return j->closed ? REPLI_OK : job_finish_rows(j, NULL, err);
    g->writes = true;
    return job_merge(j, m, &g->here, err);
}

/* Inside both transactions: planned and written under the record's write lock, so that what was compared is what is
** changed. */
static enum repli_status merge_inside(struct merge_run *run, struct group *g, struct repli_record_merge *m,
                                      const uint64_t *serials, size_t count, struct repli_err *err)
{
    enum repli_status s = run->nlast ? hear_inside(run, err) : REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        s = merge_one(run, g, m, serials[i], err);
    if (s == REPLI_OK)
        s = repli_ledger_mark(run->ledger, &g->ledger, err);
    return s == REPLI_OK ? repli_record_mark(run->record, &g->record, err) : s;
}

static void drop_group(struct group *g)
{
    for (size_t i = 0; i < g->count; i++)
        job_drop(g->jobs[i]);
}

/* The ledger commits first: that the last sheets are merged, which the record says by now, and that these will be.
** *sheet: a sheet failed, and nothing of the group is in any file. */
static enum repli_status apply(struct merge_run *run, const uint64_t *serials, size_t count, bool *sheet,
                               struct repli_err *err)
{
    struct repli_record_merge *m = NULL;
    struct group g = {.here = run->here};
    *sheet = false;
    enum repli_status s = repli_record_merge_begin(run->record, &m, err);
    if (s != REPLI_OK)
        return s;
    s = repli_ledger_begin(run->ledger, err);
    if (s == REPLI_OK) {
        s = merge_inside(run, &g, m, serials, count, err);
        *sheet = s != REPLI_OK && g.count > 0;
        s = end_ledger(run->ledger, s, err);
    }
    if (s == REPLI_OK) {
        heard(run);
        run->here = g.here;
    }
    if (s == REPLI_OK && g.writes)
        s = repli_record_merge_commit(m, err);
    else
        repli_record_merge_rollback(m);
    tell_people(run);
    if (s != REPLI_OK) {
        drop_group(&g);
        return s;
    }
    memcpy(run->last, g.jobs, g.count * sizeof *g.jobs);
    run->nlast = g.count;
    run->ledger_seen = g.ledger;
    run->record_seen = g.record;
    return REPLI_OK;
}

/* A sheet that fails takes none of the others with it: those before it are merged one by one. */
static enum repli_status merge_group(struct merge_run *run, const uint64_t *serials, size_t count,
                                     struct repli_err *err)
{
    bool sheet = false;
    enum repli_status s = apply(run, serials, count, &sheet, err);
    if (s == REPLI_OK || !sheet || count == 1)
        return s;
    repli_err_clear(err);
    s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        s = apply(run, serials + i, 1, &sheet, err);
    return s;
}

/* A group of one, of two, of four ...: who merges a few sheets hears of the first ones at once, and when something is
** wrong with the disk or the files, that shows before many depend on it. */
static enum repli_status merge_all(struct merge_run *run, const uint64_t *serials, size_t count, struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    for (size_t i = 0, n, most = 1; s == REPLI_OK && i < count; i += n) {
        n = count - i < most ? count - i : most;
        s = merge_group(run, serials + i, n, err);
        most = 2 * most < MERGE_GROUP ? 2 * most : MERGE_GROUP;
    }
    return s;
}

static enum repli_status look_at_sheet(struct merge_run *run, uint64_t serial, struct repli_err *err)
{
    struct job *j = job_new(run);
    enum repli_status s = job_prepare(j, serial, err);
    if (s == REPLI_OK) {
        job_count_merged(j);
        tell(j);
        s = preview_add(&run->preview, j->sheet, j->plans, j->count, err);
    }
    job_drop(j);
    return s;
}

/* ---- a run */

/* Doses of other systems that came after paper's and look like the same ones: nobody decided about them, so that they
** are named by every run until one of the two is entered in error, or the merge is undone. */
static enum repli_status tell_doubles(struct merge_run *run, struct repli_arena *a, struct repli_err *err)
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
    struct merge_run run = {
        .site = site, .ledger = ledger, .record = record, .by = by, .dry = dry_run, .line = line, .user = user};
    run.preview.record = record;
    uint64_t *all = NULL;
    size_t count = 0;
    enum repli_status s = dry_run ? REPLI_OK : repli_merge_replay(site, ledger, record, err);
    if (s == REPLI_OK)
        s = merge_serials(ledger, patient, &a, &all, &count, err);
    for (size_t i = 0; s == REPLI_OK && dry_run && i < count; i++)
        s = look_at_sheet(&run, all[i], err);
    if (s == REPLI_OK && !dry_run)
        s = merge_all(&run, all, count, err);
    struct repli_err second = {0}; /* a sheet that failed does not keep those before it */
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

static enum repli_status replay_intent(struct merge_run *run, const struct repli_intent *intent, struct repli_err *err)
{
    struct job j = {.run = run};
    const char *sheet = NULL, *undone_by = NULL;
    enum repli_status s = repli_record_merge_find(run->record, intent->merge_id, &j.a, &sheet, &undone_by, err);
    if (undone_by)
        run->by = undone_by;
    /* It never reached the record: the next merge of this sheet takes the intent up again. */
    if (s == REPLI_OK && sheet)
        s = finish(run, &j, intent->serial, intent->merge_id, err);
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
        struct merge_run run = {.site = site, .ledger = ledger, .record = record, .by = open[i].person};
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
    struct merge_run run = {.site = site, .ledger = ledger, .record = record, .by = by};
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
