/* Evidence about one downtime number. */
#ifndef REPLI_RECONCILE_IDENTITY_INTERNAL_H
#define REPLI_RECONCILE_IDENTITY_INTERNAL_H

#include "repli/identity.h"

/* What is compared: what paper says of one downtime number. */
struct identity_paper {
    const struct repli_identity_registration *said;
    const struct repli_identity_person *file; /* of the number */
    const char *fold_family, *fold_given;
    const char *named, *named_sheet;         /* a real number that people keyed from paper */
    const char *sheet;                       /* the registration sheet; NULL: none was merged */
    const struct repli_identity_stay *stays; /* of the candidate, in the day after the arrival */
    size_t nstays;
};
/* Does this person's file look like paper at all? */
bool identity_alike(const struct identity_paper *, const struct repli_identity_person *, struct repli_arena *);
/* All points, into the candidate; sets its order. */
void identity_points(const struct identity_paper *, const struct repli_identity_person *, struct repli_arena *,
                     struct repli_identity_candidate *);

#endif
