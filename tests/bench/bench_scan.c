/* The floor for scanning: the same image files are decoded to gray and nothing else.
** usage: bench_scan FILE... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>
#include <turbojpeg.h>

#include "repli/file.h"

static int jpeg(const char *path)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char *data = NULL;
    size_t len = 0;
    int w = 0, h = 0, sub = 0, space = 0, ok = 0;
    tjhandle tj = tjInitDecompress();
    if (repli_file_read(path, 1 << 28, &a, &data, &len, &err) == REPLI_OK &&
        tjDecompressHeader3(tj, (unsigned char *)data, len, &w, &h, &sub, &space) == 0) {
        unsigned char *gray = repli_arena_array(&a, (size_t)w, (size_t)h);
        ok = tjDecompress2(tj, (unsigned char *)data, len, gray, w, 0, h, TJPF_GRAY, 0) == 0;
    }
    (void)tjDestroy(tj);
    repli_arena_done(&a);
    return ok;
}

static int tiff(const char *path)
{
    int pages = 0;
    TIFF *t = TIFFOpen(path, "r");
    if (t == NULL)
        return 0;
    do {
        uint32_t h = 0;
        (void)TIFFGetField(t, TIFFTAG_IMAGELENGTH, &h);
        unsigned char *row = repli_xmalloc((size_t)TIFFScanlineSize(t));
        for (uint32_t y = 0; y < h; y++)
            (void)TIFFReadScanline(t, row, y, 0);
        free(row);
        pages++;
    } while (TIFFReadDirectory(t));
    TIFFClose(t);
    return pages;
}

int main(int argc, char **argv)
{
    int pages = 0;
    for (int i = 1; i < argc; i++) {
        const char *dot = strrchr(argv[i], '.');
        pages += dot != NULL && strcmp(dot, ".tif") == 0 ? tiff(argv[i]) : jpeg(argv[i]);
    }
    printf("%d pages\n", pages);
    return pages > 0 ? 0 : 1;
}
