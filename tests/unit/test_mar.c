/* What a filled medication sheet becomes in the record: doses, decisions, proposals, the allergy box. */
#include "repli/outage.h"
#include "unit/mar_cases.h"

/* A sheet on which everything is filled in. */
static const struct ward_ink everything[] = {
    {0, "row1.slot1.status", "ticked"},
    {0, "row1.slot1.by", "ink"},
    {0, "row1.slot2.status", "ticked"},
    {0, "row1.slot2.at", "1540"},
    {0, "row1.slot3.reason", "1"},
    {0, "row1.slot4.reason", "8"},
    {0, "row2.slot1.status", "ticked"},
    {0, "row2.slot1.at", "1005"},
    {0, "row2.slot1.value", "2,5"},
    {0, "row2.slot1.by", "ink"},
    {0, "row2.slot1.by2", "ink"},
    {0, "prn1.slot1.at", "0910"},
    {0, "prn1.slot1.value", "400"},
    {0, "prn1.slot1.reason", "2"},
    {0, "prn1.slot1.effect", "1"},
    {0, "gap1.order", "01"},
    {0, "gap1.at", "0415"},
    {0, "gap1.value", "1"},
    {0, "row1.verify.continue", "ticked"},
    {0, "row2.verify.changed", "11"},
    {0, "verify.at", "0830"},
    {0, "new1.drug", "ink"},
    {0, "new1.value", "10"},
    {0, "new1.unit_mg", "ticked"},
    {0, "new1.route_IV", "ticked"},
    {0, "new1.day", "23"},
    {0, "new1.at", "0845"},
    {0, "new1.inami", "01"},
    {0, "new1.signature", "ink"},
    {0, "once1.drug", "ink"},
    {0, "once1.given", "1100"},
    {0, "once1.verbal", "ticked"},
    {0, "allergy.same", "ticked"},
    {0, NULL, NULL},
};

static const char *const rows[] = {
    "SELECT 1 FROM medication_administration WHERE administration_id LIKE 'paper:%:row1.slot1:1' AND "
    "patient_id='pat-0' "
    "AND encounter_id='enc-0' AND request_id='ord-0-1' AND status='completed' AND medication='paracetamol' AND "
    "dose='1' "
    "AND dose_unit='g' AND route='PO' AND start_utc=1795420800 AND due_utc=1795420800 AND reason IS NULL",
    "SELECT 1 FROM medication_administration WHERE administration_id LIKE '%:row1.slot2:1' AND status='completed' "
    "AND start_utc=1795444800 AND due_utc=1795442400",
    "SELECT 1 FROM medication_administration WHERE administration_id LIKE '%:row1.slot3:1' AND status='not-done' AND "
    "reason='refused' AND dose IS NULL AND start_utc=1795464000",
    "SELECT 1 FROM medication_administration WHERE administration_id LIKE '%:row1.slot4:1' AND status='completed' AND "
    "performer='patient' AND reason IS NULL AND dose='1'",
    "SELECT 1 FROM medication_administration WHERE administration_id LIKE '%:row2.slot1:1' AND status='completed' AND "
    "dose='2.5' AND dose_unit='mg' AND request_id='ord-0-2'",
    "SELECT 1 FROM medication_administration WHERE administration_id LIKE '%:prn1.slot1:1' AND dose='400' AND "
    "indication='2' AND effect='1' AND due_utc IS NULL AND start_utc=1795421400 AND reason IS NULL",
    "SELECT 1 FROM medication_administration WHERE administration_id LIKE '%:gap1:1' AND request_id='ord-0-1' AND "
    "dose='1' AND dose_unit='g' AND start_utc=1795403700",
    "SELECT 1 FROM order_decision WHERE decision_id LIKE '%:row1.verify:1' AND request_id='ord-0-1' AND "
    "decision='continue' AND changed_to IS NULL AND decided_utc=1795419000 AND medication='paracetamol' AND "
    "length(image_sha256)=32 AND box_um LIKE '%,%,%,%'",
    "SELECT 1 FROM order_decision WHERE decision_id LIKE '%:row2.verify:1' AND decision='changed' AND changed_to='11'",
    "SELECT 1 FROM order_proposal WHERE proposal_id LIKE '%:new1:1' AND kind='order' AND number='11' AND dose='10' AND "
    "dose_unit='mg' AND route='IV' AND ordered_utc=1795419900 AND prescriber_number='01' AND signature='ink' AND "
    "status='proposed' AND verbal=0",
    "SELECT 1 FROM order_proposal WHERE proposal_id LIKE '%:once1:1' AND kind='once' AND number IS NULL AND dose IS "
    "NULL "
    "AND given_utc=1795428000 AND verbal=1 AND signature='empty'",
    "SELECT 1 FROM allergy_check WHERE check_id LIKE '%:allergy:1' AND result='unchanged' AND printed='[\"all-0\"]' "
    "AND "
    "checked_utc=1795419000",
};

