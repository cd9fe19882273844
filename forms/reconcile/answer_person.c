/* Keyed answers that say who somebody is: names, numbers with letters, birth dates, national numbers. */
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "reconcile/review_internal.h"
#include "repli/belgian.h"
#include "repli/clock.h"
#include "repli/serial.h"
#include "repli/text.h"

#define NAME_MAX_BYTES 80

/* Capital letters, one blank between two words: two people key one name in one spelling.  Accents count. */
static const char *name(const char *text, struct repli_arena *a, const char **why)
{
    struct repli_buf b = {0};
    const char *clean = repli_text_clean(a, text, strlen(text), NULL);
    bool gap = false;
    for (const char *p = clean; *p;) {
        uint8_t out[4];
        uint32_t cp = repli_utf8_next(&p);
        if (cp == ' ') {
            gap = b.len > 0;
            continue;
        }
        utf8proc_ssize_t n = utf8proc_encode_char(cp == 0xDF ? 0xDF : utf8proc_toupper((utf8proc_int32_t)cp), out);
        if (gap)
            repli_buf_add(&b, " ", 1);
        repli_buf_add(&b, out, n > 0 ? (size_t)n : 0);
        gap = false;
    }
    const char *upper = repli_arena_strndup(a, b.data ? b.data : "", b.len);
    repli_buf_done(&b);
    if (*upper && strlen(upper) <= NAME_MAX_BYTES)
        return upper;
    *why = "the name is empty or too long: answer blank when nothing is written";
    return NULL;
}

/* A hospital's number: letters and digits without what stands between them. */
static const char *mixed_number(const char *text, struct repli_arena *a, const char **why)
{
    const char *words = review_place(text, a);
    char *out = repli_arena_strdup(a, words);
    size_t n = 0;
    for (const char *p = words; *p; p++)
        if (*p != ' ')
            out[n++] = *p;
    out[n] = 0;
    if (n > 0 && n <= 32)
        return out;
    *why = repli_arena_printf(a, "'%.40s' is no number: it has neither letter nor digit, or too many", text);
    return NULL;
}

static const char *sheet_number(const char *text, struct repli_arena *a, const char **why)
{
    uint64_t serial = 0;
    char out[REPLI_SERIAL_TEXT];
    if (!repli_serial_parse(text, &serial)) {
        *why = repli_arena_printf(a,
                                  "'%.40s' is no sheet number (like K7QD-M3XA-9; its last sign is a check): if that is "
                                  "what the paper says, answer illegible",
                                  text);
        return NULL;
    }
    repli_serial_format(serial, out);
    return repli_arena_strdup(a, out);
}

/* "14-03-1962" or "14031962" -> "1962-03-14"; a day or month of 00 is not known: "1962-03", "1962". */
static const char *birth_date(const char *text, struct repli_arena *a, const char **why)
{
    char d[9], iso[11];
    size_t n = 0;
    for (const char *p = text; *p && n < 9; p++)
        if (!strchr("-/. ", *p))
            d[n < 8 ? n : 8] = *p, n++;
    d[8] = 0;
    if (n == 8 && strspn(d, "0123456789") == 8) {
        if (strncmp(d, "0000", 4) == 0)
            (void)snprintf(iso, sizeof iso, "%.4s", d + 4);
        else if (strncmp(d, "00", 2) == 0)
            (void)snprintf(iso, sizeof iso, "%.4s-%.2s", d + 4, d + 2);
        else
            (void)snprintf(iso, sizeof iso, "%.4s-%.2s-%.2s", d + 4, d + 2, d);
        if (repli_date_valid(iso))
            return repli_arena_strdup(a, iso);
    }
    *why = repli_arena_printf(a,
                              "'%.40s' is no date of birth (DD-MM-YYYY, 00 where not known); if that is what the paper "
                              "says, answer illegible",
                              text);
    return NULL;
}

static const char *eleven_digits(const char *text, struct repli_arena *a, const char **why)
{
    char *digits = repli_arena_strdup(a, text);
    size_t n = 0;
    for (const char *p = text; *p; p++)
        if (!strchr("-. /", *p))
            digits[n++] = *p;
    digits[n] = 0;
    if (n == 11 && strspn(digits, "0123456789") == 11)
        return digits;
    *why = repli_arena_printf(
        a, "'%.40s' is not the 11 digits of a national number; if the paper has fewer, answer illegible", text);
    return NULL;
}

const char *review_person(const struct repli_field *f, const char *text, struct repli_arena *a, bool *mine,
                          const char **why)
{
    const char *role = f->role ? f->role : "";
    bool words = review_words_field(f);
    *mine = true;
    if (words && strcmp(role, "mrn") == 0)
        return mixed_number(text, a, why);
    if (words && strcmp(role, "sheet") == 0)
        return sheet_number(text, a, why);
    if (words)
        return name(text, a, why);
    if (f->kind == REPLI_FIELD_DIGITS && strcmp(role, "birth") == 0)
        return birth_date(text, a, why);
    if (f->kind == REPLI_FIELD_DIGITS && strcmp(role, "niss") == 0)
        return eleven_digits(text, a, why);
    *mine = false;
    return NULL;
}

const char *review_odd_number(const struct repli_field *f, const char *value, bool sure, struct repli_arena *a)
{
    struct repli_niss niss;
    (void)f;
    if (sure || repli_niss_parse(value, &niss))
        return NULL;
    return repli_arena_printf(
        a,
        "the check digits of %s do not fit: look again, and repeat it with \"sure\":true if that is "
        "what the paper says",
        value);
}
