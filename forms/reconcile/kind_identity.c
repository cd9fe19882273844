/* identity: who somebody with a downtime number is, as the registration sheet says.
**
** Writes    registration: name, birth date, sex, language and arrival into the patient of that number (who is made by
**           the first sheet of the number that merges, whichever it is), the national number as one more identifier,
**           and one row `registration` with all that was keyed.
** Decided   nobody is ever joined to a patient whom the record knows.  A real number that was found out later is held
**           for a person, with the name that the record has under it; the hospital's own joining of files does the
**           rest.  Who has the written national number in the record is named in the row (`same_as`), and no more.
** Compares  the written name and birth date with what an earlier registration said; a national number with its check
**           digits, the birth date and the sex that it says.
** Time      of arrival: the day and month nearest before the scan.  None written: none.
*/
#include <string.h>
#include <utf8proc.h>

#include "reconcile/merge_internal.h"
#include "repli/belgian.h"
#include "repli/pagecode.h"
#include "repli/record_newcomer.h"
#include "repli/text.h"

#define DAY_S 86400

static const struct conflict_kind conflicts[] = {
    CONFLICTS_OF_TIME,
    CONFLICTS_OF_PATIENT,
    {"not-a-downtime-number", false, "the sheet has no downtime number", false},
    {"niss-invalid", true, "the national number's check digits do not fit", true},
    {"niss-disagrees", true, "the national number says another birth date or sex", true},
    {"registered-before", true, "this number was registered with another name or birth date", true},
    {"identity-found", true, "paper says whom the number belongs to: files are joined by people", false},
    {NULL, false, NULL, false}};

/* The rest of the ticked box's role: "sex_male" -> "male"; NULL: none is ticked. */
static const char *chosen(const struct merge_context *ctx, const struct capture_plan *plan, const char *what)
{
    const struct repli_capture *c = plan->capture;
    size_t n = strlen(what);
    for (size_t m = 0; m < c->nmembers; m++)
        if (strncmp(c->roles[m], what, n) == 0 && c->roles[m][n] == '_' &&
            ctx->sheet->fields[c->fields[m]].field->kind == REPLI_FIELD_TICK &&
            review_ticked(&ctx->sheet->fields[c->fields[m]]))
            return c->roles[m] + n + 1;
    return NULL;
}

/* "MARIE-THÉRÈSE" -> "Marie-Thérèse" */
static const char *as_given_name(struct repli_arena *a, const char *upper)
{
    struct repli_buf b = {0};
    bool inside = false;
    for (const char *p = upper; *p;) {
        uint8_t out[4];
        utf8proc_int32_t cp = (utf8proc_int32_t)repli_utf8_next(&p);
        bool letter = utf8proc_toupper(cp) != utf8proc_tolower(cp);
        utf8proc_ssize_t n = utf8proc_encode_char(inside ? utf8proc_tolower(cp) : cp, out);
        repli_buf_add(&b, out, n > 0 ? (size_t)n : 0);
        inside = letter;
    }
    const char *text = repli_arena_strndup(a, b.data ? b.data : "", b.len);
    repli_buf_done(&b);
    return text;
}

/* The day and time of arrival as an instant: of this year or the last, and not after the scan.  false: held. */
static bool arrival(struct merge_context *ctx, struct capture_plan *plan)
{
    const char *date = plan_member_value(ctx, plan, "date"), *at = plan_member_value(ctx, plan, "at");
    int64_t limit = ctx->sheet->source.scanned_utc, found[2] = {0, 0};
    int64_t day = 0, month = 0;
    struct repli_civil c;
    if (!at)
        return true;
    if (!date)
        return plan_time(ctx, plan);
    (void)repli_integer(repli_arena_strndup(ctx->a, date, 2), 1, 31, &day);
    (void)repli_integer(date + 3, 1, 12, &month);
    for (int64_t back = 0; back <= 366; back++) {
        int64_t from = limit - limit % 3600 - back * DAY_S;
        repli_zone_civil(ctx->site->zone, from, &c);
        int near = c.day == day && c.month == month;
        int n = near ? plan_instants(ctx, at, from - DAY_S, from + DAY_S, found) : 0;
        for (int i = 0; i < n && i < 2; i++) {
            repli_zone_civil(ctx->site->zone, found[i], &c);
            if (c.day != day || c.month != month || found[i] > limit)
                continue;
            plan->timed = true;
            plan->event_utc = found[i];
            return true;
        }
    }
    plan_hold(ctx, plan, "time-outside-window", true, "%s %s is no time of the year before the scan", date, at);
    return false;
}

