/* What is seen well is read quickly, and grain is nothing: page codes by their finder patterns, and noise that passes
** for printed lines. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scan/decode.h"
#include "scan/finder.h"
#include "scan/geometry.h"
#include "scan/qr.h"
#include "support/picture.h"
#include "support/scancase.h"

#define PITCH_MM .51

/* Code k of a sheet, cut out with 6 mm around; black and white as a window is clamped. */
static struct repli_image window_of(const struct repli_image *page, const double m[9], int k, int at[2])
{
    const struct repli_box *b = &scancase.maps[0]->codes[k];
    double x, y, reach = ((b->x1 - b->x0) / 2e3 + 6) * page->dpi / 25.4;
    scanner_where(m, (b->x0 + b->x1) / 2e3, (b->y0 + b->y1) / 2e3, &x, &y);
    struct repli_image w = {(int)(2 * reach), (int)(2 * reach), 8, page->dpi, NULL};
    w.gray = malloc((size_t)w.width * (size_t)w.height);
    assert_non_null(w.gray);
    at[0] = (int)(x - reach);
    at[1] = (int)(y - reach);
    for (int j = 0; j < w.height; j++)
        for (int i = 0; i < w.width; i++) {
            int px = at[0] + i, py = at[1] + j;
            bool on = px >= 0 && py >= 0 && px < page->width && py < page->height;
            w.gray[j * w.width + i] = on ? page->gray[(size_t)py * (size_t)page->width + (size_t)px] : 255;
        }
    return w;
}

/* Is what was read the code, and do its corners lie where the scanner put them, to a fifth of a millimetre? */
static void assert_read(const struct repli_image *page, const double m[9], int k)
{
    int at[2];
    char digits[REPLI_PAGECODE_DIGITS + 1];
    double px[8];
    const struct repli_box *b = &scancase.maps[0]->codes[k];
    struct repli_image w = window_of(page, m, k, at);
    assert_true(repli_code_plain(w.gray, w.width, w.height, PITCH_MM * page->dpi / 25.4, digits, px));
    assert_string_equal(digits, scancase.maps[0]->code);
    for (int i = 0; i < 4; i++) {
        double x, y;
        scanner_where(m, (i == 0 || i == 3 ? b->x0 : b->x1) / 1e3, (i < 2 ? b->y0 : b->y1) / 1e3, &x, &y);
        assert_true(fabs(px[2 * i] + at[0] - x) < .2 * page->dpi / 25.4 &&
                    fabs(px[2 * i + 1] + at[1] - y) < .2 * page->dpi / 25.4);
    }
    picture_done(&w);
}

/* Straight, askew, upside down, quarter turned, gray and of two levels, 200 and 300 dpi. */
static void codes_any_way_up(void **state)
{
    (void)state;
    static const int quarters[] = {0, 90, 180, 270};
    for (int t = 0; t < 16; t++) {
        struct scanner_params p = scancase_scanner();
        struct prng r;
        struct repli_image sheet = scancase_sheet(0), page;
        double m[9];
        prng_seed(&r, (uint64_t)t + 1, 1);
        p.quarter = quarters[t % 4];
        p.rot_deg = prng_in(&r, -2, 2);
        p.dpi = t & 4 ? 300 : 200;
        p.one_bit = t & 8;
        scanner_scan(&sheet, &p, &r, &page, m);
        page.dpi = p.dpi;
        assert_read(&page, m, 0);
        assert_read(&page, m, 1);
        picture_done(&page);
        picture_done(&sheet);
    }
}

