/* What sheets of orders and of glucose and insulin become in the record, and what holds them. */
#include "unit/chart_cases.h"

/* ---- orders */

/* Every kind of line: a medicine told and not read back, an urgent one that was, a stop that names its order, one of no
** printed number, one for the laboratory, one of no kind.  No order and no flag of the record moves. */
static void lines_of_orders(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "order1.med", "ticked"},
                                          {0, "order1.order", "ink"},
                                          {0, "order1.day", "23"},
                                          {0, "order1.at", "0930"},
                                          {0, "order1.phone", "ticked"},
                                          {0, "order1.signature", "ink"},
                                          {0, "order2.iv", "ticked"},
                                          {0, "order2.order", "ink"},
                                          {0, "order2.verbal", "ticked"},
                                          {0, "order2.back", "ticked"},
                                          {0, "order2.by2", "ink"},
                                          {0, "order2.urgent", "ticked"},
                                          {0, "order2.at", "0940"},
                                          {0, "order3.stop", "ticked"},
                                          {0, "order3.stops", "02"},
                                          {0, "order3.at", "0950"},
                                          {0, "order3.signature", "ink"},
                                          {0, "order4.lab", "ticked"},
                                          {0, "order4.order", "ink"},
                                          {0, "order4.at", "1000"},
                                          {0, "order5.stop", "ticked"},
                                          {0, "order5.stops", "77"},
                                          {0, NULL, NULL}};
    struct ward w;
    char before[65];
    make(&w, "orders", 1, ink);
    ward_patient_digest(&w, before);
    merged(&w, REPLI_OK, NULL);
    assert_int_equal(count(&w, "SELECT count(*) FROM order_proposal"), 4);
    assert_int_equal(count(&w, "SELECT count(*) FROM order_proposal WHERE kind='order' AND type='medication' AND "
                               "number='1' AND telephone=1 AND verbal=1 AND read_back=0 AND signature='ink' AND "
                               "ordered_utc=1795422600 AND drug IS NULL AND length(image_sha256)=32"),
                     1);
    assert_int_equal(count(&w,
                           "SELECT count(*) FROM order_proposal WHERE kind='order' AND type='infusion' AND urgent=1 "
                           "AND verbal=1 AND telephone=0 AND read_back=1 AND signature='empty'"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM order_proposal WHERE kind='stop' AND stops_number='2' AND "
                               "stops='ord-0-2' AND drug='insulin NovoRapid' AND verbal=0 AND read_back IS NULL"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM order_proposal WHERE kind='stop' AND stops_number='77' AND stops "
                               "IS NULL AND drug IS NULL"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM paper_entry WHERE target='document/laboratory' AND effect='note' "
                               "AND field='order4.lab' AND event_utc=1795424400"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM medication_request WHERE status<>'active' OR row_version>1"), 0);
    once_and_out(&w, before);
    ward_drop(&w);
}

/* A line whose kind nobody ticked reaches the pharmacist; two kinds at once wait for a person. */
static void a_line_of_no_kind_and_one_of_two(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "order1.order", "ink"},   {0, "order1.at", "0930"},
                                          {0, "order2.med", "ticked"},  {0, "order2.diet", "ticked"},
                                          {0, "order3.diet", "ticked"}, {0, NULL, NULL}};
    struct ward w;
    make(&w, "orders", 1, ink);
    merged(&w, REPLI_WAITS, NULL);
    assert_int_equal(count(&w, "SELECT count(*) FROM order_proposal"), 1);
    assert_int_equal(count(&w, "SELECT count(*) FROM order_proposal WHERE kind='order' AND type IS NULL"), 1);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE capture='order2' AND kind='two-choices'"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM paper_entry WHERE target='document/diet'"), 1);
    ward_drop(&w);
}

static void listed(void *user, const char *json)
{
    repli_buf_puts(user, json);
}

