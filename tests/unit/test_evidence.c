/* Evidence about downtime numbers, point by point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "repli/identity.h"
#include "support/ward.h"

#define NUMBER "D0000-000001-96"

/* A downtime number that came to 3B at 2026-11-23T06:00Z, registered as Anne Lambrechs; beside it two patients. */
static int setup(void **state)
{
    struct ward *w = ward_new("evidence", 2);
    ward_exec(
        w, true,
        "INSERT INTO location(location_id, kind, name, code, source_hash) VALUES('w1','ward','3B','3B',x'00'),"
        "('w2','ward','4A','4A',x'00');"
        "INSERT INTO location(location_id, kind, name, code, part_of, source_hash) "
        "VALUES('b1','bed','1','3B-1','w1',x'00');"
        "INSERT INTO patient(patient_id, identifier_system, identifier_value, subject_hash, name_text, source_hash) "
        "VALUES('" NUMBER "','urn:repli:downtime','" NUMBER "',x'0000000000000009','Foxtrot Cobalt',x'00');"
        "INSERT INTO encounter(encounter_id, patient_id, status, source_hash) VALUES('S','" NUMBER
        "','in-progress',x'00');"
        "INSERT INTO encounter_location(encounter_id, seq, location_id) VALUES('S',1,'b1');"
        "INSERT INTO registration(registration_id, patient_id, known, family, given, birth_date, sex, niss, "
        "arrived_utc, box_um, image_sha256, source_hash) VALUES('paper:0000-0001-D:person:1','" NUMBER
        "','relative','LAMBRECHS','ANNE','1962-03-14','female','62031400228',1795413600,'',zeroblob(32),x'00');"
        "UPDATE patient SET family='Lambrechts', given='Anne', birth_date='1962-03-14', gender='female', "
        "row_version=row_version+1 WHERE patient_id='pat-0';"
        "DELETE FROM encounter_location WHERE encounter_id IN('enc-0','enc-1');"
        "UPDATE encounter SET start_utc=1795417200, row_version=row_version+1 WHERE encounter_id='enc-0';"
        "INSERT INTO encounter_location(encounter_id, seq, location_id, start_utc) "
        "VALUES('enc-0',1,'b1',1795417200)");
    ward_close(w);
    ward_save(w);
    ward_open(w);
    *state = w;
    return 0;
}

static struct repli_identity *look(struct ward *w, struct repli_arena *a)
{
    struct repli_identity *x = NULL;
    size_t count = 0;
    w->err = (struct repli_err){0};
    if (repli_identity_list(w->ledger, w->record, NULL, a, &x, &count, &w->err) != REPLI_OK)
        fail_msg("%s", w->err.text);
    assert_int_equal(count, 1);
    return x;
}

static const struct repli_identity_candidate *candidate(const struct repli_identity *x, const char *id)
{
    for (size_t i = 0; i < x->ncandidates; i++)
        if (strcmp(x->candidates[i].id, id) == 0)
            return &x->candidates[i];
    return NULL;
}

struct change {
    const char *sql, *point, *says, *text; /* of pat-0 after it; says NULL: no candidate any more */
};
#define PAPER(set) "UPDATE registration SET " set ", row_version=row_version+1"
#define FILE0(set) "UPDATE patient SET " set ", row_version=row_version+1 WHERE patient_id='pat-0'"
#define NISS(n)    "INSERT INTO patient_identifier(patient_id, system, value, type) VALUES('pat-0','u','" n "','NI')"

