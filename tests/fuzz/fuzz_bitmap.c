/* The whole chain on bitmaps that are no sheet: noise of many kinds, at the size of a page, with the registration marks
** of a sheet in their places if the input says so.  No code is seen in any of them, none is registered, the band never
** agrees; and were somebody sure of the place all the same, no tick would be sure of anything. */
#include <stdlib.h>
#include <string.h>

#include "repli/pagecode.h"
#include "repli/scan.h"
#include "scan/band.h"
#include "scan/batch.h"
#include "support/picture.h"
#include "support/prng.h"
#include "support/sample.h"

#define DPI 100

enum kind { NOISE, SALT, BLOCKS, LINES, BYTES, SHADES, KINDS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t pixel(struct prng *r, enum kind kind, size_t x, size_t y, const uint8_t *more, size_t n, uint8_t grain)
{
    size_t step = 1 + grain % 24;
    switch (kind) {
    case NOISE:
        return (uint8_t)prng_int(r, 0, 255);
    case SALT:
        return prng_chance(r, grain / 512.0) ? 0 : 255;
    case BLOCKS:
        return more[(x / step * 31 + y / step * 17) % n] & 1 ? 20 : 235;
    case LINES:
        return more[(x + y * (grain & 3)) / step % n] & 1 ? 0 : 255;
    case BYTES:
        return more[(x + y * 827) % n];
    case SHADES:
        return (uint8_t)((x * more[0] + y * more[n / 2]) / 256);
    case KINDS:
        break;
    }
    return 255;
}

static struct repli_printed band[] = {{23000, 23400, REPLI_FACE_BOLD, 1500, "PEETERS, An"},
                                      {36000, 30000, REPLI_FACE_BOLD, 1100, "17-mai-1948"},
                                      {80000, 30000, REPLI_FACE_BOLD, 1100, "1204873"}};

static void no_code(const struct repli_image *im)
{
    struct code_seen seen[CODE_SEEN_MAX];
    for (int stage = 0; stage < CODE_STAGES; stage++) {
        size_t n = repli_code_find(im, (enum code_stage)stage, seen);
        for (size_t i = 0; i < n; i++)
            if (strspn(seen[i].digits, "0123456789") != REPLI_PAGECODE_DIGITS)
                abort();
        if (n > 0) /* 143 digits with a checked Reed-Solomon code: noise has none */
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 8)
        return 0;
    struct repli_arena a = {0};
    struct prng r;
    struct repli_page_map *map = sample_sheet(&a, 1, 1795395600, 24);
    struct repli_image im = picture_sheet(DPI);
    enum kind kind = (enum kind)(data[0] % KINDS);
    map->printed = band;
    map->nprinted = sizeof band / sizeof *band;
    prng_seed(&r, (uint64_t)data[1] << 8 | data[2], 1);
    for (size_t y = 0; y < (size_t)im.height; y++)
        for (size_t x = 0; x < (size_t)im.width; x++)
            im.gray[y * (size_t)im.width + x] = pixel(&r, kind, x, y, data + 4, size - 4, data[3]);
    for (int m = 0; data[0] & 128 && m < 5; m++) {
        struct repli_point p = map->marks[m];
        picture_fill(&im, &(struct repli_box){p.x - 4500, p.y - 4500, p.x + 4500, p.y + 4500}, 255);
        picture_fill(&im, &(struct repli_box){p.x - 2500, p.y - 2500, p.x + 2500, p.y + 2500}, 0);
    }
    im.bits = data[0] & 64 ? 1 : 8;
    struct repli_pose pose = {0}, right = {.h = {DPI / 25.4, 0, -.5, 0, DPI / 25.4, -.5, 0, 0, 1}};
    no_code(&im);
    if (repli_register(&im, map, NULL, 0, &pose) == REPLI_REGISTERED)
        abort();
    if (repli_band_agrees(&im, map, &right))
        abort();
    struct repli_field_reading *out = repli_arena_array(&a, map->nfields, sizeof *out);
    repli_read_fields(&im, map, &right, out);
    for (size_t i = 0; i < map->nfields; i++)
        if (map->fields[i].kind == REPLI_FIELD_TICK && out[i].state != REPLI_INK_DOUBTFUL)
            abort();
    picture_done(&im);
    repli_arena_done(&a);
    return 0;
}
