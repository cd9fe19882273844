#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "store/db.h"
#include "support/ward.h"

#define PAPER_ROWS "SELECT count(*) FROM observation WHERE from_paper=1"

static int setup(void **state)
{
    *state = ward_new("merge", 3);
    return 0;
}

/* Every value that was written is in the record once, at its time, with its patient, and nothing else is. */
static void assert_truth(struct ward *w)
{
    static const char *const parts[] = {"rr", "acvpu", "dbp", "temp"};
    static const char *const codes[] = {"9279-1", "80288-4", "8462-4", "8310-5"};
    static const char *const units[] = {"'/min'", "NULL", "'mm[Hg]'", "'Cel'"};
    struct repli_arena a = {0};
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w));
    for (size_t s = 0; s < w->nsheets; s++)
        for (int c = 1; c <= 2; c++)
            for (size_t p = 0; p < 4; p++) {
                char room[16], at[16];
                const char *value = ward_truth(s, repli_arena_printf(&a, "col%d.%s", c, parts[p]), room);
                const char *time = ward_truth(s, repli_arena_printf(&a, "col%d.at", c), at);
                /* 2026-11-23 in Brussels is one hour ahead of UTC. */
                int64_t utc = WARD_WINDOW_UTC - 8 * 3600 + ((time[0] - '0') * 10 + time[1] - '0') * 3600 +
                              ((time[2] - '0') * 10 + time[3] - '0') * 60;
                char *keyed = repli_arena_strdup(&a, value);
                if (strchr(keyed, ','))
                    *strchr(keyed, ',') = '.';
                if (strstr(keyed, ".0"))
                    *strchr(keyed, '.') = 0;
                const char *sql =
                    repli_arena_printf(&a,
                                       "SELECT count(*) FROM observation WHERE patient_id='pat-%zu' AND code='%s' AND "
                                       "effective_utc=%lld AND "
                                       "value='%s' AND from_paper=1 AND status='final' AND encounter_id='enc-%zu' AND "
                                       "category='vital-signs' AND "
                                       "unit IS %s AND value_kind='%s'",
                                       s, codes[p], (long long)utc, keyed, s, units[p], p == 1 ? "code" : "quantity");
                if (ward_count(w, true, sql) != 1)
                    fail_msg("missing: %s", sql);
            }
    repli_arena_done(&a);
}

/* Nothing merges before anybody answered, and a person who answers everything, twice, still merges nothing. */
static void nobody_merges_alone(void **state)
{
    struct ward *w = *state;
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), 0);
    assert_true(ward_key(w, "an", NULL, NULL, false) > 0);
    assert_int_equal(ward_key(w, "an", NULL, NULL, false), 0);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), 0);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM paper_entry"), 0);
    assert_true(ward_open_tasks(w, NULL) > 0);
    assert_int_equal(ward_open_tasks(w, "an"), 0);
}

/* What two people keyed is in the record as it was written, with its provenance, and the sheets are merged. */
static void two_people_merge_the_truth(void **state)
{
    struct ward *w = *state;
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_truth(w);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), (int64_t)w->nsheets);
    /* Each column's day and time once, each value once. */
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM paper_entry"),
                     (int64_t)w->nsheets * 2 * (2 + WARD_VALUES));
    assert_int_equal(ward_count(w, true,
                                "SELECT count(*) FROM paper_entry WHERE field LIKE '%.at' AND entered_by='an' AND "
                                "verified_by='bo' AND length(image_sha256)=32 AND scanned_utc>0 AND box_um LIKE '%,%'"),
                     (int64_t)w->nsheets * 2);
    assert_int_equal(
        ward_count(w, true, "SELECT count(*) FROM paper_entry WHERE field LIKE '%.rr' AND verified_by IS NULL"),
        (int64_t)w->nsheets * 2);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM intent WHERE done_utc IS NULL"), 0);
}

/* Merging again, keying again: the same record and ledger. */
static void again_changes_nothing(void **state)
{
    struct ward *w = *state;
    char record[65], ledger[65], record2[65], ledger2[65];
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    ward_whole_digest(w, record);
    ward_ledger_digest(w, ledger);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    ward_key(w, "an", NULL, NULL, false);
    ward_key(w, "cy", NULL, NULL, false);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    ward_whole_digest(w, record2);
    ward_ledger_digest(w, ledger2);
    assert_string_equal(record, record2);
    assert_string_equal(ledger, ledger2);
}

