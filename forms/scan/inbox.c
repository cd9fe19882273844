/* The scanner's folder, watched: see repli/inbox.h.
**
** Nothing tells when a file that comes over a network share is complete, so it must lie still for a while.  And between
** looking at a file and removing it somebody may put another one of the same name there: what is removed is always the
** file that was moved aside before it was read.
*/
#define _DEFAULT_SOURCE /* flock, lstat */
#include "repli/inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/file.h"

#define DEPTH_MAX 16

/* A file as it was seen. */
struct seen {
    const char *path;
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime;
    int64_t since_ms; /* monotonic: when it was first seen like this */
    bool taken;       /* in .work: of a round before, or of this one */
};
struct listing {
    struct repli_arena a;
    struct seen *files;
    size_t count, room;
};
struct repli_inbox {
    const struct repli_site *site;
    int64_t settle_ms;
    int lock;
    struct repli_scan_helpers *helpers; /* files come one by one */
    struct listing now, before;
};

struct round {
    struct repli_inbox *inbox;
    struct repli_ledger *ledger;
    const struct repli_scan_request *request;
    struct repli_inbox_result *out;
    struct repli_err *err;
    struct repli_arena *a;
    /* of the file in hand */
    int64_t pages, unreadable;
    const char *why;
};

/* ---- what lies there */

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct seen *)a)->path, ((const struct seen *)b)->path);
}

static bool same(const struct seen *s, const struct stat *st)
{
    return s->dev == st->st_dev && s->ino == st->st_ino && s->size == st->st_size &&
           s->mtime.tv_sec == st->st_mtim.tv_sec && s->mtime.tv_nsec == st->st_mtim.tv_nsec;
}

static void note(struct repli_inbox *in, const char *path, const struct stat *st, bool taken)
{
    struct listing *l = &in->now;
    struct seen key = {.path = path};
    const struct seen *old =
        in->before.count ? bsearch(&key, in->before.files, in->before.count, sizeof key, by_path) : NULL;
    if (l->count == l->room) {
        size_t more = l->room ? l->room * 2 : 64;
        l->files = repli_arena_grow(&l->a, l->files, l->room, more, sizeof *l->files);
        l->room = more;
    }
    l->files[l->count++] = (struct seen){.path = path,
                                         .dev = st->st_dev,
                                         .ino = st->st_ino,
                                         .size = st->st_size,
                                         .mtime = st->st_mtim,
                                         .since_ms = old && same(old, st) ? old->since_ms : repli_monotonic_ms(),
                                         .taken = taken};
}

/* Hidden files are still being written, by custom; links are not followed; `refused` was here before. */
static enum repli_status look(struct repli_inbox *in, const char *dir, int depth, bool taken, struct repli_err *err)
{
    char **names = NULL;
    size_t count = 0;
    enum repli_status s = repli_dir_list(dir, &in->now.a, &names, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        struct stat st;
        const char *path = repli_path_join(&in->now.a, dir, names[i]);
        if (names[i][0] == '.' || (depth == 0 && !taken && strcmp(names[i], "refused") == 0) || lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
            struct repli_err gone = {0}; /* a folder that went meanwhile, or of somebody else */
            (void)!look(in, path, depth + 1, taken, &gone);
        } else if (S_ISREG(st.st_mode)) {
            note(in, path, &st, taken);
        }
    }
    return s;
}

static enum repli_status look_again(struct repli_inbox *in, struct repli_err *err)
{
    const char *work = NULL;
    repli_arena_done(&in->before.a);
    in->before = in->now;
    in->now = (struct listing){.count = 0};
    work = repli_path_join(&in->now.a, in->site->inbox, ".work");
    enum repli_status s = repli_dir_make(work, 0700, err);
    if (s == REPLI_OK)
        s = look(in, work, 0, true, err);
    if (s == REPLI_OK)
        s = look(in, in->site->inbox, 0, false, err);
    if (in->now.count)
        qsort(in->now.files, in->now.count, sizeof *in->now.files, by_path);
    return s;
}

/* ---- one file */

