/* Data for trial layouts and previews: invented, as little, as usual and as much as there can be. */
#ifndef REPLI_FORM_SAMPLE_H
#define REPLI_FORM_SAMPLE_H

#include "form_internal.h"

/* ---- sample.c */
enum sample_kind {
    SAMPLE_BARE,
    SAMPLE_USUAL,
    SAMPLE_FULL,
    SAMPLE_KINDS,
    SAMPLE_DOWNTIME = SAMPLE_KINDS,
    SAMPLE_BLANK,
    SAMPLE_ALL
};
/* Sets `data` and `subject` of a layout of this kind, at a site with that setting (NULL: the usual ones); false: the
** form is never printed for such a subject. */
bool repli_sample_in(enum sample_kind kind, const char *setting, struct repli_layout_in *in, struct repli_arena *a);
struct repli_datasets *repli_sample(enum sample_kind kind, struct repli_arena *a);
/* The same at a site that has set something: "esi". NULL: the usual value of each setting. */
struct repli_datasets *repli_sample_at(enum sample_kind kind, const char *setting, struct repli_arena *a);
/* ---- sample_house.c: rows of the house's datasets: wards, people from A to Z, appointments, telephone numbers */
void repli_sample_house(enum sample_kind kind, const char *setting, struct repli_datasets *all, struct repli_arena *a);
/* Appointments on the day of `print_utc` and the next. */
void repli_sample_move(struct repli_datasets *all, int64_t print_utc, struct repli_arena *a);
/* ---- sample_orders.c: orders and doses for it; sixty of them, and thirty allergies, where it is to be full */
void repli_sample_orders(enum sample_kind kind, struct repli_datasets *all, struct repli_arena *a);
/* Rows of the dataset census (sample_census.c). */
void repli_sample_census(enum sample_kind kind, struct repli_dataset *set, struct repli_arena *a);

#endif
