/* One page image: from decoded pixels to an outcome, and from there to rows and a line.
**
** Looking (codes, marks, ink) happens in a thread of the pool and asks the ledger nothing; what the ledger knows
** is asked and stored by the thread that holds it.  Between looking a page up and storing it another page, or
** another process, may have stored the same image or another image of the same sheet: so everything that was
** looked up is looked up once more inside the transaction that stores it.
*/
#include "band.h"
#include "batch.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "repli/id.h"

#define LARGER "larger than a sheet"
#define RIVAL  .02 /* of likeness: two figures of a serial make .05 and more */

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

/* What two people said does not hold against the paper. */
static void refuse(struct job *job, const char *what)
{
    job->reason = repli_arena_printf(job->arena, "%s is not that of %s", what, job->sheet);
    job->outcome = REPLI_OUTCOME_NO_CODE;
    job->refused = true;
    job->authentic = job->registered = false;
    job->row = NULL;
    job->map = NULL;
    job->sheet[0] = job->digits[0] = 0;
}

/* Whom the paper is about, it must say itself.  Where people named the sheet, torn paper may say less than all of it,
** but no other sheet that is still out may be more like it. */
static bool band_allows(const struct job *job, const struct repli_image *image)
{
    struct band_match band;
    if (!job->assigned[0])
        return repli_band_agrees(image, job->map, &job->pose);
    repli_band_match(image, job->map, &job->pose, &band);
    bool rival = job->ncandidates > 0 && job->candidates[0].serial != job->code.serial &&
                 job->candidates[0].likeness > band.likeness + RIVAL;
    return band.deny == 0 && band.agree > 0 && !rival;
}

/* Another image of a sheet that was read stays what it is. */
static void not_registered(struct job *job, enum repli_outcome outcome, const char *reason)
{
    if (job->outcome != REPLI_OUTCOME_READ)
        return;
    job->outcome = outcome;
    job->reason = reason;
}

/* By the size of a code of ours that was seen: glass on which two sheets have room. */
static bool larger_than_a_sheet(const struct job *job, const struct repli_image *image)
{
    const double *c = job->corners[0], side_mm = (job->map->codes[0].x1 - job->map->codes[0].x0) / 1e3;
    if (!job->ncorners)
        return false;
    double scale = (hypot(c[2] - c[0], c[3] - c[1]) + hypot(c[4] - c[2], c[5] - c[3])) / 2 / side_mm;
    return (double)image->width * image->height > 1.5 * SHEET_WIDTH_MM * SHEET_LONG_MM * scale * scale;
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
        if (!repli_scan_alone(image, &job->pose)) {
            job->registered = false;
            not_registered(job, REPLI_OUTCOME_TWO_SHEETS, LARGER);
            break;
        }
        if (!band_allows(job, image)) {
            if (job->assigned[0])
                refuse(job, "its band");
            else
                not_registered(job, REPLI_OUTCOME_MISMATCH, "band");
            break;
        }
        job->readings = repli_arena_array(job->arena, job->map->nfields + 1, sizeof *job->readings);
        repli_read_fields(image, job->map, &job->pose, job->readings);
        break;
    case REPLI_REGISTER_NO_MARKS:
        if (job->assigned[0])
            refuse(job, "its frame");
        else if (larger_than_a_sheet(job, image))
            not_registered(job, REPLI_OUTCOME_TWO_SHEETS, LARGER);
        else
            not_registered(job, REPLI_OUTCOME_NOT_REGISTERED, NULL);
        break;
    case REPLI_REGISTER_NO_FRAME:
        /* Two levels may have lost the lines; gray does not. */
        if (job->assigned[0])
            refuse(job, "its frame");
        not_registered(job, job->bits == 1 ? REPLI_OUTCOME_NOT_REGISTERED : REPLI_OUTCOME_FOREIGN, "frame");
        break;
    }
    job->ms_fields = repli_scan_since(&start);
}
