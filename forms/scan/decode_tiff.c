/* TIFF by libtiff: fax (G3, G4), LZW, deflate, PackBits, JPEG (new style), plain; strips and tiles; many pages. */
#include "decode.h"

#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#define TIFF_ALLOC_MAX ((tmsize_t)256 << 20) /* bytes that libtiff may ask for at once */

/* How the samples of the current page lie. */
struct layout {
    uint16_t bits, samples, photometric, planar;
    uint16_t *map[3]; /* palette, 16 bit */
    bool white_zero;
};

/* ---- libtiff's view of the bytes in memory */
struct bytes {
    const struct decoder *d;
    uint64_t at;
};

static tmsize_t bytes_read(thandle_t h, void *to, tmsize_t want)
{
    struct bytes *b = h;
    if (b->at >= b->d->len || want <= 0)
        return 0;
    size_t n = (size_t)want < b->d->len - b->at ? (size_t)want : b->d->len - (size_t)b->at;
    memcpy(to, b->d->data + b->at, n);
    b->at += n;
    return (tmsize_t)n;
}

static tmsize_t bytes_write(thandle_t h, void *from, tmsize_t want)
{
    (void)h;
    (void)from;
    (void)want;
    return -1;
}

static toff_t bytes_seek(thandle_t h, toff_t off, int whence)
{
    struct bytes *b = h;
    b->at = whence == SEEK_CUR ? b->at + off : whence == SEEK_END ? b->d->len + off : off;
    return b->at;
}

static int bytes_close(thandle_t h)
{
    free(h);
    return 0;
}

static toff_t bytes_size(thandle_t h)
{
    return ((struct bytes *)h)->d->len;
}

/* ---- what libtiff complains of */
static int on_error(TIFF *tif, void *user, const char *module, const char *fmt, va_list ap)
{
    (void)tif;
    (void)module;
    (void)fmt;
    (void)ap;
    ((struct decoder *)user)->damage++;
    return 1;
}

/* The fax decoders only warn when a line is broken; everything else that is warned of can be read. */
static int on_warning(TIFF *tif, void *user, const char *module, const char *fmt, va_list ap)
{
    (void)tif;
    (void)fmt;
    (void)ap;
    if (module && strncmp(module, "Fax", 3) == 0)
        ((struct decoder *)user)->damage++;
    return 1;
}

bool repli_decode_tiff_open(struct decoder *d)
{
    struct bytes *b = malloc(sizeof *b);
    TIFFOpenOptions *opt = TIFFOpenOptionsAlloc();
    if (!b || !opt) {
        free(b);
        if (opt)
            TIFFOpenOptionsFree(opt);
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    }
    *b = (struct bytes){.d = d};
    TIFFOpenOptionsSetMaxSingleMemAlloc(opt, TIFF_ALLOC_MAX);
    TIFFOpenOptionsSetErrorHandlerExtR(opt, on_error, d);
    TIFFOpenOptionsSetWarningHandlerExtR(opt, on_warning, d);
    d->tiff = TIFFClientOpenExt("scan", "rm", b, bytes_read, bytes_write, bytes_seek, bytes_close, bytes_size, NULL,
                                NULL, opt);
    TIFFOpenOptionsFree(opt);
    if (!d->tiff) {
        free(b);
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    }
    unsigned n = TIFFNumberOfDirectories(d->tiff);
    d->pages = n > INT32_MAX ? INT32_MAX : (int)n;
    if (d->pages < 1)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    return true;
}

void repli_decode_tiff_close(struct decoder *d)
{
    if (d->tiff)
        TIFFClose(d->tiff);
}

