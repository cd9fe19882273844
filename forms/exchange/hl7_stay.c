/* PV1: what an event does to a stay.
**
** A01 A04 begin it, A02 moves, A03 ends, A08 corrects; A11 A12 A13 cancel the beginning, the move, the end.  A message
** about a stay that never came makes it from what it says; A08 does so as status "unknown", for it does not say that
** anybody is there.
*/
#include <string.h>

#include "exchange/hl7.h"

struct stay {
    struct repli_rec_encounter x;
    struct repli_rec_stop *stops; /* x.stops, with room for one more */
    bool known;
    const char *place; /* PV1-3 */
    const int64_t *start_utc, *end_utc;
};

/* ---- which stay */

struct number {
    const char *system, *value;
};

/* PV1-19; without it the alternate number, then the account. */
static struct number number_of(struct hl7 *m, const struct hl7_span *pid, const struct hl7_span *pv1)
{
    const struct {
        const struct hl7_span *segment;
        size_t field;
        const char *type;
    } sources[] = {{pv1, 19, "VN"}, {pv1, 50, "VN"}, {pid, 18, "AN"}};
    for (size_t i = 0; i < 3; i++) {
        struct hl7_span cx = hl7_repeat(m, sources[i].segment, sources[i].field, 1);
        const char *value = hl7_part(m, cx, 1, 1), *type = hl7_part(m, cx, 5, 1);
        if (value)
            return (struct number){hl7_system(m, cx, 4, type ? type : sources[i].type), value};
    }
    return (struct number){NULL, NULL};
}

static bool is_event(const struct hl7 *m, const char *list)
{
    return strstr(list, m->event) != NULL;
}

/* Without a number: the one that is under way, or for the cancel of an end the one that ended last. */
static const char *find(struct hl7 *m, const char *patient_id, struct number n)
{
    struct repli_record *r = m->imp->set.record;
    const char *id = NULL;
    if (n.value)
        m->status = repli_record_stay(r, m->imp->set.keys, patient_id, n.system, n.value, m->a, &id, m->err);
    else
        m->status = repli_record_only_stay(r, patient_id, is_event(m, "A13"), m->a, &id, m->err);
    return id;
}

/* The numbers of stays and of patients may be alike, so the first text says which it is. */
static void begin(struct hl7 *m, const char *patient_id, struct number n, struct stay *s)
{
    const int64_t *when = s->start_utc ? s->start_utc : m->when_utc;
    if (!n.value && (!is_event(m, "A01 A04") || !when)) {
        hl7_refuse(m, "names no stay (PV1-19), and Patient/%s has none under way", patient_id);
        return;
    }
    const char *const by_number[] = {"stay", n.system, n.value, NULL};
    const char *const by_time[] = {"stay of", patient_id,
                                   repli_arena_printf(m->a, "%lld", when ? (long long)*when : 0LL), NULL};
    s->x = (struct repli_rec_encounter){.id = hl7_id(m, n.value ? by_number : by_time),
                                        .status = "unknown",
                                        .identifier_system = n.value ? n.system : NULL,
                                        .identifier_value = n.value,
                                        .start_utc = s->start_utc};
    s->stops = repli_arena_array(m->a, 1, sizeof *s->stops);
}

static void load(struct hl7 *m, const char *patient_id, struct number n, struct stay *s)
{
    const char *id = find(m, patient_id, n);
    if (m->status == REPLI_OK && id)
        m->status = repli_record_get_encounter(m->imp->set.record, id, m->a, &s->known, &s->x, m->err);
    if (m->status == REPLI_OK && !s->known)
        begin(m, patient_id, n, s);
    if (m->status != REPLI_OK || !s->known)
        return;
    s->stops = repli_arena_array(m->a, s->x.nstops + 1, sizeof *s->stops);
    if (s->x.nstops > 0)
        memcpy(s->stops, s->x.stops, s->x.nstops * sizeof *s->stops);
}

/* ---- what happens */

/* The last place that was not left; NULL = none. */
static struct repli_rec_stop *open_stop(struct stay *s)
{
    for (size_t i = s->x.nstops; i > 0; i--)
        if (!s->stops[i - 1].end_utc)
            return &s->stops[i - 1];
    return NULL;
}

static void leave(struct stay *s, const int64_t *when)
{
    for (size_t i = 0; i < s->x.nstops; i++)
        if (!s->stops[i].end_utc)
            s->stops[i].end_utc = when;
}

/* To PV1-3, unless that is where the patient is. */
static void move(struct stay *s, const int64_t *when)
{
    const struct repli_rec_stop *now = open_stop(s);
    if (!s->place || (now && strcmp(now->location_id, s->place) == 0))
        return;
    leave(s, when);
    s->stops[s->x.nstops++] = (struct repli_rec_stop){s->place, when, NULL};
}

