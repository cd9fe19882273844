/* Snapshot, patients and forms -> sheets, laid out and checked.  Nothing is written here. */
#include <stdio.h>
#include <string.h>

#include "print/plan.h"
#include "print/print_internal.h"
#include "repli/ledger_paper.h"
#include "repli/outage.h"

#define HOUR 3600

static const char widest_sheet[] = "WWWW-WWWW-W"; /* stands for the serial while sheets are checked */

void repli_plan_done(struct repli_plan *plan)
{
    repli_buf_done(&plan->notes);
    repli_arena_done(&plan->arena);
}

static enum repli_status find_ward(struct repli_plan *plan, const char *ward, struct repli_err *err)
{
    struct repli_snap_ward *wards;
    size_t count;
    enum repli_status status = repli_snapshot_wards(plan->snap, &plan->arena, &wards, &count, err);
    if (status != REPLI_OK)
        return status;
    struct repli_buf names = {0};
    for (size_t i = 0; i < count; i++) {
        if (strcmp(wards[i].id, ward) == 0) {
            repli_buf_done(&names);
            return REPLI_OK;
        }
        repli_buf_printf(&names, "%s%s", i ? ", " : "", wards[i].id);
    }
    status =
        repli_fail(err, REPLI_USAGE, "ward '%s' is not in the snapshot (wards: %s)", ward, count ? names.data : "none");
    repli_buf_done(&names);
    return status;
}

/* Patients of whom no ward was transmitted: they get paper too. */
static void keep_unplaced(struct repli_plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->npeople; i++)
        if (!plan->people[i].ward)
            plan->people[n++] = plan->people[i];
    plan->npeople = n;
}

static enum repli_status nobody(const struct repli_plan *plan, struct repli_err *err)
{
    const struct repli_print_request *rq = plan->request;
    char taken[24];
    repli_time_iso(plan->info->taken_utc, taken);
    if (rq->patient)
        return repli_fail(err, REPLI_USAGE,
                          "patient '%s' is not %s%s in the snapshot of %s: the identifier is the one printed on their "
                          "sheets",
                          rq->patient, rq->ward ? "on ward " : "in the house", rq->ward ? rq->ward : "", taken);
    if (rq->ward)
        return repli_fail(err, REPLI_DATA, "ward '%s' has no patients in the snapshot of %s: nothing to print",
                          rq->ward, taken);
    return repli_fail(err, REPLI_DATA, "every patient in the snapshot of %s has a ward: print by ward", taken);
}

static enum repli_status find_people(struct repli_plan *plan, struct repli_err *err)
{
    const struct repli_print_request *rq = plan->request;
    enum repli_status status = rq->ward ? find_ward(plan, rq->ward, err) : REPLI_OK;
    if (status == REPLI_OK && !rq->house)
        status = repli_snapshot_patients(plan->snap, rq->ward, rq->patient, &plan->arena, &plan->people, &plan->npeople,
                                         err);
    if (status != REPLI_OK)
        return status;
    if (!rq->ward && !rq->patient)
        keep_unplaced(plan);
    if (rq->from_bed && (status = repli_pack_resume(plan, err)) != REPLI_OK)
        return status;
    if (plan->npeople == 0 && !rq->ward && !rq->house)
        return nobody(plan, err);
    if (plan->info->passed_over > 0)
        repli_buf_printf(&plan->notes,
                         "%lld newer snapshot%s damaged and passed over: this paper is older than it should be\n",
                         (long long)plan->info->passed_over, plan->info->passed_over == 1 ? " is" : "s are");
    plan->ward = rq->ward ? rq->ward : rq->house ? NULL : plan->people[0].ward;
    plan->lang = rq->lang ? rq->lang : repli_site_lang(plan->site, plan->ward);
    if (rq->house)
        repli_keys_site(plan->site->keys, plan->subject);
    else if (plan->ward)
        repli_keys_ward(plan->site->keys, plan->ward, plan->subject);
    return REPLI_OK;
}

