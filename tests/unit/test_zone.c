#include "base_tmp.h"

#include "base/zone_internal.h"
#include "repli/asset.h"
#include "repli/clock.h"

static struct repli_zone *zone(const char *name)
{
    struct repli_zone *z = NULL;
    struct repli_err err = {0};
    assert_ok(repli_zone_open(name, &z, &err), &err);
    return z;
}

static int64_t at(const char *text)
{
    int64_t utc = 0;
    struct repli_err err = {0};
    assert_ok(repli_time_parse(text, NULL, &utc, &err), &err);
    return utc;
}

/* Days and dates go there and back over twelve centuries, one after the other, with the right leap years. */
static void calendar(void **state)
{
    (void)state;
    int64_t days = repli_days(1200, 1, 1), year;
    int month, day, y = 1200, m = 1, d = 1;
    for (; y < 2401; days++) {
        repli_days_civil(days, &year, &month, &day);
        assert_true(year == y && month == m && day == d);
        assert_true(repli_days(y, m, d) == days);
        assert_true(repli_date_exists(y, m, d));
        d++;
        if (!repli_date_exists(y, m, d)) {
            d = 1;
            m++;
        }
        if (m > 12) {
            m = 1;
            y++;
        }
    }
    assert_true(repli_days(1970, 1, 1) == 0);
    assert_true(repli_days(2401, 1, 1) - repli_days(2001, 1, 1) == 146097);
    assert_false(repli_date_exists(1900, 2, 29));
    assert_true(repli_date_exists(2000, 2, 29));
}

/* Names that could lead out of the folder of zones, or lead nowhere, are refused. */
static void bad_names(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "/etc/passwd",
                                      "../../../etc/passwd",
                                      "Europe/../Europe/Brussels",
                                      "Europe/",
                                      "Europe",
                                      "Europe/Brussel",
                                      "Europe Brussels",
                                      "Europe/Brussels\n",
                                      "zone.tab",
                                      "tzdata.zi",
                                      "leapseconds",
                                      ".",
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct repli_zone *z = NULL;
        struct repli_err err = {0};
        if (repli_zone_open(bad[i], &z, &err) != REPLI_DATA || z)
            fail_msg("'%s' was taken", bad[i]);
        assert_int_equal(err.status, REPLI_DATA);
    }
    repli_zone_close(NULL);
}

/* The zone that is packed into the program says the same as the system's; every damaged copy is refused or harmless. */
static void packed_zone(void **state)
{
    (void)state;
    const struct repli_asset *packed = repli_asset_get("zone/Europe/Brussels");
    struct repli_zone *z = NULL, *system = zone("Europe/Brussels");
    struct repli_err err = {0};
    assert_non_null(packed);
    assert_ok(repli_zone_parse("Europe/Brussels", packed->data, packed->len, &z, &err), &err);
    for (int64_t utc = 0; utc < at("2100-01-01T00:00Z"); utc += 86400 * 13 + 1800) {
        struct repli_civil a, b;
        repli_zone_civil(z, utc, &a);
        repli_zone_civil(system, utc, &b);
        assert_int_equal(a.offset_s, b.offset_s);
    }
    repli_zone_close(z);
    repli_zone_close(system);
    for (size_t cut = 0; cut < packed->len; cut++) {
        uint8_t *copy = repli_xmalloc(cut);
        memcpy(copy, packed->data, cut);
        z = NULL;
        assert_int_equal(repli_zone_parse("x", copy, cut, &z, NULL), REPLI_DATA);
        assert_null(z);
        free(copy);
    }
    for (size_t i = 0; i < packed->len; i++) {
        uint8_t *copy = repli_xmalloc(packed->len);
        memcpy(copy, packed->data, packed->len);
        copy[i] ^= 0xFF;
        if (repli_zone_parse("x", copy, packed->len, &z, NULL) == REPLI_OK) {
            struct repli_civil c;
            repli_zone_civil(z, 1795395600, &c);
            repli_zone_close(z);
        }
        free(copy);
    }
}

