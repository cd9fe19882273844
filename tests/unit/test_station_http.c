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
#include <sodium.h>
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
#include "station/station.h"
#include "support/prng.h"
#include "support/smallsite.h"

#define PHRASE "four quiet words"
#define ANSWER 65536
#define CHIEF  2 /* of the staff */

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
    static const char *const staff[][2] = {{"nurse", "nurse"},
                                           {"clerk", "clerk"},
                                           {"chief", "coordinator"},
                                           {"pharma", "pharmacist"},
                                           {"verifier", "verifier"}};
    struct served *s = calloc(1, sizeof *s);
    struct repli_err err = {0};
    char hash[REPLI_PASSPHRASE_HASH], cheap[REPLI_PASSPHRASE_HASH];
    int fd[2];
    smallsite_open(&s->h, "2026-11-23T02:00", people, 1);
    assert_int_equal(repli_passphrase_hash(PHRASE, hash, &err), REPLI_OK);
    /* Each look at that takes half a second: the chief has it, the others one of the least cost. */
    assert_int_equal(
        crypto_pwhash_str(cheap, PHRASE, strlen(PHRASE), crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN), 0);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(repli_ledger_person_add(s->h.ledger, staff[i][0], "<b>Of the test", staff[i][1], 1, &err),
                         REPLI_OK);
        assert_int_equal(repli_ledger_passphrase_put(s->h.ledger, staff[i][0], i == CHIEF ? hash : cheap, 1, &err),
                         REPLI_OK);
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

static int dial(const struct served *s)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)s->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval patience = {.tv_sec = 40};
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

