/* powercut REPLI SITE [--states N] [--seed N] [--weak MODE] [--rerun N] -- ARGS...
**
** Runs `REPLI --site COPY ARGS` once and writes down every call that changes a file (preload_fault.c, mode trace).  Then
** cuts the power after calls chosen all over the run, N times: a disk that the power leaves holds what was synced, and of
** everything written later any part: nothing, all, or some of its sectors of 512 bytes, a few of them garbage; names that
** were made, changed or removed are there, or not, when their folder was not synced.  Each such state is opened, and must
** be sound (sitecopy.h) and hold what the program had said on its standard output by then: a sheet that it said it merged is
** merged, a pack it said is printed is there.  Every M-th state (--rerun) the command is run again: it must end well.
**
** --weak: what the simulator must see fail.  "normal": syncs of a WAL count only before a checkpoint, as with
** synchronous=NORMAL; "off": no sync of a database counts; "folder": no sync of a folder counts; "file": no sync of a plain
** file counts (the PDF).
** One line of figures; exit 1 when a state was bad.
*/
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repli/arena.h"
#include "support/preload_fault.h"
#include "support/prng.h"
#include "support/sitecopy.h"

#define SECTOR   512
#define FILES    256
#define EVENTS   100000
#define HOW_MANY 5 /* ways to lose what was not synced */

struct event {
    struct fault_event e;
    const char *path, *to;
    const uint8_t *data;
};

/* One file by inode: what the disk holds of it, and what it might. */
struct file {
    uint64_t ino;
    uint8_t *data;
    size_t size, cap;
    size_t synced; /* events before this one are on the disk */
};

/* One name in the site's folders. */
struct name {
    char path[400];
    int file;   /* index, -1: no file */
    bool there; /* before the run */
};

struct cut {
    const char *repli, *pristine, *weak;
    char dir[256], live[300], site[300], trace[300], said[300];
    long states, rerun, seed;
    char **args;
    int nargs;
    struct event *ev;
    size_t nev;
    char *spoken;
    size_t nspoken;
    struct file files[FILES];
    size_t nfiles;
    struct name names[FILES];
    size_t nnames;
    struct prng r;
    long long bad, corrupt, lost, failed, reruns;
};

/* ---- the run */

