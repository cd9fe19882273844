/* What changed between two snapshots, for the gates; and the mark of one that people accepted. */
#include <stdio.h>
#include <string.h>

#include "repli/snapshot_gate.h"
#include "store/snapshot_internal.h"

#define DAY_S   86400
#define AHEAD_S 600

/* One patient of one side; both sides come in the order of patient_id. */
struct walker {
    struct repli_db *db;
    sqlite3_stmt *st;
    bool row;
};

static enum repli_status walk(struct walker *w, struct repli_err *err)
{
    return repli_db_step(w->db, w->st, &w->row, err);
}

static enum repli_status open_walker(struct walker *w, struct repli_snapshot *snap, struct repli_err *err)
{
    w->db = &snap->db;
    enum repli_status s =
        repli_db_prepare(w->db,
                         "SELECT p.patient_id, p.identifier_system || '|' || p.identifier, p.birth_date, "
                         "s.encounter_id FROM patient p JOIN stay s USING(patient_id) ORDER BY p.patient_id",
                         &w->st, err);
    return s == REPLI_OK ? walk(w, err) : s;
}

/* Does the record say that this stay has ended, or whose it has become?  A stay that is not there any more explains
** nothing. */
static enum repli_status explained(struct repli_record *record, sqlite3_stmt *ended, const char *encounter, int64_t at,
                                   bool *yes, struct repli_err *err)
{
    sqlite3_reset(ended);
    repli_bind_text(ended, 1, encounter);
    repli_bind_int(ended, 2, at);
    return repli_db_step(&record->db, ended, yes, err);
}

static bool differs(const char *a, const char *b)
{
    return a && b && strcmp(a, b) != 0;
}

static enum repli_status meet(struct walker *old, struct walker *new, struct repli_record *record, sqlite3_stmt *ended,
                              struct repli_snapshot_change *c, struct repli_err *err)
{
    bool yes = false;
    int order = !new->row ? -1 : !old->row ? 1 : strcmp(repli_col_text(old->st, 0), repli_col_text(new->st, 0));
    enum repli_status s = REPLI_OK;
    if (order < 0) {
        s = explained(record, ended, repli_col_text(old->st, 3), c->after_utc, &yes, err);
        c->vanished += s == REPLI_OK && !yes;
    } else if (order == 0) {
        c->kept++;
        c->changed += differs(repli_col_text(old->st, 1), repli_col_text(new->st, 1)) ||
                      differs(repli_col_text(old->st, 2), repli_col_text(new->st, 2));
    }
    if (s == REPLI_OK && order <= 0)
        s = walk(old, err);
    if (s == REPLI_OK && order >= 0)
        s = walk(new, err);
    return s;
}

static enum repli_status compare_people(struct repli_snapshot *before, struct repli_snapshot *after,
                                        struct repli_record *record, struct repli_snapshot_change *c,
                                        struct repli_err *err)
{
    struct walker old = {0}, new = {0};
    REPLI_STMT ended = NULL;
    enum repli_status s = repli_db_prepare(&record->db,
                                           "SELECT 1 FROM encounter e JOIN patient p USING(patient_id) WHERE "
                                           "encounter_id=?1 AND (end_utc<=?2 OR p.replaced_by IS NOT NULL OR status "
                                           "NOT IN('in-progress','arrived','triaged','onleave'))",
                                           &ended, err);
    if (s == REPLI_OK)
        s = open_walker(&old, before, err);
    if (s == REPLI_OK)
        s = open_walker(&new, after, err);
    while (s == REPLI_OK && (old.row || new.row))
        s = meet(&old, &new, record, ended, c, err);
    repli_stmt_done(&old.st);
    repli_stmt_done(&new.st);
    return s;
}

static const struct repli_snap_ward *find_ward(const struct repli_snap_ward *wards, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(wards[i].id, id) == 0)
            return &wards[i];
    return NULL;
}

static bool crowded(const struct repli_snap_ward *w, int64_t floor, int64_t percent)
{
    return w && w->beds > 0 && w->census - w->beds >= floor && w->census * 100 > w->beds * percent;
}

static enum repli_status compare_wards(struct repli_snapshot *before, struct repli_snapshot *after, int64_t floor,
                                       int64_t percent, struct repli_arena *a, struct repli_snapshot_change *c,
                                       struct repli_err *err)
{
    struct repli_snap_ward *old = NULL, *new = NULL;
    size_t nold = 0, nnew = 0;
    enum repli_status s = repli_snapshot_wards(before, a, &old, &nold, err);
    if (s == REPLI_OK)
        s = repli_snapshot_wards(after, a, &new, &nnew, err);
    if (s != REPLI_OK)
        return s;
    for (size_t i = 0; i < nold; i++) {
        const struct repli_snap_ward *now = find_ward(new, nnew, old[i].id);
        if (!now && old[i].census > 0 && !c->ward_gone[0]) {
            snprintf(c->ward_gone, sizeof c->ward_gone, "%.60s", old[i].id);
            c->ward_gone_had = old[i].census;
        } else if (now && now->census == 0 && old[i].census >= floor && !c->ward_emptied[0]) {
            snprintf(c->ward_emptied, sizeof c->ward_emptied, "%.60s", old[i].id);
            c->ward_emptied_had = old[i].census;
        }
    }
    for (size_t i = 0; i < nnew && !c->ward_crowded[0]; i++)
        if (crowded(&new[i], floor, percent) && !crowded(find_ward(old, nold, new[i].id), floor, percent)) {
            snprintf(c->ward_crowded, sizeof c->ward_crowded, "%.60s", new[i].id);
            c->crowd = new[i].census;
            c->crowd_beds = new[i].beds;
        }
    return REPLI_OK;
}

