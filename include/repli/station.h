/* The station: the same work as the commands do, as pages of a browser on this very computer. */
#ifndef REPLI_STATION_H
#define REPLI_STATION_H

#include "repli/site.h"

/* Serves until SIGTERM or SIGINT.  `at`: --at as given, for the processes that print (NULL = the clock).  `listen`:
** "127.0.0.1:8080"; another host than a loopback address is REPLI_USAGE, a port in use REPLI_IO; port 0 takes a free
** one.  `ready` is told where.  Nothing is open in this process between two requests: each opens the ledger under the
** name of who asks. */
REPLI_MUST_CHECK enum repli_status repli_station_serve(struct repli_site *site, const char *at, const char *listen,
                                                       void (*ready)(void *user, const char *address), void *user,
                                                       struct repli_err *err);

#endif
