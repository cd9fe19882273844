/* Void slips and lists of sheets that were still out: what they say, and closing what they name. */
#include "repli/slips.h"

#include <jansson.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/closing.h"
#include "repli/serial.h"
#include "repli/text.h"

struct run {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    struct repli_record *record;
    const char *by;
    repli_slip_fn *each;
    void *user;
    bool waits;
};

static const struct {
    const char *role, *closes, *words; /* closes NULL: nothing is closed */
} ticks[] = {
    {"void", "void", "nothing is written on it"},
    {"lost", "lost", "looked for and not found"},
    {"found", NULL, "found"},
    {"why_patient", "void", "wrong patient"},
    {"why_spoilt", "void", "spoilt"},
    {"why_twice", "void", "printed twice"},
    {"why_other", "void", "another reason, see the slip"},
};

/* Is a member of the line still to be keyed, and did anybody write anything? */
static void look(const struct review_sheet *sheet, const struct repli_capture *c, bool *open, bool *written)
{
    *open = *written = false;
    for (size_t m = 0; m < c->nmembers; m++) {
        const struct review_field *f = &sheet->fields[c->fields[m]];
        if (!review_for_people(f->field))
            continue;
        *open = *open || !f->settled.answer;
        *written = *written || !f->settled.answer || strcmp(f->settled.answer, "value") == 0 ||
                   strcmp(f->settled.answer, "illegible") == 0;
    }
}

/* The sheet that the line is about: printed on it, or keyed from it. */
static void name_sheet(struct merge_context *ctx, const struct capture_plan *plan, struct repli_slip *slip)
{
    json_t *key = plan->capture->key ? json_loads(plan->capture->key, 0, NULL) : NULL;
    int64_t sides = 0;
    const char *printed = plan_key_text(ctx, key, "sheet"), *text = plan_key_text(ctx, key, "sides");
    slip->sheet = printed ? printed : plan_member_value(ctx, plan, "sheet");
    slip->sides = printed && text && repli_integer(text, 1, 255, &sides) ? sides : 0;
    json_decref(key);
}

static void read_line(struct merge_context *ctx, const struct capture_plan *plan, struct repli_slip *slip)
{
    int ticked = -1, count = 0;
    bool open = false, written = false;
    look(ctx->sheet, plan->capture, &open, &written);
    name_sheet(ctx, plan, slip);
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++)
        if (plan_ticked(ctx, plan, ticks[i].role)) {
            ticked = (int)i;
            count++;
        }
    if (ticked >= 0)
        slip->closes = ticks[ticked].closes;
    slip->reason =
        repli_arena_printf(ctx->a, "slip %s: %s", slip->slip, ticked >= 0 ? ticks[ticked].words : "no reason");
    slip->why_not = open           ? "not keyed yet"
                    : count > 1    ? "two boxes are ticked: look at the slip"
                    : !slip->sheet ? "no legible number of a sheet"
                    : count == 0   ? "nothing is ticked: look at the slip"
                                   : NULL;
}

/* Is this the side of the same set that lies `i` sides behind the first one? */
static bool follows(const struct repli_sheet_row *first, const struct repli_sheet_row *row, size_t i)
{
    return row->side == first->side + (int)i && strcmp(row->pack_id, first->pack_id) == 0 &&
           strcmp(row->form_id, first->form_id) == 0 &&
           memcmp(row->subject, first->subject, sizeof row->subject) == 0 &&
           memcmp(row->stay, first->stay, sizeof row->stay) == 0;
}

/* The sides of a set that are out: those from the one that the list names, as far as they still are. */
static enum repli_status sides_out(struct run *run, const struct repli_slip *slip, struct repli_arena *a,
                                   const char ***sheets, size_t *count, struct repli_err *err)
{
    uint64_t serial = 0;
    char text[REPLI_SERIAL_TEXT];
    enum repli_status s = REPLI_OK;
    struct repli_sheet_row *first = NULL;
    size_t most = slip->sides ? (size_t)slip->sides : 1;
    *sheets = repli_arena_array(a, most + 1, sizeof **sheets);
    if (!repli_serial_parse(slip->sheet, &serial))
        return repli_fail(err, REPLI_DATA, "'%.40s' is no sheet number", slip->sheet);
    for (size_t i = 0; s == REPLI_OK && i < most; i++) {
        struct repli_sheet_row *row = NULL;
        s = repli_ledger_sheet_get(run->ledger, serial + i, a, &row, err);
        first = i == 0 ? row : first;
        bool mine = s == REPLI_OK && row && first &&
                    (i == 0 || (follows(first, row, i) && row->has_fields && row->state == REPLI_LIFE_PRINTED));
        repli_serial_format(serial + i, text);
        if (mine)
            (*sheets)[(*count)++] = repli_arena_strdup(a, text);
    }
    if (s == REPLI_OK && *count == 0)
        return repli_fail(err, REPLI_DATA, "sheet %s is not in this ledger", slip->sheet);
    return s;
}

