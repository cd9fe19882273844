/* Two files of one person: whatever was sent for either is on the paper of the one who stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "repli/record_merge.h"
#include "repli/snapshot.h"
#include "repli/snapshot_gate.h"
#include "support/recordbox.h"

static int setup(void **state)
{
    struct recordbox *b = calloc(1, sizeof *b);
    recordbox_open(b);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    recordbox_close(*state);
    free(*state);
    return 0;
}

static void say(struct recordbox *b, const char *text)
{
    static int files;
    char name[32], path[512];
    const char *paths[] = {path};
    snprintf(name, sizeof name, "m%04d.hl7", ++files);
    recordbox_write(b, name, text, strlen(text), path);
    recordbox_files(b, paths, 1);
}

static struct repli_snapshot *taken(struct recordbox *b, const char *name)
{
    const struct repli_snapshot_origin origin = {
        .taken_utc = BOX_NOW, .timezone = "Europe/Brussels", .hospital = "Test", .site_tag = 1};
    struct repli_snapshot *snap = NULL;
    struct repli_err err = {0};
    char path[440];
    snprintf(path, sizeof path, "%s/%s.snapshot", b->dir, name);
    unlink(path);
    if (repli_snapshot_build(b->record, &origin, path, &err) != REPLI_OK ||
        repli_snapshot_open(path, &snap, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return snap;
}

/* "column, ..." of all rows of a dataset, as in the snapshot of the record as it is. */
static char *dataset(struct recordbox *b, const char *set, const char *column)
{
    const char *const names[] = {set, NULL};
    struct repli_snapshot *snap = taken(b, "x");
    struct repli_datasets sets = {0};
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_buf out = {0};
    repli_buf_puts(&out, "");
    if (repli_snapshot_datasets(snap, names, NULL, NULL, &a, &sets, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < sets.sets[0].nrows; i++) {
        const char *who = repli_dataset_cell(&sets.sets[0], i, "patient_id");
        const char *cell = repli_dataset_cell(&sets.sets[0], i, column);
        repli_buf_printf(&out, "%s%s:%s", i ? ", " : "", who, cell ? cell : "-");
    }
    repli_snapshot_close(snap);
    repli_arena_done(&a);
    return out.data;
}

static void expect(struct recordbox *b, const char *set, const char *column, const char *want)
{
    char *got = dataset(b, set, column);
    if (strcmp(got ? got : "", want) != 0)
        fail_msg("%s.%s: '%s', not '%s'; said: %s", set, column, got, want, b->said);
    free(got);
}

#define PATIENT(id, number, more)                                                                                      \
    "{'resourceType':'Patient','id':'" id "','identifier':[{'system':'urn:oid:1.2.3','value':'" number                 \
    "'}],'name':[{'family':'F" number "'}]" more "}"
#define WARD "{'resourceType':'Location','id':'w1','name':'3B','physicalType':{'coding':[{'code':'wa'}]}}"
#define STAY(id, patient, number)                                                                                      \
    "{'resourceType':'Encounter','id':'" id "','status':'in-progress','subject':{'reference':'Patient/" patient        \
    "'},'identifier':[{'system':'urn:s','value':'" number "'}],'period':{'start':'2026-11-1" number                    \
    "'},'location':[{'location':{'reference':'Location/w1'}}]}"
#define ALLERGY(id, patient, text)                                                                                     \
    "{'resourceType':'AllergyIntolerance','id':'" id "','patient':{'reference':'Patient/" patient                      \
    "'},'code':{'text':'" text "'}}"
#define ORDER(id, patient, text)                                                                                       \
    "{'resourceType':'MedicationRequest','id':'" id "','status':'active','intent':'order','subject':{'reference':'"    \
    "Patient/" patient "'},'medicationCodeableConcept':{'text':'" text "'}}"
#define RATE(id, patient, value)                                                                                       \
    "{'resourceType':'Observation','id':'" id "','status':'final','subject':{'reference':'Patient/" patient            \
    "'},'code':{'coding':[{'system':'http://loinc.org','code':'8867-4'}]},'effectiveDateTime':'2026-11-22',"           \
    "'valueInteger':" value "}"
#define REPLACED_BY(id) ",'link':[{'type':'replaced-by','other':{'reference':'Patient/" id "'}}]"
#define REPLACES(id)    ",'link':[{'type':'replaces','other':{'reference':'Patient/" id "'}}]"

#define MSH(type, id) "MSH|^~\\&|ADT|HOSP|REPLI|HOSP|20261122080000||ADT^" type "|" id "|P|2.5\r"
#define PID(number)   "PID|||" number "^^^HOSP&1.2.3&ISO^MR||Claes^Jan\r"
#define MRG(number)   "MRG|" number "^^^HOSP&1.2.3&ISO^MR\r"

static const char *const two[] = {WARD,
                                  PATIENT("old", "1", ""),
                                  PATIENT("new", "2", ""),
                                  STAY("e2", "new", "2"),
                                  ALLERGY("a1", "old", "Latex"),
                                  ORDER("o1", "old", "Morphine"),
                                  ORDER("o2", "new", "Amoxicilline"),
                                  RATE("r1", "old", "77"),
                                  ("{'resourceType':'Flag','id':'f1','status':'active','subject':{'reference':'Patient/"
                                   "old'},'code':{'text':'Isolement'}}")};
#define TWO (sizeof two / sizeof *two)

static void all_on_the_survivor(struct recordbox *b)
{
    expect(b, "patient", "identifier", "new:2");
    expect(b, "allergies", "substance", "new:Latex");
    expect(b, "orders", "medication", "new:Amoxicilline, new:Morphine");
    expect(b, "last_observations", "value", "new:77");
    expect(b, "flags", "text", "new:Isolement");
}

/* HL7 A40 after the resources: nothing that was sent for the old record is missing on the survivor's paper. */
static void test_event_after(void **state)
{
    struct recordbox *b = *state;
    recordbox_take(b, two, TWO);
    expect(b, "allergies", "substance", "");
    say(b, MSH("A40", "1") PID("2") MRG("1"));
    assert_string_equal(b->said, "");
    all_on_the_survivor(b);
    /* what is sent again for the old record is found where it was; what is new for it reaches the survivor */
    recordbox_take(b, two, TWO);
    assert_int_equal(b->report.counts.unchanged, TWO);
    recordbox_take_one(b, ALLERGY("a9", "old", "Iode"));
    expect(b, "allergies", "substance", "new:Iode, new:Latex");
    /* the old patient's resource, changed and without a link, takes the event not back */
    recordbox_take_one(b, PATIENT("old", "1", ",'gender':'female'"));
    assert_int_equal(b->report.counts.updated, 1);
    expect(b, "orders", "medication", "new:Amoxicilline, new:Morphine");
}

/* A40 before the resources: the records that the messages made are taken over, link and all. */
static void test_event_before(void **state)
{
    struct recordbox *b = *state;
    say(b, MSH("A40", "1") PID("2") MRG("1"));
    assert_string_equal(b->said, "");
    recordbox_take(b, two, TWO);
    assert_string_equal(b->said, "");
    assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM patient"), "2");
    const char *id = recordbox_sql(b, "SELECT patient_id FROM patient WHERE identifier_value='2'");
    char want[100];
    snprintf(want, sizeof want, "%s:Latex", id);
    expect(b, "allergies", "substance", want);
    recordbox_take(b, two, TWO);
    assert_int_equal(b->report.counts.unchanged, TWO);
}

/* The same by FHIR: said by the old record, or by the new one, whichever comes first; and taken back by its next
** version. */
static void test_resource_links(void **state)
{
    static const char *const ways[][2] = {
        {PATIENT("old", "1", REPLACED_BY("new")), PATIENT("new", "2", "")},
        {PATIENT("old", "1", ""), PATIENT("new", "2", REPLACES("old"))},
        {PATIENT("old", "1", REPLACED_BY("new")), PATIENT("new", "2", REPLACES("old"))}};
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct recordbox b;
        const char *lines[TWO];
        recordbox_open(&b);
        memcpy(lines, two, sizeof two);
        lines[1] = ways[i / 2][i % 2];
        lines[2] = ways[i / 2][1 - i % 2];
        recordbox_take(&b, lines, TWO);
        assert_string_equal(b.said, "");
        all_on_the_survivor(&b);
        recordbox_take(&b, two, TWO); /* without links */
        expect(&b, "orders", "medication", "new:Amoxicilline");
        recordbox_close(&b);
    }
}

