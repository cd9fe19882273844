/* The page code's symbol, read by ourselves: decoders of hard bits throw away how sure each module was, and that is
** what tells a code word under a pen from one that was seen.
*/
#include "qr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DATA_BITS  (QR_BYTES * 8)
#define SURE       1e3f /* of a bit that is known beforehand */
#define LEVEL_Q    3
#define SPARE      4 /* checks that a firm block did not need */
#define COUNT_BITS 10
#define HEAD       (1u << COUNT_BITS | REPLI_PAGECODE_DIGITS) /* numeric, 143 digits: 14 bits */
#define HEAD_BITS  14
#define USED_BITS  (HEAD_BITS + REPLI_PAGECODE_DIGITS / 3 * 10 + REPLI_PAGECODE_DIGITS % 3 * 3 + 1)

int repli_qr_common(int x, int y)
{
    static const int corner[3][2] = {{0, 0}, {QR_SIDE - 7, 0}, {0, QR_SIDE - 7}};
    for (int i = 0; i < 3; i++) {
        int dx = x - corner[i][0] - 3, dy = y - corner[i][1] - 3, far = abs(dx) > abs(dy) ? abs(dx) : abs(dy);
        if (far <= 4)
            return far != 2 && far != 4;
    }
    int ax = abs(x - 30), ay = abs(y - 30), a = ax > ay ? ax : ay;
    if (a <= 2)
        return a != 1;
    if (x == 6 || y == 6)
        return (x + y) % 2 == 0;
    return x == 8 && y == QR_SIDE - 8 ? 1 : -1;
}

static bool holds_data(int x, int y)
{
    bool format = (x == 8 && (y <= 8 || y >= QR_SIDE - 8)) || (y == 8 && (x <= 8 || x >= QR_SIDE - 8));
    return !format && repli_qr_common(x, y) < 0;
}

static bool masked(int mask, int x, int y)
{
    switch (mask) {
    case 0:
        return (x + y) % 2 == 0;
    case 1:
        return y % 2 == 0;
    case 2:
        return x % 3 == 0;
    case 3:
        return (x + y) % 3 == 0;
    case 4:
        return (x / 3 + y / 2) % 2 == 0;
    case 5:
        return x * y % 2 + x * y % 3 == 0;
    case 6:
        return (x * y % 2 + x * y % 3) % 2 == 0;
    default:
        return ((x + y) % 2 + x * y % 3) % 2 == 0;
    }
}

/* ---- GF(256), x^8 + x^4 + x^3 + x^2 + 1 */

struct field {
    uint8_t exp[512], log[256];
};

static void field_make(struct field *f)
{
    int v = 1;
    *f = (struct field){{0}, {0}};
    for (int i = 0; i < 255; i++) {
        f->exp[i] = f->exp[i + 255] = (uint8_t)v;
        f->log[v] = (uint8_t)i;
        v = v << 1 ^ (v & 128 ? 0x11D : 0);
    }
}

static uint8_t mul(const struct field *f, uint8_t a, uint8_t b)
{
    return a && b ? f->exp[f->log[a] + f->log[b]] : 0;
}

static uint8_t quotient(const struct field *f, uint8_t a, uint8_t b)
{
    return a ? f->exp[f->log[a] + 255 - f->log[b]] : 0;
}

static uint8_t power(const struct field *f, int e)
{
    return f->exp[((e % 255) + 255) % 255];
}

static bool syndromes(const struct field *f, const uint8_t *block, int n, uint8_t s[QR_CHECKS])
{
    bool wrong = false;
    for (int i = 0; i < QR_CHECKS; i++) {
        uint8_t v = 0;
        for (int k = 0; k < n; k++)
            v = (uint8_t)(mul(f, v, f->exp[i]) ^ block[k]);
        s[i] = v;
        wrong = wrong || v;
    }
    return wrong;
}

