/* Call-backs, initials, and what each person did. */
#include "repli/ledger_quality.h"

#include <string.h>

#include "store/db.h"
#include "store/review_rows.h"

/* ---- call-backs */

#define CALLED_BACK                                                                                                    \
    " FROM settled s INDEXED BY settled_illegible CROSS JOIN sheet USING(serial) WHERE s.answer='illegible' "          \
    "AND sheet.state IN('read','reviewed') "                                                                           \
    "AND s.revision=coalesce((SELECT max(revision) FROM reopened r WHERE r.serial=s.serial AND r.field=s.field), 1) "  \
    "AND NOT EXISTS(SELECT 1 FROM entry e WHERE e.serial=s.serial AND e.field=s.field AND e.revision=s.revision AND "  \
    "e.need='callback')"

enum repli_status repli_ledger_callbacks(struct repli_ledger *l, int64_t *count, struct repli_err *err)
{
    return repli_db_int(&l->db, "SELECT count(*)" CALLED_BACK, 0, count, err);
}

enum repli_status repli_ledger_serials_callback(struct repli_ledger *l, struct repli_arena *a, uint64_t **serials,
                                                size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    uint64_t *out = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT DISTINCT s.serial" CALLED_BACK " ORDER BY 1", &st, err);
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (uint64_t)sqlite3_column_int64(st, 0);
    }
    if (s == REPLI_OK) {
        *serials = out;
        *count = n;
    }
    return s;
}

/* ---- initials */

enum repli_status repli_ledger_signers(struct repli_ledger *l, uint64_t serial, struct repli_arena *a,
                                       struct repli_signer **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_signer *out = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = repli_rows_prepare(l,
                                             "SELECT initials, name, person FROM signer JOIN sheet USING(pack_id, "
                                             "subject) WHERE serial=? ORDER BY initials",
                                             serial, &st, err);
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_signer){
            .initials = repli_col_dup(a, st, 0), .name = repli_col_dup(a, st, 1), .person = repli_col_dup(a, st, 2)};
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_signer_put(struct repli_ledger *l, uint64_t serial, const struct repli_signer *row,
                                          int64_t now_utc, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        l,
        "INSERT INTO signer(pack_id, subject, initials, name, person, said_utc) SELECT pack_id, subject, ?2, ?3, ?4, "
        "?5 FROM sheet WHERE serial=?1 ON CONFLICT DO UPDATE SET name=excluded.name, person=excluded.person, "
        "said_utc=excluded.said_utc WHERE name<>excluded.name",
        serial, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 2, row->initials);
    repli_bind_text(st, 3, row->name);
    repli_bind_text(st, 4, row->person);
    repli_bind_int(st, 5, now_utc);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_ledger_initialled(struct repli_ledger *l, uint64_t serial, struct repli_arena *a,
                                          struct repli_initialled **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_initialled *out = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = repli_rows_prepare(
        l,
        "SELECT i.field, i.initials, g.name, i.person FROM initialled i JOIN sheet USING(serial) LEFT JOIN signer g "
        "ON g.pack_id=sheet.pack_id AND g.subject=sheet.subject AND g.initials=i.initials WHERE i.serial=? "
        "ORDER BY i.field",
        serial, &st, err);
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_initialled){.field = repli_col_dup(a, st, 0),
                                           .initials = repli_col_dup(a, st, 1),
                                           .name = repli_col_dup(a, st, 2),
                                           .person = repli_col_dup(a, st, 3)};
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_initialled_put(struct repli_ledger *l, uint64_t serial,
                                              const struct repli_initialled *row, int64_t now_utc,
                                              struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        l,
        "INSERT INTO initialled(serial, field, initials, person, said_utc) VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET "
        "initials=excluded.initials, person=excluded.person, said_utc=excluded.said_utc WHERE "
        "initials<>excluded.initials",
        serial, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 2, row->field);
    repli_bind_text(st, 3, row->initials);
    repli_bind_text(st, 4, row->person);
    repli_bind_int(st, 5, now_utc);
    return repli_db_run(&l->db, st, err);
}

/* ---- what each person did */

/* Minutes at work: the time from taking a task until its answer; tasks of one batch run beside each other and count
** once. */
static enum repli_status busy(struct repli_ledger *l, struct repli_operator *o, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    int64_t until = INT64_MIN;
    enum repli_status s = repli_db_prepare(
        &l->db, "SELECT taken_utc, ended_utc FROM lease WHERE person=? AND ended_utc IS NOT NULL ORDER BY 1, 2", &st,
        err);
    if (s == REPLI_OK)
        repli_bind_text(st, 1, o->person);
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row;) {
        int64_t from = sqlite3_column_int64(st, 0), to = sqlite3_column_int64(st, 1);
        from = from > until ? from : until;
        o->busy_s += to > from ? to - from : 0;
        until = to > until ? to : until;
        o->leased++;
    }
    return s;
}

enum repli_status repli_ledger_operators(struct repli_ledger *l, struct repli_arena *a, struct repli_operator **rows,
                                         size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_operator *out = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT p.person_id, p.name, p.role, "
        "(SELECT count(*) FROM entry e WHERE e.person=p.person_id) AS fields, "
        "(SELECT count(*) FROM entry e WHERE e.person=p.person_id AND e.answer='illegible'), "
        "(SELECT count(*) FROM entry e WHERE e.person=p.person_id AND e.sure IS NOT NULL), "
        "(SELECT count(*) FROM entry e JOIN entry f USING(serial, field, revision) WHERE e.person=p.person_id AND "
        "(e.need, f.need) IN (VALUES('key1','key2'), ('key2','key1'))), "
        "(SELECT count(*) FROM entry e JOIN entry f USING(serial, field, revision) WHERE e.person=p.person_id AND "
        "(e.need, f.need) IN (VALUES('key1','key2'), ('key2','key1')) AND e.answer=f.answer AND e.value IS f.value), "
        "(SELECT count(*) FROM blind b WHERE b.person=p.person_id AND b.purpose='known') AS given "
        "FROM person p WHERE fields>0 OR given>0 ORDER BY 1",
        &st, err);
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_operator){.person = repli_col_dup(a, st, 0),
                                         .name = repli_col_dup(a, st, 1),
                                         .role = repli_col_dup(a, st, 2),
                                         .fields = sqlite3_column_int64(st, 3),
                                         .illegible = sqlite3_column_int64(st, 4),
                                         .sure = sqlite3_column_int64(st, 5),
                                         .pairs = sqlite3_column_int64(st, 6),
                                         .agreed = sqlite3_column_int64(st, 7),
                                         .given = sqlite3_column_int64(st, 8)};
    }
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        s = busy(l, &out[i], err);
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_operator_load(struct repli_ledger *l, const char *person, int64_t *fields,
                                             int64_t *given, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "SELECT (SELECT count(*) FROM entry WHERE person=?1), (SELECT count(*) FROM "
                                           "blind WHERE person=?1 AND purpose='known')",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, person);
    s = repli_db_step(&l->db, st, &row, err);
    if (s == REPLI_OK) {
        *fields = sqlite3_column_int64(st, 0);
        *given = sqlite3_column_int64(st, 1);
    }
    return s;
}
