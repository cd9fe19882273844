/* What a filled medication sheet becomes in the record: doses, decisions, proposals, the allergy box; their conflicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/outage.h"
#include "support/ward.h"

#define DOSES   "SELECT count(*) FROM medication_administration WHERE from_paper=1"
#define T(hour) (WARD_WINDOW_UTC + (hour)*3600LL) /* window: 08:00 Brussels = 07:00 UTC */

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

static void make(struct ward *w, const struct ward_ink *ink, size_t nsheets)
{
    ward_make_mar(w, "mar", nsheets, ink);
    ward_open(w);
}

/* Every kind of row, once, with what was written; merged again nothing changes; undone, the patient tables are as before;
** opened again it comes back. */
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

static const struct ward_ink one_tick[] = {{0, "row1.slot1.status", "ticked"}, {0, NULL, NULL}};

/* A clear tick is one person's look; nothing else is asked.  A written number needs two people, whatever the template
** says of its tier. */
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
}

struct hold_case {
    const char *why, *capture;
    bool paper;      /* a person may decide for paper */
    const char *sql; /* what the record became since printing; NULL = nothing */
    struct ward_ink ink[10];
};

#define ORDER(set) "UPDATE medication_request SET " set ", row_version=2 WHERE request_id='ord-0-1'"
#define LIVE(id, order, status, dose, at, more)                                                                        \
    "INSERT INTO medication_administration(administration_id, patient_id, request_id, medication, status, dose, "      \
    "dose_unit, start_utc, source_hash" more ") VALUES('" id "','pat-0'," order ",'" status "'," dose "," at
#define GIVEN                                                                                                          \
    {                                                                                                                  \
        0, "row1.slot1.status", "ticked"                                                                               \
    }

