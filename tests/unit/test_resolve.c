/* Who somebody with a downtime number is: two people say it, paper follows, and it is taken back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "repli/downtime.h"
#include "repli/identity.h"
#include "repli/pagecode.h"
#include "repli/record_mar.h"
#include "repli/text.h"
#include "support/ward.h"

#define ROWS_OF(id) "SELECT count(*) FROM observation WHERE from_paper=1 AND patient_id='" id "'"
#define AT          (WARD_WINDOW_UTC - 8 * 3600 + 12 * 3600 + 7 * 60) /* column 1 of sheet 0 */

static char number[3][REPLI_DOWNTIME_TEXT]; /* D0000-000001-.. and on */

static const char *hex(const uint8_t *bytes, struct repli_arena *a)
{
    char text[17];
    repli_hex(bytes, 8, text);
    return repli_arena_strdup(a, text);
}

/* The sheet bears the n-th downtime number instead of a patient's. */
static void bear(struct ward *w, size_t sheet, int n)
{
    struct repli_arena a = {0};
    char name[16], stay[REPLI_DOWNTIME_TEXT];
    uint8_t subject[8], of_stay[8];
    uint64_t d = repli_downtime_make(REPLI_DOWNTIME_PATIENT, 0, n);
    repli_downtime_format(REPLI_DOWNTIME_PATIENT, d, number[n - 1]);
    repli_downtime_format(REPLI_DOWNTIME_STAY, repli_downtime_stay(d), stay);
    repli_downtime_subject(d, subject);
    repli_downtime_subject(repli_downtime_stay(d), of_stay);
    ward_sheet_name(sheet, name);
    ward_exec(w, false,
              repli_arena_printf(&a,
                                 "UPDATE sheet SET subject_kind=%d, subject=x'%s', stay=x'%s', patient='%s', "
                                 "stay_number='%s', patient_name='Foxtrot Cobalt', patient_id=NULL, birth_date=NULL "
                                 "WHERE sheet='%s'",
                                 REPLI_SUBJECT_DOWNTIME, hex(subject, &a), hex(of_stay, &a), number[n - 1], stay,
                                 name));
    repli_arena_done(&a);
}

/* A sheet that is still on the ward (`printed`), or came back (`read`). */
static void put_sheet(struct ward *w, size_t sheet, const char *state)
{
    struct repli_arena a = {0};
    char name[16];
    ward_sheet_name(sheet, name);
    ward_exec(w, false, repli_arena_printf(&a, "UPDATE sheet SET state='%s' WHERE sheet='%s'", state, name));
    repli_arena_done(&a);
}

/* Sheets 0 and 1 bear the first number, sheet 2 the second; sheet 1 is not back yet.  pat-0 is the real patient. */
static int setup(void **state)
{
    struct ward *w = ward_new("resolve", 3);
    bear(w, 0, 1);
    bear(w, 1, 1);
    bear(w, 2, 2);
    put_sheet(w, 1, "printed");
    ward_key_all(w);
    ward_exec(w, true,
              "UPDATE patient SET family='Lambrechts', given='Anne', birth_date='1962-03-14', gender='female', "
              "row_version=row_version+1 WHERE patient_id='pat-0'");
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    *state = w;
    return 0;
}

static enum repli_status propose(struct ward *w, int n, const char *patient, const char *proof2, const char *by)
{
    struct repli_arena a = {0};
    struct repli_identity *x = NULL;
    w->err = (struct repli_err){0};
    enum repli_status s =
        repli_identity_propose(w->site, w->ledger, w->record, number[n - 1], patient,
                               (const char *const[2]){"identity card read", proof2}, by, &a, &x, &w->err);
    repli_arena_done(&a);
    return s;
}

static enum repli_status confirm(struct ward *w, int n, const char *by)
{
    struct repli_arena a = {0};
    struct repli_identity *x = NULL;
    w->err = (struct repli_err){0};
    enum repli_status s = repli_identity_confirm(w->site, w->ledger, w->record, number[n - 1], by, &a, &x, &w->err);
    repli_arena_done(&a);
    return s;
}

