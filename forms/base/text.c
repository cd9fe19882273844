#include "repli/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* Length of the well-formed sequence at s (Unicode 3.9, table 3-7), or 0 when the first byte begins none. */
static size_t sequence(const unsigned char *s, size_t len)
{
    unsigned char b = len ? s[0] : 0;
    if (b < 0x80)
        return len ? 1 : 0;
    size_t n = b >= 0xF0 && b <= 0xF4 ? 4 : b >= 0xE0 && b < 0xF0 ? 3 : b >= 0xC2 && b < 0xE0 ? 2 : 0;
    if (n == 0 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (b == 0xE0 && s[1] < 0xA0) || (b == 0xF0 && s[1] < 0x90);
    bool surrogate = b == 0xED && s[1] >= 0xA0;
    bool too_large = b == 0xF4 && s[1] >= 0x90;
    return overlong || surrogate || too_large ? 0 : n;
}

static uint32_t decode(const unsigned char *s, size_t n)
{
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = s[0] & lead[n];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (s[i] & 0x3Fu);
    return c;
}

bool repli_utf8_valid(const char *s, size_t len)
{
    const unsigned char *p = (const unsigned char *)s;
    while (len) {
        size_t n = sequence(p, len);
        if (n == 0 || *p == 0)
            return false;
        p += n;
        len -= n;
    }
    return true;
}

uint32_t repli_utf8_next(const char **s)
{
    const unsigned char *p = (const unsigned char *)*s;
    if (*p < 0x80) { /* most of what is ever printed */
        *s += *p != 0;
        return *p;
    }
    size_t have = 1;
    while (have < 4 && p[have])
        have++;
    size_t n = sequence(p, have);
    assert(n > 0);
    *s += n;
    return decode(p, n);
}

static bool is_break(uint32_t c)
{
    return (c >= 9 && c <= 13) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* Control characters, and the marks that reorder what a reader sees (embeddings, overrides, isolates). */
static bool is_dangerous(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_space(uint32_t c)
{
    return is_break(c) || c == ' ' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

/* Cuts white space from both ends of bytes that need not be well-formed. */
static void trim(const unsigned char **s, size_t *len)
{
    for (size_t n; (n = sequence(*s, *len)) && is_space(decode(*s, n)); *s += n, *len -= n)
        ;
    while (*len) {
        size_t n = 1;
        while (n < 4 && n < *len && ((*s)[*len - n] & 0xC0) == 0x80)
            n++;
        const unsigned char *last = *s + *len - n;
        if (sequence(last, n) != n || !is_space(decode(last, n)))
            return;
        *len -= n;
    }
}

/* utf8proc_map with its result moved into the arena.  The input is valid UTF-8, so only memory can fail. */
static char *map(struct repli_arena *a, const char *s, size_t len, utf8proc_option_t options)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)len, &mapped, options);
    if (n < 0) {
        assert(n == UTF8PROC_ERROR_NOMEM);
        abort(); /* allowed: out of memory */
    }
    char *out = repli_arena_strndup(a, (const char *)mapped, (size_t)n);
    free(mapped);
    return out;
}

/* Printable ASCII is clean as it is: most texts of an export are. */
static bool plain_ascii(const unsigned char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] < 0x20 || p[i] > 0x7E)
            return false;
    return true;
}

char *repli_text_clean(struct repli_arena *a, const char *s, size_t len, bool *changed)
{
    const unsigned char *p = (const unsigned char *)s;
    bool touched = false;
    struct repli_buf b = {0};
    trim(&p, &len);
    if (plain_ascii(p, len)) {
        if (changed)
            *changed = false;
        return repli_arena_strndup(a, (const char *)p, len);
    }
    while (len) {
        size_t n = sequence(p, len);
        uint32_t c = n ? decode(p, n) : 0;
        if (n && is_break(c)) {
            n += c == '\r' && len > 1 && p[1] == '\n';
            repli_buf_puts(&b, " ");
            touched = true;
        } else if (!n || is_dangerous(c)) {
            n += !n;
            repli_buf_puts(&b, REPLACEMENT);
            touched = true;
        } else {
            repli_buf_add(&b, p, n);
        }
        p += n;
        len -= n;
    }
    char *out = map(a, b.data ? b.data : "", b.len, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    repli_buf_done(&b);
    if (changed)
        *changed = touched;
    return out;
}

/* Hyphens, dashes, apostrophes and white space: what people write in one way or another inside a name. */
static bool is_joint(uint32_t c)
{
    return is_space(c) || c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x00AD || c == '\'' ||
           c == '`' || c == 0x00B4 || c == 0x02B9 || c == 0x02BB || c == 0x02BC || c == 0x2018 || c == 0x2019 ||
           c == 0x2032;
}

/* Letters that no decomposition takes a mark off, but every list of names stands them with; the i without a dot, which
** in capitals, as paper has it, nobody can tell from the other one.  NULL: none of these. */
static const char *plain_letters(uint32_t c)
{
    static const struct {
        uint32_t letter;
        const char *plain;
    } letters[] = {{0xE6, "ae"}, {0xF0, "d"},  {0xF8, "o"},  {0xFE, "th"}, {0x111, "d"},
                   {0x127, "h"}, {0x131, "i"}, {0x142, "l"}, {0x153, "oe"}};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].letter == c)
            return letters[i].plain;
    return NULL;
}