/* A limit of care is shown to whoever decides and is no flag; a prescriber's number is filed, a wrong one asked for
** again. */
static void limits_and_prescribers(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "limit.ntbr", "ticked"},
                                          {0, "limit.day", "23"},
                                          {0, "limit.at", "1100"},
                                          {0, "who1.inami", "10000106003"},
                                          {0, "who1.name", "ink"},
                                          {0, "who2.inami", "!10000107003"},
                                          {0, NULL, NULL}};
    struct ward w;
    struct repli_review_counts n = {0};
    struct repli_buf list = {0};
    char before[65], sheet[16];
    make(&w, "orders", 2, ink);
    ward_patient_digest(&w, before);
    ward_sheet_name(0, sheet);
    assert_int_equal(ward_answer(&w, "an", &n,
                                 "{\"sheet\":\"%s\",\"field\":\"who2.inami\",\"answer\":\"value\",\"value\":"
                                 "\"1-00001-07-003\"}\n",
                                 sheet),
                     REPLI_WAITS);
    assert_int_equal(n.taken, 0);
    merged(&w, REPLI_OK, NULL);
    assert_int_equal(count(&w, "SELECT count(*) FROM order_proposal WHERE kind='care-limit' AND "
                               "type='no-resuscitation' AND signature='empty'"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM order_proposal"), 1);
    assert_int_equal(count(&w, "SELECT count(*) FROM flag"), 0);
    assert_int_equal(count(&w, "SELECT count(*) FROM paper_entry WHERE target='document/prescriber' AND "
                               "value='10000106003' AND field='who1.inami'"),
                     1);
    assert_int_equal(repli_review_proposals(w.ledger, w.record, listed, &list, &w.err), REPLI_OK);
    assert_non_null(strstr(list.data, "\"kind\":\"care-limit\""));
    assert_non_null(strstr(list.data, "\"type\":\"no-resuscitation\""));
    repli_buf_done(&list);
    once_and_out(&w, before);
    ward_drop(&w);
}

/* ---- glucose and insulin */

/* A number is a quantity in mg/dL, LO a text without unit, ketones a value of their own, a doubtful pair waits. */
static void glucose_as_measured(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "bg1.day", "23"},
                                          {0, "bg1.at", "0915"},
                                          {0, "bg1.bg", "142"},
                                          {0, "bg1.by", "ink"},
                                          {0, "bg2.at", "1200"},
                                          {0, "bg2.lo", "ticked"},
                                          {0, "bg2.ketones", "0,3"},
                                          {0, "bg3.at", "1300"},
                                          {0, "bg3.hi", "ticked"},
                                          {0, "bg4.at", "1400"},
                                          {0, "bg4.bg", "90"},
                                          {0, "bg4.lo", "ticked"},
                                          {0, "bg5.at", "1500"},
                                          {0, "bg5.lo", "ticked"},
                                          {0, "bg5.hi", "ticked"},
                                          {0, "more1.bg", "80"},
                                          {0, "low1.at", "1215"},
                                          {0, "low1.bg", "88"},
                                          {0, NULL, NULL}};
    struct ward w;
    char before[65];
    make(&w, "glucose", 1, ink);
    ward_patient_digest(&w, before);
    merged(&w, REPLI_WAITS, NULL);
    assert_int_equal(count(&w, "SELECT count(*) FROM observation WHERE from_paper=1"), 5);
    assert_int_equal(count(&w, "SELECT count(*) FROM observation WHERE code='41653-7' AND value='142' AND "
                               "value_kind='quantity' AND unit='mg/dL' AND effective_utc=1795421700"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM observation WHERE code='41653-7' AND value='LO' AND "
                               "value_kind='text' AND unit IS NULL AND effective_utc=1795431600"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM observation WHERE value='HI' AND value_kind='text'"), 1);
    assert_int_equal(count(&w, "SELECT count(*) FROM observation WHERE code='104816-4' AND value='0.3' AND "
                               "unit='mmol/L' AND effective_utc=1795431600"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM observation WHERE code='41653-7' AND value='88'"), 1);
    assert_int_equal(
        ward_count(&w, false, "SELECT count(*) FROM hold WHERE capture='bg4.bg' AND kind='value-and-tick'"), 1);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE capture='bg5.bg' AND kind='two-choices'"),
                     1);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE capture='more1.bg' AND kind='no-time'"), 1);
    once_and_out(&w, before);
    ward_drop(&w);
}

#define INSULIN(n, at, value)                                                                                          \
    {0, "insulin1.slot" n ".at", at}, {0, "insulin1.slot" n ".dose", value},                                           \
    {                                                                                                                  \
        0, "insulin1.slot" n ".by", "ink"                                                                              \
    }

/* A dose with time, dose, place and two initials goes in under its order; one that stands on the medication sheet too
** is the same dose; without second initials, time or dose it waits. */
static void insulin_as_given(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {
        INSULIN("1", "1205", "8"),  {0, "insulin1.slot1.by2", "ink"}, {0, "insulin1.slot1.thigh", "ticked"},
        INSULIN("2", "1810", "6"),  {0, "insulin1.slot3.dose", "4"},  {0, "insulin1.slot3.by", "ink"},
        INSULIN("4", "!0900", "6"), {0, "insulin1.slot4.by2", "ink"}, {0, NULL, NULL}};
    struct ward w;
    char before[65];
    make(&w, "glucose", 2, ink);
    ward_exec(&w, true,
              "INSERT INTO medication_administration(administration_id, patient_id, request_id, status, medication, "
              "dose, dose_unit, start_utc, from_paper, source_hash) VALUES('paper:K7QD-M3XA-D:row2.slot1:1','pat-0',"
              "'ord-0-2','completed','insulin NovoRapid','6','U',1795420860,1,x'00')");
    ward_patient_digest(&w, before);
    merged(&w, REPLI_WAITS, NULL);
    assert_int_equal(count(&w, "SELECT count(*) FROM medication_administration WHERE request_id='ord-0-2' AND "
                               "status='completed' AND dose='8' AND dose_unit='U' AND site='thigh' AND "
                               "start_utc=1795431900 AND medication='insulin NovoRapid'"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM medication_administration"), 2); /* the other one was there */
    assert_int_equal(ward_count(&w, false,
                                "SELECT count(*) FROM hold WHERE capture='insulin1.slot2' AND "
                                "kind='high-alert-one-nurse'"),
                     1);
    assert_int_equal(
        ward_count(&w, false, "SELECT count(*) FROM hold WHERE capture='insulin1.slot3' AND kind='no-time'"), 1);
    assert_int_equal(count(&w, "SELECT count(*) FROM paper_entry WHERE capture='insulin1.slot4' AND "
                               "effect='already-there'") > 0,
                     1);
    once_and_out(&w, before);
    ward_drop(&w);
}

/* Insulin that is ordered on paper: a proposal in units, never an order and never a dose. */
static void insulin_on_paper(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "paper1.drug", "ink"}, {0, "paper1.dose", "10"},
                                          {0, "paper1.at", "1000"},  {0, "paper1.given", "1010"},
                                          {0, "paper1.by", "ink"},   {0, NULL, NULL}};
    struct ward w;
    make(&w, "glucose", 2, ink);
    merged(&w, REPLI_OK, NULL);
    assert_int_equal(count(&w, "SELECT count(*) FROM order_proposal WHERE kind='once' AND dose='10' AND "
                               "dose_unit='unit' AND given_utc=1795425000"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM medication_administration"), 0);
    ward_drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_orders),        cmocka_unit_test(a_line_of_no_kind_and_one_of_two),
        cmocka_unit_test(limits_and_prescribers), cmocka_unit_test(glucose_as_measured),
        cmocka_unit_test(insulin_as_given),       cmocka_unit_test(insulin_on_paper)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
