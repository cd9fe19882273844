/* Review as people see it: open tasks, one sheet's fields, opening a field again. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "repli/ledger_quality.h"
#include "repli/serial.h"

static json_t *range_json(const struct repli_range *r)
{
    if (!r->has_low && !r->has_high)
        return json_null();
    return json_pack("[o,o]", r->has_low ? json_real(r->low) : json_null(),
                     r->has_high ? json_real(r->high) : json_null());
}

static void emit(json_t *line, repli_review_line_fn *fn, void *user)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (text)
        fn(user, text);
    free(text);
    json_decref(line);
}

const char *review_crop_path(const char *crop, struct repli_arena *a)
{
    if (!crop || strncmp(crop, "crops/", 6) == 0)
        return crop;
    return repli_arena_printf(a, "crops/%s", crop);
}

static bool member_of(const struct repli_capture *capture, size_t index)
{
    for (size_t m = 0; m < capture->nmembers; m++)
        if (capture->fields[m] == index)
            return true;
    return false;
}

/* The drug that a field is about, as printed: nobody should key a dose out of its context.  JSON null: none, or what
** serves the captures of several. */
static json_t *drug_of(const struct review_sheet *sheet, const struct review_field *f)
{
    size_t index = (size_t)(f - sheet->fields);
    json_t *drug = NULL;
    for (size_t c = 0; c < sheet->map->ncaptures; c++) {
        const struct repli_capture *capture = &sheet->map->captures[c];
        if (!member_of(capture, index))
            continue;
        json_t *key = capture->key ? json_loads(capture->key, 0, NULL) : NULL,
               *one = json_incref(json_object_get(key, "medication"));
        json_decref(key);
        bool same = json_is_string(one) && (!drug || json_equal(drug, one));
        json_decref(drug);
        drug = one;
        if (!same) {
            json_decref(drug);
            return json_null();
        }
    }
    return drug ? drug : json_null();
}

/* The letters that may stand in a field's rows; JSON null: none. */
static json_t *letters_of(const struct repli_field *f, struct repli_arena *a)
{
    const char *all = "";
    for (size_t i = 0; f->letters && i < f->nparts; i++)
        if (f->letters[i] && *f->letters[i])
            all = repli_arena_printf(a, "%s%s%s", all, *all ? " " : "", f->letters[i]);
    return *all ? json_string(all) : json_null();
}

/* What a person needs in order to answer, and nothing that another person answered. */
json_t *review_task_json(const struct review_sheet *sheet, const struct review_field *f, const char *need,
                         struct repli_arena *a)
{
    const struct repli_field *d = f->field;
    const char *id = repli_arena_printf(a, "%s/%s/%d/%s", sheet->row->sheet, d->id, f->revision, need);
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:s?, s:i, s:s, s:s, s:s?, s:s, s:s?, s:s}", "task", id, "sheet", sheet->row->sheet,
                  "field", d->id, "capture", review_capture_of(sheet, f), "tier", f->tier, "need", need, "label",
                  d->label ? d->label : d->id, "unit", d->unit, "kind", repli_field_kind_text(d->kind), "crop",
                  review_crop_path(f->reading ? f->reading->crop : NULL, a), "state",
                  f->reading ? f->reading->state : "doubtful");
    json_object_set_new(o, "range_soft", range_json(&d->soft));
    json_object_set_new(o, "range_hard", range_json(&d->hard));
    json_object_set_new(o, "role", d->role ? json_string(d->role) : json_null());
    json_object_set_new(o, "decimals", json_integer(d->decimals));
    json_object_set_new(o, "drug", drug_of(sheet, f));
    json_object_set_new(o, "cells", d->kind == REPLI_FIELD_DIGITS ? json_integer((json_int_t)d->nparts) : json_null());
    json_object_set_new(o, "letters", letters_of(d, a));
    return o;
}

void review_task_line(const struct review_sheet *sheet, const struct review_field *f, const char *need,
                      struct repli_arena *a, repli_review_line_fn *fn, void *user)
{
    emit(review_task_json(sheet, f, need, a), fn, user);
}

