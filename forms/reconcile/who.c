/* Is the patient of a sheet still who, and where, they were when it was printed? */
#include <stdlib.h>
#include <string.h>

#include "reconcile/merge_internal.h"
#include "repli/downtime.h"
#include "repli/pagecode.h"
#include "repli/record_newcomer.h"
#include "repli/text.h"

#define NAME_WORDS 32

static bool none(const uint8_t hash[8])
{
    static const uint8_t zero[8];
    return memcmp(hash, zero, sizeof zero) == 0;
}

/* Somebody whom only a downtime number names, and no sheet of whom was merged yet: merging this one makes the
** patient.  The number is in the authentic code and nobody else's, and the rows say nothing but it. */
static void newcomer(struct merge_context *ctx)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    struct repli_live_patient *p = repli_arena_alloc(ctx->a, sizeof *p);
    struct repli_live_stay *stay = repli_arena_alloc(ctx->a, sizeof *stay);
    struct repli_newcomer *n = repli_arena_alloc(ctx->a, sizeof *n);
    p->id = p->number = p->today = stay->patient_id = row->patient;
    memcpy(p->subject, row->subject, sizeof p->subject);
    stay->encounter_id = row->stay_number;
    *n = (struct repli_newcomer){.patient_id = row->patient,
                                 .number = row->patient,
                                 .alias = row->patient_name,
                                 .encounter_id = row->stay_number,
                                 .stay_number = row->stay_number,
                                 .subject = row->subject,
                                 .stay = row->stay,
                                 .ward = row->ward};
    ctx->patient = p;
    ctx->stay = stay;
    ctx->newcomer = n;
}

static enum repli_status look_up(struct merge_context *ctx, struct repli_err *err)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    enum repli_status s = REPLI_OK;
    bool blank = row->subject_kind == REPLI_SUBJECT_BLANK;
    if (ctx->looked_up)
        return REPLI_OK;
    if (row->patient_id)
        s = repli_record_live_patient(ctx->record, row->patient_id, NULL, ctx->a, &ctx->patient, err);
    if (s == REPLI_OK && !ctx->patient && !blank)
        s = repli_record_live_patient(ctx->record, NULL, row->subject, ctx->a, &ctx->patient, err);
    if (s == REPLI_OK && !none(row->stay))
        s = repli_record_live_stay(ctx->record, row->stay, ctx->a, &ctx->stay, err);
    if (s == REPLI_OK && blank && ctx->patient) /* the stay of the hours that it was written in */
        s = repli_record_live_stay_at(ctx->record, ctx->patient->id,
                                      row->window_utc + (int64_t)row->window_hours * 3600, ctx->a, &ctx->stay, err);
    if (s == REPLI_OK && !ctx->patient && row->subject_kind == REPLI_SUBJECT_DOWNTIME)
        newcomer(ctx);
    ctx->looked_up = s == REPLI_OK;
    return s;
}

/* ---- the name and the birth date */

static int by_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* The words of a name without marks and case, in order: "DUPONT, Émilie" and "Emilie Dupont" are one person's. */
static const char *words_of(struct repli_arena *a, const char *name)
{
    char *fold = repli_text_fold(a, name), *words[NAME_WORDS], *joined = repli_arena_strdup(a, ""), *rest = NULL;
    size_t n = 0;
    for (char *w = strtok_r(fold, " ,.;", &rest); w && n < NAME_WORDS; w = strtok_r(NULL, " ,.;", &rest))
        words[n++] = w;
    qsort(words, n, sizeof *words, by_text);
    for (size_t i = 0; i < n; i++)
        joined = repli_arena_printf(a, "%s %s", joined, words[i]);
    return joined;
}

static const char *live_name(struct merge_context *ctx, const struct repli_live_patient *p)
{
    if (p->family)
        return repli_arena_printf(ctx->a, "%s, %s", p->family, p->given ? p->given : "");
    return p->name_text ? p->name_text : p->given;
}

/* A hospital number that was given to another person under the same id shows here and nowhere else. */
static bool same_person(struct merge_context *ctx, struct capture_plan *plan, const struct repli_live_patient *p,
                        const struct printed_person *printed)
{
    const char *name = live_name(ctx, p), *born = p->birth_date;
    bool alike = printed->name && name && strcmp(printed->name, name) == 0; /* letter by letter, as nearly always */
    bool other =
        !alike && printed->name && name && strcmp(words_of(ctx->a, printed->name), words_of(ctx->a, name)) != 0;
    if (!other && !(printed->birth_date && born && strcmp(printed->birth_date, born) != 0))
        return true;
    plan_hold(ctx, plan, "identity-changed", true, "printed for %s, born %s; the record has %s, born %s",
              printed->name ? printed->name : "?", printed->birth_date ? printed->birth_date : "?", name ? name : "?",
              born ? born : "?");
    return plan_paper_counts(ctx, plan);
}

/* Joined files are one person's, says the hospital; that this paper is about that person, a person says.  The file of a
** downtime number was joined by people who said just that: it is followed.  Rows stay under the file they were written
** for, where whoever reads the other file finds them, and what is there of either file is compared. */
static bool not_joined(struct merge_context *ctx, struct capture_plan *plan, const struct repli_live_patient *p,
                       const char *number)
{
    char letter = 0;
    uint64_t downtime = 0;
    if (!p->replaced_by || repli_downtime_parse(p->id, &letter, &downtime))
        return true;
    plan_hold(ctx, plan, "patient-merged", true, "the file of patient %s was joined to %s since printing", number,
              p->replaced_by);
    return plan_paper_counts(ctx, plan);
}

