/* Pages to a PDF file with libharu: the fixed layer of a form once as a form XObject, codes as one 1-bit image a sheet,
** one save a document, and the file's bytes checked, hashed and written by ourselves. */
#include <stdio.h>
#include <string.h>

#include "print/pdf_internal.h"
#include "repli/deflate.h"
#include "repli/file.h"
#include "repli/text.h"

/* Pages in one node of the page tree.  libharu's flat default ends at 32,767 pages with an error at best. */
#define PAGES_PER_NODE 64
#define CONTENT_LEVEL  4           /* 1.3 % larger than with 6, at two thirds of the time */
#define PDF_MAX_BYTES  2000000000u /* libharu prints offsets over 2^31 wrongly, and says nothing */

static void on_error(HPDF_STATUS no, HPDF_STATUS detail, void *user)
{
    struct repli_pdf *pdf = user;
    (void)repli_fail(&pdf->err, REPLI_IO, "libharu 0x%04lX/%lu", (unsigned long)no, (unsigned long)detail);
}

enum repli_status repli_pdf_check(struct repli_pdf *pdf, bool fine, const char *what, struct repli_err *err)
{
    if (pdf->err.status != REPLI_OK)
        return repli_fail(err, REPLI_IO, "the PDF is void: %s: %s", what, pdf->err.text);
    if (!fine || !pdf->doc || HPDF_GetError(pdf->doc) != HPDF_OK)
        return repli_fail(err, REPLI_IO, "the PDF is void: %s failed", what);
    return REPLI_OK;
}

static void pdf_done(struct repli_pdf *pdf)
{
    if (pdf->doc)
        HPDF_Free(pdf->doc);
    repli_buf_done(&pdf->content.out);
    repli_buf_done(&pdf->content.symbol);
    repli_arena_done(&pdf->arena);
}

/* Print as it is, on both sides: the viewer's defaults for who prints from a screen (a print job sets them itself). */
static bool set_viewer(HPDF_Doc doc)
{
    HPDF_Dict viewer = HPDF_Dict_New(doc->mmgr);
    if (!viewer || HPDF_Dict_Add(doc->catalog, "ViewerPreferences", viewer) != HPDF_OK)
        return false;
    doc->pdf_version = HPDF_VER_17; /* PrintScaling is of 1.6, Duplex of 1.7 */
    return HPDF_Dict_AddName(viewer, "PrintScaling", "None") == HPDF_OK &&
           HPDF_Dict_AddName(viewer, "Duplex", "DuplexFlipLongEdge") == HPDF_OK &&
           HPDF_Dict_AddBoolean(viewer, "DisplayDocTitle", HPDF_TRUE) == HPDF_OK;
}

static bool set_date(HPDF_Doc doc, const struct repli_pdf_info *info)
{
    struct repli_civil t;
    repli_zone_civil(info->zone, info->created_utc, &t);
    int off = t.offset_s < 0 ? -t.offset_s : t.offset_s;
    HPDF_Date date = {.year = t.year,
                      .month = t.month,
                      .day = t.day,
                      .hour = t.hour,
                      .minutes = t.minute,
                      .seconds = t.second,
                      .ind = t.offset_s < 0 ? '-' : '+',
                      .off_hour = off / 3600,
                      .off_minutes = off / 60 % 60};
    return HPDF_SetInfoDateAttr(doc, HPDF_INFO_CREATION_DATE, date) == HPDF_OK &&
           HPDF_SetInfoDateAttr(doc, HPDF_INFO_MOD_DATE, date) == HPDF_OK;
}

/* Keywords stay plain ASCII, so that `repli layout` finds the pack id in the bytes; the title may have accents. */
static bool set_info(HPDF_Doc doc, const struct repli_pdf_info *info)
{
    return (!info->keywords || HPDF_SetInfoAttr(doc, HPDF_INFO_KEYWORDS, info->keywords) == HPDF_OK) &&
           HPDF_SetInfoAttr(doc, HPDF_INFO_CREATOR, "Repli " REPLI_VERSION) == HPDF_OK &&
           HPDF_SetCurrentEncoder(doc, "UTF-8") == HPDF_OK &&
           (!info->title || HPDF_SetInfoAttr(doc, HPDF_INFO_TITLE, info->title) == HPDF_OK) &&
           (!info->zone || set_date(doc, info));
}