/* A sheet that stays open because one value is held is looked at in every run; what it merged stays merged once. */
static void again_with_something_held(void **state)
{
    struct ward *w = *state;
    char record[65], ledger[65], record2[65], ledger2[65];
    const char *pair[2] = {"col2.dbp", "\"answer\":\"illegible\""};
    ward_key(w, "an", ward_say_else, pair, false);
    ward_key(w, "bo", ward_say_else, pair, false);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='reviewed'"), 1);
    ward_whole_digest(w, record);
    ward_ledger_digest(w, ledger);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    ward_whole_digest(w, record2);
    ward_ledger_digest(w, ledger2);
    assert_string_equal(record, record2);
    assert_string_equal(ledger, ledger2);
}

/* A dry run tells what would merge and changes neither database. */
static void dry_run_changes_nothing(void **state)
{
    struct ward *w = *state;
    char record[65], ledger[65], record2[65], ledger2[65];
    struct repli_buf lines = {0};
    ward_key_all(w);
    ward_whole_digest(w, record);
    ward_ledger_digest(w, ledger);
    assert_int_equal(ward_merge(w, true, &lines), REPLI_OK);
    assert_non_null(strstr(lines.data, "\"merged\":8"));
    assert_non_null(strstr(lines.data, "\"merge\":null"));
    ward_whole_digest(w, record2);
    ward_ledger_digest(w, ledger2);
    assert_string_equal(record, record2);
    assert_string_equal(ledger, ledger2);
    repli_buf_done(&lines);
}

/* Another order of answers, tasks and imports gives the identical record. */
static void order_does_not_matter(void **state)
{
    struct ward *w = *state;
    char one[65], two[65];
    ward_close(w);
    ward_save(w);
    ward_open(w);
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    ward_whole_digest(w, one);
    ward_close(w);
    ward_restore(w);
    ward_open(w);
    ward_key(w, "an", NULL, NULL, true);
    ward_close(w);
    ward_open(w);
    ward_key(w, "bo", NULL, NULL, true);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), 0);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    ward_whole_digest(w, two);
    assert_string_equal(one, two);
}

/* Base, paper and record against each other: every combination of nothing, A and B. */
static void three_way_table(void **state)
{
    static const char *const values[] = {NULL, "1", "2"};
    /* paper A; rows base, columns live */
    static const enum three_way paper_a[3][3] = {
        {THREE_APPLY, THREE_NOTE, THREE_CONFLICT},    /* nothing was printed */
        {THREE_CONFLICT, THREE_NOTE, THREE_CONFLICT}, /* A was printed */
        {THREE_CONFLICT, THREE_NOTE, THREE_APPLY},    /* B was printed */
    };
    (void)state;
    for (int base = 0; base < 3; base++)
        for (int live = 0; live < 3; live++)
            assert_int_equal(three_way(values[base], "1", values[live]), paper_a[base][live]);
    assert_int_equal(three_way(NULL, "36.5", "36.50"), THREE_NOTE);
    assert_int_equal(three_way("36.5", "37", "36.50"), THREE_APPLY);
    assert_int_equal(three_way(NULL, "V", "v"), THREE_CONFLICT);
}

/* Where the record has a value of that minute: an equal one is noted and nothing is added; another is held by name. */
static void values_in_the_record(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    struct repli_buf lines = {0};
    ward_key_all(w);
    int64_t at =
        ward_count(w, false, "SELECT 0") + WARD_WINDOW_UTC - 8 * 3600 + 12 * 3600 + 7 * 60; /* col1 of sheet 0: 12:07 */
    ward_live_value(w, "same", "8462-4", "61.0", at + 20);
    ward_live_value(w, "other", "9279-1", "30", at);
    assert_int_equal(ward_merge(w, false, &lines), REPLI_WAITS);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - 2);
    assert_string_equal(
        ward_text(w, true,
                  "SELECT effect||' '||target FROM paper_entry WHERE field='col1.dbp' AND mac=x'0101010101010101'", &a),
        "already-there observation/same");
    assert_non_null(strstr(lines.data, "value-there-different"));
    assert_non_null(strstr(lines.data, "paper says 13, the record says 30"));
    assert_int_equal(
        ward_count(w, false, "SELECT count(*) FROM hold WHERE kind='value-there-different' AND capture='col1.rr'"), 1);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), (int64_t)w->nsheets - 1);
    /* When the other value goes, the held one merges by itself, as a merge of its own. */
    ward_exec(w, true, "UPDATE observation SET status='entered-in-error', row_version=2 WHERE observation_id='other'");
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - 1);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold"), 0);
    repli_buf_done(&lines);
    repli_arena_done(&a);
}

struct gate {
    const char *sql;
    const char *why;
    int64_t held;
};

