/* Outages and drills in the ledger. */
#include "repli/outage.h"

#include <stdio.h>
#include <string.h>

#include "repli/clock.h"
#include "store/ledger_internal.h"

#define MINUTE_S     60
#define WARDS_MAX    1000
#define WARD_MAX_LEN 200

bool repli_outage_covers(const struct repli_outage *o, const char *ward)
{
    for (size_t i = 0; ward && i < o->nwards; i++)
        if (strcmp(o->wards[i], ward) == 0)
            return true;
    return o->nwards == 0;
}

static int64_t whole_minute(int64_t utc)
{
    return utc - utc % MINUTE_S;
}

/* ---- reading */

static enum repli_status wards_of(struct repli_ledger *l, struct repli_outage *o, struct repli_arena *a,
                                  struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        repli_db_prepare(&l->db, "SELECT ward FROM outage_ward WHERE outage_id=? ORDER BY ward", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, o->id);
    while ((s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        o->wards = repli_rows_more(a, o->wards, o->nwards, sizeof *o->wards);
        o->wards[o->nwards++] = repli_col_dup(a, st, 0);
    }
    return s;
}

enum repli_status repli_ledger_outages(struct repli_ledger *l, struct repli_arena *a, struct repli_outage **list,
                                       size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_outage *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "SELECT outage_id, drill, from_utc, opened_utc, opened_by, until_utc, "
                                           "closed_utc, closed_by FROM outage ORDER BY length(outage_id), outage_id",
                                           &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_outage){.id = repli_col_dup(a, st, 0),
                                         .drill = sqlite3_column_int(st, 1) != 0,
                                         .from_utc = sqlite3_column_int64(st, 2),
                                         .opened_utc = sqlite3_column_int64(st, 3),
                                         .opened_by = repli_col_dup(a, st, 4),
                                         .open = sqlite3_column_type(st, 5) == SQLITE_NULL,
                                         .until_utc = sqlite3_column_int64(st, 5),
                                         .closed_utc = sqlite3_column_int64(st, 6),
                                         .closed_by = repli_col_dup(a, st, 7)};
    }
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        s = wards_of(l, &all[i], a, err);
    if (s != REPLI_OK)
        return s;
    *list = all;
    *count = n;
    return REPLI_OK;
}

enum repli_status repli_ledger_open_now(struct repli_ledger *l, const char *ward, bool *drill, int64_t *from_utc,
                                        struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_outage *all = NULL;
    size_t count = 0;
    enum repli_status s = repli_ledger_outages(l, &a, &all, &count, err);
    if (s != REPLI_OK)
        return s;
    *drill = false;
    *from_utc = 0;
    for (size_t i = 0; i < count; i++)
        if (all[i].open && repli_outage_covers(&all[i], ward)) {
            *drill = *drill || all[i].drill;
            *from_utc = all[i].from_utc;
        }
    return REPLI_OK;
}

/* ---- opening */

/* The first ward that both have; "the whole house" where one has no wards; NULL: none. */
static const char *shared_ward(const struct repli_outage *x, const struct repli_outage *y)
{
    if (x->nwards == 0 || y->nwards == 0)
        return x->nwards ? x->wards[0] : y->nwards ? y->wards[0] : "the whole house";
    for (size_t i = 0; i < x->nwards; i++)
        if (repli_outage_covers(y, x->wards[i]))
            return x->wards[i];
    return NULL;
}

static enum repli_status may_open(const struct repli_outage *wanted, const struct repli_outage *all, size_t count,
                                  struct repli_err *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct repli_outage *o = &all[i];
        const char *ward = shared_ward(wanted, o);
        if (ward && o->open)
            return repli_fail(err, REPLI_DATA, "%s %s is open for %s: close it first (repli outage close %s)",
                              o->drill ? "drill" : "outage", o->id, ward, o->id);
        if (ward && o->drill == wanted->drill && o->until_utc > wanted->from_utc) {
            char until[24];
            repli_time_iso(o->until_utc, until);
            return repli_fail(err, REPLI_DATA, "%s %s of %s lasted until %s: --from must not be before that",
                              o->drill ? "drill" : "outage", o->id, ward, until);
        }
    }
    return REPLI_OK;
}

static enum repli_status insert_wards(struct repli_ledger *l, const struct repli_outage *wanted, const char *id,
                                      struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db, "INSERT INTO outage_ward(outage_id, ward) VALUES(?,?) ON CONFLICT DO NOTHING", &st, err);
    for (size_t i = 0; s == REPLI_OK && i < wanted->nwards; i++) {
        repli_bind_text(st, 1, id);
        repli_bind_text(st, 2, wanted->wards[i]);
        s = repli_db_run(&l->db, st, err);
    }
    return s;
}

