/* Patients and encounters: rows with a keyed hash that the page code carries, and rows of their own below them. */
#include <string.h>

#include "store/record_internal.h"

/* Another row that owns this keyed hash or this number, both unique: the resource is refused, and told whose it is. */
static enum repli_status owned(struct repli_record *r, int which, const char *sql, const char *what, const char *id,
                               const char *system, const char *value, const uint8_t hash[8], struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    enum repli_status s = record_stmt_get(r, which, sql, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_blob(st, 1, hash, 8);
    repli_bind_text(st, 2, id);
    s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK && row) {
        const char *other_system = repli_col_text(st, 1), *other_value = repli_col_text(st, 2);
        bool same = other_system && other_value && strcmp(other_system, system) == 0 && strcmp(other_value, value) == 0;
        if (same)
            s = repli_fail(err, REPLI_DATA, "its number '%s' of '%s' belongs to %s/%s", value, system, what,
                           repli_col_text(st, 0));
        else
            s = repli_fail(
                err, REPLI_DATA,
                "the keyed hash of its number '%s' of '%s' is also that of %s/%s, so paper could not tell them apart: "
                "send another identifier first",
                value, system, what, repli_col_text(st, 0));
    }
    sqlite3_reset(st);
    return s;
}

/* ---- patients */

static bool has_identifier(const struct repli_rec_patient *x, const char *system, const char *value)
{
    for (size_t i = 0; i < x->nidentifiers; i++)
        if (strcmp(x->identifiers[i].system, system) == 0 && strcmp(x->identifiers[i].value, value) == 0)
            return true;
    return false;
}

