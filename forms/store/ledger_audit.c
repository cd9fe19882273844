/* The audit chain: triggers of the connection that write down what changes, notes, heads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/id.h"
#include "store/ledger_audit.h"

/* What one handle writes down with. */
struct audit_pen {
    const struct repli_site *site;
    const struct repli_keys *sealing; /* what audit_seal() seals with; NULL = it is not there yet */
    const char *person;
    int64_t seq, at_utc; /* the time that a row was given: one row asks more than once, a clock moves on */
};

/* ---- seals */

static void add_text(struct repli_hash *h, sqlite3_value *v)
{
    repli_hash_text(h, sqlite3_value_type(v) == SQLITE_NULL ? NULL : (const char *)sqlite3_value_text(v));
}

/* The columns of a row, in the order of AUDIT_COLUMNS, and the seal before it (NULL for the first). */
static bool seal_values(const struct repli_keys *keys, sqlite3_value **v, uint8_t seal[32])
{
    struct repli_hash h;
    uint8_t hash[32], before[32] = {0};
    if (sqlite3_value_type(v[0]) == SQLITE_BLOB && sqlite3_value_bytes(v[0]) == (int)sizeof before)
        memcpy(before, sqlite3_value_blob(v[0]), sizeof before);
    repli_hash_init(&h);
    repli_hash_bytes(&h, before, sizeof before);
    for (int i = 1; i <= 4; i++)
        repli_hash_int(&h, sqlite3_value_int64(v[i]));
    for (int i = 5; i <= 10; i++)
        add_text(&h, v[i]);
    repli_hash_final(&h, hash);
    return repli_keys_seal(keys, (unsigned)sqlite3_value_int64(v[4]), (unsigned)sqlite3_value_int64(v[1]),
                           AUDIT_CONTEXT, hash, sizeof hash, seal);
}

/* audit_seal(before, station, seq, at_utc, epoch, person, event, object, outcome, reason, program); NULL: no key. */
static void sql_seal(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    (void)n;
    uint8_t seal[32];
    if (seal_values(sqlite3_user_data(ctx), v, seal))
        sqlite3_result_blob(ctx, seal, sizeof seal, SQLITE_TRANSIENT);
}

static void sql_now(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    (void)n;
    struct audit_pen *pen = sqlite3_user_data(ctx);
    int64_t seq = sqlite3_value_int64(v[0]);
    if (seq != pen->seq) {
        pen->seq = seq;
        pen->at_utc = repli_clock_now(&pen->site->clock);
    }
    sqlite3_result_int64(ctx, pen->at_utc);
}

static void sql_person(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    (void)n, (void)v;
    struct audit_pen *pen = sqlite3_user_data(ctx);
    if (pen->person)
        sqlite3_result_text(ctx, pen->person, -1, SQLITE_TRANSIENT);
}

enum repli_status repli_audit_function(struct repli_ledger *l, const struct repli_keys *keys, struct repli_err *err)
{
    if (l->pen && l->pen->sealing == keys) /* a function that is made anew has SQLite compile every statement again */
        return REPLI_OK;
    if (sqlite3_create_function_v2(l->db.sql, "audit_seal", 11, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                   (void *)(uintptr_t)keys, sql_seal, NULL, NULL, NULL) != SQLITE_OK)
        return repli_fail(err, REPLI_DB, "%s: the audit cannot begin: %s", l->db.path, sqlite3_errmsg(l->db.sql));
    if (l->pen)
        l->pen->sealing = keys;
    return REPLI_OK;
}

