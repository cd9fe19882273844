/* One `repli scan` over a pile without pixels (pile.h), step by step: what happens to a page between two questions to
** the ledger is a step, so that another importer, people or a ledger file can come between any two.
*/
#ifndef REPLI_TEST_IMPORTER_H
#define REPLI_TEST_IMPORTER_H

#include "support/pile.h"

#define IMPORTER_FLIGHTS 4 /* pages between looking them up and storing them */
#define IMPORTER_FILES   (2 * PILE_FILES)

struct importer_flight {
    const struct pile_page *seen; /* NULL: the file cannot be opened */
    struct job job;
    struct repli_arena arena;
};
struct importer {
    const struct pile *pile;
    struct repli_ledger *ledger; /* its own handle */
    struct batch batch;
    struct repli_scan_request request;
    struct repli_scan_result result;        /* of all batches */
    long long raced, adopted;               /* pages that ended otherwise than looked up; laid out again and read */
    struct scan_file files[IMPORTER_FILES]; /* in the order of the input */
    const struct pile_file *from[IMPORTER_FILES];
    size_t nfiles, file; /* next to begin: page `page` of files[file] */
    int page;
    struct importer_flight flights[IMPORTER_FLIGHTS]; /* a ring, in the order of the input */
    size_t head, nflights;
};

/* `ledger` belongs to the importer from here on. */
void importer_open(struct importer *im, const struct pile *p, const struct repli_site *site,
                   struct repli_ledger *ledger);
void importer_close(struct importer *im);
void importer_begin(struct importer *im); /* a new batch, without files */
void importer_give(struct importer *im, const struct pile_file *f);
bool importer_busy(const struct importer *im);
/* Begins a page or stores one, by chance; r NULL: one page after the other. */
REPLI_MUST_CHECK enum repli_status importer_step(struct importer *im, struct prng *r, struct repli_err *err);

#endif
