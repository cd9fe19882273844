/* What a scanner's folder holds on a bad day: each in an outcome of its own name, none lost, none read wrongly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "repli/draw.h"
#include "repli/file.h"
#include "repli/serial.h"
#include "scan/decode.h"
#include "support/paper.h"
#include "support/pens.h"
#include "support/picture.h"
#include "support/scanlines.h"

#define TICKED "page.continues"

/* A sheet on which one box is ticked. */
static struct repli_image ticked(int i)
{
    struct repli_image page = scancase_sheet(i);
    struct prng r;
    prng_seed(&r, (uint64_t)i, 1);
    pens_draw_mark(&page, &repli_page_map_field(scancase.maps[i], TICKED)->box, PENS_CROSS, &r);
    return page;
}

/* Nothing was read wrongly: the tick is not taken for an empty box, and no ink is seen where there is none.  `sure`:
** nothing was left to a person either. */
static void assert_true_fields(const struct scanlines *l, size_t line, bool sure)
{
    json_t *fields = json_object_get(json_array_get(l->all, line), "fields"), *f;
    size_t k;
    assert_true(json_array_size(fields) > 80);
    json_array_foreach(fields, k, f)
    {
        const char *id = json_string_value(json_object_get(f, "id")),
                   *state = json_string_value(json_object_get(f, "state"));
        const char *truth = strcmp(id, TICKED) == 0 ? "ticked" : "empty";
        if (strcmp(state, truth) != 0 && (sure || strcmp(state, "doubtful") != 0))
            fail_msg("line %d: %s is %s, not %s", (int)line, id, state, truth);
    }
}

static void copy_file(const char *from, const char *to)
{
    char path[600], *data = NULL;
    size_t len = 0;
    snprintf(path, sizeof path, "%s/%s", scancase.in, from);
    assert_int_equal(repli_file_read(path, 64 << 20, &scancase.arena, &data, &len, NULL), REPLI_OK);
    scancase_file(to, data, len);
}

/* A corner of the paper, white as the glass. */
static void tear(struct repli_image *page, bool right, bool bottom, double mm)
{
    int n = (int)(mm * page->dpi / 25.4);
    for (int j = 0; j < n; j++)
        for (int i = 0; i + j < n; i++) {
            int x = right ? page->width - 1 - i : i, y = bottom ? page->height - 1 - j : j;
            page->gray[(size_t)y * (size_t)page->width + (size_t)x] = 235;
        }
}

static void without_codes(struct repli_image *page, int i)
{
    for (int k = 0; k < 2; k++) {
        struct repli_box b = scancase.maps[i]->codes[k];
        picture_fill(page, &(struct repli_box){b.x0 - 1000, b.y0 - 1000, b.x1 + 1000, b.y1 + 1000}, 255);
    }
}

/* Two sheets beside each other; the second may lack its codes. */
static struct repli_image beside(struct repli_image left, struct repli_image right)
{
    struct repli_image both = {left.width * 2, left.height, 8, left.dpi, NULL};
    size_t w = (size_t)left.width;
    both.gray = malloc(2 * w * (size_t)left.height);
    assert_non_null(both.gray);
    for (size_t y = 0; y < (size_t)left.height; y++) {
        memcpy(both.gray + 2 * w * y, left.gray + w * y, w);
        memcpy(both.gray + 2 * w * y + w, right.gray + w * y, w);
    }
    picture_done(&left);
    picture_done(&right);
    return both;
}

/* A page in a corner of A3 glass whose lid has one gray, as the scanner sees it. */
static struct repli_image on_glass(struct repli_image page, uint8_t lid, bool far)
{
    struct repli_image glass = {page.height * 1414 / 1000, page.height, 8, page.dpi, NULL};
    size_t w = (size_t)page.width, all = (size_t)glass.width, left = far ? all - w - 9 : 0;
    glass.gray = malloc(all * (size_t)glass.height);
    assert_non_null(glass.gray);
    memset(glass.gray, lid, all * (size_t)glass.height);
    for (size_t y = 0; y < (size_t)page.height; y++)
        for (size_t x = 0; x < w; x++) { /* lenses are not so sharp that there were two levels */
            const uint8_t *row = page.gray + w * y;
            glass.gray[all * y + left + x] = (uint8_t)((row[x] + row[x + 1 < w ? x + 1 : x]) / 2);
        }
    picture_done(&page);
    return glass;
}

