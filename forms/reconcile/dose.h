/* A dose on paper: what its capture's key and fields say, and what is checked of every dose. */
#ifndef REPLI_RECONCILE_DOSE_H
#define REPLI_RECONCILE_DOSE_H

#include "reconcile/merge_internal.h"
#include "repli/record_mar.h"

#define DOSE_SLACK_S  1800 /* given within half an hour of its due time: nobody writes the time then */
#define DOSE_SAME_S   900  /* two notes of one as-needed dose, on paper and on a screen, lie this near */
#define DOSE_DOUBLE_S 3600 /* a dose that is imported later is taken for the one from paper within this */
#define DOSE_DAY_S    86400
#define DOSE_REACH_S  21600 /* the one dose of a day may be this early or late */

struct dose {
    bool mine;                                    /* the capture is an administration */
    bool gap, as_needed, high_alert, timed, sign; /* sign: only by an order that the prescriber continued */
    const char *order, *medication, *dose, *unit, *route, *max_24h; /* from the key; NULL = not there */
    const char *related; /* names of the drugs that whoever reacts to this one may react to, a line each */
    int64_t due_utc, min_interval_s, from_utc, to_utc; /* 0: none; from and to: of a gap */
    bool ticked;
    const char *at, *value, *reason, *number; /* written; NULL: nothing.  number: the printed row, of a gap */
    int64_t utc;                              /* where timed */
};

/* Reads all captures of the sheet once; the dose of a plan's capture. */
const struct dose *dose_of(struct merge_context *, const struct capture_plan *);
/* Self-administered counts as given. */
bool dose_given(const struct dose *);
/* Is this row of the record a dose of the same order (or, where none was transmitted, of the same medication)? */
bool dose_of_order(struct merge_context *, const struct dose *, const struct repli_live_dose *);
/* Does it come from this sheet (from that capture of it)?  Two places on one sheet are two doses, however near. */
bool dose_of_sheet(struct merge_context *, const struct repli_live_dose *, const char *capture);
/* Equal amounts, in whatever unit of mass or volume.  What is not known differs from nothing. */
bool dose_amounts_equal(struct merge_context *, const char *x, const char *unit_x, const char *y, const char *unit_y);
/* How far the due time of a slot reaches: half way to the neighbours of the same order on this sheet. */
void dose_reach(const struct merge_context *, const struct dose *, int64_t *from_utc, int64_t *to_utc);

/* Checks of a plan with patient and time.  *ok false: it is held. */
REPLI_MUST_CHECK enum repli_status dose_check_order(struct merge_context *, struct capture_plan *, const struct dose *,
                                                    struct repli_live_order **, bool *ok, struct repli_err *);
REPLI_MUST_CHECK enum repli_status dose_check_allergy(struct merge_context *, struct capture_plan *,
                                                      const struct dose *, const struct repli_live_order *, bool *ok,
                                                      struct repli_err *);
/* As needed: the least interval, and the most in 24 hours. */
bool dose_check_limits(struct merge_context *, struct capture_plan *, const struct dose *,
                       const struct repli_live_dose *live, size_t nlive);

#endif
