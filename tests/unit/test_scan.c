/* Batches from the door inwards: every image ends in one named outcome, the ledger follows, and no file harms the rest.
** This program is its own decoding child: files that begin with "CRASH", "HANG" or "LIE" make it misbehave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "repli/file.h"
#include "repli/pagecode.h"
#include "repli/scan.h"
#include "repli/serial.h"
#include "scan/decode.h"
#include "support/pens.h"
#include "support/picture.h"
#include "support/scancase.h"
#include "support/scanlines.h"

/* ---- tests */

/* Four ways up: each sheet is read, its fields, crops and states are where they belong, and tasks follow in the same
** transaction. */
static void sheets_are_read_any_way_up(void **state)
{
    (void)state;
    struct scanlines l = {0};
    for (int i = 0; i < 4; i++) {
        char name[20];
        struct repli_image page = scancase_sheet(i);
        struct prng r;
        prng_seed(&r, (uint64_t)i, 1);
        for (size_t f = 0; f < scancase.maps[i]->nfields; f++)
            if (strcmp(scancase.maps[i]->fields[f].id, "page.continues") == 0)
                pens_draw_mark(&page, &scancase.maps[i]->fields[f].box, PENS_CROSS, &r);
        snprintf(name, sizeof name, "%d.png", i);
        scancase_scan(name, page, 90 * i, (uint64_t)i);
    }
    assert_int_equal(scanlines_all(&l), REPLI_OK);
    ASSERT_OUTCOMES(&l, "0.png read", "1.png read", "2.png read", "3.png read");
    assert_int_equal(l.derived, 4);
    for (size_t i = 0; i < 4; i++) {
        json_t *o = json_array_get(l.all, i), *fields = json_object_get(o, "fields"), *f;
        size_t k, ticked = 0, empty = 0;
        char crop[600];
        assert_string_equal(scanlines_text(&l, i, "sheet"), scancase.maps[i]->sheet);
        assert_string_equal(scanlines_text(&l, i, "form"), "obs");
        assert_int_equal(json_array_size(json_object_get(o, "mm_to_px")), 9);
        assert_int_equal(json_array_size(fields), scancase.maps[i]->nfields);
        json_array_foreach(fields, k, f)
        {
            const char *s = json_string_value(json_object_get(f, "state"));
            ticked += strcmp(s, "ticked") == 0;
            empty += strcmp(s, "empty") == 0;
        }
        assert_int_equal(ticked, 1);
        assert_int_equal(empty, scancase.maps[i]->nfields - 1);
        assert_int_equal(scancase_state((int)i), REPLI_LIFE_READ);
        snprintf(crop, sizeof crop, "%s/%s", scancase.site->crops, scancase.maps[i]->sheet);
        assert_false(repli_file_exists(crop)); /* nobody has looked yet */
    }
    json_decref(l.all);
}

/* Whatever lies in the folder ends in one named outcome, in the order of the names, and the batch goes on. */
static void bad_input_is_named(void **state)
{
    (void)state;
    struct scanlines l = {0};
    char path[600];
    static const uint8_t bomb[57] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xFD\xE8\0\0\xFD\xE8\x08\0\0\0\0";
    struct repli_image cat = picture_sheet(100);
    for (int y = 0; y < cat.height; y++) /* a picture without any code */
        for (int x = 0; x < cat.width; x++)
            cat.gray[y * cat.width + x] = (uint8_t)(128 + (x * 7 + y * 3) % 90 - (x / 40 + y / 30) % 2 * 60);
    scancase_file("a-empty.tif", "", 0);
    scancase_file("b-bomb.png", bomb, sizeof bomb);
    scancase_scan("c-cat.jpg", cat, 0, 1);
    scancase_scan("d-good.tif", scancase_sheet(0), 0, 1);
    scancase_file("e-notes.jpg", "these are no pixels", 19);
    snprintf(path, sizeof path, "%s/d-good.tif", scancase.in);
    char *data = NULL;
    size_t len = 0;
    assert_int_equal(repli_file_read(path, 64 << 20, &scancase.arena, &data, &len, NULL), REPLI_OK);
    scancase_file("f-cut.tif", data, len / 2);
    scancase_file("g-wrong-ending.png", data, len);
    scancase_file("h.pdf", "%PDF-1.7\n", 9);
    scancase_scan("i-white.png", picture_sheet(100), 0, 1);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-empty.tif unreadable/type", "b-bomb.png unreadable/limit", "c-cat.jpg no-code",
                    "d-good.tif read", "e-notes.jpg unreadable/type", "f-cut.tif unreadable/truncated",
                    "g-wrong-ending.png duplicate", "h.pdf unreadable/truncated", "i-white.png blank");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(l.all, 0), "page")), 0);
    json_decref(l.all);
}

