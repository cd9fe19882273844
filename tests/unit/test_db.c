/* What every database of ours is checked for, made like, and refused for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/asset.h"
#include "repli/file.h"
#include "store/db.h"
#include "support/faultvfs.h"
#include "support/status.h"
#include "support/scratch.h"

/* ---- schemas of this test; these two functions stand in for base/asset.c, whose object the linker then leaves out */

static const char toy_1[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;\n"
    "CREATE TABLE upgrade(version INTEGER PRIMARY KEY, applied_utc INTEGER NOT NULL, program TEXT NOT NULL) STRICT;\n"
    "CREATE TABLE owner(id INTEGER PRIMARY KEY) STRICT;\n"
    "CREATE TABLE thing(name TEXT PRIMARY KEY, seen_utc INTEGER, weight REAL, data BLOB,\n"
    "  owner INTEGER REFERENCES owner(id)) STRICT;\n";
static const char toy_2[] =
    "CREATE TABLE added(id INTEGER PRIMARY KEY) STRICT; UPDATE thing SET seen_utc=2 WHERE name='old';";
static const char toy_bad[] = "CREATE TABLE added(id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES(1);";
static const char toy_orphan[] = "INSERT INTO thing(name, owner) VALUES('child', 77);";
static const struct repli_asset assets[] = {
    {"toy-1", (const uint8_t *)toy_1, sizeof toy_1 - 1},
    {"toy-2", (const uint8_t *)toy_2, sizeof toy_2 - 1},
    {"toy-bad", (const uint8_t *)toy_bad, sizeof toy_bad - 1},
    {"toy-orphan", (const uint8_t *)toy_orphan, sizeof toy_orphan - 1},
};

const struct repli_asset *repli_asset_at(size_t index)
{
    return index < sizeof assets / sizeof *assets ? &assets[index] : NULL;
}

const struct repli_asset *repli_asset_get(const char *name)
{
    for (size_t i = 0; i < sizeof assets / sizeof *assets; i++)
        if (strcmp(assets[i].name, name) == 0)
            return &assets[i];
    return NULL;
}

#define TOY_ID 0x54657374
static const char *const steps_1[] = {"toy-1", NULL};
static const char *const steps_2[] = {"toy-1", "toy-2", NULL};
static const char *const steps_bad[] = {"toy-1", "toy-bad", NULL};
static const char *const steps_orphan[] = {"toy-1", "toy-orphan", NULL};
static const struct repli_db_kind toy = {"toy", TOY_ID, steps_1}, toy_new = {"toy", TOY_ID, steps_2},
                                  toy_broken = {"toy", TOY_ID, steps_bad}, toy_child = {"toy", TOY_ID, steps_orphan},
                                  other = {"box", TOY_ID + 1, steps_1};

static char dir[256], path[300];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s/test-db-XXXXXX", scratch_root());
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/toy.db", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    char **names;
    size_t n;
    if (repli_dir_list(dir, &a, &names, &n, NULL) != REPLI_OK)
        return -1;
    for (size_t i = 0; i < n; i++)
        unlink(repli_path_join(&a, dir, names[i]));
    repli_arena_done(&a);
    return rmdir(dir);
}

static int64_t number(struct repli_db *db, const char *sql)
{
    struct repli_err err = {0};
    int64_t v = -1;
    assert_ok(repli_db_int(db, sql, -1, &v, &err));
    return v;
}