static enum repli_status open_rows(struct repli_ledger *l, unsigned station, const struct repli_outage *wanted,
                                   int64_t now_utc, char id[REPLI_ID_TEXT], struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_outage *all = NULL;
    size_t count = 0;
    int64_t number = 0;
    enum repli_status s = repli_ledger_outages(l, &a, &all, &count, err);
    if (s == REPLI_OK)
        s = may_open(wanted, all, count, err);
    if (s == REPLI_OK)
        s = repli_ledger_next(l, "outage", &number, err);
    if (s == REPLI_OK)
        s = repli_ledger_take(l, "outage", number, number + 1, err);
    REPLI_STMT st = NULL;
    if (s == REPLI_OK)
        s = repli_db_prepare(&l->db,
                             "INSERT INTO outage(outage_id, drill, from_utc, opened_utc, opened_by) VALUES(?,?,?,?,?)",
                             &st, err);
    if (s != REPLI_OK)
        return s;
    repli_id_format('O', station, number, id);
    repli_bind_text(st, 1, id);
    repli_bind_int(st, 2, wanted->drill);
    repli_bind_int(st, 3, wanted->from_utc);
    repli_bind_int(st, 4, now_utc);
    repli_bind_text(st, 5, wanted->opened_by);
    s = repli_db_run(&l->db, st, err);
    return s == REPLI_OK ? insert_wards(l, wanted, id, err) : s;
}

enum repli_status repli_ledger_outage_open(struct repli_ledger *l, unsigned station, const struct repli_outage *asked,
                                           int64_t now_utc, char id[REPLI_ID_TEXT], struct repli_err *err)
{
    bool own = false;
    char new_id[REPLI_ID_TEXT] = "";
    struct repli_outage wanted = *asked;
    wanted.from_utc = whole_minute(asked->from_utc);
    if (asked->from_utc < 0 || wanted.from_utc > now_utc)
        return repli_fail(err, REPLI_USAGE, "--from is in the future: open an outage when it has begun");
    if (asked->nwards > WARDS_MAX)
        return repli_fail(err, REPLI_USAGE, "more than %d wards: without --ward it is the whole house", WARDS_MAX);
    for (size_t i = 0; i < asked->nwards; i++)
        if (strlen(asked->wards[i]) > WARD_MAX_LEN)
            return repli_fail(err, REPLI_USAGE, "'%.40s...' is no ward's code", asked->wards[i]);
    enum repli_status s = repli_db_enter(&l->db, &own, err);
    if (s == REPLI_OK)
        s = repli_db_leave(&l->db, own, open_rows(l, station, &wanted, now_utc, new_id, err), err);
    if (s == REPLI_OK)
        memcpy(id, new_id, sizeof new_id);
    return s;
}

/* ---- closing */

/* The open one that is meant. */
static enum repli_status find_open(const struct repli_outage *all, size_t count, const char *id,
                                   const struct repli_outage **out, struct repli_err *err)
{
    const struct repli_outage *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (id ? strcmp(all[i].id, id) == 0 : all[i].open) {
            found = &all[i];
            n++;
        }
    if (!found && id)
        return repli_fail(err, REPLI_USAGE, "no outage '%.40s': repli outage list shows them", id);
    if (!found)
        return repli_fail(err, REPLI_DATA, "no outage and no drill is open");
    if (n > 1)
        return repli_fail(err, REPLI_USAGE, "%zu outages and drills are open: name one (repli outage list)", n);
    if (!found->open)
        return repli_fail(err, REPLI_DATA, "%s was closed by %s already", found->id, found->closed_by);
    *out = found;
    return REPLI_OK;
}

static enum repli_status close_row(struct repli_ledger *l, const char *id, int64_t until_utc, const char *by,
                                   int64_t now_utc, char closed[REPLI_ID_TEXT], struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_outage *all = NULL;
    const struct repli_outage *o = NULL;
    size_t count = 0;
    enum repli_status s = repli_ledger_outages(l, &a, &all, &count, err);
    if (s == REPLI_OK)
        s = find_open(all, count, id, &o, err);
    if (s != REPLI_OK || !o)
        return s;
    if (until_utc < o->from_utc)
        return repli_fail(err, REPLI_USAGE, "%s cannot end before it began", o->id);
    REPLI_STMT st = NULL;
    s = repli_db_prepare(&l->db, "UPDATE outage SET until_utc=?, closed_utc=?, closed_by=? WHERE outage_id=?", &st,
                         err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, until_utc);
    repli_bind_int(st, 2, now_utc);
    repli_bind_text(st, 3, by);
    repli_bind_text(st, 4, o->id);
    s = repli_db_run(&l->db, st, err);
    if (s == REPLI_OK)
        (void)snprintf(closed, REPLI_ID_TEXT, "%s", o->id);
    return s;
}

enum repli_status repli_ledger_outage_close(struct repli_ledger *l, const char *id, int64_t until_utc, const char *by,
                                            int64_t now_utc, char closed[REPLI_ID_TEXT], struct repli_err *err)
{
    bool own = false;
    if (until_utc > now_utc)
        return repli_fail(err, REPLI_USAGE, "--until is in the future: close an outage when it is over");
    enum repli_status s = repli_db_enter(&l->db, &own, err);
    return s == REPLI_OK
               ? repli_db_leave(&l->db, own, close_row(l, id, whole_minute(until_utc), by, now_utc, closed, err), err)
               : s;
}
