/* The ledger: people, numbers, packs, sheets, and the one door of their states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "repli/ledger_filled.h"
#include "repli/serial.h"
#include "store/ledger_internal.h"
#include "support/sheets.h"

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
    assert_refused(repli_ledger_person_get(l, "x", &a, &person, &err), REPLI_USAGE,
                   "no such person 'x': add them with");
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
    assert_refused(repli_ledger_form_put(l, other, "obs", 3, 1, "fr", "changed", NOW, &err), REPLI_DATA,
                   "raise its version");
    assert_ok(repli_ledger_form_put(l, other, "obs", 3, 2, "fr", "changed", NOW, &err));
    assert_ok(repli_ledger_form_put(l, here.hash, "obs", 3, 1, "fr", "frozen", NOW, &err));
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
            snprintf(text, sizeof text, "UPDATE sheet SET state='%s' WHERE serial=1",
                     repli_life_text((enum repli_life)from));
            sql(text);
            bool allowed = repli_life_may((enum repli_life)from, (enum repli_life)to);
            enum repli_status s = repli_ledger_sheet_state(l, 1, (enum repli_life)to, "zoe", "why", NOW + 5, &err);
            assert_int_equal(s, allowed ? REPLI_OK : REPLI_DATA);
            assert_int_equal(state_of(l, 1), allowed ? to : from);
            repli_err_clear(&err);
            may += allowed;
        }
    assert_true(may > 8 && may < 40);
    assert_refused(repli_ledger_sheet_state(l, 77, REPLI_LIFE_VOID, NULL, NULL, NOW, &err), REPLI_DATA,
                   "not in this ledger");
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
    assert_refused(repli_ledger_sheet_state(l, 1, REPLI_LIFE_MERGED, "zoe", "x", NOW, &err), REPLI_DATA,
                   "cannot become merged");
    assert_ok(repli_ledger_sheet_state(l, 2, REPLI_LIFE_VOID, "zoe", "x", NOW, &err));
    repli_ledger_rollback(l);
    assert_int_equal(state_of(l, 1), REPLI_LIFE_ALLOTTED);
    assert_ok(repli_ledger_begin(l, &err));
    assert_ok(repli_ledger_sheet_state(l, 2, REPLI_LIFE_VOID, "zoe", "x", NOW, &err));
    assert_ok(repli_ledger_commit(l, &err));
    assert_int_equal(state_of(l, 2), REPLI_LIFE_VOID);
    repli_ledger_close(l);
}

/* Every form of every patient asks what was printed last: SQLite compiles that question once, whoever asks. */
static void last_is_compiled_once(void **state)
{
    (void)state;
    static const char *const forms[] = {"obs", "mar", "batchcover"};
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_ledger *l = open_ledger();
    for (uint8_t i = 0; i < 9; i++) {
        const uint8_t who[8] = {i};
        const struct repli_filled_query q = {.subject = who, .stay = who, .form_id = forms[i % 3]};
        struct repli_filled *found = NULL;
        assert_ok(repli_ledger_filled_last(l, &q, &a, &found, &err));
        assert_null(found);
    }
    assert_int_equal(sqlite3_stmt_status(l->last, SQLITE_STMTSTATUS_REPREPARE, 0), 0);
    repli_ledger_close(l);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(people_and_stations, sheets_setup, sheets_teardown),
        cmocka_unit_test_setup_teardown(a_pack_from_allotted_to_printed, sheets_setup, sheets_teardown),
        cmocka_unit_test_setup_teardown(numbers_are_taken_once, sheets_setup, sheets_teardown),
        cmocka_unit_test_setup_teardown(states_change_through_the_table_only, sheets_setup, sheets_teardown),
        cmocka_unit_test_setup_teardown(lists_and_counts, sheets_setup, sheets_teardown),
        cmocka_unit_test_setup_teardown(digest_leaves_times_out, sheets_setup, sheets_teardown),
        cmocka_unit_test_setup_teardown(callers_transaction, sheets_setup, sheets_teardown),
        cmocka_unit_test_setup_teardown(last_is_compiled_once, sheets_setup, sheets_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
