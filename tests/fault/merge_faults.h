/* One fault at one operation of a merge, then a run without faults: the record must be what it is without any fault.
** Shared by the sample in `make check` and the whole in `make prove`. */
#ifndef REPLI_TEST_MERGE_FAULTS_H
#define REPLI_TEST_MERGE_FAULTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/closing.h"
#include "support/faultvfs.h"
#include "support/ward.h"

struct merge_faults {
    struct ward w;
    const char *what; /* "merge" or "undo" */
    int (*act)(void *ward);
    char record[65], ledger[65]; /* after a run without fault */
    int64_t points, bad, fired;
};

/* Runs in the child: opens the site, merges, closes.  Returns the status. */
static int act_merge(void *user)
{
    struct ward *w = user;
    struct repli_err err = {0};
    enum repli_status s = repli_site_open(w->dir, WARD_AT, &w->site, &err);
    if (s == REPLI_OK)
        s = repli_record_open(w->site->record, false, WARD_WINDOW_UTC, &w->record, &err);
    if (s == REPLI_OK)
        s = repli_ledger_open(w->site->ledger, false, WARD_WINDOW_UTC, &w->ledger, &err);
    if (s == REPLI_OK)
        s = ward_merge(w, false, NULL);
    ward_close(w);
    return (int)s;
}

/* Undoes the second merge; done already (by the run that was cut short) is fine. */
static int act_undo(void *user)
{
    struct ward *w = user;
    struct repli_err err = {0};
    enum repli_status s = repli_site_open(w->dir, WARD_AT, &w->site, &err);
    if (s == REPLI_OK)
        s = repli_record_open(w->site->record, false, WARD_WINDOW_UTC, &w->record, &err);
    if (s == REPLI_OK)
        s = repli_ledger_open(w->site->ledger, false, WARD_WINDOW_UTC, &w->ledger, &err);
    if (s == REPLI_OK)
        s = repli_merge_undo(w->site, w->ledger, w->record, "M0-2", "an", "test", &err);
    if (s == REPLI_DATA && strstr(err.text, "already"))
        s = REPLI_OK;
    ward_close(w);
    return (int)s;
}

/* Voids two sheets; they are so already after a run that was cut short behind its commit. */
static int act_void(void *user)
{
    struct ward *w = user;
    struct repli_err err = {0};
    struct repli_closed done = {0};
    char names[2][16];
    const char *sheets[2] = {names[0], names[1]};
    struct repli_closing what = {.sheets = sheets, .count = 2, .by = "cy", .reason = "coffee"};
    for (size_t i = 0; i < 2; i++)
        ward_sheet_name(i + 1, names[i]);
    enum repli_status s = repli_site_open(w->dir, WARD_AT, &w->site, &err);
    if (s == REPLI_OK)
        s = repli_record_open(w->site->record, false, WARD_WINDOW_UTC, &w->record, &err);
    if (s == REPLI_OK)
        s = repli_ledger_open(w->site->ledger, false, WARD_WINDOW_UTC, &w->ledger, &err);
    if (s == REPLI_OK)
        s = repli_sheets_void(w->site, w->ledger, w->record, &what, &done, &err);
    if (s == REPLI_OK && done.closed + done.already != 2)
        s = REPLI_BUG;
    ward_close(w);
    return (int)s;
}

/* A person decides for paper and merges; both may have happened already. */
static int act_decide(void *user)
{
    struct ward *w = user;
    struct repli_err err = {0};
    char sheet[16];
    ward_sheet_name(0, sheet);
    enum repli_status s = repli_site_open(w->dir, WARD_AT, &w->site, &err);
    if (s == REPLI_OK)
        s = repli_record_open(w->site->record, false, WARD_WINDOW_UTC, &w->record, &err);
    if (s == REPLI_OK)
        s = repli_ledger_open(w->site->ledger, false, WARD_WINDOW_UTC, &w->ledger, &err);
    if (s == REPLI_OK)
        s = repli_review_decide(w->site, w->ledger, sheet, "col1.rr", "paper", "cy", &err);
    if (s == REPLI_OK)
        s = ward_merge(w, false, NULL);
    ward_close(w);
    return (int)s;
}

static void merge_faults_look(struct ward *w, char record[65], char ledger[65])
{
    ward_open(w);
    ward_whole_digest(w, record);
    ward_ledger_digest(w, ledger);
    ward_close(w);
}

/* Every kind of capture of a medication sheet, twice; a third sheet with one of them. */
static const struct ward_ink merge_faults_mar[] = {
#define MERGE_FAULTS_SHEET(n)                                                                                          \
    {n, "row1.slot1.status", "ticked"}, {n, "row1.slot3.reason", "1"}, {n, "row2.slot1.status", "ticked"},             \
        {n, "row2.slot1.at", "1005"}, {n, "row2.slot1.value", "2,5"}, {n, "row2.slot1.by", "ink"},                     \
        {n, "row2.slot1.by2", "ink"}, {n, "prn1.slot1.at", "0910"}, {n, "prn1.slot1.value", "400"},                    \
        {n, "gap1.order", "01"}, {n, "gap1.at", "0415"}, {n, "gap1.value", "1"},                                       \
        {n, "row1.verify.continue", "ticked"}, {n, "row2.verify.changed", "11"}, {n, "verify.at", "0830"},             \
        {n, "new1.drug", "ink"}, {n, "new1.value", "10"}, {n, "new1.at", "0845"}, {n, "once1.drug", "ink"},            \
    {                                                                                                                  \
        n, "allergy.same", "ticked"                                                                                    \
    }
    MERGE_FAULTS_SHEET(0), MERGE_FAULTS_SHEET(1), {2, "row1.slot2.status", "ticked"}, {0, NULL, NULL}};
