/* Crops: what people see of a field.  Upright, at 8 pixels a mm, with 2.5 mm around; paper is white and grays are
** sixteen, which keeps them small and quick to pack.
**
** They are cut when somebody is about to look at them, from the kept scan and the pose that was found then: most fields
** are never looked at, and what can be made again need not be made durable.  Each says at its end which page of which
** scan it was cut from; one that says something else, or that a crash left half written, is made again.
*/
#include "crop.h"
#include "ink.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "repli/cutting.h"
#include "repli/file.h"
#include "repli/id.h"
#include "repli/ledger_review.h"
#include "repli/serial.h"
#include "repli/text.h"

#define STEP_MM   .125
#define AROUND_MM 2.5
#define ABOVE_MM  1.2  /* more above a block that is filed: the caption of its first boxes whole */
#define SIDE_MAX  1600 /* pixels: larger fields (free text over a page) get a coarser crop */
#define SHEET_MAX 2480 /* of the whole side: 8 pixels a mm */

#define SOURCE "Source" /* keyword of PNG's text */
#define TAIL   256      /* bytes at a file's end that hold it */

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

static bool write_rows(struct png_out *o, const struct patch *p, char *source)
{
    png_text text = {.compression = PNG_TEXT_COMPRESSION_NONE, .key = (char[]){SOURCE}, .text = source};
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
    png_set_text(o->png, o->info, &text, 1); /* after the pixels: at the end of the file */
    png_write_end(o->png, o->info);
    return true;
}

static bool write_png(const char *path, const struct patch *p, char *source)
{
    struct png_out *o = repli_xcalloc(1, sizeof *o); /* on the heap: longjmp leaves it as it is */
    o->file = fopen(path, "wbe");
    o->png = o->file ? png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning) : NULL;
    o->info = o->png ? png_create_info_struct(o->png) : NULL;
    bool ok = o->info && write_rows(o, p, source);
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
static struct repli_box shown(const struct repli_field *f, const struct repli_reading *r)
{
    if (f->kind != REPLI_FIELD_BAND || !r || strcmp(r->state, "ink") != 0 || r->row < 0 || (size_t)r->row >= f->nparts)
        return f->box;
    struct repli_box b = f->parts[r->row];
    int32_t more = (b.y1 - b.y0) / 2;
    return (struct repli_box){b.x0, b.y0 - more, b.x1, b.y1 + more};
}

struct window crop_around(struct repli_box b, int most)
{
    return (struct window){.x = b.x0 / 1e3 - AROUND_MM,
                           .y = b.y0 / 1e3 - AROUND_MM,
                           .w = (b.x1 - b.x0) / 1e3 + 2 * AROUND_MM,
                           .h = (b.y1 - b.y0) / 1e3 + 2 * AROUND_MM,
                           .most = most};
}

/* Rows above this line name the patient: wide crops are white there. */
static double band_end(const struct repli_page_map *map)
{
    double end = 0;
    for (size_t i = 0; i < map->nprinted; i++)
        if (map->printed[i].y / 1e3 + 2 > end)
            end = map->printed[i].y / 1e3 + 2;
    return end;
}

static void hide_band(struct patch *p, const struct repli_page_map *map)
{
    int rows = (int)ceil((band_end(map) - p->y) / p->step);
    if (rows > 0)
        memset(p->gray, 255, (size_t)(rows < p->ny ? rows : p->ny) * (size_t)p->nx);
}

/* Whoever asked frees the picture. */
static struct patch cut_window(const struct crop_source *src, const struct window *w)
{
    struct patch p = {.x = w->x, .y = w->y, .step = STEP_MM};
    while ((w->w > w->h ? w->w : w->h) / p.step > w->most)
        p.step *= 1.25;
    p.nx = (int)(w->w / p.step) + 1;
    p.ny = (int)(w->h / p.step) + 1;
    p.gray = repli_xmalloc((size_t)p.nx * (size_t)p.ny);
    repli_patch_cut(&src->worker.page, &src->pose, true, &p);
    clean(&p);
    return p;
}

bool crop_cut(const struct crop_source *src, const struct window *w, bool bare, const char *path)
{
    struct patch p = cut_window(src, w);
    if (bare)
        hide_band(&p, src->map);
    char *temporary = repli_arena_printf(src->arena, "%s.tmp-%ld", path, (long)getpid());
    bool ok = write_png(temporary, &p, repli_arena_strdup(src->arena, src->name)) && rename(temporary, path) == 0;
    if (!ok) {
        int why = errno;
        (void)unlink(temporary);
        errno = why;
    }
    free(p.gray);
    return ok;
}

