/* Scanned PDFs: pages that are one image give that image's own pixels, others are drawn, and hostile files each end in
** one named outcome.  This program is its own decoding and drawing child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <tiffio.h>
#include <zlib.h>

#include "repli/file.h"
#include "repli/scan.h"
#include "scan/decode.h"
#include "support/paper.h"
#include "support/pdfcase.h"
#include "support/picture.h"
#include "support/scancase.h"

/* ---- images */
static void put(struct paper *p, const char *name)
{
    scancase_file(name, p->data, p->len);
    free(p->data);
}

static uint8_t *deflated(const uint8_t *data, size_t len, size_t *out)
{
    uLongf n = compressBound((uLong)len);
    uint8_t *z = malloc(n);
    assert_int_equal(compress2(z, &n, data, (uLong)len, 1), Z_OK);
    *out = n;
    return z;
}

static uint8_t *bytes_of(const char *name, size_t *len)
{
    char path[600], *data = NULL;
    snprintf(path, sizeof path, "%s/%s", scancase.in, name);
    assert_int_equal(repli_file_read(path, 64 << 20, &scancase.arena, &data, len, NULL), REPLI_OK);
    return (uint8_t *)data;
}

/* The pixels of a file of the folder; free gray. */
static struct repli_image pixels_of(const char *name)
{
    const struct decode_limits limits = {.pixels = 100000000, .pages = 1};
    struct decoder d;
    size_t len;
    const uint8_t *data = bytes_of(name, &len);
    assert_true(repli_decode_open(&d, data, len, &limits) && repli_decode_page(&d, 1));
    struct repli_image im = {d.width, d.height, 8, d.dpi, malloc((size_t)d.width * (size_t)d.height)};
    assert_true(repli_decode_pixels(&d, im.gray));
    repli_decode_close(&d);
    return im;
}

static size_t area(const struct repli_image *im)
{
    return (size_t)im->width * (size_t)im->height;
}

static int image(struct paper *p, const struct repli_image *im, const char *more, const void *data, size_t len)
{
    char dict[400];
    snprintf(dict, sizeof dict, "/Type/XObject/Subtype/Image/Width %d/Height %d%s", im->width, im->height, more);
    return paper_stream(p, dict, data, len);
}

static int image_deflated(struct paper *p, const struct repli_image *im, const char *more, const void *data, size_t len)
{
    size_t n;
    uint8_t *z = deflated(data, len, &n);
    int id = image(p, im, more, z, n);
    free(z);
    return id;
}

/* Gray samples behind zlib and PNG's five filters in turn. */
static int image_filtered(struct paper *p, const struct repli_image *im)
{
    char more[200];
    size_t w = (size_t)im->width, h = (size_t)im->height;
    uint8_t *rows = calloc(h, w + 1);
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++) {
            const uint8_t *g = im->gray + y * w + x;
            int a = x ? g[-1] : 0, b = y ? g[-(ptrdiff_t)w] : 0, c = x && y ? g[-(ptrdiff_t)w - 1] : 0;
            int guess = a + b - c, da = abs(guess - a), db = abs(guess - b), dc = abs(guess - c);
            int by[5] = {0, a, b, (a + b) / 2, da <= db && da <= dc ? a : db <= dc ? b : c};
            rows[y * (w + 1)] = (uint8_t)(y % 5);
            rows[y * (w + 1) + 1 + x] = (uint8_t)(*g - by[y % 5]);
        }
    snprintf(more, sizeof more,
             "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns %zu>>",
             w);
    int id = image_deflated(p, im, more, rows, (w + 1) * h);
    free(rows);
    return id;
}

/* Palette of 256 grays, the other way round. */
static int image_indexed(struct paper *p, const struct repli_image *im)
{
    char more[1000];
    int n = snprintf(more, sizeof more, "/BitsPerComponent 8/Filter/FlateDecode/ColorSpace[/Indexed/DeviceGray 255<");
    uint8_t *inverse = malloc(area(im));
    for (int i = 255; i >= 0; i--)
        n += snprintf(more + n, sizeof more - (size_t)n, "%02X", (unsigned)i);
    snprintf(more + n, sizeof more - (size_t)n, ">]");
    for (size_t i = 0; i < area(im); i++)
        inverse[i] = (uint8_t)(255 - im->gray[i]);
    size_t len;
    uint8_t *z = deflated(inverse, area(im), &len);
    char *dict = malloc(strlen(more) + 200);
    snprintf(dict, strlen(more) + 200, "/Type/XObject/Subtype/Image/Width %d/Height %d%s", im->width, im->height, more);
    int id = paper_stream(p, dict, z, len);
    free(dict);
    free(z);
    free(inverse);
    return id;
}

