/* Where a sheet lies on an image: four ways up, with marks missing, on other people's paper. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "repli/scan.h"
#include "support/pens.h"
#include "support/picture.h"
#include "support/sample.h"
#include "support/scanner.h"

#define WINDOW   INT64_C(1795395600) /* 2026-11-23T01:00:00Z */
#define PAGE_DPI 300

static struct repli_arena arena;
static struct repli_page_map *map;

static int setup(void **state)
{
    (void)state;
    map = sample_sheet(&arena, 1, WINDOW, 24);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    repli_arena_done(&arena);
    return 0;
}

static struct repli_image printed(void)
{
    struct repli_image page = picture_sheet(PAGE_DPI);
    pens_draw_sheet(&page, map, NULL);
    return page;
}

static void hide(struct repli_image *page, size_t mark)
{
    struct repli_point m = map->marks[mark];
    picture_fill(page, &(struct repli_box){m.x - 4000, m.y - 4000, m.x + 4000, m.y + 4000}, 245);
}

static struct repli_image scanned(const struct repli_image *page, const struct scanner_params *p, uint64_t seed,
                                  double truth[9])
{
    struct repli_image out;
    struct prng r;
    prng_seed(&r, seed, 1);
    scanner_scan(page, p, &r, &out, truth);
    return out;
}

static void corners_of(const double h[9], size_t k, double px[8])
{
    const struct repli_box *b = &map->codes[k];
    const double mm[4][2] = {
        {b->x0 / 1e3, b->y0 / 1e3}, {b->x1 / 1e3, b->y0 / 1e3}, {b->x1 / 1e3, b->y1 / 1e3}, {b->x0 / 1e3, b->y1 / 1e3}};
    for (int i = 0; i < 4; i++)
        scanner_where(h, mm[i][0], mm[i][1], &px[2 * i], &px[2 * i + 1]);
}

/* Any way up, turned, scaled, shifted, noisy: the pose is right to a tenth of a millimetre, by the marks alone. */
static void any_way_up(void **state)
{
    (void)state;
    struct repli_image page = printed();
    for (int q = 0; q < 4; q++) {
        struct scanner_params p;
        struct prng r;
        prng_seed(&r, (uint64_t)q + 3, 9);
        scanner_sample(&p, SCANNER_MILD, &r);
        p.quarter = 90 * q;
        p.rot_deg = q % 2 ? 1.7 : -1.9;
        double truth[9];
        struct repli_image im = scanned(&page, &p, (uint64_t)q, truth);
        struct repli_pose pose;
        assert_int_equal(repli_register(&im, map, NULL, 0, &pose), REPLI_REGISTERED);
        assert_int_equal(pose.marks, 5);
        assert_true(pose.score > .9);
        assert_true(scanner_apart_mm(pose.h, truth, p.dpi) < .1);
        picture_done(&im);
    }
    picture_done(&page);
}

/* One mark hidden, each in turn: still right, also upside down, where the fifth mark alone no longer tells. */
static void one_mark_missing(void **state)
{
    (void)state;
    for (size_t m = 0; m < 5; m++) {
        struct repli_image page = printed();
        hide(&page, m);
        struct scanner_params p;
        struct prng r;
        prng_seed(&r, m, 4);
        scanner_sample(&p, SCANNER_MILD, &r);
        p.quarter = m % 2 ? 180 : 0;
        double truth[9];
        struct repli_image im = scanned(&page, &p, m, truth);
        struct repli_pose pose;
        assert_int_equal(repli_register(&im, map, NULL, 0, &pose), REPLI_REGISTERED);
        assert_int_equal(pose.marks, 4);
        assert_true(scanner_apart_mm(pose.h, truth, p.dpi) < .15);
        picture_done(&im);
        picture_done(&page);
    }
}

