/* The ledger: people, numbers, packs, sheets, the one door of their states, and what a crash leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/id.h"
#include "repli/ledger.h"
#include "repli/serial.h"
#include "support/faultvfs.h"

#define NOW 1795395600 /* 2026-11-23T01:00:00Z */
#define PDF "%PDF-1.7\nbody\n%%EOF\n"

static char dir[256], path[300];
static uint8_t hash[32] = {7};

static int setup(void **state)
{
    (void)state;
    const char *base = getenv("REPLI_TEST_OUT");
    snprintf(dir, sizeof dir, "%s/test-ledger-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/ledger.db", dir);
    return 0;
}

static void clean(void)
{
    struct repli_arena a = {0};
    char **names;
    size_t n;
    assert_int_equal(repli_dir_list(dir, &a, &names, &n, NULL), REPLI_OK);
    for (size_t i = 0; i < n; i++)
        unlink(repli_path_join(&a, dir, names[i]));
    repli_arena_done(&a);
}

static int teardown(void **state)
{
    (void)state;
    clean();
    return rmdir(dir);
}

#define assert_ok(call) check((call), REPLI_OK, "", &err, __FILE__, __LINE__)
#define assert_refused(call, status, part) check((call), (status), (part), &err, __FILE__, __LINE__)
static void check(enum repli_status s, enum repli_status want, const char *part, struct repli_err *err, const char *file, int line)
{
    if (s != want || !strstr(err->text, part)) {
        print_error("%s:%d: status %d instead of %d, text '%s', expected '%s'\n", file, line, (int)s, (int)want, err->text, part);
        _fail(file, line);
    }
    repli_err_clear(err);
}

static struct repli_ledger *open_ledger(void)
{
    struct repli_err err = {0};
    struct repli_ledger *l = NULL;
    assert_ok(repli_ledger_open(path, true, NOW, &l, &err));
    return l;
}

/* A pack of `count` sides of ward `ward`: the last one is a padding side without fields. */
static enum repli_status print_pack(struct repli_ledger *l, const char *ward, size_t count, const char *file, char id[REPLI_ID_TEXT],
                                    struct repli_err *err)
{
    struct repli_sheet_row rows[16] = {0};
    struct repli_page_map maps[16] = {0};
    char names[16][REPLI_SERIAL_TEXT], codes[16][16];
    struct repli_field field = {.id = "col1.rr", .kind = REPLI_FIELD_TICK, .tier = 2, .box = {10, 10, 20, 20}};
    int64_t serial = 0, pack = 0;
    enum repli_status s = repli_ledger_form_put(l, hash, "obs", 3, 1, "fr", "frozen", NOW, err);
    if (s == REPLI_OK)
        s = repli_ledger_next(l, "serial", &serial, err);
    if (s == REPLI_OK)
        s = repli_ledger_next(l, "pack", &pack, err);
    if (s != REPLI_OK)
        return s;
    repli_id_format('P', 0, pack, id);
    struct repli_pack p = {.path = file, .ward = ward, .what = "now", .lang = "fr", .data_utc = NOW - 60, .printed_utc = NOW,
                           .window_utc = NOW, .window_hours = 24, .pages = (int)count};
    snprintf(p.id, sizeof p.id, "%s", id);
    for (size_t i = 0; i < count; i++) {
        bool verso = i + 1 == count;
        struct repli_sheet_row *r = &rows[i];
        r->serial = repli_serial_make(0, (uint32_t)(serial + (int64_t)i));
        repli_serial_format(r->serial, names[i]);
        snprintf(codes[i], sizeof codes[i], "code-%zu", i);
        maps[i] = (struct repli_page_map){.page = (int)i + 1, .sheet = names[i], .form = "obs", .version = 1, .lang = "fr", .side = 1,
                                          .sides = 2, .patient = "4711", .ward = ward, .code = codes[i], .verso = verso,
                                          .fields = verso ? NULL : &field, .nfields = verso ? 0 : 1};
        maps[i].codes[0] = maps[i].codes[1] = (struct repli_box){0, 0, 100, 100};
        r->map = &maps[i];
        r->page = (int)i + 1, r->version = 1, r->side = 1, r->sides = 2, r->subject_kind = 1, r->window_hours = 24;
        r->code = codes[i], r->form_id = "obs", r->lang = "fr", r->patient_id = "p1", r->patient = i < 2 ? "4711" : "4712", r->ward = ward;
        r->patient_name = "PEETERS, Marie", r->window_utc = NOW, r->has_fields = !verso;
        memcpy(r->form_hash, hash, 32);
        memcpy(r->mac, &r->serial, 8);
    }
    return repli_ledger_allot(l, &p, rows, count, serial, pack, err);
}

