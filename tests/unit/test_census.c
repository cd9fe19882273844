/* The paper of a ward's census: a line for everybody, none twice, as many sides as it needs, whatever the names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "form/form_internal.h"
#include "form/sample.h"
#include "repli/form.h"

#define WINDOW INT64_C(1795392000) /* 2026-11-23T00:00:00Z, 01:00 in Brussels */

static struct repli_zone *zone;
static struct repli_form *form;

static int open_form(void **state)
{
    struct repli_err err = {0};
    (void)state;
    if (repli_zone_open("Europe/Brussels", &zone, &err) != REPLI_OK ||
        repli_form_open(NULL, "census", "fr", &form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return 0;
}

static int close_form(void **state)
{
    (void)state;
    repli_form_close(form);
    repli_zone_close(zone);
    return 0;
}

static struct repli_dataset *set_of(struct repli_datasets *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->sets[i].name, name) == 0)
            return &all->sets[i];
    fail_msg("no dataset %s", name);
    return NULL;
}

static void put(struct repli_dataset *set, size_t row, const char *column, const char *value)
{
    for (size_t c = 0; c < set->ncolumns; c++)
        if (strcmp(set->columns[c], column) == 0)
            set->cells[row * set->ncolumns + c] = value;
}

/* A ward of n beds, two a room, everybody named `family`; every seventh bed is empty. */
static struct repli_datasets *ward(size_t n, const char *family, struct repli_arena *a)
{
    struct repli_datasets *all = repli_sample(SAMPLE_USUAL, a);
    struct repli_dataset *set = set_of(all, "census");
    set->nrows = n;
    set->cells = repli_arena_array(a, n * set->ncolumns + 1, sizeof *set->cells);
    for (size_t i = 0; i < n; i++) {
        put(set, i, "ward", "3B");
        put(set, i, "room", repli_arena_printf(a, "%zu", 301 + i / 2));
        put(set, i, "bed", repli_arena_printf(a, "%zu-%zu", 301 + i / 2, i % 2 + 1));
        put(set, i, "bed_id", repli_arena_printf(a, "b%zu", i));
        if (i % 7 == 6)
            continue;
        put(set, i, "patient_id", repli_arena_printf(a, "p%zu", i));
        put(set, i, "encounter_id", repli_arena_printf(a, "e%zu", i));
        put(set, i, "family", family);
        put(set, i, "given", "Anne");
        put(set, i, "birth_date", "1950-01-02");
        put(set, i, "identifier", repli_arena_printf(a, "90%04zu", i));
        put(set, i, "homonym", "1");
    }
    return all;
}

static enum repli_status lay(const struct repli_datasets *data, int64_t window, struct repli_arena *a,
                             struct repli_layout *out, struct repli_err *err)
{
    struct repli_layout_in in = {.form = form, .data = data, .zone = zone, .window_utc = window, .window_hours = 24};
    return repli_layout_make(&in, a, out, err);
}

static size_t times_printed(const struct repli_layout *l, const char *text)
{
    size_t n = 0;
    for (size_t s = 0; s < l->nsides; s++)
        for (size_t i = 0; i < l->sides[s].filled.count; i++)
            n += l->sides[s].filled.items[i].text && strstr(l->sides[s].filled.items[i].text, text) != NULL;
    return n;
}

static const struct repli_capture *capture(const struct repli_page_map *m, const char *id)
{
    static const struct repli_capture none = {0};
    for (size_t i = 0; i < m->ncaptures; i++)
        if (strcmp(m->captures[i].id, id) == 0)
            return &m->captures[i];
    fail_msg("no capture %s", id);
    return &none;
}