/* Berlekamp and Massey, begun with the erasures: the locator of all that is wrong.  Returns its degree. */
static int locator(const struct field *f, const uint8_t s[QR_CHECKS], int n, const int *erased, int nerased,
                   uint8_t l[QR_CHECKS + 1])
{
    uint8_t b[QR_CHECKS + 1], t[QR_CHECKS + 1];
    memset(l, 0, QR_CHECKS + 1);
    l[0] = 1;
    for (int i = 0; i < nerased; i++) {
        uint8_t x = power(f, n - 1 - erased[i]);
        for (int k = i + 1; k > 0; k--)
            l[k] ^= mul(f, l[k - 1], x);
    }
    memcpy(b, l, sizeof b);
    int length = nerased;
    for (int r = nerased + 1; r <= QR_CHECKS; r++) {
        uint8_t d = 0;
        for (int i = 0; i < r; i++)
            d ^= mul(f, l[i], s[r - 1 - i]);
        memmove(b + 1, b, QR_CHECKS);
        b[0] = 0;
        if (!d)
            continue;
        for (int i = 0; i <= QR_CHECKS; i++)
            t[i] = (uint8_t)(l[i] ^ mul(f, d, b[i]));
        if (2 * length <= r + nerased - 1) {
            length = r + nerased - length;
            for (int i = 0; i <= QR_CHECKS; i++)
                b[i] = quotient(f, l[i], d);
        }
        memcpy(l, t, sizeof t);
    }
    int degree = QR_CHECKS;
    while (degree > 0 && !l[degree])
        degree--;
    return degree;
}

/* Chien and Forney: the places and what to add there. */
static bool repair(const struct field *f, const uint8_t s[QR_CHECKS], const uint8_t l[QR_CHECKS + 1], int degree,
                   uint8_t *block, int n)
{
    uint8_t omega[QR_CHECKS] = {0};
    int found = 0;
    for (int i = 0; i < QR_CHECKS; i++)
        for (int k = 0; k <= i && k <= degree; k++)
            omega[i] ^= mul(f, s[i - k], l[k]);
    for (int at = 0; at < n; at++) {
        int x = n - 1 - at; /* the place as a power */
        uint8_t zero = 0, over = 0, under = 0;
        for (int i = 0; i <= degree; i++)
            zero ^= mul(f, l[i], power(f, -x * i));
        if (zero)
            continue;
        found++;
        for (int i = 0; i < QR_CHECKS; i++)
            over ^= mul(f, omega[i], power(f, -x * i));
        for (int i = 1; i <= degree; i += 2)
            under ^= mul(f, l[i], power(f, -x * (i - 1)));
        if (!under)
            return false;
        block[at] ^= mul(f, quotient(f, over, under), power(f, x));
    }
    return found == degree;
}

bool repli_qr_correct(uint8_t *block, int n, const int *erased, int nerased)
{
    struct field f;
    uint8_t s[QR_CHECKS], l[QR_CHECKS + 1], copy[QR_LONGEST];
    field_make(&f);
    if (n > QR_LONGEST || nerased > QR_CHECKS)
        return false;
    if (!syndromes(&f, block, n, s))
        return true;
    int degree = locator(&f, s, n, erased, nerased, l);
    memcpy(copy, block, (size_t)n);
    if (2 * (degree - nerased) + nerased > QR_CHECKS || !repair(&f, s, l, degree, copy, n) || syndromes(&f, copy, n, s))
        return false;
    memcpy(block, copy, (size_t)n);
    return true;
}

/* ---- from modules to codewords and on */

struct word {
    uint8_t value;
    float bits[8]; /* odds, the highest bit first */
    double doubt;  /* odds that something is wrong with it, more = worse */
    int block, at; /* where it belongs */
};

/* The k-th word of the stream: data of all blocks in turn (two are one shorter), then checks in turn. */
static void belongs(int k, int *block, int *at)
{
    if (k < 60) {
        *block = k % QR_BLOCKS;
        *at = k / QR_BLOCKS;
    } else if (k < QR_DATA) {
        *block = 2 + k - 60;
        *at = 15;
    } else {
        *block = (k - QR_DATA) % QR_BLOCKS;
        *at = (k - QR_DATA) / QR_BLOCKS + (*block < 2 ? 15 : 16);
    }
}

