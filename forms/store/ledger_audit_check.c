/* The audit chain: reading, checking, carrying to another ledger. */
#include <stdio.h>
#include <string.h>

#include "repli/text.h"
#include "store/ledger_audit.h"

#define BAD_MAX 100 /* findings that are told one by one */

static void read_row(sqlite3_stmt *st, struct repli_audit_row *row)
{
    *row = (struct repli_audit_row){.station = (unsigned)sqlite3_column_int64(st, 0),
                                    .seq = sqlite3_column_int64(st, 1),
                                    .at_utc = sqlite3_column_int64(st, 2),
                                    .person = repli_col_text(st, 4),
                                    .event = repli_col_text(st, 5),
                                    .object = repli_col_text(st, 6),
                                    .outcome = repli_col_text(st, 7),
                                    .reason = repli_col_text(st, 8),
                                    .program = repli_col_text(st, 9)};
}

enum repli_status repli_audit_each(struct repli_ledger *l, int64_t since_utc, repli_audit_fn *call, void *user,
                                   struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool more = false;
    enum repli_status s = repli_db_prepare(
        &l->db, "SELECT " AUDIT_COLUMNS " FROM audit WHERE at_utc >= ? ORDER BY station, seq", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, since_utc);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &more, err)) == REPLI_OK && more) {
        struct repli_audit_row row;
        read_row(st, &row);
        s = call(user, &row, err);
    }
    return s;
}

/* ---- checking */

struct checker {
    struct repli_arena *a;
    struct repli_audit_found *found;
    const char *const *heads;
    bool *met; /* of each head */
    unsigned station;
    int64_t seq, at_utc; /* of the row before */
    uint8_t seal[32];
};

static void bad(struct checker *c, const char *text)
{
    if (c->found->nbad > BAD_MAX)
        return;
    c->found->bad = repli_rows_more(c->a, c->found->bad, c->found->nbad, sizeof *c->found->bad);
    c->found->bad[c->found->nbad] = c->found->nbad == BAD_MAX ? "and more" : text;
    c->found->nbad++;
}

static void end_of_chain(struct checker *c)
{
    char *code = repli_arena_alloc(c->a, REPLI_AUDIT_HEAD);
    if (c->seq == 0)
        return;
    repli_audit_code(c->station, c->seq, c->seal, code);
    c->found->heads = repli_rows_more(c->a, c->found->heads, c->found->nheads, sizeof *c->found->heads);
    c->found->heads[c->found->nheads++] = code;
    c->found->stations++;
}

static void meet_heads(struct checker *c)
{
    char code[REPLI_AUDIT_HEAD];
    repli_audit_code(c->station, c->seq, c->seal, code);
    for (size_t i = 0; c->heads && c->heads[i]; i++)
        c->met[i] = c->met[i] || strcmp(c->heads[i], code) == 0;
}

/* One row: columns of AUDIT_COLUMNS, the seal, the seal that it should have (NULL: no key), and whether the keys were
** replaced later (`repli key import` on a fresh site: the row that says so is sealed on top of these by the new key).
** */
static void check_row(struct checker *c, sqlite3_stmt *st)
{
    unsigned station = (unsigned)sqlite3_column_int64(st, 0);
    int64_t seq = sqlite3_column_int64(st, 1), at = sqlite3_column_int64(st, 2);
    uint8_t seal[32], ought[32];
    if (station != c->station || c->seq == 0) {
        end_of_chain(c);
        c->station = station;
        c->seq = c->at_utc = 0;
    }
    if (seq != c->seq + 1)
        bad(c, repli_arena_printf(c->a, "station %u: rows %lld to %lld are missing", station, (long long)c->seq + 1,
                                  (long long)seq - 1));
    c->found->rows++;
    c->found->backwards += at < c->at_utc;
    if (!repli_col_bytes(st, 10, seal, sizeof seal))
        memset(seal, 0, sizeof seal);
    if (!repli_col_bytes(st, 11, ought, sizeof ought))
        bad(c, repli_arena_printf(c->a, "station %u, row %lld: its key (epoch %lld) is not held here", station,
                                  (long long)seq, (long long)sqlite3_column_int64(st, 3)));
    else if (memcmp(seal, ought, sizeof seal) != 0 && !sqlite3_column_int(st, 12))
        bad(c, repli_arena_printf(c->a, "station %u, row %lld (%s): it, or the row before it, was changed", station,
                                  (long long)seq, repli_col_text(st, 5)));
    c->seq = seq;
    c->at_utc = at;
    memcpy(c->seal, seal, sizeof seal);
    meet_heads(c);
}

/* The seal before each row is the one that stands there: one changed row is told once, not for all that follow. */
static enum repli_status check_rows(struct repli_ledger *l, struct checker *c, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool more = false;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT " AUDIT_COLUMNS ", seal, audit_seal(lag(seal) OVER (PARTITION BY station ORDER BY seq), " AUDIT_COLUMNS
        "), seq < (SELECT max(r.seq) FROM audit r WHERE r.station=audit.station AND r.event='keys' AND "
        "r.outcome='replaced') FROM audit ORDER BY station, seq",
        &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &more, err)) == REPLI_OK && more)
        check_row(c, st);
    end_of_chain(c);
    return s;
}

