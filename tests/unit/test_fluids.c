/* What a chart of fluids becomes in the record: amounts of their hours, infusions, and sums that are never taken. */
#include "unit/chart_cases.h"

/* Amounts of their hours, before and after midnight; sums are compared and never taken: one is right, one is not. */
static void fluids_by_the_hour(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {
        {0, "head.day", "23"},    {0, "early3.drunk", "200"},   {0, "early3.urine", "350"},
        {0, "early4.iv1", "125"}, {0, "night3.stool", "80"},    {0, "sum1.in", "325"},
        {0, "sum1.out", "300"},   {0, "sum1.net", "25"},        {0, "sum1.minus", "ticked"},
        {0, "sum3.out", "80"},    {0, "sum24.in", "325"},       {0, "sum24.out", "350"},
        {0, "sum24.net", "105"},  {0, "sum24.minus", "ticked"}, {0, NULL, NULL}};
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
    /* of 24 hours: all blocks, not the last one alone */
    assert_null(strstr(lines.data, "\"field\":\"sum24.in\",\"detail\""));
    assert_null(strstr(lines.data, "\"field\":\"sum24.net\",\"detail\""));
    assert_non_null(strstr(lines.data, "\"field\":\"sum24.out\",\"detail\":\"350 mL is written, the amounts add up to "
                                       "430 mL"));
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
        cmocka_unit_test(fluids_by_the_hour),     cmocka_unit_test(a_sum_with_a_hole),
        cmocka_unit_test(the_hour_of_a_row),      cmocka_unit_test(another_amount_of_that_hour),
        cmocka_unit_test(hours_and_the_outage),   cmocka_unit_test(infusions),
        cmocka_unit_test(two_lines_in_one_minute)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
