/* FHIR R4 and HL7 v2 into the record.
**
** FHIR: NDJSON (line by line, any size), Bundles, single resources and arrays, plain or .gz.  Used are the types of
** the table in exchange/import.c; other types are counted.  Each resource is taken whole or refused by file, line,
** "Type/id" and reason, never in part; the run is one transaction.  The same files in any order, any number of times,
** make the same record.
**
** HL7 v2: ADT messages A01 A02 A03 A04 A08 A11 A12 A13 A40 in files, read after all FHIR of the run.  They are events,
** applied in the order of file names and in the file, each whole or not at all; a message that came once, applied or
** refused, is never applied again.
*/
#ifndef REPLI_IMPORT_H
#define REPLI_IMPORT_H

#include "repli/clock.h"
#include "repli/record_import.h"
#include "repli/site.h"

struct repli_import;

struct repli_import_setup {
    struct repli_record *record;
    const struct repli_keys *keys;
    const struct repli_zone *zone; /* of dates without time */
    int64_t now_utc;
    int64_t max_resource; /* bytes of a line, of a file that is one JSON value, or of a message */
    const struct repli_site_authority *authorities;
    size_t nauthorities;
};

struct repli_import_type {
    char type[41];
    int64_t count;
};

struct repli_import_report {
    struct repli_import_counts counts;  /* of resources that are used */
    int64_t files, bytes;               /* read; bytes before decompression */
    int64_t other_files;                /* found in folders, neither JSON nor XML: left alone */
    int64_t not_used;                   /* resources of other types */
    struct repli_import_type types[64]; /* the first 64 of them, by name */
    size_t ntypes;
};

/* Begins a run (a write transaction).  `source`: what to note about where it comes from. */
REPLI_MUST_CHECK enum repli_status repli_import_open(const struct repli_import_setup *, const char *source,
                                                     struct repli_import **, struct repli_err *);
void repli_import_close(struct repli_import *); /* NULL is fine; rolls back what was not committed */

/* Files and folders (recursively; names that begin with a dot are left out), sorted by what they hold, then by name.
** REPLI_IO when a path given cannot be read; files that can be read but not understood are refusals.
** progress (may be NULL) is told files done and files in all. */
typedef void repli_import_progress_fn(void *user, size_t done, size_t total);
REPLI_MUST_CHECK enum repli_status repli_import_paths(struct repli_import *, const char *const *paths, size_t npaths,
                                                      repli_import_progress_fn *progress, void *user,
                                                      struct repli_err *);

/* One JSON text (a resource, a Bundle, an array of resources), as if read from line `line` of `file`. */
REPLI_MUST_CHECK enum repli_status repli_import_text(struct repli_import *, const char *file, int64_t line,
                                                     const char *text, size_t len, struct repli_err *);

/* Bytes of HL7 v2 messages, as if read from `file`; refusals count messages from 1 in place of lines. */
REPLI_MUST_CHECK enum repli_status repli_import_hl7(struct repli_import *, const char *file, const char *data,
                                                    size_t len, struct repli_err *);

/* Tries what waited for its patient or place once more, refuses the rest by name, settles wards, commits. */
REPLI_MUST_CHECK enum repli_status repli_import_commit(struct repli_import *, struct repli_import_report *,
                                                       struct repli_err *);

#endif
