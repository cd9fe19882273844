/* A scanner and the paper in it: what becomes of a clean page on its way to an image file.
**
** The way: printer's toner -> damage to the sheet -> placing (quarter turn, rotation, scale, shear, shift) -> lens blur
*->
** light, dirt and noise -> gray, or a threshold to 1 bit.  The truth is known: the matrix from sheet mm to pixels.
*/
#ifndef TEST_SCANNER_H
#define TEST_SCANNER_H

#include "repli/scan.h"
#include "support/prng.h"

struct scanner_params {
    int dpi;
    bool one_bit;
    int threshold;                         /* one_bit: gray below this is black */
    int quarter;                           /* 0, 90, 180, 270 clockwise */
    double rot_deg, scale, stretch, shear; /* stretch: y against x, 1 = none */
    double shift_x_mm, shift_y_mm;
    double blur_px; /* deviation in output pixels, besides the pixel's own area */
    double noise;   /* deviation in gray levels */
    double shade;   /* largest loss of light towards a side, 0..1 */
    double black;   /* gray of full black */
    double toner;   /* 1 = full, 0.7 = faint print */
    int lid;        /* gray beyond the sheet's edge */
    int jpeg;       /* quality when written as JPEG */
    /* damage, off in every mild page */
    int pens;       /* pen strokes right across a page code */
    double tear_mm; /* torn corner of the sheet; 0 = none */
    bool stain, fold;
    int streaks; /* dark lines of dirt on the glass */
};

enum scanner_severity { SCANNER_NONE, SCANNER_MILD, SCANNER_MEDIUM };
bool scanner_severity_parse(const char *text, enum scanner_severity *severity);

/* Draws the parameters of one page. SCANNER_NONE: 300 dpi gray, straight, clean. */
void scanner_sample(struct scanner_params *p, enum scanner_severity severity, struct prng *r);

/* Toner and damage on the sheet itself, in place.  `codes`: where pens like to cross (um). */
void scanner_damage(struct repli_image *page, const struct scanner_params *p, const struct repli_box *codes, int ncodes,
                    struct prng *r);

/* A fold swallows paper: what lies beyond `at` (mm, along x or else along y) comes nearer by `loss`. */
void scanner_swallow(struct repli_image *page, bool along_x, double at_mm, double loss_mm);

/* The scan.  `out` is freed with picture_done.  Equal `page`, `p` and `r` give equal pixels. */
void scanner_scan(const struct repli_image *page, const struct scanner_params *p, struct prng *r,
                  struct repli_image *out, double mm_to_px[9]);

/* Where a place of the sheet (mm) lies in the scan. */
void scanner_where(const double mm_to_px[9], double x_mm, double y_mm, double *px, double *py);
/* Largest distance, in mm, between two poses at the corners of the printed area. */
double scanner_apart_mm(const double a[9], const double b[9], int dpi);

#endif
