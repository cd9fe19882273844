/* The types that tell of care: each taken whole, or refused with the reason, and on the snapshot as forms read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "repli/snapshot.h"
#include "support/recordbox.h"

#define OF_A "'subject':{'reference':'Patient/a'}"

static const char *const house[] = {
    "{'resourceType':'Location','id':'w1','name':'3B','physicalType':{'coding':[{'code':'wa'}]}}",
    "{'resourceType':'Patient','id':'a','identifier':[{'system':'urn:x','value':'1'}],'name':[{'family':'Peeters'}],"
    "'contact':[{'relationship':[{'text':'fille'}],'name':{'text':'Anne'},'telecom':[{'system':'email','value':'a@b'},"
    "{'system':'phone','value':'02 1'}]}],'generalPractitioner':[{'reference':'Practitioner/gp'}]}",
    "{'resourceType':'Encounter','id':'e','status':'in-progress'," OF_A
    ",'participant':[{'individual':{'reference':'PractitionerRole/r'}}],"
    "'location':[{'location':{'reference':'Location/w1'}}]}"};

static int setup(void **state)
{
    struct recordbox *b = calloc(1, sizeof *b);
    recordbox_open(b);
    recordbox_take(b, house, sizeof house / sizeof *house);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    recordbox_close(*state);
    free(*state);
    return 0;
}

/* All rows of a dataset, the cells of some columns ("a b") parted by "/". */
static char *dataset(struct recordbox *b, const char *set, const char *columns)
{
    const struct repli_snapshot_origin origin = {
        .taken_utc = BOX_NOW, .timezone = "Europe/Brussels", .hospital = "Test", .site_tag = 1};
    const char *const names[] = {set, NULL};
    struct repli_snapshot *snap = NULL;
    struct repli_datasets sets = {0};
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_buf out = {0};
    char path[440], list[200];
    snprintf(path, sizeof path, "%s/x.snapshot", b->dir);
    unlink(path);
    repli_buf_puts(&out, "");
    if (repli_snapshot_build(b->record, &origin, path, &err) != REPLI_OK ||
        repli_snapshot_open(path, &snap, &err) != REPLI_OK ||
        repli_snapshot_datasets(snap, names, "a", NULL, &a, &sets, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < sets.sets[0].nrows; i++) {
        snprintf(list, sizeof list, "%s", columns);
        for (char *save = NULL, *c = strtok_r(list, " ", &save); c; c = strtok_r(NULL, " ", &save)) {
            const char *cell = repli_dataset_cell(&sets.sets[0], i, c);
            repli_buf_printf(&out, "%s%s", c != list ? "/" : i ? ", " : "", cell ? cell : "-");
        }
    }
    repli_snapshot_close(snap);
    repli_arena_done(&a);
    return out.data ? out.data : repli_xstrdup("");
}

/* A resource, and what the dataset says after it; without a dataset: it is refused, and why. */
struct row {
    const char *json, *set, *columns, *want;
};

static void check(struct recordbox *b, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        recordbox_take_one(b, rows[i].json);
        if (!rows[i].set) {
            if (b->report.counts.refused != 1 || !strstr(b->said, rows[i].want))
                fail_msg("row %zu: said '%s', wanted '%s'", i, b->said, rows[i].want);
            continue;
        }
        if (b->said[0])
            fail_msg("row %zu was refused: %s", i, b->said);
        char *got = dataset(b, rows[i].set, rows[i].columns);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("row %zu: '%s' instead of '%s'", i, got, rows[i].want);
        free(got);
    }
}
#define CHECK(rows) check(*state, rows, sizeof(rows) / sizeof *(rows))

