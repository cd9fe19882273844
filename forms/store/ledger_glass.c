/* Emergency accesses, read from the audit; and the language of people. */
#include "repli/ledger_glass.h"
#include "store/db.h"

static enum repli_status read_deeds(struct repli_ledger *l, struct repli_glass *g, struct repli_arena *a,
                                    struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_glass_deed *all = NULL;
    enum repli_status s = repli_db_prepare(&l->db,
                                           "SELECT at_utc, event, object, reason FROM audit WHERE person=? AND person "
                                           "GLOB 'GLASS-*' AND event IN('print','view') ORDER BY station, seq",
                                           &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, g->id);
    while ((s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, g->ndeeds, sizeof *all);
        all[g->ndeeds++] = (struct repli_glass_deed){sqlite3_column_int64(st, 0), repli_col_dup(a, st, 1),
                                                     repli_col_dup(a, st, 2), repli_col_dup(a, st, 3)};
    }
    g->deeds = all;
    return s;
}

enum repli_status repli_ledger_glass_list(struct repli_ledger *l, int most, struct repli_arena *a,
                                          struct repli_glass **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_glass *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT a.object, a.reason, a.at_utc, s.person, coalesce(s.at_utc, 0) FROM audit a LEFT JOIN audit s "
        "ON s.station=a.station AND s.event='break-glass' AND s.outcome='seen' AND s.object=a.object "
        "WHERE a.event='break-glass' AND a.outcome='opened' GROUP BY a.object "
        "ORDER BY s.person IS NOT NULL, a.at_utc DESC, a.seq DESC LIMIT ?",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, most);
    while ((s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_glass){.id = repli_col_dup(a, st, 0),
                                        .who = repli_col_dup(a, st, 1),
                                        .opened_utc = sqlite3_column_int64(st, 2),
                                        .seen_by = repli_col_dup(a, st, 3),
                                        .seen_utc = sqlite3_column_int64(st, 4)};
    }
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        s = read_deeds(l, &all[i], a, err);
    if (s != REPLI_OK)
        return s;
    *list = all;
    *count = n;
    return REPLI_OK;
}

enum repli_status repli_ledger_glass_unseen(struct repli_ledger *l, int64_t *count, struct repli_err *err)
{
    return repli_db_int(
        &l->db,
        "SELECT count(*) FROM audit a WHERE a.event='break-glass' AND a.outcome='opened' AND NOT EXISTS "
        "(SELECT 1 FROM audit s WHERE s.event='break-glass' AND s.outcome='seen' AND "
        "s.object=a.object)",
        0, count, err);
}

enum repli_status repli_ledger_person_lang(struct repli_ledger *l, const char *person, struct repli_arena *a,
                                           const char **lang, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT lang FROM person WHERE person_id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, person);
    s = repli_db_step(&l->db, st, &row, err);
    if (s == REPLI_OK)
        *lang = row ? repli_col_dup(a, st, 0) : NULL;
    return s;
}

enum repli_status repli_ledger_person_lang_put(struct repli_ledger *l, const char *person, const char *lang,
                                               struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&l->db, "UPDATE person SET lang=? WHERE person_id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, lang);
    repli_bind_text(st, 2, person);
    return repli_db_run(&l->db, st, err);
}
