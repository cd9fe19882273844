/* Who is signed in, in memory alone: a station that starts again knows nobody. */
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "repli/audit.h"
#include "repli/clock.h"
#include "repli/ledger_quality.h"
#include "repli/ledger_review.h"
#include "station/review.h"

static const char *const role_names[] = {"nurse", "clerk", "verifier", "coordinator", "pharmacist"};

int station_role(const char *role)
{
    if (strcmp(role, "emergency") == 0)
        return ROLE_GLASS;
    for (int i = 0; i < 5; i++)
        if (strcmp(role_names[i], role) == 0)
            return 1 << i;
    return 0;
}

void station_random_id(char out[33])
{
    uint8_t random[16];
    randombytes_buf(random, sizeof random);
    repli_hex(random, sizeof random, out);
}

void station_session_end(struct station_session *s)
{
    station_review_forget(s);
    *s = (struct station_session){0};
}

#define MAPS_KEPT 600 /* of 80 KB or so */

/* A session that nobody touched for IDLE_LOCK_MS is over: its screen may be anybody's. */
struct station_session *station_session_find(struct station *st, const char *id, bool touch)
{
    int64_t now = repli_monotonic_ms();
    for (size_t i = 0; i < SESSIONS; i++) {
        struct station_session *s = &st->sessions[i];
        if (!s->id[0])
            continue;
        if (now - s->used_ms > IDLE_LOCK_MS || (s->glass && now - s->began_ms > GLASS_MS)) {
            station_session_end(s);
            continue;
        }
        if (strcmp(s->id, id) == 0) {
            if (touch)
                s->used_ms = now;
            return s;
        }
    }
    return NULL;
}

/* A free place, or that of who has been away for longest. */
struct station_session *station_session_new(struct station *st, const struct repli_person *p)
{
    struct station_session *best = &st->sessions[0];
    for (size_t i = 0; i < SESSIONS; i++)
        if (!st->sessions[i].id[0] || (best->id[0] && st->sessions[i].used_ms < best->used_ms))
            best = &st->sessions[i];
    station_session_end(best);
    station_random_id(best->id);
    (void)snprintf(best->person, sizeof best->person, "%s", p->id);
    (void)snprintf(best->name, sizeof best->name, "%s", p->name);
    (void)snprintf(best->role, sizeof best->role, "%s", p->role);
    best->used_ms = best->began_ms = repli_monotonic_ms();
    return best;
}

/* ---- the ledger: opening it and beginning its audit takes longer than most answers, so that one handle goes from
** request to request, each time in another name. */

static bool same_file(const struct station *st, uint64_t file[2])
{
    struct stat now;
    file[0] = file[1] = 0;
    if (stat(st->site->ledger, &now) != 0)
        return false;
    file[0] = (uint64_t)now.st_dev;
    file[1] = (uint64_t)now.st_ino;
    return file[0] == st->idle_file[0] && file[1] == st->idle_file[1];
}

/* A GET shows: whatever else it would change is refused by the handle itself. */
bool station_ledger_try(struct station_request *r, const char *person)
{
    struct station *st = r->st;
    struct repli_site *site = st->site;
    uint64_t file[2];
    if (r->ledger)
        return true;
    if (!same_file(st, file))
        station_ledger_drop(st);
    r->ledger = st->idle;
    st->idle = NULL;
    if (r->ledger) {
        repli_audit_person(r->ledger, person);
        repli_ledger_looks(r->ledger, !r->post);
        return true;
    }
    memcpy(st->idle_file, file, sizeof file);
    if (repli_ledger_open(site->ledger, false, repli_clock_now(&site->clock), &r->ledger, &r->err) == REPLI_OK &&
        repli_audit_attach(r->ledger, site, person, &r->err) == REPLI_OK) {
        repli_ledger_keep_maps(r->ledger, MAPS_KEPT);
        repli_ledger_fold_later(r->ledger);
        repli_ledger_looks(r->ledger, !r->post);
        return true;
    }
    repli_ledger_close(r->ledger);
    r->ledger = NULL;
    return false;
}

void station_ledger_rest(struct station_request *r)
{
    if (r->ledger && !r->st->idle && !repli_ledger_in_tx(r->ledger)) {
        repli_audit_person(r->ledger, NULL);
        repli_ledger_keep_maps(r->ledger, MAPS_KEPT);
        r->st->idle = r->ledger;
    } else {
        repli_ledger_close(r->ledger);
    }
    r->ledger = NULL;
}

void station_ledger_drop(struct station *st)
{
    repli_ledger_close(st->idle);
    st->idle = NULL;
}

bool station_ledger_as(struct station_request *r, const char *person)
{
    if (station_ledger_try(r, person))
        return true;
    station_error(r, 500, r->err.text);
    return false;
}

bool station_ledger(struct station_request *r)
{
    return station_ledger_as(r, r->who ? repli_arena_strdup(&r->a, r->who->person) : NULL);
}

bool station_note(struct station_request *r, const char *event, const char *object, const char *outcome,
                  const char *reason)
{
    const struct repli_audit_row row = {.event = event, .object = object, .outcome = outcome, .reason = reason};
    if (!station_ledger(r))
        return false;
    if (repli_audit_note(r->ledger, &row, &r->err) == REPLI_OK)
        return true;
    station_error(r, 500, r->err.text); /* what cannot be written down is not shown */
    return false;
}
