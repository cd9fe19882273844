/* Purge after sign-off: sheet by sheet, then images, then files, then what the databases' files still hold. */
#include "repli/purge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/export.h"
#include "repli/file.h"
#include "repli/merge.h"

#define DAY_S INT64_C(86400)

struct purge {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    struct repli_record *record;
    const struct repli_purge_request *q;
    struct repli_purge_counts *n;
    struct repli_arena a;
    int64_t closed_utc; /* the latest closing of a ward that counts */
    struct repli_purge_sheet *sheets;
    size_t nsheets;
};

static int by_serial(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = ((const struct repli_purge_sheet *)y)->serial;
    return (a > b) - (a < b);
}

/* Every merge of these sheets that the hospital's own system was not told of, or whose undoing it was not told of. */
static enum repli_status handed_over(struct purge *p, const struct repli_out_merge **first, struct repli_err *err)
{
    struct repli_out_merge *all = NULL;
    size_t count = 0;
    enum repli_status s = repli_record_out_merges(p->record, INT64_MIN, &p->a, &all, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        bool exported = false, withdrawn = false;
        if (!p->nsheets || !bsearch(&all[i].serial, p->sheets, p->nsheets, sizeof *p->sheets, by_serial))
            continue;
        p->n->merges++;
        s = repli_ledger_exported(p->ledger, all[i].id, &exported, &withdrawn, err);
        if (s != REPLI_OK || (all[i].undone ? !exported || withdrawn : exported && !withdrawn))
            continue;
        p->n->not_handed_over++;
        if (!*first)
            *first = &all[i];
    }
    return s;
}

static enum repli_status choose(struct purge *p, struct repli_err *err)
{
    const struct repli_out_merge *merge = NULL;
    const char *waits = NULL;
    enum repli_status s =
        repli_ledger_purge_due(p->ledger, p->q->ward, p->closed_utc, &p->a, &p->sheets, &p->nsheets, err);
    for (size_t i = 0; s == REPLI_OK && i < p->nsheets; i++) {
        p->n->waiting += p->sheets[i].waiting;
        if (p->sheets[i].waiting && !waits)
            waits = p->sheets[i].sheet;
    }
    if (s == REPLI_OK)
        s = handed_over(p, &merge, err);
    if (s != REPLI_OK || p->q->force || p->q->dry)
        return s;
    if (merge)
        return repli_fail(
            err, REPLI_DATA,
            "%lld merges were not handed over to the hospital's own system, %s of sheet %s first: nothing "
            "left; `repli export fhir --merged` first, or say --force",
            (long long)p->n->not_handed_over, merge->id, merge->sheet);
    if (waits)
        return repli_fail(err, REPLI_DATA,
                          "images of %lld sheets were put aside and nobody looked at them, of sheet %s first: nothing "
                          "left; look (repli ledger show %s), or say --force",
                          (long long)p->n->waiting, waits, waits);
    return s;
}