static const struct hold_case cases[] = {
    {"given-and-not", "row1.slot1", false, NULL, {GIVEN, {0, "row1.slot1.reason", "2"}}},
    {"time-without-status", "row1.slot1", false, NULL, {{0, "row1.slot1.at", "0905"}}},
    {"time-without-status", "row1.slot2", false, NULL, {{0, "row1.slot2.by", "ink"}}},
    {"code-unknown", "row1.slot1", false, NULL, {{0, "row1.slot1.reason", "9"}}},
    {"code-unknown", "row1.slot1", false, NULL, {{0, "row1.slot1.reason", "0"}}},
    {"code-unknown",
     "prn1.slot1",
     false,
     NULL,
     {{0, "prn1.slot1.at", "0910"}, {0, "prn1.slot1.value", "400"}, {0, "prn1.slot1.reason", "8"}}},
    {"high-alert-no-time",
     "row2.slot1",
     false,
     NULL,
     {{0, "row2.slot1.status", "ticked"},
      {0, "row2.slot1.value", "5"},
      {0, "row2.slot1.by", "ink"},
      {0, "row2.slot1.by2", "ink"}}},
    {"high-alert-no-dose",
     "row2.slot1",
     false,
     NULL,
     {{0, "row2.slot1.status", "ticked"},
      {0, "row2.slot1.at", "1000"},
      {0, "row2.slot1.by", "ink"},
      {0, "row2.slot1.by2", "ink"}}},
    {"high-alert-one-nurse",
     "row2.slot1",
     true,
     NULL,
     {{0, "row2.slot1.status", "ticked"},
      {0, "row2.slot1.at", "1000"},
      {0, "row2.slot1.value", "5"},
      {0, "row2.slot1.by", "ink"}}},
    {"time-far-from-due", "row1.slot1", true, NULL, {GIVEN, {0, "row1.slot1.at", "0750"}}},
    {"gap-order-unknown",
     "gap1",
     false,
     NULL,
     {{0, "gap1.order", "7"}, {0, "gap1.at", "0400"}, {0, "gap1.value", "1"}}},
    {"gap-order-unknown", "gap1", false, NULL, {{0, "gap1.at", "0400"}, {0, "gap1.value", "1"}}},
    {"time-outside-window",
     "gap1",
     false,
     NULL,
     {{0, "gap1.order", "1"}, {0, "gap1.at", "0900"}, {0, "gap1.value", "1"}}},
    {"order-unknown", "row1.slot1", true, "DELETE FROM medication_request WHERE request_id='ord-0-1'", {GIVEN}},
    {"order-unknown",
     "row1.slot1",
     true,
     "INSERT INTO patient(patient_id, identifier_system, identifier_value, subject_hash, source_hash) "
     "VALUES('pat-x','s','x',x'0000000000000009',x'00'); "
     "UPDATE medication_request SET patient_id='pat-x', row_version=2 WHERE request_id='ord-0-1'",
     {GIVEN}},
    {"order-stopped", "row1.slot1", true, ORDER("status='stopped'"), {GIVEN}},
    {"order-stopped", "row1.slot1", true, ORDER("status='completed'"), {GIVEN}},
    {"order-on-hold", "row1.slot1", true, ORDER("status='on-hold'"), {GIVEN}},
    {"order-changed", "row1.slot1", true, ORDER("dose='500', dose_unit='mg'"), {GIVEN}},
    {"order-changed", "row1.slot1", true, ORDER("route='IV'"), {GIVEN}},
    {"order-changed", "row1.slot1", true, ORDER("medication='paracetamol forte'"), {GIVEN}},
    {"allergy-contradicts",
     "row1.slot1",
     true,
     "INSERT INTO allergy(allergy_id, patient_id, kind, substance, status, source_hash) "
     "VALUES('new','pat-0','substance','Paracétamol (per os)','active',x'00')",
     {GIVEN}},
    {"allergy-contradicts",
     "row1.slot1",
     true,
     "INSERT INTO medication(medication_id, name, code_system, code, source_hash) VALUES('m','x','urn:c','P1',x'00'); "
     "UPDATE medication_request SET medication_id='m', row_version=2 WHERE request_id='ord-0-1'; "
     "INSERT INTO allergy(allergy_id, patient_id, kind, substance, code_system, code, source_hash) "
     "VALUES('new','pat-0','substance','?','urn:c','P1',x'00')",
     {GIVEN}},
    {"dose-there-different",
     "row1.slot1",
     true,
     LIVE("live", "'ord-0-1','p'", "completed", "'500'",
          "'mg',"
          "1795420800,x'00')",
          ""),
     {GIVEN}},
    {"dose-there-different",
     "row1.slot1",
     true,
     LIVE("live", "'ord-0-1','p'", "not-done", "NULL",
          "NULL,"
          "1795420800,x'00')",
          ""),
     {GIVEN}},
    {"dose-there-different", /* charted at 09:45, given at 09:00 says paper: one dose or two? */
     "row1.slot1",
     true,
     LIVE("live", "NULL,'Paracetamol'", "completed", "'1'",
          "'g',"
          "1795424000,x'00')",
          ""),
     {GIVEN, {0, "row1.slot1.at", "0900"}}},
    {"dose-there-different", /* charted as given, refused says paper */
     "row1.slot1",
     true,
     LIVE("live", "'ord-0-1','p'", "completed", "'1'",
          "'g',"
          "1795420800,x'00')",
          ""),
     {{0, "row1.slot1.reason", "1"}}},
    {"superseded",
     "row1.slot1",
     true,
     LIVE("paper:K7QD-M3XA-D:row9.slot9:1", "'ord-0-1','p'", "not-done", "NULL",
          "NULL,"
          "1795420800,x'00',1795420800,1)",
          ", due_utc, from_paper"),
     {GIVEN}},
    {"interval-short",
     "prn1.slot2",
     true,
     NULL,
     {{0, "prn1.slot1.at", "0910"},
      {0, "prn1.slot1.value", "400"},
      {0, "prn1.slot2.at", "1400"},
      {0, "prn1.slot2.value", "400"}}},
    {"interval-short",
     "prn1.slot1",
     true,
     LIVE("live", "'ord-0-3','p'", "completed", "'400'",
          "'mg',"
          "1795410000,x'00')",
          ""),
     {{0, "prn1.slot1.at", "0910"}, {0, "prn1.slot1.value", "400"}}},
    {"interval-short", /* the record's dose came after it */
     "prn1.slot1",
     true,
     LIVE("live", "'ord-0-3','p'", "completed", "'400'",
          "'mg',"
          "1795430000,x'00')",
          ""),
     {{0, "prn1.slot1.at", "0910"}, {0, "prn1.slot1.value", "400"}}},
    {"over-maximum",
     "prn1.slot2",
     true,
     NULL,
     {{0, "prn1.slot1.at", "0910"},
      {0, "prn1.slot1.value", "800"},
      {0, "prn1.slot2.at", "1600"},
      {0, "prn1.slot2.value", "800"}}},
    {"over-maximum", /* in another unit, within 24 hours but before the snapshot */
     "prn1.slot1",
     true,
     LIVE("live", "'ord-0-3','p'", "completed", "'1.0'",
          "'g',"
          "1795385000,x'00')",
          ""),
     {{0, "prn1.slot1.at", "0910"}, {0, "prn1.slot1.value", "400"}}},
    {"order-stopped",
     "prn1.slot1",
     true,
     "UPDATE medication_request SET status='stopped', row_version=2 WHERE request_id='ord-0-3'",
     {{0, "prn1.slot1.at", "0910"}, {0, "prn1.slot1.value", "400"}}},
    {"patient-merged",
     "row1.slot1",
     false,
     "UPDATE patient SET replaced_by='pat-x', row_version=2 WHERE patient_id='pat-0'",
     {GIVEN}},
    {"patient-deceased",
     "row1.slot1",
     false,
     "UPDATE patient SET deceased=1, deceased_utc=1795420000, row_version=2 WHERE patient_id='pat-0'",
     {GIVEN}},
    {"patient-discharged",
     "row1.slot1",
     false,
     "UPDATE encounter SET end_utc=1795420000, status='finished', row_version=2 WHERE encounter_id='enc-0'",
     {GIVEN}},
    {"identity-changed",
     "row1.slot1",
     true,
     "UPDATE patient SET family='LAMBERT', given='Paul', row_version=2 WHERE patient_id='pat-0'",
     {GIVEN}},
    {"identity-changed",
     "row1.slot1",
     true,
     "UPDATE patient SET birth_date='1951-01-02', row_version=2 WHERE patient_id='pat-0'",
     {GIVEN}},
    {"order-status-changed", "row1.verify", true, ORDER("status='stopped'"), {{0, "row1.verify.continue", "ticked"}}},
    {"order-status-changed", "row1.verify", true, ORDER("status='on-hold'"), {{0, "row1.verify.stop", "ticked"}}},
    {"order-unknown",
     "row1.verify",
     true,
     "DELETE FROM medication_request WHERE request_id='ord-0-1'",
     {{0, "row1.verify.stop", "ticked"}}},
    {"decision-contradicts",
     "row1.verify",
     false,
     NULL,
     {{0, "row1.verify.stop", "ticked"}, {0, "row1.verify.changed", "11"}}},
    {"superseded",
     "row1.verify",
     true,
     "INSERT INTO order_decision(decision_id, patient_id, request_id, decision, box_um, image_sha256, source_hash) "
     "VALUES('paper:K7QD-M3XA-D:row1.verify:1','pat-0','ord-0-1','stop','0,0,1,1',zeroblob(32),x'00')",
     {{0, "row1.verify.continue", "ticked"}}},
    {"allergy-changed", "allergy", true, NULL, {{0, "allergy.changed", "ticked"}}},
    {"allergy-list-differs",
     "allergy",
     true,
     "INSERT INTO allergy(allergy_id, patient_id, kind, substance, status, source_hash) "
     "VALUES('new','pat-0','substance','Iode','active',x'00')",
     {{0, "allergy.same", "ticked"}}},
    {"allergy-list-differs",
     "allergy",
     true,
     "UPDATE allergy SET status='resolved', row_version=2",
     {{0, "allergy.same", "ticked"}}},
};

