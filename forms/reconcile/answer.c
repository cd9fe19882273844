/* What a keyed answer means: one spelling a value, ranges, rows. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "repli/belgian.h"
#include "repli/serial.h"
#include "repli/text.h"

#define VALUE_MAX 32

bool review_same(const char *answer1, const char *value1, const char *answer2, const char *value2)
{
    if (strcmp(answer1, answer2) != 0)
        return false;
    return !value1 || !value2 ? value1 == value2 : strcmp(value1, value2) == 0;
}

/* Text without blanks at its ends, NULL when empty or too long for any value. */
static const char *trimmed(const char *text, struct repli_arena *a)
{
    while (*text == ' ')
        text++;
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == ' ')
        n--;
    return n == 0 || n > VALUE_MAX ? NULL : repli_arena_strndup(a, text, n);
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Two numbers of one or two digits with a sign between them ("8:15", "8h15"), or three or four digits ("815"). */
static bool two_numbers(const char *t, const char *signs, int *first, int *second)
{
    size_t n = strspn(t, "0123456789");
    if (t[n] == 0 && (n == 3 || n == 4)) {
        const char *cut = t + (n - 2);
        *second = (cut[0] - '0') * 10 + cut[1] - '0';
        *first = n == 4 ? (t[0] - '0') * 10 + t[1] - '0' : t[0] - '0';
        return true;
    }
    if (n < 1 || n > 2 || t[n] == 0 || !strchr(signs, t[n]) || !digit(t[n + 1]))
        return false;
    size_t m = strspn(t + n + 1, "0123456789");
    if (m > 2 || t[n + 1 + m] != 0)
        return false;
    *first = n == 2 ? (t[0] - '0') * 10 + t[1] - '0' : t[0] - '0';
    *second = m == 2 ? (t[n + 1] - '0') * 10 + t[n + 2] - '0' : t[n + 1] - '0';
    return true;
}

static const char *time_of_day(const char *t, struct repli_arena *a, const char **why)
{
    int h = 0, m = 0;
    if (!two_numbers(t, ":hH.", &h, &m) || h > 23 || m > 59) {
        *why = repli_arena_printf(a, "'%s' is no time of day (HH:MM); if that is what the paper says, answer illegible",
                                  t);
        return NULL;
    }
    return repli_arena_printf(a, "%02d:%02d", h, m);
}

static const char *day_of_month(const char *t, struct repli_arena *a, const char **why)
{
    int64_t d = 0;
    if (strlen(t) > 2 || strspn(t, "0123456789") != strlen(t) || !repli_integer(t, 1, 31, &d)) {
        *why = repli_arena_printf(
            a, "'%s' is no day of a month (1 to 31); if that is what the paper says, answer illegible", t);
        return NULL;
    }
    return repli_arena_printf(a, "%02d", (int)d);
}

static const char *day_and_month(const char *t, struct repli_arena *a, const char **why)
{
    int d = 0, m = 0;
    if (!two_numbers(t, "-/.", &d, &m) || d < 1 || d > 31 || m < 1 || m > 12) {
        *why = repli_arena_printf(a, "'%s' is no date (DD-MM); if that is what the paper says, answer illegible", t);
        return NULL;
    }
    return repli_arena_printf(a, "%02d-%02d", d, m);
}

/* Decimal comma or point, no leading zeros, no zeros behind the last decimal: "036,50" -> "36.5". */
static const char *number(const struct repli_field *f, const char *t, struct repli_arena *a, const char **why)
{
    char *n = repli_arena_strdup(a, t);
    char *comma = strchr(n, ',');
    if (comma)
        *comma = '.';
    double v = 0;
    if (!repli_number(n, &v)) {
        *why = repli_arena_printf(a, "'%s' is no number (digits, with a comma or point before decimals)", t);
        return NULL;
    }
    char *point = strchr(n, '.');
    size_t places = point ? strlen(point + 1) : 0;
    if (f->kind == REPLI_FIELD_DIGITS && f->decimals > 0 && !point) {
        *why = repli_arena_printf(a, "'%s' has no comma: this field has %d decimal place%s, key them too (%s,0)", t,
                                  f->decimals, f->decimals == 1 ? "" : "s", t);
        return NULL;
    }
    if (f->kind == REPLI_FIELD_DIGITS && places > (size_t)f->decimals) {
        *why = repli_arena_printf(a, "'%s' has more decimals than the field has cells for (%d)", t, f->decimals);
        return NULL;
    }
    bool negative = *n == '-';
    char *digits = n + negative;
    while (digits[0] == '0' && digit(digits[1]))
        digits++;
    if (point) {
        char *end = digits + strlen(digits);
        while (end[-1] == '0')
            *--end = 0;
        if (end[-1] == '.')
            *--end = 0;
    }
    return negative && strcmp(digits, "0") != 0 ? repli_arena_printf(a, "-%s", digits) : digits;
}

