/* Private to forms/scan: cutting pictures out of a kept image. */
#ifndef REPLI_SCAN_CROP_H
#define REPLI_SCAN_CROP_H

#include "batch.h"

#include "repli/ledger_review.h"
#include "repli/ledger_scan.h"

/* The page that a sheet's crops are cut from. */
struct crop_source {
    const struct repli_site *site;
    struct repli_arena *arena;
    struct repli_reading_scan scan;
    char name[80]; /* "<sha256> page <n>": what crops of it say */
    struct repli_page_map *map;
    struct repli_reading *readings;
    size_t nreadings;
    struct repli_pose pose;
    bool posed; /* it is known */
    bool open;  /* the image is decoded */
    struct worker worker;
    int fd;
};

/* The kept image, decoded as when it was read.  src->open stays false where that cannot be done any more. */
REPLI_MUST_CHECK enum repli_status crop_open(struct crop_source *src, struct repli_err *err);
void crop_close(struct crop_source *src);
/* Is a whole crop of this page there? */
bool crop_there(const struct crop_source *src, const char *path);
/* A window on the sheet, millimetres. */
struct window {
    double x, y, w, h;
    int most; /* pixels a side: a larger one is cut coarser */
};
/* A box with some paper around it, at most so many pixels long. */
struct window crop_around(struct repli_box b, int most);
/* Cuts a window of the sheet into a file.  bare: without the band. */
bool crop_cut(const struct crop_source *src, const struct window *w, bool bare, const char *path);
/* "FIELD.png", harmless as a name. */
const char *crop_file_name(struct repli_arena *a, const char *id);

#endif