#define PAPER_OF                                                                                                       \
    "SELECT (SELECT count(*) FROM medication_administration WHERE administration_id LIKE '%%:%s:1' AND "               \
    "from_paper=1 AND administration_id NOT LIKE '%%K7QD%%')"                                                          \
    "+(SELECT count(*) FROM order_decision WHERE decision_id LIKE '%%:%s:1' AND decision_id NOT LIKE '%%K7QD%%')"      \
    "+(SELECT count(*) FROM order_proposal WHERE proposal_id LIKE '%%:%s:1')"                                          \
    "+(SELECT count(*) FROM allergy_check WHERE check_id LIKE '%%:%s:1')"

static int64_t rows_of(struct ward *w, const char *capture)
{
    struct repli_arena a = {0};
    int64_t n = ward_count(w, true, repli_arena_printf(&a, PAPER_OF, capture, capture, capture, capture));
    repli_arena_done(&a);
    return n;
}

static void run_sql(struct ward *w, const char *sql)
{
    struct repli_arena a = {0};
    char *all = repli_arena_strdup(&a, sql ? sql : ""), *rest = NULL;
    for (char *one = strtok_r(all, ";", &rest); one; one = strtok_r(NULL, ";", &rest))
        if (strspn(one, " ") < strlen(one))
            ward_exec(w, true, one);
    repli_arena_done(&a);
}

