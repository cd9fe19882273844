/* A site with eight printed sheets, and paper from them: for tests of scanning that need neither templates nor PDF. */
#ifndef TEST_SCANCASE_H
#define TEST_SCANCASE_H

#include "repli/ledger.h"
#include "repli/pagecode.h"
#include "repli/scan.h"
#include "repli/site.h"
#include "support/scanner.h"

/* 1..5 ordinary, the second about another patient, 6 a side without fields, 7 printed in a drill, 8 voided, 9 about a
** ward, 10 the same but the ledger says another ward */
#define SCANCASE_SHEETS 10

struct scancase {
    char base[200], dir[256], in[256]; /* temporary folder, site, and a folder for images */
    struct repli_site *site;
    struct repli_ledger *ledger;
    struct repli_arena arena;
    struct repli_page_map *maps[SCANCASE_SHEETS];
    struct repli_page_code codes[SCANCASE_SHEETS];
};
extern struct scancase scancase; /* of the running test */

int scancase_setup(void **state);
int scancase_teardown(void **state);

/* A sheet on paper, with the codes of two texts at its two places (NULL: none). */
struct repli_image scancase_page(const struct repli_page_map *map, const char *digits, const char *digits2);
struct repli_image scancase_sheet(int i); /* as it was printed; i from 0 */
/* Scans a page into a file of the folder `in`; the page is freed. */
struct scanner_params scancase_scanner(void); /* of an office machine in good order, at 200 dpi */
void scancase_scan_by(const char *name, struct repli_image page, const struct scanner_params *p, uint64_t seed);
void scancase_scan(const char *name, struct repli_image page, int quarter, uint64_t seed);
void scancase_file(const char *name, const void *data, size_t len);

#endif
