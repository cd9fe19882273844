/* Whole site folders in tests: copied, removed, told in a digest. */
#ifndef REPLI_TEST_SITECOPY_H
#define REPLI_TEST_SITECOPY_H

#include <stdbool.h>

#define SITECOPY_WHY 1400 /* room for what is wrong */

/* Copies a folder of files and folders, with their rights; the target is removed first.  Aborts on failure. */
void sitecopy(const char *from, const char *to);
void sitecopy_remove(const char *path);

/* The record's and the ledger's own digests (record.h, ledger.h), then names and contents of the files below scans/ and
** crops/ (hidden ones and those that are being written apart), as text.  false: a database is damaged or does not open;
** `why` says so. */
bool sitecopy_digest(const char *site, char out[200], char why[SITECOPY_WHY]);

/* What must hold after anything, before anything is run again; false: `why` says what does not.
** Both databases are whole; merges have the entries they announced; rows from paper have an entry that is not undone
** and
** such entries their row; a sheet that is read has its readings; images in the ledger are in scans/ under their hash;
** packs that are ready are there, byte for byte, and none of their sheets is still `allotted`. */
bool sitecopy_sound(const char *site, char why[SITECOPY_WHY]);

#endif