static bool of_ward(const struct repli_plan_form *f)
{
    return repli_form_subject(f->form) == REPLI_SUBJECT_WARD;
}

static bool of_house(const struct repli_plan_form *f)
{
    return repli_form_subject(f->form) == REPLI_SUBJECT_SITE;
}

static size_t common_forms(const struct repli_plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->nforms; i++)
        n += of_ward(&plan->forms[i]) || of_house(&plan->forms[i]);
    return n;
}

/* Label stock lies in another tray and is printed on one side: a pack holds it alone. */
static enum repli_status check_paper(const struct repli_plan *plan, struct repli_err *err)
{
    for (size_t i = 1; i < plan->nforms; i++)
        if (repli_form_bare(plan->forms[i].form) != repli_form_bare(plan->forms[0].form))
            return repli_fail(err, REPLI_USAGE,
                              "forms '%s' and '%s' are printed on different paper: one after the other",
                              repli_form_id(plan->forms[0].form), repli_form_id(plan->forms[i].form));
    return REPLI_OK;
}

/* A form about a ward needs one, and is no single patient's, but for labels; one about the house stands alone; one
** about patients needs somebody. */
static enum repli_status check_subjects(const struct repli_plan *plan, struct repli_err *err)
{
    const struct repli_print_request *rq = plan->request;
    enum repli_status status = REPLI_OK;
    for (size_t i = 0; status == REPLI_OK && i < plan->nforms; i++) {
        const char *id = repli_form_id(plan->forms[i].form);
        enum repli_subject_kind kind = repli_form_subject(plan->forms[i].form);
        if (kind == REPLI_SUBJECT_DOWNTIME || kind == REPLI_SUBJECT_BLANK)
            return repli_fail(err, REPLI_USAGE, "form '%s' is about nobody in the record: repli print WARD --pack %s",
                              id, kind == REPLI_SUBJECT_BLANK ? "spares" : "admission");
        if (of_house(&plan->forms[i]) && rq->house)
            status = repli_plan_check_copy(plan, plan->forms[i].form, err);
        else if (of_house(&plan->forms[i]))
            return repli_fail(err, REPLI_USAGE, "form '%s' is about the whole house: repli print --form %s", id, id);
        else if (rq->house)
            return repli_fail(err, REPLI_USAGE, "form '%s' is not about the whole house: repli print WARD --form %s",
                              id, id);
        else if (of_ward(&plan->forms[i]) &&
                 (repli_form_bare(plan->forms[i].form) ? !plan->ward : rq->patient || !rq->ward))
            return repli_fail(err, REPLI_USAGE, "form '%s' is about a ward: repli print WARD --form %s", id, id);
    }
    if (status != REPLI_OK || rq->house)
        return status;
    return plan->npeople == 0 && (rq->patient || common_forms(plan) == 0) ? nobody(plan, err) : REPLI_OK;
}

/* What was chosen for a ward is not about one patient, or the rest of the beds, and the house's sheets are printed
** once: those forms are left out unasked. */
static bool unasked(const struct repli_plan *plan, const struct repli_plan_form *f)
{
    const struct repli_print_request *rq = plan->request;
    if (repli_plan_of_nobody(plan))
        return (of_ward(f) || of_house(f)) && !(rq->numbers && repli_form_bare(f->form));
    if (of_house(f) || rq->house)
        return of_house(f) != rq->house && (!rq->forms || rq->all);
    return of_ward(f) && !repli_form_bare(f->form) && !rq->forms && (rq->patient || !rq->ward || rq->from_bed);
}

