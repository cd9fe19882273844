/* nftw() is of the XSI part of POSIX. */
#define _XOPEN_SOURCE 700
#include "support/recordbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <ftw.h>
#include <sqlite3.h>
#include <unistd.h>

#include "repli/file.h"
#include "support/scratch.h"

static void ok(enum repli_status s, const struct repli_err *err)
{
    if (s != REPLI_OK)
        fail_msg("%s", err->text);
}

void recordbox_open(struct recordbox *b)
{
    struct repli_err err = {0};
    char keys[400];
    memset(b, 0, sizeof *b);
    snprintf(b->dir, sizeof b->dir, "%s/test-record-XXXXXX", scratch_root());
    assert_non_null(mkdtemp(b->dir));
    snprintf(b->path, sizeof b->path, "%s/record.db", b->dir);
    snprintf(keys, sizeof keys, "%s/keys", b->dir);
    ok(repli_dir_make(keys, 0700, &err), &err);
    ok(repli_keys_create(keys, &err), &err);
    ok(repli_keys_open(keys, &b->keys, &err), &err);
    ok(repli_zone_open("Europe/Brussels", &b->zone, &err), &err);
    ok(repli_record_open(b->path, true, BOX_NOW, &b->record, &err), &err);
}

static int drop(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

void recordbox_close(struct recordbox *b)
{
    repli_record_close(b->record);
    repli_keys_close(b->keys);
    repli_zone_close(b->zone);
    nftw(b->dir, drop, 16, FTW_DEPTH | FTW_PHYS);
}

void recordbox_setup(const struct recordbox *b, struct repli_import_setup *set)
{
    *set = (struct repli_import_setup){b->record, b->keys, b->zone, BOX_NOW, 1 << 20, NULL, 0};
}

static void note(void *user, const char *file, int64_t line, const char *resource, const char *reason)
{
    struct recordbox *b = user;
    size_t n = strlen(b->said);
    snprintf(b->said + n, sizeof b->said - n, "%s:%lld %s: %s\n", file, (long long)line, resource ? resource : "-",
             reason);
}

static void finish(struct recordbox *b, struct repli_import *imp)
{
    struct repli_err err = {0};
    ok(repli_import_commit(imp, &b->report, &err), &err);
    repli_import_close(imp);
    b->said[0] = 0;
    ok(repli_record_refusals(b->record, note, b, &err), &err);
}

void recordbox_take(struct recordbox *b, const char *const *lines, size_t count)
{
    struct repli_import_setup set;
    struct repli_import *imp;
    struct repli_err err = {0};
    recordbox_setup(b, &set);
    ok(repli_import_open(&set, "test", &imp, &err), &err);
    for (size_t i = 0; i < count; i++) {
        char *text = repli_xstrdup(lines[i]);
        for (char *p = text; *p; p++)
            *p = *p == '\'' ? '"' : *p;
        ok(repli_import_text(imp, "t", (int64_t)i + 1, text, strlen(text), &err), &err);
        free(text);
    }
    finish(b, imp);
}

void recordbox_take_one(struct recordbox *b, const char *line)
{
    recordbox_take(b, &line, 1);
}

void recordbox_files(struct recordbox *b, const char *const *paths, size_t count)
{
    struct repli_import_setup set;
    struct repli_import *imp;
    struct repli_err err = {0};
    recordbox_setup(b, &set);
    ok(repli_import_open(&set, "test", &imp, &err), &err);
    ok(repli_import_paths(imp, paths, count, NULL, NULL, &err), &err);
    finish(b, imp);
}

void recordbox_write(const struct recordbox *b, const char *name, const void *data, size_t len, char path[512])
{
    struct repli_err err = {0};
    snprintf(path, 512, "%s/%s", b->dir, name);
    ok(repli_file_write(path, data, len, 0600, &err), &err);
}

void recordbox_digest(struct recordbox *b, char out[65])
{
    struct repli_err err = {0};
    ok(repli_record_digest(b->record, out, &err), &err);
}

const char *recordbox_sql(const struct recordbox *b, const char *sql)
{
    static char out[70000];
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open_v2(b->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    int rc = sqlite3_step(st);
    out[0] = 0;
    if (rc == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(st, 0);
        snprintf(out, sizeof out, "%s", text ? text : "NULL");
    } else if (rc != SQLITE_DONE) {
        snprintf(out, sizeof out, "%s", sqlite3_errmsg(db));
    }
    sqlite3_finalize(st);
    sqlite3_close(db);
    return out;
}
