/* The link of two files by people here, taking it back, and sheets that are about somebody else. */
#include <string.h>

#include "repli/record_identity.h"
#include "repli/text.h"
#include "store/record_family.h"
#include "store/record_internal.h"
#include "store/review_rows.h"

#define SAID_BY "repli:identity" /* no FHIR id can be so called */

enum repli_status repli_record_identity_begin(struct repli_record *r, struct repli_err *err)
{
    return repli_db_begin(&r->db, err);
}

enum repli_status repli_record_identity_end(struct repli_record *r, enum repli_status status, struct repli_err *err)
{
    if (status == REPLI_OK)
        status = repli_db_commit(&r->db, err);
    if (status != REPLI_OK)
        repli_db_rollback(&r->db);
    return status;
}

/* First column as text; *text NULL: no row, or NULL.  One or two texts are bound. */
static enum repli_status one_text(struct repli_record *r, const char *sql, const char *x, const char *y,
                                  struct repli_arena *a, const char **text, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&r->db, sql, &st, err);
    *text = NULL;
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, x);
    if (y)
        repli_bind_text(st, 2, y);
    s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK && row)
        *text = repli_col_dup(a, st, 0);
    return s;
}

static enum repli_status run_texts(struct repli_record *r, const char *sql, const char *x, const char *y,
                                   struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&r->db, sql, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, x);
    if (y)
        repli_bind_text(st, 2, y);
    return repli_db_run(&r->db, st, err);
}

/* patient.replaced_by is what the links say. */
static enum repli_status settle(struct repli_record *r, const char *number, struct repli_err *err)
{
    return run_texts(r,
                     "UPDATE patient SET replaced_by=(SELECT min(survivor) FROM patient_link WHERE retired=?1), "
                     "row_version=row_version+1 WHERE patient_id=?1 AND replaced_by IS NOT (SELECT min(survivor) FROM "
                     "patient_link WHERE retired=?1)",
                     number, NULL, err);
}

enum repli_status repli_record_identity_link(struct repli_record *r, const char *number, const char *patient_id,
                                             struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    const char *linked = NULL, *circle = NULL;
    enum repli_status s =
        one_text(r, "SELECT min(survivor) FROM patient_link WHERE retired=?1", number, NULL, &a, &linked, err);
    if (s == REPLI_OK && linked)
        return repli_fail(err, REPLI_DATA, "%s is joined to Patient/%s already", number, linked);
    if (s == REPLI_OK)
        s = one_text(r,
                     "WITH RECURSIVE up(member) AS (SELECT ?2 UNION SELECT l.survivor FROM up JOIN patient_link l ON "
                     "l.retired=up.member) SELECT member FROM up WHERE member=?1",
                     number, patient_id, &a, &circle, err);
    if (s == REPLI_OK && circle)
        return repli_fail(err, REPLI_DATA, "%s cannot be Patient/%s, who is joined to %s: that would be a circle",
                          number, patient_id, number);
    if (s == REPLI_OK)
        s = run_texts(r, "INSERT INTO patient_link(retired, survivor, said_by) VALUES(?1, ?2, '" SAID_BY "')", number,
                      patient_id, err);
    return s == REPLI_OK ? settle(r, number, err) : s;
}

enum repli_status repli_record_identity_unlink(struct repli_record *r, const char *number, struct repli_err *err)
{
    enum repli_status s =
        run_texts(r, "DELETE FROM patient_link WHERE retired=?1 AND said_by='" SAID_BY "'", number, NULL, err);
    return s == REPLI_OK ? settle(r, number, err) : s;
}

enum repli_status repli_record_identity_within(struct repli_record *r, const char *number, const char *patient_id,
                                               bool *within, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    const char *hit = NULL;
    *within = false;
    if (!patient_id)
        return REPLI_OK;
    enum repli_status s = one_text(r, "SELECT 1 WHERE ?2 IN " RECORD_FAMILY("?1"), number, patient_id, &a, &hit, err);
    *within = hit != NULL;
    return s;
}

/* ---- what stands on two files being one */

