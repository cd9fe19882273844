/* A run of the import: its transaction, what it has met, what waits, what is refused. */
#include <stdio.h>
#include <string.h>

#include "store/record_internal.h"

static const struct {
    const char *type, *table, *key, *columns, *where;
} kinds[RECORD_KINDS] = {
    [RECORD_PATIENT] =
        {"Patient", "patient", "patient_id",
         "identifier_system,identifier_value,subject_hash,family,given,prefix,name_text,name_fold,birth_date,"
         "gender,language,deceased,deceased_utc,active,replaced_by",
         ""},
    [RECORD_LOCATION] = {"Location", "location", "location_id", "kind,name,code,part_of,active", ""},
    [RECORD_ENCOUNTER] =
        {"Encounter", "encounter", "encounter_id",
         "patient_id,part_of,identifier_system,identifier_value,stay_hash,class,status,start_utc,end_utc,"
         "reason,attending",
         ""},
    [RECORD_ALLERGY] =
        {"AllergyIntolerance", "allergy", "allergy_id",
         "patient_id,kind,substance,code_system,code,category,criticality,certainty,status,reaction,severity,"
         "recorded_utc",
         ""},
    [RECORD_CONDITION] = {"Condition", "condition", "condition_id",
                          "patient_id,encounter_id,code_system,code,display,status,certainty,onset_utc", ""},
    [RECORD_MEDICATION] = {"Medication", "medication", "medication_id", "name,code_system,code,ingredients", ""},
    [RECORD_REQUEST] =
        {"MedicationRequest", "medication_request", "request_id",
         "patient_id,encounter_id,status,intent,medication_id,medication,dose,dose_unit,dose_text,route,"
         "frequency,times,period_s,as_needed,as_needed_for,max_24h,authored_utc,start_utc,end_utc,prescriber",
         ""},
    [RECORD_ADMINISTRATION] =
        {"MedicationAdministration", "medication_administration", "administration_id",
         "patient_id,encounter_id,request_id,status,medication_id,medication,dose,dose_unit,dose_text,route,"
         "start_utc,end_utc,performer,reason",
         " WHERE medication_administration.from_paper=0"},
    [RECORD_OBSERVATION] =
        {"Observation", "observation", "observation_id",
         "patient_id,encounter_id,code_system,code,display,category,effective_utc,value,value_kind,unit,"
         "status",
         " WHERE observation.from_paper=0"},
};

const char *record_type(enum record_kind kind)
{
    return kinds[kind].type;
}

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

/* A place's code is settled at the end of the run, where a ward has one already it keeps it until then. */
static void upsert_sets(enum record_kind kind, const char *column, size_t len, struct repli_buf *sql)
{
    if (kind == RECORD_LOCATION && len == 4 && strncmp(column, "code", 4) == 0)
        repli_buf_puts(sql, "code=CASE WHEN excluded.kind='ward' AND location.kind='ward' THEN location.code "
                            "ELSE excluded.code END,");
    else
        repli_buf_printf(sql, "%.*s=excluded.%.*s,", (int)len, column, (int)len, column);
}

enum repli_status record_upsert_get(struct repli_record *r, enum record_kind kind, sqlite3_stmt **st,
                                    struct repli_err *err)
{
    if (r->run->stmts[RUN_UPSERT + (int)kind])
        return record_stmt_get(r, RUN_UPSERT + (int)kind, NULL, st, err);
    struct repli_buf sql = {0}, sets = {0}, marks = {0};
    for (const char *c = kinds[kind].columns; *c;) {
        size_t len = strcspn(c, ",");
        upsert_sets(kind, c, len, &sets);
        repli_buf_puts(&marks, "?,");
        c += len + (c[len] == ',');
    }
    repli_buf_printf(&sql,
                     "INSERT INTO %s(%s,%s,source_hash) VALUES(?,%s?) ON CONFLICT(%s) DO UPDATE SET "
                     "%ssource_hash=excluded.source_hash,row_version=%s.row_version+1%s",
                     kinds[kind].table, kinds[kind].key, kinds[kind].columns, marks.data, kinds[kind].key, sets.data,
                     kinds[kind].table, kinds[kind].where);
    enum repli_status s = record_stmt_get(r, RUN_UPSERT + (int)kind, sql.data, st, err);
    repli_buf_done(&sql);
    repli_buf_done(&sets);
    repli_buf_done(&marks);
    return s;
}

/* "SELECT what FROM table WHERE key=?" of a kind. */
static enum repli_status by_key(struct repli_record *r, int slot, enum record_kind kind, const char *what,
                                const char *id, sqlite3_stmt **st, struct repli_err *err)
{
    enum repli_status s;
    if (r->run->stmts[slot + (int)kind]) {
        s = record_stmt_get(r, slot + (int)kind, NULL, st, err);
    } else {
        struct repli_buf sql = {0};
        repli_buf_printf(&sql, "SELECT %s FROM %s WHERE %s=?", what, kinds[kind].table, kinds[kind].key);
        s = record_stmt_get(r, slot + (int)kind, sql.data, st, err);
        repli_buf_done(&sql);
    }
    if (s == REPLI_OK)
        repli_bind_text(*st, 1, id);
    return s;
}

