/* Taking back what people said: of a number as a whole, and sheet by sheet. */
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/downtime.h"
#include "repli/identity.h"
#include "repli/pagecode.h"
#include "repli/serial.h"

struct deed {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    struct repli_record *record;
    struct repli_arena *a;
    int64_t now;
};

/* ---- a resolution */

/* The file that a sheet writes into. */
static enum repli_status file_of(const struct deed *d, uint64_t serial, const char **id, struct repli_err *err)
{
    struct repli_sheet_row *row = NULL;
    const char *owner = NULL;
    int moves = 0;
    *id = NULL;
    enum repli_status s = repli_ledger_sheet_get(d->ledger, serial, d->a, &row, err);
    if (s == REPLI_OK && row)
        s = repli_record_sheet_owner(d->record, serial, row->mac, d->a, &owner, &moves, err);
    if (s != REPLI_OK || !row)
        return s;
    *id = owner                                         ? owner
          : row->subject_kind == REPLI_SUBJECT_DOWNTIME ? row->patient
          : row->subject_kind == REPLI_SUBJECT_PATIENT  ? row->patient_id
                                                        : NULL;
    return REPLI_OK;
}

/* Paper about one of the two, merged since, that found its value in the file of the other, or ended a place of it. */
static enum repli_status nothing_stands_on_it(const struct deed *d, const char *number, int64_t since,
                                              struct repli_err *err)
{
    struct repli_identity_crossing *all = NULL;
    size_t count = 0;
    enum repli_status s = repli_record_identity_found(d->record, since, d->a, &all, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        const char *about = all[i].about;
        bool one = false, two = false;
        if (!about)
            s = file_of(d, all[i].serial, &about, err);
        if (s == REPLI_OK && about)
            s = repli_record_identity_within(d->record, number, about, &one, err);
        if (s == REPLI_OK && about)
            s = repli_record_identity_within(d->record, number, all[i].owner, &two, err);
        if (s == REPLI_OK && about && one != two)
            return repli_fail(err, REPLI_DATA,
                              "%s cannot be taken back under merge %s: sheet %s is about %s, and what it says (%s) was "
                              "found in the file of %s; undo that merge first (repli merge undo %s)",
                              number, all[i].merge_id, all[i].sheet, about, all[i].field, all[i].owner,
                              all[i].merge_id);
    }
    return s;
}

static enum repli_status still_joined(const struct deed *d, const char *number, struct repli_err *err)
{
    const char *end = NULL;
    enum repli_status s = repli_record_identity_find(d->record, number, d->a, &end, err);
    if (s == REPLI_OK && end && strcmp(end, number) != 0)
        return repli_fail(err, REPLI_DATA,
                          "the hospital's own system says as well that %s is Patient/%s: take that back there first",
                          number, end);
    return s;
}

static enum repli_status undo(const struct deed *d, const char *number, const char *by, const char *reason,
                              struct repli_err *err)
{
    struct repli_identity_act *acts = NULL;
    size_t count = 0;
    enum repli_status s = repli_record_identity_acts(d->record, number, d->a, &acts, &count, err);
    if (s != REPLI_OK)
        return s;
    const struct repli_identity_act *last = count ? &acts[count - 1] : NULL;
    if (!last || strcmp(last->act, "confirmed") != 0)
        return repli_fail(err, REPLI_DATA, "nobody here confirmed who %s is: there is nothing to take back", number);
    struct repli_identity_act act = {
        .act = "undone", .patient_id = last->patient_id, .reason = reason, .person = by, .at_utc = d->now};
    memcpy(act.shown, last->shown, sizeof act.shown);
    s = nothing_stands_on_it(d, number, last->at_utc, err);
    if (s == REPLI_OK)
        s = repli_record_identity_unlink(d->record, number, err);
    if (s == REPLI_OK)
        s = still_joined(d, number, err);
    return s == REPLI_OK ? repli_record_identity_say(d->record, number, &act, err) : s;
}

enum repli_status repli_identity_undo(const struct repli_site *site, struct repli_ledger *ledger,
                                      struct repli_record *record, const char *number, const char *by,
                                      const char *reason, struct repli_arena *a, struct repli_identity **out,
                                      struct repli_err *err)
{
    const struct deed d = {site, ledger, record, a, repli_clock_now(&site->clock)};
    size_t count = 0;
    enum repli_status s = repli_record_identity_begin(record, err);
    if (s != REPLI_OK)
        return s;
    s = undo(&d, number, by, reason, err);
    if (s == REPLI_OK)
        s = repli_identity_list(ledger, record, number, a, out, &count, err);
    return repli_record_identity_end(record, s, err);
}

/* ---- sheets */

