/* Which sheet an image shows: the authenticated code decides, and the ledger must agree. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "repli/purge.h"
#include "repli/serial.h"

#define BLANK_CELL    4   /* pixels at 300 dpi that are averaged, both ways */
#define BLANK_EDGE_MM 6   /* scanners draw lines along the edges of paper */
#define BLANK_MM2     1.5 /* of dark cells: below this the page is empty but for specks */
#define TOO_LIGHT     "a sheet that was scanned too light looks the same"

bool repli_scan_take_codes(struct job *job, const struct code_seen *seen, size_t n, enum code_stage stage)
{
    for (size_t i = 0; i < n; i++) {
        struct repli_page_code code;
        uint8_t mac[8];
        enum repli_outcome now = REPLI_OUTCOME_NO_CODE;
        switch (repli_pagecode_decode(seen[i].digits, job->batch->site->keys, &code, mac)) {
        case REPLI_PAGECODE_GOOD:
            now = REPLI_OUTCOME_READ;
            break;
        case REPLI_PAGECODE_FOREIGN:
            now = REPLI_OUTCOME_FOREIGN;
            break;
        case REPLI_PAGECODE_BAD_MAC:
            now = REPLI_OUTCOME_BAD_MAC;
            break;
        case REPLI_PAGECODE_NOT_OURS:
            break;
        }
        if (now == REPLI_OUTCOME_READ && !job->authentic) {
            job->authentic = true;
            job->outcome = now;
            job->stage = stage;
            job->code = code;
            memcpy(job->mac, mac, sizeof mac);
            memcpy(job->digits, seen[i].digits, sizeof job->digits);
            repli_serial_format(code.serial, job->sheet);
        } else if (now == REPLI_OUTCOME_READ && strcmp(job->digits, seen[i].digits) != 0) {
            job->outcome = REPLI_OUTCOME_TWO_SHEETS;
            job->authentic = false;
            job->sheet[0] = 0;
            return true;
        } else if (!job->authentic && !seen[i].pieced && now != REPLI_OUTCOME_NO_CODE &&
                   job->outcome != REPLI_OUTCOME_BAD_MAC) {
            job->outcome = now;
            memcpy(job->digits, seen[i].digits, sizeof job->digits);
        }
        if (now == REPLI_OUTCOME_READ)
            memcpy(job->corners[job->ncorners++], seen[i].px, sizeof seen[i].px);
    }
    return job->authentic;
}

/* Two people said whose sheet this is: its code is the one that the ledger keeps. */
static bool take_assigned(struct job *job)
{
    struct code_seen kept = {.digits = {0}};
    if (!job->assigned[0] || strlen(job->assigned_code) != REPLI_PAGECODE_DIGITS)
        return false;
    memcpy(kept.digits, job->assigned_code, REPLI_PAGECODE_DIGITS);
    bool good = repli_scan_take_codes(job, &kept, 1, CODE_STAGES);
    job->ncorners = 0; /* nobody saw it */
    return good;
}

enum repli_status repli_scan_find_code(struct job *job, struct worker *w, struct repli_err *err)
{
    bool crashed = false;
    job->outcome = REPLI_OUTCOME_NO_CODE;
    if (take_assigned(job))
        return REPLI_OK;
    for (int stage = 0; stage < CODE_STAGES; stage++) {
        struct code_seen seen[CODE_SEEN_MAX];
        size_t n = 0;
        enum worker_answer answer = WORKER_OK;
        enum repli_status s = repli_worker_codes(w, (enum code_stage)stage, seen, &n, &answer, err);
        if (s != REPLI_OK)
            return s;
        crashed = crashed || answer != WORKER_OK;
        if (repli_scan_take_codes(job, seen, n, (enum code_stage)stage))
            break;
    }
    if (job->outcome == REPLI_OUTCOME_NO_CODE && crashed)
        job->reason = "the search for a code was stopped";
    else if (job->outcome == REPLI_OUTCOME_NO_CODE && repli_scan_blank(&w->page)) {
        job->outcome = REPLI_OUTCOME_BLANK;
        if (w->page.bits == 1)
            job->reason = TOO_LIGHT;
    }
    return REPLI_OK;
}

const char *repli_scan_subject_word(int kind)
{
    return kind == REPLI_SUBJECT_WARD ? "ward" : kind == REPLI_SUBJECT_SITE ? "site" : "patient";
}

/* What the code says must be what the ledger wrote down when it allotted this serial; the first difference, or NULL. */
static const char *difference(const struct repli_page_code *c, const struct repli_sheet_row *r)
{
    if (c->subject_kind != r->subject_kind)
        return "subject";
    if (memcmp(c->subject, r->subject, sizeof c->subject) != 0)
        return repli_scan_subject_word(c->subject_kind);
    if (memcmp(c->stay, r->stay, sizeof c->stay) != 0)
        return "stay";
    if (c->version != r->version)
        return "form version";
    if (c->page != r->side || c->pages != r->sides)
        return "side";
    if (c->window_utc != r->window_utc || c->window_hours != r->window_hours)
        return "window";
    if (c->flags != r->flags)
        return "flags";
    return NULL;
}

