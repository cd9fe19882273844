/* Downtime numbers and who they may be; proposing, confirming, rejecting, taking back. */
#include "repli/identity.h"

#include <stdlib.h>
#include <string.h>

#include "reconcile/identity_internal.h"
#include "repli/belgian.h"
#include "repli/clock.h"
#include "repli/id.h"
#include "repli/text.h"

#define DAY_S 86400

struct search {
    struct repli_ledger *ledger;
    struct repli_record *record;
    struct repli_arena *a;
    struct repli_identity_person *people;
    size_t npeople;
};

static const struct repli_identity_person *person(const struct search *q, const char *id)
{
    for (size_t i = 0; id && i < q->npeople; i++)
        if (strcmp(q->people[i].id, id) == 0)
            return &q->people[i];
    return NULL;
}

/* Who stands at the end of the links. */
static const struct repli_identity_person *today(const struct search *q, const char *id)
{
    const struct repli_identity_person *p = person(q, id), *next;
    for (int i = 0; i < 64 && p && (next = person(q, p->replaced_by)) != NULL; i++)
        p = next;
    return p;
}

/* ---- candidates */

static int by_order(const void *x, const void *y)
{
    const struct repli_identity_candidate *a = x, *b = y;
    for (size_t i = 0; i < sizeof a->order / sizeof *a->order; i++)
        if (a->order[i] != b->order[i])
            return a->order[i] > b->order[i] ? -1 : 1;
    return strcmp(a->id, b->id);
}

static enum repli_status add(const struct search *q, struct identity_paper *paper,
                             const struct repli_identity_person *p, struct repli_identity *out, size_t *cap,
                             struct repli_err *err)
{
    struct repli_identity_stay *stays = NULL;
    const int64_t *from = paper->said->arrived_utc;
    enum repli_status s =
        from ? repli_record_identity_stays(q->record, p->id, *from, *from + DAY_S, q->a, &stays, &paper->nstays, err)
             : REPLI_OK;
    paper->stays = stays;
    if (s != REPLI_OK)
        return s;
    if (out->ncandidates == *cap) {
        out->candidates = repli_arena_grow(q->a, out->candidates, *cap, *cap * 2 + 8, sizeof *out->candidates);
        *cap = *cap * 2 + 8;
    }
    identity_points(paper, p, q->a, &out->candidates[out->ncandidates++]);
    paper->nstays = 0;
    return REPLI_OK;
}

/* The first ones stay, and the one who was proposed. */
static void cut(struct repli_identity *out, const char *must)
{
    if (out->ncandidates)
        qsort(out->candidates, out->ncandidates, sizeof *out->candidates, by_order);
    size_t n = 0;
    for (size_t i = 0; i < out->ncandidates; i++)
        if (i < REPLI_IDENTITY_SHOWN || (must && strcmp(out->candidates[i].id, must) == 0))
            out->candidates[n++] = out->candidates[i];
    out->ncandidates = n;
}

static enum repli_status candidates(const struct search *q, struct identity_paper *paper, const char *must,
                                    struct repli_identity *out, struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    size_t cap = 0;
    for (size_t i = 0; s == REPLI_OK && i < q->npeople; i++) {
        const struct repli_identity_person *p = &q->people[i];
        bool itself = p == paper->file || (p->replaced_by && !(must && strcmp(p->id, must) == 0));
        const struct repli_identity_person *end = today(q, p->id);
        bool wanted = must && strcmp(p->id, must) == 0;
        if (!wanted && (itself || end == paper->file || !identity_alike(paper, p, q->a)))
            continue;
        s = add(q, paper, p, out, &cap, err);
    }
    if (s == REPLI_OK)
        cut(out, must);
    return s;
}

/* ---- what was shown */

static void hash_text(struct repli_hash *h, const char *text)
{
    repli_hash_text(h, text ? text : "");
}

