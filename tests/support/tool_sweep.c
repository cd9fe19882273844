/* sweep REPLI SITE [--points N] [--double] [--kind same|print] [--settled TEXT] [--whole FILE] -- ARGS...
**
** Runs `REPLI --site COPY ARGS` on copies of SITE, each time with another fault at another call that changes a file
** (preload_fault.c): eight kinds of fault, at every call or at N calls a kind.  After each: the site is sound; what was
** acknowledged (exit 0 or 6) is done; and the same command run again without a fault ends as the undisturbed run.
** --double: the second run is killed, too, and a third ends it.  --kind print: a print that is run again has other
** serials; then every pack that is ready is whole and no serial was given twice.  --settled TEXT: what a run may answer
** that finds everything done already ("was undone by").  %SITE% in an argument is the copy's folder.  --whole FILE: a
** file below it that a run which was acknowledged has written, from its first line to its last, a MAC.  One line of
** figures; exit 1 when a point is bad.
*/
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/preload_fault.h"
#include "support/sitecopy.h"

#define SECOND_MAX 40 /* the second run is killed at one of its first calls */
#define SECONDS    60 /* a run that takes longer hangs */

static const char *const modes[] = {FAULT_MODE_NAMES};

struct sweep {
    const char *repli, *pristine, *settled, *preload, *whole;
    char site[300], said[300], says_path[300], dir[256];
    bool print, twice;
    long points;
    char **args;
    int nargs;
    struct fault_says *says;
    char calm[200]; /* digest after the undisturbed run */
    long long done, bad, fired, acknowledged, doubles;
};

static void prepare_says(struct sweep *w)
{
    int fd = open(w->says_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *w->says) != 0)
        abort();
    w->says = mmap(NULL, sizeof *w->says, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (w->says == MAP_FAILED)
        abort();
}

