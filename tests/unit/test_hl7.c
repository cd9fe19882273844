/* HL7 v2 into the record: the life of a stay, merges, what is read leniently, and that nothing counts twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

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

static void take(struct recordbox *b, const char *bytes, size_t len)
{
    static int files;
    char name[32], path[512];
    const char *paths[] = {path};
    snprintf(name, sizeof name, "m%04d.hl7", ++files);
    recordbox_write(b, name, bytes, len, path);
    recordbox_files(b, paths, 1);
}

static void say(struct recordbox *b, const char *text)
{
    take(b, text, strlen(text));
}

static void expect(struct recordbox *b, const char *sql, const char *want)
{
    const char *got = recordbox_sql(b, sql);
    if (strcmp(got, want) != 0)
        fail_msg("%s: '%s', not '%s'; said: %s", sql, got, want, b->said);
}

#define MSH(type, id) "MSH|^~\\&|ADT|HOSP|REPLI|HOSP|20261123080000||ADT^" type "|" id "|P|2.5\r"
#define PID                                                                                                            \
    "PID|||4711^^^HOSP^MR~85073012345^^^SSIN^NI||Peeters^Anne^Marie^^Mme^^L||19850730|F|||Rue Haute 322^bte "          \
    "4^Bruxelles^^1000^^H||||FR\r"
#define PV1(place)   "PV1|1|I|" place "||||0815^Lambert^Luc^^^Dr||||||||||||V77^^^HOSP^VN"
#define TIMES(start) "|||||||||||||||||||||||||" start

#define PLACES                                                                                                         \
    "SELECT group_concat(name||' '||ifnull(start_utc,'-')||' '||ifnull(end_utc,'-'),'; ') FROM (SELECT l.name,"        \
    "s.start_utc,s.end_utc FROM encounter_location s JOIN location l USING(location_id) ORDER BY s.seq)"

/* The whole life of a stay: each event leaves status, times and places as it says, and the cancels take them back. */
static void test_life(void **state)
{
    struct recordbox *b = *state;
    say(b, MSH("A01", "1") "EVN|A01|20261123080000\r" PID PV1("3B^12^A") TIMES("20261123074500") "\r");
    expect(b, "SELECT family||'/'||given||'/'||prefix||'/'||birth_date||'/'||gender||'/'||language FROM patient",
           "Peeters/Anne Marie/Mme/1985-07-30/female/fr");
    expect(b, "SELECT address FROM patient", "Rue Haute 322, bte 4, 1000 Bruxelles");
    expect(b, "SELECT identifier_value FROM patient", "4711");
    expect(b, "SELECT count(*) FROM patient_identifier", "2");
    expect(b, "SELECT identifier_value||'/'||class||'/'||status||'/'||attending||'/'||start_utc FROM encounter",
           "V77/I/in-progress/Dr Luc Lambert/1795416300");
    expect(b, PLACES, "A 1795416300 -");
    expect(b,
           "SELECT w.code||'>'||r.name||'>'||d.name FROM location d JOIN location r ON r.location_id=d.part_of "
           "JOIN location w ON w.location_id=r.part_of WHERE d.kind='bed' AND r.kind='room' AND w.kind='ward'",
           "3B>12>A");
    say(b, MSH("A02", "2") "EVN|A02|20261123090000\r" PID PV1("4C^2^B") "\r");
    expect(b, PLACES, "A 1795416300 1795420800; B 1795420800 -");
    say(b, MSH("A12", "3") "EVN|A12|20261123091000\r" PID PV1("3B^12^A") "\r");
    expect(b, PLACES, "A 1795416300 -");
    say(b, MSH("A03", "4") "EVN|A03|20261123100000\r" PID PV1("3B^12^A") TIMES("|20261123095000") "\r");
    expect(b, "SELECT status||end_utc FROM encounter", "finished1795423800");
    expect(b, PLACES, "A 1795416300 1795423800");
    say(b, MSH("A13", "5") "EVN|A13|20261123101000\r" PID PV1("3B^12^A") "\r");
    expect(b, "SELECT status||ifnull(end_utc,'-') FROM encounter", "in-progress-");
    expect(b, PLACES, "A 1795416300 -");
    say(b, MSH("A08", "6") "EVN|A08|20261123101500\r" PID PV1("3B^14^A") "\r");
    expect(b,
           "SELECT r.name FROM encounter_location s JOIN location d USING(location_id) JOIN location r "
           "ON r.location_id=d.part_of",
           "14");
    say(b, MSH("A11", "7") "EVN|A11|20261123102000\r" PID PV1("3B^14^A") "\r");
    expect(b, "SELECT status FROM encounter", "cancelled");
    expect(b, "SELECT count(*) FROM encounter", "1");
    assert_string_equal(b->said, "");
}

