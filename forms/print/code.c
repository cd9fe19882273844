/* The page code's symbol: QR version 5, level Q, mask 0, one numeric segment of 143 digits, and nothing else, which is
** why it is made here: a library that can do all of QR takes ten times as long.  What every symbol has in common is
** drawn once. */
#include <string.h>

#include "print/print_internal.h"
#include "repli/pagecode.h"

enum {
    SIDE = REPLI_CODE_MODULES,
    BLOCKS = 4,
    CHECKS = 18, /* check codewords of a block */
    DATA = 62,   /* data codewords: 15, 15, 16 and 16 */
    SHORT = 15,  /* of a short block */
    SHORTS = 2,  /* blocks that are short; they come first */
    WORDS = DATA + BLOCKS * CHECKS,
    LEVEL_Q_MASK_0 = 24 /* 11 000 */
};

struct code {
    bool ready;
    bool common[SIDE * SIDE];   /* with the format, and with the mask where data goes */
    uint16_t place[WORDS * 8];  /* of each bit, in the order of the codewords */
    uint8_t exp[512], log[256]; /* GF(256), x^8 + x^4 + x^3 + x^2 + 1 */
    uint8_t generator[CHECKS];  /* without its first coefficient, which is 1 */
};

static int far(int x, int y, int x0, int y0)
{
    int dx = x > x0 ? x - x0 : x0 - x, dy = y > y0 ? y - y0 : y0 - y;
    return dx > dy ? dx : dy;
}

/* Finders with their white borders, the alignment mark, the two dotted lines, the dark module: 0 or 1; -1: none of
** them. */
static int common(int x, int y)
{
    static const int finders[3][2] = {{3, 3}, {SIDE - 4, 3}, {3, SIDE - 4}};
    for (int i = 0; i < 3; i++) {
        int d = far(x, y, finders[i][0], finders[i][1]);
        if (d <= 4)
            return d != 2 && d != 4;
    }
    int d = far(x, y, SIDE - 7, SIDE - 7);
    if (d <= 2)
        return d != 1;
    if (x == 6 || y == 6)
        return (x + y) % 2 == 0;
    return x == 8 && y == SIDE - 8 ? 1 : -1;
}

static bool is_format(int x, int y)
{
    return (x == 8 && (y <= 8 || y >= SIDE - 8)) || (y == 8 && (x <= 8 || x >= SIDE - 8));
}

/* Level and mask twice, with their check bits. */
static void draw_format(struct code *c)
{
    unsigned rest = LEVEL_Q_MASK_0;
    for (int i = 0; i < 10; i++)
        rest = rest << 1 ^ (rest >> 9) * 0x537;
    unsigned bits = ((unsigned)LEVEL_Q_MASK_0 << 10 | rest) ^ 0x5412;
    for (int i = 0; i < 15; i++) {
        bool dark = bits >> i & 1;
        int beside = i < 8 ? SIDE - 1 - i : i == 8 ? 7 : 14 - i, below = i < 6 ? i : i < 8 ? i + 1 : SIDE - 15 + i;
        c->common[8 * SIDE + beside] = dark;
        c->common[below * SIDE + 8] = dark;
    }
}

/* Two columns at a time, from the right, up and down in turn; column 6 is a dotted line. */
static void draw_common(struct code *c)
{
    size_t n = 0;
    for (int right = SIDE - 1; right > 0; right -= right == 8 ? 3 : 2)
        for (int i = 0; i < 2 * SIDE; i++) {
            bool upward = ((right + 1) & 2) == 0;
            int x = right - i % 2, y = upward ? SIDE - 1 - i / 2 : i / 2, fixed = common(x, y);
            if (fixed < 0 && !is_format(x, y)) {
                if (n < WORDS * 8)
                    c->place[n++] = (uint16_t)(y * SIDE + x);
                c->common[y * SIDE + x] = (x + y) % 2 == 0;
            }
        }
    for (int i = 0; i < SIDE * SIDE; i++)
        if (common(i % SIDE, i / SIDE) >= 0)
            c->common[i] = common(i % SIDE, i / SIDE) == 1;
    draw_format(c);
}

static uint8_t mul(const struct code *c, uint8_t a, uint8_t b)
{
    return a && b ? c->exp[c->log[a] + c->log[b]] : 0;
}

static void make_field(struct code *c)
{
    uint8_t *g = c->generator;
    for (int i = 0, v = 1; i < 255; i++) {
        c->exp[i] = c->exp[i + 255] = (uint8_t)v;
        c->log[v] = (uint8_t)i;
        v = v << 1 ^ (v & 128 ? 0x11D : 0);
    }
    g[CHECKS - 1] = 1; /* times x - 2^i, each time */
    for (int i = 0; i < CHECKS; i++)
        for (int k = 0; k < CHECKS; k++)
            g[k] = mul(c, g[k], c->exp[i]) ^ (k + 1 < CHECKS ? g[k + 1] : 0);
}