/* The keyed national number against itself and what is written beside it.  false: held. */
static bool check_niss(struct merge_context *ctx, struct capture_plan *plan, struct repli_known_as *known)
{
    const char *keyed = plan_member_value(ctx, plan, "niss");
    struct repli_niss niss;
    char born[11], text[REPLI_NISS_TEXT];
    if (!keyed)
        return true;
    if (!repli_niss_parse(keyed, &niss)) {
        plan_hold(ctx, plan, "niss-invalid", true, "%s is no national number: its check digits do not fit", keyed);
        return plan_paper_counts(ctx, plan);
    }
    repli_niss_birth_date(&niss, born);
    repli_niss_format(&niss, text);
    bool other_day = *born && known->birth_date && strcmp(known->birth_date, born) != 0;
    bool other_sex = niss.sex_known && known->gender && strcmp(known->gender, niss.female ? "male" : "female") == 0;
    if (other_day || other_sex) {
        plan_hold(ctx, plan, "niss-disagrees", true, "national number %s says %s born %s; written is %s, %s", text,
                  !niss.sex_known ? "somebody"
                  : niss.female   ? "a woman"
                                  : "a man",
                  *born ? born : "on a day not known", known->birth_date ? known->birth_date : "no birth date",
                  known->gender ? known->gender : "no sex");
        if (!plan_paper_counts(ctx, plan))
            return false;
    }
    known->niss = repli_arena_strdup(ctx->a, niss.digits);
    if (!known->birth_date && *born)
        known->birth_date = repli_arena_strdup(ctx->a, born);
    if (!known->gender && niss.sex_known)
        known->gender = niss.female ? "female" : "male";
    return true;
}

static bool differs(struct repli_arena *a, const char *live, const char *paper)
{
    return live && paper && strcmp(repli_text_fold(a, live), repli_text_fold(a, paper)) != 0;
}

/* Was this number registered before, and as somebody else? */
static bool registered_before(struct merge_context *ctx, struct capture_plan *plan, const struct repli_known_as *known)
{
    const struct repli_live_patient *p = ctx->patient;
    if (!differs(ctx->a, p->family, known->family) && !differs(ctx->a, p->given, known->given) &&
        !differs(ctx->a, p->birth_date, known->birth_date))
        return true;
    plan_hold(ctx, plan, "registered-before", true, "%s is %s, %s, born %s in the record; paper says %s, %s, born %s",
              ctx->sheet->row->patient, p->family ? p->family : "?", p->given ? p->given : "?",
              p->birth_date ? p->birth_date : "?", known->family ? known->family : "?",
              known->given ? known->given : "?", known->birth_date ? known->birth_date : "?");
    return plan_paper_counts(ctx, plan);
}

static void fill(struct merge_context *ctx, struct capture_plan *plan, const struct repli_known_as *known,
                 const char *same_as)
{
    const char *languages = chosen(ctx, plan, "lang");
    plan_row(ctx, plan, "registration", "registration_id");
    plan_cell(ctx, plan, "known", chosen(ctx, plan, "known"));
    plan_cell(ctx, plan, "family", known->family);
    plan_cell(ctx, plan, "given", known->given);
    plan_cell(ctx, plan, "birth_date", plan_member_value(ctx, plan, "birth"));
    plan_cell(ctx, plan, "age_years", plan_member_value(ctx, plan, "age"));
    plan_cell(ctx, plan, "sex", chosen(ctx, plan, "sex"));
    plan_cell(ctx, plan, "niss", plan_member_value(ctx, plan, "niss"));
    plan_cell(ctx, plan, "language", languages);
    plan_cell(ctx, plan, "mode", chosen(ctx, plan, "mode"));
    plan_cell_at(ctx, plan, "arrived_utc", plan->timed ? &plan->event_utc : NULL);
    plan_cell(ctx, plan, "same_as", same_as);
    plan_proof(ctx, plan);
    plan->value = known->family ? known->family : "registered";
}

