#define _GNU_SOURCE /* memmem */
/* Pages to PDF: every trap of the library underneath, and what strangers (poppler, qpdf, zbar) make of the result. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zbar.h>

#include <cmocka.h>

#include "repli/file.h"
#include "repli/print.h"
#include "support/picture.h"
#include "support/prng.h"

#define CREATED INT64_C(1795395600) /* 2026-11-23T01:00:00Z */
#define N(a)    (sizeof(a) / sizeof *(a))

static char folder[64];
static struct repli_zone *zone;
static struct repli_arena arena;

static const char *at(const char *name)
{
    return repli_arena_printf(&arena, "%s/%s", folder, name);
}

static int setup(void **state)
{
    (void)state;
    struct repli_err err = {0};
    (void)snprintf(folder, sizeof folder, "/tmp/repli-pdf-XXXXXX");
    return mkdtemp(folder) && repli_zone_open("Europe/Brussels", &zone, &err) == REPLI_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char **names;
    size_t n;
    struct repli_err err = {0};
    if (repli_dir_list(folder, &arena, &names, &n, &err) != REPLI_OK)
        return -1;
    for (size_t i = 0; i < n; i++)
        (void)unlink(at(names[i]));
    repli_arena_done(&arena);
    repli_zone_close(zone);
    return rmdir(folder);
}

