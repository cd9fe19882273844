#include "base_tmp.h"

#include <stdalign.h>
#include <sys/wait.h>

/* Results are zeroed, aligned for any type, apart from each other, and keep their bytes while others come. */
static void many_results(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct repli_arena a = {0};
    static unsigned char *p[N];
    size_t total = 0;
    for (size_t i = 0; i < N; i++) {
        size_t size = i * 37 % 700 + (i % 500 == 0 ? 100000 : 0);
        p[i] = repli_arena_alloc(&a, size);
        assert_int_equal((uintptr_t)p[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(p[i][k], 0);
        memset(p[i], (int)(i % 251) + 1, size);
        total += size;
    }
    for (size_t i = 0; i < N; i++) {
        size_t size = i * 37 % 700 + (i % 500 == 0 ? 100000 : 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(p[i][k], i % 251 + 1);
    }
    assert_int_equal(a.used, total);
    repli_arena_done(&a);
    assert_int_equal(a.used, 0);
    assert_null(a.head);
    assert_non_null(repli_arena_alloc(&a, 1)); /* it may be used again */
    repli_arena_done(&a);
    repli_arena_done(&a);
}

/* An empty result is a real one. */
static void empty(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    assert_non_null(repli_arena_alloc(&a, 0));
    assert_non_null(repli_arena_array(&a, 0, 8));
    assert_non_null(repli_arena_array(&a, 8, 0));
    repli_arena_done(&a);
}

/* Growing keeps what was there and zeroes the rest. */
static void grow(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    int *p = repli_arena_grow(&a, NULL, 0, 3, sizeof *p);
    for (int i = 0; i < 3; i++)
        p[i] = i + 1;
    int *q = repli_arena_grow(&a, p, 3, 100, sizeof *q);
    for (int i = 0; i < 100; i++)
        assert_int_equal(q[i], i < 3 ? i + 1 : 0);
    repli_arena_done(&a);
}

/* Texts are copied whole, with a NUL behind them. */
static void texts(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    assert_null(repli_arena_strdup(&a, NULL));
    char source[] = "lit \xE2\x80\x94";
    char *copy = repli_arena_strdup(&a, source);
    source[0] = 'x';
    assert_string_equal(copy, "lit \xE2\x80\x94");
    assert_memory_equal(repli_arena_strndup(&a, "ab\0cd", 5), "ab\0cd", 6);
    assert_string_equal(repli_arena_strndup(&a, NULL, 0), "");
    assert_string_equal(repli_arena_printf(&a, "%s-%03d", "3B", 7), "3B-007");
    assert_string_equal(repli_arena_join(&a, NULL), "");
    assert_string_equal(repli_arena_join(&a, "obs", "", ".", "pulse", NULL), "obs.pulse");
    char *large = repli_arena_printf(&a, "%0100000d", 1);
    assert_int_equal(strlen(large), 100000);
    repli_arena_done(&a);
}

/* A product that does not fit size_t (this one wraps round to 8 bytes) ends the process. */
static void overflow_aborts(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct repli_arena a = {0};
        close(STDERR_FILENO);
        (void)repli_arena_array(&a, SIZE_MAX / 8 + 2, 8);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

/* A buffer grows by bytes, texts and formats, and always ends in NUL. */
static void buffer(void **state)
{
    (void)state;
    struct repli_buf b = {0};
    repli_buf_add(&b, NULL, 0);
    assert_string_equal(b.data, "");
    for (int i = 0; i < 1000; i++)
        repli_buf_printf(&b, "%d,", i);
    repli_buf_puts(&b, "end");
    repli_buf_add(&b, "\0x", 2);
    assert_int_equal(b.len, 10 * 2 + 90 * 3 + 900 * 4 + 5);
    assert_int_equal(b.data[b.len], 0);
    assert_memory_equal(b.data, "0,1,2,3", 7);
    assert_memory_equal(b.data + b.len - 9, "999,end\0x", 9);
    repli_buf_done(&b);
    assert_null(b.data);
    assert_int_equal(b.len, 0);
}

/* The malloc family never returns NULL, also for nothing. */
static void xmalloc(void **state)
{
    (void)state;
    void *p = repli_xmalloc(0), *q = repli_xcalloc(0, 0);
    assert_non_null(p);
    assert_non_null(q);
    p = repli_xrealloc(p, 100);
    memset(p, 1, 100);
    char *s = repli_xstrdup("x");
    assert_string_equal(s, "x");
    free(p);
    free(q);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_results),    cmocka_unit_test(empty),  cmocka_unit_test(grow),    cmocka_unit_test(texts),
        cmocka_unit_test(overflow_aborts), cmocka_unit_test(buffer), cmocka_unit_test(xmalloc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
