/* What belongs to the house: its settings and telephone numbers from site.yaml to paper, who stands on which list, and
** rows that are only for one setting or one age. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/site_internal.h"
#include "form/form_internal.h"
#include "form/sample.h"
#include "repli/snapshot.h"
#include "support/recordbox.h"

/* ---- site.yaml */

#define HEAD                                                                                                           \
    "hospital: H\ntimezone: Europe/Brussels\nlanguage: fr\nstation:\n  number: 0\n  name: centre\n  machine: "         \
    "0123456789abcdef0123456789abcdef\n"

static enum repli_status parse(const char *more, struct repli_site *site, struct repli_err *err)
{
    char text[2000];
    snprintf(text, sizeof text, "%s%s", HEAD, more);
    return repli_site_parse("site.yaml", text, strlen(text), site, err);
}

static void drop(struct repli_site *site)
{
    repli_zone_close(site->zone);
    repli_arena_done(&site->arena);
}

/* Without a word the scale is Manchester's and no number is known; with them they are taken; what is half said is
** refused with its line. */
static void test_site_yaml(void **state)
{
    static const struct {
        const char *more, *why;
    } bad[] = {
        {"triage: manchester\n", "site.yaml:8: 'triage' must be one of: mts, esi, french"},
        {"directory:\n  numbers:\n    - {name: A, number: \"1\"}\n", "'reviewed' is missing"},
        {"directory:\n  reviewed: 2026-13-01\n", "site.yaml:9: 'reviewed' is the day"},
        {"directory:\n  reviewed: 2026-11\n", "'reviewed' is the day"},
        {"directory:\n  reviewed: 2026-11-02\n  numbers:\n    - {name: A}\n", "site.yaml:11: a line of the directory"},
        {"directory:\n  reviewed: 2026-11-02\n  numbers: 12\n", "'numbers' must be a list"},
        {"directory:\n  number: 12\n", "unknown key 'number'"},
    };
    struct repli_site plain = {0}, set = {0};
    struct repli_err err = {0};
    (void)state;
    assert_int_equal(parse("", &plain, &err), REPLI_OK);
    assert_int_equal(plain.nsettings, 1);
    assert_string_equal(plain.settings[0].value, "mts");
    assert_int_equal(plain.nphones, 0);
    drop(&plain);
    assert_int_equal(parse("triage: french\ndirectory:\n  reviewed: 2026-11-02\n  numbers:\n    - {name: Crisis cell, "
                           "number: \"0470 1\", note: room 14}\n    - {name: Lab, number: \"2\"}\n",
                           &set, &err),
                     REPLI_OK);
    assert_string_equal(set.settings[0].value, "french");
    assert_int_equal(set.nphones, 2);
    assert_string_equal(set.phones[0].note, "room 14");
    assert_null(set.phones[1].note);
    assert_string_equal(set.phones_reviewed, "2026-11-02");
    drop(&set);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct repli_site site = {0};
        struct repli_err why = {0};
        assert_int_equal(parse(bad[i].more, &site, &why), REPLI_DATA);
        if (!strstr(why.text, bad[i].why))
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, why.text, bad[i].why);
        drop(&site);
    }
}

/* ---- the snapshot */

static const char *const people[] = {
    "{'resourceType':'Location','id':'w1','name':'3B Chirurgie','physicalType':{'coding':[{'code':'wa'}]}}",
    "{'resourceType':'Location','id':'w2','name':'4A','physicalType':{'coding':[{'code':'wa'}]}}",
    "{'resourceType':'Patient','id':'a','identifier':[{'system':'urn:x','value':'1'}],'name':[{'family':'Zola'}]}",
    "{'resourceType':'Patient','id':'b','identifier':[{'system':'urn:x','value':'2'}],'name':[{'family':"
    "'\xC5\x81ukasz'}],'contact':[{'relationship':[{'text':'fils'}],'name':{'text':'Jan'},'telecom':[{'system':'phone',"
    "'value':'02 2'}]}]}",
    "{'resourceType':'Patient','id':'c','identifier':[{'system':'urn:x','value':'3'}],'name':[{'family':'Adam'}],"
    "'telecom':[{'system':'phone','value':'02 3'}],'contact':[{'name':{'text':'Eva'},'telecom':[{'system':'phone',"
    "'value':'02 4'}]}]}",
    "{'resourceType':'Patient','id':'d','identifier':[{'system':'urn:x','value':'4'}],'name':[{'family':'Quidam'}],"
    "'deceasedBoolean':true,'telecom':[{'system':'phone','value':'02 5'}]}",
    "{'resourceType':'Patient','id':'f','identifier':[{'system':'urn:x','value':'5'}],'name':[{'family':'Nul'}]}",
    "{'resourceType':'Encounter','id':'ea','status':'in-progress','subject':{'reference':'Patient/a'},'location':[{"
    "'location':{'reference':'Location/w1'}}]}",
    "{'resourceType':'Encounter','id':'eb','status':'in-progress','subject':{'reference':'Patient/b'},'location':[{"
    "'location':{'reference':'Location/w2'}}]}",
};

