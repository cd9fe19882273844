/* A ward for each test of a cmocka program. */
#include <stdlib.h>

#include "repli/arena.h"
#include "support/ward.h"

struct ward *ward_new(const char *name, size_t nsheets)
{
    struct ward *w = repli_xcalloc(1, sizeof *w);
    ward_make(w, name, nsheets);
    ward_open(w);
    return w;
}

int ward_teardown(void **state)
{
    ward_drop(*state);
    free(*state);
    return 0;
}
