/* Opening databases: what every file of ours is checked for, before a single row is read or written. */
#include "store/db_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/file.h"

#define BUSY_MS    10000 /* how long a writer waits for another one */
#define PRAGMA_MAX 96

/* What this program needs of the SQLite it runs with, which need not be the one it was built against. */
static enum repli_status check_build(struct repli_err *err)
{
    static const char *const needed[] = {"ENABLE_SESSION", "ENABLE_PREUPDATE_HOOK"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!sqlite3_compileoption_used(needed[i]))
            return repli_fail(err, REPLI_DB,
                              "this system's SQLite %s was built without SQLITE_%s, which undo needs: install the "
                              "distribution's libsqlite3",
                              sqlite3_libversion(), needed[i]);
    if (sqlite3_threadsafe() == 0)
        return repli_fail(err, REPLI_DB, "this system's SQLite %s was built without SQLITE_THREADSAFE",
                          sqlite3_libversion());
    if (sqlite3_compileoption_used("OMIT_FOREIGN_KEY") || sqlite3_libversion_number() < 3037000)
        return repli_fail(err, REPLI_DB, "this system's SQLite %s is too old (3.37 at least) or has no foreign keys",
                          sqlite3_libversion());
    return REPLI_OK;
}

/* The folder of a path: "a/b.db" -> "a", "b.db" -> ".".  Free with free(). */
static char *folder_of(const char *path)
{
    char *dir = repli_xstrdup(path);
    char *slash = strrchr(dir, '/');
    if (!slash) {
        free(dir);
        return repli_xstrdup(".");
    }
    slash[slash == dir] = 0; /* "/x.db" -> "/" */
    return dir;
}

static enum repli_status check_folder(const char *path, const char *what, struct repli_err *err)
{
    char *dir = folder_of(path);
    const char *kind = access(dir, F_OK) == 0 ? repli_file_unsafe_fs(dir) : NULL;
    enum repli_status s = REPLI_OK;
    if (access(dir, F_OK) != 0)
        s = repli_fail(err, REPLI_IO, "%s: %s", dir, strerror(errno));
    else if (kind)
        s = repli_fail(
            err, REPLI_IO,
            "%s: the %s may not lie on a file system of kind '%s', whose locks and syncs cannot be trusted: use a "
            "local disk (ext4, xfs)",
            dir, what, kind);
    free(dir);
    return s;
}

static enum repli_status sync_folder(const char *path, struct repli_err *err)
{
    char *dir = folder_of(path);
    enum repli_status s = repli_dir_sync(dir, err);
    free(dir);
    return s;
}

/* An empty file that only we may read, before SQLite would make one under the umask. */
enum repli_status repli_db_make_file(const char *path, struct repli_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return REPLI_OK;
    if (fd < 0)
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    if (close(fd) != 0)
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    return REPLI_OK;
}

/* SQLite counts every byte that it asks for, under a lock, for statistics that nobody here reads: about a twentieth of
** what a merge costs.  Where somebody has started SQLite before, it goes on counting. */
static void count_nothing(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* Opens the bare connection.  On failure nothing is left open. */
enum repli_status repli_db_connect(struct repli_db *db, const char *name, int flags, struct repli_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, count_nothing);
    int rc = sqlite3_open_v2(name, &db->sql, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc == SQLITE_OK)
        return REPLI_OK;
    enum repli_status s =
        db->sql ? repli_db_fail(db, err) : repli_fail(err, REPLI_DB, "%s: %s", db->path, sqlite3_errstr(rc));
    sqlite3_close(db->sql);
    db->sql = NULL;
    return s;
}

