/* Emergency accesses: a nurse without an account, or without her passphrase, prints in her own words, and it is told.
** Nobody is kept from printing when nobody who may open a door is there; whoever does it is seen doing it. */
#include <stdio.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/ledger_glass.h"
#include "station/station.h"

#define GLASS_TRIES  3                /* in so long: */
#define GLASS_WINDOW (10 * 60 * 1000) /* ms */
#define SHOWN        50

/* Some words that somebody can read later: clean, and long enough to say anything. */
static bool says(const char *text, size_t least, size_t most)
{
    size_t n = text ? strlen(text) : 0, letters = 0;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
        letters += text[i] != ' ';
    }
    return letters >= least && n <= most;
}

static bool too_often(struct station *st)
{
    int64_t now = repli_monotonic_ms();
    size_t recent = 0, oldest = 0;
    for (size_t i = 0; i < GLASS_KEPT; i++) {
        recent += st->glass_ms[i] && now - st->glass_ms[i] < GLASS_WINDOW;
        if (st->glass_ms[i] < st->glass_ms[oldest])
            oldest = i;
    }
    if (recent >= GLASS_TRIES)
        return true;
    st->glass_ms[oldest] = now;
    return false;
}

void post_glass(struct station_request *r)
{
    const char *name = station_field(r, "name"), *function = station_field(r, "function"),
               *reason = station_field(r, "reason");
    char random[33];
    if (!r->st->site->emergency_access) {
        station_error(r, 403, "This house wants no emergency access: somebody with an account signs in");
        return;
    }
    if (!says(name, 2, 60) || !says(function, 2, 60) || !says(reason, 5, 160)) {
        r->status = 400;
        page_signin_show(r, "Your name, what you are, and why: in words that somebody can read later", true);
        return;
    }
    if (too_often(r->st)) {
        r->status = 429;
        page_signin_show(r, "Too many emergency accesses: wait ten minutes, or ask somebody who can sign in", true);
        return;
    }
    station_random_id(random);
    const char *id = repli_arena_printf(&r->a, REPLI_GLASS_PREFIX "%.6s", random);
    if (!station_ledger_as(r, id) || !station_note(r, REPLI_GLASS_EVENT, id, "opened",
                                                   repli_arena_printf(&r->a, "%s, %s: %s", name, function, reason)))
        return;
    const struct repli_person p = {
        .id = id, .name = repli_arena_printf(&r->a, "%s (%s)", name, function), .role = "emergency"};
    struct station_session *s = station_session_new(r->st, &p);
    s->glass = true;
    station_set(r, "repli", s->id, 0);
    station_go(r, "/print");
}

/* ---- what the coordinator sees */

static json_t *deeds_of(const struct station_request *r, const struct repli_glass *g)
{
    json_t *list = json_array();
    for (size_t i = 0; i < g->ndeeds; i++) {
        const struct repli_glass_deed *d = &g->deeds[i];
        json_t *o = json_pack("{s:s, s:s?}", "object", d->object, "said", d->reason);
        json_object_set_new(o, strcmp(d->event, "print") == 0 ? "is_print" : "is_view", json_true());
        json_object_set_new(o, "at", station_time(r, d->at_utc));
        json_array_append_new(list, o);
    }
    return list;
}

void page_glass(struct station_request *r)
{
    struct repli_glass *all = NULL;
    size_t count = 0;
    if (!station_ledger(r))
        return;
    if (repli_ledger_glass_list(r->ledger, SHOWN, &r->a, &all, &count, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *o = json_pack("{s:s, s:s?, s:s?, s:o}", "glass", all[i].id, "who", all[i].who, "seen_by",
                              all[i].seen_by, "deeds", deeds_of(r, &all[i]));
        json_object_set_new(o, "at", station_time(r, all[i].opened_utc));
        if (all[i].seen_by)
            json_object_set_new(o, "seen_at", station_time(r, all[i].seen_utc));
        json_array_append_new(list, o);
    }
    station_page(r, "glass", json_pack("{s:o}", "accesses", list));
}

void post_glass_seen(struct station_request *r)
{
    const char *id = station_field(r, "glass");
    struct repli_glass *all = NULL;
    size_t count = 0, found = 0;
    if (!station_ledger(r))
        return;
    if (repli_ledger_glass_list(r->ledger, 1000, &r->a, &all, &count, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    while (found < count && (!id || strcmp(all[found].id, id) != 0))
        found++;
    if (found == count)
        station_error(r, 404, "There is no such page");
    else if (all[found].seen_by || station_note(r, REPLI_GLASS_EVENT, id, "seen", NULL))
        station_go(r, "/breakglass");
}
