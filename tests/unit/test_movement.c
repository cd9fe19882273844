/* What a filled census becomes in the record: who was seen, who went where, and what people must decide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/outage.h"
#include "support/ward.h"

#define AT      1795419000LL /* 08:30 in Brussels, half an hour into the window */
#define MOVED   "SELECT count(*) FROM movement WHERE event='%s'"
#define MAX_INK 16

/* An ordinary morning: two are there, one lies in another bed now. */
static const struct ward_ink morning[] = {
    {0, "bed1.present", "ticked"}, {0, "bed2.present", "ticked"}, {0, "bed3.moved", "ticked"}, {0, "bed3.to", "302/2"},
    {0, "count.heads", "02"},      {0, "count.at", "0830"},       {0, "count.by", "ink"},      {0, NULL, NULL}};

static int64_t events(struct ward *w, const char *event)
{
    char sql[80];
    snprintf(sql, sizeof sql, MOVED, event);
    return ward_count(w, true, sql);
}

static void make(struct ward *w, const struct ward_ink *ink, size_t nsheets)
{
    ward_make_census(w, "census", nsheets, ink);
    ward_open(w);
}

/* Every tick becomes a row with the head count's time; who moved lies in the new bed and in no other; merged again
** nothing changes; undone, everybody is where they were. */
static void a_morning_once(void **state)
{
    (void)state;
    struct ward w;
    char before[65], after[65];
    make(&w, morning, 1);
    ward_patient_digest(&w, before);
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(events(&w, "present"), 2);
    assert_int_equal(events(&w, "moved"), 1);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM movement WHERE event_utc=1795419000 AND from_paper=1"),
                     4);
    assert_int_equal(ward_count(&w, true,
                                "SELECT count(*) FROM movement WHERE event='moved' AND patient_id='pat-2' AND "
                                "encounter_id='enc-2' AND ward='3B' AND bed='302-1' AND bed_id='b-302-1' AND "
                                "to_location='b-302-2' AND to_text='302 2' AND length(image_sha256)=32"),
                     1);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM movement WHERE event='counted' AND heads='2'"), 1);
    assert_int_equal(ward_count(&w, true,
                                "SELECT count(*) FROM encounter_location WHERE encounter_id='enc-2' AND "
                                "location_id='b-302-1' AND end_utc=1795419000 AND row_version=2"),
                     1);
    assert_int_equal(ward_count(&w, true,
                                "SELECT count(*) FROM encounter_location WHERE encounter_id='enc-2' AND seq=2 AND "
                                "location_id='b-302-2' AND start_utc=1795419000 AND end_utc IS NULL"),
                     1);
    assert_int_equal(
        ward_count(&w, true, "SELECT count(*) FROM encounter WHERE status='in-progress' AND end_utc IS NULL"),
        WARD_CENSUS_PATIENTS);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 1);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM movement"), 4);
    assert_int_equal(repli_merge_undo(w.site, w.ledger, w.record, "M0-1", "cy", "wrong ward", &w.err), REPLI_OK);
    ward_patient_digest(&w, after);
    assert_string_equal(before, after);
    ward_drop(&w);
}

/* Who left lies in no bed of the ward; the stay goes on. */
static void left_ends_a_place_not_a_stay(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "bed1.left", "ticked"}, {0, "count.at", "0830"}, {0, NULL, NULL}};
    struct ward w;
    make(&w, ink, 1);
    /* Two more open places: his room in this ward, and a bed that 4A keeps for him: that is not this ward's to end. */
    ward_exec(&w, true,
              "INSERT INTO encounter_location(encounter_id, seq, location_id, start_utc) "
              "VALUES('enc-0',2,'r-301',1795337200),"
              "('enc-0',3,'b-401-2',1795330000)");
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(events(&w, "left"), 1);
    assert_int_equal(
        ward_count(&w, true,
                   "SELECT count(*) FROM encounter_location WHERE encounter_id='enc-0' AND end_utc=1795419000"),
        2);
    assert_int_equal(ward_count(&w, true,
                                "SELECT count(*) FROM encounter_location WHERE end_utc IS NOT NULL OR "
                                "(encounter_id='enc-0' AND seq=3 AND end_utc IS NOT NULL)"),
                     2);
    assert_int_equal(
        ward_count(
            &w, true,
            "SELECT count(*) FROM encounter WHERE encounter_id='enc-0' AND status='in-progress' AND row_version=1"),
        1);
    ward_drop(&w);
}

