/* What sheets of orders, of glucose and insulin and of fluids become in the record, and what holds them: real forms, laid
** out, read and keyed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/ward.h"

#define T(hour) (WARD_WINDOW_UTC + (hour)*3600LL) /* window: 08:00 in Brussels */

static void make(struct ward *w, const char *form, int side, const struct ward_ink *ink)
{
    ward_make_form(w, form, form, side, ink);
    ward_open(w);
}

static int64_t count(struct ward *w, const char *sql)
{
    return ward_count(w, true, sql);
}

/* Keyed by two people and merged; what was said is in *lines. */
static void merged(struct ward *w, enum repli_status wanted, struct repli_buf *lines)
{
    ward_key_all(w);
    enum repli_status s = ward_merge(w, false, lines);
    if (s != wanted)
        fail_msg("merge ends with %d: %s%s", s, w->err.text, lines && lines->data ? lines->data : "");
}

/* Undone, the record is as before; merged again, nothing goes in twice. */
static void once_and_out(struct ward *w, const char *before)
{
    char first[65], again[65], after[65];
    ward_patient_digest(w, first);
    (void)ward_merge(w, false, NULL);
    ward_patient_digest(w, again);
    assert_string_equal(first, again);
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-1", "cy", "test", &w->err), REPLI_OK);
    ward_patient_digest(w, after);
    assert_string_equal(before, after);
}

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

/* A limit of care is shown to whoever decides and is no flag; a prescriber's number is filed, a wrong one asked again. */
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

/* A dose with time, dose, place and two initials goes in under its order; one that stands on the medication sheet too is
** the same dose; without second initials, time or dose it waits. */
static void insulin_as_given(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {
        INSULIN("1", "1205", "8"), {0, "insulin1.slot1.by2", "ink"}, {0, "insulin1.slot1.thigh", "ticked"},
        INSULIN("2", "1810", "6"), {0, "insulin1.slot3.dose", "4"},  {0, "insulin1.slot3.by", "ink"},
        INSULIN("4", "0900", "6"), {0, "insulin1.slot4.by2", "ink"}, {0, NULL, NULL}};
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

/* ---- fluids */

/* Amounts of their hours, before and after midnight; sums are compared and never taken: one is right, one is not. */
static void fluids_by_the_hour(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "head.day", "23"},
                                          {0, "early3.drunk", "200"},
                                          {0, "early3.urine", "350"},
                                          {0, "early4.iv1", "125"},
                                          {0, "night3.stool", "80"},
                                          {0, "sum1.in", "325"},
                                          {0, "sum1.out", "300"},
                                          {0, "sum1.net", "25"},
                                          {0, "sum1.minus", "ticked"},
                                          {0, "sum3.out", "80"},
                                          {0, NULL, NULL}};
    struct ward w;
    struct repli_buf lines = {0};
    char before[65];
    make(&w, "fluid", 1, ink);
    ward_patient_digest(&w, before);
    merged(&w, REPLI_OK, &lines);
    assert_int_equal(count(&w, "SELECT count(*) FROM fluid"), 4);
    assert_int_equal(count(&w, "SELECT count(*) FROM fluid WHERE direction='in' AND code='9000-1' AND "
                               "code_system='http://loinc.org' AND amount_ml='200' AND start_utc=1795417200 AND "
                               "end_utc=1795420800 AND patient_id='pat-0'"),
                     1);
    assert_int_equal(
        count(&w, "SELECT count(*) FROM fluid WHERE direction='out' AND code='9187-6' AND amount_ml='350'"), 1);
    assert_int_equal(count(&w, "SELECT count(*) FROM fluid WHERE code_system='urn:repli' AND code='fluid-in-iv1'"), 1);
    assert_int_equal(count(&w, "SELECT count(*) FROM fluid WHERE code='9217-1' AND start_utc=1795474800"), 1);
    assert_non_null(strstr(lines.data, "\"field\":\"sum1.out\",\"detail\":\"300 mL is written, the amounts add up to "
                                       "350 mL"));
    assert_null(strstr(lines.data, "\"field\":\"sum1.in\",\"detail\""));
    assert_null(strstr(lines.data, "\"field\":\"sum1.net\",\"detail\""));
    assert_null(strstr(lines.data, "\"field\":\"sum3.out\",\"detail\""));
    assert_int_equal(count(&w, "SELECT count(*) FROM paper_entry WHERE field='sum1.out' AND value='300' AND "
                               "target='fluid_sum/350' AND effect='note'"),
                     1);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 1);
    repli_buf_done(&lines);
    once_and_out(&w, before);
    ward_drop(&w);
}

