#include "base_tmp.h"

#include <time.h>

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

/* What wall clocks show: "2026-10-25 02:30:00 +02:00 A Sun". */
static void shows(const struct repli_zone *z, const char *utc, const char *want)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct repli_civil c;
    char got[80];
    repli_zone_civil(z, at(utc), &c);
    int m = abs(c.offset_s) / 60;
    snprintf(got, sizeof got, "%04d-%02d-%02d %02d:%02d:%02d %c%02d:%02d %c %s", c.year, c.month, c.day, c.hour,
             c.minute, c.second, c.offset_s < 0 ? '-' : '+', m / 60, m % 60, c.fold ? c.fold : '.', days[c.weekday]);
    assert_string_equal(got, want);
}

/* The night of 25 October 2026: 02:00 to 02:59 happens twice, first as A, then as B. */
static void autumn(void **state)
{
    (void)state;
    struct repli_zone *z = zone("Europe/Brussels");
    int64_t t[2];
    shows(z, "2026-10-24T23:59:59Z", "2026-10-25 01:59:59 +02:00 . Sun");
    shows(z, "2026-10-25T00:00:00Z", "2026-10-25 02:00:00 +02:00 A Sun");
    shows(z, "2026-10-25T00:30:00Z", "2026-10-25 02:30:00 +02:00 A Sun");
    shows(z, "2026-10-25T00:59:59Z", "2026-10-25 02:59:59 +02:00 A Sun");
    shows(z, "2026-10-25T01:00:00Z", "2026-10-25 02:00:00 +01:00 B Sun");
    shows(z, "2026-10-25T01:59:59Z", "2026-10-25 02:59:59 +01:00 B Sun");
    shows(z, "2026-10-25T02:00:00Z", "2026-10-25 03:00:00 +01:00 . Sun");
    assert_int_equal(repli_zone_instants(z, 2026, 10, 25, 2, 30, t), 2);
    assert_true(t[0] == at("2026-10-25T00:30Z") && t[1] == at("2026-10-25T01:30Z"));
    assert_int_equal(repli_zone_instants(z, 2026, 10, 25, 1, 59, t), 1);
    assert_int_equal(repli_zone_instants(z, 2026, 10, 25, 3, 0, t), 1);
    repli_zone_close(z);
}

/* The night of 28 March 2027: 02:00 to 02:59 does not exist. */
static void spring(void **state)
{
    (void)state;
    struct repli_zone *z = zone("Europe/Brussels");
    int64_t t[2] = {5, 5};
    shows(z, "2027-03-28T00:59:59Z", "2027-03-28 01:59:59 +01:00 . Sun");
    shows(z, "2027-03-28T01:00:00Z", "2027-03-28 03:00:00 +02:00 . Sun");
    assert_int_equal(repli_zone_instants(z, 2027, 3, 28, 2, 0, t), 0);
    assert_int_equal(repli_zone_instants(z, 2027, 3, 28, 2, 30, t), 0);
    assert_int_equal(repli_zone_instants(z, 2027, 3, 28, 2, 59, t), 0);
    assert_true(t[0] == 5 && t[1] == 5);
    assert_int_equal(repli_zone_instants(z, 2027, 3, 28, 3, 0, t), 1);
    assert_true(t[0] == at("2027-03-28T01:00Z"));
    assert_int_equal(repli_zone_instants(z, 2027, 3, 28, 1, 59, t), 1);
    assert_int_equal(repli_zone_instants(z, 2027, 2, 29, 1, 0, t), 0);
    assert_int_equal(repli_zone_instants(z, 2027, 2, 28, 24, 0, t), 0);
    assert_int_equal(repli_zone_instants(z, 2027, 2, 28, 1, 60, t), 0);
    repli_zone_close(z);
}

