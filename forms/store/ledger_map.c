/* Page maps, deflated, in and out of the ledger. */
#include "store/ledger_internal.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

#include "repli/deflate.h"

#define MAP_MAX (16u << 20) /* no page map comes near; a damaged length must not ask for gigabytes */
#define LEVEL   1           /* 4.9 KB a map instead of 4.2 at a twelfth of the time; fixed: equal maps, equal rows */

void repli_ledger_pack_map(const struct repli_page_map *map, struct repli_arena *a, uint8_t **out, size_t *len)
{
    char *json = repli_page_map_json(map, a);
    size_t n = strlen(json);
    assert(n <= MAP_MAX);
    uint8_t *data = repli_deflate(json, n, LEVEL, 4, a, len);
    for (size_t i = 0; i < 4; i++)
        data[i] = (uint8_t)(n >> (24 - 8 * i));
    *out = data;
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
