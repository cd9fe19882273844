#define _GNU_SOURCE
#include "support/powerdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/arena.h"

char *powerdisk_slurp(const char *path, size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        abort();
    char *data = repli_xmalloc((size_t)st.st_size + 1);
    for (size_t at = 0; at < (size_t)st.st_size;) {
        ssize_t n = read(fd, data + at, (size_t)st.st_size - at);
        if (n <= 0)
            abort();
        at += (size_t)n;
    }
    (void)close(fd);
    data[st.st_size] = 0;
    *len = (size_t)st.st_size;
    return data;
}

/* ---- the files before the run, and which inode each name had */

static int file_of(struct cut *c, uint64_t ino)
{
    for (size_t i = 0; i < c->nfiles; i++)
        if (c->files[i].ino == ino)
            return (int)i;
    if (c->nfiles == FILES)
        abort();
    c->files[c->nfiles] = (struct file){.ino = ino};
    return (int)c->nfiles++;
}

static struct name *name_of(struct cut *c, const char *path)
{
    for (size_t i = 0; i < c->nnames; i++)
        if (strcmp(c->names[i].path, path) == 0)
            return &c->names[i];
    if (c->nnames == FILES)
        abort();
    struct name *n = &c->names[c->nnames++];
    *n = (struct name){.file = -1};
    snprintf(n->path, sizeof n->path, "%s", path);
    return n;
}

