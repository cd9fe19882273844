#include "base_tmp.h"

#include "repli/life.h"

enum { N = REPLI_LIFE_COUNT };

/* Written by hand from the design, not from the table it judges.  Rows: from; columns: to. */
static const char *const names[N] = {"allotted", "printed", "scanned", "read", "reviewed",
                                     "merged",   "void",    "lost",    "blank"};
static const char matrix[N][N + 1] = {
    /*             allotted printed scanned read reviewed merged void lost blank */
    /* allotted */ ".x....x.x",
    /* printed  */ "..x...xxx",
    /* scanned  */ "...x..x.x",
    /* read     */ "....x.x.x",
    /* reviewed */ "...x.xx..",
    /* merged   */ "....x....",
    /* void     */ ".........",
    /* lost     */ "..x......",
    /* blank    */ "..x......",
};

/* Every one of the 81 steps is allowed or forbidden exactly as written above. */
static void every_step(void **state)
{
    (void)state;
    for (int from = 0; from < N; from++)
        for (int to = 0; to < N; to++)
            if (repli_life_may((enum repli_life)from, (enum repli_life)to) != (matrix[from][to] == 'x'))
                fail_msg("%s -> %s", names[from], names[to]);
}

/* Which states a sheet can come to from `from`, in any number of steps. */
static unsigned reach(int from, unsigned seen)
{
    for (int to = 0; to < N; to++)
        if (repli_life_may((enum repli_life)from, (enum repli_life)to) && !(seen >> to & 1))
            seen = reach(to, seen | 1u << to);
    return seen;
}

/* Every state is reached from the first one; only void has no way out; nothing ever goes back before printing. */
static void reachable(void **state)
{
    (void)state;
    unsigned all = (1u << N) - 1;
    assert_int_equal(reach(REPLI_LIFE_ALLOTTED, 1u << REPLI_LIFE_ALLOTTED), all);
    for (int s = 0; s < N; s++) {
        unsigned to = reach(s, 0);
        assert_int_equal(to == 0, s == REPLI_LIFE_VOID);
        assert_int_equal(to >> REPLI_LIFE_ALLOTTED & 1, 0);
        if (s != REPLI_LIFE_ALLOTTED)
            assert_int_equal(to >> REPLI_LIFE_PRINTED & 1, 0);
        if (s != REPLI_LIFE_VOID)
            assert_true(to >> REPLI_LIFE_MERGED & 1); /* paper that turns up can always be merged */
    }
}

/* Merging is reached by review alone, and an undone merge goes back to review. */
static void merge_only_after_review(void **state)
{
    (void)state;
    for (int s = 0; s < N; s++) {
        assert_int_equal(repli_life_may((enum repli_life)s, REPLI_LIFE_MERGED), s == REPLI_LIFE_REVIEWED);
        assert_int_equal(repli_life_may(REPLI_LIFE_MERGED, (enum repli_life)s), s == REPLI_LIFE_REVIEWED);
    }
}

/* Closed are the states in which nothing is waited for. */
static void closed(void **state)
{
    (void)state;
    for (int s = 0; s < N; s++)
        assert_int_equal(repli_life_closed((enum repli_life)s), s == REPLI_LIFE_MERGED || s == REPLI_LIFE_VOID ||
                                                                    s == REPLI_LIFE_LOST || s == REPLI_LIFE_BLANK);
}

/* Texts are those of the tables and of JSON, and go there and back. */
static void texts(void **state)
{
    (void)state;
    enum repli_life s;
    for (int i = 0; i < N; i++) {
        assert_string_equal(repli_life_text((enum repli_life)i), names[i]);
        assert_true(repli_life_parse(names[i], &s));
        assert_int_equal(s, i);
    }
    static const char *const bad[] = {"", "Void", "void ", "printe", "printed2", "?"};
    s = REPLI_LIFE_LOST;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(repli_life_parse(bad[i], &s));
    assert_int_equal(s, REPLI_LIFE_LOST);
}

/* The diagram draws exactly the steps that are allowed. */
static void diagram(void **state)
{
    (void)state;
    const char *text = repli_life_diagram();
    char line[80];
    size_t lines = 0, steps = 0;
    assert_memory_equal(text, "stateDiagram-v2\n", 16);
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    for (int from = 0; from < N; from++)
        for (int to = 0; to < N; to++) {
            snprintf(line, sizeof line, "\n    %s --> %s\n", names[from], names[to]);
            const char *at = strstr(text, line);
            assert_int_equal(at != NULL, matrix[from][to] == 'x');
            assert_null(at ? strstr(at + 1, line) : NULL); /* once */
            steps += at != NULL;
        }
    assert_int_equal(lines, steps + 3); /* title, start, end */
    assert_non_null(strstr(text, "\n    [*] --> allotted\n"));
    assert_non_null(strstr(text, "\n    void --> [*]\n"));
}

/* README shows this diagram between two markers; with the markers there, it must be this one to the letter. */
static void readme(void **state)
{
    (void)state;
    static const char begin[] = "<!-- life:begin -->", end[] = "<!-- life:end -->";
    struct repli_arena a = {0};
    char *text;
    size_t len;
    if (repli_file_read("README.md", 1000000, &a, &text, &len, NULL) != REPLI_OK || !strstr(text, begin)) {
        repli_arena_done(&a);
        skip();
    }
    char *from = strstr(text, begin) + sizeof begin - 1, *to = strstr(from, end);
    assert_non_null(to);
    *to = '\0';
    assert_string_equal(from, repli_arena_printf(&a, "\n```mermaid\n%s```\n", repli_life_diagram()));
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step), cmocka_unit_test(reachable), cmocka_unit_test(merge_only_after_review),
        cmocka_unit_test(closed),     cmocka_unit_test(texts),     cmocka_unit_test(diagram),
        cmocka_unit_test(readme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
