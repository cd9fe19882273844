/* Finding page codes, from cheap to dear: the corners where a sheet has its codes, the same at twice the size,
** sharpened, by the registration marks alone, and the whole page.  Codes that are well seen are read in their window at
** once, all others are zbar's.  White is clamped first: zbar's own threshold turns the noise of white paper into
** patterns, and misses one clean page in eight.
*/
#include "decode.h"
#include "geometry.h"
#include "finder.h"
#include "grid.h"

#include <stdlib.h>
#include <string.h>
#include <zbar.h>

#define WINDOW_MM    48.0
#define PAGE_LONG_MM 297.0
#define ASKEW_MM     6.5  /* quiet zone and how far a code may lie from its place */
#define EVERY_THIRD  10.5 /* pixels a mm */
#define MODULE_MM    .51
#define FOURCC_Y800  0x30303859UL /* "Y800": 8-bit gray */

const char *repli_code_stage_text(enum code_stage stage)
{
    switch (stage) {
    case CODE_WINDOWS:
        return "windows";
    case CODE_WINDOWS_X2:
        return "windows-x2";
    case CODE_WINDOWS_SHARP:
        return "windows-sharp";
    case CODE_GRID:
        return "grid";
    case CODE_PAGE:
        return "page";
    case CODE_STAGES:
        break;
    }
    return "none";
}

/* A part of the page as zbar gets it: pixel (x,y) of it is (x0 + (x + .5) * scale - .5, ...) of the page. */
struct window {
    int x0, y0, width, height;
    double scale;
    uint8_t *gray; /* malloc: zbar keeps no copy */
};

/* How the grays of a page become zbar's; its bits where it is there as bits. */
struct white {
    uint8_t lut[256];
    const uint8_t *bits;
    uint8_t eight[256][8]; /* with bits: the pixels of a byte */
};

static unsigned bit_at(const uint8_t *row, int x)
{
    return (unsigned)row[x >> 3] >> (7 - (x & 7)) & 1;
}

/* Of every seventh pixel, in four counts by turns: most are the same gray, and each would wait for the one before. */
static void hist_of(const struct repli_image *image, const uint8_t *bits, uint32_t hist[256], uint32_t *total)
{
    uint32_t turns[4][256] = {{0}};
    for (int y = 3; y < image->height && bits; y += 7) {
        const uint8_t *row = bits + (size_t)y * bits_row(image->width);
        uint32_t light = 0;
        for (int x = 3; x < image->width; x += 7, ++*total)
            light += bit_at(row, x);
        turns[0][255] += light;
    }
    turns[0][0] = *total - turns[0][255];
    for (int y = 3; y < image->height && !bits; y += 7) {
        const uint8_t *row = image->gray + (size_t)y * (size_t)image->width;
        for (int x = 3; x < image->width; x += 7, ++*total)
            turns[*total & 3][row[x]]++;
    }
    for (int v = 0; v < 256; v++)
        hist[v] = turns[0][v] + turns[1][v] + turns[2][v] + turns[3][v];
}

/* Black point at 1 % and white at three quarters of the way to the 60th percentile, of every seventh pixel. */
static void white_clamp(const struct repli_image *image, struct white *white)
{
    uint32_t hist[256], total = 0, sum = 0;
    hist_of(image, white->bits, hist, &total);
    int low = 0, paper = 255;
    bool have_low = false;
    for (int v = 0; v < 256; v++) {
        sum += hist[v];
        if (!have_low && sum * 100ull >= total) {
            low = v;
            have_low = true;
        }
        if (sum * 10ull >= total * 6ull) {
            paper = v;
            break;
        }
    }
    if (low > paper * 3 / 5) /* a side with hardly any print: its darkest hundredth is paper too */
        low = paper / 3;
    int span = (paper - low) * 3 / 4;
    if (span < 20)
        span = 20;
    for (int v = 0; v < 256; v++) {
        int t = (v - low) * 255 / span;
        white->lut[v] = (uint8_t)(t < 0 ? 0 : t > 255 ? 255 : t);
    }
    for (unsigned byte = 0; white->bits && byte < 256; byte++)
        for (unsigned k = 0; k < 8; k++)
            white->eight[byte][k] = white->lut[byte >> (7 - k) & 1 ? 255 : 0];
}

