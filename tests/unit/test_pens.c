/* The test tools are held to account too: a simulator that lies would make every reading test worthless. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "repli/text.h"
#include "support/ink.h"
#include "support/pens.h"
#include "support/picture.h"
#include "support/sample.h"
#include "support/scanner.h"

#define WINDOW INT64_C(1795395600) /* 2026-11-23T01:00:00Z */

static struct repli_zone *brussels(void)
{
    struct repli_zone *zone = NULL;
    struct repli_err err = {0};
    if (repli_zone_open("Europe/Brussels", &zone, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return zone;
}

/* Gray of the pixel at a place of the sheet. */
static int gray_at(const struct repli_image *im, double x_mm, double y_mm)
{
    int x = (int)lround(x_mm * im->dpi / 25.4 - 0.5), y = (int)lround(y_mm * im->dpi / 25.4 - 0.5);
    return im->gray[(size_t)y * (size_t)im->width + (size_t)x];
}

static int dark_in(const struct repli_image *im, const struct repli_box *b)
{
    int n = 0;
    double step = 25400 / im->dpi;
    for (double y = b->y0; y < b->y1; y += step)
        for (double x = b->x0; x < b->x1; x += step)
            n += gray_at(im, x / 1000, y / 1000) < 170;
    return n;
}

/* Equal seeds give equal draws, other streams other ones, and every draw stays in its bounds. */
static void chance_is_repeatable_and_bounded(void **state)
{
    (void)state;
    struct prng a, b, c;
    prng_seed(&a, 7, 1), prng_seed(&b, 7, 1), prng_seed(&c, 7, 2);
    int differs = 0;
    for (int i = 0; i < 10000; i++) {
        uint64_t x = prng_next(&a);
        assert_int_equal(x, prng_next(&b));
        differs += x != prng_next(&c);
        int k = prng_int(&a, -3, 5);
        assert_in_range(k + 3, 0, 8);
        assert_int_equal(k, prng_int(&b, -3, 5));
    }
    assert_true(differs > 9990);
}

/* Every character of a ward's numbers has several shapes, and each leaves ink inside its place and none far outside. */
static void characters_stay_in_their_place(void **state)
{
    (void)state;
    for (const char *c = "0123456789ACVPUv"; *c != '\0'; c++) {
        assert_true(ink_char_variants(*c) >= 2);
        for (uint64_t seed = 1; seed <= 12; seed++) {
            struct prng r;
            prng_seed(&r, seed, (uint64_t)*c);
            struct repli_image page = picture_sheet(200);
            struct ink_pen pen = ink_any_pen(&r, false);
            ink_char(&page, *c, 50, 50, 3.4, 4.4, &pen, &r);
            assert_true(dark_in(&page, &(struct repli_box){47500, 47000, 52500, 53000}) > 10);
            int all = dark_in(&page, &(struct repli_box){30000, 30000, 70000, 70000});
            assert_int_equal(all, dark_in(&page, &(struct repli_box){46000, 46000, 54000, 54000}));
            picture_done(&page);
        }
    }
}

/* Marks leave ink in or beside their box; an untouched box stays white inside. */
static void marks_leave_ink(void **state)
{
    (void)state;
    struct repli_box box = {50000, 50000, 54000, 54000}, around = {44000, 44000, 60000, 60000};
    for (int mark = PENS_NONE; mark < PENS_WRITING; mark++) {
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct prng r;
            prng_seed(&r, seed, (uint64_t)mark);
            struct repli_image page = picture_sheet(300);
            pens_draw_mark(&page, &box, (enum pens_mark)mark, &r);
            int inside = dark_in(&page, &box), all = dark_in(&page, &around);
            if (mark == PENS_NONE)
                assert_int_equal(all, 0);
            else
                assert_true(all > 0);
            if (mark == PENS_BLACKENED) /* of 47 x 47 pixels, most */
                assert_true(inside > 1100);
            if (mark == PENS_TICK || mark == PENS_CROSS)
                assert_in_range(inside, 60, 1400);
            picture_done(&page);
        }
    }
}

static double row_value(const struct pens_field *f)
{
    double v = 0;
    assert_true(repli_number(f->value, &v));
    return v;
}

/* What the ward writes is possible: numbers in the row of their band, times inside the window and in order. */
static void plans_are_plausible(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_zone *zone = brussels();
    struct pens_options o = {.zone = zone, .used = 0.8};
    size_t bands = 0, times = 0, combs = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct prng r;
        prng_seed(&r, seed, 0);
        int64_t last = WINDOW;
        for (int side = 1; side <= 2; side++) {
            struct repli_page_map *map = sample_sheet(&a, side, WINDOW, 24);
            struct pens_field *plan = pens_plan(map, &o, &r, &a);
            for (size_t i = 0; i < map->nfields; i++) {
                const struct repli_field *f = &map->fields[i];
                if (f->kind == REPLI_FIELD_BAND && plan[i].row >= 0 && f->letters == NULL) {
                    double v = row_value(&plan[i]);
                    const struct repli_range *row = &f->rows[plan[i].row];
                    assert_true(!row->has_low || v > row->low - 1e-6);
                    assert_true(!row->has_high || v < row->high + 1e-6);
                    assert_true(!f->hard.has_high || v < f->hard.high + 1e-6);
                    bands++;
                }
                if (plan[i].mark == PENS_WRITING && f->kind == REPLI_FIELD_DIGITS && f->hard.has_high &&
                    f->role == NULL) {
                    double v = row_value(&plan[i]);
                    assert_true(v > f->hard.low - 1e-6 && v < f->hard.high + 1e-6);
                    combs++;
                }
                if (f->role != NULL && strcmp(f->role, "at") == 0 && plan[i].mark == PENS_WRITING) {
                    int64_t found[2], hh, mm;
                    char h[3] = {plan[i].value[0], plan[i].value[1], 0}, m[3] = {plan[i].value[2], plan[i].value[3], 0};
                    assert_true(repli_integer(h, 0, 23, &hh) && repli_integer(m, 0, 59, &mm));
                    assert_int_equal(1, repli_zone_in_window(zone, WINDOW, 24, (int)hh, (int)mm, found));
                    assert_true(found[0] > last || (side == 1 && found[0] == last));
                    last = found[0];
                    times++;
                }
                assert_true(plan[i].mark != PENS_WRITING || f->kind != REPLI_FIELD_TICK);
            }
        }
    }
    assert_true(bands > 2000 && times > 500 && combs > 500);
    repli_zone_close(zone);
    repli_arena_done(&a);
}

