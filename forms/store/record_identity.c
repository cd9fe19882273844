/* Rows of the record that say who somebody with a downtime number may be. */
#include "repli/record_identity.h"

#include <string.h>

#include "repli/downtime.h"
#include "repli/record_newcomer.h"
#include "repli/text.h"
#include "store/record_family.h"
#include "store/record_internal.h"
#include "store/review_rows.h"

/* ---- people */

#define IS_NISS "(i.system='" REPLI_NISS_SYSTEM "' OR i.type='NI') ORDER BY i.value LIMIT 1"
#define PEOPLE                                                                                                         \
    "SELECT me.patient_id, me.identifier_value, me.family, me.given, me.name_text, me.birth_date, me.gender, "         \
    "me.replaced_by, coalesce((SELECT i.value FROM patient_identifier i WHERE i.patient_id=me.patient_id "             \
    "AND " IS_NISS "), (SELECT i.value FROM patient r JOIN patient_identifier i USING(patient_id) WHERE "              \
    "r.replaced_by=me.patient_id AND " IS_NISS ")), (SELECT group_concat(phone, ' ') FROM (SELECT phone FROM "         \
    "patient_contact c WHERE c.patient_id=me.patient_id AND phone IS NOT NULL ORDER BY seq)), me.deceased, "           \
    "me.deceased_utc, me.identifier_system='" REPLI_DOWNTIME_SYSTEM "' FROM patient me ORDER BY 1"

static struct repli_identity_person person_row(sqlite3_stmt *st, struct repli_arena *a)
{
    struct repli_identity_person p = {0};
    const char **to[] = {&p.id,         &p.number, &p.family,      &p.given, &p.name_text,
                         &p.birth_date, &p.gender, &p.replaced_by, &p.niss,  &p.phones};
    for (int i = 0; i < (int)(sizeof to / sizeof *to); i++)
        *to[i] = repli_col_dup(a, st, i);
    p.deceased = sqlite3_column_int(st, 10) != 0;
    p.deceased_utc = record_opt_dup(a, st, 11);
    p.downtime = sqlite3_column_int(st, 12) != 0;
    p.fold_family = p.family ? repli_text_fold(a, p.family) : NULL;
    p.fold_given = p.given ? repli_text_fold(a, p.given) : NULL;
    return p;
}

enum repli_status repli_record_identity_people(struct repli_record *r, struct repli_arena *a,
                                               struct repli_identity_person **list, size_t *count,
                                               struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_identity_person *all = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = repli_db_prepare(&r->db, PEOPLE, &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_room(a, all, n, &cap, sizeof *all);
        all[n++] = person_row(st, a);
    }
    *list = all;
    *count = n;
    return s;
}

/* ---- what the registration said */

/* The ward that a place of the stay lies in; `el` is the row of encounter_location. */
#define WARD_OF_PLACE                                                                                                  \
    "(WITH RECURSIVE up(id, n) AS (SELECT el.location_id, 0 UNION SELECT l.part_of, n+1 FROM up JOIN location l ON "   \
    "l.location_id=up.id WHERE l.part_of IS NOT NULL AND n<8) SELECT l.code FROM up JOIN location l ON "               \
    "l.location_id=up.id WHERE l.kind='ward' ORDER BY n LIMIT 1)"

enum repli_status repli_record_identity_registration(struct repli_record *r, const char *number, struct repli_arena *a,
                                                     struct repli_identity_registration *reg, bool *known,
                                                     struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    const char **to[] = {&reg->id,        &reg->known, &reg->family, &reg->given,    &reg->birth_date,
                         &reg->age_years, &reg->sex,   &reg->niss,   &reg->language, &reg->ward};
    enum repli_status s = repli_db_prepare(
        &r->db,
        "SELECT g.registration_id, g.known, g.family, g.given, g.birth_date, g.age_years, g.sex, g.niss, g.language, "
        "(SELECT " WARD_OF_PLACE " FROM encounter_location el JOIN encounter e USING(encounter_id) WHERE "
        "e.patient_id=p.patient_id ORDER BY e.encounter_id, el.seq LIMIT 1), coalesce(g.arrived_utc, (SELECT "
        "min(start_utc) FROM encounter e WHERE e.patient_id=p.patient_id), (SELECT min(effective_utc) FROM observation "
        "o WHERE o.patient_id=p.patient_id)) FROM patient p LEFT JOIN registration g USING(patient_id) WHERE "
        "p.patient_id=? ORDER BY g.rowid DESC LIMIT 1",
        &st, err);
    *reg = (struct repli_identity_registration){0};
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, number);
    s = repli_db_step(&r->db, st, &row, err);
    for (int i = 0; s == REPLI_OK && row && i < (int)(sizeof to / sizeof *to); i++)
        *to[i] = repli_col_dup(a, st, i);
    if (s == REPLI_OK && row)
        reg->arrived_utc = record_opt_dup(a, st, 10);
    *known = reg->id != NULL;
    return s;
}

