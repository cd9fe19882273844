/* Conflicts that people decide, and how merging obeys. */
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
#define AT         (WARD_WINDOW_UTC - 8 * 3600 + 12 * 3600 + 7 * 60) /* column 1 of sheet 0 */

/* Keyed by an and bo; the record has another rr at the minute of column 1 of sheet 0; merged as far as it goes. */
static int setup(void **state)
{
    struct ward *w = ward_new("decide", 2);
    ward_key_all(w);
    ward_live_value(w, "other", "9279-1", "30", AT);
    if (ward_merge(w, false, NULL) != REPLI_WAITS)
        abort();
    *state = w;
    return 0;
}

static enum repli_status decide(struct ward *w, const char *capture, const char *choice, const char *by)
{
    char sheet[16];
    ward_sheet_name(0, sheet);
    w->err = (struct repli_err){0};
    return repli_review_decide(w->site, w->ledger, sheet, capture, choice, by, &w->err);
}

static void count_line(void *user, const char *json)
{
    assert_non_null(strstr(json, "\"need\":\"decide\""));
    ++*(int *)user;
}

static int waiting(struct ward *w, const char *by)
{
    int n = 0;
    assert_int_equal(repli_review_conflicts(w->ledger, by, count_line, &n, &w->err), REPLI_OK);
    return n;
}

static const char *entry(struct ward *w, struct repli_arena *a)
{
    return ward_text(w, true,
                     "SELECT effect||' '||coalesce(target,'-')||' '||decided||' '||decided_by||' '||value FROM "
                     "paper_entry WHERE field='col1.rr' AND mac=x'0101010101010101'",
                     a);
}

/* Who keyed any of it may not decide; what is no conflict, no choice or decided is refused; saying it twice is once. */
static void who_may_decide_what(void **state)
{
    struct ward *w = *state;
    assert_int_equal(waiting(w, NULL), 1);
    assert_int_equal(waiting(w, "an"), 0);
    assert_int_equal(waiting(w, "bo"), 0);
    assert_int_equal(waiting(w, "cy"), 1);
    assert_int_equal(decide(w, "col1.rr", "paper", "an"), REPLI_DATA);
    assert_int_equal(decide(w, "col1.rr", "paper", "bo"), REPLI_DATA);
    assert_non_null(strstr(w->err.text, "you keyed col1."));
    assert_int_equal(decide(w, "col1.rr", "both", "cy"), REPLI_DATA);
    assert_int_equal(decide(w, "col1.dbp", "paper", "cy"), REPLI_DATA);
    assert_int_equal(decide(w, "col9.rr", "paper", "cy"), REPLI_DATA);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold WHERE decided IS NOT NULL"), 0);
    assert_int_equal(decide(w, "col1.rr", "live", "cy"), REPLI_OK);
    assert_int_equal(decide(w, "col1.rr", "live", "cy"), REPLI_OK);
    assert_int_equal(decide(w, "col1.rr", "paper", "cy"), REPLI_DATA);
    assert_int_equal(decide(w, "col1.rr", "live", "di"), REPLI_DATA);
    assert_int_equal(waiting(w, NULL), 0);
}

/* Paper: the written value is a row of its own, the record's stays untouched; undone, it does not return by itself. */
static void paper_stands_beside(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    char one[65], two[65], ledger[65], ledger2[65];
    ward_patient_digest(w, one);
    assert_int_equal(decide(w, "col1.rr", "paper", "cy"), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w));
    assert_int_equal(ward_count(w, true,
                                "SELECT count(*) FROM observation WHERE observation_id='other' AND value='30' "
                                "AND row_version=1 AND from_paper=0"),
                     1);
    assert_non_null(strstr(entry(w, &a), "inserted observation/paper:"));
    assert_non_null(strstr(entry(w, &a), " paper cy 13"));
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 2);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold WHERE decided='paper' AND decided_by='cy'"), 1);
    ward_whole_digest(w, two);
    ward_ledger_digest(w, ledger);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    char again[65];
    ward_whole_digest(w, again);
    ward_ledger_digest(w, ledger2);
    assert_string_equal(two, again);
    assert_string_equal(ledger, ledger2);
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-3", "an", "test", &w->err), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    ward_patient_digest(w, two);
    assert_string_equal(one, two);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold WHERE kind='undone'"), 1);
    repli_arena_done(&a);
}

