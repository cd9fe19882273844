/* The high-water mark of the serial counter: what keeps a copied or restored site from printing a serial twice. */
#define _DEFAULT_SOURCE /* flock(): its locks belong to the open file, so two handles of one process see each other */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/serial.h"
#include "repli/site.h"
#include "repli/site_numbers.h"
#include "repli/text.h"

#define JUMP    REPLI_SITE_JUMP
#define DAY_S   86400
#define DAYS_T0 INT64_C(1767225600) /* 2026-01-01: no site is older */

/* The line in keys/counter: "repli-counter 1 MARK INODE CTIME_S CTIME_NS". */
struct mark {
    int64_t next;             /* first counter that was never handed out */
    int64_t inode, sec, nsec; /* of keys/anchor when the mark was written */
};

static void done_arena(struct repli_arena *a)
{
    repli_arena_done(a);
}

/* false: there is none, or it cannot be trusted; both mean that the folder is not as this station left it. */
static bool read_mark(const char *path, struct repli_arena *a, struct mark *m)
{
    char *text = NULL, *save = NULL;
    size_t len = 0;
    int64_t *to[] = {&m->next, &m->inode, &m->sec, &m->nsec};
    if (repli_file_read(path, 256, a, &text, &len, NULL) != REPLI_OK || len == 0 || text[len - 1] != '\n')
        return false;
    const char *word = strtok_r(text, " \n", &save), *version = strtok_r(NULL, " \n", &save);
    if (!word || !version || strcmp(word, "repli-counter") != 0 || strcmp(version, "1") != 0)
        return false;
    for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
        word = strtok_r(NULL, " \n", &save);
        if (!word || !repli_integer(word, INT64_MIN, INT64_MAX, to[i]))
            return false;
    }
    return strtok_r(NULL, " \n", &save) == NULL && m->next >= 0;
}

/* Inode and change time of the anchor: a copy or a restore gets others, renaming the site's folder changes neither. */
static enum repli_status read_anchor(const char *path, struct mark *m, bool *fresh, struct repli_err *err)
{
    static const char text[] =
        "This file is never changed. Repli knows by it that the folder was copied or restored.\n";
    struct stat st;
    *fresh = false;
    if (stat(path, &st) != 0) {
        enum repli_status s = repli_file_write(path, text, sizeof text - 1, 0600, err);
        if (s != REPLI_OK)
            return s;
        *fresh = true;
        if (stat(path, &st) != 0)
            return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    }
    m->inode = (int64_t)st.st_ino;
    m->sec = st.st_ctim.tv_sec;
    m->nsec = st.st_ctim.tv_nsec;
    return REPLI_OK;
}

/* ---- packs, merges, outages, stations, downtime numbers */

/* The line in keys/numbers: "repli-numbers 1 PACK MERGE OUTAGE STATION DOWNTIME". */
static bool read_numbers(const char *path, struct repli_arena *a, int64_t next[REPLI_NUMBERS])
{
    char *text = NULL, *save = NULL;
    size_t len = 0;
    if (repli_file_read(path, 256, a, &text, &len, NULL) != REPLI_OK || len == 0 || text[len - 1] != '\n')
        return false;
    const char *word = strtok_r(text, " \n", &save), *version = strtok_r(NULL, " \n", &save);
    if (!word || !version || strcmp(word, "repli-numbers") != 0 || strcmp(version, "1") != 0)
        return false;
    for (size_t i = 0; i < REPLI_NUMBERS; i++) {
        word = strtok_r(NULL, " \n", &save);
        if (!word || !repli_integer(word, 0, INT64_MAX, &next[i]))
            return false;
    }
    return strtok_r(NULL, " \n", &save) == NULL;
}

void repli_site_marks(const struct repli_site *site, struct repli_site_marks *marks)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    struct repli_site_marks read = {.known = false};
    read.known = read_numbers(repli_path_join(&a, site->keys_dir, "numbers"), &a, read.next);
    *marks = read.known ? read : (struct repli_site_marks){.known = false};
}

