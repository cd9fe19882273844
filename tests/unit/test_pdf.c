/* What strangers (poppler, qpdf, mupdf, zbar) make of our pages: no complaint, the same text, crisp codes. */
#define _GNU_SOURCE /* memmem */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <zbar.h>

#include <cmocka.h>

#include "repli/file.h"
#include "repli/print.h"
#include "support/pdfcase.h"
#include "support/picture.h"
#include "support/prng.h"

#define N(a) (sizeof(a) / sizeof *(a))

static void random_digits(struct prng *p, char digits[144])
{
    for (int i = 0; i < 143; i++)
        digits[i] = (char)('0' + prng_int(p, 0, 9));
    digits[143] = '\0';
}

/* ---- the symbol */

static char *zbar_read(const uint8_t *gray, unsigned width, unsigned height, int *found)
{
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    zbar_image_t *image = zbar_image_create();
    char *data = NULL;
    zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
    zbar_image_set_size(image, width, height);
    zbar_image_set_data(image, gray, (unsigned long)width * height, NULL);
    *found = zbar_scan_image(scanner, image);
    const zbar_symbol_t *s = zbar_image_first_symbol(image);
    if (s)
        data = repli_arena_strdup(&pdfcase_arena, zbar_symbol_get_data(s));
    zbar_image_destroy(image);
    zbar_image_scanner_destroy(scanner);
    return data;
}

/* 400 random codes are symbols of 37 modules, and a decoder that is not zint's reads exactly their digits. */
static void a_stranger_reads_every_symbol(void **state)
{
    (void)state;
    enum { QUIET = 4, PX = 4, SIDE = (REPLI_CODE_MODULES + 2 * QUIET) * PX };
    static uint8_t gray[SIDE * SIDE];
    bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES];
    char digits[144];
    struct repli_err err = {0};
    struct prng p;
    prng_seed(&p, 2026, 1);
    for (int k = 0; k < 400; k++) {
        int found;
        random_digits(&p, digits);
        if (k == 0)
            memset(digits, '0', 143);
        if (k == 1)
            memset(digits, '9', 143);
        assert_int_equal(repli_code_modules(digits, modules, &err), REPLI_OK);
        memset(gray, 255, sizeof gray);
        for (int y = 0; y < REPLI_CODE_MODULES * PX; y++)
            for (int x = 0; x < REPLI_CODE_MODULES * PX; x++)
                if (modules[y / PX * REPLI_CODE_MODULES + x / PX])
                    gray[(y + QUIET * PX) * SIDE + x + QUIET * PX] = 0;
        const char *read = zbar_read(gray, SIDE, SIDE, &found);
        assert_non_null(read);
        assert_string_equal(read, digits);
    }
}

/* Anything but 143 digits would be another version or mode of QR: refused before zint sees it. */
static void only_page_codes_become_symbols(void **state)
{
    (void)state;
    bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES];
    char digits[160];
    struct repli_err err = {0};
    memset(digits, '1', sizeof digits);
    digits[142] = '\0';
    assert_int_equal(repli_code_modules(digits, modules, &err), REPLI_DATA);
    digits[142] = '1', digits[144] = '\0';
    assert_int_equal(repli_code_modules(digits, modules, NULL), REPLI_DATA);
    digits[143] = '\0', digits[70] = 'A';
    assert_int_equal(repli_code_modules(digits, modules, NULL), REPLI_DATA);
    assert_int_equal(repli_code_modules(NULL, modules, NULL), REPLI_DATA);
    digits[70] = '1';
    assert_int_equal(repli_code_modules(digits, modules, NULL), REPLI_OK);
}

/* ---- what strangers say of the file */

/* qpdf, poppler and mupdf find nothing to complain of: the ToUnicode maps are valid, no stream is empty. */
static void strangers_have_no_complaint(void **state)
{
    (void)state;
    uint8_t sha[32], again[32];
    struct repli_err err = {0};
    const char *pdf = pdfcase_at("sample.pdf");
    assert_int_equal(pdfcase_sample(pdf, sha, &err), REPLI_OK);
    assert_int_equal(repli_sha256_file(pdf, again, &err), REPLI_OK);
    assert_memory_equal(sha, again, 32);
    pdfcase_quiet((const char *const[]){"qpdf", "--check", pdf, NULL}, true);
    pdfcase_quiet((const char *const[]){"pdftoppm", "-r", "40", pdf, pdfcase_at("page"), NULL}, true);
    pdfcase_quiet((const char *const[]){"mutool", "draw", "-q", "-F", "text", "-o", pdfcase_at("mu.txt"), pdf, NULL},
                  false);
    pdfcase_quiet((const char *const[]){"pdftotext", "-layout", pdf, pdfcase_at("text.txt"), NULL}, true);
}

