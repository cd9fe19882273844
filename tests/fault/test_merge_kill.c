#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fault/merge_faults.h"
#include "support/thinned.h"

#define SAMPLE (14 / THINNED(3)) /* points a mode in `make check`; `make prove` takes all of them, and of all modes */

/* At every second operation, from `first`, where there are many: the medication sheets go the way of the others, and
** are killed at those that are left out there. */
static void every_kill(const char *what, int64_t first)
{
    struct merge_faults m;
    merge_faults_make(&m, what);
    int64_t ops = merge_faults_ops(&m, FAULTVFS_KILL), step = ops > 40 ? 2 : 1;
    step = THINNED(7) > step ? THINNED(7) : step;
    assert_true(ops > 4);
    for (int64_t at = first; at <= ops; at += step)
        merge_faults_point(&m, FAULTVFS_KILL, at, 0);
    print_message("%s: killed at %lld operations, %lld bad\n", what, (long long)m.points, (long long)m.bad);
    assert_int_equal(m.fired, m.points);
    assert_int_equal(m.points, (ops - first) / step + 1);
    assert_int_equal(m.bad, 0);
    ward_drop(&m.w);
}

/* Killed before writes, syncs and deletions of a merge of three sheets (so also between intent, commit and done),
** then run again: the identical record and ledger, down to ids. */
static void merge_killed_anywhere(void **state)
{
    (void)state;
    every_kill("merge", 1);
}

/* The same for an undo. */
static void undo_killed_anywhere(void **state)
{
    (void)state;
    every_kill("undo", 1);
}

/* The same for medication sheets with every kind of capture: doses, decisions, proposals, the allergy box. */
static void mar_killed_anywhere(void **state)
{
    (void)state;
    every_kill("mar", 2);
}

static void mar_undo_killed_anywhere(void **state)
{
    (void)state;
    every_kill("mar-undo", 2);
}

/* The same for voiding two sheets: both or neither, and their tasks with them. */
static void void_killed_anywhere(void **state)
{
    (void)state;
    every_kill("void", 1);
}

/* The same for a decision and the merge that obeys it: the value goes in once, beside the record's. */
static void decide_killed_anywhere(void **state)
{
    (void)state;
    every_kill("decide", 1);
}

/* The other ways to fail, at a spread of operations: half-written blocks, I/O errors, a full disk, failing syncs. */
static void merge_with_a_failing_disk(void **state)
{
    struct merge_faults m;
    (void)state;
    merge_faults_make(&m, "merge");
    for (int mode = FAULTVFS_HALF; mode < FAULTVFS_COUNT; mode++) {
        int64_t ops = merge_faults_ops(&m, (enum faultvfs_mode)mode);
        assert_true(ops > 3);
        for (int64_t i = 0; i < SAMPLE && i < ops; i++)
            merge_faults_point(&m, (enum faultvfs_mode)mode, ops <= SAMPLE ? i + 1 : 1 + i * (ops - 1) / (SAMPLE - 1),
                               0);
    }
    print_message("%lld faults of 7 kinds, %lld happened, %lld bad\n", (long long)m.points, (long long)m.fired,
                  (long long)m.bad);
    assert_int_equal(m.fired, m.points);
    assert_int_equal(m.bad, 0);
    ward_drop(&m.w);
}

/* The harness sees what it should: a merge whose record was cut back by hand is not whole. */
static void harness_sees_a_half_merge(void **state)
{
    struct merge_faults m;
    (void)state;
    merge_faults_make(&m, "merge");
    ward_restore(&m.w);
    assert_int_equal(act_merge(&m.w), 0);
    assert_true(merge_faults_whole(&m.w));
    ward_open(&m.w);
    ward_exec(&m.w, true,
              "DELETE FROM observation WHERE observation_id LIKE 'paper:%:col1.rr:1' AND patient_id='pat-1'");
    ward_close(&m.w);
    assert_false(merge_faults_whole(&m.w));
    ward_drop(&m.w);
}

/* The same of a medication sheet: a decision, a proposal, a dose that is missing, and a row that nobody merged. */
static void harness_sees_half_a_mar(void **state)
{
    static const char *const cuts[] = {
        "DELETE FROM order_decision WHERE decision_id LIKE '%:row1.verify:1' AND patient_id='pat-1'",
        "DELETE FROM order_proposal WHERE patient_id='pat-1'", "DELETE FROM allergy_check WHERE patient_id='pat-0'",
        "DELETE FROM medication_administration WHERE patient_id='pat-2'",
        "UPDATE medication_administration SET administration_id='paper:x:y:1', row_version=2 WHERE patient_id='pat-2'"};
    struct merge_faults m;
    (void)state;
    merge_faults_make(&m, "mar");
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        ward_restore(&m.w);
        assert_int_equal(act_merge(&m.w), 0);
        assert_true(merge_faults_whole(&m.w));
        ward_open(&m.w);
        ward_exec(&m.w, true, cuts[i]);
        ward_close(&m.w);
        assert_false(merge_faults_whole(&m.w));
    }
    ward_drop(&m.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harness_sees_a_half_merge), cmocka_unit_test(merge_killed_anywhere),
        cmocka_unit_test(undo_killed_anywhere),      cmocka_unit_test(void_killed_anywhere),
        cmocka_unit_test(decide_killed_anywhere),    cmocka_unit_test(merge_with_a_failing_disk),
        cmocka_unit_test(harness_sees_half_a_mar),   cmocka_unit_test(mar_killed_anywhere),
        cmocka_unit_test(mar_undo_killed_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
