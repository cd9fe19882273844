/* Running a batch of the test site and keeping its lines. */
#ifndef TEST_SCANLINES_H
#define TEST_SCANLINES_H

#include <jansson.h>

#include "support/scancase.h"

struct scanlines {
    json_t *all;
    int derived; /* calls of readings_stored */
    bool refuse; /* readings_stored fails */
    size_t jobs;
};

enum repli_status scanlines_batch(struct scanlines *l, const char *const *paths, size_t n, struct repli_err *err);
enum repli_status scanlines_all(struct scanlines *l);                             /* whatever lies in the folder `in` */
const char *scanlines_text(const struct scanlines *l, size_t i, const char *key); /* "": none */
enum repli_life scancase_state(int i);

/* The outcomes of all lines, "file outcome[/reason]" each, against what is expected. */
void scanlines_outcomes(const struct scanlines *l, const char *const *want, size_t n);
#define ASSERT_OUTCOMES(l, ...)                                                                                        \
    do {                                                                                                               \
        static const char *const want_[] = {__VA_ARGS__};                                                              \
        scanlines_outcomes((l), want_, sizeof want_ / sizeof *want_);                                                  \
    } while (0)

#endif
