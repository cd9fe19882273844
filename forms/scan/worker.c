/* The parent's side of the decoding child.  What comes over the socket is as untrusted as the image itself: the
** child may have been taken over by it.  Every number is checked, and the pixels lie in memory that was made, sized
** and sealed here.
**
** The child is started by posix_spawn: none of our code ever runs in a copy of this process while a database is
** open.
*/
#define _GNU_SOURCE /* memfd_create, file seals */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repli/clock.h"

#define CHILD_FILE   3
#define CHILD_SOCKET 4
#define HIGH_FD      10 /* descriptors that are to become 3 and 4 wait above these */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void stop(struct worker *w)
{
    close_fd(&w->socket);
    if (w->pid > 0) {
        (void)kill(w->pid, SIGKILL);
        while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    w->pid = 0;
}

static enum repli_status spawn(struct worker *w, int file, int socket_, struct repli_err *err)
{
    char *const argv[] = {(char[]){"repli"}, (char[]){"--decode"}, NULL};
    char *const env[] = {(char[]){"LC_ALL=C"}, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0)
        return repli_fail(err, REPLI_IO, "no decoding process: %s", strerror(rc));
    rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, file, CHILD_FILE);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, socket_, CHILD_SOCKET);
    if (rc == 0)
        rc = posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, env);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (rc != 0)
        return repli_fail(err, REPLI_IO, "no decoding process: %s", strerror(rc));
    w->pid = pid;
    return REPLI_OK;
}

static enum repli_status start(struct worker *w, struct repli_err *err)
{
    int pair[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return repli_fail(err, REPLI_IO, "no socket for a decoding process: %s", strerror(errno));
    int file = fcntl(w->file, F_DUPFD_CLOEXEC, HIGH_FD), far = fcntl(pair[1], F_DUPFD_CLOEXEC, HIGH_FD);
    enum repli_status s = file >= 0 && far >= 0 ? spawn(w, file, far, err)
                                                : repli_fail(err, REPLI_IO, "too many open files: %s", strerror(errno));
    close_fd(&file);
    close_fd(&far);
    close_fd(&pair[1]);
    w->socket = pair[0];
    if (s != REPLI_OK)
        close_fd(&w->socket);
    return s;
}

static bool send_request(const struct worker *w, const struct child_request *q, int fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct child_request copy = *q;
    struct iovec iov = {&copy, sizeof copy};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0) {
        m.msg_control = &control;
        m.msg_controllen = sizeof control;
        struct cmsghdr *h = CMSG_FIRSTHDR(&m);
        *h = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(h), &fd, sizeof fd);
    }
    return sendmsg(w->socket, &m, MSG_NOSIGNAL) == (ssize_t)sizeof copy;
}

static bool sane(const struct worker *w, const struct child_request *q, const struct child_reply *r)
{
    if (r->op != q->op || (r->ok != 0 && r->ok != 1) || (r->render != 0 && r->render != 1) || r->why < 0 ||
        r->why >= REPLI_UNREADABLE_COUNT || r->nseen < 0 || r->nseen > CODE_SEEN_MAX ||
        !(r->dpi >= 0 && r->dpi < 100000))
        return false;
    if (q->op == CHILD_OPEN && r->ok && (r->pages < 1 || r->pages > w->limits.pages))
        return false;
    if (q->op == CHILD_PAGE && r->ok &&
        (r->width < 1 || r->height < 1 || (int64_t)r->width * r->height > w->limits.pixels))
        return false;
    for (int i = 0; i < r->nseen; i++) {
        if (memchr(r->seen[i].digits, 0, sizeof r->seen[i].digits) != r->seen[i].digits + REPLI_PAGECODE_DIGITS)
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
    if (w->pid <= 0 || !send_request(w, q, fd)) {
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

enum repli_status repli_worker_open(struct worker *w, int file, const struct decode_limits *limits,
                                    int64_t page_seconds, enum worker_answer *answer, enum repli_unreadable *why,
                                    struct repli_err *err)
{
    struct child_reply r = {0};
    *w = (struct worker){.socket = -1, .file = file, .limits = *limits, .page_seconds = page_seconds, .memory = -1};
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

static void drop_page(struct worker *w)
{
    if (w->page.gray)
        (void)munmap(w->page.gray, w->mapped);
    w->page = (struct repli_image){0};
    close_fd(&w->memory);
}

enum repli_status repli_worker_memory(struct worker *w, int width, int height, struct repli_err *err)
{
    drop_page(w);
    w->mapped = (size_t)width * (size_t)height;
    w->memory = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (w->memory < 0 || ftruncate(w->memory, (off_t)w->mapped) != 0 ||
        fcntl(w->memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return repli_fail(err, REPLI_IO, "no memory for a page of %d x %d pixels: %s", width, height, strerror(errno));
    void *p = mmap(NULL, w->mapped, PROT_READ, MAP_SHARED, w->memory, 0);
    if (p == MAP_FAILED)
        return repli_fail(err, REPLI_IO, "no memory for a page of %d x %d pixels: %s", width, height, strerror(errno));
    w->page = (struct repli_image){width, height, 8, 0, p};
    return REPLI_OK;
}

static enum worker_answer ask_pixels(struct worker *w, bool decode, struct child_reply *r)
{
    struct child_request q = {.op = CHILD_PIXELS,
                              .width = w->page.width,
                              .height = w->page.height,
                              .decode = decode,
                              .bits = w->page.bits,
                              .dpi = w->page.dpi};
    return ask(w, &q, w->memory, r);
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
        s = repli_worker_memory(w, r.width, r.height, err);
        if (s != REPLI_OK)
            return s;
        *answer = ask_pixels(w, true, &r);
        w->page.bits = r.bits == 1 ? 1 : 8;
        w->page.dpi = r.dpi;
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

void repli_worker_close(struct worker *w)
{
    stop(w);
    drop_page(w);
}
