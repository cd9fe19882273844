/* Sheets: reading them, and the one door for a change of their state. */
#include "store/ledger_internal.h"

#include <string.h>

#include "repli/serial.h"

#define SHEET_COLUMNS                                                                                                  \
    "serial, state, page, version, side, sides, subject_kind, window_hours, flags, mac, form_hash, subject, stay, "    \
    "sheet, pack_id, code, form_id, lang, patient_id, patient, stay_number, ward, patient_name, window_utc, "          \
    "state_utc, has_fields, birth_date"
enum {
    C_SERIAL,
    C_STATE,
    C_PAGE,
    C_VERSION,
    C_SIDE,
    C_SIDES,
    C_SUBJECT_KIND,
    C_HOURS,
    C_FLAGS,
    C_MAC,
    C_FORM_HASH,
    C_SUBJECT,
    C_STAY,
    C_SHEET,
    C_PACK,
    C_CODE,
    C_FORM,
    C_LANG,
    C_PATIENT_ID,
    C_PATIENT,
    C_STAY_NUMBER,
    C_WARD,
    C_NAME,
    C_WINDOW,
    C_STATE_UTC,
    C_HAS_FIELDS,
    C_BIRTH
};

static enum repli_status sheet_row(sqlite3_stmt *st, struct repli_arena *a, struct repli_sheet_row *r,
                                   struct repli_err *err)
{
    *r = (struct repli_sheet_row){
        .serial = (uint64_t)sqlite3_column_int64(st, C_SERIAL),
        .page = sqlite3_column_int(st, C_PAGE),
        .version = sqlite3_column_int(st, C_VERSION),
        .side = sqlite3_column_int(st, C_SIDE),
        .sides = sqlite3_column_int(st, C_SIDES),
        .subject_kind = sqlite3_column_int(st, C_SUBJECT_KIND),
        .window_hours = sqlite3_column_int(st, C_HOURS),
        .flags = sqlite3_column_int(st, C_FLAGS),
        .sheet = repli_col_dup(a, st, C_SHEET),
        .pack_id = repli_col_dup(a, st, C_PACK),
        .code = repli_col_dup(a, st, C_CODE),
        .form_id = repli_col_dup(a, st, C_FORM),
        .lang = repli_col_dup(a, st, C_LANG),
        .patient_id = repli_col_dup(a, st, C_PATIENT_ID),
        .patient = repli_col_dup(a, st, C_PATIENT),
        .stay_number = repli_col_dup(a, st, C_STAY_NUMBER),
        .ward = repli_col_dup(a, st, C_WARD),
        .patient_name = repli_col_dup(a, st, C_NAME),
        .birth_date = repli_col_dup(a, st, C_BIRTH),
        .window_utc = sqlite3_column_int64(st, C_WINDOW),
        .state_utc = sqlite3_column_int64(st, C_STATE_UTC),
        .has_fields = sqlite3_column_int(st, C_HAS_FIELDS) != 0,
    };
    bool good = repli_life_parse(repli_col_text(st, C_STATE), &r->state);
    good = repli_col_bytes(st, C_MAC, r->mac, sizeof r->mac) && good;
    good = repli_col_bytes(st, C_FORM_HASH, r->form_hash, sizeof r->form_hash) && good;
    good = repli_col_bytes(st, C_SUBJECT, r->subject, sizeof r->subject) && good;
    good = repli_col_bytes(st, C_STAY, r->stay, sizeof r->stay) && good;
    return good ? REPLI_OK : repli_fail(err, REPLI_DATA, "the ledger's row of sheet %s is damaged", r->sheet);
}

enum repli_status repli_ledger_sheet_get(struct repli_ledger *l, uint64_t serial, struct repli_arena *a,
                                         struct repli_sheet_row **row, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool found = false;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT " SHEET_COLUMNS " FROM sheet WHERE serial=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    s = repli_db_step(&l->db, st, &found, err);
    if (s != REPLI_OK)
        return s;
    struct repli_sheet_row *r = NULL;
    if (found) {
        r = repli_arena_alloc(a, sizeof *r);
        s = sheet_row(st, a, r, err);
    }
    if (s == REPLI_OK)
        *row = r;
    return s;
}

