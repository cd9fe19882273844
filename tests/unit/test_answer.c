#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "reconcile/review_internal.h"

struct spelling {
    const char *role;
    enum repli_field_kind kind;
    int decimals;
    const char *keyed, *value; /* value NULL: refused */
};

/* Every way to key the same thing becomes one spelling; what is none is refused with a reason. */
static void spellings(void **state)
{
    static const struct spelling cases[] = {
        {"at", REPLI_FIELD_DIGITS, 0, "0815", "08:15"},
        {"at", REPLI_FIELD_DIGITS, 0, "815", "08:15"},
        {"at", REPLI_FIELD_DIGITS, 0, "8:15", "08:15"},
        {"at", REPLI_FIELD_DIGITS, 0, " 08:15 ", "08:15"},
        {"at", REPLI_FIELD_DIGITS, 0, "8h15", "08:15"},
        {"at", REPLI_FIELD_DIGITS, 0, "0000", "00:00"},
        {"at", REPLI_FIELD_DIGITS, 0, "23:59", "23:59"},
        {"at", REPLI_FIELD_DIGITS, 0, "24:00", NULL},
        {"at", REPLI_FIELD_DIGITS, 0, "0860", NULL},
        {"at", REPLI_FIELD_DIGITS, 0, "15", NULL},
        {"at", REPLI_FIELD_DIGITS, 0, "08:15x", NULL},
        {"at", REPLI_FIELD_DIGITS, 0, "-815", NULL},
        {"at", REPLI_FIELD_DIGITS, 0, "", NULL},
        {"at_incision", REPLI_FIELD_DIGITS, 0, "915", "09:15"},
        {"at_incision", REPLI_FIELD_DIGITS, 0, "8231", NULL},
        {"day_clear", REPLI_FIELD_DIGITS, 0, "32", NULL},
        {"day", REPLI_FIELD_DIGITS, 0, "3", "03"},
        {"day", REPLI_FIELD_DIGITS, 0, "03", "03"},
        {"day", REPLI_FIELD_DIGITS, 0, "0", NULL},
        {"day", REPLI_FIELD_DIGITS, 0, "32", NULL},
        {"day", REPLI_FIELD_DIGITS, 0, "003", NULL},
        {"date", REPLI_FIELD_DIGITS, 0, "2311", "23-11"},
        {"date", REPLI_FIELD_DIGITS, 0, "3/1", "03-01"},
        {"date", REPLI_FIELD_DIGITS, 0, "23.13", NULL},
        {"value", REPLI_FIELD_BAND, 1, "36,5", "36.5"},
        {"value", REPLI_FIELD_BAND, 1, "36.50", "36.5"},
        {"value", REPLI_FIELD_BAND, 1, "037", "37"},
        {"value", REPLI_FIELD_BAND, 1, "37,0", "37"},
        {"value", REPLI_FIELD_BAND, 0, "0118", "118"},
        {"value", REPLI_FIELD_BAND, 0, "000", "0"},
        {"value", REPLI_FIELD_BAND, 0, "-0", "0"},
        {"value", REPLI_FIELD_BAND, 0, "-05", "-5"},
        {"value", REPLI_FIELD_BAND, 0, "100", "100"},
        {"value", REPLI_FIELD_BAND, 0, "1e2", NULL},
        {"value", REPLI_FIELD_BAND, 0, "1 2", NULL},
        {"value", REPLI_FIELD_BAND, 0, "nan", NULL},
        {"value", REPLI_FIELD_BAND, 0, "\xD9\xA3", NULL},
        {"value", REPLI_FIELD_BAND, 0, "1234567890123456789012345678901234567890", NULL},
        {"value", REPLI_FIELD_DIGITS, 1, "36,5", "36.5"},
        {"value", REPLI_FIELD_DIGITS, 1, "37,0", "37"},
        {"value", REPLI_FIELD_DIGITS, 1, "365", NULL}, /* 36.5 or 365? nobody guesses */
        {"value", REPLI_FIELD_DIGITS, 1, "36,55", NULL},
        {"value", REPLI_FIELD_DIGITS, 0, "1,5", NULL},
        {NULL, REPLI_FIELD_TICK, 0, "ticked", "ticked"},
        {NULL, REPLI_FIELD_TICK, 0, "X", "ticked"},
        {NULL, REPLI_FIELD_TICK, 0, "yes", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_arena a = {0};
        const char *why = NULL;
        struct repli_field f = {.id = "x", .kind = cases[i].kind, .role = cases[i].role, .decimals = cases[i].decimals};
        const char *value = review_normalise(&f, cases[i].keyed, &a, &why);
        if ((value == NULL) != (cases[i].value == NULL) || (value && strcmp(value, cases[i].value) != 0))
            fail_msg("'%s' became '%s', not '%s'", cases[i].keyed, value ? value : "nothing",
                     cases[i].value ? cases[i].value : "nothing");
        assert_int_equal(value == NULL, why != NULL);
        repli_arena_done(&a);
    }
}

/* Letters: either case, only those of the field; each belongs to its row. */
static void letters(void **state)
{
    const char *row_letters[] = {"A", "CVPU"};
    struct repli_range open[2] = {{0}};
    struct repli_field f = {
        .id = "x", .kind = REPLI_FIELD_BAND, .role = "value", .nparts = 2, .letters = row_letters, .rows = open};
    struct repli_arena a = {0};
    const char *why = NULL;
    (void)state;
    assert_string_equal(review_normalise(&f, "a", &a, &why), "A");
    assert_string_equal(review_normalise(&f, " P", &a, &why), "P");
    assert_null(review_normalise(&f, "Z", &a, &why));
    assert_null(review_normalise(&f, "AV", &a, &why));
    assert_non_null(strstr(why, "ACVPU"));
    assert_true(review_in_row(&f, 0, "A"));
    assert_false(review_in_row(&f, 0, "V"));
    assert_true(review_in_row(&f, 1, "U"));
    assert_null(review_out_of_range(&f, "V", false, &a));
    repli_arena_done(&a);
}

/* Hard ranges refuse, soft ones ask once more; both name value, range and way out. Rows include both their ends. */
static void ranges(void **state)
{
    struct repli_range rows[2] = {{.has_low = true, .has_high = true, .low = 36.1, .high = 38},
                                  {.has_high = true, .high = 36}};
    struct repli_field f = {.id = "x",
                            .kind = REPLI_FIELD_BAND,
                            .role = "value",
                            .nparts = 2,
                            .rows = rows,
                            .unit = "Cel",
                            .soft = {true, true, 35, 39},
                            .hard = {true, true, 25, 44}};
    struct repli_arena a = {0};
    (void)state;
    assert_null(review_out_of_range(&f, "35", false, &a));
    assert_null(review_out_of_range(&f, "39", false, &a));
    assert_non_null(strstr(review_out_of_range(&f, "39.1", false, &a), "39.1 is unusual (35 to 39 Cel)"));
    assert_null(review_out_of_range(&f, "39.1", true, &a));
    assert_null(review_out_of_range(&f, "44", true, &a));
    assert_non_null(strstr(review_out_of_range(&f, "44.1", true, &a), "44.1 cannot be (25 to 44 Cel)"));
    assert_non_null(strstr(review_out_of_range(&f, "24.9", true, &a), "illegible"));
    assert_true(review_in_row(&f, 0, "36.1"));
    assert_true(review_in_row(&f, 0, "38"));
    assert_false(review_in_row(&f, 0, "36"));
    assert_true(review_in_row(&f, 1, "36"));
    assert_true(review_in_row(&f, -1, "99"));
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(spellings), cmocka_unit_test(letters),
                                       cmocka_unit_test(ranges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
