#include "support/importer.h"

#include <stdlib.h>
#include <string.h>

#include "repli/review.h"

static enum repli_status derive(void *user, uint64_t serial, struct repli_page_map *map, struct repli_err *err)
{
    struct importer *im = user;
    return repli_review_derive(im->batch.site, im->ledger, serial, map, err);
}

void importer_open(struct importer *im, const struct pile *p, const struct repli_site *site,
                   struct repli_ledger *ledger)
{
    *im = (struct importer){.pile = p, .ledger = ledger};
    im->request = (struct repli_scan_request){.readings_stored = derive, .user = im};
    im->batch = (struct batch){.site = site,
                               .ledger = ledger,
                               .request = &im->request,
                               .result = &im->result,
                               .now_utc = repli_clock_now(&site->clock)};
}

void importer_close(struct importer *im)
{
    repli_scan_relay_done(im->batch.relay);
    repli_ledger_close(im->ledger);
}

/* What was opened to lay sheets out again serves the next batch, too: forms and snapshots stay as they are. */
void importer_begin(struct importer *im)
{
    im->nfiles = im->file = im->head = im->nflights = 0;
    im->page = 0;
}

void importer_give(struct importer *im, const struct pile_file *f)
{
    if (im->nfiles == IMPORTER_FILES)
        abort();
    im->from[im->nfiles] = f;
    im->files[im->nfiles] = (struct scan_file){.path = f->name, .name = f->name, .bytes = 1000, .fd = -1};
    memcpy(im->files[im->nfiles++].sha256, f->sha256, sizeof f->sha256);
}

bool importer_busy(const struct importer *im)
{
    return im->file < im->nfiles || im->nflights > 0;
}

/* Up to where the ledger is not asked any more until the page is stored. */
static enum repli_status begin_page(struct importer *im, struct repli_err *err)
{
    const struct pile_file *from = im->from[im->file];
    struct scan_file *f = &im->files[im->file];
    struct importer_flight *fl = &im->flights[(im->head + im->nflights++) % IMPORTER_FLIGHTS];
    struct job *job = &fl->job;
    *fl = (struct importer_flight){.seen = from->npages ? &from->pages[im->page] : NULL};
    *job = (struct job){.batch = &im->batch, .file = f, .arena = &fl->arena, .page = from->npages ? im->page + 1 : 0};
    bool first = im->page == 0;
    enum repli_status s = REPLI_OK;
    if (++im->page >= from->npages) {
        im->page = 0;
        im->file++;
    }
    if (!fl->seen) {
        repli_scan_unreadable(job, REPLI_UNREADABLE_TRUNCATED);
        return REPLI_OK;
    }
    if (first || f->known)
        s = repli_scan_seen(job, err);
    f->known = first ? f->image_id != 0 : f->known;
    if (s != REPLI_OK || (job->before && !job->replaces))
        return s;
    pile_decode(im->pile, fl->seen, job);
    if (!job->authentic)
        return REPLI_OK;
    s = repli_scan_look_up(job, err);
    if (s == REPLI_OK)
        pile_read(im->pile, fl->seen, job);
    return s;
}

static enum repli_status store_page(struct importer *im, struct repli_err *err)
{
    struct importer_flight *fl = &im->flights[im->head];
    enum repli_outcome looked = fl->job.outcome;
    bool adopts = fl->job.adopted != NULL;
    enum repli_status s = repli_scan_store_page(&fl->job, err);
    im->raced += fl->job.outcome != looked && !fl->job.before;
    im->adopted += adopts && fl->job.outcome == REPLI_OUTCOME_READ;
    repli_arena_done(&fl->arena);
    im->head = (im->head + 1) % IMPORTER_FLIGHTS;
    im->nflights--;
    return s;
}

enum repli_status importer_step(struct importer *im, struct prng *r, struct repli_err *err)
{
    bool room = im->file < im->nfiles && im->nflights < IMPORTER_FLIGHTS;
    if (room && (im->nflights == 0 || (r && prng_chance(r, .5))))
        return begin_page(im, err);
    return im->nflights ? store_page(im, err) : REPLI_OK;
}
