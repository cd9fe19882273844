/* Undoing a merge: its changeset backwards, refused where anything it wrote was touched since.
**
** sqlite3changeset_invert() and _apply() would bring the old row_version back with the old values; a version only ever
** rises here (a trigger checks it), so that nobody takes a row that came and went for one that never moved.  So the
** changeset is read change by change: what was inserted is deleted, what was updated gets its old values and the next
** version, each only if every column still has what the merge left there.
*/
#include <string.h>

#include "repli/record_merge.h"
#include "store/db.h"
#include "store/record_patient_tables.h"

const char *const repli_patient_tables[] = {"patient",
                                            "patient_identifier",
                                            "patient_contact",
                                            "encounter",
                                            "encounter_location",
                                            "allergy",
                                            "condition",
                                            "medication_request",
                                            "medication_administration",
                                            "observation",
                                            "medication_statement",
                                            "procedure",
                                            "service_request",
                                            "appointment",
                                            "device",
                                            "device_use",
                                            "flag",
                                            "coverage",
                                            "order_decision",
                                            "order_proposal",
                                            "fluid",
                                            "infusion",
                                            "allergy_check",
                                            "movement",
                                            "registration",
                                            "document",
                                            NULL};

/* The changeset of a merge; *changes in the arena, NULL = it changed nothing. */
static enum repli_status load(struct repli_record *record, const char *merge_id, struct repli_arena *a, void **changes,
                              int *size, struct repli_err *err)
{
    const char *sheet = NULL, *undone_by = NULL;
    enum repli_status s = repli_record_merge_find(record, merge_id, a, &sheet, &undone_by, err);
    if (s == REPLI_OK && !sheet)
        return repli_fail(err, REPLI_DATA, "no merge '%s' in the record", merge_id);
    if (s == REPLI_OK && undone_by)
        return repli_fail(err, REPLI_DATA, "merge %s was undone by %s already", merge_id, undone_by);
    REPLI_STMT st = NULL;
    if (s == REPLI_OK)
        s = repli_db_prepare(&record->db, "SELECT changeset FROM merge WHERE merge_id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, merge_id);
    bool row = false;
    s = repli_db_step(&record->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    int n = row ? sqlite3_column_bytes(st, 0) : 0;
    *changes = NULL;
    *size = n;
    if (n > 0) {
        *changes = repli_arena_alloc(a, (size_t)n);
        memcpy(*changes, sqlite3_column_blob(st, 0), (size_t)n);
    }
    return REPLI_OK;
}

static bool known_table(const char *name)
{
    for (size_t i = 0; repli_patient_tables[i]; i++)
        if (strcmp(repli_patient_tables[i], name) == 0)
            return true;
    return false;
}

/* One row of a changeset, and where its table keeps what we compare. */
struct change {
    const char *table;
    int columns, op;
    unsigned char *pk;
    sqlite3_stmt *names; /* SELECT * of the table: column names in the order of the changeset */
};

/* The value after the merge: of an UPDATE only what changed is new, the rest (keys too) is in the old row. */
static sqlite3_value *after(sqlite3_changeset_iter *it, const struct change *c, int i)
{
    sqlite3_value *v = NULL;
    if (c->op != SQLITE_DELETE)
        (void)sqlite3changeset_new(it, i, &v);
    if (!v && c->op != SQLITE_INSERT)
        (void)sqlite3changeset_old(it, i, &v);
    return v;
}

/* "SELECT row_version FROM t WHERE k1=? AND ...": names come from our own schema. */
static char *version_sql(struct repli_arena *a, const struct change *c)
{
    char *sql = repli_arena_printf(a, "SELECT row_version FROM %s WHERE ", c->table);
    const char *and = "";
    for (int i = 0; i < c->columns; i++)
        if (c->pk[i]) {
            sql = repli_arena_printf(a, "%s%s%s=?", sql, and, sqlite3_column_name(c->names, i));
            and = " AND ";
        }
    return sql;
}

/* "observation 'paper:K7QD-M3XA-D:col3.rr:1'" */
static const char *row_name(struct repli_arena *a, sqlite3_changeset_iter *it, const struct change *c)
{
    const char *name = c->table;
    for (int i = 0; i < c->columns; i++) {
        sqlite3_value *v = c->pk[i] ? after(it, c, i) : NULL;
        const unsigned char *text = v ? sqlite3_value_text(v) : NULL;
        if (text)
            name = repli_arena_printf(a, "%s '%s'", name, (const char *)text);
    }
    return name;
}

static enum repli_status check_row(struct repli_record *record, struct repli_arena *a, sqlite3_changeset_iter *it,
                                   const struct change *c, const char *merge_id, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&record->db, version_sql(a, c), &st, err);
    if (s != REPLI_OK)
        return s;
    int64_t left = 0;
    for (int i = 0, p = 1; i < c->columns; i++) {
        sqlite3_value *v = after(it, c, i);
        if (c->pk[i])
            sqlite3_bind_value(st, p++, v);
        if (v && strcmp(sqlite3_column_name(c->names, i), "row_version") == 0)
            left = sqlite3_value_int64(v);
    }
    bool row = false;
    s = repli_db_step(&record->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    const char *name = row_name(a, it, c);
    if (!row)
        return repli_fail(err, REPLI_DATA, "merge %s cannot be undone: %s is no longer there; settle it by hand",
                          merge_id, name);
    int64_t now = sqlite3_column_int64(st, 0);
    if (now != left)
        return repli_fail(
            err, REPLI_DATA,
            "merge %s cannot be undone: %s was changed since (row version %lld, the merge left %lld); settle it "
            "by hand",
            merge_id, name, (long long)now, (long long)left);
    return REPLI_OK;
}

/* " AND "-joined "column IS ?" for the columns whose value after the merge is known; binds follow in the same order. */
static char *where_after(struct repli_arena *a, sqlite3_changeset_iter *it, const struct change *c)
{
    char *sql = repli_arena_strdup(a, "");
    for (int i = 0; i < c->columns; i++)
        if (after(it, c, i))
            sql = repli_arena_printf(a, "%s%s%s IS ?", sql, *sql ? " AND " : "", sqlite3_column_name(c->names, i));
    return sql;
}

/* What an UPDATE changed, set back; NULL values too. */
static char *set_before(struct repli_arena *a, sqlite3_changeset_iter *it, const struct change *c)
{
    char *sql = repli_arena_strdup(a, "row_version=row_version+1");
    for (int i = 0; i < c->columns; i++) {
        sqlite3_value *v = NULL;
        const char *name = sqlite3_column_name(c->names, i);
        (void)sqlite3changeset_new(it, i, &v);
        if (v && strcmp(name, "row_version") != 0)
            sql = repli_arena_printf(a, "%s, %s=?", sql, name);
    }
    return sql;
}

static void bind_back(sqlite3_stmt *st, sqlite3_changeset_iter *it, const struct change *c)
{
    int p = 1;
    for (int i = 0; c->op == SQLITE_UPDATE && i < c->columns; i++) {
        sqlite3_value *changed = NULL, *old = NULL;
        (void)sqlite3changeset_new(it, i, &changed);
        (void)sqlite3changeset_old(it, i, &old);
        if (changed && strcmp(sqlite3_column_name(c->names, i), "row_version") != 0)
            sqlite3_bind_value(st, p++, old);
    }
    for (int i = 0; i < c->columns; i++) {
        sqlite3_value *v = after(it, c, i);
        if (v)
            sqlite3_bind_value(st, p++, v);
    }
}

static enum repli_status take_back(struct repli_record *record, struct repli_arena *a, sqlite3_changeset_iter *it,
                                   const struct change *c, const char *merge_id, struct repli_err *err)
{
    if (c->op == SQLITE_DELETE)
        return repli_fail(err, REPLI_BUG, "merge %s deleted rows of %s, which no merge may", merge_id, c->table);
    char *where = where_after(a, it, c);
    char *sql = c->op == SQLITE_INSERT
                    ? repli_arena_printf(a, "DELETE FROM %s WHERE %s", c->table, where)
                    : repli_arena_printf(a, "UPDATE %s SET %s WHERE %s", c->table, set_before(a, it, c), where);
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&record->db, sql, &st, err);
    if (s != REPLI_OK)
        return s;
    bind_back(st, it, c);
    s = repli_db_run(&record->db, st, err);
    if (s == REPLI_OK && repli_db_changes(&record->db) != 1)
        return repli_fail(err, REPLI_DATA,
                          "merge %s cannot be undone: %s is not as the merge left it; settle it by hand", merge_id,
                          row_name(a, it, c));
    return s;
}

static enum repli_status undo_change(struct repli_record *record, sqlite3_changeset_iter *it, const char *merge_id,
                                     struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct change c = {0};
    int indirect = 0;
    if (sqlite3changeset_op(it, &c.table, &c.columns, &c.op, &indirect) != SQLITE_OK ||
        sqlite3changeset_pk(it, &c.pk, NULL) != SQLITE_OK || !known_table(c.table))
        return repli_fail(err, REPLI_DB, "merge %s: its changeset is damaged", merge_id);
    enum repli_status s =
        repli_db_prepare(&record->db, repli_arena_printf(&a, "SELECT * FROM %s LIMIT 0", c.table), &c.names, err);
    if (s == REPLI_OK && sqlite3_column_count(c.names) < c.columns)
        s = repli_fail(err, REPLI_DB, "merge %s: table %s has fewer columns than its changeset", merge_id, c.table);
    if (s == REPLI_OK)
        s = check_row(record, &a, it, &c, merge_id, err);
    if (s == REPLI_OK)
        s = take_back(record, &a, it, &c, merge_id, err);
    repli_stmt_done(&c.names);
    return s;
}

static enum repli_status undo_changes(struct repli_record *record, void *changes, int size, const char *merge_id,
                                      struct repli_err *err)
{
    sqlite3_changeset_iter *it = NULL;
    int rc = sqlite3changeset_start(&it, size, changes);
    enum repli_status s = REPLI_OK;
    while (rc == SQLITE_OK && s == REPLI_OK && (rc = sqlite3changeset_next(it)) == SQLITE_ROW) {
        s = undo_change(record, it, merge_id, err);
        rc = SQLITE_OK;
    }
    int end = it ? sqlite3changeset_finalize(it) : rc;
    if (s == REPLI_OK && end != SQLITE_OK)
        return repli_fail(err, REPLI_DB, "merge %s: its changeset is damaged: %s", merge_id, sqlite3_errstr(end));
    return s;
}

static enum repli_status mark_undone(struct repli_record *record, const char *merge_id, const char *person,
                                     const char *reason, int64_t now_utc, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &record->db, "INSERT INTO merge_undo(merge_id, undone_utc, person, reason) VALUES(?,?,?,?)", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, merge_id);
    repli_bind_int(st, 2, now_utc);
    repli_bind_text(st, 3, person);
    repli_bind_text(st, 4, reason);
    return repli_db_run(&record->db, st, err);
}

