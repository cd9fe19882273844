/* Would this backup restore?  Everything in it is opened and compared with what the manifest says. */
#define _DEFAULT_SOURCE /* lstat */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "repli/file.h"
#include "snapshot/backup_internal.h"
#include "snapshot/snapshot_internal.h"

#define MANIFEST_MAX ((size_t)512 * 1024 * 1024)

struct checker {
    struct repli_arena *a;
    struct repli_backup *out;
    struct repli_err *err;
    const char *dir;
    const char **files; /* sorted: what the manifest lists */
    size_t nfiles;
    char record[65], ledger[65]; /* digests that it says */
};

enum repli_status repli_backup_newest(const char *folder, struct repli_arena *a, const char **dir,
                                      struct repli_err *err)
{
    char **names = NULL;
    size_t n = 0;
    *dir = NULL;
    enum repli_status s = repli_dir_list(folder, a, &names, &n, err);
    for (size_t i = n; s == REPLI_OK && i > 0 && !*dir; i--) {
        const char *one = repli_path_join(a, folder, names[i - 1]);
        if (names[i - 1][0] != '.' && repli_file_exists(repli_path_join(a, one, MANIFEST)))
            *dir = one;
    }
    return s;
}

static enum repli_status damaged(struct checker *c, const char *what)
{
    return repli_fail(c->err, REPLI_DATA, "%s: %s: this backup does not restore, make another one", c->dir, what);
}

/* "HASH  path": the file is there, whole and as it was. */
static enum repli_status check_file(struct checker *c, const char *hex, const char *name)
{
    uint8_t want[32], got[32];
    struct stat st;
    struct repli_err why = {0};
    const char *path = repli_path_join(c->a, c->dir, name);
    if (!repli_unhex(hex, want, sizeof want) || strstr(name, "..") || name[0] == '/')
        return damaged(c, "its MANIFEST is damaged");
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) || repli_sha256_file(path, got, &why) != REPLI_OK)
        return damaged(c, repli_arena_printf(c->a, "%s is missing or cannot be read", name));
    if (memcmp(want, got, sizeof got) != 0)
        return damaged(c, repli_arena_printf(c->a, "%s is not what it was", name));
    c->files = repli_arena_grow(c->a, c->files, c->nfiles, c->nfiles + 1, sizeof *c->files);
    c->files[c->nfiles++] = name;
    c->out->files++;
    c->out->bytes += st.st_size;
    c->out->keys = c->out->keys || strncmp(name, "keys/", 5) == 0;
    return REPLI_OK;
}

static enum repli_status check_line(struct checker *c, char *line)
{
    char *space = strchr(line, ' ');
    if (!space)
        return damaged(c, "its MANIFEST is damaged");
    bool file = space[1] == ' ';
    *space = '\0';
    char *rest = space + 1 + file;
    if (file)
        return check_file(c, line, rest);
    char *to = strcmp(line, "record") == 0 ? c->record : strcmp(line, "ledger") == 0 ? c->ledger : NULL;
    if (!to || strcspn(rest, " ") != 64)
        return damaged(c, "its MANIFEST is damaged");
    memcpy(to, rest, 64);
    return REPLI_OK;
}

