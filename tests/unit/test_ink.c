/* What is in the fields of a registered page: marks of every kind, rows, zones; what must stay a doubt. */
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

/* The rest of a page that nobody wrote on: everything empty, nothing doubtful (ticks are checked by the caller). */
static void assert_rest_empty(void)
{
    for (size_t i = 0; i < map->nfields; i++)
        if (map->fields[i].kind != REPLI_FIELD_TICK && out[i].state != REPLI_INK_EMPTY)
            fail_msg("%s is %s", map->fields[i].id, repli_ink_text(out[i].state));
}

static const char *const boxes[] = {"page.correction", "page.void", "page.continues"};
#define BOXES 3

/* Holds three boxes with the marks m, m + 1, m + 2 against the truth; counts clear readings and doubts. */
static void check_marks(int m, uint64_t seed, int *clear, int *doubts)
{
    for (int k = 0; k < BOXES && m + k < PENS_WRITING; k++) {
        const struct repli_field_reading *r = &out[index_of(boxes[k])];
        const char *want = pens_mark_state((enum pens_mark)(m + k)), *got = repli_ink_text(r->state);
        bool doubt = r->state == REPLI_INK_DOUBTFUL;
        if (!doubt && strcmp(got, want) != 0)
            fail_msg("%s (seed %d) is read as %s", pens_mark_text((enum pens_mark)(m + k)), (int)seed, got);
        *doubts += doubt;
        *clear += !doubt;
        assert_true(r->confidence >= .5 && r->confidence <= 1);
    }
    assert_int_equal(out[index_of("setup.scale.1")].state, REPLI_INK_EMPTY);
}

/* Every kind of mark, on gray pages: a tick is a tick or a doubt, a cancelled box is never a tick, dirt is never a
** tick, and most marks are clear. */
static void marks_on_gray_pages(void **state)
{
    (void)state;
    int clear = 0, doubts = 0;
    for (uint64_t seed = 1; seed <= 4; seed++)
        for (int m = PENS_NONE; m < PENS_WRITING; m += BOXES) {
            struct repli_image page = printed();
            struct prng r;
            prng_seed(&r, seed, (uint64_t)m);
            for (int k = 0; k < BOXES && m + k < PENS_WRITING; k++)
                pens_draw_mark(&page, &map->fields[index_of(boxes[k])].box, (enum pens_mark)(m + k), &r);
            struct scanner_params p = mild(seed * 31 + (uint64_t)m, false);
            read_scan(&page, &p, seed);
            picture_done(&page);
            assert_rest_empty();
            check_marks(m, seed, &clear, &doubts);
        }
    assert_true(clear > 3 * doubts);
}

/* Two levels cannot prove an empty box: tier-1 ticks without ink are doubtful, unless another of their group is
** clear. */
static void two_levels_prove_nothing(void **state)
{
    (void)state;
    struct repli_image page = printed();
    struct prng r;
    prng_seed(&r, 5, 1);
    size_t a = index_of("setup.scale.1"), b = index_of("setup.scale.2"), c = index_of("page.void");
    pens_draw_mark(&page, &map->fields[a].box, PENS_CROSS, &r);
    struct scanner_params p = mild(7, true);
    read_scan(&page, &p, 1);
    assert_int_equal(out[a].state, REPLI_INK_TICKED);
    assert_int_equal(out[b].state, REPLI_INK_EMPTY);
    assert_int_equal(out[c].state, REPLI_INK_DOUBTFUL);
    map->fields[c].tier = 2;
    read_scan(&page, &p, 1);
    assert_int_equal(out[c].state, REPLI_INK_EMPTY);
    map->fields[c].tier = 1;
    picture_done(&page);
    page = printed();
    read_scan(&page, &p, 1);
    assert_int_equal(out[a].state, REPLI_INK_DOUBTFUL);
    assert_int_equal(out[b].state, REPLI_INK_DOUBTFUL);
    picture_done(&page);
}

