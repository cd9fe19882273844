/* The invented ward: the same plan gives the same people, and every difficult case is among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "repli/invent.h"
#include "support/recordbox.h"

struct sink {
    struct repli_import *imp;
    int64_t line;
};

static enum repli_status take(void *user, const char *resource, struct repli_err *err)
{
    struct sink *s = user;
    return repli_import_text(s->imp, "invented", ++s->line, resource, strlen(resource), err);
}

static void invent(struct recordbox *b, uint64_t seed, int64_t at_utc, int beds, char digest[65])
{
    const struct repli_invent_plan plan = {seed, at_utc, beds};
    struct repli_import_setup set;
    struct sink sink = {0};
    struct repli_err err = {0};
    recordbox_open(b);
    recordbox_setup(b, &set);
    assert_int_equal(repli_import_open(&set, "demo", &sink.imp, &err), REPLI_OK);
    assert_int_equal(repli_invent_hospital(&plan, take, &sink, &err), REPLI_OK);
    assert_int_equal(repli_import_commit(sink.imp, &b->report, &err), REPLI_OK);
    repli_import_close(sink.imp);
    assert_int_equal(b->report.counts.refused, 0);
    recordbox_digest(b, digest);
}

/* Same seed and hour: same digest, in sites with other keys.  Another seed or hour: another one. */
static void test_same_plan_same_ward(void **state)
{
    static const struct {
        uint64_t seed;
        int64_t at_utc;
    } plans[] = {{1, BOX_NOW}, {1, BOX_NOW}, {2, BOX_NOW}, {1, BOX_NOW + 3600}};
    char digest[4][65];
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct recordbox b;
        invent(&b, plans[i].seed, plans[i].at_utc, 24, digest[i]);
        recordbox_close(&b);
    }
    assert_string_equal(digest[0], digest[1]);
    assert_string_not_equal(digest[0], digest[2]);
    assert_string_not_equal(digest[0], digest[3]);
}

/* Twenty seeds, the smallest and the largest ward: all cases, one free bed, no order that somebody is allergic to. */
static void test_every_case(void **state)
{
    static const struct {
        const char *sql, *answer;
    } asked[] = {
        {"SELECT count(*) FROM location WHERE kind='ward' AND code='3B'", "1"},
        {"SELECT count(*) FROM encounter WHERE status='in-progress' AND part_of IS NOT NULL", "1"},
        {"SELECT count(*) FROM (SELECT family,given FROM patient WHERE family IS NOT NULL GROUP BY family,given HAVING "
         "count(*)>1)",
         "1"},
        {"SELECT count(*) FROM patient WHERE birth_date IS NULL", "1"},
        {"SELECT count(*) FROM patient WHERE length(birth_date)=4", "1"},
        {"SELECT count(*) FROM patient WHERE name_text IS NOT NULL AND family IS NULL", "1"},
        {"SELECT count(*) FROM patient WHERE birth_date BETWEEN '2011-04-01' AND '2011-08-01'", "1"},
        {"SELECT count(*) FROM patient p WHERE NOT EXISTS(SELECT 1 FROM allergy a WHERE a.patient_id=p.patient_id)",
         "1"},
        {"SELECT count(DISTINCT kind) FROM allergy", "3"},
        {"SELECT min(n)>=3 AND max(n)<=12 FROM (SELECT count(*) n FROM medication_request WHERE status "
         "IN('active','on-hold') GROUP BY patient_id)",
         "1"},
        {"SELECT count(*)>0 FROM medication_request WHERE as_needed=1", "1"},
        {"SELECT count(*) FROM patient p JOIN encounter e USING(patient_id) WHERE e.status='in-progress' AND e.part_of "
         "IS NULL AND NOT EXISTS"
         "(SELECT 1 FROM observation o WHERE o.patient_id=p.patient_id AND o.code='9279-1' AND o.effective_utc BETWEEN "
         "1795395600-5*3600 AND 1795395600)",
         "0"},
        {"SELECT count(*) FROM medication_request m JOIN allergy a USING(patient_id) WHERE a.substance='Pénicilline' "
         "AND m.medication LIKE 'Amoxi%'",
         "0"},
        {"SELECT count(*) FROM medication_request m JOIN allergy a USING(patient_id) WHERE a.substance='Tramadol' AND "
         "m.medication IN('Tramadol','Morphine')",
         "0"},
        {"SELECT count(*)-count(DISTINCT location_id) FROM encounter_location JOIN encounter e USING(encounter_id) "
         "JOIN location l USING(location_id) WHERE l.kind='bed' AND e.status='in-progress' AND e.part_of IS NULL",
         "0"},
    };
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct recordbox b;
        char digest[65], people[8];
        int beds = seed % 2 ? REPLI_INVENT_BEDS_MAX : REPLI_INVENT_BEDS_MIN;
        invent(&b, seed, BOX_NOW, beds, digest);
        snprintf(people, sizeof people, "%d", beds - 1);
        assert_string_equal(
            recordbox_sql(&b, "SELECT count(*) FROM encounter WHERE status='in-progress' AND part_of IS NULL"), people);
        for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
            if (strcmp(recordbox_sql(&b, asked[i].sql), asked[i].answer) != 0)
                fail_msg("seed %d: %s: %s instead of %s", (int)seed, asked[i].sql, recordbox_sql(&b, asked[i].sql),
                         asked[i].answer);
        recordbox_close(&b);
    }
}

static enum repli_status ignore(void *user, const char *resource, struct repli_err *err)
{
    (void)user, (void)resource, (void)err;
    return REPLI_OK;
}

static enum repli_status refuse(void *user, const char *resource, struct repli_err *err)
{
    (void)resource;
    ++*(int *)user;
    return repli_fail(err, REPLI_IO, "full");
}

/* A ward too small for the cases, or larger than the tables, is refused; a failing listener ends the invention. */
static void test_limits(void **state)
{
    struct repli_err err = {0};
    int told = 0;
    (void)state;
    const struct repli_invent_plan small = {1, BOX_NOW, REPLI_INVENT_BEDS_MIN - 1},
                                   large = {1, BOX_NOW, REPLI_INVENT_BEDS_MAX + 1}, right = {1, BOX_NOW, 24};
    assert_int_equal(repli_invent_hospital(&small, ignore, NULL, &err), REPLI_USAGE);
    repli_err_clear(&err);
    assert_int_equal(repli_invent_hospital(&large, ignore, NULL, &err), REPLI_USAGE);
    repli_err_clear(&err);
    assert_int_equal(repli_invent_hospital(&right, refuse, &told, &err), REPLI_IO);
    assert_int_equal(told, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_plan_same_ward), cmocka_unit_test(test_every_case),
                                       cmocka_unit_test(test_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
