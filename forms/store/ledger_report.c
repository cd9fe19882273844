/* Rows of the ledger for the report of an outage.  Every statement begins with the same choice of sheets. */
#include <string.h>

#include "repli/outcome.h"
#include "repli/report.h"
#include "store/ledger_internal.h"

/* ?1 id of the outage or NULL, ?2 from, ?3 until, ?4 drill.  Sheets that were never printed from here (adopted) have no
** time of printing that counts, but their hours. */
/* The plus: by its serial, since most of all scans were read. */
#define FIRST_SCAN "(SELECT min(c.scanned_utc) FROM scan c WHERE c.serial=s.serial AND +c.outcome='read')"
#define IN_WARD                                                                                                        \
    "(s.ward IN(SELECT ward FROM outage_ward WHERE outage_id=?1) OR NOT EXISTS(SELECT 1 FROM outage_ward WHERE "       \
    "outage_id=?1))"
#define NO_LATER(utc) "NOT EXISTS(SELECT 1 FROM outage o WHERE o.drill=?4 AND o.from_utc>?2 AND o.from_utc<=" utc ")"
#define MINE                                                                                                           \
    "WITH mine AS MATERIALIZED (SELECT s.serial FROM sheet s JOIN pack p USING(pack_id) WHERE s.has_fields=1 AND "     \
    "s.state<>'allotted' AND (?1 IS NULL OR ((s.flags & 8 <> 0)=?4 AND " IN_WARD                                       \
    " AND (p.printed_utc BETWEEN ?2 AND ?3 OR (s.window_utc<=?3 AND s.window_utc+s.window_hours*3600>?2) OR "          \
    "(s.subject_kind IN(4,5) AND " FIRST_SCAN ">=?2 AND " NO_LATER(FIRST_SCAN) "))))) "