static const struct change points[] = {
    {NULL, "name", "near", "they sound the same"},
    {PAPER("family='lambrechts'"), "name", "agrees", "spelt as in the record"},
    {PAPER("family='PEETERS'"), "name", "differs", NULL},
    {PAPER("family='ANNE', given='LAMBRECHTS'"), "name", "near", "changed over"},
    {PAPER("family=NULL"), "name", "unknown", "none on paper"},
    {PAPER("given='Anne Marie'"), "first name", "agrees", NULL},
    {PAPER("given='Hanne'"), "first name", "near", NULL},
    {PAPER("given='Peter'"), "first name", "differs", "Peter on paper, Anne in the record"},
    {NULL, "birth", "agrees", "1962-03-14 in both"},
    {PAPER("birth_date='1962-03-15'"), "birth", "near", "one digit differs"},
    {PAPER("birth_date='1962'"), "birth", "near", "only the year"},
    {PAPER("birth_date='1962-03'"), "birth", "near", "the day is known of one only"},
    {FILE0("birth_date='1962-11-04'") ";" PAPER("birth_date='1962-04-11'"), "birth", "near", "changed over"},
    {PAPER("birth_date='1971-08-02'"), "birth", "differs", NULL},
    {PAPER("birth_date=NULL, age_years='60'"), "birth", "near", "64 that year"},
    {PAPER("birth_date=NULL, age_years='40'"), "birth", "differs", "about 40"},
    {PAPER("birth_date=NULL"), "birth", "unknown", NULL},
    {NULL, "sex", "agrees", NULL},
    {PAPER("sex='male'"), "sex", "differs", "male on paper, female in the record"},
    {PAPER("sex='unknown'"), "sex", "unknown", NULL},
    {NULL, "national number", "near", "no national number"},
    {NISS("62.03.14-002.28"), "national number", "agrees", "62.03.14-002.28 in both"},
    {NISS("62031400229"), "national number", "near", "one digit differs"},
    {NISS("71080200123"), "national number", "differs", NULL},
    {PAPER("niss='62031400229'") ";" NISS("62031400228"), "national number", "near", "check digits do not fit"},
    {PAPER("niss='62031400229'"), "national number", "unknown", "check digits do not fit"},
    {FILE0("birth_date='1962-03-15'"), "national number", "differs", "says born 1962-03-14"},
    {NULL, "stay", "agrees", "in 3B since 2026-11-23T07:00:00Z"},
    {"UPDATE encounter_location SET location_id='w2', row_version=2 WHERE encounter_id='enc-0'", "stay", "near",
     "in 4A since"},
    {"UPDATE encounter SET start_utc=1795400000, row_version=9 WHERE row_version=8; UPDATE encounter SET "
     "start_utc=1795400000, row_version=row_version+1 WHERE encounter_id='enc-0'; UPDATE encounter_location SET "
     "location_id='w2', row_version=2 WHERE encounter_id='enc-0'",
     "stay", "differs", "in the house already, elsewhere"},
    {"UPDATE encounter SET start_utc=1795400000, end_utc=1795410000, row_version=row_version+1 WHERE "
     "encounter_id='enc-0'",
     "stay", "unknown", "no stay in the day after"},
    {FILE0("deceased=1, deceased_utc=1795400000"), "death", "differs", "before this one came"},
    {FILE0("deceased=1"), "death", "unknown", "at a time not known"},
    {"INSERT INTO patient_contact(patient_id, seq, kind, phone) VALUES('pat-0',1,'self','0475/12.34.56')", "telephone",
     "unknown", "0475/12.34.56 in the record; what is written stands on sheet 0000-0001-D as a picture"},
    {"INSERT INTO patient_contact(patient_id, seq, kind, phone) VALUES('pat-0',1,'self','0475/12.34.56'),('" NUMBER
     "',1,'self','+32 475 12 34 56')",
     "telephone", "agrees", NULL},
    {FILE0("family='Peeters', given='Jos', birth_date='1931-01-01'"), "name", NULL, NULL},
    {FILE0("replaced_by='pat-1'"), "name", NULL, NULL},
};

