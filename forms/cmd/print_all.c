/* `print --all`: every ward of the newest snapshot.  Several processes share the wards, each started anew from this
** program with a ledger of its own; numbers are taken ward after ward all the same, so that the paper does not depend
** on how many they were, and reports come out in that order.
**
** This process hands out wards and turns over a socket each; what a worker prints goes to files in memory, of which a
** ward's part is shown when its turn to be shown has come.  A worker that dies costs its ward, by name; the next ward
** gets a new one.  A worker whose parent died reads the end of its socket and stops after the ward it is at. */
#define _GNU_SOURCE /* memfd_create */
#include "cmd/cmd_print.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repli/audit.h"
#include "repli/text.h"

#define WORKER_SOCKET 3
#define HIGH_FD       10 /* descriptors that are to become 1, 2 and 3 wait above these */
#define WORKERS_MAX   64

enum what { GO, TURN, ASKS_TURN, HAS_NUMBERS, DONE };
struct message {
    int32_t what, item, code, too_young;
};

struct item {
    const char *ward; /* NULL: the patients whose ward is not known, or */
    bool house;       /* the house as a whole */
    bool asks, passed, done, too_young;
    int code;
    struct repli_buf out, err; /* what was printed about it */
};
struct worker {
    pid_t pid; /* 0 = none */
    int socket;
    int out, err; /* its standard output and error, and how much of them belongs to earlier wards */
    off_t out_at, err_at;
    int item; /* -1 = idle */
};
struct all {
    struct repli_cli *cli;
    const struct print_options *o;
    struct repli_press *press;
    struct item *items;
    size_t count, next, turn, shown;
    struct worker workers[WORKERS_MAX];
    size_t nworkers;
};

/* ---- what both sides need */

static enum repli_status list_items(struct repli_cli *cli, const struct print_options *o, struct repli_press *press,
                                    struct item **items, size_t *count)
{
    struct repli_snap_ward *wards = NULL;
    size_t n = 0;
    struct repli_snapshot *snap = repli_press_snapshot(press);
    enum repli_status status = repli_snapshot_wards(snap, &cli->arena, &wards, &n, &cli->err);
    if (status != REPLI_OK)
        return status;
    *items = repli_arena_array(&cli->arena, n + 2, sizeof **items);
    for (size_t i = 0; i < n; i++)
        if (wards[i].census > 0 && (o->scope.people || o->scope.wards))
            (*items)[(*count)++].ward = wards[i].id;
    *count += o->scope.people && repli_snapshot_info(snap)->unplaced > 0;
    if (o->scope.house) /* last: beds come before desks */
        (*items)[(*count)++].house = true;
    return REPLI_OK;
}

static const char *item_name(const struct item *i)
{
    return i->ward ? "ward " : i->house ? "the whole house" : "patients without a ward";
}

/* One pack of --all. A ward that cannot be printed must not keep the others from their paper. */
static int print_item(struct repli_cli *cli, const struct print_options *o, const struct item *i,
                      const struct print_place *place, bool *too_young)
{
    enum repli_status status = repli_print_one(cli, o, i->house, i->ward, place, too_young);
    if (status != REPLI_OK && status != REPLI_WAITS) {
        (void)repli_err_prefix(&cli->err, "%s%s", item_name(i), i->ward ? i->ward : "");
        (void)repli_cli_fail(cli);
        repli_err_clear(&cli->err);
    }
    return (int)status;
}

/* The worst of all wards.  Nobody old enough for a form in one of them is no failure while the others have paper. */
static int whole_code(const struct all *all)
{
    int code = REPLI_OK;
    bool paper = false;
    for (size_t i = 0; i < all->count; i++)
        paper = paper || all->items[i].code == REPLI_OK || all->items[i].code == REPLI_WAITS;
    for (size_t i = 0; i < all->count; i++) {
        int one = paper && all->items[i].too_young ? (int)REPLI_WAITS : all->items[i].code;
        if (one != REPLI_OK && (code == REPLI_OK || code == REPLI_WAITS))
            code = one;
    }
    return code;
}

/* ---- the worker's side */

static bool say(const struct message *m)
{
    return send(WORKER_SOCKET, m, sizeof *m, MSG_NOSIGNAL) == (ssize_t)sizeof *m;
}

