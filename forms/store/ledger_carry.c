/* Forms, packs and sheets of one station as lines of JSON, out of a ledger and into another. */
#include <stdio.h>
#include <string.h>

#include "repli/audit.h"
#include "repli/carry.h"
#include "repli/id.h"
#include "repli/pagecode.h"
#include "repli/serial.h"
#include "repli/text.h"
#include "store/ledger_internal.h"

#define SERIALS " BETWEEN (?1<<30) AND (?1<<30)+0x3fffffff " /* of a station: its number in the upper 10 of 40 bits */

/* ---- out */

static enum repli_status lines(struct repli_ledger *l, const char *sql, unsigned station, struct repli_buf *out,
                               int64_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&l->db, sql, &st, err);
    if (s == REPLI_OK)
        repli_bind_int(st, 1, station);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        repli_buf_puts(out, repli_col_text(st, 0));
        repli_buf_puts(out, "\n");
        ++*count;
    }
    return s;
}

enum repli_status repli_ledger_rows_out(struct repli_ledger *l, unsigned station, struct repli_buf *out, int64_t *packs,
                                        int64_t *sheets, struct repli_err *err)
{
    static const char mine[] = "pack p WHERE p.state IN('ready','abandoned') AND EXISTS(SELECT 1 FROM sheet s WHERE "
                               "s.pack_id=p.pack_id AND s.serial" SERIALS ")";
    int64_t forms = 0, npacks = 0, nsheets = 0;
    struct repli_arena a = {0};
    enum repli_status s = repli_db_begin_read(&l->db, err);
    if (s == REPLI_OK)
        s = lines(l,
                  "SELECT json_object('form',form_id,'hash',hex(hash),'number',number,'version',version,'lang',lang,"
                  "'frozen',frozen,'first_utc',first_utc) FROM form WHERE hash IN (SELECT form_hash FROM sheet s JOIN "
                  "pack p USING(pack_id) WHERE p.state IN('ready','abandoned') AND s.serial" SERIALS ") "
                  "ORDER BY number, version, lang",
                  station, out, &forms, err);
    if (s == REPLI_OK)
        s = lines(l,
                  repli_arena_printf(&a,
                                     "SELECT json_object('pack',pack_id,'state',state,'path',path,'sha256',hex(sha256),"
                                     "'ward',ward,'what',what,'lang',lang,'snapshot',hex(snapshot),'data_utc',data_utc,"
                                     "'printed_utc',printed_utc,'window_utc',window_utc,'window_hours',window_hours,"
                                     "'pages',pages) FROM %s ORDER BY length(pack_id), pack_id",
                                     mine),
                  station, out, &npacks, err);
    if (s == REPLI_OK)
        s = lines(
            l,
            "SELECT json_object('sheet',s.sheet,'serial',s.serial,'state',s.state,'state_utc',state_utc,"
            "'state_by',state_by,'state_why',state_why,'pack',s.pack_id,'page',page,'mac',hex(mac),'code',code,"
            "'form_hash',hex(form_hash),'form_id',form_id,'version',version,'lang',s.lang,'side',side,'sides',sides,"
            "'subject_kind',subject_kind,'subject',hex(subject),'stay',hex(stay),'patient_id',patient_id,"
            "'patient',patient,'stay_number',stay_number,'ward',s.ward,'patient_name',patient_name,'birth_date',birth_"
            "date,'window_utc',"
            "s.window_utc,'window_hours',s.window_hours,'flags',flags,'has_fields',has_fields,'map',hex(page_map)) "
            "FROM sheet s JOIN pack p USING(pack_id) WHERE p.state IN('ready','abandoned') AND s.serial" SERIALS
            "AND NOT EXISTS(SELECT 1 FROM purge u WHERE u.serial=s.serial) ORDER BY s.serial", /* they have no map */
            station, out, &nsheets, err);
    if (s == REPLI_OK)
        s = repli_audit_rows_out(l, station, out, err);
    repli_db_rollback(&l->db);
    repli_arena_done(&a);
    if (s == REPLI_OK) {
        *packs = npacks;
        *sheets = nsheets;
    }
    return s;
}

/* ---- in */