static enum repli_status count_rows(struct repli_snapshot *snap, int64_t rows[3], int64_t *newest,
                                    struct repli_err *err)
{
    static const char *const counts[] = {"SELECT count(*) FROM allergy", "SELECT count(*) FROM medication_order",
                                         "SELECT count(*) FROM observation"};
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < 3; i++)
        s = repli_db_int(&snap->db, counts[i], 0, &rows[i], err);
    if (s != REPLI_OK)
        return s;
    return repli_db_int(&snap->db,
                        "SELECT max(t) FROM (SELECT effective_utc AS t FROM observation UNION ALL SELECT admitted_utc "
                        "FROM stay UNION ALL SELECT authored_utc FROM medication_order)",
                        INT64_MIN, newest, err);
}

enum repli_status repli_snapshot_compare(struct repli_snapshot *before, struct repli_snapshot *after,
                                         struct repli_record *record, int64_t ward_floor, int64_t beds_percent,
                                         struct repli_snapshot_change *change, struct repli_err *err)
{
    struct repli_arena a = {0};
    struct repli_snapshot_change c = {.before = before->info.patients,
                                      .after = after->info.patients,
                                      .unplaced_before = before->info.unplaced,
                                      .unplaced_after = after->info.unplaced,
                                      .before_utc = before->info.taken_utc,
                                      .after_utc = after->info.taken_utc};
    enum repli_status s = compare_people(before, after, record, &c, err);
    if (s == REPLI_OK)
        s = compare_wards(before, after, ward_floor, beds_percent, &a, &c, err);
    if (s == REPLI_OK)
        s = count_rows(before, c.rows_before, &c.newest_before_utc, err);
    if (s == REPLI_OK)
        s = count_rows(after, c.rows_after, &c.newest_after_utc, err);
    repli_arena_done(&a);
    if (s == REPLI_OK)
        *change = c;
    return s;
}

static enum repli_status count_between(struct repli_record *record, int64_t from, int64_t to, int64_t *n,
                                       struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &record->db, "SELECT count(*) FROM observation WHERE effective_utc>?1 AND effective_utc<=?2", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, from);
    repli_bind_int(st, 2, to);
    s = repli_db_step(&record->db, st, &row, err);
    if (s == REPLI_OK)
        *n = sqlite3_column_int64(st, 0);
    return s;
}

enum repli_status repli_record_future(struct repli_record *record, int64_t at_utc, struct repli_snapshot_future *future,
                                      struct repli_err *err)
{
    struct repli_snapshot_future f = {0};
    enum repli_status s = count_between(record, at_utc + AHEAD_S, INT64_MAX, &f.ahead, err);
    if (s == REPLI_OK)
        s = count_between(record, at_utc - DAY_S, at_utc + AHEAD_S, &f.recent, err);
    if (s == REPLI_OK)
        *future = f;
    return s;
}

static enum repli_status schema_hash(struct repli_db *db, uint8_t hash[32], struct repli_err *err)
{
    struct repli_hash h;
    repli_hash_init(&h);
    enum repli_status s = repli_db_hash_rows(
        db, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name", &h, NULL, err);
    if (s == REPLI_OK)
        repli_hash_final(&h, hash);
    return s;
}

enum repli_status repli_snapshot_schema(struct repli_snapshot *snap, struct repli_err *err)
{
    struct repli_db model = {0};
    uint8_t here[32], there[32];
    char path[600];
    snprintf(path, sizeof path, "%s.tmp-model", snap->info.path);
    (void)remove(path);
    enum repli_status s =
        repli_db_build(path, REPLI_SNAPSHOT_APPLICATION, REPLI_SNAPSHOT_SCHEMA, "store/snapshot.sql", &model, err);
    if (s == REPLI_OK)
        s = schema_hash(&model, there, err);
    repli_db_close(&model);
    (void)remove(path);
    if (s == REPLI_OK)
        s = schema_hash(&snap->db, here, err);
    if (s == REPLI_OK && memcmp(here, there, sizeof here) != 0)
        return repli_fail(err, REPLI_DATA, "%s: its tables are not those of repli %s", snap->info.path, REPLI_VERSION);
    return s;
}
