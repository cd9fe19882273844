/* Everything of a medication sheet that may not merge: by name, and as people decide it. */
#include "unit/mar_cases.h"

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
    {"code-unknown",
     "prn1.slot1",
     false,
     NULL,
     {{0, "prn1.slot1.at", "0910"}, {0, "prn1.slot1.value", "400"}, {0, "prn1.slot1.effect", "3"}}},
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
    {"no-time", "prn1.slot1", false, NULL, {{0, "prn1.slot1.value", "400"}}},
    {"no-time", "prn1.slot1", false, NULL, {{0, "prn1.slot1.effect", "2"}}},
    {"no-dose", "prn1.slot1", false, NULL, {{0, "prn1.slot1.at", "0910"}}},
    {"no-dose", "gap2", false, NULL, {{0, "gap2.order", "1"}, {0, "gap2.at", "0410"}}},
    {"high-alert-one-nurse",
     "gap2",
     true,
     NULL,
     {{0, "gap2.order", "2"}, {0, "gap2.at", "0410"}, {0, "gap2.value", "5"}, {0, "gap2.by", "ink"}}},
    {"high-alert-one-nurse",
     "gap1",
     true,
     NULL,
     {{0, "gap1.order", "2"}, {0, "gap1.at", "0410"}, {0, "gap1.value", "5"}}},
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
     {{0, "gap1.order", "1"}, {0, "gap1.at", "!0801"}, {0, "gap1.value", "1"}}},
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
     true,
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_conflict_by_name),
        cmocka_unit_test(held_without_a_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
