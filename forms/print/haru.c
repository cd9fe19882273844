/* Three functions of libharu 2.3.0, put in the place of its own: a program's definition of a library's function is the
** one that the library calls, too.  They give the same results as the originals; the bytes of a PDF do not change. */
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

HPDF_STATUS HPDF_MemStream_SeekFunc(HPDF_Stream stream, HPDF_INT pos, HPDF_WhenceMode mode);

/* The original fails where the place is the end of a stream that fills its last buffer to the brim: a subset of a face
** whose size is a multiple of 4,096 bytes made the whole PDF void, and with it a ward's paper. */
HPDF_STATUS HPDF_MemStream_SeekFunc(HPDF_Stream stream, HPDF_INT pos, HPDF_WhenceMode mode)
{
    HPDF_MemStreamAttr attr = (HPDF_MemStreamAttr)stream->attr;
    HPDF_UINT at = (HPDF_UINT)pos;
    if (mode == HPDF_SEEK_CUR)
        at += attr->r_ptr_idx * attr->buf_siz + attr->r_pos;
    else if (mode == HPDF_SEEK_END)
        at = stream->size - at;
    if (at > stream->size)
        return HPDF_SetError(stream->error, HPDF_STREAM_EOF, 0);
    if (stream->size == 0)
        return HPDF_OK;
    attr->r_ptr_idx = at / attr->buf_siz;
    attr->r_pos = at % attr->buf_siz;
    if (attr->r_pos == 0 && attr->r_ptr_idx > 0 && attr->r_ptr_idx == attr->buf->count) {
        attr->r_ptr_idx--;
        attr->r_pos = attr->buf_siz;
    }
    HPDF_BYTE *buffer = HPDF_List_ItemAt(attr->buf, attr->r_ptr_idx);
    if (!buffer)
        return HPDF_SetError(stream->error, HPDF_INVALID_OBJECT, 0);
    attr->r_ptr = buffer + attr->r_pos;
    return HPDF_OK;
}