char *repli_text_fold(struct repli_arena *a, const char *s)
{
    size_t len = strlen(s);
    if (!repli_utf8_valid(s, len)) {
        s = repli_text_clean(a, s, len, NULL);
        len = strlen(s);
    }
    const char *p = map(a, s, len,
                        UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                            UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    struct repli_buf b = {0};
    bool gap = false;
    while (*p) {
        const char *from = p;
        uint32_t c = repli_utf8_next(&p);
        if (is_joint(c)) {
            gap = b.len > 0;
            continue;
        }
        if (gap)
            repli_buf_puts(&b, " ");
        gap = false;
        const char *plain = plain_letters(c);
        if (plain)
            repli_buf_puts(&b, plain);
        else
            repli_buf_add(&b, from, (size_t)(p - from));
    }
    char *out = repli_arena_strndup(a, b.data ? b.data : "", b.len);
    repli_buf_done(&b);
    return out;
}

void repli_hex(const uint8_t *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * len] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool repli_unhex(const char *hex, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < 2 * len; i++)
        if (hex_digit(hex[i]) < 0)
            return false;
    if (hex[2 * len] != '\0')
        return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(hex_digit(hex[2 * i]) * 16 + hex_digit(hex[2 * i + 1]));
    return true;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

bool repli_number(const char *s, double *out)
{
    bool negative = *s == '-';
    s += negative;
    int significant = 0, decimals = 0;
    int64_t mantissa = 0;
    if (!digit(*s))
        return false;
    for (bool fraction = false; *s; s++) {
        if (*s == '.' && !fraction && digit(s[1])) {
            fraction = true;
            continue;
        }
        if (!digit(*s))
            return false;
        decimals += fraction;
        significant += significant > 0 || *s != '0';
        if (significant > 15 || decimals > 22)
            return false;
        mantissa = mantissa * 10 + (*s - '0');
    }
    /* Both operands are exact (mantissa < 2^53, 10^22 is a double), so the quotient is the nearest double. */
    double power = 1;
    for (int i = 0; i < decimals; i++)
        power *= 10;
    double v = (double)mantissa / power;
    *out = negative && mantissa ? -v : v;
    return true;
}

bool repli_integer(const char *s, int64_t min, int64_t max, int64_t *out)
{
    bool negative = *s == '-';
    s += negative;
    if (!digit(*s))
        return false;
    int64_t v = 0; /* kept negative: there is one more negative number than positive ones */
    for (; *s; s++) {
        if (!digit(*s) || v < (INT64_MIN + (*s - '0')) / 10)
            return false;
        v = v * 10 - (*s - '0');
    }
    if (!negative && v == INT64_MIN)
        return false;
    v = negative ? v : -v;
    if (v < min || v > max)
        return false;
    *out = v;
    return true;
}

/* Nearly every number on paper has one place at most; printf is slow, and there are thousands of them. */
static bool tenths(double v, int decimals, char out[32])
{
    double scaled = fabs(v) < 1e6 ? nearbyint(v * 10) : NAN;
    if (!(scaled / 10 == v) || (decimals == 0 && fmod(scaled, 10) != 0))
        return false;
    char text[16], *p = text + sizeof text;
    int32_t n = (int32_t)fabs(scaled), part = n % 10;
    if (part) {
        *--p = (char)('0' + part);
        *--p = '.';
    }
    n /= 10;
    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    if (scaled < 0)
        *--p = '-';
    memcpy(out, p, (size_t)(text + sizeof text - p));
    out[text + sizeof text - p] = '\0';
    return true;
}

void repli_number_format(double v, int decimals, char out[32])
{
    assert(isfinite(v) && fabs(v) < 1e20 && decimals >= 0 && decimals <= 9);
    char text[64];
    if (tenths(v, decimals, out))
        return;
    snprintf(text, sizeof text, "%.*f", decimals, v);
    size_t n = 0;
    bool fraction = false;
    for (const char *p = text; *p; p++) {
        if (digit(*p) || *p == '-') {
            out[n++] = *p;
        } else if (!fraction) { /* the locale's decimal sign, perhaps several bytes */
            out[n++] = '.';
            fraction = true;
        }
    }
    while (fraction && out[n - 1] == '0')
        n--;
    n -= fraction && out[n - 1] == '.';
    out[n] = '\0';
    if (strcmp(out, "-0") == 0)
        memcpy(out, "0", 2);
}
