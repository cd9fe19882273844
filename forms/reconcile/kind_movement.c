/* movement: a line of a ward's census, and the head count below it.
**
** Writes    one row `movement`: present (so that a head count can be proved later), moved, left, empty, counted.  Moved
**           to a place that is known, the patient's open places in the ward end at that time and the new one begins;
**           left, they end and none begins.
** Decided   the stay itself never ends by a tick: "left" says that somebody is not in the ward, not whether he went
**           home, died or sits in radiology, and a discharge is a doctor's act with papers of its own.  The ward's list
**           is right again, and a patient in the house without a ward is seen (`repli wards`, `print --all`).
**           For paper, where the record has moved on: the row alone; what the record was told later stays.
**           Who is not named on the sheet is never guessed: a line about nobody known waits for a person.
** Compares  where the snapshot had the patient (the line) with where the record has him at the time of the head count
**           (present, empty) and now (moved, left); moved also with who else lies in the new bed and does not leave it
**           by this sheet.
** Time      the head count's, below the lines.  None written: T0 of the outage of the ward, or the beginning of the
**           sheet's hours where T0 lies before them; none recorded: held.
*/
#include <string.h>

#include "reconcile/census.h"
#include "repli/text.h"

#define HOUR_S 3600

static const struct conflict_kind conflicts[] = {
    CONFLICTS_OF_TIME,
    CONFLICTS_OF_PATIENT,
    {"moved-since", true, "the record has the patient in another place", true},
    {"two-wards", true, "another ward counted the patient as present within the hour", false},
    {"patient-missing", true, "the patient's bed was found empty and nobody wrote where to", true},
    {"bed-taken", true, "somebody lies in the bed, says the record", true},
    {"unidentified", true, "paper says that somebody came or lies there, and not who", false},
    {"place-unknown", true, "the place that was written is none of the house, or more than one", false},
    {"no-place", false, "moved, and no place is written", false},
    {"place-alone", false, "a place is written and nothing ticked", false},
    {"heads-differ", true, "the heads counted are not as many as ticked present on this side", true},
    {NULL, false, NULL, false}};

/* What a line is about, from its key. */
struct bed_line {
    const char *patient, *number, *name, *birth_date, *encounter, *ward, *room, *bed, *bed_id;
    const struct repli_live_patient *live;
};
enum said { SAID_NOTHING, SAID_PRESENT, SAID_MOVED, SAID_LEFT, SAID_EMPTY };
static const char *const events[] = {NULL, "present", "moved", "left", "empty"};

static struct bed_line line_of(struct merge_context *ctx, const json_t *key)
{
    return (struct bed_line){.patient = plan_key_text(ctx, key, "patient"),
                             .number = plan_key_text(ctx, key, "identifier"),
                             .name = plan_key_text(ctx, key, "name"),
                             .birth_date = plan_key_text(ctx, key, "birth_date"),
                             .encounter = plan_key_text(ctx, key, "encounter"),
                             .ward = plan_key_text(ctx, key, "ward"),
                             .room = plan_key_text(ctx, key, "room"),
                             .bed = plan_key_text(ctx, key, "bed"),
                             .bed_id = plan_key_text(ctx, key, "bed_id")};
}

static enum said said_of(const struct merge_context *ctx, const struct capture_plan *plan)
{
    for (int i = SAID_PRESENT; i <= SAID_EMPTY; i++)
        if (plan_ticked(ctx, plan, events[i]))
            return (enum said)i;
    return SAID_NOTHING;
}

/* When heads were counted. */
static bool line_time(struct merge_context *ctx, struct capture_plan *plan)
{
    const struct repli_outage *outage = plan_first_outage(ctx);
    if (plan_member_value(ctx, plan, "at"))
        return plan_time(ctx, plan) && plan_outage(ctx, plan);
    if (!outage) {
        plan_hold(
            ctx, plan, "no-time", false,
            "no time of the head count is written, and no outage of the ward is recorded whose beginning it could be");
        return false;
    }
    plan->timed = true;
    plan->event_utc = outage->from_utc > ctx->sheet->row->window_utc ? outage->from_utc : ctx->sheet->row->window_utc;
    plan->outage = outage->id;
    return true;
}