static void hash_shown(struct repli_identity *x)
{
    struct repli_hash h;
    const struct repli_identity_registration *p = &x->paper;
    const char *said[] = {x->number,    p->id,  p->known, p->family,   p->given, p->birth_date,
                          p->age_years, p->sex, p->niss,  p->language, p->ward};
    repli_hash_init(&h);
    repli_hash_text(&h, "identity");
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        hash_text(&h, said[i]);
    repli_hash_int(&h, p->arrived_utc ? *p->arrived_utc : 0);
    for (size_t i = 0; i < x->ncandidates; i++) {
        const struct repli_identity_candidate *c = &x->candidates[i];
        const char *who[] = {c->id, c->number, c->name, c->birth_date, c->sex};
        for (size_t k = 0; k < sizeof who / sizeof *who; k++)
            hash_text(&h, who[k]);
        for (size_t k = 0; k < c->npoints; k++) {
            hash_text(&h, c->points[k].point);
            hash_text(&h, c->points[k].says);
            hash_text(&h, c->points[k].text);
        }
    }
    repli_hash_final(&h, x->shown);
}

/* ---- one number */

/* "paper:K7QD-M3XA-D:person:1" -> the sheet */
static const char *sheet_of(const char *registration_id, struct repli_arena *a)
{
    const char *at = registration_id ? strchr(registration_id, ':') : NULL;
    return at ? repli_arena_strndup(a, at + 1, strcspn(at + 1, ":")) : NULL;
}

/* What no sheet said, the file may say: a number that was registered by messages later. */
static void said_by_file(struct repli_identity_registration *said, const struct repli_identity_person *file)
{
    if (!said->family)
        said->family = file->family;
    if (!said->given)
        said->given = file->given;
    if (!said->birth_date)
        said->birth_date = file->birth_date;
    if (!said->sex)
        said->sex = file->gender;
}

static void state_of(const struct search *q, const struct repli_identity_person *file, struct repli_identity *x)
{
    const struct repli_identity_act *last = x->nacts ? &x->acts[x->nacts - 1] : NULL;
    const struct repli_identity_person *end = file->replaced_by ? today(q, file->id) : NULL;
    x->state = file->replaced_by ? "resolved" : last && strcmp(last->act, "proposed") == 0 ? "proposed" : "open";
    if (file->replaced_by)
        x->patient = end && end != file ? end->id : file->replaced_by;
    else if (strcmp(x->state, "proposed") == 0)
        x->patient = last->patient_id;
    end = person(q, x->patient);
    x->patient_number = end ? end->number : NULL;
}

/* `must`: shown among the candidates whatever it looks like; NULL: who was proposed. */
static enum repli_status fill(const struct search *q, const struct repli_identity_person *file, const char *must,
                              struct repli_identity *x, struct repli_err *err)
{
    struct identity_paper paper = {.said = &x->paper, .file = file};
    struct repli_identity_act *acts = NULL;
    struct repli_niss niss;
    *x = (struct repli_identity){.number = file->number, .alias = file->name_text};
    enum repli_status s = repli_record_identity_registration(q->record, file->id, q->a, &x->paper, &x->registered, err);
    if (s == REPLI_OK)
        s = repli_record_identity_acts(q->record, file->id, q->a, &acts, &x->nacts, err);
    if (s == REPLI_OK)
        s = repli_ledger_identity_named(q->ledger, file->number, q->a, &paper.named, &paper.named_sheet, err);
    if (s != REPLI_OK)
        return s;
    x->acts = acts;
    said_by_file(&x->paper, file);
    x->niss_fits = x->paper.niss && repli_niss_parse(x->paper.niss, &niss);
    x->sheet = paper.sheet = sheet_of(x->paper.id, q->a);
    paper.fold_family = x->paper.family ? repli_text_fold(q->a, x->paper.family) : NULL;
    paper.fold_given = x->paper.given ? repli_text_fold(q->a, x->paper.given) : NULL;
    state_of(q, file, x);
    s = candidates(q, &paper, must ? must : x->patient, x, err);
    if (s != REPLI_OK)
        return s;
    hash_shown(x);
    x->changed = strcmp(x->state, "proposed") == 0 && memcmp(acts[x->nacts - 1].shown, x->shown, 32) != 0;
    return REPLI_OK;
}

