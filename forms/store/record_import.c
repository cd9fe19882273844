/* Begin, end and the queue of an import run. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/record_internal.h"

enum repli_status repli_record_import_begin(struct repli_record *r, const char *source, int64_t now_utc,
                                            struct repli_err *err)
{
    assert(!r->run);
    enum repli_status s = repli_db_begin(&r->db, err);
    if (s != REPLI_OK)
        return s;
    r->run = repli_xcalloc(1, sizeof *r->run);
    r->run_seq = 0;
    REPLI_STMT st = NULL;
    s = repli_db_prepare(
        &r->db, "INSERT INTO import_run(started_utc,source,inserted,updated,unchanged,refused) VALUES(?,?,0,0,0,0)",
        &st, err);
    if (s == REPLI_OK) {
        repli_bind_int(st, 1, now_utc);
        repli_bind_text(st, 2, source);
        s = repli_db_run(&r->db, st, err);
    }
    if (s == REPLI_OK)
        s = repli_db_int(&r->db, "SELECT max(run_id) FROM import_run", 0, &r->run_id, err);
    if (s == REPLI_OK)
        s = repli_db_int(&r->db, "SELECT count(*) FROM alias", 0, &r->run->aliases, err);
    if (s != REPLI_OK) {
        repli_stmt_done(&st);
        repli_record_import_rollback(r);
    }
    return s;
}

static void set_place(struct record_run *run, size_t file, int64_t line, const int64_t *updated_utc)
{
    run->file = file;
    run->line = line;
    run->dated = updated_utc != NULL;
    run->updated_utc = updated_utc ? *updated_utc : 0;
}

void repli_record_import_at(struct repli_record *r, const char *file, int64_t line, const int64_t *updated_utc)
{
    struct record_run *run = r->run;
    size_t n = run->nfiles;
    if (n == 0 || strcmp(run->files[n - 1].path, file) != 0) { /* files are read one after the other */
        run->files = repli_rows_more(&run->arena, run->files, n, sizeof *run->files);
        run->files[n] = (struct repli_import_file){.path = repli_arena_strdup(&run->arena, file)};
        run->nfiles = ++n;
    }
    set_place(run, n - 1, line, updated_utc);
}

enum repli_status repli_record_later(struct repli_record *r, const char *resource, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    enum repli_status s = record_stmt_get(
        r, RUN_LATER_ADD, "INSERT INTO import_later(file,line,updated_utc,resource) VALUES(?,?,?,?)", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)r->run->file);
    repli_bind_int(st, 2, r->run->line);
    repli_bind_opt(st, 3, r->run->dated ? &r->run->updated_utc : NULL);
    repli_bind_text(st, 4, resource);
    return repli_db_run(&r->db, st, err);
}

enum repli_status repli_record_later_count(struct repli_record *r, int64_t *count, struct repli_err *err)
{
    return repli_db_int(&r->db, "SELECT count(*) FROM import_later", 0, count, err);
}

enum repli_status repli_record_later_take(struct repli_record *r, struct repli_arena *a, const char **resource,
                                          struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    enum repli_status s =
        record_stmt_get(r, RUN_LATER_TAKE,
                        "SELECT seq,file,line,updated_utc,resource FROM import_later ORDER BY seq LIMIT 1", &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(&r->db, st, &row, err);
    if (s != REPLI_OK || !row) {
        if (s == REPLI_OK)
            *resource = NULL;
        return s;
    }
    int64_t seq = sqlite3_column_int64(st, 0), updated = sqlite3_column_int64(st, 3);
    set_place(r->run, (size_t)sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2),
              sqlite3_column_type(st, 3) == SQLITE_NULL ? NULL : &updated);
    char *text = repli_col_dup(a, st, 4);
    sqlite3_reset(st);
    s = record_stmt_get(r, RUN_LATER_DROP, "DELETE FROM import_later WHERE seq=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, seq);
    s = repli_db_run(&r->db, st, err);
    if (s == REPLI_OK)
        *resource = text;
    return s;
}

static void drop_run(struct repli_record *r)
{
    if (!r->run)
        return;
    for (size_t i = 0; i < RUN_STMTS; i++)
        repli_stmt_done(&r->run->stmts[i]);
    repli_arena_done(&r->run->arena);
    free(r->run);
    r->run = NULL;
}

void repli_record_import_seen(struct repli_record *r)
{
    r->run->files[r->run->file].seen++;
}

void repli_record_import_unused(struct repli_record *r)
{
    r->run->files[r->run->file].unused++;
}

static enum repli_status put_files(struct repli_record *r, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&r->db, "INSERT INTO import_file VALUES(?,?,?,?,?,?,?,?,?)", &st, err);
    for (size_t i = 0; s == REPLI_OK && i < r->run->nfiles; i++) {
        const struct repli_import_file *f = &r->run->files[i];
        const int64_t numbers[] = {f->seen,           f->counts.inserted, f->counts.updated, f->counts.unchanged,
                                   f->counts.refused, f->unused};
        struct record_bind b = {st, 0};
        record_int(&b, r->run_id);
        record_int(&b, (int64_t)i + 1);
        record_text(&b, f->path);
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
            record_int(&b, numbers[k]);
        s = repli_db_run(&r->db, st, err);
    }
    return s;
}

