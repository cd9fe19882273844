/* A ward's census: what row_beds.c (sides, fields, captures) and beds_line.c (one line) share; only they include it. */
#ifndef REPLI_FORM_BEDS_H
#define REPLI_FORM_BEDS_H

#include "form_internal.h"

/* Words of the template, in the form's language. */
/* clang-format off */
#define BEDS_WORDS(_) \
    _(place) _(who) _(why) _(alerts) _(next) _(present) _(moved) _(left) _(empty) _(heads) _(heads_side) _(at) _(by) \
    _(ruler) _(note) _(empty_bed) _(no_bed) _(allergy) _(no_allergy) _(not_asked) _(not_sent) _(too_long)
/* clang-format on */

struct beds_spec {
    const struct repli_yaml *node;
    const char *name, *dataset, *orders; /* orders NULL: no column of what is due next */
#define BEDS_WORD(word) const char *word;
    BEDS_WORDS(BEDS_WORD)
#undef BEDS_WORD
    struct field_spec *f_present, *f_moved, *f_left, *f_empty, *f_to, *f_heads, *f_at, *f_by;
};

/* Left edges of the columns; 148 mm is where rules end and the lane of ticks begins. */
enum {
    BEDS_BED_X = 20000,
    BEDS_WHO_X = 35500,
    BEDS_WHY_X = 88000,
    BEDS_ALERTS_X = 118900,
    BEDS_NEXT_X1 = 148000,
    BEDS_RULE_X1 = 148000,
    BEDS_PRESENT_X = 151600,
    BEDS_MOVED_X = 160400,
    BEDS_TO_X = 166700,
    BEDS_TO_X1 = 182100,
    BEDS_LEFT_X = 184500,
    BEDS_EMPTY_X = 193700
};

/* One line, measured: texts from its top. */
struct beds_run {
    const char *text;
    struct para para;
    enum align align;
    int32_t x, base_um;
    bool plate; /* white on black */
};
struct beds_line {
    const char *room;
    struct beds_run runs[24];
    size_t count;
    int32_t height_um; /* what its texts need */
};
struct beds_data {
    struct flow *flow;
    const struct beds_spec *spec;
    const struct repli_dataset *set, *orders;
    const int64_t *next_utc; /* of each row: the first dose that is due in the window; 0 = none is known */
};
/* When the first scheduled dose of each row's patient is due. */
const int64_t *repli_beds_next(const struct beds_data *d);
/* A patient's name as it is printed; NULL: the line has no patient. */
const char *repli_beds_name(const struct beds_data *d, size_t row);
/* "301-1", "301 1": where it is; NULL: a patient without a bed. */
const char *repli_beds_place(const struct beds_data *d, size_t row);
void repli_beds_measure(const struct beds_data *d, size_t row, bool dense, bool show_room, struct beds_line *out);
void repli_beds_draw(const struct beds_data *d, const struct beds_line *line, int32_t y);

#endif
