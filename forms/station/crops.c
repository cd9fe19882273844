/* Crops are cut by children: a scan takes a tenth of a second to decode, and everybody else would wait for it.  Whoever
** is lent fields has their pictures cut ahead; a request for one that is not there waits for it. */
#include <stdlib.h>
#include <string.h>

#include "repli/file.h"
#include "repli/scan.h"
#include "repli/serial.h"
#include "station/station.h"

#define CROP_MAX  (16u << 20)
#define AT_ONCE   2             /* children that cut ahead */
#define URGENT    2             /* and those that cut what somebody looks for */
#define PIECE_MAX 4000          /* names that one is given: they fit its pipe */
#define WAITS_MAX (256u * 1024) /* names that wait; what is dropped is cut when it is asked for */

struct waiter {
    struct waiter *next;
    struct station_request *r;
    char *line; /* "SHEET NAME" */
};

struct station_cutting {
    struct repli_buf wanted; /* lines */
    struct repli_buf urgent; /* those that somebody waits for */
    int running, running_urgent;
    struct waiter *waiters;
};

static struct station_cutting *cutting(struct station *st)
{
    if (!st->cutting)
        st->cutting = repli_xcalloc(1, sizeof *st->cutting);
    return st->cutting;
}

bool station_crops_idle(const struct station *st)
{
    return !st->cutting || !st->cutting->waiters;
}

void station_crops_end(struct station *st)
{
    if (!st->cutting)
        return;
    repli_buf_done(&st->cutting->wanted);
    repli_buf_done(&st->cutting->urgent);
    free(st->cutting);
    st->cutting = NULL;
}

static bool send_crop(struct station_request *r, const char *file)
{
    char *data = NULL;
    size_t len = 0;
    if (!repli_file_exists(file) || repli_file_read(file, CROP_MAX, &r->a, &data, &len, &r->err) != REPLI_OK)
        return false;
    r->status = 200;
    r->type = "image/png";
    r->out.len = 0;
    repli_buf_add(&r->out, data, len);
    return true;
}

/* Those that wait for this line, or (NULL) all: what is there goes out, the rest is not to be had. */
static void answer(struct station_cutting *c, const char *line)
{
    for (struct waiter **p = &c->waiters; *p;) {
        struct waiter *w = *p;
        if (line && strcmp(w->line, line) != 0) {
            p = &w->next;
            continue;
        }
        *p = w->next;
        const char *blank = strchr(w->line, ' ');
        const char *sheet = repli_arena_strndup(&w->r->a, w->line, (size_t)(blank - w->line));
        if (!send_crop(w->r, repli_path_join(&w->r->a, w->r->st->site->crops,
                                             repli_scan_crop_name(&w->r->a, sheet, blank + 1))))
            station_error(w->r, 404, "There is no picture: the scan is gone");
        station_ledger_rest(w->r);
        MHD_resume_connection(w->r->conn);
        free(w->line);
        free(w);
    }
}

static void on_line(void *user, const char *text)
{
    struct station *st = user;
    if (strncmp(text, "made ", 5) == 0 || strncmp(text, "gone ", 5) == 0)
        answer(st->cutting, text + 5);
}

static void start_next(struct station *st);

static void went_on(struct station *st)
{
    start_next(st);
    if (st->cutting->running + st->cutting->running_urgent == 0) /* they ended without a word about them */
        answer(st->cutting, NULL);
}

static void on_end(void *user, int code, const char *said)
{
    struct station *st = user;
    (void)code, (void)said;
    st->cutting->running--;
    went_on(st);
}

static void on_urgent_end(void *user, int code, const char *said)
{
    struct station *st = user;
    (void)code, (void)said;
    st->cutting->running_urgent--;
    went_on(st);
}

/* The next names, whole lines, to a child. */
static bool start_one(struct station *st, struct repli_buf *lines, bool urgent)
{
    const char *argv[] = {"repli", "--look", "--site", st->site->dir, "review", "crops", NULL};
    size_t n = lines->len < PIECE_MAX ? lines->len : PIECE_MAX;
    while (n > 0 && lines->data[n - 1] != '\n')
        n--;
    char *piece = repli_xmalloc(n + 1);
    memcpy(piece, lines->data, n);
    piece[n] = 0;
    memmove(lines->data, lines->data + n, lines->len - n);
    lines->len -= n;
    struct repli_err ignored = {0};
    const struct station_child how = {
        .line = on_line, .end = urgent ? on_urgent_end : on_end, .user = st, .patient = !urgent};
    bool ok = n > 0 && station_spawn(st, argv, piece, &how, &ignored);
    free(piece);
    return ok;
}

static void start_next(struct station *st)
{
    struct station_cutting *c = st->cutting;
    while (c->running_urgent < URGENT && c->urgent.len > 0 && start_one(st, &c->urgent, true))
        c->running_urgent++;
    while (c->running < AT_ONCE && c->wanted.len > 0 && start_one(st, &c->wanted, false))
        c->running++;
}

void station_crops_want(struct station *st, const char *lines)
{
    struct station_cutting *c = cutting(st);
    if (c->wanted.len + strlen(lines) <= WAITS_MAX)
        repli_buf_puts(&c->wanted, lines);
    start_next(st);
}

/* By a child of its own: somebody looks at an empty frame. */
static void wait_for(struct station_request *r, const char *sheet, const char *field)
{
    struct station_cutting *c = cutting(r->st);
    struct waiter *w = repli_xcalloc(1, sizeof *w);
    const char *line = repli_arena_printf(&r->a, "%s %s", sheet, field);
    *w = (struct waiter){.next = c->waiters, .r = r, .line = repli_xstrdup(line)};
    c->waiters = w;
    repli_buf_printf(&c->urgent, "%s\n", line);
    station_ledger_rest(r);
    r->suspended = true;
    MHD_suspend_connection(r->conn);
    start_next(r->st);
    if (c->running + c->running_urgent == 0)
        answer(c, NULL);
}

void get_crop(struct station_request *r)
{
    const char *sheet = NULL, *field = NULL;
    uint64_t serial = 0;
    if (!station_crop_parse(r->path + strlen("/crop/"), &r->a, &sheet, &field) || !repli_serial_parse(sheet, &serial)) {
        station_error(r, 404, "There is no such page");
        return;
    }
    bool whole = strcmp(field, REPLI_CROP_SHEET) == 0;
    /* A whole side shows whose it is: that is a view of a patient. */
    if (whole && !station_note(r, "view", sheet, "sheet", NULL))
        return;
    r->keep = !whole;
    if (!send_crop(r, repli_path_join(&r->a, r->st->site->crops, repli_scan_crop_name(&r->a, sheet, field))))
        wait_for(r, sheet, field);
}