/* Every kind of row, once, with what was written; merged again nothing changes; undone, the patient tables are as
** before; opened again it comes back. */
static void everything_once(void **state)
{
    struct ward w;
    struct repli_arena a = {0};
    char before[65], after[65], ledger[65], again[65], one[65], two[65];
    (void)state;
    make(&w, everything, 1);
    ward_patient_digest(&w, before);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, DOSES), 0);
    ward_key_all(&w);
    struct repli_buf lines = {0};
    assert_int_equal(ward_merge(&w, true, &lines), REPLI_OK);
    assert_non_null(strstr(lines.data, "\"kinds\":{\"administration\":7,\"order-decision\":2,\"order-proposal\":2,"
                                       "\"allergy\":1}"));
    repli_buf_done(&lines);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ward_count(&w, true, rows[i]) != 1)
            fail_msg("missing: %s", rows[i]);
    assert_int_equal(ward_count(&w, true, DOSES), 7);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 1);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM medication_request"), 3);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM allergy WHERE row_version=1"), 1);
    ward_whole_digest(&w, one);
    ward_ledger_digest(&w, ledger);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    ward_whole_digest(&w, two);
    ward_ledger_digest(&w, again);
    assert_string_equal(one, two);
    assert_string_equal(ledger, again);
    if (repli_merge_undo(w.site, w.ledger, w.record, "M0-1", "cy", "test", &w.err) != REPLI_OK)
        fail_msg("%s", w.err.text);
    ward_patient_digest(&w, after);
    assert_string_equal(before, after);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    ward_patient_digest(&w, after);
    assert_string_equal(before, after);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE kind='undone'"), 12);
    char name[16];
    ward_sheet_name(0, name);
    assert_int_equal(repli_review_reopen(w.site, w.ledger, name, "row1.slot1.status", "cy", &w.err), REPLI_OK);
    assert_int_equal(repli_review_reopen(w.site, w.ledger, name, "allergy.same", "cy", &w.err), REPLI_OK);
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(&w, true, DOSES " AND administration_id LIKE '%:row1.slot1:2'"), 1);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM allergy_check WHERE check_id LIKE '%:allergy:2'"), 1);
    assert_int_equal(ward_count(&w, true, DOSES), 1);
    repli_arena_done(&a);
    ward_drop(&w);
}

static const struct ward_ink nothing[] = {{0, NULL, NULL}};

/* A sheet that nobody wrote on asks nobody anything and ends by itself. */
static void untouched_sheet_asks_nobody(void **state)
{
    struct ward w;
    (void)state;
    make(&w, nothing, 2);
    assert_int_equal(ward_open_tasks(&w, NULL), 0);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM paper_entry"), 0);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 2);
    ward_drop(&w);
}

/* On an image of two levels every box is doubtful.  Those of handwritten orders are asked about only on a line on which
** something is written; those of doses always. */
static void doubtful_boxes_of_empty_lines(void **state)
{
    struct ward w;
    (void)state;
    make(&w, nothing, 1);
    ward_exec(&w, false, "UPDATE reading SET state='doubtful' WHERE field LIKE 'new1.unit%' OR field LIKE '%.verbal'");
    assert_int_equal(ward_open_tasks(&w, NULL), 0);
    ward_exec(&w, false, "UPDATE reading SET state='ink' WHERE field='new1.drug'");
    assert_int_equal(repli_review_derive(w.site, w.ledger, ward_serial(0), NULL, &w.err), REPLI_OK);
    assert_int_equal(ward_open_tasks(&w, NULL), 3);
    ward_exec(&w, false, "UPDATE reading SET state='empty' WHERE field='new1.drug'");
    ward_exec(&w, false, "UPDATE reading SET state='ticked' WHERE field='new1.route_IV'");
    assert_int_equal(repli_review_derive(w.site, w.ledger, ward_serial(0), NULL, &w.err), REPLI_OK);
    assert_int_equal(ward_open_tasks(&w, NULL), 4);
    ward_drop(&w);
    make(&w, nothing, 1);
    ward_exec(&w, false, "UPDATE reading SET state='doubtful' WHERE field='row1.slot1.status'");
    assert_int_equal(ward_open_tasks(&w, NULL), 1);
    ward_drop(&w);
}

