/* Private to forms/scan: page codes that are well seen. */
#ifndef REPLI_SCAN_FINDER_H
#define REPLI_SCAN_FINDER_H

#include <stdbool.h>
#include <stdint.h>

#include "repli/pagecode.h"

/* Reads the code in a window of clamped gray (black 0, white 255) in which a module is about `pitch` pixels wide; px:
** corners as in struct code_seen, in pixels of the window.  false: it is not seen well, which says nothing: zbar sees
** more. */
bool repli_code_plain(const uint8_t *gray, int width, int height, double pitch, char digits[REPLI_PAGECODE_DIGITS + 1],
                      double px[8]);

#endif
