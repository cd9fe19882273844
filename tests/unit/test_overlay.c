/* Overlays: what differs between two prints of one sheet; above all, how old the data is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "form/check.h"
#include "form/sample.h"
#include "repli/form.h"
#include "repli/text.h"
#include "support/prng.h"

static struct repli_zone *zone;

static int open_zone(void **state)
{
    struct repli_err err = {0};
    (void)state;
    return repli_zone_open("Europe/Brussels", &zone, &err) == REPLI_OK ? 0 : -1;
}

static int close_zone(void **state)
{
    (void)state;
    repli_zone_close(zone);
    return 0;
}

static struct repli_form *obs(const char *lang)
{
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    if (repli_form_open(NULL, "obs", lang, &form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return form;
}

static enum repli_status make(const struct repli_form *form, const struct repli_datasets *data, int64_t window,
                              struct repli_arena *a, struct repli_layout *out, struct repli_err *err)
{
    struct repli_layout_in in = {
        .form = form, .data = data, .zone = zone, .window_utc = window, .window_hours = 24, .age_band = 4};
    return repli_layout_make(&in, a, out, err);
}

/* Data from after the time of printing is refused: an age that is below zero would be printed as fresh. */
static void test_future_data(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_layout layout;
    struct repli_draw_list list;
    struct repli_form *form = obs("fr");
    (void)state;
    assert_int_equal(make(form, repli_sample(SAMPLE_USUAL, &a), 1795395600, &a, &layout, &err), REPLI_OK);
    struct repli_overlay_in over = {.form = form,
                                    .zone = zone,
                                    .side = &layout.sides[0],
                                    .sheet = "K7QD-M3XA-9",
                                    .data_utc = 1795395601,
                                    .print_utc = 1795395600};
    assert_int_equal(repli_layout_overlay(&over, &a, &list, &err), REPLI_DATA);
    assert_non_null(strstr(err.text, "clock"));
    repli_form_close(form);
    repli_arena_done(&a);
}

/* Old data shows, to the second: a sign after 4 hours, a bar and an instruction after 12, borders after 24. */
static void test_freshness(void **state)
{
    static const struct {
        int64_t age;
        bool sign, bar, border;
    } cases[] = {{0, false, false, false},    {14400, false, false, false}, {14401, true, false, false},
                 {43200, true, false, false}, {43201, true, true, false},   {86400, true, true, false},
                 {86401, true, true, true},   {1000000, true, true, true}};
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_layout layout;
    struct repli_form *form = obs("fr");
    (void)state;
    assert_int_equal(make(form, repli_sample(SAMPLE_USUAL, &a), 1795395600, &a, &layout, &err), REPLI_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_draw_list list;
        struct repli_overlay_in over = {.form = form, .zone = zone, .side = &layout.sides[0], .sheet = "K7QD-M3XA-9"};
        over.data_utc = 1795395600;
        over.print_utc = over.data_utc + cases[i].age;
        bool sign = false, bar = false, words = false, border = false;
        assert_int_equal(repli_layout_overlay(&over, &a, &list, &err), REPLI_OK);
        for (size_t k = 0; k < list.count; k++) {
            const struct repli_draw *d = &list.items[k];
            sign = sign || (d->text && strstr(d->text, "\xE2\x96\xB2"));
            words = words || (d->text && strstr(d->text, "VÉRIFIER"));
            bar = bar || (d->kind == REPLI_DRAW_FILL && d->x1 - d->x0 == 173000);
            border = border || d->kind == REPLI_DRAW_LINE;
        }
        if (sign != cases[i].sign || bar != cases[i].bar || words != cases[i].bar || border != cases[i].border)
            fail_msg("age %lld: sign %d bar %d words %d border %d", (long long)cases[i].age, sign, bar, words, border);
    }
    repli_form_close(form);
    repli_arena_done(&a);
}

/* A drill says so down the margin in every language, as often as there is room, and passes every check of a page; a
** sheet that is none has no such column.  Both sides, the oldest data: the borders stand beside it. */
static void test_drill(void **state)
{
    static const struct {
        const char *lang, *word;
        size_t letters;
    } langs[] = {{"fr", "EXERCICE", 8}, {"nl", "OEFENING", 8}, {"de", "ÜBUNG", 5}, {"en", "DRILL", 5}};
    (void)state;
    for (size_t i = 0; i < sizeof langs / sizeof *langs; i++)
        for (size_t side = 0; side < 2; side++)
            for (int drill = 0; drill < 2; drill++) {
                struct repli_arena a = {0};
                struct repli_err err = {0};
                struct repli_layout layout;
                struct repli_draw_list list;
                struct repli_buf column = {0};
                struct repli_form *form = obs(langs[i].lang);
                assert_int_equal(make(form, repli_sample(SAMPLE_FULL, &a), 1795395600, &a, &layout, &err), REPLI_OK);
                struct repli_overlay_in over = {.form = form,
                                                .zone = zone,
                                                .side = &layout.sides[side],
                                                .sheet = "K7QD-M3XA-9",
                                                .data_utc = 1795395600 - 100000,
                                                .print_utc = 1795395600,
                                                .drill = drill};
                if (repli_layout_overlay(&over, &a, &list, &err) != REPLI_OK)
                    fail_msg("%s: %s", langs[i].lang, err.text);
                for (size_t k = 0; k < list.count; k++)
                    if (list.items[k].kind == REPLI_DRAW_TEXT && list.items[k].white && list.items[k].x0 < 18000)
                        repli_buf_puts(&column, list.items[k].text);
                const char *word = langs[i].word;
                const char *twice = repli_arena_printf(&a, "%s%s", word, word);
                const char *want = !drill                 ? ""
                                   : langs[i].letters > 5 ? twice
                                                          : repli_arena_printf(&a, "%s%s", twice, twice);
                assert_string_equal(column.data ? column.data : "", want);
                repli_buf_done(&column);
                repli_form_close(form);
                repli_arena_done(&a);
            }
}