enum repli_status repli_audit_verify(struct repli_ledger *l, const struct repli_keys *keys, const char *const *heads,
                                     struct repli_arena *a, struct repli_audit_found *found, struct repli_err *err)
{
    struct checker c = {.a = a, .found = found, .heads = heads};
    size_t n = 0;
    while (heads && heads[n])
        n++;
    c.met = repli_arena_array(a, n + 1, sizeof *c.met);
    *found = (struct repli_audit_found){0};
    enum repli_status s = repli_audit_function(l, keys, err);
    if (s == REPLI_OK)
        s = repli_db_begin_read(&l->db, err);
    if (s != REPLI_OK)
        return s;
    s = check_rows(l, &c, err);
    repli_db_rollback(&l->db);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        if (!c.met[i])
            bad(&c, repli_arena_printf(a, "head %s is in no chain: rows up to it were cut off, or changed", heads[i]));
    return s;
}

/* ---- carrying */

enum repli_status repli_audit_rows_out(struct repli_ledger *l, unsigned station, struct repli_buf *out,
                                       struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool more = false;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT json_object('audit',seq,'at_utc',at_utc,'epoch',epoch,'person',person,'event',event,'object',object,"
        "'outcome',outcome,'reason',reason,'program',program,'seal',hex(seal)) FROM audit WHERE station=? ORDER BY seq",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, station);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &more, err)) == REPLI_OK && more) {
        repli_buf_puts(out, repli_col_text(st, 0));
        repli_buf_puts(out, "\n");
    }
    return s;
}

/* The row of a line beside what it would have to be here: 0 seq, 1 its seal, 2 the seal that its columns have on top of
** the row before, 3 the seal of that number here, 4 the last number here, 5 event. */
#define LINE(name) "json_extract(?2,'$." name "')"
#define LINE_COLUMNS                                                                                                   \
    "?1, " LINE("audit") ", " LINE("at_utc") ", " LINE("epoch") ", " LINE("person") ", " LINE("event") ", " LINE(      \
        "object") ", " LINE("outcome") ", " LINE("reason") ", " LINE("program")

static enum repli_status judge_row(struct repli_ledger *l, unsigned station, const char *line, bool *is_new,
                                   uint8_t seal[32], struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool more = false;
    uint8_t ought[32], here[32];
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT " LINE("audit") ", " LINE("seal") ", audit_seal((SELECT seal FROM audit WHERE station=?1 AND seq=" LINE(
            "audit") "-1), " LINE_COLUMNS
                     "), (SELECT seal FROM audit WHERE station=?1 AND seq=" LINE(
                         "audit") "), "
                                  "(SELECT coalesce(max(seq),0) FROM audit WHERE station=?1)",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, station);
    repli_bind_text(st, 2, line);
    s = repli_db_step(&l->db, st, &more, err);
    if (s != REPLI_OK)
        return s;
    const char *hex = repli_col_text(st, 1);
    long long seq = (long long)sqlite3_column_int64(st, 0), last = (long long)sqlite3_column_int64(st, 4);
    if (!hex || strlen(hex) != 64 || !repli_unhex(hex, seal, 32) || seq < 1)
        return repli_fail(err, REPLI_DATA, "a row of the audit is damaged");
    bool known = repli_col_bytes(st, 3, here, sizeof here);
    if (known && memcmp(here, seal, sizeof here) != 0)
        return repli_fail(err, REPLI_DATA,
                          "row %lld of station %u's audit is another one here: were two copies of one station used?",
                          seq, station);
    *is_new = !known;
    if (known)
        return REPLI_OK;
    if (seq != last + 1)
        return repli_fail(err, REPLI_DATA, "rows %lld to %lld of station %u's audit are missing", last + 1, seq - 1,
                          station);
    if (!repli_col_bytes(st, 2, ought, sizeof ought) || memcmp(ought, seal, sizeof ought) != 0)
        return repli_fail(err, REPLI_DATA, "row %lld of station %u's audit is not sealed by that station", seq,
                          station);
    return REPLI_OK;
}

enum repli_status repli_audit_row_in(struct repli_ledger *l, unsigned station, const char *line,
                                     const struct repli_keys *keys, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool is_new = false;
    uint8_t seal[32];
    enum repli_status s = repli_audit_function(l, keys, err);
    if (s == REPLI_OK)
        s = judge_row(l, station, line, &is_new, seal, err);
    if (s != REPLI_OK || !is_new)
        return s;
    s = repli_db_prepare(&l->db, "INSERT INTO audit(" AUDIT_COLUMNS ", seal) SELECT " LINE_COLUMNS ", ?3", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, station);
    repli_bind_text(st, 2, line);
    repli_bind_blob(st, 3, seal, sizeof seal);
    return repli_db_run(&l->db, st, err);
}