/* n pixels of a row of bits from x on. */
static void cut_row_bits(const struct white *white, const uint8_t *row, int x, int n, uint8_t *out)
{
    for (; n > 0 && x & 7; x++, n--)
        *out++ = white->eight[row[x >> 3]][x & 7];
    for (; n >= 8; x += 8, n -= 8, out += 8)
        memcpy(out, white->eight[row[x >> 3]], 8);
    for (; n > 0; x++, n--)
        *out++ = white->eight[row[x >> 3]][x & 7];
}

static void cut_bits(const struct repli_image *image, const struct white *white, int k, const struct window *w,
                     uint8_t *out)
{
    size_t stride = bits_row(image->width);
    int nx = w->width / k, ny = w->height / k;
    for (int y = 0; y < ny; y++, out += nx) {
        const uint8_t *row = white->bits + (size_t)(w->y0 + y * k) * stride;
        if (k == 1)
            cut_row_bits(white, row, w->x0, nx, out);
        for (int x = 0; k > 1 && x < nx; x++) {
            int sum = 0;
            for (int j = 0; j < k; j++)
                for (int i = 0; i < k; i++)
                    sum += bit_at(row + (size_t)j * stride, w->x0 + x * k + i) ? 255 : 0;
            out[x] = white->lut[sum / (k * k)];
        }
    }
}

/* Cuts a window; where the scan is finer than 400 dpi, k * k pixels become one. */
static bool cut(const struct repli_image *image, const struct white *white, int k, struct window *w)
{
    int nx = w->width / k, ny = w->height / k;
    uint8_t *out = malloc((size_t)nx * (size_t)ny + 1);
    if (!out || nx < 8 || ny < 8) {
        free(out);
        return false;
    }
    if (white->bits)
        cut_bits(image, white, k, w, out);
    for (int y = 0; y < ny && !white->bits; y++) {
        const uint8_t *row = image->gray + (size_t)(w->y0 + y * k) * (size_t)image->width + w->x0;
        uint8_t *to = out + (size_t)y * (size_t)nx;
        for (int x = 0; k == 1 && x < nx; x++)
            to[x] = white->lut[row[x]];
        for (int x = 0; k > 1 && x < nx; x++) {
            int sum = 0;
            for (int j = 0; j < k; j++)
                for (int i = 0; i < k; i++)
                    sum += row[(size_t)j * (size_t)image->width + (size_t)(x * k + i)];
            to[x] = white->lut[sum / (k * k)];
        }
    }
    *w = (struct window){w->x0, w->y0, nx, ny, k, out};
    return true;
}

static int clamp(int v, int n)
{
    return v < 0 ? 0 : v < n ? v : n - 1;
}

/* A row of doubled length: cubic through four neighbours at a quarter and three quarters (sums 1024). */
static void twice_row(const uint8_t *in, int n, int16_t *out)
{
    for (int x = 0; x < n; x++) {
        int a = in[clamp(x - 2, n)], b = in[clamp(x - 1, n)], c = in[x], d = in[clamp(x + 1, n)],
            e = in[clamp(x + 2, n)];
        out[2 * x] = (int16_t)((-36 * a + 268 * b + 900 * c - 108 * d) / 32);
        out[2 * x + 1] = (int16_t)((-108 * b + 900 * c + 268 * d - 36 * e) / 32);
    }
}

