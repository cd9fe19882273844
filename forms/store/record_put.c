/* One resource into one row, or none: what hangs on a patient. */
#include <stdio.h>

#include "store/record_internal.h"

/* Everything of one put between two savepoints; counts it when it stays. */
static enum repli_status done(struct repli_record *r, bool own, enum repli_status s, enum repli_put put,
                              enum repli_put *out, struct repli_err *err)
{
    s = repli_db_leave(&r->db, own, s, err);
    if (s == REPLI_OK) {
        record_count(r, put);
        *out = put;
    }
    return s;
}

/* Begins a put of a kind whose row carries the resource's id: checks the patient, meets the resource, and when there is
** something to write binds the id. */
static enum repli_status start(struct repli_record *r, enum record_kind kind, const char *id, const char *patient_id,
                               const uint8_t hash[32], bool *go, enum repli_put *put, struct record_bind *b,
                               struct repli_err *err)
{
    enum repli_status s = patient_id ? record_need(r, RECORD_PATIENT, patient_id, err) : REPLI_OK;
    if (s == REPLI_OK)
        s = record_arrive(r, kind, id, id, hash, go, put, err);
    if (s != REPLI_OK || !*go)
        return s;
    s = record_upsert_get(r, kind, &b->st, err);
    b->at = 0;
    if (s == REPLI_OK)
        record_text(b, id);
    return s;
}

static enum repli_status write(struct repli_record *r, struct record_bind *b, const uint8_t hash[32],
                               struct repli_err *err)
{
    record_blob(b, hash, 32);
    return repli_db_run(&r->db, b->st, err);
}

enum repli_status repli_record_put_allergy(struct repli_record *r, const struct repli_rec_allergy *x,
                                           const uint8_t hash[32], enum repli_put *put, struct repli_err *err)
{
    bool own, go;
    enum repli_put got = REPLI_PUT_UNCHANGED;
    struct record_bind b = {0};
    enum repli_status s = repli_db_enter(&r->db, &own, err);
    if (s != REPLI_OK)
        return s;
    s = start(r, RECORD_ALLERGY, x->id, x->patient_id, hash, &go, &got, &b, err);
    if (s == REPLI_OK && go) {
        record_text(&b, x->patient_id);
        record_text(&b, x->kind);
        record_text(&b, x->substance);
        record_text(&b, x->code_system);
        record_text(&b, x->code);
        record_text(&b, x->category);
        record_text(&b, x->criticality);
        record_text(&b, x->certainty);
        record_text(&b, x->status);
        record_text(&b, x->reaction);
        record_text(&b, x->severity);
        record_opt(&b, x->recorded_utc);
        s = write(r, &b, hash, err);
    }
    return done(r, own, s, got, put, err);
}

enum repli_status repli_record_put_condition(struct repli_record *r, const struct repli_rec_condition *x,
                                             const uint8_t hash[32], enum repli_put *put, struct repli_err *err)
{
    bool own, go;
    enum repli_put got = REPLI_PUT_UNCHANGED;
    struct record_bind b = {0};
    enum repli_status s = repli_db_enter(&r->db, &own, err);
    if (s != REPLI_OK)
        return s;
    s = start(r, RECORD_CONDITION, x->id, x->patient_id, hash, &go, &got, &b, err);
    if (s == REPLI_OK && go) {
        record_text(&b, x->patient_id);
        record_text(&b, x->encounter_id);
        record_text(&b, x->code_system);
        record_text(&b, x->code);
        record_text(&b, x->display);
        record_text(&b, x->status);
        record_text(&b, x->certainty);
        record_opt(&b, x->onset_utc);
        s = write(r, &b, hash, err);
    }
    return done(r, own, s, got, put, err);
}

enum repli_status repli_record_put_medication(struct repli_record *r, const struct repli_rec_medication *x,
                                              const uint8_t hash[32], enum repli_put *put, struct repli_err *err)
{
    bool own, go;
    enum repli_put got = REPLI_PUT_UNCHANGED;
    struct record_bind b = {0};
    enum repli_status s = repli_db_enter(&r->db, &own, err);
    if (s != REPLI_OK)
        return s;
    s = start(r, RECORD_MEDICATION, x->id, NULL, hash, &go, &got, &b, err);
    if (s == REPLI_OK && go) {
        record_text(&b, x->name);
        record_text(&b, x->code_system);
        record_text(&b, x->code);
        record_text(&b, x->ingredients);
        s = write(r, &b, hash, err);
    }
    return done(r, own, s, got, put, err);
}

enum repli_status repli_record_put_request(struct repli_record *r, const struct repli_rec_request *x,
                                           const uint8_t hash[32], enum repli_put *put, struct repli_err *err)
{
    bool own, go;
    enum repli_put got = REPLI_PUT_UNCHANGED;
    struct record_bind b = {0};
    enum repli_status s = repli_db_enter(&r->db, &own, err);
    if (s != REPLI_OK)
        return s;
    s = start(r, RECORD_REQUEST, x->id, x->patient_id, hash, &go, &got, &b, err);
    if (s == REPLI_OK && go) {
        record_text(&b, x->patient_id);
        record_text(&b, x->encounter_id);
        record_text(&b, x->status);
        record_text(&b, x->intent);
        record_text(&b, x->medication_id);
        record_text(&b, x->medication);
        record_text(&b, x->dose);
        record_text(&b, x->dose_unit);
        record_text(&b, x->dose_text);
        record_text(&b, x->route);
        record_text(&b, x->frequency);
        record_text(&b, x->times);
        record_opt(&b, x->period_s);
        record_int(&b, x->as_needed);
        record_text(&b, x->as_needed_for);
        record_text(&b, x->max_24h);
        record_opt(&b, x->authored_utc);
        record_opt(&b, x->start_utc);
        record_opt(&b, x->end_utc);
        record_text(&b, x->prescriber);
        s = write(r, &b, hash, err);
    }
    return done(r, own, s, got, put, err);
}

