#include "repli/deflate.h"

#include <assert.h>
#include <libdeflate.h>
#include <stdlib.h>

enum { LEVELS = 13 };

uint8_t *repli_deflate(const void *data, size_t size, int level, size_t lead, struct repli_arena *a, size_t *len)
{
    static struct libdeflate_compressor *made[LEVELS]; /* large and costly to make: kept while the process lives */
    assert(level > 0 && level < LEVELS);
    if (!made[level])
        made[level] = libdeflate_alloc_compressor(level);
    if (!made[level])
        abort(); /* allowed: out of memory, see arena.h */
    size_t room = libdeflate_zlib_compress_bound(made[level], size);
    uint8_t *out = repli_arena_alloc(a, lead + room);
    size_t n = libdeflate_zlib_compress(made[level], data, size, out + lead, room);
    assert(n > 0); /* the room is libdeflate's own bound */
    *len = lead + n;
    return out;
}
