/* Paper that was folded: creases swallow some of it, and what lies beyond them is found where it came to lie. */
#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "repli/file.h"
#include "scan/crop.h"
#include "scan/ink.h"
#include "support/pens.h"
#include "support/picture.h"
#include "support/scanlines.h"

#define PAGE_DPI 300
#define OUTER    64

/* Folds of a sheet, the farthest first: each moves what the next ones are counted from. */
struct made {
    bool along_x;
    double at, loss;
};
static const struct made both_ways[] = {{false, 214, .35}, {false, 100, .3}, {true, 150, .25}, {true, 64, .4}};
static const struct made by_the_marks[] = {{false, 281, .35}, {false, 28, .3}, {true, 196, .3}};

struct folds {
    const struct made *made;
    size_t n;
};
static const struct folds kinds[] = {{both_ways, 4}, {by_the_marks, 3}, {both_ways + 1, 1}};

static struct repli_page_map *map(void)
{
    return scancase.maps[0];
}

static struct repli_image folded(const struct repli_page_map *m, const struct folds *f)
{
    struct repli_image page = picture_sheet(PAGE_DPI);
    pens_draw_sheet(&page, m, NULL);
    for (size_t i = 0; i < f->n; i++)
        scanner_swallow(&page, f->made[i].along_x, f->made[i].at, f->made[i].loss);
    return page;
}

static double lost(const struct folds *f, bool along_x, double at)
{
    double sum = 0;
    for (size_t i = 0; i < f->n; i++)
        sum += f->made[i].along_x == along_x && at > f->made[i].at ? f->made[i].loss : 0;
    return sum;
}

/* Does a fold run through a box?  Then it lies in two places. */
static bool broken(const struct folds *f, const struct repli_box *b)
{
    bool through = false;
    for (size_t i = 0; i < f->n; i++)
        through = through || (f->made[i].along_x ? b->x0 / 1e3 < f->made[i].at + 1 && b->x1 / 1e3 > f->made[i].at - 1
                                                 : b->y0 / 1e3 < f->made[i].at + 1 && b->y1 / 1e3 > f->made[i].at - 1);
    return through;
}

static struct scanner_params some_scanner(int k)
{
    struct scanner_params p;
    struct prng r;
    prng_seed(&r, (uint64_t)k, 77);
    scanner_sample(&p, SCANNER_MILD, &r);
    p.one_bit = k % 3 == 2;
    p.dpi = k % 2 ? 200 : 300;
    p.quarter = 90 * (k % 4);
    return p;
}

static struct repli_image scanned(const struct repli_page_map *m, const struct folds *f, const struct scanner_params *p,
                                  uint64_t seed, double truth[9])
{
    struct repli_image page = folded(m, f), im;
    struct prng r;
    prng_seed(&r, seed, 3);
    scanner_scan(&page, p, &r, &im, truth);
    picture_done(&page);
    return im;
}

/* The fields at the foot of the sheet, and those above `top` mm. */
static size_t outer_fields(struct repli_field fields[OUTER], int32_t top)
{
    size_t n = 0;
    for (size_t i = 0; i < map()->nfields && n < OUTER; i++)
        if (map()->fields[i].box.y1 < top * 1000 || map()->fields[i].box.y0 > 262000)
            fields[n++] = map()->fields[i];
    return n;
}

/* mm between where a pose with its creases and the truth put a place of the sheet. */
static double apart(const struct repli_pose *pose, const double truth[9], const struct folds *f, double x, double y,
                    int dpi)
{
    double ax, ay;
    struct xy p = repli_paper_local(pose, x, y).at;
    scanner_where(truth, x - lost(f, true, x), y - lost(f, false, y), &ax, &ay);
    return hypot(ax - p.x, ay - p.y) * 25.4 / dpi;
}

