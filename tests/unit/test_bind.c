/* Whose a blank sheet is: never without two people, never after it is in the record, never past the usual checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/audit.h"
#include "repli/bind.h"
#include "support/ward.h"

#define VALUES 8 /* written on each sheet */
#define MINUTE_OF(sheet, column)                                                                                       \
    (WARD_WINDOW_UTC - 8 * 3600 + (9 + (column)*3) * 3600 + (((sheet)*2 + (column)) * 7 % 60) * 60)

static char blank[16], printed[16];

/* Sheet 0 is pat-0's (number 10000), sheet 1 a blank one; the record also knows pat-1 (10001). */
static int setup(void **state)
{
    struct ward *w = calloc(1, sizeof *w);
    *w = (struct ward){.nsheets = 2, .blank = true};
    ward_make_site(w, "bind");
    ward_open(w);
    ward_key_all(w);
    if (repli_audit_attach(w->ledger, w->site, NULL, &w->err) != REPLI_OK)
        abort();
    ward_sheet_name(0, printed);
    ward_sheet_name(1, blank);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    ward_drop(*state);
    free(*state);
    return 0;
}

/* -1: refused; 0: said; 1: said, and bound. */
static int says(struct ward *w, const char *by, const char *number, const char *sheet)
{
    struct repli_arena a = {0};
    struct repli_bind_result r;
    w->err = (struct repli_err){0};
    enum repli_status s = repli_bind_say(w->site, w->ledger, w->record, sheet, number, by, &a, &r, &w->err);
    int is = s == REPLI_OK ? r.bound != NULL : -1;
    if (s != REPLI_OK)
        assert_int_equal(s, REPLI_DATA);
    repli_arena_done(&a);
    return is;
}

static int64_t rows(struct ward *w, const char *patient)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM observation WHERE from_paper=1 AND patient_id='%s'", patient);
    return ward_count(w, true, sql);
}

static int64_t held(struct ward *w, const char *kind)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM hold WHERE serial=%lld AND kind='%s'", (long long)ward_serial(1),
             kind);
    return ward_count(w, false, sql);
}

static int64_t said(struct ward *w)
{
    return ward_count(w, false, "SELECT count(*) FROM binding");
}

/* One person, however often, binds nothing; two do, and every value is that patient's, in the stay of those hours. */
static void it_takes_two(void **state)
{
    struct ward *w = *state;
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(rows(w, "pat-0"), VALUES);
    assert_int_equal(held(w, "no-patient"), VALUES);
    assert_int_equal(says(w, "an", "10001", blank), 0);
    assert_int_equal(says(w, "an", "10001", blank), 0);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(rows(w, "pat-1"), 0);
    assert_int_equal(held(w, "no-patient"), VALUES);
    assert_int_equal(says(w, "bo", "10001", blank), 1);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(rows(w, "pat-1"), VALUES);
    assert_int_equal(rows(w, "pat-0"), VALUES);
    assert_int_equal(ward_count(w, true,
                                "SELECT count(*) FROM observation WHERE from_paper=1 AND patient_id='pat-1' AND "
                                "encounter_id='enc-1'"),
                     VALUES);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 2);
    assert_int_equal(ward_count(w, false,
                                "SELECT count(*) FROM audit WHERE event='bind' AND outcome='said' AND "
                                "reason='10001' AND person IN('an','bo')"),
                     3);
}

/* Whoever says something else stands in the way until they say the same. */
static void all_say_the_same(void **state)
{
    struct ward *w = *state;
    assert_int_equal(says(w, "an", "10000", blank), 0);
    assert_int_equal(says(w, "bo", "10001", blank), 0);
    assert_int_equal(says(w, "cy", "10001", blank), 0);
    (void)ward_merge(w, false, NULL);
    assert_int_equal(rows(w, "pat-1"), 0);
    assert_int_equal(rows(w, "pat-0"), VALUES);
    assert_int_equal(says(w, "an", "10001", blank), 1);
    assert_int_equal(said(w), 4);
}

/* A number that nobody has, or two have, or whose file was joined, and a sheet with a patient of its own: nothing. */
static void wrong_numbers(void **state)
{
    struct ward *w = *state;
    assert_int_equal(says(w, "an", "99999", blank), -1);
    assert_non_null(strstr(w->err.text, "nobody of number 99999"));
    assert_int_equal(says(w, "an", "10001", printed), -1);
    assert_non_null(strstr(w->err.text, "no blank one"));
    assert_int_equal(says(w, "an", "10001", "0000-0009-0"), -1);
    ward_exec(w, true, "INSERT INTO patient_identifier(patient_id, system, value) VALUES('pat-0', 'urn:old', '10001')");
    assert_int_equal(says(w, "an", "10001", blank), -1);
    assert_non_null(strstr(w->err.text, "several patients of number 10001"));
    ward_exec(w, true, "UPDATE patient SET replaced_by='pat-1', row_version=row_version+1 WHERE patient_id='pat-0'");
    assert_int_equal(says(w, "an", "10000", blank), -1);
    assert_non_null(strstr(w->err.text, "was joined to pat-1"));
    assert_int_equal(said(w), 0);
}

/* Until it is merged everybody may think again. */
static void taken_back(void **state)
{
    struct ward *w = *state;
    assert_int_equal(says(w, "an", "10001", blank), 0);
    assert_int_equal(says(w, "bo", "10001", blank), 1);
    assert_int_equal(says(w, "an", NULL, blank), 0);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(rows(w, "pat-1"), 0);
    assert_int_equal(held(w, "no-patient"), VALUES);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM audit WHERE event='bind' AND outcome='taken back'"), 1);
    assert_true(ward_refuses(w, false, "DELETE FROM binding"));
    assert_true(ward_refuses(w, false, "UPDATE binding SET patient_id='pat-0'"));
}

