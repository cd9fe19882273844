/* What the HL7 v2 files share: one message at hand, and how its parts are read.
**
** Reading is lenient about form (line ends, framing, separators, charset, missing header) and strict about meaning: a
** time, date or sex that is there but not understood refuses the message.
*/
#ifndef REPLI_EXCHANGE_HL7_H
#define REPLI_EXCHANGE_HL7_H

#include "exchange/exchange.h"
#include "repli/record_event.h"

struct hl7_span {
    const char *s;
    size_t len;
};

/* One message.  As with struct fhir the first thing that is wrong sticks in `status` and `err`. */
struct hl7 {
    struct repli_import *imp;
    struct repli_arena *a;
    struct hl7_span *segments;
    size_t nsegments;
    char field, comp, rep, escape, sub; /* separators */
    const char *event;                  /* "A01" */
    const int64_t *when_utc;            /* of the event: EVN-6, EVN-2, MSH-7; NULL = not sent */
    uint8_t hash[32];
    enum repli_status status;
    struct repli_err *err;
};

/* ---- hl7.c: parts.  Fields, repetitions, components and subcomponents count from 1. */
void hl7_refuse(struct hl7 *m, const char *fmt, ...) REPLI_PRINTF(2, 3);
/* false: no message in it (why says). */
bool hl7_split(struct hl7 *m, const char *text, size_t len);
/* The first segment of that name from `from` on; NULL = none. */
const struct hl7_span *hl7_segment(const struct hl7 *m, const char *name, size_t from);
size_t hl7_repeats(const struct hl7 *m, const struct hl7_span *segment, size_t field);
struct hl7_span hl7_repeat(const struct hl7 *m, const struct hl7_span *segment, size_t field, size_t repetition);
/* Unescaped and cleaned; NULL = not sent, empty, or "" (deleted).  A NULL segment has no fields. */
const char *hl7_field(struct hl7 *m, const struct hl7_span *segment, size_t field); /* first repetition, component 1 */
const char *hl7_part(struct hl7 *m, struct hl7_span repetition, size_t comp, size_t sub);
/* YYYY[MM[DD[HH[MM[SS[.S]]]]]][+-ZZZZ]; without offset it is the site's time.  `name` "PV1-44" for the refusal. */
const int64_t *hl7_time(struct hl7 *m, const struct hl7_span *segment, size_t field, const char *name);
const char *hl7_date(struct hl7 *m, const struct hl7_span *segment, size_t field, const char *name); /* YYYY-MM-DD */
const char *hl7_name(struct hl7 *m, struct hl7_span xcn); /* "Dr Anne Lambert" of an XCN */
/* The system of an identifier: CX-4 and CX-5 of it, or the site's word for that authority (README). */
const char *hl7_system(struct hl7 *m, struct hl7_span cx, size_t authority, const char *type);
/* "hl7-" and 24 hex digits that follow from the texts (NULL ends the list). */
const char *hl7_id(struct hl7 *m, const char *const *texts);

/* ---- hl7_person.c.  The logical id of the patient of a PID segment, whose row is written; NULL with m->status. */
const char *hl7_person(struct hl7 *m, const struct hl7_span *pid, const struct hl7_span *mrg);
void hl7_merge(struct hl7 *m, const struct hl7_span *pid, const struct hl7_span *mrg);

/* ---- hl7_place.c: PV1-3 into ward, room and bed, made where they are not there; the closest one's id, NULL = none. */
const char *hl7_place(struct hl7 *m, struct hl7_span pl);

/* ---- hl7_stay.c: what the event does to the stay of PV1 */
void hl7_stay(struct hl7 *m, const char *patient_id, const struct hl7_span *pid, const struct hl7_span *pv1);

/* ---- hl7_message.c: one message, taken whole or refused by name */
REPLI_MUST_CHECK enum repli_status hl7_message(struct repli_import *, const char *file, int64_t number,
                                               const char *text, size_t len, struct repli_err *);

/* ---- hl7_file.c */
bool hl7_looks_like(const char *data, size_t len); /* the beginning of a file */
REPLI_MUST_CHECK enum repli_status hl7_file(struct repli_import *, const char *path, struct repli_err *);

#endif
