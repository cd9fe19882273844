/* What the ledger knows of paper, as rows that forms are filled from; and piles between their covers. */
#include "repli/ledger_paper.h"

#include <jansson.h>
#include <string.h>

#include "repli/pagecode.h"
#include "store/ledger_internal.h"

/* Sides of one set have serials one after the other.  Forms of the recovery itself are nobody's chart. */
#define SETS                                                                                                           \
    "FROM sheet s JOIN pack p USING(pack_id) WHERE s.side=1 AND p.state='ready' AND (s.flags & 24)=0 AND "             \
    "s.form_id NOT IN('stillout','voidslip','batchcover','downtimenote') "
#define SIDES "FROM sheet t WHERE t.serial BETWEEN s.serial AND s.serial+s.sides-1 AND t.has_fields "
#define ORDER "ORDER BY s.patient_name, s.patient, p.printed_utc, s.serial"

static const struct {
    const char *name, *sql; /* ?1 ward, ?2 subject, ?3 stay, ?4 count, ?5 patient_id */
    const char *columns[12];
} sets[] = {
    {"still_out",
     "SELECT NULL, s.ward, (SELECT t.sheet " SIDES "AND t.state='printed' ORDER BY t.serial LIMIT 1), "
     "(SELECT CAST(count(*) AS TEXT) " SIDES "AND t.state='printed'), s.patient, coalesce(s.patient_name, "
     "s.ward), coalesce((SELECT bed FROM filled f WHERE f.serial=s.serial),'\xE2\x80\x93') AS bed, s.form_id, "
     "CAST(p.printed_utc AS TEXT), "
     "CAST(s.sides AS TEXT) " SETS "AND s.ward IS ?1 AND EXISTS(SELECT 1 " SIDES "AND t.state='printed') "
     "ORDER BY bed, s.patient_name, s.patient, p.printed_utc, s.serial",
     {"patient_id", "ward", "sheet", "missing", "patient", "name", "bed", "form", "printed_utc", "sides", NULL}},
    {"paper_trail",
     "SELECT ?5, s.ward, s.sheet, CAST(s.sides AS TEXT), s.form_id, CAST(p.printed_utc AS TEXT), "
     "(SELECT CASE WHEN count(*)=0 THEN 'none' WHEN sum(t.state='merged')=count(*) THEN 'merged' "
     "WHEN sum(t.state='void')=count(*) THEN 'void' WHEN sum(t.state='lost')>0 THEN 'lost' "
     "WHEN sum(t.state='printed')=count(*) THEN 'printed' WHEN sum(t.state='printed')>0 THEN 'part' "
     "WHEN sum(t.state IN('merged','void','blank'))=count(*) THEN 'merged' ELSE 'open' END " SIDES "), "
     "(SELECT CAST(count(*) AS TEXT) FROM settled d WHERE d.serial BETWEEN s.serial AND s.serial+s.sides-1 AND "
     "d.answer='value'), (SELECT CAST(count(*) AS TEXT) FROM hold h WHERE h.serial BETWEEN s.serial AND "
     "s.serial+s.sides-1 AND h.decided IS NULL) " SETS "AND s.subject=?2 AND s.stay=?3 " ORDER,
     {"patient_id", "ward", "sheet", "sides", "form", "printed_utc", "state", "entries", "held", NULL}},
    {"outages",
     "SELECT ?5, ?1, outage_id, CAST(from_utc AS TEXT), CAST(until_utc AS TEXT) FROM outage o WHERE drill=0 AND (NOT "
     "EXISTS(SELECT 1 FROM outage_ward w WHERE w.outage_id=o.outage_id) OR EXISTS(SELECT 1 FROM outage_ward w WHERE "
     "w.outage_id=o.outage_id AND w.ward=?1)) ORDER BY from_utc DESC, outage_id LIMIT 5",
     {"patient_id", "ward", "outage", "from_utc", "until_utc", NULL}},
    {"cover", "SELECT NULL, ?1, CASE WHEN ?4>0 THEN CAST(?4 AS TEXT) END", {"patient_id", "ward", "count", NULL}},
};