/* Twice the size, cubic: straight edges of modules that are three pixels wide stay straight. */
static bool twice(struct window *w)
{
    int nx = w->width * 2, ny = w->height * 2;
    size_t cols = (size_t)nx;
    uint8_t *out = malloc(cols * (size_t)ny);
    int16_t *rows = malloc(cols * (size_t)w->height * sizeof *rows);
    if (!out || !rows) {
        free(out);
        free(rows);
        return false;
    }
    for (int y = 0; y < w->height; y++)
        twice_row(w->gray + (size_t)y * (size_t)w->width, w->width, rows + (size_t)y * cols);
    for (int y = 0; y < ny; y++) {
        static const int weight[2][4] = {{-36, 268, 900, -108}, {-108, 900, 268, -36}};
        const int16_t *r[4];
        for (int k = 0; k < 4; k++)
            r[k] = rows + (size_t)clamp(y / 2 - 2 + k + (y & 1), w->height) * cols;
        const int *m = weight[y & 1];
        for (size_t x = 0; x < cols; x++) {
            int v = (m[0] * r[0][x] + m[1] * r[1][x] + m[2] * r[2][x] + m[3] * r[3][x]) / (1024 * 32);
            out[(size_t)y * cols + x] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
        }
    }
    free(rows);
    free(w->gray);
    *w = (struct window){w->x0, w->y0, nx, ny, w->scale / 2, out};
    return true;
}

