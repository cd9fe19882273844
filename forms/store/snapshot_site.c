/* What of a snapshot belongs to nobody in the house: the site's settings, its directory of telephone numbers, and the
** appointments of the next days of anybody, so that people can be rung before they come. */
#include "store/record_family.h"
#include "store/snapshot_internal.h"

#include "repli/site.h"

#define CALL_BEFORE_S (12 * 3600)
#define CALL_AFTER_S  (3 * 86400)

static enum repli_status put_setting(struct repli_db *db, sqlite3_stmt *st, const char *key, const char *value,
                                     int64_t ord, struct repli_err *err)
{
    repli_bind_text(st, 1, key);
    repli_bind_text(st, 2, value);
    repli_bind_int(st, 3, ord);
    return repli_db_run(db, st, err);
}

static enum repli_status put_settings(struct repli_db *db, const struct repli_snapshot_origin *o, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(db, "INSERT INTO setting(key, value, ord) VALUES(?,?,?)", &st, err);
    for (size_t i = 0; s == REPLI_OK && i < o->nsettings; i++)
        s = put_setting(db, st, o->settings[i].name, o->settings[i].value, (int64_t)i + 1, err);
    if (s == REPLI_OK && o->phones_reviewed)
        s = put_setting(db, st, "directory_reviewed", o->phones_reviewed, (int64_t)o->nsettings + 1, err);
    return s;
}

enum repli_status repli_snapshot_put_house(struct repli_db *db, const struct repli_snapshot_origin *origin,
                                           struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = put_settings(db, origin, err);
    if (s == REPLI_OK)
        s = repli_db_prepare(db, "INSERT INTO directory(ord, name, number, note) VALUES(?,?,?,?)", &st, err);
    for (size_t i = 0; s == REPLI_OK && i < origin->nphones; i++) {
        repli_bind_int(st, 1, (int64_t)i + 1);
        repli_bind_text(st, 2, origin->phones[i].name);
        repli_bind_text(st, 3, origin->phones[i].number);
        repli_bind_text(st, 4, origin->phones[i].note);
        s = repli_db_run(db, st, err);
    }
    return s;
}

/* The person's own number before those of others. */
#define BEST_CONTACT(what)                                                                                             \
    "(SELECT " what " FROM patient_contact t WHERE t.patient_id=p.patient_id AND t.phone IS NOT NULL AND t.kind "      \
    "IN('self','contact') ORDER BY t.kind='contact', t.seq LIMIT 1)"

/* Of a person whose files were joined, who it is today. */
static const char calls_sql[] =
    "SELECT c.appointment_id, p.patient_id, p.family, p.given, p.name_text, p.birth_date, p.identifier_value, "
    "c.status, "
    "c.display, c.place, c.actor, " BEST_CONTACT(
        "CASE t.kind WHEN 'contact' THEN coalesce(t.relation||' ','')||"
        "coalesce(t.name,'') END") ", " BEST_CONTACT("t.phone") ", c.start_utc FROM (SELECT a.appointment_id, "
                                                                "a.status, a.display, coalesce(a.place, l.name) AS "
                                                                "place, " RECORD_ACTOR(
                                                                    "a.actor",
                                                                    "a.actor_ref") " AS actor, "
                                                                                   "a.start_utc,"
                                                                                   " " RECORD_TODAY(
                                                                                       "a.patient_id") " AS who "
                                                                                                       "FROM "
                                                                                                       "appointment a "
                                                                                                       "LEFT JOIN "
                                                                                                       "location l "
                                                                                                       "USING(location_"
                                                                                                       "id) WHERE "
                                                                                                       "a.status "
                                                                                                       "IN('proposed','"
                                                                                                       "pending','"
                                                                                                       "booked') "
                                                                                                       "AND "
                                                                                                       "a.start_utc "
                                                                                                       "BETWEEN ?1 AND "
                                                                                                       "?2) c JOIN "
                                                                                                       "patient p ON "
                                                                                                       "p.patient_id=c."
                                                                                                       "who WHERE "
                                                                                                       "p.deceased=0 "
                                                                                                       "ORDER BY "
                                                                                                       "c.start_utc, "
                                                                                                       "c.appointment_"
                                                                                                       "id";

enum { CALL_COLUMNS = 14 };

enum repli_status repli_snapshot_put_calls(struct repli_db *db, struct repli_db *record, int64_t taken_utc,
                                           struct repli_err *err)
{
    REPLI_STMT from = NULL;
    REPLI_STMT to = NULL;
    bool row = false;
    int64_t ord = 0;
    enum repli_status s = repli_db_prepare(record, calls_sql, &from, err);
    if (s == REPLI_OK)
        s = repli_db_prepare(db, "INSERT INTO call VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", &to, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(from, 1, taken_utc - CALL_BEFORE_S);
    repli_bind_int(from, 2, taken_utc + CALL_AFTER_S);
    while (s == REPLI_OK && (s = repli_db_step(record, from, &row, err)) == REPLI_OK && row) {
        for (int i = 0; i + 1 < CALL_COLUMNS; i++)
            repli_bind_text(to, i + 1, repli_col_text(from, i));
        repli_bind_int(to, CALL_COLUMNS, sqlite3_column_int64(from, CALL_COLUMNS - 1));
        repli_bind_int(to, CALL_COLUMNS + 1, ++ord);
        s = repli_db_run(db, to, err);
    }
    return s;
}
