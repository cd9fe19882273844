/* Who was given which task, and settled fields that are keyed once more to measure people and record. */
#include "repli/ledger_quality.h"

#include <string.h>

#include "store/db.h"
#include "store/review_rows.h"

/* ---- leases */

enum repli_status repli_ledger_leases(struct repli_ledger *l, uint64_t serial, const char *field, int64_t now_utc,
                                      struct repli_arena *a, struct repli_lease **rows, size_t *count,
                                      struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_lease *out = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s =
        repli_rows_prepare(l,
                           "SELECT field, need, person, revision, taken_utc, until_utc FROM lease WHERE serial=? AND "
                           "(?2 IS NULL OR field=?2) AND ended_utc IS NULL AND until_utc>?3 ORDER BY lease_id",
                           serial, &st, err);
    if (s == REPLI_OK) {
        repli_bind_text(st, 2, field);
        repli_bind_int(st, 3, now_utc);
    }
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_lease){.field = repli_col_dup(a, st, 0),
                                      .need = repli_col_dup(a, st, 1),
                                      .person = repli_col_dup(a, st, 2),
                                      .revision = sqlite3_column_int(st, 3),
                                      .taken_utc = sqlite3_column_int64(st, 4),
                                      .until_utc = sqlite3_column_int64(st, 5)};
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_lease_take(struct repli_ledger *l, uint64_t serial, const struct repli_lease *lease,
                                          struct repli_err *err)
{
    static const char *const sql[] = {
        "UPDATE lease SET until_utc=?7 WHERE serial=?1 AND field=?2 AND revision=?3 AND need=?4 AND person=?5 AND "
        "ended_utc IS NULL AND until_utc>?6",
        "INSERT INTO lease(serial, field, revision, need, person, taken_utc, until_utc) VALUES(?1,?2,?3,?4,?5,?6,?7)"};
    enum repli_status s = REPLI_OK;
    for (int i = 0; s == REPLI_OK && i < 2; i++) {
        REPLI_STMT st = NULL;
        s = repli_rows_prepare(l, sql[i], serial, &st, err);
        if (s != REPLI_OK)
            return s;
        repli_bind_text(st, 2, lease->field);
        repli_bind_int(st, 3, lease->revision);
        repli_bind_text(st, 4, lease->need);
        repli_bind_text(st, 5, lease->person);
        repli_bind_int(st, 6, lease->taken_utc);
        repli_bind_int(st, 7, lease->until_utc);
        s = repli_db_run(&l->db, st, err);
        if (repli_db_changes(&l->db) > 0)
            break;
    }
    return s;
}

enum repli_status repli_ledger_lease_end(struct repli_ledger *l, uint64_t serial, const char *field, const char *person,
                                         int64_t now_utc, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        l, "UPDATE lease SET ended_utc=?4 WHERE serial=?1 AND field=?2 AND person=?3 AND ended_utc IS NULL", serial,
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 2, field);
    repli_bind_text(st, 3, person);
    repli_bind_int(st, 4, now_utc);
    return repli_db_run(&l->db, st, err);
}

/* ---- blind answers */