static void put(const char *name, struct repli_image page)
{
    struct repli_err err = {0};
    char path[600];
    snprintf(path, sizeof path, "%s/%s", scancase.in, name);
    if (picture_write(path, &page, 80, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    picture_done(&page);
}

/* The same paper again, turned, torn. */
static void paper_that_was_handled(void **state)
{
    (void)state;
    struct scanlines l = {0};
    scancase_scan("a.png", ticked(0), 0, 1);
    copy_file("a.png", "b-duplicate.png");
    scancase_scan("c-second-image.png", ticked(0), 0, 2);
    scancase_scan("d-photocopy-other-ink.png", scancase_sheet(0), 180, 3);
    scancase_scan("e-upside-down.png", ticked(1), 180, 1);
    scancase_scan("f-turned.png", ticked(2), 90, 1);
    struct repli_image page = ticked(3);
    tear(&page, false, false, 30);
    tear(&page, true, true, 30);
    scancase_scan("g-two-corners-torn.png", page, 0, 1);
    page = ticked(4);
    tear(&page, true, false, 80);
    tear(&page, false, true, 80);
    scancase_scan("h-corners-with-codes-torn.png", page, 0, 1);
    page = ticked(4);
    without_codes(&page, 4);
    scancase_scan("i-codes-off.png", page, 0, 1);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a.png read", "b-duplicate.png duplicate", "c-second-image.png second-image",
                    "d-photocopy-other-ink.png second-image", "e-upside-down.png read", "f-turned.png read",
                    "g-two-corners-torn.png read", "h-corners-with-codes-torn.png no-code", "i-codes-off.png no-code");
    for (size_t i = 0; i < 7; i += i == 0 ? 4 : 1)
        assert_true_fields(&l, i, i != 6);
    assert_int_equal(scancase_state(4), REPLI_LIFE_PRINTED);
    json_decref(l.all);
}

/* Printed or scanned as it should not be. */
static void machines_that_were_set_wrongly(void **state)
{
    (void)state;
    struct scanlines l = {0};
    struct scanner_params p = scancase_scanner();
    p.scale = .94;
    scancase_scan_by("a-printed-at-94.png", ticked(0), &p, 1);
    p = scancase_scanner();
    p.dpi = 150;
    p.one_bit = true;
    scancase_scan_by("b-fax.tif", ticked(1), &p, 1);
    p = scancase_scanner();
    p.one_bit = true;
    p.threshold = 60;
    scancase_scan_by("c-too-light.tif", ticked(2), &p, 1);
    p.threshold = 228;
    p.noise = 6;
    scancase_scan_by("d-too-dark.tif", ticked(3), &p, 1);
    (void)scanlines_all(&l);
    assert_int_equal(json_array_size(l.all), 4);
    ASSERT_OUTCOMES(&l, "a-printed-at-94.png read", "b-fax.tif read", "c-too-light.tif read", "d-too-dark.tif read");
    for (size_t i = 0; i < 4; i++)
        assert_true_fields(&l, i, i == 0);
    json_decref(l.all);
}

/* Two levels, and a threshold below the gray of toner: while dots of it are left the sheet waits for a person; an image
** that is all white says why it may be more than a blank side.  No sheet is closed by either. */
static void lighter_than_it_can_be_read(void **state)
{
    (void)state;
    struct scanlines l = {0};
    static const struct {
        const char *name;
        double noise;
        int threshold;
    } cases[] = {{"a-dots.tif", 8, 40}, {"b-white.tif", 1, 50}};
    for (int i = 0; i < 2; i++) {
        struct scanner_params p = scancase_scanner();
        p.one_bit = true;
        p.noise = cases[i].noise;
        p.threshold = cases[i].threshold;
        p.black = 60;
        scancase_scan_by(cases[i].name, ticked(i), &p, 1);
    }
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-dots.tif no-code", "b-white.tif blank/a sheet that was scanned too light looks the same");
    for (int i = 0; i < 2; i++)
        assert_int_equal(scancase_state(i), REPLI_LIFE_PRINTED);
    assert_int_equal(l.derived, 0);
    json_decref(l.all);
}

/* The band says who the sheet is about, and must say what the code says: nothing is read off a sheet with a sticker
** over the name, nor off a copy with another name, another number, another serial.  What lies elsewhere in the band is
** no matter. */
static void the_band_agrees_with_the_code(void **state)
{
    (void)state;
    struct scanlines l = {0};
    struct repli_printed *band = scancase.maps[0]->printed, other[4];
    static const struct repli_box name = {22000, 18000, 60000, 25500}, half = {40000, 18000, 60000, 25500},
                                  free_place = {100000, 20000, 150000, 38000};
    struct repli_page_map changed = *scancase.maps[0];
    struct repli_image page = scancase_sheet(0);
    picture_fill(&page, &name, 250);
    scancase_scan("a-sticker.png", page, 0, 1);
    page = scancase_sheet(0);
    picture_fill(&page, &half, 250);
    scancase_scan("b-half-a-name.png", page, 180, 1);
    memcpy(other, band, sizeof other);
    changed.printed = other;
    other[0].text = "PETERS, Anne";
    scancase_scan("c-name.png", scancase_page(&changed, changed.code, changed.code), 0, 1);
    other[0].text = band[0].text;
    other[3].text = "1211417";
    scancase_scan("d-number.png", scancase_page(&changed, changed.code, changed.code), 0, 1);
    other[3].text = band[3].text;
    changed.sheet = scancase.maps[3]->sheet;
    scancase_scan("e-serial.png", scancase_page(&changed, changed.code, changed.code), 0, 1);
    page = ticked(0);
    picture_fill(&page, &free_place, 60);
    scancase_scan("f-elsewhere.png", page, 0, 1);
    page = scancase_sheet(0);
    picture_fill(&page, &name, 250);
    scancase_scan("g-again.png", page, 0, 2);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-sticker.png mismatch/band", "b-half-a-name.png mismatch/band", "c-name.png mismatch/band",
                    "d-number.png mismatch/band", "e-serial.png mismatch/band", "f-elsewhere.png read",
                    "g-again.png second-image");
    assert_true_fields(&l, 5, true);
    assert_int_equal(l.derived, 1); /* nothing was taken from the covered ones, not even from a second image */
    json_decref(l.all);
}