/* Anything that is not a database of ours, with SQLite alone. */
static void raw(const char *file, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* A new database is readable by its owner only, in WAL mode with full syncs and foreign keys, and says who made it
** when. */
static void creates_and_reads_back_settings(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_db db = {0};
    struct stat info;
    assert_ok(repli_db_open(path, &toy, true, 1000, &db, &err));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(number(&db, "PRAGMA synchronous"), 2);
    assert_int_equal(number(&db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(&db, "PRAGMA trusted_schema"), 0);
    assert_int_equal(number(&db, "PRAGMA cell_size_check"), 1);
    assert_int_equal(number(&db, "PRAGMA application_id"), TOY_ID);
    assert_int_equal(number(&db, "PRAGMA user_version"), 1);
    assert_int_equal(number(&db, "SELECT count(*) FROM pragma_table_info('thing')"), 5);
    assert_int_equal(number(&db, "SELECT applied_utc FROM upgrade WHERE version=1"), 1000);
    assert_int_equal(number(&db, "SELECT value FROM meta WHERE key='created_utc'"), 1000);
    struct repli_err refused = {0};
    assert_int_not_equal(repli_db_exec(&db, "INSERT INTO thing(name, owner) VALUES('x', 5)", &refused), REPLI_OK);
    repli_db_close(&db);
    raw(path, "SELECT CASE WHEN (SELECT * FROM pragma_journal_mode)='wal' THEN 1 ELSE abs(-9223372036854775808) END");
}

/* After opening only rows change: no schema, no second file, no setting, whatever the SQL says. */
static void refuses_schema_attach_and_settings(void **state)
{
    (void)state;
    static const char *const refused[] = {"CREATE TABLE t(a)",
                                          "DROP TABLE thing",
                                          "ALTER TABLE thing ADD COLUMN b",
                                          "CREATE INDEX i ON thing(data)",
                                          "CREATE TEMP TABLE t(a)",
                                          "CREATE VIEW v AS SELECT 1",
                                          "CREATE TRIGGER g AFTER INSERT ON thing BEGIN SELECT 1; END",
                                          "ATTACH ':memory:' AS other",
                                          "DETACH main",
                                          "VACUUM",
                                          "PRAGMA journal_mode=DELETE",
                                          "PRAGMA synchronous=0",
                                          "PRAGMA foreign_keys=0",
                                          "PRAGMA user_version=9",
                                          "PRAGMA writable_schema=1",
                                          "REINDEX",
                                          "ANALYZE",
                                          "CREATE VIRTUAL TABLE f USING fts5(x)",
                                          "SELECT load_extension('x')"};
    struct repli_err err = {0};
    struct repli_db db = {0};
    assert_ok(repli_db_open(path, &toy, true, 0, &db, &err));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (repli_db_exec(&db, refused[i], &err) == REPLI_OK)
            fail_msg("allowed: %s", refused[i]);
        repli_err_clear(&err);
    }
    assert_ok(repli_db_exec(&db, "INSERT INTO thing(name) VALUES('a'); UPDATE thing SET weight=1.5; DELETE FROM thing",
                            &err));
    assert_int_equal(number(&db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"), 1);
    repli_db_close(&db);
}

/* Missing, empty, foreign, newer, damaged: each is refused by name, and the file stays as it was. */
static void refuses_what_is_not_ours(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_db db = {0};
    assert_refused(repli_db_open(path, &toy, false, 0, &db, &err), REPLI_DB, "does not exist");
    assert_false(repli_file_exists(path));
    assert_ok(repli_file_write(path, "", 0, 0600, &err));
    assert_refused(repli_db_open(path, &toy, false, 0, &db, &err), REPLI_DB, "is empty");
    assert_ok(
        repli_file_write(path, "not a database, but long enough to be looked at as one, is it not?", 66, 0600, &err));
    assert_refused(repli_db_open(path, &toy, true, 0, &db, &err), REPLI_DB, "not a database");
    unlink(path);
    raw(path, "CREATE TABLE t(a)");
    assert_refused(repli_db_open(path, &toy, true, 0, &db, &err), REPLI_DB, "is not a toy");
    unlink(path);
    assert_ok(repli_db_open(path, &toy_new, true, 0, &db, &err));
    repli_db_close(&db);
    assert_refused(repli_db_open(path, &other, true, 0, &db, &err), REPLI_DB, "is not a box");
    assert_refused(repli_db_open(path, &toy, false, 0, &db, &err), REPLI_DB, "newer repli");
    assert_null(db.sql);
    assert_refused(repli_db_open("/nonexistent/folder/x.db", &toy, true, 0, &db, &err), REPLI_IO,
                   "/nonexistent/folder");
}

static void make_old(struct repli_err *perr)
{
    struct repli_db db = {0};
    struct repli_err err = {0};
    assert_ok(repli_db_open(path, &toy, true, 1, &db, &err));
    assert_ok(repli_db_exec(&db, "INSERT INTO thing(name, seen_utc) VALUES('old', 1)", &err));
    repli_db_close(&db);
    *perr = err;
}

/* An old file is copied aside and brought up to date in one transaction, which leaves its row. */
static void migrates_after_a_backup(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_db db = {0};
    struct stat info;
    char before[400];
    make_old(&err);
    assert_ok(repli_db_open(path, &toy_new, false, 50, &db, &err));
    assert_int_equal(number(&db, "PRAGMA user_version"), 2);
    assert_int_equal(number(&db, "SELECT applied_utc FROM upgrade WHERE version=2"), 50);
    assert_int_equal(number(&db, "SELECT seen_utc FROM thing WHERE name='old'"), 2);
    assert_int_equal(number(&db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(&db, "PRAGMA synchronous"), 2);
    repli_db_close(&db);
    snprintf(before, sizeof before, "%s.before-2", path);
    assert_int_equal(stat(before, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_ok(repli_db_open(before, &toy, false, 60, &db, &err));
    assert_int_equal(number(&db, "SELECT seen_utc FROM thing WHERE name='old'"), 1);
    repli_db_close(&db);
}

/* A step that fails, or leaves a row without its parent, changes nothing at all. */
static void failed_migration_changes_nothing(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_db db = {0};
    make_old(&err);
    assert_refused(repli_db_open(path, &toy_broken, false, 50, &db, &err), REPLI_DB, "nowhere");
    assert_refused(repli_db_open(path, &toy_child, false, 50, &db, &err), REPLI_DB, "whose parent in owner is missing");
    assert_ok(repli_db_open(path, &toy, false, 50, &db, &err));
    assert_int_equal(number(&db, "SELECT count(*) FROM sqlite_schema WHERE name='added'"), 0);
    assert_int_equal(number(&db, "SELECT count(*) FROM thing"), 1);
    repli_db_close(&db);
}

static int open_new(void *user)
{
    struct repli_db db = {0};
    (void)user;
    enum repli_status s = repli_db_open(path, &toy_new, true, 50, &db, NULL);
    if (s == REPLI_OK)
        repli_db_close(&db);
    return (int)s;
}

static void clean(void)
{
    static const char *const ends[] = {
        "", "-wal", "-shm", "-journal", ".before-2", ".before-2.tmp", ".before-2.tmp-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char name[400];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

/* Killed, or stopped by an I/O error or a full disk, at every single write of making or migrating a file: the next
** opening finds the old one or the new one, whole. */
static void any_fault_leaves_old_or_new(void **state)
{
    (void)state;
    static const enum faultvfs_mode modes[] = {FAULTVFS_KILL, FAULTVFS_HALF, FAULTVFS_EIO_ONCE, FAULTVFS_FULL_ALWAYS,
                                               FAULTVFS_FSYNC_ONCE};
    struct repli_err err = {0};
    int fired = 0;
    for (int old = 0; old <= 1; old++)
        for (size_t m = 0; m < sizeof modes / sizeof *modes; m++)
            for (int64_t at = 1;; at += m == 0 ? 1 : 3) {
                struct faultvfs_result r;
                struct repli_db db = {0};
                clean();
                if (old)
                    make_old(&err);
                assert_true(faultvfs_run(modes[m], at, open_new, NULL, &r));
                assert_int_not_equal(r.rc, -1);
                if (!r.fired)
                    break;
                fired++;
                assert_ok(repli_db_open(path, &toy_new, true, 70, &db, &err));
                assert_int_equal(number(&db, "PRAGMA user_version"), 2);
                assert_int_equal(number(&db, "SELECT count(*) FROM thing"), old);
                assert_int_equal(number(&db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"),
                                 1);
                repli_db_close(&db);
            }
    assert_true(fired > 60);
    clean();
}

static void digest_of(const char *file, const char *sql, const char *const *tables, char out[65])
{
    struct repli_err err = {0};
    struct repli_db db = {0};
    unlink(file);
    assert_ok(repli_db_open(file, &toy, true, 0, &db, &err));
    assert_ok(repli_db_exec(&db, sql, &err));
    assert_ok(repli_db_digest(&db, tables, out, &err));
    repli_db_close(&db);
    unlink(file);
}

/* The digest does not know the order of rows, sees every value and its type, and leaves out what it is told to. */
static void digest_is_canonical(void **state)
{
    (void)state;
    static const char *const whole[] = {"thing", "owner", NULL}, *const untimed[] = {"thing: seen_utc", "owner", NULL};
    char a[65], b[65];
    struct repli_err err = {0};
    digest_of(path,
              "INSERT INTO thing(name, weight) VALUES('a', 1.5); INSERT INTO thing(name, data) VALUES('b', x'00')",
              whole, a);
    digest_of(path,
              "INSERT INTO thing(name, data) VALUES('b', x'00'); INSERT INTO thing(name, weight) VALUES('a', 1.5)",
              whole, b);
    assert_string_equal(a, b);
    static const char *const others[] = {
        "INSERT INTO thing(name, weight) VALUES('a', 1.25); INSERT INTO thing(name, data) VALUES('b', x'00')",
        "INSERT INTO thing(name, weight) VALUES('a', 1.5); INSERT INTO thing(name, data) VALUES('b', x'0000')",
        "INSERT INTO thing(name, weight) VALUES('a', 1.5); INSERT INTO thing(name, data) VALUES('b', NULL)",
        "INSERT INTO thing(name, weight) VALUES('a', 1.5), ('', NULL); INSERT INTO thing(name, data) VALUES('b', "
        "x'00')",
        "INSERT INTO thing(name, weight) VALUES('a', 1.5); INSERT INTO thing(name, data, seen_utc) VALUES('b', x'00', "
        "0)",
        "INSERT INTO thing(name, weight) VALUES('a', 1.5); INSERT INTO thing(name, data) VALUES('b', x'00'); INSERT "
        "INTO owner VALUES(1)"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        digest_of(path, others[i], whole, b);
        assert_string_not_equal(a, b);
    }
    digest_of(path, "INSERT INTO thing(name, seen_utc) VALUES('a', 1)", untimed, a);
    digest_of(path, "INSERT INTO thing(name, seen_utc) VALUES('a', 2)", untimed, b);
    assert_string_equal(a, b);
    struct repli_db db = {0};
    static const char *const none[] = {"no_such_table", NULL};
    assert_ok(repli_db_open(path, &toy, true, 0, &db, &err));
    assert_refused(repli_db_digest(&db, none, b, &err), REPLI_BUG, "no_such_table");
    repli_db_close(&db);
}

static enum repli_status insert(struct repli_db *db, const char *sql, struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_db_enter(db, &own, err);
    return s == REPLI_OK ? repli_db_leave(db, own, repli_db_exec(db, sql, err), err) : s;
}

/* Work that fails inside somebody's transaction takes back its own part only; alone it takes back everything. */
static void parts_of_a_transaction(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_db db = {0};
    assert_ok(repli_db_open(path, &toy, true, 0, &db, &err));
    assert_ok(repli_db_begin(&db, &err));
    assert_ok(insert(&db, "INSERT INTO owner VALUES(1)", &err));
    assert_int_equal(insert(&db, "INSERT INTO owner VALUES(2); INSERT INTO owner VALUES(1)", &err), REPLI_DB);
    repli_err_clear(&err);
    assert_true(db.in_tx);
    assert_ok(repli_db_commit(&db, &err));
    assert_int_equal(insert(&db, "INSERT INTO owner VALUES(3); INSERT INTO owner VALUES(1)", &err), REPLI_DB);
    repli_err_clear(&err);
    assert_false(db.in_tx);
    assert_int_equal(number(&db, "SELECT sum(id) FROM owner"), 1);
    sqlite3_stmt *st = NULL;
    assert_refused(repli_db_prepare(&db, "SELECT 1; SELECT 2", &st, &err), REPLI_BUG, "surplus");
    repli_db_close(&db);
}

/* A statement that was let go of in the middle comes back from its beginning, without the values it was given; two who
** ask the same at once have one each; more texts than are kept push the oldest out. */
static void statements_are_kept_clean(void **state)
{
    (void)state;
    static const char *const sql = "SELECT name, ?1 FROM thing ORDER BY name";
    struct repli_db db = {0};
    struct repli_err err = {0};
    bool row = false;
    assert_ok(repli_db_open(path, &toy, true, 1, &db, &err));
    assert_ok(repli_db_exec(&db, "INSERT INTO thing(name) VALUES('a'), ('b')", &err));
    sqlite3_stmt *first = NULL, *second = NULL;
    assert_ok(repli_db_prepare(&db, sql, &first, &err));
    repli_bind_text(first, 1, "secret");
    assert_ok(repli_db_step(&db, first, &row, &err));
    assert_ok(repli_db_prepare(&db, sql, &second, &err));
    assert_ptr_not_equal(first, second);
    assert_ok(repli_db_step(&db, second, &row, &err));
    assert_null(repli_col_text(second, 1));
    sqlite3_stmt *const was[] = {first, second};
    repli_stmt_done(&first);
    repli_stmt_done(&second);
    assert_ok(repli_db_prepare(&db, sql, &first, &err));
    assert_true(first == was[0] || first == was[1]);
    repli_stmt_done(&first);
    assert_ok(repli_db_exec(&db, "DELETE FROM thing WHERE name='a'", &err)); /* nobody reads any more */
    for (int i = 0; i < 100; i++) {
        char text[64];
        snprintf(text, sizeof text, "SELECT %d", i); /* more than are kept */
        assert_ok(repli_db_prepare(&db, i == 50 ? sql : text, &first, &err));
        assert_ok(repli_db_step(&db, first, &row, &err));
        assert_true(row && (i != 50 || (strcmp(repli_col_text(first, 0), "b") == 0 && !repli_col_text(first, 1))));
        repli_stmt_done(&first);
    }
    repli_db_close(&db); /* asserts that nothing is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(creates_and_reads_back_settings, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_schema_attach_and_settings, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_not_ours, setup, teardown),
        cmocka_unit_test_setup_teardown(migrates_after_a_backup, setup, teardown),
        cmocka_unit_test_setup_teardown(failed_migration_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(any_fault_leaves_old_or_new, setup, teardown),
        cmocka_unit_test_setup_teardown(digest_is_canonical, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_of_a_transaction, setup, teardown),
        cmocka_unit_test_setup_teardown(statements_are_kept_clean, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
