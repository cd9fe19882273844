/* Layouts: whatever the data, a layout fits and passes every check, or is refused by name; overlays move nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "form/form_internal.h"
#include "form/sample.h"
#include "repli/form.h"

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

/* ---- the columns' fields and captures */

static const struct {
    const char *id;
    enum repli_field_kind kind;
    size_t parts;
    int tier;
    bool capture;
} column_fields[] = {
    {"day", REPLI_FIELD_DIGITS, 2, 1, false},   {"at", REPLI_FIELD_DIGITS, 4, 1, false},
    {"by", REPLI_FIELD_INITIALS, 0, 3, false},  {"rr", REPLI_FIELD_BAND, 5, 2, true},
    {"spo2", REPLI_FIELD_BAND, 4, 2, true},     {"o2", REPLI_FIELD_BAND, 2, 2, true},
    {"sbp", REPLI_FIELD_BAND, 5, 2, true},      {"pulse", REPLI_FIELD_BAND, 6, 2, true},
    {"acvpu", REPLI_FIELD_BAND, 2, 2, true},    {"temp", REPLI_FIELD_BAND, 5, 2, true},
    {"dbp", REPLI_FIELD_DIGITS, 3, 2, true},    {"pain", REPLI_FIELD_DIGITS, 2, 2, true},
    {"device", REPLI_FIELD_DIGITS, 1, 2, true}, {"flow", REPLI_FIELD_DIGITS, 2, 2, true},
    {"news", REPLI_FIELD_DIGITS, 2, 1, true},
};

/* Every field of the form is there, in each of seven columns, with the roles and tiers that review counts on. */
static void test_obs_fields(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_layout layout;
    struct repli_form *form = obs("fr");
    (void)state;
    assert_int_equal(make(form, repli_sample(SAMPLE_USUAL, &a), 1795395600, &a, &layout, &err), REPLI_OK);
    assert_int_equal(layout.nsides, 2);
    const struct repli_page_map *m = &layout.sides[0].map;
    for (int c = 1; c <= 7; c++)
        for (size_t i = 0; i < sizeof column_fields / sizeof *column_fields; i++) {
            const struct repli_field *f =
                repli_page_map_field(m, repli_arena_printf(&a, "col%d.%s", c, column_fields[i].id));
            if (!f)
                fail_msg("col%d.%s is not there", c, column_fields[i].id);
            assert_int_equal(f->kind, column_fields[i].kind);
            assert_int_equal(f->nparts, column_fields[i].parts);
            assert_int_equal(f->tier, column_fields[i].tier);
            assert_string_equal(f->capture, "observation");
            assert_true(f->label && *f->label);
            for (size_t k = 0; column_fields[i].capture && k < m->ncaptures; k++)
                if (strcmp(m->captures[k].id, f->id) == 0) {
                    static const char *const roles[] = {"day", "at", "by", "value"};
                    assert_int_equal(m->captures[k].nmembers, 4);
                    for (size_t r = 0; r < 4; r++)
                        assert_string_equal(m->captures[k].roles[r], roles[r]);
                    assert_ptr_equal(&m->fields[m->captures[k].fields[3]], f);
                    assert_non_null(strstr(m->captures[k].key, repli_arena_printf(&a, "\"column\":%d,", c)));
                }
        }
    assert_int_equal(m->ncaptures, 7 * 12);
    const struct repli_field *day = repli_page_map_field(m, "col1.day"), *at = repli_page_map_field(m, "col1.at");
    assert_true(day->soft.has_low && day->soft.low > 22.9 && day->soft.high < 24.1 && day->hard.high > 30.9);
    assert_false(at->soft.has_low || at->hard.has_low);
    for (size_t s = 0; s < 2; s++) {
        static const char *const page[] = {"page.correction", "page.void", "page.continues", "page.spare"};
        for (size_t i = 0; i < 4; i++) {
            const struct repli_field *f = repli_page_map_field(&layout.sides[s].map, page[i]);
            assert_non_null(f);
            assert_null(f->capture);
            assert_int_equal(f->tier, 1);
        }
    }
    assert_non_null(repli_page_map_field(&layout.sides[1].map, "daily.weight"));
    assert_non_null(repli_page_map_field(&layout.sides[1].map, "esc5.plan"));
    assert_non_null(repli_page_map_field(&layout.sides[1].map, "area.notes"));
    repli_form_close(form);
    repli_arena_done(&a);
}

