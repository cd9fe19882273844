/* Zone files (TZif, RFC 8536) and what wall clocks show. */
#include "repli/clock.h"

#include <stdlib.h>
#include <string.h>

#include "base/zone_internal.h"
#include "repli/arena.h"
#include "repli/asset.h"
#include "repli/file.h"

#define ZONE_FOLDER    "/usr/share/zoneinfo"
#define MAX_ZONE_BYTES ((size_t)1024 * 1024)
#define WIDEST_S       (26 * 3600) /* RFC 8536: no offset lies further from UTC */

struct zone_type {
    int32_t offset_s;
};

struct repli_zone {
    struct repli_arena arena;
    const char *name;
    size_t ntimes, ntypes;
    int64_t *times;          /* instants of change, ascending */
    uint8_t *kinds;          /* what holds from there on */
    struct zone_type *types; /* [0] holds before the first change */
    bool has_rule;           /* what holds after the last one; otherwise the last type goes on for ever */
    struct zone_rule rule;
};

int64_t repli_days(int64_t year, int month, int day)
{
    /* Years are counted from March, so that the leap day is the last day of a year; eras are 400 years. */
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void repli_days_civil(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int m = (int)((5 * of_year + 2) / 153);
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = m < 10 ? m + 3 : m - 9;
    *year = y + era * 400 + (*month <= 2);
}

bool repli_date_exists(int64_t year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1)
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= lengths[month - 1] + (month == 2 && leap);
}

/* Reads big-endian numbers with a bound. */
struct reader {
    const uint8_t *at, *end;
    bool bad;
};

static int64_t number(struct reader *r, size_t bytes)
{
    if (r->bad || (size_t)(r->end - r->at) < bytes) {
        r->bad = true;
        return 0;
    }
    uint64_t v = bytes && (*r->at & 0x80) ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | *r->at++;
    return (int64_t)v;
}

static void skip(struct reader *r, int64_t bytes)
{
    if (r->bad || bytes > r->end - r->at)
        r->bad = true;
    else
        r->at += bytes;
}

struct counts {
    int64_t isut, isstd, leap, time, type, chars;
};

static bool header(struct reader *r, struct counts *c)
{
    if (r->end - r->at < 44 || memcmp(r->at, "TZif", 4) != 0 || r->at[4] < '2')
        return false;
    skip(r, 20);
    int64_t *all[] = {&c->isut, &c->isstd, &c->leap, &c->time, &c->type, &c->chars};
    for (size_t i = 0; i < 6; i++) {
        *all[i] = number(r, 4);
        if (*all[i] < 0)
            return false;
    }
    return !r->bad;
}

/* The second, 64-bit data block.  Every count is bounded by the bytes that are there before memory is taken. */
static bool block(struct reader *r, const struct counts *c, struct repli_zone *z)
{
    int64_t need = c->time * 9 + c->type * 6 + c->chars + c->isstd + c->isut;
    if (need > r->end - r->at || c->leap != 0 || c->type < 1 || c->type > 256)
        return false;
    z->ntimes = (size_t)c->time;
    z->ntypes = (size_t)c->type;
    z->times = repli_arena_array(&z->arena, z->ntimes, sizeof *z->times);
    z->kinds = repli_arena_array(&z->arena, z->ntimes, 1);
    z->types = repli_arena_array(&z->arena, z->ntypes, sizeof *z->types);
    for (size_t i = 0; i < z->ntimes; i++) {
        z->times[i] = number(r, 8);
        if (i && z->times[i] <= z->times[i - 1])
            return false;
    }
    for (size_t i = 0; i < z->ntimes; i++) {
        z->kinds[i] = (uint8_t)number(r, 1);
        if (z->kinds[i] >= z->ntypes)
            return false;
    }
    for (size_t i = 0; i < z->ntypes; i++) {
        z->types[i].offset_s = (int32_t)number(r, 4);
        if (z->types[i].offset_s <= -WIDEST_S || z->types[i].offset_s >= WIDEST_S)
            return false;
        skip(r, 2); /* summer time or not, and the abbreviation: nobody asks */
    }
    skip(r, c->chars + c->isstd + c->isut);
    return !r->bad;
}

static bool footer(struct reader *r, struct repli_zone *z)
{
    if (r->bad || r->at == r->end || *r->at++ != '\n')
        return false;
    const uint8_t *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
    if (!stop)
        return false;
    if (stop == r->at)
        return true; /* no rule */
    const char *text = repli_arena_strndup(&z->arena, (const char *)r->at, (size_t)(stop - r->at));
    z->has_rule = true;
    return repli_rule_parse(text, &z->rule);
}

enum repli_status repli_zone_parse(const char *name, const uint8_t *data, size_t len, struct repli_zone **zone,
                                   struct repli_err *err)
{
    struct repli_zone *z = repli_xcalloc(1, sizeof *z);
    z->name = repli_arena_strdup(&z->arena, name);
    struct reader r = {data, data + len, false};
    struct counts c;
    bool good = header(&r, &c);
    if (good) { /* the first block has 32-bit times */
        skip(&r, c.time * 5 + c.type * 6 + c.chars + c.leap * 8 + c.isstd + c.isut);
        good = header(&r, &c) && block(&r, &c, z) && footer(&r, z);
    }
    if (!good) {
        repli_zone_close(z);
        return repli_fail(err, REPLI_DATA, "the zone file of '%s' is damaged or of a kind that cannot be used", name);
    }
    *zone = z;
    return REPLI_OK;
}

