/* Rows back into what the put functions take. */
#include "repli/record_event.h"
#include "store/record_internal.h"

static const int64_t *opt(struct repli_arena *a, sqlite3_stmt *st, int i)
{
    if (sqlite3_column_type(st, i) == SQLITE_NULL)
        return NULL;
    int64_t *v = repli_arena_alloc(a, sizeof *v);
    *v = sqlite3_column_int64(st, i);
    return v;
}

static enum repli_status get_row(struct repli_record *r, const char *sql, const char *id, sqlite3_stmt **st, bool *row,
                                 struct repli_err *err)
{
    enum repli_status s = repli_db_prepare(&r->db, sql, st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(*st, 1, id);
    return repli_db_step(&r->db, *st, row, err);
}

/* The primary one first, as the put functions want it. */
static enum repli_status get_identifiers(struct repli_record *r, struct repli_arena *a, struct repli_rec_patient *x,
                                         struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_rec_identifier *list = NULL;
    size_t n = 0;
    enum repli_status s = get_row(r,
                                  "SELECT i.system,i.value,i.type FROM patient_identifier i JOIN patient p "
                                  "USING(patient_id) WHERE patient_id=? ORDER BY i.system=p.identifier_system AND "
                                  "i.value=p.identifier_value DESC,i.system,i.value",
                                  x->id, &st, &row, err);
    for (; s == REPLI_OK && row; s = repli_db_step(&r->db, st, &row, err)) {
        list = repli_rows_more(a, list, n, sizeof *list);
        list[n++] =
            (struct repli_rec_identifier){repli_col_dup(a, st, 0), repli_col_dup(a, st, 1), repli_col_dup(a, st, 2)};
    }
    if (s == REPLI_OK && n == 0)
        s = repli_fail(err, REPLI_BUG, "Patient/%s has no identifier", x->id);
    x->identifiers = list;
    x->nidentifiers = n;
    return s;
}

enum repli_status repli_record_get_patient(struct repli_record *r, const char *id, struct repli_arena *a, bool *known,
                                           struct repli_rec_patient *out, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        get_row(r,
                "SELECT patient_id,family,given,prefix,name_text,name_fold,birth_date,gender,language,replaced_by,"
                "deceased,active,deceased_utc FROM patient WHERE patient_id=?",
                id, &st, &row, err);
    if (s == REPLI_OK && row) {
        struct repli_rec_patient x = {.id = repli_col_dup(a, st, 0),
                                      .family = repli_col_dup(a, st, 1),
                                      .given = repli_col_dup(a, st, 2),
                                      .prefix = repli_col_dup(a, st, 3),
                                      .name_text = repli_col_dup(a, st, 4),
                                      .name_fold = repli_col_dup(a, st, 5),
                                      .birth_date = repli_col_dup(a, st, 6),
                                      .gender = repli_col_dup(a, st, 7),
                                      .language = repli_col_dup(a, st, 8),
                                      .replaced_by = repli_col_dup(a, st, 9),
                                      .deceased = sqlite3_column_int(st, 10) != 0,
                                      .active = sqlite3_column_int(st, 11) != 0,
                                      .deceased_utc = opt(a, st, 12)};
        s = get_identifiers(r, a, &x, err);
        if (s == REPLI_OK)
            *out = x;
    }
    if (s == REPLI_OK)
        *known = row;
    return s;
}

static enum repli_status get_stops(struct repli_record *r, struct repli_arena *a, struct repli_rec_encounter *x,
                                   struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_rec_stop *list = repli_rows_more(a, NULL, 0, sizeof *list);
    size_t n = 0;
    enum repli_status s =
        get_row(r, "SELECT location_id,start_utc,end_utc FROM encounter_location WHERE encounter_id=? ORDER BY seq",
                x->id, &st, &row, err);
    for (; s == REPLI_OK && row; s = repli_db_step(&r->db, st, &row, err)) {
        list[n++] = (struct repli_rec_stop){repli_col_dup(a, st, 0), opt(a, st, 1), opt(a, st, 2)};
        list = repli_rows_more(a, list, n, sizeof *list);
    }
    x->stops = list;
    x->nstops = n;
    return s;
}

enum repli_status repli_record_get_encounter(struct repli_record *r, const char *id, struct repli_arena *a, bool *known,
                                             struct repli_rec_encounter *out, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        get_row(r,
                "SELECT encounter_id,patient_id,part_of,identifier_system,identifier_value,class,status,reason,"
                "attending,start_utc,end_utc FROM encounter WHERE encounter_id=?",
                id, &st, &row, err);
    if (s == REPLI_OK && row) {
        struct repli_rec_encounter x = {.id = repli_col_dup(a, st, 0),
                                        .patient_id = repli_col_dup(a, st, 1),
                                        .part_of = repli_col_dup(a, st, 2),
                                        .identifier_system = repli_col_dup(a, st, 3),
                                        .identifier_value = repli_col_dup(a, st, 4),
                                        .class_code = repli_col_dup(a, st, 5),
                                        .status = repli_col_dup(a, st, 6),
                                        .reason = repli_col_dup(a, st, 7),
                                        .attending = repli_col_dup(a, st, 8),
                                        .start_utc = opt(a, st, 9),
                                        .end_utc = opt(a, st, 10)};
        s = get_stops(r, a, &x, err);
        if (s == REPLI_OK)
            *out = x;
    }
    if (s == REPLI_OK)
        *known = row;
    return s;
}
