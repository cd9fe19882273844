/* Writing a snapshot: one consistent read of the record, copied row by row through C, and its seal. */
#include "store/record_family.h"
#include "store/snapshot_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

struct builder {
    struct repli_db *record;
    struct repli_db db;
    struct repli_arena arena;
    struct repli_err *err;
    const struct repli_snapshot_origin *origin;
    struct house house;
};

static enum repli_status put_meta(struct builder *b, const char *key, const char *text, int64_t number)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&b->db, "INSERT INTO meta(key, value) VALUES(?, coalesce(?, CAST(? AS TEXT)))", &st, b->err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, key);
    repli_bind_text(st, 2, text);
    repli_bind_int(st, 3, number);
    return repli_db_run(&b->db, st, b->err);
}

/* Who comes before whom when the whole house stands in one list. */
static int by_alphabet(const void *x, const void *y)
{
    const struct house_person *a = *(const struct house_person *const *)x, *b = *(const struct house_person *const *)y;
    int c = strcmp(a->sort_name, b->sort_name);
    return c ? c : strcmp(a->patient_id, b->patient_id);
}

static enum repli_status put_name_order(struct builder *b)
{
    REPLI_STMT st = NULL;
    size_t n = 0;
    const struct house_person **all = repli_arena_array(&b->arena, b->house.npeople + 1, sizeof *all);
    for (size_t i = 0; i < b->house.npeople; i++)
        if (b->house.people[i].found)
            all[n++] = &b->house.people[i];
    qsort(all, n, sizeof *all, by_alphabet);
    enum repli_status s = repli_db_prepare(&b->db, "INSERT INTO name_order(patient_id, ord) VALUES(?,?)", &st, b->err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++) {
        repli_bind_text(st, 1, all[i]->patient_id);
        repli_bind_int(st, 2, (int64_t)i + 1);
        s = repli_db_run(&b->db, st, b->err);
    }
    return s;
}

static enum repli_status put_wards(struct builder *b)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&b->db, "INSERT INTO ward(ward, name, beds, census, ord) VALUES(?,?,?,?,?)", &st, b->err);
    for (size_t i = 0; s == REPLI_OK && i < b->house.nwards; i++) {
        const struct house_ward *w = &b->house.wards[i];
        repli_bind_text(st, 1, w->code);
        repli_bind_text(st, 2, w->name);
        repli_bind_int(st, 3, w->beds);
        repli_bind_int(st, 4, w->census);
        repli_bind_int(st, 5, (int64_t)i + 1);
        s = repli_db_run(&b->db, st, b->err);
    }
    return s;
}

static enum repli_status put_patients(struct builder *b)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&b->db,
                         "INSERT INTO patient(patient_id, identifier_system, identifier, subject, family, given, "
                         "prefix, name_text, birth_date, gender, language, national_number, address, homonym, "
                         "deceased, ord) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                         &st, b->err);
    for (size_t i = 0; s == REPLI_OK && i < b->house.npeople; i++) {
        const struct house_person *p = &b->house.people[i];
        if (!p->found)
            continue;
        repli_bind_text(st, 1, p->patient_id);
        repli_bind_text(st, 2, p->identifier_system);
        repli_bind_text(st, 3, p->identifier);
        repli_bind_blob(st, 4, p->subject, sizeof p->subject);
        const char *const texts[] = {p->family, p->given,    p->prefix,          p->name_text, p->birth_date,
                                     p->gender, p->language, p->national_number, p->address};
        for (int t = 0; t < 9; t++)
            repli_bind_text(st, 5 + t, texts[t]);
        repli_bind_int(st, 14, p->homonym);
        repli_bind_int(st, 15, p->deceased);
        repli_bind_int(st, 16, (int64_t)i + 1);
        s = repli_db_run(&b->db, st, b->err);
    }
    return s;
}

static enum repli_status put_stays(struct builder *b)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&b->db,
                         "INSERT INTO stay(patient_id, encounter_id, stay_number, stay, ward, room, bed, attending, "
                         "admitted_utc, reason) VALUES(?,?,?,?,?,?,?,?,?,?)",
                         &st, b->err);
    for (size_t i = 0; s == REPLI_OK && i < b->house.npeople; i++) {
        const struct house_person *p = &b->house.people[i];
        repli_bind_text(st, 1, p->patient_id);
        repli_bind_text(st, 2, p->encounter_id);
        repli_bind_text(st, 3, p->stay_number);
        repli_bind_blob(st, 4, p->has_stay_hash ? p->stay : NULL, sizeof p->stay);
        repli_bind_text(st, 5, p->ward ? p->ward->code : NULL);
        repli_bind_text(st, 6, p->room);
        repli_bind_text(st, 7, p->bed);
        repli_bind_text(st, 8, p->attending);
        repli_bind_opt(st, 9, p->has_start ? &p->start_utc : NULL);
        repli_bind_text(st, 10, p->reason);
        s = repli_db_run(&b->db, st, b->err);
    }
    return s;
}

