/* Small PDFs for tests, in a folder of their own, and strangers' programs run on them. */
#ifndef TEST_PDFCASE_H
#define TEST_PDFCASE_H

#include "repli/print.h"

#define PDFCASE_NAME "ŁUKASZEWICZ-Ễ, Ștefan œuvre ẞ – €"
#define PDFCASE_CODE                                                                                                   \
    "00000000000000000000000000000000000000000000000000000000000000000000000001234567"                                 \
    "890123456789012345678901234567890123456789012345678901234567890"

extern char pdfcase_folder[64];
extern struct repli_arena pdfcase_arena; /* until the group's teardown */
int pdfcase_setup(void **state);         /* of a test group */
int pdfcase_teardown(void **state);

const char *pdfcase_at(const char *name); /* a path in the folder */
char *pdfcase_read(const char *path, size_t *len);

/* Runs a program, which must end with 0 and complain of nothing; its output is in pdfcase_at("out.txt").  When it is
** not `needed` and not installed, that is said. */
void pdfcase_quiet(const char *const *argv, bool needed);

struct repli_draw pdfcase_text(enum repli_face face, int32_t x, int32_t y, const char *s); /* 11 pt */
struct repli_draw pdfcase_box(enum repli_draw_kind kind, int32_t x0, int32_t y0, int32_t x1, int32_t y1, int32_t line);

/* One page of these items. */
REPLI_MUST_CHECK enum repli_status pdfcase_items(const char *path, struct repli_draw *items, size_t n, const char *code,
                                                 struct repli_err *err);
/* Two pages, one layer, two codes each, all faces: what the trust of the other tests rests on. */
REPLI_MUST_CHECK enum repli_status pdfcase_sample(const char *path, uint8_t sha[32], struct repli_err *err);

#endif
