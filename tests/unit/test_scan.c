/* Batches from the door inwards: every image ends in one named outcome, the ledger follows, and no file harms the rest.
** This program is its own decoding child: files that begin with "CRASH", "HANG" or "LIE" make it misbehave. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "repli/file.h"
#include "repli/pagecode.h"
#include "repli/print.h"
#include "repli/scan.h"
#include "repli/serial.h"
#include "scan/decode.h"
#include "support/pens.h"
#include "support/picture.h"
#include "support/sample.h"
#include "support/scanner.h"

#define WINDOW INT64_C(1795395600) /* 2026-11-23T01:00:00Z */
#define AT     "2026-11-24T09:00"
#define SHEETS 8
#define DPI    200

static char base[200], dir[256], in[256];
static struct repli_site *site;
static struct repli_ledger *ledger;
static struct repli_arena arena;
static struct repli_page_map *maps[SHEETS];
static struct repli_page_code codes[SHEETS];

/* ---- a site with eight printed sheets: 1..5 ordinary, 6 a side without fields, 7 printed in a drill, 8 voided */

static void make_sheet(int i, struct repli_sheet_row *row)
{
    struct repli_page_map *m = sample_sheet(&arena, 1, WINDOW, 24);
    struct repli_page_code *c = &codes[i];
    uint8_t mac[8];
    char *sheet = repli_arena_alloc(&arena, REPLI_SERIAL_TEXT),
         *digits = repli_arena_alloc(&arena, REPLI_PAGECODE_DIGITS + 1);
    *c = (struct repli_page_code){.epoch = 1,
                                  .site_tag = repli_keys_site_tag(site->keys),
                                  .serial = repli_serial_make(0, (uint32_t)i + 1),
                                  .form = 3,
                                  .version = 1,
                                  .lang = 1,
                                  .page = 1,
                                  .pages = 2,
                                  .subject_kind = REPLI_SUBJECT_PATIENT,
                                  .subject = {1, 2, 3, (uint8_t)i},
                                  .window_utc = (uint32_t)WINDOW,
                                  .window_hours = 24,
                                  .flags = i == 6 ? REPLI_FLAG_DRILL : 0};
    assert_true(repli_pagecode_encode(c, site->keys, digits));
    assert_int_equal(repli_pagecode_decode(digits, site->keys, c, mac), REPLI_PAGECODE_GOOD);
    repli_serial_format(c->serial, sheet);
    m->sheet = sheet;
    m->code = digits;
    m->page = i + 1;
    if (i == 5)
        m->nfields = 0, m->verso = true;
    maps[i] = m;
    *row = (struct repli_sheet_row){.serial = c->serial,
                                    .page = i + 1,
                                    .version = 1,
                                    .side = 1,
                                    .sides = 2,
                                    .subject_kind = c->subject_kind,
                                    .window_hours = 24,
                                    .flags = c->flags,
                                    .sheet = sheet,
                                    .pack_id = "P0-1",
                                    .code = digits,
                                    .form_id = "obs",
                                    .lang = "fr",
                                    .patient_id = "p",
                                    .patient = "1204873",
                                    .ward = "3B",
                                    .patient_name = "PEETERS, An",
                                    .window_utc = WINDOW,
                                    .has_fields = i != 5,
                                    .map = m};
    memcpy(row->mac, mac, sizeof mac);
    memcpy(row->subject, c->subject, sizeof c->subject);
    row->form_hash[0] = 7;
}

static void print_sheets(void)
{
    struct repli_err err = {0};
    struct repli_sheet_row rows[SHEETS];
    struct repli_pack pack = {.id = "P0-1",
                              .path = "a.pdf",
                              .ward = "3B",
                              .what = "shift",
                              .lang = "fr",
                              .data_utc = WINDOW,
                              .printed_utc = WINDOW,
                              .window_utc = WINDOW,
                              .window_hours = 24,
                              .pages = SHEETS};
    const uint8_t hash[32] = {7}, sha[32] = {9};
    for (int i = 0; i < SHEETS; i++)
        make_sheet(i, &rows[i]);
    if (repli_ledger_form_put(ledger, hash, "obs", 3, 1, "fr", "frozen", WINDOW, &err) != REPLI_OK ||
        repli_ledger_allot(ledger, &pack, rows, SHEETS, 1, 1, &err) != REPLI_OK ||
        repli_ledger_pack_ready(ledger, "P0-1", sha, WINDOW, &err) != REPLI_OK ||
        repli_ledger_sheet_state(ledger, codes[7].serial, REPLI_LIFE_VOID, NULL, "torn", WINDOW, &err) != REPLI_OK)
        fail_msg("%s", err.text);
}

