/* Overlays: what differs between two prints of one sheet; above all, how old the data is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "form/form_internal.h"
#include "repli/form.h"
#include "repli/text.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_future_data), cmocka_unit_test(test_freshness),
                                       cmocka_unit_test(test_drill)};
    return cmocka_run_group_tests(tests, open_zone, close_zone);
}
