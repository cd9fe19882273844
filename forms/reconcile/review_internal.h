/* A sheet under review, and the rules for it.  Everything of a sheet lives in one arena. */
#ifndef REPLI_RECONCILE_REVIEW_INTERNAL_H
#define REPLI_RECONCILE_REVIEW_INTERNAL_H

#include <jansson.h>

#include "repli/ledger_review.h"
#include "repli/pagemap.h"
#include "repli/review.h"

enum review_need { NEED_NONE, NEED_KEY1, NEED_KEY2, NEED_SETTLE, NEED_CONFIRM, NEED_CALLBACK, NEED_COUNT };
const char *review_need_text(enum review_need need); /* "key1" ...; NULL for NEED_NONE */

struct review_field {
    const struct repli_field *field;
    const struct repli_reading *reading; /* NULL: the machine says nothing about it */
    int revision;
    int tier;                                      /* 1 for numbers of a page with a correction, else the field's */
    const struct repli_entry *answers[NEED_COUNT]; /* of this revision; NULL = not answered */
    enum review_need need;                         /* what is asked of people now */
    bool pending;                                  /* answered; waits for the page's correction tick */
    bool callback;                                 /* settled as illegible; who wrote it was not asked yet */
    struct repli_settled settled;                  /* .answer NULL: not settled */
};

struct review_sheet {
    struct repli_sheet_row *row;
    struct repli_page_map *map;
    struct repli_reading_source source; /* its first image */
    struct review_field *fields;        /* one a field of the map, in its order */
    size_t count;
};

/* Loads and derives.  *sheet NULL: no such serial in this ledger.  A sheet that was not read yet has nothing to ask.
** before: NULL, or the same sheet loaded earlier into the same arena: its page map is used again. */
REPLI_MUST_CHECK enum repli_status review_load_again(struct repli_ledger *, uint64_t serial,
                                                     const struct review_sheet *before, struct repli_arena *,
                                                     struct review_sheet **sheet, struct repli_err *);
REPLI_MUST_CHECK static inline enum repli_status review_load(struct repli_ledger *ledger, uint64_t serial,
                                                             struct repli_arena *a, struct review_sheet **sheet,
                                                             struct repli_err *err)
{
    return review_load_again(ledger, serial, NULL, a, sheet, err);
}
/* By the serial as printed or keyed.  REPLI_USAGE: it is none; REPLI_DATA: not in this ledger. */
REPLI_MUST_CHECK enum repli_status review_named(struct repli_ledger *, const char *name, struct repli_arena *,
                                                struct review_sheet **sheet, struct repli_err *);
/* Settles what can be settled and says what is needed; a pure function of readings, entries and revisions. */
void review_derive(struct review_sheet *sheet);
/* Writes tasks, settled fields and the sheet's state as derived, in the caller's transaction or one of its own. */
REPLI_MUST_CHECK enum repli_status review_store(struct repli_ledger *, const struct review_sheet *,
                                                struct repli_arena *, int64_t now_utc, struct repli_err *);
/* Sheets that were read but never derived. */
REPLI_MUST_CHECK enum repli_status review_refresh(const struct repli_site *, struct repli_ledger *, struct repli_err *);

struct review_field *review_find(const struct review_sheet *, const char *field_id); /* NULL: none */
/* The image that shows what there is of a field; of one without a reading the sheet's first. */
const struct repli_reading_source *review_source(const struct review_sheet *, const struct review_field *);
const char *review_capture_of(const struct review_sheet *,
                              const struct review_field *); /* id of the first; NULL: none */
bool review_for_people(const struct repli_field *);         /* tiers 1 and 2: ticks, numbers, times, bands, places */
bool review_place_field(const struct repli_field *);        /* words that say where somebody went */
bool review_words_field(
    const struct repli_field *); /* words that are keyed: names, a number with letters, a sheet's number */
