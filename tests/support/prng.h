/* The one source of chance in the tests: equal seeds give equal pages on every machine and with every compiler.
**
** Two draws never stand in one expression: C leaves their order open, and gcc and clang differ.
*/
#ifndef TEST_PRNG_H
#define TEST_PRNG_H

#include <stdbool.h>
#include <stdint.h>

struct prng {
    uint64_t state;
};

void prng_seed(struct prng *r, uint64_t seed, uint64_t stream); /* streams of one seed are independent */
uint64_t prng_next(struct prng *r);
double prng_in(struct prng *r, double low, double high); /* low <= x < high */
int prng_int(struct prng *r, int low, int high);         /* low <= x <= high */
bool prng_chance(struct prng *r, double p);
double prng_normal(struct prng *r, double deviation);        /* mean 0; never beyond 6 deviations */
int prng_pick(struct prng *r, const double *weights, int n); /* index by weight */

#endif