/* Names come by themselves, after what refers to them, through roles too; a name sent with the reference wins. */
static void test_names(void **state)
{
    static const struct row rows[] = {
        {"{'resourceType':'Organization','id':'o','name':'Labo','telecom':[{'system':'phone','value':'02 9'}]}", "stay",
         "attending", "-"},
        {"{'resourceType':'PractitionerRole','id':'r','practitioner':{'reference':'Practitioner/d'}}", "stay",
         "attending", "-"},
        {"{'resourceType':'Practitioner','id':'d','name':[{'prefix':['Dr'],'given':['Luc'],'family':'Maes'}]}", "stay",
         "attending", "Dr Luc Maes"},
        {"{'resourceType':'MedicationRequest','id':'m1','status':'active','intent':'order'," OF_A
         ",'medicationCodeableConcept':{'text':'A'},'requester':{'reference':'Practitioner/d'}}",
         "orders", "prescriber", "Dr Luc Maes"},
        {"{'resourceType':'MedicationRequest','id':'m1','status':'active','intent':'order'," OF_A
         ",'medicationCodeableConcept':{'text':'A'},'requester':{'reference':'Practitioner/d','display':'Dr L. M.'}}",
         "orders", "prescriber", "Dr L. M."},
        {"{'resourceType':'MedicationRequest','id':'m1','status':'active','intent':'order'," OF_A
         ",'medicationCodeableConcept':{'text':'A'},'requester':{'reference':'Organization/o'}}",
         "orders", "prescriber", "Labo"},
        {"{'resourceType':'Practitioner','id':'gp','name':[{'text':'Dr Gee'}],'telecom':[{'value':'02 7'}],"
         "'identifier':[{'system':'urn:n','value':'77'}]}",
         "contacts", "kind relation name phone", "contact/fille/Anne/02 1, gp/-/Dr Gee/02 7"},
        {"{'resourceType':'MedicationRequest','id':'m1','status':'active','intent':'order'," OF_A
         ",'medicationCodeableConcept':{'text':'A'},'requester':{'reference':'Practitioner?identifier=urn:n|77'}}",
         "orders", "prescriber", "Dr Gee"},
    };
    CHECK(rows);
}

/* Flags by kind, the most dangerous first; ended, inactive and lifted ones are none. */
static void test_flags(void **state)
{
#define FLAG(id, status, code, more)                                                                                   \
    "{'resourceType':'Flag','id':'" id "','status':'" status "'," OF_A                                                 \
    ",'code':{'coding':[{'system':'http://snomed.info/sct','code':'" code "'}],'text':'" id "'}" more "}"
#define LIMIT(value)                                                                                                   \
    "{'resourceType':'Observation','id':'o','status':'final'," OF_A                                                    \
    ",'code':{'coding':[{'system':'http://loinc.org','code':'81351-9'}],'text':'DNR'},'effectiveDateTime':"            \
    "'2026-11-20','valueBoolean':" value "}"
    static const struct row rows[] = {
        {FLAG("odd", "active", "1", ""), "flags", "kind text", "other/odd"},
        {FLAG("falls", "active", "129839007", ""), "flags", "kind text", "fall/falls, other/odd"},
        {FLAG("iso", "active", "40174006", ",'period':{'start':'2026-11-01','end':'2026-12-01'}"), "flags",
         "kind text since_utc", "isolation/iso/1793487600, fall/falls/-, other/odd/-"},
        {FLAG("odd", "inactive", "1", ""), "flags", "kind", "isolation, fall"},
        {FLAG("iso", "active", "40174006", ",'period':{'end':'2026-11-20'}"), "flags", "kind", "fall"},
        {FLAG("cat", "active", "2",
              ",'category':[{'coding':[{'system':'http://terminology.hl7.org/CodeSystem/flag-category',"
              "'code':'advance-directive'}]}]"),
         "flags", "kind text", "care-limit/cat, fall/falls"},
        {LIMIT("true"), "flags", "kind text", "care-limit/cat, care-limit/DNR, fall/falls"},
        {LIMIT("true"), "last_observations", "code", ""},
        {LIMIT("false"), "flags", "kind text", "care-limit/cat, fall/falls"},
        {"{'resourceType':'Flag','id':'x','status':'active'," OF_A ",'code':{}}", NULL, NULL, "says nothing"},
        {"{'resourceType':'Flag','id':'x'," OF_A ",'code':{'text':'x'}}", NULL, NULL, "has no status"},
        {"{'resourceType':'Flag','id':'x','status':'active','subject':{'reference':'Group/g'},'code':{'text':'x'}}",
         NULL, NULL, "is to a Group, not to a Patient"},
    };
    CHECK(rows);
}