/* A sum with an amount that nobody can read is not compared; the amount waits. */
static void a_sum_with_a_hole(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {
        {0, "early3.drunk", "200"}, {0, "early4.drunk", "100"}, {0, "sum1.in", "900"}, {0, NULL, NULL}};
    const char *odd[] = {"early4.drunk", "\"answer\":\"illegible\""};
    struct ward w;
    struct repli_buf lines = {0};
    make(&w, "fluid", 1, ink);
    ward_key(&w, "an", ward_say_else, odd, false);
    assert_int_equal(ward_merge(&w, false, &lines), REPLI_WAITS);
    assert_non_null(strstr(lines.data, "1 amount cannot be read, so that nothing is compared"));
    assert_int_equal(count(&w, "SELECT count(*) FROM fluid"), 1);
    repli_buf_done(&lines);
    ward_drop(&w);
}

struct hour_case {
    const char *day, *row; /* day NULL: not written */
    int64_t start;         /* 0: held */
};

/* The hour of a row, with and without the day above: window 23 Nov 08:00 to 24 Nov 08:00. */
static void the_hour_of_a_row(void **state)
{
    (void)state;
    static const struct hour_case cases[] = {
        {NULL, "early3.urine", T(0)},  {"23", "early3.urine", T(0)},  {"24", "early3.urine", 0},
        {NULL, "early1.urine", T(22)}, {"23", "early1.urine", 0}, /* six o'clock of the 23rd was before this sheet */
        {"24", "early1.urine", T(22)}, {"23", "night8.urine", T(21)}, {"!22", "night8.urine", 0},
        {NULL, "night8.urine", T(21)}, {"23", "night2.urine", T(15)}, {"23", "night3.urine", T(16)}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ward_ink ink[] = {
            {0, cases[i].row, "50"}, {0, cases[i].day ? "head.day" : NULL, cases[i].day}, {0, NULL, NULL}};
        struct ward w;
        char sql[120];
        make(&w, "fluid", 1, ink);
        merged(&w, cases[i].start ? REPLI_OK : REPLI_WAITS, NULL);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM fluid WHERE start_utc=%lld", (long long)cases[i].start);
        if (count(&w, sql) != (cases[i].start != 0) || count(&w, "SELECT count(*) FROM fluid") != (cases[i].start != 0))
            fail_msg("case %zu: %s with day %s", i, cases[i].row, cases[i].day ? cases[i].day : "-");
        if (!cases[i].start)
            assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE kind='hour-outside-window'"), 1);
        ward_drop(&w);
    }
}

struct clash {
    const char *sql, *why; /* what the record has; held as, NULL: noted */
};
#define FLUID(code, ml, at)                                                                                            \
    "INSERT INTO fluid(fluid_id, patient_id, direction, code_system, code, amount_ml, start_utc, end_utc, "            \
    "source_hash) VALUES('paper:K7QD-M3XA-D:x:1','pat-0','out','http://loinc.org','" code "','" ml "'," at "," at      \
    "+3600,x'00')"
#define SEEN(value, at)                                                                                                \
    "INSERT INTO observation(observation_id, patient_id, code_system, code, effective_utc, value, value_kind, unit, "  \
    "status, source_hash) VALUES('live','pat-0','http://loinc.org','9187-6'," at ",'" value                            \
    "','quantity','mL','final',x'00')"

/* Paper against the record: another sheet's amount or another system's of the same hour. */
static void another_amount_of_that_hour(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "early3.urine", "350"}, {0, NULL, NULL}};
    static const struct clash cases[] = {{FLUID("9187-6", "350", "1795417200"), NULL},
                                         {FLUID("9187-6", "300", "1795417200"), "amount-there-different"},
                                         {FLUID("9217-1", "300", "1795417200"), ""}, /* another column */
                                         {FLUID("9187-6", "300", "1795420800"), ""}, /* another hour */
                                         {SEEN("350.0", "1795418000"), NULL},
                                         {SEEN("200", "1795418000"), "amount-there-different"},
                                         {SEEN("200", "1795420800"), ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ward w;
        char sheet[16];
        make(&w, "fluid", 1, ink);
        ward_exec(&w, true, cases[i].sql);
        ward_sheet_name(0, sheet);
        bool held = cases[i].why && *cases[i].why, goes = cases[i].why && !*cases[i].why;
        int64_t there = count(&w, "SELECT count(*) FROM fluid");
        merged(&w, held ? REPLI_WAITS : REPLI_OK, NULL);
        if (count(&w, "SELECT count(*) FROM fluid") != there + goes)
            fail_msg("case %zu", i);
        if (held) { /* both stand beside each other once a person says so */
            assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE kind='amount-there-different'"), 1);
            assert_int_equal(repli_review_decide(w.site, w.ledger, sheet, "early3.urine", "paper", "cy", &w.err),
                             REPLI_OK);
            assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
            assert_int_equal(count(&w, "SELECT count(*) FROM fluid"), there + 1);
        }
        ward_drop(&w);
    }
}