static enum repli_status undo(struct ward *w, int n)
{
    struct repli_arena a = {0};
    struct repli_identity *x = NULL;
    w->err = (struct repli_err){0};
    enum repli_status s =
        repli_identity_undo(w->site, w->ledger, w->record, number[n - 1], "cy", "two people", &a, &x, &w->err);
    repli_arena_done(&a);
    return s;
}

static void resolve(struct ward *w, int n, const char *patient)
{
    assert_int_equal(propose(w, n, patient, "her daughter", "an"), REPLI_OK);
    assert_int_equal(confirm(w, n, "bo"), REPLI_OK);
}

static void refused(struct ward *w, enum repli_status s, const char *why)
{
    if (s != REPLI_DATA && s != REPLI_USAGE)
        fail_msg("not refused, though %s", why);
    if (!strstr(w->err.text, why))
        fail_msg("'%s' does not say '%s'", w->err.text, why);
}

static int64_t links(struct ward *w)
{
    return ward_count(w, true, "SELECT count(*) FROM patient_link");
}

static const char *state_of(struct ward *w, int n, struct repli_arena *a)
{
    struct repli_identity *x = NULL;
    size_t count = 0;
    w->err = (struct repli_err){0};
    if (repli_identity_list(w->ledger, w->record, number[n - 1], a, &x, &count, &w->err) != REPLI_OK)
        fail_msg("%s", w->err.text);
    assert_int_equal(count, 1);
    return x->state;
}

/* ---- two people */

static void two_people(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    int64_t n[3];
    assert_string_equal(state_of(w, 1, &a), "open");
    refused(w, confirm(w, 1, "bo"), "nothing is proposed");
    refused(w, propose(w, 1, "pat-0", "Identity  card READ", "an"), "two different proofs");
    refused(w, propose(w, 1, "nobody", "her daughter", "an"), "no patient 'nobody'");
    refused(w, propose(w, 1, number[0], "her daughter", "an"), "itself");
    refused(w, propose(w, 3, "pat-0", "her daughter", "an"), "nobody with the downtime number");
    assert_int_equal(propose(w, 1, "pat-0", "her daughter", "an"), REPLI_OK);
    assert_string_equal(state_of(w, 1, &a), "proposed");
    assert_int_equal(links(w), 0);
    refused(w, propose(w, 1, "pat-1", "her daughter", "cy"), "by an already");
    refused(w, confirm(w, 1, "an"), "you proposed it");
    assert_int_equal(links(w), 0);
    assert_int_equal(repli_record_identity_counts(w->record, n, &w->err), REPLI_OK);
    assert_true(n[0] == 1 && n[1] == 1 && n[2] == 0);
    assert_int_equal(confirm(w, 1, "bo"), REPLI_OK);
    assert_string_equal(state_of(w, 1, &a), "resolved");
    refused(w, propose(w, 1, "pat-1", "her daughter", "an"), "already: repli identity undo");
    assert_int_equal(repli_record_identity_counts(w->record, n, &w->err), REPLI_OK);
    assert_true(n[0] == 1 && n[1] == 0 && n[2] == 1);
    assert_int_equal(ward_count(w, true,
                                "SELECT count(*) FROM patient p JOIN patient_link l ON retired=patient_id WHERE "
                                "replaced_by='pat-0' AND survivor='pat-0' AND said_by='repli:identity'"),
                     1);
    repli_arena_done(&a);
}

/* Rejected it is open again, and nothing was linked; what was said stays. */
static void rejected(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    struct repli_identity *x = NULL;
    assert_int_equal(propose(w, 1, "pat-1", "her daughter", "an"), REPLI_OK);
    assert_int_equal(
        repli_identity_reject(w->site, w->ledger, w->record, number[0], "an", "too young", &a, &x, &w->err), REPLI_OK);
    assert_string_equal(state_of(w, 1, &a), "open");
    assert_int_equal(links(w), 0);
    resolve(w, 1, "pat-0");
    assert_string_equal(ward_text(w, true, "SELECT group_concat(act||' '||person) FROM identity_act", &a),
                        "proposed an,rejected an,proposed an,confirmed bo");
    assert_true(ward_refuses(w, true, "UPDATE identity_act SET person='x'"));
    assert_true(ward_refuses(w, true, "DELETE FROM identity_act"));
    repli_arena_done(&a);
}