/* The known places of the sheet: what the scanner looks for first must be where every page has it. */
static void test_furniture(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_layout layout;
    struct repli_form *form = obs("nl");
    (void)state;
    assert_int_equal(make(form, repli_sample(SAMPLE_FULL, &a), 1795395600, &a, &layout, &err), REPLI_OK);
    for (size_t s = 0; s < layout.nsides; s++) {
        const struct repli_page_map *m = &layout.sides[s].map;
        assert_int_equal(m->codes[0].x0, 179090);
        assert_int_equal(m->codes[0].x1 - m->codes[0].x0, 18870);
        assert_int_equal(m->codes[1].y0, 269630);
        assert_int_equal(m->marks[4].y, 68500);
        assert_int_equal(m->side, (int)s + 1);
        assert_int_equal(m->sides, (int)layout.nsides);
        for (size_t f = 0; f < m->nfields; f++) {
            assert_int_equal(m->fields[f].box.x0 % 10, 0);
            assert_int_equal(m->fields[f].box.y1 % 10, 0);
        }
    }
    repli_form_close(form);
    repli_arena_done(&a);
}

/* A window over the end of a month names both months and has no range of days. */
static void test_month_end(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_layout layout;
    struct repli_form *form = obs("fr");
    (void)state;
    assert_int_equal(make(form, repli_sample(SAMPLE_USUAL, &a), 1796050800, &a, &layout, &err),
                     REPLI_OK); /* 30 November, 16:00 */
    const struct repli_field *day = repli_page_map_field(&layout.sides[0].map, "col1.day");
    assert_false(day->soft.has_low);
    assert_string_equal(day->label, "Jour (nov/déc 2026)");
    repli_form_close(form);
    repli_arena_done(&a);
}

/* ---- random patients */
struct dice {
    uint64_t s;
};

static uint32_t roll(struct dice *d, uint32_t n)
{
    d->s = d->s * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(d->s >> 33) % n;
}

static const char *words(struct dice *d, struct repli_arena *a, uint32_t max_words, uint32_t max_len)
{
    static const char *const letters[] = {"a", "e", "i", "o", "é", "ë", "ü", "ç", "œ", "Ễ", "Ố",  "Ğ", "ł",
                                          "Ș", "W", "M", "n", "r", "s", "t", "l", "-", "'", "中", "*", "ß"};
    struct repli_buf b = {0};
    uint32_t n = 1 + roll(d, max_words);
    for (uint32_t w = 0; w < n; w++) {
        repli_buf_puts(&b, w ? " " : "");
        for (uint32_t i = 0, len = 1 + roll(d, max_len); i < len; i++)
            repli_buf_puts(&b, letters[roll(d, sizeof letters / sizeof *letters)]);
    }
    char *text = repli_arena_strndup(a, b.data, b.len);
    repli_buf_done(&b);
    return text;
}

static const char *cell_for(struct dice *d, struct repli_arena *a, const char *column, bool wild)
{
    static const char *const kinds[] = {"substance", "none-known", "not-asked"};
    static const char *const codes[] = {"9279-1", "59408-5", "8310-5", "x", "2160-0"};
    static const char *const births[] = {"1931-12-31", "1999", "1985-07", "2026-11-02", "not a date"};
    size_t n = strlen(column);
    if (roll(d, 6) == 0)
        return NULL;
    if (n > 4 && strcmp(column + n - 4, "_utc") == 0)
        return repli_arena_printf(a, "%u", 1795000000u + roll(d, 400000));
    if (strcmp(column, "birth_date") == 0)
        return births[roll(d, 5)];
    if (strcmp(column, "homonym") == 0 || strcmp(column, "deceased") == 0)
        return roll(d, 2) ? "1" : "0";
    if (strcmp(column, "kind") == 0)
        return kinds[roll(d, 3)];
    if (strcmp(column, "code") == 0)
        return codes[roll(d, 5)];
    if (strcmp(column, "value") == 0)
        return repli_arena_printf(a, "%u.%u", roll(d, 400), roll(d, 100));
    if (strcmp(column, "identifier") == 0 || strcmp(column, "stay_number") == 0)
        return repli_arena_printf(a, "%u%u", roll(d, 100000), roll(d, 100000));
    return wild ? words(d, a, roll(d, 4) ? 3 : 6, roll(d, 4) ? 9 : 24) : words(d, a, 3, 9);
}

