/* Private to forms/scan: decoders of foreign image files, and the words that the decoding child and its parent
** exchange.
**
** The decoders run in the child only (and in the fuzz targets).  They trust nothing: a declared size is checked
** against the limits before a pixel is decoded, and every failure is one of enum repli_unreadable.
*/
#ifndef REPLI_SCAN_DECODE_H
#define REPLI_SCAN_DECODE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repli/outcome.h"
#include "repli/pagecode.h"
#include "repli/scan.h"

enum decode_kind { DECODE_NONE, DECODE_JPEG, DECODE_PNG, DECODE_TIFF, DECODE_PDF, DECODE_KINDS };
/* By the first bytes, never by a name. */
enum decode_kind repli_decode_kind(const uint8_t *data, size_t len);

#define PDF_RENDER_DPI 300

struct decode_limits {
    int64_t pixels;      /* a page */
    int64_t pages;       /* a file */
    int64_t cpu_seconds; /* a file; of the child alone */
    int64_t memory;      /* bytes of the child, beside the pixels of a page */
};

/* One image file in memory.  width and height are what the page that was last asked for declares. */
struct decoder {
    enum decode_kind kind;
    const uint8_t *data;
    size_t len;
    struct decode_limits limits;
    int pages;
    int page, width, height; /* after repli_decode_page */
    double dpi;              /* 0 = not said */
    int bits;                /* after repli_decode_pixels: 1 or 8 */
    bool packed;             /* after repli_decode_page: repli_decode_bits can have it */
    void *tiff;              /* TIFF * of libtiff */
    void *pdf;               /* struct pdf * */
    bool render;             /* after repli_decode_page: this page of a PDF has no pixels of its own to decode */
    int damage;              /* libtiff: errors and damaging warnings so far */
    enum repli_unreadable why;
};

/* `data` stays the caller's until _close.  false: d->why says what is wrong with the file as a whole. */
bool repli_decode_open(struct decoder *d, const uint8_t *data, size_t len, const struct decode_limits *limits);
/* Makes page 1..pages the current one and reads what it declares.  false: d->why. */
bool repli_decode_page(struct decoder *d, int page);
/* Pixels of the current page: width * height bytes, 0 = black.  Colours count by their darkest channel, so that a red
** or blue pen stays dark; transparency lies on white.  false: d->why, `gray` is then undefined. */
bool repli_decode_pixels(struct decoder *d, uint8_t *gray);
/* Pixels of the current page, which is packed, as bits: an eighth of the memory. */
bool repli_decode_bits(struct decoder *d, uint8_t *bits);
bool repli_decode_two_levels(const uint8_t *gray, int width, int height);
/* Bits: rows of whole bytes, the first pixel in the highest bit, 1 = white. */
static inline size_t bits_row(int width)
{
    return ((size_t)width + 7) / 8;
}
/* To width * height bytes, black and white as given. */
void repli_bits_unpack(const uint8_t *bits, int width, int height, uint8_t black, uint8_t white, uint8_t *gray);
void repli_decode_close(struct decoder *d); /* a decoder that failed to open is fine */

/* One format each; same contracts.  `d` has data, len and limits. */
bool repli_decode_jpeg_page(struct decoder *d);
bool repli_decode_jpeg_pixels(struct decoder *d, uint8_t *gray);
bool repli_decode_png_page(struct decoder *d);
bool repli_decode_png_pixels(struct decoder *d, uint8_t *gray);
bool repli_decode_tiff_open(struct decoder *d);
bool repli_decode_tiff_page(struct decoder *d);
bool repli_decode_tiff_pixels(struct decoder *d, uint8_t *gray);
bool repli_decode_tiff_bits(struct decoder *d, uint8_t *bits);
void repli_decode_tiff_close(struct decoder *d);
bool repli_decode_pdf_open(struct decoder *d);
bool repli_decode_pdf_page(struct decoder *d);
bool repli_decode_pdf_pixels(struct decoder *d, uint8_t *gray);
void repli_decode_pdf_close(struct decoder *d);

/* Checks a declared size against the limits; sets d->width, d->height or d->why. */
bool repli_decode_size(struct decoder *d, uint64_t width, uint64_t height);
static inline bool decode_fail(struct decoder *d, enum repli_unreadable why)
{
    d->why = why;
    return false;
}
static inline uint8_t decode_min3(uint8_t a, uint8_t b, uint8_t c)
{
    uint8_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* ---- page codes: stages of rising cost */
enum code_stage { CODE_WINDOWS, CODE_WINDOWS_X2, CODE_WINDOWS_SHARP, CODE_GRID, CODE_PAGE, CODE_STAGES };
const char *repli_code_stage_text(enum code_stage stage);
struct code_seen {
    char digits[REPLI_PAGECODE_DIGITS + 1];
    double px[8];   /* corners of the symbol's modules, x y: its top left, top right, bottom right, bottom left */
    int32_t pieced; /* 1: put together from what was left of it; worth nothing unless it is authentic */
};
#define CODE_SEEN_MAX 8
/* Symbols that hold exactly 143 digits.  Returns the count. */
size_t repli_code_find(const struct repli_image *image, enum code_stage stage, struct code_seen out[CODE_SEEN_MAX]);
/* The same of a page that is there as bits; page->gray is not looked at. */
size_t repli_code_find_bits(const struct repli_image *page, const uint8_t *bits, enum code_stage stage,
                            struct code_seen out[CODE_SEEN_MAX]);

/* ---- the words on the socket (SOCK_SEQPACKET, both ends are this program) */
enum child_op { CHILD_OPEN = 1, CHILD_PAGE, CHILD_PIXELS, CHILD_CODE };
struct child_request {
    uint32_t op;
    int32_t page, stage;   /* PAGE, CODE */
    int32_t width, height; /* PIXELS, CODE: size of the memory that was handed over with PIXELS */
    int32_t decode;        /* PIXELS: 1 = decode the current page into it, 0 = it holds the page already */
    int32_t packed;        /* PIXELS: as bits */
    int32_t bits;          /* PIXELS without decode */
    double dpi;
    int64_t max_pixels, max_pages, cpu_seconds, memory; /* OPEN */
};
struct child_reply {
    uint32_t op;
    int32_t ok;
    int32_t why;    /* enum repli_unreadable when not ok */
    int32_t render; /* PAGE: it has to be drawn at PDF_RENDER_DPI; width and height are what that will give */
    int32_t packed; /* PAGE: its pixels are handed over as bits */
    int32_t pages, width, height, bits, nseen;
    double dpi, cpu_ms;
    struct code_seen seen[CODE_SEEN_MAX];
};

/* repli_decode_main; for tests, with children that do something else first: -1 = now do what children do. */
int repli_nursery_main(int (*instead)(int file, int socket_));

#endif