/* Something black, white or written, anywhere on the sheet; often where there is print already. */
static struct repli_draw anything(struct prng *r, const struct repli_side *side)
{
    struct repli_draw d = {.kind = (enum repli_draw_kind)prng_int(r, REPLI_DRAW_FILL, REPLI_DRAW_TEXT)};
    d.x0 = prng_int(r, 700, 19000) * 10;
    d.y0 = prng_int(r, 700, 28500) * 10;
    if (prng_chance(r, 0.3) && side->filled.count > 0) {
        const struct repli_draw *there = &side->filled.items[prng_int(r, 0, (int)side->filled.count - 1)];
        d.x0 = there->x0;
        d.y0 = there->y0 + prng_int(r, -900, 900) * 10;
    }
    d.white = d.kind == REPLI_DRAW_TEXT && prng_chance(r, 0.3);
    d.x1 = d.x0 + prng_int(r, 10, 800) * 10;
    d.y1 = d.y0 + prng_int(r, 10, d.kind == REPLI_DRAW_LINE ? 3000 : 500) * 10;
    d.line_um = 200;
    d.face = REPLI_FACE_BOLD;
    d.size_cpt = prng_int(r, 6, 20) * 100;
    d.text = prng_chance(r, 0.5) ? "\xC3\x89gj" : "x";
    d.width_um = repli_font_width(d.face, d.size_cpt, d.text);
    return d;
}

/* A filled observation chart, and what chance tried on it: how often it was fine, and how often refused. */
struct tried {
    struct repli_arena a;
    struct repli_form *form;
    struct repli_layout layout;
    struct prng r;
    int fine, wrong;
};

static void tried_begin(struct tried *t, uint64_t seed)
{
    struct repli_err err = {0};
    *t = (struct tried){.form = obs("fr")};
    prng_seed(&t->r, seed, 1);
    assert_int_equal(make(t->form, repli_sample(SAMPLE_FULL, &t->a), 1795395600, &t->a, &t->layout, &err), REPLI_OK);
}

static void tried_end(struct tried *t, int tries)
{
    assert_true(t->fine > tries / 50 && t->wrong > tries / 10);
    repli_form_close(t->form);
    repli_arena_done(&t->a);
}

/* An overlay on a side that was checked is refused exactly when side and overlay together would be, for the same
** kind of reason: leaving out what cannot touch leaves nothing out. */
static void test_checked_as_a_whole(void **state)
{
    enum { TRIES = 4000 };
    struct tried t;
    (void)state;
    tried_begin(&t, 11);
    for (int i = 0; i < TRIES; i++) {
        const struct repli_side *side = &t.layout.sides[i % 2];
        struct repli_draw items[2] = {anything(&t.r, side), anything(&t.r, side)};
        struct repli_draw_list list = {items, (size_t)prng_int(&t.r, 1, 2)};
        struct repli_err whole = {0}, part = {0};
        enum repli_status both = repli_layout_check(side, &list, &whole);
        if (repli_check_overlay(side, &list, &part) != both)
            fail_msg("try %d: together '%s', the overlay alone '%s'", i, whole.text, part.text);
        t.fine += both == REPLI_OK;
        t.wrong += both != REPLI_OK;
    }
    tried_end(&t, TRIES);
}

static struct repli_draw_list with(const struct repli_draw_list *list, const struct repli_draw *more,
                                   struct repli_arena *a)
{
    struct repli_draw *items = repli_arena_grow(a, list->items, list->count, list->count + 1, sizeof *items);
    items[list->count] = *more;
    return (struct repli_draw_list){items, list->count + 1};
}