static struct repli_datasets *random_data(struct dice *d, struct repli_arena *a, bool wild)
{
    struct repli_datasets *all = repli_sample(SAMPLE_BARE, a);
    for (size_t s = 0; s < all->count; s++) {
        struct repli_dataset *set = &all->sets[s];
        set->nrows = strcmp(set->name, "allergies") == 0           ? roll(d, 31)
                     : strcmp(set->name, "last_observations") == 0 ? roll(d, 41)
                                                                   : 1;
        set->cells = repli_arena_array(a, set->nrows * set->ncolumns + 1, sizeof *set->cells);
        for (size_t r = 0; r < set->nrows; r++)
            for (size_t c = 0; c < set->ncolumns; c++)
                set->cells[r * set->ncolumns + c] = cell_for(d, a, set->columns[c], wild);
    }
    return all;
}

/* All text that is printed, without blanks: what a value was broken over lines still says. */
static bool printed(const struct repli_layout *layout, struct repli_arena *a, const char *text)
{
    struct repli_buf all = {0}, want = {0};
    for (size_t s = 0; s < layout->nsides; s++)
        for (size_t i = 0; i < layout->sides[s].filled.count; i++) {
            const struct repli_draw *d = &layout->sides[s].filled.items[i];
            for (const char *c = d->kind == REPLI_DRAW_TEXT ? d->text : ""; *c; c++)
                if (*c != ' ')
                    repli_buf_add(&all, c, 1);
        }
    for (const char *c = text; *c; c++)
        if (*c != ' ')
            repli_buf_add(&want, c, 1);
    bool found = strstr(all.data, want.data) != NULL;
    (void)a;
    repli_buf_done(&all);
    repli_buf_done(&want);
    return found;
}

/* Ordinary patients always get their sheet; wild ones get it or are refused by name; every layout made passes the check
** together with an overlay of any age, holds all its data, and every layer name stands for one list. */
static void random_patients(const char *lang, uint64_t seed, int count, bool wild)
{
    struct repli_form *form = obs(lang);
    int made = 0, refused = 0;
    for (int i = 0; i < count; i++) {
        struct repli_arena a = {0};
        struct repli_err err = {0};
        struct repli_layout layout;
        struct dice d = {seed * 1000 + (uint64_t)i};
        struct repli_datasets *data = random_data(&d, &a, wild);
        enum repli_status status = make(form, data, 1795395600 + (int64_t)roll(&d, 40) * 86400, &a, &layout, &err);
        if (status != REPLI_OK) {
            if (!wild || status != REPLI_DATA || !err.text[0])
                fail_msg("%s patient %d: %d %s", lang, i, status, err.text);
            refused++;
        }
        for (size_t s = 0; status == REPLI_OK && s < layout.nsides; s++) {
            static const int64_t ages[] = {0, 14400, 14460, 43200, 43260, 86400, 90000, 400000};
            static const char *const sheets[] = {"K7QD-M3XA-9", "WWWW-WWWW-W", "0000-0000-0"};
            struct repli_draw_list overlay;
            struct repli_overlay_in over = {.form = form,
                                            .zone = zone,
                                            .side = &layout.sides[s],
                                            .sheet = sheets[roll(&d, 3)],
                                            .data_utc = 1795395600,
                                            .print_utc = 1795395600 + ages[roll(&d, 8)],
                                            .drill = roll(&d, 2),
                                            .copy = roll(&d, 2),
                                            .copy_of = roll(&d, 3) ? NULL : "K7QD-M3XE-W"};
            if (repli_layout_overlay(&over, &a, &overlay, &err) != REPLI_OK)
                fail_msg("%s patient %d side %zu: %s", lang, i, s, err.text);
            assert_int_equal(repli_layout_check(&layout.sides[s], &overlay, &err), REPLI_OK);
        }
        const struct repli_dataset *last = repli_dataset_get(data, "last_observations");
        for (size_t r = 0; status == REPLI_OK && !wild && r < last->nrows; r++) {
            const char *value = repli_dataset_cell(last, r, "value");
            if (value && !printed(&layout, &a, repli_form_decimal(value, &a)))
                fail_msg("%s patient %d: value %s of row %zu is nowhere on paper", lang, i, value, r);
        }
        made += status == REPLI_OK;
        assert_true(status != REPLI_OK || layout.nsides % 2 == 0);
        repli_arena_done(&a);
    }
    assert_true(made > 0);
    assert_true(!wild || refused > 0);
    repli_form_close(form);
}

