#include "repli/serial.h"

#include <assert.h>
#include <string.h>

#define SYMBOLS 9
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

uint64_t repli_serial_make(unsigned station, uint32_t counter)
{
    assert(station <= REPLI_STATION_MAX && counter <= REPLI_COUNTER_MAX);
    return (uint64_t)station << 30 | counter;
}

unsigned repli_serial_station(uint64_t serial)
{
    return (unsigned)(serial >> 30) & REPLI_STATION_MAX;
}

uint32_t repli_serial_counter(uint64_t serial)
{
    return (uint32_t)serial & REPLI_COUNTER_MAX;
}

/* Horner's scheme from the last symbol: each step multiplies by x and reduces by x^5 + x^2 + 1. */
static unsigned check_symbol(const unsigned c[8])
{
    unsigned sum = 0;
    for (int i = 7; i >= 0; i--) {
        sum = (sum ^ c[i]) << 1;
        if (sum & 0x20)
            sum ^= 0x25;
    }
    return sum;
}

static void split(uint64_t serial, unsigned c[8])
{
    for (int i = 0; i < 8; i++)
        c[i] = (unsigned)(serial >> (35 - 5 * i)) & 31u;
}

void repli_serial_format(uint64_t serial, char out[REPLI_SERIAL_TEXT])
{
    assert(serial >> 40 == 0);
    unsigned c[8];
    split(serial, c);
    char *p = out;
    for (int i = 0; i < 8; i++) {
        *p++ = alphabet[c[i]];
        if (i == 3 || i == 7)
            *p++ = '-';
    }
    *p++ = alphabet[check_symbol(c)];
    *p = '\0';
}

/* Value of a symbol as people write it, or -1. */
static int symbol(char ch)
{
    if (ch >= 'a' && ch <= 'z')
        ch = (char)(ch - 'a' + 'A');
    if (ch == 'I' || ch == 'L')
        ch = '1';
    if (ch == 'O')
        ch = '0';
    const char *at = ch ? strchr(alphabet, ch) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

bool repli_serial_parse(const char *text, uint64_t *serial)
{
    unsigned c[SYMBOLS];
    int n = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '-' || *p == ' ')
            continue;
        int v = symbol(*p);
        if (v < 0 || n == SYMBOLS)
            return false;
        c[n++] = (unsigned)v;
    }
    if (n != SYMBOLS || check_symbol(c) != c[8])
        return false;
    uint64_t made = 0;
    for (int i = 0; i < 8; i++)
        made = made << 5 | c[i];
    *serial = made;
    return true;
}
