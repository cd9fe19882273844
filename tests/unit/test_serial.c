#include "base_tmp.h"

#include "repli/serial.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* A stream of numbers that is the same in every run. */
static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* c * alpha^i in GF(32), by the school method: an implementation of its own to judge the other by. */
static unsigned times_alpha(unsigned c, int i)
{
    while (i--) {
        c <<= 1;
        if (c >= 32)
            c ^= 0x25;
    }
    return c;
}

/* Station and counter go into a serial and come out of it, at all edges. */
static void parts(void **state)
{
    (void)state;
    static const unsigned stations[] = {0, 1, 511, 1022, 1023};
    static const uint32_t counters[] = {0, 1, 65536, 0x3FFFFFFE, 0x3FFFFFFF};
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 5; k++) {
            uint64_t s = repli_serial_make(stations[i], counters[k]);
            assert_true(s >> 40 == 0);
            assert_int_equal(repli_serial_station(s), stations[i]);
            assert_int_equal(repli_serial_counter(s), counters[k]);
        }
    assert_true(repli_serial_make(1023, 0x3FFFFFFF) == 0xFFFFFFFFFFull);
}

/* The check symbol is the weighted sum that the header promises. */
static void check_symbol(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int n = 0; n < 20000; n++) {
        uint64_t serial = next(&seed) >> 24;
        char text[REPLI_SERIAL_TEXT];
        repli_serial_format(serial, text);
        assert_int_equal(strlen(text), 11);
        assert_true(text[4] == '-' && text[9] == '-');
        unsigned sum = 0;
        for (int i = 1; i <= 8; i++) {
            unsigned c = (unsigned)(serial >> (40 - 5 * i)) & 31;
            assert_int_equal(text[i <= 4 ? i - 1 : i], alphabet[c]);
            sum ^= times_alpha(c, i);
        }
        assert_int_equal(text[10], alphabet[sum]);
    }
}

/* Printed paper stays readable: these texts may never change. */
static void golden(void **state)
{
    (void)state;
    static const struct {
        unsigned station;
        uint32_t counter;
        const char *text;
    } rows[] = {{0, 0, "0000-0000-0"},
                {0, 1, "0000-0001-D"},
                {1, 0, "0100-0000-4"},
                {17, 4242, "0H00-044J-D"},
                {1023, 0x3FFFFFFF, "ZZZZ-ZZZZ-3"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[REPLI_SERIAL_TEXT];
        repli_serial_format(repli_serial_make(rows[i].station, rows[i].counter), text);
        assert_string_equal(text, rows[i].text);
    }
}

/* Every single wrong symbol and every swap of two different symbols is found, in thousands of serials. */
static void every_error_is_found(void **state)
{
    (void)state;
    static const int places[] = {0, 1, 2, 3, 5, 6, 7, 8, 10};
    uint64_t seed = 99, got = 0;
    for (int n = 0; n < 3000; n++) {
        uint64_t serial = n < 2 ? (n ? 0xFFFFFFFFFFull : 0) : next(&seed) >> 24;
        char text[REPLI_SERIAL_TEXT], bad[REPLI_SERIAL_TEXT];
        repli_serial_format(serial, text);
        assert_true(repli_serial_parse(text, &got));
        assert_true(got == serial);
        memcpy(bad, text, sizeof bad);
        for (int i = 0; i < 9; i++) {
            for (int v = 0; v < 32; v++) {
                bad[places[i]] = alphabet[v];
                if (repli_serial_parse(bad, &got) != (bad[places[i]] == text[places[i]]))
                    fail_msg("%s read as %s", text, bad);
            }
            bad[places[i]] = text[places[i]];
        }
        for (int i = 0; i < 9; i++)
            for (int k = i + 1; k < 9; k++) {
                if (text[places[i]] == text[places[k]])
                    continue;
                bad[places[i]] = text[places[k]];
                bad[places[k]] = text[places[i]];
                if (repli_serial_parse(bad, &got))
                    fail_msg("%s read as %s", text, bad);
                bad[places[i]] = text[places[i]];
                bad[places[k]] = text[places[k]];
            }
    }
}

/* People's ways of writing a serial are taken: case, I L O, dashes and spaces anywhere. */
static void forgiving(void **state)
{
    (void)state;
    uint64_t want = repli_serial_make(32, 1), got = 0;
    char text[REPLI_SERIAL_TEXT];
    repli_serial_format(want, text);
    assert_string_equal(text, "1000-0001-F");
    static const char *const good[] = {
        "1000-0001-F", "10000001F", "looo-oooi-f", "IOOO OOOL F", " 1 0 0 0 - 0 0 0 1 - F ", "--10000001F"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        got = 0;
        assert_true(repli_serial_parse(good[i], &got));
        assert_true(got == want);
    }
}

/* Anything else is refused and leaves the output alone. */
static void refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "1000-0001",
                                      "1000-0001-",
                                      "1000-0001-FF",
                                      "1000-0001-U",
                                      "1000-0001-*",
                                      "1000_0001_F",
                                      "1000-000\xC3\xA9-F",
                                      "\t1000-0001-F",
                                      "10000001F0",
                                      "1000-0001-F\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t got = 4711;
        assert_false(repli_serial_parse(bad[i], &got));
        assert_true(got == 4711);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts),     cmocka_unit_test(check_symbol),
        cmocka_unit_test(golden),    cmocka_unit_test(every_error_is_found),
        cmocka_unit_test(forgiving), cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
