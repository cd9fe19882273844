/* A ward's own copy of a snapshot: its people and what belongs to them, and nothing of anybody else.
**
** What goes is found from the schema, not from a list of tables: rows of other patients, rows of other wards, and rows
** that belong to a row that went.  The file is compacted, so that nothing of the others is left in free pages, and
** keeps the id of its take: paper printed from it and paper printed from the whole snapshot name the same data.
*/
#include <string.h>

#include "repli/snapshot_keep.h"
#include "store/db_internal.h"
#include "store/snapshot_internal.h"

struct cutter {
    struct repli_db db;
    struct repli_arena a;
    struct repli_err *err;
};

static enum repli_status run_text(struct cutter *c, const char *sql, const char *text, int64_t *changes)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&c->db, sql, &st, c->err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, text);
    s = repli_db_run(&c->db, st, c->err);
    if (s == REPLI_OK && changes)
        *changes = repli_db_changes(&c->db);
    return s;
}

/* The wards in a temporary table, each known to the snapshot, and the people in them. */
static enum repli_status choose(struct cutter *c, const char *const *wards, size_t count)
{
    enum repli_status s = repli_db_exec(&c->db, "CREATE TEMP TABLE cut_ward(ward TEXT PRIMARY KEY)", c->err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        int64_t found = 0;
        s = run_text(c, "INSERT OR IGNORE INTO cut_ward SELECT ward FROM ward WHERE ward=?", wards[i], &found);
        if (s == REPLI_OK && found == 0)
            s = repli_fail(c->err, REPLI_USAGE, "ward '%.60s' is not in the snapshot: `repli wards` lists them",
                           wards[i]);
    }
    if (s == REPLI_OK)
        s = repli_db_exec(
            &c->db,
            "CREATE TEMP TABLE cut_patient AS SELECT patient_id FROM stay WHERE ward IN (SELECT ward FROM "
            "cut_ward)",
            c->err);
    return s;
}

/* Names of the snapshot's own tables are words of its schema; still, only plain ones become part of SQL. */
static enum repli_status cut_table(struct cutter *c, const char *table, const char *column, const char *from)
{
    if (strspn(table, "abcdefghijklmnopqrstuvwxyz_") != strlen(table))
        return repli_fail(c->err, REPLI_DATA, "%s: a table has the strange name '%.40s'", c->db.path, table);
    return repli_db_exec(&c->db,
                         repli_arena_printf(&c->a, "DELETE FROM main.%s WHERE %s NOT IN (SELECT %s FROM temp.%s)",
                                            table, column, column, from),
                         c->err);
}

static enum repli_status cut_rows(struct cutter *c)
{
    REPLI_STMT st = NULL;
    bool row = false;
    const char **todo = NULL; /* table, then "patient_id" or "ward" */
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &c->db,
        "SELECT t.name, max(p.name='patient_id') FROM main.sqlite_schema t JOIN pragma_table_info(t.name) p "
        "WHERE t.type='table' AND p.name IN('patient_id','ward') GROUP BY t.name ORDER BY t.name",
        &st, c->err);
    while (s == REPLI_OK && (s = repli_db_step(&c->db, st, &row, c->err)) == REPLI_OK && row) {
        todo = repli_rows_more(&c->a, todo, n, 2 * sizeof *todo);
        todo[2 * n] = repli_col_dup(&c->a, st, 0);
        todo[2 * n + 1] = sqlite3_column_int(st, 1) ? "patient_id" : "ward";
        n++;
    }
    repli_stmt_done(&st);
    for (size_t i = 0; s == REPLI_OK && i < n; i++) {
        bool people = strcmp(todo[2 * i + 1], "patient_id") == 0;
        s = cut_table(c, todo[2 * i], todo[2 * i + 1], people ? "cut_patient" : "cut_ward");
    }
    return s;
}