enum repli_status repli_ledger_known(struct repli_ledger *l, const char *person, bool merged, int64_t limit,
                                     struct repli_arena *a, struct repli_known **rows, size_t *count,
                                     struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_known *out = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT s.serial, s.field, s.revision FROM settled s JOIN sheet USING(serial) "
        "WHERE s.answer IN('value','blank') AND s.by1 IS NOT NULL AND (?2 OR s.by2<>s.by1) "
        "AND (CASE WHEN ?2 THEN EXISTS(SELECT 1 FROM intent i WHERE i.serial=s.serial AND i.done_utc IS NOT NULL) "
        "AND EXISTS(SELECT 1 FROM task t WHERE t.serial=s.serial AND t.field=s.field AND t.tier=1) "
        "AND sheet.state IN('reviewed','merged','read') ELSE sheet.state IN('read','reviewed','merged') END) "
        "AND s.revision=coalesce((SELECT max(revision) FROM reopened r WHERE r.serial=s.serial AND r.field=s.field), "
        "1) "
        "AND NOT EXISTS(SELECT 1 FROM entry e WHERE e.serial=s.serial AND e.field=s.field AND e.person=?1) "
        "AND NOT EXISTS(SELECT 1 FROM blind b WHERE b.serial=s.serial AND b.field=s.field AND b.person=?1) "
        "ORDER BY random() LIMIT ?3",
        &st, err);
    if (s == REPLI_OK) {
        repli_bind_text(st, 1, person);
        repli_bind_int(st, 2, merged);
        repli_bind_int(st, 3, limit);
    }
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_known){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                                      .field = repli_col_dup(a, st, 1),
                                      .revision = sqlite3_column_int(st, 2)};
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_blind_give(struct repli_ledger *l, const struct repli_blind *b, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        l, "INSERT INTO blind(serial, field, revision, person, purpose, need, given_utc) VALUES(?,?,?,?,?,?,?)",
        b->serial, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 2, b->field);
    repli_bind_int(st, 3, b->revision);
    repli_bind_text(st, 4, b->person);
    repli_bind_text(st, 5, b->purpose);
    repli_bind_text(st, 6, b->need);
    repli_bind_int(st, 7, b->given_utc);
    return repli_db_run(&l->db, st, err);
}

#define BLIND_COLUMNS                                                                                                  \
    "b.serial, b.field, b.revision, b.person, b.purpose, b.need, b.given_utc, b.answer, b.value, s.answer, s.value, "  \
    "s.by1, s.by2, sheet.sheet FROM blind b JOIN settled s USING(serial, field, revision) JOIN sheet USING(serial) "

static struct repli_blind blind_row(sqlite3_stmt *st, struct repli_arena *a)
{
    return (struct repli_blind){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                                .field = repli_col_dup(a, st, 1),
                                .revision = sqlite3_column_int(st, 2),
                                .person = repli_col_dup(a, st, 3),
                                .purpose = repli_col_dup(a, st, 4),
                                .need = repli_col_dup(a, st, 5),
                                .given_utc = sqlite3_column_int64(st, 6),
                                .answer = repli_col_dup(a, st, 7),
                                .value = repli_col_dup(a, st, 8),
                                .held_answer = repli_col_dup(a, st, 9),
                                .held_value = repli_col_dup(a, st, 10),
                                .by1 = repli_col_dup(a, st, 11),
                                .by2 = repli_col_dup(a, st, 12),
                                .sheet = repli_col_dup(a, st, 13)};
}

enum repli_status repli_ledger_blind_get(struct repli_ledger *l, uint64_t serial, const char *field, int revision,
                                         const char *person, struct repli_arena *a, struct repli_blind **blind,
                                         struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_rows_prepare(
        l, "SELECT " BLIND_COLUMNS "WHERE b.serial=? AND b.field=? AND b.revision=? AND b.person=?", serial, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 2, field);
    repli_bind_int(st, 3, revision);
    repli_bind_text(st, 4, person);
    s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    *blind = row ? repli_arena_alloc(a, sizeof **blind) : NULL;
    if (row)
        **blind = blind_row(st, a);
    return REPLI_OK;
}

enum repli_status repli_ledger_blind_answer(struct repli_ledger *l, const struct repli_blind *b, int64_t now_utc,
                                            struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        l,
        "UPDATE blind SET answer=?5, value=?6, answered_utc=?7 WHERE serial=?1 AND field=?2 AND revision=?3 AND "
        "person=?4",
        b->serial, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 2, b->field);
    repli_bind_int(st, 3, b->revision);
    repli_bind_text(st, 4, b->person);
    repli_bind_text(st, 5, b->answer);
    repli_bind_text(st, 6, b->value);
    repli_bind_int(st, 7, now_utc);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_ledger_blinds(struct repli_ledger *l, const char *purpose, const char *person,
                                      struct repli_arena *a, struct repli_blind **rows, size_t *count,
                                      struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_blind *out = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "SELECT " BLIND_COLUMNS "WHERE b.purpose=?1 AND (?2 IS NULL OR b.person=?2) "
                                           "ORDER BY b.serial, b.field, b.revision, b.person",
                                           &st, err);
    if (s == REPLI_OK) {
        repli_bind_text(st, 1, purpose);
        repli_bind_text(st, 2, person);
    }
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = blind_row(st, a);
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}