static void sql(const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 1000);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static enum repli_life state_of(struct repli_ledger *l, uint32_t counter)
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

/* People and stations are rows with checked names; nobody unknown or retired acts; numbers are given once. */
static void people_and_stations(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_ledger *l = open_ledger();
    struct repli_person person, *all;
    size_t n;
    assert_ok(repli_ledger_person_add(l, "an.peeters", "An Peeters", "nurse", NOW, &err));
    assert_ok(repli_ledger_person_add(l, "zoe", "Zoé Ünal", "verifier", NOW, &err));
    assert_refused(repli_ledger_person_add(l, "zoe", "Other", "clerk", NOW, &err), REPLI_USAGE, "there already");
    assert_refused(repli_ledger_person_add(l, "An P", "x", "clerk", NOW, &err), REPLI_USAGE, "person's id");
    assert_refused(repli_ledger_person_add(l, "", "x", "clerk", NOW, &err), REPLI_USAGE, "person's id");
    assert_refused(repli_ledger_person_add(l, "bob", "  ", "clerk", NOW, &err), REPLI_USAGE, "name");
    assert_refused(repli_ledger_person_add(l, "bob", "\xff", "clerk", NOW, &err), REPLI_USAGE, "name");
    assert_refused(repli_ledger_person_add(l, "bob", "Bob", "boss", NOW, &err), REPLI_USAGE, "no role");
    assert_ok(repli_ledger_person_get(l, "an.peeters", &a, &person, &err));
    assert_string_equal(person.role, "nurse");
    assert_refused(repli_ledger_person_get(l, "x", &a, &person, &err), REPLI_USAGE, "no such person 'x': add them with");
    sql("UPDATE person SET active=0 WHERE person_id='zoe'");
    assert_refused(repli_ledger_person_get(l, "zoe", &a, &person, &err), REPLI_USAGE, "no such person");
    assert_ok(repli_ledger_person_list(l, &a, &all, &n, &err));
    assert_int_equal(n, 2);
    assert_false(all[1].active);
    unsigned number = 0;
    assert_ok(repli_ledger_station_add(l, "3B", NOW, &number, &err));
    assert_int_equal(number, 1);
    assert_refused(repli_ledger_station_add(l, "3B", NOW, &number, &err), REPLI_USAGE, "there already");
    assert_ok(repli_ledger_station_add(l, "4A", NOW, &number, &err));
    assert_int_equal(number, 2);
    sql("INSERT INTO station VALUES(1023, 'last', 0)");
    assert_refused(repli_ledger_station_add(l, "5A", NOW, &number, &err), REPLI_USAGE, "1023");
    repli_arena_done(&a);
    repli_ledger_close(l);
}

