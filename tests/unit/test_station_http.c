/* The station over real sockets: a POST changes something only when Host, Origin, token, sign-in and role are all
** right; malformed requests and idle connections harm nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repli/clock.h"
#include "repli/outage.h"
#include "repli/passphrase.h"
#include "repli/station.h"
#include "station/desk.h"
#include "support/prng.h"
#include "support/smallsite.h"

#define PHRASE "four quiet words"
#define ANSWER 65536

struct served {
    struct smallsite h;
    pid_t pid;
    unsigned port;
    char host[64];
};

static void told(void *user, const struct repli_station_at *at)
{
    int fd = *(int *)user;
    if (write(fd, at->address, strlen(at->address) + 1) < 0)
        (void)close(fd);
}

static int setup(void **state)
{
    static const struct smallsite_person people[] = {{"PEETERS", "Marie", "1950-02-03", "100", "3B"}};
    static const char *const staff[][2] = {
        {"nurse", "nurse"}, {"clerk", "clerk"}, {"chief", "coordinator"}, {"pharma", "pharmacist"}};
    struct served *s = calloc(1, sizeof *s);
    struct repli_err err = {0};
    char hash[REPLI_PASSPHRASE_HASH];
    int fd[2];
    smallsite_open(&s->h, "2026-11-23T02:00", people, 1);
    assert_int_equal(repli_passphrase_hash(PHRASE, hash, &err), REPLI_OK);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(repli_ledger_person_add(s->h.ledger, staff[i][0], "<b>Of the test", staff[i][1], 1, &err),
                         REPLI_OK);
        assert_int_equal(repli_ledger_passphrase_put(s->h.ledger, staff[i][0], hash, 1, &err), REPLI_OK);
    }
    smallsite_pause(&s->h);
    assert_int_equal(pipe(fd), 0);
    s->pid = fork();
    if (s->pid == 0) {
        struct repli_site *site = NULL;
        enum repli_status status = repli_site_open(s->h.dir, "2026-11-23T03:00", &site, &err);
        if (status == REPLI_OK)
            status = repli_station_serve(site, "2026-11-23T03:00", "127.0.0.1:0", told, &fd[1], &err);
        repli_site_close(site);
        _exit((int)status);
    }
    (void)close(fd[1]);
    assert_true(read(fd[0], s->host, sizeof s->host) > 0);
    (void)close(fd[0]);
    s->port = (unsigned)strtoul(strchr(s->host, ':') + 1, NULL, 10);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct served *s = *state;
    int code = 0;
    (void)kill(s->pid, SIGTERM);
    (void)waitpid(s->pid, &code, 0);
    smallsite_reopen(&s->h, "2026-11-23T03:00");
    smallsite_close(&s->h);
    free(s);
    return code; /* it ended by itself and well */
}

/* ---- a client of our own: one request a connection */

static int patience_ms = 10000; /* for an answer */