static const struct ward_ink one_tick[] = {{0, "row1.slot1.status", "ticked"}, {0, NULL, NULL}};

static const struct ward_ink tick_and_time[] = {
    {0, "row1.slot4.status", "ticked"}, {0, "row1.slot4.at", "0310"}, {0, NULL, NULL}};

/* A clear tick is one person's look; nothing else is asked.  A written time needs two people, a tick one, whatever the
** template says of their tiers. */
static void who_is_asked(void **state)
{
    struct ward w;
    (void)state;
    make(&w, one_tick, 1);
    assert_int_equal(ward_open_tasks(&w, NULL), 1);
    assert_int_equal(ward_key(&w, "an", NULL, NULL, false), 1);
    assert_int_equal(ward_open_tasks(&w, NULL), 0);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, DOSES), 1);
    ward_drop(&w);
    make(&w, tick_and_time, 1);
    assert_int_equal(ward_open_tasks(&w, NULL), 2);
    ward_key(&w, "an", NULL, NULL, false);
    assert_int_equal(ward_open_tasks(&w, NULL), 1);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, DOSES), 0);
    ward_key(&w, "bo", NULL, NULL, false);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, DOSES), 1);
    ward_drop(&w);
}

static const struct ward_ink gap_only[] = {
    {0, "gap1.order", "3"}, {0, "gap1.at", "0415"}, {0, "gap1.value", "400"}, {0, NULL, NULL}};

static void see_drug(void *user, const char *json)
{
    *(bool *)user = *(bool *)user || strstr(json, "\"drug\":\"morphine\"");
    assert_null(strstr(json, "2.5"));
}

/* Whoever keys a dose is told of which drug. */
static void tasks_name_the_drug(void **state)
{
    struct ward w;
    bool seen = false;
    (void)state;
    make(&w, everything, 1);
    assert_int_equal(repli_review_export(w.site, w.ledger, "an", see_drug, &seen, &w.err), REPLI_OK);
    assert_true(seen);
    ward_drop(&w);
}

/* A time that does not occur in the hours it is for is asked again before it is taken. */
static void odd_times_are_asked_again(void **state)
{
    struct ward w;
    struct repli_review_counts n;
    char sheet[16];
    (void)state;
    make(&w, gap_only, 1);
    ward_sheet_name(0, sheet);
    (void)ward_answer(&w, "an", &n, "{\"sheet\":\"%s\",\"field\":\"gap1.at\",\"answer\":\"value\",\"value\":\"0900\"}",
                      sheet);
    assert_int_equal(n.refused, 1);
    (void)ward_answer(&w, "an", &n,
                      "{\"sheet\":\"%s\",\"field\":\"gap1.at\",\"answer\":\"value\",\"value\":\"0900\",\"sure\":true}",
                      sheet);
    assert_int_equal(n.taken, 1);
    (void)ward_answer(&w, "bo", &n, "{\"sheet\":\"%s\",\"field\":\"gap1.at\",\"answer\":\"value\",\"value\":\"0800\"}",
                      sheet);
    assert_int_equal(n.taken, 1); /* the last minute of the gap */
    ward_drop(&w);
}

static void open_outage(struct ward *w, int64_t from)
{
    const struct repli_outage o = {.from_utc = from, .opened_by = "an"};
    char id[REPLI_ID_TEXT];
    assert_int_equal(repli_ledger_outage_open(w->ledger, 0, &o, WARD_WINDOW_UTC + 39600, id, &w->err), REPLI_OK);
}

static const struct ward_ink gap_and_slot[] = {
    {0, "gap1.order", "1"},
    {0, "gap1.at", "0710"},
    {0, "gap1.value", "1"},
    {0, "row1.slot2.status", "ticked"},
    {0, "row1.slot1.status", "ticked"},
    {0, NULL, NULL},
};