/* The same messages again, in one run or the next, change not one row version. */
static void test_again(void **state)
{
    struct recordbox *b = *state;
    static const char two[] = MSH("A01", "1") "EVN||20261123080000\r" PID PV1("3B^12^A") "\r" MSH(
        "A02", "2") "EVN||20261123090000\r" PID PV1("4C^2^B") "\r";
    char text[sizeof two * 2];
    snprintf(text, sizeof text, "%s%s", two, two);
    say(b, text);
    assert_int_equal(b->report.counts.unchanged, 2);
    char versions[64];
    snprintf(versions, sizeof versions, "%s", recordbox_sql(b, "SELECT group_concat(row_version) FROM encounter"));
    for (char *p = text; *p; p++)
        *p = *p == '\r' ? '\n' : *p; /* line ends are no difference */
    say(b, text);
    assert_int_equal(b->report.counts.unchanged, 4);
    assert_int_equal(b->report.counts.inserted + b->report.counts.updated, 0);
    expect(b, "SELECT group_concat(row_version) FROM encounter", versions);
    expect(b, "SELECT count(*) FROM encounter_location", "2");
}

/* A message that was refused is not applied late, when what came after it may have changed the stay. */
static void test_never_late(void **state)
{
    struct recordbox *b = *state;
    static const char cancel[] = MSH("A12", "9") PID PV1("") "\r";
    say(b, cancel);
    assert_non_null(strstr(b->said, ":1 ADT^A12/9: cancels a transfer"));
    expect(b, "SELECT count(*) FROM patient", "0");
    say(b, MSH("A01", "1") PID PV1("3B^12^A") "\r" MSH("A02", "2") PID PV1("4C^2^B") "\r");
    say(b, cancel);
    assert_non_null(strstr(b->said, "ADT^A12/9: cancels a transfer"));
    expect(b, "SELECT count(*) FROM encounter_location", "2");
}

/* A merge: both records stay, the old one points to the new one, and its numbers find the new one from then on. */
static void test_merge(void **state)
{
    struct recordbox *b = *state;
    say(b, MSH("A01", "1") "PID|||11^^^HOSP^MR||Onbekend\r" PV1("3B^1^A") "\r" MSH(
               "A08", "2") "PID|||22^^^HOSP^MR||Claes^Jan\r");
    say(b, MSH("A40", "3") "PID|||22^^^HOSP^MR~11^^^HOSP^MR||Claes^Jan\rMRG|11^^^HOSP^MR\r");
    assert_string_equal(b->said, "");
    expect(b,
           "SELECT n.family FROM patient o JOIN patient n ON n.patient_id=o.replaced_by WHERE o.identifier_value='11'",
           "Claes");
    expect(b, "SELECT count(*) FROM patient", "2");
    say(b, MSH("A02", "4") "PID|||11^^^HOSP^MR||Claes^Jan\r" PV1("4C^2^B") "\r");
    expect(b, "SELECT family||status FROM encounter JOIN patient USING(patient_id)", "Claesin-progress");
    say(b, MSH("A40", "5") "PID|||22^^^HOSP^MR\rMRG|22^^^HOSP^MR\r");
    assert_non_null(strstr(b->said, "PID-3 names nobody but who is merged"));
    say(b, MSH("A40", "6") "PID|||11^^^HOSP^MR\rMRG|22^^^HOSP^MR\r");
    assert_non_null(strstr(b->said, "ADT^A40/6"));
    expect(b, "SELECT count(*) FROM patient WHERE replaced_by IS NOT NULL", "1");
}

