/* Zone files and the calendar, shared by clock.c, zone.c and zone_rule.c. */
#ifndef REPLI_ZONE_INTERNAL_H
#define REPLI_ZONE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repli/clock.h"

#define DAY_S     86400
#define FIRST_UTC INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST_UTC  INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* Keeps nonsense from foreign data within the calendar. */
static inline int64_t repli_clamp_utc(int64_t utc)
{
    return utc < FIRST_UTC ? FIRST_UTC : utc > LAST_UTC ? LAST_UTC : utc;
}

/* Instants whose civil time is `local` (seconds of a civil date and time counted as if it were UTC); at most 2. */
int repli_zone_locals(const struct repli_zone *zone, int64_t local, int64_t out[2]);

/* The instant of `local`; where clocks skip it, the first one after; where they show it twice, the first. */
int64_t repli_zone_first(const struct repli_zone *zone, int64_t local);

/* A TZif file's bytes; version 2 or later, no leap seconds.  REPLI_DATA otherwise. */
REPLI_MUST_CHECK enum repli_status repli_zone_parse(const char *name, const uint8_t *data, size_t len,
                                                    struct repli_zone **zone, struct repli_err *err);

/* Days since 1970-01-01 of a date of the Gregorian calendar, also before its invention. */
int64_t repli_days(int64_t year, int month, int day);
void repli_days_civil(int64_t days, int64_t *year, int *month, int *day);
bool repli_date_exists(int64_t year, int month, int day);

/* The rule in a TZif footer (POSIX TZ, with RFC 8536's hours -167..167): what holds after the table's last line. */
struct zone_day {
    char kind;            /* 'M' month.week.day, 'J' day 1..365 without 29 February, 'D' day 0..365 */
    int month, week, day; /* for 'J' and 'D' only `day` */
    int32_t at_s;         /* local time of the change, in seconds after midnight */
};
struct zone_rule {
    bool has_dst;
    int32_t std_s, dst_s; /* local - UTC */
    struct zone_day start, end;
};
bool repli_rule_parse(const char *text, struct zone_rule *rule);
int32_t repli_rule_offset(const struct zone_rule *rule, int64_t utc);
int64_t repli_rule_next(const struct zone_rule *rule, int64_t utc); /* first change after `utc`; INT64_MAX: none */

#endif