enum repli_status repli_site_numbers(const struct repli_site *site, const struct repli_site_marks *marks,
                                     int64_t next[REPLI_NUMBERS], bool *jumped, struct repli_err *err)
{
    static const int64_t jump[REPLI_NUMBERS] = {1000, 1000, 100, 8, 1000};
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    bool behind = false, changed = !marks->known;
    int64_t now[REPLI_NUMBERS];
    for (size_t i = 0; i < REPLI_NUMBERS; i++) {
        behind = behind || (marks->known && marks->next[i] > next[i]);
        changed = changed || next[i] != marks->next[i];
    }
    for (size_t i = 0; i < REPLI_NUMBERS; i++)
        now[i] = !behind ? next[i] : (marks->next[i] > next[i] ? marks->next[i] : next[i]) + jump[i];
    if (changed) {
        const char *line = "repli-numbers 1";
        for (size_t i = 0; i < REPLI_NUMBERS; i++)
            line = repli_arena_printf(&a, "%s %" PRId64, line, now[i]);
        line = repli_arena_printf(&a, "%s\n", line);
        const char *path = repli_path_join(&a, site->keys_dir, "numbers");
        enum repli_status st = repli_file_write(path, line, strlen(line), 0600, err);
        if (st != REPLI_OK)
            return st;
    }
    memcpy(next, now, sizeof now);
    *jumped = behind;
    return REPLI_OK;
}

/* Is the folder as this station left it? */
static bool same_place(const struct mark *old, const struct mark *now)
{
    return old->inode == now->inode && old->sec == now->sec && old->nsec == now->nsec;
}

enum repli_status repli_site_place(const struct repli_site *site, struct repli_site_place *place, struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    const char *path = repli_path_join(&a, site->keys_dir, "counter");
    const char *anchor = repli_path_join(&a, site->keys_dir, "anchor");
    struct mark old = {0}, now = {0};
    bool fresh = false, known = read_mark(path, &a, &old);
    *place = (struct repli_site_place){0};
    if (!repli_file_exists(path) && !repli_file_exists(anchor))
        return REPLI_OK;
    enum repli_status st = read_anchor(anchor, &now, &fresh, err);
    if (st != REPLI_OK)
        return st;
    (void)snprintf(place->anchor, sizeof place->anchor, "%" PRId64 " %" PRId64 " %" PRId64, now.inode, now.sec,
                   now.nsec);
    place->restored = known ? !same_place(&old, &now) : repli_file_exists(path);
    place->floor = known ? old.next : 0;
    return REPLI_OK;
}

enum repli_status repli_site_numbers_lock(const struct repli_site *site, int *lock, struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    const char *path = repli_path_join(&a, site->keys_dir, ".numbers");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), rc = -1;
    if (fd >= 0)
        do
            rc = flock(fd, LOCK_EX);
        while (rc != 0 && errno == EINTR);
    if (rc != 0) {
        int why = errno;
        if (fd >= 0)
            (void)close(fd);
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(why));
    }
    *lock = fd;
    return REPLI_OK;
}

enum repli_status repli_site_numbers_lost(const char *keys_dir, int64_t now_utc, struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    int64_t days = now_utc > DAYS_T0 ? (now_utc - DAYS_T0) / DAY_S + 1 : 1;
    int64_t next = days * JUMP < REPLI_COUNTER_MAX / 2 ? days * JUMP : REPLI_COUNTER_MAX / 2;
    const char *line = repli_arena_printf(&a, "repli-counter 1 %" PRId64 " 0 0 0\n", next);
    return repli_file_write(repli_path_join(&a, keys_dir, "counter"), line, strlen(line), 0600, err);
}

enum repli_status repli_site_counter(const struct repli_site *site, uint32_t next, uint32_t count, uint32_t *first,
                                     struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    const char *path = repli_path_join(&a, site->keys_dir, "counter");
    struct mark old = {0}, now = {0};
    bool fresh = false, known = read_mark(path, &a, &old);
    enum repli_status st = read_anchor(repli_path_join(&a, site->keys_dir, "anchor"), &now, &fresh, err);
    if (st != REPLI_OK)
        return st;
    bool same = known && same_place(&old, &now);
    bool virgin = !known && fresh && next <= 1 && !repli_file_exists(path); /* the first serials of a new station */
    int64_t begin = next;
    if (!virgin && (!same || old.next > next))
        begin = (known && old.next > next ? old.next : next) + JUMP;
    now.next = begin + count;
    if (now.next > (int64_t)REPLI_COUNTER_MAX + 1)
        return repli_fail(
            err, REPLI_USAGE,
            "station %u has used up its serials: give this computer a new number with `repli station add`",
            site->station);
    const char *line = repli_arena_printf(&a, "repli-counter 1 %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
                                          now.next, now.inode, now.sec, now.nsec);
    st = repli_file_write(path, line, strlen(line), 0600, err);
    if (st == REPLI_OK)
        *first = (uint32_t)begin;
    return st;
}
