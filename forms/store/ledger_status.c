/* Counts over the ledger for `repli status`: what is open, held, waiting and drafted. */
#include "repli/ledger_review.h"
#include "store/db.h"
#include "store/review_rows.h"

enum repli_status repli_ledger_hold_counts(struct repli_ledger *ledger, struct repli_arena *a,
                                           struct repli_hold_count **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &ledger->db, "SELECT kind, count(*) FROM hold WHERE decided IS NULL GROUP BY kind ORDER BY kind", &st, err);
    struct repli_hold_count *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_hold_count){.kind = repli_col_dup(a, st, 0), .count = sqlite3_column_int64(st, 1)};
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_tier_counts(struct repli_ledger *ledger, struct repli_tier_count by_tier[5],
                                           struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&ledger->db, "SELECT tier, open, fields-open FROM work", &st, err);
    struct repli_tier_count out[5] = {0};
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row;) {
        int tier = sqlite3_column_int(st, 0);
        if (tier >= 0 && tier < 5)
            out[tier] = (struct repli_tier_count){sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2)};
    }
    if (s == REPLI_OK)
        for (int i = 0; i < 5; i++)
            by_tier[i] = out[i];
    return s;
}

enum repli_status repli_ledger_forms_used(struct repli_ledger *ledger, struct repli_arena *a,
                                          struct repli_draft_form **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&ledger->db,
                         "SELECT form.form_id, form.version, form.lang, form.frozen, (SELECT count(*) FROM sheet WHERE "
                         "sheet.form_hash=form.hash) FROM form ORDER BY form.number, form.version, form.lang",
                         &st, err);
    struct repli_draft_form *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_draft_form){
            .form_id = repli_col_dup(a, st, 0),
            .version = sqlite3_column_int(st, 1),
            .lang = repli_col_dup(a, st, 2),
            .frozen = repli_col_dup(a, st, 3),
            .sheets = sqlite3_column_int64(st, 4),
        };
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_waiting_images(struct repli_ledger *ledger, struct repli_arena *a,
                                              struct repli_wait_count **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&ledger->db,
                         "SELECT outcome, count(*) FROM scan WHERE settled_utc IS NULL GROUP BY outcome ORDER "
                         "BY outcome",
                         &st, err);
    struct repli_wait_count *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_wait_count){.outcome = repli_col_dup(a, st, 0), .count = sqlite3_column_int64(st, 1)};
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_pack_counts(struct repli_ledger *ledger, int64_t *ready, int64_t *abandoned,
                                           int64_t *newest_data_utc, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&ledger->db,
                                           "SELECT sum(state='ready'), sum(state='abandoned'), "
                                           "max(CASE WHEN state='ready' THEN data_utc END) FROM pack",
                                           &st, err);
    bool row = false;
    if (s == REPLI_OK)
        s = repli_db_step(&ledger->db, st, &row, err);
    if (s == REPLI_OK && row) {
        *ready = sqlite3_column_int64(st, 0);
        *abandoned = sqlite3_column_int64(st, 1);
        *newest_data_utc = sqlite3_column_int64(st, 2);
    }
    return s;
}
