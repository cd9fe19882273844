#include "support/scancase.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "repli/file.h"
#include "repli/print.h"
#include "repli/serial.h"
#include "support/lettering.h"
#include "support/pens.h"
#include "support/picture.h"
#include "support/sample.h"
#include "support/scratch.h"

#define WINDOW INT64_C(1795395600) /* 2026-11-23T01:00:00Z */
#define AT     "2026-11-24T09:00"
#define DPI    200

struct scancase scancase;

/* What the band of a patient's sheet says. */
static struct repli_printed band[] = {{23000, 23400, REPLI_FACE_BOLD, 1500, "PEETERS, An"},
                                      {23000, 30000, REPLI_FACE_REGULAR, 850, "né(e) le"},
                                      {36000, 30000, REPLI_FACE_BOLD, 1100, "17-mai-1948"},
                                      {80000, 30000, REPLI_FACE_BOLD, 1100, "1204873"}};

/* The second sheet is about somebody else. */
static struct repli_printed other_band[] = {
    {23000, 23400, REPLI_FACE_BOLD, 1500, "DUBOIS, Marie-Th\xC3\xA9r\xC3\xA8se"},
    {23000, 30000, REPLI_FACE_REGULAR, 850, "n\xC3\xA9(e) le"},
    {36000, 30000, REPLI_FACE_BOLD, 1100, "3-oct-1961"},
    {80000, 30000, REPLI_FACE_BOLD, 1100, "1187220"}};

