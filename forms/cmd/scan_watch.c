/* `repli scan --watch`: the scanner's folder, for a service that runs for months. */
#include "cmd/scan_watch.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <time.h>

#include "repli/inbox.h"

static volatile sig_atomic_t told_to_stop;

static void on_signal(int number)
{
    (void)number;
    told_to_stop = 1;
}

static bool stop(void *user)
{
    (void)user;
    return told_to_stop != 0;
}

/* The file in hand is finished first: that costs seconds.  Sleeping ends at once. */
static void listen_to_signals(void)
{
    struct sigaction sa = {.sa_handler = on_signal};
    (void)sigemptyset(&sa.sa_mask);
    (void)sigaction(SIGTERM, &sa, NULL);
    (void)sigaction(SIGINT, &sa, NULL);
    (void)sigaction(SIGHUP, &sa, NULL);
}

static void nap(int64_t ms)
{
    struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    if (!told_to_stop)
        (void)nanosleep(&t, NULL);
}

static void add(struct repli_inbox_result *all, const struct repli_inbox_result *r)
{
    all->files += r->files;
    all->images += r->images;
    all->refused += r->refused;
    all->waiting = r->waiting;
}

static enum repli_status watch_on(struct repli_cli *cli, struct repli_inbox *inbox, const struct repli_watch *watch,
                                  const struct repli_scan_request *request, struct repli_inbox_result *all)
{
    int64_t first_ms = repli_monotonic_ms();
    while (!told_to_stop) {
        struct repli_inbox_result r = {0};
        enum repli_status s = repli_inbox_round(inbox, cli->ledger, request, stop, &r, &cli->err);
        add(all, &r);
        if (s != REPLI_OK)
            return s;
        fflush(stdout);
        /* Once: what lies there gets the time to settle, and no more. */
        if (watch->once &&
            (r.waiting == 0 || (r.files == 0 && repli_monotonic_ms() - first_ms > 3 * watch->settle_ms + 1000)))
            break;
        if (r.files == 0)
            nap(watch->every_ms);
    }
    return REPLI_OK;
}

int repli_cmd_scan_watch(struct repli_cli *cli, const struct repli_watch *watch,
                         const struct repli_scan_request *request)
{
    struct repli_inbox *inbox = NULL;
    struct repli_inbox_result all = {0};
    listen_to_signals();
    if (repli_inbox_open(cli->site, watch->settle_ms, &inbox, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("watching %s\n", cli->site->inbox);
    fflush(stdout);
    enum repli_status s = watch_on(cli, inbox, watch, request, &all);
    repli_inbox_close(inbox);
    if (!cli->json)
        printf("%" PRId64 " files, %" PRId64 " page images taken; %" PRId64 " in inbox/refused, %" PRId64
               " still waiting\n",
               all.files, all.images, all.refused, all.waiting);
    return s == REPLI_OK ? (int)REPLI_OK : repli_cli_fail(cli);
}
