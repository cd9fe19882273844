/* Doses on sheets that ask the prescriber for each order, and drugs of a group that somebody reacts to. */
#include "mar_cases.h"

#include <stdlib.h>

#define SIGN ",\"sign\":true"
#define MINE ",\"related\":[\"penicillin\",\"amoxicil\"]"
#define ALLERGIC(to)                                                                                                   \
    "INSERT INTO allergy(allergy_id, patient_id, kind, substance, status, source_hash) "                               \
    "VALUES('new','pat-0','substance','" to "','active',x'00')"

static const struct {
    const char *what, *more;
    bool sign;
    const char *sql, *why; /* why it is held; NULL: it merges */
    struct ward_ink ink[5];
} cases[] = {
    {"a usual day asks nobody", NULL, true, NULL, NULL, {GIVEN}},
    {"nothing is ticked", SIGN, true, NULL, "not-continued", {GIVEN}},
    {"ticked, and no initials", SIGN, true, NULL, "not-continued", {GIVEN, {0, "row1.verify.continue", "ticked"}}},
    {"initials, and no tick", SIGN, true, NULL, "not-continued", {GIVEN, {0, "row1.verify.prescriber", "ink"}}},
    {"stopped",
     SIGN,
     true,
     NULL,
     "not-continued",
     {GIVEN, {0, "row1.verify.stop", "ticked"}, {0, "row1.verify.prescriber", "ink"}}},
    {"continued",
     SIGN,
     true,
     NULL,
     NULL,
     {GIVEN, {0, "row1.verify.continue", "ticked"}, {0, "row1.verify.prescriber", "ink"}}},
    {"a dose that was not given asks nobody", SIGN, true, NULL, NULL, {{0, "row1.slot1.reason", "1"}}},
    {"another drug of the group", MINE, false, ALLERGIC("Pénicilline G"), "allergy-contradicts", {GIVEN}},
    {"a word of the group inside a text",
     MINE,
     false,
     ALLERGIC("allégie: Amoxicilline"),
     "allergy-contradicts",
     {GIVEN}},
    {"a drug of another group", MINE, false, ALLERGIC("Latex"), NULL, {GIVEN}},
    {"a word that only ends so", MINE, false, ALLERGIC("Xpenicillin"), NULL, {GIVEN}},
    {"without a group only names count", NULL, false, ALLERGIC("Pénicilline G"), NULL, {GIVEN}},
};

static void doses_are_held_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ward *w = calloc(1, sizeof *w);
        struct repli_arena a = {0};
        ward_mar_more = cases[i].more;
        ward_mar_sign = cases[i].sign;
        make(w, cases[i].ink, 1);
        run_sql(w, cases[i].sql);
        ward_key_all(w);
        enum repli_status status = ward_merge(w, false, NULL);
        const char *why = ward_text(
            w, false, "SELECT coalesce((SELECT kind FROM hold WHERE capture='row1.slot1' AND decided IS NULL),'-')",
            &a);
        if (strcmp(why, cases[i].why ? cases[i].why : "-") != 0)
            fail_msg("%s: held as %s", cases[i].what, why);
        assert_int_equal(status, cases[i].why ? REPLI_WAITS : REPLI_OK);
        assert_int_equal(rows_of(w, "row1.slot1"), cases[i].why ? 0 : 1);
        if (cases[i].why) { /* what was given was given: a person may say so */
            const struct hold_case c = {.why = cases[i].why, .capture = "row1.slot1"};
            decide(w, &c, "paper", REPLI_OK);
            (void)!ward_merge(w, false, NULL);
            assert_int_equal(rows_of(w, "row1.slot1"), 1);
        }
        repli_arena_done(&a);
        ward_drop(w);
        free(w);
    }
    ward_mar_more = NULL;
    ward_mar_sign = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(doses_are_held_or_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