/* Who is where, read once for a sheet: all lines share the head count's time. */
static enum repli_status read_house(struct merge_context *ctx, const struct capture_plan *plan, struct repli_err *err)
{
    if (ctx->census && ctx->census->at_utc == plan->event_utc)
        return REPLI_OK;
    struct census *c = repli_arena_alloc(ctx->a, sizeof *c);
    c->at_utc = plan->event_utc;
    enum repli_status s = repli_record_whereabouts(ctx->record, plan->event_utc, ctx->a, &c->then, err);
    if (s == REPLI_OK)
        s = repli_record_whereabouts(ctx->record, repli_clock_now(&ctx->site->clock), ctx->a, &c->now, err);
    if (s == REPLI_OK)
        ctx->census = c;
    return s;
}

static bool same(const char *x, const char *y)
{
    return x == y || (x && y && strcmp(x, y) == 0);
}

/* Does the record have him where the line has him?  Without a bed, the ward counts. */
static bool at_line(const struct repli_where *where, const struct bed_line *line)
{
    return where &&
           (line->bed_id ? same(where->bed_id, line->bed_id) : !where->bed_id && same(where->ward, line->ward));
}

/* Is he still there, as at the head count?  Who went and came back to the same bed has been moved since. */
static bool still_at_line(const struct capture_plan *plan, const struct repli_where *now, const struct bed_line *line)
{
    return at_line(now, line) && now->since_utc <= plan->event_utc;
}

static const char *place_text(struct merge_context *ctx, const struct repli_where *where)
{
    if (!where || !where->ward)
        return "no place";
    char since[24] = "";
    if (where->since_utc != INT64_MIN)
        repli_time_iso(where->since_utc, since);
    return repli_arena_printf(ctx->a, "%s%s%s%s%s", where->ward, where->bed ? " " : "", where->bed ? where->bed : "",
                              *since ? " since " : "", since);
}

static void fill(struct merge_context *ctx, struct capture_plan *plan, const struct bed_line *line, const char *event,
                 const struct repli_spot *to)
{
    plan_row_of(ctx, plan, "movement", "movement_id", line->live ? line->live->id : NULL,
                line->live ? line->encounter : NULL);
    plan_cell(ctx, plan, "event", event);
    plan_cell_at(ctx, plan, "event_utc", &plan->event_utc);
    plan_cell(ctx, plan, "ward", line->ward ? line->ward : ctx->sheet->row->ward);
    plan_cell(ctx, plan, "room", line->room);
    plan_cell(ctx, plan, "bed", line->bed);
    plan_cell(ctx, plan, "bed_id", line->bed_id);
    plan_cell(ctx, plan, "to_location", to ? to->location_id : NULL);
    plan_cell(ctx, plan, "to_text", strcmp(event, "moved") == 0 ? plan_member_value(ctx, plan, "to") : NULL);
    plan_proof(ctx, plan);
    plan->value = event;
}

/* Says another line of this sheet that this patient moved away or left? */
static bool goes(struct merge_context *ctx, const char *patient)
{
    const struct repli_page_map *map = ctx->sheet->map;
    bool gone = false;
    for (size_t i = 0; i < map->ncaptures && !gone; i++) {
        const struct capture_plan other = {.capture = &map->captures[i]};
        if (!plan_ticked(ctx, &other, "moved") && !plan_ticked(ctx, &other, "left"))
            continue;
        json_t *key = map->captures[i].key ? json_loads(map->captures[i].key, 0, NULL) : NULL;
        gone = same(json_string_value(json_object_get(key, "patient")), patient);
        json_decref(key);
    }
    return gone;
}

/* Somebody else in that bed, who does not leave it by this sheet: two may have changed beds. */
static const struct repli_where *lies_in(struct merge_context *ctx, const struct repli_whereabouts *house,
                                         const char *bed_id, const char *patient)
{
    for (size_t i = 0; bed_id && i < house->npeople; i++) {
        const struct repli_where *p = &house->people[i];
        if (same(p->bed_id, bed_id) && !same(p->patient_id, patient) && !goes(ctx, p->patient_id))
            return p;
    }
    return NULL;
}

/* The record says so already, or has it in another row. */
static void note(struct capture_plan *plan, const char *target)
{
    plan->state = PLAN_NOTE;
    plan->effect = "already-there";
    plan->target = target;
}

/* A place to end, and one to begin, go with the row. */
static void change_place(struct merge_context *ctx, struct capture_plan *plan, const struct bed_line *line,
                         const char *encounter, const struct repli_spot *to)
{
    struct repli_place_change *change = repli_arena_alloc(ctx->a, sizeof *change);
    *change = (struct repli_place_change){.patient_id = line->live->today,
                                          .encounter_id = encounter,
                                          .ward = line->ward ? line->ward : ctx->sheet->row->ward,
                                          .to_location = to ? to->location_id : NULL,
                                          .event_utc = plan->event_utc};
    plan->extra = change;
}

