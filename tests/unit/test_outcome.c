#include "base_tmp.h"

#include "repli/outcome.h"

/* The names of the design, and whether a person has to look, written by hand. */
static const struct {
    const char *text;
    bool waits;
} rows[REPLI_OUTCOME_COUNT] = {
    {"read", false},        {"unreadable", true},   {"no-code", true},        {"bad-mac", true},
    {"foreign", true},      {"unknown-form", true}, {"not-registered", true}, {"mismatch", true},
    {"serial-clash", true}, {"no-snapshot", true},  {"two-sheets", true},     {"duplicate", false},
    {"second-image", true}, {"void", true},         {"closed", true},         {"copy", true},
    {"blank", false},       {"drill", false},
};

/* Every outcome has its text both ways and its answer to "does somebody wait". */
static void outcomes(void **state)
{
    (void)state;
    enum repli_outcome o;
    for (int i = 0; i < REPLI_OUTCOME_COUNT; i++) {
        assert_string_equal(repli_outcome_text((enum repli_outcome)i), rows[i].text);
        assert_int_equal(repli_outcome_waits((enum repli_outcome)i), rows[i].waits);
        assert_true(repli_outcome_parse(rows[i].text, &o));
        assert_int_equal(o, i);
    }
    static const char *const bad[] = {"", "Read", "read ", "no_code", "lost"};
    o = REPLI_OUTCOME_DRILL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(repli_outcome_parse(bad[i], &o));
    assert_int_equal(o, REPLI_OUTCOME_DRILL);
}

/* The reasons for an unreadable image. */
static void reasons(void **state)
{
    (void)state;
    static const char *const texts[REPLI_UNREADABLE_COUNT] = {"truncated", "limit", "encrypted",
                                                              "script",    "type",  "killed"};
    for (int i = 0; i < REPLI_UNREADABLE_COUNT; i++)
        assert_string_equal(repli_unreadable_text((enum repli_unreadable)i), texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(outcomes), cmocka_unit_test(reasons)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
