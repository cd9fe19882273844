/* Which decoder takes a file, by its first bytes and never by its name; and what all formats share. */
#include "decode.h"

#include <string.h>

enum decode_kind repli_decode_kind(const uint8_t *data, size_t len)
{
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    if (len >= 3 && data[0] == 0xFF && data[1] == 0xD8 && data[2] == 0xFF)
        return DECODE_JPEG;
    if (len >= sizeof png && memcmp(data, png, sizeof png) == 0)
        return DECODE_PNG;
    if (len >= 4 && (memcmp(data, "II*\0", 4) == 0 || memcmp(data, "MM\0*", 4) == 0 || memcmp(data, "II+\0", 4) == 0 ||
                     memcmp(data, "MM\0+", 4) == 0))
        return DECODE_TIFF;
    if (len >= 5 && memcmp(data, "%PDF-", 5) == 0)
        return DECODE_PDF;
    return DECODE_NONE;
}

bool repli_decode_size(struct decoder *d, uint64_t width, uint64_t height)
{
    if (width == 0 || height == 0)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    if (width > 65535 || height > 65535 || width * height > (uint64_t)d->limits.pixels)
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    d->width = (int)width;
    d->height = (int)height;
    return true;
}

bool repli_decode_open(struct decoder *d, const uint8_t *data, size_t len, const struct decode_limits *limits)
{
    *d =
        (struct decoder){.kind = repli_decode_kind(data, len), .data = data, .len = len, .limits = *limits, .pages = 1};
    if (d->kind == DECODE_NONE)
        return decode_fail(d, REPLI_UNREADABLE_TYPE);
    if (d->kind == DECODE_TIFF && !repli_decode_tiff_open(d))
        return false;
    if (d->kind == DECODE_PDF && !repli_decode_pdf_open(d))
        return false;
    if (d->pages > d->limits.pages)
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    return true;
}

bool repli_decode_page(struct decoder *d, int page)
{
    if (page < 1 || page > d->pages)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    d->page = page;
    d->dpi = 0;
    d->bits = 8;
    d->packed = false;
    switch (d->kind) {
    case DECODE_JPEG:
        return repli_decode_jpeg_page(d);
    case DECODE_PNG:
        return repli_decode_png_page(d);
    case DECODE_TIFF:
        return repli_decode_tiff_page(d);
    case DECODE_PDF:
        return repli_decode_pdf_page(d);
    case DECODE_NONE:
    case DECODE_KINDS:
        break;
    }
    return decode_fail(d, REPLI_UNREADABLE_TYPE);
}

/* A scan that was made with two levels keeps almost no middle tones, even after JPEG has rung round its edges; a gray
** scan has them along every blurred edge, about as many as it has dark pixels.  Looks at every eleventh row. */
bool repli_decode_two_levels(const uint8_t *gray, int width, int height)
{
    size_t dark = 0, middle = 0;
    uint32_t most = (uint32_t)width / 16;
    for (int y = 2; y < height; y += 11) {
        const uint8_t *row = gray + (size_t)y * (size_t)width;
        uint32_t below80 = 0, below176 = 0;
        for (int x = 0; x < width; x++) {
            below80 += row[x] < 80;
            below176 += row[x] < 176;
        }
        dark += below80 < most ? below80 : most; /* the rest is an open lid beside the paper */
        middle += below176 - below80;
    }
    return middle * 20 < dark;
}

bool repli_decode_pixels(struct decoder *d, uint8_t *gray)
{
    bool ok = false;
    switch (d->kind) {
    case DECODE_JPEG:
        ok = repli_decode_jpeg_pixels(d, gray);
        break;
    case DECODE_PNG:
        ok = repli_decode_png_pixels(d, gray);
        break;
    case DECODE_TIFF:
        ok = repli_decode_tiff_pixels(d, gray);
        break;
    case DECODE_PDF:
        ok = repli_decode_pdf_pixels(d, gray);
        break;
    case DECODE_NONE:
    case DECODE_KINDS:
        d->why = REPLI_UNREADABLE_TYPE;
        break;
    }
    if (ok && d->bits != 1 && repli_decode_two_levels(gray, d->width, d->height))
        d->bits = 1;
    return ok;
}

bool repli_decode_bits(struct decoder *d, uint8_t *bits)
{
    if (d->kind != DECODE_TIFF || !d->packed)
        return decode_fail(d, REPLI_UNREADABLE_TYPE);
    return repli_decode_tiff_bits(d, bits);
}

void repli_bits_unpack(const uint8_t *bits, int width, int height, uint8_t black, uint8_t white, uint8_t *gray)
{
    uint8_t eight[256][8]; /* pixels of a byte, the first one first in memory */
    size_t row = bits_row(width), whole = (size_t)width / 8;
    for (unsigned byte = 0; byte < 256; byte++)
        for (unsigned k = 0; k < 8; k++)
            eight[byte][k] = byte >> (7 - k) & 1 ? white : black;
    for (int y = 0; y < height; y++, bits += row, gray += width) {
        for (size_t i = 0; i < whole; i++)
            memcpy(gray + 8 * i, eight[bits[i]], 8);
        for (size_t x = 8 * whole; x < (size_t)width; x++)
            gray[x] = eight[bits[whole]][x & 7];
    }
}

void repli_decode_close(struct decoder *d)
{
    if (d->kind == DECODE_TIFF)
        repli_decode_tiff_close(d);
    if (d->kind == DECODE_PDF)
        repli_decode_pdf_close(d);
    *d = (struct decoder){0};
}
