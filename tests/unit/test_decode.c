/* Decoders: every kind of image a scanner makes gives the same gray page, and damaged or hostile files are named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <png.h>
#include <tiffio.h>
#include <turbojpeg.h>

#include "repli/file.h"
#include "scan/decode.h"
#include "support/picture.h"
#include "support/scratch.h"

#define W 200
#define H 140

static const struct decode_limits limits = {.pixels = 4000000, .pages = 20};
static char folder[256], path[300];
static uint8_t page[W * H]; /* black bars on white, with a gray ramp below */

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/test-decode-XXXXXX", scratch_root());
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/image", folder);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            page[y * W + x] = (uint8_t)(y > 100 ? 17 * (x * 16 / W) : x / 8 % 3 == 0 ? 0 : 255);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static char *load(size_t *len)
{
    static struct repli_arena a;
    struct repli_err err = {0};
    char *data = NULL;
    repli_arena_done(&a);
    if (repli_file_read(path, 64 << 20, &a, &data, len, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return data;
}

/* Decodes a page of the file; its size must be W x H.  Free the result. */
static uint8_t *decoded(int at, struct decoder *d)
{
    size_t len = 0;
    const uint8_t *data = (const uint8_t *)load(&len);
    assert_true(repli_decode_open(d, data, len, &limits));
    assert_true(repli_decode_page(d, at));
    assert_int_equal(d->width, W);
    assert_int_equal(d->height, H);
    uint8_t *gray = malloc(W * H);
    assert_non_null(gray);
    assert_true(repli_decode_pixels(d, gray));
    return gray;
}

static void assert_close(const uint8_t *got, const uint8_t *want, int most)
{
    for (int i = 0; i < W * H; i++)
        if (abs(got[i] - want[i]) > most)
            fail_msg("pixel %d,%d is %d instead of %d", i % W, i / W, got[i], want[i]);
}

/* Why this file cannot be read; the page's pixels are tried when it opens. */
static const char *why(const void *data, size_t len)
{
    struct decoder d;
    static uint8_t gray[1 << 22];
    bool ok = repli_decode_open(&d, data, len, &limits);
    for (int p = 1; ok && p <= d.pages; p++)
        ok = repli_decode_page(&d, p) && repli_decode_pixels(&d, gray);
    const char *text = ok ? "ok" : repli_unreadable_text(d.why);
    repli_decode_close(&d);
    return text;
}

/* ---- PNG */

struct png_case {
    int type, depth, interlace;
    bool alpha;
    int most; /* difference allowed */
};

/* The value of one channel of a test pixel, in a PNG's own depth. */
static unsigned level(uint8_t gray, int depth)
{
    return depth == 16 ? gray * 257u : gray * ((1u << depth) - 1u) / 255u;
}

static void put_bits(uint8_t *row, size_t i, int depth, unsigned v)
{
    if (depth == 16) {
        row[2 * i] = (uint8_t)(v >> 8);
        row[2 * i + 1] = (uint8_t)v;
    } else {
        size_t bit = i * (size_t)depth;
        row[bit / 8] = (uint8_t)(row[bit / 8] | v << (8 - (size_t)depth - bit % 8));
    }
}

static void write_png(const struct png_case *c)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_color colors[16];
    int channels = c->type == PNG_COLOR_TYPE_RGB    ? 3
                   : c->type == PNG_COLOR_TYPE_RGBA ? 4
                   : c->type == PNG_COLOR_TYPE_GA   ? 2
                                                    : 1;
    png_init_io(png, f);
    png_set_IHDR(png, info, W, H, c->depth, c->type, c->interlace, 0, 0);
    png_set_pHYs(png, info, 11811, 11811, PNG_RESOLUTION_METER);
    for (int i = 0; i < 16; i++)
        colors[i] = (png_color){(png_byte)(17 * i), 255, (png_byte)(17 * i)};
    if (c->type == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(png, info, colors, 16);
    png_write_info(png, info);
    uint8_t *rows = calloc(H, (size_t)W * 8);
    uint8_t *at[H];
    for (int y = 0; y < H; y++) {
        at[y] = rows + (size_t)y * W * 8;
        for (int x = 0; x < W; x++)
            for (int k = 0; k < channels; k++) {
                uint8_t g = page[y * W + x];
                bool alpha = (channels == 2 || channels == 4) && k == channels - 1;
                /* Colours: only one channel is dark, the others white; transparency: black that hardly covers. */
                unsigned v = alpha                               ? level((uint8_t)(255 - g), c->depth)
                             : channels == 2 || channels == 4    ? 0
                             : channels == 3 && k != y % 3       ? level(255, c->depth)
                             : c->type == PNG_COLOR_TYPE_PALETTE ? g / 17u
                                                                 : level(g, c->depth);
                put_bits(at[y], (size_t)(x * channels + k), c->depth, v);
            }
    }
    png_write_image(png, at);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    free(rows);
    assert_int_equal(fclose(f), 0);
}

/* All depths, palette, colours (the darkest channel counts), transparency on white, interlaced: one gray page. */
static void png_of_every_kind(void **state)
{
    (void)state;
    static const struct png_case cases[] = {
        {PNG_COLOR_TYPE_GRAY, 8, 0, false, 0},    {PNG_COLOR_TYPE_GRAY, 16, 0, false, 1},
        {PNG_COLOR_TYPE_GRAY, 4, 0, false, 0},    {PNG_COLOR_TYPE_GRAY, 2, 0, false, 86},
        {PNG_COLOR_TYPE_PALETTE, 4, 0, false, 0}, {PNG_COLOR_TYPE_PALETTE, 8, 1, false, 0},
        {PNG_COLOR_TYPE_RGB, 8, 0, false, 0},     {PNG_COLOR_TYPE_RGB, 16, 1, false, 1},
        {PNG_COLOR_TYPE_RGBA, 8, 0, true, 1},     {PNG_COLOR_TYPE_GA, 8, 1, true, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decoder d;
        write_png(&cases[i]);
        uint8_t *gray = decoded(1, &d);
        assert_close(gray, page, cases[i].most);
        assert_int_equal((int)(d.dpi + .5), 300);
        repli_decode_close(&d);
        free(gray);
    }
}

/* ---- JPEG */

static void write_bytes(const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void write_jpeg(bool colour, int sub, int flags)
{
    tjhandle h = tjInitCompress();
    unsigned char *out = NULL;
    unsigned long len = 0;
    uint8_t *rgb = malloc(W * H * 3);
    for (int i = 0; i < W * H; i++) { /* red ink on white */
        rgb[3 * i] = colour ? 255 : page[i];
        rgb[3 * i + 1] = rgb[3 * i + 2] = page[i];
    }
    assert_int_equal(tjCompress2(h, rgb, W, 0, H, TJPF_RGB, &out, &len, sub, 95, flags), 0);
    write_bytes(out, len);
    tjFree(out);
    free(rgb);
    (void)tjDestroy(h);
}

/* Gray and colour JPEG, progressive too: red ink is as dark as black ink. */
static void jpeg_of_every_kind(void **state)
{
    (void)state;
    struct decoder d;
    for (int k = 0; k < 3; k++) {
        write_jpeg(k == 1, k == 0 ? TJSAMP_GRAY : TJSAMP_444, k == 2 ? TJFLAG_PROGRESSIVE : 0);
        uint8_t *gray = decoded(1, &d);
        assert_close(gray, page, 60);
        repli_decode_close(&d);
        free(gray);
    }
}

/* ---- TIFF */

struct tiff_case {
    uint16_t compression, photometric, bits, samples, planar;
    bool tiled;
    int most;
};

static void tiff_row(const struct tiff_case *c, int y, int x0, int n, int plane, uint8_t *row)
{
    for (int x = 0; x < n; x++) {
        uint8_t g = x0 + x < W && y < H ? page[y * W + x0 + x] : 255;
        unsigned v = c->photometric == PHOTOMETRIC_MINISWHITE ? 255u - g : g;
        if (c->bits == 1)
            v = v > 127 ? 1 : 0;
        else if (c->photometric == PHOTOMETRIC_PALETTE)
            v /= 17;
        if (c->planar == PLANARCONFIG_SEPARATE)
            put_bits(row, (size_t)x, c->bits, plane == 1 ? v : 255);
        else
            for (int s = 0; s < c->samples; s++)
                put_bits(row, (size_t)(x * c->samples + s), c->bits,
                         c->bits == 16              ? v * 257
                         : c->samples > 1 && s != 2 ? 255
                                                    : v);
    }
}

static void write_tiff_page(TIFF *t, const struct tiff_case *c)
{
    uint16_t map[3][16], planes = c->planar == PLANARCONFIG_SEPARATE ? c->samples : 1;
    uint8_t buf[64 * 64 * 8];
    for (unsigned i = 0; i < 16; i++)
        map[0][i] = map[1][i] = map[2][i] = (uint16_t)(i * 0x1111);
    TIFFSetField(t, TIFFTAG_IMAGEWIDTH, W);
    TIFFSetField(t, TIFFTAG_IMAGELENGTH, H);
    TIFFSetField(t, TIFFTAG_COMPRESSION, c->compression);
    TIFFSetField(t, TIFFTAG_PHOTOMETRIC, c->photometric);
    TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, c->bits);
    TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, c->samples);
    TIFFSetField(t, TIFFTAG_PLANARCONFIG, c->planar);
    TIFFSetField(t, TIFFTAG_XRESOLUTION, 200.0);
    TIFFSetField(t, TIFFTAG_YRESOLUTION, 200.0);
    if (c->photometric == PHOTOMETRIC_PALETTE)
        TIFFSetField(t, TIFFTAG_COLORMAP, map[0], map[1], map[2]);
    if (c->tiled) {
        TIFFSetField(t, TIFFTAG_TILEWIDTH, 64);
        TIFFSetField(t, TIFFTAG_TILELENGTH, 64);
        for (uint32_t y = 0; y < H; y += 64)
            for (uint32_t x = 0; x < W; x += 64) {
                memset(buf, 0, sizeof buf);
                for (uint32_t r = 0; r < 64; r++)
                    tiff_row(c, (int)(y + r), (int)x, 64, 0, buf + r * 64 * c->samples * c->bits / 8);
                assert_true(TIFFWriteEncodedTile(t, TIFFComputeTile(t, x, y, 0, 0), buf,
                                                 64 * 64 * c->samples * c->bits / 8) > 0);
            }
    } else {
        TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, 32);
        for (uint16_t plane = 0; plane < planes; plane++)
            for (uint32_t y = 0; y < H; y++) {
                memset(buf, 0, sizeof buf);
                tiff_row(c, (int)y, 0, W, plane, buf);
                assert_int_equal(TIFFWriteScanline(t, buf, y, plane), 1);
            }
    }
    assert_int_equal(TIFFWriteDirectory(t), 1);
}

static void write_tiff(const struct tiff_case *c, int pages, const char *mode)
{
    TIFF *t = TIFFOpen(path, mode);
    assert_non_null(t);
    for (int i = 0; i < pages; i++)
        write_tiff_page(t, c);
    TIFFClose(t);
}

/* Fax, LZW, deflate, PackBits, plain, JPEG; both senses of black; palette, planes, tiles, 16 bit, big-endian,
** BigTIFF. */
static void tiff_of_every_kind(void **state)
{
    (void)state;
    static const struct tiff_case cases[] = {
        {COMPRESSION_CCITTFAX4, PHOTOMETRIC_MINISWHITE, 1, 1, 1, false, 128},
        {COMPRESSION_CCITTFAX3, PHOTOMETRIC_MINISWHITE, 1, 1, 1, false, 128},
        {COMPRESSION_CCITTFAX4, PHOTOMETRIC_MINISBLACK, 1, 1, 1, false, 128},
        {COMPRESSION_LZW, PHOTOMETRIC_MINISBLACK, 8, 1, 1, false, 0},
        {COMPRESSION_ADOBE_DEFLATE, PHOTOMETRIC_MINISWHITE, 8, 1, 1, false, 0},
        {COMPRESSION_PACKBITS, PHOTOMETRIC_MINISBLACK, 1, 1, 1, false, 128},
        {COMPRESSION_NONE, PHOTOMETRIC_MINISBLACK, 16, 1, 1, false, 1},
        {COMPRESSION_LZW, PHOTOMETRIC_PALETTE, 4, 1, 1, false, 0},
        {COMPRESSION_LZW, PHOTOMETRIC_RGB, 8, 3, PLANARCONFIG_CONTIG, false, 0},
        {COMPRESSION_LZW, PHOTOMETRIC_RGB, 8, 3, PLANARCONFIG_SEPARATE, false, 0},
        {COMPRESSION_ADOBE_DEFLATE, PHOTOMETRIC_MINISBLACK, 8, 1, 1, true, 0},
        {COMPRESSION_ADOBE_DEFLATE, PHOTOMETRIC_RGB, 8, 3, 1, true, 0},
        {COMPRESSION_JPEG, PHOTOMETRIC_MINISBLACK, 8, 1, 1, false, 90},
    };
    static const char *const modes[] = {"w", "wb", "w8"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decoder d;
        write_tiff(&cases[i], 1, modes[i % 3]);
        uint8_t *gray = decoded(1, &d);
        assert_close(gray, page, cases[i].most);
        assert_int_equal((int)(d.dpi + .5), 200);
        if (cases[i].bits == 1)
            assert_int_equal(d.bits, 1);
        repli_decode_close(&d);
        free(gray);
    }
}

/* All pages of a TIFF, in order, and no more of them than the limit. */
static void tiff_of_many_pages(void **state)
{
    (void)state;
    static const struct tiff_case c = {COMPRESSION_LZW, PHOTOMETRIC_MINISBLACK, 8, 1, 1, false, 0};
    struct decoder d;
    write_tiff(&c, 5, "w");
    uint8_t *gray = decoded(5, &d);
    assert_int_equal(d.pages, 5);
    assert_false(repli_decode_page(&d, 6));
    assert_close(gray, page, 0);
    repli_decode_close(&d);
    free(gray);
    write_tiff(&c, 21, "w");
    size_t len = 0;
    const char *data = load(&len);
    assert_string_equal(why(data, len), "limit");
}

/* ---- two levels */

/* A scan of two levels is known as such through JPEG too; one with gray edges is not. */
static void two_levels_are_seen(void **state)
{
    (void)state;
    for (int soft = 0; soft < 2; soft++) {
        struct repli_image im = picture_sheet(60);
        for (int i = 0; i < 40; i++)
            picture_fill(&im, &(struct repli_box){20000, 20000 + i * 6000, 190000, 22000 + i * 6000}, 0);
        for (int i = 0; soft && i < 40; i++)
            picture_fill(&im, &(struct repli_box){20000, 19300 + i * 6000, 190000, 20000 + i * 6000}, 120);
        struct repli_err err = {0};
        char name[310];
        snprintf(name, sizeof name, "%s.jpg", path);
        assert_int_equal(picture_write(name, &im, 75, &err), REPLI_OK);
        assert_int_equal(rename(name, path), 0);
        picture_done(&im);
        size_t len = 0;
        const uint8_t *data = (const uint8_t *)load(&len);
        struct decoder d;
        assert_true(repli_decode_open(&d, data, len, &limits) && repli_decode_page(&d, 1));
        uint8_t *gray = malloc((size_t)d.width * (size_t)d.height);
        assert_true(repli_decode_pixels(&d, gray));
        assert_int_equal(d.bits, soft ? 8 : 1);
        free(gray);
        repli_decode_close(&d);
    }
}

/* ---- hostile */

/* Every kind of file, cut off anywhere, is "truncated" (or "type" when not even its first bytes are left), never
** read. */
static void truncated_files(void **state)
{
    (void)state;
    static const struct tiff_case fax = {COMPRESSION_CCITTFAX4, PHOTOMETRIC_MINISWHITE, 1, 1, 1, false, 0};
    static const struct tiff_case lzw = {COMPRESSION_LZW, PHOTOMETRIC_MINISBLACK, 8, 1, 1, false, 0};
    static const struct png_case png = {PNG_COLOR_TYPE_GRAY, 8, 0, false, 0};
    for (int kind = 0; kind < 4; kind++) {
        if (kind == 0)
            write_jpeg(false, TJSAMP_GRAY, 0);
        else if (kind == 1)
            write_png(&png);
        else
            write_tiff(kind == 2 ? &fax : &lzw, 1, "w");
        size_t len = 0;
        char *data = load(&len);
        assert_string_equal(why(data, len), "ok");
        for (size_t cut = 0; cut < 24; cut++) {
            size_t n = cut < 8 ? cut * 2 : len * (cut - 7) / 17;
            const char *got = why(data, n < len ? n : len - 3);
            if (strcmp(got, "truncated") != 0 && !(n < 8 && strcmp(got, "type") == 0))
                fail_msg("kind %d cut to %zu of %zu bytes: %s", kind, n, len, got);
        }
    }
}

/* A TIFF whose directory is whole but whose pixels are not is damaged, not "a page with some white". */
static void damaged_strips(void **state)
{
    (void)state;
    static const uint16_t kinds[] = {COMPRESSION_CCITTFAX4, COMPRESSION_CCITTFAX3, COMPRESSION_LZW,
                                     COMPRESSION_ADOBE_DEFLATE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        bool fax = kinds[i] == COMPRESSION_CCITTFAX4 || kinds[i] == COMPRESSION_CCITTFAX3;
        const struct tiff_case c = {
            kinds[i], fax ? PHOTOMETRIC_MINISWHITE : PHOTOMETRIC_MINISBLACK, fax ? 1 : 8, 1, 1, false, 0};
        size_t len = 0, from, n;
        write_tiff(&c, 1, "w");
        TIFF *t = TIFFOpen(path, "r");
        from = (size_t)TIFFGetStrileOffset(t, 1);
        n = (size_t)TIFFGetStrileByteCount(t, 1);
        TIFFClose(t);
        uint8_t *data = (uint8_t *)load(&len);
        assert_string_equal(why(data, len), "ok");
        assert_true(n > 8 && from + n <= len);
        memset(data + from + n / 2, fax ? 0x55 : 0xFF, n - n / 2);
        const char *got = why(data, len);
        if (strcmp(got, "truncated") != 0)
            fail_msg("compression %d: %s", (int)kinds[i], got);
    }
}

/* A declared size beyond the limits is refused before anything of that size is made. */
static void bombs_are_limited(void **state)
{
    (void)state;
    size_t len = 0;
    write_png(&(struct png_case){PNG_COLOR_TYPE_GRAY, 8, 0, false, 0});
    uint8_t *data = (uint8_t *)load(&len);
    memcpy(data + 16, "\0\0\xFD\xE8\0\0\xFD\xE8", 8); /* 65,000 x 65,000 */
    assert_string_equal(why(data, len), "limit");
    memcpy(data + 16, "\0\0\0\0\0\0\0\x10", 8);
    assert_string_equal(why(data, len), "truncated");
    write_jpeg(false, TJSAMP_GRAY, 0);
    data = (uint8_t *)load(&len);
    for (size_t i = 2; i + 9 < len; i++)
        if (data[i] == 0xFF && data[i + 1] == 0xC0) {
            memcpy(data + i + 5, "\xFD\xE8\xFD\xE8", 4);
            break;
        }
    assert_string_equal(why(data, len), "limit");
    write_tiff(&(struct tiff_case){COMPRESSION_LZW, PHOTOMETRIC_MINISBLACK, 8, 1, 1, false, 0}, 1, "w");
    TIFF *t = TIFFOpen(path, "r+");
    TIFFSetField(t, TIFFTAG_IMAGEWIDTH, 65000);
    TIFFSetField(t, TIFFTAG_IMAGELENGTH, 65000);
    (void)TIFFRewriteDirectory(t);
    TIFFClose(t);
    data = (uint8_t *)load(&len);
    assert_string_equal(why(data, len), "limit");
}

/* What is no image we take says so, whatever it is called: empty, text, PDF, old-style JPEG in TIFF. */
static void other_types(void **state)
{
    (void)state;
    assert_string_equal(why("", 0), "type");
    assert_string_equal(why("hello, this is no image at all", 30), "type");
    assert_string_equal(why("%PDF-1.7\n%\xE2\xE3\n", 14), "truncated");
    assert_string_equal(why("\x89PNG", 4), "type");
    write_tiff(&(struct tiff_case){COMPRESSION_NONE, PHOTOMETRIC_MINISBLACK, 8, 1, 1, false, 0}, 1, "w");
    size_t len = 0;
    uint8_t *data = (uint8_t *)load(&len);
    for (size_t i = 8; i + 12 < len; i++) /* compression 1 -> 6 */
        if (memcmp(data + i, "\x03\x01\x03\0\x01\0\0\0\x01\0", 10) == 0)
            data[i + 8] = 6;
    assert_string_equal(why(data, len), "type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_of_every_kind),   cmocka_unit_test(jpeg_of_every_kind),
        cmocka_unit_test(tiff_of_every_kind),  cmocka_unit_test(tiff_of_many_pages),
        cmocka_unit_test(two_levels_are_seen), cmocka_unit_test(truncated_files),
        cmocka_unit_test(damaged_strips),      cmocka_unit_test(bombs_are_limited),
        cmocka_unit_test(other_types),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
