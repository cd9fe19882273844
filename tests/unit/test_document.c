/* What is written by hand becomes a document of the patient, or of the ward, with its image; nothing of it is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "repli/outage.h"
#include "support/ward.h"

#define T(hour, minute) (WARD_WINDOW_UTC + (hour)*3600LL + (minute)*60LL) /* window: 08:00 Brussels = 07:00 UTC */

static void make(struct ward *w, const struct ward_ink *ink, size_t nsheets)
{
    ward_make_documents(w, "document", nsheets, ink);
    ward_open(w);
}

static void one(struct ward *w, const char *where)
{
    struct repli_arena a = {0};
    if (ward_count(w, true, repli_arena_printf(&a, "SELECT count(*) FROM document WHERE %s", where)) != 1)
        fail_msg(
            "not one document: %s; there are: %s", where,
            ward_text(w, true,
                      "SELECT group_concat(document_id||' '||kind||' '||content||' '||coalesce(written_utc,'-')||' '||"
                      "seen, '; ') FROM document",
                      &a));
    repli_arena_done(&a);
}

static const struct ward_ink written[] = {
    {0, "ask.day", "23"},     {0, "ask.at", "0910"},    {0, "ask.identity", "ticked"}, {0, "ask.code_k", "ticked"},
    {0, "ask.by", "ink"},     {0, "note1.text", "ink"}, {0, "note1.done", "ticked"},   {0, "note2.text", "doubtful"},
    {1, "note2.text", "ink"}, {0, NULL, NULL},
};

/* Codes and roles of ticks, boxes with ink, the time that two people keyed; doubtful ink is filed as such; of a ward's
** sheet no patient is named; undone, nothing is left, and again nothing is doubled. */
static void filed(void **state)
{
    struct ward w;
    char before[65], after[65];
    (void)state;
    make(&w, written, 2);
    ward_patient_digest(&w, before);
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM document"), 4);
    one(&w, "kind='request' AND patient_id='pat-0' AND encounter_id='enc-0' AND form='notes' AND ward='3B' AND "
            "number='1' AND "
            "written_utc=1795421400 AND window_utc=1795417200 AND seen='ink' AND length(image_sha256)=32 AND content="
            "'{\"codes\":[{\"code\":\"2823-3\",\"code_system\":\"http://loinc.org\",\"display\":\"Potassium\"}],"
            "\"ticked\":[\"identity\"],\"values\":{\"at\":\"09:10\",\"day\":\"23\"},\"written\":[\"by\"]}'");
    one(&w, "kind='note' AND number='1' AND written_utc IS NULL AND "
            "content='{\"ticked\":[\"done\"],\"written\":[\"text\"]}'");
    one(&w, "kind='note' AND number='2' AND patient_id='pat-0' AND seen='doubtful' AND "
            "content='{\"doubtful\":[\"text\"]}'");
    one(&w, "kind='note' AND number='2' AND patient_id IS NULL AND encounter_id IS NULL AND ward='3B' AND seen='ink'");
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 2);
    ward_patient_digest(&w, after);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM document"), 4);
    for (int i = 1; i <= 2; i++) {
        char id[8] = "M0-1";
        id[3] = (char)('0' + i);
        assert_int_equal(repli_merge_undo(w.site, w.ledger, w.record, id, "cy", "test", &w.err), REPLI_OK);
    }
    ward_patient_digest(&w, after);
    assert_string_equal(before, after);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM document"), 0);
    ward_drop(&w);
}

/* A sheet that nobody wrote on asks nobody and files nothing; doubtful ticks alone on a request are no question. */
static void untouched(void **state)
{
    static const struct ward_ink nothing[] = {{0, "ask.code_na", "doubtful"}, {0, NULL, NULL}};
    struct ward w;
    (void)state;
    make(&w, nothing, 2);
    assert_int_equal(ward_open_tasks(&w, NULL), 0);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM document"), 0);
    ward_drop(&w);
}

/* A wrong time keeps nothing from being filed; neither does death before it. */
static void without_time(void **state)
{
    static const struct ward_ink late[] = {{0, "ask.day", "!22"},
                                           {0, "ask.at", "0910"},
                                           {0, "ask.code_na", "ticked"},
                                           {0, "note1.text", "ink"},
                                           {0, NULL, NULL}};
    struct ward w;
    (void)state;
    make(&w, late, 2);
    ward_exec(&w, true,
              "UPDATE patient SET deceased=1, deceased_utc=1795417201, row_version=2 WHERE patient_id='pat-0'");
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    one(&w, "kind='request' AND written_utc IS NULL AND content LIKE '%2951-2%'");
    one(&w, "kind='note' AND patient_id='pat-0'");
    ward_drop(&w);
}

/* Of somebody whose birth date is another one now: held for a person, who may say that it counts. */
static void held(void **state)
{
    struct ward w;
    struct repli_arena a = {0};
    char sheet[16];
    (void)state;
    make(&w, written, 2);
    ward_exec(&w, true, "UPDATE patient SET birth_date='1951-01-02', row_version=2 WHERE patient_id='pat-0'");
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM document WHERE patient_id IS NOT NULL"), 0);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE kind='identity-changed'"), 3);
    ward_sheet_name(0, sheet);
    assert_int_equal(repli_review_decide(w.site, w.ledger, sheet, "note1", "paper", "cy", &w.err), REPLI_OK);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK); /* who it is counts for all of the sheet */
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM document WHERE patient_id='pat-0'"), 3);
    repli_arena_done(&a);
    ward_drop(&w);
}

/* A page that is crossed out is not filed as if nothing was. */
static void crossed_out(void **state)
{
    static const struct ward_ink voided[] = {{0, "page.void", "ticked"}, {0, "note1.text", "ink"}, {0, NULL, NULL}};
    struct ward w;
    (void)state;
    make(&w, voided, 2);
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM document"), 0);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE kind='page-void'"), 1);
    ward_drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(filed), cmocka_unit_test(untouched),
                                       cmocka_unit_test(without_time), cmocka_unit_test(held),
                                       cmocka_unit_test(crossed_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
