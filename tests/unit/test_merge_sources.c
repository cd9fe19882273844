/* What a merge looks at: every file that stands for a person, the first image of a sheet; and what its rows may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "support/ward.h"

static int setup(void **state)
{
    *state = ward_new("merge_sources", 1);
    return 0;
}

/* A value of that minute lies in a file that was joined to the patient's, or to one that was: it is held against all
** the same.  The other values merge. */
static void of_every_file(void **state)
{
    struct ward *w = *state;
    struct repli_buf lines = {0};
    ward_key_all(w);
    ward_exec(w, true,
              "INSERT INTO patient(patient_id, identifier_system, identifier_value, subject_hash, replaced_by, "
              "source_hash) VALUES('old','urn:x','8000001',x'0102030405060708','pat-0',x'00'),"
              "('older','urn:x','8000002',x'0102030405060709','old',x'00')");
    /* col1 of sheet 0: 12:07 */
    ward_live_value(w, "elsewhere", "9279-1", "30", WARD_WINDOW_UTC - 8 * 3600 + 12 * 3600 + 7 * 60);
    ward_exec(w, true, "UPDATE observation SET patient_id='older', row_version=2 WHERE observation_id='elsewhere'");
    assert_int_equal(ward_merge(w, false, &lines), REPLI_WAITS);
    assert_non_null(strstr(lines.data, "paper says 13, the record says 30"));
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE from_paper=1"), ward_values(w) - 1);
    repli_buf_done(&lines);
}

/* Fields of one sheet were read from two images: the sheet's own is the first that came, whichever field it shows. */
static void the_first_image(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    ward_exec(w, false,
              "INSERT INTO image(image_id, sha256, name, bytes, stored_utc) VALUES(9, zeroblob(32), 'b.png', 1, 0)");
    ward_exec(w, false,
              "INSERT INTO scan(scan_id, image_id, page, outcome, serial, result, scanned_utc) SELECT 9, 9, 1, 'read', "
              "serial, '{}', scanned_utc+60 FROM scan WHERE scan_id=1");
    ward_exec(w, false, "UPDATE reading SET scan_id=9 WHERE field IN('col1.acvpu','page.void')");
    assert_int_equal(review_load(w->ledger, ward_serial(0), &a, &sheet, &w->err), REPLI_OK);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM reading WHERE scan_id=9"), 2);
    assert_int_equal(sheet->source.scan_id, 1);
    assert_int_equal(sheet->source.image_sha256[0], 1);
    assert_int_equal(sheet->source.scanned_utc, WARD_WINDOW_UTC + 36000);
    assert_int_equal(review_find(sheet, "page.void")->reading->source.scanned_utc, WARD_WINDOW_UTC + 36060);
    repli_arena_done(&a);
}

/* The statement with the word in place of each $; returns whether the database takes it. */
static bool says(struct ward *w, bool record, const char *sql, const char *word)
{
    struct repli_buf text = {0};
    for (; *sql; sql++)
        if (*sql == '$')
            repli_buf_puts(&text, word);
        else
            repli_buf_add(&text, sql, 1);
    bool taken = !ward_refuses(w, record, text.data);
    repli_buf_done(&text);
    return taken;
}

/* Columns that know a few words take each of them and no other. */
static void words_of_columns(void **state)
{
    static const struct {
        bool record;
        const char *change, *words; /* $: the word */
    } columns[] = {
        {true, "UPDATE observation SET value_kind='$', row_version=row_version+1 WHERE observation_id='one'",
         "quantity code text time absent"},
        {true,
         "INSERT INTO paper_entry(serial, mac, field, revision, merge_id, capture, effect, entered_utc, entered_by, "
         "box_um, image_sha256, decided, decided_by) SELECT 1, x'01', 'f$', 1, merge_id, 'c', 'note', 1, 'an', '', "
         "x'00', '$', 'an' FROM merge LIMIT 1",
         "paper live note"},
        {false, "UPDATE sheet SET state='$'", "allotted printed scanned read reviewed merged void lost blank"},
        {false, "UPDATE reading SET state='$' WHERE field='col1.rr'", "empty ticked cancelled ink doubtful"},
        {false,
         "INSERT INTO entry(serial, field, revision, person, need, answer, value, entered_utc) SELECT serial, 'f$', 1, "
         "'an', '$', 'blank', NULL, 1 FROM sheet",
         "key1 key2 settle confirm callback"},
        {false,
         "INSERT INTO entry(serial, field, revision, person, need, answer, value, entered_utc) SELECT serial, 'g$', 1, "
         "'an', 'key1', '$', CASE '$' WHEN 'value' THEN '1' END, 1 FROM sheet",
         "value blank illegible correction"},
        {false, "UPDATE task SET need='$' WHERE field='col1.rr'", "key1 key2 settle confirm"},
        {false, "UPDATE settled SET answer='$', value=CASE '$' WHEN 'value' THEN '1' END WHERE field='col1.rr'",
         "value blank illegible correction empty"},
    };
    struct ward *w = *state;
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    ward_live_value(w, "one", "9279-1", "30", 1000);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        char words[100], *rest = NULL;
        snprintf(words, sizeof words, "%s", columns[i].words);
        for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
            char wrong[32];
            snprintf(wrong, sizeof wrong, "%sx", word);
            if (!says(w, columns[i].record, columns[i].change, word) ||
                says(w, columns[i].record, columns[i].change, wrong))
                fail_msg("%s: '%s' or '%s'", columns[i].change, word, wrong);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_every_file, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(the_first_image, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(words_of_columns, setup, ward_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