/* Whom the ledger says the sheet is about, beside a picture of what its band says: that both agree is one look, before
** the first value of somebody is keyed.  Never in a batch: there nobody is named. */
static json_t *named_json(const struct review_sheet *sheet, const struct review_field *f, const char *need,
                          struct repli_arena *a)
{
    const struct repli_sheet_row *row = sheet->row;
    json_t *o = review_task_json(sheet, f, need, a);
    if (f->tier != 1 || !row->patient_name)
        return o;
    json_object_set_new(o, "patient", row->patient ? json_string(row->patient) : json_null());
    json_object_set_new(o, "name", json_string(row->patient_name));
    json_object_set_new(o, "born", row->birth_date ? json_string(row->birth_date) : json_null());
    json_object_set_new(o, "band_crop", /* as repli_scan_crops() calls the band */
                        json_string(repli_arena_printf(a, "crops/%s/@band.png", row->sheet)));
    return o;
}

/* What somebody else was given for some minutes is left out. */
static enum repli_status export_sheet(const struct repli_site *site, struct repli_ledger *ledger, uint64_t serial,
                                      const char *by, repli_review_line_fn *fn, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    struct repli_lease *leases = NULL;
    size_t nleases = 0;
    enum repli_status s = review_load(ledger, serial, &a, &sheet, err);
    if (s == REPLI_OK && by)
        s = repli_ledger_leases(ledger, serial, NULL, repli_clock_now(&site->clock), &a, &leases, &nleases, err);
    for (size_t i = 0; s == REPLI_OK && sheet && i < sheet->count; i++) {
        const struct review_field *f = &sheet->fields[i];
        if (f->need != NEED_NONE && (!by || (!review_may_not(f, by) && !review_lent(leases, nleases, f, by))))
            emit(named_json(sheet, f, review_need_text(f->need), &a), fn, user);
    }
    return s;
}

