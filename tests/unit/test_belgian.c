#include "base_tmp.h"

#include "repli/belgian.h"

/* Worked examples: of the laws and manuals that define the numbers. */
static void niss_examples(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed, *born;
        bool bis, sex_known, female;
    } cases[] = {
        {"42.01.22-051.81", "42.01.22-051.81", "1942-01-22", false, true, false},
        {"85073003328", "85.07.30-033.28", "1985-07-30", false, true, false},
        {"17 07 30 033 84", "17.07.30-033.84", "2017-07-30", false, true, false},
        {"98.47.28-997.65", "98.47.28-997.65", "1998-07-28", true, true, false},
        {"01.49.07-001.85", "01.49.07-001.85", "2001-09-07", true, true, false},
        {"85.00.00-002.37", "85.00.00-002.37", "", false, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_niss n;
        char text[REPLI_NISS_TEXT], born[11];
        assert_true(repli_niss_parse(cases[i].text, &n));
        repli_niss_format(&n, text);
        repli_niss_birth_date(&n, born);
        assert_string_equal(text, cases[i].printed);
        assert_string_equal(born, cases[i].born);
        assert_int_equal(n.bis, cases[i].bis);
        assert_int_equal(n.sex_known, cases[i].sex_known);
        assert_int_equal(n.female, cases[i].female);
    }
    static const char *const bad[] = {"",
                                      "8507300332",       /* ten digits */
                                      "850730033280",     /* twelve */
                                      "85.07.30-033.29",  /* check */
                                      "85.07.30-O33.28",  /* a letter */
                                      "85.13.30-033.70",  /* month 13, check right */
                                      "85.02.30-033.90",  /* 30 February, check right */
                                      "85.07.30-000.61"}; /* nobody is number 0 of a day */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct repli_niss n;
        assert_false(repli_niss_parse(bad[i], &n));
    }
}

static int check_digits(int64_t base, bool after_2000)
{
    return 97 - (int)((base + (after_2000 ? INT64_C(2000000000) : 0)) % 97);
}

/* Month + 20: sex not known, whatever the parity says. */
static void bis_without_sex(void **state)
{
    (void)state;
    char text[16];
    struct repli_niss n;
    (void)snprintf(text, sizeof text, "%09d%02d", 702715002, check_digits(702715002, false));
    assert_true(repli_niss_parse(text, &n));
    assert_true(n.bis && !n.sex_known && !n.female);
    assert_int_equal(n.month, 7);
}

/* A wrong digit d*10^k is found unless it looks like the other century: then d*10^k = +-2*10^9 (mod 97). */
static void single_errors(void **state)
{
    (void)state;
    int tried = 0, passed = 0;
    for (int year = 0; year < 100; year += 7)
        for (int later = 0; later < 2; later++) {
            char right[40];
            int64_t base = (int64_t)year * 10000000 + 5 * 100000 + 12 * 1000 + 123;
            (void)snprintf(right, sizeof right, "%09lld%02d", (long long)base, check_digits(base, later));
            struct repli_niss n;
            assert_true(repli_niss_parse(right, &n));
            for (int at = 0; at < 11; at++)
                for (char d = '0'; d <= '9'; d++) {
                    char wrong[16];
                    memcpy(wrong, right, sizeof wrong);
                    if (wrong[at] == d)
                        continue;
                    wrong[at] = d;
                    tried++;
                    if (!repli_niss_parse(wrong, &n))
                        continue;
                    /* what passed is a number of the other century, and of none else */
                    assert_int_equal(n.year >= 2000, !later);
                    passed++;
                }
        }
    assert_int_equal(tried, 15 * 2 * 99);
    assert_true(passed * 50 < tried); /* 2 of 97 at most by chance */
}

/* Within one century (INAMI: modulo 97 alone) no single error passes. */
static void inami(void **state)
{
    (void)state;
    struct repli_inami n;
    char text[REPLI_INAMI_TEXT];
    assert_true(repli_inami_parse("1-23456-25-140", &n));
    assert_int_equal(n.modulus, 97);
    assert_string_equal(n.identity, "12345625");
    assert_string_equal(n.qualification, "140");
    repli_inami_format(&n, text);
    assert_string_equal(text, "1-23456-25-140");
    assert_true(repli_inami_parse("1 23456 76 140", &n));
    assert_int_equal(n.modulus, 89);
    assert_false(repli_inami_parse("1 23456 77 140", &n));
}

static void inami_moduli(void **state)
{
    (void)state;
    for (int base = 100000; base < 1000000; base += 9973) {
        char text[40];
        struct repli_inami n;
        (void)snprintf(text, sizeof text, "%06d%02d001", base, 97 - base % 97);
        assert_true(repli_inami_parse(text, &n));
        assert_int_equal(n.modulus, 97);
        (void)snprintf(text, sizeof text, "%06d%02d001", base, 89 - base % 89);
        assert_true(repli_inami_parse(text, &n));
        for (int check = 0; check < 100; check++) {
            (void)snprintf(text, sizeof text, "%06d%02d001", base, check);
            assert_int_equal(repli_inami_parse(text, &n), check == 97 - base % 97 || check == 89 - base % 89);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(niss_examples), cmocka_unit_test(bis_without_sex),
                                       cmocka_unit_test(single_errors), cmocka_unit_test(inami),
                                       cmocka_unit_test(inami_moduli)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
