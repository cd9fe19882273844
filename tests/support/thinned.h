/* Sanitizers make a program several times slower, and the same lines run at every point of a sweep: there, only one
** point of `every` is taken. */
#ifndef REPLI_TEST_THINNED_H
#define REPLI_TEST_THINNED_H

#if defined(__SANITIZE_ADDRESS__)
#define THINNED(every) (every)
#else
#define THINNED(every) 1
#endif

#endif
