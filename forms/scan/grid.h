/* Private to forms/scan: page codes whose finder patterns a pen, a tear or a hole took. */
#ifndef REPLI_SCAN_GRID_H
#define REPLI_SCAN_GRID_H

#include "qr.h"
#include "repli/scan.h"

/* A code's modules as the registration marks let them be sampled. */
struct code_grid {
    float dark[2][QR_ALL]; /* 0 white .. 1 black, by its surroundings; of one symbol or of both */
    size_t n;
    double px[8]; /* corners, as in struct code_seen */
};
#define GRID_POSE 3 /* of one pose: both symbols together, the better, the other */
#define GRID_MAX  (4 * GRID_POSE)
size_t repli_code_grids(const struct repli_image *image, struct code_grid out[GRID_MAX]);

/* The likeliest digits; the authentication code decides whether they are any sheet's. */
bool repli_code_read(const struct code_grid *g, char digits[REPLI_PAGECODE_DIGITS + 1]);

#endif
