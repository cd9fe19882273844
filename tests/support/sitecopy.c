#include "support/sitecopy.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/id.h"
#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/text.h"

#define NOW_UTC INT64_C(1795400000)

static void die(const char *path)
{
    perror(path);
    abort();
}

static void copy_file(const char *from, const char *to, mode_t rights)
{
    static char buf[1 << 16];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, rights & 0777);
    if (in < 0 || out < 0)
        die(from);
    for (ssize_t n; (n = read(in, buf, sizeof buf)) != 0;)
        if (n < 0 || write(out, buf, (size_t)n) != n)
            die(to);
    (void)close(in);
    (void)close(out);
}

static void copy_tree(const char *from, const char *to)
{
    struct stat st;
    DIR *dir = opendir(from);
    if (!dir || stat(from, &st) != 0 || mkdir(to, 0700) != 0)
        die(from);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        char a[1024], b[1024];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(a, sizeof a, "%s/%s", from, e->d_name);
        snprintf(b, sizeof b, "%s/%s", to, e->d_name);
        if (lstat(a, &st) != 0)
            die(a);
        if (S_ISDIR(st.st_mode))
            copy_tree(a, b);
        else if (S_ISREG(st.st_mode))
            copy_file(a, b, st.st_mode);
    }
    (void)closedir(dir);
}

void sitecopy_remove(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return;
    DIR *dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
    for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        char below[1024];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(below, sizeof below, "%s/%s", path, e->d_name);
        sitecopy_remove(below);
    }
    if (dir)
        (void)closedir(dir);
    (void)remove(path);
}

void sitecopy(const char *from, const char *to)
{
    sitecopy_remove(to);
    copy_tree(from, to);
}

/* ---- digest */

static void hash_tree(struct repli_hash *h, const char *path, const char *name)
{
    struct repli_arena a = {0};
    char **names = NULL;
    size_t n = 0;
    uint8_t sha[32];
    struct stat st;
    if (stat(path, &st) != 0)
        return;
    repli_hash_text(h, name);
    if (!S_ISDIR(st.st_mode)) {
        if (repli_sha256_file(path, sha, NULL) != REPLI_OK)
            die(path);
        repli_hash_bytes(h, sha, sizeof sha);
        return;
    }
    if (repli_dir_list(path, &a, &names, &n, NULL) != REPLI_OK)
        die(path);
    for (size_t i = 0; i < n; i++)
        if (names[i][0] != '.' && !strstr(names[i], ".tmp-"))
            hash_tree(h, repli_path_join(&a, path, names[i]), names[i]);
    repli_arena_done(&a);
}

bool sitecopy_digest(const char *site, char out[200], char why[SITECOPY_WHY])
{
    char path[1024], record[65] = "", ledger[65] = "", files[65];
    struct repli_record *r = NULL;
    struct repli_ledger *l = NULL;
    struct repli_err err = {0};
    struct repli_hash h;
    uint8_t hash[32];
    snprintf(path, sizeof path, "%s/record.db", site);
    enum repli_status s = repli_record_open(path, false, NOW_UTC, &r, &err);
    if (s == REPLI_OK)
        s = repli_record_digest(r, record, &err);
    repli_record_close(r);
    snprintf(path, sizeof path, "%s/ledger.db", site);
    if (s == REPLI_OK)
        s = repli_ledger_open(path, false, NOW_UTC, &l, &err);
    if (s == REPLI_OK)
        s = repli_ledger_digest(l, ledger, &err);
    repli_ledger_close(l);
    repli_hash_init(&h);
    snprintf(path, sizeof path, "%s/scans", site);
    hash_tree(&h, path, "scans");
    snprintf(path, sizeof path, "%s/crops", site);
    hash_tree(&h, path, "crops");
    repli_hash_final(&h, hash);
    repli_hex(hash, sizeof hash, files);
    snprintf(out, 200, "%.16s %.16s %.16s", record, ledger, files);
    snprintf(why, SITECOPY_WHY, "%s", s == REPLI_OK ? "" : err.text);
    return s == REPLI_OK;
}

/* ---- invariants */

static bool rows(sqlite3 *db, const char *sql, const char *what, char why[SITECOPY_WHY])
{
    sqlite3_stmt *st = NULL;
    bool good = sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK;
    int rc = good ? sqlite3_step(st) : SQLITE_ERROR;
    if (rc != SQLITE_DONE)
        snprintf(why, SITECOPY_WHY, "%s: %s", what,
                 rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : sqlite3_errmsg(db));
    (void)sqlite3_finalize(st);
    return rc == SQLITE_DONE;
}

static sqlite3 *open_db(const char *site, const char *name, char why[SITECOPY_WHY])
{
    char path[1024];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/%s", site, name);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        snprintf(why, SITECOPY_WHY, "%s: %s", name, sqlite3_errmsg(db));
        (void)sqlite3_close(db);
        return NULL;
    }
    sqlite3_busy_timeout(db, 20000);
    return db;
}

static bool whole(sqlite3 *db, const char *name, char why[SITECOPY_WHY])
{
    return rows(db, "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check<>'ok'", name, why) &&
           rows(db, "SELECT \"table\" FROM pragma_foreign_key_check", name, why);
}

