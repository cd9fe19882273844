/* A batch: every file is stored, every page of it decoded in a child, and every page image ends in one outcome, one row
** and one line.  Paper is never an error; only a ledger or a disk that fails ends a batch, between two pages.
*/
#include "batch.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/id.h"
#include "repli/serial.h"

static double now_ms(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6 : 0;
}

/* Times are told to a tenth of a millisecond. */
static double since(double *start)
{
    double now = now_ms(), ms = now - *start;
    *start = now;
    return (double)(int64_t)(ms * 10 + .5) / 10;
}

static void hash_pixels(struct job *job)
{
    struct repli_hash h;
    const struct repli_image *image = job->image;
    repli_hash_init(&h);
    repli_hash_int(&h, image->width);
    repli_hash_int(&h, image->height);
    repli_hash_bytes(&h, image->gray, (uint64_t)image->width * (uint64_t)image->height);
    repli_hash_final(&h, job->pixels);
}

/* ---- what a page is */

/* Same pixels as an earlier scan?  Its sheet is named, nothing is read again. */
static enum repli_status check_pixels(struct job *job, bool *duplicate, struct repli_err *err)
{
    struct repli_scan_row *first = NULL;
    hash_pixels(job);
    enum repli_status s =
        repli_ledger_scan_by_pixels(job->batch->ledger, job->pixels, job->arena, &job->first_scan, &first, err);
    *duplicate = s == REPLI_OK && first;
    if (!*duplicate)
        return s;
    job->outcome = REPLI_OUTCOME_DUPLICATE;
    job->first_outcome = repli_outcome_text(first->outcome);
    if (first->serial) {
        repli_serial_format(*first->serial, job->sheet);
        s = repli_ledger_sheet_get(job->batch->ledger, *first->serial, job->arena, &job->row, err);
    }
    return s;
}

static void register_page(struct job *job)
{
    enum repli_registered r =
        repli_register(job->image, job->map, (const double(*)[8])job->corners, job->ncorners, &job->pose);
    job->registered = r == REPLI_REGISTERED;
    switch (r) {
    case REPLI_REGISTERED:
        job->readings = repli_arena_array(job->arena, job->map->nfields + 1, sizeof *job->readings);
        repli_read_fields(job->image, job->map, &job->pose, job->readings);
        break;
    case REPLI_REGISTER_NO_MARKS:
        job->outcome = REPLI_OUTCOME_NOT_REGISTERED;
        break;
    case REPLI_REGISTER_NO_FRAME:
        /* Two levels may have lost the lines; gray does not. */
        job->outcome = job->image->bits == 1 ? REPLI_OUTCOME_NOT_REGISTERED : REPLI_OUTCOME_FOREIGN;
        job->reason = "frame";
        break;
    }
}

/* From decoded pixels to an outcome. */
static enum repli_status look(struct job *job, struct worker *w, double *start, struct repli_err *err)
{
    bool duplicate = false;
    enum repli_status s = check_pixels(job, &duplicate, err);
    job->ms_load = since(start);
    if (s != REPLI_OK || duplicate)
        return s;
    s = repli_scan_find_code(job, w, err);
    job->ms_code = since(start);
    if (s == REPLI_OK && job->authentic)
        s = repli_scan_look_up(job, err);
    if (s == REPLI_OK && job->outcome == REPLI_OUTCOME_READ) {
        register_page(job);
        if (job->registered)
            s = repli_scan_crops(job, err);
    }
    job->ms_fields = since(start);
    return s;
}

/* ---- rows */

/* The paper is back: printed (lost, blank) -> scanned; and read when its fields were. */
static enum repli_status move_sheet(const struct job *job, struct repli_err *err)
{
    struct repli_ledger *l = job->batch->ledger;
    enum repli_status s = REPLI_OK;
    bool registered = job->outcome == REPLI_OUTCOME_READ;
    if (!registered && job->outcome != REPLI_OUTCOME_NOT_REGISTERED && job->outcome != REPLI_OUTCOME_FOREIGN)
        return REPLI_OK;
    if (!job->row)
        return REPLI_OK;
    if (job->row->state != REPLI_LIFE_SCANNED)
        s = repli_ledger_sheet_state(l, job->row->serial, REPLI_LIFE_SCANNED, NULL, NULL, job->batch->now_utc, err);
    if (s == REPLI_OK && registered)
        s = repli_ledger_sheet_state(l, job->row->serial, REPLI_LIFE_READ, NULL, NULL, job->batch->now_utc, err);
    return s;
}

