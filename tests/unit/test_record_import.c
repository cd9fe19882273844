/* What the record promises to an import: nothing twice, nothing half, nothing of somebody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "support/faultvfs.h"
#include "support/recordbox.h"

#define PATIENT(id, number, family)                                                                                    \
    "{'resourceType':'Patient','id':'" id "','identifier':[{'system':'urn:x','value':'" number                         \
    "'}],'name':[{'family':'" family "'}]}"
#define STAY(id, patient, number)                                                                                      \
    "{'resourceType':'Encounter','id':'" id "','status':'in-progress','subject':{'reference':'Patient/" patient        \
    "'},'identifier':[{'system':'urn:s','value':'" number "'}]}"

static const char *const tables[] = {"patient",
                                     "patient_identifier",
                                     "location",
                                     "encounter",
                                     "encounter_location",
                                     "allergy",
                                     "condition",
                                     "medication",
                                     "medication_request",
                                     "medication_administration",
                                     "observation",
                                     "patient_contact",
                                     "practitioner",
                                     "practitioner_role",
                                     "organization",
                                     "medication_statement",
                                     "procedure",
                                     "service_request",
                                     "appointment",
                                     "device",
                                     "device_use",
                                     "flag",
                                     "coverage"};
/* Resources that leave one row in each of them. */
static const char *const every_table[] = {
    "{'resourceType':'Patient','id':'a','identifier':[{'system':'urn:x','value':'1'}],'name':[{'family':'Peeters'}],"
    "'contact':[{'name':{'text':'Luc'}}]}",
    "{'resourceType':'Location','id':'w','name':'Ward'}",
    "{'resourceType':'Encounter','id':'e','status':'in-progress','subject':{'reference':'Patient/"
    "a'},'location':[{'location':{'reference':'Location/w'}}]}",
    "{'resourceType':'AllergyIntolerance','id':'x','patient':{'reference':'Patient/a'},'code':{'text':'Latex'}}",
    "{'resourceType':'Condition','id':'x','subject':{'reference':'Patient/a'},'code':{'text':'Asthme'}}",
    "{'resourceType':'Medication','id':'x','code':{'text':'Morphine'}}",
    "{'resourceType':'MedicationRequest','id':'x','status':'active','intent':'order','subject':{'reference':'"
    "Patient/a'},'medicationReference':{'reference':'Medication/x'}}",
    "{'resourceType':'Observation','id':'x','status':'final','subject':{'reference':'Patient/"
    "a'},'code':{'text':'RR'},'valueInteger':16}",
    "{'resourceType':'MedicationAdministration','id':'g','status':'completed','subject':{'reference':'Patient/a'},"
    "'medicationCodeableConcept':{'text':'x'}}",
    "{'resourceType':'Practitioner','id':'d','name':[{'text':'Dr A'}]}",
    "{'resourceType':'PractitionerRole','id':'d','practitioner':{'reference':'Practitioner/d'}}",
    "{'resourceType':'Organization','id':'d','name':'Laboratory'}",
    "{'resourceType':'MedicationStatement','id':'x','status':'active','subject':{'reference':'Patient/a'},"
    "'medicationCodeableConcept':{'text':'x'}}",
    "{'resourceType':'Procedure','id':'x','status':'completed','subject':{'reference':'Patient/"
    "a'},'code':{'text':'x'}}",
    "{'resourceType':'ServiceRequest','id':'x','status':'active','intent':'order','subject':{'reference':'Patient/a'},"
    "'code':{'text':'x'}}",
    "{'resourceType':'Appointment','id':'x','status':'booked','participant':[{'actor':{'reference':'Patient/a'}}]}",
    "{'resourceType':'Device','id':'x','patient':{'reference':'Patient/a'},'type':{'text':'x'}}",
    "{'resourceType':'DeviceUseStatement','id':'x','status':'active','subject':{'reference':'Patient/a'},'device':{"
    "'reference':'Device/x'}}",
    "{'resourceType':'Flag','id':'x','status':'active','subject':{'reference':'Patient/a'},'code':{'text':'x'}}",
    "{'resourceType':'Coverage','id':'x','status':'active','beneficiary':{'reference':'Patient/a'},'payor':[{'display':"
    "'x'}]}"};

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