static void add_bit(struct word *w, int i, float odds)
{
    w->bits[i] = odds;
    w->value = (uint8_t)(w->value << 1 | (odds > 0));
    w->doubt += log1p(exp(-fabs((double)odds)));
}

/* What is known of a data bit before it is seen: the head, and the zeros behind the last digit. */
static float known_bit(int i, float seen)
{
    if (i < HEAD_BITS)
        return HEAD >> (HEAD_BITS - 1 - i) & 1 ? SURE : -SURE;
    return i >= USED_BITS && i < QR_DATA * 8 ? -SURE : seen;
}

/* The module of every bit, in the order of the stream. */
static void walk(uint16_t module[DATA_BITS])
{
    int i = 0;
    for (int right = QR_SIDE - 1; right >= 1; right -= 2) {
        right = right == 6 ? 5 : right;
        for (int v = 0; v < QR_SIDE; v++)
            for (int j = 0; j < 2; j++) {
                int x = right - j, y = (right + 1) & 2 ? v : QR_SIDE - 1 - v;
                if (holds_data(x, y) && i < DATA_BITS)
                    module[i++] = (uint16_t)(y * QR_SIDE + x);
            }
    }
}

/* Bit i of the stream as a bit of the data that the blocks hold one after the other; past their end: a check. */
static int data_bit(int i)
{
    int block, at, k = i / 8;
    belongs(k, &block, &at);
    return k < QR_DATA ? (block * 15 + (block == 3) + at) * 8 + i % 8 : QR_DATA * 8;
}

static void collect(const float black[QR_ALL], int mask, struct word words[QR_BYTES])
{
    uint16_t module[DATA_BITS];
    walk(module);
    memset(words, 0, QR_BYTES * sizeof *words);
    for (int i = 0; i < DATA_BITS; i++) {
        struct word *w = &words[i / 8];
        float odds = black[module[i]];
        odds = masked(mask, module[i] % QR_SIDE, module[i] / QR_SIDE) ? -odds : odds;
        belongs(i / 8, &w->block, &w->at);
        add_bit(w, i % 8, known_bit(data_bit(i), odds));
    }
}

static int by_doubt(const void *a, const void *b)
{
    const struct word *const *x = a, *const *y = b;
    return ((*x)->doubt < (*y)->doubt) - ((*x)->doubt > (*y)->doubt);
}

static double contradiction(const struct word *const *words, const uint8_t *block, int n)
{
    double sum = 0;
    for (int k = 0; k < n; k++)
        for (int i = 0; i < 8; i++) {
            bool one = block[words[k]->at] >> (7 - i) & 1;
            float odds = words[k]->bits[i];
            if (one != (odds > 0))
                sum += fabs((double)odds);
        }
    return sum;
}

/* The likeliest of what a block can be corrected to.  Firm: with room to spare for the errors that a wrong code word
** would need. */
static void settle(const struct word words[QR_BYTES], int b, struct qr_blocks *q)
{
    const struct word *mine[QR_LONGEST];
    int n = 0, erased[QR_CHECKS];
    double least = -1;
    for (int k = 0; k < QR_BYTES; k++)
        if (words[k].block == b)
            mine[n++] = &words[k];
    qsort(mine, (size_t)n, sizeof(const struct word *), by_doubt);
    for (int e = 0; e < QR_CHECKS; e++) {
        uint8_t block[QR_LONGEST];
        int changed = 0;
        for (int k = 0; k < n; k++)
            block[mine[k]->at] = mine[k]->value;
        for (int k = 0; k < e; k++)
            erased[k] = mine[k]->at;
        if (!repli_qr_correct(block, n, erased, e))
            continue;
        for (int k = e; k < n; k++)
            changed += block[mine[k]->at] != mine[k]->value;
        double c = contradiction(mine, block, n);
        q->firm[b] = q->firm[b] || 2 * changed + e <= QR_CHECKS - SPARE;
        if (least < 0 || c < least) {
            least = c;
            memcpy(q->words[b], block, (size_t)n);
        }
    }
    q->settled[b] = least >= 0;
}

