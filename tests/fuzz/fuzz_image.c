/* The decoders of foreign images: any bytes end in pixels or in a reason. */
#include <stdlib.h>

#include "scan/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct decode_limits limits = {.pixels = 1 << 20, .pages = 8};
    struct decoder d;
    bool ok = repli_decode_open(&d, data, size, &limits);
    for (int page = 1; ok && page <= d.pages; page++) {
        if (!repli_decode_page(&d, page))
            continue;
        if ((int64_t)d.width * d.height > limits.pixels || d.width < 1 || d.height < 1)
            abort();
        uint8_t *gray = malloc((size_t)d.width * (size_t)d.height);
        if (gray && repli_decode_pixels(&d, gray) && d.bits != 1 && d.bits != 8)
            abort();
        free(gray);
    }
    repli_decode_close(&d);
    return 0;
}