/* Is the stay over?  Of one that ended later than the head count, what was true then still was. */
static enum repli_status stay_ended(struct merge_context *ctx, struct capture_plan *plan, const struct bed_line *line,
                                    bool *ended, bool *before, struct repli_err *err)
{
    struct repli_live_encounter *e = NULL;
    *ended = *before = false;
    if (!line->encounter)
        return REPLI_OK;
    enum repli_status s = repli_record_live_encounter(ctx->record, line->encounter, ctx->a, &e, err);
    if (s != REPLI_OK)
        return s;
    if (!e)
        plan_hold(ctx, plan, "stay-unknown", true, "the stay of patient %s on this sheet is not in the record",
                  line->number);
    else if (!same(e->patient_id, line->live->today))
        plan_hold(ctx, plan, "identity-mismatch", true,
                  "the stay of patient %s belongs to another patient in the record", line->number);
    else {
        *ended = strcmp(e->status, "in-progress") != 0 || e->end_utc;
        *before = *ended && (!e->end_utc || *e->end_utc < plan->event_utc);
    }
    return REPLI_OK;
}

static void hold_discharged(struct merge_context *ctx, struct capture_plan *plan, const struct bed_line *line)
{
    plan_hold(ctx, plan, "patient-discharged", true,
              "the stay of patient %s had ended before that time, says the record", line->number);
}

static void hold_moved(struct merge_context *ctx, struct capture_plan *plan, const struct bed_line *line,
                       const struct repli_where *where)
{
    plan_hold(ctx, plan, "moved-since", true, "printed for %s %s; the record has patient %s in %s",
              line->ward ? line->ward : "?", line->bed ? line->bed : "(no bed)", line->number, place_text(ctx, where));
}

/* What other census sheets said of him within the hour. */
static enum repli_status seen_elsewhere(struct merge_context *ctx, struct capture_plan *plan,
                                        const struct bed_line *line, struct repli_err *err)
{
    struct repli_live_movement *rows = NULL;
    size_t count = 0;
    enum repli_status s = repli_record_live_movements(ctx->record, line->live->today, plan->event_utc - HOUR_S,
                                                      plan->event_utc + HOUR_S, ctx->a, &rows, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        bool present = strcmp(rows[i].event, "present") == 0;
        if (present && !same(rows[i].ward, line->ward)) {
            char at[24];
            repli_time_iso(rows[i].event_utc, at);
            plan_hold(ctx, plan, "two-wards", true, "patient %s was counted as present in ward %s, too (%s)",
                      line->number, rows[i].ward, at);
        } else if (present && rows[i].event_utc == plan->event_utc && same(rows[i].bed_id, line->bed_id)) {
            note(plan, repli_arena_printf(ctx->a, "movement/%s", rows[i].id));
        }
    }
    return s;
}

static enum repli_status present(struct merge_context *ctx, struct capture_plan *plan, const struct bed_line *line,
                                 struct repli_err *err)
{
    bool ended = false, before = false;
    const struct repli_where *then = repli_where_is(&ctx->census->then, line->live->today);
    enum repli_status s = stay_ended(ctx, plan, line, &ended, &before, err);
    if (s == REPLI_OK && plan->state != PLAN_HELD)
        s = seen_elsewhere(ctx, plan, line, err);
    if (s != REPLI_OK || plan->state != PLAN_NOTHING)
        return s;
    if (before)
        hold_discharged(ctx, plan, line);
    else if (!ended && !at_line(then, line))
        hold_moved(ctx, plan, line, then);
    if (plan->state != PLAN_HELD || plan_paper_counts(ctx, plan))
        fill(ctx, plan, line, "present", NULL);
    return REPLI_OK;
}

/* left, or (a person said so) gone from a bed that was found empty. */
static enum repli_status left(struct merge_context *ctx, struct capture_plan *plan, const struct bed_line *line,
                              struct repli_err *err)
{
    bool ended = false, before = false;
    const struct repli_where *now = repli_where_is(&ctx->census->now, line->live->today);
    enum repli_status s = stay_ended(ctx, plan, line, &ended, &before, err);
    if (s != REPLI_OK || plan->state == PLAN_HELD)
        return s;
    if (ended || !now || !same(now->ward, line->ward)) {
        note(plan, line->encounter ? repli_arena_printf(ctx->a, "encounter/%s", line->encounter) : NULL);
        return REPLI_OK;
    }
    bool clear = still_at_line(plan, now, line);
    if (!clear)
        hold_moved(ctx, plan, line, now);
    if (clear || plan_paper_counts(ctx, plan)) {
        fill(ctx, plan, line, "left", NULL);
        if (clear)
            change_place(ctx, plan, line, now->encounter_id, NULL);
    }
    return REPLI_OK;
}