/* An UPDATE that does not raise row_version by one is refused by the database, in every table about a patient. */
static void test_row_version(void **state)
{
    struct recordbox *b = *state;
    recordbox_take(b, every_table, sizeof every_table / sizeof *every_table);
    assert_int_equal(b->report.counts.inserted, 20);
    assert_string_equal(b->said, "");
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char sql[200];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", tables[i]);
        assert_string_equal(recordbox_sql(b, sql), "1");
        snprintf(sql, sizeof sql, "UPDATE %s SET row_version=row_version", tables[i]);
        assert_non_null(strstr(recordbox_sql(b, sql), "must raise row_version by one"));
        snprintf(sql, sizeof sql, "UPDATE %s SET row_version=row_version+2", tables[i]);
        assert_non_null(strstr(recordbox_sql(b, sql), "must raise row_version by one"));
        snprintf(sql, sizeof sql, "UPDATE %s SET row_version=row_version+1", tables[i]);
        assert_string_equal(recordbox_sql(b, sql), "");
    }
}

/* The digest sees a change in any column of the patient and paper tables but the few that record.h names. */
static void test_digest_columns(void **state)
{
    static const char *const left_out =
        " row_version source_hash subject_hash stay_hash merge_id merged_utc changeset scanned_utc "
        "entered_utc undone_utc ";
    struct recordbox *b = *state;
    char before[65], after[65], sql[300], word[80];
    recordbox_take_one(b, PATIENT("a", "1", "Peeters"));
    recordbox_digest(b, before);
    const char *columns =
        recordbox_sql(b, "SELECT group_concat(name,' ') FROM pragma_table_info('patient') WHERE \"notnull\"=0");
    char list[1000];
    snprintf(list, sizeof list, "%s", columns);
    for (char *save = NULL, *c = strtok_r(list, " ", &save); c; c = strtok_r(NULL, " ", &save)) {
        if (strcmp(c, "patient_id") == 0 || strcmp(c, "gender") == 0)
            continue;
        snprintf(word, sizeof word, " %s ", c);
        snprintf(sql, sizeof sql, "UPDATE patient SET row_version=row_version+1, %s=%s", c,
                 strcmp(c, "deceased_utc") == 0 ? "7" : "'x'");
        assert_string_equal(recordbox_sql(b, sql), "");
        recordbox_digest(b, after);
        if (strstr(left_out, word))
            assert_string_equal(before, after);
        else
            assert_string_not_equal(before, after);
        snprintf(before, sizeof before, "%s", after);
    }
    /* a row more in any table of paper, a row less in any table of patients */
    static const char *const more[] = {
        "INSERT INTO merge(merge_id,serial,mac,sheet,merged_utc,person,entries) "
        "VALUES('M0-1',1,x'0011223344556677','S',1,'an',1)",
        "INSERT INTO "
        "paper_entry(serial,mac,field,revision,merge_id,capture,effect,entered_utc,entered_by,box_um,image_sha256) "
        "VALUES(1,x'0011223344556677','f',1,'M0-1','c','note',1,'an','0,0,1,1',x'00')",
        "INSERT INTO merge_undo(merge_id,undone_utc,person) VALUES('M0-1',1,'an')",
        "INSERT INTO order_decision(decision_id,patient_id,request_id,decision,box_um,image_sha256,source_hash) "
        "VALUES('paper:S:c:1','a','x','stop','0,0,1,1',zeroblob(32),x'00')",
        "INSERT INTO order_proposal(proposal_id,patient_id,kind,signature,box_um,image_sha256,source_hash) "
        "VALUES('paper:S:c:1','a','once','ink','0,0,1,1',zeroblob(32),x'00')",
        "INSERT INTO allergy_check(check_id,patient_id,result,printed,box_um,image_sha256,source_hash) "
        "VALUES('paper:S:c:1','a','unchanged','[]','0,0,1,1',zeroblob(32),x'00')",
        "INSERT INTO document(document_id,patient_id,form,kind,number,window_utc,content,seen,box_um,image_sha256,"
        "source_hash) VALUES('paper:S:c:1','a','notes','isbar','1',1,'{}','ink','0,0,1,1',zeroblob(32),x'00')"};
    const size_t nmore = sizeof more / sizeof *more;
    recordbox_take(b, every_table, sizeof every_table / sizeof *every_table);
    recordbox_digest(b, before);
    for (size_t i = 0; i < nmore + sizeof tables / sizeof *tables; i++) {
        size_t t = i - nmore;
        snprintf(sql, sizeof sql, "DELETE FROM %s", i < nmore ? "" : tables[t]);
        assert_string_equal(recordbox_sql(b, i < nmore ? more[i] : sql), "");
        recordbox_digest(b, after);
        if (strcmp(before, after) == 0)
            fail_msg("the digest does not see: %s", i < nmore ? more[i] : sql);
        snprintf(before, sizeof before, "%s", after);
    }
}

