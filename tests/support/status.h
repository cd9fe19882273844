/* Asserts on a status and its text; the test has a `struct repli_err err`, which is cleared. */
#ifndef REPLI_TEST_STATUS_H
#define REPLI_TEST_STATUS_H

#include "repli/err.h"

#define assert_ok(call)                    check_status((call), REPLI_OK, "", &err, __FILE__, __LINE__)
#define assert_refused(call, status, part) check_status((call), (status), (part), &err, __FILE__, __LINE__)
void check_status(enum repli_status s, enum repli_status want, const char *part, struct repli_err *err,
                  const char *file, int line);

#endif