/* A chain of three, its links in any order, by FHIR and by HL7; a link to who never came leaves the record as it is. */
static void test_chain(void **state)
{
    static const char *const people[] = {PATIENT("a", "1", REPLACED_BY("b")), PATIENT("b", "2", REPLACED_BY("c")),
                                         PATIENT("c", "3", ""), PATIENT("d", "4", REPLACED_BY("nobody"))};
    static const int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {0, 2, 1}};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct recordbox b;
        const int *o = orders[i % 4];
        const char *lines[] = {WARD,
                               people[o[0]],
                               people[o[1]],
                               people[o[2]],
                               people[3],
                               STAY("e1", "a", "1"),
                               ALLERGY("x", "a", "Latex"),
                               ORDER("o", "b", "Morphine"),
                               ALLERGY("y", "d", "Noix"),
                               STAY("e4", "d", "4")};
        if (i == 4) {
            lines[1] = PATIENT("a", "1", "");
            lines[2] = PATIENT("b", "2", "");
        }
        recordbox_open(&b);
        recordbox_take(&b, lines, sizeof lines / sizeof *lines);
        assert_string_equal(b.said, "");
        if (i == 4)
            say(&b, MSH("A40", "1") PID("2") MRG("1") MSH("A40", "2") PID("3") MRG("2"));
        assert_string_equal(b.said, "");
        expect(&b, "stay", "stay_number", "c:1, d:4");
        expect(&b, "allergies", "substance", "c:Latex, d:Noix");
        expect(&b, "orders", "medication", "c:Morphine");
        recordbox_close(&b);
    }
}

