/* Page maps, deflated, in and out of the ledger. */
#include "store/ledger_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "repli/deflate.h"
#include "repli/ledger_quality.h"

#define MAP_MAX (16u << 20) /* no page map comes near; a damaged length must not ask for gigabytes */
#define LEVEL   1           /* 4.9 KB a map instead of 4.2 at a twelfth of the time; fixed: equal maps, equal rows */

/* The side that this one shares its fields with; NULL: none of the last few that could. */
static const struct repli_tail *known_tail(const struct repli_map_tails *tails, const struct repli_page_map *map)
{
    enum { LOOKS = 32 };
    int looks = 0;
    for (size_t i = tails->count; i > 0 && looks < LOOKS; i--) {
        const struct repli_map_tail *t = &tails->items[i - 1];
        if (t->of->nfields != map->nfields || t->of->ncaptures != map->ncaptures)
            continue;
        looks++;
        if (repli_page_map_same_fields(t->of, map))
            return &t->tail;
    }
    return NULL;
}

static const struct repli_tail *new_tail(struct repli_map_tails *tails, const struct repli_page_map *map)
{
    if (tails->count == tails->room) {
        size_t room = tails->room ? 2 * tails->room : 64;
        tails->items = repli_arena_grow(&tails->a, tails->items, tails->room, room, sizeof *tails->items);
        tails->room = room;
    }
    struct repli_map_tail *t = &tails->items[tails->count++];
    tails->text.len = 0;
    repli_page_map_write_fields(map, &tails->text);
    t->of = map;
    repli_deflate_tail(tails->text.data, tails->text.len, LEVEL, &tails->a, &t->tail);
    return &t->tail;
}

void repli_ledger_pack_map(const struct repli_page_map *map, struct repli_map_tails *tails, struct repli_arena *a,
                           uint8_t **out, size_t *len)
{
    const struct repli_tail *tail = known_tail(tails, map);
    if (!tail)
        tail = new_tail(tails, map);
    tails->text.len = 0;
    repli_page_map_write_head(map, &tails->text);
    size_t n = tails->text.len + tail->size;
    assert(n <= MAP_MAX);
    uint8_t *data = repli_deflate_join(tails->text.data, tails->text.len, tail, 4, a, len);
    for (size_t i = 0; i < 4; i++)
        data[i] = (uint8_t)(n >> (24 - 8 * i));
    *out = data;
}

void repli_ledger_tails_done(struct repli_map_tails *tails)
{
    repli_buf_done(&tails->text);
    repli_arena_done(&tails->a);
    *tails = (struct repli_map_tails){0};
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

/* ---- maps that are kept: taking one apart costs more than all the rest of an answer */

struct kept_map {
    uint64_t serial;
    size_t len;
    uLong crc;
    struct repli_arena a;
    struct repli_page_map *map;
};
struct kept_maps {
    struct kept_map **maps;
    size_t count, room;
};

void repli_ledger_maps_end(struct repli_ledger *l)
{
    if (!l->kept)
        return;
    for (size_t i = 0; i < l->kept->count; i++) {
        repli_arena_done(&l->kept->maps[i]->a);
        free(l->kept->maps[i]);
    }
    free(l->kept->maps);
    free(l->kept);
    l->kept = NULL;
}

void repli_ledger_keep_maps(struct repli_ledger *l, size_t most)
{
    if (l->kept && l->kept->count > most)
        repli_ledger_maps_end(l);
    if (!l->kept)
        l->kept = repli_xcalloc(1, sizeof *l->kept);
}

enum repli_status repli_ledger_kept_map(struct repli_ledger *l, uint64_t serial, const uint8_t *data, size_t len,
                                        struct repli_arena *a, struct repli_page_map **map, struct repli_err *err)
{
    struct kept_maps *k = l->kept;
    if (!k)
        return repli_ledger_unpack_map(data, len, a, map, err);
    uLong crc = crc32(0, data, (uInt)len);
    for (size_t i = 0; i < k->count; i++)
        if (k->maps[i]->serial == serial && k->maps[i]->len == len && k->maps[i]->crc == crc) {
            *map = k->maps[i]->map;
            return REPLI_OK;
        }
    struct kept_map *one = repli_xcalloc(1, sizeof *one);
    *one = (struct kept_map){.serial = serial, .len = len, .crc = crc};
    enum repli_status s = repli_ledger_unpack_map(data, len, &one->a, &one->map, err);
    if (s != REPLI_OK) {
        repli_arena_done(&one->a);
        free(one);
        return s;
    }
    if (k->count == k->room) {
        k->room = k->room ? 2 * k->room : 64;
        k->maps = repli_xrealloc(k->maps, k->room * sizeof *k->maps);
    }
    k->maps[k->count++] = one;
    *map = one->map;
    return REPLI_OK;
}
