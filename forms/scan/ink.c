/* From a registered page to the state of every field. */
#include "ink.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_STACK 4096
#define STRONG      .5 /* of a pen on a sheet that is scanned well */
#define ROW_MAX     512
#define AHEAD       6   /* rows of a cut */
#define HAIRLINES   .97 /* of the printed lines; on paper that is well read all but a few are seen */

const char *repli_ink_text(enum repli_ink state)
{
    switch (state) {
    case REPLI_INK_EMPTY:
        return "empty";
    case REPLI_INK_TICKED:
        return "ticked";
    case REPLI_INK_CANCELLED:
        return "cancelled";
    case REPLI_INK_INK:
        return "ink";
    case REPLI_INK_DOUBTFUL:
        return "doubtful";
    }
    return "doubtful";
}

double repli_ink_confidence(double margin)
{
    double c = 1 - .5 * exp(-2 * fabs(margin));
    return c > .999 ? .999 : round(c * 1000) / 1000;
}

/* A place on the image and the way to the next sample, in 1/65536 pixel. */
struct step {
    int64_t x, y, dx, dy;
};

/* Rounded as llround() does, which is a call of its own to the mathematical library. */
static int64_t fixed(double v)
{
    return (int64_t)(v * 65536.0 + (v < 0 ? -.5 : .5));
}

/* One row that lies on the image all along (with a pixel to spare): no checks.  In parts that 32 bits can count. */
static void cut_row(const struct repli_image *image, bool smooth, struct step s, uint8_t *to, int n)
{
    int64_t most = (1 << 30) / (llabs(s.dx) + llabs(s.dy) + 1);
    const uint8_t *end = image->gray + (size_t)image->width * (size_t)image->height;
    while (n > 0) {
        int part = n <= most ? n : most > 1 ? (int)most : 1;
        const uint8_t *from = image->gray + (s.y >> 16) * (ptrdiff_t)image->width + (s.x >> 16);
        repli_cut_row(from, image->width, end, smooth,
                      (struct cut_step){(int32_t)(s.x & 65535), (int32_t)(s.y & 65535), (int32_t)s.dx, (int32_t)s.dy},
                      to, part);
        s.x += s.dx * part;
        s.y += s.dy * part;
        to += part;
        n -= part;
    }
}

static bool on_image(const struct repli_image *image, int64_t x, int64_t y)
{
    return x >= 0 && y >= 0 && x >> 16 < image->width - 1 && y >> 16 < image->height - 1;
}

/* The pixels of a row that is cut soon: a patch jumps from row to row of a page that no cache holds, and would wait for
** memory at each.  Its end too: rows of pixels begin anywhere.  Always inline: gcc takes away calls of functions that
** do nothing else. */
__attribute__((always_inline)) static inline void expect_row(const struct repli_image *image, struct step s, int n)
{
    int64_t last = s.x + s.dx * (n - 1), x0 = s.x < last ? s.x : last, x1 = s.x < last ? last : s.x;
    int64_t y0 = s.y, y1 = s.y + s.dy * (n - 1), least = y0 < y1 ? y0 : y1, most = y0 < y1 ? y1 : y0;
    if (least < 0 || most >> 16 >= image->height || x0 < 0 || x1 >> 16 >= image->width)
        return;
    int64_t lines = (x1 - x0) / (64 << 16) + 1, down = (s.x < last ? y1 - y0 : y0 - y1) / lines,
            y = s.x < last ? y0 : y1;
    for (int64_t k = 0; k < lines; k++, y += down)
        __builtin_prefetch(image->gray + (y >> 16) * image->width + (x0 >> 16) + 64 * k);
    __builtin_prefetch(image->gray + (y >> 16) * image->width + (x1 >> 16));
}

void repli_patch_cut(const struct repli_image *image, const struct repli_pose *pose, bool smooth, struct patch *p)
{
    double cx = p->x + p->step * (p->nx - 1) / 2, cy = p->y + p->step * (p->ny - 1) / 2;
    struct local l = repli_paper_local(pose, cx, cy);
    int64_t half = smooth ? 0 : 32768;
    const struct step down = {fixed(l.dy.x * p->step), fixed(l.dy.y * p->step), 0, 0};
    p->outside = 0;
    for (int j = 0; j < p->ny; j++) {
        double x = p->x - cx, y = p->y - cy + j * p->step;
        struct step s = {fixed(l.at.x + l.dx.x * x + l.dy.x * y) + half, fixed(l.at.y + l.dx.y * x + l.dy.y * y) + half,
                         fixed(l.dx.x * p->step), fixed(l.dx.y * p->step)};
        uint8_t *to = p->gray + (size_t)j * (size_t)p->nx;
        for (int k = j ? AHEAD : 1; k <= AHEAD && j + k < p->ny; k++)
            expect_row(image, (struct step){s.x + k * down.x, s.y + k * down.y, s.dx, s.dy}, p->nx);
        if (on_image(image, s.x, s.y) && on_image(image, s.x + s.dx * (p->nx - 1), s.y + s.dy * (p->nx - 1))) {
            cut_row(image, smooth, s, to, p->nx);
            continue;
        }
        for (int i = 0; i < p->nx; i++, s.x += s.dx, s.y += s.dy) {
            to[i] = 255;
            if (on_image(image, s.x, s.y))
                cut_row(image, smooth, s, to + i, 1);
            else
                p->outside++;
        }
    }
}

