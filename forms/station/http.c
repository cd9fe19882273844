/* The daemon: who may connect, what is taken in, what goes out.  Rules of Host, Origin and token stand in
** admit.c; pages in their own files. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "repli/clock.h"
#include "station/station.h"

/* An open connection.  Nobody keeps others out by holding many: over PER_ADDRESS the one that said nothing for longest
** is closed within a second. */
struct station_line {
    struct station_line *next;
    struct MHD_Connection *conn;
    char address[64];
    int64_t said_ms;
    bool busy, leaving;
};

static void evict(struct station *st, const char *address)
{
    struct station_line *oldest = NULL; /* the list begins with the newest */
    int count = 0;
    for (struct station_line *l = st->lines; l; l = l->next) {
        if (l->leaving || strcmp(l->address, address) != 0)
            continue;
        count++;
        if (!l->busy && (!oldest || l->said_ms <= oldest->said_ms))
            oldest = l;
    }
    if (count <= PER_ADDRESS || !oldest)
        return;
    oldest->leaving = true;
    (void)MHD_set_connection_option(oldest->conn, MHD_CONNECTION_OPTION_TIMEOUT, 1u);
}

static void on_connection(void *user, struct MHD_Connection *conn, void **line,
                          enum MHD_ConnectionNotificationCode code)
{
    struct station *st = user;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        for (struct station_line **p = &st->lines; *p; p = &(*p)->next)
            if (*p == *line) {
                *p = (*p)->next;
                free(*line);
                return;
            }
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct station_line *l = repli_xcalloc(1, sizeof *l);
    *l = (struct station_line){.next = st->lines, .conn = conn, .said_ms = repli_monotonic_ms()};
    if (info && info->client_addr->sa_family == AF_INET)
        (void)inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)info->client_addr)->sin_addr, l->address,
                        sizeof l->address);
    else if (info && info->client_addr->sa_family == AF_INET6)
        (void)inet_ntop(AF_INET6, &((struct sockaddr_in6 *)(void *)info->client_addr)->sin6_addr, l->address,
                        sizeof l->address);
    st->lines = l;
    *line = l;
    evict(st, l->address);
}

/* Something came; `works`: a child works for it, and its silence is ours. */
static void heard(struct MHD_Connection *conn, bool works)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct station_line *l = info ? info->socket_context : NULL;
    if (!l)
        return;
    l->busy = works;
    l->said_ms = repli_monotonic_ms();
}

static void on_completed(void *user, struct MHD_Connection *conn, void **state, enum MHD_RequestTerminationCode why)
{
    (void)user, (void)why;
    struct station_request *r = *state;
    heard(conn, false);
    if (!r)
        return;
    station_ledger_rest(r);
    repli_record_close(r->record);
    repli_buf_done(&r->body);
    repli_buf_done(&r->out);
    repli_arena_done(&r->a);
    free(r);
    *state = NULL;
}

void station_hold(struct station_request *r)
{
    r->suspended = true;
    if (!r->held)
        MHD_suspend_connection(r->conn);
    r->held = true;
}

void station_release(struct station_request *r)
{
    r->held = false;
    MHD_resume_connection(r->conn);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *conn, const char *url, const char *method,
                                  const char *version, const char *data, size_t *size, void **state)
{
    struct station_request *r = *state;
    (void)version;
    if (!r) {
        *state = r = repli_xcalloc(1, sizeof *r);
        r->st = user;
        r->conn = conn;
        r->path = repli_arena_strdup(&r->a, url);
        r->post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
        r->early = !r->post && strcmp(method, MHD_HTTP_METHOD_GET) != 0;
        heard(conn, false);
        return MHD_YES;
    }
    if (*size > 0) {
        heard(conn, false);
        if (r->post && r->body.len + *size <= BODY_MAX)
            repli_buf_add(&r->body, data, *size);
        else
            r->too_large = true;
        *size = 0;
        return MHD_YES;
    }
    if (!r->suspended)
        station_dispatch(r);
    heard(conn, r->suspended && !r->status);
    if (r->suspended && !r->status)
        return MHD_YES; /* a child works for it */
    return station_send(r);
}