static enum repli_status close_line(struct run *run, struct repli_slip *slip, struct repli_arena *a,
                                    struct repli_err *err)
{
    struct repli_err why = {0};
    struct repli_closed done = {0};
    const char **sheets = NULL;
    size_t count = 0;
    enum repli_status s = sides_out(run, slip, a, &sheets, &count, &why);
    const struct repli_closing what = {.sheets = sheets, .count = count, .by = run->by, .reason = slip->reason};
    if (s == REPLI_OK && strcmp(slip->closes, "lost") == 0)
        s = repli_sheets_lost(run->site, run->ledger, &what, &done, &why);
    else if (s == REPLI_OK)
        s = repli_sheets_void(run->site, run->ledger, run->record, &what, &done, &why);
    if (s != REPLI_OK && s != REPLI_DATA && s != REPLI_USAGE)
        return repli_fail(err, s, "%s", why.text);
    if (s != REPLI_OK)
        slip->why_not = repli_arena_strdup(a, why.text);
    slip->closed = done.closed;
    slip->already = done.already;
    return REPLI_OK;
}

static enum repli_status one_sheet(struct run *run, uint64_t serial, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    enum repli_status s = review_load(run->ledger, serial, &a, &sheet, err);
    if (s != REPLI_OK || !sheet)
        return s;
    struct merge_context ctx = {.site = run->site, .a = &a, .sheet = sheet};
    const struct review_field *crossed = review_find(sheet, "page.void");
    for (size_t c = 0; s == REPLI_OK && c < sheet->map->ncaptures; c++) {
        const struct capture_plan plan = {.capture = &sheet->map->captures[c]};
        bool open = false, written = false;
        look(sheet, plan.capture, &open, &written);
        if (strcmp(plan.capture->kind, "closing") != 0 || !written)
            continue;
        struct repli_slip slip = {.slip = sheet->row->sheet, .field = plan.capture->id};
        read_line(&ctx, &plan, &slip);
        if (crossed && review_ticked(crossed))
            slip.why_not = "the slip itself is crossed out";
        if (!slip.why_not && slip.closes && run->by)
            s = close_line(run, &slip, &a, err);
        run->waits = run->waits || slip.why_not != NULL;
        if (s == REPLI_OK)
            run->each(run->user, &slip);
    }
    return s;
}

struct serials {
    struct repli_buf list;
};

static enum repli_status take(void *user, const struct repli_sheet_row *row, struct repli_err *err)
{
    struct serials *all = user;
    (void)err;
    if (row->state == REPLI_LIFE_READ || row->state == REPLI_LIFE_REVIEWED || row->state == REPLI_LIFE_MERGED)
        repli_buf_add(&all->list, &row->serial, sizeof row->serial);
    return REPLI_OK;
}

enum repli_status repli_slips(const struct repli_site *site, struct repli_ledger *ledger, struct repli_record *record,
                              const char *by, repli_slip_fn *each, void *user, struct repli_err *err)
{
    static const char *const forms[] = {"voidslip", "stillout"};
    struct run run = {.site = site, .ledger = ledger, .record = record, .by = by, .each = each, .user = user};
    struct serials all = {0};
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < sizeof forms / sizeof *forms; i++) {
        const struct repli_sheet_filter filter = {.form_id = forms[i]};
        s = repli_ledger_sheets(ledger, &filter, take, &all, err);
    }
    for (size_t at = 0; s == REPLI_OK && at < all.list.len; at += sizeof(uint64_t)) {
        uint64_t serial = 0;
        memcpy(&serial, all.list.data + at, sizeof serial);
        s = one_sheet(&run, serial, err);
    }
    repli_buf_done(&all.list);
    return s == REPLI_OK && run.waits ? REPLI_WAITS : s;
}
