/* Two processes at once, systematically: the first stops before each operation that changes a database, the second one
** runs, the first goes on or is killed.  Whatever comes of it, in the end each value is in the record once and the
** ledger
** says what the record says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fault/merge_faults.h"
#include "support/thinned.h"

/* What the ledger says but for numbers and times, and which of two people's merges came first. */
static void say(struct ward *w, char record[65], char ledger[65])
{
    ward_open(w);
    if (repli_record_digest(w->record, record, &w->err) != REPLI_OK ||
        repli_ledger_digest(w->ledger, ledger, &w->err) != REPLI_OK)
        abort();
    ward_close(w);
}

/* The end that all ways must come to: nothing open, everything merged that may be. */
static void settle(struct merge_faults *m)
{
    struct faultvfs_result r;
    if (!faultvfs_run(FAULTVFS_KILL, 0, m->act, &m->w, &r) || r.rc != 0)
        m->bad++;
    if (!faultvfs_run(FAULTVFS_KILL, 0, act_merge, &m->w, &r) || (r.rc != 0 && r.rc != REPLI_WAITS))
        m->bad++;
}

static void one(struct merge_faults *m, int (*other)(void *), int64_t meet, int64_t kill)
{
    struct faultvfs_result r;
    char record[65], ledger[65];
    int rc = -1;
    ward_restore(&m->w);
    m->points++;
    bool ok = faultvfs_meet(meet, kill, m->act, other, &m->w, &r, &rc);
    bool calm = ok && (r.killed || r.rc == 0 || r.rc == REPLI_WAITS) && (rc == 0 || rc == REPLI_WAITS);
    bool whole = merge_faults_whole(&m->w);
    settle(m);
    say(&m->w, record, ledger);
    ward_open(&m->w);
    int64_t open = ward_count(&m->w, false, "SELECT count(*) FROM intent WHERE done_utc IS NULL");
    ward_close(&m->w);
    bool same = strcmp(record, m->record) == 0 && strcmp(ledger, m->ledger) == 0;
    if (calm && whole && same && open == 0)
        return;
    m->bad++;
    fprintf(stderr, "%s met at operation %lld, killed at %lld: exits %d and %d%s%s%s, %lld intents open\n", m->what,
            (long long)meet, (long long)kill, r.rc, rc, whole ? "" : ", not whole",
            strcmp(record, m->record) ? ", another record" : "", strcmp(ledger, m->ledger) ? ", another ledger" : "",
            (long long)open);
}

static void meet(const char *what, int (*other)(void *))
{
    struct merge_faults m;
    merge_faults_make(&m, what);
    int64_t ops = merge_faults_ops(&m, FAULTVFS_KILL);
    ward_restore(&m.w);
    settle(&m);
    assert_int_equal(m.bad, 0);
    say(&m.w, m.record, m.ledger);
    /* In make check every second operation, each in one of three ways; REPLI_PROVE=1: all of them, in all ways. */
    bool whole = getenv("REPLI_PROVE") != NULL;
    for (int64_t at = 1; at <= ops; at += whole ? 1 : 2 * THINNED(5)) {
        if (whole || at % 3 == 0)
            one(&m, other, at, 0);
        if (whole || at % 3 == 1)
            one(&m, other, at, at);
        if (at + 3 <= ops && (whole || at % 3 == 2))
            one(&m, other, at, at + 3);
    }
    print_message("%s: %lld meetings, %lld bad\n", what, (long long)m.points, (long long)m.bad);
    assert_int_equal(m.bad, 0);
    ward_drop(&m.w);
}

/* Somebody merges (and replays open intents) at each moment of an undo, which is killed or not. */
static void undo_meets_merge(void **state)
{
    (void)state;
    meet("undo", act_merge);
}

static void merge_meets_merge(void **state)
{
    (void)state;
    meet("merge", act_merge);
}

static void undo_meets_undo(void **state)
{
    (void)state;
    meet("undo", act_undo);
}

static void decision_meets_merge(void **state)
{
    (void)state;
    meet("decide", act_merge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undo_meets_merge),
        cmocka_unit_test(merge_meets_merge),
        cmocka_unit_test(undo_meets_undo),
        cmocka_unit_test(decision_meets_merge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
