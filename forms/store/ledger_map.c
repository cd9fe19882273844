/* Page maps, deflated, in and out of the ledger. */
#include "store/ledger_internal.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

#define MAP_MAX (16u << 20) /* no page map comes near; a damaged length must not ask for gigabytes */
#define LEVEL   9           /* fixed, so that equal maps give equal rows */

void repli_ledger_pack_map(const struct repli_page_map *map, struct repli_arena *a, uint8_t **out, size_t *len)
{
    char *json = repli_page_map_json(map, a);
    size_t n = strlen(json);
    assert(n <= MAP_MAX);
    uLongf room = compressBound((uLong)n);
    uint8_t *data = repli_arena_alloc(a, room + 4);
    for (size_t i = 0; i < 4; i++)
        data[i] = (uint8_t)(n >> (24 - 8 * i));
    int rc = compress2(data + 4, &room, (const Bytef *)json, (uLong)n, LEVEL);
    assert(rc == Z_OK); /* the room is compressBound's; out of memory ends the process by the arena's rule */
    (void)rc;
    *out = data;
    *len = room + 4;
}

enum repli_status repli_ledger_unpack_map(const uint8_t *data, size_t len, struct repli_arena *a,
                                          struct repli_page_map **map, struct repli_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < 4 && i < len; i++)
        n = n << 8 | data[i];
    if (len < 5 || n == 0 || n > MAP_MAX)
        return repli_fail(err, REPLI_DATA, "a page map in the ledger is damaged (its length)");
    char *json = repli_arena_alloc(a, n + 1);
    uLongf got = (uLongf)n;
    if (uncompress((Bytef *)json, &got, data + 4, (uLong)(len - 4)) != Z_OK || got != n)
        return repli_fail(err, REPLI_DATA, "a page map in the ledger is damaged (it does not inflate)");
    return repli_page_map_parse(json, n, a, map, err);
}