static void test_care(void **state)
{
#define APPOINTMENT(id, status, start, who)                                                                            \
    "{'resourceType':'Appointment','id':'" id "','status':'" status "','description':'" id "','start':'" start         \
    "','participant':[" who "]}"
#define WHO "{'actor':{'reference':'Patient/a'}},{'actor':{'reference':'Location/w1'}}"
    static const struct row rows[] = {
        {APPOINTMENT("scan", "booked", "2026-11-24T09:00:00Z", WHO), "appointments", "display place start_utc",
         "scan/3B/1795510800"},
        {APPOINTMENT("later", "booked", "2026-12-24T09:00:00Z", WHO), "appointments", "display", "scan"},
        {APPOINTMENT("scan", "cancelled", "2026-11-24T09:00:00Z", WHO), "appointments", "display", ""},
        {APPOINTMENT("scan", "booked", "2026-11-24T09:00:00Z",
                     "{'actor':{'reference':'Patient/a'},'status':'declined'}"),
         "appointments", "display", ""},
        {APPOINTMENT("nobody", "booked", "2026-11-24T09:00:00Z", "{'actor':{'reference':'Location/w1'}}"), NULL, NULL,
         "no patient takes part"},
        {"{'resourceType':'Device','id':'pm','patient':{'reference':'Patient/a'},'type':{'text':'Pacemaker'},"
         "'serialNumber':'7'}",
         "devices", "display identifier", "Pacemaker/7"},
        {"{'resourceType':'DeviceUseStatement','id':'u','status':'active'," OF_A
         ",'device':{'reference':'Device/pm'},'bodySite':{'text':'left'},'timingPeriod':{'start':'2026-11-01'}}",
         "devices", "display body_site since_utc", "Pacemaker/left/1793487600"},
        {"{'resourceType':'DeviceUseStatement','id':'u','status':'completed'," OF_A
         ",'device':{'reference':'Device/pm'}}",
         "devices", "display", ""},
        {"{'resourceType':'Device','id':'x','patient':{'reference':'Patient/a'}}", NULL, NULL, "names no kind"},
    };
    CHECK(rows);
}

static void test_work(void **state)
{
    static const struct row rows[] = {
        {"{'resourceType':'Procedure','id':'p','status':'completed'," OF_A
         ",'code':{'text':'Appendicectomie'},'performedDateTime':'2026-11-20','performer':[{'actor':{'display':'Dr "
         "X'}}]}",
         "procedures", "display performer at_utc", "Appendicectomie/Dr X/1795129200"},
        {"{'resourceType':'Procedure','id':'p2','status':'completed'," OF_A
         ",'code':{'text':'old'},'performedDateTime':'2020'}",
         "procedures", "display", "Appendicectomie"},
        {"{'resourceType':'Procedure','id':'x','status':'completed'," OF_A "}", NULL, NULL, "names no procedure"},
        {"{'resourceType':'ServiceRequest','id':'s','status':'active','intent':'order','priority':'stat'," OF_A
         ",'code':{'text':'CRP'},'requester':{'display':'Dr Y'}}",
         "pending", "display priority requester not_to_do", "CRP/stat/Dr Y/0"},
        {"{'resourceType':'ServiceRequest','id':'s','status':'active','intent':'order','doNotPerform':true," OF_A
         ",'code':{'text':'CRP'}}",
         "pending", "display not_to_do", "CRP/1"},
        {"{'resourceType':'ServiceRequest','id':'s','status':'completed','intent':'order'," OF_A
         ",'code':{'text':'CRP'}}",
         "pending", "display", ""},
        {"{'resourceType':'ServiceRequest','id':'x','status':'active'," OF_A ",'code':{'text':'x'}}", NULL, NULL,
         "has no intent"},
        {"{'resourceType':'MedicationStatement','id':'h','status':'active'," OF_A
         ",'medicationCodeableConcept':{'text':'Metformine'},'dosage':[{'timing':{'repeat':{'timeOfDay':['08:00:00']}},"
         "'doseAndRate':[{'doseQuantity':{'value':850,'unit':'mg'}}]}],'informationSource':{'display':'fille'}}",
         "home_medication", "medication dose dose_unit times source", "Metformine/850/mg/[\"08:00\"]/fille"},
        {"{'resourceType':'MedicationStatement','id':'h','status':'not-taken'," OF_A
         ",'medicationCodeableConcept':{'text':'Metformine'}}",
         "home_medication", "medication", ""},
        {"{'resourceType':'MedicationStatement','id':'x','status':'active'," OF_A "}", NULL, NULL,
         "names no medication"},
        {"{'resourceType':'Coverage','id':'c','status':'active','beneficiary':{'reference':'Patient/a'},'subscriberId':"
         "'99','payor':[{'display':'Mutua'}],'period':{'end':'2026-11-23'}}",
         "coverage", "payor number", "Mutua/99"},
        {"{'resourceType':'Coverage','id':'c','status':'active','beneficiary':{'reference':'Patient/a'},'subscriberId':"
         "'99','payor':[{'display':'Mutua'}],'period':{'end':'2026-11-20'}}",
         "coverage", "payor", ""},
        {"{'resourceType':'Coverage','id':'x','status':'active'}", NULL, NULL, "refers to no Patient"},
        {"{'resourceType':'Condition','id':'k','clinicalStatus':{'coding':[{'code':'active'}]}," OF_A
         ",'encounter':{'reference':'Encounter/e'},'code':{'text':'Diab'}}",
         "problems", "display here", "Diab/1"},
        {"{'resourceType':'Condition','id':'k','clinicalStatus':{'coding':[{'code':'resolved'}]}," OF_A
         ",'code':{'text':'Diab'}}",
         "problems", "display", ""},
    };
    CHECK(rows);
}