/* ---- the record says something else */
struct clash {
    const char *sql;       /* what happened in the record since printing; NULL: nothing */
    const char *mark, *to; /* ticked on line 1 (pat-0 in 301-1), or "bedN.x"; place written */
    const char *why;       /* held as; NULL: not held */
    const char *capture;
    bool paper;        /* a person may decide for paper */
    const char *event; /* not held: row written; NULL: noted alone */
};
#define ELSEWHERE(bed, from)                                                                                           \
    "UPDATE encounter_location SET end_utc=" from ", row_version=2 WHERE encounter_id='enc-0';"                        \
    "INSERT INTO encounter_location(encounter_id, seq, location_id, start_utc) VALUES('enc-0',2,'" bed "'," from ")"

static const struct clash clashes[] = {
    {NULL, "bed1.present", NULL, NULL, "bed1", false, "present"},
    /* moved before the heads were counted; and after: what was true then is no contradiction */
    {ELSEWHERE("b-401-2", "1795418000"), "bed1.present", NULL, "moved-since", "bed1", true, NULL},
    {ELSEWHERE("b-401-2", "1795420000"), "bed1.present", NULL, NULL, "bed1", false, "present"},
    {ELSEWHERE("b-401-2", "1795420000"), "bed1.moved", "302-2", "moved-since", "bed1", true, NULL},
    {ELSEWHERE("b-401-2", "1795420000"), "bed1.moved", "4A 401-2", NULL, "bed1", false, NULL},
    {ELSEWHERE("b-401-2", "1795420000"), "bed1.moved", "4a", NULL, "bed1", false, NULL},
    {ELSEWHERE("b-302-2", "1795420000"), "bed1.left", NULL, "moved-since", "bed1", true, NULL},
    {ELSEWHERE("b-401-2", "1795420000"), "bed1.left", NULL, NULL, "bed1", false, NULL},
    {"UPDATE encounter SET status='finished', end_utc=1795418000, row_version=2 WHERE encounter_id='enc-0'",
     "bed1.present", NULL, "patient-discharged", "bed1", false, NULL},
    {"UPDATE encounter SET status='finished', end_utc=1795420000, row_version=2 WHERE encounter_id='enc-0'",
     "bed1.present", NULL, NULL, "bed1", false, "present"},
    {"UPDATE encounter SET status='finished', end_utc=1795420000, row_version=2 WHERE encounter_id='enc-0'",
     "bed1.moved", "302-2", "patient-discharged", "bed1", false, NULL},
    {"UPDATE encounter SET status='finished', end_utc=1795420000, row_version=2 WHERE encounter_id='enc-0'",
     "bed1.left", NULL, NULL, "bed1", false, NULL},
    {"UPDATE patient SET deceased=1, deceased_utc=1795418000, row_version=2 WHERE patient_id='pat-0'", "bed1.present",
     NULL, "patient-deceased", "bed1", false, NULL},
    {"UPDATE patient SET deceased=1, deceased_utc=1795420000, row_version=2 WHERE patient_id='pat-0'", "bed1.present",
     NULL, NULL, "bed1", false, "present"},
    {"UPDATE patient SET replaced_by='pat-1', row_version=2 WHERE patient_id='pat-0'", "bed1.present", NULL,
     "patient-merged", "bed1", true, NULL},
    {"UPDATE patient SET family='MARTIN', row_version=2 WHERE patient_id='pat-0'", "bed1.present", NULL,
     "identity-changed", "bed1", true, NULL},
    {"UPDATE encounter SET patient_id='pat-1', row_version=2 WHERE encounter_id='enc-0'", "bed1.present", NULL,
     "identity-mismatch", "bed1", false, NULL},
    /* the stay stands in a file that was joined to the patient's: it is the patient's */
    {"INSERT INTO patient(patient_id, identifier_system, identifier_value, subject_hash, replaced_by, source_hash) "
     "VALUES('pat-old','s','old',x'0000000000000009','pat-0',x'00');"
     "UPDATE encounter SET patient_id='pat-old', row_version=2 WHERE encounter_id='enc-0'",
     "bed1.present", NULL, NULL, "bed1", false, "present"},
    {NULL, "bed1.moved", "999", "place-unknown", "bed1", false, NULL},
    {NULL, "bed1.moved", "301-2", "bed-taken", "bed1", true, NULL},
    {"UPDATE encounter_location SET end_utc=1795418000, row_version=2 WHERE encounter_id='enc-1'", "bed1.moved",
     "301-2", NULL, "bed1", false, "moved"},
    /* gone and back in the same bed since: what was written before that is old */
    {"UPDATE encounter_location SET end_utc=1795420000, row_version=2 WHERE encounter_id='enc-0';"
     "INSERT INTO encounter_location(encounter_id, seq, location_id, start_utc) VALUES('enc-0',2,'b-301-1',1795421000)",
     "bed1.moved", "302-2", "moved-since", "bed1", true, NULL},
    {"UPDATE encounter_location SET end_utc=1795420000, row_version=2 WHERE encounter_id='enc-0';"
     "INSERT INTO encounter_location(encounter_id, seq, location_id, start_utc) VALUES('enc-0',2,'b-301-1',1795421000)",
     "bed1.left", NULL, "moved-since", "bed1", true, NULL},
    {NULL, "bed1.moved", "3B", NULL, "bed1", false, "moved"},
    {NULL, "bed1.moved", "3B Chirurgie", NULL, "bed1", false, "moved"},
    {NULL, "bed1.moved", NULL, "no-place", "bed1", false, NULL},
    {NULL, "bed1.to", "302-2", "place-alone", "bed1", false, NULL},
    {NULL, "bed1.empty", NULL, "patient-missing", "bed1", true, NULL},
    {NULL, "bed4.empty", NULL, NULL, "bed4", false, "empty"},
    {ELSEWHERE("b-302-2", "1795418000"), "bed4.empty", NULL, "bed-taken", "bed4", true, NULL},
    {NULL, "bed4.present", NULL, "unidentified", "bed4", false, NULL},
    {NULL, "bed4.left", NULL, "unidentified", "bed4", false, NULL},
    {NULL, "log1.admitted", NULL, "unidentified", "log1", false, NULL},
    /* another bed got the number of one that exists: two places of one name are none */
    {"INSERT INTO location(location_id, kind, name, code, part_of, source_hash) "
     "VALUES('b-twin','bed','302-2','x9','r-302',x'00')",
     "bed1.moved", "302-2", "place-unknown", "bed1", false, NULL},
};

