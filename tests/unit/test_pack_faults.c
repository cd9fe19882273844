/* Prints that are killed, fail, or run at the same time: the ledger tells the truth at the next start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "repli/file.h"
#include "support/packcase.h"

#define N(a) (sizeof(a) / sizeof *(a))

static void die_at(void *user, size_t done, size_t total)
{
    const size_t *when = user;
    assert_true(done <= total);
    if (done == *when)
        _exit(42);
}

/* Prints ward 3B in a child that dies when `when` pages are done; the parent opens the site as the next run would. */
static void print_and_die(size_t when)
{
    smallsite_pause(&packcase_site);
    pid_t pid = fork();
    if (pid == 0) {
        struct repli_print_result r;
        struct repli_print_request request = {.ward = "3B", .forms = packcase_obs, .progress = die_at, .user = &when};
        smallsite_reopen(&packcase_site, PACKCASE_NIGHT);
        (void)!repli_print_pack(packcase_site.site, packcase_site.ledger, &request, &packcase_arena, &r, NULL);
        _exit(0);
    }
    int status;
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    assert_int_equal(WEXITSTATUS(status), 42);
    smallsite_reopen(&packcase_site, PACKCASE_NIGHT);
}

/* Killed after the allotment or in the middle of the pages: the sheets are void, never written; their numbers are gone
** for good.  Killed after the file is safe: the pack is ready and its sheets may be on paper. */
static void a_killed_print_is_settled(void **state)
{
    (void)state;
    static const size_t when[] = {0, 3, 6};
    uint64_t highest = 0;
    for (size_t i = 0; i < N(when); i++) {
        int64_t pack;
        struct repli_err err = {0};
        assert_int_equal(repli_ledger_next(packcase_site.ledger, "pack", &pack, &err), REPLI_OK);
        print_and_die(when[i]);
        const char *id = repli_arena_printf(&packcase_arena, "P0-%d", (int)pack);
        struct repli_pack p = packcase_pack(id);
        bool whole = when[i] == 6;
        assert_string_equal(p.state, whole ? "ready" : "abandoned");
        assert_true(repli_file_exists(repli_path_join(&packcase_arena, packcase_site.dir, p.path)) == whole);
        struct packcase_list l = packcase_sheets(id);
        assert_int_equal(l.count, 6);
        for (size_t k = 0; k < l.count; k++) {
            assert_int_equal(l.rows[k].state, !whole                 ? REPLI_LIFE_VOID
                                              : l.rows[k].has_fields ? REPLI_LIFE_PRINTED
                                                                     : REPLI_LIFE_BLANK);
            assert_true(l.rows[k].serial > highest);
        }
        highest = l.rows[l.count - 1].serial;
    }
    struct packcase_list l = packcase_sheets(packcase_print("3B", REPLI_WAITS).pack.id);
    assert_true(l.rows[0].serial > highest);
}

static void take_the_folder_away(void *user, size_t done, size_t total)
{
    (void)user;
    (void)total;
    const char *day = repli_arena_printf(&packcase_arena, "%s/packs/2026-11-23", packcase_site.dir);
    if (done == 0)
        assert_int_equal(rename(day, repli_arena_printf(&packcase_arena, "%s/packs/away", packcase_site.dir)), 0);
}

/* A PDF that cannot be written after its sheets were allotted: an error, and the sheets are void at once. */
static void a_pdf_that_cannot_be_written_voids_its_sheets(void **state)
{
    (void)state;
    int64_t pack;
    struct repli_err err = {0};
    struct repli_print_result r;
    struct repli_print_request request = {.ward = "3B", .forms = packcase_obs, .progress = take_the_folder_away};
    assert_int_equal(repli_ledger_next(packcase_site.ledger, "pack", &pack, &err), REPLI_OK);
    assert_int_equal(repli_print_pack(packcase_site.site, packcase_site.ledger, &request, &packcase_arena, &r, &err),
                     REPLI_IO);
    const char *id = repli_arena_printf(&packcase_arena, "P0-%d", (int)pack);
    assert_string_equal(packcase_pack(id).state, "abandoned");
    struct packcase_list l = packcase_sheets(id);
    assert_int_equal(l.count, 6);
    for (size_t k = 0; k < l.count; k++)
        assert_int_equal(l.rows[k].state, REPLI_LIFE_VOID);
}

/* Three processes print at the same time: all succeed, and no serial is given twice. */
static void printing_at_the_same_time(void **state)
{
    (void)state;
    enum { MANY = 3 };
    pid_t pids[MANY];
    int64_t first;
    struct repli_err err = {0};
    assert_int_equal(repli_ledger_next(packcase_site.ledger, "pack", &first, &err), REPLI_OK);
    smallsite_pause(&packcase_site);
    for (int i = 0; i < MANY; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct repli_print_result r;
            struct repli_print_request request = {.ward = "4A", .forms = packcase_obs, .reason = "jam"};
            smallsite_reopen(&packcase_site, PACKCASE_NIGHT);
            enum repli_status status =
                repli_print_pack(packcase_site.site, packcase_site.ledger, &request, &packcase_arena, &r, &err);
            if (status != REPLI_OK)
                (void)fprintf(stderr, "%s\n", err.text);
            _exit((int)status);
        }
    }
    for (int i = 0; i < MANY; i++) {
        int status;
        assert_true(waitpid(pids[i], &status, 0) == pids[i]);
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    smallsite_reopen(&packcase_site, PACKCASE_NIGHT);
    uint64_t highest = 0;
    for (int i = 0; i < MANY; i++) {
        struct packcase_list l = packcase_sheets(repli_arena_printf(&packcase_arena, "P0-%d", (int)first + i));
        assert_int_equal(l.count, 2);
        for (size_t k = 0; k < l.count; k++) {
            assert_true(l.rows[k].serial > highest);
            highest = l.rows[k].serial;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_killed_print_is_settled, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(a_pdf_that_cannot_be_written_voids_its_sheets, packcase_setup,
                                        packcase_teardown),
        cmocka_unit_test_setup_teardown(printing_at_the_same_time, packcase_setup, packcase_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