/* Rows that belong to a row that is gone go as well, until none is left. */
static enum repli_status cut_orphans(struct cutter *c)
{
    for (;;) {
        REPLI_STMT st = NULL;
        bool row = false;
        size_t n = 0;
        struct orphan {
            const char *table;
            int64_t rowid;
        } *all = NULL;
        enum repli_status s = repli_db_prepare(&c->db, "PRAGMA foreign_key_check", &st, c->err);
        while (s == REPLI_OK && (s = repli_db_step(&c->db, st, &row, c->err)) == REPLI_OK && row) {
            all = repli_rows_more(&c->a, all, n, sizeof *all);
            all[n++] = (struct orphan){repli_col_dup(&c->a, st, 0), sqlite3_column_int64(st, 1)};
        }
        repli_stmt_done(&st);
        for (size_t i = 0; s == REPLI_OK && i < n; i++)
            s = repli_db_exec(&c->db,
                              repli_arena_printf(&c->a, "DELETE FROM main.%s WHERE rowid=%lld", all[i].table,
                                                 (long long)all[i].rowid),
                              c->err);
        if (s != REPLI_OK || n == 0)
            return s;
    }
}

/* count.TABLE says how many rows a table has: now of the copy. */
static enum repli_status count_again(struct cutter *c)
{
    REPLI_STMT st = NULL;
    bool row = false;
    const char **tables = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(&c->db,
                                           "SELECT name FROM main.sqlite_schema WHERE type='table' AND 'count.'||name "
                                           "IN (SELECT key FROM meta)",
                                           &st, c->err);
    while (s == REPLI_OK && (s = repli_db_step(&c->db, st, &row, c->err)) == REPLI_OK && row) {
        tables = repli_rows_more(&c->a, tables, n, sizeof *tables);
        tables[n++] = repli_col_dup(&c->a, st, 0);
    }
    repli_stmt_done(&st);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        s = repli_db_exec(&c->db,
                          repli_arena_printf(&c->a,
                                             "UPDATE meta SET value=(SELECT CAST(count(*) AS TEXT) FROM main.%s) WHERE "
                                             "key='count.%s'",
                                             tables[i], tables[i]),
                          c->err);
    return s;
}

static enum repli_status seal(struct cutter *c)
{
    uint8_t content[32];
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_exec(
        &c->db,
        "INSERT INTO meta(key, value) SELECT 'cut.take', lower(hex(id)) FROM seal WHERE true ON CONFLICT DO NOTHING;"
        "INSERT OR REPLACE INTO meta(key, value) SELECT 'cut.wards', group_concat(ward, ', ') FROM (SELECT ward FROM "
        "main.ward ORDER BY ord)",
        c->err);
    if (s == REPLI_OK)
        s = repli_snapshot_content(&c->db, content, c->err);
    if (s == REPLI_OK)
        s = repli_db_prepare(&c->db, "UPDATE seal SET content=?", &st, c->err);
    if (s != REPLI_OK)
        return s;
    repli_bind_blob(st, 1, content, sizeof content);
    return repli_db_run(&c->db, st, c->err);
}

static enum repli_status cut(struct cutter *c, const char *const *wards, size_t count)
{
    enum repli_status s = choose(c, wards, count);
    if (s == REPLI_OK)
        s = cut_rows(c);
    if (s == REPLI_OK)
        s = cut_orphans(c);
    if (s == REPLI_OK)
        s = count_again(c);
    if (s == REPLI_OK)
        s = repli_db_exec(&c->db, "DROP TABLE temp.cut_ward; DROP TABLE temp.cut_patient", c->err);
    return s == REPLI_OK ? seal(c) : s;
}

enum repli_status repli_snapshot_cut(const char *path, const char *const *wards, size_t count, struct repli_err *err)
{
    struct cutter c = {.db = {.path = repli_xstrdup(path)}, .err = err};
    enum repli_status s = repli_db_connect(&c.db, path, SQLITE_OPEN_READWRITE, err);
    if (s == REPLI_OK)
        s = repli_db_exec(&c.db, "PRAGMA journal_mode=MEMORY; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=OFF", err);
    if (s == REPLI_OK)
        s = repli_db_begin(&c.db, err);
    if (s == REPLI_OK)
        s = cut(&c, wards, count);
    if (s == REPLI_OK)
        s = repli_db_commit(&c.db, err);
    if (s == REPLI_OK)
        s = repli_db_exec(&c.db, "VACUUM", err);
    repli_db_close(&c.db);
    repli_arena_done(&c.a);
    return s;
}
