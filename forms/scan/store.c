/* One page into the ledger: what became of it, its readings, its sheet's state; all in one transaction. */
#include "batch.h"

#include <string.h>

#include "repli/serial.h"

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
    if (job->adopted)
        s = repli_ledger_adopt(l, job->adopted, job->row, job->batch->now_utc, err);
    if (s == REPLI_OK && job->row->state != REPLI_LIFE_SCANNED)
        s = repli_ledger_sheet_state(l, job->row->serial, REPLI_LIFE_SCANNED, NULL, NULL, job->batch->now_utc, err);
    if (s == REPLI_OK && registered)
        s = repli_ledger_sheet_state(l, job->row->serial, REPLI_LIFE_READ, NULL, NULL, job->batch->now_utc, err);
    return s;
}

/* `second`: they are joined with those of the sheet's first image. */
static enum repli_status put_readings(const struct job *job, int64_t scan_id, bool second, struct repli_err *err)
{
    const struct repli_page_map *map = job->map;
    struct repli_reading_row *rows = repli_arena_array(job->arena, map->nfields + 1, sizeof *rows);
    for (size_t i = 0; i < map->nfields; i++)
        rows[i] = (struct repli_reading_row){map->fields[i].id,
                                             repli_ink_text(job->readings[i].state),
                                             job->readings[i].row,
                                             job->readings[i].confidence,
                                             NULL,
                                             repli_scan_crop_name(job->arena, job->sheet, map->fields[i].id)};
    size_t changed = map->nfields;
    enum repli_status s =
        second ? repli_ledger_readings_add(job->batch->ledger, job->row->serial, scan_id, rows, map->nfields, &changed,
                                           err)
               : repli_ledger_readings_put(job->batch->ledger, job->row->serial, scan_id, rows, map->nfields, err);
    if (changed == 0)
        return s;
    const struct repli_scan_request *q = job->batch->request;
    if (s == REPLI_OK && q->readings_stored)
        s = q->readings_stored(q->user, job->row->serial, job->map, err);
    return s;
}

/* Waiting for a form or a snapshot is the one thing that can end without another image. */
static bool retriable(enum repli_outcome outcome)
{
    return outcome == REPLI_OUTCOME_NO_SNAPSHOT || outcome == REPLI_OUTCOME_UNKNOWN_FORM;
}

static enum repli_status put_rows(struct job *job, struct repli_err *err)
{
    struct repli_ledger *l = job->batch->ledger;
    const struct scan_file *f = job->file;
    struct repli_image_row image = {f->sha256, f->name, job->batch->request->batch, f->bytes};
    struct repli_scan_row scan = {
        .page = job->page,
        .pixels = job->decoded ? job->pixels : NULL,
        .outcome = job->outcome,
        .reason = job->reason,
        .code = job->digits[0] && !job->assigned[0] ? job->digits : NULL, /* nobody read those */
        .serial = job->authentic ? &job->code.serial
                  : job->row     ? &job->row->serial
                                 : NULL,
        .mac = job->authentic ? job->mac : NULL,
        .first_scan = job->first_scan ? &job->first_scan : NULL,
    };
    char *stored = NULL;
    int64_t image_id = 0, scan_id = job->replaces;
    repli_scan_json(job, &job->line, &stored);
    scan.result = stored;
    enum repli_status s = repli_ledger_image_put(l, &image, job->batch->now_utc, &image_id, err);
    if (s == REPLI_OK && scan_id)
        s = repli_ledger_scan_replace(l, scan_id, &scan, job->batch->now_utc, err);
    else if (s == REPLI_OK)
        s = repli_ledger_scan_put(l, image_id, &scan, job->batch->now_utc, &scan_id, err);
    if (s == REPLI_OK && job->refused)
        s = repli_ledger_assign_refused(l, image_id, job->page, job->batch->now_utc, err);
    if (s == REPLI_OK)
        s = move_sheet(job, err);
    bool second = job->outcome == REPLI_OUTCOME_SECOND_IMAGE && job->readings;
    if (s == REPLI_OK && (second || job->outcome == REPLI_OUTCOME_READ))
        s = put_readings(job, scan_id, second, err);
    return s;
}

/* ---- what was stored meanwhile */

static enum repli_status name_sheet(struct job *job, const struct repli_scan_row *first, struct repli_err *err)
{
    job->outcome = REPLI_OUTCOME_DUPLICATE;
    job->first_outcome = repli_outcome_text(first->outcome);
    job->reason = NULL;
    job->authentic = job->registered = false;
    job->row = NULL;
    job->adopted = NULL;
    job->sheet[0] = job->digits[0] = 0;
    if (!first->serial)
        return REPLI_OK;
    repli_serial_format(*first->serial, job->sheet);
    return repli_ledger_sheet_get(job->batch->ledger, *first->serial, job->arena, &job->row, err);
}

