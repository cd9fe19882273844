/* UTF-8, hexadecimal, strict numbers.  No function here looks at the locale. */
#ifndef REPLI_TEXT_H
#define REPLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repli/arena.h"
#include "repli/err.h"

/* Strict UTF-8 (no overlong form, no surrogate, <= U+10FFFF).  NUL inside `len` is refused. */
bool repli_utf8_valid(const char *s, size_t len);

/* Next code point of valid UTF-8; advances *s; 0 at the end. */
uint32_t repli_utf8_next(const char **s);

/* A foreign text made printable and comparable: malformed bytes become U+FFFD one by one (never silently dropped),
** NFC, line breaks and tabs -> space, other control characters and bidirectional overrides -> U+FFFD, ends trimmed.
** *changed (may be NULL) says whether anything but normalisation and trimming happened. */
char *repli_text_clean(struct repli_arena *a, const char *s, size_t len, bool *changed);

/* Key for searching and comparing names: NFKD, no marks, case folded, hyphen/apostrophe/space runs -> one space. */
char *repli_text_fold(struct repli_arena *a, const char *s);

void repli_hex(const uint8_t *data, size_t len, char *out);  /* writes 2*len lower-case digits + NUL */
bool repli_unhex(const char *hex, uint8_t *out, size_t len); /* exactly 2*len digits, either case */

/* The one strict number parser: [-]digits[.digits], whole string, no exponent, comma, space, NaN, or tail;
** at most 15 significant digits and 22 decimals.  Returns false and leaves *out alone otherwise. */
bool repli_number(const char *s, double *out);
bool repli_integer(const char *s, int64_t min, int64_t max, int64_t *out);

/* A number as JSON and CSV want it: shortest text that reads back the same to `decimals` places (0..9), point, no tail
** zeros, never "-0".  `v` is finite and below 1e20, else assert.  `out` needs 32 bytes. */
void repli_number_format(double v, int decimals, char out[32]);

#endif