enum repli_status repli_review_export(const struct repli_site *site, struct repli_ledger *ledger, const char *by,
                                      repli_review_line_fn *fn, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    uint64_t *serials = NULL;
    size_t count = 0;
    enum repli_status s = review_refresh(site, ledger, err);
    if (s == REPLI_OK)
        s = repli_ledger_serials_open(ledger, &a, &serials, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        s = export_sheet(site, ledger, serials[i], by, fn, user, err);
    return s;
}

/* The sheet a person named: by serial, as printed or keyed. */
enum repli_status review_named(struct repli_ledger *ledger, const char *name, struct repli_arena *a,
                               struct review_sheet **sheet, struct repli_err *err)
{
    uint64_t serial = 0;
    if (!repli_serial_parse(name, &serial))
        return repli_fail(err, REPLI_USAGE, "'%s' is no sheet number (like K7QD-M3XA-D; its last sign is a check)",
                          name);
    enum repli_status s = review_load(ledger, serial, a, sheet, err);
    if (s == REPLI_OK && !*sheet)
        return repli_fail(err, REPLI_DATA, "sheet %s is not in this ledger", name);
    return s;
}

static json_t *field_json(const struct review_sheet *sheet, const struct review_field *f, struct repli_arena *a)
{
    const char *status = f->settled.answer             ? "settled"
                         : f->need                     ? "open"
                         : f->pending                  ? "waits"
                         : review_for_people(f->field) ? "unread"
                                                       : "filed";
    return json_pack("{s:s, s:s, s:s?, s:s, s:i, s:i, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?}", "sheet",
                     sheet->row->sheet, "field", f->field->id, "capture", review_capture_of(sheet, f), "kind",
                     repli_field_kind_text(f->field->kind), "tier", f->tier, "revision", f->revision, "status", status,
                     "state", f->reading ? f->reading->state : NULL, "need", review_need_text(f->need), "answer",
                     f->settled.answer, "value", f->settled.value, "by", f->settled.by1, "by2", f->settled.by2, "crop",
                     review_crop_path(f->reading ? f->reading->crop : NULL, a));
}

enum repli_status repli_review_show(const struct repli_site *site, struct repli_ledger *ledger, const char *name,
                                    repli_review_line_fn *fn, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    struct repli_hold *holds = NULL;
    size_t nholds = 0;
    (void)site;
    enum repli_status s = review_named(ledger, name, &a, &sheet, err);
    if (s == REPLI_OK)
        s = repli_ledger_holds(ledger, sheet->row->serial, &a, &holds, &nholds, err);
    for (size_t i = 0; s == REPLI_OK && i < sheet->count; i++)
        emit(field_json(sheet, &sheet->fields[i], &a), fn, user);
    for (size_t i = 0; s == REPLI_OK && i < nholds; i++)
        emit(json_pack("{s:s, s:s, s:i, s:s, s:s, s:s?, s:s?}", "sheet", sheet->row->sheet, "capture", holds[i].capture,
                       "revision", holds[i].revision, "hold", holds[i].kind, "detail", holds[i].detail, "decided",
                       holds[i].decided, "decided_by", holds[i].decided_by),
             fn, user);
    return s;
}

/* May this field be opened again? */
static enum repli_status may_reopen(const struct review_sheet *sheet, const struct review_field *f, const char *field,
                                    struct repli_err *err)
{
    const char *name = sheet->row->sheet;
    enum repli_life state = sheet->row->state;
    if (!f)
        return repli_fail(err, REPLI_USAGE, "sheet %s has no field '%s' (repli review show %s lists them)", name, field,
                          name);
    if (!review_for_people(f->field))
        return repli_fail(err, REPLI_USAGE, "%s of sheet %s is filed as an image: there is nothing to key", field,
                          name);
    if (state == REPLI_LIFE_MERGED)
        return repli_fail(err, REPLI_DATA, "sheet %s is merged: undo its merge first (repli merge undo ID)", name);
    if (state != REPLI_LIFE_READ && state != REPLI_LIFE_REVIEWED)
        return repli_fail(err, REPLI_DATA, "sheet %s is %s: there is nothing to review on it", name,
                          repli_life_text(state));
    if (f->need != NEED_NONE && f->need != NEED_KEY2 && f->need != NEED_SETTLE)
        return repli_fail(err, REPLI_DATA, "%s of sheet %s is open already", field, name);
    return REPLI_OK;
}

static bool capture_has(const struct review_sheet *sheet, const char *capture, size_t field)
{
    for (size_t c = 0; c < sheet->map->ncaptures; c++)
        if (strcmp(sheet->map->captures[c].id, capture) == 0 && member_of(&sheet->map->captures[c], field))
            return true;
    return false;
}

/* The holds of the captures this field belongs to are of an earlier revision now. */
static enum repli_status drop_holds(struct repli_ledger *ledger, const struct review_sheet *sheet,
                                    const struct review_field *f, struct repli_arena *a, struct repli_err *err)
{
    struct repli_hold *holds = NULL;
    size_t count = 0, kept = 0, index = (size_t)(f - sheet->fields);
    enum repli_status s = repli_ledger_holds(ledger, sheet->row->serial, a, &holds, &count, err);
    if (s != REPLI_OK)
        return s;
    for (size_t i = 0; i < count; i++)
        if (!capture_has(sheet, holds[i].capture, index))
            holds[kept++] = holds[i];
    return kept == count ? REPLI_OK : repli_ledger_holds_put(ledger, sheet->row->serial, holds, kept, err);
}

static enum repli_status reopen_rows(struct repli_ledger *ledger, struct review_sheet *sheet, struct review_field *f,
                                     const char *by, struct repli_arena *a, int64_t now, struct repli_err *err)
{
    struct repli_reopened row = {.field = f->field->id, .person = by, .revision = f->revision + 1, .reopened_utc = now};
    enum repli_status s = repli_ledger_reopened_add(ledger, sheet->row->serial, &row, err);
    if (s == REPLI_OK)
        s = drop_holds(ledger, sheet, f, a, err);
    if (s != REPLI_OK)
        return s;
    f->revision++;
    memset(f->answers, 0, sizeof f->answers);
    review_derive(sheet);
    return review_store(ledger, sheet, a, now, err);
}

enum repli_status repli_review_reopen(const struct repli_site *site, struct repli_ledger *ledger, const char *name,
                                      const char *field, const char *by, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    enum repli_status s = repli_ledger_begin(ledger, err);
    if (s != REPLI_OK)
        return s;
    s = review_named(ledger, name, &a, &sheet, err);
    struct review_field *f = s == REPLI_OK ? review_find(sheet, field) : NULL;
    if (s == REPLI_OK)
        s = may_reopen(sheet, f, field, err);
    if (s == REPLI_OK)
        s = reopen_rows(ledger, sheet, f, by, &a, repli_clock_now(&site->clock), err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(ledger, err);
    if (s != REPLI_OK)
        repli_ledger_rollback(ledger);
    return s;
}
