/* Belgian identifiers and their check digits. */
#include "repli/belgian.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The digits of a number without what people write between them.  false: another sign, or not `want` of them. */
static bool digits_of(const char *text, size_t want, char *out)
{
    size_t n = 0;
    for (const char *p = text; *p; p++) {
        if (strchr(" .-/", *p))
            continue;
        if (*p < '0' || *p > '9' || n == want)
            return false;
        out[n++] = *p;
    }
    out[n] = 0;
    return n == want;
}

static int number(const char *digits, int count)
{
    int v = 0;
    for (int i = 0; i < count; i++)
        v = v * 10 + digits[i] - '0';
    return v;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* 1900 or 2000, by the check digits; 0: neither. */
static int century(const char *digits)
{
    int64_t base = number(digits, 9);
    int check = number(digits + 9, 2);
    if (97 - (int)(base % 97) == check)
        return 1900;
    return 97 - (int)((INT64_C(2000000000) + base) % 97) == check ? 2000 : 0;
}

bool repli_niss_parse(const char *text, struct repli_niss *out)
{
    struct repli_niss n = {.sex_known = true};
    if (!digits_of(text, REPLI_NISS_DIGITS - 1, n.digits))
        return false;
    int from = century(n.digits), serial = number(n.digits + 6, 3);
    n.year = from + number(n.digits, 2);
    n.month = number(n.digits + 2, 2);
    n.day = number(n.digits + 4, 2);
    n.bis = n.month >= 20;
    n.sex_known = n.month < 20 || n.month >= 40;
    n.month -= n.month >= 40 ? 40 : n.bis ? 20 : 0;
    if (from == 0 || serial == 0 || serial == 999 || n.month > 12 || n.day > 31)
        return false;
    if (n.month > 0 && n.day > month_days(n.year, n.month))
        return false;
    n.female = n.sex_known && serial % 2 == 0;
    *out = n;
    return true;
}

void repli_niss_format(const struct repli_niss *niss, char out[REPLI_NISS_TEXT])
{
    const char *d = niss->digits;
    (void)snprintf(out, REPLI_NISS_TEXT, "%.2s.%.2s.%.2s-%.3s.%.2s", d, d + 2, d + 4, d + 6, d + 9);
}

void repli_niss_birth_date(const struct repli_niss *niss, char out[11])
{
    out[0] = 0;
    if (niss->month > 0 && niss->day > 0)
        (void)snprintf(out, 11, "%04u-%02u-%02u", (unsigned)niss->year % 10000u, (unsigned)niss->month % 100u,
                       (unsigned)niss->day % 100u);
}

bool repli_inami_parse(const char *text, struct repli_inami *out)
{
    struct repli_inami n = {.modulus = 97};
    if (!digits_of(text, REPLI_INAMI_DIGITS - 1, n.digits))
        return false;
    int base = number(n.digits, 6), check = number(n.digits + 6, 2);
    if (97 - base % 97 != check)
        n.modulus = 89;
    if (n.digits[0] == '0' || (n.modulus == 89 && 89 - base % 89 != check))
        return false;
    memcpy(n.identity, n.digits, 8);
    memcpy(n.qualification, n.digits + 8, 3);
    *out = n;
    return true;
}

void repli_inami_format(const struct repli_inami *inami, char out[REPLI_INAMI_TEXT])
{
    const char *d = inami->digits;
    (void)snprintf(out, REPLI_INAMI_TEXT, "%.1s-%.5s-%.2s-%.3s", d, d + 1, d + 6, d + 8);
}