void repli_qr_settle(const float black[QR_ALL], int mask, struct qr_blocks *q)
{
    struct word words[QR_BYTES];
    q->mask = mask;
    collect(black, mask, words);
    for (int b = 0; b < QR_BLOCKS; b++)
        if (!q->firm[b])
            settle(words, b, q);
}

size_t repli_qr_known(const struct qr_blocks *q, int8_t known[QR_ALL])
{
    uint16_t module[DATA_BITS];
    size_t n = 0;
    walk(module);
    for (int i = 0; i < DATA_BITS; i++) {
        int block, at, m = module[i];
        float bit = known_bit(data_bit(i), 0);
        belongs(i / 8, &block, &at);
        if (known[m] >= 0 || (bit == 0 && !q->firm[block]))
            continue;
        bool one = bit != 0 ? bit > 0 : q->words[block][at] >> (7 - i % 8) & 1;
        known[m] = one != masked(q->mask, m % QR_SIDE, m / QR_SIDE);
        n++;
    }
    return n;
}

static unsigned take(const uint8_t *data, int *at, int bits)
{
    unsigned v = 0;
    for (; bits > 0; bits--, (*at)++)
        v = v << 1 | (data[*at / 8] >> (7 - *at % 8) & 1);
    return v;
}

bool repli_qr_digits(const struct qr_blocks *q, char digits[REPLI_PAGECODE_DIGITS + 1])
{
    uint8_t data[QR_DATA];
    int at = 0, n = 0;
    for (int b = 0, to = 0; b < QR_BLOCKS; to += b < 2 ? 15 : 16, b++) {
        if (!q->settled[b])
            return false;
        memcpy(data + to, q->words[b], b < 2 ? 15 : 16);
    }
    if (take(data, &at, HEAD_BITS) != HEAD)
        return false;
    while (n < REPLI_PAGECODE_DIGITS) {
        int left = REPLI_PAGECODE_DIGITS - n, take_now = left >= 3 ? 3 : left;
        unsigned v = take(data, &at,
                          take_now == 3   ? 10
                          : take_now == 2 ? 7
                                          : 4),
                 limit = take_now == 3   ? 1000
                         : take_now == 2 ? 100
                                         : 10;
        if (v >= limit)
            return false;
        for (unsigned unit = limit / 10; unit; unit /= 10)
            digits[n++] = (char)('0' + v / unit % 10);
    }
    digits[n] = 0;
    return true;
}

/* ---- format: which mask */

static unsigned format_bits(unsigned mask)
{
    unsigned data = LEVEL_Q << 3 | mask, rem = data;
    for (int i = 0; i < 10; i++)
        rem = rem << 1 ^ (rem >> 9) * 0x537u;
    return (data << 10 | rem) ^ 0x5412u;
}

static double format_match(const float black[QR_ALL], unsigned mask)
{
    static const int8_t first[15][2] = {{8, 0}, {8, 1}, {8, 2}, {8, 3}, {8, 4}, {8, 5}, {8, 7}, {8, 8},
                                        {7, 8}, {5, 8}, {4, 8}, {3, 8}, {2, 8}, {1, 8}, {0, 8}};
    unsigned bits = format_bits(mask);
    double sum = 0;
    for (int i = 0; i < 15; i++) {
        int x = i < 8 ? QR_SIDE - 1 - i : 8, y = i < 8 ? 8 : QR_SIDE - 15 + i;
        double a = (double)black[first[i][1] * QR_SIDE + first[i][0]], b = (double)black[y * QR_SIDE + x];
        sum += bits >> i & 1 ? tanh(a) + tanh(b) : -tanh(a) - tanh(b);
    }
    return sum;
}

void repli_qr_masks(const float black[QR_ALL], int masks[2])
{
    double match[8];
    for (int m = 0; m < 8; m++)
        match[m] = format_match(black, (unsigned)m);
    masks[0] = 0;
    for (int m = 1; m < 8; m++)
        masks[0] = match[m] > match[masks[0]] ? m : masks[0];
    masks[1] = masks[0] ? 0 : 1;
    for (int m = 0; m < 8; m++)
        if (m != masks[0] && match[m] > match[masks[1]])
            masks[1] = m;
}