/* A child that crashes, hangs or lies is killed; its page says so, the next files are read. */
static void children_may_misbehave(void **state)
{
    (void)state;
    struct scanlines l = {0};
    scancase_file("a", "CRASH", 5);
    scancase_file("b", "LIE", 3);
    scancase_file("c", "HANG", 4);
    scancase_scan("d.png", scancase_sheet(0), 0, 1);
    scancase.site->scan_page_seconds = 1;
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a unreadable/killed", "b unreadable/killed", "c unreadable/killed", "d.png read");
    json_decref(l.all);
}

/* The same batch twice: every line again as a duplicate, and not one row of the ledger differs.  The same picture in
** another file is known as well; another picture of a sheet waits for a person. */
static void twice_changes_nothing(void **state)
{
    (void)state;
    struct scanlines first = {0}, second = {0}, third = {0};
    char before[65], after[65];
    scancase_scan("a.png", scancase_sheet(0), 0, 1);
    scancase_file("b.png", "no", 2);
    assert_int_equal(scanlines_all(&first), REPLI_WAITS);
    assert_int_equal(repli_ledger_digest(scancase.ledger, before, NULL), REPLI_OK);
    assert_int_equal(scanlines_all(&second), REPLI_OK);
    assert_int_equal(repli_ledger_digest(scancase.ledger, after, NULL), REPLI_OK);
    assert_string_equal(before, after);
    ASSERT_OUTCOMES(&second, "a.png duplicate", "b.png duplicate/type");
    assert_int_equal(second.derived, 0);
    assert_string_equal(scanlines_text(&second, 0, "first"), "read");
    assert_string_equal(scanlines_text(&second, 0, "sheet"), scancase.maps[0]->sheet);
    scancase_scan("a.tif", scancase_sheet(0), 0, 1); /* the same pixels */
    scancase_scan("c.png", scancase_sheet(0), 180, 2);
    assert_int_equal(scanlines_all(&third), REPLI_WAITS);
    ASSERT_OUTCOMES(&third, "a.png duplicate", "a.tif duplicate", "b.png duplicate/type", "c.png second-image");
    assert_string_equal(scanlines_text(&third, 1, "sheet"), scancase.maps[0]->sheet);
    json_decref(first.all);
    json_decref(second.all);
    json_decref(third.all);
}

/* Eight pages at once: lines in input order all the same, and of two images of one sheet that are looked at
** together the first is read. */
static void many_at_once_in_order(void **state)
{
    (void)state;
    struct scanlines l = {.jobs = 8};
    for (uint64_t i = 0; i < 3; i++) {
        char name[20];
        snprintf(name, sizeof name, "a%d.png", (int)i);
        scancase_scan(name, scancase_sheet(0), 0, i + 1);
        snprintf(name, sizeof name, "c%d.png", (int)i);
        scancase_scan(name, scancase_sheet((int)i + 1), 90 * (int)i, i + 1);
    }
    scancase_file("b.txt", "no image", 8);
    scancase_file("d.txt", "", 0);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a0.png read", "a1.png second-image", "a2.png second-image", "b.txt unreadable/type",
                    "c0.png read", "c1.png read", "c2.png read", "d.txt unreadable/type");
    assert_int_equal(l.derived, 4);
    json_decref(l.all);
}

/* One pixel that differs is another picture. */
static void one_pixel_is_another_picture(void **state)
{
    (void)state;
    struct scanlines l = {0};
    uint8_t gray[64 * 64];
    struct repli_err err = {0};
    struct repli_image im = {64, 64, 8, 0, gray};
    memset(gray, 255, sizeof gray);
    for (int i = 0; i < 3; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%d.png", scancase.in, i);
        gray[64 * 63 + 63] = i == 1 ? 254 : 255;
        assert_int_equal(picture_write(path, &im, 80, &err), REPLI_OK);
    }
    (void)scanlines_all(&l);
    assert_string_not_equal(scanlines_text(&l, 1, "outcome"), "duplicate");
    assert_string_equal(scanlines_text(&l, 2, "outcome"), "duplicate");
    json_decref(l.all);
}

/* A sheet about a ward is read as such when code and ledger name the same one. */
static void a_wards_sheet_is_the_wards(void **state)
{
    (void)state;
    struct scanlines l = {0};
    scancase_scan("a-ward.png", scancase_sheet(8), 2, 1);
    scancase_scan("b-other-ward.png", scancase_sheet(9), 0, 1);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-ward.png read", "b-other-ward.png mismatch/ward");
    assert_int_equal(scancase_state(8), REPLI_LIFE_READ);
    assert_int_equal(scancase_state(9), REPLI_LIFE_PRINTED);
    json_decref(l.all);
}

