/* A disk as a power cut leaves it, from the trace of a run (preload_fault.c); the whole story is in tool_powercut.c. */
#ifndef REPLI_TEST_POWERDISK_H
#define REPLI_TEST_POWERDISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/preload_fault.h"
#include "support/prng.h"

#define SECTOR   512
#define FILES    256
#define EVENTS   100000
#define HOW_MANY 5 /* ways to lose what was not synced */

struct event {
    struct fault_event e;
    const char *path, *to;
    const uint8_t *data;
};

/* One file by inode: what the disk holds of it, and what it might. */
struct file {
    uint64_t ino;
    uint8_t *data;
    size_t size, cap;
    size_t synced; /* events before this one are on the disk */
};

/* One name in the site's folders. */
struct name {
    char path[400];
    int file;   /* index, -1: no file */
    bool there; /* before the run */
};

struct cut {
    const char *repli, *pristine, *weak;
    char dir[256], live[300], site[300], trace[300], said[300];
    long states, rerun, seed;
    int settled; /* exit code of a run that has nothing left to do; 0 = none */
    char **args;
    int nargs;
    struct event *ev;
    size_t nev;
    char *spoken;
    size_t nspoken;
    struct file files[FILES];
    size_t nfiles;
    struct name names[FILES];
    size_t nnames;
    struct prng r;
    long long bad, corrupt, lost, failed, reruns;
};

char *powerdisk_slurp(const char *path, size_t *len); /* malloc'd, with a NUL behind it */
/* What the files had in them before the run. */
void powerdisk_look_before(struct cut *c);
/* Writes into c->site what the disk holds when the power goes before event `end`; `how` 0: nothing unsynced, 1: all
** of it,
** 2..4: parts of it. */
void powerdisk_make(struct cut *c, size_t end, int how);

#endif
