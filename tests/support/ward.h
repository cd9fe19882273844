/* A small site for tests of review and merge: patients in the record, observation sheets printed, scanned and read, and
** the truth of what was written on them.  Page maps are made by hand; no form, PDF or image is needed.
**
** Each sheet is one patient's: columns 1..WARD_COLUMNS with day, at, by, rr (band), acvpu (band of letters), dbp
** (digits, tier 2) and temp (digits, one decimal, tier 2); page.void and page.correction.  Column 3 of every sheet
** stays empty.
*/
#ifndef REPLI_TEST_WARD_H
#define REPLI_TEST_WARD_H

#include "repli/ledger_review.h"
#include "repli/merge.h"
#include "repli/record_merge.h"
#include "repli/review.h"

#define WARD_COLUMNS    3
#define WARD_SHEETS_MAX 96
#define WARD_AT         "2026-11-23T18:00:00Z" /* clock of every run: review and merge */
#define WARD_WINDOW_UTC INT64_C(1795417200)    /* 2026-11-23T07:00:00Z = 08:00 in Brussels */
#define WARD_VALUES     4                      /* captures a filled column: rr acvpu dbp temp */

/* What somebody wrote on a medication sheet: ticks "ticked", numbers and times as keyed ("!0900": and the person who
** keys it is sure); initials and words "ink". */
struct ward_ink {
    size_t sheet;
    const char *field, *value; /* field NULL: the end of the list */
};

struct ward {
    char dir[512];
    size_t nsheets;
    struct repli_site *site; /* while open */
    struct repli_ledger *ledger;
    struct repli_record *record;
    struct repli_err err;
    uint8_t *saved[2]; /* record.db and ledger.db as ward_save() found them */
    size_t saved_len[2];
    const struct ward_ink *ink; /* medication or census sheets instead of observation sheets */
    bool census;                /* ward_census.c */
    bool documents;             /* ward_document.c; the last sheet is a ward's */
    bool blank;                 /* observation sheets, of which the last one is a blank one */
    const char *form;           /* ward_form.c: a form of the program, and which of its sides; NULL: none */
    int side;
};

/* Makes the site (closed afterwards); people an, bo, cy, di.  Asserts on failure. */
void ward_make(struct ward *w, const char *name, size_t nsheets);
/* The same with medication sheets (ward_mar.c), on which `ink` is written; borrowed as long as the ward lives. */
void ward_make_mar(struct ward *w, const char *name, size_t nsheets, const struct ward_ink *ink);
extern const char *ward_mar_more; /* put into the keys of row1's doses: ",\"sign\":true"; NULL = nothing */
extern bool ward_mar_sign;        /* a place for the prescriber's initials beside each decision */
struct repli_page_map *ward_mar_map(struct repli_arena *a, size_t sheet, const char *name);
const char *ward_mar_truth(const struct ward *w, size_t sheet, const char *field); /* NULL = nothing */
void ward_mar_record(struct ward *w); /* orders and allergies of the sheets' patients */
/* The same with census sheets (ward_census.c): of 3B, and of 4A when nsheets is 2. */
void ward_make_census(struct ward *w, const char *name, size_t nsheets, const struct ward_ink *ink);
struct repli_page_map *ward_census_map(struct repli_arena *a, size_t sheet, const char *name);
void ward_census_record(struct ward *w); /* wards and beds, and who lies in them */
#define WARD_CENSUS_PATIENTS 4
/* The same with sheets of documents (ward_document.c): of a patient each, and the last one of ward 3B. */
void ward_make_documents(struct ward *w, const char *name, size_t nsheets, const struct ward_ink *ink);
void ward_make_site(struct ward *w, const char *name); /* with what `w` says of its sheets */
struct repli_page_map *ward_document_map(struct repli_arena *a, size_t sheet, bool of_ward, const char *name);
/* The same with a side of a real form about patient pat-0 (ward_form.c), whose second order is insulin then. */
void ward_make_form(struct ward *w, const char *name, const char *form, int side, const struct ward_ink *ink);
struct repli_page_map *ward_form_map(const struct ward *w, struct repli_arena *a, size_t sheet, const char *name);
void ward_open(struct ward *w);
void ward_close(struct ward *w);
void ward_drop(struct ward *w); /* closes and removes the folder */
/* For cmocka: a ward of its own for each test, made and open; and the teardown that frees it. */
struct ward *ward_new(const char *name, size_t nsheets);
int ward_teardown(void **state);

/* The two databases of a closed site, kept and put back. */
void ward_save(struct ward *w);
void ward_restore(struct ward *w);

uint64_t ward_serial(size_t sheet);
void ward_sheet_name(size_t sheet, char out[16]);
/* What is written in a field, as somebody would key it; NULL = nothing. */
const char *ward_truth(size_t sheet, const char *field, char room[16]);
/* Columns 1 and 2 are filled. */
bool ward_filled(int column);

/* Keys every task `by` may do, from the truth, until none is left for them.  `odd` (may be NULL) may put another answer
** in place of the truth: it returns JSON members such as "\"answer\":\"blank\"", or NULL for the truth.  `backwards`:
** tasks in reverse.  Returns how many answers were taken. */
typedef const char *ward_odd_fn(void *user, const char *sheet, const char *field, const char *need, char room[128]);
int64_t ward_key(struct ward *w, const char *by, ward_odd_fn *odd, void *user, bool backwards);
/* One answer; returns the status; counts in *n (may be NULL). */
enum repli_status ward_answer(struct ward *w, const char *by, struct repli_review_counts *n, const char *fmt, ...)
    REPLI_PRINTF(4, 5);
/* Two people, an and bo, key everything; nothing is open then. */
void ward_key_all(struct ward *w);
int64_t ward_values(const struct ward *w); /* values written on all sheets */
/* As ward_odd_fn: `user` is {field, members}; says the members for that field of the first sheet. */
const char *ward_say_else(void *user, const char *sheet, const char *field, const char *need, char room[128]);
size_t ward_open_tasks(struct ward *w, const char *by);

/* Merges; *lines (may be NULL) gets the JSON lines. */
enum repli_status ward_merge(struct ward *w, bool dry, struct repli_buf *lines);

/* One SQL value: as an integer, or as text in `a`. For looking at results, never for making them. */
int64_t ward_count(struct ward *w, bool record, const char *sql);
char *ward_text(struct ward *w, bool record, const char *sql, struct repli_arena *a);
/* Runs a statement as if another program had written: an import, a correction in the live system. */
/* An observation of patient pat-0 as the live system would have it. */
void ward_live_value(struct ward *w, const char *id, const char *code, const char *value, int64_t utc);
void ward_exec(struct ward *w, bool record, const char *sql);
bool ward_refuses(struct ward *w, bool record, const char *sql); /* true: the database refused it */

/* Digests: what the patient tables say (without row versions); everything in the record, with ids and times. */
void ward_patient_digest(struct ward *w, char out[65]);
void ward_whole_digest(struct ward *w, char out[65]);
void ward_ledger_digest(struct ward *w, char out[65]);

#endif