static enum repli_status search_begin(struct search *q, struct repli_ledger *ledger, struct repli_record *record,
                                      struct repli_arena *a, struct repli_err *err)
{
    *q = (struct search){.ledger = ledger, .record = record, .a = a};
    return repli_record_identity_people(record, a, &q->people, &q->npeople, err);
}

enum repli_status repli_identity_list(struct repli_ledger *ledger, struct repli_record *record, const char *number,
                                      struct repli_arena *a, struct repli_identity **list, size_t *count,
                                      struct repli_err *err)
{
    struct search q;
    enum repli_status s = search_begin(&q, ledger, record, a, err);
    struct repli_identity *all = repli_arena_array(a, q.npeople + 1, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; s == REPLI_OK && i < q.npeople; i++)
        if (q.people[i].downtime && (!number || strcmp(q.people[i].number, number) == 0))
            s = fill(&q, &q.people[i], NULL, &all[n++], err);
    *list = all;
    *count = n;
    if (s == REPLI_OK && number && n == 0)
        return repli_fail(err, REPLI_USAGE,
                          "the record has nobody with the downtime number '%s': nothing of it was merged yet "
                          "(repli identity list)",
                          number);
    return s;
}

/* ---- what people say */

/* One number inside the open transaction, with who was named among its candidates. */
static enum repli_status look(struct search *q, const char *number, const char *must, struct repli_identity **x,
                              struct repli_err *err)
{
    enum repli_status s = search_begin(q, q->ledger, q->record, q->a, err);
    const struct repli_identity_person *file = s == REPLI_OK ? person(q, number) : NULL;
    if (s == REPLI_OK && (!file || !file->downtime))
        return repli_fail(err, REPLI_USAGE,
                          "the record has nobody with the downtime number '%s': nothing of it was merged yet "
                          "(repli identity list)",
                          number);
    if (s != REPLI_OK)
        return s;
    *x = repli_arena_alloc(q->a, sizeof **x);
    return fill(q, file, must, *x, err);
}

static enum repli_status may_propose(const struct repli_identity *x, const char *const proofs[2], struct repli_arena *a,
                                     struct repli_err *err)
{
    if (strcmp(x->state, "resolved") == 0)
        return repli_fail(err, REPLI_DATA, "%s is Patient/%s already: repli identity undo takes that back", x->number,
                          x->patient);
    if (strcmp(x->state, "proposed") == 0)
        return repli_fail(err, REPLI_DATA,
                          "%s was proposed to be Patient/%s by %s already: repli identity confirm, or reject",
                          x->number, x->patient, x->acts[x->nacts - 1].person);
    const char *one = repli_text_fold(a, proofs[0]), *two = repli_text_fold(a, proofs[1]);
    if (strlen(one) < 3 || strlen(two) < 3 || strcmp(one, two) == 0)
        return repli_fail(err, REPLI_USAGE,
                          "two different proofs are needed, in words: --proof \"identity card read\" --proof "
                          "\"her daughter\"");
    return REPLI_OK;
}

static enum repli_status propose(struct search *q, const char *number, const char *patient, const char *const proofs[2],
                                 const struct repli_identity_act *said, struct repli_identity **out,
                                 struct repli_err *err)
{
    const char *id = NULL;
    struct repli_identity_act act = *said;
    enum repli_status s = repli_record_identity_find(q->record, patient, q->a, &id, err);
    if (s == REPLI_OK && !id)
        return repli_fail(err, REPLI_DATA, "the record has no patient '%s': import the hospital's registration first",
                          patient);
    if (s == REPLI_OK)
        s = look(q, number, id, out, err);
    if (s == REPLI_OK)
        s = may_propose(*out, proofs, q->a, err);
    if (s == REPLI_OK && strcmp(id, number) == 0)
        return repli_fail(err, REPLI_DATA, "'%s' is %s itself, or is joined to it", patient, number);
    if (s != REPLI_OK)
        return s;
    act.patient_id = id;
    act.proof1 = proofs[0];
    act.proof2 = proofs[1];
    memcpy(act.shown, (*out)->shown, sizeof act.shown);
    return repli_record_identity_say(q->record, number, &act, err);
}