static const struct code *made(void)
{
    static struct code c;
    if (!c.ready) {
        make_field(&c);
        draw_common(&c);
        c.ready = true;
    }
    return &c;
}

struct bits {
    uint8_t data[DATA];
    size_t count;
};

static void put(struct bits *b, unsigned value, int n)
{
    for (int i = n - 1; i >= 0; i--, b->count++)
        b->data[b->count / 8] |= (uint8_t)((value >> i & 1) << (7 - b->count % 8));
}

/* Numeric mode: three digits in ten bits; the last two in seven.  The end mark fills what is left. */
static void put_digits(struct bits *b, const char *digits)
{
    put(b, 1, 4);
    put(b, REPLI_PAGECODE_DIGITS, 10);
    for (int i = 0; i < REPLI_PAGECODE_DIGITS; i += 3) {
        unsigned v = (unsigned)(digits[i] - '0') * 10 + (unsigned)(digits[i + 1] - '0');
        bool three = i + 2 < REPLI_PAGECODE_DIGITS;
        put(b, three ? v * 10 + (unsigned)(digits[i + 2] - '0') : v, three ? 10 : 7);
    }
}

/* The remainder of the data by the generator. */
static void add_checks(const struct code *c, const uint8_t *data, size_t n, uint8_t checks[CHECKS])
{
    memset(checks, 0, CHECKS);
    for (size_t i = 0; i < n; i++) {
        uint8_t lead = data[i] ^ checks[0];
        for (int k = 0; k < CHECKS; k++)
            checks[k] = (uint8_t)((k + 1 < CHECKS ? checks[k + 1] : 0) ^ mul(c, lead, c->generator[k]));
    }
}

/* The first codeword of each block, then the second of each, ...; then the check words likewise. */
static void interleave(const struct code *c, const uint8_t data[DATA], uint8_t words[WORDS])
{
    uint8_t checks[BLOCKS][CHECKS];
    const uint8_t *block[BLOCKS];
    size_t n = 0, from = 0;
    for (size_t b = 0; b < BLOCKS; b++) {
        size_t len = b < SHORTS ? SHORT : SHORT + 1;
        block[b] = data + from;
        add_checks(c, block[b], len, checks[b]);
        from += len;
    }
    for (size_t i = 0; i <= SHORT; i++)
        for (size_t b = i < SHORT ? 0 : SHORTS; b < BLOCKS; b++)
            words[n++] = block[b][i];
    for (size_t i = 0; i < CHECKS; i++)
        for (size_t b = 0; b < BLOCKS; b++)
            words[n++] = checks[b][i];
}

/* Only the 143 digits of a page code: other digits would need another version or mode. */
static bool code_digits(const char *digits)
{
    return strlen(digits) == REPLI_PAGECODE_DIGITS && strspn(digits, "0123456789") == REPLI_PAGECODE_DIGITS;
}

enum repli_status repli_code_modules(const char *digits, bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES],
                                     struct repli_err *err)
{
    if (!digits || !code_digits(digits))
        return repli_fail(err, REPLI_DATA, "a page code is %d decimal digits", REPLI_PAGECODE_DIGITS);
    const struct code *c = made();
    struct bits bits = {.count = 0};
    uint8_t words[WORDS];
    put_digits(&bits, digits);
    interleave(c, bits.data, words);
    memcpy(modules, c->common, sizeof c->common);
    for (size_t i = 0; i < WORDS * 8; i++)
        if (words[i / 8] >> (7 - i % 8) & 1)
            modules[c->place[i]] = !modules[c->place[i]];
    return REPLI_OK;
}

enum repli_status repli_code_image(const char *digits, uint8_t bits[REPLI_CODE_IMAGE_BYTES], struct repli_err *err)
{
    bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES];
    enum repli_status status = repli_code_modules(digits, modules, err);
    if (status != REPLI_OK)
        return status;
    memset(bits, 0xff, REPLI_CODE_IMAGE_BYTES);
    for (int y = 0; y < REPLI_CODE_MODULES; y++)
        for (int x = 0; x < REPLI_CODE_MODULES; x++)
            if (modules[y * REPLI_CODE_MODULES + x])
                bits[y * REPLI_CODE_ROW_BYTES + x / 8] &= (uint8_t) ~(0x80u >> (x % 8));
    return REPLI_OK;
}