/* G4 as a fax machine makes it, by libtiff in one strip. */
static uint8_t *fax_of(const struct repli_image *im, size_t *len)
{
    char path[600];
    size_t line = ((size_t)im->width + 7) / 8;
    uint8_t *row = malloc(line), *fax = malloc(area(im) + 1000);
    snprintf(path, sizeof path, "%s/fax", scancase.base);
    TIFF *t = TIFFOpen(path, "w");
    TIFFSetField(t, TIFFTAG_IMAGEWIDTH, im->width);
    TIFFSetField(t, TIFFTAG_IMAGELENGTH, im->height);
    TIFFSetField(t, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
    TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
    TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, im->height);
    for (int y = 0; y < im->height; y++) {
        memset(row, 0, line);
        for (int x = 0; x < im->width; x++)
            if (im->gray[(size_t)y * (size_t)im->width + (size_t)x] < 128)
                row[x / 8] = (uint8_t)(row[x / 8] | 0x80 >> x % 8);
        assert_int_equal(TIFFWriteScanline(t, row, (uint32_t)y, 0), 1);
    }
    TIFFClose(t);
    t = TIFFOpen(path, "r");
    assert_int_equal(TIFFNumberOfStrips(t), 1);
    tmsize_t n = TIFFReadRawStrip(t, 0, fax, (tmsize_t)area(im) + 1000);
    assert_true(n > 0);
    *len = (size_t)n;
    TIFFClose(t);
    (void)unlink(path);
    free(row);
    return fax;
}

/* Content that paints the image over a page of its size; mirrored: from the right. */
static void full(struct paper *p, const struct repli_image *im, int id, bool mirrored, const char *after,
                 const char *more)
{
    char box[80], content[300];
    double w = im->width * 72.0 / 200, h = im->height * 72.0 / 200;
    snprintf(box, sizeof box, "0 0 %.3f %.3f", w, h);
    if (mirrored)
        snprintf(content, sizeof content, "q -%.3f 0 0 %.3f %.3f 0 cm /I Do Q%s", w, h, w, after);
    else
        snprintf(content, sizeof content, "%% scan\nq 1 0 0 1 0 0 cm %.3f 0 0 %.3f 0 0 cm\n/I Do\nQ%s", w, h, after);
    paper_page(p, box, id, content, more);
}

/* ---- batches */
static void keep(void *user, const struct repli_scan_line *line)
{
    json_t *o = json_loads(line->json, 0, NULL);
    assert_non_null(o);
    json_array_append_new(user, o);
}

/* Lines of one file of the folder, "outcome[/reason] sheet" each, separated by ';'. */
static const char *scanned(const char *name)
{
    static char said[4000];
    char path[600];
    const char *paths[] = {path};
    json_t *all = json_array(), *o;
    struct repli_scan_request q = {.paths = paths, .npaths = 1, .line = keep, .user = all};
    struct repli_scan_result r;
    struct repli_err err = {0};
    size_t i, n = 0;
    snprintf(path, sizeof path, "%s/%s", scancase.in, name);
    enum repli_status s = repli_scan_batch(scancase.site, scancase.ledger, &q, &r, &err);
    if (s != REPLI_OK && s != REPLI_WAITS)
        fail_msg("%s", err.text);
    said[0] = 0;
    json_array_foreach(all, i, o)
    {
        const char *reason = json_string_value(json_object_get(o, "reason"));
        const char *sheet = json_string_value(json_object_get(o, "sheet"));
        n += (size_t)snprintf(said + n, sizeof said - n, "%s%s%s%s%s%s", i ? ";" : "",
                              json_string_value(json_object_get(o, "outcome")), reason ? "/" : "", reason ? reason : "",
                              sheet ? " " : "", sheet ? sheet : "");
    }
    json_decref(all);
    return said;
}

static const char *expect(const char *outcome, int sheet)
{
    static char text[100];
    snprintf(text, sizeof text, "%s %s", outcome, scancase.maps[sheet]->sheet);
    return text;
}

/* ---- tests */

