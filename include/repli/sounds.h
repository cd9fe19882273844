/* Which names of people may be taken for each other, said or written: Belgian French, Dutch and German spellings.
**
** Our own table of rules, in the way of the Cologne phonetics (Postel 1969: letters to classes by what stands beside
** them), but with vowels kept in three classes: names of one ward are many and short, and a key of consonants alone
** takes Peeters for Potter.  Rules and their examples stand in sounds.c. */
#ifndef REPLI_SOUNDS_H
#define REPLI_SOUNDS_H

#include <stdbool.h>

#define REPLI_SOUNDS_TEXT 64 /* longest key + NUL; longer names are compared by their beginning */

/* The key of a folded name (repli_text_fold).  Blanks and signs do not count: "de smet" and "desmet" are one.  "" when
** the name has no Latin letters. */
void repli_sounds(const char *fold, char key[REPLI_SOUNDS_TEXT]);

/* Do two folded names sound alike, or look alike (equal but for blanks; one letter more, less, other or two neighbours
** swapped from four letters on, two such steps from ten on)?  Names with digits are numbers in disguise: alike only
** when they are equal. */
bool repli_sounds_alike(const char *fold1, const char *fold2);

#endif
