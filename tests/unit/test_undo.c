#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/prng.h"
#include "support/ward.h"

#define PAPER_ROWS "SELECT count(*) FROM observation WHERE from_paper=1"

static int setup(void **state)
{
    *state = ward_new("undo", 3);
    return 0;
}

/* Undo takes the values out; they do not come back by themselves; opened again and keyed anew they do. */
static void undo_and_back(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    char before[65], after[65], name[16];
    ward_sheet_name(0, name);
    ward_key_all(w);
    ward_patient_digest(w, before);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    for (int i = 1; i <= 3; i++)
        assert_int_equal(
            repli_merge_undo(w->site, w->ledger, w->record, repli_arena_printf(&a, "M0-%d", i), "cy", "test", &w->err),
            REPLI_OK);
    ward_patient_digest(w, after);
    assert_string_equal(before, after);
    assert_int_equal(
        ward_count(w, false, "SELECT count(*) FROM hold WHERE kind='undone' AND detail LIKE 'undone by cy%'"),
        ward_values(w));
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='reviewed'"), 3);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), 0);
    /* One value, and the time that its column shares. */
    assert_int_equal(repli_review_reopen(w->site, w->ledger, name, "col1.rr", "cy", &w->err), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), 0);
    ward_key(w, "di", NULL, NULL, false);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), 1);
    assert_int_equal(repli_review_reopen(w->site, w->ledger, name, "col2.at", "cy", &w->err), REPLI_OK);
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), 1 + WARD_VALUES);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM merge_undo"), 3);
    repli_arena_done(&a);
}

/* Undo names what it cannot do: an unknown merge, one that is undone already, a row that somebody changed since. */
static void undo_refuses_by_name(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    char before[65], after[65];
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-9", "an", NULL, &w->err), REPLI_DATA);
    /* A-B-A: the row looks as the merge left it, but was changed twice. */
    ward_exec(w, true,
              "UPDATE observation SET value='99', row_version=row_version+1 WHERE observation_id LIKE "
              "'paper:%:col1.dbp:1' AND patient_id='pat-0'");
    ward_exec(w, true,
              "UPDATE observation SET value='61', row_version=row_version+1 WHERE observation_id LIKE "
              "'paper:%:col1.dbp:1' AND patient_id='pat-0'");
    ward_whole_digest(w, before);
    w->err = (struct repli_err){0};
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-1", "an", NULL, &w->err), REPLI_DATA);
    assert_non_null(strstr(w->err.text, "col1.dbp:1' was changed since"));
    ward_whole_digest(w, after);
    assert_string_equal(before, after);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM intent WHERE done_utc IS NULL"), 0);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 3);
    /* Gone altogether. */
    ward_exec(w, true, "DELETE FROM observation WHERE patient_id='pat-1' AND code='9279-1'");
    w->err = (struct repli_err){0};
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-2", "an", NULL, &w->err), REPLI_DATA);
    assert_non_null(strstr(w->err.text, "no longer there"));
    w->err = (struct repli_err){0};
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-3", "an", NULL, &w->err), REPLI_OK);
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-3", "an", NULL, &w->err), REPLI_DATA);
    assert_non_null(strstr(w->err.text, "undone by an already"));
    repli_arena_done(&a);
}

/* A field of a merge that still stands cannot slip in a second time with another value. */
static void no_second_value_beside_a_merged_one(void **state)
{
    struct ward *w = *state;
    char name[16];
    ward_sheet_name(0, name);
    /* One value of the sheet stays open, so that the sheet is merged in part and can be opened again. */
    const char *pair[2] = {"col2.dbp", "\"answer\":\"illegible\""};
    ward_key(w, "an", ward_say_else, pair, false);
    ward_key(w, "bo", ward_say_else, pair, false);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(repli_review_reopen(w->site, w->ledger, name, "col1.at", "cy", &w->err), REPLI_OK);
    const char *later[2] = {"col1.at", "\"answer\":\"value\",\"value\":\"1300\""};
    ward_key(w, "cy", ward_say_else, later, false);
    ward_key(w, "di", ward_say_else, later, false);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold WHERE kind='earlier-merged'"), WARD_VALUES);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - 1);
    /* With the earlier merge undone, the new reading goes in. */
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-1", "cy", NULL, &w->err), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(
        ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id='pat-0' AND effective_utc=1795435200"),
        WARD_VALUES);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id='pat-0'"), WARD_VALUES);
}

