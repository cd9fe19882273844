/* Printing again: what was printed before about the same people, whether it is in use, and what is new.
**
** Two sheets of one form about one patient for the same hours invite two doses.  So the first of them is never made
** invalid (it may hold ink already), the second one names it, and it is only printed when something is new, when other
** hours begin, or when a person says why. */
#include <inttypes.h>
#include <string.h>

#include "print/filled.h"
#include "print/plan.h"
#include "repli/serial.h"

#define HOUR 3600

static enum repli_status find_before(struct repli_plan *plan, const struct repli_plan_form *f,
                                     const struct repli_snap_patient *p, struct repli_filled **before,
                                     struct repli_err *err)
{
    static const uint8_t none[8];
    const struct repli_filled_query q = {.subject = p ? p->subject : plan->subject,
                                         .stay = p ? p->stay : none,
                                         .form_id = repli_form_id(f->form),
                                         .drill = plan->drill};
    return repli_ledger_filled_last(plan->ledger, &q, &plan->arena, before, err);
}

static int64_t end_of(const struct repli_filled *f)
{
    return f->window_utc + (int64_t)f->window_hours * HOUR;
}

/* Its hours are over, or nearly: what is printed now is for the next ones. */
static bool over(const struct repli_plan *plan, const struct repli_filled *f)
{
    return end_of(f) <= plan->now_utc + HOUR;
}

/* A sheet of another station came without what it was filled from: nobody can say that nothing changed. */
static bool same_content(const struct repli_filled *f, const char *content)
{
    return f->content && strcmp(f->content, content) == 0;
}

static void add_change(struct repli_plan *plan, const struct repli_plan_form *f, const struct repli_snap_patient *p,
                       const char *const *what, size_t count)
{
    struct repli_print_change *c;
    plan->changes =
        repli_arena_grow(&plan->arena, plan->changes, plan->nchanges, plan->nchanges + 1, sizeof *plan->changes);
    c = &plan->changes[plan->nchanges++];
    *c = (struct repli_print_change){.form = repli_form_id(f->form), .what = what, .count = count};
    if (p) {
        c->bed = p->bed;
        c->patient = p->identifier;
        c->name = p->name;
    }
}

/* Why a set is printed with `changed`; *skip when there is no reason. */
static void say_change(struct repli_plan *plan, const struct repli_plan_form *f, const struct repli_snap_patient *p,
                       const struct repli_plan_set *set, bool *skip)
{
    static const char *const never[] = {"not printed before"}, *const ended[] = {"the hours of the last one are over"},
                             *const unknown[] = {"printed by another station: what is new is not known"};
    const struct repli_filled *before = set->before;
    size_t count = 0;
    if (!before) {
        add_change(plan, f, p, never, 1);
    } else if (over(plan, before)) {
        add_change(plan, f, p, ended, 1);
    } else if (!before->content) {
        add_change(plan, f, p, unknown, 1);
    } else if (same_content(before, set->content)) {
        *skip = true;
        plan->unchanged++;
    } else {
        const char **what = repli_filled_diff(before->content, set->content, &plan->arena, &count);
        add_change(plan, f, p, what, count);
    }
}

enum repli_status repli_again_look(struct repli_plan *plan, const struct repli_plan_form *f,
                                   const struct repli_snap_patient *p, const struct repli_datasets *data,
                                   struct repli_plan_set **out, bool *skip, struct repli_err *err)
{
    struct repli_plan_set *set = repli_arena_alloc(&plan->arena, sizeof *set);
    struct repli_filled *before = NULL;
    set->content = repli_filled_text(data, f->hash, p == NULL, &plan->arena);
    set->bed = p ? p->bed : NULL;
    enum repli_status status = find_before(plan, f, p, &before, err);
    if (status != REPLI_OK)
        return status;
    set->before = before;
    set->follows = before && before->out && over(plan, before);
    /* A list of paper, a cover, a slip, a list for reading: any number of them may be. */
    bool charts = !repli_form_from_ledger(f->form) && !repli_form_print_only(f->form);
    set->repeats = charts && before && before->live && end_of(before) > plan->window_utc;
    *skip = false;
    if (plan->request->changed)
        say_change(plan, f, p, set, skip);
    bool same_hours = charts && before && before->window_utc == plan->window_utc &&
                      before->window_hours == f->window_hours && before->live;
    if (!*skip && same_hours && same_content(before, set->content)) {
        plan->in_use++;
        plan->first_in_use = plan->first_in_use ? plan->first_in_use : before;
        plan->first_form = plan->first_form ? plan->first_form : repli_form_id(f->form);
    }
    plan->repeats += !*skip && set->repeats;
    *out = set;
    return REPLI_OK;
}

enum repli_status repli_again_allowed(const struct repli_plan *plan, struct repli_err *err)
{
    const struct repli_print_request *rq = plan->request;
    if (plan->in_use == 0 || rq->reason || rq->from_bed)
        return REPLI_OK;
    return repli_fail(
        err, REPLI_USAGE,
        "%zu set%s of sheets (%s %s and on) %s in use for these hours, and nothing is new: two of them "
        "invite two doses. What is new since: --changed. All of it once more (jam, lost, spoilt): --reason "
        "\"printer jam\"; each sheet then names the one it repeats",
        plan->in_use, plan->in_use == 1 ? "" : "s", plan->first_form, plan->first_in_use->sheet,
        plan->in_use == 1 ? "is" : "are");
}

enum repli_status repli_again_moved(struct repli_plan *plan, bool *moved, struct repli_err *err)
{
    enum repli_status status = REPLI_OK;
    for (size_t i = 0; i < plan->nsheets && status == REPLI_OK && !*moved; i++) {
        const struct repli_plan_sheet *s = &plan->sheets[i];
        struct repli_filled *now = NULL;
        if (s->number > 0 || s->copy_of || !s->set->content)
            continue; /* a set is looked for once; a blank one is beside none */
        status = find_before(plan, s->form, s->patient, &now, err);
        *moved = (now ? now->serial : 0) != (s->set->before ? s->set->before->serial : 0);
    }
    return status;
}

const char *repli_again_of(const struct repli_plan_set *set, size_t number, struct repli_arena *a)
{
    char text[REPLI_SERIAL_TEXT];
    if (number >= (size_t)set->before->sides)
        return set->before->sheet;
    repli_serial_format(set->before->serial + number, text);
    return repli_arena_strdup(a, text);
}

void repli_again_told(const struct repli_plan *plan, struct repli_arena *a, struct repli_print_result *result)
{
    struct repli_print_change *list = repli_arena_array(a, plan->nchanges + 1, sizeof *list);
    for (size_t i = 0; i < plan->nchanges; i++) {
        const struct repli_print_change *from = &plan->changes[i];
        const char **what = repli_arena_array(a, from->count + 1, sizeof *what);
        for (size_t k = 0; k < from->count; k++)
            what[k] = repli_arena_strdup(a, from->what[k]);
        list[i] = (struct repli_print_change){.bed = repli_arena_strdup(a, from->bed),
                                              .patient = repli_arena_strdup(a, from->patient),
                                              .name = repli_arena_strdup(a, from->name),
                                              .form = repli_arena_strdup(a, from->form),
                                              .what = what,
                                              .count = from->count};
    }
    result->changes = list;
    result->nchanges = plan->nchanges;
}
