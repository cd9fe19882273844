/* What the pool and its decoding children owe each other: limits that are really set, memory that holds nothing of
** another file, and no more pages in hand than there is room for. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <tiffio.h>

#include "repli/file.h"
#include "scan/decode.h"
#include "support/picture.h"
#include "support/prng.h"
#include "support/scancase.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

#define NOISES 8
#define PAGES  60 /* of the file with a slow first page */
#define JOBS   2
#define AHEAD  4 /* as in pool.c: pages a thread */

struct told {
    size_t lines;
    char outcome[PAGES + 4][48]; /* "outcome/reason" */
};

static void keep_line(void *user, const struct repli_scan_line *line)
{
    struct told *t = user;
    assert_true(t->lines < sizeof t->outcome / sizeof *t->outcome);
    (void)snprintf(t->outcome[t->lines++], sizeof t->outcome[0], "%s%s%s", repli_outcome_text(line->outcome),
                   line->reason ? "/" : "", line->reason ? line->reason : "");
}

static size_t descriptors(void)
{
    char **names = NULL;
    size_t n = 0;
    struct repli_arena a = {0};
    assert_int_equal(repli_dir_list("/proc/self/fd", &a, &names, &n, NULL), REPLI_OK);
    repli_arena_done(&a);
    return n;
}

/* Whatever became of the children: none is left, dead or alive, and no descriptor. */
static struct told scan(size_t jobs)
{
    size_t before = descriptors();
    struct told t = {0};
    struct repli_err err = {0};
    struct repli_scan_result r = {0};
    const char *const paths[] = {scancase.in};
    struct repli_scan_request q = {.paths = paths, .npaths = 1, .jobs = jobs, .line = keep_line, .user = &t};
    enum repli_status s = repli_scan_batch(scancase.site, scancase.ledger, &q, &r, &err);
    if (s != REPLI_OK && s != REPLI_WAITS)
        fail_msg("%s", err.text);
    assert_int_equal(descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    return t;
}

/* The ledger knows no image any more: the same file is decoded again. */
static void forget(void)
{
    scancase_teardown(NULL);
    assert_int_equal(scancase_setup(NULL), 0);
}

/* Pages of noise, each another one: they cost time to look at. */
static void put_noise(const char *name)
{
    char path[600];
    struct prng r;
    enum { SIDE = 2000 };
    static uint8_t row[SIDE];
    prng_seed(&r, 5, 5);
    (void)snprintf(path, sizeof path, "%s/%s", scancase.in, name);
    TIFF *t = TIFFOpen(path, "w");
    assert_non_null(t);
    for (int page = 0; page < NOISES; page++) {
        (void)TIFFSetField(t, TIFFTAG_IMAGEWIDTH, SIDE);
        (void)TIFFSetField(t, TIFFTAG_IMAGELENGTH, SIDE);
        (void)TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 8);
        (void)TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
        (void)TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
        for (uint32_t y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x += 8) {
                uint64_t bits = prng_next(&r);
                memcpy(row + x, &bits, 8);
            }
            assert_int_equal(TIFFWriteScanline(t, row, y, 0), 1);
        }
        assert_int_equal(TIFFWriteDirectory(t), 1);
    }
    TIFFClose(t);
}

/* While it decoded, or while it looked for a code. */
static size_t ended(const struct told *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->lines; i++)
        n += strcmp(t->outcome[i], "unreadable/killed") == 0 || strstr(t->outcome[i], "was stopped") != NULL;
    return n;
}

/* scan_cpu_seconds, of all pages of a file: a child that computes longer is ended, and the page it was at says so; with
** time enough every page is looked at to its end. */
static void time_ends_a_child(void **state)
{
    (void)state;
    put_noise("noise.tif");
    scancase_scan("page.png", scancase_sheet(0), 0, 1);
    scancase.site->scan_cpu_seconds = 1;
    struct told t = scan(1);
    assert_int_equal(t.lines, NOISES + 1);
    assert_true(ended(&t) > 0 && ended(&t) < NOISES);
    assert_string_equal(t.outcome[NOISES], "read");
    forget();
    put_noise("noise.tif");
    t = scan(1);
    assert_int_equal(t.lines, NOISES);
    assert_int_equal(ended(&t), 0);
}

/* scan_memory, beside the pixels of a page: a child gets no more. */
static void memory_ends_a_child(void **state)
{
    (void)state;
#ifdef HAVE_ASAN
    skip(); /* a sanitizer's shadow is larger than any limit */
#endif
    scancase_scan("page.png", scancase_sheet(0), 0, 1);
    scancase.site->scan_max_pixels = 4000000;
    scancase.site->scan_memory = 1;
    struct told t = scan(1);
    assert_int_equal(t.lines, 1);
    assert_string_equal(t.outcome[0], "unreadable/killed");
    forget();
    scancase_scan("page.png", scancase_sheet(0), 0, 1);
    scancase.site->scan_max_pixels = 4000000;
    scancase.site->scan_memory = 128 << 20;
    t = scan(1);
    assert_string_equal(t.outcome[0], "read");
}

/* A large page, then a small one, and the next file's child gets the same memory: with nothing of either in it.  The
** memory for bits is another one. */
static void memory_is_handed_on_empty(void **state)
{
    (void)state;
    scancase_file("a", "LEAVE", 5);
    scancase_file("b", "LBITS", 5);
    scancase_file("c", "PEEK", 4);
    scancase_file("d", "PBITS", 5);
    struct told t = scan(1);
    assert_int_equal(t.lines, 6);
    assert_string_equal(t.outcome[4], "unreadable/truncated"); /* limit: it saw something */
    assert_string_equal(t.outcome[5], "unreadable/truncated");
}

