/* Where tests put their temporary folders: REPLI_TEST_TMP (in memory when tests/run.sh runs them), else the binaries'
** folder REPLI_TEST_OUT, else /tmp. */
#ifndef REPLI_TEST_SCRATCH_H
#define REPLI_TEST_SCRATCH_H

#include <stdlib.h>

static inline const char *scratch_root(void)
{
    const char *tmp = getenv("REPLI_TEST_TMP"), *out = getenv("REPLI_TEST_OUT");
    return tmp && *tmp ? tmp : out && *out ? out : "/tmp";
}

#endif
