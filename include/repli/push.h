/* Ward copies: what a ward's own computer or stick needs to print without network. */
#ifndef REPLI_PUSH_H
#define REPLI_PUSH_H

#include "repli/ledger.h"
#include "repli/site.h"
#include "repli/snapshot.h"

struct repli_push_request {
    const char *dir;
    const char *const *wards; /* none: those that the folder was made for */
    size_t nwards;
    const char *name; /* of a new station; NULL: "ward 3B" */
};
struct repli_push_result {
    unsigned station;
    const char *name, *wards; /* "3B, 4A"; in the arena */
    bool fresh;               /* the station was made for this folder */
    bool bound;               /* to its volume or computer; else `repli station renew` there, once */
    struct repli_snapshot_info info;
    int64_t removed; /* older copies */
};
/* Brings the newest good snapshot, cut to the wards, with the program and the libraries it runs on, the keys of a ward
** station, a site.yaml and the site's templates into `dir`, which becomes that station's site folder: `dir`/repli
** --site `dir` print.  Everything is written beside, synced, read back and compared, and only then named; the old
** copies stay until the new one is verified.  The master key and other wards never come near it.
** REPLI_USAGE: not the centre; `dir` holds something else, another site's station, or is new and no ward is named; a
** ward that is not in the snapshot.  REPLI_IO: it cannot be written, or what is read back differs. */
REPLI_MUST_CHECK enum repli_status repli_push(const struct repli_site *site, struct repli_ledger *ledger,
                                              const struct repli_push_request *request, struct repli_arena *a,
                                              struct repli_push_result *result, struct repli_err *err);

#endif
