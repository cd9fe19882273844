#include "repli/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/zone_internal.h"
#include "repli/text.h"

int64_t repli_clock_now(const struct repli_clock *clock)
{
    if (clock->fixed)
        return clock->at_utc;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

int64_t repli_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Exactly `n` digits. */
static bool digits(const char **s, int n, int *out)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if ((*s)[i] < '0' || (*s)[i] > '9')
            return false;
        v = v * 10 + ((*s)[i] - '0');
    }
    *s += n;
    *out = v;
    return true;
}

static bool sign(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

/* A written time, as far as it is written. */
struct written {
    int year, month, day, hour, minute, second;
    bool has_month, has_day, has_time, has_offset;
    int offset_s;
};

/* YYYY[-MM[-DD]] */
static bool read_date(const char **s, struct written *w)
{
    w->month = w->day = 1;
    if (!digits(s, 4, &w->year))
        return false;
    if (!sign(s, '-'))
        return true;
    w->has_month = true;
    if (!digits(s, 2, &w->month))
        return false;
    if (sign(s, '-')) {
        w->has_day = true;
        if (!digits(s, 2, &w->day))
            return false;
    }
    return repli_date_exists(w->year, w->month, w->day);
}

/* hh:mm[:ss], then Z or +hh:mm where there is one.  A leap second (:60) is taken when `fhir`, and so are fractions. */
static bool read_time(const char **s, struct written *w, bool fhir)
{
    w->has_time = true;
    if (!digits(s, 2, &w->hour) || !sign(s, ':') || !digits(s, 2, &w->minute) || w->hour > 23 || w->minute > 59)
        return false;
    if (sign(s, ':')) {
        if (!digits(s, 2, &w->second) || w->second > 59 + fhir)
            return false;
        if (fhir && sign(s, '.')) {
            int ignored = 0, n = 0;
            while (digits(s, 1, &ignored))
                n++;
            if (n == 0)
                return false;
        }
    }
    if (sign(s, 'Z')) {
        w->has_offset = true;
    } else if (**s == '+' || **s == '-') {
        int east = *(*s)++ == '+' ? 1 : -1, h = 0, m = 0;
        if (!digits(s, 2, &h) || !sign(s, ':') || !digits(s, 2, &m) || h > 14 || m > 59)
            return false;
        w->has_offset = true;
        w->offset_s = east * (h * 3600 + m * 60);
    }
    return true;
}

/* Seconds of the written date and time, as if it were UTC. */
static int64_t local_of(const struct written *w)
{
    return repli_days(w->year, w->month, w->day) * DAY_S + w->hour * 3600 + w->minute * 60 + w->second;
}

enum repli_status repli_time_parse(const char *text, const struct repli_zone *zone, int64_t *utc, struct repli_err *err)
{
    int64_t t = 0, found[2];
    if (repli_integer(text, 0, LAST_UTC, &t) && text[0] != '-') {
        *utc = t;
        return REPLI_OK;
    }
    struct written w = {0};
    const char *s = text;
    if (!read_date(&s, &w) || !w.has_day || !sign(&s, 'T') || !read_time(&s, &w, false) || *s)
        return repli_fail(err, REPLI_USAGE,
                          "'%s' is no time: write 2026-11-23T02:00 (as clocks show it), 2026-11-23T01:00:00Z, "
                          "2026-11-23T02:00+01:00, or UTC seconds",
                          text);
    int64_t local = local_of(&w);
    if (w.has_offset) {
        t = local - w.offset_s;
    } else if (repli_zone_locals(zone, local, found) == 0) {
        return repli_fail(err, REPLI_USAGE, "'%s' does not exist in %s: clocks skip it", text, repli_zone_name(zone));
    } else {
        t = found[0];
    }
    if (t < 0 || t > LAST_UTC)
        return repli_fail(err, REPLI_USAGE, "'%s' lies before 1970 or after 9999", text);
    *utc = t;
    return REPLI_OK;
}

bool repli_fhir_time(const char *text, const struct repli_zone *zone, int64_t *utc)
{
    struct written w = {0};
    const char *s = text;
    if (!read_date(&s, &w) || w.year < 1)
        return false;
    if (sign(&s, 'T') && (!w.has_day || !read_time(&s, &w, true) || !w.has_offset))
        return false;
    if (*s)
        return false;
    *utc = w.has_time ? local_of(&w) - w.offset_s : repli_zone_first(zone, local_of(&w));
    return true;
}

bool repli_date_valid(const char *text)
{
    struct written w = {0};
    const char *s = text;
    return read_date(&s, &w) && *s == '\0' && w.year >= 1800 && w.year <= 2200;
}

static char *put(char *to, int v, int width)
{
    for (int i = width - 1; i >= 0; i--, v /= 10)
        to[i] = (char)('0' + v % 10);
    return to + width;
}

/* With or without colons; times outside the years 0 to 9999 are shown as the nearest that fits four digits. */
static void print_utc(int64_t utc, bool colons, char out[24])
{
    int64_t year = 0;
    utc = repli_clamp_utc(utc);
    int64_t days = utc / DAY_S - (utc % DAY_S < 0);
    int month = 0, day = 0, second = (int)(utc - days * DAY_S);
    repli_days_civil(days, &year, &month, &day);
    char *p = put(out, (int)year, 4);
    *p++ = '-';
    p = put(p, month, 2);
    *p++ = '-';
    p = put(p, day, 2);
    *p++ = 'T';
    p = put(p, second / 3600, 2);
    if (colons)
        *p++ = ':';
    p = put(p, second / 60 % 60, 2);
    if (colons)
        *p++ = ':';
    p = put(p, second % 60, 2);
    *p++ = 'Z';
    *p = '\0';
}

void repli_time_iso(int64_t utc, char out[24])
{
    print_utc(utc, true, out);
}

void repli_time_name(int64_t utc, char out[24])
{
    print_utc(utc, false, out);
}

/* "2026-11-23T11:58:00Z" at p? */
static bool utc_at(const struct repli_zone *zone, const char *p, int64_t *utc)
{
    char text[21];
    struct repli_err none = {0};
    if (strnlen(p, 20) < 20 || p[4] != '-' || p[10] != 'T' || p[19] != 'Z')
        return false;
    (void)snprintf(text, sizeof text, "%.20s", p);
    return repli_time_parse(text, zone, utc, &none) == REPLI_OK;
}

const char *repli_time_local(struct repli_arena *a, const struct repli_zone *zone, bool day_first, const char *text)
{
    struct repli_buf out = {0};
    struct repli_civil t;
    int64_t utc;
    for (const char *p = text; *p;)
        if (utc_at(zone, p, &utc)) {
            repli_zone_civil(zone, utc, &t);
            if (day_first)
                repli_buf_printf(&out, "%02d-%02d-%04d", t.day, t.month, t.year);
            else
                repli_buf_printf(&out, "%04d-%02d-%02d", t.year, t.month, t.day);
            repli_buf_printf(&out, " %02d:%02d", t.hour, t.minute);
            p += 20;
        } else {
            repli_buf_add(&out, p++, 1);
        }
    const char *made = repli_arena_strdup(a, out.data ? out.data : "");
    repli_buf_done(&out);
    return made;
}
