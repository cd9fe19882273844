/* Pages of a PDF that are more than one scanned image: pdftoppm draws them, in a child with limits of its own.  What
** it writes is as untrusted as the PDF: a header of sizes that are checked, then exactly that many grays.
*/
#define _GNU_SOURCE /* RLIMIT_NPROC, pipe2 */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pdf.h"
#include "repli/clock.h"
#include "sandbox.h"

#define RENDER_FILE 3
#define NO_RENDERER 127 /* exit status */
#define CHUNK       65536
#define HEAD_MAX    64

struct pipe_in {
    int fd;
    int64_t end_ms;
    uint8_t buf[CHUNK];
    size_t at, len;
};

/* More bytes of the picture.  false: its end, or the time is over. */
static bool more(struct pipe_in *in)
{
    int64_t left;
    while ((left = in->end_ms - repli_monotonic_ms()) > 0) {
        struct pollfd p = {in->fd, POLLIN, 0};
        int n = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        ssize_t got = n > 0 ? read(in->fd, in->buf, sizeof in->buf) : -1;
        if ((n < 0 || got < 0) && n != 0 && errno == EINTR)
            continue;
        in->at = 0;
        in->len = got > 0 ? (size_t)got : 0;
        return got > 0;
    }
    return false;
}

/* "P5 width height 255" and one white space. */
static bool head(struct pipe_in *in, int size[2])
{
    char text[HEAD_MAX];
    size_t n = 0;
    int words = 0, max = 0, used = 0;
    while (words < 4) {
        if (n + 1 == sizeof text || (in->at == in->len && !more(in)))
            return false;
        text[n++] = (char)in->buf[in->at++];
        words += (text[n - 1] == ' ' || text[n - 1] == '\n') && n > 1;
    }
    text[n] = 0;
    return sscanf(text, "P5 %9d %9d %9d%n", &size[0], &size[1], &max, &used) == 3 && max == 255 &&
           (size_t)used + 1 == n && size[0] > 0 && size[1] > 0;
}

static bool pixels(struct pipe_in *in, const struct worker *w)
{
    size_t done = 0, size = (size_t)w->page.width * (size_t)w->page.height;
    while (done < size) {
        if (in->at == in->len && !more(in))
            return false;
        size_t n = in->len - in->at < size - done ? in->len - in->at : size - done;
        ssize_t put = pwrite(w->shared[0].fd, in->buf + in->at, n, (off_t)done);
        if (put <= 0)
            return false;
        done += (size_t)put;
        in->at += (size_t)put;
    }
    return true;
}

static enum repli_status start(const struct worker *w, int page, int out, pid_t *pid, struct repli_err *err)
{
    char number[16], seconds[24], room[24];
    (void)snprintf(number, sizeof number, "%d", page);
    (void)snprintf(seconds, sizeof seconds, "%lld", (long long)w->page_seconds);
    (void)snprintf(room, sizeof room, "%lld", (long long)w->limits.pixels);
    char *const argv[] = {(char[]){"repli"}, (char[]){"--render"}, number, seconds, room, NULL};
    char *const env[] = {(char[]){"LC_ALL=C"}, NULL};
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0)
        return repli_fail(err, REPLI_IO, "no drawing process: %s", strerror(rc));
    rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, out, 1);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, w->file, RENDER_FILE);
    if (rc == 0)
        rc = posix_spawn(pid, "/proc/self/exe", &actions, NULL, argv, env);
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc == 0 ? REPLI_OK : repli_fail(err, REPLI_IO, "no drawing process: %s", strerror(rc));
}

/* Reads the picture into w->page. */
static enum repli_status take(struct worker *w, struct pipe_in *in, bool *ok, enum repli_unreadable *why,
                              struct repli_err *err)
{
    int size[2];
    *ok = false;
    *why = REPLI_UNREADABLE_TRUNCATED;
    if (!head(in, size))
        return REPLI_OK;
    *why = REPLI_UNREADABLE_LIMIT;
    if (size[0] > 65535 || size[1] > 65535 || (int64_t)size[0] * size[1] > w->limits.pixels)
        return REPLI_OK;
    enum repli_status s = repli_worker_memory(w, size[0], size[1], err);
    *why = REPLI_UNREADABLE_TRUNCATED;
    *ok = s == REPLI_OK && pixels(in, w);
    return s;
}

/* Ends the child; how it ended decides between the reasons. */
static void reap(pid_t pid, bool ok, bool late, enum repli_unreadable *why)
{
    int status = 0;
    if (late || ok)
        (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_RENDERER)
        *why = REPLI_UNREADABLE_TYPE;
    else if (late || WIFSIGNALED(status))
        *why = REPLI_UNREADABLE_KILLED;
}

enum repli_status repli_render_page(struct worker *w, int page, enum worker_answer *answer, enum repli_unreadable *why,
                                    struct repli_err *err)
{
    int pipe_[2];
    pid_t pid = 0;
    bool ok = false;
    if (pipe2(pipe_, O_CLOEXEC) != 0)
        return repli_fail(err, REPLI_IO, "no pipe for a drawing process: %s", strerror(errno));
    struct pipe_in *in = repli_xcalloc(1, sizeof *in);
    in->fd = pipe_[0];
    in->end_ms = repli_monotonic_ms() + w->page_seconds * 1000;
    enum repli_status s = start(w, page, pipe_[1], &pid, err);
    (void)close(pipe_[1]);
    if (s == REPLI_OK)
        s = take(w, in, &ok, why, err);
    bool late = repli_monotonic_ms() >= in->end_ms;
    (void)close(pipe_[0]);
    if (pid > 0)
        reap(pid, ok, late, why);
    free(in);
    *answer = ok ? WORKER_OK : WORKER_BAD;
    return s;
}

static bool limit(__rlimit_resource_t what, rlim_t value)
{
    struct rlimit r = {value, value};
    return setrlimit(what, &r) == 0;
}

static bool number(const char *text, long long max, long long *out)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == 0 && *out >= 1 && *out <= max;
}

int repli_render_main(int argc, char **argv)
{
    long long page, seconds, room;
    if (argc != 5 || !number(argv[2], INT32_MAX, &page) || !number(argv[3], 86400, &seconds) ||
        !number(argv[4], INT64_C(1) << 40, &room))
        return REPLI_USAGE;
    struct sandbox box;
    repli_sandbox_make_render(&box);
    /* Fonts' caches and the like must not be written; that is no reason to die. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_NOFILE, 32) || !limit(RLIMIT_NPROC, 0) ||
        !limit(RLIMIT_CPU, (rlim_t)seconds + 1) || !limit(RLIMIT_AS, ((rlim_t)512 << 20) + 4 * (rlim_t)room))
        return REPLI_IO;
    (void)repli_sandbox_enter(&box); /* where the kernel takes no filters the limits remain */
    char *const to[] = {(char[]){"pdftoppm"},
                        (char[]){"-r"},
                        (char[]){"300"},
                        (char[]){"-gray"},
                        (char[]){"-cropbox"},
                        (char[]){"-f"},
                        argv[2],
                        (char[]){"-l"},
                        argv[2],
                        (char[]){"-singlefile"},
                        (char[]){"/proc/self/fd/3"},
                        NULL};
    (void)execvp("pdftoppm", to);
    return NO_RENDERER;
}