enum repli_status repli_record_put_administration(struct repli_record *r, const struct repli_rec_administration *x,
                                                  const uint8_t hash[32], enum repli_put *put, struct repli_err *err)
{
    bool own, go;
    enum repli_put got = REPLI_PUT_UNCHANGED;
    struct record_bind b = {0};
    enum repli_status s = repli_db_enter(&r->db, &own, err);
    if (s != REPLI_OK)
        return s;
    s = start(r, RECORD_ADMINISTRATION, x->id, x->patient_id, hash, &go, &got, &b, err);
    if (s == REPLI_OK && go) {
        record_text(&b, x->patient_id);
        record_text(&b, x->encounter_id);
        record_text(&b, x->request_id);
        record_text(&b, x->status);
        record_text(&b, x->medication_id);
        record_text(&b, x->medication);
        record_text(&b, x->dose);
        record_text(&b, x->dose_unit);
        record_text(&b, x->dose_text);
        record_text(&b, x->route);
        record_opt(&b, x->start_utc);
        record_opt(&b, x->end_utc);
        record_text(&b, x->performer);
        record_text(&b, x->reason);
        s = write(r, &b, hash, err);
    }
    return done(r, own, s, got, put, err);
}

enum repli_status repli_record_put_location(struct repli_record *r, const struct repli_rec_location *x,
                                            const uint8_t hash[32], enum repli_put *put, struct repli_err *err)
{
    bool own, go, ward = x->kind && x->kind[0] == 'w';
    enum repli_put got = REPLI_PUT_UNCHANGED;
    struct record_bind b = {0};
    char until_settled[80]; /* no code begins with a control character */
    enum repli_status s = repli_db_enter(&r->db, &own, err);
    if (s != REPLI_OK)
        return s;
    s = start(r, RECORD_LOCATION, x->id, NULL, hash, &go, &got, &b, err);
    if (s == REPLI_OK && go) {
        snprintf(until_settled, sizeof until_settled, "\001%s", x->id);
        record_text(&b, x->kind ? x->kind : "other");
        record_text(&b, x->name);
        record_text(&b, ward ? until_settled : x->code);
        record_text(&b, x->part_of);
        record_int(&b, x->active);
        s = write(r, &b, hash, err);
    }
    if (s == REPLI_OK && (ward || !x->kind))
        s = record_stmt_get(r, RUN_PLACE,
                            "INSERT INTO import_place(location_id,code,untyped) VALUES(?,?,?) "
                            "ON CONFLICT(location_id) DO UPDATE SET code=excluded.code,untyped=excluded.untyped",
                            &b.st, err);
    if (s == REPLI_OK && (ward || !x->kind)) {
        b.at = 0;
        record_text(&b, x->id);
        record_text(&b, x->code);
        record_int(&b, !x->kind);
        s = repli_db_run(&r->db, b.st, err);
    }
    return done(r, own, s, got, put, err);
}

/* ---- observations: several rows */

static enum repli_status write_part(struct repli_record *r, const struct repli_rec_observation *x,
                                    const uint8_t hash[32], struct repli_err *err)
{
    struct record_bind b = {0};
    enum repli_status s = record_upsert_get(r, RECORD_OBSERVATION, &b.st, err);
    if (s != REPLI_OK)
        return s;
    record_text(&b, x->id);
    record_text(&b, x->patient_id);
    record_text(&b, x->encounter_id);
    record_text(&b, x->code_system);
    record_text(&b, x->code);
    record_text(&b, x->display);
    record_text(&b, x->category);
    record_opt(&b, x->effective_utc);
    record_text(&b, x->value);
    record_text(&b, x->value_kind);
    record_text(&b, x->unit);
    record_text(&b, x->status);
    s = write(r, &b, hash, err);
    if (s == REPLI_OK && repli_db_changes(&r->db) != 1)
        s = repli_fail(err, REPLI_DATA, "Observation/%s came from paper and is not overwritten", x->id);
    return s;
}

/* Rows of the version before that the new one does not have: all that it has carry the new hash. */
static enum repli_status drop_parts(struct repli_record *r, const char *id, const uint8_t hash[32],
                                    struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    enum repli_status s =
        record_stmt_get(r, RUN_PART_DROP,
                        "DELETE FROM observation WHERE from_paper=0 AND source_hash<>?2 AND (observation_id=?1 "
                        "OR (observation_id>?1||'#' AND observation_id<?1||'$'))",
                        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    repli_bind_blob(st, 2, hash, 32);
    return repli_db_run(&r->db, st, err);
}

enum repli_status repli_record_put_observation(struct repli_record *r, const char *id,
                                               const struct repli_rec_observation *rows, size_t nrows,
                                               const uint8_t hash[32], enum repli_put *put, struct repli_err *err)
{
    bool own, go = false;
    enum repli_put got = REPLI_PUT_UNCHANGED;
    enum repli_status s = repli_db_enter(&r->db, &own, err);
    if (s != REPLI_OK)
        return s;
    for (size_t i = 0; i < nrows && s == REPLI_OK; i++)
        s = record_need(r, RECORD_PATIENT, rows[i].patient_id, err);
    if (s == REPLI_OK)
        s = record_arrive(r, RECORD_OBSERVATION, id, rows[0].id, hash, &go, &got, err);
    for (size_t i = 0; go && i < nrows && s == REPLI_OK; i++)
        s = write_part(r, &rows[i], hash, err);
    if (s == REPLI_OK && go)
        s = drop_parts(r, id, hash, err);
    return done(r, own, s, got, put, err);
}