static void call(struct recordbox *b, const char *id, const char *who, const char *status, const char *start)
{
    char line[400];
    snprintf(line, sizeof line,
             "{'resourceType':'Appointment','id':'%s','status':'%s','description':'D','start':'%s','participant':[{"
             "'actor':{'reference':'Patient/%s'},'status':'accepted'}]}",
             id, status, start, who);
    recordbox_take_one(b, line);
    assert_string_equal(b->said, "");
}

/* Rows of a dataset as "x/y, x/y". */
static const char *rows_of(struct repli_snapshot *snap, const char *set, const char *patient, const char *ward,
                           const char *columns, struct repli_arena *a)
{
    const char *const names[] = {set, NULL};
    struct repli_datasets sets = {0};
    struct repli_err err = {0};
    struct repli_buf out = {0};
    char list[100];
    repli_buf_puts(&out, "");
    if (repli_snapshot_datasets(snap, names, patient, ward, a, &sets, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < sets.sets[0].nrows; i++) {
        snprintf(list, sizeof list, "%s", columns);
        for (char *save = NULL, *c = strtok_r(list, " ", &save); c; c = strtok_r(NULL, " ", &save)) {
            const char *cell = repli_dataset_cell(&sets.sets[0], i, c);
            repli_buf_printf(&out, "%s%s", c != list ? "/" : i ? ", " : "", cell ? cell : "-");
        }
    }
    const char *text = repli_arena_strndup(a, out.data, out.len);
    repli_buf_done(&out);
    return text;
}

static struct repli_snapshot *take(struct recordbox *b)
{
    static const struct repli_setting settings[] = {{"triage", "esi"}};
    static const struct repli_site_phone phones[] = {{"Crisis cell", "0470 1", NULL}, {"Lab", "2", "urgent"}};
    const struct repli_snapshot_origin origin = {.taken_utc = BOX_NOW,
                                                 .timezone = "Europe/Brussels",
                                                 .hospital = "Test",
                                                 .site_tag = 1,
                                                 .settings = settings,
                                                 .nsettings = 1,
                                                 .phones = phones,
                                                 .nphones = 2,
                                                 .phones_reviewed = "2026-11-02"};
    struct repli_snapshot *snap = NULL;
    struct repli_err err = {0};
    char path[440];
    snprintf(path, sizeof path, "%s/x.snapshot", b->dir);
    unlink(path);
    if (repli_snapshot_build(b->record, &origin, path, &err) != REPLI_OK ||
        repli_snapshot_open(path, &snap, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return snap;
}

static struct recordbox *house(void)
{
    struct recordbox *b = calloc(1, sizeof *b);
    recordbox_open(b);
    recordbox_take(b, people, sizeof people / sizeof *people);
    assert_string_equal(b->said, "");
    return b;
}

static void close_house(struct recordbox *b, struct repli_snapshot *snap, struct repli_arena *a)
{
    repli_snapshot_close(snap);
    repli_arena_done(a);
    recordbox_close(b);
    free(b);
}

/* What the site set travels in the snapshot, and every sheet sees it: a patient's, a ward's, the house's. */
static void test_travels(void **state)
{
    struct repli_arena a = {0};
    struct recordbox *b = house();
    struct repli_snapshot *snap = take(b);
    static const char *const of[][2] = {{"a", NULL}, {NULL, "3B-CHIRURGIE"}, {NULL, NULL}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(rows_of(snap, "settings", of[i][0], of[i][1], "key value", &a),
                            "triage/esi, directory_reviewed/2026-11-02");
        assert_string_equal(rows_of(snap, "directory", of[i][0], of[i][1], "name number note", &a),
                            "Crisis cell/0470 1/-, Lab/2/urgent");
        assert_string_equal(rows_of(snap, "site", of[i][0], of[i][1], "hospital reviewed", &a), "Test/2026-11-02");
    }
    /* and what is a ward's or a patient's stays so */
    assert_string_equal(rows_of(snap, "ward", NULL, "4A", "ward", &a), "4A");
    assert_string_equal(rows_of(snap, "patient", "a", NULL, "identifier", &a), "1");
    close_house(b, snap, &a);
}

/* The switchboard's list: A to Z whatever the accents, and without who asked for secrecy. */
static void test_switchboard(void **state)
{
    struct repli_arena a = {0};
    struct recordbox *b = house();
    (void)state;
    recordbox_take_one(b, "{'resourceType':'Encounter','id':'ec','status':'in-progress','subject':{'reference':"
                          "'Patient/c'},'location':[{'location':{'reference':'Location/w2'}}]}");
    struct repli_snapshot *snap = take(b);
    assert_string_equal(rows_of(snap, "inpatients", NULL, NULL, "family ward", &a),
                        "Adam/4A, \xC5\x81ukasz/4A, Zola/3B-CHIRURGIE");
    repli_snapshot_close(snap);
    recordbox_take_one(b,
                       "{'resourceType':'Flag','id':'f','status':'active','subject':{'reference':'Patient/c'},'code':{"
                       "'coding':[{'system':'http://terminology.hl7.org/CodeSystem/v3-Confidentiality','code':'R'}],"
                       "'text':'secret'}}");
    recordbox_take_one(b,
                       "{'resourceType':'Flag','id':'g','status':'active','subject':{'reference':'Patient/a'},'code':{"
                       "'coding':[{'system':'http://terminology.hl7.org/CodeSystem/v3-Confidentiality','code':'N'}],"
                       "'text':'normal'}}");
    snap = take(b);
    assert_string_equal(rows_of(snap, "inpatients", NULL, NULL, "family", &a), "\xC5\x81ukasz, Zola");
    close_house(b, snap, &a);
}

/* Whom to ring: who lies here is told on the ward; the own number before a relative's; nobody rings for the dead, for
** what was cancelled, or for next week. */
static void test_calls(void **state)
{
    struct repli_arena a = {0};
    struct recordbox *b = house();
    (void)state;
    call(b, "x1", "a", "booked", "2026-11-23T10:00:00Z");
    call(b, "x2", "c", "booked", "2026-11-23T09:00:00Z");
    call(b, "x3", "d", "booked", "2026-11-23T09:00:00Z");
    call(b, "x4", "f", "pending", "2026-11-24T09:00:00Z");
    call(b, "x5", "f", "cancelled", "2026-11-24T09:00:00Z");
    call(b, "x6", "f", "booked", "2026-11-30T09:00:00Z");
    recordbox_take_one(b,
                       "{'resourceType':'Encounter','id':'eb','status':'finished','subject':{'reference':'Patient/b'}"
                       ",'period':{'end':'2026-11-22T09:00:00Z'}}");
    call(b, "x7", "b", "booked", "2026-11-24T10:00:00Z");
    struct repli_snapshot *snap = take(b);
    assert_string_equal(rows_of(snap, "calls", NULL, NULL, "family phone phone_of reach", &a),
                        "Adam/02 3/-/-, Zola/-/-/inpatient, Nul/-/-/none, \xC5\x81ukasz/02 2/fils Jan/-");
    close_house(b, snap, &a);
}

/* ---- rows that are only for some */

static struct repli_layout lay_out(struct repli_form *form, const char *setting, enum repli_age_band age,
                                   struct repli_arena *a)
{
    struct repli_zone *zone = NULL;
    struct repli_err err = {0};
    struct repli_layout layout = {0};
    assert_int_equal(repli_zone_open("Europe/Brussels", &zone, &err), REPLI_OK);
    struct repli_layout_in in = {.form = form,
                                 .data = repli_sample_at(SAMPLE_USUAL, setting, a),
                                 .zone = zone,
                                 .window_utc = 1795395600,
                                 .window_hours = 24,
                                 .age_band = (int)age};
    if (repli_layout_make(&in, a, &layout, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    repli_zone_close(zone);
    return layout;
}

static const struct repli_field *field(const struct repli_layout *layout, const char *id)
{
    for (size_t s = 0; s < layout->nsides; s++)
        for (size_t i = 0; i < layout->sides[s].map.nfields; i++)
            if (strcmp(layout->sides[s].map.fields[i].id, id) == 0)
                return &layout->sides[s].map.fields[i];
    return NULL;
}

/* The triage scale is the site's, Manchester's where the snapshot says nothing; children get no adult's bands. */
static void test_only(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_form *form = NULL;
    (void)state;
    assert_int_equal(repli_form_open(NULL, "triage", "en", &form, &err), REPLI_OK);
    static const struct {
        const char *setting, *there, *gone, *code;
    } scales[] = {{NULL, "level.l5", "level.l3a", "triage-mts"},
                  {"mts", "level.l5", "level.a_yes", "triage-mts"},
                  {"esi", "level.a_yes", "level.l3b", "triage-esi"},
                  {"french", "level.l3b", "level.l3", "triage-french"}};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        struct repli_layout layout = lay_out(form, scales[i].setting, REPLI_AGE_ADULT, &a);
        assert_non_null(field(&layout, scales[i].there));
        assert_null(field(&layout, scales[i].gone));
        const struct repli_field *first = field(&layout, "level.l1");
        assert_string_equal(first->capture, "observation");
        assert_string_equal(first->role, "value_1");
        const struct repli_page_map *map = &layout.sides[0].map;
        size_t c = 0;
        while (c < map->ncaptures && strcmp(map->captures[c].id, "level") != 0)
            c++;
        assert_true(c < map->ncaptures);
        assert_non_null(strstr(map->captures[c].key, scales[i].code));
    }
    static const enum repli_age_band ages[] = {REPLI_AGE_UNKNOWN, REPLI_AGE_NEWBORN, REPLI_AGE_INFANT, REPLI_AGE_CHILD,
                                               REPLI_AGE_ADULT};
    for (size_t i = 0; i < 5; i++) {
        struct repli_layout layout = lay_out(form, NULL, ages[i], &a);
        bool adult = i == 0 || i == 4;
        assert_int_equal(field(&layout, "col1.rr")->kind, adult ? REPLI_FIELD_BAND : REPLI_FIELD_DIGITS);
        assert_int_equal(field(&layout, "col1.refill") == NULL, adult);
    }
    repli_form_close(form);
    repli_arena_done(&a);
}

/* A row of the rollup knows its ward, and what is keyed from it says which and when. */
static void test_rollup(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_form *form = NULL;
    (void)state;
    assert_int_equal(repli_form_open(NULL, "rollup", "en", &form, &err), REPLI_OK);
    struct repli_layout layout = lay_out(form, NULL, REPLI_AGE_UNKNOWN, &a);
    const struct repli_field *f = field(&layout, "ward2.dirty15");
    assert_non_null(f);
    assert_string_equal(f->label, "3B: 15 h, dirty");
    assert_string_equal(f->capture, "document");
    assert_non_null(strstr(field(&layout, "ward2.clean07")->key, "\"ward\":\"3B\""));
    assert_null(layout.sides[0].map.ward);
    assert_null(layout.sides[0].map.patient);
    repli_form_close(form);
    repli_arena_done(&a);
}

/* Of the appointments those of today, from now on, and of tomorrow; each day under its date. */
static void test_days(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_zone *zone = NULL;
    struct repli_form *form = NULL;
    static const char *const starts[] = {"1795420800" /* 23rd 09:00 */, "1795433000", "1795474799" /* 23:59:59 */,
                                         "1795474800" /* 24th 00:00 */, "1795561199", "1795561200" /* 25th */};
    (void)state;
    assert_int_equal(repli_form_open(NULL, "appointments", "en", &form, &err), REPLI_OK);
    assert_int_equal(repli_zone_open("Europe/Brussels", &zone, &err), REPLI_OK);
    struct repli_datasets *data = repli_sample(SAMPLE_USUAL, &a);
    struct repli_dataset *calls = NULL;
    for (size_t i = 0; i < data->count; i++)
        calls = strcmp(data->sets[i].name, "calls") == 0 ? &data->sets[i] : calls;
    assert_non_null(calls);
    if (!calls)
        return;
    calls->nrows = 6;
    for (size_t r = 0; r < 6; r++)
        for (size_t c = 0; c < calls->ncolumns; c++)
            if (strcmp(calls->columns[c], "start_utc") == 0)
                calls->cells[r * calls->ncolumns + c] = starts[r];
    struct repli_layout layout;
    struct repli_layout_in in = {
        .form = form, .data = data, .zone = zone, .window_utc = 1795424400 /* 10:00 */, .window_hours = 48};
    assert_int_equal(repli_layout_make(&in, &a, &layout, &err), REPLI_OK);
    static const bool shown[] = {false, true, true, true, true, false};
    for (size_t r = 0; r < 6; r++) {
        char id[32];
        snprintf(id, sizeof id, "call%zu.reached", r + 1);
        if ((field(&layout, id) != NULL) != shown[r])
            fail_msg("appointment %zu is %s", r + 1, shown[r] ? "missing" : "there");
    }
    repli_form_close(form);
    repli_zone_close(zone);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_site_yaml), cmocka_unit_test(test_travels), cmocka_unit_test(test_switchboard),
        cmocka_unit_test(test_calls),     cmocka_unit_test(test_only),    cmocka_unit_test(test_rollup),
        cmocka_unit_test(test_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