/* Every way a scanner puts an image into a PDF gives the very pixels of the same scan as a file of its own: Repli takes
** the page for a duplicate, in the order of the pages. */
static void the_same_scans_as_one_pdf(void **state)
{
    (void)state;
    struct paper p;
    size_t len, zlen, faxlen;
    char want[1000] = "";
    scancase_scan("0.jpg", scancase_sheet(0), 0, 1);
    scancase_scan("1.png", scancase_sheet(1), 90, 2);
    scancase_scan("g.png", scancase_sheet(2), 0, 3);
    struct repli_image bits = pixels_of("g.png");
    bits.bits = 1;
    for (size_t i = 0; i < area(&bits); i++)
        bits.gray[i] = bits.gray[i] < 128 ? 0 : 255;
    char path[600];
    snprintf(path, sizeof path, "%s/2.tif", scancase.in);
    assert_int_equal(picture_write(path, &bits, 0, NULL), REPLI_OK);
    assert_string_equal(scanned("0.jpg"), expect("read", 0));
    assert_string_equal(scanned("1.png"), expect("read", 1));
    assert_string_equal(scanned("2.tif"), expect("read", 2));
    const uint8_t *jpeg = bytes_of("0.jpg", &len);
    struct repli_image jpg = pixels_of("0.jpg"), png = pixels_of("1.png");
    uint8_t *z = deflated(jpeg, len, &zlen), *fax = fax_of(&bits, &faxlen);
    char k[200];
    paper_open(&p);
    full(&p, &jpg, image(&p, &jpg, "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode", jpeg, len), false, "",
         "/Rotate 90");
    full(&p, &png, image_filtered(&p, &png), false, "", "");
    full(&p, &jpg, image(&p, &jpg, "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter[/FlateDecode/DCTDecode]", z, zlen),
         false, "", "");
    snprintf(k, sizeof k,
             "/ColorSpace/DeviceGray/BitsPerComponent 1/Filter[/CCITTFaxDecode]/DecodeParms[<</K -1/Columns %d>>]",
             bits.width);
    full(&p, &bits, image(&p, &bits, k, fax, faxlen), false, "", "");
    snprintf(k, sizeof k,
             "/ColorSpace/DeviceGray/BitsPerComponent 1/Decode[1 0]/Filter/CCITTFaxDecode"
             "/DecodeParms<</K -1/BlackIs1 true/Columns %d>>",
             bits.width);
    full(&p, &bits, image(&p, &bits, k, fax, faxlen), false, "", "");
    full(&p, &png, image_indexed(&p, &png), false, "", "");
    for (size_t y = 0, w = (size_t)png.width; y < (size_t)png.height; y++)
        for (size_t a = y * w, b = a + w - 1; a < b; a++, b--) {
            uint8_t t = png.gray[a];
            png.gray[a] = png.gray[b];
            png.gray[b] = t;
        }
    full(&p, &png,
         image_deflated(&p, &png, "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode", png.gray, area(&png)),
         true, "", "");
    paper_tree(&p);
    paper_finish(&p);
    put(&p, "batch.pdf");
    static const int order[] = {0, 1, 0, 2, 2, 1, 1};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        snprintf(want + strlen(want), sizeof want - strlen(want), "%s%s", i ? ";" : "", expect("duplicate", order[i]));
    scancase.site->scan_render = false; /* every page is pulled */
    assert_string_equal(scanned("batch.pdf"), want);
    free(z);
    free(fax);
    free(bits.gray);
    free(jpg.gray);
    free(png.gray);
}

/* A page with anything beside its image is drawn, and then read like a scan; where that is turned off it is refused. */
static void other_pages_are_drawn(void **state)
{
    (void)state;
    struct paper p;
    size_t len;
    scancase_scan("0.jpg", scancase_sheet(0), 0, 1);
    const uint8_t *jpeg = bytes_of("0.jpg", &len);
    struct repli_image jpg = pixels_of("0.jpg");
    for (int never = 1; never >= 0; never--) {
        const char *name = never ? "never.pdf" : "drawn.pdf";
        paper_open(&p);
        full(&p, &jpg, image(&p, &jpg, "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode", jpeg, len), false,
             never ? " 1 1 2 2 re f" : " 1 1 2 3 re f", "");
        paper_tree(&p);
        paper_finish(&p);
        put(&p, name);
        scancase.site->scan_render = !never;
        assert_string_equal(scanned(name), never ? "unreadable/type" : expect("read", 0));
    }
    free(jpg.gray);
}