enum repli_status repli_ledger_head_in(struct repli_ledger *l, const char *line, const char *const *members,
                                       size_t count, struct repli_arena *a, const char **values, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &l->db, "SELECT json_valid(?1), CASE WHEN json_valid(?1) THEN json_extract(?1, ?2) END", &st, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        sqlite3_reset(st);
        repli_bind_text(st, 1, line);
        repli_bind_text(st, 2, repli_arena_printf(a, "$.\"%s\"", members[i]));
        s = repli_db_step(&l->db, st, &row, err);
        if (s == REPLI_OK && (!row || !sqlite3_column_int(st, 0)))
            return repli_fail(err, REPLI_DATA, "a line is no JSON");
        const char *text = s == REPLI_OK ? repli_col_dup(a, st, 1) : NULL;
        values[i] = text ? text : "";
    }
    return s;
}

/* The members of a line as columns of a statement, in the order of `names`; blobs are columns of hex. */
struct reader {
    struct repli_ledger *l;
    struct repli_err *err;
    sqlite3_stmt *from;
    const char *what; /* for errors: the sheet, pack or form */
};

static enum repli_status extract(struct reader *r, const char *const *names, size_t count, const char *line)
{
    struct repli_buf sql = {0};
    bool row = false;
    repli_buf_puts(&sql, "SELECT ");
    for (size_t i = 0; i < count; i++)
        repli_buf_printf(&sql, "%sjson_extract(?1,'$.%s')", i ? "," : "", names[i]);
    enum repli_status s = repli_db_prepare(&r->l->db, sql.data, &r->from, r->err);
    repli_buf_done(&sql);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(r->from, 1, line);
    return repli_db_step(&r->l->db, r->from, &row, r->err);
}

/* Binds a column of hex as a blob; false: no hex, or not of that length (0: any). */
static bool bind_hex(struct reader *r, struct repli_arena *a, sqlite3_stmt *to, int at, int column, size_t len)
{
    const char *hex = repli_col_text(r->from, column);
    size_t n = hex ? strlen(hex) / 2 : 0;
    if (!hex || strlen(hex) % 2 || (len && n != len))
        return false;
    uint8_t *data = repli_arena_alloc(a, n + 1);
    if (!repli_unhex(hex, data, n))
        return false;
    repli_bind_blob(to, at, data, n);
    return true;
}

static void bind_as_is(struct reader *r, sqlite3_stmt *to, int at, int column)
{
    (void)sqlite3_bind_value(to, at, sqlite3_column_value(r->from, column));
}

static enum repli_status row_wrong(struct reader *r, const char *why)
{
    return repli_fail(r->err, REPLI_DATA, "%.80s: %s", r->what, why);
}

static enum repli_status form_in(struct repli_ledger *l, const char *line, int64_t now_utc, struct repli_err *err)
{
    static const char *const names[] = {"form", "hash", "number", "version", "lang", "frozen"};
    struct reader r = {.l = l, .err = err};
    uint8_t hash[32];
    enum repli_status s = extract(&r, names, 6, line);
    REPLI_STMT from = r.from;
    if (s != REPLI_OK)
        return s;
    const char *id = repli_col_text(from, 0), *hex = repli_col_text(from, 1), *lang = repli_col_text(from, 4),
               *frozen = repli_col_text(from, 5);
    r.what = id ? id : "a form";
    if (!id || !hex || !lang || !frozen || !repli_unhex(hex, hash, sizeof hash))
        return row_wrong(&r, "the form's line is incomplete");
    return repli_ledger_form_put(l, hash, id, sqlite3_column_int(from, 2), sqlite3_column_int(from, 3), lang, frozen,
                                 now_utc, err);
}