/* A keyed name, number, date of birth or national number in one spelling; NULL: `why`.  *mine false: of no such role.
** */
const char *review_person(const struct repli_field *, const char *text, struct repli_arena *, bool *mine,
                          const char **why);
/* A national number whose check does not fit is asked again; NULL: nothing is odd. */
const char *review_odd_number(const struct repli_field *, const char *value, bool sure, struct repli_arena *);
bool review_number(const struct repli_field *);  /* digits, band or free number */
bool review_ticked(const struct review_field *); /* settled as ticked */
/* May this person still do what the field needs? NULL = yes, else why not. */
const char *review_may_not(const struct review_field *, const char *person);

/* ---- tasks as lines: review.c; batches: batch.c */
void review_task_line(const struct review_sheet *, const struct review_field *, const char *need, struct repli_arena *,
                      repli_review_line_fn *, void *user);
/* The same as an object. */
json_t *review_task_json(const struct review_sheet *, const struct review_field *, const char *need,
                         struct repli_arena *);
/* Somebody else was given what this field needs. */
struct repli_lease;
bool review_lent(const struct repli_lease *, size_t count, const struct review_field *, const char *by);
/* May the field be keyed without its line, among others of `kind` (NULL: of any)? */
bool review_batched(const struct review_sheet *, const struct review_field *, const char *kind);
const char *review_asked_as(const struct review_field *); /* of a settled one: as what it was asked first */

/* A person's choice about a held capture, in the caller's transaction.  *why: why it is refused. */
REPLI_MUST_CHECK enum repli_status review_decide(struct repli_ledger *, const struct review_sheet *,
                                                 const char *capture, const char *choice, const char *by,
                                                 int64_t now_utc, struct repli_arena *, bool *repeated,
                                                 const char **why, struct repli_err *);

/* ---- answers */

/* The one spelling of a value: "36.5", "08:15", "24", "C", "ticked".  NULL and *why when the text is none. */
const char *review_normalise(const struct repli_field *, const char *text, struct repli_arena *, const char **why);
/* NULL = in order; else why it is refused. `sure`: the person has been asked again. */
const char *review_out_of_range(const struct repli_field *, const char *value, bool sure, struct repli_arena *);
/* NULL = the written time occurs once in the hours it is for; else what to ask the person (when.c). */
const char *review_odd_time(const struct repli_zone *, const struct review_sheet *, const struct review_field *,
                            const char *value, struct repli_arena *);
/* ---- what is asked again: usual.c, and the order of times in when.c.  `by`: whose own keys may be known; nobody
** else's unsettled one is.  NULL: nothing is odd; else the question, and in *name which check asks. */
struct review_usual;
REPLI_MUST_CHECK enum repli_status review_usual_open(const struct repli_site *, struct repli_arena *,
                                                     struct review_usual **, struct repli_err *);
const char *review_odd_value(const struct review_usual *, const struct review_sheet *, const struct review_field *,
                             const char *value, const char *by, struct repli_arena *, const char **name);
const char *review_odd_order(const struct repli_zone *, const struct review_sheet *, const struct review_field *,
                             const char *value, const char *by, struct repli_arena *, const char **name);
/* Which column or row `other` is of those that `f` is one of (the last number of their ids); -1: of no such. */
int64_t review_column(const struct repli_field *f, const struct repli_field *other);
const char *review_known(const struct review_field *, const char *by); /* a value; NULL: none */
/* The first capture in which a field has this role; NULL: none. */
const struct repli_capture *review_capture(const struct review_sheet *, const struct review_field *, const char *role);
bool review_in_row(const struct repli_field *, int row, const char *value); /* band: is this value one of that row? */
/* One spelling a place: capitals without marks, one blank between its parts: "3b 305-2" and "3B 305/2" are one. */
const char *review_place(const char *text, struct repli_arena *);
bool review_same(const char *answer1, const char *value1, const char *answer2, const char *value2);

/* Crops are files of SITE/crops; the contract says paths relative to the site. */
const char *review_crop_path(const char *crop, struct repli_arena *a);

#endif
