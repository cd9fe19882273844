/* The one image of a scanned page: from its bytes in the PDF to gray pixels. */
#include "pdf.h"

#include <stdlib.h>
#include <string.h>
#include <tiff.h>
#include <zlib.h>

#define FRONT_MAX (64u << 20) /* bytes that zlib in front of JPEG or fax may unpack to */

/* ---- the description */
static qpdf_oh item_or_self(qpdf_data q, qpdf_oh o, int i)
{
    return qpdf_oh_is_array(q, o) ? qpdf_oh_get_array_item(q, o, i) : o;
}

static int64_t int_of(qpdf_data q, qpdf_oh dict, const char *key, int64_t none)
{
    long long v = none;
    qpdf_oh o = qpdf_oh_get_key_if_dict(q, dict, key);
    return qpdf_oh_is_integer(q, o) && qpdf_oh_get_value_as_longlong(q, o, &v) ? v : none;
}

static bool bool_of(qpdf_data q, qpdf_oh dict, const char *key)
{
    return qpdf_oh_get_bool_value(q, qpdf_oh_get_key_if_dict(q, dict, key)) != QPDF_FALSE;
}

/* zlib's parameters, false when we do not undo its filter. */
static bool deflate_parms(struct pdf *p, qpdf_oh parms, const struct decoder *d, bool last)
{
    p->deflated = true;
    p->predictor = (int)int_of(p->q, parms, "/Predictor", 1);
    if (p->predictor == 1)
        return true;
    return last && p->predictor >= 10 && p->predictor <= 15 && p->comps == int_of(p->q, parms, "/Colors", 1) &&
           p->bits == int_of(p->q, parms, "/BitsPerComponent", 8) && d->width == int_of(p->q, parms, "/Columns", 1);
}

static bool fax_parms(struct pdf *p, qpdf_oh parms, const struct decoder *d)
{
    p->coding = PDF_FAX;
    p->fax_k = (int)int_of(p->q, parms, "/K", 0);
    p->fax_black_is_1 = bool_of(p->q, parms, "/BlackIs1");
    return p->bits == 1 && p->comps == 1 && d->width == int_of(p->q, parms, "/Columns", 1728) &&
           !bool_of(p->q, parms, "/EncodedByteAlign");
}

/* [Flate] and then DCT, CCITT or nothing. */
static bool filters(struct pdf *p, qpdf_oh dict, const struct decoder *d)
{
    qpdf_oh all = qpdf_oh_get_key(p->q, dict, "/Filter"), parms = qpdf_oh_get_key(p->q, dict, "/DecodeParms");
    int n = qpdf_oh_is_name(p->q, all) ? 1 : qpdf_oh_is_array(p->q, all) ? qpdf_oh_get_array_n_items(p->q, all) : 0;
    p->predictor = 1;
    p->coding = PDF_SAMPLES;
    if (n > 2 || (n == 0 && !qpdf_oh_is_null(p->q, all) && !qpdf_oh_is_array(p->q, all)) ||
        (qpdf_oh_is_array(p->q, parms) && qpdf_oh_get_array_n_items(p->q, parms) != n))
        return false;
    for (int i = 0; i < n; i++) {
        qpdf_oh name = item_or_self(p->q, all, i), own = item_or_self(p->q, parms, i);
        bool ok = false, last = i == n - 1;
        if (qpdf_oh_is_name_and_equals(p->q, name, "/FlateDecode"))
            ok = i == 0 && deflate_parms(p, own, d, last);
        else if (qpdf_oh_is_name_and_equals(p->q, name, "/CCITTFaxDecode"))
            ok = last && fax_parms(p, own, d);
        else if (qpdf_oh_is_name_and_equals(p->q, name, "/DCTDecode")) {
            p->coding = PDF_JPEG;
            ok = last && p->bits == 8 && int_of(p->q, own, "/ColorTransform", -1) == -1;
        }
        if (!ok)
            return false;
    }
    return true;
}

/* Channels of a plain colour space, 0 = another one. */
static int channels(qpdf_data q, qpdf_oh space)
{
    qpdf_oh name = item_or_self(q, space, 0);
    if (qpdf_oh_is_name_and_equals(q, name, "/DeviceGray") || qpdf_oh_is_name_and_equals(q, name, "/CalGray"))
        return 1;
    if (qpdf_oh_is_name_and_equals(q, name, "/DeviceRGB") || qpdf_oh_is_name_and_equals(q, name, "/CalRGB"))
        return 3;
    if (!qpdf_oh_is_name_and_equals(q, name, "/ICCBased") || qpdf_oh_get_array_n_items(q, space) < 2)
        return 0;
    qpdf_oh profile = qpdf_oh_get_array_item(q, space, 1);
    int64_t n = qpdf_oh_is_stream(q, profile) ? int_of(q, qpdf_oh_get_dict(q, profile), "/N", 0) : 0;
    return n == 1 || n == 3 ? (int)n : 0;
}

