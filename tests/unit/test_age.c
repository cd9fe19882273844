/* Ages on paper: from birth dates that may lack their day or month, at the borders of the bands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "print/plan.h"

/* Each row: a birth date seen on 2026-11-23, the age in years from youngest to oldest, and the band. */
static void ages_at_their_borders(void **state)
{
    (void)state;
    static const struct {
        const char *birth;
        bool known;
        int min, max;
        enum repli_age_band band;
    } cases[] = {
        {"1958-03-14", true, 68, 68, REPLI_AGE_ADULT},
        {"2010-11-23", true, 16, 16, REPLI_AGE_ADULT}, /* sixteen today */
        {"2010-11-24", true, 15, 15, REPLI_AGE_CHILD}, /* tomorrow */
        {"2025-11-23", true, 1, 1, REPLI_AGE_CHILD},   /* one today */
        {"2025-11-24", true, 0, 0, REPLI_AGE_INFANT},
        {"2026-10-26", true, 0, 0, REPLI_AGE_INFANT},   /* 28 days */
        {"2026-10-27", true, 0, 0, REPLI_AGE_NEWBORN},  /* 27 days */
        {"2026-11-23", true, 0, 0, REPLI_AGE_NEWBORN},  /* today */
        {"2026-11-24", false, 0, 0, REPLI_AGE_UNKNOWN}, /* not yet born: a mistake of the sender */
        {"1926", true, 99, 100, REPLI_AGE_ADULT},
        {"2010", true, 15, 16, REPLI_AGE_UNKNOWN}, /* may be either */
        {"2010-11", true, 15, 16, REPLI_AGE_UNKNOWN},
        {"2010-12", true, 15, 15, REPLI_AGE_CHILD},
        {"2010-10", true, 16, 16, REPLI_AGE_ADULT},
        {"2026", true, 0, 0, REPLI_AGE_UNKNOWN}, /* newborn or infant */
        {"2026-11", true, 0, 0, REPLI_AGE_NEWBORN},
        {"2008-02-29", true, 18, 18, REPLI_AGE_ADULT},
        {"2027", false, 0, 0, REPLI_AGE_UNKNOWN},
        {"2010-02-30", false, 0, 0, REPLI_AGE_UNKNOWN},
        {"23/11/2010", false, 0, 0, REPLI_AGE_UNKNOWN},
        {"", false, 0, 0, REPLI_AGE_UNKNOWN},
        {NULL, false, 0, 0, REPLI_AGE_UNKNOWN},
    };
    const struct repli_civil today = {.year = 2026, .month = 11, .day = 23};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_age age = {.years_min = -1, .years_max = -1, .band = REPLI_AGE_NEWBORN};
        bool known = repli_age_at(cases[i].birth, &today, &age);
        if (known != cases[i].known ||
            (known && (age.years_min != cases[i].min || age.years_max != cases[i].max || age.band != cases[i].band)))
            fail_msg("%s: %d, %d..%d years, band %d", cases[i].birth, (int)known, age.years_min, age.years_max,
                     (int)age.band);
    }
}

/* Born on 29 February: a year older on 1 March of a common year, not on 28 February. */
static void leaplings_age_on_the_first_of_march(void **state)
{
    (void)state;
    struct repli_age age;
    struct repli_civil day = {.year = 2027, .month = 2, .day = 28};
    assert_true(repli_age_at("2008-02-29", &day, &age));
    assert_int_equal(age.years_min, 18);
    day = (struct repli_civil){.year = 2027, .month = 3, .day = 1};
    assert_true(repli_age_at("2008-02-29", &day, &age));
    assert_int_equal(age.years_min, 19);
}

/* A ward's code becomes a file name that cannot leave its folder, hide, or be taken for an option. */
static void ward_codes_become_safe_names(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    assert_string_equal(repli_ward_file(&a, "3B"), "3B");
    assert_string_equal(repli_ward_file(&a, "../../etc/passwd"), "_._.._etc_passwd");
    assert_string_equal(repli_ward_file(&a, "-rf"), "_rf");
    assert_string_equal(repli_ward_file(&a, "Réa 2"), "R__a_2");
    assert_string_equal(repli_ward_file(&a, ""), "ward");
    assert_string_equal(repli_ward_file(&a, NULL), "ward");
    assert_int_equal(strlen(repli_ward_file(&a, "1234567890123456789012345678901234567890123456789")), 40);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_at_their_borders),
        cmocka_unit_test(leaplings_age_on_the_first_of_march),
        cmocka_unit_test(ward_codes_become_safe_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