static const char *const a4 = "0 0 595 842";

/* One page with this image dictionary, content and page box. */
static const char *odd(const char *name, const char *filter, const char *box, const char *content)
{
    struct paper p;
    struct repli_image tiny = {8, 8, 8, 0, NULL};
    char more[200];
    snprintf(more, sizeof more, "/ColorSpace/DeviceGray/BitsPerComponent 8%s", filter);
    paper_open(&p);
    paper_page(&p, box, image(&p, &tiny, more, "0123456789", 10), content, "");
    paper_tree(&p);
    paper_finish(&p);
    put(&p, name);
    return scanned(name);
}

/* Damage, bombs and refused decoders: one outcome each, whose name says what it was. */
static void hostile_files_are_named(void **state)
{
    (void)state;
    static const char show[] = "8 0 0 8 0 0 cm /I Do", square[] = "0 0 8 8";
    struct paper p;
    scancase.site->scan_page_seconds = 8;
    scancase_file("bare.pdf", "%PDF-1.7\n", 9);
    assert_string_equal(scanned("bare.pdf"), "unreadable/truncated");
    assert_string_equal(odd("short.pdf", "", square, show), "unreadable/truncated");
    assert_string_equal(odd("zlib.pdf", "/Filter/FlateDecode", square, show), "unreadable/truncated");
    assert_string_equal(odd("dct.pdf", "/Filter/DCTDecode", square, show), "unreadable/truncated");
    assert_string_equal(odd("jbig2.pdf", "/Filter/JBIG2Decode", a4, show), "unreadable/type");
    assert_string_equal(odd("jpx.pdf", "/Filter[/FlateDecode/JPXDecode]", a4, "/I Do /I Do"), "unreadable/type");
    assert_string_equal(odd("huge.pdf", "", "0 0 200000 200000", "/I Do /I Do"), "unreadable/limit");
    assert_string_equal(odd("endless.pdf", "", "0 0 1e38 1e38", "/I Do /I Do"), "unreadable/truncated");
    paper_open(&p);
    paper_page(&p, a4, 0, show, "");
    paper_tree(&p);
    paper_finish(&p);
    scancase_file("cut.pdf", p.data, p.len - 60);
    put(&p, "whole.pdf"); /* object 0 is no image: drawn, and blank */
    assert_string_equal(scanned("cut.pdf"), "unreadable/truncated");
    assert_string_equal(scanned("whole.pdf"), "blank");
}

/* A tree node of ten children, or of itself, below the root. */
static void grow(struct paper *p, int depth, bool loop)
{
    paper_object(p, 1);
    fputs("<</Type/Catalog/Pages 2 0 R>>endobj\n", p->f);
    p->next = 3 + depth;
    for (int i = 0; i < depth; i++) {
        int kid = loop ? 2 : 3 + i;
        paper_object(p, 2 + i);
        fputs("<</Type/Pages/Count 9/Kids[", p->f);
        for (int k = 0; k < 10; k++)
            fprintf(p->f, "%d 0 R ", kid);
        fputs("]>>endobj\n", p->f);
    }
    paper_object(p, 2 + depth);
    fputs("<</Type/Page/MediaBox[0 0 9 9]>>endobj\n", p->f);
    paper_finish(p);
}

/* Page trees: a million pages in a kilobyte, a loop, a count that is none; objects packed a thousand to one. */
static void hostile_trees_are_named(void **state)
{
    (void)state;
    struct paper p;
    paper_open(&p);
    grow(&p, 6, false);
    put(&p, "million.pdf");
    assert_string_equal(scanned("million.pdf"), "unreadable/limit");
    paper_open(&p);
    grow(&p, 1, true);
    put(&p, "loop.pdf");
    assert_string_equal(scanned("loop.pdf"), "unreadable/truncated");
    paper_open(&p);
    paper_object(&p, 1);
    fputs("<</Type/Catalog/Pages 2 0 R>>endobj\n", p.f);
    paper_object(&p, 2);
    fputs("<</Type/Pages/Count 1000000/Kids[3 0 R]>>endobj\n", p.f);
    paper_object(&p, 0);
    fputs("<</Type/Page/MediaBox[0 0 9 9]>>endobj\n", p.f);
    paper_finish(&p);
    put(&p, "count.pdf");
    assert_string_equal(scanned("count.pdf"), "unreadable/limit");
}

