/* The high-water mark of the serial counter: what keeps a copied or restored site from printing a serial twice. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "repli/file.h"
#include "repli/serial.h"
#include "repli/site.h"
#include "repli/text.h"

#define JUMP 65536

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

/* ---- packs, merges, outages, stations */

struct numbers {
    struct mark anchor;
    int64_t next[REPLI_NUMBERS];
};

/* The line in keys/numbers: "repli-numbers 1 INODE CTIME_S CTIME_NS PACK MERGE OUTAGE STATION". */
static bool read_numbers(const char *path, struct repli_arena *a, struct numbers *n)
{
    char *text = NULL, *save = NULL;
    size_t len = 0;
    int64_t *to[3 + REPLI_NUMBERS] = {&n->anchor.inode, &n->anchor.sec, &n->anchor.nsec};
    for (size_t i = 0; i < REPLI_NUMBERS; i++)
        to[3 + i] = &n->next[i];
    if (repli_file_read(path, 256, a, &text, &len, NULL) != REPLI_OK || len == 0 || text[len - 1] != '\n')
        return false;
    const char *word = strtok_r(text, " \n", &save), *version = strtok_r(NULL, " \n", &save);
    if (!word || !version || strcmp(word, "repli-numbers") != 0 || strcmp(version, "1") != 0)
        return false;
    for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
        word = strtok_r(NULL, " \n", &save);
        if (!word || !repli_integer(word, INT64_MIN, INT64_MAX, to[i]))
            return false;
    }
    return strtok_r(NULL, " \n", &save) == NULL;
}

static enum repli_status write_numbers(const char *path, struct repli_arena *a, const struct numbers *n,
                                       struct repli_err *err)
{
    const char *line = repli_arena_printf(
        a, "repli-numbers 1 %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
        n->anchor.inode, n->anchor.sec, n->anchor.nsec, n->next[0], n->next[1], n->next[2], n->next[3]);
    return repli_file_write(path, line, strlen(line), 0600, err);
}

enum repli_status repli_site_marks(const struct repli_site *site, struct repli_site_marks *marks, struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    struct numbers old = {0};
    struct mark now = {0};
    bool fresh = false, known = read_numbers(repli_path_join(&a, site->keys_dir, "numbers"), &a, &old);
    enum repli_status st = read_anchor(repli_path_join(&a, site->keys_dir, "anchor"), &now, &fresh, err);
    if (st != REPLI_OK)
        return st;
    *marks = (struct repli_site_marks){.known = known};
    marks->same =
        known && old.anchor.inode == now.inode && old.anchor.sec == now.sec && old.anchor.nsec == now.nsec;
    memcpy(marks->next, old.next, sizeof marks->next);
    return REPLI_OK;
}

enum repli_status repli_site_numbers(const struct repli_site *site, const struct repli_site_marks *marks,
                                     int64_t next[REPLI_NUMBERS], bool *jumped, struct repli_err *err)
{
    static const int64_t jump[REPLI_NUMBERS] = {1000, 1000, 100, 8};
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    struct numbers now = {0};
    bool fresh = false, behind = false, changed = !marks->known, virgin = !marks->known;
    for (size_t i = 0; i < REPLI_NUMBERS; i++) {
        behind = behind || (marks->known && marks->next[i] > next[i]);
        changed = changed || next[i] != marks->next[i];
        virgin = virgin && next[i] <= 1; /* nothing was ever given out here */
    }
    bool jumps = !virgin && (!marks->same || behind);
    for (size_t i = 0; i < REPLI_NUMBERS; i++) {
        int64_t high = marks->known && marks->next[i] > next[i] ? marks->next[i] : next[i];
        now.next[i] = jumps ? high + jump[i] : next[i];
    }
    enum repli_status st = REPLI_OK;
    if (jumps || changed)
        st = read_anchor(repli_path_join(&a, site->keys_dir, "anchor"), &now.anchor, &fresh, err);
    if (st == REPLI_OK && (jumps || changed))
        st = write_numbers(repli_path_join(&a, site->keys_dir, "numbers"), &a, &now, err);
    if (st != REPLI_OK)
        return st;
    memcpy(next, now.next, sizeof now.next);
    *jumped = jumps;
    return REPLI_OK;
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
    bool same = known && old.inode == now.inode && old.sec == now.sec && old.nsec == now.nsec;
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