static enum repli_status open_forms(struct repli_plan *plan, struct repli_err *err)
{
    const char *const *ids = NULL;
    size_t n = 0, asked = 0;
    enum repli_status status = repli_pack_forms(plan, &ids, &asked, err);
    while (status == REPLI_OK && ids[n])
        n++;
    plan->forms = repli_arena_array(&plan->arena, n, sizeof *plan->forms);
    for (size_t i = 0; status == REPLI_OK && i < n; i++) {
        for (size_t k = 0; k < i; k++)
            if (strcmp(ids[k], ids[i]) == 0)
                return repli_fail(err, REPLI_USAGE, "form '%s' is asked for twice", ids[i]);
        struct repli_plan_form *f = &plan->forms[plan->nforms];
        status = repli_press_form(plan->press, ids[i], plan->lang, &f->form, f->hash, err);
        if (status != REPLI_OK)
            return status;
        f->asked = i < asked;
        plan->nforms += !unasked(plan, f);
        if (of_house(f) && unasked(plan, f) && !plan->request->pack && !plan->request->all)
            repli_buf_printf(&plan->notes,
                             "form '%s' of the ward's pack is about the whole house: repli print --form %s\n", ids[i],
                             ids[i]);
        f->window_hours = plan->request->window_hours ? plan->request->window_hours : repli_form_window_hours(f->form);
    }
    if (status != REPLI_OK)
        return status;
    if (plan->nforms)
        return REPLI_OK;
    return n ? repli_fail(err, REPLI_USAGE,
                          "all of the pack is about a ward as a whole: name the ward, without --patient and --resume")
             : repli_fail(err, REPLI_USAGE, "no form is named");
}

/* A name that is longer than a line is told by its beginning; never cut inside a letter. */
static const char *told(struct repli_plan *plan, const char *name)
{
    size_t n = strlen(name), most = 80;
    if (n <= most)
        return name;
    while (most > 0 && ((unsigned char)name[most] & 0xC0) == 0x80)
        most--;
    return repli_arena_printf(&plan->arena, "%.*s… (%zu bytes)", (int)most, name, n);
}

static void note(struct repli_plan *plan, const struct repli_snap_patient *p, const struct repli_form *form,
                 const char *why)
{
    repli_buf_printf(&plan->notes, "%s (%s): no form '%s': %s\n", p->name ? told(plan, p->name) : "?",
                     p->identifier ? p->identifier : "?", repli_form_id(form), why);
}

/* The same checks that will be made when it counts, with a stand-in for the serial: a sheet that would fail them costs
** its patient this form, not the ward its pack. */
static enum repli_status check_side(struct repli_plan *plan, const struct repli_form *form,
                                    const struct repli_side *side, bool repeats, struct repli_arena *scratch,
                                    struct repli_err *err)
{
    bool copies = plan->request->copies > 1;
    struct repli_overlay_in in = {.form = form,
                                  .zone = plan->site->zone,
                                  .side = side,
                                  .sheet = widest_sheet,
                                  .data_utc = plan->without_data ? 0 : plan->info->taken_utc,
                                  .print_utc = plan->now_utc,
                                  .outage_utc = plan->outage_utc,
                                  .copy = copies,
                                  .copy_of = copies || repeats ? widest_sheet : NULL,
                                  .drill = plan->drill,
                                  .note = plan->info->accepted_utc ? "UNVERIFIED SNAPSHOT" : NULL};
    struct repli_draw_list overlay;
    struct repli_content content = {.has_code = true};
    enum repli_status status = repli_layout_overlay(&in, scratch, &overlay, err); /* checks the side with it */
    repli_content_begin(&content);
    if (status == REPLI_OK)
        status = repli_content_list(&content, &side->filled, err);
    if (status == REPLI_OK)
        status = repli_content_list(&content, &overlay, err);
    repli_buf_done(&content.out);
    repli_buf_done(&content.symbol);
    return status;
}