/* A palette becomes grays: each colour by its darkest channel. */
static bool palette(struct pdf *p, qpdf_oh space)
{
    unsigned char *owned = NULL;
    const unsigned char *t = NULL;
    size_t len = 0;
    if (!qpdf_oh_is_array(p->q, space) || qpdf_oh_get_array_n_items(p->q, space) != 4)
        return false;
    int n = channels(p->q, qpdf_oh_get_array_item(p->q, space, 1));
    qpdf_oh table = qpdf_oh_get_array_item(p->q, space, 3);
    if (qpdf_oh_is_string(p->q, table))
        t = (const unsigned char *)qpdf_oh_get_binary_string_value(p->q, table, &len);
    else if (qpdf_oh_is_stream(p->q, table) &&
             !(qpdf_oh_get_stream_data(p->q, table, qpdf_dl_generalized, NULL, &owned, &len) & QPDF_ERRORS))
        t = owned;
    size_t size = (size_t)n, colours = t && n ? len / size : 0, want = p->bits == 1 ? 2 : 256;
    for (size_t i = 0; t && i < colours && i < want; i++) {
        const unsigned char *c = t + i * size;
        p->map[p->bits == 1 ? i * 255 : i] = n == 1 ? c[0] : decode_min3(c[0], c[1], c[2]);
    }
    free(owned);
    p->mapped = true;
    return colours > 0 && (p->bits == 8 || colours >= 2);
}

/* /Decode: as it is, or one channel inverted. */
static bool decode_array(struct pdf *p, qpdf_oh dict, bool indexed)
{
    qpdf_oh a = qpdf_oh_get_key(p->q, dict, "/Decode");
    if (qpdf_oh_is_null(p->q, a))
        return true;
    if (indexed || !qpdf_oh_is_array(p->q, a) || qpdf_oh_get_array_n_items(p->q, a) != 2 * p->comps)
        return false;
    double first = qpdf_oh_get_numeric_value(p->q, qpdf_oh_get_array_item(p->q, a, 0));
    for (int i = 0; i < 2 * p->comps; i++) {
        double v = qpdf_oh_get_numeric_value(p->q, qpdf_oh_get_array_item(p->q, a, i));
        double want = (i % 2 == 0) == (first < .5) ? 0 : 1;
        if (v < want - .001 || v > want + .001)
            return false;
    }
    if (first < .5)
        return true;
    p->mapped = true;
    for (int v = 0; v < 256; v++)
        p->map[v] = (uint8_t)(255 - v);
    return p->comps == 1;
}

static bool has(qpdf_data q, qpdf_oh dict, const char *key)
{
    return !qpdf_oh_is_null(q, qpdf_oh_get_key(q, dict, key));
}

/* Everything but the bytes. */
static bool describe(const struct decoder *d, struct pdf *p, qpdf_oh dict)
{
    qpdf_oh space = qpdf_oh_get_key(p->q, dict, "/ColorSpace");
    bool indexed = qpdf_oh_is_name_and_equals(p->q, item_or_self(p->q, space, 0), "/Indexed");
    p->bits = (int)int_of(p->q, dict, "/BitsPerComponent", 0);
    p->comps = indexed ? 1 : channels(p->q, space);
    if (bool_of(p->q, dict, "/ImageMask") || has(p->q, dict, "/SMask") || has(p->q, dict, "/Mask") || !p->comps ||
        (p->bits != 1 && p->bits != 8) || (p->bits == 1 && p->comps != 1))
        return false;
    if (indexed && !palette(p, space))
        return false;
    return decode_array(p, dict, indexed) && filters(p, dict, d) && !(indexed && p->coding == PDF_JPEG);
}

/* ---- the bytes */

/* Unpacks at most `max` bytes to `to`; how many came, or -1 when the data is broken. */
static int64_t unpack(uint8_t *from, size_t len, uint8_t *to, size_t max)
{
    z_stream z = {.next_in = from, .avail_in = (uInt)len, .next_out = to, .avail_out = (uInt)max};
    if (len > UINT32_MAX || max > UINT32_MAX || inflateInit(&z) != Z_OK)
        return -1;
    int rc = inflate(&z, Z_FINISH);
    (void)inflateEnd(&z);
    return rc == Z_STREAM_END || rc == Z_BUF_ERROR ? (int64_t)(max - z.avail_out) : -1;
}

