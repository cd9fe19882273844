#include "support/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

void check_status(enum repli_status s, enum repli_status want, const char *part, struct repli_err *err,
                  const char *file, int line)
{
    if (s != want || !strstr(err->text, part)) {
        print_error("%s:%d: status %d instead of %d, text '%s', expected '%s'\n", file, line, (int)s, (int)want,
                    err->text, part);
        _fail(file, line);
    }
    repli_err_clear(err);
}