/* Everything that can be wrong about a POST, in all combinations; the one that is right comes last.  Roles: see
** test_every_address. */
static void test_matrix(void **state)
{
    struct served *s = *state;
    static char answer[ANSWER];
    char wrong_token[65], local[80], evil_host[] = "evil.example:80", body[160];
    struct login l;
    memset(wrong_token, 'a', 64);
    wrong_token[64] = 0;
    snprintf(local, sizeof local, "http://localhost:%u", s->port);
    assert_int_equal(sign_in(s, "nurse", "four+quiet+words", &l), 303);
    const char *hosts[] = {evil_host, NULL, s->host},
               *origins[] = {NULL, "null", "http://evil.example", local, l.origin},
               *cookies[] = {NULL, "0123456789abcdef0123456789abcdef", l.cookie},
               *tokens[] = {"", wrong_token, l.token}, *methods[] = {"GET", "PUT", "DELETE", "POST"};
    for (size_t i = 0; i < (size_t)3 * 5 * 3 * 3 * 4; i++) {
        size_t h = i % 3, o = i / 3 % 5, c = i / 15 % 3, t = i / 45 % 3, m = i / 135;
        bool right = h == 2 && o == 4 && c == 2 && t == 2 && m == 3;
        snprintf(body, sizeof body, "token=%s&kind=drill", tokens[t]);
        int status = ask(s, &(struct ask){methods[m], "/outage/open", hosts[h], origins[o], cookies[c], body}, answer);
        if (right)
            assert_int_equal(status, 303);
        else if (status < 400)
            fail_msg("%s host %zu origin %zu cookie %zu token %zu: %d", methods[m], h, o, c, t, status);
        if ((i & 63) == 0 || right)
            assert_int_equal(outages(s), right);
    }
    assert_int_equal(outages(s), 1);
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

/* Whoever may, gets in; everybody else does not: every address of the station's own table, as every role and as
** nobody, with everything else right; and with one thing wrong.  A new address is covered by being in the table. */
static void one_address(const struct served *s, const struct station_route *route, const struct login *l, int role)
{
    static char answer[ANSWER];
    char path[80], body[120];
    snprintf(path, sizeof path, "%s", route->path);
    if (path[strlen(path) - 1] == '*')
        path[strlen(path) - 1] = 'x';
    snprintf(body, sizeof body, "token=%s", l->token);
    const struct ask right = {route->post ? "POST" : "GET",   path,      s->host,
                              route->post ? l->origin : NULL, l->cookie, route->post ? body : NULL};
    struct ask wrong = right;
    wrong.host = "evil.example:80";
    assert_int_equal(ask(s, &wrong, answer), 421);
    wrong = right;
    wrong.method = "DELETE";
    assert_int_equal(ask(s, &wrong, answer), 405);
    if (route->post) {
        const char *const origins[] = {NULL, "null", "http://evil.example", "http://localhost:1"};
        for (size_t i = 0; i < 4; i++) {
            wrong = right;
            wrong.origin = origins[i];
            assert_int_equal(ask(s, &wrong, answer), 403);
        }
        wrong = right;
        wrong.body = "token=";
        assert_int_equal(ask(s, &wrong, answer), 403);
        wrong.body = "x=1";
        assert_int_equal(ask(s, &wrong, answer), 403);
        wrong = right;
        wrong.cookie = "0123456789abcdef0123456789abcdef";
        assert_int_equal(ask(s, &wrong, answer), 403);
    }
    wrong = right;
    wrong.cookie = NULL;
    int status = ask(s, &wrong, answer);
    assert_null(strstr(answer, "PEETERS")); /* nobody's name before somebody signed in */
    if (!route->roles || strcmp(route->path, "/signout") == 0)
        return;
    assert_true(route->post ? status == 403 : status == 303);
    status = ask(s, &right, answer);
    bool refused = strstr(answer, "rôle ne le permet pas") != NULL;
    if (refused == ((route->roles & role) != 0) || (refused && status != 403))
        fail_msg("%s %s as role %d: %d", right.method, path, role, status);
    assert_true(status < 500 || status == 503);
}

static void test_every_address(void **state)
{
    struct served *s = *state;
    static const struct {
        const char *person;
        int role;
    } who[] = {{"nurse", ROLE_NURSE},
               {"clerk", ROLE_CLERK},
               {"verifier", ROLE_VERIFIER},
               {"chief", ROLE_COORDINATOR},
               {"pharma", ROLE_PHARMACIST}};
    const struct station_route *route;
    int64_t before = people(s);
    size_t n = 0;
    for (size_t p = 0; p < sizeof who / sizeof *who; p++) {
        struct login l;
        assert_int_equal(sign_in(s, who[p].person, "four+quiet+words", &l), 303);
        for (size_t i = 0; (route = station_route_at(i)); i++, n++)
            one_address(s, route, &l, who[p].role);
    }
    assert_int_equal(people(s), before);
    assert_true(n > 5 * 40);
}

/* In an emergency somebody without an account prints, and sees nothing else; three times in ten minutes. */
static void test_emergency(void **state)
{
    struct served *s = *state;
    static char answer[ANSWER];
    struct login l;
    char body[300];
    const struct station_route *route;
    snprintf(l.origin, sizeof l.origin, "http://%s", s->host);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ask(s, &(struct ask){"GET", "/", s->host, NULL, NULL, NULL}, answer), 200);
        between(answer, "Set-Cookie: repli=", ';', l.cookie, sizeof l.cookie);
        between(answer, "name=\"token\" value=\"", '"', l.token, sizeof l.token);
        snprintf(body, sizeof body, "token=%s&name=%s&function=nurse&reason=%s", l.token,
                 i == 0 ? "%0A" : "Jan+%3Cb%3E", i == 1 ? "++++" : "the+printer+of+3B+is+dead");
        int status = ask(s, &(struct ask){"POST", "/breakglass", s->host, l.origin, l.cookie, body}, answer);
        assert_int_equal(status, i < 2 ? 400 : 303);
        if (status == 303)
            between(answer, "Set-Cookie: repli=", ';', l.cookie, sizeof l.cookie);
    }
    assert_int_equal(ask(s, &(struct ask){"GET", "/print", s->host, NULL, l.cookie, NULL}, answer), 200);
    assert_non_null(strstr(answer, "Jan &lt;b&gt;"));
    between(answer, "name=\"token\" value=\"", '"', l.token, sizeof l.token);
    for (size_t i = 0; (route = station_route_at(i)); i++)
        one_address(s, route, &l, ROLE_GLASS);
    assert_int_equal(ask(s, &(struct ask){"GET", "/", s->host, NULL, NULL, NULL}, answer), 200);
    between(answer, "Set-Cookie: repli=", ';', l.cookie, sizeof l.cookie);
    between(answer, "name=\"token\" value=\"", '"', l.token, sizeof l.token);
    snprintf(body, sizeof body, "token=%s&name=Jan&function=nurse&reason=once+more", l.token);
    assert_int_equal(ask(s, &(struct ask){"POST", "/breakglass", s->host, l.origin, l.cookie, body}, answer), 429);
}

