/* Is this file a snapshot, and is it whole? */
#include "store/snapshot_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "repli/clock.h"
#include "repli/text.h"

enum repli_status repli_snapshot_content(struct repli_db *db, uint8_t content[32], struct repli_err *err)
{
    struct repli_hash h;
    struct repli_arena a = {0};
    REPLI_STMT st = NULL;
    bool row = false;
    repli_hash_init(&h);
    enum repli_status s = repli_db_hash_rows(
        db, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name", &h, NULL, err);
    if (s == REPLI_OK)
        s = repli_db_prepare(db, "SELECT name FROM sqlite_schema WHERE type='table' AND name<>'seal' ORDER BY name",
                             &st, err);
    while (s == REPLI_OK && (s = repli_db_step(db, st, &row, err)) == REPLI_OK && row)
        s = repli_db_hash_table(db, repli_col_dup(&a, st, 0), &h, err);
    repli_arena_done(&a);
    if (s == REPLI_OK)
        repli_hash_final(&h, content);
    return s;
}

/* What is wrong with a snapshot is wrong data, whatever SQLite calls it. */
static enum repli_status as_data(enum repli_status s, struct repli_err *err)
{
    if (s != REPLI_DB)
        return s;
    if (err)
        err->status = REPLI_DATA;
    return REPLI_DATA;
}

static enum repli_status meta_text(struct repli_db *db, const char *key, char *out, size_t size, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(db, "SELECT value FROM meta WHERE key=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, key);
    s = repli_db_step(db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    const char *value = row ? repli_col_text(st, 0) : NULL;
    if (!value || strlen(value) >= size)
        return repli_fail(err, REPLI_DATA, "%s: the snapshot does not say its %s", db->path, key);
    memcpy(out, value, strlen(value) + 1);
    return REPLI_OK;
}

/* "" when the snapshot does not speak of it. */
static enum repli_status meta_optional(struct repli_db *db, const char *key, char *out, size_t size,
                                       struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(db, "SELECT value FROM meta WHERE key=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, key);
    s = repli_db_step(db, st, &row, err);
    if (s == REPLI_OK)
        snprintf(out, size, "%s", row ? repli_col_text(st, 0) : "");
    return s;
}

static enum repli_status read_acceptance(struct repli_db *db, struct repli_snapshot_info *info, struct repli_err *err)
{
    enum repli_status s = repli_db_int(db, "SELECT CAST(value AS INTEGER) FROM meta WHERE key='accepted.utc'", 0,
                                       &info->accepted_utc, err);
    if (s == REPLI_OK)
        s = meta_optional(db, "accepted.by", info->accepted_by, sizeof info->accepted_by, err);
    return s == REPLI_OK ? meta_optional(db, "accepted.why", info->accepted_why, sizeof info->accepted_why, err) : s;
}

/* A ward's copy keeps the id of its take, whose content had more in it. */
static enum repli_status cut_id(struct repli_db *db, struct repli_snapshot_info *info, uint8_t id[6],
                                struct repli_err *err)
{
    char take[16], time[9], hex[9];
    enum repli_status s = meta_optional(db, "cut.take", take, sizeof take, err);
    if (s == REPLI_OK)
        s = meta_optional(db, "cut.wards", info->cut_wards, sizeof info->cut_wards, err);
    if (s != REPLI_OK || !take[0])
        return s;
    repli_hex(id, 4, time);
    snprintf(hex, sizeof hex, "%.8s", take);
    if (strcmp(time, hex) != 0 || !repli_unhex(take, id, 6))
        return repli_fail(err, REPLI_DATA, "%s: the ward copy names a take of another time", db->path);
    return REPLI_OK;
}

static enum repli_status read_seal(struct repli_db *db, struct repli_snapshot_info *info, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    uint8_t id[6];
    enum repli_status s = repli_db_prepare(db, "SELECT content, id FROM seal", &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    if (!row || !repli_col_bytes(st, 0, info->content, sizeof info->content) ||
        !repli_col_bytes(st, 1, info->id, sizeof info->id))
        return repli_fail(err, REPLI_DATA, "%s: the snapshot has no seal: it was never finished", db->path);
    repli_snapshot_id(info->taken_utc, info->content, id);
    s = cut_id(db, info, id, err);
    if (s != REPLI_OK)
        return s;
    if (memcmp(id, info->id, sizeof id) != 0)
        return repli_fail(err, REPLI_DATA, "%s: the snapshot's id does not belong to its time and content", db->path);
    return REPLI_OK;
}

static enum repli_status read_info(struct repli_db *db, struct repli_snapshot_info *info, struct repli_err *err)
{
    enum repli_status s = meta_text(db, "timezone", info->timezone, sizeof info->timezone, err);
    if (s == REPLI_OK)
        s = meta_text(db, "hospital", info->hospital, sizeof info->hospital, err);
    if (s == REPLI_OK)
        s = repli_db_int(db, "SELECT CAST(value AS INTEGER) FROM meta WHERE key='taken_utc'", INT64_MIN,
                         &info->taken_utc, err);
    if (s == REPLI_OK && info->taken_utc == INT64_MIN)
        s = repli_fail(err, REPLI_DATA, "%s: the snapshot does not say its time", db->path);
    if (s == REPLI_OK)
        s = read_seal(db, info, err);
    if (s == REPLI_OK)
        s = read_acceptance(db, info, err);
    if (s == REPLI_OK)
        s = repli_db_int(db, "SELECT count(*) FROM patient", 0, &info->patients, err);
    if (s == REPLI_OK)
        s = repli_db_int(db, "SELECT count(*) FROM ward", 0, &info->wards, err);
    if (s == REPLI_OK)
        s = repli_db_int(db, "SELECT count(*) FROM stay WHERE ward IS NULL", 0, &info->unplaced, err);
    return s;
}

static enum repli_status open_file(const char *path, struct repli_snapshot *snap, struct repli_err *err)
{
    int64_t version = 0;
    if (strlen(path) >= sizeof snap->info.path)
        return repli_fail(err, REPLI_IO, "%s: the path is too long", path);
    if (access(path, R_OK) != 0)
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    snprintf(snap->info.path, sizeof snap->info.path, "%s", path);
    enum repli_status s = repli_db_open_readonly(path, REPLI_SNAPSHOT_APPLICATION, &snap->db, &version, err);
    if (s == REPLI_OK && version > REPLI_SNAPSHOT_SCHEMA)
        s = repli_fail(err, REPLI_DATA,
                       "%s was written by a newer repli (snapshot version %lld, repli %s knows %d): use that program",
                       path, (long long)version, REPLI_VERSION, REPLI_SNAPSHOT_SCHEMA);
    if (s == REPLI_OK)
        s = read_info(&snap->db, &snap->info, err);
    if (s != REPLI_OK)
        repli_db_close(&snap->db);
    return as_data(s, err);
}

static enum repli_status check_content(struct repli_snapshot *snap, struct repli_err *err)
{
    uint8_t content[32];
    enum repli_status s = repli_snapshot_content(&snap->db, content, err);
    if (s == REPLI_OK && memcmp(content, snap->info.content, sizeof content) != 0)
        s = repli_fail(err, REPLI_DATA, "%s: the content does not match its hash: the file was changed or is damaged",
                       snap->info.path);
    return as_data(s, err);
}

enum repli_status repli_snapshot_peek(const char *path, struct repli_snapshot_info *info, struct repli_err *err)
{
    struct repli_snapshot snap = {0};
    enum repli_status s = open_file(path, &snap, err);
    if (s != REPLI_OK)
        return s;
    repli_db_close(&snap.db);
    *info = snap.info;
    return REPLI_OK;
}

/* The content hash is over the tables; what an index says of them is not part of it, and patients are found through
** indexes: a damaged one would silently leave allergies off a sheet. */
static enum repli_status check_integrity(struct repli_snapshot *snap, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&snap->db, "PRAGMA integrity_check(1)", &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(&snap->db, st, &row, err);
    if (s == REPLI_OK && (!row || strcmp(repli_col_text(st, 0), "ok") != 0))
        return repli_fail(err, REPLI_DATA, "%s: the file's structure is damaged: %s", snap->info.path,
                          row ? repli_col_text(st, 0) : "");
    return as_data(s, err);
}

enum repli_status repli_snapshot_open(const char *path, struct repli_snapshot **out, struct repli_err *err)
{
    struct repli_snapshot snap = {0};
    enum repli_status s = open_file(path, &snap, err);
    if (s == REPLI_OK)
        s = check_integrity(&snap, err);
    if (s == REPLI_OK)
        s = check_content(&snap, err);
    if (s != REPLI_OK) {
        repli_db_close(&snap.db);
        return s;
    }
    *out = repli_xcalloc(1, sizeof **out);
    **out = snap;
    return REPLI_OK;
}

enum repli_status repli_snapshot_reopen(const char *path, struct repli_snapshot **out, struct repli_err *err)
{
    struct repli_snapshot snap = {0};
    enum repli_status s = open_file(path, &snap, err);
    if (s != REPLI_OK)
        return s;
    *out = repli_xcalloc(1, sizeof **out);
    **out = snap;
    return REPLI_OK;
}

/* ---- the full check */

static enum repli_status check_structure(struct repli_snapshot *snap, struct repli_err *err)
{
    REPLI_STMT keys = NULL;
    bool row = false;
    enum repli_status s = check_integrity(snap, err);
    if (s == REPLI_OK)
        s = repli_db_prepare(&snap->db, "PRAGMA foreign_key_check", &keys, err);
    if (s == REPLI_OK)
        s = repli_db_step(&snap->db, keys, &row, err);
    if (s == REPLI_OK && row)
        return repli_fail(err, REPLI_DATA, "%s: a row of %s belongs to a row of %s that is not there", snap->info.path,
                          repli_col_text(keys, 0), repli_col_text(keys, 2));
    return as_data(s, err);
}

/* Rows of every table against what was counted while the record was read. */
static enum repli_status check_counts(struct repli_snapshot *snap, struct repli_err *err)
{
    static const char *const tables[][2] = {
        {"ward", "SELECT count(*) FROM ward"},       {"patient", "SELECT count(*) FROM patient"},
        {"stay", "SELECT count(*) FROM stay"},       {"census", "SELECT count(*) FROM census"},
        {"allergy", "SELECT count(*) FROM allergy"}, {"medication_order", "SELECT count(*) FROM medication_order"},
        {"dose", "SELECT count(*) FROM dose"},       {"observation", "SELECT count(*) FROM observation"},
    };
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < sizeof tables / sizeof *tables; i++) {
        char key[64], said[32], counted[32];
        int64_t rows = 0;
        snprintf(key, sizeof key, "count.%s", tables[i][0]);
        s = meta_text(&snap->db, key, said, sizeof said, err);
        if (s == REPLI_OK)
            s = repli_db_int(&snap->db, tables[i][1], 0, &rows, err);
        snprintf(counted, sizeof counted, "%lld", (long long)rows);
        if (s == REPLI_OK && strcmp(said, counted) != 0)
            s = repli_fail(err, REPLI_DATA, "%s: %s holds %s rows, the record had %s", snap->info.path, tables[i][0],
                           counted, said);
    }
    int64_t census = 0;
    if (s == REPLI_OK)
        s = repli_db_int(&snap->db, "SELECT sum(census) FROM ward", 0, &census, err);
    if (s == REPLI_OK && census + snap->info.unplaced != snap->info.patients)
        s = repli_fail(err, REPLI_DATA, "%s: the wards count %lld patients and %lld have none, but there are %lld",
                       snap->info.path, (long long)census, (long long)snap->info.unplaced,
                       (long long)snap->info.patients);
    return as_data(s, err);
}

static enum repli_status check_name(const struct repli_snapshot_info *info, struct repli_err *err)
{
    char time[24], expected[64];
    const char *slash = strrchr(info->path, '/'), *name = slash ? slash + 1 : info->path;
    repli_time_name(info->taken_utc, time);
    snprintf(expected, sizeof expected, "%s.snapshot", time);
    if (strcmp(name, expected) != 0)
        return repli_fail(err, REPLI_DATA, "%s: the file says it was taken as %s: it was renamed", info->path,
                          expected);
    return REPLI_OK;
}

enum repli_status repli_snapshot_verify(const char *path, bool name, struct repli_snapshot_info *info,
                                        struct repli_err *err)
{
    struct repli_snapshot snap = {0};
    enum repli_status s = open_file(path, &snap, err);
    if (s != REPLI_OK)
        return s;
    s = check_structure(&snap, err);
    if (s == REPLI_OK)
        s = check_counts(&snap, err);
    if (s == REPLI_OK)
        s = check_content(&snap, err);
    if (s == REPLI_OK && name)
        s = check_name(&snap.info, err);
    repli_db_close(&snap.db);
    if (s == REPLI_OK)
        *info = snap.info;
    return s;
}