static enum repli_status put_census(struct builder *b)
{
    REPLI_STMT st = NULL;
    size_t n = 0;
    const struct house_line *lines = repli_house_census(&b->house, &b->arena, &n);
    enum repli_status s = repli_db_prepare(
        &b->db, "INSERT INTO census(ord, ward, bed_id, room, bed, patient_id) VALUES(?,?,?,?,?,?)", &st, b->err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++) {
        const struct house_bed *bed = lines[i].bed;
        const struct house_person *p = lines[i].person;
        repli_bind_int(st, 1, (int64_t)i + 1);
        repli_bind_text(st, 2, !p ? bed->ward : p->ward ? p->ward->code : NULL);
        repli_bind_text(st, 3, p ? p->bed_id : bed->id);
        repli_bind_text(st, 4, p ? p->room : bed->room);
        repli_bind_text(st, 5, p ? p->bed : bed->name);
        repli_bind_text(st, 6, p ? p->patient_id : NULL);
        s = repli_db_run(&b->db, st, b->err);
    }
    return s == REPLI_OK ? put_meta(b, "count.census", NULL, (int64_t)n) : s;
}

static void bind_column(sqlite3_stmt *to, sqlite3_stmt *from, int i)
{
    if (sqlite3_column_type(from, i) == SQLITE_INTEGER)
        repli_bind_int(to, i + 1, sqlite3_column_int64(from, i));
    else
        repli_bind_text(to, i + 1, repli_col_text(from, i));
}

/* INSERT INTO table VALUES(?, ... ): the SELECT's columns in the order of the table's, then `ord`. */
static enum repli_status prepare_copy(struct builder *b, const struct snapshot_copy *c, sqlite3_stmt **from,
                                      sqlite3_stmt **to)
{
    enum repli_status s = repli_db_prepare(b->record, c->from, from, b->err);
    if (s != REPLI_OK)
        return s;
    struct repli_buf sql = {0};
    repli_buf_printf(&sql, "INSERT INTO %s VALUES(", c->table);
    for (int i = 0; i < sqlite3_column_count(*from); i++)
        repli_buf_puts(&sql, "?,");
    repli_buf_puts(&sql, "?)");
    s = repli_db_prepare(&b->db, sql.data, to, b->err);
    repli_buf_done(&sql);
    return s;
}

static enum repli_status copy_table(struct builder *b, const struct snapshot_copy *c)
{
    REPLI_STMT from = NULL;
    REPLI_STMT to = NULL;
    int64_t ord = 0;
    enum repli_status s = prepare_copy(b, c, &from, &to);
    int marks = sqlite3_bind_parameter_count(from);
    for (size_t i = 0; s == REPLI_OK && i < b->house.npeople; i++) {
        bool row = false;
        sqlite3_reset(from);
        repli_bind_text(from, 1, b->house.people[i].patient_id);
        if (marks > 1)
            repli_bind_int(from, 2, b->origin->taken_utc);
        if (marks > 2)
            repli_bind_text(from, 3, b->house.people[i].encounter_id);
        while (s == REPLI_OK && (s = repli_db_step(b->record, from, &row, b->err)) == REPLI_OK && row) {
            int n = sqlite3_column_count(from);
            for (int k = 0; k < n; k++)
                bind_column(to, from, k);
            repli_bind_int(to, n + 1, ++ord);
            s = repli_db_run(&b->db, to, b->err);
        }
    }
    char key[64];
    snprintf(key, sizeof key, "count.%s", c->table);
    return s == REPLI_OK ? put_meta(b, key, NULL, ord) : s;
}

/* ---- the newest value of each code that forms show */

struct shown {
    const char *code_system, *code;
    int64_t days, ord;
};