/* Each fact in words, under its name, on the right side. */
static void each_point(void **state)
{
    struct ward *w = *state;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        struct repli_arena a = {0};
        const struct change *c = &points[i];
        const struct repli_identity_point *found = NULL;
        ward_close(w);
        ward_restore(w);
        ward_open(w);
        if (c->sql)
            ward_exec(w, true, c->sql);
        const struct repli_identity_candidate *who = candidate(look(w, &a), "pat-0");
        for (size_t k = 0; who && k < who->npoints; k++)
            if (strcmp(who->points[k].point, c->point) == 0)
                found = &who->points[k];
        if (!c->says ? who != NULL
                     : !found || strcmp(found->says, c->says) != 0 || (c->text && !strstr(found->text, c->text)))
            fail_msg("%s: %s %s '%s', not %s '%s'", c->sql ? c->sql : "as it is", c->point, found ? found->says : "-",
                     found ? found->text : "no such point", c->says ? c->says : "nobody", c->text ? c->text : "");
        repli_arena_done(&a);
    }
}

/* The order of looking: the national number first, then who is named on paper, birth date, names.  And however well it
** fits, nothing is linked. */
static void order_of_looking(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    ward_exec(w, true,
              "UPDATE patient SET family='Lambrechs', given='Anne', birth_date='1962-03-14', row_version=row_version+1 "
              "WHERE patient_id='pat-1'");
    struct repli_identity *x = look(w, &a);
    assert_int_equal(x->ncandidates, 2);
    assert_string_equal(x->candidates[0].id, "pat-1"); /* spelt the same */
    ward_exec(w, true, NISS("62031400228"));
    x = look(w, &a);
    assert_string_equal(x->candidates[0].id, "pat-0");
    assert_string_equal(x->state, "open");
    assert_null(x->patient);
    assert_true(x->registered && x->niss_fits);
    assert_string_equal(x->paper.ward, "3B");
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM patient_link"), 0);
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM patient WHERE replaced_by IS NOT NULL"), 0);
    repli_arena_done(&a);
}

/* A number that people keyed from paper names somebody who looks quite different. */
static void named_on_paper(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    char name[16];
    ward_sheet_name(0, name);
    ward_exec(w, true,
              "UPDATE patient SET family='Peeters', given='Jos', birth_date='1931-01-01', row_version=row_version+1 "
              "WHERE patient_id='pat-1'");
    ward_exec(w, false,
              repli_arena_printf(&a,
                                 "UPDATE sheet SET patient='" NUMBER "', form_id='registration' WHERE sheet='%s';"
                                 "INSERT INTO settled(serial, field, revision, answer, value, settled_utc) SELECT "
                                 "serial, 'resolved.mrn', 1, 'value', '10001', 1 FROM sheet WHERE sheet='%s'",
                                 name, name));
    const struct repli_identity *x = look(w, &a);
    assert_int_equal(x->ncandidates, 2);
    assert_string_equal(x->candidates[0].id, "pat-1");
    const struct repli_identity_point *p = &x->candidates[0].points[1];
    assert_string_equal(p->point, "paper");
    assert_string_equal(p->says, "agrees");
    assert_non_null(strstr(p->text, name));
    repli_arena_done(&a);
}

/* A big house has many who look alike: the first eight, and a fact about any of them changes what was shown. */
static void many(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    uint8_t before[32];
    for (int i = 0; i < 20; i++)
        ward_exec(
            w, true,
            repli_arena_printf(&a,
                               "INSERT INTO patient(patient_id, identifier_system, identifier_value, "
                               "subject_hash, family, given, birth_date, source_hash) VALUES('x%02d','urn:x','%d',"
                               "x'00000000000000%02x','Lambrechts','Anne','1962-03-%02d',x'00')",
                               i, i, 0x40 + i, i + 1));
    struct repli_identity *x = look(w, &a);
    assert_int_equal(x->ncandidates, REPLI_IDENTITY_SHOWN);
    memcpy(before, x->shown, sizeof before);
    x = look(w, &a);
    assert_memory_equal(before, x->shown, sizeof before);
    ward_exec(w, true,
              repli_arena_printf(&a, "UPDATE patient SET gender='female', row_version=2 WHERE patient_id='%s'",
                                 x->candidates[REPLI_IDENTITY_SHOWN - 1].id));
    x = look(w, &a);
    assert_memory_not_equal(before, x->shown, sizeof before);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_point, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(order_of_looking, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(named_on_paper, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(many, setup, ward_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
