/* What goes into a snapshot: who is in the house, where, and what forms need of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "support/house.h"

/* "patient@ward:room:bed " for everybody, in order of printing, from the census: everybody stands on it once. */
static char *whereabouts(struct repli_snapshot *snap)
{
    static const char *const names[] = {"census", NULL};
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_datasets sets;
    struct repli_buf b = {0};
    assert_ok(repli_snapshot_datasets(snap, names, NULL, NULL, &a, &sets, &err));
    for (size_t i = 0; i < sets.sets[0].nrows; i++) {
        const char *cells[4];
        if (!repli_dataset_cell(&sets.sets[0], i, "patient_id"))
            continue; /* an empty bed */
        static const char *const columns[] = {"patient_id", "ward", "room", "bed"};
        for (int c = 0; c < 4; c++) {
            cells[c] = repli_dataset_cell(&sets.sets[0], i, columns[c]);
            cells[c] = cells[c] ? cells[c] : "-";
        }
        repli_buf_printf(&b, "%s@%s:%s:%s ", cells[0], cells[1], cells[2], cells[3]);
    }
    repli_arena_done(&a);
    return b.data ? b.data : repli_xstrdup("");
}

/* "c1=c2 " for every row of a dataset. */
static void assert_cells(struct repli_snapshot *snap, const char *set, const char *patient, const char *ward,
                         const char *c1, const char *c2, const char *want)
{
    const char *names[] = {set, NULL};
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_datasets sets;
    struct repli_buf b = {0};
    repli_buf_puts(&b, "");
    assert_ok(repli_snapshot_datasets(snap, names, patient, ward, &a, &sets, &err));
    for (size_t i = 0; i < sets.sets[0].nrows; i++) {
        const char *x = repli_dataset_cell(&sets.sets[0], i, c1), *y = repli_dataset_cell(&sets.sets[0], i, c2);
        repli_buf_printf(&b, "%s=%s ", x ? x : "-", y ? y : "-");
    }
    assert_string_equal(b.data ? b.data : "", want);
    repli_buf_done(&b);
    repli_arena_done(&a);
}

/* ---- who is in the house */

/* An intensive-care episode inside a stay is one patient where the episode says; only running encounters of that
** instant count, whatever their class; a part whose parent is unknown or over is a stay by itself. */
static void who_is_in_the_house(void **state)
{
    (void)state;
    struct repli_snapshot_info info;
    place("w3", "ward", "3B", NULL);
    place("icu", "ward", "ICU", NULL);
    person("two", 1, "Deux", "Jean");
    stay("hosp", "two", NULL, "in-progress", T - 5 * DAY, 0);
    stop("hosp", 1, "w3", T - 5 * DAY, 0);
    stay("part", "two", "hosp", "in-progress", T - DAY, 0);
    stop("part", 1, "icu", T - DAY, 0);
    person("back", 2, "Retour", "Luc");
    stay("hosp2", "back", NULL, "in-progress", T - 5 * DAY, 0);
    stop("hosp2", 1, "w3", T - 5 * DAY, T - 2 * DAY);
    stop("hosp2", 2, "w3", T - HOUR, 0);
    stay("part2", "back", "hosp2", "in-progress", T - 2 * DAY, 0);
    stop("part2", 1, "icu", T - 2 * DAY, T - HOUR);
    lies("gone", 3, "Parti", "Eva", "w3");
    put("UPDATE encounter SET row_version=row_version+1, status='finished' WHERE patient_id='gone'");
    lies("ended", 4, "Fini", "Eva", "w3");
    put("UPDATE encounter SET row_version=row_version+1, end_utc=%lld WHERE patient_id='ended'", (long long)T);
    lies("later", 5, "Demain", "Eva", "w3");
    put("UPDATE encounter SET row_version=row_version+1, start_utc=%lld WHERE patient_id='later'", (long long)T + 1);
    lies("planned", 6, "Prévu", "Eva", "w3");
    put("UPDATE encounter SET row_version=row_version+1, status='planned' WHERE patient_id='planned'");
    lies("orphan", 7, "Orphelin", "Ida", "w3");
    put("UPDATE encounter SET row_version=row_version+1, part_of='never-sent' WHERE patient_id='orphan'");
    person("left", 8, "Reste", "Ida");
    stay("over", "left", NULL, "finished", T - 5 * DAY, T - DAY);
    stay("still", "left", "over", "in-progress", T - 5 * DAY, 0);
    stop("still", 1, "icu", T - 5 * DAY, 0);
    person("loop", 9, "Boucle", "Ida");
    stay("l1", "loop", "l2", "in-progress", T - DAY, 0);
    stay("l2", "loop", "l1", "in-progress", T - DAY, 0);
    stop("l2", 1, "w3", T - DAY, 0);
    struct repli_snapshot *snap = taken(&info);
    char *got = whereabouts(snap);
    assert_string_equal(got, "loop@3B:-:- orphan@3B:-:- back@3B:-:- two@ICU:-:- left@ICU:-:- ");
    assert_int_equal(info.patients, 5);
    assert_cells(snap, "stay", "two", NULL, "stay_number", "ward_name",
                 "Nhosp=Name ICU "); /* the stay's, not the part's */
    assert_cells(snap, "stay", "back", NULL, "stay_number", "ward_name", "Nhosp2=Name 3B ");
    assert_int_equal(info.wards, 2);
    free(got);
    repli_snapshot_close(snap);
}