/* A finder pattern that is not whole, or no code at all, is nobody's here: no digits are made up. */
static void others_are_left(void **state)
{
    (void)state;
    struct repli_image sheet = scancase_sheet(0), w;
    char digits[REPLI_PAGECODE_DIGITS + 1];
    double m[9] = {sheet.dpi / 25.4, 0, -.5, 0, sheet.dpi / 25.4, -.5, 0, 0, 1}, px[8],
           pitch = PITCH_MM * sheet.dpi / 25.4;
    struct repli_box b = scancase.maps[0]->codes[0];
    int at[2];
    struct prng r;
    picture_fill(&sheet, &(struct repli_box){b.x0 + 500, b.y0, b.x0 + 1500, b.y0 + 4000}, 0);
    w = window_of(&sheet, m, 0, at);
    assert_false(repli_code_plain(w.gray, w.width, w.height, pitch, digits, px));
    prng_seed(&r, 2, 1);
    for (int t = 0; t < 20; t++) {
        for (int i = 0; i < w.width * w.height; i++)
            w.gray[i] = (uint8_t)prng_int(&r, 0, 255);
        assert_false(repli_code_plain(w.gray, w.width, w.height, pitch, digits, px));
    }
    picture_done(&w);
    picture_done(&sheet);
}

static void draw_marks(struct repli_image *im, const struct repli_page_map *map)
{
    for (int i = 0; i < 5; i++) {
        struct repli_point p = map->marks[i];
        picture_fill(im, &(struct repli_box){p.x - 5400, p.y - 5400, p.x + 5400, p.y + 5400}, 255);
        picture_fill(im, &(struct repli_box){p.x - 2500, p.y - 2500, p.x + 2500, p.y + 2500}, 0);
    }
}

/* White noise, and specks of any density, with the marks of a sheet in their places: no pose is accepted, and were one
** given all the same, no tick would be sure of anything. */
static void grain_is_no_sheet(void **state)
{
    (void)state;
    const struct repli_page_map *map = scancase.maps[0];
    struct repli_field_reading *out = repli_arena_array(&scancase.arena, map->nfields, sizeof *out);
    for (int t = 0; t < 12; t++) {
        struct repli_image im = picture_sheet(100);
        struct repli_pose pose, right = {.h = {100 / 25.4, 0, -.5, 0, 100 / 25.4, -.5, 0, 0, 1}};
        struct prng r;
        prng_seed(&r, (uint64_t)t + 1, 1);
        for (size_t i = 0; i < (size_t)im.width * (size_t)im.height; i++)
            im.gray[i] = t < 2 ? (uint8_t)prng_int(&r, 0, 255) : prng_chance(&r, (t - 1) * .08) ? 0 : 255;
        draw_marks(&im, map);
        im.bits = t % 2 ? 1 : 8;
        assert_int_not_equal(repli_register(&im, map, NULL, 0, &pose), REPLI_REGISTERED);
        repli_read_fields(&im, map, &right, out);
        for (size_t i = 0; i < map->nfields; i++)
            if (map->fields[i].kind == REPLI_FIELD_TICK)
                assert_int_equal(out[i].state, REPLI_INK_DOUBTFUL);
        picture_done(&im);
    }
}

/* A sheet is no grain, be the paper as dirty as it may. */
static void a_sheet_is_no_grain(void **state)
{
    (void)state;
    for (int t = 0; t < 4; t++) {
        struct scanner_params p = scancase_scanner();
        struct repli_image sheet = scancase_sheet(t), page;
        struct prng r;
        double m[9];
        prng_seed(&r, (uint64_t)t + 1, 1);
        p.noise = 8 + 4 * t;
        p.one_bit = t == 1;
        scanner_scan(&sheet, &p, &r, &page, m);
        for (size_t i = 0; i < (size_t)page.width * (size_t)page.height; i++)
            if (prng_chance(&r, .01))
                page.gray[i] = 0;
        assert_false(repli_pose_is_grain(&page, scancase.maps[t], m));
        picture_done(&page);
        picture_done(&sheet);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scancase_setup, scancase_teardown)
    const struct CMUnitTest tests[] = {
        TEST(codes_any_way_up),
        TEST(others_are_left),
        TEST(grain_is_no_sheet),
        TEST(a_sheet_is_no_grain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