/* Circles are refused by name and leave what was there; so is one person who is said to be two. */
static void test_circles(void **state)
{
    struct recordbox *b = *state;
    static const char *const ring[] = {PATIENT("a", "1", REPLACED_BY("b")), PATIENT("b", "2", REPLACED_BY("c")),
                                       PATIENT("c", "3", "")};
    recordbox_take(b, ring, 3);
    recordbox_take_one(b, PATIENT("c", "3", REPLACED_BY("a")));
    assert_non_null(strstr(b->said, "Patient/c: its link makes a circle: Patient/c is replaced by Patient/a, that by "
                                    "Patient/b, that by Patient/c"));
    assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM patient WHERE patient_id='c' AND replaced_by IS NULL"),
                        "1");
    recordbox_take_one(b, PATIENT("c", "3", REPLACED_BY("c")));
    assert_non_null(strstr(b->said, "Patient/c is replaced by itself"));
    say(b, MSH("A40", "1") PID("1") MRG("3"));
    assert_non_null(strstr(b->said, "ADT^A40/1"));
    recordbox_take_one(b, PATIENT("d", "4", ",'link':[{'type':'replaces','other':{'reference':'Patient/a'}}]"));
    assert_non_null(strstr(b->said, "Patient/a is said to be replaced by Patient/c and by Patient/d, which are two"));
    assert_string_equal(recordbox_sql(b, "SELECT group_concat(patient_id||ifnull(replaced_by,'-'),' ') FROM patient"),
                        "ab bc c-");
}

/* Two stays under way, one of each record: one person, in one bed, once in the census. */
static void test_two_stays(void **state)
{
    struct recordbox *b = *state;
    recordbox_take(b, two, TWO);
    recordbox_take_one(b, STAY("e1", "old", "1"));
    expect(b, "census", "stay_number", "old:1, new:2");
    say(b, MSH("A40", "1") PID("2") MRG("1"));
    expect(b, "census", "stay_number", "new:2");
    expect(b, "patient", "homonym", "new:0");
    expect(b, "allergies", "substance", "new:Latex");
}

/* For the gates whoever was joined has not vanished. */
static void test_not_vanished(void **state)
{
    struct recordbox *b = *state;
    struct repli_snapshot_change change = {0};
    struct repli_err err = {0};
    recordbox_take(b, two, TWO);
    recordbox_take_one(b, STAY("e1", "old", "1"));
    struct repli_snapshot *before = taken(b, "before");
    say(b, MSH("A40", "1") PID("2") MRG("1"));
    struct repli_snapshot *after = taken(b, "after");
    assert_int_equal(repli_snapshot_compare(before, after, b->record, 5, 100, &change, &err), REPLI_OK);
    assert_int_equal(change.before, 2);
    assert_int_equal(change.after, 1);
    assert_int_equal(change.vanished, 0);
    repli_snapshot_close(before);
    repli_snapshot_close(after);
}

/* A number that both records have names the one who stays. */
static void test_by_number(void **state)
{
    struct recordbox *b = *state;
    recordbox_take(b, two, TWO);
    recordbox_take_one(b, "{'resourceType':'Patient','id':'new','identifier':[{'use':'usual','system':'urn:oid:1.2.3',"
                          "'value':'2'},{'system':'urn:oid:1.2.3','value':'1'}]}");
    static const char allergy[] = "{'resourceType':'AllergyIntolerance','id':'n','patient':{'identifier':{'system':"
                                  "'urn:oid:1.2.3','value':'1'}},'code':{'text':'Iode'}}";
    recordbox_take_one(b, allergy);
    assert_non_null(strstr(b->said, "several Patient have the identifier '1'"));
    recordbox_take_one(b, PATIENT("old", "1", REPLACED_BY("new")));
    recordbox_take_one(b, allergy);
    assert_string_equal(b->said, "");
    assert_string_equal(recordbox_sql(b, "SELECT patient_id FROM allergy WHERE allergy_id='n'"), "new");
}

