/* What a crash leaves in the ledger, and how it is settled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "repli/file.h"
#include "support/faultvfs.h"
#include "support/sheets.h"

static void write_file(const char *name, const char *text)
{
    char file[400];
    snprintf(file, sizeof file, "%s/%s", here.dir, name);
    assert_int_equal(repli_file_write(file, text, strlen(text), 0600, NULL), REPLI_OK);
}

/* After a crash: no file or half a file voids the sheets, a whole one is ready; relative paths belong to the site. */
static void settles_what_a_crash_left(void **state)
{
    (void)state;
    static const struct {
        const char *name, *content;
        bool whole;
    } cases[] = {{"none.pdf", NULL, false},
                 {"empty.pdf", "", false},
                 {"half.pdf", "%PDF-1.7\nbody", false},
                 {"other.pdf", "body\n%%EOF\n", false},
                 {"tail.pdf", "%PDF-1.7\n%%EOF\nmore", false},
                 {"whole.pdf", PDF, true},
                 {"bare.pdf", "%PDF-1.7\n%%EOF", true}};
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
        assert_ok(repli_ledger_settle_packs(l, here.dir, NOW + 9, &err));
        assert_ok(repli_ledger_settle_packs(l, here.dir, NOW + 99, &err));
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
    assert_ok(repli_ledger_settle_packs(other, here.dir, NOW, &err));
    assert_int_equal(state_of(other, 1), REPLI_LIFE_ALLOTTED);
    assert_ok(repli_ledger_pack_ready(printing, id, sha, NOW, &err));
    assert_int_equal(state_of(other, 1), REPLI_LIFE_PRINTED);
    assert_ok(print_pack(printing, "3B", 2, "slow2.pdf", id, &err));
    repli_ledger_close(printing);
    assert_ok(repli_ledger_settle_packs(other, here.dir, NOW, &err));
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
    if (repli_ledger_open(here.path, false, NOW, &l, &err) != REPLI_OK)
        return 1;
    enum repli_status s = print_pack(l, "3B", 2, "pack.pdf", id, &err);
    if (s == REPLI_OK) {
        char file[400];
        snprintf(file, sizeof file, "%s/pack.pdf", here.dir);
        s = repli_file_write(file, PDF, strlen(PDF), 0600, &err);
        repli_sha256(PDF, strlen(PDF), sha);
        if (s == REPLI_OK)
            s = repli_ledger_pack_ready(l, id, sha, NOW, &err);
    }
    repli_ledger_close(l);
    return s == REPLI_OK ? 0 : 2;
}

/* Stopped at any write of a print: after settling, either nothing was allotted, or every sheet is void, or every
** sheet is printed and the PDF is there; and what was acknowledged is printed. */
static void a_print_stopped_anywhere(void **state)
{
    (void)state;
    static const enum faultvfs_mode modes[] = {FAULTVFS_KILL, FAULTVFS_HALF, FAULTVFS_EIO_ONCE, FAULTVFS_FULL_ONCE,
                                               FAULTVFS_FSYNC_ALWAYS};
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
            assert_ok(repli_ledger_settle_packs(l, here.dir, NOW + 1, &err));
            assert_ok(repli_ledger_counts(l, counts, &err));
            snprintf(file, sizeof file, "%s/pack.pdf", here.dir);
            bool none = counts[REPLI_LIFE_VOID] == 0 && counts[REPLI_LIFE_PRINTED] == 0,
                 voided = counts[REPLI_LIFE_VOID] == 2;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(settles_what_a_crash_left, sheets_setup, sheets_teardown),
        cmocka_unit_test_setup_teardown(settling_spares_a_living_pack, sheets_setup, sheets_teardown),
        cmocka_unit_test_setup_teardown(a_print_stopped_anywhere, sheets_setup, sheets_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