static bool hear(struct message *m)
{
    ssize_t n;
    do
        n = recv(WORKER_SOCKET, m, sizeof *m, 0);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *m;
}

static enum repli_status my_turn(void *user, struct repli_err *err)
{
    const int32_t *item = user;
    struct message m = {.what = ASKS_TURN, .item = *item};
    if (!say(&m) || !hear(&m) || m.what != TURN)
        return repli_fail(err, REPLI_IO, "the process that handed out the wards is gone: print again");
    return REPLI_OK;
}

static void numbered(void *user, size_t done, size_t total)
{
    const int32_t *item = user;
    (void)total;
    if (done == 0)
        (void)say(&(struct message){.what = HAS_NUMBERS, .item = *item});
}

int repli_print_worker(struct repli_cli *cli, const struct print_options *o)
{
    struct repli_press *press = NULL;
    struct item *items = NULL;
    size_t count = 0;
    int64_t passed_over = 0;
    struct print_options mine = *o;
    const char *head = strchr(o->worker, ' '), *path = head ? strchr(head + 1, ' ') : NULL;
    if (!path || !repli_integer(repli_arena_strndup(&cli->arena, o->worker, (size_t)(head - o->worker)), 0, INT64_MAX,
                                &passed_over))
        return repli_cli_usage(cli, "--worker is for `print --all` itself");
    mine.audit = repli_arena_strndup(&cli->arena, head + 1, (size_t)(path - head - 1));
    enum repli_status status = repli_press_open_checked(cli->site, path + 1, passed_over, &press, &cli->err);
    if (status == REPLI_OK)
        status = list_items(cli, o, press, &items, &count);
    for (struct message m; status == REPLI_OK && hear(&m) && m.item >= 0 && (size_t)m.item < count;) {
        int32_t item = m.item;
        bool too_young = false;
        struct print_place place = {.press = press, .progress = numbered, .turn = my_turn, .user = &item};
        int code = print_item(cli, &mine, &items[item], &place, &too_young);
        (void)fflush(stdout);
        (void)fflush(stderr);
        if (!say(&(struct message){.what = DONE, .item = item, .code = code, .too_young = too_young}))
            break;
    }
    repli_press_close(press);
    return status == REPLI_OK ? REPLI_OK : repli_cli_fail(cli);
}

/* ---- the parent's side: starting and stopping */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static char **worker_words(struct all *all)
{
    struct repli_cli *cli = all->cli;
    const struct print_options *o = all->o;
    const struct repli_snapshot_info *info = repli_snapshot_info(repli_press_snapshot(all->press));
    const char *snapshot =
        repli_arena_printf(&cli->arena, "%lld %s %s", (long long)info->passed_over, o->audit, info->path);
    const char *const pairs[][2] = {{"--worker", snapshot},    {"--site", cli->site->dir}, {"--at", cli->at},
                                    {"--lang", o->lang},       {"--window", o->window},    {"--pack", o->pack},
                                    {"--printer", o->printer}, {"--reason", o->reason},    {"--copies", o->copies}};
    size_t n = 0, forms = 0;
    while (o->forms && o->forms[forms])
        forms++;
    char **words = repli_arena_array(&cli->arena, 2 * forms + 32, sizeof *words);
    words[n++] = repli_arena_strdup(&cli->arena, cli->program);
    words[n++] = repli_arena_strdup(&cli->arena, cli->command);
    words[n++] = repli_arena_strdup(&cli->arena, "--all");
    if (cli->json)
        words[n++] = repli_arena_strdup(&cli->arena, "--json");
    if (o->changed)
        words[n++] = repli_arena_strdup(&cli->arena, "--changed");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (size_t k = 0; pairs[i][1] && k < 2; k++)
            words[n++] = repli_arena_strdup(&cli->arena, pairs[i][k]);
    for (size_t i = 0; i < forms; i++) {
        words[n++] = repli_arena_strdup(&cli->arena, "--form");
        words[n++] = repli_arena_strdup(&cli->arena, o->forms[i]);
    }
    return words;
}

static int spawn(struct all *all, struct worker *w, int far)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0)
        return rc;
    rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, w->out, 1);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, w->err, 2);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, far, WORKER_SOCKET);
    if (rc == 0)
        rc = posix_spawn(&pid, "/proc/self/exe", &actions, NULL, worker_words(all), environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    w->pid = rc == 0 ? pid : 0;
    return rc;
}

