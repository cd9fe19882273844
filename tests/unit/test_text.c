#include "base_tmp.h"

#include <math.h>
#include <locale.h>

#include "repli/text.h"

#define valid(s) repli_utf8_valid((s), sizeof(s) - 1)

/* Well-formed texts of every length of sequence are taken; every kind of malformed one is refused. */
static void utf8_valid(void **state)
{
    (void)state;
    assert_true(valid(""));
    assert_true(
        valid("a\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
    assert_false(valid("\x80")); /* continuation alone */
    assert_false(valid("\xC3")); /* cut */
    assert_false(valid("\xC3("));
    assert_false(valid("\xE2\x82"));
    assert_false(valid("\xF0\x9F\x98"));
    assert_false(valid("\xC0\xAF")); /* overlong */
    assert_false(valid("\xC1\xBF"));
    assert_false(valid("\xE0\x9F\xBF"));
    assert_false(valid("\xF0\x8F\xBF\xBF"));
    assert_false(valid("\xED\xA0\x80")); /* surrogate */
    assert_false(valid("\xED\xBF\xBF"));
    assert_false(valid("\xF4\x90\x80\x80")); /* above U+10FFFF */
    assert_false(valid("\xF5\x80\x80\x80"));
    assert_false(valid("\xFE"));
    assert_false(valid("a\0b"));
}

/* Every code point is decoded to itself and counted as valid; surrogates are not. */
static void utf8_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 1; c <= 0x10FFFF; c++) {
        char s[5] = {0};
        size_t n = 0;
        if (c < 0x80) {
            s[n++] = (char)c;
        } else if (c < 0x800) {
            s[n++] = (char)(0xC0 | c >> 6);
        } else if (c < 0x10000) {
            s[n++] = (char)(0xE0 | c >> 12);
            s[n++] = (char)(0x80 | (c >> 6 & 63));
        } else {
            s[n++] = (char)(0xF0 | c >> 18);
            s[n++] = (char)(0x80 | (c >> 12 & 63));
            s[n++] = (char)(0x80 | (c >> 6 & 63));
        }
        if (c >= 0x80)
            s[n++] = (char)(0x80 | (c & 63));
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        if (repli_utf8_valid(s, n) == surrogate)
            fail_msg("U+%04X", c);
        const char *p = s;
        if (!surrogate && (repli_utf8_next(&p) != c || p != s + n))
            fail_msg("U+%04X is decoded to something else", c);
    }
    const char *end = "";
    assert_int_equal(repli_utf8_next(&end), 0);
    assert_int_equal(*end, 0);
}

static void clean(const char *in, size_t len, const char *out, bool touched)
{
    struct repli_arena a = {0};
    bool changed = !touched;
    assert_string_equal(repli_text_clean(&a, in, len, &changed), out);
    assert_int_equal(changed, touched);
    assert_string_equal(repli_text_clean(&a, in, len, NULL), out);
    repli_arena_done(&a);
}
#define CLEAN(in, out, touched) clean((in), sizeof(in) - 1, (out), (touched))
#define FFFD                    "\xEF\xBF\xBD"

/* Foreign text becomes comparable and printable; nothing is dropped without a trace. */
static void text_clean(void **state)
{
    (void)state;
    CLEAN("", "", false);
    CLEAN("  Ana\xC3\xABlle  ", "Ana\xC3\xABlle", false);
    CLEAN("e\xCC\x81", "\xC3\xA9", false); /* e + acute -> é */
    CLEAN("\xC2\xA0\xE2\x80\x83x\t\r\n", "x", false);
    CLEAN("a\tb\nc\r\nd\xE2\x80\xA8"
          "e",
          "a b c d e", true);
    CLEAN("a\x01"
          "b\x7F"
          "c\xC2\x9F"
          "d",
          "a" FFFD "b" FFFD "c" FFFD "d", true);
    CLEAN("a\0b", "a" FFFD "b", true);
    CLEAN("x\xE2\x80\xAE"
          "yz",
          "x" FFFD "yz", true);                    /* right-to-left override */
    CLEAN("x\xE2\x81\xA6yz", "x" FFFD "yz", true); /* isolate */
    CLEAN("Andr\xE9", "Andr" FFFD, true);          /* ISO 8859-1 */
    CLEAN("\xE2\x82", FFFD FFFD, true);            /* byte by byte */
    CLEAN("\xED\xA0\x80!", FFFD FFFD FFFD "!", true);
    CLEAN("\xF0\x9F\x98\x80 ok", "\xF0\x9F\x98\x80 ok", false);
    CLEAN(" \x80 ", FFFD, true);
    CLEAN("\x80\x80\x80\x80\x80 ", FFFD FFFD FFFD FFFD FFFD, true);
}