static void run_statements(struct ward *w, const char *sql)
{
    char *all = strdup(sql), *rest = NULL;
    for (char *one = strtok_r(all, ";", &rest); one; one = strtok_r(NULL, ";", &rest))
        ward_exec(w, true, one);
    free(all);
}

static void check_clash(const struct clash *c)
{
    const struct ward_ink ink[] = {{0, c->mark, strstr(c->mark, ".to") ? c->to : "ticked"},
                                   {0, "count.at", "0830"},
                                   {0, "bed1.to", strstr(c->mark, ".to") ? NULL : c->to},
                                   {0, NULL, NULL}};
    struct ward w;
    struct repli_arena a = {0};
    char before[65], after[65];
    make(&w, ink, 1);
    if (c->sql)
        run_statements(&w, c->sql);
    ward_key_all(&w);
    ward_patient_digest(&w, before);
    enum repli_status s = ward_merge(&w, false, NULL);
    const char *held =
        repli_arena_strdup(&a, ward_text(&w, false, "SELECT group_concat(capture||' '||kind) FROM hold", &a));
    const char *want = c->why ? repli_arena_printf(&a, "%s %s", c->capture, c->why) : "";
    if (strcmp(held ? held : "", want) != 0 || s != (c->why ? REPLI_WAITS : REPLI_OK))
        fail_msg("%s after %s: held '%s', expected '%s'", c->mark, c->sql ? c->sql : "nothing", held ? held : "", want);
    ward_patient_digest(&w, after);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM movement"), c->event ? 1 : 0);
    if (c->event)
        assert_int_equal(events(&w, c->event), 1);
    else
        assert_string_equal(before, after);
    if (!c->why && !c->event) /* noted */
        assert_int_equal(
            ward_count(&w, true, "SELECT count(*) FROM paper_entry WHERE effect='already-there' AND decided IS NULL") >
                0,
            1);
    char name[16];
    ward_sheet_name(0, name);
    if (c->why && strcmp(c->why, "no-place") != 0 && strcmp(c->why, "place-alone") != 0) {
        struct repli_err err = {0};
        const char *places = "SELECT group_concat(encounter_id||seq||coalesce(end_utc, '')) FROM encounter_location";
        char *stood = ward_text(&w, true, places, &a);
        s = repli_review_decide(w.site, w.ledger, name, c->capture, "paper", "di", &err);
        assert_int_equal(s, c->paper ? REPLI_OK : REPLI_DATA);
        if (!c->paper)
            assert_int_equal(repli_review_decide(w.site, w.ledger, name, c->capture, "note", "di", &err), REPLI_OK);
        assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
        assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM movement"), c->paper ? 1 : 0);
        if (strcmp(c->why, "patient-missing") != 0) /* what the record was told later stays */
            assert_string_equal(ward_text(&w, true, places, &a), stood);
        assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM sheet WHERE state='merged'"), 1);
    }
    repli_arena_done(&a);
    ward_drop(&w);
}

