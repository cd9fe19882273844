/* Cases of a medication sheet: what is written, what the record became, how it is held. */
#ifndef REPLI_TEST_MAR_CASES_H
#define REPLI_TEST_MAR_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/ward.h"

#define T(hour) (WARD_WINDOW_UTC + (hour)*3600LL) /* window: 08:00 Brussels = 07:00 UTC */
#define DOSES   "SELECT count(*) FROM medication_administration WHERE from_paper=1"

struct hold_case {
    const char *why, *capture;
    bool paper;      /* a person may decide for paper */
    const char *sql; /* what the record became since printing; NULL = nothing */
    struct ward_ink ink[10];
};

#define ORDER(set) "UPDATE medication_request SET " set ", row_version=2 WHERE request_id='ord-0-1'"
#define LIVE(id, order, status, dose, at, more)                                                                        \
    "INSERT INTO medication_administration(administration_id, patient_id, request_id, medication, status, dose, "      \
    "dose_unit, start_utc, source_hash" more ") VALUES('" id "','pat-0'," order ",'" status "'," dose "," at
#define GIVEN                                                                                                          \
    {                                                                                                                  \
        0, "row1.slot1.status", "ticked"                                                                               \
    }

static inline void make(struct ward *w, const struct ward_ink *ink, size_t nsheets)
{
    ward_make_mar(w, "mar", nsheets, ink);
    ward_open(w);
}

#define PAPER_OF                                                                                                       \
    "SELECT (SELECT count(*) FROM medication_administration WHERE administration_id LIKE '%%:%s:1' AND "               \
    "from_paper=1 AND administration_id NOT LIKE '%%K7QD%%')"                                                          \
    "+(SELECT count(*) FROM order_decision WHERE decision_id LIKE '%%:%s:1' AND decision_id NOT LIKE '%%K7QD%%')"      \
    "+(SELECT count(*) FROM order_proposal WHERE proposal_id LIKE '%%:%s:1')"                                          \
    "+(SELECT count(*) FROM allergy_check WHERE check_id LIKE '%%:%s:1')"

static inline int64_t rows_of(struct ward *w, const char *capture)
{
    struct repli_arena a = {0};
    int64_t n = ward_count(w, true, repli_arena_printf(&a, PAPER_OF, capture, capture, capture, capture));
    repli_arena_done(&a);
    return n;
}

static inline void run_sql(struct ward *w, const char *sql)
{
    struct repli_arena a = {0};
    char *all = repli_arena_strdup(&a, sql ? sql : ""), *rest = NULL;
    for (char *one = strtok_r(all, ";", &rest); one; one = strtok_r(NULL, ";", &rest))
        if (strspn(one, " ") < strlen(one))
            ward_exec(w, true, one);
    repli_arena_done(&a);
}

static inline void decide(struct ward *w, const struct hold_case *c, const char *choice, enum repli_status wanted)
{
    char sheet[16];
    ward_sheet_name(0, sheet);
    w->err = (struct repli_err){0};
    if (repli_review_decide(w->site, w->ledger, sheet, c->capture, choice, "cy", &w->err) != wanted)
        fail_msg("%s of %s: decide %s: %s", c->why, c->capture, choice, w->err.text);
}

#endif
