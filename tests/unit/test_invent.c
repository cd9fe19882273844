/* The invented ward and hospital: the same plan gives the same people, and every difficult case is among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "repli/form.h"
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

/* Eight seeds, the smallest and the largest ward: all cases, one free bed, no order that somebody is allergic to. */
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
    for (uint64_t seed = 0; seed < 8; seed++) {
        struct recordbox b;
        char digest[65], people[8];
        int beds = seed % 2 ? REPLI_INVENT_WARD_MAX : REPLI_INVENT_BEDS_MIN;
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

/* One answer the record of the hospital must give. */
struct question {
    const char *sql, *answer;
};

static void ask(struct recordbox *b, const struct question *q, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(recordbox_sql(b, q[i].sql), q[i].answer) != 0)
            fail_msg("%s: %s instead of %s", q[i].sql, recordbox_sql(b, q[i].sql), q[i].answer);
}

#define INSIDE "FROM encounter e WHERE e.status='in-progress' AND e.part_of IS NULL"
#define WARD   "substr(patient_id,3,3)"
static const struct question cases[] = {
    {"SELECT count(*) FROM location WHERE kind='ward'", "30"},
    {"SELECT count(*) FROM location WHERE kind='bed'", "900"},
    {"SELECT min(n)>=18 AND max(n)<=36 FROM (SELECT count(*) n FROM location b JOIN location r ON b.part_of="
     "r.location_id WHERE b.kind='bed' GROUP BY r.part_of)",
     "1"},
    {"SELECT count(*) BETWEEN 780 AND 880 " INSIDE, "1"},
    {"SELECT count(*)-count(DISTINCT location_id) FROM encounter_location l JOIN encounter e USING(encounter_id) WHERE "
     "e.status='in-progress' AND e.part_of IS NULL AND l.end_utc IS NULL",
     "0"},
};