static enum repli_status read_rows(struct repli_ledger *l, sqlite3_stmt *st, struct repli_arena *a,
                                   struct repli_dataset *set, struct repli_err *err)
{
    const char **cells = NULL;
    size_t n = 0;
    bool row = false;
    enum repli_status s;
    while ((s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        for (size_t c = 0; c < set->ncolumns; c++) {
            cells = repli_rows_more(a, cells, n, sizeof *cells);
            cells[n++] = repli_col_dup(a, st, (int)c);
        }
        set->nrows++;
    }
    set->cells = cells;
    return s;
}

enum repli_status repli_ledger_dataset(struct repli_ledger *l, const char *name, const struct repli_paper_query *q,
                                       struct repli_arena *a, struct repli_dataset *set, bool *is_ledgers,
                                       struct repli_err *err)
{
    REPLI_STMT st = NULL;
    size_t i = 0, n = sizeof sets / sizeof *sets;
    while (i < n && strcmp(sets[i].name, name) != 0)
        i++;
    *is_ledgers = i < n;
    if (i == n)
        return REPLI_OK;
    enum repli_status s = repli_db_prepare(&l->db, sets[i].sql, &st, err);
    if (s != REPLI_OK)
        return s;
    *set = (struct repli_dataset){.name = sets[i].name, .columns = sets[i].columns};
    while (sets[i].columns[set->ncolumns])
        set->ncolumns++;
    repli_bind_text(st, 1, q->ward);
    if (strstr(sets[i].sql, "?2")) {
        repli_bind_blob(st, 2, q->subject, 8);
        repli_bind_blob(st, 3, q->stay, 8);
    }
    if (strstr(sets[i].sql, "?4"))
        repli_bind_int(st, 4, q->count);
    if (strstr(sets[i].sql, "?5"))
        repli_bind_text(st, 5, q->patient_id);
    return read_rows(l, st, a, set, err);
}

/* ---- piles between covers: those of one name, or of one run where nobody named it */

/* Images between a cover and the next one, its own apart. */
#define BEHIND                                                                                                         \
    "x.scan_id>c.scan_id AND x.outcome<>'duplicate' AND (c.next IS NULL OR x.scan_id<c.next) AND "                     \
    "(x.serial IS NULL OR x.serial NOT BETWEEN c.serial AND c.serial+c.sides-1)"

static const char covers[] =
    "WITH c AS (SELECT n.scan_id, n.scanned_utc, i.batch, s.serial, s.sheet, s.sides, s.ward,"
    "  lead(n.scan_id) OVER (PARTITION BY coalesce(i.batch, n.scanned_utc) ORDER BY n.scan_id) AS next"
    " FROM sheet s CROSS JOIN scan n ON n.serial=s.serial CROSS JOIN image i USING(image_id)"
    " WHERE s.form_id='batchcover' AND s.side=1 AND n.outcome='read' AND n.scanned_utc>=?1) "
    "SELECT c.serial, c.sheet, c.ward, c.batch, c.scanned_utc,"
    " CASE WHEN c.batch IS NULL THEN (SELECT count(*) FROM scan x JOIN image i USING(image_id) WHERE " BEHIND
    "   AND i.batch IS NULL AND x.scanned_utc=c.scanned_utc) ELSE (SELECT count(*) FROM image i CROSS JOIN scan x "
    "   USING(image_id) WHERE " BEHIND " AND i.batch=c.batch) END,"
    " (SELECT value FROM settled d WHERE d.serial=c.serial AND d.field='pile.count' AND d.answer='value'"
    "   ORDER BY revision DESC LIMIT 1) "
    "FROM c ORDER BY c.scan_id";

/* What stood on the cover when it was printed. */
static enum repli_status printed_count(struct repli_ledger *l, struct repli_cover *c, struct repli_err *err)
{
    struct repli_arena a = {0};
    struct repli_page_map *map = NULL;
    enum repli_status s = repli_ledger_sheet_map(l, c->serial, &a, &map, err);
    for (size_t i = 0; s == REPLI_OK && map && i < map->ncaptures; i++) {
        json_t *key = map->captures[i].key ? json_loads(map->captures[i].key, 0, NULL) : NULL;
        const json_t *count = json_object_get(key, "count");
        if (json_is_integer(count))
            c->printed = json_integer_value(count);
        json_decref(key);
    }
    repli_arena_done(&a);
    return s;
}

enum repli_status repli_ledger_covers(struct repli_ledger *l, int64_t since_utc, struct repli_arena *a,
                                      struct repli_cover **out, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_cover *list = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(&l->db, covers, &st, err);
    if (s == REPLI_OK)
        repli_bind_int(st, 1, since_utc);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        list = repli_rows_more(a, list, n, sizeof *list);
        list[n++] = (struct repli_cover){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                                         .sheet = repli_col_dup(a, st, 1),
                                         .ward = repli_col_dup(a, st, 2),
                                         .batch = repli_col_dup(a, st, 3),
                                         .scanned_utc = sqlite3_column_int64(st, 4),
                                         .images = sqlite3_column_int64(st, 5),
                                         .printed = -1,
                                         .written = repli_col_text(st, 6) ? sqlite3_column_int64(st, 6) : -1};
    }
    repli_stmt_done(&st);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        s = printed_count(l, &list[i], err);
    if (s == REPLI_OK) {
        *out = list;
        *count = n;
    }
    return s;
}
