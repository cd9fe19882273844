#include "support/sheets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "repli/file.h"
#include "repli/serial.h"
#include "support/scratch.h"

struct sheets_place here = {.hash = {7}};

int sheets_setup(void **state)
{
    (void)state;
    snprintf(here.dir, sizeof here.dir, "%s/test-ledger-XXXXXX", scratch_root());
    if (!mkdtemp(here.dir))
        return -1;
    snprintf(here.path, sizeof here.path, "%s/ledger.db", here.dir);
    return 0;
}

void clean(void)
{
    struct repli_arena a = {0};
    char **names;
    size_t n;
    assert_int_equal(repli_dir_list(here.dir, &a, &names, &n, NULL), REPLI_OK);
    for (size_t i = 0; i < n; i++)
        unlink(repli_path_join(&a, here.dir, names[i]));
    repli_arena_done(&a);
}

int sheets_teardown(void **state)
{
    (void)state;
    clean();
    return rmdir(here.dir);
}

struct repli_ledger *open_ledger(void)
{
    struct repli_err err = {0};
    struct repli_ledger *l = NULL;
    assert_ok(repli_ledger_open(here.path, true, NOW, &l, &err));
    return l;
}

enum repli_status print_pack(struct repli_ledger *l, const char *ward, size_t count, const char *file,
                             char id[REPLI_ID_TEXT], struct repli_err *err)
{
    struct repli_sheet_row rows[16] = {0};
    struct repli_page_map maps[16] = {0};
    char names[16][REPLI_SERIAL_TEXT], codes[16][32];
    struct repli_field field = {.id = "col1.rr", .kind = REPLI_FIELD_TICK, .tier = 2, .box = {10, 10, 20, 20}};
    int64_t serial = 0, pack = 0;
    enum repli_status s = repli_ledger_form_put(l, here.hash, "obs", 3, 1, "fr", "frozen", NOW, err);
    if (s == REPLI_OK)
        s = repli_ledger_next(l, "serial", &serial, err);
    if (s == REPLI_OK)
        s = repli_ledger_next(l, "pack", &pack, err);
    if (s != REPLI_OK)
        return s;
    repli_id_format('P', 0, pack, id);
    struct repli_pack p = {.path = file,
                           .ward = ward,
                           .what = "now",
                           .lang = "fr",
                           .data_utc = NOW - 60,
                           .printed_utc = NOW,
                           .window_utc = NOW,
                           .window_hours = 24,
                           .pages = (int)count};
    snprintf(p.id, sizeof p.id, "%s", id);
    for (size_t i = 0; i < count; i++) {
        bool verso = i + 1 == count;
        struct repli_sheet_row *r = &rows[i];
        r->serial = repli_serial_make(0, (uint32_t)(serial + (int64_t)i));
        repli_serial_format(r->serial, names[i]);
        snprintf(codes[i], sizeof codes[i], "code-%zu", i);
        maps[i] = (struct repli_page_map){.page = (int)i + 1,
                                          .sheet = names[i],
                                          .form = "obs",
                                          .version = 1,
                                          .lang = "fr",
                                          .side = 1,
                                          .sides = 2,
                                          .patient = "4711",
                                          .ward = ward,
                                          .code = codes[i],
                                          .verso = verso,
                                          .fields = verso ? NULL : &field,
                                          .nfields = verso ? 0 : 1};
        maps[i].codes[0] = maps[i].codes[1] = (struct repli_box){0, 0, 100, 100};
        r->map = &maps[i];
        r->page = (int)i + 1, r->version = 1, r->side = 1, r->sides = 2, r->subject_kind = 1, r->window_hours = 24;
        r->code = codes[i], r->form_id = "obs", r->lang = "fr", r->patient_id = "p1",
        r->patient = i < 2 ? "4711" : "4712", r->ward = ward;
        r->patient_name = "PEETERS, Marie", r->window_utc = NOW, r->has_fields = !verso;
        memcpy(r->form_hash, here.hash, 32);
        memcpy(r->mac, &r->serial, 8);
    }
    return repli_ledger_allot(l, &p, rows, count, serial, pack, err);
}

void sql(const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(here.path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 1000);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

enum repli_life state_of(struct repli_ledger *l, uint32_t counter)
{
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_sheet_row *row = NULL;
    assert_ok(repli_ledger_sheet_get(l, repli_serial_make(0, counter), &a, &row, &err));
    assert_non_null(row);
    enum repli_life state = row->state;
    repli_arena_done(&a);
    return state;
}
