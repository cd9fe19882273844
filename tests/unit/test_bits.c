/* Pages of two levels as bits: the same pixels and page codes as from bytes; and what counts the bits of masks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <tiffio.h>

#include "repli/file.h"
#include "scan/decode.h"
#include "scan/ink.h"
#include "support/picture.h"
#include "support/prng.h"
#include "support/scancase.h"

static const struct decode_limits limits = {.pixels = 1 << 24, .pages = 10, .cpu_seconds = 10, .memory = 1 << 26};

static void put_fax(const char *path, int width, int height, uint16_t photometric, struct prng *r)
{
    uint8_t row[512];
    TIFF *t = TIFFOpen(path, "w");
    assert_non_null(t);
    (void)TIFFSetField(t, TIFFTAG_IMAGEWIDTH, width);
    (void)TIFFSetField(t, TIFFTAG_IMAGELENGTH, height);
    (void)TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 1);
    (void)TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
    (void)TIFFSetField(t, TIFFTAG_PHOTOMETRIC, photometric);
    (void)TIFFSetField(t, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
    (void)TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, 16);
    for (int y = 0; y < height; y++) {
        for (size_t i = 0; i < bits_row(width); i++)
            row[i] = (uint8_t)prng_next(r);
        assert_int_equal(TIFFWriteScanline(t, row, (uint32_t)y, 0), 1);
    }
    TIFFClose(t);
}

/* Any width, both senses of black: a pixel of the one is a bit of the other, and white is 1. */
static void bits_are_the_pixels(void **state)
{
    (void)state;
    struct prng r;
    prng_seed(&r, 3, 1);
    for (int t = 0; t < 40; t++) {
        int width = prng_int(&r, 1, 400), height = prng_int(&r, 1, 60);
        char *path = repli_arena_printf(&scancase.arena, "%s/fax", scancase.in), *data = NULL;
        size_t len = 0, row = bits_row(width);
        struct decoder d;
        put_fax(path, width, height, t & 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_MINISWHITE, &r);
        assert_int_equal(repli_file_read(path, 1 << 24, &scancase.arena, &data, &len, NULL), REPLI_OK);
        assert_true(repli_decode_open(&d, (const uint8_t *)data, len, &limits));
        assert_true(repli_decode_page(&d, 1));
        assert_true(d.packed);
        uint8_t *bits = malloc(row * (size_t)height), *gray = malloc((size_t)width * (size_t)height),
                *again = malloc((size_t)width * (size_t)height);
        assert_true(bits && gray && again);
        assert_true(repli_decode_bits(&d, bits) && repli_decode_pixels(&d, gray));
        assert_int_equal(d.bits, 1);
        repli_bits_unpack(bits, width, height, 0, 255, again);
        assert_memory_equal(gray, again, (size_t)width * (size_t)height);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                assert_int_equal(gray[y * width + x],
                                 bits[(size_t)y * row + (size_t)x / 8] >> (7 - x % 8) & 1 ? 255 : 0);
        repli_decode_close(&d);
        free(bits);
        free(gray);
        free(again);
    }
}

static uint8_t *packed(const struct repli_image *page)
{
    uint8_t *bits = calloc(bits_row(page->width), (size_t)page->height);
    assert_non_null(bits);
    for (int y = 0; y < page->height; y++)
        for (int x = 0; x < page->width; x++)
            if (page->gray[(size_t)y * (size_t)page->width + (size_t)x])
                bits[(size_t)y * bits_row(page->width) + (size_t)x / 8] |= (uint8_t)(128 >> x % 8);
    return bits;
}

/* Every stage sees the same, to the last digit of a corner: fine scans too, of which several pixels become one. */
static void codes_are_the_same(void **state)
{
    (void)state;
    size_t seen = 0;
    for (int t = 0; t < 6; t++) {
        struct scanner_params p = scancase_scanner();
        struct repli_image sheet = scancase_sheet(t % 2), page;
        struct prng r;
        double m[9];
        prng_seed(&r, (uint64_t)t + 1, 1);
        p.one_bit = true;
        p.dpi = t == 5 ? 600 : t & 1 ? 300 : 200;
        p.quarter = t & 2 ? 180 : 0;
        p.rot_deg = prng_in(&r, -1, 1);
        scanner_scan(&sheet, &p, &r, &page, m);
        uint8_t *bits = packed(&page);
        struct repli_image bare = page;
        bare.gray = NULL;
        for (int stage = 0; stage < CODE_STAGES - (t == 5); stage++) {
            struct code_seen a[CODE_SEEN_MAX] = {0}, b[CODE_SEEN_MAX] = {0};
            size_t n = repli_code_find(&page, (enum code_stage)stage, a);
            assert_int_equal(repli_code_find_bits(&bare, bits, (enum code_stage)stage, b), n);
            assert_memory_equal(a, b, sizeof a);
            seen += n;
        }
        free(bits);
        picture_done(&page);
        picture_done(&sheet);
    }
    assert_true(seen >= 12);
}

/* Of any length, from any byte on, full ones too: more than a byte can count. */
static void masks_are_counted(void **state)
{
    (void)state;
    static uint8_t mask[6000];
    struct prng r;
    prng_seed(&r, 4, 1);
    for (int t = 0; t < 300; t++) {
        size_t from = (size_t)prng_int(&r, 0, 9), n = (size_t)prng_int(&r, 0, t < 100 ? 40 : 5990);
        int want = 0;
        double share = t % 3 ? prng_in(&r, 0, 1) : 1.1;
        for (size_t i = 0; i < sizeof mask; i++)
            mask[i] = prng_chance(&r, share);
        for (size_t i = from; i < from + n; i++)
            want += mask[i];
        assert_int_equal(repli_ink_count(mask + from, n), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bits_are_the_pixels, scancase_setup, scancase_teardown),
        cmocka_unit_test_setup_teardown(codes_are_the_same, scancase_setup, scancase_teardown),
        cmocka_unit_test(masks_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
