/* What people key from a registration sheet, and the hours of paper that lay in a cupboard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/pagecode.h"

static const char *keyed(enum repli_field_kind kind, const char *role, const char *text, struct repli_arena *a)
{
    struct repli_field f = {.kind = kind, .role = role, .tier = 1, .id = "person.x", .nparts = 11};
    const char *why = NULL, *value = review_normalise(&f, text, a, &why);
    assert_true((value == NULL) == (why != NULL));
    return value ? value : "refused";
}

/* Two people key one thing in one spelling. */
static void one_spelling(void **state)
{
    (void)state;
    static const struct {
        enum repli_field_kind kind;
        const char *role, *text, *value;
    } cases[] = {
        {REPLI_FIELD_TEXT, "family", " van den  Berghe ", "VAN DEN BERGHE"},
        {REPLI_FIELD_TEXT, "given", "Marie-Thérèse", "MARIE-THÉRÈSE"},
        {REPLI_FIELD_TEXT, "family", "Groß", "GROß"},
        {REPLI_FIELD_TEXT, "family", "   ", "refused"},
        {REPLI_FIELD_TEXT, "mrn", "ab 47-11", "AB4711"},
        {REPLI_FIELD_TEXT, "mrn", "--", "refused"},
        {REPLI_FIELD_TEXT, "sheet", "0000 0001 d", "0000-0001-D"},
        {REPLI_FIELD_TEXT, "sheet", "0000-0001-E", "refused"}, /* its check */
        {REPLI_FIELD_DIGITS, "birth", "14-03-1962", "1962-03-14"},
        {REPLI_FIELD_DIGITS, "birth", "14031962", "1962-03-14"},
        {REPLI_FIELD_DIGITS, "birth", "00-03-1962", "1962-03"},
        {REPLI_FIELD_DIGITS, "birth", "00-00-1962", "1962"},
        {REPLI_FIELD_DIGITS, "birth", "31-02-1962", "refused"},
        {REPLI_FIELD_DIGITS, "birth", "140362", "refused"},
        {REPLI_FIELD_DIGITS, "niss", "85.07.30-033.28", "85073003328"},
        {REPLI_FIELD_DIGITS, "niss", "85.07.30-033.2", "refused"},
    };
    struct repli_arena a = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(keyed(cases[i].kind, cases[i].role, cases[i].text, &a), cases[i].value);
    repli_arena_done(&a);
}

/* A national number whose check does not fit is asked again, once. */
static void a_doubtful_number(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_field f = {.kind = REPLI_FIELD_DIGITS, .role = "niss", .tier = 1, .id = "person.niss"};
    assert_null(review_out_of_range(&f, "85073003328", false, &a));
    assert_non_null(review_out_of_range(&f, "85073003329", false, &a));
    assert_null(review_out_of_range(&f, "85073003329", true, &a));
    repli_arena_done(&a);
}

/* ---- hours */
#define PRINTED INT64_C(1795392000) /* 2026-11-23T00:00Z */
#define DAY     86400

struct paper {
    struct repli_zone *zone;
    struct repli_site site;
    struct repli_arena a;
    struct repli_field fields[2];
    struct review_field seen[2];
    size_t members[2];
    struct repli_capture capture;
    struct repli_page_map map;
    struct repli_sheet_row row;
    struct review_sheet sheet;
    struct repli_outage outage;
    struct merge_context ctx;
};

static void settle(struct review_field *f, const char *value)
{
    f->settled = (struct repli_settled){.answer = value ? "value" : "blank", .value = value};
}

