/* The patient band on paper against what was printed there.  A code says who a sheet is about, people read the band:
** where the two disagree (a sticker over the name, a copy pieced together from two sheets), nobody may be asked to key
** values for the one while the paper says the other.
**
** The band's bold texts (name, day of birth, numbers, serial) are drawn again, from the page map and the faces that
** print embeds, and laid on the scan.  Captions and the bed are not: faint print loses the small ones first.
*/
#include "band.h"

#include <ft2build.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#include "repli/draw.h"
#include "repli/form.h"
#include "repli/text.h"

#define SAMPLES_MM 6   /* of what is compared, a mm */
#define REACH      3   /* samples: paper gives way by half a millimetre */
#define STRIP_EM   .62 /* of the type size: a figure of a number */
#define WIDTH_MAX  250.0
/* Correlation.  Sheets as they were printed, gray and of two levels, with tired toner, blurred: whole texts from .73,
** strips from .70.  Other names in the same place: whole up to .36.  Numbers in which two figures were changed for ones
** that look like them: the worse of the two strips .48 in the middle, nine of ten below .6, none above .70. */
#define WHOLE_MIN    .6
#define STRIP_MIN    .58
#define DAMAGED_MIN  .4
#define LETTER_MIN   .4 /* a letter alone */
#define STRIPS_MAX   96
#define STRIP_LESS   .15 /* below the middle one: not the same figure, where another strip is damaged */
#define SPARED_LEAST 6   /* strips of a text of which one may be damaged */
#define BESIDE       2   /* samples: ink that lies farther from a figure than this is not its own ... */
#define FOREIGN      .12 /* ... and no more than so much, of its own, may be there */
#define ASIDE_MAX    7   /* samples */
#define WEIGHT_LEAST 24  /* of 255: thinner is not drawn */

struct faces {
    FT_Library library;
    FT_Face faces[REPLI_FACE_COUNT];
    int aside[2]; /* samples by which the text before lay aside: folded paper lies aside for the next one too */
};

/* A text drawn: darkness of nx * ny samples, the first one at (x, y) mm, cut to its ink. */
struct drawn {
    double x, y, em;
    int nx, ny;
    uint8_t *dark;
};

static FT_Face face_of(struct faces *f, enum repli_face face)
{
    size_t len = 0;
    const void *data = repli_font_data(face, &len);
    if (!f->faces[face] && FT_New_Memory_Face(f->library, data, (FT_Long)len, 0, &f->faces[face]) != 0)
        f->faces[face] = NULL;
    return f->faces[face];
}

static void ink_glyph(const FT_Bitmap *b, int left, int top, struct drawn *d)
{
    for (int j = 0; j < (int)b->rows; j++)
        for (int i = 0; i < (int)b->width; i++) {
            int x = left + i, y = top + j;
            if (x < 0 || y < 0 || x >= d->nx || y >= d->ny)
                continue;
            uint8_t *to = &d->dark[y * d->nx + x], v = b->buffer[j * b->pitch + i];
            *to = v > *to ? v : *to;
        }
}

/* Lets go of the empty margins. */
static void crop(struct drawn *d)
{
    int x0 = d->nx, y0 = d->ny, x1 = 0, y1 = 0;
    for (int y = 0; y < d->ny; y++)
        for (int x = 0; x < d->nx; x++)
            if (d->dark[y * d->nx + x] > 100) {
                x0 = x < x0 ? x : x0;
                y0 = y < y0 ? y : y0;
                x1 = x + 1 > x1 ? x + 1 : x1;
                y1 = y + 1 > y1 ? y + 1 : y1;
            }
    if (x1 <= x0) {
        d->nx = 0;
        return;
    }
    for (int y = y0; y < y1; y++)
        memmove(d->dark + (y - y0) * (x1 - x0), d->dark + y * d->nx + x0, (size_t)(x1 - x0));
    d->x += (double)x0 / SAMPLES_MM;
    d->y += (double)y0 / SAMPLES_MM;
    d->nx = x1 - x0;
    d->ny = y1 - y0;
}