/* Is a whole crop of this page there? */
bool crop_there(const struct crop_source *src, const char *path)
{
    char tail[TAIL];
    FILE *f = fopen(path, "rbe");
    if (!f)
        return false;
    size_t n =
        fseek(f, -(long)sizeof tail, SEEK_END) == 0 || fseek(f, 0, SEEK_SET) == 0 ? fread(tail, 1, sizeof tail, f) : 0;
    (void)fclose(f);
    size_t want = strlen(src->name);
    if (n < want + 20 || memcmp(tail + n - 8, "IEND", 4) != 0)
        return false;
    for (size_t i = 0; i + want < n; i++)
        if (memcmp(tail + i, src->name, want) == 0)
            return true;
    return false;
}

/* A field's id as a file name: ids are ours, but a name never leaves its folder. */
const char *crop_file_name(struct repli_arena *a, const char *id)
{
    char *name = repli_arena_printf(a, "%s.png", id);
    for (char *c = name; *c; c++)
        if (*c == '/' || (*c == '.' && c == name))
            *c = '_';
    return name;
}

const char *repli_scan_crop_name(struct repli_arena *a, const char *sheet, const char *field)
{
    return repli_arena_printf(a, "%s/%s", sheet, crop_file_name(a, field));
}

/* The kept image, decoded as when it was read.  src->open stays false where that cannot be done any more. */
enum repli_status crop_open(struct crop_source *src, struct repli_err *err)
{
    const struct repli_site *site = src->site;
    char hex[65];
    enum worker_answer answer = WORKER_BAD;
    enum repli_unreadable why;
    const struct decode_limits limits = repli_scan_limits(site);
    if (src->open)
        return REPLI_OK;
    repli_hex(src->scan.sha256, sizeof src->scan.sha256, hex);
    if (src->fd < 0)
        src->fd = open(repli_path_join(src->arena, site->scans, hex), O_RDONLY | O_CLOEXEC);
    if (src->fd < 0)
        return REPLI_OK;
    repli_worker_init(&src->worker, &limits, site->scan_page_seconds, site->scan_render);
    enum repli_status s = repli_worker_open(&src->worker, src->fd, &answer, &why, err);
    if (s == REPLI_OK && answer == WORKER_OK)
        s = repli_worker_page(&src->worker, src->scan.page, &answer, &why, err);
    src->open = s == REPLI_OK && answer == WORKER_OK;
    if (!src->open)
        repli_worker_close(&src->worker);
    return s;
}

void crop_close(struct crop_source *src)
{
    if (src->open)
        repli_worker_close(&src->worker);
    if (src->fd >= 0)
        (void)close(src->fd);
    src->open = false;
    src->fd = -1;
}

static enum repli_status load_sheet(struct repli_ledger *ledger, uint64_t serial, struct crop_source *src,
                                    struct repli_err *err)
{
    enum repli_status s = repli_ledger_sheet_map(ledger, serial, src->arena, &src->map, err);
    return s == REPLI_OK ? repli_ledger_readings(ledger, serial, src->arena, &src->readings, &src->nreadings, err) : s;
}

/* The image that a field is to be cut from: not all of a sheet's are of one, when it was scanned twice.  *known false:
** the field has no reading that a crop could be cut by. */
static enum repli_status load(struct repli_ledger *ledger, uint64_t serial, const char *field, struct crop_source *src,
                              bool *known, struct repli_err *err)
{
    char hex[65], name[sizeof src->name];
    struct repli_reading_scan scan;
    enum repli_status s = repli_ledger_reading_scan(ledger, serial, field, src->arena, &scan, err);
    *known = s == REPLI_OK && scan.found && src->map;
    if (!*known)
        return s;
    repli_hex(scan.sha256, sizeof scan.sha256, hex);
    (void)snprintf(name, sizeof name, "%s page %d", hex, scan.page);
    if (strcmp(name, src->name) != 0) {
        crop_close(src);
        memcpy(src->name, name, sizeof name);
        src->scan = scan;
        src->posed = repli_scan_json_pose(scan.result, &src->pose);
    }
    *known = src->posed;
    return REPLI_OK;
}

static bool is_sheet(const char *id)
{
    return strcmp(id, REPLI_CROP_SHEET) == 0;
}

static bool is_place(const char *id)
{
    return is_sheet(id) || strcmp(id, REPLI_CROP_BAND) == 0;
}