/* Entries of merges since ?1 that name a row of another origin, with whose that row is; and stays of which paper ended
** a place: the movement's row is its own paper, the stay may be the other file's. */
static void found_sql(struct repli_buf *sql)
{
    static const struct {
        const char *table, *key;
    } tables[] = {{"observation", "observation_id"},
                  {"medication_administration", "administration_id"},
                  {"medication_request", "request_id"},
                  {"order_decision", "decision_id"},
                  {"order_proposal", "proposal_id"},
                  {"allergy_check", "check_id"},
                  {"allergy", "allergy_id"},
                  {"fluid", "fluid_id"},
                  {"infusion", "infusion_id"},
                  {"movement", "movement_id"},
                  {"encounter", "encounter_id"}};
    repli_buf_puts(sql, "WITH since AS (SELECT m.merge_id, m.sheet, m.serial FROM merge m WHERE m.merged_utc>=?1 AND "
                        "NOT EXISTS(SELECT 1 FROM merge_undo u WHERE u.merge_id=m.merge_id)) ");
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        repli_buf_printf(
            sql,
            "%sSELECT p.merge_id, s.sheet, p.capture, x.patient_id, s.serial, NULL FROM since s JOIN paper_entry p "
            "USING(merge_id) JOIN %s x ON p.target='%s/'||x.%s",
            i ? " UNION " : "", tables[i].table, tables[i].table, tables[i].key);
    repli_buf_puts(
        sql, " UNION SELECT s.merge_id, s.sheet, v.movement_id, e.patient_id, s.serial, v.patient_id FROM since s JOIN "
             "movement v ON v.movement_id LIKE 'paper:'||s.sheet||':%' JOIN encounter_location el ON "
             "el.end_utc=v.event_utc JOIN encounter e USING(encounter_id) WHERE v.event IN('moved','left') "
             "AND e.patient_id<>v.patient_id AND " RECORD_TODAY("e.patient_id") "=" RECORD_TODAY(
                 "v.patient_id") " ORDER BY 1, 3, 4");
}

enum repli_status repli_record_identity_found(struct repli_record *r, int64_t since_utc, struct repli_arena *a,
                                              struct repli_identity_crossing **list, size_t *count,
                                              struct repli_err *err)
{
    struct repli_buf sql = {0};
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_identity_crossing *all = NULL;
    size_t n = 0, cap = 0;
    found_sql(&sql);
    enum repli_status s = repli_db_prepare(&r->db, sql.data, &st, err);
    repli_buf_done(&sql);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, since_utc);
    while ((s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_room(a, all, n, &cap, sizeof *all);
        all[n++] = (struct repli_identity_crossing){.merge_id = repli_col_dup(a, st, 0),
                                                    .sheet = repli_col_dup(a, st, 1),
                                                    .field = repli_col_dup(a, st, 2),
                                                    .owner = repli_col_dup(a, st, 3),
                                                    .about = repli_col_dup(a, st, 5),
                                                    .serial = (uint64_t)sqlite3_column_int64(st, 4)};
    }
    *list = all;
    *count = n;
    return s;
}

/* ---- sheets */

static enum repli_status by_sheet(struct repli_record *r, const char *sql, uint64_t serial, const uint8_t mac[8],
                                  sqlite3_stmt **st, bool *row, struct repli_err *err)
{
    enum repli_status s = repli_db_prepare(&r->db, sql, st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(*st, 1, (int64_t)serial);
    repli_bind_blob(*st, 2, mac, 8);
    return repli_db_step(&r->db, *st, row, err);
}

enum repli_status repli_record_sheet_owner(struct repli_record *r, uint64_t serial, const uint8_t mac[8],
                                           struct repli_arena *a, const char **owner, int *moves, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        by_sheet(r, "SELECT owner, seq FROM identity_sheet WHERE serial=? AND mac=? ORDER BY seq DESC LIMIT 1", serial,
                 mac, &st, &row, err);
    *owner = s == REPLI_OK && row ? repli_col_dup(a, st, 0) : NULL;
    *moves = s == REPLI_OK && row ? sqlite3_column_int(st, 1) : 0;
    return s;
}

enum repli_status repli_record_sheet_move(struct repli_record *r, const struct repli_identity_move *m,
                                          struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &r->db,
        "INSERT INTO identity_sheet(serial, mac, seq, sheet, number, owner, reason, person, second, at_utc) SELECT "
        "?1, ?2, coalesce(max(seq), 0)+1, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM identity_sheet WHERE serial=?1 AND mac=?2",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)m->serial);
    repli_bind_blob(st, 2, m->mac, 8);
    repli_bind_text(st, 3, m->sheet);
    repli_bind_text(st, 4, m->number);
    repli_bind_text(st, 5, m->owner);
    repli_bind_text(st, 6, m->reason);
    repli_bind_text(st, 7, m->person);
    repli_bind_text(st, 8, m->second);
    repli_bind_int(st, 9, m->at_utc);
    return repli_db_run(&r->db, st, err);
}

enum repli_status repli_record_sheet_merges(struct repli_record *r, uint64_t serial, const uint8_t mac[8],
                                            struct repli_arena *a, const char **merges, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = by_sheet(r,
                                   "SELECT group_concat(merge_id, ' ') FROM (SELECT merge_id FROM merge m WHERE "
                                   "serial=? AND mac=? AND NOT EXISTS(SELECT 1 FROM merge_undo u WHERE "
                                   "u.merge_id=m.merge_id) ORDER BY m.rowid DESC)",
                                   serial, mac, &st, &row, err);
    *merges = s == REPLI_OK && row ? repli_col_dup(a, st, 0) : NULL;
    return s;
}