/* A patient of FHIR and of HL7 is one, by identifier; the FHIR resource sent again takes nothing back. */
static void test_meets_fhir(void **state)
{
    static const char *const lines[] = {
        "{'resourceType':'Patient','id':'p1','identifier':[{'system':'urn:oid:1.2.3','value':'4711'}]}",
        "{'resourceType':'Location','id':'w1','name':'3B','physicalType':{'coding':[{'code':'wa'}]}}",
        "{'resourceType':'Encounter','id':'e1','status':'in-progress','class':{'code':'IMP'},"
        "'subject':{'reference':'Patient/p1'},'identifier':[{'system':'urn:x','value':'V77'}],"
        "'location':[{'location':{'reference':'Location/w1'}}]}"};
    struct recordbox *b = *state;
    recordbox_take(b, lines, 3);
    say(b, MSH("A02", "1") "PID|||4711^^^HOSP&1.2.3&ISO^MR||Peeters\r" PV1("3B^12^A") "\r");
    assert_string_equal(b->said, "");
    expect(b, "SELECT group_concat(patient_id||family) FROM patient", "p1Peeters");
    expect(b, "SELECT group_concat(encounter_id||identifier_system) FROM encounter", "e1urn:x");
    expect(b, "SELECT count(*) FROM location WHERE kind='ward'", "1");
    expect(b, "SELECT part_of FROM location WHERE kind='room'", "w1");
    recordbox_take(b, lines, 3);
    assert_int_equal(b->report.counts.unchanged, 3);
    expect(b, "SELECT count(*) FROM encounter_location", "2");
}

/* Messages come first, and the resources of their ward, room and bed later: one ward on paper, not two, in whatever
** order they stand in the file; and the messages after that mean the same beds. */
static void test_places_meet_fhir(void **state)
{
    static const char *const lines[] = {
        "{'resourceType':'Location','id':'w1','name':'3B','physicalType':{'coding':[{'code':'wa'}]}}",
        "{'resourceType':'Location','id':'r1','name':'12','partOf':{'reference':'Location/w1'},"
        "'physicalType':{'coding':[{'code':'ro'}]}}",
        "{'resourceType':'Location','id':'d1','name':'A','partOf':{'reference':'Location/r1'},"
        "'physicalType':{'coding':[{'code':'bd'}]}}",
        "{'resourceType':'Location','id':'d2','name':'B','partOf':{'reference':'Location/r1'},"
        "'physicalType':{'coding':[{'code':'bd'}]}}",
        "{'resourceType':'Patient','id':'p2','identifier':[{'system':'urn:oid:1.2.3','value':'4712'}]}",
        "{'resourceType':'Encounter','id':'e2','status':'in-progress','class':{'code':'IMP'},"
        "'subject':{'reference':'Patient/p2'},'location':[{'location':{'reference':'Location/d2'}}]}"};
    const char *backwards[] = {lines[5], lines[4], lines[3], lines[2], lines[1], lines[0]};
    struct recordbox *b = *state;
    say(b, MSH("A01", "1") "EVN||20261123080000\r" PID PV1("3B^12^A") "\r");
    recordbox_take(b, lines, 6);
    assert_string_equal(b->said, "");
    expect(b, "SELECT group_concat(kind||' '||code) FROM (SELECT kind, code FROM location ORDER BY kind, code)",
           "bed A,bed B,room 12,ward 3B");
    expect(b,
           "SELECT count(*) FROM encounter_location s JOIN location d USING(location_id) JOIN location r ON "
           "r.location_id=d.part_of JOIN location w ON w.location_id=r.part_of WHERE w.code='3B'",
           "2");
    say(b, MSH("A02", "2") "EVN||20261123090000\r" PID PV1("3B^12^B") "\r");
    expect(b, "SELECT count(*) FROM location", "4");
    recordbox_take(b, lines, 6);
    assert_int_equal(b->report.counts.unchanged, 6);
    recordbox_close(b);
    recordbox_open(b);
    say(b, MSH("A01", "1") "EVN||20261123080000\r" PID PV1("3B^12^A") "\r");
    recordbox_take(b, backwards, 6);
    expect(b, "SELECT group_concat(code) FROM location WHERE kind='ward'", "3B");
    expect(b,
           "SELECT count(*) FROM encounter_location s JOIN location d USING(location_id) JOIN location r ON "
           "r.location_id=d.part_of JOIN location w ON w.location_id=r.part_of WHERE w.code='3B'",
           "2");
}

