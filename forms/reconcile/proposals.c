/* What was written as an order on paper, listed for the pharmacist with the picture of the drug's name, or of the words
** of the order. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "repli/clock.h"
#include "repli/record_mar.h"

/* The field to look at: the one that names the drug, or, of what names none, the signature.  NULL: this ledger
** does not know the sheet, or nothing was read of it. */
static enum repli_status drug_field(struct repli_ledger *ledger, const struct repli_proposal *p, struct repli_arena *a,
                                    const struct review_field **drug, struct repli_err *err)
{
    struct review_sheet *sheet = NULL;
    enum repli_status s = review_load(ledger, p->serial, a, &sheet, err);
    *drug = NULL;
    for (size_t c = 0; s == REPLI_OK && sheet && c < sheet->map->ncaptures; c++) {
        const struct repli_capture *capture = &sheet->map->captures[c];
        for (size_t m = 0; strcmp(capture->id, p->capture) == 0 && m < capture->nmembers; m++)
            if (strcmp(capture->roles[m], "drug") == 0 || (!*drug && strcmp(capture->roles[m], "signature") == 0))
                *drug = &sheet->fields[capture->fields[m]];
    }
    return s;
}

static json_t *time_json(const int64_t *utc)
{
    char text[24] = "";
    if (utc)
        repli_time_iso(*utc, text);
    return utc ? json_string(text) : json_null();
}

static enum repli_status tell(struct repli_ledger *ledger, const struct repli_proposal *p, repli_review_line_fn *fn,
                              void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    const struct review_field *drug = NULL;
    enum repli_status s = drug_field(ledger, p, &a, &drug, err);
    if (s != REPLI_OK)
        return s;
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:b, s:s, s:s?, s:s?}",
                  "proposal", p->id, "sheet", p->sheet, "capture", p->capture, "patient", p->patient, "name", p->name,
                  "birth_date", p->birth_date, "kind", p->kind, "number", p->number, "drug", p->drug, "dose", p->dose,
                  "unit", p->dose_unit, "route", p->route, "prescriber", p->prescriber_number, "verbal", p->verbal,
                  "signature", p->signature, "field", drug ? drug->field->id : NULL, "crop",
                  review_crop_path(drug && drug->reading ? drug->reading->crop : NULL, &a));
    json_object_set_new(o, "type", p->type ? json_string(p->type) : json_null());
    json_object_set_new(o, "stops_number", p->stops_number ? json_string(p->stops_number) : json_null());
    json_object_set_new(o, "stops", p->stops ? json_string(p->stops) : json_null());
    json_object_set_new(o, "telephone", json_boolean(p->telephone));
    json_object_set_new(o, "read_back", p->read_back ? json_boolean(*p->read_back) : json_null());
    json_object_set_new(o, "urgent", json_boolean(p->urgent));
    json_object_set_new(o, "ordered", time_json(p->ordered_utc));
    json_object_set_new(o, "given", time_json(p->given_utc));
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    if (text)
        fn(user, text);
    free(text);
    json_decref(o);
    return REPLI_OK;
}

enum repli_status repli_review_proposals(struct repli_ledger *ledger, struct repli_record *record,
                                         repli_review_line_fn *fn, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_proposal *all = NULL;
    size_t count = 0;
    enum repli_status s = repli_record_proposals(record, &a, &all, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        s = tell(ledger, &all[i], fn, user, err);
    return s;
}