/* The newest open place with a ward decides; of equal starts bed before room before ward; beds and rooms know their
** ward; theatre moves nobody; who has no ward is counted and listed, last. */
static void where_they_lie(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    struct repli_arena a = {0};
    struct repli_snap_ward *wards;
    size_t n;
    place("site", "site", "S", NULL);
    place("w3", "ward", "3B", "site");
    place("w10", "ward", "10A", NULL);
    place("closed", "ward", "9Z", NULL);
    place("empty", "ward", "2C", NULL);
    put("UPDATE location SET row_version=row_version+1, active=0 WHERE location_id IN('closed')");
    place("r1", "room", "R1", "w3");
    place("b1", "bed", "A", "r1");
    place("b2", "bed", "B", "r1");
    place("ot", "other", "OT", "site");
    lies("bed", 1, "Un", "A", "w3");
    stop("e-bed", 2, "b1", T - DAY, 0);
    stop("e-bed", 3, "r1", T - DAY, 0);
    lies("room", 2, "Deux", "B", "r1");
    lies("theatre", 3, "Trois", "C", "b2");
    stop("e-theatre", 2, "ot", T - HOUR, 0);
    lies("moved", 4, "Quatre", "D", "b1");
    stop("e-moved", 2, "w10", T - HOUR, 0);
    stop("e-moved", 3, "b2", T + HOUR, 0);
    lies("shut", 5, "Cinq", "E", "closed");
    lies("none", 6, "Six", "F", NULL);
    lies("only-ot", 7, "Sept", "G", "ot");
    struct repli_snapshot *snap = taken(&info);
    char *got = whereabouts(snap);
    assert_string_equal(got, "bed@3B:Name R1:Name A theatre@3B:Name R1:Name B room@3B:Name R1:- shut@9Z:-:- "
                             "moved@10A:-:- only-ot@-:-:- none@-:-:- ");
    free(got);
    assert_int_equal(info.unplaced, 2);
    assert_ok(repli_snapshot_wards(snap, &a, &wards, &n, &err));
    assert_int_equal(n, 4);
    assert_string_equal(wards[0].id, "2C");
    assert_int_equal(wards[0].census, 0);
    assert_string_equal(wards[1].id, "3B");
    assert_int_equal(wards[1].census, 3);
    assert_int_equal(wards[1].beds, 2);
    assert_string_equal(wards[2].id, "9Z");
    assert_string_equal(wards[3].id, "10A");
    repli_arena_done(&a);
    repli_snapshot_close(snap);
}

