/* A ward with pens: decides what somebody writes on a sheet, writes it, and knows the truth.
**
** First a plan is made from the page map alone (pure, no pixels), then it is drawn on the page.  Numbers are plausible:
** inside their ranges, in the row of their band, times inside the sheet's window and in order over its columns.
*/
#ifndef TEST_PENS_H
#define TEST_PENS_H

#include <jansson.h>

#include "repli/arena.h"
#include "repli/clock.h"
#include "repli/pagemap.h"
#include "repli/scan.h"
#include "support/prng.h"

#define PENS_MARK_LIST(_)                                                                                              \
    _(NONE, "none", "empty")   /* untouched */                                                                         \
    _(SPECK, "speck", "empty") /* dust, toner, a fly */                                                                \
    _(TAIL, "tail", "empty")   /* the tail of what the neighbour wrote */                                              \
    _(TICK, "tick", "ticked")                                                                                          \
    _(CROSS, "cross", "ticked")                                                                                        \
    _(SLASH, "slash", "ticked") /* one diagonal */                                                                     \
    _(SMALL, "small", "ticked")                                                                                        \
    _(PENCIL, "pencil", "ticked")   /* a tick in light pencil */                                                       \
    _(OUTSIDE, "outside", "ticked") /* mostly beside its box */                                                        \
    _(BLACKENED, "blackened", "cancelled")                                                                             \
    _(STRUCK, "struck", "cancelled") /* a tick, struck out */                                                          \
    _(WRITING, "writing", "ink")     /* fields that are no ticks */

enum pens_mark {
#define PENS_MARK_ENUM(name, text, state) PENS_##name,
    PENS_MARK_LIST(PENS_MARK_ENUM)
#undef PENS_MARK_ENUM
        PENS_MARK_COUNT
};
const char *pens_mark_text(enum pens_mark mark);
const char *pens_mark_state(enum pens_mark mark); /* what a reader should say */

struct pens_field {
    enum pens_mark mark;
    const char *written; /* characters as drawn ("38,1"); NULL = none */
    const char *value;  /* truth: digits of the cells, or the number of a band row with a point ("38.1"); NULL = none */
    const char *answer; /* what a clerk who sees it would key; NULL = no task for a clerk */
    int row;            /* BAND with ink; else -1 */
    int64_t at_utc;     /* when its column was written; 0 = stands in no column that was used */
};

struct pens_options {
    const struct repli_zone *zone; /* the hospital's: written times are local */
    double used;                   /* share of columns (and other places) somebody wrote in, 0..1 */
    double furniture;              /* chance that a tick of page furniture ("page.void") is set */
    bool stress;                   /* every kind of mark and every row equally often, instead of a plausible ward */
};

/* The window a sheet is about, from the digits of its page code (not authenticated: this is a test tool). */
bool pens_window(const char *digits, int64_t *start_utc, int *hours);

/* One entry a field of the map; texts in `a`.  Sheets of one patient (side of sides) never share a minute. */
struct pens_field *pens_plan(const struct repli_page_map *map, const struct pens_options *o, struct prng *r,
                             struct repli_arena *a);
/* Draws a plan on a printed page. */
void pens_draw(struct repli_image *page, const struct repli_page_map *map, const struct pens_field *plan,
               struct prng *r);
/* One mark in (or near) a tick's box. */
void pens_draw_mark(struct repli_image *page, const struct repli_box *box, enum pens_mark mark, struct prng *r);

/* The truth of a sheet as JSON: [{"id","kind","state","value","answer","row","mark","at_utc","capture"}]. */
json_t *pens_truth(const struct repli_page_map *map, const struct pens_field *plan);

/* A page as print would make it, from the map alone: marks, frames, cells, rows; codes as `modules` (37 x 37, or NULL:
** none).  For tests of reading that need no PDF. */
void pens_draw_sheet(struct repli_image *page, const struct repli_page_map *map, const bool *modules);

#endif
