/* Batches: fields of one kind, without their context, for one person alone; and known fields among them. */
#include <stdlib.h>
#include <string.h>

#include "reconcile/batch.h"
#include "repli/pagecode.h"
#include "repli/quality.h"

static const char *const kinds[] = {"tick", "time", "date", "digits", "band", "number"};

static bool role_in(const char *role, const char *const *roles, size_t n)
{
    for (size_t i = 0; role && i < n; i++)
        if (strcmp(role, roles[i]) == 0)
            return true;
    return false;
}

/* NULL: of no kind that is batched. */
static const char *kind_of(const struct repli_field *f)
{
    static const char *const times[] = {"at", "given", "stop"}, *const dates[] = {"day", "first_day", "date"};
    if (f->kind == REPLI_FIELD_TICK)
        return "tick";
    if (!review_number(f))
        return NULL;
    if (f->kind == REPLI_FIELD_BAND)
        return "band";
    if (role_in(f->role, times, 3))
        return "time";
    if (role_in(f->role, dates, 3))
        return "date";
    return f->kind == REPLI_FIELD_DIGITS ? "digits" : "number";
}

/* Does the field mean the same without the line it stands in? */
static bool simple(const struct review_sheet *sheet, const struct review_field *f)
{
    static const char *const in_place[] = {"administration", "order-decision", "order-proposal",
                                           "allergy",        "identity",       "movement"};
    size_t index = (size_t)(f - sheet->fields);
    int subject = sheet->row->subject_kind;
    if (!review_for_people(f->field) || subject == REPLI_SUBJECT_WARD || subject == REPLI_SUBJECT_SITE)
        return false; /* lines of a ward's sheet name people */
    if (f->tier != f->field->tier)
        return false; /* a page with corrections */
    for (size_t c = 0; c < sheet->map->ncaptures; c++) {
        const struct repli_capture *capture = &sheet->map->captures[c];
        for (size_t m = 0; m < capture->nmembers; m++)
            if (capture->fields[m] == index && role_in(capture->kind, in_place, sizeof in_place / sizeof *in_place))
                return false;
    }
    return true;
}

bool review_batched(const struct review_sheet *sheet, const struct review_field *f, const char *kind)
{
    const char *is = kind_of(f->field);
    return is && (!kind || strcmp(is, kind) == 0) && simple(sheet, f);
}

static void keep(void *user, const char *json)
{
    struct review_batch *b = user;
    b->lines[b->count++] = repli_arena_strdup(&b->a, json);
}

static void tell(struct review_batch *b, const struct review_sheet *sheet, const struct review_field *f,
                 const char *need, struct repli_arena *a)
{
    review_task_line(sheet, f, need, a, keep, b);
}

static bool fits(const struct review_batch *b, const struct review_sheet *sheet, const struct review_field *f)
{
    return review_batched(sheet, f, b->kind);
}

static struct repli_lease lease_of(const struct review_batch *b, const struct review_field *f, const char *need)
{
    return (struct repli_lease){.field = f->field->id,
                                .need = need,
                                .person = b->by,
                                .revision = f->revision,
                                .taken_utc = b->now_utc,
                                .until_utc = b->now_utc + b->site->review_lease_minutes * 60};
}

bool review_lent(const struct repli_lease *leases, size_t count, const struct review_field *f, const char *by)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(leases[i].person, by) != 0 && leases[i].revision == f->revision &&
            strcmp(leases[i].field, f->field->id) == 0 && strcmp(leases[i].need, review_need_text(f->need)) == 0)
            return true;
    return false;
}

enum repli_status review_batch_take(struct review_batch *b, const struct review_sheet *sheet,
                                    const struct review_field *f, struct repli_arena *a, struct repli_err *err)
{
    const struct repli_lease lease = lease_of(b, f, review_need_text(f->need));
    enum repli_status s = repli_ledger_lease_take(b->ledger, sheet->row->serial, &lease, err);
    if (s == REPLI_OK)
        b->tell(b, sheet, f, lease.need, a);
    return s;
}

static enum repli_status batch_sheet(struct review_batch *b, uint64_t serial, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    struct repli_lease *leases = NULL;
    size_t nleases = 0;
    enum repli_status s = review_load(b->ledger, serial, &a, &sheet, err);
    if (s == REPLI_OK)
        s = repli_ledger_leases(b->ledger, serial, NULL, b->now_utc, &a, &leases, &nleases, err);
    for (size_t i = 0; s == REPLI_OK && sheet && i < sheet->count && (int64_t)b->count < b->limit; i++) {
        const struct review_field *f = &sheet->fields[i];
        if (f->need != NEED_NONE && !review_may_not(f, b->by) && b->fits(b, sheet, f) &&
            !review_lent(leases, nleases, f, b->by))
            s = review_batch_take(b, sheet, f, &a, err);
    }
    return s;
}

