/* Shadows of folds: taken away where a whole strip of the sheet is dark, and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scan/crease.h"
#include "support/picture.h"
#include "support/prng.h"

#define DPI 150

static const double pose[9] = {DPI / 25.4, 0, -.5, 0, DPI / 25.4, -.5, 0, 0, 1};

/* A sheet of paper with noise, a table's line down most of it, and writing. */
static struct repli_image sheet(void)
{
    struct repli_image im = picture_sheet(DPI);
    struct prng r;
    prng_seed(&r, 1, 1);
    picture_fill(&im, &(struct repli_box){0, 0, 210000, 297000}, 235);
    picture_fill(&im, &(struct repli_box){60000, 60000, 60600, 285000}, 40);
    for (int i = 0; i < 40; i++)
        picture_fill(&im, &(struct repli_box){20000, 65000 + 5000 * i, 180000, 65400 + 5000 * i}, 40);
    for (int i = 0; i < im.width * im.height; i++) {
        int v = im.gray[i] + (int)prng_normal(&r, 5);
        im.gray[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
    return im;
}

static int at(const struct repli_image *im, double x_mm, double y_mm)
{
    int sum = 0, px = (int)(x_mm * DPI / 25.4), py = (int)(y_mm * DPI / 25.4);
    for (int k = -2; k <= 2; k++)
        sum += im->gray[(py + k) * im->width + px];
    return sum / 5;
}

/* Darkens a strip, deepest in its middle, as a fold does. */
static void fold(struct repli_image *im, bool across, double place_mm, double half_mm, double depth)
{
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) {
            double d = ((across ? y : x) + .5) * 25.4 / DPI - place_mm;
            d = d < 0 ? -d : d;
            if (d < half_mm)
                im->gray[y * im->width + x] = (uint8_t)(im->gray[y * im->width + x] * (1 - depth * (1 - d / half_mm)));
        }
}

static void creases_go_and_ink_stays(void **state)
{
    (void)state;
    for (int across = 0; across < 2; across++) {
        struct repli_image im = sheet(), flat;
        double where = across ? 142 : 103;
        picture_fill(&im, &(struct repli_box){98000, 137500, 110000, 138100}, 60);  /* a stroke across the fold ... */
        picture_fill(&im, &(struct repli_box){150000, 137500, 150600, 147000}, 60); /* ... and down through the other */
        fold(&im, across, where, 1.5, .3);
        assert_true(at(&im, 103, 142) < 190);
        assert_true(repli_creases_flatten(&im, pose, &flat));
        assert_true(at(&flat, 103, 142) > 222);
        assert_true(at(&flat, across ? 150.3 : 103, across ? 142 : 137.8) < 120);
        assert_true(at(&flat, 60.3, 153) < 80); /* the table's line is no fold */
        assert_int_equal(at(&flat, 30, 30), at(&im, 30, 30));
        picture_done(&im);
        picture_done(&flat);
    }
}

/* Toner flakes off along the fold itself: paper shines through in the middle of the shadow. */
static void flaked_toner(void **state)
{
    (void)state;
    struct repli_image im = sheet(), flat;
    struct prng r;
    prng_seed(&r, 2, 1);
    fold(&im, false, 103, .9, .3);
    for (int y = 0; y < im.height; y++)
        for (int x = (int)(102.8 * DPI / 25.4); x <= (int)(103.2 * DPI / 25.4); x++)
            if (prng_in(&r, 0, 1) < .5)
                im.gray[y * im.width + x] = 240;
    assert_true(repli_creases_flatten(&im, pose, &flat));
    assert_true(at(&flat, 102.6, 142) > 208 && at(&flat, 103.4, 142) > 208);
    picture_done(&im);
    picture_done(&flat);
}

/* One eighth of a fold, whichever, may not show: the reading of it is spoilt.  Of two it is no fold. */
static void one_eighth_may_be_missing(void **state)
{
    (void)state;
    for (int t = 0; t < 32; t++) {
        bool across = t % 2;
        struct repli_image im = sheet(), bright = sheet(), flat;
        double length = ((across ? 210 : 297) - 4) / 8.0, from = 2 + length * (t / 2 % 8),
               to = from + (t < 16 ? 1 : 2) * length;
        fold(&im, across, across ? 142 : 103, 1.5, .3);
        for (int y = 0; y < im.height; y++)
            for (int x = 0; x < im.width; x++) {
                double along = (across ? x : y) * 25.4 / DPI;
                if (along >= from && along < to)
                    im.gray[y * im.width + x] = bright.gray[y * im.width + x];
            }
        bool found = repli_creases_flatten(&im, pose, &flat);
        if (found != (t < 16 || t / 2 % 8 == 7)) /* the last eighth has none beside it */
            fail_msg("%s, from %.0f to %.0f mm: %s", across ? "across" : "down", from, to,
                     found ? "a fold" : "no fold");
        if (found)
            picture_done(&flat);
        picture_done(&bright);
        picture_done(&im);
    }
}

static void nothing_else_is_a_crease(void **state)
{
    (void)state;
    struct repli_image im = sheet(), flat;
    assert_false(repli_creases_flatten(&im, pose, &flat));
    picture_fill(&im, &(struct repli_box){120000, 20000, 121500, 280000}, 180); /* a gray bar within the margins */
    assert_false(repli_creases_flatten(&im, pose, &flat));
    fold(&im, false, 90, 25, .3); /* a shadow broader than a fold */
    assert_false(repli_creases_flatten(&im, pose, &flat));
    fold(&im, false, 150, 1.5, .3);
    im.bits = 1;
    assert_false(repli_creases_flatten(&im, pose, &flat));
    picture_done(&im);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creases_go_and_ink_stays),
        cmocka_unit_test(flaked_toner),
        cmocka_unit_test(one_eighth_may_be_missing),
        cmocka_unit_test(nothing_else_is_a_crease),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