/* Long ago and far ahead: before the table's first line, within it, and by the footer's rule behind its end. */
static void far_years(void **state)
{
    (void)state;
    struct repli_zone *z = zone("Europe/Brussels");
    shows(z, "0", "1970-01-01 01:00:00 +01:00 . Thu");
    shows(z, "1976-07-01T12:00:00Z", "1976-07-01 13:00:00 +01:00 . Thu"); /* no summer time between 1946 and 1977 */
    shows(z, "1977-07-01T12:00:00Z", "1977-07-01 14:00:00 +02:00 . Fri");
    shows(z, "1995-10-15T12:00:00Z", "1995-10-15 13:00:00 +01:00 . Sun"); /* ended in September then */
    shows(z, "2038-01-19T03:14:08Z", "2038-01-19 04:14:08 +01:00 . Tue");
    shows(z, "2100-03-28T00:59:59Z", "2100-03-28 01:59:59 +01:00 . Sun");
    shows(z, "2100-03-28T01:00:00Z", "2100-03-28 03:00:00 +02:00 . Sun");
    shows(z, "2100-10-31T00:30:00Z", "2100-10-31 02:30:00 +02:00 A Sun");
    shows(z, "2100-10-31T01:30:00Z", "2100-10-31 02:30:00 +01:00 B Sun");
    shows(z, "2100-02-28T23:00:00Z", "2100-03-01 00:00:00 +01:00 . Mon"); /* 2100 is no leap year */
    shows(z, "253402300799", "10000-01-01 00:59:59 +01:00 . Sat");
    struct repli_civil c;
    repli_zone_civil(z, INT64_MAX, &c); /* nonsense is kept within the calendar */
    assert_int_equal(c.year, 10000);
    repli_zone_civil(z, INT64_MIN, &c);
    assert_in_range(c.year + 1, 0, 1);
    repli_zone_close(z);
}

/* Other zones: none, half hours, the other end of the year, a day that was skipped whole, rules with odd hours. */
static void other_zones(void **state)
{
    (void)state;
    int64_t t[2];
    struct repli_zone *z = zone("UTC");
    assert_string_equal(repli_zone_name(z), "UTC");
    shows(z, "2026-10-25T01:30:00Z", "2026-10-25 01:30:00 +00:00 . Sun");
    repli_zone_close(z);
    z = zone("America/New_York");
    shows(z, "2026-11-01T05:30:00Z", "2026-11-01 01:30:00 -04:00 A Sun");
    shows(z, "2026-11-01T06:30:00Z", "2026-11-01 01:30:00 -05:00 B Sun");
    assert_int_equal(repli_zone_instants(z, 2027, 3, 14, 2, 30, t), 0);
    shows(z, "2090-07-04T12:00:00Z", "2090-07-04 08:00:00 -04:00 . Tue");
    repli_zone_close(z);
    z = zone("Asia/Kolkata");
    shows(z, "2026-10-25T20:00:00Z", "2026-10-26 01:30:00 +05:30 . Mon");
    repli_zone_close(z);
    z = zone("Pacific/Apia"); /* 30 December 2011 did not happen */
    shows(z, "2011-12-30T09:59:59Z", "2011-12-29 23:59:59 -10:00 . Thu");
    shows(z, "2011-12-30T10:00:00Z", "2011-12-31 00:00:00 +14:00 . Sat");
    assert_int_equal(repli_zone_instants(z, 2011, 12, 30, 12, 0, t), 0);
    assert_true(repli_fhir_time("2011-12-30", z, &t[0]));
    assert_true(t[0] == at("2011-12-30T10:00:00Z"));
    repli_zone_close(z);
    z = zone("Australia/Lord_Howe"); /* half an hour of summer time, southern half of the year */
    shows(z, "2030-01-15T00:00:00Z", "2030-01-15 11:00:00 +11:00 . Tue");
    shows(z, "2030-07-15T00:00:00Z", "2030-07-15 10:30:00 +10:30 . Mon");
    assert_int_equal(repli_zone_instants(z, 2060, 4, 4, 1, 45, t), 2);
    assert_true(t[1] - t[0] == 1800);
    repli_zone_close(z);
    z = zone("Africa/Casablanca");
    shows(z, "2026-07-01T12:00:00Z", "2026-07-01 13:00:00 +01:00 . Wed");
    repli_zone_close(z);
}

