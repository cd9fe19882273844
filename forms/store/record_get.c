/* Patients and stays back into what the put functions take, with the rows below them. */
#include "repli/record_event.h"
#include "store/record_internal.h"

static enum repli_status list(struct repli_record *r, const char *sql, const char *id, sqlite3_stmt **st, bool *row,
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
    struct repli_rec_identifier *all = NULL;
    size_t n = 0;
    enum repli_status s = list(r,
                               "SELECT i.system,i.value,i.type FROM patient_identifier i JOIN patient p "
                               "USING(patient_id) WHERE patient_id=? ORDER BY i.system=p.identifier_system AND "
                               "i.value=p.identifier_value DESC,i.system,i.value",
                               x->id, &st, &row, err);
    for (; s == REPLI_OK && row; s = repli_db_step(&r->db, st, &row, err)) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] =
            (struct repli_rec_identifier){repli_col_dup(a, st, 0), repli_col_dup(a, st, 1), repli_col_dup(a, st, 2)};
    }
    if (s == REPLI_OK && n == 0)
        s = repli_fail(err, REPLI_BUG, "Patient/%s has no identifier", x->id);
    x->identifiers = all;
    x->nidentifiers = n;
    return s;
}

enum repli_status repli_record_get_patient(struct repli_record *r, const char *id, struct repli_arena *a, bool *known,
                                           struct repli_rec_patient *out, struct repli_err *err)
{
    struct record_patient row = {0};
    enum repli_status s = record_read(r, REPLI_REC_PATIENT, id, a, known, &row, err);
    if (s != REPLI_OK || !*known)
        return s;
    s = get_identifiers(r, a, &row.x, err);
    if (s == REPLI_OK)
        *out = row.x;
    return s;
}

static enum repli_status get_stops(struct repli_record *r, struct repli_arena *a, struct repli_rec_encounter *x,
                                   struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_rec_stop *all = repli_rows_more(a, NULL, 0, sizeof *all);
    size_t n = 0;
    enum repli_status s =
        list(r, "SELECT location_id,start_utc,end_utc FROM encounter_location WHERE encounter_id=? ORDER BY seq", x->id,
             &st, &row, err);
    for (; s == REPLI_OK && row; s = repli_db_step(&r->db, st, &row, err)) {
        all[n++] = (struct repli_rec_stop){repli_col_dup(a, st, 0), record_opt_dup(a, st, 1), record_opt_dup(a, st, 2)};
        all = repli_rows_more(a, all, n, sizeof *all);
    }
    x->stops = all;
    x->nstops = n;
    return s;
}

enum repli_status repli_record_get_encounter(struct repli_record *r, const char *id, struct repli_arena *a, bool *known,
                                             struct repli_rec_encounter *out, struct repli_err *err)
{
    struct record_encounter row = {0};
    enum repli_status s = record_read(r, REPLI_REC_ENCOUNTER, id, a, known, &row, err);
    if (s != REPLI_OK || !*known)
        return s;
    s = get_stops(r, a, &row.x, err);
    if (s == REPLI_OK)
        *out = row.x;
    return s;
}
