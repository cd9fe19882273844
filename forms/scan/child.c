/* The decoding child: one image file, one socket to the parent.  It decodes foreign bytes and looks for page codes,
** holds no key and no database, and writes nothing but the pixels that the parent gave it room for.  Whatever goes
** wrong in here costs one page (or one stage of one page), never the batch.
**
** Children are born from the nursery, which is this program started anew: it has a socket to the parent on descriptor 4
** and never sees a file's bytes.  Before a child looks at its file it gives up everything but memory and its socket
** (sandbox.c); where the kernel takes no filters, the limits of memory, files and processes remain.
*/
#define _GNU_SOURCE /* MAP_POPULATE, clone */
#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"

#define CONTROL_FD 4

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

struct child {
    int fd, socket;
    const struct sandbox *boxes; /* by decode_kind */
    struct decoder d;
    bool open;
    uint8_t *file;
    size_t file_len;
    struct repli_image page; /* gray: shared with the parent; NULL = none, or bits are */
    uint8_t *bits;
    size_t mapped;
};

static bool limit(__rlimit_resource_t what, uint64_t value)
{
    struct rlimit r = {(rlim_t)value, (rlim_t)value};
    return setrlimit(what, &r) == 0;
}

/* Memory for the pixels of the largest page three times over (colours) and for the program itself. */
static bool limit_memory(int64_t memory, int64_t max_pixels)
{
#ifdef HAVE_ASAN
    (void)memory, (void)max_pixels; /* its shadow is larger than any limit */
    return true;
#else
    return limit(RLIMIT_AS, (uint64_t)memory + 4 * (uint64_t)max_pixels);
#endif
}

static bool map_file(struct child *c)
{
    struct stat st;
    if (fstat(c->fd, &st) != 0 || st.st_size < 0)
        return false;
    c->file_len = (size_t)st.st_size;
    if (c->file_len == 0)
        return true;
    void *p = mmap(NULL, c->file_len, PROT_READ, MAP_PRIVATE, c->fd, 0);
    c->file = p == MAP_FAILED ? NULL : p;
    return c->file != NULL;
}

static double cpu_ms(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0 ? (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6 : 0;
}

/* One message of exactly `len` bytes; fds get the descriptors that came with it, or -1.  false: the sender has gone. */
static bool receive(int from, void *data, size_t len, int *fds, size_t nfds)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct iovec iov = {data, len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n;
    for (size_t i = 0; i < nfds; i++)
        fds[i] = -1;
    do
        n = recvmsg(from, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    for (struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&m) : NULL; h; h = CMSG_NXTHDR(&m, h))
        if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS && h->cmsg_len == CMSG_LEN(nfds * sizeof *fds))
            memcpy(fds, CMSG_DATA(h), nfds * sizeof *fds);
    return n == (ssize_t)len;
}

static void drop_page(struct child *c)
{
    if (c->page.gray || c->bits)
        (void)munmap(c->bits ? c->bits : c->page.gray, c->mapped);
    c->page = (struct repli_image){0};
    c->bits = NULL;
}

static bool take_memory(struct child *c, const struct child_request *q, int fd)
{
    struct stat st;
    drop_page(c);
    if (fd < 0 || q->width < 1 || q->height < 1)
        return false;
    c->mapped = (q->packed ? bits_row(q->width) : (size_t)q->width) * (size_t)q->height;
    void *p = fstat(fd, &st) == 0 && (size_t)st.st_size >= c->mapped
                  ? mmap(NULL, c->mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0)
                  : MAP_FAILED;
    if (p == MAP_FAILED)
        return false;
    c->page = (struct repli_image){q->width, q->height, q->bits, q->dpi, q->packed ? NULL : p};
    c->bits = q->packed ? p : NULL;
    return true;
}

static bool do_open(struct child *c, const struct child_request *q)
{
    struct decode_limits limits = {.pixels = q->max_pixels, .pages = q->max_pages};
    /* Of many pages; the parent's wall clock watches each one. */
    if (q->cpu_seconds < 1 || q->memory < 1 || !limit(RLIMIT_CPU, (uint64_t)q->cpu_seconds) ||
        !limit_memory(q->memory, q->max_pixels) || !map_file(c))
        return decode_fail(&c->d, REPLI_UNREADABLE_KILLED);
    c->open = true;
    (void)repli_sandbox_enter(&c->boxes[repli_decode_kind(c->file, c->file_len)]);
    return repli_decode_open(&c->d, c->file, c->file_len, &limits);
}

