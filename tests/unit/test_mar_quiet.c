/* Medication sheets that need nobody to decide: what is charted already, and what only looks like trouble. */
#include "unit/mar_cases.h"

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

/* The record has the same already: noted with its row, nothing is applied, the sheet is done. */
static void the_same_is_noted(void **state)
{
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
    /* nor one that shares no more with it than "acid" */
    {"",
     "row1.slot1",
     true,
     "INSERT INTO medication(medication_id, ingredients, source_hash) VALUES('m','acide citrique',x'00'); "
     "UPDATE medication_request SET medication_id='m', row_version=2 WHERE request_id='ord-0-1'; "
     "INSERT INTO allergy(allergy_id, patient_id, kind, substance, source_hash) VALUES('new','pat-0','substance',"
     "'acide acetylsalicylique',x'00')",
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
    /* another unit of the record's earlier dose: 0.8 g and 400 mg are the maximum, not over it */
    {"",
     "prn1.slot1",
     true,
     LIVE("live", "'ord-0-3','p'", "completed", "'0.8'",
          "'g',"
          "1795385000,x'00')",
          ""),
     {{0, "prn1.slot1.at", "0910"}, {0, "prn1.slot1.value", "400"}}},
    /* a high-alert drug in the gap, on a line with room for one nurse */
    {"",
     "gap1",
     true,
     NULL,
     {{0, "gap1.order", "2"}, {0, "gap1.at", "0410"}, {0, "gap1.value", "5"}, {0, "gap1.by", "ink"}}},
    {"", "allergy", true, NULL, {{0, "allergy.unable", "ticked"}}},
    /* a line on which only a drug's name is written is a proposal */
    {"", "once1", true, NULL, {{0, "once1.drug", "ink"}}},
};

static void merges_without_asking(void **state)
{
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

static void keep_json(void *user, const char *json)
{
    repli_buf_puts(user, json);
    repli_buf_puts(user, "\n");
}

/* A pharmacist finds what was written as orders in one list, with the picture of the drug; undone, it is gone. */
static void proposals_are_listed(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "new1.drug", "ink"},
                                          {0, "new1.value", "10"},
                                          {0, "new1.unit_mg", "ticked"},
                                          {0, "new1.signature", "ink"},
                                          {0, NULL, NULL}};
    struct ward w;
    struct repli_buf list = {0};
    make(&w, ink, 1);
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(repli_review_proposals(w.ledger, w.record, keep_json, &list, &w.err), REPLI_OK);
    assert_non_null(list.data);
    assert_ptr_equal(strchr(list.data, '\n'), list.data + list.len - 1);
    static const char *const says[] = {
        "\"capture\":\"new1\"", "\"field\":\"new1.drug\"", "\"crop\":\"crops/", "\"dose\":\"10\",\"unit\":\"mg\"",
        "\"number\":\"11\"",    "\"signature\":\"ink\"",   "\"drug\":null"};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        if (!strstr(list.data, says[i]))
            fail_msg("no %s in %s", says[i], list.data);
    repli_buf_done(&list);
    assert_int_equal(repli_merge_undo(w.site, w.ledger, w.record, "M0-1", "cy", "wrong", &w.err), REPLI_OK);
    assert_int_equal(repli_review_proposals(w.ledger, w.record, keep_json, &list, &w.err), REPLI_OK);
    assert_int_equal(list.len, 0);
    repli_buf_done(&list);
    ward_drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_noted),
        cmocka_unit_test(merges_without_asking),
        cmocka_unit_test(proposals_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