/* The place of one figure of a text of the band, or a part of its width. */
static struct repli_box figure(const struct repli_printed *p, int i, double from, double to)
{
    char before[32], with[32];
    snprintf(before, sizeof before, "%.*s", i, p->text);
    snprintf(with, sizeof with, "%.*s", i + 1, p->text);
    double x = p->x + repli_font_width(p->face, p->size_cpt, before),
           width = p->x + repli_font_width(p->face, p->size_cpt, with) - x;
    return (struct repli_box){(int32_t)(x + width * from), p->y - 4000, (int32_t)(x + width * to), p->y + 1000};
}

/* A crease takes half a figure away: the sheet is read.  It is not when two figures lack something, nor when
** somebody has written another figure there. */
static void half_a_figure_is_enough(void **state)
{
    (void)state;
    struct scanlines l = {0};
    const struct repli_printed *band = scancase.maps[0]->printed, *number = &band[3];
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a-crease.png", "b-two.png", "c-corrected.png"};
        struct repli_image page = scancase_sheet(i == 0 ? 0 : 2 * i);
        struct repli_box half = figure(number, 4, -.1, .6);
        picture_fill(&page, &half, 250);
        if (i == 1) {
            half = figure(number, 5, .4, 1.1);
            picture_fill(&page, &half, 250);
        }
        if (i == 2) { /* 4 became 1, which stands beside it */
            half = figure(number, 4, 0, 1);
            picture_fill(&page, &half, 250);
            half = figure(number, 4, .12, .3);
            half.y0 += 1200, half.y1 -= 1000;
            picture_fill(&page, &half, 20);
        }
        scancase_scan(names[i], page, 0, 1);
    }
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-crease.png read", "b-two.png mismatch/band", "c-corrected.png mismatch/band");
    json_decref(l.all);
}

