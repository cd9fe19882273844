/* Writing sheets' captures to the record in one transaction, with what undo and provenance need of each sheet. */
#include "repli/record_merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/record_internal.h"
#include "store/record_patient_tables.h"

/* The statements of the row that was written last: the next one mostly is of the same table, with the same columns.
** What is bound to them is the caller's (struct repli_cell), who keeps it as long as the merge. */
struct row_form {
    const char *table, **columns; /* columns: in the merge's arena */
    size_t count;
    sqlite3_stmt *put, *look;
};

struct repli_record_merge {
    struct repli_record *record;
    sqlite3_session *session;
    struct row_form form;
    struct repli_arena arena;
    char *merge_id, *sheet; /* after the seal */
    uint64_t serial;
    uint8_t mac[8];
    int64_t wanted, written; /* paper entries announced and written */
};

struct repli_db *repli_record_merge_db(struct repli_record_merge *m)
{
    return &m->record->db;
}

static void free_merge(struct repli_record_merge *m)
{
    repli_stmt_done(&m->form.put);
    repli_stmt_done(&m->form.look);
    if (m->session)
        sqlite3session_delete(m->session);
    repli_arena_done(&m->arena);
    free(m);
}

/* From here on, in a session of its own. */
static enum repli_status record_changes(struct repli_record_merge *m, struct repli_err *err)
{
    struct repli_db *db = &m->record->db;
    int rc = sqlite3session_create(db->sql, "main", &m->session);
    for (size_t i = 0; rc == SQLITE_OK && repli_patient_tables[i]; i++)
        rc = sqlite3session_attach(m->session, repli_patient_tables[i]);
    if (rc == SQLITE_OK)
        return REPLI_OK;
    return repli_fail(err, REPLI_DB, "%s: cannot record changes for undo: %s", db->path, sqlite3_errstr(rc));
}

enum repli_status repli_record_merge_begin(struct repli_record *record, struct repli_record_merge **out,
                                           struct repli_err *err)
{
    enum repli_status s = repli_db_begin(&record->db, err);
    if (s != REPLI_OK)
        return s;
    struct repli_record_merge *m = repli_xcalloc(1, sizeof *m);
    m->record = record;
    s = record_changes(m, err);
    if (s != REPLI_OK)
        repli_record_merge_rollback(m);
    else
        *out = m;
    return s;
}

void repli_record_merge_rollback(struct repli_record_merge *m)
{
    if (!m)
        return;
    struct repli_db *db = &m->record->db;
    free_merge(m);
    repli_db_rollback(db);
}

/* The hash of a row from paper: of what it says, so that an equal row has an equal hash. */
static void row_hash(const struct repli_cell *cells, size_t count, uint8_t hash[32])
{
    struct repli_hash h;
    repli_hash_init(&h);
    repli_hash_text(&h, "paper");
    for (size_t i = 0; i < count; i++) {
        char number[24] = "";
        if (cells[i].number)
            snprintf(number, sizeof number, "%lld", (long long)*cells[i].number);
        repli_hash_text(&h, cells[i].column);
        repli_hash_text(&h, cells[i].number ? number : cells[i].text);
        if (cells[i].blob)
            repli_hash_bytes(&h, cells[i].blob, cells[i].len);
    }
    repli_hash_final(&h, hash);
}

static void bind_cells(sqlite3_stmt *st, const struct repli_cell *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int at = (int)i + 1;
        if (cells[i].blob)
            repli_bind_blob(st, at, cells[i].blob, cells[i].len);
        else if (cells[i].number)
            repli_bind_int(st, at, *cells[i].number);
        else
            repli_bind_lent(st, at, cells[i].text);
    }
}

/* The cells' columns, each before `tail`, joined by `between`: "patient_id IS ? AND value IS ?".  Names of tables and
** columns are the program's own words, never data. */
static void put_columns(struct repli_buf *sql, const struct repli_cell *cells, size_t count, const char *tail,
                        const char *between)
{
    for (size_t i = 0; i < count; i++) {
        repli_buf_puts(sql, i ? between : "");
        repli_buf_puts(sql, cells[i].column);
        repli_buf_puts(sql, tail);
    }
}

