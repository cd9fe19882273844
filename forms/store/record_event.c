/* Events: applied once and whole, and what they need to know about what is there. */
#include "repli/record_event.h"

#include <assert.h>
#include <string.h>

#include "store/record_family.h"
#include "store/record_internal.h"

/* *known: there is a row with this hash already. */
static enum repli_status note_message(struct repli_record *r, const char *type, const char *control_id, bool *known,
                                      struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&r->db,
                                           "INSERT INTO import_message(message_hash,run_id,type,control_id) "
                                           "VALUES(?,?,?,?) ON CONFLICT DO NOTHING",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    struct record_bind b = {st, 0};
    record_blob(&b, r->run->event_hash, 32);
    record_int(&b, r->run_id);
    record_text(&b, type);
    record_text(&b, control_id);
    s = repli_db_run(&r->db, st, err);
    *known = s == REPLI_OK && repli_db_changes(&r->db) == 0;
    return s;
}

static enum repli_status why_refused(struct repli_record *r, struct repli_arena *a, const char **refused,
                                     struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&r->db, "SELECT refused FROM import_message WHERE message_hash=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_blob(st, 1, r->run->event_hash, 32);
    s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK)
        *refused = row ? repli_col_dup(a, st, 0) : NULL;
    return s;
}

enum repli_status repli_record_event_begin(struct repli_record *r, const uint8_t hash[32], const char *type,
                                           const char *control_id, struct repli_arena *a, bool *known,
                                           const char **refused, struct repli_err *err)
{
    struct record_run *run = r->run;
    const char *why = NULL;
    bool again = false;
    assert(!run->event);
    memcpy(run->event_hash, hash, 32);
    enum repli_status s = note_message(r, type, control_id, &again, err);
    if (s == REPLI_OK && again)
        s = why_refused(r, a, &why, err);
    if (s == REPLI_OK && !again)
        s = repli_db_enter(&r->db, &run->event_own, err);
    if (s != REPLI_OK)
        return s;
    if (again && !why)
        record_count(r, REPLI_PUT_UNCHANGED);
    run->event_counts = run->counts;
    if (run->nfiles > 0)
        run->event_file = run->files[run->file].counts;
    run->event = !again;
    *known = again;
    *refused = why;
    return REPLI_OK;
}

/* Of its file a message is one, whatever it made of rows. */
static void count_event(struct record_run *run)
{
    if (run->nfiles == 0)
        return;
    struct repli_import_counts *c = &run->files[run->file].counts;
    *c = run->event_file;
    if (run->counts.inserted > run->event_counts.inserted)
        c->inserted++;
    else if (run->counts.updated > run->event_counts.updated)
        c->updated++;
    else
        c->unchanged++;
}

enum repli_status repli_record_event_end(struct repli_record *r, enum repli_status status, struct repli_err *err)
{
    struct record_run *run = r->run;
    struct repli_err sql = {0};
    REPLI_STMT st = NULL;
    assert(run->event);
    run->event = false;
    status = repli_db_leave(&r->db, run->event_own, status, err);
    if (status == REPLI_OK) {
        count_event(run);
        return status;
    }
    run->counts = run->event_counts;
    if (run->nfiles > 0)
        run->files[run->file].counts = run->event_file;
    run->known_patient[0] = 0; /* may have been made by what was taken back */
    if (status != REPLI_DATA && status != REPLI_WAITS)
        return status;
    enum repli_status s =
        repli_db_prepare(&r->db, "UPDATE import_message SET refused=?2 WHERE message_hash=?1", &st, &sql);
    if (s == REPLI_OK) {
        repli_bind_blob(st, 1, run->event_hash, 32);
        repli_bind_text(st, 2, err->text);
        s = repli_db_run(&r->db, st, &sql);
    }
    if (s != REPLI_OK) {
        *err = sql;
        return s;
    }
    return status;
}

/* The first row's id; *several tells about a second one. */
static enum repli_status one_id(struct repli_record *r, sqlite3_stmt *st, struct repli_arena *a, const char **id,
                                bool *several, struct repli_err *err)
{
    bool row = false;
    const char *found = NULL;
    enum repli_status s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK && row) {
        found = repli_col_dup(a, st, 0);
        s = repli_db_step(&r->db, st, &row, err);
    }
    if (s == REPLI_OK) {
        *id = found;
        *several = row;
    }
    return s;
}

#define HOLDERS "SELECT patient_id FROM patient_identifier WHERE value=?2 AND system=?1"