/* `megs` MB of blanks behind zlib. */
static uint8_t *bomb_make(int megs, size_t *len)
{
    uint8_t *blank = malloc(1 << 20), *z = malloc((size_t)megs << 14);
    z_stream s = {.next_out = z, .avail_out = (uInt)megs << 14};
    assert_int_equal(deflateInit(&s, 1), Z_OK);
    memset(blank, ' ', 1 << 20);
    for (int i = 0; i < megs; i++) {
        s.next_in = blank;
        s.avail_in = 1 << 20;
        assert_int_equal(deflate(&s, i + 1 < megs ? Z_NO_FLUSH : Z_FINISH), i + 1 < megs ? Z_OK : Z_STREAM_END);
    }
    *len = s.total_out;
    (void)deflateEnd(&s);
    free(blank);
    return z;
}

/* The page tree is said to lie in an object stream that unpacks to 600 MB of nothing: over before the child's time. */
static void packed_objects_are_limited(void **state)
{
    (void)state;
    struct paper p;
    size_t n;
    uint8_t *z = bomb_make(600, &n), rows[20] = {0};
    paper_open(&p);
    paper_object(&p, 1);
    fputs("<</Type/Catalog/Pages 2 0 R>>endobj\n", p.f);
    int bomb = paper_stream(&p, "/Type/ObjStm/N 1/First 4/Filter/FlateDecode", z, n);
    const long at[4] = {0, p.at[1], bomb, p.at[bomb]};
    for (int i = 0; i < 4; i++) {
        rows[5 * i] = i == 0 ? 0 : i == 2 ? 2 : 1;
        for (int b = 0; b < 3; b++)
            rows[5 * i + 1 + b] = (uint8_t)(at[i] >> (16 - 8 * b));
    }
    long xref = ftell(p.f);
    (void)paper_stream(&p, "/Type/XRef/Size 4/W[1 3 1]/Root 1 0 R", rows, sizeof rows);
    fprintf(p.f, "startxref\n%ld\n%%%%EOF\n", xref);
    fclose(p.f);
    put(&p, "packed.pdf");
    scancase.site->scan_max_pixels = 1000000;
    scancase.site->scan_page_seconds = 3;
    const char *said = scanned("packed.pdf"); /* whichever bound is met first */
    if (strcmp(said, "unreadable/truncated") != 0)
        assert_string_equal(said, "unreadable/killed");
    free(z);
}

/* A file that opens without a password is read; one that does not says so. */
static void passwords(void **state)
{
    (void)state;
    struct paper p;
    size_t len;
    char plain[600], open[600], shut[600];
    scancase_scan("0.jpg", scancase_sheet(0), 0, 1);
    const uint8_t *jpeg = bytes_of("0.jpg", &len);
    struct repli_image jpg = pixels_of("0.jpg");
    paper_open(&p);
    full(&p, &jpg, image(&p, &jpg, "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode", jpeg, len), false, "",
         "");
    paper_tree(&p);
    paper_finish(&p);
    put(&p, "plain");
    snprintf(plain, sizeof plain, "%s/plain", scancase.in);
    snprintf(open, sizeof open, "%s/open.pdf", scancase.in);
    snprintf(shut, sizeof shut, "%s/shut.pdf", scancase.in);
    pdfcase_quiet((const char *[]){"qpdf", "--encrypt", "", "owner", "256", "--", plain, open, NULL}, true);
    pdfcase_quiet((const char *[]){"qpdf", "--encrypt", "secret", "owner", "256", "--", plain, shut, NULL}, true);
    assert_string_equal(scanned("shut.pdf"), "unreadable/encrypted");
    scancase.site->scan_render = false;
    assert_string_equal(scanned("open.pdf"), expect("read", 0));
    free(jpg.gray);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--decode") == 0)
        return repli_decode_main();
    if (argc == 5 && strcmp(argv[1], "--render") == 0)
        return repli_render_main(argc, argv);
#define TEST(name) cmocka_unit_test_setup_teardown(name, scancase_setup, scancase_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_same_scans_as_one_pdf), TEST(other_pages_are_drawn),      TEST(hostile_files_are_named),

        TEST(hostile_trees_are_named),   TEST(packed_objects_are_limited), TEST(passwords),
    };
    return cmocka_run_group_tests(tests, pdfcase_setup, pdfcase_teardown);
}