/* Allot, write, ready: sheets come out printed, sides without fields blank, and everything can be read back. */
static void a_pack_from_allotted_to_printed(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_ledger *l = open_ledger();
    char id[REPLI_ID_TEXT];
    uint8_t sha[32] = {1, 2, 3};
    struct repli_pack pack;
    struct repli_page_map *map;
    assert_ok(print_pack(l, "3B", 3, "packs/a.pdf", id, &err));
    assert_string_equal(id, "P0-1");
    assert_int_equal(state_of(l, 1), REPLI_LIFE_ALLOTTED);
    assert_ok(repli_ledger_pack_ready(l, id, sha, NOW + 1, &err));
    assert_int_equal(state_of(l, 1), REPLI_LIFE_PRINTED);
    assert_int_equal(state_of(l, 3), REPLI_LIFE_BLANK);
    assert_refused(repli_ledger_pack_ready(l, id, sha, NOW + 1, &err), REPLI_DB, "not being written");
    assert_ok(repli_ledger_pack_get(l, sha, NULL, &a, &pack, &err));
    assert_string_equal(pack.id, id);
    assert_string_equal(pack.state, "ready");
    assert_ok(repli_ledger_pack_get(l, NULL, id, &a, &pack, &err));
    assert_memory_equal(pack.sha256, sha, 32);
    sha[0] = 9;
    assert_refused(repli_ledger_pack_get(l, sha, NULL, &a, &pack, &err), REPLI_DATA, "not a pack");
    assert_refused(repli_ledger_pack_get(l, NULL, "P0-9", &a, &pack, &err), REPLI_DATA, "P0-9");
    assert_ok(repli_ledger_sheet_map(l, repli_serial_make(0, 2), &a, &map, &err));
    assert_string_equal(map->fields[0].id, "col1.rr");
    assert_int_equal(map->page, 2);
    assert_ok(repli_ledger_sheet_map(l, repli_serial_make(0, 99), &a, &map, &err));
    assert_null(map);
    sql("UPDATE sheet SET page_map=x'0000000500112233' WHERE page=2");
    assert_refused(repli_ledger_sheet_map(l, repli_serial_make(0, 2), &a, &map, &err), REPLI_DATA, "damaged");
    sql("UPDATE sheet SET page_map=x'ffffffff00112233' WHERE page=2");
    assert_refused(repli_ledger_sheet_map(l, repli_serial_make(0, 2), &a, &map, &err), REPLI_DATA, "damaged");
    repli_arena_done(&a);
    repli_ledger_close(l);
}

/* Two printers that read the same number: the second one allots nothing; a form that was printed keeps its text. */
static void numbers_are_taken_once(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_ledger *l = open_ledger();
    char id[REPLI_ID_TEXT], before[65], after[65];
    uint8_t other[32] = {8};
    assert_ok(print_pack(l, "3B", 2, "a.pdf", id, &err));
    assert_ok(print_pack(l, "3B", 2, "b.pdf", id, &err));
    assert_string_equal(id, "P0-2");
    struct repli_pack stale = {.id = "P0-1", .path = "c.pdf", .what = "now", .lang = "fr"};
    assert_ok(repli_ledger_digest(l, before, &err));
    assert_refused(repli_ledger_allot(l, &stale, NULL, 0, 1, 1, &err), REPLI_DB, "try again");
    struct repli_pack again = {.id = "P0-2", .path = "c.pdf", .what = "now", .lang = "fr"};
    assert_refused(repli_ledger_allot(l, &again, NULL, 0, 5, 2, &err), REPLI_DB, "try again");
    assert_ok(repli_ledger_digest(l, after, &err));
    assert_string_equal(before, after);
    assert_refused(repli_ledger_form_put(l, other, "obs", 3, 1, "fr", "changed", NOW, &err), REPLI_DATA, "raise its version");
    assert_ok(repli_ledger_form_put(l, other, "obs", 3, 2, "fr", "changed", NOW, &err));
    assert_ok(repli_ledger_form_put(l, hash, "obs", 3, 1, "fr", "frozen", NOW, &err));
    repli_ledger_close(l);
}

/* For every pair of states the door does what the life table says, and leaves the sheet alone when it refuses. */
static void states_change_through_the_table_only(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_ledger *l = open_ledger();
    char id[REPLI_ID_TEXT];
    int may = 0;
    assert_ok(print_pack(l, "3B", 2, "a.pdf", id, &err));
    for (int from = 0; from < REPLI_LIFE_COUNT; from++)
        for (int to = 0; to < REPLI_LIFE_COUNT; to++) {
            char text[100];
            snprintf(text, sizeof text, "UPDATE sheet SET state='%s' WHERE serial=1", repli_life_text((enum repli_life)from));
            sql(text);
            bool allowed = repli_life_may((enum repli_life)from, (enum repli_life)to);
            enum repli_status s = repli_ledger_sheet_state(l, 1, (enum repli_life)to, "zoe", "why", NOW + 5, &err);
            assert_int_equal(s, allowed ? REPLI_OK : REPLI_DATA);
            assert_int_equal(state_of(l, 1), allowed ? to : from);
            repli_err_clear(&err);
            may += allowed;
        }
    assert_true(may > 8 && may < 40);
    assert_refused(repli_ledger_sheet_state(l, 77, REPLI_LIFE_VOID, NULL, NULL, NOW, &err), REPLI_DATA, "not in this ledger");
    repli_ledger_close(l);
}