static enum repli_status prepare_and_free(struct repli_record_merge *m, struct repli_buf *sql, sqlite3_stmt **st,
                                          struct repli_err *err)
{
    enum repli_status s = repli_db_prepare(&m->record->db, sql->data, st, err);
    repli_buf_done(sql);
    return s;
}

static enum repli_status prepare_put(struct repli_record_merge *m, const char *table, const struct repli_cell *cells,
                                     size_t count, struct repli_err *err)
{
    struct repli_buf sql = {0};
    repli_buf_puts(&sql, "INSERT INTO ");
    repli_buf_puts(&sql, table);
    repli_buf_puts(&sql, "(");
    put_columns(&sql, cells, count, "", ", ");
    repli_buf_puts(&sql, ", from_paper, source_hash) VALUES(");
    for (size_t i = 0; i < count; i++)
        repli_buf_puts(&sql, "?,");
    repli_buf_puts(&sql, "1,?)");
    return prepare_and_free(m, &sql, &m->form.put, err);
}

static enum repli_status prepare_look(struct repli_record_merge *m, const char *table, const struct repli_cell *cells,
                                      size_t count, struct repli_err *err)
{
    struct repli_buf sql = {0};
    repli_buf_puts(&sql, "SELECT 1 FROM ");
    repli_buf_puts(&sql, table);
    repli_buf_puts(&sql, " WHERE ");
    put_columns(&sql, cells, count, " IS ?", " AND ");
    repli_buf_puts(&sql, " AND from_paper=1");
    return prepare_and_free(m, &sql, &m->form.look, err);
}

static bool same_form(const struct row_form *f, const char *table, const struct repli_cell *cells, size_t count)
{
    bool same = f->put && f->look && f->count == count && strcmp(f->table, table) == 0;
    for (size_t i = 0; same && i < count; i++)
        same = strcmp(f->columns[i], cells[i].column) == 0;
    return same;
}

static enum repli_status take_form(struct repli_record_merge *m, const char *table, const struct repli_cell *cells,
                                   size_t count, struct repli_err *err)
{
    struct row_form *f = &m->form;
    if (same_form(f, table, cells, count))
        return REPLI_OK;
    repli_stmt_done(&f->put);
    repli_stmt_done(&f->look);
    f->table = repli_arena_strdup(&m->arena, table);
    f->columns = repli_arena_array(&m->arena, count, sizeof *f->columns);
    f->count = count;
    for (size_t i = 0; i < count; i++)
        f->columns[i] = repli_arena_strdup(&m->arena, cells[i].column);
    enum repli_status s = prepare_put(m, table, cells, count, err);
    return s == REPLI_OK ? prepare_look(m, table, cells, count, err) : s;
}

/* A row is read again as soon as it is written: every column as it was given. */
static enum repli_status row_reads_back(struct repli_record_merge *m, const char *table, const struct repli_cell *cells,
                                        size_t count, struct repli_err *err)
{
    bool row = false;
    bind_cells(m->form.look, cells, count);
    enum repli_status s = repli_db_step(&m->record->db, m->form.look, &row, err);
    sqlite3_reset(m->form.look); /* repeats the error of the step, which is reported already */
    if (s == REPLI_OK && !row)
        return repli_fail(err, REPLI_DB, "%s '%s' does not read back as written", table, cells[0].text);
    return s;
}

enum repli_status repli_record_merge_insert(struct repli_record_merge *m, const char *table,
                                            const struct repli_cell *cells, size_t count, struct repli_err *err)
{
    uint8_t hash[32];
    enum repli_status s = take_form(m, table, cells, count, err);
    if (s != REPLI_OK)
        return s;
    row_hash(cells, count, hash);
    bind_cells(m->form.put, cells, count);
    repli_bind_blob(m->form.put, (int)count + 1, hash, sizeof hash);
    s = repli_db_run(&m->record->db, m->form.put, err);
    return s == REPLI_OK ? row_reads_back(m, table, cells, count, err) : s;
}

