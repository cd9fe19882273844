/* The truth file of the pens, looked up by sheet and field; shared by the simulated clerk and the judge. */
#ifndef TEST_TRUTH_H
#define TEST_TRUTH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct truth {
    json_t *root; /* the array of sheets */
};

bool truth_load(struct truth *t, const char *path); /* false after a line on stderr */
void truth_done(struct truth *t);

const json_t *truth_sheet(const struct truth *t, const char *serial); /* NULL: no such sheet */
const json_t *truth_field(const json_t *sheet, const char *field);    /* NULL: no such field */
const char *truth_text(const json_t *object, const char *key);        /* "" when missing or no text */

/* The next line of a stream of JSON objects; NULL at the end.  *bad is set when a line is none. */
json_t *truth_line(FILE *f, bool *bad);

#endif