static void test_random_patients(void **state)
{
    static const char *const langs[] = {"fr", "nl", "de", "en"};
    (void)state;
    for (size_t l = 0; l < 4; l++) {
        random_patients(langs[l], 11 + l, 60, false);
        random_patients(langs[l], 71 + l, 40, true);
    }
}

/* Sides with one layer name have the same fixed list, item by item. */
static void test_layers(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_form *form = obs("fr");
    struct repli_layout l[12];
    size_t shared = 0;
    (void)state;
    for (size_t i = 0; i < 12; i++) {
        struct dice d = {500 + i};
        assert_int_equal(make(form, i < 3 ? repli_sample((enum sample_kind)i, &a) : random_data(&d, &a, false),
                              1795395600, &a, &l[i], &err),
                         REPLI_OK);
    }
    for (size_t i = 0; i < 12; i++)
        for (size_t k = 0; k < i; k++)
            for (size_t s = 0; s < l[i].nsides && s < l[k].nsides; s++) {
                const struct repli_side *x = &l[i].sides[s], *y = &l[k].sides[s];
                if (strcmp(x->layer, y->layer) != 0)
                    continue;
                shared++;
                assert_int_equal(x->fixed.count, y->fixed.count);
                for (size_t n = 0; n < x->fixed.count; n++) {
                    const struct repli_draw *p = &x->fixed.items[n], *q = &y->fixed.items[n];
                    assert_true(p->kind == q->kind && p->x0 == q->x0 && p->y0 == q->y0 && p->x1 == q->x1 &&
                                p->y1 == q->y1 && p->white == q->white && p->line_um == q->line_um &&
                                p->size_cpt == q->size_cpt);
                    assert_true(!p->text == !q->text && (!p->text || strcmp(p->text, q->text) == 0));
                }
            }
    assert_true(shared >= 66); /* at least all first sides */
    repli_form_close(form);
    repli_arena_done(&a);
}

/* A sign that no face has is not dropped: it shows as U+FFFD and the foot says so; so does an unknown birth date. */
static void test_unprintable(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_layout layout;
    struct repli_form *form = obs("fr");
    struct repli_datasets *data = repli_sample(SAMPLE_USUAL, &a);
    struct repli_dataset *p = &data->sets[0];
    (void)state;
    for (size_t c = 0; c < p->ncolumns; c++) {
        if (strcmp(p->columns[c], "given") == 0)
            p->cells[c] = "Mei 美";
        if (strcmp(p->columns[c], "birth_date") == 0)
            p->cells[c] = NULL;
    }
    assert_int_equal(make(form, data, 1795395600, &a, &layout, &err), REPLI_OK);
    assert_true(printed(&layout, &a, "PEETERS-VANDERHAEGHEN, Mei \xEF\xBF\xBD"));
    assert_true(printed(&layout, &a, "signe impossible"));
    assert_true(printed(&layout, &a, "né(e) le inconnu"));
    repli_form_close(form);
    repli_arena_done(&a);
}

