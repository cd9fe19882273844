/* The parent's side of the decoding child.  What comes over the socket is as untrusted as the image itself: the
** child may have been taken over by it.  Every number is checked, and the pixels lie in memory that was made, sized
** and sealed here.
**
** No file's child ever decodes another file.  Starting this program anew for each would cost more than decoding a page,
** so children are born from a nursery: a process that was started by posix_spawn (none of our code ever runs in a
** copy of this process while a database is open), has loaded its libraries, and sees no byte of any file.
*/
#define _GNU_SOURCE /* memfd_create, file seals */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repli/clock.h"

#define CHILD_CONTROL 4
#define HIGH_FD       10 /* a descriptor that is to become that one waits above it */
#define HUGE          ((size_t)1 << 21)
#define KEEP_MAX      (1 << 26) /* bytes of memory that are kept for the next page */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void reap(int *pid)
{
    if (*pid > 0) {
        (void)kill(*pid, SIGKILL);
        while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    *pid = 0;
}

static void stop(struct worker *w)
{
    close_fd(&w->socket);
    reap(&w->pid);
}

static enum repli_status no_process(struct repli_err *err, int why)
{
    return repli_fail(err, REPLI_IO, "no decoding process: %s", strerror(why));
}

static enum repli_status spawn(int control, int *child, struct repli_err *err)
{
    char *const argv[] = {(char[]){"repli"}, (char[]){"--decode"}, NULL};
    char *const env[] = {(char[]){"LC_ALL=C"}, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0)
        return no_process(err, rc);
    rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, control, CHILD_CONTROL);
    if (rc == 0)
        rc = posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, env);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (rc != 0)
        return no_process(err, rc);
    *child = pid;
    return REPLI_OK;
}

static enum repli_status open_nursery(struct worker *w, struct repli_err *err)
{
    int pair[2] = {-1, -1};
    if (w->nursery > 0)
        return REPLI_OK;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return no_process(err, errno);
    int far = fcntl(pair[1], F_DUPFD_CLOEXEC, HIGH_FD);
    enum repli_status s = far >= 0 ? spawn(far, &w->nursery, err) : no_process(err, errno);
    close_fd(&far);
    close_fd(&pair[1]);
    w->control = pair[0];
    if (s != REPLI_OK)
        close_fd(&w->control);
    return s;
}

static void close_nursery(struct worker *w)
{
    close_fd(&w->control);
    reap(&w->nursery);
}

/* Sends bytes with descriptors, all or nothing. */
static bool send_with(int to, const void *data, size_t len, const int *fds, size_t nfds)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct iovec iov = {(void *)(uintptr_t)data, len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (nfds) {
        m.msg_control = &control;
        m.msg_controllen = CMSG_SPACE(nfds * sizeof *fds);
        struct cmsghdr *h = CMSG_FIRSTHDR(&m);
        *h = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(nfds * sizeof *fds), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(h), fds, nfds * sizeof *fds);
    }
    return sendmsg(to, &m, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Asks the nursery for a child on w->file; it is a child of this process.  false: the nursery is gone. */
static bool birth(struct worker *w, int far)
{
    const int fds[2] = {w->file, far};
    int32_t pid = 0;
    struct pollfd p = {w->control, POLLIN, 0};
    int n;
    if (!send_with(w->control, "+", 1, fds, 2))
        return false;
    do
        n = poll(&p, 1, (int)(w->page_seconds > 1000 ? 1000000 : w->page_seconds * 1000));
    while (n < 0 && errno == EINTR);
    if (n <= 0 || recv(w->control, &pid, sizeof pid, MSG_DONTWAIT) != (ssize_t)sizeof pid || pid <= 0)
        return false;
    w->pid = pid;
    return true;
}

static enum repli_status start(struct worker *w, struct repli_err *err)
{
    int pair[2] = {-1, -1};
    bool born = false;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return no_process(err, errno);
    enum repli_status s = REPLI_OK;
    for (int tries = 0; s == REPLI_OK && !born && tries < 2; tries++) {
        s = open_nursery(w, err);
        born = s == REPLI_OK && birth(w, pair[1]);
        if (s == REPLI_OK && !born)
            close_nursery(w);
    }
    if (s == REPLI_OK && !born)
        s = repli_fail(err, REPLI_IO, "no decoding process: the one that starts them ends at once");
    close_fd(&pair[1]);
    w->socket = pair[0];
    if (s != REPLI_OK)
        close_fd(&w->socket);
    return s;
}

static bool sane(const struct worker *w, const struct child_request *q, const struct child_reply *r)
{
    if (r->op != q->op || (r->ok != 0 && r->ok != 1) || (r->render != 0 && r->render != 1) ||
        (r->packed != 0 && r->packed != 1) || r->why < 0 || r->why >= REPLI_UNREADABLE_COUNT || r->nseen < 0 ||
        r->nseen > CODE_SEEN_MAX || !(r->dpi >= 0 && r->dpi < 100000))
        return false;
    if (q->op == CHILD_OPEN && r->ok && (r->pages < 1 || r->pages > w->limits.pages))
        return false;
    if (q->op == CHILD_PAGE && r->ok &&
        (r->width < 1 || r->height < 1 || (int64_t)r->width * r->height > w->limits.pixels))
        return false;
    for (int i = 0; i < r->nseen; i++) {
        if (memchr(r->seen[i].digits, 0, sizeof r->seen[i].digits) != r->seen[i].digits + REPLI_PAGECODE_DIGITS)
            return false;
        if (r->seen[i].pieced != 0 && r->seen[i].pieced != 1)
            return false;
        for (int k = 0; k < 8; k++)
            if (!(fabs(r->seen[i].px[k]) < 1e6))
                return false;
    }
    return true;
}

/* Asks and waits, at most page_seconds.  A child that does not answer sanely in time is killed. */
static enum worker_answer ask(struct worker *w, const struct child_request *q, int fd, struct child_reply *r)
{
    int64_t end = repli_monotonic_ms() + w->page_seconds * 1000, left;
    if (w->pid <= 0 || !send_with(w->socket, q, sizeof *q, &fd, fd >= 0)) {
        stop(w);
        return WORKER_GONE;
    }
    while ((left = end - repli_monotonic_ms()) > 0) {
        struct pollfd p = {w->socket, POLLIN, 0};
        int n = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || recv(w->socket, r, sizeof *r, MSG_DONTWAIT) != (ssize_t)sizeof *r || !sane(w, q, r))
            break;
        return r->ok ? WORKER_OK : WORKER_BAD;
    }
    stop(w);
    return WORKER_GONE;
}

