/* Between pdf.c and font.c: one document being written with libharu. */
#ifndef REPLI_PDF_INTERNAL_H
#define REPLI_PDF_INTERNAL_H

#include <hpdf.h>

#include "print/print_internal.h"

#define REPLI_GLYPH_WORDS (0x10000 / 32)

struct repli_pdf_layer {
    const char *name;
    const struct repli_draw_list *fixed;
    HPDF_Dict form;
};

struct repli_pdf {
    HPDF_Doc doc;
    HPDF_Dict fonts;      /* one indirect font dictionary, shared by every page and layer */
    struct repli_err err; /* libharu's first complaint; later ones only say that the document is void */
    struct repli_arena arena;
    struct repli_content content;
    struct repli_pdf_layer *layers;
    size_t nlayers;
    bool used[REPLI_FACE_COUNT];
    uint32_t *glyphs[REPLI_FACE_COUNT]; /* what was drawn, REPLI_GLYPH_WORDS each */
};

/* Embeds the faces that were drawn with, reduced to the glyphs that were drawn, with a ToUnicode map of exactly these.
** Called once, after the last page: the subset and its name depend on everything drawn. */
REPLI_MUST_CHECK enum repli_status repli_pdf_fonts(struct repli_pdf *pdf, struct repli_err *err);

/* REPLI_IO with libharu's first complaint, "`what`: libharu 0x1001/0"; REPLI_OK when there was none and `fine`. */
REPLI_MUST_CHECK enum repli_status repli_pdf_check(struct repli_pdf *pdf, bool fine, const char *what,
                                                   struct repli_err *err);

#endif
