/* Scanned PDFs: any bytes behind the magic end in pixels, in a page to be drawn, or in a reason; and any bytes are a
** page's content. */
#include <stdlib.h>
#include <string.h>

#include "scan/pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_page(struct decoder *d)
{
    if ((int64_t)d->width * d->height > d->limits.pixels || d->width < 1 || d->height < 1)
        abort();
    uint8_t *gray = malloc((size_t)d->width * (size_t)d->height);
    bool ok = gray && repli_decode_pixels(d, gray);
    if (ok && (d->render || (d->bits != 1 && d->bits != 8)))
        abort();
    free(gray);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char magic[5] = "%PDF-";
    const struct decode_limits limits = {.pixels = 1 << 20, .pages = 8};
    const struct pdf_box crop = {0, 0, 595, 842};
    struct pdf_placed at;
    struct decoder d;
    uint8_t *file = malloc(size + sizeof magic);
    if (!file)
        return 0;
    memcpy(file, data, size);
    if (size >= sizeof magic)
        memcpy(file, magic, sizeof magic);
    bool ok = repli_decode_open(&d, file, size, &limits);
    for (int page = 1; ok && page <= d.pages; page++)
        if (repli_decode_page(&d, page))
            check_page(&d);
    repli_decode_close(&d);
    free(file);
    if (repli_pdf_placed(data, size, &crop, &at) && (!(at.side[0] > 0) || !(at.side[1] > 0) || at.name[0] != '/'))
        abort();
    return 0;
}
