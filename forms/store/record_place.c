/* Finding rows by identifier, and the kinds and codes of places, which are settled when a run ends. */
#include <stdio.h>
#include <string.h>

#include "store/record_family.h"
#include "store/record_internal.h"

/* ?1 = value, ?2 = system or NULL.  Identifiers of places are not kept: their id or code is what can be found. */
static const char *find_sql(const char *type)
{
    if (strcmp(type, "Patient") == 0)
        return "SELECT DISTINCT " RECORD_TODAY("i.patient_id") " FROM patient_identifier i WHERE i.value=?1 AND (?2 IS "
                                                               "NULL OR i.system=?2) LIMIT 2";
    if (strcmp(type, "Encounter") == 0)
        return "SELECT encounter_id FROM encounter WHERE identifier_value=?1 AND (?2 IS NULL OR identifier_system=?2) "
               "LIMIT 2";
    if (strcmp(type, "Practitioner") == 0)
        return "SELECT practitioner_id FROM practitioner WHERE identifier_value=?1 AND (?2 IS NULL OR "
               "identifier_system=?2) LIMIT 2";
    if (strcmp(type, "Organization") == 0)
        return "SELECT organization_id FROM organization WHERE identifier_value=?1 AND (?2 IS NULL OR "
               "identifier_system=?2) LIMIT 2";
    if (strcmp(type, "Location") == 0)
        return "SELECT location_id FROM location WHERE location_id=?1 OR (code=?1 AND kind='ward' AND NOT EXISTS"
               "(SELECT 1 FROM location WHERE location_id=?1)) LIMIT 2";
    return NULL;
}

enum repli_status repli_record_find(struct repli_record *r, const char *type, const char *system, const char *value,
                                    struct repli_arena *a, const char **id, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    const char *sql = find_sql(type), *found = NULL;
    enum repli_status s = REPLI_OK;
    if (sql) {
        s = repli_db_prepare(&r->db, sql, &st, err);
        if (s != REPLI_OK)
            return s;
        repli_bind_text(st, 1, value);
        if (strstr(sql, "?2"))
            repli_bind_text(st, 2, system);
        s = repli_db_step(&r->db, st, &row, err);
    }
    if (s == REPLI_OK && row) {
        found = repli_col_dup(a, st, 0);
        s = repli_db_step(&r->db, st, &row, err);
        if (s == REPLI_OK && row)
            return repli_fail(err, REPLI_DATA, "several %s have the identifier '%s'", type, value);
    }
    if (s == REPLI_OK)
        *id = found;
    return s;
}

enum repli_status repli_record_medication_name(struct repli_record *r, const char *id, struct repli_arena *a,
                                               bool *known, const char **name, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    enum repli_status s = record_stmt_get(
        r, RUN_MEDICATION, "SELECT coalesce(name,ingredients,code) FROM medication WHERE medication_id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK) {
        *known = row;
        *name = row ? repli_col_dup(a, st, 0) : NULL;
    }
    sqlite3_reset(st);
    return s;
}

struct place {
    const char *id, *wanted, *kind, *code;
    bool untyped, used;
};

static enum repli_status read_places(struct repli_record *r, struct repli_arena *a, struct place **places,
                                     size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        repli_db_prepare(&r->db,
                         "SELECT p.location_id,p.code,p.untyped,l.kind,l.code,"
                         "EXISTS(SELECT 1 FROM encounter_location e WHERE e.location_id=p.location_id) "
                         "FROM import_place p JOIN location l USING(location_id) ORDER BY p.location_id",
                         &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        *places = repli_rows_more(a, *places, *count, sizeof **places);
        struct place *p = &(*places)[(*count)++];
        p->id = repli_col_dup(a, st, 0);
        p->wanted = repli_col_dup(a, st, 1);
        p->untyped = sqlite3_column_int(st, 2) != 0;
        p->kind = repli_col_dup(a, st, 3);
        p->code = repli_col_dup(a, st, 4);
        p->used = sqlite3_column_int(st, 5) != 0;
    }
    return s;
}

/* Four digits that follow from the place's id alone. */
static const char *with_digits(struct repli_arena *a, const struct place *p)
{
    struct repli_hash h;
    uint8_t hash[32];
    repli_hash_init(&h);
    repli_hash_text(&h, p->id);
    repli_hash_final(&h, hash);
    return repli_arena_printf(a, "%s-%02X%02X", p->wanted, hash[0], hash[1]);
}

static enum repli_status ward_has(struct repli_record *r, const char *code, const char *but, bool *has,
                                  struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&r->db, "SELECT 1 FROM location WHERE kind='ward' AND code=? AND location_id<>?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, code);
    repli_bind_text(st, 2, but);
    return repli_db_step(&r->db, st, has, err);
}

static enum repli_status settle(struct repli_record *r, struct repli_arena *a, const struct place *p,
                                struct repli_err *err)
{
    const char *second = with_digits(a, p), *code = p->wanted;
    bool ward = strcmp(p->kind, "ward") == 0, taken = false;
    if ((!ward && !(p->untyped && p->used)) ||
        (ward && (strcmp(p->code, p->wanted) == 0 || strcmp(p->code, second) == 0)))
        return REPLI_OK;
    enum repli_status s = ward_has(r, code, p->id, &taken, err);
    if (s == REPLI_OK && taken) {
        code = second;
        s = ward_has(r, code, p->id, &taken, err);
    }
    if (s == REPLI_OK && taken) /* digits collided as well: the id itself is unique */
        code = p->id;
    REPLI_STMT st = NULL;
    if (s == REPLI_OK)
        s = repli_db_prepare(
            &r->db, "UPDATE location SET kind='ward',code=?2,row_version=row_version+1 WHERE location_id=?1", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, p->id);
    repli_bind_text(st, 2, code);
    return repli_db_run(&r->db, st, err);
}

enum repli_status record_settle_places(struct repli_record *r, struct repli_err *err)
{
    struct repli_arena a = {0};
    struct place *places = NULL;
    size_t count = 0;
    enum repli_status s = read_places(r, &a, &places, &count, err);
    for (size_t i = 0; i < count && s == REPLI_OK; i++)
        s = settle(r, &a, &places[i], err);
    repli_arena_done(&a);
    return s;
}