#undef MERGE_FAULTS_SHEET

/* A ward keyed by two people (and merged, for undo), and its end without any fault.  "mar", "mar-undo": with medication
** sheets. */
static inline void merge_faults_make(struct merge_faults *m, const char *what)
{
    struct faultvfs_result r;
    memset(m, 0, sizeof *m);
    m->what = what;
    bool mar = strncmp(what, "mar", 3) == 0;
    m->act = strstr(what, "undo")          ? act_undo
             : strcmp(what, "void") == 0   ? act_void
             : strcmp(what, "decide") == 0 ? act_decide
                                           : act_merge;
    ward_make_mar(&m->w, "faults", 3, mar ? merge_faults_mar : NULL);
    ward_open(&m->w);
    ward_key(&m->w, "an", NULL, NULL, false);
    ward_key(&m->w, "bo", NULL, NULL, false);
    if (m->act == act_undo && ward_merge(&m->w, false, NULL) != REPLI_OK)
        abort();
    if (m->act == act_decide) { /* the record has another value at the minute of the first one on paper */
        ward_live_value(&m->w, "other", "9279-1", "30", WARD_WINDOW_UTC + 4 * 3600 + 7 * 60);
        if (ward_merge(&m->w, false, NULL) != REPLI_WAITS)
            abort();
    }
    ward_close(&m->w);
    ward_save(&m->w);
    if (!faultvfs_run(FAULTVFS_KILL, 0, m->act, &m->w, &r) || r.rc != 0)
        abort();
    merge_faults_look(&m->w, m->record, m->ledger);
}

static inline int64_t merge_faults_ops(struct merge_faults *m, enum faultvfs_mode mode)
{
    struct faultvfs_result r;
    ward_restore(&m->w);
    if (!faultvfs_run(mode, 0, m->act, &m->w, &r) || r.rc != 0)
        abort();
    return r.ops;
}

/* Rows of the tables that paper writes: table/key. */
#define MERGE_FAULTS_ROWS                                                                                              \
    "SELECT 'observation/'||observation_id AS t FROM observation WHERE from_paper=1 UNION ALL "                        \
    "SELECT 'medication_administration/'||administration_id FROM medication_administration WHERE from_paper=1 "        \
    "UNION ALL SELECT 'order_decision/'||decision_id FROM order_decision UNION ALL "                                   \
    "SELECT 'order_proposal/'||proposal_id FROM order_proposal UNION ALL "                                             \
    "SELECT 'allergy_check/'||check_id FROM allergy_check UNION ALL SELECT 'document/'||document_id FROM document"

/* All or nothing a sheet: its rows, entries and merge row stand or fall together. */
static inline bool merge_faults_whole(struct ward *w)
{
    ward_open(w);
    int64_t odd = ward_count(w, true,
                             "SELECT count(*) FROM merge m WHERE entries<>(SELECT count(*) FROM paper_entry e WHERE "
                             "e.merge_id=m.merge_id)");
    int64_t gone = ward_count(w, true,
                              "SELECT count(*) FROM paper_entry WHERE effect='inserted' AND merge_id NOT IN (SELECT "
                              "merge_id FROM merge_undo) AND target NOT IN (" MERGE_FAULTS_ROWS ")");
    int64_t loose = ward_count(w, true,
                               "SELECT count(*) FROM (" MERGE_FAULTS_ROWS ") WHERE t NOT IN (SELECT target FROM "
                               "paper_entry WHERE target IS NOT NULL AND merge_id NOT IN (SELECT merge_id FROM "
                               "merge_undo))");
    struct repli_arena a = {0};
    bool sound = strcmp(ward_text(w, true, "PRAGMA integrity_check", &a), "ok") == 0 &&
                 strcmp(ward_text(w, false, "PRAGMA integrity_check", &a), "ok") == 0;
    repli_arena_done(&a);
    ward_close(w);
    return odd == 0 && gone == 0 && loose == 0 && sound;
}

/* One point; after it a rerun without faults.  `second` > 0: the rerun is killed there and run once more. */
static inline bool merge_faults_point(struct merge_faults *m, enum faultvfs_mode mode, int64_t at, int64_t second)
{
    struct faultvfs_result r, again;
    char record[65], ledger[65];
    ward_restore(&m->w);
    m->points++;
    bool ok = faultvfs_run(mode, at, m->act, &m->w, &r) && r.rc >= 0;
    m->fired += ok && r.fired;
    ok = ok && merge_faults_whole(&m->w);
    if (ok && second > 0)
        ok = faultvfs_run(FAULTVFS_KILL, second, m->act, &m->w, &again) && again.rc >= 0 && merge_faults_whole(&m->w);
    ok = ok && faultvfs_run(FAULTVFS_KILL, 0, m->act, &m->w, &again) && again.rc == 0;
    if (ok) {
        merge_faults_look(&m->w, record, ledger);
        ok = strcmp(record, m->record) == 0 && strcmp(ledger, m->ledger) == 0;
    }
    if (!ok) {
        m->bad++;
        fprintf(stderr, "%s: %s at operation %lld%s: exit %d, rerun differs or is not whole\n", m->what,
                faultvfs_text(mode), (long long)at, second > 0 ? ", killed again" : "", r.rc);
    }
    return ok;
}

#endif
