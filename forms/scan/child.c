/* The decoding child: one image file on descriptor 3, a socket to the parent on 4.  It decodes foreign bytes and
** looks for page codes, holds no key and no database, and writes nothing but the pixels that the parent gave it
** room for.  Whatever goes wrong in here costs one page (or one stage of one page), never the batch.
*/
#define _DEFAULT_SOURCE /* MAP_POPULATE */
#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_FD   3
#define SOCKET_FD 4

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

struct child {
    struct decoder d;
    bool open;
    uint8_t *file;
    size_t file_len;
    struct repli_image page; /* gray: shared with the parent; NULL = none */
    size_t mapped;
};

static bool limit(int what, uint64_t value)
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
    if (fstat(FILE_FD, &st) != 0 || st.st_size < 0)
        return false;
    c->file_len = (size_t)st.st_size;
    if (c->file_len == 0)
        return true;
    void *p = mmap(NULL, c->file_len, PROT_READ, MAP_PRIVATE, FILE_FD, 0);
    c->file = p == MAP_FAILED ? NULL : p;
    return c->file != NULL;
}

static double cpu_ms(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0 ? (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6 : 0;
}

/* One request; *fd is the memory that came with it, or -1.  false: the parent has gone. */
static bool receive(struct child_request *q, int *fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec iov = {q, sizeof *q};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n;
    *fd = -1;
    do
        n = recvmsg(SOCKET_FD, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    for (struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&m) : NULL; h; h = CMSG_NXTHDR(&m, h))
        if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS)
            memcpy(fd, CMSG_DATA(h), sizeof *fd);
    return n == (ssize_t)sizeof *q;
}

static void drop_page(struct child *c)
{
    if (c->page.gray)
        (void)munmap(c->page.gray, c->mapped);
    c->page = (struct repli_image){0};
}

static bool take_memory(struct child *c, const struct child_request *q, int fd)
{
    struct stat st;
    drop_page(c);
    if (fd < 0 || q->width < 1 || q->height < 1)
        return false;
    c->mapped = (size_t)q->width * (size_t)q->height;
    void *p = fstat(fd, &st) == 0 && (size_t)st.st_size >= c->mapped
                  ? mmap(NULL, c->mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0)
                  : MAP_FAILED;
    if (p == MAP_FAILED)
        return false;
    c->page = (struct repli_image){q->width, q->height, q->bits, q->dpi, p};
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
    if (!repli_decode_pixels(&c->d, c->page.gray))
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
        ok = c->page.gray && q->stage >= 0 && q->stage < CODE_STAGES;
        if (ok)
            r->nseen = (int32_t)repli_code_find(&c->page, (enum code_stage)q->stage, r->seen);
        break;
    default:
        break;
    }
    r->ok = ok;
    r->why = (int32_t)c->d.why;
    r->width = c->d.width;
    r->height = c->d.height;
    r->render = c->d.render;
    r->bits = c->page.bits;
    r->dpi = c->d.dpi;
    r->cpu_ms = cpu_ms();
}

int repli_decode_main(void)
{
    struct child c = {0};
    struct child_request q;
    struct child_reply r;
    int fd = -1;
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_NOFILE, 16) || !limit(RLIMIT_NPROC, 0))
        return REPLI_IO;
    while (receive(&q, &fd)) {
        answer(&c, &q, fd, &r);
        if (fd >= 0)
            (void)close(fd);
        if (send(SOCKET_FD, &r, sizeof r, MSG_NOSIGNAL) != (ssize_t)sizeof r)
            break;
    }
    drop_page(&c);
    repli_decode_close(&c.d);
    return REPLI_OK;
}