static enum repli_status collect(void *user, const struct repli_sheet_row *row, struct repli_err *err)
{
    (void)err;
    struct repli_buf *b = user;
    repli_buf_printf(b, "%s/%s/%s/%d ", row->ward, row->patient, row->pack_id, row->page);
    return REPLI_OK;
}

static char *listed(struct repli_ledger *l, const struct repli_sheet_filter *f)
{
    struct repli_err err = {0};
    struct repli_buf b = {0};
    repli_buf_puts(&b, "");
    assert_ok(repli_ledger_sheets(l, f, collect, &b, &err));
    return b.data ? b.data : repli_xstrdup("");
}

static void assert_listed(struct repli_ledger *l, struct repli_sheet_filter f, const char *want)
{
    char *got = listed(l, &f);
    assert_string_equal(got, want);
    free(got);
}

/* Lists come by ward, patient, pack (2 before 10), page, and every filter narrows them. */
static void lists_and_counts(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_ledger *l = open_ledger();
    char id[REPLI_ID_TEXT];
    uint8_t sha[32] = {0};
    for (int i = 0; i < 10; i++) {
        sha[0] = (uint8_t)i;
        assert_ok(print_pack(l, i == 0 ? "4A" : "3B", i == 0 ? 3 : 2, "a.pdf", id, &err));
        assert_ok(repli_ledger_pack_ready(l, id, sha, NOW, &err));
    }
    assert_listed(l, (struct repli_sheet_filter){.ward = "4A"}, "4A/4711/P0-1/1 4A/4711/P0-1/2 4A/4712/P0-1/3 ");
    assert_listed(l, (struct repli_sheet_filter){.ward = "4A", .only_missing = true}, "4A/4711/P0-1/1 4A/4711/P0-1/2 ");
    assert_listed(l, (struct repli_sheet_filter){.patient = "4712"}, "4A/4712/P0-1/3 ");
    assert_listed(l, (struct repli_sheet_filter){.pack_id = "P0-10"}, "3B/4711/P0-10/1 3B/4711/P0-10/2 ");
    assert_listed(l, (struct repli_sheet_filter){.form_id = "mar"}, "");
    assert_ok(repli_ledger_sheet_state(l, repli_serial_make(0, 1), REPLI_LIFE_LOST, "zoe", "searched", NOW, &err));
    assert_listed(l, (struct repli_sheet_filter){.ward = "4A", .only_open = true}, "4A/4711/P0-1/2 ");
    char *all = listed(l, NULL);
    assert_non_null(strstr(all, "3B/4711/P0-9/2 3B/4711/P0-10/1"));
    assert_null(strstr(all, "P0-10/2 3B"));
    free(all);
    int64_t counts[REPLI_LIFE_COUNT];
    assert_ok(repli_ledger_counts(l, counts, &err));
    assert_int_equal(counts[REPLI_LIFE_PRINTED], 10);
    assert_int_equal(counts[REPLI_LIFE_BLANK], 10);
    assert_int_equal(counts[REPLI_LIFE_LOST], 1);
    repli_ledger_close(l);
}

static void write_file(const char *name, const char *text)
{
    char file[400];
    snprintf(file, sizeof file, "%s/%s", dir, name);
    assert_int_equal(repli_file_write(file, text, strlen(text), 0600, NULL), REPLI_OK);
}