/* Whatever of the evidence changes after the proposal, nobody confirms it. */
static void what_was_shown_changed(void **state)
{
    static const char *const changes[] = {
        "UPDATE patient SET birth_date='1962-03-15', row_version=row_version+1 WHERE patient_id='pat-0'",
        "UPDATE patient SET deceased=1, row_version=row_version+1 WHERE patient_id='pat-0'",
        "UPDATE patient SET replaced_by='pat-1', row_version=row_version+1 WHERE patient_id='pat-0'",
        "INSERT INTO patient_identifier(patient_id, system, value, type) VALUES('pat-0','urn:n','62031400256','NI')",
        "INSERT INTO registration(registration_id, patient_id, family, box_um, image_sha256, source_hash) SELECT "
        "'paper:X:person:1', patient_id, 'ANDERS', '', zeroblob(32), x'00' FROM patient WHERE patient_id LIKE "
        "'D%-000001-%'",
        /* somebody else comes who looks as much like it */
        ("UPDATE patient SET family='Lambrechts', birth_date='1962-03-14', row_version=row_version+1 WHERE "
         "patient_id='pat-1'"),
    };
    struct ward *w = *state;
    ward_exec(w, true,
              "INSERT INTO registration(registration_id, patient_id, family, given, birth_date, box_um, image_sha256, "
              "source_hash) SELECT 'paper:W:person:1', patient_id, 'LAMBRECHS', 'ANNE', '1962-03-14', '', "
              "zeroblob(32), x'00' FROM patient WHERE patient_id LIKE 'D%-000001-%'");
    assert_int_equal(propose(w, 1, "pat-0", "her daughter", "an"), REPLI_OK);
    ward_close(w);
    ward_save(w);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        ward_restore(w);
        ward_open(w);
        ward_exec(w, true, changes[i]);
        if (confirm(w, 1, "bo") != REPLI_DATA || !strstr(w->err.text, "changed since"))
            fail_msg("confirmed after %s: %s", changes[i], w->err.text);
        assert_int_equal(links(w), 0);
        ward_close(w);
    }
    ward_restore(w);
    ward_open(w);
    assert_int_equal(confirm(w, 1, "bo"), REPLI_OK);
}

/* ---- the files */

static size_t read_for(struct ward *w, const char *id)
{
    struct repli_arena a = {0};
    struct repli_live_observation *rows = NULL;
    size_t count = 0;
    const struct repli_live_query q = {.patient_id = id,
                                       .code_system = "http://loinc.org",
                                       .code = "9279-1",
                                       .from_utc = AT - 86400,
                                       .to_utc = AT + 86400};
    assert_int_equal(repli_record_live_observations(w->record, &q, &a, &rows, &count, &w->err), REPLI_OK);
    repli_arena_done(&a);
    return count;
}

/* Nothing moves: whoever reads the patient reads what paper said; the number still finds the patient. */
static void nothing_moves(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    const char *id = NULL;
    int64_t rows = ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id LIKE 'D%-000001-%'");
    assert_int_equal(rows, 2 * WARD_VALUES);
    assert_int_equal(read_for(w, "pat-0"), 0);
    resolve(w, 1, "pat-0");
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id LIKE 'D%-000001-%'"), rows);
    assert_int_equal(read_for(w, "pat-0"), 2);
    assert_int_equal(repli_record_identity_find(w->record, number[0], &a, &id, &w->err), REPLI_OK);
    assert_string_equal(id, "pat-0");
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM patient_identifier WHERE value LIKE 'D%-000001-%'"), 1);
    assert_int_equal(undo(w, 1), REPLI_OK);
    assert_int_equal(read_for(w, "pat-0"), 0);
    assert_int_equal(links(w), 0);
    assert_string_equal(state_of(w, 1, &a), "open");
    refused(w, undo(w, 1), "nothing to take back");
    repli_arena_done(&a);
}

