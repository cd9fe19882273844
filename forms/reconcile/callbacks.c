/* What nobody can read, for who can ask the one who wrote it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "repli/ledger_quality.h"
#include "repli/quality.h"

/* The initials beside a field: of its first capture that has any; NULL: none. */
static const struct review_field *initials_of(const struct review_sheet *sheet, const struct review_field *f)
{
    size_t index = (size_t)(f - sheet->fields);
    for (size_t c = 0; c < sheet->map->ncaptures; c++) {
        const struct repli_capture *capture = &sheet->map->captures[c];
        const struct review_field *by = NULL;
        bool member = false;
        for (size_t m = 0; m < capture->nmembers; m++) {
            const struct review_field *other = &sheet->fields[capture->fields[m]];
            member = member || capture->fields[m] == index;
            if (!by && other->field->kind == REPLI_FIELD_INITIALS && strcmp(capture->roles[m], "by") == 0)
                by = other;
        }
        if (member && by)
            return by;
    }
    return NULL;
}

static const char *crop_of(const struct review_field *f, struct repli_arena *a)
{
    return review_crop_path(f && f->reading ? f->reading->crop : NULL, a);
}

static void tell(const struct review_sheet *sheet, const struct review_field *f, const struct repli_initialled *signers,
                 size_t nsigners, struct repli_arena *a, repli_review_line_fn *fn, void *user)
{
    const struct repli_sheet_row *row = sheet->row;
    const struct review_field *by = initials_of(sheet, f);
    const char *initials = NULL, *author = NULL;
    for (size_t i = 0; by && i < nsigners; i++)
        if (strcmp(signers[i].field, by->field->id) == 0) {
            initials = signers[i].initials;
            author = signers[i].name;
        }
    json_t *o = json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s?, s:s, s:s, s:s?, s:s?, s:s?, s:s}", "task",
                          repli_arena_printf(a, "%s/%s/%d/callback", row->sheet, f->field->id, f->revision), "sheet",
                          row->sheet, "field", f->field->id, "capture", review_capture_of(sheet, f), "label",
                          f->field->label ? f->field->label : f->field->id, "unit", f->field->unit, "kind",
                          repli_field_kind_text(f->field->kind), "need", "callback", "ward", row->ward, "patient",
                          row->patient, "name", row->patient_name, "form", row->form_id);
    json_object_set_new(o, "side", json_string(repli_arena_printf(a, "%d/%d", row->side, row->sides)));
    json_object_set_new(o, "initials", initials ? json_string(initials) : json_null());
    json_object_set_new(o, "author", author ? json_string(author) : json_null());
    json_object_set_new(o, "initials_field", by ? json_string(by->field->id) : json_null());
    json_object_set_new(o, "initials_crop", crop_of(by, a) ? json_string(crop_of(by, a)) : json_null());
    json_object_set_new(o, "crop", crop_of(f, a) ? json_string(crop_of(f, a)) : json_null());
    json_object_set_new(o, "since_utc", json_integer((json_int_t)f->settled.settled_utc));
    char *text = json_dumps(o, JSON_COMPACT);
    if (text)
        fn(user, text);
    free(text);
    json_decref(o);
}

enum repli_status repli_review_callbacks(const struct repli_site *site, struct repli_ledger *ledger,
                                         repli_review_line_fn *fn, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena list = {0};
    uint64_t *serials = NULL;
    size_t count = 0;
    enum repli_status s = review_refresh(site, ledger, err);
    if (s == REPLI_OK)
        s = repli_ledger_serials_callback(ledger, &list, &serials, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
        struct review_sheet *sheet = NULL;
        struct repli_initialled *signers = NULL;
        size_t nsigners = 0;
        s = review_load(ledger, serials[i], &a, &sheet, err);
        if (s == REPLI_OK)
            s = repli_ledger_initialled(ledger, serials[i], &a, &signers, &nsigners, err);
        for (size_t f = 0; s == REPLI_OK && sheet && f < sheet->count; f++)
            if (sheet->fields[f].callback)
                tell(sheet, &sheet->fields[f], signers, nsigners, &a, fn, user);
    }
    return s;
}
