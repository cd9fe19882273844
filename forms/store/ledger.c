/* The ledger: opening, people, stations, counters, transactions, digest. */
#include "store/ledger_audit.h"
#include "store/ledger_internal.h"

#include <stdlib.h>
#include <string.h>

#include "repli/ledger_quality.h"
#include "repli/serial.h"
#include "repli/text.h"

#define LEDGER_ID      0x52704C64 /* "RpLd" */
#define ID_MAX         64
#define NAME_MAX_BYTES 200

static const char *const steps[] = {"store/ledger.sql", NULL};
static const struct repli_db_kind kind = {"ledger", LEDGER_ID, steps};

enum repli_status repli_ledger_open(const char *path, bool create, int64_t now_utc, struct repli_ledger **ledger,
                                    struct repli_err *err)
{
    struct repli_ledger l = {0};
    enum repli_status s = repli_db_open(path, &kind, create, now_utc, &l.db, err);
    if (s != REPLI_OK)
        return s;
    *ledger = repli_xcalloc(1, sizeof **ledger);
    **ledger = l;
    return REPLI_OK;
}

void repli_ledger_close(struct repli_ledger *l)
{
    if (!l)
        return;
    repli_ledger_writing_end(l);
    repli_stmt_done(&l->last);
    repli_ledger_maps_end(l);
    repli_db_close(&l->db);
    repli_audit_end(l);
    free(l);
}

void repli_ledger_looks(struct repli_ledger *l, bool only)
{
    repli_db_looks(&l->db, only, "audit");
}

enum repli_status repli_ledger_begin(struct repli_ledger *l, struct repli_err *err)
{
    return repli_db_begin(&l->db, err);
}

enum repli_status repli_ledger_commit(struct repli_ledger *l, struct repli_err *err)
{
    return repli_db_commit(&l->db, err);
}

void repli_ledger_rollback(struct repli_ledger *l)
{
    repli_db_rollback(&l->db);
}

/* ---- people */

static bool id_valid(const char *id)
{
    size_t n = strlen(id);
    return n > 0 && n <= ID_MAX && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == n;
}

static bool name_valid(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n <= NAME_MAX_BYTES && repli_utf8_valid(name, n) && strspn(name, " ") < n &&
           !strpbrk(name, "\n\r\t");
}

static bool role_valid(const char *role)
{
    static const char *const roles[] = {"nurse", "clerk", "verifier", "coordinator", "pharmacist"};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(role, roles[i]) == 0)
            return true;
    return false;
}

enum repli_status repli_ledger_person_add(struct repli_ledger *l, const char *id, const char *name, const char *role,
                                          int64_t now_utc, struct repli_err *err)
{
    if (!id_valid(id))
        return repli_fail(err, REPLI_USAGE,
                          "'%.80s' cannot be a person's id: use lower-case letters, digits, '.', '-', '_' (an.peeters)",
                          id);
    if (!name_valid(name))
        return repli_fail(err, REPLI_USAGE, "the name of '%s' is empty, too long or no clean text", id);
    if (!role_valid(role))
        return repli_fail(err, REPLI_USAGE, "'%.40s' is no role: use nurse, clerk, verifier, coordinator or pharmacist",
                          role);
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db, "INSERT INTO person(person_id, name, role, added_utc) VALUES(?,?,?,?) ON CONFLICT DO NOTHING", &st,
        err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    repli_bind_text(st, 2, name);
    repli_bind_text(st, 3, role);
    repli_bind_int(st, 4, now_utc);
    s = repli_db_run(&l->db, st, err);
    if (s == REPLI_OK && repli_db_changes(&l->db) == 0)
        s = repli_fail(err, REPLI_USAGE, "person '%s' is there already: choose another id", id);
    return s;
}

static void person_row(sqlite3_stmt *st, struct repli_arena *a, struct repli_person *p)
{
    *p = (struct repli_person){repli_col_dup(a, st, 0), repli_col_dup(a, st, 1), repli_col_dup(a, st, 2),
                               sqlite3_column_int(st, 3) != 0};
}

