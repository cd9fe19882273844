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

SSSE3 static inline __m128i row_at(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* How far eight samples lie from the first of them: whole pixels as words, and the parts in 1/65536, which are no
** signed words and are compared less 32768.  The same for all eights of a row. */
struct way {
    __m128i whole, part, compared;
};

SSSE3 static inline struct way way_of(int32_t d)
{
    const __m128i low = _mm_set_epi32(3 * d, 2 * d, d, 0), high = _mm_add_epi32(low, _mm_set1_epi32(4 * d));
    struct way w;
    w.whole = _mm_packs_epi32(_mm_srai_epi32(low, 16), _mm_srai_epi32(high, 16));
    w.part = _mm_packs_epi32(_mm_srai_epi32(_mm_slli_epi32(low, 16), 16), _mm_srai_epi32(_mm_slli_epi32(high, 16), 16));
    w.compared = _mm_xor_si128(w.part, _mm_set1_epi16(INT16_MIN));
    return w;
}

/* Whole pixels of eight places that start `part` behind a pixel. */
SSSE3 static inline __m128i whole(const struct way *w, int32_t part)
{
    __m128i over = _mm_cmpgt_epi16(w->compared, _mm_set1_epi16((int16_t)(32767 - part)));
    return _mm_sub_epi16(w->whole, over);
}

/* The next 8 bits, as words. */
SSSE3 static inline __m128i part(const struct way *w, int32_t part_)
{
    return _mm_srli_epi16(_mm_add_epi16(w->part, _mm_set1_epi16((int16_t)part_)), 8);
}

/* Eight samples that lie in one row of pixels, or cross from one row into the next: the upper row from the leftmost
** pixel on, and the columns counted from there. */
struct eight {
    const uint8_t *row;
    bool crossing;
    __m128i columns, upper; /* upper: all bits where a sample lies in the upper row */
};

/* false: they do not fit, or what is loaded for them would end beyond the image. */
SSSE3 static inline bool eight_at(const struct cut_step *s, const struct way *x, const struct way *y,
                                  const uint8_t *from, int32_t stride, bool smooth, const uint8_t *end, struct eight *e)
{
    int32_t x0 = s->x >> 16, x7 = (s->x + 7 * s->dx) >> 16, y0 = s->y >> 16, y7 = (s->y + 7 * s->dy) >> 16;
    int32_t left = x0 < x7 ? x0 : x7, top = y0 < y7 ? y0 : y7, low = (y0 > y7 ? y0 : y7) + smooth;
    e->crossing = y0 != y7;
    if (y0 - y7 > 1 || y7 - y0 > 1 || end - (from + (ptrdiff_t)low * stride + left) < SPAN)
        return false;
    e->row = from + (ptrdiff_t)top * stride + left;
    e->columns = _mm_add_epi16(whole(x, s->x & 65535), _mm_set1_epi16((int16_t)(x0 - left)));
    e->upper = e->crossing ? _mm_cmpeq_epi16(whole(y, s->y & 65535), _mm_set1_epi16((int16_t)(top - y0)))
                           : _mm_setzero_si128();
    return true;
}

SSSE3 static inline __m128i choose(__m128i mask, __m128i a, __m128i b)
{
    return _mm_or_si128(_mm_and_si128(mask, a), _mm_andnot_si128(mask, b));
}

SSSE3 static void nearest_eight(const struct eight *e, int32_t stride, uint8_t *to)
{
    __m128i p = _mm_packus_epi16(e->columns, e->columns), got = _mm_shuffle_epi8(row_at(e->row), p);
    if (e->crossing)
        got = choose(_mm_packs_epi16(e->upper, e->upper), got, _mm_shuffle_epi8(row_at(e->row + stride), p));
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

/* u, v: how far the samples lie behind their pixels. */
SSSE3 static void smooth_eight(const struct eight *e, int32_t stride, __m128i u, __m128i v, uint8_t *to)
{
    __m128i a = mix_row(e->row, e->columns, u), b = mix_row(e->row + stride, e->columns, u);
    if (e->crossing) {
        __m128i under = mix_row(e->row + 2 * (ptrdiff_t)stride, e->columns, u);
        a = choose(e->upper, a, b);
        b = choose(e->upper, b, under);
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
    const struct way x = way_of(s.dx), y = way_of(s.dy);
    int done = 0;
    for (struct eight e; done + 8 <= n; done += 8, to += 8, step_on(&s, 8)) {
        if (!eight_at(&s, &x, &y, from, stride, smooth, end, &e))
            (smooth ? smooth_plain : nearest_plain)(from, stride, s, to, 8);
        else if (smooth)
            smooth_eight(&e, stride, part(&x, s.x & 65535), part(&y, s.y & 65535), to);
        else
            nearest_eight(&e, stride, to);
    }
    return done;
}

void repli_cut_row(const uint8_t *from, int32_t stride, const uint8_t *end, bool smooth, struct cut_step s, uint8_t *to,
                   int n)
{
    int done = n >= 8 && has_eight(&s) ? cut_eights(from, stride, end, smooth, s, to, n) : 0;
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
