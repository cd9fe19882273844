/* The audit as a page shows it: backwards, by what somebody looks for, never more rows than a page may take. */
#include <string.h>

#include "repli/audit.h"
#include "repli/ledger_lists.h"
#include "store/ledger_internal.h"

static bool fits(const struct repli_audit_wanted *w, sqlite3_stmt *st)
{
    const char *person = repli_col_text(st, 2), *object = repli_col_text(st, 4);
    return (!w->person || (person && strcmp(person, w->person) == 0)) &&
           (!w->event || strcmp(repli_col_text(st, 3), w->event) == 0) &&
           (!w->object || strncmp(object, w->object, strlen(w->object)) == 0);
}

enum repli_status repli_audit_page(struct repli_ledger *l, const struct repli_audit_wanted *w, struct repli_arena *a,
                                   struct repli_audit_row **list, size_t *count, int64_t *next, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_audit_row *all = NULL;
    size_t n = 0;
    int64_t looked = 0, last = 0;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "SELECT seq, at_utc, person, event, object, outcome, reason, program FROM "
                                           "audit WHERE station=?1 AND seq<?2 ORDER BY seq DESC LIMIT ?3",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, w->station);
    repli_bind_int(st, 2, w->before);
    repli_bind_int(st, 3, w->looked);
    while ((int64_t)n < w->limit && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        last = sqlite3_column_int64(st, 0);
        looked++;
        if (!fits(w, st))
            continue;
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_audit_row){.station = w->station,
                                            .seq = last,
                                            .at_utc = sqlite3_column_int64(st, 1),
                                            .person = repli_col_dup(a, st, 2),
                                            .event = repli_col_dup(a, st, 3),
                                            .object = repli_col_dup(a, st, 4),
                                            .outcome = repli_col_dup(a, st, 5),
                                            .reason = repli_col_dup(a, st, 6),
                                            .program = repli_col_dup(a, st, 7)};
    }
    *list = all;
    *count = n;
    *next = last > 1 && ((int64_t)n == w->limit || looked == w->looked) ? last : 0;
    return s;
}