/* The band's texts, as far as the code beside them. */
static struct repli_box band_of(const struct repli_page_map *map)
{
    struct repli_box b = {map->codes[0].x0, map->codes[0].y0, map->codes[0].x0, map->codes[0].y1};
    for (size_t i = 0; i < map->nprinted; i++)
        b.x0 = map->printed[i].x < b.x0 ? map->printed[i].x : b.x0;
    return b;
}

/* ---- wide crops: a field with the paper around it, always in the same place of the picture */

static const char *const wide[] = {REPLI_CROP_NEAR, REPLI_CROP_TILE, REPLI_CROP_ROW};

/* "@near.col1.at" is a view of "col1.at"; NULL: of nothing but itself. */
static const char *wide_of(const char *id, const char **field)
{
    *field = id;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (strncmp(id, wide[i], strlen(wide[i])) == 0) {
            *field = id + strlen(wide[i]);
            return wide[i];
        }
    return NULL;
}

static double at_least(double least, double mm)
{
    return mm > least ? mm : least;
}

/* The whole line that a field stands in: from edge to edge, as high as what belongs to it. */
static struct window row_of(const struct repli_page_map *map, const struct repli_field *f)
{
    size_t index = (size_t)(f - map->fields);
    int32_t y0 = f->box.y0, y1 = f->box.y1;
    for (size_t c = 0; c < map->ncaptures; c++) {
        const struct repli_capture *capture = &map->captures[c];
        bool member = false;
        for (size_t m = 0; m < capture->nmembers; m++)
            member = member || capture->fields[m] == index;
        for (size_t m = 0; member && m < capture->nmembers; m++) {
            const struct repli_box *b = &map->fields[capture->fields[m]].box;
            if (b->y0 < f->box.y0 - 30000 || b->y1 > f->box.y1 + 30000)
                continue; /* the time of a column stands at its head */
            y0 = b->y0 < y0 ? b->y0 : y0;
            y1 = b->y1 > y1 ? b->y1 : y1;
        }
    }
    return (struct window){5, y0 / 1e3 - 2.5, 200, (y1 - y0) / 1e3 + 5, SIDE_MAX};
}

static struct window wide_window(const char *view, const struct repli_page_map *map, const struct repli_field *f,
                                 struct repli_box b)
{
    double x = b.x0 / 1e3, y = b.y0 / 1e3, w = (b.x1 - b.x0) / 1e3, h = (b.y1 - b.y0) / 1e3;
    if (strcmp(view, REPLI_CROP_TILE) == 0)
        return (struct window){x + w - 20, y + h / 2 - 5.5, 26, at_least(11, h + 4), SIDE_MAX};
    if (strcmp(view, REPLI_CROP_ROW) == 0)
        return row_of(map, f);
    return (struct window){x - 16, y - 8, at_least(48, w + 24), at_least(22, h + 14), SIDE_MAX};
}

static enum repli_status make_crop(struct crop_source *src, const char *dir, const char *id, bool *made,
                                   struct repli_err *err)
{
    static const struct repli_box a4 = {0, 0, 210000, 297000};
    const char *field = NULL, *view = wide_of(id, &field);
    const struct repli_field *f = repli_page_map_field(src->map, field);
    const struct repli_reading *r = NULL;
    const char *path = repli_path_join(src->arena, dir, crop_file_name(src->arena, id));
    if (view && !src->map->patient)
        return REPLI_OK; /* the lines of a ward's sheet name people */
    *made = crop_there(src, path);
    if (*made || (!f && !is_place(id)))
        return REPLI_OK;
    for (size_t i = 0; i < src->nreadings; i++)
        if (strcmp(src->readings[i].field, field) == 0)
            r = &src->readings[i];
    enum repli_status s = crop_open(src, err);
    if (s != REPLI_OK || !src->open)
        return s;
    const struct window w = view           ? wide_window(view, src->map, f, shown(f, r))
                            : f            ? crop_around(shown(f, r), SIDE_MAX)
                            : is_sheet(id) ? crop_around(a4, SHEET_MAX)
                                           : crop_around(band_of(src->map), SIDE_MAX);
    *made = crop_cut(src, &w, view != NULL, path);
    return *made ? REPLI_OK : repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
}

