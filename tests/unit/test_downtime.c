#include "base_tmp.h"

#include "repli/downtime.h"
#include "repli/sounds.h"
#include "repli/text.h"

/* Numbers say their station, go out as text and come back, and are nobody else's. */
static void numbers(void **state)
{
    (void)state;
    static const unsigned stations[] = {0, 1, 3, 511, 1023};
    static const int64_t counters[] = {1, 2, 127, 65536, 999999};
    for (size_t s = 0; s < 5; s++)
        for (size_t c = 0; c < 5; c++)
            for (int kind = 0; kind < 2; kind++) {
                char letter = kind ? REPLI_DOWNTIME_STAY : REPLI_DOWNTIME_PATIENT, text[REPLI_DOWNTIME_TEXT], back = 0;
                uint64_t n = repli_downtime_make(letter, stations[s], counters[c]), read = 0;
                uint8_t subject[8];
                assert_int_equal(repli_downtime_station(n), stations[s]);
                assert_int_equal(repli_downtime_counter(n), counters[c]);
                repli_downtime_format(letter, n, text);
                assert_int_equal(strlen(text), 15);
                assert_int_equal(text[0], letter);
                assert_true(repli_downtime_parse(text, &back, &read));
                assert_true(back == letter && read == n);
                text[0] = kind ? 'D' : 'S'; /* a patient's number is no stay's */
                assert_false(repli_downtime_parse(text, &back, &read));
                repli_downtime_subject(n, subject);
                assert_true(repli_downtime_number(subject, letter, &read) && read == n);
                assert_false(repli_downtime_number(subject, kind ? 'D' : 'S', &read));
            }
    char letter;
    uint64_t n, same;
    assert_true(repli_downtime_parse("D0003-000127-83", &letter, &n));
    assert_true(repli_downtime_parse("d 0003 000127 83", &letter, &same) && same == n);
    assert_false(repli_downtime_parse("D0003-000127-5", &letter, &n));
    assert_false(repli_downtime_parse("0003-000127-83", &letter, &n));
    assert_false(repli_downtime_parse("D0003-000000-00", &letter, &n));
    assert_false(repli_downtime_parse("", &letter, &n));
}

/* 10^k is no multiple of 97 and d < 97: every single wrong digit is found; and of swapped neighbours every one, for
** 9 * 10^k * (a - b) is none either. */
static void slips(void **state)
{
    (void)state;
    for (int64_t counter = 1; counter < 1000000; counter += 4999) {
        char right[REPLI_DOWNTIME_TEXT], letter;
        uint64_t n;
        repli_downtime_format('D', repli_downtime_make('D', (unsigned)(counter % 1024), counter), right);
        for (int at = 1; at < 15; at++) {
            char wrong[REPLI_DOWNTIME_TEXT];
            if (right[at] == '-')
                continue;
            for (char d = '0'; d <= '9'; d++) {
                memcpy(wrong, right, sizeof wrong);
                wrong[at] = d;
                assert_int_equal(repli_downtime_parse(wrong, &letter, &n), right[at] == d);
            }
            int next = right[at + 1] == '-' ? at + 2 : at + 1;
            if (next > 14 || right[next] == right[at] || (at < 12 && next > 12))
                continue;
            memcpy(wrong, right, sizeof wrong);
            wrong[at] = right[next];
            wrong[next] = right[at];
            assert_false(repli_downtime_parse(wrong, &letter, &n));
        }
    }
}

static void words_of(unsigned station, int64_t counter, char first[REPLI_DOWNTIME_ALIAS],
                     char second[REPLI_DOWNTIME_ALIAS])
{
    char all[REPLI_DOWNTIME_ALIAS];
    repli_downtime_alias(repli_downtime_make('D', station, counter), all);
    assert_int_equal(sscanf(all, "%23s %23s", first, second), 2);
    for (char *p = first; *p; p++)
        *p = (char)(*p | 0x20);
    for (char *p = second; *p; p++)
        *p = (char)(*p | 0x20);
}

static void unlike(const char *x, const char *y)
{
    char a[REPLI_SOUNDS_TEXT], b[REPLI_SOUNDS_TEXT];
    repli_sounds(x, a);
    repli_sounds(y, b);
    if (strcmp(a, b) != 0 && !repli_sounds_alike(x, y) && strncmp(x, y, 3) != 0)
        return;
    print_error("%s and %s are alike\n", x, y);
    fail();
}

/* Among 54 numbers in a row no two aliases share a word, and no two words are alike; among 2,970 no two are equal. */
static void aliases(void **state)
{
    (void)state;
    enum { ROW = 54, ALL = 55 * 54 };
    static char words[2 * ROW][REPLI_DOWNTIME_ALIAS], all[ALL][REPLI_DOWNTIME_ALIAS];
    for (int64_t from = 1; from < 400; from += 37) {
        for (int i = 0; i < ROW; i++)
            words_of(0, from + i, words[2 * i], words[2 * i + 1]);
        for (int i = 0; i < 2 * ROW; i++)
            for (int k = 0; k < i; k++)
                unlike(words[i], words[k]);
    }
    for (int i = 0; i < ALL; i++)
        repli_downtime_alias(repli_downtime_make('D', 7, 1 + i), all[i]);
    qsort(all, ALL, sizeof *all, (int (*)(const void *, const void *))strcmp);
    for (int i = 1; i < ALL; i++)
        assert_string_not_equal(all[i], all[i - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers), cmocka_unit_test(slips), cmocka_unit_test(aliases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
