/* Merge tables of the ledger (holds, intents) and the counts behind `repli status`. */
#include "repli/ledger_review.h"

#include <stdio.h>
#include <string.h>

#include "repli/id.h"
#include "repli/ledger_decide.h"
#include "store/db.h"
#include "store/review_rows.h"

enum repli_status repli_ledger_holds(struct repli_ledger *ledger, uint64_t serial, struct repli_arena *a,
                                     struct repli_hold **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        ledger,
        "SELECT capture, kind, detail, revision, since_utc, decided, decided_by FROM hold WHERE serial=? "
        "ORDER BY capture, revision, kind",
        serial, &st, err);
    struct repli_hold *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_hold){
            .capture = repli_col_dup(a, st, 0),
            .kind = repli_col_dup(a, st, 1),
            .detail = repli_col_dup(a, st, 2),
            .revision = sqlite3_column_int(st, 3),
            .since_utc = sqlite3_column_int64(st, 4),
            .decided = repli_col_dup(a, st, 5),
            .decided_by = repli_col_dup(a, st, 6),
        };
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

static bool same_hold(const struct repli_hold *x, const struct repli_hold *y)
{
    return x->revision == y->revision && strcmp(x->capture, y->capture) == 0 && strcmp(x->kind, y->kind) == 0;
}

static enum repli_status holds_write(struct repli_ledger *ledger, uint64_t serial, const struct repli_hold *rows,
                                     size_t count, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_hold *old = NULL;
    size_t nold = 0;
    enum repli_status s = repli_ledger_holds(ledger, serial, &a, &old, &nold, err);
    REPLI_STMT drop = NULL;
    REPLI_STMT put = NULL;
    if (s == REPLI_OK)
        s = repli_rows_prepare(ledger, "DELETE FROM hold WHERE serial=? AND capture=? AND revision=? AND kind=?",
                               serial, &drop, err);
    if (s == REPLI_OK)
        s = repli_rows_prepare(
            ledger,
            "INSERT INTO hold(serial, capture, revision, kind, detail, since_utc) VALUES(?,?,?,?,?,?) "
            "ON CONFLICT(serial, capture, revision, kind) DO UPDATE SET detail=excluded.detail, "
            "decided=NULL, decided_by=NULL, decided_utc=NULL WHERE detail IS NOT excluded.detail",
            serial, &put, err);
    for (size_t i = 0; s == REPLI_OK && i < nold; i++) {
        bool stays = old[i].decided != NULL; /* who decided what is kept, whatever came of it */
        for (size_t k = 0; !stays && k < count; k++)
            stays = same_hold(&old[i], &rows[k]);
        if (stays)
            continue;
        repli_bind_text(drop, 2, old[i].capture);
        repli_bind_int(drop, 3, old[i].revision);
        repli_bind_text(drop, 4, old[i].kind);
        s = repli_db_run(&ledger->db, drop, err);
    }
    for (size_t k = 0; s == REPLI_OK && k < count; k++) {
        repli_bind_text(put, 2, rows[k].capture);
        repli_bind_int(put, 3, rows[k].revision);
        repli_bind_text(put, 4, rows[k].kind);
        repli_bind_text(put, 5, rows[k].detail);
        repli_bind_int(put, 6, rows[k].since_utc);
        s = repli_db_run(&ledger->db, put, err);
    }
    return s;
}

enum repli_status repli_ledger_holds_put(struct repli_ledger *ledger, uint64_t serial, const struct repli_hold *rows,
                                         size_t count, struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_db_enter(&ledger->db, &own, err);
    if (s == REPLI_OK)
        s = repli_db_leave(&ledger->db, own, holds_write(ledger, serial, rows, count, err), err);
    return s;
}

/* The id of an intent that never reached the record, or NULL in `*found`. */
static enum repli_status intent_left(struct repli_ledger *ledger, uint64_t serial, char merge_id[24], bool *found,
                                     struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        ledger, "SELECT min(merge_id) FROM intent WHERE serial=? AND done_utc IS NULL", serial, &st, err);
    bool row = false;
    if (s == REPLI_OK)
        s = repli_db_step(&ledger->db, st, &row, err);
    *found = s == REPLI_OK && row && sqlite3_column_type(st, 0) == SQLITE_TEXT;
    if (*found)
        (void)snprintf(merge_id, 24, "%s", (const char *)sqlite3_column_text(st, 0));
    return s;
}

/* The next number of this station's merges; the counter's row is made when it is missing. */
static enum repli_status next_merge(struct repli_ledger *ledger, int64_t *number, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_int(&ledger->db, "SELECT next FROM counter WHERE name='merge'", 1, number, err);
    if (s == REPLI_OK)
        s = repli_db_prepare(&ledger->db,
                             "INSERT INTO counter(name, next) VALUES('merge', ?1) ON CONFLICT(name) DO UPDATE "
                             "SET next=excluded.next",
                             &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, *number + 1);
    return repli_db_run(&ledger->db, st, err);
}