/* An hour in which the outage begins counts; one that was over before does not. */
static void hours_and_the_outage(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "early3.urine", "50"}, {0, "early4.urine", "60"}, {0, NULL, NULL}};
    struct ward w;
    make(&w, "fluid", 1, ink);
    ward_exec(&w, false,
              "INSERT INTO outage(outage_id, drill, from_utc, opened_utc, opened_by) "
              "VALUES('O0-1',0,1795422600,1795417200,'an')"); /* half past nine: hour two has begun */
    merged(&w, REPLI_WAITS, NULL);
    assert_int_equal(count(&w, "SELECT count(*) FROM fluid WHERE amount_ml='60'"), 1);
    assert_int_equal(count(&w, "SELECT count(*) FROM fluid"), 1);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE kind='outside-outage'"), 1);
    ward_drop(&w);
}

/* Infusions: whole ones go in, one of high risk with one nurse and one without a rate wait for a person. */
static void infusions(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {
        {0, "infusion1.fluid", "ink"},  {0, "infusion1.volume", "1000"}, {0, "infusion1.rate", "83,3"},
        {0, "infusion1.start", "2200"}, {0, "infusion1.stop", "0600"},   {0, "infusion1.day", "23"},
        {0, "infusion1.left", "650"},   {0, "infusion1.by", "ink"},      {0, "infusion2.rate", "2,0"},
        {0, "infusion2.start", "1000"}, {0, "infusion2.high", "ticked"}, {0, "infusion2.by", "ink"},
        {0, "infusion3.fluid", "ink"},  {0, "infusion3.start", "1100"},  {0, "infusion4.rate", "4,0"},
        {0, "infusion5.rate", "1,5"},   {0, "infusion5.start", "1200"},  {0, "infusion5.high", "ticked"},
        {0, "infusion5.by", "ink"},     {0, "infusion5.by2", "ink"},     {0, NULL, NULL}};
    static const char *const why[][2] = {
        {"infusion2", "infusion-one-nurse"}, {"infusion3", "infusion-no-rate"}, {"infusion4", "no-time"}};
    struct ward w;
    char before[65], sheet[16], sql[120];
    make(&w, "fluid", 2, ink);
    ward_sheet_name(0, sheet);
    ward_patient_digest(&w, before);
    merged(&w, REPLI_WAITS, NULL);
    assert_int_equal(count(&w, "SELECT count(*) FROM infusion"), 2);
    assert_int_equal(count(&w, "SELECT count(*) FROM infusion WHERE volume_ml='1000' AND rate_ml_h='83.3' AND "
                               "given_ml='650' AND start_utc=1795467600 AND stop_utc=1795496400 AND high_alert=0"),
                     1);
    assert_int_equal(count(&w, "SELECT count(*) FROM infusion WHERE high_alert=1 AND stop_utc IS NULL"), 1);
    assert_int_equal(count(&w, "SELECT count(*) FROM fluid"), 0);
    for (size_t i = 0; i < 3; i++) {
        snprintf(sql, sizeof sql, "SELECT count(*) FROM hold WHERE capture='%s' AND kind='%s'", why[i][0], why[i][1]);
        assert_int_equal(ward_count(&w, false, sql), 1);
    }
    once_and_out(&w, before);
    ward_drop(&w);
}

/* Two lines looked at in one minute are two values, also when the second is merged later; equal ones too. */
static void two_lines_in_one_minute(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "lines1.at", "1000"},
                                          {0, "lines1.vip", "1"},
                                          {0, "lines2.at", "1000"},
                                          {0, "lines2.vip", "1"},
                                          {0, NULL, NULL}};
    const char *odd[] = {"lines2.vip", "\"answer\":\"nonsense\""};
    struct ward w;
    make(&w, "fluid", 2, ink);
    ward_key(&w, "an", ward_say_else, odd, false);
    ward_key(&w, "bo", ward_say_else, odd, false);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(count(&w, "SELECT count(*) FROM observation WHERE code='vip' AND value='1'"), 1);
    merged(&w, REPLI_OK, NULL);
    assert_int_equal(count(&w, "SELECT count(*) FROM observation WHERE code='vip' AND value='1' AND "
                               "code_system='urn:repli'"),
                     2);
    ward_drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_orders),        cmocka_unit_test(a_line_of_no_kind_and_one_of_two),
        cmocka_unit_test(limits_and_prescribers), cmocka_unit_test(glucose_as_measured),
        cmocka_unit_test(insulin_as_given),       cmocka_unit_test(insulin_on_paper),
        cmocka_unit_test(fluids_by_the_hour),     cmocka_unit_test(a_sum_with_a_hole),
        cmocka_unit_test(the_hour_of_a_row),      cmocka_unit_test(another_amount_of_that_hour),
        cmocka_unit_test(hours_and_the_outage),   cmocka_unit_test(infusions),
        cmocka_unit_test(two_lines_in_one_minute)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