static void add_sample(struct piece *p, const int inner[4], int x, int y)
{
    p->area++;
    p->x0 = x < p->x0 ? x : p->x0;
    p->x1 = x > p->x1 ? x : p->x1;
    p->y0 = y < p->y0 ? y : p->y0;
    p->y1 = y > p->y1 ? y : p->y1;
    if (x >= inner[0] && y >= inner[1] && x <= inner[2] && y <= inner[3]) {
        p->inside++;
        p->ix0 = x < p->ix0 ? x : p->ix0;
        p->ix1 = x > p->ix1 ? x : p->ix1;
        p->iy0 = y < p->iy0 ? y : p->iy0;
        p->iy1 = y > p->iy1 ? y : p->iy1;
    }
}

/* Flood fill of one piece; the stack is bounded, a piece that is larger is found as several. */
static struct piece flood(uint8_t *mask, int nx, int ny, const int inner[4], int x, int y)
{
    struct {
        int x, y;
    } stack[PIECE_STACK];
    int n = 0;
    struct piece p = {0, x, y, x, y, 0, nx, ny, -1, -1};
    mask[y * nx + x] = 2;
    stack[n].x = x;
    stack[n++].y = y;
    while (n > 0) {
        int px = stack[--n].x, py = stack[n].y;
        int left = px > 0 ? px - 1 : 0, right = px < nx - 1 ? px + 1 : px, end = py < ny - 1 ? py + 1 : py;
        add_sample(&p, inner, px, py);
        for (int qy = py > 0 ? py - 1 : 0; qy <= end; qy++)
            for (int qx = left; qx <= right; qx++) {
                if (mask[qy * nx + qx] != 1 || n >= PIECE_STACK)
                    continue;
                mask[qy * nx + qx] = 2;
                stack[n].x = qx;
                stack[n++].y = qy;
            }
    }
    return p;
}

/* Eight at a time, in sums that one byte can hold. */
int repli_ink_count(const uint8_t *mask, size_t n)
{
    const uint64_t even = UINT64_C(0x00FF00FF00FF00FF);
    size_t i = 0;
    int all = 0;
    while (i + 8 <= n) {
        uint64_t sums = 0, eight;
        for (size_t k = 0; k < 255 && i + 8 <= n; k++, i += 8) {
            memcpy(&eight, mask + i, sizeof eight);
            sums += eight;
        }
        sums = (sums & even) + (sums >> 8 & even);
        all += (int)(sums * UINT64_C(0x0001000100010001) >> 48);
    }
    for (; i < n; i++)
        all += mask[i];
    return all;
}

size_t repli_ink_pieces(uint8_t *mask, int nx, int ny, const int inner[4], int least, struct piece *out, size_t max)
{
    size_t n = 0;
    const uint8_t *end = mask + (size_t)nx * (size_t)ny, *at = mask;
    while (at < end && (at = memchr(at, 1, (size_t)(end - at))) != NULL) {
        int i = (int)(at - mask);
        struct piece p = flood(mask, nx, ny, inner, i % nx, i / nx);
        if (p.area >= least && n < max)
            out[n++] = p;
    }
    return n;
}

int repli_ink_square(const uint8_t *mask, int w, int h)
{
    uint8_t side[ROW_MAX] = {0};
    int most = 0, n = w < ROW_MAX ? w : ROW_MAX;
    for (int y = 0; y < h; y++) {
        const uint8_t *row = mask + (size_t)y * (size_t)w, *begin = memchr(row, 1, (size_t)n);
        int first = begin ? (int)(begin - row) : n, last = n - 1;
        uint8_t corner = first ? side[first - 1] : 0; /* of the row above, one place to the left */
        while (last > first && !row[last])
            last--;
        memset(side, 0, (size_t)first);
        if (last + 1 < n)
            memset(side + last + 1, 0, (size_t)(n - last - 1));
        for (int x = first; x <= last; x++) {
            uint8_t above = side[x], left = x ? side[x - 1] : 0;
            uint8_t least = above < left ? above : left;
            least = corner < least ? corner : least;
            side[x] = row[x] ? (uint8_t)(least < 200 ? least + 1 : least) : 0;
            most = side[x] > most ? side[x] : most;
            corner = above;
        }
    }
    return most;
}

