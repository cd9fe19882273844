/* The forms beside medication, observations and census: what each of them must say, and never leaves blank. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "form/form_internal.h"
#include "form/sample.h"
#include "repli/form.h"

/* A layout lives no longer than its form: every form is opened once and stays open to the end. */
static struct {
    const char *id;
    struct repli_form *form;
} opened[8];

static const struct repli_form *open_once(const char *id)
{
    size_t i = 0;
    struct repli_err err = {0};
    while (opened[i].form && strcmp(opened[i].id, id) != 0)
        i++;
    opened[i].id = id;
    if (!opened[i].form && repli_form_open(NULL, id, "en", &opened[i].form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return opened[i].form;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; opened[i].form; i++)
        repli_form_close(opened[i].form);
    return 0;
}

static struct repli_layout lay_out(const char *id, const struct repli_datasets *data, struct repli_arena *a)
{
    struct repli_zone *zone = NULL;
    struct repli_err err = {0};
    struct repli_layout layout = {0};
    assert_int_equal(repli_zone_open("Europe/Brussels", &zone, &err), REPLI_OK);
    struct repli_layout_in in = {
        .form = open_once(id), .data = data, .zone = zone, .window_utc = 1795395600, .window_hours = 24};
    if (repli_layout_make(&in, a, &layout, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    repli_zone_close(zone);
    return layout;
}

/* In how many texts on paper it stands. */
static int printed(const struct repli_layout *layout, const char *text)
{
    int n = 0;
    for (size_t s = 0; s < layout->nsides; s++) {
        const struct repli_draw_list *lists[] = {&layout->sides[s].fixed, &layout->sides[s].filled};
        for (size_t l = 0; l < 2; l++)
            for (size_t i = 0; i < lists[l]->count; i++)
                n += lists[l]->items[i].text && strstr(lists[l]->items[i].text, text) != NULL;
    }
    return n;
}

static const struct repli_field *field(const struct repli_layout *layout, const char *id)
{
    for (size_t s = 0; s < layout->nsides; s++)
        for (size_t i = 0; i < layout->sides[s].map.nfields; i++)
            if (strcmp(layout->sides[s].map.fields[i].id, id) == 0)
                return &layout->sides[s].map.fields[i];
    return NULL;
}

/* A flag stands in the list of its kind alone; orders are counted, and only those of high risk named; a section without
** data says so. */
static void the_face_sheet(void **state)
{
    struct repli_arena a = {0};
    (void)state;
    struct repli_layout full = lay_out("face", repli_sample(SAMPLE_FULL, &a), &a);
    assert_int_equal(printed(&full, "réanimer"), 1);
    assert_int_equal(printed(&full, "gouttelettes"), 1);
    assert_int_equal(printed(&full, "entérale"), 1);
    assert_int_equal(printed(&full, "no such alert"), 0);
    assert_true(printed(&full, "HYDROmorphone") > 0); /* of high risk: named */
    assert_int_equal(printed(&full, "Cyanocobalamin"), 0);
    assert_true(printed(&full, "NAMESAKE ON THE WARD") > 0 || printed(&full, "NAMESAKE") > 1);
    assert_int_equal(printed(&full, "49"), 1);
    assert_non_null(field(&full, "allergy.same"));
    assert_non_null(field(&full, "allergy.id"));
    struct repli_layout bare = lay_out("face", repli_sample(SAMPLE_BARE, &a), &a);
    static const char *const why[] = {
        "not transmitted", "limit was",   "isolation was",   "such alert", "reason was",   "admission was",
        "doctor was",      "problem was", "procedure",       "no device",  "no order",     "no value",
        "as far as",       "nothing was", "appointment was", "contact",    "practitioner", "insurance was"};
    for (size_t i = 0; i < sizeof why / sizeof *why; i++)
        if (printed(&bare, why[i]) < 1)
            fail_msg("an empty section does not say \"%s\"", why[i]);
    struct repli_datasets *partly = repli_sample(SAMPLE_USUAL, &a); /* a stay, but no reason for it */
    for (size_t i = 0; i < partly->count; i++)
        for (size_t c = 0; strcmp(partly->sets[i].name, "stay") == 0 && c < partly->sets[i].ncolumns; c++)
            if (strcmp(partly->sets[i].columns[c], "reason") == 0)
                partly->sets[i].cells[c] = NULL;
    struct repli_layout stay = lay_out("face", partly, &a);
    assert_int_equal(printed(&stay, "no reason was transmitted"), 1);
    repli_arena_done(&a);
}

static struct repli_capture capture(const struct repli_layout *layout, const char *id)
{
    for (size_t s = 0; s < layout->nsides; s++)
        for (size_t i = 0; i < layout->sides[s].map.ncaptures; i++)
            if (strcmp(layout->sides[s].map.captures[i].id, id) == 0)
                return layout->sides[s].map.captures[i];
    fail_msg("there is no capture %s", id);
    return (struct repli_capture){0};
}

/* Words that stay images are captures of their own, by kind and number, and none of them can become a value. */
static void the_logs(void **state)
{
    static const struct {
        const char *form, *id, *key;
        size_t members;
    } cases[] = {
        {"wardlog", "outage", "{\"document\":\"outage\",\"number\":1}", 6},
        {"wardlog", "event1", "{\"document\":\"event\",\"number\":1}", 4},
        {"wardlog", "event15", "{\"document\":\"event\",\"number\":15}", 4},
        {"wardlog", "stop", "{\"document\":\"stop\",\"number\":1}", 5},
        {"messages", "message12", "{\"document\":\"message\",\"number\":12}", 13},
        {"messages", "result18", "{\"document\":\"result\",\"number\":18}", 8},
        {"notes", "isbar3", "{\"document\":\"isbar\",\"number\":3}", 27},
        {"notes", "note10", "{\"document\":\"note\",\"number\":10}", 4},
        {"notes", "care", "{\"document\":\"care\",\"number\":1}", 17},
        {"obs", "changed", "{\"document\":\"triggers\",\"number\":1}", 4},
    };
    struct repli_arena a = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
            struct repli_layout layout = lay_out(cases[i].form, repli_sample((enum sample_kind)kind, &a), &a);
            struct repli_capture c = capture(&layout, cases[i].id);
            assert_int_equal(layout.nsides, 2); /* one leaf */
            assert_string_equal(c.kind, "document");
            assert_string_equal(c.key, cases[i].key);
            assert_int_equal(c.nmembers, cases[i].members);
        }
    repli_arena_done(&a);
}

/* 24 hours of eleven amounts each, from the hour at which the day begins; each is keyed by one person, and is one value
** of its own (test_chart_forms.c says of what). */
static void the_fluid_chart(void **state)
{
    static const char *const blocks[] = {"early", "late", "night"};
    struct repli_arena a = {0};
    (void)state;
    for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
        struct repli_layout layout = lay_out("fluid", repli_sample((enum sample_kind)kind, &a), &a);
        assert_int_equal(layout.nsides, 2);
        size_t amounts = 0;
        for (size_t i = 0; i < layout.sides[0].map.nfields; i++) {
            const struct repli_field *f = &layout.sides[0].map.fields[i];
            amounts += f->kind == REPLI_FIELD_WRITE;
            assert_true(f->kind != REPLI_FIELD_WRITE || f->tier == 2);
        }
        assert_int_equal(amounts, 24 * 11);
        for (size_t b = 0; b < 3; b++)
            assert_non_null(field(&layout, repli_arena_printf(&a, "%s8.stool", blocks[b])));
        assert_true(printed(&layout, "05") >= 1 && printed(&layout, "23") >= 1);
        assert_int_equal(layout.sides[0].map.ncaptures, 24 * 11 + 3 * 4); /* and three sums of each block and of all */
        assert_int_equal(layout.sides[1].map.ncaptures, 6 + 5);           /* infusions, lines looked at */
    }
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_face_sheet), cmocka_unit_test(the_logs),
                                       cmocka_unit_test(the_fluid_chart)};
    return cmocka_run_group_tests(tests, NULL, close_all);
}
