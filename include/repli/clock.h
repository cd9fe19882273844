/* Time: one injectable clock, and the civil time of the site's zone.
**
** All stored times are UTC seconds (`_utc`).  The process's TZ is never consulted: the zone's name comes from site.yaml
** and its rules from the system's zone files (TZif, RFC 8536), or for Europe/Brussels from the copy inside the program.
*/
#ifndef REPLI_CLOCK_H
#define REPLI_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "repli/arena.h"
#include "repli/err.h"

/* The clock of one run: the system's, or fixed by --at / REPLI_AT. */
struct repli_clock {
    bool fixed;
    int64_t at_utc; /* when fixed */
};
int64_t repli_clock_now(const struct repli_clock *clock); /* UTC seconds */
int64_t repli_monotonic_ms(void);                         /* for durations only; not injectable */

/* Immutable once open.  REPLI_DATA: no such name, or a zone file that is damaged. */
struct repli_zone;
REPLI_MUST_CHECK enum repli_status repli_zone_open(const char *name, struct repli_zone **zone, struct repli_err *err);
void repli_zone_close(struct repli_zone *zone); /* NULL is fine */
const char *repli_zone_name(const struct repli_zone *zone);

struct repli_civil {
    int year, month, day;     /* month 1..12 */
    int hour, minute, second; /* 24 h */
    int weekday;              /* 0 = Sunday .. 6 */
    int offset_s;             /* local - UTC */
    char fold;                /* 0, or 'A'/'B' for the first/second pass through the doubled hour */
};
void repli_zone_civil(const struct repli_zone *zone, int64_t utc, struct repli_civil *out);

/* All instants whose civil time is the one given: 1, 0 (the skipped hour of spring) or 2 (the doubled hour of autumn,
** first pass first). `out` has room for 2. */
int repli_zone_instants(const struct repli_zone *zone, int year, int month, int day, int hour, int minute,
                        int64_t out[2]);

/* The instants in [start_utc, start_utc + hours*3600) at which wall clocks show hh:mm.  Returns how many (0..n) and
** stores at most two.  A written time is used only when this is exactly 1. */
int repli_zone_in_window(const struct repli_zone *zone, int64_t start_utc, int hours, int hh, int mm, int64_t out[2]);

/* --at: "2026-11-23T02:00[:00]" (civil time of the zone; a doubled hour means its first pass, a skipped one is
** refused), with "Z" or "+01:00" (an instant), or a plain number of UTC seconds.  REPLI_USAGE otherwise. */
REPLI_MUST_CHECK enum repli_status repli_time_parse(const char *text, const struct repli_zone *zone, int64_t *utc,
                                                    struct repli_err *err);

/* FHIR instants and dateTimes.  Full times need an offset or Z; a date alone is midnight in `zone`; YYYY and YYYY-MM
** the first instant of it.  Fractions are cut. false when it is none of these. */
bool repli_fhir_time(const char *text, const struct repli_zone *zone, int64_t *utc);

/* A calendar date "YYYY", "YYYY-MM" or "YYYY-MM-DD" that exists (1800..2200). */
bool repli_date_valid(const char *text);

/* A text in which each instant of UTC (2026-11-23T01:00:00Z) stands as the wards' clocks showed it: 2026-11-23 02:00,
** or 23-11-2026 02:00 with the day first.  Lives in the arena. */
const char *repli_time_local(struct repli_arena *, const struct repli_zone *, bool day_first, const char *text);

void repli_time_iso(int64_t utc, char out[24]);  /* 2026-11-23T01:00:00Z */
void repli_time_name(int64_t utc, char out[24]); /* 2026-11-23T010000Z: file names */

#endif
