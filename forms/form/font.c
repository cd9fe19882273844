/* Widths and glyphs from the TrueType files inside the program: head, hhea, hmtx and cmap (formats 4 and 12), read with
** bounds checks.  The very same bytes are embedded by print, so a text measures here what it measures on paper. */
#include <assert.h>
#include <string.h>

#include "form_internal.h"
#include "repli/asset.h"
#include "repli/draw.h"
#include "repli/id.h"
#include "repli/text.h"

static const char *const asset_names[REPLI_FACE_COUNT] = {"fonts/regular.ttf", "fonts/medium.ttf", "fonts/bold.ttf",
                                                          "fonts/symbol.ttf"};

static uint32_t u16(const struct font_bytes *b, size_t at)
{
    return at + 2 <= b->len && at + 2 > at ? (uint32_t)b->data[at] << 8 | b->data[at + 1] : 0;
}

static int32_t s16(const struct font_bytes *b, size_t at)
{
    return (int32_t)(int16_t)(uint16_t)u16(b, at);
}

static uint32_t u32(const struct font_bytes *b, size_t at)
{
    return u16(b, at) << 16 | u16(b, at + 2);
}

/* A table of the file, cut to what the file really holds; empty when there is none. */
static struct font_bytes table(const struct font_bytes *file, const char *tag)
{
    uint32_t n = u16(file, 4);
    for (uint32_t i = 0; i < n; i++) {
        size_t at = 12 + (size_t)i * 16;
        if (at + 16 > file->len || memcmp(file->data + at, tag, 4) != 0)
            continue;
        size_t off = u32(file, at + 8), len = u32(file, at + 12);
        if (off > file->len)
            break;
        return (struct font_bytes){file->data + off, len < file->len - off ? len : file->len - off};
    }
    return (struct font_bytes){file->data, 0};
}

/* The Unicode subtable: format 12 before format 4. */
static struct font_bytes unicode_map(const struct font_bytes *cmap)
{
    struct font_bytes best = {cmap->data, 0};
    uint32_t n = u16(cmap, 2);
    for (uint32_t i = 0; i < n && i < 64; i++) {
        size_t at = 4 + (size_t)i * 8, off = u32(cmap, at + 4);
        uint32_t platform = u16(cmap, at), encoding = u16(cmap, at + 2);
        if (off >= cmap->len || !(platform == 0 || (platform == 3 && (encoding == 1 || encoding == 10))))
            continue;
        struct font_bytes sub = {cmap->data + off, cmap->len - off};
        uint32_t format = u16(&sub, 0);
        if (format == 12 || (format == 4 && (best.len == 0 || u16(&best, 0) != 12)))
            best = sub;
    }
    return best;
}

bool repli_font_parse(const void *data, size_t len, struct font_tables *out)
{
    struct font_bytes file = {data, len};
    struct font_bytes head = table(&file, "head"), hhea = table(&file, "hhea"), cmap = table(&file, "cmap");
    *out = (struct font_tables){.hmtx = table(&file, "hmtx"),
                                .map = unicode_map(&cmap),
                                .loca = table(&file, "loca"),
                                .glyf = table(&file, "glyf"),
                                .long_loca = u16(&head, 50) != 0};
    out->metrics.units_per_em = (int)u16(&head, 18);
    out->metrics.ascent = s16(&hhea, 4);
    out->metrics.descent = s16(&hhea, 6);
    out->long_widths = u16(&hhea, 34);
    return out->metrics.units_per_em >= 16 && out->long_widths > 0 && out->hmtx.len >= 4 && out->map.len > 0;
}

static uint32_t glyph_4(const struct font_bytes *m, uint32_t cp)
{
    uint32_t segs = u16(m, 6) / 2;
    for (uint32_t i = 0; cp <= 0xFFFF && i < segs; i++) {
        size_t end = 14 + (size_t)i * 2, start = end + 2 + (size_t)segs * 2;
        size_t delta = start + (size_t)segs * 2, offset = delta + (size_t)segs * 2;
        if (cp > u16(m, end))
            continue;
        if (cp < u16(m, start))
            return 0;
        uint32_t ro = u16(m, offset);
        if (ro == 0)
            return (cp + u16(m, delta)) & 0xFFFF;
        uint32_t g = u16(m, offset + ro + 2 * (size_t)(cp - u16(m, start)));
        return g ? (g + u16(m, delta)) & 0xFFFF : 0;
    }
    return 0;
}

