/* Who is where in the record, by the very rules by which a snapshot says it, and changing it. */
#include "repli/record_move.h"

#include <stdlib.h>
#include <string.h>

#include "store/record_family.h"
#include "store/record_internal.h"
#include "store/review_rows.h"
#include "store/snapshot_internal.h"

static int by_patient(const void *a, const void *b)
{
    return strcmp(((const struct repli_where *)a)->patient_id, ((const struct repli_where *)b)->patient_id);
}

static void take_people(const struct house *house, struct repli_arena *a, struct repli_whereabouts *out)
{
    out->people = repli_arena_array(a, house->npeople + 1, sizeof *out->people);
    for (size_t i = 0; i < house->npeople; i++) {
        const struct house_person *p = &house->people[i];
        out->people[out->npeople++] = (struct repli_where){.patient_id = p->patient_id,
                                                           .encounter_id = p->encounter_id,
                                                           .ward = p->ward ? p->ward->code : NULL,
                                                           .room = p->room,
                                                           .bed = p->bed,
                                                           .bed_id = p->bed_id,
                                                           .since_utc = p->place_utc};
    }
    if (out->npeople > 0)
        qsort(out->people, out->npeople, sizeof *out->people, by_patient);
}

static const char *ward_name(const struct house *house, const char *code)
{
    for (size_t i = 0; i < house->nwards; i++)
        if (strcmp(house->wards[i].code, code) == 0)
            return house->wards[i].name;
    return NULL;
}

static void take_spots(const struct house *house, struct repli_arena *a, struct repli_whereabouts *out)
{
    out->spots = repli_arena_array(a, house->nwards + house->nbeds + 1, sizeof *out->spots);
    for (size_t i = 0; i < house->nwards; i++) {
        const struct house_ward *w = &house->wards[i];
        out->spots[out->nspots++] = (struct repli_spot){.location_id = w->id, .ward = w->code, .ward_name = w->name};
    }
    for (size_t i = 0; i < house->nbeds; i++) {
        const struct house_bed *b = &house->beds[i];
        out->spots[out->nspots++] = (struct repli_spot){b->id, b->ward, ward_name(house, b->ward), b->room, b->name};
    }
}

enum repli_status repli_record_whereabouts(struct repli_record *record, int64_t at_utc, struct repli_arena *a,
                                           struct repli_whereabouts *out, struct repli_err *err)
{
    struct house house;
    *out = (struct repli_whereabouts){0};
    enum repli_status s = repli_house_read(&record->db, at_utc, a, &house, err);
    if (s != REPLI_OK)
        return s;
    take_people(&house, a, out);
    take_spots(&house, a, out);
    return REPLI_OK;
}

const struct repli_where *repli_where_is(const struct repli_whereabouts *all, const char *patient_id)
{
    struct repli_where key = {.patient_id = patient_id};
    return all->npeople ? bsearch(&key, all->people, all->npeople, sizeof *all->people, by_patient) : NULL;
}

enum repli_status repli_record_live_encounter(struct repli_record *record, const char *encounter_id,
                                              struct repli_arena *a, struct repli_live_encounter **encounter,
                                              struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &record->db, "SELECT " RECORD_TODAY("patient_id") ", status, end_utc FROM encounter WHERE encounter_id=?", &st,
        err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, encounter_id);
    s = repli_db_step(&record->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    *encounter = NULL;
    if (!row)
        return REPLI_OK;
    *encounter = repli_arena_alloc(a, sizeof **encounter);
    **encounter = (struct repli_live_encounter){.id = repli_arena_strdup(a, encounter_id),
                                                .patient_id = repli_col_dup(a, st, 0),
                                                .status = repli_col_dup(a, st, 1),
                                                .end_utc = record_opt_dup(a, st, 2)};
    return REPLI_OK;
}

enum repli_status repli_record_live_movements(struct repli_record *record, const char *patient_id, int64_t from_utc,
                                              int64_t to_utc, struct repli_arena *a, struct repli_live_movement **rows,
                                              size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    struct repli_live_movement *out = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = repli_db_prepare(
        &record->db,
        "SELECT movement_id, event, ward, bed_id, event_utc FROM movement WHERE patient_id IN " RECORD_FAMILY(
            "?1") " AND "
                  "event_utc BETWEEN ? AND ? ORDER BY event_utc, movement_id",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, patient_id);
    repli_bind_int(st, 2, from_utc);
    repli_bind_int(st, 3, to_utc);
    for (bool row = true; (s = repli_db_step(&record->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_live_movement){.id = repli_col_dup(a, st, 0),
                                              .event = repli_col_dup(a, st, 1),
                                              .ward = repli_col_dup(a, st, 2),
                                              .bed_id = repli_col_dup(a, st, 3),
                                              .event_utc = sqlite3_column_int64(st, 4)};
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

#define BELOW_WARD                                                                                                     \
    "WITH RECURSIVE below(id) AS (SELECT location_id FROM location WHERE kind='ward' AND code=?1 UNION "               \
    "SELECT l.location_id FROM location l JOIN below ON l.part_of=below.id) "

static enum repli_status end_places(struct repli_db *db, const struct repli_place_change *c, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        db,
        BELOW_WARD
        "UPDATE encounter_location SET end_utc=?2, row_version=row_version+1 WHERE end_utc IS NULL AND "
        "(start_utc IS NULL OR start_utc<=?2) AND location_id IN(SELECT id FROM below) AND encounter_id "
        "IN(SELECT encounter_id FROM encounter WHERE patient_id IN " RECORD_FAMILY("?3") " AND status='in-progress')",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, c->ward);
    repli_bind_int(st, 2, c->event_utc);
    repli_bind_text(st, 3, c->patient_id);
    return repli_db_run(db, st, err);
}

enum repli_status repli_record_merge_place(struct repli_record_merge *m, const struct repli_place_change *c,
                                           struct repli_err *err)
{
    struct repli_db *db = repli_record_merge_db(m);
    REPLI_STMT st = NULL;
    enum repli_status s = end_places(db, c, err);
    if (s != REPLI_OK || !c->to_location)
        return s;
    s = repli_db_prepare(db,
                         "INSERT INTO encounter_location(encounter_id, seq, location_id, start_utc) SELECT ?1, "
                         "coalesce(max(seq), 0)+1, ?2, ?3 FROM encounter_location WHERE encounter_id=?1",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, c->encounter_id);
    repli_bind_text(st, 2, c->to_location);
    repli_bind_int(st, 3, c->event_utc);
    return repli_db_run(db, st, err);
}
