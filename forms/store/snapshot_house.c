/* Who is in the house at an instant, and where.
**
** In the house is who has a running encounter (in progress, begun, not ended) none of whose ancestors runs: that is the
** stay.  A running encounter below it (an intensive-care episode) is part of that stay and only adds places.  `class`
** is never used: real senders mark stays as anything.
** The ward is that of the open place with the latest start; of places with the same start the closest one counts (bed
** before room before ward).  Places without a ward above them (theatre, radiology) do not move anybody.
*/
#include "store/record_family.h"
#include "store/snapshot_internal.h"

#include <stdlib.h>
#include <string.h>

#include "repli/text.h"

#define DEPTH_MAX 16 /* of wards in sites, of encounters in stays: deeper is a circle */

struct place {
    const char *id, *kind, *name, *code, *part_of;
    bool active;
    struct place *up;
    struct house_ward *ward; /* of kind ward: its row */
};
struct run {
    const char *id, *part_of;
    struct house_person who; /* of a stay */
    struct run *up;          /* the running encounter this is part of */
    struct place *place;     /* of a stay: where, NULL = not known */
    int64_t place_start;
    int place_rank;
};
struct reader {
    struct repli_db *db;
    struct repli_arena *a;
    struct repli_err *err;
    int64_t at_utc;
    struct place *places;
    size_t nplaces;
    struct run *runs;
    size_t nruns;
};

#define RUNNING                                                                                                        \
    "e.status='in-progress' AND (e.start_utc IS NULL OR e.start_utc<=?1) AND (e.end_utc IS NULL OR e.end_utc>?1)"

static int place_by_id(const void *key, const void *element)
{
    return strcmp(key, ((const struct place *)element)->id);
}

static int run_by_id(const void *key, const void *element)
{
    return strcmp(key, ((const struct run *)element)->id);
}

static struct place *find_place(const struct reader *r, const char *id)
{
    return id && r->nplaces > 0 ? bsearch(id, r->places, r->nplaces, sizeof *r->places, place_by_id) : NULL;
}

static struct run *find_run(const struct reader *r, const char *id)
{
    return id && r->nruns > 0 ? bsearch(id, r->runs, r->nruns, sizeof *r->runs, run_by_id) : NULL;
}

static bool is_kind(const struct place *p, const char *kind)
{
    return strcmp(p->kind, kind) == 0;
}

/* The place itself or the nearest one above it of that kind; NULL = none. */
static struct place *above(struct place *p, const char *kind)
{
    for (int depth = 0; p && depth < DEPTH_MAX; depth++, p = p->up)
        if (is_kind(p, kind))
            return p;
    return NULL;
}

static enum repli_status read_places(struct reader *r)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        r->db, "SELECT location_id, kind, name, code, part_of, active FROM location ORDER BY location_id", &st, r->err);
    while (s == REPLI_OK && (s = repli_db_step(r->db, st, &row, r->err)) == REPLI_OK && row) {
        r->places = repli_rows_more(r->a, r->places, r->nplaces, sizeof *r->places);
        r->places[r->nplaces++] = (struct place){
            .id = repli_col_dup(r->a, st, 0),
            .kind = repli_col_dup(r->a, st, 1),
            .name = repli_col_dup(r->a, st, 2),
            .code = repli_col_dup(r->a, st, 3),
            .part_of = repli_col_dup(r->a, st, 4),
            .active = sqlite3_column_int(st, 5) != 0,
        };
    }
    for (size_t i = 0; s == REPLI_OK && i < r->nplaces; i++)
        r->places[i].up = find_place(r, r->places[i].part_of);
    return s;
}

static enum repli_status read_runs(struct reader *r)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        repli_db_prepare(r->db,
                         "SELECT e.encounter_id, e.part_of, " RECORD_TODAY(
                             "e.patient_id") ", e.identifier_value, "
                                             "e.stay_hash, e.start_utc, e.reason, " RECORD_ACTOR(
                                                 "e.attending", "e.attending_ref") " "
                                                                                   "FROM encounter e WHERE " RUNNING
                                                                                   " ORDER BY e.encounter_id",
                         &st, r->err);
    if (s == REPLI_OK)
        repli_bind_int(st, 1, r->at_utc);
    while (s == REPLI_OK && (s = repli_db_step(r->db, st, &row, r->err)) == REPLI_OK && row) {
        r->runs = repli_rows_more(r->a, r->runs, r->nruns, sizeof *r->runs);
        struct run *run = &r->runs[r->nruns++];
        *run = (struct run){.id = repli_col_dup(r->a, st, 0), .part_of = repli_col_dup(r->a, st, 1)};
        run->who = (struct house_person){
            .patient_id = repli_col_dup(r->a, st, 2),
            .encounter_id = run->id,
            .stay_number = repli_col_dup(r->a, st, 3),
            .has_start = sqlite3_column_type(st, 5) != SQLITE_NULL,
            .start_utc = sqlite3_column_int64(st, 5),
            .reason = repli_col_dup(r->a, st, 6),
            .attending = repli_col_dup(r->a, st, 7),
        };
        run->who.has_stay_hash = repli_col_bytes(st, 4, run->who.stay, sizeof run->who.stay);
    }
    for (size_t i = 0; s == REPLI_OK && i < r->nruns; i++) {
        struct run *up = find_run(r, r->runs[i].part_of);
        if (up && up != &r->runs[i] && strcmp(up->who.patient_id, r->runs[i].who.patient_id) == 0)
            r->runs[i].up = up;
    }
    return s;
}

