/* What is told of a sheet that was planned or merged: lists of a line of `repli merge`. */
#include "reconcile/merge_internal.h"

/* Captures that may not merge: {"field", "kind", "why", "detail"}; of conflicts only those. */
json_t *merge_held_json(const struct capture_plan *plans, size_t count, bool conflicts)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct capture_plan *p = &plans[i];
        if (p->state != PLAN_HELD || (conflicts && !p->conflict))
            continue;
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "field", p->capture->id, "kind", p->capture->kind,
                                              "why", p->why, "detail", p->detail));
    }
    return list;
}

/* What a person should know of what is noted: {"field", "detail"}.  What somebody decided about is known. */
json_t *merge_notes_json(const struct capture_plan *plans, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct capture_plan *p = &plans[i];
        const char *text = p->state == PLAN_NOTE && !p->decided ? p->detail : NULL;
        if (p->remark && (p->state == PLAN_APPLY || p->state == PLAN_NOTE))
            text = p->remark;
        if (text)
            json_array_append_new(list, json_pack("{s:s, s:s}", "field", p->capture->id, "detail", text));
    }
    return list;
}

/* {"administration":7,"allergy":1}: what goes into the record, by kind, in the order in which kinds are known. */
json_t *merge_kinds_json(const struct capture_plan *plans, size_t count)
{
    json_t *kinds = json_object();
    const struct capture_kind *kind;
    for (size_t k = 0; (kind = capture_kind_at(k)) != NULL; k++) {
        int n = 0;
        for (size_t i = 0; i < count; i++)
            n += plans[i].state == PLAN_APPLY && plans[i].kind == kind;
        if (n > 0)
            json_object_set_new(kinds, kind->name, json_integer(n));
    }
    return kinds;
}
