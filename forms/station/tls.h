/* Key and certificate of a station that other computers reach: SITE/keys/station-key.pem (0600), station-cert.pem. */
#ifndef REPLI_STATION_TLS_H
#define REPLI_STATION_TLS_H

#include <stddef.h>

#include "repli/site.h"

#define STATION_NAMES     16 /* of a certificate */
#define STATION_NAME_ROOM 128

struct station_tls {
    char *key, *cert; /* PEM, with their NUL */
    char names[STATION_NAMES]
              [STATION_NAME_ROOM]; /* what browsers may call it: "3b-pc.hospital.example", "10.0.0.7", "[::1]" */
    size_t nnames;
    const char *path;     /* of the certificate */
    char fingerprint[96]; /* SHA-256 of the certificate, "AB:CD:..." */
    int64_t until_utc;
};

/* A new pair, for these names (addresses without port, or names of hosts), NULL-terminated, and for this computer's own
** name; it replaces an older one.  REPLI_USAGE: a name that is neither. */
REPLI_MUST_CHECK enum repli_status station_tls_make(const struct repli_site *, const char *const *names,
                                                    struct repli_arena *, struct station_tls *, struct repli_err *);
/* REPLI_USAGE with the way out when there is none, or when it is over; REPLI_DATA when it is damaged or the key may be
** read by others. */
REPLI_MUST_CHECK enum repli_status station_tls_load(const struct repli_site *, struct repli_arena *,
                                                    struct station_tls *, struct repli_err *);

#endif
