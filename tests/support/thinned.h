/* Sanitizers make a program several times slower, and the same lines run at every point of a sweep: there, only one point
** of some is taken.  `every` of the usual steps. */
#ifndef REPLI_TEST_THINNED_H
#define REPLI_TEST_THINNED_H

#if defined(__SANITIZE_ADDRESS__)
#define THINNED(every) (every)
#else
#define THINNED(every) 1
#endif

#endif