/* Every table but scratch, runs and facts about the file is in the digest. */
static void test_digest_tables(void **state)
{
    struct recordbox *b = *state;
    assert_string_equal(
        recordbox_sql(
            b,
            "SELECT group_concat(name,' ') FROM (SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE "
            "'import_%' AND name NOT IN('meta','upgrade','alias','patient_link') ORDER BY name)"),
        "allergy allergy_check appointment condition coverage device device_use document encounter encounter_location "
        "flag fluid identity_act identity_sheet infusion location "
        "medication "
        "medication_administration medication_request medication_statement merge merge_purge merge_undo movement "
        "observation "
        "order_decision order_proposal organization "
        "paper_entry patient patient_contact patient_identifier practitioner practitioner_role procedure registration "
        "service_request");
}

/* Again: unchanged.  Changed: one update, version 2.  The same for the rows below a patient. */
static void test_unchanged_and_changed(void **state)
{
    struct recordbox *b = *state;
    recordbox_take_one(b, PATIENT("a", "1", "Peeters"));
    recordbox_take_one(b, PATIENT("a", "1", "Peeters"));
    assert_int_equal(b->report.counts.unchanged, 1);
    assert_string_equal(recordbox_sql(b, "SELECT row_version FROM patient"), "1");
    recordbox_take_one(b, "{'resourceType':'Patient','id':'a','identifier':[{'system':'urn:x','value':'1'},{'system':'"
                          "urn:y','value':'2'}]}");
    assert_int_equal(b->report.counts.updated, 1);
    assert_string_equal(recordbox_sql(b, "SELECT row_version||ifnull(family,'-') FROM patient"), "2-");
    assert_string_equal(recordbox_sql(b, "SELECT group_concat(value||row_version) FROM patient_identifier"), "11,21");
    recordbox_take_one(b, "{'resourceType':'Patient','id':'a','identifier':[{'system':'urn:x','value':'1'}]}");
    assert_string_equal(recordbox_sql(b, "SELECT group_concat(value) FROM patient_identifier"), "1");
}

/* Key order and blanks are not content: the same resource in a Bundle, or written otherwise, is unchanged. */
static void test_hash_is_of_content(void **state)
{
    struct recordbox *b = *state;
    recordbox_take_one(b, PATIENT("a", "1", "Peeters"));
    recordbox_take_one(
        b, "{'resourceType':'Bundle','type':'collection','entry':[{'resource':{ 'name':[{'family':'Peeters'}], "
           "'identifier':[{'value':'1','system':'urn:x'}],'id':'a','resourceType':'Patient'}}]}");
    assert_int_equal(b->report.counts.unchanged, 1);
    assert_int_equal(b->report.counts.updated, 0);
}