/* The stay an encounter belongs to.  A circle of encounters ends at the smallest id of those passed: still one stay. */
static struct run *stay_of(struct run *run)
{
    struct run *least = run;
    for (int depth = 0; run->up; depth++, run = run->up) {
        if (depth == DEPTH_MAX)
            return least;
        least = strcmp(run->id, least->id) < 0 ? run : least;
    }
    return run;
}

static int closeness(const struct place *p)
{
    return is_kind(p, "bed") ? 3 : is_kind(p, "room") ? 2 : is_kind(p, "ward") ? 1 : 0;
}

/* An open stop of the stay or of a part of it. Rows come in a fixed order, so a full tie ends with the last of them. */
static void offer(struct run *stay, struct place *p, int64_t start_utc)
{
    int rank = closeness(p);
    if (!above(p, "ward"))
        return;
    if (stay->place && (start_utc < stay->place_start || (start_utc == stay->place_start && rank < stay->place_rank)))
        return;
    stay->place = p;
    stay->place_start = start_utc;
    stay->place_rank = rank;
}

static enum repli_status read_stops(struct reader *r)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        r->db,
        "SELECT e.encounter_id, l.location_id, l.start_utc FROM encounter e JOIN encounter_location l "
        "USING(encounter_id) "
        "WHERE " RUNNING " AND (l.start_utc IS NULL OR l.start_utc<=?1) AND (l.end_utc IS NULL OR l.end_utc>?1) "
        "ORDER BY e.part_of IS NOT NULL, e.encounter_id, l.seq",
        &st, r->err);
    if (s == REPLI_OK)
        repli_bind_int(st, 1, r->at_utc);
    while (s == REPLI_OK && (s = repli_db_step(r->db, st, &row, r->err)) == REPLI_OK && row) {
        struct run *run = find_run(r, repli_col_text(st, 0));
        struct place *p = find_place(r, repli_col_text(st, 1));
        if (run && p)
            offer(stay_of(run), p, sqlite3_column_type(st, 2) == SQLITE_NULL ? INT64_MIN : sqlite3_column_int64(st, 2));
    }
    return s;
}

/* ---- wards */

static void add_wards(struct reader *r, struct house *house)
{
    house->wards = repli_arena_array(r->a, r->nplaces + 1, sizeof *house->wards);
    for (size_t i = 0; i < r->nruns; i++) {
        struct place *ward = above(r->runs[i].place, "ward");
        if (ward)
            ward->active = true; /* somebody lies there, whatever the location's status says */
    }
    for (size_t i = 0; i < r->nplaces; i++) {
        struct place *p = &r->places[i];
        if (!is_kind(p, "ward") || !p->active)
            continue;
        p->ward = &house->wards[house->nwards++];
        *p->ward = (struct house_ward){.code = p->code, .name = p->name, .id = p->id};
    }
    house->beds = repli_arena_array(r->a, r->nplaces + 1, sizeof *house->beds);
    for (size_t i = 0; i < r->nplaces; i++) {
        struct place *bed = &r->places[i], *room = above(bed, "room");
        struct place *ward = is_kind(bed, "bed") && bed->active ? above(bed, "ward") : NULL;
        if (!ward || !ward->ward)
            continue;
        ward->ward->beds++;
        house->beds[house->nbeds++] =
            (struct house_bed){bed->id, ward->code, room ? room->name : NULL, bed->name, false};
    }
}

/* ---- people */

static bool better_stay(const struct run *a, const struct run *b)
{
    if ((a->place != NULL) != (b->place != NULL))
        return a->place != NULL;
    int64_t x = a->who.has_start ? a->who.start_utc : INT64_MIN, y = b->who.has_start ? b->who.start_utc : INT64_MIN;
    return x != y ? x > y : strcmp(a->id, b->id) < 0;
}

