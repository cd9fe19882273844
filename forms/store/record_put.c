/* One resource into its rows, and rows back into what the put functions take: by the table of record_columns.c. */
#include <stdio.h>
#include <string.h>

#include "store/record_internal.h"

/* ---- one row */

/* A place's code is settled at the end of the run, where a ward has one already it keeps it until then. */
static void upsert_set(enum repli_rec kind, const char *column, struct repli_buf *sql)
{
    if (kind == REPLI_REC_LOCATION && strcmp(column, "code") == 0)
        repli_buf_puts(sql, "code=CASE WHEN excluded.kind='ward' AND location.kind='ward' THEN location.code "
                            "ELSE excluded.code END,");
    else
        repli_buf_printf(sql, "%s=excluded.%s,", column, column);
}

static enum repli_status upsert(struct repli_record *r, enum repli_rec kind, sqlite3_stmt **st, struct repli_err *err)
{
    const struct record_table *t = &record_tables[kind];
    if (r->run->stmts[RUN_UPSERT + (int)kind])
        return record_stmt_get(r, RUN_UPSERT + (int)kind, NULL, st, err);
    struct repli_buf sql = {0}, sets = {0}, marks = {0};
    repli_buf_printf(&sql, "INSERT INTO %s(%s,", t->table, t->key);
    for (size_t i = 0; i < t->ncolumns; i++) {
        repli_buf_printf(&sql, "%s,", t->columns[i].name);
        repli_buf_puts(&marks, "?,");
        upsert_set(kind, t->columns[i].name, &sets);
    }
    repli_buf_printf(&sql,
                     "source_hash) VALUES(?,%s?) ON CONFLICT(%s) DO UPDATE SET "
                     "%ssource_hash=excluded.source_hash,row_version=%s.row_version+1%s%s",
                     marks.data, t->key, sets.data, t->table, t->guard ? " WHERE " : "", t->guard ? t->guard : "");
    enum repli_status s = record_stmt_get(r, RUN_UPSERT + (int)kind, sql.data, st, err);
    repli_buf_done(&sql);
    repli_buf_done(&sets);
    repli_buf_done(&marks);
    return s;
}

/* Members are of the type that their column's kind says. */
static const void *member(const void *row, const struct record_column *c)
{
    return (const char *)row + c->at;
}

static const char *row_id(const void *row)
{
    const char *id;
    memcpy(&id, row, sizeof id);
    return id;
}

static void bind_column(struct record_bind *b, const void *row, const struct record_column *c)
{
    const void *at = member(row, c);
    switch (c->kind) {
    case RECORD_TEXT:
        record_text(b, *(const char *const *)at);
        break;
    case RECORD_INTEGER:
        record_opt(b, *(const int64_t *const *)at);
        break;
    case RECORD_BOOL:
        record_int(b, *(const bool *)at);
        break;
    case RECORD_HASH8:
        record_blob(b, *(const uint8_t *const *)at, 8);
        break;
    }
}

enum repli_status record_write(struct repli_record *r, enum repli_rec kind, const void *row, const uint8_t hash[32],
                               bool *written, struct repli_err *err)
{
    const struct record_table *t = &record_tables[kind];
    struct record_bind b = {0};
    enum repli_status s = upsert(r, kind, &b.st, err);
    if (s != REPLI_OK)
        return s;
    record_text(&b, row_id(row));
    for (size_t i = 0; i < t->ncolumns; i++)
        bind_column(&b, row, &t->columns[i]);
    record_blob(&b, hash, 32);
    s = repli_db_run(&r->db, b.st, err);
    *written = s == REPLI_OK && repli_db_changes(&r->db) == 1;
    return s;
}

const int64_t *record_opt_dup(struct repli_arena *a, sqlite3_stmt *st, int i)
{
    if (sqlite3_column_type(st, i) == SQLITE_NULL)
        return NULL;
    int64_t *v = repli_arena_alloc(a, sizeof *v);
    *v = sqlite3_column_int64(st, i);
    return v;
}

static void read_column(struct repli_arena *a, sqlite3_stmt *st, int i, const struct record_column *c, void *row)
{
    void *at = (char *)row + c->at;
    switch (c->kind) {
    case RECORD_TEXT:
        *(const char **)at = repli_col_dup(a, st, i);
        break;
    case RECORD_INTEGER:
        *(const int64_t **)at = record_opt_dup(a, st, i);
        break;
    case RECORD_BOOL:
        *(bool *)at = sqlite3_column_int(st, i) != 0;
        break;
    case RECORD_HASH8:
        break; /* follows from the identifiers */
    }
}

enum repli_status record_read(struct repli_record *r, enum repli_rec kind, const char *id, struct repli_arena *a,
                              bool *known, void *row, struct repli_err *err)
{
    const struct record_table *t = &record_tables[kind];
    struct repli_buf sql = {0};
    REPLI_STMT st = NULL;
    bool found = false;
    repli_buf_printf(&sql, "SELECT %s", t->key);
    for (size_t i = 0; i < t->ncolumns; i++)
        repli_buf_printf(&sql, ",%s", t->columns[i].name);
    repli_buf_printf(&sql, " FROM %s WHERE %s=?", t->table, t->key);
    enum repli_status s = repli_db_prepare(&r->db, sql.data, &st, err);
    repli_buf_done(&sql);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    s = repli_db_step(&r->db, st, &found, err);
    if (s == REPLI_OK && found) {
        memset(row, 0, t->size);
        *(const char **)row = repli_col_dup(a, st, 0);
        for (size_t i = 0; i < t->ncolumns; i++)
            read_column(a, st, (int)i + 1, &t->columns[i], row);
    }
    if (s == REPLI_OK)
        *known = found;
    return s;
}

