/* Private to forms/scan: the page code's symbol, always QR version 5, level Q, one numeric segment of 143 digits. */
#ifndef REPLI_SCAN_QR_H
#define REPLI_SCAN_QR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repli/pagecode.h"

#define QR_SIDE    37
#define QR_ALL     (QR_SIDE * QR_SIDE)
#define QR_BYTES   134 /* codewords */
#define QR_DATA    62  /* of them data */
#define QR_CHECKS  18  /* check codewords of a block */
#define QR_BLOCKS  4
#define QR_LONGEST 34 /* codewords of the longest block */

/* What every such symbol has in common: -1 = not fixed, 0 = white, 1 = black. */
int repli_qr_common(int x, int y);

/* Corrects a block of n codewords of which `nerased` places are not to be trusted; false: too much is wrong with it. At
** most QR_CHECKS count, where an error counts twice and an erasure once. */
bool repli_qr_correct(uint8_t *block, int n, const int *erased, int nerased);

/* What was made out of a symbol so far. */
struct qr_blocks {
    int mask;
    uint8_t words[QR_BLOCKS][QR_LONGEST];
    bool settled[QR_BLOCKS]; /* a code word was found */
    bool firm[QR_BLOCKS];    /* and so near to what was seen that chance does not explain it */
};

/* The two likeliest masks, by the format bits.  `black`: how sure it is that each module is black, log of the odds:
** above 0 black, below white. */
void repli_qr_masks(const float black[QR_ALL], int masks[2]);
/* Each block is corrected with more and more of its least sure codewords erased; the code word that contradicts
** least of what was seen is taken.  Keeps what is firm already. */
void repli_qr_settle(const float black[QR_ALL], int mask, struct qr_blocks *q);
/* known[]: -1, 0 white, 1 black.  Adds what the firm blocks and the head say of their modules; the count of new
** ones. */
size_t repli_qr_known(const struct qr_blocks *q, int8_t known[QR_ALL]);
/* false: a block is missing, or they hold something else.  A symbol made up from noise may pass: the authentication
** code decides. */
bool repli_qr_digits(const struct qr_blocks *q, char digits[REPLI_PAGECODE_DIGITS + 1]);

#endif