static int setup(void **state)
{
    (void)state;
    struct repli_err err = {0};
    const char *out = getenv("REPLI_TEST_OUT");
    snprintf(base, sizeof base, "%s/test-scan-XXXXXX", out ? out : "/tmp");
    if (!mkdtemp(base))
        return -1;
    snprintf(dir, sizeof dir, "%s/site", base);
    snprintf(in, sizeof in, "%s/in", base);
    if (mkdir(in, 0700) != 0 || repli_site_create(dir, "Test", "Europe/Brussels", "fr", &err) != REPLI_OK ||
        repli_site_open(dir, AT, &site, &err) != REPLI_OK ||
        repli_ledger_open(site->ledger, true, repli_clock_now(&site->clock), &ledger, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    print_sheets();
    return 0;
}

static void remove_tree(const char *path)
{
    struct stat st;
    DIR *d = lstat(path, &st) == 0 && S_ISDIR(st.st_mode) ? opendir(path) : NULL;
    struct dirent *e;
    while (d && (e = readdir(d)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            char sub[700];
            snprintf(sub, sizeof sub, "%s/%s", path, e->d_name);
            remove_tree(sub);
        }
    if (d)
        closedir(d);
    (void)remove(path);
}

static int teardown(void **state)
{
    (void)state;
    repli_ledger_close(ledger);
    repli_site_close(site);
    ledger = NULL;
    site = NULL;
    repli_arena_done(&arena);
    remove_tree(base);
    return 0;
}

/* ---- paper */

/* Draws a sheet with codes of `digits` at their two places. */
static struct repli_image sheet_page(const struct repli_page_map *m, const char *digits, const char *digits2)
{
    struct repli_image page = picture_sheet(DPI);
    struct repli_err err = {0};
    static bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES];
    const char *text[2] = {digits, digits2};
    pens_draw_sheet(&page, m, NULL);
    for (int i = 0; i < 2; i++) {
        if (!text[i])
            continue;
        if (repli_code_modules(text[i], modules, &err) != REPLI_OK)
            fail_msg("%s", err.text);
        struct repli_page_map one = *m;
        one.nfields = 0;
        one.codes[1 - i] = one.codes[i];
        pens_draw_sheet(&page, &one, modules);
    }
    return page;
}

static struct repli_image sheet_of(int i)
{
    return sheet_page(maps[i], maps[i]->code, maps[i]->code);
}

/* Scans a page into a file of the folder `in`; the page is freed. */
static void scan_into(const char *name, struct repli_image page, int quarter, uint64_t seed)
{
    struct repli_err err = {0};
    struct scanner_params p;
    struct repli_image im;
    struct prng r;
    double h[9];
    char path[600];
    prng_seed(&r, seed, 3);
    scanner_sample(&p, SCANNER_NONE, &r);
    p.dpi = DPI;
    p.quarter = quarter;
    p.noise = 2;
    p.rot_deg = .4;
    scanner_scan(&page, &p, &r, &im, h);
    snprintf(path, sizeof path, "%s/%s", in, name);
    if (picture_write(path, &im, 80, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    picture_done(&im);
    picture_done(&page);
}

static void file_of(const char *name, const void *data, size_t len)
{
    char path[600];
    struct repli_err err = {0};
    snprintf(path, sizeof path, "%s/%s", in, name);
    if (repli_file_write(path, data, len, 0600, &err) != REPLI_OK)
        fail_msg("%s", err.text);
}

/* ---- running a batch and keeping its lines */

struct lines {
    json_t *all;
    int derived; /* calls of readings_stored */
    bool refuse; /* readings_stored fails */
};

static void keep_line(void *user, const struct repli_scan_line *line)
{
    struct lines *l = user;
    json_t *o = json_loads(line->json, 0, NULL);
    assert_non_null(o);
    assert_string_equal(json_string_value(json_object_get(o, "outcome")), repli_outcome_text(line->outcome));
    json_array_append_new(l->all, o);
}

static enum repli_status derive(void *user, uint64_t serial, struct repli_err *err)
{
    struct lines *l = user;
    l->derived++;
    assert_true(repli_serial_counter(serial) > 0);
    return l->refuse ? repli_fail(err, REPLI_DB, "planted") : REPLI_OK;
}

static enum repli_status batch(struct lines *l, const char *const *paths, size_t n, struct repli_err *err)
{
    struct repli_scan_request q = {
        .paths = paths, .npaths = n, .batch = "b", .line = keep_line, .readings_stored = derive, .user = l};
    struct repli_scan_result r = {0};
    int64_t sum = 0;
    if (!l->all)
        l->all = json_array();
    size_t before = json_array_size(l->all);
    enum repli_status s = repli_scan_batch(site, ledger, &q, &r, err);
    for (int i = 0; i < REPLI_OUTCOME_COUNT; i++)
        sum += r.by_outcome[i];
    assert_int_equal(sum, r.images);
    assert_int_equal(json_array_size(l->all) - before, r.images);
    return s;
}

static enum repli_status batch_all(struct lines *l)
{
    struct repli_err err = {0};
    const char *const paths[] = {in};
    enum repli_status s = batch(l, paths, 1, &err);
    if (s != REPLI_OK && s != REPLI_WAITS)
        fail_msg("%s", err.text);
    return s;
}

static const char *text_at(const struct lines *l, size_t i, const char *key)
{
    const char *t = json_string_value(json_object_get(json_array_get(l->all, i), key));
    return t ? t : "";
}

/* The outcomes of all lines, "file outcome[/reason]" each, against what is expected. */
static void assert_outcomes(const struct lines *l, const char *const *want, size_t n)
{
    for (size_t i = 0; i < n || i < json_array_size(l->all); i++) {
        const char *file = text_at(l, i, "file"), *slash = strrchr(file, '/'), *reason = text_at(l, i, "reason");
        char got[400];
        snprintf(got, sizeof got, "%s %s%s%s", slash ? slash + 1 : file, text_at(l, i, "outcome"), reason[0] ? "/" : "",
                 reason);
        if (i >= n || strcmp(got, want[i]) != 0)
            fail_msg("line %d: got '%s', expected '%s'", (int)i, got, i < n ? want[i] : "nothing");
    }
}
#define ASSERT_OUTCOMES(l, ...)                                                                                        \
    do {                                                                                                               \
        static const char *const want_[] = {__VA_ARGS__};                                                              \
        assert_outcomes((l), want_, sizeof want_ / sizeof *want_);                                                     \
    } while (0)

static enum repli_life state_of(int i)
{
    struct repli_sheet_row *row = NULL;
    assert_int_equal(repli_ledger_sheet_get(ledger, codes[i].serial, &arena, &row, NULL), REPLI_OK);
    return row->state;
}

/* ---- tests */

/* Four ways up: each sheet is read, its fields, crops and states are where they belong, and tasks follow in the same
** transaction. */
static void sheets_are_read_any_way_up(void **state)
{
    (void)state;
    struct lines l = {0};
    for (int i = 0; i < 4; i++) {
        char name[20];
        struct repli_image page = sheet_of(i);
        struct prng r;
        prng_seed(&r, (uint64_t)i, 1);
        for (size_t f = 0; f < maps[i]->nfields; f++)
            if (strcmp(maps[i]->fields[f].id, "page.continues") == 0)
                pens_draw_mark(&page, &maps[i]->fields[f].box, PENS_CROSS, &r);
        snprintf(name, sizeof name, "%d.png", i);
        scan_into(name, page, 90 * i, (uint64_t)i);
    }
    assert_int_equal(batch_all(&l), REPLI_OK);
    ASSERT_OUTCOMES(&l, "0.png read", "1.png read", "2.png read", "3.png read");
    assert_int_equal(l.derived, 4);
    for (size_t i = 0; i < 4; i++) {
        json_t *o = json_array_get(l.all, i), *fields = json_object_get(o, "fields"), *f;
        size_t k, ticked = 0, empty = 0;
        char crop[600];
        assert_string_equal(text_at(&l, i, "sheet"), maps[i]->sheet);
        assert_string_equal(text_at(&l, i, "form"), "obs");
        assert_int_equal(json_array_size(json_object_get(o, "mm_to_px")), 9);
        assert_int_equal(json_array_size(fields), maps[i]->nfields);
        json_array_foreach(fields, k, f)
        {
            const char *s = json_string_value(json_object_get(f, "state"));
            ticked += strcmp(s, "ticked") == 0;
            empty += strcmp(s, "empty") == 0;
        }
        assert_int_equal(ticked, 1);
        assert_int_equal(empty, maps[i]->nfields - 1);
        assert_int_equal(state_of((int)i), REPLI_LIFE_READ);
        snprintf(crop, sizeof crop, "%s/%s/page.continues.png", site->crops, maps[i]->sheet);
        assert_true(repli_file_exists(crop));
        snprintf(crop, sizeof crop, "%s/%s/page.void.png", site->crops, maps[i]->sheet);
        assert_false(repli_file_exists(crop));
    }
    json_decref(l.all);
}

/* Whatever lies in the folder ends in one named outcome, in the order of the names, and the batch goes on. */
static void bad_input_is_named(void **state)
{
    (void)state;
    struct lines l = {0};
    char path[600];
    static const uint8_t bomb[57] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xFD\xE8\0\0\xFD\xE8\x08\0\0\0\0";
    struct repli_image cat = picture_sheet(100);
    for (int y = 0; y < cat.height; y++) /* a picture without any code */
        for (int x = 0; x < cat.width; x++)
            cat.gray[y * cat.width + x] = (uint8_t)(128 + (x * 7 + y * 3) % 90 - (x / 40 + y / 30) % 2 * 60);
    file_of("a-empty.tif", "", 0);
    file_of("b-bomb.png", bomb, sizeof bomb);
    scan_into("c-cat.jpg", cat, 0, 1);
    scan_into("d-good.tif", sheet_of(0), 0, 1);
    file_of("e-notes.jpg", "these are no pixels", 19);
    snprintf(path, sizeof path, "%s/d-good.tif", in);
    char *data = NULL;
    size_t len = 0;
    assert_int_equal(repli_file_read(path, 64 << 20, &arena, &data, &len, NULL), REPLI_OK);
    file_of("f-cut.tif", data, len / 2);
    file_of("g-wrong-ending.png", data, len);
    file_of("h.pdf", "%PDF-1.7\n", 9);
    scan_into("i-white.png", picture_sheet(100), 0, 1);
    assert_int_equal(batch_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-empty.tif unreadable/type", "b-bomb.png unreadable/limit", "c-cat.jpg no-code",
                    "d-good.tif read", "e-notes.jpg unreadable/type", "f-cut.tif unreadable/truncated",
                    "g-wrong-ending.png duplicate", "h.pdf unreadable/type", "i-white.png blank");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(l.all, 0), "page")), 0);
    json_decref(l.all);
}

/* A child that crashes, hangs or lies is killed; its page says so, the next files are read. */
static void children_may_misbehave(void **state)
{
    (void)state;
    struct lines l = {0};
    file_of("a", "CRASH", 5);
    file_of("b", "LIE", 3);
    file_of("c", "HANG", 4);
    scan_into("d.png", sheet_of(0), 0, 1);
    site->scan_page_seconds = 1;
    assert_int_equal(batch_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a unreadable/killed", "b unreadable/killed", "c unreadable/killed", "d.png read");
    json_decref(l.all);
}

/* The same batch twice: every line again as a duplicate, and not one row of the ledger differs.  The same picture in
** another file is known as well; another picture of a sheet waits for a person. */
static void twice_changes_nothing(void **state)
{
    (void)state;
    struct lines first = {0}, second = {0}, third = {0};
    char before[65], after[65];
    scan_into("a.png", sheet_of(0), 0, 1);
    file_of("b.png", "no", 2);
    assert_int_equal(batch_all(&first), REPLI_WAITS);
    assert_int_equal(repli_ledger_digest(ledger, before, NULL), REPLI_OK);
    assert_int_equal(batch_all(&second), REPLI_OK);
    assert_int_equal(repli_ledger_digest(ledger, after, NULL), REPLI_OK);
    assert_string_equal(before, after);
    ASSERT_OUTCOMES(&second, "a.png duplicate", "b.png duplicate/type");
    assert_int_equal(second.derived, 0);
    assert_string_equal(text_at(&second, 0, "first"), "read");
    assert_string_equal(text_at(&second, 0, "sheet"), maps[0]->sheet);
    scan_into("a.tif", sheet_of(0), 0, 1); /* the same pixels */
    scan_into("c.png", sheet_of(0), 180, 2);
    assert_int_equal(batch_all(&third), REPLI_WAITS);
    ASSERT_OUTCOMES(&third, "a.png duplicate", "a.tif duplicate", "b.png duplicate/type", "c.png second-image");
    assert_string_equal(text_at(&third, 1, "sheet"), maps[0]->sheet);
    json_decref(first.all);
    json_decref(second.all);
    json_decref(third.all);
}

/* What the code and the ledger say about a sheet decides, never the picture alone. */
static void codes_and_ledger_must_agree(void **state)
{
    (void)state;
    struct lines l = {0};
    char other[REPLI_PAGECODE_DIGITS + 1], forged[REPLI_PAGECODE_DIGITS + 1];
    struct repli_page_code c = codes[0];
    c.serial = repli_serial_make(0, 900);
    assert_true(repli_pagecode_encode(&c, site->keys, other));
    scan_into("a-unknown-serial.png", sheet_page(maps[0], other, other), 0, 1);
    c.form = 99;
    assert_true(repli_pagecode_encode(&c, site->keys, other));
    scan_into("b-unknown-form.png", sheet_page(maps[0], other, other), 0, 1);
    c = codes[1];
    c.subject[0] ^= 1;
    assert_true(repli_pagecode_encode(&c, site->keys, other));
    scan_into("c-clash.png", sheet_page(maps[1], other, other), 0, 1);
    snprintf(forged, sizeof forged, "%s", maps[2]->code);
    forged[142] = forged[142] == '5' ? '6' : '5';
    scan_into("d-forged.png", sheet_page(maps[2], forged, forged), 0, 1);
    scan_into("e-two.png", sheet_page(maps[2], maps[2]->code, maps[3]->code), 0, 1);
    scan_into("f-verso.png", sheet_of(5), 0, 1);
    scan_into("g-drill.png", sheet_of(6), 0, 1);
    scan_into("h-void.png", sheet_of(7), 0, 1);
    assert_int_equal(batch_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-unknown-serial.png no-snapshot", "b-unknown-form.png unknown-form",
                    "c-clash.png serial-clash", "d-forged.png bad-mac", "e-two.png two-sheets", "f-verso.png blank",
                    "g-drill.png drill", "h-void.png void");
    for (int i = 0; i < 5; i++)
        assert_int_equal(state_of(i), REPLI_LIFE_PRINTED);
    assert_int_equal(state_of(7), REPLI_LIFE_VOID);
    assert_int_equal(l.derived, 0);
    json_decref(l.all);
}

/* A good code on paper whose marks or lines are not there is not read as "all empty". */
static void codes_alone_are_not_enough(void **state)
{
    (void)state;
    struct lines l = {0};
    struct repli_page_map bare = *maps[0];
    bare.nfields = 0;
    scan_into("a-frame.png", sheet_page(&bare, maps[0]->code, maps[0]->code), 0, 1);
    struct repli_image page = sheet_of(1);
    for (int i = 0; i < 5; i++) {
        struct repli_point m = maps[1]->marks[i];
        if (i != 2 && i != 4)
            picture_fill(&page, &(struct repli_box){m.x - 4000, m.y - 4000, m.x + 4000, m.y + 4000}, 255);
    }
    scan_into("b-marks.png", page, 0, 1);
    assert_int_equal(batch_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-frame.png foreign/frame", "b-marks.png not-registered");
    assert_int_equal(state_of(0), REPLI_LIFE_SCANNED);
    assert_int_equal(state_of(1), REPLI_LIFE_SCANNED);
    scan_into("c-better.png", sheet_of(1), 0, 2); /* scanned again, properly */
    json_decref(l.all);
    l = (struct lines){0};
    assert_int_equal(batch_all(&l), REPLI_OK);
    ASSERT_OUTCOMES(&l, "a-frame.png duplicate/frame", "b-marks.png duplicate", "c-better.png read");
    assert_int_equal(state_of(1), REPLI_LIFE_READ);
    json_decref(l.all);
}

/* All pages of a TIFF in order; a failure of what follows from readings undoes the page and ends the batch, and the next
** run takes up where it ended. */
static void pages_are_whole_or_not_there(void **state)
{
    (void)state;
    struct lines l = {.refuse = true}, again = {0};
    struct repli_err err = {0};
    char path[600];
    const char *const paths[] = {path};
    snprintf(path, sizeof path, "%s/pile.tif", in);
    for (int i = 0; i < 3; i++) {
        struct repli_image page = sheet_of(i == 0 ? 5 : i);
        assert_int_equal(picture_append_tiff(path, &page, &err), REPLI_OK);
        picture_done(&page);
    }
    assert_int_equal(batch(&l, paths, 1, &err), REPLI_DB);
    ASSERT_OUTCOMES(&l, "pile.tif blank");
    assert_int_equal(state_of(1), REPLI_LIFE_PRINTED);
    repli_err_clear(&err);
    assert_int_equal(batch(&again, paths, 1, &err), REPLI_OK);
    ASSERT_OUTCOMES(&again, "pile.tif duplicate", "pile.tif read", "pile.tif read");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(json_integer_value(json_object_get(json_array_get(again.all, i), "page")), (int)i + 1);
    assert_int_equal(state_of(1), REPLI_LIFE_READ);
    assert_int_equal(state_of(2), REPLI_LIFE_READ);
    json_decref(l.all);
    json_decref(again.all);
}

/* A path that does not exist is a mistake of the caller: nothing is scanned. */
static void missing_paths_are_errors(void **state)
{
    (void)state;
    struct lines l = {0};
    struct repli_err err = {0};
    const char *const paths[] = {in, "/nonexistent/page.jpg"};
    scan_into("a.png", sheet_of(0), 0, 1);
    assert_int_equal(batch(&l, paths, 2, &err), REPLI_IO);
    assert_non_null(strstr(err.text, "/nonexistent/page.jpg"));
    assert_int_equal(json_array_size(l.all), 0);
    assert_int_equal(state_of(0), REPLI_LIFE_PRINTED);
    json_decref(l.all);
}

/* ---- this program as a decoding child */

static int child(void)
{
    char start[8] = {0};
    struct child_request q;
    struct child_reply r = {.op = CHILD_OPEN, .ok = 1, .pages = 1};
    if (pread(3, start, 7, 0) < 0)
        return 1;
    if (strncmp(start, "CRASH", 5) == 0)
        _exit(9);
    if (strncmp(start, "HANG", 4) == 0)
        sleep(30);
    if (strncmp(start, "LIE", 3) != 0)
        return repli_decode_main();
    (void)recv(4, &q, sizeof q, 0);
    (void)send(4, &r, sizeof r, 0);
    (void)recv(4, &q, sizeof q, 0);
    r = (struct child_reply){.op = CHILD_PAGE, .ok = 1, .width = 0x7FFFFFFF, .height = 0x7FFFFFFF};
    (void)send(4, &r, sizeof r, 0);
    sleep(30);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--decode") == 0)
        return child();
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(sheets_are_read_any_way_up),   TEST(bad_input_is_named),          TEST(children_may_misbehave),
        TEST(twice_changes_nothing),        TEST(codes_and_ledger_must_agree), TEST(codes_alone_are_not_enough),
        TEST(pages_are_whole_or_not_there), TEST(missing_paths_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
