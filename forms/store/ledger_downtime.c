/* Downtime numbers are taken from the station's range before anything is laid out: a print that fails afterwards
** leaves a gap, and nobody ever gets a number that somebody else may have. */
#include <unistd.h>

#include "repli/downtime.h"
#include "store/ledger_internal.h"

static enum repli_status take(struct repli_ledger *l, const struct repli_site *site, int64_t count, int64_t *first,
                              struct repli_err *err)
{
    enum repli_status s = repli_ledger_next(l, "downtime", first, err);
    if (s == REPLI_OK && *first + count > REPLI_DOWNTIME_LAST + 1)
        return repli_fail(err, REPLI_USAGE,
                          "station %u has %lld downtime numbers left, %lld are needed: give this computer a new number "
                          "with `repli station add`",
                          site->station,
                          (long long)(*first <= REPLI_DOWNTIME_LAST ? REPLI_DOWNTIME_LAST + 1 - *first : 0),
                          (long long)count);
    return s == REPLI_OK ? repli_ledger_take(l, "downtime", *first, *first + count, err) : s;
}

static enum repli_status take_locked(struct repli_ledger *l, const struct repli_site *site, int64_t count,
                                     int64_t *first, struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_ledger_here(l, site, NULL, err);
    if (s == REPLI_OK)
        s = repli_db_enter(&l->db, &own, err);
    return s == REPLI_OK ? repli_db_leave(&l->db, own, take(l, site, count, first, err), err) : s;
}

enum repli_status repli_ledger_downtime_take(struct repli_ledger *l, const struct repli_site *site, int64_t count,
                                             int64_t *first, int64_t *left, struct repli_err *err)
{
    int lock = -1;
    enum repli_status s = repli_site_numbers_lock(site, &lock, err);
    if (s == REPLI_OK)
        s = take_locked(l, site, count, first, err);
    if (lock >= 0)
        (void)close(lock);
    if (s == REPLI_OK)
        *left = REPLI_DOWNTIME_LAST + 1 - (*first + count);
    return s;
}
