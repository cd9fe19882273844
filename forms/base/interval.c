#include "repli/interval.h"

#include <math.h>

/* P(at most k of n) when each is one with probability p; terms in logarithms, so that thousands do not underflow. */
static double at_most(int64_t k, int64_t n, double p)
{
    double sum = 0;
    if (p <= 0 || k >= n)
        return 1;
    if (p >= 1)
        return 0;
    for (int64_t i = 0; i <= k; i++)
        sum += exp(lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) + (double)i * log(p) +
                   (double)(n - i) * log1p(-p));
    return sum < 1 ? sum : 1;
}

/* The p at which `at_most(k, n, p)` falls to `want`: it falls as p grows. */
static double where_falls_to(int64_t k, int64_t n, double want)
{
    double low = 0, high = 1;
    for (int i = 0; i < 60; i++) {
        double mid = (low + high) / 2;
        if (at_most(k, n, mid) > want)
            low = mid;
        else
            high = mid;
    }
    return (low + high) / 2;
}

struct repli_interval repli_interval_95(int64_t hits, int64_t n)
{
    if (n <= 0 || hits < 0 || hits > n)
        return (struct repli_interval){0, 1, "none"};
    if (hits == 0)
        return (struct repli_interval){0, n > 3 ? 3 / (double)n : 1, "rule of three"};
    return (struct repli_interval){where_falls_to(hits - 1, n, 0.975), hits == n ? 1 : where_falls_to(hits, n, 0.025),
                                   "Clopper-Pearson"};
}
