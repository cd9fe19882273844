/* The capture kinds this program knows, and the rule by which all of them compare. */
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/text.h"

extern const struct capture_kind capture_kind_observation, capture_kind_administration, capture_kind_order_decision,
    capture_kind_order_proposal, capture_kind_allergy, capture_kind_movement, capture_kind_fluid, capture_kind_identity,
    capture_kind_none, capture_kind_document, capture_kind_closing, capture_kind_cover;

static const struct capture_kind *const kinds[] = {
    &capture_kind_observation, &capture_kind_administration, &capture_kind_order_decision, &capture_kind_order_proposal,
    &capture_kind_allergy,     &capture_kind_movement,       &capture_kind_fluid,          &capture_kind_identity,
    &capture_kind_document,    &capture_kind_none,           &capture_kind_closing,        &capture_kind_cover,
};

const struct capture_kind *capture_kind_at(size_t index)
{
    return index < sizeof kinds / sizeof *kinds ? kinds[index] : NULL;
}

const struct capture_kind *capture_kind_get(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

const struct conflict_kind *conflict_kind_get(const struct capture_kind *kind, const char *why)
{
    for (size_t i = 0; kind && kind->conflicts && kind->conflicts[i].kind; i++)
        if (strcmp(kind->conflicts[i].kind, why) == 0)
            return &kind->conflicts[i];
    return NULL;
}

/* Equal as text, or as numbers: "36.50" of another system is our "36.5". */
static bool equal(const char *x, const char *y)
{
    double u = 0, v = 0;
    if (!x || !y)
        return x == y;
    if (strcmp(x, y) == 0)
        return true;
    return repli_number(x, &u) && repli_number(y, &v) && !(u < v) && !(u > v);
}

enum three_way three_way(const char *base, const char *paper, const char *live)
{
    if (equal(live, paper))
        return THREE_NOTE;
    return equal(live, base) ? THREE_APPLY : THREE_CONFLICT;
}
