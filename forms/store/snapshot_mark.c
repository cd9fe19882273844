/* A snapshot that a gate refused and two people took: who, when and why become part of its content. */
#include <string.h>
#include <stdio.h>

#include "repli/snapshot_gate.h"
#include "store/db_internal.h"
#include "store/snapshot_internal.h"

static enum repli_status put(struct repli_db *db, const char *key, const char *value, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(db, "INSERT INTO meta(key, value) VALUES(?,?)", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, key);
    repli_bind_text(st, 2, value);
    return repli_db_run(db, st, err);
}

static enum repli_status reseal(struct repli_db *db, struct repli_err *err)
{
    uint8_t content[32], id[6];
    int64_t taken = 0;
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_int(db, "SELECT CAST(value AS INTEGER) FROM meta WHERE key='taken_utc'", 0, &taken, err);
    if (s == REPLI_OK)
        s = repli_snapshot_content(db, content, err);
    if (s == REPLI_OK)
        s = repli_db_prepare(db, "UPDATE seal SET content=?, id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_snapshot_id(taken, content, id);
    repli_bind_blob(st, 1, content, sizeof content);
    repli_bind_blob(st, 2, id, sizeof id);
    return repli_db_run(db, st, err);
}

enum repli_status repli_snapshot_mark(const char *path, const char *by, const char *why, int64_t now_utc,
                                      struct repli_err *err)
{
    struct repli_db db = {.path = repli_xstrdup(path)};
    char utc[32];
    snprintf(utc, sizeof utc, "%lld", (long long)now_utc);
    enum repli_status s = repli_db_connect(&db, path, SQLITE_OPEN_READWRITE, err);
    if (s == REPLI_OK)
        s = repli_db_exec(&db, "PRAGMA journal_mode=MEMORY", err);
    if (s == REPLI_OK)
        s = repli_db_begin(&db, err);
    if (s == REPLI_OK)
        s = put(&db, "accepted.utc", utc, err);
    if (s == REPLI_OK)
        s = put(&db, "accepted.by", by, err);
    if (s == REPLI_OK)
        s = put(&db, "accepted.why", why, err);
    if (s == REPLI_OK)
        s = reseal(&db, err);
    if (s == REPLI_OK)
        s = repli_db_commit(&db, err);
    repli_db_close(&db);
    return s;
}