/* After a crash: no file or half a file voids the sheets, a whole one is ready; relative paths belong to the site. */
static void settles_what_a_crash_left(void **state)
{
    (void)state;
    static const struct { const char *name, *content; bool whole; } cases[] = {
        {"none.pdf", NULL, false}, {"empty.pdf", "", false}, {"half.pdf", "%PDF-1.7\nbody", false}, {"other.pdf", "body\n%%EOF\n", false},
        {"tail.pdf", "%PDF-1.7\n%%EOF\nmore", false}, {"whole.pdf", PDF, true}, {"bare.pdf", "%PDF-1.7\n%%EOF", true}};
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_pack pack;
    uint8_t sha[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_ledger *l = open_ledger();
        char id[REPLI_ID_TEXT];
        assert_ok(print_pack(l, "3B", 2, cases[i].name, id, &err));
        if (cases[i].content)
            write_file(cases[i].name, cases[i].content);
        repli_ledger_close(l); /* as a crash: the lock is gone, the pack still `writing` */
        l = open_ledger();
        assert_ok(repli_ledger_settle_packs(l, dir, NOW + 9, &err));
        assert_ok(repli_ledger_settle_packs(l, dir, NOW + 99, &err));
        assert_ok(repli_ledger_pack_get(l, NULL, id, &a, &pack, &err));
        assert_string_equal(pack.state, cases[i].whole ? "ready" : "abandoned");
        assert_int_equal(state_of(l, (uint32_t)(2 * i + 1)), cases[i].whole ? REPLI_LIFE_PRINTED : REPLI_LIFE_VOID);
        assert_int_equal(state_of(l, (uint32_t)(2 * i + 2)), cases[i].whole ? REPLI_LIFE_BLANK : REPLI_LIFE_VOID);
        if (cases[i].whole) {
            repli_sha256(cases[i].content, strlen(cases[i].content), sha);
            assert_memory_equal(pack.sha256, sha, 32);
        }
        repli_ledger_close(l);
    }
    repli_arena_done(&a);
}

/* A pack that another process is writing right now is not a crash: settling leaves it alone until it is over. */
static void settling_spares_a_living_pack(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_ledger *printing = open_ledger(), *other = open_ledger();
    char id[REPLI_ID_TEXT];
    uint8_t sha[32] = {1};
    assert_ok(print_pack(printing, "3B", 2, "slow.pdf", id, &err));
    assert_ok(repli_ledger_settle_packs(other, dir, NOW, &err));
    assert_int_equal(state_of(other, 1), REPLI_LIFE_ALLOTTED);
    assert_ok(repli_ledger_pack_ready(printing, id, sha, NOW, &err));
    assert_int_equal(state_of(other, 1), REPLI_LIFE_PRINTED);
    assert_ok(print_pack(printing, "3B", 2, "slow2.pdf", id, &err));
    repli_ledger_close(printing);
    assert_ok(repli_ledger_settle_packs(other, dir, NOW, &err));
    assert_int_equal(state_of(other, 3), REPLI_LIFE_VOID);
    repli_ledger_close(other);
}

/* The child of the fault test: one whole print as the print stage does it. */
static int print_once(void *user)
{
    (void)user;
    struct repli_err err = {0};
    struct repli_ledger *l = NULL;
    char id[REPLI_ID_TEXT];
    uint8_t sha[32];
    if (repli_ledger_open(path, false, NOW, &l, &err) != REPLI_OK)
        return 1;
    enum repli_status s = print_pack(l, "3B", 2, "pack.pdf", id, &err);
    if (s == REPLI_OK) {
        char file[400];
        snprintf(file, sizeof file, "%s/pack.pdf", dir);
        s = repli_file_write(file, PDF, strlen(PDF), 0600, &err);
        repli_sha256(PDF, strlen(PDF), sha);
        if (s == REPLI_OK)
            s = repli_ledger_pack_ready(l, id, sha, NOW, &err);
    }
    repli_ledger_close(l);
    return s == REPLI_OK ? 0 : 2;
}

