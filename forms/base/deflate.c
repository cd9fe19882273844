#include "repli/deflate.h"

#include <assert.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LEVELS = 13 };

static struct libdeflate_compressor *compressor(int level)
{
    static struct libdeflate_compressor *made[LEVELS]; /* large and costly to make: kept while the process lives */
    assert(level > 0 && level < LEVELS);
    if (!made[level])
        made[level] = libdeflate_alloc_compressor(level);
    if (!made[level])
        abort(); /* allowed: out of memory, see arena.h */
    return made[level];
}

uint8_t *repli_deflate(const void *data, size_t size, int level, size_t lead, struct repli_arena *a, size_t *len)
{
    struct libdeflate_compressor *c = compressor(level);
    size_t room = libdeflate_zlib_compress_bound(c, size);
    uint8_t *out = repli_arena_raw(a, lead + room);
    size_t n = libdeflate_zlib_compress(c, data, size, out + lead, room);
    assert(n > 0); /* the room is libdeflate's own bound */
    *len = lead + n;
    return out;
}

void repli_deflate_tail(const void *data, size_t size, int level, struct repli_arena *a, struct repli_tail *out)
{
    struct libdeflate_compressor *c = compressor(level);
    struct repli_arena scratch = {0};
    size_t room = libdeflate_deflate_compress_bound(c, size);
    uint8_t *packed = repli_arena_raw(&scratch, room);
    size_t n = libdeflate_deflate_compress(c, data, size, packed, room);
    assert(n > 0);
    uint8_t *kept = repli_arena_raw(a, n);
    memcpy(kept, packed, n);
    *out = (struct repli_tail){.data = kept, .len = n, .size = size, .adler = libdeflate_adler32(1, data, size)};
    repli_arena_done(&scratch);
}

/* RFC 1950 around RFC 1951: the head in blocks that are stored as they are, which end at whole bytes, so that the
** tail's blocks may follow whatever the head is. */
uint8_t *repli_deflate_join(const void *head, size_t size, const struct repli_tail *tail, size_t lead,
                            struct repli_arena *a, size_t *len)
{
    enum { STORED_MAX = 65535, STORED_HEAD = 5, AROUND = 6 };
    const uint8_t *from = head;
    uint8_t *out = repli_arena_raw(a, lead + size + (size / STORED_MAX + 1) * STORED_HEAD + tail->len + AROUND);
    uint8_t *to = out + lead;
    *to++ = 0x78; /* a window of 32 KB; the second byte makes the pair a multiple of 31 */
    *to++ = 0x01;
    for (size_t left = size; left > 0;) {
        size_t n = left < STORED_MAX ? left : STORED_MAX;
        const uint8_t block[STORED_HEAD] = {0, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)~n, (uint8_t)(~n >> 8)};
        memcpy(to, block, sizeof block);
        memcpy(to + sizeof block, from, n);
        to += sizeof block + n;
        from += n;
        left -= n;
    }
    memcpy(to, tail->data, tail->len);
    to += tail->len;
    uLong adler = adler32_combine(libdeflate_adler32(1, head, size), tail->adler, (z_off_t)tail->size);
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (uint8_t)(adler >> shift);
    *len = (size_t)(to - out);
    return out;
}