/* Footer rules in all their spellings. */
static void rules(void **state)
{
    (void)state;
    struct zone_rule r;
    assert_true(repli_rule_parse("CET-1CEST,M3.5.0,M10.5.0/3", &r));
    assert_int_equal(repli_rule_offset(&r, at("2026-07-01T00:00Z")), 7200);
    assert_int_equal(repli_rule_offset(&r, at("2026-12-31T23:59:59Z")), 3600);
    assert_true(repli_rule_next(&r, at("2026-07-01T00:00Z")) == at("2026-10-25T01:00Z"));
    assert_true(repli_rule_next(&r, at("2026-10-25T01:00Z")) == at("2027-03-28T01:00Z"));
    assert_true(repli_rule_parse("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", &r)); /* Nuuk: the evening before */
    assert_int_equal(r.start.at_s, -3600);
    assert_int_equal(repli_rule_offset(&r, at("2026-03-29T00:59:59Z")), -7200);
    assert_int_equal(repli_rule_offset(&r, at("2026-03-29T01:00:00Z")), -3600);
    assert_true(repli_rule_parse("EST5EDT,0/0,J365/25", &r)); /* summer time all year */
    for (int64_t utc = at("2026-12-31T00:00Z"); utc < at("2027-01-02T00:00Z"); utc += 900)
        assert_int_equal(repli_rule_offset(&r, utc), -4 * 3600);
    assert_true(repli_rule_parse("AAA0BBB,J60/0,J300/0", &r)); /* J60 is 1 March in every year */
    assert_int_equal(repli_rule_offset(&r, at("2028-02-29T23:59Z")), 0);
    assert_int_equal(repli_rule_offset(&r, at("2028-03-01T00:00Z")), 3600);
    assert_int_equal(repli_rule_offset(&r, at("2027-03-01T00:00Z")), 3600);
    assert_true(repli_rule_parse("AAA0BBB,59/0,300/0", &r)); /* counted from 0, leap day included */
    assert_int_equal(repli_rule_offset(&r, at("2028-02-29T00:00Z")), 3600);
    assert_int_equal(repli_rule_offset(&r, at("2027-02-28T23:59Z")), 0);
    assert_true(repli_rule_parse("EST4EDT,1/0,0365/27", &r)); /* the end of a year lies in the next, behind its start */
    for (int64_t utc = at("2027-01-02T06:00Z"); utc < at("2028-01-02T04:00Z"); utc += 3600)
        assert_int_equal(repli_rule_offset(&r, utc), -4 * 3600);
    assert_true(repli_rule_parse("<+0530>-5:30", &r));
    assert_int_equal(repli_rule_offset(&r, 0), 19800);
    assert_true(repli_rule_next(&r, 0) == INT64_MAX);
}

/* Footers that are no rule. */
static void bad_rules(void **state)
{
    (void)state;
    struct zone_rule r;
    static const char *const bad[] = {"",
                                      "CE-1",
                                      "CET",
                                      "CET-1CEST",
                                      "CET-1CEST,M3.5.0",
                                      "CET-1CEST,M13.5.0,M10.5.0",
                                      "CET-1CEST,M3.6.0,M10.5.0",
                                      "CET-1CEST,M3.5.7,M10.5.0",
                                      "CET-1CEST,M3.5.0,M10.5.0/3x",
                                      "CET-25",
                                      "CET-1CEST,M3.5.0/168,M10.5.0",
                                      "<CET-1",
                                      "CET-1CEST,J0,J5",
                                      "CET-1CEST,366,5",
                                      "CET-1CEST;M3.5.0,M10.5.0",
                                      "CET-1:60",
                                      "<+é>0",
                                      "CET-1CEST,M3-5.0,M10.5.0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (repli_rule_parse(bad[i], &r))
            fail_msg("'%s' was taken", bad[i]);
}

/* A hand-made file: its first type holds before its first line, its last rule behind its last line. */
static void before_and_behind(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_zone *z = NULL;
    struct repli_civil c;
    char *data;
    size_t len;
    assert_ok(repli_file_read("tests/fuzz/corpus/zone/north", 10000, &a, &data, &len, &err), &err);
    assert_ok(repli_zone_parse("north", (const uint8_t *)data, len, &z, &err), &err);
    static const struct {
        int64_t utc;
        int offset_s;
    } rows[] = {{-10000000001, 1052}, {-10000000000, 3600}, {999999999, 3600}, {1000000000, 7200},
                {1014999999, 7200},   {1015000000, 3600},   {1782864000, 7200} /* July 2026, by the rule */};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        repli_zone_civil(z, rows[i].utc, &c);
        assert_int_equal(c.offset_s, rows[i].offset_s);
    }
    repli_zone_close(z);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calendar),          cmocka_unit_test(bad_names), cmocka_unit_test(packed_zone),
        cmocka_unit_test(before_and_behind), cmocka_unit_test(rules),     cmocka_unit_test(bad_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
