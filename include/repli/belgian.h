/* Numbers that Belgium gives to people: the national number (NISS/INSZ/ENSS), its stand-in for those who have none
** (BIS), and that of who provides care (INAMI/RIZIV).  Pure functions; nothing is looked up anywhere.
**
**   NISS   YYMMDD-SSS-CC, printed 85.07.30-033.28.  SSS is odd for men, even for women.  CC = 97 - (first nine mod 97);
**          born in 2000 or later: the nine digits with a 2 before them.  An unknown day or month is 00.
**   BIS    the same with 40 added to the month (sex known) or 20 (sex not known).
**   INAMI  X-XXXXX-CC-QQQ; CC of the first six modulo 97, of later ones modulo 89.  Who it is say the first eight
**          digits; the last three are a qualification, which changes.
*/
#ifndef REPLI_BELGIAN_H
#define REPLI_BELGIAN_H

#include <stdbool.h>

#define REPLI_NISS_DIGITS  12 /* 11 digits + NUL */
#define REPLI_NISS_TEXT    16 /* "85.07.30-033.28" + NUL */
#define REPLI_INAMI_DIGITS 12
#define REPLI_INAMI_TEXT   15 /* "1-23456-25-140" + NUL */

struct repli_niss {
    char digits[REPLI_NISS_DIGITS];
    bool bis, sex_known, female;
    int year, month, day; /* month, day 0 = not known: then no birth date may be made of it */
};
/* Blanks, dots, dashes and slashes may stand anywhere.  Both centuries are tried; one at most fits, for 2,000,000,000
** is no multiple of 97.  false: not 11 digits, no possible day, or the check digits fit neither century. */
bool repli_niss_parse(const char *text, struct repli_niss *out);
void repli_niss_format(const struct repli_niss *niss, char out[REPLI_NISS_TEXT]);
/* "1985-07-30", or "" where the day is not wholly known. */
void repli_niss_birth_date(const struct repli_niss *niss, char out[11]);

struct repli_inami {
    char digits[REPLI_INAMI_DIGITS];
    char identity[9]; /* the first eight digits: compare these */
    char qualification[4];
    int modulus; /* 97 or 89: which one fits (97 where both do) */
};
bool repli_inami_parse(const char *text, struct repli_inami *out);
void repli_inami_format(const struct repli_inami *inami, char out[REPLI_INAMI_TEXT]);

#endif
