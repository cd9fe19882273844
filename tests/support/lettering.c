#include "support/lettering.h"

#include <assert.h>
#include <ft2build.h>
#include FT_FREETYPE_H

#include "repli/draw.h"
#include "repli/form.h"
#include "repli/text.h"

static void stamp(struct repli_image *page, const FT_Bitmap *b, int left, int top)
{
    for (int j = 0; j < (int)b->rows; j++)
        for (int i = 0; i < (int)b->width; i++) {
            int x = left + i, y = top + j;
            if (x >= 0 && y >= 0 && x < page->width && y < page->height && b->buffer[j * b->pitch + i] > 0)
                page->gray[y * page->width + x] = (uint8_t)(255 - b->buffer[j * b->pitch + i]);
        }
}

void lettering_text(struct repli_image *page, const struct repli_printed *text)
{
    FT_Library library;
    FT_Face face;
    size_t len = 0;
    const void *data = repli_font_data(text->face, &len);
    double scale = page->dpi / 25.4, x = text->x / 1e3 * scale;
    bool ok = FT_Init_FreeType(&library) == 0 && FT_New_Memory_Face(library, data, (FT_Long)len, 0, &face) == 0 &&
              FT_Set_Char_Size(face, 0, (FT_F26Dot6)(text->size_cpt * 64 / 100), 0, (FT_UInt)page->dpi) == 0;
    assert(ok);
    for (const char *t = text->text; ok && *t;) {
        if (FT_Load_Char(face, repli_utf8_next(&t), FT_LOAD_NO_HINTING | FT_LOAD_RENDER) != 0)
            continue;
        stamp(page, &face->glyph->bitmap, (int)(x + .5) + face->glyph->bitmap_left,
              (int)(text->y / 1e3 * scale + .5) - face->glyph->bitmap_top);
        x += (double)face->glyph->linearHoriAdvance / 65536;
    }
    (void)FT_Done_FreeType(library);
}

void lettering_band(struct repli_image *page, const struct repli_page_map *map, const char *serial)
{
    for (size_t i = 0; i < map->nprinted; i++)
        lettering_text(page, &map->printed[i]);
    if (serial && *serial) {
        struct repli_printed p = repli_layout_serial(serial);
        lettering_text(page, &p);
    }
}