/* A dose of the gap lies before T0 and is not "outside the outage"; one after T0 is held, as is a slot before T0. */
static void gap_and_outage(void **state)
{
    struct ward w;
    (void)state;
    make(&w, gap_and_slot, 1);
    open_outage(&w, T(4)); /* the first slot, 09:00 Brussels, is before it */
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    assert_int_equal(rows_of(&w, "gap1"), 1);
    assert_int_equal(rows_of(&w, "row1.slot2"), 1);
    assert_int_equal(ward_count(&w, true, "SELECT count(DISTINCT capture) FROM paper_entry WHERE outage='O0-1'"), 2);
    assert_int_equal(
        ward_count(&w, false, "SELECT count(*) FROM hold WHERE kind='outside-outage' AND capture='row1.slot1'"), 1);
    ward_drop(&w);
    make(&w, gap_and_slot, 1);
    open_outage(&w, T(-1)); /* 07:00 Brussels: the dose of the gap is after it */
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    assert_int_equal(rows_of(&w, "gap1"), 0);
    assert_int_equal(rows_of(&w, "row1.slot1"), 1);
    struct hold_case c = {.why = "gap-after-outage", .capture = "gap1"};
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE kind='gap-after-outage'"), 1);
    decide(&w, &c, "paper", REPLI_OK);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(rows_of(&w, "gap1"), 1);
    ward_drop(&w);
}

/* The same dose arrives from another system after paper was merged: both stay, every run names them, and status counts
** them, until one is entered in error.  A dose that a person decided about is not named again. */
static void named_when_it_comes_twice(void **state)
{
    struct ward w;
    int64_t n = -1;
    (void)state;
    make(&w, one_tick, 1);
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    run_sql(&w, LIVE("late", "'ord-0-1','p'", "completed", "'1'",
                     "'g',"
                     "1795421400,x'00')",
                     ""));
    run_sql(&w, LIVE("next", "'ord-0-1','p'", "completed", "'1'",
                     "'g',"
                     "1795442400,x'00')",
                     ""));
    for (int i = 0; i < 2; i++) {
        struct repli_buf lines = {0};
        assert_int_equal(ward_merge(&w, i == 0, &lines), REPLI_WAITS);
        assert_non_null(strstr(lines.data, "\"doubles\":[{\"field\":\"row1.slot1\",\"paper\":\"paper:"));
        assert_non_null(strstr(lines.data, "\"record\":\"late\""));
        assert_null(strstr(lines.data, "\"record\":\"next\""));
        repli_buf_done(&lines);
    }
    assert_int_equal(repli_merge_doubles(w.record, &n, &w.err), REPLI_OK);
    assert_int_equal(n, 1);
    assert_int_equal(ward_count(&w, true, DOSES), 1);
    run_sql(&w, "UPDATE medication_administration SET status='entered-in-error', row_version=2 WHERE "
                "administration_id='late'");
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    ward_drop(&w);
}

static const struct ward_ink two_doses[] = {{0, "prn1.slot1.at", "0910"},
                                            {0, "prn1.slot1.value", "400"},
                                            {0, "prn1.slot2.at", "0920"},
                                            {0, "prn1.slot2.value", "400"},
                                            {0, "prn1.slot3.at", "2330"},
                                            {0, "prn1.slot3.value", "200"},
                                            {0, NULL, NULL}};

/* As-needed doses of an order wait for each other.  Where one was illegible at first, the other is merged: when it is
** keyed at last it is held for being too near, whichever came first, and never taken for the merged one. */
static void whichever_is_merged_first(void **state)
{
    (void)state;
    for (int first = 1; first <= 2; first++) {
        struct ward w;
        struct repli_arena a = {0};
        char sheet[16];
        const char *other = first == 1 ? "prn1.slot2.at" : "prn1.slot1.at";
        const char *pair[2] = {other, "\"answer\":\"illegible\""};
        ward_sheet_name(0, sheet);
        make(&w, two_doses, 1);
        ward_key(&w, "an", NULL, NULL, false);
        assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
        assert_int_equal(ward_count(&w, true, DOSES), 0);
        ward_drop(&w);
        make(&w, two_doses, 1);
        ward_key(&w, "an", ward_say_else, pair, false);
        ward_key(&w, "bo", ward_say_else, pair, false);
        assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
        assert_int_equal(ward_count(&w, true, DOSES), 2);
        assert_int_equal(repli_review_reopen(w.site, w.ledger, sheet, other, "cy", &w.err), REPLI_OK);
        ward_key_all(&w);
        assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
        assert_int_equal(ward_count(&w, true, DOSES), 2);
        assert_string_equal(ward_text(&w, false, "SELECT capture||' '||kind FROM hold", &a),
                            first == 1 ? "prn1.slot2 interval-short" : "prn1.slot1 interval-short");
        ward_drop(&w);
        repli_arena_done(&a);
    }
}

