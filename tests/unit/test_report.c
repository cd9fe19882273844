/* The report of an outage: figures from rows, and pages on which nothing leaves its place, in every language. */
#include "base_tmp.h"

#include <stdio.h>
#include <string.h>

#include "form/report_internal.h"
#include "repli/outcome.h"

#define NOW  1795633200 /* 2026-11-25 20:00 UTC */
#define H(n) (NOW - (n)*3600)

static struct repli_report_sheet one(const char *ward, const char *patient, enum repli_life state, int64_t printed)
{
    static uint64_t serial;
    return (struct repli_report_sheet){.serial = ++serial,
                                       .sheet = "K7QD-M3XA-D",
                                       .form_id = "obs",
                                       .ward = ward,
                                       .patient = patient,
                                       .state = state,
                                       .printed_utc = printed};
}

/* Nine sheets, counted by hand. */
static void figures(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_report_sheet s[] = {
        one(NULL, NULL, REPLI_LIFE_BLANK, H(5)),      one("3B", "1", REPLI_LIFE_MERGED, H(30)),
        one("3B", "1", REPLI_LIFE_PRINTED, H(30)),    one("3B", "2", REPLI_LIFE_LOST, H(30)),
        one("3B", "3", REPLI_LIFE_PRINTED, H(6) + 1), one("3B", "3", REPLI_LIFE_REVIEWED, H(6)),
        one("4A", "3", REPLI_LIFE_READ, H(24)),       one("4A", "4", REPLI_LIFE_PRINTED, H(169)),
        one("4A", "4", REPLI_LIFE_VOID, H(30)),
    };
    s[1].scanned_utc = H(20);
    s[1].merged_utc = H(19) + 59;
    s[1].values = 7;
    s[1].held = 2;
    s[4].received_utc = H(1);
    s[5].scanned_utc = H(1);
    s[6].scanned_utc = H(2);
    s[6].held = 1;
    struct repli_report r = {.now_utc = NOW, .sheets = s, .nsheets = 9};
    repli_report_count(&r, &a);

    assert_int_equal(r.nwards, 3);
    assert_null(r.wards[0].ward);
    assert_int_equal(r.wards[1].sheets, 5);
    assert_int_equal(r.wards[1].state[REPLI_LIFE_PRINTED], 2);
    assert_int_equal(r.wards[1].state[REPLI_LIFE_LOST], 1);
    assert_int_equal(r.wards[2].state[REPLI_LIFE_VOID], 1);
    assert_int_equal(r.all.sheets, 9);
    assert_int_equal(r.all.state[REPLI_LIFE_PRINTED], 3);
    assert_int_equal(r.values, 7);

    /* 1 came back in part, 3 twice (two wards); 2 and 4 did not */
    assert_int_equal(r.npatients, 3);
    assert_string_equal(r.patients[0].patient, "1");
    assert_int_equal(r.patients[0].back, 1);
    assert_int_equal(r.patients[0].missing, 1);
    assert_int_equal(r.patients[0].values, 7);
    assert_int_equal(r.patients[0].held, 2);
    assert_int_equal(r.patients[1].back, 2); /* one of them lies at the desk: not missing */
    assert_int_equal(r.patients[1].missing, 0);
    assert_string_equal(r.patients[2].ward, "4A");
    assert_int_equal(r.patients[2].held, 1);

    /* just under 6 hours at the desk; 6 hours; 24 hours; out for 30 hours and for over a week */
    static const int64_t out[REPLI_REPORT_AGES] = {0, 0, 0, 1, 0, 1}, work[REPLI_REPORT_AGES] = {1, 1, 0, 1, 0, 0};
    assert_memory_equal(r.ages_out, out, sizeof out);
    assert_memory_equal(r.ages_work, work, sizeof work);
    repli_arena_done(&a);
}

/* Columns: an hour each while they have room, then wider; what is in them is all there is. */
static void hours(void **state)
{
    (void)state;
    static const struct {
        int64_t span_h, step_h, count;
    } cases[] = {{0, 1, 1},    {1, 1, 2},      {71, 1, 72},    {72, 2, 37},    {143, 2, 72},
                 {144, 3, 49}, {1727, 24, 72}, {1728, 25, 70}, {9000, 126, 72}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct repli_arena a = {0};
        struct repli_report_sheet s[] = {one("3B", "1", REPLI_LIFE_MERGED, H(cases[c].span_h)),
                                         one("3B", "1", REPLI_LIFE_PRINTED, H(cases[c].span_h) + 3599)};
        s[0].scanned_utc = NOW;
        s[0].merged_utc = NOW + 3599;
        struct repli_report r = {.now_utc = NOW, .sheets = s, .nsheets = 2};
        repli_report_count(&r, &a);
        assert_int_equal(r.hours.step_h, cases[c].step_h);
        assert_int_equal(r.hours.count, cases[c].count);
        assert_int_equal(r.hours.start_utc, H(cases[c].span_h));
        assert_int_equal(r.hours.printed[0], 2);
        assert_int_equal(r.hours.scanned[r.hours.count - 1], 1);
        assert_int_equal(r.hours.merged[r.hours.count - 1], 1);
        repli_arena_done(&a);
    }
}

