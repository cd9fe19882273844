/* Which place do the words on paper name?  "3B 305-2", "305/2" on a sheet of 3B, "USI 4", or a ward alone.  Exactly one
** place of the house, or none: a bed is never guessed. */
#include <string.h>

#include "reconcile/census.h"

static bool is(struct repli_arena *a, const char *words, const char *first, const char *second, const char *third)
{
    const char *all = repli_arena_printf(a, "%s %s %s", first ? first : "", second ? second : "", third ? third : "");
    return strcmp(review_place(all, a), words) == 0;
}

static bool names(struct repli_arena *a, const struct repli_spot *spot, const char *ward, const char *words)
{
    bool here = ward && strcmp(spot->ward, ward) == 0;
    if (!spot->bed)
        return is(a, words, spot->ward, NULL, NULL) || is(a, words, spot->ward_name, NULL, NULL);
    return is(a, words, spot->ward, spot->room, spot->bed) || is(a, words, spot->ward, spot->bed, NULL) ||
           (here && (is(a, words, spot->room, spot->bed, NULL) || is(a, words, spot->bed, NULL, NULL)));
}

const struct repli_spot *census_place(const struct repli_whereabouts *house, const char *ward, const char *words)
{
    const struct repli_spot *found = NULL;
    for (size_t i = 0; i < house->nspots; i++) {
        REPLI_AUTO(repli_arena_done) struct repli_arena scratch = {0};
        if (!names(&scratch, &house->spots[i], ward, review_place(words, &scratch)))
            continue;
        if (found)
            return NULL;
        found = &house->spots[i];
    }
    return found;
}