static enum repli_status check_info(const struct repli_pdf_info *info, struct repli_err *err)
{
    if (info->title && !repli_utf8_valid(info->title, strlen(info->title)))
        return repli_fail(err, REPLI_DATA, "the title is not valid UTF-8");
    for (const char *p = info->keywords; p && *p; p++)
        if (*p <= ' ' || *p >= 0x7F)
            return repli_fail(err, REPLI_DATA, "the keywords are not one plain ASCII word");
    return REPLI_OK;
}

static enum repli_status pdf_begin(struct repli_pdf *pdf, size_t count, const struct repli_pdf_info *info,
                                   struct repli_err *err)
{
    enum repli_status status = check_info(info, err);
    if (status != REPLI_OK)
        return status;
    pdf->doc = HPDF_New(on_error, pdf);
    if (!pdf->doc)
        return repli_fail(err, REPLI_IO, "the PDF is void: libharu did not start");
    bool ok = HPDF_SetCompressionMode(pdf->doc, HPDF_COMP_ALL) == HPDF_OK &&
              HPDF_UseUTFEncodings(pdf->doc) == HPDF_OK &&
              (count <= PAGES_PER_NODE || HPDF_SetPagesConfiguration(pdf->doc, PAGES_PER_NODE) == HPDF_OK) &&
              set_viewer(pdf->doc) && set_info(pdf->doc, info);
    pdf->fonts = ok ? HPDF_Dict_New(pdf->doc->mmgr) : NULL;
    ok = pdf->fonts && HPDF_Xref_Add(pdf->doc->xref, pdf->fonts) == HPDF_OK;
    for (int f = 0; f < REPLI_FACE_COUNT; f++)
        pdf->content.glyphs[f] = pdf->glyphs[f] = repli_arena_array(&pdf->arena, REPLI_GLYPH_WORDS, sizeof(uint32_t));
    return repli_pdf_check(pdf, ok, "begin", err);
}

static HPDF_STATUS say_deflated(HPDF_Dict dict, HPDF_Stream stream)
{
    (void)dict;
    return HPDF_Stream_WriteStr(stream, "/Filter /FlateDecode\012");
}

/* Content that is deflated here already: libharu's own way takes three times as long.  It writes the bytes as they are,
** and its hook says what they are. */
static bool put_content(HPDF_Dict dict, HPDF_Stream stream, const struct repli_buf *content)
{
    size_t len = 0;
    struct repli_arena scratch = {0};
    const uint8_t *data = repli_deflate(content->data, content->len, CONTENT_LEVEL, 0, &scratch, &len);
    dict->filter = HPDF_STREAM_FILTER_NONE;
    dict->write_fn = say_deflated;
    bool ok = HPDF_Stream_Write(stream, data, (HPDF_UINT)len) == HPDF_OK;
    repli_arena_done(&scratch);
    return ok;
}

static HPDF_Dict new_xobject(struct repli_pdf *pdf, const char *subtype)
{
    HPDF_Dict x = HPDF_DictStream_New(pdf->doc->mmgr, pdf->doc->xref);
    if (!x)
        return NULL;
    x->header.obj_class |= HPDF_OSUBCLASS_XOBJECT;
    bool ok = HPDF_Dict_AddName(x, "Type", "XObject") == HPDF_OK && HPDF_Dict_AddName(x, "Subtype", subtype) == HPDF_OK;
    return ok ? x : NULL;
}