/* Boxes whose printed lines came out thin prove nothing either, on a gray page too. */
static void thin_lines_prove_nothing(void **state)
{
    (void)state;
    struct repli_image page = printed();
    size_t c = index_of("page.void");
    for (size_t i = 0; i < map->nfields; i++) { /* half of each box's line fades */
        struct repli_box o = map->fields[i].box;
        if (map->fields[i].kind != REPLI_FIELD_TICK)
            continue;
        for (int k = 0; k < 2; k++) {
            picture_fill(&page, &(struct repli_box){o.x0, o.y0, o.x1, o.y0 + 180}, 255);
            picture_fill(&page, &(struct repli_box){o.x0, o.y1 - 180, o.x1, o.y1}, 255);
            picture_fill(&page, &(struct repli_box){o.x0, o.y0, o.x0 + 180, o.y1}, 255);
            picture_fill(&page, &(struct repli_box){o.x1 - 180, o.y0, o.x1, o.y1}, 255);
        }
    }
    struct scanner_params p = mild(3, false);
    read_scan(&page, &p, 1);
    assert_int_equal(out[c].state, REPLI_INK_DOUBTFUL);
    picture_done(&page);
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

/* Darkens a strip of the page, most in its middle, as the rim of a stain does: no edge is sharp. */
static void rim(struct repli_image *page, const struct repli_box *b, double depth)
{
    double mm = page->dpi / 25.4;
    for (int y = (int)(b->y0 / 1e3 * mm); y < (int)(b->y1 / 1e3 * mm); y++)
        for (int x = (int)(b->x0 / 1e3 * mm); x < (int)(b->x1 / 1e3 * mm); x++) {
            double t = (y / mm - b->y0 / 1e3) / ((b->y1 - b->y0) / 1e3) * 2 - 1;
            uint8_t *v = &page->gray[y * page->width + x];
            *v = (uint8_t)(*v * (1 - depth * (1 - t * t)));
        }
}

/* Coffee, a punch, a staple: no ink of a pen, so no value and no tick; a person looks. */
static void what_no_pen_wrote(void **state)
{
    (void)state;
    size_t zone = wide_zone(), tick = index_of("page.void");
    const struct repli_box *z = &map->fields[zone].box, *t = &map->fields[tick].box;
    int32_t zy = (z->y0 + z->y1) / 2, ty = (t->y0 + t->y1) / 2;
    struct scanner_params p = mild(3, false);
    for (int kind = 0; kind < 3; kind++) {
        struct repli_image page = printed();
        if (kind == 0) {
            rim(&page, &(struct repli_box){z->x0 - 4000, zy - 700, z->x1 + 4000, zy + 700}, .42);
            rim(&page, &(struct repli_box){t->x0 - 4000, ty - 700, t->x1 + 4000, ty + 700}, .42);
        } else if (kind == 1)
            ink_blot(&page, z->x0 / 1e3 + 4, zy / 1e3, 1.3, 30);
        else
            picture_fill(&page, &(struct repli_box){z->x0 + 1500, zy - 250, z->x0 + 8500, zy + 250}, 60);
        read_scan(&page, &p, 1);
        assert_int_equal(out[zone].state, REPLI_INK_DOUBTFUL);
        if (kind == 0)
            assert_int_equal(out[tick].state, REPLI_INK_DOUBTFUL);
        picture_done(&page);
    }
}

/* A page with two levels on which many zones hold a few dots lost more than that: none of its zones and none of
** its boxes is empty then. */
static void a_page_that_fades(void **state)
{
    (void)state;
    struct scanner_params p = mild(3, true);
    for (int dots = 0; dots < 2; dots++) {
        struct repli_image page = printed();
        size_t zones = 0, last = 0, tick = index_of("page.void");
        map->fields[tick].tier = 2; /* of tier 1 none is empty on two levels anyway */
        for (size_t i = 0; i < map->nfields; i++) {
            const struct repli_field *f = &map->fields[i];
            if (f->kind == REPLI_FIELD_TICK)
                continue;
            const struct repli_box *b = f->nparts ? &f->parts[0] : &f->box;
            if (dots && zones % 4 == 0)
                ink_blot(&page, (b->x0 + b->x1) / 2e3, (b->y0 + b->y1) / 2e3, .22, 0);
            else
                last = i;
            zones++;
        }
        read_scan(&page, &p, 1);
        assert_int_equal(out[last].state, dots ? REPLI_INK_DOUBTFUL : REPLI_INK_EMPTY);
        assert_int_equal(out[tick].state, dots ? REPLI_INK_DOUBTFUL : REPLI_INK_EMPTY);
        map->fields[tick].tier = 1;
        picture_done(&page);
    }
}

/* Two ticks where one may be: both are for people. */
static void contradictions_are_doubts(void **state)
{
    (void)state;
    struct repli_image page = printed();
    struct prng r;
    prng_seed(&r, 5, 1);
    size_t a = index_of("setup.scale.1"), b = index_of("setup.scale.2"), c = index_of("page.void");
    pens_draw_mark(&page, &map->fields[a].box, PENS_CROSS, &r);
    pens_draw_mark(&page, &map->fields[b].box, PENS_TICK, &r);
    pens_draw_mark(&page, &map->fields[c].box, PENS_CROSS, &r);
    struct scanner_params p = mild(11, false);
    read_scan(&page, &p, 1);
    assert_int_equal(out[a].state, REPLI_INK_DOUBTFUL);
    assert_int_equal(out[b].state, REPLI_INK_DOUBTFUL);
    assert_int_equal(out[c].state, REPLI_INK_TICKED);
    /* ... but a blackened box beside a tick is how a mistake is put right. */
    pens_draw_mark(&page, &map->fields[a].box, PENS_BLACKENED, &r);
    read_scan(&page, &p, 1);
    assert_int_equal(out[a].state, REPLI_INK_CANCELLED);
    assert_int_equal(out[b].state, REPLI_INK_TICKED);
    picture_done(&page);
}

/* Whole wards of writing: no field that was written in is empty, no field that was not has ink, and a number is never
** put into another row of its band. */
static void rows_and_zones(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_zone *zone = NULL;
    if (repli_zone_open("Europe/Brussels", &zone, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    size_t fields = 0, doubts = 0, rows = 0;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct repli_arena a = {0};
        struct repli_image page = printed();
        struct prng r;
        prng_seed(&r, seed, 3);
        const struct pens_options o = {.zone = zone, .used = .7, .furniture = .2, .stress = true};
        struct pens_field *plan = pens_plan(map, &o, &r, &a);
        pens_draw(&page, map, plan, &r);
        struct scanner_params p = mild(seed, seed % 3 == 0);
        read_scan(&page, &p, seed);
        picture_done(&page);
        for (size_t i = 0; i < map->nfields; i++) {
            if (map->fields[i].kind == REPLI_FIELD_TICK)
                continue;
            const char *want = pens_mark_state(plan[i].mark), *got = repli_ink_text(out[i].state);
            bool doubt = out[i].state == REPLI_INK_DOUBTFUL;
            fields++;
            doubts += doubt;
            if (!doubt && strcmp(want, got) != 0)
                fail_msg("seed %d: %s is %s, not %s", (int)seed, map->fields[i].id, got, want);
            if (map->fields[i].kind == REPLI_FIELD_BAND && !doubt) {
                assert_int_equal(out[i].row, plan[i].row);
                rows += plan[i].row >= 0;
            }
        }
        repli_arena_done(&a);
    }
    assert_true(fields > 500 && rows > 150);
    assert_true(doubts * 100 < fields * 8);
    repli_zone_close(zone);
}

/* A number across the line between two rows: a person says which one was meant. */
static void two_rows_are_a_doubt(void **state)
{
    (void)state;
    struct repli_image page = printed();
    size_t i = index_of("col2.pulse");
    const struct repli_box *row = &map->fields[i].parts[2];
    picture_fill(&page, &(struct repli_box){row->x0 + 6000, row->y0 + 1500, row->x0 + 6600, row->y1 - 1200}, 40);
    struct scanner_params p = mild(4, false);
    read_scan(&page, &p, 1);
    assert_int_equal(out[i].state, REPLI_INK_INK);
    assert_int_equal(out[i].row, 2);
    row = &map->fields[i].parts[3];
    picture_fill(&page, &(struct repli_box){row->x0 + 9000, row->y0 + 1500, row->x0 + 9600, row->y1 - 1200}, 40);
    read_scan(&page, &p, 1);
    assert_int_equal(out[i].state, REPLI_INK_DOUBTFUL);
    picture_done(&page);
}

/* Dust does not make a field written in; a lone short stroke leaves a doubt. */
static void specks_are_nothing(void **state)
{
    (void)state;
    struct repli_image page = printed();
    size_t i = index_of("col4.by");
    struct repli_box b = map->fields[i].box;
    for (int k = 0; k < 3; k++)
        picture_fill(&page,
                     &(struct repli_box){b.x0 + 4000 * (k + 1), b.y0 + 2500, b.x0 + 4000 * (k + 1) + 200, b.y0 + 2700},
                     60);
    struct scanner_params p = mild(4, false);
    read_scan(&page, &p, 1);
    assert_int_equal(out[i].state, REPLI_INK_EMPTY);
    picture_fill(&page, &(struct repli_box){b.x0 + 8000, b.y0 + 2500, b.x0 + 9000, b.y0 + 2800}, 60);
    read_scan(&page, &p, 1);
    assert_int_equal(out[i].state, REPLI_INK_DOUBTFUL);
    picture_done(&page);
}

/* A line of dust along the whole scan is not ink in the fields it crosses, whichever way the page was fed. */
static void dust_on_the_glass_is_no_ink(void **state)
{
    (void)state;
    for (int across = 0; across < 2; across++) {
        struct repli_image page = printed(), im;
        struct repli_pose pose = {.marks = 5, .score = 1};
        struct scanner_params p = mild(6, false);
        struct prng r;
        prng_seed(&r, 6, 2);
        scanner_scan(&page, &p, &r, &im, pose.h);
        int at = (across ? im.height : im.width) * 45 / 100, length = across ? im.width : im.height;
        for (int k = 0; k < length; k++)
            for (int w = 0; w < 2; w++) {
                int x = across ? k : at + w, y = across ? at + w : k;
                uint8_t *v = &im.gray[(size_t)y * (size_t)im.width + (size_t)x];
                *v = (uint8_t)(*v * 6 / 10);
            }
        repli_read_fields(&im, map, &pose, out);
        assert_rest_empty();
        picture_done(&im);
        picture_done(&page);
    }
}

/* Two levels make dots of such a line; the fields that it crosses are read as without it. */
static void dust_in_dots_is_no_ink(void **state)
{
    (void)state;
    enum repli_ink *want = repli_arena_array(&arena, map->nfields, sizeof *want);
    for (int across = 0; across < 2; across++) {
        struct repli_image page = printed(), im;
        struct repli_pose pose = {.marks = 5, .score = .9}; /* such a threshold loses printed lines as well */
        struct scanner_params p = mild(6, true);
        struct prng r;
        prng_seed(&r, 6, 2);
        scanner_scan(&page, &p, &r, &im, pose.h);
        repli_read_fields(&im, map, &pose, out);
        for (size_t i = 0; i < map->nfields; i++)
            want[i] = out[i].state;
        int at = (across ? im.height : im.width) * 45 / 100, length = across ? im.width : im.height;
        for (int k = 0; k < length; k++)
            if (prng_chance(&r, .35))
                im.gray[across ? (size_t)at * (size_t)im.width + (size_t)k
                               : (size_t)k * (size_t)im.width + (size_t)at] = 0;
        repli_read_fields(&im, map, &pose, out);
        for (size_t i = 0; i < map->nfields; i++)
            assert_int_equal(out[i].state, want[i]);
        picture_done(&im);
        picture_done(&page);
    }
}

/* A field that lies partly beyond the image is never "empty". */
static void beyond_the_image_is_a_doubt(void **state)
{
    (void)state;
    struct repli_image page = printed();
    struct repli_pose pose = {.h = {PAGE_DPI / 25.4, 0, -.5, 0, PAGE_DPI / 25.4, -.5, 0, 0, 1}, .marks = 4, .score = 1};
    page.height = (int)(262 * PAGE_DPI / 25.4);
    repli_read_fields(&page, map, &pose, out);
    assert_int_equal(out[index_of("page.void")].state, REPLI_INK_DOUBTFUL);
    assert_int_equal(out[index_of("page.spare")].state, REPLI_INK_DOUBTFUL);
    assert_int_equal(out[index_of("col1.rr")].state, REPLI_INK_EMPTY);
    picture_done(&page);
}

/* Rows that are cut eight samples at a time are what one sample after the other is, for any slope, up to the last pixel
** of the image. */
static void rows_are_cut_exactly(void **state)
{
    (void)state;
    enum { WIDE = 200, HIGH = 40, MOST = 90 };
    uint8_t *gray = malloc(WIDE * HIGH), got[MOST], want; /* on the heap: a sanitizer sees its end */
    struct prng r;
    int cut = 0;
    assert_non_null(gray);
    prng_seed(&r, 4, 1);
    for (int i = 0; i < WIDE * HIGH; i++)
        gray[i] = (uint8_t)prng_int(&r, 0, 255);
    while (cut < 20000) {
        bool smooth = prng_chance(&r, .5);
        int n = prng_int(&r, 1, MOST), col = prng_int(&r, 0, WIDE - 2), row = prng_int(&r, 0, HIGH - 2);
        struct cut_step s = {prng_int(&r, 0, 65535), prng_int(&r, 0, 65535), prng_int(&r, -200000, 200000),
                             prng_chance(&r, .7) ? prng_int(&r, -3000, 3000) : prng_int(&r, -150000, 150000)};
        if (prng_chance(&r, .3)) { /* places that fall on pixels */
            s.x &= ~16383;
            s.y &= ~16383;
            s.dx = s.dx / 8192 * 8192;
            s.dy = s.dy / 1024 * 1024;
        }
        int64_t x = (int64_t)col * 65536 + s.x, y = (int64_t)row * 65536 + s.y, x1 = x + (int64_t)(n - 1) * s.dx,
                y1 = y + (int64_t)(n - 1) * s.dy;
        if (x1 < 0 || y1 < 0 || x1 >> 16 >= WIDE - 1 || y1 >> 16 >= HIGH - 1)
            continue;
        repli_cut_row(gray + row * WIDE + col, WIDE, gray + WIDE * HIGH, smooth, s, got, n);
        for (int i = 0; i < n; i++, x += s.dx, y += s.dy) {
            const uint8_t *q = gray + (y >> 16) * WIDE + (x >> 16);
            int u = (int)(x >> 8 & 255), v = (int)(y >> 8 & 255);
            want = smooth ? (uint8_t)(((q[0] * (256 - u) + q[1] * u) * (256 - v) +
                                       (q[WIDE] * (256 - u) + q[WIDE + 1] * u) * v + 32768) >>
                                      16)
                          : q[0];
            assert_int_equal(got[i], want);
        }
        cut++;
    }
    free(gray);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_on_gray_pages),
        cmocka_unit_test(two_levels_prove_nothing),
        cmocka_unit_test(thin_lines_prove_nothing),
        cmocka_unit_test(what_no_pen_wrote),
        cmocka_unit_test(a_page_that_fades),
        cmocka_unit_test(contradictions_are_doubts),
        cmocka_unit_test(rows_and_zones),
        cmocka_unit_test(two_rows_are_a_doubt),
        cmocka_unit_test(specks_are_nothing),
        cmocka_unit_test(beyond_the_image_is_a_doubt),
        cmocka_unit_test(dust_on_the_glass_is_no_ink),
        cmocka_unit_test(dust_in_dots_is_no_ink),
        cmocka_unit_test(rows_are_cut_exactly),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