static enum repli_status ask(struct repli_ledger *l, const struct repli_report_scope *scope, const char *sql,
                             sqlite3_stmt **st, struct repli_err *err)
{
    enum repli_status s = repli_db_prepare(&l->db, sql, st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(*st, 1, scope->outage ? scope->outage->id : NULL);
    repli_bind_int(*st, 2, scope->from_utc);
    repli_bind_int(*st, 3, scope->until_utc);
    repli_bind_int(*st, 4, scope->outage && scope->outage->drill);
    return REPLI_OK;
}

static enum repli_status sheets(struct repli_ledger *l, struct repli_arena *a, struct repli_report *r,
                                struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = ask(
        l, &r->scope,
        MINE "SELECT s.serial, s.sheet, s.form_id, s.ward, s.patient, s.state_by, s.state_why, s.side, s.state, "
             "p.printed_utc, coalesce(r.received_utc, 0), coalesce(" FIRST_SCAN ", 0), (SELECT count(*) FROM hold h "
             "WHERE h.serial=s.serial AND h.decided IS NULL) FROM sheet s JOIN pack p USING(pack_id) LEFT JOIN "
             "received r USING(serial) WHERE s.serial IN mine ORDER BY s.ward, s.patient, s.pack_id, s.page",
        &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        r->sheets = repli_rows_more(a, r->sheets, r->nsheets, sizeof *r->sheets);
        struct repli_report_sheet *to = &r->sheets[r->nsheets++];
        *to = (struct repli_report_sheet){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                                          .sheet = repli_col_dup(a, st, 1),
                                          .form_id = repli_col_dup(a, st, 2),
                                          .ward = repli_col_dup(a, st, 3),
                                          .patient = repli_col_dup(a, st, 4),
                                          .by = repli_col_dup(a, st, 5),
                                          .why = repli_col_dup(a, st, 6),
                                          .side = sqlite3_column_int(st, 7),
                                          .printed_utc = sqlite3_column_int64(st, 9),
                                          .received_utc = sqlite3_column_int64(st, 10),
                                          .scanned_utc = sqlite3_column_int64(st, 11),
                                          .held = sqlite3_column_int64(st, 12)};
        if (!repli_life_parse(repli_col_text(st, 8), &to->state))
            return repli_fail(err, REPLI_DB, "%s: sheet %s has no known state", l->db.path, to->sheet);
    }
    return s;
}

static enum repli_status tiers(struct repli_ledger *l, struct repli_report *r, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = ask(
        l, &r->scope,
        MINE ", f AS MATERIALIZED (SELECT serial, field, min(tier) AS tier, max(done=0) AS open FROM task WHERE serial "
             "IN mine GROUP BY serial, field), e AS (SELECT f.tier, e.* FROM f JOIN entry e USING(serial, field)) "
             "SELECT t, sum(a), sum(b), sum(c), sum(d), sum(g), sum(h), sum(i), sum(j) FROM ("
             "SELECT tier AS t, 1 AS a, open AS b, 0 AS c, 0 AS d, 0 AS g, 0 AS h, 0 AS i, 0 AS j FROM f UNION ALL "
             "SELECT tier, 0, 0, need='key1', need='key2', need='settle', need='confirm', 0, 0 FROM e UNION ALL "
             "SELECT x.tier, 0, 0, 0, 0, 0, 0, 1, x.answer IS NOT y.answer OR x.value IS NOT y.value FROM e x JOIN "
             "entry y USING(serial, field, revision) WHERE x.need='key1' AND y.need='key2') GROUP BY t",
        &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        int tier = sqlite3_column_int(st, 0);
        struct repli_report_tier *t = &r->tiers[tier == 1 || tier == 2 ? tier : 0];
        int64_t *to[] = {&t->fields, &t->open, &t->key1, &t->key2, &t->settle, &t->confirm, &t->twice, &t->differed};
        for (int i = 0; i < (int)(sizeof to / sizeof *to); i++)
            *to[i] += sqlite3_column_int64(st, i + 1);
    }
    return s;
}

static enum repli_status answers(struct repli_ledger *l, struct repli_report *r, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        ask(l, &r->scope,
            MINE "SELECT (SELECT count(*) FROM entry e JOIN reading g USING(serial, field) WHERE e.serial IN mine AND "
                 "e.need='confirm' AND g.state='ticked'), (SELECT count(*) FROM entry e JOIN reading g USING(serial, "
                 "field) WHERE e.serial IN mine AND e.need='confirm' AND g.state='ticked' AND e.answer<>'value'), "
                 "count(by1), coalesce(sum(by1 IS NOT NULL AND answer='illegible'), 0), count(*)-count(by1) FROM "
                 "settled WHERE serial IN mine",
            &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    int64_t *to[] = {&r->ticks, &r->ticks_refuted, &r->settled, &r->illegible, &r->machine};
    for (int i = 0; i < (int)(sizeof to / sizeof *to); i++)
        *to[i] = sqlite3_column_int64(st, i);
    return REPLI_OK;
}

static enum repli_status held(struct repli_ledger *l, struct repli_arena *a, struct repli_report *r,
                              struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        ask(l, &r->scope,
            MINE "SELECT kind, sum(decided IS NULL), sum(decided IS 'paper'), sum(decided IS 'live'), "
                 "sum(decided IS 'note') FROM hold WHERE serial IN mine GROUP BY kind ORDER BY kind",
            &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        r->held = repli_rows_more(a, r->held, r->nheld, sizeof *r->held);
        r->held[r->nheld++] = (struct repli_report_held){.kind = repli_col_dup(a, st, 0),
                                                         .open = sqlite3_column_int64(st, 1),
                                                         .paper = sqlite3_column_int64(st, 2),
                                                         .live = sqlite3_column_int64(st, 3),
                                                         .note = sqlite3_column_int64(st, 4)};
    }
    return s;
}

/* An image without a sheet belongs to the outage after whose beginning it was scanned. */
static enum repli_status images(struct repli_ledger *l, struct repli_arena *a, struct repli_report *r,
                                struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = ask(
        l, &r->scope,
        MINE "SELECT outcome, count(*), sum(settled_utc IS NULL) FROM scan c WHERE c.serial IN mine OR ((c.serial IS "
             "NULL OR c.serial NOT IN(SELECT serial FROM sheet)) AND (?1 IS NULL OR (?4=0 AND c.scanned_utc>=?2 "
             "AND " NO_LATER("c.scanned_utc") "))) GROUP BY outcome ORDER BY outcome",
        &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        enum repli_outcome outcome;
        const char *text = repli_col_dup(a, st, 0);
        bool waits = repli_outcome_parse(text, &outcome) && repli_outcome_waits(outcome);
        r->images = repli_rows_more(a, r->images, r->nimages, sizeof *r->images);
        r->images[r->nimages++] = (struct repli_report_images){
            .outcome = text, .count = sqlite3_column_int64(st, 1), .waiting = waits ? sqlite3_column_int64(st, 2) : 0};
    }
    return s;
}

/* Who keyed when, and wards that were closed after it began. */
static enum repli_status events(struct repli_ledger *l, struct repli_arena *a, struct repli_report *r,
                                struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = ask(
        l, &r->scope,
        MINE "SELECT 0, min(entered_utc), max(entered_utc), count(*), NULL, NULL FROM entry WHERE serial IN mine "
             "HAVING count(*)>0 UNION ALL SELECT 1, w.closed_utc, 0, w.sheets, n.name, w.ward FROM ward_closed w JOIN "
             "person n ON n.person_id=w.person WHERE w.closed_utc>=?2 AND w.ward IN(SELECT ward FROM sheet WHERE "
             "serial IN mine) AND (?1 IS NULL OR " NO_LATER("w.closed_utc") ") ORDER BY 2",
        &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        bool ward = sqlite3_column_int(st, 0) != 0;
        r->events = repli_rows_more(a, r->events, r->nevents, sizeof *r->events);
        r->events[r->nevents++] = (struct repli_report_event){.deed = ward ? REPLI_REPORT_WARD : REPLI_REPORT_KEYED,
                                                              .utc = sqlite3_column_int64(st, 1),
                                                              .last_utc = sqlite3_column_int64(st, 2),
                                                              .count = sqlite3_column_int64(st, 3),
                                                              .who = repli_col_dup(a, st, 4),
                                                              .what = repli_col_dup(a, st, 5)};
    }
    return s;
}

enum repli_status repli_ledger_report(struct repli_ledger *l, struct repli_arena *a, struct repli_report *r,
                                      struct repli_err *err)
{
    enum repli_status s = sheets(l, a, r, err);
    if (s == REPLI_OK)
        s = tiers(l, r, err);
    if (s == REPLI_OK)
        s = answers(l, r, err);
    if (s == REPLI_OK)
        s = held(l, a, r, err);
    if (s == REPLI_OK)
        s = images(l, a, r, err);
    if (s == REPLI_OK)
        s = events(l, a, r, err);
    return s;
}

/* An hour that is not over yet counts as long as it has lasted, ten minutes at least. */
enum repli_status repli_ledger_pace(struct repli_ledger *l, int64_t now_utc, struct repli_pace *pace,
                                    struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_pace p = {0};
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT sum(n), count(*), sum(CASE WHEN h=?1/3600 THEN max(?1-h*3600, 600) "
        "ELSE 3600 END), (SELECT sum(open) FROM work) FROM (SELECT settled_utc/3600 AS h, count(*) AS n FROM "
        "settled INDEXED BY settled_hour WHERE by1 IS NOT NULL GROUP BY h ORDER BY h DESC LIMIT ?2)",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, now_utc);
    repli_bind_int(st, 2, REPLI_PACE_HOURS);
    s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    p.fields = sqlite3_column_int64(st, 0);
    p.hours = sqlite3_column_int64(st, 1);
    p.seconds = sqlite3_column_int64(st, 2);
    p.open = sqlite3_column_int64(st, 3);
    p.per_hour = p.seconds > 0 ? (double)p.fields * 3600.0 / (double)p.seconds : 0;
    if (p.fields > 0 && p.open > 0)
        p.end_utc = now_utc + (p.open * p.seconds + p.fields - 1) / p.fields;
    *pace = p;
    return REPLI_OK;
}
