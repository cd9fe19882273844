#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "repli/csv.h"
#include "repli/interval.h"

static const char *out_of(struct repli_buf *buf, const char *text)
{
    buf->len = 0;
    repli_csv_cell(buf, text, true);
    return buf->data && buf->len ? (buf->data[buf->len] = 0, buf->data) : "";
}

/* What a spreadsheet would run goes out as a text, whatever it is. */
static void defused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"37,5", "\"37,5\""},
                                           {"=1+1", "\"'=1+1\""},
                                           {"+32 2 555", "\"'+32 2 555\""},
                                           {"-5", "\"'-5\""},
                                           {"@SUM(A1)", "\"'@SUM(A1)\""},
                                           {"\t=1", "\"'\t=1\""},
                                           {"\r=1", "\"'\r=1\""},
                                           {"=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""},
                                           {"D'HAESE", "D'HAESE"},
                                           {"'s Gravesande", "'s Gravesande"},
                                           {"'=1", "\"''=1\""},
                                           {"plain", "plain"}};
    struct repli_buf buf = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(out_of(&buf, cases[i][0]), cases[i][1]);
    repli_buf_done(&buf);
}

/* Every text comes back as it went, also names that somebody chose to hurt. */
static void there_and_back(void **state)
{
    (void)state;
    static const char *const names[] = {
        "=cmd|' /C calc'!A0", "+1",         "-1",  "@x", "\tx", "\rx", "'=x",   "''x", "'", "''", "'a", "a,b", "a;b",
        "say \"x\"",          "two\nlines", " x ", "\"", "",    "é=",  "x\r\ny"};
    const size_t n = sizeof names / sizeof *names;
    struct repli_buf buf = {0};
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const char **cells = NULL;
    size_t count = 0, line = 0;
    repli_csv_cell(&buf, "head", true);
    repli_csv_cell(&buf, "two", false);
    repli_csv_end(&buf);
    for (size_t i = 0; i < n; i++)
        repli_csv_cell(&buf, names[i], i == 0);
    repli_csv_end(&buf);
    struct repli_csv *csv = repli_csv_open(buf.data, buf.len, &a);
    assert_int_equal(repli_csv_row(csv, &a, &cells, &count, &line, &err), REPLI_OK);
    assert_int_equal(count, 2);
    assert_int_equal(repli_csv_row(csv, &a, &cells, &count, &line, &err), REPLI_OK);
    assert_int_equal(count, n);
    assert_int_equal(line, 2);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(cells[i], names[i]);
    assert_int_equal(repli_csv_row(csv, &a, &cells, &count, &line, &err), REPLI_OK);
    assert_null(cells);
    repli_arena_done(&a);
    repli_buf_done(&buf);
}

/* Rows as spreadsheets of this country write them; and what is none, by its line. */
static void foreign_rows(void **state)
{
    (void)state;
    static const char semicolons[] = "\xEF\xBB\xBF"
                                     "a;b\r\n\r\n1,5;\"x\r\ny\"\r\nlast;";
    static const char *const bad[][2] = {{"a,b\n\"x", "line 2: a quote"}, {"a\n\"x\"y", "line 2: text behind"}};
    struct repli_arena a = {0};
    const char **cells = NULL;
    size_t count = 0, line = 0;
    struct repli_err err = {0};
    struct repli_csv *csv = repli_csv_open(semicolons, sizeof semicolons - 1, &a);
    assert_int_equal(repli_csv_row(csv, &a, &cells, &count, &line, &err), REPLI_OK);
    assert_string_equal(cells[0], "a");
    assert_int_equal(repli_csv_row(csv, &a, &cells, &count, &line, &err), REPLI_OK);
    assert_int_equal(line, 3);
    assert_string_equal(cells[0], "1,5");
    assert_string_equal(cells[1], "x\r\ny");
    assert_int_equal(repli_csv_row(csv, &a, &cells, &count, &line, &err), REPLI_OK);
    assert_int_equal(line, 5);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < 2; i++) {
        err = (struct repli_err){0};
        csv = repli_csv_open(bad[i][0], strlen(bad[i][0]), &a);
        assert_int_equal(repli_csv_row(csv, &a, &cells, &count, &line, &err), REPLI_OK);
        assert_int_equal(repli_csv_row(csv, &a, &cells, &count, &line, &err), REPLI_DATA);
        assert_non_null(strstr(err.text, bad[i][1]));
    }
    repli_arena_done(&a);
}

static void near(double got, double wanted)
{
    assert_true(got > wanted - 0.0001 && got < wanted + 0.0001);
}

/* Against published tables of Clopper and Pearson's limits, and the rule of three. */
static void intervals(void **state)
{
    (void)state;
    static const struct {
        int64_t hits, n;
        double low, high;
    } cases[] = {{1, 10, 0.0025, 0.4450}, {5, 100, 0.0164, 0.1128}, {10, 10, 0.6915, 1}, {50, 100, 0.3983, 0.6017},
                 {0, 300, 0, 0.01},       {0, 3000, 0, 0.001},      {0, 2, 0, 1},        {0, 0, 0, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_interval in = repli_interval_95(cases[i].hits, cases[i].n);
        near(in.low, cases[i].low);
        near(in.high, cases[i].high);
    }
    assert_string_equal(repli_interval_95(0, 300).method, "rule of three");
    assert_string_equal(repli_interval_95(2, 300).method, "Clopper-Pearson");
    assert_true(repli_interval_95(20, 200000).high < 0.0002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(defused), cmocka_unit_test(there_and_back),
                                       cmocka_unit_test(foreign_rows), cmocka_unit_test(intervals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