/* A place that was wrong: corrected where it stands. */
static void correct(struct stay *s)
{
    struct repli_rec_stop *now = open_stop(s);
    if (s->place && now)
        now->location_id = s->place;
}

static void admit(struct hl7 *m, struct stay *s)
{
    const int64_t *when = s->start_utc ? s->start_utc : m->when_utc;
    bool fresh = !s->known || strcmp(s->x.status, "in-progress") != 0;
    if (s->known && strcmp(s->x.status, "cancelled") == 0)
        s->x.nstops = 0; /* what was taken back did not happen */
    s->x.start_utc = s->start_utc ? s->start_utc : s->x.start_utc ? s->x.start_utc : m->when_utc;
    s->x.status = "in-progress";
    s->x.end_utc = NULL;
    move(s, fresh ? when : m->when_utc);
}

static void transfer(struct hl7 *m, struct stay *s)
{
    s->x.status = "in-progress";
    s->x.end_utc = NULL;
    move(s, m->when_utc);
}

static void discharge(struct hl7 *m, struct stay *s)
{
    const int64_t *when = s->end_utc ? s->end_utc : m->when_utc;
    if (!s->known && s->place)
        move(s, s->x.start_utc);
    leave(s, when);
    s->x.status = "finished";
    s->x.end_utc = when;
}

static void cancel_transfer(struct hl7 *m, struct stay *s)
{
    const struct repli_rec_stop *now = open_stop(s);
    bool back_already = now && s->place && strcmp(now->location_id, s->place) == 0;
    if (!now || back_already || (s->x.nstops < 2 && !s->place)) {
        if (!back_already)
            hl7_refuse(m, "cancels a transfer, but none is known of this stay");
        return;
    }
    if (s->x.nstops > 1 && now == &s->stops[s->x.nstops - 1]) {
        s->x.nstops--;
        s->stops[s->x.nstops - 1].end_utc = NULL;
    }
    correct(s);
}

static void cancel_discharge(struct hl7 *m, struct stay *s)
{
    s->x.status = "in-progress";
    s->x.end_utc = NULL;
    if (s->x.nstops > 0 && !open_stop(s))
        s->stops[s->x.nstops - 1].end_utc = NULL;
    move(s, m->when_utc);
}

/* An end that is sent with anything else than an end or its cancel is believed too: nobody is kept in a bed by it. */
static void ended_too(struct stay *s)
{
    if (!s->end_utc)
        return;
    leave(s, s->end_utc);
    s->x.status = "finished";
    s->x.end_utc = s->end_utc;
}

static void happen(struct hl7 *m, struct stay *s)
{
    if (is_event(m, "A01 A04"))
        admit(m, s);
    else if (is_event(m, "A02"))
        transfer(m, s);
    else if (is_event(m, "A03"))
        discharge(m, s);
    else if (is_event(m, "A11"))
        s->x.status = "cancelled";
    else if (is_event(m, "A12"))
        cancel_transfer(m, s);
    else if (is_event(m, "A13"))
        cancel_discharge(m, s);
    else if (open_stop(s))
        correct(s);
    else if (s->known && strcmp(s->x.status, "in-progress") == 0)
        move(s, m->when_utc);
    if (is_event(m, "A01 A04 A02 A08"))
        ended_too(s);
}

void hl7_stay(struct hl7 *m, const char *patient_id, const struct hl7_span *pid, const struct hl7_span *pv1)
{
    struct stay s = {.start_utc = hl7_time(m, pv1, 44, "PV1-44"), .end_utc = hl7_time(m, pv1, 45, "PV1-45")};
    const struct hl7_span *pv2 = hl7_segment(m, "PV2", 0);
    struct hl7_span reason = hl7_repeat(m, pv2, 3, 1);
    const char *class_code = hl7_field(m, pv1, 2), *attending = hl7_name(m, hl7_repeat(m, pv1, 7, 1));
    const char *why = hl7_part(m, reason, 2, 1) ? hl7_part(m, reason, 2, 1) : hl7_part(m, reason, 1, 1);
    enum repli_put put;
    if (m->status == REPLI_OK)
        load(m, patient_id, number_of(m, pid, pv1), &s);
    if (m->status == REPLI_OK)
        s.place = hl7_place(m, hl7_repeat(m, pv1, 3, 1));
    if (m->status != REPLI_OK)
        return;
    s.x.patient_id = patient_id;
    s.x.class_code = class_code ? class_code : s.x.class_code;
    s.x.attending = attending ? attending : s.x.attending;
    s.x.reason = why ? why : s.x.reason;
    s.x.start_utc = s.start_utc ? s.start_utc : s.x.start_utc;
    happen(m, &s);
    s.x.stops = s.stops;
    if (m->status == REPLI_OK)
        m->status = repli_record_put_encounter(m->imp->set.record, m->imp->set.keys, &s.x, m->hash, &put, m->err);
}
