/* A large pile from few scans: each copy, of two levels as G4 keeps it small, has its number in the pixels of a margin,
** so that no two show the same.
** usage: bench_pile FOLDER COUNT FILE... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/file.h"
#include "scan/decode.h"
#include "support/picture.h"

#define DOT 3 /* pixels of a digit of two */

static int decode(const char *path, struct repli_image *im)
{
    const struct decode_limits limits = {.pixels = 200000000, .pages = 1};
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct decoder d;
    char *data = NULL;
    size_t len = 0;
    if (repli_file_read(path, 1u << 28, &a, &data, &len, &err) != REPLI_OK)
        return 0;
    int ok = repli_decode_open(&d, (const uint8_t *)data, len, &limits) && repli_decode_page(&d, 1);
    *im = (struct repli_image){d.width, d.height, 1, d.dpi, NULL};
    im->gray = ok ? repli_xmalloc((size_t)d.width * (size_t)d.height) : NULL;
    ok = ok && repli_decode_pixels(&d, im->gray);
    for (size_t i = 0, n = ok ? (size_t)im->width * (size_t)im->height : 0; i < n; i++)
        im->gray[i] = im->gray[i] < 150 ? 0 : 255;
    repli_decode_close(&d);
    repli_arena_done(&a);
    return ok;
}

static void number_it(struct repli_image *im, unsigned number)
{
    for (size_t bit = 0; bit < 24; bit++)
        for (size_t y = 0; y < DOT; y++)
            memset(im->gray + (10 + y) * (size_t)im->width + 40 + bit * DOT, number >> bit & 1 ? 0 : 255, DOT);
}

int main(int argc, char **argv)
{
    int files = argc - 3, count = argc > 3 ? (int)strtol(argv[2], NULL, 10) : 0;
    for (int k = 0; k < files; k++) {
        struct repli_image im = {0};
        struct repli_err err = {0};
        char path[600];
        if (!decode(argv[3 + k], &im))
            return 1;
        for (int i = k; i < count; i += files) {
            number_it(&im, (unsigned)i);
            snprintf(path, sizeof path, "%s/%06d.tif", argv[1], i);
            if (picture_write(path, &im, 80, &err) != REPLI_OK)
                return 1;
        }
        picture_done(&im);
    }
    return files > 0 && count > 0 ? 0 : 2;
}