static enum repli_status put_readings(const struct job *job, int64_t scan_id, struct repli_err *err)
{
    const struct repli_page_map *map = job->map;
    struct repli_reading_row *rows = repli_arena_array(job->arena, map->nfields + 1, sizeof *rows);
    for (size_t i = 0; i < map->nfields; i++)
        rows[i] = (struct repli_reading_row){map->fields[i].id,
                                             repli_ink_text(job->readings[i].state),
                                             job->readings[i].row,
                                             job->readings[i].confidence,
                                             NULL,
                                             job->crops[i]};
    enum repli_status s =
        repli_ledger_readings_put(job->batch->ledger, job->row->serial, scan_id, rows, map->nfields, err);
    const struct repli_scan_request *q = job->batch->request;
    if (s == REPLI_OK && q->readings_stored)
        s = q->readings_stored(q->user, job->row->serial, err);
    return s;
}

static enum repli_status put_rows(struct job *job, struct repli_err *err)
{
    struct repli_ledger *l = job->batch->ledger;
    const struct scan_file *f = job->file;
    struct repli_image_row image = {f->sha256, f->name, job->batch->request->batch, f->bytes};
    struct repli_scan_row scan = {
        .page = job->page,
        .pixels = job->image ? job->pixels : NULL,
        .outcome = job->outcome,
        .reason = job->reason,
        .code = job->digits[0] ? job->digits : NULL,
        .result = repli_scan_json(job, false),
        .serial = job->authentic ? &job->code.serial
                  : job->row     ? &job->row->serial
                                 : NULL,
        .mac = job->authentic ? job->mac : NULL,
        .first_scan = job->first_scan ? &job->first_scan : NULL,
    };
    int64_t image_id = 0, scan_id = 0;
    enum repli_status s = repli_ledger_image_put(l, &image, job->batch->now_utc, &image_id, err);
    if (s == REPLI_OK)
        s = repli_ledger_scan_put(l, image_id, &scan, job->batch->now_utc, &scan_id, err);
    if (s == REPLI_OK)
        s = move_sheet(job, err);
    if (s == REPLI_OK && job->outcome == REPLI_OUTCOME_READ)
        s = put_readings(job, scan_id, err);
    return s;
}