/* Advances as print sets them: unhinted, one after the other. */
static bool draw(struct faces *f, const struct repli_printed *p, struct drawn *d)
{
    FT_Face face = face_of(f, p->face);
    double em = p->size_cpt / 100.0 * 25.4 / 72, width = repli_font_width(p->face, p->size_cpt, p->text) / 1e3, pen = 0;
    *d = (struct drawn){.x = p->x / 1e3 - 1, .y = p->y / 1e3 - 1.3 * em, .em = em};
    d->nx = (int)((width + 2) * SAMPLES_MM);
    d->ny = (int)(1.7 * em * SAMPLES_MM);
    if (!face || width > WIDTH_MAX || d->ny < 4 ||
        FT_Set_Char_Size(face, 0, (FT_F26Dot6)(em * SAMPLES_MM * 64 + .5), 72, 72) != 0)
        return false;
    d->dark = repli_xcalloc((size_t)d->nx, (size_t)d->ny);
    for (const char *t = p->text; *t;) {
        FT_UInt glyph = FT_Get_Char_Index(face, repli_utf8_next(&t));
        if (FT_Load_Glyph(face, glyph, FT_LOAD_NO_HINTING) != 0)
            continue;
        double x = (1 + pen) * SAMPLES_MM, y = 1.3 * em * SAMPLES_MM;
        double advance = (double)face->glyph->linearHoriAdvance / 65536 / SAMPLES_MM;
        FT_Outline_Translate(&face->glyph->outline, (FT_Pos)((x - floor(x)) * 64), -(FT_Pos)((y - floor(y)) * 64));
        if (FT_Render_Glyph(face->glyph, FT_RENDER_MODE_NORMAL) == 0)
            ink_glyph(&face->glyph->bitmap, (int)floor(x) + face->glyph->bitmap_left,
                      (int)floor(y) - face->glyph->bitmap_top, d);
        pen += advance;
    }
    crop(d);
    return d->nx > 0;
}

/* Normalised correlation of columns x0..x1 of the text with the scan under it, moved by (dx, dy): 1 = the same, 0 =
** nothing of it. */
static double alike(const struct drawn *d, const struct patch *scan, int x0, int x1, int dx, int dy)
{
    int64_t n = (int64_t)(x1 - x0) * d->ny, st = 0, ss = 0, stt = 0, sss = 0, sts = 0;
    for (int y = 0; y < d->ny; y++) {
        const uint8_t *t = d->dark + y * d->nx, *g = scan->gray + (y + REACH + dy) * scan->nx + REACH + dx;
        uint32_t rt = 0, rs = 0, rtt = 0, rss = 0, rts = 0;
        for (int x = x0; x < x1; x++) {
            uint32_t a = t[x], b = 255u - g[x];
            rt += a, rs += b, rtt += a * a, rss += b * b, rts += a * b;
        }
        st += rt, ss += rs, stt += rtt, sss += rss, sts += rts;
    }
    double cov = (double)sts * (double)n - (double)st * (double)ss,
           vt = (double)stt * (double)n - (double)st * (double)st,
           vs = (double)sss * (double)n - (double)ss * (double)ss;
    return vt > 0 && vs > 0 ? cov / sqrt(vt * vs) : 0;
}

/* The best of moves up to `reach` away from one, each `step`th; *at becomes it. */
static double best(const struct drawn *d, const struct patch *scan, int x0, int x1, int reach, int step, int at[2])
{
    double most = -1;
    const int from[2] = {at[0], at[1]};
    for (int dy = from[1] - reach; dy <= from[1] + reach; dy += step)
        for (int dx = from[0] - reach; dx <= from[0] + reach; dx += step) {
            double v = abs(dx) <= REACH && abs(dy) <= REACH ? alike(d, scan, x0, x1, dx, dy) : -1;
            if (v > most) {
                most = v;
                at[0] = dx;
                at[1] = dy;
            }
        }
    return most;
}

/* What stands where a text was printed. */
struct stands {
    double like; /* correlation: of the whole, or of the strip that is least like it */
    bool same, empty, damaged;
};