enum repli_status repli_ledger_sheet_map(struct repli_ledger *l, uint64_t serial, struct repli_arena *a,
                                         struct repli_page_map **map, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool found = false;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT page_map, sheet FROM sheet WHERE serial=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    s = repli_db_step(&l->db, st, &found, err);
    if (s != REPLI_OK)
        return s;
    if (!found) {
        *map = NULL;
        return REPLI_OK;
    }
    if (sqlite3_column_bytes(st, 0) == 0)
        return repli_fail(err, REPLI_DATA, "sheet %s was purged: what was on it is no longer here",
                          repli_col_text(st, 1));
    return repli_ledger_kept_map(l, serial, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), a, map,
                                 err);
}

/* ---- lists */

/* States that are (not) closed, as a JSON list for json_each: the life table says which, not SQL. */
static void open_states(struct repli_buf *json)
{
    repli_buf_puts(json, "[");
    for (int i = 0; i < REPLI_LIFE_COUNT; i++)
        if (!repli_life_closed((enum repli_life)i))
            repli_buf_printf(json, "%s\"%s\"", json->len > 1 ? "," : "", repli_life_text((enum repli_life)i));
    repli_buf_puts(json, "]");
}

static bool still_matches(const struct repli_sheet_filter *f, const struct repli_sheet_row *r)
{
    return !(f->only_open && repli_life_closed(r->state)) && !(f->only_missing && r->state != REPLI_LIFE_PRINTED) &&
           !(f->state && strcmp(f->state, repli_life_text(r->state)) != 0);
}

/* Serials of the sheets that match, in order. */
static enum repli_status matching(struct repli_ledger *l, const struct repli_sheet_filter *f, struct repli_buf *serials,
                                  struct repli_err *err)
{
    struct repli_buf sql = {0}, open = {0};
    REPLI_STMT st = NULL;
    bool row = false;
    repli_buf_puts(&sql, "SELECT serial FROM sheet WHERE true");
    repli_buf_puts(&sql, f->pack_id ? " AND pack_id=?1" : "");
    repli_buf_puts(&sql, f->ward ? " AND ward=?2" : "");
    repli_buf_puts(&sql, f->patient ? " AND patient=?3" : "");
    repli_buf_puts(&sql, f->form_id ? " AND form_id=?4" : "");
    repli_buf_puts(&sql, f->only_open ? " AND state IN (SELECT value FROM json_each(?5))" : "");
    repli_buf_puts(&sql, f->state ? " AND state=?6" : "");
    repli_buf_puts(&sql, f->only_missing ? " AND state='printed' AND has_fields=1" : "");
    repli_buf_puts(&sql, f->not_received ? " AND serial NOT IN (SELECT serial FROM received)" : "");
    repli_buf_puts(&sql,
                   " ORDER BY ward, patient, length(pack_id), pack_id, page"); /* length first: P0-9 before P0-10 */
    open_states(&open);
    enum repli_status s = repli_db_prepare(&l->db, sql.data, &st, err);
    if (s == REPLI_OK) {
        const char *const binds[] = {f->pack_id, f->ward, f->patient, f->form_id, f->only_open ? open.data : NULL,
                                     f->state};
        for (int i = 0; i < 6; i++)
            if (binds[i])
                repli_bind_text(st, i + 1, binds[i]);
    }
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        int64_t serial = sqlite3_column_int64(st, 0);
        repli_buf_add(serials, &serial, sizeof serial);
    }
    repli_buf_done(&sql);
    repli_buf_done(&open);
    return s;
}

enum repli_status repli_ledger_sheets(struct repli_ledger *l, const struct repli_sheet_filter *filter,
                                      repli_sheet_fn *each, void *user, struct repli_err *err)
{
    static const struct repli_sheet_filter all;
    const struct repli_sheet_filter *f = filter ? filter : &all;
    struct repli_buf serials = {0};
    bool own = f->one_moment && !l->db.in_tx;
    enum repli_status s = own ? repli_db_begin_read(&l->db, err) : REPLI_OK;
    if (s == REPLI_OK)
        s = matching(l, f, &serials, err);
    for (size_t at = 0; s == REPLI_OK && at < serials.len; at += sizeof(int64_t)) {
        struct repli_arena a = {0};
        struct repli_sheet_row *row = NULL;
        int64_t serial = 0;
        memcpy(&serial, serials.data + at, sizeof serial);
        s = repli_ledger_sheet_get(l, (uint64_t)serial, &a, &row, err);
        if (s == REPLI_OK && row && still_matches(f, row))
            s = each(user, row, err);
        repli_arena_done(&a);
    }
    if (own)
        repli_db_rollback(&l->db);
    repli_buf_done(&serials);
    return s;
}

