/* One row of samples along a page: the innermost loop of reading.  Eight at a time where the processor can
** (SSSE3: all since 2006), with the very results of the plain loops: on near straight paper, upright or upside down,
** eight samples lie within sixteen pixels of one row or of two, and a shuffle picks them. */
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

/* Eight samples that lie in one row of pixels, or cross from one row into the next: the upper row from the leftmost
** pixel on, and the places counted from there. */
struct eight {
    const uint8_t *row;
    bool crossing;
    int32_t top; /* which row that is */
    __m128i x[2], y[2];
};

SSSE3 static inline __m128i row_at(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* Places of eight samples in 1/65536: four in each register. */
SSSE3 static inline void places(int32_t f, int32_t d, __m128i v[2])
{
    v[0] = _mm_set_epi32(f + 3 * d, f + 2 * d, f + d, f);
    v[1] = _mm_add_epi32(v[0], _mm_set1_epi32(4 * d));
}

/* false: they do not fit, or what is loaded for them would end beyond the image. */
SSSE3 static inline bool eight_at(const struct cut_step *s, const uint8_t *from, int32_t stride, bool smooth,
                                  const uint8_t *end, struct eight *e)
{
    int32_t y0 = s->y >> 16, y7 = (s->y + 7 * s->dy) >> 16, x7 = s->x + 7 * s->dx;
    int32_t left = (s->x < x7 ? s->x : x7) >> 16, low = (y0 > y7 ? y0 : y7) + smooth;
    e->top = y0 < y7 ? y0 : y7;
    e->crossing = y0 != y7;
    if (y0 - y7 > 1 || y7 - y0 > 1 || end - (from + (ptrdiff_t)low * stride + left) < SPAN)
        return false;
    e->row = from + (ptrdiff_t)e->top * stride + left;
    places(s->x - left * 65536, s->dx, e->x);
    places(s->y, s->dy, e->y);
    return true;
}

/* Whole parts as words. */
SSSE3 static inline __m128i whole(const __m128i v[2])
{
    return _mm_packs_epi32(_mm_srai_epi32(v[0], 16), _mm_srai_epi32(v[1], 16));
}

/* The next 8 bits, as words. */
SSSE3 static inline __m128i part(const __m128i v[2])
{
    const __m128i byte = _mm_set1_epi32(255);
    return _mm_packs_epi32(_mm_and_si128(_mm_srai_epi32(v[0], 8), byte), _mm_and_si128(_mm_srai_epi32(v[1], 8), byte));
}

SSSE3 static inline __m128i choose(__m128i mask, __m128i a, __m128i b)
{
    return _mm_or_si128(_mm_and_si128(mask, a), _mm_andnot_si128(mask, b));
}

SSSE3 static void nearest_eight(const struct eight *e, int32_t stride, uint8_t *to)
{
    __m128i columns = whole(e->x), p = _mm_packus_epi16(columns, columns), got = _mm_shuffle_epi8(row_at(e->row), p);
    if (e->crossing) {
        __m128i upper = _mm_cmpeq_epi16(whole(e->y), _mm_set1_epi16((int16_t)e->top));
        got = choose(_mm_packs_epi16(upper, upper), got, _mm_shuffle_epi8(row_at(e->row + stride), p));
    }
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

/* A row of pixels, mixed along it for each of eight samples. */
SSSE3 static inline __m128i mix_row(const uint8_t *row, __m128i columns, __m128i u)
{
    const __m128i zero = _mm_setzero_si128(), p = _mm_packus_epi16(columns, columns),
                  q = _mm_add_epi8(p, _mm_set1_epi8(1)), pixels = row_at(row);
    return mix_words(_mm_unpacklo_epi8(_mm_shuffle_epi8(pixels, p), zero), _mm_sub_epi16(_mm_set1_epi16(256), u),
                     _mm_unpacklo_epi8(_mm_shuffle_epi8(pixels, q), zero), u);
}

SSSE3 static void smooth_eight(const struct eight *e, int32_t stride, uint8_t *to)
{
    __m128i columns = whole(e->x), u = part(e->x), v = part(e->y), a = mix_row(e->row, columns, u),
            b = mix_row(e->row + stride, columns, u);
    if (e->crossing) {
        __m128i upper = _mm_cmpeq_epi16(whole(e->y), _mm_set1_epi16((int16_t)e->top));
        a = choose(upper, a, b);
        b = choose(upper, b, mix_row(e->row + 2 * (ptrdiff_t)stride, columns, u));
    }
    __m128i got = mix_rounded(a, _mm_sub_epi16(_mm_set1_epi16(256), v), b, v);
    _mm_storel_epi64((__m128i *)(void *)to, _mm_packus_epi16(got, got));
}

static bool has_eight(const struct cut_step *s)
{
    return 7 * (int64_t)abs(s->dx) < (SPAN - 2) << 16 && __builtin_cpu_supports("ssse3");
}

static void step_on(struct cut_step *s, int n)
{
    s->x += n * s->dx;
    s->y += n * s->dy;
}

SSSE3 static int cut_eights(const uint8_t *from, int32_t stride, const uint8_t *end, bool smooth, struct cut_step s,
                            uint8_t *to, int n)
{
    int done = 0;
    for (struct eight e; done + 8 <= n; done += 8, to += 8, step_on(&s, 8)) {
        if (!eight_at(&s, from, stride, smooth, end, &e))
            (smooth ? smooth_plain : nearest_plain)(from, stride, s, to, 8);
        else if (smooth)
            smooth_eight(&e, stride, to);
        else
            nearest_eight(&e, stride, to);
    }
    return done;
}

void repli_cut_row(const uint8_t *from, int32_t stride, const uint8_t *end, bool smooth, struct cut_step s, uint8_t *to,
                   int n)
{
    int done = has_eight(&s) ? cut_eights(from, stride, end, smooth, s, to, n) : 0;
    step_on(&s, done);
    (smooth ? smooth_plain : nearest_plain)(from, stride, s, to + done, n - done);
}
#else
void repli_cut_row(const uint8_t *from, int32_t stride, const uint8_t *end, bool smooth, struct cut_step s, uint8_t *to,
                   int n)
{
    (void)end;
    (smooth ? smooth_plain : nearest_plain)(from, stride, s, to, n);
}
#endif