/* Is the strip damaged and nothing else, or does something stand there that was not printed? */
static bool only_lacks(const struct drawn *d, const struct patch *scan, int x0, int x1, const int at[2])
{
    int own = 0, foreign = 0, paper = 0, ink = 255;
    for (int i = 0; i < scan->nx * scan->ny; i++) {
        paper = scan->gray[i] > paper ? scan->gray[i] : paper;
        ink = scan->gray[i] < ink ? scan->gray[i] : ink;
    }
    for (int y = 0; y < d->ny; y++)
        for (int x = x0; x < x1; x++) {
            int near = 0;
            for (int j = y - BESIDE < 0 ? 0 : y - BESIDE; j <= y + BESIDE && j < d->ny; j++)
                for (int i = x - BESIDE < 0 ? 0 : x - BESIDE; i <= x + BESIDE && i < d->nx; i++)
                    near = d->dark[j * d->nx + i] > near ? d->dark[j * d->nx + i] : near;
            own += d->dark[y * d->nx + x] > 127;
            foreign += near < 64 && scan->gray[(y + REACH + at[1]) * scan->nx + x + REACH + at[0]] * 2 < paper + ink;
        }
    return foreign <= FOREIGN * own;
}

/* Strip by strip: a sticker may leave half a name.  `spare` strips may be damaged, half there and nothing else in their
** place, where all others look alike; *damaged: one is. */
static bool strips_agree(const struct drawn *d, const struct patch *scan, int strips, int spare, const int at[2],
                         bool *damaged)
{
    double value[STRIPS_MAX] = {0}, sorted[STRIPS_MAX];
    int low = 0;
    strips = strips < STRIPS_MAX ? strips : STRIPS_MAX;
    for (int k = 0; k < strips; k++) {
        int near[2] = {at[0], at[1]}, i = k;
        value[k] = best(d, scan, d->nx * k / strips, d->nx * (k + 1) / strips, 1, 1, near);
        low += value[k] < STRIP_MIN;
        for (; i > 0 && sorted[i - 1] > value[k]; i--)
            sorted[i] = sorted[i - 1];
        sorted[i] = value[k];
    }
    *damaged = low > 0;
    if (low == 0 || low > spare || strips < SPARED_LEAST)
        return low == 0;
    for (int k = 0; k < strips; k++)
        if (value[k] < (value[k] < STRIP_MIN ? DAMAGED_MIN : sorted[strips / 2] - STRIP_LESS) ||
            (value[k] < STRIP_MIN && !only_lacks(d, scan, d->nx * k / strips, d->nx * (k + 1) / strips, at)))
            return false;
    return true;
}

/* The text as a whole, then strip by strip; closely: serials differ in two figures. */
static void compare(const struct drawn *d, const struct patch *scan, bool closely, int spare, int at[2],
                    struct stands *out)
{
    int strips = (int)(d->nx / (STRIP_EM * d->em * SAMPLES_MM));
    (void)best(d, scan, 0, d->nx, REACH, 2, at); /* a stroke is two samples wide and more */
    out->like = best(d, scan, 0, d->nx, 1, 1, at);
    out->same = out->like >= (strips < 2 && !closely ? LETTER_MIN : WHOLE_MIN);
    if (!closely) {
        out->same = out->same && strips_agree(d, scan, strips, spare, at, &out->damaged);
        return;
    }
    /* Strips that overlap by half: every second one decides, the others tell sheets apart. */
    for (int k = 0; out->same && k < 2 * strips - 1; k++) {
        int near[2] = {at[0], at[1]}, x0 = d->nx * k / (2 * strips), x1 = d->nx * (k + 2) / (2 * strips);
        double v = best(d, scan, x0, x1, 1, 1, near);
        out->same = k % 2 || v >= STRIP_MIN;
        out->like = v < out->like ? v : out->like;
    }
}

/* No ink but specks. */
static bool is_empty(const struct patch *scan)
{
    int n = scan->nx * scan->ny, dark = 0, paper = 0;
    for (int i = 0; i < n; i++)
        paper = scan->gray[i] > paper ? scan->gray[i] : paper;
    for (int i = 0; i < n; i++)
        dark += scan->gray[i] * 100 < paper * 72;
    return dark * 100 < n;
}

