/* The two halves of the page code that know nothing of keys; apart for tests and fuzzing. */
#ifndef REPLI_PAGECODE_INTERNAL_H
#define REPLI_PAGECODE_INTERNAL_H

#include "repli/pagecode.h"

/* 59 bytes, big-endian, as 143 decimal digits + NUL. */
void repli_pagecode_to_digits(const uint8_t bytes[REPLI_PAGECODE_BYTES], char digits[REPLI_PAGECODE_DIGITS + 1]);

/* The way back.  false: not exactly 143 digits, or a number of 2^472 or more. */
bool repli_pagecode_from_digits(const char *digits, uint8_t bytes[REPLI_PAGECODE_BYTES]);

#endif