/* What the code and the ledger say about a sheet decides, never the picture alone. */
static void codes_and_ledger_must_agree(void **state)
{
    (void)state;
    struct scanlines l = {0};
    char other[REPLI_PAGECODE_DIGITS + 1], forged[REPLI_PAGECODE_DIGITS + 1];
    struct repli_page_code c = scancase.codes[0];
    c.serial = repli_serial_make(0, 900);
    assert_true(repli_pagecode_encode(&c, scancase.site->keys, other));
    scancase_scan("a-unknown-serial.png", scancase_page(scancase.maps[0], other, other), 0, 1);
    c.form = 99;
    assert_true(repli_pagecode_encode(&c, scancase.site->keys, other));
    scancase_scan("b-unknown-form.png", scancase_page(scancase.maps[0], other, other), 0, 1);
    c = scancase.codes[1];
    c.subject[0] ^= 1;
    assert_true(repli_pagecode_encode(&c, scancase.site->keys, other));
    scancase_scan("c-clash.png", scancase_page(scancase.maps[1], other, other), 0, 1);
    snprintf(forged, sizeof forged, "%s", scancase.maps[2]->code);
    forged[142] = forged[142] == '5' ? '6' : '5';
    scancase_scan("d-forged.png", scancase_page(scancase.maps[2], forged, forged), 0, 1);
    scancase_scan("e-two.png", scancase_page(scancase.maps[2], scancase.maps[2]->code, scancase.maps[3]->code), 0, 1);
    scancase_scan("f-verso.png", scancase_sheet(5), 0, 1);
    scancase_scan("g-drill.png", scancase_sheet(6), 0, 1);
    scancase_scan("h-void.png", scancase_sheet(7), 0, 1);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-unknown-serial.png no-snapshot", "b-unknown-form.png unknown-form",
                    "c-clash.png serial-clash", "d-forged.png bad-mac", "e-two.png two-sheets", "f-verso.png blank",
                    "g-drill.png drill", "h-void.png void");
    for (int i = 0; i < 5; i++)
        assert_int_equal(scancase_state(i), REPLI_LIFE_PRINTED);
    assert_int_equal(scancase_state(7), REPLI_LIFE_VOID);
    assert_int_equal(l.derived, 0);
    json_decref(l.all);
}

/* A good code on paper whose marks or lines are not there is not read as "all empty". */
static void codes_alone_are_not_enough(void **state)
{
    (void)state;
    struct scanlines l = {0};
    struct repli_page_map bare = *scancase.maps[0];
    bare.nfields = 0;
    scancase_scan("a-frame.png", scancase_page(&bare, scancase.maps[0]->code, scancase.maps[0]->code), 0, 1);
    struct repli_image page = scancase_sheet(1);
    for (int i = 0; i < 5; i++) {
        struct repli_point m = scancase.maps[1]->marks[i];
        if (i != 2 && i != 4)
            picture_fill(&page, &(struct repli_box){m.x - 4000, m.y - 4000, m.x + 4000, m.y + 4000}, 255);
    }
    scancase_scan("b-marks.png", page, 0, 1);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-frame.png foreign/frame", "b-marks.png not-registered");
    assert_int_equal(scancase_state(0), REPLI_LIFE_SCANNED);
    assert_int_equal(scancase_state(1), REPLI_LIFE_SCANNED);
    scancase_scan("c-better.png", scancase_sheet(1), 0, 2); /* scanned again, properly */
    json_decref(l.all);
    l = (struct scanlines){0};
    assert_int_equal(scanlines_all(&l), REPLI_OK);
    ASSERT_OUTCOMES(&l, "a-frame.png duplicate/frame", "b-marks.png duplicate", "c-better.png read");
    assert_int_equal(scancase_state(1), REPLI_LIFE_READ);
    json_decref(l.all);
}