/* ---- what is written down.  Values that people keyed are left out: the audit says who keyed, not what. */
static const struct {
    const char *name, *when; /* AFTER ... */
    const char *person, *event, *object, *outcome, *reason;
} deeds[] = {
    {"person", "INSERT ON person", "NULL", "person", "NEW.person_id", "NEW.role", "NULL"},
    {"person_changed", "UPDATE OF role, active ON person WHEN OLD.role<>NEW.role OR OLD.active<>NEW.active", "NULL",
     "person", "NEW.person_id", "CASE NEW.active WHEN 1 THEN NEW.role ELSE 'may not act any more' END",
     "CASE WHEN OLD.active=1 THEN 'was ' || OLD.role ELSE 'may act again' END"},
    {"passphrase", "INSERT ON passphrase", "NULL", "person", "NEW.person_id", "'passphrase set'", "NULL"},
    {"passphrase_again", "UPDATE ON passphrase", "NULL", "person", "NEW.person_id", "'passphrase changed'", "NULL"},
    {"station", "INSERT ON station", "NULL", "station", "NEW.number", "'added'", "NEW.name"},
    {"push", "INSERT ON push", "NULL", "push", "lower(hex(NEW.snapshot))", "'station ' || NEW.station", "NEW.ward"},
    {"outage", "INSERT ON outage", "NEW.opened_by", "outage", "NEW.outage_id",
     "CASE NEW.drill WHEN 1 THEN 'drill opened' ELSE 'opened' END", "NULL"},
    {"outage_end", "UPDATE OF closed_utc ON outage", "NEW.closed_by", "outage", "NEW.outage_id", "'closed'", "NULL"},
    {"form", "INSERT ON form", "NULL", "form", "NEW.form_id || ' v' || NEW.version || ' ' || NEW.lang",
     "'first printed'", "lower(hex(NEW.hash))"},
    {"pack", "UPDATE OF state ON pack", "NULL", "print", "NEW.pack_id", "NEW.state",
     "NEW.what || coalesce(' ' || NEW.ward, '') || ', ' || NEW.pages || ' sheets'"},
    {"sheet",
     "UPDATE OF state ON sheet WHEN OLD.state<>'allotted' AND NEW.state NOT IN('scanned','read') AND NEW.state_why IS "
     "NOT 'no fields'",
     "NEW.state_by", "sheet", "NEW.sheet", "NEW.state", "NEW.state_why"},
    {"received", "INSERT ON received", "NEW.person", "receive", "(SELECT sheet FROM sheet WHERE serial=NEW.serial)",
     "'received'", "NULL"},
    {"ward_closed", "INSERT ON ward_closed", "NEW.person", "ward", "iif(NEW.ward='', 'the house', NEW.ward)",
     "'closed'", "NEW.sheets || ' sheets'"},
    {"purge", "INSERT ON purge", "NEW.by1", "purge", "(SELECT sheet FROM sheet WHERE serial=NEW.serial)",
     "CASE NEW.forced WHEN 1 THEN 'purged by force' ELSE 'purged' END",
     "NEW.by1 || ', ' || NEW.by2 || ': ' || NEW.reason"},
    {"scan", "INSERT ON scan", "NULL", "scan", "'image ' || NEW.scan_id", "NEW.outcome",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial)"},
    {"scan_again", "UPDATE OF outcome, serial ON scan", "NULL", "scan", "'image ' || NEW.scan_id", "NEW.outcome",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial)"},
    {"scan_settled", "UPDATE OF settled_by ON scan", "NEW.settled_by", "settle", "'image ' || NEW.scan_id",
     "NEW.settled_as", "NULL"},
    {"entry", "INSERT ON entry", "NEW.person", "key",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial) || ' ' || NEW.field", "NEW.need || ' ' || NEW.answer", "NULL"},
    {"lease", "INSERT ON lease", "NEW.person", "view",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial) || ' ' || NEW.field", "'task given'", "NEW.need"},
    {"blind_given", "INSERT ON blind", "NEW.person", "view",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial) || ' ' || NEW.field",
     "CASE NEW.purpose WHEN 'sample' THEN 'sample given' ELSE 'task given' END", "NEW.need"},
    {"blind", "UPDATE OF answer ON blind", "NEW.person", "key",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial) || ' ' || NEW.field", "NEW.need || ' ' || NEW.answer",
     "'to measure: ' || NEW.purpose"},
    {"signer", "INSERT ON signer", "NEW.person", "initials", "NEW.pack_id || ' ' || NEW.initials", "'registered'",
     "NULL"},
    {"signer_again", "UPDATE OF name ON signer", "NEW.person", "initials", "NEW.pack_id || ' ' || NEW.initials",
     "'other name'", "NULL"},
    {"initialled", "INSERT ON initialled", "NEW.person", "initials",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial) || ' ' || NEW.field", "NEW.initials", "NULL"},
    {"initialled_again", "UPDATE ON initialled", "NEW.person", "initials",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial) || ' ' || NEW.field", "NEW.initials",
     "'in place of ' || OLD.initials"},
    {"reopened", "INSERT ON reopened", "NEW.person", "reopen",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial) || ' ' || NEW.field", "'revision ' || NEW.revision", "NULL"},
    {"hold", "INSERT ON hold", "NULL", "hold",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial) || ' ' || NEW.capture", "NEW.kind", "NULL"},
    {"decided", "UPDATE OF decided ON hold WHEN NEW.decided IS NOT NULL", "NEW.decided_by", "decide",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial) || ' ' || NEW.capture", "NEW.decided", "NEW.kind"},
    {"bound", "INSERT ON binding", "NEW.person", "bind", "(SELECT sheet FROM sheet WHERE serial=NEW.serial)",
     "CASE WHEN NEW.patient_id IS NULL THEN 'taken back' ELSE 'said' END", "NEW.number"},
    {"intent", "INSERT ON intent", "NEW.person", "merge", "NEW.merge_id", "'intended'",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial)"},
    {"done", "UPDATE OF done_utc ON intent", "CASE WHEN NEW.done_utc IS NULL THEN NULL ELSE NEW.person END", "merge",
     "NEW.merge_id", "CASE WHEN NEW.done_utc IS NULL THEN 'to be settled again' ELSE 'done' END",
     "(SELECT sheet FROM sheet WHERE serial=NEW.serial)"},
};

