/* What each FHIR resource becomes in the record, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "support/recordbox.h"

#define A    "{'resourceType':'Patient','id':'a','name':[{'family':'Peeters'}]}"
#define OF_A "'subject':{'reference':'Patient/a'}"

static int setup(void **state)
{
    struct recordbox *b = calloc(1, sizeof *b);
    recordbox_open(b);
    recordbox_take_one(b, A);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    recordbox_close(*state);
    free(*state);
    return 0;
}

struct row {
    const char *json;   /* of one resource, ' for " */
    const char *sql;    /* asked after it was taken */
    const char *answer; /* NULL: refused, and `sql` is part of the reason */
};

static void check_rows(struct recordbox *b, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        recordbox_take_one(b, rows[i].json);
        if (rows[i].answer) {
            if (b->said[0])
                fail_msg("row %zu was refused: %s", i, b->said);
            if (strcmp(recordbox_sql(b, rows[i].sql), rows[i].answer) != 0)
                fail_msg("row %zu: '%s' instead of '%s'", i, recordbox_sql(b, rows[i].sql), rows[i].answer);
        } else if (b->report.counts.refused != 1 || !strstr(b->said, rows[i].sql)) {
            fail_msg("row %zu: refused %d, said '%s', wanted '%s'", i, (int)b->report.counts.refused, b->said,
                     rows[i].sql);
        }
    }
}
#define CHECK(rows) check_rows(*state, rows, sizeof(rows) / sizeof *(rows))

#define NAME                                                                                                           \
    "SELECT ifnull(family,'-')||'/'||ifnull(given,'-')||'/'||ifnull(prefix,'-')||'/'||ifnull(name_text,'-') FROM "     \
    "patient WHERE patient_id='p'"
#define NUMBER "SELECT identifier_system||'|'||identifier_value FROM patient WHERE patient_id='p'"
#define P      "{'resourceType':'Patient','id':'p',"

