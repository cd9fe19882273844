/* The serial of a sheet: 40 bits = station number (10) and that station's counter (30).
**
** Printed as "K7QD-M3XA-D": Crockford's base 32 (no I L O U), eight symbols, most significant first, then a check
** symbol c9 = sum over i=1..8 of c_i * alpha^i in GF(32) with x^5 + x^2 + 1, alpha = x: it finds every single wrong
** symbol and every swap of two symbols (alpha has order 31, so the weights differ).
*/
#ifndef REPLI_SERIAL_H
#define REPLI_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

#define REPLI_SERIAL_TEXT 12 /* "XXXX-XXXX-X" + NUL */
#define REPLI_STATION_MAX 1023
#define REPLI_COUNTER_MAX 0x3FFFFFFF

uint64_t repli_serial_make(unsigned station, uint32_t counter); /* arguments in range, else assert */
unsigned repli_serial_station(uint64_t serial);
uint32_t repli_serial_counter(uint64_t serial);
void repli_serial_format(uint64_t serial, char out[REPLI_SERIAL_TEXT]);

/* Accepts any case, I and L for 1, O for 0, dashes and spaces anywhere; needs the right check symbol. */
bool repli_serial_parse(const char *text, uint64_t *serial);

#endif