static enum repli_status plan_registration(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    struct repli_known_as *known = repli_arena_alloc(ctx->a, sizeof *known);
    struct repli_live_patient *same = NULL;
    int64_t count = 0;
    bool ok = false;
    if (!arrival(ctx, plan))
        return REPLI_OK;
    enum repli_status s = plan_patient(ctx, plan, &ok, err);
    if (s != REPLI_OK || !ok)
        return s;
    const char *sex = chosen(ctx, plan, "sex"), *given = plan_member_value(ctx, plan, "given");
    *known = (struct repli_known_as){.patient_id = ctx->patient->id,
                                     .encounter_id = ctx->stay ? ctx->stay->encounter_id : NULL,
                                     .family = plan_member_value(ctx, plan, "family"),
                                     .given = given ? as_given_name(ctx->a, given) : NULL,
                                     .birth_date = plan_member_value(ctx, plan, "birth"),
                                     .gender = sex,
                                     .language = chosen(ctx, plan, "lang")};
    if (!check_niss(ctx, plan, known) || !registered_before(ctx, plan, known))
        return REPLI_OK;
    if (known->niss)
        s = repli_record_live_number(ctx->record, known->niss, ctx->patient->id, ctx->a, &same, &count, err);
    if (s != REPLI_OK)
        return s;
    if (plan->timed) {
        int64_t *at = repli_arena_alloc(ctx->a, sizeof *at);
        *at = plan->event_utc;
        known->arrived_utc = at;
    }
    fill(ctx, plan, known, count == 1 && same ? same->id : NULL);
    plan->extra = known;
    return REPLI_OK;
}

/* The files are joined already: to whom paper says. */
static enum repli_status joined_so(struct merge_context *ctx, struct capture_plan *plan,
                                   const struct repli_live_patient *p, bool *so, struct repli_err *err)
{
    struct repli_live_patient *file = NULL;
    enum repli_status s = repli_record_live_patient(ctx->record, NULL, ctx->sheet->row->subject, ctx->a, &file, err);
    *so = s == REPLI_OK && file && file->replaced_by && p && strcmp(file->today, p->today) == 0;
    if (*so) {
        plan->state = PLAN_NOTE;
        plan->effect = "note";
        plan->detail = "the files are joined, as paper says";
    }
    return s;
}

/* Whom the record has under the number that paper names. */
static enum repli_status plan_resolution(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    const char *mrn = plan_member_value(ctx, plan, "mrn"), *date = plan_member_value(ctx, plan, "found_date");
    struct repli_live_patient *p = NULL;
    int64_t count = 0;
    if (!mrn)
        return REPLI_OK; /* initials and proofs alone say nothing */
    enum repli_status s = repli_record_live_number(ctx->record, mrn, NULL, ctx->a, &p, &count, err);
    if (s != REPLI_OK)
        return s;
    bool joined = false;
    s = joined_so(ctx, plan, count == 1 ? p : NULL, &joined, err);
    if (s != REPLI_OK || joined)
        return s;
    const char *when = date ? repli_arena_printf(ctx->a, " (found out %s)", date) : "";
    const char *who = p ? repli_arena_printf(ctx->a, "%s, %s, born %s",
                                             p->family      ? p->family
                                             : p->name_text ? p->name_text
                                                            : "?",
                                             p->given ? p->given : "", p->birth_date ? p->birth_date : "?")
                        : NULL;
    if (count == 1 && who)
        plan_hold(ctx, plan, "identity-found", true,
                  "paper says that %s is patient %s%s: in the record %s; look at the proofs, and have the files joined",
                  ctx->sheet->row->patient, mrn, when, who);
    else
        plan_hold(ctx, plan, "identity-found", true,
                  "paper says that %s is patient %s%s: the record has %s of that number", ctx->sheet->row->patient, mrn,
                  when, count == 0 ? "nobody" : "several people");
    return REPLI_OK;
}

static enum repli_status plan_identity(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    json_t *key = plan->capture->key ? json_loads(plan->capture->key, 0, NULL) : NULL;
    const char *what = plan_key_text(ctx, key, "identity");
    json_decref(key);
    if (ctx->sheet->row->subject_kind != REPLI_SUBJECT_DOWNTIME) {
        plan_hold(ctx, plan, "not-a-downtime-number", false, "this sheet is about nobody with a downtime number");
        return REPLI_OK;
    }
    return what && strcmp(what, "resolution") == 0 ? plan_resolution(ctx, plan, err)
                                                   : plan_registration(ctx, plan, err);
}

static enum repli_status write_identity(struct merge_context *ctx, struct repli_record_merge *m,
                                        const struct capture_plan *plan, struct repli_err *err)
{
    (void)ctx;
    enum repli_status s = repli_record_merge_known_as(m, plan->extra, err);
    return s == REPLI_OK ? repli_record_merge_insert(m, plan->table, plan->cells, plan->ncells, err) : s;
}

extern const struct capture_kind capture_kind_identity;

const struct capture_kind capture_kind_identity = {
    .name = "identity",
    .guard = "known family given birth age sex niss lang date at mode mrn",
    .writes = "who the patient of a downtime number is, and one row about the registration; joins no files",
    .compares = "an earlier registration of the number; the national number with its check, birth date and sex",
    .conflicts = conflicts,
    .plan = plan_identity,
    .write = write_identity,
};
