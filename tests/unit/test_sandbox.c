/* What a decoding process may not do any more: whoever takes it over opens nothing, talks to nobody, starts nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "repli/scan.h"
#include "scan/sandbox.h"

static void do_open(void)
{
    (void)open("/etc/hostname", O_RDONLY);
}

static void do_socket(void)
{
    (void)socket(AF_INET, SOCK_STREAM, 0);
}

static void do_execve(void)
{
    char *const argv[] = {(char[]){"true"}, NULL};
    (void)execve("/bin/true", argv, NULL);
}

static void do_fork(void)
{
    (void)fork();
}

static void do_kill(void)
{
    (void)kill(getppid(), SIGTERM);
}

static void do_code(void) /* memory that can be executed */
{
    (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void do_memory(void)
{
    for (size_t n = 1; n < (64u << 20); n *= 4) {
        char *p = malloc(n);
        if (!p)
            _exit(1);
        memset(p, 1, n);
        free(p);
    }
}

/* How a process ends that enters the box and does something: wait status. */
static int run_in(const struct sandbox *box, void (*what)(void))
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (!repli_sandbox_enter(box))
            _exit(2);
        what();
        _exit(0);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Each decoder's process is killed for every one of these, and not for what decoders do. */
static void decoders_can_only_compute(void **state)
{
    (void)state;
    static void (*const refused[])(void) = {do_open, do_socket, do_execve, do_fork, do_kill, do_code};
    if (!repli_scan_sandboxed())
        skip();
    for (int k = 0; k < DECODE_KINDS; k++) {
        struct sandbox box;
        repli_sandbox_make(&box, (enum decode_kind)k);
        assert_non_null(box.code);
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
            int status = run_in(&box, refused[i]);
            if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
                fail_msg("decoder %d, call %zu: status %x", k, i, (unsigned)status);
        }
        int fine = run_in(&box, do_memory);
        assert_true(WIFEXITED(fine) && WEXITSTATUS(fine) == 0);
        repli_sandbox_done(&box);
    }
}

static void render_tries(void)
{
    char path[] = "/tmp/sandbox-XXXXXX";
    int fd = open("/etc/passwd", O_RDONLY);
    if (fd < 0)
        _exit(3);
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM)
        _exit(4);
    if (open("/tmp/written", O_WRONLY | O_CREAT, 0600) >= 0 || errno != EPERM)
        _exit(5);
    if (mkstemp(path) >= 0)
        _exit(6);
    if (unlink("/tmp/none") == 0 || errno != EPERM)
        _exit(7);
}

/* The renderer may read; it is told no for the rest, and goes on. */
static void the_renderer_reads_only(void **state)
{
    (void)state;
    struct sandbox box;
    if (!repli_scan_sandboxed())
        skip();
    repli_sandbox_make_render(&box);
    assert_non_null(box.code);
    int status = run_in(&box, render_tries);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("status %x", (unsigned)status);
    repli_sandbox_done(&box);
}

/* A kernel that takes no filter: nothing was made, and entering says so. */
static void no_filter_is_said(void **state)
{
    (void)state;
    const struct sandbox none = {NULL, 0};
    assert_false(repli_sandbox_enter(&none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoders_can_only_compute),
        cmocka_unit_test(the_renderer_reads_only),
        cmocka_unit_test(no_filter_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
