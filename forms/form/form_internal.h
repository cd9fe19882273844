/* What the files of forms/form/ share.  Nobody else includes this. */
#ifndef REPLI_FORM_INTERNAL_H
#define REPLI_FORM_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repli/draw.h"

/* ---- font.c */
struct font_bytes {
    const uint8_t *data;
    size_t len;
};
struct font_tables {
    struct repli_font_metrics metrics;
    struct font_bytes hmtx, map;
    uint32_t long_widths; /* glyphs with a width of their own */
};
bool repli_font_parse(const void *data, size_t len, struct font_tables *out); /* false: not a TrueType file we can use */
uint32_t repli_font_glyph(const struct font_tables *t, uint32_t codepoint);   /* 0: none */
uint32_t repli_font_advance(const struct font_tables *t, uint32_t glyph);

#endif
