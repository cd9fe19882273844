/* A dry run by patient: what would go in, and what paper is about that the record has no more. */
#include "reconcile/preview.h"

#include <stdlib.h>
#include <string.h>

#include "repli/pagecode.h"
#include "repli/record_mar.h"

struct preview_patient {
    const char *number, *name, *id;
    size_t applied, noted, held, waiting;
    json_t *sheets, *vanished;
};

static struct preview_patient *patient_of(struct preview *p, const struct repli_sheet_row *row)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->patients[i].number, row->patient) == 0)
            return &p->patients[i];
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        p->patients = repli_arena_grow(&p->a, p->patients, p->room, room, sizeof *p->patients);
        p->room = room;
    }
    struct preview_patient *new = &p->patients[p->count++];
    *new = (struct preview_patient){.number = repli_arena_strdup(&p->a, row->patient),
                                    .name = repli_arena_strdup(&p->a, row->patient_name),
                                    .sheets = json_array(),
                                    .vanished = json_array()};
    return new;
}

static void vanished(struct preview_patient *who, const char *what, const char *id, const char *detail)
{
    size_t i;
    const json_t *v;
    json_array_foreach(who->vanished, i, v)
    {
        if (strcmp(json_string_value(json_object_get(v, "id")), id) == 0)
            return;
    }
    json_array_append_new(who->vanished, json_pack("{s:s, s:s, s:s}", "what", what, "id", id, "detail", detail));
}

static enum repli_status look_for_patient(struct preview *p, struct preview_patient *who,
                                          const struct repli_sheet_row *row, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_live_patient *live = NULL;
    if (!row->patient_id || row->subject_kind != REPLI_SUBJECT_PATIENT)
        return REPLI_OK; /* a downtime number becomes a patient by merging */
    enum repli_status s = repli_record_live_patient(p->record, row->patient_id, NULL, &a, &live, err);
    if (s == REPLI_OK && !live)
        vanished(who, "patient", row->patient_id, "was printed, and is not in the record any more");
    else if (s == REPLI_OK && live->replaced_by)
        vanished(who, "patient", row->patient_id,
                 repli_arena_printf(&a, "was joined to %s since printing", live->replaced_by));
    return s;
}

static enum repli_status look_for_order(struct preview *p, struct preview_patient *who,
                                        const struct repli_capture *capture, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_live_order *live = NULL;
    json_t *key = capture->key ? json_loads(capture->key, 0, NULL) : NULL;
    const char *order = json_string_value(json_object_get(key, "order")),
               *drug = json_string_value(json_object_get(key, "medication"));
    enum repli_status s = order ? repli_record_live_order(p->record, order, &a, &live, err) : REPLI_OK;
    if (s == REPLI_OK && order && !live)
        vanished(who, "order", order,
                 repli_arena_printf(&a, "%s is on paper, and is not in the record any more", drug ? drug : "an order"));
    json_decref(key);
    return s;
}

enum repli_status preview_add(struct preview *p, const struct review_sheet *sheet, const struct capture_plan *plans,
                              size_t count, struct repli_err *err)
{
    if (!sheet->row->patient)
        return REPLI_OK; /* a ward's sheet */
    struct preview_patient *who = patient_of(p, sheet->row);
    json_array_append_new(who->sheets, json_string(sheet->row->sheet));
    enum repli_status s = look_for_patient(p, who, sheet->row, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        who->applied += plans[i].state == PLAN_APPLY;
        who->noted += plans[i].state == PLAN_NOTE;
        who->held += plans[i].state == PLAN_HELD;
        who->waiting += plans[i].state == PLAN_WAITS;
        s = look_for_order(p, who, plans[i].capture, err);
    }
    return s;
}

void preview_tell(struct preview *p, repli_merge_line_fn *fn, void *user)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct preview_patient *w = &p->patients[i];
        json_t *o =
            json_pack("{s:s, s:s?, s:O, s:I, s:I, s:I, s:I, s:O}", "patient", w->number, "name", w->name, "sheets",
                      w->sheets, "would_merge", (json_int_t)w->applied, "would_note", (json_int_t)w->noted,
                      "would_hold", (json_int_t)w->held, "waiting", (json_int_t)w->waiting, "vanished", w->vanished);
        char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
        if (text)
            fn(user, text);
        free(text);
        json_decref(o);
    }
}

void preview_done(struct preview *p)
{
    for (size_t i = 0; i < p->count; i++) {
        json_decref(p->patients[i].sheets);
        json_decref(p->patients[i].vanished);
    }
    repli_arena_done(&p->a);
}