/* Before a death of which the record has no time, much may have been written. */
static void check_alive(struct merge_context *ctx, struct capture_plan *plan, const struct repli_live_patient *p,
                        const char *number)
{
    if (!p->deceased)
        return;
    if (!p->deceased_utc) {
        plan_hold(ctx, plan, "death-time-unknown", true,
                  "patient %s is recorded as deceased, and the record has no time of death", number);
        (void)plan_paper_counts(ctx, plan);
    } else if (!plan->timed || plan->event_utc > *p->deceased_utc) {
        plan_hold(ctx, plan, "patient-deceased", true, "patient %s is recorded as deceased before the written time",
                  number);
    }
}

bool plan_person(struct merge_context *ctx, struct capture_plan *plan, const struct repli_live_patient *p,
                 const struct printed_person *printed)
{
    const char *number = printed->number ? printed->number : "?";
    if (not_joined(ctx, plan, p, number) && same_person(ctx, plan, p, printed))
        check_alive(ctx, plan, p, number);
    return plan->state != PLAN_HELD;
}

/* ---- */

/* Is the stay on the sheet still the patient's, and open at the time? */
static void check_stay(struct merge_context *ctx, struct capture_plan *plan)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    const char *number = row->stay_number ? row->stay_number : "?";
    if (none(row->stay) && !ctx->stay)
        return;
    if (!ctx->stay)
        plan_hold(ctx, plan, "stay-unknown", true, "stay %s of this sheet is not in the record", number);
    else if (strcmp(ctx->stay->patient_id, ctx->patient->today) != 0)
        plan_hold(ctx, plan, "identity-mismatch", true, "stay %s belongs to another patient in the record", number);
    else if (ctx->stay->end_utc && plan->timed && plan->event_utc > *ctx->stay->end_utc)
        plan_hold(ctx, plan, "patient-discharged", true, "stay %s ended before the written time", number);
}

/* The file is the one that was printed, and has another number today.  Where the printed one is still one of its
** numbers, nothing is asked.  false: held, or it is another file's number now. */
static enum repli_status same_number(struct merge_context *ctx, struct capture_plan *plan, bool *same,
                                     struct repli_err *err)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    const struct repli_live_patient *p = ctx->patient;
    struct repli_live_patient *now = NULL, *holder = NULL;
    int64_t holders = 0;
    *same = memcmp(p->subject, row->subject, 8) == 0;
    if (*same)
        return REPLI_OK;
    enum repli_status s = repli_record_live_patient(ctx->record, NULL, row->subject, ctx->a, &now, err);
    if (s == REPLI_OK && row->patient)
        s = repli_record_live_number(ctx->record, row->patient, NULL, ctx->a, &holder, &holders, err);
    if (s != REPLI_OK)
        return s;
    bool other = now || holders > 1 || (holder && strcmp(holder->id, p->id) != 0);
    bool renumbered = row->patient && p->number && strcmp(row->patient, p->number) != 0;
    if (!other && renumbered && holders == 1) {
        *same = true;
    } else if (!other && renumbered && row->patient_name && row->birth_date) {
        plan_hold(ctx, plan, "patient-renumbered", true, "the file that was printed as %s has the number %s now",
                  row->patient, p->number);
        *same = plan_paper_counts(ctx, plan);
    } else {
        plan_hold(ctx, plan, "identity-mismatch", true,
                  "the record's %s is not the patient %s this sheet was printed for", p->id,
                  row->patient ? row->patient : "?");
    }
    return REPLI_OK;
}

enum repli_status plan_patient(struct merge_context *ctx, struct capture_plan *plan, bool *ok, struct repli_err *err)
{
    const struct repli_sheet_row *row = ctx->sheet->row;
    const char *printed = row->patient ? row->patient : "?";
    bool downtime = row->subject_kind == REPLI_SUBJECT_DOWNTIME; /* printed was an alias, not a name */
    const struct printed_person person = {row->patient, downtime ? NULL : row->patient_name, row->birth_date};
    enum repli_status s = look_up(ctx, err);
    if (s != REPLI_OK)
        return s;
    const struct repli_live_patient *p = ctx->patient;
    bool blank = row->subject_kind == REPLI_SUBJECT_BLANK, same = false;
    if (blank && !row->patient_id)
        plan_hold(ctx, plan, "no-patient", false,
                  "nobody is printed on this blank sheet: look at its label; two people say whose it is (`repli review "
                  "bind %s --patient NUMBER --by PERSON`)",
                  row->sheet);
    else if ((row->subject_kind != REPLI_SUBJECT_PATIENT && !downtime && !blank) || !p)
        plan_hold(ctx, plan, "patient-unknown", true, "patient %s of this sheet is not in the record", printed);
    else if ((s = same_number(ctx, plan, &same, err)) != REPLI_OK)
        return s;
    else if (same && plan_person(ctx, plan, p, &person))
        check_stay(ctx, plan);
    *ok = plan->state != PLAN_HELD;
    return REPLI_OK;
}
