/* System call filters (seccomp).  A decoder that was taken over by its file can compute, and say wrong things about
** this one page; it can open nothing, send nothing to anybody, start nothing. */
#define _GNU_SOURCE /* memfd_create */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "repli/arena.h"

#define FILTER_MAX 4096 /* instructions; the kernel's own limit */

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

/* The loop of a child: words on its socket, memory for pages, clocks, its own end. */
static const int common[] = {
    SCMP_SYS(recvmsg),      SCMP_SYS(sendto),          SCMP_SYS(sendmsg),
    SCMP_SYS(close),        SCMP_SYS(fstat),           SCMP_SYS(newfstatat),
    SCMP_SYS(munmap),       SCMP_SYS(mremap),          SCMP_SYS(brk),
    SCMP_SYS(madvise),      SCMP_SYS(futex),           SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday), SCMP_SYS(rt_sigreturn),    SCMP_SYS(exit),
    SCMP_SYS(exit_group),   SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(sysinfo), /* glibc: qsort */
};
/* libqpdf: numbers for the names of objects; exceptions of C++ look at nothing more. */
static const int pdf[] = {SCMP_SYS(getrandom)};
#ifdef HAVE_ASAN
/* What the sanitizers' own runtime asks while it works; their reports are not among it. */
static const int sanitizer[] = {
    SCMP_SYS(sigaltstack),  SCMP_SYS(getpid),   SCMP_SYS(gettid),    SCMP_SYS(sched_yield), SCMP_SYS(write),
    SCMP_SYS(rt_sigaction), SCMP_SYS(mprotect), SCMP_SYS(getrlimit), SCMP_SYS(prlimit64),   SCMP_SYS(prctl),
};
#endif

static bool allow(scmp_filter_ctx ctx, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0) != 0)
            return false;
    return true;
}

/* Memory that can be executed is never given. */
static bool allow_memory(scmp_filter_ctx ctx)
{
    return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
           seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
}

/* The rules as instructions, so that a child need not make them again. */
static void keep(scmp_filter_ctx ctx, struct sandbox *box)
{
    int fd = memfd_create("filter", MFD_CLOEXEC);
    off_t size = fd >= 0 && seccomp_export_bpf(ctx, fd) == 0 ? lseek(fd, 0, SEEK_END) : -1;
    size_t one = sizeof *box->code;
    if (size > 0 && (size_t)size % one == 0 && (size_t)size / one <= FILTER_MAX) {
        box->code = repli_xmalloc((size_t)size);
        box->len = (unsigned short)((size_t)size / one);
        if (pread(fd, box->code, (size_t)size, 0) != (ssize_t)size)
            repli_sandbox_done(box);
    }
    if (fd >= 0)
        (void)close(fd);
}

void repli_sandbox_make(struct sandbox *box, enum decode_kind kind)
{
    *box = (struct sandbox){NULL, 0};
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!ctx)
        return;
    bool ok = allow(ctx, common, sizeof common / sizeof *common) && allow_memory(ctx);
    if (kind == DECODE_PDF)
        ok = ok && allow(ctx, pdf, sizeof pdf / sizeof *pdf);
#ifdef HAVE_ASAN
    ok = ok && allow(ctx, sanitizer, sizeof sanitizer / sizeof *sanitizer);
#endif
    if (ok)
        keep(ctx, box);
    seccomp_release(ctx);
}

void repli_sandbox_make_render(struct sandbox *box)
{
    /* Nobody to talk to, nobody to look into, nothing to change. */
    static const int refused[] = {
        SCMP_SYS(socket),
        SCMP_SYS(socketpair),
        SCMP_SYS(connect),
        SCMP_SYS(bind),
        SCMP_SYS(ptrace),
        SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev),
        SCMP_SYS(io_uring_setup),
        SCMP_SYS(mount),
        SCMP_SYS(unshare),
        SCMP_SYS(setns),
        SCMP_SYS(unlink),
        SCMP_SYS(unlinkat),
        SCMP_SYS(rename),
        SCMP_SYS(renameat),
        SCMP_SYS(renameat2),
        SCMP_SYS(link),
        SCMP_SYS(linkat),
        SCMP_SYS(symlink),
        SCMP_SYS(symlinkat),
        SCMP_SYS(mkdir),
        SCMP_SYS(mkdirat),
        SCMP_SYS(rmdir),
        SCMP_SYS(mknod),
        SCMP_SYS(mknodat),
        SCMP_SYS(truncate),
        SCMP_SYS(chmod),
        SCMP_SYS(fchmod),
        SCMP_SYS(fchmodat),
        SCMP_SYS(chown),
        SCMP_SYS(fchownat),
        SCMP_SYS(bpf),
        SCMP_SYS(userfaultfd),
        SCMP_SYS(keyctl),
        SCMP_SYS(kill),
        SCMP_SYS(creat),
        SCMP_SYS(openat2),
        SCMP_SYS(fork),
        SCMP_SYS(vfork),
    };
    *box = (struct sandbox){NULL, 0};
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    if (!ctx)
        return;
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof refused / sizeof *refused; i++)
        ok = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), refused[i], 0) == 0;
    /* Opening to write, in any of its two ways. */
    for (unsigned mode = O_WRONLY; ok && mode <= O_RDWR; mode++)
        ok = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(openat), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, mode)) == 0 &&
             seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(open), 1,
                              SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE, mode)) == 0;
    if (ok)
        keep(ctx, box);
    seccomp_release(ctx);
}

bool repli_sandbox_enter(const struct sandbox *box)
{
    const struct sock_fprog program = {box->len, box->code};
    return box->code && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

void repli_sandbox_done(struct sandbox *box)
{
    free(box->code);
    *box = (struct sandbox){NULL, 0};
}

bool repli_scan_sandboxed(void)
{
    const uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}