/* Names that may be taken for each other are marked within a ward: equal, one letter apart, swapped; not numbers, not
** short ones, not in another ward. */
static void similar_names(void **state)
{
    (void)state;
    static const struct {
        const char *id, *family, *given, *ward, *marked;
    } people[] = {{"a", "Lefèvre", "Anne", "w3", "1"},     {"b", "LEFEVRE", "Paul", "w3", "1"},
                  {"c", "Dupont", "Luc", "w3", "1"},       {"d", "Dupond", "Eva", "w3", "1"},
                  {"e", "Patient_100077", "X", "w3", "0"}, {"f", "Patient_100078", "X", "w3", "0"},
                  {"g", "Roy", "Ida", "w3", "0"},          {"h", "Ray", "Ida", "w3", "0"},
                  {"i", "Nguyen", "Martin", "w3", "1"},    {"j", "Martin", "Nguyen", "w3", "1"},
                  {"k", "Janssens", "Els", "w3", "0"},     {"l", "Janssens", "Els", "w4", "0"},
                  {"m", "Peetres", "Jo", "w4", "1"},       {"n", "Peeters", "Jo", "w4", "1"},
                  {"o", "Claes", "Jo", "w4", "0"}};
    static const char *const names[] = {"patient", NULL};
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    struct repli_arena a = {0};
    struct repli_datasets sets;
    place("w3", "ward", "3B", NULL);
    place("w4", "ward", "4A", NULL);
    for (int i = 0; i < (int)(sizeof people / sizeof *people); i++)
        lies(people[i].id, i + 1, people[i].family, people[i].given, people[i].ward);
    struct repli_snapshot *snap = taken(&info);
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        assert_ok(repli_snapshot_datasets(snap, names, people[i].id, NULL, &a, &sets, &err));
        assert_int_equal(sets.sets[0].nrows, 1);
        const char *homonym = repli_dataset_cell(&sets.sets[0], 0, "homonym");
        if (strcmp(homonym, people[i].marked) != 0)
            fail_msg("%s %s: homonym %s", people[i].family, people[i].given, homonym);
    }
    repli_arena_done(&a);
    repli_snapshot_close(snap);
}

/* ---- what goes in */

static void observe(const char *id, const char *code, const char *category, int64_t at, const char *value,
                    const char *status)
{
    put("INSERT INTO observation(observation_id, patient_id, code_system, code, category, effective_utc, value, "
        "value_kind, unit, status, "
        "source_hash) VALUES(%Q,'anna','http://loinc.org',%Q,%Q,%lld,%Q,%Q,'u',%Q,x'00')",
        id, code, category, (long long)at, value, value ? "quantity" : "absent", status);
}

/* The newest value of each code, of the last days only, never one that was withdrawn or is from the future. */
static void last_observations(void **state)
{
    (void)state;
    struct repli_snapshot_info info;
    small_house();
    observe("o1", "8867-4", "vital-signs", T - 2 * HOUR, "70", "final");
    observe("o2", "8867-4", "vital-signs", T - HOUR, "80", "amended");
    observe("o3", "8867-4", "vital-signs", T - 60, "999", "entered-in-error");
    observe("o4", "8867-4", "vital-signs", T + 60, "998", "final");
    observe("o5", "9279-1", NULL, T - HOUR, "18", "final");
    observe("o6", "8310-5", "vital-signs", T - 8 * DAY, "39.0", "final");
    observe("o7", "2823-3", "laboratory", T - DAY, "4.1", "final");
    observe("o8", "9999-9", "laboratory", T - DAY, "5", "final");
    observe("o9", "29463-7", "vital-signs", T - 30 * DAY, "71.5", "final");
    observe("oa", "8478-0", "vital-signs", T - DAY, "90", "final");
    observe("ob", "8462-4", "vital-signs", T - DAY, NULL, "final");
    struct repli_snapshot *snap = taken(&info);
    assert_cells(snap, "last_observations", "anna", NULL, "code", "value",
                 "9279-1=18 8867-4=80 2823-3=4.1 29463-7=71.5 8478-0=90 ");
    assert_cells(snap, "last_observations", "zoe", NULL, "code", "value", "");
    repli_snapshot_close(snap);
}