/* What is in the record stays under its patient: bound anew only after the merge is undone, also when only a part of
** the sheet could be merged. */
static void not_after_the_merge(void **state)
{
    struct ward *w = *state;
    ward_live_value(w, "other", "9279-1", "30", MINUTE_OF(1, 1));
    assert_int_equal(says(w, "an", "10000", blank), 0);
    assert_int_equal(says(w, "bo", "10000", blank), 1);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(rows(w, "pat-0"), 2 * VALUES - 1); /* the usual checks: another value of that minute is there */
    assert_int_equal(held(w, "value-there-different"), 1);
    assert_int_equal(says(w, "an", "10001", blank), -1);
    assert_non_null(strstr(w->err.text, "undo M0-2"));
    assert_int_equal(says(w, "an", NULL, blank), -1);
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-2", "cy", "test", &w->err), REPLI_OK);
    assert_int_equal(rows(w, "pat-0"), VALUES);
    assert_int_equal(says(w, "an", "10001", blank), 0);
    assert_int_equal(says(w, "bo", "10001", blank), 1);
}

/* Closed or merged, the database itself says no. */
static void the_database_refuses(void **state)
{
    struct ward *w = *state;
    static const char insert[] = "INSERT INTO binding(serial, person, patient_id, subject, number, said_utc) SELECT "
                                 "serial, 'an', 'pat-1', x'0102030405060708', '10001', 1 FROM sheet WHERE ";
    char sql[300];
    snprintf(sql, sizeof sql, "%s subject_kind<>5", insert);
    assert_true(ward_refuses(w, false, sql));
    assert_int_equal(says(w, "an", "10001", blank), 0);
    assert_int_equal(says(w, "bo", "10001", blank), 1);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    snprintf(sql, sizeof sql, "%s subject_kind=5", insert);
    assert_true(ward_refuses(w, false, sql));
    assert_int_equal(says(w, "cy", "10000", blank), -1);
}

/* Between the two words and the merge the record changed: it is held as for a printed patient. */
static void the_usual_checks(void **state)
{
    struct ward *w = *state;
    static const struct {
        const char *change, *hold;
        int64_t n;
    } cases[] = {{"UPDATE patient SET birth_date='1951-01-02', row_version=row_version+1 WHERE patient_id='pat-1'",
                  "identity-changed", VALUES},
                 {"UPDATE patient SET birth_date='1950-01-02', deceased=1, row_version=row_version+1 WHERE "
                  "patient_id='pat-1'",
                  "death-time-unknown", VALUES},
                 {"UPDATE patient SET deceased=0, subject_hash=x'0102030405060708', row_version=row_version+1 WHERE "
                  "patient_id='pat-1'",
                  "identity-mismatch", VALUES}};
    assert_int_equal(says(w, "an", "10001", blank), 0);
    assert_int_equal(says(w, "bo", "10001", blank), 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ward_exec(w, true, cases[i].change);
        assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
        assert_int_equal(held(w, cases[i].hold), cases[i].n);
        assert_int_equal(rows(w, "pat-1"), 0);
    }
}

/* Two who saw two different people under one number have not said the same. */
static void seen_as_another(void **state)
{
    struct ward *w = *state;
    assert_int_equal(says(w, "an", "10001", blank), 0);
    ward_exec(w, true, "UPDATE patient SET family='MARTIN', row_version=row_version+1 WHERE patient_id='pat-1'");
    assert_int_equal(says(w, "bo", "10001", blank), 0);
    assert_int_equal(says(w, "an", "10001", blank), 1);
}

/* A stay that had ended before the written time. */
static void after_discharge(void **state)
{
    struct ward *w = *state;
    char sql[200];
    snprintf(sql, sizeof sql, "UPDATE encounter SET end_utc=%lld, row_version=row_version+1 WHERE encounter_id='enc-1'",
             (long long)WARD_WINDOW_UTC - 3600);
    ward_exec(w, true, sql);
    assert_int_equal(says(w, "an", "10001", blank), 0);
    assert_int_equal(says(w, "bo", "10001", blank), 1);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(held(w, "patient-discharged"), VALUES);
    assert_int_equal(rows(w, "pat-1"), 0);
}

/* What was keyed of the sheets that it continues names candidates, and decides nothing. */
static void candidates(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    struct repli_bind_result r;
    char sql[300];
    snprintf(sql, sizeof sql,
             "INSERT INTO settled VALUES(%lld,'of1.parent',1,'value','%s','an','bo',1),(%lld,'page.spare',1,'value',"
             "'0002','an',NULL,1)",
             (long long)ward_serial(1), printed, (long long)ward_serial(0));
    ward_exec(w, false, sql);
    assert_int_equal(repli_bind_show(w->ledger, blank, &a, &r, &w->err), REPLI_OK);
    assert_int_equal(r.nparents, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(r.parents[i].sheet, printed);
        assert_string_equal(r.parents[i].patient, "10000");
    }
    assert_null(r.bound);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(rows(w, "pat-0"), VALUES);
    repli_arena_done(&a);
}

#define EACH(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {EACH(it_takes_two),     EACH(all_say_the_same),    EACH(wrong_numbers),
                                       EACH(taken_back),       EACH(not_after_the_merge), EACH(the_database_refuses),
                                       EACH(the_usual_checks), EACH(seen_as_another),     EACH(after_discharge),
                                       EACH(candidates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