/* The last line holds the hash of all before it. */
static enum repli_status check_manifest(struct checker *c)
{
    char *text = NULL, *save = NULL, hex[65], first[64];
    size_t len = 0, tail = sizeof "end \n" - 1 + 64;
    uint8_t sha[32];
    long long made = 0;
    enum repli_status s =
        repli_file_read(repli_path_join(c->a, c->dir, MANIFEST), MANIFEST_MAX, c->a, &text, &len, c->err);
    if (s != REPLI_OK)
        return s;
    if (len <= tail || strlen(text) != len)
        return damaged(c, "its MANIFEST is damaged");
    repli_sha256(text, len - tail, sha);
    repli_hex(sha, 32, hex);
    if (strncmp(text + len - tail, "end ", 4) != 0 || strncmp(text + len - tail + 4, hex, 64) != 0)
        return damaged(c, "its MANIFEST was changed");
    text[len - tail] = '\0';
    char *line = strtok_r(text, "\n", &save);
    snprintf(first, sizeof first, "%s", line ? line : "");
    if (sscanf(first, "repli-backup 1 %lld", &made) != 1)
        return damaged(c, "its MANIFEST is of another version");
    c->out->made_utc = made;
    while (s == REPLI_OK && (line = strtok_r(NULL, "\n", &save)) != NULL)
        s = check_line(c, line);
    return s;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool listed(const struct checker *c, const char *name)
{
    return c->nfiles && bsearch(&name, c->files, c->nfiles, sizeof *c->files, by_text);
}

static enum repli_status check_databases(struct checker *c)
{
    char one[65], two[65];
    const char *record = repli_path_join(c->a, c->dir, "record.db"),
               *ledger = repli_path_join(c->a, c->dir, "ledger.db");
    if (!listed(c, "record.db") || !listed(c, "ledger.db") || !listed(c, "site.yaml"))
        return damaged(c, "record.db, ledger.db or site.yaml is not in it");
    enum repli_status s = repli_record_check_copy(record, one, &c->out->patients, c->err);
    if (s == REPLI_OK)
        s = repli_ledger_check_copy(ledger, two, &c->out->sheets, c->err);
    if (s == REPLI_OK && (strcmp(one, c->record) != 0 || strcmp(two, c->ledger) != 0))
        s = damaged(c, "a database does not say what it said");
    return s;
}

static enum repli_status check_snapshots(struct checker *c)
{
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < c->nfiles; i++) {
        struct repli_snapshot_info info;
        const char *name = c->files[i];
        if (strncmp(name, "snapshots/", 10) != 0 || !repli_snapshot_name_valid(name + 10))
            continue;
        /* One that was damaged at home is no fault of the backup: its bytes are what they were. */
        struct repli_err why = {0};
        c->out->snapshots += repli_snapshot_verify(repli_path_join(c->a, c->dir, name), true, &info, &why) == REPLI_OK;
    }
    return s;
}

/* Handwriting is kept as images: each one that the ledger knows must be here. */
static enum repli_status check_images(struct checker *c)
{
    const char **hashes = NULL;
    size_t n = 0;
    enum repli_status s =
        repli_ledger_copy_images(repli_path_join(c->a, c->dir, "ledger.db"), c->a, &hashes, &n, c->err);
    static const char none[] =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; /* a pipe, a device */
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        c->out->missing += strcmp(hashes[i], none) != 0 && !listed(c, repli_arena_printf(c->a, "scans/%s", hashes[i]));
    return s;
}

enum repli_status repli_backup_check(const char *dir, struct repli_arena *a, struct repli_backup *found,
                                     struct repli_err *err)
{
    struct repli_backup out = {0};
    struct checker c = {.a = a, .out = &out, .err = err, .dir = dir};
    enum repli_status s = REPLI_OK;
    if (!repli_file_exists(repli_path_join(a, dir, MANIFEST)))
        s = repli_backup_newest(dir, a, &c.dir, err);
    if (s == REPLI_OK && !c.dir)
        s = repli_fail(err, REPLI_DATA, "%s holds no backup: `repli backup %s` makes one", dir, dir);
    if (s == REPLI_OK)
        s = check_manifest(&c);
    if (s != REPLI_OK)
        return s;
    out.dir = c.dir;
    if (c.nfiles)
        qsort(c.files, c.nfiles, sizeof *c.files, by_text);
    s = check_databases(&c);
    if (s == REPLI_OK)
        s = check_snapshots(&c);
    if (s == REPLI_OK)
        s = check_images(&c);
    if (s == REPLI_OK)
        *found = out;
    return s;
}