static enum repli_status pack_in(struct repli_ledger *l, unsigned station, const char *line, struct repli_carried *said,
                                 struct repli_err *err)
{
    static const char *const names[] = {"pack",  "state",    "path",        "ward",       "what",
                                        "lang",  "data_utc", "printed_utc", "window_utc", "window_hours",
                                        "pages", "sha256",   "snapshot"};
    struct reader r = {.l = l, .err = err};
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    REPLI_STMT to = NULL;
    unsigned owner = 0;
    int64_t number = 0;
    enum repli_status s = extract(&r, names, sizeof names / sizeof *names, line);
    REPLI_STMT from = r.from;
    if (s == REPLI_OK)
        s = repli_db_prepare(
            &l->db,
            "INSERT INTO pack(pack_id, state, path, ward, what, lang, data_utc, printed_utc, window_utc, "
            "window_hours, pages, sha256, snapshot) "
            "VALUES(?1,?2,'station-'||?14||'/'||?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13) "
            "ON CONFLICT(pack_id) DO NOTHING",
            &to, err);
    if (s != REPLI_OK)
        return s;
    const char *id = repli_col_text(from, 0), *state = repli_col_text(from, 1), *sha = repli_col_text(from, 11);
    r.what = id ? id : "a pack";
    if (!id || !repli_id_parse(id, 'P', &owner, &number) || owner != station)
        return row_wrong(&r, "no pack of that station");
    if (!state || (strcmp(state, "ready") != 0 && strcmp(state, "abandoned") != 0))
        return row_wrong(&r, "the pack is neither ready nor abandoned");
    for (int i = 0; i < 11; i++)
        bind_as_is(&r, to, i + 1, i);
    repli_bind_int(to, 14, station);
    if ((sha && *sha && !bind_hex(&r, &a, to, 12, 11, 32)) || !bind_hex(&r, &a, to, 13, 12, 6))
        return row_wrong(&r, "the pack's hash or snapshot is no such number");
    s = repli_db_run(&l->db, to, err);
    said->packs++;
    said->new_packs += s == REPLI_OK && repli_db_changes(&l->db) > 0;
    return s;
}

/* ---- sheets */

enum {
    S_SHEET,
    S_SERIAL,
    S_STATE,
    S_STATE_UTC,
    S_BY,
    S_WHY,
    S_CODE,
    S_MAC,
    S_FORM_HASH,
    S_SUBJECT,
    S_STAY,
    S_MAP,
    S_PLAIN
};
static const char *const sheet_names[] = {"sheet", "serial", "state", "state_utc", "state_by", "state_why", "code",
                                          "mac", "form_hash", "subject", "stay", "map",
                                          /* from S_PLAIN on: taken over as they are */
                                          "pack", "page", "form_id", "version", "lang", "side", "sides", "subject_kind",
                                          "patient_id", "patient", "stay_number", "ward", "patient_name", "birth_date",
                                          "window_utc", "window_hours", "flags", "has_fields"};
#define SHEET_NAMES (sizeof sheet_names / sizeof *sheet_names)

/* A station that scanned its own paper keeps those images; here the paper is only printed, until it is scanned here. */
static bool state_here(const char *text, enum repli_life *state)
{
    if (!text || !repli_life_parse(text, state) || *state == REPLI_LIFE_ALLOTTED)
        return false;
    if (*state != REPLI_LIFE_VOID && *state != REPLI_LIFE_LOST && *state != REPLI_LIFE_BLANK)
        *state = REPLI_LIFE_PRINTED;
    return true;
}

/* The sheet must be what its own code says: the code is authentic by itself. */
static enum repli_status check_sheet(struct reader *r, unsigned station, const struct repli_keys *keys)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_page_code code;
    struct repli_page_map *map = NULL;
    uint8_t mac[8], said[8];
    char sheet[REPLI_SERIAL_TEXT];
    const char *text = repli_col_text(r->from, S_SHEET), *digits = repli_col_text(r->from, S_CODE),
               *hex = repli_col_text(r->from, S_MAC), *packed = repli_col_text(r->from, S_MAP);
    uint64_t serial = (uint64_t)sqlite3_column_int64(r->from, S_SERIAL);
    if (!text || !digits || !hex || !packed)
        return row_wrong(r, "the sheet's line is incomplete");
    repli_serial_format(serial, sheet);
    if (serial >> 40 || repli_serial_station(serial) != station || strcmp(sheet, text) != 0)
        return row_wrong(r, "no sheet of that station");
    if (repli_pagecode_decode(digits, keys, &code, mac) != REPLI_PAGECODE_GOOD || code.serial != serial ||
        !repli_unhex(hex, said, sizeof said) || memcmp(mac, said, sizeof mac) != 0)
        return row_wrong(r, "the sheet's page code is not that of the sheet");
    size_t n = strlen(packed) / 2;
    uint8_t *data = repli_arena_alloc(&a, n + 1);
    if (!repli_unhex(packed, data, n) || repli_ledger_unpack_map(data, n, &a, &map, NULL) != REPLI_OK)
        return row_wrong(r, "the sheet's page map is damaged");
    return REPLI_OK;
}