static enum worker_answer ask_open(struct worker *w, struct child_reply *r)
{
    struct child_request q = {.op = CHILD_OPEN,
                              .max_pixels = w->limits.pixels,
                              .max_pages = w->limits.pages,
                              .cpu_seconds = w->limits.cpu_seconds,
                              .memory = w->limits.memory};
    return ask(w, &q, -1, r);
}

static void set_why(enum worker_answer answer, const struct child_reply *r, enum repli_unreadable *why)
{
    *why = answer == WORKER_BAD ? (enum repli_unreadable)r->why : REPLI_UNREADABLE_KILLED;
}

void repli_worker_init(struct worker *w, const struct decode_limits *limits, int64_t page_seconds, bool render)
{
    *w = (struct worker){.control = -1,
                         .socket = -1,
                         .file = -1,
                         .limits = *limits,
                         .page_seconds = page_seconds,
                         .render = render,
                         .shared = {{.fd = -1}, {.fd = -1}}};
}

enum repli_status repli_worker_open(struct worker *w, int file, enum worker_answer *answer, enum repli_unreadable *why,
                                    struct repli_err *err)
{
    struct child_reply r = {0};
    repli_worker_leave(w);
    w->file = file;
    enum repli_status s = start(w, err);
    if (s != REPLI_OK)
        return s;
    *answer = ask_open(w, &r);
    set_why(*answer, &r, why);
    w->pages = *answer == WORKER_OK ? r.pages : 0;
    return REPLI_OK;
}

/* After a crash: another child on the same file. */
static enum repli_status revive(struct worker *w, enum worker_answer *answer, struct repli_err *err)
{
    struct child_reply r = {0};
    *answer = WORKER_OK;
    if (w->pid > 0)
        return REPLI_OK;
    enum repli_status s = start(w, err);
    if (s == REPLI_OK)
        *answer = ask_open(w, &r);
    return s;
}

static void drop_memory(struct shared *m)
{
    if (m->at)
        (void)munmap(m->at, m->size);
    close_fd(&m->fd);
    *m = (struct shared){.fd = -1};
}

static enum repli_status share(struct shared *m, size_t size, struct repli_err *err)
{
    if (m->size < size || m->size > KEEP_MAX)
        drop_memory(m);
    if (!m->at) {
        m->fd = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        void *p = m->fd >= 0 && ftruncate(m->fd, (off_t)size) == 0 &&
                          fcntl(m->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0
                      ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0)
                      : MAP_FAILED;
        if (p == MAP_FAILED)
            return repli_fail(err, REPLI_IO, "no memory for a page of %zu bytes: %s", size, strerror(errno));
        m->at = p;
        m->size = size;
    }
    m->used = true;
    return REPLI_OK;
}

enum repli_status repli_worker_memory(struct worker *w, int width, int height, struct repli_err *err)
{
    enum repli_status s = share(&w->shared[0], (size_t)width * (size_t)height, err);
    w->packed = false;
    if (s == REPLI_OK)
        w->page = (struct repli_image){width, height, 8, 0, w->shared[0].at};
    return s;
}