enum repli_status repli_identity_propose(const struct repli_site *site, struct repli_ledger *ledger,
                                         struct repli_record *record, const char *number, const char *patient,
                                         const char *const proofs[2], const char *by, struct repli_arena *a,
                                         struct repli_identity **out, struct repli_err *err)
{
    struct search q = {.ledger = ledger, .record = record, .a = a};
    const struct repli_identity_act act = {.act = "proposed", .person = by, .at_utc = repli_clock_now(&site->clock)};
    enum repli_status s = repli_record_identity_begin(record, err);
    if (s != REPLI_OK)
        return s;
    s = propose(&q, number, patient, proofs, &act, out, err);
    if (s == REPLI_OK)
        s = look(&q, number, NULL, out, err);
    return repli_record_identity_end(record, s, err);
}

/* ---- answers to a proposal */

enum answer { ANSWER_CONFIRM, ANSWER_REJECT };

static enum repli_status may_confirm(const struct repli_identity *x, const char *by, struct repli_err *err)
{
    const struct repli_identity_act *proposed = &x->acts[x->nacts - 1];
    if (strcmp(proposed->person, by) == 0)
        return repli_fail(err, REPLI_DATA, "you proposed it: another person must confirm that %s is Patient/%s",
                          x->number, x->patient);
    if (x->changed)
        return repli_fail(err, REPLI_DATA,
                          "what was shown to %s about %s changed since: look again (repli identity show %s), reject "
                          "the proposal and make it anew",
                          proposed->person, x->number, x->number);
    return REPLI_OK;
}

static enum repli_status answer(struct search *q, enum answer what, const char *number, const char *by,
                                const char *reason, int64_t now, struct repli_identity **out, struct repli_err *err)
{
    enum repli_status s = look(q, number, NULL, out, err);
    if (s == REPLI_OK && strcmp((*out)->state, "proposed") != 0)
        return repli_fail(err, REPLI_DATA, "nothing is proposed about %s: it is %s", number, (*out)->state);
    if (s == REPLI_OK && what == ANSWER_CONFIRM)
        s = may_confirm(*out, by, err);
    if (s != REPLI_OK)
        return s;
    const struct repli_identity_act *proposed = &(*out)->acts[(*out)->nacts - 1];
    struct repli_identity_act act = {.act = what == ANSWER_CONFIRM ? "confirmed" : "rejected",
                                     .patient_id = proposed->patient_id,
                                     .reason = reason,
                                     .person = by,
                                     .at_utc = now};
    memcpy(act.shown, proposed->shown, sizeof act.shown);
    if (what == ANSWER_CONFIRM)
        s = repli_record_identity_link(q->record, number, proposed->patient_id, err);
    return s == REPLI_OK ? repli_record_identity_say(q->record, number, &act, err) : s;
}

static enum repli_status answered(const struct repli_site *site, struct search *q, enum answer what, const char *number,
                                  const char *by, const char *reason, struct repli_identity **out,
                                  struct repli_err *err)
{
    enum repli_status s = repli_record_identity_begin(q->record, err);
    if (s != REPLI_OK)
        return s;
    s = answer(q, what, number, by, reason, repli_clock_now(&site->clock), out, err);
    if (s == REPLI_OK)
        s = look(q, number, NULL, out, err);
    return repli_record_identity_end(q->record, s, err);
}

enum repli_status repli_identity_confirm(const struct repli_site *site, struct repli_ledger *ledger,
                                         struct repli_record *record, const char *number, const char *by,
                                         struct repli_arena *a, struct repli_identity **out, struct repli_err *err)
{
    struct search q = {.ledger = ledger, .record = record, .a = a};
    return answered(site, &q, ANSWER_CONFIRM, number, by, NULL, out, err);
}

enum repli_status repli_identity_reject(const struct repli_site *site, struct repli_ledger *ledger,
                                        struct repli_record *record, const char *number, const char *by,
                                        const char *reason, struct repli_arena *a, struct repli_identity **out,
                                        struct repli_err *err)
{
    struct search q = {.ledger = ledger, .record = record, .a = a};
    return answered(site, &q, ANSWER_REJECT, number, by, reason, out, err);
}