enum repli_status repli_record_merge_amend(struct repli_record_merge *m, const char *id, int64_t row_version,
                                           const char *value, const char *unit, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    /* source_hash stays: sending the same resource again must not bring the old value back. */
    enum repli_status s =
        repli_db_prepare(&m->record->db,
                         "UPDATE observation SET value=?1, unit=coalesce(?2, unit), status='amended', "
                         "from_paper=1, row_version=row_version+1 "
                         "WHERE observation_id=?3 AND row_version=?4",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, value);
    repli_bind_text(st, 2, unit);
    repli_bind_text(st, 3, id);
    repli_bind_int(st, 4, row_version);
    s = repli_db_run(&m->record->db, st, err);
    if (s == REPLI_OK && repli_db_changes(&m->record->db) != 1)
        return repli_fail(err, REPLI_DB, "observation '%s' is no longer what was compared: merge again", id);
    return s;
}

/* The merge row comes before the entries that point at it, and after the changes it can undo. */
enum repli_status repli_record_merge_seal(struct repli_record_merge *m, const struct repli_merge_row *row,
                                          struct repli_err *err)
{
    int size = 0;
    void *changes = NULL;
    int rc = sqlite3session_changeset(m->session, &size, &changes);
    if (rc != SQLITE_OK)
        return repli_fail(err, REPLI_DB, "%s: no changeset for undo: %s", m->record->db.path, sqlite3_errstr(rc));
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&m->record->db,
                         "INSERT INTO merge(merge_id, serial, mac, sheet, merged_utc, person, entries, "
                         "changeset) VALUES(?,?,?,?,?,?,?,?)",
                         &st, err);
    if (s == REPLI_OK) {
        repli_bind_text(st, 1, row->merge_id);
        repli_bind_int(st, 2, (int64_t)row->serial);
        repli_bind_blob(st, 3, row->mac, 8);
        repli_bind_text(st, 4, row->sheet);
        repli_bind_int(st, 5, row->merged_utc);
        repli_bind_text(st, 6, row->person);
        repli_bind_int(st, 7, row->entries);
        repli_bind_blob(st, 8, size > 0 ? changes : NULL, (size_t)size);
        s = repli_db_run(&m->record->db, st, err);
    }
    sqlite3_free(changes);
    m->merge_id = repli_arena_strdup(&m->arena, row->merge_id);
    m->sheet = repli_arena_strdup(&m->arena, row->sheet);
    m->serial = row->serial;
    memcpy(m->mac, row->mac, 8);
    m->wanted = row->entries;
    return s;
}

enum repli_status repli_record_merge_paper(struct repli_record_merge *m, const struct repli_paper_entry *e,
                                           bool *written, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &m->record->db,
        "INSERT INTO paper_entry(serial, mac, field, revision, merge_id, capture, effect, target, value, event_utc, "
        "scanned_utc, entered_utc, author, entered_by, verified_by, box_um, image_sha256, outage, decided, decided_by) "
        "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(serial, mac, field, revision) DO NOTHING",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)m->serial);
    repli_bind_blob(st, 2, m->mac, 8);
    repli_bind_lent(st, 3, e->field);
    repli_bind_int(st, 4, e->revision);
    repli_bind_lent(st, 5, m->merge_id);
    repli_bind_lent(st, 6, e->capture);
    repli_bind_lent(st, 7, e->effect);
    repli_bind_lent(st, 8, e->target);
    repli_bind_lent(st, 9, e->value);
    repli_bind_opt(st, 10, e->event_utc);
    repli_bind_opt(st, 11, e->scanned_utc);
    repli_bind_int(st, 12, e->entered_utc);
    repli_bind_lent(st, 13, e->author);
    repli_bind_lent(st, 14, e->entered_by);
    repli_bind_lent(st, 15, e->verified_by);
    repli_bind_lent(st, 16, e->box_um);
    repli_bind_blob(st, 17, e->image_sha256, 32);
    repli_bind_lent(st, 18, e->outage);
    repli_bind_lent(st, 19, e->decided);
    repli_bind_lent(st, 20, e->decided_by);
    s = repli_db_run(&m->record->db, st, err);
    if (s == REPLI_OK) {
        *written = repli_db_changes(&m->record->db) == 1;
        m->written += *written;
    }
    return s;
}