static void decide(struct ward *w, const struct hold_case *c, const char *choice, enum repli_status wanted)
{
    char sheet[16];
    ward_sheet_name(0, sheet);
    w->err = (struct repli_err){0};
    if (repli_review_decide(w->site, w->ledger, sheet, c->capture, choice, "cy", &w->err) != wanted)
        fail_msg("%s of %s: decide %s: %s", c->why, c->capture, choice, w->err.text);
}

/* Held by its name, nothing of it in the record; a person decides: for paper where that makes sense, and then it is in
** there once, with the patient's other rows untouched; else noted, and the sheet is done. */
static void one_hold(const struct hold_case *c)
{
    struct ward w;
    struct repli_arena a = {0};
    make(&w, c->ink, 1);
    run_sql(&w, c->sql);
    ward_key_all(&w);
    enum repli_status s = ward_merge(&w, false, NULL);
    char *got = ward_text(
        &w, false, repli_arena_printf(&a, "SELECT kind||': '||detail FROM hold WHERE capture='%s'", c->capture), &a);
    if (s != REPLI_WAITS || !got || strncmp(got, c->why, strlen(c->why)) != 0 || got[strlen(c->why)] != ':')
        fail_msg("%s: not held as %s but %s", c->capture, c->why, got ? got : "(merged)");
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold"), 1);
    assert_int_equal(rows_of(&w, c->capture), 0);
    decide(&w, c, "paper", c->paper ? REPLI_OK : REPLI_DATA);
    if (!c->paper)
        decide(&w, c, "note", REPLI_OK);
    s = ward_merge(&w, false, NULL);
    if (s != REPLI_OK)
        fail_msg("%s of %s: decided, and still held: %s", c->why, c->capture,
                 ward_text(&w, false, "SELECT kind||detail FROM hold WHERE decided IS NULL", &a));
    assert_int_equal(rows_of(&w, c->capture), c->paper);
    assert_int_equal(
        ward_count(&w, true, "SELECT count(*)>0 FROM paper_entry WHERE decided IS NOT NULL AND decided_by='cy'"), 1);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 1);
    ward_drop(&w);
    repli_arena_done(&a);
}

static void every_conflict_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        one_hold(&cases[i]);
}