/* A page without a code that two people have named the sheet of is looked at again, by that sheet. */
static enum repli_status seen_assigned(struct job *job, int64_t scan_id, struct repli_err *err)
{
    struct repli_ledger *l = job->batch->ledger;
    struct repli_sheet_row *row = NULL;
    uint64_t serial = 0;
    const char *by[2] = {NULL, NULL};
    enum repli_status s = repli_ledger_assigned(l, job->file->image_id, job->page, job->arena, &serial, by, err);
    if (s == REPLI_OK && serial)
        s = repli_ledger_sheet_get(l, serial, job->arena, &row, err);
    if (s != REPLI_OK || !row)
        return s;
    job->replaces = scan_id;
    job->assigned[0] = by[0];
    job->assigned[1] = by[1];
    job->assigned_code = row->code;
    return REPLI_OK;
}

enum repli_status repli_scan_seen(struct job *job, struct repli_err *err)
{
    struct repli_ledger *l = job->batch->ledger;
    struct scan_file *f = job->file;
    struct repli_scan_row *row = NULL;
    int64_t scan_id = 0;
    enum repli_status s = f->image_id ? REPLI_OK : repli_ledger_image_find(l, f->sha256, &f->image_id, err);
    if (s == REPLI_OK && f->image_id)
        s = repli_ledger_scan_of_page(l, f->image_id, job->page, job->arena, &scan_id, &row, err);
    job->before = row;
    job->replaces = row && retriable(row->outcome) ? scan_id : 0;
    return s == REPLI_OK && row && row->outcome == REPLI_OUTCOME_NO_CODE ? seen_assigned(job, scan_id, err) : s;
}

/* Same pixels as an earlier scan?  Its sheet is named, nothing is read again. */
static enum repli_status same_pixels(struct job *job, bool *same, struct repli_err *err)
{
    struct repli_scan_row *first = NULL;
    int64_t scan_id = 0;
    *same = false;
    if (!job->decoded)
        return REPLI_OK;
    enum repli_status s =
        repli_ledger_scan_by_pixels(job->batch->ledger, job->pixels, job->arena, &scan_id, &first, err);
    if (s != REPLI_OK || !first || scan_id == job->replaces)
        return s;
    *same = true;
    job->first_scan = scan_id;
    job->ms_code = job->ms_fields = 0;
    return name_sheet(job, first, err);
}

/* The sheet may have been voided, lost, read, since it was looked up. */
static enum repli_status look_again(struct job *job, struct repli_err *err)
{
    enum repli_outcome seen = job->outcome;
    const char *reason = job->reason;
    if (!job->authentic)
        return REPLI_OK;
    job->reason = NULL;
    enum repli_status s = repli_scan_look_up(job, err);
    if (job->outcome == REPLI_OUTCOME_READ) {
        job->outcome = seen;
        job->reason = reason;
    } else {
        /* another image of a sheet that was read: where it lies is kept, people may have to look at it */
        job->registered = job->registered && job->outcome == REPLI_OUTCOME_SECOND_IMAGE;
    }
    return s;
}

/* *done: its row is there already, from an earlier run over the same file. */
static enum repli_status settle(struct job *job, bool *done, struct repli_err *err)
{
    bool same = false;
    enum repli_status s = repli_scan_seen(job, err);
    if (s != REPLI_OK)
        return s;
    /* Waiting still for the same thing: nothing has changed. */
    *done = job->before && (!job->replaces || retriable(job->outcome));
    if (*done)
        return name_sheet(job, job->before, err);
    s = same_pixels(job, &same, err);
    return s == REPLI_OK && !same ? look_again(job, err) : s;
}

static enum repli_status put_page(struct job *job, bool *done, struct repli_err *err)
{
    struct repli_ledger *l = job->batch->ledger;
    enum repli_status s = repli_ledger_begin(l, err);
    if (s != REPLI_OK)
        return s;
    s = settle(job, done, err);
    if (s == REPLI_OK && !*done)
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

enum repli_status repli_scan_store_page(struct job *job, struct repli_err *err)
{
    bool done = false;
    enum repli_status s = put_page(job, &done, err);
    if (s == REPLI_OK)
        tell(job, done ? repli_scan_json_again(job, job->before->result) : job->line);
    return s;
}