static enum repli_status lay_out_checked(struct repli_plan *plan, const struct repli_layout_in *in, bool repeats,
                                         struct repli_layout *layout, struct repli_err *err)
{
    struct repli_arena scratch = {0};
    enum repli_status status = repli_layout_make(in, &plan->arena, layout, err);
    for (size_t i = 0; status == REPLI_OK && i < layout->nsides; i++)
        status = check_side(plan, in->form, &layout->sides[i], repeats, &scratch, err);
    repli_arena_done(&scratch);
    if (status == REPLI_OK &&
        (layout->nsides == 0 || (layout->nsides % 2 && !repli_form_bare(in->form)) || layout->nsides > 254))
        return repli_fail(err, REPLI_BUG, "form '%s' was laid out on %zu sides", repli_form_id(in->form),
                          layout->nsides);
    return status;
}

/* p NULL: of the ward, or of the house.  *wanted false: the form is not for this patient, nothing was laid out; one
** that was asked for by name is for everybody.  No sides: it was asked for only if it changed, and did not. */
static enum repli_status lay_out(struct repli_plan *plan, const struct repli_plan_form *f,
                                 const struct repli_snap_patient *p, enum repli_age_band band,
                                 struct repli_plan_set **set, struct repli_layout *layout, bool *wanted,
                                 struct repli_err *err)
{
    struct repli_datasets data;
    bool skip = false;
    enum repli_status status = repli_plan_data(plan, f->form, p, &data, err);
    if (status != REPLI_OK)
        return status;
    if (repli_form_bare(f->form) && !p)
        repli_plan_keep_wanted(plan, &data);
    *wanted = !p || plan->request->forms || repli_form_wanted(f->form, &data);
    if (!*wanted)
        return REPLI_OK;
    status = repli_again_look(plan, f, p, &data, set, &skip, err);
    if (status != REPLI_OK || skip)
        return status;
    struct repli_layout_in in = {.form = f->form,
                                 .data = &data,
                                 .zone = plan->site->zone,
                                 .window_utc = plan->window_utc,
                                 .window_hours = f->window_hours,
                                 .age_band = (int)band,
                                 .follows = (*set)->follows,
                                 .taken_utc = plan->info->taken_utc,
                                 .known = &plan->known};
    return lay_out_checked(plan, &in, (*set)->repeats, layout, err);
}

enum repli_status repli_plan_lay_out(struct repli_plan *plan, const struct repli_layout_in *in,
                                     struct repli_layout *layout, struct repli_err *err)
{
    return lay_out_checked(plan, in, false, layout, err);
}

/* p NULL: of the ward, of the house, or blank. */
static void add_sheets(struct repli_plan *plan, const struct repli_plan_form *f, const struct repli_snap_patient *p,
                       enum repli_subject_kind subject, enum repli_age_band band, const struct repli_plan_set *set,
                       const struct repli_layout *layout)
{
    while (plan->nsheets + layout->nsides > plan->room) {
        size_t room = plan->room ? plan->room * 2 : 64;
        plan->sheets = repli_arena_grow(&plan->arena, plan->sheets, plan->room, room, sizeof *plan->sheets);
        plan->room = room;
    }
    for (size_t i = 0; i < layout->nsides; i++)
        plan->sheets[plan->nsheets++] = (struct repli_plan_sheet){.patient = p,
                                                                  .subject = subject,
                                                                  .form = f,
                                                                  .side = &layout->sides[i],
                                                                  .age_band = band,
                                                                  .set = set,
                                                                  .number = i};
}

void repli_plan_add(struct repli_plan *plan, const struct repli_plan_form *f, const struct repli_snap_patient *p,
                    enum repli_subject_kind subject, enum repli_age_band band, const struct repli_layout *layout)
{
    /* Of nobody the record knows: nothing was printed before, and nothing of it can change. */
    add_sheets(plan, f, p, subject, band, repli_arena_alloc(&plan->arena, sizeof(struct repli_plan_set)), layout);
}