/* One row: the innermost query knows the number and the seal before, the middle one the time; LIMIT keeps SQLite from
** asking them twice. */
#define AUDIT_INSERT                                                                                                   \
    "INSERT INTO audit(" AUDIT_COLUMNS ", seal) SELECT " AUDIT_COLUMNS ", audit_seal(before, " AUDIT_COLUMNS           \
    ") FROM ("                                                                                                         \
    "SELECT h.station AS station, h.seq AS seq, audit_now(h.seq) AS at_utc, h.epoch AS epoch, "                        \
    "coalesce(%s, audit_person()) AS person, %s AS event, CAST(%s AS TEXT) AS object, %s AS outcome, %s AS reason, "   \
    "'" REPLI_VERSION "' AS program, h.before AS before FROM (SELECT %u AS station, %u AS epoch, "                     \
    "coalesce(max(seq), 0)+1 AS seq, "                                                                                 \
    "(SELECT seal FROM audit WHERE station=%u ORDER BY seq DESC LIMIT 1) AS before FROM audit WHERE station=%u) h "    \
    "LIMIT 1)"

static enum repli_status triggers(struct repli_ledger *l, const struct repli_site *site, struct repli_err *err)
{
    struct repli_buf sql = {0};
    unsigned station = site->station, epoch = repli_keys_epoch(site->keys);
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < sizeof deeds / sizeof *deeds; i++) {
        char event[40];
        snprintf(event, sizeof event, "'%s'", deeds[i].event);
        sql.len = 0;
        repli_buf_printf(&sql, "CREATE TEMP TRIGGER audit_%s AFTER %s BEGIN " AUDIT_INSERT "; END", deeds[i].name,
                         deeds[i].when, deeds[i].person, event, deeds[i].object, deeds[i].outcome, deeds[i].reason,
                         station, epoch, station, station);
        s = repli_db_exec(&l->db, sql.data, err);
    }
    repli_buf_done(&sql);
    return s;
}