static enum repli_status read_shown(struct builder *b, struct shown **shown, size_t *count)
{
    REPLI_STMT st = NULL;
    bool row = false;
    size_t n = 0;
    enum repli_status s =
        repli_db_prepare(&b->db, "SELECT code_system, code, days, ord FROM shown ORDER BY ord", &st, b->err);
    while (s == REPLI_OK && (s = repli_db_step(&b->db, st, &row, b->err)) == REPLI_OK && row) {
        *shown = repli_rows_more(&b->arena, *shown, n, sizeof **shown);
        (*shown)[n++] = (struct shown){repli_col_dup(&b->arena, st, 0), repli_col_dup(&b->arena, st, 1),
                                       sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3)};
    }
    *count = n;
    return s;
}

#define VITAL_DAYS          7
#define OBSERVATION_COLUMNS "o.code_system, o.code, o.display, o.value, o.unit, o.effective_utc"
#define OBSERVATION_GOOD                                                                                               \
    "o.value IS NOT NULL AND o.value_kind<>'absent' AND o.status NOT IN('registered','cancelled','entered-in-error') " \
    "AND o.effective_utc<=?2 AND o.effective_utc>?3"

static enum repli_status put_observation(struct builder *b, sqlite3_stmt *to, const char *patient_id,
                                         sqlite3_stmt *from, int64_t ord)
{
    repli_bind_text(to, 1, patient_id);
    for (int i = 0; i < 5; i++)
        repli_bind_text(to, i + 2, repli_col_text(from, i));
    repli_bind_int(to, 7, sqlite3_column_int64(from, 5));
    repli_bind_int(to, 8, ord);
    return repli_db_run(&b->db, to, b->err);
}

struct observer {
    sqlite3_stmt *named, *vital, *to;
    struct shown *shown;
    size_t nshown;
    int64_t ord;
};

static bool is_shown(const struct observer *o, const char *system, const char *code)
{
    for (size_t i = 0; i < o->nshown; i++)
        if (strcmp(o->shown[i].code, code) == 0 && strcmp(o->shown[i].code_system, system) == 0)
            return true;
    return false;
}

/* First the listed codes in their order, then other vital signs by code. */
static enum repli_status observe(struct builder *b, struct observer *o, const char *patient_id)
{
    bool row = false;
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < o->nshown; i++) {
        sqlite3_reset(o->named);
        repli_bind_text(o->named, 1, patient_id);
        repli_bind_int(o->named, 2, b->origin->taken_utc);
        repli_bind_int(o->named, 3, b->origin->taken_utc - o->shown[i].days * DAY_S);
        repli_bind_text(o->named, 4, o->shown[i].code_system);
        repli_bind_text(o->named, 5, o->shown[i].code);
        s = repli_db_step(b->record, o->named, &row, b->err);
        if (s == REPLI_OK && row)
            s = put_observation(b, o->to, patient_id, o->named, ++o->ord);
    }
    struct repli_buf last = {0}; /* system and code of the last one taken: rows come newest first within a code */
    sqlite3_reset(o->vital);
    repli_bind_text(o->vital, 1, patient_id);
    repli_bind_int(o->vital, 2, b->origin->taken_utc);
    repli_bind_int(o->vital, 3, b->origin->taken_utc - VITAL_DAYS * DAY_S);
    while (s == REPLI_OK && (s = repli_db_step(b->record, o->vital, &row, b->err)) == REPLI_OK && row) {
        const char *system = repli_col_text(o->vital, 0), *code = repli_col_text(o->vital, 1);
        struct repli_buf key = {0};
        repli_buf_printf(&key, "%s|%s", system, code);
        bool again = last.data && strcmp(last.data, key.data) == 0;
        if (!again && !is_shown(o, system, code))
            s = put_observation(b, o->to, patient_id, o->vital, ++o->ord);
        repli_buf_done(&last);
        last = key;
    }
    repli_buf_done(&last);
    return s;
}

static enum repli_status put_observations(struct builder *b)
{
    struct observer o = {0};
    enum repli_status s = read_shown(b, &o.shown, &o.nshown);
    if (s == REPLI_OK)
        s = repli_db_prepare(b->record,
                             "SELECT " OBSERVATION_COLUMNS " FROM observation o WHERE o.patient_id IN " RECORD_FAMILY(
                                 "?1") " AND " OBSERVATION_GOOD " AND o.code_system=?4 AND o.code=?5 ORDER BY "
                                       "o.effective_utc DESC, o.observation_id DESC LIMIT 1",
                             &o.named, b->err);
    if (s == REPLI_OK)
        s = repli_db_prepare(b->record,
                             "SELECT " OBSERVATION_COLUMNS " FROM observation o WHERE o.patient_id IN " RECORD_FAMILY(
                                 "?1") " AND " OBSERVATION_GOOD " AND o.category='vital-signs' "
                                       "ORDER BY o.code_system, o.code, o.effective_utc DESC, o.observation_id DESC",
                             &o.vital, b->err);
    if (s == REPLI_OK)
        s = repli_db_prepare(
            &b->db,
            "INSERT INTO observation(patient_id, code_system, code, display, value, unit, effective_utc, ord) "
            "VALUES(?,?,?,?,?,?,?,?)",
            &o.to, b->err);
    for (size_t i = 0; s == REPLI_OK && i < b->house.npeople; i++)
        s = observe(b, &o, b->house.people[i].patient_id);
    repli_stmt_done(&o.named);
    repli_stmt_done(&o.vital);
    repli_stmt_done(&o.to);
    return s == REPLI_OK ? put_meta(b, "count.observation", NULL, o.ord) : s;
}