/* Allergies of all three kinds, dangerous first; orders that run or will run; nothing that was refuted or is over. */
static void allergies_and_orders(void **state)
{
    (void)state;
    struct repli_snapshot_info info;
    small_house();
    put("INSERT INTO allergy(allergy_id, patient_id, kind, substance, certainty, status, source_hash) VALUES"
        "('a4','anna','substance','refuted','refuted','active',x'00'),('a5','anna','substance','over',NULL,'resolved',"
        "x'00')");
    put("INSERT INTO medication(medication_id, name, source_hash) VALUES('m1','amoxicilline',x'00')");
    put("INSERT INTO medication_request(request_id, patient_id, status, intent, medication_id, medication, dose, "
        "as_needed, end_utc, source_hash) "
        "VALUES('r1','anna','active','order','m1',NULL,'500',0,NULL,x'00'),('r2','anna','active','order',NULL,'"
        "paracétamol','1000',1,NULL,x'00'),"
        "('r3','anna','stopped','order',NULL,'stopped','1',0,NULL,x'00'),('r4','anna','active','order',NULL,'ended','1'"
        ",0,%lld,x'00'),"
        "('r5','anna','on-hold','order','gone',NULL,'1',0,NULL,x'00'),('r6','anna','active','proposal',NULL,'idea','1',"
        "0,NULL,x'00')",
        (long long)T);
    struct repli_snapshot *snap = taken(&info);
    assert_cells(snap, "allergies", "anna", NULL, "substance", "criticality", "pénicilline=high latex=low ");
    assert_cells(snap, "allergies", "zoe", NULL, "kind", "substance", "none-known=- ");
    assert_cells(snap, "orders", "anna", NULL, "medication", "dose", "-=1 amoxicilline=500 paracétamol=1000 ");
    repli_snapshot_close(snap);
}

/* Datasets of a patient, a ward, the house; the ward's own row comes with each of its patients; unknown ones are
** refused. */
static void datasets_by_patient_and_ward(void **state)
{
    (void)state;
    static const char *const unknown[] = {"patient", "nonsense", NULL}, *const wicked[] = {"patient WHERE 0 --", NULL};
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    struct repli_arena a = {0};
    struct repli_datasets sets;
    struct repli_snap_patient *people;
    size_t n;
    small_house();
    lies("none", 3, NULL, NULL, NULL);
    put("UPDATE patient SET row_version=row_version+1, name_text='X inconnu' WHERE patient_id='none'");
    struct repli_snapshot *snap = taken(&info);
    assert_cells(snap, "stay", NULL, "3B", "bed", "ward_name", "Name 2=Name 3B Name 10=Name 3B ");
    assert_cells(snap, "ward", "anna", NULL, "ward", "census", "3B=2 ");
    assert_cells(snap, "ward", "none", NULL, "ward", "census", "");
    assert_cells(snap, "patient", NULL, NULL, "patient_id", "identifier", "zoe=1002 anna=1001 none=1003 ");
    assert_refused(repli_snapshot_datasets(snap, unknown, NULL, NULL, &a, &sets, &err), REPLI_DATA,
                   "no dataset 'nonsense'");
    assert_refused(repli_snapshot_datasets(snap, wicked, NULL, NULL, &a, &sets, &err), REPLI_DATA, "no dataset");
    assert_ok(repli_snapshot_patients(snap, NULL, NULL, &a, &people, &n, &err));
    assert_int_equal(n, 3);
    assert_string_equal(people[0].name, "ÜNAL, Zoé");
    assert_string_equal(people[1].name, "VAN DEN BERGHE-DE SMEDT, Maria");
    assert_string_equal(people[2].name, "X inconnu");
    assert_memory_equal(people[1].subject, "00000001", 8);
    assert_ok(repli_snapshot_patients(snap, NULL, "1002", &a, &people, &n, &err));
    assert_int_equal(n, 1);
    assert_string_equal(people[0].stay_number, "Ne-zoe");
    assert_ok(repli_snapshot_patients(snap, "9Z", NULL, &a, &people, &n, &err));
    assert_int_equal(n, 0);
    repli_arena_done(&a);
    repli_snapshot_close(snap);
}