/* ---- known fields */

const char *review_asked_as(const struct review_field *f)
{
    return f->answers[NEED_CONFIRM] && !f->answers[NEED_KEY1] ? "confirm" : "key1";
}

static enum repli_status add_known(struct review_batch *b, const struct repli_known *known, bool *added,
                                   struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    enum repli_status s = review_load(b->ledger, known->serial, &a, &sheet, err);
    const struct review_field *f = s == REPLI_OK && sheet ? review_find(sheet, known->field) : NULL;
    if (!f || f->need != NEED_NONE || !review_batched(sheet, f, NULL) || !b->fits(b, sheet, f))
        return s;
    const char *need = review_asked_as(f);
    const struct repli_lease lease = lease_of(b, f, need);
    const struct repli_blind blind = {.serial = known->serial,
                                      .field = known->field,
                                      .revision = known->revision,
                                      .person = b->by,
                                      .purpose = "known",
                                      .need = need,
                                      .given_utc = b->now_utc};
    s = repli_ledger_blind_give(b->ledger, &blind, err);
    if (s == REPLI_OK)
        s = repli_ledger_lease_take(b->ledger, known->serial, &lease, err);
    if (s == REPLI_OK)
        b->tell(b, sheet, f, need, &a);
    *added = s == REPLI_OK;
    return s;
}

/* Moves the last line to a place that follows from what it is, so that its place tells nothing. */
static void hide_last(struct review_batch *b)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325) ^ (uint64_t)b->now_utc;
    const char *line = b->lines[b->count - 1];
    for (const char *p = line; *p; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001B3);
    size_t at = (size_t)(h % b->count);
    memmove(&b->lines[at + 1], &b->lines[at], (b->count - 1 - at) * sizeof *b->lines);
    b->lines[at] = line;
}

/* As many as bring the person's share to what the site wants: of `fields` answered so far and those of this batch. */
static enum repli_status seed(struct review_batch *b, struct repli_err *err)
{
    int64_t fields = 0, given = 0;
    size_t count = 0;
    struct repli_known *known = NULL;
    enum repli_status s = repli_ledger_operator_load(b->ledger, b->by, &fields, &given, err);
    int64_t wanted = (fields + (int64_t)b->count) * b->site->review_seed_per_thousand / 1000 - given,
            most = (int64_t)b->count / 10 + 1;
    if (s != REPLI_OK || wanted <= 0 || b->count == 0)
        return s;
    wanted = wanted < most ? wanted : most;
    s = repli_ledger_known(b->ledger, b->by, false, 40 * wanted + 200, &b->a, &known, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count && wanted > 0; i++) {
        bool added = false;
        s = add_known(b, &known[i], &added, err);
        if (s == REPLI_OK && added) {
            hide_last(b);
            wanted--;
        }
    }
    return s;
}

enum repli_status review_batch_give(struct review_batch *b,
                                    enum repli_status (*fill)(struct review_batch *, struct repli_err *),
                                    repli_review_line_fn *fn, void *user, struct repli_err *err)
{
    enum repli_status s = review_refresh(b->site, b->ledger, err);
    if (s == REPLI_OK)
        s = repli_ledger_begin(b->ledger, err);
    if (s != REPLI_OK)
        return s;
    b->now_utc = repli_clock_now(&b->site->clock);
    b->lines = repli_arena_array(&b->a, (size_t)(b->limit + b->limit / 10 + 2), sizeof *b->lines); /* and known ones */
    s = fill(b, err);
    if (s == REPLI_OK)
        s = seed(b, err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(b->ledger, err);
    if (s != REPLI_OK)
        repli_ledger_rollback(b->ledger);
    for (size_t i = 0; s == REPLI_OK && i < b->count; i++)
        fn(user, b->lines[i]);
    repli_arena_done(&b->a);
    return s;
}

static enum repli_status fill(struct review_batch *b, struct repli_err *err)
{
    uint64_t *serials = NULL;
    size_t count = 0;
    enum repli_status s = repli_ledger_serials_open(b->ledger, &b->a, &serials, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count && (int64_t)b->count < b->limit; i++)
        s = batch_sheet(b, serials[i], err);
    return s;
}

enum repli_status repli_review_batch(const struct repli_site *site, struct repli_ledger *ledger, const char *by,
                                     const char *kind, int64_t limit, repli_review_line_fn *fn, void *user,
                                     struct repli_err *err)
{
    struct review_batch b = {
        .site = site, .ledger = ledger, .by = by, .kind = kind, .limit = limit, .fits = fits, .tell = tell};
    if (kind && !role_in(kind, kinds, sizeof kinds / sizeof *kinds))
        return repli_fail(err, REPLI_USAGE, "no kind '%s' (tick, time, date, digits, band, number)", kind);
    return review_batch_give(&b, fill, fn, user, err);
}