/* Every field is found where it lies, and the corners of the sheet where they would lie had it not been folded. */
static void every_part_is_found(void **state)
{
    (void)state;
    for (int k = 0; k < 12; k++) {
        const struct folds *f = &kinds[k % 3];
        struct scanner_params p = some_scanner(k / 3);
        struct repli_pose pose;
        double truth[9], worst = 0;
        struct repli_image im = scanned(map(), f, &p, (uint64_t)k, truth);
        assert_int_equal(repli_register(&im, map(), NULL, 0, &pose), REPLI_REGISTERED);
        for (size_t i = 0; i < map()->nfields; i++) {
            const struct repli_box *b = &map()->fields[i].box;
            if (!broken(f, b))
                worst = fmax(worst, apart(&pose, truth, f, (b->x0 + b->x1) / 2e3, (b->y0 + b->y1) / 2e3, p.dpi));
        }
        assert_in_range(pose.ncreases, f->n, f->n + 1);
        assert_true(worst < .1 && scanner_apart_mm(pose.h, truth, p.dpi) < .1);
        picture_done(&im);
    }
}

/* Flat paper has no creases, whatever a scanner does to it. */
static void flat_paper_has_none(void **state)
{
    (void)state;
    const struct folds none = {NULL, 0};
    for (int k = 0; k < 12; k++) {
        struct scanner_params p = some_scanner(k);
        struct repli_pose pose;
        double truth[9];
        struct repli_image im = scanned(map(), &none, &p, (uint64_t)k, truth);
        assert_int_equal(repli_register(&im, map(), NULL, 0, &pose), REPLI_REGISTERED);
        assert_int_equal(pose.ncreases, 0);
        picture_done(&im);
    }
}

/* With a corner's mark lost and a crease through the rest, four marks agree on paper in perspective that there is not.
** A sheet with few lines does not deny it; that it lay flat is likelier. */
static void no_perspective_is_made_up(void **state)
{
    (void)state;
    static const struct made made[] = {{false, 252, .39}, {false, 111, .33}, {true, 151, .36}};
    const struct folds f = {made, 3};
    struct repli_page_map few = *map();
    struct repli_field fields[OUTER];
    struct scanner_params p = some_scanner(0);
    struct seen_marks marks = {.n = 0};
    double truth[9];
    few.fields = fields;
    few.nfields = outer_fields(fields, 75);
    assert_in_range(few.nfields, 6, 30);
    struct repli_image im = scanned(&few, &f, &p, 1, truth);
    for (size_t i = 0; i < SEEN_MARKS; i++) {
        const struct repli_point *m = &map()->marks[i];
        struct xy *px = &marks.px[marks.n], at = {m->x / 1e3, m->y / 1e3};
        if (i == 3)
            continue;
        marks.mm[marks.n++] = at;
        scanner_where(truth, at.x - lost(&f, true, at.x), at.y - lost(&f, false, at.y), &px->x, &px->y);
    }
    struct repli_pose pose = {.score = .9};
    assert_true(repli_fit_homography(marks.mm, marks.px, marks.n, pose.h));
    assert_true(repli_pose_unfold(&im, &few, &marks, NULL, 0, &pose));
    assert_true(scanner_apart_mm(pose.h, truth, p.dpi) < .15);
    picture_done(&im);
}

/* A sheet with hardly any lines: marks and four fields tell two creases. */
static void few_lines_tell_two(void **state)
{
    (void)state;
    static const struct made made[] = {{true, 155, .35}, {true, 50, .35}};
    const struct folds f = {made, 2};
    struct repli_page_map few = *map();
    struct repli_field fields[OUTER];
    struct scanner_params p = some_scanner(1);
    struct repli_pose pose;
    double truth[9];
    few.fields = fields;
    few.nfields = outer_fields(fields, 0);
    assert_int_equal(few.nfields, 4);
    struct repli_image im = scanned(&few, &f, &p, 1, truth);
    assert_int_equal(repli_register(&im, &few, NULL, 0, &pose), REPLI_REGISTERED);
    assert_int_equal(pose.ncreases, 2);
    assert_true(scanner_apart_mm(pose.h, truth, p.dpi) < .15);
    picture_done(&im);
}