/* Three marks suffice; two do not, and nothing is guessed from them. */
static void three_marks_suffice(void **state)
{
    (void)state;
    struct scanner_params p;
    struct prng r;
    double truth[9];
    struct repli_pose pose;
    struct repli_image page = printed();
    hide(&page, 4);
    hide(&page, 1);
    prng_seed(&r, 1, 4);
    scanner_sample(&p, SCANNER_NONE, &r);
    struct repli_image im = scanned(&page, &p, 1, truth);
    assert_int_equal(repli_register(&im, map, NULL, 0, &pose), REPLI_REGISTERED);
    assert_int_equal(pose.marks, 3);
    assert_true(scanner_apart_mm(pose.h, truth, p.dpi) < .2);
    picture_done(&im);
    hide(&page, 0);
    im = scanned(&page, &p, 1, truth);
    assert_int_equal(repli_register(&im, map, NULL, 0, &pose), REPLI_REGISTER_NO_MARKS);
    picture_done(&im);
    picture_done(&page);
}

/* A code that lies elsewhere than the marks say belongs to another sheet: no pose. */
static void a_code_elsewhere_refuses(void **state)
{
    (void)state;
    struct repli_image page = printed();
    struct scanner_params p;
    struct prng r;
    double truth[9], codes[2][8];
    struct repli_pose pose;
    prng_seed(&r, 1, 4);
    scanner_sample(&p, SCANNER_NONE, &r);
    struct repli_image im = scanned(&page, &p, 1, truth);
    corners_of(truth, 0, codes[0]);
    corners_of(truth, 1, codes[1]);
    assert_int_equal(repli_register(&im, map, (const double(*)[8])codes, 2, &pose), REPLI_REGISTERED);
    assert_true(scanner_apart_mm(pose.h, truth, p.dpi) < .05);
    assert_int_equal(repli_register(&im, map, (const double(*)[8])codes, 1, &pose), REPLI_REGISTERED);
    assert_int_equal(repli_register(&im, map, (const double(*)[8])codes + 1, 1, &pose), REPLI_REGISTERED);
    for (int i = 0; i < 4; i++)
        codes[0][2 * i] -= 4 * p.dpi / 25.4;
    assert_int_equal(repli_register(&im, map, (const double(*)[8])codes, 1, &pose), REPLI_REGISTER_NO_MARKS);
    picture_done(&im);
    picture_done(&page);
}

/* The image seen at an angle: its pixel (x, y) comes from where g takes it. */
static struct repli_image tilted(const struct repli_image *im, const double g[9])
{
    struct repli_image out = picture_copy(im);
    for (int y = 0; y < out.height; y++)
        for (int x = 0; x < out.width; x++) {
            double px, py;
            scanner_where(g, x, y, &px, &py);
            int i = (int)lround(px), j = (int)lround(py);
            bool on = i >= 0 && j >= 0 && i < im->width && j < im->height;
            out.gray[y * out.width + x] = on ? im->gray[j * im->width + i] : 235;
        }
    return out;
}

/* Paper held at an angle, and a corner's mark lost: three marks tell a map that is wrong by millimetres in that corner;
** the printed lines, or the codes, put it right. */
static void seen_at_an_angle(void **state)
{
    (void)state;
    static const double g[9] = {1, 0, 0, 0, 1, 0, 3e-6, 1.5e-6, 1}; /* new pixel to old */
    struct repli_image page = printed();
    struct scanner_params p;
    struct prng r;
    double truth[9], codes[2][8];
    hide(&page, 1);
    hide(&page, 4);
    prng_seed(&r, 1, 4);
    scanner_sample(&p, SCANNER_NONE, &r);
    struct repli_image flat = scanned(&page, &p, 1, truth), im = tilted(&flat, g);
    for (int k = 0; k < 2;
         k++) { /* where the codes' corners come to lie: old = g(new), solved by going back and forth */
        corners_of(truth, (size_t)k, codes[k]);
        for (int i = 0; i < 4; i++) {
            double *c = &codes[k][2 * i], x = c[0], y = c[1];
            for (int n = 0; n < 30; n++) {
                double px, py;
                scanner_where(g, x, y, &px, &py);
                x += c[0] - px;
                y += c[1] - py;
            }
            c[0] = x;
            c[1] = y;
        }
    }
    for (size_t n = 0; n <= 2; n += 2) {
        struct repli_pose pose;
        double worst = 0;
        assert_int_equal(repli_register(&im, map, (const double(*)[8])codes, n, &pose), REPLI_REGISTERED);
        assert_true(pose.score > .95);
        for (int k = 0; k < 4; k++) {
            double x = k & 1 ? 200 : 10, y = k & 2 ? 287 : 10, ax, ay, bx, by;
            scanner_where(pose.h, x, y, &ax, &ay);
            scanner_where(g, ax, ay, &ax, &ay);
            scanner_where(truth, x, y, &bx, &by);
            double d = hypot(ax - bx, ay - by) * 25.4 / p.dpi;
            worst = d > worst ? d : worst;
        }
        assert_true(worst < .35);
    }
    picture_done(&im);
    picture_done(&flat);
    picture_done(&page);
}

