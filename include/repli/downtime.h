/* Downtime numbers: for somebody who comes while the computers are dark, before anybody knows who it is.
**
** "D0003-000127-83": D for a patient (S for the stay), four digits of the station, six of its counter, two of a check:
** 97 - (the ten digits mod 97), for a stay with 1 before the ten.  Two stations never give the same number, for their
** own stands in it; one station never does, because its ledger allots it.  It names a file, not a person: who it was is
** found out later, and the number stays what the file is called on paper.
*/
#ifndef REPLI_DOWNTIME_H
#define REPLI_DOWNTIME_H

#include <stdbool.h>
#include <stdint.h>

#define REPLI_DOWNTIME_PATIENT 'D'
#define REPLI_DOWNTIME_STAY    'S'
#define REPLI_DOWNTIME_TEXT    16                   /* with NUL */
#define REPLI_DOWNTIME_ALIAS   24                   /* with NUL */
#define REPLI_DOWNTIME_LAST    999999               /* of a station */
#define REPLI_DOWNTIME_LOW     1000                 /* so few left are said when printing */
#define REPLI_DOWNTIME_SYSTEM  "urn:repli:downtime" /* identifier system of both in the record */

/* The twelve digits as a number; station 0..1023, counter 1..999999, else assert. */
uint64_t repli_downtime_make(char letter, unsigned station, int64_t counter);
uint64_t repli_downtime_stay(uint64_t number); /* the stay that goes with a patient's number */
unsigned repli_downtime_station(uint64_t number);
int64_t repli_downtime_counter(uint64_t number);
void repli_downtime_format(char letter, uint64_t number, char out[REPLI_DOWNTIME_TEXT]);
/* As people write it: either case, dashes, dots and blanks anywhere.  false: not of this form, or the check fails. */
bool repli_downtime_parse(const char *text, char *letter, uint64_t *number);

/* The number as the page code's subject (or stay), and back; false: these eight bytes are none. */
void repli_downtime_subject(uint64_t number, uint8_t out[8]);
bool repli_downtime_number(const uint8_t subject[8], char letter, uint64_t *number);

/* What to call somebody by a downtime number, "Foxtrot Cobalt": two words that can be said over the telephone in any of
** the house's languages.  A pure function.  Among any 54 numbers in a row of one station no two aliases have a word in
** common, among any 2,970 no two are equal; those of two stations may share words. */
void repli_downtime_alias(uint64_t number, char out[REPLI_DOWNTIME_ALIAS]);

#endif