static void paper_make(struct paper *p, int kind, int64_t from, int64_t until, int64_t scanned)
{
    static const char *roles[] = {"at", "day"};
    struct repli_err err = {0};
    *p = (struct paper){.members = {0, 1}};
    assert_int_equal(repli_zone_open("Europe/Brussels", &p->zone, &err), REPLI_OK);
    p->site.zone = p->zone;
    p->fields[0] = (struct repli_field){.kind = REPLI_FIELD_DIGITS, .role = "at", .id = "col1.at"};
    p->fields[1] = (struct repli_field){.kind = REPLI_FIELD_DIGITS, .role = "day", .id = "col1.day"};
    p->capture = (struct repli_capture){
        .id = "col1.rr", .kind = "observation", .roles = roles, .fields = p->members, .nmembers = 2};
    p->map = (struct repli_page_map){.fields = p->fields, .nfields = 2, .captures = &p->capture, .ncaptures = 1};
    p->row = (struct repli_sheet_row){
        .subject_kind = kind, .window_utc = PRINTED, .window_hours = 24, .ward = "3B", .sheet = "0000-0001-D"};
    p->seen[0].field = &p->fields[0];
    p->seen[1].field = &p->fields[1];
    p->sheet = (struct review_sheet){.row = &p->row, .map = &p->map, .fields = p->seen, .count = 2};
    p->sheet.source.scanned_utc = scanned;
    p->outage = (struct repli_outage){.id = "O0-1", .from_utc = from, .until_utc = until};
    p->ctx =
        (struct merge_context){.site = &p->site, .a = &p->a, .sheet = &p->sheet, .outages = &p->outage, .noutages = 1};
    plan_hours(&p->ctx);
}

static void paper_done(struct paper *p)
{
    repli_zone_close(p->zone);
    repli_arena_done(&p->a);
}

static int64_t when(struct paper *p, const char *at, const char *day)
{
    struct capture_plan plan = {.capture = &p->capture};
    settle(&p->seen[0], at);
    settle(&p->seen[1], day);
    return plan_time(&p->ctx, &plan) ? plan.event_utc : 0;
}

/* Printed on Monday, used from Thursday morning to Saturday: the written day says which one. */
static void used_later(void **state)
{
    (void)state;
    struct paper p;
    int64_t from = PRINTED + 3 * DAY + 5 * 3600, until = PRINTED + 5 * DAY + 18 * 3600;
    paper_make(&p, REPLI_SUBJECT_DOWNTIME, from, until, until + 3600);
    assert_int_equal(when(&p, "07:10", "26"), PRINTED + 3 * DAY + 6 * 3600 + 600); /* Brussels is an hour ahead */
    assert_int_equal(when(&p, "07:10", "27"), PRINTED + 4 * DAY + 6 * 3600 + 600);
    assert_int_equal(when(&p, "04:10", "26"), 0); /* before the outage */
    assert_int_equal(when(&p, "07:10", "23"), 0); /* the day of printing */
    assert_int_equal(when(&p, "07:10", NULL), 0); /* two days have it */
    assert_int_equal(when(&p, "03:00", NULL), 0);
    paper_done(&p);
}

/* Paper of an outage that had begun before it was printed, and paper of patients, keep the hours that are printed. */
static void used_at_once(void **state)
{
    (void)state;
    struct paper p;
    paper_make(&p, REPLI_SUBJECT_DOWNTIME, PRINTED - 3600, PRINTED + 9 * 3600, PRINTED + DAY);
    assert_int_equal(when(&p, "03:00", NULL), PRINTED + 2 * 3600);
    paper_done(&p);
    paper_make(&p, REPLI_SUBJECT_PATIENT, PRINTED + 3 * DAY, PRINTED + 4 * DAY, PRINTED + 5 * DAY);
    assert_int_equal(when(&p, "03:00", NULL), PRINTED + 2 * 3600);
    assert_int_equal(p.row.window_utc, PRINTED);
    paper_done(&p);
    paper_make(&p, REPLI_SUBJECT_BLANK, PRINTED + 3 * DAY, PRINTED + 4 * DAY, PRINTED + 2 * DAY);
    assert_int_equal(p.row.window_utc, PRINTED); /* scanned before that outage began */
    paper_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_spelling), cmocka_unit_test(a_doubtful_number),
                                       cmocka_unit_test(used_later), cmocka_unit_test(used_at_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