static int dial(const struct served *s)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)s->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval patience = {.tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* The status; 0: closed without an answer.  `answer` gets it whole. */
static int raw(const struct served *s, const char *data, size_t len, char answer[ANSWER])
{
    int fd = dial(s), status = 0;
    size_t n = 0;
    ssize_t got = send(fd, data, len, MSG_NOSIGNAL);
    while (got > 0 && n < ANSWER - 1 && (got = recv(fd, answer + n, ANSWER - 1 - n, 0)) > 0)
        n += (size_t)got;
    answer[n] = 0;
    (void)close(fd);
    return sscanf(answer, "HTTP/1.1 %d", &status) == 1 ? status : 0;
}

struct ask {
    const char *method, *path, *host, *origin, *cookie, *body;
};

static int ask(const struct served *s, const struct ask *a, char answer[ANSWER])
{
    struct repli_buf b = {0};
    repli_buf_printf(&b, "%s %s HTTP/1.1\r\nConnection: close\r\n", a->method, a->path);
    if (a->host)
        repli_buf_printf(&b, "Host: %s\r\n", a->host);
    if (a->origin)
        repli_buf_printf(&b, "Origin: %s\r\n", a->origin);
    if (a->cookie)
        repli_buf_printf(&b, "Cookie: repli=%s\r\n", a->cookie);
    if (a->body)
        repli_buf_printf(&b, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n",
                         strlen(a->body));
    repli_buf_printf(&b, "\r\n%s", a->body ? a->body : "");
    int status = raw(s, b.data, b.len, answer);
    repli_buf_done(&b);
    return status;
}

static void between(const char *text, const char *before, char end, char *out, size_t room)
{
    const char *p = strstr(text, before);
    assert_non_null(p);
    p += strlen(before);
    snprintf(out, room, "%.*s", (int)(strchr(p, end) - p), p);
}

struct login {
    char cookie[40], token[65], origin[80];
};

static int sign_in(const struct served *s, const char *person, const char *phrase, struct login *l)
{
    static char answer[ANSWER];
    char body[400];
    snprintf(l->origin, sizeof l->origin, "http://%s", s->host);
    assert_int_equal(ask(s, &(struct ask){"GET", "/", s->host, NULL, NULL, NULL}, answer), 200);
    between(answer, "Set-Cookie: repli=", ';', l->cookie, sizeof l->cookie);
    between(answer, "name=\"token\" value=\"", '"', l->token, sizeof l->token);
    snprintf(body, sizeof body, "token=%s&person=%s&passphrase=%s", l->token, person, phrase);
    int status = ask(s, &(struct ask){"POST", "/signin", s->host, l->origin, l->cookie, body}, answer);
    if (status != 303)
        return status;
    between(answer, "Set-Cookie: repli=", ';', l->cookie, sizeof l->cookie);
    assert_int_equal(ask(s, &(struct ask){"GET", "/outage", s->host, NULL, l->cookie, NULL}, answer), 200);
    between(answer, "name=\"token\" value=\"", '"', l->token, sizeof l->token);
    return status;
}

static size_t outages(struct served *s)
{
    struct repli_arena a = {0};
    struct repli_ledger *l = NULL;
    struct repli_outage *all = NULL;
    size_t count = 0;
    struct repli_err err = {0};
    char path[120];
    snprintf(path, sizeof path, "%s/ledger.db", s->h.dir);
    assert_int_equal(repli_ledger_open(path, false, 1, &l, &err), REPLI_OK);
    assert_int_equal(repli_ledger_outages(l, &a, &all, &count, &err), REPLI_OK);
    repli_ledger_close(l);
    repli_arena_done(&a);
    return count;
}

/* ---- tests */

static void test_signing_in(void **state)
{
    struct served *s = *state;
    struct login l;
    static char answer[ANSWER];
    assert_int_equal(sign_in(s, "nurse", "four+wrong+words", &l), 403);
    assert_int_equal(sign_in(s, "nobody", "four+quiet+words", &l), 403);
    assert_int_equal(sign_in(s, "nurse", "", &l), 403);
    assert_int_equal(sign_in(s, "nurse", "four+quiet+words", &l), 303);
    assert_int_equal(ask(s, &(struct ask){"GET", "/print", s->host, NULL, l.cookie, NULL}, answer), 200);
    assert_non_null(strstr(answer, "&lt;b&gt;Of the test"));
    assert_null(strstr(answer, "<b>Of the test"));
    assert_non_null(strstr(answer, "default-src 'self'"));
    assert_non_null(strstr(answer, "frame-ancestors 'none'"));
    assert_null(strstr(answer, "unsafe-inline"));
    assert_non_null(strstr(answer, "nosniff"));
    assert_int_equal(ask(s, &(struct ask){"GET", "/print", s->host, NULL, NULL, NULL}, answer), 303);
    assert_null(strstr(answer, "PEETERS"));
}

/* Everything that can be wrong about a POST, in all combinations; the one that is right comes last. */
static void test_matrix(void **state)
{
    struct served *s = *state;
    static char answer[ANSWER];
    static const char *const people[] = {"clerk", "pharma", "nurse"};
    char wrong_token[65], local[80], evil_host[] = "evil.example:80";
    int cases = 0;
    memset(wrong_token, 'a', 64);
    wrong_token[64] = 0;
    snprintf(local, sizeof local, "http://localhost:%u", s->port);
    for (size_t p = 0; p < 3; p++) {
        struct login l;
        assert_int_equal(sign_in(s, people[p], "four+quiet+words", &l), 303);
        const char *hosts[] = {evil_host, NULL, s->host},
                   *origins[] = {NULL, "null", "http://evil.example", local, l.origin},
                   *cookies[] = {NULL, "0123456789abcdef0123456789abcdef", l.cookie},
                   *tokens[] = {"", wrong_token, l.token}, *methods[] = {"GET", "PUT", "DELETE", "POST"};
        for (size_t i = 0; i < (size_t)3 * 5 * 3 * 3 * 4; i++) {
            char body[160];
            size_t h = i % 3, o = i / 3 % 5, c = i / 15 % 3, t = i / 45 % 3, m = i / 135;
            bool right = h == 2 && o == 4 && c == 2 && t == 2 && m == 3 && p == 2;
            snprintf(body, sizeof body, "token=%s&kind=drill", tokens[t]);
            int status =
                ask(s, &(struct ask){methods[m], "/outage/open", hosts[h], origins[o], cookies[c], body}, answer);
            cases++;
            if (right) {
                assert_int_equal(status, 303);
            } else if (status < 400) {
                fail_msg("%s host %zu origin %zu cookie %zu token %zu as %s: %d", methods[m], h, o, c, t, people[p],
                         status);
            }
            if ((i & 63) == 0 || right)
                assert_int_equal(outages(s), right);
        }
        assert_int_equal(outages(s), p == 2);
    }
    assert_int_equal(cases, 3 * 540);
}

static int64_t people(struct served *s)
{
    struct repli_arena a = {0};
    struct repli_ledger *l = NULL;
    struct repli_person *all = NULL;
    size_t count = 0;
    struct repli_err err = {0};
    char path[120];
    snprintf(path, sizeof path, "%s/ledger.db", s->h.dir);
    assert_int_equal(repli_ledger_open(path, false, 1, &l, &err), REPLI_OK);
    assert_int_equal(repli_ledger_person_list(l, &a, &all, &count, &err), REPLI_OK);
    repli_ledger_close(l);
    repli_arena_done(&a);
    return (int64_t)count;
}

/* What a route answers to somebody (NULL: nobody is signed in), when everything but what is tried is right. */
static void try_route(struct served *s, const struct station_route *route, const struct login *l, int role, int *cases)
{
    static char answer[ANSWER];
    char path[80], body[400];
    const char *cookie = l ? l->cookie : NULL;
    bool may = l && (route->roles & role);
    snprintf(path, sizeof path, "%s", strchr(route->path, '*') ? "/picture/999/0.png" : route->path);
    snprintf(body, sizeof body, "token=%s&act=add&id=evil&name=Evil&role=coordinator&sheet=1&as=void",
             l ? l->token : "");
    if (!route->post) {
        int status = ask(s, &(struct ask){"GET", path, s->host, NULL, cookie, NULL}, answer);
        if (may ? status >= 500 || status == 403 : status != (l ? 403 : 303))
            fail_msg("GET %s as role %d: %d", path, role, status);
        *cases += 1;
        return;
    }
    char evil[] = "http://evil.example", own[80];
    snprintf(own, sizeof own, "http://%s", s->host);
    const struct ask wrong[] = {{"GET", path, s->host, NULL, cookie, NULL},
                                {"PUT", path, s->host, own, cookie, body},
                                {"POST", path, "evil.example", own, cookie, body},
                                {"POST", path, s->host, evil, cookie, body},
                                {"POST", path, s->host, NULL, cookie, body},
                                {"POST", path, s->host, own, cookie, "token=&act=add&id=evil&name=Evil&role=clerk"},
                                {"POST", path, s->host, own, cookie, "act=add&id=evil&name=Evil&role=clerk"},
                                {"POST", path, s->host, own, NULL, body}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++, *cases += 1) {
        int status = ask(s, &wrong[i], answer);
        if (status < 400 || status >= 500)
            fail_msg("%s %s, case %zu, role %d: %d", wrong[i].method, path, i, role, status);
    }
    if (l && !may) {
        assert_int_equal(ask(s, &(struct ask){"POST", path, s->host, own, cookie, body}, answer), 403);
        *cases += 1;
    }
}

/* Who may do what, written down a second time: n nurse, c clerk, v verifier, k coordinator, p pharmacist. */
static void test_desk_roles(void **state)
{
    (void)state;
    static const char *const may[][3] = {{"GET", "/ledger", "ncvkp"},
                                         {"POST", "/ledger/close", "nk"},
                                         {"POST", "/ledger/settle", "ncvk"},
                                         {"POST", "/ledger/unused", "ncvk"},
                                         {"POST", "/ledger/receive", "ncvk"},
                                         {"GET", "/batches", "cvk"},
                                         {"GET", "/images", "cvk"},
                                         {"GET", "/image", "cvk"},
                                         {"POST", "/image/assign", "cvk"},
                                         {"POST", "/image/aside", "cvk"},
                                         {"GET", "/picture/1/0.png", "cvk"},
                                         {"GET", "/second", "cvk"},
                                         {"POST", "/second/choose", "cvk"},
                                         {"GET", "/identity", "nvk"},
                                         {"POST", "/identity/say", "nvk"},
                                         {"GET", "/conflicts", "vkp"},
                                         {"POST", "/conflicts/decide", "vkp"},
                                         {"GET", "/merge", "vkp"},
                                         {"POST", "/merge/sign", "vkp"},
                                         {"POST", "/merge/all", "k"},
                                         {"GET", "/merges", "vkp"},
                                         {"POST", "/merge/undo", "vkp"},
                                         {"GET", "/report", "vkp"},
                                         {"GET", "/report.pdf", "vkp"},
                                         {"GET", "/people", "k"},
                                         {"POST", "/people/change", "k"},
                                         {"GET", "/audit", "k"},
                                         {"POST", "/audit/verify", "k"}};
    assert_int_equal(sizeof may / sizeof *may, station_desk_nroutes);
    for (size_t i = 0; i < sizeof may / sizeof *may; i++) {
        bool known = false;
        int roles = 0;
        for (const char *c = may[i][2]; *c; c++)
            roles |= *c == 'n'   ? ROLE_NURSE
                     : *c == 'c' ? ROLE_CLERK
                     : *c == 'v' ? ROLE_VERIFIER
                     : *c == 'k' ? ROLE_COORDINATOR
                                 : ROLE_PHARMACIST;
        const struct station_route *route = station_route(may[i][1], may[i][0][0] == 'P', &known);
        assert_non_null(route);
        if (route->roles != roles)
            fail_msg("%s %s: roles %d, not %d", may[i][0], may[i][1], route->roles, roles);
    }
}

/* Every page and deed of the desk, as everybody and as nobody: those that may see it do, nothing else happens. */
static void test_desk_matrix(void **state)
{
    struct served *s = *state;
    static const char *const who[] = {"nurse", "clerk", "pharma", "chief"};
    static const int roles[] = {ROLE_NURSE, ROLE_CLERK, ROLE_PHARMACIST, ROLE_COORDINATOR};
    int64_t before = people(s);
    int cases = 0;
    for (size_t p = 0; p < 5; p++) {
        struct login l;
        if (p < 4)
            assert_int_equal(sign_in(s, who[p], "four+quiet+words", &l), 303);
        for (size_t i = 0; i < station_desk_nroutes; i++)
            try_route(s, &station_desk_routes[i], p < 4 ? &l : NULL, p < 4 ? roles[p] : 0, &cases);
    }
    assert_int_equal(people(s), before);
    assert_true(cases > 450);
}

/* Bytes that are no request; after them the next page comes. */
static void test_malformed(void **state)
{
    struct served *s = *state;
    static char answer[ANSWER];
    static const char seed[] =
        "POST /outage/open HTTP/1.1\r\nHost: 127.0.0.1:1\r\nOrigin: http://x\r\nContent-Length: 9\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\ntoken=%00";
    size_t before = outages(s);
    struct prng r;
    prng_seed(&r, 7, 0);
    patience_ms = 50; /* half a request waits for its other half */
    for (int i = 0; i < 200; i++) {
        char data[sizeof seed];
        memcpy(data, seed, sizeof seed);
        for (int k = 0; k < 1 + i % 12; k++)
            data[(size_t)prng_int(&r, 0, (int)sizeof seed - 2)] = (char)prng_int(&r, 0, 255);
        int status = raw(s, data, (size_t)prng_int(&r, 1, (int)sizeof seed - 1), answer);
        if (status != 0 && status < 400)
            fail_msg("request %d was taken: %d", i, status);
    }
    patience_ms = 10000;
    struct repli_buf large = {0};
    char body[200];
    struct login l;
    assert_int_equal(sign_in(s, "nurse", "four+quiet+words", &l), 303);
    snprintf(body, sizeof body, "token=%s&kind=drill&from=", l.token);
    repli_buf_puts(&large, body);
    for (int i = 0; i < 70000; i++)
        repli_buf_puts(&large, "1");
    assert_int_equal(ask(s, &(struct ask){"POST", "/outage/open", s->host, l.origin, l.cookie, large.data}, answer),
                     413);
    repli_buf_done(&large);
    assert_int_equal(outages(s), before);
    assert_int_equal(ask(s, &(struct ask){"GET", "/", s->host, NULL, NULL, NULL}, answer), 200);
}

/* Forty that say nothing, or half a line: the next page comes at once, and the oldest of them are put out. */
static void test_idle_connections(void **state)
{
    struct served *s = *state;
    static char answer[ANSWER];
    int idle[40];
    for (int i = 0; i < 40; i++) {
        idle[i] = dial(s);
        if (i % 2)
            assert_true(send(idle[i], "GET / HT", 8, MSG_NOSIGNAL) == 8);
    }
    int64_t start = repli_monotonic_ms();
    assert_int_equal(ask(s, &(struct ask){"GET", "/", s->host, NULL, NULL, NULL}, answer), 200);
    assert_true(repli_monotonic_ms() - start < 3000);
    struct pollfd waits = {.events = POLLIN};
    for (int i = 0; i < 40; i++) {
        waits.fd = idle[i]; /* closed by the station: the first ones; the last may stay */
        if (i < 12 || i == 39)
            assert_int_equal(poll(&waits, 1, i < 12 ? 10000 : 0), i < 12);
        (void)close(idle[i]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_signing_in),       cmocka_unit_test(test_malformed),
                                       cmocka_unit_test(test_idle_connections), cmocka_unit_test(test_matrix),
                                       cmocka_unit_test(test_desk_roles),       cmocka_unit_test(test_desk_matrix)};
    if (argc > 2) /* a command that a page asked for: this program has none */
        return 1;
    if (argc == 2 && strcmp(argv[1], "--passphrase") == 0) /* the station starts its own program again */
        return repli_passphrase_main();
    if (argc > 1) /* nothing else of it is here: never the tests again, from within themselves */
        return REPLI_USAGE;
    return cmocka_run_group_tests(tests, setup, teardown);
}
