/* Sheets that a person closes: void, lost, unused. */
#include "repli/closing.h"

#include <inttypes.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "repli/record_merge.h"
#include "repli/serial.h"
#include "repli/text.h"

#define REASON_MAX_BYTES 500

struct close {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    struct repli_record *record; /* NULL: nothing of these sheets can be in it */
    struct repli_arena *a;
    const char *by, *reason;
    enum repli_life to;
    struct repli_closed done;
};

static enum repli_status check_reason(const char *reason, struct repli_err *err)
{
    size_t n = reason ? strlen(reason) : 1;
    if (n == 0 || n > REASON_MAX_BYTES || (reason && (!repli_utf8_valid(reason, n) || strpbrk(reason, "\n\r\t"))))
        return repli_fail(err, REPLI_USAGE, "the reason is empty, longer than %d bytes or no clean text",
                          REASON_MAX_BYTES);
    return REPLI_OK;
}

/* Values of this sheet that stand in the record. */
static enum repli_status nothing_merged(struct close *c, const struct repli_sheet_row *row, struct repli_err *err)
{
    struct repli_paper_row *paper = NULL;
    size_t count = 0;
    if (!c->record)
        return REPLI_OK;
    enum repli_status s = repli_record_paper(c->record, row->serial, row->mac, c->a, &paper, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        if (!paper[i].undone_by)
            return repli_fail(err, REPLI_DATA,
                              "sheet %s has values in the record (merge %s): undo that first (repli merge undo %s)",
                              row->sheet, paper[i].merge_id, paper[i].merge_id);
    return s;
}

/* The reason that was given; without one, the page's own void box, ticked and confirmed by a person. */
static enum repli_status find_reason(struct close *c, const struct repli_sheet_row *row, const char **reason,
                                     struct repli_err *err)
{
    struct review_sheet *sheet = NULL;
    *reason = c->reason;
    if (c->reason)
        return REPLI_OK;
    enum repli_status s = review_load(c->ledger, row->serial, c->a, &sheet, err);
    if (s != REPLI_OK)
        return s;
    const struct review_field *f = sheet ? review_find(sheet, "page.void") : NULL;
    if (c->to != REPLI_LIFE_VOID || !f || !review_ticked(f))
        return repli_fail(err, REPLI_USAGE, "why is sheet %s %s? add --reason", row->sheet, repli_life_text(c->to));
    *reason = "crossed out on paper";
    return REPLI_OK;
}

static enum repli_status close_row(struct close *c, const struct repli_sheet_row *row, struct repli_err *err)
{
    const char *reason = NULL;
    if (row->state == c->to) {
        c->done.already++;
        return REPLI_OK;
    }
    if (row->state == REPLI_LIFE_ALLOTTED) /* the life table lets a crash void it, not a person */
        return repli_fail(err, REPLI_DATA, "sheet %s is not printed yet: its pack is being written", row->sheet);
    enum repli_status s = nothing_merged(c, row, err);
    if (s == REPLI_OK)
        s = find_reason(c, row, &reason, err);
    if (s == REPLI_OK)
        s = repli_ledger_tasks_put(c->ledger, row->serial, NULL, 0, err);
    if (s == REPLI_OK)
        s = repli_ledger_holds_put(c->ledger, row->serial, NULL, 0, err);
    if (s == REPLI_OK)
        s = repli_ledger_sheet_state(c->ledger, row->serial, c->to, c->by, reason, repli_clock_now(&c->site->clock),
                                     err);
    c->done.closed += s == REPLI_OK;
    return s;
}

static enum repli_status close_named(struct close *c, const char *name, struct repli_err *err)
{
    uint64_t serial = 0;
    struct repli_sheet_row *row = NULL;
    if (!repli_serial_parse(name, &serial))
        return repli_fail(err, REPLI_USAGE, "'%.40s' is no sheet number (like K7QD-M3XA-D; its last sign is a check)",
                          name);
    enum repli_status s = repli_ledger_sheet_get(c->ledger, serial, c->a, &row, err);
    if (s == REPLI_OK && !row)
        return repli_fail(err, REPLI_DATA, "sheet %s is not in this ledger", name);
    return s == REPLI_OK ? close_row(c, row, err) : s;
}

/* All in one transaction of the ledger. */
static enum repli_status close_all(struct close *c, const struct repli_closing *what, struct repli_closed *done,
                                   struct repli_err *err)
{
    enum repli_status s = check_reason(what->reason, err);
    if (s == REPLI_OK)
        s = repli_ledger_begin(c->ledger, err);
    if (s != REPLI_OK)
        return s;
    for (size_t i = 0; s == REPLI_OK && i < what->count; i++)
        s = close_named(c, what->sheets[i], err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(c->ledger, err);
    if (s != REPLI_OK) {
        repli_ledger_rollback(c->ledger);
        return s;
    }
    *done = c->done;
    return REPLI_OK;
}

enum repli_status repli_sheets_void(const struct repli_site *site, struct repli_ledger *ledger,
                                    struct repli_record *record, const struct repli_closing *what,
                                    struct repli_closed *done, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_record_merge *lock = NULL;
    struct close c = {.site = site,
                      .ledger = ledger,
                      .record = record,
                      .a = &a,
                      .by = what->by,
                      .reason = what->reason,
                      .to = REPLI_LIFE_VOID};
    /* Nobody merges a sheet between looking at the record and closing it. */
    enum repli_status s = record ? repli_record_merge_begin(record, &lock, err) : REPLI_OK;
    if (s != REPLI_OK)
        return s;
    s = close_all(&c, what, done, err);
    if (lock)
        repli_record_merge_rollback(lock);
    return s;
}

enum repli_status repli_sheets_lost(const struct repli_site *site, struct repli_ledger *ledger,
                                    const struct repli_closing *what, struct repli_closed *done, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct close c = {
        .site = site, .ledger = ledger, .a = &a, .by = what->by, .reason = what->reason, .to = REPLI_LIFE_LOST};
    return close_all(&c, what, done, err);
}

/* ---- the counted rest */

static enum repli_status count_sheet(void *user, const struct repli_sheet_row *row, struct repli_err *err)
{
    (void)row, (void)err;
    ++*(int64_t *)user;
    return REPLI_OK;
}

static enum repli_status close_sheet(void *user, const struct repli_sheet_row *row, struct repli_err *err)
{
    return close_row(user, row, err);
}

static enum repli_status close_rest(struct close *c, const char *pack_id, int64_t count, struct repli_err *err)
{
    struct repli_pack pack;
    int64_t there = 0;
    const struct repli_sheet_filter rest = {.pack_id = pack_id, .only_missing = true};
    enum repli_status s = repli_ledger_pack_get(c->ledger, NULL, pack_id, c->a, &pack, err);
    if (s == REPLI_OK)
        s = repli_ledger_sheets(c->ledger, &rest, count_sheet, &there, err);
    if (s == REPLI_OK && there != count)
        return repli_fail(err, REPLI_DATA,
                          "%" PRId64 " sheets were counted, but %" PRId64
                          " of pack %s have not come back (each side with fields is a sheet): nothing is closed; "
                          "repli ledger --missing --pack %s lists them",
                          count, there, pack_id, pack_id);
    return s == REPLI_OK ? repli_ledger_sheets(c->ledger, &rest, close_sheet, c, err) : s;
}

enum repli_status repli_sheets_unused(const struct repli_site *site, struct repli_ledger *ledger, const char *pack_id,
                                      int64_t count, const char *by, struct repli_closed *done, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct close c = {.site = site,
                      .ledger = ledger,
                      .a = &a,
                      .by = by,
                      .reason = "unused, counted and shredded",
                      .to = REPLI_LIFE_VOID};
    enum repli_status s = repli_ledger_begin(ledger, err);
    if (s != REPLI_OK)
        return s;
    s = close_rest(&c, pack_id, count, err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(ledger, err);
    if (s != REPLI_OK) {
        repli_ledger_rollback(ledger);
        return s;
    }
    *done = c.done;
    return REPLI_OK;
}