static void path_of_notes(char path[64], pid_t of)
{
    (void)snprintf(path, 64, "/tmp/repli-children-%ld", (long)of);
}

/* A file whose first page takes its time: the others do not all pile up behind it. */
static void a_slow_page_holds_the_others_back(void **state)
{
    (void)state;
    char path[64], *notes = NULL;
    size_t len = 0;
    path_of_notes(path, getpid());
    (void)unlink(path);
    scancase_file("a", "SLOW", 4);
    struct told t = scan(JOBS);
    assert_int_equal(t.lines, PAGES);
    assert_int_equal(repli_file_read(path, 4096, &scancase.arena, &notes, &len, NULL), REPLI_OK);
    (void)unlink(path);
    assert_int_equal(len, PAGES);
    const char *slow = strchr(notes, 'S');
    assert_non_null(slow);
    if (slow - notes > AHEAD * JOBS)
        fail_msg("%d pages were finished before the first", (int)(slow - notes));
}

static char *incoming(const char *name, int64_t age_s)
{
    char *path = repli_arena_printf(&scancase.arena, "%s/%s", scancase.site->scans, name);
    int64_t then = repli_clock_now(&scancase.site->clock) - age_s;
    const struct timespec times[2] = {{.tv_sec = (time_t)then}, {.tv_sec = (time_t)then}};
    assert_int_equal(repli_file_write(path, "half", 4, 0600, NULL), REPLI_OK);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    return path;
}

/* What a killed process was copying goes; what another one may be copying right now, and every image, stays. */
static void half_copies_go(void **state)
{
    (void)state;
    struct repli_err err = {0};
    assert_int_equal(repli_dir_make(scancase.site->scans, 0700, &err), REPLI_OK);
    pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    assert_int_equal(waitpid(dead, NULL, 0), dead);
    const char *const mine =
        incoming(repli_arena_printf(&scancase.arena, ".incoming-%ld-0", (long)getpid()), 2 * 86400);
    const char *old = incoming(repli_arena_printf(&scancase.arena, ".incoming-%ld-0", (long)dead), 2 * 86400),
               *fresh = incoming(repli_arena_printf(&scancase.arena, ".incoming-%ld-1", (long)dead), 3600),
               *image = incoming("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 9 * 86400);
    repli_scan_leftovers(scancase.site);
    assert_false(repli_file_exists(old));
    assert_true(repli_file_exists(fresh) && repli_file_exists(mine));
    assert_true(repli_file_exists(image));
}

/* ---- this program as a decoding child */

static bool hear(int socket_, struct child_request *q, int *fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec iov = {q, sizeof *q};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(socket_, &m, 0);
    const struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    *fd = -1;
    if (h)
        memcpy(fd, CMSG_DATA(h), sizeof *fd);
    return n == (ssize_t)sizeof *q;
}

/* All of the memory that was handed over, whatever the page's size. */
static bool look_into(int fd, bool leave)
{
    struct stat st;
    bool found = false;
    if (fd < 0 || fstat(fd, &st) != 0)
        _exit(8);
    uint8_t *p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        _exit(8);
    for (off_t i = 0; i < st.st_size; i++)
        found = found || p[i] != 0;
    if (leave)
        memset(p, 0x5A, (size_t)st.st_size);
    (void)munmap(p, (size_t)st.st_size);
    return found;
}

static void take_note(char what)
{
    char path[64];
    path_of_notes(path, getppid());
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || write(fd, &what, 1) != 1)
        _exit(8);
    (void)close(fd);
}

static void reply(const char *who, const struct child_request *q, int fd, struct child_reply *r)
{
    bool leave = who[0] == 'L', peek = who[0] == 'P';
    *r = (struct child_reply){.op = q->op, .ok = 1, .why = REPLI_UNREADABLE_TRUNCATED};
    if (q->op == CHILD_OPEN) {
        r->pages = strcmp(who, "SLOW") == 0 ? PAGES : leave ? 2 : 1;
    } else if (q->op == CHILD_PAGE && strcmp(who, "SLOW") == 0) {
        if (q->page == 1)
            (void)usleep(400000);
        take_note(q->page == 1 ? 'S' : '.');
        r->ok = 0;
    } else if (q->op == CHILD_PAGE) {
        r->width = r->height = leave && q->page == 1 ? 1000 : 10;
        r->packed = strcmp(who + 1, "BITS") == 0;
    } else {
        r->ok = 0;
        if (q->op == CHILD_PIXELS && look_into(fd, leave) && peek)
            r->why = REPLI_UNREADABLE_LIMIT;
    }
}

static int child(int file, int socket_)
{
    char who[8] = {0};
    struct child_request q;
    struct child_reply r;
    int fd = -1;
    if (pread(file, who, 5, 0) < 0)
        return 1;
    if (strcmp(who, "LEAVE") != 0 && strcmp(who, "PEEK") != 0 && strcmp(who + 1, "BITS") != 0 &&
        strcmp(who, "SLOW") != 0)
        return -1;
    while (hear(socket_, &q, &fd)) {
        reply(who, &q, fd, &r);
        if (fd >= 0)
            (void)close(fd);
        if (send(socket_, &r, sizeof r, MSG_NOSIGNAL) != (ssize_t)sizeof r)
            break;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--decode") == 0)
        return repli_nursery_main(child);
#define TEST(name) cmocka_unit_test_setup_teardown(name, scancase_setup, scancase_teardown)
    const struct CMUnitTest tests[] = {
        TEST(time_ends_a_child),
        TEST(memory_ends_a_child),
        TEST(memory_is_handed_on_empty),
        TEST(a_slow_page_holds_the_others_back),
        TEST(half_copies_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