static bool record_sound(const char *site, char why[SITECOPY_WHY])
{
    sqlite3 *db = open_db(site, "record.db", why);
    bool good =
        db && whole(db, "record.db", why) &&
        rows(db,
             "SELECT merge_id FROM merge m WHERE entries<>(SELECT count(*) FROM paper_entry e WHERE "
             "e.merge_id=m.merge_id)",
             "a merge without all its entries", why) &&
        rows(db,
             "SELECT target FROM paper_entry WHERE effect='inserted' AND target LIKE 'observation/%' AND merge_id NOT "
             "IN "
             "(SELECT merge_id FROM merge_undo) AND substr(target,13) NOT IN (SELECT observation_id FROM observation)",
             "an entry without its row", why) &&
        rows(db,
             "SELECT observation_id FROM observation WHERE from_paper=1 AND 'observation/'||observation_id NOT IN "
             "(SELECT target FROM paper_entry WHERE target IS NOT NULL AND merge_id NOT IN (SELECT merge_id FROM "
             "merge_undo))",
             "a row from paper without its entry", why) &&
        rows(db,
             "SELECT field FROM paper_entry p WHERE effect='inserted' AND merge_id NOT IN (SELECT merge_id FROM "
             "merge_undo) GROUP BY serial, mac, field HAVING count(*)>1 AND field=capture",
             "merged twice", why);
    (void)sqlite3_close(db);
    return good;
}

static bool image_there(const char *site, const char *hex, int64_t bytes, char why[SITECOPY_WHY])
{
    char path[1024], is[65];
    uint8_t sha[32];
    snprintf(path, sizeof path, "%s/scans/%s", site, hex);
    if (repli_sha256_file(path, sha, NULL) == REPLI_OK) {
        repli_hex(sha, sizeof sha, is);
        if (strcmp(is, hex) == 0)
            return true;
    }
    snprintf(why, SITECOPY_WHY, "image %.16s of %lld bytes is not in scans/, or has other bytes", hex,
             (long long)bytes);
    return false;
}

static bool files_there(sqlite3 *db, const char *site, char why[SITECOPY_WHY])
{
    sqlite3_stmt *st = NULL;
    bool good = true;
    if (sqlite3_prepare_v2(
            db,
            "SELECT lower(hex(sha256)), bytes FROM image WHERE purged_utc IS NULL AND image_id IN (SELECT "
            "image_id FROM scan WHERE coalesce(reason,'') NOT IN ('limit'))",
            -1, &st, NULL) != SQLITE_OK)
        abort();
    while (good && sqlite3_step(st) == SQLITE_ROW)
        good = image_there(site, (const char *)sqlite3_column_text(st, 0), sqlite3_column_int64(st, 1), why);
    (void)sqlite3_finalize(st);
    return good;
}

static bool packs_there(sqlite3 *db, const char *site, char why[SITECOPY_WHY])
{
    sqlite3_stmt *st = NULL;
    bool good = true;
    if (sqlite3_prepare_v2(db,
                           "SELECT path, sha256 FROM pack p WHERE state='ready' AND path NOT LIKE 'station-%' AND "
                           "EXISTS(SELECT 1 FROM sheet s WHERE "
                           "s.pack_id=p.pack_id AND s.serial NOT IN(SELECT serial FROM purge))",
                           -1, &st, NULL) != SQLITE_OK)
        abort();
    while (good && sqlite3_step(st) == SQLITE_ROW) {
        char path[1024];
        uint8_t sha[32];
        const char *p = (const char *)sqlite3_column_text(st, 0);
        snprintf(path, sizeof path, "%s%s%s", p[0] == '/' ? "" : site, p[0] == '/' ? "" : "/", p);
        good = repli_sha256_file(path, sha, NULL) == REPLI_OK && memcmp(sha, sqlite3_column_blob(st, 1), 32) == 0;
        if (!good)
            snprintf(why, SITECOPY_WHY, "pack %.200s is ready, but its file is not", p);
    }
    (void)sqlite3_finalize(st);
    return good;
}

bool sitecopy_sound(const char *site, char why[SITECOPY_WHY])
{
    why[0] = 0;
    if (!record_sound(site, why))
        return false;
    sqlite3 *db = open_db(site, "ledger.db", why);
    bool good =
        db && whole(db, "ledger.db", why) &&
        rows(db,
             "SELECT sheet FROM sheet WHERE state IN('read','reviewed','merged') AND has_fields=1 AND serial "
             "NOT IN (SELECT serial FROM reading)",
             "a sheet without its readings", why) &&
        rows(db,
             "SELECT sheet FROM sheet s WHERE state='allotted' AND (SELECT state FROM pack p WHERE "
             "p.pack_id=s.pack_id)<>'writing'",
             "a sheet left allotted", why) &&
        rows(db,
             "SELECT tier FROM work w WHERE open<>(SELECT count(*) FROM task t WHERE t.tier=w.tier AND done=0) OR "
             "fields<>(SELECT count(*) FROM (SELECT min(tier) AS tier FROM task GROUP BY serial, field) t WHERE "
             "t.tier=w.tier)",
             "a tier whose work is counted wrongly", why) &&
        files_there(db, site, why) && packs_there(db, site, why);
    (void)sqlite3_close(db);
    return good;
}