/* An appointment of two has a row for each; who is left out of its next version is left out here. */
static void test_two_patients(void **state)
{
    struct recordbox *b = *state;
    recordbox_take_one(b, "{'resourceType':'Patient','id':'b'}");
    recordbox_take_one(b, APPOINTMENT("g", "booked", "2026-11-24T09:00:00Z",
                                      "{'actor':{'reference':'Patient/b'}},{'actor':{'reference':'Patient/a'}}"));
    assert_string_equal(
        recordbox_sql(b, "SELECT group_concat(appointment_id||'='||patient_id,' ') FROM (SELECT * FROM appointment "
                         "ORDER BY 1)"),
        "g=b g#a=a");
    recordbox_take_one(b, APPOINTMENT("g", "booked", "2026-11-24T09:00:00Z", "{'actor':{'reference':'Patient/a'}}"));
    assert_string_equal(recordbox_sql(b, "SELECT group_concat(appointment_id||'='||patient_id,' ') FROM appointment"),
                        "g=a");
}

/* A file's sum adds up whatever happens to what is in it: twice, refused, waiting, unused. */
static void test_sums(void **state)
{
    struct recordbox *b = *state;
    char path[512];
    const char *paths[] = {path};
    static const char lines[] =
        "{\"resourceType\":\"Patient\",\"id\":\"z\",\"gender\":\"male\"}\n"
        "{\"resourceType\":\"Patient\",\"id\":\"z\",\"gender\":\"female\"}\n"
        "{\"resourceType\":\"Patient\",\"id\":\"z\",\"gender\":\"other\"}\n"
        "{\"resourceType\":\"Patient\",\"id\":\"z\",\"gender\":\"other\"}\n"
        "{\"resourceType\":\"Schedule\",\"id\":\"z\"}\n"
        "{\"resourceType\":\"Flag\",\"id\":\"f\",\"status\":\"active\",\"code\":{\"text\":\"x\"},"
        "\"subject\":{\"reference\":\"Patient/late\"}}\n"
        "nonsense\n"
        "{\"resourceType\":\"Patient\",\"id\":\"late\"}\n"
        "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"resource\":{\"resourceType\":"
        "\"Patient\",\"id\":\"y\"}},{\"request\":{\"method\":\"DELETE\",\"url\":\"Patient/q\"}}]}\n";
    recordbox_write(b, "x.ndjson", lines, sizeof lines - 1, path);
    recordbox_files(b, paths, 1);
    assert_string_equal(
        recordbox_sql(b, "SELECT seen||'='||inserted||'+'||updated||'+'||unchanged||'+'||refused||'+'||not_used FROM "
                         "import_file WHERE file LIKE '%x.ndjson'"),
        "10=4+0+1+4+1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_names), TEST(test_flags),        TEST(test_care),
                                       TEST(test_work),  TEST(test_two_patients), TEST(test_sums)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
