/* oddities: what else lies on a scanner's glass or in its folder: files that are no sheets, each small. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/arena.h"
#include "repli/file.h"
#include "support/ink.h"
#include "support/picture.h"

static const char usage[] =
    "usage: oddities OUTDIR SCAN.tif\n"
    "\n"
    "Writes into OUTDIR: cat.jpg (a drawing), cat-named-tif.tif (the same as PNG), letter.tif (plain\n"
    "text), empty.tif (no bytes), huge.tif and huge.png (65,000 x 65,000 pixels announced in a file of\n"
    "a few bytes), truncated.tif and half.tif (the beginning of SCAN.tif), white.png (an empty page).\n";

static void curve(struct repli_image *page, const double (*xy)[2], size_t n, struct prng *r)
{
    struct ink_pen pen = {.width_mm = 0.9, .level = 30, .tremor_mm = 0.05};
    struct ink_point p[16];
    for (size_t i = 0; i < n; i++)
        p[i] = (struct ink_point){xy[i][0], xy[i][1]};
    ink_curve(page, p, n, &pen, r);
}

/* Ears, eyes, whiskers: enough for any reader to see that this is no observation sheet. */
static struct repli_image cat(void)
{
    static const double head[][2] = {{60, 90},  {58, 55},   {58, 55},   {78, 72},  {78, 72},
                                     {105, 66}, {132, 72},  {132, 72},  {152, 55}, {152, 55},
                                     {150, 90}, {148, 125}, {105, 150}, {62, 125}, {60, 90}};
    static const double nose[][2] = {{100, 112}, {110, 112}, {110, 112}, {105, 118}, {105, 118}, {100, 112}};
    static const double mouth[][2] = {{88, 124}, {97, 130}, {105, 118}, {105, 118}, {113, 130}, {122, 124}};
    static const double back[][2] = {{70, 140}, {50, 190}, {60, 240}, {150, 240}, {160, 190}, {140, 140}};
    static const double tail[][2] = {{150, 238}, {180, 225}, {185, 190}, {172, 175}};
    struct prng r;
    prng_seed(&r, 1, 9);
    struct repli_image page = picture_sheet(100);
    curve(&page, head, 15, &r);
    curve(&page, nose, 6, &r);
    curve(&page, mouth, 6, &r);
    curve(&page, back, 6, &r);
    curve(&page, tail, 4, &r);
    for (int i = 0; i < 6; i++) {
        double side = i % 2 ? 1 : -1, y = 112 + 5 * (i / 2);
        double whisker[2][2] = {{105 + side * 16, y}, {105 + side * 52, y - 8 + 6 * (i / 2)}};
        curve(&page, (const double(*)[2])whisker, 2, &r);
    }
    ink_blot(&page, 88, 98, 5, 20);
    ink_blot(&page, 122, 98, 5, 20);
    return page;
}

static void put32(uint8_t *to, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (8 * i));
}

/* One TIFF directory entry, little-endian. */
static void entry(uint8_t *to, unsigned tag, unsigned type, uint32_t value)
{
    to[0] = (uint8_t)tag, to[1] = (uint8_t)(tag >> 8), to[2] = (uint8_t)type;
    put32(to + 4, 1);
    put32(to + 8, value);
}

static size_t huge_tiff(uint8_t *out)
{
    enum { SIDE = 65000, ENTRIES = 8, LONG = 4 };
    static const unsigned tags[ENTRIES] = {256, 257, 258, 259, 262, 273, 278, 279};
    static const uint32_t values[ENTRIES] = {SIDE, SIDE, 8, 1, 1, 122, SIDE, 16};
    size_t len = 10 + 12 * ENTRIES + 4 + 16;
    memset(out, 0, len);
    memcpy(out, "II*", 3);
    put32(out + 4, 8);
    out[8] = ENTRIES;
    for (size_t i = 0; i < ENTRIES; i++)
        entry(out + 10 + 12 * i, tags[i], LONG, values[i]);
    return len;
}

/* CRC of PNG chunks (polynomial as the PNG standard names it). */
static uint32_t crc(const uint8_t *data, size_t len)
{
    uint32_t c = 0xFFFFFFFF;
    for (size_t i = 0; i < len; i++) {
        c ^= data[i];
        for (int k = 0; k < 8; k++)
            c = c & 1 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
    }
    return ~c;
}

static void big32(uint8_t *to, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (24 - 8 * i));
}

static size_t huge_png(uint8_t *out)
{
    enum { SIDE = 65000 };
    static const uint8_t sign[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    memcpy(out, sign, 8);
    big32(out + 8, 13);
    memcpy(out + 12, "IHDR", 4);
    big32(out + 16, SIDE);
    big32(out + 20, SIDE);
    memcpy(out + 24, "\x08\0\0\0\0", 5);
    big32(out + 29, crc(out + 12, 17));
    big32(out + 33, 0);
    memcpy(out + 37, "IDAT", 4);
    big32(out + 41, crc(out + 37, 4));
    return 45;
}

static enum repli_status put(const char *dir, const char *name, const void *data, size_t len, struct repli_arena *a,
                             struct repli_err *err)
{
    return repli_file_write(repli_path_join(a, dir, name), data, len, 0644, err);
}

static enum repli_status write_all(const char *dir, const char *scan, struct repli_arena *a, struct repli_err *err)
{
    static const char letter[] = "Dear colleague, the scanner folder is no place for letters.\n";
    uint8_t bytes[256];
    char *whole = NULL, *png = NULL;
    size_t len = 0, png_len = 0;
    struct repli_image picture = cat(), white = picture_sheet(100);
    char *as_png = repli_path_join(a, dir, "cat.png");
    enum repli_status rc = repli_dir_make(dir, 0755, err);
    if (rc == REPLI_OK)
        rc = picture_write(repli_path_join(a, dir, "cat.jpg"), &picture, 80, err);
    if (rc == REPLI_OK)
        rc = picture_write(as_png, &picture, 80, err);
    if (rc == REPLI_OK)
        rc = repli_file_read(as_png, 1 << 24, a, &png, &png_len, err);
    if (rc == REPLI_OK)
        rc = put(dir, "cat-named-tif.tif", png, png_len, a, err);
    if (rc == REPLI_OK)
        rc = put(dir, "letter.tif", letter, sizeof letter - 1, a, err);
    if (rc == REPLI_OK)
        rc = put(dir, "empty.tif", "", 0, a, err);
    if (rc == REPLI_OK)
        rc = put(dir, "huge.tif", bytes, huge_tiff(bytes), a, err);
    if (rc == REPLI_OK)
        rc = put(dir, "huge.png", bytes, huge_png(bytes), a, err);
    if (rc == REPLI_OK)
        rc = repli_file_read(scan, 1 << 28, a, &whole, &len, err);
    if (rc == REPLI_OK)
        rc = put(dir, "truncated.tif", whole, len < 40 ? len : 40, a, err);
    if (rc == REPLI_OK)
        rc = put(dir, "half.tif", whole, len / 2, a, err);
    if (rc == REPLI_OK)
        rc = picture_write(repli_path_join(a, dir, "white.png"), &white, 80, err);
    (void)remove(as_png);
    picture_done(&picture);
    picture_done(&white);
    return rc;
}

int main(int argc, char **argv)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    if (argc != 3)
        return fputs(usage, stderr), REPLI_USAGE;
    enum repli_status rc = write_all(argv[1], argv[2], &a, &err);
    if (rc != REPLI_OK)
        fprintf(stderr, "oddities: %s\n", err.text);
    repli_arena_done(&a);
    return (int)rc;
}