enum repli_status repli_ledger_person_get(struct repli_ledger *l, const char *id, struct repli_arena *a,
                                          struct repli_person *person, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s =
        repli_db_prepare(&l->db, "SELECT person_id, name, role, active FROM person WHERE person_id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    if (!row || sqlite3_column_int(st, 3) == 0)
        return repli_fail(err, REPLI_USAGE, "no such person '%.80s': add them with `repli person add`", id);
    person_row(st, a, person);
    return REPLI_OK;
}

enum repli_status repli_ledger_person_list(struct repli_ledger *l, struct repli_arena *a, struct repli_person **list,
                                           size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_person *all = NULL;
    size_t n = 0;
    enum repli_status s =
        repli_db_prepare(&l->db, "SELECT person_id, name, role, active FROM person ORDER BY person_id", &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        person_row(st, a, &all[n++]);
    }
    if (s != REPLI_OK)
        return s;
    *list = all;
    *count = n;
    return REPLI_OK;
}

/* ---- stations */

static enum repli_status station_insert(struct repli_ledger *l, const char *name, int64_t now_utc, unsigned *number,
                                        struct repli_err *err)
{
    int64_t next = 0;
    enum repli_status s = repli_db_int(&l->db,
                                       "SELECT max(coalesce((SELECT max(number) + 1 FROM station), 1), "
                                       "coalesce((SELECT next FROM counter WHERE name='station'), 1))",
                                       1, &next, err);
    if (s != REPLI_OK)
        return s;
    if (next > REPLI_STATION_MAX)
        return repli_fail(err, REPLI_USAGE, "all %d station numbers are given away", REPLI_STATION_MAX);
    REPLI_STMT st = NULL;
    s = repli_db_prepare(&l->db, "INSERT INTO station(number, name, added_utc) VALUES(?,?,?) ON CONFLICT DO NOTHING",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, next);
    repli_bind_text(st, 2, name);
    repli_bind_int(st, 3, now_utc);
    s = repli_db_run(&l->db, st, err);
    if (s == REPLI_OK && repli_db_changes(&l->db) == 0)
        return repli_fail(err, REPLI_USAGE, "station '%s' is there already: choose another name", name);
    if (s == REPLI_OK)
        *number = (unsigned)next;
    return s;
}

enum repli_status repli_ledger_station_add(struct repli_ledger *l, const char *name, int64_t now_utc, unsigned *number,
                                           struct repli_err *err)
{
    bool own = false;
    if (!name_valid(name))
        return repli_fail(err, REPLI_USAGE, "the station's name is empty, too long or no clean text");
    enum repli_status s = repli_db_enter(&l->db, &own, err);
    return s == REPLI_OK ? repli_db_leave(&l->db, own, station_insert(l, name, now_utc, number, err), err) : s;
}

enum repli_status repli_ledger_station_back(struct repli_ledger *l, unsigned number, const char *name, int64_t now_utc,
                                            struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db, "INSERT INTO station(number, name, added_utc) VALUES(?,?,?) ON CONFLICT(number) DO NOTHING", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, number);
    repli_bind_text(st, 2, name);
    repli_bind_int(st, 3, now_utc);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_ledger_station_list(struct repli_ledger *l, struct repli_arena *a, struct repli_station **list,
                                            size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_station *all = NULL;
    size_t n = 0;
    enum repli_status s =
        repli_db_prepare(&l->db, "SELECT number, name, added_utc FROM station ORDER BY number", &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_station){(unsigned)sqlite3_column_int(st, 0), repli_col_dup(a, st, 1),
                                          sqlite3_column_int64(st, 2)};
    }
    if (s != REPLI_OK)
        return s;
    *list = all;
    *count = n;
    return REPLI_OK;
}

/* ---- counters; all begin at 1 */