/* Codes whose finder patterns are torn off, at both places, are read by the marks; the stage says so. */
static void torn_codes_are_read_by_the_marks(void **state)
{
    (void)state;
    struct scanlines l = {0};
    for (int turn = 0; turn < 2; turn++) {
        struct repli_image page = scancase_sheet(turn);
        for (int k = 0; k < 2; k++) {
            struct repli_box b = scancase.maps[turn]->codes[k];
            picture_fill(&page, &(struct repli_box){b.x0 - 500, b.y0 - 500, b.x0 + 3000, b.y0 + 3000}, 255);
            picture_fill(&page, &(struct repli_box){b.x1 - 2600, b.y0 - 500, b.x1 + 500, b.y0 + 2600}, 225);
        }
        scancase_scan(turn ? "b.png" : "a.png", page, 180 * turn, 3);
    }
    assert_int_equal(scanlines_all(&l), REPLI_OK);
    ASSERT_OUTCOMES(&l, "a.png read", "b.png read");
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(scanlines_text(&l, i, "stage"), "grid");
        assert_string_equal(scanlines_text(&l, i, "sheet"), scancase.maps[i]->sheet);
    }
    json_decref(l.all);
}

/* All pages of a TIFF in order; a failure of what follows from readings undoes the page and ends the batch, and the
** next run takes up where it ended. */
static void pages_are_whole_or_not_there(void **state)
{
    (void)state;
    struct scanlines l = {.refuse = true}, again = {0};
    struct repli_err err = {0};
    char path[600];
    const char *const paths[] = {path};
    snprintf(path, sizeof path, "%s/pile.tif", scancase.in);
    for (int i = 0; i < 3; i++) {
        struct repli_image page = scancase_sheet(i == 0 ? 5 : i);
        assert_int_equal(picture_append_tiff(path, &page, &err), REPLI_OK);
        picture_done(&page);
    }
    assert_int_equal(scanlines_batch(&l, paths, 1, &err), REPLI_DB);
    ASSERT_OUTCOMES(&l, "pile.tif blank");
    assert_int_equal(scancase_state(1), REPLI_LIFE_PRINTED);
    repli_err_clear(&err);
    assert_int_equal(scanlines_batch(&again, paths, 1, &err), REPLI_OK);
    ASSERT_OUTCOMES(&again, "pile.tif duplicate", "pile.tif read", "pile.tif read");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(json_integer_value(json_object_get(json_array_get(again.all, i), "page")), (int)i + 1);
    assert_int_equal(scancase_state(1), REPLI_LIFE_READ);
    assert_int_equal(scancase_state(2), REPLI_LIFE_READ);
    json_decref(l.all);
    json_decref(again.all);
}

/* A path that does not exist is a mistake of the caller: nothing is scanned. */
static void missing_paths_are_errors(void **state)
{
    (void)state;
    struct scanlines l = {0};
    struct repli_err err = {0};
    const char *const paths[] = {scancase.in, "/nonexistent/page.jpg"};
    scancase_scan("a.png", scancase_sheet(0), 0, 1);
    assert_int_equal(scanlines_batch(&l, paths, 2, &err), REPLI_IO);
    assert_non_null(strstr(err.text, "/nonexistent/page.jpg"));
    assert_int_equal(json_array_size(l.all), 0);
    assert_int_equal(scancase_state(0), REPLI_LIFE_PRINTED);
    json_decref(l.all);
}

/* ---- this program as a decoding child */

static int child(int file, int socket_)
{
    char start[8] = {0};
    struct child_request q;
    struct child_reply r = {.op = CHILD_OPEN, .ok = 1, .pages = 1};
    if (pread(file, start, 7, 0) < 0)
        return 1;
    if (strncmp(start, "CRASH", 5) == 0)
        _exit(9);
    if (strncmp(start, "HANG", 4) == 0)
        sleep(30);
    if (strncmp(start, "LIE", 3) != 0)
        return -1;
    (void)recv(socket_, &q, sizeof q, 0);
    (void)send(socket_, &r, sizeof r, 0);
    (void)recv(socket_, &q, sizeof q, 0);
    r = (struct child_reply){.op = CHILD_PAGE, .ok = 1, .width = 0x7FFFFFFF, .height = 0x7FFFFFFF};
    (void)send(socket_, &r, sizeof r, 0);
    sleep(30);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--decode") == 0)
        return repli_nursery_main(child);
    if (argc == 5 && strcmp(argv[1], "--render") == 0)
        return repli_render_main(argc, argv);
#define TEST(name) cmocka_unit_test_setup_teardown(name, scancase_setup, scancase_teardown)
    const struct CMUnitTest tests[] = {
        TEST(sheets_are_read_any_way_up),   TEST(bad_input_is_named),           TEST(children_may_misbehave),
        TEST(twice_changes_nothing),        TEST(codes_and_ledger_must_agree),  TEST(codes_alone_are_not_enough),
        TEST(many_at_once_in_order),        TEST(one_pixel_is_another_picture), TEST(a_wards_sheet_is_the_wards),
        TEST(pages_are_whole_or_not_there), TEST(missing_paths_are_errors),     TEST(torn_codes_are_read_by_the_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
