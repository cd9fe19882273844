/* Outages and drills: what is open, opening one, closing it; and where everything is. */
#include <stdio.h>
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
    json_object_set_new(row, "lasts",
                        station_age((o->open ? repli_clock_now(&r->st->site->clock) : o->until_utc) - o->from_utc));
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

/* Wards as they were ticked before something was refused. */
static json_t *ward_boxes(struct station_request *r)
{
    json_t *list = json_array(), *w;
    size_t i;
    json_array_foreach(json_object_get(station_wards(r), "wards"), i, w)
    {
        json_t *o = json_copy(w);
        for (size_t k = 0; k < r->nform; k++)
            if (strcmp(r->form[k].name, "ward") == 0 &&
                strcmp(r->form[k].value, json_string_value(json_object_get(w, "ward"))) == 0)
                json_object_set_new(o, "ticked", json_true());
        json_array_append_new(list, o);
    }
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
    const char *from = station_field(r, "from"), *kind = station_field(r, "kind");
    json_t *view = json_object(), *list = json_array();
    for (size_t i = count; i-- > 0;)
        json_array_append_new(list, outage_row(r, &all[i]));
    json_object_set_new(view, "outages", list);
    json_object_set_new(view, "states", states(r));
    json_object_set_new(view, "wards_known", ward_boxes(r));
    json_object_set_new(view, "from_keyed", json_string(from ? from : ""));
    json_object_set_new(view, "drill_keyed", json_boolean(kind && strcmp(kind, "drill") == 0));
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

/* As people say it: "4:00" is the last time that clocks showed it; "23-11-2026 04:00" as pages show it; nothing is
** now. */
static bool said_time(struct station_request *r, const char *text, int64_t now, int64_t *utc)
{
    unsigned day = 0, month = 0, year = 0, hour = 0, minute = 0;
    char rest = 0;
    *utc = now;
    if (!text || !*text)
        return true;
    if (sscanf(text, "%2u:%2u%c", &hour, &minute, &rest) == 2) {
        struct repli_civil t;
        repli_zone_civil(r->st->site->zone, now, &t);
        if (hour * 60 + minute > (unsigned)(t.hour * 60 + t.minute))
            repli_zone_civil(r->st->site->zone, now - 86400, &t);
        day = (unsigned)t.day, month = (unsigned)t.month, year = (unsigned)t.year;
    } else if (sscanf(text, "%2u-%2u-%4u %2u:%2u%c", &day, &month, &year, &hour, &minute, &rest) != 5) {
        return repli_time_parse(text, r->st->site->zone, utc, &r->err) == REPLI_OK;
    }
    const char *iso = repli_arena_printf(&r->a, "%04u-%02u-%02uT%02u:%02u", year, month, day, hour, minute);
    return repli_time_parse(iso, r->st->site->zone, utc, &r->err) == REPLI_OK;
}

void post_outage_open(struct station_request *r)
{
    const char *kind = station_field(r, "kind");
    char id[REPLI_ID_TEXT];
    int64_t now = repli_clock_now(&r->st->site->clock);
    const char **wards = repli_arena_array(&r->a, r->nform + 1, sizeof *wards);
    struct repli_outage wanted = {.drill = kind && strcmp(kind, "drill") == 0,
                                  .opened_by = repli_arena_strdup(&r->a, r->who->person),
                                  .wards = wards};
    for (size_t i = 0; i < r->nform; i++)
        if (strcmp(r->form[i].name, "ward") == 0 && r->form[i].value[0])
            wards[wanted.nwards++] = r->form[i].value;
    if (!station_ledger(r))
        return;
    if (said_time(r, station_field(r, "from"), now, &wanted.from_utc) &&
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
    int64_t now = repli_clock_now(&r->st->site->clock), until = now;
    if (!station_ledger(r))
        return;
    if (said_time(r, station_field(r, "until"), now, &until) &&
        repli_ledger_outage_close(r->ledger, station_field(r, "id"), until, repli_arena_strdup(&r->a, r->who->person),
                                  now, closed, &r->err) == REPLI_OK) {
        station_go(r, "/outage");
        return;
    }
    r->status = 409;
    show(r, repli_arena_strdup(&r->a, r->err.text));
}
