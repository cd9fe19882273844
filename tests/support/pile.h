/* A pile of paper on its way through the scanner, without pixels: what the eyes of the reader would find in each image,
** made from the sheets' page maps and from what pens wrote on them; and what a clerk who sees the paper would key.
**
** Sheets of a centre and of three sticks (sticks.h); the same file again, the same pixels in another file, other images
** of the same paper, files of several pages; drill paper, another hospital's, void and lost sheets, images without a
** code, with two, with one that is forged, on which the sheet is not found, and a file that nobody can open.
*/
#ifndef REPLI_TEST_PILE_H
#define REPLI_TEST_PILE_H

#include "scan/batch.h"
#include "support/pens.h"
#include "support/sticks.h"

#define PILE_SHEETS 80
#define PILE_FILES  128
#define PILE_PAGES  3

struct pile_sheet {
    uint64_t serial;
    char name[16], code[REPLI_PAGECODE_DIGITS + 1];
    struct repli_page_map *map; /* NULL: another hospital's, or without fields */
    struct pens_field *plan;    /* what is written on it: one entry a field of the map */
    int stick;                  /* void in that stick's late ledger; -1 = not */
    bool faint;                 /* no image of it shows everything, all together do: nobody keys it before all are in */
};
struct pile_page {
    int sheet[2];    /* codes seen: indexes, -1 = none */
    bool lies_badly; /* its marks are not found */
    int variant;     /* another image of the same paper */
    uint8_t pixels[32];
};
struct pile_file {
    char name[24];
    uint8_t sha256[32];
    struct pile_page pages[PILE_PAGES];
    int npages; /* 0: cannot be opened */
    int stick;  /* of which the late ledger must be in first; -1 = none */
};
struct pile {
    struct repli_arena arena;
    struct pile_sheet sheets[PILE_SHEETS];
    struct pile_file files[PILE_FILES];
    size_t nsheets, nfiles, npages;
};

void pile_make(struct pile *p, const struct sticks *s, const struct repli_zone *zone);
void pile_done(struct pile *p);

/* What a thread of the pool finds before it asks for the sheet: pixels and codes. */
void pile_decode(const struct pile *p, const struct pile_page *page, struct job *job);
/* What it finds after the ledger said which sheet it is: whether it lies right, and what is in its fields. */
void pile_read(const struct pile *p, const struct pile_page *page, struct job *job);
/* The line for `repli_review_import` that answers a task ("SHEET/FIELD/REVISION/NEED"): of fields that two people key,
** one overlooks or misreads some; which depends on the task alone.  `all_in`: every image is stored; before that a
** faint sheet's tasks are left out.  false: not of this pile. */
bool pile_answer(const struct pile *p, const char *task, bool all_in, struct repli_buf *out);

#endif