/* Adds back what a box mean of 2r+1 takes away: running sums over columns, then along the row; edges repeat. */
static bool sharpen(struct window *w, int r)
{
    size_t n = (size_t)w->width * (size_t)w->height, cols = (size_t)w->width;
    uint8_t *out = malloc(n);
    uint32_t *sum = calloc(cols, sizeof *sum), area = (uint32_t)((2 * r + 1) * (2 * r + 1));
    if (!out || !sum) {
        free(out);
        free(sum);
        return false;
    }
    for (int y = -2 * r; y < w->height; y++) {
        const uint8_t *in = w->gray + (size_t)clamp(y + r, w->height) * cols;
        const uint8_t *gone = y >= 1 ? w->gray + (size_t)clamp(y - r - 1, w->height) * cols : NULL;
        for (size_t x = 0; x < cols; x++)
            sum[x] += in[x] - (gone ? (uint32_t)gone[x] : 0u);
        uint32_t run = 0;
        for (int x = -2 * r; y >= 0 && x < w->width; x++) {
            run += sum[clamp(x + r, w->width)] - (x >= 1 ? sum[clamp(x - r - 1, w->width)] : 0u);
            if (x < 0)
                continue;
            size_t i = (size_t)y * cols + (size_t)x;
            int v = w->gray[i] + (w->gray[i] - (int)(run / area)) * 6 / 5;
            out[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
        }
    }
    free(sum);
    free(w->gray);
    w->gray = out;
    return true;
}

/* zbar gives the corners of a QR code in the order top left, bottom left, bottom right, top right of the symbol. */
static bool take_symbol(const zbar_symbol_t *sym, const struct window *w, struct code_seen *out)
{
    static const int order[4] = {0, 3, 2, 1};
    if (zbar_symbol_get_data_length(sym) != REPLI_PAGECODE_DIGITS || zbar_symbol_get_loc_size(sym) != 4)
        return false;
    memcpy(out->digits, zbar_symbol_get_data(sym), REPLI_PAGECODE_DIGITS);
    out->digits[REPLI_PAGECODE_DIGITS] = 0;
    out->pieced = 0;
    for (int i = 0; i < REPLI_PAGECODE_DIGITS; i++)
        if (out->digits[i] < '0' || out->digits[i] > '9')
            return false;
    for (unsigned i = 0; i < 4; i++) {
        unsigned c = (unsigned)order[i];
        out->px[2 * i] = w->x0 + (zbar_symbol_get_loc_x(sym, c) + .5) * w->scale - .5;
        out->px[2 * i + 1] = w->y0 + (zbar_symbol_get_loc_y(sym, c) + .5) * w->scale - .5;
    }
    return true;
}

static size_t scan_window(zbar_image_scanner_t *scanner, const struct window *w, struct code_seen *out, size_t room)
{
    zbar_image_t *z = zbar_image_create();
    size_t n = 0;
    if (!z)
        return 0;
    zbar_image_set_format(z, FOURCC_Y800);
    zbar_image_set_size(z, (unsigned)w->width, (unsigned)w->height);
    zbar_image_set_data(z, w->gray, (unsigned long)w->width * (unsigned long)w->height, NULL);
    if (zbar_scan_image(scanner, z) > 0)
        for (const zbar_symbol_t *s = zbar_image_first_symbol(z); s && n < room; s = zbar_symbol_next(s))
            if (zbar_symbol_get_type(s) == ZBAR_QRCODE && take_symbol(s, w, &out[n]))
                n++;
    zbar_image_destroy(z);
    return n;
}

/* A code that is well seen needs no zbar. */
static bool take_plain(const struct window *w, double px_mm, struct code_seen *out)
{
    if (!repli_code_plain(w->gray, w->width, w->height, MODULE_MM * px_mm / w->scale, out->digits, out->px))
        return false;
    out->pieced = 0;
    for (int i = 0; i < 8; i++)
        out->px[i] = (i % 2 ? w->y0 : w->x0) + (out->px[i] + .5) * w->scale - .5;
    return true;
}

static size_t try_window(zbar_image_scanner_t *scanner, const struct repli_image *image, const struct white *white,
                         enum code_stage stage, struct window w, struct code_seen *out, size_t room)
{
    double long_px = image->width > image->height ? image->width : image->height;
    int k = (int)(long_px / (PAGE_LONG_MM / 25.4) / 300.0 + .35);
    k = k < 1 ? 1 : k;
    size_t n = 0;
    if (!cut(image, white, k, &w))
        return 0;
    bool ok = true;
    if (stage == CODE_WINDOWS_X2 || stage == CODE_WINDOWS_SHARP)
        ok = twice(&w);
    if (ok && stage == CODE_WINDOWS_SHARP)
        ok = sharpen(&w, (int)(long_px / k / PAGE_LONG_MM * .4) + 1);
    if (ok && stage == CODE_WINDOWS && room > 0 && take_plain(&w, repli_image_scale(image), out))
        n = 1;
    else if (ok)
        n = scan_window(scanner, &w, out, room);
    free(w.gray);
    return n;
}

/* Where the modules of the two codes lie, from the corner of the page that each is next to (mm): right and top of the
** first, left and bottom of the second. */
static const double beside[2][4] = {{12.04, 30.91, 18.57, 37.44}, {20, 38.87, 8.5, 27.37}};

/* The window round the code that lies next to a corner, as far as paper is fed askew. */
static struct window narrow(const struct repli_image *image, int code, bool right, bool bottom)
{
    double long_px = image->width > image->height ? image->width : image->height, mm = long_px / PAGE_LONG_MM;
    const double *b = beside[code];
    int x0 = (int)((b[0] - ASKEW_MM) * mm), x1 = (int)((b[1] + ASKEW_MM) * mm), y0 = (int)((b[2] - ASKEW_MM) * mm),
        y1 = (int)((b[3] + ASKEW_MM) * mm);
    x0 = x0 < 0 ? 0 : x0;
    y0 = y0 < 0 ? 0 : y0;
    x1 = x1 < image->width ? x1 : image->width;
    y1 = y1 < image->height ? y1 : image->height;
    return (struct window){right ? image->width - x1 : x0, bottom ? image->height - y1 : y0, x1 - x0, y1 - y0, 1, NULL};
}

static size_t try_expected(zbar_image_scanner_t *scanner, const struct repli_image *image, const struct white *white,
                           int code, int turned, struct code_seen *out, size_t room)
{
    bool right = (code == 0) != (turned == 1), bottom = !right;
    return try_window(scanner, image, white, CODE_WINDOWS, narrow(image, code, right, bottom), out, room);
}

/* The first code of a sheet that lies upright, or upside down, and then its second one; the second one alone when the
** first is silent.  All that was seen is returned: two different sheets in one image must not pass as one. */
static size_t scan_expected(zbar_image_scanner_t *scanner, const struct repli_image *image, const struct white *white,
                            struct code_seen *out)
{
    size_t n = 0;
    if (image->height < image->width)
        return 0;
    for (int turned = 0; turned < 2 && n == 0; turned++) {
        n = try_expected(scanner, image, white, 0, turned, out, CODE_SEEN_MAX);
        if (n > 0)
            n += try_expected(scanner, image, white, 1, turned, out + n, CODE_SEEN_MAX - n);
    }
    for (int turned = 0; turned < 2 && n == 0; turned++)
        n = try_expected(scanner, image, white, 1, turned, out, CODE_SEEN_MAX);
    return n;
}

/* The windows of a stage: top right and bottom left hold the codes of a sheet that lies upright or upside down; the
** other two are looked at only when these are silent. */
static size_t scan_corners(zbar_image_scanner_t *scanner, const struct repli_image *image, const struct white *white,
                           enum code_stage stage, struct code_seen *out)
{
    double long_px = image->width > image->height ? image->width : image->height;
    int c = (int)(WINDOW_MM * long_px / PAGE_LONG_MM);
    size_t n = stage == CODE_WINDOWS ? scan_expected(scanner, image, white, out) : 0;
    int w = image->width, h = image->height;
    c = c < w ? c : w;
    c = c < h ? c : h;
    const int at[4][2] = {{w - c, 0}, {0, h - c}, {0, 0}, {w - c, h - c}};
    for (int i = 0; i < 4 && n < CODE_SEEN_MAX; i++) {
        if ((i == 0 || i == 2) && n > 0)
            break;
        n += try_window(scanner, image, white, stage, (struct window){at[i][0], at[i][1], c, c, 1, NULL}, out + n,
                        CODE_SEEN_MAX - n);
    }
    return n;
}

/* Each grid gives one reading at most; what was read twice is told once. */
static size_t scan_grid(const struct repli_image *image, struct code_seen *out)
{
    struct code_grid *g = malloc(GRID_MAX * sizeof *g);
    size_t count = g ? repli_code_grids(image, g) : 0, n = 0;
    for (size_t i = 0; i < count && n < CODE_SEEN_MAX; i++) {
        bool again = !repli_code_read(&g[i], out[n].digits);
        for (size_t k = 0; !again && k < n; k++)
            again = strcmp(out[k].digits, out[n].digits) == 0;
        if (again)
            continue;
        memcpy(out[n].px, g[i].px, sizeof out[n].px);
        out[n++].pieced = 1;
    }
    free(g);
    return n;
}

static size_t find(const struct repli_image *image, const uint8_t *bits, enum code_stage stage,
                   struct code_seen out[CODE_SEEN_MAX])
{
    if (image->width < 64 || image->height < 64)
        return 0;
    zbar_image_scanner_t *scanner = zbar_image_scanner_create(); /* a fresh one a page: an old one grows */
    struct white white = {.bits = bits};
    size_t n = 0;
    if (!scanner)
        return 0;
    (void)zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    (void)zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    /* Every second line, or third: the heart of a finder pattern is three modules high, twelve pixels at 200 dpi and
    ** eighteen at 300, and zbar wants to see three lines of it. */
    int lines = stage == CODE_PAGE ? 1 : repli_image_scale(image) > EVERY_THIRD ? 3 : 2;
    (void)zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_X_DENSITY, lines);
    (void)zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_Y_DENSITY, lines);
    white_clamp(image, &white);
    if (stage == CODE_GRID)
        n = scan_grid(image, out);
    else if (stage == CODE_PAGE)
        n = try_window(scanner, image, &white, stage, (struct window){0, 0, image->width, image->height, 1, NULL}, out,
                       CODE_SEEN_MAX);
    else
        n = scan_corners(scanner, image, &white, stage, out);
    zbar_image_scanner_destroy(scanner);
    return n;
}

size_t repli_code_find(const struct repli_image *image, enum code_stage stage, struct code_seen out[CODE_SEEN_MAX])
{
    return find(image, NULL, stage, out);
}

size_t repli_code_find_bits(const struct repli_image *page, const uint8_t *bits, enum code_stage stage,
                            struct code_seen out[CODE_SEEN_MAX])
{
    if (stage != CODE_GRID)
        return find(page, bits, stage, out);
    struct repli_image whole = *page; /* grids are looked for all over it */
    whole.gray = malloc((size_t)page->width * (size_t)page->height);
    if (!whole.gray)
        return 0;
    repli_bits_unpack(bits, page->width, page->height, 0, 255, whole.gray);
    size_t n = find(&whole, NULL, stage, out);
    free(whole.gray);
    return n;
}
