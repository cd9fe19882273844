/* The border between a reading and a doubt: broad crosses, blots, writing of which a threshold left dots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "repli/scan.h"
#include "scan/ink.h"
#include "support/ink.h"
#include "support/pens.h"
#include "support/picture.h"
#include "support/sample.h"
#include "support/scanner.h"

#define WINDOW   INT64_C(1795395600) /* 2026-11-23T01:00:00Z */
#define PAGE_DPI 300

static struct repli_arena arena;
static struct repli_page_map *map;
static struct repli_field_reading *out;

static int setup(void **state)
{
    (void)state;
    map = sample_sheet(&arena, 1, WINDOW, 24);
    out = repli_arena_array(&arena, map->nfields, sizeof *out);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    repli_arena_done(&arena);
    return 0;
}

static size_t index_of(const char *id)
{
    for (size_t i = 0; i < map->nfields; i++)
        if (strcmp(map->fields[i].id, id) == 0)
            return i;
    fail_msg("no field %s", id);
    return 0;
}

static struct repli_image printed(void)
{
    struct repli_image page = picture_sheet(PAGE_DPI);
    pens_draw_sheet(&page, map, NULL);
    return page;
}

/* Scans a page and reads it by the true pose; `out` then holds the readings. */
static void read_scan(const struct repli_image *page, const struct scanner_params *p, uint64_t seed)
{
    struct repli_image im;
    struct repli_pose pose = {.marks = 5, .score = 1};
    struct prng r;
    prng_seed(&r, seed, 2);
    scanner_scan(page, p, &r, &im, pose.h);
    repli_read_fields(&im, map, &pose, out);
    picture_done(&im);
}

static struct scanner_params mild(uint64_t seed, bool one_bit)
{
    struct scanner_params p;
    struct prng r;
    prng_seed(&r, seed, 5);
    scanner_sample(&p, SCANNER_MILD, &r);
    if (p.one_bit != one_bit) {
        p.one_bit = one_bit;
        p.threshold = 135;
    }
    return p;
}

static size_t wide_zone(void)
{
    for (size_t i = 0; i < map->nfields; i++)
        if (map->fields[i].kind != REPLI_FIELD_TICK && map->fields[i].nparts == 0 &&
            map->fields[i].box.x1 - map->fields[i].box.x0 > 10000)
            return i;
    fail_msg("no wide zone on this sheet");
    return 0;
}

/* A lens out of focus spreads the frame of a box into its inside: it is read as long as the frame stands out, and no
** longer. */
static void out_of_focus(void **state)
{
    (void)state;
    const struct ink_pen pen = {.width_mm = .5, .level = 40};
    size_t ticked = index_of("page.void"), empty = index_of("page.continues");
    const struct repli_box *b = &map->fields[ticked].box;
    const struct ink_point stroke[2] = {{b->x0 / 1e3 + .4, b->y0 / 1e3 + .4}, {b->x1 / 1e3 - .4, b->y1 / 1e3 - .4}};
    struct scanner_params p = mild(3, false);
    struct repli_image page = printed();
    struct prng r;
    prng_seed(&r, 4, 1);
    ink_line(&page, stroke, 2, &pen, &r);
    p.dpi = 150;
    p.blur_px = 1.35;
    read_scan(&page, &p, 1);
    assert_int_equal(out[ticked].state, REPLI_INK_TICKED);
    assert_int_equal(out[empty].state, REPLI_INK_EMPTY);
    p.blur_px = 3;
    read_scan(&page, &p, 1);
    assert_int_equal(out[ticked].state, REPLI_INK_DOUBTFUL);
    assert_int_equal(out[empty].state, REPLI_INK_DOUBTFUL);
    picture_done(&page);
}

/* Strokes from side to side of a box, `pitch` mm apart. */
static void hatch(struct repli_image *page, const struct repli_box *b, double pitch, const struct ink_pen *pen)
{
    struct prng r;
    prng_seed(&r, 9, 1);
    for (double y = b->y0 / 1e3 + .3; y < b->y1 / 1e3 - .2; y += pitch) {
        const struct ink_point p[2] = {{b->x0 / 1e3 + .2, y}, {b->x1 / 1e3 - .2, y}};
        ink_line(page, p, 2, pen, &r);
    }
}

/* A cross of a broad pen blackens as much of a box as strokes close together do, but leaves its sides free: the one
** is a tick, what the other meant says a person. */
static void broad_crosses_are_ticks(void **state)
{
    (void)state;
    const struct ink_pen broad = {.width_mm = .72, .level = 30}, thin = {.width_mm = .42, .level = 30};
    size_t tick = index_of("page.void");
    const struct repli_box *b = &map->fields[tick].box;
    struct scanner_params p = mild(3, false);
    for (int kind = 0; kind < 2; kind++) {
        struct repli_image page = printed();
        struct prng r;
        prng_seed(&r, 3, 1);
        for (int k = 0; k < 2 && kind == 0; k++) {
            const struct ink_point line[2] = {{b->x0 / 1e3 + .1, (k ? b->y0 : b->y1) / 1e3 + (k ? .1 : -.1)},
                                              {b->x1 / 1e3 - .1, (k ? b->y1 : b->y0) / 1e3 + (k ? -.1 : .1)}};
            ink_line(&page, line, 2, &broad, &r);
        }
        if (kind == 1)
            hatch(&page, b, .75, &thin);
        read_scan(&page, &p, 1);
        assert_int_equal(out[tick].state, kind == 0 ? REPLI_INK_TICKED : REPLI_INK_DOUBTFUL);
        picture_done(&page);
    }
}

