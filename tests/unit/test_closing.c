/* Sheets that a person closes: void, lost, the unused rest of a pack. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/closing.h"
#include "support/ward.h"

#define PAPER_ROWS "SELECT count(*) FROM observation WHERE from_paper=1"

static int setup(void **state)
{
    *state = ward_new("closing", 4);
    return 0;
}

struct names {
    char text[4][16];
    const char *list[4];
};

static void name_sheets(struct names *n, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ward_sheet_name(first + i, n->text[i]);
        n->list[i] = n->text[i];
    }
}

static enum repli_status close_some(struct ward *w, bool lost, size_t first, size_t count, const char *reason,
                                    struct repli_closed *done)
{
    struct names n;
    name_sheets(&n, first, count);
    struct repli_closing what = {.sheets = n.list, .count = count, .by = "cy", .reason = reason};
    w->err = (struct repli_err){0};
    *done = (struct repli_closed){0};
    return lost ? repli_sheets_lost(w->site, w->ledger, &what, done, &w->err)
                : repli_sheets_void(w->site, w->ledger, w->record, &what, done, &w->err);
}

static void set_printed(struct ward *w, const char *pages)
{
    struct repli_arena a = {0};
    ward_exec(w, false, repli_arena_printf(&a, "UPDATE sheet SET state='printed' WHERE page IN (%s)", pages));
    repli_arena_done(&a);
}

/* A void sheet asks nobody anything, takes no answer, never merges, and says who closed it and why; twice is once. */
static void void_asks_and_merges_nothing(void **state)
{
    struct ward *w = *state;
    struct repli_closed done;
    struct repli_review_counts n;
    char sheet[16];
    ward_sheet_name(1, sheet);
    ward_key(w, "an", NULL, NULL, false);
    assert_int_equal(close_some(w, false, 1, 1, NULL, &done), REPLI_USAGE);
    assert_int_equal(close_some(w, false, 1, 1, "line\nbreak", &done), REPLI_USAGE);
    assert_int_equal(close_some(w, false, 1, 1, "coffee", &done), REPLI_OK);
    assert_int_equal(done.closed, 1);
    assert_int_equal(close_some(w, false, 1, 1, "coffee", &done), REPLI_OK);
    assert_int_equal(done.closed, 0);
    assert_int_equal(done.already, 1);
    assert_int_equal(ward_count(w, false,
                                "SELECT count(*) FROM task WHERE done=0 AND task_id LIKE (SELECT sheet||'%' "
                                "FROM sheet WHERE state='void')"),
                     0);
    assert_int_equal(ward_count(w, false,
                                "SELECT count(*) FROM sheet WHERE state='void' AND state_by='cy' AND "
                                "state_why='coffee'"),
                     1);
    (void)ward_answer(w, "bo", &n, "{\"sheet\":\"%s\",\"field\":\"col1.at\",\"answer\":\"value\",\"value\":\"1207\"}",
                      sheet);
    assert_int_equal(n.refused, 1);
    ward_key(w, "bo", NULL, NULL, false);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id='pat-1' AND from_paper=1"),
                     0);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - 2 * WARD_VALUES);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM task WHERE done=0"), 0);
}

/* What is in the record is not voided away: by name, until it is undone; and of several sheets then none. */
static void merged_is_undone_first(void **state)
{
    struct ward *w = *state;
    struct repli_closed done;
    const char *pair[2] = {"col2.dbp", "\"answer\":\"illegible\""};
    ward_key(w, "an", ward_say_else, pair, false);
    ward_key(w, "bo", ward_say_else, pair, false);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS); /* sheet 0 is reviewed, with seven values merged */
    set_printed(w, "4");
    assert_int_equal(close_some(w, false, 0, 1, "wrong", &done), REPLI_DATA);
    assert_non_null(strstr(w->err.text, "merge undo M0-1"));
    assert_int_equal(close_some(w, false, 1, 1, "wrong", &done), REPLI_DATA);
    assert_int_equal(close_some(w, false, 3, 1, "wrong", &done), REPLI_DATA); /* its state says little */
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='void'"), 0);
    w->err = (struct repli_err){0};
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-1", "an", "test", &w->err), REPLI_OK);
    assert_int_equal(close_some(w, false, 0, 2, "wrong", &done), REPLI_DATA); /* the second one still is merged */
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='void'"), 0);
    assert_int_equal(close_some(w, false, 0, 1, "wrong", &done), REPLI_OK);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold JOIN sheet USING(serial) WHERE state='void'"), 0);
}