/* A crease runs through a wide field: each of its sides is looked for where it lies. */
static void wide_fields_break(void **state)
{
    (void)state;
    static const struct made made[] = {{false, 190, .6}, {false, 75, .6}, {true, 65, .6}};
    const struct folds f = {made, 3};
    struct repli_page_map wide = *map();
    struct repli_field fields[8] = {0};
    struct scanner_params p = some_scanner(1);
    double truth[9];
    struct repli_pose pose;
    wide.fields = fields;
    wide.nfields = 8;
    for (int32_t i = 0; i < 8; i++) {
        int32_t x = i % 2 ? 110000 : 20000, y = 45000 + i / 2 * 55000;
        fields[i] = (struct repli_field){.id = "t", .kind = REPLI_FIELD_TEXT, .box = {x, y, x + 85000, y + 50000}};
    }
    struct repli_image im = scanned(&wide, &f, &p, 1, truth);
    assert_int_equal(repli_register(&im, &wide, NULL, 0, &pose), REPLI_REGISTERED);
    assert_int_equal(pose.ncreases, 3);
    assert_true(pose.score > .99);
    picture_done(&im);
}

/* Of a sheet without fields nothing can be told but where its marks are: it stays as they say. */
static void marks_alone_tell_no_crease(void **state)
{
    (void)state;
    struct repli_page_map bare = *map();
    struct scanner_params p = some_scanner(0);
    struct seen_marks marks = {.n = 0};
    struct repli_pose pose = {.score = 1};
    struct repli_image im = scanned(map(), &kinds[0], &p, 1, pose.h);
    const struct repli_pose before = pose;
    bare.nfields = 0;
    assert_false(repli_pose_unfold(&im, &bare, &marks, NULL, 0, &pose));
    assert_memory_equal(&before, &pose, sizeof pose);
    picture_done(&im);
}

/* What was stored of a pose is read again; creases that make no sense are none, and no more than there is room for. */
static void a_stored_pose_is_read(void **state)
{
    (void)state;
    struct repli_pose pose = {.ncreases = 5};
    assert_true(repli_scan_json_pose("{\"mm_to_px\":[8,0,1,0,8,2,0,0,1]}", &pose));
    assert_int_equal(pose.ncreases, 0);
    assert_true(repli_scan_json_pose(
        "{\"mm_to_px\":[8,0,1,0,8,2,0,0,1],\"creases\":[{\"axis\":\"y\",\"at_mm\":100,\"loss_mm\":0.5},"
        "{\"axis\":\"x\",\"at_mm\":50.5,\"loss_mm\":0.25},{\"axis\":7},null,{\"axis\":\"x\",\"at_mm\":1}]}",
        &pose));
    assert_int_equal(pose.ncreases, 2);
    double dx, dy;
    repli_pose_loss(&pose, 50, 101, &dx, &dy);
    assert_true(dx == 0 && dy == .5);
    repli_pose_loss(&pose, 51, 99, &dx, &dy);
    assert_true(dx == .25 && dy == 0);
    struct repli_buf b = {0};
    repli_buf_puts(&b, "{\"mm_to_px\":[8,0,1,0,8,2,0,0,1],\"creases\":[");
    for (int i = 0; i < 20; i++)
        repli_buf_printf(&b, "%s{\"axis\":\"y\",\"at_mm\":%d,\"loss_mm\":0.1}", i ? "," : "", i);
    repli_buf_puts(&b, "]}");
    assert_true(repli_scan_json_pose(b.data, &pose));
    assert_int_equal(pose.ncreases, REPLI_CREASES_MAX);
    repli_buf_done(&b);
    assert_false(repli_scan_json_pose("{\"mm_to_px\":[8,0,1]}", &pose));
}

/* Middle of what is dark in a crop, in samples. */
static void middle_of(const char *path, double *x, double *y)
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    double n = 0;
    *x = *y = 0;
    assert_true(png_image_begin_read_from_file(&png, path));
    png.format = PNG_FORMAT_GRAY;
    uint8_t *gray = malloc(PNG_IMAGE_SIZE(png));
    assert_non_null(gray);
    assert_true(png_image_finish_read(&png, NULL, gray, 0, NULL));
    for (int j = 0; j < (int)png.height; j++)
        for (int i = 0; i < (int)png.width; i++) {
            double dark = gray[j * (int)png.width + i] < 140;
            n += dark;
            *x += dark * i;
            *y += dark * j;
        }
    free(gray);
    assert_true(n > 50);
    *x /= n;
    *y /= n;
}

