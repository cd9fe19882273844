/* The loop: connections and children, one thread. */
#include "repli/station.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "station/desk.h"
#include "station/station.h"

#define WATCHED 40

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
    if (poll(fds, n, wait) < 0 && errno != EINTR)
        asked_to_stop = 1;
    for (nfds_t i = 1; i < n; i++)
        if (fds[i].revents)
            station_child_read(st, of[i]);
    (void)MHD_run(st->daemon);
}

/* Requests that wait for a child are answered before the daemon stops. */
static void finish(struct station *st)
{
    while (st->checks > 0 || st->commands > 0)
        turn(st);
    (void)MHD_run(st->daemon);
    station_http_stop(st);
    while (st->children) /* a print that was begun ends */
        station_child_read(st, st->children);
    for (size_t i = 0; i < SESSIONS; i++)
        station_session_end(&st->sessions[i]);
    json_decref(st->wards);
    station_desk_done(st);
}

enum repli_status repli_station_serve(struct repli_site *site, const char *at, const char *listen,
                                      void (*ready)(void *user, const char *address), void *user, struct repli_err *err)
{
    char host[64];
    unsigned port = 0;
    if (!station_listen_parse(listen, host, &port))
        return repli_fail(err, REPLI_USAGE,
                          "--listen '%.60s': the station listens on this computer alone: 127.0.0.1:PORT or [::1]:PORT",
                          listen);
    if (sodium_init() < 0)
        return repli_fail(err, REPLI_BUG, "libsodium does not start");
    struct station *st = repli_xcalloc(1, sizeof *st);
    st->site = site;
    st->at = at;
    st->desk = repli_xcalloc(1, sizeof *st->desk);
    randombytes_buf(st->key, sizeof st->key);
    if (!station_http_start(st, host, port, err)) {
        station_desk_done(st);
        free(st);
        return err->status;
    }
    struct sigaction stop = {.sa_handler = on_signal}, quiet = {.sa_handler = SIG_IGN};
    asked_to_stop = 0;
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGPIPE, &quiet, NULL);
    ready(user, st->hosts[0]);
    while (!asked_to_stop)
        turn(st);
    finish(st);
    free(st);
    return REPLI_OK;
}