/* A page whose void box people confirmed is closed without another reason; without the box one is needed. */
static void crossed_out(void **state)
{
    struct ward *w = *state;
    struct repli_closed done;
    const char *pair[2] = {"page.void", "\"answer\":\"value\",\"value\":\"ticked\""};
    ward_exec(w, false, "UPDATE reading SET state='ticked' WHERE field='page.void' AND scan_id=1");
    ward_key(w, "an", ward_say_else, pair, false);
    ward_key(w, "bo", ward_say_else, pair, false);
    assert_int_equal(close_some(w, true, 0, 1, NULL, &done), REPLI_USAGE);
    assert_int_equal(close_some(w, false, 0, 1, NULL, &done), REPLI_OK);
    assert_int_equal(
        ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='void' AND state_why='crossed out on paper'"), 1);
    assert_int_equal(close_some(w, false, 1, 1, NULL, &done), REPLI_USAGE);
}

/* Only what was printed and never scanned can be lost; it may be scanned again afterwards. */
static void lost_and_found(void **state)
{
    struct ward *w = *state;
    struct repli_closed done;
    set_printed(w, "3,4");
    assert_int_equal(close_some(w, true, 1, 2, "not found", &done), REPLI_DATA); /* sheet 1 was read */
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='lost'"), 0);
    assert_int_equal(close_some(w, true, 2, 2, "not found", &done), REPLI_OK);
    assert_int_equal(done.closed, 2);
    assert_int_equal(close_some(w, false, 2, 1, "shredded", &done), REPLI_DATA);
    w->err = (struct repli_err){0};
    assert_int_equal(
        repli_ledger_sheet_state(w->ledger, ward_serial(2), REPLI_LIFE_SCANNED, NULL, NULL, WARD_WINDOW_UTC, &w->err),
        REPLI_OK);
}

/* The rest of a pack closes when the count is right, and not at all when it is one more or less. */
static void the_counted_rest(void **state)
{
    struct ward *w = *state;
    static const int64_t wrong[] = {0, 1, 3, 4, 1000};
    struct repli_closed done = {0};
    set_printed(w, "2,4");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char both[64];
        w->err = (struct repli_err){0};
        assert_int_equal(repli_sheets_unused(w->site, w->ledger, "P0-1", wrong[i], "cy", &done, &w->err), REPLI_DATA);
        snprintf(both, sizeof both, "%lld sheets were counted, but 2 of pack P0-1", (long long)wrong[i]);
        assert_non_null(strstr(w->err.text, both));
        assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='void'"), 0);
    }
    w->err = (struct repli_err){0};
    assert_int_equal(repli_sheets_unused(w->site, w->ledger, "P0-9", 2, "cy", &done, &w->err), REPLI_DATA);
    w->err = (struct repli_err){0};
    assert_int_equal(repli_sheets_unused(w->site, w->ledger, "P0-1", 2, "cy", &done, &w->err), REPLI_OK);
    assert_int_equal(done.closed, 2);
    assert_int_equal(ward_count(w, false,
                                "SELECT count(*) FROM sheet WHERE state='void' AND page IN (2,4) AND "
                                "state_by='cy' AND state_why LIKE 'unused%'"),
                     2);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='read'"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(void_asks_and_merges_nothing, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(merged_is_undone_first, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(crossed_out, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(lost_and_found, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(the_counted_rest, setup, ward_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