/* Wards, beds, and every difficult case of the whole hospital: each question has one right answer. */
static const struct question special[] = {
    /* homonyms: a pair in each ward where they can be */
    {"SELECT count(*)>=27 FROM (SELECT 1 FROM patient WHERE family IS NOT NULL AND given IS NOT NULL GROUP BY " WARD
     ",family,given HAVING count(*)>1)",
     "1"},
    /* each newborn in a cot bears the family name of somebody in the ward who is not newborn */
    {"SELECT count(*)>=30 FROM patient WHERE " WARD " IN('MAT','KRZ') AND birth_date>='2026-11-01'", "1"},
    {"SELECT count(*) FROM patient k WHERE " WARD " IN('MAT','KRZ') AND birth_date>='2026-11-01' AND NOT EXISTS(SELECT "
     "1 FROM patient m WHERE substr(m.patient_id,3,3)=substr(k.patient_id,3,3) AND coalesce(m.family,'')="
     "coalesce(k.family,'') AND m.birth_date<'2015' AND m.gender='female')",
     "0"},
    /* twins: same name, same day, other given name */
    {"SELECT count(*)>=5 FROM patient a JOIN patient b ON substr(a.patient_id,1,5)=substr(b.patient_id,1,5) AND "
     "a.family=b.family AND a.birth_date=b.birth_date AND coalesce(a.given,'')<>b.given AND "
     "CAST(substr(b.patient_id,-2) AS INTEGER)=CAST(substr(a.patient_id,-2) AS INTEGER)+1 AND b.birth_date>='2026-10'",
     "1"},
    {"SELECT count(*) FROM patient WHERE name_text LIKE 'INCONNU%' AND birth_date IS NULL AND " WARD "='URG'", "1"},
    {"SELECT count(*) FROM allergy WHERE patient_id=(SELECT patient_id FROM patient WHERE name_text LIKE 'INCONNU%')",
     "0"},
    {"SELECT count(*)>=7 FROM patient p JOIN encounter e USING(patient_id) WHERE p.deceased AND e.status='finished'",
     "1"},
    {"SELECT count(*) FROM patient p JOIN encounter e USING(patient_id) WHERE p.deceased AND e.status='in-progress' "
     "AND e.part_of IS NULL",
     "2"},
    {"SELECT count(*) FROM patient p JOIN encounter e USING(patient_id) WHERE p.deceased_utc<e.start_utc", "0"},
    {"SELECT count(*) FROM encounter WHERE status='planned'", "30"},
    {"SELECT count(DISTINCT kind) FROM allergy", "3"},
    {"SELECT count(*)>=28 FROM patient p WHERE NOT EXISTS(SELECT 1 FROM allergy a WHERE a.patient_id=p.patient_id)",
     "1"},
    /* orders: 3 to 25 each, of every kind */
    {"SELECT min(n)>=3 AND max(n)<=25 AND max(n)>20 FROM (SELECT count(*) n FROM medication_request GROUP BY "
     "patient_id)",
     "1"},
    {"SELECT count(*)>1000 FROM medication_request WHERE as_needed=1 AND max_24h IS NOT NULL", "1"},
    {"SELECT count(*)>100 FROM medication_request WHERE as_needed=1 AND max_24h IS NULL", "1"},
    {"SELECT count(*)>200 FROM medication_request WHERE end_utc>1795395600", "1"},
    {"SELECT count(*) FROM medication_request WHERE end_utc<=start_utc", "0"},
    {"SELECT count(*)>50 FROM medication_request WHERE frequency IN('une fois','eenmalig')", "1"},
    {"SELECT count(*)>100 FROM medication_request WHERE frequency='continu' AND dose_text LIKE '%mL/h%'", "1"},
    {"SELECT count(*)>50 FROM medication_request WHERE times IS NULL AND frequency IS NULL AND as_needed=0", "1"},
    {"SELECT count(*)>20 FROM medication_request WHERE dose IS NULL AND times IS NOT NULL AND dose_text IS NOT NULL",
     "1"},
    {"SELECT count(*)>50 FROM medication_request WHERE medication LIKE 'Insuline%'", "1"},
    {"SELECT count(*)>50 FROM medication_request WHERE medication LIKE 'Rivaroxaban%' OR medication LIKE "
     "'A%nocoumarol%'",
     "1"},
    {"SELECT count(*)>50 FROM medication_request WHERE medication LIKE 'Morphine%' OR medication LIKE 'Morfine%'", "1"},
    {"SELECT count(*) FROM medication_request m JOIN allergy a USING(patient_id) WHERE a.substance LIKE 'P%nicillin%' "
     "AND (m.medication LIKE 'Am%icillin%' OR m.medication LIKE 'C%fazolin%' OR m.medication LIKE 'M%ropenem')",
     "0"},
    {"SELECT count(*) FROM medication_request m JOIN allergy a USING(patient_id) WHERE a.substance='Tramadol' AND "
     "(m.medication LIKE 'Tramadol%' OR m.medication LIKE 'Mor%in%' OR m.medication LIKE '%fentanil%')",
     "0"},
    /* wards write their own language */
    {"SELECT count(*) FROM medication_request WHERE " WARD "='KRZ' AND medication='Paracétamol'", "0"},
    {"SELECT count(*)>5 FROM medication_request WHERE " WARD "='KRZ' AND medication='Paracetamol'", "1"},
};