/* Which of several names, numbers and dates is printed; unknown stays NULL; what is malformed refuses the patient. */
static void test_patient(void **state)
{
    static const struct row rows[] = {
        {P "'name':[{'use':'maiden','family':'Before'},{'use':'usual','family':'U'},{'use':'official','family':'De "
           "Smet','given':['Anne','Marie'],'prefix':['Mme']}]}",
         NAME, "De Smet/Anne Marie/Mme/-"},
        {P "'name':[{'use':'maiden','family':'Before'}]}", NAME, "-/-/-/-"},
        {P "'name':[{'use':'old','family':'Before'}]}", NAME, "-/-/-/-"},
        {P "'name':[{'use':'nickname','given':['Zaz']},{'family':'Noël'}]}", NAME, "Noël/-/-/-"},
        {P "'name':[{'text':'张无忌'}]}", NAME, "-/-/-/张无忌"},
        {P "'name':[{'text':'Anne De Smet','family':'De Smet'}]}", NAME, "De Smet/-/-/-"},
        {P "'name':[{'family':'Lefe\\u0300vre'}]}", "SELECT family||'/'||name_fold FROM patient WHERE patient_id='p'",
         "Lefèvre/lefevre"},
        {P "'identifier':[{'system':'urn:n','value':'7','type':{'coding':[{'code':'NI'}]}},{'system':'urn:a','value':'"
           "1'},{'use':'usual','system':'urn:u','value':'2'},{'system':'urn:m','value':'3','type':{'coding':[{'code':'"
           "MR'}]}}]}",
         NUMBER, "urn:m|3"},
        {P "'identifier':[{'system':'urn:a','value':'1'},{'use':'usual','system':'urn:u','value':'2'}]}", NUMBER,
         "urn:u|2"},
        {P "'identifier':[{'use':'official','system':'https://x/"
           "ssin','value':'85073003328'},{'system':'urn:a','value':'1'}]}",
         NUMBER, "urn:a|1"},
        {P "'identifier':[{'value':'5'},{'system':'urn:a','value':'1'}]}", NUMBER, "urn:a|1"},
        {P "'identifier':[{'use':'old','system':'urn:a','value':'1'}]}", NUMBER, "urn:repli:fhir-id|p"},
        {P "'identifier':[{'system':'urn:a'}]}", NUMBER, "urn:repli:fhir-id|p"},
        {P "'identifier':[{'system':'urn:a','value':'1'},{'system':'urn:a','value':'1','use':'usual'}]}",
         "SELECT count(*) FROM patient_identifier WHERE patient_id='p'", "1"},
        {P "'gender':'female'}", "SELECT birth_date IS NULL FROM patient WHERE patient_id='p'", "1"},
        {P "'birthDate':'1938'}", "SELECT birth_date FROM patient WHERE patient_id='p'", "1938"},
        {P "'birthDate':'1938-02'}", "SELECT birth_date FROM patient WHERE patient_id='p'", "1938-02"},
        {P "'birthDate':'1938-02-30'}", "birthDate '1938-02-30' is no date", NULL},
        {P "'birthDate':19380201}", "birthDate is no text", NULL},
        {P "'gender':'vrouw'}", "gender 'vrouw' is none of", NULL},
        {P "'deceasedBoolean':true}", "SELECT deceased||ifnull(deceased_utc,'-') FROM patient WHERE patient_id='p'",
         "1-"},
        {P "'deceasedDateTime':'2026-11-23T02:00:00+01:00'}",
         "SELECT deceased||'/'||deceased_utc FROM patient WHERE patient_id='p'", "1/1795395600"},
        {P "'deceasedBoolean':false}", "SELECT deceased FROM patient WHERE patient_id='p'", "0"},
        {P "'active':false,'link':[{'type':'replaced-by','other':{'reference':'Patient/a'}}]}",
         "SELECT active||replaced_by FROM patient WHERE patient_id='p'", "0a"},
        {P "'communication':[{'language':{'coding':[{'code':'fr'}]}},{'preferred':true,'language':{'coding':[{'code':'"
           "nl-BE'}]}}]}",
         "SELECT language FROM patient WHERE patient_id='p'", "nl-BE"},
        {P "'modifierExtension':[{'url':'urn:x'}]}", "modifierExtension", NULL},
        {"{'resourceType':'Patient','id':'has space'}", "its id is none of FHIR", NULL},
        {"{'resourceType':'Patient','id':'../x'}", "its id is none of FHIR", NULL},
        {"{'resourceType':'Patient'}", "has no id", NULL},
        {"{'resourceType':''}", "no resourceType", NULL},
        {"'text'", "not JSON", NULL},
        {"[1]", "not a JSON object", NULL},
        {"{'resourceType':'Patient','id':'p','id':'q'}", "duplicate object key", NULL},
        {"{'resourceType':'Patient','id':'p','name':[{'family':'x\\u0000y'}]}", "not JSON", NULL},
        {"{'resourceType':'Patient','id':'p','name':[{'family':'x\\ud800'}]}", "not JSON", NULL},
        {"{'resourceType':'Patient','id':'p','name':[{'family':'\xC3\x28'}]}", "not valid UTF-8", NULL},
        {"{'resourceType':'Patient','id':'p'", "not JSON", NULL},
    };
    CHECK(rows);
}

#define K                                                                                                              \
    "SELECT "                                                                                                          \
    "kind||'/'||ifnull(substance,'-')||'/'||ifnull(category,'-')||'/'||ifnull(certainty,'-')||'/"                      \
    "'||ifnull(severity,'-') FROM allergy WHERE allergy_id='x'"
/* clang-format off */
#define ALLERGY(rest) "{'resourceType':'AllergyIntolerance','id':'x','patient':{'reference':'Patient/a'}," rest "}"
#define CODED(system, code) "'code':{'coding':[{'system':'" system "','code':'" code "'}]}"
/* clang-format on */