/* Ink is where the truth says ink: written cells and rows are dark, the others white. */
static void drawing_follows_the_plan(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_zone *zone = brussels();
    struct pens_options o = {.zone = zone, .used = 0.6};
    struct prng r;
    prng_seed(&r, 3, 0);
    struct repli_page_map *map = sample_sheet(&a, 1, WINDOW, 24);
    struct pens_field *plan = pens_plan(map, &o, &r, &a);
    struct repli_image page = picture_sheet(200);
    pens_draw(&page, map, plan, &r);
    for (size_t i = 0; i < map->nfields; i++) {
        const struct repli_field *f = &map->fields[i];
        int dark = dark_in(&page, f->kind == REPLI_FIELD_BAND && plan[i].row >= 0 ? &f->parts[plan[i].row] : &f->box);
        if (plan[i].mark == PENS_WRITING)
            assert_true(dark > 8);
        else if (plan[i].mark == PENS_NONE && f->kind != REPLI_FIELD_BAND)
            assert_int_equal(dark, 0);
    }
    picture_done(&page);
    repli_zone_close(zone);
    repli_arena_done(&a);
}

/* Middle of the darkness within 4 mm of where the matrix says a mark is. */
static void find_blob(const struct repli_image *im, double px, double py, double *x, double *y)
{
    double n = 0, sx = 0, sy = 0;
    int reach = (int)(4 * im->dpi / 25.4);
    for (int j = (int)py - reach; j <= (int)py + reach; j++) {
        for (int i = (int)px - reach; i <= (int)px + reach; i++) {
            if (i < 0 || j < 0 || i >= im->width || j >= im->height || im->gray[j * im->width + i] >= 200)
                continue;
            double weight = 200 - im->gray[j * im->width + i];
            n += weight, sx += weight * i, sy += weight * j;
        }
    }
    *x = sx / n, *y = sy / n;
}

/* Middle (mm) of a 5 mm square after drawing it on whole pixels. */
static double drawn_middle(int32_t um, double dpi)
{
    double k = dpi / 25400;
    return (double)(lround((um - 2500) * k) + lround((um + 2500) * k)) / 2 / k / 1000;
}