/* Runs a program; its output and complaints go to files in the folder. Returns its exit code, 127: not installed. */
static int run(const char *const *argv, const char *out, const char *complaints)
{
    pid_t pid = fork();
    if (pid == 0) {
        char *args[16];
        size_t n = 0;
        for (; argv[n] && n < 15; n++)
            args[n] = strdup(argv[n]);
        args[n] = NULL;
        if (!freopen(out, "w", stdout) || !freopen(complaints, "w", stderr))
            _exit(126);
        execvp(args[0], args);
        _exit(127);
    }
    int status;
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static char *text_of(const char *path, size_t *len)
{
    char *data;
    struct repli_err err = {0};
    if (repli_file_read(path, 1u << 28, &arena, &data, len, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return data;
}

static void random_digits(struct prng *p, char digits[144])
{
    for (int i = 0; i < 143; i++)
        digits[i] = (char)('0' + prng_int(p, 0, 9));
    digits[143] = '\0';
}

/* ---- drawing helpers: a page with the things a form has */

static struct repli_draw text(enum repli_face face, int32_t x, int32_t y, const char *s)
{
    return (struct repli_draw){.kind = REPLI_DRAW_TEXT,
                               .face = face,
                               .size_cpt = 1100,
                               .x0 = x,
                               .y0 = y,
                               .text = s,
                               .width_um = repli_font_width(face, 1100, s)};
}

static struct repli_draw box(enum repli_draw_kind kind, int32_t x0, int32_t y0, int32_t x1, int32_t y1, int32_t line)
{
    return (struct repli_draw){.kind = kind, .x0 = x0, .y0 = y0, .x1 = x1, .y1 = y1, .line_um = line};
}

static enum repli_status write_items(const char *path, struct repli_draw *items, size_t n, const char *code,
                                     struct repli_err *err)
{
    uint8_t sha[32];
    struct repli_draw_list list = {items, n};
    struct repli_pdf_page page = {.filled = &list, .code = code};
    struct repli_pdf_info info = {.title = "Essai «é»", .keywords = "P0-17", .created_utc = CREATED, .zone = zone};
    return repli_pdf_write(path, &page, 1, &info, NULL, NULL, sha, err);
}

static void must_refuse(struct repli_draw d, const char *saying)
{
    struct repli_err err = {0};
    struct repli_draw items[] = {text(REPLI_FACE_BOLD, 20000, 20000, "before"), d};
    enum repli_status status = write_items(at("refused.pdf"), items, 2, NULL, &err);
    if (status == REPLI_OK || !strstr(err.text, saying))
        fail_msg("expected a refusal that says '%s', got %d: %s", saying, (int)status, err.text);
    assert_false(repli_file_exists(at("refused.pdf")));
}

static const char sample_name[] = "ŁUKASZEWICZ-Ễ, Ștefan œuvre ẞ – €";
static const char code_a[] =
    "00000000000000000000000000000000000000000000000000000000000000000000000000012345678901234567"
    "890123456789012345678901234567890123456789012345678";

/* Two pages, one layer, two codes each, all faces: what the trust of the other tests rests on. */
static enum repli_status write_sample(const char *path, uint8_t sha[32], struct repli_err *err)
{
    static const int32_t marks[5][2] = {
        {11000, 11000}, {199000, 11000}, {199000, 286000}, {11000, 286000}, {11000, 68500}};
    struct repli_draw fixed[16], filled[4], overlay[4];
    size_t n = 0;
    for (size_t i = 0; i < 5; i++)
        fixed[n++] =
            box(REPLI_DRAW_FILL, marks[i][0] - 2500, marks[i][1] - 2500, marks[i][0] + 2500, marks[i][1] + 2500, 0);
    fixed[n++] = box(REPLI_DRAW_FRAME, 50000, 100000, 54000, 104000, 350);
    fixed[n++] = box(REPLI_DRAW_FRAME, 120010, 150030, 139860, 155230, 300);
    fixed[n++] = text(REPLI_FACE_MEDIUM, 60000, 103000, "Fréquence respiratoire");
    filled[0] = text(REPLI_FACE_BOLD, 22000, 25000, sample_name);
    filled[1] = text(REPLI_FACE_SYMBOL, 22000, 31000, "≥≤→▲✓");
    filled[2] = text(REPLI_FACE_REGULAR, 22000, 36000, "né le 03-02-1951");
    overlay[0] = box(REPLI_DRAW_CODE, 179090, 18570, 197960, 37440, 0);
    overlay[1] = box(REPLI_DRAW_CODE, 20000, 269630, 38870, 288500, 0);
    overlay[2] = box(REPLI_DRAW_LINE, 44000, 267400, 200000, 267400, 220);
    overlay[3] = text(REPLI_FACE_BOLD, 44000, 273000, "K7QD-M3XA-9");
    struct repli_draw_list lists[3] = {{fixed, n}, {filled, 3}, {overlay, 4}};
    struct repli_pdf_page pages[2];
    for (size_t i = 0; i < 2; i++)
        pages[i] = (struct repli_pdf_page){
            .layer = "sample", .fixed = &lists[0], .filled = &lists[1], .overlay = &lists[2], .code = code_a};
    struct repli_pdf_info info = {.title = "Essai «é»", .keywords = "P0-17", .created_utc = CREATED, .zone = zone};
    return repli_pdf_write(path, pages, 2, &info, NULL, NULL, sha, err);
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
        data = repli_arena_strdup(&arena, zbar_symbol_get_data(s));
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

static void must_be_quiet(const char *const *argv, bool needed)
{
    size_t len;
    int rc = run(argv, at("out.txt"), at("complaints.txt"));
    if (rc == 127 && !needed) {
        print_message("skip - %s is not installed\n", argv[0]);
        return;
    }
    char *said = text_of(at("complaints.txt"), &len);
    const char *known = strstr(said, "warning: ICC support is not available\n"); /* mutool of Debian, on any file */
    bool quiet = len == 0 || (known && len == strlen("warning: ICC support is not available\n"));
    if (rc != 0 || !quiet)
        fail_msg("%s: exit %d, says: %s", argv[0], rc, said);
}

/* qpdf, poppler and mupdf find nothing to complain of: the ToUnicode maps are valid, no stream is empty. */
static void strangers_have_no_complaint(void **state)
{
    (void)state;
    uint8_t sha[32], again[32];
    struct repli_err err = {0};
    const char *pdf = at("sample.pdf");
    assert_int_equal(write_sample(pdf, sha, &err), REPLI_OK);
    assert_int_equal(repli_sha256_file(pdf, again, &err), REPLI_OK);
    assert_memory_equal(sha, again, 32);
    must_be_quiet((const char *const[]){"qpdf", "--check", pdf, NULL}, true);
    must_be_quiet((const char *const[]){"pdftoppm", "-r", "40", pdf, at("page"), NULL}, true);
    must_be_quiet((const char *const[]){"mutool", "draw", "-q", "-F", "text", "-o", at("mu.txt"), pdf, NULL}, false);
    must_be_quiet((const char *const[]){"pdftotext", "-layout", pdf, at("text.txt"), NULL}, true);
}

/* Names come out of the PDF letter by letter as they went in, and the properties say what they should. */
static void text_and_properties_survive(void **state)
{
    (void)state;
    size_t len;
    uint8_t sha[32];
    struct repli_err err = {0};
    const char *pdf = at("sample.pdf");
    assert_int_equal(write_sample(pdf, sha, &err), REPLI_OK);
    must_be_quiet((const char *const[]){"pdftotext", "-layout", pdf, at("text.txt"), NULL}, true);
    const char *said = text_of(at("text.txt"), &len);
    assert_non_null(strstr(said, sample_name));
    assert_non_null(strstr(said, "≥≤→▲✓"));
    assert_non_null(strstr(said, "Fréquence respiratoire"));
    assert_non_null(strstr(said, "K7QD-M3XA-9"));
    must_be_quiet((const char *const[]){"pdfinfo", "-rawdates", pdf, NULL}, true);
    said = text_of(at("out.txt"), &len);
    assert_non_null(strstr(said, "Essai «é»"));
    assert_non_null(strstr(said, "P0-17"));
    assert_non_null(strstr(said, "D:20261123020000+01'00'"));
    assert_non_null(strstr(said, "(A4)"));
    must_be_quiet((const char *const[]){"qpdf", "--qdf", "--object-streams=disable", pdf, at("open.pdf"), NULL}, true);
    said = text_of(at("open.pdf"), &len);
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
    assert_int_equal(write_sample(at("sample.pdf"), sha, &err), REPLI_OK);
    render(at("sample.pdf"), 2, 600, &im);
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
    uint8_t *crop = repli_arena_alloc(&arena, (size_t)side * (size_t)side);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            uint8_t g = im->gray[(size_t)(top + y) * (size_t)im->width + (size_t)(left + x)];
            crop[y * side + x] = g;
            grays += g > 20 && g < 235;
        }
    assert_int_equal(grays, 0); /* no interpolation between modules */
    const char *read = zbar_read(crop, (unsigned)side, (unsigned)side, &found);
    assert_non_null(read);
    assert_string_equal(read, code_a);
}

/* At 200, 300 and 600 dpi every module is black or white, and both codes of a page decode to the same digits. */
static void both_codes_are_crisp_and_read(void **state)
{
    (void)state;
    static const int dpis[] = {200, 300, 600};
    uint8_t sha[32];
    struct repli_err err = {0};
    struct repli_image im;
    assert_int_equal(write_sample(at("sample.pdf"), sha, &err), REPLI_OK);
    for (size_t i = 0; i < N(dpis); i++) {
        render(at("sample.pdf"), 1, dpis[i], &im);
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
            items[n++] = text((enum repli_face)f, 20000 + (int32_t)i * 10000, 50000 + f * 20000, letters[i]);
    struct repli_err err = {0};
    struct repli_image im;
    assert_int_equal(write_items(at("letters.pdf"), items, n, NULL, &err), REPLI_OK);
    render(at("letters.pdf"), 1, 150, &im);
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

/* ---- refusals: the PDF would be wrong and no viewer would say so */

/* Coordinates off the sheet, boxes without area, lines without width: named and refused, nothing written. */
static void what_leaves_the_sheet_is_refused(void **state)
{
    (void)state;
    must_refuse(box(REPLI_DRAW_FILL, 10000, 10000, 210001, 20000, 0), "not on the sheet");
    must_refuse(box(REPLI_DRAW_FILL, -1, 10000, 20000, 20000, 0), "not on the sheet");
    must_refuse(box(REPLI_DRAW_FRAME, 10000, 10000, 20000, 297001, 300), "not on the sheet");
    must_refuse(box(REPLI_DRAW_LINE, 10000, INT32_MIN, 20000, INT32_MAX, 300), "not on the sheet");
    must_refuse(box(REPLI_DRAW_LINE, 10000, 10000, 20000, 20000, 0), "width 0");
    must_refuse(box(REPLI_DRAW_FILL, 20000, 10000, 20000, 20000, 0), "no area");
    must_refuse(box(REPLI_DRAW_FRAME, 10000, 10000, 10500, 20000, 300), "cannot have a line");
    /* What a division by zero becomes when it is stored in an integer. */
    volatile double zero = 0;
    double nan = zero / zero;
    int32_t wild = isnan(nan) ? INT32_MIN : 0;
    must_refuse(box(REPLI_DRAW_LINE, wild, 10000, 20000, 20000, 300), "not on the sheet");
    must_refuse(text(REPLI_FACE_BOLD, 205000, 10000, "far too long for this place"), "leaves the sheet");
    struct repli_draw small = text(REPLI_FACE_BOLD, 20000, 10000, "x");
    small.size_cpt = 0;
    must_refuse(small, "no size");
}

/* Malformed UTF-8 and glyphs that no face has are refused: libharu would drop bytes or draw an empty box. */
static void a_name_is_never_altered_silently(void **state)
{
    (void)state;
    static const char *const malformed[] = {"\xC3"
                                            "A",
                                            "\xFF",
                                            "A\xC1\x81",
                                            "\xED\xA0\x80",
                                            "\xF4\x90\x80\x80",
                                            "abc\xE2\x82"};
    for (size_t i = 0; i < N(malformed); i++) {
        struct repli_draw d = text(REPLI_FACE_BOLD, 20000, 10000, "x");
        d.text = malformed[i];
        must_refuse(d, "not valid UTF-8");
    }
    static const char *const missing[] = {"山田", "Пётр", "😀", "≥"};
    for (size_t i = 0; i < N(missing); i++) {
        struct repli_draw d = text(REPLI_FACE_REGULAR, 20000, 10000, "x");
        d.text = missing[i];
        must_refuse(d, "no glyph for U+");
    }
}

/* Codes: only where the page has one, only square, never in the fixed layer that all pages share. */
static void codes_are_drawn_only_where_they_belong(void **state)
{
    (void)state;
    uint8_t sha[32];
    struct repli_err err = {0};
    struct repli_draw code = box(REPLI_DRAW_CODE, 20000, 20000, 38870, 38870, 0);
    must_refuse(code, "none belongs");
    struct repli_draw oblong = code;
    oblong.x1 += 10;
    assert_int_equal(write_items(at("x.pdf"), &oblong, 1, code_a, &err), REPLI_DATA);
    repli_err_clear(&err);
    assert_int_equal(write_items(at("x.pdf"), &code, 1, "12345", &err), REPLI_DATA);
    repli_err_clear(&err);
    struct repli_draw_list list = {&code, 1};
    struct repli_pdf_page page = {.layer = "a", .fixed = &list, .code = code_a};
    assert_int_equal(repli_pdf_write(at("x.pdf"), &page, 1, &(struct repli_pdf_info){0}, NULL, NULL, sha, &err),
                     REPLI_BUG);
    assert_false(repli_file_exists(at("x.pdf")));
}

/* Two pages that mean different things by one layer's name would show one of them the wrong print. */
static void a_layer_means_one_thing(void **state)
{
    (void)state;
    uint8_t sha[32];
    struct repli_err err = {0};
    struct repli_draw a[] = {text(REPLI_FACE_BOLD, 20000, 20000, "mg")},
                      b[] = {text(REPLI_FACE_BOLD, 20000, 20000, "µg")};
    struct repli_draw same[] = {text(REPLI_FACE_BOLD, 20000, 20000, "mg")};
    struct repli_draw_list la = {a, 1}, lb = {b, 1}, lc = {same, 1};
    struct repli_pdf_page pages[] = {{.layer = "obs", .fixed = &la}, {.layer = "obs", .fixed = &lb}};
    assert_int_equal(repli_pdf_write(at("l.pdf"), pages, 2, &(struct repli_pdf_info){0}, NULL, NULL, sha, &err),
                     REPLI_BUG);
    assert_non_null(strstr(err.text, "page 2 of 2: two pages mean different things"));
    pages[1].fixed = &lc;
    assert_int_equal(repli_pdf_write(at("l.pdf"), pages, 2, &(struct repli_pdf_info){0}, NULL, NULL, sha, NULL),
                     REPLI_OK);
}

/* A failed write leaves the earlier file as it was, and no temporary file. */
static void a_refusal_leaves_the_old_file(void **state)
{
    (void)state;
    uint8_t before[32], after[32];
    struct repli_err err = {0};
    struct repli_draw good = text(REPLI_FACE_BOLD, 20000, 20000, "x"), bad = good;
    assert_int_equal(write_items(at("old.pdf"), &good, 1, NULL, &err), REPLI_OK);
    assert_int_equal(repli_sha256_file(at("old.pdf"), before, &err), REPLI_OK);
    bad.x0 = 300000;
    assert_int_equal(write_items(at("old.pdf"), &bad, 1, NULL, &err), REPLI_DATA);
    repli_err_clear(&err);
    assert_int_equal(repli_sha256_file(at("old.pdf"), after, &err), REPLI_OK);
    assert_memory_equal(before, after, 32);
    assert_int_equal(repli_pdf_write(at("none.pdf"), NULL, 0, &(struct repli_pdf_info){0}, NULL, NULL, after, &err),
                     REPLI_DATA);
}

/* A disk that fills up in the middle is an error and leaves neither a file nor a temporary one (libharu says OK). */
static void a_full_disk_is_seen(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {4096, 4096};
        uint8_t sha[32];
        struct repli_err err = {0};
        (void)signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(9);
        enum repli_status status = write_sample(at("full.pdf"), sha, &err);
        _exit(status == REPLI_IO && strstr(err.text, "full.pdf") ? 0 : 1 + (int)status);
    }
    int status;
    char **names;
    size_t n;
    struct repli_err err = {0};
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(repli_dir_list(folder, &arena, &names, &n, &err), REPLI_OK);
    for (size_t i = 0; i < n; i++)
        assert_null(strstr(names[i], "full.pdf"));
}

/* ---- size and repetition */

static void count_up(void *user, size_t done, size_t total)
{
    size_t *last = user;
    assert_true(done == *last + 1 && done <= total);
    if (done == total) /* by then the file is there */
        assert_true(repli_file_exists(at("many.pdf")));
    else
        assert_false(repli_file_exists(at("many.pdf")));
    *last = done;
}

/* 33,000 pages: more than libharu's flat page tree can hold; progress counts each and ends when the file is safe. */
static void more_pages_than_the_flat_tree_holds(void **state)
{
    (void)state;
    enum { PAGES = 33000 };
    uint8_t sha[32];
    size_t done = 0, len;
    struct repli_err err = {0};
    struct repli_draw dot = box(REPLI_DRAW_FILL, 20000, 20000, 21000, 21000, 0);
    struct repli_draw_list list = {&dot, 1};
    struct repli_pdf_page *pages = repli_arena_array(&arena, PAGES, sizeof *pages);
    for (size_t i = 0; i < PAGES; i++)
        pages[i].filled = &list;
    (void)unlink(at("many.pdf"));
    enum repli_status status =
        repli_pdf_write(at("many.pdf"), pages, PAGES, &(struct repli_pdf_info){0}, count_up, &done, sha, &err);
    if (status != REPLI_OK)
        fail_msg("%s", err.text);
    assert_int_equal(done, PAGES);
    must_be_quiet((const char *const[]){"pdfinfo", at("many.pdf"), NULL}, true);
    assert_non_null(strstr(text_of(at("out.txt"), &len), "33000"));
}

/* Equal input gives equal bytes, and fonts are named after the glyphs drawn: other glyphs, another name. */
static void equal_input_gives_equal_bytes(void **state)
{
    (void)state;
    uint8_t a[32], b[32];
    size_t len;
    struct repli_err err = {0};
    assert_int_equal(write_sample(at("one.pdf"), a, &err), REPLI_OK);
    assert_int_equal(write_sample(at("two.pdf"), b, &err), REPLI_OK);
    assert_memory_equal(a, b, 32);
    char tags[2][7];
    static const char *const words[] = {"abc", "abd"};
    for (int i = 0; i < 2; i++) {
        struct repli_draw d = text(REPLI_FACE_BOLD, 20000, 20000, words[i]);
        assert_int_equal(write_items(at("tag.pdf"), &d, 1, NULL, &err), REPLI_OK);
        char *data = text_of(at("tag.pdf"), &len);
        char *name = memmem(data, len, "+NotoSans", 9);
        assert_non_null(name);
        memcpy(tags[i], name - 6, 6);
        tags[i][6] = '\0';
    }
    assert_string_not_equal(tags[0], tags[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_reads_every_symbol),
        cmocka_unit_test(only_page_codes_become_symbols),
        cmocka_unit_test(strangers_have_no_complaint),
        cmocka_unit_test(text_and_properties_survive),
        cmocka_unit_test(frames_are_where_they_were_put),
        cmocka_unit_test(both_codes_are_crisp_and_read),
        cmocka_unit_test(every_letter_leaves_ink),
        cmocka_unit_test(what_leaves_the_sheet_is_refused),
        cmocka_unit_test(a_name_is_never_altered_silently),
        cmocka_unit_test(codes_are_drawn_only_where_they_belong),
        cmocka_unit_test(a_layer_means_one_thing),
        cmocka_unit_test(a_refusal_leaves_the_old_file),
        cmocka_unit_test(a_full_disk_is_seen),
        cmocka_unit_test(more_pages_than_the_flat_tree_holds),
        cmocka_unit_test(equal_input_gives_equal_bytes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