enum repli_status repli_ledger_counts(struct repli_ledger *l, int64_t by_state[REPLI_LIFE_COUNT], struct repli_err *err)
{
    int64_t counts[REPLI_LIFE_COUNT] = {0};
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT state, count(*) FROM sheet GROUP BY state", &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        enum repli_life state;
        if (!repli_life_parse(repli_col_text(st, 0), &state))
            return repli_fail(err, REPLI_DATA, "%s: a sheet is in the unknown state '%s'", l->db.path,
                              repli_col_text(st, 0));
        counts[state] = sqlite3_column_int64(st, 1);
    }
    if (s == REPLI_OK)
        memcpy(by_state, counts, sizeof counts);
    return s;
}

/* ---- the one door */

static enum repli_status state_of(struct repli_ledger *l, uint64_t serial, const char *sheet, enum repli_life *state,
                                  struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT state FROM sheet WHERE serial=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    s = repli_db_step(&l->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    if (!row)
        return repli_fail(err, REPLI_DATA, "sheet %s is not in this ledger", sheet);
    if (!repli_life_parse(repli_col_text(st, 0), state))
        return repli_fail(err, REPLI_DATA, "sheet %s is in the unknown state '%s'", sheet, repli_col_text(st, 0));
    return REPLI_OK;
}

enum repli_status repli_ledger_move(struct repli_ledger *l, uint64_t serial, enum repli_life to, const char *by,
                                    const char *why, int64_t now_utc, struct repli_err *err)
{
    char sheet[REPLI_SERIAL_TEXT];
    enum repli_life from = REPLI_LIFE_ALLOTTED;
    repli_serial_format(serial, sheet);
    enum repli_status s = state_of(l, serial, sheet, &from, err);
    if (s != REPLI_OK)
        return s;
    if (!repli_life_may(from, to))
        return repli_fail(err, REPLI_DATA, "sheet %s is %s and cannot become %s", sheet, repli_life_text(from),
                          repli_life_text(to));
    REPLI_STMT st = NULL;
    s = repli_db_prepare(&l->db, "UPDATE sheet SET state=?, state_utc=?, state_by=?, state_why=? WHERE serial=?", &st,
                         err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, repli_life_text(to));
    repli_bind_int(st, 2, now_utc);
    repli_bind_text(st, 3, by);
    repli_bind_text(st, 4, why);
    repli_bind_int(st, 5, (int64_t)serial);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_ledger_move_pack(struct repli_ledger *l, const char *pack_id, enum repli_life from,
                                         bool fieldless, enum repli_life to, const char *why, int64_t now_utc,
                                         struct repli_err *err)
{
    REPLI_STMT st = NULL;
    if (!repli_life_may(from, to))
        return repli_fail(err, REPLI_BUG, "sheets that are %s cannot become %s", repli_life_text(from),
                          repli_life_text(to));
    enum repli_status s = repli_db_prepare(&l->db,
                                           "UPDATE sheet SET state=?1, state_utc=?2, state_by=NULL, state_why=?3 WHERE "
                                           "pack_id=?4 AND +state=?5 AND (?6=0 OR has_fields=0)",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, repli_life_text(to));
    repli_bind_int(st, 2, now_utc);
    repli_bind_text(st, 3, why);
    repli_bind_text(st, 4, pack_id);
    repli_bind_text(st, 5, repli_life_text(from));
    repli_bind_int(st, 6, fieldless);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_ledger_sheet_state(struct repli_ledger *l, uint64_t serial, enum repli_life to, const char *by,
                                           const char *why, int64_t now_utc, struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_db_enter(&l->db, &own, err);
    return s == REPLI_OK ? repli_db_leave(&l->db, own, repli_ledger_move(l, serial, to, by, why, now_utc, err), err)
                         : s;
}
