#include "support/prng.h"

/* SplitMix64: one add and two multiplications a draw (constants as published by Steele, Lea and Flood, 2014). */
uint64_t prng_next(struct prng *r)
{
    r->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = r->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

void prng_seed(struct prng *r, uint64_t seed, uint64_t stream)
{
    r->state = seed;
    uint64_t a = prng_next(r);
    r->state = a ^ (stream * UINT64_C(0xD1342543DE82EF95));
    (void)prng_next(r);
}

double prng_in(struct prng *r, double low, double high)
{
    return low + (high - low) * ((double)(prng_next(r) >> 11) * 0x1.0p-53);
}

int prng_int(struct prng *r, int low, int high)
{
    uint64_t span = (uint64_t)((int64_t)high - low + 1);
    return (int)(low + (int64_t)(prng_next(r) % span));
}

bool prng_chance(struct prng *r, double p)
{
    return prng_in(r, 0, 1) < p;
}

/* Sum of twelve uniform draws: close enough to a bell, and bounded. */
double prng_normal(struct prng *r, double deviation)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += prng_in(r, 0, 1);
    return (sum - 6) * deviation;
}

int prng_pick(struct prng *r, const double *weights, int n)
{
    double total = 0;
    for (int i = 0; i < n; i++)
        total += weights[i];
    double x = prng_in(r, 0, total);
    for (int i = 0; i < n - 1; i++) {
        if (x < weights[i])
            return i;
        x -= weights[i];
    }
    return n - 1;
}
