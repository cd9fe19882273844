/* Runs a command and says what it took, with all processes it started: "CPU-SECONDS WALL-SECONDS PEAK-KB", the peak of
** the largest one.  Its own output goes nowhere; exit codes 0 and 6 are fine. */
#define _DEFAULT_SOURCE /* ru_maxrss */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    struct timespec from, to;
    struct rusage used;
    int status = 0;
    if (argc < 2)
        return 2;
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        (void)dup2(null, 1);
        (void)dup2(null, 2);
        (void)execv(argv[1], argv + 1);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
        (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 6)) {
        fprintf(stderr, "bench_run: %s failed\n", argv[1]);
        return 1;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    (void)getrusage(RUSAGE_CHILDREN, &used);
    printf("%.3f %.3f %ld\n", seconds(used.ru_utime) + seconds(used.ru_stime),
           (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9, used.ru_maxrss);
    return 0;
}
