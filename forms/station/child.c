/* Other processes work for the station, so that its loop never waits: Argon2id, printing. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "station/station.h"

extern char **environ;

#define SAID_MAX 65536
#define PATIENT  10 /* how nice it is to the loop and to what people wait for */

/* What is open here is closed there: files of the ledger and sockets are opened so.
** `in` fits a pipe: what is longer is refused by the callers' own limits (4 KiB). */
static bool start(pid_t *pid, const char *const *argv, int in, int out, int err_fd)
{
    posix_spawn_file_actions_t files;
    if (posix_spawn_file_actions_init(&files) != 0)
        return false;
    int bad = posix_spawn_file_actions_adddup2(&files, in, 0);
    bad = bad ? bad : posix_spawn_file_actions_adddup2(&files, out, 1);
    bad = bad ? bad : posix_spawn_file_actions_adddup2(&files, err_fd, 2);
    bad = bad ? bad : posix_spawn(pid, "/proc/self/exe", &files, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    return bad == 0;
}

static bool private_pipe(int fd[2])
{
    if (pipe(fd) != 0)
        return false;
    (void)fcntl(fd[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(fd[1], F_SETFD, FD_CLOEXEC);
    return true;
}

bool station_spawn(struct station *st, const char *const *argv, const char *in, const struct station_child *how,
                   struct repli_err *err)
{
    int input[2], output[2];
    struct station_child *c = repli_xcalloc(1, sizeof *c);
    *c = *how;
    if (!private_pipe(input)) {
        free(c);
        return repli_fail(err, REPLI_IO, "no pipe: %s", strerror(errno)) == REPLI_OK;
    }
    if (!private_pipe(output)) {
        (void)close(input[0]), (void)close(input[1]);
        free(c);
        return repli_fail(err, REPLI_IO, "no pipe: %s", strerror(errno)) == REPLI_OK;
    }
    bool ok = start(&c->pid, argv, input[0], output[1], output[1]);
    (void)close(input[0]);
    (void)close(output[1]);
    size_t n = in ? strlen(in) : 0;
    if (ok && n > 0 && write(input[1], in, n) != (ssize_t)n)
        ok = true; /* it died early: its end says so */
    (void)close(input[1]);
    if (!ok) {
        (void)close(output[0]);
        free(c);
        return repli_fail(err, REPLI_IO, "the program could not be started again: %s", strerror(errno)) == REPLI_OK;
    }
    if (c->patient)
        (void)setpriority(PRIO_PROCESS, (id_t)c->pid, PATIENT);
    c->fd = output[0];
    c->next = st->children;
    st->children = c;
    return true;
}

/* Lines that were heard are forgotten: a child may say as many as it likes. */
static void whole_lines(struct station_child *c)
{
    size_t from = 0;
    char *end;
    while (c->line && c->said.data && (end = memchr(c->said.data + from, '\n', c->said.len - from))) {
        *end = 0;
        c->line(c->user, c->said.data + from);
        from = (size_t)(end - c->said.data) + 1;
    }
    if (from > 0) {
        memmove(c->said.data, c->said.data + from, c->said.len - from + 1);
        c->said.len -= from;
    }
}

/* What a child said, or its end. */
void station_child_read(struct station *st, struct station_child *c)
{
    char piece[4096];
    ssize_t n = read(c->fd, piece, sizeof piece);
    int state = 0;
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n > 0) {
        if (c->said.len + (size_t)n <= (c->most ? c->most : SAID_MAX))
            repli_buf_add(&c->said, piece, (size_t)n);
        whole_lines(c);
        return;
    }
    (void)close(c->fd);
    while (waitpid(c->pid, &state, 0) < 0 && errno == EINTR)
        continue;
    for (struct station_child **p = &st->children; *p; p = &(*p)->next)
        if (*p == c) {
            *p = c->next;
            break;
        }
    c->end(c->user, WIFEXITED(state) ? WEXITSTATUS(state) : 128, c->said.data ? c->said.data : "");
    repli_buf_done(&c->said);
    free(c);
}