/* Nobody of an age that is possible for this person gets the form.  Unknown ages get every form. */
static bool outside(const struct repli_form *form, const struct repli_age *age)
{
    int most = repli_form_max_age_years(form);
    return age->years_max < repli_form_min_age_years(form) || (most > 0 && age->years_min > most);
}

/* Too young or too old: told by name, unless another form of the same pack is there for that age (true). */
static bool covered(struct repli_plan *plan, const struct repli_plan_form *f, const struct repli_snap_patient *p,
                    const struct repli_age *age)
{
    char why[80];
    for (size_t i = 0; i < plan->nforms; i++) {
        const struct repli_form *other = plan->forms[i].form;
        bool by_age = repli_form_max_age_years(other) > 0 || repli_form_min_age_years(other) > 0;
        if (&plan->forms[i] != f && by_age && !of_ward(&plan->forms[i]) && !outside(other, age))
            return true;
    }
    if (age->years_max < repli_form_min_age_years(f->form))
        (void)snprintf(why, sizeof why, "it is for people of %d years and older", repli_form_min_age_years(f->form));
    else
        (void)snprintf(why, sizeof why, "it is for people of up to %d years", repli_form_max_age_years(f->form));
    note(plan, p, f->form, why);
    return false;
}

static enum repli_status plan_form(struct repli_plan *plan, const struct repli_plan_form *f,
                                   const struct repli_snap_patient *p, const struct repli_age *age, bool *made,
                                   bool *wanted, struct repli_err *err)
{
    *made = false;
    *wanted = true;
    if (age && outside(f->form, age)) {
        *made = covered(plan, f, p, age);
        return REPLI_OK;
    }
    struct repli_layout layout = {0};
    struct repli_plan_set *set = NULL;
    struct repli_err mine = {0};
    enum repli_age_band band = age ? age->band : REPLI_AGE_UNKNOWN;
    enum repli_status status = lay_out(plan, f, p, band, &set, &layout, wanted, &mine);
    if (status == REPLI_DATA) {
        note(plan, p, f->form, mine.text);
        (void)repli_fail(&plan->first, REPLI_DATA, "%s", mine.text);
        return REPLI_OK;
    }
    if (status != REPLI_OK)
        return repli_fail(err, status, "%s", mine.text);
    if (!*wanted)
        return REPLI_OK;
    add_sheets(plan, f, p, REPLI_SUBJECT_PATIENT, band, set, &layout);
    *made = true;
    return REPLI_OK;
}

/* What cannot be laid out is said; the patients' paper does not wait for it. */
static enum repli_status plan_common(struct repli_plan *plan, const struct repli_plan_form *f, struct repli_err *err)
{
    struct repli_layout layout = {0};
    struct repli_plan_set *set = NULL;
    struct repli_err mine = {0};
    bool wanted = true;
    enum repli_status status = lay_out(plan, f, NULL, REPLI_AGE_UNKNOWN, &set, &layout, &wanted, &mine);
    if (status == REPLI_DATA) {
        repli_buf_printf(&plan->notes, "%s%s: no form '%s': %s\n", plan->request->house ? "the house" : "ward ",
                         plan->request->house ? "" : plan->ward, repli_form_id(f->form), mine.text);
        (void)repli_fail(&plan->first, REPLI_DATA, "%s", mine.text);
        return REPLI_OK;
    }
    if (status != REPLI_OK)
        return repli_fail(err, status, "%s", mine.text);
    if (repli_form_bare(f->form) && layout.nsides > 0 && layout.sides[0].ndrill == 0) {
        repli_buf_printf(&plan->notes, "ward %s: no form '%s': nobody is there\n", plan->ward, repli_form_id(f->form));
        return REPLI_OK;
    }
    add_sheets(plan, f, NULL, repli_form_subject(f->form), REPLI_AGE_UNKNOWN, set, &layout);
    return REPLI_OK;
}