static int by_patient(const void *a, const void *b)
{
    const struct run *const *x = a, *const *y = b;
    int c = strcmp((*x)->who.patient_id, (*y)->who.patient_id);
    return c != 0 ? c : better_stay(*x, *y) ? -1 : better_stay(*y, *x);
}

static void place_person(struct house_person *who, struct place *p, int64_t since_utc)
{
    const struct place *ward = above(p, "ward"), *room = above(p, "room"), *bed = above(p, "bed");
    who->ward = ward ? ward->ward : NULL;
    who->room = room ? room->name : NULL;
    who->bed = bed ? bed->name : NULL;
    who->bed_id = bed ? bed->id : NULL;
    who->place_utc = p ? since_utc : INT64_MIN;
    if (ward)
        ward->ward->census++;
}

/* One stay a patient: of several the one with a place, then the latest. */
static void choose_people(struct reader *r, struct house *house)
{
    struct run **stays = repli_arena_array(r->a, r->nruns + 1, sizeof *stays);
    size_t n = 0;
    for (size_t i = 0; i < r->nruns; i++)
        if (stay_of(&r->runs[i]) == &r->runs[i])
            stays[n++] = &r->runs[i];
    if (n > 0)
        qsort(stays, n, sizeof *stays, by_patient);
    house->people = repli_arena_array(r->a, n + 1, sizeof *house->people);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(stays[i]->who.patient_id, stays[i - 1]->who.patient_id) == 0)
            continue;
        struct house_person *p = &house->people[house->npeople++];
        *p = stays[i]->who;
        place_person(p, stays[i]->place, stays[i]->place_start);
    }
}

static void names_of(struct reader *r, struct house_person *p)
{
    const char *family = p->family ? p->family : p->name_text;
    const char *given = p->family ? p->given : NULL; /* of an unsplit name nobody knows which part is which */
    p->family_fold = family ? repli_text_fold(r->a, family) : NULL;
    p->given_fold = given ? repli_text_fold(r->a, given) : NULL;
    p->sort_name =
        repli_arena_printf(r->a, "%s\x01%s", p->family_fold ? p->family_fold : "", p->given_fold ? p->given_fold : "");
}

/* The number the state gave (NISS, INSZ), also where only an older file of the person has it. */
#define NATIONAL_NUMBER                                                                                                \
    "(SELECT value FROM patient_identifier i WHERE i.patient_id IN " RECORD_FAMILY(                                    \
        "?1") " AND (i.type IN('NI','NNBEL','SS') OR i.system LIKE '%/ssin%') ORDER BY i.patient_id<>?1, i.system, "   \
              "i.value LIMIT 1)"

static enum repli_status read_people(struct reader *r, struct house *house)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        repli_db_prepare(r->db,
                         "SELECT identifier_system, identifier_value, subject_hash, family, given, "
                         "prefix, name_text, birth_date, gender, "
                         "language, " NATIONAL_NUMBER ", address, deceased FROM patient WHERE patient_id=?1",
                         &st, r->err);
    for (size_t i = 0; s == REPLI_OK && i < house->npeople; i++) {
        struct house_person *p = &house->people[i];
        sqlite3_reset(st);
        repli_bind_text(st, 1, p->patient_id);
        s = repli_db_step(r->db, st, &row, r->err);
        if (s != REPLI_OK || !row)
            continue;
        p->found = true;
        p->identifier_system = repli_col_dup(r->a, st, 0);
        p->identifier = repli_col_dup(r->a, st, 1);
        (void)repli_col_bytes(st, 2, p->subject, sizeof p->subject);
        const char **const texts[] = {&p->family, &p->given,    &p->prefix,          &p->name_text, &p->birth_date,
                                      &p->gender, &p->language, &p->national_number, &p->address};
        for (int t = 0; t < 9; t++)
            *texts[t] = repli_col_dup(r->a, st, 3 + t);
        p->deceased = sqlite3_column_int(st, 12) != 0;
        names_of(r, p);
    }
    return s;
}

enum repli_status repli_house_read(struct repli_db *record, int64_t at_utc, struct repli_arena *a, struct house *house,
                                   struct repli_err *err)
{
    struct reader r = {.db = record, .a = a, .err = err, .at_utc = at_utc};
    struct house h = {0};
    enum repli_status s = read_places(&r);
    if (s == REPLI_OK)
        s = read_runs(&r);
    if (s == REPLI_OK)
        s = read_stops(&r);
    if (s != REPLI_OK)
        return s;
    add_wards(&r, &h);
    choose_people(&r, &h);
    s = read_people(&r, &h);
    if (s != REPLI_OK)
        return s;
    repli_house_homonyms(&h);
    repli_house_sort(&h);
    *house = h;
    return REPLI_OK;
}