/* ---- pages */

static const char *const kinds[] = {
    "undone",  "value-there-different", "order-unknown",  "identity-mismatch", "allergy-changed",
    "no-dose", "place-unknown",         "outside-outage", "illegible"};

/* Long names, large numbers, every outcome, every family of conflicts, a sheet that nobody has: 400 sheets. */
static void fill(struct repli_report *r, struct repli_outage *o, struct repli_arena *a)
{
    static const char *const wards[] = {NULL, "Soins intensifs polyvalents et brûlés étage 4 aile nord", "3B"};
    static const char *deeds = "Maximiliaan Vandenbroucke-Saint-Germain";
    *o = (struct repli_outage){.id = "O0-12", .from_utc = H(60), .opened_utc = H(59), .open = true, .drill = true};
    o->wards = repli_arena_array(a, 40, sizeof *o->wards);
    for (o->nwards = 0; o->nwards < 40; o->nwards++)
        o->wards[o->nwards] = wards[1 + o->nwards % 2];
    *r = (struct repli_report){.hospital = "Centre hospitalier universitaire Sainte-Gudule et Saint-Michel, site "
                                           "du Val-de-la-Woluwe, pavillon Marie-Thérèse-Charlotte de Habsbourg",
                               .now_utc = NOW,
                               .audit = "1023-123456789-ZZZZZZ",
                               .scope = {o, o->from_utc, NOW},
                               .pace = {100, 8, 28800, 1234567, NOW + 99999, 12.5},
                               .settled = 1234567,
                               .illegible = 1234,
                               .machine = 9876543};
    r->sheets = repli_arena_array(a, 400, sizeof *r->sheets);
    for (size_t i = 0; i < 400; i++) {
        const char *patient = repli_arena_printf(a, "D0003-%06zu-83/ANCIEN-NUMERO-1962", i / 4);
        r->sheets[i] =
            one(wards[i / 134], patient, (enum repli_life)(1 + i % (REPLI_LIFE_COUNT - 1)), H(60 - (int64_t)(i % 50)));
        r->sheets[i].scanned_utc = i % 3 ? H(4) : 0;
        r->sheets[i].why = "brûlée avec le reste de la corbeille, d’après l’infirmière de nuit";
        r->sheets[i].by = "an.peeters";
        r->sheets[i].values = 12345;
    }
    r->nsheets = 400;
    r->held = repli_arena_array(a, 9, sizeof *r->held);
    for (r->nheld = 0; r->nheld < 9; r->nheld++)
        r->held[r->nheld] = (struct repli_report_held){kinds[r->nheld], 1234567, 3, 4, 5};
    r->images = repli_arena_array(a, REPLI_OUTCOME_COUNT, sizeof *r->images);
    for (r->nimages = 0; r->nimages < REPLI_OUTCOME_COUNT; r->nimages++)
        r->images[r->nimages] =
            (struct repli_report_images){repli_outcome_text((enum repli_outcome)r->nimages), 1234567, 7};
    r->events = repli_arena_array(a, 11, sizeof *r->events);
    for (r->nevents = 0; r->nevents < 11; r->nevents++)
        r->events[r->nevents] =
            (struct repli_report_event){(enum repli_report_deed)r->nevents, H(50), H(40), 1234567, deeds, wards[1]};
    for (int i = 0; i < 3; i++)
        r->tiers[i] = (struct repli_report_tier){1234567, 2, 3, 4, 5, 6, 7, 8};
    repli_report_count(r, a);
}

static bool meets(const struct repli_draw *x, const struct repli_draw *y)
{
    return x->kind == REPLI_DRAW_TEXT && y->kind == REPLI_DRAW_TEXT && x->x0 < y->x0 + y->width_um &&
           y->x0 < x->x0 + x->width_um && x->y0 - y->y0 < 2500 && y->y0 - x->y0 < 2500;
}

static void check_page(const struct repli_draw_list *page)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct repli_draw *d = &page->items[i];
        int32_t right = d->kind == REPLI_DRAW_TEXT ? d->x0 + d->width_um : d->x1;
        if (d->x0 < REPORT_X0 || right > REPORT_X1 + MM(1) || d->y0 < MM(10) || d->y0 > MM(290))
            fail_msg("'%s' at %d %d leaves the page", d->text ? d->text : "-", d->x0, d->y0);
        if (d->kind == REPLI_DRAW_TEXT && d->y0 > REPORT_Y1 + MM(1) && d->y0 < MM(280))
            fail_msg("'%s' stands in the foot", d->text);
        for (size_t k = 0; k < i; k++)
            if (meets(d, &page->items[k]))
                fail_msg("'%s' stands on '%s'", d->text, page->items[k].text);
    }
}