/* Aside, into a folder of its own, under its own name. */
static enum repli_status claim(struct round *r, const struct seen *f, const char **to)
{
    const char *work = repli_path_join(r->a, r->inbox->site->inbox, ".work"), *name = strrchr(f->path, '/') + 1;
    for (int i = 1; i < 1000000; i++) {
        const char *dir = repli_arena_printf(r->a, "%s/%d", work, i);
        if (mkdir(dir, 0700) != 0 && errno == EEXIST)
            continue;
        *to = repli_path_join(r->a, dir, name);
        if (rename(f->path, *to) == 0)
            return REPLI_OK;
        int why = errno;
        (void)rmdir(dir);
        *to = NULL;
        if (why == ENOENT) /* somebody took it away */
            return REPLI_OK;
        return repli_fail(r->err, REPLI_IO, "%s cannot be moved to %s: %s", f->path, work, strerror(why));
    }
    return repli_fail(r->err, REPLI_IO, "%s is full: look at what lies there", work);
}

static void line(void *user, const struct repli_scan_line *l)
{
    struct round *r = user;
    r->pages++;
    r->unreadable += l->outcome == REPLI_OUTCOME_UNREADABLE ||
                     (l->outcome == REPLI_OUTCOME_DUPLICATE && l->reason && strcmp(l->reason, "unreadable") == 0);
    if (l->reason)
        r->why = repli_arena_strdup(r->a, l->reason);
    r->out->images++;
    if (r->request->line)
        r->request->line(r->request->user, l);
}

static enum repli_status stored(void *user, uint64_t serial, struct repli_page_map *map, struct repli_err *err)
{
    const struct round *r = user;
    return r->request->readings_stored ? r->request->readings_stored(r->request->user, serial, map, err) : REPLI_OK;
}

/* Room for a number before the name and endings behind it, in the 255 bytes that file systems give: of a longer name
** its beginning and its end, never half a letter. */
static const char *shorter(struct repli_arena *a, const char *name)
{
    enum { MOST = 200, HEAD = 150, TAIL = 40 };
    size_t len = strlen(name), head = HEAD, tail = len < TAIL ? 0 : len - TAIL;
    if (len <= MOST)
        return name;
    while (head > 0 && ((unsigned char)name[head] & 0xC0) == 0x80)
        head--;
    while (((unsigned char)name[tail] & 0xC0) == 0x80)
        tail++;
    return repli_arena_printf(a, "%.*s~%s", (int)head, name, name + tail);
}

/* Kept, for somebody to look at: perhaps it is paper that must be scanned again. */
static enum repli_status refuse(struct round *r, const char *path)
{
    const char *dir = repli_path_join(r->a, r->inbox->site->inbox, "refused"),
               *name = shorter(r->a, strrchr(path, '/') + 1);
    const char *to = repli_path_join(r->a, dir, name),
               *text = repli_arena_printf(r->a, "%s\n", r->why ? r->why : "unreadable");
    enum repli_status s = repli_dir_make(dir, 0700, r->err);
    for (int i = 2; s == REPLI_OK && repli_file_exists(to); i++)
        to = repli_arena_printf(r->a, "%s/%d-%s", dir, i, name);
    if (s == REPLI_OK)
        s = repli_file_write(repli_arena_printf(r->a, "%s.why", to), text, strlen(text), 0600, r->err);
    if (s == REPLI_OK && rename(path, to) != 0)
        s = repli_fail(r->err, REPLI_IO, "%s: %s", to, strerror(errno));
    r->out->refused++;
    return s == REPLI_OK ? repli_dir_sync(dir, r->err) : s;
}

/* Done with: removed, unless it changed while it was read; then it settles and is read again. */
static enum repli_status finish(struct round *r, const char *path, const struct stat *before)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? REPLI_OK : repli_fail(r->err, REPLI_IO, "%s: %s", path, strerror(errno));
    if (st.st_ino != before->st_ino || st.st_size != before->st_size || st.st_mtim.tv_sec != before->st_mtim.tv_sec ||
        st.st_mtim.tv_nsec != before->st_mtim.tv_nsec) {
        r->out->waiting++;
        return REPLI_OK;
    }
    enum repli_status s = REPLI_OK;
    if (r->pages > 0 && r->unreadable == r->pages)
        s = refuse(r, path);
    else if (unlink(path) != 0)
        s = repli_fail(r->err, REPLI_IO, "%s: %s", path, strerror(errno));
    if (s == REPLI_OK) {
        char *dir = repli_arena_strdup(r->a, path);
        *strrchr(dir, '/') = '\0';
        (void)rmdir(dir);
    }
    return s;
}