/* The three things that can be known about allergies are kept apart, and nothing else is read into them. */
static void test_allergy(void **state)
{
    static const struct row rows[] = {
        {ALLERGY("'code':{'text':'Pénicilline'},'category':['medication','food'],'reaction':[{'severity':'mild'},{'"
                 "severity':'severe','manifestation':[{'text':'Urticaire'}]}]"),
         K, "substance/Pénicilline/medication food/-/severe"},
        {ALLERGY(CODED("http://snomed.info/sct", "716186003")), K, "none-known/-/-/-/-"},
        {ALLERGY(CODED("http://snomed.info/sct", "409137002")), K, "none-known/-/medication/-/-"},
        {ALLERGY(CODED("http://snomed.info/sct", "428607008")), K, "none-known/-/environment/-/-"},
        {ALLERGY(CODED("http://other.example", "716186003")), K, "substance/716186003/-/-/-"},
        {ALLERGY(CODED("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-asked")), K,
         "not-asked/-/-/-/-"},
        {ALLERGY(CODED("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "NASK")), K, "not-asked/-/-/-/-"},
        {ALLERGY(CODED("http://snomed.info/sct", "1631000175102")), K, "not-asked/-/-/-/-"},
        {ALLERGY("'code':{'extension':[{'url':'http://hl7.org/fhir/StructureDefinition/"
                 "data-absent-reason','valueCode':'unknown'}]}"),
         K, "not-asked/-/-/-/-"},
        {ALLERGY("'verificationStatus':{'coding':[{'code':'refuted'}]},'code':{'text':'Latex'}"), K,
         "substance/Latex/-/refuted/-"},
        {ALLERGY("'verificationStatus':{'coding':[{'code':'entered-in-error'}]},'code':{'text':'Latex'}"), K,
         "substance/Latex/-/entered-in-error/-"},
        {ALLERGY("'reaction':[{'substance':{'text':'Noix'}}]"), K, "substance/Noix/-/-/-"},
        {ALLERGY("'criticality':'high'"), "names no substance", NULL},
    };
    CHECK(rows);
}

#define ORDER(rest) "{'resourceType':'MedicationRequest','id':'x','status':'active','intent':'order'," OF_A "," rest "}"
#define DRUG        "'medicationCodeableConcept':{'text':'Morphine'}"
#define DOSE(rest)  ORDER(DRUG ",'dosageInstruction':[{" rest "}]")
/* clang-format off: aligned, these lines would be too long */
#define D "SELECT ifnull(dose,'-')||'/'||ifnull(dose_unit,'-')||'/'||ifnull(dose_text,'-') FROM medication_request"
#define T "SELECT ifnull(frequency,'-')||'/'||ifnull(times,'-')||'/'||ifnull(period_s,'-') FROM medication_request"
#define M "SELECT ifnull(medication,'-')||'/'||ifnull(medication_id,'-') FROM medication_request"
/* clang-format on */

/* An order keeps what it says about drug, dose and time; what it does not say stays NULL. */
static void test_order(void **state)
{
    static const struct row rows[] = {
        {ORDER(DRUG), D, "-/-/-"},
        {ORDER(DRUG), T, "-/-/-"},
        {DOSE("'text':'1 co matin','doseAndRate':[{'doseQuantity':{'value':2.50,'unit':'mg'}}]"), D,
         "2.5/mg/1 co matin"},
        {DOSE("'doseAndRate':[{'doseQuantity':{'value':1.0,'code':'g'}}]"), D, "1.0/g/-"},
        {DOSE("'doseAndRate':[{'doseQuantity':{'value':0.00005,'unit':'g'}}]"), D, "0.00005/g/-"},
        {DOSE("'doseAndRate':[{'doseQuantity':{'value':'2','unit':'g'}}]"), "value is no number", NULL},
        {DOSE("'doseAndRate':[{'doseRange':{'low':{'value':1,'unit':'co'},'high':{'value':2,'unit':'co'}}}]"), D,
         "-/-/1 co - 2 co"},
        {DOSE("'doseAndRate':[{'rateRatio':{'numerator':{'value':80,'unit':'mL'},'denominator':{'value':1,'unit':'h'}}}"
              "]"),
         D, "-/-/80 mL / 1 h"},
        {DOSE("'timing':{'code':{'text':'3x/j'}}"), T, "3x/j/-/-"},
        {DOSE("'timing':{'code':{'coding':[{'code':'BID'}]}}"), T, "BID/-/-"},
        {DOSE("'timing':{'repeat':{'frequency':3,'period':1,'periodUnit':'d'}}"), T, "3x/d/-/-"},
        {DOSE("'timing':{'repeat':{'frequency':1,'period':8,'periodUnit':'h'}}"), T, "1x/8h/-/28800"},
        {DOSE("'timing':{'repeat':{'frequency':1,'period':4,'periodMax':6,'periodUnit':'h'}}"), T, "1x/4-6h/-/-"},
        {DOSE("'timing':{'repeat':{'frequency':1,'period':1,'periodUnit':'mo'}}"), T, "1x/mo/-/-"},
        {DOSE("'timing':{'repeat':{'frequency':2,'period':1,'periodUnit':'d','timeOfDay':['08:00:00','20:00']}}"), T,
         "2x/d/[\"08:00\",\"20:00\"]/-"},
        {DOSE("'timing':{'repeat':{'timeOfDay':['8h']}}"), "no time of day", NULL},
        {DOSE("'timing':{'repeat':{'timeOfDay':['25:00']}}"), "no time of day", NULL},
        {DOSE("'timing':{'repeat':{'duration':10,'durationUnit':'h'}}"), T, "-/-/-"},
        {DOSE("'timing':{'event':['2026-11-23T02:00:00+01:00']}"), "SELECT start_utc FROM medication_request",
         "1795395600"},
        {DOSE("'asNeededCodeableConcept':{'text':'douleur'}"),
         "SELECT as_needed||as_needed_for FROM medication_request", "1douleur"},
        {DOSE("'maxDosePerPeriod':{'numerator':{'value':4,'unit':'g'},'denominator':{'value':24,'code':'h'}}"),
         "SELECT max_24h FROM medication_request", "4 g"},
        {DOSE("'maxDosePerPeriod':{'numerator':{'value':4,'unit':'g'},'denominator':{'value':1,'unit':'h'}}"), D,
         "-/-/max 4 g / 1 h"},
        {ORDER(DRUG ",'dosageInstruction':[{'doseAndRate':[{'doseQuantity':{'value':10,'unit':'mg'}}],'timing':{'code':"
                    "{'text':'matin'}}},{'doseAndRate':[{'doseQuantity':{'value':20,'unit':'mg'}}],'timing':{'code':{'"
                    "text':'soir'}}}]"),
         D, "-/-/10 mg matin | 20 mg soir"},
        {ORDER("'medicationReference':{'reference':'Medication/m9'}"), M, "-/m9"},
        {ORDER("'medicationReference':{'reference':'#in'},'contained':[{'resourceType':'Medication','id':'in','code':{'"
               "text':'Aspirine'}}]"),
         M, "Aspirine/-"},
        {ORDER("'medicationReference':{'reference':'http://x/fhir/Medication/m9/_history/3','display':'Aspirine'}"), M,
         "Aspirine/m9"},
        {ORDER("'medicationCodeableConcept':{'coding':[{'code':'Ondansetron'}]}"), M, "Ondansetron/-"},
        {ORDER("'note':[]"), "names no medication", NULL},
        {ORDER(DRUG ",'doNotPerform':true"), "doNotPerform", NULL},
        {ORDER(DRUG ",'requester':{'reference':'#dr'},'contained':[{'resourceType':'Practitioner','id':'dr','name':[{'"
                    "prefix':['Dr'],'given':['Anne'],'family':'Maes'}]}]"),
         "SELECT prescriber FROM medication_request", "Dr Anne Maes"},
        {ORDER(DRUG ",'authoredOn':'yesterday'"), "authoredOn 'yesterday' is no time", NULL},
    };
    CHECK(rows);
}

#define OBS(rest)                                                                                                      \
    "{'resourceType':'Observation','id':'x','status':'final'," OF_A                                                    \
    ",'code':{'coding':[{'system':'http://loinc.org','code':'9279-1'}]}," rest "}"
#define V "SELECT value_kind||'/'||ifnull(value,'-')||'/'||ifnull(unit,'-') FROM observation"

/* Every kind of value; a comparator is no number; a panel is one row a part, and parts that are gone go. */
static void test_observation(void **state)
{
    static const struct row rows[] = {
        {OBS("'valueQuantity':{'value':37.0,'unit':'Cel'}"), V, "quantity/37.0/Cel"},
        {OBS("'valueQuantity':{'value':5,'comparator':'<','code':'mg/L'}"), V, "text/<5/mg/L"},
        {OBS("'valueCodeableConcept':{'coding':[{'code':'LA1','display':'Alert'}]}"), V, "code/Alert/-"},
        {OBS("'valueString':'=1+1'"), V, "text/=1+1/-"},
        {OBS("'valueBoolean':true"), V, "code/true/-"},
        {OBS("'valueInteger':3"), V, "quantity/3/-"},
        {OBS("'valueDateTime':'2026-11-23'"), V, "time/2026-11-23/-"},
        {OBS("'valueRatio':{'numerator':{'value':1},'denominator':{'value':128}}"), V, "text/1:128/-"},
        {OBS("'dataAbsentReason':{'coding':[{'code':'not-performed'}]}"), V, "absent/not-performed/-"},
        {OBS("'issued':'2026-11-23T00:00:00Z'"), "SELECT value_kind||ifnull(effective_utc,'-') FROM observation",
         "absent-"},
        {OBS("'valueSampledData':{}"), "is a curve", NULL},
        {OBS("'valueQuantity':{'value':1e300}"), "too large", NULL},
        {OBS("'component':[{'code':{'coding':[{'code':'sys'}]},'valueInteger':120},{'code':{'coding':[{'code':'dia'}]},"
             "'valueInteger':80},{'code':{'coding':[{'code':'sys'}]},'valueInteger':121}]"),
         "SELECT group_concat(observation_id||'='||value,' ') FROM (SELECT * FROM observation ORDER BY 1)",
         "x#dia=80 x#sys=120 x#sys~2=121"},
        {OBS("'component':[{'code':{'coding':[{'code':'sys'}]},'valueInteger':130}]"),
         "SELECT group_concat(observation_id||'='||value,' ') FROM observation", "x#sys=130"},
        {OBS("'valueInteger':1"), "SELECT group_concat(observation_id||'='||value,' ') FROM observation", "x=1"},
        {"{'resourceType':'Observation','id':'y','status':'final','code':{'text':'RR'},'subject':{'reference':'Group/"
         "a'}}",
         "is to a Group, not to a Patient", NULL},
        {"{'resourceType':'Observation','id':'y','status':'final','code':{'text':'RR'},'subject':{'reference':'#a'}}",
         "only contained in it", NULL},
        {"{'resourceType':'Observation','id':'y','status':'final','code':{'text':'RR'}}", "refers to no Patient", NULL},
        {"{'resourceType':'Observation','id':'y','status':'final'," OF_A ",'code':{}}", "without a code", NULL},
        {"{'resourceType':'Immunization','id':'y'}", "SELECT count(*) FROM observation WHERE observation_id='y'", "0"},
    };
    CHECK(rows);
}

/* Places: kinds, codes that people type, a place without a kind that stays point at. */
static void test_place(void **state)
{
#define PLACE(id, rest) "{'resourceType':'Location','id':'" id "'," rest "}"
#define L(id)           "SELECT kind||'/'||code FROM location WHERE location_id='" id "'"
    static const struct row rows[] = {
        {PLACE("w", "'name':'3B Chirurgie','identifier':[{'value':'3B'}],'physicalType':{'coding':[{'code':'wa'}]}"),
         L("w"), "ward/3B"},
        {PLACE("b", "'name':'301-1','physicalType':{'coding':[{'code':'bd'}]},'partOf':{'reference':'Location/w'}"),
         L("b"), "bed/301-1"},
        {PLACE("i", "'name':'Unité de soins intensifs','alias':['USI'],'type':[{'coding':[{'code':'ICU'}]}]"), L("i"),
         "ward/USI"},
        {PLACE("h", "'name':'Home','mode':'kind'"), L("h"), "other/HOME"},
        {PLACE("u", "'name':'Untyped'"), L("u"), "other/UNTYPED"},
        {PLACE("z", "'name':'内科','physicalType':{'coding':[{'code':'wa'}]}"), L("z"), "ward/z"},
        {"{'resourceType':'Encounter','id':'e','status':'in-progress'," OF_A
         ",'location':[{'status':'planned','location':{'reference':'Location/none'}},"
         "{'location':{'reference':'Location/"
         "b'},'period':{'start':'2026-11-22T10:00:00Z'}},{'location':{'reference':'Location/"
         "w'},'period':{'start':'2026-11-21T10:00:00Z'}}]}",
         "SELECT group_concat(location_id) FROM (SELECT * FROM encounter_location ORDER BY seq)", "w,b"},
        {"{'resourceType':'Encounter','id':'e'," OF_A "}", "has no status", NULL},
        {"{'resourceType':'Encounter','id':'f','status':'in-progress'," OF_A
         ",'location':[{'location':{'display':'Ward 3'}}]}",
         "refers to no Location", NULL},
        {"{'resourceType':'Encounter','id':'f','status':'finished'," OF_A
         ",'reasonCode':[{'text':'Chute'}],'participant':[{'individual':{'display':'X'}},{'type':[{'coding':[{'code':'"
         "ATND'}]}],'individual':{'display':'Dr Y'}}]}",
         "SELECT reason||attending FROM encounter WHERE encounter_id='f'", "ChuteDr Y"},
    };
    static const char *const used[] = {PLACE("u", "'name':'Untyped'"),
                                       "{'resourceType':'Encounter','id':'g','status':'in-progress'," OF_A
                                       ",'location':[{'location':{'reference':'Location/u'}}]}"};
    CHECK(rows);
    recordbox_take(*state, used, 2);
    assert_string_equal(recordbox_sql(*state, L("u")), "ward/UNTYPED");
}

/* Medications by name, by what some sender keeps among identifiers, by ingredients that may come later. */
static void test_medication(void **state)
{
    struct recordbox *b = *state;
    static const char *const lines[] = {
        "{'resourceType':'Medication','id':'mix','ingredient':[{'itemReference':{'reference':'Medication/"
        "one'}},{'itemReference':{'reference':'Medication/lost'}},{'itemCodeableConcept':{'text':'NaCl'}}]}",
        "{'resourceType':'Medication','id':'one','identifier':[{'system':'urn:x/"
        "mimic-medication-name','value':'Meropenem'}],'code':{'coding':[{'code':'123'}]}}",
        "{'resourceType':'Medication','id':'nothing'}"};
    recordbox_take(b, lines, 3);
    assert_string_equal(b->said, "t:3 Medication/nothing: has neither name nor code nor ingredients\n");
    assert_string_equal(recordbox_sql(b, "SELECT ingredients FROM medication WHERE medication_id='mix'"),
                        "Meropenem + ? + NaCl");
    const char *const more[] = {lines[0], "{'resourceType':'Medication','id':'lost','code':{'text':'Found'}}"};
    recordbox_take(b, more, 2);
    assert_string_equal(recordbox_sql(b, "SELECT ingredients FROM medication WHERE medication_id='mix'"),
                        "Meropenem + Found + NaCl");
}

/* Bundles: urn:uuid references, entries without id, conditional and logical references, names of practitioners; what
** asks to delete is refused; what is only asked for is nothing. */
static void test_bundle(void **state)
{
    struct recordbox *b = *state;
    recordbox_take_one(
        b, "{'resourceType':'Bundle','type':'transaction','entry':["
           "{'fullUrl':'urn:uuid:11111111-2222-3333-4444-555555555555','resource':{'resourceType':'Encounter','status':"
           "'in-progress','subject':{'reference':'urn:uuid:99999999-2222-3333-4444-555555555555'},'participant':[{'"
           "individual':{'reference':'urn:uuid:doc'}}]},'request':{'method':'POST','url':'Encounter'}},"
           "{'fullUrl':'urn:uuid:99999999-2222-3333-4444-555555555555','resource':{'resourceType':'Patient','"
           "identifier':[{'system':'urn:x','value':'77'}]},'request':{'method':'POST','url':'Patient'}},"
           "{'fullUrl':'urn:uuid:doc','resource':{'resourceType':'Practitioner','id':'doc','name':[{'family':'Maes','"
           "prefix':['Dr']}]},'request':{'method':'POST','url':'Practitioner'}},"
           "{'request':{'method':'GET','url':'Patient/1'}},{'request':{'method':'DELETE','url':'Patient/234'}}]}");
    assert_string_equal(
        b->said,
        "t:1 Patient/234: asks for a deletion: the record keeps what it was told, send it as entered in error\n");
    assert_string_equal(
        recordbox_sql(b, "SELECT patient_id||' '||attending FROM encounter WHERE encounter_id LIKE '11111111%'"),
        "99999999-2222-3333-4444-555555555555 Dr Maes");
    static const struct row rows[] = {
        {"{'resourceType':'Condition','id':'c1','subject':{'reference':'Patient?identifier=urn:x%7C77'},'code':{'text':"
         "'A'}}",
         "SELECT substr(patient_id,1,4) FROM condition WHERE condition_id='c1'", "9999"},
        {"{'resourceType':'Condition','id':'c2','subject':{'identifier':{'system':'urn:x','value':'77'}},'code':{'text'"
         ":'A'}}",
         "SELECT substr(patient_id,1,4) FROM condition WHERE condition_id='c2'", "9999"},
        {"{'resourceType':'Condition','id':'c3','subject':{'reference':'Patient?identifier=urn:y|77'},'code':{'text':'"
         "A'}}",
         "has not arrived", NULL},
        {"{'resourceType':'Condition','id':'c3','subject':{'reference':'Patient?family=Maes'},'code':{'text':'A'}}",
         "searches for something else", NULL},
        {"{'resourceType':'Condition','id':'c3','subject':{'reference':'urn:uuid:gone'},'code':{'text':'A'}}",
         "has not arrived", NULL},
        {"{'resourceType':'Bundle','type':'history','entry':[]}", "former versions", NULL},
        {"{'resourceType':'Bundle','type':'nonsense'}", "no Bundle type", NULL},
        {"{'resourceType':'Bundle','type':'searchset','entry':[{'resource':" A "}]}", "SELECT count(*) FROM patient",
         "2"},
        {"[" A "]", "SELECT count(*) FROM patient", "2"},
    };
    CHECK(rows);
}

/* Names that attack whatever prints or stores them come out as text.h says: unchanged, or visibly cleaned. */
static void test_hostile_names(void **state)
{
    static const struct {
        const char *sent, *kept;
    } names[] = {
        {"Robert\\u0027); DROP TABLE patient;--", "Robert'); DROP TABLE patient;--"},
        {"<script>alert(1)</script>", "<script>alert(1)</script>"},
        {"=cmd|\\u0027/C calc\\u0027!A0", "=cmd|'/C calc'!A0"},
        {"%s%n(Tj) ET \\\\) endobj", "%s%n(Tj) ET \\) endobj"},
        {"\\u202eevil\\u202c", "\xEF\xBF\xBD"
                               "evil"
                               "\xEF\xBF\xBD"},
        {"a\\tb\\r\\nc\\u0007", "a b c\xEF\xBF\xBD"},
        {"😀 Noël", "😀 Noël"},
        {"../../etc/passwd", "../../etc/passwd"},
    };
    struct recordbox *b = *state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char line[600];
        snprintf(line, sizeof line, P "'name':[{'family':'%s'}]}", names[i].sent);
        recordbox_take_one(b, line);
        assert_string_equal(b->said, "");
        const char *kept = recordbox_sql(b, "SELECT family FROM patient WHERE patient_id='p'");
        if (i == 5) /* whether a line break of two characters is one blank or two is text.h's business */
            assert_true(strncmp(kept, "a b ", 4) == 0 && strstr(kept, "c\xEF\xBF\xBD"));
        else
            assert_string_equal(kept, names[i].kept);
    }
    char *big = malloc(70000);
    int n = snprintf(big, 200, P "'name':[{'family':'");
    memset(big + n, 'x', 65536);
    snprintf(big + n + 65536, 100, "'}]}");
    recordbox_take_one(b, big);
    free(big);
    assert_string_equal(recordbox_sql(b, "SELECT length(family) FROM patient WHERE patient_id='p'"), "65536");
    assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM patient"), "2");
}

#define GIVEN(rest) "{'resourceType':'MedicationAdministration','id':'x','status':'completed'," OF_A "," rest "}"
#define PARA        "'medicationCodeableConcept':{'text':'Paracetamol'}"
#define G                                                                                                              \
    "SELECT status||'/'||ifnull(medication,'-')||'/'||ifnull(dose,'-')||'/'||ifnull(dose_unit,'-')||'/'"               \
    "||ifnull(start_utc,'-')||'/'||ifnull(end_utc,'-')||'/'||ifnull(reason,'-') FROM medication_administration"

/* A dose that was given, given over a time, or not given and why; the order it belongs to; what is wrong is named. */
static void test_administration(void **state)
{
    static const struct row rows[] = {
        {GIVEN(PARA ",'effectiveDateTime':'2026-11-23T01:00:00Z','dosage':{'dose':{'value':1.50,'unit':'g'}}"), G,
         "completed/Paracetamol/1.5/g/1795395600/-/-"},
        {GIVEN(PARA ",'effectivePeriod':{'start':'2026-11-23T01:00:00Z','end':'2026-11-23T02:00:00Z'}"), G,
         "completed/Paracetamol/-/-/1795395600/1795399200/-"},
        {GIVEN(PARA ",'request':{'reference':'MedicationRequest/o9'},'performer':[{'actor':{'display':'Els'}}]"),
         "SELECT request_id||performer||row_version FROM medication_administration", "o9Els3"},
        {GIVEN(PARA ",'request':{'reference':'MedicationRequest/o9'},'performer':[{'actor':{'display':'Els'}}]"),
         "SELECT row_version FROM medication_administration", "3"},
        {GIVEN(PARA ",'dosage':{'text':'slowly','dose':{'value':5,'comparator':'<','unit':'mg'}}"),
         "SELECT ifnull(dose,'-')||dose_text FROM medication_administration", "-slowly, <5 mg"},
        {"{'resourceType':'MedicationAdministration','id':'x','status':'not-done'," OF_A "," PARA
         ",'statusReason':[{'text':'refused'},{'coding':[{'code':'asleep'}]}]}",
         G, "not-done/Paracetamol/-/-/-/-/refused, asleep"},
        {GIVEN("'medicationReference':{'reference':'Medication/m9'}"),
         "SELECT medication_id FROM medication_administration", "m9"},
        {"{'resourceType':'MedicationAdministration','id':'y'," OF_A "," PARA "}", "has no status", NULL},
        {GIVEN("'effectiveDateTime':'2026'"), "names no medication", NULL},
        {GIVEN(PARA ",'effectiveDateTime':'noon'"), "'noon' is no time", NULL},
        {"{'resourceType':'MedicationAdministration','id':'y','status':'completed'," PARA
         ",'subject':{'reference':'Patient/nobody'}}",
         "Patient/nobody", NULL},
    };
    CHECK(rows);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_patient),        TEST(test_allergy), TEST(test_order),
                                       TEST(test_observation),    TEST(test_place),   TEST(test_medication),
                                       TEST(test_administration), TEST(test_bundle),  TEST(test_hostile_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