/* Whose the sheets shall be: the id of a patient, or a downtime number, which need not be in the record yet. */
static enum repli_status new_owner(const struct deed *d, const struct repli_identity_split *split, const char **owner,
                                   struct repli_err *err)
{
    char letter = 0, text[REPLI_DOWNTIME_TEXT];
    uint64_t number = 0;
    int64_t first = 0, left = 0;
    enum repli_status s = REPLI_OK;
    if (strcmp(split->to, "new") == 0) {
        s = repli_ledger_downtime_take(d->ledger, d->site, 1, &first, &left, err);
        if (s != REPLI_OK)
            return s;
        number = repli_downtime_make(REPLI_DOWNTIME_PATIENT, d->site->station, first);
    } else if (!repli_downtime_parse(split->to, &letter, &number) || letter != REPLI_DOWNTIME_PATIENT) {
        s = repli_record_identity_find(d->record, split->to, d->a, owner, err);
        if (s == REPLI_OK && !*owner)
            return repli_fail(err, REPLI_DATA,
                              "the record has no patient '%s', and it is no downtime number: import the hospital's "
                              "registration first, or give it to a new number (--to new)",
                              split->to);
        return s;
    }
    repli_downtime_format(REPLI_DOWNTIME_PATIENT, number, text);
    *owner = repli_arena_strdup(d->a, text);
    return REPLI_OK;
}

/* One of the number's sheets, with nothing in the record. */
static enum repli_status free_sheet(const struct deed *d, const char *number, const char *name,
                                    struct repli_sheet_row **row, struct repli_err *err)
{
    const char *merges = NULL, *file = NULL;
    uint64_t serial = 0;
    *row = NULL;
    enum repli_status s =
        repli_serial_parse(name, &serial) ? repli_ledger_sheet_get(d->ledger, serial, d->a, row, err) : REPLI_OK;
    if (s == REPLI_OK && !*row)
        return repli_fail(err, REPLI_DATA, "no sheet '%s' in this ledger", name);
    if (s == REPLI_OK)
        s = file_of(d, serial, &file, err);
    if (s == REPLI_OK && (!file || strcmp(file, number) != 0))
        return repli_fail(err, REPLI_DATA, "sheet %s is none of %s: it is about %s", name, number,
                          file ? file : "nobody");
    if (s == REPLI_OK)
        s = repli_record_sheet_merges(d->record, serial, (*row)->mac, d->a, &merges, err);
    if (s == REPLI_OK && merges)
        return repli_fail(err, REPLI_DATA,
                          "sheet %s is in the record as %s, by merge %s: undo that first, the last one first (repli "
                          "merge undo ID)",
                          name, number, merges);
    return s;
}

static enum repli_status move_sheets(const struct deed *d, const struct repli_identity_split *split, const char *owner,
                                     struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    if (strcmp(owner, split->number) == 0)
        return repli_fail(err, REPLI_DATA, "the sheets are those of %s already", owner);
    for (size_t i = 0; s == REPLI_OK && i < split->nsheets; i++) {
        struct repli_sheet_row *row = NULL;
        s = free_sheet(d, split->number, split->sheets[i], &row, err);
        if (s != REPLI_OK)
            return s;
        const struct repli_identity_move move = {.serial = row->serial,
                                                 .mac = row->mac,
                                                 .sheet = row->sheet,
                                                 .number = split->number,
                                                 .owner = owner,
                                                 .reason = split->reason,
                                                 .person = split->by[0],
                                                 .second = split->by[1],
                                                 .at_utc = d->now};
        s = repli_record_sheet_move(d->record, &move, err);
    }
    return s;
}

/* Nothing is moved when one of the sheets cannot be: they are looked at before a number is taken. */
static enum repli_status may_split(const struct deed *d, const struct repli_identity_split *split,
                                   struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < split->nsheets; i++) {
        struct repli_sheet_row *row = NULL;
        s = free_sheet(d, split->number, split->sheets[i], &row, err);
    }
    return s;
}

enum repli_status repli_identity_split(const struct repli_site *site, struct repli_ledger *ledger,
                                       struct repli_record *record, const struct repli_identity_split *split,
                                       struct repli_arena *a, const char **owner, struct repli_err *err)
{
    const struct deed d = {site, ledger, record, a, repli_clock_now(&site->clock)};
    *owner = NULL;
    enum repli_status s = may_split(&d, split, err);
    if (s == REPLI_OK)
        s = new_owner(&d, split, owner, err);
    if (s == REPLI_OK)
        s = repli_record_identity_begin(record, err);
    if (s != REPLI_OK)
        return s;
    s = move_sheets(&d, split, *owner, err);
    return repli_record_identity_end(record, s, err);
}
