/* Sheets that are merged together: each is still undone, refused, failed and told by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/mark.h"
#include "support/ward.h"

#define PAPER_ROWS "SELECT count(*) FROM observation WHERE from_paper=1"

enum { SHEETS = 12 }; /* groups of one, two, four and five */

static int setup(void **state)
{
    struct ward *w = ward_new("merge_group", SHEETS);
    ward_key_all(w);
    *state = w;
    return 0;
}

/* `sql` with the sheet's name in place of its one $. */
static int64_t count(struct ward *w, bool record, const char *sql, size_t sheet)
{
    struct repli_arena a = {0};
    char name[16];
    ward_sheet_name(sheet, name);
    const char *at = strchr(sql, '$');
    assert_non_null(at);
    const char *text = repli_arena_printf(&a, "%.*s%s%s", (int)(at - sql), sql, name, at + 1);
    int64_t n = ward_count(w, record, text);
    repli_arena_done(&a);
    return n;
}

#define ROWS_OF         "SELECT count(*) FROM observation WHERE observation_id LIKE 'paper:$:%'"
#define STATE_OF(state) "SELECT count(*) FROM sheet WHERE sheet='$' AND state='" state "'"

/* The merge of a sheet, by the number that it has. */
static enum repli_status undo_sheet(struct ward *w, size_t sheet)
{
    struct repli_arena a = {0};
    char name[16];
    ward_sheet_name(sheet, name);
    const char *id =
        ward_text(w, true, repli_arena_printf(&a, "SELECT merge_id FROM merge WHERE sheet='%s'", name), &a);
    enum repli_status s = repli_merge_undo(w->site, w->ledger, w->record, id, "cy", "test", &w->err);
    repli_arena_done(&a);
    return s;
}

/* An undo takes out its own sheet's rows, every one and no other's, whichever sheet of a group it is. */
static void each_is_undone_alone(void **state)
{
    struct ward *w = *state;
    char before[65], after[65];
    int64_t each = ward_values(w) / SHEETS, left = ward_values(w);
    ward_patient_digest(w, before);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM merge WHERE changeset IS NOT NULL"), SHEETS);
    for (size_t i = 0; i < SHEETS; i++) {
        size_t sheet = i * 5 % SHEETS;
        assert_int_equal(undo_sheet(w, sheet), REPLI_OK);
        left -= each;
        assert_int_equal(count(w, true, ROWS_OF, sheet), 0);
        assert_int_equal(ward_count(w, true, PAPER_ROWS), left);
        assert_int_equal(count(w, false, STATE_OF("reviewed"), sheet), 1);
    }
    ward_patient_digest(w, after);
    assert_string_equal(before, after);
}

/* The third sheet of a group cannot be read any more: those before it are merged, done and told, those behind it are
** left, and so is every number. */
static void one_that_fails_stops_there(void **state)
{
    struct ward *w = *state;
    struct repli_buf lines = {0};
    char name[16], last[16];
    size_t bad = 5; /* in the group of four: sheets 3 to 6 */
    ward_exec(w, false, "DROP TRIGGER IF EXISTS sheet_keep");
    ward_sheet_name(bad, name);
    ward_sheet_name(bad - 1, last);
    char sql[200];
    snprintf(sql, sizeof sql, "UPDATE sheet SET page_map=x'0000000500' WHERE sheet='%s'", name);
    ward_exec(w, false, sql);
    assert_int_equal(ward_merge(w, false, &lines), REPLI_DATA);
    assert_non_null(strstr(w->err.text, "page map"));
    for (size_t i = 0; i < SHEETS; i++) {
        assert_int_equal(count(w, true, ROWS_OF, i) > 0, i < bad);
        assert_int_equal(count(w, false, STATE_OF("merged"), i), i < bad);
    }
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM intent"), (int64_t)bad);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM intent WHERE done_utc IS NULL"), 0);
    assert_non_null(strstr(lines.data, last));
    assert_null(strstr(lines.data, name));
    repli_buf_done(&lines);
    repli_err_clear(&w->err);
}

/* ---- somebody else, between the record's commit and the moment when the ledger hears of it */

/* What is done when the first line is told: the group behind that sheet's is in the record then, and the ledger has not
** heard of it yet. */
struct between {
    struct ward *w;
    size_t sheet; /* of the second group */
    bool same_handle, undo, only_record, done;
    int64_t open; /* intents */
};