static enum repli_status moved(struct merge_context *ctx, struct capture_plan *plan, const struct bed_line *line,
                               struct repli_err *err)
{
    bool ended = false, before = false;
    const struct repli_where *now = repli_where_is(&ctx->census->now, line->live->today);
    const char *words = plan_member_value(ctx, plan, "to");
    const struct repli_spot *to = words ? census_place(&ctx->census->now, line->ward, words) : NULL;
    if (!words)
        plan_hold(ctx, plan, "no-place", false, "patient %s was moved, and no place is written", line->number);
    else if (!to)
        plan_hold(ctx, plan, "place-unknown", true,
                  "patient %s was moved to '%s': the house has no such place, or several", line->number, words);
    if (plan->state == PLAN_HELD)
        return REPLI_OK;
    enum repli_status s = stay_ended(ctx, plan, line, &ended, &before, err);
    if (s != REPLI_OK || plan->state == PLAN_HELD)
        return s;
    const struct repli_where *taken =
        to->bed ? lies_in(ctx, &ctx->census->now, to->location_id, line->live->today) : NULL;
    bool clear = still_at_line(plan, now, line);
    if (now &&
        (to->bed ? same(now->bed_id, to->location_id) : same(now->ward, to->ward) && !same(now->ward, line->ward))) {
        note(plan, repli_arena_printf(ctx->a, "encounter/%s", now->encounter_id));
        return REPLI_OK;
    }
    if (ended)
        hold_discharged(ctx, plan, line);
    else if (!clear)
        hold_moved(ctx, plan, line, now);
    else if (taken)
        plan_hold(ctx, plan, "bed-taken", true, "patient %s was moved to %s %s; the record has somebody in it (%s)",
                  line->number, to->ward, to->bed, taken->encounter_id);
    if (plan->state == PLAN_HELD && !plan_paper_counts(ctx, plan))
        return REPLI_OK;
    fill(ctx, plan, line, "moved", to);
    if (clear && !ended && !taken)
        change_place(ctx, plan, line, now->encounter_id, to);
    return REPLI_OK;
}

static enum repli_status about_patient(struct merge_context *ctx, struct capture_plan *plan, struct bed_line *line,
                                       enum said said, struct repli_err *err)
{
    const struct printed_person printed = {line->number, line->name, line->birth_date};
    struct repli_live_patient *live = NULL;
    enum repli_status s = repli_record_live_patient(ctx->record, line->patient, NULL, ctx->a, &live, err);
    if (s != REPLI_OK)
        return s;
    if (!live)
        plan_hold(ctx, plan, "patient-unknown", true, "patient %s of this line is not in the record", line->number);
    if (!live || !plan_person(ctx, plan, live, &printed))
        return REPLI_OK;
    line->live = live;
    if (said == SAID_PRESENT)
        return present(ctx, plan, line, err);
    if (said == SAID_MOVED)
        return moved(ctx, plan, line, err);
    if (said == SAID_EMPTY) {
        plan_hold(ctx, plan, "patient-missing", true,
                  "the bed of patient %s was found empty, and nobody wrote where the patient is", line->number);
        if (!plan_paper_counts(ctx, plan))
            return REPLI_OK;
    }
    return left(ctx, plan, line, err);
}

/* A line on which nobody was printed. */
static void about_bed(struct merge_context *ctx, struct capture_plan *plan, const struct bed_line *line, enum said said)
{
    const struct repli_where *there = lies_in(ctx, &ctx->census->then, line->bed_id, NULL);
    if (said != SAID_EMPTY)
        plan_hold(ctx, plan, "unidentified", true,
                  "%s is ticked for bed %s, where nobody was when this was printed: who it is must be asked",
                  events[said], line->bed ? line->bed : "?");
    else if (there)
        plan_hold(ctx, plan, "bed-taken", true, "bed %s was found empty; the record has somebody in it (%s)",
                  line->bed ? line->bed : "?", there->encounter_id);
    if (plan->state != PLAN_HELD || plan_paper_counts(ctx, plan))
        fill(ctx, plan, line, "empty", NULL);
}

/* ---- the head count */