/* A sheet that may not be read (again), by its state. */
static enum repli_status by_state(struct job *job, struct repli_err *err)
{
    switch (job->row->state) {
    case REPLI_LIFE_VOID:
        job->outcome = REPLI_OUTCOME_VOID;
        return REPLI_OK;
    case REPLI_LIFE_MERGED:
        job->outcome = REPLI_OUTCOME_CLOSED;
        return repli_ledger_scan_read_of(job->batch->ledger, job->row->serial, &job->first_scan, err);
    case REPLI_LIFE_READ:
    case REPLI_LIFE_REVIEWED:
        job->outcome = REPLI_OUTCOME_SECOND_IMAGE;
        return repli_ledger_scan_read_of(job->batch->ledger, job->row->serial, &job->first_scan, err);
    case REPLI_LIFE_ALLOTTED:
        job->outcome = REPLI_OUTCOME_MISMATCH;
        job->reason = "its pack was never finished";
        return REPLI_OK;
    case REPLI_LIFE_BLANK:
    case REPLI_LIFE_PRINTED:
    case REPLI_LIFE_SCANNED:
    case REPLI_LIFE_LOST:
    case REPLI_LIFE_COUNT:
        break;
    }
    job->outcome = REPLI_OUTCOME_READ;
    return REPLI_OK;
}

/* A page map that is damaged is as good as none: the image waits for people, the batch goes on. */
static enum repli_status load_map(struct job *job, struct repli_err *err)
{
    struct repli_err why = {0};
    enum repli_status s = repli_ledger_sheet_map(job->batch->ledger, job->row->serial, job->arena, &job->map, &why);
    if (s == REPLI_DATA) {
        job->outcome = REPLI_OUTCOME_NO_SNAPSHOT;
        bool purged = false;
        s = repli_ledger_purged(job->batch->ledger, job->row->serial, &purged, err);
        job->reason = purged ? "it was purged" : "its page map is damaged";
        return s;
    }
    return s == REPLI_OK ? s : repli_fail(err, s, "%s", why.text);
}

/* The sheet's row: the ledger's, or one that was made again. */
static enum repli_status find_row(struct job *job, struct repli_err *err)
{
    struct repli_sheet_row *row = NULL;
    enum repli_status s = repli_ledger_sheet_get(job->batch->ledger, job->code.serial, job->arena, &row, err);
    if (s != REPLI_OK)
        return s;
    if (row) {
        job->row = row;
        job->adopted = NULL; /* somebody was first */
        return REPLI_OK;
    }
    job->outcome = REPLI_OUTCOME_READ;
    return job->adopted ? REPLI_OK : repli_scan_relay(job, err);
}

/* A copy is never read: what should not be on it must not merge beside what is on the sheet itself.  Nor is it thrown
** away: somebody may have written on it all the same. */
static enum repli_status name_copy(struct job *job, struct repli_err *err)
{
    struct repli_sheet_row *row = NULL;
    enum repli_status s = repli_ledger_sheet_get(job->batch->ledger, job->code.serial, job->arena, &row, err);
    bool clash = s == REPLI_OK && row && memcmp(row->mac, job->mac, sizeof job->mac) != 0;
    job->outcome = clash ? REPLI_OUTCOME_SERIAL_CLASH : REPLI_OUTCOME_COPY;
    job->row = clash ? NULL : row;
    return s;
}

enum repli_status repli_scan_look_up(struct job *job, struct repli_err *err)
{
    if ((job->code.flags & REPLI_FLAG_COPY) && !(job->code.flags & REPLI_FLAG_DRILL))
        return name_copy(job, err);
    enum repli_status s = find_row(job, err);
    if (s != REPLI_OK || !job->row)
        return s;
    if (memcmp(job->row->mac, job->mac, sizeof job->mac) != 0) {
        job->outcome = REPLI_OUTCOME_SERIAL_CLASH;
        return REPLI_OK;
    }
    const char *what = difference(&job->code, job->row);
    if (what) {
        job->outcome = REPLI_OUTCOME_MISMATCH;
        job->reason = what;
        return REPLI_OK;
    }
    if (job->code.flags & REPLI_FLAG_DRILL) {
        job->outcome = REPLI_OUTCOME_DRILL;
        return REPLI_OK;
    }
    if (!job->row->has_fields) {
        job->outcome = REPLI_OUTCOME_BLANK;
        return REPLI_OK;
    }
    s = by_state(job, err);
    bool looks = job->outcome == REPLI_OUTCOME_READ || job->outcome == REPLI_OUTCOME_SECOND_IMAGE;
    return s == REPLI_OK && looks && !job->map ? load_map(job, err) : s;
}

static int compare_byte(const void *a, const void *b)
{
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

/* With two levels every dark pixel counts: paper leaves none, and of a sheet that was scanned too light single dots of
** its marks and frames are all that is left. */
bool repli_scan_blank(const struct repli_image *image)
{
    double scale = repli_image_scale(image);
    int k = (int)(scale * 25.4 / 300 * BLANK_CELL + .5), edge = (int)(BLANK_EDGE_MM * scale);
    k = k < 1 || image->bits == 1 ? 1 : k;
    int nx = (image->width - 2 * edge) / k, ny = (image->height - 2 * edge) / k;
    if (nx < 8 || ny < 8)
        return false;
    size_t n = (size_t)nx * (size_t)ny, dark = 0;
    uint8_t *cell = repli_xmalloc(n), *sorted = repli_xmalloc(n / 16 + 1);
    for (int y = 0; y < ny; y++)
        for (int x = 0; x < nx; x++) {
            unsigned sum = 0;
            for (int j = 0; j < k; j++)
                for (int i = 0; i < k; i++)
                    sum += image->gray[(size_t)(edge + y * k + j) * (size_t)image->width + (size_t)(edge + x * k + i)];
            cell[(size_t)y * (size_t)nx + (size_t)x] = (uint8_t)(sum / (unsigned)(k * k));
        }
    for (size_t i = 0; i < n / 16; i++)
        sorted[i] = cell[i * 16];
    qsort(sorted, n / 16, 1, compare_byte);
    unsigned paper = sorted[n / 32];
    for (size_t i = 0; i < n; i++)
        dark += cell[i] * 100u < paper * 80u;
    free(cell);
    free(sorted);
    return paper > 100 && (double)dark * k * k / (scale * scale) < BLANK_MM2;
}