static bool good_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t n = strlen(name);
    return n > 0 && n < 64 && name[0] != '/' && name[n - 1] != '/' && strspn(name, allowed) == n;
}

static void done_arena(struct repli_arena *a)
{
    repli_arena_done(a);
}

enum repli_status repli_zone_open(const char *name, struct repli_zone **zone, struct repli_err *err)
{
    if (!good_name(name))
        return repli_fail(err, REPLI_DATA, "'%s' is no time zone's name (write it like Europe/Brussels)", name);
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    char *data = NULL;
    size_t len = 0;
    if (repli_file_read(repli_path_join(&a, ZONE_FOLDER, name), MAX_ZONE_BYTES, &a, &data, &len, NULL) == REPLI_OK)
        return repli_zone_parse(name, (const uint8_t *)data, len, zone, err);
    const struct repli_asset *packed = repli_asset_get(repli_arena_printf(&a, "zone/%s", name));
    if (packed)
        return repli_zone_parse(name, packed->data, packed->len, zone, err);
    return repli_fail(err, REPLI_DATA, "time zone '%s' is not known here (looked in %s; package tzdata has them)", name,
                      ZONE_FOLDER);
}

void repli_zone_close(struct repli_zone *zone)
{
    if (!zone)
        return;
    repli_arena_done(&zone->arena);
    free(zone);
}

const char *repli_zone_name(const struct repli_zone *zone)
{
    return zone->name;
}

/* How many changes of the table lie at or before `utc`. */
static size_t changes_until(const struct repli_zone *z, int64_t utc)
{
    size_t low = 0, high = z->ntimes;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (z->times[mid] <= utc)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static int32_t offset_at(const struct repli_zone *z, int64_t utc)
{
    size_t n = changes_until(z, utc);
    if (n == z->ntimes && z->has_rule)
        return repli_rule_offset(&z->rule, utc);
    return z->types[n ? z->kinds[n - 1] : 0].offset_s;
}

/* First instant after `utc` at which the offset may change. */
static int64_t next_change(const struct repli_zone *z, int64_t utc)
{
    size_t n = changes_until(z, utc);
    if (n < z->ntimes)
        return z->times[n];
    return z->has_rule ? repli_rule_next(&z->rule, utc) : INT64_MAX;
}

int repli_zone_locals(const struct repli_zone *zone, int64_t local, int64_t out[2])
{
    int n = 0;
    /* Between two changes the offset is constant, so that each stretch holds the civil time at most once. */
    for (int64_t from = local - WIDEST_S; from <= local + WIDEST_S && n < 2;) {
        int64_t until = next_change(zone, from), t = local - offset_at(zone, from);
        if (t >= from && t < until)
            out[n++] = t;
        from = until;
    }
    return n;
}

int64_t repli_zone_first(const struct repli_zone *zone, int64_t local)
{
    int64_t found[2];
    if (repli_zone_locals(zone, local, found) > 0)
        return found[0];
    /* Skipped: the change at which clocks jump over it. */
    for (int64_t from = local - WIDEST_S;;) {
        int64_t until = next_change(zone, from);
        if (until == INT64_MAX || until + offset_at(zone, until) > local)
            return until == INT64_MAX ? local - offset_at(zone, from) : until;
        from = until;
    }
}

void repli_zone_civil(const struct repli_zone *zone, int64_t utc, struct repli_civil *out)
{
    utc = repli_clamp_utc(utc);
    int32_t offset = offset_at(zone, utc);
    int64_t local = utc + offset, days = local / DAY_S - (local % DAY_S < 0), year, found[2];
    struct repli_civil c = {.offset_s = offset};
    int second = (int)(local - days * DAY_S);
    repli_days_civil(days, &year, &c.month, &c.day);
    c.year = (int)year;
    c.hour = second / 3600;
    c.minute = second / 60 % 60;
    c.second = second % 60;
    c.weekday = (int)(((days + 4) % 7 + 7) % 7);
    if (repli_zone_locals(zone, local, found) == 2)
        c.fold = found[0] == utc ? 'A' : 'B';
    *out = c;
}

int repli_zone_instants(const struct repli_zone *zone, int year, int month, int day, int hour, int minute,
                        int64_t out[2])
{
    if (!repli_date_exists(year, month, day) || hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return 0;
    return repli_zone_locals(zone, repli_days(year, month, day) * DAY_S + hour * 3600 + minute * 60, out);
}

int repli_zone_in_window(const struct repli_zone *zone, int64_t start_utc, int hours, int hh, int mm, int64_t out[2])
{
    if (hh < 0 || hh > 23 || mm < 0 || mm > 59 || hours <= 0)
        return 0;
    int64_t end = start_utc + (int64_t)hours * 3600, found[2];
    int64_t first = (start_utc - WIDEST_S) / DAY_S - 1, last = (end + WIDEST_S) / DAY_S + 1;
    int n = 0;
    for (int64_t day = first; day <= last; day++) {
        int many = repli_zone_locals(zone, day * DAY_S + hh * 3600 + mm * 60, found);
        for (int i = 0; i < many; i++) {
            if (found[i] < start_utc || found[i] >= end)
                continue;
            if (n < 2)
                out[n] = found[i];
            n++;
        }
    }
    return n;
}