/* Each contradiction is held by its name, writes nothing until a person decides, and then what was decided; what is
** none merges, or is noted. */
static void contradictions_have_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof clashes / sizeof *clashes; i++)
        check_clash(&clashes[i]);
}

/* Two who changed beds: each bed is free because the other one left it. */
static void beds_are_changed(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "bed1.moved", "ticked"}, {0, "bed1.to", "301-2"},
                                          {0, "bed2.moved", "ticked"}, {0, "bed2.to", "301-1"},
                                          {0, "count.at", "0830"},     {0, NULL, NULL}};
    struct ward w;
    make(&w, ink, 1);
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true,
                                "SELECT count(*) FROM encounter_location WHERE end_utc IS NULL AND "
                                "((encounter_id='enc-0' AND location_id='b-301-2') OR "
                                "(encounter_id='enc-1' AND location_id='b-301-1'))"),
                     2);
    ward_drop(&w);
}

/* The row shows the image in which something is to be seen of it, not the sheet's first one. */
static void a_row_names_its_image(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {
        {0, "bed1.present", "ticked"}, {0, "bed2.present", "ticked"}, {0, "count.at", "0830"}, {0, NULL, NULL}};
    struct ward w;
    make(&w, ink, 2);
    ward_exec(&w, false,
              "UPDATE reading SET scan_id=2 WHERE field='bed1.present' AND "
              "serial=(SELECT serial FROM scan WHERE scan_id=1)");
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, "SELECT hex(image_sha256) LIKE '02%' FROM movement WHERE patient_id='pat-0'"),
                     1);
    assert_int_equal(ward_count(&w, true, "SELECT hex(image_sha256) LIKE '01%' FROM movement WHERE patient_id='pat-1'"),
                     1);
    /* Its box is the line's: the head count's time, left of it, is all lines' and in none. */
    assert_int_equal(ward_count(&w, true, "SELECT box_um LIKE '95000,50000,%' FROM movement WHERE patient_id='pat-0'"),
                     1);
    ward_drop(&w);
}

static void keep_json(void *user, const char *json)
{
    repli_buf_puts(user, json);
}

