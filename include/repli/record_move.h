/* Who is where, and changing it: what a ward's census needs of the record. */
#ifndef REPLI_RECORD_MOVE_H
#define REPLI_RECORD_MOVE_H

#include "repli/record_merge.h"

/* A place that somebody can be moved to: a bed, or a ward as a whole (`bed` NULL). */
struct repli_spot {
    const char *location_id, *ward, *ward_name, *room, *bed;
};
struct repli_where {
    const char *patient_id, *encounter_id;  /* the stay */
    const char *ward, *room, *bed, *bed_id; /* NULL = not known */
    int64_t since_utc;                      /* in that place; INT64_MIN = not known */
};
/* The house at an instant, by the rules of the snapshot. */
struct repli_whereabouts {
    struct repli_where *people; /* by patient_id */
    size_t npeople;
    struct repli_spot *spots; /* places in use: wards and their beds */
    size_t nspots;
};
REPLI_MUST_CHECK enum repli_status repli_record_whereabouts(struct repli_record *, int64_t at_utc, struct repli_arena *,
                                                            struct repli_whereabouts *, struct repli_err *);
const struct repli_where *repli_where_is(const struct repli_whereabouts *, const char *patient_id); /* NULL: nowhere */

struct repli_live_encounter {
    const char *id, *patient_id, *status; /* patient_id: of whom it is today */
    const int64_t *end_utc;
};
/* *encounter NULL: the record has none of this id. */
REPLI_MUST_CHECK enum repli_status repli_record_live_encounter(struct repli_record *, const char *encounter_id,
                                                               struct repli_arena *, struct repli_live_encounter **,
                                                               struct repli_err *);

/* Rows `movement` of one patient with from_utc <= event <= to_utc, in the order of time, then id. */
struct repli_live_movement {
    const char *id, *event, *ward, *bed_id;
    int64_t event_utc;
};
REPLI_MUST_CHECK enum repli_status repli_record_live_movements(struct repli_record *, const char *patient_id,
                                                               int64_t from_utc, int64_t to_utc, struct repli_arena *,
                                                               struct repli_live_movement **, size_t *count,
                                                               struct repli_err *);

/* Ends the patient's open places in a ward at an instant, and begins one more of the stay (to_location NULL:
** none).  The stay itself goes on. */
struct repli_place_change {
    const char *patient_id, *encounter_id, *ward, *to_location;
    int64_t event_utc;
};
REPLI_MUST_CHECK enum repli_status repli_record_merge_place(struct repli_record_merge *,
                                                            const struct repli_place_change *, struct repli_err *);

#endif