/* Another number of the same file, with another keyed hash; the old one is kept nowhere. */
#define RENUMBERED(number)                                                                                             \
    "UPDATE patient SET identifier_value='" number "', subject_hash=x'0000000000000001', row_version=2 WHERE "         \
    "patient_id='pat-0';UPDATE patient_identifier SET value='" number "', row_version=2 WHERE patient_id='pat-0'"

/* A patient who is no longer who, or where, they were: everything of the sheet is held by name. */
static void patient_gates(void **state)
{
    static const struct gate gates[] = {
        {"UPDATE patient SET replaced_by='pat-1', row_version=2 WHERE patient_id='pat-0'", "patient-merged", 8},
        {"UPDATE patient SET deceased=1, row_version=2 WHERE patient_id='pat-0'", "death-time-unknown", 8},
        /* died at 13:00 Brussels: the column of 12:07 merges, that of 15:14 does not */
        {"UPDATE patient SET deceased=1, deceased_utc=1795435200, row_version=2 WHERE patient_id='pat-0'",
         "patient-deceased", 4},
        {"UPDATE patient SET subject_hash=x'0000000000000001', row_version=2 WHERE patient_id='pat-0'",
         "identity-mismatch", 8},
        {RENUMBERED("10999"), "patient-renumbered", 8},
        /* somebody else has the number that was printed */
        {RENUMBERED(
             "10999") ";INSERT INTO patient_identifier(patient_id, system, value) VALUES('pat-1','urn:ipp','10000')",
         "identity-mismatch", 8},
        {RENUMBERED("10999") ";UPDATE patient SET family='Claes', row_version=3 WHERE patient_id='pat-0'",
         "patient-renumbered", 8},
        {"UPDATE encounter SET end_utc=1795435200, status='finished', row_version=2 WHERE encounter_id='enc-0'",
         "patient-discharged", 4},
        {"UPDATE encounter SET patient_id='pat-1', row_version=2 WHERE encounter_id='enc-0'", "identity-mismatch", 8},
        {"UPDATE encounter SET stay_hash=NULL, row_version=2 WHERE encounter_id='enc-0'", "stay-unknown", 8},
    };
    struct ward *w = *state;
    ward_key_all(w);
    ward_close(w);
    ward_save(w);
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++) {
        struct repli_arena a = {0};
        ward_restore(w);
        ward_open(w);
        ward_exec(w, true, gates[i].sql);
        assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
        int64_t held =
            ward_count(w, false, repli_arena_printf(&a, "SELECT count(*) FROM hold WHERE kind='%s'", gates[i].why));
        if (held != gates[i].held)
            fail_msg("%s: %lld held as %s, not %lld", gates[i].sql, (long long)held, gates[i].why,
                     (long long)gates[i].held);
        assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - gates[i].held);
        assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id<>'pat-0'"),
                         ward_values(w) - 8);
        ward_close(w);
        repli_arena_done(&a);
    }
    ward_open(w);
}

struct written {
    const char *field, *answer, *why;
    int64_t held;
};

/* A time, day or value that cannot be used holds its own column or value, by name, and nothing else. */
static void unusable_fields_hold_their_own(void **state)
{
    static const struct written cases[] = {
        {"col1.at", "\"answer\":\"blank\"", "no-time", 4},
        {"col1.at", "\"answer\":\"illegible\"", "illegible", 4},
        {"col1.at", "\"answer\":\"correction\"", "correction", 4},
        {"col1.day", "\"answer\":\"value\",\"value\":\"24\"", "day-disagrees", 4},
        {"col1.rr", "\"answer\":\"illegible\"", "illegible", 1},
        {"col1.dbp", "\"answer\":\"correction\"", "correction", 1},
    };
    struct ward *w = *state;
    ward_close(w);
    ward_save(w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_arena a = {0};
        const char *pair[2] = {cases[i].field, cases[i].answer};
        ward_restore(w);
        ward_open(w);
        ward_key(w, "an", ward_say_else, pair, false);
        ward_key(w, "bo", ward_say_else, pair, false);
        assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
        int64_t held =
            ward_count(w, false, repli_arena_printf(&a, "SELECT count(*) FROM hold WHERE kind='%s'", cases[i].why));
        if (held != cases[i].held)
            fail_msg("%s %s: %lld held as %s", cases[i].field, cases[i].answer, (long long)held, cases[i].why);
        assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - cases[i].held);
        ward_close(w);
        repli_arena_done(&a);
    }
    ward_open(w);
}