/* Sets a pragma and reads back that it holds. */
enum repli_status repli_db_pragma(struct repli_db *db, const char *name, int64_t value, struct repli_err *err)
{
    char sql[PRAGMA_MAX];
    int64_t got = 0;
    snprintf(sql, sizeof sql, "PRAGMA %s=%lld", name, (long long)value);
    enum repli_status s = repli_db_exec(db, sql, err);
    snprintf(sql, sizeof sql, "PRAGMA %s", name);
    if (s == REPLI_OK)
        s = repli_db_int(db, sql, -1, &got, err);
    if (s == REPLI_OK && got != value)
        s = repli_fail(err, REPLI_DB, "%s: SQLite did not accept %s=%lld (it says %lld)", db->path, name,
                       (long long)value, (long long)got);
    return s;
}

static enum repli_status dbconfig(struct repli_db *db, int what, int on, struct repli_err *err)
{
    int got = -1;
    if (sqlite3_db_config(db->sql, what, on, &got) != SQLITE_OK || got != on)
        return repli_fail(err, REPLI_DB, "%s: SQLite refused setting %d", db->path, what);
    return REPLI_OK;
}

/* What holds for every connection, writers and readers. */
enum repli_status repli_db_harden(struct repli_db *db, struct repli_err *err)
{
    sqlite3_busy_timeout(db->sql, BUSY_MS);
    sqlite3_limit(db->sql, SQLITE_LIMIT_ATTACHED, 0);
    enum repli_status s = dbconfig(db, SQLITE_DBCONFIG_DEFENSIVE, 1, err);
    if (s == REPLI_OK)
        s = dbconfig(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, err);
    if (s == REPLI_OK)
        s = dbconfig(db, SQLITE_DBCONFIG_DQS_DML, 0, err);
    if (s == REPLI_OK)
        s = dbconfig(db, SQLITE_DBCONFIG_DQS_DDL, 0, err);
    if (s == REPLI_OK)
        s = dbconfig(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, err);
    if (s == REPLI_OK)
        s = repli_db_pragma(db, "cell_size_check", 1, err);
    if (s == REPLI_OK)
        s = repli_db_exec(db, "PRAGMA mmap_size=0", err);
    if (s == REPLI_OK)
        s = repli_db_pragma(db, "temp_store", 2, err); /* a sort of patients never spills into /var/tmp */
    return s;
}

static bool pragma_allowed(const char *name, const char *argument)
{
    /* Reading, or asked for by SQLite's session extension and checks. */
    static const char *const any[] = {"table_info",  "table_xinfo",     "index_list",        "index_info",
                                      "index_xinfo", "integrity_check", "foreign_key_check", "foreign_key_list",
                                      "quick_check", "wal_checkpoint",  "defer_foreign_keys"};
    for (size_t i = 0; i < sizeof any / sizeof *any; i++)
        if (strcmp(name, any[i]) == 0)
            return true;
    return argument == NULL;
}

/* After opening only rows change: no ATTACH (a transaction over two WAL files is not atomic), no schema, no settings.
** */
static int authorize(void *user, int action, const char *a1, const char *a2, const char *a3, const char *a4)
{
    (void)user, (void)a3, (void)a4;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        return a2 && strcmp(a2, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_PRAGMA:
        return a1 && pragma_allowed(a1, a2) ? SQLITE_OK : SQLITE_DENY;
    default: /* SQLite's numbers, not an enum of ours: whatever is not named above is refused */
        return SQLITE_DENY;
    }
}

enum repli_status repli_db_lock_down(struct repli_db *db, struct repli_err *err)
{
    if (sqlite3_set_authorizer(db->sql, authorize, NULL) != SQLITE_OK)
        return repli_db_fail(db, err);
    return REPLI_OK;
}

static int authorize_temp(void *user, int action, const char *a1, const char *a2, const char *a3, const char *a4)
{
    bool temp = action == SQLITE_CREATE_TEMP_TRIGGER || (a3 && strcmp(a3, "temp") == 0);
    return temp ? SQLITE_OK : authorize(user, action, a1, a2, a3, a4);
}

enum repli_status repli_db_unlock_temp(struct repli_db *db, struct repli_err *err)
{
    if (sqlite3_set_authorizer(db->sql, authorize_temp, NULL) != SQLITE_OK)
        return repli_db_fail(db, err);
    return REPLI_OK;
}