/* "None known" of one record never stands beside the substance of the other. */
static void test_contradiction(void **state)
{
    struct recordbox *b = *state;
    recordbox_take(b, two, TWO);
    recordbox_take_one(b, "{'resourceType':'AllergyIntolerance','id':'n','patient':{'reference':'Patient/new'},"
                          "'code':{'coding':[{'system':'http://snomed.info/sct','code':'716186003'}]}}");
    expect(b, "allergies", "kind", "new:none-known");
    say(b, MSH("A40", "1") PID("2") MRG("1"));
    expect(b, "allergies", "kind", "new:substance");
}

/* What comes back from paper of the survivor meets the values and the stay of both records. */
static void test_live(void **state)
{
    struct recordbox *b = *state;
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_live_observation *rows = NULL;
    struct repli_live_stay *stay = NULL;
    uint8_t hash[8];
    size_t n = 0;
    const struct repli_live_query q = {"new", "http://loinc.org", "8867-4", BOX_NOW - 200000, BOX_NOW, false};
    recordbox_take(b, two, TWO);
    recordbox_take_one(b, STAY("e1", "old", "1"));
    say(b, MSH("A40", "1") PID("2") MRG("1"));
    assert_int_equal(repli_record_live_observations(b->record, &q, &a, &rows, &n, &err), REPLI_OK);
    assert_int_equal(n, 1);
    repli_keys_subject(b->keys, "urn:s", "1", hash);
    assert_int_equal(repli_record_live_stay(b->record, hash, &a, &stay, &err), REPLI_OK);
    assert_string_equal(stay->patient_id, "new");
    repli_arena_done(&a);
}

/* HL7 before FHIR: resources take over the record, the stay and the ward that messages made under the same numbers; the
** id stays (paper names it); another birth date refuses it, with a way out. */
static void test_adoption(void **state)
{
    struct recordbox *b = *state;
    static const char *const export[] = {
        WARD, PATIENT("p1", "4711", ",'birthDate':'1985-07-30'"),
        "{'resourceType':'Encounter','id':'e1','status':'in-progress','subject':{'reference':'Patient/p1'},"
        "'identifier':[{'system':'urn:repli:hl7:HOSP','value':'V77'}]}",
        ALLERGY("a1", "p1", "Latex")};
    say(b, MSH("A01", "1") "PID|||4711^^^HOSP&1.2.3&ISO^MR||Peeters^Anne||19850730|F\r"
                           "PV1|1|I|3B^12^A||||||||||||||||V77^^^HOSP^VN\r");
    char id[80], want[120], latex[120];
    snprintf(id, sizeof id, "%s", recordbox_sql(b, "SELECT patient_id FROM patient"));
    snprintf(want, sizeof want, "%sF4711", id);
    snprintf(latex, sizeof latex, "%s:Latex", id);
    recordbox_take_one(b, PATIENT("p1", "4711", ",'birthDate':'1958-07-30'"));
    assert_non_null(strstr(b->said, "Patient/p1: its number '4711' is that of Patient/hl7-"));
    assert_non_null(strstr(b->said, "1985-07-30 and not 1958-07-30: correct it in one of the two systems"));
    for (int again = 0; again < 2; again++) {
        recordbox_take(b, export, 4);
        assert_string_equal(b->said, "");
        assert_int_equal(again ? b->report.counts.unchanged : b->report.counts.updated, again ? 4 : 3);
        assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM patient"), "1");
        assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM encounter"), "1");
        assert_string_equal(recordbox_sql(b, "SELECT patient_id||family FROM patient"), want);
        /* The resource says no place: the bed that the message said is not taken from the patient. */
        assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM encounter_location WHERE end_utc IS NULL"), "1");
        expect(b, "allergies", "substance", latex);
    }
    say(b, MSH("A03", "2") "PID|||4711^^^HOSP&1.2.3&ISO^MR||Peeters^Anne||19850730|F\r"
                           "PV1|1|I|3B^12^A||||||||||||||||V77^^^HOSP^VN\r");
    assert_string_equal(recordbox_sql(b, "SELECT status FROM encounter"), "finished");
    recordbox_take_one(b, PATIENT("p2", "4711", ""));
    assert_non_null(strstr(b->said, "Patient/p2: its number '4711' of 'urn:oid:1.2.3' belongs to Patient/hl7-"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_event_after),    TEST(test_event_before), TEST(test_chain),
                                       TEST(test_resource_links), TEST(test_circles),      TEST(test_two_stays),
                                       TEST(test_not_vanished),   TEST(test_by_number),    TEST(test_live),
                                       TEST(test_contradiction),  TEST(test_adoption)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
