/* digest SITE [--rows]: what a site's record and ledger say, whatever the order in which paper was scanned, keyed and
** merged.
**
** Left out is what legitimately follows from the order: row ids and times; in which merge a value went in and how many
** merges there were; for which of several values a field that they share (a column's time) was written down; which of
** two people keyed first, and so who is named for a value; which of several images of one
** sheet was the first (the first is "read", others are "second-image", "closed", or "duplicate" of it), and with it how
** sure the machine was and whether it or a person said that nothing is written.  Everything else must be equal: every
** image's bytes and pages, the sheet each shows, every sheet's state,
** what every field holds, what is open, what is held and why, every value in the record and where it came from.
** Two lines: "record DIGEST" and "ledger DIGEST"; with --rows the rows themselves.
*/
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/id.h"
#include "repli/text.h"
#include "store/db.h"

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
    "SELECT 'page', hex(i.sha256), s.page, CASE WHEN s.outcome IN('read','second-image','closed','duplicate') OR "
    "(s.outcome='not-registered' AND s.serial IS NOT NULL) THEN 'ours' ELSE s.outcome||' '||coalesce(s.reason,'') END, "
    "s.serial FROM scan s JOIN image i USING(image_id) ORDER BY 2, 3",
    "SELECT 'first', serial, count(*) FROM scan WHERE outcome='read' GROUP BY serial ORDER BY 2",
    "SELECT 'fields', serial, count(*) FROM reading GROUP BY serial ORDER BY 2",
    "SELECT 'settled', serial, field, revision, CASE answer WHEN 'empty' THEN 'blank' ELSE answer END, value FROM "
    "settled "
    "ORDER BY 2, 3, 4",
    "SELECT 'open', serial, field, need FROM task WHERE done=0 ORDER BY 2, 3, 4",
    "SELECT 'hold', serial, capture, revision, kind, decided FROM hold ORDER BY 2, 3, 4, 5",
    "SELECT 'intent', serial FROM intent WHERE done_utc IS NULL ORDER BY 2",
    NULL};

static bool print_rows(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        return false;
    while (sqlite3_step(st) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(st); i++) {
            const unsigned char *t = sqlite3_column_text(st, i);
            printf("%s%s", i ? "|" : "", t ? (const char *)t : "");
        }
        puts("");
    }
    return sqlite3_finalize(st) == SQLITE_OK;
}

static bool digest(const char *site, const char *name, const char *const *sql, bool rows)
{
    struct repli_db db = {0};
    struct repli_err err = {0};
    struct repli_hash h;
    uint8_t hash[32];
    char path[1024], hex[65];
    snprintf(path, sizeof path, "%s/%s.db", site, name);
    db.path = path;
    if (sqlite3_open_v2(path, &db.sql, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return false;
    repli_hash_init(&h);
    bool ok = true;
    for (size_t i = 0; ok && sql[i]; i++) {
        ok = repli_db_hash_rows(&db, sql[i], &h, NULL, &err) == REPLI_OK && (!rows || print_rows(db.sql, sql[i]));
        if (!ok)
            fprintf(stderr, "digest: %s: %s\n", sql[i], err.text);
    }
    repli_hash_final(&h, hash);
    repli_hex(hash, sizeof hash, hex);
    if (ok)
        printf("%s %s\n", name, hex);
    db.path = NULL;
    repli_db_close(&db);
    return ok;
}

int main(int argc, char **argv)
{
    bool rows = argc == 3 && strcmp(argv[2], "--rows") == 0;
    if (argc != 2 && !rows)
        return fputs("usage: digest SITE [--rows]\n", stderr), 2;
    return digest(argv[1], "record", record_rows, rows) && digest(argv[1], "ledger", ledger_rows, rows) ? 0 : 1;
}