/* Whom nothing names is in the list of what waits, with the picture of the name or label that was written. */
static void the_unnamed_are_listed(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {
        {0, "log1.who", "ink"}, {0, "log1.admitted", "ticked"}, {0, "log1.at", "0900"}, {0, NULL, NULL}};
    struct ward w;
    struct repli_buf list = {0};
    make(&w, ink, 1);
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    assert_int_equal(repli_review_conflicts(w.ledger, NULL, keep_json, &list, &w.err), REPLI_OK);
    assert_non_null(list.data);
    if (!strstr(list.data, "\"why\":\"unidentified\"") || !strstr(list.data, "\"field\":\"log1.who\""))
        fail_msg("%s", list.data);
    repli_buf_done(&list);
    ward_drop(&w);
}

/* ---- the head count */

static void merge_count(const char *heads, const char *at, const char *outage_sql, const char *want, int64_t present)
{
    const struct ward_ink ink[] = {{0, "bed1.present", "ticked"},
                                   {0, "bed2.present", "ticked"},
                                   {0, "count.heads", heads},
                                   {0, "count.at", at},
                                   {0, NULL, NULL}};
    struct ward w;
    struct repli_arena a = {0};
    make(&w, ink, 1);
    if (outage_sql)
        ward_exec(&w, false, outage_sql);
    ward_key_all(&w);
    (void)ward_merge(&w, false, NULL);
    const char *held = ward_text(
        &w, false, "SELECT group_concat(capture||' '||kind, ', ') FROM (SELECT * FROM hold ORDER BY capture)", &a);
    if (strcmp(held ? held : "", want) != 0)
        fail_msg("%s heads at %s: held '%s', expected '%s'", heads ? heads : "no", at ? at : "no time",
                 held ? held : "", want);
    assert_int_equal(events(&w, "present"), present);
    repli_arena_done(&a);
    ward_drop(&w);
}

/* The time of the head count serves all lines: outside the hours or the outage it holds them all; not written, it is
** the beginning of the outage, or holds them all.  A head too many is for a person to see and keeps nobody out. */
static void heads_and_their_time(void **state)
{
    (void)state;
#define OUTAGE(from)                                                                                                   \
    "INSERT INTO outage(outage_id, drill, from_utc, opened_utc, opened_by) VALUES('O0-1',0," from ",1795417200,'an')"
    merge_count("02", "0830", NULL, "", 2);
    merge_count("03", "0830", NULL, "count heads-differ", 2);
    merge_count(NULL, "0830", NULL, "", 2);
    merge_count(NULL, NULL, NULL, "bed1 no-time, bed2 no-time", 0);
    merge_count("02", NULL, OUTAGE("1795417800"), "", 2);
    merge_count("02", "0830", OUTAGE("1795417800"), "", 2);
    merge_count("02", "0830", OUTAGE("1795420800"), "bed1 outside-outage, bed2 outside-outage, count outside-outage",
                0);
}

/* T0 stands for the time that was not written, and the rows carry the outage. */
static void t0_is_the_time_of_a_count_without_one(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "bed1.present", "ticked"}, {0, NULL, NULL}};
    struct ward w;
    make(&w, ink, 1);
    ward_exec(&w, false, OUTAGE("1795417800"));
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM movement WHERE event_utc=1795417800"), 1);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM paper_entry WHERE outage='O0-1'"), 1);
    ward_drop(&w);
    /* The outage began two days ago: nobody counted heads then on a sheet that is for this morning. */
    make(&w, ink, 1);
    ward_exec(&w, false, OUTAGE("1795244400"));
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(&w, true, "SELECT count(*) FROM movement WHERE event_utc=1795417200"), 1);
    ward_drop(&w);
}

/* Two ticks in a line say nothing that merges; the other lines do. */
static void two_ticks_wait(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "bed1.present", "ticked"},
                                          {0, "bed1.left", "ticked"},
                                          {0, "bed2.present", "ticked"},
                                          {0, "count.at", "0830"},
                                          {0, NULL, NULL}};
    struct ward w;
    make(&w, ink, 1);
    ward_key_all(&w);
    assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM hold WHERE kind='two-choices' AND capture='bed1'"), 1);
    assert_int_equal(events(&w, "present"), 1);
    ward_drop(&w);
}