/* Paper that is folded and held at an angle, and a corner's mark lost: the printed lines near it say where the corner
** is, which neither three marks nor the lines of the whole page do. */
static void lines_stand_for_a_mark(void **state)
{
    (void)state;
    static const double g[9] = {1, 0, 0, 0, 1, 0, 5e-6, 4e-6, 1}; /* new pixel to old */
    double truth[9], ax, ay, bx, by;
    struct repli_pose pose;
    struct scanner_params p;
    struct prng r;
    struct repli_image page = printed();
    hide(&page, 2);
    scanner_swallow(&page, true, 65, .4);
    scanner_swallow(&page, false, 130, .4);
    prng_seed(&r, 1, 4);
    scanner_sample(&p, SCANNER_NONE, &r);
    struct repli_image flat = scanned(&page, &p, 1, truth), im = tilted(&flat, g);
    assert_int_equal(repli_register(&im, map, NULL, 0, &pose), REPLI_REGISTERED);
    double dx, dy;
    repli_pose_loss(&pose, 199, 286, &dx, &dy);
    scanner_where(pose.h, 199 - dx, 286 - dy, &ax, &ay);
    scanner_where(g, ax, ay, &ax, &ay);
    scanner_where(truth, 199 - .4, 286 - .4, &bx, &by);
    assert_true(hypot(ax - bx, ay - by) * 25.4 / p.dpi < .5);
    picture_done(&im);
    picture_done(&flat);
    picture_done(&page);
}

/* A corner that neither a mark nor a line near it tells may lie anywhere: no pose, rather than one that is guessed. */
static void nothing_tells_a_corner(void **state)
{
    (void)state;
    double truth[9], codes[2][8];
    struct scanner_params p;
    struct prng r;
    struct repli_pose pose;
    struct repli_page_map upper = *map;
    upper.fields = repli_arena_array(&arena, map->nfields, sizeof *upper.fields);
    upper.nfields = 0;
    for (size_t i = 0; i < map->nfields; i++)
        if (map->fields[i].box.y1 < 90000)
            upper.fields[upper.nfields++] = map->fields[i];
    assert_in_range(upper.nfields, 8, map->nfields - 1);
    for (int lost = 0; lost < 2; lost++) {
        struct repli_image page = picture_sheet(PAGE_DPI);
        pens_draw_sheet(&page, &upper, NULL);
        if (lost)
            hide(&page, 2);
        prng_seed(&r, 1, 4);
        scanner_sample(&p, SCANNER_NONE, &r);
        struct repli_image im = scanned(&page, &p, 1, truth);
        for (size_t n = 0; n <= 2; n += 2) {
            corners_of(truth, 0, codes[0]);
            corners_of(truth, 1, codes[1]);
            assert_int_equal(repli_register(&im, &upper, (const double(*)[8])codes, n, &pose),
                             lost ? REPLI_REGISTER_NO_MARKS : REPLI_REGISTERED);
        }
        picture_done(&im);
        picture_done(&page);
    }
}