/* A side like one that was checked, but for something: more is filled in, the fixed layer under the same name has one
** thing more or one that is moved, a field stands elsewhere, is of another kind, or has another's name. */
static struct repli_side changed(struct prng *r, const struct repli_side *side, struct repli_arena *a)
{
    struct repli_side other = *side;
    struct repli_draw more = anything(r, side);
    struct repli_page_map *m = &other.map;
    size_t field = (size_t)prng_int(r, 0, (int)m->nfields - 1), next = (field + 1) % m->nfields;
    other.checked = NULL;
    m->fields = repli_arena_grow(a, m->fields, m->nfields, m->nfields, sizeof *m->fields);
    switch (prng_int(r, 0, 5)) {
    case 0:
    case 1:
        other.filled = with(&side->filled, &more, a);
        break;
    case 2:
        other.fixed = with(&side->fixed, &more, a);
        break;
    case 3:
        other.fixed = with(&side->fixed, &more, a);
        other.fixed.count--;
        other.fixed.items[prng_int(r, 0, (int)other.fixed.count - 1)].x1 += prng_int(r, 1, 300) * 10;
        break;
    case 4:
        m->fields[field].box.x0 += prng_int(r, -2000, 2000) * 10;
        m->fields[field].box.x1 = m->fields[field].box.x0 + 4000;
        break;
    default:
        if (prng_chance(r, 0.5))
            m->fields[field].id = m->fields[next].id;
        else
            m->fields[field].kind = REPLI_FIELD_TICK;
    }
    return other;
}

/* A side that is compared with a known one first is refused exactly when it would be alone: what is known is believed
** of nothing else. */
static void test_alike(void **state)
{
    enum { TRIES = 3000 };
    static const struct check_origin none = {.form = NULL};
    struct repli_err err = {0};
    struct tried t;
    (void)state;
    tried_begin(&t, 12);
    for (int i = 0; i < TRIES; i++) {
        struct repli_arena mine = {0};
        struct repli_checked *known = NULL;
        struct repli_err whole = {0}, part = {0};
        struct repli_side first = t.layout.sides[0], second = changed(&t.r, &first, &mine);
        const struct repli_draw *fixed = second.fixed.items;
        assert_int_equal(repli_check_side(&first, &none, &known, &mine, &err), REPLI_OK);
        enum repli_status alone = repli_layout_check(&second, NULL, &whole);
        if (repli_check_side(&second, &none, &known, &mine, &part) != alone)
            fail_msg("try %d: alone '%s', beside a known one '%s'", i, whole.text, part.text);
        if (fixed != t.layout.sides[0].fixed.items)
            assert_ptr_not_equal(second.fixed.items, first.fixed.items);
        t.fine += alone == REPLI_OK;
        t.wrong += alone != REPLI_OK;
        repli_arena_done(&mine);
    }
    tried_end(&t, TRIES);
}

static void same_drawing(const struct repli_draw_list *x, const struct repli_draw_list *y)
{
    assert_int_equal(x->count, y->count);
    for (size_t n = 0; n < x->count; n++) {
        const struct repli_draw *p = &x->items[n], *q = &y->items[n];
        assert_true(p->kind == q->kind && p->x0 == q->x0 && p->y0 == q->y0 && p->x1 == q->x1 && p->y1 == q->y1);
        assert_true(!p->text == !q->text && (!p->text || strcmp(p->text, q->text) == 0));
    }
}

/* Patients whose sheets know of each other get the sheets that they get alone: what differs is never shared. */
static void test_neighbours(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_form *form = obs("nl");
    struct repli_checked *known = NULL;
    int shared = 0, own = 0;
    (void)state;
    for (int kind = 0; kind <= SAMPLE_FULL; kind++)
        for (int again = 0; again < 2; again++) {
            struct repli_layout one, two;
            struct repli_layout_in in = {.form = form,
                                         .data = repli_sample((enum sample_kind)kind, &a),
                                         .zone = zone,
                                         .window_utc = 1795395600,
                                         .window_hours = 24,
                                         .age_band = 4};
            assert_int_equal(repli_layout_make(&in, &a, &one, &err), REPLI_OK);
            in.known = &known;
            struct repli_checked *newest = known;
            assert_int_equal(repli_layout_make(&in, &a, &two, &err), REPLI_OK);
            shared += newest == known;
            own += newest != known;
            assert_int_equal(one.nsides, two.nsides);
            for (size_t s = 0; s < one.nsides; s++) {
                same_drawing(&one.sides[s].fixed, &two.sides[s].fixed);
                same_drawing(&one.sides[s].filled, &two.sides[s].filled);
                assert_string_equal(repli_page_map_json(&one.sides[s].map, &a),
                                    repli_page_map_json(&two.sides[s].map, &a));
            }
        }
    assert_true(shared > 0 && own > 0);
    repli_form_close(form);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_future_data), cmocka_unit_test(test_freshness),
                                       cmocka_unit_test(test_drill),       cmocka_unit_test(test_checked_as_a_whole),
                                       cmocka_unit_test(test_alike),       cmocka_unit_test(test_neighbours)};
    return cmocka_run_group_tests(tests, open_zone, close_zone);
}
