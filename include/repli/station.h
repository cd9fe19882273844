/* The station: the same work as the commands do, as pages of a browser on this very computer, or on others by TLS. */
#ifndef REPLI_STATION_H
#define REPLI_STATION_H

#include "repli/site.h"

struct repli_station_at {
    const char *scheme, *address; /* "http", "127.0.0.1:8080" */
    const char *fingerprint;      /* SHA-256 of the certificate, "AB:CD:..."; NULL without TLS */
};
/* Serves until SIGTERM or SIGINT.  `at`: --at as given, for the processes that print (NULL = the clock).  `listen`:
** "127.0.0.1:8080"; any other numeric address than 127.0.0.1 and [::1] needs the certificate of
** repli_station_certify (REPLI_USAGE without one that names this address), a port in use is REPLI_IO; port 0 takes a
** free one.  `ready` is told where.  Nothing is open in this process between two requests: each opens the ledger under
** the name of who asks. */
REPLI_MUST_CHECK enum repli_status repli_station_serve(struct repli_site *site, const char *at, const char *listen,
                                                       void (*ready)(void *user, const struct repli_station_at *),
                                                       void *user, struct repli_err *err);

/* A new key and a self-signed certificate in the site's keys/, for the address of `listen`, these names
** (NULL-terminated) and this computer's own; an older pair is replaced.  REPLI_USAGE: no address, or no name. */
struct repli_station_cert {
    char fingerprint[96];
    const char *path, **names; /* in the arena; names NULL-terminated */
    int64_t until_utc;
};
REPLI_MUST_CHECK enum repli_status repli_station_certify(const struct repli_site *site, const char *listen,
                                                         const char *const *names, struct repli_arena *,
                                                         struct repli_station_cert *, struct repli_err *err);

#endif