/* JPEG or fax behind zlib. */
static bool unpack_front(struct decoder *d, struct pdf *p)
{
    uint8_t *to = malloc(FRONT_MAX), *fit;
    int64_t n = to ? unpack(p->bytes, p->len, to, FRONT_MAX) : -1;
    if (n <= 0 || n == (int64_t)FRONT_MAX) {
        free(to);
        return decode_fail(d, n == (int64_t)FRONT_MAX ? REPLI_UNREADABLE_LIMIT : REPLI_UNREADABLE_TRUNCATED);
    }
    fit = realloc(to, (size_t)n);
    free(p->bytes);
    p->bytes = fit ? fit : to;
    p->len = (size_t)n;
    return true;
}

static struct decoder jpeg_of(const struct decoder *d, const struct pdf *p)
{
    return (struct decoder){.kind = DECODE_JPEG, .data = p->bytes, .len = p->len, .limits = d->limits, .pages = 1};
}

enum pdf_take repli_pdf_take(struct decoder *d, struct pdf *p, qpdf_oh image)
{
    if (!qpdf_oh_is_stream(p->q, image))
        return PDF_OTHER;
    qpdf_oh dict = qpdf_oh_get_dict(p->q, image);
    int64_t w = int_of(p->q, dict, "/Width", 0), h = int_of(p->q, dict, "/Height", 0);
    if (!qpdf_oh_is_name_and_equals(p->q, qpdf_oh_get_key(p->q, dict, "/Subtype"), "/Image"))
        return PDF_OTHER;
    if (!repli_decode_size(d, w < 0 ? 0 : (uint64_t)w, h < 0 ? 0 : (uint64_t)h))
        return PDF_BAD;
    if (!describe(d, p, dict))
        return PDF_OTHER;
    if (qpdf_oh_get_stream_data(p->q, image, qpdf_dl_none, NULL, &p->bytes, &p->len) & QPDF_ERRORS) {
        d->why = REPLI_UNREADABLE_TRUNCATED;
        return PDF_BAD;
    }
    if (p->deflated && p->coding != PDF_SAMPLES && !unpack_front(d, p))
        return PDF_BAD;
    if (p->coding == PDF_JPEG) {
        struct decoder jpeg = jpeg_of(d, p);
        if (!repli_decode_jpeg_page(&jpeg)) {
            d->why = jpeg.why;
            return PDF_BAD;
        }
        return jpeg.width == d->width && jpeg.height == d->height ? PDF_TAKEN : PDF_OTHER;
    }
    return PDF_TAKEN;
}

/* ---- pixels */
static void put16(uint8_t **to, unsigned v)
{
    *(*to)++ = (uint8_t)v;
    *(*to)++ = (uint8_t)(v >> 8);
}

static void put_tag(uint8_t **to, unsigned tag, unsigned value)
{
    put16(to, tag);
    put16(to, 4); /* LONG */
    put16(to, 1);
    put16(to, 0);
    put16(to, value);
    put16(to, value >> 16);
}

/* A TIFF of one strip around the fax data, so that libtiff decodes it. */
#define FAX_TAGS 8
static uint8_t *fax_tiff(const struct decoder *d, const struct pdf *p, size_t *len)
{
    const size_t head = 8 + 2 + 12 * FAX_TAGS + 4;
    uint8_t *all = malloc(head + p->len), *to = all;
    if (!all || p->len > UINT32_MAX)
        return all;
    memcpy(to, "II*\0\10\0\0\0", 8);
    to += 8;
    put16(&to, FAX_TAGS);
    put_tag(&to, TIFFTAG_IMAGEWIDTH, (unsigned)d->width);
    put_tag(&to, TIFFTAG_IMAGELENGTH, (unsigned)d->height);
    put_tag(&to, TIFFTAG_COMPRESSION, p->fax_k < 0 ? COMPRESSION_CCITTFAX4 : COMPRESSION_CCITTFAX3);
    put_tag(&to, TIFFTAG_PHOTOMETRIC, p->fax_black_is_1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_MINISWHITE);
    put_tag(&to, TIFFTAG_STRIPOFFSETS, (unsigned)head);
    put_tag(&to, TIFFTAG_ROWSPERSTRIP, (unsigned)d->height);
    put_tag(&to, TIFFTAG_STRIPBYTECOUNTS, (unsigned)p->len);
    put_tag(&to, p->fax_k < 0 ? TIFFTAG_GROUP4OPTIONS : TIFFTAG_GROUP3OPTIONS, p->fax_k > 0 ? 1 : 0);
    put16(&to, 0);
    put16(&to, 0);
    memcpy(to, p->bytes, p->len);
    *len = head + p->len;
    return all;
}

