#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <tiffio.h>
#include <turbojpeg.h>

#include "repli/arena.h"
#include "repli/file.h"
#include "support/picture.h"

/* The JFIF header that turbojpeg writes says nothing of the resolution: bytes 13 to 17 are put right here. */
static enum repli_status write_jpeg(const char *path, const struct repli_image *im, int quality, struct repli_err *err)
{
    tjhandle h = tjInitCompress();
    unsigned char *data = NULL;
    unsigned long len = 0;
    int rc = tjCompress2(h, im->gray, im->width, 0, im->height, TJPF_GRAY, &data, &len, TJSAMP_GRAY, quality, 0);
    enum repli_status status = REPLI_OK;
    if (rc != 0 || len < 20 || memcmp(data + 6, "JFIF", 5) != 0) {
        status = repli_fail(err, REPLI_IO, "%s: JPEG: %s", path, tjGetErrorStr2(h));
    } else {
        unsigned dpi = (unsigned)lround(im->dpi);
        data[13] = 1;
        data[14] = data[16] = (unsigned char)(dpi >> 8);
        data[15] = data[17] = (unsigned char)(dpi & 255);
        status = repli_file_write(path, data, len, 0644, err);
    }
    tjFree(data);
    (void)tjDestroy(h);
    return status;
}

/* Rows of 1-bit images, most significant bit first; `white` is the bit of white paper. */
static void pack_row(const struct repli_image *im, int y, bool white, uint8_t *row)
{
    memset(row, 0, ((size_t)im->width + 7) / 8);
    for (int x = 0; x < im->width; x++)
        if ((im->gray[(size_t)y * (size_t)im->width + (size_t)x] >= 128) == white)
            row[x / 8] = (uint8_t)(row[x / 8] | (0x80 >> (x % 8)));
}

/* 16 grays, two pixels a byte. */
static void pack_grays(const struct repli_image *im, int y, uint8_t *row)
{
    const uint8_t *from = &im->gray[(size_t)y * (size_t)im->width];
    for (int x = 0; x < im->width; x++) {
        uint8_t level = (uint8_t)((from[x] * 15 + 127) / 255);
        unsigned two = x % 2 ? (unsigned)row[x / 2] | level : (unsigned)level << 4;
        row[x / 2] = (uint8_t)two;
    }
}

static enum repli_status write_png(const char *path, const struct repli_image *im, struct repli_err *err)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL)
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    uint8_t *row = repli_xmalloc((size_t)im->width + 8);
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        free(row);
        (void)fclose(f);
        return repli_fail(err, REPLI_IO, "%s: PNG", path);
    }
    png_init_io(png, f);
    png_set_compression_level(png, im->bits == 4 ? 9 : 1);
    if (im->bits == 8) /* nearly as small as with all filters tried, in a third of the time */
        png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
    png_set_IHDR(png, info, (png_uint_32)im->width, (png_uint_32)im->height, im->bits, PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_uint_32 ppm = (png_uint_32)lround(im->dpi / 0.0254);
    png_set_pHYs(png, info, ppm, ppm, PNG_RESOLUTION_METER);
    png_write_info(png, info);
    for (int y = 0; y < im->height; y++) {
        if (im->bits == 1)
            pack_row(im, y, true, row);
        else if (im->bits == 4)
            pack_grays(im, y, row);
        else
            memcpy(row, &im->gray[(size_t)y * (size_t)im->width], (size_t)im->width);
        png_write_row(png, row);
    }
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    free(row);
    return fclose(f) == 0 ? REPLI_OK : repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
}

static enum repli_status write_tiff(const char *path, const char *mode, const struct repli_image *im,
                                    struct repli_err *err)
{
    TIFF *t = TIFFOpen(path, mode);
    if (t == NULL)
        return repli_fail(err, REPLI_IO, "%s: cannot be written as TIFF", path);
    bool bilevel = im->bits == 1, ok = true;
    (void)TIFFSetField(t, TIFFTAG_IMAGEWIDTH, (uint32_t)im->width);
    (void)TIFFSetField(t, TIFFTAG_IMAGELENGTH, (uint32_t)im->height);
    (void)TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, im->bits);
    (void)TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
    (void)TIFFSetField(t, TIFFTAG_PHOTOMETRIC, bilevel ? PHOTOMETRIC_MINISWHITE : PHOTOMETRIC_MINISBLACK);
    (void)TIFFSetField(t, TIFFTAG_COMPRESSION, bilevel ? COMPRESSION_CCITTFAX4 : COMPRESSION_LZW);
    if (!bilevel)
        (void)TIFFSetField(t, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
    (void)TIFFSetField(t, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    (void)TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, bilevel ? (uint32_t)im->height : 128u);
    (void)TIFFSetField(t, TIFFTAG_XRESOLUTION, im->dpi);
    (void)TIFFSetField(t, TIFFTAG_YRESOLUTION, im->dpi);
    (void)TIFFSetField(t, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    uint8_t *row = repli_xmalloc((size_t)im->width + 8);
    for (int y = 0; y < im->height && ok; y++) {
        if (bilevel)
            pack_row(im, y, false, row);
        else
            memcpy(row, &im->gray[(size_t)y * (size_t)im->width], (size_t)im->width);
        ok = TIFFWriteScanline(t, row, (uint32_t)y, 0) == 1;
    }
    free(row);
    ok = ok && TIFFWriteDirectory(t) == 1;
    TIFFClose(t);
    return ok ? REPLI_OK : repli_fail(err, REPLI_IO, "%s: writing the TIFF failed", path);
}

static bool ends(const char *s, const char *tail)
{
    size_t n = strlen(s), m = strlen(tail);
    return n >= m && strcmp(s + n - m, tail) == 0;
}

enum repli_status picture_write(const char *path, const struct repli_image *image, int quality, struct repli_err *err)
{
    if (ends(path, ".jpg"))
        return write_jpeg(path, image, quality, err);
    if (ends(path, ".png"))
        return write_png(path, image, err);
    if (ends(path, ".tif"))
        return write_tiff(path, "w", image, err);
    return repli_fail(err, REPLI_USAGE, "%s: only .jpg, .png and .tif are written", path);
}

enum repli_status picture_append_tiff(const char *path, const struct repli_image *image, struct repli_err *err)
{
    return write_tiff(path, "a", image, err);
}