/* Paper that corrects a printed value amends that row, and undo brings it back; the record's later change is held. */
static void amends_what_was_printed(void **state)
{
    struct ward *w = *state;
    char before[65], after[65];
    struct repli_record_merge *m = NULL;
    uint8_t mac[8] = {1};
    struct repli_merge_row row = {
        .merge_id = "M0-77", .sheet = "K", .person = "an", .serial = 1, .mac = mac, .merged_utc = 1};
    ward_live_value(w, "printed", "9279-1", "18", 1000);
    ward_patient_digest(w, before);
    assert_int_equal(repli_record_merge_begin(w->record, &m, &w->err), REPLI_OK);
    assert_int_equal(repli_record_merge_amend(m, "printed", 1, "19", NULL, &w->err), REPLI_OK);
    assert_int_equal(repli_record_merge_seal(m, &row, &w->err), REPLI_OK);
    assert_int_equal(repli_record_merge_commit(m, &w->err), REPLI_OK);
    assert_int_equal(
        ward_count(w, true, "SELECT count(*) FROM observation WHERE value='19' AND row_version=2 AND status='amended'"),
        1);
    if (repli_record_merge_undo(w->record, "M0-77", "an", NULL, 2, NULL, NULL, &w->err) != REPLI_OK)
        fail_msg("%s", w->err.text);
    ward_patient_digest(w, after);
    assert_string_equal(before, after);
    /* A row that moved on is not amended. */
    assert_int_equal(repli_record_merge_begin(w->record, &m, &w->err), REPLI_OK);
    assert_int_equal(repli_record_merge_amend(m, "printed", 2, "19", NULL, &w->err), REPLI_DB);
    assert_int_equal(ward_count(w, true, "SELECT row_version FROM observation WHERE observation_id='printed'"), 3);
    repli_record_merge_rollback(m);
}

/* What came from paper and what was undone can be neither changed nor deleted. */
static void append_only(void **state)
{
    static const char *const record[] = {"UPDATE merge SET person='x'",      "DELETE FROM merge",
                                         "UPDATE paper_entry SET value='1'", "DELETE FROM paper_entry",
                                         "UPDATE merge_undo SET person='x'", "DELETE FROM merge_undo"};
    static const char *const ledger[] = {"UPDATE entry SET value='1'", "DELETE FROM entry",
                                         "UPDATE reopened SET person='bo'", "DELETE FROM reopened"};
    struct ward *w = *state;
    char name[16];
    ward_sheet_name(0, name);
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-1", "an", NULL, &w->err), REPLI_OK);
    assert_int_equal(repli_review_reopen(w->site, w->ledger, name, "col1.rr", "an", &w->err), REPLI_OK);
    for (size_t i = 0; i < sizeof record / sizeof *record; i++)
        assert_true(ward_refuses(w, true, record[i]));
    for (size_t i = 0; i < sizeof ledger / sizeof *ledger; i++)
        assert_true(ward_refuses(w, false, ledger[i]));
}

struct many {
    int undone, refused;
    char order[200], why[400];
};

static void told(void *user, const char *merge_id, const char *sheet, const char *why)
{
    struct many *m = user;
    size_t n = strlen(m->order);
    (void)sheet;
    snprintf(m->order + n, sizeof m->order - n, "%s%s ", merge_id, why ? "!" : "");
    m->undone += !why;
    m->refused += why != NULL;
    if (why)
        snprintf(m->why, sizeof m->why, "%s", why);
}

