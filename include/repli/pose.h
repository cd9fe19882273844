/* Registration: where a sheet lies on the image of a page. */
#ifndef REPLI_POSE_H
#define REPLI_POSE_H

#include <stddef.h>
#include <stdint.h>

#include "repli/pagemap.h"

/* A page image, row by row: 8-bit gray, 0 = black, of colours the darkest channel (so that blue and red ink count);
** (0,0) is the CENTRE of the first pixel.  Whoever made it owns `gray`. */
struct repli_image {
    int width, height;
    int bits;      /* of the source: 1 or 8 */
    double dpi;    /* pixels an inch, as the file says; 0 = unknown */
    uint8_t *gray; /* width * height, no padding */
};

/* A crease that swallowed paper: what is printed beyond it lies nearer to the sheet's top, or left edge, than on flat
** paper. */
struct repli_crease {
    bool across;    /* runs from left to right: beyond it is below; else from top to bottom: beyond it is right */
    double at_mm;   /* where on the sheet as it was printed; known only to the gap between two printed lines */
    double loss_mm; /* how much paper is gone in it; > 0 */
};
#define REPLI_CREASES_MAX 8

/* Where a sheet lies on an image. */
struct repli_pose {
    double h[9];  /* sheet mm -> pixel, row-major homography, of the paper before the first crease */
    int marks;    /* how many of the five were used */
    double score; /* 0..1: how well the printed frame is seen where the map says it is */
    struct repli_crease creases[REPLI_CREASES_MAX];
    size_t ncreases; /* 0: flat */
};

/* mm by which what is printed at a place of the sheet lies nearer to the left (*dx) and the top (*dy). */
void repli_pose_loss(const struct repli_pose *pose, double x_mm, double y_mm, double *dx, double *dy);

/* Marks alone: up to 4 poses (quarter turns) that agree with the five marks' places, best first.  Returns the count. */
size_t repli_register_marks(const struct repli_image *image, const struct repli_point marks[5],
                            struct repli_pose out[4]);
/* Frame score of a pose (its h and creases) against a page map. */
double repli_register_score(const struct repli_image *image, const struct repli_page_map *map,
                            const struct repli_pose *pose);
enum repli_registered {
    REPLI_REGISTERED,
    REPLI_REGISTER_NO_MARKS, /* fewer than three marks in their places, or not where the codes say the sheet lies, or a
                             ** corner that neither its mark nor printed lines near it tell to a millimetre */
    REPLI_REGISTER_NO_FRAME  /* marks agree, but the printed lines of this page map are not there */
};
/* Marks, agreement with the places where codes were seen, frame score.  code_px: pixels of the corners of `ncodes`
** symbols, each x y of its top left, top right, bottom right, bottom left (the sheet's two codes are alike: which
** is which is found here); ncodes may be 0.  *out is filled when REGISTERED, and with the best that was found when
** NO_FRAME. */
enum repli_registered repli_register(const struct repli_image *image, const struct repli_page_map *map,
                                     const double (*code_px)[8], size_t ncodes, struct repli_pose *out);

#endif