/* *version = user_version; 0 for a file without anything in it. */
enum repli_status repli_db_identify(struct repli_db *db, const char *what, int32_t id, int64_t *version,
                                    struct repli_err *err)
{
    int64_t got = 0, objects = 0, v = 0;
    enum repli_status s = repli_db_int(db, "PRAGMA application_id", 0, &got, err);
    if (s == REPLI_OK)
        s = repli_db_int(db, "PRAGMA user_version", 0, &v, err);
    if (s == REPLI_OK)
        s = repli_db_int(db, "SELECT count(*) FROM sqlite_schema", 0, &objects, err);
    if (s != REPLI_OK)
        return s;
    bool fresh = got == 0 && v == 0 && objects == 0;
    if (!fresh && (int32_t)got != id)
        return repli_fail(err, REPLI_DB, "%s is not a %s (application id 0x%08X instead of 0x%08X)", db->path, what,
                          (unsigned)got, (unsigned)id);
    if (!fresh && v < 1)
        return repli_fail(err, REPLI_DB, "%s: a %s without a version: the file is damaged", db->path, what);
    *version = fresh ? 0 : v;
    return REPLI_OK;
}

static enum repli_status journal_is_wal(struct repli_db *db, const char *pragma, bool *wal, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(db, pragma, &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(db, st, &row, err);
    if (s == REPLI_OK)
        *wal = row && strcmp(repli_col_text(st, 0), "wal") == 0;
    return s;
}

/* A new file, or one whose creation was cut short, is in rollback mode: it is switched, closed, its folder synced,
** opened again.  Without the sync the deleted rollback journal could come back after a power cut and undo
** acknowledged work. */
static enum repli_status ensure_wal(struct repli_db *db, struct repli_err *err)
{
    bool wal = false;
    enum repli_status s = journal_is_wal(db, "PRAGMA journal_mode", &wal, err);
    if (s != REPLI_OK || wal)
        return s;
    s = journal_is_wal(db, "PRAGMA journal_mode=WAL", &wal, err);
    if (s != REPLI_OK)
        return s;
    if (!wal)
        return repli_fail(err, REPLI_DB, "%s: SQLite did not switch to WAL", db->path);
    repli_db_kept_drop(db->sql);
    if (sqlite3_close(db->sql) != SQLITE_OK)
        return repli_fail(err, REPLI_DB, "%s: cannot be closed: %s", db->path, sqlite3_errmsg(db->sql));
    db->sql = NULL;
    s = sync_folder(db->path, err);
    if (s == REPLI_OK)
        s = repli_db_connect(db, db->path, SQLITE_OPEN_READWRITE, err);
    if (s == REPLI_OK)
        s = repli_db_harden(db, err);
    if (s == REPLI_OK)
        s = journal_is_wal(db, "PRAGMA journal_mode", &wal, err);
    if (s == REPLI_OK && !wal)
        s = repli_fail(err, REPLI_DB, "%s: journal mode is not WAL", db->path);
    return s;
}

static enum repli_status open_checked(struct repli_db *db, const struct repli_db_kind *kind, bool create,
                                      int64_t now_utc, struct repli_err *err)
{
    int64_t target = 0, have = 0;
    while (kind->steps[target])
        target++;
    enum repli_status s = repli_db_connect(db, db->path, SQLITE_OPEN_READWRITE, err);
    if (s == REPLI_OK)
        s = repli_db_harden(db, err);
    if (s == REPLI_OK)
        s = repli_db_identify(db, kind->what, kind->application_id, &have, err);
    if (s == REPLI_OK && have == 0 && !create)
        s = repli_fail(err, REPLI_DB, "%s is empty: make the site with `repli init`, or restore a backup", db->path);
    if (s == REPLI_OK && have > target)
        s = repli_fail(err, REPLI_DB,
                       "%s was written by a newer repli (%s version %lld, repli %s knows %lld): use that program",
                       db->path, kind->what, (long long)have, REPLI_VERSION, (long long)target);
    if (s == REPLI_OK && have < target)
        s = repli_db_pragma(db, "synchronous", 3,
                            err); /* EXTRA: right for the rollback journal a new file starts with */
    if (s == REPLI_OK && have < target)
        s = repli_db_pragma(db, "foreign_keys", 0,
                            err); /* a rebuilt table must not cascade; checked before the commit */
    if (s == REPLI_OK && have < target)
        s = repli_db_migrate(db, kind, target, now_utc, err);
    if (s == REPLI_OK)
        s = ensure_wal(db, err);
    if (s == REPLI_OK)
        s = repli_db_pragma(db, "synchronous", 2, err);
    if (s == REPLI_OK)
        s = repli_db_pragma(db, "foreign_keys", 1, err);
    if (s == REPLI_OK)
        s = repli_db_pragma(db, "secure_delete", 1, err); /* what is deleted is overwritten: it names patients */
    return s == REPLI_OK ? repli_db_lock_down(db, err) : s;
}

enum repli_status repli_db_open(const char *path, const struct repli_db_kind *kind, bool create, int64_t now_utc,
                                struct repli_db *db, struct repli_err *err)
{
    enum repli_status s = check_build(err);
    if (s == REPLI_OK)
        s = check_folder(path, kind->what, err);
    if (s == REPLI_OK && !create && !repli_file_exists(path))
        s = repli_fail(err, REPLI_DB, "%s does not exist: make the site with `repli init`, or restore a backup", path);
    if (s == REPLI_OK && create)
        s = repli_db_make_file(path, err);
    if (s != REPLI_OK)
        return s;
    struct repli_db d = {.path = repli_xstrdup(path)};
    s = open_checked(&d, kind, create, now_utc, err);
    if (s != REPLI_OK)
        repli_db_close(&d);
    else
        *db = d;
    return s;
}

/* "file:" + the path with everything escaped that a URI would take for itself. */
static char *immutable_uri(const char *path)
{
    struct repli_buf uri = {0};
    repli_buf_puts(&uri, "file:");
    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        if (*p == '%' || *p == '?' || *p == '#')
            repli_buf_printf(&uri, "%%%02X", *p);
        else
            repli_buf_add(&uri, p, 1);
    }
    repli_buf_puts(&uri, "?mode=ro&immutable=1");
    return uri.data;
}