/* What cannot be used and is no conflict: held by name, and a person does not choose between values. */
static void held_without_a_choice(void **state)
{
    static const struct hold_case held[] = {
        {"no-time", "prn1.slot1", false, NULL, {{0, "prn1.slot1.value", "400"}}},
        {"no-time", "prn1.slot1", false, NULL, {{0, "prn1.slot1.effect", "2"}}},
        {"no-dose", "prn1.slot1", false, NULL, {{0, "prn1.slot1.at", "0910"}}},
        {"no-dose", "gap2", false, NULL, {{0, "gap2.order", "1"}, {0, "gap2.at", "0410"}}},
        {"two-choices",
         "row1.verify",
         false,
         NULL,
         {{0, "row1.verify.stop", "ticked"}, {0, "row1.verify.continue", "ticked"}}},
        {"two-choices", "allergy", false, NULL, {{0, "allergy.same", "ticked"}, {0, "allergy.unable", "ticked"}}},
        {"two-choices",
         "new1",
         false,
         NULL,
         {{0, "new1.value", "5"}, {0, "new1.unit_mg", "ticked"}, {0, "new1.unit_g", "ticked"}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof held / sizeof *held; i++) {
        struct ward w;
        struct repli_arena a = {0};
        make(&w, held[i].ink, 1);
        ward_key_all(&w);
        assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
        char *got = ward_text(&w, false, "SELECT capture||' '||kind FROM hold", &a);
        assert_string_equal(got, repli_arena_printf(&a, "%s %s", held[i].capture, held[i].why));
        assert_int_equal(rows_of(&w, held[i].capture), 0);
        decide(&w, &held[i], "note", REPLI_DATA);
        ward_drop(&w);
        repli_arena_done(&a);
    }
}

/* The record has the same already: noted with its row, nothing is applied, the sheet is done. */
static void the_same_is_noted(void **state)
{
    static const struct {
        const char *target;
        struct hold_case c;
    } same[] = {
        {"medication_administration/live",
         {"",
          "row1.slot1",
          false,
          LIVE("live", "'ord-0-1','p'", "completed", "'1000'",
               "'mg',"
               "1795423000,x'00')",
               ""),
          {GIVEN}}},
        {"medication_administration/live",
         {"",
          "row1.slot1",
          false,
          LIVE("live", "NULL,'PARACETAMOL'", "completed", "NULL",
               "NULL,"
               "1795421500,x'00')",
               ""),
          {GIVEN, {0, "row1.slot1.at", "0905"}}}},
        {"medication_administration/live",
         {"",
          "row1.slot3",
          false,
          LIVE("live", "'ord-0-1','p'", "not-done", "NULL",
               "NULL,"
               "1795464000,x'00')",
               ""),
          {{0, "row1.slot3.reason", "1"}}}},
        {"medication_administration/live",
         {"",
          "prn1.slot1",
          false,
          LIVE("live", "'ord-0-3','p'", "completed", "'400'",
               "'mg',"
               "1795421700,x'00')",
               ""),
          {{0, "prn1.slot1.at", "0910"}, {0, "prn1.slot1.value", "400"}}}},
        {"medication_request/ord-0-1",
         {"", "row1.verify", false, ORDER("status='stopped'"), {{0, "row1.verify.stop", "ticked"}}}},
        {"order_decision/paper:K7QD-M3XA-D:row1.verify:1",
         {"",
          "row1.verify",
          false,
          "INSERT INTO order_decision(decision_id, patient_id, request_id, decision, box_um, image_sha256, "
          "source_hash) VALUES('paper:K7QD-M3XA-D:row1.verify:1','pat-0','ord-0-1','continue','0,0,1,1',"
          "zeroblob(32),x'00')",
          {{0, "row1.verify.continue", "ticked"}}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct ward w;
        struct repli_arena a = {0};
        char before[65], after[65];
        make(&w, same[i].c.ink, 1);
        run_sql(&w, same[i].c.sql);
        ward_key_all(&w);
        ward_patient_digest(&w, before);
        if (ward_merge(&w, false, NULL) != REPLI_OK)
            fail_msg("%zu: %s", i, ward_text(&w, false, "SELECT kind||detail FROM hold", &a));
        ward_patient_digest(&w, after);
        assert_string_equal(before, after);
        assert_string_equal(ward_text(&w, true, "SELECT min(effect||' '||target) FROM paper_entry", &a),
                            repli_arena_printf(&a, "already-there %s", same[i].target));
        assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 1);
        ward_drop(&w);
        repli_arena_done(&a);
    }
}

/* Things that look like trouble and are none. */
static void merges_without_asking(void **state)
{
    static const struct hold_case fine[] = {
        /* accents, case and order of the words of a name */
        {"",
         "row1.slot1",
         true,
         "UPDATE patient SET family='Dup\xC3\xB3nt', given='MARIE', row_version=2 WHERE patient_id='pat-0'",
         {GIVEN}},
        {"",
         "row1.slot1",
         true,
         "UPDATE patient SET family=NULL, given=NULL, name_text='Marie Dupont', row_version=2 WHERE patient_id='pat-0'",
         {GIVEN}},
        /* not given, of an order that was stopped since */
        {"", "row1.slot3", true, ORDER("status='stopped'"), {{0, "row1.slot3.reason", "7"}}},
        /* the order came to its planned end after the dose */
        {"", "row1.slot1", true, ORDER("status='completed', end_utc=1795500000"), {GIVEN}},
        /* the same dose in another unit, another order's dose, and the dose before this one */
        {"", "row1.slot1", true, ORDER("dose='1000', dose_unit='MG'"), {GIVEN}},
        {"",
         "row1.slot1",
         true,
         LIVE("live", "'ord-0-2','p'", "completed", "'9'",
              "'g',"
              "1795420800,x'00')",
              ""),
         {GIVEN}},
        {"",
         "row1.slot2",
         true,
         LIVE("live", "'ord-0-1','p'", "completed", "'1'",
              "'g',"
              "1795421000,x'00')",
              ""),
         {{0, "row1.slot2.status", "ticked"}}},
        /* an allergy that was refuted, one to something else */
        {"",
         "row1.slot1",
         true,
         "INSERT INTO allergy(allergy_id, patient_id, kind, substance, certainty, source_hash) "
         "VALUES('new','pat-0','substance','paracetamol','refuted',x'00')",
         {GIVEN}},
        {"",
         "row1.slot1",
         true,
         "INSERT INTO allergy(allergy_id, patient_id, kind, substance, source_hash) "
         "VALUES('new','pat-0','substance','acide acetylsalicylique',x'00')",
         {GIVEN}},
        /* as needed: exactly the interval apart, exactly the maximum */
        {"",
         "prn1.slot2",
         true,
         NULL,
         {{0, "prn1.slot1.at", "0910"},
          {0, "prn1.slot1.value", "600"},
          {0, "prn1.slot2.at", "1510"},
          {0, "prn1.slot2.value", "600"}}},
        {"", "allergy", true, NULL, {{0, "allergy.unable", "ticked"}}},
        /* a line on which only a drug's name is written is a proposal */
        {"", "once1", true, NULL, {{0, "once1.drug", "ink"}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        struct ward w;
        struct repli_arena a = {0};
        char one[65], two[65];
        make(&w, fine[i].ink, 1);
        run_sql(&w, fine[i].sql);
        ward_key_all(&w);
        if (ward_merge(&w, false, NULL) != REPLI_OK)
            fail_msg("%zu: %s", i, ward_text(&w, false, "SELECT kind||' '||detail FROM hold", &a));
        if (rows_of(&w, fine[i].capture) != 1)
            fail_msg("%zu: %s is not in the record", i, fine[i].capture);
        ward_whole_digest(&w, one);
        assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
        ward_whole_digest(&w, two);
        assert_string_equal(one, two);
        ward_drop(&w);
        repli_arena_done(&a);
    }
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

/* Two sheets of one patient, the second printed later: the dose that the first merged is noted where the second says the
** same, and a conflict where it says something else. */
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

/* A clear tick and a person who saw something else wait for a third; two keys that differ do too; nothing merges before. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_once),
        cmocka_unit_test(untouched_sheet_asks_nobody),
        cmocka_unit_test(who_is_asked),
        cmocka_unit_test(every_conflict_by_name),
        cmocka_unit_test(held_without_a_choice),
        cmocka_unit_test(the_same_is_noted),
        cmocka_unit_test(merges_without_asking),
        cmocka_unit_test(gap_and_outage),
        cmocka_unit_test(named_when_it_comes_twice),
        cmocka_unit_test(a_sheet_that_was_superseded),
        cmocka_unit_test(two_people_for_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