static enum repli_status undo_many(struct ward *w, const char *batch, const char *person, struct many *m)
{
    struct repli_merge_which which = {batch, person};
    *m = (struct many){0};
    w->err = (struct repli_err){0};
    return repli_merge_undo_many(w->site, w->ledger, w->record, &which, "di", "wrong pile", told, m, &w->err);
}

/* A batch goes out again, the newest first; what cannot be undone is named and stays, the rest goes; other batches are
** left alone. */
static void undoes_a_batch(void **state)
{
    struct ward *w = *state;
    struct many m;
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    ward_exec(w, false, "UPDATE image SET batch='morning' WHERE image_id<=2");
    assert_int_equal(undo_many(w, "evening", NULL, &m), REPLI_USAGE);
    assert_non_null(strstr(w->err.text, "'evening'"));
    ward_exec(w, true,
              "UPDATE observation SET value='99', row_version=row_version+1 WHERE observation_id LIKE 'paper:%' AND "
              "patient_id='pat-0' AND code=(SELECT min(code) FROM observation WHERE patient_id='pat-0')");
    assert_int_equal(undo_many(w, "morning", NULL, &m), REPLI_WAITS);
    assert_string_equal(m.order, "M0-2 M0-1! ");
    assert_non_null(strstr(m.why, "M0-1 cannot be undone: observation"));
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM merge_undo WHERE person='di' AND reason='wrong pile'"),
                     1);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id='pat-1'"), 0);
    assert_int_equal(ward_count(w, true, "SELECT count(DISTINCT patient_id) FROM observation WHERE from_paper=1"), 2);
    assert_int_equal(undo_many(w, "morning", NULL, &m), REPLI_WAITS);
    assert_string_equal(m.order, "M0-1! ");
}

/* What somebody had a hand in: merges they ran, and those of which they keyed a single value; nothing else. */
static void undoes_a_persons_work(void **state)
{
    struct ward *w = *state;
    struct many m;
    char name[16];
    ward_sheet_name(1, name);
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-2", "cy", NULL, &w->err), REPLI_OK);
    assert_int_equal(repli_review_reopen(w->site, w->ledger, name, "col1.rr", "cy", &w->err), REPLI_OK);
    ward_key(w, "cy", NULL, NULL, false);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, true, PAPER_ROWS " AND patient_id='pat-1'"), 1);
    assert_int_equal(undo_many(w, NULL, "di", &m), REPLI_OK);
    assert_string_equal(m.order, "");
    assert_int_equal(undo_many(w, NULL, "cy", &m), REPLI_OK);
    assert_string_equal(m.order, "M0-4 ");
    assert_int_equal(undo_many(w, NULL, "an", &m), REPLI_OK);
    assert_string_equal(m.order, "M0-3 M0-1 ");
    assert_int_equal(ward_count(w, true, PAPER_ROWS), 0);
}

#define HISTORIES 12
#define STEPS     8
#define STANDING  "SELECT merge_id FROM merge WHERE merge_id NOT IN (SELECT merge_id FROM merge_undo)"

/* Undoes standing merges, newest or oldest first, until `left` stand. */
static void undo_down_to(struct ward *w, int64_t left, bool newest)
{
    while (ward_count(w, true, "SELECT count(*) FROM (" STANDING ")") > left) {
        struct repli_arena a = {0};
        char *merge = ward_text(w, true,
                                newest ? STANDING " ORDER BY length(merge_id) DESC, merge_id DESC LIMIT 1"
                                       : STANDING " ORDER BY length(merge_id), merge_id LIMIT 1",
                                &a);
        if (repli_merge_undo(w->site, w->ledger, w->record, merge, "an", NULL, &w->err) != REPLI_OK)
            fail_msg("%s", w->err.text);
        repli_arena_done(&a);
    }
}

