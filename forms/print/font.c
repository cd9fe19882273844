/* Faces in a PDF: loaded from memory, named after their glyphs, with a ToUnicode map that is valid.
**
** libharu 2.3.0 loads fonts from files only, names subsets by a counter (so that two documents' different subsets
** share a name and mix when merged), and writes "cidrange" where a ToUnicode map needs "bfrange" (poppler warns on
** every page, other viewers copy garbage).  Its own exported building blocks allow all three to be done right. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "print/pdf_internal.h"
#include "repli/file.h"

/* Six capital letters from the face and the glyphs drawn: equal names mean equal subsets. */
static void subset_tag(enum repli_face face, const uint32_t *glyphs, char tag[7])
{
    uint8_t hash[32];
    struct repli_buf all = {0};
    uint8_t number = (uint8_t)face;
    repli_buf_add(&all, &number, 1);
    for (size_t i = 0; i < REPLI_GLYPH_WORDS; i++) {
        uint8_t le[4] = {(uint8_t)glyphs[i], (uint8_t)(glyphs[i] >> 8), (uint8_t)(glyphs[i] >> 16),
                         (uint8_t)(glyphs[i] >> 24)};
        repli_buf_add(&all, le, 4);
    }
    repli_sha256(all.data, all.len, hash);
    repli_buf_done(&all);
    for (int i = 0; i < 6; i++)
        tag[i] = (char)('A' + hash[i] % 26);
    tag[6] = '\0';
}

static bool drawn(const uint32_t *glyphs, uint32_t u)
{
    return u < 0x10000 && (glyphs[u / 32] >> (u % 32) & 1);
}

/* Runs of code points that were drawn, never across a 256 border (the last byte alone may count up in a bfrange). */
static size_t unicode_runs(const uint32_t *glyphs, uint16_t (*runs)[2])
{
    size_t n = 0;
    for (uint32_t u = 1; u < 0x10000; u++) {
        if (!drawn(glyphs, u))
            continue;
        uint32_t from = u;
        while ((u & 0xFF) != 0xFF && drawn(glyphs, u + 1))
            u++;
        runs[n][0] = (uint16_t)from;
        runs[n++][1] = (uint16_t)u;
    }
    return n;
}

static void unicode_map(const uint32_t *glyphs, struct repli_buf *out, struct repli_arena *a)
{
    uint16_t(*runs)[2] = repli_arena_array(a, 0x8000, sizeof *runs);
    size_t n = unicode_runs(glyphs, runs);
    repli_buf_puts(out, "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
                        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n");
    for (size_t i = 0; i < n;) {
        size_t some = n - i < 100 ? n - i : 100; /* the format's limit a block */
        repli_buf_printf(out, "%zu beginbfrange\n", some);
        for (; some > 0; some--, i++)
            repli_buf_printf(out, "<%04X> <%04X> <%04X>\n", runs[i][0], runs[i][1], runs[i][0]);
        repli_buf_puts(out, "endbfrange\n");
    }
    repli_buf_puts(out, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
}

/* libharu's font object owns its ToUnicode stream; only the stream's text is exchanged. */
static bool replace_unicode_map(struct repli_pdf *pdf, HPDF_Font font, const uint32_t *glyphs)
{
    HPDF_Dict map = ((HPDF_FontAttr)font->attr)->cmap_stream;
    if (!map || HPDF_Dict_GetItem(font, "ToUnicode", HPDF_OCLASS_DICT) != map)
        return false;
    struct repli_buf text = {0};
    unicode_map(glyphs, &text, &pdf->arena);
    HPDF_MemStream_FreeData(map->stream);
    bool ok = HPDF_Stream_Write(map->stream, (const HPDF_BYTE *)text.data, (HPDF_UINT)text.len) == HPDF_OK;
    repli_buf_done(&text);
    return ok;
}

static HPDF_FontDef load_face(struct repli_pdf *pdf, enum repli_face face)
{
    size_t len = 0;
    const void *bytes = repli_font_data(face, &len);
    char tag[7];
    HPDF_Stream stream = bytes && len ? HPDF_MemStream_New(pdf->doc->mmgr, (HPDF_UINT)len) : NULL;
    if (!stream)
        return NULL;
    if (HPDF_Stream_Write(stream, bytes, (HPDF_UINT)len) != HPDF_OK) {
        HPDF_Stream_Free(stream);
        return NULL;
    }
    HPDF_FontDef def =
        HPDF_TTFontDef_Load(pdf->doc->mmgr, stream, HPDF_TRUE); /* takes the stream, also when it fails */
    if (!def)
        return NULL;
    subset_tag(face, pdf->glyphs[face], tag);
    HPDF_TTFontDef_SetTagName(def, tag);
    if (HPDF_Doc_RegisterFontDef(pdf->doc, def) == HPDF_OK)
        return def;
    HPDF_FontDef_Free(def);
    return NULL;
}

static enum repli_status embed_face(struct repli_pdf *pdf, enum repli_face face, struct repli_err *err)
{
    char name[16];
    HPDF_FontDef def = load_face(pdf, face);
    HPDF_Font font = def ? HPDF_GetFont(pdf->doc, def->base_font, "UTF-8") : NULL;
    enum repli_status status = repli_pdf_check(pdf, font != NULL, "font", err);
    if (status != REPLI_OK)
        return status;
    for (uint32_t u = 1; u < 0x10000; u++) {
        if (!drawn(pdf->glyphs[face], u))
            continue;
        if (HPDF_TTFontDef_GetGlyphid(def, (HPDF_UINT16)u) == 0) /* the writer's own cmap must agree with form/'s */
            return repli_fail(err, REPLI_DATA, "face %d has no glyph for U+%04" PRIX32, (int)face, u);
        (void)HPDF_TTFontDef_GetCharWidth(def, (HPDF_UINT16)u); /* marks the glyph as used: it gets into the subset */
    }
    (void)snprintf(name, sizeof name, "F%d", (int)face);
    bool ok = replace_unicode_map(pdf, font, pdf->glyphs[face]) && HPDF_Dict_Add(pdf->fonts, name, font) == HPDF_OK;
    return repli_pdf_check(pdf, ok, "font", err);
}

enum repli_status repli_pdf_fonts(struct repli_pdf *pdf, struct repli_err *err)
{
    for (int f = 0; f < REPLI_FACE_COUNT; f++) {
        enum repli_status status = pdf->used[f] ? embed_face(pdf, (enum repli_face)f, err) : REPLI_OK;
        if (status != REPLI_OK)
            return status;
    }
    return REPLI_OK;
}