/* Every hour of forty years agrees with the C library's reading of the same zone files, and goes back to itself. */
static void against_the_c_library(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/Brussels", "America/New_York",  "Australia/Lord_Howe", "America/Nuuk",
                                        "Pacific/Apia",    "Africa/Casablanca", "Europe/Dublin",       "Asia/Gaza"};
    const char *was = getenv("TZ");
    char *keep = was ? repli_xstrdup(was) : NULL;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        struct repli_zone *z = zone(names[n]);
        setenv("TZ", names[n], 1);
        tzset();
        for (int64_t utc = at("2008-01-01T00:30:00Z"); utc < at("2048-01-01T00:00:00Z");
             utc += n < 2 ? 3600 : 5 * 3600) {
            time_t u = (time_t)utc;
            struct tm tm;
            struct repli_civil c;
            assert_non_null(localtime_r(&u, &tm));
            repli_zone_civil(z, utc, &c);
            if (c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 || c.day != tm.tm_mday ||
                c.hour != tm.tm_hour || c.minute != tm.tm_min || c.second != tm.tm_sec || c.weekday != tm.tm_wday)
                fail_msg("%s at %lld", names[n], (long long)utc);
            int64_t t[2];
            int many = repli_zone_instants(z, c.year, c.month, c.day, c.hour, c.minute, t);
            assert_int_equal(many, c.fold ? 2 : 1);
            assert_true(t[c.fold == 'B'] == utc);
        }
        repli_zone_close(z);
    }
    if (keep)
        setenv("TZ", keep, 1);
    else
        unsetenv("TZ");
    tzset();
    free(keep);
}

/* The process's TZ has no say. */
static void tz_is_ignored(void **state)
{
    (void)state;
    const char *was = getenv("TZ");
    char *keep = was ? repli_xstrdup(was) : NULL;
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    struct repli_zone *z = zone("Europe/Brussels");
    int64_t utc = 0;
    struct repli_err err = {0};
    shows(z, "2026-07-01T12:00:00Z", "2026-07-01 14:00:00 +02:00 . Wed");
    assert_ok(repli_time_parse("2026-07-01T14:00", z, &utc, &err), &err);
    assert_true(utc == at("2026-07-01T12:00:00Z"));
    assert_true(repli_fhir_time("2026-07-01", z, &utc));
    assert_true(utc == at("2026-06-30T22:00:00Z"));
    repli_zone_close(z);
    if (keep)
        setenv("TZ", keep, 1);
    else
        unsetenv("TZ");
    tzset();
    free(keep);
}

static int window(const char *start, int hours, int hh, int mm, const char *first, const char *second)
{
    struct repli_zone *z = zone("Europe/Brussels");
    int64_t t[2] = {-1, -1};
    int n = repli_zone_in_window(z, at(start), hours, hh, mm, t);
    assert_true(t[0] == (first ? at(first) : -1));
    assert_true(t[1] == (second ? at(second) : -1));
    repli_zone_close(z);
    return n;
}

/* A written HH:MM in a window of a sheet: once, never, or twice; the start belongs to the window, the end does not. */
static void windows(void **state)
{
    (void)state;
    assert_int_equal(window("2026-11-23T06:00Z", 24, 7, 0, "2026-11-23T06:00Z", NULL), 1);
    assert_int_equal(window("2026-11-23T06:00Z", 24, 6, 59, "2026-11-24T05:59Z", NULL), 1);
    assert_int_equal(window("2026-11-23T06:00Z", 1, 8, 0, NULL, NULL), 0);
    assert_int_equal(window("2026-11-23T06:00Z", 25, 7, 30, "2026-11-23T06:30Z", "2026-11-24T06:30Z"), 2);
    assert_int_equal(window("2026-11-23T06:00Z", 72, 12, 0, "2026-11-23T11:00Z", "2026-11-24T11:00Z"), 3);
    /* across the night of autumn: 25 wall-clock hours make 02:30 double, and 24 hours end at an earlier wall clock */
    assert_int_equal(window("2026-10-24T18:00Z", 24, 2, 30, "2026-10-25T00:30Z", "2026-10-25T01:30Z"), 2);
    assert_int_equal(window("2026-10-24T18:00Z", 24, 20, 0, "2026-10-24T18:00Z", NULL), 1);
    assert_int_equal(window("2026-10-24T18:00Z", 24, 19, 30, NULL, NULL) + 1,
                     window("2026-10-24T18:00Z", 25, 19, 30, "2026-10-25T18:30Z", NULL));
    assert_int_equal(window("2026-10-25T01:00Z", 24, 2, 30, "2026-10-25T01:30Z", NULL),
                     1); /* begins in the second pass */
    assert_int_equal(window("2026-10-25T00:00Z", 1, 2, 30, "2026-10-25T00:30Z", NULL), 1); /* ends before it */
    /* across the night of spring: 02:30 never, 20:00 twice within 24 hours */
    assert_int_equal(window("2027-03-27T19:00Z", 24, 2, 30, NULL, NULL), 0);
    assert_int_equal(window("2027-03-27T19:00Z", 24, 20, 30, "2027-03-27T19:30Z", "2027-03-28T18:30Z"), 2);
    assert_int_equal(window("2027-03-27T19:00Z", 24, 3, 0, "2027-03-28T01:00Z", NULL), 1);
    assert_int_equal(window("2026-11-23T06:00Z", 24, 24, 0, NULL, NULL), 0);
    assert_int_equal(window("2026-11-23T06:00Z", 24, 7, 60, NULL, NULL), 0);
    assert_int_equal(window("2026-11-23T06:00Z", 24, -1, 0, NULL, NULL), 0);
    assert_int_equal(window("2026-11-23T06:00Z", 0, 7, 0, NULL, NULL), 0);
}