enum repli_status repli_record_person(struct repli_record *r, const char *system, const char *value, const char *but,
                                      struct repli_arena *a, const char **id, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool several = false;
    enum repli_status s =
        repli_db_prepare(&r->db,
                         but ? HOLDERS " AND patient_id<>?3 LIMIT 2"
                             : "WITH RECURSIVE up(id,depth) AS (SELECT patient_id,0 FROM (" HOLDERS ") UNION "
                               "SELECT p.replaced_by,depth+1 FROM up JOIN patient p ON p.patient_id=up.id "
                               "JOIN patient q ON q.patient_id=p.replaced_by WHERE depth<16) "
                               "SELECT DISTINCT id FROM up JOIN patient p ON p.patient_id=up.id WHERE NOT EXISTS"
                               "(SELECT 1 FROM patient q WHERE q.patient_id=p.replaced_by) ORDER BY id LIMIT 2",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    struct record_bind b = {st, 0};
    record_text(&b, system);
    record_text(&b, value);
    if (but)
        record_text(&b, but);
    s = one_id(r, st, a, id, &several, err);
    if (s == REPLI_OK && several)
        s = repli_fail(err, REPLI_DATA, "several people have the number '%.60s' of '%.80s'", value, system);
    return s;
}

/* Whoever has the stay with this number: *patient gets whose it is. */
static enum repli_status stay_by_hash(struct repli_record *r, const uint8_t hash[8], struct repli_arena *a,
                                      const char **id, const char **patient, const char **heir, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &r->db, "SELECT encounter_id,patient_id," RECORD_TODAY("patient_id") " FROM encounter WHERE stay_hash=?", &st,
        err);
    if (s != REPLI_OK)
        return s;
    repli_bind_blob(st, 1, hash, 8);
    s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK && row) {
        *id = repli_col_dup(a, st, 0);
        *patient = repli_col_dup(a, st, 1);
        *heir = repli_col_dup(a, st, 2);
    }
    return s;
}

enum repli_status repli_record_stay(struct repli_record *r, const struct repli_keys *keys, const char *patient_id,
                                    const char *system, const char *value, struct repli_arena *a, const char **id,
                                    struct repli_err *err)
{
    uint8_t hash[8];
    const char *found = NULL, *patient = NULL, *heir = NULL;
    bool several = false;
    repli_keys_subject(keys, system, value, hash);
    enum repli_status s = stay_by_hash(r, hash, a, &found, &patient, &heir, err);
    if (s == REPLI_OK && found && strcmp(patient, patient_id) != 0 && !(heir && strcmp(heir, patient_id) == 0))
        return repli_fail(err, REPLI_DATA, "its stay number '%.60s' is that of Patient/%s", value, patient);
    REPLI_STMT st = NULL;
    if (s == REPLI_OK && !found) {
        s = repli_db_prepare(
            &r->db,
            "SELECT encounter_id FROM encounter WHERE patient_id IN " RECORD_FAMILY("?1") " AND identifier_value=?2 "
                                                                                          "AND part_of IS NULL LIMIT 2",
            &st, err);
        if (s != REPLI_OK)
            return s;
        repli_bind_text(st, 1, patient_id);
        repli_bind_text(st, 2, value);
        s = one_id(r, st, a, &found, &several, err);
    }
    if (s == REPLI_OK && several)
        s = repli_fail(err, REPLI_DATA, "several stays of Patient/%s have the number '%.60s'", patient_id, value);
    if (s == REPLI_OK)
        *id = found;
    return s;
}

enum repli_status repli_record_only_stay(struct repli_record *r, const char *patient_id, bool ended,
                                         struct repli_arena *a, const char **id, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool several = false;
    enum repli_status s =
        repli_db_prepare(&r->db,
                         ended ? "SELECT encounter_id FROM encounter WHERE patient_id IN " RECORD_FAMILY(
                                     "?1") " AND part_of IS NULL AND status='finished' "
                                           "ORDER BY end_utc DESC,encounter_id LIMIT 1"
                               : "SELECT encounter_id FROM encounter WHERE patient_id IN " RECORD_FAMILY(
                                     "?1") " AND part_of IS NULL AND status='in-progress' "
                                           "AND end_utc IS NULL ORDER BY encounter_id LIMIT 2",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, patient_id);
    s = one_id(r, st, a, id, &several, err);
    if (s == REPLI_OK && several)
        s = repli_fail(err, REPLI_DATA, "names no stay, and Patient/%s has several under way", patient_id);
    return s;
}

enum repli_status repli_record_place(struct repli_record *r, const char *kind, const char *called, const char *part_of,
                                     struct repli_arena *a, const char **id, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool several = false;
    const char *found = NULL;
    enum repli_status s = repli_db_prepare(
        &r->db,
        part_of ? "SELECT location_id FROM location WHERE part_of=?3 AND kind=?1 AND (code=?2 OR name=?2) LIMIT 2"
                : "SELECT l.location_id FROM location l LEFT JOIN import_place p USING(location_id) "
                  "WHERE l.kind=?1 AND (l.code=?2 OR p.code=?2 OR l.name=?2) LIMIT 2",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, kind);
    repli_bind_text(st, 2, called);
    if (part_of)
        repli_bind_text(st, 3, part_of);
    s = one_id(r, st, a, &found, &several, err);
    if (s == REPLI_OK)
        *id = several ? NULL : found;
    return s;
}

enum repli_status repli_record_place_known(struct repli_record *r, const char *id, bool *known, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&r->db, "SELECT 1 FROM location WHERE location_id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    return repli_db_step(&r->db, st, known, err);
}