/* Whatever bytes come in, valid UTF-8 without control characters comes out, and cleaning it again changes nothing. */
static void clean_anything(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        char s[24];
        size_t len = (size_t)i % sizeof s;
        for (size_t k = 0; k < len; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            static const unsigned char lead[] = {0xC3, 0xE2, 0x80, 0xF0, 0x9F, 0xCC, 0x20, 0xED};
            unsigned char b = (unsigned char)(seed >> 56);
            s[k] = (char)(b & 1 ? lead[b >> 1 & 7] : b);
        }
        bool changed;
        const char *once = repli_text_clean(&a, s, len, NULL);
        assert_true(repli_utf8_valid(once, strlen(once)));
        const char *twice = repli_text_clean(&a, once, strlen(once), &changed);
        assert_string_equal(once, twice);
        assert_false(changed);
        repli_arena_done(&a);
    }
}

static void same(const char *x, const char *y)
{
    struct repli_arena a = {0};
    assert_string_equal(repli_text_fold(&a, x), repli_text_fold(&a, y));
    repli_arena_done(&a);
}

/* Names that people write differently fold to one key; different names do not. */
static void text_fold(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    assert_string_equal(repli_text_fold(&a, "  D\xE2\x80\x99H\xC3\xA9rouville--Saint\xE2\x80\x91"
                                            "Clair "),
                        "d herouville saint clair");
    same("Jos\xC3\xA9", "JOSE\xCC\x81");
    same("Stra\xC3\x9F"
         "e",
         "STRASSE");
    same("van  der\xC2\xA0"
         "Elst",
         "Van Der-Elst");
    same("\xEF\xAC\x81n", "FIN"); /* ligature fi */
    same("N\xCC\x83u\xCC\x81\xC3\xB1"
         "ez",
         "nunez");
    assert_string_equal(repli_text_fold(&a, ""), "");
    assert_string_equal(repli_text_fold(&a, " -' "), "");
    assert_string_equal(repli_text_fold(&a, "\xFFx"), FFFD "x");
    assert_string_not_equal(repli_text_fold(&a, "Peeters"), repli_text_fold(&a, "Peters"));
    assert_string_equal(repli_text_fold(&a, "Y\xC4\xB1lmaz"), repli_text_fold(&a, "YILMAZ"));
    repli_arena_done(&a);
}

/* Hexadecimal goes there and back; anything else than exactly 2 n digits is refused and leaves the output alone. */
static void hexadecimal(void **state)
{
    (void)state;
    uint8_t all[256], back[256];
    char hex[513];
    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    repli_hex(all, 256, hex);
    assert_memory_equal(hex, "000102", 6);
    assert_string_equal(hex + 508, "feff");
    assert_true(repli_unhex(hex, back, 256));
    assert_memory_equal(all, back, 256);
    uint8_t two[2] = {7, 7};
    assert_true(repli_unhex("aBcD", two, 2));
    assert_int_equal(two[0], 0xAB);
    static const char *const bad[] = {"", "abc", "abcde", "abcdef", "abcg", "ab d", "0xab", "-bcd"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t left[2] = {1, 2};
        assert_false(repli_unhex(bad[i], left, 2));
        assert_true(left[0] == 1 && left[1] == 2);
    }
}

