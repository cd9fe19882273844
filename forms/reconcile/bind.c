/* Whose a blank sheet is.  Nobody is printed on it, so that two people must look at it and say the same. */
#include "repli/bind.h"

#include "reconcile/merge_internal.h"
#include "repli/pagecode.h"
#include "repli/record_newcomer.h"
#include "repli/serial.h"

static enum repli_status find(struct repli_ledger *ledger, const char *sheet, struct repli_arena *a,
                              struct repli_sheet_row **row, struct repli_err *err)
{
    uint64_t serial = 0;
    if (!repli_serial_parse(sheet, &serial))
        return repli_fail(err, REPLI_DATA, "'%s' is no sheet's number: it stands beside the code", sheet);
    enum repli_status s = repli_ledger_sheet_get(ledger, serial, a, row, err);
    if (s != REPLI_OK)
        return s;
    if (!*row)
        return repli_fail(err, REPLI_DATA, "sheet %s is not in this ledger", sheet);
    if ((*row)->subject_kind != REPLI_SUBJECT_BLANK)
        return repli_fail(err, REPLI_DATA, "sheet %s is no blank one: whose it is was printed, and stays so", sheet);
    return REPLI_OK;
}

static enum repli_status fill(struct repli_ledger *ledger, uint64_t serial, struct repli_arena *a,
                              struct repli_bind_result *r, struct repli_err *err)
{
    *r = (struct repli_bind_result){0};
    enum repli_status s = repli_ledger_bindings(ledger, serial, a, &r->said, &r->nsaid, err);
    if (s == REPLI_OK)
        s = repli_ledger_bound(ledger, serial, a, &r->bound, err);
    return s == REPLI_OK ? repli_ledger_parents(ledger, serial, a, &r->parents, &r->nparents, err) : s;
}

enum repli_status repli_bind_show(struct repli_ledger *ledger, const char *sheet, struct repli_arena *a,
                                  struct repli_bind_result *r, struct repli_err *err)
{
    struct repli_sheet_row *row = NULL;
    enum repli_status s = find(ledger, sheet, a, &row, err);
    return s == REPLI_OK ? fill(ledger, row->serial, a, r, err) : s;
}

/* The one patient of this number, as the record has them now. */
static enum repli_status patient(struct repli_record *record, const char *number, struct repli_arena *a,
                                 struct repli_binding *b, struct repli_err *err)
{
    struct repli_live_patient *p = NULL;
    int64_t count = 0;
    enum repli_status s = repli_record_live_number(record, number, NULL, a, &p, &count, err);
    if (s != REPLI_OK)
        return s;
    if (count != 1)
        return repli_fail(err, REPLI_DATA, "the record has %s of number %s", count ? "several patients" : "nobody",
                          number);
    if (p->replaced_by)
        return repli_fail(err, REPLI_DATA, "the file of patient %s was joined to %s: name that one", number,
                          p->replaced_by);
    b->patient_id = p->id;
    memcpy(b->subject, p->subject, sizeof b->subject);
    b->number = number;
    b->name = p->family ? repli_arena_printf(a, "%s, %s", p->family, p->given ? p->given : "") : p->name_text;
    b->birth_date = p->birth_date;
    return REPLI_OK;
}

/* What is in the record stands under the patient it was merged for. */
static enum repli_status not_merged(struct repli_record *record, const struct repli_sheet_row *row,
                                    struct repli_arena *a, struct repli_err *err)
{
    struct repli_paper_row *paper = NULL;
    size_t n = 0;
    enum repli_status s = repli_record_paper(record, row->serial, row->mac, a, &paper, &n, err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        if (!paper[i].undone_by)
            return repli_fail(err, REPLI_DATA, "sheet %s is in the record already: `repli merge undo %s` first",
                              row->sheet, paper[i].merge_id);
    if (s == REPLI_OK && row->state != REPLI_LIFE_READ && row->state != REPLI_LIFE_REVIEWED)
        return repli_fail(err, REPLI_DATA, "sheet %s is %s: only one that was read and is open can be bound",
                          row->sheet, repli_life_text(row->state));
    return s;
}

/* Under the record's lock: nobody merges the sheet between the look and the word. */
enum repli_status repli_bind_say(const struct repli_site *site, struct repli_ledger *ledger,
                                 struct repli_record *record, const char *sheet, const char *number, const char *by,
                                 struct repli_arena *a, struct repli_bind_result *r, struct repli_err *err)
{
    struct repli_sheet_row *row = NULL;
    struct repli_record_merge *lock = NULL;
    struct repli_binding b = {.person = by, .said_utc = repli_clock_now(&site->clock)};
    enum repli_status s = repli_record_merge_begin(record, &lock, err);
    if (s != REPLI_OK)
        return s;
    s = find(ledger, sheet, a, &row, err);
    if (s == REPLI_OK)
        s = not_merged(record, row, a, err);
    if (s == REPLI_OK && number)
        s = patient(record, number, a, &b, err);
    if (s == REPLI_OK)
        s = repli_ledger_bind(ledger, row->serial, &b, err);
    repli_record_merge_rollback(lock);
    return s == REPLI_OK ? fill(ledger, row->serial, a, r, err) : s;
}