/* Paper of the number that comes later merges, and is held against what the patient's own file says of that minute. */
static void paper_that_comes_later(void **state)
{
    struct ward *w = *state;
    resolve(w, 1, "pat-0");
    ward_live_value(w, "other", "9279-1", "99", AT); /* sheet 1's first column: another minute? told below */
    put_sheet(w, 1, "read");
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold"), 0);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id LIKE 'D%-000001-%'"),
                     4 * WARD_VALUES);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 3);
    /* merges since are no reason to keep a resolution */
    assert_int_equal(undo(w, 1), REPLI_OK);
    assert_int_equal(ward_count(w, true, ROWS_OF("pat-0")), 0);
}

/* When column 1 of sheet 1 was written, by its merged row. */
static int64_t minute_of_sheet_1(struct ward *w)
{
    struct repli_arena a = {0};
    char name[16];
    ward_sheet_name(1, name);
    int64_t utc = ward_count(w, true,
                             repli_arena_printf(&a,
                                                "SELECT effective_utc FROM observation WHERE observation_id="
                                                "'paper:%s:col1.rr:1'",
                                                name));
    repli_arena_done(&a);
    return utc;
}

/* The same minute in both files: another value waits for a person, the same one is noted, and then the resolution is
** not taken back under it. */
static void compared_with_the_patients_file(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    char room[16];
    put_sheet(w, 1, "read");
    ward_key_all(w);
    ward_close(w);
    ward_save(w);
    ward_open(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    int64_t at = minute_of_sheet_1(w);
    const char *value = repli_arena_strdup(&a, ward_truth(1, "col1.rr", room));
    ward_close(w);
    ward_restore(w);
    ward_open(w);
    resolve(w, 1, "pat-0");
    ward_live_value(w, "other", "9279-1", "99", at);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold WHERE kind='value-there-different'"), 1);
    ward_close(w);
    ward_restore(w);
    ward_open(w);
    resolve(w, 1, "pat-0");
    ward_live_value(w, "other", "9279-1", value, at);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    const char *merge = ward_text(w, true, "SELECT merge_id FROM paper_entry WHERE target='observation/other'", &a);
    assert_non_null(merge);
    refused(w, undo(w, 1), repli_arena_printf(&a, "under merge %s", merge));
    assert_int_equal(links(w), 1);
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, merge, "cy", "test", &w->err), REPLI_OK);
    assert_int_equal(undo(w, 1), REPLI_OK);
    assert_int_equal(links(w), 0);
    repli_arena_done(&a);
}

/* What the hospital's own system says as well is not taken back here; a number that it joined is followed, too. */
static void the_hospital_says_so(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    resolve(w, 1, "pat-0");
    ward_exec(w, true,
              "INSERT INTO patient_link(retired, survivor, said_by) SELECT retired, survivor, 'event' FROM "
              "patient_link");
    refused(w, undo(w, 1), "the hospital's own system says");
    assert_int_equal(links(w), 2);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM patient WHERE replaced_by='pat-0'"), 1);
    ward_exec(w, true, "INSERT INTO patient_link(retired, survivor, said_by) VALUES('pat-0','pat-1','event')");
    ward_exec(w, true, "UPDATE patient SET replaced_by='pat-1', row_version=row_version+1 WHERE patient_id='pat-0'");
    put_sheet(w, 1, "read");
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(read_for(w, "pat-1"), 4);
    assert_string_equal(state_of(w, 1, &a), "resolved");
    repli_arena_done(&a);
}

/* One person with two numbers: one of them is the other, or both are the patient. */
static void two_numbers(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    resolve(w, 2, number[0]);
    refused(w, propose(w, 1, number[1], "her daughter", "an"), "itself");
    resolve(w, 1, "pat-0");
    assert_int_equal(read_for(w, "pat-0"), 4);
    const char *id = NULL;
    assert_int_equal(repli_record_identity_find(w->record, number[1], &a, &id, &w->err), REPLI_OK);
    assert_string_equal(id, "pat-0");
    assert_int_equal(undo(w, 2), REPLI_OK);
    assert_int_equal(read_for(w, "pat-0"), 2);
    resolve(w, 2, "pat-0");
    assert_int_equal(read_for(w, "pat-0"), 4);
    repli_arena_done(&a);
}