static void do_between(void *user, const char *json)
{
    struct between *b = user;
    struct ward other = *b->w, *by = b->same_handle ? b->w : &other;
    char name[16];
    (void)json;
    if (b->done)
        return;
    b->done = true;
    if (!b->same_handle)
        ward_open(&other);
    ward_sheet_name(b->sheet, name);
    b->open = ward_count(by, false, "SELECT count(*) FROM intent WHERE done_utc IS NULL");
    assert_int_equal(count(by, true, ROWS_OF, b->sheet), ward_values(by) / SHEETS);
    enum repli_status s = REPLI_OK;
    if (b->only_record)
        ward_exec(by, true, "INSERT INTO merge_undo VALUES('M0-2', 1, 'cy', NULL)");
    else if (b->undo)
        s = undo_sheet(by, b->sheet);
    else
        s = repli_review_reopen(by->site, by->ledger, name, "col1.rr", "cy", &by->err);
    if (s != REPLI_OK)
        fail_msg("%s", by->err.text);
    if (!b->same_handle)
        ward_close(&other);
}

static void merge_around(struct between *b)
{
    struct ward *w = b->w;
    enum repli_status s = repli_merge_run(w->site, w->ledger, w->record, "an", false, do_between, b, &w->err);
    assert_true(b->done);
    assert_int_equal(s, REPLI_WAITS);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM intent WHERE done_utc IS NULL"), 0);
    assert_int_equal(count(w, false, STATE_OF("merged"), b->sheet), 0);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), SHEETS - 1);
}

/* A field is opened again: the sheet is not merged, whatever it was when it was written. */
static void opened_in_between(void **state)
{
    for (int same = 0; same < 2; same++) {
        struct between b = {.w = *state, .sheet = same ? 2 : 1, .same_handle = same};
        if (same) {
            ward_close(b.w);
            ward_drop(b.w);
            memset(b.w, 0, sizeof *b.w);
            ward_make(b.w, "merge_group", SHEETS);
            ward_open(b.w);
            ward_key_all(b.w);
        }
        merge_around(&b);
        assert_int_equal(b.open, 2); /* it was the second group, of two sheets */
        assert_int_equal(count(b.w, false,
                               "SELECT count(*) FROM task JOIN sheet USING(serial) WHERE sheet='$' AND done=0",
                               b.sheet) > 0,
                         1);
    }
}

#define HELD_AS_UNDONE "SELECT count(*) FROM hold JOIN sheet USING(serial) WHERE sheet='$' AND kind='undone'"

/* The merge is undone: its captures are held by that, and the sheet is not merged. */
static void undone_in_between(void **state)
{
    struct between b = {.w = *state, .sheet = 1, .undo = true};
    merge_around(&b);
    assert_int_equal(count(b.w, true, ROWS_OF, b.sheet), 0);
    assert_int_equal(count(b.w, false, HELD_AS_UNDONE, b.sheet), ward_values(b.w) / SHEETS);
}

/* The same where the ledger has not heard of the undo yet. */
static void undone_in_the_record_in_between(void **state)
{
    struct between b = {.w = *state, .sheet = 1, .only_record = true};
    merge_around(&b);
    assert_int_equal(count(b.w, false, HELD_AS_UNDONE, b.sheet), ward_values(b.w) / SHEETS);
}

/* ---- marks */

static void mark(struct ward *w, struct repli_mark *ledger, struct repli_mark *record)
{
    assert_int_equal(repli_ledger_begin(w->ledger, &w->err), REPLI_OK);
    assert_int_equal(repli_ledger_mark(w->ledger, ledger, &w->err), REPLI_OK);
    assert_int_equal(repli_record_mark(w->record, record, &w->err), REPLI_OK);
    assert_int_equal(repli_ledger_commit(w->ledger, &w->err), REPLI_OK);
}

/* Marks are the same as long as nobody writes: neither another handle nor this one. */
static void marks_tell(void **state)
{
    struct ward *w = *state, other = *w;
    struct repli_mark ledger[2], record[2];
    mark(w, &ledger[0], &record[0]);
    mark(w, &ledger[1], &record[1]);
    assert_true(repli_mark_same(&ledger[0], &ledger[1]) && repli_mark_same(&record[0], &record[1]));
    ward_open(&other);
    ward_exec(&other, true, "UPDATE patient SET given='X', row_version=row_version+1 WHERE patient_id='pat-0'");
    mark(w, &ledger[1], &record[1]);
    assert_true(repli_mark_same(&ledger[0], &ledger[1]));
    assert_false(repli_mark_same(&record[0], &record[1]));
    ward_exec(&other, false, "UPDATE person SET name='Y' WHERE person_id='an'");
    ward_close(&other);
    mark(w, &ledger[1], &record[0]);
    assert_false(repli_mark_same(&ledger[0], &ledger[1]));
    assert_true(repli_mark_same(&record[0], &record[1]));
    assert_int_equal(repli_ledger_begin(w->ledger, &w->err), REPLI_OK);
    ward_exec(w, false, "UPDATE person SET name='Z' WHERE person_id='an'");
    repli_ledger_rollback(w->ledger);
    mark(w, &ledger[0], &record[0]);
    assert_false(repli_mark_same(&ledger[0], &ledger[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_undone_alone, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(one_that_fails_stops_there, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(opened_in_between, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(undone_in_between, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(undone_in_the_record_in_between, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(marks_tell, setup, ward_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