static bool do_pixels(struct child *c, const struct child_request *q, int fd)
{
    if (!take_memory(c, q, fd))
        return decode_fail(&c->d, REPLI_UNREADABLE_LIMIT);
    if (!q->decode)
        return true;
    if (q->width != c->d.width || q->height != c->d.height)
        return decode_fail(&c->d, REPLI_UNREADABLE_TRUNCATED);
    if (!(c->bits ? repli_decode_bits(&c->d, c->bits) : repli_decode_pixels(&c->d, c->page.gray)))
        return false;
    c->page.bits = c->d.bits;
    c->page.dpi = c->d.dpi;
    return true;
}

static void answer(struct child *c, const struct child_request *q, int fd, struct child_reply *r)
{
    bool ok = false;
    *r = (struct child_reply){.op = q->op};
    switch (q->op) {
    case CHILD_OPEN:
        ok = !c->open && do_open(c, q);
        r->pages = c->d.pages;
        break;
    case CHILD_PAGE:
        ok = c->open && repli_decode_page(&c->d, q->page);
        break;
    case CHILD_PIXELS:
        ok = c->open && do_pixels(c, q, fd);
        break;
    case CHILD_CODE:
        ok = (c->page.gray || c->bits) && q->stage >= 0 && q->stage < CODE_STAGES;
        if (ok)
            r->nseen = (int32_t)(c->bits ? repli_code_find_bits(&c->page, c->bits, (enum code_stage)q->stage, r->seen)
                                         : repli_code_find(&c->page, (enum code_stage)q->stage, r->seen));
        break;
    default:
        break;
    }
    r->ok = ok;
    r->why = (int32_t)c->d.why;
    r->width = c->d.width;
    r->height = c->d.height;
    r->render = c->d.render;
    r->packed = c->d.packed;
    r->bits = c->page.bits;
    r->dpi = c->d.dpi;
    r->cpu_ms = cpu_ms();
}

/* A child's life. */
static int serve(int file, int socket_, const struct sandbox *boxes)
{
    struct child c = {.fd = file, .socket = socket_, .boxes = boxes};
    struct child_request q;
    struct child_reply r;
    int fd = -1;
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_NOFILE, 16) || !limit(RLIMIT_NPROC, 0))
        return REPLI_IO;
    while (receive(c.socket, &q, sizeof q, &fd, 1)) {
        answer(&c, &q, fd, &r);
        if (fd >= 0)
            (void)close(fd);
        if (send(c.socket, &r, sizeof r, MSG_NOSIGNAL) != (ssize_t)sizeof r)
            break;
    }
    drop_page(&c);
    repli_decode_close(&c.d);
    return REPLI_OK;
}

/* A copy of this process that is a child of our parent, who can then wait for it and end it. */
static pid_t twin(void)
{
    return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* zbar asks for these conversions with every symbol it reads, and the C library opens files for each the first time:
** children may open nothing.  They stay open, for all children. */
static void warm(void)
{
    static const char *const from[] = {"ISO8859-1", "SJIS", "BIG5", "BIG-5", "UTF-8", "CP437"};
    static iconv_t kept[sizeof from / sizeof *from];
    for (size_t i = 0; i < sizeof from / sizeof *from; i++)
        kept[i] = iconv_open("UTF-8", from[i]);
    (void)kept;
}

int repli_nursery_main(int (*instead)(int file, int socket_))
{
    struct sandbox boxes[DECODE_KINDS];
    char word;
    int fds[2];
    warm();
    for (int k = 0; k < DECODE_KINDS; k++)
        repli_sandbox_make(&boxes[k], (enum decode_kind)k);
    while (receive(CONTROL_FD, &word, 1, fds, 2) && fds[0] >= 0 && fds[1] >= 0) {
        int32_t pid = (int32_t)twin();
        if (pid == 0) {
            (void)close(CONTROL_FD);
            int end = instead ? instead(fds[0], fds[1]) : -1;
            return end >= 0 ? end : serve(fds[0], fds[1], boxes);
        }
        (void)close(fds[0]);
        (void)close(fds[1]);
        if (send(CONTROL_FD, &pid, sizeof pid, MSG_NOSIGNAL) != (ssize_t)sizeof pid)
            break;
    }
    for (int k = 0; k < DECODE_KINDS; k++)
        repli_sandbox_done(&boxes[k]);
    return REPLI_OK;
}

int repli_decode_main(void)
{
    return repli_nursery_main(NULL);
}