/* A number that belongs to somebody is refused by name; so is a keyed hash that two different numbers share. */
static void test_numbers_of_others(void **state)
{
    struct recordbox *b = *state;
    static const char *const lines[] = {PATIENT("a", "1", "Peeters"), PATIENT("b", "1", "Maes"), STAY("e", "a", "S1"),
                                        STAY("f", "a", "S1")};
    recordbox_take(b, lines, 4);
    assert_int_equal(b->report.counts.refused, 2);
    assert_non_null(strstr(b->said, "t:2 Patient/b: its number '1' of 'urn:x' belongs to Patient/a"));
    assert_non_null(strstr(b->said, "t:4 Encounter/f: its number 'S1' of 'urn:s' belongs to Encounter/e"));
    assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM patient_identifier"), "1");

    uint8_t hash[8];
    char sql[200];
    repli_keys_subject(b->keys, "urn:x", "99", hash);
    snprintf(sql, sizeof sql,
             "UPDATE patient SET row_version=row_version+1, subject_hash=x'%02x%02x%02x%02x%02x%02x%02x%02x'", hash[0],
             hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]);
    assert_string_equal(recordbox_sql(b, sql), "");
    recordbox_take_one(b, PATIENT("c", "99", "Claes"));
    assert_int_equal(b->report.counts.refused, 1);
    assert_non_null(
        strstr(b->said, "Patient/c: the keyed hash of its number '99' of 'urn:x' is also that of Patient/a"));
    assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM patient"), "1");
}

#define INSIDE                                                                                                         \
    "{'resourceType':'Encounter','id':'icu','status':'in-progress','partOf':{'reference':'Encounter/e'},"              \
    "'subject':{'reference':'Patient/a'},'identifier':[{'system':'urn:s','value':'S1'}]}"
#define IN_WARD                                                                                                        \
    "{'resourceType':'Encounter','id':'e','status':'in-progress','subject':{'reference':'Patient/a'},"                 \
    "'location':[{'location':{'reference':'Location/w'}}]}"

/* An encounter inside a stay has no stay hash, so it may carry the stay's number. */
static void test_part_of_a_stay(void **state)
{
    struct recordbox *b = *state;
    static const char *const lines[] = {PATIENT("a", "1", "Peeters"), STAY("e", "a", "S1"), INSIDE};
    recordbox_take(b, lines, 3);
    assert_string_equal(b->said, "");
    assert_string_equal(
        recordbox_sql(b, "SELECT group_concat(encounter_id||ifnull(length(stay_hash),0)) FROM encounter"), "e8,icu0");
}

/* Rows that came from paper stay as they are, whatever an import brings. */
static void test_paper_rows(void **state)
{
    struct recordbox *b = *state;
    recordbox_take_one(b, PATIENT("a", "1", "Peeters"));
    assert_string_equal(
        recordbox_sql(
            b, "INSERT INTO "
               "observation(observation_id,patient_id,code_system,code,value,value_kind,status,from_paper,source_hash) "
               "VALUES('x','a','http://loinc.org','9279-1','17','quantity','final',1,x'00')"),
        "");
    recordbox_take_one(b, "{'resourceType':'Observation','id':'x','status':'final','subject':{'reference':'Patient/"
                          "a'},'code':{'text':'RR'},'valueInteger':99}");
    assert_int_equal(b->report.counts.refused, 1);
    assert_non_null(strstr(b->said, "came from paper and is not overwritten"));
    assert_string_equal(recordbox_sql(b, "SELECT value FROM observation"), "17");
}