enum repli_status repli_audit_attach(struct repli_ledger *l, const struct repli_site *site, const char *person,
                                     struct repli_err *err)
{
    static const struct {
        const char *name;
        int args;
        void (*call)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {{"audit_now", 1, sql_now}, {"audit_person", 0, sql_person}};
    uint8_t seal[32];
    if (!site->keys ||
        !repli_keys_seal(site->keys, repli_keys_epoch(site->keys), site->station, AUDIT_CONTEXT, "", 0, seal))
        return repli_fail(err, REPLI_DATA,
                          "the key of station %u is not held here, and nothing is done that the audit cannot seal: "
                          "bring keys/ back, or `repli key import`",
                          site->station);
    l->pen = repli_xcalloc(1, sizeof *l->pen);
    *l->pen = (struct audit_pen){.site = site, .person = person};
    enum repli_status s = repli_audit_function(l, site->keys, err);
    for (size_t i = 0; s == REPLI_OK && i < sizeof functions / sizeof *functions; i++)
        if (sqlite3_create_function_v2(l->db.sql, functions[i].name, functions[i].args, SQLITE_UTF8, l->pen,
                                       functions[i].call, NULL, NULL, NULL) != SQLITE_OK)
            s = repli_fail(err, REPLI_DB, "%s: the audit cannot begin: %s", l->db.path, sqlite3_errmsg(l->db.sql));
    if (s == REPLI_OK)
        s = repli_db_unlock_temp(&l->db, err);
    if (s == REPLI_OK)
        s = triggers(l, site, err);
    enum repli_status locked = repli_db_lock_down(&l->db, s == REPLI_OK ? err : &(struct repli_err){0});
    return s == REPLI_OK ? locked : s;
}

void repli_audit_person(struct repli_ledger *l, const char *person)
{
    if (l->pen)
        l->pen->person = person;
}

void repli_audit_end(struct repli_ledger *l)
{
    free(l->pen);
    l->pen = NULL;
}

enum repli_status repli_audit_note(struct repli_ledger *l, const struct repli_audit_row *row, struct repli_err *err)
{
    if (!l->pen)
        return repli_fail(err, REPLI_BUG, "a note for an audit that was not begun");
    const struct repli_site *site = l->pen->site;
    struct repli_buf sql = {0};
    unsigned station = site->station, epoch = repli_keys_epoch(site->keys);
    REPLI_STMT st = NULL;
    bool own = false;
    repli_buf_printf(&sql, AUDIT_INSERT, "?1", "?2", "?3", "?4", "?5", station, epoch, station, station);
    enum repli_status s = repli_db_enter(&l->db, &own, err); /* the number is read and taken in one */
    if (s == REPLI_OK) {
        s = repli_db_prepare(&l->db, sql.data, &st, err);
        if (s == REPLI_OK) {
            repli_bind_text(st, 1, row->person);
            repli_bind_text(st, 2, row->event);
            repli_bind_text(st, 3, row->object);
            repli_bind_text(st, 4, row->outcome);
            repli_bind_text(st, 5, row->reason);
            s = repli_db_run(&l->db, st, err);
        }
        s = repli_db_leave(&l->db, own, s, err);
    }
    repli_buf_done(&sql);
    return s;
}

/* ---- heads */

void repli_audit_code(unsigned station, int64_t seq, const uint8_t seal[32], char out[REPLI_AUDIT_HEAD])
{
    static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char text[7] = {0};
    uint32_t bits = seal ? (uint32_t)seal[0] << 24 | (uint32_t)seal[1] << 16 | (uint32_t)seal[2] << 8 | seal[3] : 0;
    for (int i = 0; i < 6; i++)
        text[i] = symbols[bits >> (27 - 5 * i) & 31];
    snprintf(out, REPLI_AUDIT_HEAD, "%u-%lld-%s", station, (long long)seq, text);
}

enum repli_status repli_audit_head(struct repli_ledger *l, unsigned station, char out[REPLI_AUDIT_HEAD],
                                   struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    uint8_t seal[32];
    enum repli_status s =
        repli_db_prepare(&l->db, "SELECT seq, seal FROM audit WHERE station=? ORDER BY seq DESC LIMIT 1", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, station);
    s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    if (row && repli_col_bytes(st, 1, seal, sizeof seal))
        repli_audit_code(station, sqlite3_column_int64(st, 0), seal, out);
    else
        repli_audit_code(station, 0, NULL, out);
    return REPLI_OK;
}