static enum repli_status store_page(struct job *job, struct repli_err *err)
{
    struct repli_ledger *l = job->batch->ledger;
    enum repli_status s = repli_ledger_begin(l, err);
    if (s != REPLI_OK)
        return s;
    s = repli_scan_state_again(job, err);
    if (s == REPLI_OK)
        s = put_rows(job, err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(l, err);
    if (s != REPLI_OK)
        repli_ledger_rollback(l);
    return s;
}

static void tell(const struct job *job, const char *json)
{
    const struct repli_scan_request *q = job->batch->request;
    struct repli_scan_line line = {.json = json,
                                   .outcome = job->outcome,
                                   .file = job->file->path,
                                   .page = job->page,
                                   .reason = job->reason ? job->reason : job->first_outcome,
                                   .sheet = job->sheet[0] ? job->sheet : NULL,
                                   .form = job->row ? job->row->form_id : NULL};
    if (job->outcome == REPLI_OUTCOME_READ) {
        line.fields = job->map->nfields;
        for (size_t i = 0; i < job->map->nfields; i++)
            line.doubtful += job->readings[i].state == REPLI_INK_DOUBTFUL;
    }
    job->batch->result->images++;
    job->batch->result->by_outcome[job->outcome]++;
    if (q->line)
        q->line(q->user, &line);
}

/* ---- pages and files */

/* A page whose row is there already, from an earlier run over the same file. */
static enum repli_status again(struct job *job, bool *done, struct repli_err *err)
{
    struct repli_scan_row *row = NULL;
    if (!job->file->image_id)
        return REPLI_OK;
    enum repli_status s =
        repli_ledger_scan_of_page(job->batch->ledger, job->file->image_id, job->page, job->arena, &row, err);
    if (s != REPLI_OK || !row)
        return s;
    *done = true;
    job->outcome = REPLI_OUTCOME_DUPLICATE;
    job->first_outcome = repli_outcome_text(row->outcome);
    if (row->serial) {
        repli_serial_format(*row->serial, job->sheet);
        s = repli_ledger_sheet_get(job->batch->ledger, *row->serial, job->arena, &job->row, err);
    }
    if (s == REPLI_OK)
        tell(job, repli_scan_json_again(job, row->result));
    return s;
}

static void unreadable(struct job *job, enum repli_unreadable why)
{
    job->outcome = REPLI_OUTCOME_UNREADABLE;
    job->reason = repli_unreadable_text(why);
}

/* One page, while no other process has one in hand. */
static enum repli_status page_in_turn(struct job *job, struct worker *w, const enum repli_unreadable *whole,
                                      struct repli_err *err)
{
    enum worker_answer answer = WORKER_OK;
    enum repli_unreadable why = REPLI_UNREADABLE_TRUNCATED;
    double start = now_ms();
    bool done = false;
    enum repli_status s = again(job, &done, err);
    if (s != REPLI_OK || done)
        return s;
    if (whole) {
        unreadable(job, *whole);
    } else {
        s = repli_worker_page(w, job->page, &answer, &why, err);
        if (s == REPLI_OK && answer == WORKER_OK) {
            job->image = &w->page;
            s = look(job, w, &start, err);
        } else if (s == REPLI_OK) {
            unreadable(job, why);
        }
    }
    if (s == REPLI_OK)
        s = store_page(job, err);
    if (s == REPLI_OK)
        tell(job, repli_scan_json(job, true));
    return s;
}

static enum repli_status do_page(const struct batch *b, struct scan_file *f, struct worker *w, int page,
                                 const enum repli_unreadable *whole, struct repli_err *err)
{
    struct repli_arena arena = {0};
    struct job job = {.batch = b, .file = f, .arena = &arena, .page = page};
    int turn = -1;
    enum repli_status s = repli_scan_turn(&job, &turn, err);
    if (s == REPLI_OK && !f->image_id) /* somebody may have scanned the same file meanwhile */
        s = repli_ledger_image_find(b->ledger, f->sha256, &f->image_id, err);
    if (s == REPLI_OK)
        s = page_in_turn(&job, w, whole, err);
    if (turn >= 0)
        (void)close(turn);
    repli_arena_done(&arena);
    return s;
}

static enum repli_status do_pages(const struct batch *b, struct scan_file *f, struct repli_err *err)
{
    struct decode_limits limits = {.pixels = b->site->scan_max_pixels,
                                   .pages = b->site->scan_max_pages,
                                   .cpu_seconds = b->site->scan_cpu_seconds,
                                   .memory = b->site->scan_memory};
    struct worker w;
    enum worker_answer answer = WORKER_OK;
    enum repli_unreadable why = REPLI_UNREADABLE_KILLED;
    enum repli_status s = repli_worker_open(&w, f->fd, &limits, b->site->scan_page_seconds, &answer, &why, err);
    w.render = b->site->scan_render;
    if (s == REPLI_OK && answer != WORKER_OK)
        s = do_page(b, f, &w, 0, &why, err);
    for (int page = 1; s == REPLI_OK && page <= w.pages; page++)
        s = do_page(b, f, &w, page, NULL, err);
    repli_worker_close(&w);
    return s;
}

static enum repli_status do_file(const struct batch *b, const char *path, struct repli_err *err)
{
    struct scan_file f;
    bool ok = false;
    enum repli_unreadable why = REPLI_UNREADABLE_TYPE;
    enum repli_status s = repli_scan_store(b->site, path, &f, &ok, &why, err);
    if (s != REPLI_OK)
        return s;
    s = ok ? do_pages(b, &f, err) : do_page(b, &f, NULL, 0, &why, err);
    if (f.fd >= 0)
        (void)close(f.fd);
    return s;
}

enum repli_status repli_scan_batch(const struct repli_site *site, struct repli_ledger *ledger,
                                   const struct repli_scan_request *request, struct repli_scan_result *result,
                                   struct repli_err *err)
{
    struct repli_arena arena = {0};
    struct repli_scan_result r = {0};
    struct batch b = {site, ledger, request, &r, repli_clock_now(&site->clock)};
    const char **paths = NULL;
    size_t count = 0;
    enum repli_status s = repli_scan_files(request, &arena, &paths, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        if (request->progress)
            request->progress(request->user, i, count);
        s = do_file(&b, paths[i], err);
    }
    if (s == REPLI_OK && request->progress)
        request->progress(request->user, count, count);
    repli_arena_done(&arena);
    *result = r;
    for (int i = 0; s == REPLI_OK && i < REPLI_OUTCOME_COUNT; i++)
        if (r.by_outcome[i] && repli_outcome_waits((enum repli_outcome)i))
            s = REPLI_WAITS;
    return s;
}