static bool fax_pixels(struct decoder *d, const struct pdf *p, uint8_t *gray)
{
    struct decoder fax = {.kind = DECODE_TIFF, .limits = d->limits, .page = 1};
    size_t len = 0;
    uint8_t *all = fax_tiff(d, p, &len);
    fax.data = all;
    fax.len = len;
    bool ok = all && len && repli_decode_tiff_open(&fax) && repli_decode_tiff_page(&fax) &&
              repli_decode_tiff_pixels(&fax, gray);
    if (!ok)
        d->why = all && len ? fax.why : REPLI_UNREADABLE_LIMIT;
    repli_decode_tiff_close(&fax);
    free(all);
    return ok;
}

static uint8_t paeth(int a, int b, int c)
{
    int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);
    return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

/* Undoes PNG's filter of one row; `row` begins with its kind, `above` is NULL at the top. */
static bool unfilter(uint8_t *row, const uint8_t *above, size_t n, size_t pixel)
{
    uint8_t kind = row[0];
    for (size_t i = 1; i <= n; i++) {
        int left = i > pixel ? row[i - pixel] : 0, up = above ? above[i] : 0;
        int corner = above && i > pixel ? above[i - pixel] : 0;
        int add = kind == 1 ? left : kind == 2 ? up : kind == 3 ? (left + up) / 2 : paeth(left, up, corner);
        if (kind != 0)
            row[i] = (uint8_t)(row[i] + add);
    }
    return kind <= 4;
}

static void gray_row(const struct pdf *p, const uint8_t *row, uint8_t *gray, size_t n)
{
    if (p->bits == 1)
        for (size_t x = 0; x < n; x++)
            gray[x] = row[x >> 3] >> (7 - (x & 7)) & 1 ? 255 : 0;
    else if (p->comps == 1)
        memcpy(gray, row, n);
    else
        for (size_t x = 0; x < n; x++)
            gray[x] = decode_min3(row[3 * x], row[3 * x + 1], row[3 * x + 2]);
}

static bool sample_pixels(struct decoder *d, const struct pdf *p, uint8_t *gray)
{
    size_t w = (size_t)d->width, line = (w * (size_t)p->comps * (size_t)p->bits + 7) / 8, lead = p->predictor != 1;
    size_t size = (line + lead) * (size_t)d->height;
    uint8_t *all = p->deflated ? malloc(size) : p->bytes;
    if (!all)
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    bool ok = p->deflated ? unpack(p->bytes, p->len, all, size) == (int64_t)size : p->len >= size;
    for (size_t y = 0; ok && y < (size_t)d->height; y++) {
        uint8_t *row = all + y * (line + lead);
        if (lead)
            ok = unfilter(row, y ? row - line - 1 : NULL, line, p->bits == 1 ? 1 : (size_t)p->comps);
        gray_row(p, row + lead, gray + y * w, w);
    }
    if (p->deflated)
        free(all);
    return ok || decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
}

static bool jpeg_pixels(struct decoder *d, const struct pdf *p, uint8_t *gray)
{
    struct decoder jpeg = jpeg_of(d, p);
    jpeg.width = d->width;
    jpeg.height = d->height;
    return repli_decode_jpeg_pixels(&jpeg, gray) || decode_fail(d, jpeg.why);
}

static void mirror(uint8_t *row, size_t n)
{
    for (size_t a = 0, b = n - 1; a < b; a++, b--) {
        uint8_t t = row[a];
        row[a] = row[b];
        row[b] = t;
    }
}

bool repli_pdf_pixels(struct decoder *d, const struct pdf *p, uint8_t *gray)
{
    bool ok = false;
    size_t w = (size_t)d->width, n = w * (size_t)d->height;
    switch (p->coding) {
    case PDF_SAMPLES:
        ok = sample_pixels(d, p, gray);
        break;
    case PDF_JPEG:
        ok = jpeg_pixels(d, p, gray);
        break;
    case PDF_FAX:
        ok = fax_pixels(d, p, gray);
        break;
    }
    if (ok && p->bits == 1)
        d->bits = 1;
    for (size_t i = 0; ok && p->mapped && i < n; i++)
        gray[i] = p->map[gray[i]];
    for (size_t i = 0; ok && p->mirrored && i < n; i += w)
        mirror(gray + i, w);
    return ok;
}