static enum repli_status scan(struct round *r, const char *path)
{
    struct repli_scan_request q = *r->request;
    struct repli_scan_result result = {0};
    struct stat st;
    q.paths = &path;
    q.npaths = 1;
    q.helpers = r->inbox->helpers;
    q.line = line;
    q.readings_stored = stored;
    q.progress = NULL;
    q.user = r;
    r->pages = r->unreadable = 0;
    r->why = NULL;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? REPLI_OK : repli_fail(r->err, REPLI_IO, "%s: %s", path, strerror(errno));
    enum repli_status s = repli_scan_batch(r->inbox->site, r->ledger, &q, &result, r->err);
    if (s != REPLI_OK && s != REPLI_WAITS)
        return s;
    r->out->files++;
    return finish(r, path, &st);
}

static enum repli_status take(struct round *r, const struct seen *f)
{
    const char *path = f->path;
    struct stat st;
    if (repli_monotonic_ms() - f->since_ms < r->inbox->settle_ms || access(f->path, R_OK) != 0) {
        r->out->waiting++;
        return REPLI_OK;
    }
    enum repli_status s = f->taken ? REPLI_OK : claim(r, f, &path);
    if (s != REPLI_OK || !path)
        return s;
    /* Another file than the one that lay still, or one that is being written again: it has to settle where it is
    ** now. */
    if (lstat(path, &st) != 0 || !same(f, &st)) {
        r->out->waiting++;
        return REPLI_OK;
    }
    return scan(r, path);
}

/* ---- rounds */

enum repli_status repli_inbox_round(struct repli_inbox *inbox, struct repli_ledger *ledger,
                                    const struct repli_scan_request *request, bool (*stop)(void *user),
                                    struct repli_inbox_result *result, struct repli_err *err)
{
    struct repli_inbox_result out = {0};
    struct round r = {.inbox = inbox, .ledger = ledger, .request = request, .out = &out, .err = err};
    enum repli_status s = look_again(inbox, err);
    for (size_t i = 0; s == REPLI_OK && i < inbox->now.count && !(stop && stop(request->user)); i++) {
        struct repli_arena a = {0};
        r.a = &a;
        s = take(&r, &inbox->now.files[i]);
        repli_arena_done(&a);
    }
    *result = out;
    return s;
}

enum repli_status repli_inbox_open(const struct repli_site *site, int64_t settle_ms, struct repli_inbox **inbox,
                                   struct repli_err *err)
{
    struct repli_arena a = {0};
    const char *path = repli_path_join(&a, site->inbox, ".watch");
    enum repli_status s = repli_dir_make(site->inbox, 0700, err);
    int fd = s == REPLI_OK ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    if (s == REPLI_OK && fd < 0)
        s = repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    if (s == REPLI_OK && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        s = repli_fail(err, REPLI_USAGE, "%s is being watched by another process already", site->inbox);
        (void)close(fd);
    }
    repli_arena_done(&a);
    if (s != REPLI_OK)
        return s;
    *inbox = repli_xcalloc(1, sizeof **inbox);
    **inbox =
        (struct repli_inbox){.site = site, .settle_ms = settle_ms, .lock = fd, .helpers = repli_scan_helpers_new(site)};
    return REPLI_OK;
}

void repli_inbox_close(struct repli_inbox *inbox)
{
    if (!inbox)
        return;
    repli_scan_helpers_free(inbox->helpers);
    repli_arena_done(&inbox->now.a);
    repli_arena_done(&inbox->before.a);
    (void)close(inbox->lock);
    free(inbox);
}

enum repli_status repli_inbox_count(const struct repli_site *site, int64_t *waiting, int64_t *refused,
                                    struct repli_err *err)
{
    struct repli_inbox in = {.site = site}, bad = {.site = site};
    const char *work = repli_path_join(&in.now.a, site->inbox, ".work");
    const char *dir = repli_path_join(&bad.now.a, site->inbox, "refused");
    enum repli_status s = repli_file_exists(site->inbox) ? look(&in, site->inbox, 0, false, err) : REPLI_OK;
    if (s == REPLI_OK && repli_file_exists(work))
        s = look(&in, work, 0, true, err);
    if (s == REPLI_OK && repli_file_exists(dir))
        s = look(&bad, dir, 0, true, err);
    *waiting = (int64_t)in.now.count;
    *refused = 0;
    for (size_t i = 0; i < bad.now.count; i++) {
        size_t len = strlen(bad.now.files[i].path);
        *refused += len < 4 || strcmp(bad.now.files[i].path + len - 4, ".why") != 0;
    }
    repli_arena_done(&in.now.a);
    repli_arena_done(&bad.now.a);
    return s;
}