/* What else is printed of a patient: each kind is there, belongs together, and nothing of it lies in the future. */
static const struct question care[] = {
    {"SELECT count(*)>20 FROM flag WHERE code='40174006' AND status='active'", "1"},
    {"SELECT count(*)>50 FROM flag WHERE code='129839007' AND status='active'", "1"},
    {"SELECT count(*)>20 FROM flag WHERE code='304253006' AND status='active'", "1"},
    {"SELECT count(*)>5 FROM flag WHERE status='inactive'", "1"},
    {"SELECT count(*)>3 FROM observation WHERE code='81351-9'", "1"},
    {"SELECT count(*)>400 FROM device_use u JOIN device d USING(device_id) WHERE u.patient_id=d.patient_id AND "
     "body_site "
     "IS NOT NULL",
     "1"},
    {"SELECT count(*)>10 FROM device WHERE code='14106009' AND identifier IS NOT NULL", "1"},
    {"SELECT count(*)>100 AND min(start_utc)>1795395600 AND max(start_utc)<1795395600+2*86400 FROM appointment WHERE "
     "status='booked'",
     "1"},
    {"SELECT count(*)>5 FROM appointment WHERE status='cancelled'", "1"},
    {"SELECT count(*)>700 FROM coverage c JOIN organization o ON c.payor_ref='Organization/'||o.organization_id", "1"},
    {"SELECT count(*)>700 FROM patient_contact c JOIN practitioner p ON c.actor_ref='Practitioner/'||p.practitioner_id "
     "WHERE kind='gp' AND p.phone IS NOT NULL",
     "1"},
    {"SELECT count(*)>600 FROM patient_contact WHERE kind='contact' AND phone IS NOT NULL", "1"},
    {"SELECT count(*)>100 FROM procedure WHERE status='completed' AND start_utc<1795395600", "1"},
    {"SELECT count(*)>200 FROM service_request WHERE status='active'", "1"},
    {"SELECT count(*)>500 FROM medication_statement", "1"},
    /* everybody who prescribes or attends has a name, of four a ward */
    {"SELECT count(*) FROM practitioner WHERE practitioner_id LIKE 'doctor-%'", "120"},
    {"SELECT count(*) FROM medication_request r LEFT JOIN practitioner p ON "
     "r.prescriber_ref='Practitioner/'||p.practitioner_id WHERE p.name IS NULL",
     "0"},
    {"SELECT count(*) FROM encounter e LEFT JOIN practitioner p ON e.attending_ref='Practitioner/'||p.practitioner_id "
     "WHERE p.name IS NULL",
     "0"},
    /* as needed: a distance, which times the dose is the day's maximum */
    {"SELECT count(*)>1000 FROM medication_request WHERE as_needed AND period_s>=3600 AND max_24h IS NOT NULL", "1"},
    {"SELECT count(*) FROM medication_request WHERE as_needed AND period_s*(0+max_24h)<86400*(0+dose)*0.9", "0"},
    /* last doses: of an order of the same patient, after it began, not in the future, sometimes not given */
    {"SELECT count(*)>3000 FROM medication_administration", "1"},
    {"SELECT count(*) FROM medication_administration a LEFT JOIN medication_request r USING(request_id) WHERE "
     "r.patient_id IS NOT a.patient_id OR a.start_utc<r.start_utc-900 OR a.start_utc>1795395600",
     "0"},
    {"SELECT count(*)>100 FROM medication_administration WHERE status='not-done' AND reason IS NOT NULL", "1"},
    {"SELECT count(*) FROM medication_statement m JOIN allergy a USING(patient_id) WHERE a.substance LIKE 'Tramadol' "
     "AND m.medication LIKE 'Tramadol%'",
     "0"},
};

/* Values stay in what a person of that age can have; everybody inside has a round of the last hours. */
static const struct question plausible[] = {
#define RANGE(code, where, low, high)                                                                                  \
    {                                                                                                                  \
        "SELECT min(0+value)>=" low " AND max(0+value)<=" high " AND count(*)>20 FROM observation JOIN patient "       \
        "USING(patient_id) WHERE code='" code "' AND birth_date" where,                                                \
            "1"                                                                                                        \
    }
    RANGE("8867-4", ">='2026-11-10'", "100", "190"),
    RANGE("8867-4", "<'2000'", "42", "148"),
    RANGE("9279-1", ">='2026-11-10'", "30", "70"),
    RANGE("9279-1", "<'2000'", "8", "34"),
    RANGE("8480-6", ">='2026-11-10'", "48", "90"),
    RANGE("8480-6", "<'2000'", "84", "190"),
    RANGE("59408-5", ">'1900'", "85", "100"),
    RANGE("8310-5", ">'1900'", "34.8", "40.2"),
    RANGE("29463-7", ">='2026-11-10'", "0.9", "4.2"),
    RANGE("29463-7", "<'2000'", "44", "118"),
    RANGE("718-7", "<'2000'", "8.2", "15.6"),
    RANGE("2823-3", "<'2000'", "3.3", "5.1"),
    {"SELECT count(*) FROM observation s JOIN observation d ON d.observation_id=replace(s.observation_id,'8480-6',"
     "'8462-4') WHERE s.code='8480-6' AND 0+d.value>=0+s.value",
     "0"},
    {"SELECT count(*) FROM observation JOIN patient USING(patient_id) WHERE code='72514-3' AND "
     "birth_date>='2026-11-10'",
     "0"},
    {"SELECT count(*) " INSIDE " AND NOT EXISTS(SELECT 1 FROM observation o WHERE o.patient_id=e.patient_id AND "
     "o.code='9279-1' AND o.effective_utc BETWEEN 1795395600-6*3600 AND 1795395600)",
     "0"},
    {"SELECT count(*) FROM observation WHERE effective_utc>1795395600", "0"},
    {"SELECT count(*) FROM observation o JOIN encounter e USING(encounter_id) WHERE o.effective_utc<e.start_utc", "0"},
};