enum repli_status repli_record_import_files(struct repli_record *r, struct repli_arena *a,
                                            struct repli_import_file **files, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_import_file *list = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(&r->db,
                                           "SELECT file,seen,inserted,updated,unchanged,refused,not_used FROM "
                                           "import_file WHERE run_id=(SELECT max(run_id) FROM import_run) ORDER BY seq",
                                           &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        list = repli_rows_more(a, list, n, sizeof *list);
        list[n++] = (struct repli_import_file){.path = repli_col_dup(a, st, 0),
                                               .seen = sqlite3_column_int64(st, 1),
                                               .unused = sqlite3_column_int64(st, 6),
                                               .counts = {sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3),
                                                          sqlite3_column_int64(st, 4), sqlite3_column_int64(st, 5)}};
    }
    if (s == REPLI_OK) {
        *files = list;
        *count = n;
    }
    return s;
}

static enum repli_status finish(struct repli_record *r, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    const struct repli_import_counts *c = &r->run->counts;
    enum repli_status s = record_settle_places(r, err);
    if (s == REPLI_OK)
        s = put_files(r, err);
    if (s == REPLI_OK)
        s = repli_db_exec(&r->db, "DELETE FROM import_seen; DELETE FROM import_later; DELETE FROM import_place", err);
    if (s == REPLI_OK)
        s = repli_db_prepare(
            &r->db, "UPDATE import_run SET inserted=?2,updated=?3,unchanged=?4,refused=?5 WHERE run_id=?1", &st, err);
    if (s != REPLI_OK)
        return s;
    struct record_bind b = {st, 0};
    record_int(&b, r->run_id);
    record_int(&b, c->inserted);
    record_int(&b, c->updated);
    record_int(&b, c->unchanged);
    record_int(&b, c->refused);
    return repli_db_run(&r->db, st, err);
}

enum repli_status repli_record_import_commit(struct repli_record *r, struct repli_import_counts *counts,
                                             struct repli_err *err)
{
    assert(r->run);
    struct repli_import_counts done;
    enum repli_status s = finish(r, err);
    done = r->run->counts;
    drop_run(r);
    if (s == REPLI_OK)
        s = repli_db_commit(&r->db, err);
    else
        repli_db_rollback(&r->db);
    if (s == REPLI_OK)
        *counts = done;
    return s;
}

void repli_record_import_rollback(struct repli_record *r)
{
    if (!r->run)
        return;
    drop_run(r);
    repli_db_rollback(&r->db);
}

enum repli_status repli_record_refusals(struct repli_record *r, repli_refusal_fn *fn, void *user, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&r->db,
                                           "SELECT file,line,resource,reason FROM import_refusal "
                                           "WHERE run_id=(SELECT max(run_id) FROM import_run) ORDER BY seq",
                                           &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row)
        fn(user, repli_col_text(st, 0), sqlite3_column_int64(st, 1), repli_col_text(st, 2), repli_col_text(st, 3));
    return s;
}