/* Scans the page, lets go of it, and looks what the machine makes of a tick. */
static void doubtful_once_scanned(struct repli_image *page, size_t tick, bool one_bit)
{
    struct scanner_params p = mild(3, one_bit);
    read_scan(page, &p, 1);
    assert_int_equal(out[tick].state, REPLI_INK_DOUBTFUL);
    picture_done(page);
}

/* A box that somebody began to blacken, or whose black a crease took away in part, was meant to be cancelled: it is no
** tick. */
static void half_blackened_is_no_tick(void **state)
{
    (void)state;
    static const int32_t left[][4] = {{0, 0, 3650, 2400}, {0, 0, 3650, 2000}, {0, 0, 1900, 3650}, {0, 0, 4000, 4000}};
    size_t tick = index_of("page.void");
    const struct repli_box *b = &map->fields[tick].box;
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        for (int one_bit = 0; one_bit < 2; one_bit++) {
            struct repli_image page = printed();
            picture_fill(
                &page,
                &(struct repli_box){b->x0 + left[i][0], b->y0 + left[i][1], b->x0 + left[i][2], b->y0 + left[i][3]},
                30);
            if (i == 3) { /* free again: a strip down, and a narrower one across */
                picture_fill(&page, &(struct repli_box){b->x0 + 1300, b->y0 + 350, b->x0 + 2250, b->y1 - 350}, 245);
                picture_fill(&page, &(struct repli_box){b->x0 + 350, b->y0 + 2100, b->x1 - 350, b->y0 + 2550}, 245);
            }
            doubtful_once_scanned(&page, tick, one_bit);
        }
}

/* Strokes all over a box, with paper showing between them: hardly half of it is black, but no cross goes everywhere. */
static void scribbled_over_is_no_tick(void **state)
{
    (void)state;
    static const struct {
        double width_mm, pitch_mm;
    } kinds[] = {{.25, .45}, {.3, .55}};
    size_t tick = index_of("page.void");
    for (size_t i = 0; i < 4; i++) {
        const struct ink_pen pen = {.width_mm = kinds[i / 2].width_mm, .level = 60};
        struct repli_image page = printed();
        hatch(&page, &map->fields[tick].box, kinds[i / 2].pitch_mm, &pen);
        doubtful_once_scanned(&page, tick, i % 2);
    }
}

/* A round pale blot in a box is dirt; a dot as dark as a pen, or one that is longer than wide, is for a person. */
static void pale_blots_are_dirt(void **state)
{
    (void)state;
    static const struct {
        double level, second; /* gray; mm to a second blot */
        enum repli_ink want;
    } cases[] = {{120, 0, REPLI_INK_EMPTY}, {20, 0, REPLI_INK_DOUBTFUL}, {120, .3, REPLI_INK_DOUBTFUL}};
    size_t tick = index_of("page.void");
    const struct repli_box *b = &map->fields[tick].box;
    struct scanner_params p = mild(3, false);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct repli_image page = printed();
        for (int n = 0; n < (cases[k].second > 0 ? 3 : 1); n++)
            ink_blot(&page, (b->x0 + b->x1) / 2e3 + (n - 1) * cases[k].second / 2, (b->y0 + b->y1) / 2e3, .31,
                     cases[k].level);
        read_scan(&page, &p, 1);
        assert_int_equal(out[tick].state, cases[k].want);
        picture_done(&page);
    }
}

/* A page with two levels that lost hairlines lost shadows, too: thin dots all over a box are what is left of writing,
** two thick ones of a staple's ends, and a box without any may have been written in. */
static void broken_writing_is_ink(void **state)
{
    (void)state;
    size_t zone = wide_zone();
    const struct repli_box *z = &map->fields[zone].box;
    double y = (z->y0 + z->y1) / 2e3, x = z->x0 / 1e3 + 3;
    for (int kind = 0; kind < 3; kind++) {
        struct repli_image page = printed(), im;
        struct repli_pose pose = {.marks = 5, .score = .8}; /* lines are missing */
        struct scanner_params p = mild(3, true);
        struct prng r;
        for (int k = 0; k < 9 && kind == 0; k++) /* none of them is a piece */
            ink_blot(&page, x + .5 * k, y + (k % 3 - 1) * .35, .13, 0);
        for (int k = 0; k < 2 && kind == 1; k++)
            ink_blot(&page, x + 5.0 * k, y, .45, 0);
        prng_seed(&r, 1, 2);
        scanner_scan(&page, &p, &r, &im, pose.h);
        repli_read_fields(&im, map, &pose, out);
        assert_int_equal(out[zone].state, kind == 0 ? REPLI_INK_INK : REPLI_INK_DOUBTFUL);
        picture_done(&im);
        picture_done(&page);
    }
}