/* The scanner's matrix tells where things are: every printed mark is found within a twentieth of a pixel of it, at
** both resolutions, in all quarter turns. */
static void matrix_is_the_truth(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_page_map *map = sample_sheet(&a, 1, WINDOW, 24);
    map->nfields = 0; /* marks only */
    struct repli_image page = picture_sheet(600);
    pens_draw_sheet(&page, map, NULL);
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct prng r;
        struct scanner_params p;
        struct repli_image scan;
        double m[9], worst = 0;
        prng_seed(&r, seed, 0);
        scanner_sample(&p, seed % 2 ? SCANNER_MILD : SCANNER_MEDIUM, &r);
        p.one_bit = false, p.lid = 250, p.quarter = 90 * (int)(seed % 4), p.noise = 1, p.streaks = 0;
        scanner_scan(&page, &p, &r, &scan, m);
        for (int i = 0; i < 5; i++) {
            double px, py, x, y;
            scanner_where(m, drawn_middle(map->marks[i].x, 600), drawn_middle(map->marks[i].y, 600), &px, &py);
            find_blob(&scan, px, py, &x, &y);
            worst = fmax(worst, hypot(x - px, y - py));
        }
        if (!(worst < 0.05))
            fail_msg("seed %d: a mark lies %.2f pixels from where the matrix says", (int)seed, worst);
        picture_done(&scan);
    }
    picture_done(&page);
    repli_arena_done(&a);
}

/* Equal seeds give equal pixels; a 1-bit scan has two levels only. */
static void scans_are_repeatable(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_page_map *map = sample_sheet(&a, 1, WINDOW, 24);
    struct repli_image page = picture_sheet(200), scan[2];
    pens_draw_sheet(&page, map, NULL);
    for (int i = 0; i < 2; i++) {
        struct prng r;
        struct scanner_params p;
        double m[9];
        prng_seed(&r, 11, 0);
        scanner_sample(&p, SCANNER_MEDIUM, &r);
        p.dpi = 200, p.one_bit = true;
        scanner_scan(&page, &p, &r, &scan[i], m);
    }
    size_t n = (size_t)scan[0].width * (size_t)scan[0].height;
    assert_memory_equal(scan[0].gray, scan[1].gray, n);
    for (size_t i = 0; i < n; i++)
        assert_true(scan[0].gray[i] == 0 || scan[0].gray[i] == 255);
    picture_done(&scan[0]);
    picture_done(&scan[1]);
    picture_done(&page);
    repli_arena_done(&a);
}

/* The window comes out of the digits as it went in; damaged digits are refused. */
static void window_of_a_code(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_page_map *map = sample_sheet(&a, 1, WINDOW, 24);
    int64_t start = 0;
    int hours = 0;
    assert_true(pens_window(map->code, &start, &hours));
    assert_int_equal(start, WINDOW);
    assert_int_equal(hours, 24);
    assert_false(pens_window(map->code + 1, &start, &hours));
    assert_false(pens_window(NULL, &start, &hours));
    repli_arena_done(&a);
}

/* REPLI_LOOK=FOLDER writes a filled and scanned sample there, to be looked at. */
static void a_sheet_to_look_at(void **state)
{
    (void)state;
    const char *folder = getenv("REPLI_LOOK");
    if (folder == NULL)
        return;
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_zone *zone = brussels();
    struct pens_options o = {.zone = zone, .used = 0.9, .stress = true};
    struct prng r;
    struct scanner_params p;
    struct repli_image page = picture_sheet(600), scan;
    double m[9];
    prng_seed(&r, 5, 0);
    struct repli_page_map *map = sample_sheet(&a, 1, WINDOW, 24);
    pens_draw_sheet(&page, map, NULL);
    pens_draw(&page, map, pens_plan(map, &o, &r, &a), &r);
    scanner_sample(&p, SCANNER_MILD, &r);
    p.quarter = 0, p.one_bit = false, p.dpi = 300;
    scanner_damage(&page, &p, map->codes, 2, &r);
    scanner_scan(&page, &p, &r, &scan, m);
    char *name = repli_arena_printf(&a, "%s/sample.png", folder);
    assert_int_equal(REPLI_OK, picture_write(name, &scan, 80, &err));
    picture_done(&scan);
    picture_done(&page);
    repli_zone_close(zone);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_is_repeatable_and_bounded),
        cmocka_unit_test(characters_stay_in_their_place),
        cmocka_unit_test(marks_leave_ink),
        cmocka_unit_test(plans_are_plausible),
        cmocka_unit_test(drawing_follows_the_plan),
        cmocka_unit_test(matrix_is_the_truth),
        cmocka_unit_test(scans_are_repeatable),
        cmocka_unit_test(window_of_a_code),
        cmocka_unit_test(a_sheet_to_look_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