/* ---- one resource */

/* Everything of one put between two savepoints; counts it when it stays. */
static enum repli_status done(struct repli_record *r, bool own, enum repli_status s, enum repli_put put,
                              enum repli_put *out, struct repli_err *err)
{
    s = repli_db_leave(&r->db, own, s, err);
    if (s == REPLI_OK) {
        record_count(r, put);
        *out = put;
    }
    return s;
}

/* The row that this place becomes: its own, or one that only messages made. */
static enum repli_status place_row(struct repli_record *r, const struct repli_rec_location *x, struct repli_arena *a,
                                   const char **id, struct repli_err *err)
{
    const char *adopted = NULL;
    enum repli_status s = repli_record_row_id(r, "Location", x->id, a, id, err);
    if (s == REPLI_OK && *id == x->id && !r->run->event)
        s = record_adopt_place(r, x, a, &adopted, err);
    *id = adopted ? adopted : *id;
    return s;
}

enum repli_status repli_record_put_location(struct repli_record *r, const struct repli_rec_location *x,
                                            const uint8_t hash[32], enum repli_put *put, struct repli_err *err)
{
    bool own, go = false, written, ward = x->kind && x->kind[0] == 'w';
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    enum repli_put got = REPLI_PUT_UNCHANGED;
    struct record_bind b = {0};
    char until_settled[80]; /* no code begins with a control character */
    struct repli_rec_location row = *x;
    enum repli_status s = repli_db_enter(&r->db, &own, err);
    if (s != REPLI_OK)
        return s;
    s = place_row(r, x, &a, &row.id, err);
    snprintf(until_settled, sizeof until_settled, "\001%s", row.id);
    row.kind = x->kind ? x->kind : "other";
    row.code = ward ? until_settled : x->code;
    if (s == REPLI_OK)
        s = record_arrive(r, REPLI_REC_LOCATION, x->id, row.id, hash, &go, &got, err);
    if (s == REPLI_OK && go)
        s = record_write(r, REPLI_REC_LOCATION, &row, hash, &written, err);
    if (s == REPLI_OK && (ward || !x->kind))
        s = record_stmt_get(r, RUN_PLACE,
                            "INSERT INTO import_place(location_id,code,untyped) VALUES(?,?,?) "
                            "ON CONFLICT(location_id) DO UPDATE SET code=excluded.code,untyped=excluded.untyped",
                            &b.st, err);
    if (s == REPLI_OK && (ward || !x->kind)) {
        record_text(&b, row.id);
        record_text(&b, x->code);
        record_int(&b, !x->kind);
        s = repli_db_run(&r->db, b.st, err);
    }
    return done(r, own, s, got, put, err);
}

/* The patient of a row; NULL: its table has none, or nobody's. */
static const char *patient_of(const struct record_table *t, const void *row)
{
    for (size_t i = 0; i < t->ncolumns; i++)
        if (strcmp(t->columns[i].name, "patient_id") == 0)
            return *(const char *const *)member(row, &t->columns[i]);
    return NULL;
}

/* Rows of the version before that the new one does not have: all that it has carry the new hash. */
static enum repli_status drop_parts(struct repli_record *r, enum repli_rec kind, const char *id, const uint8_t hash[32],
                                    struct repli_err *err)
{
    const struct record_table *t = &record_tables[kind];
    sqlite3_stmt *st = NULL;
    char sql[320];
    snprintf(sql, sizeof sql, "DELETE FROM %s WHERE %s%ssource_hash<>?2 AND (%s=?1 OR (%s>?1||'#' AND %s<?1||'$'))",
             t->table, t->guard ? t->guard : "", t->guard ? " AND " : "", t->key, t->key, t->key);
    enum repli_status s = record_stmt_get(r, RUN_PART_DROP + (int)kind, sql, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    repli_bind_blob(st, 2, hash, 32);
    return repli_db_run(&r->db, st, err);
}

static enum repli_status put_rows(struct repli_record *r, enum repli_rec kind, const char *id, const void *rows,
                                  size_t nrows, const uint8_t hash[32], enum repli_put *got, struct repli_err *err)
{
    const struct record_table *t = &record_tables[kind];
    bool go = false, written = true;
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; i < nrows && s == REPLI_OK; i++) {
        const char *patient = patient_of(t, (const char *)rows + i * t->size);
        if (patient)
            s = record_need(r, REPLI_REC_PATIENT, patient, err);
    }
    if (s == REPLI_OK)
        s = record_arrive(r, kind, id, row_id(rows), hash, &go, got, err);
    for (size_t i = 0; go && i < nrows && s == REPLI_OK; i++) {
        const void *row = (const char *)rows + i * t->size;
        s = record_write(r, kind, row, hash, &written, err);
        if (s == REPLI_OK && !written)
            s = repli_fail(err, REPLI_DATA, "%s/%s came from paper and is not overwritten", t->type, row_id(row));
    }
    if (s == REPLI_OK && go && t->parts)
        s = drop_parts(r, kind, id, hash, err);
    return s;
}

enum repli_status repli_record_put(struct repli_record *r, enum repli_rec kind, const char *id, const void *rows,
                                   size_t nrows, const uint8_t hash[32], enum repli_put *put, struct repli_err *err)
{
    bool own;
    enum repli_put got = REPLI_PUT_UNCHANGED;
    enum repli_status s = repli_db_enter(&r->db, &own, err);
    if (s != REPLI_OK)
        return s;
    s = put_rows(r, kind, id, rows, nrows, hash, &got, err);
    return done(r, own, s, got, put, err);
}
