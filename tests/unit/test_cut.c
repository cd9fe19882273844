/* A ward's own copy of a snapshot: which tables it may keep whole, and nobody else in any of the others. */
#include "support/packcase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "repli/file.h"
#include "repli/snapshot_keep.h"

static char copy[128];

static const char *snapshot(void)
{
    char **names = NULL;
    size_t n = 0;
    const char *dir = repli_arena_printf(&packcase_arena, "%s/snapshots", packcase_site.dir);
    assert_int_equal(repli_dir_list(dir, &packcase_arena, &names, &n, NULL), REPLI_OK);
    for (size_t i = 0; i < n; i++)
        if (strstr(names[i], ".snapshot"))
            return repli_path_join(&packcase_arena, dir, names[i]);
    fail_msg("no snapshot");
    return NULL;
}

/* The first column of all rows, separated by blanks. */
static const char *ask(const char *path, const char *sql)
{
    struct repli_buf b = {0};
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    while (sqlite3_step(st) == SQLITE_ROW)
        repli_buf_printf(&b, "%s%s", b.len ? " " : "", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    sqlite3_close(db);
    const char *text = repli_arena_strdup(&packcase_arena, b.data ? b.data : "");
    repli_buf_done(&b);
    return text;
}

static void cut(const char *ward)
{
    struct repli_err err = {0};
    const char *const wards[] = {ward};
    (void)snprintf(copy, sizeof copy, "%s/cut.snapshot", packcase_site.dir);
    assert_int_equal(repli_copy_verified(snapshot(), copy, 0600, NULL, &err), REPLI_OK);
    if (repli_snapshot_cut(copy, wards, 1, &err) != REPLI_OK)
        fail_msg("%s", err.text);
}

/* Rows go because of a patient or a ward.  A table that names neither stays as it is: each of these is known to hold
** nobody's data.  A new table that is about people must name them (or belong, by a foreign key, to a row that does and
** stand here for that reason). */
static void tables_that_stay_whole(void **state)
{
    (void)state;
    assert_string_equal(ask(snapshot(),
                            "SELECT t.name FROM sqlite_schema t WHERE t.type='table' AND NOT EXISTS(SELECT 1 "
                            "FROM pragma_table_info(t.name) p WHERE p.name IN('patient_id','ward')) "
                            "ORDER BY 1"),
                        "directory flag_kind meta seal secret_code setting shown");
    /* a row without a patient would stay: only an empty bed is one, and it belongs to a ward */
    assert_string_equal(ask(snapshot(), "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) p "
                                        "WHERE t.type='table' AND p.name='patient_id' AND NOT p.\"notnull\" AND "
                                        "NOT p.pk ORDER BY 1"),
                        "census");
    assert_string_equal(ask(snapshot(), "SELECT m.name FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f "
                                        "WHERE m.name='census' AND f.\"table\"='ward'"),
                        "census");
}

static void nobody_else_is_in_it(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t len = 0;
    cut("3B");
    assert_string_equal(ask(copy, "SELECT ward FROM ward"), "3B");
    assert_string_equal(ask(copy, "SELECT identifier FROM patient ORDER BY 1"), "1001 1002 1003 1004");
    assert_string_equal(ask(copy, "SELECT count(*) FROM census WHERE ward IS NOT '3B'"), "0");
    const char *tables = ask(copy, "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) p WHERE "
                                   "t.type='table' AND p.name='patient_id'");
    char *save = NULL;
    for (char *t = strtok_r(repli_arena_strdup(&packcase_arena, tables), " ", &save); t; t = strtok_r(NULL, " ", &save))
        assert_string_equal(ask(copy, repli_arena_printf(&packcase_arena,
                                                         "SELECT count(*) FROM %s WHERE patient_id NOT IN (SELECT "
                                                         "patient_id FROM patient)",
                                                         t)),
                            "0");
    /* nor in pages that nothing uses any more */
    assert_int_equal(repli_file_read(copy, 64 << 20, &packcase_arena, &bytes, &len, NULL), REPLI_OK);
    static const char *const others[] = {"Nguy\xE1\xBB\x85n", "S1005", "Sans", "S1006"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (size_t at = 0; at + strlen(others[i]) <= len; at++)
            if (memcmp(bytes + at, others[i], strlen(others[i])) == 0)
                fail_msg("'%s' is at byte %zu of the ward's copy", others[i], at);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, packcase_setup, packcase_teardown)
    const struct CMUnitTest tests[] = {
        TEST(tables_that_stay_whole),
        TEST(nobody_else_is_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