enum repli_status repli_scan_crops(const struct repli_site *site, struct repli_ledger *ledger, uint64_t serial,
                                   const char *const *fields, size_t count, bool *missing, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct crop_source *src = repli_arena_alloc(&a, sizeof *src);
    char sheet[REPLI_SERIAL_TEXT];
    bool known = false;
    src->site = site;
    src->arena = &a;
    src->fd = -1;
    repli_serial_format(serial, sheet);
    const char *dir = repli_path_join(&a, site->crops, sheet);
    enum repli_status s = load_sheet(ledger, serial, src, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        bool made = false;
        /* The side as a whole is cut from the image that its first field was read in. */
        const char *field = NULL;
        (void)wide_of(fields[i], &field);
        field = is_place(field) && src->nreadings ? src->readings[0].field : field;
        s = load(ledger, serial, field, src, &known, err);
        if (s == REPLI_OK && known)
            s = repli_dir_make(dir, 0700, err);
        if (s == REPLI_OK && known)
            s = make_crop(src, dir, fields[i], &made, err);
        if (missing)
            missing[i] = !made;
    }
    crop_close(src);
    return s;
}

enum repli_status repli_scan_cut(const struct repli_site *site, struct repli_ledger *ledger, uint64_t serial,
                                 const char *field, const struct repli_box *box, struct repli_arena *a,
                                 struct repli_cutting *cutting, struct repli_err *err)
{
    struct crop_source *src = repli_arena_alloc(a, sizeof *src);
    bool known = false;
    *src = (struct crop_source){.site = site, .arena = a, .fd = -1};
    *cutting = (struct repli_cutting){0};
    enum repli_status s = load_sheet(ledger, serial, src, err);
    if (s == REPLI_OK)
        s = load(ledger, serial, field, src, &known, err);
    if (s == REPLI_OK && known)
        s = crop_open(src, err);
    if (s == REPLI_OK && src->open) {
        struct window w = crop_around(*box, SHEET_MAX);
        w.y -= ABOVE_MM;
        w.h += ABOVE_MM;
        struct patch p = cut_window(src, &w);
        *cutting = (struct repli_cutting){.gray = repli_arena_alloc(a, (size_t)p.nx * (size_t)p.ny),
                                          .width = p.nx,
                                          .height = p.ny,
                                          .box = {(int32_t)(p.x * 1e3), (int32_t)(p.y * 1e3),
                                                  (int32_t)((p.x + (p.nx - 1) * p.step) * 1e3),
                                                  (int32_t)((p.y + (p.ny - 1) * p.step) * 1e3)}};
        memcpy(cutting->gray, p.gray, (size_t)p.nx * (size_t)p.ny);
        free(p.gray);
    }
    crop_close(src);
    return s;
}

/* ---- images without a code: what people look at to say whose sheet it is */

static bool place_of(const char *line, const char *what, struct repli_box *b)
{
    json_t *o = json_loads(line, 0, NULL), *box = json_object_get(json_object_get(o, "look_mm"), what);
    double v[4] = {0};
    bool ok = json_array_size(box) == 4;
    for (size_t i = 0; ok && i < 4; i++) {
        v[i] = json_number_value(json_array_get(box, i)) * 1e3;
        ok = v[i] >= -1e6 && v[i] <= 1e6;
    }
    json_decref(o);
    *b = (struct repli_box){(int32_t)v[0], (int32_t)v[1], (int32_t)v[2], (int32_t)v[3]};
    return ok && b->x0 < b->x1 && b->y0 < b->y1;
}

enum repli_status repli_scan_look(const struct repli_site *site, const uint8_t sha256[32], int page, const char *result,
                                  struct repli_arena *a, const char *crops[2], struct repli_err *err)
{
    static const char *const what[2] = {"band", "serial"};
    struct crop_source *src = repli_arena_alloc(a, sizeof *src);
    char hex[65];
    crops[0] = crops[1] = NULL;
    *src = (struct crop_source){.site = site, .arena = a, .fd = -1, .scan = {.page = page}};
    memcpy(src->scan.sha256, sha256, sizeof src->scan.sha256);
    repli_hex(sha256, 32, hex);
    (void)snprintf(src->name, sizeof src->name, "%s page %d", hex, page);
    if (!repli_scan_json_pose(result, &src->pose))
        return REPLI_OK;
    enum repli_status s = repli_dir_make(repli_path_join(a, site->crops, "images"), 0700, err);
    for (int i = 0; s == REPLI_OK && i < 2; i++) {
        struct repli_box b;
        const char *name = repli_arena_printf(a, "images/%.12s-%d-%s.png", hex, page, what[i]);
        const char *path = repli_path_join(a, site->crops, name);
        if (!place_of(result, what[i], &b))
            continue;
        const struct window w = crop_around(b, SIDE_MAX);
        s = crop_there(src, path) ? REPLI_OK : crop_open(src, err);
        bool made = s == REPLI_OK && (crop_there(src, path) || (src->open && crop_cut(src, &w, false, path)));
        crops[i] = made ? repli_arena_printf(a, "crops/%s", name) : NULL;
    }
    crop_close(src);
    return s;
}