static void child(struct sweep *w, const char *mode, long long at)
{
    char spec[400];
    char *argv[64] = {(char *)(uintptr_t)w->repli, (char *)(uintptr_t) "--site", w->site};
    int out = open(w->said, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    static char room[60][400];
    for (int i = 0; i < w->nargs && i < 60; i++) {
        const char *place = strstr(w->args[i], "%SITE%");
        argv[3 + i] = w->args[i];
        if (!place)
            continue;
        (void)snprintf(room[i], sizeof room[i], "%.*s%s%s", (int)(place - w->args[i]), w->args[i], w->site, place + 6);
        argv[3 + i] = room[i];
    }
    (void)dup2(out, 1);
    (void)dup2(out, 2);
    if (mode) {
        snprintf(spec, sizeof spec, "%s %lld %s", mode, at, w->site);
        (void)setenv("REPLI_FAULT", spec, 1);
        (void)setenv("REPLI_FAULT_SAYS", w->says_path, 1);
        (void)setenv("LD_PRELOAD", w->preload, 1);
    }
    (void)alarm(SECONDS); /* outlives exec */
    (void)execv(w->repli, argv);
    _exit(FAULT_HARNESS);
}

/* Returns the exit code; -1: a signal. */
static int run(struct sweep *w, const char *mode, long long at)
{
    int status = 0;
    memset(w->says, 0, sizeof *w->says);
    pid_t pid = fork();
    if (pid == 0)
        child(w, mode, at);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        abort();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool said(const struct sweep *w, const char *text)
{
    char buf[8192];
    FILE *f = fopen(w->said, "r");
    size_t n = f ? fread(buf, 1, sizeof buf - 1, f) : 0;
    if (f)
        (void)fclose(f);
    buf[n] = 0;
    return text && strstr(buf, text) != NULL;
}

static bool fine(const struct sweep *w, int rc)
{
    return rc == 0 || rc == 6 || (rc > 0 && said(w, w->settled));
}

/* After a print: how many packs are ready; all their sheets are out, and no sheet of another pack is. */
static long long packs_ready(const struct sweep *w)
{
    char path[400];
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    long long n = -1;
    snprintf(path, sizeof path, "%s/ledger.db", w->site);
    if (sqlite3_open(path, &db) == SQLITE_OK &&
        sqlite3_prepare_v2(db,
                           "SELECT CASE WHEN EXISTS(SELECT 1 FROM sheet s JOIN pack p USING(pack_id) WHERE "
                           "(p.state='ready') <> (s.state IN('printed','blank'))) THEN -1 ELSE (SELECT count(*) FROM "
                           "pack WHERE state='ready') END",
                           -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    return n;
}

static bool is_whole(struct sweep *w, char why[SITECOPY_WHY])
{
    char path[400], tail[200] = "";
    snprintf(path, sizeof path, "%s/%s", w->site, w->whole);
    snprintf(why, SITECOPY_WHY, "%s is not there, or cut off", w->whole);
    FILE *f = fopen(path, "r");
    bool good = f && fgetc(f) == '{' && fseek(f, -100, SEEK_END) == 0 && fread(tail, 1, 100, f) == 100 &&
                strstr(tail, "\"mac\":") && tail[99] == '\n';
    if (f)
        (void)fclose(f);
    return good;
}

static bool as_calm(struct sweep *w, bool again, char why[SITECOPY_WHY])
{
    char digest[200];
    if (w->whole && !is_whole(w, why))
        return false;
    if (w->print) {
        long long n = packs_ready(w);
        snprintf(why, SITECOPY_WHY, "%lld packs are ready", n);
        return n == 1 || (again && n == 2); /* killed behind its last write: both are good paper */
    }
    if (!sitecopy_digest(w->site, digest, why))
        return false;
    snprintf(why, SITECOPY_WHY, "the site differs: %s, undisturbed %s", digest, w->calm);
    return strcmp(digest, w->calm) == 0;
}

/* One point; NULL, or what is wrong. */
static const char *point(struct sweep *w, int mode, long long at, long long second, char why[SITECOPY_WHY])
{
    sitecopy(w->pristine, w->site);
    int rc = run(w, modes[mode], at);
    bool fired = w->says->fired != 0, acknowledged = rc == 0 || rc == 6;
    w->fired += fired;
    w->acknowledged += fired && acknowledged;
    snprintf(why, SITECOPY_WHY, "exit %d", rc);
    if (rc == -1 || rc == 1 || rc == FAULT_HARNESS || (rc == FAULT_KILLED && !fired))
        return "it crashed";
    if (!sitecopy_sound(w->site, why))
        return "not sound after the fault";
    if (acknowledged && !as_calm(w, false, why))
        return "acknowledged, but not done";
    if (second > 0) {
        w->doubles++;
        rc = run(w, modes[FAULT_KILL], second);
        snprintf(why, SITECOPY_WHY, "exit %d", rc);
        if (rc != FAULT_KILLED && !fine(w, rc))
            return "the second run failed";
        if (!sitecopy_sound(w->site, why))
            return "not sound after the second fault";
    }
    rc = run(w, NULL, 0);
    snprintf(why, SITECOPY_WHY, "exit %d", rc);
    if (!fine(w, rc))
        return "the run without a fault failed";
    if (!as_calm(w, true, why) || !sitecopy_sound(w->site, why))
        return "run again, it ends otherwise";
    return NULL;
}

static void one(struct sweep *w, int mode, long long at, long long second)
{
    char why[SITECOPY_WHY] = "";
    const char *what = point(w, mode, at, second, why);
    w->done++;
    if (!what)
        return;
    w->bad++;
    fprintf(stderr, "bad: %s %s at call %lld%s (op %lld): %s: %s\n", w->args[0], modes[mode], at,
            second ? ", twice" : "", (long long)w->says->op, what, why);
}

static void sweep(struct sweep *w)
{
    for (int mode = 0; mode < FAULT_COUNT; mode++) {
        sitecopy(w->pristine, w->site);
        int rc = run(w, modes[mode], 1 << 30); /* counts what this kind of fault can hit */
        long long ops = w->says->ops, n = w->points && w->points < ops ? w->points : ops;
        if (!fine(w, rc) || ops == 0)
            abort();
        fprintf(stderr, "%s %s: %lld of %lld calls\n", w->args[0], modes[mode], n,
                ops); /* of a long run: where it is */
        for (long long i = 0; i < n; i++) {
            long long at = n == ops ? i + 1 : n == 1 ? ops / 2 + 1 : 1 + i * (ops - 1) / (n - 1);
            one(w, mode, at, 0);
            if (w->twice)
                one(w, mode, at, 1 + (at * 7 + mode) % SECOND_MAX);
        }
    }
}

static bool parse(struct sweep *w, int argc, char **argv)
{
    if (argc < 5)
        return false;
    w->repli = argv[1];
    w->pristine = argv[2];
    for (int i = 3; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--") == 0) {
            w->args = argv + i + 1;
            w->nargs = argc - i - 1;
            return w->nargs > 0;
        }
        if (strcmp(argv[i], "--double") == 0)
            w->twice = true;
        else if (strcmp(argv[i], "--points") == 0 && more)
            w->points = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--kind") == 0 && more)
            w->print = strcmp(argv[++i], "print") == 0;
        else if (strcmp(argv[i], "--settled") == 0 && more)
            w->settled = argv[++i];
        else if (strcmp(argv[i], "--whole") == 0 && more)
            w->whole = argv[++i];
        else
            return false;
    }
    return false;
}

int main(int argc, char **argv)
{
    static struct sweep w;
    static char preload[300];
    char why[SITECOPY_WHY];
    const char *out = getenv("REPLI_TEST_OUT"), *quick = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    if (!out || !parse(&w, argc, argv)) {
        fprintf(stderr, "usage: sweep REPLI SITE [--points N] [--double] [--kind print] [--settled TEXT] [--whole "
                        "FILE] -- ARGS...\n");
        return 2;
    }
    snprintf(preload, sizeof preload, "%s/preload_fault.so", out);
    w.preload = preload;
    snprintf(w.dir, sizeof w.dir, "%s/repli-sweep-XXXXXX", quick);
    if (!mkdtemp(w.dir))
        abort();
    snprintf(w.site, sizeof w.site, "%s/site", w.dir);
    snprintf(w.said, sizeof w.said, "%s/said", w.dir);
    snprintf(w.says_path, sizeof w.says_path, "%s/says", w.dir);
    prepare_says(&w);
    sitecopy(w.pristine, w.site);
    int rc = run(&w, NULL, 0);
    if (!fine(&w, rc) || !sitecopy_sound(w.site, why) || (!w.print && !sitecopy_digest(w.site, w.calm, why))) {
        fprintf(stderr, "sweep: the undisturbed run of %s ends with %d; look at %s\n", w.args[0], rc, w.dir);
        return 1;
    }
    sweep(&w);
    printf("%s: %lld points (%lld double), %lld happened, %lld of them acknowledged all the same, %lld bad\n",
           w.args[0], w.done, w.doubles, w.fired, w.acknowledged, w.bad);
    sitecopy_remove(w.dir);
    return w.bad ? 1 : 0;
}