/* Stopped at any write of a print: after settling, either nothing was allotted, or every sheet is void, or every sheet is
** printed and the PDF is there; and what was acknowledged is printed. */
static void a_print_stopped_anywhere(void **state)
{
    (void)state;
    static const enum faultvfs_mode modes[] = {FAULTVFS_KILL, FAULTVFS_HALF, FAULTVFS_EIO_ONCE, FAULTVFS_FULL_ONCE, FAULTVFS_FSYNC_ALWAYS};
    struct repli_err err = {0};
    int seen[3] = {0};
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++)
        for (int64_t at = 1;; at++) {
            struct faultvfs_result r;
            int64_t counts[REPLI_LIFE_COUNT];
            char file[400];
            clean();
            repli_ledger_close(open_ledger());
            assert_true(faultvfs_run(modes[m], at, print_once, NULL, &r));
            assert_int_not_equal(r.rc, -1);
            if (!r.fired)
                break;
            struct repli_ledger *l = open_ledger();
            assert_ok(repli_ledger_settle_packs(l, dir, NOW + 1, &err));
            assert_ok(repli_ledger_counts(l, counts, &err));
            snprintf(file, sizeof file, "%s/pack.pdf", dir);
            bool none = counts[REPLI_LIFE_VOID] == 0 && counts[REPLI_LIFE_PRINTED] == 0, voided = counts[REPLI_LIFE_VOID] == 2;
            bool printed = counts[REPLI_LIFE_PRINTED] == 1 && counts[REPLI_LIFE_BLANK] == 1 && repli_file_exists(file);
            assert_true(none + voided + printed == 1);
            assert_int_equal(counts[REPLI_LIFE_ALLOTTED], 0);
            if (r.rc == 0)
                assert_true(printed);
            seen[none ? 0 : voided ? 1 : 2]++;
            repli_ledger_close(l);
        }
    assert_true(seen[0] > 0 && seen[2] > 0);
}

/* The digest knows what happened, not when or in which file. */
static void digest_leaves_times_out(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_ledger *l = open_ledger();
    char id[REPLI_ID_TEXT], a[65], b[65];
    assert_ok(print_pack(l, "3B", 2, "a.pdf", id, &err));
    assert_ok(repli_ledger_digest(l, a, &err));
    sql("UPDATE sheet SET state_utc=state_utc+5; UPDATE pack SET path='elsewhere.pdf'; UPDATE form SET first_utc=1");
    assert_ok(repli_ledger_digest(l, b, &err));
    assert_string_equal(a, b);
    assert_ok(repli_ledger_sheet_state(l, 1, REPLI_LIFE_VOID, "zoe", "torn", NOW, &err));
    assert_ok(repli_ledger_digest(l, b, &err));
    assert_string_not_equal(a, b);
    repli_ledger_close(l);
}

/* Several calls in one transaction: all or nothing, and a refused one takes back only itself. */
static void callers_transaction(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_ledger *l = open_ledger();
    char id[REPLI_ID_TEXT];
    assert_ok(print_pack(l, "3B", 2, "a.pdf", id, &err));
    assert_ok(repli_ledger_begin(l, &err));
    assert_ok(repli_ledger_sheet_state(l, 1, REPLI_LIFE_VOID, "zoe", "x", NOW, &err));
    assert_refused(repli_ledger_sheet_state(l, 1, REPLI_LIFE_MERGED, "zoe", "x", NOW, &err), REPLI_DATA, "cannot become merged");
    assert_ok(repli_ledger_sheet_state(l, 2, REPLI_LIFE_VOID, "zoe", "x", NOW, &err));
    repli_ledger_rollback(l);
    assert_int_equal(state_of(l, 1), REPLI_LIFE_ALLOTTED);
    assert_ok(repli_ledger_begin(l, &err));
    assert_ok(repli_ledger_sheet_state(l, 2, REPLI_LIFE_VOID, "zoe", "x", NOW, &err));
    assert_ok(repli_ledger_commit(l, &err));
    assert_int_equal(state_of(l, 2), REPLI_LIFE_VOID);
    repli_ledger_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(people_and_stations, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pack_from_allotted_to_printed, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_are_taken_once, setup, teardown),
        cmocka_unit_test_setup_teardown(states_change_through_the_table_only, setup, teardown),
        cmocka_unit_test_setup_teardown(lists_and_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(settles_what_a_crash_left, setup, teardown),
        cmocka_unit_test_setup_teardown(settling_spares_a_living_pack, setup, teardown),
        cmocka_unit_test_setup_teardown(a_print_stopped_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(digest_leaves_times_out, setup, teardown),
        cmocka_unit_test_setup_teardown(callers_transaction, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