/* Live and note: nothing of the patient changes, what was written is noted with who said so, and the sheet is done. */
static void noted_and_nothing_applied(void **state)
{
    struct ward *w = *state;
    static const char *const choices[2] = {"live", "note"}, *const entries[2] = {"note observation/other live cy 13",
                                                                                 "note - note cy 13"};
    ward_close(w);
    ward_save(w);
    for (int i = 0; i < 2; i++) {
        struct repli_arena a = {0};
        char one[65], two[65];
        ward_restore(w);
        ward_open(w);
        ward_patient_digest(w, one);
        assert_int_equal(decide(w, "col1.rr", choices[i], "cy"), REPLI_OK);
        assert_int_equal(ward_merge(w, true, NULL), REPLI_OK);
        assert_int_equal(ward_count(w, true, "SELECT count(*) FROM paper_entry WHERE decided IS NOT NULL"), 0);
        assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
        ward_patient_digest(w, two);
        assert_string_equal(one, two);
        assert_string_equal(entry(w, &a), entries[i]);
        assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 2);
        ward_close(w);
        repli_arena_done(&a);
    }
    ward_open(w);
}

/* A decision is about what was seen: when the record changes before the merge, it waits again, nothing is applied. */
static void the_record_moved_on(void **state)
{
    struct ward *w = *state;
    assert_int_equal(decide(w, "col1.rr", "paper", "cy"), REPLI_OK);
    ward_exec(w, true, "UPDATE observation SET value='31', row_version=2 WHERE observation_id='other'");
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - 1);
    assert_int_equal(waiting(w, "cy"), 1);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold WHERE decided IS NOT NULL"), 0);
    assert_int_equal(decide(w, "col1.rr", "paper", "di"), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w));
}

/* Who the patient is cannot be decided for paper; it can be noted. */
static void identity_is_not_decided(void **state)
{
    struct ward *w = *state;
    ward_exec(w, true, "UPDATE patient SET subject_hash=x'0000000000000001', row_version=2 WHERE patient_id='pat-0'");
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(decide(w, "col1.rr", "paper", "cy"), REPLI_DATA);
    assert_non_null(strstr(w->err.text, "'identity-mismatch' cannot be decided for paper"));
    assert_int_equal(decide(w, "col1.rr", "note", "cy"), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - 1);
}

/* Of a file that was joined, renumbered, or whose death has no time, a person says once that the paper is its own; what
** is merged then stays under the file that was printed, and whoever reads the other one reads it. */
static void said_once_of_the_sheet(void **state)
{
    static const struct {
        const char *sql, *kind;
    } cases[] = {{"UPDATE patient SET replaced_by='pat-1', row_version=2 WHERE patient_id='pat-0'", "patient-merged"},
                 {"UPDATE patient SET deceased=1, row_version=2 WHERE patient_id='pat-0'", "death-time-unknown"},
                 {"UPDATE patient SET identifier_value='10999', subject_hash=x'0000000000000001', row_version=2 WHERE "
                  "patient_id='pat-0';UPDATE patient_identifier SET value='10999', row_version=2 WHERE "
                  "patient_id='pat-0'",
                  "patient-renumbered"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ward w;
        struct repli_arena a = {0};
        ward_make(&w, "decide", 2);
        ward_open(&w);
        ward_key_all(&w);
        ward_exec(&w, true, cases[i].sql);
        assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
        assert_int_equal(
            ward_count(&w, false, repli_arena_printf(&a, "SELECT count(*) FROM hold WHERE kind='%s'", cases[i].kind)),
            8);
        assert_int_equal(decide(&w, "col1.rr", "paper", "an"), REPLI_DATA); /* she keyed it */
        assert_int_equal(decide(&w, "col1.rr", "paper", "cy"), REPLI_OK);
        if (ward_merge(&w, false, NULL) != REPLI_OK)
            fail_msg("%s: still held", cases[i].kind);
        assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM observation WHERE patient_id='pat-0'"), 8);
        assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM paper_entry WHERE decided_by='cy'"), 8);
        repli_arena_done(&a);
        ward_drop(&w);
    }
    (void)state;
}

/* A value without a time can be noted, so that the sheet can be done; it cannot be put into the record. */
static void what_has_no_time_is_noted(void **state)
{
    struct ward w;
    (void)state;
    const char *pair[2] = {"col1.at", "\"answer\":\"blank\""};
    ward_make(&w, "decide", 1);
    ward_open(&w);
    ward_key(&w, "an", ward_say_else, pair, false);
    ward_key(&w, "bo", ward_say_else, pair, false);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    assert_int_equal(decide(&w, "col1.rr", "paper", "cy"), REPLI_DATA);
    assert_int_equal(decide(&w, "col1.rr", "note", "cy"), REPLI_OK);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE kind='no-time' AND decided IS NULL"), 3);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM paper_entry WHERE decided='note' AND field='col1.rr'"),
                     1);
    assert_int_equal(ward_count(&w, true, PAPER_ROWS), WARD_VALUES);
    ward_drop(&w);
}

