/* Is the ledger where it was?  A folder that was restored from a backup, or copied, does not know which numbers were
** given since; they jump over what may have been. */
#include <stdio.h>
#include <string.h>

#include "repli/site.h"
#include "store/ledger_internal.h"

#define ANCHOR_TEXT 112

static enum repli_status anchor_known(struct repli_ledger *l, char out[ANCHOR_TEXT], struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(&l->db, "SELECT value FROM meta WHERE key='anchor'", &st, err);
    if (s == REPLI_OK)
        s = repli_db_step(&l->db, st, &row, err);
    out[0] = 0;
    if (s == REPLI_OK && row)
        (void)snprintf(out, ANCHOR_TEXT, "%s", repli_col_text(st, 0));
    return s;
}

static enum repli_status put_anchor(struct repli_ledger *l, const char *anchor, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db, "INSERT INTO meta(key, value) VALUES('anchor', ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, anchor);
    return repli_db_run(&l->db, st, err);
}

static enum repli_status jump(struct repli_ledger *l, int64_t floor, struct repli_err *err)
{
    static const char *const counters[] = {"pack", "merge", "outage"};
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < sizeof counters / sizeof *counters; i++) {
        int64_t next = 0;
        s = repli_ledger_next(l, counters[i], &next, err);
        if (s == REPLI_OK)
            s = repli_ledger_take(l, counters[i], next, (next > floor ? next : floor) + REPLI_SITE_JUMP, err);
    }
    /* Stations are numbered to 1023: a few are skipped.  Of downtime numbers there is a million: as many as a full
    ** emergency department uses in weeks; where the counter stands for days (repli_site_numbers_lost), 200 a day. */
    int64_t next[5] = {0};
    if (s == REPLI_OK)
        s = repli_ledger_numbers(l, next, err);
    next[3] += 8;
    int64_t lost = floor / REPLI_SITE_JUMP * 200;
    next[4] = (next[4] > lost ? next[4] : lost) + 10000;
    return s == REPLI_OK ? repli_ledger_numbers_raise(l, next, err) : s;
}

/* What meta keeps: the anchor; behind it, when the folder is not as it was left, the counter it was left at. */
static void tell(const struct repli_site_place *place, char out[ANCHOR_TEXT])
{
    if (place->restored)
        (void)snprintf(out, ANCHOR_TEXT, "%s after %lld", place->anchor, (long long)place->floor);
    else
        (void)snprintf(out, ANCHOR_TEXT, "%s", place->anchor);
}

static bool same_place(const char *known, const struct repli_site_place *place)
{
    size_t n = strlen(place->anchor);
    return strncmp(known, place->anchor, n) == 0 && (known[n] == 0 || known[n] == ' ');
}

/* Jumped already, or nothing happened. */
static bool settled(const char *known, const struct repli_site_place *place)
{
    char text[ANCHOR_TEXT];
    tell(place, text);
    return place->restored ? strcmp(known, text) == 0 : same_place(known, place);
}

static enum repli_status here(struct repli_ledger *l, const struct repli_site_place *place, bool *jumped,
                              struct repli_err *err)
{
    char known[ANCHOR_TEXT], text[ANCHOR_TEXT];
    enum repli_status s = anchor_known(l, known, err);
    if (s != REPLI_OK || settled(known, place))
        return s;
    *jumped = known[0] || place->restored;
    /* A ledger that was never anywhere else, in a folder whose counter is far: the ledger before this one is lost. */
    if (*jumped)
        s = jump(l, !known[0] || same_place(known, place) ? place->floor : 0, err);
    tell(place, text);
    return s == REPLI_OK ? put_anchor(l, text, err) : s;
}

enum repli_status repli_ledger_here(struct repli_ledger *l, const struct repli_site *site, bool *jumped,
                                    struct repli_err *err)
{
    struct repli_site_place place = {0};
    char known[ANCHOR_TEXT];
    bool own = false, did = false;
    enum repli_status s = repli_site_place(site, &place, err);
    if (s != REPLI_OK || !place.anchor[0])
        return s;
    s = anchor_known(l, known, err);
    if (s == REPLI_OK && !settled(known, &place)) {
        s = repli_db_enter(&l->db, &own, err);
        if (s == REPLI_OK)
            s = repli_db_leave(&l->db, own, here(l, &place, &did, err), err);
    }
    if (s == REPLI_OK && jumped)
        *jumped = did;
    return s;
}
