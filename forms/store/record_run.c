/* A run of the import: its transaction, what it has met, what waits, what is refused. */
#include <stdio.h>
#include <string.h>

#include "store/record_internal.h"

enum repli_status record_stmt_get(struct repli_record *r, int which, const char *sql, sqlite3_stmt **st,
                                  struct repli_err *err)
{
    sqlite3_stmt **slot = &r->run->stmts[which];
    if (!*slot) {
        enum repli_status s = repli_db_prepare(&r->db, sql, slot, err);
        if (s != REPLI_OK)
            return s;
    }
    sqlite3_reset(*slot);
    sqlite3_clear_bindings(*slot);
    *st = *slot;
    return REPLI_OK;
}

/* "SELECT what FROM table WHERE key=?" of a kind. */
static enum repli_status by_key(struct repli_record *r, int slot, enum repli_rec kind, const char *what, const char *id,
                                sqlite3_stmt **st, struct repli_err *err)
{
    enum repli_status s;
    if (r->run->stmts[slot + (int)kind]) {
        s = record_stmt_get(r, slot + (int)kind, NULL, st, err);
    } else {
        struct repli_buf sql = {0};
        repli_buf_printf(&sql, "SELECT %s FROM %s WHERE %s=?", what, record_tables[kind].table,
                         record_tables[kind].key);
        s = record_stmt_get(r, slot + (int)kind, sql.data, st, err);
        repli_buf_done(&sql);
    }
    if (s == REPLI_OK)
        repli_bind_text(*st, 1, id);
    return s;
}

