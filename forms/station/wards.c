/* What the newest snapshot holds: wards, who lies where; and which of the station's own things run out. */
#include <string.h>
#include <sys/statvfs.h>

#include "repli/clock.h"
#include "repli/downtime.h"
#include "repli/serial.h"
#include "repli/snapshot.h"
#include "station/print.h"

#define WARDS_MS 20000
#define FRESH_S  (4 * 3600)
#define STALE_S  (12 * 3600)

/* How old data may be: green to 4 h, then somebody checks, from 12 h on every order is checked one by one. */
static void add_age(json_t *o, int64_t age_s)
{
    json_object_set_new(o, "age", station_age(age_s));
    json_object_set_new(o, age_s < FRESH_S ? "fresh" : age_s < STALE_S ? "check" : "stale", json_true());
}

json_t *station_wards(struct station_request *r)
{
    struct station *st = r->st;
    struct repli_snapshot *snap = NULL;
    struct repli_snap_ward *wards = NULL;
    size_t count = 0;
    struct repli_err err = {0};
    int64_t now = repli_clock_now(&st->site->clock);
    if (st->wards && repli_monotonic_ms() - st->wards_ms < WARDS_MS)
        return st->wards;
    json_decref(st->wards);
    st->wards = json_object();
    st->wards_ms = repli_monotonic_ms();
    if (repli_snapshot_newest(st->site, now, &snap, &err) != REPLI_OK ||
        repli_snapshot_wards(snap, &r->a, &wards, &count, &err) != REPLI_OK) {
        json_object_set_new(st->wards, "no_data", json_string(err.text));
        repli_snapshot_close(snap);
        return st->wards;
    }
    const struct repli_snapshot_info *info = repli_snapshot_info(snap);
    int64_t age = now - info->taken_utc;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(wards[i].id); /* "3B Chirurgie digestive" says its code a second time */
        bool twice = strncmp(wards[i].name, wards[i].id, n) == 0 && wards[i].name[n] == ' ';
        json_t *w =
            json_pack("{s:s, s:s, s:I, s:I}", "ward", wards[i].id, "ward_name", wards[i].name + (twice ? n + 1 : 0),
                      "census", (json_int_t)wards[i].census, "beds", (json_int_t)wards[i].beds);
        add_age(w, age);
        json_array_append_new(list, w);
    }
    json_object_set_new(st->wards, "wards", list);
    json_object_set_new(st->wards, "data", station_time(r, info->taken_utc));
    add_age(st->wards, age);
    repli_snapshot_close(snap);
    return st->wards;
}

const json_t *station_ward(const json_t *wards, const char *id)
{
    size_t i;
    const json_t *w;
    json_array_foreach(json_object_get(wards, "wards"), i, w)
    {
        if (!id || strcmp(json_string_value(json_object_get(w, "ward")), id) == 0)
            return w;
    }
    return NULL;
}

/* The number that a hand scanner typed, or somebody: in any ward, for people are moved.  A bed: in this ward. */
const char *station_who(struct station_request *r, const char *ward, const char *text, const char **where)
{
    struct repli_snapshot *snap = NULL;
    struct repli_snap_patient *all = NULL;
    size_t count = 0;
    const char *found = NULL;
    if (repli_snapshot_newest(r->st->site, repli_clock_now(&r->st->site->clock), &snap, &r->err) == REPLI_OK &&
        repli_snapshot_patients(snap, ward, NULL, &r->a, &all, &count, &r->err) == REPLI_OK)
        for (size_t i = 0; i < count; i++)
            if (all[i].bed && strcmp(all[i].bed, text) == 0) {
                found = all[i].identifier;
                *where = ward;
            }
    if (!found && snap && repli_snapshot_patients(snap, NULL, text, &r->a, &all, &count, &r->err) == REPLI_OK &&
        count == 1) {
        found = all[0].identifier;
        *where = all[0].ward ? all[0].ward : "";
    }
    repli_snapshot_close(snap);
    return found;
}

/* ---- what runs out */

static void add_stock(json_t *list, const char *what, const char *unit, int64_t left, int64_t few, int64_t hardly)
{
    json_t *o = json_pack("{s:s, s:s, s:I}", "what", what, "unit", unit, "amount", (json_int_t)(left < 0 ? 0 : left));
    json_object_set_new(o, left <= hardly ? "gone" : left <= few ? "low" : "plenty", json_true());
    json_array_append_new(list, o);
}

json_t *station_stocks(struct station_request *r, bool all)
{
    json_t *list = json_array(), *few = json_array(), *o;
    int64_t next = 0;
    struct statvfs fs;
    struct repli_err ignored = {0};
    size_t i;
    if (repli_ledger_next(r->ledger, "serial", &next, &ignored) == REPLI_OK)
        add_stock(list, "Sheet numbers", "left", REPLI_COUNTER_MAX - next, 1000000, 10000);
    if (repli_ledger_next(r->ledger, "downtime", &next, &ignored) == REPLI_OK)
        add_stock(list, "Admission numbers", "left", REPLI_DOWNTIME_LAST + 1 - next, REPLI_DOWNTIME_LOW, 50);
    if (statvfs(r->st->site->dir, &fs) == 0)
        add_stock(list, "Disk", "MB free", (int64_t)(fs.f_bavail * (uint64_t)fs.f_frsize >> 20), 2048, 256);
    json_array_foreach(list, i, o)
    {
        if (all || !json_object_get(o, "plenty"))
            json_array_append(few, o);
    }
    json_decref(list);
    return few;
}
