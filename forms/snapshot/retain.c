/* Deleting old snapshots: what the ledger says is read first, files go afterwards, one by one. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/snapshot_keep.h"
#include "snapshot/snapshot_internal.h"

#define DAY ((int64_t)86400)

const struct repli_snapshot_use *repli_snapshot_use_of(const struct repli_snapshot_use *uses, size_t count,
                                                       const uint8_t id[6])
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(uses[i].id, id, sizeof uses[i].id) == 0)
            return &uses[i];
    return NULL;
}

struct retainer {
    const struct repli_site *site;
    struct repli_arena *a;
    struct repli_err *err;
    int64_t now_utc;
    struct repli_snapshot_use *uses;
    size_t nuses;
    char **names; /* newest first */
    struct repli_keep_item *items;
    size_t count;
};

static int64_t received(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec : INT64_MAX; /* INT64_MAX: kept */
}

/* Paper that is still out; a station that may print from it; and for as long as the rule reaches, paper that came back:
** lost sheets turn up. */
static bool is_needed(const struct retainer *r, const struct repli_snapshot_info *info)
{
    const struct repli_snapshot_use *use = repli_snapshot_use_of(r->uses, r->nuses, info->id);
    return use && (use->open > 0 || use->pushed || use->last_utc > r->now_utc - r->site->keep.weekly_days * DAY);
}

/* The newest good one is found by reading it whole, and so is every newer one that is damaged: they stay as well. */
static void protect_newest(struct retainer *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct repli_snapshot *snap = NULL;
        struct repli_err why = {0};
        r->items[i].needed = true;
        if (repli_snapshot_open(repli_path_join(r->a, r->site->snapshots, r->names[i]), &snap, &why) != REPLI_OK)
            continue;
        repli_snapshot_close(snap);
        return;
    }
}

static enum repli_status look(struct retainer *r)
{
    enum repli_status s = repli_snapshot_names(r->site->snapshots, r->a, &r->names, &r->count, r->err);
    if (s != REPLI_OK)
        return s;
    r->items = repli_arena_array(r->a, r->count + 1, sizeof *r->items);
    for (size_t i = 0; i < r->count; i++) {
        struct repli_snapshot_info info;
        struct repli_err why = {0};
        const char *path = repli_path_join(r->a, r->site->snapshots, r->names[i]);
        r->items[i] = (struct repli_keep_item){.received_utc = received(path)};
        r->items[i].good = repli_snapshot_peek(path, &info, &why) == REPLI_OK;
        r->items[i].needed = r->items[i].good && is_needed(r, &info);
    }
    protect_newest(r);
    return REPLI_OK;
}

static enum repli_status delete_file(struct retainer *r, const char *path)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return REPLI_OK;
    return repli_fail(r->err, REPLI_IO, "%s cannot be deleted: %s", path, strerror(errno));
}

/* Quarantine holds people's data, too. */
static enum repli_status clear_quarantine(struct retainer *r)
{
    char **names = NULL;
    size_t n = 0;
    const char *dir = repli_path_join(r->a, r->site->snapshots, "quarantine");
    enum repli_status s = repli_file_exists(dir) ? repli_dir_list(dir, r->a, &names, &n, r->err) : REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < n; i++) {
        const char *path = repli_path_join(r->a, dir, names[i]);
        if (received(path) < r->now_utc - r->site->keep.weekly_days * DAY)
            s = delete_file(r, path);
    }
    return s;
}

static enum repli_status retain(struct retainer *r, struct repli_ledger *ledger, struct repli_retained *out)
{
    enum repli_status s = repli_ledger_snapshot_uses(ledger, r->a, &r->uses, &r->nuses, r->err);
    if (s == REPLI_OK)
        s = look(r);
    if (s != REPLI_OK)
        return s;
    struct repli_keep_item *plain = repli_arena_array(r->a, r->count + 1, sizeof *plain);
    memcpy(plain, r->items, r->count * sizeof *plain);
    for (size_t i = 0; i < r->count; i++)
        plain[i].needed = false;
    repli_keep_choose(&r->site->keep, r->site->zone, r->now_utc, plain, r->count);
    repli_keep_choose(&r->site->keep, r->site->zone, r->now_utc, r->items, r->count);
    for (size_t i = r->count; s == REPLI_OK && i > 0; i--) {
        const struct repli_keep_item *item = &r->items[i - 1];
        out->kept += item->keep;
        out->held += item->keep && !plain[i - 1].keep;
        out->removed += !item->keep;
        if (!item->keep)
            s = delete_file(r, repli_path_join(r->a, r->site->snapshots, r->names[i - 1]));
    }
    return s == REPLI_OK ? clear_quarantine(r) : s;
}

enum repli_status repli_snapshot_retain(const struct repli_site *site, struct repli_ledger *ledger,
                                        struct repli_retained *result, struct repli_err *err)
{
    struct repli_arena a = {0};
    struct repli_retained out = {0};
    struct repli_err busy = {0};
    int lock REPLI_AUTO(repli_snapshot_unlock) = -1;
    struct retainer r = {.site = site, .a = &a, .err = err, .now_utc = repli_clock_now(&site->clock)};
    enum repli_status s = REPLI_OK;
    /* Whoever holds the lock takes a snapshot and clears up after it. */
    if (repli_file_exists(site->snapshots) && repli_snapshot_lock(site, &a, &lock, &busy) == REPLI_OK)
        s = retain(&r, ledger, &out);
    repli_arena_done(&a);
    if (s == REPLI_OK)
        *result = out;
    return s;
}
