/* powercut REPLI SITE [--states N] [--seed N] [--weak MODE] [--rerun N] -- ARGS...
**
** Runs `REPLI --site COPY ARGS` once and writes down every call that changes a file (preload_fault.c, mode trace).
** Then
** cuts the power after calls chosen all over the run, N times: a disk that the power leaves holds what was synced,
** and of
** everything written later any part: nothing, all, or some of its sectors of 512 bytes, a few of them garbage; names
** that
** were made, changed or removed are there, or not, when their folder was not synced.  Each such state is opened, and
** must
** be sound (sitecopy.h) and hold what the program had said on its standard output by then: a sheet that it said it
** merged is
** merged, a pack it said is printed is there.  Every M-th state (--rerun) the command is run again: it must end well,
** or with the code of --settled when its pack is ready already.
**
** --weak: what the simulator must see fail.  "normal": syncs of a WAL count only before a checkpoint, as with
** synchronous=NORMAL; "off": no sync of a database counts; "folder": no sync of a folder counts; "file": no sync of a
** plain
** file counts (the PDF).
** One line of figures; exit 1 when a state was bad.
*/
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repli/arena.h"
#include "support/powerdisk.h"
#include "support/sitecopy.h"

/* ---- the run */

static int run(struct cut *c, const char *site, bool trace)
{
    char spec[400], preload[400];
    int status = 0;
    const char *out = getenv("REPLI_TEST_OUT");
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[64] = {(char *)(uintptr_t)c->repli, (char *)(uintptr_t) "--site", (char *)(uintptr_t)site};
        int fd = open(trace ? c->said : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        for (int i = 0; i < c->nargs && i < 60; i++)
            argv[3 + i] = c->args[i];
        (void)dup2(fd, 1);
        if (!trace)
            (void)dup2(fd, 2);
        if (trace) {
            snprintf(spec, sizeof spec, "trace 0 %s", site);
            snprintf(preload, sizeof preload, "%s/preload_fault.so", out ? out : ".");
            (void)setenv("REPLI_FAULT", spec, 1);
            (void)setenv("REPLI_FAULT_SAYS", c->trace, 1);
            (void)setenv("LD_PRELOAD", preload, 1);
        }
        (void)alarm(60);
        (void)execv(c->repli, argv);
        _exit(FAULT_HARNESS);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        abort();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void read_trace(struct cut *c)
{
    size_t len = 0, at = 0;
    char *data = powerdisk_slurp(c->trace, &len);
    c->ev = repli_xcalloc(EVENTS, sizeof *c->ev);
    while (at < len && c->nev < EVENTS) {
        struct event *v = &c->ev[c->nev++];
        memcpy(&v->e, data + at, sizeof v->e);
        at += sizeof v->e;
        v->path = data + at;
        at += v->e.path_len;
        v->to = v->e.to_len ? data + at : NULL;
        at += v->e.to_len;
        v->data = (const uint8_t *)data + at;
        at += (size_t)v->e.len;
    }
    c->spoken = powerdisk_slurp(c->said, &c->nspoken);
}

/* ---- what must be there */

static bool in_db(const struct cut *c, const char *name, const char *sql, const char *value)
{
    char path[400];
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    snprintf(path, sizeof path, "%s/%s", c->site, name);
    bool ok = sqlite3_open(path, &db) == SQLITE_OK && sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
              sqlite3_bind_text(st, 1, value, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW;
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    return ok;
}

/* Everything that was said before the cut: numbers of merges (M0-3) and of packs (P0-1). */
static bool kept_word(const struct cut *c, size_t end, char why[SITECOPY_WHY])
{
    size_t n = end < c->nev ? (size_t)c->ev[end].e.said : c->nspoken; /* said before the call that never came */
    for (size_t i = 0; i + 3 < n; i++) {
        char id[24] = "";
        if ((c->spoken[i] != 'M' && c->spoken[i] != 'P') || sscanf(c->spoken + i, "%23[MP0-9-]", id) != 1)
            continue;
        if (strchr(id, '-') == NULL || (i > 0 && c->spoken[i - 1] != '"' && c->spoken[i - 1] != '\n'))
            continue;
        snprintf(why, SITECOPY_WHY, "%s was said and is not there", id);
        if (id[0] == 'M' && !in_db(c, "record.db", "SELECT 1 FROM merge WHERE merge_id=?", id))
            return false;
        if (id[0] == 'M' && strncmp(c->spoken + i + strlen(id), " is undone", 10) == 0 &&
            !in_db(c, "record.db", "SELECT 1 FROM merge_undo WHERE merge_id=?", id))
            return false;
        if (id[0] == 'P' && !in_db(c, "ledger.db", "SELECT 1 FROM pack WHERE pack_id=? AND state='ready'", id))
            return false;
    }
    return true;
}

static void judge(struct cut *c, size_t end, int how, long number)
{
    char why[SITECOPY_WHY] = "";
    const char *what = NULL;
    if (!sitecopy_sound(c->site, why)) {
        what = "not sound";
        c->corrupt++;
    } else if (!kept_word(c, end, why)) {
        what = "acknowledged but lost";
        c->lost++;
    } else if (c->rerun && number % c->rerun == 0) {
        int rc = run(c, c->site, false);
        c->reruns++;
        bool there = c->settled && rc == c->settled &&
                     in_db(c, "ledger.db", "SELECT 1 FROM pack WHERE ?1<>'' AND state='ready'", "pack");
        if ((rc != 0 && rc != 6 && !there) || !sitecopy_sound(c->site, why)) {
            what = "run again, it fails";
            snprintf(why, sizeof why, "exit %d", rc);
            c->failed++;
        }
    }
    if (!what)
        return;
    if (c->bad++ < 5 && !c->weak)
        fprintf(stderr, "bad: power cut after call %zu of %zu, way %d: %s: %s\n", end, c->nev, how, what, why);
}

static void cut_everywhere(struct cut *c)
{
    for (long i = 0; i < c->states; i++) {
        size_t end = (size_t)((long long)i * (long long)(c->nev + 1) / c->states);
        int how = (int)(i % HOW_MANY);
        /* files that the last rerun added are no part of the next state */
        if (i == 0 || (c->rerun && (i - 1) % c->rerun == 0))
            sitecopy(c->pristine, c->site);
        powerdisk_make(c, end, how);
        judge(c, end, how, i);
    }
}

/* ---- */

static bool parse(struct cut *c, int argc, char **argv)
{
    if (argc < 5)
        return false;
    c->repli = argv[1];
    c->pristine = argv[2];
    c->states = 1000;
    for (int i = 3; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--") == 0) {
            c->args = argv + i + 1;
            c->nargs = argc - i - 1;
            return c->nargs > 0;
        }
        if (strcmp(argv[i], "--states") == 0 && more)
            c->states = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--rerun") == 0 && more)
            c->rerun = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--settled") == 0 && more)
            c->settled = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && more)
            c->seed = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--weak") == 0 && more)
            c->weak = argv[++i];
        else
            return false;
    }
    return false;
}

int main(int argc, char **argv)
{
    static struct cut c;
    const char *quick = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    if (!parse(&c, argc, argv)) {
        fprintf(stderr,
                "usage: powercut REPLI SITE [--states N] [--seed N] [--weak normal|off|folder|file] [--rerun N] "
                "-- ARGS...\n");
        return 2;
    }
    snprintf(c.dir, sizeof c.dir, "%s/repli-power-XXXXXX", quick);
    if (!mkdtemp(c.dir))
        abort();
    snprintf(c.live, sizeof c.live, "%s/live", c.dir);
    snprintf(c.site, sizeof c.site, "%s/site", c.dir);
    snprintf(c.trace, sizeof c.trace, "%s/trace", c.dir);
    snprintf(c.said, sizeof c.said, "%s/said", c.dir);
    prng_seed(&c.r, (uint64_t)c.seed, 1);
    sitecopy(c.pristine, c.live);
    int fd = open(c.trace, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    (void)close(fd);
    int rc = run(&c, c.live, true);
    if (rc != 0 && rc != 6) {
        fprintf(stderr, "powercut: the run itself ended with %d (%s)\n", rc, c.dir);
        return 1;
    }
    read_trace(&c);
    powerdisk_look_before(&c);
    cut_everywhere(&c);
    printf(
        "%s%s%s: %ld states after %zu calls, %lld corrupt, %lld acknowledged but lost, %lld of %lld run again failed\n",
        c.args[0], c.weak ? ", weak: " : "", c.weak ? c.weak : "", c.states, c.nev, c.corrupt, c.lost, c.failed,
        c.reruns);
    sitecopy_remove(c.dir);
    return c.bad ? 1 : 0;
}
