/* Crops: what people see of a field.  Upright, at 8 pixels a mm, with 2.5 mm around; paper is white and grays are
** sixteen, which keeps them small and quick to pack.  They are made durable together, before the rows that name
** them.
*/
#define _GNU_SOURCE /* syncfs */
#include "batch.h"
#include "ink.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "repli/file.h"

#define STEP_MM   .125
#define AROUND_MM 2.5
#define SIDE_MAX  1600 /* pixels: larger fields (free text over a page) get a coarser crop */

struct png_out {
    FILE *file;
    png_structp png;
    png_infop info;
};

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

static bool write_rows(struct png_out *o, const struct patch *p)
{
    if (setjmp(png_jmpbuf(o->png)) != 0)
        return false;
    png_init_io(o->png, o->file);
    png_set_IHDR(o->png, o->info, (png_uint_32)p->nx, (png_uint_32)p->ny, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(o->png, 1);
    png_set_compression_strategy(o->png, Z_RLE); /* white paper is runs; anything better costs more than it saves */
    png_set_compression_window_bits(o->png, 12);
    png_set_filter(o->png, 0, PNG_FILTER_NONE);
    png_uint_32 per_metre = (png_uint_32)(1000 / p->step);
    png_set_pHYs(o->png, o->info, per_metre, per_metre, PNG_RESOLUTION_METER);
    png_write_info(o->png, o->info);
    for (int y = 0; y < p->ny; y++)
        png_write_row(o->png, p->gray + (size_t)y * (size_t)p->nx);
    png_write_end(o->png, NULL);
    return true;
}

static bool write_png(const char *path, const struct patch *p)
{
    struct png_out *o = repli_xcalloc(1, sizeof *o); /* on the heap: longjmp leaves it as it is */
    o->file = fopen(path, "wbe");
    o->png = o->file ? png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning) : NULL;
    o->info = o->png ? png_create_info_struct(o->png) : NULL;
    bool ok = o->info && write_rows(o, p);
    int why = errno;
    png_destroy_write_struct(&o->png, &o->info);
    if (o->file && fclose(o->file) != 0) {
        ok = false;
        why = errno;
    }
    free(o);
    errno = why;
    return ok;
}

/* Paper to white, and sixteen levels. */
static void clean(struct patch *p)
{
    uint32_t hist[256] = {0}, n = (uint32_t)p->nx * (uint32_t)p->ny, run = 0;
    int paper = 255;
    uint8_t lut[256];
    for (uint32_t i = 0; i < n; i++)
        hist[p->gray[i]]++;
    for (; paper > 64 && (run += hist[paper]) * 4 < n; paper--)
        ;
    for (int v = 0; v < 256; v++) {
        int t = v * 255 / (paper * 9 / 10);
        lut[v] = (uint8_t)(((t > 255 ? 255 : t) >> 4) * 17);
    }
    for (uint32_t i = 0; i < n; i++)
        p->gray[i] = lut[p->gray[i]];
}

/* What of a field people see: of a band whose row is clear that row and half its neighbours, else all of it. */
static struct repli_box shown(const struct repli_field *f, const struct repli_field_reading *r)
{
    if (f->kind != REPLI_FIELD_BAND || r->state != REPLI_INK_INK || r->row < 0 || (size_t)r->row >= f->nparts)
        return f->box;
    struct repli_box b = f->parts[r->row];
    int32_t more = (b.y1 - b.y0) / 2;
    return (struct repli_box){b.x0, b.y0 - more, b.x1, b.y1 + more};
}

static bool cut_field(const struct job *job, struct repli_box b, const char *path)
{
    struct patch p = {.x = b.x0 / 1e3 - AROUND_MM, .y = b.y0 / 1e3 - AROUND_MM, .step = STEP_MM};
    double w = (b.x1 - b.x0) / 1e3 + 2 * AROUND_MM, h = (b.y1 - b.y0) / 1e3 + 2 * AROUND_MM;
    while ((w > h ? w : h) / p.step > SIDE_MAX)
        p.step *= 1.25;
    p.nx = (int)(w / p.step) + 1;
    p.ny = (int)(h / p.step) + 1;
    p.gray = repli_xmalloc((size_t)p.nx * (size_t)p.ny);
    repli_patch_cut(job->image, job->pose.h, true, &p);
    clean(&p);
    bool ok = write_png(path, &p);
    free(p.gray);
    return ok;
}

/* A field's id as a file name: ids are ours, but a name never leaves its folder. */
static const char *file_name(const struct job *job, const char *id)
{
    char *name = repli_arena_printf(job->arena, "%s.png", id);
    for (char *c = name; *c; c++)
        if (*c == '/' || (*c == '.' && c == name))
            *c = '_';
    return name;
}

static enum repli_status sync_all(const char *dir, struct repli_err *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && syncfs(fd) == 0;
    int why = errno;
    if (fd >= 0)
        (void)close(fd);
    return ok ? REPLI_OK : repli_fail(err, REPLI_IO, "%s: %s", dir, strerror(why));
}

enum repli_status repli_scan_crops(struct job *job, struct repli_err *err)
{
    const struct repli_page_map *map = job->map;
    const char *dir = repli_path_join(job->arena, job->batch->site->crops, job->sheet);
    enum repli_status s = repli_dir_make(dir, 0700, err);
    job->crops = repli_arena_array(job->arena, map->nfields + 1, sizeof *job->crops);
    for (size_t i = 0; s == REPLI_OK && i < map->nfields; i++) {
        if (job->readings[i].state == REPLI_INK_EMPTY)
            continue;
        const char *name = file_name(job, map->fields[i].id);
        const char *path = repli_path_join(job->arena, dir, name);
        if (!cut_field(job, shown(&map->fields[i], &job->readings[i]), path))
            s = repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
        job->crops[i] = repli_arena_printf(job->arena, "%s/%s", job->sheet, name);
    }
    return s == REPLI_OK ? sync_all(dir, err) : s;
}