/* A census has a line for every bed that is in use, also an empty one, one for each of two people in one bed, and one
** for a patient of the ward without a bed; a bed out of use has none unless somebody lies in it. */
static void a_line_a_bed(void **state)
{
    (void)state;
    struct repli_snapshot_info info;
    small_house();
    place("b3", "bed", "3", "r1");
    place("b4", "bed", "4", "r1");
    place("b5", "bed", "5", "r1");
    put("UPDATE location SET active=0, row_version=row_version+1 WHERE location_id IN('b4','b5')");
    lies("eva", 3, "Claes", "Eva", "b5");
    lies("bob", 4, "Aerts", "Bob", "b10");
    lies("tom", 5, "Maes", "Tom", "w3");
    lies("out", 6, "Sans", "Lieu", NULL);
    put("INSERT INTO observation(observation_id, patient_id, code_system, code, effective_utc, value, value_kind, "
        "status, "
        "source_hash) VALUES('n1','zoe','http://loinc.org','88330-6',%lld,'5','quantity','final',x'00'),"
        "('n2','anna','http://loinc.org','88330-6',%lld,'9','quantity','final',x'00')",
        T - HOUR, T - 25 * HOUR);
    put("INSERT INTO flag(flag_id, patient_id, status, code_system, code, display, source_hash) VALUES"
        "('f1','zoe','active','http://snomed.info/sct','40174006','Contact',x'00'),"
        "('f2','zoe','active','http://snomed.info/sct','304253006','NTBR 1',x'00'),"
        "('f3','anna','active','http://snomed.info/sct','129839007','Falls',x'00')");
    struct repli_snapshot *snap = taken(&info);
    assert_cells(snap, "census", NULL, "3B", "care_limits", "isolation", "NTBR 1=Contact -=- -=- -=- -=- -=- ");
    assert_cells(snap, "census", NULL, NULL, "bed", "patient_id",
                 "Name 2=zoe Name 3=- Name 5=eva Name 10=bob Name 10=anna -=tom -=out ");
    assert_cells(snap, "census", NULL, "3B", "bed_id", "allergy", "b2=none-known b3=- b5=- b10=- b10=yes -=- ");
    assert_cells(snap, "census", NULL, "3B", "encounter_id", "news", "e-zoe=5 -=- e-eva=- e-bob=- e-anna=- e-tom=- ");
    assert_cells(snap, "ward", NULL, "3B", "hospital", "data_utc", "CHU Essai=1795395600 ");
    repli_snapshot_close(snap);
}

/* Of each order the last dose that was given within a month, and all that was charted within a day; nothing of the
** future, nothing that was entered in error, nothing that names no order. */
static void doses(void **state)
{
    (void)state;
    static const struct {
        const char *id, *order, *status;
        int64_t before;
    } given[] = {{"a", "o1", "completed", 20 * DAY}, {"b", "o1", "completed", 3 * DAY},
                 {"c", "o1", "not-done", 2 * HOUR},  {"d", "o2", "completed", HOUR},
                 {"e", "o2", "completed", 5 * HOUR}, {"f", "o2", "completed", -HOUR},
                 {"g", "o3", "entered-in-error", 1}, {"h", "o4", "completed", 40 * DAY}};
    struct repli_snapshot_info info;
    small_house();
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        put("INSERT INTO medication_administration(administration_id, patient_id, request_id, status, dose, dose_unit, "
            "start_utc, source_hash) VALUES('%s','anna','%s','%s','1','g',%lld,x'00')",
            given[i].id, given[i].order, given[i].status, (long long)(T - given[i].before));
    put("INSERT INTO medication_administration(administration_id, patient_id, status, start_utc, source_hash) "
        "VALUES('z','anna','completed',%lld,x'00')",
        (long long)(T - 60));
    struct repli_snapshot *snap = taken(&info);
    char *want = NULL;
    struct repli_buf b = {0};
    repli_buf_printf(&b, "o1=%lld o1=%lld o2=%lld o2=%lld ", (long long)(T - 2 * HOUR), (long long)(T - 3 * DAY),
                     (long long)(T - HOUR), (long long)(T - 5 * HOUR));
    want = b.data;
    assert_cells(snap, "doses", "anna", NULL, "request_id", "start_utc", want);
    assert_cells(snap, "doses", "zoe", NULL, "request_id", "start_utc", "");
    repli_buf_done(&b);
    repli_snapshot_close(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_in_the_house, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(where_they_lie, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(similar_names, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(last_observations, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(allergies_and_orders, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(doses, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(a_line_a_bed, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(datasets_by_patient_and_ward, house_setup, house_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