/* A number that is a name (a prescriber's): every digit counts, those at the front too. */
static const char *identifier(const struct repli_field *f, const char *t, struct repli_arena *a, const char **why)
{
    char *digits = repli_arena_strdup(a, t);
    size_t n = 0;
    for (const char *p = t; *p; p++)
        if (!strchr("-. ", *p))
            digits[n++] = *p;
    digits[n] = 0;
    if (n == f->nparts && strspn(digits, "0123456789") == n)
        return digits;
    *why = repli_arena_printf(a, "'%s' is not the %zu digits of this field; if the paper has fewer, answer illegible",
                              t, f->nparts);
    return NULL;
}

/* A number that somebody gave out: its zeros count, and it may be shorter than its cells. */
static const char *digits_only(const struct repli_field *f, const char *t, struct repli_arena *a, const char **why)
{
    size_t n = strlen(t);
    if (strspn(t, "0123456789") == n && n <= f->nparts)
        return t;
    *why = repli_arena_printf(a, "'%s' is more than the %zu digits of this field", t, f->nparts);
    return NULL;
}

/* The number of a sheet: its last sign is a check, so that a wrong key names no other sheet. */
static const char *serial(const char *t, struct repli_arena *a, const char **why)
{
    uint64_t number = 0;
    char text[REPLI_SERIAL_TEXT];
    if (!repli_serial_parse(t, &number)) {
        *why = repli_arena_printf(a, "'%s' is no sheet number (like K7QD-M3XA-D; its last sign is a check)", t);
        return NULL;
    }
    repli_serial_format(number, text);
    return repli_arena_strdup(a, text);
}

static bool has_letters(const struct repli_field *f)
{
    for (size_t i = 0; f->letters && i < f->nparts; i++)
        if (f->letters[i] && *f->letters[i])
            return true;
    return false;
}

static const char *letter(const struct repli_field *f, const char *t, struct repli_arena *a, const char **why)
{
    char c = (char)toupper((unsigned char)t[0]);
    for (size_t i = 0; t[0] && !t[1] && i < f->nparts; i++)
        if (f->letters[i] && strchr(f->letters[i], c))
            return repli_arena_printf(a, "%c", c);
    char *all = repli_arena_strdup(a, "");
    for (size_t i = 0; i < f->nparts; i++)
        if (f->letters[i])
            all = repli_arena_printf(a, "%s%s", all, f->letters[i]);
    *why = repli_arena_printf(a, "'%s' is none of the letters of this field (%s)", t, all);
    return NULL;
}

const char *review_place(const char *text, struct repli_arena *a)
{
    struct repli_buf b = {0};
    bool gap = false;
    for (const char *p = repli_text_fold(a, text); *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x80 && !isalnum(c)) {
            gap = b.len > 0;
            continue;
        }
        char out = (char)(c < 0x80 ? toupper(c) : c);
        if (gap)
            repli_buf_add(&b, " ", 1);
        repli_buf_add(&b, &out, 1);
        gap = false;
    }
    const char *place = repli_arena_strndup(a, b.data ? b.data : "", b.len);
    repli_buf_done(&b);
    return place;
}

