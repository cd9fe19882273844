/* Quarantine: what lies there, and how two people take a snapshot out of it. */
#include "snapshot/snapshot_internal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/id.h"
#include "repli/text.h"

#define SNAPSHOT_MAX ((size_t)1024 * 1024 * 1024)

static bool ends_in(const char *name, const char *tail)
{
    size_t n = strlen(name), m = strlen(tail);
    return n > m && strcmp(name + n - m, tail) == 0;
}

static void read_why(struct repli_arena *a, struct repli_quarantined *q)
{
    char *text = NULL;
    size_t len = 0;
    if (repli_file_read(repli_arena_printf(a, "%s.why", q->path), 4096, a, &text, &len, NULL) != REPLI_OK)
        return;
    text[strcspn(text, "\n")] = '\0';
    snprintf(q->why, sizeof q->why, "%s", text);
}

enum repli_status repli_snapshot_quarantined(const struct repli_site *site, int64_t since_utc, struct repli_arena *a,
                                             struct repli_quarantined **list, size_t *count, struct repli_err *err)
{
    char **names = NULL;
    size_t n = 0, kept = 0;
    const char *dir = repli_path_join(a, site->snapshots, "quarantine");
    enum repli_status s = repli_file_exists(dir) ? repli_dir_list(dir, a, &names, &n, err) : REPLI_OK;
    if (s != REPLI_OK)
        return s;
    struct repli_quarantined *all = repli_arena_array(a, n + 1, sizeof *all);
    for (size_t i = n; i > 0; i--) {
        struct repli_quarantined *q = &all[kept];
        struct repli_snapshot_info info;
        struct repli_err why = {0};
        const char *name = names[i - 1];
        if (!ends_in(name, SUFFIX) || strlen(name) < 18 || repli_snapshot_name_utc(name) <= since_utc)
            continue;
        *q = (struct repli_quarantined){0};
        snprintf(q->path, sizeof q->path, "%s", repli_path_join(a, dir, name));
        if (repli_snapshot_peek(q->path, &info, &why) == REPLI_OK) {
            memcpy(q->id, info.id, sizeof q->id);
            q->taken_utc = info.taken_utc;
            q->patients = info.patients;
        }
        read_why(a, q);
        kept++;
    }
    *list = all;
    *count = kept;
    return REPLI_OK;
}

static enum repli_status find(const struct repli_site *site, const uint8_t id[6], struct repli_arena *a,
                              const char **path, struct repli_err *err)
{
    struct repli_quarantined *all = NULL;
    size_t n = 0;
    char text[REPLI_SNAPSHOT_ID_TEXT];
    enum repli_status s = repli_snapshot_quarantined(site, INT64_MIN, a, &all, &n, err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        if (all[i].taken_utc && memcmp(all[i].id, id, 6) == 0) {
            *path = all[i].path;
            return REPLI_OK;
        }
    repli_snapshot_id_format(id, text);
    return s == REPLI_OK
               ? repli_fail(err, REPLI_USAGE, "no snapshot %s lies in quarantine: `repli status` names what does", text)
               : s;
}

/* A copy beside the good ones, marked, checked again, and only then named.  The one in quarantine goes last. */
static enum repli_status move_in(const struct repli_site *site, const char *from, const char *by, const char *why,
                                 struct repli_arena *a, struct repli_snapshot_info *info, struct repli_err *err)
{
    char *data = NULL, time[24];
    size_t len = 0;
    struct repli_snapshot_info got;
    enum repli_status s = repli_snapshot_verify(from, false, &got, err);
    if (s != REPLI_OK)
        return repli_err_prefix(err, "a damaged snapshot cannot be accepted");
    repli_time_name(got.taken_utc, time);
    const char *path = repli_path_join(a, site->snapshots, repli_arena_printf(a, "%s" SUFFIX, time));
    const char *tmp = repli_arena_printf(a, "%s.tmp-%ld", path, (long)getpid());
    if (repli_file_exists(path))
        return repli_fail(err, REPLI_DATA, "%s is there already", path);
    s = repli_file_read(from, SNAPSHOT_MAX, a, &data, &len, err);
    if (s == REPLI_OK)
        s = repli_file_write(tmp, data, len, 0600, err);
    if (s == REPLI_OK)
        s = repli_snapshot_mark(tmp, by, why, repli_clock_now(&site->clock), err);
    if (s == REPLI_OK)
        s = repli_snapshot_verify(tmp, false, &got, err);
    if (s == REPLI_OK)
        s = repli_snapshot_received(site, tmp, err);
    if (s == REPLI_OK)
        s = repli_file_commit(tmp, path, err);
    if (s != REPLI_OK) {
        (void)unlink(tmp);
        return s;
    }
    (void)unlink(from);
    (void)unlink(repli_arena_printf(a, "%s.why", from));
    snprintf(got.path, sizeof got.path, "%s", path);
    *info = got;
    return REPLI_OK;
}

enum repli_status repli_snapshot_accept(const struct repli_site *site, const uint8_t id[6], const char *const by[2],
                                        const char *reason, struct repli_snapshot_info *info, struct repli_err *err)
{
    struct repli_arena a = {0};
    bool changed = false;
    const char *path = NULL;
    int lock REPLI_AUTO(repli_snapshot_unlock) = -1;
    const char *clean = repli_text_clean(&a, reason, strlen(reason), &changed);
    enum repli_status s = REPLI_OK;
    if (strcmp(by[0], by[1]) == 0)
        s = repli_fail(err, REPLI_USAGE, "two different people must accept a snapshot, '%s' is one", by[0]);
    else if (!*clean || changed || strlen(clean) > 200)
        s = repli_fail(err, REPLI_USAGE, "the reason must be a text on one line of 1 to 200 bytes");
    else if (strlen(by[0]) + strlen(by[1]) > 150)
        s = repli_fail(err, REPLI_USAGE, "the two ids are too long together");
    if (s == REPLI_OK)
        s = repli_snapshot_lock(site, &a, &lock, err);
    if (s == REPLI_OK)
        s = find(site, id, &a, &path, err);
    if (s == REPLI_OK)
        s = move_in(site, path, repli_arena_printf(&a, "%s, %s", by[0], by[1]), clean, &a, info, err);
    repli_arena_done(&a);
    return s;
}