static enum repli_status new_layer(struct repli_pdf *pdf, const struct repli_pdf_page *page,
                                   struct repli_pdf_layer *layer, struct repli_err *err)
{
    struct repli_content *c = &pdf->content;
    c->has_code = false;
    repli_content_begin(c);
    enum repli_status status = repli_content_list(c, page->fixed, err);
    if (status != REPLI_OK)
        return status;
    HPDF_Box box = {0, 0, REPLI_PAGE_WIDTH_UM / 10.0f, REPLI_PAGE_HEIGHT_UM / 10.0f}; /* drawn within the page's unit */
    repli_buf_puts(&c->out, "\n");
    HPDF_Dict form = new_xobject(pdf, "Form");
    HPDF_Dict resources = form ? HPDF_Dict_New(pdf->doc->mmgr) : NULL;
    bool ok = resources && put_content(form, form->stream, &c->out) &&
              HPDF_Dict_Add(form, "Resources", resources) == HPDF_OK &&
              HPDF_Dict_Add(resources, "Font", pdf->fonts) == HPDF_OK &&
              HPDF_Dict_Add(form, "BBox", HPDF_Box_Array_New(pdf->doc->mmgr, box)) == HPDF_OK;
    *layer = (struct repli_pdf_layer){.name = page->layer, .fixed = page->fixed, .form = form};
    return repli_pdf_check(pdf, ok, "fixed layer", err);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_item(const struct repli_draw *a, const struct repli_draw *b)
{
    return a->kind == b->kind && a->white == b->white && a->x0 == b->x0 && a->y0 == b->y0 && a->x1 == b->x1 &&
           a->y1 == b->y1 && a->line_um == b->line_um && a->dash_um == b->dash_um && a->face == b->face &&
           a->size_cpt == b->size_cpt && same_text(a->text, b->text);
}

/* A layer is drawn from the first page that names it: another page that means something else by it must not get it. */
static bool same_list(const struct repli_draw_list *a, const struct repli_draw_list *b)
{
    size_t na = a ? a->count : 0, nb = b ? b->count : 0;
    if (na != nb)
        return false;
    for (size_t i = 0; i < na && a->items != b->items; i++)
        if (!same_item(&a->items[i], &b->items[i]))
            return false;
    return true;
}

static enum repli_status find_layer(struct repli_pdf *pdf, const struct repli_pdf_page *page, HPDF_Dict *form,
                                    struct repli_err *err)
{
    for (size_t i = 0; i < pdf->nlayers; i++) {
        const struct repli_pdf_layer *layer = &pdf->layers[i];
        if (strcmp(layer->name, page->layer) != 0)
            continue;
        if (!same_list(layer->fixed, page->fixed))
            return repli_fail(err, REPLI_BUG, "two pages mean different things by the layer '%s'", page->layer);
        *form = layer->form;
        return REPLI_OK;
    }
    struct repli_pdf_layer made;
    enum repli_status status = new_layer(pdf, page, &made, err);
    if (status != REPLI_OK)
        return status;
    pdf->layers = repli_arena_grow(&pdf->arena, pdf->layers, pdf->nlayers, pdf->nlayers + 1, sizeof *pdf->layers);
    pdf->layers[pdf->nlayers++] = made;
    *form = made.form;
    return REPLI_OK;
}

static enum repli_status new_code(struct repli_pdf *pdf, const char *digits, HPDF_Dict *image, struct repli_err *err)
{
    uint8_t bits[REPLI_CODE_IMAGE_BYTES];
    enum repli_status status = repli_code_image(digits, bits, err);
    if (status != REPLI_OK)
        return status;
    HPDF_Dict x = new_xobject(pdf, "Image"); /* not deflated: 185 bytes of a code have nothing to gain */
    bool ok = x && HPDF_Stream_Write(x->stream, bits, sizeof bits) == HPDF_OK &&
              HPDF_Dict_AddNumber(x, "Width", REPLI_CODE_MODULES) == HPDF_OK &&
              HPDF_Dict_AddNumber(x, "Height", REPLI_CODE_MODULES) == HPDF_OK &&
              HPDF_Dict_AddNumber(x, "BitsPerComponent", 1) == HPDF_OK &&
              HPDF_Dict_AddName(x, "ColorSpace", "DeviceGray") == HPDF_OK &&
              HPDF_Dict_AddBoolean(x, "Interpolate", HPDF_FALSE) == HPDF_OK;
    *image = x;
    return repli_pdf_check(pdf, ok, "page code", err);
}

static enum repli_status new_picture(struct repli_pdf *pdf, const struct repli_pdf_picture *picture, HPDF_Dict *image,
                                     struct repli_err *err)
{
    const struct repli_buf gray = {.data = (char *)(uintptr_t)picture->gray,
                                   .len = (size_t)picture->width * (size_t)picture->height};
    HPDF_Dict x = new_xobject(pdf, "Image");
    bool ok = x && put_content(x, x->stream, &gray) && HPDF_Dict_AddNumber(x, "Width", picture->width) == HPDF_OK &&
              HPDF_Dict_AddNumber(x, "Height", picture->height) == HPDF_OK &&
              HPDF_Dict_AddNumber(x, "BitsPerComponent", 8) == HPDF_OK &&
              HPDF_Dict_AddName(x, "ColorSpace", "DeviceGray") == HPDF_OK;
    *image = x;
    return repli_pdf_check(pdf, ok, "picture", err);
}

/* What a page draws by name; NULL: nothing. */
struct images {
    HPDF_Dict layer, code, picture;
};

/* The page's own resources: the shared fonts, its layer /L, its code /Q, its picture /P. */
static bool set_resources(struct repli_pdf *pdf, HPDF_Page page, const struct images *images)
{
    HPDF_Dict resources = HPDF_Page_GetInheritableItem(page, "Resources", HPDF_OCLASS_DICT);
    if (!resources || HPDF_Dict_Add(resources, "Font", pdf->fonts) != HPDF_OK)
        return false;
    if (!images->layer && !images->code && !images->picture)
        return true;
    HPDF_Dict xobjects = HPDF_Dict_New(pdf->doc->mmgr);
    return xobjects && HPDF_Dict_Add(resources, "XObject", xobjects) == HPDF_OK &&
           (!images->layer || HPDF_Dict_Add(xobjects, "L", images->layer) == HPDF_OK) &&
           (!images->code || HPDF_Dict_Add(xobjects, "Q", images->code) == HPDF_OK) &&
           (!images->picture || HPDF_Dict_Add(xobjects, "P", images->picture) == HPDF_OK);
}

/* The page's operators, into pdf->content. */
static enum repli_status draw(struct repli_pdf *pdf, const struct repli_pdf_page *page, const struct images *images,
                              struct repli_err *err)
{
    struct repli_content *c = &pdf->content;
    enum repli_status status = REPLI_OK;
    repli_content_begin(c);
    c->has_code = images->code != NULL;
    repli_buf_puts(&c->out, REPLI_CONTENT_UNIT);
    if (page->picture)
        status = repli_content_picture(c, &page->picture->box, err);
    if (images->layer)
        repli_buf_puts(&c->out, "/L Do\n");
    else if (status == REPLI_OK)
        status = repli_content_list(c, page->fixed, err);
    if (status == REPLI_OK)
        status = repli_content_list(c, page->filled, err);
    if (status == REPLI_OK)
        status = repli_content_list(c, page->overlay, err);
    repli_buf_puts(&c->out, "\n"); /* never empty */
    return status;
}

static enum repli_status add_page(struct repli_pdf *pdf, const struct repli_pdf_page *page, struct repli_err *err)
{
    struct images images = {0};
    enum repli_status status = page->layer ? find_layer(pdf, page, &images.layer, err) : REPLI_OK;
    if (status == REPLI_OK && page->code)
        status = new_code(pdf, page->code, &images.code, err);
    if (status == REPLI_OK && page->picture)
        status = new_picture(pdf, page->picture, &images.picture, err);
    if (status == REPLI_OK)
        status = draw(pdf, page, &images, err);
    if (status != REPLI_OK)
        return status;
    HPDF_Page sheet = HPDF_AddPage(pdf->doc);
    bool ok =
        sheet && HPDF_Page_SetWidth(sheet, REPLI_PAGE_WIDTH_MPT / 1000.0f) == HPDF_OK &&
        HPDF_Page_SetHeight(sheet, REPLI_PAGE_HEIGHT_MPT / 1000.0f) == HPDF_OK && set_resources(pdf, sheet, &images) &&
        put_content(((HPDF_PageAttr)sheet->attr)->contents, ((HPDF_PageAttr)sheet->attr)->stream, &pdf->content.out);
    return repli_pdf_check(pdf, ok, "page", err);
}

/* The whole file in memory, in the arena.  libharu's own file writer ignores a full disk. */
static enum repli_status save(struct repli_pdf *pdf, char **data, size_t *len, struct repli_err *err)
{
    bool ok = HPDF_SaveToStream(pdf->doc) == HPDF_OK;
    HPDF_UINT32 size = ok ? HPDF_GetStreamSize(pdf->doc) : 0, got = size;
    enum repli_status status = repli_pdf_check(pdf, ok, "save", err);
    if (status != REPLI_OK)
        return status;
    if (size > PDF_MAX_BYTES)
        return repli_fail(err, REPLI_DATA, "the PDF would be larger than 2 GB: print fewer patients at a time");
    char *bytes = repli_arena_alloc(&pdf->arena, size);
    HPDF_STATUS rc = HPDF_ResetStream(pdf->doc) == HPDF_OK ? HPDF_ReadFromStream(pdf->doc, (HPDF_BYTE *)bytes, &got)
                                                           : HPDF_STREAM_EOF;
    ok = (rc == HPDF_OK || rc == HPDF_STREAM_EOF) && got == size && size > 64 && memcmp(bytes, "%PDF-1.7", 8) == 0 &&
         memcmp(bytes + size - 6, "%%EOF", 5) == 0;
    if (!ok)
        return repli_fail(err, REPLI_IO, "the PDF is void: libharu gave %lu of %lu bytes back", (unsigned long)got,
                          (unsigned long)size);
    *data = bytes;
    *len = size;
    return REPLI_OK;
}

static enum repli_status build(struct repli_pdf *pdf, const struct repli_pdf_page *pages, size_t count,
                               const struct repli_pdf_info *info, repli_progress_fn *progress, void *user, char **data,
                               size_t *len, struct repli_err *err)
{
    enum repli_status status = pdf_begin(pdf, count, info, err);
    for (size_t i = 0; i < count && status == REPLI_OK; i++) {
        status = add_page(pdf, &pages[i], err);
        if (status != REPLI_OK)
            return repli_err_prefix(err, "page %zu of %zu", i + 1, count);
        if (progress && i + 1 < count)
            progress(user, i + 1, count);
    }
    for (int f = 0; f < REPLI_FACE_COUNT; f++)
        pdf->used[f] = pdf->content.used[f];
    if (status == REPLI_OK)
        status = repli_pdf_fonts(pdf, err);
    return status == REPLI_OK ? save(pdf, data, len, err) : status;
}

enum repli_status repli_pdf_build(const struct repli_pdf_page *pages, size_t count, const struct repli_pdf_info *info,
                                  struct repli_arena *a, void **data, size_t *len, struct repli_err *err)
{
    struct repli_err own = {0};
    struct repli_pdf pdf = {0};
    char *bytes = NULL;
    enum repli_status status = build(&pdf, pages, count, info, NULL, NULL, &bytes, len, &own);
    if (status == REPLI_OK)
        *data = repli_arena_strndup(a, bytes, *len);
    pdf_done(&pdf);
    return status == REPLI_OK ? REPLI_OK : repli_fail(err, status, "%s", own.text);
}

enum repli_status repli_pdf_write(const char *path, const struct repli_pdf_page *pages, size_t count,
                                  const struct repli_pdf_info *info, repli_progress_fn *progress, void *user,
                                  uint8_t sha256[32], struct repli_err *err)
{
    if (count == 0)
        return repli_fail(err, REPLI_DATA, "%s: a PDF without pages is not written", path);
    struct repli_err own = {0}; /* `err` may be NULL, and may hold an earlier failure */
    struct repli_pdf pdf = {0};
    char *data = NULL;
    size_t len = 0;
    enum repli_status status = build(&pdf, pages, count, info, progress, user, &data, &len, &own);
    if (status == REPLI_OK)
        status = repli_file_write(path, data, len, 0600, &own);
    if (status == REPLI_OK) {
        repli_sha256(data, len, sha256);
        if (progress)
            progress(user, count, count); /* all is done only when the file is safe on the disk */
    }
    pdf_done(&pdf);
    return status == REPLI_OK ? REPLI_OK : repli_fail(err, status, "%s", own.text);
}