const char *review_normalise(const struct repli_field *f, const char *text, struct repli_arena *a, const char **why)
{
    bool mine = false;
    const char *of_person = review_person(f, text, a, &mine, why);
    if (mine)
        return of_person;
    const char *t = trimmed(text, a);
    if (!t) {
        *why = "the value is empty or too long: answer blank when nothing is written";
        return NULL;
    }
    if (f->kind == REPLI_FIELD_TICK) {
        if (strcmp(t, "ticked") == 0 || strcmp(t, "x") == 0 || strcmp(t, "X") == 0)
            return "ticked";
        *why = "a tick is 'ticked', or answer blank";
        return NULL;
    }
    if (review_place_field(f)) {
        const char *place = review_place(t, a);
        if (!*place)
            *why = repli_arena_printf(a, "'%s' is no place: it has neither letter nor digit", t);
        return place;
    }
    const char *role = f->kind == REPLI_FIELD_BAND || !f->role ? "" : f->role;
    if (strcmp(role, "sheet") == 0)
        return serial(t, a, why);
    if (strcmp(role, "inami") == 0)
        return identifier(f, t, a, why);
    if (strcmp(role, "accession") == 0)
        return digits_only(f, t, a, why);
    if (strcmp(role, "at") == 0 || strcmp(role, "given") == 0 || strcmp(role, "stop") == 0 ||
        strncmp(role, "at_", 3) == 0)
        return time_of_day(t, a, why);
    if (strcmp(role, "day") == 0 || strcmp(role, "first_day") == 0 || strncmp(role, "day_", 4) == 0)
        return day_of_month(t, a, why);
    if (strcmp(role, "date") == 0)
        return day_and_month(t, a, why);
    return has_letters(f) ? letter(f, t, a, why) : number(f, t, a, why);
}

static bool inside(const struct repli_range *r, double v)
{
    return (!r->has_low || v >= r->low) && (!r->has_high || v <= r->high);
}

/* "25 to 44", "at most 300" */
static const char *range_text(const struct repli_range *r, const char *unit, struct repli_arena *a)
{
    char low[32] = "", high[32] = "";
    if (r->has_low)
        repli_number_format(r->low, 3, low);
    if (r->has_high)
        repli_number_format(r->high, 3, high);
    const char *u = unit ? repli_arena_printf(a, " %s", unit) : "";
    if (r->has_low && r->has_high)
        return repli_arena_printf(a, "%s to %s%s", low, high, u);
    return repli_arena_printf(a, "%s %s%s", r->has_low ? "at least" : "at most", r->has_low ? low : high, u);
}

const char *review_out_of_range(const struct repli_field *f, const char *value, bool sure, struct repli_arena *a)
{
    double v = 0;
    struct repli_inami inami;
    if (f->role && strcmp(f->role, "inami") == 0 && f->nparts == 11 && strlen(value) == 11 && !sure &&
        !repli_inami_parse(value, &inami))
        return repli_arena_printf(a,
                                  "%s is no INAMI number, its check digits do not fit: look again, and repeat it "
                                  "with \"sure\":true if that is what the paper says",
                                  value);
    if (f->role && strcmp(f->role, "niss") == 0)
        return review_odd_number(f, value, sure, a);
    if (f->kind == REPLI_FIELD_TICK || review_place_field(f) || review_words_field(f) || has_letters(f) ||
        !repli_number(value, &v))
        return NULL;
    if (!inside(&f->hard, v))
        return repli_arena_printf(
            a, "%s cannot be (%s): key it again, or answer illegible or correction if that is what the paper says",
            value, range_text(&f->hard, f->unit, a));
    if (!sure && !inside(&f->soft, v))
        return repli_arena_printf(a, "%s is unusual (%s): look again, and repeat it with \"sure\":true if it is right",
                                  value, range_text(&f->soft, f->unit, a));
    return NULL;
}

bool review_in_row(const struct repli_field *f, int row, const char *value)
{
    if (row < 0 || (size_t)row >= f->nparts)
        return true;
    if (has_letters(f))
        return f->letters[row] && value[0] && strchr(f->letters[row], value[0]) != NULL;
    double v = 0;
    return !f->rows || (repli_number(value, &v) && inside(&f->rows[row], v));
}
