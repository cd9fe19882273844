/* A page code's symbol as zint makes it: what the program's own is held against, and part of the floor of printing. */
#ifndef REPLI_TEST_ZINTCODE_H
#define REPLI_TEST_ZINTCODE_H

#include "repli/print.h"

/* false: zint refuses. */
bool zint_code(const char *digits, bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES]);

#endif