/* The whole way: a folded sheet is scanned, its line tells the creases, its ticks beyond them are read, and a crop
** shows its field in the middle, as one of a flat sheet does. */
static void crops_lie_on_their_fields(void **state)
{
    (void)state;
    static const char *const wanted[] = {"page.continues"};
    double x[2], y[2];
    for (int fold = 0; fold < 2; fold++) {
        struct repli_image page = scancase_sheet(fold);
        struct scanlines l = {0};
        struct repli_err err = {0};
        struct prng r;
        bool missing[1] = {true};
        prng_seed(&r, 1, 1);
        for (size_t i = 0; i < map()->nfields; i++)
            if (strcmp(map()->fields[i].id, "page.void") == 0)
                pens_draw_mark(&page, &map()->fields[i].box, PENS_CROSS, &r);
        for (size_t i = 0; fold && i < kinds[0].n; i++)
            scanner_swallow(&page, kinds[0].made[i].along_x, kinds[0].made[i].at, kinds[0].made[i].loss);
        scancase_scan(fold ? "folded.png" : "flat.png", page, 0, 1);
        assert_int_equal(scanlines_all(&l), REPLI_OK);
        json_t *line = json_array_get(l.all, json_array_size(l.all) - 1), *f;
        size_t i, ticked = 0;
        json_array_foreach(json_object_get(line, "creases"), i, f)
        {
            const char *axis = json_string_value(json_object_get(f, "axis"));
            assert_int_equal(json_object_size(f), 3);
            assert_true(axis && (strcmp(axis, "x") == 0 || strcmp(axis, "y") == 0));
            assert_true(json_real_value(json_object_get(f, "at_mm")) > 10);
            assert_true(json_real_value(json_object_get(f, "loss_mm")) > .05);
        }
        assert_string_equal(json_string_value(json_object_get(line, "outcome")), "read");
        assert_int_equal(json_array_size(json_object_get(line, "creases")), fold ? kinds[0].n : 0);
        json_array_foreach(json_object_get(line, "fields"), i, f)
        {
            bool is_void = strcmp(json_string_value(json_object_get(f, "id")), "page.void") == 0;
            if (strcmp(json_string_value(json_object_get(f, "kind")), "tick") != 0)
                continue;
            assert_string_equal(json_string_value(json_object_get(f, "state")), is_void ? "ticked" : "empty");
            ticked += is_void;
        }
        assert_int_equal(ticked, 1);
        assert_int_equal(
            repli_scan_crops(scancase.site, scancase.ledger, scancase.codes[fold].serial, wanted, 1, missing, &err),
            REPLI_OK);
        assert_false(missing[0]);
        middle_of(repli_arena_printf(&scancase.arena, "%s/%s/%s.png", scancase.site->crops, scancase.maps[fold]->sheet,
                                     wanted[0]),
                  &x[fold], &y[fold]);
        json_decref(l.all);
    }
    assert_true(fabs(x[0] - x[1]) < 1.2 && fabs(y[0] - y[1]) < 1.2); /* of .125 mm; the creases took five */
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--decode") == 0)
        return repli_decode_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_part_is_found, scancase_setup, scancase_teardown),
        cmocka_unit_test_setup_teardown(flat_paper_has_none, scancase_setup, scancase_teardown),
        cmocka_unit_test_setup_teardown(no_perspective_is_made_up, scancase_setup, scancase_teardown),
        cmocka_unit_test_setup_teardown(few_lines_tell_two, scancase_setup, scancase_teardown),
        cmocka_unit_test_setup_teardown(wide_fields_break, scancase_setup, scancase_teardown),
        cmocka_unit_test_setup_teardown(marks_alone_tell_no_crease, scancase_setup, scancase_teardown),
        cmocka_unit_test(a_stored_pose_is_read),
        cmocka_unit_test_setup_teardown(crops_lie_on_their_fields, scancase_setup, scancase_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
