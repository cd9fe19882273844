/* Registration and reading over any pixels: never outside the image, and never sure of a sheet that is not there. */
#include <stdlib.h>
#include <string.h>

#include "repli/scan.h"
#include "support/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 8)
        return 0;
    struct repli_arena a = {0};
    struct repli_page_map *map = sample_sheet(&a, 1, 1795395600, 24);
    struct repli_image im = {1 + (data[0] << 2) % 900, 1 + (data[1] << 2) % 900, data[2] & 1 ? 1 : 8, data[3] * 2.0,
                             NULL};
    size_t n = (size_t)im.width * (size_t)im.height, len = size - 6;
    im.gray = repli_xmalloc(n);
    for (size_t i = 0; i < n; i++) /* the bytes repeat, slowly shifted, so that few bytes fill a page */
        im.gray[i] = data[6 + (i + i / 997 * data[4]) % len];
    struct repli_pose pose = {.h = {data[4] / 40.0, 0, data[5] - 100.0, 0, data[4] / 40.0, 0, 0, 0, 1}};
    if (repli_register(&im, map, NULL, 0, &pose) == REPLI_REGISTERED)
        abort();
    struct repli_field_reading *out = repli_arena_array(&a, map->nfields, sizeof *out);
    pose = (struct repli_pose){
        .h = {im.width / 210.0, 0, data[5] - 100.0, data[4] / 999.0, im.height / 297.0, 0, 0, 0, 1}};
    repli_read_fields(&im, map, &pose, out);
    for (size_t i = 0; i < map->nfields; i++)
        if (!(out[i].confidence >= .5 && out[i].confidence <= 1) || out[i].row >= (int)map->fields[i].nparts)
            abort();
    free(im.gray);
    repli_arena_done(&a);
    return 0;
}