/* All forms of --at. */
static void time_parse(void **state)
{
    (void)state;
    struct repli_zone *z = zone("Europe/Brussels");
    static const struct {
        const char *text;
        int64_t utc;
    } good[] = {
        {"0", 0},
        {"1795392000", 1795392000},
        {"253402300799", INT64_C(253402300799)},
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-23T01:00:00Z", 1795395600},
        {"2026-11-23T01:00Z", 1795395600},
        {"2026-11-23T02:00", 1795395600},
        {"2026-11-23T02:00:07", 1795395607},
        {"2026-11-23T02:00+01:00", 1795395600},
        {"2026-11-22T20:30:00-04:30", 1795395600},
        {"2026-10-25T02:30", 1792888200} /* first pass */,
        {"2028-02-29T00:00Z", 1835395200},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t utc = -1;
        struct repli_err err = {0};
        assert_ok(repli_time_parse(good[i].text, z, &utc, &err), &err);
        if (utc != good[i].utc)
            fail_msg("%s: %lld", good[i].text, (long long)utc);
    }
    static const char *const bad[] = {"",
                                      "now",
                                      "-1",
                                      "253402300800",
                                      "2026-11-23",
                                      "2026-11-23 02:00",
                                      "2026-11-23T02",
                                      "2026-11-23T24:00",
                                      "2026-11-23T02:60",
                                      "2026-11-23T02:00:60",
                                      "2026-11-23T02:00:00.5Z",
                                      "2027-02-29T02:00",
                                      "2026-13-01T02:00",
                                      "2026-11-23T02:00+1:00",
                                      "2026-11-23T02:00+15:00",
                                      "2026-11-23T02:00z",
                                      "2026-11-23T02:00Z ",
                                      "2026-11-23T02:00ZZ",
                                      "26-11-23T02:00",
                                      "1.5",
                                      "1e9",
                                      "1969-12-31T23:59Z",
                                      "2026-1-23T02:00",
                                      "02:00"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t utc = 77;
        struct repli_err err = {0};
        if (repli_time_parse(bad[i], z, &utc, &err) != REPLI_USAGE || utc != 77)
            fail_msg("'%s' was taken", bad[i]);
        assert_non_null(strstr(err.text, bad[i]));
    }
    repli_zone_close(z);
}

/* A time that clocks skip is no time there. */
static void skipped_time(void **state)
{
    (void)state;
    struct repli_zone *z = zone("Europe/Brussels");
    int64_t utc = 77;
    struct repli_err err = {0};
    assert_fails(repli_time_parse("2027-03-28T02:30", z, &utc, &err), &err, REPLI_USAGE,
                 "does not exist in Europe/Brussels");
    repli_zone_close(z);
}