/* Memory for the bits of a page, and for its pixels: no child writes to those. */
static enum repli_status bit_memory(struct worker *w, int width, int height, struct repli_err *err)
{
    size_t size = (size_t)width * (size_t)height;
    enum repli_status s = share(&w->shared[1], bits_row(width) * (size_t)height, err);
    if (s != REPLI_OK)
        return s;
    if (w->own_size < size || w->own_size > KEEP_MAX) {
        free(w->own);
        w->own_size = (size + HUGE - 1) / HUGE * HUGE;
        w->own = aligned_alloc(HUGE, w->own_size);
        if (!w->own) {
            w->own_size = 0;
            return repli_fail(err, REPLI_IO, "no memory for a page of %d x %d pixels", width, height);
        }
        (void)madvise(w->own, w->own_size, MADV_HUGEPAGE); /* fields lie on a thousand small pages */
    }
    w->packed = true;
    w->page = (struct repli_image){width, height, 1, 0, w->own};
    return REPLI_OK;
}

static enum worker_answer ask_pixels(struct worker *w, bool decode, struct child_reply *r)
{
    struct child_request q = {.op = CHILD_PIXELS,
                              .width = w->page.width,
                              .height = w->page.height,
                              .decode = decode,
                              .packed = w->packed,
                              .bits = w->page.bits,
                              .dpi = w->page.dpi};
    return ask(w, &q, w->shared[w->packed].fd, r);
}

/* A page without pixels of its own. */
static enum repli_status draw(struct worker *w, int page, enum worker_answer *answer, enum repli_unreadable *why,
                              struct repli_err *err)
{
    *answer = WORKER_BAD;
    *why = REPLI_UNREADABLE_TYPE;
    enum repli_status s = w->render ? repli_render_page(w, page, answer, why, err) : REPLI_OK;
    if (s == REPLI_OK && *answer == WORKER_OK) {
        w->page.dpi = PDF_RENDER_DPI;
        w->page.bits = repli_decode_two_levels(w->page.gray, w->page.width, w->page.height) ? 1 : 8;
    }
    return s;
}

enum repli_status repli_worker_page(struct worker *w, int page, enum worker_answer *answer, enum repli_unreadable *why,
                                    struct repli_err *err)
{
    struct child_reply r = {0};
    struct child_request q = {.op = CHILD_PAGE, .page = page};
    *why = REPLI_UNREADABLE_KILLED;
    enum repli_status s = revive(w, answer, err);
    if (s != REPLI_OK || *answer != WORKER_OK)
        return s;
    *answer = ask(w, &q, -1, &r);
    if (*answer == WORKER_OK && r.render) {
        s = draw(w, page, answer, why, err);
        if (s != REPLI_OK || *answer != WORKER_OK)
            return s;
        *answer = ask_pixels(w, false, &r);
    } else if (*answer == WORKER_OK) {
        s = r.packed ? bit_memory(w, r.width, r.height, err) : repli_worker_memory(w, r.width, r.height, err);
        if (s != REPLI_OK)
            return s;
        *answer = ask_pixels(w, true, &r);
        w->page.bits = w->packed || r.bits == 1 ? 1 : 8;
        w->page.dpi = r.dpi;
        if (w->packed && *answer == WORKER_OK)
            repli_bits_unpack(w->shared[1].at, w->page.width, w->page.height, 0, 255, w->own);
    }
    set_why(*answer, &r, why);
    return REPLI_OK;
}

enum repli_status repli_worker_codes(struct worker *w, enum code_stage stage, struct code_seen out[CODE_SEEN_MAX],
                                     size_t *count, enum worker_answer *answer, struct repli_err *err)
{
    struct child_reply r = {0};
    struct child_request q = {.op = CHILD_CODE, .stage = (int32_t)stage};
    bool fresh = w->pid <= 0;
    *count = 0;
    enum repli_status s = revive(w, answer, err);
    if (s == REPLI_OK && *answer == WORKER_OK && fresh)
        *answer = ask_pixels(w, false, &r);
    if (s != REPLI_OK || *answer != WORKER_OK)
        return s;
    *answer = ask(w, &q, -1, &r);
    if (*answer == WORKER_OK) {
        *count = (size_t)r.nseen;
        memcpy(out, r.seen, (size_t)r.nseen * sizeof *out);
    }
    return REPLI_OK;
}

void repli_worker_leave(struct worker *w)
{
    stop(w);
    for (size_t i = 0; i < 2; i++) {
        if (w->shared[i].used) /* the next file's child must not see this file's pages, nor what larger ones left */
            memset(w->shared[i].at, 0, w->shared[i].size);
        w->shared[i].used = false;
    }
    w->page = (struct repli_image){0};
    w->pages = 0;
    w->file = -1;
}

void repli_worker_rest(struct worker *w)
{
    stop(w);
    drop_memory(&w->shared[0]);
    drop_memory(&w->shared[1]);
    free(w->own);
    w->own = NULL;
    w->own_size = 0;
    w->page = (struct repli_image){0};
    w->pages = 0;
    w->file = -1;
}

void repli_worker_close(struct worker *w)
{
    repli_worker_rest(w);
    close_nursery(w);
}
