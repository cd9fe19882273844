/* The ledger burnt: sheets are laid out again from the snapshot that their code names, exactly as they were printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "repli/file.h"
#include "repli/ledger_scan.h"
#include "repli/scan.h"
#include "repli/serial.h"
#include "support/packcase.h"
#include "support/pens.h"
#include "support/picture.h"
#include "support/prng.h"
#include "support/scancase.h"
#include "support/scanner.h"

#define LATER "2026-11-24T09:00"
#define DPI   200

static char folder[128]; /* images */

static struct repli_arena *arena(void)
{
    return &packcase_arena;
}

/* What a scanner makes of a sheet nobody wrote on. */
static void scan_page(const char *name, const struct repli_page_map *map, const char *code)
{
    struct repli_page_map named = *map; /* it bears the serial of its code */
    struct repli_page_code c;
    char sheet[REPLI_SERIAL_TEXT];
    assert_int_equal(repli_pagecode_decode(code, packcase_site.site->keys, &c, NULL), REPLI_PAGECODE_GOOD);
    repli_serial_format(c.serial, sheet);
    named.sheet = sheet;
    struct repli_image page = scancase_page(&named, code, code), im;
    struct repli_err err = {0};
    struct scanner_params p;
    struct prng r;
    double h[9];
    char path[256];
    prng_seed(&r, strlen(name), 3);
    scanner_sample(&p, SCANNER_NONE, &r);
    p.dpi = DPI;
    p.noise = 2;
    scanner_scan(&page, &p, &r, &im, h);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (picture_write(path, &im, 80, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    picture_done(&im);
    picture_done(&page);
}

struct seen {
    enum repli_outcome outcome[64];
    char reason[64][32];
    size_t count;
};

static void keep_line(void *user, const struct repli_scan_line *line)
{
    struct seen *s = user;
    assert_true(s->count < 64);
    (void)snprintf(s->reason[s->count], sizeof s->reason[0], "%s", line->reason ? line->reason : "");
    s->outcome[s->count++] = line->outcome;
}

static struct seen scan_all(void)
{
    struct seen seen = {.count = 0};
    struct repli_err err = {0};
    const char *const paths[] = {folder};
    struct repli_scan_request q = {.paths = paths, .npaths = 1, .line = keep_line, .user = &seen};
    struct repli_scan_result r = {0};
    enum repli_status s = repli_scan_batch(packcase_site.site, packcase_site.ledger, &q, &r, &err);
    if (s != REPLI_OK && s != REPLI_WAITS)
        fail_msg("%s", err.text);
    return seen;
}

/* The ledger as it is on the day after a fire: new. */
static void burn(bool forms)
{
    char *const parts[] = {(char[]){""}, (char[]){"-wal"}, (char[]){"-shm"}};
    smallsite_pause(&packcase_site);
    for (size_t i = 0; i < 3; i++)
        (void)unlink(repli_arena_printf(arena(), "%s/ledger.db%s", packcase_site.dir, parts[i]));
    if (forms) {
        char **names = NULL;
        size_t n = 0;
        struct repli_err err = {0};
        const char *dir = repli_arena_printf(arena(), "%s/forms", packcase_site.dir);
        assert_int_equal(repli_dir_list(dir, arena(), &names, &n, &err), REPLI_OK);
        assert_true(n > 0);
        for (size_t i = 0; i < n; i++)
            (void)unlink(repli_path_join(arena(), dir, names[i]));
        assert_int_equal(rmdir(dir), 0);
    }
    struct repli_err err = {0};
    struct repli_ledger *fresh = NULL;
    const char *path = repli_arena_printf(arena(), "%s/ledger.db", packcase_site.dir);
    if (repli_ledger_open(path, true, 1795510800, &fresh, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    repli_ledger_close(fresh);
    smallsite_reopen(&packcase_site, LATER);
}

static int setup(void **state)
{
    (void)snprintf(folder, sizeof folder, "/tmp/relay-XXXXXX");
    return mkdtemp(folder) && packcase_setup(state) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    char **names = NULL;
    size_t n = 0;
    struct repli_err err = {0};
    if (repli_dir_list(folder, arena(), &names, &n, &err) != REPLI_OK)
        n = 0;
    for (size_t i = 0; i < n; i++)
        (void)unlink(repli_path_join(arena(), folder, names[i]));
    (void)rmdir(folder);
    return packcase_teardown(state);
}

/* Page maps as they were printed; where in which PDF a sheet was nobody knows any more. */
static void assert_same_map(const struct repli_page_map *printed, const struct repli_page_map *again)
{
    struct repli_page_map a = *printed, b = *again;
    a.page = b.page = 0;
    assert_string_equal(repli_page_map_json(&a, arena()), repli_page_map_json(&b, arena()));
}

static struct packcase_list print_and_scan(void)
{
    struct repli_print_result r = packcase_print("3B", REPLI_WAITS);
    struct packcase_list l = packcase_sheets(r.pack.id);
    assert_true(l.count >= 4);
    for (size_t i = 0; i < l.count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%02zu.png", i);
        scan_page(name, l.maps[i], l.maps[i]->code);
    }
    return l;
}

static void assert_same_text(const char *a, const char *b)
{
    assert_string_equal(a ? a : "(none)", b ? b : "(none)");
}

static void assert_all_adopted(const struct packcase_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        struct repli_sheet_row *row = NULL;
        struct repli_page_map *map = NULL;
        struct repli_err err = {0};
        const struct repli_sheet_row *old = &l->rows[i];
        assert_int_equal(repli_ledger_sheet_get(packcase_site.ledger, old->serial, arena(), &row, &err), REPLI_OK);
        if (!old->has_fields) {
            assert_null(row);
            continue;
        }
        assert_non_null(row);
        assert_int_equal(row->state, REPLI_LIFE_READ);
        assert_memory_equal(row->mac, old->mac, sizeof row->mac);
        assert_memory_equal(row->form_hash, old->form_hash, sizeof row->form_hash);
        assert_same_text(row->patient, old->patient);
        assert_same_text(row->patient_id, old->patient_id);
        assert_same_text(row->patient_name, old->patient_name);
        assert_same_text(row->ward, old->ward);
        assert_int_equal(repli_ledger_sheet_map(packcase_site.ledger, old->serial, arena(), &map, &err), REPLI_OK);
        assert_same_map(l->maps[i], map);
    }
}

/* All sheets of a ward, fronts and backs, are read as if nothing had happened. */
static void burnt_ledger_reads_from_the_snapshot(void **state)
{
    (void)state;
    struct packcase_list l = print_and_scan();
    burn(false);
    struct seen s = scan_all();
    assert_int_equal(s.count, l.count);
    for (size_t i = 0; i < s.count; i++)
        assert_int_equal(s.outcome[i], l.rows[i].has_fields ? REPLI_OUTCOME_READ : REPLI_OUTCOME_BLANK);
    assert_all_adopted(&l);
    s = scan_all();
    for (size_t i = 0; i < s.count; i++)
        assert_int_equal(s.outcome[i], REPLI_OUTCOME_DUPLICATE);
}

/* With the folder of printed forms gone too, the program's own template of that version serves. */
static void without_the_kept_forms_too(void **state)
{
    (void)state;
    struct packcase_list l = print_and_scan();
    burn(true);
    struct seen s = scan_all();
    for (size_t i = 0; i < s.count; i++)
        assert_int_equal(s.outcome[i], l.rows[i].has_fields ? REPLI_OUTCOME_READ : REPLI_OUTCOME_BLANK);
    assert_all_adopted(&l);
}

static const char *the_snapshot(void)
{
    char **names = NULL;
    size_t n = 0;
    struct repli_err err = {0};
    const char *dir = repli_arena_printf(arena(), "%s/snapshots", packcase_site.dir);
    assert_int_equal(repli_dir_list(dir, arena(), &names, &n, &err), REPLI_OK);
    for (size_t i = 0; i < n; i++)
        if (strstr(names[i], ".snapshot"))
            return repli_path_join(arena(), dir, names[i]);
    fail_msg("no snapshot");
    return NULL;
}

/* Without the snapshot the images wait; when it is back, the same files scanned again are read. */
static void waits_until_the_snapshot_is_back(void **state)
{
    (void)state;
    struct packcase_list l = print_and_scan();
    const char *snapshot = the_snapshot(), *away = repli_arena_printf(arena(), "%s/away", packcase_site.dir);
    burn(false);
    assert_int_equal(rename(snapshot, away), 0);
    struct seen s = scan_all();
    for (size_t i = 0; i < s.count; i++)
        assert_int_equal(s.outcome[i], REPLI_OUTCOME_NO_SNAPSHOT);
    s = scan_all(); /* nothing has changed */
    for (size_t i = 0; i < s.count; i++) {
        assert_int_equal(s.outcome[i], REPLI_OUTCOME_DUPLICATE);
        assert_string_equal(s.reason[i], "no-snapshot");
    }
    assert_int_equal(rename(away, snapshot), 0);
    s = scan_all();
    for (size_t i = 0; i < s.count; i++)
        assert_int_equal(s.outcome[i], l.rows[i].has_fields ? REPLI_OUTCOME_READ : REPLI_OUTCOME_BLANK);
    assert_all_adopted(&l);
}

/* Authentic codes that nothing fits: another version of a form, a patient of no such snapshot, too many sides. */
static void what_does_not_fit_is_named(void **state)
{
    (void)state;
    struct repli_print_result r = packcase_print("3B", REPLI_WAITS);
    struct packcase_list l = packcase_sheets(r.pack.id);
    struct repli_page_code code, other;
    char digits[REPLI_PAGECODE_DIGITS + 1];
    const struct repli_keys *keys = packcase_site.site->keys;
    size_t one = 0; /* a patient's */
    while (l.rows[one].subject_kind != REPLI_SUBJECT_PATIENT)
        one++;
    assert_int_equal(repli_pagecode_decode(l.maps[one]->code, keys, &code, NULL), REPLI_PAGECODE_GOOD);
    for (int i = 0; i < 4; i++) {
        char name[16];
        other = code;
        other.serial = repli_serial_make(0, 5000 + (uint32_t)i);
        other.version = i == 0 ? 99 : code.version;
        other.subject[3] ^= i == 1 ? 1 : 0;
        other.pages = i == 2 ? (uint8_t)(code.pages + 2) : code.pages;
        assert_true(repli_pagecode_encode(&other, keys, digits));
        (void)snprintf(name, sizeof name, "%d.png", i);
        scan_page(name, l.maps[one], digits);
    }
    struct seen s = scan_all();
    assert_int_equal(s.count, 4);
    assert_int_equal(s.outcome[0], REPLI_OUTCOME_UNKNOWN_FORM);
    assert_int_equal(s.outcome[1], REPLI_OUTCOME_MISMATCH);
    assert_string_equal(s.reason[1], "patient");
    assert_int_equal(s.outcome[2], REPLI_OUTCOME_MISMATCH);
    assert_string_equal(s.reason[2], "side");
    assert_int_equal(s.outcome[3], REPLI_OUTCOME_READ); /* another print of the same: its own sheet */
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--decode") == 0)
        return repli_decode_main();
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(burnt_ledger_reads_from_the_snapshot),
        TEST(without_the_kept_forms_too),
        TEST(waits_until_the_snapshot_is_back),
        TEST(what_does_not_fit_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