/* Each line is one capture with a tick group of its own, a place, and the head count's time; its key says who and
** where, its base where the data had him. */
static void a_line_is_a_capture(void **state)
{
    (void)state;
    static const char *const roles[] = {"present", "moved", "to", "left", "empty", "at", "by"};
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_layout l;
    if (lay(ward(28, "Peeters", &a), WINDOW, &a, &l, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    assert_int_equal(l.nsides, 2);
    assert_false(l.sides[1].map.verso); /* the log of comings and goings */
    assert_int_equal(l.sides[1].map.ncaptures, 12);
    assert_string_equal(capture(&l.sides[1].map, "log3")->key, "{\"log\":3,\"ward\":\"3B\"}");
    assert_string_equal(capture(&l.sides[1].map, "log3")->kind, "movement");
    const struct repli_page_map *m = &l.sides[0].map;
    assert_null(m->patient);
    assert_string_equal(m->ward, "3B");
    assert_int_equal(m->ncaptures, 29);
    for (int i = 1; i <= 28; i++) {
        const struct repli_capture *c = capture(m, repli_arena_printf(&a, "bed%d", i));
        assert_string_equal(c->kind, "movement");
        assert_int_equal(c->nmembers, 7);
        for (size_t r = 0; r < 7; r++) {
            const struct repli_field *f = &m->fields[c->fields[r]];
            assert_string_equal(c->roles[r], roles[r]);
            if (f->kind == REPLI_FIELD_TICK)
                assert_string_equal(f->group, repli_arena_printf(&a, "bed%d.where", i));
            assert_int_equal(f->tier, r == 6 ? 3 : 1);
        }
        assert_string_equal(m->fields[c->fields[5]].id, "count.at");
        json_t *key = json_loads(c->key, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(key, "bed_id")), repli_arena_printf(&a, "b%d", i - 1));
        assert_int_equal(json_is_string(json_object_get(key, "patient")), i % 7 != 0);
        json_decref(key);
    }
    assert_string_equal(capture(m, "bed3")->base, "\"3B 302-1\"");
    assert_string_equal(m->fields[capture(m, "bed3")->fields[0]].label, "302-1 PEETERS, Anne: présent");
    assert_non_null(strstr(capture(m, "count")->key, "\"printed\":24"));
    repli_arena_done(&a);
}

/* 28 beds stand at 7.0 mm on one side, 30 at 6.5 mm, more on two sides and so on; everybody once, and rooms whole. */
static void sides_as_needed(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 90; n += n < 27 || n > 33 ? 9 : 1) {
        struct repli_arena a = {0};
        struct repli_err err = {0};
        struct repli_layout l;
        if (lay(ward(n, "Peeters", &a), WINDOW, &a, &l, &err) != REPLI_OK)
            fail_msg("%d beds: %s", (int)n, err.text);
        size_t written = 0, lines = 0;
        for (size_t s = 0; s < l.nsides; s++) {
            const struct repli_page_map *m = &l.sides[s].map;
            if (m->ncaptures > 0 && strncmp(m->captures[0].id, "log", 3) == 0)
                continue;
            written += m->ncaptures > 0;
            lines += m->ncaptures - (m->ncaptures > 0);
            assert_true(m->ncaptures <= 31);
            if (m->ncaptures > 1 && s > 0)
                assert_int_equal(strtol(m->captures[0].id + 3, NULL, 10) % 2, 1);
        }
        size_t want = n <= 30 ? 1 : (n + 27) / 28;
        if (written != want)
            fail_msg("%d beds on %d sides", (int)n, (int)written);
        assert_int_equal(lines, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(times_printed(&l, repli_arena_printf(&a, "90%04zu", i)), i % 7 != 6);
        if (n == 28 || n == 30) {
            const struct repli_page_map *m = &l.sides[0].map;
            int32_t pitch =
                m->fields[capture(m, "bed2")->fields[0]].box.y0 - m->fields[capture(m, "bed1")->fields[0]].box.y0;
            assert_int_equal(pitch, n == 28 ? 7000 : 6500);
        }
        repli_arena_done(&a);
    }
}

/* A name of any length and script never costs the ward its census, is never cut, and leaves the number readable. */
static void hostile_names(void **state)
{
    (void)state;
    static const char *const names[] = {"Van den Berghe-De Smedt de Waersegger van Liedekerke de Pottelsberghe",
                                        "Dup\"ont\\ <b>&{n}",
                                        "\xD8\xA7\xD9\x84\xD8\xAD\xD8\xAF\xD8\xA7\xD8\xAF",
                                        "\xF0\x9F\x98\x80\xF0\x9F\x98\x80",
                                        "'; DROP TABLE patient; --",
                                        "=HYPERLINK(\"x\")",
                                        "*Peeters*"};
    struct repli_arena a = {0};
    char *endless = repli_arena_alloc(&a, 65537);
    memset(endless, 'M', 65536);
    for (size_t i = 0; i <= sizeof names / sizeof *names; i++) {
        struct repli_err err = {0};
        struct repli_layout l;
        const char *name = i < sizeof names / sizeof *names ? names[i] : endless;
        if (lay(ward(30, name, &a), WINDOW, &a, &l, &err) != REPLI_OK)
            fail_msg("%.40s: %s", name, err.text);
        for (size_t k = 0; k < 30; k++)
            assert_int_equal(times_printed(&l, repli_arena_printf(&a, "90%04zu", k)), k % 7 != 6);
        if (name == endless)
            assert_int_equal(times_printed(&l, "MMM"), 0);
    }
    repli_arena_done(&a);
}

/* The same data give the same page; another window changes what is due, and moves nothing. */
static void a_pure_function(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_layout l[3];
    struct repli_datasets *data = ward(29, "Peeters", &a);
    struct repli_dataset *orders = set_of(data, "orders");
    orders->nrows = 1;
    orders->cells = repli_arena_array(&a, orders->ncolumns + 1, sizeof *orders->cells);
    put(orders, 0, "patient_id", "p4");
    put(orders, 0, "status", "active");
    put(orders, 0, "as_needed", "0");
    put(orders, 0, "times", "[\"06:00\",\"18:00\"]");
    for (int i = 0; i < 3; i++)
        if (lay(data, WINDOW + (i == 2 ? 12 * 3600 : 0), &a, &l[i], &err) != REPLI_OK)
            fail_msg("%s", err.text);
    assert_int_equal(times_printed(&l[0], "06:00"), 1);
    assert_int_equal(times_printed(&l[2], "06:00"), 0);
    assert_int_equal(times_printed(&l[2], "18:00"), 1);
    assert_string_equal(repli_page_map_json(&l[0].sides[0].map, &a), repli_page_map_json(&l[1].sides[0].map, &a));
    assert_string_equal(repli_page_map_json(&l[0].sides[0].map, &a), repli_page_map_json(&l[2].sides[0].map, &a));
    assert_string_equal(l[0].sides[0].layer, l[2].sides[0].layer);
    assert_int_equal(l[0].sides[0].filled.count, l[1].sides[0].filled.count);
    repli_arena_done(&a);
}

/* What is given when it is needed, by a flag or by a word of its rhythm, and another day's one dose, are not due. */
static void only_what_is_due(void **state)
{
    (void)state;
    static const struct {
        const char *as_needed, *frequency, *start;
        int printed;
    } cases[] = {
        {"0", "2x/d", NULL, 1},
        {"1", "2x/d", NULL, 0},
        {"0", "si nécessaire", NULL, 0},
        {"0", "zo nodig, 2x/d", NULL, 0},
        {"0", "eenmalig", "1795300000", 0}, /* two days before */
        {"0", "eenmalig", "1795392000", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_arena a = {0};
        struct repli_err err = {0};
        struct repli_layout l;
        struct repli_datasets *data = ward(1, "Peeters", &a);
        struct repli_dataset *orders = set_of(data, "orders");
        orders->nrows = 1;
        orders->cells = repli_arena_array(&a, orders->ncolumns, sizeof *orders->cells);
        put(orders, 0, "patient_id", repli_dataset_cell(set_of(data, "census"), 0, "patient_id"));
        put(orders, 0, "status", "active");
        put(orders, 0, "as_needed", cases[i].as_needed);
        put(orders, 0, "frequency", cases[i].frequency);
        put(orders, 0, "start_utc", cases[i].start);
        put(orders, 0, "times", "[\"06:00\"]");
        if (lay(data, WINDOW, &a, &l, &err) != REPLI_OK)
            fail_msg("%s", err.text);
        if ((times_printed(&l, "06:00") > 0) != (cases[i].printed > 0))
            fail_msg("case %zu: printed %d times", i, (int)times_printed(&l, "06:00"));
        repli_arena_done(&a);
    }
}

/* What the record knows of allergies is told in different words: yes, none known, not asked, nothing transmitted. */
static void allergies_are_four_things(void **state)
{
    (void)state;
    static const struct {
        const char *value, *printed;
    } cases[] = {
        {"yes", "allergie"}, {"none-known", "aucune connue"}, {"not-asked", "non demandé"}, {NULL, "non transmises"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_arena a = {0};
        struct repli_err err = {0};
        struct repli_layout l;
        struct repli_datasets *data = ward(1, "Peeters", &a);
        put(set_of(data, "census"), 0, "allergy", cases[i].value);
        put(set_of(data, "census"), 0, "isolation", "contact");
        assert_int_equal(lay(data, WINDOW, &a, &l, &err), REPLI_OK);
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
            assert_int_equal(times_printed(&l, cases[k].printed), i == k);
        assert_int_equal(times_printed(&l, "HOMONYME"), 1);
        repli_arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_a_capture), cmocka_unit_test(sides_as_needed),
        cmocka_unit_test(hostile_names),       cmocka_unit_test(a_pure_function),
        cmocka_unit_test(only_what_is_due),    cmocka_unit_test(allergies_are_four_things),
    };
    return cmocka_run_group_tests(tests, open_form, close_form);
}