/* The whole hospital goes through the import without a refusal and holds all its wards, cases and orders. */
static void test_hospital(void **state)
{
    struct recordbox b;
    char digest[65];
    (void)state;
    invent(&b, 1, BOX_NOW, 900, digest);
    ask(&b, cases, sizeof cases / sizeof *cases);
    ask(&b, special, sizeof special / sizeof *special);
    ask(&b, care, sizeof care / sizeof *care);
    ask(&b, plausible, sizeof plausible / sizeof *plausible);
    recordbox_close(&b);
}

/* FNV-1a over all resources; how many characters no face of ours can print. */
struct text_sum {
    uint64_t hash;
    int resources, unprintable;
};

static enum repli_status sum(void *user, const char *resource, struct repli_err *err)
{
    struct text_sum *t = user;
    (void)err;
    t->resources++;
    for (const unsigned char *s = (const unsigned char *)resource; *s; s++) {
        t->hash = (t->hash ^ *s) * 1099511628211u;
        uint32_t u = *s;
        if (*s >= 0xE0)
            u = (uint32_t)(*s & 15) << 12 | (uint32_t)(s[1] & 63) << 6 | (s[2] & 63);
        else if (*s >= 0xC0)
            u = (uint32_t)(*s & 31) << 6 | (s[1] & 63);
        if ((*s < 0x80 || *s >= 0xC0) &&
            (!repli_font_has(REPLI_FACE_REGULAR, u) || !repli_font_has(REPLI_FACE_BOLD, u)))
            t->unprintable++;
    }
    return REPLI_OK;
}

static struct text_sum told(uint64_t seed, int beds)
{
    const struct repli_invent_plan plan = {seed, BOX_NOW, beds};
    struct text_sum t = {.hash = 14695981039346656037u};
    struct repli_err err = {0};
    assert_int_equal(repli_invent_hospital(&plan, sum, &t, &err), REPLI_OK);
    return t;
}

/* Equal plans, equal bytes; other seeds, other bytes; all that they say can be printed; odd sizes add up too. */
static void test_stream(void **state)
{
    (void)state;
    struct text_sum first = told(1, 120), again = told(1, 120), other = told(2, 900);
    assert_true(first.hash == again.hash && first.resources == again.resources);
    assert_true(first.hash != other.hash);
    assert_int_equal(first.unprintable + other.unprintable, 0);
    for (int beds = REPLI_INVENT_WARD_MAX + 1; beds <= REPLI_INVENT_BEDS_MAX; beds += 1201)
        assert_int_equal(told(3, beds).unprintable, 0);
    assert_int_equal(told(3, REPLI_INVENT_BEDS_MAX).unprintable, 0);
}

/* Wards are counted by beds, and each says its language. */
static void test_wards(void **state)
{
    const struct repli_invent_plan one = {1, BOX_NOW, 60}, two = {1, BOX_NOW, 61}, all = {1, BOX_NOW, 900};
    const char *lang = NULL;
    int dutch = 0;
    (void)state;
    assert_string_equal(repli_invent_ward(&one, 0, &lang), "3B");
    assert_string_equal(lang, "fr");
    assert_null(repli_invent_ward(&one, 1, &lang));
    assert_non_null(repli_invent_ward(&two, 1, &lang));
    for (size_t i = 0; i < 30; i++) {
        assert_non_null(repli_invent_ward(&all, i, &lang));
        dutch += strcmp(lang, "nl") == 0;
    }
    assert_null(repli_invent_ward(&all, 30, &lang));
    assert_int_equal(dutch, 11);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_plan_same_ward),
                                       cmocka_unit_test(test_every_case),
                                       cmocka_unit_test(test_hospital),
                                       cmocka_unit_test(test_stream),
                                       cmocka_unit_test(test_wards),
                                       cmocka_unit_test(test_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
