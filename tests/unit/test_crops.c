/* Crops are cut when somebody is about to look: the same bytes each time, whole or made again, and named when they
** cannot be made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "repli/file.h"
#include "repli/scan.h"
#include "support/pens.h"
#include "support/prng.h"
#include "support/scancase.h"

static const char *const wanted[] = {"page.continues", "page.void"};

static void scan_one(const char *name, uint64_t seed)
{
    struct repli_image page = scancase_sheet(0);
    struct repli_err err = {0};
    struct prng r;
    const char *const paths[] = {scancase.in};
    struct repli_scan_request q = {.paths = paths, .npaths = 1};
    struct repli_scan_result result = {0};
    prng_seed(&r, 1, 1);
    for (size_t f = 0; f < scancase.maps[0]->nfields; f++)
        if (strcmp(scancase.maps[0]->fields[f].id, wanted[0]) == 0)
            pens_draw_mark(&page, &scancase.maps[0]->fields[f].box, PENS_CROSS, &r);
    scancase_scan(name, page, 0, seed);
    enum repli_status s = repli_scan_batch(scancase.site, scancase.ledger, &q, &result, &err);
    if (s != REPLI_OK && s != REPLI_WAITS)
        fail_msg("%s", err.text);
}

static void cut(bool missing[2])
{
    struct repli_err err = {0};
    if (repli_scan_crops(scancase.site, scancase.ledger, scancase.codes[0].serial, wanted, 2, missing, &err) !=
        REPLI_OK)
        fail_msg("%s", err.text);
}

static const char *crop_path(int i)
{
    return repli_arena_printf(&scancase.arena, "%s/%s/%s.png", scancase.site->crops, scancase.maps[0]->sheet,
                              wanted[i]);
}

static char *bytes_of(const char *path, size_t *len)
{
    char *data = NULL;
    struct repli_err err = {0};
    if (repli_file_read(path, 1 << 20, &scancase.arena, &data, len, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return data;
}

/* Every field has one, with ink or without, and cutting it anew gives the same bytes. */
static void the_same_bytes_each_time(void **state)
{
    (void)state;
    bool missing[2] = {true, true};
    size_t n1 = 0, n2 = 0;
    scan_one("a.png", 1);
    cut(missing);
    assert_false(missing[0] || missing[1]);
    char *first = bytes_of(crop_path(0), &n1);
    assert_true(n1 > 200);
    assert_memory_equal(first + 1, "PNG", 3);
    assert_int_equal(unlink(crop_path(0)), 0);
    cut(missing);
    char *again = bytes_of(crop_path(0), &n2);
    assert_int_equal(n1, n2);
    assert_memory_equal(first, again, n1);
}

/* What a crash left half written is made again; what is whole is left alone. */
static void half_a_crop_is_none(void **state)
{
    (void)state;
    bool missing[2];
    struct stat before, after;
    size_t n1 = 0, n2 = 0;
    scan_one("a.png", 1);
    cut(missing);
    char *first = bytes_of(crop_path(0), &n1);
    assert_int_equal(stat(crop_path(1), &before), 0);
    assert_int_equal(truncate(crop_path(0), (off_t)n1 / 2), 0);
    cut(missing);
    assert_memory_equal(first, bytes_of(crop_path(0), &n2), n1);
    assert_int_equal(stat(crop_path(1), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
}

/* A crop of another scan of the sheet is not shown for this one. */
static void crops_follow_the_scan(void **state)
{
    (void)state;
    bool missing[2];
    size_t n1 = 0, n2 = 0;
    struct repli_err err = {0};
    scan_one("a.png", 1);
    cut(missing);
    char *old = bytes_of(crop_path(0), &n1);
    /* as if these crops were of a scan before */
    char *other = repli_arena_alloc(&scancase.arena, n1);
    memcpy(other, old, n1);
    bool changed = false;
    for (size_t i = 0; i + 6 < n1 && !changed; i++)
        if (memcmp(other + i, " page ", 6) == 0) {
            other[i - 1] = other[i - 1] == '0' ? '1' : '0';
            changed = true;
        }
    assert_true(changed);
    assert_int_equal(repli_file_write(crop_path(0), other, n1, 0600, &err), REPLI_OK);
    cut(missing);
    assert_memory_equal(old, bytes_of(crop_path(0), &n2), n1);
}

/* The scan is gone: crops that are there stay, others are named as missing; so are those of a sheet nobody scanned. */
static void without_the_scan_they_are_missing(void **state)
{
    (void)state;
    bool missing[2] = {false, false};
    struct repli_err err = {0};
    char **names = NULL;
    size_t n = 0;
    scan_one("a.png", 1);
    cut(missing);
    assert_int_equal(unlink(crop_path(0)), 0);
    assert_int_equal(repli_dir_list(scancase.site->scans, &scancase.arena, &names, &n, &err), REPLI_OK);
    for (size_t i = 0; i < n; i++)
        if (strlen(names[i]) == 64)
            assert_int_equal(unlink(repli_path_join(&scancase.arena, scancase.site->scans, names[i])), 0);
    cut(missing);
    assert_true(missing[0]);
    assert_false(missing[1]);
    assert_int_equal(
        repli_scan_crops(scancase.site, scancase.ledger, scancase.codes[1].serial, wanted, 2, missing, &err), REPLI_OK);
    assert_true(missing[0] && missing[1]);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--decode") == 0)
        return repli_decode_main();
#define TEST(name) cmocka_unit_test_setup_teardown(name, scancase_setup, scancase_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_same_bytes_each_time),
        TEST(half_a_crop_is_none),
        TEST(crops_follow_the_scan),
        TEST(without_the_scan_they_are_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