/* Nobody is in two wards within the hour; seen there at another hour is no contradiction of its own; the same head
** count printed twice is noted. */
static void one_patient_two_wards(void **state)
{
    (void)state;
    static const struct {
        const char *at, *why;
    } cases[] = {{"0845", "two-wards"}, {"1045", "moved-since"}};
    for (size_t i = 0; i < 2; i++) {
        const struct ward_ink ink[] = {{0, "bed1.present", "ticked"},
                                       {0, "count.at", "0830"},
                                       {1, "bed3.present", "ticked"},
                                       {1, "count.at", cases[i].at},
                                       {0, NULL, NULL}};
        struct ward w;
        struct repli_arena a = {0};
        make(&w, ink, 2);
        ward_key_all(&w);
        assert_int_equal(ward_merge(&w, false, NULL), REPLI_WAITS);
        assert_string_equal(ward_text(&w, false, "SELECT group_concat(capture||' '||kind) FROM hold", &a),
                            repli_arena_printf(&a, "bed3 %s", cases[i].why));
        assert_int_equal(events(&w, "present"), 1);
        repli_arena_done(&a);
        ward_drop(&w);
    }
}

/* Where somebody went is keyed by two people, however each of them spells it; ticks that the machine saw clearly are
** confirmed by one. */
static void places_are_keyed_twice(void **state)
{
    (void)state;
    struct ward w;
    make(&w, morning, 1);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM task WHERE need='confirm'"), 0); /* not derived yet */
    ward_key(&w, "an", NULL, NULL, false);
    assert_int_equal(ward_open_tasks(&w, "an"), 0);
    const char *second[2] = {"bed3.to", "\"answer\":\"value\",\"value\":\"3b, 302-2\""};
    ward_key(&w, "bo", ward_say_else, second, false);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM entry WHERE field='bed3.to' AND value='302 2'"), 1);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM entry WHERE field='bed3.to' AND value='3B 302 2'"), 1);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM task WHERE field='bed3.to' AND need='settle'"), 1);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM entry WHERE field='bed1.present' AND need='confirm'"),
                     1);
    ward_drop(&w);
}

/* A column of clear ticks is confirmed in one line by one person; each tick is an answer of its own, and what must be
** keyed is not in it. */
static void a_column_in_one_line(void **state)
{
    (void)state;
    struct ward w;
    char sheet[16];
    struct repli_review_counts n = {0};
    make(&w, morning, 1);
    ward_sheet_name(0, sheet);
    assert_int_equal(ward_answer(&w, "an", &n,
                                 "{\"sheet\":\"%s\",\"fields\":[\"bed1.present\",\"bed2.present\",\"bed3.moved\"],"
                                 "\"answer\":\"value\",\"value\":\"ticked\"}",
                                 sheet),
                     REPLI_OK);
    assert_int_equal(n.taken, 3);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM entry WHERE need='confirm' AND person='an'"), 3);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM task WHERE done=0 AND field LIKE 'bed_.present'"), 0);
    assert_int_equal(ward_answer(&w, "an", &n,
                                 "{\"sheet\":\"%s\",\"fields\":[\"bed1.present\",\"bed3.to\",\"bed9.present\"],"
                                 "\"answer\":\"value\",\"value\":\"ticked\"}",
                                 sheet),
                     REPLI_WAITS);
    assert_int_equal(n.repeated, 1);
    assert_int_equal(n.refused, 2);
    assert_int_equal(ward_answer(&w, "an", &n, "{\"sheet\":\"%s\",\"fields\":\"all\",\"answer\":\"blank\"}", sheet),
                     REPLI_WAITS);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM entry WHERE field='bed3.to'"), 0);
    ward_drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_morning_once),
        cmocka_unit_test(left_ends_a_place_not_a_stay),
        cmocka_unit_test(contradictions_have_names),
        cmocka_unit_test(beds_are_changed),
        cmocka_unit_test(the_unnamed_are_listed),
        cmocka_unit_test(a_row_names_its_image),
        cmocka_unit_test(heads_and_their_time),
        cmocka_unit_test(t0_is_the_time_of_a_count_without_one),
        cmocka_unit_test(two_ticks_wait),
        cmocka_unit_test(one_patient_two_wards),
        cmocka_unit_test(places_are_keyed_twice),
        cmocka_unit_test(a_column_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
