/* PNG by libpng: 1, 2, 4, 8, 16 bit, palette, colour, transparency, interlaced. */
#include "decode.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#define PNG_SIGNATURE 8
#define PNG_CHUNK_MAX (64u << 20) /* bytes of one chunk that is not pixels */

struct png_job {
    const uint8_t *at;
    size_t left;
    png_structp png;
    png_infop info;
    uint8_t *rows; /* one row, or the whole page when interlaced */
    size_t row_size;
};

static void take_bytes(png_structp png, png_bytep out, size_t want)
{
    struct png_job *job = png_get_io_ptr(png);
    if (want > job->left)
        png_error(png, "ends early");
    memcpy(out, job->at, want);
    job->at += want;
    job->left -= want;
}

static void on_error(png_structp png, png_const_charp text)
{
    (void)text;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The size stands in the first chunk, at a fixed place. */
bool repli_decode_png_page(struct decoder *d)
{
    if (d->len < 33 || be32(d->data + 8) != 13 || memcmp(d->data + 12, "IHDR", 4) != 0)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    return repli_decode_size(d, be32(d->data + 16), be32(d->data + 20));
}

static unsigned on_white(unsigned v, unsigned alpha)
{
    return (v * alpha + 255u * (255u - alpha)) / 255u;
}

static void gray_row(const uint8_t *row, int channels, uint8_t *gray, int width)
{
    for (int x = 0; x < width; x++, row += channels) {
        unsigned v = channels >= 3 ? decode_min3(row[0], row[1], row[2]) : row[0];
        if (channels == 2 || channels == 4)
            v = on_white(v, row[channels - 1]);
        gray[x] = (uint8_t)v;
    }
}

static void read_rows(struct png_job *job, const struct decoder *d, uint8_t *gray)
{
    int channels = png_get_channels(job->png, job->info);
    int passes = png_set_interlace_handling(job->png);
    png_read_update_info(job->png, job->info);
    channels = png_get_channels(job->png, job->info);
    job->row_size = png_get_rowbytes(job->png, job->info);
    if (png_get_bit_depth(job->png, job->info) != 8 || job->row_size != (size_t)d->width * (size_t)channels)
        png_error(job->png, "not as declared");
    job->rows = calloc(passes > 1 ? (size_t)d->height : 1, job->row_size);
    if (!job->rows)
        png_error(job->png, "no memory");
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < d->height; y++) {
            uint8_t *row = job->rows + (passes > 1 ? (size_t)y * job->row_size : 0);
            png_read_row(job->png, row, NULL);
            if (pass == passes - 1)
                gray_row(row, channels, gray + (size_t)y * (size_t)d->width, d->width);
        }
    png_read_end(job->png, NULL);
}

static bool run(struct png_job *job, struct decoder *d, uint8_t *gray)
{
    if (setjmp(png_jmpbuf(job->png)) != 0)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    png_set_read_fn(job->png, job, take_bytes);
    png_set_user_limits(job->png, (png_uint_32)d->width, (png_uint_32)d->height);
    png_set_chunk_malloc_max(job->png, PNG_CHUNK_MAX);
    png_set_chunk_cache_max(job->png, 100);
    png_read_info(job->png, job->info);
    if (png_get_image_width(job->png, job->info) != (png_uint_32)d->width ||
        png_get_image_height(job->png, job->info) != (png_uint_32)d->height)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    png_uint_32 x = 0, y = 0;
    int unit = 0;
    if (png_get_pHYs(job->png, job->info, &x, &y, &unit) && unit == PNG_RESOLUTION_METER && x < 1000000)
        d->dpi = x * 0.0254;
    png_set_expand(job->png);
    png_set_scale_16(job->png);
    read_rows(job, d, gray);
    return true;
}

bool repli_decode_png_pixels(struct decoder *d, uint8_t *gray)
{
    struct png_job *job = calloc(1, sizeof *job); /* on the heap: longjmp leaves it as it is */
    if (!job)
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    *job = (struct png_job){.at = d->data, .left = d->len};
    job->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
    job->info = job->png ? png_create_info_struct(job->png) : NULL;
    bool ok = job->info ? run(job, d, gray) : decode_fail(d, REPLI_UNREADABLE_LIMIT);
    png_destroy_read_struct(&job->png, &job->info, NULL);
    free(job->rows);
    free(job);
    return ok;
}