static struct repli_page_code code_of(int i)
{
    return (struct repli_page_code){.epoch = 1,
                                    .site_tag = repli_keys_site_tag(scancase.site->keys),
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
}

static void make_sheet(int i, struct repli_sheet_row *row)
{
    struct repli_page_map *m = sample_sheet(&scancase.arena, 1, WINDOW, 24);
    struct repli_page_code *c = &scancase.codes[i];
    uint8_t mac[8];
    char *sheet = repli_arena_alloc(&scancase.arena, REPLI_SERIAL_TEXT),
         *digits = repli_arena_alloc(&scancase.arena, REPLI_PAGECODE_DIGITS + 1);
    *c = code_of(i);
    if (i >= 8) {
        c->subject_kind = REPLI_SUBJECT_WARD;
        repli_keys_ward(scancase.site->keys, "3B", c->subject);
        m->patient = m->stay = NULL;
    }
    assert_true(repli_pagecode_encode(c, scancase.site->keys, digits));
    assert_int_equal(repli_pagecode_decode(digits, scancase.site->keys, c, mac), REPLI_PAGECODE_GOOD);
    repli_serial_format(c->serial, sheet);
    m->sheet = sheet;
    m->code = digits, m->page = i + 1;
    if (i == 5)
        m->nfields = 0, m->verso = true;
    else
        m->printed = i == 1 ? other_band : band, m->nprinted = i >= 8 ? 0 : sizeof band / sizeof *band;
    scancase.maps[i] = m;
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
    if (i == 1)
        row->patient_id = "q", row->patient = "1187220", row->patient_name = "DUBOIS, Marie-Th\xC3\xA9r\xC3\xA8se";
    memcpy(row->mac, mac, sizeof mac);
    memcpy(row->subject, c->subject, sizeof c->subject);
    if (i >= 8)
        row->patient_id = row->patient = row->patient_name = NULL;
    if (i == 9)
        repli_keys_ward(scancase.site->keys, "4A", row->subject);
    row->form_hash[0] = 7;
}

static void print_sheets(void)
{
    struct repli_err err = {0};
    struct repli_sheet_row rows[SCANCASE_SHEETS];
    struct repli_pack pack = {.id = "P0-1",
                              .path = "a.pdf",
                              .ward = "3B",
                              .what = "shift",
                              .lang = "fr",
                              .data_utc = WINDOW,
                              .printed_utc = WINDOW,
                              .window_utc = WINDOW,
                              .window_hours = 24,
                              .pages = SCANCASE_SHEETS};
    const uint8_t hash[32] = {7}, sha[32] = {9};
    for (int i = 0; i < SCANCASE_SHEETS; i++)
        make_sheet(i, &rows[i]);
    if (repli_ledger_form_put(scancase.ledger, hash, "obs", 3, 1, "fr", "frozen", WINDOW, &err) != REPLI_OK ||
        repli_ledger_allot(scancase.ledger, &pack, rows, SCANCASE_SHEETS, 1, 1, &err) != REPLI_OK ||
        repli_ledger_pack_ready(scancase.ledger, "P0-1", sha, WINDOW, &err) != REPLI_OK ||
        repli_ledger_sheet_state(scancase.ledger, scancase.codes[7].serial, REPLI_LIFE_VOID, NULL, "torn", WINDOW,
                                 &err) != REPLI_OK)
        fail_msg("%s", err.text);
}

int scancase_setup(void **state)
{
    (void)state;
    struct repli_err err = {0};
    snprintf(scancase.base, sizeof scancase.base, "%s/test-scan-XXXXXX", scratch_root());
    if (!mkdtemp(scancase.base))
        return -1;
    snprintf(scancase.dir, sizeof scancase.dir, "%s/site", scancase.base);
    snprintf(scancase.in, sizeof scancase.in, "%s/in", scancase.base);
    if (mkdir(scancase.in, 0700) != 0 ||
        repli_site_create(scancase.dir, "Test", "Europe/Brussels", "fr", &err) != REPLI_OK ||
        repli_site_open(scancase.dir, AT, &scancase.site, &err) != REPLI_OK ||
        repli_ledger_open(scancase.site->ledger, true, repli_clock_now(&scancase.site->clock), &scancase.ledger,
                          &err) != REPLI_OK)
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

int scancase_teardown(void **state)
{
    (void)state;
    repli_ledger_close(scancase.ledger);
    repli_site_close(scancase.site);
    scancase.ledger = NULL;
    scancase.site = NULL;
    repli_arena_done(&scancase.arena);
    remove_tree(scancase.base);
    return 0;
}

/* Draws a sheet with codes of `digits` at their two places. */
struct repli_image scancase_page(const struct repli_page_map *m, const char *digits, const char *digits2)
{
    struct repli_image page = picture_sheet(DPI);
    struct repli_err err = {0};
    static bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES];
    const char *text[2] = {digits, digits2};
    pens_draw_sheet(&page, m, NULL);
    if (m->nprinted)
        lettering_band(&page, m, m->sheet);
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

struct repli_image scancase_sheet(int i)
{
    return scancase_page(scancase.maps[i], scancase.maps[i]->code, scancase.maps[i]->code);
}

struct scanner_params scancase_scanner(void)
{
    struct scanner_params p;
    struct prng r;
    prng_seed(&r, 1, 3);
    scanner_sample(&p, SCANNER_NONE, &r);
    p.dpi = DPI;
    p.noise = 2;
    p.rot_deg = .4;
    return p;
}

void scancase_scan_by(const char *name, struct repli_image page, const struct scanner_params *p, uint64_t seed)
{
    struct repli_err err = {0};
    struct repli_image im;
    struct prng r;
    double h[9];
    char path[600];
    prng_seed(&r, seed, 3);
    scanner_scan(&page, p, &r, &im, h);
    snprintf(path, sizeof path, "%s/%s", scancase.in, name);
    if (picture_write(path, &im, 80, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    picture_done(&im);
    picture_done(&page);
}

void scancase_scan(const char *name, struct repli_image page, int quarter, uint64_t seed)
{
    struct scanner_params p = scancase_scanner();
    p.quarter = quarter;
    scancase_scan_by(name, page, &p, seed);
}

void scancase_file(const char *name, const void *data, size_t len)
{
    char path[600];
    struct repli_err err = {0};
    snprintf(path, sizeof path, "%s/%s", scancase.in, name);
    if (repli_file_write(path, data, len, 0600, &err) != REPLI_OK)
        fail_msg("%s", err.text);
}
