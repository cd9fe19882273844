/* Page codes read softly: blocks with errors and erasures, print that blur and a threshold have eaten, strokes over
** both symbols. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "repli/arena.h"
#include "repli/print.h"
#include "scan/grid.h"
#include "support/prng.h"

static bool modules[QR_ALL];
static char digits[REPLI_PAGECODE_DIGITS + 1];

static int setup(void **state)
{
    struct prng r;
    struct repli_err err = {0};
    (void)state;
    prng_seed(&r, 7, 1);
    for (int i = 0; i < REPLI_PAGECODE_DIGITS; i++)
        digits[i] = (char)('0' + prng_int(&r, 0, 9));
    return repli_code_modules(digits, modules, &err) == REPLI_OK ? 0 : -1;
}

static void clean(float black[QR_ALL])
{
    for (int i = 0; i < QR_ALL; i++)
        black[i] = modules[i] ? 8 : -8;
}

static bool settles(const float black[QR_ALL], char got[REPLI_PAGECODE_DIGITS + 1])
{
    struct qr_blocks q = {0};
    int masks[2];
    repli_qr_masks(black, masks);
    repli_qr_settle(black, masks[0], &q);
    return repli_qr_digits(&q, got);
}

/* What the library that prints put into a symbol comes out of it; what is common to all symbols is in this one. */
static void a_clean_symbol(void **state)
{
    (void)state;
    float black[QR_ALL];
    char got[REPLI_PAGECODE_DIGITS + 1];
    clean(black);
    assert_true(settles(black, got));
    assert_string_equal(got, digits);
    for (int i = 0; i < QR_ALL; i++) {
        int c = repli_qr_common(i % QR_SIDE, i / QR_SIDE);
        assert_true(c < 0 || (c == 1) == modules[i]);
    }
}

/* A block forgives nine errors, or eighteen erasures, or what lies between; one more it does not. */
static void errors_and_erasures(void **state)
{
    (void)state;
    uint8_t data[QR_LONGEST] = {0}, block[QR_LONGEST];
    for (int errors = 0; errors <= 10; errors++)
        for (int erased = 0; erased <= QR_CHECKS; erased++) {
            int places[QR_CHECKS];
            memcpy(block, data, sizeof block); /* nothing but zeros is a code word */
            for (int i = 0; i < erased; i++) {
                places[i] = i;
                block[i] = (uint8_t)(17 * i + 1);
            }
            for (int i = 0; i < errors; i++)
                block[QR_LONGEST - 1 - i] = (uint8_t)(i + 3);
            bool right = repli_qr_correct(block, QR_LONGEST, places, erased) && memcmp(block, data, sizeof block) == 0;
            assert_true(right == (2 * errors + erased <= QR_CHECKS));
        }
}

/* Twenty-eight codewords of a hundred and thirty-four are wrong, but each by a bit that was hardly seen: a decoder
** of hard bits has at most nine a block. */
static void what_was_hardly_seen_is_erased(void **state)
{
    (void)state;
    float black[QR_ALL];
    char got[REPLI_PAGECODE_DIGITS + 1];
    clean(black);
    for (int y = 9; y < 31; y++) /* a stroke, seventeen modules broad, across all blocks */
        for (int x = 10; x < 27; x++)
            black[y * QR_SIDE + x] = modules[y * QR_SIDE + x] ? -.3f : .3f;
    assert_true(settles(black, got));
    assert_string_equal(got, digits);
    for (int i = 0; i < QR_ALL; i++) /* the same, seen as surely as all the rest */
        black[i] = black[i] > 0 ? 8 : -8;
    assert_false(settles(black, got) && strcmp(got, digits) == 0);
}

/* Modules as a scan shows them: their neighbours' ink comes over by `blur`, and what is lighter than `threshold` is
** lost. */
static void starve(double blur, double threshold, struct prng *r, float dark[QR_ALL])
{
    for (int y = 0; y < QR_SIDE; y++)
        for (int x = 0; x < QR_SIDE; x++) {
            double sum = 0, v;
            for (int j = -1; j <= 1; j++)
                for (int i = -1; i <= 1; i++)
                    if (x + i >= 0 && y + j >= 0 && x + i < QR_SIDE && y + j < QR_SIDE &&
                        modules[(y + j) * QR_SIDE + x + i])
                        sum += i && j ? blur / 12 : i || j ? blur / 6 : 1 - blur;
            v = (sum - threshold) * 2.5 + prng_normal(r, .06);
            dark[y * QR_SIDE + x] = (float)(v < 0 ? 0 : v > 1 ? 1 : v);
        }
}

static int wrong_at_half(const float dark[QR_ALL])
{
    int n = 0;
    for (int i = 0; i < QR_ALL; i++)
        n += (dark[i] > .5f) != modules[i];
    return n;
}

static void starved_and_swollen_print(void **state)
{
    (void)state;
    static const double threshold[2] = {.56, .12};
    for (int k = 0; k < 2; k++) {
        struct code_grid *g = repli_xcalloc(1, sizeof *g);
        struct prng r;
        char got[REPLI_PAGECODE_DIGITS + 1];
        prng_seed(&r, 3 + (uint64_t)k, 1);
        g->n = 2;
        for (int s = 0; s < 2; s++)
            starve(.5, threshold[k], &r, g->dark[s]);
        assert_true(wrong_at_half(g->dark[0]) > 100); /* no decoder of hard bits reads this */
        assert_true(repli_code_read(g, got));
        assert_string_equal(got, digits);
        free(g);
    }
}

/* Nothing but noise gives no digits, or digits that no key vouches for: never those of the sheet. */
static void noise_is_no_code(void **state)
{
    (void)state;
    struct code_grid *g = repli_xcalloc(1, sizeof *g);
    struct prng r;
    char got[REPLI_PAGECODE_DIGITS + 1];
    for (uint64_t seed = 0; seed < 20; seed++) {
        prng_seed(&r, seed, 1);
        g->n = 1 + seed % 2;
        for (int i = 0; i < QR_ALL; i++)
            for (int s = 0; s < 2; s++)
                g->dark[s][i] = (float)prng_in(&r, 0, 1);
        assert_false(repli_code_read(g, got) && strcmp(got, digits) == 0);
    }
    memset(g->dark, 0, sizeof g->dark);
    assert_false(repli_code_read(g, got) && strcmp(got, digits) == 0);
    free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_symbol),
        cmocka_unit_test(errors_and_erasures),
        cmocka_unit_test(what_was_hardly_seen_is_erased),
        cmocka_unit_test(starved_and_swollen_print),
        cmocka_unit_test(noise_is_no_code),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
