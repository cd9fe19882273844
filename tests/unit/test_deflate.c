/* Streams that are joined from a head and a tail which was deflated before: zlib reads both as one text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "repli/deflate.h"
#include "support/prng.h"

static char *letters(struct prng *r, size_t n, struct repli_arena *a)
{
    char *text = repli_arena_alloc(a, n + 1);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + prng_int(r, 0, 3));
    return text;
}

/* Heads of no byte, of one, around the longest that one block holds, and of several blocks; one tail for all. */
static void test_joined(void **state)
{
    static const size_t heads[] = {0, 1, 900, 65534, 65535, 65536, 200000}, tails[] = {0, 1, 40000};
    struct prng r;
    (void)state;
    prng_seed(&r, 3, 1);
    for (size_t t = 0; t < sizeof tails / sizeof *tails; t++) {
        struct repli_arena a = {0};
        struct repli_tail tail;
        const char *end = letters(&r, tails[t], &a);
        repli_deflate_tail(end, tails[t], 1, &a, &tail);
        for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
            size_t len = 0, all = heads[h] + tails[t];
            const char *head = letters(&r, heads[h], &a);
            const uint8_t *z = repli_deflate_join(head, heads[h], &tail, 4, &a, &len);
            char *back = repli_arena_alloc(&a, all + 1);
            uLongf got = (uLongf)all + 1;
            assert_int_equal(uncompress((Bytef *)back, &got, z + 4, (uLong)(len - 4)), Z_OK);
            assert_int_equal(got, all);
            assert_memory_equal(back, head, heads[h]);
            assert_memory_equal(back + heads[h], end, tails[t]);
        }
        repli_arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_joined)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