/* Ticks "present" of this side; -1: not all of them are settled. */
static int64_t ticked_present(const struct merge_context *ctx)
{
    int64_t n = 0;
    const struct review_sheet *sheet = ctx->sheet;
    for (size_t i = 0; i < sheet->count; i++) {
        const struct repli_field *f = sheet->fields[i].field;
        if (f->kind != REPLI_FIELD_TICK || !f->role || strcmp(f->role, "present") != 0)
            continue;
        if (!sheet->fields[i].settled.answer)
            return -1;
        n += review_ticked(&sheet->fields[i]);
    }
    return n;
}

static void about_count(struct merge_context *ctx, struct capture_plan *plan, const json_t *key)
{
    const char *heads = plan_member_value(ctx, plan, "value"), *ward = plan_key_text(ctx, key, "ward");
    const struct bed_line whole = {.ward = ward};
    int64_t counted = 0, ticked = ticked_present(ctx);
    if (ticked < 0) {
        plan->state = PLAN_WAITS;
        return;
    }
    if (!heads || !repli_integer(heads, 0, 999, &counted) || counted != ticked)
        plan_hold(ctx, plan, "heads-differ", true, "%s heads were counted, and %d are ticked as present on this side",
                  heads ? heads : "no", (int)ticked);
    if (plan->state == PLAN_HELD && !plan_paper_counts(ctx, plan))
        return;
    fill(ctx, plan, &whole, "counted", NULL);
    plan_cell(ctx, plan, "heads", heads);
    plan->value = heads;
}

/* A line of the ward's log says that somebody came or went; who it is stands there as a label or in writing, and is in
** no key.  A person looks it up and puts the record right. */
static void about_log(struct merge_context *ctx, struct capture_plan *plan, int number)
{
    const struct repli_capture *c = plan->capture;
    const char *event = "nothing ticked", *at = plan_member_value(ctx, plan, "at"),
               *to = plan_member_value(ctx, plan, "to");
    for (size_t m = 0; m < c->nmembers; m++)
        if (strncmp(c->roles[m], "event_", 6) == 0 && review_ticked(&ctx->sheet->fields[c->fields[m]]))
            event = c->roles[m] + 6;
    plan_hold(ctx, plan, "unidentified", true,
              "line %d of the ward's log (%s, %s, %s): who it is must be looked up on the page", number, event,
              at ? at : "no time", to ? to : "no place");
}

static enum repli_status plan_line(struct merge_context *ctx, struct capture_plan *plan, const json_t *key,
                                   struct repli_err *err)
{
    struct bed_line line = line_of(ctx, key);
    bool count = json_is_true(json_object_get(key, "count"));
    enum said said = said_of(ctx, plan);
    if (json_object_get(key, "log")) {
        about_log(ctx, plan, (int)json_integer_value(json_object_get(key, "log")));
        return REPLI_OK;
    }
    if (!count && said == SAID_NOTHING) {
        plan_hold(ctx, plan, "place-alone", false, "a place is written for bed %s, and nothing is ticked",
                  line.bed ? line.bed : "?");
        return REPLI_OK;
    }
    if (!line_time(ctx, plan))
        return REPLI_OK;
    if (count) {
        about_count(ctx, plan, key);
        return REPLI_OK;
    }
    enum repli_status s = read_house(ctx, plan, err);
    if (s != REPLI_OK)
        return s;
    if (line.patient)
        return about_patient(ctx, plan, &line, said, err);
    about_bed(ctx, plan, &line, said);
    return REPLI_OK;
}

static enum repli_status plan_movement(struct merge_context *ctx, struct capture_plan *plan, struct repli_err *err)
{
    json_t *key = plan->capture->key ? json_loads(plan->capture->key, 0, NULL) : NULL;
    enum repli_status s = plan_line(ctx, plan, key, err);
    json_decref(key);
    return s;
}

static enum repli_status write_movement(struct merge_context *ctx, struct repli_record_merge *m,
                                        const struct capture_plan *plan, struct repli_err *err)
{
    (void)ctx;
    enum repli_status s = repli_record_merge_insert(m, plan->table, plan->cells, plan->ncells, err);
    return s == REPLI_OK && plan->extra ? repli_record_merge_place(m, plan->extra, err) : s;
}

extern const struct capture_kind capture_kind_movement;

const struct capture_kind capture_kind_movement = {
    .name = "movement",
    .guard = "present moved left empty to value event who label",
    .writes = "one movement row; moved and left also end the patient's place in the ward, moved begins another",
    .compares = "where the record has the patient, at the head count and now, with the printed line",
    .conflicts = conflicts,
    .plan = plan_movement,
    .write = write_movement,
};
