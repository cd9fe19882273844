/* Who has replaced whom (patient_link), and rows that messages made before their resource came (alias). */
#include <string.h>

#include "store/record_family.h"
#include "store/record_internal.h"

/* ---- links */

/* From ?1 up along all links: does it come back to ?1?  The way there, for people. */
static enum repli_status no_circle(struct repli_record *r, const char *id, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    enum repli_status s = record_stmt_get(
        r, RUN_LINK_TOP,
        "WITH RECURSIVE up(member,way,n) AS (SELECT survivor,'Patient/'||survivor,1 FROM patient_link WHERE retired=?1 "
        "UNION SELECT l.survivor,up.way||', that by Patient/'||l.survivor,n+1 FROM up JOIN patient_link l "
        "ON l.retired=up.member WHERE up.member<>?1 AND n<64) SELECT way FROM up WHERE member=?1 LIMIT 1",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK && row)
        s = repli_fail(err, REPLI_DATA, "its link makes a circle: Patient/%s is replaced by %.300s", id,
                       repli_col_text(st, 0));
    sqlite3_reset(st);
    return s;
}

/* Survivors that are said of one record, and who each of them is in the end; more than one end is a contradiction. */
static enum repli_status one_end(struct repli_record *r, const char *id, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    enum repli_status s = record_stmt_get(
        r, RUN_LINK_ENDS,
        "WITH RECURSIVE up(member) AS (SELECT survivor FROM patient_link WHERE retired=?1 UNION SELECT l.survivor "
        "FROM up JOIN patient_link l ON l.retired=up.member) SELECT min(member),max(member),count(*) FROM up WHERE NOT "
        "EXISTS(SELECT 1 FROM patient_link l WHERE l.retired=up.member)",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK && row && sqlite3_column_int(st, 2) > 1)
        s = repli_fail(err, REPLI_WAITS,
                       "Patient/%s is said to be replaced by Patient/%s and by Patient/%s, which are two people", id,
                       repli_col_text(st, 0), repli_col_text(st, 1));
    sqlite3_reset(st);
    return s;
}