enum repli_status repli_ledger_next(struct repli_ledger *l, const char *counter, int64_t *next, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT next FROM counter WHERE name=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, counter);
    s = repli_db_step(&l->db, st, &row, err);
    if (s == REPLI_OK)
        *next = row ? sqlite3_column_int64(st, 0) : 1;
    return s;
}

enum repli_status repli_ledger_take(struct repli_ledger *l, const char *counter, int64_t expected, int64_t next,
                                    struct repli_err *err)
{
    int64_t now = 0;
    enum repli_status s = repli_ledger_next(l, counter, &now, err);
    if (s != REPLI_OK)
        return s;
    if (now != expected || next < now)
        return repli_fail(err, REPLI_DB, "%s: somebody else took the next %s number meanwhile: try again", l->db.path,
                          counter);
    REPLI_STMT st = NULL;
    s = repli_db_prepare(
        &l->db, "INSERT INTO counter(name, next) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET next=excluded.next", &st,
        err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, counter);
    repli_bind_int(st, 2, next);
    return repli_db_run(&l->db, st, err);
}

enum { NUMBERS = 5 };
static const char *const numbers[NUMBERS] = {"pack", "merge", "outage", "station", "downtime"};

enum repli_status repli_ledger_numbers(struct repli_ledger *l, int64_t next[NUMBERS], struct repli_err *err)
{
    int64_t stations = 1;
    enum repli_status s = REPLI_OK;
    for (int i = 0; s == REPLI_OK && i < NUMBERS; i++)
        s = repli_ledger_next(l, numbers[i], &next[i], err);
    if (s == REPLI_OK)
        s = repli_db_int(&l->db, "SELECT max(number) + 1 FROM station", 1, &stations, err);
    if (s == REPLI_OK && stations > next[3])
        next[3] = stations;
    return s;
}

static enum repli_status raise_numbers(struct repli_ledger *l, const int64_t next[NUMBERS], struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "INSERT INTO counter(name, next) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET "
                         "next=max(next, excluded.next)",
                         &st, err);
    for (int i = 0; s == REPLI_OK && i < NUMBERS; i++) {
        sqlite3_reset(st);
        repli_bind_text(st, 1, numbers[i]);
        repli_bind_int(st, 2, next[i]);
        s = repli_db_run(&l->db, st, err);
    }
    return s;
}

enum repli_status repli_ledger_numbers_raise(struct repli_ledger *l, const int64_t next[NUMBERS], struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_db_enter(&l->db, &own, err);
    return s == REPLI_OK ? repli_db_leave(&l->db, own, raise_numbers(l, next, err), err) : s;
}

/* ---- digest: what was printed, seen, said and done; not when, in which file, or in which order it arrived */

enum repli_status repli_ledger_digest(struct repli_ledger *l, char out[65], struct repli_err *err)
{
    static const char *const tables[] = {"person: added_utc",
                                         "station: added_utc",
                                         "push: pushed_utc",
                                         "counter",
                                         "outage: opened_utc, closed_utc",
                                         "outage_ward",
                                         "form: first_utc",
                                         "pack: path",
                                         "sheet: state_utc",
                                         "filled",
                                         "image: image_id, name, batch, stored_utc, purged_utc",
                                         "scan: scan_id, image_id, first_scan, result, scanned_utc, settled_utc",
                                         "reading: scan_id, crop",
                                         "entry: entry_id, entered_utc",
                                         "blind: given_utc, answered_utc",
                                         "signer: said_utc",
                                         "initialled: said_utc",
                                         "task",
                                         "settled: settled_utc",
                                         "hold: since_utc, decided_utc",
                                         "intent: merge_id, intent_utc, done_utc",
                                         "received: received_utc",
                                         "ward_closed: closed_utc",
                                         "reopened: reopened_utc",
                                         "assignment: assignment_id, image_id, said_utc, refused_utc",
                                         "binding: binding_id, said_utc",
                                         "export: exported_utc, withdrawn_utc",
                                         "purge: purged_utc",
                                         NULL};
    return repli_db_digest(&l->db, tables, out, err);
}