enum repli_status repli_record_identity_stays(struct repli_record *r, const char *patient_id, int64_t from_utc,
                                              int64_t to_utc, struct repli_arena *a, struct repli_identity_stay **list,
                                              size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_identity_stay *all = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = repli_db_prepare(
        &r->db,
        "SELECT e.identifier_value, (SELECT " WARD_OF_PLACE " FROM encounter_location el WHERE "
        "el.encounter_id=e.encounter_id ORDER BY NOT (coalesce(el.start_utc, ?2)<=?2 AND coalesce(el.end_utc, "
        "?2+1)>?2), el.seq LIMIT 1), e.start_utc, e.end_utc FROM encounter e WHERE e.patient_id IN " RECORD_FAMILY(
            "?1") " AND "
                  "e.status NOT IN('planned','cancelled','entered-in-error') AND coalesce(e.start_utc, ?2)<=?3 AND "
                  "coalesce(e.end_utc, ?2)>=?2 ORDER BY e.start_utc, e.encounter_id",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, patient_id);
    repli_bind_int(st, 2, from_utc);
    repli_bind_int(st, 3, to_utc);
    while ((s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_room(a, all, n, &cap, sizeof *all);
        all[n++] = (struct repli_identity_stay){.number = repli_col_dup(a, st, 0),
                                                .ward = repli_col_dup(a, st, 1),
                                                .start_utc = record_opt_dup(a, st, 2),
                                                .end_utc = record_opt_dup(a, st, 3)};
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_record_identity_find(struct repli_record *r, const char *value, struct repli_arena *a,
                                             const char **id, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &r->db,
        "SELECT DISTINCT " RECORD_TODAY("hit.patient_id") " FROM (SELECT patient_id FROM patient WHERE patient_id=?1 "
                                                          "UNION SELECT patient_id FROM patient_identifier WHERE "
                                                          "value=?1) hit ORDER BY 1 LIMIT 2",
        &st, err);
    *id = NULL;
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, value);
    s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK && row)
        *id = repli_col_dup(a, st, 0);
    if (s == REPLI_OK && row && (s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row)
        return repli_fail(err, REPLI_DATA,
                          "several people have the number '%s' (%s, %s): name the file by its id in the record", value,
                          *id, repli_col_text(st, 0));
    return s;
}

/* ---- what people said */

enum repli_status repli_record_identity_acts(struct repli_record *r, const char *number, struct repli_arena *a,
                                             struct repli_identity_act **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_identity_act *all = NULL;
    size_t n = 0, cap = 0;
    enum repli_status s = repli_db_prepare(&r->db,
                                           "SELECT act, patient_id, proof1, proof2, reason, person, shown, at_utc FROM "
                                           "identity_act WHERE number=? ORDER BY act_id",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, number);
    while ((s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_room(a, all, n, &cap, sizeof *all);
        all[n] = (struct repli_identity_act){.act = repli_col_dup(a, st, 0),
                                             .patient_id = repli_col_dup(a, st, 1),
                                             .proof1 = repli_col_dup(a, st, 2),
                                             .proof2 = repli_col_dup(a, st, 3),
                                             .reason = repli_col_dup(a, st, 4),
                                             .person = repli_col_dup(a, st, 5),
                                             .at_utc = sqlite3_column_int64(st, 7)};
        (void)repli_col_bytes(st, 6, all[n].shown, sizeof all[n].shown);
        n++;
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_record_identity_say(struct repli_record *r, const char *number,
                                            const struct repli_identity_act *act, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&r->db,
                                           "INSERT INTO identity_act(number, act, patient_id, proof1, proof2, reason, "
                                           "shown, person, at_utc) VALUES(?,?,?,?,?,?,?,?,?)",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    struct record_bind b = {st, 0};
    record_text(&b, number);
    record_text(&b, act->act);
    record_text(&b, act->patient_id);
    record_text(&b, act->proof1);
    record_text(&b, act->proof2);
    record_text(&b, act->reason);
    record_blob(&b, act->shown, sizeof act->shown);
    record_text(&b, act->person);
    record_int(&b, act->at_utc);
    return repli_db_run(&r->db, st, err);
}

enum repli_status repli_record_identity_counts(struct repli_record *r, int64_t counts[3], struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &r->db,
        "SELECT sum(state=0), sum(state=1), sum(state=2) FROM (SELECT CASE WHEN p.replaced_by IS NOT NULL THEN 2 WHEN "
        "(SELECT act FROM identity_act a WHERE a.number=p.patient_id ORDER BY act_id DESC LIMIT 1)='proposed' THEN 1 "
        "ELSE 0 END AS state FROM patient p WHERE p.identifier_system='" REPLI_DOWNTIME_SYSTEM "')",
        &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(&r->db, st, &row, err);
    for (int i = 0; i < 3; i++)
        counts[i] = s == REPLI_OK && row ? sqlite3_column_int64(st, i) : 0;
    return s;
}
