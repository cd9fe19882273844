/* An invented hospital, as FHIR R4: for the demo, for training people, for tests.  Nobody in it has ever lived.
**
** The same plan gives the same resources, byte for byte.  Every ward, bed and person draws from a stream of dice of its
** own (seed, ward, bed, purpose).
*/
#ifndef REPLI_INVENT_H
#define REPLI_INVENT_H

#include <stddef.h>
#include <stdint.h>

#include "repli/err.h"

#define REPLI_INVENT_HOSPITAL "Hôpital Sainte-Gudule"
#define REPLI_INVENT_BEDS_MIN 14 /* a ward has its special cases, one a bed */
#define REPLI_INVENT_WARD_MAX 60 /* up to here it is one ward, 3B; above, a ward for about each 30 beds, 30 at most */
#define REPLI_INVENT_BEDS_MAX 1500

struct repli_invent_plan {
    uint64_t seed;
    int64_t at_utc; /* the hour around which everything happens */
    int beds;       /* of all wards together */
};

/* The code of the plan's ward `number` and the language it works in ("fr", "nl"); NULL: it has no more wards. */
const char *repli_invent_ward(const struct repli_invent_plan *, size_t number, const char **lang);

/* One resource as JSON text.  Anything but REPLI_OK ends the invention and is returned. */
typedef enum repli_status repli_invent_fn(void *user, const char *resource, struct repli_err *err);

/* Places first, then person by person: patient, stay, allergies, diagnoses, orders, observations.  REPLI_USAGE when
** `beds` is out of range. */
REPLI_MUST_CHECK enum repli_status repli_invent_hospital(const struct repli_invent_plan *, repli_invent_fn *,
                                                         void *user, struct repli_err *);

#endif
