/* Outages: one at a time a ward, to the minute; and what merging makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "repli/outage.h"
#include "support/ward.h"

#define PAPER_ROWS "SELECT count(*) FROM observation WHERE from_paper=1"
#define NOON       (WARD_WINDOW_UTC + 4 * 3600) /* 12:00 in Brussels */

static int setup(void **state)
{
    *state = ward_new("outage", 3);
    return 0;
}

static int64_t now(struct ward *w)
{
    return repli_clock_now(&w->site->clock);
}

/* Opens one for a ward (NULL: the whole house). */
static enum repli_status open_one(struct ward *w, const char *ward, bool drill, int64_t from, char id[REPLI_ID_TEXT])
{
    const char *wards[] = {ward};
    struct repli_outage o = {
        .drill = drill, .from_utc = from, .opened_by = "an", .wards = wards, .nwards = ward ? 1 : 0};
    w->err = (struct repli_err){0};
    return repli_ledger_outage_open(w->ledger, 0, &o, now(w), id, &w->err);
}

static enum repli_status close_one(struct ward *w, const char *id, int64_t until)
{
    char closed[REPLI_ID_TEXT];
    w->err = (struct repli_err){0};
    return repli_ledger_outage_close(w->ledger, id, until, "bo", now(w), closed, &w->err);
}

static bool drill_in(struct ward *w, const char *ward)
{
    bool drill = false;
    int64_t from = 0;
    assert_int_equal(repli_ledger_open_now(w->ledger, ward, &drill, &from, &w->err), REPLI_OK);
    return drill;
}

/* A ward has one open outage or drill; the whole house is every ward; what is closed neither changes nor goes. */
static void one_at_a_time(void **state)
{
    struct ward *w = *state;
    char id[REPLI_ID_TEXT];
    assert_int_equal(close_one(w, NULL, NOON), REPLI_DATA);
    assert_int_equal(open_one(w, "3B", false, now(w) + 60, id), REPLI_USAGE);
    assert_int_equal(open_one(w, "3B", true, NOON + 59, id), REPLI_OK);
    assert_string_equal(id, "O0-1");
    assert_int_equal(open_one(w, "3B", false, NOON, id), REPLI_DATA);
    assert_non_null(strstr(w->err.text, "drill O0-1 is open for 3B"));
    assert_int_equal(open_one(w, NULL, false, NOON, id), REPLI_DATA);
    assert_int_equal(open_one(w, "4A", false, NOON, id), REPLI_OK);
    assert_true(drill_in(w, "3B") && !drill_in(w, "4A") && !drill_in(w, NULL));
    assert_int_equal(close_one(w, NULL, NOON), REPLI_USAGE); /* which of two? */
    assert_int_equal(close_one(w, "O0-1", NOON - 60), REPLI_USAGE);
    assert_int_equal(close_one(w, "O0-1", NOON + 600), REPLI_OK);
    assert_int_equal(close_one(w, "O0-1", NOON + 600), REPLI_DATA);
    assert_int_equal(close_one(w, "O0-9", NOON + 600), REPLI_USAGE);
    assert_false(drill_in(w, "3B"));
    assert_int_equal(ward_count(w, false, "SELECT from_utc FROM outage WHERE outage_id='O0-1'"), NOON);
    assert_int_equal(open_one(w, "3B", true, NOON + 540, id), REPLI_DATA); /* inside the first */
    assert_int_equal(open_one(w, "3B", false, NOON + 540, id), REPLI_OK);  /* a real one is another matter */
    assert_true(ward_refuses(w, false, "UPDATE outage SET until_utc=until_utc+60 WHERE outage_id='O0-1'"));
    assert_true(ward_refuses(w, false, "DELETE FROM outage"));
    assert_true(ward_refuses(w, false, "DELETE FROM outage_ward"));
    assert_int_equal(close_one(w, "O0-2", NOON + 600), REPLI_OK);
    assert_int_equal(close_one(w, "O0-3", NOON + 600), REPLI_OK);
    assert_int_equal(open_one(w, NULL, true, NOON + 600, id), REPLI_OK);
    assert_true(drill_in(w, "3B") && drill_in(w, "4A") && drill_in(w, NULL));
}

struct gate {
    const char *ward;
    bool drill;
    int64_t from, until; /* until 0: still open; from 0: none recorded */
    int64_t held;        /* of the 8 values of sheet 0 */
};

/* The first and the last minute of an outage belong to it; another ward's, a drill's and one of another day ask
** nothing; what lies outside is held, what lies inside names its outage. */
static void merging_asks_for_the_outage(void **state)
{
    struct ward *w = *state;
    ward_exec(w, false, "UPDATE sheet SET ward='3B' WHERE page=1");
    ward_exec(w, false, "UPDATE sheet SET ward='5C' WHERE page<>1");
    ward_key_all(w);
    ward_close(w);
    ward_save(w);
    /* sheet 0 of ward 3B: column 1 at 12:07, column 2 at 15:14 */
    const int64_t first = NOON + 7 * 60, second = NOON + 3 * 3600 + 14 * 60;
    const struct gate gates[] = {
        {NULL, false, 0, 0, 0},
        {"3B", false, first, second, 0},
        {"3B", false, first + 59, second, 0}, /* opened within the minute */
        {"3B", false, first + 60, 0, 4},
        {"3B", false, first, second - 60, 4},
        {"3B", false, first + 60, second - 60, 8},
        {NULL, false, first, 0, 0},
        {"4A", false, first + 60, 0, 0},
        {"3B", true, first + 60, 0, 0},
        {"3B", false, WARD_WINDOW_UTC - 86400, WARD_WINDOW_UTC - 3600, 0}, /* over before the sheet's hours */
    };
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++) {
        struct repli_arena a = {0};
        char id[REPLI_ID_TEXT];
        const struct gate *g = &gates[i];
        ward_restore(w);
        ward_open(w);
        if (g->from)
            assert_int_equal(open_one(w, g->ward, g->drill, g->from, id), REPLI_OK);
        if (g->until)
            assert_int_equal(close_one(w, id, g->until), REPLI_OK);
        (void)ward_merge(w, false, NULL);
        int64_t held = ward_count(w, false,
                                  "SELECT count(*) FROM hold JOIN sheet USING(serial) WHERE kind='outside-outage' AND "
                                  "page=1");
        if (held != g->held)
            fail_msg("case %zu: %lld held, not %lld", i, (long long)held, (long long)g->held);
        bool applies = g->from && !g->drill && i != 7 && i != 9;
        int64_t named = ward_count(w, true,
                                   "SELECT count(*) FROM paper_entry WHERE outage='O0-1' AND field IN ('col1.rr',"
                                   "'col2.rr') AND mac=x'0101010101010101'");
        assert_int_equal(named, applies ? 2 - g->held / 4 : 0);
        if (!applies)
            assert_int_equal(ward_count(w, true, "SELECT count(*) FROM paper_entry WHERE outage IS NOT NULL"), 0);
        ward_close(w);
        repli_arena_done(&a);
    }
    ward_open(w);
}

/* An outage that is recorded after the merge leaves what is merged as it is; a sheet's second run changes nothing. */
static void recorded_too_late(void **state)
{
    struct ward *w = *state;
    char id[REPLI_ID_TEXT], one[65], two[65];
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    ward_whole_digest(w, one);
    assert_int_equal(open_one(w, NULL, false, now(w) - 60, id), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    ward_whole_digest(w, two);
    assert_string_equal(one, two);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_at_a_time, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(merging_asks_for_the_outage, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(recorded_too_late, setup, ward_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