/* What comes before what it refers to waits; what refers to nothing is refused by its place and name, whole. */
static void test_waiting_and_dangling(void **state)
{
    struct recordbox *b = *state;
    static const char *const lines[] = {
        "{'resourceType':'Observation','id':'o1','status':'final','subject':{'reference':'Patient/"
        "a'},'code':{'text':'RR'},'valueInteger':16}",
        "{'resourceType':'Observation','id':'o2','status':'final','subject':{'reference':'Patient/"
        "nobody'},'code':{'text':'RR'},'valueInteger':16}",
        "{'resourceType':'Encounter','id':'e1','status':'in-progress','subject':{'reference':'Patient/"
        "a'},'location':[{'location':{'reference':'Location/w'}},{'location':{'reference':'Location/nowhere'}}]}",
        "{'resourceType':'Encounter','id':'e2','status':'in-progress','subject':{'reference':'Patient/"
        "a'},'location':[{'location':{'reference':'Location/w'}}]}",
        "{'resourceType':'Condition','id':'c','subject':{'reference':'Patient/a'},'encounter':{'reference':'Encounter/"
        "never-sent'},'code':{'text':'Asthme'}}",
        PATIENT("a", "1", "Peeters"),
        "{'resourceType':'Location','id':'w','name':'Ward'}"};
    recordbox_take(b, lines, sizeof lines / sizeof *lines);
    assert_int_equal(b->report.counts.inserted, 5);
    assert_string_equal(b->said, "t:2 Observation/o2: Patient/nobody, which it refers to, has not arrived\n"
                                 "t:3 Encounter/e1: Location/nowhere, which it refers to, has not arrived\n");
    assert_string_equal(recordbox_sql(b, "SELECT group_concat(encounter_id) FROM encounter_location"), "e2");
    assert_string_equal(recordbox_sql(b, "SELECT encounter_id FROM condition"), "never-sent");
    assert_string_equal(recordbox_sql(b, "SELECT (SELECT count(*) FROM import_seen)+(SELECT count(*) FROM "
                                         "import_later)+(SELECT count(*) FROM import_place)"),
                        "0");
}

/* A refused new version of a resource leaves the old version where it was. */
static void test_refused_update_keeps_old(void **state)
{
    struct recordbox *b = *state;
    static const char *const lines[] = {PATIENT("a", "1", "Peeters"),
                                        "{'resourceType':'Location','id':'w','name':'Ward'}", IN_WARD};
    recordbox_take(b, lines, 3);
    recordbox_take_one(b, "{'resourceType':'Encounter','id':'e','status':'in-progress','subject':{'reference':'Patient/"
                          "a'},'location':[{'location':{'reference':'Location/other'}}]}");
    assert_int_equal(b->report.counts.refused, 1);
    assert_string_equal(recordbox_sql(b, "SELECT location_id||row_version FROM encounter_location"), "w1");
}

/* One run brings a patient in two versions: the newer one counts, whichever came first; without dates one of the two is
** refused by name, the same one in either order. */
static void test_twice_in_one_run(void **state)
{
    struct recordbox *b = *state;
    static const char *const dated[] = {
        "{'resourceType':'Patient','id':'a','meta':{'lastUpdated':'2026-11-23T00:00:00Z'},'name':[{'family':'New'}]}",
        "{'resourceType':'Patient','id':'a','meta':{'lastUpdated':'2026-11-22T00:00:00Z'},'name':[{'family':'Old'}]}"};
    const char *const reversed[] = {dated[1], dated[0]};
    recordbox_take(b, dated, 2);
    assert_string_equal(recordbox_sql(b, "SELECT family FROM patient"), "New");
    assert_string_equal(b->said, "");
    recordbox_take(b, reversed, 2);
    assert_string_equal(recordbox_sql(b, "SELECT family FROM patient"), "New");

    static const char *const undated[] = {PATIENT("z", "7", "One"), PATIENT("z", "7", "Two"), PATIENT("z", "7", "One")};
    const char *const other[] = {undated[1], undated[0]};
    char first[80];
    recordbox_take(b, undated, 3);
    assert_int_equal(b->report.counts.refused,
                     strcmp(recordbox_sql(b, "SELECT family FROM patient WHERE patient_id='z'"), "One") == 0 ? 1 : 2);
    assert_non_null(strstr(b->said, "Patient/z: came twice in this run with different content"));
    snprintf(first, sizeof first, "%s", recordbox_sql(b, "SELECT family FROM patient WHERE patient_id='z'"));
    recordbox_take(b, other, 2);
    assert_string_equal(recordbox_sql(b, "SELECT family FROM patient WHERE patient_id='z'"), first);
}

