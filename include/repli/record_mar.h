/* What the record says about a patient's orders, doses and allergies at the moment of a merge. */
#ifndef REPLI_RECORD_MAR_H
#define REPLI_RECORD_MAR_H

#include "repli/record.h"

struct repli_live_order {
    const char *id, *patient_id, *status, *dose, *dose_unit, *route;
    const char *medication; /* as it would be printed: the order's own words, else its medication's */
    const char *medication_id, *code_system, *code, *ingredients; /* of the medication it refers to; NULL = none */
    const int64_t *end_utc;
};
/* *order NULL: the record has no such order. */
REPLI_MUST_CHECK enum repli_status repli_record_live_order(struct repli_record *, const char *request_id,
                                                           struct repli_arena *, struct repli_live_order **,
                                                           struct repli_err *);

struct repli_live_dose {
    const char *id, *request_id, *status, *medication, *dose, *dose_unit; /* request_id NULL: not transmitted */
    const int64_t *due_utc;                                               /* NULL: not written in a slot */
    int64_t at_utc;
    bool from_paper;
};
/* Of one patient, begun (or, from paper, due) at from_utc or later and before to_utc, not entered in error; in the
** order of time, then id. */
REPLI_MUST_CHECK enum repli_status repli_record_live_doses(struct repli_record *, const char *patient_id,
                                                           int64_t from_utc, int64_t to_utc, struct repli_arena *,
                                                           struct repli_live_dose **, size_t *count,
                                                           struct repli_err *);

struct repli_live_allergy {
    const char *id, *substance, *code_system, *code; /* substance NULL: "none known" or "not asked" */
};
/* Of one patient, neither over nor refuted nor entered in error; by id. */
REPLI_MUST_CHECK enum repli_status repli_record_live_allergies(struct repli_record *, const char *patient_id,
                                                               struct repli_arena *, struct repli_live_allergy **,
                                                               size_t *count, struct repli_err *);

struct repli_live_decision {
    const char *id, *decision, *changed_to;
};
/* What paper decided about an order, by id. */
REPLI_MUST_CHECK enum repli_status repli_record_live_decisions(struct repli_record *, const char *request_id,
                                                               struct repli_arena *, struct repli_live_decision **,
                                                               size_t *count, struct repli_err *);

/* What was written as an order on paper, with whose it is today and where it stands; times NULL = not written. */
struct repli_proposal {
    const char *id, *sheet, *capture, *patient, *name, *birth_date; /* patient: number */
    const char *kind, *type, *number, *drug, *dose, *dose_unit, *route, *prescriber_number, *signature;
    const char *stops_number, *stops; /* of an order that is to end: as written; its id, NULL = none was printed so */
    const int64_t *ordered_utc, *given_utc, *read_back; /* read_back NULL: not told by voice */
    uint64_t serial;
    bool verbal, telephone, urgent;
};
/* All that were merged and not undone, by patient, sheet and capture. */
REPLI_MUST_CHECK enum repli_status repli_record_proposals(struct repli_record *, struct repli_arena *,
                                                          struct repli_proposal **, size_t *count, struct repli_err *);

/* A dose from paper, and one of another system that came later and looks like the same one: of the same order (or,
** without one, the same medication) within `within_s` of when paper says that it was due or given.  Left out are those
** whose paper a person decided about: they knew of the other one.  By sheet and capture. */
struct repli_double {
    const char *sheet, *capture, *paper_id, *live_id, *medication;
    int64_t paper_utc, live_utc;
};
REPLI_MUST_CHECK enum repli_status repli_record_doubles(struct repli_record *, int64_t within_s, struct repli_arena *,
                                                        struct repli_double **, size_t *count, struct repli_err *);

#endif