/* FHIR's instants, dateTimes and dates; what is none of them is refused and leaves the output alone. */
static void fhir_time(void **state)
{
    (void)state;
    struct repli_zone *z = zone("Europe/Brussels"), *gap = zone("America/Asuncion");
    static const struct {
        const char *text, *utc;
    } good[] = {
        {"2026-11-23T02:00:00Z", "2026-11-23T02:00:00Z"},
        {"2026-11-23T02:00:00.999+01:00", "2026-11-23T01:00:00Z"},
        {"2026-11-23T02:00:00.1234567Z", "2026-11-23T02:00:00Z"},
        {"2026-11-23T02:00Z", "2026-11-23T02:00:00Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
        {"2026-11-23", "2026-11-22T23:00:00Z"},
        {"2026-07", "2026-06-30T22:00:00Z"},
        {"2026", "2025-12-31T23:00:00Z"},
    };
    int64_t utc;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(repli_fhir_time(good[i].text, z, &utc));
        if (utc != at(good[i].utc))
            fail_msg("%s", good[i].text);
    }
    assert_true(repli_fhir_time("1931-05-17", z, &utc));
    assert_true(utc < 0);
    assert_true(repli_fhir_time("2023-10-01", gap, &utc)); /* clocks went from 24:00 to 01:00 there */
    assert_true(utc == at("2023-10-01T04:00:00Z"));
    static const char *const bad[] = {"",
                                      "20",
                                      "2026-",
                                      "2026-1",
                                      "2026-13",
                                      "2026-11-31",
                                      "2026-11-23T",
                                      "2026-11-23T02:00:00",
                                      "2026-11-23T02:00",
                                      "2026-11T02:00Z",
                                      "2026-11-23T02:00:00.Z",
                                      "2026-11-23T02:00:61Z",
                                      "2026-11-23T24:00:00Z",
                                      "2026-11-23 02:00:00Z",
                                      "0000",
                                      "2026-11-23T02:00:00+25:00",
                                      "2026-11-23x",
                                      "23/11/2026",
                                      "20261123"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        utc = 77;
        if (repli_fhir_time(bad[i], z, &utc) || utc != 77)
            fail_msg("'%s' was taken", bad[i]);
    }
    repli_zone_close(z);
    repli_zone_close(gap);
}

/* Dates that exist between 1800 and 2200, written in one way. */
static void dates(void **state)
{
    (void)state;
    static const char *const good[] = {"1800",       "2200",       "1931-05",   "2000-02-29",
                                       "2028-02-29", "2200-12-31", "1800-01-01"};
    static const char *const bad[] = {
        "",           "1799",       "2201",        "1900-02-29", "2100-02-29",  "2027-02-29",
        "2026-00-10", "2026-04-31", "2026-13",     "2026-4-3",   "2026-04-03T", "2026-04-",
        "26-04-03",   " 2026",      "2026-04-03 ", "03.04.2026", "2026-04-00"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(repli_date_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (repli_date_valid(bad[i]))
            fail_msg("'%s' was taken", bad[i]);
}

/* Instants as text and as file names; nonsense is cut to four digits of year. */
static void print_times(void **state)
{
    (void)state;
    char text[24];
    repli_time_iso(1795395600, text);
    assert_string_equal(text, "2026-11-23T01:00:00Z");
    repli_time_name(1795395661, text);
    assert_string_equal(text, "2026-11-23T010101Z");
    repli_time_iso(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
    repli_time_iso(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    repli_time_iso(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00Z");
}

/* A fixed clock stands still; the real one runs. */
static void clocks(void **state)
{
    (void)state;
    struct repli_clock fixed = {true, 1795395600}, real = {false, 5};
    assert_true(repli_clock_now(&fixed) == 1795395600);
    assert_true(repli_clock_now(&real) > at("2024-01-01T00:00Z"));
    int64_t a = repli_monotonic_ms(), b = repli_monotonic_ms();
    assert_true(a >= 0 && b >= a);
}

/* Instants inside a text, whatever stands round them; both passes of the doubled hour; what only looks like one. */
static void times_in_a_text(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_zone *z = zone("Europe/Brussels");
    assert_string_equal(repli_time_local(&a, z, false, "(2026-11-23T01:00:00Z), 2026-07-01T22:30:00Z."),
                        "(2026-11-23 02:00), 2026-07-02 00:30.");
    assert_string_equal(repli_time_local(&a, z, true, "2026-10-25T00:59:00Z2026-10-25T01:01:00Z"),
                        "25-10-2026 02:5925-10-2026 02:01");
    assert_string_equal(repli_time_local(&a, z, true, "2026-13-23T01:00:00Z x-y-zT"), "2026-13-23T01:00:00Z x-y-zT");
    assert_string_equal(repli_time_local(&a, z, true, ""), "");
    repli_arena_done(&a);
    repli_zone_close(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(autumn),
        cmocka_unit_test(spring),
        cmocka_unit_test(far_years),
        cmocka_unit_test(other_zones),
        cmocka_unit_test(against_the_c_library),
        cmocka_unit_test(tz_is_ignored),
        cmocka_unit_test(windows),
        cmocka_unit_test(time_parse),
        cmocka_unit_test(skipped_time),
        cmocka_unit_test(fhir_time),
        cmocka_unit_test(dates),
        cmocka_unit_test(print_times),
        cmocka_unit_test(clocks),
        cmocka_unit_test(times_in_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
