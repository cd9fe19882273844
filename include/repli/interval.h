/* How sure a share is that was counted: "3 of 400 were wrong". */
#ifndef REPLI_INTERVAL_H
#define REPLI_INTERVAL_H

#include <stdint.h>

/* The 95 % interval of a share of `hits` in `n`.  Exact, after Clopper and Pearson (Biometrika 26, 1934, 404-413): at
** each end 2.5 % of all samples would be more extreme; it never promises more than it holds, also for few errors.
** Where nothing was found: 0 to 3/n, the rule of three (Hanley and Lippman-Hand, JAMA 249, 1983, 1743-1745), which is
** one-sided 95 %.  n = 0: 0 to 1, nothing is known. */
struct repli_interval {
    double low, high;
    const char *method; /* "Clopper-Pearson", "rule of three", "none" */
};
struct repli_interval repli_interval_95(int64_t hits, int64_t n);

#endif
