/* Lists of the record for people who look after merges. */
#include "repli/record_lists.h"

#include <string.h>

#include "repli/downtime.h"
#include "store/record_family.h"
#include "store/record_internal.h"

/* ---- one row, as people look at it */

static const char *key_of(const char *table)
{
    static const char *const keys[][2] = {{"observation", "observation_id"},
                                          {"medication_administration", "administration_id"},
                                          {"medication_request", "request_id"},
                                          {"allergy", "allergy_id"},
                                          {"fluid", "fluid_id"},
                                          {"movement", "movement_id"},
                                          {"encounter", "encounter_id"},
                                          {"patient", "patient_id"}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i][0], table) == 0)
            return keys[i][1];
    return NULL;
}

/* The table has such a key: names are the program's own words, never somebody's text. */
static enum repli_status has_key(struct repli_record *r, const char *table, const char *key, bool *has,
                                 struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&r->db, "SELECT 1 FROM pragma_table_info(?) WHERE name=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, table);
    repli_bind_text(st, 2, key);
    return repli_db_step(&r->db, st, has, err);
}

enum repli_status repli_record_live_row(struct repli_record *r, const char *table, const char *id,
                                        struct repli_arena *a, struct repli_live_row *out, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    const char *key = key_of(table);
    *out = (struct repli_live_row){.count = 0};
    enum repli_status s = key ? has_key(r, table, key, &row, err) : REPLI_OK;
    if (s != REPLI_OK || !row)
        return s;
    s = repli_db_prepare(&r->db, repli_arena_printf(a, "SELECT * FROM %s WHERE %s=?", table, key), &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    s = repli_db_step(&r->db, st, &row, err);
    int n = s == REPLI_OK && row ? sqlite3_column_count(st) : 0;
    out->columns = repli_arena_array(a, (size_t)n + 1, sizeof *out->columns);
    out->values = repli_arena_array(a, (size_t)n + 1, sizeof *out->values);
    for (int i = 0; i < n; i++) {
        const char *name = sqlite3_column_name(st, i);
        if (sqlite3_column_type(st, i) == SQLITE_NULL || sqlite3_column_type(st, i) == SQLITE_BLOB ||
            strcmp(name, "row_version") == 0)
            continue;
        out->columns[out->count] = repli_arena_strdup(a, name);
        out->values[out->count++] = repli_col_dup(a, st, i);
    }
    return s;
}

/* ---- merges */

enum repli_status repli_record_merges(struct repli_record *r, const struct repli_merged_wanted *w,
                                      struct repli_arena *a, struct repli_merged_row **list, size_t *count,
                                      struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_merged_row *all = NULL;
    size_t n = 0;
    struct repli_buf marks = {0};
    repli_buf_puts(&marks, "(NULL");
    for (size_t i = 0; i < w->nsheets; i++)
        repli_buf_printf(&marks, ",?%zu", i + 4);
    const char *sql = repli_arena_printf(
        a,
        "SELECT m.merge_id, m.sheet, m.person, u.person, u.reason, m.merged_utc, coalesce(u.undone_utc, 0), m.entries, "
        "u.merge_id IS NULL AND NOT EXISTS(SELECT 1 FROM merge_purge p WHERE p.merge_id=m.merge_id) FROM merge m LEFT "
        "JOIN merge_undo u USING(merge_id) WHERE (?1 IS NULL OR m.person=?1)%s%s%s ORDER BY m.rowid DESC LIMIT ?2 "
        "OFFSET ?3",
        w->nsheets ? " AND m.sheet IN" : "", w->nsheets ? marks.data : "", w->nsheets ? ")" : "");
    repli_buf_done(&marks);
    enum repli_status s = repli_db_prepare(&r->db, sql, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, w->person);
    repli_bind_int(st, 2, w->limit);
    repli_bind_int(st, 3, w->offset);
    for (size_t i = 0; i < w->nsheets; i++)
        repli_bind_text(st, (int)i + 4, w->sheets[i]);
    while ((s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_merged_row){.merge_id = repli_col_dup(a, st, 0),
                                             .sheet = repli_col_dup(a, st, 1),
                                             .person = repli_col_dup(a, st, 2),
                                             .undone_by = repli_col_dup(a, st, 3),
                                             .reason = repli_col_dup(a, st, 4),
                                             .merged_utc = sqlite3_column_int64(st, 5),
                                             .undone_utc = sqlite3_column_int64(st, 6),
                                             .entries = sqlite3_column_int64(st, 7),
                                             .undoable = sqlite3_column_int(st, 8) != 0};
    }
    *list = all;
    *count = n;
    return s;
}

/* ---- downtime numbers */

static const char *alias_of(struct repli_arena *a, const char *number)
{
    char letter = 0, alias[REPLI_DOWNTIME_ALIAS];
    uint64_t n = 0;
    if (!repli_downtime_parse(number, &letter, &n))
        return NULL;
    repli_downtime_alias(n, alias);
    return repli_arena_strdup(a, alias);
}

enum repli_status repli_record_downtime(struct repli_record *r, int64_t offset, int64_t limit, struct repli_arena *a,
                                        struct repli_downtime_row **list, size_t *count, struct repli_err *err)
{
    static const char *const states[] = {"open", "proposed", "resolved"};
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_downtime_row *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &r->db,
        "SELECT number, name, born, sex, state, CASE state WHEN 2 THEN replaced_by WHEN 1 THEN (SELECT patient_id FROM "
        "identity_act a WHERE a.number=x.number ORDER BY act_id DESC LIMIT 1) END FROM (SELECT p.patient_id AS number, "
        "coalesce(nullif(trim(coalesce(p.family, '') || ', ' || coalesce(p.given, ''), ', '), ''), p.name_text) AS "
        "name, p.birth_date AS born, p.gender AS sex, p.replaced_by, CASE WHEN p.replaced_by IS NOT NULL THEN 2 WHEN "
        "(SELECT act FROM identity_act a WHERE a.number=p.patient_id ORDER BY act_id DESC LIMIT 1)='proposed' THEN 1 "
        "ELSE 0 END AS state FROM patient p WHERE p.identifier_system='" REPLI_DOWNTIME_SYSTEM
        "') x ORDER BY state=2, state<>1, number LIMIT ?1 OFFSET ?2",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, limit);
    repli_bind_int(st, 2, offset);
    while ((s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n] = (struct repli_downtime_row){.number = repli_col_dup(a, st, 0),
                                             .name = repli_col_dup(a, st, 1),
                                             .birth_date = repli_col_dup(a, st, 2),
                                             .sex = repli_col_dup(a, st, 3),
                                             .state = states[sqlite3_column_int(st, 4)],
                                             .patient = repli_col_dup(a, st, 5)};
        all[n].alias = alias_of(a, all[n].number);
        n++;
    }
    *list = all;
    *count = n;
    return s;
}