/* Two levels leave strokes thinner or thicker than they were printed.  The text is drawn anew as a threshold that
** gives as much ink as the scan shows would leave it. */
static void match_weight(struct drawn *d, const struct patch *scan)
{
    uint8_t *soft = repli_xcalloc((size_t)d->nx, (size_t)d->ny);
    size_t hist[256] = {0}, want = 0, run = 0;
    int limit = 255;
    for (int y = 0; y < d->ny; y++)
        for (int x = 0; x < d->nx; x++) {
            int sum = 0;
            for (int j = -1; j <= 1; j++)
                for (int i = -1; i <= 1; i++)
                    if (x + i >= 0 && y + j >= 0 && x + i < d->nx && y + j < d->ny)
                        sum += d->dark[(y + j) * d->nx + x + i] * (2 - abs(i)) * (2 - abs(j));
            soft[y * d->nx + x] = (uint8_t)(sum / 16);
            hist[sum / 16]++;
            want += scan->gray[(y + REACH) * scan->nx + x + REACH] < 128;
        }
    while (limit > WEIGHT_LEAST && (run += hist[limit]) < want)
        limit--;
    for (int i = 0; i < d->nx * d->ny; i++) {
        int v = 128 + (soft[i] - limit) * 4;
        d->dark[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
    free(soft);
}

/* closely: as it was printed and nothing else, for a sheet that no code names. */
static struct stands look_at(struct faces *f, const struct repli_image *image, const struct repli_pose *pose,
                             const struct repli_printed *p, bool closely, int spare)
{
    struct drawn d = {0};
    struct stands out = {1, true, false, false};
    if (draw(f, p, &d)) {
        int at[2] = {0, 0}, again[2] = {0, 0};
        struct patch scan = {.x = d.x + (double)(f->aside[0] - REACH) / SAMPLES_MM,
                             .y = d.y + (double)(f->aside[1] - REACH) / SAMPLES_MM,
                             .step = 1.0 / SAMPLES_MM,
                             .nx = d.nx + 2 * REACH,
                             .ny = d.ny + 2 * REACH};
        scan.gray = repli_xmalloc((size_t)scan.nx * (size_t)scan.ny);
        repli_patch_cut(image, pose, true, &scan);
        compare(&d, &scan, closely, spare, at, &out);
        out.empty = !out.same && is_empty(&scan);
        if (!out.same && !closely && image->bits == 1) {
            match_weight(&d, &scan);
            compare(&d, &scan, false, spare, again, &out);
        }
        for (int k = 0; k < 2 && out.same && !closely; k++) {
            f->aside[k] += at[k];
            f->aside[k] = abs(f->aside[k]) <= ASIDE_MAX ? f->aside[k] : 0;
        }
        free(scan.gray);
    }
    free(d.dark);
    return out;
}

bool repli_band_agrees(const struct repli_image *image, const struct repli_page_map *map, const struct repli_pose *pose)
{
    struct faces f = {0};
    bool agrees = true;
    int spare = 1;
    if (map->nprinted == 0 || FT_Init_FreeType(&f.library) != 0)
        return true;
    for (size_t i = 0; i < map->nprinted && agrees; i++)
        if (map->printed[i].face == REPLI_FACE_BOLD) {
            struct stands s = look_at(&f, image, pose, &map->printed[i], false, spare);
            agrees = s.same;
            spare -= s.damaged; /* the band of somebody else differs in more than one figure of all its texts */
        }
    /* Two serials differ in two characters at least, one of them at the end, so one
    ** that a crease or a streak runs through may be forgiven where all others look alike. */
    if (map->sheet && agrees) {
        struct repli_printed serial = repli_layout_serial(map->sheet);
        agrees = look_at(&f, image, pose, &serial, false, 1).same;
    }
    (void)FT_Done_FreeType(f.library);
    return agrees;
}

static void count_text(struct band_match *m, const struct stands *s)
{
    m->likeness += s->like > 0 && !s->empty ? s->like : 0;
    m->agree += s->same;
    m->absent += s->empty;
    m->deny += !s->same && !s->empty;
}

void repli_band_match(const struct repli_image *image, const struct repli_page_map *map, const struct repli_pose *pose,
                      struct band_match *out)
{
    struct faces f = {0};
    *out = (struct band_match){0};
    if (FT_Init_FreeType(&f.library) != 0)
        return;
    for (size_t i = 0; i < map->nprinted; i++)
        if (map->printed[i].face == REPLI_FACE_BOLD) {
            struct stands s = look_at(&f, image, pose, &map->printed[i], true, 0);
            count_text(out, &s);
        }
    if (map->sheet) {
        struct repli_printed serial = repli_layout_serial(map->sheet);
        struct stands s = look_at(&f, image, pose, &serial, true, 0);
        count_text(out, &s);
    }
    (void)FT_Done_FreeType(f.library);
    int n = out->agree + out->deny;
    out->likeness /= n ? n : 1;
}
