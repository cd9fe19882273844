/* One page image: from decoded pixels to an outcome, and from there to rows and a line.
**
** Looking (codes, marks, ink) happens in a thread of the pool and asks the ledger nothing; what the ledger knows is asked
** and stored by the thread that holds it.  Between looking a page up and storing it another page, or another process,
** may have stored the same image or another image of the same sheet: so everything that was looked up is looked up
** once more inside the transaction that stores it.
*/
#include "batch.h"

#include <string.h>
#include <time.h>

#include "repli/id.h"
#include "repli/serial.h"

static double now_ms(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6 : 0;
}

/* Times are told to a tenth of a millisecond. */
double repli_scan_since(double *start)
{
    double now = now_ms(), ms = now - *start;
    *start = now;
    return (double)(int64_t)(ms * 10 + .5) / 10;
}

/* Every pixel counts: any one that differs leaves its lane different whatever follows, and lanes are mixed by BLAKE2b.
** A cryptographic hash of all pixels would cost as much as decoding them, and nobody gains from two pages that pass for
** one. */
static void hash_rows(struct repli_hash *h, const uint8_t *p, size_t n)
{
    static const uint64_t odd[4] = {UINT64_C(0x9E3779B97F4A7C15), UINT64_C(0xC2B2AE3D27D4EB4F),
                                    UINT64_C(0x165667B19E3779F9), UINT64_C(0xD6E8FEB86659FD93)};
    uint64_t lane[4] = {1, 2, 3, 4}, v;
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
        for (size_t k = 0; k < 4; k++) {
            memcpy(&v, p + i + 8 * k, sizeof v);
            v = (lane[k] ^ v) * odd[k];
            lane[k] = v << 29 | v >> 35;
        }
    repli_hash_bytes(h, lane, sizeof lane);
    repli_hash_bytes(h, p + i, n - i);
}

static void hash_pixels(struct job *job, const struct repli_image *image)
{
    struct repli_hash h;
    repli_hash_init(&h);
    repli_hash_int(&h, image->width);
    repli_hash_int(&h, image->height);
    hash_rows(&h, image->gray, (size_t)image->width * (size_t)image->height);
    repli_hash_final(&h, job->pixels);
}

/* ---- looking */

void repli_scan_unreadable(struct job *job, enum repli_unreadable why)
{
    job->outcome = REPLI_OUTCOME_UNREADABLE;
    job->reason = repli_unreadable_text(why);
}

enum repli_status repli_scan_decode(struct job *job, struct worker *w, struct repli_err *err)
{
    enum worker_answer answer = WORKER_OK;
    enum repli_unreadable why = REPLI_UNREADABLE_TRUNCATED;
    double start = 0;
    (void)repli_scan_since(&start);
    enum repli_status s = repli_worker_page(w, job->page, &answer, &why, err);
    if (s != REPLI_OK)
        return s;
    if (answer != WORKER_OK) {
        repli_scan_unreadable(job, why);
        return REPLI_OK;
    }
    job->decoded = true;
    job->bits = w->page.bits;
    job->dpi = w->page.dpi;
    hash_pixels(job, &w->page);
    job->ms_load = repli_scan_since(&start);
    s = repli_scan_find_code(job, w, err);
    job->ms_code = repli_scan_since(&start);
    return s;
}

void repli_scan_register(struct job *job, const struct repli_image *image)
{
    double start = 0;
    (void)repli_scan_since(&start);
    enum repli_registered r =
        repli_register(image, job->map, (const double(*)[8])job->corners, job->ncorners, &job->pose);
    job->registered = r == REPLI_REGISTERED;
    switch (r) {
    case REPLI_REGISTERED:
        job->readings = repli_arena_array(job->arena, job->map->nfields + 1, sizeof *job->readings);
        repli_read_fields(image, job->map, &job->pose, job->readings);
        break;
    case REPLI_REGISTER_NO_MARKS:
        job->outcome = REPLI_OUTCOME_NOT_REGISTERED;
        break;
    case REPLI_REGISTER_NO_FRAME:
        /* Two levels may have lost the lines; gray does not. */
        job->outcome = job->bits == 1 ? REPLI_OUTCOME_NOT_REGISTERED : REPLI_OUTCOME_FOREIGN;
        job->reason = "frame";
        break;
    }
    job->ms_fields = repli_scan_since(&start);
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