/* The windows of the nights the clocks change, and of a sheet that is too short. */
static void times_in_odd_windows(void **state)
{
    /* 2026-10-25 01:00 +02:00, six hours: 02:30 occurs twice; 2027-03-28 01:00 +01:00: 02:30 does not occur. */
    static const struct {
        long long window;
        int hours;
        const char *time, *why;
    } cases[] = {{1792882800, 6, "0230", "time-ambiguous"},
                 {1806192000, 6, "0230", "time-outside-window"},
                 {1795417200, 2, "1207", "time-outside-window"}};
    struct ward *w = *state;
    ward_close(w);
    ward_save(w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_arena a = {0};
        char odd[64];
        const char *pair[2] = {"col1.at", odd};
        snprintf(odd, sizeof odd, "\"answer\":\"value\",\"value\":\"%s\",\"sure\":true", cases[i].time);
        ward_restore(w);
        ward_open(w);
        ward_exec(w, false,
                  repli_arena_printf(&a, "UPDATE sheet SET window_utc=%lld, window_hours=%d WHERE page=1",
                                     cases[i].window, cases[i].hours));
        ward_key(w, "an", ward_say_else, pair, false);
        ward_key(w, "bo", ward_say_else, pair, false);
        assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
        const char *sql = repli_arena_printf(&a, "SELECT count(*) FROM hold WHERE kind='%s' AND capture LIKE 'col1.%%'",
                                             cases[i].why);
        if (ward_count(w, false, sql) != 4)
            fail_msg("case %zu: not held as %s", i, cases[i].why);
        ward_close(w);
        repli_arena_done(&a);
    }
    ward_open(w);
}

/* A page whose void box is ticked and confirmed merges nothing; unconfirmed, it waits. */
static void void_page(void **state)
{
    struct ward *w = *state;
    const char *pair[2] = {"page.void", "\"answer\":\"value\",\"value\":\"ticked\""};
    ward_exec(w, false, "UPDATE reading SET state='ticked' WHERE field='page.void' AND scan_id=1");
    ward_close(w);
    ward_save(w);
    ward_open(w);
    /* Everything but the tick: nothing of the sheet merges. */
    ward_exec(w, false, "UPDATE reading SET state='empty' WHERE field='page.void' AND scan_id<>1");
    const char *nobody[2] = {"page.void", "\"answer\":\"value\""};
    ward_key(w, "an", ward_say_else, nobody, false);
    ward_key(w, "bo", ward_say_else, nobody, false);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - 2 * WARD_VALUES);
    ward_close(w);
    ward_restore(w);
    ward_open(w);
    ward_key(w, "an", ward_say_else, pair, false);
    ward_key(w, "bo", ward_say_else, pair, false);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold WHERE kind='page-void'"), 2 * WARD_VALUES);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id='pat-0'"), 0);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - 2 * WARD_VALUES);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='reviewed'"), 1);
}

/* ---- what a merge reads */

struct scans {
    struct repli_buf text;
};

static int look_for_scans(unsigned what, void *user, void *statement, void *unused)
{
    static const char *const of_a_sheet[] = {"paper_entry", "FROM intent WHERE serial", "medication_administration"};
    struct scans *found = user;
    const char *sql = sqlite3_sql(statement);
    (void)what, (void)unused;
    if (sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1) > 0)
        for (size_t i = 0; sql && i < sizeof of_a_sheet / sizeof *of_a_sheet; i++)
            if (strstr(sql, of_a_sheet[i]))
                repli_buf_printf(&found->text, "%s\n", sql);
    return 0;
}

/* What one sheet's merge reads does not grow with what all sheets before it left: no table is read from end to end. */
static void a_sheet_reads_its_own_rows(void **state)
{
    struct ward *w = *state;
    struct scans found = {0};
    ward_key_all(w);
    assert_int_equal(sqlite3_trace_v2(w->record->db.sql, SQLITE_TRACE_PROFILE, look_for_scans, &found), SQLITE_OK);
    assert_int_equal(sqlite3_trace_v2(w->ledger->db.sql, SQLITE_TRACE_PROFILE, look_for_scans, &found), SQLITE_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_values(w), ward_count(w, true, PAPER_ROWS));
    if (found.text.len)
        fail_msg("read from end to end:\n%s", found.text.data);
    (void)sqlite3_trace_v2(w->record->db.sql, 0, NULL, NULL);
    (void)sqlite3_trace_v2(w->ledger->db.sql, 0, NULL, NULL);
    repli_buf_done(&found.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_way_table),
        cmocka_unit_test_setup_teardown(nobody_merges_alone, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(two_people_merge_the_truth, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(again_changes_nothing, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(again_with_something_held, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(dry_run_changes_nothing, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(order_does_not_matter, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(values_in_the_record, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(patient_gates, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(unusable_fields_hold_their_own, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(times_in_odd_windows, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(void_page, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(a_sheet_reads_its_own_rows, setup, ward_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