static uint32_t glyph_12(const struct font_bytes *m, uint32_t cp)
{
    uint32_t low = 0, high = u32(m, 12);
    if (high > (m->len < 16 ? 0 : (m->len - 16) / 12))
        return 0;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        size_t at = 16 + (size_t)mid * 12;
        if (cp < u32(m, at))
            high = mid;
        else if (cp > u32(m, at + 4))
            low = mid + 1;
        else
            return u32(m, at + 8) + (cp - u32(m, at));
    }
    return 0;
}

uint32_t repli_font_glyph(const struct font_tables *t, uint32_t codepoint)
{
    uint32_t format = u16(&t->map, 0);
    return format == 12 ? glyph_12(&t->map, codepoint) : format == 4 ? glyph_4(&t->map, codepoint) : 0;
}

uint32_t repli_font_advance(const struct font_tables *t, uint32_t glyph)
{
    uint32_t i = glyph < t->long_widths ? glyph : t->long_widths - 1;
    return u16(&t->hmtx, (size_t)i * 4);
}

/* yMin and yMax of a glyph's outline; both 0 for a blank. */
static void glyph_ink(const struct font_tables *t, uint32_t glyph, int32_t *low, int32_t *high)
{
    size_t at = t->long_loca ? u32(&t->loca, (size_t)glyph * 4) : (size_t)u16(&t->loca, (size_t)glyph * 2) * 2;
    size_t end = t->long_loca ? u32(&t->loca, (size_t)glyph * 4 + 4) : (size_t)u16(&t->loca, (size_t)glyph * 2 + 2) * 2;
    *low = end > at ? s16(&t->glyf, at + 4) : 0;
    *high = end > at ? s16(&t->glyf, at + 8) : 0;
}

/* What measuring asks of a code point, looked up once: every text is measured and checked several times. */
struct glyph {
    uint16_t id; /* 0: none */
    uint16_t advance;
    int16_t low, high; /* of its ink */
};
enum { BMP = 0x10000 };
struct face {
    struct font_tables tables;
    bool ready;
    struct glyph glyphs[BMP]; /* only the pages of this that a face fills ever cost memory */
};

static void fill_range(struct face *f, uint32_t from, uint32_t to)
{
    for (uint32_t cp = from; cp <= to && cp < BMP; cp++) {
        uint32_t id = repli_font_glyph(&f->tables, cp);
        if (id == 0 || id > UINT16_MAX)
            continue;
        int32_t low = 0, high = 0;
        glyph_ink(&f->tables, id, &low, &high);
        f->glyphs[cp] =
            (struct glyph){(uint16_t)id, (uint16_t)repli_font_advance(&f->tables, id), (int16_t)low, (int16_t)high};
    }
}

static void fill_glyphs(struct face *f)
{
    const struct font_bytes *m = &f->tables.map;
    uint32_t format = u16(m, 0), n = format == 12 ? u32(m, 12) : u16(m, 6) / 2;
    for (uint32_t i = 0; i < n && (size_t)i * 2 < m->len; i++) {
        size_t at = 16 + (size_t)i * 12, end = 14 + (size_t)i * 2, start = end + 2 + (size_t)n * 2;
        if (format == 12)
            fill_range(f, u32(m, at), u32(m, at + 4));
        else
            fill_range(f, u16(m, start), u16(m, end));
    }
}

/* Filled once from constant bytes: every later call sees the same values, whichever call came first. */
static struct face faces[REPLI_FACE_COUNT];

static void face_fill(enum repli_face face)
{
    struct face *f = &faces[face];
    const struct repli_asset *asset = repli_asset_get(asset_names[face]);
    bool whole = asset && repli_font_parse(asset->data, asset->len, &f->tables);
    assert(whole && "a font inside the program is damaged");
    (void)whole;
    fill_glyphs(f);
    f->ready = true;
}