/* A merge that brought a patient into the record is not undone under the rows that came for that patient since. */
static enum repli_status nothing_hangs(struct repli_record *record, const char *merge_id, struct repli_err *err)
{
    int hanging = 0, most = 0;
    if (sqlite3_db_status(record->db.sql, SQLITE_DBSTATUS_DEFERRED_FKS, &hanging, &most, 0) == SQLITE_OK &&
        hanging == 0)
        return REPLI_OK;
    return repli_fail(err, REPLI_DATA,
                      "merge %s cannot be undone: it brought a patient into the record, and other rows belong to that "
                      "patient now; undo their merges first",
                      merge_id);
}

enum repli_status repli_record_merge_undo(struct repli_record *record, const char *merge_id, const char *person,
                                          const char *reason, int64_t now_utc, repli_record_locked_fn *locked,
                                          void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    void *changes = NULL;
    int size = 0;
    enum repli_status s = repli_db_begin(&record->db, err);
    if (s != REPLI_OK)
        return s;
    s = load(record, merge_id, &a, &changes, &size, err);
    if (s == REPLI_OK && locked)
        s = locked(user, err);
    if (s == REPLI_OK && changes)
        s = undo_changes(record, changes, size, merge_id, err);
    if (s == REPLI_OK)
        s = nothing_hangs(record, merge_id, err);
    if (s == REPLI_OK)
        s = mark_undone(record, merge_id, person, reason, now_utc, err);
    if (s == REPLI_OK)
        s = repli_db_commit(&record->db, err);
    if (s != REPLI_OK)
        repli_db_rollback(&record->db);
    return s;
}