/* false: a kind of TIFF that no scanner of forms makes. */
static bool layout_get(struct decoder *d, struct layout *l)
{
    uint16_t compression = COMPRESSION_NONE, format = SAMPLEFORMAT_UINT;
    (void)TIFFGetFieldDefaulted(d->tiff, TIFFTAG_COMPRESSION, &compression);
    (void)TIFFGetFieldDefaulted(d->tiff, TIFFTAG_BITSPERSAMPLE, &l->bits);
    (void)TIFFGetFieldDefaulted(d->tiff, TIFFTAG_SAMPLESPERPIXEL, &l->samples);
    (void)TIFFGetFieldDefaulted(d->tiff, TIFFTAG_PLANARCONFIG, &l->planar);
    (void)TIFFGetFieldDefaulted(d->tiff, TIFFTAG_SAMPLEFORMAT, &format);
    if (!TIFFGetField(d->tiff, TIFFTAG_PHOTOMETRIC, &l->photometric))
        l->photometric = l->bits == 1 ? PHOTOMETRIC_MINISWHITE : PHOTOMETRIC_MINISBLACK;
    if (compression == COMPRESSION_OJPEG || !TIFFIsCODECConfigured(compression) || format != SAMPLEFORMAT_UINT)
        return false;
    if (l->bits != 1 && l->bits != 2 && l->bits != 4 && l->bits != 8 && l->bits != 16)
        return false;
    if (l->photometric == PHOTOMETRIC_YCBCR) {
        if (compression != COMPRESSION_JPEG || l->bits != 8)
            return false;
        (void)TIFFSetField(d->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        l->photometric = PHOTOMETRIC_RGB;
    }
    switch (l->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
        l->white_zero = l->photometric == PHOTOMETRIC_MINISWHITE;
        return l->samples >= 1 && l->samples <= 2;
    case PHOTOMETRIC_PALETTE:
        return l->samples == 1 && l->bits <= 8 &&
               TIFFGetField(d->tiff, TIFFTAG_COLORMAP, &l->map[0], &l->map[1], &l->map[2]) != 0;
    case PHOTOMETRIC_RGB:
        return l->samples >= 3 && l->samples <= 4 && l->bits >= 8;
    default:
        return false;
    }
}

/* One sample scaled to 8 bits (a palette index is left as it is). */
static unsigned sample_at(const struct layout *l, const uint8_t *row, size_t i)
{
    if (l->bits == 8)
        return row[i];
    if (l->bits == 16) {
        uint16_t v;
        memcpy(&v, row + 2 * i, sizeof v);
        return v >> 8;
    }
    size_t bit = i * l->bits;
    unsigned mask = (1u << l->bits) - 1, v = ((unsigned)row[bit / 8] >> (8 - l->bits - bit % 8)) & mask;
    return l->photometric == PHOTOMETRIC_PALETTE ? v : v * 255 / mask;
}

/* n pixels of one row; the darkest of what is there already and of the samples of this plane. */
static void gray_row(const struct layout *l, const uint8_t *row, uint8_t *gray, size_t n)
{
    size_t step = l->planar == PLANARCONFIG_SEPARATE ? 1 : l->samples;
    size_t take = l->photometric == PHOTOMETRIC_RGB && step > 1 ? 3 : 1;
    if (l->bits == 8 && step == 1 && l->photometric != PHOTOMETRIC_PALETTE && !l->white_zero) {
        for (size_t x = 0; x < n; x++)
            gray[x] = row[x] < gray[x] ? row[x] : gray[x];
        return;
    }
    for (size_t x = 0; x < n; x++)
        for (size_t s = 0; s < take; s++) {
            unsigned v = sample_at(l, row, x * step + s);
            if (l->photometric == PHOTOMETRIC_PALETTE)
                v = decode_min3((uint8_t)(l->map[0][v] >> 8), (uint8_t)(l->map[1][v] >> 8),
                                (uint8_t)(l->map[2][v] >> 8));
            if (l->white_zero)
                v = 255 - v;
            if (v < gray[x])
                gray[x] = (uint8_t)v;
        }
}

static bool only_bits(const struct layout *l)
{
    return l->bits == 1 && l->samples == 1 && l->photometric != PHOTOMETRIC_PALETTE;
}

/* Is the current page black and white, in strips: a fax? */
static bool has_bits(struct decoder *d)
{
    struct layout l = {.bits = 1, .samples = 1, .planar = PLANARCONFIG_CONTIG};
    (void)TIFFGetFieldDefaulted(d->tiff, TIFFTAG_BITSPERSAMPLE, &l.bits);
    return l.bits == 1 && layout_get(d, &l) && only_bits(&l) && !TIFFIsTiled(d->tiff) &&
           TIFFScanlineSize(d->tiff) == (tmsize_t)bits_row(d->width);
}

bool repli_decode_tiff_page(struct decoder *d)
{
    uint32_t w = 0, h = 0;
    float res = 0;
    uint16_t unit = RESUNIT_INCH;
    if (!TIFFSetDirectory(d->tiff, (tdir_t)(d->page - 1)) || !TIFFGetField(d->tiff, TIFFTAG_IMAGEWIDTH, &w) ||
        !TIFFGetField(d->tiff, TIFFTAG_IMAGELENGTH, &h))
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    if (TIFFGetField(d->tiff, TIFFTAG_XRESOLUTION, &res) && res > 0 && res < 100000) {
        (void)TIFFGetFieldDefaulted(d->tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
        d->dpi = unit == RESUNIT_CENTIMETER ? res * 2.54 : unit == RESUNIT_INCH ? res : 0;
    }
    if (!repli_decode_size(d, w, h))
        return false;
    d->packed = has_bits(d);
    return true;
}

/* A row of bits as they lie in a file: 1 = white. */
static void turn_row(const struct layout *l, uint8_t *row, size_t len)
{
    for (size_t i = 0; l->white_zero && i < len; i++)
        row[i] = (uint8_t)~row[i];
}

static void put_row(const struct layout *l, uint8_t *row, uint8_t *gray, size_t n)
{
    if (!only_bits(l)) {
        gray_row(l, row, gray, n);
        return;
    }
    turn_row(l, row, bits_row((int)n));
    repli_bits_unpack(row, (int)n, 1, 0, 255, gray);
}

/* Planes that hold grays or colours (not transparency). */
static uint16_t planes(const struct layout *l)
{
    if (l->planar != PLANARCONFIG_SEPARATE)
        return 1;
    return l->photometric == PHOTOMETRIC_RGB ? 3 : 1;
}

static bool strips(struct decoder *d, const struct layout *l, uint8_t *gray)
{
    uint32_t per = 0;
    (void)TIFFGetFieldDefaulted(d->tiff, TIFFTAG_ROWSPERSTRIP, &per);
    tmsize_t line = TIFFScanlineSize(d->tiff), size = TIFFStripSize(d->tiff);
    uint32_t height = (uint32_t)d->height;
    if (per == 0 || per > height)
        per = height;
    if (line <= 0 || size <= 0 || size / line < (tmsize_t)per)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    uint8_t *buf = malloc((size_t)size);
    if (!buf)
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    bool ok = true;
    for (uint16_t plane = 0; ok && plane < planes(l); plane++)
        for (uint32_t y = 0; ok && y < height; y += per) {
            uint32_t rows = height - y < per ? height - y : per;
            tmsize_t got = TIFFReadEncodedStrip(d->tiff, TIFFComputeStrip(d->tiff, y, plane), buf, size);
            ok = got >= line * (tmsize_t)rows;
            for (uint32_t r = 0; ok && r < rows; r++)
                put_row(l, buf + (size_t)line * r, gray + (size_t)(y + r) * (size_t)d->width, (size_t)d->width);
        }
    free(buf);
    return ok || decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
}

/* One bit a pixel, in strips: line by line, for a whole strip of a page does not stay in the processor's memory. */
static bool bit_lines(struct decoder *d, const struct layout *l, uint8_t *bits)
{
    size_t row = bits_row(d->width);
    bool ok = true;
    for (int y = 0; ok && y < d->height; y++, bits += row) {
        ok = TIFFReadScanline(d->tiff, bits, (uint32_t)y, 0) == 1;
        turn_row(l, bits, row);
    }
    return ok || decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
}

bool repli_decode_tiff_bits(struct decoder *d, uint8_t *bits)
{
    struct layout l = {.bits = 1, .samples = 1, .planar = PLANARCONFIG_CONTIG};
    if (!layout_get(d, &l) || !d->packed)
        return decode_fail(d, REPLI_UNREADABLE_TYPE);
    d->bits = 1;
    d->damage = 0;
    bool ok = bit_lines(d, &l, bits);
    if (ok && d->damage)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    return ok;
}

static bool tiles(struct decoder *d, const struct layout *l, uint8_t *gray)
{
    uint32_t tw = 0, th = 0, w = (uint32_t)d->width, h = (uint32_t)d->height;
    (void)TIFFGetField(d->tiff, TIFFTAG_TILEWIDTH, &tw);
    (void)TIFFGetField(d->tiff, TIFFTAG_TILELENGTH, &th);
    tmsize_t line = TIFFTileRowSize(d->tiff), size = TIFFTileSize(d->tiff);
    if (tw == 0 || th == 0 || line <= 0 || size <= 0 || size / line < (tmsize_t)th ||
        (uint64_t)tw * th > (uint64_t)d->limits.pixels)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    uint8_t *buf = malloc((size_t)size);
    if (!buf)
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    bool ok = true;
    for (uint16_t plane = 0; ok && plane < planes(l); plane++)
        for (uint32_t y = 0; ok && y < h; y += th)
            for (uint32_t x = 0; ok && x < w; x += tw) {
                uint32_t rows = h - y < th ? h - y : th, cols = w - x < tw ? w - x : tw;
                ok = TIFFReadEncodedTile(d->tiff, TIFFComputeTile(d->tiff, x, y, 0, plane), buf, size) == size;
                for (uint32_t r = 0; ok && r < rows; r++)
                    put_row(l, buf + (size_t)line * r, gray + (size_t)(y + r) * w + x, cols);
            }
    free(buf);
    return ok || decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
}

static bool unpacked(struct decoder *d, uint8_t *gray)
{
    uint8_t *bits = malloc(bits_row(d->width) * (size_t)d->height);
    if (!bits)
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    bool ok = repli_decode_tiff_bits(d, bits);
    if (ok)
        repli_bits_unpack(bits, d->width, d->height, 0, 255, gray);
    free(bits);
    return ok;
}

bool repli_decode_tiff_pixels(struct decoder *d, uint8_t *gray)
{
    struct layout l = {.bits = 1, .samples = 1, .planar = PLANARCONFIG_CONTIG};
    if (d->packed)
        return unpacked(d, gray);
    if (!layout_get(d, &l))
        return decode_fail(d, REPLI_UNREADABLE_TYPE);
    if (l.bits == 1 && l.samples == 1)
        d->bits = 1;
    if (!only_bits(&l)) /* what is there is darkened, plane by plane */
        memset(gray, 255, (size_t)d->width * (size_t)d->height);
    d->damage = 0;
    bool ok = TIFFIsTiled(d->tiff) ? tiles(d, &l, gray) : strips(d, &l, gray);
    if (ok && d->damage)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    return ok;
}