static enum repli_status intent_write(struct repli_ledger *ledger, uint64_t serial, unsigned station,
                                      const char *person, int64_t now_utc, char merge_id[24], struct repli_err *err)
{
    char id[24] = "";
    bool found = false;
    enum repli_status s = intent_left(ledger, serial, id, &found, err);
    int64_t number = 0;
    if (s == REPLI_OK && !found)
        s = next_merge(ledger, &number, err);
    if (s == REPLI_OK && !found)
        repli_id_format('M', station, number, id);
    REPLI_STMT st = NULL;
    if (s == REPLI_OK)
        s = repli_rows_prepare(
            ledger,
            "INSERT INTO intent(serial, merge_id, person, intent_utc) VALUES(?,?,?,?) ON CONFLICT(merge_id) "
            "DO UPDATE SET person=excluded.person, intent_utc=excluded.intent_utc",
            serial, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 2, id);
    repli_bind_text(st, 3, person);
    repli_bind_int(st, 4, now_utc);
    s = repli_db_run(&ledger->db, st, err);
    if (s == REPLI_OK)
        memcpy(merge_id, id, sizeof id);
    return s;
}

enum repli_status repli_ledger_intent_take(struct repli_ledger *ledger, uint64_t serial, unsigned station,
                                           const char *person, int64_t now_utc, char merge_id[24],
                                           struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_db_enter(&ledger->db, &own, err);
    if (s == REPLI_OK)
        s = repli_db_leave(&ledger->db, own, intent_write(ledger, serial, station, person, now_utc, merge_id, err),
                           err);
    return s;
}

enum repli_status repli_ledger_intent_done(struct repli_ledger *ledger, const char *merge_id, int64_t now_utc,
                                           struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&ledger->db, "UPDATE intent SET done_utc=? WHERE merge_id=? AND done_utc IS NULL", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, now_utc);
    repli_bind_text(st, 2, merge_id);
    return repli_db_run(&ledger->db, st, err);
}

enum repli_status repli_ledger_intent_reopen(struct repli_ledger *ledger, const char *merge_id, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&ledger->db, "UPDATE intent SET done_utc=NULL WHERE merge_id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, merge_id);
    s = repli_db_run(&ledger->db, st, err);
    if (s == REPLI_OK && sqlite3_changes(ledger->db.sql) == 0)
        return repli_fail(err, REPLI_DATA, "no merge '%s' in this ledger", merge_id);
    return s;
}

enum repli_status repli_ledger_intents(struct repli_ledger *ledger, bool only_open, struct repli_arena *a,
                                       struct repli_intent **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&ledger->db,
                         "SELECT merge_id, person, serial, intent_utc, done_utc IS NOT NULL FROM intent "
                         "WHERE ?1=0 OR done_utc IS NULL ORDER BY serial, intent_utc, length(merge_id), merge_id",
                         &st, err);
    if (s == REPLI_OK)
        repli_bind_int(st, 1, only_open);
    struct repli_intent *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_intent){
            .merge_id = repli_col_dup(a, st, 0),
            .person = repli_col_dup(a, st, 1),
            .serial = (uint64_t)sqlite3_column_int64(st, 2),
            .intent_utc = sqlite3_column_int64(st, 3),
            .done = sqlite3_column_int(st, 4) != 0,
        };
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_hold_decide(struct repli_ledger *ledger, uint64_t serial, const struct repli_hold *h,
                                           int64_t now_utc, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&ledger->db,
                         "UPDATE hold SET decided=?2, decided_by=?3, decided_utc=?4 WHERE serial=?1 "
                         "AND capture=?5 AND revision=?6 AND kind=?7 AND detail=?8 AND decided IS NULL",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    repli_bind_text(st, 2, h->decided);
    repli_bind_text(st, 3, h->decided_by);
    repli_bind_int(st, 4, now_utc);
    repli_bind_text(st, 5, h->capture);
    repli_bind_int(st, 6, h->revision);
    repli_bind_text(st, 7, h->kind);
    repli_bind_text(st, 8, h->detail);
    s = repli_db_run(&ledger->db, st, err);
    if (s == REPLI_OK && repli_db_changes(&ledger->db) != 1)
        return repli_fail(err, REPLI_DB, "the conflict about %s is not what it was: look again", h->capture);
    return s;
}

static enum repli_status serials_of(struct repli_ledger *ledger, sqlite3_stmt *st, struct repli_arena *a,
                                    uint64_t **serials, size_t *count, struct repli_err *err)
{
    uint64_t *out = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = REPLI_OK;
    for (bool row = true; (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (uint64_t)sqlite3_column_int64(st, 0);
    }
    if (s == REPLI_OK) {
        *serials = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_serials(struct repli_ledger *ledger, enum repli_life state, bool fresh,
                                       struct repli_arena *a, uint64_t **serials, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &ledger->db,
        "SELECT serial FROM sheet WHERE state=?1 AND (?2=0 OR NOT EXISTS(SELECT 1 FROM settled WHERE settled.serial="
        "sheet.serial) AND NOT EXISTS(SELECT 1 FROM task WHERE task.serial=sheet.serial)) ORDER BY serial",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, repli_life_text(state));
    repli_bind_int(st, 2, fresh);
    return serials_of(ledger, st, a, serials, count, err);
}

enum repli_status repli_ledger_serials_open(struct repli_ledger *ledger, struct repli_arena *a, uint64_t **serials,
                                            size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&ledger->db, "SELECT DISTINCT serial FROM task WHERE done=0 ORDER BY serial", &st, err);
    return s == REPLI_OK ? serials_of(ledger, st, a, serials, count, err) : s;
}

enum repli_status repli_ledger_serials_held(struct repli_ledger *ledger, struct repli_arena *a, uint64_t **serials,
                                            size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &ledger->db, "SELECT DISTINCT serial FROM hold WHERE decided IS NULL ORDER BY serial", &st, err);
    return s == REPLI_OK ? serials_of(ledger, st, a, serials, count, err) : s;
}