static int run(struct cut *c, const char *site, bool trace)
{
    char spec[400], preload[400];
    int status = 0;
    const char *out = getenv("REPLI_TEST_OUT");
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[64] = {(char *)(uintptr_t)c->repli, (char *)(uintptr_t) "--site", (char *)(uintptr_t)site};
        int fd = open(trace ? c->said : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        for (int i = 0; i < c->nargs && i < 60; i++)
            argv[3 + i] = c->args[i];
        (void)dup2(fd, 1);
        if (!trace)
            (void)dup2(fd, 2);
        if (trace) {
            snprintf(spec, sizeof spec, "trace 0 %s", site);
            snprintf(preload, sizeof preload, "%s/preload_fault.so", out ? out : ".");
            (void)setenv("REPLI_FAULT", spec, 1);
            (void)setenv("REPLI_FAULT_SAYS", c->trace, 1);
            (void)setenv("LD_PRELOAD", preload, 1);
        }
        (void)alarm(60);
        (void)execv(c->repli, argv);
        _exit(FAULT_HARNESS);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        abort();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *slurp(const char *path, size_t *len)
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

static void read_trace(struct cut *c)
{
    size_t len = 0, at = 0;
    char *data = slurp(c->trace, &len);
    c->ev = repli_xcalloc(EVENTS, sizeof *c->ev);
    while (at < len && c->nev < EVENTS) {
        struct event *v = &c->ev[c->nev++];
        memcpy(&v->e, data + at, sizeof v->e);
        at += sizeof v->e;
        v->path = data + at;
        at += v->e.path_len;
        v->to = v->e.to_len ? data + at : NULL;
        at += v->e.to_len;
        v->data = (const uint8_t *)data + at;
        at += (size_t)v->e.len;
    }
    c->spoken = slurp(c->said, &c->nspoken);
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
    c->files[i].data = (uint8_t *)slurp(full, &c->files[i].size);
    c->files[i].cap = c->files[i].size;
}

static bool created_before(const struct cut *c, size_t at, uint64_t ino)
{
    for (size_t i = 0; i < at; i++)
        if (c->ev[i].e.op == FAULT_OP_CREATE && c->ev[i].e.ino == ino)
            return true;
    return false;
}

static void look_before(struct cut *c)
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
    for (size_t i = at + 1; i < c->nev; i++) /* a checkpoint's: its database is written next, before anything of the WAL */
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
static void make_state(struct cut *c, size_t end, int how)
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

/* ---- what must be there */

static bool in_db(const struct cut *c, const char *name, const char *sql, const char *value)
{
    char path[400];
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    snprintf(path, sizeof path, "%s/%s", c->site, name);
    bool ok = sqlite3_open(path, &db) == SQLITE_OK && sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
              sqlite3_bind_text(st, 1, value, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW;
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    return ok;
}

/* Everything that was said before the cut: numbers of merges (M0-3) and of packs (P0-1). */
static bool kept_word(const struct cut *c, size_t end, char why[SITECOPY_WHY])
{
    size_t n = end < c->nev ? (size_t)c->ev[end].e.said : c->nspoken; /* said before the call that never came */
    for (size_t i = 0; i + 3 < n; i++) {
        char id[24] = "";
        if ((c->spoken[i] != 'M' && c->spoken[i] != 'P') || sscanf(c->spoken + i, "%23[MP0-9-]", id) != 1)
            continue;
        if (strchr(id, '-') == NULL || (i > 0 && c->spoken[i - 1] != '"' && c->spoken[i - 1] != '\n'))
            continue;
        snprintf(why, SITECOPY_WHY, "%s was said and is not there", id);
        if (id[0] == 'M' && !in_db(c, "record.db", "SELECT 1 FROM merge WHERE merge_id=?", id))
            return false;
        if (id[0] == 'M' && strncmp(c->spoken + i + strlen(id), " is undone", 10) == 0 &&
            !in_db(c, "record.db", "SELECT 1 FROM merge_undo WHERE merge_id=?", id))
            return false;
        if (id[0] == 'P' && !in_db(c, "ledger.db", "SELECT 1 FROM pack WHERE pack_id=? AND state='ready'", id))
            return false;
    }
    return true;
}

static void judge(struct cut *c, size_t end, int how, long number)
{
    char why[SITECOPY_WHY] = "";
    const char *what = NULL;
    if (!sitecopy_sound(c->site, why)) {
        what = "not sound";
        c->corrupt++;
    } else if (!kept_word(c, end, why)) {
        what = "acknowledged but lost";
        c->lost++;
    } else if (c->rerun && number % c->rerun == 0) {
        int rc = run(c, c->site, false);
        c->reruns++;
        if ((rc != 0 && rc != 6) || !sitecopy_sound(c->site, why)) {
            what = "run again, it fails";
            snprintf(why, sizeof why, "exit %d", rc);
            c->failed++;
        }
    }
    if (!what)
        return;
    if (c->bad++ < 5 && !c->weak)
        fprintf(stderr, "bad: power cut after call %zu of %zu, way %d: %s: %s\n", end, c->nev, how, what, why);
}

static void cut_everywhere(struct cut *c)
{
    for (long i = 0; i < c->states; i++) {
        size_t end = (size_t)((long long)i * (long long)(c->nev + 1) / c->states);
        int how = (int)(i % HOW_MANY);
        /* files that the last rerun added are no part of the next state */
        if (i == 0 || (c->rerun && (i - 1) % c->rerun == 0))
            sitecopy(c->pristine, c->site);
        make_state(c, end, how);
        judge(c, end, how, i);
    }
}

/* ---- */

static bool parse(struct cut *c, int argc, char **argv)
{
    if (argc < 5)
        return false;
    c->repli = argv[1];
    c->pristine = argv[2];
    c->states = 1000;
    for (int i = 3; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--") == 0) {
            c->args = argv + i + 1;
            c->nargs = argc - i - 1;
            return c->nargs > 0;
        }
        if (strcmp(argv[i], "--states") == 0 && more)
            c->states = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--rerun") == 0 && more)
            c->rerun = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && more)
            c->seed = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--weak") == 0 && more)
            c->weak = argv[++i];
        else
            return false;
    }
    return false;
}

int main(int argc, char **argv)
{
    static struct cut c;
    const char *quick = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    if (!parse(&c, argc, argv)) {
        fprintf(stderr, "usage: powercut REPLI SITE [--states N] [--seed N] [--weak normal|off|folder|file] [--rerun N] "
                        "-- ARGS...\n");
        return 2;
    }
    snprintf(c.dir, sizeof c.dir, "%s/repli-power-XXXXXX", quick);
    if (!mkdtemp(c.dir))
        abort();
    snprintf(c.live, sizeof c.live, "%s/live", c.dir);
    snprintf(c.site, sizeof c.site, "%s/site", c.dir);
    snprintf(c.trace, sizeof c.trace, "%s/trace", c.dir);
    snprintf(c.said, sizeof c.said, "%s/said", c.dir);
    prng_seed(&c.r, (uint64_t)c.seed, 1);
    sitecopy(c.pristine, c.live);
    int fd = open(c.trace, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    (void)close(fd);
    int rc = run(&c, c.live, true);
    if (rc != 0 && rc != 6) {
        fprintf(stderr, "powercut: the run itself ended with %d (%s)\n", rc, c.dir);
        return 1;
    }
    read_trace(&c);
    look_before(&c);
    cut_everywhere(&c);
    printf("%s%s%s: %ld states after %zu calls, %lld corrupt, %lld acknowledged but lost, %lld of %lld run again failed\n",
           c.args[0], c.weak ? ", weak: " : "", c.weak ? c.weak : "", c.states, c.nev, c.corrupt, c.lost, c.failed,
           c.reruns);
    sitecopy_remove(c.dir);
    return c.bad ? 1 : 0;
}