/* Two wards never share a code, and which of them gets the digits does not depend on the order of arrival. */
static void test_ward_codes(void **state)
{
    struct recordbox *b = *state;
#define WARD(id, name)                                                                                                 \
    "{'resourceType':'Location','id':'" id "','name':'" name "','physicalType':{'coding':[{'code':'wa'}]}}"
    static const char *const lines[] = {WARD("w2", "Medical (ICU)"), WARD("w1", "Surgical (ICU)"),
                                        WARD("w3", "Cardiology")};
    char codes[200];
    recordbox_take(b, lines, 3);
    snprintf(codes, sizeof codes, "%s",
             recordbox_sql(b, "SELECT group_concat(location_id||'='||code) FROM (SELECT * FROM location ORDER BY 1)"));
    assert_memory_equal(codes, "w1=ICU,w2=ICU-", 14);
    assert_non_null(strstr(codes, ",w3=CARDIOLOGY"));
    recordbox_take(b, lines, 3);
    assert_int_equal(b->report.counts.unchanged, 3);
    assert_string_equal(
        recordbox_sql(b, "SELECT group_concat(location_id||'='||code) FROM (SELECT * FROM location ORDER BY 1)"),
        codes);
    recordbox_take_one(b, WARD("w0", "New (ICU)")); /* in a later run the ward that has the code keeps it */
    assert_string_equal(recordbox_sql(b, "SELECT code FROM location WHERE location_id='w1'"), "ICU");
}

static int import_in_child(void *user)
{
    struct recordbox *b = user;
    struct repli_err err = {0};
    struct repli_import_setup set;
    struct repli_import *imp;
    struct repli_import_report report;
    char line[300];
    if (repli_record_open(b->path, false, BOX_NOW, &b->record, &err) != REPLI_OK)
        return 1;
    recordbox_setup(b, &set);
    enum repli_status s = repli_import_open(&set, "t", &imp, &err);
    for (int i = 0; i < 60 && s == REPLI_OK; i++) {
        int n = snprintf(line, sizeof line,
                         "{\"resourceType\":\"Patient\",\"id\":\"p%d\",\"name\":[{\"family\":\"F%d\"}]}", i, i);
        s = repli_import_text(imp, "t", i, line, (size_t)n, &err);
    }
    if (s == REPLI_OK)
        s = repli_import_commit(imp, &report, &err);
    if (s == REPLI_OK)
        repli_import_close(imp);
    return s == REPLI_OK ? 0 : 2; /* the process ends: nothing is tidied, as in a crash */
}

/* Killed, half-written or out of disk at any write: the record holds the whole run or nothing of it, and the next run
** completes it. */
static void test_killed_anywhere(void **state)
{
    struct recordbox *b = *state;
    static const enum faultvfs_mode modes[] = {FAULTVFS_KILL, FAULTVFS_HALF, FAULTVFS_FULL_ALWAYS, FAULTVFS_FSYNC_ONCE};
    struct faultvfs_result r;
    struct repli_err err = {0};
    int64_t patients, fired = 0;
    repli_record_close(b->record);
    b->record = NULL;
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++)
        for (int64_t at = 1;; at++) {
            assert_true(faultvfs_run(modes[m], at, import_in_child, b, &r));
            assert_int_equal(repli_record_open(b->path, false, BOX_NOW, &b->record, &err), REPLI_OK);
            assert_int_equal(repli_record_patients(b->record, &patients, &err), REPLI_OK);
            assert_true(patients == 0 || patients == 60);
            if (r.rc == 0)
                assert_int_equal(patients, 60);
            repli_record_close(b->record);
            b->record = NULL;
            assert_string_equal(recordbox_sql(b, "PRAGMA integrity_check"), "ok");
            fired += r.fired;
            assert_string_equal(recordbox_sql(b, "DELETE FROM patient_identifier"), "");
            assert_string_equal(recordbox_sql(b, "DELETE FROM patient"), "");
            if (!r.fired)
                break;
        }
    assert_true(fired > 20);
    assert_int_equal(repli_record_open(b->path, false, BOX_NOW, &b->record, &err), REPLI_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_row_version),          TEST(test_digest_columns),
        TEST(test_digest_tables),        TEST(test_unchanged_and_changed),
        TEST(test_hash_is_of_content),   TEST(test_numbers_of_others),
        TEST(test_part_of_a_stay),       TEST(test_paper_rows),
        TEST(test_waiting_and_dangling), TEST(test_refused_update_keeps_old),
        TEST(test_twice_in_one_run),     TEST(test_ward_codes),
        TEST(test_killed_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