static enum repli_status insert_sheet(struct reader *r, enum repli_life state)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    REPLI_STMT to = NULL;
    enum repli_status s = repli_db_prepare(
        &r->l->db,
        "INSERT INTO sheet(sheet, serial, state, state_utc, state_by, state_why, code, mac, form_hash, subject, stay, "
        "page_map, pack_id, page, form_id, version, lang, side, sides, subject_kind, patient_id, patient, stay_number, "
        "ward, patient_name, birth_date, window_utc, window_hours, flags, has_fields) "
        "VALUES(?1,?2,?3,coalesce(?4,(SELECT printed_utc FROM pack WHERE pack_id=?13)),?5,?6,?7,?8,?9,?10,?11,?12,?13,"
        "?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,?30)",
        &to, r->err);
    if (s != REPLI_OK)
        return s;
    static const struct {
        int column;
        size_t len;
    } blobs[] = {{S_MAC, 8}, {S_FORM_HASH, 32}, {S_SUBJECT, 8}, {S_STAY, 8}, {S_MAP, 0}};
    for (int i = 0; i < (int)SHEET_NAMES; i++)
        bind_as_is(r, to, i + 1, i);
    repli_bind_text(to, S_STATE + 1, repli_life_text(state));
    for (int i = S_STATE_UTC; state == REPLI_LIFE_PRINTED && i <= S_WHY; i++) /* whatever the station did with it */
        repli_bind_text(to, i + 1, NULL);
    for (size_t i = 0; i < sizeof blobs / sizeof *blobs; i++)
        if (!bind_hex(r, &a, to, blobs[i].column + 1, blobs[i].column, blobs[i].len))
            return row_wrong(r, "a number of the sheet is damaged");
    return repli_db_run(&r->l->db, to, r->err);
}

/* How much a state of a file says.  A station's files of different hours may come in any order: what says most stays,
** so that all orders end alike.  -1: the sheet went further here. */
static int weight(enum repli_life state)
{
    static const enum repli_life order[] = {REPLI_LIFE_PRINTED, REPLI_LIFE_LOST, REPLI_LIFE_BLANK /* found, and seen */,
                                            REPLI_LIFE_VOID};
    for (int i = 0; i < 4; i++)
        if (order[i] == state)
            return i;
    return -1;
}

/* A sheet that was scanned before its ledger came stood in no PDF that anybody knew: now it is known in which. */
static enum repli_status bring_home(struct reader *r, sqlite3_stmt *here)
{
    static const char *const moves[] = {
        "UPDATE OR IGNORE signer SET pack_id=?2 WHERE pack_id=?4 AND subject=(SELECT subject FROM sheet WHERE "
        "serial=?1)",
        "UPDATE sheet SET pack_id=?2, page=?3 WHERE serial=?1 AND pack_id=?4",
        "DELETE FROM pack WHERE pack_id=?4 AND NOT EXISTS(SELECT 1 FROM sheet s WHERE s.pack_id=?4) AND NOT "
        "EXISTS(SELECT 1 FROM signer g WHERE g.pack_id=?4)"};
    enum repli_status s = REPLI_OK;
    if (!sqlite3_column_int(here, 4))
        return REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < sizeof moves / sizeof *moves; i++) {
        REPLI_STMT st = NULL;
        s = repli_db_prepare(&r->l->db, moves[i], &st, r->err);
        if (s != REPLI_OK)
            return s;
        bind_as_is(r, st, 1, S_SERIAL);
        bind_as_is(r, st, 2, S_PLAIN);
        bind_as_is(r, st, 3, S_PLAIN + 1);
        repli_bind_text(st, 4, repli_col_text(here, 3));
        s = repli_db_run(&r->l->db, st, r->err);
    }
    return s;
}

