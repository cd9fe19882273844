/* JPEG by libturbojpeg. */
#include "decode.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

static void handle_done(tjhandle *h)
{
    if (*h)
        (void)tjDestroy(*h);
}

/* Dots per inch of the JFIF header (segment APP0), 0 when it does not say. */
static double jfif_dpi(const uint8_t *p, size_t len)
{
    if (len < 20 || p[2] != 0xFF || p[3] != 0xE0 || memcmp(p + 6, "JFIF", 5) != 0)
        return 0;
    unsigned x = (unsigned)p[14] << 8 | p[15];
    if (p[13] == 1)
        return x;
    return p[13] == 2 ? x * 2.54 : 0;
}

bool repli_decode_jpeg_page(struct decoder *d)
{
    REPLI_AUTO(handle_done) tjhandle h = tjInitDecompress();
    int w = 0, ht = 0, sub = 0, space = 0;
    if (!h)
        return decode_fail(d, REPLI_UNREADABLE_KILLED);
    if (tjDecompressHeader3(h, d->data, (unsigned long)d->len, &w, &ht, &sub, &space) != 0)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    d->dpi = jfif_dpi(d->data, d->len);
    return repli_decode_size(d, w < 0 ? 0 : (uint64_t)w, ht < 0 ? 0 : (uint64_t)ht);
}

static void darkest_rgb(const uint8_t *rgb, uint8_t *gray, size_t n)
{
    for (size_t i = 0; i < n; i++)
        gray[i] = decode_min3(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]);
}

/* CMYK as Adobe writes it: 255 = no ink. */
static void darkest_cmyk(const uint8_t *cmyk, uint8_t *gray, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned m = decode_min3(cmyk[4 * i], cmyk[4 * i + 1], cmyk[4 * i + 2]);
        gray[i] = (uint8_t)(m * cmyk[4 * i + 3] / 255);
    }
}

/* Damage is a truncated page; bytes too many between segments are harmless and common. */
static bool decompress(struct decoder *d, tjhandle h, uint8_t *to, int format)
{
    if (tjDecompress2(h, d->data, (unsigned long)d->len, to, d->width, 0, d->height, format, TJFLAG_LIMITSCANS) == 0)
        return true;
    if (tjGetErrorCode(h) == TJERR_WARNING && strstr(tjGetErrorStr2(h), "extraneous bytes"))
        return true;
    return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
}

bool repli_decode_jpeg_pixels(struct decoder *d, uint8_t *gray)
{
    REPLI_AUTO(handle_done) tjhandle h = tjInitDecompress();
    int w = 0, ht = 0, sub = 0, space = 0;
    if (!h)
        return decode_fail(d, REPLI_UNREADABLE_KILLED);
    if (tjDecompressHeader3(h, d->data, (unsigned long)d->len, &w, &ht, &sub, &space) != 0 || w != d->width ||
        ht != d->height)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    if (space == TJCS_GRAY)
        return decompress(d, h, gray, TJPF_GRAY);
    bool cmyk = space == TJCS_CMYK || space == TJCS_YCCK;
    size_t n = (size_t)w * (size_t)ht;
    uint8_t *all = malloc(n * (cmyk ? 4 : 3));
    if (!all)
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    bool ok = decompress(d, h, all, cmyk ? TJPF_CMYK : TJPF_RGB);
    if (ok && cmyk)
        darkest_cmyk(all, gray, n);
    else if (ok)
        darkest_rgb(all, gray, n);
    free(all);
    return ok;
}