/* ---- the whole */

static enum repli_status put_origin(struct builder *b)
{
    const struct repli_snapshot_origin *o = b->origin;
    enum repli_status s = put_meta(b, "taken_utc", NULL, o->taken_utc);
    if (s == REPLI_OK)
        s = put_meta(b, "timezone", o->timezone, 0);
    if (s == REPLI_OK)
        s = put_meta(b, "hospital", o->hospital, 0);
    if (s == REPLI_OK)
        s = put_meta(b, "site_tag", NULL, o->site_tag);
    if (s == REPLI_OK)
        s = put_meta(b, "program", REPLI_VERSION, 0);
    if (s == REPLI_OK)
        s = put_meta(b, "count.ward", NULL, (int64_t)b->house.nwards);
    if (s == REPLI_OK)
        s = put_meta(b, "count.patient", NULL, (int64_t)b->house.npeople);
    return s == REPLI_OK ? put_meta(b, "count.stay", NULL, (int64_t)b->house.npeople) : s;
}

static enum repli_status put_seal(struct builder *b)
{
    uint8_t content[32], id[6];
    REPLI_STMT st = NULL;
    enum repli_status s = repli_snapshot_content(&b->db, content, b->err);
    if (s == REPLI_OK)
        s = repli_db_prepare(&b->db, "INSERT INTO seal(content, id) VALUES(?,?)", &st, b->err);
    if (s != REPLI_OK)
        return s;
    repli_snapshot_id(b->origin->taken_utc, content, id);
    repli_bind_blob(st, 1, content, sizeof content);
    repli_bind_blob(st, 2, id, sizeof id);
    return repli_db_run(&b->db, st, b->err);
}

static enum repli_status build(struct builder *b)
{
    enum repli_status s = repli_house_read(b->record, b->origin->taken_utc, &b->arena, &b->house, b->err);
    if (s == REPLI_OK)
        s = repli_db_begin(&b->db, b->err);
    if (s == REPLI_OK)
        s = put_origin(b);
    if (s == REPLI_OK)
        s = put_wards(b);
    if (s == REPLI_OK)
        s = put_patients(b);
    if (s == REPLI_OK)
        s = put_stays(b);
    if (s == REPLI_OK)
        s = put_name_order(b);
    if (s == REPLI_OK)
        s = put_census(b);
    if (s == REPLI_OK)
        s = repli_snapshot_put_house(&b->db, b->origin, b->err);
    if (s == REPLI_OK)
        s = repli_snapshot_put_calls(&b->db, b->record, b->origin->taken_utc, b->err);
    for (size_t i = 0; s == REPLI_OK && snapshot_copies[i].table; i++)
        s = copy_table(b, &snapshot_copies[i]);
    if (s == REPLI_OK)
        s = put_observations(b);
    if (s == REPLI_OK)
        s = put_seal(b);
    return s == REPLI_OK ? repli_db_commit(&b->db, b->err) : s;
}

enum repli_status repli_snapshot_build(struct repli_record *record, const struct repli_snapshot_origin *origin,
                                       const char *path, struct repli_err *err)
{
    struct builder b = {.record = &record->db, .origin = origin, .err = err};
    enum repli_status s =
        repli_db_build(path, REPLI_SNAPSHOT_APPLICATION, REPLI_SNAPSHOT_SCHEMA, "store/snapshot.sql", &b.db, err);
    if (s != REPLI_OK)
        return s;
    s = repli_db_begin_read(b.record, err);
    if (s == REPLI_OK)
        s = build(&b);
    repli_db_rollback(b.record); /* nothing was written there */
    repli_db_close(&b.db);
    repli_arena_done(&b.arena);
    return s;
}