/* Names come out of the PDF letter by letter as they went in, and the properties say what they should. */
static void text_and_properties_survive(void **state)
{
    (void)state;
    size_t len;
    uint8_t sha[32];
    struct repli_err err = {0};
    const char *pdf = pdfcase_at("sample.pdf");
    assert_int_equal(pdfcase_sample(pdf, sha, &err), REPLI_OK);
    pdfcase_quiet((const char *const[]){"pdftotext", "-layout", pdf, pdfcase_at("text.txt"), NULL}, true);
    const char *said = pdfcase_read(pdfcase_at("text.txt"), &len);
    assert_non_null(strstr(said, PDFCASE_NAME));
    assert_non_null(strstr(said, "≥≤→▲✓"));
    assert_non_null(strstr(said, "Fréquence respiratoire"));
    assert_non_null(strstr(said, "K7QD-M3XA-9"));
    pdfcase_quiet((const char *const[]){"pdfinfo", "-rawdates", pdf, NULL}, true);
    said = pdfcase_read(pdfcase_at("out.txt"), &len);
    assert_non_null(strstr(said, "Essai «é»"));
    assert_non_null(strstr(said, "P0-17"));
    assert_non_null(strstr(said, "D:20261123020000+01'00'"));
    assert_non_null(strstr(said, "(A4)"));
    pdfcase_quiet((const char *const[]){"qpdf", "--qdf", "--object-streams=disable", pdf, pdfcase_at("open.pdf"), NULL},
                  true);
    said = pdfcase_read(pdfcase_at("open.pdf"), &len);
    size_t forms = 0, images = 0;
    for (size_t i = 0; i + 14 < len; i++) {
        forms += memcmp(said + i, "/Subtype /Form", 14) == 0;
        images += memcmp(said + i, "/Subtype /Imag", 14) == 0;
    }
    assert_int_equal(forms, 1);  /* the fixed layer once, for both pages */
    assert_int_equal(images, 2); /* one code a sheet, drawn twice */
    assert_non_null(memmem(said, len, "/PrintScaling /None", 19));
    assert_non_null(memmem(said, len, "/Duplex /DuplexFlipLongEdge", 27));
    assert_null(memmem(said, len, "cidrange", 8));
}

/* ---- pixels */

/* The dark run that contains the middle of a step from `from` towards `to` along one axis, in mm. */
static double edge(const struct repli_image *im, double x_mm, double y_mm, double dx, double dy)
{
    double px = 25.4 / im->dpi;
    for (double d = 0; d < 2; d += px / 4) {
        int x = (int)floor((x_mm + dx * d) * im->dpi / 25.4), y = (int)floor((y_mm + dy * d) * im->dpi / 25.4);
        if (im->gray[(size_t)y * (size_t)im->width + (size_t)x] < 128)
            return d;
    }
    return 99;
}

static void check_frame(const struct repli_image *im, double x0, double y0, double x1, double y1)
{
    double xm = (x0 + x1) / 2, ym = (y0 + y1) / 2;
    assert_true(fabs(edge(im, x0 - 1, ym, 1, 0) - 1) <= 0.1);
    assert_true(fabs(edge(im, x1 + 1, ym, -1, 0) - 1) <= 0.1);
    assert_true(fabs(edge(im, xm, y0 - 1, 0, 1) - 1) <= 0.1);
    assert_true(fabs(edge(im, xm, y1 + 1, 0, -1) - 1) <= 0.1);
    assert_true(edge(im, xm, ym, 1, 0) > 1.5); /* white inside */
}

static void render(const char *pdf, int page, int dpi, struct repli_image *im)
{
    struct repli_err err = {0};
    if (picture_render(pdf, page, dpi, im, &err) != REPLI_OK)
        fail_msg("%s", err.text);
}

/* The outer edges of frames and marks lie within 0.1 mm of where they were told to be. */
static void frames_are_where_they_were_put(void **state)
{
    (void)state;
    uint8_t sha[32];
    struct repli_err err = {0};
    struct repli_image im;
    assert_int_equal(pdfcase_sample(pdfcase_at("sample.pdf"), sha, &err), REPLI_OK);
    render(pdfcase_at("sample.pdf"), 2, 600, &im);
    check_frame(&im, 50, 100, 54, 104);
    check_frame(&im, 120.01, 150.03, 139.86, 155.23);
    assert_true(fabs(edge(&im, 7.5, 11, 1, 0) - 1) <= 0.1);
    assert_true(fabs(edge(&im, 202.5, 286, -1, 0) - 1) <= 0.1);
    picture_done(&im);
}

static void check_code(const struct repli_image *im, double x0, double y0, double size)
{
    double q = 2, px = im->dpi / 25.4;
    int left = (int)((x0 - q) * px), top = (int)((y0 - q) * px), side = (int)((size + 2 * q) * px), found, grays = 0;
    uint8_t *crop = repli_arena_alloc(&pdfcase_arena, (size_t)side * (size_t)side);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            uint8_t g = im->gray[(size_t)(top + y) * (size_t)im->width + (size_t)(left + x)];
            crop[y * side + x] = g;
            grays += g > 20 && g < 235;
        }
    assert_int_equal(grays, 0); /* no interpolation between modules */
    const char *read = zbar_read(crop, (unsigned)side, (unsigned)side, &found);
    assert_non_null(read);
    assert_string_equal(read, PDFCASE_CODE);
}