/* The record commits first: a sheet whose merges cannot be undone any more and that is still here is purged by the next
** run, the other way round nobody would come back to the record. */
static enum repli_status one_sheet(struct purge *p, uint64_t serial, struct repli_err *err)
{
    int64_t now = repli_clock_now(&p->site->clock), merges = 0;
    bool gone = false;
    enum repli_status s = repli_record_purge_begin(p->record, err);
    if (s != REPLI_OK)
        return s;
    s = repli_ledger_begin(p->ledger, err);
    if (s == REPLI_OK)
        s = repli_ledger_purge_sheet(p->ledger, serial, p->q, p->closed_utc, now, &gone, err);
    if (s == REPLI_OK && gone)
        s = repli_record_purge_merges(p->record, serial, p->q->by, now, &merges, err);
    if (s == REPLI_OK)
        s = repli_record_purge_commit(p->record, err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(p->ledger, err);
    if (s != REPLI_OK) {
        repli_record_purge_rollback(p->record);
        repli_ledger_rollback(p->ledger);
        return s;
    }
    p->n->sheets += gone;
    p->n->merges += merges;
    return s;
}

static enum repli_status images(struct purge *p, struct repli_err *err)
{
    enum repli_status s = repli_ledger_begin(p->ledger, err);
    if (s == REPLI_OK)
        s = repli_ledger_purge_images(p->ledger, p->q, p->closed_utc, repli_clock_now(&p->site->clock), &p->n->images,
                                      err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(p->ledger, err);
    if (s != REPLI_OK)
        repli_ledger_rollback(p->ledger);
    return s;
}

/* ---- files */

static enum repli_status drop(struct purge *p, const char *path, int64_t *count, struct repli_err *err)
{
    if (unlink(path) == 0) {
        (*count)++;
        p->n->files++;
        return REPLI_OK;
    }
    return errno == ENOENT || errno == ENOTDIR ? REPLI_OK : repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
}

/* Crops of images without a code: "<12 digits of the hash>-<page>-band.png". */
static enum repli_status drop_bands(struct purge *p, const char *const *hashes, size_t count, struct repli_err *err)
{
    const char *dir = repli_path_join(&p->a, p->site->crops, "images");
    char **names = NULL;
    size_t n = 0;
    int64_t gone = 0;
    if (!count || !repli_file_exists(dir))
        return REPLI_OK;
    enum repli_status s = repli_dir_list(dir, &p->a, &names, &n, err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        for (size_t k = 0; s == REPLI_OK && k < count; k++)
            if (strncmp(names[i], hashes[k], 12) == 0)
                s = drop(p, repli_path_join(&p->a, dir, names[i]), &gone, err);
    return s;
}

static enum repli_status drop_scans(struct purge *p, struct repli_err *err)
{
    const char **names = NULL;
    size_t n = 0;
    int64_t gone = 0;
    enum repli_status s = repli_ledger_purge_list(p->ledger, REPLI_PURGE_IMAGES, &p->a, &names, &n, err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        s = drop(p, repli_path_join(&p->a, p->site->scans, names[i]), &gone, err);
    return s == REPLI_OK ? drop_bands(p, names, n, err) : s;
}

static enum repli_status drop_crops(struct purge *p, struct repli_err *err)
{
    const char **names = NULL;
    size_t n = 0;
    enum repli_status s = repli_ledger_purge_list(p->ledger, REPLI_PURGE_SHEETS, &p->a, &names, &n, err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++) {
        const char *dir = repli_path_join(&p->a, p->site->crops, names[i]);
        if (!repli_file_exists(dir))
            continue;
        s = repli_remove_tree(dir, err);
        p->n->files += s == REPLI_OK;
    }
    return s;
}

static enum repli_status drop_packs(struct purge *p, struct repli_err *err)
{
    const char **names = NULL;
    size_t n = 0;
    enum repli_status s = repli_ledger_purge_list(p->ledger, REPLI_PURGE_PACKS, &p->a, &names, &n, err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++) {
        if (strncmp(names[i], "packs/", 6) == 0 && !strstr(names[i], ".."))
            s = drop(p, repli_path_join(&p->a, p->site->dir, names[i]), &p->n->packs, err);
        else
            p->n->outside += repli_file_exists(names[i]);
    }
    return s;
}

static enum repli_status drop_or_count(struct purge *p, const char *path, struct repli_err *err)
{
    if (!p->q->dry)
        return drop(p, path, &p->n->refused, err);
    p->n->refused++;
    return REPLI_OK;
}

/* What nobody could read was set aside in inbox/refused, by no sheet: it leaves by its own age, when all wards do. */
static enum repli_status drop_refused(struct purge *p, struct repli_err *err)
{
    const char *dir = repli_path_join(&p->a, p->site->inbox, "refused");
    char **names = NULL;
    size_t n = 0;
    struct stat st;
    if (p->q->ward || !repli_file_exists(dir))
        return REPLI_OK;
    enum repli_status s = repli_dir_list(dir, &p->a, &names, &n, err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++) {
        const char *path = repli_path_join(&p->a, dir, names[i]);
        if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (int64_t)st.st_mtime <= p->closed_utc)
            s = drop_or_count(p, path, err);
    }
    return s;
}

static enum repli_status sync_folders(struct purge *p, struct repli_err *err)
{
    enum repli_status s = repli_dir_sync(p->site->scans, err);
    return s == REPLI_OK ? repli_dir_sync(p->site->crops, err) : s;
}

static enum repli_status files(struct purge *p, struct repli_err *err)
{
    enum repli_status s = drop_scans(p, err);
    if (s == REPLI_OK)
        s = drop_crops(p, err);
    if (s == REPLI_OK)
        s = drop_packs(p, err);
    if (s == REPLI_OK)
        s = drop_refused(p, err);
    return s == REPLI_OK ? sync_folders(p, err) : s;
}

static enum repli_status run(struct purge *p, struct repli_err *err)
{
    enum repli_status s = p->q->dry ? REPLI_OK : repli_merge_replay(p->site, p->ledger, p->record, err);
    if (s == REPLI_OK)
        s = choose(p, err);
    if (s != REPLI_OK)
        return s;
    if (p->q->dry) {
        p->n->sheets = (int64_t)p->nsheets;
        return drop_refused(p, err);
    }
    p->n->merges = 0;
    for (size_t i = 0; s == REPLI_OK && i < p->nsheets; i++)
        s = one_sheet(p, p->sheets[i].serial, err);
    if (s == REPLI_OK)
        s = images(p, err);
    if (s == REPLI_OK)
        s = files(p, err);
    if (s == REPLI_OK)
        s = repli_record_purge_wipe(p->record, err);
    return s == REPLI_OK ? repli_ledger_purge_wipe(p->ledger, err) : s;
}

enum repli_status repli_purge_run(const struct repli_site *site, struct repli_ledger *ledger,
                                  struct repli_record *record, const struct repli_purge_request *q,
                                  struct repli_purge_counts *n, struct repli_err *err)
{
    int64_t policy = repli_clock_now(&site->clock) - site->purge_days * DAY_S;
    struct purge p = {.site = site,
                      .ledger = ledger,
                      .record = record,
                      .q = q,
                      .n = n,
                      .closed_utc = q->before_utc < policy ? q->before_utc : policy};
    *n = (struct repli_purge_counts){0};
    enum repli_status s = run(&p, err);
    repli_arena_done(&p.a);
    return s;
}