enum repli_status record_need(struct repli_record *r, enum repli_rec kind, const char *id, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    if (kind == REPLI_REC_PATIENT && strcmp(id, r->run->known_patient) == 0)
        return REPLI_OK;
    enum repli_status s = by_key(r, RUN_FIND, kind, "1", id, &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(&r->db, st, &row, err);
    if (st)
        sqlite3_reset(st);
    if (s == REPLI_OK && !row)
        return repli_fail(err, REPLI_WAITS, "%s/%s, which it refers to, has not arrived", record_tables[kind].type, id);
    if (s == REPLI_OK && kind == REPLI_REC_PATIENT && strlen(id) < sizeof r->run->known_patient)
        memcpy(r->run->known_patient, id, strlen(id) + 1);
    return s;
}

/* ---- what the run has met */

static enum repli_status refuse_at(struct repli_record *r, size_t file, int64_t line, const char *resource,
                                   const char *reason, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    enum repli_status s = record_stmt_get(
        r, RUN_REFUSE, "INSERT INTO import_refusal(run_id,seq,file,line,resource,reason) VALUES(?,?,?,?,?,?)", &st,
        err);
    if (s != REPLI_OK)
        return s;
    struct record_bind b = {st, 0};
    record_int(&b, r->run_id);
    record_int(&b, ++r->run_seq);
    record_text(&b, file < r->run->nfiles ? r->run->files[file].path : "");
    record_int(&b, line);
    record_text(&b, resource);
    record_text(&b, reason);
    s = repli_db_run(&r->db, st, err);
    if (s == REPLI_OK) {
        r->run->counts.refused++;
        if (file < r->run->nfiles)
            r->run->files[file].counts.refused++;
    }
    return s;
}

static int64_t *counter(struct repli_import_counts *c, enum repli_put put)
{
    return put == REPLI_PUT_INSERTED ? &c->inserted : put == REPLI_PUT_UPDATED ? &c->updated : &c->unchanged;
}

/* What was counted for the first of two is counted for the second. */
static void uncount(struct repli_record *r, size_t file, enum repli_put put)
{
    --*counter(&r->run->counts, put);
    if (file < r->run->nfiles)
        --*counter(&r->run->files[file].counts, put);
}

#define TWICE "came twice in this run with different content, and without meta.lastUpdated to choose by"

/* The same resource for the second time, with another hash: the newer one counts, else the greater hash. */
static enum repli_status second(struct repli_record *r, enum repli_rec kind, const char *id, const uint8_t hash[32],
                                bool *go, enum repli_put *put, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    uint8_t old[32];
    enum repli_status s = record_stmt_get(
        r, RUN_SEEN_GET, "SELECT hash,updated_utc,file,line,put FROM import_seen WHERE kind=? AND id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, kind);
    repli_bind_text(st, 2, id);
    s = repli_db_step(&r->db, st, &row, err);
    if (s != REPLI_OK || !row)
        return s == REPLI_OK ? repli_fail(err, REPLI_BUG, "import_seen lost %s/%s", record_tables[kind].type, id) : s;
    (void)repli_col_bytes(st, 0, old, sizeof old);
    bool dated = r->run->dated && sqlite3_column_type(st, 1) != SQLITE_NULL;
    int64_t then = sqlite3_column_int64(st, 1), line = sqlite3_column_int64(st, 3);
    size_t file = (size_t)sqlite3_column_int64(st, 2);
    enum repli_put before = (enum repli_put)sqlite3_column_int(st, 4);
    sqlite3_reset(st);
    int order = memcmp(hash, old, sizeof old);
    bool by_date = dated && then != r->run->updated_utc;
    *go = by_date ? r->run->updated_utc > then : order > 0;
    if (order == 0 || (by_date && !*go)) {
        *go = false;
        return REPLI_OK;
    }
    if (!*go)
        return repli_fail(err, REPLI_DATA, "%s: the other one is kept", TWICE);
    char name[128];
    snprintf(name, sizeof name, "%s/%s", record_tables[kind].type, id);
    if (!by_date) {
        s = refuse_at(r, file, line, name, TWICE ": the other one is kept", err);
        uncount(r, file, before);
        *put = before;
    }
    if (s == REPLI_OK)
        s = record_stmt_get(
            r, RUN_SEEN_SET,
            "UPDATE import_seen SET hash=?3,updated_utc=?4,file=?5,line=?6,put=?7 WHERE kind=?1 AND id=?2", &st, err);
    return s;
}

static void bind_seen(struct repli_record *r, sqlite3_stmt *st, enum repli_rec kind, const char *id,
                      const uint8_t hash[32], enum repli_put put)
{
    repli_bind_int(st, 1, kind);
    repli_bind_text(st, 2, id);
    repli_bind_blob(st, 3, hash, 32);
    repli_bind_opt(st, 4, r->run->dated ? &r->run->updated_utc : NULL);
    repli_bind_int(st, 5, (int64_t)r->run->file);
    repli_bind_int(st, 6, r->run->line);
    repli_bind_int(st, 7, put);
}

static enum repli_status meet(struct repli_record *r, enum repli_rec kind, const char *id, const uint8_t hash[32],
                              bool *go, enum repli_put *put, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    enum repli_status s =
        record_stmt_get(r, RUN_SEEN_ADD,
                        "INSERT INTO import_seen(kind,id,hash,updated_utc,file,line,put) VALUES(?,?,?,?,?,?,?) "
                        "ON CONFLICT DO NOTHING",
                        &st, err);
    if (s != REPLI_OK)
        return s;
    bind_seen(r, st, kind, id, hash, *put);
    s = repli_db_run(&r->db, st, err);
    if (s != REPLI_OK)
        return s;
    *go = repli_db_changes(&r->db) == 1;
    if (*go)
        return REPLI_OK;
    s = second(r, kind, id, hash, go, put, err);
    if (s != REPLI_OK || !*go)
        return s;
    st = r->run->stmts[RUN_SEEN_SET];
    bind_seen(r, st, kind, id, hash, *put);
    return repli_db_run(&r->db, st, err);
}

/* What the row says now: is there one, and does it come from the same text? */
static enum repli_status look(struct repli_record *r, enum repli_rec kind, const char *row_id, const uint8_t hash[32],
                              enum repli_put *put, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    uint8_t old[32];
    enum repli_status s = by_key(r, RUN_HASH, kind, "source_hash", row_id, &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(&r->db, st, &row, err);
    *put = REPLI_PUT_INSERTED;
    if (s == REPLI_OK && row) {
        bool whole = repli_col_bytes(st, 0, old, sizeof old);
        memcpy(r->run->kept_hash, old, sizeof old);
        bool equal = !r->run->event && whole && memcmp(old, hash, sizeof old) == 0;
        *put = equal ? REPLI_PUT_UNCHANGED : REPLI_PUT_UPDATED;
    }
    if (st)
        sqlite3_reset(st);
    return s;
}

enum repli_status record_arrive(struct repli_record *r, enum repli_rec kind, const char *id, const char *row_id,
                                const uint8_t hash[32], bool *go, enum repli_put *put, struct repli_err *err)
{
    enum repli_put now, counted;
    enum repli_status s = look(r, kind, row_id, hash, &now, err);
    counted = now;
    *go = true;
    if (s == REPLI_OK && !r->run->event)
        s = meet(r, kind, id, hash, go, &counted, err);
    if (s != REPLI_OK)
        return s;
    *put = *go ? counted : REPLI_PUT_UNCHANGED;
    *go = *go && now != REPLI_PUT_UNCHANGED;
    return REPLI_OK;
}

const uint8_t *record_hash(const struct repli_record *r, enum repli_put put, const uint8_t hash[32])
{
    return r->run->event && put == REPLI_PUT_UPDATED ? r->run->kept_hash : hash;
}

void record_count(struct repli_record *r, enum repli_put put)
{
    ++*counter(&r->run->counts, put);
    if (r->run->nfiles > 0)
        ++*counter(&r->run->files[r->run->file].counts, put);
}

enum repli_status repli_record_refuse(struct repli_record *r, const char *resource, const char *reason,
                                      struct repli_err *err)
{
    return refuse_at(r, r->run->file, r->run->line, resource, reason, err);
}

/* ---- binds in order */

void record_text(struct record_bind *b, const char *s)
{
    repli_bind_text(b->st, ++b->at, s);
}

void record_opt(struct record_bind *b, const int64_t *v)
{
    repli_bind_opt(b->st, ++b->at, v);
}

void record_int(struct record_bind *b, int64_t v)
{
    repli_bind_int(b->st, ++b->at, v);
}

void record_blob(struct record_bind *b, const void *data, size_t len)
{
    repli_bind_blob(b->st, ++b->at, data, len);
}
