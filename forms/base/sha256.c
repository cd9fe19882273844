/* SHA-256 of long files by the processor's own instructions: libsodium's is portable C, and hashing a scan with it
** costs a fifth of what decoding it does.  The state stays libsodium's, which pads and ends it; where the processor
** has no such instructions, libsodium does it all.
*/
#include "repli/file.h"

#include <sodium.h>
#include <string.h>

#define BLOCK 64

_Static_assert(sizeof(struct repli_sha256) == sizeof(crypto_hash_sha256_state), "the state is libsodium's");

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>

static const uint32_t k256[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static bool ask_processor(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    static const unsigned ssse3 = 1u << 9, sse41 = 1u << 19, sha = 1u << 29;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & ssse3) == 0 || (c & sse41) == 0)
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & sha) != 0;
}

static bool has_instructions(void)
{
    static _Atomic int known; /* 0: nobody asked yet; asking is slow on a virtual machine */
    if (known == 0)
        known = ask_processor() ? 1 : 2;
    return known == 1;
}

/* The state lies in two registers as ABEF and CDGH; four rounds at a time, the schedule sixteen words ahead. */
__attribute__((target("sha,sse4.1,ssse3"))) static void compress(uint32_t state[8], const uint8_t *p, size_t blocks)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i t = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xB1);
    __m128i s1 = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1B);
    __m128i s0 = _mm_alignr_epi8(t, s1, 8);
    s1 = _mm_blend_epi16(s1, t, 0xF0);
    for (; blocks > 0; blocks--, p += BLOCK) {
        __m128i w[4], was0 = s0, was1 = s1;
        for (size_t i = 0; i < 4; i++)
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i)), swap);
        for (size_t i = 0; i < 16; i++) {
            __m128i k = _mm_add_epi32(w[i & 3], _mm_load_si128((const __m128i *)(const void *)(k256 + 4 * i)));
            s1 = _mm_sha256rnds2_epu32(s1, s0, k);
            s0 = _mm_sha256rnds2_epu32(s0, s1, _mm_shuffle_epi32(k, 0x0E));
            if (i < 12) {
                __m128i next = _mm_add_epi32(_mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]),
                                             _mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4));
                w[i & 3] = _mm_sha256msg2_epu32(next, w[(i + 3) & 3]);
            }
        }
        s0 = _mm_add_epi32(s0, was0);
        s1 = _mm_add_epi32(s1, was1);
    }
    t = _mm_shuffle_epi32(s0, 0x1B);
    s1 = _mm_shuffle_epi32(s1, 0xB1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(t, s1, 0xF0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(s1, t, 8));
}
#else
static bool has_instructions(void)
{
    return false;
}

static void compress(uint32_t state[8], const uint8_t *p, size_t blocks)
{
    (void)state, (void)p, (void)blocks;
}
#endif

void repli_sha256_init(struct repli_sha256 *h)
{
    crypto_hash_sha256_state s;
    (void)crypto_hash_sha256_init(&s);
    memcpy(h, &s, sizeof s);
}

void repli_sha256_add(struct repli_sha256 *h, const void *data, size_t len)
{
    crypto_hash_sha256_state s;
    const uint8_t *p = data;
    memcpy(&s, h, sizeof s);
    size_t begun = (size_t)(s.count >> 3) % BLOCK, first = begun ? BLOCK - begun : 0;
    if (has_instructions() && len >= first + BLOCK) {
        (void)crypto_hash_sha256_update(&s, p, first);
        size_t blocks = (len - first) / BLOCK;
        compress(s.state, p + first, blocks);
        s.count += (uint64_t)blocks * BLOCK * 8;
        p += first + blocks * BLOCK;
        len -= first + blocks * BLOCK;
    }
    (void)crypto_hash_sha256_update(&s, p, len);
    memcpy(h, &s, sizeof s);
}

void repli_sha256_end(struct repli_sha256 *h, uint8_t out[32])
{
    crypto_hash_sha256_state s;
    memcpy(&s, h, sizeof s);
    (void)crypto_hash_sha256_final(&s, out);
}