/* The three kinds of allergy, and the fourth thing: that nothing was transmitted. */
static void test_allergies(void **state)
{
    static const struct {
        const char *kind, *want, *never;
    } cases[] = {{"substance", "inconnu", "aucune"},
                 {"none-known", "aucune connue", "non"},
                 {"not-asked", "non demandé", "aucune"},
                 {NULL, "non transmises", "aucune"}};
    struct repli_form *form = obs("fr");
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct repli_arena a = {0};
        struct repli_err err = {0};
        struct repli_layout layout;
        struct repli_datasets *data = repli_sample(SAMPLE_BARE, &a);
        for (size_t s = 0; s < data->count; s++)
            if (cases[i].kind && strcmp(data->sets[s].name, "allergies") == 0) {
                data->sets[s].nrows = 1;
                data->sets[s].cells = repli_arena_array(&a, data->sets[s].ncolumns, sizeof(char *));
                for (size_t c = 0; c < data->sets[s].ncolumns; c++)
                    if (strcmp(data->sets[s].columns[c], "kind") == 0)
                        data->sets[s].cells[c] = cases[i].kind;
            }
        assert_int_equal(make(form, data, 1795395600, &a, &layout, &err), REPLI_OK);
        assert_true(printed(&layout, &a, cases[i].want));
        if (i != 1)
            assert_false(printed(&layout, &a, "aucune connue"));
        if (i != 3)
            assert_false(printed(&layout, &a, "non transmises"));
        repli_form_close(NULL);
        repli_arena_done(&a);
    }
    repli_form_close(form);
}

/* The check itself finds what is planted: one bad thing at a time on a page that was good. */
static void test_check_finds(void **state)
{
    static const struct {
        struct repli_draw d;
        const char *want;
    } cases[] = {
        {{.kind = REPLI_DRAW_FILL, .x0 = 3000, .y0 = 100000, .x1 = 5000, .y1 = 101000}, "off the printable paper"},
        {{.kind = REPLI_DRAW_FILL, .x0 = 14000, .y0 = 10000, .x1 = 15000, .y1 = 11000},
         "within 2.9 mm of a registration mark"},
        {{.kind = REPLI_DRAW_LINE, .x0 = 177500, .y0 = 20000, .x1 = 177500, .y1 = 30000, .line_um = 200}, "quiet zone"},
        {{.kind = REPLI_DRAW_FILL, .x0 = 45000, .y0 = 45000, .x1 = 46000, .y1 = 46000}, "touches"},
        {{.kind = REPLI_DRAW_TEXT,
          .x0 = 60000,
          .y0 = 82600,
          .face = REPLI_FACE_REGULAR,
          .size_cpt = 800,
          .text = "x",
          .width_um = 1500},
         "is printed where one writes"},
        {{.kind = REPLI_DRAW_FILL, .x0 = 77000, .y0 = 270000, .x1 = 77500, .y1 = 271000}, "needs 1.86 mm of white"},
        {{.kind = REPLI_DRAW_TEXT,
          .white = true,
          .x0 = 130000,
          .y0 = 14900,
          .face = REPLI_FACE_REGULAR,
          .size_cpt = 400,
          .text = "x",
          .width_um = 700},
         "no black plate"},
    };
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_layout layout;
    struct repli_form *form = obs("fr");
    (void)state;
    assert_int_equal(make(form, repli_sample(SAMPLE_USUAL, &a), 1795395600, &a, &layout, &err), REPLI_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_err found = {0};
        struct repli_draw d = cases[i].d;
        struct repli_draw_list list = {&d, 1};
        if (repli_layout_check(&layout.sides[0], &list, &found) != REPLI_DATA || !strstr(found.text, cases[i].want))
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, found.text, cases[i].want);
    }
    struct repli_side two = layout.sides[0];
    two.map.fields[0].box = two.map.fields[1].box;
    struct repli_err found = {0};
    assert_int_equal(repli_layout_check(&two, NULL, &found), REPLI_DATA);
    repli_form_close(form);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_obs_fields),      cmocka_unit_test(test_furniture),   cmocka_unit_test(test_month_end),
        cmocka_unit_test(test_random_patients), cmocka_unit_test(test_layers),      cmocka_unit_test(test_unprintable),
        cmocka_unit_test(test_allergies),       cmocka_unit_test(test_check_finds),
    };
    return cmocka_run_group_tests(tests, open_zone, close_zone);
}