/* A field of cells of which one lies as far as possible from the edge of the sheet. */
static size_t cells(void)
{
    for (size_t i = 0; i < map->nfields; i++)
        if (map->fields[i].kind == REPLI_FIELD_DIGITS && map->fields[i].nparts > 1)
            return i;
    fail_msg("no cells on this sheet");
    return 0;
}

/* A stroke of a pen down one cell, so far beyond its edges. */
static void down(struct repli_image *page, const struct repli_box *cell, double beyond_mm, const struct ink_pen *pen)
{
    struct prng r;
    prng_seed(&r, 4, 1);
    double x = (cell->x0 + cell->x1) / 2e3;
    const struct ink_point line[2] = {{x - .4, cell->y0 / 1e3 - beyond_mm}, {x + .4, cell->y1 / 1e3 + beyond_mm}};
    ink_line(page, line, 2, pen, &r);
}

/* A figure that fills its cell is written in it; a stroke that comes into the cell and leaves it is not. */
static void strokes_through_a_cell_are_doubts(void **state)
{
    (void)state;
    const struct ink_pen pen = {.width_mm = .45, .level = 30};
    size_t zone = cells();
    for (int bit = 0; bit < 2; bit++)
        for (int through = 0; through < 2; through++) {
            struct scanner_params p = mild(3, bit != 0);
            struct repli_image page = printed();
            down(&page, &map->fields[zone].parts[0], through ? 1.5 : -.6, &pen);
            read_scan(&page, &p, 1);

            assert_int_equal(out[zone].state, through ? REPLI_INK_DOUBTFUL : REPLI_INK_INK);
            picture_done(&page);
        }
}

/* Dots that a crease left from side to side of a cell, and beyond, are no writing, where lines are missing, too; the
** same dots in it alone are. */
static void dots_through_a_cell_are_doubts(void **state)
{
    (void)state;
    size_t zone = cells();
    const struct repli_box *b = &map->fields[zone].parts[0];
    for (int through = 0; through < 2; through++) {
        struct repli_image page = printed(), im;
        struct repli_pose pose = {.marks = 5, .score = .8};
        struct scanner_params p = mild(3, true);
        struct prng r;
        double beyond = through ? 1.5 : -1, x = (b->x0 + b->x1) / 2e3, y = b->y0 / 1e3 - beyond;
        for (int k = 0; y < b->y1 / 1e3 + beyond; k++, y += .18)
            ink_blot(&page, x + (k % 3 - 1) * .35, y, .13, 0);
        prng_seed(&r, 1, 2);
        scanner_scan(&page, &p, &r, &im, pose.h);
        repli_read_fields(&im, map, &pose, out);
        assert_int_equal(out[zone].state, through ? REPLI_INK_DOUBTFUL : REPLI_INK_INK);
        picture_done(&im);
        picture_done(&page);
    }
}

/* The rim of a stain is broad and pale, with a thin dark heart; a pen's stroke is not. */
static void rims_are_doubts(void **state)
{
    (void)state;
    size_t zone = wide_zone();
    const struct repli_box *b = &map->fields[zone].box;
    for (int rim = 0; rim < 2; rim++) {
        struct scanner_params p = mild(3, false);
        struct repli_image page = printed();
        double y = (b->y0 + b->y1) / 2e3, x = b->x0 / 1e3 + 2;
        for (int k = 0; k < 40 && rim; k++)
            ink_blot(&page, x + .1 * k, y, .8, 150);
        for (int k = 0; k < 40; k++)
            ink_blot(&page, x + .1 * k, y, .16, 40);
        read_scan(&page, &p, 1);
        assert_int_equal(out[zone].state, rim ? REPLI_INK_DOUBTFUL : REPLI_INK_INK);
        picture_done(&page);
    }
}

/* What two levels left of a blackened box, dots all over it, is no tick. */
static void dots_in_a_box_are_no_tick(void **state)
{
    (void)state;
    size_t tick = index_of("page.void");
    const struct repli_box *b = &map->fields[tick].box;
    struct scanner_params p = mild(3, true);
    struct repli_image page = printed();
    for (int j = 0; j < 9; j++)
        for (int i = 0; i < 9; i++)
            if ((i * 7 + j * 5) % 4)
                ink_blot(&page, b->x0 / 1e3 + .45 + .39 * i, b->y0 / 1e3 + .45 + .39 * j, .13, 0);
    read_scan(&page, &p, 1);
    assert_int_equal(out[tick].state, REPLI_INK_DOUBTFUL);
    picture_done(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broad_crosses_are_ticks),        cmocka_unit_test(pale_blots_are_dirt),
        cmocka_unit_test(broken_writing_is_ink),          cmocka_unit_test(strokes_through_a_cell_are_doubts),
        cmocka_unit_test(dots_through_a_cell_are_doubts), cmocka_unit_test(rims_are_doubts),
        cmocka_unit_test(dots_in_a_box_are_no_tick),      cmocka_unit_test(out_of_focus),
        cmocka_unit_test(half_blackened_is_no_tick),      cmocka_unit_test(scribbled_over_is_no_tick),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
