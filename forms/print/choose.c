/* What a pack holds: its forms, and from which bed on. */
#include <string.h>

#include "print/plan.h"

/* What gets a ward through the next hours: who lies where, what is given, what is measured; for a whole shift also who
** each one is, and room to write; and what a ward needs once, whoever lies there.  In this order. */
static const struct {
    const char *name, *forms[8];
    bool of_ward; /* holds forms about the ward alone */
} packs[] = {
    {"now", {"census", "mar", "obs"}, false},
    {"shift", {"census", "face", "mar", "obs", "fluid", "notes"}, false},
    {"logs", {"wardlog", "messages"}, true},
    {"labels", {"labels"}, true},
};

bool repli_pack_known(const char *name, bool *of_ward)
{
    for (size_t i = 0; i < sizeof packs / sizeof *packs; i++)
        if (strcmp(packs[i].name, name) == 0) {
            *of_ward = packs[i].of_ward;
            return true;
        }
    return false;
}

static bool listed(char *const *ids, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

enum repli_status repli_pack_forms(struct repli_plan *plan, const char *const **ids, struct repli_err *err)
{
    const struct repli_site_ward *ward = repli_site_ward(plan->site, plan->ward);
    const char *name = plan->request->pack;
    if (plan->request->forms || (!name && ward && ward->pack)) {
        *ids = plan->request->forms ? plan->request->forms : (const char *const *)ward->pack;
        return REPLI_OK;
    }
    enum { MOST = sizeof packs[0].forms / sizeof *packs[0].forms };
    char **known = NULL;
    size_t count = 0, n = 0, p = 0;
    while (name && p < sizeof packs / sizeof *packs && strcmp(packs[p].name, name) != 0)
        p++;
    if (p == sizeof packs / sizeof *packs)
        return repli_fail(err, REPLI_USAGE, "there is no pack '%s'", name);
    enum repli_status status = repli_forms_list(plan->site->templates, &plan->arena, &known, &count, err);
    if (status != REPLI_OK)
        return status;
    const char **list = repli_arena_array(&plan->arena, MOST + 1, sizeof *list);
    for (size_t i = 0; i < MOST && packs[p].forms[i]; i++)
        if (listed(known, count, packs[p].forms[i]))
            list[n++] = packs[p].forms[i];
    *ids = list;
    return REPLI_OK;
}

enum repli_status repli_pack_resume(struct repli_plan *plan, struct repli_err *err)
{
    const char *bed = plan->request->from_bed;
    size_t first = 0;
    while (first < plan->npeople && (!plan->people[first].bed || strcmp(plan->people[first].bed, bed) != 0))
        first++;
    if (first < plan->npeople) {
        plan->people += first;
        plan->npeople -= first;
        return REPLI_OK;
    }
    struct repli_buf beds = {0};
    for (size_t i = 0; i < plan->npeople; i++)
        if (plan->people[i].bed)
            repli_buf_printf(&beds, "%s%s", beds.len ? ", " : "", plan->people[i].bed);
    enum repli_status status =
        repli_fail(err, REPLI_USAGE, "nobody lies in bed '%s' (beds: %s)", bed, beds.len ? beds.data : "none is known");
    repli_buf_done(&beds);
    return status;
}
