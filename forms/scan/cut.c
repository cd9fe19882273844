/* One row of samples along a page: the innermost loop of reading.  Eight at a time where the processor can
** (SSSE3: all since 2006), with the very results of the plain loops: on near straight paper eight samples lie within
** sixteen pixels of one row, and a shuffle picks them. */
#include "ink.h"

#include <stdlib.h>

#define SPAN 16 /* pixels that are loaded for eight samples */

/* Places are 1/65536 pixel from `from`; the caller sees to it that 32 bits hold them. */
static void nearest_plain(const uint8_t *from, int32_t stride, struct cut_step s, uint8_t *to, int n)
{
    for (int i = 0; i < n; i++, s.x += s.dx, s.y += s.dy)
        to[i] = from[(ptrdiff_t)(s.y >> 16) * stride + (s.x >> 16)];
}

static void smooth_plain(const uint8_t *from, int32_t stride, struct cut_step s, uint8_t *to, int n)
{
    for (int i = 0; i < n; i++, s.x += s.dx, s.y += s.dy) {
        const uint8_t *q = from + (ptrdiff_t)(s.y >> 16) * stride + (s.x >> 16);
        int u = s.x >> 8 & 255, v = s.y >> 8 & 255;
        int top = q[0] * (256 - u) + q[1] * u, low = q[stride] * (256 - u) + q[stride + 1] * u;
        to[i] = (uint8_t)((top * (256 - v) + low * v + 32768) >> 16);
    }
}

#ifdef __x86_64__
#include <immintrin.h>
#define SSSE3 __attribute__((target("ssse3")))

/* Columns of eight samples from s.x on, in 1/65536: four in each register. */
SSSE3 static inline void columns(const struct cut_step *s, __m128i x[2])
{
    int32_t f = s->x & 65535, d = s->dx;
    x[0] = _mm_set_epi32(f + 3 * d, f + 2 * d, f + d, f);
    x[1] = _mm_add_epi32(x[0], _mm_set1_epi32(4 * d));
}

/* Whole columns as bytes in the low half. */
SSSE3 static inline __m128i picks(const __m128i x[2])
{
    __m128i words = _mm_packs_epi32(_mm_srai_epi32(x[0], 16), _mm_srai_epi32(x[1], 16));
    return _mm_packus_epi16(words, words);
}

