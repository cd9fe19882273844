/* Outages and drills: what is open, opening one, closing it; and where everything is. */
#include <string.h>

#include "repli/clock.h"
#include "repli/outage.h"
#include "station/station.h"

static json_t *outage_row(struct station_request *r, const struct repli_outage *o)
{
    const char *wards = "";
    for (size_t i = 0; i < o->nwards; i++)
        wards = repli_arena_printf(&r->a, "%s%s%s", wards, i ? ", " : "", o->wards[i]);
    json_t *row = json_pack("{s:s, s:s, s:b, s:b, s:s, s:s}", "id", o->id, "wards", wards, "drill", o->drill, "open",
                            o->open, "opened_by", o->opened_by, "closed_by", o->closed_by ? o->closed_by : "");
    json_object_set_new(row, "from", station_time(r, o->from_utc));
    if (!o->open)
        json_object_set_new(row, "until", station_time(r, o->until_utc));
    return row;
}

static json_t *states(struct station_request *r)
{
    int64_t counts[REPLI_LIFE_COUNT] = {0};
    json_t *list = json_array();
    if (repli_ledger_counts(r->ledger, counts, &r->err) != REPLI_OK)
        return list;
    for (int i = 0; i < REPLI_LIFE_COUNT; i++)
        if (counts[i])
            json_array_append_new(list, json_pack("{s:s, s:I}", "state", repli_life_text((enum repli_life)i), "count",
                                                  (json_int_t)counts[i]));
    return list;
}

static void show(struct station_request *r, const char *why)
{
    struct repli_outage *all = NULL;
    size_t count = 0;
    if (!station_ledger(r))
        return;
    if (repli_ledger_outages(r->ledger, &r->a, &all, &count, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    json_t *view = json_object(), *list = json_array();
    for (size_t i = count; i-- > 0;)
        json_array_append_new(list, outage_row(r, &all[i]));
    json_object_set_new(view, "outages", list);
    json_object_set_new(view, "states", states(r));
    json_object_set(view, "wards_known", json_object_get(station_wards(r), "wards"));
    int role = station_role(r->who->role);
    if (role & (ROLE_NURSE | ROLE_COORDINATOR))
        json_object_set_new(view, "may_open", json_true());
    if (role & ROLE_COORDINATOR)
        json_object_set_new(view, "may_close", json_true());
    if (why)
        json_object_set_new(view, "why", json_string(why));
    station_page(r, "outage", view);
}

void page_outage(struct station_request *r)
{
    show(r, NULL);
}

void post_outage_open(struct station_request *r)
{
    const char *from = station_field(r, "from"), *kind = station_field(r, "kind"), *ward = station_field(r, "ward");
    char id[REPLI_ID_TEXT];
    int64_t now = repli_clock_now(&r->st->site->clock);
    const char *wards[] = {ward, NULL};
    struct repli_outage wanted = {.drill = kind && strcmp(kind, "drill") == 0,
                                  .from_utc = now,
                                  .opened_by = repli_arena_strdup(&r->a, r->who->person),
                                  .wards = ward && *ward ? wards : NULL,
                                  .nwards = ward && *ward};
    if (!station_ledger(r))
        return;
    if ((!from || !*from || repli_time_parse(from, r->st->site->zone, &wanted.from_utc, &r->err) == REPLI_OK) &&
        repli_ledger_here(r->ledger, r->st->site, NULL, &r->err) == REPLI_OK &&
        repli_ledger_outage_open(r->ledger, r->st->site->station, &wanted, now, id, &r->err) == REPLI_OK) {
        station_go(r, "/outage");
        return;
    }
    r->status = 409;
    show(r, repli_arena_strdup(&r->a, r->err.text));
}

void post_outage_close(struct station_request *r)
{
    char closed[REPLI_ID_TEXT];
    int64_t now = repli_clock_now(&r->st->site->clock);
    if (!station_ledger(r))
        return;
    if (repli_ledger_outage_close(r->ledger, station_field(r, "id"), now, repli_arena_strdup(&r->a, r->who->person),
                                  now, closed, &r->err) == REPLI_OK) {
        station_go(r, "/outage");
        return;
    }
    r->status = 409;
    show(r, repli_arena_strdup(&r->a, r->err.text));
}