static int percentile(const uint32_t hist[256], uint32_t total, uint32_t percent)
{
    uint64_t run = 0;
    for (int v = 0; v < 256; v++) {
        run += hist[v];
        if (run * 100 >= (uint64_t)total * percent)
            return v;
    }
    return 255;
}

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void repli_ink_page(struct ink_page *page)
{
    double dark[5], noise[5];
    for (size_t m = 0; m < 5; m++) {
        struct patch p = {
            page->map->marks[m].x / 1e3 - 5, page->map->marks[m].y / 1e3 - 5, .125, 81, 81, page->room, 0};
        uint32_t in[256] = {0}, out[256] = {0}, nin = 0, nout = 0;
        repli_patch_cut(page->image, page->pose, false, &p);
        for (int y = 0; y < p.ny; y++)
            for (int x = 0; x < p.nx; x++) {
                int far = abs(x - 40) > abs(y - 40) ? abs(x - 40) : abs(y - 40);
                uint8_t v = p.gray[y * p.nx + x];
                if (far < 14)
                    in[v]++, nin++;
                else if (far > 25)
                    out[v]++, nout++;
            }
        double paper = percentile(out, nout, 60), ink = percentile(in, nin, 50);
        dark[m] = paper > 1 ? 1 - ink / paper : 0;
        noise[m] = paper > 1 ? (percentile(out, nout, 70) - percentile(out, nout, 25)) / 1.2 / paper : 1;
    }
    qsort(dark, 5, sizeof *dark, compare_double);
    qsort(noise, 5, sizeof *noise, compare_double);
    page->dark = dark[2] > .2 ? dark[2] : .2;
    page->noise = noise[2] > .004 ? noise[2] : .004;
    page->strong = STRONG;
}

/* Single choice: two ticks in one group contradict each other; on a page that cannot prove an empty box, another clear
** tick of the group does. */
static void settle_group(const struct ink_page *page, size_t first, struct repli_field_reading *out)
{
    const struct repli_page_map *map = page->map;
    const char *group = map->fields[first].group;
    size_t ticked = 0;
    for (size_t i = first; i < map->nfields; i++)
        if (map->fields[i].kind == REPLI_FIELD_TICK && map->fields[i].group && strcmp(map->fields[i].group, group) == 0)
            ticked += out[i].state == REPLI_INK_TICKED;
    for (size_t i = first; i < map->nfields; i++) {
        const struct repli_field *f = &map->fields[i];
        if (f->kind != REPLI_FIELD_TICK || !f->group || strcmp(f->group, group) != 0)
            continue;
        bool contradicts = ticked > 1 && out[i].state == REPLI_INK_TICKED;
        bool unproven = ticked != 1 && page->faint && f->tier == 1 && out[i].state == REPLI_INK_EMPTY;
        if (contradicts || unproven) {
            out[i].state = REPLI_INK_DOUBTFUL;
            out[i].confidence = .5;
        }
    }
}

static void settle_ticks(const struct ink_page *page, struct repli_field_reading *out)
{
    const struct repli_page_map *map = page->map;
    for (size_t i = 0; i < map->nfields; i++) {
        const struct repli_field *f = &map->fields[i];
        if (f->kind != REPLI_FIELD_TICK)
            continue;
        bool first = f->group != NULL;
        for (size_t k = 0; first && k < i; k++)
            first = !(map->fields[k].kind == REPLI_FIELD_TICK && map->fields[k].group &&
                      strcmp(map->fields[k].group, f->group) == 0);
        if (first)
            settle_group(page, i, out);
        else if (!f->group && page->faint && f->tier == 1 && out[i].state == REPLI_INK_EMPTY) {
            out[i].state = REPLI_INK_DOUBTFUL;
            out[i].confidence = .5;
        }
    }
}

void repli_read_fields(const struct repli_image *image, const struct repli_page_map *map, const struct repli_pose *pose,
                       struct repli_field_reading *out)
{
    struct repli_image clean = *image;
    bool repaired = repli_streaks_remove(image, &clean);
    struct ink_page page = {.image = &clean,
                            .map = map,
                            .pose = pose,
                            .faint = image->bits == 1,
                            .fading = image->bits == 1 && pose->score < HAIRLINES};
    page.room = repli_xmalloc(2 * INK_ROOM);
    repli_ink_page(&page);
    for (size_t i = 0; i < map->nfields; i++)
        out[i] = (struct repli_field_reading){REPLI_INK_DOUBTFUL, -1, .5};
    struct ink_boxes boxes;
    repli_ink_boxes(&page, &boxes); /* before zones: their frames say how dark a pen must be here */
    repli_ink_zones(&page, out);    /* before ticks: they say whether the page fades */
    repli_ink_ticks(&page, &boxes, out);
    settle_ticks(&page, out);
    free(page.room);
    if (repaired)
        free(clean.gray);
}