enum repli_status record_need(struct repli_record *r, enum record_kind kind, const char *id, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    if (kind == RECORD_PATIENT && strcmp(id, r->run->known_patient) == 0)
        return REPLI_OK;
    enum repli_status s = by_key(r, RUN_FIND, kind, "1", id, &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(&r->db, st, &row, err);
    if (st)
        sqlite3_reset(st);
    if (s == REPLI_OK && !row)
        return repli_fail(err, REPLI_WAITS, "%s/%s, which it refers to, has not arrived", kinds[kind].type, id);
    if (s == REPLI_OK && kind == RECORD_PATIENT && strlen(id) < sizeof r->run->known_patient)
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
    record_text(&b, file < r->run->nfiles ? r->run->files[file] : "");
    record_int(&b, line);
    record_text(&b, resource);
    record_text(&b, reason);
    s = repli_db_run(&r->db, st, err);
    if (s == REPLI_OK)
        r->run->counts.refused++;
    return s;
}

#define TWICE "came twice in this run with different content, and without meta.lastUpdated to choose by"

/* The same resource for the second time, with another hash: the newer one counts, else the greater hash. */
static enum repli_status second(struct repli_record *r, enum record_kind kind, const char *id, const uint8_t hash[32],
                                bool *go, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    uint8_t old[32];
    enum repli_status s = record_stmt_get(
        r, RUN_SEEN_GET, "SELECT hash,updated_utc,file,line FROM import_seen WHERE kind=? AND id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, kind);
    repli_bind_text(st, 2, id);
    s = repli_db_step(&r->db, st, &row, err);
    if (s != REPLI_OK || !row)
        return s == REPLI_OK ? repli_fail(err, REPLI_BUG, "import_seen lost %s/%s", kinds[kind].type, id) : s;
    (void)repli_col_bytes(st, 0, old, sizeof old);
    bool dated = r->run->dated && sqlite3_column_type(st, 1) != SQLITE_NULL;
    int64_t then = sqlite3_column_int64(st, 1), line = sqlite3_column_int64(st, 3);
    size_t file = (size_t)sqlite3_column_int64(st, 2);
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
    snprintf(name, sizeof name, "%s/%s", kinds[kind].type, id);
    if (!by_date)
        s = refuse_at(r, file, line, name, TWICE ": the other one is kept", err);
    if (s == REPLI_OK)
        s = record_stmt_get(r, RUN_SEEN_SET,
                            "UPDATE import_seen SET hash=?3,updated_utc=?4,file=?5,line=?6 WHERE kind=?1 AND id=?2",
                            &st, err);
    return s;
}

static void bind_seen(struct repli_record *r, sqlite3_stmt *st, enum record_kind kind, const char *id,
                      const uint8_t hash[32])
{
    repli_bind_int(st, 1, kind);
    repli_bind_text(st, 2, id);
    repli_bind_blob(st, 3, hash, 32);
    repli_bind_opt(st, 4, r->run->dated ? &r->run->updated_utc : NULL);
    repli_bind_int(st, 5, (int64_t)r->run->file);
    repli_bind_int(st, 6, r->run->line);
}

static enum repli_status meet(struct repli_record *r, enum record_kind kind, const char *id, const uint8_t hash[32],
                              bool *go, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    enum repli_status s =
        record_stmt_get(r, RUN_SEEN_ADD,
                        "INSERT INTO import_seen(kind,id,hash,updated_utc,file,line) VALUES(?,?,?,?,?,?) "
                        "ON CONFLICT DO NOTHING",
                        &st, err);
    if (s != REPLI_OK)
        return s;
    bind_seen(r, st, kind, id, hash);
    s = repli_db_run(&r->db, st, err);
    if (s != REPLI_OK)
        return s;
    *go = repli_db_changes(&r->db) == 1;
    if (*go)
        return REPLI_OK;
    s = second(r, kind, id, hash, go, err);
    if (s != REPLI_OK || !*go)
        return s;
    st = r->run->stmts[RUN_SEEN_SET];
    bind_seen(r, st, kind, id, hash);
    return repli_db_run(&r->db, st, err);
}

enum repli_status record_arrive(struct repli_record *r, enum record_kind kind, const char *id, const char *row_id,
                                const uint8_t hash[32], bool *go, enum repli_put *put, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    uint8_t old[32];
    enum repli_status s = REPLI_OK;
    *go = true;
    if (!r->run->event)
        s = meet(r, kind, id, hash, go, err);
    *put = REPLI_PUT_UNCHANGED;
    if (s != REPLI_OK || !*go)
        return s;
    s = by_key(r, RUN_HASH, kind, "source_hash", row_id, &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK && row) {
        *put = REPLI_PUT_UPDATED;
        bool whole = repli_col_bytes(st, 0, old, sizeof old);
        memcpy(r->run->kept_hash, old, sizeof old);
        if (!r->run->event && whole && memcmp(old, hash, sizeof old) == 0) {
            *put = REPLI_PUT_UNCHANGED;
            *go = false;
        }
    } else if (s == REPLI_OK) {
        *put = REPLI_PUT_INSERTED;
    }
    if (st)
        sqlite3_reset(st);
    return s;
}

const uint8_t *record_hash(const struct repli_record *r, enum repli_put put, const uint8_t hash[32])
{
    return r->run->event && put == REPLI_PUT_UPDATED ? r->run->kept_hash : hash;
}

void record_count(struct repli_record *r, enum repli_put put)
{
    switch (put) {
    case REPLI_PUT_INSERTED:
        r->run->counts.inserted++;
        break;
    case REPLI_PUT_UPDATED:
        r->run->counts.updated++;
        break;
    case REPLI_PUT_UNCHANGED:
        r->run->counts.unchanged++;
        break;
    }
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