/* Two sheets of one patient, the second printed later: the dose that the first merged is noted where the second says
** the same, and a conflict where it says something else. */
static const struct ward_ink two_sheets[] = {
    {0, "row1.slot1.status", "ticked"},
    {0, "row1.slot2.status", "ticked"},
    {1, "row1.slot1.status", "ticked"},
    {1, "row1.slot2.reason", "1"},
    {0, NULL, NULL},
};

static void a_sheet_that_was_superseded(void **state)
{
    struct ward w;
    (void)state;
    make(&w, two_sheets, 2);
    /* The second sheet becomes the first patient's. */
    ward_exec(&w, false,
              "UPDATE sheet SET patient_id='pat-0', patient='10000', stay_number='90000', subject=(SELECT subject FROM "
              "sheet WHERE page=1), stay=(SELECT stay FROM sheet WHERE page=1), page_map=(SELECT page_map FROM sheet "
              "WHERE page=1) WHERE page=2");
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(&w, true, DOSES), 2);
    assert_int_equal(
        ward_count(&w, true, "SELECT count(*) FROM paper_entry WHERE effect='already-there' AND capture='row1.slot1'"),
        1);
    assert_int_equal(
        ward_count(&w, false, "SELECT count(*) FROM hold WHERE kind='superseded' AND capture='row1.slot2'"), 1);
    ward_drop(&w);
}

/* A clear tick and a person who saw something else wait for a third; two keys that differ do too; nothing merges
** before. */
static const struct ward_ink high_alert[] = {
    {0, "row2.slot1.status", "ticked"}, {0, "row2.slot1.at", "1005"}, {0, "row2.slot1.value", "5"},
    {0, "row2.slot1.by", "ink"},        {0, "row2.slot1.by2", "ink"}, {0, NULL, NULL},
};

static void two_people_for_numbers(void **state)
{
    struct ward w;
    (void)state;
    make(&w, high_alert, 1);
    ward_key(&w, "an", NULL, NULL, false);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, DOSES), 0);
    const char *pair[2] = {"row2.slot1.value", "\"answer\":\"value\",\"value\":\"50\""};
    ward_key(&w, "bo", ward_say_else, pair, false);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, DOSES), 0);
    ward_key(&w, "cy", NULL, NULL, false);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, DOSES " AND dose='5'"), 1);
    assert_int_equal(ward_count(&w, true,
                                "SELECT count(*) FROM paper_entry WHERE field='row2.slot1.by2' AND value IS NULL AND "
                                "length(image_sha256)=32"),
                     1);
    ward_drop(&w);
}

/* The order stands in the file that was joined to the patient's before the sheet was printed: it is the patient's. */
static void an_order_of_a_joined_file(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {GIVEN, {0, "row1.verify.continue", "ticked"}, {0, NULL, NULL}};
    struct ward w;
    make(&w, ink, 1);
    run_sql(&w, "INSERT INTO patient(patient_id, identifier_system, identifier_value, subject_hash, replaced_by, "
                "source_hash) VALUES('pat-old','s','old',x'0000000000000009','pat-0',x'00');"
                "UPDATE medication_request SET patient_id='pat-old', row_version=2 WHERE request_id='ord-0-1'");
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, DOSES " AND patient_id='pat-0' AND request_id='ord-0-1'"), 1);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM order_decision WHERE patient_id='pat-0'"), 1);
    /* Charted later in the old file by the live system: the same dose twice, and named. */
    ward_exec(&w, true,
              "INSERT INTO medication_administration(administration_id, patient_id, request_id, medication, status, "
              "dose, dose_unit, start_utc, source_hash) VALUES('late','pat-old','ord-0-1','p','completed','1','g',"
              "1795420800,x'00')");
    int64_t doubles = 0;
    assert_int_equal(repli_merge_doubles(w.record, &doubles, &w.err), REPLI_OK);
    assert_int_equal(doubles, 1);
    ward_drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_once),
        cmocka_unit_test(untouched_sheet_asks_nobody),
        cmocka_unit_test(doubtful_boxes_of_empty_lines),
        cmocka_unit_test(who_is_asked),
        cmocka_unit_test(tasks_name_the_drug),
        cmocka_unit_test(odd_times_are_asked_again),
        cmocka_unit_test(gap_and_outage),
        cmocka_unit_test(named_when_it_comes_twice),
        cmocka_unit_test(whichever_is_merged_first),
        cmocka_unit_test(a_sheet_that_was_superseded),
        cmocka_unit_test(two_people_for_numbers),
        cmocka_unit_test(an_order_of_a_joined_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