/* ---- one number, two people */

static enum repli_status split(struct ward *w, int n, size_t sheet, const char *to, struct repli_arena *a,
                               const char **owner)
{
    char name[16];
    ward_sheet_name(sheet, name);
    const char *const sheets[] = {repli_arena_strdup(a, name)};
    const struct repli_identity_split s = {.number = number[n - 1],
                                           .to = to,
                                           .reason = "two men in one ambulance",
                                           .by = {"an", "bo"},
                                           .sheets = sheets,
                                           .nsheets = 1};
    w->err = (struct repli_err){0};
    return repli_identity_split(w->site, w->ledger, w->record, &s, a, owner, &w->err);
}

static void one_number_for_two(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    const char *owner = NULL;
    put_sheet(w, 1, "read");
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    refused(w, split(w, 1, 1, "new", &a, &owner), "by merge M0-3: undo that first");
    refused(w, split(w, 1, 2, "new", &a, &owner), "is none of");
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM counter WHERE name='downtime'"), 0); /* none taken */
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-3", "cy", "test", &w->err), REPLI_OK);
    ward_exec(w, false, "INSERT INTO counter(name, next) VALUES('downtime', 3)");
    assert_int_equal(split(w, 1, 1, "new", &a, &owner), REPLI_OK);
    assert_int_equal(strncmp(owner, "D0000-000003-", 13), 0);
    /* nobody keys anything anew, and none of it goes to the wrong one */
    assert_int_equal(ward_open_tasks(w, NULL), 0);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id LIKE 'D%-000001-%'"),
                     2 * WARD_VALUES);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id LIKE 'D%-000003-%'"),
                     2 * WARD_VALUES);
    assert_int_equal(
        ward_count(w, true,
                   "SELECT count(*) FROM encounter WHERE patient_id LIKE 'D%-000003-%' AND identifier_value LIKE 'S%'"),
        1);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 3);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK); /* and once */
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE from_paper=1"), 6 * WARD_VALUES);
    refused(w, split(w, 1, 1, "pat-0", &a, &owner), "is none of");
    repli_arena_done(&a);
}

/* The other one is a patient whom the record knows; and back. */
static void a_sheet_of_a_patient(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    const char *owner = NULL;
    int64_t first = ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id LIKE 'D%-000001-%'");
    refused(w, split(w, 1, 1, "nobody", &a, &owner), "no patient 'nobody'");
    assert_int_equal(split(w, 1, 1, "pat-0", &a, &owner), REPLI_OK);
    assert_string_equal(owner, "pat-0");
    put_sheet(w, 1, "read");
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, ROWS_OF("pat-0")), 2 * WARD_VALUES);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id LIKE 'D%-000001-%'"),
                     first);
    assert_true(ward_refuses(w, true, "UPDATE identity_sheet SET owner='pat-1'"));
    assert_true(ward_refuses(w, true,
                             "INSERT INTO identity_sheet SELECT serial, mac, seq+1, sheet, number, owner, reason, "
                             "'an', 'an', at_utc FROM identity_sheet"));
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-3", "cy", "test", &w->err), REPLI_OK);
    memcpy(number[2], "pat-0", 6);
    assert_int_equal(split(w, 3, 1, number[0], &a, &owner), REPLI_OK);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, ROWS_OF("pat-0")), 0);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id LIKE 'D%-000001-%'"),
                     first + 2 * WARD_VALUES);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_people, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(rejected, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(what_was_shown_changed, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(nothing_moves, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(paper_that_comes_later, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(compared_with_the_patients_file, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(the_hospital_says_so, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(two_numbers, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(one_number_for_two, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(a_sheet_of_a_patient, setup, ward_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
