/* Deflating with libdeflate: three times as fast as zlib at the same size.  Inflating is zlib's, which every stored
** thing can be read with. */
#ifndef REPLI_DEFLATE_H
#define REPLI_DEFLATE_H

#include <stdint.h>

#include "repli/arena.h"

/* `data` as a zlib stream (RFC 1950), behind `lead` bytes that are left for the caller; *len counts both.  In `a`.
** Level 1 (fast) to 12; equal input gives equal output.  One thread. */
uint8_t *repli_deflate(const void *data, size_t size, int level, size_t lead, struct repli_arena *a, size_t *len);

/* The end of many texts that begin differently, deflated once. */
struct repli_tail {
    const uint8_t *data; /* RFC 1951 */
    size_t len, size;    /* of `data`; of the text */
    uint32_t adler;
};
/* `level` as of repli_deflate(); what it holds lives in `a`.  It cannot fail but for memory, which ends the program. */
void repli_deflate_tail(const void *data, size_t size, int level, struct repli_arena *a, struct repli_tail *out);
/* `head` and that tail as one zlib stream, like repli_deflate(); the head is not made smaller. */
uint8_t *repli_deflate_join(const void *head, size_t size, const struct repli_tail *tail, size_t lead,
                            struct repli_arena *a, size_t *len);

#endif
