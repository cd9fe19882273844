#include "support/digest.h"

#include "repli/id.h"

static const char *const record_rows[] = {
    "SELECT 'patient', patient_id, family, given, birth_date FROM patient ORDER BY 2",
    "SELECT 'observation', observation_id, patient_id, encounter_id, code_system, code, effective_utc, value, unit, "
    "status, from_paper FROM observation ORDER BY 2",
    "SELECT 'administration', administration_id, patient_id, request_id, status FROM medication_administration ORDER "
    "BY 2",
    "SELECT 'request', request_id, patient_id, status FROM medication_request ORDER BY 2",
    "SELECT 'location', encounter_id, location_id, start_utc, end_utc FROM encounter_location ORDER BY 2, 3, 4",
    "SELECT 'entry', serial, hex(mac), field, revision, iif(field=capture OR field LIKE capture||'.%', "
    "capture||effect||coalesce(target,''), 'shared'), value, event_utc, box_um, outage, "
    "decided, merge_id IN (SELECT merge_id FROM merge_undo) FROM paper_entry ORDER BY serial, field, revision",
    NULL};

static const char *const ledger_rows[] = {
    "SELECT 'sheet', serial, state, pack_id, page, hex(mac), patient, flags FROM sheet ORDER BY serial",
    "SELECT 'pack', pack_id, state, hex(sha256) FROM pack ORDER BY pack_id",
    "SELECT 'outage', outage_id, drill, from_utc, until_utc FROM outage ORDER BY 2",
    "SELECT 'image', hex(sha256), bytes FROM image ORDER BY 2",
    /* a duplicate is what the image was that it repeats */
    "SELECT 'page', sha, page, CASE WHEN outcome IN('read','second-image','closed') OR (outcome='not-registered' AND "
    "serial IS NOT NULL) THEN 'ours' ELSE outcome||' '||coalesce(reason,'') END, serial FROM (SELECT hex(i.sha256) AS "
    "sha, s.page, coalesce(f.outcome, s.outcome) AS outcome, iif(f.scan_id IS NULL, s.reason, f.reason) AS reason, "
    "s.serial FROM scan s JOIN image i USING(image_id) LEFT JOIN scan f ON f.scan_id=s.first_scan AND "
    "s.outcome='duplicate') ORDER BY 2, 3",
    "SELECT 'first', serial, count(*) FROM scan WHERE outcome='read' GROUP BY serial ORDER BY 2",
    "SELECT 'fields', serial, count(*) FROM reading GROUP BY serial ORDER BY 2",
    "SELECT 'settled', serial, field, revision, CASE answer WHEN 'empty' THEN 'blank' ELSE answer END, value FROM "
    "settled "
    "ORDER BY 2, 3, 4",
    "SELECT 'open', serial, field, need FROM task WHERE done=0 ORDER BY 2, 3, 4",
    "SELECT 'hold', serial, capture, revision, kind, decided FROM hold ORDER BY 2, 3, 4, 5",
    "SELECT 'intent', serial FROM intent WHERE done_utc IS NULL ORDER BY 2", NULL};

static bool add_rows(struct repli_db *db, const char *sql, struct repli_buf *rows, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    if (repli_db_prepare(db, sql, &st, err) != REPLI_OK)
        return false;
    while (repli_db_step(db, st, &row, err) == REPLI_OK && row) {
        for (int i = 0; i < sqlite3_column_count(st); i++) {
            const char *t = repli_col_text(st, i);
            repli_buf_printf(rows, "%s%s", i ? "|" : "", t ? t : "");
        }
        repli_buf_puts(rows, "\n");
    }
    return err->status == REPLI_OK;
}

bool digest_of(struct repli_db *db, bool record, char out[65], struct repli_buf *rows, struct repli_err *err)
{
    const char *const *sql = record ? record_rows : ledger_rows;
    struct repli_hash h;
    uint8_t hash[32];
    bool ok = true;
    repli_hash_init(&h);
    for (size_t i = 0; ok && sql[i]; i++)
        ok = repli_db_hash_rows(db, sql[i], &h, NULL, err) == REPLI_OK && (!rows || add_rows(db, sql[i], rows, err));
    repli_hash_final(&h, hash);
    repli_hex(hash, sizeof hash, out);
    return ok;
}