/* Line ends of every kind, MLLP bytes, batches, no header, Z segments and text before them: the same message. */
static void test_form(void **state)
{
    static const char *const ends[] = {"\r", "\n", "\r\n", "\r\r\n", "\n\r"};
    static const char *const frames[][2] = {{"", ""},
                                            {"\x0B", "\x1C\r"},
                                            {"\xEF\xBB\xBF", ""},
                                            {"FHS|^~\\&\rBHS|^~\\&\r", "BTS|1\rFTS|1\r"},
                                            {"\n\n", "\n"}};
    static const char msh[] = "MSH|^~\\&|A|B|||20261123080000||ADT^A01|7|P|2.3";
    struct recordbox *b = *state;
    for (size_t e = 0; e < 5; e++)
        for (size_t f = 0; f < 5; f++) {
            char body[400], text[600];
            snprintf(body, sizeof body,
                     "%s%sEVN|A01|20261123080000%sPID|||1^^^H^MR||Dupr\xC3\xA9^L\xC3\xA9"
                     "a%s"
                     "ZZZ|1|2%sPV1|1|I|3B^1^A%s",
                     msh, ends[e], ends[e], ends[e], ends[e], ends[e]);
            int n = snprintf(text, sizeof text, "%s%s%s", frames[f][0], body, frames[f][1]);
            take(b, text, (size_t)n);
            assert_string_equal(b->said, "");
            assert_int_equal(b->report.counts.inserted, e + f == 0 ? 5 : 0);
            assert_int_equal(b->report.counts.unchanged, e + f == 0 ? 0 : 1);
        }
    expect(b, "SELECT family||' '||given FROM patient",
           "Dupr\xC3\xA9 L\xC3\xA9"
           "a");
    say(b, "EVN|A02|20261123090000\nPID|||1^^^H^MR\nPV1|1|I|3B^2^A\n");
    assert_string_equal(b->said, "");
    expect(b, "SELECT count(*) FROM encounter_location", "2");
}

/* Escapes, other separators and charsets that lie. */
static void test_texts(void **state)
{
    struct recordbox *b = *state;
    say(b, "MSH|^~\\&|A|B|||20261123||ADT^A08|1|P|2.5||||||8859/1\rPID|||1^^^H^MR||"
           "A\\F\\B\\S\\C\\T\\D\\R\\E\\E\\F\\XC3A9\\\\XE9\\\\H\\G\\N\\^L\xC3\xA9on\r");
    expect(b, "SELECT family||'/'||given FROM patient", "A|B^C&D~E\\F\xC3\xA9\xC3\xA9G/L\xC3\xA9on");
    say(b, "MSH|^~\\&|A|B|||20261123||ADT^A08|2|P|2.5||||||UNICODE UTF-8\rPID|||1^^^H^MR||B\xE9"
           "a\r");
    expect(b, "SELECT family FROM patient",
           "B\xC3\xA9"
           "a");
    say(b, "MSH$%~\\&$A$B$$$20261123$$ADT%A08$3$P$2.5\rPID$$$1%%%H%MR$$Other%Name\r");
    expect(b, "SELECT family||'/'||given FROM patient", "Other/Name");
    say(b, "MSH|^~\\&|A|B|||20261123||ADT^A08|4|P|2.5\rPID|||1^^^H^MR||\"\"\r");
    expect(b, "SELECT family FROM patient", "Other");
}

