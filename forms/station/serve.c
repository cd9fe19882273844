/* The loop: connections and children, one thread. */
#include "repli/station.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/ledger_quality.h"
#include "station/desk.h"
#include "station/station.h"

#define WATCHED  40
#define QUIET_MS 15 /* nobody came for so long: the log of the ledger may be taken in */

static volatile sig_atomic_t asked_to_stop;

static void on_signal(int number)
{
    (void)number;
    asked_to_stop = 1;
}

/* One turn: waits for whatever comes first. */
static void turn(struct station *st)
{
    struct pollfd fds[WATCHED];
    struct station_child *of[WATCHED];
    MHD_UNSIGNED_LONG_LONG due = 0;
    nfds_t n = 1;
    int wait = 1000;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(st->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    fds[0] = (struct pollfd){.fd = info ? info->epoll_fd : -1, .events = POLLIN};
    for (struct station_child *c = st->children; c && n < WATCHED; c = c->next) {
        of[n] = c;
        fds[n++] = (struct pollfd){.fd = c->fd, .events = POLLIN};
    }
    if (MHD_get_timeout(st->daemon, &due) == MHD_YES && due < (MHD_UNSIGNED_LONG_LONG)wait)
        wait = (int)due;
    bool folds = st->idle && repli_ledger_fold_due(st->idle);
    wait = folds && wait > QUIET_MS ? QUIET_MS : wait;
    int came = poll(fds, n, wait);
    if (came < 0 && errno != EINTR)
        asked_to_stop = 1;
    if (came == 0 && folds)
        repli_ledger_fold(st->idle);
    for (nfds_t i = 1; i < n; i++)
        if (fds[i].revents)
            station_child_read(st, of[i]);
    (void)MHD_run(st->daemon);
}

/* Requests that wait for a child are answered before the daemon stops. */
static void finish(struct station *st)
{
    while (st->checks > 0 || st->commands > 0 || !station_crops_idle(st))
        turn(st);
    (void)MHD_run(st->daemon);
    station_http_stop(st);
    while (st->children) /* a print that was begun ends */
        station_child_read(st, st->children);
    for (size_t i = 0; i < SESSIONS; i++)
        station_session_end(&st->sessions[i]);
    station_crops_end(st);
    station_ledger_drop(st);
    json_decref(st->wards);
    station_desk_done(st);
    json_decref(st->printers);
    json_decref(st->labels);
}

static enum repli_status no_address(const char *listen, struct repli_err *err)
{
    return repli_fail(err, REPLI_USAGE,
                      "--listen '%.60s' is no address with a port: 127.0.0.1:8080 for this computer alone, or "
                      "10.1.2.3:8443, an address of it that others reach",
                      listen);
}

/* Others reach it by TLS only, under a name that its certificate has.  0.0.0.0 and [::] are no names. */
static enum repli_status with_tls(struct station *st, const char *host, struct repli_arena *a, struct station_tls *tls,
                                  struct repli_err *err)
{
    bool named = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "[::]") == 0;
    enum repli_status status = station_tls_load(st->site, a, tls, err);
    if (status != REPLI_OK)
        return status;
    for (size_t i = 0; i < tls->nnames; i++)
        named = named || strcmp(tls->names[i], host) == 0;
    if (!named || tls->nnames == 0)
        return repli_fail(err, REPLI_USAGE,
                          "the certificate is not for %s: make one with `repli serve --make-cert --listen %s:PORT`",
                          host, host);
    st->tls = tls;
    return REPLI_OK;
}

enum repli_status repli_station_certify(const struct repli_site *site, const char *listen, const char *const *names,
                                        struct repli_arena *a, struct repli_station_cert *out, struct repli_err *err)
{
    char host[64];
    const char *all[STATION_NAMES + 1] = {0};
    unsigned port = 0;
    bool open = false;
    size_t n = 0;
    struct station_tls tls;
    if (!station_listen_parse(listen, host, &port, &open))
        return no_address(listen, err);
    if (strcmp(host, "0.0.0.0") != 0 && strcmp(host, "[::]") != 0)
        all[n++] = host;
    for (size_t i = 0; names && names[i] && n < STATION_NAMES; i++)
        all[n++] = names[i];
    enum repli_status status = station_tls_make(site, all, a, &tls, err);
    if (status != REPLI_OK)
        return status;
    *out = (struct repli_station_cert){.path = tls.path, .until_utc = tls.until_utc};
    (void)snprintf(out->fingerprint, sizeof out->fingerprint, "%s", tls.fingerprint);
    out->names = repli_arena_array(a, tls.nnames + 1, sizeof *out->names);
    for (size_t i = 0; i < tls.nnames; i++)
        out->names[i] = repli_arena_strdup(a, tls.names[i]);
    return REPLI_OK;
}

static enum repli_status begin(struct station *st, const char *listen, struct repli_arena *a, struct station_tls *tls,
                               struct repli_err *err)
{
    char host[64];
    unsigned port = 0;
    bool open = false;
    if (!station_listen_parse(listen, host, &port, &open))
        return no_address(listen, err);
    enum repli_status status = open ? with_tls(st, host, a, tls, err) : REPLI_OK;
    return status != REPLI_OK || station_http_start(st, host, port, err) ? status : err->status;
}

enum repli_status repli_station_serve(struct repli_site *site, const char *at, const char *listen,
                                      void (*ready)(void *user, const struct repli_station_at *), void *user,
                                      struct repli_err *err)
{
    struct repli_arena a = {0};
    struct station_tls tls;
    if (sodium_init() < 0)
        return repli_fail(err, REPLI_BUG, "libsodium does not start");
    struct station *st = repli_xcalloc(1, sizeof *st);
    st->site = site;
    st->at = at;
    st->desk = repli_xcalloc(1, sizeof *st->desk);
    randombytes_buf(st->key, sizeof st->key);
    enum repli_status status = begin(st, listen, &a, &tls, err);
    if (status != REPLI_OK) {
        station_desk_done(st);
        repli_arena_done(&a);
        free(st);
        return status;
    }
    struct sigaction stop = {.sa_handler = on_signal}, quiet = {.sa_handler = SIG_IGN};
    asked_to_stop = 0;
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGPIPE, &quiet, NULL);
    ready(user, &(struct repli_station_at){station_scheme(st), st->hosts[0], st->tls ? tls.fingerprint : NULL});
    while (!asked_to_stop)
        turn(st);
    finish(st);
    if (st->tls)
        sodium_memzero(tls.key, strlen(tls.key));
    repli_arena_done(&a);
    free(st);
    return REPLI_OK;
}