/* ---- what happened */

enum repli_status repli_record_moments(struct repli_record *r, const char *patient_id, const char *order,
                                       const char *code, int64_t from_utc, int64_t to_utc, struct repli_arena *a,
                                       struct repli_moment **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_moment *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &r->db,
        "SELECT from_paper, start_utc, status || coalesce(' ' || dose || coalesce(' ' || dose_unit, ''), '') FROM "
        "medication_administration WHERE ?2 IS NOT NULL AND request_id=?2 AND patient_id IN " RECORD_FAMILY(
            "?1") " AND start_utc BETWEEN ?4 AND ?5 UNION ALL SELECT from_paper, effective_utc, value || coalesce(' ' "
                  "|| unit, "
                  "'') FROM observation WHERE ?3 IS NOT NULL AND code=?3 AND patient_id IN " RECORD_FAMILY(
                      "?1") " AND effective_utc BETWEEN ?4 AND ?5 AND value IS NOT NULL AND status<>'entered-in-error' "
                            "ORDER BY 2 LIMIT 200",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, patient_id);
    repli_bind_text(st, 2, order);
    repli_bind_text(st, 3, code);
    repli_bind_int(st, 4, from_utc);
    repli_bind_int(st, 5, to_utc);
    while ((s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_moment){.what = sqlite3_column_int(st, 0) ? "paper" : "record",
                                         .utc = sqlite3_column_int64(st, 1),
                                         .text = repli_col_dup(a, st, 2)};
    }
    *list = all;
    *count = n;
    return s;
}