/* The one number parser takes plain decimal numbers and nothing else. */
static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double v;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"12", 12},
                {"-3.5", -3.5},
                {"007", 7},
                {"0.1", 0.1},
                {"36.6", 36.6},
                {"123456789012345", 123456789012345.0},
                {"0.0000000000000000000001", 1e-22},
                {"999999999999.999", 999999999999.999},
                {"1.10", 1.1},
                {"0.30000000000000", 0.3}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double v = -77;
        assert_true(repli_number(good[i].text, &v));
        assert_memory_equal(&v, &good[i].v, sizeof v); /* the very same bits */
    }
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "1,5",
                                      "1e3",
                                      "1E3",
                                      "nan",
                                      "inf",
                                      "0x10",
                                      " 1",
                                      "1 ",
                                      "1\n",
                                      "1.2.3",
                                      "--1",
                                      "1-",
                                      "1234567890123456",
                                      "1.234567890123456",
                                      "0.00000000000000000000001",
                                      "\xD9\xA1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double v = -77;
        if (repli_number(bad[i], &v) || v > -76.9)
            fail_msg("'%s' was taken", bad[i]);
    }
}

/* Whole numbers up to the edges of 64 bits and of the range asked for. */
static void integers(void **state)
{
    (void)state;
    int64_t v = 5;
    assert_true(repli_integer("9223372036854775807", INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MAX);
    assert_true(repli_integer("-9223372036854775808", INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MIN);
    assert_true(repli_integer("0010", 0, 10, &v));
    assert_int_equal(v, 10);
    static const char *const bad[] = {"9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999999",
                                      "",
                                      "-",
                                      "+1",
                                      "1.0",
                                      "1 ",
                                      " 1",
                                      "a",
                                      "11",
                                      "-1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        v = 5;
        assert_false(repli_integer(bad[i], 0, 10, &v));
        assert_int_equal(v, 5);
    }
    assert_false(repli_integer("9223372036854775808", INT64_MIN, INT64_MAX, &v));
    assert_false(repli_integer("-9223372036854775809", INT64_MIN, INT64_MAX, &v));
}

static void formatted(double v, int decimals, const char *want)
{
    char out[32];
    repli_number_format(v, decimals, out);
    assert_string_equal(out, want);
}

/* Numbers are written with a point, without tail zeros and without "-0"; also under a locale with a comma. */
static void number_format(void **state)
{
    (void)state;
    static const char *const locales[] = {"C", "fr_FR.UTF-8", "de_DE.UTF-8", "nl_BE.UTF-8"};
    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
        (void)setlocale(LC_ALL, locales[i]); /* where it is not installed, the first one stays */
        formatted(0, 0, "0");
        formatted(-0.0, 2, "0");
        formatted(-0.001, 2, "0");
        formatted(12.5, 2, "12.5");
        formatted(12.50499, 2, "12.5");
        formatted(12, 3, "12");
        formatted(120, 0, "120");
        formatted(100, 2, "100");
        formatted(-36.6, 1, "-36.6");
        formatted(0.999, 2, "1");
        formatted(99999999999999999999.0 / 2, 9, "50000000000000000000");
        double v;
        assert_true(repli_number("36.6", &v));
    }
    (void)setlocale(LC_ALL, "C");
}

/* What printf says, without the zeros at the end. */
static void as_printf(double v, int decimals)
{
    char want[64];
    int n = snprintf(want, sizeof want, "%.*f", decimals, v);
    while (decimals > 0 && want[n - 1] == '0')
        want[--n] = '\0';
    if (want[n - 1] == '.')
        want[n - 1] = '\0';
    formatted(v, decimals, strcmp(want, "-0") == 0 ? "0" : want);
}

/* Numbers with one place take a short cut: it leads to where printf would, and so does every number beside them. */
static void number_format_as_printf(void **state)
{
    (void)state;
    for (int decimals = 0; decimals <= 9; decimals++)
        for (int n = -20000; n <= 20000; n += 7) {
            as_printf(n / 10.0, decimals);
            as_printf(n / 100.0, decimals);
            as_printf(n * 49.9, decimals);
            as_printf(nextafter(n / 10.0, 1e9), decimals);
            as_printf(n * 1000.0, decimals);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_valid),    cmocka_unit_test(utf8_every_code_point),
        cmocka_unit_test(text_clean),    cmocka_unit_test(clean_anything),
        cmocka_unit_test(text_fold),     cmocka_unit_test(hexadecimal),
        cmocka_unit_test(numbers),       cmocka_unit_test(integers),
        cmocka_unit_test(number_format), cmocka_unit_test(number_format_as_printf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