static inline const struct face *face_get(enum repli_face face)
{
    assert(face < REPLI_FACE_COUNT);
    if (!faces[face].ready)
        face_fill(face);
    return &faces[face];
}

static const struct font_tables *face_tables(enum repli_face face)
{
    return &face_get(face)->tables;
}

/* Beyond the basic plane no face has a glyph (the table's first entry says "none" for these). */
static const struct glyph *glyph_of(const struct face *f, uint32_t codepoint)
{
    return &f->glyphs[codepoint < BMP ? codepoint : 0];
}

const struct repli_font_metrics *repli_font_metrics(enum repli_face face)
{
    return &face_tables(face)->metrics;
}

bool repli_font_has(enum repli_face face, uint32_t codepoint)
{
    return glyph_of(face_get(face), codepoint)->id != 0;
}

int32_t repli_font_units(enum repli_face face, uint32_t codepoint)
{
    const struct glyph *g = glyph_of(face_get(face), codepoint);
    return g->id ? g->advance : -1;
}

int64_t repli_font_text(enum repli_face face, const char *utf8)
{
    const struct face *f = face_get(face);
    int64_t units = 0;
    for (uint32_t cp; (cp = repli_next_sign(&utf8)) != 0;) {
        const struct glyph *g = glyph_of(f, cp);
        if (!g->id)
            return -1;
        units += g->advance;
    }
    return units;
}

int32_t repli_font_um(enum repli_face face, int32_t size_cpt, int64_t units)
{
    /* units / em * size / 100 points; a point is 25400/72 um */
    int64_t num = units * size_cpt * 25400, den = (int64_t)face_get(face)->tables.metrics.units_per_em * 7200;
    int64_t um = (num + den - 1) / den;
    return um > INT32_MAX ? INT32_MAX : (int32_t)um;
}

int32_t repli_font_width(enum repli_face face, int32_t size_cpt, const char *utf8)
{
    const struct face *f = face_get(face);
    int64_t units = 0;
    for (uint32_t cp; (cp = repli_next_sign(&utf8)) != 0;) {
        const struct glyph *g = glyph_of(f, cp);
        units += g->id ? g->advance : repli_font_advance(&f->tables, 0);
    }
    return repli_font_um(face, size_cpt, units);
}

void repli_font_ink(enum repli_face face, int32_t size_cpt, const char *utf8, int32_t *above_um, int32_t *below_um)
{
    const struct face *f = face_get(face);
    int32_t top = 0, bottom = 0;
    for (uint32_t cp; (cp = repli_next_sign(&utf8)) != 0;) {
        const struct glyph *g = glyph_of(f, cp);
        int32_t low = g->low, high = g->high;
        if (!g->id)
            glyph_ink(&f->tables, 0, &low, &high);
        top = high > top ? high : top;
        bottom = low < bottom ? low : bottom;
    }
    int64_t den = (int64_t)f->tables.metrics.units_per_em * 7200;
    *above_um = (int32_t)(((int64_t)top * size_cpt * 25400 + den - 1) / den);
    *below_um = (int32_t)(((int64_t)-bottom * size_cpt * 25400 + den - 1) / den);
}

void repli_font_digest(uint8_t hash[32])
{
    struct repli_hash h;
    repli_hash_init(&h);
    for (int f = 0; f < REPLI_FACE_COUNT; f++) {
        const struct font_tables *t = face_tables((enum repli_face)f);
        repli_hash_int(&h, t->metrics.units_per_em);
        repli_hash_int(&h, (int64_t)t->hmtx.len);
        repli_hash_bytes(&h, t->hmtx.data, t->hmtx.len);
        uint32_t map_len = u16(&t->map, 0) == 12 ? u32(&t->map, 4) : u16(&t->map, 2);
        uint64_t len = map_len < t->map.len ? map_len : t->map.len;
        repli_hash_int(&h, (int64_t)len);
        repli_hash_bytes(&h, t->map.data, len);
    }
    repli_hash_final(&h, hash);
}

const void *repli_font_data(enum repli_face face, size_t *len)
{
    assert(face < REPLI_FACE_COUNT);
    const struct repli_asset *asset = repli_asset_get(asset_names[face]);
    assert(asset);
    *len = asset->len;
    return asset->data;
}