/* Paths in the trace are of the live folder, absolute or as given. */
static const char *inside(const struct cut *c, const char *path)
{
    size_t n = strlen(c->live);
    return strncmp(path, c->live, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

/* The content a file had before the run. */
static void load_before(struct cut *c, const char *path, uint64_t ino)
{
    char full[800];
    struct stat st;
    int i = file_of(c, ino);
    struct name *n = name_of(c, path);
    snprintf(full, sizeof full, "%s/%s", c->pristine, path);
    if (n->there || n->file >= 0 || stat(full, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    n->there = true;
    n->file = i;
    c->files[i].data = (uint8_t *)powerdisk_slurp(full, &c->files[i].size);
    c->files[i].cap = c->files[i].size;
}

static bool created_before(const struct cut *c, size_t at, uint64_t ino)
{
    for (size_t i = 0; i < at; i++)
        if (c->ev[i].e.op == FAULT_OP_CREATE && c->ev[i].e.ino == ino)
            return true;
    return false;
}

void powerdisk_look_before(struct cut *c)
{
    for (size_t i = 0; i < c->nev; i++) {
        const struct event *v = &c->ev[i];
        bool folder = v->e.op == FAULT_OP_SYNC && v->e.ino == 0;
        if (v->e.ino && !folder && !created_before(c, i, v->e.ino) && v->e.op != FAULT_OP_CREATE)
            load_before(c, inside(c, v->path), v->e.ino);
        if (v->e.op == FAULT_OP_UNLINK || v->e.op == FAULT_OP_RENAME) {
            /* a file that is only removed or replaced: it has a name, and content nobody touched */
            const char *which = inside(c, v->to ? v->to : v->path);
            char full[800];
            struct stat st;
            snprintf(full, sizeof full, "%s/%s", c->pristine, which);
            if (stat(full, &st) == 0 && S_ISREG(st.st_mode) && name_of(c, which)->file < 0)
                load_before(c, which, UINT64_C(1) << 63 | st.st_ino);
        }
    }
}

/* ---- a state */

static void put(struct file *f, size_t at, const uint8_t *data, size_t len)
{
    if (at + len > f->cap) {
        f->cap = (at + len) * 2;
        f->data = repli_xrealloc(f->data, f->cap);
    }
    if (at > f->size)
        memset(f->data + f->size, 0, at - f->size);
    memcpy(f->data + at, data, len);
    if (at + len > f->size)
        f->size = at + len;
}

static void cut_to(struct file *f, size_t size)
{
    if (size > f->cap) {
        f->cap = size;
        f->data = repli_xrealloc(f->data, size + 1);
    }
    if (size > f->size)
        memset(f->data + f->size, 0, size - f->size);
    f->size = size;
}

static bool ends(const char *path, const char *tail)
{
    size_t n = strlen(path), m = strlen(tail);
    return n >= m && strcmp(path + n - m, tail) == 0;
}

static bool is_database(const char *path)
{
    return strstr(path, ".db") != NULL || strstr(path, ".snapshot") != NULL;
}

static bool is_folder(const struct cut *c, const struct event *v)
{
    char full[800];
    struct stat st;
    snprintf(full, sizeof full, "%s/%s", c->live, inside(c, v->path));
    return strcmp(v->path, c->live) == 0 || (stat(full, &st) == 0 && S_ISDIR(st.st_mode));
}

/* Does this sync count?  All do, but for the weak modes. */
static bool counts(const struct cut *c, size_t at)
{
    const struct event *v = &c->ev[at];
    if (!c->weak)
        return true;
    if (strcmp(c->weak, "folder") == 0)
        return !is_folder(c, v);
    if (strcmp(c->weak, "file") == 0)
        return is_folder(c, v) || is_database(v->path);
    if (strcmp(c->weak, "off") == 0)
        return is_folder(c, v) || !is_database(v->path);
    if (!ends(v->path, "-wal"))
        return true;
    for (size_t i = at + 1; i < c->nev;
         i++) /* a checkpoint's: its database is written next, before anything of the WAL */
        if (strncmp(c->ev[i].path, v->path, strlen(v->path) - 4) == 0)
            return !ends(c->ev[i].path, "-wal");
    return true;
}

/* The last event before `end` that made this inode durable. */
static size_t synced_at(const struct cut *c, uint64_t ino, size_t end)
{
    size_t last = 0;
    for (size_t i = 0; i < end; i++)
        if (c->ev[i].e.op == FAULT_OP_SYNC && c->ev[i].e.ino == ino && counts(c, i))
            last = i + 1;
    return last;
}

static void write_part(struct cut *c, struct file *f, const struct event *v, int how)
{
    size_t from = (size_t)v->e.offset, end = from + (size_t)v->e.len;
    for (size_t at = from; at < end;) {
        size_t next = (at / SECTOR + 1) * SECTOR, len = (next < end ? next : end) - at;
        uint8_t garbage[SECTOR];
        int dice = prng_int(&c->r, 0, 999);
        bool keep = how == 1 || (how == 2 && dice < 500) || (how == 3 && dice < 900) || (how == 4 && dice < 100);
        if (how >= 2 && dice >= 975) {
            for (size_t i = 0; i < len; i++)
                garbage[i] = (uint8_t)prng_int(&c->r, 0, 255);
            put(f, at, garbage, len);
        } else if (keep) {
            put(f, at, v->data + (at - from), len);
        }
        at += len;
    }
}

/* Content of a file on the disk after a cut before event `end`. */
static struct file content(struct cut *c, int index, size_t end, int how)
{
    const struct file *before = &c->files[index];
    struct file f = {.ino = before->ino, .size = before->size, .cap = before->size + 1};
    f.data = repli_xmalloc(f.cap);
    if (before->size)
        memcpy(f.data, before->data, before->size);
    size_t synced = synced_at(c, f.ino, end);
    for (size_t i = 0; i < end; i++) {
        const struct event *v = &c->ev[i];
        if (v->e.ino != f.ino)
            continue;
        if (v->e.op == FAULT_OP_WRITE) {
            if (i < synced)
                put(&f, (size_t)v->e.offset, v->data, (size_t)v->e.len);
            else if (how > 0)
                write_part(c, &f, v, how);
        } else if (v->e.op == FAULT_OP_TRUNCATE && (i < synced || (how > 0 && prng_int(&c->r, 0, 1)))) {
            cut_to(&f, (size_t)v->e.offset);
        }
    }
    return f;
}

/* Is the name change at event `at` on the disk?  When its folder was synced later it is. */
static bool name_durable(const struct cut *c, size_t at, size_t end)
{
    const struct event *v = &c->ev[at];
    const char *path = v->to ? v->to : v->path, *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    for (size_t i = at + 1; i < end; i++) {
        const struct event *s = &c->ev[i];
        if (s->e.op == FAULT_OP_SYNC && strncmp(s->path, path, n) == 0 && s->path[n] == 0 && counts(c, i))
            return true;
    }
    return false;
}

static void name_event(struct cut *c, const struct event *v)
{
    struct name *n = name_of(c, inside(c, v->path));
    if (v->e.op == FAULT_OP_CREATE) {
        n->file = file_of(c, v->e.ino);
    } else if (v->e.op == FAULT_OP_UNLINK) {
        n->file = -1;
    } else if (v->e.op == FAULT_OP_RENAME && n->file >= 0) {
        int file = n->file;
        n->file = -1;
        name_of(c, inside(c, v->to))->file = file;
    }
}

static void make_folders(const char *path)
{
    char part[800];
    snprintf(part, sizeof part, "%s", path);
    for (char *p = part + 1; *p; p++)
        if (*p == '/') {
            *p = 0;
            (void)mkdir(part, 0700);
            *p = '/';
        }
}

static void write_names(struct cut *c, size_t end, int how)
{
    static const char *const shared[] = {"record.db-shm", "ledger.db-shm"};
    for (size_t i = 0; i < 2; i++) {
        char full[800];
        snprintf(full, sizeof full, "%s/%s", c->site, shared[i]);
        (void)unlink(full);
    }
    for (size_t i = 0; i < c->nnames; i++) {
        char full[800];
        snprintf(full, sizeof full, "%s/%s", c->site, c->names[i].path);
        (void)unlink(full);
        if (c->names[i].file < 0)
            continue;
        struct file f = content(c, c->names[i].file, end, how);
        make_folders(full);
        int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0 || (f.size && write(fd, f.data, f.size) != (ssize_t)f.size))
            abort();
        (void)close(fd);
        free(f.data);
    }
}

/* The disk after a cut before event `end`. */
void powerdisk_make(struct cut *c, size_t end, int how)
{
    struct name kept[FILES];
    size_t nkept = c->nnames;
    memcpy(kept, c->names, sizeof kept);
    for (size_t i = 0; i < end; i++) {
        enum fault_op op = (enum fault_op)c->ev[i].e.op;
        bool name = op == FAULT_OP_CREATE || op == FAULT_OP_UNLINK || op == FAULT_OP_RENAME;
        if (name && (name_durable(c, i, end) || how == 1 || (how >= 2 && prng_int(&c->r, 0, 1))))
            name_event(c, &c->ev[i]);
    }
    write_names(c, end, how);
    /* the names of the next state begin where these did; those that are new now have no file then */
    for (size_t i = 0; i < c->nnames; i++)
        c->names[i].file = i < nkept ? kept[i].file : -1;
}