static const char *const headers[][2] = {
    {"Content-Security-Policy",
     "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'self'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

enum MHD_Result station_send(struct station_request *r)
{
    struct MHD_Response *m =
        MHD_create_response_from_buffer(r->out.len, r->out.data ? r->out.data : (char[]){0}, MHD_RESPMEM_MUST_COPY);
    if (!m)
        return MHD_NO;
    enum MHD_Result ok = MHD_YES;
    for (size_t i = 0; ok && i < sizeof headers / sizeof *headers; i++)
        ok = MHD_add_response_header(m, headers[i][0], headers[i][1]);
    if (ok && r->type)
        ok = MHD_add_response_header(m, "Content-Type", r->type);
    if (ok && r->location)
        ok = MHD_add_response_header(m, "Location", r->location);
    if (ok && r->file)
        ok = MHD_add_response_header(m, "Content-Disposition", r->file);
    if (ok)
        ok = MHD_add_response_header(m, "Cache-Control", r->keep ? "private, max-age=600" : "no-store");
    for (size_t i = 0; ok && i < r->nset; i++)
        ok = MHD_add_response_header(m, "Set-Cookie", r->set[i]);
    if (ok)
        ok = MHD_queue_response(r->conn, r->status, m);
    MHD_destroy_response(m);
    return ok;
}

/* Errors of the parser below us go to nobody: they would be words of strangers in our log. */
static void silent(void *user, const char *fmt, va_list ap)
{
    (void)user, (void)fmt, (void)ap;
}

static struct MHD_Daemon *start(struct station *st, const struct sockaddr *address, unsigned port, unsigned flags)
{
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, st->tls ? st->tls->key : NULL},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, st->tls ? st->tls->cert : NULL},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (st->tls ? MHD_USE_TLS : 0u) | flags,
                            (uint16_t)port, NULL, NULL, on_request, st, MHD_OPTION_EXTERNAL_LOGGER, silent, NULL,
                            MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)32768, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
                            st, MHD_OPTION_NOTIFY_CONNECTION, on_connection, st, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
                            MHD_OPTION_ARRAY, st->tls ? tls : &tls[sizeof tls / sizeof *tls - 1], MHD_OPTION_END);
}

/* The names under which browsers may ask: those of the certificate, or this computer's own; a browser leaves the port
** out when it is the usual one. */
static void name_hosts(struct station *st, const char *host, unsigned port)
{
    const char *const here[] = {host, *host == '[' ? NULL : "localhost"};
    size_t n = st->tls ? st->tls->nnames : here[1] ? 2 : 1;
    unsigned usual = st->tls ? 443 : 80;
    for (size_t i = 0; i < n; i++) {
        const char *name = st->tls ? st->tls->names[i] : here[i];
        snprintf(st->hosts[st->nhosts++], STATION_HOST_ROOM, "%s:%u", name, port);
        if (port == usual)
            snprintf(st->hosts[st->nhosts++], STATION_HOST_ROOM, "%s", name);
    }
}

bool station_http_start(struct station *st, const char *host, unsigned port, struct repli_err *err)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    char plain[64];
    bool six = *host == '[';
    snprintf(plain, sizeof plain, "%.*s", (int)(strlen(host) - (six ? 2 : 0)), host + six);
    (void)inet_pton(AF_INET, plain, &v4.sin_addr);
    (void)inet_pton(AF_INET6, plain, &v6.sin6_addr);
    st->daemon = six ? start(st, (const struct sockaddr *)(const void *)&v6, port, MHD_USE_IPv6)
                     : start(st, (const struct sockaddr *)(const void *)&v4, port, 0);
    if (!st->daemon) {
        (void)repli_fail(err, REPLI_IO,
                         "cannot listen at %s:%u: is another station running there, or is it no address of this "
                         "computer? (--listen)",
                         host, port);
        return false;
    }
    const union MHD_DaemonInfo *bound = MHD_get_daemon_info(st->daemon, MHD_DAEMON_INFO_BIND_PORT);
    name_hosts(st, host, bound && bound->port ? bound->port : port);
    return true;
}

void station_http_stop(struct station *st)
{
    if (st->daemon)
        MHD_stop_daemon(st->daemon);
    st->daemon = NULL;
}