/* A changed name holds every value of the sheet; that it is the same person is said once, by somebody who keyed
** none. */
static void a_changed_name_is_said_once(void **state)
{
    struct ward *w = *state;
    ward_exec(w, true, "DELETE FROM observation WHERE observation_id='other'");
    ward_exec(w, true, "UPDATE patient SET family='LAMBERT', row_version=2 WHERE patient_id='pat-0'");
    ward_exec(w, true, "UPDATE patient SET family='Dupont', given='MARIE', row_version=2 WHERE patient_id='pat-1'");
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-1", "cy", "test", &w->err), REPLI_OK);
    static const char *const opened[] = {"col1.at", "col2.at"};
    for (int i = 0; i < 2; i++) {
        char sheet[16];
        ward_sheet_name(0, sheet);
        assert_int_equal(repli_review_reopen(w->site, w->ledger, sheet, opened[i], "cy", &w->err), REPLI_OK);
    }
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(
        ward_count(w, false, "SELECT count(*) FROM hold WHERE kind='identity-changed' AND decided IS NULL"), 8);
    assert_int_equal(decide(w, "col1.rr", "paper", "an"), REPLI_DATA);
    assert_int_equal(decide(w, "col1.rr", "paper", "cy"), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w));
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM paper_entry WHERE decided='paper' AND decided_by='cy'"),
                     8);
}

/* A time outside the outage, decided for paper, still has to pass what the record says of that minute. */
static void two_conflicts_in_a_row(void **state)
{
    struct ward *w = *state;
    const struct repli_outage o = {.from_utc = AT + 60, .opened_by = "an"};
    char id[REPLI_ID_TEXT];
    assert_int_equal(repli_ledger_outage_open(w->ledger, 0, &o, WARD_WINDOW_UTC + 39600, id, &w->err), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold WHERE kind='outside-outage'"), 1);
    assert_int_equal(decide(w, "col1.rr", "paper", "cy"), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - 1);
    assert_int_equal(waiting(w, "di"), 1);
    assert_int_equal(decide(w, "col1.rr", "paper", "di"), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w));
}

/* Decisions as lines of import, by sheet and capture or by task: taken, repeated, refused; never by who keyed it. */
static void decisions_are_imported(void **state)
{
    struct ward *w = *state;
    struct repli_review_counts n;
    char sheet[16];
    ward_sheet_name(0, sheet);
    (void)ward_answer(w, "an", &n, "{\"sheet\":\"%s\",\"capture\":\"col1.rr\",\"decide\":\"paper\"}", sheet);
    assert_int_equal(n.refused, 1);
    (void)ward_answer(w, "cy", &n,
                      "{\"capture\":\"col1.rr\",\"decide\":\"paper\"}\n{\"task\":\"x\",\"decide\":\"paper\"}\n"
                      "{\"sheet\":\"%s\",\"capture\":\"col1.rr\",\"decide\":\"\"}",
                      sheet);
    assert_int_equal(n.refused, 3);
    assert_int_equal(ward_answer(w, "cy", &n, "{\"task\":\"%s/col1.rr/1/decide\",\"decide\":\"paper\"}", sheet),
                     REPLI_OK);
    assert_int_equal(n.taken, 1);
    assert_int_equal(ward_answer(w, "cy", &n, "{\"sheet\":\"%s\",\"capture\":\"col1.rr\",\"decide\":\"paper\"}", sheet),
                     REPLI_OK);
    assert_int_equal(n.repeated, 1);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_may_decide_what, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(paper_stands_beside, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(noted_and_nothing_applied, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(the_record_moved_on, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(identity_is_not_decided, setup, ward_teardown),
        cmocka_unit_test(said_once_of_the_sheet),
        cmocka_unit_test(what_has_no_time_is_noted),
        cmocka_unit_test_setup_teardown(a_changed_name_is_said_once, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(two_conflicts_in_a_row, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(decisions_are_imported, setup, ward_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
