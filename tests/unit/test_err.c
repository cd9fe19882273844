#include "base_tmp.h"

/* The first cause wins, and the status handed in is always returned. */
static void first_cause_wins(void **state)
{
    (void)state;
    struct repli_err err = {0};
    assert_int_equal(repli_fail(&err, REPLI_IO, "%s: %d", "disk", 7), REPLI_IO);
    assert_int_equal(repli_fail(&err, REPLI_DB, "later"), REPLI_DB);
    assert_int_equal(err.status, REPLI_IO);
    assert_string_equal(err.text, "disk: 7");
    assert_int_equal(repli_fail(NULL, REPLI_DATA, "nobody listens"), REPLI_DATA);
}

/* A prefix goes before the text of a failure, and does nothing where there is none. */
static void prefix(void **state)
{
    (void)state;
    struct repli_err err = {0};
    assert_int_equal(repli_err_prefix(&err, "print"), REPLI_OK);
    assert_int_equal(repli_err_prefix(NULL, "print"), REPLI_OK);
    assert_string_equal(err.text, "");
    (void)repli_fail(&err, REPLI_DATA, "ward '9Z' is not there");
    assert_int_equal(repli_err_prefix(&err, "print %d", 3), REPLI_DATA);
    assert_string_equal(err.text, "print 3: ward '9Z' is not there");
}

/* After clearing, the next failure is recorded again. */
static void clear(void **state)
{
    (void)state;
    struct repli_err err = {0};
    (void)repli_fail(&err, REPLI_IO, "one");
    repli_err_clear(&err);
    repli_err_clear(NULL);
    assert_int_equal(err.status, REPLI_OK);
    (void)repli_fail(&err, REPLI_DB, "two");
    assert_string_equal(err.text, "two");
}

/* A text that does not fit ends in an ellipsis, whole in UTF-8, whichever way the last character falls. */
static void too_long(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        struct repli_err err = {0};
        char text[3000] = "";
        memset(text, 'a', lead);
        for (size_t i = lead; i + 3 < sizeof text; i += 2)
            memcpy(text + i, "\xC3\xA9", 3);
        (void)repli_fail(&err, REPLI_DATA, "%s", text);
        size_t len = strlen(err.text);
        assert_in_range(len, sizeof err.text - 3, sizeof err.text - 1);
        assert_string_equal(err.text + len - 3, "\xE2\x80\xA6");
        assert_memory_equal(err.text, text, len - 3);
        assert_int_equal((unsigned char)err.text[len - 4], 0xA9); /* no half character before it */
        repli_err_prefix(&err, "%s", "page");
        assert_memory_equal(err.text, "page: ", 6);
        assert_in_range(strlen(err.text), sizeof err.text - 5, sizeof err.text - 1);
    }
}

/* One byte less than the buffer is kept whole. */
static void just_fits(void **state)
{
    (void)state;
    struct repli_err err = {0};
    char text[sizeof err.text];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)repli_fail(&err, REPLI_DATA, "%s", text);
    assert_string_equal(err.text, text);
}

/* The numbers are the exit codes that other programs rely on. */
static void exit_codes(void **state)
{
    (void)state;
    const int codes[] = {REPLI_OK, REPLI_BUG, REPLI_USAGE, REPLI_IO, REPLI_DATA, REPLI_DB, REPLI_WAITS};
    for (int i = 0; i < 7; i++) {
        assert_int_equal(codes[i], i);
        assert_true(strlen(repli_status_text((enum repli_status)i)) > 0);
    }
    assert_string_equal(repli_status_text(REPLI_DB), "database error");
    assert_non_null(repli_status_text((enum repli_status)99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_cause_wins), cmocka_unit_test(prefix),    cmocka_unit_test(clear),
        cmocka_unit_test(too_long),         cmocka_unit_test(just_fits), cmocka_unit_test(exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