static void pages(void **state)
{
    (void)state;
    static const char *const langs[] = {"fr", "nl", "de", "en"};
    struct repli_zone *zone = NULL;
    struct repli_err err = {0};
    assert_int_equal(repli_zone_open("Europe/Brussels", &zone, &err), REPLI_OK);
    for (size_t l = 0; l < 8; l++) { /* plentiful, then of nothing */
        struct repli_arena a = {0};
        struct repli_report r = {.hospital = "H", .now_utc = NOW};
        struct repli_outage o;
        if (l < 4)
            fill(&r, &o, &a);
        struct report_book b = {.r = &r, .zone = zone, .a = &a};
        assert_int_equal(repli_words_open(NULL, langs[l % 4], &b.words, &err), REPLI_OK);
        if (report_draw(&b, &err) != REPLI_OK)
            fail_msg("%s: %s", langs[l % 4], err.text);
        size_t missing = 0;
        const char *const *texts = repli_form_missing(b.words, &missing);
        if (missing)
            fail_msg("%s lacks '%s'", langs[l % 4], texts[0]);
        assert_true(l < 4 ? b.npages > 8 : b.npages <= 2);
        for (size_t i = 0; i < b.npages; i++)
            check_page(&b.pages[i]);
        repli_form_close(b.words);
        repli_arena_done(&a);
    }
    repli_zone_close(zone);
}

static bool used_in(struct repli_form *const *forms, size_t count, const char *english)
{
    for (size_t f = 0; f < count; f++)
        for (size_t i = 0; i < forms[f]->nused; i++)
            if (strcmp(forms[f]->used[i].english, english) == 0)
                return true;
    return false;
}

/* The table of the report's texts is what reports say, no more and no less: open, over, of all paper, of nothing. */
static void words(void **state)
{
    (void)state;
    struct repli_zone *zone = NULL;
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_form *forms[5];
    assert_int_equal(repli_zone_open("Europe/Brussels", &zone, &err), REPLI_OK);
    for (int f = 0; f < 5; f++) {
        struct repli_report r;
        struct repli_outage o;
        fill(&r, &o, &a);
        r.sheets[0].received_utc = NOW;
        r.sample = (struct repli_report_share){300, 1};
        r.known = (struct repli_report_share){40, 0};
        o.open = f != 1;
        o.nwards = f == 2 ? 0 : o.nwards;
        r.pace.end_utc = f == 3 ? 0 : r.pace.end_utc;
        r.hours.step_h = f == 1 ? 2 : 1;
        if (f == 4)
            r = (struct repli_report){.hospital = "H", .now_utc = NOW};
        struct report_book b = {.r = &r, .zone = zone, .a = &a};
        assert_int_equal(repli_words_open(NULL, "fr", &b.words, &err), REPLI_OK);
        assert_int_equal(report_draw(&b, &err), REPLI_OK);
        forms[f] = b.words;
        for (size_t i = 0; i < forms[f]->nused; i++)
            if (!repli_report_says(forms[f]->used[i].english))
                fail_msg("'%s' is not in the table", forms[f]->used[i].english);
    }
    for (size_t i = 0; report_word_at(i); i++)
        if (!used_in(forms, 5, report_word_at(i)))
            fail_msg("no report says '%s'", report_word_at(i));
    for (int f = 0; f < 5; f++)
        repli_form_close(forms[f]);
    repli_arena_done(&a);
    repli_zone_close(zone);
}

/* The number of pages that each page says. */
static void numbered(void **state)
{
    (void)state;
    struct repli_zone *zone = NULL;
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_report r;
    struct repli_outage o;
    struct repli_draw_list *list = NULL;
    size_t n = 0;
    assert_int_equal(repli_zone_open("Europe/Brussels", &zone, &err), REPLI_OK);
    fill(&r, &o, &a);
    assert_int_equal(repli_report_pages(&r, NULL, "fr", zone, &a, &list, &n, &err), REPLI_OK);
    for (size_t i = 0; i < n; i++) {
        char want[48];
        bool found = false, head = false;
        (void)snprintf(want, sizeof want, "%zu / %zu", i + 1, n);
        for (size_t k = 0; k < list[i].count; k++) {
            const char *text = list[i].items[k].text;
            found = found || (text && strcmp(text, want) == 0);
            head = head || (text && strstr(text, r.audit));
        }
        assert_true(found);
        assert_true(head);
    }
    assert_int_equal(repli_report_pages(&r, NULL, "xx", zone, &a, &list, &n, &err), REPLI_DATA);
    repli_arena_done(&a);
    repli_zone_close(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures), cmocka_unit_test(hours),    cmocka_unit_test(pages),
        cmocka_unit_test(words),   cmocka_unit_test(numbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
