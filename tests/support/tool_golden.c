/* golden: is this page still the page it was?  Compares two gray pictures and shows where they differ. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "repli/arena.h"
#include "repli/file.h"
#include "support/picture.h"

static const char usage[] =
    "usage: golden GOLDEN.png NOW.png|NOW.pgm SHOW.png\n"
    "       golden --small NOW.png SMALL.png     the same picture in 16 grays, as small as it gets\n"
    "\n"
    "Pixels that differ by more than 15 of 255 are counted.  The pages are the same when at most 1 % of all\n"
    "and at most 12 % of any 24 x 24 tile differ: a renderer's rounding passes, a line that moved does not.\n"
    "When they differ, SHOW.png has the golden, the new page and the differences side by side.\n";

enum { MIN_DIFF = 15, TILE = 24 };

/* A PGM costs a renderer half as much as a PNG. */
static bool load_pgm(const char *path, struct repli_image *im)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char *data = NULL;
    size_t len = 0;
    enum repli_status s = repli_file_read(path, (size_t)1 << 24, &a, &data, &len, &err);
    if (s == REPLI_OK)
        s = picture_parse_pgm((const uint8_t *)data, len, 50, im, &err);
    if (s != REPLI_OK)
        fprintf(stderr, "golden: %s: %s\n", path, err.text);
    repli_arena_done(&a);
    return s == REPLI_OK;
}

static bool load(const char *path, struct repli_image *im)
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    if (strlen(path) > 4 && strcmp(path + strlen(path) - 4, ".pgm") == 0)
        return load_pgm(path, im);
    if (!png_image_begin_read_from_file(&png, path))
        return fprintf(stderr, "golden: %s: %s\n", path, png.message), false;
    png.format = PNG_FORMAT_GRAY;
    *im = (struct repli_image){.width = (int)png.width, .height = (int)png.height, .bits = 8, .dpi = 50};
    im->gray = repli_xmalloc(PNG_IMAGE_SIZE(png));
    if (!png_image_finish_read(&png, NULL, im->gray, 0, NULL))
        return fprintf(stderr, "golden: %s: %s\n", path, png.message), false;
    return true;
}

static bool differs(const struct repli_image *a, const struct repli_image *b, int x, int y)
{
    size_t at = (size_t)y * (size_t)a->width + (size_t)x;
    return abs(a->gray[at] - b->gray[at]) > MIN_DIFF;
}

/* Share of differing pixels, and the largest share in one tile. */
static double compare(const struct repli_image *a, const struct repli_image *b, double *worst)
{
    int all = 0, most = 0;
    for (int ty = 0; ty < a->height; ty += TILE) {
        for (int tx = 0; tx < a->width; tx += TILE) {
            int n = 0;
            for (int y = ty; y < ty + TILE && y < a->height; y++)
                for (int x = tx; x < tx + TILE && x < a->width; x++)
                    n += differs(a, b, x, y);
            all += n;
            most = n > most ? n : most;
        }
    }
    *worst = (double)most / (TILE * TILE);
    return (double)all / ((double)a->width * a->height);
}

static void show(const char *path, const struct repli_image *a, const struct repli_image *b)
{
    struct repli_err err = {0};
    struct repli_image out = {.width = 3 * a->width, .height = a->height, .bits = 8, .dpi = 50};
    out.gray = repli_xmalloc((size_t)out.width * (size_t)out.height);
    for (int y = 0; y < a->height; y++) {
        for (int x = 0; x < a->width; x++) {
            size_t from = (size_t)y * (size_t)a->width + (size_t)x, to = (size_t)y * (size_t)out.width + (size_t)x;
            size_t w = (size_t)a->width;
            out.gray[to] = a->gray[from];
            out.gray[to + w] = b->gray[from];
            out.gray[to + 2 * w] = differs(a, b, x, y) ? 0 : (uint8_t)(224 + a->gray[from] / 8);
        }
    }
    if (picture_write(path, &out, 90, &err) != REPLI_OK)
        fprintf(stderr, "golden: %s\n", err.text);
    picture_done(&out);
}

static int make_small(const char *from, const char *to)
{
    struct repli_image im = {0};
    struct repli_err err = {0};
    if (!load(from, &im))
        return REPLI_IO;
    im.bits = 4;
    im.dpi = 100;
    if (picture_write(to, &im, 0, &err) != REPLI_OK)
        fprintf(stderr, "golden: %s\n", err.text);
    picture_done(&im);
    return (int)err.status;
}

int main(int argc, char **argv)
{
    struct repli_image a = {0}, b = {0};
    double worst = 1, all = 1;
    if (argc != 4)
        return fputs(usage, stderr), REPLI_USAGE;
    if (strcmp(argv[1], "--small") == 0)
        return make_small(argv[2], argv[3]);
    bool loaded = load(argv[1], &a) && load(argv[2], &b);
    bool size = loaded && a.width == b.width && a.height == b.height;
    if (size)
        all = compare(&a, &b, &worst);
    bool same = size && all <= 0.01 && worst <= 0.12;
    if (size && !same)
        show(argv[3], &a, &b);
    if (loaded && !size)
        printf("another size: %d x %d, was %d x %d\n", b.width, b.height, a.width, a.height);
    else if (loaded)
        printf("%.3f %% differ, %.1f %% of the worst tile\n", 100 * all, 100 * worst);
    picture_done(&a);
    picture_done(&b);
    return !loaded ? REPLI_IO : same ? REPLI_OK : 1;
}