/* With two levels the printed lines may be gone altogether: then marks and an authentic code in its place are
** enough, and nothing less is. */
static void lines_that_are_gone(void **state)
{
    (void)state;
    struct repli_image page = picture_sheet(PAGE_DPI);
    struct repli_page_map bare = *map;
    struct scanner_params p;
    struct prng r;
    double truth[9], codes[2][8];
    struct repli_pose pose;
    bare.nfields = 0;
    pens_draw_sheet(&page, &bare, NULL);
    prng_seed(&r, 1, 4);
    scanner_sample(&p, SCANNER_NONE, &r);
    p.one_bit = true;
    p.threshold = 120;
    struct repli_image im = scanned(&page, &p, 1, truth);
    corners_of(truth, 0, codes[0]);
    assert_int_equal(repli_register(&im, map, (const double(*)[8])codes, 1, &pose), REPLI_REGISTERED);
    assert_true(pose.score < .1);
    assert_int_equal(repli_register(&im, map, NULL, 0, &pose), REPLI_REGISTER_NO_FRAME);
    im.bits = 8;
    assert_int_equal(repli_register(&im, map, (const double(*)[8])codes, 1, &pose), REPLI_REGISTER_NO_FRAME);
    picture_done(&im);
    hide(&page, 0);
    hide(&page, 2);
    im = scanned(&page, &p, 1, truth);
    assert_int_not_equal(repli_register(&im, map, (const double(*)[8])codes, 1, &pose), REPLI_REGISTERED);
    picture_done(&im);
    picture_done(&page);
}

/* Our marks round somebody else's lines: the frame denies the pose. */
static void foreign_frame_is_refused(void **state)
{
    (void)state;
    struct repli_image page = picture_sheet(PAGE_DPI);
    struct repli_page_map bare = *map;
    bare.nfields = 0;
    pens_draw_sheet(&page, &bare, NULL);
    for (int i = 0; i < 24; i++)
        picture_fill(&page, &(struct repli_box){25000, 45000 + i * 9700, 195000, 45400 + i * 9700}, 0);
    struct scanner_params p;
    struct prng r;
    double truth[9];
    struct repli_pose pose;
    prng_seed(&r, 1, 4);
    scanner_sample(&p, SCANNER_NONE, &r);
    struct repli_image im = scanned(&page, &p, 1, truth);
    assert_int_equal(repli_register(&im, map, NULL, 0, &pose), REPLI_REGISTER_NO_FRAME);
    assert_true(pose.score < .3);
    picture_done(&im);
    picture_done(&page);
}

/* Black bars, headings and pictures are dark too: the marks are chosen by where they lie to each other. */
static void black_bars_are_no_marks(void **state)
{
    (void)state;
    struct repli_image page = printed();
    for (int i = 0; i < 12; i++) {
        int32_t x = 24000 + i * 13700, y = 60000 + (i * 7919) % 180000;
        picture_fill(&page, &(struct repli_box){x, y, x + 5000, y + 5000}, 0);
    }
    picture_fill(&page, &(struct repli_box){20000, 9100, 193000, 14000}, 0);
    struct scanner_params p;
    struct prng r;
    double truth[9];
    struct repli_pose pose;
    prng_seed(&r, 8, 4);
    scanner_sample(&p, SCANNER_MILD, &r);
    struct repli_image im = scanned(&page, &p, 1, truth);
    assert_int_equal(repli_register(&im, map, NULL, 0, &pose), REPLI_REGISTERED);
    assert_true(scanner_apart_mm(pose.h, truth, p.dpi) < .1);
    picture_done(&im);
    picture_done(&page);
}

/* Images with nothing on them, or far too small, have no pose. */
static void nothing_to_register(void **state)
{
    (void)state;
    struct repli_pose pose;
    uint8_t small[16] = {0};
    struct repli_image tiny = {4, 4, 8, 300, small}, white = picture_sheet(100);
    assert_int_equal(repli_register(&tiny, map, NULL, 0, &pose), REPLI_REGISTER_NO_MARKS);
    assert_int_equal(repli_register(&white, map, NULL, 0, &pose), REPLI_REGISTER_NO_MARKS);
    memset(white.gray, 0, (size_t)white.width * (size_t)white.height);
    assert_int_equal(repli_register(&white, map, NULL, 0, &pose), REPLI_REGISTER_NO_MARKS);
    picture_done(&white);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_way_up),
        cmocka_unit_test(one_mark_missing),
        cmocka_unit_test(three_marks_suffice),
        cmocka_unit_test(a_code_elsewhere_refuses),
        cmocka_unit_test(seen_at_an_angle),
        cmocka_unit_test(lines_stand_for_a_mark),
        cmocka_unit_test(nothing_tells_a_corner),
        cmocka_unit_test(lines_that_are_gone),
        cmocka_unit_test(foreign_frame_is_refused),
        cmocka_unit_test(black_bars_are_no_marks),
        cmocka_unit_test(nothing_to_register),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