/* Above the numbers that the child's own descriptors get. */
static void lift(int *fd)
{
    int high = *fd >= 0 ? fcntl(*fd, F_DUPFD_CLOEXEC, HIGH_FD) : -1;
    close_fd(fd);
    *fd = high;
}

static enum repli_status start(struct all *all, struct worker *w)
{
    int pair[2] = {-1, -1};
    *w = (struct worker){.socket = -1, .item = -1};
    w->out = memfd_create("repli-out", MFD_CLOEXEC);
    w->err = memfd_create("repli-err", MFD_CLOEXEC);
    int rc = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 ? 0 : errno;
    lift(&w->out);
    lift(&w->err);
    lift(&pair[1]);
    if (rc == 0)
        rc = w->out < 0 || w->err < 0 || pair[1] < 0 ? EMFILE : spawn(all, w, pair[1]);
    close_fd(&pair[1]);
    w->socket = pair[0];
    if (rc == 0)
        return REPLI_OK;
    close_fd(&w->socket);
    close_fd(&w->out);
    close_fd(&w->err);
    return repli_fail(&all->cli->err, REPLI_IO, "no process to print with: %s", strerror(rc));
}

/* The end of its socket ends it after the ward it is at. */
static void stop(struct worker *w)
{
    if (w->pid == 0)
        return;
    close_fd(&w->socket);
    while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close_fd(&w->out);
    close_fd(&w->err);
    w->pid = 0;
}

/* ---- the parent's side: wards, turns, reports */

static void send_to(const struct worker *w, enum what what, size_t item)
{
    struct message m = {.what = (int32_t)what, .item = (int32_t)item};
    (void)send(w->socket, &m, sizeof m, MSG_NOSIGNAL); /* a dead one is seen by poll */
}

static void take_text(int fd, off_t *at, struct repli_buf *to)
{
    char some[4096];
    for (ssize_t n; (n = pread(fd, some, sizeof some, *at)) > 0; *at += n)
        repli_buf_add(to, some, (size_t)n);
}

static void show(struct all *all)
{
    for (; all->shown < all->count && all->items[all->shown].done; all->shown++) {
        struct item *i = &all->items[all->shown];
        repli_cli_progress((char[]){"wards"}, all->count, all->count); /* wipes the bar */
        if (i->out.len > 0)
            (void)fwrite(i->out.data, 1, i->out.len, stdout);
        (void)fflush(stdout);
        if (i->err.len > 0)
            (void)fwrite(i->err.data, 1, i->err.len, stderr);
        repli_buf_done(&i->out);
        repli_buf_done(&i->err);
    }
    if (all->shown < all->count)
        repli_cli_progress((char[]){"wards"}, all->shown, all->count);
}

/* To whoever asked and is next: once. */
static void give_turn(struct all *all)
{
    while (all->turn < all->count && all->items[all->turn].passed)
        all->turn++;
    for (size_t k = 0; all->turn < all->count && k < all->nworkers; k++)
        if (all->workers[k].item == (int)all->turn && all->items[all->turn].asks) {
            all->items[all->turn].asks = false;
            send_to(&all->workers[k], TURN, all->turn);
        }
}

/* Its numbers are taken, or it needs none. */
static void pass(struct all *all, size_t item)
{
    all->items[item].passed = true;
    give_turn(all);
}

static void finish(struct all *all, struct worker *w, int code, bool too_young)
{
    struct item *i = &all->items[w->item];
    take_text(w->out, &w->out_at, &i->out);
    take_text(w->err, &w->err_at, &i->err);
    i->code = code;
    i->too_young = too_young;
    i->done = true;
    pass(all, (size_t)w->item);
    w->item = -1;
    show(all);
}

static void bury(struct all *all, struct worker *w)
{
    if (w->item >= 0) {
        struct item *i = &all->items[w->item];
        repli_buf_printf(&i->err, "repli: print: %s%s: the process that printed it came to its end: print it again\n",
                         item_name(i), i->ward ? i->ward : "");
        finish(all, w, REPLI_BUG, false);
    }
    stop(w);
}

static void listen_to(struct all *all, struct worker *w)
{
    struct message m;
    ssize_t n = recv(w->socket, &m, sizeof m, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n != (ssize_t)sizeof m || m.item != w->item || w->item < 0) {
        bury(all, w);
    } else if (m.what == ASKS_TURN) {
        all->items[m.item].asks = true;
        give_turn(all);
    } else if (m.what == HAS_NUMBERS) {
        pass(all, (size_t)m.item);
    } else {
        finish(all, w, m.code, m.too_young != 0);
    }
}

