/* What a pack holds: its forms, and from which bed on. */
#include <stdint.h> /* SIZE_MAX */
#include <string.h>

#include "print/plan.h"

#define LIST_MAX 40

/* What gets a ward through the next hours: who lies where, what is given, what is measured; for a whole shift also who
** each one is, and room to write; what a ward needs once, whoever lies there; and what the house needs once.  In this
** order. */
static const struct {
    const char *name, *forms[12];
    struct repli_pack_scope scope;
} packs[] = {
    {"admission",
     {"registration", "face", "orders", "mar", "obs", "children", "glucose", "fluid", "notes", "lab", "imaging"},
     {.people = true}},
    {"spares", {"spare"}, {.people = true}}, /* and the ward's own, blank */
    {"now", {"census", "mar", "obs", "children"}, {.people = true, .wards = true}},
    {"shift",
     {"census", "face", "mar", "obs", "children", "glucose", "fluid", "orders", "notes"},
     {.people = true, .wards = true}},
    {"logs",
     {"wardlog", "messages", "diversion", "diverted", "directory", "switchboard", "rollup", "appointments"},
     {.wards = true, .house = true}},
    {"house", {"diversion", "diverted", "directory", "switchboard", "rollup", "appointments"}, {.house = true}},
    {"labels", {"labels"}, {.people = true, .wards = true}},
};

bool repli_pack_known(const char *name, struct repli_pack_scope *scope)
{
    for (size_t i = 0; i < sizeof packs / sizeof *packs; i++)
        if (strcmp(packs[i].name, name) == 0) {
            *scope = packs[i].scope;
            return true;
        }
    return false;
}

enum repli_status repli_forms_scope(const struct repli_site *site, const char *const *forms,
                                    struct repli_pack_scope *scope, struct repli_err *err)
{
    *scope = (struct repli_pack_scope){0};
    for (size_t i = 0; forms[i]; i++) {
        struct repli_form *form = NULL;
        enum repli_status status = repli_form_open(site->templates, forms[i], site->lang, &form, err);
        if (status != REPLI_OK)
            return status;
        enum repli_subject_kind kind = repli_form_subject(form);
        scope->people = scope->people || kind == REPLI_SUBJECT_PATIENT;
        scope->wards = scope->wards || kind == REPLI_SUBJECT_WARD;
        scope->house = scope->house || kind == REPLI_SUBJECT_SITE;
        repli_form_close(form);
    }
    return REPLI_OK;
}

static bool listed(char *const *ids, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

enum { MOST = sizeof packs[0].forms / sizeof *packs[0].forms };

static bool taken(const char *const *list, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], id) == 0)
            return true;
    return false;
}

/* Adds forms that there are and that the list does not have yet. */
static size_t add(const char **list, size_t n, const char *const *forms, size_t most, char *const *known, size_t count)
{
    for (size_t i = 0; i < most && forms[i]; i++)
        if (n < LIST_MAX && listed(known, count, forms[i]) && !taken(list, n, forms[i]))
            list[n++] = forms[i];
    return n;
}

static const char *const *forms_of(const char *pack)
{
    for (size_t p = 0; p < sizeof packs / sizeof *packs; p++)
        if (strcmp(packs[p].name, pack) == 0)
            return packs[p].forms;
    return NULL;
}

/* Spares: what the ward prints for a shift, with the lined sheet, and then what only admission packs have. */
static size_t list_spares(const struct repli_site_ward *ward, const char **list, size_t *asked, char *const *known,
                          size_t count)
{
    size_t n = 0;
    if (ward && ward->pack)
        n = add(list, n, (const char *const *)ward->pack, LIST_MAX, known, count);
    else
        n = add(list, n, forms_of("shift"), MOST, known, count);
    n = *asked = add(list, n, forms_of("spares"), MOST, known, count);
    return add(list, n, forms_of("admission"), MOST, known, count);
}

enum repli_status repli_pack_forms(struct repli_plan *plan, const char *const **ids, size_t *asked,
                                   struct repli_err *err)
{
    const struct repli_site_ward *ward = repli_site_ward(plan->site, plan->ward);
    const char *name = plan->request->pack;
    *asked = SIZE_MAX;
    if (plan->request->forms || (!name && ward && ward->pack)) {
        *ids = plan->request->forms ? plan->request->forms : (const char *const *)ward->pack;
        return REPLI_OK;
    }
    char **known = NULL;
    size_t count = 0;
    if (!name)
        name = "now";
    if (!forms_of(name))
        return repli_fail(err, REPLI_USAGE, "there is no pack '%s'", name);
    enum repli_status status = repli_forms_list(plan->site->templates, &plan->arena, &known, &count, err);
    if (status != REPLI_OK)
        return status;
    const char **list = repli_arena_array(&plan->arena, LIST_MAX + 1, sizeof *list);
    if (strcmp(name, "spares") == 0)
        (void)list_spares(ward, list, asked, known, count);
    else
        (void)add(list, 0, forms_of(name), MOST, known, count);
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
