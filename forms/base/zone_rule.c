/* The POSIX TZ rule at the end of a TZif file, e.g. "CET-1CEST,M3.5.0,M10.5.0/3". */
#include <string.h>

#include "base/zone_internal.h"

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "CET" or "<+03>"; the names themselves are not needed. */
static bool skip_name(const char **s)
{
    const char *p = *s;
    if (*p == '<') {
        while (*++p && *p != '>')
            if (!letter(*p) && !digit(*p) && *p != '+' && *p != '-')
                return false;
        if (*p != '>')
            return false;
        *s = p + 1;
        return true;
    }
    while (letter(*p))
        p++;
    bool long_enough = p - *s >= 3;
    *s = p;
    return long_enough;
}

static bool number(const char **s, int min, int max, int *out)
{
    int v = 0, n = 0;
    for (; digit(**s) && n < 4; (*s)++, n++)
        v = v * 10 + (**s - '0');
    *out = v;
    return n > 0 && v >= min && v <= max;
}

/* [+-]h[:mm[:ss]] in seconds */
static bool duration(const char **s, int max_hours, int32_t *out)
{
    int sign = **s == '-' ? -1 : 1, h = 0, m = 0, sec = 0;
    if (**s == '-' || **s == '+')
        (*s)++;
    if (!number(s, 0, max_hours, &h))
        return false;
    if (**s == ':') {
        (*s)++;
        if (!number(s, 0, 59, &m))
            return false;
    }
    if (**s == ':') {
        (*s)++;
        if (!number(s, 0, 59, &sec))
            return false;
    }
    *out = sign * (h * 3600 + m * 60 + sec);
    return true;
}

static bool dot(const char **s)
{
    return *(*s)++ == '.';
}

static bool change_day(const char **s, struct zone_day *d)
{
    *d = (struct zone_day){.kind = 'D', .at_s = 2 * 3600};
    if (*(*s)++ != ',')
        return false;
    bool good;
    if (**s == 'M') {
        (*s)++;
        d->kind = 'M';
        good = number(s, 1, 12, &d->month) && dot(s) && number(s, 1, 5, &d->week) && dot(s) && number(s, 0, 6, &d->day);
    } else if (**s == 'J') {
        (*s)++;
        d->kind = 'J';
        good = number(s, 1, 365, &d->day);
    } else {
        good = number(s, 0, 365, &d->day);
    }
    if (good && **s == '/') {
        (*s)++;
        good = duration(s, 167, &d->at_s);
    }
    return good;
}

bool repli_rule_parse(const char *s, struct zone_rule *out)
{
    struct zone_rule r = {0};
    int32_t west = 0; /* POSIX counts offsets positive to the west */
    if (!skip_name(&s) || !duration(&s, 24, &west))
        return false;
    r.std_s = r.dst_s = -west;
    if (*s) {
        r.has_dst = true;
        r.dst_s = r.std_s + 3600;
        if (!skip_name(&s))
            return false;
        if (*s != ',') {
            if (!duration(&s, 24, &west))
                return false;
            r.dst_s = -west;
        }
        if (!change_day(&s, &r.start) || !change_day(&s, &r.end) || *s)
            return false;
    }
    *out = r;
    return true;
}

/* The local second (as if UTC) at which the change of one year is due. */
static int64_t change(const struct zone_day *d, int64_t year)
{
    int64_t days;
    if (d->kind == 'M') {
        int64_t first = repli_days(year, d->month, 1);
        int weekday = (int)(((first + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
        int day = 1 + (d->day - weekday + 7) % 7 + 7 * (d->week - 1);
        while (!repli_date_exists(year, d->month, day)) /* week 5 means the last one */
            day -= 7;
        days = repli_days(year, d->month, day);
    } else if (d->kind == 'J') {
        bool after_february = repli_date_exists(year, 2, 29) && d->day >= 60;
        days = repli_days(year, 1, 1) + d->day - 1 + after_february;
    } else {
        days = repli_days(year, 1, 1) + d->day;
    }
    return days * DAY_S + d->at_s;
}

static int64_t year_of(int64_t utc)
{
    int64_t year;
    int month, day;
    int64_t days = utc / DAY_S - (utc % DAY_S < 0);
    repli_days_civil(days, &year, &month, &day);
    return year;
}

/* Summer time at `utc`: was the newest change not after it (of two at once: the start) a start?  *next is the first
** change after it.  Two years either way, because an hour of 167 carries a change into the next year. */
static bool around(const struct zone_rule *r, int64_t utc, int64_t *next)
{
    bool dst = false;
    int64_t since = INT64_MIN, year = year_of(utc);
    *next = INT64_MAX;
    for (int64_t y = year - 2; y <= year + 2; y++) {
        int64_t start = change(&r->start, y) - r->std_s, end = change(&r->end, y) - r->dst_s;
        if (start <= utc && start >= since) {
            since = start;
            dst = true;
        }
        if (end <= utc && end > since) {
            since = end;
            dst = false;
        }
        if (start > utc && start < *next)
            *next = start;
        if (end > utc && end < *next)
            *next = end;
    }
    return dst;
}

int32_t repli_rule_offset(const struct zone_rule *rule, int64_t utc)
{
    int64_t next;
    return rule->has_dst && around(rule, utc, &next) ? rule->dst_s : rule->std_s;
}

int64_t repli_rule_next(const struct zone_rule *rule, int64_t utc)
{
    int64_t next = INT64_MAX;
    if (rule->has_dst)
        (void)around(rule, utc, &next);
    return next;
}
