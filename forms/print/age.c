/* Ages from birth dates that may be incomplete. */
#include <string.h>

#include "print/plan.h"

static int number(const char *s, int digits)
{
    int n = 0;
    for (int i = 0; i < digits; i++)
        n = n * 10 + (s[i] - '0');
    return n;
}

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap(year));
}

/* Days since 1 March of the year 0: only differences are used. */
static long day_number(int year, int month, int day)
{
    long y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day;
}

static int years_between(int year, int month, int day, const struct repli_civil *today)
{
    bool had_birthday = today->month > month || (today->month == month && today->day >= day);
    return today->year - year - (had_birthday ? 0 : 1);
}

static enum repli_age_band band_of(int year, int month, int day, const struct repli_civil *today)
{
    int years = years_between(year, month, day, today);
    if (years >= 16)
        return REPLI_AGE_ADULT;
    if (years >= 1)
        return REPLI_AGE_CHILD;
    return day_number(today->year, today->month, today->day) - day_number(year, month, day) < 28 ? REPLI_AGE_NEWBORN
                                                                                                 : REPLI_AGE_INFANT;
}

bool repli_age_at(const char *birth_date, const struct repli_civil *today, struct repli_age *age)
{
    if (!birth_date || !repli_date_valid(birth_date))
        return false;
    size_t len = strlen(birth_date);
    int year = number(birth_date, 4), from_month = 1, to_month = 12, from_day = 1, to_day = 31;
    if (len >= 7)
        from_month = to_month = number(birth_date + 5, 2);
    if (len >= 10)
        from_day = to_day = number(birth_date + 8, 2);
    else
        to_day = month_days(year, to_month);
    long now = day_number(today->year, today->month, today->day);
    if (day_number(year, from_month, from_day) > now)
        return false;
    if (day_number(year, to_month, to_day) > now) { /* nobody in the house is born later than today */
        to_month = today->month;
        to_day = today->day;
    }
    age->years_max = years_between(year, from_month, from_day, today);
    age->years_min = years_between(year, to_month, to_day, today);
    enum repli_age_band oldest = band_of(year, from_month, from_day, today),
                        youngest = band_of(year, to_month, to_day, today);
    age->band = oldest == youngest ? oldest : REPLI_AGE_UNKNOWN;
    return true;
}