static enum repli_status drop_identifiers(struct repli_record *r, const struct repli_rec_patient *x,
                                          struct repli_err *err)
{
    sqlite3_stmt *st = NULL, *drop = NULL;
    bool row = false;
    struct repli_arena a = {0};
    const char **gone = NULL;
    size_t n = 0;
    enum repli_status s =
        record_stmt_get(r, RUN_IDENTIFIERS, "SELECT system,value FROM patient_identifier WHERE patient_id=?", &st, err);
    if (s == REPLI_OK)
        repli_bind_text(st, 1, x->id);
    while (s == REPLI_OK && (s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        if (has_identifier(x, repli_col_text(st, 0), repli_col_text(st, 1)))
            continue;
        gone = repli_arena_grow(&a, gone, n, n + 2, sizeof *gone);
        gone[n++] = repli_col_dup(&a, st, 0);
        gone[n++] = repli_col_dup(&a, st, 1);
    }
    if (st)
        sqlite3_reset(st);
    for (size_t i = 0; i < n && s == REPLI_OK; i += 2) {
        s = record_stmt_get(r, RUN_IDENTIFIER_DROP,
                            "DELETE FROM patient_identifier WHERE patient_id=? AND system=? AND value=?", &drop, err);
        if (s != REPLI_OK)
            break;
        repli_bind_text(drop, 1, x->id);
        repli_bind_text(drop, 2, gone[i]);
        repli_bind_text(drop, 3, gone[i + 1]);
        s = repli_db_run(&r->db, drop, err);
    }
    repli_arena_done(&a);
    return s;
}

static enum repli_status put_identifiers(struct repli_record *r, const struct repli_rec_patient *x,
                                         struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    enum repli_status s = drop_identifiers(r, x, err);
    for (size_t i = 0; i < x->nidentifiers && s == REPLI_OK; i++) {
        s = record_stmt_get(
            r, RUN_IDENTIFIER_PUT,
            "INSERT INTO patient_identifier(patient_id,system,value,type) VALUES(?,?,?,?) "
            "ON CONFLICT DO UPDATE SET type=excluded.type,row_version=row_version+1 WHERE type IS NOT excluded.type",
            &st, err);
        if (s != REPLI_OK)
            break;
        struct record_bind b = {st, 0};
        record_text(&b, x->id);
        record_text(&b, x->identifiers[i].system);
        record_text(&b, x->identifiers[i].value);
        record_text(&b, x->identifiers[i].type);
        s = repli_db_run(&r->db, st, err);
    }
    return s;
}

/* Whom to ring is sent with the resource; events say nothing about it. */
static enum repli_status put_contacts(struct repli_record *r, const struct repli_rec_patient *x, struct repli_err *err)
{
    struct record_bind b = {0};
    enum repli_status s =
        record_stmt_get(r, RUN_CONTACT_DROP, "DELETE FROM patient_contact WHERE patient_id=? AND seq>?", &b.st, err);
    if (s != REPLI_OK)
        return s;
    record_text(&b, x->id);
    record_int(&b, (int64_t)x->ncontacts);
    s = repli_db_run(&r->db, b.st, err);
    for (size_t i = 0; i < x->ncontacts && s == REPLI_OK; i++) {
        const struct repli_rec_contact *c = &x->contacts[i];
        const char *const texts[] = {c->kind, c->relation, c->name, c->phone, c->actor_ref};
        s = record_stmt_get(r, RUN_CONTACT_PUT,
                            "INSERT INTO patient_contact(patient_id,seq,kind,relation,name,phone,actor_ref) "
                            "VALUES(?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET kind=excluded.kind,"
                            "relation=excluded.relation,name=excluded.name,phone=excluded.phone,"
                            "actor_ref=excluded.actor_ref,row_version=row_version+1",
                            &b.st, err);
        if (s != REPLI_OK)
            break;
        b.at = 0;
        record_text(&b, x->id);
        record_int(&b, (int64_t)i + 1);
        for (size_t t = 0; t < 5; t++)
            record_text(&b, texts[t]);
        s = repli_db_run(&r->db, b.st, err);
    }
    return s;
}

static enum repli_status write_patient(struct repli_record *r, const struct repli_rec_patient *x,
                                       const uint8_t subject[8], const uint8_t hash[32], struct repli_err *err)
{
    struct record_patient row = {*x, x->identifiers[0].system, x->identifiers[0].value, subject};
    bool written;
    struct repli_arena a = {0};
    enum repli_status s = record_replacement(r, x->id, &a, &row.x.replaced_by, err);
    if (s == REPLI_OK)
        s = record_write(r, REPLI_REC_PATIENT, &row, hash, &written, err);
    repli_arena_done(&a);
    if (s == REPLI_OK)
        s = put_identifiers(r, x, err);
    if (s == REPLI_OK && !r->run->event)
        s = put_contacts(r, x, err);
    return s == REPLI_OK ? record_put_links(r, x, err) : s;
}

/* The row that this resource becomes: its own, or one that only messages made for the same number. */
static enum repli_status patient_row(struct repli_record *r, const struct repli_rec_patient *x,
                                     const uint8_t subject[8], struct repli_arena *a, const char **id,
                                     struct repli_err *err)
{
    const char *adopted = NULL;
    enum repli_status s = repli_record_row_id(r, "Patient", x->id, a, id, err);
    if (s == REPLI_OK && *id == x->id && !r->run->event)
        s = record_adopt_patient(r, x, subject, a, &adopted, err);
    *id = adopted ? adopted : *id;
    return s;
}

static enum repli_status put_patient(struct repli_record *r, const struct repli_keys *keys,
                                     const struct repli_rec_patient *x, const uint8_t hash[32], struct repli_arena *a,
                                     enum repli_put *got, struct repli_err *err)
{
    bool go = false;
    uint8_t subject[8];
    struct repli_rec_patient row = *x;
    const char *system = x->identifiers[0].system, *value = x->identifiers[0].value;
    repli_keys_subject(keys, system, value, subject);
    enum repli_status s = patient_row(r, x, subject, a, &row.id, err);
    if (s == REPLI_OK)
        s = record_arrive(r, REPLI_REC_PATIENT, x->id, row.id, hash, &go, got, err);
    if (s != REPLI_OK || !go)
        return s;
    s = owned(
        r, RUN_SUBJECT,
        "SELECT patient_id,identifier_system,identifier_value FROM patient WHERE subject_hash=? AND patient_id<>?",
        "Patient", row.id, system, value, subject, err);
    return s == REPLI_OK ? write_patient(r, &row, subject, record_hash(r, *got, hash), err) : s;
}

enum repli_status repli_record_put_patient(struct repli_record *r, const struct repli_keys *keys,
                                           const struct repli_rec_patient *x, const uint8_t hash[32],
                                           enum repli_put *put, struct repli_err *err)
{
    bool own;
    struct repli_arena a = {0};
    enum repli_put got = REPLI_PUT_UNCHANGED;
    enum repli_status s = repli_db_enter(&r->db, &own, err);
    if (s != REPLI_OK)
        return s;
    s = repli_db_leave(&r->db, own, put_patient(r, keys, x, hash, &a, &got, err), err);
    repli_arena_done(&a);
    if (s == REPLI_OK) {
        record_count(r, got);
        *put = got;
    }
    return s;
}

/* ---- encounters */

static enum repli_status put_stops(struct repli_record *r, const struct repli_rec_encounter *x, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    enum repli_status s =
        record_stmt_get(r, RUN_STOP_DROP, "DELETE FROM encounter_location WHERE encounter_id=? AND seq>?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, x->id);
    repli_bind_int(st, 2, (int64_t)x->nstops);
    s = repli_db_run(&r->db, st, err);
    for (size_t i = 0; i < x->nstops && s == REPLI_OK; i++) {
        s = record_stmt_get(
            r, RUN_STOP_PUT,
            "INSERT INTO encounter_location(encounter_id,seq,location_id,start_utc,end_utc) VALUES(?,?,?,?,?) "
            "ON CONFLICT DO UPDATE SET location_id=excluded.location_id,start_utc=excluded.start_utc,"
            "end_utc=excluded.end_utc,row_version=row_version+1 WHERE location_id IS NOT excluded.location_id "
            "OR start_utc IS NOT excluded.start_utc OR end_utc IS NOT excluded.end_utc",
            &st, err);
        if (s != REPLI_OK)
            break;
        struct record_bind b = {st, 0};
        record_text(&b, x->id);
        record_int(&b, (int64_t)i + 1);
        record_text(&b, x->stops[i].location_id);
        record_opt(&b, x->stops[i].start_utc);
        record_opt(&b, x->stops[i].end_utc);
        s = repli_db_run(&r->db, st, err);
    }
    return s;
}

/* A stay that messages made, and whose resource names no place: places are what messages say then, or a patient would
** be in no ward. */
static bool placed_by_messages(const struct repli_record *r, const struct repli_rec_encounter *x)
{
    return !r->run->event && x->nstops == 0 && strlen(x->id) == 28 && strncmp(x->id, "hl7-", 4) == 0;
}

static enum repli_status write_encounter(struct repli_record *r, const struct repli_rec_encounter *x,
                                         const uint8_t *stay, const uint8_t hash[32], struct repli_err *err)
{
    const struct record_encounter row = {*x, stay};
    bool written;
    enum repli_status s = record_write(r, REPLI_REC_ENCOUNTER, &row, hash, &written, err);
    return s == REPLI_OK && !placed_by_messages(r, x) ? put_stops(r, x, err) : s;
}

/* An encounter inside another one is no stay and has no stay hash; a stay without a number is named by its own id. */
struct stay_number {
    const char *system, *value;
    uint8_t hash[8];
};

static struct stay_number number_of(const struct repli_keys *keys, const struct repli_rec_encounter *x)
{
    bool sent = x->identifier_value != NULL;
    struct stay_number n = {!sent                  ? "urn:repli:fhir-id"
                            : x->identifier_system ? x->identifier_system
                                                   : "",
                            sent ? x->identifier_value : x->id,
                            {0}};
    repli_keys_subject(keys, n.system, n.value, n.hash);
    return n;
}

/* As of a patient: a stay that only messages made is taken over. */
static enum repli_status encounter_row(struct repli_record *r, const struct repli_rec_encounter *x,
                                       const struct stay_number *n, struct repli_arena *a, const char **id,
                                       struct repli_err *err)
{
    const char *adopted = NULL;
    enum repli_status s = repli_record_row_id(r, "Encounter", x->id, a, id, err);
    if (s == REPLI_OK && *id == x->id && !r->run->event && !x->part_of)
        s = record_adopt_stay(r, x, n->hash, a, &adopted, err);
    *id = adopted ? adopted : *id;
    return s;
}

static enum repli_status put_encounter(struct repli_record *r, const struct repli_keys *keys,
                                       const struct repli_rec_encounter *x, const uint8_t hash[32],
                                       struct repli_arena *a, enum repli_put *got, struct repli_err *err)
{
    bool go = false;
    struct repli_rec_encounter row = *x;
    const struct stay_number n = number_of(keys, x);
    enum repli_status s = record_need(r, REPLI_REC_PATIENT, x->patient_id, err);
    for (size_t i = 0; i < x->nstops && s == REPLI_OK; i++)
        s = record_need(r, REPLI_REC_LOCATION, x->stops[i].location_id, err);
    if (s == REPLI_OK)
        s = encounter_row(r, x, &n, a, &row.id, err);
    if (s == REPLI_OK)
        s = record_arrive(r, REPLI_REC_ENCOUNTER, x->id, row.id, hash, &go, got, err);
    if (s == REPLI_OK && go && !x->part_of)
        s = owned(r, RUN_STAY,
                  "SELECT encounter_id,ifnull(identifier_system,''),identifier_value FROM encounter "
                  "WHERE stay_hash=? AND encounter_id<>?",
                  "Encounter", row.id, n.system, n.value, n.hash, err);
    if (s == REPLI_OK && go)
        s = write_encounter(r, &row, x->part_of ? NULL : n.hash, record_hash(r, *got, hash), err);
    return s;
}

enum repli_status repli_record_put_encounter(struct repli_record *r, const struct repli_keys *keys,
                                             const struct repli_rec_encounter *x, const uint8_t hash[32],
                                             enum repli_put *put, struct repli_err *err)
{
    bool own;
    struct repli_arena a = {0};
    enum repli_put got = REPLI_PUT_UNCHANGED;
    enum repli_status s = repli_db_enter(&r->db, &own, err);
    if (s != REPLI_OK)
        return s;
    s = repli_db_leave(&r->db, own, put_encounter(r, keys, x, hash, &a, &got, err), err);
    repli_arena_done(&a);
    if (s == REPLI_OK) {
        record_count(r, got);
        *put = got;
    }
    return s;
}
