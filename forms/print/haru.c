/* Two functions of libharu 2.3.0, put in the place of its own: a program's definition of a library's function is the
** one that the library calls, too.  Both give the same results as the originals; the bytes of a PDF do not change. */
#include <string.h>

#include "print/pdf_internal.h"

void *HPDF_MemSet(void *s, HPDF_BYTE c, HPDF_UINT n); /* not in libharu's installed headers */

/* The original clears byte by byte, and does so for every object. */
void *HPDF_MemSet(void *s, HPDF_BYTE c, HPDF_UINT n)
{
    return memset(s, c, n);
}

/* The original walks through all segments of the glyph map for each of 65,536 code points of a face: that took longer
** than all the pages of a ward.  The segments are sorted by where they end. */
HPDF_UINT16 HPDF_TTFontDef_GetGlyphid(HPDF_FontDef fontdef, HPDF_UINT16 unicode)
{
    const HPDF_TTF_CmapRange *map = &((HPDF_TTFontDefAttr)fontdef->attr)->cmap;
    HPDF_UINT count = map->seg_count_x2 / 2, low = 0, high = count;
    if (map->format == 0)
        return map->glyph_id_array[unicode & 0xFF];
    while (low < high) {
        HPDF_UINT mid = low + (high - low) / 2;
        if (map->end_count[mid] < unicode)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == count || map->start_count[low] > unicode)
        return 0;
    if (map->id_range_offset[low] == 0)
        return (HPDF_UINT16)(unicode + map->id_delta[low]);
    HPDF_UINT at = map->id_range_offset[low] / 2u + (HPDF_UINT)(unicode - map->start_count[low]) - (count - low);
    return at >= map->glyph_id_array_count ? 0 : (HPDF_UINT16)(map->glyph_id_array[at] + map->id_delta[low]);
}