#define MALFORMED 10000
#define AT_ONCE   16

/* What came back by now; 0: nothing, half a request is not waited for. */
static int collect(int *fd)
{
    char answer[64] = "";
    struct pollfd waits = {.fd = *fd, .events = POLLIN};
    int status = 0;
    if (*fd < 0)
        return 0;
    if (poll(&waits, 1, 2) == 1 && recv(*fd, answer, sizeof answer - 1, MSG_DONTWAIT) > 0)
        (void)sscanf(answer, "HTTP/1.1 %d", &status);
    (void)close(*fd);
    *fd = -1;
    return status;
}

/* A request with some bytes changed, now and then cut off.  Whether it still is a POST. */
static int send_bad(const struct served *s, const char *seed, int i, struct prng *r, bool *post)
{
    char data[700];
    size_t len = strlen(seed);
    int fd = dial(s);
    memcpy(data, seed, len + 1);
    for (int k = 0; k < 1 + i % 12; k++)
        data[(size_t)prng_int(r, 0, (int)len - 1)] = (char)prng_int(r, 0, 255);
    if (i % 5 == 0)
        len = (size_t)prng_int(r, 1, (int)len);
    *post = strncmp(data, "POST ", 5) == 0;
    (void)send(fd, data, len, MSG_NOSIGNAL);
    return fd;
}

/* Bytes that are no request, ten thousand times, half of them as somebody who is signed in; after them the next page
** comes, nothing has changed, and no handler stumbled. */
static void test_malformed(void **state)
{
    struct served *s = *state;
    static char answer[ANSWER];
    char seeds[4][700];
    struct login l;
    struct prng r;
    size_t before = outages(s);
    int answered = 0, open_fd[AT_ONCE];
    bool posted[AT_ONCE] = {false};
    assert_int_equal(sign_in(s, "chief", "four+quiet+words", &l), 303);
    snprintf(
        seeds[0], sizeof seeds[0],
        "POST /outage/open HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: repli=%s\r\nContent-Type: "
        "application/x-www-form-urlencoded\r\nContent-Length: 40\r\n\r\ntoken=%%00&kind=drill&from=%%C3%%28&ward=3B&x",
        s->host, l.origin, l.cookie);
    snprintf(
        seeds[1], sizeof seeds[1],
        "POST /print HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: a=b; repli=%s\r\nContent-Length: 9\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntoken\r\n0\r\n\r\n",
        s->host, l.origin, l.cookie);
    snprintf(seeds[2], sizeof seeds[2],
             "GET /print/job?id=1&json=%%zz HTTP/1.1\r\nHost: %s\r\nCookie: repli=%s\r\nAccept: text/html\r\n\r\n",
             s->host, l.cookie);
    snprintf(seeds[3], sizeof seeds[3],
             "GET /crop/0000-0001-D/col1.at.png HTTP/1.1\r\nHost: %s\r\nCookie: repli=%s; lang=nl\r\nReferer: "
             "http://%s//x\r\n\r\n",
             s->host, l.cookie, s->host);
    prng_seed(&r, 7, 0);
    for (int i = 0; i < AT_ONCE; i++)
        open_fd[i] = -1;
    for (int i = 0; i < MALFORMED + AT_ONCE; i++) {
        int *slot = &open_fd[i % AT_ONCE], status = collect(slot);
        answered += status != 0;
        if (status == 500 || status == 503 || (posted[i % AT_ONCE] && status != 0 && status < 400))
            fail_msg("request %d: %d", i - AT_ONCE, status);
        if (i < MALFORMED)
            *slot = send_bad(s, seeds[i % 4], i, &r, &posted[i % AT_ONCE]);
    }
    assert_true(answered > MALFORMED / 10);
    struct repli_buf large = {0};
    char body[200];
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
                                       cmocka_unit_test(test_every_address),    cmocka_unit_test(test_emergency)};
    if (argc == 2 && strcmp(argv[1], "--passphrase") == 0) /* the station starts its own program again */
        return repli_passphrase_main();
    if (argc > 1) /* nothing else of it is here: never the tests again, from within themselves */
        return REPLI_USAGE;
    return cmocka_run_group_tests(tests, setup, teardown);
}