/* Entries of this merge whose target is in no table, or is not in the table that it names. */
#define ROW_OF(table, key)                                                                                             \
    " WHEN '" table "/' THEN EXISTS(SELECT 1 FROM " table " WHERE " key "=substr(target, instr(target, '/')+1))"
#define LOST_ROWS                                                                                                      \
    "SELECT count(*) FROM paper_entry WHERE merge_id=? AND effect<>'note' AND target IS NOT NULL AND NOT CASE "        \
    "substr(target, 1, instr(target, '/'))" ROW_OF("observation", "observation_id")                                    \
        ROW_OF("medication_administration", "administration_id") ROW_OF("medication_request", "request_id")            \
            ROW_OF("order_decision", "decision_id") ROW_OF("order_proposal", "proposal_id")                            \
                ROW_OF("allergy_check", "check_id") ROW_OF("fluid", "fluid_id") ROW_OF("infusion", "infusion_id")      \
                    ROW_OF("registration", "registration_id") ROW_OF("movement", "movement_id")                        \
                        ROW_OF("document", "document_id") ROW_OF("encounter", "encounter_id") " ELSE 0 END"

static enum repli_status lost_rows(struct repli_record_merge *m, int64_t *lost, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&m->record->db, LOST_ROWS, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, m->merge_id);
    s = repli_db_step(&m->record->db, st, &row, err);
    if (s == REPLI_OK)
        *lost = row ? sqlite3_column_int64(st, 0) : 1;
    return s;
}

/* Reads again what this merge wrote: as many entries as announced, and behind each one that says so its row (whose
** content was read back when it was written). */
static enum repli_status read_again(struct repli_record_merge *m, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    int64_t lost = 0;
    enum repli_status s =
        repli_db_prepare(&m->record->db, "SELECT count(*) FROM paper_entry WHERE merge_id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, m->merge_id);
    s = repli_db_step(&m->record->db, st, &row, err);
    int64_t entries = s == REPLI_OK && row ? sqlite3_column_int64(st, 0) : 0;
    if (s == REPLI_OK)
        s = lost_rows(m, &lost, err);
    if (s != REPLI_OK)
        return s;
    if (entries != m->wanted || entries != m->written || lost != 0)
        return repli_fail(
            err, REPLI_DB,
            "sheet %s: what was merged does not read back (%lld entries of %lld, %lld without their row); "
            "nothing was merged",
            m->sheet, (long long)entries, (long long)m->wanted, (long long)lost);
    return REPLI_OK;
}

enum repli_status repli_record_merge_next(struct repli_record_merge *m, struct repli_err *err)
{
    enum repli_status s = m->merge_id ? read_again(m, err) : REPLI_OK;
    if (s != REPLI_OK)
        return s;
    sqlite3session_delete(m->session);
    m->session = NULL;
    m->merge_id = m->sheet = NULL;
    m->wanted = m->written = 0;
    return record_changes(m, err);
}

enum repli_status repli_record_merge_commit(struct repli_record_merge *m, struct repli_err *err)
{
    struct repli_db *db = &m->record->db;
    enum repli_status s = m->merge_id ? read_again(m, err) : REPLI_OK;
    free_merge(m);
    if (s == REPLI_OK)
        s = repli_db_commit(db, err);
    if (s != REPLI_OK)
        repli_db_rollback(db);
    return s;
}