enum repli_status record_replacement(struct repli_record *r, const char *id, struct repli_arena *a,
                                     const char **survivor, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    enum repli_status s =
        record_stmt_get(r, RUN_LINK_TO, "SELECT min(survivor) FROM patient_link WHERE retired=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK)
        *survivor = row ? repli_col_dup(a, st, 0) : NULL;
    sqlite3_reset(st);
    return s;
}

/* What the links say now, into the row of that patient, if it has come. */
static enum repli_status settle(struct repli_record *r, const char *id, struct repli_err *err)
{
    struct record_bind b = {0};
    struct repli_arena a = {0};
    const char *survivor = NULL;
    enum repli_status s = no_circle(r, id, err);
    if (s == REPLI_OK)
        s = one_end(r, id, err);
    if (s == REPLI_OK)
        s = record_replacement(r, id, &a, &survivor, err);
    if (s == REPLI_OK)
        s = record_stmt_get(r, RUN_LINK_SET,
                            "UPDATE patient SET replaced_by=?2,row_version=row_version+1 WHERE patient_id=?1 AND "
                            "replaced_by IS NOT ?2",
                            &b.st, err);
    if (s == REPLI_OK) {
        record_text(&b, id);
        record_text(&b, survivor);
        s = repli_db_run(&r->db, b.st, err);
    }
    repli_arena_done(&a);
    return s;
}

static enum repli_status say(struct repli_record *r, const char *retired, const char *survivor, const char *by,
                             struct repli_err *err)
{
    struct record_bind b = {0};
    if (strcmp(retired, survivor) == 0)
        return repli_fail(err, REPLI_DATA, "its link makes a circle: Patient/%s is replaced by itself", retired);
    enum repli_status s = record_stmt_get(
        r, RUN_LINK_PUT, "INSERT INTO patient_link(retired,survivor,said_by) VALUES(?,?,?) ON CONFLICT DO NOTHING",
        &b.st, err);
    if (s != REPLI_OK)
        return s;
    record_text(&b, retired);
    record_text(&b, survivor);
    record_text(&b, by);
    return repli_db_run(&r->db, b.st, err);
}

/* An event says one thing about one record, and takes back what an event said of it before. */
static enum repli_status put_event(struct repli_record *r, const struct repli_rec_patient *x, struct repli_err *err)
{
    struct repli_arena a = {0};
    const char *now = NULL;
    REPLI_STMT st = NULL;
    enum repli_status s = record_replacement(r, x->id, &a, &now, err);
    bool news = s == REPLI_OK && x->replaced_by && (!now || strcmp(now, x->replaced_by) != 0);
    repli_arena_done(&a);
    if (!news)
        return s;
    s = repli_db_prepare(&r->db, "DELETE FROM patient_link WHERE retired=? AND said_by='event'", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, x->id);
    s = repli_db_run(&r->db, st, err);
    if (s == REPLI_OK)
        s = say(r, x->id, x->replaced_by, "event", err);
    return s == REPLI_OK ? settle(r, x->id, err) : s;
}

/* What a resource said before of others, whose rows may change when it says so no more. */
static enum repli_status take_back(struct repli_record *r, const char *by, struct repli_arena *a, const char ***gone,
                                   size_t *ngone, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    enum repli_status s =
        record_stmt_get(r, RUN_LINK_DROP, "DELETE FROM patient_link WHERE said_by=? RETURNING retired", &st, err);
    if (s == REPLI_OK)
        repli_bind_text(st, 1, by);
    while (s == REPLI_OK && (s = repli_db_step(&r->db, st, &row, err)) == REPLI_OK && row) {
        *gone = repli_rows_more(a, *gone, *ngone, sizeof **gone);
        (*gone)[(*ngone)++] = repli_col_dup(a, st, 0);
    }
    if (st)
        sqlite3_reset(st);
    return s;
}

enum repli_status record_put_links(struct repli_record *r, const struct repli_rec_patient *x, struct repli_err *err)
{
    struct repli_arena a = {0};
    const char **gone = NULL;
    size_t ngone = 0;
    if (r->run->event)
        return put_event(r, x, err);
    enum repli_status s = take_back(r, x->id, &a, &gone, &ngone, err);
    if (s == REPLI_OK && x->replaced_by)
        s = say(r, x->id, x->replaced_by, x->id, err);
    for (size_t i = 0; i < x->nreplaces && s == REPLI_OK; i++)
        s = say(r, x->replaces[i], x->id, x->id, err);
    for (size_t i = 0; i < ngone && s == REPLI_OK; i++)
        s = settle(r, gone[i], err);
    if (s == REPLI_OK && x->replaced_by)
        s = settle(r, x->id, err);
    for (size_t i = 0; i < x->nreplaces && s == REPLI_OK; i++)
        s = settle(r, x->replaces[i], err);
    repli_arena_done(&a);
    return s;
}

/* ---- rows made by messages */

enum repli_status repli_record_row_id(struct repli_record *r, const char *type, const char *id, struct repli_arena *a,
                                      const char **row_id, struct repli_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    *row_id = id;
    if (r->run->aliases == 0)
        return REPLI_OK;
    enum repli_status s =
        record_stmt_get(r, RUN_ALIAS, "SELECT row_id FROM alias WHERE type=? AND sent_id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, type);
    repli_bind_text(st, 2, id);
    s = repli_db_step(&r->db, st, &row, err);
    if (s == REPLI_OK && row)
        *row_id = repli_col_dup(a, st, 0);
    sqlite3_reset(st);
    return s;
}

static enum repli_status put_alias(struct repli_record *r, const char *type, const char *sent_id, const char *row_id,
                                   struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&r->db, "INSERT INTO alias(type,sent_id,row_id) VALUES(?,?,?)", &st, err);
    if (s != REPLI_OK)
        return s;
    struct record_bind b = {st, 0};
    record_text(&b, type);
    record_text(&b, sent_id);
    record_text(&b, row_id);
    s = repli_db_run(&r->db, st, err);
    r->run->aliases += s == REPLI_OK;
    return s;
}

/* The row with this keyed hash, when messages made it (hl7_id() names such rows "hl7-" and 24 digits), no resource has
** taken it over and none has the sent id.  Columns 1 and 2 are what must agree. */
static enum repli_status made_by_messages(struct repli_record *r, const char *sql, const char *sent_id,
                                          const uint8_t hash[8], sqlite3_stmt **st, bool *row, struct repli_err *err)
{
    enum repli_status s = repli_db_prepare(&r->db, sql, st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_blob(*st, 1, hash, 8);
    repli_bind_text(*st, 2, sent_id);
    return repli_db_step(&r->db, *st, row, err);
}

static bool differ(const char *a, const char *b)
{
    return a && b && strcmp(a, b) != 0;
}

enum repli_status record_adopt_patient(struct repli_record *r, const struct repli_rec_patient *x,
                                       const uint8_t subject[8], struct repli_arena *a, const char **adopted,
                                       struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        made_by_messages(r,
                         "SELECT patient_id,birth_date,gender FROM patient p WHERE subject_hash=?1 AND patient_id LIKE "
                         "'hl7-%' AND length(patient_id)=28 AND NOT EXISTS(SELECT 1 FROM patient WHERE patient_id=?2) "
                         "AND NOT EXISTS(SELECT 1 FROM alias a WHERE a.type='Patient' AND a.row_id=p.patient_id)",
                         x->id, subject, &st, &row, err);
    if (s != REPLI_OK || !row)
        return s;
    const char *id = repli_col_dup(a, st, 0), *born = repli_col_text(st, 1), *sex = repli_col_text(st, 2);
    if (differ(born, x->birth_date))
        return repli_fail(
            err, REPLI_DATA,
            "its number '%s' is that of Patient/%s, whom messages brought with another birth date, %s and "
            "not %s: correct it in one of the two systems and send it again",
            x->identifiers[0].value, id, born, x->birth_date);
    if (differ(sex, x->gender) && strcmp(sex, "unknown") != 0 && strcmp(x->gender, "unknown") != 0)
        return repli_fail(
            err, REPLI_DATA,
            "its number '%s' is that of Patient/%s, whom messages brought as %s and not %s: correct it in "
            "one of the two systems and send it again",
            x->identifiers[0].value, id, sex, x->gender);
    *adopted = id;
    return put_alias(r, "Patient", x->id, id, err);
}

enum repli_status record_adopt_stay(struct repli_record *r, const struct repli_rec_encounter *x, const uint8_t hash[8],
                                    struct repli_arena *a, const char **adopted, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = made_by_messages(
        r,
        "SELECT encounter_id," RECORD_TODAY(
            "e.patient_id") " FROM encounter e WHERE stay_hash=?1 AND encounter_id LIKE 'hl7-%' "
                            "AND length(encounter_id)=28 AND NOT EXISTS(SELECT 1 FROM encounter WHERE encounter_id=?2) "
                            "AND NOT EXISTS(SELECT 1 FROM alias a WHERE a.type='Encounter' AND a.row_id=encounter_id)",
        x->id, hash, &st, &row, err);
    if (s != REPLI_OK || !row || differ(repli_col_text(st, 1), x->patient_id))
        return s;
    *adopted = repli_col_dup(a, st, 0);
    return put_alias(r, "Encounter", x->id, *adopted, err);
}

/* Places that came before their ward name it by the id that was sent. */
static enum repli_status below_by_row(struct repli_record *r, const char *sent_id, const char *row_id,
                                      struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&r->db, "UPDATE location SET part_of=?2,row_version=row_version+1 WHERE part_of=?1", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, sent_id);
    repli_bind_text(st, 2, row_id);
    return repli_db_run(&r->db, st, err);
}

enum repli_status record_adopt_place(struct repli_record *r, const struct repli_rec_location *x, struct repli_arena *a,
                                     const char **adopted, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false, several = false, ward = x->kind && strcmp(x->kind, "ward") == 0;
    if (!x->kind || (!ward && !x->part_of))
        return REPLI_OK;
    enum repli_status s = repli_db_prepare(
        &r->db,
        "SELECT l.location_id FROM location l LEFT JOIN import_place i USING(location_id) WHERE l.location_id>='hl7-' "
        "AND l.location_id<'hl7.' AND length(l.location_id)=28 AND l.kind=?1 AND (?2 IS NULL OR l.part_of=?2) AND "
        "(l.name=?3 OR l.code=?4 OR i.code=?4) AND NOT EXISTS(SELECT 1 FROM location WHERE location_id=?5) AND NOT "
        "EXISTS(SELECT 1 FROM alias a WHERE a.type='Location' AND a.row_id=l.location_id) LIMIT 2",
        &st, err);
    if (s != REPLI_OK)
        return s;
    struct record_bind b = {st, 0};
    record_text(&b, x->kind);
    record_text(&b, ward ? NULL : x->part_of);
    record_text(&b, x->name);
    record_text(&b, x->code);
    record_text(&b, x->id);
    s = repli_db_step(&r->db, st, &row, err);
    const char *id = s == REPLI_OK && row ? repli_col_dup(a, st, 0) : NULL;
    if (id)
        s = repli_db_step(&r->db, st, &several, err);
    if (s != REPLI_OK || !id || several)
        return s;
    *adopted = id;
    s = put_alias(r, "Location", x->id, id, err);
    return s == REPLI_OK ? below_by_row(r, x->id, id, err) : s;
}
