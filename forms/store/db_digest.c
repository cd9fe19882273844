/* A digest of tables that does not depend on how rows were inserted. */
#include "store/db.h"

#include <string.h>

#include "repli/id.h"
#include "repli/text.h"

static bool listed(const char *list, const char *name)
{
    size_t n = strlen(name);
    while (list && *list) {
        list += strspn(list, " ,");
        size_t len = strcspn(list, " ,");
        if (len == n && strncmp(list, name, n) == 0)
            return true;
        list += len;
    }
    return false;
}

/* Table and column names come from this program and from its own schema; they are quoted all the same. */
static void add_name(struct repli_buf *sql, const char *name)
{
    repli_buf_puts(sql, "\"");
    for (; *name; name++) {
        if (*name == '"')
            repli_buf_puts(sql, "\"");
        repli_buf_add(sql, name, 1);
    }
    repli_buf_puts(sql, "\"");
}

/* SELECT of the columns that count, in the order of those columns. */
static enum repli_status build_select(struct repli_db *db, const char *table, const char *without,
                                      struct repli_buf *sql, struct repli_err *err)
{
    struct repli_buf columns = {0};
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        repli_db_prepare(db, "SELECT name FROM pragma_table_xinfo(?) WHERE hidden=0 ORDER BY cid", &st, err);
    if (s == REPLI_OK)
        repli_bind_text(st, 1, table);
    while (s == REPLI_OK && (s = repli_db_step(db, st, &row, err)) == REPLI_OK && row) {
        if (listed(without, repli_col_text(st, 0)))
            continue;
        repli_buf_puts(&columns, columns.len ? "," : "");
        add_name(&columns, repli_col_text(st, 0));
    }
    if (s == REPLI_OK && columns.len == 0)
        s = repli_fail(err, REPLI_BUG, "%s: no table '%s' to digest", db->path, table);
    if (s == REPLI_OK) {
        repli_buf_printf(sql, "SELECT %s FROM ", columns.data);
        add_name(sql, table);
        repli_buf_printf(sql, " ORDER BY %s", columns.data);
    }
    repli_buf_done(&columns);
    return s;
}

/* The type goes in too: the text '1' is not the integer 1. */
static void hash_cell(struct repli_hash *h, sqlite3_stmt *st, int i)
{
    int type = sqlite3_column_type(st, i);
    repli_hash_int(h, type);
    if (type == SQLITE_INTEGER)
        repli_hash_int(h, sqlite3_column_int64(st, i));
    else if (type == SQLITE_FLOAT) {
        double v = sqlite3_column_double(st, i);
        int64_t bits = 0;
        memcpy(&bits, &v, sizeof bits);
        repli_hash_int(h, bits);
    } else if (type != SQLITE_NULL) {
        const void *data = sqlite3_column_blob(st, i);
        int len = sqlite3_column_bytes(st, i);
        repli_hash_int(h, len);
        repli_hash_bytes(h, len > 0 ? data : "", (uint64_t)len);
    }
}

enum repli_status repli_db_hash_rows(struct repli_db *db, const char *sql, struct repli_hash *h, int64_t *rows,
                                     struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    int64_t n = 0;
    enum repli_status s = repli_db_prepare(db, sql, &st, err);
    while (s == REPLI_OK && (s = repli_db_step(db, st, &row, err)) == REPLI_OK && row) {
        for (int i = 0; i < sqlite3_column_count(st); i++)
            hash_cell(h, st, i);
        n++;
    }
    repli_hash_int(h, n); /* so that rows of two tables never run together */
    if (s == REPLI_OK && rows)
        *rows = n;
    return s;
}

enum repli_status repli_db_hash_table(struct repli_db *db, const char *spec, struct repli_hash *h,
                                      struct repli_err *err)
{
    char name[64];
    size_t n = strcspn(spec, ":");
    if (n >= sizeof name)
        return repli_fail(err, REPLI_BUG, "table name '%s' is too long", spec);
    memcpy(name, spec, n);
    name[n] = 0;
    struct repli_buf sql = {0};
    enum repli_status s = build_select(db, name, spec[n] ? spec + n + 1 : NULL, &sql, err);
    if (s == REPLI_OK) {
        repli_hash_text(h, name);
        s = repli_db_hash_rows(db, sql.data, h, NULL, err);
    }
    repli_buf_done(&sql);
    return s;
}

enum repli_status repli_db_digest(struct repli_db *db, const char *const *tables, char out[65], struct repli_err *err)
{
    struct repli_hash h;
    uint8_t hash[32];
    enum repli_status s = REPLI_OK;
    repli_hash_init(&h);
    for (size_t i = 0; s == REPLI_OK && tables[i]; i++)
        s = repli_db_hash_table(db, tables[i], &h, err);
    if (s != REPLI_OK)
        return s;
    repli_hash_final(&h, hash);
    repli_hex(hash, sizeof hash, out);
    return REPLI_OK;
}