SSSE3 static inline __m128i row_at(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

SSSE3 static void nearest_eight(const uint8_t *from, int32_t stride, struct cut_step s, uint8_t *to)
{
    __m128i x[2];
    columns(&s, x);
    __m128i got = _mm_shuffle_epi8(row_at(from + (ptrdiff_t)(s.y >> 16) * stride + (s.x >> 16)), picks(x));
    _mm_storel_epi64((__m128i *)(void *)to, got);
}

/* a * wa + b * wb of words, weights that add up to 256. */
SSSE3 static inline __m128i mix_words(__m128i a, __m128i wa, __m128i b, __m128i wb)
{
    return _mm_add_epi16(_mm_mullo_epi16(a, wa), _mm_mullo_epi16(b, wb));
}

/* (a * wa + b * wb + 32768) >> 16 of unsigned words: their products have 24 bits. */
SSSE3 static inline __m128i mix_rounded(__m128i a, __m128i wa, __m128i b, __m128i wb)
{
    __m128i al = _mm_mullo_epi16(a, wa), ah = _mm_mulhi_epu16(a, wa), bl = _mm_mullo_epi16(b, wb),
            bh = _mm_mulhi_epu16(b, wb), half = _mm_set1_epi32(32768);
    __m128i low = _mm_add_epi32(_mm_unpacklo_epi16(al, ah), _mm_unpacklo_epi16(bl, bh)),
            high = _mm_add_epi32(_mm_unpackhi_epi16(al, ah), _mm_unpackhi_epi16(bl, bh));
    return _mm_packs_epi32(_mm_srli_epi32(_mm_add_epi32(low, half), 16), _mm_srli_epi32(_mm_add_epi32(high, half), 16));
}

/* Eight samples whose rows of pixels are the same. */
SSSE3 static void smooth_eight(const uint8_t *from, int32_t stride, struct cut_step s, uint8_t *to)
{
    const __m128i zero = _mm_setzero_si128(), one = _mm_set1_epi8(1), all = _mm_set1_epi16(256),
                  byte = _mm_set1_epi32(255);
    const uint8_t *row = from + (ptrdiff_t)(s.y >> 16) * stride + (s.x >> 16);
    __m128i x[2], top = row_at(row), low = row_at(row + stride);
    columns(&s, x);
    __m128i p = picks(x), q = _mm_add_epi8(p, one);
    __m128i u =
        _mm_packs_epi32(_mm_and_si128(_mm_srai_epi32(x[0], 8), byte), _mm_and_si128(_mm_srai_epi32(x[1], 8), byte));
    __m128i iu = _mm_sub_epi16(all, u);
    __m128i a = mix_words(_mm_unpacklo_epi8(_mm_shuffle_epi8(top, p), zero), iu,
                          _mm_unpacklo_epi8(_mm_shuffle_epi8(top, q), zero), u);
    __m128i b = mix_words(_mm_unpacklo_epi8(_mm_shuffle_epi8(low, p), zero), iu,
                          _mm_unpacklo_epi8(_mm_shuffle_epi8(low, q), zero), u);
    int32_t y = s.y, d = s.dy;
    __m128i y0 = _mm_set_epi32(y + 3 * d, y + 2 * d, y + d, y), y1 = _mm_add_epi32(y0, _mm_set1_epi32(4 * d));
    __m128i v = _mm_packs_epi32(_mm_and_si128(_mm_srai_epi32(y0, 8), byte), _mm_and_si128(_mm_srai_epi32(y1, 8), byte));
    __m128i got = mix_rounded(a, _mm_sub_epi16(all, v), b, v);
    _mm_storel_epi64((__m128i *)(void *)to, _mm_packus_epi16(got, got));
}

/* Do eight samples fit, and all that is loaded for them into the image? */
static bool eight_fit(const struct cut_step *s, const uint8_t *from, int32_t stride, bool smooth, const uint8_t *end)
{
    return s->y >> 16 == (s->y + 7 * s->dy) >> 16 &&
           end - (from + (ptrdiff_t)((s->y >> 16) + smooth) * stride + (s->x >> 16)) >= SPAN;
}

static bool has_eight(const struct cut_step *s)
{
    return s->dx >= 0 && 7 * (int64_t)s->dx < (SPAN - 2) << 16 && __builtin_cpu_supports("ssse3");
}

static void step_on(struct cut_step *s, int n)
{
    s->x += n * s->dx;
    s->y += n * s->dy;
}

void repli_cut_row(const uint8_t *from, int32_t stride, const uint8_t *end, bool smooth, struct cut_step s, uint8_t *to,
                   int n)
{
    bool eight = has_eight(&s);
    while (eight && n >= 8) {
        if (!eight_fit(&s, from, stride, smooth, end)) {
            (smooth ? smooth_plain : nearest_plain)(from, stride, s, to, 8);
        } else if (smooth) {
            smooth_eight(from, stride, s, to);
        } else {
            nearest_eight(from, stride, s, to);
        }
        step_on(&s, 8);
        to += 8;
        n -= 8;
    }
    (smooth ? smooth_plain : nearest_plain)(from, stride, s, to, n);
}
#else
void repli_cut_row(const uint8_t *from, int32_t stride, const uint8_t *end, bool smooth, struct cut_step s, uint8_t *to,
                   int n)
{
    (void)end;
    (smooth ? smooth_plain : nearest_plain)(from, stride, s, to, n);
}
#endif