/* A4 on A3 glass is a sheet like any other, wherever it lies, under a white lid or an open one; beside something else
** it may be two. */
static void on_larger_glass(void **state)
{
    (void)state;
    struct scanlines l = {0};
    struct repli_image page;
    put("a-white-lid.png", on_glass(ticked(0), 250, false));
    put("b-far.png", on_glass(ticked(1), 250, true));
    put("c-open.png", on_glass(ticked(2), 20, false));
    page = on_glass(ticked(3), 250, false);
    picture_fill(&page, &(struct repli_box){250000, 100000, 320000, 101000}, 60);
    put("d-something-beside.png", page);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-white-lid.png read", "b-far.png read", "c-open.png read",
                    "d-something-beside.png two-sheets/larger than a sheet");
    for (size_t i = 0; i < 3; i++)
        assert_true_fields(&l, i, true);
    assert_int_equal(scancase_state(3), REPLI_LIFE_PRINTED);
    json_decref(l.all);
}

/* Digits of a code of another hospital: its own keys. */
static void of_another_site(char *digits)
{
    struct repli_err err = {0};
    struct repli_site *other = NULL;
    char dir[300];
    snprintf(dir, sizeof dir, "%s/other", scancase.base);
    if (repli_site_create(dir, "Other", "Europe/Brussels", "fr", &err) != REPLI_OK ||
        repli_site_open(dir, "2026-11-24T09:00", &other, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    struct repli_page_code c = scancase.codes[0];
    c.site_tag = repli_keys_site_tag(other->keys);
    assert_true(repli_pagecode_encode(&c, other->keys, digits));
    repli_site_close(other);
}

/* Sheets that are not to be read, and pages that are no sheets. */
static void pages_that_are_not_to_be_read(void **state)
{
    (void)state;
    struct scanlines l = {0};
    char digits[REPLI_PAGECODE_DIGITS + 1];
    struct repli_page_code c = scancase.codes[0];
    of_another_site(digits);
    scancase_scan("a-other-site.png", scancase_page(scancase.maps[0], digits, digits), 0, 1);
    c.version = 9;
    assert_true(repli_pagecode_encode(&c, scancase.site->keys, digits));
    scancase_scan("b-version-of-known-serial.png", scancase_page(scancase.maps[0], digits, digits), 0, 1);
    c.serial = repli_serial_make(0, 900);
    assert_true(repli_pagecode_encode(&c, scancase.site->keys, digits));
    scancase_scan("c-version.png", scancase_page(scancase.maps[0], digits, digits), 0, 1);
    scancase_scan("d-void.png", scancase_sheet(7), 0, 1);
    scancase_scan("e-drill.png", scancase_sheet(6), 0, 1);
    scancase_scan("f-verso.png", scancase_sheet(5), 0, 1);
    scancase_scan("g-blank.png", picture_sheet(200), 0, 1);
    struct repli_page_map letter = *scancase.maps[0];
    memset(letter.marks, 0, sizeof letter.marks);
    scancase_scan("h-foreign.png", scancase_page(&letter, NULL, NULL), 0, 1);
    put("i-two-sheets.png", beside(scancase_sheet(0), scancase_sheet(1)));
    struct repli_image second = scancase_sheet(1);
    without_codes(&second, 1);
    put("j-two-one-code.png", beside(scancase_sheet(0), second));
    second = scancase_sheet(1);
    without_codes(&second, 1);
    put("k-two-one-code.png", beside(second, scancase_sheet(0)));
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-other-site.png foreign", "b-version-of-known-serial.png serial-clash",
                    "c-version.png unknown-form", "d-void.png void", "e-drill.png drill", "f-verso.png blank",
                    "g-blank.png blank", "h-foreign.png no-code", "i-two-sheets.png two-sheets",
                    "j-two-one-code.png two-sheets/larger than a sheet",
                    "k-two-one-code.png two-sheets/larger than a sheet");
    for (int i = 0; i < 2; i++)
        assert_int_equal(scancase_state(i), REPLI_LIFE_PRINTED);
    assert_int_equal(l.derived, 0);
    json_decref(l.all);
}

/* Sides in any order, with padding between them: each is its own sheet, never its neighbour's. */
static void shuffled_duplex(void **state)
{
    (void)state;
    struct scanlines l = {0};
    struct repli_err err = {0};
    static const int order[] = {5, 3, 0, 2, 1};
    char path[600];
    snprintf(path, sizeof path, "%s/pile.tif", scancase.in);
    for (size_t i = 0; i < 5; i++) {
        struct repli_image page = order[i] == 5 ? scancase_sheet(5) : ticked(order[i]);
        assert_int_equal(picture_append_tiff(path, &page, &err), REPLI_OK);
        picture_done(&page);
    }
    (void)scanlines_all(&l);
    ASSERT_OUTCOMES(&l, "pile.tif blank", "pile.tif read", "pile.tif read", "pile.tif read", "pile.tif read");
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(scanlines_text(&l, i, "sheet"), scancase.maps[order[i]]->sheet);
    json_decref(l.all);
}

static void encrypt(const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", scancase.in, name);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("qpdf", "qpdf", "--empty", "--encrypt", "secret", "owner", "256", "--", path, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Files at the limits: 1,200 dpi of A3 in colour has 278 million pixels, more than a page may have (site.yaml). */
static void files_at_the_limits(void **state)
{
    (void)state;
    struct scanlines l = {0};
    static const uint8_t a3[57] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x36\xD0\0\0\x4D\x83\x08\x02\0\0\0";
    static uint8_t white = 255;
    struct repli_err err = {0};
    char path[600];
    scancase_file("a-a3.png", a3, sizeof a3);
    encrypt("b-encrypted.pdf");
    snprintf(path, sizeof path, "%s/c-pixel.png", scancase.in);
    assert_int_equal(picture_write(path, &(struct repli_image){1, 1, 8, 0, &white}, 80, &err), REPLI_OK);
    scancase_scan("d.png", ticked(0), 0, 1);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-a3.png unreadable/limit", "b-encrypted.pdf unreadable/encrypted", "c-pixel.png no-code",
                    "d.png read");
    json_decref(l.all);
}

/* What a PDF would do when somebody opens it, or carries in it, is named; going to a page is nothing. */
static void scripts_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a-js.pdf", "/OpenAction<</S/JavaScript/JS(app.alert(1))>>"},
        {"b-launch.pdf", "/OpenAction<</S/Launch/F(cmd.exe)>>"},
        {"c-on-print.pdf", "/AA<</WP<</S/JavaScript/JS(1)>>>>"},
        {"d-named.pdf", "/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(1)>>]>>>>"},
        {"e-attached.pdf", "/Names<</EmbeddedFiles<</Names[]>>>>"},
        {"f-xfa.pdf", "/AcroForm<</Fields[]/XFA(<xdp/>)>>"},
        {"g-view.pdf", "/OpenAction[3 0 R/Fit]/Names<</Dests<</Names[]>>>>/AcroForm<</Fields[]>>"},
    };
    struct scanlines l = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct paper p;
        paper_open(&p);
        paper_page(&p, "0 0 595 842", 0, "0 0 m", "");
        paper_tree(&p);
        paper_object(&p, 1);
        fprintf(p.f, "<</Type/Catalog/Pages 2 0 R%s>>endobj\n", cases[i][1]);
        paper_finish(&p);
        scancase_file(cases[i][0], p.data, p.len);
        free(p.data);
    }
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-js.pdf unreadable/script", "b-launch.pdf unreadable/script",
                    "c-on-print.pdf unreadable/script", "d-named.pdf unreadable/script",
                    "e-attached.pdf unreadable/script", "f-xfa.pdf unreadable/script", "g-view.pdf blank");
    json_decref(l.all);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--decode") == 0)
        return repli_nursery_main(NULL);
    if (argc == 5 && strcmp(argv[1], "--render") == 0)
        return repli_render_main(argc, argv);
#define TEST(name) cmocka_unit_test_setup_teardown(name, scancase_setup, scancase_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_band_agrees_with_the_code),
        TEST(half_a_figure_is_enough),
        TEST(paper_that_was_handled),
        TEST(machines_that_were_set_wrongly),
        TEST(lighter_than_it_can_be_read),
        TEST(pages_that_are_not_to_be_read),
        TEST(shuffled_duplex),
        TEST(files_at_the_limits),
        TEST(on_larger_glass),
        TEST(scripts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