static enum repli_status readonly_checked(struct repli_db *db, int32_t application_id, int64_t *version,
                                          struct repli_err *err)
{
    char *uri = immutable_uri(db->path);
    enum repli_status s = repli_db_connect(db, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    free(uri);
    if (s == REPLI_OK)
        s = repli_db_harden(db, err);
    if (s == REPLI_OK)
        s = repli_db_pragma(db, "query_only", 1, err);
    if (s == REPLI_OK)
        s = repli_db_identify(db, "snapshot", application_id, version, err);
    if (s == REPLI_OK && *version == 0)
        s = repli_fail(err, REPLI_DB, "%s is empty", db->path);
    return s == REPLI_OK ? repli_db_lock_down(db, err) : s;
}

enum repli_status repli_db_open_readonly(const char *path, int32_t application_id, struct repli_db *db,
                                         int64_t *version, struct repli_err *err)
{
    struct repli_db d = {.path = repli_xstrdup(path)};
    int64_t v = 0;
    enum repli_status s = check_build(err);
    if (s == REPLI_OK)
        s = readonly_checked(&d, application_id, &v, err);
    if (s != REPLI_OK) {
        repli_db_close(&d);
        return s;
    }
    *db = d;
    *version = v;
    return REPLI_OK;
}

void repli_db_close(struct repli_db *db)
{
    if (db->sql) {
        repli_db_rollback(db);
        repli_db_kept_drop(db->sql);
        int rc = sqlite3_close(db->sql);
        assert(rc == SQLITE_OK); /* a statement that was not finalised is a bug */
        (void)rc;
    }
    free(db->path);
    *db = (struct repli_db){0};
}