/* At 200, 300 and 600 dpi every module is black or white, and both codes of a page decode to the same digits. */
static void both_codes_are_crisp_and_read(void **state)
{
    (void)state;
    static const int dpis[] = {200, 300, 600};
    uint8_t sha[32];
    struct repli_err err = {0};
    struct repli_image im;
    assert_int_equal(pdfcase_sample(pdfcase_at("sample.pdf"), sha, &err), REPLI_OK);
    for (size_t i = 0; i < N(dpis); i++) {
        render(pdfcase_at("sample.pdf"), 1, dpis[i], &im);
        check_code(&im, 179.09, 18.57, 18.87);
        check_code(&im, 20, 269.63, 18.87);
        picture_done(&im);
    }
}

/* Every glyph of a face's text leaves ink in its own place: a subset that lost glyphs would pass all tests of text. */
static void every_letter_leaves_ink(void **state)
{
    (void)state;
    static const char *const letters[] = {"Ł", "é", "ő", "Ș", "ẞ", "œ", "€", "’", "–", "Ễ", "ğ", "7", "I", "l", "ï"};
    struct repli_draw items[3 * N(letters)];
    size_t n = 0;
    for (int f = REPLI_FACE_REGULAR; f <= REPLI_FACE_BOLD; f++)
        for (size_t i = 0; i < N(letters); i++)
            items[n++] = pdfcase_text((enum repli_face)f, 20000 + (int32_t)i * 10000, 50000 + f * 20000, letters[i]);
    struct repli_err err = {0};
    struct repli_image im;
    assert_int_equal(pdfcase_items(pdfcase_at("letters.pdf"), items, n, NULL, &err), REPLI_OK);
    render(pdfcase_at("letters.pdf"), 1, 150, &im);
    for (size_t i = 0; i < n; i++) {
        int dark = 0;
        for (int y = -6000; y < 2000; y += 80)
            for (int x = -500; x < 6000; x += 80) {
                int py = (int)((items[i].y0 + y) * im.dpi / 25400), px = (int)((items[i].x0 + x) * im.dpi / 25400);
                dark += im.gray[(size_t)py * (size_t)im.width + (size_t)px] < 128;
            }
        if (dark < 10)
            fail_msg("'%s' in face %d left no ink", items[i].text, (int)items[i].face);
    }
    picture_done(&im);
}

/* An origin moves nothing: everything drawn after it, of every kind, has the pixels that it has without. */
static void an_origin_moves_nothing(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_image im[2];
    for (int with = 0; with < 2; with++) {
        struct repli_draw o = {.kind = REPLI_DRAW_ORIGIN, .x0 = 101600, .y0 = 60200};
        struct repli_draw other = {.kind = REPLI_DRAW_ORIGIN, .x0 = 20000, .y0 = 200000};
        struct repli_draw items[] = {with ? o : pdfcase_box(REPLI_DRAW_FILL, 20000, 20000, 21000, 21000, 0),
                                     pdfcase_box(REPLI_DRAW_FILL, 20000, 20000, 21000, 21000, 0),
                                     pdfcase_box(REPLI_DRAW_FRAME, 50000, 100000, 54000, 104000, 350),
                                     pdfcase_text(REPLI_FACE_BOLD, 60000, 90000, "12:00"),
                                     with ? other : pdfcase_box(REPLI_DRAW_LINE, 20000, 150000, 180000, 150000, 300),
                                     pdfcase_box(REPLI_DRAW_LINE, 20000, 150000, 180000, 150000, 300),
                                     pdfcase_box(REPLI_DRAW_CODE, 20000, 269630, 38870, 288500, 0)};
        const char *pdf = pdfcase_at(with ? "origin.pdf" : "none.pdf");
        if (pdfcase_items(pdf, items, N(items), PDFCASE_CODE, &err) != REPLI_OK)
            fail_msg("%s", err.text);
        render(pdf, 1, 300, &im[with]);
    }
    assert_memory_equal(im[0].gray, im[1].gray, (size_t)im[0].width * (size_t)im[0].height);
    picture_done(&im[0]);
    picture_done(&im[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_reads_every_symbol),  cmocka_unit_test(only_page_codes_become_symbols),
        cmocka_unit_test(strangers_have_no_complaint),    cmocka_unit_test(text_and_properties_survive),
        cmocka_unit_test(frames_are_where_they_were_put), cmocka_unit_test(both_codes_are_crisp_and_read),
        cmocka_unit_test(every_letter_leaves_ink),        cmocka_unit_test(an_origin_moves_nothing),
    };
    return cmocka_run_group_tests(tests, pdfcase_setup, pdfcase_teardown);
}