/* Known already: it must be the same sheet; what a person said of it there counts unless it went further here. */
static enum repli_status known_sheet(struct reader *r, sqlite3_stmt *here, enum repli_life state,
                                     struct repli_carried *said)
{
    enum repli_life now = REPLI_LIFE_PRINTED;
    uint64_t serial = (uint64_t)sqlite3_column_int64(r->from, S_SERIAL);
    const char *code = repli_col_text(here, 0), *by = repli_col_text(r->from, S_BY);
    int64_t at = sqlite3_column_int64(r->from, S_STATE_UTC);
    if (!repli_life_parse(repli_col_text(here, 1), &now))
        return row_wrong(r, "the ledger's row of it is damaged");
    if (strcmp(code, repli_col_text(r->from, S_CODE)) != 0) /* form, patient, snapshot, window: all is in the code */
        return row_wrong(r, "another sheet of this number is in this ledger: were two copies of one station used?");
    bool purged = sqlite3_column_int(here, 2) != 0; /* signed off: nothing of it comes back */
    enum repli_status s = bring_home(r, here);
    if (s != REPLI_OK || purged || weight(now) < 0 || weight(state) <= weight(now))
        return s;
    said->closed++;
    if (now != REPLI_LIFE_PRINTED) /* it turned up at the station, and was scanned there */
        s = repli_ledger_move(r->l, serial, REPLI_LIFE_SCANNED, NULL, NULL, at, r->err);
    return s == REPLI_OK ? repli_ledger_move(r->l, serial, state, by, repli_col_text(r->from, S_WHY), at, r->err) : s;
}

static enum repli_status sheet_in(struct repli_ledger *l, unsigned station, const char *line,
                                  const struct repli_keys *keys, struct repli_carried *said, struct repli_err *err)
{
    struct reader r = {.l = l, .err = err};
    enum repli_life state = REPLI_LIFE_PRINTED;
    bool row = false;
    enum repli_status s = extract(&r, sheet_names, SHEET_NAMES, line);
    REPLI_STMT from = r.from;
    REPLI_STMT here = NULL;
    if (s != REPLI_OK)
        return s;
    r.what = repli_col_text(from, S_SHEET) ? repli_col_text(from, S_SHEET) : "a sheet";
    s = check_sheet(&r, station, keys);
    if (s == REPLI_OK && !state_here(repli_col_text(from, S_STATE), &state))
        s = row_wrong(&r, "the sheet is in no state that paper can be in");
    if (s == REPLI_OK)
        s = repli_db_prepare(&l->db,
                             "SELECT code, sheet.state, EXISTS(SELECT 1 FROM purge u WHERE u.serial=sheet.serial), "
                             "pack_id, p.state='adopted' FROM sheet JOIN pack p USING(pack_id) WHERE serial=?",
                             &here, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(here, 1, sqlite3_column_int64(from, S_SERIAL));
    s = repli_db_step(&l->db, here, &row, err);
    said->sheets++;
    if (s == REPLI_OK && row)
        return known_sheet(&r, here, state, said);
    said->new_sheets += s == REPLI_OK;
    return s == REPLI_OK ? insert_sheet(&r, state) : s;
}

enum repli_status repli_ledger_row_in(struct repli_ledger *l, unsigned station, const char *line,
                                      const struct repli_keys *keys, int64_t now_utc, struct repli_carried *said,
                                      struct repli_err *err)
{
    static const char *const kinds[] = {"form", "pack", "sheet", "audit"};
    const char *values[4];
    struct repli_arena a = {0};
    enum repli_status s = repli_ledger_head_in(l, line, kinds, 4, &a, values, err);
    if (s == REPLI_OK && *values[3])
        s = repli_audit_row_in(l, station, line, keys, err);
    else if (s == REPLI_OK && *values[2])
        s = sheet_in(l, station, line, keys, said, err);
    else if (s == REPLI_OK && *values[1])
        s = pack_in(l, station, line, said, err);
    else if (s == REPLI_OK && *values[0])
        s = form_in(l, line, now_utc, err);
    else if (s == REPLI_OK)
        s = repli_fail(err, REPLI_DATA,
                       "a line is neither a form nor a pack nor a sheet nor of the audit: written by a newer program?");
    repli_arena_done(&a);
    return s;
}