/* Whatever is wrong is named by file, number of the message and control id, and leaves nothing of its message. */
static void test_refusals(void **state)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"MSH|^~\\&|\r", ":1 HL7: no type"},
        {MSH("A01", "c") PID, ":1 ADT^A01/c: has no PV1"},
        {MSH("A01", "c") PV1("3B") "\r", "ADT^A01/c: has no PID"},
        {MSH("A01", "c") "PID|||\r" PV1("3B") "\r", "ADT^A01/c: PID-3 has no identifier"},
        {MSH("A08", "c") "PID|||1||A||19850231\r", "PID-7 '19850231' is no date"},
        {MSH("A08", "c") "PID|||1||A|||Q\r", "PID-8 'Q' is no sex"},
        {MSH("A01", "c") "PID|||1||A\r" PV1("3B") TIMES("20261123256100") "\r", "PV1-44 '20261123256100' is no time"},
        {MSH("A01", "c") "EVN||20260329023000\r" PID PV1("3B") "\r", "EVN-2 '20260329023000' is no time"},
        {MSH("A02", "c") PID "PV1|1|I|3B\r", "names no stay (PV1-19)"},
        {MSH("A40", "c") PID, "has no MRG"},
        {MSH("A01", "c") PID PID PV1("3B") "\r", "more than one PID"},
    };
    struct recordbox *b = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        say(b, cases[i].text);
        if (!strstr(b->said, cases[i].said))
            fail_msg("case %d said '%s'", (int)i, b->said);
        assert_int_equal(b->report.counts.refused, 1);
        assert_int_equal(b->report.counts.inserted, 0);
    }
    expect(b, "SELECT (SELECT count(*) FROM patient)+(SELECT count(*) FROM location)+(SELECT count(*) FROM encounter)",
           "0");
    say(b, MSH("A05", "c") PID "MSH|^~\\&|||||||ORU^R01^ORU_R01|2\rPID|||1\r");
    assert_int_equal(b->report.not_used, 2);
    assert_string_equal(b->report.types[0].type, "ADT^A05");
    assert_string_equal(b->report.types[1].type, "ORU^R01");
}

/* Numbers of two people, and a stay of somebody else, refuse the message instead of mixing them. */
static void test_never_mixed(void **state)
{
    struct recordbox *b = *state;
    say(b, MSH("A01", "1") "PID|||1^^^H^MR||A\r" PV1("3B^1^A") "\r" MSH("A08", "2") "PID|||2^^^H^MR||B\r");
    say(b, MSH("A08", "3") "PID|||1^^^H^MR~2^^^H^MR||C\r");
    assert_non_null(strstr(b->said, "its numbers are those of two people"));
    say(b, MSH("A02", "4") "PID|||2^^^H^MR||B\r" PV1("4C^1^A") "\r");
    assert_non_null(strstr(b->said, "its stay number 'V77' is that of Patient/hl7-"));
    say(b, MSH("A08", "5") "PID|||1^^^OTHER^MR||D\r");
    expect(b, "SELECT group_concat(family) FROM (SELECT family FROM patient ORDER BY family)", "A,B,D");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_life, setup, teardown),
        cmocka_unit_test_setup_teardown(test_places_meet_fhir, setup, teardown),
        cmocka_unit_test_setup_teardown(test_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_never_late, setup, teardown),
        cmocka_unit_test_setup_teardown(test_merge, setup, teardown),
        cmocka_unit_test_setup_teardown(test_meets_fhir, setup, teardown),
        cmocka_unit_test_setup_teardown(test_form, setup, teardown),
        cmocka_unit_test_setup_teardown(test_texts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_never_mixed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
