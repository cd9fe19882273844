/* Six invented people on two wards (and one on none), and what tests of packs ask of the ledger. */
#ifndef TEST_PACKCASE_H
#define TEST_PACKCASE_H

#include "repli/print.h"
#include "support/smallsite.h"

#define PACKCASE_NIGHT "2026-11-23T02:13"

extern struct smallsite packcase_site; /* of the test that runs */
extern struct repli_arena packcase_arena;
int packcase_setup(void **state); /* of one test */
int packcase_teardown(void **state);

/* The one form that these tests count the pages of: the usual pack grows as forms do. */
extern const char *const packcase_obs[];
/* Prints a ward, which must end with `expected`. */
struct repli_print_result packcase_print(const char *ward, enum repli_status expected);

struct packcase_list {
    struct repli_sheet_row rows[64];
    struct repli_page_map *maps[64];
    size_t count;
};
struct packcase_list packcase_sheets(const char *pack_id); /* in the order of pages */
struct repli_pack packcase_pack(const char *id);           /* must be there */

#endif