static enum repli_status plan_patient(struct repli_plan *plan, const struct repli_snap_patient *p,
                                      const struct repli_civil *today, struct repli_err *err)
{
    struct repli_age age;
    bool known = repli_age_at(p->birth_date, today, &age);
    size_t made = 0, wanted = plan->nforms - common_forms(plan), before = plan->nsheets;
    for (size_t i = 0; i < plan->nforms; i++) {
        bool one, for_them;
        if (of_ward(&plan->forms[i]) || of_house(&plan->forms[i]))
            continue;
        enum repli_status status = plan_form(plan, &plan->forms[i], p, known ? &age : NULL, &one, &for_them, err);
        if (status != REPLI_OK)
            return status;
        made += one;
        wanted -= !for_them;
    }
    plan->patients += plan->nsheets > before;
    plan->skipped += made < wanted;
    return REPLI_OK;
}

/* Copies come after everything that is written on, in the same order: they are handed out apart. */
static void add_copies(struct repli_plan *plan)
{
    size_t n = plan->nsheets, copies = plan->request->copies > 1 ? (size_t)plan->request->copies - 1 : 0;
    if (copies == 0)
        return;
    plan->sheets = repli_arena_grow(&plan->arena, plan->sheets, n, n * (copies + 1), sizeof *plan->sheets);
    for (size_t c = 0; c < copies; c++)
        for (size_t i = 0; i < n; i++) {
            plan->sheets[plan->nsheets] = plan->sheets[i];
            plan->sheets[plan->nsheets++].copy_of = i + 1;
        }
}

static enum repli_status nothing(struct repli_plan *plan, struct repli_err *err)
{
    if (plan->request->changed && plan->unchanged > 0 && plan->first.status == REPLI_OK)
        return REPLI_OK; /* everything is as it was: no paper */
    plan->too_young = plan->first.status == REPLI_OK;
    for (size_t i = 0; i < plan->notes.len; i++) /* an error is one line */
        if (plan->notes.data[i] == '\n')
            plan->notes.data[i] = i + 1 < plan->notes.len ? ';' : '\0';
    return repli_fail(err, REPLI_DATA, "nothing to print: %s",
                      plan->notes.len ? plan->notes.data
                                      : "nobody here is one of those it is printed for (--form NAME prints it anyway)");
}

enum repli_status repli_plan_make(struct repli_plan *plan, struct repli_ledger *ledger, struct repli_err *err)
{
    struct repli_civil today;
    plan->ledger = ledger;
    plan->now_utc = repli_clock_now(&plan->site->clock);
    plan->window_utc = plan->now_utc - plan->now_utc % HOUR;
    repli_zone_civil(plan->site->zone, plan->now_utc, &today);
    plan->snap = repli_press_snapshot(plan->press);
    plan->info = repli_snapshot_info(plan->snap);
    enum repli_status status = find_people(plan, err);
    if (status == REPLI_OK)
        status = repli_ledger_open_now(ledger, plan->ward, &plan->drill, &plan->outage_utc, err);
    if (status == REPLI_OK)
        status = open_forms(plan, err);
    if (status == REPLI_OK && repli_plan_of_nobody(plan))
        return repli_plan_nobody(plan, ledger, err);
    if (status == REPLI_OK)
        status = check_subjects(plan, err);
    if (status == REPLI_OK)
        status = check_paper(plan, err);
    for (size_t i = 0; status == REPLI_OK && i < plan->nforms; i++)
        if (of_ward(&plan->forms[i]) || of_house(&plan->forms[i]))
            status = plan_common(plan, &plan->forms[i], err);
    for (size_t i = 0; status == REPLI_OK && i < plan->npeople; i++)
        status = plan_patient(plan, &plan->people[i], &today, err);
    if (status == REPLI_OK)
        status = repli_again_allowed(plan, err);
    if (status != REPLI_OK)
        return status;
    if (plan->nsheets == 0)
        return nothing(plan, err);
    add_copies(plan);
    return REPLI_OK;
}