static size_t busy_workers(const struct all *all)
{
    size_t n = 0;
    for (size_t k = 0; k < all->nworkers; k++)
        n += all->workers[k].pid != 0 && all->workers[k].item >= 0;
    return n;
}

/* Every idle worker gets the next ward; whoever died is started anew.  A process that cannot be started is no failure
** while others work. */
static enum repli_status hand_out(struct all *all)
{
    for (size_t k = 0; k < all->nworkers && all->next < all->count; k++) {
        struct worker *w = &all->workers[k];
        if (w->pid != 0 && w->item >= 0)
            continue;
        enum repli_status status = w->pid == 0 ? start(all, w) : REPLI_OK;
        if (status != REPLI_OK && busy_workers(all) == 0)
            return status;
        repli_err_clear(&all->cli->err);
        if (status != REPLI_OK)
            continue;
        w->item = (int)all->next++;
        send_to(w, GO, (size_t)w->item);
    }
    return REPLI_OK;
}

static enum repli_status with_workers(struct all *all)
{
    enum repli_status status;
    while ((status = hand_out(all)) == REPLI_OK && busy_workers(all) > 0) {
        struct pollfd fds[WORKERS_MAX];
        for (size_t k = 0; k < all->nworkers; k++)
            fds[k] = (struct pollfd){all->workers[k].pid ? all->workers[k].socket : -1, POLLIN, 0};
        if (poll(fds, all->nworkers, -1) < 0 && errno != EINTR)
            break;
        for (size_t k = 0; k < all->nworkers; k++)
            if (fds[k].revents)
                listen_to(all, &all->workers[k]);
    }
    for (size_t k = 0; k < all->nworkers; k++)
        stop(&all->workers[k]);
    return status;
}

static enum repli_status alone(struct all *all)
{
    struct print_place place = {.press = all->press};
    for (size_t i = 0; i < all->count; i++)
        all->items[i].code = print_item(all->cli, all->o, &all->items[i], &place, &all->items[i].too_young);
    return REPLI_OK;
}

static size_t processes(const struct all *all)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = all->o->njobs ? (size_t)all->o->njobs : cores > 0 ? (size_t)cores : 1;
    n = n < all->count ? n : all->count;
    return n < WORKERS_MAX ? n : WORKERS_MAX;
}

/* What workers that died left, and PDFs that are too old. */
static int clean_up(struct all *all, int code)
{
    struct repli_cli *cli = all->cli;
    int64_t now = repli_clock_now(&cli->site->clock);
    enum repli_status status = repli_ledger_settle_packs(cli->ledger, cli->site->dir, now, &cli->err);
    if (status == REPLI_OK)
        status = repli_packs_expire(cli->site, cli->ledger, now, &cli->err);
    if (status == REPLI_OK)
        return code;
    (void)repli_cli_fail(cli);
    return code == REPLI_OK ? (int)REPLI_WAITS : code;
}

int repli_print_all(struct repli_cli *cli, const struct print_options *o)
{
    struct all *all = repli_arena_alloc(&cli->arena, sizeof *all);
    struct print_options mine = *o;
    char head[REPLI_AUDIT_HEAD];
    all->cli = cli;
    all->o = &mine;
    mine.audit = head;
    enum repli_status status = repli_site_check_machine(cli->site, &cli->err);
    if (status == REPLI_OK)
        status = repli_audit_head(cli->ledger, cli->site->station, head, &cli->err);
    if (status == REPLI_OK)
        status = repli_press_open(cli->site, &all->press, &cli->err);
    if (status == REPLI_OK)
        status = list_items(cli, all->o, all->press, &all->items, &all->count);
    if (status == REPLI_OK && all->count == 0)
        status = repli_fail(&cli->err, REPLI_DATA, "nobody is in the house in the newest snapshot: nothing to print");
    all->nworkers = processes(all);
    if (status == REPLI_OK)
        status = all->nworkers > 1 ? with_workers(all) : alone(all);
    repli_press_close(all->press);
    return status == REPLI_OK ? clean_up(all, whole_code(all)) : repli_cli_fail(cli);
}