/* Merges what is settled; then maybe takes exactly that back (the tables must be as before), or one older merge; then
** opens a field somewhere and has it keyed anew. */
static void random_step(struct ward *w, struct prng *r)
{
    char name[16], before[65], after[65];
    ward_patient_digest(w, before);
    int64_t standing = ward_count(w, true, "SELECT count(*) FROM (" STANDING ")");
    enum repli_status s = ward_merge(w, false, NULL);
    assert_true(s == REPLI_OK || s == REPLI_WAITS);
    if (prng_chance(r, 0.6)) {
        undo_down_to(w, standing, true);
        ward_patient_digest(w, after);
        assert_string_equal(before, after);
    } else if (standing > 0) {
        undo_down_to(w, ward_count(w, true, "SELECT count(*)-1 FROM (" STANDING ")"), false);
    }
    ward_sheet_name((size_t)prng_int(r, 0, 2), name);
    w->err = (struct repli_err){0};
    static const char *const opened[2][4] = {{"col1.at", "col2.rr", "col1.at", "col2.rr"},
                                             {"row1.slot1.status", "verify.at", "new1.value", "row2.slot1.value"}};
    s = repli_review_reopen(w->site, w->ledger, name, opened[w->ink != NULL][prng_int(r, 0, 3)], "cy", &w->err);
    assert_true(s == REPLI_OK || s == REPLI_DATA); /* DATA: the sheet is merged */
    w->err = (struct repli_err){0};
    ward_key_all(w);
}

/* Random merges, undos and re-keyings: undoing what was merged last returns the patient tables to what they were, and
** undoing everything leaves nothing of paper anywhere. */
static void random_histories(struct ward *w)
{
    int64_t undone = 0;
    ward_close(w);
    ward_save(w);
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        char empty[65], now[65];
        struct prng r;
        prng_seed(&r, seed, 0);
        ward_restore(w);
        ward_open(w);
        ward_patient_digest(w, empty);
        ward_key_all(w);
        for (int step = 0; step < STEPS; step++)
            random_step(w, &r);
        undo_down_to(w, 0, prng_chance(&r, 0.5));
        ward_patient_digest(w, now);
        assert_string_equal(empty, now);
        undone += ward_count(w, true, "SELECT count(*) FROM merge_undo");
        ward_close(w);
    }
    assert_true(undone > HISTORIES * 3);
    ward_open(w);
}

static void random_undo(void **state)
{
    random_histories(*state);
}

/* The same with medication sheets: doses, a decision, a proposal, the allergy box; each in a table of its own. */
static void random_undo_of_doses(void **state)
{
#define SHEET(n)                                                                                                       \
    {n, "row1.slot1.status", "ticked"}, {n, "row1.slot3.reason", "1"}, {n, "row2.slot1.status", "ticked"},             \
        {n, "row2.slot1.at", "1005"}, {n, "row2.slot1.value", "2,5"}, {n, "row2.slot1.by", "ink"},                     \
        {n, "row2.slot1.by2", "ink"}, {n, "row1.verify.continue", "ticked"}, {n, "verify.at", "0830"},                 \
        {n, "new1.drug", "ink"}, {n, "new1.value", "10"},                                                              \
    {                                                                                                                  \
        n, "allergy.same", "ticked"                                                                                    \
    }
    static const struct ward_ink ink[] = {SHEET(0), SHEET(1), SHEET(2), {0, NULL, NULL}};
#undef SHEET
    struct ward w;
    (void)state;
    ward_make_mar(&w, "undo", 3, ink);
    ward_open(&w);
    random_histories(&w);
    ward_drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(undo_and_back, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(undo_refuses_by_name, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(no_second_value_beside_a_merged_one, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(amends_what_was_printed, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(append_only, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(undoes_a_batch, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(undoes_a_persons_work, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(random_undo, setup, ward_teardown),
        cmocka_unit_test(random_undo_of_doses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
